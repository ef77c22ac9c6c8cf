/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading ahead: threads that decode, resample and join clips into the feeds' rings, chunk after
 * chunk, while workers process what is there.
 *
 * They take (chunk, feed) pairs in order from one counter, so that feeds that are slow to decode
 * spread over them by themselves. Workers are woken once a chunk, when all feeds have it: in
 * between they would only come to wait for the next feed. */
#include "reader.h"

#include "reel.h"
#include "ton/mix.h"

bool chunks_are_read(const struct run *run, int64_t chunks) {
    for (int i = 0; i < run->n_tasks; i++)
        if (run->tasks[i].reads &&
            atomic_load(&run->tasks[i].done) * run->block < chunks * run->chunk)
            return false;
    return true;
}

/* May this chunk be overwritten: have all moved on from the one before it in the ring? Waiting for
 * all feeds together, a reader sleeps once a chunk and not once a track. */
struct vacancy {
    struct readers *readers;
    int64_t chunks; /* that must have been read */
};

static bool is_vacant(const void *user) {
    const struct vacancy *v = user;
    if (atomic_load(&v->readers->read) >= v->chunks)
        return true;
    if (!chunks_are_read(v->readers->run, v->chunks))
        return false;
    atomic_store(&v->readers->read, v->chunks);
    return true;
}

static void repair(struct feed *feed, float *const out[2], int64_t frame, int frames) {
    int bad = 0, first = frames;
    for (int c = 0; c < feed->node->channels; c++) {
        int at = frames;
        bad += ton_mix_repair(out[c], &at, frames);
        first = at < first ? at : first;
    }
    if (bad && feed->repaired == 0)
        feed->first_bad = frame + first;
    feed->repaired += bad;
}

/* The feed is nobody else's from the chunk before on. */
struct turn {
    const struct feed *feed;
    int64_t chunk;
};

static bool is_next(const void *user) {
    const struct turn *turn = user;
    return atomic_load(&turn->feed->filled) == turn->chunk;
}

static bool fill(struct run *run, struct feed *feed, int64_t chunk) {
    float *out[2] = {NULL, NULL};
    for (int c = 0; c < feed->node->channels; c++)
        out[c] = feed->ring[c] + chunk % CHUNKS * run->chunk;
    struct ton_err err;
    enum ton_code code = run->goes_on ? TON_OK : ton_stop_check(&err);
    const int64_t start = profile_clock(run, false);
    if (!code && !feed->failed)
        code = reel_read(feed->reel, out, run->chunk, &err);
    feed->spent += profile_clock(run, false) - start;
    if (code && !run->goes_on) {
        monitor_fail(&run->monitor, code, &err);
        return false;
    }
    if (code) {
        monitor_keep(&run->monitor, code, &err);
        feed->failed = true;
    }
    for (int c = 0; c < feed->node->channels && feed->failed; c++)
        memset(out[c], 0, sizeof(float) * (size_t)run->chunk);
    repair(feed, out, run->origin + chunk * run->chunk, run->chunk);
    atomic_store(&feed->filled, chunk + 1);
    return true;
}

static void *read_feeds(void *user) {
    struct readers *r = user;
    struct run *run = r->run;
    const int64_t blocks = run->chunk / run->block;
    const int64_t last = (run->n_blocks + blocks - 1) / blocks * run->n_feeds;
    const unsigned before = ton_denormals_off();
    for (int64_t place; (place = atomic_fetch_add(&r->next, 1)) < last;) {
        const int64_t chunk = place / run->n_feeds;
        struct feed *feed = &run->feeds[place % run->n_feeds];
        const struct vacancy vacancy = {r, chunk - CHUNKS + 1};
        const struct turn turn = {feed, chunk};
        if (!monitor_wait(&run->monitor, GATE_READERS, is_vacant, &vacancy) ||
            !monitor_wait(&run->monitor, GATE_FEEDS, is_next, &turn) ||
            monitor_stopped(&run->monitor) || !fill(run, feed, chunk))
            break;
        /* Counted for ever: what was told as filled may be read, and its place be counted again,
         * before this line. */
        const int64_t counted = atomic_fetch_add(&r->done[chunk % CHUNKS], 1) + 1;
        if (ton_thread_overtaken)
            ton_thread_overtaken();
        if (counted % run->n_feeds != 0)
            continue;
        monitor_moved(&run->monitor, GATE_WORKERS);
        monitor_moved(&run->monitor, GATE_FEEDS);
    }
    ton_denormals_restore(before);
    return NULL;
}

static enum ton_code make_reels(struct run *run, struct ton_err *err) {
    for (int i = 0; i < run->n_feeds; i++) {
        const enum ton_code code = reel_create(&run->feeds[i].reel, run->plan, run->feeds[i].node,
                                               run->origin, run->chunk, err);
        if (code)
            return code;
    }
    return TON_OK;
}

enum ton_code readers_start(struct readers *r, struct run *run, struct ton_err *err) {
    *r = (struct readers){.run = run};
    enum ton_code code = make_reels(run, err);
    for (int i = 0; i < MAX_READERS && i < run->n_threads && i < run->n_feeds && !code; i++)
        code = ton_thread_start(&r->threads[i], read_feeds, r, err);
    return code;
}

void readers_finish(struct readers *r) {
    for (int i = 0; i < MAX_READERS; i++)
        ton_thread_join(&r->threads[i]);
    for (int i = 0; r->run && i < r->run->n_feeds; i++)
        reel_destroy(r->run->feeds[i].reel);
}
