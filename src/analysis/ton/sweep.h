/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_SWEEP_H
#define TON_SWEEP_H

#include "ton/arena.h"

/* The exponential sine sweep and what a microphone heard of it (A. Farina, "Simultaneous
 * measurement of impulse response and distortion with a swept-sine technique", AES 108th
 * convention, 2000). Pure functions; nothing is played here. */

enum { TON_SWEEP_MOST_TIMES = 4, TON_SWEEP_HARMONICS = 5, TON_SWEEP_MOST_PAUSE_S = 10 };

/* A sweep; what is 0 gets the value named here. */
struct ton_sweep {
    int rate; /* Hz, 8000 … 384000; must be given */
    double from_hz,
        to_hz;       /* 20; 20000 or 0.46 of the rate, whichever is less. At least an octave */
    double seconds;  /* 5; 0.2 … 20: one sweep with its fades */
    double pause_s;  /* 2; 0.1 … 10: silence after each sweep, longer than the room rings */
    double level_db; /* -12: its peak in dBFS, -90 … 0; -0.0 counts as not given, too */
    int times;       /* 2; 1 … 4. With one sweep another clock cannot be told */
};

/* Fills what is not given and checks the rest: TON_INPUT with a sentence. The other functions take
 * a settled sweep only. @thread any */
enum ton_code ton_sweep_settle(struct ton_sweep *sweep, struct ton_err *err);

/* All sweeps with their pauses. */
int64_t ton_sweep_frames(const struct ton_sweep *sweep);

/* Writes `frames` samples beginning with number `from`; outside of the sweeps they are 0. The
 * fades lie below from_hz (an octave) and above to_hz (a twelfth, at most up to 0.49 of
 * the rate), so what is between is excited in full. Starts at phase 0. @thread any */
void ton_sweep_make(float *out, const struct ton_sweep *sweep, int64_t from, int frames);

/* What is wrong with a recorded sweep, gravest first. */
enum ton_sweep_trouble {
    TON_SWEEP_SILENT = 1 << 0,      /* this sweep is not in it; all figures are NaN */
    TON_SWEEP_OTHER_PACE = 1 << 1,  /* one of another length or rate is; all figures are NaN */
    TON_SWEEP_CUT_START = 1 << 2,   /* the recording began after the sweep did */
    TON_SWEEP_CUT_END = 1 << 3,     /* it ended before the sweep, or with it */
    TON_SWEEP_FAINT = 1 << 4,       /* its pulse is less than 32 dB above the noise before it */
    TON_SWEEP_CLIPPED = 1 << 5,     /* samples stand at its peak */
    TON_SWEEP_OTHER_CLOCK = 1 << 6, /* drift was found, and taken out of the response */
};

/* What was heard. All frames are those of the recording. */
struct ton_sweep_heard {
    unsigned trouble;    /* of enum ton_sweep_trouble */
    double longer;       /* part by which a sweep of another pace is longer than ours; else 0 */
    int64_t lost_frames; /* of the sweeps, where the recording is cut */
    double lost_hz;      /* ... up to (start) or from (end) this frequency */
    int64_t clipped;     /* flat tops; the first begins at this frame: */
    int64_t clipped_at;
    double peak_dbfs; /* of the recording */
    /* RMS of the recording where no sweep is in it: of the last quarter of the silence behind the
     * last one, or, where that is quieter, ahead of the first; without DC. NaN when there is less
     * than 0.05 s of either, the room still decays in it, or the recording is cut. */
    double noise_dbfs;

    /* The impulse response: sweep in, microphone out, mean of all sweeps, both full scale 1.0; a
     * cable gives a pulse that is 1 from from_hz to to_hz. In the caller's arena. It begins
     * `ahead` frames before the direct sound. */
    float *response;
    int frames, ahead;

    /* When the direct sound of the first sweep arrived, after the first frame of the recording
     * minus the sweep's own: the whole latency where recording and sweep began together. To
     * about 0.01 frame. */
    double arrival_frames;
    bool inverted;    /* the direct sound's largest excursion below 500 Hz is negative; of a sweep
                       * that lacks 250 Hz to 1 kHz, that of all of it */
    double drift_ppm; /* how much longer the recording is than the sweep: positive when the
                       * recorder's clock is fast. NaN with one sweep, or in noise
                       * in which the two are more unlike than alike */

    /* Level of harmonic 2 … 5 at [2] … [5] re the fundamental in dB, each the mean over the
     * fundamentals that have it below to_hz (equal weight an octave), at the sweep's level; NaN
     * where it is less than 3 dB above the noise, or no more than that may be by chance, where
     * the recording has no silence to tell the noise by, or the sweep spans too few octaves. */
    double harmonic_db[TON_SWEEP_HARMONICS + 1];
    double thd_percent; /* of those that are there; NaN when there are none */
};

/* Deconvolves: linear, over the whole length, regularised outside of from_hz … to_hz. Distortion
 * comes out ahead of the linear response and is left out of it. `heard` is one channel with the
 * whole sweeps in it somewhere. A drift found between the sweeps is taken out by a sweep that is
 * made to the other clock. TON_INPUT when it is too long (2^23 frames with a sweep behind it) or
 * empty; trouble with its content is no error here. 250 ns a frame, and to look for a sweep of
 * another length 2 ms times the square of this one's in seconds; 24 bytes of memory for each
 * of the power of two above, while it works. @thread any but audio */
enum ton_code ton_sweep_hear(struct ton_sweep_heard *out, struct ton_arena *arena,
                             const struct ton_sweep *sweep, const float *heard, int64_t frames,
                             struct ton_err *err);

/* The sentence for the gravest trouble that leaves figures useless: silent, of another pace, cut,
 * faint, clipped (TON_MISSED), or TON_OK. Another clock is none: it is corrected. `where` is the
 * file or port. */
enum ton_code ton_sweep_judge(const struct ton_sweep_heard *heard, const struct ton_sweep *sweep,
                              const char *where, struct ton_err *err);

#endif
