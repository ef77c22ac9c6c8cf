/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The limit of *sum*: reads mono float files, gives each two gains, writes what they add up to.
 *
 *     floor-sum OUT IN... */
#include "floor.h"

enum { BLOCK = 16384, MOST = 64 };

int main(int argc, char **argv) {
    static float x[BLOCK], left[BLOCK], right[BLOCK];
    static unsigned char bytes[BLOCK * 6];
    const int n = argc - 2 < MOST ? argc - 2 : MOST;
    int files[MOST];
    if (n < 1)
        return 2;
    for (int i = 0; i < n; i++)
        files[i] = floor_open(argv[2 + i]);
    const long frames = floor_frames(files[0], 4);
    const int out = floor_create(argv[1], frames, 48000);
    for (long at = 0; at < frames; at += BLOCK) {
        const int length = frames - at < BLOCK ? (int)(frames - at) : BLOCK;
        memset(left, 0, sizeof left);
        memset(right, 0, sizeof right);
        for (int i = 0; i < n; i++) {
            const float l = 0.25F * cosf(1.57F * (float)i / (float)n);
            const float r = 0.25F * sinf(1.57F * (float)i / (float)n);
            floor_read(files[i], x, sizeof *x * (size_t)length);
            for (int j = 0; j < length; j++) {
                left[j] += l * x[j];
                right[j] += r * x[j];
            }
        }
        floor_pack(bytes, left, right, length);
        floor_write(out, bytes, 6 * (size_t)length);
    }
    return 0;
}
