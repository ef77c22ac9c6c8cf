/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which tracks are armed, and which inputs of the device they take. */
#include "arms.h"

#include "ton/place.h"
#include "ton/text.h"

static enum ton_code no_memory(struct ton_err *err) {
    return ton_fail(err, TON_MEMORY, NULL, "no memory to arm the tracks");
}

/* `3,4` or `system:capture_3`. */
static enum ton_code read_inputs(struct arm *arm, struct ton_arena *arena, const char *text,
                                 struct ton_err *err) {
    while (arm->n_inputs < 2) {
        text += strspn(text, " ");
        const size_t n = strcspn(text, ",");
        size_t end = n;
        while (end > 0 && text[end - 1] == ' ')
            end--;
        if (end == 0)
            return ton_fail(err, TON_USAGE, "--arm",
                            "an input is missing for `%s`; write `%s=1`, or `%s=1,2` for two",
                            arm->track, arm->track, arm->track);
        const char *input = ton_arena_copy(arena, text, end);
        if (!input)
            return no_memory(err);
        arm->inputs[arm->n_inputs++] = input;
        if (text[n] == '\0')
            return TON_OK;
        text += n + 1;
    }
    return ton_fail(err, TON_USAGE, "--arm",
                    "`%s` has more than two inputs; a track is mono or "
                    "stereo",
                    arm->track);
}

static enum ton_code refuse_unknown(const struct ton_session *s, struct ton_arena *arena,
                                    const char *track, struct ton_err *err) {
    const char **names = TON_NEW_N(arena, const char *, s->n_strips + 1);
    int n = 0;
    if (!names)
        return no_memory(err);
    for (int i = 0; i < s->n_strips; i++)
        if (!s->strips[i].is_bus)
            names[n++] = s->strips[i].name;
    const char *nearest = ton_nearest(track, names, (size_t)n);
    if (nearest)
        return ton_fail(err, TON_USAGE, "--arm",
                        "there is no track `%s`; did you mean `%s`? A new "
                        "track is made with its input: `%s=1`",
                        track, nearest, track);
    return ton_fail(err, TON_USAGE, "--arm",
                    "there is no track `%s` yet; say which input it has and it is made: `%s=1`",
                    track, track);
}

static enum ton_code arm_asked(struct arm *arm, struct ton_arena *arena,
                               const struct ton_session *s, const char *asked,
                               struct ton_err *err) {
    const char *equals = strchr(asked, '=');
    arm->track = equals ? ton_arena_copy(arena, asked, (size_t)(equals - asked)) : asked;
    if (!arm->track)
        return no_memory(err);
    if (!*arm->track)
        return ton_fail(err, TON_USAGE, "--arm", "`%s` names no track; write `Voice=1`", asked);
    for (const char *c = arm->track; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 127)
            return ton_fail(err, TON_USAGE, "--arm",
                            "a track's name stands in one line; write `Voice=1`");
    const int at = ton_session_find_strip(s, arm->track);
    const struct ton_strip *strip = at >= 0 ? &s->strips[at] : NULL;
    if (strip && strip->is_bus)
        return ton_fail(err, TON_USAGE, "--arm", "`%s` is a bus; only tracks are recorded",
                        arm->track);
    arm->told = equals != NULL;
    if (equals)
        return read_inputs(arm, arena, equals + 1, err);
    if (!strip)
        return refuse_unknown(s, arena, arm->track, err);
    arm->n_inputs = strip->n_inputs;
    memcpy(arm->inputs, strip->inputs, sizeof arm->inputs);
    if (arm->n_inputs == 0)
        return ton_fail(err, TON_USAGE, "--arm",
                        "track `%s` has no input; write which: `%s=1`, or "
                        "`input: 1` in the session",
                        arm->track, arm->track);
    return TON_OK;
}

