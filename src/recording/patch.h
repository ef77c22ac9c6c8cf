/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The input list of the production, which tells at which port of the device a name comes in. */
#ifndef TON_RECORDING_PATCH_H
#define TON_RECORDING_PATCH_H

#include "ton/arena.h"
#include "ton/inputs.h"

/* Read when the first name asks for it: ports that are numbers need no production. */
struct patch {
    struct ton_arena *arena;
    const char *folder; /* of the production; NULL: there is none */
    const struct ton_input *inputs;
    int n_inputs;
    bool was_read;
    struct ton_err why; /* TON_OK, or what is wrong with production.yaml */
};

/* The port of that line; NULL: there is no such line, or its port was refused. */
const char *patch_port(struct patch *p, const char *name);

/* The line that is called most like it; NULL: none, or there is no list. */
const char *patch_nearest(struct patch *p, const char *name);

#endif
