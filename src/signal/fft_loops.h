/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The passes, for the file of each instruction set: it defines TARGET and how many LANES, 4 or 8, a
 * register has. The same operations for every bin, so equal bits.
 *
 * Bins k and half - k are made together, the latter from the end. k goes from 1 to half / 2, which
 * registers fill; what comes out for that last one, which is its own partner, is not used. */
#include "fft.h"

typedef float lanes
    __attribute__((vector_size(sizeof(float) * LANES), aligned(sizeof(float)), may_alias));

#if LANES == 8
#define TURNED(v) __builtin_shufflevector(v, v, 7, 6, 5, 4, 3, 2, 1, 0)
#define EVEN(a, b) __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14)
#define ODD(a, b) __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15)
#define FIRST(a, b) __builtin_shufflevector(a, b, 0, 8, 1, 9, 2, 10, 3, 11)
#define LAST(a, b) __builtin_shufflevector(a, b, 4, 12, 5, 13, 6, 14, 7, 15)
#else
#define TURNED(v) __builtin_shufflevector(v, v, 3, 2, 1, 0)
#define EVEN(a, b) __builtin_shufflevector(a, b, 0, 2, 4, 6)
#define ODD(a, b) __builtin_shufflevector(a, b, 1, 3, 5, 7)
#define FIRST(a, b) __builtin_shufflevector(a, b, 0, 4, 1, 5)
#define LAST(a, b) __builtin_shufflevector(a, b, 2, 6, 3, 7)
#endif

#define AT(pointer, i) (*(const lanes *)((pointer) + (i)))
#define TO(pointer, i) (*(lanes *)((pointer) + (i)))

/* With E the spectrum of the even samples and O of the odd ones: X[k] = E + turn O, X[half - k] =
 * conj(E - turn O). */
TARGET static void part(float *restrict re, float *restrict im, const float *restrict z,
                        const float *restrict turn_re, const float *restrict turn_im, int half) {
    for (int k = 1; k < half / 2; k += LANES) {
        const int away = half - k - LANES + 1;
        const lanes a = AT(z, 2 * k), b = AT(z, 2 * k + LANES);
        const lanes c = AT(z, 2 * away), d = AT(z, 2 * away + LANES);
        const lanes ar = EVEN(a, b), ai = ODD(a, b);
        const lanes br = TURNED(EVEN(c, d)), bi = TURNED(ODD(c, d));
        const lanes even_re = 0.5F * (ar + br), even_im = 0.5F * (ai - bi);
        const lanes odd_re = 0.5F * (ai + bi), odd_im = 0.5F * (br - ar);
        const lanes turned_re = AT(turn_re, k) * odd_re + AT(turn_im, k) * odd_im;
        const lanes turned_im = AT(turn_re, k) * odd_im - AT(turn_im, k) * odd_re;
        TO(re, k) = even_re + turned_re;
        TO(im, k) = even_im + turned_im;
        TO(re, away) = TURNED(even_re - turned_re);
        TO(im, away) = TURNED(turned_im - even_im);
    }
}

/* The other way round, twice as large. */
TARGET static void join(float *restrict z, const float *restrict re, const float *restrict im,
                        const float *restrict turn_re, const float *restrict turn_im, int half) {
    for (int k = 1; k < half / 2; k += LANES) {
        const int away = half - k - LANES + 1;
        const lanes ar = AT(re, k), ai = AT(im, k);
        const lanes br = TURNED(AT(re, away)), bi = TURNED(AT(im, away));
        const lanes even_re = ar + br, even_im = ai - bi;
        const lanes turned_re = ar - br, turned_im = ai + bi;
        const lanes odd_re = AT(turn_re, k) * turned_re - AT(turn_im, k) * turned_im;
        const lanes odd_im = AT(turn_re, k) * turned_im + AT(turn_im, k) * turned_re;
        const lanes low_re = even_re - odd_im, low_im = even_im + odd_re;
        const lanes high_re = TURNED(even_re + odd_im), high_im = TURNED(odd_re - even_im);
        TO(z, 2 * k) = FIRST(low_re, low_im);
        TO(z, 2 * k + LANES) = LAST(low_re, low_im);
        TO(z, 2 * away) = FIRST(high_re, high_im);
        TO(z, 2 * away + LANES) = LAST(high_re, high_im);
    }
}
