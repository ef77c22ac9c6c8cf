/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is said of two lines that belong together: the sides of an instrument, a DI and its amp. */

#include "line_rig.h"
#include "measure/line_pairs.h"

#include "ton/order.h"

enum { WINDOW = 5 * RATE, FRAMES = 2 * WINDOW };

static float *line_new(void) {
    float *x = ton_alloc(FRAMES * sizeof(float));
    assert_non_null(x);
    return x;
}

/* Notes of an instrument, with rests between some of them. */
static float *notes_new(uint32_t seed) {
    static const double notes[] = {98.0, 146.83, 196.0, 220.0, 293.66, 329.63, 440.0};
    float *x = line_new();
    rig_seed = seed;
    for (int64_t at = 2 * (int64_t)(seed % 7000); at < FRAMES;) {
        const int64_t length = (int64_t)((0.3 + 0.25 * fabs(rig_random())) * RATE);
        const int which = (int)(3.5 * (1.0 + rig_random()));
        if (rig_random() > -0.4)
            add_note(x, at, ton_least(at + length, FRAMES), RATE, notes[ton_least(which, 6)], 0.3,
                     0.25);
        at += length;
    }
    return x;
}

static void add(float *out, const float *x, double gain) {
    for (int i = 0; i < FRAMES; i++)
        out[i] += (float)(gain * (double)x[i]);
}

struct said {
    struct ton_arena *arena;
    struct ton_line_checked lines[2];
};

/* Two lines through everything that a check does with its windows. */
static struct said said_of(const struct ton_input inputs[2], float *const x[2]) {
    struct said said = {.arena = ton_arena_create()};
    struct line_sum sums[2] = {{.windows = 0}};
    struct line_remarks remarks[2] = {{.arena = said.arena}, {.arena = said.arena}};
    const struct ton_line_config config = {.rate = RATE, .period_frames = 1024};
    struct line_pairs pairs;
    struct ton_err err;
    line_pairs_make(&pairs, said.arena, inputs, 2);
    for (int64_t from = 0; from < FRAMES; from += WINDOW) {
        const float *const in[2] = {x[0] + from, x[1] + from};
        for (int i = 0; i < 2; i++) {
            const struct ton_line line = measured_with(in[i], WINDOW, RATE, 1024);
            line_sum_add(&sums[i], &line);
        }
        assert_int_equal(line_pairs_add(&pairs, in, 2, WINDOW, &config, &err), TON_OK);
    }
    for (int i = 0; i < 2; i++) {
        said.lines[i].input = &inputs[i];
        line_judge(&remarks[i], &said.lines[i], &sums[i], NULL);
    }
    line_pairs_judge(&pairs, remarks, inputs, sums, RATE);
    for (int i = 0; i < 2; i++)
        line_conclude(&remarks[i], &said.lines[i]);
    return said;
}

/* What is said of the two together; NULL: nothing. `n` counts. */
static const struct ton_check_remark *between(const struct said *said, int *n) {
    static const char *const kinds[] = {"duplicate", "polarity", "time", "crosstalk"};
    const struct ton_check_remark *found = NULL;
    *n = 0;
    for (int i = 0; i < 2; i++)
        for (int r = 0; r < said->lines[i].n_remarks; r++)
            for (int k = 0; k < 4; k++)
                if (strcmp(said->lines[i].remarks[r].kind, kinds[k]) == 0) {
                    found = &said->lines[i].remarks[r];
                    ++*n;
                }
    return found;
}

/* Two instruments, each so loud on both sides. */
struct mix {
    const char *what;
    double left[2], right[2];
    const char *kind;
    enum ton_checked weight;
};

static const struct mix mixes[] = {
    {"the same on both sides", {1, 0}, {1, 0}, "duplicate", TON_CHECKED_OK},
    {"one, 18 dB to the left", {1, 0}, {0.126, 0}, "duplicate", TON_CHECKED_OK},
    {"two, 14 and 18 dB apart", {1, 0.2}, {0.126, 1}, NULL, TON_CHECKED_OK},
    {"a plug the wrong way round", {1, 0}, {-0.9, 0}, "polarity", TON_CHECKED_FAULT},
};

static struct said said_of_mix(const struct mix *mix, const char *source, const char *const *names,
                               const float *const played[2]) {
    const struct ton_input inputs[2] = {
        {.name = names[0], .source = source, .level_dbfs = -18},
        {.name = names[1], .source = source, .level_dbfs = -18},
    };
    float *x[2] = {line_new(), line_new()};
    for (int k = 0; k < 2; k++) {
        add(x[0], played[k], mix->left[k]);
        add(x[1], played[k], mix->right[k]);
        add_noise(x[k], FRAMES, -92.0);
    }
    const struct said said = said_of(inputs, x);
    ton_free(x[0]);
    ton_free(x[1]);
    return said;
}

