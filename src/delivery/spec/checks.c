/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The checks that a spec can ask for, one row each. */

#include "checks.h"

static double integrated(const struct ton_held *h) {
    return h->measured->integrated_lufs;
}
static double range(const struct ton_held *h) {
    return h->measured->loudness_range_lu;
}
static double momentary(const struct ton_held *h) {
    return h->measured->max_momentary_lufs;
}
static double short_term(const struct ton_held *h) {
    return h->measured->max_short_term_lufs;
}
static double true_peak(const struct ton_held *h) {
    return h->measured->true_peak_dbtp;
}
static double sample_peak(const struct ton_held *h) {
    return h->measured->sample_peak_dbfs;
}
static double rms(const struct ton_held *h) {
    return h->measured->rms_dbfs;
}
static double noise_floor(const struct ton_held *h) {
    return h->noise_floor_dbfs;
}
static double correlation(const struct ton_held *h) {
    return h->measured->correlation;
}
static double duration(const struct ton_held *h) {
    return (double)h->info->frames / h->info->rate;
}
static double rate(const struct ton_held *h) {
    return h->info->rate;
}
static double bits(const struct ton_held *h) {
    return h->info->bits > 0 && h->info->lossless ? (double)h->info->bits : (double)NAN;
}
static double bit_rate(const struct ton_held *h) {
    return h->info->lossless ? NAN : h->kbps;
}
static double channels(const struct ton_held *h) {
    return h->info->channels;
}

static double sector_remainder(const struct ton_held *h) {
    return (double)(h->info->frames % TON_CD_SECTOR);
}

static const struct check_kind kinds[TON_N_CHECKS] = {
    [TON_CHECK_INTEGRATED_LOUDNESS] = {"integrated loudness", TON_UNIT_LUFS, TON_UNIT_LU, 2, false,
                                       integrated},
    [TON_CHECK_LOUDNESS_RANGE] = {"loudness range", TON_UNIT_LU, TON_UNIT_LU, 1, false, range},
    [TON_CHECK_MOMENTARY_MAXIMUM] = {"momentary maximum", TON_UNIT_LUFS, TON_UNIT_LU, 2, false,
                                     momentary},
    [TON_CHECK_SHORT_TERM_MAXIMUM] = {"short term maximum", TON_UNIT_LUFS, TON_UNIT_LU, 2, false,
                                      short_term},
    [TON_CHECK_TRUE_PEAK] = {"true peak", TON_UNIT_DBTP, TON_UNIT_DB, 2, false, true_peak},
    [TON_CHECK_SAMPLE_PEAK] = {"sample peak", TON_UNIT_DBFS, TON_UNIT_DB, 2, false, sample_peak},
    [TON_CHECK_RMS] = {"rms", TON_UNIT_DBFS, TON_UNIT_DB, 2, false, rms},
    [TON_CHECK_NOISE_FLOOR] = {"noise floor", TON_UNIT_DBFS, TON_UNIT_DB, 1, false, noise_floor},
    [TON_CHECK_CORRELATION] = {"correlation", TON_UNIT_NONE, TON_UNIT_NONE, 2, false, correlation},
    [TON_CHECK_DURATION] = {"duration", TON_UNIT_S, TON_UNIT_S, 2, false, duration},
    [TON_CHECK_RATE] = {"rate", TON_UNIT_HZ, TON_UNIT_HZ, 3, false, rate},
    [TON_CHECK_BITS] = {"bits", TON_UNIT_BITS, TON_UNIT_BITS, 0, false, bits},
    [TON_CHECK_BIT_RATE] = {"bit rate", TON_UNIT_KBPS, TON_UNIT_KBPS, 0, false, bit_rate},
    [TON_CHECK_CHANNELS] = {"channels", TON_UNIT_NONE, TON_UNIT_NONE, 0, false, channels},
    [TON_CHECK_SECTOR_REMAINDER] = {"sector remainder", TON_UNIT_SAMPLES, TON_UNIT_SAMPLES, 0,
                                    false, sector_remainder},
    [TON_CHECK_CONTAINER] = {"container", TON_UNIT_NONE, TON_UNIT_NONE, 0, true, NULL},
};

const struct check_kind *check_kind_at(enum ton_check_kind kind) {
    return &kinds[kind];
}
