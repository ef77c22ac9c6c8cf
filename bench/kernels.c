/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the kernels cost, a sample of one signal, in each instruction set that this machine has, and
 * which set is chosen here.
 *
 *     bench-kernels [NAME...]
 *
 * Blocks lie in the first-level cache. Sets take turns; of each the fastest of some runs counts. */
#include "ton/cascade.h"
#include "ton/convolve.h"
#include "ton/isa.h"
#include "ton/k_weight.h"
#include "ton/level.h"
#include "ton/mix.h"
#include "ton/oversample.h"
#include "ton/shape.h"
#include "ton/sliding_delay.h"
#include "ton/smooth.h"
#include "ton/true_peak.h"
#include "ton/window_max.h"

#include "ton/arena.h"

#include <math.h>
#include <time.h>

enum { BLOCK = 256, SIGNALS = 16, SECTIONS = 5, TURNS = 7, TAPS = 48000, FFT = 4096, WINDOW = 72 };

static float noise[SIGNALS][BLOCK + TON_TRUE_PEAK_TAPS], in[SIGNALS][BLOCK], out[SIGNALS][BLOCK];
/* Dynamics work on powers, filters on samples; each run starts from the same. */
static void take_noise(void) {
    memcpy(in[0], noise[0], sizeof in[0]);
}

static void take_levels(void) {
    for (int i = 0; i < BLOCK; i++)
        in[0][i] = 40.0F * noise[0][i] - 30.0F;
}

static void gain(void) {
    ton_mix_gain(out[0], in[0], 0.7F, BLOCK);
}

static void ramp(void) {
    ton_mix_ramp(out[0], in[0], (struct ton_ramp){0.5F, 0.7F, 0, BLOCK}, BLOCK);
}

static void product(void) {
    ton_mix_product(out[0], in[0], in[1], BLOCK);
}

static void taps(void) {
    struct ton_tap list[SIGNALS];
    float *const stereo[2] = {out[0], out[1]};
    for (int i = 0; i < SIGNALS; i++)
        list[i] = (struct ton_tap){{in[i], in[i]}, {{0.5F, 0.7F, 1}, {0.5F, 0.6F, 1}}, 2};
    ton_mix_taps(stereo, list, SIGNALS, BLOCK);
}

static void repair(void) {
    int first = 0;
    ton_mix_repair(in[0], &first, BLOCK);
}

static void powers(void) {
    for (int i = 0; i < BLOCK; i++)
        out[0][i] = noise[0][i] * noise[0][i];
    ton_powers_to_db(out[0], BLOCK);
}

static void gains(void) {
    memcpy(out[0], in[0], sizeof out[0]);
    ton_dbs_to_gain(out[0], BLOCK);
}

static void reduction(void) {
    static const struct ton_level_curve curve = {-20, -0.667F, 2, 0.125F};
    memcpy(out[0], in[0], sizeof out[0]);
    ton_levels_to_reduction(out[0], BLOCK, &curve);
}

static void reduction_to_gain(void) {
    memcpy(out[0], in[0], sizeof out[0]);
    ton_reduction_to_gain(out[0], BLOCK, 0, 1);
}

static void smooth(void) {
    static double y[SIGNALS];
    struct ton_smooth_lane lanes[SIGNALS];
    for (int i = 0; i < SIGNALS; i++)
        lanes[i] = (struct ton_smooth_lane){out[i], &y[i], 0.002, 0.0002};
    ton_smooth_side_by_side(lanes, SIGNALS, BLOCK);
}

static struct ton_cascade_section sections[SECTIONS];
static struct ton_cascade_memory memories[SIGNALS][SECTIONS];
static const int order[SECTIONS] = {0, 1, 2, 3, 4};

static void open_cascade(void) {
    const struct ton_biquad bell = {1.01, -1.92, 0.93, -1.92, 0.94};
    for (int k = 0; k < SECTIONS; k++)
        for (int lane = 0; lane < TON_CASCADE_LANES; lane++)
            ton_cascade_section_set(&sections[k], lane, &bell);
    memset(memories, 0, sizeof memories);
}

static void cascade(void) {
    struct ton_cascade_lane lanes[SIGNALS];
    for (int i = 0; i < SIGNALS; i++)
        lanes[i] = (struct ton_cascade_lane){.in = in[i],
                                             .out = out[i],
                                             .gain = 1,
                                             .sections = sections,
                                             .memory = memories[i],
                                             .order = order,
                                             .n = SECTIONS};
    ton_cascade_run_side_by_side(lanes, SIGNALS, BLOCK);
}

static struct ton_window_max window;

static void open_window(void) {
    static float memory[WINDOW + 1];
    ton_window_max_init(&window, memory, WINDOW);
}

