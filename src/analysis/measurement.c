/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The eleven values of a measurement: their rows and where they stand. */

#include "analysers.h"

const struct ton_row ton_measurement_table[TON_N_VALUES] = {
    {.key = "integrated_lufs",
     .label = "integrated loudness",
     .unit = TON_UNIT_LUFS,
     .digits = 2,
     .help = "Loudness of the whole, gated (ITU-R BS.1770-5); none for silence."},
    {.key = "loudness_range_lu",
     .label = "loudness range",
     .unit = TON_UNIT_LU,
     .digits = 2,
     .help = "Spread of the short-term loudness from its 10th to its 95th percentile (EBU Tech "
             "3342)."},
    {.key = "max_momentary_lufs",
     .label = "largest momentary loudness",
     .unit = TON_UNIT_LUFS,
     .digits = 2,
     .help = "The loudest 400 ms, looked for every 10 ms."},
    {.key = "max_short_term_lufs",
     .label = "largest short-term loudness",
     .unit = TON_UNIT_LUFS,
     .digits = 2,
     .help = "The loudest 3 s, looked for every 10 ms."},
    {.key = "true_peak_dbtp",
     .label = "true peak",
     .unit = TON_UNIT_DBTP,
     .digits = 2,
     .help = "The largest magnitude of the curve between the samples, over all channels."},
    {.key = "sample_peak_dbfs",
     .label = "sample peak",
     .unit = TON_UNIT_DBFS,
     .digits = 2,
     .help = "The largest magnitude of a sample, over all channels."},
    {.key = "rms_dbfs",
     .label = "RMS",
     .unit = TON_UNIT_DBFS,
     .digits = 2,
     .help = "Root of the mean square over all channels; a full-scale sine is -3.01 dBFS."},
    {.key = "crest_db",
     .label = "crest",
     .unit = TON_UNIT_DB,
     .digits = 2,
     .help = "Sample peak less RMS."},
    {.key = "dc",
     .label = "DC offset",
     .unit = TON_UNIT_NONE,
     .digits = 6,
     .help = "Mean of the channel with the largest one; full scale is 1."},
    {.key = "correlation",
     .label = "correlation",
     .unit = TON_UNIT_NONE,
     .digits = 3,
     .help = "Left against right over the whole: 1 is mono, 0 unrelated, -1 opposite polarity."},
    {.key = "noise_floor_dbfs",
     .label = "noise floor",
     .unit = TON_UNIT_DBFS,
     .digits = 2,
     .help = "RMS of the quietest half second, its loudest channel; none for less than that."},
};

_Static_assert(offsetof(struct ton_measurement, bad_samples) == TON_N_VALUES * sizeof(double),
               "one row a value");

const struct ton_row *ton_measurement_rows(int *n) {
    *n = TON_N_VALUES;
    return ton_measurement_table;
}

double ton_measurement_value(const struct ton_measurement *m, int row) {
    double value;
    memcpy(&value, (const char *)m + sizeof value * (size_t)row, sizeof value);
    return value;
}

void ton_measurement_set(struct ton_measurement *m, int row, double value) {
    memcpy((char *)m + sizeof value * (size_t)row, &value, sizeof value);
}
