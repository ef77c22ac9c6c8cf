/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A device of the test's own in front of a recorder: every input's samples count, so that each one
 * tells which frame of which input it is. */
#ifndef TON_TEST_RECORDER_RIG_H
#define TON_TEST_RECORDER_RIG_H

#include "production_rig.h"

#include "writer.h"

#include "ton/recorder.h"
#include "ton/rt.h"

#include <sndfile.h>
#include <stdatomic.h>

enum { DECK_RATE = 48000, DECK_INPUTS = 64, DECK_MOST = 8192 };

struct deck {
    struct ton_recorder *recorder;
    int n_inputs;
    int64_t frame; /* of the device */
    enum ton_rolling rolling;
    int64_t place;
    int64_t loop_from, loop_to; /* both 0: none */
    int64_t *places;            /* by device frame, -1: it did not play; NULL: not kept */
    float plane[DECK_INPUTS][DECK_MOST];
};

/* A 24-bit number that no other frame of this input has for six minutes, nor the same frame of
 * another input. */
static inline int32_t deck_number(int input, int64_t frame) {
    return (int32_t)(((uint64_t)frame * 5 + (uint64_t)input * 262147 + 8388608) & 0xffffff) -
           8388608;
}

static inline float deck_sample(int input, int64_t frame) {
    return (float)deck_number(input, frame) * 0x1p-23F;
}

/* As the transport tells it: up to the end of the block or of the loop. */
static inline int deck_rolls(struct deck *d, int frames, struct ton_roll *rolls) {
    int n = 0;
    for (int at = 0; at < frames;) {
        const bool plays = d->rolling == TON_ROLLING_PLAYS;
        const bool moves = plays || d->rolling == TON_ROLLING_COUNT_IN;
        int here = frames - at;
        if (plays && d->loop_to > 0 && d->loop_to - d->place < here)
            here = (int)(d->loop_to - d->place);
        rolls[n++] =
            (struct ton_roll){.rolling = d->rolling, .at = at, .frames = here, .place = d->place};
        for (int k = 0; k < here && d->places; k++)
            d->places[d->frame + at + k] = plays ? d->place + k : -1;
        at += here;
        d->place += moves ? here : 0;
        if (plays && d->loop_to > 0 && d->place == d->loop_to)
            d->place = d->loop_from;
    }
    return n;
}

/* The next block; `lost` frames before it are gone. */
static inline void deck_feed(struct deck *d, int frames, int64_t lost) {
    const float *in[DECK_INPUTS];
    struct ton_roll rolls[TON_MOST_ROLLS];
    d->frame += lost;
    for (int i = 0; i < d->n_inputs; i++) {
        in[i] = d->plane[i];
        for (int k = 0; k < frames; k++)
            d->plane[i][k] = deck_sample(i, d->frame + k);
    }
    const int n = deck_rolls(d, frames, rolls);
    ton_rt_enter();
    ton_recorder_capture(d->recorder, in, frames, lost, rolls, n);
    ton_rt_leave();
    d->frame += frames;
}

/* Until the writer has handled all that came in. */
static inline void deck_wait(const struct deck *d) {
    const struct capture *c = &d->recorder->capture;
    while (atomic_load(&c->freed) < atomic_load(&c->stored) - d->recorder->pre_roll)
        usleep(1000);
}

static inline bool deck_is_full(const struct deck *d) {
    const struct capture *c = &d->recorder->capture;
    return atomic_load(&c->stored) - atomic_load(&c->freed) + DECK_MOST > c->capacity;
}

static inline void deck_rush(struct deck *d, int64_t frames, int block) {
    for (int64_t at = 0; at < frames; at += block)
        deck_feed(d, frames - at < block ? (int)(frames - at) : block, 0);
}

/* So many frames in blocks, as fast as the writer keeps up. */
static inline void deck_run(struct deck *d, int64_t frames, int block) {
    for (int64_t at = 0; at < frames; at += block) {
        while (deck_is_full(d))
            usleep(1000);
        deck_feed(d, frames - at < block ? (int)(frames - at) : block, 0);
    }
}

/* Until the header of a take that grows says so many frames: 20 s at most. */
static inline void deck_settled(const char *path, int64_t frames) {
    int64_t n = -1;
    for (int i = 0; i < 2000 && n != frames; i++) {
        SF_INFO info = {0};
        SNDFILE *f = sf_open(path, SFM_READ, &info);
        n = f ? info.frames : -1;
        sf_close(f);
        if (n != frames)
            usleep(10000);
    }
    assert_int_equal(n, frames);
}

