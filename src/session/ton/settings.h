/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_SETTINGS_H
#define TON_SETTINGS_H

#include "ton/arena.h"

struct ton_json;

/* What a person set for all productions on this computer, in config.yaml; nothing of it is in
 * what is rendered. */
struct ton_settings {
    double cache_gb; /* that .cache/ of a production may hold */
    /* As the options of `ton play` and `ton record` of these names; NULL: not said. */
    const char *device, *outputs;
    /* Of the preset whose chain stands between the mix and the loudspeakers; NULL: none. From this
     * folder, or absolute. */
    const char *monitor_chain, *monitor_chain_where;
    int latency; /* samples from an output back to an input; -1: what the device says */
};

/* A file that is not there says nothing, and all is as usual. */
enum ton_code ton_settings_read(struct ton_settings *out, struct ton_arena *arena, const char *path,
                                struct ton_problems *problems, struct ton_err *err);

/* The document's JSON schema, made from its rows. Caller frees. */
struct ton_json *ton_settings_schema(void);

#endif
