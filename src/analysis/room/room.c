/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A room's figures, band by band. */
#include "bands.h"
#include "pulse.h"
#include "sti.h"

#include "ton/arena.h"
#include "ton/between.h"
#include "ton/order.h"

#include <math.h>
#include <string.h>

static const double LEAD_S = 0.001; /* of the response before the direct sound that is its own */
static const double PAST_S = 0.25;  /* of silence before, into which the filters ring */
static const double GAP_S = 0.003;  /* before the direct sound, in which its pulse rings */
static const double LAST_PART = 0.1, LOUDER = 10.0; /* the response's end; 10 dB */
static const double LEAST_CELLS = 3.0;              /* of a hertz and a second, to tell that by */
static const double LEAST_S = 0.05, LEAST_RANGE_DB = 20.0;
static const double LEAST_BT = 4.0; /* ISO 3382-2, 7.3, of filters that run backwards */

/* A response with silence in front, and what the filter makes of it. */
struct work {
    int rate, n, direct; /* direct: frame of the direct sound in all three */
    float *dry, *wet, *early;
    const float *response; /* as it was given: what precedes the direct sound, too */
    int frames, lead;      /* lead: the direct sound's frame in it */
};

const char *ton_room_doubt_words(enum ton_room_doubt doubt) {
    static const char *const words[TON_N_ROOM_DOUBTS] = {
        "trusted",
        "no decaying sound in this band",
        "the sample rate is too low for this band",
        "the sweep does not reach all of this band",
        "too little decay above the noise",
        "the response ends before the decay does",
        "the room decays as fast as the band's filter",
        "there is no room in it",
    };
    return words[doubt];
}

static void filter(const struct band_filter *f, float *out, const float *in, int n) {
    if (f)
        band_filter_back(f, out, in, n);
    else
        memcpy(out, in, sizeof *out * (size_t)n);
}

/* Early over late energy at a limit in seconds. What arrives early is filtered by itself, and what
 * arrives late is the rest: the filter's ringing carries nothing across. */
static double early_over_late(const struct work *w, const struct band_filter *f,
                              const struct decay_end *end, double limit_s) {
    const int limit = (int)(limit_s * w->rate), to = (int)ton_least(w->n, w->direct + limit);
    double early = 0.0, late = decay_energy(w->wet + w->direct, limit, end);
    filter(f, w->early, w->dry, to);
    for (int i = 0; i < to; i++) {
        const double rest = (double)w->wet[i] - w->early[i];
        early += (double)w->early[i] * w->early[i];
        late += rest * rest;
    }
    return early / late;
}

/* How far ahead of an impulse the filter's energy lies, in frames. */
static double filter_lead(const struct work *w, const struct band_filter *f) {
    double sum = 0.0, whole = 0.0;
    if (!f)
        return 0.0;
    memset(w->early, 0, sizeof *w->early * (size_t)w->direct);
    w->early[w->direct - 1] = 1.0F;
    band_filter_back(f, w->early, w->early, w->direct);
    for (int i = 0; i < w->direct; i++) {
        const double power = (double)w->early[i] * w->early[i];
        whole += power;
        sum += power * (w->direct - 1 - i);
    }
    return sum / whole;
}

static double centre_ms(const struct work *w, const struct band_filter *f,
                        const struct decay_end *end) {
    const double tau = -10.0 / M_LN10 / end->db_frame;
    double sum = end->rest * (end->frame + tau), whole = end->rest;
    for (int i = -w->direct; i < end->frame; i++) {
        const double x = w->wet[w->direct + i], power = x * x - (i < 0 ? 0.0 : end->noise);
        whole += power;
        sum += power * i;
    }
    return 1000.0 * (sum / whole + filter_lead(w, f)) / w->rate;
}

static struct ton_room_band untold(double hz, enum ton_room_doubt doubt) {
    const struct ton_room_decay none = {NAN, NAN, NAN, doubt};
    return (struct ton_room_band){
        .hz = hz,
        .doubt = doubt,
        .level_db = NAN,
        .noise_db = NAN,
        .range_db = NAN,
        .edt = none,
        .t20 = none,
        .t30 = none,
        .curvature_percent = NAN,
        .c50_db = NAN,
        .c80_db = NAN,
        .d50 = NAN,
        .centre_ms = NAN,
    };
}

