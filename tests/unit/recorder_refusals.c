/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a recorder does not begin, and what it never writes over. */
#include "recorder_rig.h"

static void refuses(struct rig *r, const struct ton_recorder_config *config, enum ton_code code,
                    const char *sentence) {
    struct ton_recorder *none = NULL;
    assert_int_equal(ton_recorder_create(&none, config, &r->err), code);
    assert_null(none);
    if (!strstr(r->err.text, sentence))
        fail_msg("\"%s\" instead of \"%s\"", r->err.text, sentence);
}

static void what_cannot_be_recorded_is_refused_before(void **state) {
    struct rig *r = *state;
    struct ton_recorder_config config = deck_tracks(r, 2);
    config.folder = rig_path(r, "nowhere");
    refuses(r, &config, TON_ENVIRONMENT, "is no folder");
    config = deck_tracks(r, 2);
    config.n_inputs = 1;
    refuses(r, &config, TON_INPUT, "wants input 2, but the device has 1");
    config = deck_tracks(r, 2);
    config.bits = 16;
    refuses(r, &config, TON_INPUT, "24 bits or 32");
    config = deck_tracks(r, 2);
    ((struct ton_recorder_track *)config.tracks)[1].stem = "t1";
    refuses(r, &config, TON_INPUT, "the takes of `T1` and `T2` would have one name: `t1`");
    ((struct ton_recorder_track *)config.tracks)[1].n_inputs = 3;
    refuses(r, &config, TON_INPUT, "1 or 2 inputs, not 3");
    config = deck_tracks(r, 0);
    refuses(r, &config, TON_INPUT, "1 to 256");
}

/* Between the look and the writing; the next take is as it should be, however soon it begins. */
static void meets_a_file_that_came_meanwhile(struct rig *r, struct deck *d, int i) {
    const int number = 10 + 2 * i;
    const char *first = rig_path(r, ton_arena_printf(r->arena, "t1_%02d.wav", number)),
               *second = ton_arena_printf(r->arena, "t2_%02d.wav", number);
    deck_start(r, d, number);
    rig_write(r, second, "somebody's");
    deck_run(d, 5000, 256);
    assert_int_equal(ton_recorder_stop(d->recorder, &r->err), TON_ENVIRONMENT);
    assert_string_equal(ton_path_name(r->err.where), second);
    assert_string_equal(rig_text(r, rig_path(r, second)), "somebody's");
    assert_false(ton_path_exists(first));
    deck_takes(r, d, 2 * i);
    deck_start(r, d, number + 1);
    assert_int_equal(ton_recorder_start(d->recorder, 99, &r->err), TON_USAGE);
    deck_run(d, 10000, 256);
    deck_stop(r, d);
    const struct ton_recorded *t = deck_takes(r, d, 2 * i + 2) + (ptrdiff_t)2 * i;
    assert_int_equal(t->frames, 10000);
    deck_check(r, t, 0, 0, d->frame - 10000);
}

static void a_file_that_is_there_is_never_written_over(void **state) {
    struct rig *r = *state;
    struct ton_recorder_config config = deck_tracks(r, 2);
    rig_write(r, "t2_01.wav", "somebody's");
    struct deck *d = deck_open(r, &config);
    assert_int_equal(ton_recorder_start(d->recorder, 1, &r->err), TON_ENVIRONMENT);
    assert_string_equal(ton_path_name(r->err.where), "t2_01.wav");
    figure("%s", r->err.text);
    for (int i = 0; i < 8; i++)
        meets_a_file_that_came_meanwhile(r, d, i);
    deck_close(d);
}

static void without_memory_nothing_is_left_behind(void **state) {
    struct rig *r = *state;
    struct ton_recorder_config config = deck_tracks(r, 3);
    config.ring_s = 0.1;
    int n = 1;
    for (;; n++) {
        struct ton_recorder *recorder = NULL;
        ton_alloc_fail_after(n);
        const enum ton_code code = ton_recorder_create(&recorder, &config, &r->err);
        ton_alloc_fail_after(-1);
        ton_recorder_destroy(recorder);
        if (code == TON_OK)
            break;
        assert_int_equal(code, TON_MEMORY);
    }
    assert_true(n > 3);
    figure("%d allocations, each failed once", n - 1);
}

int main(void) {
#define PROMISE(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)
    const struct CMUnitTest tests[] = {
        PROMISE(what_cannot_be_recorded_is_refused_before),
        PROMISE(a_file_that_is_there_is_never_written_over),
        PROMISE(without_memory_nothing_is_left_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
