/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lists of things that begin with the frame at which they happen, in the order of these. */
#ifndef TON_PLUGINS_BY_FRAME_H
#define TON_PLUGINS_BY_FRAME_H

#include <stddef.h>
#include <stdint.h>

/* Index of the first of `n` at this frame or later; `bytes` is the size of one, whose first member
 * is its int64_t frame. @thread any */
static inline size_t by_frame_first(const void *list, size_t n, size_t bytes, int64_t frame) {
    size_t low = 0, high = n;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (*(const int64_t *)(const void *)((const char *)list + middle * bytes) < frame)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

#endif
