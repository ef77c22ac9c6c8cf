// SPDX-License-Identifier: GPL-3.0-or-later
// The equaliser against the analogue curves that its settings mean.
//
// The prototypes are written here a second time, as complex functions of s from the textbook, so
// that an error in the program's own cannot hide.
#include "contract/rig.h"

#include <complex.h>
#include <dlfcn.h>
#include <fftw3.h>

enum { BELL, LOW_SHELF, HIGH_SHELF, TILT, NOTCH, BAND_PASS, N_TYPES };
static const char *const types[] = {"bell", "low shelf", "high shelf",
                                    "tilt", "notch",     "band pass"};
static const int orders[] = {1, 2, 3, 4, 6, 8};

struct params {
    float high_pass, high_pass_slope, low_pass, low_pass_slope, bands;
    struct {
        float type, frequency, gain, q, channel, on;
    } band[8];
    float gain, phase;
};

static const struct ton_processor *eq(void) {
    return ton_processor_find("eq", NULL);
}

static struct params neutral(void) {
    struct params p;
    ton_rows_defaults(eq()->rows, eq()->n_rows, (float *)&p);
    return p;
}

static struct params one_band(int type, double hz, double gain, double q) {
    struct params p = neutral();
    p.bands = 1;
    p.band[0].type = (float)type;
    p.band[0].frequency = (float)hz;
    p.band[0].gain = (float)gain;
    p.band[0].q = (float)q;
    return p;
}

// H(s) of a band, s normalised to its frequency (Audio EQ Cookbook, R. Bristow-Johnson).
static double analogue_band_db(int type, double x, double gain, double q) {
    const double a = pow(10.0, gain / 40.0);
    const double complex s = I * x;
    double complex h = 1.0;
    switch (type) {
    case BELL:
        h = (s * s + s * a / q + 1.0) / (s * s + s / (a * q) + 1.0);
        break;
    case LOW_SHELF:
        h = a * (s * s + sqrt(a) / q * s + a) / (a * s * s + sqrt(a) / q * s + 1.0);
        break;
    case HIGH_SHELF:
        h = a * (a * s * s + sqrt(a) / q * s + 1.0) / (s * s + sqrt(a) / q * s + a);
        break;
    case TILT:
        h = (a * a * s + 1.0) / (s + a * a);
        break;
    case NOTCH:
        h = (s * s + 1.0) / (s * s + s / q + 1.0);
        break;
    default:
        h = (s / q) / (s * s + s / q + 1.0);
        break;
    }
    return 20.0 * log10(cabs(h));
}

// Butterworth: |H|^2 = 1 / (1 + x^2n), x upside down for a high pass.
static double analogue_pass_db(bool high, double x, int order) {
    return -10.0 * log10(1.0 + pow(high ? 1.0 / x : x, 2 * order));
}

struct worst {
    double error, hz, frequency, gain, q;
};

static void note_error(struct worst *w, double error, double hz, double frequency, double gain,
                       double q) {
    if (error > w->error || isnan(error))
        *w = (struct worst){isnan(error) ? INFINITY : error, hz, frequency, gain, q};
}

enum { N_GRID = 120 };

// 20 Hz … 20 kHz, half of the points in the last octave, where filters cramp.
static double grid_hz(int i) {
    return i < N_GRID / 2 ? 20.0 * pow(500.0, 2.0 * i / N_GRID)
                          : 10000.0 * (2.0 * i / (N_GRID - 1.0));
}

static void check_band(struct worst *w, int type, double rate, double f, double gain, double q) {
    const struct params p = one_band(type, f, gain, q);
    const struct ton_config config = rig_config(rate, 1, 512);
    for (int i = 0; i < N_GRID; i += 3) {
        const double hz = grid_hz(i);
        const double wanted = analogue_band_db(type, hz / (double)p.band[0].frequency,
                                               (double)p.band[0].gain, (double)p.band[0].q);
        if (wanted < -100.0)
            continue; // in the hole of a notch a dB has no meaning
        note_error(w, fabs(eq()->response(&config, (const float *)&p, hz) - wanted), hz, f, gain,
                   q);
    }
}

