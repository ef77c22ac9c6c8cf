/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows: the one declaration of a value. */
#include "promise.h"

#include "ton/arena.h"
#include "ton/json.h"
#include "ton/row.h"

static const char *const slopes[] = {"6 dB/oct", "24 dB/oct", NULL};
static const char *const types[] = {"bell", "high shelf", "low shelf", NULL};

static const struct ton_row band_rows[] = {
    {.key = "type",
     .kind = TON_CHOICE,
     .choices = types,
     .help = "Shape.",
     .flags = TON_ROW_REQUIRED},
    {.key = "gain", .unit = TON_UNIT_DB, .min = -24, .max = 24, .digits = 1, .help = "Gain."},
};

static const struct ton_row rows[] = {
    {.key = "threshold",
     .unit = TON_UNIT_DB,
     .min = -80,
     .max = 0,
     .def = -18,
     .digits = 1,
     .help = "Where it starts."},
    {.key = "high_pass",
     .unit = TON_UNIT_HZ,
     .min = 10,
     .max = 20000,
     .def = 10,
     .flags = TON_ROW_OFF_MIN,
     .scale = TON_LOGARITHMIC,
     .help = "Corner."},
    {.key = "key", .kind = TON_STRIP, .help = "Who it listens to."},
    {.key = "ratio",
     .unit = TON_UNIT_RATIO,
     .min = 1,
     .max = 100,
     .def = 4,
     .digits = 2,
     .flags = TON_ROW_INF_MAX,
     .help = "Slope."},
    {.key = "time",
     .kind = TON_TIME_NOTE,
     .unit = TON_UNIT_MS,
     .min = 1,
     .max = 4000,
     .def = -0.5f,
     .digits = 1,
     .help = "How late."},
    {.key = "bands",
     .kind = TON_GROUP,
     .rows = band_rows,
     .n_rows = 2,
     .n_max = 4,
     .help = "Bands."},
    {.key = "ping_pong", .kind = TON_SWITCH, .def = 1, .help = "Sides in turn."},
    {.key = "poles", .kind = TON_COUNT, .min = 1, .max = 8, .def = 2, .help = "Poles."},
    {.key = "slope",
     .kind = TON_CHOICE,
     .unit = TON_UNIT_DB_OCTAVE,
     .choices = slopes,
     .help = "How steep."},
    {.key = "fade",
     .unit = TON_UNIT_DB,
     .min = -144,
     .max = 12,
     .flags = TON_ROW_OFF_MIN,
     .help = "How loud."},
};

enum { N_ROWS = TON_N(rows), N_FLOATS = 4 + 1 + 4 * 2 + 4 };

static void a_table_takes_its_floats_and_defaults(void **state) {
    (void)state;
    float values[N_FLOATS + 1];
    assert_int_equal(ton_rows_floats(rows, N_ROWS), N_FLOATS);
    assert_int_equal(ton_row_floats(&rows[2]), 0);
    for (int i = 0; i <= N_FLOATS; i++)
        values[i] = 99;
    ton_rows_defaults(rows, N_ROWS, values);
    static const float expected[] = {-18, 10, 4, -0.5f, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 0, 0, 99};
    for (int i = 0; i <= N_FLOATS; i++)
        assert_true(values[i] == expected[i]);
}

static void a_path_as_people_write_it_finds_its_float(void **state) {
    (void)state;
    static const struct {
        const char *path;
        const struct ton_row *row;
        int index;
    } cases[] = {
        {"threshold", &rows[0], 0},
        {"high pass", &rows[1], 1},
        {"high_pass", &rows[1], 1},
        {"High-Pass", &rows[1], 1},
        {"key", &rows[2], -1},
        {"time", &rows[4], 3},
        {"bands", &rows[5], 4},
        {"band 1.type", &band_rows[0], 5},
        {"band 2.gain", &band_rows[1], 8},
        {"bands 4.gain", &band_rows[1], 12},
        {"band4.gain", &band_rows[1], 12},
        {"ping pong", &rows[6], 13},
        {"poles", &rows[7], 14},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int index = -7;
        const char *nearest = "x";
        assert_ptr_equal(ton_rows_find(rows, N_ROWS, cases[i].path, &index, &nearest),
                         cases[i].row);
        assert_int_equal(index, cases[i].index);
        assert_null(nearest);
    }
}

