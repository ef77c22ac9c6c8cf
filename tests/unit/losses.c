/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a deck lost, as a person is told. */
#include "promise.h"

#include "deck/face.h"

enum { RATE = 48000, FILES = 3 };
#define SECOND INT64_C(1000000000)

static const char *const files[FILES] = {"kick_01.wav", "snare_01.wav", "oh_01.wav"};

/* In the order of a deck: one take behind the other, each with all that it lost. */
static void lose(struct deck_losses *l, struct ton_arena *arena, int64_t at, int n) {
    for (int f = 0; f < FILES; f++)
        for (int i = 0; i < n; i++)
            assert_true(deck_losses_add(l, arena,
                                        &(struct ton_deck_event){.kind = TON_DECK_XRUN,
                                                                 .file = files[f],
                                                                 .text = "lost by the device",
                                                                 .at = at + 4800 * i,
                                                                 .frames = 256}));
}

static const char *told(struct deck_losses *l, struct ton_arena *arena, int64_t now) {
    struct ton_text text = {0};
    deck_losses_write(&text, l, RATE, now);
    const char *out = ton_arena_text(arena, text.data ? text.data : "");
    ton_text_free(&text);
    printf("%s", out);
    return out;
}

static void one_loss_of_all_takes_is_one_line(void **state) {
    struct deck_losses l = {0};
    lose(&l, *state, 220560, 1);
    assert_true(deck_losses_are_due(&l, 5 * SECOND));
    assert_string_equal(told(&l, *state, 5 * SECOND),
                        "all 3 takes (kick_01.wav …): 256 frames were lost at 0:04.595 and are "
                        "silent (lost by the device)\n");
    assert_false(deck_losses_are_due(&l, 9 * SECOND));
}

static void what_comes_thick_is_summed(void **state) {
    struct deck_losses l = {0};
    int lines = 0;
    for (int64_t ms = 0; ms < 2000; ms += 25) { /* 80 looks of a deck, 240 takes that lost some */
        const int64_t now = 5 * SECOND + ms * 1000000;
        lose(&l, *state, 48 * ms, 1);
        if (deck_losses_are_due(&l, now)) {
            told(&l, *state, now);
            lines++;
        }
    }
    assert_int_equal(lines, 2);
    assert_string_equal(told(&l, *state, 0),
                        "all 3 takes (kick_01.wav …): 39 times frames were lost between 0:01.025 "
                        "and 0:01.975, 0.208 s in all, and are silent (lost by the device)\n");
}

static void what_only_one_take_lost_is_said_of_it(void **state) {
    struct deck_losses l = {0};
    lose(&l, *state, 48000, 2);
    deck_losses_add(&l, *state,
                    &(struct ton_deck_event){.kind = TON_DECK_XRUN,
                                             .file = files[1],
                                             .text = "lost by the device",
                                             .at = 96000,
                                             .frames = 64});
    const char *text = told(&l, *state, 0);
    assert_non_null(strstr(text, "all 2 takes (kick_01.wav …): 2 times frames were lost between"));
    assert_non_null(strstr(text, "\nsnare_01.wav: 3 times frames were lost between 0:01.000 and "
                                 "0:02.000, 0.012 s in all"));
}

static void without_takes_the_device_is_said_to_have_lost_it(void **state) {
    struct deck_losses l = {0};
    const struct ton_deck_event lost = {.kind = TON_DECK_XRUN, .frames = 1024};
    const struct ton_deck_event late = {.kind = TON_DECK_LATE, .at = 48000};
    const struct ton_deck_event mark = {.kind = TON_DECK_MARK, .at = 48000};
    deck_losses_add(&l, *state, &lost);
    deck_losses_add(&l, *state, &late);
    assert_false(deck_losses_add(&l, *state, &mark));
    assert_string_equal(told(&l, *state, 0), "the device lost 1024 frames\n"
                                             "takes were not read in time at 0:01.000: silence was "
                                             "heard\n");
    deck_losses_add(&l, *state, &lost);
    deck_losses_add(&l, *state, &lost);
    assert_string_equal(told(&l, *state, 0), "the device lost 2048 frames (0.043 s), 2 times\n");
}

static int open_arena(void **state) {
    *state = ton_arena_create();
    return *state ? 0 : -1;
}

static int close_arena(void **state) {
    ton_arena_destroy(*state);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_loss_of_all_takes_is_one_line),
        cmocka_unit_test(what_comes_thick_is_summed),
        cmocka_unit_test(what_only_one_take_lost_is_said_of_it),
        cmocka_unit_test(without_takes_the_device_is_said_to_have_lost_it),
    };
    return cmocka_run_group_tests_name("losses", tests, open_arena, close_arena);
}
