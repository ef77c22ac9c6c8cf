/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From a file to kernels. */
#include "response.h"

#include "ton/arena.h"
#include "ton/db.h"
#include "ton/k_weight.h"
#include "ton/pink.h"

enum { SECTIONS = 4, PIECE = 1024 };

#define FADE_IN_MS 1.0  /* where its start was cut off */
#define FADE_OUT 0.1    /* of the length, where its end was cut off */
#define CARDIOID_DEG 55 /* half the angle between left and right */
#define QUIET 1e-7      /* what a cut may ring with behind the last tap */
#define LISTEN_S 0.25   /* after a response, to what the weighting makes of it */

static bool is_there(const struct ton_asset *a) {
    return a && a->channels > 0 && a->frames > 0;
}

/* A Butterworth section of second order decays with exp(-w t / sqrt 2). */
static int ringing_frames(double hz, double rate) {
    return hz > 0 ? (int)ceil(-log(QUIET) * M_SQRT2 * rate / (2 * M_PI * hz)) : 0;
}

static void choose_part(struct response *r) {
    const struct response_settings *s = &r->settings;
    const int64_t there = is_there(r->asset) ? r->asset->frames : 1;
    const double first = s->start_ms * r->rate / 1000, length = s->length_s * r->rate;
    r->first = first < (double)there ? (int)lround(first) : (int)there;
    r->frames = (int)there - r->first;
    if (length < r->frames)
        r->frames = (int)lround(length);
    r->frames = r->frames > 1 ? r->frames : 1;
    r->taps =
        r->frames + ringing_frames(s->low_cut, r->rate) + ringing_frames(s->high_cut, r->rate);
}

static void add_path(struct ton_convolver_shape *shape, int in, int out, int kernel) {
    shape->paths[shape->n_paths++] = (struct ton_convolver_path){in, out, kernel};
}

/* Kernel k belongs to channel c when c modulo the kernels is k. */
static void each_its_own(struct response *r, struct ton_convolver_shape *shape, int kernels) {
    r->n_kernels = kernels;
    for (int c = 0; c < shape->outputs; c++)
        add_path(shape, c, c, c % kernels);
}

static void use_channels(struct response *r, struct ton_convolver_shape *shape, int kernels) {
    each_its_own(r, shape, kernels);
    for (int k = 0; k < kernels; k++)
        r->weights[k][k] = 1;
}

/* Of several kernels that all begin in one mono channel, the mean of what two sides would hear. */
static void fold(struct response *r, struct ton_convolver_shape *shape) {
    for (int k = 1; k < r->n_kernels; k++)
        for (int c = 0; c < TON_MOST_CHANNELS; c++)
            r->weights[0][c] += r->weights[k][c];
    for (int c = 0; c < TON_MOST_CHANNELS; c++)
        r->weights[0][c] *= 0.5F;
    shape->n_paths = 0;
    each_its_own(r, shape, 1);
}

static void use_true_stereo(struct response *r, struct ton_convolver_shape *shape) {
    r->n_kernels = 4;
    for (int k = 0; k < 4; k++) {
        r->weights[k][k] = 1;
        add_path(shape, k / 2, k % 2, k);
    }
}

/* W is 3 dB low in B-format as it was first defined (FuMa). */
static void use_b_format(struct response *r, struct ton_convolver_shape *shape) {
    each_its_own(r, shape, 2);
    for (int k = 0; k < 2; k++) {
        const double angle = (k == 0 ? 1 : -1) * CARDIOID_DEG * M_PI / 180;
        r->weights[k][0] = (float)M_SQRT1_2;
        r->weights[k][1] = (float)(0.5 * cos(angle));
        r->weights[k][2] = (float)(0.5 * sin(angle));
    }
}

static void choose_channels(struct response *r, struct ton_convolver_shape *shape) {
    const int theirs = is_there(r->asset) ? r->asset->channels : 1, ours = shape->outputs;
    r->fits = true;
    if (theirs == 4 && r->settings.b_format)
        use_b_format(r, shape);
    else if (theirs == 4 && ours <= 2)
        use_true_stereo(r, shape);
    else if (theirs <= 2 || theirs == ours)
        use_channels(r, shape, theirs);
    else {
        r->fits = false;
        use_channels(r, shape, 1);
    }
    if (ours == 1 && r->n_kernels > 1)
        fold(r, shape);
}

void response_plan(struct response *r, struct ton_convolver_shape *shape,
                   const struct ton_config *config, const struct response_settings *settings) {
    *r = (struct response){.asset = config->assets, .settings = *settings, .rate = config->rate};
    choose_part(r);
    shape->inputs = shape->outputs = config->channels;
    shape->n_paths = 0;
    choose_channels(r, shape);
    shape->kernels = r->n_kernels;
    shape->taps = r->taps;
}

/* Half a cosine from 0 to 1. */
static float rise(int at, int frames) {
    return (float)(0.5 - 0.5 * cos(M_PI * (at + 0.5) / frames));
}

static void fade(float *taps, const struct response *r) {
    const int64_t end = is_there(r->asset) ? r->asset->frames : 1;
    int in = r->first > 0 ? (int)lround(FADE_IN_MS * r->rate / 1000) : 0;
    int out = r->first + r->frames < end ? (int)lround(FADE_OUT * r->frames) : 0;
    in = in < r->frames / 2 ? in : r->frames / 2;
    for (int i = 0; i < in; i++)
        taps[i] *= rise(i, in);
    for (int i = 0; i < out; i++)
        taps[r->frames - 1 - i] *= rise(i, out);
}

