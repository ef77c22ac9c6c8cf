// SPDX-License-Identifier: GPL-3.0-or-later
// A delay read between its samples: flat, at the right time, and quiet while it moves.
#include "rig.h"

#include "ton/isa.h"
#include "ton/sliding_delay.h"

static struct ton_sliding_table table;

struct line {
    struct ton_sliding_line line;
    float *memory;
};

static struct line line_new(int longest) {
    const size_t floats = ton_sliding_floats(longest);
    struct line l = {.memory = ton_alloc(sizeof(float) * floats)};
    assert_non_null(l.memory);
    ton_sliding_line_init(&l.line, l.memory, floats);
    return l;
}

static float read_one(const struct line *l, double frames) {
    float out;
    ton_sliding_line_read(&out, &l->line, &table, &frames, 0, 1);
    return out;
}

// Gain in dB and time in frames of a sine of `cycles` a frame that is read `delay` frames back.
static void measure(double *gain_db, double *delay_is, double cycles, double delay) {
    enum { WARM = 200, FRAMES = 20000 };
    struct line l = line_new(100);
    double re = 0, im = 0;
    const double w = 2 * M_PI * cycles;
    for (int i = 0; i < WARM + FRAMES; i++) {
        ton_sliding_line_push(&l.line, (float)cos(w * i));
        if (i < WARM)
            continue;
        const double y = (double)read_one(&l, delay);
        re += y * cos(w * i);
        im -= y * sin(w * i);
    }
    *gain_db = ton_gain_to_db(2 * hypot(re, im) / FRAMES);
    *delay_is = delay + remainder(-atan2(im, re) - w * delay, 2 * M_PI) / w;
    ton_free(l.memory);
}

static void it_is_flat_and_on_time(void **unused) {
    (void)unused;
    static const struct {
        double hz, bar_db, bar_frames;
    } cases[] = {
        {1000, 0.001, 1e-4}, {10000, 0.001, 1e-4}, {15000, 0.01, 1e-3}, {18000, 0.5, 0.02}};
    for (int k = 0; k < TON_N(cases); k++) {
        double worst_db = 0, worst_frames = 0;
        for (int step = 0; step <= 40; step++) {
            const double delay = 20 + step / 40.0 + 0.0007 * step;
            double gain, is;
            // whole periods in the 20000 frames measured
            measure(&gain, &is, round(cases[k].hz / 48000 * 20000) / 20000, delay);
            worst_db = fmax(worst_db, fabs(gain));
            worst_frames = fmax(worst_frames, fabs(is - delay));
        }
        figure("%5.0f Hz at 48 kHz: within %.4f dB (%.3f) and %.1e frames (%.0e)", cases[k].hz,
               worst_db, cases[k].bar_db, worst_frames, cases[k].bar_frames);
        assert_true(worst_db < cases[k].bar_db && worst_frames < cases[k].bar_frames);
    }
}

static void whole_frames_give_the_samples_themselves(void **unused) {
    (void)unused;
    uint64_t seed = 1;
    struct line l = line_new(700);
    float x[3000];
    for (int i = 0; i < TON_N(x); i++) {
        ton_sliding_line_push(&l.line, x[i] = noise_next(&seed));
        for (int back = TON_SLIDING_LEAST; back <= 700 && back <= i; back += 77)
            assert_true(read_one(&l, back) == x[i - back]);
    }
    ton_free(l.memory);
}

// n at once, whatever the instruction set: each as if alone, in equal bits.
static void many_at_once_are_each_as_if_alone(void **unused) {
    (void)unused;
    enum { N = 64, PUSHED = 5000 };
    uint64_t seed = 1;
    struct line l = line_new(1000);
    double frames[N];
    float alone[2][N], out[N];
    for (int i = 0; i < N; i++)
        frames[i] = TON_SLIDING_LEAST + N + 300.0 * (1 + (double)noise_next(&seed));
    for (int i = 0; i < PUSHED; i++)
        ton_sliding_line_push(&l.line, noise_next(&seed));
    for (int i = 0; i < N; i++) {
        alone[0][i] = read_one(&l, frames[i] - i);
        alone[1][i] = read_one(&l, frames[i] + N - 1 - i);
    }
    for (int isa = 0; isa < TON_N_ISAS; isa++) {
        ton_isa_limit((enum ton_isa)isa);
        ton_sliding_table_init(&table);
        for (int after = 0; after < 2; after++) {
            float apart = 0;
            for (int n = 1; n <= N; n += 7) {
                ton_sliding_line_read(out, &l.line, &table, frames, after * (N - 1), n);
                for (int i = 0; i < n; i++)
                    apart = fmaxf(apart, fabsf(out[i] - alone[after][i]));
            }
            figure("%-6s %s pushes: apart by %g", ton_isa_name((enum ton_isa)isa),
                   after ? "after" : "before", (double)apart);
            assert_true(apart == 0);
        }
    }
    ton_free(l.memory);
}

// A sine read at a delay that moves evenly is a sine of another pitch. What is not it is the noise
// of the interpolation.
static double moving_noise_db(double cycles, double slope) {
    enum { FRAMES = 40000 };
    struct line l = line_new(4000);
    const double w = 2 * M_PI * cycles;
    float *y = ton_alloc(sizeof *y * FRAMES);
    assert_non_null(y);
    double noise = 0;
    for (int i = 0; i < FRAMES + 4000; i++) {
        ton_sliding_line_push(&l.line, (float)sin(w * i));
        const int at = i - 4000;
        if (at < 0)
            continue;
        const double delay = 100 + slope * at;
        const double error = (double)read_one(&l, delay) - sin(w * (i - delay));
        noise += error * error;
    }
    ton_free(y);
    ton_free(l.memory);
    return 10 * log10(2 * noise / FRAMES);
}

static void it_is_quiet_while_it_moves(void **unused) {
    (void)unused;
    static const struct {
        double hz, bar;
    } cases[] = {{100, -120}, {1000, -100}, {5000, -105}, {10000, -105}};
    for (int k = 0; k < TON_N(cases); k++) {
        const double noise = moving_noise_db(cases[k].hz / 48000, 0.0123);
        figure("%5.0f Hz, bent by 21 cents: noise %.1f dB (at most %.0f)", cases[k].hz, noise,
               cases[k].bar);
        assert_true(noise < cases[k].bar);
    }
}

int main(void) {
    ton_sliding_table_init(&table);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_flat_and_on_time),
        cmocka_unit_test(many_at_once_are_each_as_if_alone),
        cmocka_unit_test(whole_frames_give_the_samples_themselves),
        cmocka_unit_test(it_is_quiet_while_it_moves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
