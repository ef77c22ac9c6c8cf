/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Clips of a track become one signal: each clip with its gain, fades and choice of channels, laid
 * at its place. Where one clip sounds alone its samples are stored, where several do they are added
 * in the clips' order; every sample depends on its own place only, not on how it is asked for. */
#include "reel.h"

#include "take.h"
#include "ton/audio_in.h"
#include "ton/db.h"
#include "ton/mix.h"

#define QUARTER_CIRCLE 1.57079632679489661923F /* pi / 2 */
#define HALF_POWER 0.70710678118654752440F

struct open_clip {
    const struct ton_clip *clip;
    struct take_stream *left, *right; /* right: of a pair */
    int sides;                        /* that are heard: 1 or 2 */
    float gain;
};

struct reel {
    const struct ton_plan *plan;
    const struct node *node;
    int64_t at;
    int next; /* first clip that has not been opened */
    struct open_clip *open;
    int n_open;
    int most_frames;
    struct ton_audio_in *kept; /* the file of a kept stream; then there are no clips */
    float *aside[2]; /* most_frames each, made when first needed: what meets other clips, and what
                        is summed */
};

static enum ton_code no_memory(struct ton_err *err) {
    return ton_fail(err, TON_MEMORY, NULL, "no memory to read the clips");
}

/* Behind its end nothing is read. */
static enum ton_code open_kept(struct reel *r, struct ton_err *err) {
    const enum ton_code code = ton_audio_open(&r->kept, r->node->source.kept, err);
    const int64_t end = code ? 0 : ton_audio_info(r->kept)->frames;
    return code || r->at == 0 ? code : ton_audio_seek(r->kept, r->at < end ? r->at : end, err);
}

enum ton_code reel_create(struct reel **out, const struct ton_plan *plan, const struct node *node,
                          int64_t at, int most_frames, struct ton_err *err) {
    *out = NULL;
    struct reel *r = ton_alloc(sizeof *r);
    if (!r)
        return no_memory(err);
    r->plan = plan;
    r->node = node;
    r->at = at;
    r->most_frames = most_frames;
    r->open = ton_alloc(sizeof *r->open * (size_t)(node->source.n_clips + 1));
    enum ton_code code = r->open ? TON_OK : no_memory(err);
    if (!code && node->source.kept)
        code = open_kept(r, err);
    if (code)
        reel_destroy(r);
    else
        *out = r;
    return code;
}

static void close_clip(struct open_clip *o) {
    take_close(o->left);
    take_close(o->right);
}

void reel_destroy(struct reel *r) {
    if (!r)
        return;
    for (int i = 0; i < r->n_open; i++)
        close_clip(&r->open[i]);
    for (int c = 0; c < 2; c++)
        ton_free(r->aside[c]);
    ton_audio_close(r->kept);
    ton_free(r->open);
    ton_free(r);
}

/* Puts the track and the take in front of what went wrong with a file. */
static enum ton_code named(const struct reel *r, const struct ton_clip *clip, enum ton_code code,
                           struct ton_err *err) {
    const struct ton_session *s = r->plan->session;
    if (code == TON_OK || !err)
        return code;
    const struct ton_err cause = *err;
    return ton_fail(err, code, clip->where ? clip->where : cause.where, "track `%s`, take `%s`: %s",
                    s->strips[r->node->strip].name, s->takes[clip->take].name, cause.text);
}

static enum ton_code open_clip(struct reel *r, const struct ton_clip *clip, struct ton_err *err) {
    const struct ton_session *s = r->plan->session;
    struct open_clip o = {.clip = clip,
                          .gain = (float)ton_db_to_gain((double)clip->gain_db) *
                                  (r->node->source.polarity ? -1.0F : 1.0F)};
    const int64_t from = clip->from + (r->at > clip->at ? r->at - clip->at : 0);
    enum ton_code code =
        take_open(&o.left, &s->takes[clip->take], s->rate, from, clip->channel, err);
    if (!code && clip->take_right >= 0)
        code = take_open(&o.right, &s->takes[clip->take_right], s->rate, from, clip->channel_right,
                         err);
    if (code) {
        close_clip(&o);
        return named(r, clip, code, err);
    }
    o.sides = o.right || (take_channels(o.left) == 2 && clip->channel == TON_CHANNEL_BOTH) ? 2 : 1;
    r->open[r->n_open++] = o;
    return TON_OK;
}

/* The sides that are heard into to[]; to[1] is needed for a sum too. */
static enum ton_code read_sides(const struct open_clip *o, float *const to[2], int n, float gain,
                                struct ton_err *err) {
    float *const first[2] = {to[0], NULL}, *const second[2] = {NULL, to[0]};
    if (o->right) {
        float *const other[2] = {to[1], NULL};
        const enum ton_code code = take_read(o->left, first, n, gain, err);
        return code ? code : take_read(o->right, other, n, gain, err);
    }
    if (take_channels(o->left) == 1 || o->clip->channel == TON_CHANNEL_LEFT)
        return take_read(o->left, first, n, gain, err);
    if (o->clip->channel == TON_CHANNEL_RIGHT)
        return take_read(o->left, second, n, gain, err);
    const enum ton_code code = take_read(o->left, to, n, gain, err);
    for (int i = 0; !code && o->sides == 1 && i < n; i++)
        to[0][i] = 0.5F * (to[0][i] + to[1][i]);
    return code;
}

/* The fade's gain at frame i of a clip. Half a frame in, so that the two fades of a crossfade
 * mirror each other and equal-power ones add up to the same power everywhere. */
static float fade_gain(int64_t i, int64_t length, bool equal_power) {
    if (i >= length)
        return 1.0F;
    const float t = ((float)i + 0.5F) / (float)length;
    return equal_power ? sinf(t * QUARTER_CIRCLE) : t;
}

