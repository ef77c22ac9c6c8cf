/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the limiter promises: the ceiling in true peak, tones left unbent, a soft hand. */
#include "rig.h"

#include <dirent.h>
#include <sndfile.h>
#include <soxr.h>

#define BAR_DB 0.05

/* True peak, eight times oversampled, by a kernel twice as long as the limiter's own. */
enum { PHASES = 8, TAPS = 128 };

static double i0(double x) {
    double sum = 1, term = 1;
    for (int k = 1; k < 60; k++) {
        term *= (x / (2 * k)) * (x / (2 * k));
        sum += term;
    }
    return sum;
}

static double long_true_peak(const struct audio *a) {
    static float taps[PHASES][TAPS];
    double most = 1, peak = 0;
    for (int p = 1; p < PHASES; p++) {
        double sum = 0, absolute = 0, exact[TAPS];
        for (int i = 0; i < TAPS; i++) {
            const double t = i - (TAPS / 2 - 1 + p / (double)PHASES), r = t / (TAPS / 2);
            const double window = fabs(r) < 1 ? i0(10 * sqrt(1 - r * r)) / i0(10) : 0;
            exact[i] = sin(M_PI * t) / (M_PI * t) * window;
            sum += exact[i];
        }
        for (int i = 0; i < TAPS; i++) {
            taps[p][i] = (float)(exact[i] / sum);
            absolute += fabs(exact[i] / sum);
        }
        most = fmax(most, absolute);
    }
    for (int c = 0; c < a->channels; c++) {
        float *padded = ton_alloc(sizeof(float) * (size_t)(a->frames + 2 * TAPS + 16));
        assert_non_null(padded);
        memcpy(padded + TAPS, a->at[c], sizeof(float) * (size_t)a->frames);
        for (int64_t at = 0; at < a->frames + TAPS; at += 16) {
            const float *x = padded + at;
            float near = 0;
            for (int i = 0; i < TAPS + 16; i++)
                near = fmaxf(near, fabsf(x[i]));
            for (int i = 0; i < 16; i++)
                peak = fmax(peak, fabsf(x[i]));
            if (near * most <= peak)
                continue;
            for (int p = 1; p < PHASES; p++) {
                float sum[16] = {0};
                for (int t = 0; t < TAPS; t++)
                    for (int j = 0; j < 16; j++)
                        sum[j] += taps[p][t] * x[t + j];
                for (int j = 0; j < 16; j++)
                    peak = fmax(peak, fabsf(sum[j]));
            }
        }
        ton_free(padded);
    }
    return ton_gain_to_db(peak);
}

/* The same by soxr (VHQ), which cuts what lies near the Nyquist frequency and so makes peaks of its
 * own. */
static double soxr_true_peak(const struct audio *a) {
    const soxr_quality_spec_t quality = soxr_quality_spec(SOXR_VHQ, 0);
    const soxr_io_spec_t io = soxr_io_spec(SOXR_FLOAT32_I, SOXR_FLOAT32_I);
    const size_t room = (size_t)a->frames * 8 + 64;
    float *out = ton_alloc(sizeof *out * room);
    assert_non_null(out);
    double peak = 0;
    for (int c = 0; c < a->channels; c++) {
        size_t done = 0;
        assert_null(soxr_oneshot(1, 8, 1, a->at[c], (size_t)a->frames, NULL, out, room, &done, &io,
                                 &quality, NULL));
        for (size_t i = 0; i < done; i++)
            peak = fmax(peak, fabs((double)out[i]));
    }
    ton_free(out);
    return ton_gain_to_db(peak);
}

/* What the limiter makes of `a`, its latency included: a file cut off in the middle of a tone is a
 * click of its own. */
static struct audio limited(const struct audio *a, double rate, float gain, float ceiling) {
    struct rig r = rig_open("limiter", rate, a->channels, 0);
    rig_set(&r, "gain", gain);
    rig_set(&r, "ceiling", ceiling);
    rig_start(&r);
    struct audio whole = audio_new(a->channels, a->frames + r.latency);
    for (int c = 0; c < a->channels; c++)
        memcpy(whole.at[c], a->at[c], sizeof(float) * (size_t)a->frames);
    rig_run(&r, &whole, NULL, 4096);
    rig_close(&r);
    return whole;
}

static void check_torture(const char *what, struct audio *a, double rate) {
    struct audio out = limited(a, rate, 12, -1);
    const double over = long_true_peak(&out) + 1, soxr = soxr_true_peak(&out) + 1;
    figure("%-28s at %6.0f Hz: %+.3f dB re the ceiling, by soxr %+.3f (at most %+.2f)", what, rate,
           over, soxr, BAR_DB);
    assert_true(over <= BAR_DB && soxr <= BAR_DB);
    audio_free(&out);
    audio_free(a);
}

