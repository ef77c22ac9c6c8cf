/* SPDX-License-Identifier: GPL-3.0-or-later */
/* High and low pass of what a detector hears. */
#include "key_filter.h"

#include "ton/smooth.h"

#include <string.h>

enum { COEFFICIENTS = KEY_SECTIONS * (int)(sizeof(struct ton_biquad) / sizeof(double)) };

void key_filter_init(struct key_filter *f, double rate) {
    *f = (struct key_filter){.rate = rate,
                             .part = ton_approach_part(rate),
                             .high_pass = KEY_HIGH_PASS_OFF,
                             .low_pass = KEY_LOW_PASS_OFF};
    for (int i = 0; i < KEY_SECTIONS; i++)
        f->sections[i] = TON_BIQUAD_THROUGH;
    key_filter_clear(f);
}

void key_filter_clear(struct key_filter *f) {
    for (int c = 0; c < TON_MOST_CHANNELS; c++) {
        struct key_channel *k = &f->channels[c];
        *k = (struct key_channel){.left = 0};
        memcpy(k->now, f->sections, sizeof k->now);
        memcpy(k->middle, f->sections, sizeof k->middle);
    }
}

void key_filter_set(struct key_filter *f, float high_pass, float low_pass) {
    struct ton_analogue prototype[4];
    if (high_pass == f->high_pass && low_pass == f->low_pass)
        return;
    f->high_pass = high_pass;
    f->low_pass = low_pass;
    for (int i = 0; i < KEY_SECTIONS; i++)
        f->sections[i] = TON_BIQUAD_THROUGH;
    const double highest = 0.45 * f->rate; /* above, a low pass has nothing left to take */
    if (high_pass > KEY_HIGH_PASS_OFF) {
        ton_analogue_high_pass(prototype, (double)high_pass < highest ? (double)high_pass : highest,
                               2);
        ton_biquad_match(f->sections, prototype, f->rate);
    }
    if (low_pass > KEY_LOW_PASS_OFF && (double)low_pass < highest) {
        ton_analogue_low_pass(prototype, low_pass, 2);
        ton_biquad_match(f->sections + 2, prototype, f->rate);
    }
    for (int c = 0; c < TON_MOST_CHANNELS; c++)
        f->channels[c].left = ton_approach_length(f->rate);
}

static void run_section(const struct ton_biquad *b, struct ton_biquad_state *state, float *x,
                        int frames) {
    if (ton_biquad_is_through(b))
        return;
    struct ton_biquad_state s = *state;
    for (int t = 0; t < frames; t++)
        x[t] = (float)ton_biquad_run(b, &s, x[t]);
    *state = s;
}

static void run_section_moving(struct ton_biquad *now, const struct ton_biquad *step,
                               struct ton_biquad_state *state, float *x, int frames) {
    struct ton_biquad b = *now;
    struct ton_biquad_state s = *state;
    for (int t = 0; t < frames; t++) {
        x[t] = (float)ton_biquad_run(&b, &s, x[t]);
        b.b0 += step->b0;
        b.b1 += step->b1;
        b.b2 += step->b2;
        b.a1 += step->a1;
        b.a2 += step->a2;
    }
    *now = b;
    *state = s;
}

/* What is off has nothing in it when it comes back. */
static void arrive(const struct key_filter *f, struct key_channel *k) {
    memcpy(k->now, f->sections, sizeof k->now);
    for (int i = 0; i < KEY_SECTIONS; i++)
        if (ton_biquad_is_through(&k->now[i]))
            k->memory[i] = (struct ton_biquad_state){0};
}

/* As many frames as the sections stay on their straight lines; returns how many. */
static int move(struct key_filter *f, struct key_channel *k, float *x, int frames) {
    int n = k->left % TON_APPROACH_FRAMES;
    if (n == 0) {
        n = TON_APPROACH_FRAMES;
        ton_approach((double *)k->step, (double *)k->middle, (const double *)k->now,
                     (const double *)f->sections, COEFFICIENTS, f->part);
    }
    n = n < frames ? n : frames;
    for (int i = 0; i < KEY_SECTIONS; i++)
        run_section_moving(&k->now[i], &k->step[i], &k->memory[i], x, n);
    k->left -= n;
    if (k->left == 0)
        arrive(f, k);
    return n;
}

bool key_filter_rests(const struct key_filter *f, int channel) {
    const struct key_channel *k = &f->channels[channel];
    for (int i = 0; i < KEY_SECTIONS; i++)
        if (!ton_biquad_is_through(&k->now[i]))
            return false;
    return k->left == 0;
}

void key_filter_run(struct key_filter *f, int channel, float *x, int frames) {
    struct key_channel *k = &f->channels[channel];
    int done = 0;
    while (done < frames && k->left > 0)
        done += move(f, k, x + done, frames - done);
    for (int i = 0; i < KEY_SECTIONS; i++)
        run_section(&k->now[i], &k->memory[i], x + done, frames - done);
}

void key_mono(float *out, const struct ton_io *io, int channels, int from, int frames) {
    const float *const *heard = io->key ? io->key : io->in;
    const int n = io->key ? io->n_key : channels;
    const float part = 1.0F / (float)n;
    for (int i = 0; i < frames; i++)
        out[i] = heard[0][from + i];
    for (int c = 1; c < n; c++)
        for (int i = 0; i < frames; i++)
            out[i] += heard[c][from + i];
    for (int i = 0; n > 1 && i < frames; i++)
        out[i] *= part;
}
