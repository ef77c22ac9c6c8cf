// SPDX-License-Identifier: GPL-3.0-or-later
/* Rubber Band 3 as something that is late by a known number of frames.
 *
 * The library cuts its input into windows, lays them out again closer or wider, and resamples. What
 * it makes of the frame in the middle of a window is half a window later in what it lays out; so
 * with a pitch scale p it is late by window / 2 (to see the window) + window / 2 / p, which moves
 * with p. Here every output frame has a place, that of the input frame it was made of, and is read
 * when its time has come: as late as the lowest p is. After a move of p the output is early or
 * late; a time ratio beside 1 then stretches it back into place within some windows, as the library
 * does such things: without a click and without bending the pitch. The same takes up what the
 * resampler's rounding may drift over hours.
 *
 * The library's reset leaves something of what was there before in its resampler (version 3.1.2).
 * Silence at the scale 1, where a resampler has one phase, brings it to one state; open has made
 * its buffers as large as they get, so that nothing is allocated later. */
#include "shifter.h"

#include <math.h>
#include <rubberband/rubberband-c.h>
#include <string.h>

enum {
    CHUNKS = SHIFTER_CHUNKS,
    LOWEST = 4,              /* 1 / the lowest scale */
    HIGHEST = 4,             /* scale */
    RESAMPLER = 31 * LOWEST, /* frames that half of its longest filter holds */
    ALIGNED = 64,            /* parts of a window that the output may be out of place, */
    IN_PLACE = 1024,         /* and that it is brought to */
    FASTEST_RATE = 192000,   /* that the library knows */
};

/* What the library is told: beyond its highest rate half of it, which makes its windows half as
 * long in time. */
static unsigned told_rate(double rate) {
    return (unsigned)lround(rate > FASTEST_RATE ? rate / 2.0 : rate);
}

/* The library's window: 1/16 s, rounded up to a power of two. */
static int window_of(double rate) {
    const unsigned least = told_rate(rate) / 32 + (told_rate(rate) % 32 != 0);
    int half = 1024;
    while (half < (int)least)
        half *= 2;
    return 2 * half;
}

int shifter_chunk(double rate) {
    return window_of(rate) / CHUNKS;
}

static int late_of(double rate) {
    const int window = window_of(rate);
    return window / 2 + LOWEST * (window / 2 + RESAMPLER) + window / 8;
}

int shifter_latency(double rate) {
    return late_of(rate) + shifter_chunk(rate);
}

int shifter_tail(double rate) {
    return LOWEST * window_of(rate);
}

void shifter_lay_out(struct shifter *s, struct carver *c, const struct ton_config *config) {
    const int window = window_of(config->rate), late = late_of(config->rate);
    unsigned ring = 1;
    while (ring < (unsigned)(late + 2 * window))
        ring *= 2;
    for (int i = 0; i < config->channels; i++) {
        float *memory = carve_floats(c, (int)ring), *silence = carve_floats(c, window / CHUNKS);
        if (s)
            s->ring[i] = memory, s->silence[i] = silence;
    }
    if (!s)
        return;
    s->channels = config->channels;
    s->window = window;
    s->chunk = window / CHUNKS;
    s->late = late;
    s->mask = ring - 1;
}

/* Input frame in the middle of the window that comes next; what was made is all taken. */
static int64_t middle(const struct shifter *s) {
    return s->fed - s->window / 2 + (int64_t)rubberband_get_samples_required(s->library);
}

/* Output frames between what is made next and the middle of the next window: half of that, laid out
 * and resampled, behind what the resampler holds, and what was measured on bursts of 200 Hz to
 * 8 kHz: the windows are lopsided, each band's in its own way (tests/signal/pitch.c). */
static double half_window(const struct shifter *s) {
    const double longer = 1.0 / s->scale;
    return longer * (s->window / 2 + RESAMPLER) + s->window / 64.0 * fmax(longer - 1.0, 0.0);
}

static void set_scale(struct shifter *s, double scale) {
    s->scale = scale;
    rubberband_set_pitch_scale(s->library, scale);
}

/* Everything that is ready, into the rings at its place. */
static void collect(struct shifter *s) {
    for (int ready; (ready = rubberband_available(s->library)) > 0;) {
        float *out[TON_MOST_CHANNELS];
        const unsigned at = (unsigned)s->made & s->mask, room = s->mask + 1 - at;
        for (int c = 0; c < s->channels; c++)
            out[c] = s->ring[c] + at;
        s->made +=
            rubberband_retrieve(s->library, out, (unsigned)ready < room ? (unsigned)ready : room);
    }
}

static void clear(struct shifter *s) {
    for (int c = 0; c < s->channels; c++)
        memset(s->ring[c], 0, sizeof(float) * ((size_t)s->mask + 1));
    s->made = 0;
}

