/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Delivery specs: every built-in one reads, and a file is held to it to the hundredth. */

#include "promise.h"

#include "ton/path.h"
#include "ton/spec.h"
#include "ton/text.h"

#include <unistd.h>

struct bench {
    struct ton_arena *arena;
    struct ton_problems problems;
    struct ton_audio_info info;
    struct ton_measurement measured;
    struct ton_held held;
};

static void open_bench(struct bench *b) {
    *b = (struct bench){.arena = ton_arena_create()};
    ton_problems_init(&b->problems, b->arena);
    b->info = (struct ton_audio_info){.container = "WAV",
                                      .encoding = "PCM 24-bit",
                                      .rate = 48000,
                                      .channels = 2,
                                      .bits = 24,
                                      .lossless = true,
                                      .frames = 48000 * 60};
    b->measured = (struct ton_measurement){.integrated_lufs = -23.0,
                                           .loudness_range_lu = 6.0,
                                           .max_momentary_lufs = -18.0,
                                           .max_short_term_lufs = -19.0,
                                           .true_peak_dbtp = -3.0,
                                           .sample_peak_dbfs = -3.2,
                                           .rms_dbfs = -20.0,
                                           .correlation = 0.6,
                                           .noise_floor_dbfs = -70.0};
    b->held = (struct ton_held){
        .info = &b->info, .measured = &b->measured, .noise_floor_dbfs = -70.0, .kbps = 2304.0};
}

static struct ton_verdict hold(struct bench *b, const char *name) {
    struct ton_spec *spec = NULL;
    struct ton_err err = {0};
    struct ton_verdict verdict;
    if (ton_spec_find(&spec, b->arena, name, NULL, &b->problems, &err))
        fail_msg("%s: %s", name, err.text);
    assert_int_equal(ton_spec_hold(&verdict, b->arena, spec, &b->held, &err), TON_OK);
    return verdict;
}

/* `2026-11`, or `no` for a number from memory. */
static bool is_reading(const char *read) {
    int year, month, length = 0;
    if (ton_text_same(read, "no"))
        return true;
    return read && sscanf(read, "%4d-%2d%n", &year, &month, &length) == 2 && length == 7 &&
           !read[length] && year >= 2026 && month >= 1 && month <= 12;
}

static void every_built_in_spec_reads(void **state) {
    (void)state;
    struct bench b;
    open_bench(&b);
    int checks = 0, without_source = 0, from_memory = 0;
    for (int i = 0; i < ton_spec_count(); i++) {
        struct ton_spec *spec = NULL;
        struct ton_err err = {0};
        if (ton_spec_find(&spec, b.arena, ton_spec_name(i), NULL, &b.problems, &err))
            fail_msg("%s: %s %s", ton_spec_name(i), err.where, err.text);
        assert_string_equal(spec->name, ton_spec_name(i));
        for (int k = 0; k < spec->n_checks; k++) {
            without_source += !spec->checks[k].source || !is_reading(spec->checks[k].read);
            from_memory += ton_text_same(spec->checks[k].read, "no");
        }
        checks += spec->n_checks;
    }
    figure("%d specs, %d checks, %d without source or date, %d from memory", ton_spec_count(),
           checks, without_source, from_memory);
    assert_true(ton_spec_count() >= 20);
    assert_int_equal(without_source, 0);
    assert_int_equal((int)b.problems.n, 0);
    ton_arena_destroy(b.arena);
}

static void a_miss_is_told_with_its_amount(void **state) {
    (void)state;
    struct bench b;
    open_bench(&b);
    assert_int_equal(hold(&b, "ebu-r128").n_failed, 0);
    b.measured.integrated_lufs = -21.9;
    b.measured.true_peak_dbtp = -0.9;
    const struct ton_verdict v = hold(&b, "ebu-r128");
    assert_int_equal(v.n_failed, 2);
    for (int i = 0; i < v.n; i++)
        figure("%s", v.remarks[i].text);
    assert_non_null(strstr(v.remarks[0].text, "0.9 LU too high"));
    assert_non_null(strstr(v.remarks[1].text, "0.1 dB too high"));
    ton_arena_destroy(b.arena);
}

static void a_limit_is_a_limit(void **state) {
    (void)state;
    struct bench b;
    open_bench(&b);
    b.measured.true_peak_dbtp = -1.0;
    assert_int_equal(hold(&b, "ebu-r128").n_failed, 0);
    b.measured.true_peak_dbtp = -0.99;
    assert_int_equal(hold(&b, "ebu-r128").n_failed, 1);
    b.measured.true_peak_dbtp = -3.0;
    b.measured.integrated_lufs = -23.21;
    assert_int_equal(hold(&b, "ebu-r128").n_failed, 1);
    ton_arena_destroy(b.arena);
}

