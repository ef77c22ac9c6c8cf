/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_LINE_H
#define TON_LINE_H

#include "ton/err.h"

#include <stdint.h>

/* What is wrong with one input, from some seconds of it: the measurements of a line check. All
 * levels are of samples with full scale 1.0; RMS levels are plain, so a full-scale sine is -3.01
 * dBFS. What cannot be known is NaN, never a guess. */

enum {
    TON_LINE_OCTAVES = 10,   /* 31.5 Hz … 16 kHz, each from centre / sqrt 2 to centre * sqrt 2 */
    TON_LINE_HARMONICS = 20, /* of the mains, the fundamental first */
    TON_LINE_LEVELS = 64,    /* of a dB each, from full scale down */
};

struct ton_line_config {
    double rate;       /* Hz, 8000 … 384000 */
    double mains_hz;   /* 50 or 60; 0: whichever is there */
    int period_frames; /* of the device; 0: unknown */
};

/* Where hum comes from, by its harmonics. A field through a loop, a coil or an open input gives the
 * mains' own sine ("hum"); currents in shields and earth leads are the short pulses that power
 * supplies draw, mostly odd harmonics ("buzz": J. Brown, Power and Grounding for Audio, K9YC 2007;
 * B. Whitlock in G. Ballou, Handbook for Sound Engineers, chapter on grounding and interfacing). A
 * rectifier charges twice a period, so its ripple has even harmonics only; a dimmer that cuts on in
 * the middle of a half wave makes steps, whose harmonics fall by 6 dB an octave and so reach
 * several kHz. */
enum ton_hum_cause {
    TON_HUM_NONE,
    TON_HUM_INDUCED,      /* the fundamental, 20 dB above the rest: unbalanced line, stray field */
    TON_HUM_EARTH_LOOP,   /* the fundamental and some harmonics, mostly below 1 kHz */
    TON_HUM_POWER_SUPPLY, /* 100 or 120 Hz and its multiples above fundamental and odd ones */
    TON_HUM_DIMMER,       /* dense harmonics beyond 1.5 kHz that fall slowly */
};

struct ton_line_hum {
    enum ton_hum_cause cause;
    double hz;               /* of the mains, as measured; NaN without hum */
    double fundamental_dbfs; /* RMS, as all here; NaN where the harmonic does not stand out */
    double total_dbfs;       /* all harmonics together; NaN without hum */
    double harmonic_dbfs[TON_LINE_HARMONICS]; /* [0] is the fundamental */
    int n_harmonics;                          /* that stand out, up to 4 kHz */
    double highest_hz;                        /* of them; NaN without hum */
};

/* Of the quiet part, DC taken off. All NaN where the line sounds all the time, but for digital
 * silence: that is no floor. */
struct ton_line_noise {
    double rms_dbfs;                      /* hum is part of it */
    double a_dbfs;                        /* A-weighted as IEC 61672-1:2013, 5.5 and annex E */
    double octave_dbfs[TON_LINE_OCTAVES]; /* NaN from the Nyquist frequency on */
};

struct ton_line_clipping {
    int64_t full_scale; /* samples at 32767/32768 or above, or below the negative of it */
    int64_t overs;     /* runs of three and more of them: one or two may be a peak that just fitted,
                          as that of a file that was normalised */
    int flat_tops;     /* that an amplifier or converter cut off, at full scale or below; 0 when
                          there are fewer than three, or those of a square wave */
    double level_dbfs; /* where; NaN without */
};

/* What digital transport does to sound. No crackle of vinyl or of a plug that somebody moves has
 * the first two. */
struct ton_line_crackle {
    int repeats; /* blocks of 16 … 4096 samples equal to the block before, bit for bit */
    int holes;   /* 16 samples … 0.5 s of zeros between sound above -50 dBFS that breaks off */
    int steps;   /* clicks of one or a few samples in a sound that goes on as before: not where a
                    level changes, a top is cut off, or in each period of a waveform */
    int64_t first_frame; /* where the first of them begins; -1 without */
    int slips;           /* samples lost or doubled at one distance: the line has another clock */
    double slip_frames;  /* that distance; NaN without */
    double
        slip_chance;   /* how often sound without slips would have as many, below 1e-4; 1 without */
    int period_frames; /* most of them are multiples of this apart, the device's period where
                          that fits: buffers were missed, or a clock is not the device's; 0: of
                          nothing */
};

struct ton_line {
    bool dead; /* no sample differs from any other */
    double quiet_seconds, signal_seconds;
    double dc; /* mean, of the quiet part where there is one; full scale 1.0; NaN where it sounds
                  all the time, and what sounds moves the mean by more */
    struct ton_line_noise noise;
    struct ton_line_hum hum;   /* of all of it: it is found under signal too */
    double tone_hz, tone_dbfs; /* a sine at 50, 60, 100 or 120 Hz without multiples down to -50 dB,
                                  above -60 dBFS: a generator's, and no hum. Its RMS level, as it
                                  was before its tops were cut off; NaN: none */
    double phone_dbfs;         /* the buzz of a mobile phone, 216.7 Hz and multiples; NaN: none */
    struct ton_line_clipping clipping;
    struct ton_line_crackle crackle;
    double peak_dbfs;                /* sample peak of all, DC included */
    double rms_dbfs;                 /* of the parts with signal; NaN without */
    double crest_db;                 /* peak less RMS of the parts with signal; NaN without */
    int seconds_at[TON_LINE_LEVELS]; /* how many seconds were so loud in their loudest 50 ms, RMS:
                                        [n] is -n to -n-1 dBFS. Of those with signal, and none in
                                        which what began before merely rings out */
};

