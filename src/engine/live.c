/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The plan on a thread that never waits: it looks at counters, runs tasks and tells nobody; the
 * readers look by themselves whether there is room. */
#include "ton/live.h"

#include "reader.h"

struct ton_live {
    struct run *run;
    struct readers readers;
    int head;      /* frames of the first block that lie before the place */
    int64_t block; /* the audio thread's: the next one */
};

/* Up to its end there is nothing to wait for. */
static bool is_read(const struct run *run, int64_t block) {
    for (int i = 0; i < run->n_feeds && block < run->n_blocks; i++)
        if (!feed_has(run, &run->feeds[i], block))
            return false;
    return true;
}

static bool has_next(const void *user) {
    const struct ton_live *live = user;
    return is_read(live->run, live->block);
}

static enum ton_code refuse_foreign(const struct ton_plan *plan, struct ton_err *err) {
    bool *needed = ton_alloc(sizeof *needed * (plan->n_nodes + 1));
    if (!needed)
        return ton_fail(err, TON_MEMORY, NULL, "no memory to play");
    plan_mark_needed(needed, plan, NULL);
    enum ton_code code = TON_OK;
    for (size_t i = 0; i < plan->n_nodes && !code; i++)
        if (needed[i] && node_is_foreign(&plan->nodes[i]))
            code = ton_fail(err, TON_INPUT, plan->nodes[i].unit.item->where,
                            "a plug-in cannot be played live: it would be waited for");
    ton_free(needed);
    return code;
}

/* An output's block, while nobody may write over it. */
static void copy_output(const struct run *run, int output, int64_t block, float *const out[2]) {
    const float *view[2];
    run_view(run, run->plan->outputs[output], block, view);
    for (int c = 0; c < 2; c++)
        memcpy(out[c], view[c], sizeof(float) * (size_t)run->block);
}

/* `out` NULL: it is not heard. */
static void run_block(struct run *run, int64_t block, float *const (*out)[2]) {
    for (int i = 0; i < run->n_tasks; i++) {
        struct task *task = &run->tasks[i];
        if (task->output < 0)
            run_task(run, task, block);
        else if (out)
            copy_output(run, task->output, block, out[task->output]);
        atomic_store(&task->done, block + 1);
        if (ton_thread_overtaken)
            ton_thread_overtaken();
    }
}

static enum ton_code make_run(struct ton_live *live, struct ton_plan *plan,
                              const struct ton_live_config *config, struct ton_err *err) {
    bool *wanted = ton_alloc(sizeof *wanted * (size_t)(plan->n_outputs + 1));
    if (!wanted)
        return ton_fail(err, TON_MEMORY, NULL, "no memory to play");
    for (int i = 0; i < plan->n_outputs; i++)
        wanted[i] = true;
    const struct run_wish wish = {
        .wanted = wanted,
        .block = config->frames,
        .threads = 1,
        .origin = config->place > config->run_in ? config->place - config->run_in : 0};
    const enum ton_code code = run_create(&live->run, plan, &wish, err);
    ton_free(wanted);
    return code;
}

/* Reads ahead to the next block. Whoever reads may go on in the meantime. */
static enum ton_code await_next(struct ton_live *live, struct ton_err *err) {
    struct monitor *m = &live->run->monitor;
    if (has_next(live))
        return ton_live_failure(live, err);
    monitor_moved(m, GATE_READERS);
    monitor_wait(m, GATE_WORKERS, has_next, live);
    return ton_live_failure(live, err);
}

/* What comes before the place, heard by nobody. */
static enum ton_code run_in(struct ton_live *live, int64_t frames, struct ton_err *err) {
    const int64_t blocks = frames / live->run->block;
    live->head = (int)(frames % live->run->block);
    enum ton_code code = await_next(live, err);
    const unsigned before = ton_denormals_off();
    while (!code && live->block < blocks && live->block < live->run->n_blocks) {
        run_block(live->run, live->block++, NULL);
        code = await_next(live, err);
    }
    ton_denormals_restore(before);
    return code;
}

static enum ton_code start(struct ton_live *live, struct ton_plan *plan,
                           const struct ton_live_config *config, bool hides, struct ton_err *err) {
    enum ton_code code = refuse_foreign(plan, err);
    if (!code)
        code = make_run(live, plan, config, err);
    if (code)
        return code;
    live->run->goes_on = true;
    monitor_watches(&live->run->monitor, GATE_READERS);
    code = readers_start(&live->readers, live->run, err);
    const int64_t late = hides ? plan->latency : 0;
    return code ? code : run_in(live, config->place + late - live->run->origin, err);
}

static enum ton_code create(struct ton_live **out, struct ton_plan *plan,
                            const struct ton_live_config *config, bool hides, struct ton_err *err) {
    *out = NULL;
    if (config->frames < 1 || config->frames > MAX_BLOCK)
        return ton_fail(err, TON_USAGE, NULL, "a block has 1 to %d frames, not %d", MAX_BLOCK,
                        config->frames);
    if (config->place < 0 || config->run_in < 0)
        return ton_fail(err, TON_USAGE, NULL, "nothing is played before the timeline begins");
    struct ton_live *live = ton_alloc(sizeof *live);
    if (!live)
        return ton_fail(err, TON_MEMORY, NULL, "no memory to play");
    const enum ton_code code = start(live, plan, config, hides, err);
    if (code) {
        ton_live_destroy(live);
        return code;
    }
    *out = live;
    return TON_OK;
}

enum ton_code ton_live_create(struct ton_live **out, struct ton_plan *plan, int frames,
                              struct ton_err *err) {
    return create(out, plan, &(struct ton_live_config){.frames = frames}, false, err);
}

enum ton_code ton_live_create_at(struct ton_live **out, struct ton_plan *plan,
                                 const struct ton_live_config *config, struct ton_err *err) {
    return create(out, plan, config, true, err);
}

int ton_live_head(const struct ton_live *live) {
    return live->head;
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
