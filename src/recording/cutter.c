/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cuts what was captured into takes.
 *
 * The timeline between two of its turns is a straight line, so everything that can happen next (a
 * turn, the button, a punch) has a frame that is known; what lies between two such frames is one
 * piece. Nothing depends on how the time was handed over. */
#include "cutter.h"

void cutter_init(struct cutter *cutter, const struct cutter_config *config) {
    *cutter = (struct cutter){.config = *config};
}

void cutter_roll(struct cutter *cutter, const struct cutter_roll *roll) {
    if (cutter->n == MOST_TURNS)
        cutter->n--; /* a latency of minutes: the newest counts */
    struct cutter_roll *last = &cutter->next[(cutter->first + cutter->n++) % MOST_TURNS];
    *last = *roll;
    last->at += cutter->config.latency;
}

void cutter_delay(struct cutter *cutter, int64_t latency) {
    const int64_t later = latency - cutter->config.latency;
    cutter->config.latency = latency;
    cutter->now.at += later;
    for (int i = 0; i < cutter->n; i++)
        cutter->next[(cutter->first + i) % MOST_TURNS].at += later;
}

void cutter_press(struct cutter *cutter, int64_t at) {
    cutter->pressed = true;
    cutter->start = at > cutter->c ? at : cutter->c;
    cutter->stop = INT64_MAX;
    cutter->pass = 0;
    cutter->again = cutter->enough = false;
}

void cutter_release(struct cutter *cutter, int64_t at) {
    cutter->stop = at > cutter->c ? at : cutter->c;
}

void cutter_break(struct cutter *cutter) {
    cutter->pressed = cutter->recording = false;
}

static bool plays(const struct cutter *cutter) {
    return cutter->now.rolling == TON_ROLLING_PLAYS;
}

static bool moves(const struct cutter *cutter) {
    return plays(cutter) || cutter->now.rolling == TON_ROLLING_LATE;
}

static int64_t place(const struct cutter *cutter) {
    const bool counts = plays(cutter) || cutter->now.rolling == TON_ROLLING_COUNT_IN;
    return cutter->now.place + (counts ? cutter->c - cutter->now.at : 0);
}

/* The turns that have come. */
static void turn(struct cutter *cutter) {
    while (cutter->n > 0 && cutter->next[cutter->first].at <= cutter->c) {
        const bool rolled = moves(cutter);
        if (plays(cutter))
            cutter->heard = place(cutter);
        cutter->now = cutter->next[cutter->first];
        cutter->first = (cutter->first + 1) % MOST_TURNS;
        cutter->n--;
        if (!rolled && moves(cutter))
            cutter->rolled = cutter->now.place;
        cutter->again |= cutter->config.loops && cutter->recording && plays(cutter) &&
                         cutter->now.place < cutter->heard;
    }
}

static bool punches(const struct cutter *cutter) {
    return cutter->config.punch_in != 0 || cutter->config.punch_out != 0;
}

/* What comes back now was played before the button, and has stopped or leapt since: not what is
 * meant to be recorded. */
static bool is_stale(const struct cutter *cutter) {
    return cutter->n > 0 &&
           cutter->next[cutter->first].at - cutter->config.latency <= cutter->start;
}

/* It ends by itself, once a press. */
static void note_enough(struct cutter *cutter) {
    const bool pressed = cutter->pressed && cutter->c >= cutter->start;
    cutter->enough |= cutter->config.most > 0 && pressed && plays(cutter) &&
                      place(cutter) >= cutter->rolled + cutter->config.most;
}

/* What is late is silent, and goes on from where it is. */
static bool is_wanted(const struct cutter *cutter) {
    if (!cutter->pressed || cutter->c < cutter->start || cutter->c >= cutter->stop ||
        cutter->enough)
        return false;
    if (!punches(cutter))
        return cutter->recording || !cutter->config.from_roll ||
               (plays(cutter) && !is_stale(cutter));
    return moves(cutter) && place(cutter) >= cutter->config.punch_in &&
           place(cutter) < cutter->config.punch_out;
}

static void hasten(int64_t *next, int64_t at, int64_t c) {
    if (at > c && at < *next)
        *next = at;
}

/* Up to where all stays as it is now. */
static int64_t next_change(const struct cutter *cutter, int64_t until) {
    int64_t next = until;
    if (cutter->n > 0)
        hasten(&next, cutter->next[cutter->first].at, cutter->c);
    if (cutter->pressed) {
        hasten(&next, cutter->start, cutter->c);
        hasten(&next, cutter->stop, cutter->c);
    }
    if (cutter->config.most > 0 && plays(cutter))
        hasten(&next, cutter->c + cutter->rolled + cutter->config.most - place(cutter), cutter->c);
    if (cutter->tail > 0)
        hasten(&next, cutter->tail, cutter->c);
    if (punches(cutter) && plays(cutter)) {
        hasten(&next, cutter->c + cutter->config.punch_in - place(cutter), cutter->c);
        hasten(&next, cutter->c + cutter->config.punch_out - place(cutter), cutter->c);
    }
    return next;
}

static bool has_handles(const struct cutter *cutter) {
    return cutter->config.handle > 0 && punches(cutter) && !cutter->config.loops;
}

static void begin(struct cutter *cutter, struct cutter_piece *out) {
    const int64_t before = has_handles(cutter)                     ? cutter->config.handle
                           : cutter->pass == 0 && !punches(cutter) ? cutter->config.pre_roll
                                                                   : 0;
    *out = (struct cutter_piece){.kind = CUT_BEGIN,
                                 .from = cutter->c - before,
                                 .to = cutter->c,
                                 .place = place(cutter),
                                 .pass = cutter->pass++};
    cutter->recording = true;
    cutter->again = false;
    cutter->tail = 0;
}

/* Behind the punch-out a take goes on for its handle, unless it is stopped. */
static bool lingers(struct cutter *cutter, bool wanted) {
    if (!cutter->recording || wanted || !has_handles(cutter) || cutter->c >= cutter->stop)
        return false;
    if (cutter->tail == 0)
        cutter->tail = cutter->c + cutter->config.handle;
    return cutter->c < cutter->tail;
}

bool cutter_next(struct cutter *cutter, int64_t until, struct cutter_piece *out) {
    for (;;) {
        turn(cutter);
        note_enough(cutter);
        const bool wanted = is_wanted(cutter);
        const bool handle = lingers(cutter, wanted);
        if (cutter->recording && ((!wanted && !handle) || cutter->again)) {
            cutter->recording = false;
            *out = (struct cutter_piece){.kind = CUT_END, .from = cutter->c, .to = cutter->c};
            return true;
        }
        cutter->pressed &= cutter->c < cutter->stop;
        if (cutter->c >= until)
            return false;
        if (wanted && !cutter->recording) {
            begin(cutter, out);
            return true;
        }
        const int64_t to = next_change(cutter, until);
        *out = (struct cutter_piece){.kind = CUT_SOUND,
                                     .from = cutter->c,
                                     .to = to,
                                     .on_timeline = plays(cutter) && !handle && !is_stale(cutter),
                                     .place = place(cutter)};
        cutter->c = to;
        if (cutter->recording)
            return true;
    }
}
