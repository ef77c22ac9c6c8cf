/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Samples between files and floats: rounded with dither, unpacked and packed, the same bits in
 * every instruction set, and those of the plain loops that stand here. */
#include "kernels_rig.h"

#include "ton/dither.h"
#include "ton/packing.h"

/* The noise from scratch: the generator's own steps, the sum in integers. */
static int32_t rounded_one(float x, uint64_t *state, int bits, bool dither, int64_t *clipped) {
    const double full = ldexp(1.0, bits - 1);
    double noise = 0.0;
    if (dither) {
        uint64_t z = *state += 0x9e3779b97f4a7c15u;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        z ^= z >> 31;
        noise = (double)((z >> 32) + (z & 0xffffffffu) + 1) * 0x1p-32 - 1.0;
    }
    const double y = floor((double)x * full + noise + 0.5);
    *clipped += y > full - 1.0 || y < -full;
    const double held = isnan(y) ? 0.0 : fmin(fmax(y, -full), full - 1.0);
    return (int32_t)((uint32_t)(int32_t)held << (32 - bits));
}

static void check_dither(int lanes, int frames) {
    static int32_t rounded[MOST_FRAMES];
    static const int sizes[] = {16, 24, 32};
    const int bits = sizes[lanes % 3];
    const bool dither = lanes % 2;
    struct ton_quantiser q;
    ton_quantiser_init(&q, dither ? TON_DITHER_TPDF : TON_DITHER_NONE, bits, 48000, 5);
    uint64_t state = 5 + 0x9e3779b97f4a7c15u;
    int64_t clipped = 0;
    memcpy(got[0], signal[lanes - 1], sizeof got[0]);
    for (int i = 0; i < frames; i++)
        got[0][i] *= 1.1F;
    got[0][frames / 2] = lanes % 4 ? INFINITY : NAN;
    const int first = frames / 3;
    ton_quantiser_process(&q, rounded, got[0], first);
    ton_quantiser_process(&q, rounded + first, got[0] + first, frames - first);
    for (int i = 0; i < frames; i++)
        if (rounded[i] != rounded_one(got[0][i], &state, bits, dither, &clipped))
            fail_msg("%d bits, %s: frame %d of %d", bits, ton_isa_name(ton_isa()), i, frames);
    assert_int_equal(q.clipped, clipped);
}

static void samples_are_rounded_with_the_noise_of_their_place(void **state) {
    (void)state;
    fill(7);
    everywhere(check_dither);
}

/* A sample as its format defines it. */
static float sample_of(const unsigned char *in, enum ton_sample kind, bool swap) {
    unsigned char b[8];
    const int size = ton_sample_size(kind);
    for (int i = 0; i < size; i++)
        b[i] = in[swap ? size - 1 - i : i];
    int64_t whole = 0;
    for (int i = 0; i < size && i < 4; i++)
        whole |= (int64_t)b[i] << (8 * i);
    float f32;
    double f64;
    memcpy(&f32, b, sizeof f32);
    memcpy(&f64, b, sizeof f64);
    switch (kind) {
    case TON_SAMPLE_U8:
        return (float)(whole - 128) / 128.0F;
    case TON_SAMPLE_F32:
        return f32;
    case TON_SAMPLE_F64:
        return (float)f64;
    default:
        whole = (int64_t)((uint64_t)whole << (64 - 8 * size)) >> (64 - 8 * size);
        return (float)whole / (float)((int64_t)1 << (8 * size - 1));
    }
}

enum { MOST_BYTES = 777 * 5 * 8 };

static void check_unpacking(enum ton_sample kind, bool swap, int channels, int frames) {
    static unsigned char in[MOST_BYTES];
    struct noise noise = {(uint64_t)(frames * channels)};
    const int size = ton_sample_size(kind);
    for (int i = 0; i < frames * channels; i++) {
        const float f32 = (float)next(&noise);
        const double f64 = next(&noise);
        const uint64_t bits = noise.state;
        unsigned char *to = in + i * size;
        memcpy(to,
               kind == TON_SAMPLE_F32   ? (const void *)&f32
               : kind == TON_SAMPLE_F64 ? (const void *)&f64
                                        : (const void *)&bits,
               (size_t)size);
        for (int k = 0; swap && k < size / 2; k++) {
            const unsigned char b = to[k];
            to[k] = to[size - 1 - k];
            to[size - 1 - k] = b;
        }
    }
    const struct ton_packing packing = {kind, swap, channels};
    const int unwanted = channels > 2 ? 1 : -1;
    float *out[MOST_LANES];
    for (int c = 0; c < channels; c++) {
        out[c] = c == unwanted ? NULL : got[c];
        for (int i = 0; i < frames; i++)
            wanted[c][i + 3] = sample_of(in + (i * channels + c) * size, kind, swap) * 0.7F;
        got[c][2] = got[c][frames + 3] = 9.0F;
    }
    ton_unpack(out, 3, in, (size_t)frames, &packing, 0.7F);
    for (int c = 0; c < channels; c++)
        if (c != unwanted) {
            same(wanted[c] + 3, got[c] + 3, frames, "unpack", c);
            assert_true(got[c][2] == 9.0F && got[c][frames + 3] == 9.0F);
        }
}

static void samples_of_every_format_have_their_value(void **state) {
    (void)state;
    static const int lengths[] = {1, 2, 5, 6, 7, 63, 777};
    int cases = 0;
    for (int isa = 0; isa < TON_N_ISAS; isa++) {
        ton_isa_limit((enum ton_isa)isa);
        for (int kind = TON_SAMPLE_U8; kind <= TON_SAMPLE_F64; kind++)
            for (int swap = 0; swap < 2; swap++)
                for (int channels = 1; channels <= 5; channels++)
                    for (int l = 0; l < TON_N(lengths); l++, cases++)
                        check_unpacking((enum ton_sample)kind, swap, channels, lengths[l]);
    }
    ton_isa_limit(TON_ISA_AVX512);
    figure("%d cases, sets up to %s: equal bits", cases, ton_isa_name(ton_isa()));
}

static void packing_keeps_the_upper_bytes_and_writes_no_more(void **state) {
    (void)state;
    static int32_t in[777];
    static unsigned char out[777 * 4 + 1];
    struct noise noise = {5};
    for (int i = 0; i < 777; i++)
        in[i] = (int32_t)(next(&noise) * 2147483647.0);
    for (int isa = 0; isa < TON_N_ISAS; isa++) {
        ton_isa_limit((enum ton_isa)isa);
        for (int bytes = 1; bytes <= 4; bytes++)
            for (int n = 1; n <= 777; n += n < 40 ? 1 : 737) {
                out[n * bytes] = 123;
                ton_pack(out, in, (size_t)n, bytes);
                assert_int_equal(out[n * bytes], 123);
                for (int i = 0; i < n * bytes; i++)
                    assert_int_equal(
                        out[i], (uint32_t)in[i / bytes] >> (8 * (4 - bytes + i % bytes)) & 0xff);
            }
    }
    ton_isa_limit(TON_ISA_AVX512);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(samples_are_rounded_with_the_noise_of_their_place),
        cmocka_unit_test(samples_of_every_format_have_their_value),
        cmocka_unit_test(packing_keeps_the_upper_bytes_and_writes_no_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
