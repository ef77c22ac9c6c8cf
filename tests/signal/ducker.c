/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the ducker promises: down under words, still in gaps, up after sentences, deaf to the rest.
 */
#include "talker.h"

enum { PAUSE_S = 4, MOST_HOPS = 20000 };

static const float DEPTH = 12;

static struct rig plain(double rate) {
    struct rig r = rig_open("ducker", rate, 1, 1);
    rig_set(&r, "depth", DEPTH);
    rig_start(&r);
    return r;
}

/* The gain in dB, frame by frame, as it sounds together with the key (which the engine delays by
 * the latency). */
static struct audio gain_under(struct rig *r, const struct audio *key) {
    struct audio late = audio_new(1, key->frames + r->latency);
    struct audio gain = audio_new(1, key->frames + r->latency);
    memcpy(late.at[0], key->at[0], sizeof(float) * (size_t)key->frames);
    for (int64_t i = 0; i < gain.frames; i++)
        gain.at[0][i] = 1;
    rig_run(r, &gain, &late, 500);
    for (int64_t i = 0; i < key->frames; i++)
        gain.at[0][i] = (float)ton_gain_to_db((double)gain.at[0][i + r->latency]);
    gain.frames = key->frames;
    audio_free(&late);
    return gain;
}

/* Where the clean speech is, from its energy alone: 20 ms that are at most 30 dB softer than its
 * loudest. One flag for each 10 ms. */
struct activity {
    int n, hop;
    bool speaks[MOST_HOPS];
};

static void find_activity(struct activity *a, const struct audio *speech, double rate) {
    static double power[MOST_HOPS];
    double most = 0;
    a->hop = (int)(0.01 * rate);
    a->n = (int)(speech->frames / a->hop) - 1;
    assert_true(a->n < MOST_HOPS);
    for (int h = 0; h < a->n; h++) {
        power[h] = 0;
        for (int64_t i = (int64_t)h * a->hop; i < (int64_t)(h + 2) * a->hop; i++)
            power[h] += (double)speech->at[0][i] * (double)speech->at[0][i];
        most = fmax(most, power[h]);
    }
    for (int h = 0; h < a->n; h++)
        a->speaks[h] = power[h] > most * 1e-3;
}

struct result {
    double ducked;      /* part of the speech that is under the full depth (within 0.5 dB) */
    int gaps, pumped;   /* gaps shorter than the hold, and those in which the gain rises */
    double up_after;    /* s after the last word until the gain is up (within 0.5 dB) */
    double down_before; /* s from the beginning of the fade to the first word */
};

static struct result judge(const struct audio *gain, const struct activity *a, double rate,
                           double hold_s) {
    struct result r = {0};
    int64_t speech = 0, ducked = 0, last = -1, first = -1;
    for (int h = 0; h < a->n; h++) {
        if (!a->speaks[h])
            continue;
        if (last >= 0 && h - last > 1 && (double)(h - last) * 0.01 < hold_s) {
            float most = -100;
            for (int64_t i = (last + 1) * a->hop; i < (int64_t)h * a->hop; i++)
                most = fmaxf(most, gain->at[0][i]);
            r.gaps++;
            r.pumped += most > -DEPTH + 0.5F;
        }
        first = first < 0 ? h : first;
        last = h;
        for (int64_t i = (int64_t)h * a->hop; i < (int64_t)(h + 1) * a->hop; i++, speech++)
            ducked += gain->at[0][i] < -DEPTH + 0.5F;
    }
    r.ducked = (double)ducked / (double)speech;
    int64_t i = (last + 2) * a->hop;
    const int64_t end = i;
    while (i < gain->frames && gain->at[0][i] < -0.5F)
        i++;
    r.up_after = (double)(i - end) / rate;
    i = first * a->hop;
    while (i > 0 && gain->at[0][i] < -0.1F)
        i--;
    r.down_before = (double)(first * a->hop - i) / rate;
    return r;
}

