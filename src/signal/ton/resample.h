/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_RESAMPLE_H
#define TON_RESAMPLE_H

#include "ton/err.h"

/* Streaming sample-rate conversion, soxr VHQ, linear phase, latency removed: frame 0 out is frame 0
 * in. Input is fed to soxr in pieces of a fixed size, so the output has the same bits however it is
 * cut. */
struct ton_resampler;

enum ton_code ton_resampler_create(struct ton_resampler **out, int from_rate, int to_rate,
                                   int channels, struct ton_err *err);
void ton_resampler_destroy(struct ton_resampler *r);

/* Gives `frames` planar frames (0 with `end` set: the end); `sink` is called with planar output as
 * it comes. */
typedef enum ton_code (*ton_resampler_sink)(const float *const *out, int frames,
                                            struct ton_err *err, void *user);
enum ton_code ton_resampler_feed(struct ton_resampler *r, const float *const *in, int frames,
                                 int end, ton_resampler_sink sink, struct ton_err *err, void *user);

#endif
