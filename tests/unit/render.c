/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rendering: what comes out of takes, clips, faders, sends, buses and automation. */
#include "stage.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

#define RATE 48000
#define HALF_POWER 0.70710678118654752440F

static const struct ton_wish whole[] = {{.name = "mix", .kind = TON_WISH_MIX}};

static void a_clip_is_heard_where_it_lies(void **state) {
    (void)state;
    struct stage st;
    stage_open(&st, RATE);
    const float *x = stage_noise(&st, 5000, 1, 0.5F);
    const int take = stage_mono(&st, 5000, x);
    const int track = stage_track(&st, "Kick", NULL);
    stage_clip(&st, track, take, 12345, 700, 4000)->gain_db = -6;
    stage_mix(&st);
    struct capture c;
    stage_render(&st, whole, 1, 0, 2, &c);
    assert_int_equal(c.frames, 12345 + 4000);
    const double gain = pow(10.0, -6.0 / 20.0) * sqrt(0.5);
    double worst = 0;
    for (int64_t i = 0; i < c.frames; i++) {
        const double want = i < 12345 ? 0.0 : gain * (double)x[700 + i - 12345];
        for (int k = 0; k < 2; k++)
            worst = fmax(worst, fabs((double)c.channels[k][i] - want));
    }
    figure("worst error %.1f dBFS (at most -140)", to_db(worst));
    assert_true(to_db(worst) <= -140.0);
    capture_free(&c, 1);
    stage_close(&st);
}

static void an_equal_power_crossfade_keeps_the_power(void **state) {
    (void)state;
    struct stage st;
    stage_open(&st, RATE);
    enum { N = 20000, FADE = 4000, SEAM = 8000 };
    float *one = TON_NEW_N(st.arena, float, N), *zero = TON_NEW_N(st.arena, float, N);
    for (int i = 0; i < N; i++)
        one[i] = 1.0F;
    const float *left[] = {one, zero}, *right[] = {zero, one};
    const int track = stage_track(&st, "Strings", NULL);
    struct ton_clip *a =
        stage_clip(&st, track, stage_take(&st, RATE, 2, N, left), 0, 0, SEAM + FADE);
    struct ton_clip *b = stage_clip(&st, track, stage_take(&st, RATE, 2, N, right), SEAM, 0, SEAM);
    a->fade_out = b->fade_in = FADE;
    a->equal_power_out = b->equal_power_in = true;
    stage_mix(&st);
    struct capture c;
    stage_render(&st, whole, 1, 0, 1, &c);
    double worst = 0;
    for (int i = 0; i < SEAM + SEAM; i++) {
        const double l = (double)c.channels[0][i], r = (double)c.channels[1][i];
        worst = fmax(worst, fabs(10.0 * log10(l * l + r * r)));
    }
    figure("power over the seam within %.6f dB (at most 0.0001)", worst);
    assert_true(worst < 0.0001);
    assert_true(c.channels[0][SEAM - 1] == 1.0F && c.channels[1][SEAM - 1] == 0.0F);
    assert_true(c.channels[0][SEAM + FADE] == 0.0F && c.channels[1][SEAM + FADE] == 1.0F);
    capture_free(&c, 1);
    stage_close(&st);
}

static void a_pair_of_mono_takes_is_left_and_right(void **state) {
    (void)state;
    struct stage st;
    stage_open(&st, RATE);
    const float *l = stage_noise(&st, 3000, 1, 0.5F), *r = stage_noise(&st, 3000, 2, 0.5F);
    const int track = stage_track(&st, "OH", NULL);
    const int left = stage_mono(&st, 3000, l);
    stage_clip(&st, track, left, 0, 0, 3000)->take_right = stage_mono(&st, 3000, r);
    st.strips[track].polarity = true;
    stage_mix(&st);
    struct capture c;
    stage_render(&st, whole, 1, 0, 1, &c);
    for (int i = 0; i < 3000; i++) {
        assert_true(c.channels[0][i] == -l[i]);
        assert_true(c.channels[1][i] == -r[i]);
    }
    capture_free(&c, 1);
    stage_close(&st);
}

