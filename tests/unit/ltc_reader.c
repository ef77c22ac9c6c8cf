/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timecode that comes in as sound: each number is read, each frame stands where it was played, and
 * what goes wrong on a line is told. */
#include "config.h"
#include "promise.h"

#include "ton/audio_in.h"
#include "ton/timecode.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#if TON_HAVE_LTC
#include <ltc.h>
#endif

static const enum ton_fps every_fps[] = {TON_FPS_23976, TON_FPS_24,        TON_FPS_25,
                                         TON_FPS_2997,  TON_FPS_2997_DROP, TON_FPS_30};

/* A line: timecode, at a level and at a speed, with noise and an offset. */
struct tape {
    double rate, ppm;
    enum ton_fps fps;
    struct ton_timecode start; /* at frame 0 */
    float level, noise, offset;
    uint64_t seed;
    struct ton_ltc ltc;
};

static void tape_thread(struct tape *t) {
    t->level = t->level > 0 ? t->level : 0.5F;
    ton_ltc_init(&t->ltc, t->rate / (1.0 + t->ppm * 1e-6), t->fps, t->start);
}

/* Uniform, with this standard deviation. */
static float hiss(uint64_t *state, float deviation) {
    *state = *state * 6364136223846793005ULL + 1442695040888963407ULL;
    return deviation * 1.7320508F * (float)((double)(int64_t)*state * 0x1p-63);
}

static void tape_play(struct tape *t, float *out, int frames, int64_t at) {
    for (int i = 0; i < frames; i++)
        out[i] = t->level * ton_ltc_at(&t->ltc, at + i) + hiss(&t->seed, t->noise) + t->offset;
}

static double frame_length(const struct tape *t) {
    return t->rate / (1.0 + t->ppm * 1e-6) / ton_fps_kind(t->fps).fps;
}

static double timeline_at(const struct tape *t, double at) {
    return ton_timecode_samples(t->start, t->fps, t->rate) + at * (1.0 + t->ppm * 1e-6);
}

struct reading {
    struct ton_ltc_reader *reader;
    struct ton_ltc_status status;
    int64_t wrong; /* numbers that are not those that were played */
    double off;    /* most, in samples, after the first second */
};

static struct reading reading_open(double rate, enum ton_fps fps) {
    struct reading g = {0};
    struct ton_err err = {0};
    if (ton_ltc_reader_create(&g.reader, rate, fps, &err))
        fail_msg("%s", err.text);
    return g;
}

static void reading_close(struct reading *g) {
    ton_ltc_reader_destroy(g->reader);
}

enum { STEP = 32 };

/* Listens from a frame on, and holds each new number to what was played. */
static void listen(struct reading *g, struct tape *t, int64_t from, int64_t to) {
    float block[STEP];
    for (int64_t at = from; at < to; at += STEP) {
        const int64_t frames = g->status.frames;
        tape_play(t, block, STEP, at);
        ton_ltc_reader_hear(g->reader, block, STEP, at);
        ton_ltc_reader_status(g->reader, &g->status);
        assert_true(isfinite(g->status.timeline));
        if (g->status.frames == frames)
            continue;
        const int64_t n = (int64_t)floor((double)(at + STEP) / frame_length(t)) - 1;
        const struct ton_timecode due = ton_ltc_timecode(&t->ltc, n);
        g->wrong += memcmp(&due, &g->status.now, sizeof due) != 0;
        if (at - from > (int64_t)t->rate)
            g->off = fmax(g->off, fabs(g->status.timeline - timeline_at(t, (double)g->status.at)));
    }
}

#if TON_HAVE_LTC
#define NEEDS_LIBLTC (void)0
#else
#define NEEDS_LIBLTC skip_because("built without libltc")
#endif

