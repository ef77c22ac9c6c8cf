/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Takes of a device of the test's own: every sample in its place, whatever disk and device do. */
#include "recorder_rig.h"

enum { RATE = 48000 };

static const char *fixed_now(void *user, char out[32]) {
    (void)user;
    snprintf(out, 32, "2026-11-29T23:53:19Z");
    return out;
}

/* Tracks of one input each, called t1, t2 … */
static struct ton_recorder_config tracks(struct rig *r, int n) {
    struct ton_recorder_track *t = TON_NEW_N(r->arena, struct ton_recorder_track, n);
    for (int i = 0; i < n; i++) {
        t[i] = (struct ton_recorder_track){.name = ton_arena_printf(r->arena, "T%d", i + 1),
                                           .stem = ton_arena_printf(r->arena, "t%d", i + 1),
                                           .inputs = {i},
                                           .n_inputs = 1};
    }
    return (struct ton_recorder_config){.folder = r->folder,
                                        .tracks = t,
                                        .n_tracks = n,
                                        .n_inputs = n,
                                        .rate = RATE,
                                        .bits = 24,
                                        .now = fixed_now};
}

static struct deck *deck_open(struct rig *r, const struct ton_recorder_config *config) {
    struct deck *d = ton_alloc(sizeof *d);
    assert_non_null(d);
    d->n_inputs = config->n_inputs;
    if (ton_recorder_create(&d->recorder, config, &r->err))
        fail_msg("%s: %s", r->err.where, r->err.text);
    return d;
}

static void deck_close(struct deck *d) {
    ton_recorder_destroy(d->recorder);
    ton_free(d);
}

static void start(struct rig *r, struct deck *d, int number) {
    if (ton_recorder_start(d->recorder, number, &r->err))
        fail_msg("%s: %s", r->err.where, r->err.text);
}

static void stop(struct rig *r, struct deck *d) {
    if (ton_recorder_stop(d->recorder, &r->err))
        fail_msg("%s: %s", r->err.where, r->err.text);
}

static struct ton_recorded *takes(struct rig *r, struct deck *d, int wanted) {
    struct ton_recorded *out = NULL;
    int n = 0;
    assert_int_equal(ton_recorder_takes(&out, &n, r->arena, d->recorder, &r->err), TON_OK);
    assert_int_equal(n, wanted);
    return out;
}

static void the_button_makes_takes_of_every_sample_between(void **state) {
    struct rig *r = *state;
    enum { TRACKS = 4, FROM = 30000, FRAMES = 100000 };
    struct ton_recorder_config config = tracks(r, TRACKS);
    struct deck *d = deck_open(r, &config);
    deck_run(d, FROM, 256);
    start(r, d, 3);
    deck_run(d, FRAMES, 256);
    stop(r, d);
    deck_run(d, 1000, 256);
    const struct ton_recorded *t = takes(r, d, TRACKS);
    for (int i = 0; i < TRACKS; i++) {
        int64_t n = 0;
        int32_t *x = deck_read(rig_path(r, t[i].file), 0, &n);
        assert_string_equal(t[i].file, ton_arena_printf(r->arena, "t%d_03.wav", i + 1));
        assert_int_equal(n, FRAMES);
        assert_int_equal(t[i].frames, FRAMES);
        assert_true(t[i].finished);
        deck_holds(x, 0, n, i, FROM);
        ton_free(x);
    }
    deck_close(d);
    figure("%d tracks of %d frames, bit-equal", TRACKS, FRAMES);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_button_makes_takes_of_every_sample_between, rig_setup,
                                        rig_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
