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

// The frequency of a tone near `hz`, by how far its phase goes in a quarter of a second.
static double tone_hz(const float *x, double hz, double rate) {
    const int n = (int)(rate / 4), apart = n;
    const double turned = phase_at(x + apart, n, hz, rate) - phase_at(x, n, hz, rate);
    const double off = turned - hz * apart / rate;
    return hz + (off - round(off)) * rate / apart;
}

struct sines {
    double rate, hz[3];
    int n_shifts;
};

static double worst_cents(const struct sines *s) {
    static const double shifts[] = {-12, 7.02, 24, -24, -7, 0.07, 3};
    double worst = 0;
    for (int i = 0; i < 3; i++)
        for (int k = 0; k < s->n_shifts; k++) {
            struct audio a = audio_new(1, (int64_t)(0.95 * s->rate));
            audio_sine(&a, s->rate, s->hz[i], -12);
            shift_all(&a, s->rate, shifts[k], k % 2);
            const double asked = s->hz[i] * exp2(shifts[k] / 12);
            const double is = tone_hz(a.at[0] + (int)(0.3 * s->rate), asked, s->rate);
            worst = fmax(worst, fabs(1200 * log2(is / asked)));
            audio_free(&a);
        }
    return worst;
}

static void sines_come_out_at_the_frequency_asked_for(void **unused) {
    (void)unused;
    // Beyond 192 kHz the library's windows are half as long.
    static const struct sines runs[] = {{44100, {80, 440, 3000}, 7},
                                        {48000, {80, 330, 1000}, 3},
                                        {96000, {80, 440, 3000}, 3},
                                        {384000, {160, 440, 3000}, 2}};
    for (int i = 0; i < 4; i++) {
        const double worst = worst_cents(&runs[i]);
        figure("%.1f kHz: %.0f Hz to %.0f Hz by up to two octaves within %.3f cents (at most 0.1)",
               runs[i].rate / 1000, runs[i].hz[0], runs[i].hz[2], worst);
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
            struct audio a = audio_new(1, 3 * RATE);
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

// From the signal itself to a shift and back: how deep a steady tone falls while one takes over.
static void a_shift_that_begins_or_ends_leaves_no_hole(void **unused) {
    (void)unused;
    static const double shifts[] = {-12, -5, -1, 1, 5, 12};
    enum { SECONDS = 6, SPAN = RATE / 100 };
    for (int k = 0; k < TON_N(shifts); k++) {
        struct rig r = pitch(RATE, 1, 0, false);
        struct audio a = audio_new(1, SECONDS * RATE);
        for (int64_t i = 0; i < a.frames; i++)
            a.at[0][i] = (float)(0.5 * sin(2 * M_PI * 440 / RATE * (double)i));
        for (int s = 0; s < SECONDS; s++) {
            struct audio part = {1, RATE, (float *[]){a.at[0] + s * RATE}};
            rig_set(&r, "shift", s == 2 || s == 3 ? (float)shifts[k] : 0);
            rig_run(&r, &part, NULL, 512);
        }
        double least[2] = {0, 0};
        for (int64_t at = RATE; at + SPAN <= a.frames; at += SPAN) {
            double sum = 0;
            for (int64_t i = at; i < at + SPAN; i++)
                sum += (double)a.at[0][i] * (double)a.at[0][i];
            double *of = &least[at >= r.latency + 3 * RATE];
            *of = fmin(*of, 10 * log10(sum / SPAN / 0.125 + 1e-20));
        }
        figure("0 to %+.0f st: 10 ms of it at least %.1f dB (-13), back to 0: %.1f dB (-13)",
               shifts[k], least[0], least[1]);
        assert_true(least[0] > -13 && least[1] > -13);
        audio_free(&a);
        rig_close(&r);
    }
}

// Jumps all over the range every 50 ms: no gap in a steady tone, and a reset is a fresh start.
static void wild_moves_leave_no_gap_and_nothing_behind_a_reset(void **unused) {
    (void)unused;
    enum { HOP = RATE / 20, HOPS = 200 };
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

// The period of a voice in frames, by the deepest dip of the difference function re its mean so far
// (de Cheveigne and Kawahara 2002, steps 1 to 5); 0 where it is not voiced.
static double period_at(const float *x, int n, int shortest, int longest) {
    enum { MOST = 2048 };
    static double d[MOST];
    double sum = 0;
    assert_true(longest + 1 < MOST);
    d[0] = 1;
    for (int lag = 1; lag <= longest; lag++) {
        double square = 0;
        for (int i = 0; i < n; i++) {
            const double e = (double)x[i] - (double)x[i + lag];
            square += e * e;
        }
        sum += square;
        d[lag] = sum > 0 ? square * lag / sum : 1;
    }
    for (int lag = shortest; lag < longest; lag++) {
        if (!(d[lag] < 0.1 && d[lag] <= d[lag + 1]))
            continue;
        const double bend = d[lag - 1] - 2 * d[lag] + d[lag + 1];
        return lag + (bend > 0 ? 0.5 * (d[lag - 1] - d[lag + 1]) / bend : 0);
    }
    return 0;
}

static int later(const void *a, const void *b) {
    return (*(const double *)a > *(const double *)b) - (*(const double *)a < *(const double *)b);
}

// Median of how many cents b is above a, where both are voiced and the voice stands still.
static double shifted_by_cents(const struct audio *a, const struct audio *b, double rate,
                               double asked) {
    static double found[20000];
    const int n = (int)(rate / 30), lowest = 70;
    const double up = exp2(asked / 12);
    int count = 0;
    for (int64_t i = 0; i + 3 * n < a->frames && count < 20000; i += n / 2) {
        const double was = period_at(a->at[0] + i, n, (int)(rate / 500), (int)(rate / lowest));
        if (was == 0)
            continue;
        const double is = period_at(b->at[0] + i, n, (int)(rate / (500 * up)),
                                    (int)(rate / (lowest * fmin(up, 1))));
        const double cents = is > 0 ? 1200 * log2(was / is) : 0;
        if (is > 0 && fabs(cents - 100 * asked) < 100) // no octave jump of the tracker
            found[count++] = cents;
    }
    assert_true(count > 20);
    qsort(found, (size_t)count, sizeof *found, later);
    return found[count / 2];
}

static const char *const voices[] = {
    "speech/clean/LJ001-0001.flac",
    "speech/clean/jfk.flac",
    "speech/clean/librispeech-198-209-0000.flac",
    "speech/clean/librispeech-5703-47212-0000.flac",
    "speech/clean/asterisk-it-demo-abouttotry.flac",
    "truth/pitch/vocadito_1.flac",
};

// The first three seconds of a voice in mono.
static struct audio voice(int i, double *rate) {
    struct audio a = recording_mono(voices[i], 0.2, rate);
    a.frames = a.frames < (int64_t)(3 * *rate) ? a.frames : (int64_t)(3 * *rate);
    return a;
}

static const double voice_shifts[] = {-7, -3, 3, 7};
static struct audio shifted[TON_N(voices)][TON_N(voice_shifts)][2];

// The i-th voice by the k-th shift, formants kept or not. Shifted once for all tests.
static const struct audio *shifted_voice(int i, int k, int keep) {
    struct audio *a = &shifted[i][k][keep];
    double rate;
    if (!a->at) {
        *a = voice(i, &rate);
        shift_all(a, rate, voice_shifts[k], keep);
    }
    return a;
}

static int free_shifted_voices(void **unused) {
    (void)unused;
    for (int i = 0; i < TON_N(voices); i++)
        for (int k = 0; k < TON_N(voice_shifts); k++)
            for (int keep = 0; keep < 2; keep++)
                if (shifted[i][k][keep].at)
                    audio_free(&shifted[i][k][keep]);
    return 0;
}

static void voices_are_shifted_by_what_was_asked_for(void **unused) {
    (void)unused;
    if (!test_data())
        skip_because("no recordings; set TON_DATA");
    double worst = 0;
    int pairs = 0;
    for (int i = 0; i < TON_N(voices); i++)
        for (int k = 0; k < TON_N(voice_shifts); k++, pairs++) {
            double rate;
            const double asked = voice_shifts[k];
            struct audio a = voice(i, &rate);
            const double off =
                shifted_by_cents(&a, shifted_voice(i, k, k % 2), rate, asked) - 100 * asked;
            worst = fabs(off) > fabs(worst) ? off : worst;
            audio_free(&a);
        }
    figure("%d pairs of voice and shift: at most %.2f cents off (3)", pairs, worst);
    assert_true(fabs(worst) < 3);
}

enum { POINTS = 32 };

// The envelope of the spectrum of everything voiced at POINTS frequencies from 300 Hz to 3.5 kHz in
// dB, less its mean: the logarithms of the spectra of 40 ms, smoothed by keeping of their cepstrum
// what is shorter than 1.8 ms, so than any period of these voices, averaged.
static void envelope_of(double out[POINTS], const struct audio *voiced, const struct audio *a,
                        double rate) {
    enum { MOST = 2048, BINS = 96 };
    static double cosine[BINS][MOST], sine[BINS][MOST], logs[BINS];
    const int n = (int)(0.04 * rate);
    const double step = 4000.0 / BINS;
    double mean = 0;
    int count = 0;
    assert_true(n <= MOST);
    memset(out, 0, sizeof(double) * POINTS);
    for (int k = 0; k < BINS; k++)
        for (int i = 0; i < n; i++) {
            const double w = 2 * M_PI * (k + 0.5) * step / rate;
            const double window = 0.5 - 0.5 * cos(2 * M_PI * (i + 0.5) / n);
            cosine[k][i] = window * cos(w * i);
            sine[k][i] = window * sin(w * i);
        }
    for (int64_t at = 0; at + 2 * n < a->frames; at += n) {
        if (period_at(voiced->at[0] + at, n / 2, (int)(rate / 500), (int)(rate / 70)) == 0)
            continue;
        for (int k = 0; k < BINS; k++) {
            double re = 0, im = 0;
            for (int i = 0; i < n; i++) {
                re += (double)a->at[0][at + i] * cosine[k][i];
                im += (double)a->at[0][at + i] * sine[k][i];
            }
            logs[k] = 10 * log10(re * re + im * im + 1e-9);
        }
        count++;
        // Cosines of the logs over 0 … 4 kHz: the q-th belongs to a time of q / 8 ms.
        for (int q = 0; q <= 14; q++) {
            double c = 0;
            for (int k = 0; k < BINS; k++)
                c += logs[k] * cos(M_PI * q * (k + 0.5) / BINS);
            for (int p = 0; p < POINTS; p++)
                out[p] += (q ? 2 : 1) * c / BINS * cos(M_PI * q * (300.0 + 100.0 * p) / 4000.0);
        }
    }
    for (int p = 0; p < POINTS; p++)
        mean += (out[p] /= count) / POINTS;
    for (int p = 0; p < POINTS; p++)
        out[p] -= mean;
}

static double apart_db(const double a[POINTS], const double b[POINTS]) {
    double square = 0;
    for (int p = 0; p < POINTS; p++)
        square += (a[p] - b[p]) * (a[p] - b[p]) / POINTS;
    return sqrt(square);
}

static void kept_formants_stay_and_others_follow(void **unused) {
    (void)unused;
    if (!test_data())
        skip_because("no recordings; set TON_DATA");
    for (int k = 0; k < TON_N(voice_shifts); k++) {
        double sum[2] = {0}, least = INFINITY;
        for (int i = 0; i < TON_N(voices); i++) {
            double rate, before[POINTS], after[POINTS], apart[2];
            struct audio a = voice(i, &rate);
            envelope_of(before, &a, &a, rate);
            for (int keep = 0; keep < 2; keep++) {
                envelope_of(after, &a, shifted_voice(i, k, keep), rate);
                apart[keep] = apart_db(before, after);
                sum[keep] += apart[keep] / TON_N(voices);
            }
            least = fmin(least, apart[0] / apart[1]);
            audio_free(&a);
        }
        figure("%+.0f st: envelope %.1f dB from the voice's if kept, %.1f dB if it follows (1.5 "
               "times); of the nearest voice %.1f times (1.1)",
               voice_shifts[k], sum[1], sum[0], least);
        assert_true(sum[0] > 1.5 * sum[1] && least > 1.1);
    }
}

// Middle of the energy from 10 ms before to 50 ms behind a hit, in ms.
static double middle_of(const struct audio *a, int64_t hit, double rate) {
    double energy = 1e-12, moment = 0;
    for (int64_t i = hit - (int64_t)(0.01 * rate); i < hit + (int64_t)(0.05 * rate); i++) {
        const double x = (double)a->at[0][i];
        energy += x * x;
        moment += x * x * (double)(i - hit);
    }
    return moment / energy * 1000 / rate;
}

// By how much b is later than a at the louder hits of `piece`, sorted; how many.
static int hits_late_ms(double *late, const char *piece, const struct audio *a,
                        const struct audio *b, double rate) {
    char path[4400], line[200], name[40];
    snprintf(path, sizeof path, "%s/multitrack/drums-multimic-funk138/onsets.csv", test_data());
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    int n = 0, velocity;
    double time;
    long long frame, take;
    while (fgets(line, sizeof line, f) && n < 100)
        if (sscanf(line, "%lf,%lld,%39[^,],%lld,%d", &time, &frame, name, &take, &velocity) == 5 &&
            strcmp(name, piece) == 0 && velocity >= 60 && frame > 1000 && frame + 4000 < a->frames)
            late[n++] = middle_of(b, frame, rate) - middle_of(a, frame, rate);
    fclose(f);
    qsort(late, (size_t)n, sizeof *late, later);
    return n;
}

static void hits_of_real_drums_keep_their_time(void **unused) {
    (void)unused;
    if (!test_data())
        skip_because("no recordings; set TON_DATA");
    static const char *const drums[][2] = {{"snare-top", "Snare"}, {"kdruml", "KdrumL"}};
    static const double shifts[] = {-7, -3, 3, 7};
    for (int d = 0; d < TON_N(drums); d++)
        for (int k = 0; k < TON_N(shifts); k++) {
            char name[100];
            double rate, late[100];
            snprintf(name, sizeof name, "multitrack/drums-multimic-funk138/%s.flac", drums[d][0]);
            struct audio a = recording_mono(name, 0, &rate);
            a.frames = (int64_t)(16 * rate); // of 24 s
            struct audio b = audio_copy(&a);
            shift_all(&b, rate, shifts[k], false);
            const int n = hits_late_ms(late, drums[d][1], &a, &b, rate);
            figure("%s, %+.0f st: %d hits, %+.2f ms late in the middle, %+.2f to %+.2f nine of ten "
                   "(median 3.5)",
                   drums[d][0], shifts[k], n, late[n / 2], late[n / 20], late[n - 1 - n / 20]);
            assert_true(n > 10 && fabs(late[n / 2]) < 3.5);
            audio_free(&a);
            audio_free(&b);
        }
}

// What the library keeps of a bass drum that began when it was reset must not be heard.
static void a_reset_among_drums_is_a_fresh_start(void **unused) {
    (void)unused;
    if (!test_data())
        skip_because("no recordings; set TON_DATA");
    double rate;
    struct audio a = recording_mono("multitrack/drums-multimic-funk138/kdruml.flac", 0, &rate);
    struct rig r = pitch(rate, 1, -5, false);
    const int n = (int)(2 * rate);
    struct audio fresh = {1, n, (float *[1]){0}}, again = audio_new(1, n), kept = audio_new(1, n);
    fresh.at[0] = kept.at[0];
    memcpy(kept.at[0], a.at[0] + n, sizeof(float) * (size_t)n);
    rig_run(&r, &fresh, NULL, 512);
    int64_t off = 0;
    for (int cut = 0; cut < 8; cut++) { // somewhere in the first seconds, then the same
        struct audio some = audio_new(1, n / 2 + cut * 1999);
        memcpy(some.at[0], a.at[0], sizeof(float) * (size_t)some.frames);
        rig_run(&r, &some, NULL, 512);
        r.processor->reset(r.state);
        memcpy(again.at[0], a.at[0] + n, sizeof(float) * (size_t)n);
        rig_run(&r, &again, NULL, 512);
        for (int i = 0; i < n; i++)
            off += memcmp(&again.at[0][i], &kept.at[0][i], sizeof(float)) != 0;
        audio_free(&some);
    }
    figure("8 resets among hits of a bass drum: %d samples differ", (int)off);
    assert_true(off == 0);
    audio_free(&a);
    audio_free(&again);
    audio_free(&kept);
    rig_close(&r);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sines_come_out_at_the_frequency_asked_for),
        cmocka_unit_test(no_shift_and_no_mix_leave_every_bit_alone),
        cmocka_unit_test(bursts_keep_their_time),
        cmocka_unit_test(after_a_move_of_the_shift_time_is_right_again),
        cmocka_unit_test(a_shift_that_begins_or_ends_leaves_no_hole),
        cmocka_unit_test(wild_moves_leave_no_gap_and_nothing_behind_a_reset),
        cmocka_unit_test(hits_of_real_drums_keep_their_time),
        cmocka_unit_test(a_reset_among_drums_is_a_fresh_start),
        cmocka_unit_test(voices_are_shifted_by_what_was_asked_for),
        cmocka_unit_test(kept_formants_stay_and_others_follow),
    };
    return cmocka_run_group_tests(tests, NULL, free_shifted_voices);
}
