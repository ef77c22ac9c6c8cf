/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the reverb promises: the decay that was asked for, dense, smooth, wide, and the same every
 * time. */
#include "rig.h"

#include "ton/biquad.h"

#define RATE 48000.0

static const char *const type_names[] = {"room", "hall", "plate"};

/* An impulse of energy 1 into the first `fed` channels. */
static struct audio impulse_response_of(int type, float decay, double rate, int channels, int fed,
                                        double seconds) {
    struct rig r = rig_open("reverb", rate, channels, 0);
    rig_set(&r, "type", (float)type);
    rig_set(&r, "decay", decay);
    rig_start(&r);
    struct audio a = audio_new(channels, (int64_t)(seconds * rate));
    for (int c = 0; c < fed; c++)
        a.at[c][0] = 1 / sqrtf((float)fed);
    rig_run(&r, &a, NULL, 4096);
    rig_close(&r);
    return a;
}

static struct audio impulse_response(int type, float decay, double rate, int channels,
                                     double seconds) {
    return impulse_response_of(type, decay, rate, channels, 1, seconds);
}

static void filter(float *x, int64_t n, const struct ton_analogue *prototype, int sections,
                   double rate) {
    for (int k = 0; k < sections; k++) {
        struct ton_biquad pair[2];
        ton_biquad_match(pair, &prototype[k], rate);
        for (int i = 0; i < 2; i++) {
            struct ton_biquad_state s = {0};
            for (int64_t t = 0; t < n; t++)
                x[t] = (float)ton_biquad_run(&pair[i], &s, x[t]);
        }
    }
}

static void turn_round(float *x, int64_t n) {
    for (int64_t i = 0; i < n / 2; i++) {
        const float y = x[i];
        x[i] = x[n - 1 - i];
        x[n - 1 - i] = y;
    }
}

/* dB left to come at every frame of one octave: the backward integral (M. R. Schroeder, JASA 37,
 * 1965). Filtered backwards, so that the filter's ringing does not lengthen a short decay. */
static double *left_of_octave(const float *response, int64_t n, double rate, double centre) {
    struct ton_analogue sections[4];
    float *x = ton_alloc(sizeof *x * (size_t)n);
    double *left = ton_alloc(sizeof *left * (size_t)n);
    assert_non_null(x);
    assert_non_null(left);
    memcpy(x, response, sizeof *x * (size_t)n);
    turn_round(x, n);
    filter(x, n, sections, ton_analogue_high_pass(sections, centre * M_SQRT1_2, 4), rate);
    filter(x, n, sections, ton_analogue_low_pass(sections, centre * M_SQRT2, 4), rate);
    turn_round(x, n);
    double sum = 0;
    for (int64_t i = n - 1; i >= 0; i--)
        left[i] = sum += (double)x[i] * (double)x[i];
    for (int64_t i = 0; i < n; i++)
        left[i] = 10 * log10(left[i] / sum);
    ton_free(x);
    return left;
}

/* The slope between two levels by least squares (ISO 3382-1), as the time for 60 dB. */
static double slope_seconds(const double *left, int64_t n, double rate, double from, double to) {
    double count = 0, st = 0, sl = 0, stt = 0, stl = 0;
    for (int64_t i = 0; i < n; i++) {
        const double level = left[i], t = (double)i / rate;
        if (level > from || level < to)
            continue;
        count++;
        st += t;
        sl += level;
        stt += t * t;
        stl += t * level;
    }
    return -60 / ((count * stl - st * sl) / (count * stt - st * st));
}

/* T30. */
static double rt60(const float *response, int64_t n, double rate, double centre) {
    double *left = left_of_octave(response, n, rate, centre);
    const double seconds = slope_seconds(left, n, rate, -5, -35);
    ton_free(left);
    return seconds;
}

/* Of T20 and T30 the one that is further off, in per cent. */
static double decay_error(const float *response, int64_t n, double rate, double centre,
                          double decay) {
    double *left = left_of_octave(response, n, rate, centre);
    const double t20 = 100 * (slope_seconds(left, n, rate, -5, -25) / decay - 1);
    const double t30 = 100 * (slope_seconds(left, n, rate, -5, -35) / decay - 1);
    ton_free(left);
    return fabs(t20) > fabs(t30) ? t20 : t30;
}

