// SPDX-License-Identifier: GPL-3.0-or-later
// Pitch: frequencies, time and formants come out as asked; nothing asked leaves every bit alone.
#include "recording.h"

enum { RATE = 48000 };

static struct rig pitch(double rate, int channels, double shift, bool keep) {
    struct rig r = rig_open("pitch", rate, channels, 0);
    rig_set(&r, "shift", (float)shift);
    rig_set(&r, "formants", keep ? 1 : 0);
    rig_start(&r);
    return r;
}

// `a` less latency: what came in at a frame is now there. Its end is cut off.
static void shift_all(struct audio *a, double rate, double shift, bool keep) {
    struct rig r = pitch(rate, a->channels, shift, keep);
    struct audio long_one = audio_new(a->channels, a->frames + r.latency);
    for (int c = 0; c < a->channels; c++)
        memcpy(long_one.at[c], a->at[c], sizeof(float) * (size_t)a->frames);
    rig_run(&r, &long_one, NULL, 4096);
    for (int c = 0; c < a->channels; c++)
        memcpy(a->at[c], long_one.at[c] + r.latency, sizeof(float) * (size_t)a->frames);
    audio_free(&long_one);
    rig_close(&r);
}

// Phase in cycles of `hz` in n frames under a Hann window.
static double phase_at(const float *x, int n, double hz, double rate) {
    double re = 0, im = 0;
    for (int i = 0; i < n; i++) {
        const double w = (0.5 - 0.5 * cos(2 * M_PI * (i + 0.5) / n)) * (double)x[i];
        const double phase = 2 * M_PI * fmod(hz * i / rate, 1.0);
        re += w * cos(phase);
        im -= w * sin(phase);
    }
    return atan2(im, re) / (2 * M_PI);
}

// The frequency of a tone near `hz`, by how far its phase goes in a second.
static double tone_hz(const float *x, double hz, double rate) {
    const int n = (int)(rate / 4), apart = (int)rate;
    const double turned = phase_at(x + apart, n, hz, rate) - phase_at(x, n, hz, rate);
    const double off = turned - hz * apart / rate;
    return hz + (off - round(off)) * rate / apart;
}

static double worst_cents(double rate, double lowest) {
    const double hz[] = {lowest, 220, 440, 1000, 3000};
    static const double shifts[] = {-24, -12, -7, -0.5, 0.07, 3, 7.02, 12, 24};
    double worst = 0;
    for (int i = 0; i < 5; i++)
        for (int k = 0; k < 9; k++) {
            struct audio a = audio_new(1, (int64_t)(3 * rate));
            audio_sine(&a, rate, hz[i], -12);
            shift_all(&a, rate, shifts[k], k % 2);
            const double asked = hz[i] * exp2(shifts[k] / 12);
            const double is = tone_hz(a.at[0] + (int)rate, asked, rate);
            worst = fmax(worst, fabs(1200 * log2(is / asked)));
            audio_free(&a);
        }
    return worst;
}

static void sines_come_out_at_the_frequency_asked_for(void **unused) {
    (void)unused;
    // Beyond 192 kHz the library's windows are half as long.
    static const double rates[][2] = {{44100, 80}, {48000, 80}, {96000, 80}, {384000, 160}};
    for (int i = 0; i < 4; i++) {
        const double worst = worst_cents(rates[i][0], rates[i][1]);
        figure("%.1f kHz: %.0f Hz to 3 kHz by -24 to 24 st within %.3f cents (at most 0.1)",
               rates[i][0] / 1000, rates[i][1], worst);
        assert_true(worst < 0.1);
    }
}

static void fill_noise(struct audio *a, double gain, uint64_t seed) {
    for (int c = 0; c < a->channels; c++)
        for (int64_t i = 0; i < a->frames; i++)
            a->at[c][i] = (float)gain * noise_next(&seed);
}

static void no_shift_and_no_mix_leave_every_bit_alone(void **unused) {
    (void)unused;
    for (int which = 0; which < 2; which++) {
        struct rig r = pitch(RATE, 2, which ? 7 : 0, false);
        if (which) {
            rig_set(&r, "mix", 0);
            r.processor->reset(r.state);
        }
        struct audio in = audio_new(2, RATE), out = audio_new(2, RATE);
        fill_noise(&in, 0.9, 1);
        fill_noise(&out, 0.9, 1);
        rig_run(&r, &out, NULL, 777);
        int64_t off = 0;
        for (int c = 0; c < 2; c++)
            for (int64_t i = 0; i < RATE; i++) {
                const float was = i < r.latency ? 0 : in.at[c][i - r.latency];
                off += memcmp(&was, &out.at[c][i], sizeof was) != 0;
            }
        figure("%s: %d samples differ, %d frames late", which ? "mix 0 %" : "shift 0 st", (int)off,
               r.latency);
        assert_true(off == 0);
        audio_free(&in);
        audio_free(&out);
        rig_close(&r);
    }
}

// Bursts of a tone under a Gaussian window, half a second apart; where the n-th is.
static int64_t burst_at(int n) {
    return RATE / 4 + n * RATE / 2 + 37 * n;
}

static void add_bursts(struct audio *a, double hz, double width_ms) {
    const double width = width_ms * RATE / 1000;
    for (int n = 0; burst_at(n) + RATE / 4 < a->frames; n++)
        for (int64_t i = burst_at(n) - RATE / 5; i < burst_at(n) + RATE / 5; i++) {
            const double t = (double)(i - burst_at(n));
            a->at[0][i] +=
                (float)(0.5 * exp(-t * t / (2 * width * width)) * sin(2 * M_PI * hz / RATE * t));
        }
}

