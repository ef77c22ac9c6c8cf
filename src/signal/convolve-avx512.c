/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The inner loops of convolution in registers of sixteen. */
#if defined(__x86_64__)
#define TARGET __attribute__((target("avx512f,avx512dq,avx512vl")))
#define LANES 16
#include "convolve_loops.h"

const struct ton_convolver_kernels ton_convolver_avx512 = {direct, multiply};
#endif