static void each_number_is_read_and_placed(void **state) {
    (void)state;
    NEEDS_LIBLTC;
    static const double rates[] = {44100, 48000, 96000};
    for (int r = 0; r < TON_N(rates); r++)
        for (int k = 0; k < TON_N(every_fps); k++) {
            struct tape t = {.rate = rates[r], .fps = every_fps[k], .start = {0, 58, 58, 4}};
            tape_thread(&t);
            struct reading g = reading_open(t.rate, t.fps);
            listen(&g, &t, 0, (int64_t)(t.rate * 4.0));
            const int64_t played = (int64_t)(4.0 * ton_fps_kind(t.fps).fps);
            figure("%-16s at %5.0f Hz: %lld of %lld frames, %lld wrong, %.3f samples off (below "
                   "0.1), speed %.6f",
                   ton_fps_name(t.fps), t.rate, (long long)g.status.frames, (long long)played,
                   (long long)g.wrong, g.off, g.status.speed);
            assert_true(g.status.frames >= played - 2 && g.wrong == 0 && g.off < 0.1);
            assert_int_equal(g.status.fps, t.fps);
            assert_true(g.status.present && !g.status.backwards && g.status.jumps == 0);
            assert_true(fabs(g.status.speed - 1.0) < 1e-5);
            assert_true(isnan(g.status.drift_ppm));
            assert_false(ton_ltc_reader_differs(g.reader, (char[200]){0}, 200));
            reading_close(&g);
        }
}

static void noise_level_and_offset_do_not_matter(void **state) {
    (void)state;
    NEEDS_LIBLTC;
    static const struct {
        const char *what;
        float level, noise_db, offset;
    } lines[] = {
        {"-40 dBFS", 0.01F, -200, 0},
        {"-60 dBFS", 0.001F, -200, 0},
        {"noise at -30 dB", 0.5F, -30, 0},
        {"-40 dBFS, noise at -30 dB", 0.01F, -30, 0},
        {"an offset as high as the level", 0.25F, -60, 0.25F},
    };
    for (int i = 0; i < TON_N(lines); i++) {
        struct tape t = {.rate = 48000, .fps = TON_FPS_2997_DROP, .start = {0, 9, 57, 0}};
        t.level = lines[i].level;
        t.noise = lines[i].level * powf(10.0F, lines[i].noise_db / 20.0F);
        t.offset = lines[i].offset;
        tape_thread(&t);
        struct reading g = reading_open(t.rate, t.fps);
        listen(&g, &t, 0, 48000 * 5);
        figure("%-31s %lld of 149 frames, %lld wrong, %.3f samples off", lines[i].what,
               (long long)g.status.frames, (long long)g.wrong, g.off);
        assert_true(g.status.frames >= 147 - (lines[i].offset > 0 ? 10 : 0) && g.wrong == 0 &&
                    g.off < 0.1);
        assert_int_equal(g.status.jumps, 0);
        reading_close(&g);
    }
}

static void what_is_no_number_does_no_lasting_harm(void **state) {
    (void)state;
    NEEDS_LIBLTC;
    struct tape t = {.rate = 48000, .fps = TON_FPS_25, .start = {10, 0, 0, 0}};
    tape_thread(&t);
    struct reading g = reading_open(48000, t.fps);
    listen(&g, &t, 0, 48000);
    const float bad[] = {NAN, INFINITY, -INFINITY};
    ton_ltc_reader_hear(g.reader, bad, 3, 48000);
    listen(&g, &t, 48003, 48003 + 32 * 3000);
    figure("%lld of 75 frames, %lld wrong", (long long)g.status.frames, (long long)g.wrong);
    assert_true(g.status.frames >= 70 && g.wrong == 0 && g.status.jumps == 0);
    reading_close(&g);
}

static void drift_is_measured(void **state) {
    (void)state;
    NEEDS_LIBLTC;
    static const struct {
        enum ton_fps fps;
        double ppm;
    } drifts[] = {{TON_FPS_25, 100}, {TON_FPS_2997_DROP, -100}, {TON_FPS_30, 12.5}};
    for (int i = 0; i < TON_N(drifts); i++) {
        struct tape t = {.rate = 48000, .fps = drifts[i].fps, .ppm = drifts[i].ppm};
        t.noise = 0.005F;
        tape_thread(&t);
        struct reading g = reading_open(t.rate, t.fps);
        static float block[4800];
        for (int64_t at = 0; at < 48000 * 60; at += 4800) {
            tape_play(&t, block, 4800, at);
            ton_ltc_reader_hear(g.reader, block, 4800, at);
            ton_ltc_reader_status(g.reader, &g.status);
            assert_true(isnan(g.status.drift_ppm) == (at < 48000 * 10));
            if (at == 48000 * 11)
                figure("%+.1f ppm: %+.3f after 11 s", t.ppm, g.status.drift_ppm);
        }
        figure("%+.1f ppm: %+.4f after 60 s (within 1)", t.ppm, g.status.drift_ppm);
        assert_true(fabs(g.status.drift_ppm - t.ppm) < 1.0);
        reading_close(&g);
    }
}

