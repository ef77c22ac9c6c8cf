/* SPDX-License-Identifier: GPL-3.0-or-later */
/* LV2 plug-ins in the engine: good ones do to the sample what they should, whatever the blocks; bad
 * ones take nothing with them. */
#include "plugin_stage.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#define RATE 48000
enum { N = PLUGIN_FRAMES, WRONG_AT = 24000, BATCH = 1024 };

static struct capture render(struct stage *st) {
    struct capture c;
    stage_render(st, &stage_whole, 1, 0, 1, &c);
    assert_true(c.frames >= N);
    return c;
}

/* The largest difference to `gain` times the input, sides perhaps swapped. */
static double difference(const struct capture *c, float *const in[2], float gain, int from,
                         int to) {
    double largest = 0;
    for (int k = 0; k < 2; k++)
        for (int i = from; i < to; i++)
            largest = fmax(largest, fabs((double)c->channels[k][i] - (double)(gain * in[k][i])));
    return largest;
}

static void one_does(const char *name, const char *control, float value, float gain, bool swapped) {
    struct stage st;
    float *sides[2];
    stage_open(&st, RATE);
    const int track = plugin_player(&st, "Noise", 1, sides);
    stage_mix(&st);
    plugin_insert(&st, track, name, control, value);
    struct capture c = render(&st);
    float *const in[2] = {sides[swapped], sides[!swapped]};
    const double off = difference(&c, in, gain, 64, N);
    figure("%s: off by %g from its own formula", name, off);
    assert_true(off == 0);
    capture_free(&c, 1);
    stage_close(&st);
}

static void plugins_do_to_the_sample_what_they_should(void **state) {
    (void)state;
    one_does("Test Gain", "gain_db", -6, powf(10.0F, -6.0F / 20.0F), false);
    one_does("Test Swap", "w", 0.5F, 0.5F, true);
    one_does("Test Worker", "gain", 0.25F, 0.25F, false);
    one_does("Test Message", "gain", 0.25F, 0.25F, false);
    one_does("Test Voltage", "voltage", 0.25F, 0.25F, false);
    one_does("Test Message", NULL, 0, 1, false); /* nobody says where its other control starts */
    one_does("Test Message", "free", 0.5F, 0.5F, false);
    one_does("Test Spoken", NULL, 0, 0.5F, false);
    one_does("Test Spoken", "level", 0.25F, 0.25F, false);
    one_does("Test Late Teller", NULL, 0, 1, false); /* and is compensated */
    one_does("Test Truncator", NULL, 0, 1, false);   /* the shared memory stays as long as it is */
}

static void blocks_and_threads_change_no_bit(void **state) {
    (void)state;
    static const struct ton_point points[] = {{0, -20}, {20001, 6}, {40003, -3}};
    static const int blocks[] = {0, 64, 777, 4096, 100}, threads[] = {1, 2, 1, 3, 1};
    struct stage st;
    float *sides[2];
    stage_open(&st, RATE);
    const int track = plugin_player(&st, "Noise", 1, sides);
    stage_mix(&st);
    plugin_insert(&st, track, "Test Gain", NULL, 0);
    stage_lane(&st, track, TON_TARGET_PARAMETER, 0, 0, points, TON_N(points));
    struct capture first, other;
    stage_render(&st, &stage_whole, 1, blocks[0], threads[0], &first);
    for (int i = 1; i < TON_N(blocks); i++) {
        stage_render(&st, &stage_whole, 1, blocks[i], threads[i], &other);
        assert_true(same_bits(&first, &other));
        capture_free(&other, 1);
    }
    /* The lane's value, at most a block of 64 early. */
    double worst = 0;
    for (int i = 100; i < N - 100; i++) {
        const double db = ton_row_between(&stage_number, i < 20001 ? -20 : 6, i < 20001 ? 6 : -3,
                                          i < 20001 ? i / 20001.0 : (i - 20001) / 20002.0);
        const double got = 20 * log10(fabs((double)first.channels[0][i] / (double)sides[0][i]));
        if (i < 40000 && fabs((double)sides[0][i]) > 0.01)
            worst = fmax(worst, fabs(got - db));
    }
    figure("automation is at most %.3f dB from its lane of 1.3 dB a 1000 frames", worst);
    assert_true(worst < 0.1 && worst > 0);
    capture_free(&first, 1);
    stage_close(&st);
}

