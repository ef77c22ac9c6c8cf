/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Clips of MIDI files: what a clip says first, what it lets go in the end. The files are written
 * here, one tick a millisecond. */
#include "promise.h"

#include "../../src/plugins/score.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { RATE = 48000, MS = RATE / 1000, MOST = 1 << 20 };

/* A file of one track while it is made, and the arena of the test. */
struct desk {
    struct ton_arena *arena;
    uint8_t *track;
    size_t n;
    int ms;
    char path[64];
    struct score score;
};

static void put_length(struct desk *d, int value) {
    if (value >= 128)
        d->track[d->n++] = (uint8_t)(0x80 | value >> 7);
    d->track[d->n++] = (uint8_t)(value & 0x7F);
}

static void put(struct desk *d, int ms, int status, int first, int second) {
    put_length(d, ms - d->ms);
    d->ms = ms;
    d->track[d->n++] = (uint8_t)status;
    d->track[d->n++] = (uint8_t)first;
    if ((status & 0xE0) != 0xC0)
        d->track[d->n++] = (uint8_t)second;
}

static int open_desk(void **state) {
    struct desk *d = calloc(1, sizeof *d);
    *state = d;
    d->arena = ton_arena_create();
    d->track = malloc(MOST);
    snprintf(d->path, sizeof d->path, "/tmp/ton-score-XXXXXX");
    const int file = mkstemp(d->path);
    return d->arena && file >= 0 ? close(file) : -1;
}

static int close_desk(void **state) {
    struct desk *d = *state;
    unlink(d->path);
    ton_arena_destroy(d->arena);
    free(d->track);
    free(d);
    return 0;
}

/* 500 ticks a quarter at 120 bpm: one is a millisecond. */
static void save(struct desk *d) {
    const uint8_t head[] = {'M', 'T', 'h', 'd',  0,    0,   0,   6,   0,
                            0,   0,   1,   0x01, 0xF4, 'M', 'T', 'r', 'k'};
    put_length(d, 1000);
    memcpy(d->track + d->n, "\xFF\x2F\0", 3);
    d->n += 3;
    const uint8_t size[] = {(uint8_t)(d->n >> 24), (uint8_t)(d->n >> 16), (uint8_t)(d->n >> 8),
                            (uint8_t)d->n};
    FILE *f = fopen(d->path, "wb");
    assert_non_null(f);
    fwrite(head, 1, sizeof head, f);
    fwrite(size, 1, sizeof size, f);
    fwrite(d->track, 1, d->n, f);
    assert_int_equal(fclose(f), 0);
}

/* Clips, each `at from length` in ms. */
static void play(struct desk *d, const int (*clips)[3], int n) {
    char text[1024] = "";
    struct ton_err err = {0};
    for (int i = 0; i < n; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%d %d %d %s\n", clips[i][0] * MS,
                 clips[i][1] * MS, clips[i][2] * MS, d->path);
    assert_int_equal(score_of_clips(&d->score, d->arena, text, RATE, &err), TON_OK);
}

/* "ms:bytes" of every message, one behind the other. */
static const char *said(struct desk *d) {
    static char text[4096];
    size_t n = 0;
    text[0] = '\0';
    for (size_t i = 0; i < d->score.n && n + 32 < sizeof text; i++) {
        const struct note *note = &d->score.notes[i];
        n +=
            (size_t)snprintf(text + n, sizeof text - n, "%s%lld:%02x.%d", i ? " " : "",
                             (long long)note->frame / MS, (unsigned)note->bytes[0], note->bytes[1]);
        if (note->n == 3)
            n += (size_t)snprintf(text + n, sizeof text - n, ".%d", note->bytes[2]);
    }
    return text;
}

static void a_clip_says_of_each_thing_the_last_and_in_the_order_of_the_file(void **state) {
    struct desk *d = *state;
    for (int i = 0; i < 20000; i++) /* a modulation wheel in motion */
        put(d, i / 10, 0xB0, 1, i % 128);
    put(d, 2000, 0xB0, 7, 90);
    put(d, 2000, 0xE1, 5, 70);
    put(d, 2000, 0xB0, 1, 33);
    put(d, 2000, 0xD0, 20, 0);
    put(d, 2001, 0xE1, 0, 64);
    put(d, 2002, 0x90, 60, 100); /* began before the clip */
    put(d, 2002, 0xA0, 60, 50);
    put(d, 2100, 0x80, 60, 0);
    put(d, 2200, 0x90, 61, 100);
    put(d, 2300, 0x80, 61, 0);
    save(d);
    play(d, &(const int[3]){500, 2050, 900}, 1);
    assert_string_equal(said(d), "500:b0.7.90 500:b0.1.33 500:d0.20 500:e1.0.64 "
                                 "650:90.61.100 750:80.61.0");
    figure("20005 messages before the clip, %zu said in front of its notes", d->score.n - 2);
}