/* The first reflection comes some ms after the sound; a decay counts from there (ISO 3382-1). */
static int64_t onset(const struct audio *a) {
    int64_t i = 0;
    while (i < a->frames && fabsf(a->at[0][i]) < 1e-7F && fabsf(a->at[1][i]) < 1e-7F)
        i++;
    return i;
}

/* Worst of both outputs, an impulse going into the left, and into both. */
static double check_decay(int type, double decay, double rate) {
    double off[5] = {0}, worst = 0;
    for (int fed = 1; fed <= 2; fed++) {
        struct audio a = impulse_response_of(type, (float)decay, rate, 2, fed, decay * 0.9 + 0.3);
        const int64_t from = onset(&a);
        for (int o = 0; o < 5; o++)
            for (int c = 0; c < 2; c++) {
                const double error =
                    decay_error(a.at[c] + from, a.frames - from, rate, 250 << o, decay);
                off[o] = fabs(error) > fabs(off[o]) ? error : off[o];
                worst = fmax(worst, fabs(error));
            }
        audio_free(&a);
    }
    figure("%-5s %.1f s, %.1f kHz: RT60 off by %+.1f %+.1f %+.1f %+.1f %+.1f %% at 250 Hz … 4 kHz",
           type_names[type], decay, rate / 1000, off[0], off[1], off[2], off[3], off[4]);
    return worst;
}

/* Of the default damping (14 kHz, 60 %) an octave below: the losses of the lines are (1 - m) of the
 * low ones and m of the high ones, m = 1 / (1 + (tan(pi corner / rate) / tan(pi f / rate))^2). */
static void near_the_damping_the_decay_is_shorter_as_its_losses_say(void **state) {
    (void)state;
    static const double rates[] = {44100, 48000, 96000};
    for (int type = 0; type < 3; type++)
        for (int k = 0; k < TON_N(rates); k++) {
            const double ratio = tan(M_PI * 14000 / rates[k]) / tan(M_PI * 8000 / rates[k]);
            const double m = 1 / (1 + ratio * ratio);
            const double theory = 100 * (1 / (1 + m * (1 / 0.6 - 1)) - 1);
            struct audio a = impulse_response_of(type, 2.5F, rates[k], 2, 2, 2.5);
            double off[2];
            for (int c = 0; c < 2; c++)
                off[c] = 100 * (rt60(a.at[c], a.frames, rates[k], 8000) / 2.5 - 1);
            figure("%-5s 2.5 s, %.1f kHz: RT60 in the octave of 8 kHz %+.1f, %+.1f %% (theory at 8 "
                   "kHz %+.1f, within 4)",
                   type_names[type], rates[k] / 1000, off[0], off[1], theory);
            assert_true(fabs(off[0] - theory) <= 4 && fabs(off[1] - theory) <= 4);
            audio_free(&a);
        }
}

static void decay_is_what_was_asked_in_every_octave(void **state) {
    (void)state;
    static const double decays[] = {0.3, 0.4, 0.5, 0.7, 1, 1.6, 2.5, 4, 8};
    static const double others[] = {44100, 96000};
    double worst = 0;
    for (int type = 0; type < 3; type++) {
        for (int k = 0; k < TON_N(decays); k++)
            worst = fmax(worst, check_decay(type, decays[k], RATE));
        for (int k = 0; k < TON_N(others); k++)
            worst = fmax(worst, check_decay(type, 0.5, others[k]));
    }
    figure("worst %.1f %%, T20 and T30, left and right (at most 10)", worst);
    assert_true(worst <= 10);
}

/* What the network would do without losses, 20 ms windows re their mean in dB: no gap and no second
 * attack before the lines come back. */
