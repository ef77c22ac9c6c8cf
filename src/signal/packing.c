/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Samples as they lie in files. */
#include "ton/packing.h"

#include "kernels/kernels.h"

int ton_sample_size(enum ton_sample kind) {
    static const int sizes[] = {1, 1, 2, 3, 4, 4, 8};
    return sizes[kind];
}

void ton_unpack(float *const *out, size_t at, const unsigned char *in, size_t frames,
                const struct ton_packing *packing, float gain) {
    ton_kernels()->unpack(out, at, in, frames, packing, gain);
}

void ton_pack(unsigned char *out, const int32_t *in, size_t n, int bytes) {
    ton_kernels()->pack(out, in, n, bytes);
}
