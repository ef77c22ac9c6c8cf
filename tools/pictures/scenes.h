/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is drawn of each processor, with which settings. */
#ifndef TON_PICTURES_SCENES_H
#define TON_PICTURES_SCENES_H

#include "ton/plot.h"
#include "ton/processor.h"

enum { MOST_SETTINGS = 4 };

enum scene_kind {
    RESPONSE,
    CURVE,
    LEVEL,
    WORDS,
    STROKES,
    STEADY,
    READINGS,
    ECHOES,
    HARMONICS,
    MEASURED,
    SPECTRUM,
    SWEPT,
    WAVE,
    BANDS
};

struct scene {
    const char *id;
    enum scene_kind kind;
    struct ton_plot_axis x, y;
    const char *settings[MOST_SETTINGS]; /* as in a session; "": the defaults. READINGS: meters */
};

const struct scene *scene_of(const struct ton_processor *p);

#endif