static void an_unknown_path_names_its_nearest_key(void **state) {
    (void)state;
    static const struct {
        const char *path, *nearest;
    } cases[] = {
        {"treshold", "threshold"},
        {"band 2.gian", "gain"},
        {"high pas", "high_pass"},
        {"zebra", NULL},
        {"", NULL},
        {"band 5.gain", "bands"},
        {"band 0.gain", "bands"},
        {"band.gain", "bands"},
        {"threshold.x", "threshold"},
        {"band 2.", NULL},
        {".gain", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *nearest = "x";
        int index = 0;
        assert_null(ton_rows_find(rows, N_ROWS, cases[i].path, &index, &nearest));
        if (cases[i].nearest)
            assert_string_equal(nearest, cases[i].nearest);
        else
            assert_null(nearest);
    }
}

static void values_are_read_and_printed(void **state) {
    (void)state;
    static const struct {
        const char *path, *text;
        double value;
        const char *printed;
    } cases[] = {
        {"threshold", "-18 dB", -18, "-18 dB"},
        {"high pass", "off", 10, "off"},
        {"high pass", "1.2 kHz", 1200, "1.2 kHz"},
        {"ratio", "inf", 100, "inf"},
        {"ratio", "inf:1", 100, "inf"},
        {"ratio", "2.5:1", 2.5, "2.5:1"},
        {"time", "250 ms", 250, "250 ms"},
        {"time", "1/4", -1, "1/4"},
        {"time", "1/8", -0.5, "1/8"},
        {"time", "1/8.", -0.75, "1/8."},
        {"time", "1/8t", -1.0 / 3, "1/8t"},
        {"time", "3/16", -0.75, "1/8."},
        {"time", "5/16", -1.25, "5/16"},
        {"time", "1/1", -4, "1/1"},
        {"band 1.type", "High-Shelf", 1, "high shelf"},
        {"ping pong", "no", 0, "off"},
        {"ping pong", "TRUE", 1, "on"},
        {"slope", "24 dB/oct", 1, "24 dB/oct"},
        {"slope", " 6dB/octave ", 0, "6 dB/oct"},
        {"poles", " 4 ", 4, "4"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct ton_row *row = ton_rows_find(rows, N_ROWS, cases[i].path, NULL, NULL);
        float value = 77;
        char printed[64];
        struct ton_err err = {.text = ""};
        if (ton_row_parse(&value, row, cases[i].text, &err) != TON_OK)
            fail_msg("%s: %s", cases[i].text, err.text);
        assert_true(fabs((double)value - cases[i].value) < 1e-6);
        assert_string_equal(ton_row_format(printed, sizeof printed, row, value), cases[i].printed);
    }
}

static void a_value_that_cannot_be_gets_its_own_sentence(void **state) {
    (void)state;
    static const struct {
        const char *path, *text, *sentence;
    } cases[] = {
        {"threshold", "-90 dB", "`threshold` is -90 dB, it must be between -80 dB and 0 dB"},
        {"threshold", "0.04 dB", "`threshold` is 0.04 dB, it must be between -80 dB and 0 dB"},
        {"threshold", "inf dB", "`threshold` is inf dB, it must be between -80 dB and 0 dB"},
        {"threshold", "-18", "`threshold`: `-18` has no unit; did you mean `-18 dB`?"},
        {"high pass", "30 kHz",
         "`high pass` is 30 kHz, it must be between 10 Hz and 20 kHz, or off; did you mean `30 "
         "Hz`?"},
        {"time", "1/5",
         "`time` is `1/5`, which is no note value; write for example `1/8`, "
         "`1/4.` or `1/8t`"},
        {"time", "1/8x",
         "`time` is `1/8x`, which is no note value; write for example `1/8`, "
         "`1/4.` or `1/8t`"},
        {"time", "0/8",
         "`time` is `0/8`, which is no note value; write for example `1/8`, "
         "`1/4.` or `1/8t`"},
        {"band 1.type", "hi shelf", "`type` cannot be `hi shelf`; did you mean `high shelf`?"},
        {"band 1.type", "notch",
         "`type` cannot be `notch`; `bell`, `high shelf` or `low shelf` was expected"},
        {"ping pong", "maybe", "`ping pong` is `maybe`, `on` or `off` was expected"},
        {"slope", "24", "`slope`: `24` has no unit; did you mean `24 dB/oct`?"},
        {"slope", "20 dB/oct",
         "`slope` cannot be `20 dB/oct`; `6 dB/oct` or `24 dB/oct` was expected"},
        {"slope", "24 dB",
         "`slope`: `24 dB` is a level in dB, a slope in dB/oct was expected; did you mean `24 "
         "dB/oct`?"},
        {"poles", "2.5", "`poles` is `2.5`, it must be a whole number between 1 and 8"},
        {"poles", "9", "`poles` is 9, it must be between 1 and 8"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct ton_row *row = ton_rows_find(rows, N_ROWS, cases[i].path, NULL, NULL);
        float value = 77;
        struct ton_err err = {.text = ""};
        assert_int_equal(ton_row_parse(&value, row, cases[i].text, &err), TON_INPUT);
        assert_string_equal(err.text, cases[i].sentence);
        assert_true(value == 77);
    }
}

static void a_value_on_its_way_keeps_to_the_scale(void **state) {
    (void)state;
    static const struct {
        const char *path, *from, *to;
        double t, expected;
    } cases[] = {
        {"high pass", "200 Hz", "2 kHz", 0.5, 632.455532},
        {"high pass", "2 kHz", "200 Hz", 0.25, 1124.682650},
        {"high pass", "200 Hz", "2 kHz", 0, 200},
        {"high pass", "200 Hz", "2 kHz", 1, 2000},
        {"high pass", "off", "200 Hz", 0.999, 10},
        {"high pass", "200 Hz", "off", 0.999, 200},
        {"high pass", "200 Hz", "off", 1, 10},
        {"threshold", "-18 dB", "-12 dB", 0.5, -15},
        {"fade", "0 dB", "off", 0.5, -6.0206},
        {"fade", "off", "6 dB", 0.25, -6.0412},
        {"ratio", "4:1", "inf", 0.5, 52},
        {"time", "100 ms", "400 ms", 0.5, 250},
        {"time", "1/4", "1/8", 0.5, -0.75},
        {"time", "1/4", "100 ms", 0.999, -1},
        {"ping pong", "on", "off", 0.999, 1},
        {"slope", "6 dB/oct", "24 dB/oct", 0.999, 0},
        {"poles", "1", "8", 0.999, 1},
    };
    for (int i = 0; i < TON_N(cases); i++) {
        const struct ton_row *row = ton_rows_find(rows, N_ROWS, cases[i].path, NULL, NULL);
        float from = 0, to = 0;
        assert_int_equal(ton_row_parse(&from, row, cases[i].from, NULL), TON_OK);
        assert_int_equal(ton_row_parse(&to, row, cases[i].to, NULL), TON_OK);
        const double at = (double)ton_row_between(row, from, to, cases[i].t);
        figure("%-9s %9s to %9s at %.3f: %.3f", cases[i].path, cases[i].from, cases[i].to,
               cases[i].t, at);
        assert_true(fabs(at - cases[i].expected) <= 1e-6 * fabs(cases[i].expected));
    }
}

static void the_schema_says_what_may_stand_there(void **state) {
    (void)state;
    struct ton_json *schema = ton_rows_schema(rows, N_ROWS);
    const struct ton_json *properties = ton_json_get(schema, "properties");
    assert_int_equal(ton_json_size(properties), N_ROWS);
    const struct ton_json *threshold = ton_json_get(properties, "threshold");
    assert_string_equal(ton_json_as_string(ton_json_get(threshold, "default")), "-18 dB");
    assert_string_equal(ton_json_as_string(ton_json_get(threshold, "description")),
                        "Where it starts. -80 dB to 0 dB.");
    assert_non_null(ton_json_get(properties, "high pass"));
    const struct ton_json *bands = ton_json_get(properties, "bands");
    assert_true(ton_json_as_number(ton_json_get(bands, "maxItems")) == 4);
    const struct ton_json *items = ton_json_get(bands, "items");
    assert_string_equal(ton_json_as_string(ton_json_at(ton_json_get(items, "required"), 0)),
                        "type");
    assert_null(ton_json_get(schema, "required"));
    ton_json_free(schema);
}

static void the_declaration_is_there_for_machines(void **state) {
    (void)state;
    struct ton_json *j = ton_row_json(&rows[5]);
    assert_string_equal(ton_json_as_string(ton_json_get(j, "kind")), "group");
    const struct ton_json *inner = ton_json_get(j, "rows");
    assert_int_equal(ton_json_size(inner), 2);
    const struct ton_json *type = ton_json_at(inner, 0);
    assert_int_equal(ton_json_size(ton_json_get(type, "choices")), 3);
    assert_string_equal(ton_json_as_string(ton_json_get(type, "default")), "bell");
    ton_json_free(j);
    j = ton_row_json(&rows[1]);
    assert_string_equal(ton_json_as_string(ton_json_get(j, "unit")), "Hz");
    assert_string_equal(ton_json_as_string(ton_json_get(j, "label")), "high pass");
    assert_true(ton_json_as_number(ton_json_get(j, "max")) == 20000);
    ton_json_free(j);
}

static void a_schema_without_memory_is_none(void **state) {
    (void)state;
    int failures = 0;
    for (long n = 1;; n++) {
        ton_alloc_fail_after(n);
        struct ton_json *schema = ton_rows_schema(rows, N_ROWS);
        char *text = ton_json_dump(schema, false);
        ton_alloc_fail_after(-1);
        bool whole = text != NULL;
        ton_json_free(schema);
        ton_free(text);
        if (whole)
            break;
        failures++;
    }
    figure("%d places to run out of memory", failures);
    assert_true(failures > 50);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_table_takes_its_floats_and_defaults),
        cmocka_unit_test(a_path_as_people_write_it_finds_its_float),
        cmocka_unit_test(an_unknown_path_names_its_nearest_key),
        cmocka_unit_test(values_are_read_and_printed),
        cmocka_unit_test(a_value_that_cannot_be_gets_its_own_sentence),
        cmocka_unit_test(a_value_on_its_way_keeps_to_the_scale),
        cmocka_unit_test(the_schema_says_what_may_stand_there),
        cmocka_unit_test(the_declaration_is_there_for_machines),
        cmocka_unit_test(a_schema_without_memory_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
