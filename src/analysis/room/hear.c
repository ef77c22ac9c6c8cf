/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The impulse response from what a microphone heard of an exponential sweep.
 *
 * The recording's spectrum is divided by that of the sweep, so delay d of the quotient is what
 * arrived d frames after it was played. The n-th harmonic of a sweep is the sweep itself, begun
 * growth * ln(n) frames earlier: distortion stands at delays before the linear response. A second
 * sweep is a second response a period later. How far apart the two really are is the drift of the
 * clocks; the sweep is then made anew to the recorder's clock, which takes the smear away. */
#include "hear.h"
#include "pulse.h"

#include "ton/between.h"
#include "ton/db.h"
#include "ton/order.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of two samples alone more than PAIRS a sweep are tops. */
enum { FLAT_TOPS = 2, FLAT_SAMPLES = 3, PAIRS = 1, FIT_STEPS = 12 };

static const double MOST_DRIFT = 1e-3, LEAST_DRIFT = 0.5e-6, DRIFT_SIGMAS = 5.0;
/* How far a sweep's pulse rises from what comes before it: what is as sharp as LEAST over either
 * side is one, so is what is SURE unless all of the recording was sharper than the response to it;
 * figures need PLAIN. Noise stays below 16, speech and music below 27 and are not sharp; rooms are
 * at 43 and more where they are quiet, and so is a drum that silence precedes. */
static const double LEAST_DB = 17.5, SURE_DB = 28.0, PLAIN_DB = 32.0;
static const double GAP_S = 0.003, GAP_PERIODS = 20.0, SHARP_S = 0.01;
/* How much sharper than by ours a response is by the sweep that was played. By one that was not it
 * is up to 0.4 dB sharper (of a plate), and what is no response up to 1.2 dB (of drums). */
static const double OTHER_SWEEP_DB = 1.0, NO_SWEEP_DB = 2.0, RATE_WITHIN = 0.005;
static const double WOOFER_HZ[2] = {250.0, 1000.0}; /* what a sweep must have for its polarity */
static const double BEFORE_S = 0.1, TEMPLATE_S = 0.01, AHEAD_S = 0.2, TAIL_S = 0.1;
static const double LEAST_SILENCE_S = 0.05;
static const double FALLING = 2.0; /* 3 dB from a quarter of it to the next */

/* The delay with the loudest sound of the first sweep. All sweeps have about the same, so the
 * earliest that comes within 6 dB of the largest and a whole number of periods before it is meant.
 */
static int64_t loudest(const struct hearing *h, int at) {
    const struct spectrum *const s = &h->spectrum;
    const float most = fabsf(s->x[at]);
    int64_t first = at < h->frames ? at : (int64_t)at - s->n;
    const int64_t last = first;
    for (int m = 1; m < h->sweep->times; m++) {
        const int64_t middle = last - (int64_t)m * h->shape.period;
        const int64_t reach = (int64_t)(MOST_DRIFT * m * h->shape.period) + 1;
        for (int64_t d = middle - reach; d <= middle + reach && middle > -h->shape.frames; d++)
            if (fabsf(s->x[d & (s->n - 1)]) > 0.5F * most) {
                first = d;
                break;
            }
    }
    return first;
}

/* The direct sound, up to 0.1 s before the loudest; the second harmonic is left out. */
static enum ton_code find_direct(struct ton_sweep_heard *out, struct hearing *h, int64_t loud,
                                 struct ton_err *err) {
    const int before = (int)fmin(BEFORE_S * h->sweep->rate, 0.5 * M_LN2 * h->shape.growth);
    const int n = before + h->sweep->rate / 100;
    float *const near = ton_alloc(sizeof(float) * (size_t)n);
    if (!near)
        return ton_fail(err, TON_MEMORY, NULL, "no memory for %d samples", n);
    hear_copy(near, h, loud - before, n);
    const int at = pulse_direct(near, n, h->sweep->rate, h->sweep->to_hz);
    const double peak = ton_between_peak(near, n, at);
    out->inverted = ton_between(near, n, peak) < 0.0;
    h->arrival = (double)(loud - before) + peak;
    ton_free(near);
    return TON_OK;
}

/* Mean square of delays `from` to before `to`. */
static double mean_square(const struct hearing *h, int64_t from, int64_t to) {
    const struct spectrum *const s = &h->spectrum;
    double sum = 0.0;
    for (int64_t d = from; d < to; d++)
        sum += (double)s->x[d & (s->n - 1)] * s->x[d & (s->n - 1)];
    return sum / (double)ton_most(1, to - from);
}

