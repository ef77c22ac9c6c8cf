/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_FILES_VORBIS_COMMENT_H
#define TON_FILES_VORBIS_COMMENT_H

#include "cover.h"

#include "ton/audio_out.h"
#include "ton/text.h"

/* The tags as name=value pairs in the order they are written; `put` gets none that is empty. */
typedef void (*vorbis_put)(const char *name, const char *value, void *user);
void vorbis_each(const struct ton_tags *tags, vorbis_put put, void *user);

/* The bodies of FLAC metadata blocks (RFC 9639, 8.6 and 8.8); a picture also serves Opus. */
void put_vorbis_comment(struct ton_text *t, const struct ton_tags *tags);
void put_picture(struct ton_text *t, const struct cover *cover);

#endif
