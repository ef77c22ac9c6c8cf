/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the compressor promises: the static curve, the times, the hold, the link, the side-chain. */
#include "rig.h"

#define RATE 48000.0

static double ideal_db(double in, double threshold, double ratio, double knee) {
    const double x = in - threshold, slope = 1 / ratio - 1;
    if (2 * x <= -knee)
        return in;
    if (2 * x >= knee)
        return in + slope * x;
    return in + slope * (x + knee / 2) * (x + knee / 2) / (2 * knee);
}

static struct rig plain(float threshold, float ratio, float knee, int channels, int key_channels) {
    struct rig r = rig_open("compressor", RATE, channels, key_channels);
    rig_set(&r, "threshold", threshold);
    rig_set(&r, "ratio", ratio);
    rig_set(&r, "knee", knee);
    return r;
}

#define INF 1000.0F /* the end of the scale is read as infinity */

static const struct {
    float ratio, knee;
} shapes[] = {{1.5F, 0}, {2, 6}, {4, 12}, {10, 3}, {20, 24}, {100, 0}, {INF, 6}};

static double asked_ratio(float ratio) {
    return ratio >= INF ? INFINITY : (double)ratio;
}

static void the_drawn_curve_is_the_ideal_one(void **state) {
    (void)state;
    double worst = 0;
    for (int k = 0; k < TON_N(shapes); k++) {
        struct rig r = plain(-24, shapes[k].ratio, shapes[k].knee, 1, 0);
        for (double in = -60; in <= 6; in += 0.25)
            worst =
                fmax(worst,
                     fabs(r.processor->curve(r.params, in) -
                          ideal_db(in, -24, asked_ratio(shapes[k].ratio), (double)shapes[k].knee)));
        rig_close(&r);
    }
    figure("curve off the ideal by %.1e dB at most (at most 0.1)", worst);
    assert_true(worst <= 0.1);
}

static void steady_sines_meet_the_static_curve(void **state) {
    (void)state;
    static const double tones[] = {60, 100, 997, 5000, 15000};
    for (int detector = 0; detector < 2; detector++)
        for (int t = 0; t < TON_N(tones); t++) {
            double worst = 0, worst_rest = -200;
            for (int k = 0; k < TON_N(shapes); k++)
                for (double in = -36; in <= 0; in += 4) {
                    struct rig r = plain(-24, shapes[k].ratio, shapes[k].knee, 1, 0);
                    rig_set(&r, "detector", (float)detector);
                    rig_start(&r);
                    struct audio a = audio_new(1, 62400);
                    audio_sine(&a, RATE, tones[t], in);
                    rig_run(&r, &a, NULL, 512);
                    double rest = 0;
                    const double out = sine_level(a.at[0], 14400, 62400, RATE, tones[t], &rest);
                    worst_rest = fmax(worst_rest, rest);
                    worst = fmax(worst, fabs(out - ideal_db(in, -24, asked_ratio(shapes[k].ratio),
                                                            (double)shapes[k].knee)));
                    audio_free(&a);
                    rig_close(&r);
                }
            figure(
                "%s, sines of %5.0f Hz: off by %.3f dB at most (at most 0.1), distortion %.0f dB",
                detector ? "rms " : "peak", tones[t], worst, worst_rest);
            assert_true(worst <= 0.1);
        }
}

/* Gain in dB frame by frame for a constant that steps up at 1 s and down at `down` s. */
static struct audio step_gain(struct rig *r, double down, double seconds) {
    struct audio a = audio_new(1, (int64_t)(seconds * r->config.rate));
    for (int64_t i = 0; i < a.frames; i++)
        a.at[0][i] = i >= (int64_t)r->config.rate && (double)i < down * r->config.rate ? 1 : 1e-3F;
    struct audio out = audio_new(1, a.frames);
    memcpy(out.at[0], a.at[0], sizeof(float) * (size_t)a.frames);
    rig_run(r, &out, NULL, 777);
    for (int64_t i = 0; i < a.frames; i++)
        out.at[0][i] = (float)ton_gain_to_db((double)out.at[0][i] / (double)a.at[0][i]);
    audio_free(&a);
    return out;
}

