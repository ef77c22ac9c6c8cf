/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A line check on real voices, drums and music: what is put into them is found from some level on
 * (the tables), and nothing is found in what is clean. */

#include "line_rig.h"

#include "ton/order.h"

enum { LEVELS = 4 };

static const char *const material[] = {
    "speech/clean/LJ001-0001.flac",
    "speech/clean/librispeech-5703-47212-0000.flac",
    "multitrack/drums-multimic-funk138/kdruml.flac",
    "multitrack/drums-multimic-funk138/snare-top.flac",
    "multitrack/drums-multimic-funk138/ohl.flac",
    "restoration/clean.flac",
};
enum { N_MATERIAL = sizeof material / sizeof *material };

/* What happens to a line: at a level or of a size. */
static void hum(float *x, int64_t frames, int rate, double level) {
    static const double harmonics_db[] = {0, -14, -8, -22, -11, -26, -16, -30, -20};
    for (int k = 0; k < 9; k++)
        add_tone(x, frames, rate, 50.02 * (k + 1), level + harmonics_db[k]);
}

static void clip(float *x, int64_t frames, int rate, double level) {
    double peak = 0.0;
    (void)rate;
    for (int64_t i = 0; i < frames; i++)
        peak = fmax(peak, fabs((double)x[i]));
    peak *= rig_gain(-level);
    for (int64_t i = 0; i < frames; i++)
        x[i] = (float)fmax(-peak, fmin(peak, (double)x[i]));
}

/* Five places a second apart or less, where it sounds. */
static int64_t place(const float *x, int64_t frames, int i, int64_t period) {
    const int64_t part = frames / 6;
    int64_t best = part * i + part / 2;
    double most = -1.0;
    for (int64_t at = part * i + 4096; at + 8192 < part * (i + 1); at += 512) {
        double power = 0.0;
        for (int k = 0; k < 64; k++)
            power += (double)x[at + k * 8] * (double)x[at + k * 8];
        best = power > most ? at : best;
        most = fmax(most, power);
    }
    return best / period * period;
}

static void repeats(float *x, int64_t frames, int rate, double size) {
    const int n = (int)size;
    (void)rate;
    for (int i = 1; i < 6; i++) {
        const int64_t at = place(x, frames, i - 1, n);
        memcpy(x + at, x + at - n, (size_t)n * sizeof(float));
    }
}

static void holes(float *x, int64_t frames, int rate, double size) {
    (void)rate;
    for (int i = 1; i < 6; i++)
        memset(x + place(x, frames, i - 1, 64), 0, (size_t)size * sizeof(float));
}

static void losses(float *x, int64_t frames, int rate, double size) {
    const int n = (int)size;
    (void)rate;
    for (int i = 1; i < 6; i++) {
        const int64_t at = place(x, frames, i - 1, 256);
        memmove(x + at, x + at + n, (size_t)(frames - n - at) * sizeof(float));
    }
}

/* The line's clock is so many ppm slow, and the device's next sample is another one. */
static void slips(float *x, int64_t frames, int rate, double ppm) {
    (void)rate;
    for (int64_t i = 0; i < frames; i++)
        x[i] = x[ton_least(frames - 1, i + (int64_t)((double)i * ppm * 1e-6 + 0.4))];
}

/* Bursts of a phone: one of eight slots of each 60/13 ms, but not in each 26th. */
static void phone(float *x, int64_t frames, int rate, double level) {
    const double frame = rate * 0.06 / 13.0, peak = rig_gain(level) * sqrt(8.0);
    for (int64_t i = 0; i < frames; i++)
        if (fmod((double)i, frame) < 0.118 * frame && (int64_t)((double)i / frame) % 26 != 25)
            x[i] += (float)peak;
}

static bool has_hum(const struct ton_line *l) {
    return l->hum.cause != TON_HUM_NONE && fabs(l->hum.hz - 50.02) < 0.1;
}
static bool is_cut(const struct ton_line *l) {
    return l->clipping.flat_tops > 0;
}
static bool has_repeats(const struct ton_line *l) {
    return l->crackle.repeats >= 4;
}
static bool has_holes(const struct ton_line *l) {
    return l->crackle.holes >= 3;
}
static bool has_steps(const struct ton_line *l) {
    return l->crackle.steps > 0;
}

static bool has_slips(const struct ton_line *l) {
    return l->crackle.slips > 0;
}
static bool has_phone(const struct ton_line *l) {
    return !isnan(l->phone_dbfs);
}

static const struct fault {
    const char *name, *unit;
    void (*put)(float *x, int64_t frames, int rate, double level);
    bool (*found)(const struct ton_line *);
    double level[LEVELS]; /* 0: none */
    int least[LEVELS];    /* of N_MATERIAL */
} faults[] = {
    {"hum, earth loop", "dBFS", hum, has_hum, {-35, -45, -55, -65}, {6, 5, 3, 2}},
    {"clipped tops", "dB over", clip, is_cut, {9, 6, 3, 1}, {6, 6, 6, 0}},
    {"repeated blocks", "frames", repeats, has_repeats, {2048, 512, 128, 32}, {6, 6, 6, 6}},
    {"holes", "frames", holes, has_holes, {1024, 256, 64, 16}, {5, 5, 5, 5}},
    {"lost frames", "frames", losses, has_steps, {300, 64, 16, 1}, {2, 2, 0, 0}},
    {"another clock", "ppm", slips, has_slips, {300, 30}, {4, 1}},
    {"mobile phone", "dBFS", phone, has_phone, {-35, -55}, {4, 1}},
};
enum { N_FAULTS = sizeof faults / sizeof *faults };

