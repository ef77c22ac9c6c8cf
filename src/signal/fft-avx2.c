/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The passes of the real transform in registers of eight. */
#if defined(__x86_64__)
#define TARGET __attribute__((target("avx2")))
#define LANES 8
#include "fft_loops.h"

const struct ton_fft_passes ton_fft_avx2 = {part, join};
#endif