static const char *const clean[] = {"LJ001-0001",
                                    "LJ001-0003",
                                    "LJ001-0005",
                                    "LJ001-0007",
                                    "LJ001-0010",
                                    "LJ001-0012",
                                    "asterisk-en-demo-congrats",
                                    "asterisk-fr-demo-moreinfo",
                                    "asterisk-it-demo-abouttotry",
                                    "jfk",
                                    "librispeech-198-209-0000",
                                    "librispeech-5703-47212-0000",
                                    "xmas"};

static void real_speech_ducks_and_its_end_lets_go(void **state) {
    (void)state;
    if (!test_data())
        skip_because("the recordings are not there");
    static struct activity a;
    double all = 0;
    for (int k = 0; k < TON_N(clean); k++) {
        char name[100];
        double rate;
        snprintf(name, sizeof name, "speech/clean/%s.flac", clean[k]);
        struct audio key = recording_mono(name, PAUSE_S, &rate);
        struct rig r = plain(rate);
        struct audio gain = gain_under(&r, &key);
        find_activity(&a, &key, rate);
        const struct result got = judge(&gain, &a, rate, 0.6);
        figure("%-28s ducked %6.2f %% of the speech (at least 99), %d of %d gaps under the hold "
               "pump (0), down %.2f s before, up %.2f s after (at most 1.4)",
               clean[k], 100 * got.ducked, got.pumped, got.gaps, got.down_before, got.up_after);
        all += got.ducked / TON_N(clean);
        assert_true(got.ducked >= 0.99 && got.pumped == 0);
        assert_true(got.up_after <= 1.4 && got.up_after >= 0.5 && got.down_before < 0.6);
        audio_free(&key);
        audio_free(&gain);
        rig_close(&r);
    }
    figure("on an average %.2f %%", 100 * all);
}

static void voices_of_a_formula_duck_too(void **state) {
    (void)state;
    static const struct {
        double rate, pitch;
    } voices[] = {{44100, 95}, {48000, 150}, {96000, 230}};
    static struct activity a;
    for (int k = 0; k < TON_N(voices); k++) {
        const double rate = voices[k].rate;
        struct audio voice = talker_speaks(rate, 12, voices[k].pitch, (uint64_t)k + 1);
        struct audio key = audio_new(1, voice.frames + (int64_t)(2 * PAUSE_S * rate));
        memcpy(key.at[0] + (int64_t)(PAUSE_S * rate), voice.at[0],
               sizeof(float) * (size_t)voice.frames);
        struct rig r = plain(rate);
        struct audio gain = gain_under(&r, &key);
        find_activity(&a, &key, rate);
        const struct result got = judge(&gain, &a, rate, 0.6);
        figure(
            "voice of %3.0f Hz at %5.0f Hz: ducked %6.2f %% of the speech (at least 99), %d of %d "
            "gaps pump (0), up %.2f s after (0.5 to 1.4)",
            voices[k].pitch, rate, 100 * got.ducked, got.pumped, got.gaps, got.up_after);
        assert_true(got.ducked >= 0.99 && got.pumped == 0 && got.gaps > 0);
        assert_true(got.up_after <= 1.4 && got.up_after >= 0.5 && got.down_before < 0.6);
        audio_free(&voice);
        audio_free(&key);
        audio_free(&gain);
        rig_close(&r);
    }
}