// How late the energy around each burst is on an average from the n-th on, in ms.
static double bursts_late_ms(const struct audio *a, int from) {
    double sum = 0;
    int n = 0;
    for (int k = from; burst_at(k) + RATE / 4 < a->frames; k++, n++) {
        double energy = 0, moment = 0;
        for (int i = -RATE / 5; i < RATE / 5; i++) {
            const double x = (double)a->at[0][burst_at(k) + i];
            energy += x * x;
            moment += x * x * i;
        }
        sum += moment / energy;
    }
    return sum / n * 1000 / RATE;
}

static void bursts_keep_their_time(void **unused) {
    (void)unused;
    static const struct {
        double shift, bar_ms;
    } shifts[] = {{-24, 4.5}, {-12, 3.5}, {-7, 3}, {-3, 1.5}, {3, 1.5}, {7, 1.5}, {12, 1.5}};
    static const double hz[] = {200, 500, 900, 1500, 3000, 8000};
    for (int k = 0; k < 7; k++) {
        double worst = 0, sum = 0;
        for (int i = 0; i < 6; i++) {
            struct audio a = audio_new(1, 5 * RATE);
            add_bursts(&a, hz[i], 20);
            shift_all(&a, RATE, shifts[k].shift, false);
            const double late = bursts_late_ms(&a, 0);
            worst = fabs(late) > fabs(worst) ? late : worst;
            sum += late / 6;
            audio_free(&a);
        }
        figure("%+.0f st: bursts of 200 Hz to 8 kHz %+.2f ms late on an average, %+.2f ms at most "
               "(%.1f)",
               shifts[k].shift, sum, worst, shifts[k].bar_ms);
        assert_true(fabs(worst) < shifts[k].bar_ms);
    }
}

// Without being brought back into its place the output would stay late by what the shifts' delays
// differ: 43 ms between 0 and an octave down.
static void after_a_move_of_the_shift_time_is_right_again(void **unused) {
    (void)unused;
    static const double ways[][2] = {{0, -12}, {12, -12}, {-12, 7}, {-24, 24}};
    for (int k = 0; k < 4; k++) {
        double late[2];
        for (int moves = 0; moves < 2; moves++) {
            struct rig r = pitch(RATE, 1, ways[k][moves ? 0 : 1], false);
            struct audio a = audio_new(1, 6 * RATE);
            add_bursts(&a, 900, 20);
            struct audio first = {1, RATE, (float *[]){a.at[0]}};
            struct audio rest = {1, 5 * RATE, (float *[]){a.at[0] + RATE}};
            rig_run(&r, &first, NULL, 512);
            rig_set(&r, "shift", (float)ways[k][1]);
            rig_run(&r, &rest, NULL, 512);
            memmove(a.at[0], a.at[0] + r.latency, sizeof(float) * (size_t)(a.frames - r.latency));
            a.frames -= r.latency;
            late[moves] = bursts_late_ms(&a, 4); // a second after the move
            audio_free(&a);
            rig_close(&r);
        }
        figure("%+.0f to %+.0f st: a second later %+.2f ms late, without a move %+.2f ms (1.5 "
               "apart)",
               ways[k][0], ways[k][1], late[1], late[0]);
        assert_true(fabs(late[1] - late[0]) < 1.5);
    }
}

// Jumps all over the range every 50 ms: no gap in a steady tone, and a reset is a fresh start.
static void wild_moves_leave_no_gap_and_nothing_behind_a_reset(void **unused) {
    (void)unused;
    enum { HOP = RATE / 20, HOPS = 400 };
    struct rig r = pitch(RATE, 2, 5, true), fresh = pitch(RATE, 2, 5, true);
    struct audio a = audio_new(2, (int64_t)HOP * HOPS);
    audio_sine(&a, RATE, 700, -12);
    uint64_t seed = 3;
    for (int i = 0; i < HOPS; i++) {
        rig_set(&r, "shift", 24 * noise_next(&seed));
        rig_set(&r, "formants", noise_next(&seed) > 0);
        struct audio hop = {2, HOP, (float *[]){a.at[0] + i * HOP, a.at[1] + i * HOP}};
        rig_run(&r, &hop, NULL, 512);
    }
    int silent = 0, longest = 0;
    for (int64_t i = r.latency + RATE / 10; i < a.frames; i++) {
        silent = fabs((double)a.at[0][i]) < 1e-5 ? silent + 1 : 0;
        longest = silent > longest ? silent : longest;
    }
    rig_set(&r, "shift", 5);
    rig_set(&r, "formants", 1);
    r.processor->reset(r.state);
    struct audio again = audio_new(2, RATE), first = audio_new(2, RATE);
    fill_noise(&again, 0.5, 9);
    fill_noise(&first, 0.5, 9);
    rig_run(&r, &again, NULL, 512);
    rig_run(&fresh, &first, NULL, 512);
    int64_t off = 0;
    for (int c = 0; c < 2; c++)
        for (int64_t i = 0; i < RATE; i++)
            off += memcmp(&again.at[c][i], &first.at[c][i], sizeof(float)) != 0;
    figure("%d jumps: at most %d silent frames in a row (10); after a reset %d samples differ",
           HOPS, longest, (int)off);
    assert_true(longest < 10 && off == 0);
    audio_free(&again);
    audio_free(&first);
    audio_free(&a);
    rig_close(&r);
    rig_close(&fresh);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sines_come_out_at_the_frequency_asked_for),
        cmocka_unit_test(no_shift_and_no_mix_leave_every_bit_alone),
        cmocka_unit_test(bursts_keep_their_time),
        cmocka_unit_test(after_a_move_of_the_shift_time_is_right_again),
        cmocka_unit_test(wild_moves_leave_no_gap_and_nothing_behind_a_reset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
