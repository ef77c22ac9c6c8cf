// SPDX-License-Identifier: GPL-3.0-or-later
// The buzz of a mobile phone of the second generation: it sends in one of eight slots of a frame of
// 60/13 ms (3GPP TS 45.002, 4.3), and amplifiers hear how strong it is. So there are steady tones
// at exact multiples of 216.67 Hz, and the pulse, an eighth of a frame, makes the first ones nearly
// alike: no note has that frequency to a part in 10000 and that sound.

#include "line/steady.h"

enum {
    COUNTED = 7, // the eighth is between two pulses
    LEAST_COUNTED = 5,
    WINDOWS = 8, // about 1.5 s: a phone falls silent again
};

#define FRAME_HZ (13.0 / 0.06)
#define MOST_OFF 1e-4     // a converter's clock
#define STANDS_OUT 8.0    // evidence of one
#define LEAST_EVIDENCE 60 // of all

static double level_in(const struct line_grid *g, struct line_piece p) {
    double power[COUNTED], sum = 0.0, evidence = 0.0;
    int n = 0;
    const double hz = line_tones_best(g, p, FRAME_HZ, MOST_OFF * FRAME_HZ, COUNTED, &evidence);
    for (int k = 0; k < COUNTED; k++) {
        const struct line_tone t = line_tone_at(g, p, hz * (k + 1));
        const bool is = t.evidence > STANDS_OUT && !line_tone_in_row(g, p, hz * (k + 1), &t);
        power[k] = is ? 0.5 * (t.re * t.re + t.im * t.im) : 0.0;
        sum += power[k];
        n += is;
    }
    const bool is_pulse = power[1] + power[2] + power[3] > power[0];
    return n >= LEAST_COUNTED && evidence > LEAST_EVIDENCE && is_pulse ? sum : 0.0;
}

double line_phone_find(const struct line_grid *g) {
    double most = 0.0;
    if (COUNTED * FRAME_HZ > LINE_HIGHEST_PART * g->s->rate)
        return NAN;
    for (int from = 0; from + WINDOWS <= g->n_windows; from += WINDOWS / 2)
        most = fmax(most, level_in(g, (struct line_piece){from, from + WINDOWS}));
    return most > 0.0 ? line_power_db(most) : NAN;
}
