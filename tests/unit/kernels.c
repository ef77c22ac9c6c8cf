/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Kernels give the same bits in every instruction set, and the bits of the plain loops that stand
 * here, whatever the number of signals and frames. */
#include "kernels_rig.h"

#include "ton/cascade.h"
#include "ton/level.h"
#include "ton/lines.h"
#include "ton/mix.h"
#include "ton/moving_sum.h"
#include "ton/release.h"
#include "ton/smooth.h"
#include "ton/window_max.h"

enum { SLOTS = 20 };

static void check_cascade(int lanes, int frames) {
    static struct ton_cascade_section sections[MOST_LANES][SLOTS];
    static struct ton_cascade_memory memory[2][MOST_LANES][SLOTS];
    struct noise n = {(uint64_t)lanes};
    int order[MOST_LANES][SLOTS], count[MOST_LANES];
    struct ton_cascade_lane list[MOST_LANES] = {0};
    memset(memory, 0, sizeof memory);
    for (int l = 0; l < lanes; l++) {
        count[l] = lanes % 3 == 0 ? 5 : (l * 7 + lanes) % SLOTS;
        for (int k = 0; k < SLOTS; k++) {
            const double hz = 50.0 + 9000.0 * fabs(next(&n));
            const struct ton_analogue bell = ton_analogue_bell(hz, 12.0 * next(&n), 0.7);
            struct ton_biquad b[2];
            ton_biquad_match(b, &bell, 48000.0);
            for (int side = 0; side < 2; side++)
                ton_cascade_section_set(&sections[l][k], side, &b[0]);
            order[l][k] = (k * 3 + l) % SLOTS;
        }
        list[l] = (struct ton_cascade_lane){.in = got[l],
                                            .out = got[l],
                                            .gain = l % 2 ? 1.0 : 0.7,
                                            .sections = sections[l],
                                            .memory = memory[1][l],
                                            .order = order[l],
                                            .n = count[l],
                                            .side = l % 2};
    }
    static double x[MOST_FRAMES][TON_CASCADE_LANES];
    for (int l = 0; l < lanes; l++) {
        for (int i = 0; i < frames; i++)
            x[i][0] = x[i][1] = (double)signal[l][i];
        ton_cascade_run(x, frames, sections[l], memory[0][l], order[l], count[l]);
        for (int i = 0; i < frames; i++)
            wanted[l][i] = (float)(list[l].gain * x[i][l % 2]);
    }
    /* In two parts, so that what is remembered counts. */
    const int first = frames / 3;
    memcpy(got, signal, sizeof got);
    ton_cascade_run_side_by_side(list, lanes, first);
    for (int l = 0; l < lanes; l++) {
        list[l].in += first;
        list[l].out += first;
    }
    ton_cascade_run_side_by_side(list, lanes, frames - first);
    for (int l = 0; l < lanes; l++) {
        same(wanted[l], got[l], frames, "cascade", l);
        for (int k = 0; k < count[l]; k++) {
            const int slot = order[l][k], side = l % 2;
            assert_memory_equal(&memory[0][l][slot].s1[side], &memory[1][l][slot].s1[side], 8);
            assert_memory_equal(&memory[0][l][slot].s2[side], &memory[1][l][slot].s2[side], 8);
        }
    }
}

static void sections_side_by_side_are_sections_one_by_one(void **state) {
    (void)state;
    fill(1);
    everywhere(check_cascade);
}

static void check_smooth(int lanes, int frames) {
    struct ton_smooth_lane list[MOST_LANES] = {0};
    double y[MOST_LANES];
    memcpy(got, signal, sizeof got);
    for (int l = 0; l < lanes; l++) {
        const bool faster_up = lanes % 5 == 0 && l % 2;
        list[l] = (struct ton_smooth_lane){.x = got[l],
                                           .y = &y[l],
                                           .down = faster_up ? 0.001 * l : 0.02,
                                           .up = faster_up ? 0.1 : 0.0005 * l};
        double now = y[l] = -0.1 * l;
        for (int i = 0; i < frames; i++) {
            const double to = (double)signal[l][i];
            const double lower = (1 - list[l].down) * now + list[l].down * to;
            const double upper = (1 - list[l].up) * now + list[l].up * to;
            const bool down = list[l].down >= list[l].up ? lower < upper : lower > upper;
            now = down ? lower : upper;
            wanted[l][i] = (float)now;
        }
    }
    ton_smooth_side_by_side(list, lanes, frames);
    for (int l = 0; l < lanes; l++) {
        same(wanted[l], got[l], frames, "smooth", l);
        assert_true(frames == 0 || (float)y[l] == wanted[l][frames - 1]);
    }
}

