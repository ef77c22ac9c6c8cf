/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The noise-shaping filters, and how they were found.
 *
 * Wanted: the monic filter 1 + sum c[k] z^-k that makes the noise least audible, that is, minimises
 * the integral over frequency of |filter|^2 * W(f), with W = 10^(-T/10) and T the threshold of
 * hearing in quiet in dB (Terhardt, "Calculating virtual pitch", Hearing Research 1, 1979, eq. 1):
 *
 *   T(f) = 3.64 k^-0.8 - 6.5 exp(-0.6 (k - 3.3)^2) + 0.001 k^4,   k = f / 1 kHz
 *
 * capped at 40 dB, or all noise would be pushed above 16 kHz and its total level would rise without
 * a gain that anybody hears. That is linear prediction of a process with spectrum W: its normal
 * equations hold r[k] = integral of W(f) cos(2 pi f k / rate) and are solved by Levinson's
 * recursion; the result is minimum phase. Midpoint rule, 4096 frequencies, coefficients rounded to
 * six digits (which moves no figure by 0.01 dB). The test re-derives them.
 *
 * Against white dither, noise weighted with the (uncapped) threshold falls by 17.7 dB at 44.1 kHz,
 * 19.2 at 48, 27.6 at 88.2 and 28.6 at 96; the total level rises by 16.2, 14.9, 8.6 and 8.1 dB. */
#include "dither_filters.h"

const struct dither_filter dither_filters[N_DITHER_FILTERS] = {
    {44100,
     {-2.756069, 3.970427, -3.349914, 1.296375, 0.748514, -1.360240, 0.695177, 0.330782, -0.787546,
      0.642772, -0.284627, 0.068402}},
    {48000,
     {-2.767384, 3.669160, -2.432009, 0.113722, 1.257253, -0.792077, -0.285668, 0.685410, -0.248621,
      -0.204688, 0.250002, -0.080073}},
    {88200,
     {-2.095225, 0.837360, 0.804589, -0.083230, -0.508386, -0.259287, 0.178507, 0.309568, 0.074949,
      -0.191482, -0.155311, 0.151648}},
    {96000,
     {-1.987642, 0.593850, 0.804174, 0.108479, -0.407433, -0.363792, 0.015978, 0.291393, 0.208291,
      -0.110198, -0.260262, 0.157748}},
};

int dither_filter_for(double rate) {
    for (int i = 0; i < N_DITHER_FILTERS; i++) {
        if (dither_filters[i].rate == rate)
            return i;
    }
    return -1;
}
