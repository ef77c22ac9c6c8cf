/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A device for the transport: what it hears, and which places it is told; sessions that say at each
 * frame which one it is. */
#ifndef TON_TEST_TRANSPORT_RIG_H
#define TON_TEST_TRANSPORT_RIG_H

#include "stage.h"

#include "ton/rt.h"
#include "ton/transport.h"

enum { RATE = 48000, MOST = 8192 };

/* What a device heard: the mix, the click and the places, frame by frame. */
struct heard {
    float *sound[2], *click;
    struct place {
        enum ton_rolling rolling;
        int64_t place;
    } * places;
    int64_t frames, capacity;
    int64_t starved; /* calls that were late */
};

static inline void heard_open(struct heard *h, int64_t frames) {
    *h = (struct heard){.capacity = frames};
    for (int c = 0; c < 2; c++)
        assert_non_null(h->sound[c] = ton_alloc(sizeof(float) * (size_t)frames));
    assert_non_null(h->click = ton_alloc(sizeof(float) * (size_t)frames));
    assert_non_null(h->places = ton_alloc(sizeof *h->places * (size_t)frames));
}

static inline void heard_close(struct heard *h) {
    for (int c = 0; c < 2; c++)
        ton_free(h->sound[c]);
    ton_free(h->click);
    ton_free(h->places);
}

/* One call, as a device makes it: nothing may wait or allocate. */
static inline void pull(struct heard *h, struct ton_transport *t, int frames) {
    struct ton_roll rolls[TON_MOST_ROLLS];
    int n = 0, told = 0;
    assert_true(h->frames + frames <= h->capacity);
    float *const out[2] = {h->sound[0] + h->frames, h->sound[1] + h->frames};
    ton_rt_enter();
    ton_transport_process(t, out, h->click + h->frames, frames, rolls, &n);
    ton_rt_leave();
    assert_in_range(n, 1, TON_MOST_ROLLS);
    for (int i = 0; i < n; i++) {
        const bool moves =
            rolls[i].rolling == TON_ROLLING_PLAYS || rolls[i].rolling == TON_ROLLING_COUNT_IN;
        assert_int_equal(rolls[i].at, told);
        for (int k = 0; k < rolls[i].frames; k++)
            h->places[h->frames + told++] =
                (struct place){rolls[i].rolling, rolls[i].place + (moves ? k : 0)};
    }
    assert_int_equal(told, frames);
    h->frames += frames;
}

/* Until so many frames have been heard; late ones are taken back, and pulled again. */
static inline void pull_until(struct heard *h, struct ton_transport *t, int64_t frames, int call) {
    while (h->frames < frames) {
        const int64_t before = h->frames;
        pull(h, t, (int)(frames - before < call ? frames - before : call));
        const bool starved = h->places[h->frames - 1].rolling == TON_ROLLING_LATE;
        while (h->frames > before && h->places[h->frames - 1].rolling == TON_ROLLING_LATE)
            h->frames--;
        h->starved += starved;
        if (starved)
            usleep(500);
    }
}

static inline struct ton_transport *create(const struct ton_transport_config *config) {
    struct ton_transport *t = NULL;
    struct ton_err err = {0};
    if (ton_transport_create(&t, config, &err))
        fail_msg("%s: %s", err.where, err.text);
    return t;
}

static inline struct ton_transport_status status_of(const struct ton_transport *t) {
    struct ton_transport_status s;
    ton_transport_status(t, &s);
    return s;
}

/* Tracks with filters, compressors, fades and a latency. */
static inline void make_band(struct stage *st, int64_t frames) {
    stage_open(st, RATE);
    for (int i = 0; i < 4; i++) {
        char *name = ton_arena_printf(st->arena, "T%d", i);
        const int strip =
            stage_player(st, name, "drums", frames, stage_noise(st, frames, (uint64_t)i, 0.4F));
        stage_insert(st, strip, ton_processor_find("eq", NULL))[0] = 100.0F;
        stage_insert(st, strip, ton_processor_find("compressor", NULL))[1] = -30.0F;
        st->strips[strip].gain_db = -12.0F;
    }
    stage_insert(st, stage_mix(st), ton_processor_find("limiter", NULL));
}

/* A take that says at each frame which one it is. */
enum { COUNTED = 400000, FADE = RATE / 200 };

static inline float counted(int64_t frame) {
    return frame < 0 || frame >= COUNTED ? 0.0F : (float)(frame + 1) * 0x1p-20F;
}

static inline void make_counter(struct stage *st) {
    stage_open(st, RATE);
    float *left = TON_NEW_N(st->arena, float, COUNTED);
    float *right = TON_NEW_N(st->arena, float, COUNTED);
    for (int i = 0; i < COUNTED; i++)
        right[i] = -(left[i] = counted(i));
    const int track = stage_track(st, "T", NULL);
    stage_clip(st, track, stage_take(st, RATE, 2, COUNTED, (const float *const[]){left, right}), 0,
               0, COUNTED);
    stage_mix(st);
}

static inline int random_call(uint64_t *seed, int most) {
    *seed = *seed * 6364136223846793005ULL + 1442695040888963407ULL;
    return 1 + (int)((*seed >> 33) % (uint64_t)most);
}

static inline double risen(int64_t i) {
    return i < 0 ? 0.0 : i >= FADE ? 1.0 : 0.5 - 0.5 * cos(M_PI * ((double)i + 0.5) / FADE);
}

/* 4/4 that slows down and speeds up, then 7/8. */
static inline void add_tempo(struct stage *st) {
    static const struct ton_tempo_entry entries[] = {
        {.bar = 1, .beat = 1, .bpm = 137, .beats_per_bar = 4, .beat_unit = 4, .ramp = true},
        {.bar = 4, .beat = 3, .tick = 480, .bpm = 93.7, .beats_per_bar = 4, .beat_unit = 4},
        {.bar = 6, .beat = 1, .bpm = 211, .beats_per_bar = 7, .beat_unit = 8}};
    struct ton_err err = {0};
    assert_int_equal(
        ton_tempo_create(&st->session.tempo, st->arena, RATE, entries, TON_N(entries), &err),
        TON_OK);
    st->session.has_tempo = true;
}

#endif
