/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The kernels of one instruction set. */
#include "kernels.h"

extern const struct ton_kernels KERNEL(kernels);
#define TON_KERNEL(result, name, parameters) .name = KERNEL(name),
const struct ton_kernels KERNEL(kernels) = {
#include "kernels.def"
};
#undef TON_KERNEL
