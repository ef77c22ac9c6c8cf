/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Delay compensation: paths of different latency meet to the sample. */
#include "stage.h"

#define RATE 48000
enum { N = 96000 };

/* Two equal tracks, one inverted, one of them late: what is left when they meet. */
static double null_depth(const struct ton_processor *p, void (*set)(struct stage *st, int strip)) {
    struct stage st;
    stage_open(&st, RATE);
    const float *x = stage_noise(&st, N, 1, 0.05F);
    const int a = stage_player(&st, "Straight", NULL, N, x);
    const int b = stage_player(&st, "Late", NULL, N, x);
    stage_mix(&st);
    st.strips[b].polarity = true;
    st.strips[a].pan = st.strips[b].pan = 20;
    stage_insert(&st, b, p);
    if (set)
        set(&st, b);
    struct ton_plan *plan = NULL;
    struct ton_err err;
    assert_int_equal(ton_plan_compile(&plan, &st.session, &stage_whole, 1, NULL, &err), TON_OK);
    const int latency = ton_plan_latency(plan);
    ton_plan_destroy(plan);
    struct capture c, alone;
    stage_render(&st, &stage_whole, 1, 0, 2, &c);
    st.strips[a].mute = true;
    stage_render(&st, &stage_whole, 1, 0, 2, &alone);
    const double depth = to_db(capture_peak(&c) / capture_peak(&alone));
    figure("%s: latency %d frames, null %.1f dB", p->id, latency, depth);
    assert_true(latency > 0);
    capture_free(&c, 1);
    capture_free(&alone, 1);
    stage_close(&st);
    return depth;
}

static void a_late_track_nulls_with_its_twin(void **state) {
    (void)state;
    assert_true(null_depth(&late, NULL) <= -140.0);
}

static void set_float(struct stage *st, int strip, const char *path, float value) {
    const struct ton_chain_item *item = &st->strips[strip].chain.items[0];
    int index = -1;
    if (!ton_rows_find(item->processor->rows, item->processor->n_rows, path, &index, NULL))
        fail_msg("%s has no `%s`", item->processor->id, path);
    item->params[index] = value;
}

static void look_ahead(struct stage *st, int strip) {
    set_float(st, strip, "look ahead", 5);
    set_float(st, strip, "threshold", 0);
    set_float(st, strip, "knee", 0);
    set_float(st, strip, "ratio", 2);
}

/* Above its threshold nothing passes: a compressor that only delays. */
static void a_compressor_with_look_ahead_nulls_with_its_twin(void **state) {
    (void)state;
    const struct ton_processor *p = ton_processor_find("compressor", NULL);
    if (!p)
        skip_because("no compressor in this build");
    assert_true(null_depth(p, look_ahead) <= -140.0);
}

static void a_limiter_below_its_ceiling_nulls_with_its_twin(void **state) {
    (void)state;
    const struct ton_processor *p = ton_processor_find("limiter", NULL);
    if (!p)
        skip_because("no limiter in this build");
    assert_true(null_depth(p, NULL) <= -140.0);
}

/* Sends, groups and keys of every depth: a click stays where it is. */
static void a_click_stays_in_place_through_a_deep_session(void **state) {
    (void)state;
    struct stage st;
    stage_open(&st, RATE);
    float *x = TON_NEW_N(st.arena, float, N);
    x[50000] = 1.0F;
    enum { TRACKS = 6, BUSES = 6 };
    int buses[BUSES];
    for (int i = 0; i < TRACKS; i++)
        stage_player(&st, "Track", NULL, N, x);
    for (int i = 0; i < BUSES; i++)
        buses[i] = stage_bus(&st, "Bus");
    stage_mix(&st);
    for (int i = 0; i < TRACKS; i++) {
        stage_insert(&st, i, &late)[0] = (float)(i * 91);
        st.strips[i].to = buses[i % 2];
        stage_send(&st, i, buses[5], 0, i % 2 == 0);
    }
    for (int i = 0; i < BUSES; i++) {
        stage_insert(&st, buses[i], &late)[0] = (float)((i * 37) % 5 * 101);
        st.strips[buses[i]].to = i + 2 < BUSES ? buses[i + 2] : st.session.mix;
        stage_send(&st, buses[i], buses[BUSES - 1], 0, false);
        if (i == BUSES - 1)
            st.strips[buses[i]].n_sends = 0;
    }
    struct capture c;
    stage_render(&st, &stage_whole, 1, 0, 2, &c);
    assert_int_equal(c.frames, N);
    for (int i = 0; i < N; i++)
        assert_true(i == 50000 ? c.channels[0][i] > 1.0F : c.channels[0][i] == 0.0F);
    figure("one click at frame 50000, %.1f dBFS", to_db((double)c.channels[0][50000]));
    capture_free(&c, 1);
    stage_close(&st);
}

enum { PAD = 4 * RATE };

/* Renders a pad, or silence for a tone, through `first` (NULL: nothing) and then p. */
static void behind(struct capture *c, const struct ton_processor *first,
                   const struct ton_processor *p, void (*set)(struct stage *st, int strip)) {
    struct stage st;
    stage_open(&st, RATE);
    const float *x = stage_noise(&st, PAD, 5, 0.05F);
    const int track = stage_player(&st, "Pad", NULL, PAD, x);
    stage_mix(&st);
    stage_insert(&st, track, p);
    if (set)
        set(&st, track);
    if (first) { /* in front of it */
        stage_insert(&st, track, first);
        struct ton_chain_item *items = st.strips[track].chain.items, moved = items[0];
        items[0] = items[1];
        items[1] = moved;
    }
    if (first == &late)
        st.strips[track].chain.items[0].params[0] = 530;
    stage_render(&st, &stage_whole, 1, first ? 97 : 0, 2, c); /* the blocks do not matter */
    stage_close(&st);
}

