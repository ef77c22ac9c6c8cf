/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The thread between the rings and the disk: as late as the disk likes, and exact to the sample all
 * the same, for where something happened is told with it. */
#include "writer.h"

#include <sys/statvfs.h>

#define MS INT64_C(1000000)

enum {
    CHUNK = 8192,    /* frames after which the audio thread gets room again */
    ROUND_MS = 20,   /* between two looks */
    SETTLE_MS = 200, /* between two headers: what a kill may cost is less than twice that */
    SYNC_MS = 10,    /* of syncs in one go */
    LOOK_MS = 1000   /* between two looks at the disk's room */
};

/* The take ends as far as it came; what comes in is still captured. */
static void give_up(struct ton_recorder *r, const struct ton_err *why) {
    if (r->take)
        takes_salvage(r);
    cutter_break(&r->cutter);
    pthread_mutex_lock(&r->lock);
    r->failure = *why;
    r->button = BUTTON_IDLE;
    pthread_cond_broadcast(&r->done);
    pthread_mutex_unlock(&r->lock);
}

/* A sync takes as long as the disk likes: a few files at a time, so that the headers of all stay
 * young, and no more than a fifth of the time. */
static enum ton_code sync_some(struct ton_recorder *r, int64_t now, struct ton_err *err) {
    enum ton_code code = TON_OK;
    int64_t then = now;
    while (r->to_sync > 0 && then - now < SYNC_MS * MS && code == TON_OK) {
        code = takes_sync(r, --r->to_sync, err);
        then = ton_clock_ns();
    }
    r->sync_at = then + 4 * (then - now);
    return code;
}

static enum ton_code keep(struct ton_recorder *r, struct ton_err *err) {
    const int64_t now = ton_clock_ns();
    enum ton_code code = TON_OK;
    if (!r->take)
        return TON_OK;
    if (now >= r->settle_at) {
        r->settle_at = now + SETTLE_MS * MS;
        r->to_sync = r->to_sync > 0 ? r->to_sync : r->n_lanes;
        code = takes_settle(r, err);
    }
    return code == TON_OK && now >= r->sync_at ? sync_some(r, now, err) : code;
}

static enum ton_code begin(struct ton_recorder *r, struct cutter_piece *piece,
                           struct ton_err *err) {
    if (piece->from < 0)
        piece->from = 0; /* there was less before the button */
    enum ton_code code = takes_open(r, piece, err);
    r->settle_at = r->to_sync = 0;
    for (int64_t c = piece->from; c < piece->to && code == TON_OK; c += CHUNK) {
        const int64_t to = c + CHUNK < piece->to ? c + CHUNK : piece->to;
        code = takes_write(r, &(struct cutter_piece){.kind = CUT_SOUND, .from = c, .to = to}, err);
        if (code == TON_OK)
            code = keep(r, err);
    }
    return code;
}

static enum ton_code perform(struct ton_recorder *r, struct cutter_piece *piece,
                             struct ton_err *err) {
    switch (piece->kind) {
    case CUT_BEGIN:
        return begin(r, piece, err);
    case CUT_SOUND:
        return takes_write(r, piece, err);
    default:
        return takes_close(r, err);
    }
}

/* All that is to be done up to where everything is known. */
static void cut_up(struct ton_recorder *r) {
    struct ton_err err = {0};
    struct cutter_piece piece;
    while (cutter_next(&r->cutter, r->c, &piece)) {
        enum ton_code code = perform(r, &piece, &err);
        if (code == TON_OK)
            code = keep(r, &err);
        if (code != TON_OK)
            give_up(r, &err);
    }
}

/* NULL: none before the frame that is handled next. */
static const struct event *next_event(struct ton_recorder *r) {
    const unsigned read = atomic_load_explicit(&r->capture.n_read, memory_order_relaxed);
    if (read == atomic_load_explicit(&r->capture.n_events, memory_order_acquire))
        return NULL;
    return &r->capture.events[read % MOST_EVENTS];
}