/* Sum of fourth powers over the square of that of squares: the larger, the sharper. */
static double sharpness(const struct spectrum *s) {
    double squares = 0.0, fourths = 0.0;
    for (int i = 0; i < s->n; i++) {
        const double square = (double)s->x[i] * s->x[i];
        squares += square;
        fourths += square * square;
    }
    return fourths / (squares * squares);
}

/* Taking the sweep out gathers what is spread over all of its time to the response. What it spreads
 * instead, drums, was no sweep. */
static bool was_sharper(struct hearing *h) {
    const double response = sharpness(&h->spectrum);
    hear_whiten(h);
    spectrum_back(&h->spectrum);
    const double recording = sharpness(&h->spectrum);
    hear_deconvolve(h);
    spectrum_back(&h->spectrum);
    return recording > response;
}

/* The loudest delay, in dB. */
struct pulse_level {
    double over;  /* what comes before the direct sound, as far back as to halfway to the second
                     harmonic */
    double crest; /* what is at either side of it */
};

/* The pulse itself rings for some of its periods. */
static struct pulse_level pulse_level(const struct hearing *h, int64_t loud) {
    const double rate = h->sweep->rate, most = 0.5 * M_LN2 * h->shape.growth;
    const double wide = fmin(fmax(GAP_S, GAP_PERIODS / h->sweep->to_hz) * rate, 0.5 * most);
    const double back = fmin(BEFORE_S * rate + wide, most);
    const int sharp = (int)(SHARP_S * rate);
    const double power = mean_square(h, loud, loud + 1);
    const double before =
        mean_square(h, (int64_t)(h->arrival - back), (int64_t)(h->arrival - wide));
    const double around = mean_square(h, loud - sharp, loud + sharp);
    return (struct pulse_level){10.0 * log10(power / before), 10.0 * log10(power / around)};
}

/* Whether the loudest delay is a sweep's pulse: nothing but noise precedes the direct sound. */
static unsigned doubt(struct pulse_level p) {
    if (!(p.over >= SURE_DB || fmin(p.over, p.crest) >= LEAST_DB)) /* nor is 0 / 0 */
        return TON_SWEEP_SILENT;
    return p.over < PLAIN_DB ? TON_SWEEP_FAINT : 0;
}

/* Another sweep is as good a reason for no pulse as none. */
static enum ton_code find_doubt(struct ton_sweep_heard *out, struct hearing *h, int64_t loud,
                                struct ton_err *err) {
    const struct pulse_level p = pulse_level(h, loud);
    if (!(p.crest >= LEAST_DB) && was_sharper(h)) {
        out->trouble = TON_SWEEP_SILENT;
        return TON_OK;
    }
    const unsigned trouble = doubt(p);
    const double sharper_db = trouble & TON_SWEEP_SILENT ? NO_SWEEP_DB : OTHER_SWEEP_DB;
    const enum ton_code code = hear_pace(&out->longer, h, loud, sharper_db, err);
    out->trouble = out->longer != 0.0 ? TON_SWEEP_OTHER_PACE : trouble;
    return code;
}

/* Two stretches of the same sound in noise. */
struct likeness {
    double first, last, both;   /* energies, product */
    double slope, moved, apart; /* of the slope; of slope and difference; of the difference */
};

/* `first` beside what is in `last` from `at` on, between samples. */
static struct likeness compare(const float *first, int n, const float *last, int wide, double at) {
    struct likeness l = {0};
    for (int i = 1; i < n - 1; i++) {
        const double x = first[i], y = ton_between(last, wide, at + i), apart = y - x;
        const double slope = 0.5 * ((double)first[i + 1] - first[i - 1]);
        l.first += x * x;
        l.last += y * y;
        l.both += x * y;
        l.slope += slope * slope;
        l.moved += slope * apart;
        l.apart += apart * apart;
    }
    return l;
}

/* Where `first` is in `last`, from a guess on: the place with the least difference. Half a step at
 * a time, because the slope between neighbours is too flat for treble. */
static double fit_place(const float *first, int n, const float *last, int wide, double at) {
    for (int i = 0; i < FIT_STEPS; i++) {
        const struct likeness l = compare(first, n, last, wide, at);
        at = fmax(0.0, fmin(at - 0.5 * l.moved / l.slope, wide - n));
    }
    return at;
}

/* Standard deviation in frames of that place: what of the difference no movement explains is noise.
 * Infinite when they are more unlike than alike. */
static double unsure_frames(const struct likeness *l, int n) {
    const double noise = l->apart - l->moved * l->moved / l->slope;
    if (!(l->both > 0.5 * sqrt(l->first * l->last)))
        return INFINITY;
    return sqrt(fmax(noise, 0.0) / n / l->slope);
}

