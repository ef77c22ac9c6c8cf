/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The true-peak interpolator: its taps, its proofs, its variants. */

#include "true_peak.h"

#include "promise.h"

#include "ton/isa.h"
#include "ton/row.h"

#define BETA 6.0
enum { LENGTH = 6000, HALF = TON_TRUE_PEAK_TAPS / 2 };

static double bessel_i0(double x) {
    double sum = 1.0, term = 1.0;
    for (int k = 1; k < 60; k++) {
        term *= (x / (2.0 * k)) * (x / (2.0 * k));
        sum += term;
    }
    return sum;
}

static double tap(double t) {
    const double w = t / HALF;
    if (fabs(w) >= 1.0)
        return 0.0;
    const double sinc = fabs(t) < 1e-12 ? 1.0 : sin(M_PI * t) / (M_PI * t);
    return sinc * bessel_i0(BETA * sqrt(1.0 - w * w)) / bessel_i0(BETA);
}

static double random_unit(uint32_t *seed) {
    *seed = *seed * 1664525u + 1013904223u;
    return (double)*seed / 2147483648.0 - 1.0;
}

static void the_taps_are_the_windowed_sinc_they_are_said_to_be(void **state) {
    (void)state;
    double worst = 0.0;
    for (int p = 1; p < TON_TRUE_PEAK_POINTS; p++)
        for (int k = 0; k < TON_TRUE_PEAK_TAPS; k++) {
            const double expected = tap(k - (HALF - 1) - p / 16.0);
            worst = fmax(worst, fabs((double)ton_true_peak_taps[p - 1][k] - expected));
        }
    figure("largest difference %.1e (at most 4e-8)", worst);
    assert_true(worst <= 4e-8);
}

static double tap_at(int point, int k) {
    if (point % TON_TRUE_PEAK_POINTS == 0)
        return k == HALF - 1 + point / TON_TRUE_PEAK_POINTS ? 1.0 : 0.0;
    return (double)ton_true_peak_taps[point - 1][k];
}

static void the_bounds_hold_for_the_taps(void **state) {
    (void)state;
    for (int level = 0; level < TON_TP_LEVELS; level++) {
        const int step = TON_TRUE_PEAK_POINTS >> level;
        double norm = 0.0;
        for (int p = 0; p < TON_TRUE_PEAK_POINTS; p++) {
            const int a = p / step * step;
            const double q = (double)(p - a) / step;
            double sum = 0.0;
            for (int k = 0; k < TON_TRUE_PEAK_TAPS; k++)
                sum += fabs(tap_at(p, k) - (1.0 - q) * tap_at(a, k) - q * tap_at(a + step, k));
            norm = fmax(norm, sum);
        }
        figure("rise between points %2d/16 apart %.5f (constant %.4f)", step, norm,
               (double)ton_true_peak_rise[level]);
        assert_true(norm <= (double)ton_true_peak_rise[level]);
        assert_true(norm >= (double)ton_true_peak_rise[level] - 2e-4);
    }
}

/* The bound by second differences: |sum r x| <= bend max|x''| + rest max|x|. */
static void the_bounds_of_smooth_stretches_hold_for_the_taps(void **state) {
    (void)state;
    const double rounding = 64 * 2.93 * 0x1p-24; /* of 64 products and sums */
    for (int level = 0; level < TON_TP_LEVELS; level++) {
        const int step = TON_TRUE_PEAK_POINTS >> level;
        const struct ton_true_peak_bend *b = &ton_true_peak_bends[level];
        double bend = 0.0, rest = 0.0;
        for (int p = 0; p < TON_TRUE_PEAK_POINTS; p++) {
            const int a = p / step * step;
            const double q = (double)(p - a) / step;
            double once = 0.0, twice = 0.0, norm = 0.0;
            for (int k = 0; k < TON_TRUE_PEAK_TAPS; k++) {
                once += tap_at(p, k) - (1.0 - q) * tap_at(a, k) - q * tap_at(a + step, k);
                twice += k < TON_TRUE_PEAK_TAPS - 1 ? once : 0.0;
                norm += k < TON_TRUE_PEAK_TAPS - 2 ? fabs(twice) : 0.0;
            }
            bend = fmax(bend, norm);
            rest = fmax(rest, fabs(once) + 2.0 * fabs(twice));
        }
        figure("points %2d/16 apart: %.5f of the bend (%.4f), %.5f of the largest (%.4f)", step,
               bend, (double)b->bend, rest, (double)b->rest);
        assert_true(bend <= (double)b->bend && bend >= (double)b->bend - 2e-4);
        assert_true(rest + rounding <= (double)b->rest && rest >= (double)b->rest - 2e-4);
    }
}