static void heed(struct ton_recorder *r, const struct event *event) {
    struct ton_err err = {0};
    if (event->kind == EVENT_ROLL)
        cutter_roll(&r->cutter, &(struct cutter_roll){r->c, event->rolling, event->place});
    else if (losses_add(r, event->frames, event->overrun, &err) != TON_OK)
        give_up(r, &err);
    atomic_fetch_add_explicit(&r->capture.n_read, 1, memory_order_release);
}

static void hear(struct ton_recorder *r, int64_t frames) {
    const float *in[MOST_INPUTS];
    for (int64_t at = 0, n = frames; at < frames; at += n) {
        n = frames - at;
        for (int i = 0; i < r->meters.n; i++)
            in[i] = capture_at(&r->capture, i, r->stored + at, &n);
        meters_hear(&r->meters, in, (int)n);
    }
}

static void free_room(struct ton_recorder *r) {
    const int64_t freed = r->stored - r->pre_roll;
    if (freed > 0)
        atomic_store_explicit(&r->capture.freed, freed, memory_order_release);
}

/* Everything that is in the rings before `head`. */
static void pump(struct ton_recorder *r, int64_t head) {
    while (r->stored < head) {
        const struct event *event = next_event(r);
        if (event && event->stored <= r->stored) {
            heed(r, event);
            continue;
        }
        int64_t n = head - r->stored;
        if (event && event->stored - r->stored < n)
            n = event->stored - r->stored;
        if (n > CHUNK)
            n = CHUNK;
        hear(r, n);
        r->stored += n;
        r->c += n;
        cut_up(r);
        free_room(r);
    }
    cut_up(r);
}

static void look_at_disk(struct ton_recorder *r) {
    const int64_t now = ton_clock_ns();
    struct statvfs disk;
    if (now < r->look_at)
        return;
    r->look_at = now + LOOK_MS * MS;
    const bool known = statvfs(r->config.folder, &disk) == 0;
    pthread_mutex_lock(&r->lock);
    r->disk_free = known ? (int64_t)disk.f_bavail * (int64_t)disk.f_frsize : -1;
    pthread_mutex_unlock(&r->lock);
}

/* Under the lock: what was pressed since, and how far everything is known now. What is pressed
 * later lies behind that. */
static int64_t heed_buttons(struct ton_recorder *r) {
    const int64_t head = atomic_load_explicit(&r->capture.stored, memory_order_acquire);
    if (r->heeded != r->presses) {
        if (r->config.latency != r->cutter.config.latency)
            cutter_delay(&r->cutter, r->config.latency);
        cutter_press(&r->cutter, r->start);
        r->heeded_release = false;
    }
    r->heeded = r->presses;
    if (r->button == BUTTON_RELEASED && !r->heeded_release) {
        cutter_release(&r->cutter, r->stop);
        r->heeded_release = true;
    }
    if (r->reset)
        meters_reset(&r->meters);
    r->reset = false;
    if (head - r->stored > r->worst_fill)
        r->worst_fill = head - r->stored;
    return head;
}

static void publish(struct ton_recorder *r) {
    for (int i = 0; i < r->meters.n && !r->reset; i++)
        r->levels[i] = meters_read(&r->meters, i);
    r->cut = r->cutter.c;
    const bool heeded = r->heeded == r->presses && r->heeded_release;
    if (r->button != BUTTON_RELEASED || !heeded || r->cutter.pressed)
        return;
    r->button = BUTTON_IDLE;
    pthread_cond_broadcast(&r->done);
}

void *writer_run(void *user) {
    struct ton_recorder *r = user;
    pthread_mutex_lock(&r->lock);
    while (!r->quit) {
        const int64_t head = heed_buttons(r);
        pthread_mutex_unlock(&r->lock);
        pump(r, head);
        struct ton_err err = {0};
        if (keep(r, &err) != TON_OK)
            give_up(r, &err);
        look_at_disk(r);
        pthread_mutex_lock(&r->lock);
        publish(r);
        if (!r->quit)
            ton_condition_doze(&r->wake, &r->lock, ROUND_MS * MS);
    }
    pthread_mutex_unlock(&r->lock);
    return NULL;
}