static void one_side_or_the_sum_of_a_stereo_take_is_mono(void **state) {
    (void)state;
    struct stage st;
    stage_open(&st, RATE);
    const float *sides[] = {stage_noise(&st, 900, 1, 0.5F), stage_noise(&st, 900, 2, 0.5F)};
    const int take = stage_take(&st, RATE, 2, 900, sides);
    static const enum ton_channel_choice choices[] = {TON_CHANNEL_LEFT, TON_CHANNEL_RIGHT,
                                                      TON_CHANNEL_SUM};
    const int track = stage_track(&st, "Keys", NULL);
    for (int k = 0; k < 3; k++)
        stage_clip(&st, track, take, k * 1000, 0, 900)->channel = choices[k];
    stage_mix(&st);
    struct capture c;
    stage_render(&st, whole, 1, 0, 1, &c);
    for (int i = 0; i < 900; i++) {
        const float sum = 0.5F * (sides[0][i] + sides[1][i]);
        assert_true(c.channels[0][i] == sides[0][i] * HALF_POWER);
        assert_true(c.channels[1][1000 + i] == sides[1][i] * HALF_POWER);
        assert_true(c.channels[0][2000 + i] == sum * HALF_POWER);
    }
    capture_free(&c, 1);
    stage_close(&st);
}

/* At the session's rate, where samples stay as they are, and resampled, where they must be those of
 * a mono take. */
static void one_channel_of_many_is_heard_alone(void **state) {
    (void)state;
    for (int rate = RATE; rate <= RATE * 2; rate += RATE) {
        struct stage st;
        stage_open(&st, RATE);
        const float *six[6];
        for (int c = 0; c < 6; c++)
            six[c] = stage_noise(&st, 9000, (uint64_t)c + 1, 0.5F);
        const int take = stage_take(&st, rate, 6, 9000, six);
        const int alone = stage_take(&st, rate, 1, 9000, &six[4]);
        const int64_t frames = 9000 * RATE / rate;
        const int track = stage_track(&st, "Boom", NULL);
        stage_clip(&st, track, take, 0, 0, frames)->channel = TON_CHANNEL_FIRST + 4;
        const int twin = stage_track(&st, "Alone", NULL);
        stage_clip(&st, twin, alone, 0, 0, frames);
        stage_mix(&st);
        static const char *const names[] = {"Boom", "Alone"};
        struct ton_wish wishes[2] = {
            {.name = "a", .kind = TON_WISH_MIX, .only = &names[0], .n_only = 1},
            {.name = "b", .kind = TON_WISH_MIX, .only = &names[1], .n_only = 1}};
        struct capture c[2];
        stage_render(&st, wishes, 2, 0, 1, c);
        assert_true(same_bits(&c[0], &c[1]));
        for (int i = 0; rate == RATE && i < 9000; i++)
            assert_true(c[0].channels[0][i] == six[4][i] * HALF_POWER);
        figure("%d Hz: %lld frames are those of a mono take", rate, (long long)c[0].frames);
        capture_free(c, 2);
        stage_close(&st);
    }
}

