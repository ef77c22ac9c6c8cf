/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sweeps of another length or at another rate than the one that they are measured with. */

#include "noise.h"
#include "promise.h"

#include "ton/audio_whole.h"
#include "ton/biquad.h"
#include "ton/fft.h"
#include "ton/order.h"
#include "ton/row.h"
#include "ton/sweep.h"

#include <math.h>
#include <string.h>

enum { RATE = 48000, LEAD = 4000, LONGEST = 1 << 20 };

static struct ton_arena *arena;
static float *heard, *room;
static int frames, room_frames;

static int set_up(void **state) {
    (void)state;
    arena = ton_arena_create();
    heard = ton_alloc(sizeof(float) * LONGEST);
    room = ton_alloc(sizeof(float) * LONGEST);
    return !arena || !heard || !room;
}

static int tear_down(void **state) {
    (void)state;
    ton_arena_destroy(arena);
    ton_free(heard);
    ton_free(room);
    return 0;
}

static double noise(void) {
    static uint64_t seed = 1;
    return white_noise(&seed);
}

static struct ton_sweep settled(int rate, double seconds, double pause_s, int times) {
    struct ton_sweep s = {.rate = rate, .seconds = seconds, .pause_s = pause_s, .times = times};
    struct ton_err err;
    assert_int_equal(ton_sweep_settle(&s, &err), TON_OK);
    return s;
}

/* heard = played * room, by one long transform. */
static void convolve(int played) {
    struct ton_fft fft;
    struct ton_err err;
    int n = TON_FFT_LEAST;
    while (n < played + room_frames)
        n *= 2;
    assert_true(n <= LONGEST);
    float *const memory = ton_alloc(sizeof(float) * (ton_fft_floats(n) + 3 * (size_t)n));
    assert_non_null(memory);
    float *const x = memory + ton_fft_floats(n), *const re = x + n, *const im = re + n;
    const int half = n / 2;
    assert_int_equal(ton_fft_open(&fft, memory, n, &err), TON_OK);
    for (int which = 0; which < 2; which++) {
        const int length = which ? room_frames : played;
        memset(x, 0, sizeof(float) * (size_t)n);
        memcpy(x, which ? room : heard, sizeof(float) * (size_t)length);
        ton_fft_forward(&fft, re + which * half, im + which * half, x);
    }
    for (int k = 1; k < half; k++) {
        const double a = re[k], b = im[k], c = re[half + k], d = im[half + k];
        re[k] = (float)(a * c - b * d);
        im[k] = (float)(a * d + b * c);
    }
    re[0] *= re[half];
    im[0] *= im[half];
    ton_fft_inverse(&fft, x, re, im);
    frames = played;
    for (int i = 0; i < frames; i++)
        heard[i] = x[i] / (float)n;
    ton_fft_close(&fft);
    ton_free(memory);
}

/* Plays `played` in the room, in noise so far below, and hears it as `told`. */
static struct ton_sweep_heard hear(const struct ton_sweep *played, const struct ton_sweep *told,
                                   double snr_db) {
    struct ton_sweep_heard h;
    struct ton_err err = {0};
    const int n = LEAD + (int)ton_sweep_frames(played) + RATE / 4;
    double power = 0.0;
    ton_sweep_make(heard, played, -LEAD, n);
    convolve(n);
    for (int i = 0; i < frames; i++)
        power += (double)heard[i] * heard[i] / frames;
    const double level = sqrt(power) * pow(10.0, -snr_db / 20.0);
    for (int i = 0; i < frames; i++)
        heard[i] += (float)(level * noise());
    assert_int_equal(ton_sweep_hear(&h, arena, told, heard, frames, &err), TON_OK);
    return h;
}

/* The same sweep, longer by the part `longer`, with the pause that it leaves. */
static struct ton_sweep longer_by(const struct ton_sweep *told, double longer) {
    struct ton_sweep other = *told;
    other.seconds *= 1.0 + longer;
    other.pause_s -= told->seconds * longer;
    return other;
}

/* A shoebox with one absorption all over (Eyring), by its images (J. Allen, D. Berkley, JASA 65,
 * 1979): sides and places in m. As long as 400000 images make it. */
struct box {
    double sides[3], from[3], to[3], t60;
};

