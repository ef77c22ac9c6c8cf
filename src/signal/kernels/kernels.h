/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Kernels that are written once and compiled for every instruction set (meson.build beside this).
 *
 * A source in this folder says KERNEL(name) where others write a function's name. kernels.def
 * declares them all; from it come the prototypes, the table of each set and struct ton_kernels.
 * Whoever needs one outside of this folder calls ton_kernels()->name(…).
 *
 * Bits are equal in all sets: what a lane computes does not depend on how many lie beside it, there
 * is no FMA, and no sum is grouped otherwise than in another set: what adds along a register does
 * it in rounds that are the same for each width (release.c), or in integers (moving_sum.c). */
#ifndef TON_SIGNAL_KERNELS_H
#define TON_SIGNAL_KERNELS_H

#include "ton/cascade.h"
#include "ton/k_weight.h"
#include "ton/level.h"
#include "ton/lines.h"
#include "ton/mix.h"
#include "ton/packing.h"
#include "ton/release.h"
#include "ton/smooth.h"

#define TON_KERNEL(result, name, parameters) result(*name) parameters;
struct ton_kernels {
#include "kernels.def"
};
#undef TON_KERNEL

/* Those of the best instruction set that this machine has and ton_isa_limit allows. @thread any */
TON_RT const struct ton_kernels *ton_kernels(void);

/* In this folder: the prototypes of the set that is being compiled. */
#ifdef TON_KERNEL_SET
#define TON_KERNEL_PASTE(name, set) ton_##name##_##set
#define TON_KERNEL_NAME(name, set) TON_KERNEL_PASTE(name, set)
#define KERNEL(name) TON_KERNEL_NAME(name, TON_KERNEL_SET)
#define TON_KERNEL(result, name, parameters) result KERNEL(name) parameters;
#include "kernels.def"
#undef TON_KERNEL
#endif

#endif
