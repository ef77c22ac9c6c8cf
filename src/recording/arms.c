/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which tracks are armed, and which inputs of the device they take. */
#include "arms.h"

#include "patch.h"

#include "ton/place.h"
#include "ton/text.h"

#include <strings.h>

static enum ton_code no_memory(struct ton_err *err) {
    return ton_fail(err, TON_MEMORY, NULL, "no memory to arm the tracks");
}

static size_t digits(const char *text) {
    return strspn(text, "0123456789");
}

/* `3-4`, `3/4`, `3 4`: somebody meant two. */
static bool is_pair(const char *text, int *second) {
    const char *between = text + digits(text);
    const char *right = between + strspn(between, " -/+&;.");
    *second = (int)(right - text);
    return between > text && right > between && ton_text_is_number(right);
}

/* A number, as devices count their inputs, or a port's whole name, which has a colon. `in 3` is
 * what PortAudio's are called in the list. */
static bool may_be_port(const char *input) {
    return (ton_text_is_number(input) && strspn(input, "0") < strlen(input)) ||
           strchr(input, ':') || (strncmp(input, "in ", 3) == 0 && ton_text_is_number(input + 3));
}

/* Nothing is near: what an input may be called. */
static enum ton_code refuse_input(const struct arm *arm, const struct patch *patch,
                                  const char *input, const char *number, struct ton_err *err) {
    struct ton_text lines = {0};
    for (int i = 0; i < patch->n_inputs; i++)
        ton_text_add_name(&lines, i, patch->n_inputs, patch->inputs[i].name);
    const enum ton_code code = ton_fail(
        err, TON_USAGE, "--arm",
        "`%s` is no input; write its number (`%s=%s`) or the whole name of its port, such "
        "as `system:capture_1`; `ton devices --ports` lists both%s%s",
        input, arm->track, number, lines.data ? ", and `inputs` of production.yaml has " : "",
        lines.data ? lines.data : "");
    ton_text_free(&lines);
    return code;
}

/* One that was given now, and is no line of the input list. */
static enum ton_code check_input(const struct arm *arm, struct patch *patch, const char *input,
                                 struct ton_err *err) {
    const char *number = input + strcspn(input, "123456789");
    const char *near = patch_nearest(patch, input);
    int second;
    const bool counts = ton_text_is_number(input);
    if (may_be_port(input))
        return TON_OK;
    if (counts)
        return ton_fail(
            err, TON_USAGE, "--arm",
            "`%s` has no input %s: inputs count from 1, and `ton devices --ports` lists "
            "them",
            arm->track, input);
    if (is_pair(input, &second))
        return ton_fail(err, TON_USAGE, "--arm",
                        "`%s` is no input; between two inputs is a comma: `%s=%.*s,%s`", input,
                        arm->track, (int)digits(input), input, input + second);
    if (ton_text_is_number(arm->track) || strchr(arm->track, ':'))
        return ton_fail(err, TON_USAGE, "--arm",
                        "`%s=%s` is the wrong way round: the track comes first, then its input: "
                        "`%s=%s`",
                        arm->track, input, input, arm->track);
    if (near)
        return ton_fail(err, TON_USAGE, "--arm",
                        "`%s` is no input, and not in `inputs` of production.yaml; did you mean "
                        "`%s=%s`?",
                        input, arm->track, near);
    if (patch->why.code)
        return ton_fail(err, patch->why.code, patch->why.where, "%s", patch->why.text);
    return refuse_input(arm, patch, input, ton_text_is_number(number) ? number : "1", err);
}

/* `3,4`, `system:capture_3` or `Kick In`. */
static enum ton_code read_inputs(struct arm *arm, struct patch *patch, const char *text,
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
        const char *input = ton_arena_copy(patch->arena, text, end);
        if (!input)
            return no_memory(err);
        const enum ton_code code = ton_text_is_number(input) || !patch_port(patch, input)
                                       ? check_input(arm, patch, input, err)
                                       : TON_OK;
        if (code)
            return code;
        if (arm->n_inputs && ton_text_same(arm->inputs[0], input))
            return ton_fail(err, TON_USAGE, "--arm",
                            "`%s` has input %s twice; a track with one input is mono: `%s=%s`",
                            arm->track, input, arm->track, input);
        arm->inputs[arm->n_inputs++] = input;
        if (text[n] == '\0')
            return TON_OK;
        text += n + 1;
    }
    return ton_fail(err, TON_USAGE, "--arm",
                    "`%s` has more than two inputs; a track is mono or stereo: `%s=%s,%s`",
                    arm->track, arm->track, arm->inputs[0], arm->inputs[1]);
}

/* Where the track's name ends: names may have a `=` of their own, so those that are there come
 * first, and then the last one counts. NULL: it is all a name. */
static const char *end_of_name(const struct ton_session *s, struct ton_arena *arena,
                               const char *asked) {
    if (ton_session_find_strip(s, asked) >= 0)
        return NULL;
    const char *last = strrchr(asked, '=');
    for (const char *end = last; end > asked;) {
        const char *name = ton_arena_copy(arena, asked, (size_t)(end - asked));
        if (name && ton_session_find_strip(s, name) >= 0)
            return end;
        while (--end > asked && *end != '=')
            ;
    }
    return last;
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
    const char *colon = strrchr(track, ':');
    if (colon && ton_text_is_number(colon + 1))
        return ton_fail(err, TON_USAGE, "--arm",
                        "there is no track `%s`; between a track and its input is a `=`: `%.*s=%s`",
                        track, (int)(colon - track), track, colon + 1);
    if (strchr(track, ','))
        return ton_fail(err, TON_USAGE, "--arm",
                        "there is no track `%s`; `--arm` is given once for each", track);
    if (ton_text_is_number(track))
        return ton_fail(err, TON_USAGE, "--arm",
                        "`%s` names no track; say which one gets this input: `Voice=%s`", track,
                        track);
    if (nearest)
        return ton_fail(err, TON_USAGE, "--arm",
                        "there is no track `%s`; did you mean `%s`? A new "
                        "track is made with its input: `%s=1`",
                        track, nearest, track);
    return ton_fail(err, TON_USAGE, "--arm",
                    "there is no track `%s` yet; say which input it has and it is made: `%s=1`",
                    track, track);
}