/* How much later than planned the last sweep's direct sound came: where it correlates best with
 * that of the first. What may be chance is no drift: stretch stays 1. */
static enum ton_code find_drift(struct ton_sweep_heard *out, struct hearing *h,
                                struct ton_err *err) {
    const int64_t apart = (int64_t)(h->sweep->times - 1) * h->shape.period;
    const int reach = (int)(MOST_DRIFT * (double)apart) + 1, lags = 2 * reach + 1;
    const int n = (int)(TEMPLATE_S * h->sweep->rate), wide = n + lags;
    float *const memory = ton_alloc(sizeof(float) * (size_t)(n + wide + lags));
    if (!memory)
        return ton_fail(err, TON_MEMORY, NULL, "no memory for %d samples", n + wide + lags);
    float *const first = memory, *const last = memory + n, *const alike = last + wide;
    const int64_t from = (int64_t)h->arrival - n / 4;
    hear_copy(first, h, from, n);
    hear_copy(last, h, from + apart - reach, wide);
    for (int lag = 0; lag < lags; lag++) {
        double sum = 0.0;
        for (int i = 0; i < n; i++)
            sum += (double)first[i] * last[lag + i];
        alike[lag] = (float)sum;
    }
    const double at = fit_place(first, n, last, wide, pulse_largest(alike, 0, lags));
    const struct likeness fit = compare(first, n, last, wide, at);
    const double drift = (at - reach) / (double)apart;
    const double unsure = unsure_frames(&fit, n) / (double)apart;
    out->drift_ppm = isinf(unsure) ? NAN : 1e6 * drift;
    if (fabs(drift) > fmax(LEAST_DRIFT, DRIFT_SIGMAS * unsure))
        h->stretch = 1.0 + drift;
    ton_free(memory);
    return TON_OK;
}

/* What of the sweeps lies outside of the recording; inside of a fade nothing is lost. */
static void find_cuts(struct ton_sweep_heard *out, const struct hearing *h) {
    const struct sweep_shape *const s = &h->shape;
    const int64_t start = -(int64_t)h->arrival;
    const int64_t end =
        (int64_t)h->arrival + (int64_t)(h->sweep->times - 1) * s->period + s->frames - h->frames;
    if (end > -(int64_t)(0.5 * TAIL_S * h->sweep->rate)) {
        const double left = fmax(0.0, (double)(s->frames - end));
        out->trouble |= TON_SWEEP_CUT_END;
        out->lost_frames = ton_most(0, end);
        out->lost_hz = fmin(h->sweep->to_hz, s->first_hz * exp(left / s->growth));
    }
    if (start > s->fade_in) {
        out->trouble |= TON_SWEEP_CUT_START;
        out->lost_frames = start;
        out->lost_hz = s->first_hz * exp((double)start / s->growth);
    }
}

/* Flat tops: samples that stand at the recording's extreme for longer than a sine of the sweep's
 * frequency there does. Within 5e-4 of its peak a sine stays for 0.063 rad; but two samples may
 * stand at the same height at either side of it, and do so in each of the sweeps. */
static void count_flat_tops(struct ton_sweep_heard *out, const struct hearing *h, float extreme,
                            int *pairs) {
    const double flat_rad = 0.15, step = 2.0 * M_PI * h->shape.first_hz / h->sweep->rate;
    const float edge = 0.9995F * fabsf(extreme), sign = extreme < 0.0F ? -1.0F : 1.0F;
    for (int i = 0, top = 0; i < h->frames; i = top + 1) {
        for (top = i; top < h->frames && sign * h->heard[top] >= edge;)
            top++;
        const double since = i - h->arrival;
        const double at = since - h->shape.period * floor(since / h->shape.period);
        const double turned = (top - i - 1) * step * exp(at / h->shape.growth);
        if (at > h->shape.frames || turned < flat_rad)
            continue;
        if (!out->clipped || i < out->clipped_at)
            out->clipped_at = i;
        out->clipped++;
        *pairs += top - i < FLAT_SAMPLES;
    }
}

static void find_level(struct ton_sweep_heard *out, const struct hearing *h) {
    float low = 0.0F, high = 0.0F;
    int pairs = 0;
    for (int i = 0; i < h->frames; i++) {
        low = fminf(low, h->heard[i]);
        high = fmaxf(high, h->heard[i]);
    }
    out->peak_dbfs = ton_gain_to_db(fmaxf(high, -low));
    if (out->trouble & (TON_SWEEP_SILENT | TON_SWEEP_OTHER_PACE))
        return;
    count_flat_tops(out, h, high, &pairs);
    count_flat_tops(out, h, low, &pairs);
    if (out->clipped >= FLAT_TOPS && (pairs < out->clipped || pairs > PAIRS * h->sweep->times))
        out->trouble |= TON_SWEEP_CLIPPED;
}

