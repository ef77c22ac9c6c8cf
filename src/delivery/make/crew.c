/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Makes missing files several at a time, each until it holds its ceiling, and gives them their
 * names. A file depends on nothing but the mixes, and its bytes on nothing but its key, so it does
 * not matter who makes which. */

#include "ton/known.h"
#include "ton/machine.h"
#include "work.h"

/* Under a name of its own until it is whole. Leaves the arena alone but for masters_gain. */
static enum ton_code make_file(struct work *w, struct owed *o, struct ton_err *err) {
    struct ton_measurement before;
    enum ton_code code = ton_path_make_folders(o->folder, err);
    if (!code)
        code = ton_path_temporary(o->draft, o->path, err);
    if (code)
        return code;
    code = o->deliverable->mastered ? ceiling_make(w, o, err) : make_once(w, o, &before, err);
    if (!code)
        code = ton_sha256_file(o->sha256, o->draft, err);
    if (code)
        ton_path_abandon(o->draft);
    else
        code = ton_path_commit(o->draft, o->path, err);
    if (!code)
        ton_known_add_sha256(o->path, o->sha256);
    o->delivered->sha256 = o->sha256;
    o->delivered->bytes = ton_path_size(o->path);
    o->delivered->rebuilt = !code;
    o->delivered->machine = ton_machine();
    return code;
}

struct crew {
    struct work *work;
    atomic_size_t next; /* index of the file to take */
    atomic_size_t done;
    atomic_bool failed; /* stops the others */
};

struct hand {
    struct crew *crew;
    const struct ton_progress *progress; /* NULL for all but the thread that started the job */
    struct ton_err err;
    enum ton_code code;
};

static void *work_on(void *user) {
    struct hand *hand = user;
    struct crew *crew = hand->crew;
    struct work *w = crew->work;
    while (!hand->code && !atomic_load(&crew->failed)) {
        const size_t i = atomic_fetch_add(&crew->next, 1);
        if (i >= w->n_owed)
            break;
        struct owed *o = &w->owed[i];
        ton_progress_step(hand->progress, o->delivered->path,
                          (double)atomic_load(&crew->done) / (double)w->n_owed);
        if (!o->stands && !o->unmade)
            hand->code = make_file(w, o, &hand->err);
        if (hand->code == TON_FOREIGN) {
            o->unmade = true;
            o->trouble = hand->err;
            hand->code = TON_OK;
        }
        atomic_fetch_add(&crew->done, 1);
        if (hand->code)
            atomic_store(&crew->failed, true);
    }
    return NULL;
}

enum ton_code crew_make(struct work *w, struct ton_err *err) {
    enum { MOST_HANDS = 64 };
    struct crew crew = {.work = w};
    struct hand hands[MOST_HANDS] = {0};
    struct ton_thread threads[MOST_HANDS] = {0};
    int n = w->config->threads ? w->config->threads : ton_cpu_count();
    n = n > MOST_HANDS ? MOST_HANDS : n;
    n = (size_t)n > w->n_owed ? (int)w->n_owed : n;
    enum ton_code code = TON_OK;
    pthread_mutex_init(&w->solving, NULL);
    for (int i = 0; i < n; i++)
        hands[i].crew = &crew;
    hands[0].progress = &w->progress;
    for (int i = 1; i < n; i++)
        ton_thread_start(&threads[i], work_on, &hands[i], NULL); /* fewer hands when it cannot */
    work_on(&hands[0]);
    for (int i = 1; i < n; i++)
        ton_thread_join(&threads[i]);
    pthread_mutex_destroy(&w->solving);
    for (int i = 0; i < n && !code; i++) {
        code = hands[i].code;
        if (code)
            *err = hands[i].err;
    }
    return code;
}