static void make_box(const struct box *b) {
    const double c = 343.2, *const l = b->sides;
    const double volume = l[0] * l[1] * l[2];
    const double surface = 2.0 * (l[0] * l[1] + l[1] * l[2] + l[2] * l[0]);
    const double ln_wall = -0.5 * 0.161 * volume / (surface * b->t60);
    const double reach = fmin(c * fmin(1.3 * b->t60, 2.9), cbrt(4e5 * volume * 0.75 / M_PI));
    room_frames = (int)(reach / c * RATE) + 2;
    memset(room, 0, sizeof(float) * (size_t)room_frames);
    int most[3];
    for (int d = 0; d < 3; d++)
        most[d] = (int)(reach / l[d]) + 2;
    for (int x = -most[0]; x <= most[0]; x++)
        for (int y = -most[1]; y <= most[1]; y++)
            for (int z = -most[2]; z <= most[2]; z++) {
                const int n[3] = {x, y, z};
                double square = 0.0;
                for (int d = 0; d < 3; d++) {
                    const double image =
                        n[d] % 2 ? (n[d] + 1) * l[d] - b->from[d] : n[d] * l[d] + b->from[d];
                    square += (image - b->to[d]) * (image - b->to[d]);
                }
                const double metres = sqrt(square), at = metres / c * RATE;
                if (metres >= reach)
                    continue;
                const double level = exp(ln_wall * (abs(x) + abs(y) + abs(z))) / metres;
                const int whole = (int)at;
                room[whole] += (float)(level * (1.0 - (at - whole)));
                room[whole + 1] += (float)(level * (at - whole));
            }
}

static const struct box boxes[] = {
    {{5.1, 4.2, 2.6}, {1.1, 1.3, 1.2}, {3.3, 2.2, 1.3}, 0.2},
    {{5.1, 4.2, 2.6}, {1.1, 1.3, 1.2}, {4.3, 3.2, 1.3}, 0.6},
    {{9.3, 7.1, 3.4}, {1.1, 1.3, 1.2}, {8.3, 6.2, 1.3}, 1.2},
    {{21, 15, 8}, {3.1, 7.3, 1.6}, {14, 6.2, 1.3}, 2.0},
    {{41, 23, 14}, {3.1, 9.3, 1.6}, {27, 6.2, 1.3}, 4.0},
    {{61, 25, 19}, {3.1, 9.3, 1.6}, {14, 8.2, 1.3}, 8.0},
    {{61, 25, 19}, {3.1, 9.3, 1.6}, {44, 8.2, 1.3}, 8.0},
};
enum { BOXES = TON_N(boxes) };

static void make_pulse(void) {
    room_frames = 2 * RATE;
    memset(room, 0, sizeof(float) * (size_t)room_frames);
    room[100] = 1.0F;
}

/* Reverberation without a direct sound, as of a clap behind a curtain. */
static void make_diffuse(double t60) {
    room_frames = 2 * RATE;
    for (int i = 0; i < room_frames; i++)
        room[i] = (float)(noise() * pow(10.0, -3.0 * i / (t60 * RATE)));
}

static void run_through(const struct ton_biquad *filter) {
    struct ton_biquad_state state = {0};
    for (int i = 0; i < room_frames; i++)
        room[i] = (float)ton_biquad_run(filter, &state, room[i]);
}

/* The phase of a crossover of the fourth order, or with both qualities of one of the eighth. */
static void add_all_pass(double hz, double q) {
    const double w = 2.0 * M_PI * hz / RATE, alpha = sin(w) / (2.0 * q), a0 = 1.0 + alpha;
    const double a1 = -2.0 * cos(w) / a0, a2 = (1.0 - alpha) / a0;
    run_through(&(struct ton_biquad){.b0 = a2, .b1 = a1, .b2 = 1.0, .a1 = a1, .a2 = a2});
}

static void add_edge(int prototype(struct ton_analogue *, double, int), double hz) {
    struct ton_analogue sections[4];
    const int n = prototype(sections, hz, 4);
    for (int i = 0; i < n; i++) {
        struct ton_biquad filters[2];
        ton_biquad_match(filters, &sections[i], RATE);
        run_through(&filters[0]);
        run_through(&filters[1]);
    }
}

/* Three ways in a closed box, two ways with steep filters, a subwoofer. */
static void add_loudspeaker(int kind) {
    static const double steep[] = {0.541, 1.307};
    if (kind == 0) {
        add_all_pass(80.0, M_SQRT1_2);
        add_all_pass(300.0, M_SQRT1_2);
        add_all_pass(2500.0, M_SQRT1_2);
        add_edge(ton_analogue_high_pass, 30.0);
    }
    for (int i = 0; kind == 1 && i < 2; i++) {
        add_all_pass(500.0, steep[i]);
        add_all_pass(2000.0, steep[i]);
    }
    if (kind == 1)
        add_edge(ton_analogue_high_pass, 80.0);
    if (kind == 2) {
        add_edge(ton_analogue_high_pass, 25.0);
        add_edge(ton_analogue_low_pass, 90.0);
    }
}

