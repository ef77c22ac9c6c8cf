// SPDX-License-Identifier: GPL-3.0-or-later
// Oversampling: what passes, what does not, and that up and down is nothing but a delay.
#include "contract/rig.h"

#include "ton/isa.h"
#include "ton/oversample.h"

enum { LENGTH = 1024, BLOCK = TON_OVERSAMPLE_BLOCK };

struct channel {
    struct ton_oversampling o;
    struct ton_oversampler s;
    float *memory;
};

static struct channel channel_create(int factor, int inner) {
    struct channel c = {.memory = ton_alloc(sizeof(float) * ton_oversampler_floats(factor))};
    assert_non_null(c.memory);
    ton_oversampling_init(&c.o, factor, inner);
    ton_oversampler_init(&c.s, &c.o, c.memory);
    return c;
}

static void up(struct channel *c, float *out, const float *in, int frames, int block) {
    for (int at = 0; at < frames; at += block)
        ton_oversample_up(&c->s, &c->o, out + at * c->o.factor, in + at,
                          frames - at < block ? frames - at : block);
}

static void down(struct channel *c, float *out, const float *in, int frames, int block) {
    for (int at = 0; at < frames; at += block)
        ton_oversample_down(&c->s, &c->o, out + at, in + at * c->o.factor,
                            frames - at < block ? frames - at : block);
}

// Magnitude of `x` at `cycles` a frame.
static double magnitude(const float *x, int n, double cycles) {
    double re = 0.0, im = 0.0;
    for (int i = 0; i < n; i++) {
        const double phase = 2.0 * M_PI * fmod(cycles * i, 1.0);
        re += (double)x[i] * cos(phase);
        im += (double)x[i] * sin(phase);
    }
    return hypot(re, im);
}

static void upwards_the_band_passes_and_images_do_not(void **unused) {
    (void)unused;
    for (int factor = 2; factor <= 32; factor *= 2) {
        struct channel c = channel_create(factor, 0);
        const int n = LENGTH / 2 * factor;
        float in[LENGTH / 2] = {1.0F}, *out = ton_alloc(sizeof *out * n);
        up(&c, out, in, LENGTH / 2, BLOCK);
        double ripple = 0.0, image = 0.0;
        for (int k = 0; k <= 400; k++) {
            const double f = 0.4535 * k / 400.0;
            ripple = fmax(ripple, fabs(to_db(magnitude(out, n, f / factor) / factor)));
            const double high = 0.5465 + (0.5 * factor - 0.5465) * k / 400.0;
            image = fmax(image, magnitude(out, n, high / factor) / factor);
        }
        figure("%2d times: ripple %.1e dB up to 0.4535 of the rate (at most 1e-5), images from "
               "0.5465 on %.1f dB (at most -130)",
               factor, ripple, to_db(image));
        assert_true(ripple < 1e-5 && to_db(image) < -130.0);
        ton_free(out);
        ton_free(c.memory);
    }
}

// Base frames: 191 upper frames through the steep filter, less through the half-bands before it.
static double down_delay(const struct ton_oversampling *o) {
    static const int half[] = {96, 11, 7, 6, 5};
    double delay = (double)o->pad / o->factor;
    for (int k = 0; k < o->stages; k++)
        delay += (2.0 * half[k] - 1.0) / (2 << k);
    return delay;
}

static void downwards_what_has_no_place_below_is_gone(void **unused) {
    (void)unused;
    for (int factor = 2; factor <= 32; factor *= 2) {
        struct channel c = channel_create(factor, 0);
        float out[LENGTH], *in = ton_alloc(sizeof *in * LENGTH * factor);
        double worst = 0.0, ripple = 0.0;
        for (int k = 0; k < 120; k++) {
            const double high = 0.5 + (0.5 * factor - 0.5) * k / 119.0;
            for (int which = 0; which < 2; which++) {
                const double f = which ? 0.4535 * k / 119.0 : high;
                for (int i = 0; i < LENGTH * factor; i++)
                    in[i] = (float)cos(2.0 * M_PI * fmod(f / factor * i, 1.0));
                down(&c, out, in, LENGTH, BLOCK);
                for (int i = LENGTH / 2; i < LENGTH; i++) {
                    const double at = (double)i - down_delay(&c.o);
                    const double kept = which ? cos(2.0 * M_PI * fmod(f * at, 1.0)) : 0.0;
                    double *most = which ? &ripple : &worst;
                    *most = fmax(*most, fabs((double)out[i] - kept));
                }
            }
        }
        figure("%2d times: tones from half the rate on leave %.1f dB (at most -126), tones up "
               "to 0.4535 differ by %.1f dB (at most -126)",
               factor, to_db(worst), to_db(ripple));
        assert_true(to_db(worst) < -126.0 && to_db(ripple) < -126.0);
        ton_free(in);
        ton_free(c.memory);
    }
}

