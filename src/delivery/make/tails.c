/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How long a session's files are.
 *
 * A render lasts as long as the tails that the processors declare, which is for a full-scale input:
 * seconds of nothing behind most music. So the files end where the whole mix falls silent
 * (ton/tail.h). All versions and stems of a session end there, for they are laid side by side.
 * Where the session says `end:`, that counts.
 *
 * The length follows from the whole mix, so the manifest keeps it under the key of the whole mix;
 * only when that is new must the mix be rendered to know it.
 *
 * A master may ring on behind its mix: a reverb or delay on the production's chain is heard out by
 * the same rule, on what comes out of the chain before its limiter. What stands behind the limiter
 * rings as long as it declares. */

#include "ton/audio_in.h"
#include "ton/tail.h"
#include "work.h"

enum { BLOCK = 8192, CHANNELS = 2 };
/* The last frame of a stream from where it stands that is over the threshold; -1: none. */
static enum ton_code find_last(int64_t *last, struct ton_audio_in *in, struct ton_err *err) {
    float block[CHANNELS][BLOCK];
    float *planes[CHANNELS] = {block[0], block[1]};
    int64_t at = 0, got = BLOCK;
    *last = -1;
    while (got > 0) {
        const enum ton_code code = ton_audio_read(in, planes, BLOCK, &got, err);
        if (code)
            return code;
        const int64_t loud = ton_tail_last_loud((const float *const *)planes, got);
        *last = loud >= 0 ? at + loud : *last;
        at += got;
    }
    return TON_OK;
}

/* Where the sound of a file ends behind `from`. */
static enum ton_code measure_end(int64_t *end, const char *path, int64_t from, int rate,
                                 struct ton_err *err) {
    struct ton_audio_in *in = NULL;
    int64_t last = -1;
    enum ton_code code = ton_audio_open(&in, path, err);
    if (code)
        return code;
    const int64_t frames = ton_audio_info(in)->frames;
    from = from < frames ? from : frames;
    if (from < frames)
        code = ton_audio_seek(in, from, err);
    if (!code && from < frames)
        code = find_last(&last, in, err);
    ton_audio_close(in);
    *end = ton_tail_end(from, last, rate);
    *end = *end < frames ? *end : frames;
    return code;
}

/* A length that the last delivery found for the same sound; -1: none. */
static int64_t known_length(const struct work *w, const char *key, const char *sound,
                            const char *field) {
    const struct ton_json *sessions = ton_json_get(w->before, "sessions");
    for (size_t i = 0; i < ton_json_size(sessions); i++) {
        const struct ton_json *entry = ton_json_at(sessions, i);
        const int64_t frames = ton_json_as_count(ton_json_get(entry, field));
        if (ton_text_same(ton_json_as_string(ton_json_get(entry, key)), sound) && frames >= 0)
            return frames;
    }
    return -1;
}

struct ton_json *tails_json(const struct work *w) {
    struct ton_json *sessions = ton_json_array();
    for (int i = 0; i < w->n_pieces; i++) {
        const struct piece *p = &w->pieces[i];
        char hex[33];
        if (p->versions[0].unmade || p->versions[0].uncoloured || p->versions[0].bypassed)
            continue; /* found on what is not the mix */
        struct ton_json *entry = ton_json_object();
        ton_json_set(entry, "name", ton_json_string(p->session->name));
        ton_json_set(entry, "key", ton_json_string(ton_key_hex(hex, p->versions[0].key)));
        ton_json_set(entry, "frames", ton_json_integer(p->frames));
        if (p->length >= 0) {
            ton_json_set(entry, "master", ton_json_string(ton_path_name(p->versions[0].colour)));
            ton_json_set(entry, "master_frames", ton_json_integer(p->length));
        }
        ton_json_add(sessions, entry);
    }
    return sessions;
}

enum ton_code tails_find(struct work *w, struct ton_err *err) {
    bool any = false;
    for (int i = 0; i < w->n_pieces; i++) {
        struct piece *p = &w->pieces[i];
        char hex[33];
        ton_key_hex(hex, p->versions[0].key);
        p->frames =
            p->session->end ? ton_plan_frames(p->plan) : known_length(w, "key", hex, "frames");
        /* The whole mix is new, so its versions are likely to be: one pass for all of them. */
        for (size_t k = 0; k < p->n_wanted && p->frames < 0; k++)
            p->versions[k].needed = true;
        any |= p->frames < 0;
    }
    enum ton_code code = any ? mixes_render(w, err) : TON_OK;
    for (int i = 0; i < w->n_pieces && !code; i++) {
        struct piece *p = &w->pieces[i];
        if (p->frames < 0)
            code = measure_end(&p->frames, p->versions[0].mix, p->session->frames, p->session->rate,
                               err);
    }
    return code;
}

static bool any_mastered(const struct work *w) {
    for (size_t i = 0; i < w->n_owed; i++) {
        if (w->owed[i].deliverable->mastered)
            return true;
    }
    return false;
}

enum ton_code tails_ring(struct work *w, struct ton_err *err) {
    const bool mastered = any_mastered(w);
    bool any = false;
    for (int i = 0; i < w->n_pieces; i++) {
        struct piece *p = &w->pieces[i];
        const bool rings = p->tail + p->tail_after > 0;
        const char *name = ton_path_name(p->versions[0].colour);
        p->length = rings ? known_length(w, "master", name, "master_frames") : p->frames;
        p->versions[0].mastering |= mastered && p->length < 0;
        any |= mastered && p->length < 0;
    }
    if (!any)
        return TON_OK;
    enum ton_code code = masters_colour(w, err);
    for (int i = 0; i < w->n_pieces && !code; i++) {
        struct piece *p = &w->pieces[i];
        const int64_t known = p->length;
        if (known < 0 && p->versions[0].uncoloured) {
            p->length = p->frames; /* no master is made of it */
            continue;
        }
        if (known < 0)
            code = measure_end(&p->length, p->versions[0].colour, p->frames, p->session->rate, err);
        if (known < 0)
            p->length += p->tail_after;
    }
    return code;
}
