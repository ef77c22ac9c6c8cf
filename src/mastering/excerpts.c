/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A forecast held to what the limiter really does.
 *
 * The forecast knows the largest sample of each hop. What the limiter sees is higher: the curve
 * between samples, and what it adds near the Nyquist frequency. How much depends on the music, and
 * is much the same all through it. So a few seconds here and there are enough to learn it: it is
 * the level by which peaks must be raised for the forecast of those seconds to come true. */
#include "excerpts.h"

#include "ton/arena.h"
#include "ton/audio_in.h"

enum {
    HOPS_A_SECOND = 100,
    WARM_UP = 100, /* hops, until the limiter has forgotten that it began there */
    COUNTED = 150,
    REST = 200, /* the same of the forecast, for which it costs little */
    EVERY = 1500,
    FEWEST = 4 * EVERY,
    MOST = 40,
};
static const double LEAST_DB = -6.0, MOST_DB = 12.0, NEAR_DB = 0.002;

/* The hops from `first` of the album on, which begins with frame `at` of the track: tracks do not
 * end with a hop. */
struct excerpt {
    int track;
    int64_t first, at;
};

/* Where a hop begins, as the meter cuts its stream. */
static int64_t frame_of(const struct album *a, int64_t hop) {
    return llround((double)hop * a->rate / HOPS_A_SECOND);
}

static enum ton_code hear(void *user, const float *const *in, int frames, struct ton_err *err) {
    return ton_meter_feed(user, in, frames, err);
}

/* Frames of a track (0: it has another rate), and those of them that its file holds: behind these
 * only what comes after the limiter rings on. */
static enum ton_code frames_of(int64_t *frames, int64_t *held, const struct album *a, int track,
                               struct ton_err *err) {
    const struct ton_master_track *t = &a->tracks[track];
    struct ton_audio_in *in = NULL;
    const enum ton_code code = ton_audio_open(&in, t->path, err);
    if (code)
        return code;
    const struct ton_audio_info *info = ton_audio_info(in);
    const int64_t own =
        t->frames > 0 && t->frames + t->tail < info->frames ? t->frames + t->tail : info->frames;
    const int64_t length = t->length > 0 ? t->length : own;
    *frames = info->rate == a->rate ? length : 0;
    *held = own < length ? own : length;
    ton_audio_close(in);
    return TON_OK;
}

/* Spread evenly over the album; none across the end of a track, none where a track has another
 * rate. */
static enum ton_code choose(struct excerpt *out, int *n, const struct album *a, int64_t all,
                            struct ton_err *err) {
    const int64_t wished = all / EVERY < MOST ? all / EVERY : MOST;
    int64_t begin = 0;
    *n = 0;
    for (int i = 0; i < a->n_tracks; i++) {
        int64_t frames = 0, held = 0;
        const enum ton_code code = frames_of(&frames, &held, a, i, err);
        if (code || frames == 0)
            return code;
        for (int64_t k = 0; k < wished && *n < MOST; k++) {
            const int64_t first = (2 * k + 1) * all / (2 * wished) - COUNTED / 2;
            const int64_t at = frame_of(a, first) - begin;
            if (at >= 0 && frame_of(a, first + COUNTED) < begin + held)
                out[(*n)++] = (struct excerpt){i, first, at};
        }
        begin += frames;
    }
    return TON_OK;
}

static double sum_of(const float *energy) {
    double sum = 0.0;
    for (int h = 0; h < COUNTED; h++)
        sum += (double)energy[h];
    return sum;
}

/* Adds the energy of an excerpt behind the limiter. */
static enum ton_code play(double *energy, const struct excerpt *e, const struct album *a,
                          struct ton_err *err) {
    const struct ton_layout layout = ton_layout_usual(a->channels);
    const int64_t before = e->at * HOPS_A_SECOND / a->rate;
    const int64_t warm_up = before < WARM_UP ? before : WARM_UP;
    struct ton_master_track track = a->tracks[e->track];
    track.from = e->at - warm_up * a->rate / HOPS_A_SECOND;
    track.length = (warm_up + COUNTED) * a->rate / HOPS_A_SECOND + 1;
    track.frames = track.tail = 0;
    struct ton_meter *meter = NULL;
    enum ton_code code = ton_meter_create_plain(&meter, a->rate, &layout, err);
    const struct ton_master_sink sink = {hear, meter};
    if (!code)
        code = ton_master_run(&track, a->config, &sink, NULL, err);
    if (!code && ton_meter_hops(meter).n >= (size_t)(warm_up + COUNTED))
        *energy += sum_of(ton_meter_hops(meter).energy + warm_up);
    ton_meter_destroy(meter);
    return code;
}

static double foretold(struct forecast *f, double higher_db, double gain_db,
                       const struct excerpt *excerpts, int n) {
    double energy = 0.0;
    f->higher_db = higher_db;
    for (int i = 0; i < n; i++) {
        const int64_t first = excerpts[i].first, warm_up = first < REST ? first : REST;
        if (forecast_energies(f, gain_db, (size_t)(first - warm_up), (size_t)(warm_up + COUNTED)))
            energy += sum_of(f->energy + first);
    }
    return energy;
}

/* The more peaks are raised the less energy is left: bisection. */
static void fit(struct forecast *f, double energy, double gain_db, const struct excerpt *excerpts,
                int n) {
    double low = LEAST_DB, high = MOST_DB;
    while (high - low > NEAR_DB) {
        const double middle = 0.5 * (low + high);
        if (foretold(f, middle, gain_db, excerpts, n) > energy)
            low = middle;
        else
            high = middle;
    }
    f->higher_db = 0.5 * (low + high);
}

enum ton_code excerpts_fit(struct forecast *f, bool *fitted, const struct album *a, double gain_db,
                           struct ton_err *err) {
    struct excerpt excerpts[MOST];
    const double before = a->config->gain_db;
    double energy = 0.0;
    int n = 0;
    *fitted = false;
    if (f->hops.n < FEWEST)
        return TON_OK;
    enum ton_code code = choose(excerpts, &n, a, (int64_t)f->hops.n - 1, err);
    a->config->gain_db = gain_db;
    for (int i = 0; i < n && !code; i++)
        code = play(&energy, &excerpts[i], a, err);
    a->config->gain_db = before;
    *fitted = !code && energy > 0.0;
    if (*fitted)
        fit(f, energy, gain_db, excerpts, n);
    return code;
}