/* Seconds of such ones that came within `range_db` of the loudest. @thread any */
int ton_line_seconds_near(const struct ton_line *line, int range_db);

/* Measures `frames` frames of `x`: 1 … 60 seconds, some 3 to 10 are best. NaN and infinite samples
 * count as 0.
 *
 * Quiet is what stays for 0.2 s or longer within 4 dB of the quietest 0.2 s, and within 2 dB of it
 * above 500 Hz, when these places together last 0.45 s, do not fall from their beginning to their
 * end, and are no held note: what is steady, has tones beside the mains' harmonics, and is louder
 * than -60 dBFS, or is a hiss louder than -40 dBFS, sounds on purpose as far as anybody can tell.
 *
 * Hum is what stands at multiples of one frequency within 0.5 % of 50 or 60 Hz (EN 50160:2010,
 * 4.2.1 allows 1 %, interconnected grids keep 0.4 %) and turns its phase evenly from one third of a
 * second to the next: notes that end or lie beside it (G1 is 49.0, B1 61.7 Hz) do not, and a moment
 * in which something else is loud beside it counts for less. It takes 1.5 s or more.
 *
 * TON_INPUT for a rate, length or mains frequency that is out of range, TON_MEMORY; `out` is not
 * touched then. @thread any but audio */
enum ton_code ton_line_measure(struct ton_line *out, const float *x, int64_t frames,
                               const struct ton_line_config *config, struct ton_err *err);

/* The figures of a line that was not heard: none. @thread any */
void ton_line_none(struct ton_line *out);

enum ton_polarity { TON_POLARITY_UNDECIDED, TON_POLARITY_NORMAL, TON_POLARITY_REVERSED };

/* Two inputs that hear one thing, or should not. */
struct ton_line_pair {
    bool duplicate;     /* one signal on both: nothing but -30 dB differs */
    double gain_db;     /* of the second, of what both have in common; NaN when one is silent */
    double residual_db; /* what is left of the second, re it, when the first with that gain and the
                           best delay is taken off; NaN when one is silent */
    enum ton_polarity polarity; /* of the second against the first */
    double polarity_confidence; /* 0 … 1: how far the sign of the best correlation stands above the
                                   other one, decided from 0.33 on, 0.5 where they are 1 ms apart,
                                   when it is the same without any second of it; or the part of
                                   first arrivals that agree, from 0.5 on */
    double delay_frames;        /* of the second behind the first, -30 … 30 ms; known from a
                                   confidence of 0.33 on, though polarity may not be; else NaN */
    double crosstalk_db[2];     /* [0]: of the first heard in the second, re the first; [1]: the
                                   other way. NaN where nothing of it is heard, or both sound all
                                   the time */
    double crosstalk_confidence[2]; /* 0 … 1: the part that it is of all that is heard then */
};

/* What was heard of a pair so far, 250 KB, as long as the arena; NULL without memory. Of one rate,
 * and of windows in any order. */
struct ton_arena;
struct ton_line_history;
struct ton_line_history *ton_line_history_new(struct ton_arena *arena);

/* Holds two inputs x[0 … 1] against each other that were recorded together. Polarity and time are
 * those of all that the history has heard, this window with it (NULL: of this window alone): of the
 * sound below 1 kHz that both have most in common, or of the first arrivals of what is struck. A
 * pair of microphones as far from a thing as each other, or near each other, is decided after a few
 * seconds of sound, a near and a far one often not; less than 2 s never are. All else is of this
 * window. About 2 ms a second. Errors and thread as ton_line_measure; a history is of one thread.
 */
enum ton_code ton_lines_compare(struct ton_line_pair *out, struct ton_line_history *history,
                                const float *const x[2], int64_t frames,
                                const struct ton_line_config *config, struct ton_err *err);

/* The plain correlation of two inputs without delay, -1 … 1, 0 where one is silent or not finite.
 * One signal on both gives 0.99 and more (or -0.99 and less), so only such pairs need comparing.
 * @thread any */
double ton_lines_alike(const float *a, const float *b, int64_t frames);

/* Calls `found` with each two of `n` inputs, in their order, whose correlation is `least` (above
 * 0.1) or more, either way round. A look at all 2016 pairs of 64 inputs of 10 s takes 0.1 s.
 * TON_MEMORY; nothing is found then. @thread any */
typedef void ton_lines_found(void *user, int a, int b);
enum ton_code ton_lines_find_alike(const float *const *x, int n, int64_t frames, double least,
                                   ton_lines_found *found, void *user, struct ton_err *err);

#endif
