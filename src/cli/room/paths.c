/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From recordings and responses to figures, advice and corrections. */
#include "room.h"

#include <math.h>
#include <string.h>

static const char *path_name(struct ton_arena *arena, const struct room_result *result,
                             const struct room_plan *plan, const struct room_measured *p) {
    const char *const loudspeaker = result->loudspeakers[p->loudspeaker].name;
    if (plan->n_files)
        return p->microphone < 0
                   ? loudspeaker
                   : ton_arena_printf(arena, "%s, channel %d", loudspeaker, p->microphone + 1);
    return plan->n_microphones == 1 ? loudspeaker
                                    : ton_arena_printf(arena, "%s at %s", loudspeaker,
                                                       plan->microphones[p->microphone].name);
}

enum ton_code room_add_response(struct room_result *result, struct ton_arena *arena,
                                const struct room_plan *plan, const struct room_measured *path,
                                const float *response, int frames, int rate, struct ton_err *err) {
    struct ton_room_path_how how = plan->how;
    if (result->n == ROOM_MOST_PATHS)
        return ton_fail(err, TON_INPUT, NULL, "more than %d paths cannot be measured at once",
                        ROOM_MOST_PATHS);
    if (!result->paths)
        result->paths = TON_NEW_N(arena, struct room_measured, ROOM_MOST_PATHS);
    if (!result->paths)
        return ton_fail(err, TON_MEMORY, NULL, "no memory");
    struct room_measured *const m = &result->paths[result->n];
    *m = *path;
    m->path.name = path_name(arena, result, plan, path);
    m->distance_m = NAN;
    m->latency_frames = NAN;
    how.from_hz = m->has_heard ? result->sweep.from_hz : 0.0;
    how.to_hz = m->has_heard ? result->sweep.to_hz : 0.0;
    enum ton_code code = ton_room_path_measure(&m->path, arena, response, frames, rate, &how, err);
    if (!code)
        code = ton_room_advise(&m->advices, arena, &m->path, &how, m->has_heard ? &m->heard : NULL,
                               err);
    result->n += code == TON_OK;
    return code;
}

enum ton_code room_add_sweep(struct room_result *result, struct ton_arena *arena,
                             const struct room_plan *plan, const struct room_measured *path,
                             const float *recording, int64_t frames, struct ton_err *err) {
    struct room_measured m = *path;
    const char *const name =
        plan->n_files
            ? path_name(arena, result, plan, path)
            : ton_arena_printf(arena, "%s at %s", result->loudspeakers[path->loudspeaker].name,
                               plan->microphones[path->microphone].name);
    enum ton_code code = ton_sweep_hear(&m.heard, arena, &result->sweep, recording, frames, err);
    code = code ? code : ton_sweep_judge(&m.heard, &result->sweep, name, err);
    m.has_heard = true;
    return code ? code
                : room_add_response(result, arena, plan, &m, m.heard.response, m.heard.frames,
                                    result->sweep.rate, err);
}

enum ton_code room_miss(struct room_result *result, struct ton_arena *arena, struct ton_err *err) {
    if (result->n_missed == ROOM_MOST_PATHS)
        return ton_fail(err, TON_INPUT, NULL, "more than %d paths cannot be measured at once",
                        ROOM_MOST_PATHS);
    const char *const sentence = ton_arena_printf(arena, "%s: %s", err->where, err->text);
    if (!sentence)
        return ton_fail(err, TON_MEMORY, NULL, "no memory");
    result->missed[result->n_missed++] = sentence;
    return TON_OK;
}

static int first_path(const struct room_result *result, int loudspeaker) {
    for (int i = 0; i < result->n; i++)
        if (result->paths[i].loudspeaker == loudspeaker)
            return i;
    return -1;
}

/* By how many frames the left one's sound came later. Each loudspeaker is heard by a device that
 * was opened anew, which takes as long every time only with a sound server; NaN: not known. */