static void attack_release_and_hold_take_their_times(void **state) {
    (void)state;
    static const struct {
        float attack, release, hold;
        double rate;
    } cases[] = {{10, 100, 10, 48000}, {0.5F, 20, 0, 48000}, {30, 600, 100, 44100},
                 {100, 50, 0, 48000},  {2, 250, 25, 192000}, {5, 80, 10, 8000}};
    for (int k = 0; k < TON_N(cases); k++) {
        struct rig r = rig_open("compressor", cases[k].rate, 1, 0);
        rig_set(&r, "threshold", -20);
        rig_set(&r, "ratio", 4);
        rig_set(&r, "knee", 0);
        rig_set(&r, "attack", cases[k].attack);
        rig_set(&r, "release", cases[k].release);
        rig_set(&r, "hold", cases[k].hold);
        rig_start(&r);
        const double down = 3.0 + (double)cases[k].attack / 100;
        struct audio g = step_gain(&r, down, down + 6);
        const double full = -15, e = 1 / exp(1);
        int64_t i = (int64_t)cases[k].rate;
        while ((double)g.at[0][i] > full * (1 - e))
            i++;
        const double attack = ((double)i + 1) / cases[k].rate * 1000 - 1000;
        i = (int64_t)(down * cases[k].rate);
        const int64_t start = i;
        while ((double)g.at[0][i] < full + 0.01)
            i++;
        const double hold = (double)(i - start) / cases[k].rate * 1000;
        while ((double)g.at[0][i] < full * e)
            i++;
        const double release = (double)(i - start) / cases[k].rate * 1000 - (double)cases[k].hold;
        const double off_attack = 100 * (attack / (double)cases[k].attack - 1);
        const double off_release = 100 * (release / (double)cases[k].release - 1);
        figure(
            "%6.0f Hz: attack %g ms off %+.1f %%, release %g ms off %+.1f %% (at most 5), hold %g "
            "ms: %.2f",
            cases[k].rate, (double)cases[k].attack, off_attack, (double)cases[k].release,
            off_release, (double)cases[k].hold, hold);
        assert_true(fabs(off_attack) <= 5 && fabs(off_release) <= 5);
        assert_true(hold >= (double)cases[k].hold - 0.2);
        assert_true(hold <= (double)cases[k].hold + (double)cases[k].release * 0.01 + 0.2);
        audio_free(&g);
        rig_close(&r);
    }
}

static void link_goes_from_own_to_loudest(void **state) {
    (void)state;
    static const float links[] = {0, 50, 100};
    static const double wanted[] = {-20, -26, -32}; /* -20 dB in; its own curve leaves it alone */
    for (int k = 0; k < TON_N(links); k++) {
        struct rig r = plain(-20, 2.5F, 0, 2, 0);
        rig_set(&r, "stereo link", links[k]);
        rig_start(&r);
        struct audio a = audio_new(2, 48000), quiet = audio_new(1, 48000);
        audio_sine(&a, RATE, 997, 0);
        audio_sine(&quiet, RATE, 997, -20);
        memcpy(a.at[1], quiet.at[0], sizeof(float) * 48000);
        rig_run(&r, &a, NULL, 64);
        const double left = sine_level(a.at[0], 24000, 48000, RATE, 997, NULL);
        const double right = sine_level(a.at[1], 24000, 48000, RATE, 997, NULL);
        figure("link %3.0f %%: loud channel %.2f dB (-12), quiet one %.2f dB (%.0f)",
               (double)links[k], left, right, wanted[k]);
        assert_true(fabs(left + 12) <= 0.1 && fabs(right - wanted[k]) <= 0.1);
        audio_free(&a);
        audio_free(&quiet);
        rig_close(&r);
    }
}

static void unlinking_while_it_runs_makes_no_jump(void **state) {
    (void)state;
    struct rig r = plain(-20, 4, 0, 2, 0);
    rig_set(&r, "release", 1000);
    rig_start(&r);
    struct audio a = audio_new(2, 9600);
    for (int64_t i = 0; i < a.frames; i++)
        a.at[0][i] = 1, a.at[1][i] = 0.01F;
    rig_run(&r, &a, NULL, 100);
    const float before = a.at[1][9599];
    rig_set(&r, "stereo link", 0);
    for (int64_t i = 0; i < a.frames; i++)
        a.at[0][i] = 1, a.at[1][i] = 0.01F;
    rig_run(&r, &a, NULL, 100);
    const double jump = ton_gain_to_db((double)(a.at[1][0] / before));
    figure(
        "unlinked: the quiet channel moves by %.4f dB in one frame (at most 0.01), then rises to "
        "%.2f dB",
        jump, ton_gain_to_db((double)a.at[1][9599]));
    assert_true(fabs(jump) <= 0.01);
    assert_true(a.at[1][9599] > before);
    audio_free(&a);
    rig_close(&r);
}

