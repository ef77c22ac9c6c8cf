// SPDX-License-Identifier: GPL-3.0-or-later
// Contract: latency, tail, neutrality, linearity and the drawn curves are what a processor says.
#include "rig.h"

enum { LAGS = 16 }; // looked at side by side, so that no sum waits for itself

UNWATCHED static void correlate(double sums[LAGS], const float *in, const float *out, int frames) {
    for (int k = 0; k < LAGS; k++)
        sums[k] = 0.0;
    for (int i = 0; i < frames; i++)
        for (int k = 0; k < LAGS; k++)
            sums[k] += (double)in[i] * (double)out[i + k];
}

// The lag of `out` behind `in` with the greatest correlation.
static int lag_of(const struct audio *in, const struct audio *out, int longest) {
    double best = 0.0, sums[LAGS];
    int lag = -1;
    for (int from = 0; from <= longest; from += LAGS) {
        correlate(sums, in->at[0], out->at[0] + from, in->frames - longest - LAGS);
        for (int k = 0; k < LAGS; k++)
            if (fabs(sums[k]) > best) {
                best = fabs(sums[k]);
                lag = from + k;
            }
    }
    return lag;
}

static void check_latency(const struct ton_processor *p, int which, double rate) {
    static struct leaf leaves[MAX_PARAMS];
    float params[MAX_PARAMS], defaults[MAX_PARAMS];
    const int n = leaves_of(leaves, p);
    setting(defaults, p, SETTING_DEFAULT);
    setting(params, p, which);
    for (int i = 0; i < n; i++) // only fixed parameters may change the latency
        params[i] = leaves[i].row->flags & TON_ROW_FIXED ? params[i] : defaults[i];
    for (int i = 0; i < n; i++) // what a file does may be late, what is dry may not
        if (ton_rows_paths(p->rows, p->n_rows) > 0 && strcmp(leaves[i].name, "mix") == 0)
            params[i] = 0;
    const struct ton_config config = rig_config(rate, 2, 512);
    const int latency = p->latency(&config, params);
    struct audio in = audio_noise(2, latency + 8000, 1e-3, 11);
    struct audio out = rig_output(p, rate, params, &in, NULL);
    const int lag = lag_of(&in, &out, latency + 64);
    const int spread = p->flags & TON_PROCESSOR_DISPERSES ? 16 : 0;
    if (abs(lag - latency) > spread)
        fail_msg("%s, %s, %.0f Hz: says %d frames of latency and has %d", p->id,
                 setting_name(which), rate, latency, lag);
    figure("%-12s %-10s %6.0f Hz: latency %d frames, as it says", p->id, setting_name(which), rate,
           latency);
    audio_destroy(&in);
    audio_destroy(&out);
}

static void quiet_noise_comes_out_latency_frames_late(void **unused) {
    (void)unused;
    for_each_processor(p) {
        if (!p->latency)
            continue;
        for (int which = 0; which < n_settings(p); which++)
            check_latency(p, which, 48000);
        check_latency(p, SETTING_DEFAULT, 8000);
        check_latency(p, SETTING_DEFAULT, 44100);
        check_latency(p, SETTING_DEFAULT, 96000);
    }
}

static void latency_depends_on_fixed_parameters_only(void **unused) {
    (void)unused;
    static struct leaf leaves[MAX_PARAMS];
    float params[MAX_PARAMS], moved[MAX_PARAMS];
    for_each_processor(p) {
        const int n = leaves_of(leaves, p);
        const struct ton_config config = rig_config(48000, 2, 512);
        setting(params, p, SETTING_DEFAULT);
        for (int which = 1; which < n_settings(p); which++) {
            setting(moved, p, which);
            for (int i = 0; i < n; i++)
                if (leaves[i].row->flags & TON_ROW_FIXED)
                    moved[i] = params[i];
            if (rig_latency(p, &config, moved) != rig_latency(p, &config, params) ||
                p->state_size(&config, moved) != p->state_size(&config, params))
                fail_msg("%s, %s: latency or memory move with a parameter that is not fixed", p->id,
                         setting_name(which));
        }
    }
}

