/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The limit of *mix*: 32 strips side by side in the lanes of registers, each a high-pass, four
 * bells, a compressor, gain, pan and a send; one reverb of eight delay lines, one look-ahead
 * limiter. One thread, single precision.
 *
 *     floor-mix OUT IN... (32 mono float files at 48 kHz) */
#include "floor.h"

enum { TRACKS = 32, BLOCK = 2048, SECTIONS = 5, GROUPS = TRACKS / LANES, RATE = 48000 };

static float in[TRACKS][BLOCK];
static float left[BLOCK], right[BLOCK], send[BLOCK];
static float gains[3][TRACKS]; /* left, right, send */
static float coefficients[SECTIONS][5];

static struct group { lanes s1[SECTIONS], s2[SECTIONS], envelope; } groups[GROUPS];

/* Rows become columns: log2(LANES) perfect shuffles of the rows. */
#if LANES == 16
#define LOW 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23
#define HIGH 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31
#elif LANES == 8
#define LOW 0, 8, 1, 9, 2, 10, 3, 11
#define HIGH 4, 12, 5, 13, 6, 14, 7, 15
#else
#define LOW 0, 4, 1, 5
#define HIGH 2, 6, 3, 7
#endif

static inline void transpose(lanes rows[LANES]) {
    lanes next[LANES];
    for (int width = 1; width < LANES; width *= 2) {
        for (int i = 0; i < LANES / 2; i++) {
            next[2 * i] = __builtin_shufflevector(rows[i], rows[i + LANES / 2], LOW);
            next[2 * i + 1] = __builtin_shufflevector(rows[i], rows[i + LANES / 2], HIGH);
        }
        for (int i = 0; i < LANES; i++)
            rows[i] = next[i];
    }
}

/* log2 within 0.0004 (0.0024 dB) of positive numbers, 2^x within 0.00002: the exponent by the bits,
 * the rest by a polynomial. */
static inline lanes log2_of(lanes x) {
    const ints bits = (ints)x;
    const lanes exponent = __builtin_convertvector((bits >> 23) - 127, lanes);
    const lanes m = (lanes)((bits & 0x7fffff) | 0x3f800000) - 1.0F;
    lanes p = -0.0825617F * m + 0.2778064F;
    p = p * m - 0.6307722F;
    p = p * m + 1.4358045F;
    return exponent + p * m;
}

static inline lanes exp2_of(lanes x) {
    const ints whole = __builtin_convertvector(x - 0.5F, ints); /* x is never positive */
    const lanes f = x - __builtin_convertvector(whole, lanes);
    lanes p = 0.0096181F * f + 0.0555041F;
    p = p * f + 0.2402265F;
    p = p * f + 0.6931472F;
    p = p * f + 1.0F;
    return p * (lanes)((whole + 127) << 23);
}

/* Threshold -20 dB, ratio 3, knee 4 dB, attack 10 ms, release 120 ms; levels in octaves. */
static inline lanes compress(lanes x, lanes *envelope, float attack, float release) {
    const float octave = 6.0206F, threshold = -20.0F / octave, knee = 4.0F / octave;
    const lanes difference = (lanes)((ints)x & 0x7fffffff) - *envelope;
    *envelope += CHOOSE(difference > 0, ALL(attack), ALL(release)) * difference;
    const lanes over = log2_of(*envelope + 1e-7F) - threshold + 0.5F * knee;
    const lanes bent = LEAST(MOST(over, ALL(0)), ALL(knee));
    const lanes reduction = bent * bent * (0.5F / knee) + MOST(over - knee, ALL(0));
    return x * exp2_of(reduction * (1.0F / 3.0F - 1.0F));
}

static inline void run_group(int g, int n, float attack, float release) {
    struct group s = groups[g];
    for (int i = 0; i < n; i += LANES) {
        lanes x[LANES], l, r, w;
        for (int t = 0; t < LANES; t++)
            memcpy(&x[t], in[g * LANES + t] + i, sizeof *x);
        transpose(x);
        for (int t = 0; t < LANES; t++) {
            lanes u = x[t];
            for (int k = 0; k < SECTIONS; k++) {
                const float *c = coefficients[k];
                const lanes y = c[0] * u + s.s1[k];
                s.s1[k] = (s.s2[k] + c[1] * u) - c[3] * y;
                s.s2[k] = c[2] * u - c[4] * y;
                u = y;
            }
            x[t] = compress(u, &s.envelope, attack, release);
        }
        transpose(x);
        memcpy(&l, left + i, sizeof l);
        memcpy(&r, right + i, sizeof r);
        memcpy(&w, send + i, sizeof w);
        for (int t = 0; t < LANES; t++) {
            l += gains[0][g * LANES + t] * x[t];
            r += gains[1][g * LANES + t] * x[t];
            w += gains[2][g * LANES + t] * x[t];
        }
        memcpy(left + i, &l, sizeof l);
        memcpy(right + i, &r, sizeof r);
        memcpy(send + i, &w, sizeof w);
    }
    groups[g] = s;
}

