// SPDX-License-Identifier: GPL-3.0-or-later
// Low-frequency oscillators: the right place after an hour, however the stream is cut.
#include "rig.h"

#include "ton/lfo.h"

static void the_phase_is_exact_after_an_hour(void **unused) {
    (void)unused;
    static const double hz[] = {0.01, 0.37, 5, 39.9};
    double worst = 0;
    for (int k = 0; k < TON_N(hz); k++) {
        struct ton_lfo l = {0};
        uint32_t phase[64];
        ton_lfo_go_to(&l, hz[k], 44100, 0);
        const int64_t frames = 44100LL * 3600;
        for (int64_t i = 0; i < frames; i += 64)
            ton_lfo_run(&l, phase, (int)(frames - i < 64 ? frames - i : 64));
        ton_lfo_run(&l, phase, 1);
        const double off = remainder((double)phase[0] * 0x1p-32 - hz[k] * 3600, 1.0);
        worst = fmax(worst, fabs(off));
    }
    figure("after an hour the phase is off by %.1e of a cycle (at most 1e-6)", worst);
    assert_true(worst < 1e-6);
}

static void shapes_are_what_they_are_called(void **unused) {
    (void)unused;
    double worst_sine = 0, worst_triangle = 0;
    for (int i = 0; i < 100003; i++) {
        const double cycles = i / 100003.0;
        const uint32_t phase = ton_lfo_phase(cycles);
        double sine, triangle;
        ton_lfo_sine(&sine, &phase, 1);
        ton_lfo_triangle(&triangle, &phase, 1);
        worst_sine = fmax(worst_sine, fabs(sine - sin(2 * M_PI * cycles)));
        worst_triangle =
            fmax(worst_triangle, fabs(triangle - 2 / M_PI * asin(sin(2 * M_PI * cycles))));
    }
    figure("the sine is off by %.1e, the triangle by %.1e (at most 3e-9)", worst_sine,
           worst_triangle);
    assert_true(worst_sine < 3e-9 && worst_triangle < 3e-9 * 10);
    double crest[2];
    ton_lfo_sine(crest, (uint32_t[]){0x40000000, 0xC0000000}, 2);
    figure("its crests are %.2g below 1 (never above)", 1.0 - crest[0]);
    assert_true(crest[0] <= 1.0 && crest[1] >= -1.0);
}

// A new rate in the middle of a glide, cut in pieces of every size.
static void pieces_make_no_difference(void **unused) {
    (void)unused;
    uint32_t whole[1000], cut[1000];
    for (int piece = 1; piece < 200; piece++) {
        struct ton_lfo a = {0}, b = {0};
        ton_lfo_go_to(&a, 3, 48000, 0);
        ton_lfo_go_to(&a, 7, 48000, 300);
        b = a;
        ton_lfo_run(&a, whole, 1000);
        for (int i = 0; i < 1000; i += piece)
            ton_lfo_run(&b, cut + i, 1000 - i < piece ? 1000 - i : piece);
        assert_memory_equal(whole, cut, sizeof whole);
        assert_true(a.phase == b.phase && a.step == b.step);
    }
    int32_t most = 0;
    for (int i = 2; i < 1000; i++) {
        const int32_t bend = (int32_t)(whole[i] - 2 * whole[i - 1] + whole[i - 2]);
        most = bend > most ? bend : -bend > most ? -bend : most;
    }
    // 4 Hz more in 300 frames of 1/48000 s
    const double expected = 4.0 / 48000 / 300 * 0x1p32;
    figure("a glide from 3 to 7 Hz bends by %d a frame (%.1f)", most, expected);
    assert_true(fabs(most - expected) < 3);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_phase_is_exact_after_an_hour),
        cmocka_unit_test(shapes_are_what_they_are_called),
        cmocka_unit_test(pieces_make_no_difference),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
