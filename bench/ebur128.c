/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Integrated loudness, range and true peak by libebur128, the file read by libsndfile. It finds
 * maxima of short windows only where it is asked; here it is not.
 *
 *     bench-ebur128 FILE */
#include <ebur128.h>
#include <sndfile.h>

enum { BLOCK = 8192, CHANNELS = 2 };

int main(int argc, char **argv) {
    static float x[BLOCK * CHANNELS];
    SF_INFO info = {0};
    SNDFILE *file = argc == 2 ? sf_open(argv[1], SFM_READ, &info) : NULL;
    if (!file || info.channels != CHANNELS)
        return 2;
    ebur128_state *s = ebur128_init(CHANNELS, (unsigned long)info.samplerate,
                                    EBUR128_MODE_I | EBUR128_MODE_LRA | EBUR128_MODE_TRUE_PEAK);
    if (!s)
        return 3;
    for (sf_count_t n; (n = sf_readf_float(file, x, BLOCK)) > 0;)
        ebur128_add_frames_float(s, x, (size_t)n);
    double loudness, range, peaks[CHANNELS];
    ebur128_loudness_global(s, &loudness);
    ebur128_loudness_range(s, &range);
    for (unsigned c = 0; c < CHANNELS; c++)
        ebur128_true_peak(s, c, &peaks[c]);
    printf("%.2f LUFS, range %.1f LU, %.2f dBTP\n", loudness, range,
           20.0 * log10(fmax(peaks[0], peaks[1])));
    ebur128_destroy(&s);
    sf_close(file);
    return 0;
}
