/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sample-rate conversion through soxr in fixed pieces, so that how the input is cut changes
 * nothing.
 *
 * soxr's VHQ recipe (28 bit) computes in double. A float output cannot show what it does: rounding
 * to 24 bits of mantissa leaves about 150 dB. So soxr always runs with double input and output, and
 * the float interface rounds its result once. Roll-off is none: the small one that soxr has by
 * default costs 0.006 dB at 20 kHz between 44.1 and 48 kHz, this one less than 0.00001. */
#include "ton/resample.h"

#include "ton/arena.h"
#include "ton/layout.h"

#include <soxr.h>

#define PIECE 4096 /* frames fed to soxr at a time */

/* Of the two rates. A 1 Hz file at 192 kHz would take 19 GB for what comes out of one piece. */
enum { MOST_RATIO = 1000 };

struct ton_resampler {
    soxr_t soxr;
    int channels, from, to;
    int filled;            /* frames waiting in `in` */
    int64_t fed, produced; /* frames given so far; frames handed to the sink */
    int capacity;          /* frames of `out` */
    double *in[TON_MAX_CHANNELS], *out[TON_MAX_CHANNELS];
    float *rounded[TON_MAX_CHANNELS];
    void *memory;
};

/* Who takes the output: exactly one of the two is set. */
struct taker {
    ton_resampler_sink f32;
    ton_resampler_sink_f64 f64;
    void *user;
};

static bool buffers_make(struct ton_resampler *r) {
    const size_t doubles = (size_t)r->channels * (size_t)(PIECE + r->capacity);
    const size_t floats = (size_t)r->channels * (size_t)r->capacity;
    r->memory = ton_alloc(doubles * sizeof(double) + floats * sizeof(float));
    if (!r->memory)
        return false;
    double *d = r->memory;
    float *f = (float *)(d + doubles);
    for (int c = 0; c < r->channels; c++) {
        r->in[c] = d + (size_t)c * PIECE;
        r->out[c] = d + (size_t)r->channels * PIECE + (size_t)c * (size_t)r->capacity;
        r->rounded[c] = f + (size_t)c * (size_t)r->capacity;
    }
    return true;
}

enum ton_code ton_resampler_create(struct ton_resampler **out, int from_rate, int to_rate,
                                   int channels, struct ton_err *err) {
    *out = NULL;
    if (from_rate < 1 || to_rate < 1 || channels < 1 || channels > TON_MAX_CHANNELS)
        return ton_fail(err, TON_INPUT, NULL, "cannot resample %d channels from %d Hz to %d Hz",
                        channels, from_rate, to_rate);
    if (from_rate / MOST_RATIO > to_rate || to_rate / MOST_RATIO > from_rate)
        return ton_fail(err, TON_INPUT, NULL,
                        "cannot resample from %d Hz to %d Hz: one is more than %d times the other",
                        from_rate, to_rate, MOST_RATIO);
    struct ton_resampler *r = ton_alloc(sizeof *r);
    if (!r)
        return ton_fail(err, TON_MEMORY, NULL, "no memory for resampling");
    *r = (struct ton_resampler){.channels = channels, .from = from_rate, .to = to_rate};
    r->capacity = (int)((int64_t)PIECE * to_rate / from_rate) + 64;
    const soxr_io_spec_t io = soxr_io_spec(SOXR_FLOAT64_S, SOXR_FLOAT64_S);
    const soxr_quality_spec_t quality = soxr_quality_spec(SOXR_VHQ, SOXR_ROLLOFF_NONE);
    const soxr_runtime_spec_t runtime = soxr_runtime_spec(1);
    soxr_error_t failed = "no memory";
    if (buffers_make(r))
        r->soxr =
            soxr_create(from_rate, to_rate, (unsigned)channels, &failed, &io, &quality, &runtime);
    if (!r->soxr) {
        ton_resampler_destroy(r);
        return ton_fail(err, TON_MEMORY, NULL, "cannot resample from %d Hz to %d Hz: %s", from_rate,
                        to_rate, failed);
    }
    *out = r;
    return TON_OK;
}

void ton_resampler_destroy(struct ton_resampler *r) {
    if (!r)
        return;
    soxr_delete(r->soxr);
    ton_free(r->memory);
    ton_free(r);
}

/* round(fed * to / from), half up; whole seconds apart, so that nothing overflows */
static int64_t whole_length(const struct ton_resampler *r) {
    const int64_t seconds = r->fed / r->from, rest = r->fed % r->from;
    return seconds * r->to + (2 * rest * r->to + r->from) / (2 * (int64_t)r->from);
}

