/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the tone promises: signals to measure with have to be better than what they measure. */
#include "rig.h"

#include "ton/fft.h"
#include "ton/ltc.h"
#include "ton/pink.h"

#ifdef TON_HAVE_LTC
#include <ltc.h>
#endif

enum wave { SINE, SWEEP, PINK, WHITE, TIMECODE };

static struct rig tone_open(enum wave wave, double rate, int channels, float level) {
    struct rig r = rig_open("tone", rate, channels, 0);
    rig_set(&r, "wave", (float)wave);
    rig_set(&r, "level", level);
    return r;
}

static struct audio tone_run(struct rig *r, double seconds) {
    struct audio a = audio_new(r->config.channels, llround(seconds * r->config.rate));
    rig_start(r);
    rig_run(r, &a, NULL, 1000);
    rig_close(r);
    return a;
}

/* Phase in turns of the sine of `hz` that lies in a second from `from` on. */
static double phase_at(const float *x, int64_t from, double rate, double hz) {
    double c = 0, s = 0;
    for (int64_t i = from; i < from + (int64_t)rate; i++) {
        const double turns = fmod(hz / rate * (double)i, 1);
        c += (double)x[i] * cos(2 * M_PI * turns);
        s += (double)x[i] * sin(2 * M_PI * turns);
    }
    return atan2(c, s) / (2 * M_PI);
}

static void a_sine_is_one(void **state) {
    (void)state;
    static const struct {
        double rate, hz, level;
    } sines[] = {{48000, 1000, -18}, {48000, 997, 0},   {44100, 440, -6},   {44100, 19997, -1},
                 {96000, 20, -12},   {8000, 3000, -20}, {192000, 60000, -3}};
    for (int i = 0; i < TON_N(sines); i++) {
        const double rate = sines[i].rate, hz = sines[i].hz;
        struct rig r = tone_open(SINE, rate, 1, (float)sines[i].level);
        rig_set(&r, "frequency", (float)hz);
        struct audio a = tone_run(&r, 20);
        double rest;
        const double level = sine_level(a.at[0], 0, (int64_t)rate, rate, hz, &rest);
        const double turned =
            phase_at(a.at[0], (int64_t)(19 * rate), rate, hz) - phase_at(a.at[0], 0, rate, hz);
        const double off = 100 * turned / 19 / hz;
        figure("%6.0f Hz at %6.0f: level %+.4f dB off (within 0.01), frequency %.1e %% (0.001), "
               "all but the sine %.1f dB (at most -120)",
               hz, rate, level - sines[i].level, fabs(off), rest);
        assert_true(fabs(level - sines[i].level) <= 0.01 && fabs(off) <= 1e-3 && rest <= -120);
        audio_free(&a);
    }
}