static void energy_is_level_from_the_start(void **state) {
    (void)state;
    for (int type = 0; type < 3; type++) {
        const double decay = 1;
        struct audio a = impulse_response(type, (float)decay, RATE, 2, 0.42);
        double levels[20], mean = 0, least = 0, most = 0;
        for (int w = 0; w < 20; w++) {
            double energy = 0;
            for (int64_t i = (w + 1) * 960; i < (w + 2) * 960; i++)
                for (int c = 0; c < 2; c++)
                    energy += pow(10, 6 * (double)i / RATE / decay) * (double)a.at[c][i] *
                              (double)a.at[c][i];
            levels[w] = energy;
            mean += energy / 20;
        }
        for (int w = 0; w < 20; w++) {
            least = fmin(least, 10 * log10(levels[w] / mean));
            most = fmax(most, 10 * log10(levels[w] / mean));
        }
        figure("%-5s without its losses, 20 to 420 ms: %+.1f to %+.1f dB re the mean (within 3)",
               type_names[type], least, most);
        assert_true(least >= -3 && most <= 3);
        audio_free(&a);
    }
}

/* Normalised echo density (J. S. Abel, P. Huang, AES 121, 2006): the part of a 20 ms window outside
 * its standard deviation, re that of Gaussian noise. */
static double echo_density(const float *x, int64_t at, int64_t half) {
    double square = 0;
    int64_t outside = 0;
    for (int64_t i = at - half; i < at + half; i++)
        square += (double)x[i] * (double)x[i];
    const double deviation = sqrt(square / (double)(2 * half));
    for (int64_t i = at - half; i < at + half; i++)
        outside += fabs((double)x[i]) > deviation;
    return (double)outside / (double)(2 * half) / erfc(M_SQRT1_2);
}

static void echoes_are_dense_soon(void **state) {
    (void)state;
    for (int type = 0; type < 3; type++) {
        struct rig r = rig_open("reverb", RATE, 2, 0);
        rig_set(&r, "type", (float)type);
        rig_set(&r, "decay", 2);
        rig_set(&r, "early", -40); /* single echoes before the tail are meant */
        rig_start(&r);
        struct audio a = audio_new(2, (int64_t)(1.5 * RATE));
        a.at[0][0] = 1;
        rig_run(&r, &a, NULL, 4096);
        rig_close(&r);
        const int64_t half = (int64_t)(0.01 * RATE);
        int64_t first = 0, settled = 0;
        for (int64_t at = half; at < a.frames - half; at += 48) {
            const double density = echo_density(a.at[0], at, half);
            if (!first && density >= 1)
                first = at;
            if (density < 0.85)
                settled = at;
        }
        const double ms = 1000 / RATE;
        figure("%-5s as dense as noise after %.0f ms (at most 40), never below 0.85 of it after "
               "%.0f ms (at most 80)",
               type_names[type], (double)first * ms, (double)settled * ms);
        assert_true(first > 0 && (double)first * ms <= 40);
        assert_true((double)settled * ms <= 80);
        audio_free(&a);
    }
}

/* In place, radix 2. */
static void fft(double *re, double *im, int n) {
    for (int i = 1, j = 0; i < n; i++) {
        int bit = n >> 1;
        for (; j & bit; bit >>= 1)
            j ^= bit;
        j ^= bit;
        if (i < j) {
            const double r = re[i], m = im[i];
            re[i] = re[j], im[i] = im[j];
            re[j] = r, im[j] = m;
        }
    }
    for (int length = 2; length <= n; length *= 2)
        for (int k = 0; k < length / 2; k++) {
            const double c = cos(-2 * M_PI * k / length), s = sin(-2 * M_PI * k / length);
            for (int i = k; i < n; i += length) {
                const int j = i + length / 2;
                const double r = re[j] * c - im[j] * s, m = re[j] * s + im[j] * c;
                re[j] = re[i] - r, im[j] = im[i] - m;
                re[i] += r, im[i] += m;
            }
        }
}

/* Flatness in dB of the power spectrum from 200 Hz to 5 kHz. */
static double tail_flatness(const float *x, int64_t from, int n) {
    double *re = ton_alloc(sizeof *re * (size_t)n), *im = ton_alloc(sizeof *im * (size_t)n);
    assert_non_null(re);
    assert_non_null(im);
    for (int i = 0; i < n; i++) {
        re[i] = (double)x[from + i];
    }
    fft(re, im, n);
    double log_sum = 0, sum = 0, count = 0;
    for (int k = (int)(200 / RATE * n); k < (int)(5000 / RATE * n); k++) {
        const double power = re[k] * re[k] + im[k] * im[k];
        log_sum += log(power);
        sum += power;
        count++;
    }
    ton_free(re);
    ton_free(im);
    return 10 * log10(exp(log_sum / count) / (sum / count));
}

