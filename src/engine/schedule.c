/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cuts the graph into tasks and gives everything its memory: one arena, sized by nodes and block,
 * never by the length of the session. */
#include "run.h"

#include "ton/db.h"
#include "ton/pan.h"

/* All task buffers together should stay in half of a usual second-level cache (1 MiB a core). */
#define CACHE_BYTES (512 * 1024)
#define SMALLEST_BLOCK 512
#define CHUNK_FRAMES 8192

/* While tasks are made: who hears each node. */
struct draft {
    const struct ton_plan *plan;
    const bool *wanted;
    int *ears;    /* per node: how many needed nodes and sinks hear it; 0: not needed */
    int *task_of; /* per node: the last node of its task so far, then its task */
    bool *tail;   /* per node: last of its task */
};

static void count_ears(struct draft *d) {
    const struct ton_plan *plan = d->plan;
    for (int i = 0; i < plan->n_outputs; i++)
        if (d->wanted[i])
            d->ears[plan->outputs[i]]++;
    for (int i = (int)plan->n_nodes - 1; i >= 0; i--)
        for (int k = 0; d->ears[i] && k < plan->nodes[i].n_inputs; k++)
            d->ears[plan->nodes[i].inputs[k]]++;
}

/* A node goes on in the task of its signal input when nobody else hears that one. */
static bool continues(const struct draft *d, int node) {
    const struct node *n = &d->plan->nodes[node];
    return n->kind != NODE_SUM && n->n_inputs > 0 && d->ears[n->inputs[0]] == 1;
}

static void find_tails(struct draft *d) {
    for (size_t i = 0; i < d->plan->n_nodes; i++)
        d->tail[i] = d->ears[i] > 0;
    for (size_t i = 0; i < d->plan->n_nodes; i++)
        if (d->ears[i] && continues(d, (int)i))
            d->tail[d->plan->nodes[i].inputs[0]] = false;
}

/* Tasks in the order of their last nodes: then what a task hears always comes before it. */
static bool make_tasks(struct run *run, struct draft *d) {
    const struct ton_plan *plan = run->plan;
    int n = 0;
    for (size_t i = 0; i < plan->n_nodes; i++)
        n += d->tail[i];
    for (int i = 0; i < plan->n_outputs; i++)
        n += d->wanted[i];
    run->tasks = TON_NEW_N(run->arena, struct task, n + 1);
    if (!run->tasks)
        return false;
    for (int i = 0; i < (int)plan->n_nodes; i++) {
        if (!d->tail[i])
            continue;
        struct task *t = &run->tasks[run->n_tasks];
        t->output = -1;
        t->n_nodes = 1;
        int first = i;
        for (; continues(d, first); first = plan->nodes[first].inputs[0])
            t->n_nodes++;
        t->nodes = TON_NEW_N(run->arena, int, t->n_nodes);
        if (!t->nodes)
            return false;
        int node = i;
        for (int k = t->n_nodes - 1; k >= 0; k--) {
            t->nodes[k] = node;
            d->task_of[node] = run->n_tasks;
            if (k > 0)
                node = plan->nodes[node].inputs[0];
        }
        run->n_tasks++;
    }
    for (int i = 0; i < plan->n_outputs; i++)
        if (d->wanted[i])
            run->tasks[run->n_tasks++] = (struct task){.output = i};
    return true;
}

static void add_dep(const struct run *run, struct task *t, int node) {
    const int other = run->cells[node].task;
    if (&run->tasks[other] == t)
        return;
    for (int i = 0; i < t->n_deps; i++)
        if (t->deps[i] == other)
            return;
    t->deps[t->n_deps++] = other;
}

static int most_deps(const struct run *run, const struct task *t) {
    int n = 1;
    for (int i = 0; i < t->n_nodes; i++)
        n += run->plan->nodes[t->nodes[i]].n_inputs;
    return n;
}

static bool connect(struct run *run) {
    for (int i = 0; i < run->n_tasks; i++) {
        struct task *t = &run->tasks[i];
        t->deps = TON_NEW_N(run->arena, int, most_deps(run, t));
        if (!t->deps)
            return false;
        if (t->output >= 0)
            add_dep(run, t, run->plan->outputs[t->output]);
        for (int k = 0; k < t->n_nodes; k++) {
            const struct node *node = &run->plan->nodes[t->nodes[k]];
            for (int j = 0; j < node->n_inputs; j++)
                add_dep(run, t, node->inputs[j]);
        }
        for (int k = 0; k < t->n_deps; k++)
            run->tasks[t->deps[k]].n_consumers++;
    }
    for (int i = 0; i < run->n_tasks; i++) {
        struct task *t = &run->tasks[i];
        t->consumers = TON_NEW_N(run->arena, int, t->n_consumers + 1);
        if (!t->consumers)
            return false;
        t->n_consumers = 0;
        for (int k = 0; k < t->n_deps; k++) {
            struct task *dep = &run->tasks[t->deps[k]];
            dep->consumers[dep->n_consumers++] = i;
        }
    }
    return true;
}