static void smoothing_side_by_side_is_smoothing_one_by_one(void **state) {
    (void)state;
    fill(2);
    everywhere(check_smooth);
}

static void check_window(int lanes, int frames) {
    static float memory[MOST_FRAMES + 1];
    const int size = lanes * lanes;
    struct ton_window_max w;
    ton_window_max_init(&w, memory, size);
    for (int i = 0; i < frames; i++)
        got[0][i] = signal[0][i] * signal[0][i];
    got[0][frames / 2] = lanes % 2 ? NAN : -0.0F;
    for (int i = 0; i < frames; i++) {
        float most = 0;
        for (int k = i < size - 1 ? 0 : i - size + 1; k <= i; k++)
            most = got[0][k] > most ? got[0][k] : most;
        wanted[0][i] = most;
    }
    ton_window_max_run(&w, got[0], frames / 3);
    ton_window_max_run(&w, got[0] + frames / 3, frames - frames / 3);
    same(wanted[0], got[0], frames, "window", size);
}

static void a_running_maximum_is_the_largest_of_its_window(void **state) {
    (void)state;
    fill(3);
    everywhere(check_window);
}

/* By its definition, frame by frame: a level is off by one where the last bit decides. */
static void release_one(int64_t *levels, const float *excess, double fast, double slow,
                        int frames) {
    double gain = 1, average = 1;
    for (int i = 0; i < frames; i++) {
        const double most = 1.0 / (double)excess[i];
        gain = fmin(most, gain + fast * (average - gain));
        average += slow * (most - average);
        levels[i] = (int64_t)(gain * TON_RELEASE_UNITY + 0.5);
    }
}

/* In blocks that begin and end within octets; other coefficients from frame `moved` on. */
static void release_in_blocks(int64_t *levels, const float *excess, double fast, int block,
                              int moved, int frames) {
    struct ton_release r;
    ton_release_set(&r, fast, fast / 8);
    ton_release_reset(&r);
    for (int at = 0, n; at < frames; at += n) {
        const int end = at < moved && moved < frames ? moved : frames;
        n = at % 50 + block < end - at ? at % 50 + block : end - at;
        if (at == moved)
            ton_release_set(&r, fast / 2, fast / 20);
        ton_release_run(&r, levels + at, excess + at, n);
    }
}

static void check_release(int lanes, int frames) {
    static float excess[MOST_FRAMES];
    static int64_t plain[MOST_FRAMES], generic[MOST_FRAMES], levels[MOST_FRAMES];
    const enum ton_isa isa = ton_isa();
    const double fast = lanes == 40 ? 1.0 : 0.0001 * lanes * lanes;
    for (int i = 0; i < frames; i++) { /* rests, rises slowly, jumps */
        const float x = 4.0F * fabsf(signal[lanes - 1][i]), slow = 1.0F + (float)(i % 300) / 300;
        excess[i] = i % 700 < 200 ? slow : x > 1.0F ? x : 1.0F;
    }
    release_in_blocks(levels, excess, fast, lanes, frames, frames);
    release_one(plain, excess, fast, fast / 8, frames);
    for (int i = 0; i < frames; i++)
        assert_true(levels[i] - plain[i] >= -1 && levels[i] - plain[i] <= 1);
    release_in_blocks(levels, excess, fast, lanes, frames / 2, frames);
    ton_isa_limit(TON_ISA_GENERIC);
    release_in_blocks(generic, excess, fast, MOST_FRAMES, frames / 2, frames);
    ton_isa_limit(isa);
    for (int i = 0; i < frames; i++)
        if (generic[i] != levels[i])
            fail_msg("release, %s: frame %d of %d", ton_isa_name(isa), i, frames);
}

static void a_release_in_octets_is_its_definition(void **state) {
    (void)state;
    fill(8);
    everywhere(check_release);
}

static void check_moving_sum(int lanes, int frames) {
    static int64_t memory[MOST_LANES * MOST_LANES], x[MOST_FRAMES], sums[MOST_FRAMES];
    struct ton_moving_sum m = {.memory = memory, .length = lanes * lanes};
    ton_moving_sum_fill(&m, 3);
    for (int i = 0; i < frames; i++) {
        x[i] = sums[i] = (int64_t)(signal[0][i] * 0x1p30F);
        for (int k = 1; k < m.length; k++)
            sums[i] += i < k ? 3 : (int64_t)(signal[0][i - k] * 0x1p30F);
    }
    ton_moving_sum_feed(&m, x, frames / 3);
    ton_moving_sum_feed(&m, x + frames / 3, frames - frames / 3);
    for (int i = 0; i < frames; i++)
        if (x[i] != sums[i])
            fail_msg("moving sum of %d, %s: frame %d of %d", m.length, ton_isa_name(ton_isa()), i,
                     frames);
}

