/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the convolver promises: the sum of products, computed another way. */
#include "rig.h"

#include "ton/convolve.h"
#include "ton/isa.h"

struct machine {
    struct ton_convolver convolver;
    void *memory;
};

static struct ton_convolver_shape shape_of(int channels, int taps, int block, bool late) {
    struct ton_convolver_shape s = {.inputs = channels,
                                    .outputs = channels,
                                    .kernels = channels,
                                    .n_paths = channels,
                                    .taps = taps,
                                    .block = block,
                                    .late = late};
    for (int c = 0; c < channels; c++)
        s.paths[c] = (struct ton_convolver_path){c, c, c};
    return s;
}

static void machine_open(struct machine *m, const struct ton_convolver_shape *shape) {
    struct carver size = {0};
    struct ton_err err;
    ton_convolver_lay_out(NULL, &size, shape);
    m->memory = ton_alloc(size.used + 64);
    assert_non_null(m->memory);
    struct carver carver = {.base = m->memory};
    ton_convolver_lay_out(&m->convolver, &carver, shape);
    assert_int_equal(carver.used, size.used);
    assert_int_equal(ton_convolver_open(&m->convolver, &err), TON_OK);
}

static void machine_close(struct machine *m) {
    ton_convolver_close(&m->convolver);
    ton_free(m->memory);
}

static void machine_run(struct machine *m, struct audio *a, int64_t from, int64_t to, int block) {
    for (int64_t at = from; at < to; at += block) {
        float *places[16];
        for (int c = 0; c < a->channels; c++)
            places[c] = a->at[c] + at;
        const int n = (int)(to - at < block ? to - at : block);
        ton_rt_enter();
        ton_convolver_run(&m->convolver, places, (const float *const *)places, n);
        ton_rt_leave();
    }
}

/* Noise that decays by `fall_db` over its length. */
static float *kernel_new(int taps, double fall_db, uint64_t seed) {
    float *h = ton_alloc(sizeof *h * (size_t)taps);
    assert_non_null(h);
    for (int i = 0; i < taps; i++)
        h[i] = noise_next(&seed) * (float)ton_db_to_gain(-fall_db * i / taps);
    return h;
}

static struct audio noise_new(int channels, int64_t frames, uint64_t seed) {
    struct audio a = audio_new(channels, frames);
    for (int c = 0; c < channels; c++)
        for (int64_t i = 0; i < frames; i++)
            a.at[c][i] = 0.5F * noise_next(&seed);
    return a;
}

static double product_at(const float *x, int64_t at, const float *h, int taps) {
    double sum = 0;
    for (int k = 0; k < taps && k <= at; k++)
        sum += (double)h[k] * (double)x[at - k];
    return sum;
}

/* How far off, the larger of two: RMS error re the RMS of what is right, and largest error re its
 * peak. */
struct deviation {
    double worst, peak, error, power;
};

static void compare(struct deviation *d, double got, double right) {
    d->worst = fmax(d->worst, fabs(got - right));
    d->peak = fmax(d->peak, fabs(right));
    d->error += (got - right) * (got - right);
    d->power += right * right;
}

static double deviation_db(const struct deviation *d) {
    return fmax(10 * log10(d->error / d->power), ton_gain_to_db(d->worst / d->peak));
}

/* Over every `step`th frame. */
static double error_db(const float *got, const float *x, int64_t frames, const float *h, int taps,
                       int latency, int step) {
    struct deviation d = {0};
    for (int64_t i = 0; i + latency < frames; i += step)
        compare(&d, (double)got[i + latency], product_at(x, i, h, taps));
    return deviation_db(&d);
}

static double check(int taps, int block, bool late, double fall_db) {
    const struct ton_convolver_shape shape = shape_of(1, taps, block, late);
    const int64_t frames = 3 * taps / 2 + 20000;
    struct machine m;
    float *h = kernel_new(taps, fall_db, (uint64_t)taps);
    struct audio in = noise_new(1, frames, 5), out = noise_new(1, frames, 5);
    machine_open(&m, &shape);
    ton_convolver_set(&m.convolver, 0, h, taps);
    machine_run(&m, &out, 0, frames, 1000);
    const int step = taps < 2000 ? 1 : 1 + taps / 1500 * 2; /* odd: every place in a block */
    const double error =
        error_db(out.at[0], in.at[0], frames, h, taps, ton_convolver_latency(&shape), step);
    audio_free(&in);
    audio_free(&out);
    ton_free(h);
    machine_close(&m);
    return error;
}