/* The sweep folded with its inverse (turned round, 6 dB an octave down) is an impulse. */
static void a_sweep_and_its_inverse_are_an_impulse(void **state) {
    (void)state;
    enum { SIZE = 1 << 18, HALF = SIZE / 2 };
    const double rate = 48000, seconds = 2, low = 20, high = 20000;
    const int n = (int)(seconds * rate);
    struct rig r = tone_open(SWEEP, rate, 1, 0);
    rig_set(&r, "sweep_length", (float)seconds);
    struct audio a = tone_run(&r, seconds + 0.5);
    const double length = seconds / log(high / low);
    double worst = 0, behind = 0;
    for (int i = 0; i < n; i++) {
        const double t = i / rate, turns = low * length * (exp(t / length) - 1);
        worst = fmax(worst, fabs((double)a.at[0][i] - sin(2 * M_PI * fmod(turns, 1))));
    }
    for (int64_t i = n; i < a.frames; i++)
        behind = fmax(behind, fabs((double)a.at[0][i]));
    float *memory = ton_alloc(sizeof(float) * (ton_fft_floats(SIZE) + 4 * (size_t)SIZE));
    assert_non_null(memory);
    float *x = memory + ton_fft_floats(SIZE), *y = x + SIZE, *s = y + SIZE, *t = s + SIZE;
    struct ton_fft fft;
    struct ton_err err;
    assert_int_equal(ton_fft_open(&fft, memory, SIZE, &err), TON_OK);
    for (int i = 0; i < n; i++) {
        x[i] = a.at[0][i];
        y[n - 1 - i] = (float)((double)a.at[0][i] * exp(i / rate / length) / 1000);
    }
    ton_fft_forward(&fft, s, s + HALF, x);
    ton_fft_forward(&fft, t, t + HALF, y);
    double least = 1e9, most = 0;
    for (int k = 0; k < HALF; k++) {
        const double hz = k * rate / SIZE;
        const double re = (double)s[k] * t[k] - (double)s[HALF + k] * t[HALF + k];
        const double im = (double)s[k] * t[HALF + k] + (double)s[HALF + k] * t[k];
        s[k] = (float)re, s[HALF + k] = (float)im;
        if (hz > 5 * low && hz < high / 2) {
            least = fmin(least, hypot(re, im));
            most = fmax(most, hypot(re, im));
        }
    }
    ton_fft_inverse(&fft, x, s, s + HALF);
    int top = 0;
    double all = 0, near = 0;
    for (int i = 0; i < SIZE; i++)
        top = fabsf(x[i]) > fabsf(x[top]) ? i : top;
    for (int i = 0; i < SIZE; i++) {
        all += (double)x[i] * (double)x[i];
        near += abs(i - top) < 48 ? (double)x[i] * (double)x[i] : 0;
    }
    figure("off the formula by %.1f dBFS (at most -120), silent behind it; folded with its inverse "
           "it peaks at %d (%d), %.3f %% of the energy within 1 ms (at least 99), flat within "
           "%.2f dB from 100 Hz to 10 kHz (1.5)",
           ton_gain_to_db(worst), top, n - 1, 100 * near / all, ton_gain_to_db(most / least));
    assert_true(ton_gain_to_db(worst) <= -120 && behind == 0);
    assert_int_equal(top, n - 1);
    assert_true(near / all >= 0.99 && ton_gain_to_db(most / least) <= 1.5);
    ton_fft_close(&fft);
    ton_free(memory);
    audio_free(&a);
}

static double rms_db(const struct audio *a) {
    double sum = 0;
    for (int64_t i = 0; i < a->frames; i++)
        sum += (double)a->at[0][i] * (double)a->at[0][i];
    return 10 * log10(sum / (double)a->frames);
}

static double pink_db(const struct ton_pink *p, double rate, double hz) {
    double db = 0;
    for (int i = 0; i < p->n; i++) {
        double h[2];
        ton_biquad_response(h, &p->sections[i], 2 * M_PI * hz / rate);
        db += ton_gain_to_db(hypot(h[0], h[1]));
    }
    return db;
}

static void the_pink_filter_falls_3_db_an_octave(void **state) {
    (void)state;
    static const double rates[] = {8000, 16000, 44100, 48000, 96000, 192000, 384000};
    for (int r = 0; r < TON_N(rates); r++) {
        struct ton_pink p;
        double worst = 0;
        const double top = fmin(20000, 0.45 * rates[r]);
        ton_pink_init(&p, rates[r]);
        for (int i = 0; i <= 300; i++) {
            const double hz = 20 * pow(top / 20, i / 300.0);
            worst = fmax(worst, fabs(pink_db(&p, rates[r], hz) + 10 * log10(hz / 1000)));
        }
        figure("%6.0f Hz: off the line by %.3f dB from 20 to %.0f Hz (at most 0.1)", rates[r],
               worst, top);
        assert_true(worst <= 0.1);
    }
}