static void what_is_put_into_real_sound_is_found(void **state) {
    (void)state;
    if (!test_data())
        skip_because("no recordings (TON_DATA)");
    int found[N_FAULTS][LEVELS] = {{0}};
    for (int m = 0; m < fewer(N_MATERIAL, 1); m++) {
        struct recording r = recording_of(material[m]);
        for (int f = 0; f < N_FAULTS; f++)
            for (int l = 0; l < LEVELS && faults[f].level[l] != 0.0; l++) {
                float *x = NULL;
                int64_t n;
                assert_true(window_of(&r, 0, 4.0, &x, &n));
                faults[f].put(x, n, r.rate, faults[f].level[l]);
                const struct ton_line line = measured_with(x, n, r.rate, 256);
                found[f][l] += faults[f].found(&line);
                ton_free(x);
            }
        ton_free(r.x);
    }
    figure("found in %d voices, drums and mixes of 4 s:", N_MATERIAL);
    for (int f = 0; f < N_FAULTS; f++) {
        char text[128] = "";
        for (int l = 0; l < LEVELS && faults[f].level[l] != 0.0; l++)
            snprintf(text + strlen(text), sizeof text - strlen(text), "%6g: %d   ",
                     faults[f].level[l], found[f][l]);
        figure("%-16s %s%s", faults[f].name, text, faults[f].unit);
    }
    for (int f = 0; f < fewer(N_FAULTS, 0); f++)
        for (int l = 0; l < LEVELS; l++)
            assert_true(found[f][l] >= faults[f].least[l]);
}

/* Noise floors as they were mixed (TRUTH.json there). */
static void the_noise_of_real_lines_is_that_which_was_mixed(void **state) {
    (void)state;
    static const struct {
        const char *name;
        double noise;
        enum ton_hum_cause hum; /* the rooms have, too */
    } lines[] = {
        {"multitrack/podcast-3-speakers/host.flac", -62.0, TON_HUM_NONE},
        {"multitrack/podcast-3-speakers/guest-b.flac", -55.0, TON_HUM_DIMMER},
    };
    if (!test_data())
        skip_because("no recordings (TON_DATA)");
    for (int i = 0; i < 2; i++) {
        struct recording r = recording_of(lines[i].name);
        int n = 0, told = 0;
        double worst = 0.0;
        float *x = NULL;
        int64_t frames;
        for (int w = 0; w < 5 && window_of(&r, w, 10.0, &x, &frames); w++) {
            const struct ton_line line = measured(x, frames, r.rate);
            told += line.hum.cause == lines[i].hum;
            if (!isnan(line.noise.rms_dbfs)) {
                worst = fmax(worst, fabs(line.noise.rms_dbfs - lines[i].noise));
                n++;
            }
            ton_free(x);
        }
        figure("%-42s noise in %d of 5 windows, %.2f dB off at worst (1), hum told in %d",
               lines[i].name, n, worst, told);
        assert_true(n >= 2 && worst < 1.0 && told >= 3);
        ton_free(r.x);
    }
}

/* Clean ones: of music made by a computer, of a kit, of voices. Left out: three voices and a mix of
 * them whose recordings have hum of 60 Hz or splices, which is found. */
static const char *const clean[] = {
    "multitrack/caesium/vox-lead.flac",
    "multitrack/caesium/kick.flac",
    "multitrack/caesium/garage-beat.flac",
    "multitrack/caesium/minilogue-synth.flac",
    "multitrack/caesium/bgvox-main.flac",
    "multitrack/caesium/scratch-hats.flac",
    "multitrack/space-spectre-midi/ch01.flac",
    "multitrack/space-spectre-midi/ch07.flac",
    "multitrack/space-spectre-midi/ch10.flac",
    "multitrack/space-spectre-midi/ch12.flac",
    "multitrack/drums-multimic-funk138/kdruml.flac",
    "multitrack/drums-multimic-funk138/snare-top.flac",
    "multitrack/drums-multimic-funk138/ohr.flac",
    "multitrack/drums-multimic-funk138/tom1.flac",
    "multitrack/drums-multimic-funk138/ambl.flac",
    "multitrack/drums-multimic-funk138/trigger.flac",
    "speech/clean/LJ001-0003.flac",
    "speech/clean/LJ001-0010.flac",
    "speech/clean/asterisk-it-demo-abouttotry.flac",
    "speech/clean/librispeech-5703-47212-0000.flac",
};
enum { N_CLEAN = sizeof clean / sizeof *clean };

