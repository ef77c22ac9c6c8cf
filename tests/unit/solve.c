/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The loudness solver: met after limiting, few passes, honest about what is out of reach. */

#include "audio_rig.h"
#include "excerpts.h"

#include "ton/master.h"
#include "ton/measure.h"

static const struct ton_chain no_chain = {0};

static const char *written_part(const char *name, const struct rig_sound *s, int64_t from,
                                int64_t frames, int rate) {
    const char *path = rig_path(name);
    const float *const in[] = {s->plane[0] + from, s->plane[1] + from};
    struct ton_audio_out *out = NULL;
    const struct ton_audio_out_config config = {
        .format = {.codec = TON_FLOAT, .bits = 32, .rate = rate}, .channels = 2};
    assert_int_equal(ton_audio_create(&out, path, &config, NULL), TON_OK);
    assert_int_equal(ton_audio_write(out, in, frames, NULL), TON_OK);
    assert_int_equal(ton_audio_finish(out, NULL), TON_OK);
    return path;
}

static const char *written(const char *name, struct rig_sound *s, int rate) {
    const char *path = written_part(name, s, 0, s->frames, rate);
    rig_free(s);
    return path;
}

/* Noise that swells and carries clicks: something to limit. */
static const char *music(const char *name, int rate, double level) {
    struct rig_sound s = rig_make(2, (int64_t)rate * 6, rate);
    uint32_t noise = 1;
    for (int64_t i = 0; i < s.frames; i++) {
        noise = noise * 1664525u + 1013904223u;
        const double swell = 0.3 + 0.7 * fabs(sin((double)i * 1.7 / rate));
        const double click = i % (rate / 3) < 20 ? 4.0 : 1.0;
        const double x = level * swell * click * (double)(int32_t)noise * 0x1p-31;
        s.plane[0][i] = (float)x;
        s.plane[1][i] = (float)(0.8 * x);
    }
    return written(name, &s, rate);
}

/* Strokes of a drum over a chord, none like the one before. */
static const char *song(const char *name, int rate) {
    struct rig_sound s = rig_make(2, (int64_t)rate * 20, rate);
    for (int64_t i = 0; i < s.frames; i++) {
        const int stroke = (int)(i / (rate / 3));
        const double t = (double)(i % (rate / 3)) / rate, hit = 0.15 + 0.1 * (stroke * 7 % 11);
        const double drum =
            hit * exp(-t / 0.06) * sin(2 * M_PI * (70 * t + 4 * (1 - exp(-60 * t))));
        const double chord = sin(0.0288 * (double)i) + sin(0.0363 * (double)i + 1);
        s.plane[0][i] = (float)(0.2 * (drum + 0.15 * chord));
        s.plane[1][i] = (float)(0.2 * (drum + 0.1 * chord));
    }
    return written(name, &s, rate);
}

/* Strokes of noise, whose curve rises far between samples, soft in one half and loud in the other.
 */
static struct rig_sound rattle(int rate, int seconds) {
    struct rig_sound s = rig_make(2, (int64_t)rate * seconds, rate);
    uint32_t noise = 1;
    for (int64_t i = 0; i < s.frames; i++) {
        const int stroke = (int)(i / (rate / 4));
        const double t = (double)(i % (rate / 4)) / rate;
        noise = noise * 1664525u + 1013904223u;
        const double level = (i < s.frames / 2 ? 0.1 : 0.25) * (0.3 + 0.1 * (stroke * 7 % 11));
        const double hit = level * exp(-t / 0.04) * (double)(int32_t)noise * 0x1p-31;
        s.plane[0][i] = (float)(hit + 0.01 * sin(0.0288 * (double)i));
        s.plane[1][i] = (float)(0.7 * hit + 0.01 * sin(0.0363 * (double)i));
    }
    return s;
}