/* A side-chain hears its strip, in time with the signal: what comes out is their product. */
static void a_sidechain_is_heard_in_time(void **state) {
    (void)state;
    struct stage st;
    float *sides[2], *keys[2];
    stage_open(&st, RATE);
    const int track = plugin_player(&st, "Noise", 1, sides);
    const int key = plugin_player(&st, "Key", 7, keys);
    stage_mix(&st);
    st.strips[key].mute = true;
    plugin_insert(&st, key, "Test Gain", "gain_db", 0); /* late, and compensated */
    plugin_insert(&st, track, "Test Key", NULL, 0);
    st.strips[track].chain.items[0].sidechain = key;
    struct capture c = render(&st);
    double off = 0;
    for (int k = 0; k < 2; k++)
        for (int i = 64; i < N; i++)
            off = fmax(off, fabs((double)(c.channels[k][i] - sides[k][i] * keys[k][i])));
    figure("side-chain: off by %g", off);
    assert_true(off == 0);
    capture_free(&c, 1);
    stage_close(&st);
}

/* A file of format 0, 480 ticks a quarter at 120 bpm: A4 from 0.5 s to 1 s. */
static const uint8_t
    one_note[] = {'M',  'T',  'h',  'd',  0,   0,    0,    6,  0, 0, 0,
                  1,    0x01, 0xE0, 'M',  'T', 'r',  'k',  0,  0, 0, 14,
                  0x83, 0x60, 0x90, 69,   100, 0x83, 0x60, 69, 0, /* running status, off */
                  0x83, 0x60, 0xFF, 0x2F, 0};

static void an_instrument_plays_its_notes_to_the_sample(void **state) {
    (void)state;
    struct stage st;
    struct ton_err err = {0};
    stage_open(&st, RATE);
    const int track = stage_track(&st, "Tone", NULL);
    stage_mix(&st);
    const char *path = ton_path_join(st.arena, st.folder, "one.mid");
    assert_int_equal(ton_path_write(path, one_note, sizeof one_note, &err), TON_OK);
    struct ton_setup *setup = plugin_insert(&st, track, "Test Tone", NULL, 0);
    int64_t frames = 0;
    assert_int_equal(ton_foreign()->notes(&frames, st.arena, path, RATE, &err), TON_OK);
    assert_int_equal(frames, 72000);
    setup->notes = ton_arena_printf(st.arena, "0 0 72000 %s\n", path);
    st.session.frames = frames;
    struct capture c = render(&st);
    double off = 0;
    for (int i = 0; i < N; i++) {
        const bool sounds = i >= 24000 && i < 48000;
        const double want =
            sounds ? (double)(float)(0.5 * sin(2 * M_PI * 440 * (i - 24000) / RATE)) : 0;
        off = fmax(off, fabs((double)c.channels[0][i] - want));
    }
    figure("a note of half a second: off by %g from its sine", off);
    assert_true(off < 1e-6);
    capture_free(&c, 1);
    const struct ton_processor *gain = NULL;
    assert_int_equal(ton_foreign()->find(&gain, "Test Gain", &err), TON_OK);
    assert_false(ton_foreign()->plays(gain));
    for (size_t n = 0; n < sizeof one_note - 4; n++) { /* cut anywhere it is refused */
        assert_int_equal(ton_path_write(path, one_note, n, &err), TON_OK);
        assert_int_equal(ton_foreign()->notes(&frames, st.arena, path, RATE, &err), TON_INPUT);
    }
    unlink(path);
    stage_close(&st);
}

