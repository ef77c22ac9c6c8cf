/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Prints a hash of what each kernel makes of the same noise: one line a kernel. Needs no library
 * but the kernels, so it is built for another processor and run there (tests/cross/run). What goes
 * in is made without the C library's functions, whose last bits differ between processors. */
#include "kernels/kernels.h"

#include "ton/isa.h"
#include "ton/k_weight.h"
#include "ton/packing.h"

#include <stdio.h>
#include <string.h>

enum { LANES = 13, FRAMES = 777, SLOTS = 7 };

static float x[LANES][FRAMES], y[LANES][FRAMES];
static uint64_t state;

static double next(void) {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    return (double)(int64_t)state * 0x1p-63;
}

/* Noise with silence in it. */
static void fill(uint64_t seed) {
    state = seed;
    for (int l = 0; l < LANES; l++)
        for (int i = 0; i < FRAMES; i++)
            x[l][i] = y[l][i] = i / 100 % 3 == 2 ? 0.0F : (float)next();
}

static void tell(const char *kernel, const void *data, size_t size) {
    uint64_t hash = 0xcbf29ce484222325ULL; /* FNV-1a */
    for (size_t i = 0; i < size; i++)
        hash = (hash ^ ((const unsigned char *)data)[i]) * 0x100000001b3ULL;
    printf("%-20s %016llx\n", kernel, (unsigned long long)hash);
}

static void levels(const struct ton_kernels *k) {
    const struct ton_level_curve curve = {
        .threshold = -20, .slope = -0.75F, .half_knee = 3, .bend = 1.0F / 12};
    fill(1);
    k->mix_product(y[0], x[0], x[0], FRAMES);
    tell("mix_product", y[0], sizeof y[0]);
    k->powers_to_db(y[0], FRAMES);
    tell("powers_to_db", y[0], sizeof y[0]);
    k->levels_to_reduction(y[0], FRAMES, &curve);
    tell("levels_to_reduction", y[0], sizeof y[0]);
    memcpy(y[1], y[0], sizeof y[0]);
    k->dbs_to_gain(y[0], FRAMES);
    tell("dbs_to_gain", y[0], sizeof y[0]);
    k->reduction_to_gain(y[1], FRAMES, 1.5F, 0.75F);
    tell("reduction_to_gain", y[1], sizeof y[1]);
}

static void mixing(const struct ton_kernels *k) {
    struct ton_tap taps[LANES];
    fill(2);
    k->mix_gain(y[0], x[0], 0.3F, FRAMES);
    tell("mix_gain", y[0], sizeof y[0]);
    k->mix_ramp(y[0], x[0], (struct ton_ramp){0.1F, 0.9F, 3, FRAMES + 3}, FRAMES);
    tell("mix_ramp", y[0], sizeof y[0]);
    for (int l = 0; l < LANES; l++) {
        taps[l] = (struct ton_tap){.in = {x[l], x[(l + 1) % LANES]}, .depth = l % 4};
        for (int g = 0; g < TON_TAP_GAINS; g++)
            for (int c = 0; c < 2; c++)
                taps[l].gains[c][g] = g < l % 4 ? 0.1F * (float)(l + c + 1) : 1.0F;
    }
    k->mix_taps((float *const[2]){y[0], y[1]}, taps, LANES, FRAMES);
    tell("mix_taps", y, 2 * sizeof y[0]);
    int first = -1;
    const uint32_t infinite = 0x7f800000;
    memcpy(&y[0][500], &infinite, sizeof infinite);
    k->mix_repair(y[0], &first, FRAMES);
    tell("mix_repair", y[0], sizeof y[0]);
}

