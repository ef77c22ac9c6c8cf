/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Samples of a file to planar floats: one tight loop a format, a channel at a time. */
#include "unpack.h"

#include <stdint.h>

int sample_size(enum sample kind) {
    static const int sizes[] = {1, 1, 2, 3, 4, 4, 8};
    return sizes[kind];
}

/* memcpy of a constant size is one load. `place` is the distance of two frames in bytes. */
#define UNPACK_LOOP(type, convert)                                                                 \
    for (size_t i = 0; i < frames; i++) {                                                          \
        type x;                                                                                    \
        memcpy(&x, in + i * place, sizeof x);                                                      \
        out[i] = convert;                                                                          \
    }                                                                                              \
    break

static inline float from_bits32(uint32_t bits) {
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static inline float from_bits64(uint64_t bits) {
    double x;
    memcpy(&x, &bits, sizeof x);
    return (float)x;
}

/* Three bytes at the top of an int, least significant first. */
static inline int32_t s24(const unsigned char *p) {
    return (int32_t)((uint32_t)p[0] << 8 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 24);
}

static inline int32_t s24_swapped(const unsigned char *p) {
    return (int32_t)((uint32_t)p[2] << 8 | (uint32_t)p[1] << 16 | (uint32_t)p[0] << 24);
}

static inline __attribute__((always_inline)) void unpack_native(float *restrict out,
                                                                const unsigned char *restrict in,
                                                                size_t frames, size_t place,
                                                                enum sample kind) {
    switch (kind) {
    case SAMPLE_U8:
        UNPACK_LOOP(uint8_t, (float)((int)x - 128) * 0x1p-7f);
    case SAMPLE_S8:
        UNPACK_LOOP(int8_t, (float)x * 0x1p-7f);
    case SAMPLE_S16:
        UNPACK_LOOP(int16_t, (float)x * 0x1p-15f);
    case SAMPLE_S32:
        UNPACK_LOOP(int32_t, (float)x * 0x1p-31f);
    case SAMPLE_F32:
        UNPACK_LOOP(float, x);
    case SAMPLE_F64:
        UNPACK_LOOP(double, (float)x);
    case SAMPLE_S24:
        for (size_t i = 0; i < frames; i++)
            out[i] = (float)s24(in + i * place) * 0x1p-31f;
    }
}

static void unpack_swapped(float *restrict out, const unsigned char *restrict in, size_t frames,
                           size_t place, enum sample kind) {
    switch (kind) {
    case SAMPLE_S16:
        UNPACK_LOOP(uint16_t, (float)(int16_t)__builtin_bswap16(x) * 0x1p-15f);
    case SAMPLE_S32:
        UNPACK_LOOP(uint32_t, (float)(int32_t)__builtin_bswap32(x) * 0x1p-31f);
    case SAMPLE_F32:
        UNPACK_LOOP(uint32_t, from_bits32(__builtin_bswap32(x)));
    case SAMPLE_F64:
        UNPACK_LOOP(uint64_t, from_bits64(__builtin_bswap64(x)));
    case SAMPLE_S24:
        for (size_t i = 0; i < frames; i++)
            out[i] = (float)s24_swapped(in + i * place) * 0x1p-31f;
        break;
    default: /* one byte has no order */
        unpack_native(out, in, frames, place, kind);
    }
}

void unpack(float *const *out, size_t at, const unsigned char *in, size_t frames, int channels,
            enum sample kind, bool swap) {
    const size_t size = (size_t)sample_size(kind);
    for (int c = 0; c < channels; c++) {
        const unsigned char *from = in + (size_t)c * size;
        const size_t place = size * (size_t)channels;
        if (swap)
            unpack_swapped(out[c] + at, from, frames, place, kind);
        else if (channels == 1)
            unpack_native(out[c] + at, from, frames, size, kind);
        else
            unpack_native(out[c] + at, from, frames, place, kind);
    }
}
