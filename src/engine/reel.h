/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A track's clips, read forwards as one signal. */
#ifndef TON_ENGINE_REEL_H
#define TON_ENGINE_REEL_H

#include "graph.h"

struct reel;

/* Stands at frame `at` (not negative) of the timeline; clips that have begun there are entered in
 * the middle. A resampled take has there what it has when it is read from the clip's start, but for
 * the last bit of few samples. */
enum ton_code reel_create(struct reel **out, const struct ton_plan *plan, const struct node *node,
                          int64_t at, int most_frames, struct ton_err *err);
void reel_destroy(struct reel *reel);

/* The next `frames` (at most most_frames) of the timeline. Files are open only
 * while a clip sounds. Errors name the track and the take. @thread readers, one at a time */
enum ton_code reel_read(struct reel *reel, float *const out[2], int frames, struct ton_err *err);

#endif
