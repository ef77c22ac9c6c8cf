/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading ahead: threads that decode, resample and join clips into the feeds' rings, chunk after
 * chunk, while workers process what is there. */
#include "reader.h"

#include "reel.h"
#include "ton/mix.h"

/* May this chunk be overwritten: have all moved on from the one before it in the ring? Waiting for
 * all feeds together, a reader sleeps once a chunk and not once a track. */
struct vacancy {
    const struct run *run;
    int64_t chunks; /* that must have been read */
};

bool chunks_are_read(const struct run *run, int64_t chunks) {
    for (int i = 0; i < run->n_tasks; i++)
        if (run->tasks[i].reads &&
            atomic_load(&run->tasks[i].done) * run->block < chunks * run->chunk)
            return false;
    return true;
}

static bool is_vacant(const void *user) {
    const struct vacancy *v = user;
    return chunks_are_read(v->run, v->chunks);
}

static void repair(struct feed *feed, float *const out[2], int64_t chunk, int frames) {
    int bad = 0, first = frames;
    for (int c = 0; c < feed->node->channels; c++) {
        int at = frames;
        bad += ton_mix_repair(out[c], &at, frames);
        first = at < first ? at : first;
    }
    if (bad && feed->repaired == 0)
        feed->first_bad = chunk * frames + first;
    feed->repaired += bad;
}

static bool fill(struct run *run, struct feed *feed, int64_t chunk) {
    float *out[2] = {NULL, NULL};
    for (int c = 0; c < feed->node->channels; c++)
        out[c] = feed->ring[c] + chunk % CHUNKS * run->chunk;
    struct ton_err err;
    enum ton_code code = ton_stop_check(&err);
    if (!code)
        code = reel_read(feed->reel, out, run->chunk, &err);
    if (code) {
        monitor_fail(&run->monitor, code, &err);
        return false;
    }
    repair(feed, out, chunk, run->chunk);
    atomic_store(&feed->filled, chunk + 1);
    monitor_moved(&run->monitor, GATE_WORKERS);
    return true;
}

static void *read_feeds(void *user) {
    struct reader *reader = user;
    struct run *run = reader->run;
    const int64_t blocks = run->chunk / run->block;
    const int64_t chunks = (run->n_blocks + blocks - 1) / blocks;
    const unsigned before = ton_denormals_off();
    for (int64_t chunk = 0; chunk < chunks; chunk++) {
        const struct vacancy vacancy = {run, chunk - CHUNKS + 1};
        if (!monitor_wait(&run->monitor, GATE_READERS, is_vacant, &vacancy))
            break;
        for (int i = reader->first; i < run->n_feeds; i += reader->step)
            if (monitor_stopped(&run->monitor) || !fill(run, &run->feeds[i], chunk))
                goto out;
    }
out:
    ton_denormals_restore(before);
    return NULL;
}

static enum ton_code make_reels(struct run *run, struct ton_err *err) {
    for (int i = 0; i < run->n_feeds; i++) {
        const enum ton_code code =
            reel_create(&run->feeds[i].reel, run->plan, run->feeds[i].node, run->chunk, err);
        if (code)
            return code;
    }
    return TON_OK;
}

enum ton_code readers_start(struct readers *r, struct run *run, struct ton_err *err) {
    *r = (struct readers){.run = run};
    enum ton_code code = make_reels(run, err);
    int n = run->n_threads < MAX_READERS ? run->n_threads : MAX_READERS;
    n = n < run->n_feeds ? n : run->n_feeds;
    for (int i = 0; i < n && !code; i++) {
        r->readers[i] = (struct reader){.run = run, .first = i, .step = n};
        code = ton_thread_start(&r->readers[i].thread, read_feeds, &r->readers[i], err);
    }
    return code;
}

void readers_finish(struct readers *r) {
    for (int i = 0; i < MAX_READERS; i++)
        ton_thread_join(&r->readers[i].thread);
    for (int i = 0; r->run && i < r->run->n_feeds; i++)
        reel_destroy(r->run->feeds[i].reel);
}