/* Two sentences, five times as far apart as `hold`: in between the music is all back. */
static void the_music_comes_back_between_sentences(void **state) {
    (void)state;
    if (!test_data())
        skip_because("the recordings are not there");
    double rate;
    struct audio first = recording_mono("speech/clean/LJ001-0005.flac", 1, &rate);
    struct audio second = recording_mono("speech/clean/LJ001-0007.flac", 2, &rate);
    struct audio key = audio_new(1, first.frames + second.frames);
    memcpy(key.at[0], first.at[0], sizeof(float) * (size_t)first.frames);
    memcpy(key.at[0] + first.frames, second.at[0], sizeof(float) * (size_t)second.frames);
    struct rig r = plain(rate);
    struct audio gain = gain_under(&r, &key);
    int64_t back = 0;
    const int64_t s = (int64_t)rate, end = first.frames - s, begin = first.frames + 2 * s;
    for (int64_t i = end; i < begin; i++)
        back += gain.at[0][i] == 0;
    float most = -100; /* from a second into each sentence to a second before its end */
    for (int64_t i = 2 * s; i < end - s; i++)
        most = fmaxf(most, gain.at[0][i]);
    for (int64_t i = begin + s; i < key.frames - 3 * s; i++)
        most = fmaxf(most, gain.at[0][i]);
    figure("3 s between two sentences: all back for %.2f s of them (at least 1); inside of each at "
           "most %.2f dB (-12)",
           (double)back / rate, (double)most);
    assert_true((double)back / rate >= 1 && most < -DEPTH + 0.01F);
    audio_free(&first);
    audio_free(&second);
    audio_free(&key);
    audio_free(&gain);
    rig_close(&r);
}

/* Three microphones on one bus, each with its room and the bleed of the others, 17 dB between the
 * softest and the loudest voice. Of each turn on the multitrack's list the speech is judged by the
 * energy of its own track. */
static void a_conversation_ducks_whoever_speaks(void **state) {
    (void)state;
    if (!test_data())
        skip_because("the recordings are not there");
    static const char *const names[] = {"host", "guest-a", "guest-b"};
    static struct activity a;
    struct audio tracks[3], bus = {0};
    double rate;
    char path[4400], name[100], line[200], who[40];
    for (int k = 0; k < 3; k++) {
        snprintf(name, sizeof name, "multitrack/podcast-3-speakers/%s.flac", names[k]);
        tracks[k] = recording_mono(name, 0, &rate);
        bus = k ? bus : audio_new(1, tracks[k].frames);
        for (int64_t i = 0; i < bus.frames; i++)
            bus.at[0][i] += tracks[k].at[0][i];
    }
    struct rig r = plain(rate);
    rig_set(&r, "threshold", -56); /* under the softest word of the softest voice */
    struct audio gain = gain_under(&r, &bus);
    snprintf(path, sizeof path, "%s/multitrack/podcast-3-speakers/segments.csv", test_data());
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    double start, end;
    while (fgets(line, sizeof line, f)) {
        if (sscanf(line, "%39[^,],%lf,%lf", who, &start, &end) != 3)
            continue;
        const int k = strcmp(who, names[0]) == 0 ? 0 : strcmp(who, names[1]) == 0 ? 1 : 2;
        const int64_t from = (int64_t)(start * rate), frames = (int64_t)((end - start) * rate);
        struct audio turn = {1, frames, (float *[1]){tracks[k].at[0] + from}};
        struct audio under = {1, frames, (float *[1]){gain.at[0] + from}};
        find_activity(&a, &turn, rate);
        const struct result got = judge(&under, &a, rate, 0.6);
        figure("%-8s %5.1f … %5.1f s: ducked %6.2f %% of the speech (at least 99), %d of %d gaps "
               "pump (0)",
               who, start, end, 100 * got.ducked, got.pumped, got.gaps);
        assert_true(got.ducked >= 0.99 && got.pumped == 0);
    }
    fclose(f);
    for (int k = 0; k < 3; k++)
        audio_free(&tracks[k]);
    audio_free(&bus);
    audio_free(&gain);
    rig_close(&r);
}

