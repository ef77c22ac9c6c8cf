/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EBU Tech 3342: loudness range of the signals that are tones (5 and 6 are film sound that may not
 * be redistributed). */

#include "tone.h"

static void range_row(const char *what, const double *levels, int n, double expected) {
    struct tone t = tone_stereo();
    for (int i = 0; i < n; i++)
        tone_add(&t, levels[i], 20);
    row(what, tone_measure(&t, NULL).loudness_range_lu, expected, 1.0, 1.0);
}

static void the_range_of_steps_is_their_difference(void **state) {
    (void)state;
    range_row("3342-1 range", (const double[]){-20, -30}, 2, 10.0);
    range_row("3342-2 range", (const double[]){-20, -15}, 2, 5.0);
    range_row("3342-3 range", (const double[]){-40, -20}, 2, 20.0);
}

static void the_range_leaves_out_what_is_20_lu_under_the_mean(void **state) {
    (void)state;
    range_row("3342-4 range", (const double[]){-50, -35, -20, -35, -50}, 5, 15.0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_range_of_steps_is_their_difference),
        cmocka_unit_test(the_range_leaves_out_what_is_20_lu_under_the_mean),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
