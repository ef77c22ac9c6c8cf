/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sixteen delay lines fed back through a Hadamard matrix (J.-M. Jot, A. Chaigne, AES 90, 1991),
 * after four stages of delays and Hadamard matrices without feedback that make the response dense
 * before the first line returns. Every sum runs over time, sample beside sample, so the matrix
 * costs 64 vector additions; only the losses of a line are a recursion, and those of four lines go
 * side by side. */
#include "fdn.h"

#include "fdn_turns.h"

#include <math.h>
#include <string.h>

#define DESIGN_RATE 48000.0 /* Hz; at which the delays were chosen */

/* Where the delay of line i stands within its 1/16 of the range, and which 1/16 it is: golden-ratio
 * steps and an odd stride, so that neither follows the order of the matrix. */
static double place(int line, int stage, double turn) {
    const double golden = 0.61803398874989485;
    const int slot = (line * 7 + stage * 5 + 3) % FDN_LINES;
    return (slot + fmod((line + 1) * golden + stage * turn, 1)) / FDN_LINES;
}

static bool is_prime(int n) {
    for (int d = 2; d * d <= n; d++)
        if (n % d == 0)
            return false;
    return n > 1;
}

static int prime_from(int n) {
    while (!is_prime(n))
        n++;
    return n;
}

static void lay_out_ring(struct fdn_ring *r, struct carver *c, int delay) {
    block_ring_lay_out(r ? &r->ring : NULL, c, delay, FDN_BLOCK);
    if (r)
        r->delay = delay;
}

/* Frames at DESIGN_RATE of the i-th shortest line; longer by a constant factor each. Different
 * primes have no common echo. */
static int design_frames(const struct fdn_shape *shape, double size, int i, int shorter) {
    const double ratio = pow(shape->longest / shape->shortest, i / (FDN_LINES - 1.0));
    const int wanted = (int)(shape->shortest * ratio * size * DESIGN_RATE);
    return prime_from(wanted > shorter ? wanted : shorter + 1);
}

/* The same time at another rate, so that the decay that was found for a shape is that of every
 * rate; odd, so that multiples of DESIGN_RATE do not share a factor. */
static int frames_at(double rate, int frames) {
    return (int)lround(frames * rate / DESIGN_RATE) | 1;
}

void fdn_lay_out(struct fdn *f, struct carver *c, const struct fdn_shape *shape, double size,
                 double rate) {
    int shorter = 0;
    if (f) {
        f->rate = rate;
        f->density = f->onset = 0;
    }
    for (int i = 0; i < FDN_LINES; i++) {
        const int line = (i * 5 + 2) % FDN_LINES;
        shorter = design_frames(shape, size, i, shorter);
        const int delay = frames_at(rate, shorter);
        lay_out_ring(f ? &f->lines[line] : NULL, c, delay);
        if (f)
            f->density += delay;
    }
    for (int s = 0; s < FDN_STAGES; s++)
        for (int i = 0; i < FDN_LINES; i++) {
            const double seconds = shape->spread[s] * size * place(i, s, shape->turn);
            const int delay = (int)lround(seconds * rate);
            lay_out_ring(f ? &f->stages[s][i] : NULL, c, delay);
            /* the last stage is the level part itself */
            if (f && s < FDN_STAGES - 1)
                f->onset += delay / (double)FDN_LINES;
        }
}

void fdn_clear(struct fdn *f) {
    for (int i = 0; i < FDN_LINES; i++) {
        block_ring_clear(&f->lines[i].ring);
        for (int s = 0; s < FDN_STAGES; s++)
            block_ring_clear(&f->stages[s][i].ring);
    }
    fdn_turns_clear(&f->turns);
    memset(f->last_in, 0, sizeof f->last_in);
    memset(f->last_out, 0, sizeof f->last_out);
    f->losses = f->target;
    memset(&f->step, 0, sizeof f->step);
    f->moves = false;
    f->position = 0;
}