// The largest difference of `out` from `in` delayed, re full scale.
static double departure(const struct audio *in, const struct audio *out, int delay) {
    double worst = 0.0;
    for (int c = 0; c < in->channels; c++)
        for (int i = delay; i < in->frames; i++)
            worst = fmax(worst, fabs((double)out->at[c][i] - (double)in->at[c][i - delay]));
    return worst;
}

// Neutral settings to try: the defaults, and each parameter alone at its ends.
static void neutral_settings_leave_the_signal_as_it_is(void **unused) {
    (void)unused;
    static struct leaf leaves[MAX_PARAMS];
    float params[MAX_PARAMS];
    for_each_processor(p) {
        if (!p->is_neutral)
            continue;
        const int n = leaves_of(leaves, p);
        int found = 0;
        double worst = 0.0;
        for (int i = -1; i < 2 * n; i++) {
            setting(params, p, SETTING_DEFAULT);
            if (i >= 0)
                params[i / 2] = i % 2 ? leaf_max(&leaves[i / 2]) : leaf_min(&leaves[i / 2]);
            if (!p->is_neutral(params))
                continue;
            const struct ton_config config = rig_config(48000, 2, 512);
            struct audio in = audio_noise(2, 9600, 1.0, 12);
            struct audio out = rig_output(p, 48000, params, &in, NULL);
            worst = fmax(worst, departure(&in, &out, rig_latency(p, &config, params)));
            found++;
            audio_destroy(&in);
            audio_destroy(&out);
        }
        if (found == 0 || !(worst < 1e-6))
            fail_msg("%s: %d neutral settings, worst departure %.1f dBFS", p->id, found,
                     to_db(worst));
        figure("%-12s %3d neutral settings, worst departure %.1f dBFS", p->id, found, to_db(worst));
    }
}

// Full-scale noise in the lowest octaves too, where filters ring longest.
static struct audio ringing(int frames) {
    struct audio a = audio_noise(2, frames, 0.5, 13);
    for (int i = 0; i < frames; i++)
        for (int c = 0; c < 2; c++)
            a.at[c][i] += (float)(0.5 * sin(2.0 * M_PI * 25.0 * i / 48000.0));
    return a;
}

static void the_tail_is_over_when_it_says(void **unused) {
    (void)unused;
    float params[MAX_PARAMS];
    for_each_processor(p) for (int which = 0; which < n_settings(p); which++) {
        setting(params, p, which);
        const struct ton_config config = rig_config(48000, 2, 512);
        const int tail = rig_tail(p, &config, params, 48000 * 60);
        if (tail < 0)
            continue;
        const int wait = 48000 + tail + rig_latency(p, &config, params);
        struct audio in = ringing(wait + 9600);
        for (int c = 0; c < 2; c++)
            memset(in.at[c] + 48000, 0, sizeof(float) * (size_t)(wait + 9600 - 48000));
        struct audio out = rig_output(p, 48000, params, &in, NULL);
        if (!(audio_peak(&out, wait) < 1e-6))
            fail_msg("%s, %s: %.1f dBFS after its tail of %d frames", p->id, setting_name(which),
                     to_db(audio_peak(&out, wait)), tail);
        audio_destroy(&in);
        audio_destroy(&out);
    }
}

// From the defaults to the maxima and on to what is drawn at random, one parameter after the other.
static int one_by_one(float *params, const struct ton_processor *p, const struct leaf *leaves,
                      int n) {
    static const int ends[] = {SETTING_MAX, SETTING_RANDOM, SETTING_RANDOM + 1};
    float at[MAX_PARAMS], end[MAX_PARAMS];
    int count = 0;
    setting(at, p, SETTING_DEFAULT);
    for (int e = 0; e < TON_N(ends); e++) {
        setting(end, p, ends[e]);
        for (int i = 0; i < n; i++) {
            if (!(leaves[i].row->flags & TON_ROW_FIXED))
                at[i] = end[i];
            memcpy(params + (ptrdiff_t)count++ * n, at, sizeof *params * (size_t)n);
        }
    }
    return count;
}

