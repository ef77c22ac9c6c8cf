/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which instruction set the kernels may use on this machine. */

#include "ton/isa.h"

#include "kernels/kernels.h"

#include <stdatomic.h>

static _Atomic int limit = TON_N_ISAS - 1;

static enum ton_isa machine(void) {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vl"))
        return TON_ISA_AVX512;
    if (__builtin_cpu_supports("avx2"))
        return TON_ISA_AVX2;
#endif
    return TON_ISA_GENERIC;
}

enum ton_isa ton_isa(void) {
    const enum ton_isa best = machine();
    const enum ton_isa most = (enum ton_isa)atomic_load(&limit);
    return best < most ? best : most;
}

const char *ton_isa_name(enum ton_isa isa) {
    static const char *const names[TON_N_ISAS] = {"generic", "avx2", "avx512"};
    return names[isa];
}

void ton_isa_limit(enum ton_isa isa) {
    atomic_store(&limit, (int)isa);
}

#if defined(__x86_64__)
extern const struct ton_kernels ton_kernels_generic, ton_kernels_avx2, ton_kernels_avx512;
static const struct ton_kernels *const sets[TON_N_ISAS] = {&ton_kernels_generic, &ton_kernels_avx2,
                                                           &ton_kernels_avx512};
#else
extern const struct ton_kernels ton_kernels_generic;
static const struct ton_kernels *const sets[TON_N_ISAS] = {
    &ton_kernels_generic, &ton_kernels_generic, &ton_kernels_generic};
#endif

const struct ton_kernels *ton_kernels(void) {
    return sets[ton_isa()];
}