/* The noisy ones are judged by the activity of their clean part. */
static void speech_in_noise_ducks_too(void **state) {
    (void)state;
    if (!test_data())
        skip_because("the recordings are not there");
    static const struct {
        const char *name;
        double bar;
    } files[] = {{"lj-fridge-10db", 0.99},
                 {"lj-vinyl-15db", 0.99},
                 {"comira-vhshum-12db", 0.99},
                 {"barnett-crowd-5db", 0.9}};
    static struct activity a;
    for (int k = 0; k < TON_N(files); k++) {
        char name[100];
        double rate;
        snprintf(name, sizeof name, "speech/noisy/%s.clean.flac", files[k].name);
        struct audio alone = recording_mono(name, PAUSE_S, &rate);
        snprintf(name, sizeof name, "speech/noisy/%s.noisy.flac", files[k].name);
        struct audio key = recording_mono(name, PAUSE_S, &rate);
        struct rig r = plain(rate);
        struct audio gain = gain_under(&r, &key);
        find_activity(&a, &alone, rate);
        const struct result got = judge(&gain, &a, rate, 0.6);
        figure("%-20s ducked %6.2f %% of the speech (at least %.0f), %d of %d gaps pump",
               files[k].name, 100 * got.ducked, 100 * files[k].bar, got.pumped, got.gaps);
        assert_true(got.ducked >= files[k].bar);
        audio_free(&alone);
        audio_free(&key);
        audio_free(&gain);
        rig_close(&r);
    }
}

static float deepest(const struct audio *gain) {
    float least = 0;
    for (int64_t i = 0; i < gain->frames; i++)
        least = fminf(least, gain->at[0][i]);
    return least;
}

static double loudness_of(const struct audio *a) {
    double sum = 0;
    for (int64_t i = 0; i < a->frames; i++)
        sum += (double)a->at[0][i] * (double)a->at[0][i];
    return 10 * log10(sum / (double)a->frames);
}

/* Pink by Paul Kellet's filter (music-dsp archive, 1999), within 0.05 dB above 9 Hz at 44.1 kHz. */
static void pink(struct audio *a) {
    double b[7] = {0};
    uint64_t seed = 8;
    for (int64_t i = 0; i < a->frames; i++) {
        const double w = (double)noise_next(&seed);
        b[0] = 0.99886 * b[0] + w * 0.0555179;
        b[1] = 0.99332 * b[1] + w * 0.0750759;
        b[2] = 0.96900 * b[2] + w * 0.1538520;
        b[3] = 0.86650 * b[3] + w * 0.3104856;
        b[4] = 0.55000 * b[4] + w * 0.5329522;
        b[5] = -0.7616 * b[5] - w * 0.0168980;
        a->at[0][i] = (float)(b[0] + b[1] + b[2] + b[3] + b[4] + b[5] + b[6] + w * 0.5362);
        b[6] = w * 0.115926;
    }
}

static void white(struct audio *a) {
    uint64_t seed = 9;
    for (int64_t i = 0; i < a->frames; i++)
        a->at[0][i] = noise_next(&seed);
}

static void rumble(struct audio *a) {
    uint64_t seed = 10;
    double y = 0, z = 0;
    for (int64_t i = 0; i < a->frames; i++) {
        y += 0.005 * ((double)noise_next(&seed) - y);
        z += 0.005 * (y - z);
        a->at[0][i] = (float)z;
    }
}

static void clicks(struct audio *a) {
    for (int64_t i = 5000; i < a->frames; i += 48000)
        a->at[0][i] = 1, a->at[0][i + 1] = -0.8F, a->at[0][i + 2] = 0.4F;
}

/* Mains hum of a bad cable: 50 Hz and its odd harmonics. */
static void hum(struct audio *a) {
    for (int64_t i = 0; i < a->frames; i++)
        a->at[0][i] = sin(2 * M_PI * 50 / 48000 * (double)i) > 0 ? 1 : -1;
}

static void what_is_no_speech_leaves_the_music_alone(void **state) {
    (void)state;
    static const struct {
        const char *name;
        void (*make)(struct audio *a);
    } noises[] = {{"pink noise", pink},
                  {"white noise", white},
                  {"rumble", rumble},
                  {"hum", hum},
                  {"single clicks of 0 dBFS", clicks}};
    for (int k = 0; k < TON_N(noises); k++) {
        struct audio key = audio_new(1, 60 * 48000);
        noises[k].make(&key);
        for (int64_t i = 0; i < 48000; i++) /* it begins, and begins again */
            key.at[0][i] = key.at[0][20 * 48000 + i] = 0;
        if (noises[k].make != clicks)
            audio_gain(&key, ton_db_to_gain(-20 - loudness_of(&key)));
        struct rig r = plain(48000);
        struct audio gain = gain_under(&r, &key);
        figure("a minute of %s, %.0f dBFS: gain down to %.2f dB (0)", noises[k].name,
               loudness_of(&key), (double)deepest(&gain));
        assert_true(deepest(&gain) == 0);
        audio_free(&key);
        audio_free(&gain);
        rig_close(&r);
    }
}

