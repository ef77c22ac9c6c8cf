/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_SESSION_DOCUMENT_WORDS_H
#define TON_SESSION_DOCUMENT_WORDS_H

#include "ton/document.h"

enum yaml_place { IN_BLOCK, IN_FLOW, IN_KEY, IN_FLOW_KEY };

/* The root of a text that may be none: NULL then, or without memory, which is noted. */
const struct ton_node *yaml_parse_quietly(struct ton_arena *a, const char *text, size_t length,
                                          bool *no_memory);

/* Writes a word as it must stand at its place, in the quotes that stood there before. */
void yaml_write_word(struct ton_text *out, struct ton_arena *arena, const char *word,
                     enum ton_node_style style, enum yaml_place place);

#endif
