/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_FILES_BYTES_H
#define TON_FILES_BYTES_H

#include <stdint.h>

/* Whole numbers as they lie in files. @thread any */
static inline uint32_t le32(const unsigned char *p) {
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline uint32_t be32(const unsigned char *p) {
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Signed, as sizes are counted here. */
static inline int64_t le64(const unsigned char *p) {
    return (int64_t)(le32(p) | (uint64_t)le32(p + 4) << 32);
}

#endif
