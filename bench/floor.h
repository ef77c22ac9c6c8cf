/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the limits share: reading and writing the bench's own files (a header of 44 bytes, then
 * samples) with the system's calls, and sums over lanes. A limit does what a workload asks for and
 * nothing else: no formats, no checks, no parameters, single precision wherever it will do. */
#ifndef TON_BENCH_FLOOR_H
#define TON_BENCH_FLOOR_H

#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <unistd.h>

/* As many floats as a register of this machine holds. */
#if defined(__AVX512F__)
#define LANES 16
#elif defined(__AVX__)
#define LANES 8
#else
#define LANES 4
#endif

typedef float lanes __attribute__((vector_size(4 * LANES)));
typedef int32_t ints __attribute__((vector_size(4 * LANES)));

/* a where the mask is set, b elsewhere. */
#define CHOOSE(mask, a, b) ((lanes)(((mask) & (ints)(a)) | (~(mask) & (ints)(b))))
#define MOST(a, b) CHOOSE((a) > (b), a, b)
#define LEAST(a, b) CHOOSE((a) < (b), a, b)
#define ALL(x) ((lanes){0} + (float)(x))

enum { HEADER = 44 };

/* Stands behind the header. */
static inline int floor_open(const char *path) {
    const int file = open(path, O_RDONLY);
    if (file < 0 || lseek(file, HEADER, SEEK_SET) != HEADER) {
        perror(path);
        exit(1);
    }
    return file;
}

static inline long floor_frames(int file, int bytes) {
    const off_t end = lseek(file, 0, SEEK_END);
    lseek(file, HEADER, SEEK_SET);
    return (long)(end - HEADER) / bytes;
}

/* Fills up with silence at the end. Gives how many bytes were there. */
static inline size_t floor_read(int file, void *out, size_t size) {
    const ssize_t got = read(file, out, size);
    const size_t n = got < 0 ? 0 : (size_t)got;
    memset((char *)out + n, 0, size - n);
    return n;
}

static inline void floor_little_endian(unsigned char *at, uint32_t value, int bytes) {
    for (int i = 0; i < bytes; i++)
        at[i] = (unsigned char)(value >> 8 * i);
}

static inline void floor_write(int file, const void *bytes, size_t size) {
    if (write(file, bytes, size) != (ssize_t)size) {
        perror("write");
        exit(1);
    }
}

/* Stereo, 24 bits. */
static inline int floor_create(const char *path, long frames, int rate) {
    unsigned char h[HEADER] = "RIFF\0\0\0\0WAVEfmt \20\0\0\0\1\0\2";
    const int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    floor_little_endian(h + 4, (uint32_t)frames * 6 + 36, 4);
    floor_little_endian(h + 24, (uint32_t)rate, 4);
    floor_little_endian(h + 28, (uint32_t)rate * 6, 4);
    h[32] = 6;
    h[34] = 24;
    memcpy(h + 36, "data", 4);
    floor_little_endian(h + 40, (uint32_t)frames * 6, 4);
    floor_write(file, h, sizeof h);
    return file;
}

static inline void floor_pack(unsigned char *out, const float *left, const float *right, int n) {
    for (int i = 0; i < n; i++) {
        const int l = (int)lrintf(fminf(fmaxf(left[i], -1.0F), 0.9999998F) * 8388608.0F);
        const int r = (int)lrintf(fminf(fmaxf(right[i], -1.0F), 0.9999998F) * 8388608.0F);
        floor_little_endian(out + 6 * i, (uint32_t)l, 3);
        floor_little_endian(out + 6 * i + 3, (uint32_t)r, 3);
    }
}

#endif
