/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What each node starts with: its state, its lines, and who is watched for samples that are no
 * numbers. */
#include "run.h"

#include "ton/db.h"
#include "ton/pan.h"

static bool start_unit(struct run *run, struct cell *cell) {
    const struct unit_spec *u = &cell->node->unit;
    const struct ton_processor *p = u->processor;
    struct ton_config config = u->config;
    config.max_frames = run->block;
    cell->params = TON_NEW_N(run->arena, float, p->n_params + 1);
    if (!cell->params)
        return false;
    memcpy(cell->params, u->params, sizeof(float) * (size_t)p->n_params);
    /* As they stood at the last point of the grid; before the timeline's start, as they begin. */
    const int64_t frame = run->origin - cell->node->arrives;
    unit_params_at(u, cell->params, frame > 0 ? frame - frame % GRID_FRAMES : 0);
    /* 64 more, so that the arena aligns even a small state to 64. */
    cell->state = ton_arena_alloc(run->arena, p->state_size(&config, cell->params) + 65);
    if (!cell->state)
        return false;
    p->init(cell->state, &config, cell->params);
    return true;
}

static struct fader_gains gains_of(const struct run *run, const struct node *node) {
    const struct ton_pan half = ton_pan_mono(0.0F);
    return node->kind == NODE_WIDEN
               ? (struct fader_gains){half.left, half.right}
               : fader_at(&node->fader, run->plan->nodes[node->inputs[0]].channels, 0);
}

/* From the sum up through what is folded into it; the gain nearest to what is tapped comes first.
 */
static int start_tap(const struct run *run, struct ton_tap *tap, int node) {
    *tap = (struct ton_tap){.gains = {{1.0F, 1.0F, 1.0F}, {1.0F, 1.0F, 1.0F}}};
    for (; run->cells[node].strand < 0; node = run->plan->nodes[node].inputs[0]) {
        const struct fader_gains gains = gains_of(run, &run->plan->nodes[node]);
        for (int c = 0; c < 2; c++) {
            for (int g = tap->depth; g > 0; g--)
                tap->gains[c][g] = tap->gains[c][g - 1];
            tap->gains[c][0] = c ? gains.right : gains.left;
        }
        tap->depth++;
    }
    return node;
}

static bool start_sum(struct run *run, struct cell *cell) {
    const struct node *node = cell->node;
    cell->taps = TON_NEW_N(run->arena, struct ton_tap, node->n_inputs);
    cell->tapped = TON_NEW_N(run->arena, int, node->n_inputs);
    for (int i = 0; cell->taps && cell->tapped && i < node->n_inputs; i++)
        cell->tapped[i] = start_tap(run, &cell->taps[i], node->inputs[i]);
    return cell->taps && cell->tapped;
}

static bool start_cell(struct run *run, struct cell *cell) {
    const struct node *node = cell->node;
    switch (node->kind) {
    case NODE_PROCESSOR:
        return start_unit(run, cell);
    case NODE_FADER: {
        const struct fader_gains gains = gains_of(run, node);
        cell->gains[0] = gains.left;
        cell->gains[1] = gains.right;
        return true;
    }
    case NODE_DELAY:
        for (int c = 0; c < node->channels; c++) {
            cell->line[c] = TON_NEW_N(run->arena, float, node->delay);
            if (!cell->line[c])
                return false;
        }
        return true;
    case NODE_SUM:
        return start_sum(run, cell);
    case NODE_SOURCE:
    case NODE_WIDEN:
        break;
    }
    return true;
}

/* A foreign processor answers for what it gives, not for what it is given: signal and key. */
static void watch_inputs(struct run *run, const struct node *node) {
    if (node_is_foreign(node))
        for (int i = 0; i < node->n_inputs; i++)
            run->cells[node->inputs[i]].watched = true;
}

static void watch_strand(struct run *run, const struct strand *s) {
    struct cell *last = NULL;
    for (int k = 0; k < s->n_nodes; k++) {
        watch_inputs(run, &run->plan->nodes[s->nodes[k]]);
        if (run->plan->nodes[s->nodes[k]].kind == NODE_PROCESSOR)
            last = &run->cells[s->nodes[k]];
    }
    if (last)
        last->watched = true;
}

static void watch(struct run *run) {
    for (int i = 0; i < run->n_strands; i++)
        watch_strand(run, &run->strands[i]);
    for (int i = 0; i < run->n_tasks; i++) {
        const int output = run->tasks[i].output;
        if (output >= 0 && run->feed_of[run->plan->outputs[output]] < 0)
            run->cells[run->plan->outputs[output]].watched = true;
    }
    for (int i = 0; i < run->n_strands; i++) {
        const struct cell *next = NULL;
        for (int k = run->strands[i].n_nodes - 1; k >= 0; k--) {
            struct cell *cell = &run->cells[run->strands[i].nodes[k]];
            next = cell->watched ? cell : next;
            cell->watch = next;
            cell->poisoned_at = NOT_POISONED;
        }
    }
}

bool cells_start(struct run *run) {
    watch(run);
    for (int i = 0; i < run->n_strands; i++)
        for (int k = 0; k < run->strands[i].n_nodes; k++)
            if (!start_cell(run, &run->cells[run->strands[i].nodes[k]]))
                return false;
    return true;
}

enum ton_code cells_open(struct run *run, struct ton_err *err) {
    for (size_t i = 0; i < run->plan->n_nodes; i++) {
        struct cell *cell = &run->cells[i];
        if (!cell->state || !cell->node->unit.processor->open)
            continue;
        const struct unit_spec *u = &cell->node->unit;
        struct ton_config config = u->config;
        config.max_frames = run->block;
        const enum ton_code code = u->processor->open(cell->state, &config, cell->params, err);
        if (code)
            return ton_fail_at(err, code, u->item->where);
        cell->opened = true;
    }
    return TON_OK;
}

void cells_close(struct run *run) {
    for (size_t i = 0; run->cells && i < run->plan->n_nodes; i++)
        if (run->cells[i].opened)
            run->cells[i].node->unit.processor->close(run->cells[i].state);
}