static double later_frames(const struct room_result *result, const struct room_measured *left,
                           const struct room_measured *right) {
    const double raw = left->heard.arrival_frames - right->heard.arrival_frames;
    const double by_loops = raw - (left->latency_frames - right->latency_frames);
    const bool is_steady = result->device.backend && strcmp(result->device.backend, "jack") == 0;
    return isfinite(by_loops) ? by_loops : is_steady ? raw : (double)NAN;
}

static int reversed_of(const struct room_measured *left, const struct room_measured *right) {
    return left->has_heard && right->has_heard
               ? (int)right->heard.inverted - (int)left->heard.inverted
               : 0;
}

/* The second and later loudspeakers against the first, at the first microphone. */
static void compare(struct room_result *result, const struct room_plan *plan) {
    const int left = first_path(result, 0);
    for (int l = 1; l < result->n_loudspeakers && left >= 0; l++) {
        const int right = first_path(result, l);
        if (right < 0)
            continue;
        struct ton_room_page_pair *const pair = &result->pairs[result->n_pairs++];
        const struct room_measured *const a = &result->paths[left], *b = &result->paths[right];
        *pair = (struct ton_room_page_pair){.left = left, .right = right};
        ton_room_compare(&pair->figures, &a->path, &b->path, later_frames(result, a, b),
                         plan->how.celsius);
        pair->figures.reversed = reversed_of(a, b);
    }
}

static enum ton_code add_correction(struct room_result *result, struct ton_arena *arena,
                                    const struct ton_correction_how *how, int loudspeaker,
                                    const struct ton_response *mean, struct ton_err *err) {
    struct room_correction *const c = &result->corrections[result->n_corrections++];
    c->name = result->loudspeakers[loudspeaker].name;
    return ton_correction_make(&c->made, arena, mean, result->rate, how, err);
}

/* For each loudspeaker, over all places where it was heard: a correction, or how near the one that
 * is heard brings it to the target. */
static enum ton_code correct(struct room_result *result, struct ton_arena *arena,
                             const struct room_plan *plan, struct ton_err *err) {
    enum ton_code code = TON_OK;
    for (int l = 0; l < result->n_loudspeakers && !code; l++) {
        const struct ton_response *curves[ROOM_MOST_PATHS], *sharp[ROOM_MOST_PATHS];
        struct ton_correction_how how = plan->correction;
        struct ton_response mean;
        int n = 0;
        for (int i = 0; i < result->n; i++)
            if (result->paths[i].loudspeaker == l) {
                sharp[n] = &result->paths[i].path.curve[TON_SMOOTHING_SIXTH];
                curves[n++] = &result->paths[i].path.curve[TON_SMOOTHING_PSYCHOACOUSTIC];
            }
        if (n == 0)
            continue;
        code = ton_response_mean(&mean, arena, curves, n, err);
        how.places = sharp;
        how.n_places = n;
        if (!code)
            code = plan->corrects ? add_correction(result, arena, &how, l, &mean, err)
                                  : room_through_judge(result, arena, &how, l, &mean, err);
    }
    return code;
}

enum ton_code room_conclude(struct room_result *result, struct ton_arena *arena,
                            const struct room_plan *plan, struct ton_err *err) {
    compare(result, plan);
    enum ton_code code = TON_OK;
    for (int i = 0; i < result->n_pairs && !code; i++)
        code = ton_room_advise_pair(&result->paths[result->pairs[i].right].advices, arena,
                                    &result->pairs[i].figures,
                                    result->paths[result->pairs[i].left].path.name,
                                    result->paths[result->pairs[i].right].path.name, err);
    if (code || (!plan->corrects && !plan->chain))
        return code;
    if (plan->corrects && result->n_missed)
        return ton_fail(err, TON_MISSED, NULL,
                        "no correction is made of a room that was heard in part");
    return correct(result, arena, plan, err);
}