static enum ton_code solve(struct ton_master_config *config, struct ton_master_solution *out,
                           const struct ton_master_track *tracks, int n, double lufs, double guess,
                           struct ton_err *err) {
    const struct ton_master_target target = {lufs, NAN, guess, TON_MASTER_LUFS, NULL};
    return ton_master_solve(config, out, tracks, n, &target, err);
}

static void the_target_is_met_after_limiting_in_few_passes(void **state) {
    (void)state;
    const struct ton_master_track track = {.path = music("a.wav", 48000, 0.05)};
    const double targets[] = {-30.0, -23.0, -16.0, -12.0};
    for (int i = 0; i < 4; i++) {
        struct ton_master_config config = {.chain = &no_chain, .ceiling_dbtp = -1.0};
        struct ton_master_solution s;
        assert_int_equal(solve(&config, &s, &track, 1, targets[i], NAN, NULL), TON_OK);
        figure("%.0f LUFS: %.3f LU away, gain %.2f dB, %d passes (at most 3)", targets[i],
               s.reached - targets[i], config.gain_db, s.n_passes);
        assert_true(fabs(s.reached - targets[i]) <= 0.02);
        assert_true(s.n_passes <= 3);
    }
}

static enum ton_code to_meter(void *user, const float *const *in, int frames, struct ton_err *err) {
    return ton_meter_feed(user, in, frames, err);
}

/* Loudness behind the limiter at a gain, or of the track as it is (NaN); the meter stays. */
static double lufs_at(struct ton_meter **meter, const struct ton_master_track *track,
                      double gain_db) {
    const struct ton_layout stereo = ton_layout_usual(2);
    struct ton_measurement m;
    assert_int_equal(ton_meter_create_plain(meter, 48000, &stereo, NULL), TON_OK);
    const struct ton_master_sink sink = {to_meter, *meter};
    const struct ton_master_config config = {
        .chain = &no_chain, .ceiling_dbtp = -1.0, .gain_db = gain_db};
    assert_int_equal(isnan(gain_db) ? ton_master_play(track, &sink, NULL)
                                    : ton_master_run(track, &config, &sink, NULL, NULL),
                     TON_OK);
    ton_meter_finish(*meter, &m);
    return m.integrated_lufs;
}

static void the_loudness_behind_the_limiter_is_foretold(void **state) {
    (void)state;
    const struct ton_master_track track = {.path = song("song.wav", 48000)};
    struct ton_meter *before = NULL, *after = NULL;
    struct ton_arena *arena = ton_arena_create();
    struct master_chain chain;
    struct forecast f;
    const double plain = lufs_at(&before, &track, NAN);
    assert_int_equal(master_chain_cut(&chain, arena, &no_chain, NULL), TON_OK);
    forecast_init(&f, ton_meter_hops(before), 48000, &chain.limit);
    for (double gain = 0.0; gain <= 24.0; gain += 4.0) {
        const double lufs = lufs_at(&after, &track, gain), lost = plain + gain - lufs;
        const double off = forecast_lufs(&f, gain) - lufs;
        figure("%4.1f dB: lost %.3f LU, foretold %+.3f LU off (0.01 and 8 %%)", gain, lost, off);
        assert_true(fabs(off) <= 0.01 + 0.08 * lost);
        ton_meter_destroy(after);
    }
    forecast_finish(&f);
    ton_meter_destroy(before);
    ton_arena_destroy(arena);
}

static void excerpts_teach_the_forecast_what_peaks_the_limiter_sees(void **state) {
    (void)state;
    struct rig_sound sound = rattle(48000, 240);
    const struct ton_master_track track = {.path = written("excerpts.wav", &sound, 48000)};
    struct ton_master_config config = {.chain = &no_chain, .ceiling_dbtp = -1.0};
    struct ton_master_solution s;
    assert_int_equal(solve(&config, &s, &track, 1, -18.0, NAN, NULL), TON_OK);
    const double taken = config.gain_db - (-18.0 - s.before);
    figure("the limiter takes %.2f dB, %d passes (at most 3; 4 without excerpts)", taken,
           s.n_passes);
    assert_true(taken > 2.0);
    assert_true(s.n_passes <= 3);
}