/* A bad sample behind it, which has all processors repaired, moves none of its notes. */
static void a_repair_costs_a_plugin_no_time(void **state) {
    (void)state;
    enum { BAD_AT = 2000 };
    struct stage st;
    struct ton_err err = {0};
    stage_open(&st, RATE);
    float *x = TON_NEW_N(st.arena, float, N);
    x[BAD_AT] = 2;
    const int track = stage_player(&st, "Tone", NULL, N, x);
    stage_mix(&st);
    const char *path = ton_path_join(st.arena, st.folder, "one.mid");
    assert_int_equal(ton_path_write(path, one_note, sizeof one_note, &err), TON_OK);
    plugin_insert(&st, track, "Test Tone", NULL, 0)->notes =
        ton_arena_printf(st.arena, "0 0 %d %s\n", N, path);
    stage_insert(&st, track, &brittle)[0] = 1;
    struct capture c = render(&st);
    int from = BAD_AT, to = N - 1;
    while (from < N && fabsf(c.channels[0][from]) < 1e-3F)
        from++;
    while (to > from && fabsf(c.channels[0][to]) < 1e-3F)
        to--;
    figure("bad at %d: the note of 24000 to 48000 sounds from %d to %d", BAD_AT, from, to);
    assert_in_range(from, 24000, 24010);
    assert_in_range(to, 47900, 48010);
    capture_free(&c, 1);
    unlink(path);
    stage_close(&st);
}

/* What reaches a plug-in is a number, whoever makes it: here its neighbour, and its side-chain. */
static void one_is_given_bad_samples(bool by_key) {
    struct stage st;
    struct ton_err err = {0};
    struct ton_render_stats stats = {0};
    struct capture c = {0};
    float *sides[2], *keys[2];
    stage_open(&st, RATE);
    const int track = plugin_player(&st, "Noise", 1, sides);
    const int key = plugin_player(&st, "Key", 7, keys);
    stage_mix(&st);
    st.strips[key].mute = by_key;
    stage_insert(&st, by_key ? key : track, &brittle)[0] = 0.39F; /* it will be heard */
    plugin_insert(&st, track, by_key ? "Test Key" : "Test Gain", NULL, 0);
    st.strips[track].chain.items[!by_key].sidechain = by_key ? key : -1;
    const enum ton_code code = stage_try(&st, &stage_whole, 1, NULL, &c, &stats, &err);
    figure("%s: code %d, %lld samples repaired in `%s`%s%s", by_key ? "key" : "signal", code,
           (long long)stats.repaired, stats.repaired_at, code ? ": " : "", err.text);
    assert_int_equal(code, TON_OK);
    assert_true(stats.repaired > 100);
    assert_string_equal(stats.repaired_at, by_key ? "Key" : "Noise");
    capture_free(&c, 1);
    stage_close(&st);
}

static void one_is_given_bad_samples_in_a_rack(void) {
    struct stage st;
    struct ton_err err = {0};
    struct ton_rack *rack = NULL;
    float *sides[2];
    stage_open(&st, RATE);
    const int track = plugin_player(&st, "Noise", 1, sides);
    stage_insert(&st, track, &brittle)[0] = 0.39F;
    plugin_insert(&st, track, "Test Gain", NULL, 0);
    if (ton_rack_create(&rack, &st.strips[track].chain, RATE, 2, 120, N, &err))
        fail_msg("%s", err.text);
    ton_rack_process(rack, sides, N);
    assert_int_equal(ton_rack_failure(rack, &err), TON_OK);
    ton_rack_destroy(rack);
    stage_close(&st);
}

static void a_plugin_is_not_blamed_for_what_it_is_given(void **state) {
    (void)state;
    one_is_given_bad_samples(false);
    one_is_given_bad_samples(true);
    one_is_given_bad_samples_in_a_rack();
}

/* While it is waited for: this one never answers. */
static void a_plugin_is_not_blamed_for_a_stop(void **state) {
    (void)state;
    struct stage st;
    struct ton_err err = {0};
    struct ton_rack *rack = NULL;
    float *sides[2];
    const atomic_bool stopped = true;
    stage_open(&st, RATE);
    const int track = plugin_player(&st, "Noise", 1, sides);
    plugin_insert(&st, track, "Test Hanger", NULL, 0);
    if (ton_rack_create(&rack, &st.strips[track].chain, RATE, 2, 120, N, &err))
        fail_msg("%s", err.text);
    ton_stop_heed(&stopped);
    ton_rack_process(rack, sides, N);
    ton_stop_heed(NULL);
    assert_int_equal(ton_rack_failure(rack, &err), TON_OK);
    ton_rack_destroy(rack);
    stage_close(&st);
}

