/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the leveler promises: speech at its target, whoever speaks, and pauses left where they are.
 *
 * Loudness is measured by libebur128. A short-term window (3 s, EBU Tech 3341) is mostly speech
 * when three quarters of its hops of 100 ms are active by ITU-T P.56: within 15.9 dB of the mean of
 * what is active, with 200 ms of hangover. Noisy recordings are judged by the activity of their
 * clean part, the podcast by its list of who speaks when. */
#include "talker.h"

#include <ebur128.h>

enum { MOST_HOPS = 4000, WINDOW = 30 }; /* hops of 100 ms */

static const double TARGET = -23;

static struct rig plain(double rate) {
    struct rig r = rig_open("leveler", rate, 1, 0);
    rig_set(&r, "target", (float)TARGET);
    rig_start(&r);
    return r;
}

/* The output in time with the input. */
static struct audio levelled(struct rig *r, const struct audio *in) {
    struct audio out = audio_new(1, in->frames + r->latency);
    memcpy(out.at[0], in->at[0], sizeof(float) * (size_t)in->frames);
    rig_run(r, &out, NULL, 777);
    memmove(out.at[0], out.at[0] + r->latency, sizeof(float) * (size_t)in->frames);
    out.frames = in->frames;
    return out;
}

/* Short-term loudness at the end of each hop; the first windows are not full. */
static int short_term(double loudness[MOST_HOPS], const struct audio *a, double rate) {
    const int64_t hop = (int64_t)(0.1 * rate);
    ebur128_state *e = ebur128_init(1, (unsigned long)rate, EBUR128_MODE_S);
    assert_non_null(e);
    int n = 0;
    for (int64_t at = 0; at + hop <= a->frames && n < MOST_HOPS; at += hop, n++) {
        assert_int_equal(ebur128_add_frames_float(e, a->at[0] + at, (size_t)hop), 0);
        assert_int_equal(ebur128_loudness_shortterm(e, &loudness[n]), 0);
    }
    ebur128_destroy(&e);
    return n;
}

/* ITU-T P.56, on hops of 100 ms. */
static int find_active(bool active[MOST_HOPS], const struct audio *a, double rate) {
    static double power[MOST_HOPS];
    const int64_t hop = (int64_t)(0.1 * rate);
    int n = 0;
    for (int64_t at = 0; at + hop <= a->frames && n < MOST_HOPS; at += hop, n++) {
        power[n] = 0;
        for (int64_t i = at; i < at + hop; i++)
            power[n] += (double)a->at[0][i] * (double)a->at[0][i];
    }
    double least = 0;
    for (int round = 0; round < 30; round++) {
        double sum = 0;
        int count = 0;
        for (int h = 0; h < n; h++)
            if (power[h] > least)
                sum += power[h], count++;
        least = sum / count * pow(10, -1.59);
    }
    for (int h = 0; h < n; h++)
        active[h] =
            power[h] > least || (h > 0 && power[h - 1] > least) || (h > 1 && power[h - 2] > least);
    return n;
}

struct spread {
    int windows;
    double in_least, in_most, out_least, out_most; /* LUFS */
};

static struct spread judge(const struct audio *in, const struct audio *out, const bool *active,
                           double rate) {
    static double before[MOST_HOPS], after[MOST_HOPS];
    struct spread s = {0, 0, -200, 0, -200};
    const int n = short_term(before, in, rate);
    assert_int_equal(short_term(after, out, rate), n);
    for (int h = WINDOW - 1; h < n; h++) {
        int count = 0;
        for (int k = h - WINDOW + 1; k <= h; k++)
            count += active[k];
        if (4 * count < 3 * WINDOW)
            continue;
        s.windows++;
        s.in_least = fmin(s.in_least, before[h]);
        s.in_most = fmax(s.in_most, before[h]);
        s.out_least = fmin(s.out_least, after[h]);
        s.out_most = fmax(s.out_most, after[h]);
    }
    return s;
}