static struct ton_chain_item item_of(const char *id, float *params) {
    const struct ton_processor *p = ton_processor_find(id, NULL);
    ton_rows_defaults(p->rows, p->n_rows, params);
    return (struct ton_chain_item){.processor = p, .params = params, .sidechain = -1};
}

/* A fader behind the limiter is nothing that peaks could explain. */
static void what_stands_behind_the_limiter_teaches_nothing_wrong(void **state) {
    (void)state;
    struct rig_sound sound = rattle(48000, 240);
    const struct ton_master_track track = {.path = written("behind.wav", &sound, 48000)};
    for (float behind_db = 0; behind_db >= -6; behind_db -= (float)fewer(3, 6)) {
        float limiter[8], gain[8];
        struct ton_chain_item items[] = {item_of("limiter", limiter), item_of("gain", gain)};
        const struct ton_chain chain = {items, 2};
        gain[0] = behind_db;
        struct ton_master_config config = {.chain = &chain, .ceiling_dbtp = -1.0};
        struct ton_master_solution s;
        assert_int_equal(solve(&config, &s, &track, 1, -18.0 + (double)behind_db, NAN, NULL),
                         TON_OK);
        figure("%.0f dB behind the limiter: %d passes (at most 3)", (double)behind_db, s.n_passes);
        assert_true(s.n_passes <= 3);
    }
}

/* What excerpts of these tracks in a row teach a forecast. */
static double learnt(const struct ton_master_track *tracks, int n) {
    enum { RATE = 48000, GAIN_DB = 12 };
    const struct ton_layout stereo = ton_layout_usual(2);
    struct ton_master_config config = {.chain = &no_chain, .ceiling_dbtp = -1.0};
    const struct album album = {&config, tracks, n, RATE, 2, TON_MASTER_LUFS};
    struct ton_arena *arena = ton_arena_create();
    struct ton_meter *meter = NULL;
    struct master_chain chain;
    struct forecast f;
    bool fitted = false;
    assert_int_equal(ton_meter_create_plain(&meter, RATE, &stereo, NULL), TON_OK);
    const struct ton_master_sink sink = {to_meter, meter};
    for (int i = 0; i < n; i++)
        assert_int_equal(ton_master_play(&tracks[i], &sink, NULL), TON_OK);
    assert_int_equal(master_chain_cut(&chain, arena, &no_chain, NULL), TON_OK);
    forecast_init(&f, ton_meter_hops(meter), RATE, &chain.limit);
    assert_int_equal(excerpts_fit(&f, &fitted, &album, GAIN_DB, 1, NULL), TON_OK);
    assert_true(fitted);
    forecast_finish(&f);
    ton_meter_destroy(meter);
    ton_arena_destroy(arena);
    return f.rise;
}

/* Cut 2.5 s behind each of its excerpts but the last, a frame before the end of a hop. */
static void an_album_teaches_what_its_music_in_one_piece_does(void **state) {
    (void)state;
    enum { RATE = 48000, SECONDS = 240, TRACKS = 23, HOP = RATE / 100 };
    struct rig_sound sound = rattle(RATE, SECONDS);
    struct ton_master_track tracks[TRACKS] = {{.path = NULL}};
    char paths[TRACKS][400]; /* the rig keeps eight */
    for (int64_t i = 0, from = 0; i < TRACKS; i++) {
        char name[32];
        const int64_t cut = (excerpts_place(i, TRACKS, SECONDS * 100 - 1) + 325) * HOP - 1;
        const int64_t end = i + 1 < TRACKS ? cut : sound.frames;
        snprintf(name, sizeof name, "track-%d.wav", (int)i);
        snprintf(paths[i], sizeof paths[i], "%s",
                 written_part(name, &sound, from, end - from, RATE));
        tracks[i].path = paths[i];
        from = end;
    }
    const struct ton_master_track whole = {.path = written("album.wav", &sound, RATE)};
    const double cut = learnt(tracks, TRACKS), one = learnt(&whole, 1);
    figure("peaks are higher by %.4f of the bend, in one piece by %.4f", cut, one);
    assert_true(cut == one && one > 0.05 && one < 1.0);
}