static void bands_follow_the_analogue_curve_within_0_3_dB(void **unused) {
    (void)unused;
    static const double rates[] = {44100, 48000, 96000};
    static const double gains[] = {-24, -18, -12, -6, -3, -1, 1, 3, 6, 12, 18, 24};
    static const double qs[] = {0.1, 0.2, 0.4, 0.7071, 1, 1.5, 2.5, 5, 10, 20, 40};
    for (int r = 0; r < TON_N(rates); r++)
        for (int type = 0; type < N_TYPES; type++) {
            const bool no_gain = type == NOTCH || type == BAND_PASS;
            struct worst w = {0};
            for (int i = 0; i <= 60; i++)
                for (int g = 0; g < (no_gain ? 1 : TON_N(gains)); g++)
                    for (int k = 0; k < (type == TILT ? 1 : TON_N(qs)); k++)
                        check_band(&w, type, rates[r], 20.0 * pow(1000.0, i / 60.0), gains[g],
                                   qs[k]);
            figure("%-10s at %5.1f kHz: worst %.3f dB (at most 0.3): %5.0f Hz %+3.0f dB Q %.2f, "
                   "heard at %5.0f Hz",
                   types[type], rates[r] / 1000.0, w.error, w.frequency, w.gain, w.q, w.hz);
            assert_true(w.error <= 0.3);
        }
}

static void passes_follow_the_analogue_curve_within_0_3_dB(void **unused) {
    (void)unused;
    static const double rates[] = {44100, 48000, 96000};
    for (int r = 0; r < TON_N(rates); r++)
        for (int k = 0; k < 2 * TON_N(orders); k++) {
            const bool high = k < TON_N(orders);
            const int slope = k % TON_N(orders);
            struct worst w = {0};
            for (int i = 0; i <= 120; i++) {
                struct params p = neutral();
                const double f = 20.0 * pow(1000.0, i / 120.0);
                *(high ? &p.high_pass : &p.low_pass) = (float)f;
                *(high ? &p.high_pass_slope : &p.low_pass_slope) = (float)slope;
                const struct ton_config config = rig_config(rates[r], 1, 512);
                for (int n = 0; n < N_GRID; n++) {
                    const double hz = grid_hz(n);
                    const double wanted =
                        analogue_pass_db(high, hz / (double)(float)f, orders[slope]);
                    if (wanted > -150.0) // deeper than any sound
                        note_error(&w,
                                   fabs(eq()->response(&config, (const float *)&p, hz) - wanted),
                                   hz, f, 0, 0);
                }
            }
            figure("%s pass %2d dB/oct at %5.1f kHz: worst %.3f dB (at most 0.3): %5.0f Hz, heard "
                   "at %5.0f Hz",
                   high ? "high" : "low ", 6 * orders[slope], rates[r] / 1000.0, w.error,
                   w.frequency, w.hz);
            assert_true(w.error <= 0.3);
        }
}

// RMS of a sine after its start has died away, in dB re the same sine unfiltered.
static double sine_gain_db(const struct params *p, double rate, double hz) {
    const int frames = (int)rate;
    struct audio in = audio_create(1, frames);
    for (int i = 0; i < frames; i++)
        in.at[0][i] = (float)(0.05 * sin(2.0 * M_PI * hz * i / rate));
    struct audio out = rig_output(eq(), rate, (const float *)p, &in, NULL);
    double before = 0.0, after = 0.0;
    for (int i = frames / 2; i < frames; i++) {
        before += (double)in.at[0][i] * (double)in.at[0][i];
        after += (double)out.at[0][i] * (double)out.at[0][i];
    }
    audio_destroy(&in);
    audio_destroy(&out);
    return 10.0 * log10(after / before);
}

static void a_sine_comes_out_at_the_level_of_the_analogue_curve(void **unused) {
    (void)unused;
    static const struct {
        int type;
        double hz, gain, q, heard;
    } cases[] = {
        {BELL, 16000, 12, 2, 18000},  {BELL, 60, -6, 1, 60},
        {BELL, 19000, -18, 5, 20000}, {HIGH_SHELF, 12000, 9, 0.7, 20000},
        {LOW_SHELF, 100, 6, 0.7, 40}, {TILT, 1000, 6, 1, 15000},
        {NOTCH, 15000, 0, 3, 18000},  {BAND_PASS, 12000, 0, 2, 19000},
    };
    for (int i = 0; i < TON_N(cases); i++) {
        const struct params p = one_band(cases[i].type, cases[i].hz, cases[i].gain, cases[i].q);
        const double wanted = analogue_band_db(cases[i].type, cases[i].heard / cases[i].hz,
                                               cases[i].gain, (double)(float)cases[i].q);
        const double heard = sine_gain_db(&p, 44100, cases[i].heard);
        figure("%-10s %5.0f Hz %+3.0f dB Q %.1f: %5.0f Hz comes out at %+7.3f dB, analogue %+7.3f",
               types[cases[i].type], cases[i].hz, cases[i].gain, cases[i].q, cases[i].heard, heard,
               wanted);
        assert_true(fabs(heard - wanted) <= 0.3);
    }
}

