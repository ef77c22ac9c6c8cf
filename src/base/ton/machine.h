/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_MACHINE_H
#define TON_MACHINE_H

/* What the bits of a result may depend on beside its inputs: the architecture that the program was
 * built for, the C library, whether the processor has fused multiply-add: "x86_64, glibc 2.36,
 * FMA".
 * @thread any */
const char *ton_machine(void);

#endif
