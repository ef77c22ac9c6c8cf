/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The kernels of bent curves with 8 frames a register: the same bodies for another machine. */
#include "shape.h"

#if defined(__x86_64__)
#define AVX2 __attribute__((target("avx2")))

AVX2 static void sigmoids(float *x, int n, const struct ton_sigmoid pair[2],
                          struct ton_shape_memory *m) {
    shape_sigmoids_body(x, n, pair, m);
}

AVX2 static void clip(float *x, int n, const float *knee, struct ton_shape_memory *m) {
    shape_clip_body(x, n, knee, m);
}

const struct shape_kernels shape_avx2 = {sigmoids, clip};
#endif