/* Any two, in any order, are what a stereo take of them is: at both rates, between fades too. */
static void two_channels_of_many_are_a_stereo_take(void **state) {
    (void)state;
    for (int rate = RATE; rate <= RATE * 2; rate += RATE) {
        struct stage st;
        stage_open(&st, RATE);
        const float *six[6];
        for (int c = 0; c < 6; c++)
            six[c] = stage_noise(&st, 9000, (uint64_t)c + 1, 0.5F);
        const int takes[] = {
            stage_take(&st, rate, 6, 9000, six),
            stage_take(&st, rate, 2, 9000, (const float *const[]){six[4], six[2]})};
        static const char *const names[] = {"Many", "Two"};
        struct ton_wish wishes[2];
        for (int i = 0; i < 2; i++) {
            const int track = stage_track(&st, names[i], NULL);
            struct ton_clip *clip =
                stage_clip(&st, track, takes[i], 100, 7, 9000 * RATE / rate - 7);
            clip->fade_in = 300;
            clip->gain_db = -3;
            if (i == 0) {
                clip->take_right = takes[0];
                clip->channel = TON_CHANNEL_FIRST + 4;
                clip->channel_right = TON_CHANNEL_FIRST + 2;
            }
            wishes[i] = (struct ton_wish){
                .name = names[i], .kind = TON_WISH_MIX, .only = &names[i], .n_only = 1};
        }
        stage_mix(&st);
        struct capture c[2];
        stage_render(&st, wishes, 2, 0, 1, c);
        assert_true(same_bits(&c[0], &c[1]));
        assert_true(c[0].channels[0][4000] != c[0].channels[1][4000]);
        figure("%d Hz: %lld frames are those of a stereo take", rate, (long long)c[0].frames);
        capture_free(c, 2);
        stage_close(&st);
    }
}

static void a_pan_keeps_the_power_of_a_mono_track(void **state) {
    (void)state;
    struct stage st;
    stage_open(&st, RATE);
    float *one = TON_NEW_N(st.arena, float, 64);
    for (int i = 0; i < 64; i++)
        one[i] = 1.0F;
    const int track = stage_player(&st, "Gtr", NULL, 64, one);
    stage_mix(&st);
    double worst = 0;
    for (int pan = -100; pan <= 100; pan += 10) {
        st.strips[track].pan = (float)pan;
        struct capture c;
        stage_render(&st, whole, 1, 0, 1, &c);
        const double l = (double)c.channels[0][9], r = (double)c.channels[1][9];
        worst = fmax(worst, fabs(10 * log10(l * l + r * r)));
        assert_true(pan > -100 || (l == 1.0 && r == 0.0));
        assert_true(pan < 100 || (l == 0.0 && r == 1.0));
        assert_true(pan != 0 || (l == r && fabs(to_db(l) + 3.0103) < 0.0001));
        capture_free(&c, 1);
    }
    figure("power from L100 to R100 within %.7f dB (at most 0.00001)", worst);
    assert_true(worst < 0.00001);
    stage_close(&st);
}

static void an_impulse_comes_out_where_it_went_in_on_every_path(void **state) {
    (void)state;
    struct stage st;
    stage_open(&st, RATE);
    enum { N = 9000, AT = 4321 };
    float *x = TON_NEW_N(st.arena, float, N);
    x[AT] = 1.0F;
    const int a = stage_player(&st, "Direct", NULL, N, x);
    const int b = stage_player(&st, "Late", NULL, N, x);
    const int c = stage_player(&st, "Bussed", NULL, N, x);
    const int group = stage_bus(&st, "Group"), plate = stage_bus(&st, "Plate");
    st.strips[c].to = group;
    const int mix = stage_mix(&st);
    stage_insert(&st, b, &late)[0] = 333;
    stage_insert(&st, group, &late)[0] = 64;
    stage_insert(&st, plate, &late)[0] = 1000;
    stage_insert(&st, mix, &late)[0] = 77;
    stage_send(&st, a, plate, 0, false);
    stage_send(&st, b, plate, 0, true);
    stage_send(&st, c, plate, 0, false);
    stage_send(&st, group, plate, -3, false);
    struct capture out;
    stage_render(&st, whole, 1, 0, 2, &out);
    assert_int_equal(out.frames, N);
    for (int i = 0; i < N; i++)
        assert_true(i == AT ? out.channels[0][i] > 1.0F : out.channels[0][i] == 0.0F);
    figure("all 7 paths meet at frame %d, peak %.3f", AT, (double)out.channels[0][AT]);
    capture_free(&out, 1);
    stage_close(&st);
}