/* Dead for 0.1 s and 2 s: the numbers go on as if nothing had been. */
static void a_drop_out_is_no_jump(void **state) {
    (void)state;
    NEEDS_LIBLTC;
    struct tape t = {.rate = 48000, .fps = TON_FPS_25, .start = {10, 0, 0, 0}};
    tape_thread(&t);
    struct reading g = reading_open(t.rate, t.fps);
    listen(&g, &t, 0, 96000);
    const float level = t.level;
    t.level = 0;
    listen(&g, &t, 96000, 100800);
    assert_true(g.status.present);
    t.level = level;
    listen(&g, &t, 100800, 192000);
    t.level = 0;
    listen(&g, &t, 192000, 192000 + 12000 + 2 * 1920);
    assert_false(g.status.present);
    t.level = level;
    listen(&g, &t, 288000, 384000); /* lost by the device */
    figure("%lld frames, %lld wrong, %.3f samples off, %lld jumps", (long long)g.status.frames,
           (long long)g.wrong, g.off, (long long)g.status.jumps);
    assert_true(g.status.present && g.status.jumps == 0 && g.wrong == 0 && g.off < 1.0);
    assert_false(isnan(g.status.timeline));
    reading_close(&g);
}

/* The device says that it lost a period, and the line went on; the numbers do so too. */
static void a_slip_is_another_line_and_no_jump(void **state) {
    (void)state;
    NEEDS_LIBLTC;
    struct tape t = {.rate = 48000, .fps = TON_FPS_25, .start = {10, 0, 0, 0}};
    tape_thread(&t);
    struct reading g = reading_open(48000, t.fps);
    enum { SLIP = 256 };
    double off = 0;
    float block[STEP];
    for (int64_t at = 0; at < 96000 + 7200; at += STEP) {
        const int64_t heard = at < 96000 ? at : at + SLIP;
        tape_play(&t, block, STEP, at);
        ton_ltc_reader_hear(g.reader, block, STEP, heard);
        ton_ltc_reader_status(g.reader, &g.status);
        off = fabs(g.status.timeline - timeline_at(&t, (double)(g.status.at - heard + at)));
    }
    figure("0.15 s after a slip of %d samples %.3f off, %lld jumps", SLIP, off,
           (long long)g.status.jumps);
    assert_true(off < 0.1 && g.status.jumps == 0 && g.status.present);
    assert_true(fabs(g.status.speed - 1) < 1e-3);
    reading_close(&g);
}

static void jumps_are_counted(void **state) {
    (void)state;
    NEEDS_LIBLTC;
    struct tape a = {.rate = 48000, .fps = TON_FPS_25, .start = {10, 0, 0, 0}};
    struct tape b = {.rate = 48000, .fps = TON_FPS_25, .start = {11, 30, 0, 0}};
    tape_thread(&a);
    tape_thread(&b);
    struct reading g = reading_open(48000, TON_FPS_25);
    listen(&g, &a, 0, 96960); /* half a frame, and half a frame of the other: that is none */
    listen(&g, &b, 96960, 192960);
    assert_int_equal(g.status.jumps, 1);
    assert_true(g.wrong == 0);
    listen(&g, &a, 192960, 288000);
    assert_int_equal(g.status.jumps, 2);
    figure("2 jumps told, %lld wrong, %.3f samples off", (long long)g.wrong,
           fabs(g.status.timeline - timeline_at(&a, (double)g.status.at)));
    assert_true(g.wrong == 0 &&
                fabs(g.status.timeline - timeline_at(&a, (double)g.status.at)) < 1.0);
    reading_close(&g);
}

/* Rewound, and played from elsewhere: that is no jump. */
static void what_stood_still_starts_anew(void **state) {
    (void)state;
    NEEDS_LIBLTC;
    struct tape a = {.rate = 48000, .fps = TON_FPS_25, .start = {10, 0, 0, 0}};
    struct tape b = {.rate = 48000, .fps = TON_FPS_25, .start = {9, 0, 0, 0}};
    tape_thread(&a);
    tape_thread(&b);
    struct reading g = reading_open(48000, TON_FPS_25);
    listen(&g, &a, 0, 48000);
    listen(&g, &b, 96000, 192000);
    assert_true(g.status.present && g.status.jumps == 0 && g.wrong == 0);
    assert_int_equal(g.status.now.hours, 9);
    reading_close(&g);
}

