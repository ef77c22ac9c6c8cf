/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The equaliser in linear phase: its magnitude as a symmetric FIR, made anew while it runs.
 *
 * The magnitude of a section at w, with p = sin^2(w/2), is the root of
 *     (b0 + b1 + b2)^2 - 4 p (b0 b1 + 4 b0 b2 + b1 b2) + 16 p^2 b0 b2
 * over the same of (1, a1, a2): no cancellation at 20 Hz. Left, right, mid and side give the four
 * kernels from each input to each output. */
#include "eq_linear.h"

#include <math.h>
#include <string.h>

/* A block of the convolver has PARTS; each but the first, which is the convolver's own, has room
 * for one step: a part of the curves, a transform of a whole kernel, or some of its partitions. */
enum { PARTS = 32, DRAWS = 16, SOME = 2, FADE_BLOCKS = 2 };
enum { LEFT, RIGHT, MID, SIDE, N_CURVES };

#define SECONDS 0.6

int eq_linear_taps(double rate) {
    int taps = 4096;
    while (taps < SECONDS * rate)
        taps *= 2;
    return taps;
}

static struct ton_convolver_shape shape_of(const struct ton_config *config) {
    const int taps = eq_linear_taps(config->rate), n = config->channels;
    struct ton_convolver_shape s = {
        .inputs = n,
        .outputs = n,
        .kernels = n == 2 ? 4 : 1,
        .taps = taps,
        .block = taps / 16,
        .late = true,
        .moving = true,
    };
    for (int i = 0; i < n && n != 2; i++)
        s.paths[s.n_paths++] = (struct ton_convolver_path){i, i, 0};
    for (int i = 0; i < 4 && n == 2; i++)
        s.paths[s.n_paths++] = (struct ton_convolver_path){i / 2, i % 2, i};
    return s;
}

int eq_linear_latency(const struct ton_config *config) {
    const struct ton_convolver_shape s = shape_of(config);
    return s.taps / 2 + ton_convolver_latency(&s);
}

void eq_linear_lay_out(struct eq_linear *l, struct carver *c, const struct ton_config *config) {
    const struct ton_convolver_shape s = shape_of(config);
    float *const fft_memory = carve(c, sizeof(float) * ton_fft_floats(s.taps));
    float *const re = carve_floats(c, s.taps / 2), *const im = carve_floats(c, s.taps / 2);
    float *const samples = carve_floats(c, s.taps), *const made = carve_floats(c, s.taps);
    float *const window = carve_floats(c, s.taps / 2 + 1);
    float *curves[N_CURVES];
    for (int k = 0; k < N_CURVES; k++)
        curves[k] = carve_floats(c, s.taps / 2 + 1);
    if (l) {
        *l = (struct eq_linear){.rate = config->rate,
                                .taps = s.taps,
                                .block = s.block,
                                .channels = config->channels,
                                .n_kernels = s.kernels,
                                .fft_memory = fft_memory,
                                .re = re,
                                .im = im,
                                .samples = samples,
                                .taps_made = made,
                                .window = window};
        memcpy(l->curves, curves, sizeof curves);
    }
    ton_convolver_lay_out(l ? &l->convolver : NULL, c, &s);
}

/* By how far from the middle. Flat over the middle half, so that the curve is hardly smoothed, then
 * down to nothing. */
static void make_window(struct eq_linear *l) {
    const int half = l->taps / 2, quarter = l->taps / 4;
    for (int away = 0; away <= half; away++) {
        const double down = away <= quarter ? 0 : (double)(away - quarter) / quarter;
        l->window[away] = (float)((0.5 + 0.5 * cos(M_PI * down)) / l->taps);
    }
}

enum ton_code eq_linear_open(struct eq_linear *l, struct ton_err *err) {
    enum ton_code code = ton_fft_open(&l->fft, l->fft_memory, l->taps, err);
    if (code == TON_OK)
        code = ton_convolver_open(&l->convolver, err);
    make_window(l);
    if (code == TON_OK)
        eq_linear_reset(l);
    else
        eq_linear_close(l);
    return code;
}

void eq_linear_close(struct eq_linear *l) {
    ton_convolver_close(&l->convolver);
    ton_fft_close(&l->fft);
}

void eq_linear_want(struct eq_linear *l, const struct eq_params *p) {
    struct eq_params shape = *p;
    shape.gain = 0; /* is not the kernels' */
    l->dirty |= memcmp(&l->wanted, &shape, sizeof shape) != 0;
    l->wanted = shape;
}

/* Squared magnitude of b0 + b1/z + b2/z^2 as a polynomial in p. */
static void square(double out[3], double b0, double b1, double b2) {
    const double sum = b0 + b1 + b2;
    out[0] = sum * sum;
    out[1] = -4 * (b0 * b1 + 4 * b0 * b2 + b1 * b2);
    out[2] = 16 * b0 * b2;
}