static void side_chain_and_its_filter_decide_what_is_heard(void **state) {
    (void)state;
    struct rig r = plain(-30, 100, 0, 1, 1);
    rig_set(&r, "detector", 1);
    rig_start(&r);
    struct audio a = audio_new(1, 48000), key = audio_new(1, 48000);
    audio_sine(&a, RATE, 997, -6);
    audio_sine(&key, RATE, 50, -10);
    rig_run(&r, &a, &key, 256);
    const double keyed = sine_level(a.at[0], 24000, 48000, RATE, 997, NULL);
    rig_close(&r);

    r = plain(-30, 100, 0, 1, 1);
    rig_set(&r, "detector", 1);
    rig_set(&r, "sidechain high pass", 200);
    rig_start(&r);
    audio_sine(&a, RATE, 997, -6);
    rig_run(&r, &a, &key, 256);
    const double filtered = sine_level(a.at[0], 24000, 48000, RATE, 997, NULL);
    rig_close(&r);
    figure("key of -10 dB over a threshold of -30: %.2f dB (-26); key two octaves under its high "
           "pass: %.2f dB (-6)",
           keyed, filtered);
    assert_true(fabs(keyed + 26) <= 0.2); /* the mean of 50 Hz still breathes */
    assert_true(fabs(filtered + 6) <= 0.1);
    audio_free(&a);
    audio_free(&key);
}

/* dB of a tone that is left behind a filter of the side-chain, by how far an infinite ratio turns
 * another tone down. */
static double heard_db(const char *filter, float corner, double tone) {
    struct rig r = plain(-50, INF, 0, 1, 1);
    rig_set(&r, "detector", 1);
    rig_set(&r, filter, corner);
    rig_start(&r);
    struct audio a = audio_new(1, 48000), key = audio_new(1, 48000);
    audio_sine(&a, RATE, 997, -6);
    audio_sine(&key, RATE, tone, 0);
    rig_run(&r, &a, &key, 256);
    const double gain = sine_level(a.at[0], 24000, 48000, RATE, 997, NULL) + 6;
    rig_close(&r);
    audio_free(&a);
    audio_free(&key);
    return -50 - gain;
}

static void side_chain_filters_have_their_corner_and_slope(void **state) {
    (void)state;
    const double octave = -10 * log10(1 + 16); /* Butterworth of order 2, an octave outside */
    const double corner = -10 * log10(2);
    const struct {
        const char *filter;
        float corner;
        double tone, wanted;
    } cases[] = {{"sidechain high pass", 400, 400, corner},
                 {"sidechain high pass", 400, 200, octave},
                 {"sidechain low pass", 1000, 1000, corner},
                 {"sidechain low pass", 1000, 2000, octave}};
    for (int k = 0; k < TON_N(cases); k++) {
        const double got = heard_db(cases[k].filter, cases[k].corner, cases[k].tone);
        figure("%s of %g Hz: %.0f Hz is heard at %.2f dB, asked %.2f (within 0.1)", cases[k].filter,
               (double)cases[k].corner, cases[k].tone, got, cases[k].wanted);
        assert_true(fabs(got - cases[k].wanted) <= 0.1);
    }
}

static void parts_keyed_by_the_whole_add_up_to_it(void **state) {
    (void)state;
    struct audio whole = audio_new(2, 96000), parts[2];
    uint64_t seed = 7;
    for (int p = 0; p < 2; p++) {
        parts[p] = audio_new(2, 96000);
        for (int c = 0; c < 2; c++)
            for (int64_t i = 0; i < 96000; i++) {
                parts[p].at[c][i] = 0.5F * noise_next(&seed) * ((i / 9000 + p) % 3 ? 1.0F : 0.1F);
                whole.at[c][i] += parts[p].at[c][i];
            }
    }
    struct audio key = audio_new(2, 96000);
    for (int c = 0; c < 2; c++)
        memcpy(key.at[c], whole.at[c], sizeof(float) * 96000);
    struct audio *const runs[] = {&whole, &parts[0], &parts[1]};
    for (int k = 0; k < 3; k++) {
        struct rig r = plain(-24, 6, 6, 2, k ? 2 : 0);
        rig_set(&r, "stereo link", 40);
        rig_set(&r, "look ahead", 3);
        rig_start(&r);
        rig_run(&r, runs[k], k ? &key : NULL, 333);
        rig_close(&r);
    }
    assert_parts_add_up(&whole, parts);
    audio_free(&whole);
    audio_free(&key);
    for (int p = 0; p < 2; p++)
        audio_free(&parts[p]);
}