static void check_spread(const char *name, struct spread s, double bar) {
    figure("%-28s %3d windows: in %.1f … %.1f LUFS (%.1f LU apart), out %+.2f … %+.2f LU of the "
           "target (within %.1f)",
           name, s.windows, s.in_least, s.in_most, s.in_most - s.in_least, s.out_least - TARGET,
           s.out_most - TARGET, bar);
    assert_true(s.windows > 0);
    assert_true(s.out_least >= TARGET - bar && s.out_most <= TARGET + bar);
}

static void every_clean_recording_comes_out_at_its_target(void **state) {
    (void)state;
    if (!test_data())
        skip_because("the recordings are not there");
    static const struct {
        const char *name;
        double silence_s; /* around those that are shorter than a window */
    } files[] = {{"LJ001-0001", 0},
                 {"LJ001-0003", 0},
                 {"LJ001-0005", 0},
                 {"LJ001-0007", 0},
                 {"LJ001-0010", 0},
                 {"LJ001-0012", 0},
                 {"asterisk-en-demo-congrats", 0},
                 {"asterisk-fr-demo-moreinfo", 0.5},
                 {"asterisk-it-demo-abouttotry", 0},
                 {"jfk", 0},
                 {"librispeech-198-209-0000", 0},
                 {"librispeech-5703-47212-0000", 0},
                 {"xmas", 0.5}};
    static bool active[MOST_HOPS];
    for (int k = 0; k < TON_N(files); k++) {
        char name[100];
        double rate;
        snprintf(name, sizeof name, "speech/clean/%s.flac", files[k].name);
        struct audio in = recording_mono(name, files[k].silence_s, &rate);
        struct rig r = plain(rate);
        struct audio out = levelled(&r, &in);
        find_active(active, &in, rate);
        check_spread(files[k].name, judge(&in, &out, active, rate), 1.5);
        audio_free(&in);
        audio_free(&out);
        rig_close(&r);
    }
}

/* Three voices at three rates, 18 dB between the softest and the loudest. */
static void voices_of_a_formula_come_out_at_their_target(void **state) {
    (void)state;
    static const struct {
        double rate, pitch, level; /* level: dBFS */
    } voices[] = {{44100, 95, -34}, {48000, 150, -27}, {96000, 230, -16}};
    static bool active[MOST_HOPS];
    for (int k = 0; k < TON_N(voices); k++) {
        char name[40];
        struct audio in = talker_speaks(voices[k].rate, 25, voices[k].pitch, (uint64_t)k + 1);
        audio_gain(&in, ton_db_to_gain(voices[k].level + 26));
        struct rig r = rig_open("leveler", voices[k].rate, 1, 0);
        rig_set(&r, "boost", 18);
        rig_start(&r);
        struct audio out = levelled(&r, &in);
        find_active(active, &in, voices[k].rate);
        snprintf(name, sizeof name, "%.0f Hz, %.0f dBFS", voices[k].pitch, voices[k].level);
        check_spread(name, judge(&in, &out, active, voices[k].rate), 1.5);
        audio_free(&in);
        audio_free(&out);
        rig_close(&r);
    }
}

static void speech_in_noise_comes_out_at_its_target(void **state) {
    (void)state;
    if (!test_data())
        skip_because("the recordings are not there");
    static const char *const files[] = {"lj-fridge-10db", "lj-vinyl-15db", "comira-vhshum-12db",
                                        "barnett-crowd-5db"};
    static bool active[MOST_HOPS];
    for (int k = 0; k < TON_N(files); k++) {
        char name[100];
        double rate;
        snprintf(name, sizeof name, "speech/noisy/%s.clean.flac", files[k]);
        struct audio alone = recording_mono(name, 0, &rate);
        snprintf(name, sizeof name, "speech/noisy/%s.noisy.flac", files[k]);
        struct audio in = recording_mono(name, 0, &rate);
        struct rig r = plain(rate);
        struct audio out = levelled(&r, &in);
        find_active(active, &alone, rate);
        check_spread(files[k], judge(&in, &out, active, rate), 1.5);
        audio_free(&alone);
        audio_free(&in);
        audio_free(&out);
        rig_close(&r);
    }
}

