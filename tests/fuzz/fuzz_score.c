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
    }
    if (file >= 0)
        close(file);
    ton_arena_destroy(arena);
    return 0;
}