static void the_longest_tail_of_many_settings_is_the_longest_of_theirs(void **unused) {
    (void)unused;
    static struct leaf leaves[MAX_PARAMS];
    static float params[3 * MAX_PARAMS * MAX_PARAMS];
    for_each_processor(p) {
        if (!p->longest_tail)
            continue;
        const int n = leaves_of(leaves, p), count = one_by_one(params, p, leaves, n);
        const struct ton_config config = rig_config(48000, 2, 512);
        for (int k = 0; k < count; k++) {
            const float *at = params + (ptrdiff_t)k * n;
            const int64_t pair = p->longest_tail(&config, k > 0 ? at - n : at, k > 0 ? 2 : 1);
            const int64_t alone = p->tail(&config, at);
            const int64_t before = k > 0 ? p->tail(&config, at - n) : 0;
            assert_int_equal(pair, alone > before ? alone : before);
        }
        figure("%-12s %d settings, each with the one before", p->id, count);
    }
}

// The departure of a's plus b's output from that of a + b, re the peak of the whole. `keyed`: all
// three listen to a + b.
static double sum_error(const struct ton_processor *p, const float *params, bool keyed) {
    const struct ton_config config = rig_config(48000, 2, 512);
    const int n = 24000 + rig_latency(p, &config, params);
    struct audio a = audio_noise(2, n, 0.4, 14), b = audio_noise(2, n, 0.4, 15);
    struct audio whole = audio_copy(&a);
    for (int c = 0; c < 2; c++)
        for (int i = 0; i < n; i++) {
            // On a grid of 2^-16 full scale, so that a + b is exact in float.
            a.at[c][i] = rintf(a.at[c][i] * 65536.0F) / 65536.0F;
            b.at[c][i] = i / 3000 % 2 ? rintf(b.at[c][i] * 65536.0F) / 65536.0F : 0.0F;
            whole.at[c][i] = a.at[c][i] + b.at[c][i];
        }
    const struct audio *key = keyed ? &whole : NULL;
    struct audio of_a = rig_output(p, 48000, params, &a, key);
    struct audio of_b = rig_output(p, 48000, params, &b, key);
    struct audio of_whole = rig_output(p, 48000, params, &whole, NULL);
    double worst = 0.0;
    for (int c = 0; c < 2; c++)
        for (int i = 0; i < n; i++)
            worst = fmax(worst, fabs((double)of_a.at[c][i] + (double)of_b.at[c][i] -
                                     (double)of_whole.at[c][i]));
    const double peak = audio_peak(&of_whole, 0);
    audio_destroy(&a);
    audio_destroy(&b);
    audio_destroy(&whole);
    audio_destroy(&of_a);
    audio_destroy(&of_b);
    audio_destroy(&of_whole);
    return peak > 0.0 ? worst / peak : worst;
}

static void stems_through_a_linear_or_keyed_processor_add_up(void **unused) {
    (void)unused;
    float params[MAX_PARAMS];
    for_each_processor(p) {
        if (!(p->flags & (TON_PROCESSOR_LINEAR | TON_PROCESSOR_DYNAMIC)))
            continue;
        double worst = 0.0;
        for (int which = 0; which < n_settings(p); which++) {
            setting(params, p, which);
            const double error = sum_error(p, params, p->flags & TON_PROCESSOR_DYNAMIC);
            if (!(error < 1e-6))
                fail_msg("%s, %s: the parts miss the whole by %.1f dB", p->id, setting_name(which),
                         to_db(error));
            worst = fmax(worst, error);
        }
        figure("%-12s parts miss the whole by %.1f dB (at most -120)", p->id, to_db(worst));
    }
}

// The magnitude at `hz` of what an impulse of `height` on the first channel becomes there.
UNWATCHED static double magnitude(const struct audio *out, double rate, double hz, double height) {
    const double turn[2] = {cos(2.0 * M_PI * hz / rate), sin(2.0 * M_PI * hz / rate)};
    double re = 0.0, im = 0.0, at[2] = {1.0, 0.0};
    for (int i = 0; i < out->frames; i++) {
        re += (double)out->at[0][i] * at[0];
        im += (double)out->at[0][i] * at[1];
        const double cosine = at[0] * turn[0] - at[1] * turn[1];
        at[1] = at[0] * turn[1] + at[1] * turn[0];
        at[0] = cosine;
    }
    return hypot(re, im) / height;
}