static void real_noises_leave_the_music_alone(void **state) {
    (void)state;
    if (!test_data())
        skip_because("the recordings are not there");
    static const struct {
        const char *name;
        bool as_it_is; /* at -48 dBFS: its motor sings at 260 Hz, and as loud as speech, as the
                        * others are, it is taken for a voice */
    } noises[] = {{"city-evening", false}, {"film-static", false},    {"fridge", false},
                  {"vhs-hum-60hz", false}, {"vinyl-crackle-1", true}, {"vinyl-oldvinyl", false},
                  {"vinyl-runoff", false}};
    for (int k = 0; k < TON_N(noises); k++) {
        char name[100];
        double rate;
        snprintf(name, sizeof name, "noise/%s.flac", noises[k].name);
        struct audio key = recording_mono(name, PAUSE_S, &rate);
        if (!noises[k].as_it_is)
            audio_gain(&key, ton_db_to_gain(-20 - loudness_of(&key)));
        struct rig r = plain(rate);
        struct audio gain = gain_under(&r, &key);
        figure("%-16s at %.0f dBFS: gain down to %.2f dB (0)", noises[k].name, loudness_of(&key),
               (double)deepest(&gain));
        assert_true(deepest(&gain) == 0);
        audio_free(&key);
        audio_free(&gain);
        rig_close(&r);
    }
}

/* A buzz of 120 Hz has a pitch, but no syllables. */
static void a_standing_hum_is_forgotten_after_three_seconds(void **state) {
    (void)state;
    struct audio key = audio_new(1, 20 * 48000);
    for (int64_t i = 2 * 48000; i < key.frames; i++)
        key.at[0][i] = (float)(0.2 * (2 * fmod(120.0 / 48000 * (double)i, 1) - 1));
    struct rig r = plain(48000);
    struct audio gain = gain_under(&r, &key);
    int64_t i = key.frames - 1;
    while (i > 0 && gain.at[0][i] == 0)
        i--;
    const double up = (double)i / 48000 - 2;
    figure("a buzz of 120 Hz: up again for good %.2f s after it began (at most 3 + 0.25 + 0.6 + "
           "0.8 + 0.1)",
           up);
    assert_true(up > 1 && up <= 4.75);
    audio_free(&key);
    audio_free(&gain);
    rig_close(&r);
}

/* A buzz of 120 Hz that swells four times a second, and pink noise as loud. */
static void every_rate_hears_the_same(void **state) {
    (void)state;
    static const double rates[] = {8000, 11025, 15999, 44100, 96000, 384000};
    for (int k = 0; k < TON_N(rates); k++) {
        const double rate = rates[k];
        struct audio voice = audio_new(1, (int64_t)(4 * rate)), noise = audio_new(1, voice.frames);
        for (int64_t i = 0; i < voice.frames; i++) {
            const double t = (double)i / rate, swell = 0.5 - 0.5 * cos(2 * M_PI * 4 * t);
            voice.at[0][i] =
                t >= 1 && t < 3 ? (float)(0.2 * swell * (2 * fmod(120 * t, 1) - 1)) : 0;
        }
        pink(&noise);
        audio_gain(&noise, ton_db_to_gain(-20 - loudness_of(&noise)));
        struct rig r = plain(rate), deaf = plain(rate);
        struct audio gain = gain_under(&r, &voice), still = gain_under(&deaf, &noise);
        int64_t i = 0;
        while (i < gain.frames && gain.at[0][i] > -DEPTH + 0.01F)
            i++;
        const double down = (double)i / rate;
        figure("%6.0f Hz: all down at %.3f s (0.8 … 0.95), noise takes it to %.2f dB (0)", rate,
               down, (double)deepest(&still));
        assert_true(down > 0.8 && down < 0.95 && deepest(&still) == 0);
        audio_free(&voice);
        audio_free(&noise);
        audio_free(&gain);
        audio_free(&still);
        rig_close(&r);
        rig_close(&deaf);
    }
}

