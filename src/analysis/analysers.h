/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The declarations of all analysers, and the rows they share with struct ton_measurement. */
#ifndef TON_ANALYSIS_ANALYSERS_H
#define TON_ANALYSIS_ANALYSERS_H

#include "ton/analyser.h"

#define ANALYSER(id) extern const struct ton_analyser ton_analyser_##id;
#include "analysers.def"
#undef ANALYSER

/* The places of the values in struct ton_measurement, and of their rows in the table. */
enum {
    TON_VALUE_LOUDNESS = 0, /* integrated, range, largest momentary, largest short-term */
    TON_VALUE_TRUE_PEAK = 4,
    TON_VALUE_LEVELS = 5, /* sample peak, RMS, crest, DC */
    TON_VALUE_CORRELATION = 9,
    TON_VALUE_NOISE_FLOOR = 10,
    TON_N_VALUES = 11,
};

extern const struct ton_row ton_measurement_table[TON_N_VALUES];

/* 20 log10, -inf for 0. */
static inline double ton_level_db(double linear) {
    return linear > 0.0 ? 20.0 * log10(linear) : -INFINITY;
}

#endif