static void it_is_the_sum_of_products(void **state) {
    (void)state;
    static const int taps[] = {1,    2,    63,   64,    65,    127,   128,   129,    1000,
                               1023, 1600, 4095, 10000, 20000, 48000, 60001, 144000, 200000};
    for (int k = 0; k < TON_N(taps); k++) {
        const double zero = check(taps[k], 64, false, 0), late = check(taps[k], 512, true, 0);
        const double decaying = check(taps[k], 64, false, 60);
        figure("%6d taps: error %.1f dB, late %.1f, decaying by 60 dB %.1f (at most -120)", taps[k],
               zero, late, decaying);
        assert_true(zero <= -120 && late <= -120 && decaying <= -120);
    }
}

static void every_size_of_partition_is_right(void **state) {
    (void)state;
    for (int block = 16; block <= TON_CONVOLVER_MOST_BLOCK; block *= 2) {
        const bool direct = block <= TON_CONVOLVER_MOST_DIRECT;
        const double late = check(30000, block, true, 0);
        const double zero = direct ? check(30000, block, false, 0) : -INFINITY;
        figure("partitions from %5d: error %.1f dB, late %.1f (at most -120)", block, zero, late);
        assert_true(zero <= -120 && late <= -120);
    }
}

static void blocks_and_instruction_sets_do_not_change_a_bit(void **state) {
    (void)state;
    static const int blocks[] = {1, 7, 63, 64, 777, 4096, 100000};
    for (int late = 0; late < 2; late++) {
        const struct ton_convolver_shape shape = shape_of(2, 60000, late ? 256 : 64, late);
        struct audio whole = noise_new(2, 100000, 3);
        for (int b = -1; b < TON_N(blocks); b++) {
            struct audio cut = noise_new(2, 100000, 3);
            struct machine m;
            ton_isa_limit(b < 0 ? TON_ISA_GENERIC : b % 2 ? TON_ISA_AVX2 : TON_ISA_AVX512);
            machine_open(&m, &shape);
            for (int c = 0; c < 2; c++) {
                float *h = kernel_new(60000, 40, 7 + (uint64_t)c);
                ton_convolver_set(&m.convolver, c, h, 60000);
                ton_free(h);
            }
            machine_run(&m, b < 0 ? &whole : &cut, 0, 100000, b < 0 ? 100000 : blocks[b]);
            for (int c = 0; c < 2 && b >= 0; c++)
                assert_memory_equal(whole.at[c], cut.at[c], sizeof(float) * 100000);
            audio_free(&cut);
            machine_close(&m);
        }
        audio_free(&whole);
    }
    figure("blocks of 1 to 100000 in AVX-512, AVX2 and plain C: equal bits");
}

/* Four kernels, two in, two out: each output is the sum of two products. */
static void paths_cross(void **state) {
    (void)state;
    enum { TAPS = 5000, FRAMES = 20000 };
    struct ton_convolver_shape shape = {
        .inputs = 2, .outputs = 2, .kernels = 4, .n_paths = 4, .taps = TAPS, .block = 64};
    float *h[4];
    struct machine m;
    for (int p = 0; p < 4; p++)
        shape.paths[p] = (struct ton_convolver_path){p / 2, p % 2, p};
    machine_open(&m, &shape);
    for (int p = 0; p < 4; p++) {
        h[p] = kernel_new(TAPS, 20, 30 + (uint64_t)p);
        ton_convolver_set(&m.convolver, p, h[p], TAPS);
    }
    struct audio in = noise_new(2, FRAMES, 9), out = noise_new(2, FRAMES, 9);
    machine_run(&m, &out, 0, FRAMES, 512);
    struct deviation d = {0};
    for (int o = 0; o < 2; o++)
        for (int i = 0; i < FRAMES; i += 3)
            compare(&d, (double)out.at[o][i],
                    product_at(in.at[0], i, h[o], TAPS) + product_at(in.at[1], i, h[2 + o], TAPS));
    const double error = deviation_db(&d);
    figure("true stereo: error %.1f dB (at most -120)", error);
    assert_true(error <= -120);
    for (int p = 0; p < 4; p++)
        ton_free(h[p]);
    audio_free(&in);
    audio_free(&out);
    machine_close(&m);
}

