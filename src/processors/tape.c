/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A loop of tape under a delay: motor, wow and flutter, saturation.
 *
 * A delay that changes by v frames a frame plays at 1 - v times the pitch. A new delay is
 * approached with a v that is proportional to the way left, between -1 (an octave up) and 1/2 (an
 * octave down), and that the motor's mass smooths. A swing of A frames at f Hz has v = 2 pi f A /
 * rate at most. */
#include "tape.h"

#define WOW_HZ 0.7
#define MOTOR_S 0.12 /* time constants: of the way left, of the motor */
#define MASS_S 0.025
#define SWING_S 0.5 /* for a new depth of wow or flutter */
#define DRIVE_GLIDE 64

static const double flutter_hz[2] = {6.1, 9.7}; /* half of the flutter each */

/* The shape delays, and the place that is played must have been recorded. */
enum { LEAST = TON_SLIDING_LEAST + 1 + TON_SHAPE_DELAY };

static double swing(double cents, double hz, double rate) {
    return expm1(cents * (M_LN2 / 1200.0)) * rate / (2.0 * M_PI * hz);
}

double tape_most_swing(double rate) {
    double frames = swing((double)TAPE_MOST_WOW, WOW_HZ, rate);
    for (int k = 0; k < 2; k++)
        frames += swing((double)TAPE_MOST_FLUTTER / 2.0, flutter_hz[k], rate);
    return frames;
}

void tape_set(struct tape *t, double frames, double wow, double flutter, double saturation,
              bool now) {
    const int slowly = (int)lround(SWING_S * t->rate);
    t->target = fmax(frames, LEAST);
    ton_lfo_go_to(&t->wow, WOW_HZ, t->rate, 0);
    ton_glide_to(&t->wow_frames, swing(wow, WOW_HZ, t->rate), slowly);
    for (int k = 0; k < 2; k++) {
        ton_lfo_go_to(&t->flutter[k], flutter_hz[k], t->rate, 0);
        ton_glide_to(&t->flutter_frames[k], swing(flutter / 2.0, flutter_hz[k], t->rate), slowly);
    }
    ton_glide_to(&t->drive, 0.25 * pow(16.0, saturation), DRIVE_GLIDE);
    if (now)
        tape_reset(t);
}

void tape_reset(struct tape *t) {
    t->delay = t->target;
    t->speed = 0.0;
    ton_lfo_reset(&t->wow);
    ton_glide_set(&t->wow_frames, t->wow_frames.target);
    for (int k = 0; k < 2; k++) {
        ton_lfo_reset(&t->flutter[k]);
        ton_glide_set(&t->flutter_frames[k], t->flutter_frames[k].target);
    }
    ton_glide_set(&t->drive, t->drive.target);
    for (int c = 0; c < TON_MOST_CHANNELS; c++)
        ton_shape_fill(&t->layer[c], 0.0F, 0.0F);
}

/* The delay falls by one frame a frame and the swing by little more, and each frame that is played
 * lies one further back than the one before. */
int tape_room(const struct tape *t) {
    const double most = fmax(t->wow_frames.value, t->wow_frames.target) +
                        fmax(t->flutter_frames[0].value, t->flutter_frames[0].target) +
                        fmax(t->flutter_frames[1].value, t->flutter_frames[1].target);
    const double room = (t->delay - most - LEAST) / 2.2;
    return room < 1.0 ? 1 : room < TAPE_CHUNK ? (int)room : TAPE_CHUNK;
}

static void add_swing(double *sum, double *most, struct ton_lfo *lfo, struct ton_glide *frames,
                      int n) {
    uint32_t phase[TAPE_CHUNK];
    double wave[TAPE_CHUNK];
    ton_lfo_run(lfo, phase, n);
    ton_lfo_sine(wave, phase, n);
    for (int i = 0; i < n; i++) {
        const double a = ton_glide_next(frames);
        sum[i] += a * wave[i];
        most[i] += a;
    }
}

static double motor(struct tape *t) {
    const double way = t->target - t->delay, wanted = way / (MOTOR_S * t->rate);
    const double bounded = fmin(fmax(wanted, -1.0), 0.5);
    if (way == 0.0 && t->speed == 0.0)
        return t->delay;
    t->speed += (bounded - t->speed) / (MASS_S * t->rate);
    t->delay += t->speed;
    if (fabs(way) < 1e-3 && fabs(t->speed) < 1e-6) {
        t->delay = t->target;
        t->speed = 0.0;
    }
    return t->delay;
}

void tape_move(struct tape *t, int n) {
    double sum[TAPE_CHUNK] = {0}, most[TAPE_CHUNK] = {0};
    add_swing(sum, most, &t->wow, &t->wow_frames, n);
    for (int k = 0; k < 2; k++)
        add_swing(sum, most, &t->flutter[k], &t->flutter_frames[k], n);
    for (int i = 0; i < n; i++) {
        const double delay = motor(t), room = delay - LEAST;
        const double part = room < most[i] ? fmax(room, 0.0) / most[i] : 1.0;
        t->at[i] = fmax(delay + part * sum[i], LEAST) - TON_SHAPE_DELAY;
        t->driven[i] = (float)ton_glide_next(&t->drive);
    }
}

void tape_record(struct tape *t, int channel, float *x, int n) {
    static const struct ton_sigmoid layer[2] = {{.weight = 1.0, .square = 1.0}, {.weight = 0.0}};
    for (int i = 0; i < n; i++)
        x[i] *= t->driven[i];
    ton_shape_sigmoids(x, n, layer, &t->layer[channel]);
    for (int i = 0; i < n; i++)
        x[i] /= t->driven[i];
}
