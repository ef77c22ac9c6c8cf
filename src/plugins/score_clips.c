/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Puts stretches of MIDI files where the clips of a track play them. */
#include "score.h"

#include <stdlib.h>
#include <string.h>

enum { CHANNELS = 16, KEYS = 128, NOTE_OFF = 0x80, NOTE_ON = 0x90, PRESSURE = 0xA0 };

const char *score_clip_read(struct score_clip *out, const char *text) {
    char *at = NULL;
    if (*text == '\0')
        return NULL;
    *out = (struct score_clip){.at = strtoll(text, &at, 10)};
    out->from = strtoll(at, &at, 10);
    out->frames = strtoll(at, &at, 10);
    out->path = at + (*at == ' ');
    out->length = strcspn(out->path, "\n");
    const char *end = out->path + out->length;
    return end + (*end == '\n');
}

static int kind_of(const struct note *note) {
    return note->bytes[0] & 0xF0;
}

static bool starts(const struct note *note) {
    return kind_of(note) == NOTE_ON && note->bytes[2] > 0;
}

static bool stops(const struct note *note) {
    return kind_of(note) == NOTE_OFF || (kind_of(note) == NOTE_ON && note->bytes[2] == 0);
}

static void add(struct score *s, struct ton_arena *a, struct note note, int64_t frame) {
    struct note *place = TON_PUSH(a, s->notes, s->n, s->capacity);
    note.frame = frame;
    note.order = (uint32_t)s->n - 1;
    if (place)
        *place = note;
}

static void let_go(struct score *s, struct ton_arena *a, int held[CHANNELS][KEYS], int64_t frame) {
    for (int c = 0; c < CHANNELS; c++)
        for (int k = 0; k < KEYS; k++)
            for (; held[c][k] > 0; held[c][k]--)
                add(s, a, (struct note){.n = 3, .bytes = {(uint8_t)(NOTE_OFF | c), (uint8_t)k, 0}},
                    frame);
}

static void place(struct score *s, struct ton_arena *a, const struct score *file,
                  const struct score_clip *clip) {
    const int64_t end = clip->from + clip->frames;
    int held[CHANNELS][KEYS] = {{0}};
    for (size_t i = 0; i < file->n && file->notes[i].frame < end; i++) {
        const struct note *note = &file->notes[i];
        int *of = &held[note->bytes[0] & 0x0F][note->bytes[1]];
        const bool early = note->frame < clip->from;
        if (early ? kind_of(note) <= PRESSURE : stops(note) && *of == 0)
            continue;
        *of += starts(note) ? 1 : stops(note) ? -1 : 0;
        add(s, a, *note, clip->at + (early ? 0 : note->frame - clip->from));
    }
    let_go(s, a, held, clip->at + clip->frames);
    if (clip->at + clip->frames > s->frames)
        s->frames = clip->at + clip->frames;
}

static int by_frame(const void *a, const void *b) {
    const struct note *x = a, *y = b;
    if (x->frame != y->frame)
        return x->frame < y->frame ? -1 : 1;
    return (x->order > y->order) - (x->order < y->order);
}

static bool same_file(const struct score_clip *a, const struct score_clip *b) {
    return a->length == b->length && memcmp(a->path, b->path, a->length) == 0;
}

enum ton_code score_of_clips(struct score *out, struct ton_arena *arena, const char *text,
                             double rate, struct ton_err *err) {
    struct score_clip clip, before = {.length = 0};
    struct score file = {0};
    *out = (struct score){0};
    while (text && (text = score_clip_read(&clip, text))) {
        const char *path = ton_arena_copy(arena, clip.path, clip.length);
        enum ton_code code = path ? TON_OK : ton_fail(err, TON_MEMORY, NULL, "found no memory");
        if (!code && !same_file(&clip, &before))
            code = score_read(&file, arena, path, rate, err);
        if (code)
            return code;
        place(out, arena, &file, &clip);
        before = clip;
    }
    if (out->n)
        qsort(out->notes, out->n, sizeof *out->notes, by_frame);
    return ton_arena_failed(arena) ? ton_fail(err, TON_MEMORY, NULL, "found no memory") : TON_OK;
}