static void a_key_arrives_with_what_it_turns_down(void **state) {
    (void)state;
    struct stage st;
    stage_open(&st, RATE);
    const float *x = stage_noise(&st, 4000, 3, 0.5F);
    const int early = stage_player(&st, "Bass", NULL, 4000, x);
    const int trigger = stage_player(&st, "Kick", NULL, 4000, x);
    stage_mix(&st);
    stage_insert(&st, early, &late)[0] = 500;
    stage_insert(&st, early, &duck);
    st.strips[early].chain.items[1].sidechain = trigger;
    st.strips[trigger].mute = true;
    struct capture keyed, plain;
    stage_render(&st, whole, 1, 0, 2, &keyed);
    st.strips[early].chain.items[1].sidechain = -1;
    stage_render(&st, whole, 1, 0, 2, &plain);
    assert_true(same_bits(&keyed, &plain));
    capture_free(&keyed, 1);
    capture_free(&plain, 1);
    stage_close(&st);
}

static void automation_goes_straight_between_its_points(void **state) {
    (void)state;
    struct stage st;
    stage_open(&st, RATE);
    enum { N = 96000 };
    float *one = TON_NEW_N(st.arena, float, N);
    for (int i = 0; i < N; i++)
        one[i] = 1.0F;
    const int track = stage_player(&st, "Vox", NULL, N, one);
    stage_mix(&st);
    st.strips[track].gain_db = -6;
    const struct ton_point ride[] = {{24000, 0}, {72000, 12}};
    stage_lane(&st, track, TON_TARGET_GAIN, 0, 0, ride, 2);
    struct capture c;
    stage_render(&st, whole, 1, 0, 1, &c);
    double worst = 0, step = 0;
    for (int i = 0; i < N; i++) {
        const double t = i < 24000 ? 0 : i > 72000 ? 1 : (i - 24000) / 48000.0;
        const double want = -6 + 12 * t - 3.0103;
        worst = fmax(worst, fabs(to_db((double)c.channels[0][i]) - want));
        if (i > 0)
            step = fmax(step, fabs((double)(c.channels[0][i] - c.channels[0][i - 1])));
    }
    figure("fader within %.5f dB of the drawn line (at most 0.01), largest step %.1f dBFS", worst,
           to_db(step));
    assert_true(worst < 0.01);
    capture_free(&c, 1);
    stage_close(&st);
}

static void a_mute_lane_silences_without_a_click(void **state) {
    (void)state;
    struct stage st;
    stage_open(&st, RATE);
    enum { N = 9600 };
    float *one = TON_NEW_N(st.arena, float, N);
    for (int i = 0; i < N; i++)
        one[i] = 1.0F;
    const int track = stage_player(&st, "Vox", NULL, N, one);
    stage_mix(&st);
    const struct ton_point points[] = {{0, 0}, {3199, 0}, {3200, 1}, {6400, 0}};
    stage_lane(&st, track, TON_TARGET_MUTE, 0, 0, points, 4);
    struct capture c;
    stage_render(&st, whole, 1, 0, 1, &c);
    float step = 0;
    for (int i = 1; i < N; i++)
        step = fmaxf(step, fabsf(c.channels[0][i] - c.channels[0][i - 1]));
    assert_true(c.channels[0][3000] > 0.7F && c.channels[0][3200 + 64] == 0.0F);
    figure("largest step %.4f (at most %.4f)", (double)step, 0.7072 / 64 * 1.01);
    assert_true(step <= 0.7072F / 64 * 1.01F);
    capture_free(&c, 1);
    stage_close(&st);
}