/* `n` tempos, each followed by a note, on every tick; a quarter has 480 and lasts half a second. */
static size_t many_tempos(uint8_t *to, uint32_t n) {
    static const uint8_t head[] = {'M', 'T', 'h', 'd',  0,    0,   0,   6,   0,
                                   0,   0,   1,   0x01, 0xE0, 'M', 'T', 'r', 'k'};
    static const uint8_t each[] = {1, 0xFF, 0x51, 3, 0x07, 0xA1, 0x20, 0, 0x90, 69, 0};
    const uint32_t bytes = n * (uint32_t)sizeof each;
    uint8_t *at = to;
    memcpy(at, head, sizeof head);
    at += sizeof head;
    for (int i = 0; i < 4; i++)
        *at++ = (uint8_t)(bytes >> (24 - 8 * i));
    for (uint32_t i = 0; i < n; i++, at += sizeof each)
        memcpy(at, each, sizeof each);
    return (size_t)(at - to);
}

static double seconds_to_read(struct stage *st, const char *path, uint32_t n) {
    int64_t frames = 0;
    struct ton_err err = {0};
    uint8_t *bytes = ton_arena_alloc(st->arena, 64 + (size_t)n * 11);
    assert_int_equal(ton_path_write(path, bytes, many_tempos(bytes, n), &err), TON_OK);
    const clock_t before = clock();
    assert_int_equal(ton_foreign()->notes(&frames, st->arena, path, RATE, &err), TON_OK);
    assert_int_equal(frames, llround(n * 0.5 / 480 * RATE));
    return (double)(clock() - before) / CLOCKS_PER_SEC;
}

/* Notes and places come in the order of time, however dense both are. */
static void events_come_in_the_order_of_time(void **state) {
    (void)state;
    struct stage st;
    struct ton_err err = {0};
    float *sides[2];
    struct ton_text times = {0};
    uint8_t file[22 + 4000] = "MThd\0\0\0\6\0\0\0\1\x01\xF4MTrk";
    size_t n = 22;
    for (int i = 0; i < 900; i++) { /* every 2 ms, 96 frames */
        const uint8_t bend[] = {(uint8_t)(i ? 2 : 0), 0xE0, (uint8_t)(i % 128), 64};
        memcpy(file + n, bend, sizeof bend);
        n += sizeof bend;
    }
    memcpy(file + n, "\0\xFF\x2F\0", 4);
    n += 4;
    file[20] = (uint8_t)((n - 22) >> 8);
    file[21] = (uint8_t)(n - 22);
    for (int i = 0; i < 1500; i++) /* every 34 frames */
        ton_text_printf(&times, "%d %d 0.0 %d 4 4\n", 34 * i, i, 100 + i % 7);
    stage_open(&st, RATE);
    const int track = plugin_player(&st, "Noise", 1, sides);
    stage_mix(&st);
    const char *path = ton_path_join(st.arena, st.folder, "bends.mid");
    assert_int_equal(ton_path_write(path, file, n, &err), TON_OK);
    struct ton_setup *setup = plugin_insert(&st, track, "Test Order", NULL, 0);
    setup->notes = ton_arena_printf(st.arena, "0 0 86000 %s\n", path);
    setup->times = times.data;
    struct capture c = render(&st);
    assert_true(difference(&c, sides, 1, 0, N) == 0);
    capture_free(&c, 1);
    ton_text_free(&times);
    stage_close(&st);
}

