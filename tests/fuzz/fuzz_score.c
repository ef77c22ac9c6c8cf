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

/* How the channels stand: what was said last, and 0x100 in it that it was said. */
struct standing {
    int controllers[16][128], programs[16], banks[16], pressures[16], bends[16];
};

static bool is_parameter(int controller) {
    return controller == 6 || controller == 38 || (controller >= 96 && controller <= 101);
}

static bool is_pedal(int controller) {
    return controller == 64 || controller == 66 || controller == 69;
}

static void say(struct standing *s, const struct note *note) {
    const int channel = note_channel(note), first = note->bytes[1], second = note->bytes[2];
    const int kind = note_kind(note);
    if (kind == 0xB0)
        s->controllers[channel][first] = 0x100 | second;
    if (kind == 0xC0) {
        s->programs[channel] = 0x100 | first;
        s->banks[channel] = s->controllers[channel][0] << 16 | s->controllers[channel][32];
    }
    if (kind == 0xD0)
        s->pressures[channel] = 0x100 | first;
    if (kind == 0xE0)
        s->bends[channel] = 0x10000 | first << 8 | second;
}

/* At the end all channels stand as if the file had played up to there. */
static void check_standing(const struct score *file, const struct score *clip) {
    struct standing want = {0}, found = {0};
    for (size_t i = 0; i < file->n && file->notes[i].frame < 60000; i++)
        say(&want, &file->notes[i]);
    for (size_t i = 0; i < clip->n; i++)
        say(&found, &clip->notes[i]);
    for (int c = 0; c < 16; c++) {
        check(want.programs[c] == found.programs[c] && want.bends[c] == found.bends[c]);
        check(want.pressures[c] == found.pressures[c]);
        /* A half of a bank that was never said is 0. */
        check((want.banks[c] & 0x7F007F) == (found.banks[c] & 0x7F007F));
        for (int k = 0; k < 128; k++)
            if (is_pedal(k))
                check((found.controllers[c][k] & 0x40) == 0);
            else if (k != 0 && k != 32 && k != 120 && k != 123 && !is_parameter(k))
                check(want.controllers[c][k] == found.controllers[c][k]);
    }
}

/* A second of it, from a quarter of one on, at the third second: nothing outside, no note that is
 * held in the end or let go before it began, and no more said in front than there is to say. */
static void check_clip(struct ton_arena *arena, const struct score *file, const char *path) {
    struct score s;
    struct ton_err err = {0};
    int held[16][128] = {{0}};
    const char *text = ton_arena_printf(arena, "144000 12000 48000 %s\n", path);
    check(text && score_of_clips(&s, arena, text, 48000, &err) == TON_OK);
    for (size_t i = 0; i < s.n; i++) {
        const struct note *note = &s.notes[i];
        int *of = &held[note_channel(note)][note->bytes[1] & 0x7F];
        check(note->frame >= 144000 && note->frame <= 192000);
        *of += note_kind(note) == 0x90 && note->bytes[2] > 0;
        *of -= note_kind(note) == 0x80 || (note_kind(note) == 0x90 && note->bytes[2] == 0);
        check(*of >= 0);
    }
    for (int i = 0; i < 16 * 128; i++)
        check(held[i / 128][i % 128] == 0);
    check(s.n <= 3 * file->n + 16 * 3);
    check_standing(file, &s);
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
