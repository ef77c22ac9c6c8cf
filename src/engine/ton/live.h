/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_LIVE_H
#define TON_LIVE_H

#include "ton/plan.h"

/* A plan that is pulled block by block, as a device's callback does: the same tasks that ton_render
 * runs, on one thread that never waits. Takes are read ahead on a thread of its own.
 *
 * What is heard has the bits of ton_render, ton_plan_latency frames later. */
struct ton_live;

/* Blocks of `frames` (1 … 4096); the plan outlives it. All outputs of the plan are computed.
 * Returns when the first takes are read. Errors: a take that cannot be read, a plug-in (another
 * process, for which this thread would have to wait), no memory. @thread main */
enum ton_code ton_live_create(struct ton_live **out, struct ton_plan *plan, int frames,
                              struct ton_err *err);

/* The same from a place on, without latency: the first block begins ton_live_head (0 … frames - 1)
 * frames before `place` is heard. All begins anew `run_in` frames earlier, or with the timeline,
 * and what comes before is computed in here. It has the bits of ton_render where the run-in reaches
 * back to the start, and of a session that remembers nothing everywhere; else it differs by what is
 * still remembered after so long, and tones and sways (chorus, a reverb's modulation) begin anew.
 * Resampled takes may differ in a last bit. */
struct ton_live_config {
    int frames;
    int64_t place, run_in; /* not negative */
};
enum ton_code ton_live_create_at(struct ton_live **out, struct ton_plan *plan,
                                 const struct ton_live_config *config, struct ton_err *err);
TON_RT int ton_live_head(const struct ton_live *live);
void ton_live_destroy(struct ton_live *live);

/* The next block into out[output][channel]; silent when takes were not read in time, and what was
 * due is due again the next time; silent behind the end. @thread audio */
enum ton_live_block { TON_LIVE_PLAYED, TON_LIVE_LATE, TON_LIVE_ENDED };
TON_RT enum ton_live_block ton_live_process(struct ton_live *live, float *const (*out)[2]);

/* A take could not be read: it is silent from there on. TON_OK: nothing is wrong. @thread any
 */
enum ton_code ton_live_failure(struct ton_live *live, struct ton_err *err);

#endif
