/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One file: limiter, resampling, encoder; and what was encoded is decoded and measured.
 *
 * A lossy or packed file is read back for that. Of a plain one each block is decoded and measured
 * while it is at hand, on its way into the file; then only the proof is left that the finished file
 * is that one: a reader finds the same format and length in it, and its samples have the key of
 * what was measured. */

#include "ton/audio_out.h"
#include "ton/measure.h"
#include "ton/resample.h"
#include "work.h"

enum { BLOCK = 4096, CHANNELS = 2 };

/* From the mastered stream to the file. */
struct pipe {
    struct ton_audio_out *out;
    struct ton_resampler *resampler;
    int resampler_rate, channels;
    struct ton_meter *before; /* the encoder; NULL: nobody asks */
    struct ton_audio_echo echo;
    int64_t skip, left; /* frames to throw away, then those that the file still takes */
    int64_t written;
    float gain; /* behind the limiter */
    float turned[CHANNELS][BLOCK];
};

static enum ton_code to_file(const float *const *in, int frames, struct ton_err *err, void *user) {
    struct pipe *p = user;
    const int64_t skip = p->skip < frames ? p->skip : frames;
    const int64_t n = frames - skip < p->left ? frames - skip : p->left;
    const float *rest[CHANNELS] = {in[0] + skip, in[1] + skip};
    p->skip -= skip;
    p->left -= n;
    p->written += n;
    if (n == 0)
        return TON_OK;
    const enum ton_code code = p->before ? ton_meter_feed(p->before, rest, n, err) : TON_OK;
    return code ? code : ton_audio_write(p->out, rest, n, err);
}

/* As many pointers as a stereo stream has, also for one channel. */
static enum ton_code resampled(const float *const *in, int frames, struct ton_err *err,
                               void *user) {
    struct pipe *p = user;
    const float *both[CHANNELS] = {in[0], in[p->channels - 1]};
    return to_file(both, frames, err, user);
}

static enum ton_code to_pipe(void *user, const float *const *in, int frames, struct ton_err *err) {
    struct pipe *p = user;
    const float *turned[CHANNELS] = {p->turned[0], p->turned[1]};
    for (int c = 0; c < p->channels && p->gain != 1.0F; c++) {
        for (int i = 0; i < frames; i++)
            p->turned[c][i] = in[c][i] * p->gain;
    }
    if (p->gain != 1.0F)
        in = turned;
    if (p->resampler)
        return ton_resampler_feed(p->resampler, in, frames, false, resampled, err, p);
    return to_file(in, frames, err, p);
}

static enum ton_code silence_to_file(struct pipe *p, int64_t frames, struct ton_err *err) {
    static const float zeros[BLOCK];
    const float *in[CHANNELS] = {zeros, zeros};
    enum ton_code code = TON_OK;
    for (; frames > 0 && !code; frames -= BLOCK)
        code = to_file(in, (int)(frames < BLOCK ? frames : BLOCK), err, p);
    return code;
}

/* Silence up to a whole sector, if the file is made of such. */
static enum ton_code fill_sector(struct pipe *p, int sector, struct ton_err *err) {
    const int64_t over = sector ? p->written % sector : 0;
    return over ? silence_to_file(p, sector - over, err) : TON_OK;
}

static enum ton_code end_resampler(struct pipe *p, struct ton_err *err) {
    enum ton_code code = TON_OK;
    if (p->resampler)
        code = ton_resampler_feed(p->resampler, NULL, 0, true, resampled, err, p);
    ton_resampler_destroy(p->resampler);
    p->resampler = NULL;
    return code;
}

/* A part that follows without a gap at the same rate goes on in the same resampler: nothing is
 * heard of the border. */
static enum ton_code begin_part(struct pipe *p, const struct owed *o, const struct part *part,
                                int rate, struct ton_err *err) {
    const bool goes_on = part->gap_s == 0.0 && p->resampler && rate == p->resampler_rate;
    enum ton_code code = goes_on ? TON_OK : end_resampler(p, err);
    if (!code && part->gap_s > 0.0)
        code = silence_to_file(p, llround(part->gap_s * o->format.rate), err);
    if (!code && part->gap_s > 0.0)
        code = fill_sector(p, o->sector, err);
    p->resampler_rate = rate;
    if (!code && !goes_on && rate != o->format.rate)
        code = ton_resampler_create(&p->resampler, rate, o->format.rate, p->channels, err);
    return code;
}

static enum ton_code run_part(struct work *w, struct owed *o, const struct part *part,
                              struct pipe *p, struct ton_err *err) {
    const struct ton_master_sink sink = {to_pipe, p};
    struct ton_master_track track = masters_track(w, o, part);
    enum ton_code code = begin_part(p, o, part, w->pieces[part->piece].session->rate, err);
    if (code)
        return code;
    if (!o->deliverable->mastered) {
        track.path = track.mix;
        track.length = track.frames;
        return ton_master_play(&track, &sink, err);
    }
    struct ton_master_config config = masters_config(w);
    struct ton_master_stats stats = {0};
    config.ceiling_dbtp = o->delivered->ceiling_dbtp;
    config.gain_db = o->delivered->gain_db;
    config.bypassed = &o->trouble;
    code = ton_master_run(&track, &config, &sink, &stats, err);
    o->delivered->most_reduction_db =
        fmin(o->delivered->most_reduction_db, stats.most_reduction_db);
    return code;
}

