// SPDX-License-Identifier: GPL-3.0-or-later
// Where hum comes from, judged by its harmonics (enum ton_hum_cause says why).

#include "line/parts.h"

// dB, of all harmonics that stand out among the first TON_LINE_HARMONICS, from `first` in steps.
static double sum_db(const struct ton_line_hum *hum, int first, int step) {
    double sum = 0.0;
    for (int k = first - 1; k < TON_LINE_HARMONICS; k += step)
        sum += isnan(hum->harmonic_dbfs[k]) ? 0.0 : line_db_power(hum->harmonic_dbfs[k]);
    return line_power_db(sum);
}

// Beyond 1.5 kHz at least half of what could be there.
static bool is_dense(const struct ton_line_hum *hum) {
    return hum->highest_hz > 1500.0 && 2 * hum->n_harmonics * hum->hz > hum->highest_hz;
}

enum ton_hum_cause line_hum_cause(const struct ton_line_hum *hum) {
    if (isnan(hum->hz))
        return TON_HUM_NONE;
    if (is_dense(hum))
        return TON_HUM_DIMMER;
    if (sum_db(hum, 2, 2) > sum_db(hum, 1, 2) + 3.0)
        return TON_HUM_POWER_SUPPLY;
    if (hum->fundamental_dbfs > sum_db(hum, 2, 1) + 20.0)
        return TON_HUM_INDUCED;
    return TON_HUM_EARTH_LOOP;
}