static void packing(const struct ton_kernels *k) {
    static unsigned char bytes[FRAMES * 2 * 4];
    static int32_t words[FRAMES];
    fill(3);
    k->dither_white(words, x[0], FRAMES, 24, 12345);
    tell("dither_white", words, sizeof words);
    k->dither_none(words, x[0], FRAMES, 16);
    tell("dither_none", words, sizeof words);
    for (int b = 2; b <= 4; b++) {
        k->pack(bytes, words, FRAMES, b);
        tell("pack", bytes, (size_t)(FRAMES * b));
    }
    state = 4;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)(next() * 127.0 + 128.0);
    for (int kind = TON_SAMPLE_U8; kind <= TON_SAMPLE_F64; kind++) {
        const struct ton_packing in = {.kind = (enum ton_sample)kind, .channels = 2};
        const size_t frames = kind == TON_SAMPLE_F64 ? FRAMES / 2 : FRAMES;
        for (size_t i = 0; kind >= TON_SAMPLE_F32 && i + 8 <= sizeof bytes; i += 8) {
            const double number[1] = {next()};
            const float numbers[2] = {(float)next(), (float)next()};
            memcpy(bytes + i, kind == TON_SAMPLE_F64 ? (const void *)number : numbers, 8);
        }
        k->unpack((float *const[2]){y[0], y[1]}, 0, bytes, frames, &in, 0.5F);
        tell("unpack", y, 2 * sizeof y[0]);
    }
}

static void filters(const struct ton_kernels *k) {
    static struct ton_cascade_section sections[LANES][SLOTS];
    static struct ton_cascade_memory memory[LANES][SLOTS];
    static int order[SLOTS];
    struct ton_cascade_lane lanes[LANES];
    struct ton_smooth_lane smooth[LANES];
    double at[LANES];
    memset(memory, 0, sizeof memory);
    fill(5);
    for (int s = 0; s < SLOTS; s++)
        order[s] = SLOTS - 1 - s;
    for (int l = 0; l < LANES; l++) {
        for (int s = 0; s < SLOTS; s++) /* stable: |a2| < 1, |a1| < 1 + a2 */
            for (int c = 0; c < TON_CASCADE_LANES; c++) {
                sections[l][s].b0[c] = 1.0 + 0.2 * next();
                sections[l][s].b1[c] = -1.5 + 0.1 * next();
                sections[l][s].b2[c] = 0.7 + 0.1 * next();
                sections[l][s].a1[c] = -1.5 + 0.1 * next();
                sections[l][s].a2[c] = 0.8 + 0.1 * next();
            }
        lanes[l] = (struct ton_cascade_lane){.in = y[l],
                                             .out = y[l],
                                             .gain = 0.5,
                                             .sections = sections[l],
                                             .memory = memory[l],
                                             .order = order,
                                             .n = l % SLOTS + 1,
                                             .side = l % TON_CASCADE_LANES};
        at[l] = -1.0 * l;
    }
    k->cascade_side_by_side(lanes, LANES, FRAMES);
    tell("cascade_side_by_side", y, sizeof y);
    for (int l = 0; l < LANES; l++)
        smooth[l] = (struct ton_smooth_lane){y[l], &at[l], 0.02 * (l % 5), 0.001 * l};
    k->smooth_side_by_side(smooth, LANES, FRAMES);
    tell("smooth_side_by_side", y, sizeof y);
    k->mix_product(y[0], x[0], x[0], FRAMES);
    static float memory_of_window[FRAMES + 1];
    const float head = k->window_heads(y[0], memory_of_window, 0.25F, FRAMES);
    tell("window_heads", &head, sizeof head);
    k->window_tails(memory_of_window, FRAMES);
    tell("window_tails", memory_of_window, sizeof memory_of_window);
    float crest = 0, bend = 0;
    k->true_peak_extent(&crest, &bend, x[1], FRAMES);
    tell("true_peak_extent", (float[2]){crest, bend}, 2 * sizeof crest);
}

