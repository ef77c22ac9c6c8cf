/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A track's clips, read forwards as one signal. */
#ifndef TON_ENGINE_REEL_H
#define TON_ENGINE_REEL_H

#include "graph.h"

struct reel;

enum ton_code reel_create(struct reel **out, const struct ton_plan *plan, const struct node *node,
                          int most_frames, struct ton_err *err);
void reel_destroy(struct reel *reel);

/* The next `frames` (at most most_frames) of the timeline, which starts at 0. Files are open only
 * while a clip sounds. Errors name the track and the take. @thread readers, one at a time */
enum ton_code reel_read(struct reel *reel, float *const out[2], int frames, struct ton_err *err);

#endif
