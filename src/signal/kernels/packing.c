/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Samples of a file to planar floats and back: one tight loop a format, a channel at a time.
 *
 * The loops are compiled for one, two and any number of channels: with a constant distance between
 * frames the compiler makes vector code of them. Three bytes are no word of any machine: they are
 * dealt to words of four by a shuffle, a tile at a time, and go on from there. */
#include "kernels.h"
#include "lanes.h"

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

LANE float from_bits32(uint32_t bits) {
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

LANE float from_bits64(uint64_t bits) {
    double x;
    memcpy(&x, &bits, sizeof x);
    return (float)x;
}

/* Each function is one channel: `in` points at its first sample. */
LANE void unpack_native(float *restrict out, const unsigned char *restrict in, size_t frames,
                        size_t channels, enum ton_sample kind, float gain) {
    switch (kind) {
    case TON_SAMPLE_U8:
        UNPACK_LOOP(uint8_t, 1, (float)((int)x - 128) * 0x1p-7F * gain)
        break;
    case TON_SAMPLE_S8:
        UNPACK_LOOP(int8_t, 1, (float)x * 0x1p-7F * gain)
        break;
    case TON_SAMPLE_S16:
        UNPACK_LOOP(int16_t, 2, (float)x * 0x1p-15F * gain)
        break;
    case TON_SAMPLE_S24: /* in words by now */
    case TON_SAMPLE_S32:
        UNPACK_LOOP(int32_t, 4, (float)x * 0x1p-31F * gain)
        break;
    case TON_SAMPLE_F32:
        UNPACK_FLOATS(float, 4, x)
        break;
    case TON_SAMPLE_F64:
        UNPACK_FLOATS(double, 8, (float)x)
        break;
    }
}

LANE void unpack_swapped(float *restrict out, const unsigned char *restrict in, size_t frames,
                         size_t channels, enum ton_sample kind, float gain) {
    switch (kind) {
    case TON_SAMPLE_S16:
        UNPACK_LOOP(uint16_t, 2, (float)(int16_t)__builtin_bswap16(x) * 0x1p-15F * gain)
        break;
    case TON_SAMPLE_S32:
        UNPACK_LOOP(uint32_t, 4, (float)(int32_t)__builtin_bswap32(x) * 0x1p-31F * gain)
        break;
    case TON_SAMPLE_F32:
        UNPACK_FLOATS(uint32_t, 4, from_bits32(__builtin_bswap32(x)))
        break;
    case TON_SAMPLE_F64:
        UNPACK_FLOATS(uint64_t, 8, from_bits64(__builtin_bswap64(x)))
        break;
    default: /* one byte has no order, and three have none any more */
        unpack_native(out, in, frames, channels, kind, gain);
    }
}

LANE void unpack_channel(float *restrict out, const unsigned char *restrict in, size_t frames,
                         size_t channels, const struct ton_packing *p, float gain) {
    if (p->swap)
        unpack_swapped(out, in, frames, channels, p->kind, gain);
    else
        unpack_native(out, in, frames, channels, p->kind, gain);
}

static void unpack_planes(float *const *out, size_t at, const unsigned char *in, size_t frames,
                          size_t size, const struct ton_packing *p, float gain) {
    const size_t n = (size_t)p->channels;
    for (size_t c = 0; c < n; c++) {
        const unsigned char *from = in + c * size;
        if (!out[c])
            continue;
        if (n == 1)
            unpack_channel(out[c] + at, from, frames, 1, p, gain);
        else if (n == 2)
            unpack_channel(out[c] + at, from, frames, 2, p, gain);
        else
            unpack_channel(out[c] + at, from, frames, n, p, gain);
    }
}

/* Where bytes can be shuffled freely, four samples at once. */
#if defined(__SSSE3__) || defined(__aarch64__)
enum { SHUFFLED = 4 };
#else
enum { SHUFFLED = 0 };
#endif
typedef uint8_t sixteen_bytes __attribute__((vector_size(16)));
#define SHUFFLE(v, ...) __builtin_shufflevector(v, (sixteen_bytes){0}, __VA_ARGS__)

/* Into the three upper bytes of each word. Sixteen bytes are read to use twelve. */
LANE void widen(int32_t *restrict words, const unsigned char *restrict in, size_t n, bool swap) {
    size_t i = 0;
    for (; SHUFFLED > 0 && i + SHUFFLED + 2 <= n; i += 4) {
        sixteen_bytes v;
        memcpy(&v, in + 3 * i, sizeof v);
        v = swap ? SHUFFLE(v, 16, 2, 1, 0, 16, 5, 4, 3, 16, 8, 7, 6, 16, 11, 10, 9)
                 : SHUFFLE(v, 16, 0, 1, 2, 16, 3, 4, 5, 16, 6, 7, 8, 16, 9, 10, 11);
        memcpy(words + i, &v, sizeof v);
    }
    for (; i + 1 < n; i++) { /* with the byte behind, which the shift drops */
        uint32_t x;
        memcpy(&x, in + 3 * i, sizeof x);
        words[i] = (int32_t)(swap ? __builtin_bswap32(x) & 0xffffff00U : x << 8);
    }
    for (; i < n; i++) {
        const unsigned char *b = in + 3 * i;
        const uint32_t top = swap ? b[0] : b[2], low = swap ? b[2] : b[0];
        words[i] = (int32_t)(top << 24 | (uint32_t)b[1] << 16 | low << 8);
    }
}

static void unpack_24(float *const *out, size_t at, const unsigned char *in, size_t frames,
                      const struct ton_packing *p, float gain) {
    enum { TILE = 1024 };
    int32_t words[TILE];
    const size_t channels = (size_t)p->channels, most = TILE / channels;
    const struct ton_packing widened = {TON_SAMPLE_S24, false, p->channels};
    for (size_t done = 0, n; done < frames; done += n) {
        n = frames - done < most ? frames - done : most;
        if (p->swap)
            widen(words, in + 3 * done * channels, n * channels, true);
        else
            widen(words, in + 3 * done * channels, n * channels, false);
        unpack_planes(out, at + done, (const unsigned char *)words, n, sizeof *words, &widened,
                      gain);
    }
}

void KERNEL(unpack)(float *const *out, size_t at, const unsigned char *in, size_t frames,
                    const struct ton_packing *packing, float gain) {
    if (packing->kind == TON_SAMPLE_S24)
        unpack_24(out, at, in, frames, packing, gain);
    else
        unpack_planes(out, at, in, frames, (size_t)ton_sample_size(packing->kind), packing, gain);
}

/* Sixteen bytes are written for twelve: what is too much is written over. */
LANE void pack_24(unsigned char *restrict out, const int32_t *restrict in, size_t n) {
    size_t i = 0;
    for (; SHUFFLED > 0 && i + SHUFFLED + 2 <= n; i += 4) {
        sixteen_bytes v;
        memcpy(&v, in + i, sizeof v);
        v = SHUFFLE(v, 1, 2, 3, 5, 6, 7, 9, 10, 11, 13, 14, 15, 16, 16, 16, 16);
        memcpy(out + 3 * i, &v, sizeof v);
    }
    for (; i < n; i++)
        for (int b = 0; b < 3; b++)
            out[3 * i + (size_t)b] = (unsigned char)((uint32_t)in[i] >> (8 * (b + 1)));
}

void KERNEL(pack)(unsigned char *out, const int32_t *in, size_t n, int bytes) {
    if (bytes == 3) {
        pack_24(out, in, n);
    } else if (bytes == 4) {
        memcpy(out, in, 4 * n);
    } else if (bytes == 2) {
        for (size_t i = 0; i < n; i++) {
            const int16_t x = (int16_t)(in[i] >> 16);
            memcpy(out + 2 * i, &x, sizeof x);
        }
    } else {
        for (size_t i = 0; i < n; i++)
            out[i] = (unsigned char)((uint32_t)in[i] >> 24);
    }
}
