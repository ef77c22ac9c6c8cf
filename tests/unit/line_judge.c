/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is said of lines whose figures are known. */

#include "line_rig.h"
#include "measure/line_pairs.h"

#include "ton/session.h"

static struct ton_arena *arena;

static int start(void **state) {
    (void)state;
    arena = ton_arena_create();
    return arena ? 0 : -1;
}

static int finish(void **state) {
    (void)state;
    ton_arena_destroy(arena);
    return 0;
}

/* A microphone that was played for some seconds, as it should be. */
static struct line_sum played(double seconds) {
    struct line_sum sum = {.windows = 4};
    struct ton_line *line = &sum.line;
    line->quiet_seconds = 20 - seconds;
    line->signal_seconds = seconds;
    line->noise.rms_dbfs = -75;
    line->noise.a_dbfs = -78;
    line->phone_dbfs = line->hum.total_dbfs = line->clipping.level_dbfs = NAN;
    line->tone_hz = line->tone_dbfs = NAN;
    line->peak_dbfs = -9;
    line->rms_dbfs = -22;
    line->crest_db = 13;
    line->seconds_at[18] = (int)seconds;
    return sum;
}

/* The remark of a kind; NULL. */
static const struct ton_check_remark *remark_of(const struct ton_line_checked *line,
                                                const char *kind) {
    for (int i = 0; i < line->n_remarks; i++)
        if (strcmp(line->remarks[i].kind, kind) == 0)
            return &line->remarks[i];
    return NULL;
}

static struct ton_input overheads[2] = {{.name = "OH L", .source = "condenser", .level_dbfs = -18},
                                        {.name = "OH R", .source = "condenser", .level_dbfs = -18}};

static struct ton_line_checked judged_second(const struct line_pairs *pairs,
                                             const struct ton_input inputs[2],
                                             const struct line_sum sums[2]) {
    struct line_remarks remarks[2] = {{.arena = arena}, {.arena = arena}};
    struct ton_line_checked lines[2] = {{.input = &inputs[0]}, {.input = &inputs[1]}};
    for (int i = 0; i < 2; i++) {
        struct line_other other;
        const bool side = line_pairs_other(&other, pairs, inputs, sums, i);
        line_judge(&remarks[i], &lines[i], &sums[i], side ? &other : NULL);
    }
    line_pairs_judge(pairs, remarks, inputs, sums, RATE);
    line_conclude(&remarks[1], &lines[1]);
    return lines[1];
}

/* The second of two neighbours that both sounded for some seconds. */
static struct ton_line_checked second_of(const struct ton_input inputs[2], double seconds,
                                         enum ton_polarity polarity) {
    const struct line_sum sums[2] = {played(seconds), played(seconds)};
    struct line_pairs pairs;
    line_pairs_make(&pairs, arena, inputs, 2);
    assert_true(pairs.n == 1 && pairs.items[0].neighbours);
    pairs.items[0].windows = sums[0].windows;
    pairs.items[0].polarity = polarity;
    pairs.items[0].confidence = 0.48;
    pairs.items[0].delay_frames = polarity == TON_POLARITY_UNDECIDED ? NAN : 20;
    return judged_second(&pairs, inputs, sums);
}

static struct ton_line_checked overhead_after(double seconds, enum ton_polarity polarity) {
    return second_of(overheads, seconds, polarity);
}

