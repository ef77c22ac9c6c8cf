/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A stretch of a strip in which its clips are silent: what is recorded there is heard instead. */
#include "transport_threads.h"

/* What is left of a clip before the stretch; it falls into it. */
static struct ton_clip left_of(struct ton_clip clip, int64_t from, int fade) {
    const int64_t frames = from + fade - clip.at;
    if (clip.frames > frames) {
        clip.frames = frames;
        clip.fade_out = fade < frames ? fade : frames;
        clip.equal_power_out = false;
    }
    return clip;
}

/* What is left of it behind. */
static struct ton_clip right_of(struct ton_clip clip, int64_t to, int fade) {
    const int64_t cut = to - clip.at;
    if (cut > 0) {
        clip.at += cut;
        clip.from += cut;
        clip.frames -= cut;
        clip.fade_in = fade < clip.frames ? fade : clip.frames;
        clip.equal_power_in = false;
    }
    return clip;
}

/* The strip's clips without the stretch, in order. */
static enum ton_code cut(struct ton_strip *strip, struct ton_transport *t, int64_t from, int64_t to,
                         struct ton_err *err) {
    if (!t->cuts)
        t->cuts = ton_arena_create();
    const int n = strip->n_clips;
    struct ton_clip *left = t->cuts ? TON_NEW_N(t->cuts, struct ton_clip, 2 * n + 1) : NULL;
    if (!left)
        return ton_fail(err, TON_MEMORY, NULL, "no memory to silence `%s`", strip->name);
    int kept = 0;
    for (int i = 0; i < n; i++)
        if (strip->clips[i].at < from)
            left[kept++] = left_of(strip->clips[i], from, t->fade);
    for (int i = 0; i < n; i++)
        if (strip->clips[i].at + strip->clips[i].frames > to)
            left[kept++] = right_of(strip->clips[i], to, t->fade);
    strip->clips = left;
    strip->n_clips = kept;
    return TON_OK;
}

enum ton_code ton_transport_silence(struct ton_transport *t, int strip, int64_t from, int64_t to,
                                    struct ton_err *err) {
    const struct ton_session *s = t->config.session;
    if (strip < 0 || strip >= s->n_strips)
        return ton_fail(err, TON_USAGE, NULL, "there is no strip %d: the session has %d", strip,
                        s->n_strips);
    struct ton_strip whole = s->strips[strip];
    const enum ton_code code = to > from ? cut(&whole, t, from, to, err) : TON_OK;
    if (code)
        return code;
    pthread_mutex_lock(&t->lock);
    t->strips[strip].clips = whole.clips;
    t->strips[strip].n_clips = whole.n_clips;
    t->wanted++;
    pthread_cond_broadcast(&t->moved);
    pthread_mutex_unlock(&t->lock);
    return TON_OK;
}