static int64_t frames_that_differ(const struct capture *a, const struct capture *b) {
    int64_t n = 0;
    for (int64_t i = 0; i < PAD; i++)
        n += a->channels[0][i] != b->channels[0][i] || a->channels[1][i] != b->channels[1][i];
    return n;
}

/* Everything that counts time does the same behind a latency as without it, to the bit. */
static void what_counts_time_starts_with_the_session(void **state) {
    (void)state;
    int n = 0;
    for (int i = 0; i < ton_processor_count(); i++) {
        const struct ton_processor *p = ton_processor_at(i);
        if (!(p->flags & TON_PROCESSOR_TIMED))
            continue;
        struct capture alone, c;
        behind(&alone, NULL, p, NULL);
        behind(&c, &late, p, NULL);
        const int64_t others = frames_that_differ(&alone, &c);
        figure("530 frames, then %-8s %lld frames differ from it alone (0)", p->id,
               (long long)others);
        assert_true(capture_peak(&alone) > 0.01);
        assert_int_equal(others, 0);
        capture_free(&alone, 1);
        capture_free(&c, 1);
        n++;
    }
    assert_true(n >= 5);
}

static void sweep(struct stage *st, int strip) {
    set_float(st, strip, "wave", 1);
    set_float(st, strip, "sweep_length", 3);
}

/* More than two seconds of latency take nothing of a sweep away. */
static void a_sweep_is_whole_behind_a_leveler(void **state) {
    (void)state;
    const struct ton_processor *tone = ton_processor_find("tone", NULL);
    struct capture alone, c;
    behind(&alone, NULL, tone, sweep);
    behind(&c, ton_processor_find("leveler", NULL), tone, sweep);
    const int64_t others = frames_that_differ(&alone, &c);
    figure("leveler, then a sweep of 3 s: %lld of %d frames differ from it alone (0)",
           (long long)others, PAD);
    assert_true(capture_peak(&alone) > 0.05);
    assert_int_equal(others, 0);
    capture_free(&alone, 1);
    capture_free(&c, 1);
}

static void fall(struct stage *st, int strip) {
    static const struct ton_point points[] = {{RATE, 0}, {2 * RATE, -30}};
    const struct ton_chain_item *item = &st->strips[strip].chain.items[0];
    int gain = -1;
    assert_non_null(
        ton_rows_find(item->processor->rows, item->processor->n_rows, "gain", &gain, NULL));
    stage_lane(st, strip, TON_TARGET_PARAMETER, 0, gain, points, 2);
}

/* Its place in the chain once the late one stands in front. */
static void fall_behind(struct stage *st, int strip) {
    fall(st, strip);
    st->strips[strip].lanes[0].item = 1;
}

static void automation_keeps_its_place_behind_a_latency(void **state) {
    (void)state;
    const struct ton_processor *gain = ton_processor_find("gain", NULL);
    struct capture alone, c;
    behind(&alone, NULL, gain, fall);
    behind(&c, &late, gain, fall_behind);
    const int64_t others = frames_that_differ(&alone, &c);
    figure("530 frames, then an automated gain: %lld frames differ from it alone (0)",
           (long long)others);
    assert_int_equal(others, 0);
    capture_free(&alone, 1);
    capture_free(&c, 1);
}

/* A rack's units too: the tone's first frame stands where the latency before it ends. */
static void a_tone_in_a_rack_starts_behind_the_latency(void **state) {
    (void)state;
    enum { FRAMES = 4096, BLOCK = 333 };
    struct stage st;
    stage_open(&st, RATE);
    const int strip = stage_track(&st, "Chain", NULL);
    stage_insert(&st, strip, &late)[0] = 530;
    stage_insert(&st, strip, ton_processor_find("tone", NULL));
    struct ton_rack *rack = NULL;
    assert_int_equal(ton_rack_create(&rack, &st.strips[strip].chain, RATE, 2, 120, BLOCK, NULL),
                     TON_OK);
    assert_int_equal(ton_rack_latency(rack), 530);
    float *x[2] = {TON_NEW_N(st.arena, float, FRAMES), TON_NEW_N(st.arena, float, FRAMES)};
    for (int again = 0; again < 2; again++) {
        for (int at = 0, n; at < FRAMES; at += n) {
            n = FRAMES - at < BLOCK ? FRAMES - at : BLOCK;
            ton_rack_process(rack, (float *[]){x[0] + at, x[1] + at}, n);
        }
        double worst = 0;
        for (int i = 0; i < FRAMES; i++) {
            const double should =
                i < 530 ? 0.0 : pow(10, -18 / 20.0) * sin(2 * M_PI * (i - 530) / 48);
            worst = fmax(worst, fabs((double)x[1][i] - should));
        }
        figure("a tone behind 530 frames: off by %.1f dB from a sine that starts there (-120)",
               to_db(worst));
        assert_true(worst < 1e-6);
        ton_rack_reset(rack);
    }
    ton_rack_destroy(rack);
    stage_close(&st);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_late_track_nulls_with_its_twin),
        cmocka_unit_test(a_compressor_with_look_ahead_nulls_with_its_twin),
        cmocka_unit_test(a_limiter_below_its_ceiling_nulls_with_its_twin),
        cmocka_unit_test(a_click_stays_in_place_through_a_deep_session),
        cmocka_unit_test(what_counts_time_starts_with_the_session),
        cmocka_unit_test(a_sweep_is_whole_behind_a_leveler),
        cmocka_unit_test(automation_keeps_its_place_behind_a_latency),
        cmocka_unit_test(a_tone_in_a_rack_starts_behind_the_latency),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
