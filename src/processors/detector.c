/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Levels in dB for dynamics processors, and the smoothing of the gain that they ask for. */
#include "detector.h"

#include "ton/level.h"
#include "ton/mix.h"

#include <math.h>
#include <string.h>

#define CHANGE_MS 50.0 /* from peak to mean; by then the mean has settled */
#define RMS_MS 10.0    /* of each of two smoothers in a row */

void detector_lay_out(struct detector *d, struct carver *c, const struct ton_config *config,
                      float hold_ms) {
    const int window = 1 + (int)lround((double)hold_ms * config->rate / 1000);
    for (int i = 0; i < config->channels; i++) {
        float *const held = carve_floats(c, ton_window_max_floats(window));
        if (d)
            ton_window_max_init(&d->windows[i], held, window);
    }
}

void detector_init(struct detector *d, const struct ton_config *config) {
    d->rate = config->rate;
    d->channels = config->channels;
    d->mean = ton_smooth_coefficient(RMS_MS, config->rate);
    d->link = 1;
    key_filter_init(&d->filter, config->rate);
    detector_reset(d);
}

void detector_reset(struct detector *d) {
    memset(d->means, 0, sizeof d->means);
    key_filter_clear(&d->filter);
    for (int c = 0; c < d->channels; c++)
        ton_window_max_clear(&d->windows[c]);
    d->apart = d->link < 1;
    ton_glide_set(&d->rms, d->rms.target);
}

static bool is_peak(const struct detector *d) {
    return d->rms.value <= 0 && d->rms.left == 0;
}

/* The means rest while nobody listens and begin anew. */
void detector_set_kind(struct detector *d, int kind, bool now) {
    const bool rms = kind >= DETECTOR_RMS;
    if (rms && is_peak(d))
        memset(d->means, 0, sizeof d->means);
    ton_glide_to(&d->rms, rms, now ? 1 : (int)lround(CHANGE_MS * d->rate / 1000));
}

bool detector_set_link(struct detector *d, float percent) {
    const struct ton_window_max *first = &d->windows[0];
    d->link = percent / 100;
    if (d->link >= 1 || d->apart)
        return false;
    for (int c = 1; c < d->channels; c++) {
        struct ton_window_max *w = &d->windows[c];
        w->at = first->at;
        w->head = first->head;
        memcpy(w->memory, first->memory, sizeof(float) * (size_t)ton_window_max_floats(w->size));
    }
    d->apart = true;
    return true;
}

/* Amplitudes become powers; for RMS smoothed and doubled, so that a sine's mean is its peak. A
 * switch of the detector is a cross-fade. */
static void find_power(struct detector *d, int channel, float *x, int frames, bool peak_only) {
    double first = d->means[channel][0], second = d->means[channel][1];
    if (peak_only) {
        for (int i = 0; i < frames; i++)
            x[i] *= x[i];
        return;
    }
    for (int i = 0; i < frames; i++) {
        const double power = (double)x[i] * (double)x[i];
        first += d->mean * (2.0 * power - first);
        second += d->mean * (first - second);
        x[i] = (float)(power + (double)d->rms_parts[i] * (second - power));
    }
    d->means[channel][0] = first;
    d->means[channel][1] = second;
}

void detector_raise_to(float *most, const float *x, int frames) {
    for (int i = 0; i < frames; i++)
        most[i] = x[i] > most[i] ? x[i] : most[i];
}

static void find_channel_power(struct detector *d, int channel, float *x, const float *heard,
                               int frames, bool peak_only) {
    if (peak_only && key_filter_rests(&d->filter, channel)) {
        ton_mix_product(x, heard, heard, frames);
        return;
    }
    memcpy(x, heard, sizeof *x * (size_t)frames);
    key_filter_run(&d->filter, channel, x, frames);
    find_power(d, channel, x, frames, peak_only);
}

/* The power of each path: of its own channel, or of the loudest. */
static void find_powers(struct detector *d, int n_paths, const float *const *heard, int n_heard,
                        int from, int frames) {
    const bool own = n_heard == d->channels, peak_only = is_peak(d);
    for (int i = 0; i < frames && !peak_only; i++)
        d->rms_parts[i] = (float)ton_glide_next(&d->rms);
    if (n_heard == 1 && n_paths == 1) {
        find_channel_power(d, 0, d->level[0], heard[0] + from, frames, peak_only);
        return;
    }
    memset(d->most, 0, sizeof d->most);
    for (int c = 0; c < n_heard && c < TON_MOST_CHANNELS; c++) {
        float *x = own ? d->level[c] : d->line;
        find_channel_power(d, c, x, heard[c] + from, frames, peak_only);
        detector_raise_to(d->most, x, frames);
    }
    for (int c = 0; c < n_paths && !(own && d->apart); c++)
        memcpy(d->level[c], d->most, sizeof d->most);
}

int detector_run(struct detector *d, const struct ton_io *io, int from, int frames) {
    const int n_paths = d->apart ? d->channels : 1;
    if (io->key)
        find_powers(d, n_paths, io->key, io->n_key, from, frames);
    else
        find_powers(d, n_paths, io->in, d->channels, from, frames);
    for (int c = 0; c < n_paths; c++) {
        ton_window_max_run(&d->windows[c], d->level[c], frames);
        ton_powers_to_db(d->level[c], frames);
    }
    if (!d->apart)
        return n_paths;
    memcpy(d->most, d->level[0], sizeof d->most);
    for (int c = 1; c < n_paths; c++)
        detector_raise_to(d->most, d->level[c], frames);
    for (int c = 0; c < n_paths; c++)
        for (int i = 0; i < frames; i++)
            d->level[c][i] += d->link * (d->most[i] - d->level[c][i]);
    return n_paths;
}

double detector_smooth(float *x, int frames, double y, double down, double up) {
    const struct ton_smooth_lane lane = {x, &y, down, up};
    ton_smooth_side_by_side(&lane, 1, frames);
    return y;
}

void detector_run_together(const struct detector_parts *parts, void *const *states,
                           const struct ton_io *ios, int n) {
    struct ton_smooth_lane lanes[TON_MOST_TOGETHER * TON_MOST_CHANNELS];
    for (int at = 0; at < ios[0].frames; at += DETECTOR_BLOCK) {
        const int left = ios[0].frames - at, frames = left < DETECTOR_BLOCK ? left : DETECTOR_BLOCK;
        int n_lanes = 0;
        for (int k = 0; k < n; k++)
            n_lanes += parts->hear(states[k], &ios[k], at, frames, lanes + n_lanes);
        ton_smooth_side_by_side(lanes, n_lanes, frames);
        for (int k = 0; k < n; k++)
            parts->play(states[k], &ios[k], at, frames);
    }
}
