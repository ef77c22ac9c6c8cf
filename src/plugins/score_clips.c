/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Puts stretches of MIDI files where the clips of a track play them. */
#include "score.h"

#include "ton/row.h"

#include <stdlib.h>
#include <string.h>

enum { CHANNELS = 16, KEYS = 128 };

/* Controllers that keep keys sounding: hold, sostenuto, hold 2. */
static const uint8_t pedals[] = {64, 66, 69};

/* What a clip holds at a moment. */
struct held {
    int keys[CHANNELS][KEYS];
    bool pedals[CHANNELS][TON_N(pedals)];
};

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

static bool starts(const struct note *note) {
    return note_kind(note) == NOTE_ON && note->bytes[2] > 0;
}

static bool stops(const struct note *note) {
    return note_kind(note) == NOTE_OFF || (note_kind(note) == NOTE_ON && note->bytes[2] == 0);
}

void score_add(struct score *s, struct ton_arena *a, struct note note, int64_t frame) {
    struct note *place = TON_PUSH(a, s->notes, s->n, s->capacity);
    note.frame = frame;
    note.order = (uint32_t)s->n - 1;
    if (place)
        *place = note;
}

static void hold(struct held *held, const struct note *note) {
    const int channel = note_channel(note);
    held->keys[channel][note->bytes[1]] += starts(note) ? 1 : stops(note) ? -1 : 0;
    for (int i = 0; i < TON_N(pedals); i++)
        if (note_kind(note) == CONTROLLER && note->bytes[1] == pedals[i])
            held->pedals[channel][i] = note->bytes[2] >= 64;
}

static void add_end(struct score *s, struct ton_arena *a, int status, int what, int64_t frame) {
    score_add(s, a,
              (struct note){.n = 3, .ends = true, .bytes = {(uint8_t)status, (uint8_t)what, 0}},
              frame);
}

static void let_go(struct score *s, struct ton_arena *a, struct held *held, int64_t frame) {
    for (int c = 0; c < CHANNELS; c++) {
        for (int k = 0; k < KEYS; k++)
            for (; held->keys[c][k] > 0; held->keys[c][k]--)
                add_end(s, a, NOTE_OFF | c, k, frame);
        for (int i = 0; i < TON_N(pedals); i++)
            if (held->pedals[c][i])
                add_end(s, a, CONTROLLER | c, pedals[i], frame);
    }
}

static bool place(struct score *s, struct ton_arena *a, const struct score *file,
                  const struct score_clip *clip) {
    const int64_t end = clip->from + clip->frames;
    const size_t first = s->n;
    struct held held = {0};
    if (!score_chase(s, a, file, clip->from, clip->at))
        return false;
    for (size_t i = first; i < s->n; i++)
        hold(&held, &s->notes[i]);
    for (size_t i = score_at(file, clip->from); i < file->n && file->notes[i].frame < end; i++) {
        const struct note *note = &file->notes[i];
        if (stops(note) && held.keys[note_channel(note)][note->bytes[1]] == 0)
            continue;
        hold(&held, note);
        score_add(s, a, *note, clip->at + note->frame - clip->from);
    }
    let_go(s, a, &held, clip->at + clip->frames);
    if (clip->at + clip->frames > s->frames)
        s->frames = clip->at + clip->frames;
    return true;
}

static int by_frame(const void *a, const void *b) {
    const struct note *x = a, *y = b;
    if (x->frame != y->frame)
        return x->frame < y->frame ? -1 : 1;
    if (x->ends != y->ends)
        return x->ends ? -1 : 1;
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
        enum ton_code code = TON_OK;
        if (path && !same_file(&clip, &before))
            code = score_read(&file, arena, path, rate, err);
        if (code)
            return code;
        if (!path || !place(out, arena, &file, &clip))
            return ton_fail(err, TON_MEMORY, NULL, "found no memory");
        before = clip;
    }
    if (out->n)
        qsort(out->notes, out->n, sizeof *out->notes, by_frame);
    return ton_arena_failed(arena) ? ton_fail(err, TON_MEMORY, NULL, "found no memory") : TON_OK;
}