static void filter(float *taps, const struct response *r) {
    const double hz[2] = {r->settings.low_cut, r->settings.high_cut};
    struct ton_biquad sections[SECTIONS];
    struct ton_biquad_state memory[SECTIONS] = {0};
    int n = 0;
    for (int i = 0; i < 2; i++) {
        struct ton_analogue prototype[4];
        if (hz[i] <= 0 || hz[i] >= 0.45 * r->rate)
            continue;
        if (i == 0)
            ton_analogue_high_pass(prototype, hz[i], 2);
        else
            ton_analogue_low_pass(prototype, hz[i], 2);
        ton_biquad_match(&sections[n], prototype, r->rate);
        n += 2;
    }
    for (int t = 0; n > 0 && t < r->taps; t++) {
        double x = (double)taps[t];
        for (int i = 0; i < n; i++)
            x = ton_biquad_run(&sections[i], &memory[i], x);
        taps[t] = (float)x;
    }
}

/* The samples of a response are those of a curve, so that twice the rate has twice as many of them
 * and would be twice as loud. */
static void make_kernel(float *taps, const struct response *r, int kernel) {
    memset(taps, 0, sizeof *taps * (size_t)r->taps);
    if (!is_there(r->asset))
        taps[0] = 1;
    for (int c = 0; is_there(r->asset) && c < r->asset->channels; c++) {
        const double ratio = r->asset->file_rate > 0 ? r->asset->file_rate / r->rate : 1;
        const float weight = r->weights[kernel][c] * (float)ratio;
        for (int i = 0; weight != 0 && i < r->frames && r->first + i < r->asset->frames; i++) {
            const float x = r->asset->data[c][r->first + i];
            taps[i] += isfinite(x) ? weight * x : 0;
        }
    }
    fade(taps, r);
    filter(taps, r);
}

/* Of pink noise through these taps, K-weighted (BS.1770): what its loudness follows. */
static double energy(const float *taps, int n, double rate) {
    struct ton_pink pink;
    struct ton_k_weight weight;
    struct ton_k_memory memory = {0};
    float x[PIECE];
    const ton_k_weight_run run = ton_k_weight_kernel();
    const int frames = n + (int)(LISTEN_S * rate);
    double sum = 0;
    ton_pink_init(&pink, rate);
    ton_k_weight_design(&weight, rate);
    for (int at = 0; at < frames; at += PIECE) {
        double squares[2];
        for (int i = 0; i < PIECE; i++)
            x[i] = (float)ton_pink_run(&pink, at + i < n ? (double)taps[at + i] : 0.0);
        run(squares, &memory, &weight, x, x, PIECE);
        sum += squares[0];
    }
    return sum;
}

/* The mean of all outputs becomes as loud as an input. */
static double unity(const struct response *r, const struct ton_convolver *c,
                    const double *energies) {
    const float one = 1;
    double sum = 0;
    for (int p = 0; p < c->shape.n_paths; p++)
        sum += energies[c->shape.paths[p].kernel];
    return sqrt(energy(&one, 1, r->rate) * c->shape.outputs / sum);
}

static enum ton_code refuse(const struct response *r, const struct ton_convolver *c, bool silent,
                            struct ton_err *err) {
    if (!r->fits)
        return ton_fail(err, TON_INPUT, NULL,
                        "an impulse response of %d channels cannot be used on %d; one of 1, 2 or 4 "
                        "(true stereo) can",
                        r->asset->channels, c->shape.outputs);
    if (is_there(r->asset) && r->first >= r->asset->frames)
        return ton_fail(err, TON_INPUT, NULL,
                        "`start` is %.6g ms, and the impulse response has only %.6g",
                        r->settings.start_ms, 1000 * (double)r->asset->frames / r->rate);
    if (silent)
        return ton_fail(err, TON_INPUT, NULL,
                        "the impulse response is silent%s; what is played through it would be too",
                        r->first > 0 || r->settings.length_s < INFINITY ? " in this part" : "");
    return TON_OK;
}

static void scale(float *taps, int n, double gain) {
    for (int i = 0; i < n; i++)
        taps[i] = (float)(gain * (double)taps[i]);
}

enum ton_code response_load(const struct response *r, struct ton_convolver *c,
                            struct ton_err *err) {
    enum ton_code code = refuse(r, c, false, err);
    if (code)
        return code;
    const size_t n = (size_t)r->taps;
    float *taps = ton_alloc(sizeof *taps * n * (size_t)r->n_kernels);
    if (!taps)
        return ton_fail(err, TON_MEMORY, NULL, "no memory for the impulse response");
    double energies[TON_CONVOLVER_MOST_PATHS], whole = 0;
    for (int k = 0; k < r->n_kernels; k++) {
        make_kernel(taps + n * (size_t)k, r, k);
        whole += energies[k] = energy(taps + n * (size_t)k, r->taps, r->rate);
    }
    code = refuse(r, c, !(whole > 0), err);
    if (!code && r->settings.normalise && is_there(r->asset))
        scale(taps, (int)n * r->n_kernels, unity(r, c, energies));
    for (int k = 0; k < r->n_kernels && !code; k++)
        ton_convolver_set(c, k, taps + n * (size_t)k, r->taps);
    ton_free(taps);
    return code;
}