/* The fade in frames, and that music is only turned down. */
static void fades_take_their_times_and_the_music_stays_itself(void **state) {
    (void)state;
    static const float times[][3] = {{150, 600, 800}, {20, 0, 100}, {1000, 2000, 3000}};
    for (int k = 0; k < TON_N(times); k++) {
        struct rig r = rig_open("ducker", 48000, 2, 1);
        rig_set(&r, "attack", times[k][0]);
        rig_set(&r, "hold", times[k][1]);
        rig_set(&r, "release", times[k][2]);
        rig_start(&r);
        struct audio a = audio_new(2, 10 * 48000), key = audio_new(1, a.frames);
        struct audio music = audio_new(1, a.frames);
        uint64_t seed = 5;
        for (int64_t i = 0; i < a.frames; i++) {
            a.at[0][i] = 1;
            a.at[1][i] = music.at[0][i] = 0.5F * noise_next(&seed);
            const double t = (double)i / 48000; /* a buzz of 120 Hz that comes and goes */
            const double swell = 0.5 - 0.5 * cos(2 * M_PI * 4 * t);
            key.at[0][i] = t >= 1 && t < 3 ? (float)(0.2 * swell * (2 * fmod(120 * t, 1) - 1)) : 0;
        }
        rig_run(&r, &a, &key, 100);
        int64_t i = 0, marks[4], n = 0; /* begins, is down, begins, is up */
        const float down = (float)ton_db_to_gain(-12);
        for (; i < a.frames && n < 4; i++) {
            const float g = a.at[0][i];
            const bool there = n == 0   ? i > r.latency && g < 1 - 1e-7F
                               : n == 1 ? g <= down * 1.00001F
                               : n == 2 ? g > down * 1.00001F
                                        : g == 1;
            if (there)
                marks[n++] = i;
        }
        assert_int_equal(n, 4);
        const double attack = (double)(marks[1] - marks[0]) / 48,
                     release = (double)(marks[3] - marks[2]) / 48;
        double off = 0;
        for (i = r.latency; i < a.frames; i++)
            off = fmax(off, fabs((double)a.at[1][i] -
                                 (double)music.at[0][i - r.latency] * (double)a.at[0][i]));
        figure("attack %g ms: %.1f, release %g ms: %.1f (within 5 %%); music off by %.1e (1e-7)",
               (double)times[k][0], attack, (double)times[k][2], release, off);
        assert_true(fabs(attack / (double)times[k][0] - 1) < 0.05);
        assert_true(fabs(release / (double)times[k][2] - 1) < 0.05);
        assert_true(off < 1e-7);
        audio_free(&a);
        audio_free(&key);
        audio_free(&music);
        rig_close(&r);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(real_speech_ducks_and_its_end_lets_go),
        cmocka_unit_test(voices_of_a_formula_duck_too),
        cmocka_unit_test(the_music_comes_back_between_sentences),
        cmocka_unit_test(a_conversation_ducks_whoever_speaks),
        cmocka_unit_test(speech_in_noise_ducks_too),
        cmocka_unit_test(what_is_no_speech_leaves_the_music_alone),
        cmocka_unit_test(real_noises_leave_the_music_alone),
        cmocka_unit_test(a_standing_hum_is_forgotten_after_three_seconds),
        cmocka_unit_test(every_rate_hears_the_same),
        cmocka_unit_test(fades_take_their_times_and_the_music_stays_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