/* gain of `frames` of delay when 60 dB take `decay` seconds */
static double loss(const struct fdn *f, double frames, double decay) {
    return pow(10, -3 * frames / (f->rate * decay));
}

void fdn_set_decay(struct fdn *f, double decay, double high, double corner_hz, bool now) {
    /* high + (low - high) * low pass, the low pass by bilinear transform with its corner kept */
    const double corner = corner_hz < 0.45 * f->rate ? corner_hz : 0.45 * f->rate;
    const double t = tan(M_PI * corner / f->rate);
    const double in = t / (1 + t), back = (1 - t) / (1 + t);
    for (int i = 0; i < FDN_LINES; i++) {
        const double low_gain = loss(f, f->lines[i].delay, decay);
        const double high_gain = loss(f, f->lines[i].delay, decay * high);
        const double lift = (low_gain - high_gain) * in;
        f->target.b0[i] = (float)(high_gain + lift);
        f->target.b1[i] = (float)(lift - high_gain * back);
        f->target.a1[i] = (float)back;
        /* 1/4: the Hadamard matrix of order 16 has norm 4 */
        for (int s = 0; s < FDN_STAGES; s++)
            f->target.stage[s][i] = (float)(loss(f, f->stages[s][i].delay, decay) / 4);
    }
    if (now)
        f->losses = f->target;
}

double fdn_unity(const struct fdn *f, double decay) {
    /* In flight without losses: 1/density a frame and line; with them the sum over time is the
       integral of 10^(-6 t / decay) from the onset on. */
    const double frames = f->rate * decay;
    return sqrt(f->density * 6 * M_LN10 / frames) * pow(10, 3 * f->onset / frames);
}

#define GLIDE 0.28F /* of the way left, every FDN_BLOCK frames */
#define NEAR 1e-6F  /* of a coefficient: arrived */

/* At the start of a block: all coefficients move on straight lines over it. What they are in it
 * follows from the frame's place in the block, not from how the block is cut. */
static void glide_losses(struct fdn *f) {
    float *now = (float *)&f->losses, *step = (float *)&f->step;
    const float *target = (const float *)&f->target;
    f->moves = false;
    for (size_t i = 0; i < sizeof f->losses / sizeof *now; i++) {
        now[i] += step[i] * FDN_BLOCK;
        const float way = target[i] - now[i];
        const bool arrived = fabsf(way) <= NEAR;
        now[i] = arrived ? target[i] : now[i];
        step[i] = arrived ? 0 : way * (GLIDE / FDN_BLOCK);
        f->moves |= !arrived;
    }
}

static void ring_write(struct fdn_ring *r, unsigned position, const float *in, int frames) {
    block_ring_write(&r->ring, position, in, frames);
}

static void ring_read(const struct fdn_ring *r, unsigned position, float *out, int frames) {
    block_ring_read(&r->ring, position, r->delay, out, frames);
}

/* Two levels of butterflies at once: lines i, i + step, i + 2 step, i + 3 step. */
static void butterflies(float (*x)[FDN_BLOCK], int i, int step) {
    float *const a = x[i], *const b = x[i + step];
    float *const c = x[i + 2 * step], *const d = x[i + 3 * step];
    for (int t = 0; t < FDN_BLOCK; t++) {
        const float sum = a[t] + b[t], difference = a[t] - b[t];
        const float other_sum = c[t] + d[t], other_difference = c[t] - d[t];
        a[t] = sum + other_sum;
        b[t] = difference + other_difference;
        c[t] = sum - other_sum;
        d[t] = difference - other_difference;
    }
}

/* Unnormalised Walsh-Hadamard transform across the lines, for every frame. */
static void hadamard(float (*x)[FDN_BLOCK]) {
    for (int i = 0; i < FDN_LINES; i += 4)
        butterflies(x, i, 1);
    for (int i = 0; i < 4; i++)
        butterflies(x, i, 4);
}

