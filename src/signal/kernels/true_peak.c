/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Largest magnitudes. Of floats that are numbers, the larger magnitude has the larger bits. */
#include "kernels.h"

#include <string.h>

static inline __attribute__((always_inline)) int32_t magnitude(float x) {
    int32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits & 0x7fffffff;
}

/* `bend`: of x[i] - 2 x[i+1] + x[i+2]; n at least 2. */
void KERNEL(true_peak_extent)(float *crest, float *bend, const float *restrict x, int n) {
    int32_t most = 0, most_bend = 0;
    for (int i = 0; i < n - 2; i++) {
        const int32_t here = magnitude(x[i]);
        const int32_t bent = magnitude((x[i + 2] - x[i + 1]) - (x[i + 1] - x[i]));
        most = here > most ? here : most;
        most_bend = bent > most_bend ? bent : most_bend;
    }
    for (int i = n - 2; i < n; i++) {
        const int32_t here = magnitude(x[i]);
        most = here > most ? here : most;
    }
    memcpy(crest, &most, sizeof most);
    memcpy(bend, &most_bend, sizeof most_bend);
}