static void torture_signals_never_pass_the_ceiling(void **state) {
    (void)state;
    const double rates[] = {8000, 44100, 48000, 96000, 384000};
    for (int k = 0; k < TON_N(rates); k++) {
        const double rate = rates[k];
        const int64_t n = rate < 60000 ? (int64_t)(0.7 * rate) : 42000;
        uint64_t seed = 1;
        struct audio a = audio_new(2, n);
        for (int64_t i = 0; i < n; i++)
            for (int c = 0; c < 2; c++)
                a.at[c][i] = noise_next(&seed);
        check_torture("white noise, full scale", &a, rate);

        a = audio_new(2, n);
        for (int64_t i = 0; i < n; i++)
            for (int c = 0; c < 2; c++)
                a.at[c][i] = (i / (n / 14)) % 2 ? noise_next(&seed) : 0;
        check_torture("bursts of white noise", &a, rate);

        a = audio_new(1, n);
        for (int64_t i = 0; i < n; i++)
            a.at[0][i] = fmod(100.0 * (double)i / rate, 1) < 0.5 ? 1 : -1;
        check_torture("square, 100 Hz", &a, rate);

        a = audio_new(1, n);
        for (int64_t i = 0; i < n; i++)
            a.at[0][i] = fmod(rate / 7.3 * (double)i / rate, 1) < 0.5 ? 1 : -1;
        check_torture("square, rate / 7.3", &a, rate);

        a = audio_new(2, n);
        for (int64_t i = 0; i < n; i++)
            for (int c = 0; c < 2; c++)
                a.at[c][i] = (float)sin(M_PI / 2 * (double)i + M_PI / 4);
        check_torture("sine at rate / 4, 45 degrees", &a, rate);

        a = audio_new(1, n);
        for (int64_t i = 0; i < n; i++)
            a.at[0][i] =
                (float)(sin(M_PI / 2 * (double)i + M_PI / 4) * (((i / 997) % 3 == 0) ? 1 : 0.05));
        check_torture("bursts of sine at rate / 4", &a, rate);

        a = audio_new(1, n);
        for (int64_t i = 0; i < n; i++) /* alternating signs with a slip: the worst for a sinc */
            a.at[0][i] = ((i + i / 61) % 2) ? 1 : -1;
        check_torture("alternating signs with slips", &a, rate);

        a = audio_new(1, n);
        for (int64_t i = 0; i < n; i++)
            a.at[0][i] = i % 1500 == 700 ? 1 : 0;
        check_torture("single impulses", &a, rate);

        a = audio_new(1, n);
        double phase = 0;
        for (int64_t i = 0; i < n; i++) {
            phase += M_PI * 0.98 * (double)i / (double)n;
            a.at[0][i] = (float)sin(phase);
        }
        check_torture("sweep to 0.98 of Nyquist", &a, rate);
    }
}

static bool is_audio(const char *name) {
    static const char *const ends[] = {".wav", ".flac", ".aif", ".aiff", ".au", ".ogg", ".WAV"};
    for (int i = 0; i < TON_N(ends); i++)
        if (ton_text_ends(name, ends[i]))
            return true;
    return false;
}

struct tally {
    int files;
    double worst, seconds;
    char where[4200];
};

/* At most a minute of each file, 12 dB into the limiter. */
static void check_file(struct tally *t, const char *path) {
    SF_INFO info = {0};
    SNDFILE *file = sf_open(path, SFM_READ, &info);
    if (!file)
        return;
    const bool usable = info.channels >= 1 && info.channels <= 16 && info.samplerate >= 8000 &&
                        info.samplerate <= 384000 && info.frames > 0;
    const int64_t most = (int64_t)info.samplerate * 20;
    struct audio a = {0};
    if (usable) {
        int64_t n = info.frames < most ? info.frames : most;
        if (info.frames > most) // its middle
            sf_seek(file, (info.frames - most) / 2, SEEK_SET);
        float *mixed = ton_alloc(sizeof *mixed * (size_t)n * (size_t)info.channels);
        assert_non_null(mixed);
        n = sf_readf_float(file, mixed, n);
        a = audio_new(info.channels, n);
        for (int64_t i = 0; i < n; i++)
            for (int c = 0; c < info.channels; c++) {
                const float x = mixed[i * info.channels + c];
                a.at[c][i] = isfinite(x) ? x : 0; /* as the engine hands it on */
            }
        ton_free(mixed);
    }
    sf_close(file);
    if (a.frames > 0) {
        struct audio out = limited(&a, info.samplerate, 12, -1);
        const double over = long_true_peak(&out) + 1;
        t->files++;
        t->seconds += (double)a.frames / info.samplerate;
        if (over > t->worst) {
            t->worst = over;
            snprintf(t->where, sizeof t->where, "%s", path);
        }
        audio_free(&out);
    }
    audio_free(&a);
}

