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

static bool has_begun(const void *user) {
    const struct run *run = user;
    for (int i = 0; i < run->n_feeds; i++)
        if (atomic_load(&run->feeds[i].filled) == 0)
            return false;
    return true;
}

static enum ton_code start(struct ton_live *live, struct ton_plan *plan, int frames,
                           struct ton_err *err) {
    struct ton_plan_config *config = &plan->config;
    const int block = config->block, threads = config->threads;
    bool *wanted = ton_alloc(sizeof *wanted * (size_t)(plan->n_outputs + 1));
    if (!wanted)
        return ton_fail(err, TON_MEMORY, NULL, "no memory to play");
    for (int i = 0; i < plan->n_outputs; i++)
        wanted[i] = true;
    config->block = frames;
    config->threads = 1;
    enum ton_code code = run_create(&live->run, plan, wanted, err);
    config->block = block;
    config->threads = threads;
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

static bool is_read(const struct run *run, int64_t block) {
    for (int i = 0; i < run->n_feeds; i++)
        if (atomic_load(&run->feeds[i].filled) * run->chunk <= block * run->block)
            return false;
    return block < run->n_blocks;
}

bool ton_live_process(struct ton_live *live, float *const (*out)[2]) {
    struct run *run = live->run;
    const int64_t block = live->block;
    const bool good = is_read(run, block);
    const unsigned before = ton_denormals_off();
    for (int i = 0; i < run->n_tasks && good; i++) {
        struct task *task = &run->tasks[i];
        if (task->output < 0)
            run_task(run, task, block);
        atomic_store(&task->done, block + 1);
    }
    for (int i = 0; i < run->plan->n_outputs; i++) {
        const float *view[2] = {NULL, NULL};
        if (good)
            run_view(run, run->plan->outputs[i], block, view);
        for (int c = 0; c < 2; c++)
            if (good)
                memcpy(out[i][c], view[c], sizeof(float) * (size_t)run->block);
            else
                memset(out[i][c], 0, sizeof(float) * (size_t)run->block);
    }
    live->block += good;
    ton_denormals_restore(before);
    return good;
}
