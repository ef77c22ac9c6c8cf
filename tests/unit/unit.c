/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Values with units, read and printed. */
#include "promise.h"

#include "ton/unit.h"

#include <locale.h>

static void engineers_values_are_understood(void **state) {
    (void)state;
    static const struct {
        const char *text;
        enum ton_unit unit;
        double value;
    } cases[] = {
        {"-6 dB", TON_UNIT_DB, -6},
        {"-6dB", TON_UNIT_DB, -6},
        {"+3 dB", TON_UNIT_DB, 3},
        {"  -3.5 db ", TON_UNIT_DB, -3.5},
        {"\xe2\x88\x92"
         "6 dB",
         TON_UNIT_DB, -6},
        {"-inf dB", TON_UNIT_DB, -INFINITY},
        {"-inf", TON_UNIT_DB, -INFINITY},
        {"-\xe2\x88\x9e dB", TON_UNIT_DB, -INFINITY},
        {"0", TON_UNIT_DB, 0},
        {"-18 dBFS", TON_UNIT_DBFS, -18},
        {"-1 dBTP", TON_UNIT_DBTP, -1},
        {"-14 LUFS", TON_UNIT_LUFS, -14},
        {"-24 LKFS", TON_UNIT_LUFS, -24},
        {"6 LU", TON_UNIT_LU, 6},
        {"80 Hz", TON_UNIT_HZ, 80},
        {"1.2 kHz", TON_UNIT_HZ, 1200},
        {"1.2khz", TON_UNIT_HZ, 1200},
        {"20 ms", TON_UNIT_MS, 20},
        {"1.5 s", TON_UNIT_MS, 1500},
        {"1.5 s", TON_UNIT_S, 1.5},
        {"250 ms", TON_UNIT_S, 0.25},
        {"2 min", TON_UNIT_S, 120},
        {"50 %", TON_UNIT_PERCENT, 50},
        {"50%", TON_UNIT_PERCENT, 50},
        {"4:1", TON_UNIT_RATIO, 4},
        {"4", TON_UNIT_RATIO, 4},
        {"inf:1", TON_UNIT_RATIO, INFINITY},
        {"inf", TON_UNIT_RATIO, INFINITY},
        {"92 bpm", TON_UNIT_BPM, 92},
        {"64 samples", TON_UNIT_SAMPLES, 64},
        {"90 deg", TON_UNIT_DEGREES, 90},
        {"90°", TON_UNIT_DEGREES, 90},
        {"12 cents", TON_UNIT_CENTS, 12},
        {"-2 st", TON_UNIT_SEMITONES, -2},
        {"24 dB/oct", TON_UNIT_DB_OCTAVE, 24},
        {"24 bit", TON_UNIT_BITS, 24},
        {"192 kbps", TON_UNIT_KBPS, 192},
        {"20 GB", TON_UNIT_GB, 20},
        {"500MB", TON_UNIT_GB, 0.5},
        {"2 tb", TON_UNIT_GB, 2000},
        {"192k", TON_UNIT_KBPS, 192},
        {"L30", TON_UNIT_PAN, -30},
        {"r100", TON_UNIT_PAN, 100},
        {"C", TON_UNIT_PAN, 0},
        {"0", TON_UNIT_PAN, 0},
        {"12 dB/s", TON_UNIT_DB_S, 12},
        {".5", TON_UNIT_NONE, 0.5},
        {"1e-3", TON_UNIT_NONE, 1e-3},
        {"0.1 dB", TON_UNIT_DB, 0.1},
        {"-23.01 LUFS", TON_UNIT_LUFS, -23.01},
        {"0.30000000000000000000001", TON_UNIT_NONE, 0.3},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        double value = NAN;
        struct ton_err err = {.text = ""};
        if (ton_unit_parse(&value, cases[i].text, cases[i].unit, &err) != TON_OK)
            fail_msg("%s: %s", cases[i].text, err.text);
        if (value != cases[i].value)
            fail_msg("%s was read as %.17g", cases[i].text, value);
    }
    figure("%zu forms", sizeof cases / sizeof cases[0]);
}