static void look_ahead_catches_the_attack_and_dry_stays_in_time(void **state) {
    (void)state;
    double loudest[2];
    for (int k = 0; k < 2; k++) {
        struct rig r = plain(-20, INF, 0, 1, 0);
        rig_set(&r, "attack", 1);
        rig_set(&r, "look ahead", k ? 5 : 0);
        rig_start(&r);
        assert_int_equal(r.latency, k ? 240 : 0);
        struct audio a = audio_new(1, 9600);
        for (int64_t i = 4800; i < a.frames; i++)
            a.at[0][i] = 1;
        rig_run(&r, &a, NULL, 100);
        loudest[k] = 0;
        for (int64_t i = 0; i < a.frames; i++)
            loudest[k] = fmax(loudest[k], (double)a.at[0][i]);
        audio_free(&a);
        rig_close(&r);
    }
    figure("a step of 0 dB over -20: %.1f dB without look-ahead, %.1f dB with 5 ms (-19 at most)",
           ton_gain_to_db(loudest[0]), ton_gain_to_db(loudest[1]));
    assert_true(ton_gain_to_db(loudest[1]) <= -19);

    struct rig r = plain(0, 4, 0, 1, 0);
    rig_set(&r, "look ahead", 7);
    rig_set(&r, "mix", 50);
    rig_start(&r);
    struct audio a = audio_new(1, 4800);
    uint64_t seed = 3;
    for (int64_t i = 0; i < a.frames; i++)
        a.at[0][i] = 0.5F * noise_next(&seed);
    struct audio b = audio_new(1, 4800);
    memcpy(b.at[0], a.at[0], sizeof(float) * 4800);
    rig_run(&r, &b, NULL, 100);
    for (int64_t i = r.latency; i < a.frames; i++)
        assert_true(b.at[0][i] == a.at[0][i - r.latency]);
    audio_free(&a);
    audio_free(&b);
    rig_close(&r);
}

static void automatic_make_up_keeps_a_tone_of_minus_12(void **state) {
    (void)state;
    struct rig r = plain(-30, 5, 6, 1, 0);
    rig_set(&r, "auto make up", 1);
    rig_start(&r);
    struct audio a = audio_new(1, 48000);
    audio_sine(&a, RATE, 997, -12);
    rig_run(&r, &a, NULL, 480);
    const double out = sine_level(a.at[0], 24000, 48000, RATE, 997, NULL);
    figure("-12 dB comes out as %.3f dB (within 0.1), reduction %.2f dB", out,
           (double)rig_meter(&r, "reduction"));
    assert_true(fabs(out + 12) <= 0.1);
    assert_true(fabs(out + 12 - (r.processor->curve(r.params, -12) + 12)) <= 0.1);
    audio_free(&a);
    rig_close(&r);
}

/* The mean of a square wave reads 3 dB more than its peak. */
static void a_switch_of_the_detector_makes_no_step(void **state) {
    (void)state;
    struct rig r = plain(-20, INF, 0, 1, 1);
    rig_set(&r, "attack", 0.05F);
    rig_start(&r);
    struct audio a = audio_new(1, 96000), key = audio_new(1, 96000);
    for (int64_t i = 0; i < a.frames; i++) {
        a.at[0][i] = 0.5F;
        key.at[0][i] = i % 96 < 48 ? 1 : -1;
    }
    for (int part = 0; part < 3; part++) {
        struct audio piece = {
            .channels = 1, .frames = 32000, .at = (float *[1]){a.at[0] + part * 32000}};
        struct audio heard = {
            .channels = 1, .frames = 32000, .at = (float *[1]){key.at[0] + part * 32000}};
        rig_set(&r, "detector", (float)(part % 2));
        r.processor->update(r.state, r.params);
        rig_run(&r, &piece, &heard, 64);
    }
    double most = 0;
    for (int64_t i = 9601; i < a.frames; i++)
        most = fmax(most, fabs(ton_gain_to_db((double)a.at[0][i] / (double)a.at[0][i - 1])));
    const double peak = ton_gain_to_db((double)a.at[0][31000] / 0.5),
                 mean = ton_gain_to_db((double)a.at[0][63000] / 0.5);
    figure("peak %.2f dB, rms %.2f dB (-20, -23); at most %.4f dB a frame between (0.01)", peak,
           mean, most);
    assert_true(fabs(peak + 20) < 0.1 && fabs(mean + 23) < 0.1);
    assert_true(most <= 0.01);
    audio_free(&a);
    audio_free(&key);
    rig_close(&r);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_drawn_curve_is_the_ideal_one),
        cmocka_unit_test(steady_sines_meet_the_static_curve),
        cmocka_unit_test(attack_release_and_hold_take_their_times),
        cmocka_unit_test(link_goes_from_own_to_loudest),
        cmocka_unit_test(unlinking_while_it_runs_makes_no_jump),
        cmocka_unit_test(side_chain_and_its_filter_decide_what_is_heard),
        cmocka_unit_test(side_chain_filters_have_their_corner_and_slope),
        cmocka_unit_test(parts_keyed_by_the_whole_add_up_to_it),
        cmocka_unit_test(look_ahead_catches_the_attack_and_dry_stays_in_time),
        cmocka_unit_test(a_switch_of_the_detector_makes_no_step),
        cmocka_unit_test(automatic_make_up_keeps_a_tone_of_minus_12),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