static enum ton_code run_parts(struct work *w, struct owed *o, struct pipe *p,
                               struct ton_err *err) {
    const struct window window = stream_window(w, o);
    p->skip = window.skip;
    p->left = window.frames;
    enum ton_code code = TON_OK;
    for (int i = window.first; i <= window.last && !code; i++)
        code = run_part(w, o, &o->stream[i], p, err);
    if (!code)
        code = end_resampler(p, err);
    return code ? code : fill_sector(p, o->sector, err);
}

static void loudness_to_tags(struct ton_tags *tags, const struct ton_measurement *m) {
    tags->has_loudness = true;
    tags->integrated_lufs = m->integrated_lufs;
    tags->loudness_range_lu = m->loudness_range_lu;
    tags->true_peak_dbtp = m->true_peak_dbtp;
    tags->max_momentary_lufs = m->max_momentary_lufs;
    tags->max_short_term_lufs = m->max_short_term_lufs;
}

static enum ton_code hear(void *user, const float *const *in, int frames, struct ton_err *err) {
    return ton_meter_feed(user, in, frames, err);
}

/* Its meters: before the encoder when somebody asks, behind it where the file is plain. */
static enum ton_code listen(struct pipe *p, struct owed *o, bool before, struct ton_err *err) {
    const struct ton_layout layout = ton_layout_usual(p->channels);
    enum ton_code code = TON_OK;
    if (before)
        code = ton_meter_create_plain(&p->before, o->format.rate, &layout, err);
    if (!code && ton_format_plain(&o->format))
        code = ton_meter_create(&o->heard, o->format.rate, &layout, true, err);
    p->echo = (struct ton_audio_echo){.hear = hear, .user = o->heard};
    return code;
}

/* The numbers of a plain file are known when its last sample is; they stand at its head. */
static enum ton_code finish_heard(struct pipe *p, struct owed *o, struct ton_err *err) {
    if (!o->heard)
        return TON_OK;
    ton_meter_finish(o->heard, &o->delivered->measured);
    loudness_to_tags(&o->tags, &o->delivered->measured);
    return ton_audio_set_loudness(p->out, &o->tags, err);
}

static enum ton_code encode(struct work *w, struct owed *o, struct pipe *p, struct ton_err *err) {
    const struct ton_audio_out_config config = {
        .format = o->format,
        .channels = p->channels,
        .tags = o->tags,
        .dither = o->dither,
        .seed = o->key.low,
        .loosely = true, /* a try may not be the last; what gets the file's name is synced then */
        .echo = o->heard ? &p->echo : NULL,
    };
    o->delivered->most_reduction_db = o->deliverable->mastered ? 0.0 : NAN;
    enum ton_code code = ton_audio_create(&p->out, o->draft, &config, err);
    if (!code)
        code = run_parts(w, o, p, err);
    if (!code)
        code = finish_heard(p, o, err);
    struct ton_audio_out *out = p->out;
    p->out = NULL;
    o->delivered->clipped = out ? ton_audio_clipped(out) : 0;
    if (!code)
        return ton_audio_finish(out, err);
    ton_audio_abandon(out);
    return code;
}

enum ton_code make_draft(struct work *w, struct owed *o, struct ton_measurement *before,
                         struct ton_err *err) {
    struct pipe pipe = {
        .gain = (float)pow(10.0, o->delivered->turned_db / 20.0),
        .channels = o->delivered->channels,
    };
    make_forget(o);
    enum ton_code code = listen(&pipe, o, before != NULL, err);
    if (!code)
        code = encode(w, o, &pipe, err);
    if (!code && before)
        ton_meter_finish(pipe.before, before);
    o->heard_key = pipe.echo.key;
    ton_resampler_destroy(pipe.resampler);
    ton_meter_destroy(pipe.before);
    return code;
}

void make_forget(struct owed *o) {
    ton_meter_destroy(o->heard);
    o->heard = NULL;
}

static bool is_as_heard(const struct owed *o, const struct ton_audio_info *info,
                        struct ton_key key) {
    return info->rate == o->format.rate && info->channels == o->delivered->channels &&
           info->frames == o->delivered->measured.frames &&
           info->floating == (o->format.codec == TON_FLOAT) && ton_key_same(key, o->heard_key);
}

/* What cannot be read as a sound file is not what was written, either. */
static enum ton_code prove(const struct owed *o, struct ton_err *err) {
    struct ton_audio_in *in = NULL;
    struct ton_key key;
    enum ton_code code = ton_audio_open(&in, o->draft, err);
    if (!code)
        code = ton_audio_samples_key(&key, in, err);
    const bool proven = !code && is_as_heard(o, ton_audio_info(in), key);
    ton_audio_close(in);
    if (proven || (code && code != TON_INPUT))
        return code;
    return ton_fail(err, TON_ENVIRONMENT, o->path,
                    "what was written cannot be read back as it was; is the disk all right?");
}

enum ton_code make_measure(struct work *w, struct owed *o, struct ton_err *err) {
    enum ton_code code =
        o->heard ? prove(o, err)
                 : ton_measure_file(&o->delivered->measured, &o->heard, o->draft, o->gone, err);
    if (!code)
        code = report_draw(w, o, o->heard, err);
    make_forget(o);
    return code;
}

enum ton_code make_once(struct work *w, struct owed *o, struct ton_err *err) {
    const enum ton_code code = make_draft(w, o, NULL, err);
    return code ? code : make_measure(w, o, err);
}
