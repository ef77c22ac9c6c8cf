/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A forecast held to what the limiter really does.
 *
 * The forecast knows the largest sample and the largest second difference (the bend) of each hop.
 * What the limiter sees is higher: the curve between samples, and what it adds near the Nyquist
 * frequency. Both go with the bend; by which share of it depends on the music, and is much the same
 * all through it. So a few seconds here and there are enough to learn it: the share with which the
 * forecast of those seconds comes true. Limiter and forecast begin each of them at rest. */
#include "excerpts.h"

#include "ton/arena.h"
#include "ton/audio_in.h"

enum {
    HOPS_A_SECOND = 100,
    WARM_UP = 100, /* hops, in which the limiter gets to where it is in the middle of music */
    COUNTED = 150,
    EVERY = 1000,
    FEWEST = 4 * EVERY,
    MOST = 40,
};
static const double LEAST_RISE = -0.25, MOST_RISE = 2.0, NEAR_RISE = 0.0002;
static const double GOLDEN = 0.6180339887498949;

/* The hops from `first` of the album on, which begins with frame `at` of the track: tracks do not
 * end with a hop. So many hops before it limiter and forecast begin. */
struct excerpt {
    int track;
    int64_t first, at, warm_up;
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

/* Where the k-th of n begins: somewhere in the k-th part of the album. In equal steps they would
 * all fall on the same beat. */
int64_t excerpts_place(int64_t k, int64_t n, int64_t all) {
    const double within = fmod(0.5 + (double)k * GOLDEN, 1.0);
    return (int64_t)(((double)k + within) * (double)all / (double)n) - COUNTED / 2;
}

/* Every `share`-th; none across the end of a track, none where a track has another rate. */
static enum ton_code choose(struct excerpt *out, int *n, const struct album *a, int64_t all,
                            int share, struct ton_err *err) {
    const int64_t wished = all / EVERY < MOST ? all / EVERY : MOST;
    int64_t begin = 0;
    *n = 0;
    for (int i = 0; i < a->n_tracks; i++) {
        int64_t frames = 0, held = 0;
        const enum ton_code code = frames_of(&frames, &held, a, i, err);
        if (code || frames == 0)
            return code;
        for (int64_t k = 0; k < wished && *n < MOST; k += share) {
            const int64_t first = excerpts_place(k, wished, all);
            const int64_t at = frame_of(a, first) - begin, before = at * HOPS_A_SECOND / a->rate;
            if (at >= 0 && frame_of(a, first + COUNTED) < begin + held)
                out[(*n)++] = (struct excerpt){i, first, at, before < WARM_UP ? before : WARM_UP};
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

/* Adds the energy of an excerpt behind what is in `config`. */
static enum ton_code play(double *energy, const struct excerpt *e, const struct album *a,
                          const struct ton_master_config *config, struct ton_err *err) {
    const struct ton_layout layout = ton_layout_usual(a->channels);
    struct ton_master_track track = a->tracks[e->track];
    track.from = e->at - e->warm_up * a->rate / HOPS_A_SECOND;
    track.length = (e->warm_up + COUNTED) * a->rate / HOPS_A_SECOND + 1;
    track.frames = track.tail = 0;
    struct ton_meter *meter = NULL;
    enum ton_code code = ton_meter_create_plain(&meter, a->rate, &layout, err);
    const struct ton_master_sink sink = {hear, meter};
    if (!code)
        code = ton_master_run(&track, config, &sink, NULL, err);
    if (!code && ton_meter_hops(meter).n >= (size_t)(e->warm_up + COUNTED))
        *energy += sum_of(ton_meter_hops(meter).energy + e->warm_up);
    ton_meter_destroy(meter);
    return code;
}

static double foretold(struct forecast *f, double rise, double gain_db,
                       const struct excerpt *excerpts, int n) {
    double energy = 0.0;
    f->rise = rise;
    for (int i = 0; i < n; i++) {
        const struct excerpt *e = &excerpts[i];
        if (forecast_energies(f, gain_db, (size_t)(e->first - e->warm_up),
                              (size_t)(e->warm_up + COUNTED)))
            energy += sum_of(f->energy + e->first);
    }
    return energy;
}

/* The higher peaks are the less energy is left: bisection. False: none of them leaves this much. */
static bool fit(struct forecast *f, double energy, double gain_db, const struct excerpt *excerpts,
                int n) {
    const double before = f->rise;
    double low = LEAST_RISE, high = MOST_RISE;
    while (high - low > NEAR_RISE) {
        const double middle = 0.5 * (low + high);
        if (foretold(f, middle, gain_db, excerpts, n) > energy)
            low = middle;
        else
            high = middle;
    }
    const bool inside = low > LEAST_RISE && high < MOST_RISE;
    f->rise = inside ? 0.5 * (low + high) : before;
    return inside;
}

/* Through the limiter alone, and through what stands behind it. */
enum ton_code excerpts_fit(struct forecast *f, bool *fitted, const struct album *a, double gain_db,
                           int share, struct ton_err *err) {
    struct excerpt excerpts[MOST];
    const struct ton_chain alone = {.items = f->limit->items, .n = 1};
    struct ton_master_config all = *a->config, limited = *a->config;
    double energy = 0.0, behind = 0.0;
    int n = 0;
    all.gain_db = limited.gain_db = gain_db;
    limited.chain = &alone;
    *fitted = false;
    if (f->hops.n < FEWEST)
        return TON_OK;
    enum ton_code code = choose(excerpts, &n, a, (int64_t)f->hops.n - 1, share, err);
    for (int i = 0; i < n && !code; i++) {
        code = play(&energy, &excerpts[i], a, &limited, err);
        if (!code && f->limit->n > 1)
            code = play(&behind, &excerpts[i], a, &all, err);
    }
    if (!code && energy > 0.0 && behind > 0.0)
        f->behind_db = 10.0 * log10(behind / energy);
    *fitted = !code && energy > 0.0 && fit(f, energy, gain_db, excerpts, n);
    return code;
}
