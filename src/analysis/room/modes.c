/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Room modes: those that a box has by its sides, and the resonances that were measured. */
#include "magnitude.h"
#include "pulse.h"

#include "ton/order.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_MODES = 20000 };

static const double LOWEST_HZ = 20.0, HIGHEST_HZ = 300.0;
static const double STANDS_OUT_DB = 3.0, NEAR = 0.02;
static const double LEAST_S = 4.0; /* of sound and zeros: bins of 0.25 Hz */
static const double WINDOW_S = 0.3, STEP_S = 0.01, BLOCK_S = 0.001;
static const double FIT_DB = 25.0, OVER_NOISE_DB = 6.0, LEAST_FIT_DB = 10.0;

static int by_hz(const void *a, const void *b) {
    const double x = ((const struct ton_room_mode *)a)->hz,
                 y = ((const struct ton_room_mode *)b)->hz;
    return (x > y) - (x < y);
}

static struct ton_room_mode mode_of(int l, int w, int h, const double metres[3], double c) {
    const double x = l / metres[0], y = w / metres[1], z = h / metres[2];
    return (struct ton_room_mode){.hz = 0.5 * c * sqrt(x * x + y * y + z * z),
                                  .waves = {l, w, h},
                                  .pairs = (l > 0) + (w > 0) + (h > 0)};
}

/* How many a hertz there are (H. Kuttruff, "Room Acoustics", 3.2). */
static double modes_a_hz(const double m[3], double c, double hz) {
    const double volume = m[0] * m[1] * m[2];
    const double walls = 2.0 * (m[0] * m[1] + m[1] * m[2] + m[2] * m[0]);
    const double edges = 4.0 * (m[0] + m[1] + m[2]);
    return 4.0 * M_PI * volume * hz * hz / (c * c * c) + 0.5 * M_PI * walls * hz / (c * c) +
           0.125 * edges / c;
}

static double find_dense_hz(const double metres[3], double c) {
    double hz = 1.0;
    while (hz < HIGHEST_HZ && modes_a_hz(metres, c, hz) * 2.0 * NEAR * hz < 1.0)
        hz += 0.1;
    return hz;
}

enum ton_code ton_room_modes_expect(struct ton_room_modes *out, struct ton_arena *arena,
                                    const double metres[3], double celsius, double to_hz,
                                    struct ton_err *err) {
    const double c = ton_speed_of_sound(celsius), reach = 2.0 * to_hz / c;
    size_t n = 0, capacity = 0;
    *out = (struct ton_room_modes){0};
    for (int i = 0; i < 3; i++)
        if (!(metres[i] >= 0.5 && metres[i] <= 100.0) || !(to_hz > 0.0 && to_hz <= HIGHEST_HZ))
            return ton_fail(err, TON_INPUT, NULL,
                            "modes up to %g Hz of a room of %g m x %g m x %g m: sides of 0.5 m to "
                            "100 m and up to 300 Hz are possible",
                            to_hz, metres[0], metres[1], metres[2]);
    for (int l = 0; l <= reach * metres[0]; l++)
        for (int w = 0; w <= reach * metres[1]; w++)
            for (int h = 0; h <= reach * metres[2]; h++) {
                const struct ton_room_mode mode = mode_of(l, w, h, metres, c);
                if (mode.pairs == 0 || mode.hz > to_hz)
                    continue;
                if (n == MOST_MODES)
                    return ton_fail(err, TON_INPUT, NULL,
                                    "a room of %g m x %g m x %g m has more than %d modes up to %g "
                                    "Hz, which sound as one; ask for a lower frequency",
                                    metres[0], metres[1], metres[2], MOST_MODES, to_hz);
                struct ton_room_mode *const place = TON_PUSH(arena, out->items, n, capacity);
                if (!place)
                    return ton_fail(err, TON_MEMORY, NULL, "no memory for the modes of a room");
                *place = mode;
            }
    out->n = (int)n;
    out->dense_hz = find_dense_hz(metres, c);
    if (n > 0)
        qsort(out->items, n, sizeof *out->items, by_hz);
    return TON_OK;
}

static int nearest_mode(const struct ton_room_modes *expected, double hz) {
    int nearest = -1;
    double least = NEAR * hz;
    for (int i = 0; expected && hz < expected->dense_hz && i < expected->n; i++) {
        const double apart = fabs(expected->items[i].hz - hz);
        if (apart < least) {
            least = apart;
            nearest = i;
        }
    }
    return nearest;
}

/* The sound turned down by `hz`, in blocks of 1 ms: re, im. */
static void shift_down(double *blocks, int n, const float *sound, int block, double hz,
                       double rate) {
    const double turn_re = cos(2.0 * M_PI * hz / rate), turn_im = -sin(2.0 * M_PI * hz / rate);
    double re = 1.0, im = 0.0;
    for (int b = 0; b < n; b++) {
        double *const sum = blocks + 2 * (size_t)b;
        sum[0] = sum[1] = 0.0;
        for (int i = 0; i < block; i++) {
            const double x = sound[b * block + i], next = re * turn_re - im * turn_im;
            sum[0] += x * re;
            sum[1] += x * im;
            im = re * turn_im + im * turn_re;
            re = next;
        }
    }
}