static void window_max(void) {
    for (int i = 0; i < BLOCK; i++)
        out[0][i] = fabsf(noise[0][i]);
    ton_window_max_run(&window, out[0], BLOCK);
}

static struct ton_k_weight weighting;
static ton_k_weight_run k_run;

static void open_k(void) {
    ton_k_weight_design(&weighting, 48000);
    k_run = ton_k_weight_kernel();
}

static void k_weight(void) {
    static struct ton_k_memory memory;
    double squares[2];
    k_run(squares, &memory, &weighting, in[0], in[1], BLOCK);
}

/* Without a floor nothing is skipped: its dearest. */
static void envelope(void) {
    ton_true_peak_envelope(out[0], noise[0], BLOCK, 0.0F);
}

static struct ton_true_peak peak;

static void open_peak(void) {
    ton_true_peak_init(&peak);
}

static void true_peak(void) {
    ton_true_peak_feed(&peak, in[0], BLOCK);
}

static struct ton_fft fft;

static void open_fft(void) {
    static _Alignas(64) float memory[2 * FFT];
    ton_fft_close(&fft);
    if (ton_fft_open(&fft, memory, FFT, NULL))
        exit(1);
}

static void transform(void) {
    static _Alignas(64) float x[FFT], re[FFT / 2], im[FFT / 2];
    ton_fft_forward(&fft, re, im, x);
    ton_fft_inverse(&fft, x, re, im);
}

static struct ton_convolver convolver;

static void open_convolver(void) {
    static const struct ton_convolver_shape shape = {
        .inputs = 1, .outputs = 1, .kernels = 1, .n_paths = 1, .taps = TAPS, .block = 64};
    static char *memory;
    static float response[TAPS];
    struct carver size = {0};
    ton_convolver_close(&convolver);
    ton_free(memory);
    ton_convolver_lay_out(NULL, &size, &shape);
    memory = ton_alloc(size.used);
    struct carver carver = {.base = memory};
    if (!memory)
        exit(1);
    ton_convolver_lay_out(&convolver, &carver, &shape);
    if (ton_convolver_open(&convolver, NULL))
        exit(1);
    for (int i = 0; i < TAPS; i++)
        response[i] = noise[i % SIGNALS][i % BLOCK] * expf(-7.0F * (float)i / TAPS);
    ton_convolver_set(&convolver, 0, response, TAPS);
}

static void convolve(void) {
    float *const to[] = {out[0]};
    const float *const from[] = {in[0]};
    ton_convolver_run(&convolver, to, from, BLOCK);
}

static struct ton_oversampling oversampling;
static struct ton_oversampler oversampler;

static void open_oversampler(void) {
    static float *memory;
    ton_free(memory);
    memory = ton_alloc(sizeof(float) * (size_t)ton_oversampler_floats(4));
    if (!memory)
        exit(1);
    ton_oversampling_init(&oversampling, 4, 0);
    ton_oversampler_init(&oversampler, &oversampling, memory);
}

static void oversample(void) {
    float inner[4 * TON_OVERSAMPLE_BLOCK];
    for (int at = 0; at < BLOCK; at += TON_OVERSAMPLE_BLOCK) {
        ton_oversample_up(&oversampler, &oversampling, inner, in[0] + at, TON_OVERSAMPLE_BLOCK);
        ton_oversample_down(&oversampler, &oversampling, out[0] + at, inner, TON_OVERSAMPLE_BLOCK);
    }
}

static void clip(void) {
    static struct ton_shape_memory memory;
    static float knee[BLOCK];
    memcpy(out[0], in[0], sizeof out[0]);
    ton_shape_clip(out[0], BLOCK, knee, &memory);
}

static void sigmoids(void) {
    static struct ton_shape_memory memory;
    static const struct ton_sigmoid pair[2] = {{1, 1, 0}, {0.2, 0.5, 0.3}};
    memcpy(out[0], in[0], sizeof out[0]);
    ton_shape_sigmoids(out[0], BLOCK, pair, &memory);
}

static struct ton_sliding_table table;
static struct ton_sliding_line line;

static void open_line(void) {
    static float *memory;
    const size_t floats = ton_sliding_floats(2000);
    ton_free(memory);
    memory = ton_alloc(sizeof(float) * floats);
    if (!memory)
        exit(1);
    ton_sliding_table_init(&table);
    ton_sliding_line_init(&line, memory, floats);
}

static void read_line(void) {
    double frames[BLOCK];
    for (int i = 0; i < BLOCK; i++) {
        ton_sliding_line_push(&line, in[0][i]);
        frames[i] = 500.0 + 0.01 * i;
    }
    ton_sliding_line_read(out[0], &line, &table, frames, BLOCK - 1, BLOCK);
}