static void a_polarity_is_judged_by_what_is_expected(void **state) {
    (void)state;
    static const struct {
        const char *names[2], *declared[2];
        enum ton_polarity polarity;
        enum ton_checked verdict;
    } cases[] = {
        {{"OH L", "OH R"}, {NULL, "normal"}, TON_POLARITY_REVERSED, TON_CHECKED_FAULT},
        {{"Snare Top", "Snare Bottom"}, {NULL, NULL}, TON_POLARITY_REVERSED, TON_CHECKED_ATTENTION},
        {{"Sn Under", "Sn Top"}, {NULL, NULL}, TON_POLARITY_REVERSED, TON_CHECKED_ATTENTION},
        {{"Snare Top", "Snare Btm"}, {NULL, NULL}, TON_POLARITY_NORMAL, TON_CHECKED_OK},
        {{"Snare Top", "Snare Btm"}, {NULL, "inverted"}, TON_POLARITY_REVERSED, TON_CHECKED_OK},
        {{"Snare Top", "Snare Btm"}, {NULL, "inverted"}, TON_POLARITY_NORMAL, TON_CHECKED_FAULT},
        {{"OH L", "OH R"}, {"inverted", "normal"}, TON_POLARITY_REVERSED, TON_CHECKED_OK},
        {{"OH L", "OH R"}, {"inverted", "inverted"}, TON_POLARITY_NORMAL, TON_CHECKED_OK},
        {{"OH L", "OH R"}, {"inverted", "inverted"}, TON_POLARITY_REVERSED, TON_CHECKED_FAULT},
        {{"OH L", "OH R"}, {NULL, "inverted"}, TON_POLARITY_UNDECIDED, TON_CHECKED_OPEN},
    };
    for (int i = 0; i < (int)(sizeof cases / sizeof *cases); i++) {
        struct ton_input *inputs = TON_NEW_N(arena, struct ton_input, 2);
        assert_non_null(inputs);
        for (int k = 0; k < 2; k++)
            inputs[k] = (struct ton_input){.name = cases[i].names[k],
                                           .source = "dynamic",
                                           .level_dbfs = -18,
                                           .polarity = cases[i].declared[k]};
        const struct ton_line_checked line = second_of(inputs, 10, cases[i].polarity);
        const struct ton_check_remark *said = remark_of(&line, "polarity");
        said = said ? said : remark_of(&line, "time");
        assert_non_null(said);
        figure("%s: %s: %s", inputs[1].name, ton_checked_name(said->weight), said->found);
        assert_int_equal(line.verdict, cases[i].verdict);
    }
}

/* Whether `key: value` may stand at a track. */
static bool track_takes(const char *yaml) {
    struct ton_session *session;
    struct ton_problems problems;
    struct ton_err err;
    const char *text =
        ton_arena_printf(arena, "tonmeister: 1\ntracks:\n  A:\n    %s\n    clips: []\n", yaml);
    ton_problems_init(&problems, arena);
    const enum ton_code code =
        ton_session_parse(&session, arena, "x.yaml", text, strlen(text), NULL, &problems, &err);
    for (size_t i = 0; i < problems.n; i++)
        figure("`%s`: %s", yaml, problems.items[i].text);
    return code == TON_OK && problems.n == 0;
}

/* How many pieces of YAML a remedy quotes; each of them must be understood. */
static int quoted_of(const char *remedy) {
    int n = 0;
    for (const char *at = remedy; at && (at = strchr(at, '`'));) {
        const char *end = strchr(++at, '`');
        assert_non_null(end);
        const char *quoted = ton_arena_printf(arena, "%.*s", (int)(end - at), at);
        if (strstr(quoted, ": ")) {
            assert_true(track_takes(quoted));
            n++;
        }
        at = end + 1;
    }
    return n;
}

static void what_is_told_to_be_written_at_a_track_is_understood_there(void **state) {
    (void)state;
    const struct ton_line_checked line = overhead_after(10, TON_POLARITY_REVERSED);
    int n = 0;
    assert_false(track_takes("polarity: reversed"));
    for (int i = 0; i < line.n_remarks; i++)
        n += quoted_of(line.remarks[i].remedy);
    figure("%d pieces of YAML in %d remarks", n, line.n_remarks);
    assert_true(n > 0);
}

static void what_is_clipped_is_not_blamed_for_its_edges(void **state) {
    (void)state;
    for (int clipped = 0; clipped < 2; clipped++) {
        struct line_sum sum = played(10);
        struct line_remarks remarks = {.arena = arena};
        struct ton_line_checked line = {.input = &overheads[0]};
        sum.slipping = 2;
        sum.line.crackle.slips = 12;
        sum.line.crackle.slip_frames = 2400;
        sum.line.clipping.flat_tops = clipped * 100;
        line_judge(&remarks, &line, &sum, NULL);
        line_conclude(&remarks, &line);
        assert_int_equal(remark_of(&line, "clock") != NULL, !clipped);
        assert_int_equal(remark_of(&line, "clipping") != NULL, clipped);
    }
}