static void a_boost_and_its_cut_cancel(void **unused) {
    (void)unused;
    static const double qs[] = {0.3, 1, 8};
    double worst = 0.0;
    for (int type = BELL; type <= TILT; type++)
        for (int k = 0; k < TON_N(qs); k++)
            for (int i = 0; i <= 20; i++) {
                struct params p = one_band(type, 30.0 * pow(600.0, i / 20.0), 12, qs[k]);
                p.bands = 2;
                p.band[1] = p.band[0];
                p.band[1].gain = -12;
                struct audio in = audio_noise(1, 9600, 0.5, 21);
                struct audio out = rig_output(eq(), 48000, (const float *)&p, &in, NULL);
                for (int n = 0; n < 9600; n++)
                    worst = fmax(worst, fabs((double)in.at[0][n] - (double)out.at[0][n]));
                audio_destroy(&in);
                audio_destroy(&out);
            }
    figure("+12 dB and -12 dB leave %.1f dBFS of noise at -6 dBFS (at most -60)", to_db(worst));
    assert_true(worst < 1e-3);
}

// Feeds left alone or a pure side and looks at what moved.
static void a_band_works_on_its_channel_only(void **unused) {
    (void)unused;
    static const char *const names[] = {"stereo", "mid", "side", "left", "right"};
    for (int channel = 1; channel <= 4; channel++) {
        struct params p = one_band(BELL, 1000, 12, 1);
        p.band[0].channel = (float)channel;
        struct audio in = audio_noise(2, 24000, 0.25, 22);
        struct audio out = rig_output(eq(), 48000, (const float *)&p, &in, NULL);
        double kept = 0.0, moved = 0.0;
        for (int i = 0; i < 24000; i++) {
            const double l = (double)out.at[0][i] - (double)in.at[0][i];
            const double r = (double)out.at[1][i] - (double)in.at[1][i];
            const double difference[] = {0, l + r, l - r, l, r}, other[] = {0, l - r, l + r, r, l};
            moved = fmax(moved, fabs(difference[channel]));
            kept = fmax(kept, fabs(other[channel]));
        }
        figure("%-5s moves by %.1f dBFS, the other by %.1f dBFS (at most -130)", names[channel],
               to_db(moved), to_db(kept));
        assert_true(moved > 0.1 && kept < 3.2e-7);
        audio_destroy(&in);
        audio_destroy(&out);
    }
}

static void mono_is_all_mid(void **unused) {
    (void)unused;
    struct params stereo = one_band(BELL, 1000, 12, 1), mid = stereo, side = stereo;
    mid.band[0].channel = 1;
    side.band[0].channel = 2;
    struct audio in = audio_noise(1, 4800, 0.25, 23);
    struct audio a = rig_output(eq(), 48000, (const float *)&stereo, &in, NULL);
    struct audio b = rig_output(eq(), 48000, (const float *)&mid, &in, NULL);
    struct audio c = rig_output(eq(), 48000, (const float *)&side, &in, NULL);
    assert_true(audio_same(&a, &b));
    assert_true(audio_same(&in, &c));
    audio_destroy(&in);
    audio_destroy(&a);
    audio_destroy(&b);
    audio_destroy(&c);
}

// What is not the sine nor moves slowly, re the sine: x[n] - 2 cos(w) x[n - 1] + x[n - 2].
static double click_db(const struct audio *a, double w, int from) {
    double click = 0.0;
    for (int i = from; i < a->frames; i++)
        click = fmax(click, fabs((double)a->at[0][i] - 2.0 * cos(w) * (double)a->at[0][i - 1] +
                                 (double)a->at[0][i - 2]));
    return to_db(click);
}

