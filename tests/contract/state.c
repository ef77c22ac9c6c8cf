// SPDX-License-Identifier: GPL-3.0-or-later
// Contract: a processor lives in the memory it asked for, starts silent, and reset is a fresh
// start.
#include "rig.h"

static void the_size_of_the_state_is_stable(void **unused) {
    (void)unused;
    float params[MAX_PARAMS];
    for_each_processor(p) {
        size_t largest = 0;
        for (int which = 0; which < n_settings(p); which++) {
            setting(params, p, which);
            const struct ton_config config = rig_config(48000, 2, 512);
            const size_t size = p->state_size(&config, params);
            if (size != p->state_size(&config, params) || size == 0)
                fail_msg("%s, %s: the size of its state changes from call to call", p->id,
                         setting_name(which));
            largest = size > largest ? size : largest;
        }
        figure("%-12s %9zu bytes at most, stereo 48 kHz", p->id, largest);
    }
}

// rig_destroy looks at the fence.
static void nothing_is_written_behind_the_state(void **unused) {
    (void)unused;
    static const int blocks[] = {1, 64, 4096};
    float params[MAX_PARAMS];
    for_each_processor(p) for (int which = 0; which < n_settings(p);
                               which++) for (int b = fewer(0, which % TON_N(blocks));
                                             b < TON_N(blocks); b += fewer(1, TON_N(blocks))) {
        setting(params, p, which);
        struct audio in = audio_noise(2, 6000, 0.5, 1), out = audio_create(2, 6000);
        struct rig r = rig_create(p, rig_config(48000, 2, blocks[b]), params);
        rig_run(&r, &out, &in, NULL);
        setting(r.params, p, SETTING_DEFAULT);
        for (int i = 0; i < p->n_params; i++) // what is fixed stays
            r.params[i] = params[i];
        rig_update(&r);
        rig_run(&r, &out, &in, NULL);
        p->reset(r.state);
        rig_destroy(&r);
        audio_destroy(&in);
        audio_destroy(&out);
    }
}

static void silence_in_is_silence_out(void **unused) {
    (void)unused;
    float params[MAX_PARAMS];
    for_each_processor(p) {
        if (p->flags & TON_PROCESSOR_GENERATES)
            continue;
        double worst = 0.0;
        for (int which = 0; which < n_settings(p); which++) {
            setting(params, p, which);
            struct audio in = audio_create(2, 24000);
            struct audio out = rig_output(p, 48000, params, &in, NULL);
            worst = fmax(worst, audio_peak(&out, 0));
            audio_destroy(&in);
            audio_destroy(&out);
        }
        if (!(worst < 1e-6))
            fail_msg("%s makes %.1f dBFS out of silence", p->id, to_db(worst));
    }
}

// A worked state after reset, and a fresh one with the same parameters, go the same way.
static void check_reset(const struct ton_processor *p, int which) {
    float params[MAX_PARAMS];
    setting(params, p, which);
    struct audio in = audio_noise(2, 20000, 0.5, 2), fresh = audio_create(2, 20000),
                 again = audio_create(2, 20000);
    struct rig a = rig_create(p, rig_config(44100, 2, 500), params);
    rig_run(&a, &fresh, &in, NULL);
    rig_run(&a, &again, &in, NULL);
    p->reset(a.state);
    rig_run(&a, &again, &in, NULL);
    if (!audio_same(&fresh, &again))
        fail_msg("%s, %s: a reset is not a fresh start", p->id, setting_name(which));
    rig_destroy(&a);
    audio_destroy(&in);
    audio_destroy(&fresh);
    audio_destroy(&again);
}

static void reset_is_a_fresh_start(void **unused) {
    (void)unused;
    for_each_processor(p) for (int which = 0; which < n_settings(p); which++) check_reset(p, which);
}

