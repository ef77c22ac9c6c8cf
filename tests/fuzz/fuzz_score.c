/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fuzzes the reader of MIDI files. The bytes lie in memory, under a name in /proc. */
#include "../../src/plugins/score.h"

#include "ton/err.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds) {
    if (!holds)
        __builtin_trap();
}

/* Notes stand in time, none behind the end, and the end within reason. */
static void check_score(const struct score *s, double rate) {
    check(s->frames >= 0 && (double)s->frames <= 100 * 3600 * rate + 1);
    for (size_t i = 0; i < s->n; i++) {
        check(s->notes[i].frame >= (i ? s->notes[i - 1].frame : 0));
        check(s->notes[i].frame <= s->frames);
        check(s->notes[i].n >= 2 && s->notes[i].n <= 3 && s->notes[i].bytes[0] >= 0x80);
        check(score_at(s, s->notes[i].frame) <= i);
    }
    check(score_at(s, s->frames + 1) == s->n);
}

static size_t controllers_before(const struct score *s, int64_t end) {
    size_t n = 0;
    for (size_t i = 0; i < s->n; i++)
        n += s->notes[i].frame < end && s->notes[i].bytes[0] >= 0xB0;
    return n;
}

/* A second of it, from a quarter of one on, at the third second: nothing outside, no note that is
 * held in the end or let go before it began, every controller up to the end. */
static void check_clip(struct ton_arena *arena, const struct score *file, const char *path) {
    struct score s;
    struct ton_err err = {0};
    int held[16][128] = {{0}};
    const char *text = ton_arena_printf(arena, "144000 12000 48000 %s\n", path);
    check(text && score_of_clips(&s, arena, text, 48000, &err) == TON_OK);
    for (size_t i = 0; i < s.n; i++) {
        const struct note *note = &s.notes[i];
        const int kind = note->bytes[0] & 0xF0;
        int *of = &held[note->bytes[0] & 0x0F][note->bytes[1] & 0x7F];
        check(note->frame >= 144000 && note->frame <= 192000);
        *of += kind == 0x90 && note->bytes[2] > 0;
        *of -= kind == 0x80 || (kind == 0x90 && note->bytes[2] == 0);
        check(*of >= 0);
    }
    for (int i = 0; i < 16 * 128; i++)
        check(held[i / 128][i % 128] == 0);
    check(controllers_before(&s, 192001) == controllers_before(file, 60000));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct ton_arena *arena = ton_arena_create();
    const int file = memfd_create("fuzz.mid", MFD_CLOEXEC);
    char path[64];
    struct score score;
    struct ton_err err = {0};
    if (arena && file >= 0 && write(file, data, size) == (ssize_t)size) {
        snprintf(path, sizeof path, "/proc/self/fd/%d", file);
        const enum ton_code code = score_read(&score, arena, path, 48000, &err);
        check(code == TON_OK || code == TON_INPUT);
        if (!code)
            check_score(&score, 48000);
        if (!code)
            check_clip(arena, &score, path);
    }
    if (file >= 0)
        close(file);
    ton_arena_destroy(arena);
    return 0;
}