static void the_bound_of_sines_holds_for_the_taps(void **state) {
    (void)state;
    enum { Q = TON_TRUE_PEAK_POINTS / 4, N = TON_TRUE_PEAK_TAPS + 2 };
    double bend = 0.0, rest = 0.0;
    for (int p = 0; p < TON_TRUE_PEAK_POINTS; p += Q) {
        double once = 0.0, twice = 0.0, norm = 0.0;
        for (int k = 0; k < N; k++) { /* frame k - 1 */
            for (int side = -1; side <= 1; side++) {
                const int at = p + side * Q, frame = at < 0 ? -1 : at / TON_TRUE_PEAK_POINTS;
                const int tap = k - 1 - frame, point = at - frame * TON_TRUE_PEAK_POINTS;
                if (tap >= 0 && tap < TON_TRUE_PEAK_TAPS)
                    once += (side ? 0.25 : -0.5) * tap_at(point, tap);
            }
            twice += k < N - 1 ? once : 0.0;
            norm += k < N - 2 ? fabs(twice) : 0.0;
        }
        bend = fmax(bend, norm);
        rest = fmax(rest, fabs(once) + 2.0 * fabs(twice));
    }
    figure("a sine over its points: %.5f of the bend (%.4f), %.5f of the largest (%.4f)", bend,
           (double)ton_true_peak_sine.bend, rest, (double)ton_true_peak_sine.rest);
    assert_true(bend <= (double)ton_true_peak_sine.bend && bend >= 0.99 * ton_true_peak_sine.bend);
    assert_true(rest + 1e-4 <= (double)ton_true_peak_sine.rest);
}

enum kind { NOISE, CLIPPED, SQUARES, MUSIC_LIKE, N_KINDS };

static void make(float *x, enum kind kind, uint32_t seed) {
    double slow = 0.0;
    for (int i = 0; i < LENGTH; i++) {
        const double noise = random_unit(&seed), envelope = exp(-(i % 1500) / 400.0);
        slow += 0.3 * (noise - slow);
        const double values[N_KINDS] = {noise, fmax(-0.3, fmin(0.3, 2.0 * slow)),
                                        i % (40 + (int)(seed >> 28)) < 20 ? 0.5 : -0.5,
                                        envelope * (0.6 * sin(0.06 * i) + 0.3 * slow)};
        x[i] = (float)values[kind];
    }
}

/* Every 64th of a frame, in double. */
static double truth(const float *x) {
    enum { FINE = 64 };
    static double taps[FINE][TON_TRUE_PEAK_TAPS];
    double most = 0.0;
    for (int p = 0; p < FINE; p++)
        for (int k = 0; k < TON_TRUE_PEAK_TAPS; k++)
            taps[p][k] = tap(k - (HALF - 1) - (double)p / FINE);
    for (int i = -HALF; i < LENGTH + HALF; i++)
        for (int p = 0; p < FINE; p++) {
            double sum = 0.0;
            for (int k = 0; k < TON_TRUE_PEAK_TAPS; k++) {
                const int at = i + k - (HALF - 1);
                sum += at >= 0 && at < LENGTH ? taps[p][k] * (double)x[at] : 0.0;
            }
            most = fmax(most, fabs(sum));
        }
    return most;
}

static float peak_cut(const float *x, int cut) {
    struct ton_true_peak t;
    ton_true_peak_init(&t);
    for (int at = 0; at < LENGTH; at += cut)
        ton_true_peak_feed(&t, x + at, LENGTH - at < cut ? LENGTH - at : cut);
    return ton_true_peak_finish(&t);
}

