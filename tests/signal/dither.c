/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Dither and noise shaping, held against theory. */
#include "promise.h"

#include "dither_filters.h"
#include "ton/dither.h"

#include <float.h>

#define N (1 << 18)
#define LSB16 0x1p-15

static float given[N];
static int32_t made[N];

static double from_int(int32_t x) {
    return (double)x * 0x1p-31;
}

/* Power of a signal as dB below a full-scale sine's. */
static double db_sine(double power) {
    return 10.0 * log10(power / 0.5);
}

/* A sine that fits N exactly, so that bins do not leak. */
static void make_sine(double db, int cycles) {
    const double a = pow(10.0, db / 20.0);
    for (int i = 0; i < N; i++)
        given[i] = (float)(a * sin(2.0 * M_PI * (double)((int64_t)i * cycles % N) / (double)N));
}

/* Level of `cycles` in N samples, as a sine's dBFS. */
static double bin_db(int cycles) {
    double re = 0, im = 0;
    for (int i = 0; i < N; i++) {
        const double phase = 2.0 * M_PI * (double)((int64_t)i * cycles % N) / (double)N;
        re += from_int(made[i]) * cos(phase);
        im += from_int(made[i]) * sin(phase);
    }
    return 20.0 * log10(2.0 * hypot(re, im) / N + 1e-30);
}

static void quantise(enum ton_dither dither, int bits, double rate, uint64_t seed) {
    struct ton_quantiser q;
    ton_quantiser_init(&q, dither, bits, rate, seed);
    ton_quantiser_process(&q, made, given, N);
}

static double error_power(void) {
    double sum = 0;
    for (int i = 0; i < N; i++) {
        const double e = from_int(made[i]) - (double)given[i];
        sum += e * e;
    }
    return sum / N;
}

static void triangular_dither_has_the_power_of_theory(void **state) {
    (void)state;
    const int bits[] = {16, 20};
    for (size_t b = 0; b < 2; b++) {
        const double lsb = ldexp(1.0, 1 - bits[b]);
        const double wanted = db_sine(lsb * lsb / 4.0);
        make_sine(-20.3, 5923);
        quantise(TON_DITHER_TPDF, bits[b], 48000, 1);
        const double found = db_sine(error_power());
        figure("%d bit: %.2f dBFS (theory %.2f)", bits[b], found, wanted);
        assert_true(fabs(found - wanted) < 0.1);
        quantise(TON_DITHER_NONE, bits[b], 48000, 1);
        const double plain = db_sine(error_power());
        figure("%d bit undithered: %.2f dBFS (theory %.2f)", bits[b], plain,
               db_sine(lsb * lsb / 12.0));
        assert_true(fabs(plain - db_sine(lsb * lsb / 12.0)) < 0.1);
    }
}

static double worst_harmonic(int cycles) {
    double worst = -400;
    for (int h = 2; h <= 10; h++)
        worst = fmax(worst, bin_db(cycles * h));
    return worst;
}

static void harmonics_of_a_faint_sine_vanish_in_the_floor(void **state) {
    (void)state;
    const int cycles = 5461; /* 1 kHz at 48 kHz */
    const double floor_db = db_sine(LSB16 * LSB16 / 4.0) - 10.0 * log10(N / 2.0);
    const double levels[] = {-90, -110};
    for (size_t l = 0; l < 2; l++) {
        make_sine(levels[l], cycles);
        quantise(TON_DITHER_NONE, 16, 48000, 7);
        const double bare = worst_harmonic(cycles), bare_first = bin_db(cycles);
        quantise(TON_DITHER_TPDF, 16, 48000, 7);
        const double dithered = worst_harmonic(cycles), first = bin_db(cycles);
        figure("%.0f dBFS: worst harmonic undithered %.1f, dithered %.1f dBFS (a bin of the floor "
               "%.1f); the sine itself %.1f / %.2f",
               levels[l], fmax(bare, -200), dithered, floor_db, fmax(bare_first, -200), first);
        assert_true(dithered < floor_db + 12.0); /* the largest of nine chance values */
        assert_true(fabs(first - levels[l]) < 0.25);
        if (l == 0)
            assert_true(bare > dithered + 25.0);
        else
            assert_true(bare_first < -190.0); /* undithered, it is gone */
    }
}

static void error_does_not_depend_on_the_signal(void **state) {
    (void)state;
    double worst_mean = 0, worst_variance = 0;
    for (int step = 0; step < 10; step++) {
        const double dc = step / 10.0;
        for (int i = 0; i < N; i++)
            given[i] = (float)(dc * LSB16);
        quantise(TON_DITHER_TPDF, 16, 48000, 3 + (uint64_t)step);
        double mean = 0, square = 0;
        for (int i = 0; i < N; i++) {
            const double e = from_int(made[i]) / LSB16 - dc;
            mean += e / N;
            square += e * e / N;
        }
        worst_mean = fmax(worst_mean, fabs(mean));
        worst_variance = fmax(worst_variance, fabs(square - mean * mean - 0.25));
    }
    figure("DC 0 to 0.9 LSB: mean within %.4f LSB, variance within %.4f of 0.25 LSB^2", worst_mean,
           worst_variance);
    assert_true(worst_mean < 4.5 * 0.5 / sqrt((double)N));
    assert_true(worst_variance < 0.004);
}