// Runs a full-scale-less-12-dB sine of 300 Hz while `turn` sets the parameters every 32 frames.
static double turned(void (*turn)(struct params *p, double way)) {
    enum { FRAMES = 48000 };
    const double w = 2.0 * M_PI * 300.0 / 48000.0;
    struct audio in = audio_create(1, FRAMES), out = audio_create(1, FRAMES);
    for (int i = 0; i < FRAMES; i++)
        in.at[0][i] = (float)(0.25 * fmin(1.0, i / 4800.0) * sin(w * i));
    struct params p = neutral();
    turn(&p, 0.0);
    struct rig r = rig_create(eq(), rig_config(48000, 1, 32), (const float *)&p);
    for (int i = 0; i < FRAMES; i += 32) {
        turn(&p, (double)i / FRAMES);
        if (memcmp(r.params, &p, sizeof p) != 0) {
            memcpy(r.params, &p, sizeof p);
            rig_update(&r);
        }
        rig_step(&r, &out, &in, NULL, i, 32);
    }
    const double db = click_db(&out, w, 9600) + 12.0;
    rig_destroy(&r);
    audio_destroy(&in);
    audio_destroy(&out);
    return db;
}

static void turn_nothing(struct params *p, double way) {
    (void)p, (void)way;
}

static void turn_gain(struct params *p, double way) {
    *p = one_band(BELL, 300, -24.0 + 48.0 * way, 1);
}

static void turn_frequency(struct params *p, double way) {
    *p = one_band(BELL, 100.0 * pow(100.0, way), 12, 2);
}

static void turn_low_pass(struct params *p, double way) {
    p->low_pass = (float)(20000.0 * pow(0.05, way));
    p->low_pass_slope = 3;
}

static void switch_band(struct params *p, double way) {
    *p = one_band(BELL, 300, 12, 1);
    p->band[0].on = way < 0.5;
}

static void switch_type(struct params *p, double way) {
    *p = one_band(HIGH_SHELF, 300, 6, 0.7);
    p->band[0].type = way < 0.5 ? HIGH_SHELF : LOW_SHELF;
}

static void turned_and_switched_it_does_not_click(void **unused) {
    (void)unused;
    // Bars: +12 dB to 0 dB over 128 frames bends the envelope by 3 / 128, -32.6 dB, at either end.
    static const struct {
        const char *what;
        void (*turn)(struct params *p, double way);
        double most;
    } cases[] = {
        {"nothing moves", turn_nothing, -120},
        {"gain of a bell, -24 to +24 dB in 1 s", turn_gain, -65},
        {"bell of 12 dB, 100 Hz to 10 kHz in 1 s", turn_frequency, -65},
        {"24 dB/oct low pass, 20 to 1 kHz in 1 s", turn_low_pass, -90},
        {"bell of 12 dB switched off", switch_band, -60},
        {"high shelf becomes low shelf", switch_type, -60},
    };
    for (int i = 0; i < TON_N(cases); i++) {
        const double db = turned(cases[i].turn);
        figure("%-40s spurious %.1f dB re the sine (at most %.0f)", cases[i].what, db,
               cases[i].most);
        assert_true(db <= cases[i].most);
    }
}

// Single precision would fail here by tens of dB: the poles lie 7e-4 from z = 1.
static void double_precision_holds_at_20_Hz_and_192_kHz(void **unused) {
    (void)unused;
    struct params p = neutral();
    p.high_pass = 20;
    p.high_pass_slope = 5;
    enum { FRAMES = 192000 };
    struct audio noise = audio_noise(1, FRAMES, 0.9, 24), click = audio_create(1, FRAMES);
    click.at[0][0] = 1.0F;
    struct audio of_noise = rig_output(eq(), FRAMES, (const float *)&p, &noise, NULL);
    struct audio of_click = rig_output(eq(), FRAMES, (const float *)&p, &click, NULL);
    double before = 0.0, after = 0.0, dc = 0.0;
    for (int i = 0; i < FRAMES; i++) {
        before += (double)noise.at[0][i] * (double)noise.at[0][i];
        after += (double)of_noise.at[0][i] * (double)of_noise.at[0][i];
        dc += (double)of_click.at[0][i];
    }
    const double change = 10.0 * log10(after / before);
    figure("48 dB/oct at 20 Hz, 192 kHz: white noise keeps its level within %.4f dB, DC falls to "
           "%.1f dB",
           change, to_db(fabs(dc)));
    assert_true(fabs(change) < 0.01);
    assert_true(fabs(dc) < 1e-6);
    audio_destroy(&noise);
    audio_destroy(&click);
    audio_destroy(&of_noise);
    audio_destroy(&of_click);
}