// Moved to new values in the middle and then reset, it does what one that began with them does.
static void check_reset_keeps(const struct ton_processor *p, int which) {
    static struct leaf leaves[MAX_PARAMS];
    float before[MAX_PARAMS], after[MAX_PARAMS];
    const int n = leaves_of(leaves, p);
    setting(before, p, SETTING_DEFAULT);
    setting(after, p, which);
    for (int i = 0; i < n; i++)
        if (leaves[i].row->flags & TON_ROW_FIXED)
            before[i] = after[i];
    struct audio in = audio_noise(2, 9000, 0.5, 3), moved = audio_create(2, 9000);
    struct rig r = rig_create(p, rig_config(48000, 2, 333), before);
    rig_run(&r, &moved, &in, NULL);
    memcpy(r.params, after, sizeof after);
    rig_update(&r);
    rig_step(&r, &moved, &in, NULL, 0, 17);
    p->reset(r.state);
    rig_run(&r, &moved, &in, NULL);
    struct audio fresh = audio_create(2, 9000);
    struct rig f = rig_create(p, rig_config(48000, 2, 333), after);
    rig_run(&f, &fresh, &in, NULL);
    if (!audio_same(&fresh, &moved))
        fail_msg("%s, %s: reset forgets new parameters", p->id, setting_name(which));
    rig_destroy(&r);
    rig_destroy(&f);
    audio_destroy(&in);
    audio_destroy(&moved);
    audio_destroy(&fresh);
}

static void reset_keeps_the_parameters(void **unused) {
    (void)unused;
    for_each_processor(p) for (int which = 1; which < n_settings(p); which++)
        check_reset_keeps(p, which);
}

// A poisoned state after its repair goes on as one that heard silence meanwhile.
static void check_repair(const struct ton_processor *p, int which) {
    enum { BEFORE = 9001, LENGTH = 30000 };
    float params[MAX_PARAMS];
    setting(params, p, which);
    struct audio out[2];
    for (int bad = 0; bad < 2; bad++) {
        struct audio in = audio_noise(2, LENGTH, 0.5, 4);
        for (int c = 0; c < 2; c++)
            for (int i = 0; i < BEFORE; i++)
                in.at[c][i] = !bad ? 0.0F : i > 300 && i % 50 == 0 ? INFINITY : in.at[c][i];
        struct rig r = rig_create(p, rig_config(48000, 2, 333), params);
        out[bad] = audio_create(2, LENGTH);
        for (int at = 0, n; at < LENGTH; at += n) {
            n = at < BEFORE ? BEFORE - at : LENGTH - at;
            n = n < 333 ? n : 333;
            if (bad && at == BEFORE)
                ton_processor_repair(p, r.state);
            rig_step(&r, &out[bad], &in, NULL, at, n);
        }
        rig_destroy(&r);
        audio_destroy(&in);
    }
    for (int c = 0; c < 2; c++)
        if (memcmp(out[0].at[c] + BEFORE, out[1].at[c] + BEFORE, sizeof(float) * (LENGTH - BEFORE)))
            fail_msg("%s, %s: it remembers what was bad, or forgot the time", p->id,
                     setting_name(which));
    audio_destroy(&out[0]);
    audio_destroy(&out[1]);
}

static void a_repair_forgets_what_was_bad_and_keeps_the_time(void **unused) {
    (void)unused;
    int n = 0;
    for_each_processor(p) {
        if (!(p->flags & TON_PROCESSOR_TIMED))
            continue;
        for (int which = 0; which < n_settings(p); which++)
            check_repair(p, which);
        n++;
    }
    figure("%d processors that count time go on in time after a repair", n);
    assert_true(n >= 5);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_size_of_the_state_is_stable),
        cmocka_unit_test(nothing_is_written_behind_the_state),
        cmocka_unit_test(silence_in_is_silence_out),
        cmocka_unit_test(reset_is_a_fresh_start),
        cmocka_unit_test(reset_keeps_the_parameters),
        cmocka_unit_test(a_repair_forgets_what_was_bad_and_keeps_the_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
