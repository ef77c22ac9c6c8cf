/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_ROOM_CORRECT_H
#define TON_ROOM_CORRECT_H

#include "ton/correction.h"

/* Fits bells to out->wanted_db and fills bells_db. */
enum ton_code correct_by_bells(struct ton_correction *out, int most,
                               const struct ton_correction_how *how, int rate, struct ton_err *err);

/* The minimum-phase filter of out->wanted_db, out->taps long, and fir_db. */
enum ton_code correct_by_filter(struct ton_correction *out, struct ton_arena *arena,
                                const struct ton_correction_how *how, int rate,
                                struct ton_err *err);

/* 1 where it corrects, 0 half an octave beyond. */
double correct_part(const struct ton_correction *c, double hz);

/* How far a curve goes, and how far from wanted where it corrects. */
struct ton_correction_fit correct_fit(const struct ton_correction *c, const double *db);

/* By how much boost and cut may go over their bounds. */
#define CORRECT_WITHIN_DB 0.05

#endif