static void the_first_sample_is_not_late(void **unused) {
    (void)unused;
    const struct params p = one_band(HIGH_SHELF, 8000, 6, 0.7);
    struct audio in = audio_create(1, 64);
    in.at[0][0] = 1.0F;
    struct audio out = rig_output(eq(), 48000, (const float *)&p, &in, NULL);
    assert_true(fabsf(out.at[0][0]) > 1.0F);
    const struct ton_config config = rig_config(48000, 1, 512);
    assert_int_equal(eq()->latency(&config, (const float *)&p), 0);
    audio_destroy(&in);
    audio_destroy(&out);
}

// The spectrum of an impulse, late by `late`.
static double complex heard(const struct audio *a, double rate, double hz, int late) {
    double complex sum = 0.0;
    for (int i = 0; i < a->frames; i++)
        sum += (double)a->at[0][i] * cexp(-2.0 * M_PI * I * fmod(hz / rate * (i - late), 1.0));
    return sum;
}

static void linear_phase_has_the_curve_and_no_phase(void **unused) {
    (void)unused;
    static const double rates[] = {8000, 44100, 96000, 192000};
    for (int k = 0; k < TON_N(rates); k++) {
        struct params p = neutral(), linear;
        p.high_pass = 20;
        p.high_pass_slope = 5;
        p.low_pass = 3500;
        p.bands = 4;
        p.band[0] = one_band(BELL, 50, 9, 4).band[0];
        p.band[1] = one_band(HIGH_SHELF, 2000, -12, 0.7).band[0];
        p.band[2] = one_band(BELL, 1000, -18, 20).band[0];
        p.band[3] = one_band(LOW_SHELF, 120, 6, 0.7).band[0];
        linear = p;
        linear.phase = 1;
        const struct ton_config config = rig_config(rates[k], 1, 512);
        const int late = eq()->latency(&config, (const float *)&linear);
        struct audio in = audio_create(1, 2 * late);
        in.at[0][0] = 1.0F;
        struct audio out = rig_output(eq(), rates[k], (const float *)&linear, &in, NULL);
        double off = 0.0, turned = 0.0;
        for (double hz = 20.0; hz < 0.45 * rates[k] && hz < 20000.0; hz *= 1.07) {
            const double complex h = heard(&out, rates[k], hz, late);
            const double wanted = eq()->response(&config, (const float *)&p, hz);
            if (wanted < -60.0)
                continue;
            off = fmax(off, fabs(to_db(cabs(h)) - wanted));
            turned = fmax(turned, fabs(carg(h)));
        }
        figure("%6.0f Hz: %d frames late (%.0f ms), off the curve of minimum phase by %.4f dB at "
               "most (0.1), phase by %.1e rad (1e-3)",
               rates[k], late, 1000.0 * late / rates[k], off, turned);
        assert_true(off <= 0.1 && turned <= 1e-3);
        audio_destroy(&in);
        audio_destroy(&out);
    }
}

static void in_linear_phase_mid_and_side_stay_apart(void **unused) {
    (void)unused;
    struct params p = one_band(BELL, 1000, 12, 1);
    p.phase = 1;
    for (int channel = 1; channel <= 2; channel++) {
        p.band[0].channel = (float)channel;
        double moved[2];
        for (int side = 0; side < 2; side++) {
            struct audio in = audio_create(2, 96000);
            for (int i = 0; i < in.frames; i++) {
                in.at[0][i] = (float)(0.1 * sin(2.0 * M_PI * 1000.0 * i / 48000.0));
                in.at[1][i] = side ? -in.at[0][i] : in.at[0][i];
            }
            struct audio out = rig_output(eq(), 48000, (const float *)&p, &in, NULL);
            double power = 0.0;
            for (int i = 48000; i < 96000; i++)
                power += (double)out.at[1][i] * (double)out.at[1][i];
            moved[side] = 10.0 * log10(power / 48000.0 / 0.005);
            audio_destroy(&in);
            audio_destroy(&out);
        }
        figure("%s: mid by %+.3f dB, side by %+.3f dB", channel == 1 ? "mid " : "side", moved[0],
               moved[1]);
        assert_true(fabs(moved[channel - 1] - 12.0) <= 0.02);
        assert_true(fabs(moved[2 - channel]) <= 0.02);
    }
}