static void the_tail_sounds_like_noise_not_like_metal(void **state) {
    (void)state;
    /* Gaussian noise: the power of a bin is exponentially distributed, flatness e^-gamma */
    const double noise = 10 * log10(exp(-0.57721566490153286));
    static const float decays[] = {1, 2, 4};
    for (int type = 0; type < 3; type++)
        for (int k = 0; k < TON_N(decays); k++) {
            struct audio a = impulse_response(type, decays[k], RATE, 2, 6);
            const double flatness = tail_flatness(a.at[0], (int64_t)(0.2 * RATE), 1 << 18);
            figure("%-5s %.0f s: flatness of the tail %.2f dB, noise has %.2f (at most 2 less)",
                   type_names[type], (double)decays[k], flatness, noise);
            assert_true(flatness >= noise - 2);
            audio_free(&a);
        }
}

static int by_size(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return x < y ? 1 : x > y ? -1 : 0;
}

/* Of the power from 200 Hz to 5 kHz of 5.5 s of a tail with its decay taken out, the part that lies
 * in the strongest hundredth of all bins. Of noise it is p (1 - ln p) = 5.6 %, of a few resonances
 * nearly all. */
static double standing_out(int type, float decay, float modulation) {
    enum { N = 1 << 18, LOW = 200 * N / 48000, HIGH = 5000 * N / 48000 };
    struct rig r = rig_open("reverb", RATE, 2, 0);
    rig_set(&r, "type", (float)type);
    rig_set(&r, "decay", decay);
    rig_set(&r, "high decay", 100);
    rig_set(&r, "modulation", modulation);
    rig_start(&r);
    struct audio a = audio_new(2, 48000 + N);
    a.at[0][0] = 1;
    rig_run(&r, &a, NULL, 4096);
    rig_close(&r);
    double *re = ton_alloc(sizeof *re * N), *im = ton_alloc(sizeof *im * N);
    assert_non_null(re);
    assert_non_null(im);
    for (int i = 0; i < N; i++)
        re[i] = (double)a.at[0][48000 + i] * pow(10, 3.0 * i / RATE / (double)decay) *
                (1 - cos(2 * M_PI * i / N));
    fft(re, im, N);
    double sum = 0, top = 0;
    for (int k = LOW; k < HIGH; k++)
        sum += re[k] = re[k] * re[k] + im[k] * im[k];
    qsort(re + LOW, HIGH - LOW, sizeof *re, by_size);
    for (int k = LOW; k < LOW + (HIGH - LOW) / 100; k++)
        top += re[k];
    ton_free(re);
    ton_free(im);
    audio_free(&a);
    return 100 * top / sum;
}

static void modulation_leaves_no_resonance_alone(void **state) {
    (void)state;
    static const float decays[] = {4, 8};
    for (int type = 0; type < 3; type++)
        for (int k = 0; k < TON_N(decays); k++) {
            const double still = standing_out(type, decays[k], 0);
            const double usual = standing_out(type, decays[k], 50);
            const double most = standing_out(type, decays[k], 100);
            figure("%-5s %.0f s: 1 %% of the bins hold %.1f %% at rest, %.1f at the default "
                   "(under 12), %.1f at most (under 8); noise 5.6",
                   type_names[type], (double)decays[k], still, usual, most);
            assert_true(still > 18 && usual < 12 && most < 8);
        }
}