static void a_sweep_of_another_length_is_told_by_how_much(void **state) {
    (void)state;
    static const double off[] = {0.005, -0.01, 0.02, -0.05, 0.088};
    const struct ton_sweep told = settled(RATE, 5.0, 0.6, 1);
    for (int b = 0; b < fewer(BOXES, 1); b++) {
        make_box(&boxes[b]);
        for (int i = 0; i < fewer(TON_N(off), 1); i++) {
            const struct ton_sweep played = longer_by(&told, off[i]);
            const struct ton_sweep_heard h = hear(&played, &told, 30.0);
            figure("T %.1f s, %.3f s played: trouble %x, %+.2f %% (%+.2f +-0.05)", boxes[b].t60,
                   played.seconds, h.trouble, 100.0 * h.longer, 100.0 * off[i]);
            assert_int_equal(h.trouble, TON_SWEEP_OTHER_PACE);
            assert_true(fabs(h.longer - off[i]) < 0.0005);
        }
    }
}

/* Whether the sweep that was played is taken for another; one more is counted. */
static int is_doubted(const struct ton_sweep *sweep, double snr_db, int *n) {
    const struct ton_sweep_heard h = hear(sweep, sweep, snr_db);
    (*n)++;
    return (h.trouble & TON_SWEEP_OTHER_PACE) != 0;
}

static void no_room_or_loudspeaker_is_taken_for_another_sweep(void **state) {
    (void)state;
    static const double seconds[] = {0.3, 1.0, 6.0};
    int doubted = 0, n = 0;
    for (int i = 0; i < fewer(TON_N(seconds), 1); i++) {
        const struct ton_sweep sweep = settled(RATE, seconds[i], 0.5, 1);
        struct ton_sweep bass = sweep;
        bass.to_hz = 200.0;
        for (int b = 0; b < BOXES; b++) {
            make_box(&boxes[b]);
            doubted += is_doubted(&sweep, 30.0, &n);
            add_loudspeaker(b % 3);
            doubted += is_doubted(b % 3 == 2 ? &bass : &sweep, 30.0, &n);
        }
        for (int kind = 0; kind < 3; kind++) {
            make_pulse();
            add_loudspeaker(kind);
            doubted += is_doubted(&sweep, 60.0, &n);
            make_diffuse(0.3 + 0.8 * kind);
            doubted += is_doubted(&sweep, 40.0, &n);
        }
    }
    figure("%d of %d (0)", doubted, n);
    assert_int_equal(doubted, 0);
}

/* A clock of another converter: all is slower by so much. */
static void another_clock_is_no_other_sweep(void **state) {
    (void)state;
    static const double ppm[] = {50.0, -300.0, 900.0};
    make_box(&boxes[0]);
    for (int i = 0; i < TON_N(ppm); i++)
        for (int times = 1; times <= 2; times++) {
            const double stretch = 1.0 + 1e-6 * ppm[i];
            const struct ton_sweep told = settled(RATE, 4.0, 0.4, times);
            struct ton_sweep played = told;
            played.seconds *= stretch;
            played.pause_s *= stretch;
            played.from_hz /= stretch;
            played.to_hz /= stretch;
            const struct ton_sweep_heard h = hear(&played, &told, 40.0);
            figure("%+.0f ppm, %d times: trouble %x, found %+.2f ppm", ppm[i], times, h.trouble,
                   h.drift_ppm);
            assert_int_equal(h.trouble, times > 1 ? TON_SWEEP_OTHER_CLOCK : 0);
            assert_true(times == 1 || fabs(h.drift_ppm - ppm[i]) < 5.0);
        }
}

