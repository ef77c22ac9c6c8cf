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
    memset(&f->memory, 0, sizeof f->memory);
    f->losses = f->target;
    memset(&f->step, 0, sizeof f->step);
    f->moves = f->settled = false;
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
        f->target.filters.b0[i] = (float)(high_gain + lift);
        f->target.filters.b1[i] = (float)(lift - high_gain * back);
        f->target.filters.a1[i] = (float)back;
        /* 1/4: the Hadamard matrix of order 16 has norm 4 */
        for (int s = 0; s < FDN_STAGES; s++)
            f->target.stage[s][i] = (float)(loss(f, f->stages[s][i].delay, decay) / 4);
    }
    if (now)
        f->losses = f->target;
    f->settled = false;
}

double fdn_unity(const struct fdn *f, double decay) {
    /* In flight without losses: 1/density a frame and line; with them the sum over time is the
       integral of 10^(-6 t / decay) from the onset on. */
    const double frames = f->rate * decay;
    return sqrt(f->density * 6 * M_LN10 / frames) * pow(10, 3 * f->onset / frames);
}

/* Signs between the stages, so that two matrices in a row do not undo each other. */
static const unsigned flipped[FDN_STAGES] = {0x2d68, 0x9a35, 0x63c9, 0xb156};

static void set_gains(struct fdn *f) {
    for (int s = 0; s < FDN_STAGES; s++) {
        f->gains[s].moves = f->moves;
        for (int i = 0; i < FDN_LINES; i++) {
            const float sign = flipped[s] >> i & 1 ? -1 : 1;
            f->gains[s].gain[i] = sign * f->losses.stage[s][i];
            f->gains[s].step[i] = sign * f->step.stage[s][i];
        }
    }
}

#define GLIDE 0.28F /* of the way left, every FDN_BLOCK frames */
#define NEAR 1e-6F  /* of a coefficient: arrived */

/* At the start of a block: all coefficients move on straight lines over it. What they are in it
 * follows from the frame's place in the block, not from how the block is cut. */
static void glide_losses(struct fdn *f) {
    float *now = (float *)&f->losses, *step = (float *)&f->step;
    const float *target = (const float *)&f->target;
    if (f->settled)
        return;
    f->moves = false;
    for (size_t i = 0; i < sizeof f->losses / sizeof *now; i++) {
        now[i] += step[i] * FDN_BLOCK;
        const float way = target[i] - now[i];
        const bool arrived = fabsf(way) <= NEAR;
        now[i] = arrived ? target[i] : now[i];
        step[i] = arrived ? 0 : way * (GLIDE / FDN_BLOCK);
        f->moves |= !arrived;
    }
    f->settled = !f->moves;
    set_gains(f);
}

/* Each stage reads its rings and writes into those of the next, the last one into x. */
static void diffuse(struct fdn *f, float *const x[FDN_LINES], int frames) {
    const float *in[FDN_LINES];
    float *out[FDN_LINES];
    for (int i = 0; i < FDN_LINES; i++)
        block_ring_write(&f->stages[0][i].ring, f->position, x[i], frames);
    for (int s = 0; s < FDN_STAGES; s++) {
        const struct fdn_ring *const here = f->stages[s];
        const struct fdn_ring *const next = s < FDN_STAGES - 1 ? f->stages[s + 1] : NULL;
        for (int i = 0; i < FDN_LINES; i++) {
            in[i] = block_ring_at(&here[i].ring, f->position, here[i].delay);
            out[i] = next ? block_ring_place(&next[i].ring, f->position) : x[i];
        }
        f->gains[s].at = (int)(f->position % FDN_BLOCK);
        ton_lines_mix(out, in, &f->gains[s], frames);
        for (int i = 0; next && i < FDN_LINES; i++)
            block_ring_written(&next[i].ring, f->position);
    }
}

/* What the filters do, while they move. */
static void lose_moving(struct fdn *f, float *const *out, const float *const *in, int frames) {
    const struct ton_lines_filters *l = &f->losses.filters, *step = &f->step.filters;
    const int at = (int)(f->position % FDN_BLOCK);
    for (int i = 0; i < FDN_LINES; i++) {
        float before = f->memory.in[i], y = f->memory.out[i];
        for (int t = 0; t < frames; t++) {
            const float now = in[i][t] * 0.25F, k = (float)(at + t);
            y = (l->b0[i] + k * step->b0[i]) * now + (l->b1[i] + k * step->b1[i]) * before +
                (l->a1[i] + k * step->a1[i]) * y;
            before = now;
            out[i][t] = y;
        }
        f->memory.in[i] = before;
        f->memory.out[i] = y;
    }
}

void fdn_run(struct fdn *f, float (*lines)[FDN_BLOCK], int frames) {
    float memory[FDN_LINES][FDN_BLOCK];
    float *x[FDN_LINES], *back[FDN_LINES], *place[FDN_LINES];
    const float *late[FDN_LINES];
    if (f->position % FDN_BLOCK == 0) {
        glide_losses(f);
        fdn_turns_glide(&f->turns);
    }
    for (int i = 0; i < FDN_LINES; i++) {
        x[i] = lines[i];
        back[i] = memory[i];
        place[i] = block_ring_place(&f->lines[i].ring, f->position);
        late[i] = block_ring_at(&f->lines[i].ring, f->position, f->lines[i].delay);
    }
    diffuse(f, x, frames);
    if (f->moves)
        lose_moving(f, back, late, frames);
    else
        ton_lines_filter(back, late, &f->losses.filters, &f->memory, frames);
    if (f->turns.on)
        ton_lines_turn(back, &f->turns.now, (int)(f->position % FDN_BLOCK), frames);
    ton_lines_add_mixed(x, place, (const float *const *)back, frames);
    for (int i = 0; i < FDN_LINES; i++)
        block_ring_written(&f->lines[i].ring, f->position);
    f->position += (unsigned)frames;
}
