/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Harmonic distortion from a deconvolved sweep. The sweep's n-th harmonic is the sweep begun
 * growth * ln(n) frames earlier, so its response stands that much ahead of the linear one, and its
 * spectrum at n f, over that of the linear one at f, is the harmonic of a sine at f re that sine
 * (Farina 2000, section 3). Both are cut to the same length, so a room's decay counts for both.
 *
 * Noise is at all delays. What delay d brought of frequency f was recorded when the sweep passed f,
 * and d later: so each octave's noise is taken from delays that are of the recording in all of it,
 * behind the linear response, where the room is silent, or far enough ahead of it, where the
 * recording began before the sweep. */
#include "hear.h"

#include <math.h>

enum { HIGHEST = 12 }; /* beyond the place of this harmonic there is only noise */

static const double AHEAD_S = 0.02, LONGEST_S = 0.5;
static const double LEAST_OVER_NOISE = 2.0;
static const double CHANCE_SIGMAS = 4.0; /* what noise may do by chance is no harmonic */

struct cut {
    int ahead, frames;
};

/* Room for harmonic n: until the one before it begins. */
static struct cut cut_of(const struct hearing *h, int n) {
    const double rate = h->sweep->rate, apart = h->shape.growth * log((double)n / (n - 1));
    const double ahead = fmin(AHEAD_S * rate, apart / 4.0);
    return (struct cut){(int)ahead, (int)fmin(LONGEST_S * rate, apart - ahead)};
}

/* 0 at an end, 1 from `length` frames on. */
static double taper(int from_end, int length) {
    return from_end >= length ? 1.0 : 0.5 - 0.5 * cos(M_PI * from_end / length);
}

static double window(int i, struct cut cut) {
    return fmin(taper(i, cut.ahead), taper(cut.frames - i, cut.frames / 4));
}

/* How many frames the cut counts for. */
static double window_frames(struct cut cut) {
    double sum = 0.0;
    for (int i = 0; i < cut.frames; i++)
        sum += window(i, cut) * window(i, cut);
    return sum;
}

/* Mean of |.|^2 from `from` to `to` Hz, equal weight an octave, of the cut at this delay. */
static double mean_power(struct spectrum *s, const struct hearing *h, double delay, struct cut cut,
                         double from, double to) {
    double sum = 0.0, weight = 0.0;
    hear_copy(s->x, h, (int64_t)floor(delay + 0.5), cut.frames);
    for (int i = 0; i < s->n; i++)
        s->x[i] *= i < cut.frames ? (float)window(i, cut) : 0.0F;
    ton_fft_forward(&s->fft, s->re[0], s->im[0], s->x);
    for (int k = 1; k < s->n / 2; k++) {
        const double hz = (double)k * h->sweep->rate / s->n;
        if (hz < from || hz > to)
            continue;
        sum += spectrum_power(s, k) / k;
        weight += 1.0 / k;
    }
    return weight > 0.0 ? sum / weight : NAN;
}

/* Delays in frames. */
struct delays {
    double from, to;
};

/* When the sweep passes a frequency. */
static double passes(const struct hearing *h, double hz) {
    return h->stretch * h->shape.growth * log(hz / h->shape.first_hz);
}

/* How far a frequency is spread at the edge of the recording: its sweep stays in phase for so long.
 */
static double spread(const struct hearing *h, double hz) {
    return sqrt(h->shape.growth * h->sweep->rate / hz);
}

static double harmonics_reach(const struct hearing *h) {
    return h->shape.growth * log(HIGHEST) + AHEAD_S * h->sweep->rate;
}

/* Behind the linear response, until the recording ends behind the last sweep or the next sweep's
 * harmonics come. */
static struct delays silence_behind(const struct hearing *h, double from_hz, double to_hz) {
    const double period = h->shape.period * h->stretch;
    const double end = h->frames - (h->sweep->times - 1) * period - passes(h, to_hz);
    const double next = h->sweep->times > 1 ? h->arrival + period - harmonics_reach(h) : end;
    const double to = fmin(end - spread(h, from_hz), next);
    return (struct delays){h->arrival + HEAR_SILENT_PART * (to - h->arrival), to};
}