static void modulation_keeps_decay_and_pitch(void **state) {
    (void)state;
    for (int type = 0; type < 3; type++) {
        struct rig r = rig_open("reverb", RATE, 2, 0);
        rig_set(&r, "type", (float)type);
        rig_set(&r, "decay", 4);
        rig_set(&r, "modulation", 100);
        rig_set(&r, "modulation rate", 3);
        rig_start(&r);
        struct audio a = audio_new(2, (int64_t)(4 * RATE));
        a.at[0][0] = 1;
        rig_run(&r, &a, NULL, 4096);
        rig_close(&r);
        double worst = 0;
        for (int o = 0; o < 5; o++) {
            const double error = decay_error(a.at[0], a.frames, RATE, 250 << o, 4);
            worst = fabs(error) > fabs(worst) ? error : worst;
        }
        audio_free(&a);
        r = rig_open("reverb", RATE, 2, 0);
        rig_set(&r, "type", (float)type);
        rig_set(&r, "decay", 4);
        rig_start(&r);
        a = audio_new(2, (int64_t)(9 * RATE));
        audio_sine(&a, RATE, 1000, 0);
        rig_run(&r, &a, NULL, 4096);
        rig_close(&r);
        /* windows of 0.1 s see what is within 10 Hz */
        double near = 0, all = 0;
        for (int64_t at = 4 * 48000; at < a.frames; at += 4800) {
            double re = 0, im = 0;
            for (int64_t i = at; i < at + 4800; i++) {
                const double hann = 1 - cos(2 * M_PI * ((double)(i - at) + 0.5) / 4800);
                re += hann * (double)a.at[0][i] * cos(2 * M_PI * (double)i / 48);
                im += hann * (double)a.at[0][i] * sin(2 * M_PI * (double)i / 48);
                all += hann * (double)a.at[0][i] * hann * (double)a.at[0][i];
            }
            near += 3 * (re * re + im * im) / 4800;
        }
        const double spread = 10 * log10(fmax(1 - near / all, 1e-9));
        figure("%-5s 4 s, all modulation at 3 Hz: RT60 off by %+.1f %% (at most 10); at the "
               "default a tone spreads %.1f dB (at most -15)",
               type_names[type], worst, spread);
        assert_true(fabs(worst) <= 10 && spread < -15);
        audio_free(&a);
    }
}

static void left_and_right_are_unlike_and_fold_to_mono(void **state) {
    (void)state;
    for (int type = 0; type < 3; type++) {
        struct audio a = impulse_response(type, 2, RATE, 2, 2.5);
        double ll = 0, rr = 0, lr = 0, mono = 0;
        for (int64_t i = 0; i < a.frames; i++) {
            const double l = (double)a.at[0][i], r = (double)a.at[1][i];
            ll += l * l;
            rr += r * r;
            lr += l * r;
            mono += (l + r) * (l + r) / 2;
        }
        const double alike = lr / sqrt(ll * rr), balance = 10 * log10(ll / rr);
        const double fold = 10 * log10(mono / (ll + rr) * 2);
        figure("%-5s correlation %+.3f (within 0.15), left/right %+.2f dB (within 1), mono fold "
               "%+.2f dB (within 1), energy %+.2f dB (-1 to 0: the damping takes some)",
               type_names[type], alike, balance, fold, 10 * log10((ll + rr) / 2));
        assert_true(fabs(alike) <= 0.15);
        assert_true(fabs(balance) <= 1);
        assert_true(fabs(fold) <= 1);
        assert_true(10 * log10((ll + rr) / 2) >= -1 && ll + rr <= 2);
        audio_free(&a);
    }
}

static void the_loudness_does_not_change_with_the_decay(void **state) {
    (void)state;
    static const float decays[] = {0.1F, 0.2F, 0.5F, 2, 8};
    for (int type = 0; type < 3; type++) {
        double least = INFINITY, most = -INFINITY;
        for (int k = 0; k < TON_N(decays); k++) {
            struct audio a =
                impulse_response(type, decays[k], RATE, 2, (double)decays[k] * 0.7 + 0.2);
            double energy = 0;
            for (int64_t i = 0; i < a.frames; i++)
                energy += (double)a.at[0][i] * (double)a.at[0][i] +
                          (double)a.at[1][i] * (double)a.at[1][i];
            least = fmin(least, 10 * log10(energy));
            most = fmax(most, 10 * log10(energy));
            audio_free(&a);
        }
        figure("%-5s decays of 0.1 to 8 s are equally loud within %.1f dB (at most 2)",
               type_names[type], most - least);
        assert_true(most - least <= 2);
    }
}

static void decay_holds_at_every_rate(void **state) {
    (void)state;
    static const double rates[] = {8000, 44100, 96000, 192000};
    for (int k = 0; k < TON_N(rates); k++) {
        struct audio a = impulse_response(1, 1, rates[k], 1, 1.5);
        const double off = 100 * (rt60(a.at[0], a.frames, rates[k], 1000) - 1);
        figure("hall of 1 s at %.0f Hz: RT60 at 1 kHz off by %+.1f %% (at most 10)", rates[k], off);
        assert_true(fabs(off) <= 10);
        audio_free(&a);
    }
}

