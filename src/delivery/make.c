/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One file: limiter, resampling, encoder; then what was encoded is decoded and measured, and where
 * resampling or a codec overshot the ceiling, the ceiling is lowered and the file made again. */

#include "ton/audio_out.h"
#include "ton/known.h"
#include "ton/measure.h"
#include "ton/resample.h"
#include "work.h"

enum { MOST_TRIES = 12, BLOCK = 4096, CHANNELS = 2 };
static const double STEP_DB =
    0.1; /* ceilings are lowered on this grid, so that files share gains */

static const double LOSS_HEARD_LU = 0.05;
static const double MOST_LOSS_LU =
    1.5; /* more is no codec's loss of music, but noise thrown away */
static const double MOST_MAKE_UP_DB = 6.0;
/* LU that 1 dB more before a limiter gives: at first a guess, then what the last try gave. */
static const double USUAL_SLOPE = 0.5, LEAST_SLOPE = 0.15;

/* From the mastered stream to the file. */
struct pipe {
    struct ton_audio_out *out;
    struct ton_resampler *resampler;
    int resampler_rate, channels;
    struct ton_meter *meter; /* before the encoder, for the tags that stand at a file's head */
    int64_t skip, left;      /* frames to throw away, then those that the file still takes */
    int64_t written;
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
    const enum ton_code code = ton_meter_feed(p->meter, rest, n, err);
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
    struct ton_master_config config = masters_config(w, part);
    struct ton_master_stats stats = {0};
    config.ceiling_dbtp = o->delivered->ceiling_dbtp;
    config.gain_db = o->delivered->gain_db;
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

static enum ton_code encode(struct work *w, struct owed *o, struct pipe *p,
                            struct ton_measurement *before, struct ton_err *err) {
    p->channels = o->delivered->channels;
    const struct ton_audio_out_config config = {
        .format = o->format,
        .channels = p->channels,
        .tags = o->tags,
        .dither = o->dither,
        .seed = o->key.low,
    };
    const struct ton_layout layout = ton_layout_usual(p->channels);
    o->delivered->most_reduction_db = o->deliverable->mastered ? 0.0 : NAN;
    enum ton_code code = ton_meter_create(&p->meter, o->format.rate, &layout, false, err);
    if (!code)
        code = ton_audio_create(&p->out, o->draft, &config, err);
    if (!code)
        code = run_parts(w, o, p, err);
    if (!code) {
        ton_meter_finish(p->meter, before);
        loudness_to_tags(&o->tags, before);
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

/* `before`: measured before the encoder. */
static enum ton_code make_once(struct work *w, struct owed *o, struct ton_measurement *before,
                               struct ton_err *err) {
    struct pipe pipe = {0};
    enum ton_code code = encode(w, o, &pipe, before, err);
    ton_resampler_destroy(pipe.resampler);
    ton_meter_destroy(pipe.meter);
    return code ? code : measure(o, err);
}

/* The search for the ceiling under which the encoded file holds the one asked for. Down by what was
 * too much; and where a file that holds it is limited so deep that its loudness is out of reach, up
 * again between the two. */
struct search {
    double ceiling, make_up_db;   /* of the next try */
    double held, held_make_up_db; /* highest ceiling that held; NaN: none yet */
    double over;                  /* lowest ceiling that did not; NaN: none yet */
    struct {
        double ceiling, make_up_db, level;
    } last;
    double wanted; /* level before the codec under the file's own ceiling */
};

/* What is missing of the loudness that went into the codec at first; 0 where nothing was solved.
 * Noise under speech can cost an MP3 a quarter of an LU. */
static double codec_loss(const struct owed *o, double wanted) {
    if (!ton_format_lossy(&o->format) || isnan(o->target))
        return 0.0;
    const double loss = wanted - masters_level(o, &o->delivered->measured);
    return isfinite(loss) ? loss : 0.0;
}

/* Half-way between the ceiling that held and the one that did not, on the grid; false: none left.
 */
static bool between(struct search *s) {
    const double steps = round((s->over - s->held) / STEP_DB);
    if (!(steps >= 2.0))
        return false;
    s->ceiling = s->held + STEP_DB * floor(steps / 2.0);
    s->make_up_db = 0.0;
    return true;
}

/* What must be added before the limiter to make up for a loss in the codec. */
static double make_up_for(struct search *s, double loss, double level) {
    double slope = USUAL_SLOPE;
    if (s->last.ceiling == s->ceiling && s->last.make_up_db != s->make_up_db)
        slope = (level - s->last.level) / (s->make_up_db - s->last.make_up_db);
    s->last.ceiling = s->ceiling;
    s->last.make_up_db = s->make_up_db;
    s->last.level = level;
    return loss / fmin(1.0, fmax(LEAST_SLOPE, slope));
}

/* Whether there is something to gain by another try. */
static bool next_try(struct search *s, const struct owed *o, bool reached) {
    const struct ton_measurement *m = &o->delivered->measured;
    const double over = m->true_peak_dbtp - o->ceiling_dbtp;
    const double loss = codec_loss(o, s->wanted);
    const bool soft = reached && fabs(loss) > LOSS_HEARD_LU && fabs(loss) < MOST_LOSS_LU;
    const double more = soft ? make_up_for(s, loss, masters_level(o, m)) : 0.0;
    const bool louder = soft && fabs(s->make_up_db + more) <= MOST_MAKE_UP_DB;
    if (over > 0.0) {
        s->over = isnan(s->over) ? s->ceiling : fmin(s->over, s->ceiling);
        if (!isnan(s->held) && s->held < s->over)
            return between(s);
        s->held = NAN; /* its make-up was too much */
        s->ceiling -= STEP_DB * ceil(over / STEP_DB);
    } else {
        s->held = s->ceiling;
        s->held_make_up_db = s->make_up_db;
        if (!reached)
            return between(s);
    }
    s->make_up_db += louder ? more : 0.0;
    return louder || over > 0.0;
}

static enum ton_code try_once(struct work *w, struct owed *o, const struct search *s,
                              struct ton_measurement *before, bool *reached, struct ton_err *err) {
    struct ton_delivered *d = o->delivered;
    d->ceiling_dbtp = s->ceiling;
    const enum ton_code code = masters_gain(&d->gain_db, reached, w, o, s->ceiling, err);
    d->gain_db += s->make_up_db;
    return code ? code : make_once(w, o, before, err);
}

static enum ton_code make_mastered(struct work *w, struct owed *o, struct ton_err *err) {
    struct search s = {
        .ceiling = o->ceiling_dbtp,
        .held = NAN,
        .over = NAN,
        .last = {.ceiling = NAN},
        .wanted = NAN,
    };
    struct ton_measurement before;
    bool reached = true;
    enum ton_code code = try_once(w, o, &s, &before, &reached, err);
    s.wanted = code ? NAN : masters_level(o, &before);
    for (int i = 1; i < MOST_TRIES && !code && next_try(&s, o, reached); i++)
        code = try_once(w, o, &s, &before, &reached, err);
    const bool over = o->delivered->measured.true_peak_dbtp > o->ceiling_dbtp;
    if (!code && over && !isnan(s.held)) {
        s.ceiling = s.held;
        s.make_up_db = s.held_make_up_db;
        code = try_once(w, o, &s, &before, &reached, err);
    }
    if (!code)
        masters_warn(w, o, o->delivered->ceiling_dbtp);
    return code; /* the verdict tells what is missing */
}

enum ton_code make_file(struct work *w, struct owed *o, struct ton_err *err) {
    struct ton_measurement before;
    enum ton_code code = ton_path_make_folders(o->folder, err);
    if (!code)
        code = ton_path_temporary(o->draft, o->path, err);
    if (code)
        return code;
    code = o->deliverable->mastered ? make_mastered(w, o, err) : make_once(w, o, &before, err);
    if (!code)
        code = ton_sha256_file(o->sha256, o->draft, err);
    if (code)
        ton_path_abandon(o->draft);
    else
        code = ton_path_commit(o->draft, o->path, err);
    if (!code)
        ton_known_add_sha256(o->path, o->sha256);
    o->delivered->sha256 = o->sha256;
    o->delivered->bytes = ton_path_size(o->path);
    o->delivered->rebuilt = !code;
    return code;
}
