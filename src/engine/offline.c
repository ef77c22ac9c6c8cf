/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The render loop: workers take the oldest (block, task) pair that can run, and run it, until none
 * is left. The thread that called is one of them. */
#include "outlet.h"
#include "reader.h"

#define LOOKS 512 /* at pairs, before a worker sleeps */

struct turn {
    struct task *task; /* NULL: none is left */
    int64_t block;
};

/* Nobody has it, and what it needs is there. */
static bool can_run(const struct run *run, const struct task *t, int64_t block) {
    if (atomic_load(&t->begun) != block || atomic_load(&t->done) != block)
        return false;
    for (int i = 0; i < t->n_deps; i++)
        if (atomic_load(&run->tasks[t->deps[i]].done) <= block)
            return false;
    for (int i = 0; i < t->n_consumers; i++)
        if (atomic_load(&run->tasks[t->consumers[i]].done) <= block - run->n_slots)
            return false;
    for (int i = 0; i < t->n_sources; i++)
        if (!feed_has(run, &run->feeds[t->sources[i]], block))
            return false;
    return true;
}

/* Pairs are numbered block by block, and looked at from the first that nobody has taken to as far
 * as there are buffers: while one worker runs what everything else of its block waits for, the
 * others go on with the next. */
static bool take_turn(struct run *run, struct turn *turn) {
    const long long end = run->n_blocks * run->n_tasks;
    long long first = atomic_load(&run->next);
    for (long long place = first; place < end && place < first + run->n_slots * run->n_tasks;
         place++) {
        struct task *task = &run->tasks[place % run->n_tasks];
        long long block = place / run->n_tasks;
        if (atomic_load(&task->begun) > block) {
            if (place == first && atomic_compare_exchange_strong(&run->next, &first, place + 1))
                first = place + 1; /* otherwise another one has moved it further */
        } else if (can_run(run, task, block) &&
                   atomic_compare_exchange_strong(&task->begun, &block, block + 1)) {
            *turn = (struct turn){task, block};
            return true;
        }
    }
    *turn = (struct turn){0};
    return first == end;
}

struct seeker {
    struct run *run;
    struct turn *turn;
};

static bool has_turn(const void *user) {
    const struct seeker *s = user;
    return take_turn(s->run, s->turn);
}

static bool wait_for_turn(struct run *run, struct turn *turn) {
    for (int i = 0; i < LOOKS; i += run->n_slots * run->n_tasks)
        if (take_turn(run, turn))
            return true;
    const struct seeker seeker = {run, turn};
    return monitor_wait(&run->monitor, GATE_WORKERS, has_turn, &seeker);
}

static bool deliver(struct run *run, const struct task *t, int64_t block) {
    const float *view[2];
    run_view(run, run->plan->outputs[t->output], block, view);
    return outlet_push(&run->outlets[t->output], view, block * run->block, run->block);
}

static void stop_as_asked(struct run *run) {
    struct ton_err err;
    const enum ton_code code = ton_stop_check(&err);
    if (code)
        monitor_fail(&run->monitor, code, &err);
}

static void finish_turn(struct run *run, struct task *task, int64_t block) {
    atomic_store(&task->done, block + 1);
    if (ton_thread_overtaken)
        ton_thread_overtaken();
    monitor_moved(&run->monitor, GATE_WORKERS);
    /* The last one to leave a chunk finds that all have, and wakes the readers. */
    const int64_t end = (block + 1) * run->block;
    if (task->reads && end % run->chunk == 0 && chunks_are_read(run, end / run->chunk))
        monitor_moved(&run->monitor, GATE_READERS);
}

static void work(struct run *run, const struct ton_progress *progress) {
    double told = 0.0;
    struct turn turn;
    const unsigned before = ton_denormals_off();
    while (!monitor_stopped(&run->monitor) && wait_for_turn(run, &turn) && turn.task) {
        if (turn.task->output < 0)
            run_task(run, turn.task, turn.block);
        else if (!deliver(run, turn.task, turn.block))
            break;
        finish_turn(run, turn.task, turn.block);
        if (ton_stop_requested())
            stop_as_asked(run);
        const double fraction = (double)turn.block / (double)run->n_blocks;
        if (progress && fraction >= told + 0.005) {
            told = fraction;
            ton_progress_step(progress, "rendering", fraction);
        }
    }
    ton_denormals_restore(before);
}

