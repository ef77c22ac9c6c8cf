/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the tests of recordings in a session's text share: a text, what is placed into it, and what
 * it becomes. */
#ifndef TON_TEST_PLACE_STAGE_H
#define TON_TEST_PLACE_STAGE_H

#include "session_stage.h"

#include "ton/document.h"
#include "ton/place.h"
#include "ton/yaml.h"

static inline const char *session_path(struct stage *s) {
    return ton_arena_printf(s->arena, "%s/sessions/test.yaml", stage_folder());
}

/* The last one as it was placed, and what gave way to it. */
static int64_t stands_at, stands_frames;
static const char *gave_way;

static inline const char *place(struct stage *s, const char *text, const struct ton_placing *asked,
                                int n) {
    struct ton_placing placings[8];
    assert_true(n <= TON_N(placings));
    for (int i = 0; i < n; i++) {
        placings[i] = asked[i];
        placings[i].track = asked[i].track ? asked[i].track : "Kick";
        placings[i].take = asked[i].take ? asked[i].take : "kick_01.wav";
    }
    char *out = NULL;
    ton_problems_init(&s->problems, s->arena);
    s->err = (struct ton_err){0};
    const enum ton_code code =
        ton_session_place(&out, s->arena, session_path(s), text, strlen(text), &stage_reader,
                          placings, n, &s->problems, &s->err);
    assert_true((code == TON_OK) == (out != NULL));
    stands_at = placings[n - 1].stands_at;
    stands_frames = placings[n - 1].stands_frames;
    gave_way = placings[n - 1].gave_way;
    return out;
}

/* One that is heard; of `kick_01.wav` into `Kick` when nothing else is said. */
#define CLIP(...)                                                                                  \
    &(struct ton_placing) {                                                                        \
        .heard = true, __VA_ARGS__                                                                 \
    }
#define LANE(...)                                                                                  \
    &(struct ton_placing) {                                                                        \
        __VA_ARGS__                                                                                \
    }

static inline void becomes(struct stage *s, const char *before, const struct ton_placing *placing,
                           const char *after) {
    const char *text = place(s, before, placing, 1);
    if (!text)
        fail_msg("%s: %s", before, s->err.text);
    assert_string_equal(text, after);
}

#define HEAD "tonmeister: 1\n"

/* In `Kick`, beside what each case has. */
#define TRACK HEAD "tracks:\n  Kick:\n    clips:\n"

#define PROMISE(name) cmocka_unit_test_setup_teardown(name, stage_open, stage_close)

#endif