/* Ahead of all harmonics, from where the recording began on. */
static struct delays silence_ahead(const struct hearing *h, double from_hz) {
    return (struct delays){spread(h, from_hz) - passes(h, from_hz),
                           h->arrival - harmonics_reach(h)};
}

/* Power of the noise in a cut, and its variance by chance: that of the mean of so many cells of a
 * hertz and a second as it is wide and long. */
struct level {
    double power, variance;
};

static struct level level_of(double power, double cells) {
    return (struct level){power, power * power / cells};
}

/* As far as it may go by chance. */
static double bound(struct level l) {
    return l.power + CHANCE_SIGMAS * sqrt(l.variance);
}

/* The noise in a silence, as a cut of this length would have it; infinite without a silence. */
static struct level noise_in(struct spectrum *s, const struct hearing *h, struct delays silence,
                             struct cut cut, double from, double to) {
    const double length = silence.to - silence.from;
    const int pieces = (int)fmax(1.0, floor(length / cut.frames));
    const struct cut piece = {cut.ahead, (int)fmin(cut.frames, length)};
    double sum = 0.0;
    if (piece.frames < 4 * piece.ahead)
        return (struct level){INFINITY, INFINITY};
    for (int i = 0; i < pieces; i++)
        sum += mean_power(s, h, silence.from + (double)i * piece.frames, piece, from, to);
    const double counts = window_frames(piece);
    return level_of(sum / pieces * window_frames(cut) / counts,
                    pieces * counts * (to - from) / h->sweep->rate);
}

/* The noise in this band of a cut, octave by octave, as mean_power would have it. The silence that
 * is surely the quieter one counts: in the other there may be more than noise. */
static struct level noise_of(struct spectrum *s, const struct hearing *h, struct cut cut,
                             double from, double to) {
    struct level sum = {0.0, 0.0};
    for (double low = from; low < to; low *= 2.0) {
        const double high = fmin(2.0 * low, to), part = log(high / low) / log(to / from);
        const struct level behind = noise_in(s, h, silence_behind(h, low, high), cut, low, high);
        const struct level ahead = noise_in(s, h, silence_ahead(h, low), cut, low, high);
        const struct level least = bound(ahead) < bound(behind) ? ahead : behind;
        const struct level in_cut =
            level_of(least.power, window_frames(cut) * (high - low) / h->sweep->rate);
        sum.power += part * least.power;
        sum.variance += part * part * (least.variance + in_cut.variance);
    }
    return sum;
}

static double harmonic_db(struct spectrum *s, const struct hearing *h, int n) {
    const double from = h->sweep->from_hz, to = h->sweep->to_hz, growth = h->shape.growth;
    const struct cut cut = cut_of(h, n);
    if (!(n * from < to))
        return NAN;
    const double at = h->arrival - cut.ahead;
    const struct level noise = noise_of(s, h, cut, n * from, to);
    const double power = mean_power(s, h, at - growth * log(n), cut, n * from, to);
    const double fundamental = mean_power(s, h, at, cut, from, to / n);
    const double least = fmax(LEAST_OVER_NOISE * noise.power, bound(noise));
    return power > least && fundamental > 0.0 ? 10.0 * log10((power - noise.power) / fundamental)
                                              : (double)NAN;
}

enum ton_code hear_distortion(struct ton_sweep_heard *out, const struct hearing *h,
                              struct ton_err *err) {
    struct spectrum s;
    double sum = 0.0;
    if (h->shape.last_hz / h->shape.first_hz < 1.5 * HIGHEST)
        return TON_OK;
    const enum ton_code code = spectrum_open(&s, (int64_t)(LONGEST_S * h->sweep->rate) + 1, err);
    for (int n = 2; code == TON_OK && n <= TON_SWEEP_HARMONICS; n++) {
        out->harmonic_db[n] = harmonic_db(&s, h, n);
        if (!isnan(out->harmonic_db[n]))
            sum += pow(10.0, out->harmonic_db[n] / 10.0);
    }
    out->thd_percent = sum > 0.0 ? 100.0 * sqrt(sum) : NAN;
    spectrum_close(&s);
    return code;
}
