/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The limit of *resample*: libsoxr at the quality that we use, one thread, from a stereo 24-bit
 * file to another.
 *
 *     floor-resample IN OUT */
#include "floor.h"

#include <soxr.h>

enum { BLOCK = 16384, FROM = 96000, TO = 44100 };

int main(int argc, char **argv) {
    static unsigned char bytes[1 + BLOCK * 6 + 8];
    static float x[2][BLOCK], y[2][BLOCK];
    const soxr_io_spec_t io = soxr_io_spec(SOXR_FLOAT32_S, SOXR_FLOAT32_S);
    const soxr_quality_spec_t quality = soxr_quality_spec(SOXR_VHQ, 0);
    const soxr_runtime_spec_t one_thread = soxr_runtime_spec(1);
    if (argc != 3)
        return 2;
    const int in = floor_open(argv[1]);
    const long frames = floor_frames(in, 6);
    const int out = floor_create(argv[2], frames * TO / FROM, TO);
    soxr_t soxr = soxr_create(FROM, TO, 2, NULL, &io, &quality, &one_thread);
    for (size_t got = BLOCK, made = 1; soxr && (got > 0 || made > 0);) {
        got = floor_read(in, bytes + 1, BLOCK * 6) / 6;
        for (size_t i = 0; i < got; i++)
            for (size_t c = 0; c < 2; c++) {
                int32_t v;
                memcpy(&v, bytes + 6 * i + 3 * c, sizeof v);
                x[c][i] = (float)(v & ~255) * 0x1p-31F;
            }
        float *ins[] = {x[0], x[1]}, *outs[] = {y[0], y[1]};
        size_t used;
        soxr_process(soxr, got > 0 ? ins : NULL, got, &used, outs, BLOCK, &made);
        floor_pack(bytes, y[0], y[1], (int)made);
        floor_write(out, bytes, made * 6);
    }
    soxr_delete(soxr);
    return 0;
}
