/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Samples of a file to planar floats: one tight loop a format, a channel at a time.
 *
 * The loops are compiled for one, two and any number of channels: with a constant distance between
 * frames the compiler makes vector code of them. */
#include "unpack.h"

#include <stdint.h>

int sample_size(enum sample kind) {
    static const int sizes[] = {1, 1, 2, 3, 4, 4, 8};
    return sizes[kind];
}

/* memcpy of a constant size is one load. */
#define UNPACK_LOOP(type, size, convert)                                                           \
    for (size_t i = 0; i < frames; i++) {                                                          \
        type x;                                                                                    \
        memcpy(&x, in + i * channels * (size), sizeof x);                                          \
        out[i] = convert;                                                                          \
    }

/* A gain of 1 is none: floats so small that this thread's arithmetic takes them for 0 stay. */
#define UNPACK_FLOATS(type, size, convert)                                                         \
    if (gain == 1.0F) {                                                                            \
        UNPACK_LOOP(type, size, convert)                                                           \
    } else {                                                                                       \
        UNPACK_LOOP(type, size, convert *gain)                                                     \
    }

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

/* Each function is one channel: `in` points at its first sample. Three bytes are taken with the one
 * behind them, which the shift drops. */
static inline __attribute__((always_inline)) void unpack_native(float *restrict out,
                                                                const unsigned char *restrict in,
                                                                size_t frames, size_t channels,
                                                                enum sample kind, float gain) {
    switch (kind) {
    case SAMPLE_U8:
        UNPACK_LOOP(uint8_t, 1, (float)((int)x - 128) * 0x1p-7F * gain)
        break;
    case SAMPLE_S8:
        UNPACK_LOOP(int8_t, 1, (float)x * 0x1p-7F * gain)
        break;
    case SAMPLE_S16:
        UNPACK_LOOP(int16_t, 2, (float)x * 0x1p-15F * gain)
        break;
    case SAMPLE_S24:
        UNPACK_LOOP(uint32_t, 3, (float)(int32_t)(x << 8) * 0x1p-31F * gain)
        break;
    case SAMPLE_S32:
        UNPACK_LOOP(int32_t, 4, (float)x * 0x1p-31F * gain)
        break;
    case SAMPLE_F32:
        UNPACK_FLOATS(float, 4, x)
        break;
    case SAMPLE_F64:
        UNPACK_FLOATS(double, 8, (float)x)
        break;
    }
}

static void unpack_swapped(float *restrict out, const unsigned char *restrict in, size_t frames,
                           size_t channels, enum sample kind, float gain) {
    switch (kind) {
    case SAMPLE_S16:
        UNPACK_LOOP(uint16_t, 2, (float)(int16_t)__builtin_bswap16(x) * 0x1p-15F * gain)
        break;
    case SAMPLE_S24:
        UNPACK_LOOP(uint32_t, 3,
                    (float)(int32_t)(__builtin_bswap32(x) & 0xffffff00U) * 0x1p-31F * gain)
        break;
    case SAMPLE_S32:
        UNPACK_LOOP(uint32_t, 4, (float)(int32_t)__builtin_bswap32(x) * 0x1p-31F * gain)
        break;
    case SAMPLE_F32:
        UNPACK_FLOATS(uint32_t, 4, from_bits32(__builtin_bswap32(x)))
        break;
    case SAMPLE_F64:
        UNPACK_FLOATS(uint64_t, 8, from_bits64(__builtin_bswap64(x)))
        break;
    default: /* one byte has no order */
        unpack_native(out, in, frames, channels, kind, gain);
    }
}

void unpack(float *const *out, size_t at, const unsigned char *in, size_t frames,
            const struct packing *packing, float gain) {
    const enum sample kind = packing->kind;
    const size_t size = (size_t)sample_size(kind), n = (size_t)packing->channels;
    for (size_t c = 0; c < n; c++) {
        const unsigned char *from = in + c * size;
        if (!out[c])
            continue;
        if (packing->swap)
            unpack_swapped(out[c] + at, from, frames, n, kind, gain);
        else if (n == 1)
            unpack_native(out[c] + at, from, frames, 1, kind, gain);
        else if (n == 2)
            unpack_native(out[c] + at, from, frames, 2, kind, gain);
        else
            unpack_native(out[c] + at, from, frames, n, kind, gain);
    }
}
