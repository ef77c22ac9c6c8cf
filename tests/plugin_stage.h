/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Plug-ins of the tests' own bundle in a session made in memory. */
#ifndef TON_TEST_PLUGIN_STAGE_H
#define TON_TEST_PLUGIN_STAGE_H

#include "stage.h"

#include "ton/lv2.h"

static inline int plugins_set_up(void **state) {
    (void)state;
    static char host[4200];
    snprintf(host, sizeof host, "%s/src/ton-host", getenv("TON_BUILD"));
    ton_lv2_register(host);
    return 0;
}

/* A plug-in at the end of a strip's chain, with one control at a value when `control` is given. */
static inline struct ton_setup *plugin_insert(struct stage *st, int strip, const char *name,
                                              const char *control, float value) {
    const struct ton_processor *p = NULL;
    struct ton_err err = {0};
    if (ton_foreign()->find(&p, name, &err))
        fail_msg("%s", err.text);
    float *params = stage_insert(st, strip, p);
    struct ton_setup *setup = TON_NEW(st->arena, struct ton_setup);
    *setup = (struct ton_setup){.plugin = name, .where = "stage.yaml:7:7", .deadline_s = 20};
    st->strips[strip].chain.items[st->strips[strip].chain.n - 1].setup = setup;
    if (control) {
        const int row = ton_foreign()->row(p, control);
        assert_true(row >= 0);
        params[row] = value;
    }
    if (ton_foreign()->seal(setup, p, st->arena, &err))
        fail_msg("%s", err.text);
    return setup;
}

/* A stereo track of noise, whose fader changes nothing. */
enum { PLUGIN_FRAMES = 60000 };
static inline int plugin_player(struct stage *st, const char *name, uint64_t seed,
                                float *sides[2]) {
    for (int c = 0; c < 2; c++)
        sides[c] = stage_noise(st, PLUGIN_FRAMES, seed + (uint64_t)c, 0.4F);
    const int take =
        stage_take(st, st->session.rate, 2, PLUGIN_FRAMES, (const float *const *)sides);
    const int track = stage_track(st, name, NULL);
    stage_clip(st, track, take, 0, 0, PLUGIN_FRAMES);
    return track;
}

#endif