/* A task that is only a source has no buffer: it is heard straight from the reader's ring. */
static int task_channels(const struct run *run, const struct task *t) {
    int most = 0;
    for (int i = 0; i < t->n_nodes; i++) {
        const struct node *node = &run->plan->nodes[t->nodes[i]];
        if (node->kind != NODE_SOURCE && node->channels > most)
            most = node->channels;
    }
    return most;
}

static void choose_block(struct run *run) {
    run->n_slots = run->n_threads > 1 ? MAX_SLOTS : 1;
    run->block = run->plan->config.block;
    if (run->block > 0)
        return;
    size_t floats = 1;
    for (int i = 0; i < run->n_tasks; i++)
        floats += (size_t)(task_channels(run, &run->tasks[i]) * run->n_slots);
    const size_t frames = CACHE_BYTES / sizeof(float) / floats / GRID_FRAMES * GRID_FRAMES;
    run->block = frames > MAX_BLOCK        ? MAX_BLOCK
                 : frames < SMALLEST_BLOCK ? SMALLEST_BLOCK
                                           : (int)frames;
}

static bool make_slots(struct run *run) {
    for (int i = 0; i < run->n_tasks; i++) {
        struct task *t = &run->tasks[i];
        const int channels = task_channels(run, t);
        for (int s = 0; s < run->n_slots; s++)
            for (int c = 0; c < channels; c++) {
                t->slots[s][c] = TON_NEW_N(run->arena, float, run->block);
                if (!t->slots[s][c])
                    return false;
            }
    }
    return true;
}

static bool start_unit(struct run *run, struct cell *cell) {
    const struct unit_spec *u = &cell->node->unit;
    const struct ton_processor *p = u->processor;
    struct ton_config config = u->config;
    config.max_frames = run->block;
    cell->params = TON_NEW_N(run->arena, float, p->n_params + 1);
    if (!cell->params)
        return false;
    memcpy(cell->params, u->params, sizeof(float) * (size_t)p->n_params);
    unit_params_at(u, cell->params, 0);
    /* 64 more, so that the arena aligns even a small state to 64. */
    cell->state = ton_arena_alloc(run->arena, p->state_size(&config, cell->params) + 65);
    if (!cell->state)
        return false;
    p->init(cell->state, &config, cell->params);
    return true;
}

