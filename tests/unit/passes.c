/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which of a loop's takes is heard. */
#include "promise.h"

#include "passes.h"

enum { START = 1000, END = 5000, MOST = 32 };

/* Takes as a recorder tells of them. */
struct rig {
    struct ton_recorded takes[MOST];
    struct ton_recorded_clip clips[MOST];
    int n;
};

/* One pass, in the order in which they end. */
static void pass(struct rig *r, int track, int number, int pass, int64_t from, int64_t to) {
    r->clips[r->n] = (struct ton_recorded_clip){.at = from, .frames = to - from};
    r->takes[r->n] = (struct ton_recorded){.track = track,
                                           .number = number,
                                           .press = number - pass,
                                           .pass = pass,
                                           .finished = true,
                                           .clips = &r->clips[r->n],
                                           .n_clips = to > from};
    r->n++;
}

/* `wanted` has a letter a take: h heard, . beneath. */
static void hears(const struct rig *r, const char *wanted) {
    char got[MOST + 1] = "";
    bool heard[MOST];
    struct ton_arena *arena = ton_arena_create();
    assert_true(passes_find_heard(heard, arena, r->takes, r->n));
    for (int i = 0; i < r->n; i++)
        got[i] = heard[i] ? 'h' : '.';
    ton_arena_destroy(arena);
    assert_string_equal(got, wanted);
}

static void the_last_whole_pass_is_heard(void **state) {
    (void)state;
    struct rig r = {0};
    for (int i = 0; i < 3; i++)
        pass(&r, 0, 1 + i, i, START, END);
    hears(&r, "..h");
    pass(&r, 0, 4, 3, START, END - 1); /* stopped a frame before the end */
    hears(&r, "..h.");
}

static void one_pass_is_heard_whole_or_not(void **state) {
    (void)state;
    struct rig r = {0};
    pass(&r, 0, 1, 0, START, START + 17);
    hears(&r, "h");
    struct rig none = {0};
    pass(&none, 0, 1, 0, START, START); /* nothing came in */
    hears(&none, "h");
}

static void a_pass_without_sound_lies_beneath_one_with(void **state) {
    (void)state;
    struct rig r = {0};
    pass(&r, 0, 1, 0, START, END);
    pass(&r, 0, 2, 1, START, START); /* stopped as it began */
    hears(&r, "h.");
}

/* It rolled from before the loop, or was pressed within it: neither is shorter or longer than
 * others for having been played so. */
static void the_first_pass_may_begin_elsewhere(void **state) {
    (void)state;
    struct rig before = {0};
    pass(&before, 0, 1, 0, 0, END);
    pass(&before, 0, 2, 1, START, END);
    hears(&before, ".h");
    pass(&before, 0, 3, 2, START, START + 100);
    hears(&before, ".h.");
    struct rig within = {0};
    pass(&within, 0, 1, 0, START + 3000, END);
    pass(&within, 0, 2, 1, START, START + 3500); /* longer, but not to the end */
    hears(&within, "h.");
}

static void each_press_is_for_itself(void **state) {
    (void)state;
    struct rig r = {0};
    pass(&r, 0, 1, 0, START, END);
    pass(&r, 0, 2, 1, START, END);
    pass(&r, 0, 3, 0, START, START + 10); /* pressed again, and stopped */
    pass(&r, 0, 4, 0, START, END);
    pass(&r, 0, 5, 1, START, START + 10);
    hears(&r, ".hhh.");
}

/* A file was there already: the loop's next pass took the number behind it. */
static void passes_are_together_though_their_numbers_leap(void **state) {
    (void)state;
    struct rig r = {0};
    pass(&r, 0, 1, 0, START, END);
    pass(&r, 0, 3, 1, START, END);
    r.takes[1].press = 1;
    pass(&r, 0, 4, 2, START, END - 1);
    r.takes[2].press = 1;
    pass(&r, 0, 5, 0, START, END); /* pressed again */
    hears(&r, ".h.h");
}

static void each_track_is_for_itself(void **state) {
    (void)state;
    struct rig r = {0};
    for (int i = 0; i < 2; i++)
        for (int track = 0; track < 3; track++)
            pass(&r, track, 1 + i, i, START, i == 1 && track == 2 ? END - 5 : END);
    hears(&r, "..hhh.");
    struct rig poly = {0};
    pass(&poly, -1, 1, 0, START, END);
    pass(&poly, -1, 2, 1, START, END);
    hears(&poly, ".h");
}

/* Where the places leapt in it, a take has several clips: its end is that of the last. */
static void the_end_is_that_of_the_last_clip(void **state) {
    (void)state;
    struct rig r = {0};
    pass(&r, 0, 1, 0, START, END);
    struct ton_recorded_clip parts[2] = {{.at = START, .frames = 50},
                                         {.at = START + 100, .frames = END - START - 100}};
    pass(&r, 0, 2, 1, START, END);
    r.takes[1].clips = parts;
    r.takes[1].n_clips = 2;
    hears(&r, ".h");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_whole_pass_is_heard),
        cmocka_unit_test(one_pass_is_heard_whole_or_not),
        cmocka_unit_test(a_pass_without_sound_lies_beneath_one_with),
        cmocka_unit_test(the_first_pass_may_begin_elsewhere),
        cmocka_unit_test(each_press_is_for_itself),
        cmocka_unit_test(passes_are_together_though_their_numbers_leap),
        cmocka_unit_test(each_track_is_for_itself),
        cmocka_unit_test(the_end_is_that_of_the_last_clip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
