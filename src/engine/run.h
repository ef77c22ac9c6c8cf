/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One render of a plan: everything that moves.
 *
 * The graph is cut into strands: chains of nodes in which each is the only one to hear the one
 * before, so a block stays in the nearest cache and is worked on in place, from the take to the
 * last processor. Strands that hear nothing of each other and hold processors of the same kind make
 * one task: their filters and dynamics run side by side in the lanes of registers. Faders that
 * stand still and lead into sums only are folded into these: nothing is written for them. Tasks
 * hand blocks to each other.
 *
 * A task has run block b when its counter says b + 1. It may run block b when its inputs have run
 * b, and when those who hear it have run the block whose buffer it is about to overwrite. Workers
 * take the oldest (block, task) pair that may run; the oldest that is not done always may, or is
 * being run, so nothing locks up, blocks overlap in time without a barrier, and as every sample is
 * computed by one node from finished inputs the order of events changes no bit. */
#ifndef TON_ENGINE_RUN_H
#define TON_ENGINE_RUN_H

#include "graph.h"
#include "monitor.h"

#include "ton/mix.h"

#define MAX_SLOTS 2
#define CHUNKS 3
#define NOT_POISONED INT64_MIN

/* Strands of a task at most. */
enum { MOST_STRANDS = TON_MOST_TOGETHER };

/* What one node remembers between blocks. */
struct cell {
    const struct node *node; /* NULL: not needed, or folded into the sums that hear it */
    int strand;              /* -1 then */
    void *state;             /* PROCESSOR */
    bool opened;             /* PROCESSOR: has to be closed */
    float *params;           /* PROCESSOR: the values it has now */
    float *line[2];          /* DELAY */
    int64_t line_at;         /* DELAY: where the oldest frame is */
    float gains[2];          /* FADER without lanes: left, right */
    struct ton_tap *taps;    /* SUM: what it adds, */
    int *tapped;             /* and the nodes where that is to be had */
    /* Checked for NaN: the last processor of its strand, an output, and what a foreign one hears.
     */
    bool watched;
    const struct cell *watch; /* PROCESSOR: the first watched one of its strand from here on */
    int64_t poisoned_at;      /* run frame of the first bad sample since the last repair */
    int64_t repaired, first_bad;
    int64_t spent; /* ns, while the plan is profiled */
};

struct strand {
    int *nodes; /* run in this order */
    int n_nodes;
    int task;
    float *slots[MAX_SLOTS][2]; /* what its nodes write */
};

/* The next node of each of these strands of a task; several are processors of one kind. */
struct step {
    int *strands, n;
};

struct task {
    int first, n_strands; /* of run->strands */
    struct step *steps;
    int n_steps;
    int output; /* feeds this output's sink (then it has no strands); -1 */
    int *deps, n_deps;
    int *consumers, n_consumers;
    int *sources, n_sources; /* the feeds that its strands begin with */
    bool reads;              /* hears a feed: its chunks stay until this task has run past them */
    _Alignas(64) atomic_llong begun; /* blocks that a worker of the render loop has taken, */
    atomic_llong done;               /* and those that are finished */
};

/* A source's audio as the reader leaves it for the workers: a ring of chunks, each a whole number
 * of blocks. */
struct feed {
    const struct node *node;
    struct reel *reel; /* what reads it; of the reader whose turn it is */
    float *ring[2];
    bool failed;                      /* the same one's: it stays silent */
    int64_t repaired, first_bad;      /* read after the end */
    int64_t spent;                    /* ns, the same */
    _Alignas(64) atomic_llong filled; /* chunks */
};

struct run {
    const struct ton_plan *plan;
    struct ton_arena *arena;
    struct monitor monitor;
    int block, chunk, n_slots, n_threads;
    int64_t origin; /* timeline frame that its first one is; what was before it is not heard */
    bool goes_on;   /* a take that cannot be read is silent from there on, and stops nobody; nor
                       does the wish to stop: whoever plays decides when */
    int64_t n_blocks;
    struct cell *cells;     /* by node */
    struct strand *strands; /* those of a task are neighbours */
    int n_strands;
    struct task *tasks; /* each after its deps */
    int n_tasks;
    struct feed *feeds;
    int n_feeds;
    int *feed_of;                   /* by node; -1 */
    struct outlet *outlets;         /* by output */
    _Alignas(64) atomic_llong next; /* all before this pair, block * n_tasks + task, are taken */
};

/* tasks.c: strands and tasks for the outputs that are `wanted`, and which task hears which. False
 * without memory. */
bool tasks_make(struct run *run, const bool *wanted);

/* cells.c: what nodes start with. False without memory. */
bool cells_start(struct run *run);
/* What takes more than memory, and gives it back. */
enum ton_code cells_open(struct run *run, struct ton_err *err);
void cells_close(struct run *run);

/* schedule.c: all of it, and buffers. `block` and `threads` as in ton_plan_config. */
struct run_wish {
    const bool *wanted; /* [output] */
    int block, threads;
    int64_t origin;
};
enum ton_code run_create(struct run **out, const struct ton_plan *plan, const struct run_wish *wish,
                         struct ton_err *err);
void run_destroy(struct run *run);
int64_t output_latency(const struct ton_plan *plan, int output);

/* run.c: all nodes of a task for one block. @thread audio */
TON_RT void run_task(struct run *run, struct task *task, int64_t block);

/* Whether the reader has come so far. @thread any */
TON_RT static inline bool feed_has(const struct run *run, const struct feed *feed, int64_t block) {
    return atomic_load(&feed->filled) * run->chunk > block * (int64_t)run->block;
}

/* The timeline frame that arrives at the sources when this block begins. */
TON_RT static inline int64_t block_frame(const struct run *run, int64_t block) {
    return run->origin + block * run->block;
}

/* Where a node's block stands; valid while its task's consumers have not run the block. */
TON_RT void run_view(const struct run *run, int node, int64_t block, const float *view[2]);

/* profile.c: ns that this thread has computed while the plan is profiled, else 0; of what another
 * process computes, ns that have gone by. And what was measured, after the render. False without
 * memory. */
TON_RT static inline int64_t profile_clock(const struct run *run, bool elsewhere) {
    return !run->plan->config.profile ? 0 : elsewhere ? ton_clock_ns() : ton_thread_ns();
}
bool profile_collect(struct ton_plan *plan, const struct run *run);

/* failure.c: what the plan's foreign processors say after the render. False without memory. */
bool failures_collect(struct ton_plan *plan, const struct run *run);

/* automation.c. @thread audio */
struct fader_gains {
    float left, right;
};
TON_RT struct fader_gains fader_at(const struct fader_spec *f, int channels, int64_t frame);
TON_RT bool unit_params_at(const struct unit_spec *u, float *params, int64_t frame);

#endif
