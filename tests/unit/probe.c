/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What measurements hear through a device: windows without a seam, in order, and never one that is
 * written while it is read; what they play. */
#include "promise.h"

#include "measure/probing.h"

#include "ton/arena.h"
#include "ton/probe.h"
#include "ton/thread.h"

#include <math.h>

enum { PERIOD = 100, WINDOW = 250, INPUTS = 2, PLAYED = 130 };

struct rig {
    struct probing p;
    float memory[PROBE_SLOTS][INPUTS * WINDOW];
    _Atomic float peaks[INPUTS];
    float sound[PLAYED];
    const float *play[1];
    float out[PERIOD];
    int64_t frame;
};

static void rig_open(struct rig *r, int windows) {
    *r = (struct rig){.p = {.n_inputs = INPUTS, .n_outputs = 1, .windows = windows}};
    r->p.window_frames = WINDOW;
    r->p.play_frames = PLAYED;
    for (int i = 0; i < PLAYED; i++)
        r->sound[i] = (float)(i + 1);
    r->play[0] = r->sound;
    r->p.play = r->play;
    r->p.peaks = r->peaks;
    for (int i = 0; i < PROBE_SLOTS; i++)
        r->p.slots[i] = r->memory[i];
    atomic_store(&r->p.begun, true);
}

/* A period in which every sample of input i is its frame, and i more. */
static void period(struct rig *r, int64_t lost) {
    float in[INPUTS][PERIOD];
    const float *ins[INPUTS];
    float *outs[] = {r->out};
    r->frame += lost;
    for (int i = 0; i < INPUTS; i++) {
        ins[i] = in[i];
        for (int k = 0; k < PERIOD; k++)
            in[i][k] = (float)(r->frame + k + i);
    }
    memset(r->out, 0, sizeof r->out);
    struct ton_device_block block = {
        .frame = r->frame, .lost = lost, .frames = PERIOD, .in = ins, .out = outs};
    probing_process(&r->p, &block);
    r->frame += PERIOD;
}

static bool is_seamless(const struct rig *r, int slot, int64_t from) {
    bool good = true;
    for (int i = 0; i < INPUTS; i++)
        for (int k = 0; k < WINDOW; k++)
            good = good && r->memory[slot][i * WINDOW + k] == (float)(from + k + i);
    return good;
}

static void windows_follow_each_other_without_a_seam(void **state) {
    (void)state;
    struct rig *r = ton_alloc(sizeof *r);
    rig_open(r, 0);
    for (int i = 0; i < 5; i++)
        period(r, 0);
    assert_int_equal(atomic_load(&r->p.whole), 2);
    assert_true(is_seamless(r, 0, 0) && is_seamless(r, 1, WINDOW));
    ton_free(r);
}

static void a_window_that_is_read_is_not_written(void **state) {
    (void)state;
    struct rig *r = ton_alloc(sizeof *r);
    rig_open(r, 0);
    for (int i = 0; i < 20; i++)
        period(r, 0);
    assert_int_equal(atomic_load(&r->p.whole), PROBE_SLOTS);
    assert_true(is_seamless(r, 0, 0) && is_seamless(r, 1, WINDOW));
    atomic_fetch_add(&r->p.released, 1);
    for (int i = 0; i < 3; i++)
        period(r, 0);
    assert_int_equal(atomic_load(&r->p.whole), PROBE_SLOTS + 1);
    assert_true(is_seamless(r, 0, 20 * PERIOD) && is_seamless(r, 1, WINDOW));
    ton_free(r);
}

static void a_loss_begins_a_window_again(void **state) {
    (void)state;
    struct rig *r = ton_alloc(sizeof *r);
    rig_open(r, 1);
    period(r, 0);
    period(r, 37);
    period(r, 0);
    assert_int_equal(atomic_load(&r->p.whole), 0);
    period(r, 0);
    assert_int_equal(atomic_load(&r->p.whole), 1);
    assert_true(is_seamless(r, 0, PERIOD + 37));
    assert_int_equal(atomic_load(&r->p.lost), 37);
    for (int i = 0; i < 9; i++)
        period(r, 0);
    assert_int_equal(atomic_load(&r->p.whole), 1); /* that is all it was to hear */
    ton_free(r);
}

static void it_plays_from_the_first_frame_and_once(void **state) {
    (void)state;
    struct rig *r = ton_alloc(sizeof *r);
    rig_open(r, 0);
    atomic_store(&r->p.begun, false);
    period(r, 0);
    assert_true(r->out[0] == 0); /* nothing is connected yet */
    atomic_store(&r->p.begun, true);
    period(r, 0);
    assert_true(r->out[0] == 1 && r->out[PERIOD - 1] == PERIOD);
    period(r, 0);
    assert_true(r->out[0] == PERIOD + 1 && r->out[PLAYED - PERIOD - 1] == PLAYED);
    assert_true(r->out[PLAYED - PERIOD] == 0 && r->out[PERIOD - 1] == 0);
    assert_true(atomic_load(&r->peaks[1]) == 3 * PERIOD); /* the last sample heard, and 1 */
    ton_free(r);
}

static void a_device_is_heard_window_by_window(void **state) {
    (void)state;
    const struct ton_device_wish inputs[] = {{"a", "1"}, {"b", "2"}};
    const struct ton_probe_config config = {
        .backend = "null", .rate = 48000, .inputs = inputs, .n_inputs = 2, .window_frames = 2000};
    struct ton_probe *probe = NULL;
    struct ton_probe_window window;
    struct ton_err err;
    float peaks[2] = {1, 1};
    assert_int_equal(ton_probe_open(&probe, &config, &err), TON_OK);
    for (int i = 0; i < 3; i++) {
        do
            assert_int_equal(ton_probe_wait(probe, 1, &window, &err), TON_OK);
        while (!window.in);
        for (int k = 0; k < 2000; k++)
            assert_true(window.in[0][k] == 0 && window.in[1][k] == 0);
    }
    ton_probe_peaks(probe, peaks);
    assert_true(peaks[0] == 0 && peaks[1] == 0);
    ton_probe_close(probe);
    ton_probe_close(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(windows_follow_each_other_without_a_seam),
        cmocka_unit_test(a_window_that_is_read_is_not_written),
        cmocka_unit_test(a_loss_begins_a_window_again),
        cmocka_unit_test(it_plays_from_the_first_frame_and_once),
        cmocka_unit_test(a_device_is_heard_window_by_window),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