static void a_take_of_another_rate_keeps_its_pitch_and_place(void **state) {
    (void)state;
    struct stage st;
    stage_open(&st, RATE);
    enum { N = 44100 * 2 };
    float *x = TON_NEW_N(st.arena, float, N);
    for (int i = 0; i < N; i++)
        x[i] = 0.5F * (float)sin(2 * M_PI * 997.0 * i / 44100.0);
    const float *rows[] = {x};
    const int take = stage_take(&st, 44100, 1, N, rows);
    const int track = stage_track(&st, "Old", NULL);
    stage_clip(&st, track, take, 1000, 0, 48000);
    stage_clip(&st, track, take, 60000, 40001, 20000);
    stage_mix(&st);
    struct capture c;
    stage_render(&st, whole, 1, 0, 2, &c);
    double worst = 0;
    for (int64_t i = 1200; i < 48000; i++)
        worst = fmax(worst, fabs((double)c.channels[0][i] -
                                 0.5 * (double)HALF_POWER *
                                     sin(2 * M_PI * 997.0 * (double)(i - 1000) / 48000.0)));
    for (int64_t i = 60000; i < 79000; i++)
        worst =
            fmax(worst, fabs((double)c.channels[0][i] -
                             0.5 * (double)HALF_POWER *
                                 sin(2 * M_PI * 997.0 * (double)(i - 60000 + 40001) / 48000.0)));
    figure("44.1 kHz take in a 48 kHz session: error %.1f dBFS (at most -120)", to_db(worst));
    assert_true(to_db(worst) < -120);
    capture_free(&c, 1);
    stage_close(&st);
}

static void bad_samples_are_silenced_counted_and_named(void **state) {
    (void)state;
    struct stage st;
    stage_open(&st, RATE);
    float *x = stage_noise(&st, 30000, 5, 0.25F), *y = stage_noise(&st, 30000, 6, 0.25F);
    x[20000] = NAN;
    x[20001] = -INFINITY;
    y[7] = INFINITY;
    stage_player(&st, "First", NULL, 30000, x);
    stage_player(&st, "Second", NULL, 30000, y);
    stage_mix(&st);
    struct capture c = {0};
    struct ton_render_stats stats;
    struct ton_err err;
    assert_int_equal(stage_try(&st, whole, 1, NULL, &c, &stats, &err), TON_OK);
    assert_int_equal(stats.repaired, 3);
    assert_string_equal(stats.repaired_at, "Second");
    assert_int_equal(stats.frames, 30000);
    assert_true(capture_peak(&c) < 1.0);
    capture_free(&c, 1);
    stage_close(&st);
}

static void what_counts_time_keeps_it_through_a_repair(void **state) {
    (void)state;
    enum { BAD_AT = 20000, LENGTH = 60000 };
    struct capture c[2];
    for (int bad = 0; bad < 2; bad++) {
        struct stage st;
        stage_open(&st, RATE);
        float *x = stage_noise(&st, LENGTH, 5, 0.25F);
        x[BAD_AT] = 2;
        const int track = stage_player(&st, "Moved", NULL, LENGTH, x);
        stage_mix(&st);
        stage_insert(&st, track, &brittle)[0] = bad ? 1 : 8;
        stage_insert(&st, track, ton_processor_find("tremolo", NULL));
        stage_render(&st, whole, 1, 0, 2, &c[bad]);
        stage_close(&st);
    }
    int silent = 0, others = 0;
    for (int i = BAD_AT; i < LENGTH; i++) {
        silent += c[1].channels[0][i] == 0;
        others += c[1].channels[0][i] != 0 && c[1].channels[0][i] != c[0].channels[0][i];
    }
    figure("a tremolo: %d frames silent after a bad one, then %d differ (at most 200)", silent,
           others);
    assert_true(silent > 4000 && silent < 8192 + 4096 && others < 200);
    capture_free(c, 2);
}

static void a_full_disk_stops_all_and_is_told(void **state) {
    (void)state;
    struct stage st;
    stage_open(&st, RATE);
    stage_player(&st, "Kick", NULL, 400000, stage_noise(&st, 400000, 5, 0.25F));
    stage_mix(&st);
    const struct ton_wish two[] = {whole[0], whole[0]};
    struct capture c[2] = {[1] = {.fail_at = 50000}};
    struct ton_err err;
    assert_int_equal(stage_try(&st, two, 2, NULL, c, NULL, &err), TON_ENVIRONMENT);
    assert_non_null(strstr(err.text, "No space left"));
    figure("the other sink had %lld of 400000 frames", (long long)c[0].frames);
    assert_true(c[0].frames < 400000);
    capture_free(c, 2);
    stage_close(&st);
}

