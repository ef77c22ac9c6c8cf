/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_FILES_UNPACK_H
#define TON_FILES_UNPACK_H

#include <stdbool.h>
#include <stddef.h>

enum sample { SAMPLE_U8, SAMPLE_S8, SAMPLE_S16, SAMPLE_S24, SAMPLE_S32, SAMPLE_F32, SAMPLE_F64 };

int sample_size(enum sample kind); /* bytes */

/* How samples lie in a file: interleaved. */
struct packing {
    enum sample kind;
    bool swap; /* in the other byte order */
    int channels;
};

/* To planar floats times `gain`, from frame `at` of each plane on; a plane that is NULL is not
 * wanted. Full scale is 1.0; with a gain of 1 the same values as libsndfile's. 24-bit input must be
 * readable for one byte past its end. */
void unpack(float *const *out, size_t at, const unsigned char *in, size_t frames,
            const struct packing *packing, float gain);

#endif