static enum ton_code hand_over(struct ton_resampler *r, int frames, const struct taker *taker,
                               struct ton_err *err) {
    if (!frames)
        return TON_OK;
    r->produced += frames;
    if (taker->f64)
        return taker->f64((const double *const *)r->out, frames, err, taker->user);
    for (int c = 0; c < r->channels; c++) {
        const double *restrict from = r->out[c];
        float *restrict to = r->rounded[c];
        for (int i = 0; i < frames; i++)
            to[i] = (float)from[i];
    }
    return taker->f32((const float *const *)r->rounded, frames, err, taker->user);
}

/* `in` frames from place `*used` on; `end` instead: there is no more. */
static enum ton_code soxr_step(struct ton_resampler *r, size_t in, bool end, size_t *used,
                               size_t *made, struct ton_err *err) {
    const double *from[TON_MAX_CHANNELS];
    for (int c = 0; c < r->channels; c++)
        from[c] = r->in[c] + *used;
    size_t taken = 0;
    const soxr_error_t failed = soxr_process(r->soxr, end ? NULL : (soxr_in_t)from, in, &taken,
                                             (soxr_out_t)r->out, (size_t)r->capacity, made);
    *used += taken;
    if (failed)
        return ton_fail(err, TON_MEMORY, NULL, "resampling stopped: %s", failed);
    return TON_OK;
}

/* One full piece (or the last, shorter one) through soxr. */
static enum ton_code convert_piece(struct ton_resampler *r, const struct taker *taker,
                                   struct ton_err *err) {
    size_t used = 0, made = 0;
    while (used < (size_t)r->filled || made == (size_t)r->capacity) {
        enum ton_code code = soxr_step(r, (size_t)r->filled - used, false, &used, &made, err);
        if (code == TON_OK)
            code = hand_over(r, (int)made, taker, err);
        if (code != TON_OK)
            return code;
        if (!made && used == (size_t)r->filled)
            break;
    }
    r->filled = 0;
    return TON_OK;
}

/* What soxr still holds, cut or filled with silence to exactly the length asked. */
static enum ton_code convert_end(struct ton_resampler *r, const struct taker *taker,
                                 struct ton_err *err) {
    enum ton_code code = convert_piece(r, taker, err);
    const int64_t length = whole_length(r);
    size_t used = 0, made = 1;
    while (code == TON_OK && made && r->produced < length) {
        code = soxr_step(r, 0, true, &used, &made, err);
        const int64_t left = length - r->produced;
        if (code == TON_OK)
            code = hand_over(r, (int)((int64_t)made < left ? (int64_t)made : left), taker, err);
    }
    while (code == TON_OK && r->produced < length) {
        const int64_t left = length - r->produced;
        const int n = left < r->capacity ? (int)left : r->capacity;
        for (int c = 0; c < r->channels; c++)
            memset(r->out[c], 0, (size_t)n * sizeof(double));
        code = hand_over(r, n, taker, err);
    }
    return code;
}

static void take_in(struct ton_resampler *r, const float *const *f32, const double *const *f64,
                    int at, int n) {
    for (int c = 0; c < r->channels; c++) {
        double *restrict to = r->in[c] + r->filled;
        for (int i = 0; i < n; i++)
            to[i] = f64 ? f64[c][at + i] : (double)f32[c][at + i];
    }
    r->filled += n;
    r->fed += n;
}

static enum ton_code feed(struct ton_resampler *r, const float *const *f32,
                          const double *const *f64, int frames, int end, const struct taker *taker,
                          struct ton_err *err) {
    for (int at = 0; at < frames;) {
        const int room = PIECE - r->filled;
        const int n = frames - at < room ? frames - at : room;
        take_in(r, f32, f64, at, n);
        at += n;
        if (r->filled == PIECE) {
            const enum ton_code code = convert_piece(r, taker, err);
            if (code != TON_OK)
                return code;
        }
    }
    return end ? convert_end(r, taker, err) : TON_OK;
}

enum ton_code ton_resampler_feed(struct ton_resampler *r, const float *const *in, int frames,
                                 int end, ton_resampler_sink sink, struct ton_err *err,
                                 void *user) {
    const struct taker taker = {.f32 = sink, .user = user};
    return feed(r, in, NULL, frames, end, &taker, err);
}

enum ton_code ton_resampler_feed_f64(struct ton_resampler *r, const double *const *in, int frames,
                                     int end, ton_resampler_sink_f64 sink, struct ton_err *err,
                                     void *user) {
    const struct taker taker = {.f64 = sink, .user = user};
    return feed(r, NULL, in, frames, end, &taker, err);
}