static void a_moving_sum_is_the_sum_of_its_window(void **state) {
    (void)state;
    fill(9);
    everywhere(check_moving_sum);
}

static void check_taps(int lanes, int frames) {
    struct ton_tap taps[MOST_LANES];
    struct noise n = {(uint64_t)lanes};
    for (int l = 0; l < lanes; l++) {
        taps[l] = (struct ton_tap){.in = {signal[l], signal[l % 2 ? l : (l + 1) % MOST_LANES]},
                                   .depth = l % (TON_TAP_GAINS + 1)};
        for (int c = 0; c < 2; c++)
            for (int g = 0; g < TON_TAP_GAINS; g++)
                taps[l].gains[c][g] = g < taps[l].depth ? (float)next(&n) : 1.0F;
    }
    for (int c = 0; c < 2; c++)
        for (int i = 0; i < frames; i++)
            for (int l = 0; l < lanes; l++) {
                float x = taps[l].in[c][i];
                for (int g = 0; g < TON_TAP_GAINS; g++)
                    x *= taps[l].gains[c][g];
                wanted[c][i] = l ? wanted[c][i] + x : x;
            }
    ton_mix_taps((float *const[2]){got[0], got[1]}, taps, lanes, frames);
    for (int c = 0; c < 2; c++)
        same(wanted[c], got[c], frames, "taps", c);
}

static void taps_are_added_in_their_order(void **state) {
    (void)state;
    fill(4);
    everywhere(check_taps);
}

static void check_levels(int lanes, int frames) {
    static float generic[MOST_FRAMES];
    const enum ton_isa isa = ton_isa();
    for (int i = 0; i < frames; i++) { /* changing, then held over some registers */
        const float x = signal[lanes - 1][i % 200 < 100 ? i : i / 100];
        generic[i] = got[0][i] = x * x * 10.0F;
    }
    ton_powers_to_db(got[0], frames);
    memcpy(got[1], got[0], sizeof got[0]);
    ton_dbs_to_gain(got[1], frames);
    ton_isa_limit(TON_ISA_GENERIC);
    ton_powers_to_db(generic, frames);
    same(generic, got[0], frames, "powers to dB", lanes);
    ton_dbs_to_gain(generic, frames);
    same(generic, got[1], frames, "dB to gain", lanes);
    ton_isa_limit(isa);
}

static void levels_are_those_of_the_generic_set(void **state) {
    (void)state;
    fill(5);
    everywhere(check_levels);
}

static void check_repair(int lanes, int frames) {
    memcpy(got[0], signal[0], sizeof got[0]);
    int bad = 0, first = -1, found = -1;
    for (int i = lanes * 3; i < frames; i += lanes * 11) {
        got[0][i] = i % 2 ? NAN : -INFINITY;
        first = bad++ ? first : i;
    }
    assert_int_equal(ton_mix_repair(got[0], &found, frames), bad);
    assert_int_equal(found, first);
    for (int i = 0; i < frames; i++)
        assert_true(isfinite(got[0][i]));
}

static void every_bad_sample_is_found(void **state) {
    (void)state;
    fill(6);
    everywhere(check_repair);
}

/* Two levels of butterflies, then two more, as the kernel has them. */
static void transform_one(float v[TON_LINES]) {
    for (int step = 1; step < TON_LINES; step *= 2) {
        const float *const was = memcpy((float[TON_LINES]){0}, v, sizeof(float) * TON_LINES);
        for (int i = 0; i < TON_LINES; i++)
            v[i] = i & step ? was[i - step] - was[i] : was[i] + was[i + step];
    }
}

struct lines {
    struct ton_lines_gain gain;
    struct ton_lines_turns turns;
    struct ton_lines_filters filters;
    struct ton_lines_memory memory;
};

static void lines_make(struct lines *l, bool moves) {
    struct noise n = {11};
    memset(l, 0, sizeof *l);
    l->gain.moves = moves;
    l->gain.at = 5;
    for (int i = 0; i < TON_LINES; i++) {
        l->gain.gain[i] = (float)next(&n);
        l->gain.step[i] = (float)(1e-3 * next(&n));
        l->filters.b0[i] = (float)next(&n);
        l->filters.b1[i] = (float)next(&n);
        l->filters.a1[i] = (float)(0.9 * next(&n));
    }
    for (int p = 0; p < TON_LINES / 2; p++) {
        l->turns.cosine[p] = (float)next(&n);
        l->turns.sine[p] = (float)next(&n);
        l->turns.cosine_step[p] = (float)(1e-3 * next(&n));
        l->turns.sine_step[p] = (float)(1e-3 * next(&n));
    }
}

