/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_ISA_H
#define TON_ISA_H

/* Which instruction set the kernels use. Every kernel exists in plain C; its variants give equal
 * bits, so the choice only changes speed. A kernel table is indexed by this; a kernel without a
 * variant for one set lists the next lower one. */
enum ton_isa { TON_ISA_GENERIC = 0, TON_ISA_AVX2, TON_ISA_AVX512, TON_N_ISAS };

/* The best set of this machine, or the limit below if that is less. @thread any */
enum ton_isa ton_isa(void);

/* "generic", "avx2", "avx512": printed by the bench. */
const char *ton_isa_name(enum ton_isa isa);

/* Tests and benches: use nothing above `isa` in what is initialised from now on. @thread main */
void ton_isa_limit(enum ton_isa isa);

#endif
