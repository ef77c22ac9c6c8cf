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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_late_track_nulls_with_its_twin),
        cmocka_unit_test(a_compressor_with_look_ahead_nulls_with_its_twin),
        cmocka_unit_test(a_limiter_below_its_ceiling_nulls_with_its_twin),
        cmocka_unit_test(a_click_stays_in_place_through_a_deep_session),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
