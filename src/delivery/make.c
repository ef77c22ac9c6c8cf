/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One file: limiter, resampling, encoder; then what was encoded is decoded and measured, and where
 * resampling or a codec overshot the ceiling, the ceiling is lowered and the file made again. */

#include "ton/audio_out.h"
#include "ton/measure.h"
#include "ton/resample.h"
#include "work.h"

enum { MOST_TRIES = 9, BLOCK = 4096, CHANNELS = 2 };
static const double STEP_DB =
    0.1; /* ceilings are lowered on this grid, so that files share gains */

static const double LOSS_HEARD_LU = 0.05;
static const double MOST_MAKE_UP_DB = 1.0;

/* From the mastered stream to the file. */
struct pipe {
    struct ton_audio_out *out;
    struct ton_resampler *resampler;
    struct ton_meter *meter; /* before the encoder, for the tags that stand at a file's head */
};

static enum ton_code to_file(const float *const *in, int frames, struct ton_err *err, void *user) {
    struct pipe *p = user;
    const enum ton_code code = ton_meter_feed(p->meter, in, frames, err);
    return code ? code : ton_audio_write(p->out, in, frames, err);
}

static enum ton_code to_pipe(void *user, const float *const *in, int frames, struct ton_err *err) {
    struct pipe *p = user;
    if (p->resampler)
        return ton_resampler_feed(p->resampler, in, frames, false, to_file, err, p);
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

/* A file that goes through no mastering chain: the mix as it is. */
static enum ton_code copy_mix(struct pipe *p, const struct ton_master_track *track,
                              struct ton_err *err) {
    struct ton_audio_in *in = NULL;
    float block[CHANNELS][BLOCK];
    float *planes[CHANNELS] = {block[0], block[1]};
    enum ton_code code = ton_audio_open(&in, track->mix, err);
    int64_t got = BLOCK, left = track->frames;
    while (!code && got > 0 && left > 0) {
        code = ton_audio_read(in, planes, left < BLOCK ? left : BLOCK, &got, err);
        left -= got;
        if (!code && got > 0)
            code = to_pipe(p, (const float *const *)planes, (int)got, err);
        if (!code)
            code = ton_stop_check(err);
    }
    ton_audio_close(in);
    return code;
}

static enum ton_code run_part(struct work *w, struct owed *o, const struct part *part,
                              struct pipe *p, struct ton_err *err) {
    const int rate = w->pieces[part->piece].session->rate;
    enum ton_code code = silence_to_file(p, (int64_t)llround(part->gap_s * o->format.rate), err);
    if (!code && rate != o->format.rate)
        code = ton_resampler_create(&p->resampler, rate, o->format.rate, CHANNELS, err);
    if (!code && !o->deliverable->mastered) {
        const struct ton_master_track track = masters_track(w, part);
        code = copy_mix(p, &track, err);
    } else if (!code) {
        struct ton_master_config config = masters_config(w, part);
        const struct ton_master_track track = masters_track(w, part);
        const struct ton_master_sink sink = {to_pipe, p};
        struct ton_master_stats stats = {0};
        config.ceiling_dbtp = o->delivered->ceiling_dbtp;
        config.gain_db = o->delivered->gain_db;
        code = ton_master_run(&track, &config, &sink, &stats, err);
        o->delivered->most_reduction_db =
            fmin(o->delivered->most_reduction_db, stats.most_reduction_db);
    }
    if (!code && p->resampler)
        code = ton_resampler_feed(p->resampler, NULL, 0, true, to_file, err, p);
    ton_resampler_destroy(p->resampler);
    p->resampler = NULL;
    return code;
}

static void loudness_to_tags(struct ton_tags *tags, const struct ton_measurement *m) {
    tags->has_loudness = true;
    tags->integrated_lufs = m->integrated_lufs;
    tags->loudness_range_lu = m->loudness_range_lu;
    tags->true_peak_dbtp = m->true_peak_dbtp;
    tags->max_momentary_lufs = m->max_momentary_lufs;
    tags->max_short_term_lufs = m->max_short_term_lufs;
}

static enum ton_code encode(struct work *w, struct owed *o, struct pipe *p, struct ton_err *err) {
    const struct ton_audio_out_config config = {
        .format = o->format,
        .channels = CHANNELS,
        .tags = o->tags,
        .dither = o->dither,
        .seed = o->key.low,
    };
    const struct ton_layout stereo = ton_layout_usual(CHANNELS);
    o->delivered->most_reduction_db = o->deliverable->mastered ? 0.0 : NAN;
    enum ton_code code = ton_meter_create(&p->meter, o->format.rate, &stereo, false, err);
    if (!code)
        code = ton_audio_create(&p->out, o->draft, &config, err);
    for (int i = 0; i < o->n_parts && !code; i++)
        code = run_part(w, o, &o->parts[i], p, err);
    if (!code) {
        struct ton_measurement m;
        ton_meter_finish(p->meter, &m);
        loudness_to_tags(&o->tags, &m);
        code = ton_audio_set_loudness(p->out, &o->tags, err);
    }
    struct ton_audio_out *out = p->out;
    p->out = NULL;
    o->delivered->clipped = out ? ton_audio_clipped(out) : 0;
    if (!code)
        return ton_audio_finish(out, err);
    ton_audio_abandon(out);
    return code;
}

/* The decoded file's numbers, and its picture for the report. */
static enum ton_code measure(struct owed *o, struct ton_err *err) {
    struct ton_meter *meter = NULL;
    enum ton_code code = ton_measure_file(&o->delivered->measured, &meter, o->draft, err);
    if (!code)
        code = report_draw(o, meter, err);
    ton_meter_destroy(meter);
    return code;
}

static enum ton_code make_once(struct work *w, struct owed *o, struct ton_err *err) {
    struct pipe pipe = {0};
    enum ton_code code = encode(w, o, &pipe, err);
    ton_meter_destroy(pipe.meter);
    return code ? code : measure(o, err);
}

/* What is missing of the loudness that went into the codec at first; 0 where nothing was solved.
 * Noise under speech can cost an MP3 a quarter of an LU. */
static double codec_loss_lu(const struct owed *o, double wanted_lufs) {
    if (!ton_format_lossy(&o->format) || isnan(o->target_lufs))
        return 0.0;
    const double loss = wanted_lufs - o->delivered->measured.integrated_lufs;
    return isfinite(loss) ? loss : 0.0;
}

static enum ton_code make_mastered(struct work *w, struct owed *o, struct ton_err *err) {
    struct ton_delivered *d = o->delivered;
    double ceiling = o->ceiling_dbtp, make_up_db = 0.0, wanted_lufs = NAN;
    for (int i = 0; i < MOST_TRIES; i++) {
        d->ceiling_dbtp = ceiling;
        enum ton_code code = masters_gain(&d->gain_db, w, o, ceiling, err);
        d->gain_db += make_up_db;
        if (!code)
            code = make_once(w, o, err);
        if (code)
            return code;
        if (isnan(wanted_lufs))
            wanted_lufs = o->tags.integrated_lufs;
        const double over = d->measured.true_peak_dbtp - o->ceiling_dbtp;
        const double loss = codec_loss_lu(o, wanted_lufs);
        const bool soft = fabs(loss) > LOSS_HEARD_LU && fabs(make_up_db + loss) <= MOST_MAKE_UP_DB;
        if (!(over > 0.0) && !soft)
            return TON_OK;
        if (soft)
            make_up_db += loss;
        if (over > 0.0)
            ceiling -= STEP_DB * ceil(over / STEP_DB);
    }
    return TON_OK; /* the verdict tells what is missing */
}

enum ton_code make_file(struct work *w, struct owed *o, struct ton_err *err) {
    enum ton_code code = ton_path_make_folders(o->folder, err);
    if (!code)
        code = ton_path_temporary(o->draft, o->path, err);
    if (code)
        return code;
    code = o->deliverable->mastered ? make_mastered(w, o, err) : make_once(w, o, err);
    if (!code)
        code = ton_sha256_file(o->sha256, o->draft, err);
    if (code)
        ton_path_abandon(o->draft);
    else
        code = ton_path_commit(o->draft, o->path, err);
    o->delivered->sha256 = o->sha256;
    o->delivered->bytes = ton_path_size(o->path);
    o->delivered->rebuilt = !code;
    return code;
}