static void high_decay_shortens_the_highs_alone(void **state) {
    (void)state;
    struct rig r = rig_open("reverb", RATE, 1, 0);
    rig_set(&r, "decay", 2);
    rig_set(&r, "damping", 4000);
    rig_set(&r, "high decay", 30);
    rig_start(&r);
    struct audio a = audio_new(1, (int64_t)(3 * RATE));
    a.at[0][0] = 1;
    rig_run(&r, &a, NULL, 777);
    const double low = rt60(a.at[0], a.frames, RATE, 250);
    const double high = rt60(a.at[0], a.frames, RATE, 11000);
    figure("2 s, 30 %% above 4 kHz: %.2f s at 250 Hz (1.9 to 2.1), %.2f s at 11 kHz (0.6 to 0.8)",
           low, high);
    assert_true(low > 1.9 && low < 2.1 && high > 0.6 && high < 0.8);
    audio_free(&a);
    rig_close(&r);
}

static void pre_delay_mix_and_width_do_what_they_say(void **state) {
    (void)state;
    struct rig r = rig_open("reverb", RATE, 2, 0);
    rig_set(&r, "pre delay", 100);
    rig_set(&r, "mix", 50);
    rig_set(&r, "width", 0);
    rig_start(&r);
    struct audio a = audio_new(2, 48000);
    a.at[0][0] = 1;
    rig_run(&r, &a, NULL, 64);
    assert_true(fabsf(a.at[0][0] - 0.5F) < 1e-7F && a.at[1][0] == 0);
    for (int i = 1; i < 4800; i++)
        assert_true(a.at[0][i] == 0 && a.at[1][i] == 0);
    float most = 0, apart = 0;
    for (int i = 4800; i < 48000; i++) {
        most = fmaxf(most, fabsf(a.at[0][i]));
        apart = fmaxf(apart, fabsf(a.at[0][i] - a.at[1][i]));
    }
    figure("width 0: left and right differ by %.1e of the peak (at most 1e-5)",
           (double)(apart / most));
    assert_true(most > 0 && apart <= 1e-5F * most);
    audio_free(&a);
    rig_close(&r);
}

static void the_tail_ends_when_it_says(void **state) {
    (void)state;
    for (int type = 0; type < 3; type++) {
        struct rig r = rig_open("reverb", RATE, 1, 0);
        rig_set(&r, "type", (float)type);
        rig_set(&r, "decay", 0.5F);
        rig_set(&r, "pre delay", 50);
        rig_start(&r);
        const int64_t end = r.processor->tail(&r.config, r.params);
        struct audio a = audio_new(1, end + 48000);
        a.at[0][0] = 1;
        rig_run(&r, &a, NULL, 4096);
        float most = 0;
        for (int64_t i = end; i < a.frames; i++)
            most = fmaxf(most, fabsf(a.at[0][i]));
        figure("%-5s after its tail of %.2f s: %.0f dB (under -120)", type_names[type],
               (double)end / RATE, ton_gain_to_db((double)most));
        assert_true(ton_gain_to_db((double)most) < -120);
        audio_free(&a);
        rig_close(&r);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decay_is_what_was_asked_in_every_octave),
        cmocka_unit_test(near_the_damping_the_decay_is_shorter_as_its_losses_say),
        cmocka_unit_test(energy_is_level_from_the_start),
        cmocka_unit_test(echoes_are_dense_soon),
        cmocka_unit_test(the_tail_sounds_like_noise_not_like_metal),
        cmocka_unit_test(modulation_leaves_no_resonance_alone),
        cmocka_unit_test(modulation_keeps_decay_and_pitch),
        cmocka_unit_test(decay_holds_at_every_rate),
        cmocka_unit_test(high_decay_shortens_the_highs_alone),
        cmocka_unit_test(pre_delay_mix_and_width_do_what_they_say),
        cmocka_unit_test(the_tail_ends_when_it_says),
        cmocka_unit_test(the_loudness_does_not_change_with_the_decay),
        cmocka_unit_test(left_and_right_are_unlike_and_fold_to_mono),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
