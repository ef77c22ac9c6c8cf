/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Automation: what a lane moves, and its value at every frame. */
#include "session_stage.h"

static const struct ton_lane *lane_of(struct stage *s, const char *lane) {
    struct ton_text t = {0};
    ton_text_printf(
        &t,
        "tonmeister: 1\ntempo: 120 bpm\ntracks:\n  A:\n    chain: [compressor, eq: {bands: "
        "[{type: bell}, {type: bell}]}, compressor]\n    sends: {Hall: 0 dB, Plate: -3 "
        "dB}\n    automation: {%s}\nbuses: {Plate: , Hall: }\n",
        lane);
    const struct ton_session *x = stage_session(s, t.data);
    ton_text_free(&t);
    assert_int_equal(x->strips[0].n_lanes, 1);
    return &x->strips[0].lanes[0];
}

static void a_lane_is_straight_between_points_and_held_outside(void **state) {
    const struct ton_lane *lane =
        lane_of(*state, "gain: [[0:01, -6 dB], [0:03, +6 dB], [0:03.5, 0 dB]]");
    assert_int_equal(lane->target, TON_TARGET_GAIN);
    assert_true(ton_lane_at(lane, INT64_MIN) == -6.0f && ton_lane_at(lane, 0) == -6.0f);
    assert_true(ton_lane_at(lane, 48000) == -6.0f && ton_lane_at(lane, 96000) == 0.0f);
    assert_true(ton_lane_at(lane, 3 * 48000) == 6.0f &&
                ton_lane_at(lane, 3 * 48000 + 12000) == 3.0f);
    assert_true(ton_lane_at(lane, 4 * 48000) == 0.0f && ton_lane_at(lane, INT64_MAX) == 0.0f);
}

static void two_points_at_one_time_make_a_step(void **state) {
    const struct ton_lane *lane =
        lane_of(*state, "pan: [[0:00, L100], [0:02, C], [0:02, R50], [0:04, R50]]");
    assert_int_equal(lane->target, TON_TARGET_PAN);
    assert_true(fabsf(ton_lane_at(lane, 95999) + 100.0f / 96000.0f) < 1e-5f);
    assert_true(ton_lane_at(lane, 96000) == 50.0f && ton_lane_at(lane, 150000) == 50.0f);
}

static void switches_step_and_off_is_the_lowest_gain(void **state) {
    const struct ton_lane *lane = lane_of(*state, "mute: [[0:01, yes], [0:02, no]]");
    assert_int_equal(lane->target, TON_TARGET_MUTE);
    assert_true(ton_lane_at(lane, 95999) == 1.0f && ton_lane_at(lane, 96000) == 0.0f);
    lane = lane_of(*state, "gain: [[0:01, -inf dB], [0:02, off]]");
    assert_true(ton_lane_at(lane, 0) == -144.0f && ton_lane_at(lane, 96000) == -144.0f);
}

static void a_filter_sweep_passes_octaves_in_equal_times(void **state) {
    const struct ton_lane *lane =
        lane_of(*state, "eq.high pass: [[0:00, 200 Hz], [0:02, 2 kHz], [0:03, off], [0:04, off]]");
    double worst = 0;
    for (int frame = 0; frame <= 96000; frame++) {
        double expected = 200 * pow(10, frame / 96000.0);
        worst = fmax(worst, fabs((double)ton_lane_at(lane, frame) / expected - 1));
    }
    figure("half way %.2f Hz; at most %.2g from the exponential", (double)ton_lane_at(lane, 48000),
           worst);
    assert_true(worst < 1e-7);
    /* To `off` there is no way: 10 Hz, the end of the scale, would be heard as a sweep. */
    assert_true(ton_lane_at(lane, 143999) == 2000.0f);
    assert_true(ton_lane_at(lane, 144000) == lane->row->min);
}