static void it_starts_in_the_middle_and_passes_midnight(void **state) {
    (void)state;
    NEEDS_LIBLTC;
    struct tape t = {.rate = 48000, .fps = TON_FPS_2997_DROP, .start = {23, 59, 50, 0}};
    tape_thread(&t);
    struct reading g = reading_open(48000, t.fps);
    listen(&g, &t, 48000 * 8 + 777, 48000 * 12);
    figure("%02d:%02d:%02d;%02d, timeline %.1f", g.status.now.hours, g.status.now.minutes,
           g.status.now.seconds, g.status.now.frames, g.status.timeline);
    assert_true(g.wrong == 0 && g.status.jumps == 0 && g.status.now.hours == 0);
    assert_true(g.status.timeline < 48000 * 3);
    reading_close(&g);
}

/* The same sound, last sample first. */
static void backwards_it_is_read_too(void **state) {
    (void)state;
    NEEDS_LIBLTC;
    struct tape t = {.rate = 48000, .fps = TON_FPS_2997, .start = {10, 0, 0, 0}};
    tape_thread(&t);
    enum { ALL = 48000 * 4 };
    static float whole[ALL];
    tape_play(&t, whole, ALL, 0);
    struct reading g = reading_open(48000, t.fps);
    double off = 0;
    for (int64_t at = 0; at < ALL; at += STEP) {
        float block[STEP];
        for (int i = 0; i < STEP; i++)
            block[i] = whole[ALL - 1 - at - i];
        ton_ltc_reader_hear(g.reader, block, STEP, at);
        ton_ltc_reader_status(g.reader, &g.status);
        if (at > 48000)
            off = fmax(off,
                       fabs(g.status.timeline - timeline_at(&t, (double)(ALL - 1 - g.status.at))));
    }
    figure("%lld of 119 frames, %.3f samples off", (long long)g.status.frames, off);
    assert_true(g.status.backwards && g.status.present && g.status.frames >= 115 && off < 0.1);
    assert_true(g.status.now.hours == 10 && g.status.now.seconds == 0 && g.status.jumps == 0);
    reading_close(&g);
}

/* As a tape that is wound, both ways, in the noise that comes with it. */
static void wound_it_is_read_too(void **state) {
    (void)state;
    NEEDS_LIBLTC;
    static const struct {
        double rate, speed;
        float noise_db;
        double missed; /* part of the frames that may be */
    } winds[] = {{44100, 0.5, -20, 0.05},
                 {44100, 2, -20, 0.05},
                 {44100, 4, -20, 0.05},
                 {48000, 4, -12, 0.2},
                 {96000, 8, -20, 0.2}};
    static float whole[4 * 96000];
    for (int i = 0; i < 2 * TON_N(winds); i++) {
        const double speed = winds[i / 2].speed;
        struct tape t = {.rate = winds[i / 2].rate, .fps = TON_FPS_2997, .ppm = (speed - 1) * 1e6};
        t.start = (struct ton_timecode){10, 0, 0, 0};
        t.noise = 0.5F * powf(10, winds[i / 2].noise_db / 20);
        tape_thread(&t);
        const int all = (int)t.rate * 4, due = (int)(4 * speed * 30000 / 1001);
        tape_play(&t, whole, all, 0);
        struct reading g = reading_open(t.rate, t.fps);
        for (int a = 0, b = all - 1; i % 2 && a < b; a++, b--) {
            const float x = whole[a];
            whole[a] = whole[b];
            whole[b] = x;
        }
        ton_ltc_reader_hear(g.reader, whole, all, 0);
        ton_ltc_reader_status(g.reader, &g.status);
        figure("%s %gx in noise of %.0f dB: %lld of %d frames, %lld jumps, speed %.4f",
               i % 2 ? "backwards" : "forwards ", speed, (double)winds[i / 2].noise_db,
               (long long)g.status.frames, due, (long long)g.status.jumps, g.status.speed);
        assert_true((double)g.status.frames >= due * (1 - winds[i / 2].missed) - 2);
        assert_true(g.status.jumps == 0 && g.status.backwards == i % 2);
        assert_true(fabs(g.status.speed / speed - 1) < 1e-3);
        reading_close(&g);
    }
}

