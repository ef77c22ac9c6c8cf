/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_PROCESSORS_SPEECH_H
#define TON_PROCESSORS_SPEECH_H

#include "ton/biquad.h"
#include "ton/rt.h"
#include "ton/window_max.h"

/* Hears whether somebody speaks (or sings), every 10 ms. Three things make speech:
 *
 * - It is loud: its level in the band that carries words, 300 to 3400 Hz (the telephone's, ITU-T
 *   G.712), is over a threshold. Rumble and hiss do not count.
 * - It is voiced: for 30 ms the wave below 900 Hz repeats itself after one period of a voice, 70 to
 *   400 Hz (L. R. Rabiner, "On the use of autocorrelation analysis for pitch detection", IEEE
 *   ASSP-25, 1977). Noise, clicks and breath do not.
 * - It moves: its level is over the least of the last 3 s, since syllables come and go 3 to 8 times
 *   a second (T. Houtgast, H. J. M. Steeneken, JASA 77, 1985). A hum that stands does not, once
 *   these 3 s are over.
 *
 * Consonants are not voiced; what is loud within a quarter of a second after a voiced sound belongs
 * to it. Those before one are for the owner's look-ahead: a voice is known 60 ms after it began. */
enum {
    SPEECH_SECTIONS = 6,  /* of either filter, at most */
    SPEECH_WINDOW = 480,  /* 30 ms at the highest decimated rate, 16 kHz */
    SPEECH_LAGS = 230,    /* 1/70 s */
    SPEECH_HOP = 162,     /* 10 ms, rounded up on both ends */
    SPEECH_STANDING = 300 /* hops whose least level a voice must be over */
};

struct speech_filter {
    int n;
    struct ton_biquad sections[SPEECH_SECTIONS];
    struct ton_biquad_state memory[SPEECH_SECTIONS];
};

struct speech {
    int hop, decimation;           /* frames */
    int window, first_lag, n_lags; /* decimated frames */
    struct speech_filter words, voice;
    float past[SPEECH_WINDOW + SPEECH_LAGS + SPEECH_HOP]; /* decimated voice, newest last */
    int fill;                                             /* of it */
    int at, until_next; /* frames into the hop; until one is kept */
    double squares;
    struct ton_window_max gap; /* of OFFSET - level, so of the least level */
    float gaps[SPEECH_STANDING + 1];
    int run, since; /* hops: voiced in a row; since the last voice */

    float level; /* dB, of the last hop */
    bool voiced, speaks;
};

/* Frames of a hop. */
int speech_hop(double rate);
void speech_init(struct speech *s, double rate);
void speech_reset(struct speech *s);

/* Hears up to the end of the hop at most: returns how many of the frames (at least 1). True in
 * `*ended` when the hop has ended and level, voiced and speaks are new. */
TON_RT int speech_hear(struct speech *s, const float *x, int frames, float threshold_db,
                       bool *ended);

#endif