static const struct kernel {
    const char *name;
    void (*open)(void); /* what is chosen by instruction set; NULL: nothing to be made */
    void (*run)(void);
    double samples; /* of one signal, that a run works on */
    double bytes;   /* read and written, of a sample */
} kernels[] = {
    {"mix taps, 16 signals, two gains", NULL, taps, SIGNALS *BLOCK, 4},
    {"mix gain", NULL, gain, BLOCK, 8},
    {"mix ramp", NULL, ramp, BLOCK, 8},
    {"mix product", NULL, product, BLOCK, 12},
    {"mix repair", take_noise, repair, BLOCK, 4},
    {"powers to dB", NULL, powers, BLOCK, 8},
    {"levels to reduction", take_levels, reduction, BLOCK, 8},
    {"reduction to gain", take_levels, reduction_to_gain, BLOCK, 8},
    {"dB to gain", take_levels, gains, BLOCK, 8},
    {"smoothing, 16 side by side", NULL, smooth, SIGNALS *BLOCK, 8},
    {"window maximum of 72", open_window, window_max, BLOCK, 8},
    {"cascade of 5, 16 side by side", open_cascade, cascade, SIGNALS *BLOCK, 8},
    {"K-weighting, stereo", open_k, k_weight, 2 * BLOCK, 4},
    {"true peak", open_peak, true_peak, BLOCK, 4},
    {"true-peak envelope, nothing skipped", NULL, envelope, BLOCK, 8},
    {"FFT of 4096 and back", open_fft, transform, FFT, 16},
    {"convolution with 48000 taps", open_convolver, convolve, BLOCK, 8},
    {"oversampling by 4 and back", open_oversampler, oversample, BLOCK, 8},
    {"clip", NULL, clip, BLOCK, 8},
    {"sigmoids", NULL, sigmoids, BLOCK, 8},
    {"sliding delay", open_line, read_line, BLOCK, 8},
};

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* ns a sample in one set; about a millisecond of it. */
static double time_set(const struct kernel *k, enum ton_isa isa) {
    ton_isa_limit(isa);
    if (k->open)
        k->open();
    k->run();
    double spent = 0;
    int runs = 0;
    for (int batch = 1; spent < 1e6; batch *= 2) {
        const double before = now();
        for (int i = 0; i < batch; i++)
            k->run();
        spent = now() - before;
        runs = batch;
    }
    return spent / runs / k->samples;
}

static void bench(const struct kernel *k, enum ton_isa best) {
    double ns[TON_N_ISAS];
    for (int isa = 0; isa < TON_N_ISAS; isa++)
        ns[isa] = INFINITY;
    for (int turn = 0; turn < TURNS; turn++)
        for (int isa = 0; isa <= (int)best; isa++)
            ns[isa] = fmin(ns[isa], time_set(k, (enum ton_isa)isa));
    printf("| %-35s |", k->name);
    for (int isa = 0; isa < TON_N_ISAS; isa++)
        if (isfinite(ns[isa]))
            printf(" %7.3f |", ns[isa]);
        else
            printf(" %7s |", "");
    printf(" %-7s | %5.2f | %6.1f |\n", ton_isa_name(best), 1.0 / ns[best], k->bytes / ns[best]);
}

static void make_noise(void) {
    uint64_t random = 1;
    for (int s = 0; s < SIGNALS; s++)
        for (int i = 0; i < BLOCK + TON_TRUE_PEAK_TAPS; i++) {
            random = random * 6364136223846793005ULL + 1442695040888963407ULL;
            noise[s][i] = (float)((double)(int64_t)random * 0x1p-63);
            if (i < BLOCK)
                in[s][i] = noise[s][i];
        }
}

static bool is_wanted(const char *name, int n, char **words) {
    for (int i = 0; i < n; i++)
        if (strstr(name, words[i]))
            return true;
    return n == 0;
}

int main(int argc, char **argv) {
    const enum ton_isa best = ton_isa();
    make_noise();
    printf("**kernels**: ns a sample, and what the chosen set makes of it.\n\n| %-35s |", "");
    for (int isa = 0; isa < TON_N_ISAS; isa++)
        printf(" %7s |", ton_isa_name((enum ton_isa)isa));
    printf(" chosen  | G/s   | GB/s   |\n| --- | ---: | ---: | ---: | --- | ---: | ---: |\n");
    for (size_t i = 0; i < sizeof kernels / sizeof *kernels; i++)
        if (is_wanted(kernels[i].name, argc - 1, argv + 1))
            bench(&kernels[i], best);
    printf("\n");
    return 0;
}