static void a_pair_whose_polarity_is_not_known_yet_is_open(void **state) {
    (void)state;
    static const struct {
        double seconds;
        enum ton_polarity polarity;
        enum ton_checked verdict;
    } cases[] = {
        {0.2, TON_POLARITY_UNDECIDED, TON_CHECKED_OK}, /* nothing that both could hear */
        {7.0, TON_POLARITY_UNDECIDED, TON_CHECKED_OPEN},
        {29.0, TON_POLARITY_UNDECIDED, TON_CHECKED_OPEN},
        {31.0, TON_POLARITY_UNDECIDED, TON_CHECKED_OK}, /* more of it tells no more */
        {7.0, TON_POLARITY_NORMAL, TON_CHECKED_OK},
        {7.0, TON_POLARITY_REVERSED, TON_CHECKED_FAULT},
    };
    for (int i = 0; i < (int)(sizeof cases / sizeof *cases); i++) {
        const struct ton_line_checked line = overhead_after(cases[i].seconds, cases[i].polarity);
        const struct ton_check_remark *said = remark_of(&line, "polarity");
        figure("%4.1f s heard: %s: %s", cases[i].seconds, ton_checked_name(line.verdict),
               said ? said->found : "-");
        assert_int_equal(line.verdict, cases[i].verdict);
        assert_int_equal(said != NULL,
                         cases[i].seconds > 1 && cases[i].polarity != TON_POLARITY_NORMAL);
        /* Nobody reads it as a probability, which it is not. */
        if (cases[i].polarity == TON_POLARITY_REVERSED)
            assert_true(said->lead == 0.48 && !strchr(said->found, '%'));
        if (line.verdict == TON_CHECKED_OPEN)
            assert_true(said == &line.remarks[0] && said->remedy); /* what is in order comes last */
    }
}

/* What is said of the second of two lines whose names end in numbers; `*none`: no two are compared.
 */
static struct ton_line_checked numbered(const char *source, enum ton_polarity polarity,
                                        bool *none) {
    static struct ton_input inputs[2];
    const struct line_sum sums[2] = {played(9), played(9)};
    struct line_pairs pairs;
    for (int i = 0; i < 2; i++)
        inputs[i] = (struct ton_input){
            .name = i ? "Overhead 2" : "Overhead 1", .source = source, .level_dbfs = -18};
    line_pairs_make(&pairs, arena, inputs, 2);
    assert_true(pairs.n == 1 && pairs.items[0].numbered && pairs.items[0].history);
    pairs.items[0].windows = 4;
    pairs.items[0].polarity = polarity;
    pairs.items[0].delay_frames = polarity == TON_POLARITY_UNDECIDED ? NAN : 20;
    *none = line_pairs_none(&pairs, inputs, 2);
    return judged_second(&pairs, inputs, sums);
}

static void numbered_microphones_are_compared_and_their_polarity_is_for_people_to_judge(
    void **state) {
    (void)state;
    bool none;
    struct ton_line_checked line = numbered("condenser", TON_POLARITY_REVERSED, &none);
    const struct ton_check_remark *said = remark_of(&line, "polarity");
    assert_non_null(said);
    figure("%s; %s", said->found, said->remedy);
    assert_true(line.verdict == TON_CHECKED_ATTENTION && said == &line.remarks[0] && !none);
    assert_non_null(strstr(said->remedy, "`pair: Overhead 1`"));
    line = numbered("condenser", TON_POLARITY_NORMAL, &none);
    assert_true(line.verdict == TON_CHECKED_OK && remark_of(&line, "time") && !none);
    /* That nothing is known of them is no reason to go on playing, but it is told. */
    line = numbered("condenser", TON_POLARITY_UNDECIDED, &none);
    assert_true(line.verdict == TON_CHECKED_OK && none);
    /* Two synthesizers have to do with each other only what was played on them. */
    line = numbered("DI", TON_POLARITY_REVERSED, &none);
    assert_true(line.verdict == TON_CHECKED_OK && !none);
    line = numbered("DI", TON_POLARITY_UNDECIDED, &none);
    assert_false(none);
}

/* A line of which nothing but its level is of interest. */
static struct ton_line_checked line_at(double peak_dbfs, double rms_dbfs, double seconds) {
    static const struct ton_input tom = {.name = "Tom", .source = "dynamic", .level_dbfs = -18};
    struct line_sum sum = played(seconds);
    struct line_remarks remarks = {.arena = arena};
    struct ton_line_checked line = {.input = &tom};
    sum.line.peak_dbfs = peak_dbfs;
    sum.line.rms_dbfs = rms_dbfs;
    line_judge(&remarks, &line, &sum, NULL);
    line_conclude(&remarks, &line);
    return line;
}

