/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_ROOM_H
#define TON_ROOM_H

#include "ton/err.h"

/* What an impulse response says about a room (ISO 3382-1:2009, ISO 3382-2:2008, IEC
 * 60268-16:2011). Responses are float, one channel, any level; time counts from the direct sound.
 * Pure functions. @thread any but audio */

enum { TON_ROOM_OCTAVES = 8, TON_ROOM_THIRDS = 24, TON_STI_BANDS = 7, TON_STI_MODULATIONS = 14 };

/* Why a figure is NaN. */
enum ton_room_doubt {
    TON_ROOM_TRUSTED,
    TON_ROOM_EMPTY,  /* no sound, or none that decays, in this band */
    TON_ROOM_RATE,   /* the band is not wholly below 0.45 of the rate */
    TON_ROOM_SWEEP,  /* the sweep did not reach all of this band: ton_room_limit */
    TON_ROOM_NOISE,  /* the decay does not come far enough out of the noise */
    TON_ROOM_PAUSE,  /* ... because the response ends while it goes on */
    TON_ROOM_FILTER, /* the band's filter rings about as long as the room */
    TON_ROOM_BARE,   /* what was heard is a cable or the sweep itself: ton/room_path.h */
    TON_N_ROOM_DOUBTS
};

/* "too little decay above the noise": fits behind "not measured: ". */
const char *ton_room_doubt_words(enum ton_room_doubt doubt);

/* A decay time from a straight line through the decay curve. */
struct ton_room_decay {
    double seconds;     /* for 60 dB; NaN with a doubt */
    double correlation; /* r of the line, -1 … 0 */
    double xi;          /* non-linearity 1000 (1 - r^2) in per mille; above 10 the curve is bent
                         * (ISO 3382-2 annex B.2) */
    enum ton_room_doubt doubt;
};

struct ton_room_band {
    double hz;                 /* nominal; 0: all frequencies together */
    enum ton_room_doubt doubt; /* of all but the decay times */
    double level_db; /* energy of the sound re a pulse of 1.0 that passes the filter whole */
    double noise_db; /* mean power of the noise in a frame of the response re a pulse of 1.0; a
                      * longer sweep lowers it. That of the recording is in ton_sweep_heard */
    double range_db; /* of the decay curve, down to where the noise is as loud */
    struct ton_room_decay edt, t20, t30; /* 0 to -10 dB, -5 to -25 dB, -5 to -35 dB */
    double curvature_percent; /* 100 (T30 / T20 - 1): over 10 there are two decays (annex B.3) */
    double c50_db, c80_db;    /* early over late energy */
    double d50;               /* early part of all energy, 0 … 1 */
    double centre_ms;         /* centre time */
};

/* Speech transmission index, indirect. */
struct ton_sti {
    double index;               /* 0 … 1; NaN when a band has a doubt */
    char rating[3];             /* "A+", "A" … "J", "U" (annex F); "" with NaN */
    double band[TON_STI_BANDS]; /* modulation transfer index, 125 Hz … 8 kHz */
    double m[TON_STI_BANDS][TON_STI_MODULATIONS];
    enum ton_room_doubt doubt;
};

/* One number of a room each: means of the octaves of 500 Hz and 1 kHz (ISO 3382-1, table A.1). NaN
 * where one of the two has a doubt, which is told. */
struct ton_room_middle {
    double c50_db, c80_db, d50;
    enum ton_room_doubt doubt;
};

struct ton_room_figures {
    double direct_frames; /* where the direct sound is in the response */
    /* All frequencies, each hertz alike, so mostly treble: no figure of the standard. */
    struct ton_room_band broad;
    struct ton_room_band octave[TON_ROOM_OCTAVES]; /* 63 Hz … 8 kHz */
    struct ton_room_band third[TON_ROOM_THIRDS];   /* 50 Hz … 10 kHz */
    double t_mid_s;                                /* mean T30, 500 Hz and 1 kHz; NaN without one */
    struct ton_room_middle middle;
    struct ton_sti sti; /* without noise: how loud speech is there is unknown */
};

/* Octaves and thirds are Butterworth band passes of order 6 (IEC 61260 class 1), run backwards in
 * time, so that they ring into the past and spoil no decay: B T > 4 is enough (ISO 3382-2, 7.3).
 * Where the noise begins is found as by A. Lundeby et al. ("Uncertainties of measurements in room
 * acoustics", Acustica 81, 1995); its power is subtracted, and the decay behind it is added as the
 * exponential it was. A decay time needs 10 dB between the end of its line and the noise (ISO
 * 3382-1, 5.3.3). TON_MEMORY; TON_INPUT for a response shorter than 50 ms or silent. */
enum ton_code ton_room_measure(struct ton_room_figures *out, const float *response, int frames,
                               int rate, struct ton_err *err);

/* Takes away the figures of bands that are not wholly between these frequencies, where a sweep left
 * nothing but what the filters let through from beside; with them t_mid_s, the middle's and the
 * index. */
void ton_room_limit(struct ton_room_figures *figures, double from_hz, double to_hz);

#endif
