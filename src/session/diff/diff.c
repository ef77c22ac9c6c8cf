/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What changed between two sessions, in sentences as engineers speak. */
#include "diff.h"
#include "times.h"

#include "ton/text.h"

static void diff_whole(const struct ton_diff *d) {
    ton_diff_value(d, "title", d->a->title, d->b->title);
    ton_diff_value(d, "key", d->a->key, d->b->key);
    if (d->a->rate != d->b->rate)
        ton_diff_value(d, "rate", ton_diff_unit(d, d->a->rate, TON_UNIT_HZ, 3),
                       ton_diff_unit(d, d->b->rate, TON_UNIT_HZ, 3));
    if (d->a->frames_per_second != d->b->frames_per_second)
        ton_diff_value(d, "frames per second", ton_diff_text(d, "%g", d->a->frames_per_second),
                       ton_diff_text(d, "%g", d->b->frames_per_second));
    ton_diff_timeline(d);
}

/* A take is called something else now, or is another file under its name. */
static void diff_takes(const struct ton_diff *d) {
    for (int k = 0; k < d->b->n_takes; k++) {
        const struct ton_take *now = &d->b->takes[k], *was = NULL;
        if (d->takes[k] >= 0) {
            was = &d->a->takes[d->takes[k]];
            if (!ton_text_same(was->name, now->name))
                ton_diff_say(d, ton_diff_text(d, "take %s", was->name), was->name, now->name,
                             "take %s is called %s, the same recording", was->name, now->name);
            continue;
        }
        for (int i = 0; i < d->a->n_takes; i++) {
            was = &d->a->takes[i];
            if (!ton_text_same(was->name, now->name) || was->frames < 0 || now->frames < 0)
                continue;
            const char *what = ton_diff_text(d, "take %s", now->name);
            ton_diff_say(d, what, was->path, now->path, "%s is another recording: %s → %s", what,
                         was->path, now->path);
        }
    }
}

/* What no sentence named must be said all the same. */
static void say_rest(const struct ton_diff *d, size_t before) {
    if (d->out->n == before)
        ton_diff_say(d, "rendering", NULL, NULL,
                     "it renders differently, though no setting of its own changed");
}

enum ton_code ton_session_diff(struct ton_changes *out, struct ton_arena *arena,
                               const struct ton_session *a, const struct ton_session *b,
                               struct ton_err *err) {
    struct ton_diff d = {.out = out, .arena = arena, .a = a, .b = b};
    const size_t before = out->n;
    d.tempo_same = ton_tempo_same(a->tempo, b->tempo);
    if (ton_diff_pair_takes(&d) && ton_diff_pair_strips(&d)) {
        diff_whole(&d);
        diff_takes(&d);
        ton_diff_strips(&d);
        if (ton_diff_is_heard(&d)) {
            out->heard = true;
            say_rest(&d, before);
        }
    }
    if (ton_arena_failed(arena))
        return ton_fail(err, TON_MEMORY, NULL, "there is not enough memory to compare");
    return TON_OK;
}
