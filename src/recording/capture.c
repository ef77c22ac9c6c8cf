/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The audio thread's part of a recording: it copies, and counts what it could not.
 *
 * It never waits: what finds no room, be it sound or word of it, is lost and becomes one event with
 * its length as soon as there is room again. An event is there before the frame that it comes
 * before. */
#include "writer.h"

#include <string.h>

/* Room that only grows while the audio thread looks at it. */
static int64_t frames_free(const struct capture *c) {
    return c->capacity - (c->audio.stored - atomic_load_explicit(&c->freed, memory_order_acquire));
}

static int events_free(const struct capture *c) {
    const unsigned read = atomic_load_explicit(&c->n_read, memory_order_acquire);
    return MOST_EVENTS - (int)(atomic_load_explicit(&c->n_events, memory_order_relaxed) - read);
}

static void tell(struct capture *c, struct event event) {
    const unsigned n = atomic_load_explicit(&c->n_events, memory_order_relaxed);
    event.stored = c->audio.stored;
    c->events[n % MOST_EVENTS] = event;
    atomic_store_explicit(&c->n_events, n + 1, memory_order_release);
}

static void tell_lost(struct capture *c) {
    if (c->audio.device > 0)
        tell(c, (struct event){.kind = EVENT_LOST, .frames = c->audio.device});
    if (c->audio.overrun > 0)
        tell(c, (struct event){.kind = EVENT_LOST, .frames = c->audio.overrun, .overrun = true});
    c->audio.device = c->audio.overrun = 0;
}

/* Where the timeline is at `at`, as far as the writer can know. */
static int64_t place_at(const struct capture *c, int64_t at) {
    const bool moves =
        c->audio.rolling == TON_ROLLING_PLAYS || c->audio.rolling == TON_ROLLING_COUNT_IN;
    return c->audio.place + (moves ? at - c->audio.since : 0);
}

static void tell_roll(struct capture *c, enum ton_rolling rolling, int64_t place) {
    c->audio.rolling = rolling;
    c->audio.place = place;
    c->audio.since = c->audio.c;
    tell(c, (struct event){.kind = EVENT_ROLL, .rolling = rolling, .place = place});
}

/* Of rolls only those are told that the writer does not expect. When the timeline turned while
 * frames were lost, nobody knows where: none of them has a place. */
static void tell_all(struct capture *c, const struct ton_roll *roll) {
    const int64_t lost = c->audio.device + c->audio.overrun;
    const bool turned = roll->rolling != c->audio.rolling || roll->place != place_at(c, c->audio.c);
    if (turned && lost > 0 && c->audio.rolling == TON_ROLLING_PLAYS)
        tell_roll(c, TON_ROLLING_LATE, place_at(c, c->audio.c - lost));
    tell_lost(c);
    if (turned)
        tell_roll(c, roll->rolling, roll->place);
}

static void copy(struct capture *c, const float *const *in, int from, int frames) {
    const int64_t at = c->audio.stored % c->capacity, left = c->capacity - at;
    const size_t first = (size_t)(frames < left ? frames : left), second = (size_t)frames - first;
    for (int i = 0; i < c->n_inputs; i++) {
        float *ring = c->samples + (size_t)i * (size_t)c->capacity;
        memcpy(ring + at, in[i] + from, first * sizeof *ring);
        memcpy(ring, in[i] + from + first, second * sizeof *ring);
    }
    c->audio.stored += frames;
    c->audio.c += frames;
}

static void count_lost(atomic_llong *total, int64_t frames) {
    atomic_store_explicit(total, atomic_load_explicit(total, memory_order_relaxed) + frames,
                          memory_order_relaxed);
}

/* A part of a block that is at one place of the timeline; as much of it as there is room for. */
static void take_roll(struct capture *c, const float *const *in, const struct ton_roll *roll) {
    enum { MOST_EVENTS_HERE = 4 }; /* of tell_all */
    const int64_t room = events_free(c) >= MOST_EVENTS_HERE ? frames_free(c) : 0;
    const int n = roll->frames < room ? roll->frames : (int)room, over = roll->frames - n;
    if (n > 0) {
        tell_all(c, roll);
        copy(c, in, roll->at, n);
        atomic_store_explicit(&c->reached, c->audio.c, memory_order_release);
        atomic_store_explicit(&c->stored, c->audio.stored, memory_order_release);
    }
    if (over > 0) {
        c->audio.overrun += over;
        c->audio.c += over;
        count_lost(&c->overrun, over);
    }
}

bool ton_recorder_has_room(const struct ton_recorder *r) {
    const struct capture *c = &r->capture;
    return 2 * frames_free(c) >= c->capacity - r->pre_roll && 2 * events_free(c) >= MOST_EVENTS;
}

void ton_recorder_capture(struct ton_recorder *r, const float *const *in, int frames, int64_t lost,
                          const struct ton_roll *rolls, int n_rolls) {
    struct capture *c = &r->capture;
    if (lost > 0) {
        c->audio.device += lost;
        c->audio.c += lost;
        count_lost(&c->lost, lost);
    }
    for (int i = 0; i < n_rolls; i++)
        take_roll(c, in, &rolls[i]);
    if (n_rolls == 0)
        take_roll(c, in, &(struct ton_roll){.frames = frames});
    atomic_store_explicit(&c->passed, c->audio.c, memory_order_relaxed);
}