static bool start_cell(struct run *run, struct cell *cell) {
    const struct node *node = cell->node;
    switch (node->kind) {
    case NODE_PROCESSOR:
        return start_unit(run, cell);
    case NODE_FADER: {
        const struct fader_gains gains =
            fader_at(&node->fader, run->plan->nodes[node->inputs[0]].channels, 0);
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
        cell->taps = TON_NEW_N(run->arena, struct ton_tap, node->n_inputs);
        return cell->taps != NULL;
    case NODE_SOURCE:
    case NODE_WIDEN:
        break;
    }
    return true;
}

/* A foreign processor answers for what it gives, not for what it is given: signal and key. */
static void watch_inputs(struct run *run, const struct node *node) {
    if (node->kind == NODE_PROCESSOR && node->unit.processor->flags & TON_PROCESSOR_FOREIGN)
        for (int i = 0; i < node->n_inputs; i++)
            run->cells[node->inputs[i]].watched = true;
}

static void watch(struct run *run) {
    for (int i = 0; i < run->n_tasks; i++) {
        const struct task *t = &run->tasks[i];
        struct cell *last = NULL;
        for (int k = 0; k < t->n_nodes; k++) {
            watch_inputs(run, &run->plan->nodes[t->nodes[k]]);
            if (run->plan->nodes[t->nodes[k]].kind == NODE_PROCESSOR)
                last = &run->cells[t->nodes[k]];
        }
        if (last)
            last->watched = true;
        if (t->output >= 0 && run->feed_of[run->plan->outputs[t->output]] < 0)
            run->cells[run->plan->outputs[t->output]].watched = true;
    }
    for (int i = 0; i < run->n_tasks; i++) {
        const struct cell *next = NULL;
        for (int k = run->tasks[i].n_nodes - 1; k >= 0; k--) {
            struct cell *cell = &run->cells[run->tasks[i].nodes[k]];
            next = cell->watched ? cell : next;
            cell->watch = next;
            cell->poisoned_at = NOT_POISONED;
        }
    }
}

static bool make_feed(struct run *run, int node) {
    struct feed *feed = &run->feeds[run->n_feeds];
    struct task *t = &run->tasks[run->cells[node].task];
    feed->node = &run->plan->nodes[node];
    feed->node_index = node;
    for (int c = 0; c < feed->node->channels; c++) {
        feed->ring[c] = TON_NEW_N(run->arena, float, run->chunk *CHUNKS);
        if (!feed->ring[c])
            return false;
    }
    t->source = run->n_feeds;
    t->reads = true;
    for (int i = 0; t->n_nodes == 1 && i < t->n_consumers; i++)
        run->tasks[t->consumers[i]].reads = true;
    run->feed_of[node] = run->n_feeds++;
    return true;
}

static bool make_feeds(struct run *run) {
    const struct ton_plan *plan = run->plan;
    int n = 0;
    for (size_t i = 0; i < plan->n_nodes; i++)
        n += run->cells[i].node && plan->nodes[i].kind == NODE_SOURCE;
    run->feeds = TON_NEW_N(run->arena, struct feed, n + 1);
    if (!run->feeds)
        return false;
    for (int i = 0; i < run->n_tasks; i++)
        run->tasks[i].source = -1;
    const int blocks = CHUNK_FRAMES / run->block;
    run->chunk = (blocks > 0 ? blocks : 1) * run->block;
    for (size_t i = 0; i < plan->n_nodes; i++)
        if (run->cells[i].node && plan->nodes[i].kind == NODE_SOURCE && !make_feed(run, (int)i))
            return false;
    return true;
}

int64_t output_latency(const struct ton_plan *plan, int output) {
    return plan->nodes[plan->outputs[output]].latency;
}

static void set_length(struct run *run, const bool *wanted) {
    const struct ton_plan *plan = run->plan;
    int64_t latest = 0;
    for (int i = 0; i < plan->n_outputs; i++)
        if (wanted[i] && output_latency(plan, i) > latest)
            latest = output_latency(plan, i);
    const int64_t frames = plan->config.from + plan->frames + latest;
    run->n_blocks = (frames + run->block - 1) / run->block;
}

static bool build(struct run *run, struct draft *d) {
    const size_t n = run->plan->n_nodes;
    d->ears = TON_NEW_N(run->arena, int, n + 1);
    d->task_of = TON_NEW_N(run->arena, int, n + 1);
    d->tail = TON_NEW_N(run->arena, bool, n + 1);
    run->cells = TON_NEW_N(run->arena, struct cell, n + 1);
    run->feed_of = TON_NEW_N(run->arena, int, n + 1);
    if (!d->ears || !d->task_of || !d->tail || !run->cells || !run->feed_of)
        return false;
    count_ears(d);
    find_tails(d);
    if (!make_tasks(run, d))
        return false;
    for (size_t i = 0; i < n; i++) {
        run->feed_of[i] = -1;
        run->cells[i].task = d->task_of[i];
        run->cells[i].node = d->ears[i] ? &run->plan->nodes[i] : NULL;
    }
    if (!connect(run))
        return false;
    choose_block(run);
    if (!make_slots(run) || !make_feeds(run))
        return false;
    watch(run);
    for (size_t i = 0; i < n; i++)
        if (run->cells[i].node && !start_cell(run, &run->cells[i]))
            return false;
    set_length(run, d->wanted);
    return true;
}

/* What takes more than memory. */
static enum ton_code open_units(struct run *run, struct ton_err *err) {
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

static void close_units(struct run *run) {
    for (size_t i = 0; run->cells && i < run->plan->n_nodes; i++)
        if (run->cells[i].opened)
            run->cells[i].node->unit.processor->close(run->cells[i].state);
}

enum ton_code run_create(struct run **out, const struct ton_plan *plan, const bool *wanted,
                         struct ton_err *err) {
    *out = NULL;
    struct ton_arena *arena = ton_arena_create();
    struct run *run = arena ? TON_NEW(arena, struct run) : NULL;
    if (!run) {
        ton_arena_destroy(arena);
        return ton_fail(err, TON_MEMORY, NULL, "no memory to render");
    }
    run->plan = plan;
    run->arena = arena;
    run->n_threads = plan->config.threads > 0 ? plan->config.threads : ton_cpu_count();
    monitor_init(&run->monitor);
    struct draft draft = {.plan = plan, .wanted = wanted};
    const unsigned before = ton_denormals_off();
    const bool good = build(run, &draft);
    ton_denormals_restore(before);
    const enum ton_code code =
        good ? open_units(run, err) : ton_fail(err, TON_MEMORY, NULL, "no memory to render");
    if (code) {
        run_destroy(run);
        return code;
    }
    *out = run;
    return TON_OK;
}

void run_destroy(struct run *run) {
    if (!run)
        return;
    close_units(run);
    monitor_finish(&run->monitor);
    ton_arena_destroy(run->arena);
}
