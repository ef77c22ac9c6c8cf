/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_PROCESSORS_SHIFTER_H
#define TON_PROCESSORS_SHIFTER_H

#include "ton/carve.h"
#include "ton/err.h"
#include "ton/processor.h"

#include <stdbool.h>

struct RubberBandState_;

enum { SHIFTER_CHUNKS = 16 }; /* in a window */

struct shifter_setting {
    double scale; /* times the frequency, 1/4 … 4 */
    bool keep;    /* formants stay where they are */
};

/* Shifts the pitch by Rubber Band 3, always by the same number of frames late, whatever the shift
 * is and was. It works in chunks; what is between two chunks is the caller's.
 *
 * While nothing but silence comes in it sleeps, and what comes after sleep or reset is as after
 * open, to the bit. */
struct shifter {
    struct RubberBandState_ *library;
    int channels, chunk, window, late; /* frames */
    bool awake, aligning;              /* aligning: by a time ratio other than 1 */
    double scale;                      /* that the library has now */
    int silent;                        /* frames since the last sample that was not 0 */
    int64_t fed;                       /* frames since it woke */
    int64_t made;                      /* place of the next output frame: that of its input frame */
    /* Of the chunks whose middle has not been reached; none before the first after a reset. */
    struct shifter_setting settings[SHIFTER_CHUNKS / 2];
    int n_settings, at;
    unsigned mask;                  /* of the rings */
    float *ring[TON_MOST_CHANNELS]; /* what has been made, by its place */
    float *silence[TON_MOST_CHANNELS];
};

/* Frames of a chunk, and by which the output is late. @thread any */
int shifter_chunk(double rate);
int shifter_latency(double rate);
/* Frames after the last input until nothing more comes. */
int shifter_tail(double rate);

/* `s` NULL: only counts. */
void shifter_lay_out(struct shifter *s, struct carver *c, const struct ton_config *config);
enum ton_code shifter_open(struct shifter *s, double rate, struct ton_err *err);
void shifter_close(struct shifter *s);

void shifter_reset(struct shifter *s);
/* A chunk in, and what is to become of it. @thread audio */
void shifter_feed(struct shifter *s, float *const *in, struct shifter_setting setting);
/* What is heard while frames from `at` of the next chunk come in. @thread audio */
void shifter_read(const struct shifter *s, int channel, int at, float *out, int frames);

#endif