/* The moving shape: at each frame the output lies on the straight line between what the two kernels
 * give. */
static void an_exchange_is_a_straight_line_between_two_kernels(void **state) {
    (void)state;
    enum { TAPS = 3000, FRAMES = 30000, BLOCK = 256, FADE = 4 * BLOCK };
    for (int late = 0; late < 2; late++) {
        struct ton_convolver_shape shape = shape_of(1, TAPS, BLOCK, late);
        shape.moving = true;
        float *h[2] = {kernel_new(TAPS, 20, 40), kernel_new(TAPS, 20, 41)};
        struct audio in = noise_new(1, FRAMES, 9), out = noise_new(1, FRAMES, 9);
        struct machine m;
        machine_open(&m, &shape);
        ton_convolver_set(&m.convolver, 0, h[0], TAPS);
        ton_convolver_exchange(&m.convolver, 1);
        ton_convolver_clear(&m.convolver);
        machine_run(&m, &out, 0, 10000, 100);
        const int64_t start = 10000 + ton_convolver_room(&m.convolver);
        machine_run(&m, &out, 10000, start, 100);
        assert_true(ton_convolver_may_exchange(&m.convolver));
        ton_convolver_set(&m.convolver, 0, h[1], TAPS);
        ton_convolver_exchange(&m.convolver, FADE / BLOCK);
        assert_false(ton_convolver_may_exchange(&m.convolver));
        machine_run(&m, &out, start, start + FADE, 100);
        assert_true(ton_convolver_may_exchange(&m.convolver));
        machine_run(&m, &out, start + FADE, FRAMES, 100);
        struct deviation d = {0};
        const int latency = ton_convolver_latency(&shape);
        for (int64_t i = latency; i < FRAMES; i += 3) {
            const double way = fmin(fmax((double)(i - start + 1) / FADE, 0), 1);
            const double right = (1 - way) * product_at(in.at[0], i - latency, h[0], TAPS) +
                                 way * product_at(in.at[0], i - latency, h[1], TAPS);
            compare(&d, (double)out.at[0][i], right);
        }
        const double error = deviation_db(&d);
        figure("%s: off the straight line by %.1f dB (at most -120)",
               late ? "late by a block" : "without latency", error);
        assert_true(error <= -120);
        for (int k = 0; k < 2; k++)
            ton_free(h[k]);
        audio_free(&in);
        audio_free(&out);
        machine_close(&m);
    }
}

/* Kernels with rests, set one over another, whole and in pieces: what was silent sounds, what
 * sounded is silent. */
static void silence_in_a_kernel_is_skipped_and_nothing_else(void **state) {
    (void)state;
    enum { TAPS = 40000, BLOCK = 512, FRAMES = 90000 };
    static const struct {
        const char *text;
        int rest[2][2]; /* from … to */
    } cases[] = {
        {"all of it", {{0, TAPS}}},
        {"its beginning", {{0, 9000}}},
        {"its end", {{20000, TAPS}}},
        {"its middle", {{3000, 30000}}},
        {"all but a tap in the middle", {{0, 25000}, {25001, TAPS}}},
        {"nothing", {{0, 0}}},
        {"both ends", {{0, 12000}, {26000, TAPS}}},
    };
    for (int moving = 0; moving < 2; moving++) {
        struct ton_convolver_shape shape = shape_of(1, TAPS, moving ? BLOCK : 64, moving);
        struct machine m;
        shape.moving = moving;
        machine_open(&m, &shape);
        for (int k = 0; k < TON_N(cases); k++) {
            float *h = kernel_new(TAPS, 20, 60 + (uint64_t)k);
            for (int r = 0; r < 2; r++)
                for (int i = cases[k].rest[r][0]; i < cases[k].rest[r][1]; i++)
                    h[i] = 0;
            for (int from = 0; moving; from += 7)
                if (ton_convolver_set_some(&m.convolver, 0, h, TAPS, from, 7))
                    break;
            if (moving)
                ton_convolver_exchange(&m.convolver, 1);
            else
                ton_convolver_set(&m.convolver, 0, h, TAPS);
            ton_convolver_clear(&m.convolver);
            struct audio in = noise_new(1, FRAMES, 9), out = noise_new(1, FRAMES, 9);
            machine_run(&m, &out, 0, FRAMES, 1000);
            struct deviation d = {0};
            const int latency = ton_convolver_latency(&shape);
            for (int i = 0; i + latency < FRAMES; i += 101)
                compare(&d, (double)out.at[0][i + latency], product_at(in.at[0], i, h, TAPS));
            const double error = d.peak > 0 ? deviation_db(&d) : ton_gain_to_db(d.worst);
            figure("%s, silent: %s: error %.1f dB (at most -120)", moving ? "moving" : "fixed ",
                   cases[k].text, error);
            assert_true(error <= -120);
            audio_free(&in);
            audio_free(&out);
            ton_free(h);
        }
        machine_close(&m);
    }
}

