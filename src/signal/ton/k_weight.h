/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_K_WEIGHT_H
#define TON_K_WEIGHT_H

/* K-weighting (ITU-R BS.1770-5, Annex 1): a high shelf for the head, then a high-pass. `b` and `a`
 * are the digital biquads of both stages, a[0] = 1 left out. */
struct ton_k_weight {
    double b[2][3], a[2][2];
};

/* Two channels through both stages: the last two inputs, outputs of the shelf, and outputs. Zero is
 * silence. */
struct ton_k_memory {
    double x[2][2], shelf[2][2], y[2][2]; /* [newest first][channel] */
};

/* The biquads at any rate above 4 kHz (the shelf's corner is at 1682 Hz). From 32 kHz up by
 * bilinear transform of the analogue pair whose transform at 48 kHz is the table of BS.1770-5 (the
 * pair solved from the table: De Man, "Evaluation of implementations of the EBU R128 loudness
 * measurement", AES 145, 2018); below, the shelf is matched to the table's gain. Within 0.01 dB of
 * the table at every rate from 11025 to 384000 Hz, 0.03 dB at 8 kHz. The gain of the high-pass far
 * above its corner is the table's at every rate; a numerator fixed at 1 -2 1 would read 0.22 dB too
 * high at 8 kHz and 0.03 dB too low at 192 kHz. */
void ton_k_weight_design(struct ton_k_weight *k, double rate);

/* Sum of squares of `frames` weighted frames of two channels, added up in order from 0. Input must
 * be finite.
 * @thread any; no allocation */
typedef void (*ton_k_weight_run)(double squares[2], struct ton_k_memory *memory,
                                 const struct ton_k_weight *k, const float *left,
                                 const float *right, int frames);

/* The kernel of this machine (ton/isa.h); all give equal bits. */
ton_k_weight_run ton_k_weight_kernel(void);

/* The same energy for who needs it of whole hops only, in less time: eight parts of a hop run side
 * by side. It is that of ton_k_weight_run to 1e-9 LU over a whole; its last bits depend on how the
 * stream is cut into hops. */
enum { TON_K_PARTS = 8, TON_K_PART = 64 /* most frames of a part */ };

/* The filters for parts of so many frames. The numerators' first coefficients are in `scale`,
 * which the energy is multiplied by. */
struct ton_k_parts {
    int frames;
    double scale;
    double shelf[2], poles[4];  /* shelf a1 a2, high-pass a1 a2 */
    double ends[TON_K_PART][4]; /* what is left of frame t in each state at the end */
    double passed[4][4];        /* [state at the end][state at the beginning] */
};

/* Two channels. Zero is silence. */
struct ton_k_energy {
    double past[2][2];  /* samples, newest first */
    double state[4][2]; /* shelf, shelf before, high-pass, high-pass before */
};

/* For hops of `hop` frames, about: others take longer. Equal filters give equal bits on every
 * machine. */
void ton_k_parts_design(struct ton_k_parts *parts, const struct ton_k_weight *k, int hop);

/* Sum of squares of `frames` weighted frames of two channels. Input must be finite. The same bits
 * on every machine. @thread any; no allocation */
void ton_k_energy_run(double squares[2], struct ton_k_energy *e, const struct ton_k_parts *parts,
                      const float *left, const float *right, int frames);

#endif