/* Silence for some windows, at a scale; what comes out is nothing. */
static void rest(struct shifter *s, double scale) {
    set_scale(s, scale);
    for (int i = 0; i < CHUNKS + 2; i++) {
        rubberband_process(s->library, (const float *const *)s->silence, (unsigned)s->chunk, 0);
        collect(s);
    }
    clear(s);
}

static void wake(struct shifter *s, double scale) {
    rubberband_set_pitch_scale(s->library, 1.0);
    rubberband_set_time_ratio(s->library, 1.0);
    rubberband_reset(s->library);
    rest(s, 1.0);
    set_scale(s, scale);
    s->awake = true;
    s->aligning = false;
    s->fed = 0;
    s->made = middle(s) - lround(half_window(s));
}

static void fall_asleep(struct shifter *s) {
    s->awake = false;
    clear(s);
}

void shifter_reset(struct shifter *s) {
    fall_asleep(s);
    s->silent = s->n_settings = s->at = 0;
}

enum ton_code shifter_open(struct shifter *s, double rate, struct ton_err *err) {
    s->library =
        rubberband_new(told_rate(rate), (unsigned)s->channels,
                       RubberBandOptionEngineFiner | RubberBandOptionProcessRealTime |
                           RubberBandOptionPitchHighConsistency | RubberBandOptionChannelsTogether,
                       1.0, HIGHEST);
    rubberband_set_debug_level(s->library, -1); /* says nothing */
    rubberband_set_max_process_size(s->library, (unsigned)s->chunk);
    const unsigned pad = rubberband_get_preferred_start_pad(s->library);
    if ((int)pad != s->window / 2) {
        shifter_close(s);
        return ton_fail(err, TON_ENVIRONMENT, "pitch",
                        "this Rubber Band looks at windows of %u frames, not of %d", 2 * pad,
                        s->window);
    }
    rest(s, HIGHEST);
    rest(s, 1.0 / 3.99998); /* as many phases as its resampler may have, in both of its states */
    rest(s, 1.0 / 3.99997);
    rest(s, 1.0); /* the resampler has two states, which take turns */
    shifter_reset(s);
    return TON_OK;
}

void shifter_close(struct shifter *s) {
    rubberband_delete(s->library);
    s->library = NULL;
}

/* How fast the output has to be made so that it comes into its place. */
static double time_ratio(struct shifter *s) {
    const double ahead = (double)(s->made - middle(s)) + half_window(s);
    if (fabs(ahead) > (double)s->window / ALIGNED)
        s->aligning = true;
    if (fabs(ahead) < (double)s->window / IN_PLACE)
        s->aligning = false;
    return s->aligning ? fmin(fmax(1.0 - ahead / s->window, 0.5), 2.0) : 1.0;
}

static bool is_silent(const struct shifter *s, float *const *in) {
    bool sound = false;
    for (int c = 0; c < s->channels; c++)
        for (int i = 0; i < s->chunk; i++)
            sound |= in[c][i] != 0.0F;
    return !sound;
}

/* The setting of the chunk half a window ago, in the middle of the library's window now. */
static struct shifter_setting delayed(struct shifter *s, struct shifter_setting setting) {
    for (; s->n_settings < CHUNKS / 2; s->n_settings++)
        s->settings[s->n_settings] = setting;
    const struct shifter_setting due = s->settings[s->at];
    s->settings[s->at] = setting;
    s->at = (s->at + 1) % (CHUNKS / 2);
    return due;
}

void shifter_feed(struct shifter *s, float *const *in, struct shifter_setting setting) {
    s->silent = is_silent(s, in) ? s->silent + s->chunk : 0;
    if (!s->awake) {
        if (s->silent > 0)
            return;
        s->n_settings = 0; /* those of silence do not count */
        wake(s, setting.scale);
    }
    const struct shifter_setting now = delayed(s, setting);
    set_scale(s, now.scale);
    rubberband_set_formant_option(s->library, now.keep ? RubberBandOptionFormantPreserved
                                                       : RubberBandOptionFormantShifted);
    rubberband_set_time_ratio(s->library, time_ratio(s));
    rubberband_process(s->library, (const float *const *)in, (unsigned)s->chunk, 0);
    s->fed += s->chunk;
    collect(s);
    if (s->silent > s->late + LOWEST * s->window)
        fall_asleep(s);
}

void shifter_read(const struct shifter *s, int channel, int at, float *out, int frames) {
    const float *ring = s->ring[channel];
    const unsigned place = (unsigned)(s->fed + at - s->late - s->chunk);
    for (int i = 0; i < frames; i++)
        out[i] = s->awake ? ring[(place + (unsigned)i) & s->mask] : 0.0F;
}