/* Seconds in which this track's own speaker speaks, from the multitrack's list. */
static void find_turns(bool active[MOST_HOPS], const char *track) {
    char path[4400], line[200], name[40];
    snprintf(path, sizeof path, "%s/multitrack/podcast-3-speakers/segments.csv", test_data());
    memset(active, 0, sizeof(bool) * MOST_HOPS);
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    while (fgets(line, sizeof line, f)) {
        double start, end;
        if (sscanf(line, "%39[^,],%lf,%lf", name, &start, &end) == 3 && strcmp(name, track) == 0)
            for (int h = (int)(start * 10); h < (int)(end * 10) && h < MOST_HOPS; h++)
                active[h] = true;
    }
    fclose(f);
}

/* 17 LU between the softest guest and the loudest, in one setting. */
static void three_speakers_of_a_podcast_come_out_alike(void **state) {
    (void)state;
    if (!test_data())
        skip_because("the recordings are not there");
    static const struct {
        const char *track;
        float gate;
    } tracks[] = {{"host", -45}, {"guest-a", -48}, {"guest-b", -40}};
    static bool active[MOST_HOPS];
    for (int k = 0; k < TON_N(tracks); k++) {
        char name[100];
        double rate;
        snprintf(name, sizeof name, "multitrack/podcast-3-speakers/%s.flac", tracks[k].track);
        struct audio in = recording_mono(name, 0, &rate);
        struct rig r = rig_open("leveler", rate, 1, 0);
        rig_set(&r, "boost", 18);
        rig_set(&r, "gate", tracks[k].gate);
        rig_start(&r);
        struct audio out = levelled(&r, &in);
        find_turns(active, tracks[k].track);
        check_spread(tracks[k].track, judge(&in, &out, active, rate), 1.5);
        audio_free(&in);
        audio_free(&out);
        rig_close(&r);
    }
}

/* The gain in dB of each hop, in time with `in`. */
static int find_gains(double gains[MOST_HOPS], struct rig *r, const struct audio *in, double rate) {
    struct audio key = audio_new(1, in->frames + r->latency), one = audio_new(1, key.frames);
    memcpy(key.at[0], in->at[0], sizeof(float) * (size_t)in->frames);
    for (int64_t i = 0; i < one.frames; i++)
        one.at[0][i] = 1;
    rig_run(r, &one, &key, 512);
    int n = 0;
    for (double at = 0; at < (double)in->frames && n < MOST_HOPS; at += rate / 10)
        gains[n++] = ton_gain_to_db((double)one.at[0][(int64_t)at + r->latency]);
    audio_free(&key);
    audio_free(&one);
    return n;
}

/* A soft voice, ten seconds of the noise of its room with a breath, and the voice again, 6 dB
 * softer: what is between is never raised by more than the louder of both gains. */
static void pauses_and_breaths_are_not_pulled_up(void **state) {
    (void)state;
    if (!test_data())
        skip_because("the recordings are not there");
    static double gains[MOST_HOPS];
    double rate, noise_rate;
    struct audio voice = recording_mono("speech/clean/librispeech-198-209-0000.flac", 0, &rate);
    struct audio room = recording_mono("noise/fridge.flac", 0, &noise_rate);
    const int64_t pause = (int64_t)(10 * rate), n = voice.frames;
    struct audio in = audio_new(1, 2 * n + pause);
    memcpy(in.at[0], voice.at[0], sizeof(float) * (size_t)n);
    for (int64_t i = 0; i < n; i++)
        in.at[0][n + pause + i] = 0.5F * voice.at[0][i];
    uint64_t seed = 4;
    for (int64_t i = 0; i < in.frames; i++) {
        in.at[0][i] += 0.05F * room.at[0][i % room.frames];
        const double breath = (double)(i - n) / rate - 5; /* half a second of it */
        if (breath > 0 && breath < 0.5)
            in.at[0][i] += (float)(0.02 * sin(2 * M_PI * breath) * (double)noise_next(&seed));
    }
    struct rig r = rig_open("leveler", rate, 1, 1);
    rig_set(&r, "boost", 30);
    rig_start(&r);
    const int hops = find_gains(gains, &r, &in, rate);
    const int from = (int)((double)n / rate * 10), to = from + 100;
    double before = -100, after = -100, most = -100, off = 0; /* three seconds before and after */
    for (int h = 0; h < 30; h++) {
        before = fmax(before, gains[from - 1 - h]);
        after = fmax(after, gains[to + h]);
    }
    for (int h = from; h < to; h++)
        most = fmax(most, gains[h]);
    for (int h = from + 15; h < to - 20; h++)
        off = fmax(off, fabs(gains[h] - gains[from + 15]));
    figure("gain %.2f dB before the pause, %.2f after; at most %.2f in it (not above both by 0.1), "
           "and moved by %.3f dB while nobody spoke (at most 0.01); %d hops",
           before, after, most, off, hops);
    assert_true(after > before + 1 && most <= fmax(before, after) + 0.1 && off <= 0.01);
    audio_free(&voice);
    audio_free(&room);
    audio_free(&in);
    rig_close(&r);
}