static void a_level_is_told_with_the_peaks_that_are_wanted(void **state) {
    (void)state;
    static const struct {
        double peak, rms, gain;
        enum ton_checked verdict;
    } cases[] = {
        {-2, -25, -7, TON_CHECKED_ATTENTION},    {-9, -30, 0, TON_CHECKED_OK},
        {-13.8, -37, 0, TON_CHECKED_OK},         {-17.9, -32, 0, TON_CHECKED_OK},
        {-21.7, -42, 13, TON_CHECKED_ATTENTION}, {-19, -20, 0, TON_CHECKED_OK},
        {-29.8, -46, 21, TON_CHECKED_ATTENTION},
    };
    for (int i = 0; i < (int)(sizeof cases / sizeof *cases); i++) {
        const struct ton_line_checked line = line_at(cases[i].peak, cases[i].rms, 10);
        const struct ton_check_remark *said = remark_of(&line, "level");
        assert_non_null(said);
        figure("%s: %s: %s", ton_checked_name(line.verdict), said->found,
               said->remedy ? said->remedy : "-");
        assert_int_equal(line.verdict, cases[i].verdict);
        assert_true(fabs(line.gain_db - cases[i].gain) < 0.1);
        assert_non_null(strstr(said->found, "(-12 to -6 are wanted)"));
    }
}

static void spill_and_a_plug_that_is_put_in_are_not_played(void **state) {
    (void)state;
    const struct ton_line_checked spill = line_at(-35.1, -56, 20), plug = line_at(-20, -25, 0.1);
    figure("%s, gain %g", spill.remarks[0].found, spill.gain_db);
    assert_true(spill.verdict == TON_CHECKED_OPEN && isnan(spill.gain_db));
    assert_true(plug.verdict == TON_CHECKED_OPEN && remark_of(&plug, "quiet"));
}

/* Five seconds of noise with so many samples in a row at full scale, in so many places. */
static struct ton_line_checked clipped_line(const char *source, int in_a_row, int places) {
    enum { FRAMES = 5 * RATE };
    struct ton_input *input = TON_NEW(arena, struct ton_input);
    float *x = ton_alloc(FRAMES * sizeof(float));
    assert_true(input && x);
    *input = (struct ton_input){.name = "Line", .source = source, .level_dbfs = -18};
    add_noise(x, FRAMES, -80);
    add_noise(x + RATE, 3 * RATE, -26);
    for (int p = 0; p < places; p++)
        for (int i = 0; i < in_a_row; i++)
            x[2 * RATE + 4801 * p + i] = p % 2 ? -1.0F : 1.0F;
    struct line_sum sum = {.windows = 0};
    struct line_remarks remarks = {.arena = arena};
    struct ton_line_checked line = {.input = input};
    const struct ton_line window = measured(x, FRAMES, RATE);
    line_sum_add(&sum, &window);
    line_judge(&remarks, &line, &sum, NULL);
    line_conclude(&remarks, &line);
    ton_free(x);
    return line;
}

static void a_sample_at_full_scale_is_no_fault_and_three_in_a_row_are(void **state) {
    (void)state;
    static const struct {
        const char *source;
        int in_a_row, places;
        enum ton_checked weight;
    } cases[] = {
        {"dynamic", 1, 1, TON_CHECKED_ATTENTION}, {"line", 2, 3, TON_CHECKED_ATTENTION},
        {"digital", 1, 3, TON_CHECKED_OK},        {"digital", 2, 1, TON_CHECKED_OK},
        {"dynamic", 3, 1, TON_CHECKED_FAULT},     {"digital", 3, 1, TON_CHECKED_FAULT},
        {"line", 40, 2, TON_CHECKED_FAULT},
    };
    for (int i = 0; i < (int)(sizeof cases / sizeof *cases); i++) {
        const struct ton_line_checked line =
            clipped_line(cases[i].source, cases[i].in_a_row, cases[i].places);
        const struct ton_check_remark *said = remark_of(&line, "clipping");
        figure("%s, %d times %d: %s", cases[i].source, cases[i].places, cases[i].in_a_row,
               said ? said->found : "-");
        assert_int_equal(said ? said->weight : TON_CHECKED_OK, cases[i].weight);
        assert_int_equal(line.line.clipping.overs, cases[i].in_a_row > 2 ? cases[i].places : 0);
        assert_int_equal(remark_of(&line, "level") != NULL, cases[i].weight != TON_CHECKED_FAULT);
    }
}