/* Two tracks whose names differ in their letters' case alone are one that was mistyped. */
static enum ton_code refuse_case(const struct ton_session *s, const struct arm *arm,
                                 struct ton_err *err) {
    for (int i = 0; i < s->n_strips; i++)
        if (strcasecmp(s->strips[i].name, arm->track) == 0)
            return ton_fail(err, TON_USAGE, "--arm",
                            "there is no track `%s`, but `%s`; write it as the session does",
                            arm->track, s->strips[i].name);
    return TON_OK;
}

/* `Voice = 1`: without the space around. */
static const char *name_of(struct ton_arena *arena, const char *asked, const char *end) {
    while (*asked == ' ')
        asked++;
    while (end > asked && end[-1] == ' ')
        end--;
    return ton_arena_copy(arena, asked, (size_t)(end - asked));
}

static enum ton_code arm_asked(struct arm *arm, struct patch *patch, const struct ton_session *s,
                               const char *asked, struct ton_err *err) {
    struct ton_arena *arena = patch->arena;
    const char *equals = end_of_name(s, arena, asked);
    arm->track = equals ? name_of(arena, asked, equals) : asked;
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
    if (equals && !strip && refuse_case(s, arm, err))
        return TON_USAGE;
    if (equals)
        return read_inputs(arm, patch, equals + 1, err);
    if (!strip)
        return refuse_unknown(s, arena, arm->track, err);
    arm->n_inputs = strip->n_inputs;
    arm->where = strip->input_where;
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
        *arm = (struct arm){
            .track = strip->name, .n_inputs = strip->n_inputs, .where = strip->input_where};
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

/* A session's name of an input that is neither a port nor a line is said here: the device would
 * know the ports alone. */
static enum ton_code find_port(struct arm *arm, struct patch *patch, int side,
                               struct ton_err *err) {
    const char *input = arm->inputs[side];
    const char *port = ton_text_is_number(input) ? NULL : patch_port(patch, input);
    arm->ports[side] = port ? port : input;
    if (port || may_be_port(input))
        return TON_OK;
    if (patch->why.code)
        return ton_fail(err, patch->why.code, patch->why.where, "%s", patch->why.text);
    if (patch->n_inputs == 0)
        return TON_OK;
    const char *near = patch_nearest(patch, input);
    return ton_fail(err, TON_INPUT, arm->where,
                    "`%s` is recorded from `%s`, which is not in `inputs` of production.yaml%s%s%s",
                    arm->track, input, near ? "; did you mean `" : "", near ? near : "",
                    near ? "`?" : "");
}

static enum ton_code find_ports(struct arms *arms, struct patch *patch, struct ton_err *err) {
    for (int i = 0; i < arms->n; i++) {
        struct arm *arm = &arms->items[i];
        enum ton_code code = TON_OK;
        for (int side = 0; side < arm->n_inputs && !code; side++)
            code = find_port(arm, patch, side, err);
        if (!code && arm->n_inputs == 2 && ton_text_same(arm->ports[0], arm->ports[1]))
            code = ton_fail(err, TON_INPUT, arm->where ? arm->where : "--arm",
                            "both sides of `%s`, `%s` and `%s`, come in at `%s`; a mono track has "
                            "one input",
                            arm->track, arm->inputs[0], arm->inputs[1], arm->ports[0]);
        if (code)
            return code;
    }
    return TON_OK;
}

/* The index of an input, which is wished for once, however many tracks take it. */
static int wish_for(struct arms *arms, struct ton_arena *arena, const struct arm *arm, int side) {
    for (int i = 0; i < arms->n_wishes; i++)
        if (ton_text_same(arms->wishes[i].connect, arm->ports[side]))
            return i;
    /* Numbered: no two ports of a client may have one name, and ours have tracks' names. */
    const char *which = arm->n_inputs == 2 ? side ? " R" : " L" : "";
    const char *name =
        ton_arena_printf(arena, "in %d (%s%s)", arms->n_wishes + 1, arm->track, which);
    arms->wishes[arms->n_wishes] =
        (struct ton_device_wish){.name = name, .connect = arm->ports[side]};
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
        for (int side = 0; side < track->n_inputs; side++) {
            const char *port = arms->items[i].ports[side];
            track->inputs[side] = wish_for(arms, arena, &arms->items[i], side);
            track->numbers[side] = ton_text_is_number(port) ? (int)strtol(port, NULL, 10) : 0;
        }
    }
    return name_files(arms, arena, err);
}

enum ton_code arms_find(struct arms *out, struct ton_arena *arena, const char *folder,
                        const struct ton_session *session, const char *const *asked, int n_asked,
                        struct ton_err *err) {
    struct patch patch = {.arena = arena, .folder = folder};
    *out = (struct arms){.items = TON_NEW_N(arena, struct arm, n_asked + session->n_strips + 1)};
    if (!out->items)
        return no_memory(err);
    enum ton_code code = n_asked ? TON_OK : arm_all(out, session, err);
    for (; out->n < n_asked && !code; out->n++)
        code = arm_asked(&out->items[out->n], &patch, session, asked[out->n], err);
    if (!code)
        code = refuse_twice(out, err);
    if (!code)
        code = find_ports(out, &patch, err);
    return code ? code : give_inputs(out, arena, err);
}
