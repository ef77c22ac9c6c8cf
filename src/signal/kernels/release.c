/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A limiter's release, eight frames beside each other. Of steps in a row, sums and limits are found
 * in three rounds: each place takes in what is one, then two, then four places before it. What
 * waits for the octet before is one product and one sum of the average, and one comparison more of
 * the gain. */
#include "kernels.h"
#include "lanes.h"

enum { REGISTERS = TON_OCTET / DOUBLES };
typedef int32_t half_ints __attribute__((vector_size(TON_VECTOR / 2)));

#define NO_LIMIT 1e300 /* finite, so that nothing of it is nothing */

/* An octet in registers. */
struct octet {
    doubles v[REGISTERS];
};

/* Everything `places` (1, 2 or 4) later, `first` before it. */
LANE struct octet later(struct octet o, const int places, double first) {
    struct octet moved;
    doubles before = doubles_of(first);
    for (int r = 0; r < REGISTERS; r++) {
#if TON_VECTOR == 16
        if (places == 4)
            moved.v[r] = r < 2 ? before : o.v[r - 2];
        else
            moved.v[r] = places == 1 ? MOVED_1(before, o.v[r]) : MOVED_2(before, o.v[r]);
        if (places < 4)
            before = o.v[r];
#else
        moved.v[r] = places == 1   ? MOVED_1(before, o.v[r])
                     : places == 2 ? MOVED_2(before, o.v[r])
                                   : MOVED_4(before, o.v[r]);
        before = o.v[r];
#endif
    }
    return moved;
}

LANE double last(struct octet o) {
    return o.v[REGISTERS - 1][DOUBLES - 1];
}

/* What place i adds to `kept` to the power of i + 1 times what was before all. */
LANE struct octet summed(struct octet sum, const double kept[TON_OCTET]) {
    for (int places = 1; places < TON_OCTET; places *= 2) {
        const struct octet earlier = later(sum, places, 0.0);
        for (int r = 0; r < REGISTERS; r++)
            sum.v[r] += kept[places - 1] * earlier.v[r];
    }
    return sum;
}

/* And the most that it lets through, with what it adds. */
LANE void limited(struct octet *most, struct octet *sum, const double kept[TON_OCTET]) {
    for (int places = 1; places < TON_OCTET; places *= 2) {
        const struct octet limit = later(*most, places, NO_LIMIT);
        const struct octet earlier = later(*sum, places, 0.0);
        for (int r = 0; r < REGISTERS; r++) {
            most->v[r] = smaller(kept[places - 1] * limit.v[r] + sum->v[r], most->v[r]);
            sum->v[r] += kept[places - 1] * earlier.v[r];
        }
    }
}

LANE struct octet allowed_by(const float excess[TON_OCTET]) {
    struct octet allowed;
    for (int r = 0; r < REGISTERS; r++)
        allowed.v[r] = 1.0 / widened(half_at(excess + r * DOUBLES));
    return allowed;
}

/* Averages before each frame; `average` becomes that behind all of them. */
LANE struct octet averages(const struct ton_release *k, struct octet allowed, double *average) {
    struct octet sum;
    for (int r = 0; r < REGISTERS; r++)
        sum.v[r] = k->slow * allowed.v[r];
    sum = summed(sum, k->slow_kept);
    const double before = *average;
    *average = last(sum) + k->slow_kept[TON_OCTET - 1] * before;
    for (int r = 0; r < REGISTERS; r++)
        sum.v[r] += doubles_at(k->slow_kept + r * DOUBLES) * before;
    return later(sum, 1, before);
}

LANE void level_octet(int64_t levels[TON_OCTET], struct octet gains) {
    for (int r = 0; r < REGISTERS; r++) {
        const doubles level = gains.v[r] * (double)TON_RELEASE_UNITY + 0.5;
        const long_masks whole =
            __builtin_convertvector(__builtin_convertvector(level, half_ints), long_masks);
        longs_to(levels + r * DOUBLES, whole);
    }
}

void KERNEL(release_octets)(int64_t *levels, struct ton_release *k, const float *excess,
                            int octets) {
    double gain = k->gain, average = k->average;
    for (; octets > 0; octets--, levels += TON_OCTET, excess += TON_OCTET) {
        struct octet gains = allowed_by(excess);
        struct octet sum = averages(k, gains, &average);
        for (int r = 0; r < REGISTERS; r++)
            sum.v[r] = k->fast * sum.v[r];
        limited(&gains, &sum, k->fast_kept);
        for (int r = 0; r < REGISTERS; r++)
            gains.v[r] =
                smaller(doubles_at(k->fast_kept + r * DOUBLES) * gain + sum.v[r], gains.v[r]);
        gain = last(gains);
        level_octet(levels, gains);
    }
    k->gain = gain;
    k->average = average;
}
