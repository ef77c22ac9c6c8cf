/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_UNIT_H
#define TON_UNIT_H

#include "ton/err.h"

/* The units a value can have. A value is always kept in the unit named here (ms stays ms). */
enum ton_unit {
    TON_UNIT_NONE = 0,
    TON_UNIT_DB,        /* dB */
    TON_UNIT_DBFS,      /* dBFS */
    TON_UNIT_DBTP,      /* dBTP */
    TON_UNIT_LUFS,      /* LUFS (LKFS is read as the same) */
    TON_UNIT_LU,        /* LU */
    TON_UNIT_HZ,        /* Hz; kHz is read */
    TON_UNIT_MS,        /* ms; s is read */
    TON_UNIT_S,         /* s; ms and min are read */
    TON_UNIT_PERCENT,   /* % */
    TON_UNIT_RATIO,     /* 4 or 4:1; `inf` */
    TON_UNIT_BPM,       /* bpm */
    TON_UNIT_SAMPLES,   /* samples */
    TON_UNIT_DEGREES,   /* deg */
    TON_UNIT_CENTS,     /* cents */
    TON_UNIT_SEMITONES, /* st */
    TON_UNIT_DB_OCTAVE, /* dB/oct */
    TON_UNIT_BITS,      /* bit */
    TON_UNIT_KBPS,      /* kbps; `k` is read */
    TON_UNIT_PAN,       /* L100 … C … R100, kept as -100 … 100 */
    TON_UNIT_DB_S,      /* dB/s */
    TON_UNIT_GB,        /* GB (10^9 bytes); B, kB, MB and TB are read */
    TON_N_UNITS
};

const char *ton_unit_name(enum ton_unit unit); /* "dB", "Hz", … "" for none */

/* Reads `text` ("-6 dB", "1.2 kHz", "4:1", "-inf dB", "L30") as a value in `unit`. A number without
 * a unit is accepted only for NONE, RATIO, PAN (and 0 for all); else TON_INPUT with a sentence that
 * shows the right form. `err->where` is left empty for the caller. Locale-independent. @thread any
 */
enum ton_code ton_unit_parse(double *value, const char *text, enum ton_unit unit,
                             struct ton_err *err);

/* The same for a value that must lie between `min` and `max`: what the sentence offers instead lies
 * there (`1800` as `1800 ms`, not `1800 s`). The value itself is not held to the range. */
enum ton_code ton_unit_parse_in(double *value, const char *text, enum ton_unit unit, double min,
                                double max, struct ton_err *err);

/* The number that `text` begins with, with the spelling of the unit that brings it between `min`
 * and `max`; false when none does. */
bool ton_unit_fitting(char *out, size_t size, const char *text, enum ton_unit unit, double min,
                      double max);

/* What may stand behind a number of this unit, in any letter case; NULL after the last. */
const char *ton_unit_spelling(enum ton_unit unit, int i);

/* Writes the value as people write it: "-6 dB", "1.2 kHz", "L30", "inf". `digits` is the most
 * digits after the point; trailing zeros go away. Always terminated. Returns `out`. */
char *ton_unit_format(char *out, size_t size, double value, enum ton_unit unit, int digits);

/* `62 B`, `1.5 kB`, `20 GB`: three figures at most. Returns `out`. */
char *ton_bytes_format(char *out, size_t size, int64_t bytes);

/* `14:03:59`, the time of day here so many seconds ago. Returns `out`. */
char *ton_clock_format(char *out, size_t size, double seconds_ago);

/* `4:03.2`, `1:04:03.2`. Returns `out`. */
char *ton_length_format(char *out, size_t size, int64_t frames, int rate);

#endif
