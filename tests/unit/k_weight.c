/* SPDX-License-Identifier: GPL-3.0-or-later */
/* K-weighted energy of parts side by side: what the filters give one frame after the other, and the
 * same bits with every instruction set. */
#include "promise.h"

#include "ton/isa.h"
#include "ton/k_weight.h"

#include <math.h>

enum { MOST_HOP = 3840, HOPS = 60 };

static float sound[2][HOPS * MOST_HOP];

/* Noise with a tone of 20 Hz and a step, from loud to next to nothing and back. */
static void fill(int hop, int rate) {
    uint32_t noise = 7;
    for (int i = 0; i < HOPS * hop; i++) {
        noise = noise * 1664525u + 1013904223u;
        const double level = i / hop % 20 < 12 ? 1.0 : 1e-4;
        const double tone = sin(2 * M_PI * 20.0 * i / rate) + (i > 25 * hop ? 0.3 : 0.0);
        sound[0][i] = (float)(level * (0.5 * tone + 0.2 * (double)(int32_t)noise * 0x1p-31));
        sound[1][i] = (float)(level * 0.3 * (double)(int32_t)(noise * 2891336453u) * 0x1p-31);
    }
}

static void energies(double out[HOPS][2], int hop, int rate) {
    struct ton_k_weight k;
    struct ton_k_parts parts;
    struct ton_k_energy energy = {0};
    ton_k_weight_design(&k, rate);
    ton_k_parts_design(&parts, &k, hop);
    for (int h = 0; h < HOPS; h++)
        ton_k_energy_run(out[h], &energy, &parts, sound[0] + h * hop, sound[1] + h * hop, hop);
}

/* How far off, each in parts of the true energy. */
struct miss {
    double hop, all;
};

static struct miss miss_of(double found[HOPS][2], int hop, int rate) {
    struct ton_k_weight k;
    struct ton_k_memory memory = {0};
    struct miss m = {0};
    double all = 0.0;
    ton_k_weight_design(&k, rate);
    for (int h = 0; h < HOPS; h++) {
        double squares[2];
        ton_k_weight_kernel()(squares, &memory, &k, sound[0] + h * hop, sound[1] + h * hop, hop);
        for (int c = 0; c < 2; c++) {
            m.hop = fmax(m.hop, fabs(found[h][c] - squares[c]) / squares[c]);
            m.all += found[h][c] - squares[c];
            all += squares[c];
        }
    }
    m.all = fabs(m.all) / all;
    return m;
}

static const int rates[] = {4000, 8000, 11025, 22050, 44100, 48000, 88200, 96000, 192000, 384000};

static void parts_side_by_side_have_the_energy_of_the_whole(void **state) {
    (void)state;
    static double found[HOPS][2];
    struct miss worst = {0};
    for (size_t r = 0; r < sizeof rates / sizeof *rates; r++) {
        const int hop = rates[r] / 100;
        fill(hop, rates[r]);
        energies(found, hop, rates[r]);
        const struct miss m = miss_of(found, hop, rates[r]);
        worst.hop = fmax(worst.hop, m.hop);
        worst.all = fmax(worst.all, m.all);
    }
    const double lu = 10.0 * log10(1.0 + worst.all);
    figure("4 to 384 kHz: %.1e LU off (bar 1e-9); a hop 80 dB under the one before by %.1e of its "
           "energy (bar 1e-6)",
           lu, worst.hop);
    assert_true(lu < 1e-9);
    assert_true(worst.hop < 1e-6);
}

static void every_set_has_the_bits_of_the_generic_one(void **state) {
    (void)state;
    static double generic[HOPS][2], found[HOPS][2];
    for (size_t r = 0; r < sizeof rates / sizeof *rates; r++) {
        const int hop = rates[r] / 100;
        fill(hop, rates[r]);
        ton_isa_limit(TON_ISA_GENERIC);
        energies(generic, hop, rates[r]);
        for (int isa = 0; isa < TON_N_ISAS; isa++) {
            ton_isa_limit((enum ton_isa)isa);
            energies(found, hop, rates[r]);
            assert_memory_equal(found, generic, sizeof found);
        }
    }
    ton_isa_limit(TON_ISA_AVX512);
    figure("sets up to %s: equal bits", ton_isa_name(ton_isa()));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_side_by_side_have_the_energy_of_the_whole),
        cmocka_unit_test(every_set_has_the_bits_of_the_generic_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
