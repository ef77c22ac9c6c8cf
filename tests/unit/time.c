/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every way of writing a time, and what is said about what is none. */
#include "promise.h"

#include "ton/tempo.h"

static struct ton_tempo_map *map_of(struct ton_arena *a) {
    static const struct ton_tempo_entry entries[] = {{1, 1, 0, 96, 4, 4, false},
                                                     {17, 1, 0, 120, 3, 4, false}};
    struct ton_tempo_map *map = NULL;
    assert_int_equal(ton_tempo_create(&map, a, 48000, entries, 2, NULL), TON_OK);
    return map;
}

static void every_form_of_a_position_is_read_exactly(void **state) {
    (void)state;
    static const struct {
        const char *text;
        double fps;
        int64_t frames;
    } rows[] = {
        {"0:00", 25, 0},
        {"1:02.500", 25, 62 * 48000 + 24000},
        {"0:00.0000001", 25, 0},
        {"75:00", 25, INT64_C(75) * 60 * 48000},
        {"1:02:03.5", 25, (INT64_C(3723) * 2 + 1) * 24000},
        {"00:01:02:12", 25, 62 * 48000 + 12 * 1920},
        {"00:00:01:23", 24, 48000 + 46000},
        {"01:00:00:00", 30, INT64_C(3600) * 48000},
        /* 29.97 is 30000/1001: a frame is 1601.6 samples. */
        {"00:00:00:10", 29.97, 16016},
        {"00:01:00:00", 29.97, 2882880},
        /* Drop frame: 00:01:00;02 follows 00:00:59;29, ten minutes are 17982 frames. */
        {"00:01:00;02", 29.97, 2882880},
        {"00:10:00;00", 29.97, 28799971},
        {"01:00:00;00", 59.94, 172799827},
        {"00:00:01:00", 23.976, 48048},
        {"00:00:01:05", 10, 72000},
        {"00:00:10:00", 1, 480000},
        {"17|1", 25, 64 * 30000},
        {"17|1|0", 25, 64 * 30000},
        {"1|2|480", 25, 45000},
        {"18|3|240", 25, 64 * 30000 + 5 * 24000 + 6000},
        {"1|1|0.5", 25, 16},
        {"48000 samples", 25, 48000},
        {"1 sample", 25, 1},
    };
    struct ton_arena *a = ton_arena_create();
    const struct ton_tempo_map *map = map_of(a);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ton_err err = {0};
        int64_t frames = -1;
        enum ton_code code = ton_time_parse(&frames, rows[i].text, TON_TIME_POSITION, map, 48000,
                                            rows[i].fps, 0, &err);
        if (code != TON_OK || frames != rows[i].frames)
            printf("%s: %lld %s\n", rows[i].text, (long long)frames, err.text);
        assert_int_equal(code, TON_OK);
        assert_int_equal(frames, rows[i].frames);
    }
    ton_arena_destroy(a);
}

static void every_form_of_a_length_is_read_exactly(void **state) {
    (void)state;
    static const struct {
        const char *text;
        int64_t from, frames;
    } rows[] = {
        {"5 ms", 0, 240},
        {"5ms", 0, 240},
        {"2.5 s", 0, 120000},
        {"1 min", 0, 2880000},
        {"0:12.400", 0, 595200},
        {"480 samples", 0, 480},
        {"2 beats", 0, 60000},
        {"1 beat", 1920000, 24000},
        {"0.5 beats", 0, 15000},
        {"4 bars", 0, 480000},
        {"1 bar", 1920000, 72000},
        {"2 bars", 1920000 - 120000, 120000 + 72000},
        {"4 beats", 1920000 - 60000, 60000 + 48000},
        {"0", 0, 0},
    };
    struct ton_arena *a = ton_arena_create();
    const struct ton_tempo_map *map = map_of(a);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ton_err err = {0};
        int64_t frames = -1;
        enum ton_code code = ton_time_parse(&frames, rows[i].text, TON_TIME_LENGTH, map, 48000, 25,
                                            rows[i].from, &err);
        if (code != TON_OK || frames != rows[i].frames)
            printf("%s: %lld %s\n", rows[i].text, (long long)frames, err.text);
        assert_int_equal(code, TON_OK);
        assert_int_equal(frames, rows[i].frames);
    }
    ton_arena_destroy(a);
}