static void what_comes_by_wire_may_be_stereo_or_mono(void **state) {
    (void)state;
    static const char *const names[2] = {"Keys L", "Keys R"};
    static const char *const sources[] = {"line", "DI", "active DI +48V", "digital"};
    float *played[2] = {notes_new(7), notes_new(4711)};
    for (int i = 0; i < (int)(sizeof mixes / sizeof *mixes); i++) {
        const struct mix *mix = &mixes[i];
        const struct said said = said_of_mix(mix, sources[i], names, (const float *const *)played);
        int n;
        const struct ton_check_remark *remark = between(&said, &n);
        figure("%s: %s: %s", mix->what, remark ? ton_checked_name(remark->weight) : "-",
               remark ? remark->found : "nothing");
        assert_in_range(n, mix->kind ? 1 : 0, 1);
        assert_int_equal(remark ? remark->weight : TON_CHECKED_OK, mix->weight);
        assert_true(!mix->kind || strcmp(remark->kind, mix->kind) == 0);
        ton_arena_destroy(said.arena);
    }
    ton_free(played[0]);
    ton_free(played[1]);
}

static void one_signal_on_two_lines_that_do_not_belong_together_is_a_fault(void **state) {
    (void)state;
    static const char *const names[][2] = {{"Keys", "Sampler"}, {"OH L", "OH R"}};
    static const char *const sources[] = {"line", "condenser"};
    float *played[2] = {notes_new(7), notes_new(4711)};
    for (int i = 0; i < 2; i++) {
        const struct said said =
            said_of_mix(&mixes[0], sources[i], names[i], (const float *const *)played);
        int n;
        const struct ton_check_remark *remark = between(&said, &n);
        assert_true(n == 1 && remark->weight == TON_CHECKED_FAULT);
        figure("%s, %s: %s", names[i][0], names[i][1], remark->found);
        assert_string_equal(remark->kind, "duplicate");
        ton_arena_destroy(said.arena);
    }
    ton_free(played[0]);
    ton_free(played[1]);
}

/* An amplifier driven into its curve, its loudspeaker above 3 kHz down, half a metre away. */
static void add_amp(float *out, const float *x) {
    enum { AIR = RATE * 3 / 2000 }; /* 1.5 ms */
    const double c = 1 - exp(-2 * M_PI * 3000 / RATE);
    double low = 0;
    for (int i = AIR; i < FRAMES; i++) {
        low += c * (0.5 * tanh(4 * (double)x[i - AIR]) - low);
        out[i] += (float)low;
    }
}

static void a_di_and_the_amp_beside_it_hear_each_other(void **state) {
    (void)state;
    const struct ton_input inputs[2] = {
        {.name = "Bass DI", .source = "DI", .level_dbfs = -18, .pair = "Bass Amp"},
        {.name = "Bass Amp", .source = "dynamic", .level_dbfs = -18},
    };
    static const double below_db[] = {0, 8, 12, 16};
    float *played = notes_new(7);
    for (int i = 0; i < 4; i++) {
        float *x[2] = {line_new(), line_new()};
        add(x[0], played, rig_gain(-below_db[i]));
        add_amp(x[1], played);
        add_noise(x[0], FRAMES, -90.0);
        add_noise(x[1], FRAMES, -78.0);
        const struct said said = said_of(inputs, x);
        int n;
        const struct ton_check_remark *remark = between(&said, &n);
        figure("DI %2.0f dB down: %s", below_db[i], remark ? remark->found : "nothing");
        assert_int_equal(n, 1);
        assert_string_equal(remark->kind, "time");
        assert_int_equal(remark->weight, TON_CHECKED_OK);
        ton_arena_destroy(said.arena);
        ton_free(x[0]);
        ton_free(x[1]);
    }
    ton_free(played);
}

/* As the kit was recorded: the wires below the drum hear it upside down. */
static void a_real_microphone_below_a_snare_drum_is_no_fault(void **state) {
    (void)state;
    if (!test_data())
        skip_because("no recordings (TON_DATA)");
    struct recording top = recording_of("multitrack/drums-multimic-funk138/snare-top.flac");
    struct recording bottom = recording_of("multitrack/drums-multimic-funk138/snare-bottom.flac");
    static const struct {
        const char *name, *polarity;
        enum ton_checked weight;
    } cases[] = {
        {"Snare Bottom", NULL, TON_CHECKED_ATTENTION},
        {"Snare Bottom", "inverted", TON_CHECKED_OK},
        {"Snare 2", NULL, TON_CHECKED_FAULT},
    };
    assert_true(top.frames >= FRAMES && bottom.frames >= FRAMES);
    for (int i = 0; i < 3; i++) {
        const struct ton_input inputs[2] = {
            {.name = "Snare Top", .source = "dynamic", .level_dbfs = -18, .pair = cases[i].name},
            {.name = cases[i].name,
             .source = "dynamic",
             .level_dbfs = -18,
             .polarity = cases[i].polarity},
        };
        const struct said said = said_of(inputs, (float *const[]){top.x, bottom.x});
        int n;
        const struct ton_check_remark *remark = between(&said, &n);
        assert_int_equal(n, 1);
        figure("%s: %s: %s", cases[i].name, ton_checked_name(remark->weight), remark->found);
        assert_int_equal(remark->weight, cases[i].weight);
        ton_arena_destroy(said.arena);
    }
    ton_free(top.x);
    ton_free(bottom.x);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_comes_by_wire_may_be_stereo_or_mono),
        cmocka_unit_test(one_signal_on_two_lines_that_do_not_belong_together_is_a_fault),
        cmocka_unit_test(a_real_microphone_below_a_snare_drum_is_no_fault),
        cmocka_unit_test(a_di_and_the_amp_beside_it_hear_each_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