static void check_folder(struct tally *t, const char *folder) {
    DIR *dir = opendir(folder);
    if (!dir)
        return;
    for (struct dirent *e; (e = readdir(dir));) {
        char path[4200];
        snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
        if (e->d_type == DT_DIR && e->d_name[0] != '.')
            check_folder(t, path);
        else if (e->d_type == DT_REG && is_audio(e->d_name))
            check_file(t, path);
    }
    closedir(dir);
}

static void no_recording_passes_the_ceiling(void **state) {
    (void)state;
    if (!test_data())
        skip_because("no recordings");
    struct tally t = {.worst = -INFINITY};
    check_folder(&t, test_data());
    figure(
        "%d recordings, %.0f s, driven by 12 dB: at most %+.4f dB re the ceiling (at most %+.2f)",
        t.files, t.seconds, t.worst, BAR_DB);
    figure("worst: %s", t.where);
    assert_true(t.files > 50 && t.worst <= BAR_DB);
}

static void a_bass_tone_is_turned_down_not_bent(void **state) {
    (void)state;
    static const struct {
        double hz, bar;
    } tones[] = {{15, -50},  {20, -60},  {25, -70},   {31.5, -100},
                 {40, -100}, {60, -100}, {100, -100}, {1000, -100}};
    for (int k = 0; k < TON_N(tones); k++) {
        struct rig r = rig_open("limiter", 48000, 1, 0);
        rig_set(&r, "gain", 6);
        rig_set(&r, "ceiling", 0);
        rig_start(&r);
        struct audio a = audio_new(1, 48000 * 4);
        audio_sine(&a, 48000, tones[k].hz, 0);
        rig_run(&r, &a, NULL, 512);
        double rest = 0;
        const double level = sine_level(a.at[0], 96000, 192000, 48000, tones[k].hz, &rest);
        figure("%6.1f Hz limited by 6 dB: %.3f dB, distortion and noise %.0f dB (at most %.0f)",
               tones[k].hz, level, rest, tones[k].bar);
        assert_true(fabs(level) <= 0.05 && rest <= tones[k].bar);
        audio_free(&a);
        rig_close(&r);
    }
}

static void what_stays_below_passes_bit_for_bit(void **state) {
    (void)state;
    static const double rates[] = {8000, 48000, 384000};
    for (int k = 0; k < TON_N(rates); k++) {
        struct rig r = rig_open("limiter", rates[k], 2, 0);
        rig_set(&r, "ceiling", -1);
        rig_start(&r);
        const int latency = r.latency;
        struct audio a = audio_new(2, 20000), b = audio_new(2, 20000);
        uint64_t seed = 11;
        for (int c = 0; c < 2; c++) {
            for (int64_t i = 0; i < a.frames; i++)
                a.at[c][i] = 0.2F * noise_next(&seed);
            memcpy(b.at[c], a.at[c], sizeof(float) * 20000);
        }
        rig_run(&r, &b, NULL, 333);
        for (int c = 0; c < 2; c++)
            for (int64_t i = latency; i < a.frames; i++)
                assert_true(b.at[c][i] == a.at[c][i - latency]);
        figure("%6.0f Hz: the same bits, %d frames (%.2f ms) late", rates[k], latency,
               latency / rates[k] * 1000);
        audio_free(&a);
        audio_free(&b);
        rig_close(&r);
    }
}

/* Milliseconds from the end of a stretch over the ceiling until 63 % of the gain is back. */
static double release_ms(double seconds_over) {
    struct rig r = rig_open("limiter", 48000, 1, 0);
    rig_set(&r, "ceiling", 0);
    rig_set(&r, "release", 100);
    rig_start(&r);
    const int64_t from = 24000, to = from + (int64_t)(seconds_over * 48000);
    struct audio a = audio_new(1, to + 48000 * 4);
    for (int64_t i = 0; i < a.frames; i++)
        a.at[0][i] = i >= from && i < to ? 2.0F : 0.1F;
    rig_run(&r, &a, NULL, 480);
    const int64_t over = to + r.latency;
    int64_t i = over;
    while (i < a.frames && a.at[0][i] < 0.1F * (1 - 0.5F / (float)M_E))
        i++;
    audio_free(&a);
    rig_close(&r);
    return (double)(i - over) / 48;
}