static void other_timecode_than_was_asked_for_is_told(void **state) {
    (void)state;
    NEEDS_LIBLTC;
    for (int a = 0; a < TON_N(every_fps); a++)
        for (int k = 0; k < TON_N(every_fps); k++) {
            struct tape t = {.rate = 48000, .fps = every_fps[k], .start = {1, 0, 0, 0}};
            tape_thread(&t);
            struct reading g = reading_open(48000, every_fps[a]);
            char text[200] = "";
            listen(&g, &t, 0, 48000 * 2);
            assert_int_equal(g.status.fps, t.fps);
            assert_int_equal(ton_ltc_reader_differs(g.reader, text, sizeof text), a != k);
            if (a == k + 1)
                figure("%s", text);
            assert_true(g.status.jumps == 0);
            reading_close(&g);
        }
}

static void noise_alone_is_no_timecode(void **state) {
    (void)state;
    NEEDS_LIBLTC;
    struct reading g = reading_open(48000, TON_FPS_25);
    uint64_t seed = 1;
    float block[4800];
    for (int64_t at = 0; at < 48000LL * 60; at += 4800) {
        for (int i = 0; i < 4800; i++)
            block[i] = hiss(&seed, 0.1F);
        ton_ltc_reader_hear(g.reader, block, 4800, at);
    }
    ton_ltc_reader_status(g.reader, &g.status);
    figure("%lld frames in a minute of hiss", (long long)g.status.frames);
    assert_true(g.status.frames == 0 && !g.status.present);
    reading_close(&g);
}

#if TON_HAVE_LTC
static void another_encoder_is_read(void **state) {
    (void)state;
    static const struct {
        double rate, fps;
        enum ton_fps kind;
        enum LTC_TV_STANDARD standard;
    } lines[] = {
        {48000, 24, TON_FPS_24, LTC_TV_FILM_24}, {48000, 25, TON_FPS_25, LTC_TV_625_50},
        {44100, 25, TON_FPS_25, LTC_TV_625_50},  {96000, 25, TON_FPS_25, LTC_TV_625_50},
        {48000, 30, TON_FPS_30, LTC_TV_525_60},  {44100, 30, TON_FPS_30, LTC_TV_525_60},
        {96000, 30, TON_FPS_30, LTC_TV_525_60},
    };
    for (int i = 0; i < TON_N(lines); i++) {
        LTCEncoder *e = ltc_encoder_create(lines[i].rate, lines[i].fps, lines[i].standard, 0);
        SMPTETimecode start = {.hours = 1, .mins = 2, .secs = 3};
        ltc_encoder_set_timecode(e, &start);
        struct reading g = reading_open(lines[i].rate, lines[i].kind);
        int64_t at = 0, first = 3723 * (int64_t)lines[i].fps, wrong = 0;
        double off = 0;
        for (int n = 0; n < 100; n++) {
            ltcsnd_sample_t *bytes;
            float x[8192];
            ltc_encoder_encode_frame(e);
            const int frames = ltc_encoder_get_bufferptr(e, &bytes, 1);
            for (int s = 0; s < frames; s++)
                x[s] = ((float)bytes[s] - 128.0F) / 128.0F;
            ltc_encoder_inc_timecode(e);
            ton_ltc_reader_hear(g.reader, x, frames, at);
            at += frames;
            ton_ltc_reader_status(g.reader, &g.status);
            if (n < 4)
                continue;
            const int64_t number = ton_timecode_number(g.status.now, lines[i].kind) - first;
            wrong += number != n - 1; /* the last edge comes with the next frame */
            off = fmax(off, fabs(g.status.timeline - (double)first * lines[i].rate / lines[i].fps -
                                 (double)at));
        }
        ltc_encoder_free(e);
        figure("%g at %g Hz: %lld frames of 99, %lld wrong, %.2f samples off", lines[i].fps,
               lines[i].rate, (long long)g.status.frames, (long long)wrong, off);
        assert_true(g.status.frames >= 97 && wrong == 0 && off < 1.0);
        reading_close(&g);
    }
}
#endif