/* Mixed, turned, filtered and mixed into lines 16 to 31; one frame. */
static void lines_one(float v[2 * TON_LINES], struct lines *l, int frame) {
    const float at = (float)(l->gain.at + frame);
    for (int i = 0; i < TON_LINES; i++)
        v[i] *= l->gain.moves ? l->gain.gain[i] + l->gain.step[i] * at : l->gain.gain[i];
    transform_one(v);
    for (int p = 0; p < TON_LINES / 2; p++) {
        float *const a = &v[p], *const b = &v[p + TON_LINES / 2], left = *a;
        const float c = l->turns.cosine[p] + l->turns.cosine_step[p] * at;
        const float s = l->turns.sine[p] + l->turns.sine_step[p] * at;
        *a = c * left - s * *b;
        *b = s * left + c * *b;
    }
    for (int i = 0; i < TON_LINES; i++) {
        const float now = v[i] * 0.25F;
        v[i] = l->filters.b0[i] * now + l->filters.b1[i] * l->memory.in[i] +
               l->filters.a1[i] * l->memory.out[i];
        l->memory.in[i] = now;
        l->memory.out[i] = v[i];
    }
    float mixed[TON_LINES];
    memcpy(mixed, v, sizeof mixed);
    transform_one(mixed);
    for (int i = 0; i < TON_LINES; i++)
        v[TON_LINES + i] += mixed[i];
}

static void lines_all(struct lines *l, int first, int frames) {
    static float copies[TON_LINES][MOST_FRAMES];
    float *x[TON_LINES], *to[TON_LINES], *copy[TON_LINES];
    for (int i = 0; i < TON_LINES; i++) {
        x[i] = got[i] + first;
        to[i] = got[TON_LINES + i] + first;
        copy[i] = copies[i] + first;
    }
    const float *const *in = (const float *const *)x;
    const int at = l->gain.at;
    l->gain.at = at + first;
    ton_lines_mix(x, in, &l->gain, frames);
    l->gain.at = at;
    ton_lines_turn(x, &l->turns, at + first, frames);
    ton_lines_filter(x, in, &l->filters, &l->memory, frames);
    ton_lines_add_mixed(to, copy, in, frames);
    for (int i = 0; i < TON_LINES; i++)
        assert_memory_equal(to[i], copy[i], sizeof(float) * (size_t)frames);
}

static void check_lines(int lanes, int frames) {
    struct lines l;
    lines_make(&l, lanes % 2);
    for (int t = 0; t < frames; t++) {
        float v[2 * TON_LINES];
        for (int i = 0; i < 2 * TON_LINES; i++)
            v[i] = signal[i][t];
        lines_one(v, &l, t);
        for (int i = 0; i < 2 * TON_LINES; i++)
            wanted[i][t] = v[i];
    }
    lines_make(&l, lanes % 2);
    memcpy(got, signal, sizeof got);
    lines_all(&l, 0, frames / 3);
    lines_all(&l, frames / 3, frames - frames / 3);
    for (int i = 0; i < 2 * TON_LINES; i++)
        same(wanted[i], got[i], frames, "lines", i);
}

static void check_sums(int lanes, int frames) {
    const float *in[MOST_LANES];
    float gains[MOST_LANES];
    for (int k = 0; k < lanes; k++) {
        in[k] = signal[k];
        gains[k] = signal[k][1000];
    }
    for (int t = 0; t < frames; t++) {
        wanted[0][t] = 0.0F;
        for (int k = 0; k < lanes; k++)
            wanted[0][t] += gains[k] * signal[k][t];
    }
    ton_lines_sum(got[0], in, gains, lanes, frames);
    same(wanted[0], got[0], frames, "sum", 0);
}

static void sixteen_lines_side_by_side_are_each_by_itself(void **state) {
    (void)state;
    fill(8);
    everywhere(check_lines);
    everywhere(check_sums);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sections_side_by_side_are_sections_one_by_one),
        cmocka_unit_test(smoothing_side_by_side_is_smoothing_one_by_one),
        cmocka_unit_test(a_running_maximum_is_the_largest_of_its_window),
        cmocka_unit_test(a_release_in_octets_is_its_definition),
        cmocka_unit_test(a_moving_sum_is_the_sum_of_its_window),
        cmocka_unit_test(taps_are_added_in_their_order),
        cmocka_unit_test(levels_are_those_of_the_generic_set),
        cmocka_unit_test(every_bad_sample_is_found),
        cmocka_unit_test(sixteen_lines_side_by_side_are_each_by_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