static void a_fade_to_off_is_a_fade(void **state) {
    const struct ton_lane *lane = lane_of(*state, "gain: [[0:00, 0 dB], [0:02, off]]");
    double worst = 0;
    for (int frame = 0; frame < 96000; frame++)
        worst = fmax(worst,
                     fabs(pow(10, (double)ton_lane_at(lane, frame) / 20) - (1 - frame / 96000.0)));
    figure("at most %.2g from a straight fade of the amplitude", worst);
    assert_true(worst < 1e-6);
    assert_true(ton_lane_at(lane, 96000) == -144.0f);
}

static void every_kind_of_target_is_found(void **state) {
    const struct ton_lane *lane = lane_of(*state, "sends.Plate: [[0:00, -3 dB]]");
    assert_true(lane->target == TON_TARGET_SEND && lane->item == 1);
    lane = lane_of(*state, "send Hall: [[0:00, -3 dB]]");
    assert_true(lane->target == TON_TARGET_SEND && lane->item == 0);
    static const struct {
        const char *lane, *row;
        int item;
    } rows[] = {{"compressor.threshold: [[0:00, -20 dB]]", "threshold", 0},
                {"compressor 1.threshold: [[0:00, -20 dB]]", "threshold", 0},
                {"compressor 2.ratio: [[0:00, 4]]", "ratio", 2},
                {"eq.band 2.gain: [[0:00, 3 dB]]", "gain", 1},
                {"eq.high pass: [[0:00, 30 Hz]]", "high_pass", 1}};
    for (int i = 0; i < TON_N(rows); i++) {
        lane = lane_of(*state, rows[i].lane);
        assert_int_equal(lane->target, TON_TARGET_PARAMETER);
        assert_int_equal(lane->item, rows[i].item);
        assert_string_equal(lane->row->key, rows[i].row);
    }
    /* The float that moves is the one that the row's path names. */
    const struct ton_processor *eq = ton_processor_find("eq", NULL);
    int index = -1;
    ton_rows_find(eq->rows, eq->n_rows, "band 2.gain", &index, NULL);
    lane = lane_of(*state, "eq.band 2.gain: [[0:00, 3 dB]]");
    assert_int_equal(lane->parameter, index);
}

static void random_lanes_agree_with_a_walk_over_all_points(void **state) {
    (void)state;
    static const struct ton_row row = {.key = "x", .kind = TON_NUMBER, .min = -100, .max = 100};
    struct ton_point points[257];
    uint64_t seed = 42;
    int wrong = 0;
    for (int i = 0; i < 257; i++) {
        seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407;
        points[i].frame = (i ? points[i - 1].frame : -50) + 1 + (int64_t)(seed >> 58);
        points[i].value = (float)(int)(seed >> 40 & 127) - 64.0f;
    }
    const struct ton_lane lane = {.row = &row, .points = points, .n = 257};
    for (int64_t frame = -60; frame < points[256].frame + 10; frame++) {
        int k = 0;
        while (k < 256 && points[k + 1].frame <= frame)
            k++;
        double expected = (double)points[k].value;
        if (frame > points[k].frame && k < 256)
            expected += ((double)points[k + 1].value - expected) *
                        (double)(frame - points[k].frame) /
                        (double)(points[k + 1].frame - points[k].frame);
        wrong += fabs(expected - (double)ton_lane_at(&lane, frame)) > 1e-4;
    }
    figure("%lld frames, %d wrong", (long long)points[256].frame + 70, wrong);
    assert_int_equal(wrong, 0);
}

int main(void) {
#define PROMISE(f) cmocka_unit_test_setup_teardown(f, stage_open, stage_close)
    const struct CMUnitTest tests[] = {
        PROMISE(a_lane_is_straight_between_points_and_held_outside),
        PROMISE(two_points_at_one_time_make_a_step),
        PROMISE(switches_step_and_off_is_the_lowest_gain),
        PROMISE(a_filter_sweep_passes_octaves_in_equal_times),
        PROMISE(a_fade_to_off_is_a_fade),
        PROMISE(every_kind_of_target_is_found),
        PROMISE(random_lanes_agree_with_a_walk_over_all_points),
    };
    return cmocka_run_group_tests(tests, NULL, stage_end);
}
