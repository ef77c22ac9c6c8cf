/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads Standard MIDI Files: chunks, tracks of events with their ticks, and the tempos that turn
 * ticks into time. */
#include "score.h"

#include "by_frame.h"

#include "ton/path.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    MOST_BYTES = 64 << 20,
    MOST_HOURS = 100,    /* a longer delta than that is a fault of the file */
    USUAL_TEMPO = 500000 /* us a quarter: 120 bpm */
};

struct tempo {
    struct note at; /* first: by_tick */
    uint32_t microseconds;
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
    int64_t last_tick;
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
            return value;
    }
    c->cut = true;
    return 0;
}

static void skip(struct cursor *c, uint32_t bytes) {
    c->cut = c->cut || (size_t)(c->end - c->at) < bytes;
    c->at = c->cut ? c->end : c->at + bytes;
}

/* 0xFF: tempo counts, the end of the track ends it. */
static bool read_meta(struct reading *r, struct cursor *c, int64_t tick) {
    const uint32_t kind = number(c, 1), bytes = length(c);
    if (kind == 0x51 && bytes == 3) {
        struct tempo *tempo = TON_PUSH(r->arena, r->tempos, r->n_tempos, r->capacity);
        const uint32_t microseconds = number(c, 3);
        if (tempo)
            *tempo = (struct tempo){{.tick = tick, .order = (uint32_t)r->n_tempos}, microseconds};
        return true;
    }
    skip(c, bytes);
    return kind != 0x2F;
}

static void add_note(struct reading *r, int64_t tick, uint8_t status, struct cursor *c) {
    struct score *s = r->score;
    const uint8_t n = (status & 0xE0) == 0xC0 ? 2 : 3; /* programs and channel pressure: one more */
    struct note note = {.tick = tick, .n = n, .order = (uint32_t)s->n, .bytes = {status}};
    for (int i = 1; i < n; i++)
        note.bytes[i] = (uint8_t)(number(c, 1) & 0x7F);
    struct note *place = c->cut ? NULL : TON_PUSH(r->arena, s->notes, s->n, s->capacity);
    if (place)
        *place = note;
}

/* A byte below 0x80 where a status should be goes on with the channel's last one; what is no
 * message of a channel ends that. False: cut, or no events. */
static bool read_track(struct reading *r, struct cursor c) {
    int64_t tick = 0;
    uint8_t running = 0;
    bool goes_on = true;
    while (goes_on && c.at < c.end) {
        tick += length(&c);
        const uint8_t status = c.at < c.end && *c.at & 0x80 ? *c.at++ : running;
        running = status < 0xF0 ? status : 0;
        if (status == 0xFF)
            goes_on = read_meta(r, &c, tick);
        else if (status == 0xF0 || status == 0xF7)
            skip(&c, length(&c));
        else if (status >= 0x80 && status < 0xF0)
            add_note(r, tick, status, &c);
        else
            return false;
        if (c.cut)
            return false;
        r->last_tick = tick > r->last_tick ? tick : r->last_tick;
    }
    return true;
}

static int by_tick(const void *a, const void *b) {
    const struct note *x = a, *y = b;
    if (x->tick != y->tick)
        return x->tick < y->tick ? -1 : 1;
    return (x->order > y->order) - (x->order < y->order);
}

/* Goes along the tempos once, for ticks that only rise. */
struct walk {
    const struct reading *r;
    uint32_t division, microseconds;
    size_t next;  /* tempo */
    int64_t from; /* tick of the last tempo */
    double seconds;
};

static double seconds_at(struct walk *w, int64_t tick) {
    if (w->division & 0x8000) { /* frames a second, negative, and ticks a frame */
        const int frames = 256 - (int)(w->division >> 8);
        const int ticks = (int)(w->division & 0xFF);
        return (double)tick / ((frames == 29 ? 30.0 / 1.001 : frames) * (ticks ? ticks : 1));
    }
    const struct reading *r = w->r;
    for (; w->next < r->n_tempos && r->tempos[w->next].at.tick < tick; w->next++) {
        const struct tempo *tempo = &r->tempos[w->next];
        w->seconds += (double)(tempo->at.tick - w->from) * w->microseconds * 1e-6 / w->division;
        w->from = tempo->at.tick;
        w->microseconds = tempo->microseconds;
    }
    return w->seconds + (double)(tick - w->from) * w->microseconds * 1e-6 / w->division;
}

/* Ticks become frames. */
static enum ton_code take_time(struct reading *r, uint32_t division, double rate, const char *path,
                               struct ton_err *err) {
    struct score *s = r->score;
    struct walk walk = {.r = r, .division = division, .microseconds = USUAL_TEMPO}, end = walk;
    if (r->n_tempos)
        qsort(r->tempos, r->n_tempos, sizeof *r->tempos, by_tick);
    if (s->n)
        qsort(s->notes, s->n, sizeof *s->notes, by_tick);
    const double seconds = seconds_at(&end, r->last_tick);
    if (seconds > MOST_HOURS * 3600.0)
        return ton_fail(err, TON_INPUT, NULL, "`%s` lasts %.0f hours, the most is %d", path,
                        seconds / 3600, MOST_HOURS);
    for (size_t i = 0; i < s->n; i++)
        s->notes[i].frame = llround(seconds_at(&walk, s->notes[i].tick) * rate);
    s->frames = llround(seconds * rate);
    return TON_OK;
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
        if (c.cut || (size_t)(c.end - c.at) < bytes)
            break;
        const struct cursor chunk = {.at = c.at, .end = c.at + bytes};
        if (kind == 0x4D54726B && ++n && !read_track(r, chunk))
            return ton_fail(err, TON_INPUT, NULL, "track %u of `%s` is cut, or holds no events", n,
                            path);
        skip(&c, bytes);
    }
    if (n < tracks)
        return ton_fail(err, TON_INPUT, NULL, "`%s` is cut: it holds %u of its %u tracks", path, n,
                        tracks);
    return take_time(r, division, rate, path, err);
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
    return by_frame_first(score->notes, score->n, sizeof *score->notes, frame);
}
