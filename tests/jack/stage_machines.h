/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What machines play on the stage of ton-stage: drum machines, sequencers, synthesizers, a DAW. All
 * of them follow one clock, and play each note the way they played it before, to the sample. */
#ifndef TON_TEST_STAGE_MACHINES_H
#define TON_TEST_STAGE_MACHINES_H

enum { MACHINE_RATE = 48000 };

struct song {
    long beat; /* frames */
    long from; /* the frame of it that comes first */
};

/* From some second on; another second, another tempo: 90 to 160 a minute, whose beats are whole
 * numbers of frames. */
struct song song_from(double seconds);

/* Adds `n` frames, at about full scale. */
typedef void (*machine)(float *x, long n, const struct song *song);

void machine_kick(float *x, long n, const struct song *song);      /* a sine that glides down */
void machine_click(float *x, long n, const struct song *song);     /* 1 ms each beat */
void machine_metronome(float *x, long n, const struct song *song); /* 3 ms each eighth */
void machine_pad(float *x, long n, const struct song *song);       /* filtered saws, gated */
void machine_arpeggio(float *x, long n, const struct song *song);
void machine_hats(float *x, long n, const struct song *song);   /* one sample, with rolls */
void machine_bass(float *x, long n, const struct song *song);   /* sines of 49 to 62 Hz */
void machine_groove(float *x, long n, const struct song *song); /* kick, hats and arpeggio */

#endif
