/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Noise on many signals, and every instruction set, number of signals and frames to try a kernel
 * on.
 */
#ifndef TON_KERNELS_RIG_H
#define TON_KERNELS_RIG_H

#include "promise.h"

#include "ton/isa.h"
#include "ton/row.h"

#include <math.h>
#include <string.h>

enum { MOST_LANES = 40, MOST_FRAMES = 4096 };

static const int frames_of[] = {1, 3, 64, 256, 777, 4096};

struct noise {
    uint64_t state;
};

static inline double next(struct noise *n) {
    n->state = n->state * 6364136223846793005ULL + 1442695040888963407ULL;
    return (double)(int64_t)n->state * 0x1p-63;
}

static float signal[MOST_LANES][MOST_FRAMES], wanted[MOST_LANES][MOST_FRAMES],
    got[MOST_LANES][MOST_FRAMES];

static inline void fill(uint64_t seed) {
    struct noise n = {seed};
    for (int l = 0; l < MOST_LANES; l++)
        for (int i = 0; i < MOST_FRAMES; i++)
            signal[l][i] = (float)(next(&n) * (i / 500 % 3 ? 1.0 : 0.0));
}

/* For every set of this machine, `check` on every number of lanes and frames. */
static inline void everywhere(void (*check)(int lanes, int frames)) {
    for (int isa = 0; isa < TON_N_ISAS; isa++) {
        ton_isa_limit((enum ton_isa)isa);
        for (int lanes = 1; lanes <= MOST_LANES; lanes++)
            for (int f = 0; f < TON_N(frames_of); f++)
                if (lanes % 4 == 1 || frames_of[f] < 1000)
                    check(lanes, frames_of[f]);
    }
    ton_isa_limit(TON_ISA_AVX512);
    figure("1 to %d signals, blocks of 1 to %d, sets up to %s: equal bits", MOST_LANES, MOST_FRAMES,
           ton_isa_name(ton_isa()));
}

static inline void same(const float *a, const float *b, int frames, const char *what, int lane) {
    for (int i = 0; i < frames; i++)
        if (memcmp(&a[i], &b[i], sizeof *a) != 0)
            fail_msg("%s, %s: signal %d, frame %d of %d: %.9g instead of %.9g", what,
                     ton_isa_name(ton_isa()), lane, i, frames, (double)b[i], (double)a[i]);
}

#endif
