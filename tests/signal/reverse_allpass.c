/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An all-pass backwards in time undoes the one forwards, but for a delay. */
#include "rig.h"

#include "ton/reverse_allpass.h"
#include "ton/svf.h"

/* The largest departure from a delayed impulse of one through both, in dB. */
static double departure_db(double hz, double rate, double k, int *late) {
    const double corner = ton_svf_corner(hz, rate);
    struct carver count = {0};
    ton_reverse_allpass_lay_out(NULL, &count, corner, k);
    void *const memory = ton_alloc(count.used);
    assert_non_null(memory);
    struct ton_reverse_allpass r = {0};
    struct carver c = {.base = memory};
    ton_reverse_allpass_lay_out(&r, &c, corner, k);
    *late = ton_reverse_allpass_latency(corner, k);
    const int frames = *late + 20000;
    struct audio a = audio_new(1, frames);
    a.at[0][0] = 1;
    for (int at = 0; at < frames; at += 97)
        ton_reverse_allpass_run(&r, a.at[0] + at, frames - at < 97 ? frames - at : 97);
    const struct ton_svf f = ton_svf_at(corner, k);
    struct ton_svf_state s = {0};
    double most = 0;
    for (int i = 0; i < frames; i++) {
        const double x[TON_SVF_LANES] = {a.at[0][i], 0};
        const struct ton_svf_out out = ton_svf_run(&f, &s, x);
        const double y = x[0] - 2 * k * out.band[0];
        most = fmax(most, fabs(y - (i == *late ? 1 : 0)));
    }
    audio_free(&a);
    ton_free(memory);
    return ton_gain_to_db(most);
}

static void backwards_and_forwards_leave_a_delay(void **state) {
    (void)state;
    static const double rates[] = {8000, 44100, 96000, 384000};
    static const double tones[] = {20, 120, 2000, 20000};
    for (int k = 0; k < TON_N(rates); k++)
        for (int t = 0; t < TON_N(tones); t++) {
            int late;
            const double hz = fmin(tones[t], 0.45 * rates[k]);
            const double db = departure_db(hz, rates[k], M_SQRT2, &late);
            figure("%6.0f Hz, all-pass at %5.0f Hz: %5d frames late and %.0f dB off (-90)",
                   rates[k], hz, late, db);
            assert_true(db <= -90);
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(backwards_and_forwards_leave_a_delay)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
