/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_SESSION_PRESETS_H
#define TON_SESSION_PRESETS_H

#include "ton/fields.h"
#include "ton/session.h"

/* A preset while the chain that names it is read; `outer`: the preset that names it. */
struct preset_use {
    const struct preset_use *outer;
    const char *path; /* names its text in errors */
    const char *from; /* the place in the session or production that names it, or the outermost */
    struct ton_document *doc;
    const struct ton_node *chain;
    size_t errors_before;
};

/* Finds the preset that `name` names and reads its head. False when there is none that can be
 * used, which was said then: at its place in the preset's text, at `name`, or before. */
bool preset_open(struct preset_use *use, struct ton_reader *r, const struct ton_node *name);

/* After its chain was read: says at `name` that it has mistakes; false then. */
bool preset_close(const struct preset_use *use, struct ton_reader *r, const struct ton_node *name);

/* What the one who uses a preset calls an item: `compressor`, or `compressor 2` where it is the
 * second one behind `first`; a plug-in is called as it is written, `lv2`. */
const char *preset_item(struct ton_arena *arena, const struct ton_chain *chain, int first, int i);

/* "`eq`, `compressor` and `compressor 2`": the items from `first` on, for sentences. */
const char *preset_items(struct ton_arena *arena, const struct ton_chain *chain, int first);

/* `{preset: NAME, …}`. */
struct ton_json *preset_schema(void);

#endif