/* Signs between the stages, so that two matrices in a row do not undo each other. */
static const unsigned flipped[FDN_STAGES] = {0x2d68, 0x9a35, 0x63c9, 0xb156};

static void diffuse(struct fdn *f, float (*x)[FDN_BLOCK], int frames) {
    const int at = (int)(f->position % FDN_BLOCK);
    for (int s = 0; s < FDN_STAGES; s++) {
        for (int i = 0; i < FDN_LINES; i++) {
            ring_write(&f->stages[s][i], f->position, x[i], frames);
            ring_read(&f->stages[s][i], f->position, x[i], frames);
            const float sign = flipped[s] >> i & 1 ? -1 : 1;
            const float gain = sign * f->losses.stage[s][i], step = sign * f->step.stage[s][i];
            if (f->moves)
                for (int t = 0; t < FDN_BLOCK; t++)
                    x[i][t] *= gain + step * (float)(at + t);
            else
                for (int t = 0; t < FDN_BLOCK; t++)
                    x[i][t] *= gain;
        }
        hadamard(x);
    }
}

/* Losses of four lines, frame by frame; also the 1/4 of the matrix. */
static void lose(struct fdn *f, float (*x)[FDN_BLOCK], int first, int frames) {
    const struct fdn_losses *l = &f->losses;
    float in[4], out[4];
    for (int k = 0; k < 4; k++) {
        in[k] = f->last_in[first + k];
        out[k] = f->last_out[first + k];
    }
    for (int t = 0; t < frames; t++)
        for (int k = 0; k < 4; k++) {
            const int i = first + k;
            const float now = x[i][t] * 0.25F;
            out[k] = l->b0[i] * now + l->b1[i] * in[k] + l->a1[i] * out[k];
            in[k] = now;
            x[i][t] = out[k];
        }
    for (int k = 0; k < 4; k++) {
        f->last_in[first + k] = in[k];
        f->last_out[first + k] = out[k];
    }
}

/* The same while the losses move. */
static void lose_moving(struct fdn *f, float (*x)[FDN_BLOCK], int first, int frames) {
    const struct fdn_losses *l = &f->losses, *step = &f->step;
    const int at = (int)(f->position % FDN_BLOCK);
    for (int i = first; i < first + 4; i++) {
        float in = f->last_in[i], out = f->last_out[i];
        for (int t = 0; t < frames; t++) {
            const float now = x[i][t] * 0.25F, k = (float)(at + t);
            out = (l->b0[i] + k * step->b0[i]) * now + (l->b1[i] + k * step->b1[i]) * in +
                  (l->a1[i] + k * step->a1[i]) * out;
            in = now;
            x[i][t] = out;
        }
        f->last_in[i] = in;
        f->last_out[i] = out;
    }
}

void fdn_run(struct fdn *f, float (*x)[FDN_BLOCK], int frames) {
    float back[FDN_LINES][FDN_BLOCK];
    memset(back, 0, sizeof back);
    if (f->position % FDN_BLOCK == 0) {
        glide_losses(f);
        fdn_turns_glide(&f->turns);
    }
    diffuse(f, x, frames);
    for (int i = 0; i < FDN_LINES; i++)
        ring_read(&f->lines[i], f->position, back[i], frames);
    for (int first = 0; first < FDN_LINES; first += 4)
        if (f->moves)
            lose_moving(f, back, first, frames);
        else
            lose(f, back, first, frames);
    if (f->turns.on)
        fdn_turns_run(&f->turns, back, (int)(f->position % FDN_BLOCK), frames);
    hadamard(back);
    for (int i = 0; i < FDN_LINES; i++) {
        for (int t = 0; t < FDN_BLOCK; t++)
            x[i][t] += back[i][t];
        ring_write(&f->lines[i], f->position, x[i], frames);
    }
    f->position += (unsigned)frames;
}