/* Terhardt 1979, as in dither_filters.c. */
static double threshold_db(double f) {
    const double k = f / 1000.0;
    return 3.64 * pow(k, -0.8) - 6.5 * exp(-0.6 * (k - 3.3) * (k - 3.3)) + 1e-3 * pow(k, 4.0);
}

static double weight(double f, double cap) {
    return pow(10.0, -fmin(threshold_db(fmax(f, 20.0)), cap) / 10.0);
}

static void filters_are_what_their_derivation_gives(void **state) {
    (void)state;
    double worst = 0;
    for (int i = 0; i < N_DITHER_FILTERS; i++) {
        const double rate = dither_filters[i].rate;
        double r[DITHER_ORDER + 1] = {0}, a[DITHER_ORDER + 1] = {1};
        for (int j = 0; j < 4096; j++) {
            const double f = (j + 0.5) / 4096 * rate / 2, w = weight(f, 40.0);
            for (int k = 0; k <= DITHER_ORDER; k++)
                r[k] += w * cos(2.0 * M_PI * k * f / rate);
        }
        double e = r[0];
        for (int n = 1; n <= DITHER_ORDER; n++) {
            double sum = 0, next[DITHER_ORDER + 1];
            for (int j = 0; j < n; j++)
                sum += a[j] * r[n - j];
            const double k = -sum / e;
            memcpy(next, a, sizeof next);
            for (int j = 1; j <= n; j++)
                next[j] = a[j] + k * a[n - j];
            memcpy(a, next, sizeof a);
            e *= 1.0 - k * k;
        }
        for (int k = 0; k < DITHER_ORDER; k++)
            worst = fmax(worst, fabs(a[k + 1] - dither_filters[i].c[k]));
    }
    figure("largest difference to the table %.1e", worst);
    assert_true(worst < 6e-7);
}

/* Power of the error weighted with the ear's threshold: averaged periodograms, Hann windows. */
static double weighted_noise(double rate) {
    enum { W = 512 };
    static double cosine[W];
    double power[W / 2] = {0}, total = 0;
    for (int i = 0; i < W; i++)
        cosine[i] = cos(2.0 * M_PI * i / W);
    for (int block = 0; block < 64; block++) {
        double e[W];
        for (int i = 0; i < W; i++) {
            const int at = block * 4096 + i;
            e[i] = (from_int(made[at]) - (double)given[at]) * (0.5 - 0.5 * cosine[i]);
        }
        for (int b = 1; b < W / 2; b++) {
            double re = 0, im = 0;
            for (int i = 0; i < W; i++) {
                re += e[i] * cosine[i * b % W];
                im += e[i] * cosine[(i * b + W / 4) % W];
            }
            power[b] += re * re + im * im;
        }
    }
    for (int b = 1; b < W / 2; b++)
        total += power[b] * weight(b * rate / W, 400.0);
    return total;
}

static void shaped_dither_is_heard_less(void **state) {
    (void)state;
    const double at_least[N_DITHER_FILTERS] = {17.0, 18.0, 25.0, 25.0};
    make_sine(-30, 3001);
    for (int i = 0; i < N_DITHER_FILTERS; i++) {
        const double rate = dither_filters[i].rate;
        quantise(TON_DITHER_TPDF, 16, rate, 5);
        const double white = weighted_noise(rate), white_total = error_power();
        quantise(TON_DITHER_SHAPED, 16, rate, 5);
        const double shaped = weighted_noise(rate), shaped_total = error_power();
        const double gain = 10.0 * log10(white / shaped);
        figure("%.1f kHz: weighted by the threshold of hearing %.1f dB lower (at least %.0f), in "
               "total %.1f dB higher",
               rate / 1000, gain, at_least[i], 10.0 * log10(shaped_total / white_total));
        assert_true(gain > at_least[i]);
    }
}

static void a_rate_without_a_filter_gets_white_dither(void **state) {
    (void)state;
    make_sine(-40, 1000);
    quantise(TON_DITHER_SHAPED, 16, 192000, 9);
    assert_true(fabs(db_sine(error_power()) + 93.32) < 0.1);
}

static void clipping_is_counted_and_does_not_unsettle_the_filter(void **state) {
    (void)state;
    const enum ton_dither kinds[] = {TON_DITHER_NONE, TON_DITHER_TPDF, TON_DITHER_SHAPED};
    for (size_t k = 0; k < 3; k++) {
        struct ton_quantiser q;
        for (int i = 0; i < N; i++)
            given[i] = i < N / 2 ? (float)(2.0 * sin(2.0 * M_PI * i / 97.0)) : 0.0f;
        ton_quantiser_init(&q, kinds[k], 16, 44100, 11);
        ton_quantiser_process(&q, made, given, N);
        int64_t over = 0;
        int32_t loudest = 0;
        for (int i = 0; i < N; i++) {
            over += fabs((double)given[i]) > 1.001;
            if (i >= N / 2 && abs(made[i] >> 16) > loudest)
                loudest = abs(made[i] >> 16);
        }
        figure("dither %zu: %lld clipped (%lld samples are over), silence after it at most %d LSB",
               k, (long long)q.clipped, (long long)over, loudest);
        assert_true(q.clipped >= over && q.clipped < over + over / 50);
        assert_true(loudest <= (kinds[k] == TON_DITHER_SHAPED ? 40 : 1));
    }
}