/* Every piece worked out to its sines, by the same kernels. */
static float peak_of_everything(const float *x) {
    enum { FRONT = TON_TRUE_PEAK_TAPS - 1, Q = TON_TRUE_PEAK_POINTS / 4, P = TON_TP_PIECE };
    static float window[FRONT + LENGTH + 2 * TON_TP_REACH];
    const struct ton_true_peak_kernels *k = &ton_true_peak_plain;
    float most = 0.0f;
    memcpy(window + FRONT, x, sizeof *x * LENGTH);
    for (int at = 0; at < LENGTH + FRONT; at += P - 1) {
        const float *const w = window + at, *const s = w + HALF - 1;
        float q[3][P];
        for (int i = 0; i < 3; i++)
            k->point(q[i], w, ton_true_peak_taps[(i + 1) * Q - 1]);
        float square = fmaxf(k->sines(s, q[0], q[1], P), k->sines(q[0], q[1], q[2], P));
        square = fmaxf(square, k->sines(q[1], q[2], s + 1, P));
        square = fmaxf(square, k->sines(q[2], s + 1, q[0] + 1, P - 1));
        most = fmaxf(most, fmaxf(sqrtf(square), k->crest(s, P + 1)));
        for (int i = 0; i < 3; i++)
            most = fmaxf(most, k->crest(q[i], P));
    }
    return most;
}

static void skipping_changes_no_bit_of_the_peak(void **state) {
    (void)state;
    static float x[LENGTH];
    int n = 0;
    for (uint32_t seed = 1; seed <= 40; seed++) {
        for (int kind = 0; kind < N_KINDS + 4; kind++) {
            make(x, kind < N_KINDS ? (enum kind)kind : NOISE, seed);
            /* Noise of less and less treble, beyond full scale at times. */
            for (int i = 1; i < LENGTH && kind >= N_KINDS; i++)
                x[i] = x[i - 1] + (x[i] - x[i - 1]) / (float)(1 << (2 * (kind - N_KINDS) + 1));
            assert_memory_equal(&(float){peak_cut(x, LENGTH)}, &(float){peak_of_everything(x)}, 4);
            n++;
        }
    }
    figure("%d stretches of noise, clipped noise, squares, decays: as if all was worked out", n);
}

static void the_peak_is_that_of_the_curve_at_64_points_a_frame(void **state) {
    (void)state;
    static float x[LENGTH];
    double low = INFINITY, high = -INFINITY;
    for (int kind = 0; kind < N_KINDS; kind++)
        for (uint32_t seed = 1; seed <= 4; seed++) {
            make(x, (enum kind)kind, seed);
            const double error = 20.0 * log10((double)peak_cut(x, LENGTH) / truth(x));
            low = fmin(low, error);
            high = fmax(high, error);
        }
    figure("noise, clipped noise, squares, decays: %+.4f to %+.4f dB (+-0.05)", low, high);
    assert_true(low >= -0.05 && high <= 0.05);
}

static void cuts_and_instruction_sets_do_not_change_a_bit(void **state) {
    (void)state;
    static const int cuts[] = {1, 64, 777, 4096};
    static float x[LENGTH];
    for (int kind = 0; kind < N_KINDS; kind++) {
        make(x, (enum kind)kind, 9);
        ton_isa_limit(TON_ISA_GENERIC);
        const float plain = peak_cut(x, LENGTH);
        for (int isa = 0; isa < TON_N_ISAS; isa++) {
            ton_isa_limit((enum ton_isa)isa);
            for (int c = 0; c < TON_N(cuts); c++)
                assert_memory_equal(&(float){peak_cut(x, cuts[c])}, &plain, sizeof plain);
        }
        ton_isa_limit(TON_ISA_AVX512);
    }
    figure("best set here: %s", ton_isa_name(ton_isa()));
}

static void the_envelope_is_the_curve_at_eighths_wherever_it_is_above_the_floor(void **state) {
    (void)state;
    enum { N = LENGTH - TON_TRUE_PEAK_TAPS + 1 };
    static float x[LENGTH], whole[N], cut[N];
    const float floor = 0.25f;
    double worst = 0.0;
    make(x, MUSIC_LIKE, 3);
    assert_true(ton_true_peak_envelope(whole, x, N, floor));
    for (int i = 0; i < N; i++) {
        double most = fmax((double)floor, fabs((double)x[i + HALF]));
        for (int p = 0; p < TON_TRUE_PEAK_POINTS; p += 2)
            most = fmax(most, fabs(ton_true_peak_point(x + i, p)));
        worst = fmax(worst, fabs((double)whole[i] - most));
    }
    figure("largest difference %.1e (at most 1e-6)", worst);
    assert_true(worst <= 1e-6);
    for (int i = 0; i < N; i++)
        cut[i] = floor;
    for (int at = 0; at < N; at += 77)
        ton_true_peak_envelope(cut + at, x + at, N - at < 77 ? N - at : 77, floor);
    assert_memory_equal(whole, cut, sizeof whole);
}

