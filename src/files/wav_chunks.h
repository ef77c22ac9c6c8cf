/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_FILES_WAV_CHUNKS_H
#define TON_FILES_WAV_CHUNKS_H

#include "ton/audio_out.h"
#include "ton/text.h"

/* Little-endian building blocks and the chunks a WAV carries beside its samples. Each function
 * appends to `t`; a failed allocation shows in `t->failed`. */
void put_u16(struct ton_text *t, unsigned value);
void put_u32(struct ton_text *t, uint32_t value);
void put_u64(struct ton_text *t, uint64_t value);
void put_u32_be(struct ton_text *t, uint32_t value);
void put_chunk(struct ton_text *t, const char *id, const struct ton_text *body);
void put_field(struct ton_text *t, const char *text, size_t size); /* cut or filled with zeros */

void put_bext(struct ton_text *t, const struct ton_tags *tags); /* version 2 */
/* iXML; of the same size for every time reference. */
void put_ixml(struct ton_text *t, const struct ton_tags *tags, int channels, int rate, int bits);
void put_info(struct ton_text *t, const struct ton_tags *tags); /* LIST/INFO; nothing if empty */
void put_id3(struct ton_text *t, const struct ton_tags *tags);  /* `id3 `; ISRC, album artist */

#endif