static void long_and_broken_scores(void **state) {
    (void)state;
    static const struct {
        const char *what, *says;
        uint8_t track[16], n, division;
    } broken[] = {
        {"cut in a note", "is cut", {0, 0x90, 69}, 3, 96},
        {"no status behind a meta event",
         "no events",
         {0, 0x90, 69, 100, 0, 0xFF, 1, 0, 9, 69, 0},
         11,
         96},
        {"a delta of years", "hours", {0xFF, 0xFF, 0xFF, 0x7F, 0xFF, 0x2F, 0}, 7, 1},
        {"a number without an end", "is cut", {0xFF, 0xFF, 0xFF, 0xFF, 0x7F, 0xFF, 0x2F, 0}, 8, 96},
    };
    struct stage st;
    struct ton_err err = {0};
    int64_t frames = 0;
    stage_open(&st, RATE);
    const char *path = ton_path_join(st.arena, st.folder, "long.mid");
    for (int i = 0; i < TON_N(broken); i++) {
        uint8_t file[64] = {'M', 'T', 'h', 'd', 0,   0,   0,   6, 0, 0, 0,
                            1,   0,   0,   'M', 'T', 'r', 'k', 0, 0, 0};
        file[13] = broken[i].division;
        file[21] = broken[i].n;
        memcpy(file + 22, broken[i].track, broken[i].n);
        assert_int_equal(ton_path_write(path, file, 22 + (size_t)broken[i].n, &err), TON_OK);
        assert_int_equal(ton_foreign()->notes(&frames, st.arena, path, RATE, &err), TON_INPUT);
        figure("%s: %s", broken[i].what, strrchr(err.text, '`') + 1);
        assert_non_null(strstr(err.text, broken[i].says));
    }
    const double few = seconds_to_read(&st, path, 20000);
    const double many = seconds_to_read(&st, path, 160000);
    figure("8 times the tempos and notes take %.1f times as long (%.0f ms)", many / few,
           many * 1e3);
    assert_true(many < 24 * few + 0.05); /* 64 times when each note counts from the start */
    unlink(path);
    stage_close(&st);
}

/* Renders the whole, and what does not hear the bad one; its own word is `says`. */
static void one_bad(const char *name, const char *says, bool bypass) {
    struct stage st;
    float *sides[2], *others[2];
    struct capture captures[2] = {{.frames = 0}, {.frames = 0}};
    struct ton_err err = {0}, heard = {0};
    const char *const without[] = {"Bad"};
    const struct ton_wish wishes[] = {
        stage_whole, {.name = "rest", .kind = TON_WISH_MIX, .without = without, .n_without = 1}};
    stage_open(&st, RATE);
    const int track = plugin_player(&st, "Bad", 1, sides);
    plugin_player(&st, "Good", 5, others);
    stage_mix(&st);
    struct ton_setup *setup = plugin_insert(&st, track, name, NULL, 0);
    setup->deadline_s = strstr(name, "Hanger") ? 1 : 60;
    setup->bypass_on_failure = bypass;
    struct ton_plan *plan = NULL;
    assert_int_equal(ton_plan_compile(&plan, &st.session, wishes, 2, NULL, &err), TON_OK);
    struct ton_sink sinks[2] = {{capture_write, &captures[0]}, {capture_write, &captures[1]}};
    const enum ton_code code = ton_render(plan, sinks, NULL, NULL, &err);
    assert_int_equal(code, bypass ? TON_OK : TON_FOREIGN);
    assert_int_equal(ton_plan_failure(plan, 0, &heard), bypass ? TON_MISSED : TON_FOREIGN);
    assert_int_equal(ton_plan_failure(plan, 1, NULL), TON_OK);
    figure("%s: %s", heard.where, heard.text);
    assert_non_null(strstr(heard.text, says));
    assert_non_null(strstr(heard.text, name));
    assert_string_equal(heard.where, "stage.yaml:7:7");
    assert_true(difference(&captures[1], others, 1, 0, N) == 0);
    for (int k = 0; k < 2 && bypass; k++)
        for (int i = 0; i < N; i++)
            sides[k][i] += others[k][i];
    if (bypass)
        assert_true(difference(&captures[0], sides, 1, 0, N) == 0);
    ton_plan_destroy(plan);
    capture_free(captures, 2);
    stage_close(&st);
}

