/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The process that runs one plug-in, seen from ours. */
#ifndef TON_PLUGINS_LINK_H
#define TON_PLUGINS_LINK_H

#include "plug.h"
#include "ton/wire.h"

#include <sys/types.h>

/* Lives in the memory of a processor's state. One thread at a time. */
struct link {
    struct wire *wire; /* NULL: there is no process */
    size_t size;
    struct wire_shape shape;
    pid_t process;
    int lifeline; /* the end whose closing ends the host */
    unsigned asked;
    bool pending;
    double deadline_s;
};

/* Starts the host and has it load the plug-in, with these parameters. What goes wrong is the
 * plug-in's fault or its absence, or, with TON_MEMORY, a want that passes; then nothing is left
 * behind. */
enum ton_code link_open(struct link *link, const struct plug *plug, const struct ton_config *config,
                        const float *params, struct ton_err *err);
/* Asks; the answer is waited for by link_answer. */
void link_ask(struct link *link, enum wire_order order, int slot);
/* TON_OK, or why there is none: crashed, hung, or what the host says. The shared memory is the
 * plug-in's as much as ours: what is read there is checked, and read once. */
enum ton_code link_answer(struct link *link, struct ton_err *err);
/* In frames, as the plug-in told it behind the last batch. */
enum ton_code link_latency(int *frames, const struct link *link, struct ton_err *err);
void link_close(struct link *link); /* ends the process, however it is */

/* register.c: the host's program. */
const char *link_program(void);

#endif