static void design(void) {
    static const double hz[] = {80, 120, 400, 2500, 8000}, db[] = {0, 2, -3, 3, -2};
    for (int k = 0; k < SECTIONS; k++) {
        /* R. Bristow-Johnson's cookbook: high-pass and peaking. */
        const double w = 2 * M_PI * hz[k] / RATE, a = pow(10, db[k] / 40);
        const double alpha = sin(w) / 2 / (k == 0 ? M_SQRT1_2 : 1.0), c = cos(w);
        const double b[3] = {k == 0 ? (1 + c) / 2 : 1 + alpha * a, k == 0 ? -(1 + c) : -2 * c,
                             k == 0 ? (1 + c) / 2 : 1 - alpha * a};
        const double a0 = k == 0 ? 1 + alpha : 1 + alpha / a;
        const double a2 = k == 0 ? 1 - alpha : 1 - alpha / a;
        for (int i = 0; i < 3; i++)
            coefficients[k][i] = (float)(b[i] / a0);
        coefficients[k][3] = (float)(-2 * c / a0);
        coefficients[k][4] = (float)(a2 / a0);
    }
    for (int i = 0; i < TRACKS; i++) {
        gains[0][i] = (float)(0.25 * cos(M_PI / 2 * i / (TRACKS - 1)));
        gains[1][i] = (float)(0.25 * sin(M_PI / 2 * i / (TRACKS - 1)));
        gains[2][i] = 0.05F + 0.005F * (float)i;
    }
}

/* Eight delay lines that feed one another through a Hadamard matrix, 1.8 s to -60 dB, each behind a
 * low-pass. Adds the tail to left and right. */
enum { LINES = 8, RING = 4096 };
typedef float octet __attribute__((vector_size(32)));

static void reverberate(int n) {
    static float ring[RING][LINES];
    static const int lengths[LINES] = {1433, 1601, 1867, 2053, 2251, 2399, 2617, 2903};
    static unsigned at;
    static octet damped;
    octet fall;
    for (int k = 0; k < LINES; k++)
        fall[k] = powf(10, -3.0F * (float)lengths[k] / RATE / 1.8F) * 0.35355339F;
    const octet odd = {1, -1, 1, -1, 1, -1, 1, -1}, second = {1, 1, -1, -1, 1, 1, -1, -1},
                fourth = {1, 1, 1, 1, -1, -1, -1, -1};
    for (int i = 0; i < n; i++) {
        octet x;
        for (int k = 0; k < LINES; k++)
            x[k] = ring[(at - (unsigned)lengths[k]) % RING][k];
        damped += 0.7F * (x - damped);
        octet y = damped * fall;
        y = __builtin_shufflevector(y, y, 1, 0, 3, 2, 5, 4, 7, 6) + y * odd;
        y = __builtin_shufflevector(y, y, 2, 3, 0, 1, 6, 7, 4, 5) + y * second;
        y = __builtin_shufflevector(y, y, 4, 5, 6, 7, 0, 1, 2, 3) + y * fourth;
        y += send[i];
        memcpy(ring[at++ % RING], &y, sizeof y);
        left[i] += 0.35F * (damped[0] + damped[1] + damped[2] + damped[3]);
        right[i] += 0.35F * (damped[4] + damped[5] + damped[6] + damped[7]);
    }
}

/* 12 dB up, then never above -1 dBFS: the highest of the next 1.5 ms (van Herk's two running
 * maxima), a release of 50 ms, a mean over the look-ahead. */
static void limit(int n) {
    enum { AHEAD = RATE * 3 / 2000 };
    static float late[2][AHEAD], peaks[AHEAD + 1], after[AHEAD + 1], mean[AHEAD];
    static float before, released = 1.0F;
    static double sum = 0.0;
    static int at = -1;
    const float ceiling = 0.8912509F, release = 1.0F - expf(-1.0F / (0.05F * RATE));
    if (at < 0) {
        for (int i = 0; i < AHEAD; i++)
            mean[i] = 1.0F;
        sum = AHEAD;
        at = 0;
    }
    for (int i = 0; i < n; i++) {
        const float l = 4.0F * left[i], r = 4.0F * right[i];
        peaks[at] = fmaxf(fabsf(l), fabsf(r));
        before = at == 0 ? peaks[0] : fmaxf(before, peaks[at]);
        const float most = fmaxf(before, after[at + 1]);
        const float wanted = most > ceiling ? ceiling / most : 1.0F;
        released = wanted < released ? wanted : released + release * (wanted - released);
        sum += (double)released - (double)mean[at];
        mean[at] = released;
        const float gain = (float)(sum * (1.0 / AHEAD));
        left[i] = fminf(fmaxf(late[0][at] * gain, -ceiling), ceiling);
        right[i] = fminf(fmaxf(late[1][at] * gain, -ceiling), ceiling);
        late[0][at] = l;
        late[1][at] = r;
        if (++at == AHEAD) {
            for (at = AHEAD - 1, after[AHEAD] = 0.0F; at >= 0; at--)
                after[at] = fmaxf(after[at + 1], peaks[at]);
            at = 0;
        }
    }
}

int main(int argc, char **argv) {
    static unsigned char bytes[BLOCK * 6];
    int files[TRACKS];
    if (argc != 2 + TRACKS)
        return 2;
    for (int i = 0; i < TRACKS; i++)
        files[i] = floor_open(argv[2 + i]);
    const long frames = floor_frames(files[0], 4);
    const int out = floor_create(argv[1], frames, RATE);
    const float attack = 1.0F - expf(-1.0F / (0.010F * RATE));
    const float release = 1.0F - expf(-1.0F / (0.120F * RATE));
    design();
    for (long at = 0; at < frames; at += BLOCK) {
        const int n = frames - at < BLOCK ? (int)(frames - at) : BLOCK;
        for (int i = 0; i < TRACKS; i++)
            floor_read(files[i], in[i], sizeof in[i]);
        memset(left, 0, sizeof left);
        memset(right, 0, sizeof right);
        memset(send, 0, sizeof send);
        for (int g = 0; g < GROUPS; g++)
            run_group(g, n, attack, release);
        reverberate(n);
        limit(n);
        floor_pack(bytes, left, right, n);
        floor_write(out, bytes, 6 * (size_t)n);
    }
    return 0;
}