/* Mean square of frames `from` to before `to` about their mean; infinite when they are too few. */
static double rest_power(const struct hearing *h, double from, double to) {
    const int first = (int)fmax(0.0, from), n = (int)fmin(to, h->frames) - first;
    double sum = 0.0, power = 0.0;
    if (n < LEAST_SILENCE_S * h->sweep->rate)
        return INFINITY;
    for (int i = first; i < first + n; i++)
        sum += h->heard[i];
    for (int i = first; i < first + n; i++)
        power += (h->heard[i] - sum / n) * (h->heard[i] - sum / n);
    return power / n;
}

/* Of the end of the recording; infinite where that still falls, for then it is the room's decay. */
static double end_power(const struct hearing *h) {
    const double sweeps = (h->sweep->times - 1) * h->shape.period + h->shape.frames;
    const double left = h->frames - h->arrival - sweeps * h->stretch;
    const double quarter = (1.0 - HEAR_SILENT_PART) * left;
    const double before = rest_power(h, h->frames - 2.0 * quarter, h->frames - quarter);
    const double last = rest_power(h, h->frames - quarter, h->frames);
    return before > FALLING * last ? INFINITY : last;
}

static void find_noise(struct ton_sweep_heard *out, const struct hearing *h) {
    const double power = fmin(end_power(h), rest_power(h, 0.0, h->arrival));
    out->noise_dbfs = isinf(power) ? (double)NAN : 10.0 * log10(power);
}

static enum ton_code take_response(struct ton_sweep_heard *out, struct ton_arena *arena,
                                   const struct hearing *h, struct ton_err *err) {
    const double rate = h->sweep->rate;
    const double last = h->arrival + (h->sweep->times - 1) * h->shape.period * h->stretch;
    const double left = h->frames - last - h->shape.frames * h->stretch;
    out->ahead = (int)fmin(AHEAD_S * rate, 0.5 * M_LN2 * h->shape.growth);
    out->frames =
        out->ahead + (int)fmin(fmax(left, TAIL_S * rate), h->shape.period - h->shape.frames);
    out->response = TON_NEW_N(arena, float, out->frames);
    if (!out->response)
        return ton_fail(err, TON_MEMORY, NULL, "no memory for a response of %d samples",
                        out->frames);
    hear_copy(out->response, h, (int64_t)floor(h->arrival + 0.5) - out->ahead, out->frames);
    if (h->sweep->from_hz <= WOOFER_HZ[0] && h->sweep->to_hz >= WOOFER_HZ[1])
        out->inverted = pulse_inverted(out->response, out->frames, rate, out->ahead);
    return TON_OK;
}

/* The sweeps' mean, on the recorder's clock. */
static enum ton_code join_sweeps(struct ton_sweep_heard *out, struct hearing *h,
                                 struct ton_err *err) {
    const enum ton_code code = find_drift(out, h, err);
    if (code != TON_OK)
        return code;
    if (h->stretch != 1.0) {
        out->trouble |= TON_SWEEP_OTHER_CLOCK;
        hear_deconvolve(h);
    }
    hear_average(h);
    spectrum_back(&h->spectrum);
    return find_direct(out, h, (int64_t)floor(h->arrival + 0.5), err);
}

/* Once the first sweep is found. */
static enum ton_code follow(struct ton_sweep_heard *out, struct ton_arena *arena, struct hearing *h,
                            struct ton_err *err) {
    enum ton_code code = TON_OK;
    find_cuts(out, h);
    find_level(out, h);
    const bool whole = !(out->trouble & (TON_SWEEP_CUT_START | TON_SWEEP_CUT_END));
    if (whole && h->sweep->times > 1)
        code = join_sweeps(out, h, err);
    if (whole)
        find_noise(out, h);
    if (whole && code == TON_OK)
        code = hear_distortion(out, h, err);
    out->arrival_frames = h->arrival;
    return code == TON_OK ? take_response(out, arena, h, err) : code;
}