static void what_is_no_time_is_refused_with_the_right_form(void **state) {
    (void)state;
    static const struct {
        const char *text;
        enum ton_time_use use;
        bool with_map;
        const char *said;
    } rows[] = {
        {"17", TON_TIME_POSITION, true, "`17|1` (bar)"},
        {"17", TON_TIME_LENGTH, true, "`17 bars`"},
        {"", TON_TIME_POSITION, true, "is no time"},
        {"", TON_TIME_LENGTH, true, "is no length"},
        {"-1:00", TON_TIME_POSITION, true, "is no time"},
        {"1:-2", TON_TIME_POSITION, true, "is no time"},
        {"1:60", TON_TIME_POSITION, true, "go to 59"},
        {"1:60:00", TON_TIME_POSITION, true, "go to 59"},
        {"1:2:3:4:5", TON_TIME_POSITION, true, "is no time"},
        {"1.5:30", TON_TIME_POSITION, true, "is no time"},
        {"1:1", TON_TIME_POSITION, true,
         "have two digits; did you mean `1:01` (minutes:seconds) or `1|1` (bar|beat)?"},
        {"17:3:240", TON_TIME_POSITION, true, "go to 59; did you mean `17|3|240` (bar|beat|tick)?"},
        {"1:2:30", TON_TIME_POSITION, true,
         "did you mean `1:02:30` (hours:minutes:seconds) or `1|2|30` (bar|beat|tick)?"},
        {"0:5.25", TON_TIME_POSITION, true, "did you mean `0:05.250` (minutes:seconds)?"},
        {"1:4", TON_TIME_LENGTH, true, "did you mean `1:04` (minutes:seconds)?"},
        {"1:", TON_TIME_POSITION, true, "is no time"},
        {":30", TON_TIME_POSITION, true, "is no time"},
        {"1:30x", TON_TIME_POSITION, true, "is no time"},
        {"1;30", TON_TIME_POSITION, true, "is no time"},
        {"00:00:00:25", TON_TIME_POSITION, true, "frames below 25"},
        {"00:00:61:00", TON_TIME_POSITION, true, "no timecode"},
        {"00:00:01;00", TON_TIME_POSITION, true, "drop-frame timecode"},
        {"0|1", TON_TIME_POSITION, true, "counted from 1"},
        {"1|0", TON_TIME_POSITION, true, "counted from 1"},
        {"3|5", TON_TIME_POSITION, true, "bar 3 has 4 beats"},
        {"17|4", TON_TIME_POSITION, true, "bar 17 has 3 beats"},
        {"1|1|960", TON_TIME_POSITION, true, "0 to 959"},
        {"1|1|0|0", TON_TIME_POSITION, true, "is no time"},
        {"1|", TON_TIME_POSITION, true, "is no time"},
        {"1.5|1", TON_TIME_POSITION, true, "is no time"},
        {"9999999|1", TON_TIME_POSITION, true, "is no time"},
        {"17|1", TON_TIME_POSITION, false, "mean nothing here"},
        {"17|1", TON_TIME_LENGTH, true, "`4 bars`"},
        {"2 bars", TON_TIME_LENGTH, false, "means nothing here"},
        {"2 bars", TON_TIME_POSITION, true, "is a length, not a place"},
        {"20 s", TON_TIME_POSITION, true,
         "`20 s` is a length, not a place; did you mean `0:20.000`?"},
        {"500 MS", TON_TIME_POSITION, true, "did you mean `0:00.500`?"},
        {"130", TON_TIME_POSITION, true, "write `2:10.000`"},
        {"0", TON_TIME_POSITION, true, "write `0:00.000` (minutes:seconds); a place in bars"},
        {"9.1", TON_TIME_POSITION, true, "write `0:09.100` (minutes:seconds); a place in bars"},
        {"2|1.5", TON_TIME_POSITION, true, "did you mean `2|1|480`?"},
        {"2 metres", TON_TIME_LENGTH, true, "is no length"},
        {"1.5 samples", TON_TIME_LENGTH, true, "is no length"},
        {"999999:00", TON_TIME_POSITION, true, "more than 100 hours"},
        {"999999999999999999999 samples", TON_TIME_POSITION, true, "is no time"},
        {"99999999999999 bars", TON_TIME_LENGTH, true, "more than 100 hours"},
        {"1e5:00", TON_TIME_POSITION, true, "is no time"},
        {"0x10:00", TON_TIME_POSITION, true, "is no time"},
        {"nan", TON_TIME_LENGTH, true, "is no length"},
    };
    struct ton_arena *a = ton_arena_create();
    const struct ton_tempo_map *map = map_of(a);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ton_err err = {0};
        int64_t frames = 0;
        enum ton_code code = ton_time_parse(&frames, rows[i].text, rows[i].use,
                                            rows[i].with_map ? map : NULL, 48000, 25, 0, &err);
        if (code != TON_INPUT || !strstr(err.text, rows[i].said))
            printf("`%s`: %s\n", rows[i].text, err.text);
        assert_int_equal(code, TON_INPUT);
        assert_non_null(strstr(err.text, rows[i].said));
        assert_string_equal(err.where, "");
    }
    /* The number that drop-frame leaves out. */
    int64_t frames;
    struct ton_err err;
    assert_int_equal(
        ton_time_parse(&frames, "00:01:00;01", TON_TIME_POSITION, map, 48000, 29.97, 0, &err),
        TON_INPUT);
    assert_non_null(strstr(err.text, "leaves out"));
    ton_arena_destroy(a);
}

static void times_are_printed_as_they_are_read(void **state) {
    (void)state;
    static const struct {
        int64_t frames;
        const char *text;
    } rows[] = {{0, "0:00.000"},
                {62 * 48000 + 24000, "1:02.500"},
                {59 * 48000 + 47999, "1:00.000"},
                {INT64_C(3723) * 48000, "1:02:03.000"},
                {-48000, "-0:01.000"}};
    char text[32];
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_string_equal(ton_time_format(text, sizeof text, rows[i].frames, 48000),
                            rows[i].text);
    int wrong = 0;
    for (int64_t ms = 0; ms < 8000000; ms += 977) {
        int64_t back;
        ton_time_format(text, sizeof text, ms * 48, 48000);
        if (ton_time_parse(&back, text, TON_TIME_POSITION, NULL, 48000, 25, 0, NULL) != TON_OK ||
            back != ms * 48)
            wrong++;
    }
    figure("%d times printed and read back, %d wrong", 8000000 / 977 + 1, wrong);
    assert_int_equal(wrong, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_form_of_a_position_is_read_exactly),
        cmocka_unit_test(every_form_of_a_length_is_read_exactly),
        cmocka_unit_test(what_is_no_time_is_refused_with_the_right_form),
        cmocka_unit_test(times_are_printed_as_they_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