static void a_damaged_take_is_named_with_its_track(void **state) {
    (void)state;
    struct stage st;
    stage_open(&st, RATE);
    const int track =
        stage_player(&st, "Snare Top", NULL, 100000, stage_noise(&st, 100000, 5, 0.25F));
    stage_mix(&st);
    assert_int_equal(truncate(st.takes[0].path, 200000), 0);
    struct capture c = {0};
    struct ton_err err;
    assert_int_equal(stage_try(&st, whole, 1, NULL, &c, NULL, &err), TON_INPUT);
    figure("%s: %s", err.where, err.text);
    assert_non_null(strstr(err.text, st.strips[track].name));
    assert_non_null(strstr(err.text, "take_00.wav"));
    capture_free(&c, 1);
    c = (struct capture){0};
    assert_int_equal(unlink(st.takes[0].path), 0);
    assert_int_equal(stage_try(&st, whole, 1, NULL, &c, NULL, &err), TON_INPUT);
    assert_non_null(strstr(err.text, "take_00.wav"));
    capture_free(&c, 1);
    stage_close(&st);
}

static void a_part_has_the_same_bits_as_in_the_whole(void **state) {
    (void)state;
    struct stage st;
    stage_open(&st, RATE);
    const int track = stage_player(&st, "Kick", NULL, 60000, stage_noise(&st, 60000, 5, 0.25F));
    stage_insert(&st, track, &duck);
    stage_insert(&st, stage_mix(&st), &late)[0] = 99;
    struct capture all, part = {0};
    stage_render(&st, whole, 1, 0, 1, &all);
    struct ton_err err;
    const struct ton_plan_config config = {.from = 12345, .to = 45678};
    assert_int_equal(stage_try(&st, whole, 1, &config, &part, NULL, &err), TON_OK);
    assert_int_equal(part.frames, 45678 - 12345);
    for (int k = 0; k < 2; k++)
        assert_memory_equal(part.channels[k], all.channels[k] + 12345,
                            sizeof(float) * (size_t)part.frames);
    capture_free(&all, 1);
    capture_free(&part, 1);
    stage_close(&st);
}

/* Now and then a worker loses its core for so long that the others finish many chunks. */
static void lose_the_core(void) {
    static atomic_uint calls;
    if (atomic_fetch_add(&calls, 1) % 61 == 0)
        usleep(5000);
}

/* What a worker does after it told the others of a finished block must not undo what these have
 * done meanwhile. */
static void workers_that_are_overtaken_come_to_the_end(void **state) {
    (void)state;
    enum { FRAMES = 3000000, RUNS = 3 };
    struct stage st;
    stage_open(&st, RATE);
    stage_player(&st, "Kick", NULL, 1000, stage_noise(&st, 1000, 5, 0.25F));
    const int late_one = stage_strip(&st, "Late", NULL, false);
    stage_clip(&st, late_one, 0, FRAMES - 1000, 0, 1000);
    stage_mix(&st);
    struct capture first = {0}, again = {0};
    alarm(120); /* a render that does not end is killed */
    stage_render(&st, whole, 1, 0, 1, &first);
    ton_thread_overtaken = lose_the_core;
    for (int i = 0; i < RUNS; i++) {
        stage_render(&st, whole, 1, 4096, 4, &again);
        assert_int_equal(again.frames, first.frames);
        for (int c = 0; c < 2; c++)
            assert_memory_equal(again.channels[c], first.channels[c],
                                sizeof(float) * (size_t)first.frames);
        capture_free(&again, 1);
    }
    ton_thread_overtaken = NULL;
    alarm(0);
    figure("%d renders of %d frames by 4 workers that pause, each like the one by 1", RUNS, FRAMES);
    capture_free(&first, 1);
    stage_close(&st);
}

