/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads Standard MIDI Files: chunks, tracks of events with their ticks, and the tempos that turn
 * ticks into time. */
#include "score.h"

#include "ton/path.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_BYTES = 64 << 20, USUAL_TEMPO = 500000 /* us a quarter: 120 bpm */ };

struct tempo {
    uint32_t tick, microseconds;
};

/* A part of the file that is read on, never past its end. */
struct cursor {
    const uint8_t *at, *end;
    bool cut;
};

struct reading {
    struct ton_arena *arena;
    struct score *score;
    struct tempo *tempos;
    size_t n_tempos, capacity;
    uint32_t last_tick;
};

static uint32_t number(struct cursor *c, int bytes) {
    uint32_t value = 0;
    for (int i = 0; i < bytes; i++) {
        c->cut = c->cut || c->at >= c->end;
        value = value << 8 | (c->cut ? 0U : *c->at++);
    }
    return value;
}

/* Seven bits a byte, the highest says that more follow; at most four. */
static uint32_t length(struct cursor *c) {
    uint32_t value = 0;
    for (int i = 0; i < 4; i++) {
        const uint32_t byte = number(c, 1);
        value = value << 7 | (byte & 0x7F);
        if (!(byte & 0x80))
            break;
    }
    return value;
}

static void skip(struct cursor *c, uint32_t bytes) {
    c->cut = c->cut || (size_t)(c->end - c->at) < bytes;
    c->at = c->cut ? c->end : c->at + bytes;
}

/* 0xFF: tempo counts, the end of the track ends it. */
static bool read_meta(struct reading *r, struct cursor *c, uint32_t tick) {
    const uint32_t kind = number(c, 1), bytes = length(c);
    if (kind == 0x51 && bytes == 3) {
        struct tempo *tempo = TON_PUSH(r->arena, r->tempos, r->n_tempos, r->capacity);
        const uint32_t microseconds = number(c, 3);
        if (tempo)
            *tempo = (struct tempo){tick, microseconds};
        return true;
    }
    skip(c, bytes);
    return kind != 0x2F;
}

static void add_note(struct reading *r, uint32_t tick, uint8_t status, struct cursor *c) {
    struct score *s = r->score;
    const uint8_t n = (status & 0xE0) == 0xC0 ? 2 : 3; /* programs and channel pressure: one more */
    struct note note = {.tick = tick, .n = n, .order = (uint32_t)s->n, .bytes = {status}};
    for (int i = 1; i < n; i++)
        note.bytes[i] = (uint8_t)(number(c, 1) & 0x7F);
    struct note *place = c->cut ? NULL : TON_PUSH(r->arena, s->notes, s->n, s->capacity);
    if (place)
        *place = note;
}

/* A byte below 0x80 where a status should be goes on with the last one. */
static void read_track(struct reading *r, struct cursor c) {
    uint32_t tick = 0;
    uint8_t status = 0;
    bool goes_on = true;
    while (goes_on && c.at < c.end && !c.cut) {
        tick += length(&c);
        if (c.at < c.end && *c.at & 0x80)
            status = *c.at++;
        if (status == 0xFF)
            goes_on = read_meta(r, &c, tick);
        else if (status == 0xF0 || status == 0xF7)
            skip(&c, length(&c));
        else if (status >= 0x80 && status < 0xF0)
            add_note(r, tick, status, &c);
        else
            goes_on = false;
        r->last_tick = tick > r->last_tick ? tick : r->last_tick;
    }
}

static int by_tick(const void *a, const void *b) {
    const struct tempo *x = a, *y = b;
    return (x->tick > y->tick) - (x->tick < y->tick);
}

static int by_note(const void *a, const void *b) {
    const struct note *x = a, *y = b;
    if (x->tick != y->tick)
        return x->tick < y->tick ? -1 : 1;
    return (x->order > y->order) - (x->order < y->order);
}

/* Seconds from the start to a tick, by the tempos up to it. */
static double seconds_at(const struct reading *r, uint32_t tick, uint32_t division) {
    if (division & 0x8000) { /* frames a second, negative, and ticks a frame */
        const int frames = 256 - (int)(division >> 8);
        const int ticks = (int)(division & 0xFF);
        return (double)tick / ((frames == 29 ? 30.0 / 1.001 : frames) * (ticks ? ticks : 1));
    }
    double seconds = 0;
    uint32_t from = 0, tempo = USUAL_TEMPO;
    for (size_t i = 0; i < r->n_tempos && r->tempos[i].tick < tick; i++) {
        seconds += (double)(r->tempos[i].tick - from) * tempo * 1e-6 / division;
        from = r->tempos[i].tick;
        tempo = r->tempos[i].microseconds;
    }
    return seconds + (double)(tick - from) * tempo * 1e-6 / division;
}

static enum ton_code read_file(struct reading *r, struct cursor c, double rate, const char *path,
                               struct ton_err *err) {
    const uint32_t magic = number(&c, 4), head = number(&c, 4), format = number(&c, 2);
    const uint32_t tracks = number(&c, 2), division = number(&c, 2);
    if (c.cut || magic != 0x4D546864 || head < 6 || format > 1 || division == 0)
        return ton_fail(err, TON_INPUT, NULL, "`%s` is no MIDI file of format 0 or 1", path);
    skip(&c, head - 6);
    uint32_t n = 0;
    while (n < tracks && c.at < c.end && !c.cut) {
        const uint32_t kind = number(&c, 4), bytes = number(&c, 4);
        const struct cursor chunk = {.at = c.at, .end = c.at + bytes};
        if (c.cut || (size_t)(c.end - c.at) < bytes)
            break;
        if (kind == 0x4D54726B) {
            read_track(r, chunk);
            n++;
        }
        skip(&c, bytes);
    }
    if (n < tracks)
        return ton_fail(err, TON_INPUT, NULL, "`%s` is cut: it holds %u of its %u tracks", path, n,
                        tracks);
    struct score *s = r->score;
    if (r->n_tempos)
        qsort(r->tempos, r->n_tempos, sizeof *r->tempos, by_tick);
    if (s->n)
        qsort(s->notes, s->n, sizeof *s->notes, by_note);
    for (size_t i = 0; i < s->n; i++)
        s->notes[i].frame = llround(seconds_at(r, s->notes[i].tick, division) * rate);
    s->frames = llround(seconds_at(r, r->last_tick, division) * rate);
    return TON_OK;
}

enum ton_code score_read(struct score *out, struct ton_arena *arena, const char *path, double rate,
                         struct ton_err *err) {
    char *data = NULL;
    size_t size = 0;
    *out = (struct score){0};
    enum ton_code code = ton_path_read(&data, &size, arena, path, MOST_BYTES, err);
    if (code)
        return code;
    struct reading r = {.arena = arena, .score = out};
    const struct cursor whole = {.at = (const uint8_t *)data, .end = (const uint8_t *)data + size};
    code = read_file(&r, whole, rate, path, err);
    if (!code && ton_arena_failed(arena))
        code = ton_fail(err, TON_MEMORY, NULL, "no memory to read `%s`", path);
    return code;
}

size_t score_at(const struct score *score, int64_t frame) {
    size_t low = 0, high = score->n;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (score->notes[middle].frame < frame)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}
