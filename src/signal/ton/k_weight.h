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

#endif