/* Samples of one rate that are told to be of another: twice, so that the periods differ, too. */
static void a_recording_that_is_told_another_rate_names_both(void **state) {
    (void)state;
    static const struct {
        int played, told;
        const char *says;
    } rates[] = {{44100, 48000, "8.1 % shorter"}, {48000, 44100, "8.8 % longer"}};
    make_box(&boxes[1]);
    for (int i = 0; i < TON_N(rates); i++) {
        const struct ton_sweep played = settled(rates[i].played, 5.0, 0.5, 2);
        const struct ton_sweep told = settled(rates[i].told, 5.0, 0.5, 2);
        const struct ton_sweep_heard h = hear(&played, &told, 40.0);
        struct ton_err err;
        char expected[64];
        assert_int_equal(ton_sweep_judge(&h, &told, "mic", &err), TON_MISSED);
        figure("%s", err.text);
        assert_int_equal(h.trouble, TON_SWEEP_OTHER_PACE);
        assert_non_null(strstr(err.text, rates[i].says));
        snprintf(expected, sizeof expected, "rate %g kHz instead of %g", rates[i].played / 1e3,
                 rates[i].told / 1e3);
        assert_non_null(strstr(err.text, expected));
    }
}

static void real_responses_are_measured_with_their_own_sweep_only(void **state) {
    (void)state;
    static const char *const names[] = {
        "cab-modern-uk-001-f32.wav",       "cab-radio-001-f32.wav",
        "genesis6-live-room-4ch-96k.flac", "seminar-room-clap.flac",
        "spokane-womans-club-hall.flac",   "st-margarets-church-4ch-s32.wav",
        "emt140-plate-medium-1.flac"};
    static const double off[] = {0.0, 0.005, -0.02, -0.088};
    if (!test_data())
        skip_because("no TON_DATA");
    const struct ton_sweep told = settled(RATE, 5.0, 0.6, 1);
    for (int i = 0; i < TON_N(names); i++) {
        char path[4300];
        struct ton_audio_whole whole;
        struct ton_err err;
        snprintf(path, sizeof path, "%s/ir/%s", test_data(), names[i]);
        assert_int_equal(ton_audio_read_whole(&whole, arena, path, RATE, 8, &err), TON_OK);
        for (int c = 0; c < whole.channels; c++)
            for (int k = 0; k < fewer(TON_N(off), 2); k++) {
                const struct ton_sweep played = longer_by(&told, off[k]);
                room_frames = (int)ton_least(whole.frames, 3 * RATE);
                memcpy(room, whole.data[c], sizeof(float) * (size_t)room_frames);
                const struct ton_sweep_heard h = hear(&played, &told, 40.0);
                figure("%s %d, %+.1f %%: trouble %x, %+.2f %%", names[i], c + 1, 100.0 * off[k],
                       h.trouble, 100.0 * h.longer);
                if (k == 0)
                    assert_int_equal(h.trouble, 0);
                else if (i < TON_N(names) - 1) /* a plate has no direct sound of one time */
                    assert_true(fabs(h.longer - off[k]) < 0.003);
            }
    }
}

static void what_is_no_sweep_is_no_other_sweep(void **state) {
    (void)state;
    static const char *const names[] = {"multitrack/drums-multimic-funk138/tom4.flac",
                                        "speech/clean/asterisk-en-demo-congrats.flac",
                                        "speech/noisy/lj-vinyl-15db.noisy.flac"};
    static const double seconds[] = {1.0, 2.0, 5.0};
    if (!test_data())
        skip_because("no TON_DATA");
    for (int i = 0; i < TON_N(names); i++) {
        char path[4300];
        struct ton_audio_whole whole;
        struct ton_err err;
        snprintf(path, sizeof path, "%s/%s", test_data(), names[i]);
        assert_int_equal(ton_audio_read_whole(&whole, arena, path, RATE, 8, &err), TON_OK);
        const int64_t n = ton_least(whole.frames, 15 * RATE);
        for (int k = 0; k < fewer(TON_N(seconds), 1); k++) {
            const struct ton_sweep told = settled(RATE, seconds[k], 2.0, 2);
            struct ton_sweep_heard h;
            assert_int_equal(ton_sweep_hear(&h, arena, &told, whole.data[0], n, &err), TON_OK);
            figure("%s as a sweep of %g s: trouble %x", names[i], seconds[k], h.trouble);
            assert_int_equal(h.trouble, TON_SWEEP_SILENT);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sweep_of_another_length_is_told_by_how_much),
        cmocka_unit_test(no_room_or_loudspeaker_is_taken_for_another_sweep),
        cmocka_unit_test(another_clock_is_no_other_sweep),
        cmocka_unit_test(a_recording_that_is_told_another_rate_names_both),
        cmocka_unit_test(real_responses_are_measured_with_their_own_sweep_only),
        cmocka_unit_test(what_is_no_sweep_is_no_other_sweep),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