static void add_clarity(struct ton_room_band *out, const struct work *w,
                        const struct band_filter *f, const struct decay_end *end) {
    if (out->range_db < LEAST_RANGE_DB) {
        out->doubt = TON_ROOM_NOISE;
        return;
    }
    const double c50 = early_over_late(w, f, end, 0.05);
    out->c50_db = 10.0 * log10(c50);
    out->c80_db = 10.0 * log10(early_over_late(w, f, end, 0.08));
    out->d50 = c50 / (1.0 + c50);
    out->centre_ms = centre_ms(w, f, end);
}

/* Forwards in time, so that nothing of the direct sound gets ahead of it, and backwards in the
 * array: [0] is the last frame. Returns how many there are. */
static int hear_forwards(const struct work *w, const struct band_filter *f) {
    const int start = (int)ton_most(0, w->lead - (int)(PAST_S * w->rate)), n = w->frames - start;
    for (int i = 0; i < n; i++)
        w->early[i] = w->response[w->frames - 1 - i];
    filter(f, w->early, w->early, n);
    return n;
}

/* Whether the response ends far louder than it begins, ahead of the direct sound: then no noise is
 * what ends it. False also where nothing, or too little, precedes the direct sound. */
static bool ends_in_decay(const struct work *w, const struct band_filter *f) {
    const double width_hz = f ? f->width_hz : 0.5 * w->rate;
    const int n = hear_forwards(w, f), behind = w->frames - w->lead;
    const int from = behind + (int)(GAP_S * w->rate), to = n - (int)(w->rate / width_hz);
    int end = 0;
    while (end < behind && w->response[w->frames - 1 - end] == 0.0F)
        end++;
    const int last = (int)(LAST_PART * (behind - end));
    if (last < 1 || to <= from || (to - from) * width_hz < LEAST_CELLS * w->rate)
        return false;
    const double before = pulse_energy(w->early, from, to) / (to - from);
    return before > 0.0 && pulse_energy(w->early, end, end + last) / last > LOUDER * before;
}

static void blame_the_pause(enum ton_room_doubt *doubt) {
    if (*doubt == TON_ROOM_NOISE || *doubt == TON_ROOM_EMPTY)
        *doubt = TON_ROOM_PAUSE;
}

/* What has too little decay above the end of the response has noise there, or only more decay. */
static void look_for_cause(struct ton_room_band *out, const struct work *w,
                           const struct band_filter *f) {
    enum ton_room_doubt *const doubts[] = {&out->doubt, &out->edt.doubt, &out->t20.doubt,
                                           &out->t30.doubt};
    bool wants = false;
    for (int i = 0; i < 4; i++)
        wants |= *doubts[i] == TON_ROOM_NOISE || *doubts[i] == TON_ROOM_EMPTY;
    if (wants && ends_in_decay(w, f))
        for (int i = 0; i < 4; i++)
            blame_the_pause(doubts[i]);
}

/* One band, or with `f` NULL all frequencies. `m` NULL: no modulation is asked for. */
static enum ton_code measure_band(struct ton_room_band *out, double *m, const struct work *w,
                                  const struct band_filter *f, double hz, struct ton_err *err) {
    *out = untold(hz, TON_ROOM_EMPTY);
    filter(f, w->wet, w->dry, w->n);
    const float *const sound = w->wet + w->direct;
    const struct decay_end end = decay_find_end(sound, w->n - w->direct, w->rate);
    const double whole = pulse_energy(w->wet, 0, w->direct) + decay_energy(sound, 0, &end);
    if (!end.found || !(whole > 0.0))
        return TON_OK;
    out->doubt = TON_ROOM_TRUSTED;
    out->level_db = 10.0 * log10(whole);
    out->noise_db = 10.0 * log10(end.noise);
    const double ringing_s = f ? LEAST_BT / f->width_hz : 0.0;
    const enum ton_code code = decay_times(out, sound, w->rate, &end, ringing_s, err);
    if (code != TON_OK)
        return code;
    add_clarity(out, w, f, &end);
    if (m)
        sti_modulation(m, w->wet, w->direct, w->rate, &end);
    return TON_OK;
}

static enum ton_code measure(struct ton_room_band *out, double *m, const struct work *w,
                             const struct band_filter *f, double hz, struct ton_err *err) {
    const enum ton_code code = measure_band(out, m, w, f, hz, err);
    if (code == TON_OK)
        look_for_cause(out, w, f);
    return code;
}