static void boost_cut_and_gate_are_held(void **state) {
    (void)state;
    if (!test_data())
        skip_because("the recordings are not there");
    static double gains[MOST_HOPS];
    static const struct {
        const char *file;
        float target, boost, cut, gate;
        double least, most;
    } cases[] = {{"LJ001-0001", -8, 4, 4, -50, 4, 4},
                 {"LJ001-0001", -40, 4, 7, -50, -7, -7},
                 {"librispeech-198-209-0000", -23, 12, 12, -20, 0, 0}};
    for (int k = 0; k < TON_N(cases); k++) {
        char name[100];
        double rate;
        snprintf(name, sizeof name, "speech/clean/%s.flac", cases[k].file);
        struct audio in = recording_mono(name, 0, &rate);
        struct rig r = rig_open("leveler", rate, 1, 1);
        rig_set(&r, "target", cases[k].target);
        rig_set(&r, "boost", cases[k].boost);
        rig_set(&r, "cut", cases[k].cut);
        rig_set(&r, "gate", cases[k].gate);
        rig_start(&r);
        const int n = find_gains(gains, &r, &in, rate);
        double least = 100, most = -100;
        for (int h = 0; h < n; h++) {
            least = fmin(least, gains[h]);
            most = fmax(most, gains[h]);
        }
        figure("target %g, boost %g, cut %g, gate %g: gain %.3f … %.3f dB (%g … %g)",
               (double)cases[k].target, (double)cases[k].boost, (double)cases[k].cut,
               (double)cases[k].gate, least, most, cases[k].least, cases[k].most);
        assert_true(fabs(least - cases[k].least) < 0.001 && fabs(most - cases[k].most) < 0.001);
        audio_free(&in);
        rig_close(&r);
    }
}

static void noise_alone_is_left_as_it_is(void **state) {
    (void)state;
    struct rig r = plain(48000);
    struct audio in = audio_new(1, 20 * 48000);
    uint64_t seed = 3;
    for (int64_t i = 0; i < in.frames; i++)
        in.at[0][i] = 0.1F * noise_next(&seed) * (i % 96000 < 48000 ? 1.0F : 0.2F);
    struct audio out = levelled(&r, &in);
    int64_t different = 0;
    for (int64_t i = 0; i < in.frames; i++)
        different += out.at[0][i] != in.at[0][i];
    figure("20 s of noise in bursts: %lld samples differ (0); latency %.3f s", (long long)different,
           r.latency / 48000.0);
    assert_int_equal(different, 0);
    audio_free(&in);
    audio_free(&out);
    rig_close(&r);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_clean_recording_comes_out_at_its_target),
        cmocka_unit_test(voices_of_a_formula_come_out_at_their_target),
        cmocka_unit_test(speech_in_noise_comes_out_at_its_target),
        cmocka_unit_test(three_speakers_of_a_podcast_come_out_alike),
        cmocka_unit_test(pauses_and_breaths_are_not_pulled_up),
        cmocka_unit_test(boost_cut_and_gate_are_held),
        cmocka_unit_test(noise_alone_is_left_as_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