/* What its name alone says to come by wire is asked for as much as a DI, not for a microphone's. */
static void noise_is_weighed_by_what_the_line_comes_from(void **state) {
    (void)state;
    static const struct {
        const char *source;
        bool wired;
        double noise;
        enum ton_checked weight;
    } cases[] = {
        {NULL, false, -65, TON_CHECKED_OK},          {NULL, true, -65, TON_CHECKED_ATTENTION},
        {NULL, true, -69, TON_CHECKED_OK},           {NULL, true, -50, TON_CHECKED_FAULT},
        {"line", false, -69, TON_CHECKED_ATTENTION}, {"DI", false, -65, TON_CHECKED_ATTENTION},
        {"dynamic", true, -65, TON_CHECKED_OK},
    };
    for (int i = 0; i < TON_N(cases); i++) {
        const struct ton_input keys = {
            .name = "Keys", .source = cases[i].source, .wired = cases[i].wired, .level_dbfs = -18};
        struct line_sum sum = {.windows = 1};
        struct line_remarks remarks = {.arena = arena};
        struct ton_line_checked line = {.input = &keys};
        ton_line_none(&sum.line);
        sum.line.noise.a_dbfs = cases[i].noise;
        line_judge(&remarks, &line, &sum, NULL);
        line_conclude(&remarks, &line);
        const struct ton_check_remark *const said = remark_of(&line, "noise");
        assert_non_null(said);
        figure("%s, %s: %s: %s", cases[i].source ? cases[i].source : "no source",
               cases[i].wired ? "wired" : "not wired", ton_checked_name(said->weight), said->found);
        assert_int_equal(said->weight, cases[i].weight);
    }
}

/* A check of four windows, of which so many hum. */
static void hum_is_handed_out_when_most_windows_have_it(void **state) {
    (void)state;
    for (int humming = 0; humming <= 4; humming++) {
        struct line_sum sum = {.windows = 0};
        struct line_remarks remarks = {.arena = arena};
        struct ton_line_checked line = {.input = &overheads[0]};
        for (int w = 0; w < 4; w++) {
            struct ton_line window = played(9).line;
            window.hum = (struct ton_line_hum){
                .cause = w < humming ? TON_HUM_INDUCED : TON_HUM_NONE,
                .hz = w < humming ? 50 : NAN,
                .total_dbfs = w < humming ? -60 : NAN,
            };
            line_sum_add(&sum, &window);
        }
        line_judge(&remarks, &line, &sum, NULL);
        line_conclude(&remarks, &line);
        const bool told = remark_of(&line, "hum");
        figure("%d of 4: %s, %g dBFS", humming, told ? "told" : "-", line.line.hum.total_dbfs);
        assert_int_equal(told, humming > 2);
        assert_int_equal(line.line.hum.cause != TON_HUM_NONE, told);
        assert_int_equal(!isnan(line.line.hum.total_dbfs), told);
    }
}

static void a_floor_that_is_not_known_is_not_told(void **state) {
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct line_sum sum = played(9);
        struct line_remarks remarks = {.arena = arena};
        struct ton_line_checked line = {.input = &overheads[0]};
        sum.line.noise.a_dbfs = sum.line.noise.rms_dbfs = i ? NAN : -INFINITY;
        line_judge(&remarks, &line, &sum, NULL);
        line_conclude(&remarks, &line);
        assert_null(remark_of(&line, "noise"));
    }
}

/* Windows of a tone of `tone` dBFS, the last three with something that hides whether it is pure. */
static struct ton_line_checked toned(double tone, double hum) {
    struct line_sum sum = {.windows = 0};
    struct line_remarks remarks = {.arena = arena};
    struct ton_line_checked line = {.input = &overheads[0]};
    for (int i = 0; i < 5; i++) {
        struct ton_line window = played(5).line;
        window.crackle.slip_frames = NAN;
        if (i < 2) {
            window.tone_hz = 50;
            window.tone_dbfs = tone - i;
        } else {
            window.hum.cause = TON_HUM_INDUCED;
            window.hum.total_dbfs = hum;
        }
        line_sum_add(&sum, &window);
    }
    line_judge(&remarks, &line, &sum, NULL);
    line_conclude(&remarks, &line);
    return line;
}