static enum ton_code measure_bands(struct ton_room_band *out, int n, const double *hz, int fraction,
                                   int first_step, double m[][TON_STI_MODULATIONS],
                                   const struct work *w, struct ton_err *err) {
    enum ton_code code = TON_OK;
    for (int i = 0; code == TON_OK && i < n; i++) {
        struct band_filter f;
        if (!band_filter_make(&f, fraction, first_step + i, w->rate))
            out[i] = untold(hz[i], TON_ROOM_RATE);
        else
            code = measure(&out[i], m ? m[i] : NULL, w, &f, hz[i], err);
    }
    return code;
}

/* What needs several bands. */
static void conclude(struct ton_room_figures *out) {
    const struct ton_room_band *const low = &out->octave[3], *const high = &out->octave[4];
    out->t_mid_s = 0.5 * (low->t30.seconds + high->t30.seconds);
    out->middle = (struct ton_room_middle){
        .c50_db = 0.5 * (low->c50_db + high->c50_db),
        .c80_db = 0.5 * (low->c80_db + high->c80_db),
        .d50 = 0.5 * (low->d50 + high->d50),
        .doubt = low->doubt ? low->doubt : high->doubt,
    };
    for (int i = 1; i < TON_ROOM_OCTAVES; i++)
        if (out->octave[i].doubt != TON_ROOM_TRUSTED && out->sti.doubt == TON_ROOM_TRUSTED)
            out->sti = (struct ton_sti){.index = NAN, .doubt = out->octave[i].doubt};
}

static void limit(struct ton_room_band *bands, int n, double half_octaves, double from, double to) {
    const double edge = pow(10.0, 0.3 * half_octaves), rounding = 1.01; /* of nominal frequencies */
    for (int i = 0; i < n; i++)
        if (bands[i].hz / edge * rounding < from || bands[i].hz * edge / rounding > to)
            bands[i] = untold(bands[i].hz, TON_ROOM_SWEEP);
}

void ton_room_limit(struct ton_room_figures *figures, double from_hz, double to_hz) {
    limit(figures->octave, TON_ROOM_OCTAVES, 0.5, from_hz, to_hz);
    limit(figures->third, TON_ROOM_THIRDS, 0.5 / 3.0, from_hz, to_hz);
    conclude(figures);
}

static enum ton_code measure_all(struct ton_room_figures *out, const struct work *w,
                                 struct ton_err *err) {
    double m[TON_ROOM_OCTAVES][TON_STI_MODULATIONS] = {{0}};
    enum ton_code code = measure(&out->broad, NULL, w, NULL, 0.0, err);
    if (code == TON_OK)
        code = measure_bands(out->octave, TON_ROOM_OCTAVES, band_octaves, 1, -4, m, w, err);
    if (code == TON_OK)
        code = measure_bands(out->third, TON_ROOM_THIRDS, band_thirds, 3, -13, NULL, w, err);
    if (code != TON_OK)
        return code;
    conclude(out);
    if (out->sti.doubt == TON_ROOM_TRUSTED)
        sti_weigh(&out->sti, m + 1);
    return TON_OK;
}

enum ton_code ton_room_measure(struct ton_room_figures *out, const float *response, int frames,
                               int rate, struct ton_err *err) {
    const int direct = pulse_direct(response, frames, rate, 0.0);
    const int from = (int)ton_most(0, direct - (int)(LEAD_S * rate)), past = (int)(PAST_S * rate);
    struct work w = {.rate = rate, .n = past + frames - from, .direct = past + direct - from};
    w.response = response;
    w.frames = frames;
    w.lead = direct;
    memset(out, 0, sizeof *out);
    const double sounding_s =
        frames > 0 && response[direct] != 0.0F ? (double)(frames - direct) / rate : 0.0;
    if (sounding_s < LEAST_S)
        return ton_fail(err, TON_INPUT, NULL,
                        "the impulse response has %.3f s of sound behind its direct sound; 0.05 s "
                        "or more are needed",
                        sounding_s);
    float *const memory = ton_alloc(3 * sizeof(float) * (size_t)w.n);
    if (!memory)
        return ton_fail(err, TON_MEMORY, NULL, "no memory for a response of %d samples", w.n);
    w.dry = memory;
    w.wet = memory + w.n;
    w.early = memory + 2 * (size_t)w.n;
    memcpy(w.dry + past, response + from, sizeof(float) * (size_t)(frames - from));
    out->direct_frames = ton_between_peak(response, frames, direct);
    const enum ton_code code = measure_all(out, &w, err);
    ton_free(memory);
    return code;
}
