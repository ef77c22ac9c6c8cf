/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Streams inside of a plan that cost much and are likely to be needed again: a node whose stream is
 * kept is read like a take, one whose stream is not is heard by one more output.
 *
 * A kept stream is what the node gives from the first frame of a run on, late by the node's latency
 * as it is: so what hears it cannot tell the difference, to the bit. */
#include "graph.h"

/* Tracks whose clips are in what is marked. */
static int count_tracks(const struct ton_plan *plan, const bool *marked, int last, bool *seen) {
    int n = 0;
    for (int i = 0; i <= last; i++) {
        const struct node *node = &plan->nodes[i];
        if (!marked[i] || node->strip < 0 || seen[node->strip] ||
            plan->session->strips[node->strip].is_bus)
            continue;
        seen[node->strip] = true;
        n++;
    }
    return n;
}

static int tracks_of(const struct ton_plan *plan, int node) {
    bool *marked = ton_alloc(sizeof *marked * (plan->n_nodes + 1));
    bool *seen = ton_alloc(sizeof *seen * (size_t)(plan->session->n_strips + 1));
    int n = 0;
    if (marked && seen) {
        plan_mark(marked, plan, node);
        n = count_tracks(plan, marked, node, seen);
    }
    ton_free(marked);
    ton_free(seen);
    return n;
}

/* A change of one track in so many leaves the node as it is when it does not hear that track, and
 * so does one of what stands behind it. */
static bool is_worth_it(const struct ton_plan *plan, int node, int n_tracks) {
    const int ns = node_cost_ns(&plan->nodes[node]);
    return ns >= DEAR_NS &&
           ns * (1.0 - tracks_of(plan, node) / (n_tracks + 1.0)) >= (double)DEAR_NS;
}

void plan_mark_needed(bool *needed, const struct ton_plan *plan, const struct ton_sink *sinks) {
    for (int i = 0; i < plan->n_outputs; i++)
        if (!sinks || sinks[i].write)
            needed[plan->outputs[i]] = true;
    for (int i = (int)plan->n_nodes - 1; i >= 0; i--)
        for (int k = 0; needed[i] && k < plan->nodes[i].n_inputs; k++)
            needed[plan->nodes[i].inputs[k]] = true;
}

bool ton_plan_needs(const struct ton_plan *plan, const struct ton_sink *sinks, int node) {
    bool *needed = ton_alloc(sizeof *needed * (plan->n_nodes + 1));
    if (needed)
        plan_mark_needed(needed, plan, sinks);
    const bool is = needed && needed[node];
    ton_free(needed);
    return is;
}

static bool is_output(const struct ton_plan *plan, int node) {
    for (int i = 0; i < plan->n_outputs; i++)
        if (plan->outputs[i] == node)
            return true;
    return false;
}

/* All of a stream can be had only where something is rendered to the latest output's end. */
static bool runs_to_the_end(const struct ton_plan *plan, const struct ton_sink *sinks) {
    bool any = false;
    for (int i = 0; i < plan->n_wishes; i++)
        any = any || (sinks[i].write && plan->nodes[plan->outputs[i]].latency == plan->latency);
    return any;
}

/* Lengths of streams stand on a grid, so that one that was kept is still long enough when a clip, a
 * tail or a latency grows a little: its steps are a 32nd to a 16th of the length. */
static int64_t round_up(int64_t frames) {
    int64_t step = MAX_BLOCK;
    while (step * 32 < frames)
        step *= 2;
    return (frames + step - 1) / step * step;
}

int64_t plan_reach(const struct ton_plan *plan) {
    return round_up(plan->config.from + plan->frames + plan->latency);
}

static void list(struct ton_dear *dear, struct ton_plan *plan, int node) {
    *dear = (struct ton_dear){.node = node, .channels = plan->nodes[node].channels};
    int64_t frames = plan_reach(plan);
    for (int k = 0; k < TON_DEAR_LENGTHS; k++, frames = round_up(frames + 1))
        dear->lengths[k] = (struct ton_dear_length){plan_stream_key(plan, node, frames), frames};
}

static enum ton_code list_all(struct ton_dear **out, int *n, struct ton_plan *plan,
                              const struct ton_sink *sinks, bool foreign, struct ton_err *err) {
    bool *needed = TON_NEW_N(plan->arena, bool, plan->n_nodes + 1);
    bool *seen = TON_NEW_N(plan->arena, bool, plan->session->n_strips + 1);
    *out = TON_NEW_N(plan->arena, struct ton_dear, plan->n_nodes + 1);
    *n = 0;
    if (!needed || !seen || !*out)
        return ton_fail(err, TON_MEMORY, NULL, "no memory for the plan");
    if (!runs_to_the_end(plan, sinks))
        return TON_OK;
    plan_mark_needed(needed, plan, sinks);
    const int n_tracks = count_tracks(plan, needed, (int)plan->n_nodes - 1, seen);
    for (int i = 0; i < (int)plan->n_nodes; i++) {
        const bool is_wished = foreign ? node_is_foreign(&plan->nodes[i])
                                       : !is_output(plan, i) && is_worth_it(plan, i, n_tracks);
        if (!needed[i] || !is_wished)
            continue;
        struct ton_dear *dear = &(*out)[*n];
        list(dear, plan, i);
        *n += !ton_key_same(dear->lengths[0].key, (struct ton_key){0});
    }
    return TON_OK;
}

enum ton_code ton_plan_dear(struct ton_dear **out, int *n, struct ton_plan *plan,
                            const struct ton_sink *sinks, struct ton_err *err) {
    return list_all(out, n, plan, sinks, false, err);
}

enum ton_code ton_plan_foreign(struct ton_dear **out, int *n, struct ton_plan *plan,
                               const struct ton_sink *sinks, struct ton_err *err) {
    return list_all(out, n, plan, sinks, true, err);
}

void ton_plan_read_back(struct ton_plan *plan, const struct ton_dear *dear, const char *path) {
    struct node *node = &plan->nodes[dear->node];
    const struct source_spec source = {.kept = ton_arena_text(plan->arena, path),
                                       .kept_key = plan_node_key(plan, dear->node),
                                       .n_replaced = node->n_inputs};
    if (!source.kept)
        return;
    node->kind = NODE_SOURCE;
    node->n_inputs = 0;
    node->source = source;
}

int ton_plan_tap(struct ton_plan *plan, const struct ton_dear *dear) {
    int *outputs = TON_NEW_N(plan->arena, int, plan->n_outputs + 2);
    char **names = TON_NEW_N(plan->arena, char *, plan->n_outputs + 2);
    if (!outputs || !names)
        return -1;
    memcpy(outputs, plan->outputs, sizeof *outputs * (size_t)plan->n_outputs);
    memcpy(names, plan->names, sizeof *names * (size_t)plan->n_outputs);
    outputs[plan->n_outputs] = dear->node;
    names[plan->n_outputs] = NULL;
    plan->outputs = outputs;
    plan->names = names;
    return plan->n_outputs++;
}

void ton_plan_untap(struct ton_plan *plan) {
    plan->n_outputs = plan->n_wishes;
}
