/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the transient designer promises: attack and sustain, apart from each other, at any level. */
#include "recording.h"

#define RATE 48000.0

enum { HIT_AT = 24000, HIT_FRAMES = 72000, MS = 48, MOST_HITS = 200 };

static struct rig plain(double rate, float attack, float sustain) {
    struct rig r = rig_open("transient", rate, 1, 0);
    rig_set(&r, "attack", attack);
    rig_set(&r, "sustain", sustain);
    rig_start(&r);
    return r;
}

static double peak_db(const float *x, int64_t from, int64_t to) {
    double most = 0;
    for (int64_t i = from; i < to; i++)
        most = fmax(most, fabs((double)x[i]));
    return ton_gain_to_db(most);
}

static double mean_db(const float *x, int64_t from, int64_t to) {
    double sum = 0;
    for (int64_t i = from; i < to; i++)
        sum += (double)x[i] * (double)x[i];
    return 10 * log10(sum / (double)(to - from) + 1e-30);
}

/* A stick on a skin: 2 ms of noise and a tone that dies away, peak at `level_db`, over hiss 70 dB
 * below full scale when `hiss`. */
static struct audio hit(double level_db, double tone_hz, double decay_ms, bool hiss) {
    struct audio a = audio_new(1, HIT_FRAMES);
    uint64_t seed = 21;
    for (int64_t i = HIT_AT; i < a.frames; i++) {
        const double ms = (double)(i - HIT_AT) / MS;
        const double stick = ms < 10 ? exp(-ms / 2) * (double)noise_next(&seed) : 0;
        a.at[0][i] = (float)(0.6 * stick + exp(-ms / decay_ms) * (1 - exp(-ms / 0.7)) *
                                               sin(2 * M_PI * tone_hz / 1000 * ms));
    }
    audio_gain(&a, ton_db_to_gain(level_db - peak_db(a.at[0], 0, a.frames)));
    for (int64_t i = 0; hiss && i < a.frames; i++)
        a.at[0][i] += 3e-4F * noise_next(&seed);
    return a;
}

static const struct {
    const char *name;
    double hz, decay_ms;
} drums[] = {{"kick", 60, 150}, {"tom", 110, 200}, {"snare", 220, 60}, {"block", 900, 25}};

/* How far the peak of the first 20 ms and the ring from 100 to 200 ms come out above what came in;
 * dB. */
struct change {
    double attack, ring;
};

static struct change change_of(const struct audio *in, float attack, float sustain) {
    struct rig r = plain(RATE, attack, sustain);
    struct audio out = audio_copy(in);
    rig_run(&r, &out, NULL, 480);
    const int64_t at = HIT_AT + r.latency;
    const struct change c = {peak_db(out.at[0], at, at + 20 * MS) -
                                 peak_db(in->at[0], HIT_AT, HIT_AT + 20 * MS),
                             mean_db(out.at[0], at + 100 * MS, at + 200 * MS) -
                                 mean_db(in->at[0], HIT_AT + 100 * MS, HIT_AT + 200 * MS)};
    audio_free(&out);
    rig_close(&r);
    return c;
}

static void attack_raises_the_crest_of_a_hit_at_any_level(void **state) {
    (void)state;
    static const double levels[] = {-40, -30, -20, -10, 0};
    for (int d = 0; d < TON_N(drums); d++)
        for (int turn = 0; turn < 2; turn++) {
            const double asked = turn ? -6 : 6;
            double least = 100, most = -100;
            for (int l = 0; l < TON_N(levels); l++) {
                struct audio in = hit(levels[l], drums[d].hz, drums[d].decay_ms, l % 2);
                const struct change c = change_of(&in, (float)asked, 0);
                least = fmin(least, c.attack - c.ring);
                most = fmax(most, c.attack - c.ring);
                audio_free(&in);
            }
            figure("%-5s -40 … 0 dBFS, attack %+.0f dB: crest of the first 20 ms over the ring "
                   "%+.2f … %+.2f dB (within 0.5 of %+.0f and of each other)",
                   drums[d].name, asked, least, most, asked);
            assert_true(fabs(least - asked) <= 0.5 && fabs(most - asked) <= 0.5);
            assert_true(most - least <= 0.5);
        }
}

/* From digital silence a level rises by 200 dB, over hiss by 50. */
static void an_attack_is_as_long_after_silence_as_after_hiss(void **state) {
    (void)state;
    double middle[2], last[2];
    for (int hiss = 0; hiss < 2; hiss++) {
        struct audio in = hit(-20, 220, 200, hiss);
        struct rig r = plain(RATE, 6, 0);
        struct audio out = audio_copy(&in);
        rig_run(&r, &out, NULL, 480);
        const int64_t from = HIT_AT + 25 * MS, to = HIT_AT + 35 * MS, late = 50 * MS;
        middle[hiss] =
            mean_db(out.at[0], from + r.latency, to + r.latency) - mean_db(in.at[0], from, to);
        last[hiss] = mean_db(out.at[0], from + late + r.latency, to + late + r.latency) -
                     mean_db(in.at[0], from + late, to + late);
        audio_free(&in);
        audio_free(&out);
        rig_close(&r);
    }
    figure("gain 30 ms after the hit %.2f and %.2f dB (1 … 5), 80 ms after it %.2f and %.2f dB (at "
           "most 0.3)",
           middle[0], middle[1], last[0], last[1]);
    for (int hiss = 0; hiss < 2; hiss++)
        assert_true(middle[hiss] > 1 && middle[hiss] < 5 && fabs(last[hiss]) <= 0.3);
    assert_true(fabs(middle[0] - middle[1]) <= 0.3);
}

