/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_ROOM_HEAR_H
#define TON_ROOM_HEAR_H

#include "shape.h"
#include "spectrum.h"

/* Of what is recorded behind a sweep: by then the room has decayed. */
#define HEAR_SILENT_PART 0.75

/* A recorded sweep while it is deconvolved. After it, spectrum.x holds what each delay brought,
 * delays below 0 at the end (hear_at). */
struct hearing {
    const struct ton_sweep *sweep;
    struct sweep_shape shape;
    const float *heard;
    int frames;
    struct spectrum spectrum;
    double arrival, stretch; /* of the first direct sound; frames of the recorder for one of ours */
};

/* Spectrum 0 becomes the recording's, divided by that of the sweep at its stretch (which is
 * spectrum 1 then); or, after that, by the magnitude of it: as loud in each band, and not moved. */
void hear_deconvolve(struct hearing *h);
void hear_whiten(struct hearing *h);

/* Replaces the response to each sweep by their mean, at the place of the first. */
void hear_average(struct hearing *h);

/* Copies delays `from` … `from + n - 1` of the deconvolved sound. */
void hear_copy(float *out, const struct hearing *h, int64_t from, int n);

/* By which part of ours the sweep in the recording is longer, from what is around the loudest
 * delay; 0 unless the response to another is `sharper_db` sharper. */
enum ton_code hear_pace(double *longer, const struct hearing *h, int64_t loud, double sharper_db,
                        struct ton_err *err);

/* Levels of the harmonics from the responses ahead of the linear one. */
enum ton_code hear_distortion(struct ton_sweep_heard *out, const struct hearing *h,
                              struct ton_err *err);

#endif