static void full_scale_is_kept_and_minus_one_is_exact(void **state) {
    (void)state;
    const float in[] = {1.0f, -1.0f, 0.5f, 1.5f, -1.5f, INFINITY, -INFINITY, NAN};
    const int32_t wanted[] = {
        INT32_MAX >> 16 << 16, INT32_MIN, 1 << 30, INT32_MAX >> 16 << 16, INT32_MIN,
        INT32_MAX >> 16 << 16, INT32_MIN, 0};
    int32_t out[8];
    struct ton_quantiser q;
    ton_quantiser_init(&q, TON_DITHER_NONE, 16, 48000, 0);
    ton_quantiser_process(&q, out, in, 8);
    for (int i = 0; i < 8; i++)
        assert_int_equal(out[i], wanted[i]);
    assert_int_equal(q.clipped, 5);
}

static void a_nan_does_not_poison_what_follows(void **state) {
    (void)state;
    struct ton_quantiser q;
    make_sine(-20, 1234);
    given[100] = NAN;
    given[200] = INFINITY;
    ton_quantiser_init(&q, TON_DITHER_SHAPED, 16, 48000, 4);
    ton_quantiser_process(&q, made, given, N);
    double worst = 0;
    for (int i = 300; i < N; i++)
        worst = fmax(worst, fabs(from_int(made[i]) - (double)given[i]));
    figure("after a NaN and an infinity the error stays within %.1f LSB", worst / LSB16);
    assert_true(worst / LSB16 < 60);
}

static void silence_still_gets_dither(void **state) {
    (void)state;
    memset(given, 0, sizeof given);
    const enum ton_dither kinds[] = {TON_DITHER_AUTO, TON_DITHER_SHAPED};
    for (size_t k = 0; k < 2; k++) {
        quantise(kinds[k], 16, 44100, 2);
        int zeros = 0;
        for (int i = N - 1000; i < N; i++)
            zeros += made[i] == 0;
        assert_in_range(zeros, 10, 900);
    }
}

static void the_same_bits_in_blocks_of_any_size(void **state) {
    (void)state;
    static int32_t again[N];
    const int blocks[] = {1, 64, 777, 4096};
    const enum ton_dither kinds[] = {TON_DITHER_NONE, TON_DITHER_TPDF, TON_DITHER_SHAPED};
    make_sine(-3, 777);
    for (size_t k = 0; k < 3; k++) {
        quantise(kinds[k], 16, 48000, 99);
        for (size_t b = 0; b < 4; b++) {
            struct ton_quantiser q;
            ton_quantiser_init(&q, kinds[k], 16, 48000, 99);
            for (int at = 0; at < N; at += blocks[b]) {
                const int n = N - at < blocks[b] ? N - at : blocks[b];
                ton_quantiser_process(&q, again + at, given + at, n);
            }
            assert_memory_equal(again, made, sizeof again);
        }
    }
}

static void seeds_give_noise_of_their_own(void **state) {
    (void)state;
    static int32_t first[N];
    memset(given, 0, sizeof given);
    quantise(TON_DITHER_TPDF, 16, 48000, 1);
    memcpy(first, made, sizeof first);
    quantise(TON_DITHER_TPDF, 16, 48000, 2);
    double cross = 0, own = 0, next = 0;
    for (int i = 0; i < N; i++) {
        cross += from_int(first[i]) * from_int(made[i]);
        own += from_int(first[i]) * from_int(first[i]);
        if (i)
            next += from_int(first[i]) * from_int(first[i - 1]);
    }
    figure("correlation of two seeds %.4f, of neighbouring samples %.4f", cross / own, next / own);
    assert_true(fabs(cross / own) < 0.01);
    assert_true(fabs(next / own) < 0.01);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(triangular_dither_has_the_power_of_theory),
        cmocka_unit_test(harmonics_of_a_faint_sine_vanish_in_the_floor),
        cmocka_unit_test(error_does_not_depend_on_the_signal),
        cmocka_unit_test(filters_are_what_their_derivation_gives),
        cmocka_unit_test(shaped_dither_is_heard_less),
        cmocka_unit_test(a_rate_without_a_filter_gets_white_dither),
        cmocka_unit_test(clipping_is_counted_and_does_not_unsettle_the_filter),
        cmocka_unit_test(full_scale_is_kept_and_minus_one_is_exact),
        cmocka_unit_test(a_nan_does_not_poison_what_follows),
        cmocka_unit_test(silence_still_gets_dither),
        cmocka_unit_test(the_same_bits_in_blocks_of_any_size),
        cmocka_unit_test(seeds_give_noise_of_their_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
