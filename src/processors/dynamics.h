/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_PROCESSORS_DYNAMICS_H
#define TON_PROCESSORS_DYNAMICS_H

#include "ton/level.h"
#include "ton/row.h"
#include "ton/smooth.h"

/* What compressors of every kind share beside detector.h: the static curve (D. Giannoulis,
 * M. Massberg, J. D. Reiss, JAES 60, 2012), and rows. */

enum { DYN_BLOCK = 256 };

#define DYN_RATIO_MAX 1000.0F /* read as infinite: 60 dB over the threshold that is 0.06 dB off */

#define DYN_RATIO_ROW(usual)                                                                       \
    {                                                                                              \
        .key = "ratio", .label = "Ratio", .kind = TON_NUMBER, .unit = TON_UNIT_RATIO, .min = 1,    \
        .max = DYN_RATIO_MAX, .def = (usual), .scale = TON_LOGARITHMIC, .digits = 2,               \
        .flags = TON_ROW_INF_MAX, .help = "How many dB above the threshold come out as one."       \
    }

#define DYN_KNEE_ROW(usual)                                                                        \
    {                                                                                              \
        .key = "knee", .label = "Knee", .kind = TON_NUMBER, .unit = TON_UNIT_DB, .min = 0,         \
        .max = 24, .def = (usual), .digits = 1, .help = "Width of the bend around the threshold."  \
    }

#define DYN_ATTACK_ROW(shortest, usual, what)                                                      \
    {                                                                                              \
        .key = "attack", .label = "Attack", .kind = TON_NUMBER, .unit = TON_UNIT_MS,               \
        .min = (shortest), .max = 300, .def = (usual), .scale = TON_LOGARITHMIC, .digits = 2,      \
        .help = (what)                                                                             \
    }

#define DYN_RELEASE_ROW(usual, what)                                                               \
    {                                                                                              \
        .key = "release", .label = "Release", .kind = TON_NUMBER, .unit = TON_UNIT_MS, .min = 5,   \
        .max = 5000, .def = (usual), .scale = TON_LOGARITHMIC, .digits = 1, .help = (what)         \
    }

#define DYN_LOOK_AHEAD_ROW(usual)                                                                  \
    {                                                                                              \
        .key = "look_ahead", .label = "Look ahead", .kind = TON_NUMBER, .unit = TON_UNIT_MS,       \
        .min = 0, .max = 20, .def = (usual), .digits = 2, .flags = TON_ROW_FIXED,                  \
        .help = "Turns down this much before the sound comes; the strip is that much later, and "  \
                "the rest is delayed to match."                                                    \
    }

#define DYN_STEREO_LINK_ROW                                                                        \
    {                                                                                              \
        .key = "stereo_link", .label = "Stereo link", .kind = TON_NUMBER,                          \
        .unit = TON_UNIT_PERCENT, .min = 0, .max = 100, .def = 100, .digits = 0,                   \
        .help = "How much each channel follows the loudest; 100 % keeps the image still."          \
    }

/* dB, ratio 1 … DYN_RATIO_MAX, dB. @thread any */
static inline struct ton_level_curve dyn_curve_of(float threshold, float ratio, float knee) {
    return (struct ton_level_curve){
        .threshold = threshold,
        .slope = ratio >= DYN_RATIO_MAX ? -1.0F : 1.0F / ratio - 1.0F,
        .half_knee = knee / 2,
        .bend = knee > 0 ? 1 / (2 * knee) : 0,
    };
}

/* A curve while it moves: one for each frame. @thread audio */
struct dyn_moving_curve {
    struct ton_glide threshold, slope, half_knee;
};

static inline void dyn_curve_to(struct dyn_moving_curve *m, struct ton_level_curve c, int frames) {
    ton_glide_to(&m->threshold, c.threshold, frames);
    ton_glide_to(&m->slope, c.slope, frames);
    ton_glide_to(&m->half_knee, c.half_knee, frames);
}

static inline void dyn_curve_rest(struct dyn_moving_curve *m) {
    ton_glide_set(&m->threshold, m->threshold.target);
    ton_glide_set(&m->slope, m->slope.target);
    ton_glide_set(&m->half_knee, m->half_knee.target);
}

static inline bool dyn_curve_moves(const struct dyn_moving_curve *m) {
    return m->threshold.left > 0 || m->slope.left > 0 || m->half_knee.left > 0;
}

static inline struct ton_level_curve dyn_curve_next(struct dyn_moving_curve *m) {
    struct ton_level_curve c = {
        .threshold = (float)ton_glide_next(&m->threshold),
        .slope = (float)ton_glide_next(&m->slope),
        .half_knee = (float)ton_glide_next(&m->half_knee),
    };
    c.bend = c.half_knee > 0 ? 1 / (4 * c.half_knee) : 0;
    return c;
}

/* The next levels of each path become gains in dB, in place. */
TON_RT static inline void dyn_curve_run(struct dyn_moving_curve *m, float (*levels)[DYN_BLOCK],
                                        int n_paths, int frames) {
    struct ton_level_curve curves[DYN_BLOCK];
    const bool moves = dyn_curve_moves(m);
    for (int i = 0; i < (moves ? frames : 1); i++)
        curves[i] = dyn_curve_next(m);
    for (int p = 0; p < n_paths; p++) {
        if (!moves)
            ton_levels_to_reduction(levels[p], frames, &curves[0]);
        for (int i = 0; i < frames && moves; i++)
            levels[p][i] = ton_level_curve_gain(&curves[i], levels[p][i]);
    }
}

#endif