static void bad_plugins_are_named_and_take_nothing_with_them(void **state) {
    (void)state;
    one_bad("Test Crasher", "crashed", false);
    one_bad("Test Leaver", "ended its process", false);
    one_bad("Test Hanger", "hung", false);
    one_bad("Test NaN", "no numbers", false);
    one_bad("Test Storm", "denormal", false);
    one_bad("Test Scribbler", "Scribbler", false);
    one_bad("Test Liar", "told a latency of 1000000000 frames", false);
    one_bad("Test Refuser", "could not be started", false);
    one_bad("Test Born Dead", "before it played", false);
    one_bad("Test Fickle", "changed its latency from", false);
    one_bad("Test Wanderer", "changed its latency from 0 to 20 frames near 0.", false);
    assert_true(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD);
}

/* Then the system keeps no word of how a process ended, and its number is free at once. */
static void a_program_that_ignores_its_children_learns_that_they_ended(void **state) {
    (void)state;
    struct timespec from, to;
    signal(SIGCHLD, SIG_IGN);
    clock_gettime(CLOCK_MONOTONIC, &from);
    one_bad("Test Crasher", "ended its process", false);
    clock_gettime(CLOCK_MONOTONIC, &to);
    signal(SIGCHLD, SIG_DFL);
    figure("told after %.1f s (a hang would be after 60)",
           (double)(to.tv_sec - from.tv_sec) + 1e-9 * (double)(to.tv_nsec - from.tv_nsec));
}

/* Up to the crash the plug-in passes its input as it is, so a bypass in time is heard nowhere. */
static void a_bypass_keeps_the_latency(void **state) {
    (void)state;
    one_bad("Test Crasher", "bypassed", true);
    one_bad("Test Hanger", "bypassed", true);
    one_bad("Test Born Dead", "bypassed", true);
    one_bad("Test Liar", "bypassed", true);
    one_bad("Test Wanderer", "bypassed", true);
}

/* Could it not tell its latency, a render with another one would be out of time. */
static void a_latency_that_could_not_be_asked_is_no_zero(void **state) {
    (void)state;
    char path[] = "/tmp/ton-first-XXXXXX";
    const int file = mkstemp(path);
    assert_true(file >= 0);
    close(file);
    setenv("TON_TEST_FIRST", path, 1);
    one_bad("Test Late Starter", "could not be started", false);
    unsetenv("TON_TEST_FIRST");
    assert_true(access(path, F_OK) != 0);
}

