/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The limit of *scan*: integrated loudness, range and true peak of a stereo 24-bit file, the peak
 * from 48 taps at four times the rate.
 *
 *     floor-scan IN */
#include "floor.h"

enum { HOP = 4800, TAPS = 12, PHASES = 4, MOST_HOPS = 400000, FRONT = 16, PIECE = 160 };

typedef double pairs __attribute__((vector_size(32)));

static float taps[PHASES][TAPS], rise; /* the largest sum of magnitudes of a phase */
static float x[2][FRONT + HOP + LANES];

/* A sinc under a window of Hann. */
static void design(void) {
    for (int p = 0; p < PHASES; p++) {
        float sum = 0.0F;
        for (int k = 0; k < TAPS; k++) {
            const double t = k - (TAPS - 1) / 2.0 + (p + 0.5) / PHASES - 0.5;
            const double window = 0.5 + 0.5 * cos(M_PI * t / (TAPS / 2.0));
            taps[p][k] = (float)(window * (fabs(t) < 1e-9 ? 1.0 : sin(M_PI * t) / (M_PI * t)));
            sum += fabsf(taps[p][k]);
        }
        rise = fmaxf(rise, sum);
    }
}

static lanes magnitude(lanes u) {
    return (lanes)((ints)u & 0x7fffffff);
}

static float largest(lanes u) {
    float most = u[0];
    for (int i = 1; i < LANES; i++)
        most = fmaxf(most, u[i]);
    return most;
}

static lanes curve(const float *in, lanes peak) {
    lanes y[PHASES] = {{0}};
#pragma GCC unroll 12
    for (int k = 0; k < TAPS; k++) {
        lanes u;
        memcpy(&u, in - k, sizeof u);
        for (int p = 0; p < PHASES; p++)
            y[p] += taps[p][k] * u;
    }
    for (int p = 0; p < PHASES; p++)
        peak = MOST(peak, magnitude(y[p]));
    return peak;
}

/* A piece whose samples cannot add up to the peak so far is not interpolated. */
static lanes highest(const float *in, lanes peak) {
    for (int at = 0; at < HOP; at += PIECE) {
        lanes samples = {0};
        for (int i = -FRONT; i < PIECE; i += LANES) {
            lanes u;
            memcpy(&u, in + at + i, sizeof u);
            samples = MOST(samples, magnitude(u));
        }
        if (largest(samples) * rise > largest(peak))
            for (int i = 0; i < PIECE; i += LANES)
                peak = curve(in + at + i, peak);
    }
    return peak;
}

static void unpack(const unsigned char *bytes, int n) {
    for (int i = 0; i < n; i++) {
        int32_t l, r;
        memcpy(&l, bytes + 6 * i - 1, 4);
        memcpy(&r, bytes + 6 * i + 2, 4);
        x[0][FRONT + i] = (float)(l & ~255) * 0x1p-31F;
        x[1][FRONT + i] = (float)(r & ~255) * 0x1p-31F;
    }
}

/* K-weighting at 48 kHz (ITU-R BS.1770-5, tables 1 and 2). Four lanes: left and right through the
 * shelf, and through the high-pass a sample later. */
static const pairs b0 = {1.53512485958697, 1.53512485958697, 1.0, 1.0};
static const pairs b1 = {-2.69169618940638, -2.69169618940638, -2.0, -2.0};
static const pairs b2 = {1.19839281085285, 1.19839281085285, 1.0, 1.0};
static const pairs a1 = {-1.69065929318241, -1.69065929318241, -1.99004745483398,
                         -1.99004745483398};
static const pairs a2 = {0.73248077421585, 0.73248077421585, 0.99007225036621, 0.99007225036621};

static double power(pairs state[3]) {
    pairs s1 = state[0], s2 = state[1], y = state[2], sum = {0};
    for (int i = 0; i < HOP; i++) {
        const pairs in = {x[0][FRONT + i], x[1][FRONT + i], y[0], y[1]};
        y = b0 * in + s1;
        s1 = (s2 + b1 * in) - a1 * y; /* one step from y to s1 */
        s2 = b2 * in - a2 * y;
        sum += y * y;
    }
    state[0] = s1;
    state[1] = s2;
    state[2] = y;
    return (sum[2] + sum[3]) / HOP;
}

static double lufs(double power_of_block) {
    return -0.691 + 10.0 * log10(power_of_block + 1e-30);
}

static int by_size(const void *a, const void *b) {
    const double p = *(const double *)a, q = *(const double *)b;
    return (p > q) - (p < q);
}

/* Means over `length` hops from each hop on that are louder than -70 LUFS; how many, and their
 * mean. */
static int blocks(double *out, double *mean, const double *hops, int n, int length) {
    double sum = 0.0;
    int kept = 0;
    for (int i = 0; i + length <= n; i++) {
        double block = 0.0;
        for (int k = 0; k < length; k++)
            block += hops[i + k];
        if (lufs(block / length) > -70.0)
            sum += out[kept++] = block / length;
    }
    *mean = kept > 0 ? sum / kept : 0.0;
    return kept;
}

static void tell(const double *hops, int n, lanes peaks) {
    static double means[MOST_HOPS];
    double mean, sum = 0.0, peak = 0.0;
    int kept = 0;
    const int momentary = blocks(means, &mean, hops, n, 4);
    for (int i = 0; i < momentary; i++)
        if (means[i] > mean * 0.1)
            sum += means[i], kept++;
    const double integrated = lufs(kept > 0 ? sum / kept : 0.0);
    const int shorts = blocks(means, &mean, hops, n, 30);
    kept = 0;
    for (int i = 0; i < shorts; i++)
        if (means[i] > mean * 0.01)
            means[kept++] = means[i];
    qsort(means, (size_t)kept, sizeof *means, by_size);
    const double range =
        kept > 0 ? lufs(means[(int)(0.95 * (kept - 1))]) - lufs(means[(int)(0.10 * (kept - 1))])
                 : 0.0;
    for (int i = 0; i < LANES; i++)
        peak = fmax(peak, peaks[i]);
    printf("%.1f LUFS, range %.1f LU, %.1f dBTP\n", integrated, range, 20.0 * log10(peak + 1e-9));
}

int main(int argc, char **argv) {
    static unsigned char bytes[1 + HOP * 6 + 8];
    static double hops[MOST_HOPS];
    pairs state[3] = {{0}};
    lanes peak = {0};
    int n = 0;
    if (argc != 2)
        return 2;
    const int file = floor_open(argv[1]);
    design();
    while (n < MOST_HOPS && floor_read(file, bytes + 1, HOP * 6) == HOP * 6) {
        unpack(bytes + 1, HOP);
        peak = highest(x[0] + FRONT, highest(x[1] + FRONT, peak));
        hops[n++] = power(state);
        for (int c = 0; c < 2; c++)
            memcpy(x[c], x[c] + HOP, sizeof(float) * FRONT);
    }
    tell(hops, n, peak);
    return 0;
}
