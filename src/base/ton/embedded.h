/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_EMBEDDED_H
#define TON_EMBEDDED_H

#include <stddef.h>

/* A file that is built into the program (tools/embed), in a table sorted by name. */
struct ton_embedded {
    const char *name; /* without folder and extension; NULL ends the table */
    const char *text;
    size_t size;
};

extern const struct ton_embedded ton_embedded_specs[];   /* specs/, used by delivery */
extern const struct ton_embedded ton_embedded_presets[]; /* presets/, used by session */

#endif