/* Levels in dB under the moving window; returns how many. */
static int moving_levels(double *levels, const double *blocks, int n) {
    const int window = (int)(WINDOW_S / BLOCK_S), step = (int)(STEP_S / BLOCK_S);
    int count = 0;
    for (int at = 0; at + window <= n; at += step) {
        double re = 0.0, im = 0.0;
        for (int i = 0; i < window; i++) {
            const double hann = 0.5 - 0.5 * cos(2.0 * M_PI * (i + 0.5) / window);
            re += hann * blocks[2 * (size_t)(at + i)];
            im += hann * blocks[2 * (size_t)(at + i) + 1];
        }
        levels[count++] = 10.0 * log10(re * re + im * im + 1e-30);
    }
    return count;
}

/* Decay time of levels a step apart, from the loudest to 25 dB below it or 6 dB above the noise,
 * which is the mean of the last tenth. */
static double slope_t60(const double *levels, int n) {
    double noise = 0.0, count = 0.0, x = 0.0, y = 0.0, xx = 0.0, xy = 0.0;
    int first = 0;
    for (int i = 0; i < n; i++)
        first = levels[i] > levels[first] ? i : first;
    for (int i = n - 1 - n / 10; i >= 0 && i < n; i++)
        noise += pow(10.0, levels[i] / 10.0) / (1 + n / 10);
    const double floor = fmax(levels[first] - FIT_DB, 10.0 * log10(noise) + OVER_NOISE_DB);
    if (n < 2 || levels[first] - floor < LEAST_FIT_DB)
        return NAN;
    for (int i = first; i < n && levels[i] >= floor; i++) {
        const double t = (i - first) * STEP_S;
        count++;
        x += t;
        y += levels[i];
        xx += t * t;
        xy += t * levels[i];
    }
    const double slope = (count * xy - x * y) / (count * xx - x * x);
    return slope < 0.0 ? -60.0 / slope : NAN;
}

/* The decay at each resonance. */
static enum ton_code add_decays(struct ton_room_resonance *out, int n, const float *sound,
                                int frames, int rate, struct ton_err *err) {
    const int block = (int)lround(BLOCK_S * rate), blocks = frames / block;
    double *const memory = ton_alloc(sizeof(double) * (3 * (size_t)blocks + 2));
    if (!memory)
        return ton_fail(err, TON_MEMORY, NULL, "no memory for a decay of %d samples", frames);
    double *const levels = memory + 2 * (size_t)blocks;
    for (int i = 0; i < n; i++) {
        shift_down(memory, blocks, sound, block, out[i].hz, rate);
        out[i].t60_s = slope_t60(levels, moving_levels(levels, memory, blocks));
    }
    ton_free(memory);
    return TON_OK;
}

/* Keeps the `most` that stand out most, rising. */
static void keep(struct ton_room_resonance *out, int *n, int most, struct ton_room_resonance r) {
    int flattest = 0;
    if (*n < most) {
        out[(*n)++] = r;
        return;
    }
    for (int i = 1; i < *n; i++)
        if (out[i].over_db < out[flattest].over_db)
            flattest = i;
    if (most == 0 || out[flattest].over_db >= r.over_db)
        return;
    memmove(out + flattest, out + flattest + 1, sizeof *out * (size_t)(*n - flattest - 1));
    out[*n - 1] = r;
}

static void find_peaks(struct ton_room_resonance *out, int *n, int most, const struct magnitude *m,
                       const struct ton_room_modes *expected) {
    for (double bin = ceil(LOWEST_HZ / m->bin_hz); bin * m->bin_hz <= HIGHEST_HZ; bin++) {
        const double hz = bin * m->bin_hz, level = magnitude_db(m, hz, 0.0);
        const int reach = (int)(fmax(1.5, 0.01 * hz) / m->bin_hz);
        bool top = true;
        for (int i = 1; top && i <= reach; i++)
            top = level > magnitude_db(m, hz - i * m->bin_hz, 0.0) &&
                  level >= magnitude_db(m, hz + i * m->bin_hz, 0.0);
        const double over = level - magnitude_db(m, hz, 1.0);
        if (!top || over < STANDS_OUT_DB)
            continue;
        const double before = magnitude_db(m, hz - m->bin_hz, 0.0),
                     after = magnitude_db(m, hz + m->bin_hz, 0.0);
        const double exact =
            hz + m->bin_hz * 0.5 * (before - after) / (before - 2.0 * level + after);
        keep(
            out, n, most,
            (struct ton_room_resonance){
                .hz = exact, .over_db = over, .t60_s = NAN, .mode = nearest_mode(expected, exact)});
    }
}

enum ton_code ton_room_resonances(struct ton_room_resonance *out, int *n, int most,
                                  const float *response, int frames, int rate,
                                  const struct ton_room_modes *expected, struct ton_err *err) {
    const int direct = pulse_direct(response, frames, rate, 0.0);
    struct spectrum s;
    struct magnitude m;
    *n = 0;
    enum ton_code code = spectrum_open(&s, ton_most(frames, (int64_t)(LEAST_S * rate)), err);
    double *const sums = code == TON_OK ? ton_alloc(sizeof(double) * (size_t)(s.n / 2 + 2)) : NULL;
    if (code == TON_OK && !sums)
        code = ton_fail(err, TON_MEMORY, NULL, "no memory for a spectrum of %d bins", s.n / 2);
    if (code == TON_OK) {
        spectrum_of(&s, 0, response, frames);
        magnitude_sum(&m, sums, &s, rate, 2.0);
        find_peaks(out, n, most, &m, expected);
        code = add_decays(out, *n, response + direct, frames - direct, rate, err);
    }
    ton_free(sums);
    spectrum_close(&s);
    return code;
}