static void a_wrong_value_gets_a_sentence_with_the_right_form(void **state) {
    (void)state;
    static const struct {
        const char *text;
        enum ton_unit unit;
        const char *sentence;
    } cases[] = {
        {"-18", TON_UNIT_DB, "`-18` has no unit; did you mean `-18 dB`?"},
        {"12 Hz", TON_UNIT_DB, "`12 Hz` is a frequency, a level in dB was expected"},
        {"-14 dB", TON_UNIT_LUFS,
         "`-14 dB` is a level in dB, a loudness in LUFS was expected; did you mean `-14 LUFS`?"},
        {"5 ms", TON_UNIT_NONE, "`5 ms` is a time, a plain number was expected"},
        {"1k2", TON_UNIT_HZ,
         "`1k2` ends in `k2`, which is no unit; a frequency in Hz or kHz was expected, for "
         "example `120 Hz`"},
        {"3k", TON_UNIT_HZ,
         "`3k` is a bit rate, a frequency in Hz or kHz was expected; did you mean `3 kHz`?"},
        {"97 bmp", TON_UNIT_BPM,
         "`97 bmp` ends in `bmp`, which is no unit; did you mean `97 bpm`?"},
        {"−5.5", TON_UNIT_DB, "`−5.5` has no unit; did you mean `−5.5 dB`?"},
        {"-18,25 dB", TON_UNIT_DB,
         "`-18,25 dB` has a comma; decimals are written with a point, as in `-18.25 dB`"},
        {"1,800 ms", TON_UNIT_MS,
         "`1,800 ms` has a comma; decimals are written with a point, as in `1.5 ms`"},
        {"1,5 dB", TON_UNIT_DB,
         "`1,5 dB` has a comma; decimals are written with a point, as in `1.5 dB`"},
        {"loud", TON_UNIT_DB, "`loud` is not a level in dB; write for example `-18 dB`"},
        {"", TON_UNIT_HZ,
         "there is no value; write a frequency in Hz or kHz, for example `120 Hz`"},
        {"L", TON_UNIT_PAN, "`L` is no pan position; did you mean `L100`?"},
        {"left", TON_UNIT_PAN, "`left` is no pan position; did you mean `L100`?"},
        {"hard right", TON_UNIT_PAN, "`hard right` is no pan position; did you mean `R100`?"},
        {"centre", TON_UNIT_PAN, "`centre` is no pan position; did you mean `C`?"},
        {"30L", TON_UNIT_PAN, "`30L` is no pan position; did you mean `L30`?"},
        {"30 % right", TON_UNIT_PAN, "`30 % right` is no pan position; did you mean `R30`?"},
        {"left 30", TON_UNIT_PAN, "`left 30` is no pan position; did you mean `L30`?"},
        {"<30", TON_UNIT_PAN, "`<30` is no pan position; did you mean `L30`?"},
        {"L30%", TON_UNIT_PAN, "`L30%` is no pan position; did you mean `L30`?"},
        {"-30", TON_UNIT_PAN, "`-30` has no side; did you mean `L30`?"},
        {"+30", TON_UNIT_PAN, "`+30` has no side; did you mean `R30`?"},
        {"- 30", TON_UNIT_PAN, "`- 30` has no side; did you mean `L30`?"},
        {"30", TON_UNIT_PAN, "`30` has no side; did you mean `L30` or `R30`?"},
        {"-3 dB", TON_UNIT_PAN,
         "`-3 dB` is a level in dB, a pan position (L100 … C … R100) was expected"},
        {"loud", TON_UNIT_PAN,
         "`loud` is not a pan position (L100 … C … R100); write for example `L30`"},
        {"nan", TON_UNIT_DB, "`nan` is not a level in dB; write for example `-18 dB`"},
        {"--6 dB", TON_UNIT_DB, "`--6 dB` is not a level in dB; write for example `-18 dB`"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        double value = 7;
        struct ton_err err = {.text = ""};
        assert_int_equal(ton_unit_parse(&value, cases[i].text, cases[i].unit, &err), TON_INPUT);
        assert_string_equal(err.text, cases[i].sentence);
        assert_string_equal(err.where, "");
        assert_true(value == 7);
    }
}

static void what_is_printed_can_be_read_again(void **state) {
    (void)state;
    static const double values[] = {-100, -60.25, -6,    -0.5, 0,    0.01,   0.3,
                                    1,    12,     440.5, 999,  1000, 1234.5, 20000};
    int n = 0;
    for (int unit = 0; unit < TON_N_UNITS; unit++) {
        for (size_t i = 0; i < sizeof values / sizeof values[0]; i++, n++) {
            char text[64];
            double value = NAN;
            ton_unit_format(text, sizeof text, values[i], (enum ton_unit)unit, 2);
            assert_int_equal(ton_unit_parse(&value, text, (enum ton_unit)unit, NULL), TON_OK);
            if (fabs(value - values[i]) > 1e-9)
                fail_msg("%.10g was printed as %s", values[i], text);
        }
    }
    figure("%d values", n);
}

static void values_are_printed_as_people_write_them(void **state) {
    (void)state;
    static const struct {
        double value;
        enum ton_unit unit;
        int digits;
        const char *text;
    } cases[] = {
        {-6, TON_UNIT_DB, 2, "-6 dB"},
        {-6.5, TON_UNIT_DB, 2, "-6.5 dB"},
        {-0.001, TON_UNIT_DB, 1, "0 dB"},
        {1200, TON_UNIT_HZ, 0, "1.2 kHz"},
        {80, TON_UNIT_HZ, 0, "80 Hz"},
        {1500, TON_UNIT_MS, 0, "1.5 s"},
        {4, TON_UNIT_RATIO, 1, "4:1"},
        {INFINITY, TON_UNIT_RATIO, 1, "inf"},
        {-INFINITY, TON_UNIT_DB, 1, "-inf dB"},
        {-30, TON_UNIT_PAN, 0, "L30"},
        {0, TON_UNIT_PAN, 0, "C"},
        {12.5, TON_UNIT_PAN, 1, "R12.5"},
        {0.05, TON_UNIT_NONE, 2, "0.05"},
        {NAN, TON_UNIT_LUFS, 1, "none"},
        {20, TON_UNIT_GB, 0, "20 GB"},
        {0.5, TON_UNIT_GB, 3, "500 MB"},
        {100000, TON_UNIT_GB, 3, "100 TB"},
        {1e300, TON_UNIT_NONE, 0, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[512];
        ton_unit_format(text, sizeof text, cases[i].value, cases[i].unit, cases[i].digits);
        if (cases[i].text)
            assert_string_equal(text, cases[i].text);
    }
    char small[4];
    ton_unit_format(small, sizeof small, -123.456, TON_UNIT_DB, 3);
    assert_string_equal(small, "-12");
}

static void an_amount_of_data_has_three_figures_and_the_unit_that_fits(void **state) {
    (void)state;
    static const struct {
        int64_t bytes;
        const char *text;
    } cases[] = {
        {0, "0 B"},
        {62, "62 B"},
        {999, "999 B"},
        {1000, "1 kB"},
        {62345, "62.3 kB"},
        {999499, "999 kB"},
        {999500, "1 MB"},
        {2400000, "2.4 MB"},
        {123456789, "123 MB"},
        {9994999999, "9.99 GB"},
        {20000000000, "20 GB"},
        {INT64_MAX, "9223372 TB"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[32];
        assert_string_equal(ton_bytes_format(text, sizeof text, cases[i].bytes), cases[i].text);
    }
}

static void a_locale_with_decimal_commas_changes_nothing(void **state) {
    (void)state;
    if (!setlocale(LC_ALL, "de_DE.UTF-8") && !setlocale(LC_ALL, "fr_FR.UTF-8"))
        skip_because("no locale with decimal commas is installed");
    double value = 0;
    char text[32];
    assert_int_equal(ton_unit_parse(&value, "1.5 dB", TON_UNIT_DB, NULL), TON_OK);
    assert_true(value == 1.5);
    assert_string_equal(ton_unit_format(text, sizeof text, 1.5, TON_UNIT_DB, 1), "1.5 dB");
    setlocale(LC_ALL, "C");
}

static void no_text_breaks_the_reader(void **state) {
    (void)state;
    static const char alphabet[] = "-+.0129eEinfLRCkHzdBms%: ,\xe2\x88\x92";
    unsigned seed = 1;
    int accepted = 0;
    for (int round = 0; round < 200000; round++) {
        char text[16];
        size_t n = 0;
        for (; n < sizeof text - 1; n++) {
            seed = seed * 1664525u + 1013904223u;
            text[n] = alphabet[(seed >> 16) % sizeof alphabet];
            if (!text[n])
                break;
        }
        text[n] = '\0';
        double value = 0;
        struct ton_err err = {.text = ""};
        enum ton_unit unit = (enum ton_unit)(round % TON_N_UNITS);
        if (ton_unit_parse(&value, text, unit, &err) == TON_OK) {
            accepted++;
            assert_false(isnan(value));
        } else {
            assert_true(err.text[0] != '\0');
        }
    }
    figure("%d of 200000 random texts are values", accepted);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(engineers_values_are_understood),
        cmocka_unit_test(a_wrong_value_gets_a_sentence_with_the_right_form),
        cmocka_unit_test(what_is_printed_can_be_read_again),
        cmocka_unit_test(values_are_printed_as_people_write_them),
        cmocka_unit_test(an_amount_of_data_has_three_figures_and_the_unit_that_fits),
        cmocka_unit_test(a_locale_with_decimal_commas_changes_nothing),
        cmocka_unit_test(no_text_breaks_the_reader),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