static void sustain_moves_the_ring_and_leaves_the_attack(void **state) {
    (void)state;
    static const double levels[] = {-40, -20, 0};
    for (int d = 0; d < TON_N(drums); d++)
        for (int turn = 0; turn < 2; turn++) {
            const double asked = turn ? -6 : 6;
            double attack = 0, least = 100, most = -100;
            for (int l = 0; l < TON_N(levels); l++) {
                struct audio in = hit(levels[l], drums[d].hz, drums[d].decay_ms, false);
                const struct change c = change_of(&in, 0, (float)asked);
                attack = fmax(attack, fabs(c.attack));
                least = fmin(least, c.ring);
                most = fmax(most, c.ring);
                audio_free(&in);
            }
            figure("%-5s sustain %+.0f dB: ring %+.2f … %+.2f dB, attack off by %.2f dB (at most "
                   "0.5)",
                   drums[d].name, asked, least, most, attack);
            assert_true(attack <= 0.5 && most - least <= 0.5);
            assert_true(fabs(least) > 2.5 && fabs(most) < 6.1 && least * asked > 0);
        }
}

/* What is added to a decay is never more than the decay itself. */
static void no_sound_swells_again(void **state) {
    (void)state;
    for (int d = 0; d < TON_N(drums); d++) {
        struct audio a = hit(-6, drums[d].hz, drums[d].decay_ms, false);
        struct rig r = plain(RATE, 0, 12);
        rig_run(&r, &a, NULL, 480);
        const int64_t whole =
            (int64_t)(ceil(0.02 * drums[d].hz) / drums[d].hz * RATE); /* periods */
        double before = 100, most = -100;
        for (int ms = 10; ms < 150; ms += 5) {
            const int64_t at = HIT_AT + r.latency + (int64_t)ms * MS;
            const double now = mean_db(a.at[0], at, at + whole);
            most = fmax(most, now - before);
            before = now;
        }
        figure("%-5s sustain +12 dB: its level rises by %.2f dB in 5 ms at most (0.3)",
               drums[d].name, most);
        assert_true(most <= 0.3);
        audio_free(&a);
        rig_close(&r);
    }
}

/* Frames of the hits of `piece` that nothing precedes for `quiet_s`, from the multitrack's list. */
static int lone_hits(int64_t hits[MOST_HITS], const char *piece, double quiet_s) {
    char path[4400], line[200], name[40];
    snprintf(path, sizeof path, "%s/multitrack/drums-multimic-funk138/onsets.csv", test_data());
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    double time, before = -10;
    long long frame;
    int n = 0;
    while (fgets(line, sizeof line, f))
        if (sscanf(line, "%lf,%lld,%39[^,]", &time, &frame, name) == 3) {
            const bool loud = strcmp(name, "Snare") == 0 || strcmp(name, "KdrumL") == 0;
            if (strcmp(name, piece) == 0 && time - before >= quiet_s && n < MOST_HITS)
                hits[n++] = frame;
            before = loud ? time : before;
        }
    fclose(f);
    return n;
}