static struct rlimit no_more_descriptors(void) {
    struct rlimit before;
    const int next = dup(STDOUT_FILENO);
    close(next);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    const struct rlimit none = {(rlim_t)next, before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    return before;
}

/* What it remembers for a bypass follows from the latency that was told once, whatever it would
 * tell now. */
static void its_memory_is_as_large_as_was_asked_for(void **state) {
    (void)state;
    struct ton_err err = {0};
    const struct ton_setup setup = {.bypass_on_failure = true, .deadline_s = 20};
    struct ton_config config = {
        .rate = RATE, .channels = 2, .max_frames = 4090, .tempo = 120, .setup = &setup};
    assert_int_equal(ton_foreign()->find(&config.self, "Test Gain", &err), TON_OK);
    const float params[] = {-8};
    config.latency = config.self->latency(&config, params);
    const float others[] = {-9}; /* nobody asked with these */
    const struct rlimit before = no_more_descriptors();
    const size_t wanting = config.self->state_size(&config, others);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    const size_t later = config.self->state_size(&config, others);
    figure("late by %d: %zu bytes, and %zu", config.latency, wanting, later);
    assert_int_equal(config.latency, 4096 + 37);
    assert_int_equal(wanting, later);
}

/* A want of descriptors is told, and the next plan asks anew. */
static void a_want_that_passes_is_not_remembered(void **state) {
    (void)state;
    struct stage st;
    float *sides[2];
    struct ton_err err = {0};
    struct rlimit before;
    struct ton_plan *plan = NULL;
    stage_open(&st, RATE);
    const int track = plugin_player(&st, "Noise", 1, sides);
    stage_mix(&st);
    plugin_insert(&st, track, "Test Gain", "gain_db", -7);
    before = no_more_descriptors();
    const enum ton_code code = ton_plan_compile(&plan, &st.session, &stage_whole, 1, NULL, &err);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_int_equal(code, TON_OK);
    struct capture c = {0};
    assert_int_equal(ton_render(plan, &(struct ton_sink){capture_write, &c}, NULL, NULL, &err),
                     TON_FOREIGN);
    figure("%s", err.text);
    capture_free(&c, 1);
    ton_plan_destroy(plan);
    c = render(&st);
    const double off = difference(&c, sides, powf(10.0F, -7.0F / 20.0F), 64, N);
    figure("then: off by %g", off);
    assert_true(off == 0);
    capture_free(&c, 1);
    stage_close(&st);
}

/* A plug-in inherits no descriptor, and what it starts goes with it. */
static void children_of_a_plugin_go_with_it(void **state) {
    (void)state;
    char number[16];
    const int ours = fcntl(STDOUT_FILENO, F_DUPFD, 50); /* kept open over an exec */
    int status = 0, ended = 0;
    assert_true(ours >= 50);
    snprintf(number, sizeof number, "%d", ours);
    setenv("TON_TEST_DESCRIPTOR", number, 1);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    one_does("Test Parent", NULL, 0, 1, false);
    for (; waitpid(-1, &status, 0) > 0; ended++)
        assert_int_equal(WTERMSIG(status), SIGKILL);
    figure("%d children of a plug-in ended with it", ended);
    assert_true(ended > 0);
    prctl(PR_SET_CHILD_SUBREAPER, 0);
    unsetenv("TON_TEST_DESCRIPTOR");
    close(ours);
}

static void hosts_go_with_a_program_that_is_killed(void **state) {
    (void)state;
    struct stage st;
    float *sides[2];
    int status = 0;
    stage_open(&st, RATE);
    const int track = plugin_player(&st, "Bad", 1, sides);
    stage_mix(&st);
    plugin_insert(&st, track, "Test Hanger", NULL, 0)->deadline_s = 100;
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    const pid_t child = fork();
    if (child == 0) {
        struct capture c;
        stage_render(&st, &stage_whole, 1, 0, 1, &c);
        _exit(0);
    }
    char path[64], line[256] = "";
    snprintf(path, sizeof path, "/proc/%d/task/%d/children", child, child);
    for (int i = 0; i < 1000 && !line[0]; i++) { /* until the host is there */
        usleep(10000);
        FILE *f = fopen(path, "r");
        if (f && !fgets(line, sizeof line, f))
            line[0] = '\0';
        if (f)
            fclose(f);
    }
    const pid_t host = (pid_t)strtol(line, NULL, 10);
    assert_true(host > 0);
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(waitpid(host, &status, 0), host); /* hangs here when it does not go */
    figure("the host of a killed program ended by signal %d", WTERMSIG(status));
    prctl(PR_SET_CHILD_SUBREAPER, 0);
    stage_close(&st);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plugins_do_to_the_sample_what_they_should),
        cmocka_unit_test(blocks_and_threads_change_no_bit),
        cmocka_unit_test(a_sidechain_is_heard_in_time),
        cmocka_unit_test(an_instrument_plays_its_notes_to_the_sample),
        cmocka_unit_test(events_come_in_the_order_of_time),
        cmocka_unit_test(a_repair_costs_a_plugin_no_time),
        cmocka_unit_test(a_plugin_is_not_blamed_for_what_it_is_given),
        cmocka_unit_test(a_plugin_is_not_blamed_for_a_stop),
        cmocka_unit_test(long_and_broken_scores),
        cmocka_unit_test(bad_plugins_are_named_and_take_nothing_with_them),
        cmocka_unit_test(a_program_that_ignores_its_children_learns_that_they_ended),
        cmocka_unit_test(a_bypass_keeps_the_latency),
        cmocka_unit_test(a_latency_that_could_not_be_asked_is_no_zero),
        cmocka_unit_test(its_memory_is_as_large_as_was_asked_for),
        cmocka_unit_test(a_want_that_passes_is_not_remembered),
        cmocka_unit_test(children_of_a_plugin_go_with_it),
        cmocka_unit_test(hosts_go_with_a_program_that_is_killed),
    };
    return cmocka_run_group_tests(tests, plugins_set_up, NULL);
}
