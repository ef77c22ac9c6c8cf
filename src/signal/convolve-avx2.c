/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The inner loops of convolution in registers of eight. */
#if defined(__x86_64__)
#define TARGET __attribute__((target("avx2")))
#define LANES 8
#include "convolve_loops.h"

const struct ton_convolver_kernels ton_convolver_avx2 = {direct, multiply};
#endif