/* Those of the collection; made by libltc's encoder, one with noise, one backwards. */
static void recordings_are_read(void **state) {
    (void)state;
    NEEDS_LIBLTC;
    static const struct {
        const char *name;
        enum ton_fps fps;
        struct ton_timecode start;
        int frames;
        bool backwards;
    } files[] = {
        {"ltc-24-48k", TON_FPS_24, {1, 2, 3, 0}, 96, false},
        {"ltc-25-48k", TON_FPS_25, {10, 0, 0, 0}, 125, false},
        {"ltc-25-noisy", TON_FPS_25, {11, 0, 0, 0}, 125, false},
        {"ltc-25-reverse", TON_FPS_25, {12, 0, 0, 0}, 75, true},
        {"ltc-2997df-48k", TON_FPS_2997_DROP, {0, 58, 58, 0}, 120, false},
        {"ltc-30-44k1", TON_FPS_30, {23, 59, 58, 0}, 120, false},
    };
    if (!test_data())
        skip_because("no recordings here");
    for (int i = 0; i < TON_N(files); i++) {
        char path[4200];
        struct ton_audio_in *in = NULL;
        struct ton_err err = {0};
        snprintf(path, sizeof path, "%s/ltc/%s.flac", test_data(), files[i].name);
        if (ton_audio_open(&in, path, &err))
            skip_because("no timecode among the recordings here");
        const struct ton_audio_info *info = ton_audio_info(in);
        struct reading g = reading_open(info->rate, files[i].fps);
        const double start = ton_timecode_samples(files[i].start, files[i].fps, info->rate);
        double off = 0;
        float block[STEP];
        for (int64_t at = 0, got = 1; got > 0; at += got) {
            assert_int_equal(ton_audio_read(in, (float *[]){block}, STEP, &got, &err), TON_OK);
            ton_ltc_reader_hear(g.reader, block, (int)got, at);
            ton_ltc_reader_status(g.reader, &g.status);
            const double place =
                files[i].backwards ? (double)(info->frames - 1 - g.status.at) : (double)g.status.at;
            const double day = 86400.0 * info->rate;
            if (at > info->rate && g.status.present)
                off = fmax(off, fabs(remainder(g.status.timeline - start - place, day)));
        }
        figure("%-14s %lld of %d frames, %lld jumps, %.2f samples off", files[i].name,
               (long long)g.status.frames, files[i].frames, (long long)g.status.jumps, off);
        assert_true(g.status.frames >= files[i].frames - 3 && g.status.jumps == 0 && off < 1.0);
        assert_int_equal(g.status.fps, files[i].fps);
        assert_int_equal(g.status.backwards, files[i].backwards);
        reading_close(&g);
        ton_audio_close(in);
    }
}

static void without_memory_there_is_no_reader(void **state) {
    (void)state;
    NEEDS_LIBLTC;
    for (int n = 0; n < 2; n++) {
        struct ton_ltc_reader *r = NULL;
        struct ton_err err = {0};
        ton_alloc_fail_after(n);
        assert_int_equal(ton_ltc_reader_create(&r, 48000, TON_FPS_25, &err), TON_MEMORY);
        ton_alloc_fail_after(-1);
        assert_null(r);
    }
    ton_ltc_reader_destroy(NULL);
}

static void without_libltc_it_says_so(void **state) {
    (void)state;
    struct ton_ltc_reader *r = NULL;
    struct ton_err err = {0};
    const enum ton_code code = ton_ltc_reader_create(&r, 48000, TON_FPS_25, &err);
    assert_int_equal(code, TON_HAVE_LTC ? TON_OK : TON_INPUT);
    assert_true(TON_HAVE_LTC ? r != NULL : r == NULL && strstr(err.text, "without libltc"));
    ton_ltc_reader_destroy(r);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_number_is_read_and_placed),
        cmocka_unit_test(noise_level_and_offset_do_not_matter),
        cmocka_unit_test(what_is_no_number_does_no_lasting_harm),
        cmocka_unit_test(drift_is_measured),
        cmocka_unit_test(a_drop_out_is_no_jump),
        cmocka_unit_test(a_slip_is_another_line_and_no_jump),
        cmocka_unit_test(jumps_are_counted),
        cmocka_unit_test(what_stood_still_starts_anew),
        cmocka_unit_test(it_starts_in_the_middle_and_passes_midnight),
        cmocka_unit_test(backwards_it_is_read_too),
        cmocka_unit_test(wound_it_is_read_too),
        cmocka_unit_test(other_timecode_than_was_asked_for_is_told),
        cmocka_unit_test(noise_alone_is_no_timecode),
#if TON_HAVE_LTC
        cmocka_unit_test(another_encoder_is_read),
#endif
        cmocka_unit_test(recordings_are_read),
        cmocka_unit_test(without_libltc_it_says_so),
        cmocka_unit_test(without_memory_there_is_no_reader),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