struct tries {
    struct ton_master_config *config;
    const struct ton_master_track *track;
    int n;
    double gain_db, level;
};

static enum ton_code try_gain(void *user, double *level, double gain_db, struct ton_err *err) {
    struct tries *t = user;
    const struct ton_layout layout = ton_layout_usual(2);
    struct ton_meter *meter = NULL;
    struct ton_measurement m;
    struct ton_master_config config = *t->config;
    config.gain_db = gain_db;
    assert_int_equal(ton_meter_create_plain(&meter, 48000, &layout, err), TON_OK);
    const struct ton_master_sink sink = {to_meter, meter};
    assert_int_equal(ton_master_run(t->track, &config, &sink, NULL, err), TON_OK);
    ton_meter_finish(meter, &m);
    ton_meter_destroy(meter);
    *t = (struct tries){t->config, t->track, t->n + 1, gain_db, m.integrated_lufs};
    *level = m.integrated_lufs;
    return TON_OK;
}

/* The same gain to the bit as without it. */
static void the_last_try_is_left_to_who_wants_to_write_it(void **state) {
    (void)state;
    const struct ton_master_track track = {.path = song("trial.wav", 48000)};
    const double targets[] = {-25.0, -15.0, -12.0};
    for (int i = 0; i < 3; i++) {
        struct ton_master_config alone = {.chain = &no_chain, .ceiling_dbtp = -1.0};
        struct ton_master_config config = alone;
        struct tries tries = {.config = &config, .track = &track};
        const struct ton_master_trial trial = {try_gain, &tries};
        const struct ton_master_target target = {targets[i], NAN, NAN, TON_MASTER_LUFS, &trial};
        struct ton_master_solution s, t;
        assert_int_equal(solve(&alone, &s, &track, 1, targets[i], NAN, NULL), TON_OK);
        assert_int_equal(ton_master_solve(&config, &t, &track, 1, &target, NULL), TON_OK);
        figure("%.0f LUFS: %d passes, %d of them the caller's", targets[i], t.n_passes, tries.n);
        assert_in_range(tries.n, 1, t.n_passes);
        assert_true(tries.gain_db == config.gain_db && tries.level == t.reached);
        assert_true(config.gain_db == alone.gain_db && t.n_passes == s.n_passes);
    }
}

static void an_earlier_answer_is_as_good_as_a_forecast(void **state) {
    (void)state;
    const struct ton_master_track track = {.path = music("a.wav", 48000, 0.05)};
    struct ton_master_config config = {.chain = &no_chain, .ceiling_dbtp = -1.0};
    struct ton_master_solution cold, warm;
    assert_int_equal(solve(&config, &cold, &track, 1, -12.0, NAN, NULL), TON_OK);
    config.ceiling_dbtp = -1.1;
    assert_int_equal(solve(&config, &warm, &track, 1, -12.0, config.gain_db, NULL), TON_OK);
    figure("passes: %d, then %d under a ceiling lower by 0.1 dB", cold.n_passes, warm.n_passes);
    assert_true(warm.n_passes <= cold.n_passes);
    assert_true(fabs(warm.reached + 12.0) <= 0.02);
}

