/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cuts a stream into hops of 10 ms, repairs what is not a number, and looks up what every analyser
 * wants to know of a hop while it is in the cache. */

#include "gather.h"

#include "ton/arena.h"

static int64_t hop_end(double rate, int64_t hop) {
    return llround((double)(hop + 1) * rate / 100.0);
}

int gather_most(double rate) {
    return (int)(rate / 100.0) + 2;
}

static void next_hop(struct gather *g) {
    g->fill = 0;
    /* Below 100 Hz some hops would be empty: they are passed over. */
    do {
        g->want = (int)(hop_end(g->rate, g->hop) - hop_end(g->rate, g->hop - 1));
        g->hop++;
    } while (g->want == 0);
}

enum ton_code gather_init(struct gather *g, double rate, int channels, struct ton_err *err) {
    const size_t stride = ((size_t)gather_most(rate) + 15) / 16 * 16;
    memset(g, 0, sizeof *g);
    g->rate = rate;
    g->channels = channels;
    g->kernels = survey_kernels();
    g->memory = ton_alloc(sizeof(float) * stride * (size_t)channels);
    if (!g->memory)
        return ton_fail(err, TON_MEMORY, NULL, "no memory to measure %d channels", channels);
    for (int c = 0; c < channels; c++)
        g->planes[c] = g->memory + stride * (size_t)c;
    next_hop(g);
    return TON_OK;
}

void gather_finish(struct gather *g) {
    ton_free(g->memory);
    g->memory = NULL;
}

/* Copies what is not yet in the plane, with 0 for NaN and infinities, and counts those. */
static int64_t repair(float *plane, const float *in, int frames) {
    int64_t bad = 0;
    for (int i = 0; i < frames; i++) {
        const bool fine = isfinite(in[i]);
        plane[i] = fine ? in[i] : 0.0f;
        bad += !fine;
    }
    return bad;
}

static enum ton_code hand_on(struct gather *g, const float *const *in, int frames, bool whole,
                             gather_sink sink, struct ton_err *err, void *user) {
    struct ton_block *b = &g->block;
    b->frames = frames;
    b->whole = whole;
    b->bad_samples = 0;
    for (int c = 0; c < g->channels; c++) {
        b->in[c] = in[c];
        struct survey s = g->kernels->survey(in[c], frames);
        /* Squares of finite floats cannot overflow a double: one test finds every bad sample. */
        if (!isfinite(s.squares)) {
            b->bad_samples += repair(g->planes[c], in[c], frames);
            b->in[c] = g->planes[c];
            s = g->kernels->survey(b->in[c], frames);
        }
        b->low[c] = s.low;
        b->high[c] = s.high;
        b->sum[c] = s.sum;
        b->squares[c] = s.squares;
    }
    return sink(b, err, user);
}

static enum ton_code hand_on_planes(struct gather *g, bool whole, gather_sink sink,
                                    struct ton_err *err, void *user) {
    return hand_on(g, (const float *const *)g->planes, g->fill, whole, sink, err, user);
}

enum ton_code gather_feed(struct gather *g, const float *const *in, int64_t frames,
                          gather_sink sink, struct ton_err *err, void *user) {
    const float *at[TON_MAX_CHANNELS];
    for (int64_t done = 0; done < frames;) {
        const int missing = g->want - g->fill;
        const int n = frames - done < missing ? (int)(frames - done) : missing;
        for (int c = 0; c < g->channels; c++)
            at[c] = in[c] + done;
        done += n;
        enum ton_code code = TON_OK;
        if (n == g->want) {
            code = hand_on(g, at, n, true, sink, err, user);
            next_hop(g);
        } else {
            for (int c = 0; c < g->channels; c++)
                memcpy(g->planes[c] + g->fill, at[c], sizeof(float) * (size_t)n);
            g->fill += n;
            if (g->fill == g->want) {
                code = hand_on_planes(g, true, sink, err, user);
                next_hop(g);
            }
        }
        if (code)
            return code;
    }
    return TON_OK;
}

enum ton_code gather_rest(struct gather *g, gather_sink sink, struct ton_err *err, void *user) {
    if (g->fill == 0)
        return TON_OK;
    const enum ton_code code = hand_on_planes(g, false, sink, err, user);
    g->fill = 0;
    return code;
}