/* Reads one window alone: whole recordings would take longer than their measurement. */
static bool read_window(float *x, int64_t *frames, int *rate, const char *name, double from,
                        double seconds) {
    struct ton_audio_in *in;
    struct ton_err err;
    char path[4300];
    float *planes[TON_MAX_CHANNELS] = {x};
    int64_t got = 0;
    snprintf(path, sizeof path, "%s/%s", test_data(), name);
    assert_int_equal(ton_audio_open(&in, path, &err), TON_OK);
    const struct ton_audio_info *info = ton_audio_info(in);
    *rate = info->rate;
    *frames = (int64_t)(seconds * info->rate);
    const int64_t at = (int64_t)(from * (double)(info->frames - *frames));
    if (*frames <= info->frames) {
        assert_int_equal(ton_audio_seek(in, at, &err), TON_OK);
        assert_int_equal(ton_audio_read(in, planes, *frames, &got, &err), TON_OK);
    }
    ton_audio_close(in);
    return got > 0;
}

static void clean_recordings_raise_no_alarm(void **state) {
    (void)state;
    static const double seconds[] = {3, 5, 10};
    if (!test_data())
        skip_because("no recordings (TON_DATA)");
    float *x = ton_alloc(10 * RATE * sizeof(float));
    double heard = 0.0;
    int alarms = 0;
    for (int i = 0; i < fewer(N_CLEAN, 3); i++)
        for (int w = 0; w < 3; w++) {
            const double from = (double)((i * 3 + w) * 23 % 60) / 60.0;
            int64_t frames;
            int rate;
            if (!read_window(x, &frames, &rate, clean[i], from, seconds[w]))
                continue;
            const struct ton_line l = measured_with(x, frames, rate, 256);
            /* Stems end in digital silence or its rounding; microphones never rest here. */
            const bool tail = !strstr(clean[i], "speech") && l.noise.rms_dbfs > -85.0;
            const bool alarm = tail || l.hum.total_dbfs > -80.0 || l.clipping.flat_tops ||
                               l.crackle.repeats || l.crackle.holes || l.crackle.steps ||
                               l.crackle.slips || !isnan(l.phone_dbfs) || fabs(l.dc) > 0.002;
            if (alarm)
                figure("%s at %.2f, %g s: noise %.1f, hum %.1f, %d flat, %d repeats, %d holes, %d "
                       "steps, DC %g",
                       clean[i], from, seconds[w], l.noise.rms_dbfs, l.hum.total_dbfs,
                       l.clipping.flat_tops, l.crackle.repeats, l.crackle.holes, l.crackle.steps,
                       l.dc);
            alarms += alarm;
            heard += seconds[w];
        }
    figure("%.0f s of %d recordings in windows of 3, 5 and 10 s: %d false alarms (0)", heard,
           N_CLEAN, alarms);
    assert_int_equal(alarms, 0);
    ton_free(x);
}

/* One fault a file, each place known. */
static void damaged_recordings_are_told_apart(void **state) {
    (void)state;
    if (!test_data())
        skip_because("no recordings (TON_DATA)");
    static const char *const names[] = {"clean",   "xruns",     "dropouts", "clicks",
                                        "clipped", "dc-offset", "hum-synth"};
    struct ton_line l[7];
    for (int i = 0; i < 7; i++) {
        char name[64];
        snprintf(name, sizeof name, "restoration/%s.flac", names[i]);
        struct recording r = recording_of(name);
        l[i] = measured(r.x, r.frames, r.rate);
        figure("%-10s %d repeats, %2d holes, %2d steps, period %4d, %2d flat at %.2f, DC %.4f, "
               "hum %.2f Hz %.1f dBFS",
               names[i], l[i].crackle.repeats, l[i].crackle.holes, l[i].crackle.steps,
               l[i].crackle.period_frames, l[i].clipping.flat_tops, l[i].clipping.level_dbfs,
               l[i].dc, l[i].hum.hz, l[i].hum.fundamental_dbfs);
        ton_free(r.x);
    }
    assert_true(l[0].crackle.repeats + l[0].crackle.holes + l[0].crackle.steps == 0);
    assert_int_equal(l[1].crackle.repeats, 6); /* xruns.csv */
    assert_int_equal(l[1].crackle.first_frame, 54818);
    assert_int_equal(l[2].crackle.holes, 11); /* dropouts.csv: of L, all to zero */
    assert_int_equal(l[2].crackle.first_frame, 34700);
    assert_true(l[3].crackle.steps >= 15);
    assert_true(fabs(l[4].clipping.level_dbfs - 20 * log10(0.7)) < 0.05);
    assert_true(fabs(l[5].dc - 0.012) < 0.0005);
    assert_true(fabs(l[6].hum.hz - 50.02) < 0.01 && fabs(l[6].hum.fundamental_dbfs + 37.01) < 0.5);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_put_into_real_sound_is_found),
        cmocka_unit_test(the_noise_of_real_lines_is_that_which_was_mixed),
        cmocka_unit_test(clean_recordings_raise_no_alarm),
        cmocka_unit_test(damaged_recordings_are_told_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
