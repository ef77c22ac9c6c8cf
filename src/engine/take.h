/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A take read forwards at the session's rate. */
#ifndef TON_ENGINE_TAKE_H
#define TON_ENGINE_TAKE_H

#include "ton/session.h"

struct take_stream;

/* Stands at frame `from` (session's rate). `choice` is a clip's `channel`: one that has a number is
 * read alone; else of more than two channels the first two.
 *
 * A take of another rate is resampled. Its samples must not depend on how it is read, so where the
 * resampler starts is part of the definition: with the rates as a reduced fraction p/q, at the last
 * multiple of p take frames that is at least PREROLL take frames before `from`, or at the take's
 * start. There input and output frames coincide, and the resampler's filter is full long before
 * `from` is reached. */
enum ton_code take_open(struct take_stream **out, const struct ton_take *take, int rate,
                        int64_t from, int choice, struct ton_err *err);
int take_channels(const struct take_stream *stream); /* 1 or 2 */

/* The next frames times `gain`; TON_INPUT when the take ends before. NULL in `out`: not wanted. */
enum ton_code take_read(struct take_stream *stream, float *const out[2], int frames, float gain,
                        struct ton_err *err);
void take_close(struct take_stream *stream);

#endif