// Forty tones below 20 kHz at 44.1 kHz, together at full scale at most.
static void tones(float *x, int n) {
    uint64_t seed = 3;
    memset(x, 0, sizeof *x * (size_t)n);
    for (int k = 0; k < 40; k++) {
        const double f = 20000.0 / 44100.0 * (k == 0 ? 1.0 : 0.5 + 0.5 * random_next(&seed));
        const double phase = random_next(&seed);
        for (int i = 0; i < n; i++)
            x[i] += (float)(sin(2.0 * M_PI * (f * i + phase)) / 40.0);
    }
}

static void up_and_down_is_a_delay(void **unused) {
    (void)unused;
    static const int inner[] = {0, 3};
    float in[LENGTH], out[LENGTH];
    tones(in, LENGTH);
    for (int factor = 2; factor <= 32; factor *= 2)
        for (int k = 0; k < TON_N(inner); k++) {
            struct channel c = channel_create(factor, inner[k]);
            float *high = ton_alloc(sizeof *high * (LENGTH * factor + 8));
            up(&c, high + inner[k], in, LENGTH, BLOCK);
            down(&c, out, high, LENGTH, BLOCK);
            double worst = 0.0, peak = 0.0;
            for (int i = 300; i < LENGTH; i++) {
                const float kept = in[i - c.o.latency];
                worst = fmax(worst, fabs((double)out[i] - (double)kept));
                peak = fmax(peak, fabs((double)kept));
            }
            figure("%2d times, %d inner frames: %d frames late, else different by %.1f dB (at most "
                   "-124)",
                   factor, inner[k], c.o.latency, to_db(worst / peak));
            assert_true(to_db(worst / peak) < -124.0);
            ton_free(high);
            ton_free(c.memory);
        }
}

static void blocks_and_kernels_give_equal_bits(void **unused) {
    (void)unused;
    static const int blocks[] = {1, 7, 33, 64};
    uint64_t seed = 4;
    float in[LENGTH], whole[LENGTH], out[LENGTH];
    for (int i = 0; i < LENGTH; i++)
        in[i] = (float)random_next(&seed);
    for (int factor = 2; factor <= 32; factor *= 2) {
        float *high = ton_alloc(sizeof *high * LENGTH * factor);
        for (int isa = 0; isa < TON_N_ISAS; isa++)
            for (int b = 0; b < TON_N(blocks); b++) {
                ton_isa_limit((enum ton_isa)isa);
                struct channel c = channel_create(factor, 0);
                up(&c, high, in, LENGTH, blocks[b]);
                down(&c, out, high, LENGTH, blocks[b]);
                if (isa == 0 && b == 0)
                    memcpy(whole, out, sizeof whole);
                if (memcmp(whole, out, sizeof whole) != 0)
                    fail_msg("%d times, %s, blocks of %d differ", factor,
                             ton_isa_name((enum ton_isa)isa), blocks[b]);
                ton_free(c.memory);
            }
        ton_free(high);
    }
    ton_isa_limit(TON_ISA_AVX512);
}

static void filled_with_a_constant_it_stays_one(void **unused) {
    (void)unused;
    for (int factor = 2; factor <= 32; factor *= 2) {
        struct channel c = channel_create(factor, 3);
        float in[BLOCK], out[BLOCK], high[BLOCK * TON_OVERSAMPLE_MOST];
        double worst = 0.0;
        ton_oversampler_fill(&c.s, &c.o, 0.7F, 0.7F);
        for (int i = 0; i < BLOCK; i++)
            in[i] = 0.7F;
        ton_oversample_up(&c.s, &c.o, high, in, BLOCK);
        ton_oversample_down(&c.s, &c.o, out, high, BLOCK);
        for (int i = 0; i < BLOCK; i++)
            worst = fmax(worst, fabs((double)out[i] - 0.7));
        figure("%2d times: a constant moves by %.1f dB (at most -126)", factor, to_db(worst));
        assert_true(to_db(worst) < -126.0);
        ton_free(c.memory);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(upwards_the_band_passes_and_images_do_not),
        cmocka_unit_test(downwards_what_has_no_place_below_is_gone),
        cmocka_unit_test(up_and_down_is_a_delay),
        cmocka_unit_test(blocks_and_kernels_give_equal_bits),
        cmocka_unit_test(filled_with_a_constant_it_stays_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
