/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The render loop: workers take (block, task) pairs in order, wait until the pair can run, and run
 * it. The thread that called is one of them. */
#include "outlet.h"
#include "reader.h"

#define SPINS 64

struct turn {
    const struct run *run;
    const struct task *task;
    int64_t block;
};

static bool can_run(const void *user) {
    const struct turn *turn = user;
    const struct run *run = turn->run;
    const struct task *t = turn->task;
    if (atomic_load(&t->done) < turn->block)
        return false;
    for (int i = 0; i < t->n_deps; i++)
        if (atomic_load(&run->tasks[t->deps[i]].done) <= turn->block)
            return false;
    for (int i = 0; i < t->n_consumers; i++)
        if (atomic_load(&run->tasks[t->consumers[i]].done) <= turn->block - run->n_slots)
            return false;
    for (int i = 0; i < t->n_sources; i++)
        if (!feed_has(run, &run->feeds[t->sources[i]], turn->block))
            return false;
    return true;
}

static bool wait_for(struct run *run, const struct turn *turn) {
    for (int i = 0; i < SPINS; i++)
        if (can_run(turn))
            return true;
    return monitor_wait(&run->monitor, GATE_WORKERS, can_run, turn);
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
    const int64_t last = run->n_blocks * run->n_tasks;
    double told = 0.0;
    const unsigned before = ton_denormals_off();
    while (!monitor_stopped(&run->monitor)) {
        const int64_t place = atomic_fetch_add(&run->next, 1);
        if (place >= last)
            break;
        struct task *task = &run->tasks[place % run->n_tasks];
        const struct turn turn = {run, task, place / run->n_tasks};
        if (!wait_for(run, &turn))
            break;
        if (task->output < 0)
            run_task(run, task, turn.block);
        else if (!deliver(run, task, turn.block))
            break;
        finish_turn(run, task, turn.block);
        if (ton_stop_requested())
            stop_as_asked(run);
        const double fraction = (double)place / (double)last;
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
    enum ton_code code =
        any ? run_create(&run, plan, wanted, plan->config.block, plan->config.threads, err)
            : TON_OK;
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