/* The largest of the curve at eighths after frame 31, by the same sums and without a bound. */
static float eighths(const float *x) {
    float most = fmaxf(fabsf(x[HALF - 1]), fabsf(x[HALF]));
    float reach[TON_TP_REACH] = {0}, found[TON_TP_PIECE];
    memcpy(reach, x, sizeof *x * TON_TRUE_PEAK_TAPS);
    for (int p = 2; p < TON_TRUE_PEAK_POINTS; p += 2) {
        ton_true_peak_plain.point(found, reach, ton_true_peak_taps[p - 1]);
        most = fmaxf(most, fabsf(found[0]));
    }
    return most;
}

/* Noise of every colour from white to next to none above 100 Hz, each under floors from above its
 * peak down to where all of it is over. */
static void what_the_bounds_skip_is_at_the_floor(void **state) {
    (void)state;
    enum { N = LENGTH - TON_TRUE_PEAK_TAPS + 1 };
    static float x[LENGTH], all[N], got[N];
    int over = 0, n = 0;
    uint32_t seed = 5;
    for (int colour = 0; colour < 6; colour++) {
        double slow[2] = {0.0, 0.0}, part = pow(0.25, colour);
        for (int i = 0; i < LENGTH; i++) {
            slow[0] += part * (random_unit(&seed) - slow[0]);
            slow[1] += part * (slow[0] - slow[1]);
            x[i] = (float)(slow[1] * (1.0 + sin(0.01 * i)));
        }
        float peak = 0.0f;
        for (int i = 0; i < N; i++)
            peak = fmaxf(peak, all[i] = eighths(x + i));
        for (float floor = 1.01f * peak; floor > 0.2f * peak; floor *= 0.9f) {
            bool any = false;
            for (int at = 0; at < N; at += 512) {
                const int n_here = N - at < 512 ? N - at : 512;
                for (int i = 0; i < n_here; i++)
                    got[at + i] = floor;
                any |= ton_true_peak_envelope(got + at, x + at, n_here, floor);
            }
            assert_true(any == (peak > floor));
            for (int i = 0; i < N; i++) {
                assert_true(got[i] == fmaxf(all[i], floor));
                over += all[i] > floor;
            }
            n += N;
        }
    }
    figure("%d frames, %d of them over the floor: all as without a bound", n, over);
}

static void a_crest_is_found_wherever_it_falls_in_a_piece(void **state) {
    (void)state;
    static float x[LENGTH];
    const double between = 0.5 * (tap(0.5) + tap(-0.5));
    for (int at = 1000; at < 1000 + 3 * TON_TP_PIECE; at++) {
        x[at] = x[at + 1] = 0.5f;
        const float peak = peak_cut(x, LENGTH);
        assert_true(fabs((double)peak - between) < 1e-4);
        x[at] = x[at + 1] = 0.0f;
    }
    figure("two samples of 0.5 side by side: %.4f at every place", between);
}

static void a_peak_is_never_below_the_samples_and_silence_has_none(void **state) {
    (void)state;
    static float x[LENGTH];
    assert_true(peak_cut(x, 100) == 0.0f);
    x[LENGTH / 2] = 0.5f;
    assert_true(peak_cut(x, 100) == 0.5f);
    x[LENGTH - 1] = -0.75f;
    assert_true(peak_cut(x, 100) == 0.75f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_taps_are_the_windowed_sinc_they_are_said_to_be),
        cmocka_unit_test(the_bounds_hold_for_the_taps),
        cmocka_unit_test(the_bounds_of_smooth_stretches_hold_for_the_taps),
        cmocka_unit_test(the_bound_of_sines_holds_for_the_taps),
        cmocka_unit_test(skipping_changes_no_bit_of_the_peak),
        cmocka_unit_test(the_peak_is_that_of_the_curve_at_64_points_a_frame),
        cmocka_unit_test(cuts_and_instruction_sets_do_not_change_a_bit),
        cmocka_unit_test(the_envelope_is_the_curve_at_eighths_wherever_it_is_above_the_floor),
        cmocka_unit_test(what_the_bounds_skip_is_at_the_floor),
        cmocka_unit_test(a_crest_is_found_wherever_it_falls_in_a_piece),
        cmocka_unit_test(a_peak_is_never_below_the_samples_and_silence_has_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