static double response_error_db(const struct ton_processor *p, const float *params, double rate,
                                int channels) {
    const struct ton_config config = rig_config(rate, channels, 512);
    const bool linear = p->flags & TON_PROCESSOR_LINEAR && !(p->flags & TON_PROCESSOR_DYNAMIC);
    const double height = linear ? 1.0 : 1e-3;
    int tail = rig_tail(p, &config, params, 1 << 18);
    struct audio in = audio_create(channels, (tail < 0 ? 1 << 18 : tail) + 4096);
    in.at[0][0] = (float)height;
    struct audio out = rig_output(p, rate, params, &in, NULL);
    double worst = 0.0;
    for (int k = 0; k < 24; k++) {
        const double hz = 20.0 * pow(0.45 * rate / 20.0, k / 23.0);
        const double said = p->response(&config, params, hz);
        const double is = magnitude(&out, rate, hz, height);
        if (isnan(said))
            worst = INFINITY;
        else if (fmax(said, to_db(is)) > -60.0) // below, the float of the output is all there is
            worst = fmax(worst, fabs(said - to_db(is)));
    }
    audio_destroy(&in);
    audio_destroy(&out);
    return worst;
}

static void the_drawn_response_is_the_measured_one(void **unused) {
    (void)unused;
    float params[MAX_PARAMS];
    for_each_processor(p) {
        if (!p->response)
            continue;
        double worst = 0.0;
        for (int which = 0; which < n_settings(p); which++)
            for (int channels = 1; channels <= 2; channels++) {
                setting(params, p, which);
                const double error = response_error_db(p, params, 44100, channels);
                if (!(error < 0.05))
                    fail_msg("%s, %s, %d channels: the drawn response is %.3f dB off", p->id,
                             setting_name(which), channels, error);
                worst = fmax(worst, error);
            }
        figure("%-12s drawn and measured response differ by %.4f dB (at most 0.05)", p->id, worst);
    }
}

static void a_static_curve_never_falls_and_is_a_number(void **unused) {
    (void)unused;
    float params[MAX_PARAMS];
    for_each_processor(p) {
        if (!p->curve)
            continue;
        for (int which = 0; which < n_settings(p); which++) {
            setting(params, p, which);
            double before = -INFINITY;
            for (double db = -120.0; db <= 20.0; db += 0.25) {
                const double out = p->curve(params, db);
                if (isnan(out) || out < before - 1e-6)
                    fail_msg("%s, %s: its curve falls to %.3f dB at %.2f dB in", p->id,
                             setting_name(which), out, db);
                before = out;
            }
        }
    }
}

static void meters_read_what_their_rows_allow(void **unused) {
    (void)unused;
    float params[MAX_PARAMS], values[TON_MOST_ROWS];
    for_each_processor(p) {
        if (p->n_meters == 0)
            continue;
        for (int which = 0; which < n_settings(p); which++) {
            setting(params, p, which);
            struct audio in = audio_noise(2, 24000, 1.0, 16), out = audio_create(2, 24000);
            struct rig r = rig_create(p, rig_config(48000, 2, 512), params);
            rig_run(&r, &out, &in, NULL);
            p->read_meters(r.state, values);
            for (int i = 0; i < p->n_meters; i++)
                if (!(values[i] >= p->meters[i].min && values[i] <= p->meters[i].max + 1e-3F))
                    fail_msg("%s, %s: the meter %s reads %g", p->id, setting_name(which),
                             p->meters[i].key, (double)values[i]);
            rig_destroy(&r);
            audio_destroy(&in);
            audio_destroy(&out);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quiet_noise_comes_out_latency_frames_late),
        cmocka_unit_test(latency_depends_on_fixed_parameters_only),
        cmocka_unit_test(neutral_settings_leave_the_signal_as_it_is),
        cmocka_unit_test(the_tail_is_over_when_it_says),
        cmocka_unit_test(the_longest_tail_of_many_settings_is_the_longest_of_theirs),
        cmocka_unit_test(stems_through_a_linear_or_keyed_processor_add_up),
        cmocka_unit_test(the_drawn_response_is_the_measured_one),
        cmocka_unit_test(a_static_curve_never_falls_and_is_a_number),
        cmocka_unit_test(meters_read_what_their_rows_allow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
