/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The plan on a thread that never waits: it looks at counters, runs tasks and tells nobody; the
 * readers look by themselves whether there is room. */
#include "ton/live.h"

#include "reader.h"

struct ton_live {
    struct run *run;
    struct readers readers;
    int64_t block; /* the audio thread's: the next one */
};

/* Up to its end there is nothing to wait for. */
static bool is_read(const struct run *run, int64_t block) {
    for (int i = 0; i < run->n_feeds && block < run->n_blocks; i++)
        if (!feed_has(run, &run->feeds[i], block))
            return false;
    return true;
}

static bool has_begun(const void *user) {
    return is_read(user, 0);
}

static enum ton_code refuse_foreign(const struct ton_plan *plan, struct ton_err *err) {
    for (size_t i = 0; i < plan->n_nodes; i++) {
        const struct node *n = &plan->nodes[i];
        if (node_is_foreign(n))
            return ton_fail(err, TON_INPUT, n->unit.item->where,
                            "a plug-in cannot be played live yet: it would be waited for");
    }
    return TON_OK;
}

static enum ton_code start(struct ton_live *live, struct ton_plan *plan, int frames,
                           struct ton_err *err) {
    enum ton_code code = refuse_foreign(plan, err);
    if (code)
        return code;
    bool *wanted = ton_alloc(sizeof *wanted * (size_t)(plan->n_outputs + 1));
    if (!wanted)
        return ton_fail(err, TON_MEMORY, NULL, "no memory to play");
    for (int i = 0; i < plan->n_outputs; i++)
        wanted[i] = true;
    code = run_create(&live->run, plan, wanted, frames, 1, err);
    ton_free(wanted);
    if (code)
        return code;
    monitor_watches(&live->run->monitor, GATE_READERS);
    code = readers_start(&live->readers, live->run, err);
    if (!code && !monitor_wait(&live->run->monitor, GATE_WORKERS, has_begun, live->run))
        code = ton_live_failure(live, err);
    return code;
}

enum ton_code ton_live_create(struct ton_live **out, struct ton_plan *plan, int frames,
                              struct ton_err *err) {
    *out = NULL;
    if (frames < 1 || frames > MAX_BLOCK)
        return ton_fail(err, TON_USAGE, NULL, "a block has 1 to %d frames, not %d", MAX_BLOCK,
                        frames);
    struct ton_live *live = ton_alloc(sizeof *live);
    if (!live)
        return ton_fail(err, TON_MEMORY, NULL, "no memory to play");
    const enum ton_code code = start(live, plan, frames, err);
    if (code) {
        ton_live_destroy(live);
        return code;
    }
    *out = live;
    return TON_OK;
}

void ton_live_destroy(struct ton_live *live) {
    if (!live)
        return;
    if (live->run) {
        monitor_stop(&live->run->monitor);
        readers_finish(&live->readers);
        run_destroy(live->run);
    }
    ton_free(live);
}

enum ton_code ton_live_failure(struct ton_live *live, struct ton_err *err) {
    return monitor_failure(&live->run->monitor, err);
}

/* An output's block, while nobody may write over it. */
static void copy_output(const struct run *run, int output, int64_t block, float *const out[2]) {
    const float *view[2];
    run_view(run, run->plan->outputs[output], block, view);
    for (int c = 0; c < 2; c++)
        memcpy(out[c], view[c], sizeof(float) * (size_t)run->block);
}

static void run_block(struct run *run, int64_t block, float *const (*out)[2]) {
    for (int i = 0; i < run->n_tasks; i++) {
        struct task *task = &run->tasks[i];
        if (task->output < 0)
            run_task(run, task, block);
        else
            copy_output(run, task->output, block, out[task->output]);
        atomic_store(&task->done, block + 1);
        if (ton_thread_overtaken)
            ton_thread_overtaken();
    }
}

enum ton_live_block ton_live_process(struct ton_live *live, float *const (*out)[2]) {
    struct run *run = live->run;
    const enum ton_live_block what = live->block >= run->n_blocks ? TON_LIVE_ENDED
                                     : !is_read(run, live->block) ? TON_LIVE_LATE
                                                                  : TON_LIVE_PLAYED;
    for (int i = 0; i < run->plan->n_outputs && what != TON_LIVE_PLAYED; i++)
        for (int c = 0; c < 2; c++)
            memset(out[i][c], 0, sizeof(float) * (size_t)run->block);
    if (what != TON_LIVE_PLAYED)
        return what;
    const unsigned before = ton_denormals_off();
    run_block(run, live->block++, out);
    ton_denormals_restore(before);
    return what;
}