static void clear_forgets_the_sound_and_keeps_the_kernels(void **state) {
    (void)state;
    const struct ton_convolver_shape shape = shape_of(1, 9000, 64, false);
    struct machine m;
    float *h = kernel_new(9000, 20, 50);
    struct audio fresh = noise_new(1, 20000, 9), again = noise_new(1, 20000, 9);
    machine_open(&m, &shape);
    ton_convolver_set(&m.convolver, 0, h, 9000);
    machine_run(&m, &fresh, 0, 20000, 333);
    ton_convolver_clear(&m.convolver);
    machine_run(&m, &again, 0, 20000, 512);
    assert_memory_equal(fresh.at[0], again.at[0], sizeof(float) * 20000);
    ton_free(h);
    audio_free(&fresh);
    audio_free(&again);
    machine_close(&m);
}

/* A round trip, and a spectrum computed by its definition. */
static void transforms_are_exact(void **state) {
    (void)state;
    for (int n = TON_FFT_LEAST; n <= 65536; n *= 2) {
        float *memory = ton_alloc(sizeof(float) * (ton_fft_floats(n) + 3 * (size_t)n));
        assert_non_null(memory);
        float *x = memory + ton_fft_floats(n), *re = x + n, *im = re + n / 2, *back = re + n;
        struct ton_fft fft;
        struct ton_err err;
        assert_int_equal(ton_fft_open(&fft, memory, n, &err), TON_OK);
        uint64_t seed = 3;
        for (int i = 0; i < n; i++)
            x[i] = noise_next(&seed);
        ton_fft_forward(&fft, re, im, x);
        double worst = 0, error = 0, power = 0;
        for (int k = 0; k <= n / 2; k += k < 8 || k > n / 2 - 8 || n < 1024 ? 1 : n / 256) {
            double a = 0, b = 0;
            for (int i = 0; i < n; i++) {
                const double phase = 2 * M_PI * (double)((int64_t)k * i % n) / n;
                a += (double)x[i] * cos(phase);
                b -= (double)x[i] * sin(phase);
            }
            const bool last = k == n / 2;
            const double got_re = last ? im[0] : re[k], got_im = last || k == 0 ? 0 : im[k];
            worst = fmax(worst, hypot(got_re - a, got_im - b) / sqrt(n / 3.0));
        }
        ton_fft_inverse(&fft, back, re, im);
        for (int i = 0; i < n; i++) {
            const double d = (double)back[i] / n - (double)x[i];
            error += d * d;
            power += (double)x[i] * (double)x[i];
        }
        const double bins = ton_gain_to_db(worst), trip = 10 * log10(error / power);
        figure("%5d samples: worst bin %.1f dB (at most -120), there and back %.1f (at most -130)",
               n, bins, trip);
        assert_true(bins <= -120 && trip <= -130);
        ton_fft_close(&fft);
        ton_free(memory);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(transforms_are_exact),
        cmocka_unit_test(it_is_the_sum_of_products),
        cmocka_unit_test(every_size_of_partition_is_right),
        cmocka_unit_test(blocks_and_instruction_sets_do_not_change_a_bit),
        cmocka_unit_test(paths_cross),
        cmocka_unit_test(an_exchange_is_a_straight_line_between_two_kernels),
        cmocka_unit_test(silence_in_a_kernel_is_skipped_and_nothing_else),
        cmocka_unit_test(clear_forgets_the_sound_and_keeps_the_kernels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