/* The samples of a finished file's channel as they lie there: 24 bits, or a float's. */
static inline int32_t *deck_read(const char *path, int channel, int64_t *frames) {
    SF_INFO info = {0};
    SNDFILE *f = sf_open(path, SFM_READ, &info);
    if (!f)
        fail_msg("%s: %s", path, sf_strerror(NULL));
    assert_in_range(channel, 0, info.channels - 1);
    int32_t *out = ton_alloc(sizeof *out * (size_t)(info.frames + 1));
    int *all = ton_alloc(sizeof *all * (size_t)(info.frames * info.channels + 1));
    float *floats = (float *)(void *)all;
    const bool floating = (info.format & SF_FORMAT_SUBMASK) == SF_FORMAT_FLOAT;
    const sf_count_t got =
        floating ? sf_readf_float(f, floats, info.frames) : sf_readf_int(f, all, info.frames);
    assert_int_equal(got, info.frames);
    for (int64_t i = 0; i < info.frames; i++) {
        const int64_t at = i * info.channels + channel;
        out[i] = floating ? (int32_t)(floats[at] * 0x1p23F) : all[at] / 256;
    }
    sf_close(f);
    ton_free(all);
    *frames = info.frames;
    return out;
}

/* Whether [at, at + frames) of what was read is the input from device frame `frame` on. */
static inline void deck_holds(const int32_t *read, int64_t at, int64_t frames, int input,
                              int64_t frame) {
    for (int64_t i = 0; i < frames; i++)
        if (read[at + i] != deck_number(input, frame + i))
            fail_msg("frame %lld is %d instead of %d", (long long)(at + i), read[at + i],
                     deck_number(input, frame + i));
}

static inline void deck_silent(const int32_t *read, int64_t at, int64_t frames) {
    for (int64_t i = 0; i < frames; i++)
        if (read[at + i] != 0)
            fail_msg("frame %lld is not silent", (long long)(at + i));
}

static inline const char *deck_now(void *user, char out[32]) {
    (void)user;
    snprintf(out, 32, "2026-11-29T23:53:19Z");
    return out;
}

/* Tracks of one input each, called t1, t2 … */
static inline struct ton_recorder_config deck_tracks(struct rig *r, int n) {
    struct ton_recorder_track *t = TON_NEW_N(r->arena, struct ton_recorder_track, n);
    for (int i = 0; i < n; i++) {
        t[i] = (struct ton_recorder_track){.name = ton_arena_printf(r->arena, "T%d", i + 1),
                                           .stem = ton_arena_printf(r->arena, "t%d", i + 1),
                                           .inputs = {i},
                                           .n_inputs = 1};
    }
    return (struct ton_recorder_config){.folder = r->folder,
                                        .tracks = t,
                                        .n_tracks = n,
                                        .n_inputs = n,
                                        .rate = DECK_RATE,
                                        .bits = 24,
                                        .now = deck_now};
}

static inline struct deck *deck_open(struct rig *r, const struct ton_recorder_config *config) {
    struct deck *d = ton_alloc(sizeof *d);
    assert_non_null(d);
    d->n_inputs = config->n_inputs;
    if (ton_recorder_create(&d->recorder, config, &r->err))
        fail_msg("%s: %s", r->err.where, r->err.text);
    return d;
}

static inline void deck_close(struct deck *d) {
    ton_recorder_destroy(d->recorder);
    ton_free(d);
}

static inline void deck_start(struct rig *r, struct deck *d, int number) {
    if (ton_recorder_start(d->recorder, number, &r->err))
        fail_msg("%s: %s", r->err.where, r->err.text);
}

static inline void deck_stop(struct rig *r, struct deck *d) {
    if (ton_recorder_stop(d->recorder, &r->err))
        fail_msg("%s: %s", r->err.where, r->err.text);
}

static inline struct ton_recorded *deck_takes(struct rig *r, struct deck *d, int wanted) {
    struct ton_recorded *out = NULL;
    int n = 0;
    assert_int_equal(ton_recorder_takes(&out, &n, r->arena, d->recorder, 0, &r->err), TON_OK);
    assert_int_equal(n, wanted);
    return out;
}

/* Holds a finished take against what came in from device frame `frame` on: its gaps are silent. */
static inline void deck_check(struct rig *r, const struct ton_recorded *t, int channel, int input,
                              int64_t frame) {
    int64_t n = 0, at = 0;
    int32_t *x = deck_read(rig_path(r, t->file), channel, &n);
    assert_int_equal(n, t->frames);
    for (int i = 0; i < t->n_gaps; i++) {
        deck_holds(x, at, t->gaps[i].at - at, input, frame + at);
        deck_silent(x, t->gaps[i].at, t->gaps[i].frames);
        at = t->gaps[i].at + t->gaps[i].frames;
    }
    deck_holds(x, at, n - at, input, frame + at);
    ton_free(x);
}

static inline int64_t frames_by_ffprobe(struct rig *r, const char *path) {
    char line[64] = "";
    FILE *p = popen(ton_arena_printf(r->arena,
                                     "ffprobe -v error -show_entries stream=duration_ts "
                                     "-of csv=p=0 '%s'",
                                     path),
                    "r");
    if (!p || !fgets(line, sizeof line, p))
        line[0] = 0;
    if (p)
        pclose(p);
    return strtoll(line, NULL, 10);
}

#endif