static enum ton_code arm_all(struct arms *out, const struct ton_session *s, struct ton_err *err) {
    for (int i = 0; i < s->n_strips; i++) {
        const struct ton_strip *strip = &s->strips[i];
        if (strip->n_inputs == 0)
            continue;
        struct arm *arm = &out->items[out->n++];
        *arm = (struct arm){.track = strip->name, .n_inputs = strip->n_inputs};
        memcpy(arm->inputs, strip->inputs, sizeof arm->inputs);
    }
    if (out->n == 0)
        return ton_fail(err, TON_USAGE, s->path,
                        "no track has an input; `ton record --arm Voice=1` "
                        "records the first input as the track Voice");
    return TON_OK;
}

static enum ton_code refuse_twice(const struct arms *arms, struct ton_err *err) {
    for (int i = 0; i < arms->n; i++)
        for (int k = 0; k < i; k++)
            if (ton_text_same(arms->items[i].track, arms->items[k].track))
                return ton_fail(err, TON_USAGE, "--arm", "`%s` is armed twice",
                                arms->items[i].track);
    return TON_OK;
}

/* The index of an input, which is wished for once, however many tracks take it. */
static int wish_for(struct arms *arms, struct ton_arena *arena, const struct arm *arm, int side) {
    for (int i = 0; i < arms->n_wishes; i++)
        if (ton_text_same(arms->wishes[i].connect, arm->inputs[side]))
            return i;
    /* Numbered: no two ports of a client may have one name, and ours have tracks' names. */
    const char *which = arm->n_inputs == 2 ? side ? " R" : " L" : "";
    const char *name =
        ton_arena_printf(arena, "in %d (%s%s)", arms->n_wishes + 1, arm->track, which);
    arms->wishes[arms->n_wishes] =
        (struct ton_device_wish){.name = name, .connect = arm->inputs[side]};
    return arms->n_wishes++;
}

static enum ton_code name_files(struct arms *arms, struct ton_arena *arena, struct ton_err *err) {
    const char **names = TON_NEW_N(arena, const char *, arms->n + 1);
    const char **stems = TON_NEW_N(arena, const char *, arms->n + 1);
    if (!names || !stems)
        return no_memory(err);
    for (int i = 0; i < arms->n; i++)
        names[i] = arms->items[i].track;
    if (!ton_take_stems(stems, arena, names, arms->n))
        return no_memory(err);
    for (int i = 0; i < arms->n; i++)
        arms->tracks[i].stem = stems[i];
    return TON_OK;
}

static enum ton_code give_inputs(struct arms *arms, struct ton_arena *arena, struct ton_err *err) {
    arms->tracks = TON_NEW_N(arena, struct ton_recorder_track, arms->n + 1);
    arms->wishes = TON_NEW_N(arena, struct ton_device_wish, 2 * arms->n + 1);
    if (!arms->tracks || !arms->wishes)
        return no_memory(err);
    for (int i = 0; i < arms->n; i++) {
        struct ton_recorder_track *track = &arms->tracks[i];
        track->name = arms->items[i].track;
        track->n_inputs = arms->items[i].n_inputs;
        for (int side = 0; side < track->n_inputs; side++)
            track->inputs[side] = wish_for(arms, arena, &arms->items[i], side);
    }
    return name_files(arms, arena, err);
}

enum ton_code arms_find(struct arms *out, struct ton_arena *arena,
                        const struct ton_session *session, const char *const *asked, int n_asked,
                        struct ton_err *err) {
    *out = (struct arms){.items = TON_NEW_N(arena, struct arm, n_asked + session->n_strips + 1)};
    if (!out->items)
        return no_memory(err);
    enum ton_code code = n_asked ? TON_OK : arm_all(out, session, err);
    for (; out->n < n_asked && !code; out->n++)
        code = arm_asked(&out->items[out->n], arena, session, asked[out->n], err);
    if (!code)
        code = refuse_twice(out, err);
    return code ? code : give_inputs(out, arena, err);
}