static int by_size(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The change of the peaks of real hits for this setting, sorted. */
static int real_changes(double changes[MOST_HITS], const char *file, const char *piece,
                        double gain_db, float attack, float sustain) {
    double rate;
    int64_t hits[MOST_HITS];
    struct audio in = recording_read(file, &rate);
    audio_gain(&in, ton_db_to_gain(gain_db));
    struct audio out = audio_copy(&in);
    struct rig r = plain(rate, attack, sustain);
    rig_run(&r, &out, NULL, 512);
    const int64_t length = (int64_t)(0.02 * rate);
    int n = 0;
    const int found = lone_hits(hits, piece, 0.15);
    for (int i = 0; i < found; i++)
        if (hits[i] + length + r.latency < in.frames)
            changes[n++] = peak_db(out.at[0], hits[i] + r.latency, hits[i] + r.latency + length) -
                           peak_db(in.at[0], hits[i], hits[i] + length);
    qsort(changes, (size_t)n, sizeof *changes, by_size);
    audio_free(&in);
    audio_free(&out);
    rig_close(&r);
    return n;
}

static void real_drums_get_what_is_asked_whatever_their_level(void **state) {
    (void)state;
    if (!test_data())
        skip_because("the recordings are not there");
    static const struct {
        const char *file, *piece;
    } tracks[] = {{"multitrack/drums-multimic-funk138/snare-top.flac", "Snare"},
                  {"multitrack/drums-multimic-funk138/kdruml.flac", "KdrumL"}};
    for (int t = 0; t < TON_N(tracks); t++) {
        double medians[2], rings[MOST_HITS], changes[MOST_HITS];
        for (int soft = 0; soft < 2; soft++) {
            const int n =
                real_changes(changes, tracks[t].file, tracks[t].piece, -40.0 * soft, 6, 0);
            assert_true(n >= 10);
            medians[soft] = changes[n / 2];
            figure("%s, %d hits%s: attack +6 dB raises their first 20 ms by %.2f dB (median), "
                   "%.2f … %.2f dB for nine of ten",
                   tracks[t].piece, n, soft ? ", 40 dB softer" : "", medians[soft], changes[n / 20],
                   changes[n - 1 - n / 20]);
            assert_true(fabs(medians[soft] - 6) <= 0.5);
        }
        assert_true(fabs(medians[0] - medians[1]) <= 0.5);
        const int n = real_changes(rings, tracks[t].file, tracks[t].piece, 0, 0, 6);
        figure("%s: sustain +6 dB moves their first 20 ms by %.2f dB (median, at most 0.5)",
               tracks[t].piece, rings[n / 2]);
        assert_true(fabs(rings[n / 2]) <= 0.5);
    }
}

static void neutral_is_an_exact_pass_through(void **state) {
    (void)state;
    struct rig r = plain(RATE, 0, 0);
    struct audio in = audio_new(1, 48000), out = audio_new(1, 48000);
    uint64_t seed = 4;
    for (int64_t i = 0; i < in.frames; i++)
        out.at[0][i] = in.at[0][i] = noise_next(&seed) * (i / 4800 % 2 ? 1.0F : 0.01F);
    rig_run(&r, &out, NULL, 100);
    int64_t different = 0;
    for (int64_t i = r.latency; i < in.frames; i++)
        different += out.at[0][i] != in.at[0][i - r.latency];
    figure("at 0 and 0 dB %lld samples differ (0); latency %d frames", (long long)different,
           r.latency);
    assert_int_equal(different, 0);
    assert_true(r.processor->is_neutral(r.params));
    audio_free(&in);
    audio_free(&out);
    rig_close(&r);
}

static void what_stands_still_passes_as_it_is(void **state) {
    (void)state;
    static const double tones[] = {50, 110, 997, 8000};
    double worst = 0, worst_rest = -300;
    for (int t = 0; t < TON_N(tones); t++) {
        struct rig r = plain(RATE, 24, 24);
        struct audio a = audio_new(1, 144000);
        audio_sine(&a, RATE, tones[t], -20);
        rig_run(&r, &a, NULL, 512);
        double rest;
        worst = fmax(worst, fabs(sine_level(a.at[0], 96000, 144000, RATE, tones[t], &rest) + 20));
        worst_rest = fmax(worst_rest, rest);
        audio_free(&a);
        rig_close(&r);
    }
    figure("steady tones from 50 Hz at +24 and +24 dB: off by %.4f dB (at most 0.01), distortion "
           "%.0f dB (at most -100)",
           worst, worst_rest);
    assert_true(worst <= 0.01 && worst_rest <= -100);
}

static void link_moves_both_sides_by_the_louder(void **state) {
    (void)state;
    static const float links[] = {0, 100};
    for (int k = 0; k < 2; k++) {
        struct rig r = rig_open("transient", RATE, 2, 0);
        rig_set(&r, "attack", 12);
        rig_set(&r, "stereo link", links[k]);
        rig_start(&r);
        struct audio one = hit(-6, 220, 60, false), a = audio_new(2, HIT_FRAMES);
        memcpy(a.at[0], one.at[0], sizeof(float) * HIT_FRAMES);
        for (int64_t i = 0; i < a.frames; i++)
            a.at[1][i] = 1e-3F; /* stands still: its own gain is 0 dB */
        rig_run(&r, &a, NULL, 100);
        const double gain = ton_gain_to_db((double)a.at[1][HIT_AT + r.latency + 5 * MS] / 1e-3);
        figure("link %3.0f %%: a hit on the left moves the right by %.2f dB (%.0f)",
               (double)links[k], gain, k ? 12.0 : 0.0);
        assert_true(fabs(gain - (k ? 12 : 0)) <= 0.2);
        audio_free(&one);
        audio_free(&a);
        rig_close(&r);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(attack_raises_the_crest_of_a_hit_at_any_level),
        cmocka_unit_test(an_attack_is_as_long_after_silence_as_after_hiss),
        cmocka_unit_test(sustain_moves_the_ring_and_leaves_the_attack),
        cmocka_unit_test(no_sound_swells_again),
        cmocka_unit_test(real_drums_get_what_is_asked_whatever_their_level),
        cmocka_unit_test(neutral_is_an_exact_pass_through),
        cmocka_unit_test(what_stands_still_passes_as_it_is),
        cmocka_unit_test(link_moves_both_sides_by_the_louder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
