/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which lines of an input list are neighbours. */
#include "promise.h"

#include "ton/inputs.h"
#include "ton/row.h"

static const struct ton_input stage[] = {
    {.name = "Kick In"},
    {.name = "Kick Out"},
    {.name = "Snare Top"},
    {.name = "Snare Bot"},
    {.name = "Tom 1"},
    {.name = "Tom 2"},
    {.name = "OH (L)"},
    {.name = "OH (R)"},
    {.name = "AMBL"},
    {.name = "AMBR"},
    {.name = "CabIn"},
    {.name = "CabOut"},
    {.name = "Left Piano"},
    {.name = "right Piano"},
    {.name = "Gtr L Close"},
    {.name = "Gtr R Far"},
    {.name = "Far", .pair = "Vox"},
    {.name = "Vox"},
    {.name = "Flügel L"},
    {.name = "Flügel R"},
    {.name = "Cello in"},
    {.name = "Cello Inside"},
    {.name = "L"},
    {.name = "R"},
    {.name = "SNR TOP"},
    {.name = "SNR BOTTOM"},
    {.name = "Spot-1"},
    {.name = "spot 1"},
    {.name = "Rack Top"},
    {.name = "Rack Under"},
};

/* Per line, the one beside it; -1: none. */
static const int beside[] = {1,  0,  3,  2,  -1, -1, 7,  6,  9,  8,  11, 10, 13, 12, -1,
                             -1, 17, 16, 19, 18, -1, -1, 23, 22, 25, 24, -1, -1, 29, 28};

static void names_tell_what_hears_a_drum_from_below(void **state) {
    (void)state;
    static const char *const beneath[] = {"Snare Bottom", "SNR BTM", "SnareBot", "under snare"};
    static const char *const others[] = {"Snare Top", "Bottle", "Thunder", "Kick Out", "Robot"};
    for (int i = 0; i < TON_N(beneath); i++)
        assert_true(ton_input_is_beneath(&(struct ton_input){.name = beneath[i]}));
    for (int i = 0; i < TON_N(others); i++)
        assert_false(ton_input_is_beneath(&(struct ton_input){.name = others[i]}));
}

static void names_tell_who_is_held_against_whom(void **state) {
    (void)state;
    int pairs = 0;
    assert_int_equal(TON_N(stage), TON_N(beside));
    for (int i = 0; i < TON_N(stage); i++) {
        const int found = ton_input_neighbour(stage, TON_N(stage), i);
        if (found != beside[i])
            fail_msg("%s: %s", stage[i].name, found < 0 ? "alone" : stage[found].name);
        pairs += found > i;
    }
    figure("%d pairs among %d inputs", pairs, TON_N(stage));
}

static void what_is_written_counts_more_than_names(void **state) {
    (void)state;
    const struct ton_input lines[] = {{.name = "OH L", .pair = "Spot"},
                                      {.name = "OH R"},
                                      {.name = "Spot"},
                                      {.name = "Room", .pair = "Hall"}};
    assert_int_equal(ton_input_neighbour(lines, 4, 0), 2);
    assert_int_equal(ton_input_neighbour(lines, 4, 2), 0);
    assert_int_equal(ton_input_neighbour(lines, 4, 1), -1);
    assert_int_equal(ton_input_neighbour(lines, 4, 3), -1); /* refused when it was read */
    assert_int_equal(ton_input_find(lines, 4, "Spot"), 2);
    assert_int_equal(ton_input_find(lines, 4, "spot"), -1);
}

static void the_next_number_is_a_line_that_may_hear_the_same(void **state) {
    (void)state;
    const struct ton_input lines[] = {
        {.name = "Overhead 2"}, {.name = "overhead 1"}, {.name = "Tom 9"},
        {.name = "Tom 10"},     {.name = "OH1"},        {.name = "OH2"},
        {.name = "Vox"},        {.name = "Tom 12"},     {.name = "Room 9"}};
    static const int next[] = {-1, 0, 3, -1, 5, -1, -1, -1, -1};
    for (int i = 0; i < TON_N(lines); i++)
        assert_int_equal(ton_input_next(lines, TON_N(lines), i), next[i]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_tell_what_hears_a_drum_from_below),
        cmocka_unit_test(names_tell_who_is_held_against_whom),
        cmocka_unit_test(what_is_written_counts_more_than_names),
        cmocka_unit_test(the_next_number_is_a_line_that_may_hear_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