static void *worker(void *user) {
    work(user, NULL);
    return NULL;
}

#define MAX_WORKERS 64

/* More workers than tasks that compute would only wait for each other. */
static int count_workers(const struct run *run) {
    int n = 0;
    for (int i = 0; i < run->n_tasks; i++) {
        const struct task *t = &run->tasks[i];
        n += t->n_steps > t->n_sources; /* the others hand on what was read, or made */
    }
    n = n < run->n_threads ? n : run->n_threads;
    return n < MAX_WORKERS ? n : MAX_WORKERS;
}

static enum ton_code start_workers(struct ton_thread *threads, struct run *run,
                                   struct ton_err *err) {
    for (int i = 1, n = count_workers(run); i < n; i++) {
        const enum ton_code code = ton_thread_start(&threads[i], worker, run, err);
        if (code)
            return code;
    }
    return TON_OK;
}

/* The first strip on the timeline that made a bad sample; of equals the first in the session. */
static void count_repairs(const struct run *run, struct ton_render_stats *stats) {
    int64_t first = INT64_MAX;
    int strip = -1;
    for (size_t i = 0; i < run->plan->n_nodes; i++) {
        const struct cell *cell = &run->cells[i];
        const struct feed *feed = run->feed_of[i] >= 0 ? &run->feeds[run->feed_of[i]] : NULL;
        const int64_t bad = cell->repaired + (feed ? feed->repaired : 0);
        const int64_t at = cell->repaired ? cell->first_bad : feed ? feed->first_bad : 0;
        stats->repaired += bad;
        if (bad && at < first) {
            first = at;
            strip = cell->node->strip;
        }
    }
    stats->repaired_at = strip >= 0 ? run->plan->session->strips[strip].name : NULL;
}

static enum ton_code render(struct run *run, const struct ton_sink *sinks,
                            const struct ton_progress *progress, struct ton_err *err) {
    struct ton_thread threads[MAX_WORKERS] = {0};
    struct readers readers;
    enum ton_code code = readers_start(&readers, run, err);
    if (!code)
        code = outlets_start(run, sinks, err);
    if (!code)
        code = start_workers(threads, run, err);
    if (code)
        monitor_stop(&run->monitor);
    else
        work(run, progress);
    for (int i = 1; i < MAX_WORKERS; i++)
        ton_thread_join(&threads[i]);
    outlets_finish(run);
    readers_finish(&readers);
    if (!code)
        code = monitor_failure(&run->monitor, err);
    return code;
}

/* Of the outputs that were asked for. */
static enum ton_code worst_failure(const struct ton_plan *plan, const struct ton_sink *sinks,
                                   struct ton_err *err) {
    for (int i = 0; i < plan->n_outputs; i++) {
        const enum ton_code code = sinks[i].write ? ton_plan_failure(plan, i, err) : TON_OK;
        if (code && code != TON_MISSED)
            return code;
    }
    return TON_OK;
}

enum ton_code ton_render(struct ton_plan *plan, const struct ton_sink *sinks,
                         struct ton_render_stats *stats, const struct ton_progress *progress,
                         struct ton_err *err) {
    struct ton_render_stats none;
    struct ton_render_stats *counts = stats ? stats : &none;
    *counts = (struct ton_render_stats){0};
    bool *wanted = ton_alloc(sizeof *wanted * (size_t)(plan->n_outputs + 1));
    if (!wanted)
        return ton_fail(err, TON_MEMORY, NULL, "no memory to render");
    bool any = false;
    for (int i = 0; i < plan->n_outputs; i++)
        any = (wanted[i] = sinks[i].write != NULL) || any;
    struct run *run = NULL;
    const struct run_wish wish = {
        .wanted = wanted, .block = plan->config.block, .threads = plan->config.threads};
    enum ton_code code = any ? run_create(&run, plan, &wish, err) : TON_OK;
    ton_free(wanted);
    if (code || !run)
        return code;
    code = render(run, sinks, progress, err);
    if (!code) {
        counts->frames = plan->frames;
        ton_progress_step(progress, "rendering", 1.0);
    }
    count_repairs(run, counts);
    if (!code && !(failures_collect(plan, run) && profile_collect(plan, run)))
        code = ton_fail(err, TON_MEMORY, NULL, "no memory to tell how it went");
    run_destroy(run);
    return code ? code : worst_failure(plan, sinks, err);
}