static void channels_are_counted_as_people_count_them(void **state) {
    (void)state;
    struct bench b;
    open_bench(&b);
    static const struct {
        int channels;
        const char *spec, *sentence;
    } cases[] = {{1, "cd", "1 channel, 2 are asked for (IEC 60908)"},
                 {2, "podcast-mono", "2 channels, 1 is asked for (podcast practice)"},
                 {6, "acx", "6 channels, 1 or 2 are asked for (ACX)"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        bool said = false;
        b.info.channels = cases[i].channels;
        const struct ton_verdict v = hold(&b, cases[i].spec);
        for (int k = 0; k < v.n; k++)
            said |= ton_text_same(v.remarks[k].text, cases[i].sentence);
        figure("%s", cases[i].sentence);
        assert_true(said);
    }
    ton_arena_destroy(b.arena);
}

static void a_spec_tells_what_it_asks(void **state) {
    (void)state;
    struct bench b;
    struct ton_spec *spec = NULL;
    struct ton_err err = {0};
    open_bench(&b);
    assert_int_equal(ton_spec_find(&spec, b.arena, "ebu-r128", NULL, &b.problems, &err), TON_OK);
    assert_string_equal(ton_check_word(&spec->checks[0]), "integrated loudness");
    assert_string_equal(ton_check_asks(b.arena, &spec->checks[0]), "-23 LUFS ±0.2 LU");
    assert_string_equal(ton_check_asks(b.arena, &spec->checks[1]), "at most -1 dBTP");
    assert_true(spec->n_notes >= 3);
    figure("%d notes, the first: %s", spec->n_notes, spec->notes[0]);
    assert_non_null(strstr(spec->notes[0], "Live"));
    ton_arena_destroy(b.arena);
}

/* The first remark on the loudness; "" when there is none. */
static const char *on_loudness(struct bench *b, const char *spec) {
    const struct ton_verdict v = hold(b, spec);
    for (int i = 0; i < v.n; i++)
        if (strstr(v.remarks[i].text, "integrated loudness"))
            return v.remarks[i].text;
    return "";
}

static void advice_tells_how_far_a_service_turns(void **state) {
    (void)state;
    struct bench b;
    open_bench(&b);
    b.measured.integrated_lufs = -14.0;
    figure("%s", on_loudness(&b, "apple-music"));
    assert_string_equal(on_loudness(&b, "apple-music"),
                        "integrated loudness -14 LUFS is 2 LU over the target; Apple Music asks "
                        "for -16 LUFS ±1 LU");
    assert_string_equal(on_loudness(&b, "spotify"), "");
    ton_arena_destroy(b.arena);
}

static void songs_of_an_album_are_advised_on_the_album(void **state) {
    (void)state;
    struct bench b;
    open_bench(&b);
    b.measured.integrated_lufs = -20.84;
    b.held.of_album = true;
    b.held.album_lufs = -14.0;
    assert_string_equal(on_loudness(&b, "spotify"), "");
    b.held.album_lufs = -9.0;
    figure("%s", on_loudness(&b, "spotify"));
    assert_non_null(
        strstr(on_loudness(&b, "spotify"), "-9 LUFS, asked of the album, is 5 LU over"));
    figure("%s", on_loudness(&b, "ebu-r128"));
    assert_non_null(strstr(on_loudness(&b, "ebu-r128"), "1.96 LU too high")); /* what is required */
    ton_arena_destroy(b.arena);
}

static void silence_misses_a_loudness_and_says_why(void **state) {
    (void)state;
    struct bench b;
    open_bench(&b);
    b.measured.integrated_lufs = NAN;
    const struct ton_verdict v = hold(&b, "ebu-r128");
    assert_int_equal(v.n_failed, 1);
    assert_non_null(strstr(v.remarks[0].text, "does not exist"));
    b.measured.rms_dbfs = -(double)INFINITY;
    const struct ton_verdict book = hold(&b, "acx");
    figure("%s", book.remarks[0].text);
    assert_string_equal(book.remarks[0].text, "rms of silence; ACX asks for -23 dBFS to -18 dBFS");
    ton_arena_destroy(b.arena);
}

static void the_format_is_held_too(void **state) {
    (void)state;
    struct bench b;
    open_bench(&b);
    b.info.rate = 44100;
    b.info.container = "MP3";
    b.info.lossless = false;
    b.held.kbps = 128;
    b.measured.rms_dbfs = -20.0;
    const struct ton_verdict v = hold(&b, "acx");
    for (int i = 0; i < v.n; i++)
        figure("%s", v.remarks[i].text);
    assert_int_equal(v.n_failed, 1); /* the bit rate alone */
    assert_non_null(strstr(v.remarks[0].text, "64 kbps too low"));
    ton_arena_destroy(b.arena);
}

static void a_length_is_short_or_long_and_told_in_minutes(void **state) {
    (void)state;
    struct bench b;
    open_bench(&b);
    b.info.rate = 44100;
    b.info.frames = 2 * 44100;
    const struct ton_verdict v = hold(&b, "cd");
    const char *text = "";
    for (int i = 0; i < v.n; i++)
        text = strstr(v.remarks[i].text, "duration") ? v.remarks[i].text : text;
    figure("%s", text);
    assert_non_null(
        strstr(text, "duration 2 s is 2 s too short; IEC 60908 asks for 4 s to 79.8 min"));
    ton_arena_destroy(b.arena);
}

static void an_unknown_spec_gets_the_nearest_name(void **state) {
    (void)state;
    struct bench b;
    open_bench(&b);
    struct ton_spec *spec = NULL;
    struct ton_err err = {0};
    assert_int_equal(ton_spec_find(&spec, b.arena, "spotfy", NULL, &b.problems, &err), TON_INPUT);
    assert_non_null(strstr(err.text, "`spotify`"));
    ton_arena_destroy(b.arena);
}

/* A production's own spec: all its mistakes are said, each with its place. */
static void assert_mistakes(const char *text, int n) {
    char folder[] = "/tmp/ton-spec-XXXXXX", path[128], specs[64];
    assert_non_null(mkdtemp(folder));
    snprintf(specs, sizeof specs, "%s/specs", folder);
    snprintf(path, sizeof path, "%s/own.yaml", specs);
    struct ton_err err = {0};
    assert_int_equal(ton_path_make_folders(specs, &err), TON_OK);
    assert_int_equal(ton_path_write(path, text, strlen(text), &err), TON_OK);
    struct bench b;
    open_bench(&b);
    struct ton_spec *spec = NULL;
    assert_int_equal(ton_spec_find(&spec, b.arena, "own", folder, &b.problems, &err), TON_INPUT);
    for (size_t i = 0; i < b.problems.n; i++)
        figure("%s: %s", strrchr(b.problems.items[i].where, '/') + 1, b.problems.items[i].text);
    assert_int_equal((int)b.problems.n_errors, n);
    ton_arena_destroy(b.arena);
    unlink(path);
    rmdir(specs);
    rmdir(folder);
}

static void a_broken_spec_shows_every_mistake(void **state) {
    (void)state;
    assert_mistakes("tonmeister: 1\nname: own\ntitle: Own\nchecks:\n"
                    "  integrated loudnes: {target: -20 LUFS, tolerance: 1 LU, level: "
                    "required, source: me, read: no}\n"
                    "  true peak: {maximum: -1 Hz, level: required, source: me, read: "
                    "no}\n"
                    "  rms: {maximum: -1 dBFS, level: maybe, source: me, read: no}\n",
                    3);
}

/* Files would be made, and every one of them would miss such a check. */
static void a_check_that_nothing_can_pass_is_a_mistake(void **state) {
    (void)state;
    assert_mistakes("tonmeister: 1\nname: own\ntitle: Own\nchecks:\n"
                    "  channels: {one of: [stereo], level: required, source: me, read: no}\n"
                    "  rate: {one of: [48, 44.1 kHz], level: required, source: me, read: no}\n"
                    "  rms: {minimum: -18 dBFS, maximum: -23 dBFS, level: required, source: me, "
                    "read: no}\n"
                    "  true peak: {target: -1 dBTP, tolerance: -1 dB, level: required, source: me, "
                    "read: no}\n"
                    "  container: {one of: [flak], level: required, source: me, read: no}\n"
                    "  bits: {one of: [16 bit, 24 bit], level: required, source: me, read: no}\n",
                    5);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_built_in_spec_reads),
        cmocka_unit_test(a_miss_is_told_with_its_amount),
        cmocka_unit_test(a_limit_is_a_limit),
        cmocka_unit_test(channels_are_counted_as_people_count_them),
        cmocka_unit_test(a_spec_tells_what_it_asks),
        cmocka_unit_test(advice_tells_how_far_a_service_turns),
        cmocka_unit_test(songs_of_an_album_are_advised_on_the_album),
        cmocka_unit_test(silence_misses_a_loudness_and_says_why),
        cmocka_unit_test(the_format_is_held_too),
        cmocka_unit_test(a_length_is_short_or_long_and_told_in_minutes),
        cmocka_unit_test(an_unknown_spec_gets_the_nearest_name),
        cmocka_unit_test(a_broken_spec_shows_every_mistake),
        cmocka_unit_test(a_check_that_nothing_can_pass_is_a_mistake),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