/* Octave by octave in the noise itself; 170 s of it, where chance leaves 0.1 dB. */
static void noise_has_its_level_and_colour(void **state) {
    (void)state;
    enum { SIZE = 8192, HALF = SIZE / 2, TIMES = 1000 };
    static const char *const names[] = {[PINK] = "pink", [WHITE] = "white"};
    float *memory = ton_alloc(sizeof(float) * (ton_fft_floats(SIZE) + 2 * (size_t)SIZE));
    assert_non_null(memory);
    float *x = memory + ton_fft_floats(SIZE), *s = x + SIZE;
    struct ton_fft fft;
    struct ton_err err;
    assert_int_equal(ton_fft_open(&fft, memory, SIZE, &err), TON_OK);
    for (int wave = PINK; wave <= WHITE; wave++) {
        struct rig r = tone_open((enum wave)wave, 48000, 1, -18);
        struct audio a = tone_run(&r, (double)SIZE * TIMES / 48000);
        double octaves[9] = {0}, least = 1e9, most = -1e9;
        for (int k = 0; k < TIMES; k++) {
            for (int i = 0; i < SIZE; i++)
                x[i] = a.at[0][k * SIZE + i] * (float)(1 - cos(2 * M_PI * (i + 0.5) / SIZE));
            ton_fft_forward(&fft, s, s + HALF, x);
            for (int b = 8; b < HALF; b++) {
                const int octave = (int)floor(log2(b / 8.0));
                if (octave < 9)
                    octaves[octave] += (double)s[b] * s[b] + (double)s[HALF + b] * s[HALF + b];
            }
        }
        for (int o = 0; o < 8; o++) { /* the last one is cut by the Nyquist frequency */
            const double db =
                10 * log10(octaves[o] / octaves[4]) - (wave == WHITE ? 3.0103 * (o - 4) : 0);
            least = fmin(least, db);
            most = fmax(most, db);
        }
        const double level = rms_db(&a) + 3.0103;
        figure("%-5s noise of -18 dBFS: %.3f (within %.2f), octaves from 47 Hz to 12 kHz %+.2f to "
               "%+.2f dB (within 0.25)",
               names[wave], level, wave == PINK ? 0.05 : 0.01, least, most);
        assert_true(fabs(level + 18) <= (wave == PINK ? 0.05 : 0.01));
        assert_true(least >= -0.25 && most <= 0.25);
        audio_free(&a);
    }
    ton_fft_close(&fft);
    ton_free(memory);
}

static void seeds_and_runs(void **state) {
    (void)state;
    static const float seeds[] = {0, 0, 1};
    struct audio a[3];
    double product = 0, power = 0;
    for (int i = 0; i < 3; i++) {
        struct rig r = tone_open(PINK, 48000, 1, -18);
        rig_set(&r, "seed", seeds[i]);
        a[i] = tone_run(&r, 10);
    }
    assert_memory_equal(a[0].at[0], a[1].at[0], sizeof(float) * 480000);
    for (int i = 0; i < 480000; i++) {
        product += (double)a[0].at[0][i] * (double)a[2].at[0][i];
        power += (double)a[0].at[0][i] * (double)a[0].at[0][i];
    }
    figure("the same seed: equal bits; another: correlation %.3f (within 0.05)", product / power);
    assert_true(fabs(product / power) <= 0.05);
    for (int i = 0; i < 3; i++)
        audio_free(&a[i]);
}

static double level_between(const float *x, double from, double to) {
    double sum = 0;
    for (int i = (int)(from * 48000); i < (int)(to * 48000); i++)
        sum += (double)x[i] * (double)x[i];
    return 10 * log10(sum / ((to - from) * 48000) * 2 + 1e-20);
}

static void it_is_heard_where_it_was_asked(void **state) {
    (void)state;
    static const char *const names[] = {"all", "left", "right", "alternating"};
    /* left and right in the first and the second second */
    static const double want[4][4] = {{-18, -18, -18, -18},
                                      {-18, -200, -18, -200},
                                      {-200, -18, -200, -18},
                                      {-18, -200, -200, -18}};
    for (int sides = 0; sides < 4; sides++)
        for (int add = 0; add < 2; add++) {
            struct rig r = tone_open(SINE, 48000, 2, -18);
            rig_set(&r, "channels", (float)sides);
            rig_set(&r, "input", (float)add);
            struct audio a = audio_new(2, 96000);
            for (int i = 0; i < 96000; i++)
                a.at[0][i] = a.at[1][i] = 0.25F;
            rig_start(&r);
            rig_run(&r, &a, NULL, 333);
            double got[4];
            for (int i = 0; i < 96000; i++)
                for (int c = 0; c < 2; c++)
                    a.at[c][i] -= add ? 0.25F : 0;
            for (int k = 0; k < 4; k++)
                got[k] = level_between(a.at[k % 2], k / 2 + 0.1, k / 2 + 0.9);
            figure("%-11s %s: %.2f %.2f, then %.2f %.2f dB", names[sides],
                   add ? "added" : "instead", got[0], got[1], got[2], got[3]);
            for (int k = 0; k < 4; k++)
                assert_true(want[sides][k] < -100 ? got[k] <= -150
                                                  : fabs(got[k] - want[sides][k]) <= 0.01);
            rig_close(&r);
            audio_free(&a);
        }
}