static void long_limiting_is_let_go_slower_than_a_peak(void **state) {
    (void)state;
    const double peak = release_ms(0.001), long_one = release_ms(5);
    figure("release 100 ms: %.0f ms after a peak of 1 ms (100 to 140, 16 of them held), %.0f ms "
           "after 5 s (400 to "
           "1000)",
           peak, long_one);
    assert_true(peak >= 100 && peak <= 140);
    assert_true(long_one >= 400 && long_one <= 1000);
}

static void channels_move_together(void **state) {
    (void)state;
    struct audio a = audio_new(6, 48000);
    audio_sine(&a, 48000, 997, -12);
    for (int64_t i = 20000; i < 24000; i++)
        a.at[3][i] *= 8;
    struct audio out = limited(&a, 48000, 0, -1);
    for (int64_t i = 0; i < out.frames; i++)
        for (int c = 1; c < 6; c++)
            assert_true(c == 3 || out.at[c][i] == out.at[0][i]);
    float least = 1;
    for (int64_t i = 22000; i < 22048; i++)
        least = fminf(least, fabsf(out.at[0][i] / a.at[0][i - (out.frames - a.frames)]));
    figure("a peak on one of six channels turns all down, the others by %.2f dB (-7.1)",
           ton_gain_to_db((double)least));
    assert_true(fabs(ton_gain_to_db((double)least) + 7.1) < 0.2);
    audio_free(&a);
    audio_free(&out);
}

static void parts_keyed_by_the_whole_add_up_to_it(void **state) {
    (void)state;
    struct audio whole = audio_new(2, 48000), key = audio_new(2, 48000), parts[2];
    uint64_t seed = 23;
    for (int p = 0; p < 2; p++) {
        parts[p] = audio_new(2, 48000);
        for (int c = 0; c < 2; c++)
            for (int64_t i = 0; i < 48000; i++) {
                parts[p].at[c][i] = noise_next(&seed) * ((i / 5000 + p) % 3 ? 0.2F : 0.9F);
                whole.at[c][i] += parts[p].at[c][i];
            }
    }
    for (int c = 0; c < 2; c++)
        memcpy(key.at[c], whole.at[c], sizeof(float) * 48000);
    struct audio *const runs[] = {&whole, &parts[0], &parts[1]};
    for (int k = 0; k < 3; k++) {
        struct rig r = rig_open("limiter", 48000, 2, k ? 2 : 0);
        rig_set(&r, "gain", 6);
        rig_start(&r);
        rig_run(&r, runs[k], k ? &key : NULL, 500);
        rig_close(&r);
    }
    assert_parts_add_up(&whole, parts);
    audio_free(&whole);
    audio_free(&key);
    for (int p = 0; p < 2; p++)
        audio_free(&parts[p]);
}

static void the_ceiling_holds_while_the_drive_moves(void **state) {
    (void)state;
    struct rig r = rig_open("limiter", 48000, 1, 0);
    rig_start(&r);
    struct audio a = audio_new(1, 32 * 3000);
    audio_sine(&a, 48000, 3000, 0);
    for (int k = 0; k < 3000; k++) {
        struct audio piece = {.channels = 1, .frames = 32, .at = (float *[]){a.at[0] + 32 * k}};
        rig_set(&r, "gain", 12 + 12 * (float)sin(k * 0.02));
        rig_run(&r, &piece, NULL, 32);
    }
    const double over = long_true_peak(&a) + 1;
    figure("drive moving between 0 and 24 dB: %+.3f dB re the ceiling (at most %+.2f)", over,
           BAR_DB);
    assert_true(over <= BAR_DB);
    audio_free(&a);
    rig_close(&r);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(torture_signals_never_pass_the_ceiling),
        cmocka_unit_test(no_recording_passes_the_ceiling),
        cmocka_unit_test(a_bass_tone_is_turned_down_not_bent),
        cmocka_unit_test(what_stays_below_passes_bit_for_bit),
        cmocka_unit_test(long_limiting_is_let_go_slower_than_a_peak),
        cmocka_unit_test(channels_move_together),
        cmocka_unit_test(parts_keyed_by_the_whole_add_up_to_it),
        cmocka_unit_test(the_ceiling_holds_while_the_drive_moves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