static void every_failing_allocation_is_told(void **state) {
    (void)state;
    struct stage st;
    stage_open(&st, RATE);
    const int track = stage_player(&st, "Kick", NULL, 20000, stage_noise(&st, 20000, 5, 0.25F));
    stage_insert(&st, track, &duck);
    stage_send(&st, track, stage_bus(&st, "Plate"), -6, false);
    stage_mix(&st);
    long n = 0;
    for (enum ton_code code = TON_MEMORY; code; n++) {
        assert_true(n < 5000);
        struct capture c = {.capacity = 20000};
        c.channels[0] = ton_alloc(sizeof(float) * 20000);
        c.channels[1] = ton_alloc(sizeof(float) * 20000);
        struct ton_err err;
        ton_alloc_fail_after(n + 1);
        code = stage_try(&st, whole, 1, &(struct ton_plan_config){.threads = 1}, &c, NULL, &err);
        ton_alloc_fail_after(-1);
        assert_true(code == TON_OK || code == TON_MEMORY);
        capture_free(&c, 1);
    }
    figure("%ld allocations failed one after the other", n - 1);
    stage_close(&st);
}

static void greedy_process(void *state, const struct ton_io *io) {
    late_process(state, io);
    ton_free(ton_alloc(64));
}

static void a_processor_that_allocates_while_it_runs_is_caught(void **state) {
    (void)state;
    struct stage st;
    stage_open(&st, RATE);
    struct ton_processor greedy = late;
    greedy.process = greedy_process;
    const int track = stage_player(&st, "Kick", NULL, 2000, stage_noise(&st, 2000, 5, 0.25F));
    stage_insert(&st, track, &greedy);
    stage_mix(&st);
    fflush(NULL);
    const pid_t child = fork();
    if (child == 0) {
        const int null = open("/dev/null", O_WRONLY);
        dup2(null, 2);
        signal(SIGABRT, SIG_DFL);
        struct capture c;
        stage_render(&st, whole, 1, 0, 1, &c);
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    stage_close(&st);
}

/* The last test of the file: the wish to stop stays. */
static void a_wish_to_stop_ends_the_render(void **state) {
    (void)state;
    struct stage st;
    stage_open(&st, RATE);
    stage_player(&st, "Kick", NULL, 400000, stage_noise(&st, 400000, 5, 0.25F));
    stage_mix(&st);
    struct capture c = {0};
    struct ton_err err;
    ton_stop_request();
    assert_int_equal(stage_try(&st, whole, 1, NULL, &c, NULL, &err), TON_STOPPED);
    assert_true(c.frames < 400000);
    capture_free(&c, 1);
    stage_close(&st);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_clip_is_heard_where_it_lies),
        cmocka_unit_test(an_equal_power_crossfade_keeps_the_power),
        cmocka_unit_test(a_pair_of_mono_takes_is_left_and_right),
        cmocka_unit_test(one_side_or_the_sum_of_a_stereo_take_is_mono),
        cmocka_unit_test(one_channel_of_many_is_heard_alone),
        cmocka_unit_test(two_channels_of_many_are_a_stereo_take),
        cmocka_unit_test(a_pan_keeps_the_power_of_a_mono_track),
        cmocka_unit_test(an_impulse_comes_out_where_it_went_in_on_every_path),
        cmocka_unit_test(a_key_arrives_with_what_it_turns_down),
        cmocka_unit_test(automation_goes_straight_between_its_points),
        cmocka_unit_test(a_mute_lane_silences_without_a_click),
        cmocka_unit_test(a_take_of_another_rate_keeps_its_pitch_and_place),
        cmocka_unit_test(bad_samples_are_silenced_counted_and_named),
        cmocka_unit_test(what_counts_time_keeps_it_through_a_repair),
        cmocka_unit_test(a_full_disk_stops_all_and_is_told),
        cmocka_unit_test(a_damaged_take_is_named_with_its_track),
        cmocka_unit_test(a_part_has_the_same_bits_as_in_the_whole),
        cmocka_unit_test(workers_that_are_overtaken_come_to_the_end),
        cmocka_unit_test(every_failing_allocation_is_told),
        cmocka_unit_test(a_processor_that_allocates_while_it_runs_is_caught),
        cmocka_unit_test(a_wish_to_stop_ends_the_render),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