static void a_program_comes_with_its_bank_and_data_with_its_parameter(void **state) {
    struct desk *d = *state;
    put(d, 0, 0xB0, 0, 3);
    put(d, 0, 0xB0, 32, 1);
    put(d, 0, 0xC0, 9, 0);
    put(d, 1, 0xB0, 0, 4); /* for a program that has not come yet */
    put(d, 2, 0xB1, 101, 0);
    put(d, 2, 0xB1, 100, 0);
    put(d, 2, 0xB1, 6, 12); /* bends over an octave */
    put(d, 3, 0xB1, 100, 1);
    put(d, 3, 0xB1, 6, 70); /* and is tuned */
    put(d, 4, 0xB1, 99, 2);
    put(d, 4, 0xB1, 98, 5);
    put(d, 4, 0xB1, 38, 8);
    put(d, 5, 0xB1, 101, 127);
    put(d, 5, 0xB1, 100, 127);
    save(d);
    play(d, &(const int[3]){0, 100, 500}, 1);
    assert_string_equal(said(d), "0:b0.32.1 0:b0.0.3 0:b0.32.1 0:c0.9 0:b0.0.4 "
                                 "0:b1.101.0 0:b1.100.0 0:b1.6.12 0:b1.101.0 0:b1.100.1 0:b1.6.70 "
                                 "0:b1.99.2 0:b1.98.5 0:b1.99.2 0:b1.98.5 0:b1.38.8 "
                                 "0:b1.101.127 0:b1.100.127");
}

static void a_clip_lets_keys_and_pedals_go_and_nothing_else(void **state) {
    struct desk *d = *state;
    put(d, 0, 0xB0, 64, 127);
    put(d, 0, 0xB2, 66, 64);
    put(d, 0, 0xB0, 67, 127); /* soft: holds nothing */
    put(d, 10, 0x90, 60, 100);
    put(d, 20, 0x80, 60, 0);
    put(d, 30, 0x92, 50, 100);
    put(d, 900, 0xB0, 64, 0);
    save(d);
    play(d, &(const int[3]){0, 5, 100}, 1);
    assert_string_equal(said(d), "0:b0.64.127 0:b2.66.64 0:b0.67.127 5:90.60.100 15:80.60.0 "
                                 "25:92.50.100 100:b0.64.0 100:82.50.0 100:b2.66.0");
    play(d, &(const int[3]){0, 5, 950}, 1);
    assert_string_equal(said(d), "0:b0.64.127 0:b2.66.64 0:b0.67.127 5:90.60.100 15:80.60.0 "
                                 "25:92.50.100 895:b0.64.0 950:82.50.0 950:b2.66.0");
}

/* In whichever order a session lists them. */
static void one_clip_ends_before_the_next_begins(void **state) {
    struct desk *d = *state;
    put(d, 0, 0x90, 60, 100);
    put(d, 500, 0x80, 60, 0);
    save(d);
    play(d, (const int[][3]){{100, 0, 100}, {0, 0, 100}}, 2);
    assert_string_equal(said(d), "0:90.60.100 100:80.60.0 100:90.60.100 200:80.60.0");
}

static void without_memory_it_says_so(void **state) {
    struct desk *d = *state;
    char text[128];
    struct ton_err err = {0};
    enum ton_code code = TON_MEMORY;
    put(d, 0, 0xB0, 1, 1);
    put(d, 200, 0x90, 60, 100);
    save(d);
    snprintf(text, sizeof text, "0 %d %d %s\n", 100 * MS, 500 * MS, d->path);
    int refused = 0;
    for (; code == TON_MEMORY && refused < 100; refused++) {
        struct ton_arena *arena = ton_arena_create();
        assert_non_null(arena);
        ton_alloc_fail_after(refused);
        code = score_of_clips(&d->score, arena, text, RATE, &err);
        ton_alloc_fail_after(-1);
        ton_arena_destroy(arena);
    }
    assert_int_equal(code, TON_OK);
    assert_true(refused > 2);
}

int main(void) {
#define EACH(test) cmocka_unit_test_setup_teardown(test, open_desk, close_desk)
    const struct CMUnitTest tests[] = {
        EACH(a_clip_says_of_each_thing_the_last_and_in_the_order_of_the_file),
        EACH(a_program_comes_with_its_bank_and_data_with_its_parameter),
        EACH(a_clip_lets_keys_and_pedals_go_and_nothing_else),
        EACH(one_clip_ends_before_the_next_begins),
        EACH(without_memory_it_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