static void a_line_up_tone_is_in_order_and_a_weak_one_is_for_people_to_find(void **state) {
    (void)state;
    const struct ton_line_checked at_level = toned(-20, -20.5), weak = toned(-45, -45),
                                  both = toned(-20, -40);
    const struct ton_check_remark *said = remark_of(&at_level, "tone");
    figure("%s", said ? said->found : "-");
    assert_true(said && said->weight == TON_CHECKED_OK && !said->remedy);
    assert_null(remark_of(&at_level, "hum"));
    said = remark_of(&weak, "tone");
    figure("%s; %s", said ? said->found : "-", said ? said->remedy : "-");
    assert_true(said && said->weight == TON_CHECKED_ATTENTION && said->remedy);
    assert_null(remark_of(&weak, "hum"));
    assert_non_null(remark_of(&both, "hum"));
}

/* Of 12 windows, `n` with slips at `frames` that chance would make so often. */
static struct ton_line_checked slipping(int n, double frames, double chance) {
    struct line_sum sum = {.windows = 0};
    struct line_remarks remarks = {.arena = arena};
    struct ton_line_checked line = {.input = &overheads[0]};
    for (int i = 0; i < 12; i++) {
        struct ton_line window = played(5).line;
        const bool slips = i >= 4 && i < 4 + n;
        window.crackle.slips = slips ? 6 : 0;
        window.crackle.slip_frames = slips ? frames : NAN;
        window.crackle.slip_chance = slips ? chance : 1.0;
        line_sum_add(&sum, &window);
    }
    line_judge(&remarks, &line, &sum, NULL);
    line_conclude(&remarks, &line);
    return line;
}

static void another_clock_shows_twice_or_is_no_chance(void **state) {
    (void)state;
    const struct ton_line_checked machine = slipping(1, 11250, 3e-6),
                                  lone = slipping(1, 33333, 1e-9), twice = slipping(2, 33333, 3e-6);
    const struct ton_check_remark *said = remark_of(&lone, "clock");
    assert_null(remark_of(&machine, "clock"));
    assert_int_equal(machine.line.crackle.slips, 0);
    assert_true(said && said->weight == TON_CHECKED_ATTENTION);
    said = remark_of(&twice, "clock");
    assert_true(said && said->weight == TON_CHECKED_FAULT);
    figure("%s", said->found);
    assert_int_equal(twice.line.crackle.slips, 12);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(another_clock_shows_twice_or_is_no_chance, start, finish),
        cmocka_unit_test_setup_teardown(a_pair_whose_polarity_is_not_known_yet_is_open, start,
                                        finish),
        cmocka_unit_test_setup_teardown(what_is_told_to_be_written_at_a_track_is_understood_there,
                                        start, finish),
        cmocka_unit_test_setup_teardown(
            numbered_microphones_are_compared_and_their_polarity_is_for_people_to_judge, start,
            finish),
        cmocka_unit_test_setup_teardown(a_level_is_told_with_the_peaks_that_are_wanted, start,
                                        finish),
        cmocka_unit_test_setup_teardown(what_is_clipped_is_not_blamed_for_its_edges, start, finish),
        cmocka_unit_test_setup_teardown(spill_and_a_plug_that_is_put_in_are_not_played, start,
                                        finish),
        cmocka_unit_test_setup_teardown(a_sample_at_full_scale_is_no_fault_and_three_in_a_row_are,
                                        start, finish),
        cmocka_unit_test_setup_teardown(a_polarity_is_judged_by_what_is_expected, start, finish),
        cmocka_unit_test_setup_teardown(noise_is_weighed_by_what_the_line_comes_from, start,
                                        finish),
        cmocka_unit_test_setup_teardown(hum_is_handed_out_when_most_windows_have_it, start, finish),
        cmocka_unit_test_setup_teardown(a_floor_that_is_not_known_is_not_told, start, finish),
        cmocka_unit_test_setup_teardown(
            a_line_up_tone_is_in_order_and_a_weak_one_is_for_people_to_find, start, finish),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