/* Multiplies `n` squared magnitudes from bin `from` on. */
static void add_section(float *curve, const struct ton_biquad *b, const double *p, int n) {
    double top[3], bottom[3];
    square(top, b->b0, b->b1, b->b2);
    square(bottom, 1, b->a1, b->a2);
    for (int i = 0; i < n; i++) {
        const double above = top[0] + p[i] * (top[1] + p[i] * top[2]);
        const double below = bottom[0] + p[i] * (bottom[1] + p[i] * bottom[2]);
        curve[i] *= (float)(sqrt(fmax(above, 0) / below));
    }
}

enum { PIECE = 256 };

/* All curves at bins from … from + n - 1, n at most PIECE. */
static void draw_piece(struct eq_linear *l, int from, int n) {
    double p[PIECE];
    for (int i = 0; i < n; i++) {
        const double s = sin(M_PI * (from + i) / l->taps);
        p[i] = s * s;
    }
    for (int k = 0; k < N_CURVES; k++)
        for (int i = 0; i < n; i++)
            l->curves[k][from + i] = 1;
    for (int slot = 0; slot < EQ_N_SLOTS; slot++)
        for (int lane = 0; lane < 2; lane++)
            if (l->design.lanes[slot] >> lane & 1)
                add_section(l->curves[(slot < EQ_MID_SIDE ? LEFT : MID) + lane] + from,
                            &l->design.section[slot], p, n);
}

static void draw(struct eq_linear *l, int n) {
    for (; n > 0; n -= PIECE) {
        const int left = l->taps / 2 + 1 - l->next, piece = n < PIECE ? n : PIECE;
        draw_piece(l, l->next, left < piece ? left : piece);
        l->next += left < piece ? left : piece;
    }
}

/* The value of kernel k at a bin: from input k / 2 to output k % 2. */
static float bin_of(const struct eq_linear *l, int k, int bin) {
    const float input = l->curves[k / 2 == 0 ? LEFT : RIGHT][bin];
    const float mid = l->curves[MID][bin], side = l->curves[SIDE][bin];
    if (l->channels != 2)
        return input * mid;
    return 0.5F * input * (k / 2 == k % 2 ? mid + side : mid - side);
}

static void make_kernel(struct eq_linear *l, int k) {
    const int n = l->taps, half = n / 2;
    for (int bin = 0; bin < half; bin++) {
        l->re[bin] = bin_of(l, k, bin);
        l->im[bin] = 0;
    }
    l->im[0] = bin_of(l, k, half);
    ton_fft_inverse(&l->fft, l->samples, l->re, l->im);
    for (int i = 0; i < half; i++) {
        l->taps_made[i] = l->window[half - i] * l->samples[i + half];
        l->taps_made[i + half] = l->window[i] * l->samples[i];
    }
}

static void begin(struct eq_linear *l) {
    l->making = l->wanted;
    l->dirty = false;
    l->making_it = true;
    l->made = false;
    l->next = l->kernel = 0;
    l->partition = -1;
    ton_eq_design(&l->design, &l->making, NULL, l->channels, l->rate);
}

/* One step. */
static void work(struct eq_linear *l) {
    const int bins = l->taps / 2 + 1;
    if (l->next < bins) {
        draw(l, (bins + DRAWS - 1) / DRAWS);
    } else if (l->partition < 0) {
        make_kernel(l, l->kernel);
        l->partition = 0;
    } else if (ton_convolver_set_some(&l->convolver, l->kernel, l->taps_made, l->taps, l->partition,
                                      SOME)) {
        l->kernel++;
        l->partition = -1;
    } else {
        l->partition += SOME;
    }
    l->made = l->kernel == l->n_kernels;
}

void eq_linear_reset(struct eq_linear *l) {
    ton_convolver_clear(&l->convolver);
    begin(l);
    while (!l->made)
        work(l);
    l->making_it = false;
    ton_convolver_exchange(&l->convolver, 1);
    ton_convolver_clear(&l->convolver);
}

/* What there is to do before the next frame: new kernels come with a block; they are begun and
 * worked on between. */
static void do_part(struct eq_linear *l) {
    if (ton_convolver_may_exchange(&l->convolver)) {
        if (l->making_it && l->made) {
            l->making_it = false;
            ton_convolver_exchange(&l->convolver, FADE_BLOCKS);
        }
    } else if (ton_convolver_is_fading(&l->convolver)) {
        return;
    } else if (l->dirty && !l->making_it) {
        begin(l);
    } else if (l->making_it && !l->made) {
        work(l);
    }
}

void eq_linear_run(struct eq_linear *l, const struct ton_io *io) {
    const float *in[TON_MOST_CHANNELS];
    float *out[TON_MOST_CHANNELS];
    const int part = l->block / PARTS;
    for (int done = 0, n; done < io->frames; done += n) {
        const int past = ton_convolver_room(&l->convolver) % part;
        const int room = past ? past : part, left = io->frames - done;
        n = left < room ? left : room;
        if (past == 0)
            do_part(l);
        for (int c = 0; c < l->channels; c++) {
            in[c] = io->in[c] + done;
            out[c] = io->out[c] + done;
        }
        ton_convolver_run(&l->convolver, out, in, n);
    }
}
