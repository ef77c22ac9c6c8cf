/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The input list of the production, which tells at which port of the device a name comes in. */
#include "patch.h"

#include "ton/path.h"
#include "ton/production.h"

/* What is wrong elsewhere in the production keeps nobody from recording. */
static void read_list(struct patch *p) {
    struct ton_problems problems;
    struct ton_production *production = NULL;
    const char *path = p->folder ? ton_path_join(p->arena, p->folder, "production.yaml") : NULL;
    p->was_read = true;
    if (!path || !ton_path_exists(path))
        return;
    ton_problems_init(&problems, p->arena);
    ton_production_read(&production, p->arena, p->folder, &problems, &p->why);
    if (production) {
        p->inputs = production->inputs;
        p->n_inputs = production->n_inputs;
    }
}

const char *patch_port(struct patch *p, const char *name) {
    if (!p->was_read)
        read_list(p);
    const int line = ton_input_find(p->inputs, p->n_inputs, name);
    return line < 0 ? NULL : p->inputs[line].port;
}

const char *patch_nearest(struct patch *p, const char *name) {
    return ton_input_nearest(p->arena, p->inputs, p->n_inputs, name);
}
