/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_RESAMPLE_H
#define TON_RESAMPLE_H

#include "ton/err.h"

#include <stdint.h>

/* Streaming sample-rate conversion, soxr VHQ, linear phase, latency removed: frame 0 out is frame 0
 * in, and n frames in give round(n * to / from) out. Input is fed to soxr in pieces of a fixed
 * size, so the output has the same bits however it is cut. Equal rates are converted too (a delay
 * of nothing): callers skip that. Allocates only in `create`. */
struct ton_resampler;

enum ton_code ton_resampler_create(struct ton_resampler **out, int from_rate, int to_rate,
                                   int channels, struct ton_err *err);
void ton_resampler_destroy(struct ton_resampler *r); /* NULL is fine */

/* Gives `frames` planar frames (0 with `end` set: the end); `sink` is called with planar output as
 * it comes. Float output carries about 150 dB of signal to noise; the 64-bit form shows the
 * converter's own 180 dB. Both compute the same in double. An error of the sink stops the feed and
 * is returned. After `end` the resampler can only be destroyed. @thread any, one at a time */
typedef enum ton_code (*ton_resampler_sink)(const float *const *out, int frames,
                                            struct ton_err *err, void *user);
enum ton_code ton_resampler_feed(struct ton_resampler *r, const float *const *in, int frames,
                                 int end, ton_resampler_sink sink, struct ton_err *err, void *user);

typedef enum ton_code (*ton_resampler_sink_f64)(const double *const *out, int frames,
                                                struct ton_err *err, void *user);
enum ton_code ton_resampler_feed_f64(struct ton_resampler *r, const double *const *in, int frames,
                                     int end, ton_resampler_sink_f64 sink, struct ton_err *err,
                                     void *user);

#endif
