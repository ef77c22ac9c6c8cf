/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A room between an output and some inputs, as its impulse responses say. */
#include "client.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { BLOCK = 64 };

/* A kernel from each loudspeaker to each microphone. */
static bool lay_out(struct client *c, int channels, int taps) {
    struct ton_convolver_shape shape = {.inputs = c->n_room_ins,
                                        .outputs = c->n_rooms,
                                        .kernels = channels,
                                        .n_paths = channels,
                                        .taps = taps,
                                        .block = BLOCK};
    for (int i = 0; i < channels; i++)
        shape.paths[i] =
            (struct ton_convolver_path){.in = i / c->n_rooms, .out = i % c->n_rooms, .kernel = i};
    struct carver size = {0};
    ton_convolver_lay_out(NULL, &size, &shape);
    struct carver carver = {.base = aligned_alloc(64, (size.used + 63) / 64 * 64)};
    struct ton_err err;
    if (!carver.base)
        return false;
    ton_convolver_lay_out(&c->convolver, &carver, &shape);
    return ton_convolver_open(&c->convolver, &err) == TON_OK;
}

static bool set(struct client *c, const float *frames, int n, int channels) {
    float *taps = calloc((size_t)n, sizeof *taps);
    for (int channel = 0; channel < channels && taps; channel++) {
        for (int i = 0; i < n; i++)
            taps[i] = frames[i * channels + channel];
        ton_convolver_set(&c->convolver, channel, taps, n);
    }
    free(taps);
    return taps != NULL;
}

bool room_open(struct client *c, const char *path, int inputs, int rate) {
    SF_INFO info = {0};
    SNDFILE *f = sf_open(path, SFM_READ, &info);
    if (!f || info.samplerate != rate || info.channels > TON_CONVOLVER_MOST_PATHS || inputs < 1 ||
        info.channels % inputs) {
        fprintf(stderr, "%s: %s\n", path, f ? "not of this rate, or odd channels" : "missing");
        return false;
    }
    c->n_room_ins = inputs;
    c->n_rooms = info.channels / inputs;
    const int n = (int)info.frames;
    float *frames = calloc((size_t)(n * info.channels), sizeof *frames);
    const bool done = frames && sf_readf_float(f, frames, n) == n && lay_out(c, info.channels, n) &&
                      set(c, frames, n, info.channels);
    c->noise_state = 1;
    free(frames);
    sf_close(f);
    return done;
}

static float noise(struct client *c) { /* Knuth, TAOCP 2, 3.3.4 */
    c->noise_state = c->noise_state * 1664525U + 1013904223U;
    return (float)(c->noise_state >> 8) / (float)(1 << 23) - 1;
}

void room_process(struct client *c, jack_nframes_t frames) {
    const float *in[TON_CONVOLVER_MOST_PATHS];
    float *out[TON_CONVOLVER_MOST_PATHS];
    for (int i = 0; i < c->n_rooms; i++)
        out[i] = jack_port_get_buffer(c->room_out[i], frames);
    for (int i = 0; i < c->n_room_ins; i++)
        in[i] = jack_port_get_buffer(c->room_in[i], frames);
    ton_convolver_run(&c->convolver, out, in, (int)frames);
    for (int i = 0; i < c->n_rooms; i++)
        for (int k = 0; k < (int)frames; k++) {
            out[i][k] += c->noise * noise(c);
            if (c->clip > 0)
                out[i][k] = fmaxf(-c->clip, fminf(c->clip, out[i][k]));
        }
}