/* Decoded by libltc, frame by frame: the number after the one before, where it should be. */
static void timecode_is_read_frame_for_frame(void **state) {
    (void)state;
#ifndef TON_HAVE_LTC
    skip_because("built without libltc");
#else
    static const struct {
        double rate, fps;
        int kind;
        struct ton_timecode start;
    } tapes[] = {
        {48000, 24000 / 1001.0, TON_FPS_23976, {1, 0, 0, 0}},
        {48000, 24, TON_FPS_24, {9, 59, 58, 12}},
        {48000, 25, TON_FPS_25, {23, 59, 30, 0}},
        {44100, 25, TON_FPS_25, {10, 0, 0, 0}},
        {48000, 30000 / 1001.0, TON_FPS_2997, {0, 0, 59, 20}},
        {48000, 30000 / 1001.0, TON_FPS_2997_DROP, {0, 0, 50, 0}},
        {96000, 30000 / 1001.0, TON_FPS_2997_DROP, {0, 9, 50, 0}},
        {192000, 30, TON_FPS_30, {12, 34, 56, 7}},
    };
    for (int i = 0; i < TON_N(tapes); i++) {
        struct rig r = tone_open(TIMECODE, tapes[i].rate, 1, -6);
        rig_set(&r, "fps", (float)tapes[i].kind);
        rig_set(&r, "hours", (float)tapes[i].start.hours);
        rig_set(&r, "minutes", (float)tapes[i].start.minutes);
        rig_set(&r, "seconds", (float)tapes[i].start.seconds);
        rig_set(&r, "frames", (float)tapes[i].start.frames);
        struct audio a = tone_run(&r, 80);
        LTCDecoder *decoder = ltc_decoder_create((int)(tapes[i].rate / tapes[i].fps), 3000);
        assert_non_null(decoder);
        struct ton_timecode t = tapes[i].start;
        const int nominal = (int)ceil(tapes[i].fps);
        const bool drop = tapes[i].kind == TON_FPS_2997_DROP;
        int read = 0, wrong = 0;
        double late = 0;
        LTCFrameExt frame;
        for (int64_t at = 0; at + 1000 <= a.frames; at += 1000)
            ltc_decoder_write_float(decoder, a.at[0] + at, 1000, at);
        while (ltc_decoder_read(decoder, &frame)) {
            SMPTETimecode got;
            ltc_frame_to_time(&got, &frame.ltc, 0);
            wrong += got.hours != t.hours || got.mins != t.minutes || got.secs != t.seconds ||
                     got.frame != t.frames || frame.ltc.dfbit != drop;
            late = fmax(late, fabs((double)frame.off_start - read * tapes[i].rate / tapes[i].fps));
            read++;
            if (++t.frames == nominal) { /* counted as people count */
                t.frames = 0;
                if (++t.seconds == 60) {
                    t.seconds = 0;
                    if (++t.minutes == 60) {
                        t.minutes = 0;
                        t.hours = (t.hours + 1) % 24;
                    }
                    t.frames = drop && t.minutes % 10 ? 2 : 0;
                }
            }
        }
        figure("%.3f fps%s at %.0f Hz: %d frames read of %.0f, %d wrong, at most %.1f samples off",
               tapes[i].fps, drop ? " drop" : "", tapes[i].rate, read, 80 * tapes[i].fps, wrong,
               late);
        assert_true(wrong == 0 && read >= (int)(80 * tapes[i].fps) - 2);
        assert_true(late <= 5e-5 * tapes[i].rate); /* an edge takes 40 us */
        ltc_decoder_free(decoder);
        audio_free(&a);
    }
#endif
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sine_is_one),
        cmocka_unit_test(a_sweep_and_its_inverse_are_an_impulse),
        cmocka_unit_test(the_pink_filter_falls_3_db_an_octave),
        cmocka_unit_test(noise_has_its_level_and_colour),
        cmocka_unit_test(seeds_and_runs),
        cmocka_unit_test(it_is_heard_where_it_was_asked),
        cmocka_unit_test(timecode_is_read_frame_for_frame),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
