/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_LV2_EMIT_H
#define TON_LV2_EMIT_H

#include "plugin.h"

#include "ton/text.h"

/* The bundle's descriptions in Turtle, made from the same table that the shim runs on. All of it
 * runs once, when the program is built. */

/* A literal with its quotes. */
void emit_string(struct ton_text *t, const char *s);
/* A number that reads back as the same float, and as a decimal in Turtle. */
void emit_number(struct ton_text *t, float value);

/* emit_unit.c: `units:unit …` of a row, or nothing. */
void emit_unit(struct ton_text *t, enum ton_unit unit);
/* emit_port.c: one port between its brackets. */
void emit_port(struct ton_text *t, const struct plugin *p, int index);
/* emit_plugin.c: a plug-in, its groups of ports, its factory preset. */
void emit_prefixes(struct ton_text *t);
void emit_plugin(struct ton_text *t, const struct plugin *p);
void emit_files(struct ton_text *t, const struct plugin *p); /* what is set by a file's name */
void emit_plugin_name(struct ton_text *t, const struct plugin *p);

/* What is written as the bundle grows. */
struct emit_bundle {
    struct ton_text manifest, presets;
};

/* emit_preset.c */
struct emit_preset {
    const char *key;     /* behind the # of the plug-in's URI */
    const char *label;   /* what hosts list */
    const char *comment; /* NULL: none */
    const float *params; /* as the processor takes them */
};
void emit_preset(struct emit_bundle *b, const struct plugin *p, const struct emit_preset *preset);
/* What a plug-in begins with, as parameters. */
void emit_defaults(float *params, const struct plugin *p);

#endif