// Turned at 0.5 s, the new curve is heard 0.2 s later.
static void in_linear_phase_a_new_setting_comes_in_time(void **unused) {
    (void)unused;
    struct params p = one_band(BELL, 1000, 0, 1);
    p.phase = 1;
    struct rig r = rig_create(eq(), rig_config(48000, 1, 64), (const float *)&p);
    const int late = eq()->latency(&r.config, (const float *)&p), frames = 128 * 750;
    struct audio in = audio_create(1, frames), out = audio_create(1, frames);
    for (int i = 0; i < frames; i++)
        in.at[0][i] = (float)(0.1 * sin(2.0 * M_PI * 1000.0 * i / 48000.0));
    int came = -1;
    for (int i = 0; i < frames; i += 64) {
        if (i == 48000) {
            p.band[0].gain = 12;
            memcpy(r.params, &p, sizeof p);
            rig_update(&r);
        }
        rig_step(&r, &out, &in, NULL, i, 64);
    }
    for (int i = frames - 48; came < 0 && i > 48; i -= 48) {
        double peak = 0.0;
        for (int k = 0; k < 48; k++)
            peak = fmax(peak, fabs((double)out.at[0][i - k]));
        came = fabs(to_db(peak) + 8.0) > 0.05 ? i + 1 - 48000 : -1;
    }
    figure("+12 dB wholly heard after %.0f ms (at most 350), latency %.0f ms", came / 48.0,
           late / 48.0);
    assert_true(came > 0 && came < 0.35 * 48000);
    rig_destroy(&r);
    audio_destroy(&in);
    audio_destroy(&out);
}

// Stands before the library's: what transforms cost is counted, not timed.
static double n_operations;

void fftwf_execute_dft(const fftwf_plan plan, fftwf_complex *in, fftwf_complex *out) {
    static void (*own)(const fftwf_plan, fftwf_complex *, fftwf_complex *);
    double adds, products, both;
    if (!own)
        *(void **)&own = dlsym(RTLD_NEXT, "fftwf_execute_dft");
    fftwf_flops(plan, &adds, &products, &both);
    n_operations += adds + products + 2 * both;
    own(plan, in, out);
}

// New settings in linear phase all the time: no call does more than one transform of a kernel, nor
// a steady block of the convolver and a step together.
static void in_linear_phase_no_call_costs_much_more_than_others(void **unused) {
    (void)unused;
    enum { PIECE = 64, FRAMES = 48000 };
    struct params p = one_band(BELL, 1000, 0, 1);
    double worst[2] = {0}, sum[2] = {0};
    p.phase = 1;
    for (int moves = 0; moves < 2; moves++) {
        struct rig r = rig_create(eq(), rig_config(48000, 2, PIECE), (const float *)&p);
        struct audio in = audio_noise(2, FRAMES, 0.1, 3), out = audio_create(2, FRAMES);
        for (int i = 0; i < FRAMES; i += PIECE) {
            p.band[0].gain = moves ? (float)(i / PIECE % 24) : 0;
            memcpy(r.params, &p, sizeof p);
            n_operations = 0;
            rig_update(&r);
            rig_step(&r, &out, &in, NULL, i, PIECE);
            worst[moves] = fmax(worst[moves], n_operations);
            sum[moves] += n_operations * PIECE / FRAMES;
        }
        rig_destroy(&r);
        audio_destroy(&in);
        audio_destroy(&out);
    }
    figure("operations of transforms in 64 frames, still: at most %.0f, mean %.0f; moved: at most "
           "%.0f, mean %.0f",
           worst[0], sum[0], worst[1], sum[1]);
    assert_true(worst[0] > 0 && sum[1] > 2 * sum[0]);
    assert_true(worst[1] < 15 * worst[0]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bands_follow_the_analogue_curve_within_0_3_dB),
        cmocka_unit_test(passes_follow_the_analogue_curve_within_0_3_dB),
        cmocka_unit_test(a_sine_comes_out_at_the_level_of_the_analogue_curve),
        cmocka_unit_test(a_boost_and_its_cut_cancel),
        cmocka_unit_test(a_band_works_on_its_channel_only),
        cmocka_unit_test(mono_is_all_mid),
        cmocka_unit_test(turned_and_switched_it_does_not_click),
        cmocka_unit_test(double_precision_holds_at_20_Hz_and_192_kHz),
        cmocka_unit_test(the_first_sample_is_not_late),
        cmocka_unit_test(linear_phase_has_the_curve_and_no_phase),
        cmocka_unit_test(in_linear_phase_mid_and_side_stay_apart),
        cmocka_unit_test(in_linear_phase_a_new_setting_comes_in_time),
        cmocka_unit_test(in_linear_phase_no_call_costs_much_more_than_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