/* A limiter's release, with coefficients made by hand, and a moving sum. */
static void release(const struct ton_kernels *k) {
    static int64_t levels[FRAMES], memory[FRAMES];
    struct ton_release r = {.fast = 0.125, .slow = 0.015625, .gain = 0.75, .average = 0.875};
    double fast = 1, slow = 1;
    fill(9);
    for (int i = 0; i < TON_OCTET; i++) {
        r.fast_kept[i] = fast *= 1 - r.fast;
        r.slow_kept[i] = slow *= 1 - r.slow;
    }
    for (int i = 0; i < FRAMES; i++)
        y[0][i] = x[0][i] > 0.5F ? 1.0F + x[0][i] : 1.0F;
    k->release_octets(levels, &r, y[0], FRAMES / TON_OCTET);
    tell("release_octets", levels, sizeof levels);
    tell("release_octets", (double[2]){r.gain, r.average}, 2 * sizeof r.gain);
    const int64_t sum = k->moving_sum(levels, memory, 5, FRAMES);
    tell("moving_sum", levels, sizeof levels);
    tell("moving_sum", &sum, sizeof sum);
}

/* What the parts of a hop weigh, and their energy. The filters are simple fractions: those of the
 * program come from `tan` and `exp`. */
static void energies(void) {
    static const struct ton_k_weight k = {.b = {{1.5, -2.625, 1.203125}, {0.9375, -1.875, 0.9375}},
                                          .a = {{-1.6875, 0.734375}, {-1.9921875, 0.9922}}};
    static struct ton_k_parts parts;
    struct ton_k_energy energy = {.past = {{0.25, -0.5}}, .state = {{0.5, 0.25}}};
    double squares[2];
    fill(8);
    ton_k_parts_design(&parts, &k, FRAMES - 7);
    tell("k_parts ends", parts.ends, sizeof parts.ends);
    tell("k_parts passed", parts.passed, sizeof parts.passed);
    tell("k_parts poles", parts.poles, sizeof parts.poles);
    tell("k_parts shelf", parts.shelf, sizeof parts.shelf);
    ton_k_energy_run(squares, &energy, &parts, x[0], x[1], FRAMES);
    tell("k_energy_run", squares, sizeof squares);
    tell("k_energy_run", &energy, sizeof energy);
}

static void lines(const struct ton_kernels *k) {
    static float out[2][TON_LINES][FRAMES];
    static struct ton_lines_gain gain = {.moves = true, .at = 3};
    static struct ton_lines_turns turns;
    static struct ton_lines_filters filters;
    static struct ton_lines_memory memory;
    float *to[TON_LINES], *copy[TON_LINES];
    const float *in[TON_LINES];
    for (int i = 0; i < TON_LINES; i++) {
        in[i] = x[i % LANES];
        to[i] = out[0][i];
        copy[i] = out[1][i];
        gain.gain[i] = (float)next();
        gain.step[i] = (float)next() / 1024;
        turns.cosine[i / 2] = turns.sine_step[i / 2] = (float)next() / 1024;
        turns.sine[i / 2] = turns.cosine_step[i / 2] = (float)next() / 1024;
        filters.b0[i] = filters.b1[i] = (float)next();
        filters.a1[i] = (float)next() / 2;
    }
    k->lines_mix(to, in, &gain, FRAMES);
    tell("lines_mix", out[0], sizeof out[0]);
    k->lines_turn(to, &turns, 3, FRAMES);
    tell("lines_turn", out[0], sizeof out[0]);
    k->lines_filter(to, in, &filters, &memory, FRAMES);
    tell("lines_filter", out[0], sizeof out[0]);
    k->lines_add_mixed(to, copy, in, FRAMES);
    tell("lines_add_mixed", out[1], sizeof out[1]);
    k->lines_sum(out[0][0], in, filters.b0, LANES, FRAMES);
    tell("lines_sum", out[0][0], sizeof out[0][0]);
}

int main(int argc, char **argv) {
    ton_isa_limit((enum ton_isa)(argc > 1 ? argv[1][0] - '0' : TON_N_ISAS - 1));
    const struct ton_kernels *k = ton_kernels();
    levels(k);
    mixing(k);
    packing(k);
    filters(k);
    release(k);
    energies();
    lines(k);
    return 0;
}
