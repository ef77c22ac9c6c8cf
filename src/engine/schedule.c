/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Gives everything its memory: one arena, sized by nodes and block,
 * never by the length of the session. */
#include "run.h"

/* All buffers of strands together, of which two workers have their halves in second-level caches of
 * 1 MiB and more. Longer blocks mean fewer hand-overs: with a third of this a mix of 32 strips took
 * a quarter longer on two cores. */
#define CACHE_BYTES (1536 * 1024)
#define SMALLEST_BLOCK 512
#define CHUNK_FRAMES 16384

/* One that is only a source has no buffer: it is heard straight from the reader's ring. */
static int strand_channels(const struct run *run, const struct strand *s) {
    int most = 0;
    for (int i = 0; i < s->n_nodes; i++) {
        const struct node *node = &run->plan->nodes[s->nodes[i]];
        if (node->kind != NODE_SOURCE && node->channels > most)
            most = node->channels;
    }
    return most;
}

static void choose_block(struct run *run) {
    run->n_slots = run->n_threads > 1 ? MAX_SLOTS : 1;
    if (run->block > 0)
        return;
    size_t floats = 1;
    for (int i = 0; i < run->n_strands; i++)
        floats += (size_t)(strand_channels(run, &run->strands[i]) * run->n_slots);
    const size_t frames = CACHE_BYTES / sizeof(float) / floats / GRID_FRAMES * GRID_FRAMES;
    run->block = frames > MAX_BLOCK        ? MAX_BLOCK
                 : frames < SMALLEST_BLOCK ? SMALLEST_BLOCK
                                           : (int)frames;
}

static bool make_slots(struct run *run) {
    for (int i = 0; i < run->n_strands; i++) {
        struct strand *s = &run->strands[i];
        const int channels = strand_channels(run, s);
        for (int slot = 0; slot < run->n_slots; slot++)
            for (int c = 0; c < channels; c++) {
                s->slots[slot][c] = TON_NEW_N(run->arena, float, run->block);
                if (!s->slots[slot][c])
                    return false;
            }
    }
    return true;
}

static bool make_feed(struct run *run, int node) {
    struct feed *feed = &run->feeds[run->n_feeds];
    const struct strand *s = &run->strands[run->cells[node].strand];
    struct task *t = &run->tasks[s->task];
    feed->node = &run->plan->nodes[node];
    for (int c = 0; c < feed->node->channels; c++) {
        feed->ring[c] = TON_NEW_N(run->arena, float, run->chunk *CHUNKS);
        if (!feed->ring[c])
            return false;
    }
    t->sources[t->n_sources++] = run->n_feeds;
    t->reads = true;
    for (int i = 0; s->n_nodes == 1 && i < t->n_consumers; i++)
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
    for (int i = 0; i < run->n_tasks; i++) {
        struct task *t = &run->tasks[i];
        t->sources = TON_NEW_N(run->arena, int, t->n_strands + 1);
        if (!t->sources)
            return false;
    }
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
    const bool keeps = plan->n_outputs > plan->n_wishes;
    const int64_t end = keeps ? plan_reach(plan) : plan->config.from + plan->frames + latest;
    const int64_t frames = end > run->origin ? end - run->origin : 0;
    run->n_blocks = (frames + run->block - 1) / run->block;
}

static bool build(struct run *run, const bool *wanted) {
    const size_t n = run->plan->n_nodes;
    run->cells = TON_NEW_N(run->arena, struct cell, n + 1);
    run->feed_of = TON_NEW_N(run->arena, int, n + 1);
    if (!run->cells || !run->feed_of)
        return false;
    for (size_t i = 0; i < n; i++)
        run->feed_of[i] = -1;
    if (!tasks_make(run, wanted))
        return false;
    choose_block(run);
    if (!make_slots(run) || !make_feeds(run) || !cells_start(run))
        return false;
    set_length(run, wanted);
    return true;
}

enum ton_code run_create(struct run **out, const struct ton_plan *plan, const struct run_wish *wish,
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
    run->block = wish->block;
    run->origin = wish->origin;
    run->n_threads = wish->threads > 0 ? wish->threads : ton_cpu_count();
    monitor_init(&run->monitor);
    const unsigned before = ton_denormals_off();
    const bool good = build(run, wish->wanted);
    ton_denormals_restore(before);
    const enum ton_code code =
        good ? cells_open(run, err) : ton_fail(err, TON_MEMORY, NULL, "no memory to render");
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
    cells_close(run);
    monitor_finish(&run->monitor);
    ton_arena_destroy(run->arena);
}
