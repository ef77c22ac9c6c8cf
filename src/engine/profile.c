/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where the time of a render went: per strip and what was done in it. */
#include "outlet.h"

#include "ton/thread.h"

static const char *work_name(const struct node *node) {
    switch (node->kind) {
    case NODE_SOURCE:
        return node->source.kept ? "from the cache" : "reading";
    case NODE_PROCESSOR:
        return node->unit.processor->id;
    case NODE_FADER:
        return "fader";
    case NODE_WIDEN:
        return "widen";
    case NODE_DELAY:
        return "compensation";
    case NODE_SUM:
        return "sum";
    }
    return "";
}

static enum ton_profile_kind kind_of(const struct node *node) {
    switch (node->kind) {
    case NODE_SOURCE:
        return TON_PROFILE_READING;
    case NODE_PROCESSOR:
        return TON_PROFILE_PROCESSORS;
    case NODE_FADER:
    case NODE_WIDEN:
    case NODE_DELAY:
    case NODE_SUM:
        break;
    }
    return TON_PROFILE_MIXING;
}

/* What versions compute of one item of one strip is one row. */
static struct ton_profile_row *row_of(struct ton_plan *plan, const struct ton_profile_row *what) {
    for (size_t i = 0; i < plan->n_profile; i++) {
        struct ton_profile_row *row = &plan->profile[i];
        if (row->strip == what->strip && row->item == what->item &&
            strcmp(row->work, what->work) == 0)
            return row;
    }
    struct ton_profile_row *row =
        TON_PUSH(plan->arena, plan->profile, plan->n_profile, plan->profile_capacity);
    if (row)
        *row = *what;
    return row;
}

static bool add(struct ton_plan *plan, const struct ton_profile_row *what, int64_t frames,
                int64_t ns) {
    struct ton_profile_row *row = row_of(plan, what);
    if (!row)
        return false;
    row->frames += frames;
    row->seconds += 1e-9 * (double)ns;
    return true;
}

static bool add_strip(struct ton_plan *plan, const struct run *run, int strip, int64_t frames) {
    const char *name = plan->session->strips[strip].name;
    bool good = true;
    for (size_t i = 0; i < plan->n_nodes && good; i++) {
        const struct cell *cell = &run->cells[i];
        if (!cell->node || cell->node->strip != strip)
            continue;
        const int64_t ns = run->feed_of[i] >= 0 ? run->feeds[run->feed_of[i]].spent : cell->spent;
        const bool unit = cell->node->kind == NODE_PROCESSOR;
        const struct ton_profile_row what = {
            .kind = kind_of(cell->node),
            .elsewhere = node_is_foreign(cell->node),
            .strip = name,
            .work = work_name(cell->node),
            .item = unit ? cell->node->unit.item : NULL,
        };
        good = add(plan, &what, frames, ns);
    }
    return good;
}

static bool add_output(struct ton_plan *plan, const struct run *run, int output) {
    const struct outlet *o = &run->outlets[output];
    const int strip = plan->nodes[plan->outputs[output]].strip;
    const bool is_kept = output >= plan->n_wishes; /* kept.c */
    const char *name = !is_kept    ? plan->names[output]
                       : strip < 0 ? ""
                                   : plan->session->strips[strip].name;
    const struct ton_profile_row what = {
        .kind = TON_PROFILE_WRITING, .strip = name, .work = is_kept ? "keeping" : "output"};
    return add(plan, &what, o->frames, o->spent);
}

bool profile_collect(struct ton_plan *plan, const struct run *run) {
    const int64_t frames = run->n_blocks * run->block;
    bool good = true;
    plan->n_profile = 0;
    for (int i = 0; i < plan->session->n_strips && good; i++)
        good = add_strip(plan, run, i, frames);
    for (int i = 0; i < plan->n_outputs && good; i++)
        if (run->outlets[i].sink.write)
            good = add_output(plan, run, i);
    return good;
}

const struct ton_profile_row *ton_plan_profile(const struct ton_plan *plan, size_t *n) {
    *n = plan->n_profile;
    return plan->profile;
}
