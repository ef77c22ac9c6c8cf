/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The transport: the bits of the render, places and loops to the sample, other mutes without a
 * click, and what happens when takes come late. */
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
};

static void heard_open(struct heard *h, int64_t frames) {
    *h = (struct heard){.capacity = frames};
    for (int c = 0; c < 2; c++)
        assert_non_null(h->sound[c] = ton_alloc(sizeof(float) * (size_t)frames));
    assert_non_null(h->click = ton_alloc(sizeof(float) * (size_t)frames));
    assert_non_null(h->places = ton_alloc(sizeof *h->places * (size_t)frames));
}

static void heard_close(struct heard *h) {
    for (int c = 0; c < 2; c++)
        ton_free(h->sound[c]);
    ton_free(h->click);
    ton_free(h->places);
}

/* One call, as a device makes it: nothing may wait or allocate. */
static void pull(struct heard *h, struct ton_transport *t, int frames) {
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
static void pull_until(struct heard *h, struct ton_transport *t, int64_t frames, int call) {
    while (h->frames < frames) {
        const int64_t before = h->frames;
        pull(h, t, (int)(frames - before < call ? frames - before : call));
        const bool starved = h->places[h->frames - 1].rolling == TON_ROLLING_LATE;
        while (h->frames > before && h->places[h->frames - 1].rolling == TON_ROLLING_LATE)
            h->frames--;
        if (starved)
            usleep(500);
    }
}

static struct ton_transport *create(const struct ton_transport_config *config) {
    struct ton_transport *t = NULL;
    struct ton_err err = {0};
    if (ton_transport_create(&t, config, &err))
        fail_msg("%s: %s", err.where, err.text);
    return t;
}

static struct ton_transport_status status_of(const struct ton_transport *t) {
    struct ton_transport_status s;
    ton_transport_status(t, &s);
    return s;
}

/* Tracks with filters, compressors, fades and a latency. */
static void make_band(struct stage *st, int64_t frames) {
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

static void calls_of_any_size_have_the_bits_of_the_render(void **state) {
    (void)state;
    enum { FRAMES = 60000 };
    static const struct {
        int call, block;
    } ways[] = {{1, 256}, {7, 64}, {256, 256}, {777, 100}, {MOST, 0}, {1000, 4096}};
    struct stage st;
    make_band(&st, FRAMES);
    struct capture whole;
    stage_render(&st, &stage_whole, 1, 0, 1, &whole);
    for (int w = 0; w < TON_N(ways); w++) {
        struct ton_transport *t =
            create(&(struct ton_transport_config){.session = &st.session, .block = ways[w].block});
        const int64_t frames = whole.frames + 3000;
        struct heard h;
        heard_open(&h, frames + 100);
        pull(&h, t, 100);
        for (int i = 0; i < 100; i++)
            assert_int_equal(h.places[i].rolling, TON_ROLLING_STOPPED);
        h.frames = 0;
        ton_transport_roll(t, 0);
        pull_until(&h, t, frames, ways[w].call);
        for (int c = 0; c < 2; c++)
            assert_memory_equal(h.sound[c], whole.channels[c],
                                sizeof(float) * (size_t)whole.frames);
        for (int64_t i = 0; i < frames; i++) {
            const bool plays = i < whole.frames;
            assert_int_equal(h.places[i].rolling, plays ? TON_ROLLING_PLAYS : TON_ROLLING_STOPPED);
            assert_int_equal(h.places[i].place, plays ? i : whole.frames);
            assert_true(plays || (h.sound[0][i] == 0 && h.sound[1][i] == 0));
        }
        const struct ton_transport_status s = status_of(t);
        assert_true(s.ended && !s.rolling && s.frame == whole.frames);
        assert_int_equal(ton_transport_failure(t, NULL), TON_OK);
        figure("calls of %4d, blocks of %4d: the bits of the render, %lld late", ways[w].call,
               ways[w].block, (long long)s.late_blocks);
        heard_close(&h);
        ton_transport_destroy(t);
    }
    capture_free(&whole, 1);
    stage_close(&st);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls_of_any_size_have_the_bits_of_the_render),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
