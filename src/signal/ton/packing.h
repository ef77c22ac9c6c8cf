/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_PACKING_H
#define TON_PACKING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Samples as they lie in files. @thread any */
enum ton_sample {
    TON_SAMPLE_U8,
    TON_SAMPLE_S8,
    TON_SAMPLE_S16,
    TON_SAMPLE_S24,
    TON_SAMPLE_S32,
    TON_SAMPLE_F32,
    TON_SAMPLE_F64
};

int ton_sample_size(enum ton_sample kind); /* bytes */

struct ton_packing {
    enum ton_sample kind;
    bool swap;    /* in the other byte order than the machine's, which is little-endian */
    int channels; /* 1 to 64, interleaved */
};

/* To planar floats times `gain`, from frame `at` of each plane on; a plane that is NULL is not
 * wanted. Full scale is 1.0; with a gain of 1 the same values as libsndfile's, and floats too small
 * for the thread's arithmetic (ton_denormals_off) stay. */
void ton_unpack(float *const *out, size_t at, const unsigned char *in, size_t frames,
                const struct ton_packing *packing, float gain);

/* The first 1 to 4 bytes from the top of each number, the lowest first. */
void ton_pack(unsigned char *out, const int32_t *in, size_t n, int bytes);

#endif
