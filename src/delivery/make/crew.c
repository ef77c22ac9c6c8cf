/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Makes missing files several at a time, each until it holds its ceiling, and gives them their
 * names. A file depends on nothing but the mixes, and its bytes on nothing but its key, so it does
 * not matter who makes which. */

#include "ton/known.h"
#include "ton/machine.h"
#include "work.h"

/* Under a name of its own until it is whole. Leaves the arena alone but for masters_gain. */
static enum ton_code make_file(struct work *w, struct owed *o, struct ton_err *err) {
    enum ton_code code = ton_path_make_folders(o->folder, err);
    if (!code)
        code = ton_path_temporary(o->draft, o->path, err);
    if (code)
        return code;
    code = o->deliverable->mastered ? ceiling_make(w, o, err) : make_once(w, o, err);
    make_forget(o);
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

/* A file and about how many milliseconds it takes; only the order depends on it. */
struct turn {
    struct owed *owed;
    double effort;
};

struct crew {
    struct work *work;
    struct turn *turns; /* [n_owed], the longest first, so that none goes on alone at the end */
    atomic_size_t next; /* turn to take */
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
        struct owed *o = crew->turns[i].owed;
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

/* For a second of sound, all tries together: measured on a song of 40 s that AAC and Opus got under
 * the ceiling in three, MP3 in two. */
static double effort_of(const struct work *w, const struct owed *o) {
    static const double per_second[] = {
        [TON_AAC] = 50.0, [TON_OPUS] = 40.0, [TON_MP3] = 25.0, [TON_FLAC] = 8.0};
    const size_t codec = (size_t)o->format.codec;
    const double usual = 4.0; /* without an encoder */
    double seconds = 0.0;
    for (int i = 0; i < o->n_stream; i++) {
        const struct piece *p = &w->pieces[o->stream[i].piece];
        seconds += (double)p->frames / p->session->rate;
    }
    const double known = codec < TON_N(per_second) ? per_second[codec] : 0.0;
    return seconds * (known > 0.0 ? known : usual);
}

static int by_effort(const void *a, const void *b) {
    const struct turn *x = a, *y = b;
    if (x->effort != y->effort)
        return x->effort < y->effort ? 1 : -1;
    return x->owed < y->owed ? -1 : 1;
}

static enum ton_code set_turns(struct crew *crew, struct ton_err *err) {
    struct work *w = crew->work;
    crew->turns = TON_NEW_N(w->arena, struct turn, w->n_owed + 1);
    if (!crew->turns)
        return ton_fail(err, TON_MEMORY, NULL, "no memory to make the files");
    for (size_t i = 0; i < w->n_owed; i++)
        crew->turns[i] = (struct turn){&w->owed[i], effort_of(w, &w->owed[i])};
    qsort(crew->turns, w->n_owed, sizeof *crew->turns, by_effort);
    return TON_OK;
}

enum ton_code crew_make(struct work *w, struct ton_err *err) {
    enum { MOST_HANDS = 64 };
    struct crew crew = {.work = w};
    struct hand hands[MOST_HANDS] = {0};
    struct ton_thread threads[MOST_HANDS] = {0};
    int n = w->config->threads ? w->config->threads : ton_cpu_count();
    n = n > MOST_HANDS ? MOST_HANDS : n;
    n = (size_t)n > w->n_owed ? (int)w->n_owed : n;
    enum ton_code code = set_turns(&crew, err);
    if (code)
        return code;
    pthread_mutex_init(&w->solving, NULL);
    pthread_cond_init(&w->solved, NULL);
    for (int i = 0; i < n; i++)
        hands[i].crew = &crew;
    hands[0].progress = &w->progress;
    for (int i = 1; i < n; i++)
        ton_thread_start(&threads[i], work_on, &hands[i], NULL); /* fewer hands when it cannot */
    work_on(&hands[0]);
    for (int i = 1; i < n; i++)
        ton_thread_join(&threads[i]);
    pthread_cond_destroy(&w->solved);
    pthread_mutex_destroy(&w->solving);
    for (int i = 0; i < n && !code; i++) {
        code = hands[i].code;
        if (code)
            *err = hands[i].err;
    }
    return code;
}