static void shape(const struct open_clip *o, float *x, int64_t first, int n) {
    const struct ton_clip *clip = o->clip;
    const int64_t end = first + n;
    for (int64_t i = first; i < end && i < clip->fade_in; i++)
        x[i - first] *= fade_gain(i, clip->fade_in, clip->equal_power_in);
    int64_t i = clip->frames - clip->fade_out;
    for (i = i > first ? i : first; i < end; i++)
        x[i - first] *= fade_gain(clip->frames - 1 - i, clip->fade_out, clip->equal_power_out);
    ton_mix_gain(x, x, o->gain, n);
}

/* Whether nothing but the gain changes these frames: then the take is read with it. */
static bool is_plain(const struct open_clip *o, int64_t first, int n) {
    const struct ton_clip *clip = o->clip;
    return clip->channel != TON_CHANNEL_SUM && first >= clip->fade_in &&
           first + n <= clip->frames - clip->fade_out;
}

static enum ton_code set_aside(struct reel *r, struct ton_err *err) {
    for (int c = 0; c < 2 && !r->aside[c]; c++) {
        r->aside[c] = ton_alloc(sizeof(float) * (size_t)r->most_frames);
        if (!r->aside[c])
            return no_memory(err);
    }
    return TON_OK;
}

/* `n` frames of a clip from its frame `first` on, as they are heard: in to[] for each channel of
 * the track, which has two where a clip has two sides. */
static enum ton_code read_clip(const struct reel *r, const struct open_clip *o, float *const to[2],
                               int64_t first, int n, struct ton_err *err) {
    const bool plain = is_plain(o, first, n);
    const enum ton_code code = read_sides(o, to, n, plain ? o->gain : 1.0F, err);
    if (code)
        return named(r, o->clip, code, err);
    for (int c = 0; c < o->sides && !plain; c++)
        shape(o, to[c], first, n);
    if (o->sides < r->node->channels) {
        ton_mix_gain(to[0], to[0], HALF_POWER, n);
        memcpy(to[1], to[0], sizeof(float) * (size_t)n);
    }
    return TON_OK;
}

/* One clip's part of [at, at + frames). `*covered` is how far from `at` on sound lies already: as
 * clips are sorted by start, all from this clip's start to there is laid. */
static enum ton_code play(struct reel *r, const struct open_clip *o, float *const out[2],
                          int frames, int *covered, struct ton_err *err) {
    const struct ton_clip *clip = o->clip;
    const int64_t first = r->at > clip->at ? r->at - clip->at : 0;
    const int place = (int)(clip->at + first - r->at);
    const int64_t left = clip->frames - first;
    const int n = left < frames - place ? (int)left : frames - place;
    if (n <= 0)
        return TON_OK;
    for (int c = 0; c < r->node->channels && place > *covered; c++)
        memset(out[c] + *covered, 0, sizeof(float) * (size_t)(place - *covered));
    int shared = *covered - place; /* meet other clips */
    shared = shared < 0 ? 0 : shared > n ? n : shared;
    const bool stereo = r->node->channels == 2, sums = clip->channel == TON_CHANNEL_SUM;
    enum ton_code code = shared || (sums && !stereo) ? set_aside(r, err) : TON_OK;
    float *const to[2] = {shared ? r->aside[0] : out[0] + place,
                          shared || !stereo ? r->aside[1] : out[1] + place};
    if (!code)
        code = read_clip(r, o, to, first, n, err);
    for (int c = 0; c < r->node->channels && shared && !code; c++) {
        for (int i = 0; i < shared; i++)
            out[c][place + i] += to[c][i];
        memcpy(out[c] + place + shared, to[c] + shared, sizeof(float) * (size_t)(n - shared));
    }
    if (place + n > *covered)
        *covered = place + n;
    return code;
}

static void close_finished(struct reel *r) {
    int kept = 0;
    for (int i = 0; i < r->n_open; i++) {
        if (r->open[i].clip->at + r->open[i].clip->frames <= r->at)
            close_clip(&r->open[i]);
        else
            r->open[kept++] = r->open[i];
    }
    r->n_open = kept;
}

/* Behind the stream's end nobody hears it, so there may be silence. */
static enum ton_code read_kept(const struct reel *r, float *const out[2], int frames,
                               struct ton_err *err) {
    int64_t got = 0;
    const enum ton_code code = ton_audio_read(r->kept, out, frames, &got, err);
    for (int c = 0; c < r->node->channels && !code && got < frames; c++)
        memset(out[c] + got, 0, sizeof(float) * (size_t)(frames - got));
    return code;
}

enum ton_code reel_read(struct reel *r, float *const out[2], int frames, struct ton_err *err) {
    const struct source_spec *s = &r->node->source;
    if (r->kept)
        return read_kept(r, out, frames, err);
    while (r->next < s->n_clips && s->clips[r->next].at < r->at + frames) {
        const struct ton_clip *clip = &s->clips[r->next];
        const bool is_over = clip->frames <= 0 || clip->at + clip->frames <= r->at;
        const enum ton_code code = is_over ? TON_OK : open_clip(r, clip, err);
        if (code)
            return code;
        r->next++;
    }
    int covered = 0;
    for (int i = 0; i < r->n_open; i++) {
        const enum ton_code code = play(r, &r->open[i], out, frames, &covered, err);
        if (code)
            return code;
    }
    for (int c = 0; c < r->node->channels && covered < frames; c++)
        memset(out[c] + covered, 0, sizeof(float) * (size_t)(frames - covered));
    r->at += frames;
    close_finished(r);
    return TON_OK;
}