static enum ton_code hear(struct ton_sweep_heard *out, struct ton_arena *arena, struct hearing *h,
                          struct ton_err *err) {
    hear_deconvolve(h);
    spectrum_back(&h->spectrum);
    const int64_t loud = loudest(h, pulse_largest(h->spectrum.x, 0, h->spectrum.n));
    enum ton_code code = find_direct(out, h, loud, err);
    code = code ? code : find_doubt(out, h, loud, err);
    if (code != TON_OK)
        return code;
    if (!(out->trouble & (TON_SWEEP_SILENT | TON_SWEEP_OTHER_PACE)))
        return follow(out, arena, h, err);
    find_level(out, h);
    return TON_OK;
}

enum ton_code ton_sweep_hear(struct ton_sweep_heard *out, struct ton_arena *arena,
                             const struct ton_sweep *sweep, const float *heard, int64_t frames,
                             struct ton_err *err) {
    struct hearing h = {
        .sweep = sweep, .shape = sweep_shape(sweep), .heard = heard, .frames = (int)frames};
    h.stretch = 1.0;
    *out = (struct ton_sweep_heard){
        .noise_dbfs = NAN, .arrival_frames = NAN, .drift_ppm = NAN, .thd_percent = NAN};
    for (int n = 0; n <= TON_SWEEP_HARMONICS; n++)
        out->harmonic_db[n] = NAN;
    if (frames < 1)
        return ton_fail(err, TON_INPUT, NULL, "the recording of the sweep is empty");
    enum ton_code code = spectrum_open(&h.spectrum, frames + h.shape.frames, err);
    if (code == TON_OK)
        code = hear(out, arena, &h, err);
    spectrum_close(&h.spectrum);
    return code;
}

/* Length, limits and rate look alike; of the rates one of the usual ones is likely. */
static enum ton_code judge_pace(const struct ton_sweep_heard *heard, const struct ton_sweep *sweep,
                                const char *where, struct ton_err *err) {
    static const int usual[] = {32000, 44100, 48000, 88200, 96000, 176400, 192000};
    const double rate = sweep->rate * (1.0 + heard->longer);
    char or_rate[80] = "";
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
        if (fabs(rate / usual[i] - 1.0) < RATE_WITHIN)
            snprintf(or_rate, sizeof or_rate, ", or is the recording's rate %g kHz instead of %g",
                     usual[i] / 1e3, sweep->rate / 1e3);
    return ton_fail(err, TON_MISSED, where,
                    "the sweep in the recording is %.1f %% %s than the one that it is measured "
                    "with: was it a sweep of %.3g s or of other limits%s? `--length`, `--from` and "
                    "`--to` must be those that `--write-sweep` was given",
                    100.0 * fabs(heard->longer), heard->longer > 0.0 ? "longer" : "shorter",
                    sweep->seconds * (1.0 + heard->longer), or_rate);
}

enum ton_code ton_sweep_judge(const struct ton_sweep_heard *heard, const struct ton_sweep *sweep,
                              const char *where, struct ton_err *err) {
    const double rate = sweep->rate;
    if (heard->trouble & TON_SWEEP_SILENT)
        return ton_fail(err, TON_MISSED, where,
                        "no sweep is in the recording (peak %.1f dBFS); check that the loudspeaker "
                        "plays, that this is the microphone's input, and that the sweep is the one "
                        "that was played: `--length`, `--from` and `--to` must be those that "
                        "`--write-sweep` was given",
                        heard->peak_dbfs);
    if (heard->trouble & TON_SWEEP_OTHER_PACE)
        return judge_pace(heard, sweep, where, err);
    if (heard->trouble & TON_SWEEP_CUT_START)
        return ton_fail(err, TON_MISSED, where,
                        "the recording begins %.3f s after the sweep, so what is below %.0f Hz is "
                        "missing; start recording before the sweep",
                        (double)heard->lost_frames / rate, heard->lost_hz);
    if (heard->trouble & TON_SWEEP_CUT_END)
        return ton_fail(err, TON_MISSED, where,
                        "the recording ends %.3f s before the last sweep does (%.0f Hz), with "
                        "nothing of its decay; record on until the room is silent",
                        (double)heard->lost_frames / rate, heard->lost_hz);
    if (heard->trouble & TON_SWEEP_FAINT)
        return ton_fail(err, TON_MISSED, where,
                        "the sweep is hardly louder than the noise, too little for figures; turn "
                        "the loudspeaker or the preamplifier up by 10 dB, or give a longer sweep");
    if (heard->trouble & TON_SWEEP_CLIPPED)
        return ton_fail(err, TON_MISSED, where,
                        "the recording is clipped (%lld times at %.1f dBFS, first at %.3f s); turn "
                        "the preamplifier down by 6 dB and measure again",
                        (long long)heard->clipped, heard->peak_dbfs,
                        (double)heard->clipped_at / rate);
    return TON_OK;
}
