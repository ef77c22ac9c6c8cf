/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The low and high cut of wet sounds. */
#include "cut.h"

#include <math.h>
#include <string.h>

enum { MOVE_FRAMES = 64 };
#define FADE_MS 20.0

static bool rests(const struct cut *cut) {
    return cut->heard.value <= 0 && cut->heard.left == 0;
}

static void head_for_target(struct cut *cut, int frames) {
    if (memcmp(cut->filter, cut->target, sizeof cut->filter) == 0)
        frames = 0;
    cut->left = frames;
    for (int i = 0; i < CUT_SECTIONS; i++) {
        const struct ton_biquad from = cut->filter[i], to = cut->target[i];
        if (frames > 0)
            cut->step[i] = (struct ton_biquad){
                (to.b0 - from.b0) / frames, (to.b1 - from.b1) / frames, (to.b2 - from.b2) / frames,
                (to.a1 - from.a1) / frames, (to.a2 - from.a2) / frames};
        else
            cut->filter[i] = to;
    }
}

void cut_set(struct cut *cut, const struct ton_analogue *prototype, double rate, bool on,
             bool now) {
    if (on) {
        const bool rested = rests(cut);
        if (rested)
            memset(cut->memory, 0, sizeof cut->memory);
        ton_biquad_match(cut->target, prototype, rate);
        head_for_target(cut, now || rested ? 0 : MOVE_FRAMES);
    }
    ton_glide_to(&cut->heard, on, now ? 1 : (int)lround(FADE_MS * rate / 1000));
}

void cut_reset(struct cut *cut) {
    memset(cut->memory, 0, sizeof cut->memory);
    head_for_target(cut, 0);
    ton_glide_set(&cut->heard, cut->heard.target);
}

bool cut_move(struct cut *cut, int frames) {
    if (rests(cut))
        return false;
    for (int t = 0; t < frames; t++)
        cut->part[t] = (float)ton_ease(ton_glide_next(&cut->heard));
    return true;
}

static void move_filter(struct ton_biquad *b, const struct ton_biquad *step) {
    b->b0 += step->b0;
    b->b1 += step->b1;
    b->b2 += step->b2;
    b->a1 += step->a1;
    b->a2 += step->a2;
}

/* `filter` is left as it is after these frames. */
static void run_channel(struct cut *cut, struct ton_biquad filter[CUT_SECTIONS], int channel,
                        float *x, int frames) {
    struct ton_biquad_state *s = cut->memory[channel];
    for (int t = 0; t < frames; t++) {
        double y = x[t];
        for (int i = 0; i < CUT_SECTIONS; i++) {
            y = ton_biquad_run(&filter[i], &s[i], y);
            if (t + 1 < cut->left)
                move_filter(&filter[i], &cut->step[i]);
            else if (t + 1 == cut->left)
                filter[i] = cut->target[i];
        }
        x[t] = cut->part[t] * (float)y + (1.0F - cut->part[t]) * x[t];
    }
}

void cut_run(struct cut *cut, float (*x)[CUT_BLOCK], int channels, int frames) {
    struct ton_biquad filter[CUT_SECTIONS];
    for (int c = 0; c < channels; c++) {
        memcpy(filter, cut->filter, sizeof filter);
        run_channel(cut, filter, c, x[c], frames);
    }
    memcpy(cut->filter, filter, sizeof filter);
    cut->left = cut->left > frames ? cut->left - frames : 0;
}

/* Its envelope is exp(-w t / sqrt(2)). */
double cut_ringing(double hz, double rate) {
    return -log(1e-7) * M_SQRT2 * rate / (2.0 * M_PI * hz);
}