static void an_album_of_several_rates_gets_one_gain(void **state) {
    (void)state;
    const struct ton_master_track tracks[] = {{.path = music("a.wav", 44100, 0.05)},
                                              {.path = music("b.wav", 96000, 0.025)}};
    struct ton_master_config config = {.chain = &no_chain, .ceiling_dbtp = -1.0};
    struct ton_master_solution s;
    assert_int_equal(solve(&config, &s, tracks, 2, -30.0, NAN, NULL), TON_OK);
    figure("album %.3f LU from -30 LUFS, gain %.2f dB", s.reached + 30.0, config.gain_db);
    assert_true(fabs(s.reached + 30.0) <= 0.02);
}

static void what_is_out_of_reach_is_said_with_what_is_possible(void **state) {
    (void)state;
    const struct ton_master_track track = {.path = music("a.wav", 48000, 0.05)};
    struct ton_master_config config = {.chain = &no_chain, .ceiling_dbtp = -20.0};
    struct ton_master_solution s;
    struct ton_err err = {0};
    assert_int_equal(solve(&config, &s, &track, 1, -6.0, NAN, &err), TON_MISSED);
    figure("%s (%d passes)", err.text, s.n_passes);
    assert_non_null(strstr(err.text, "cannot be reached"));
    assert_true(s.reached < -6.0);
}

static enum ton_code drop(void *user, const float *const *in, int frames, struct ton_err *err) {
    (void)user, (void)in, (void)frames, (void)err;
    return TON_OK;
}

static void every_pass_over_a_track_counts_its_frames(void **state) {
    (void)state;
    enum { RATE = 48000, FRAMES = 6 * RATE };
    struct ton_tally gone = {0};
    char mix[400];
    snprintf(mix, sizeof mix, "%s", music("mix.wav", RATE, 0.05));
    const struct ton_master_track track = {
        .mix = mix, .path = rig_path("coloured.wav"), .tempo = 120, .gone = &gone};
    const struct ton_master_config config = {.chain = &no_chain, .ceiling_dbtp = -1.0};
    const struct ton_master_sink sink = {drop, NULL};
    assert_int_equal(ton_master_colour(&track, &config, NULL), TON_OK);
    assert_int_equal(ton_tally_frames(&gone), FRAMES);
    assert_int_equal(ton_master_run(&track, &config, &sink, NULL, NULL), TON_OK);
    assert_int_equal(ton_master_play(&track, &sink, NULL), TON_OK);
    assert_int_equal(ton_tally_frames(&gone), 3 * FRAMES);
}

static void silence_has_no_loudness_to_reach(void **state) {
    (void)state;
    const struct ton_master_track track = {.path = music("a.wav", 48000, 0.0)};
    struct ton_master_config config = {.chain = &no_chain, .ceiling_dbtp = -1.0};
    struct ton_master_solution s;
    struct ton_err err = {0};
    assert_int_equal(solve(&config, &s, &track, 1, -14.0, NAN, &err), TON_MISSED);
    assert_non_null(strstr(err.text, "silence"));
    assert_true(config.gain_db == 0.0);
    assert_int_equal(s.n_passes, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_target_is_met_after_limiting_in_few_passes),
        cmocka_unit_test(the_loudness_behind_the_limiter_is_foretold),
        cmocka_unit_test(excerpts_teach_the_forecast_what_peaks_the_limiter_sees),
        cmocka_unit_test(what_stands_behind_the_limiter_teaches_nothing_wrong),
        cmocka_unit_test(an_album_teaches_what_its_music_in_one_piece_does),
        cmocka_unit_test(the_last_try_is_left_to_who_wants_to_write_it),
        cmocka_unit_test(an_earlier_answer_is_as_good_as_a_forecast),
        cmocka_unit_test(an_album_of_several_rates_gets_one_gain),
        cmocka_unit_test(what_is_out_of_reach_is_said_with_what_is_possible),
        cmocka_unit_test(every_pass_over_a_track_counts_its_frames),
        cmocka_unit_test(silence_has_no_loudness_to_reach),
    };
    return cmocka_run_group_tests(tests, rig_open, rig_close);
}
