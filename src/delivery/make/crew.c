/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Makes missing files several at a time, each until it holds its ceiling, and gives them their
 * names. A file depends on nothing but the mixes, and its bytes on nothing but its key, so it does
 * not matter who makes which. */

#include "ton/known.h"
#include "ton/machine.h"
#include "work.h"

#include <time.h>

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

/* A file, and how far it is. */
struct turn {
    struct owed *owed;
    double effort;         /* ms, about; what the order and the share of all depend on */
    double frames;         /* of all its passes together, about */
    struct ton_tally gone; /* of them */
    atomic_bool made;
};

struct crew {
    struct work *work;
    struct turn *turns; /* what is to be made, the longest first: none goes on alone at the end */
    size_t n;
    atomic_size_t next; /* turn to take */
    atomic_bool failed; /* stops the others */
    struct hand *first; /* that did */
    pthread_mutex_t lock;
    pthread_cond_t left;
    int working; /* under the lock: hands that have not left */
};

struct hand {
    struct crew *crew;
    struct ton_thread thread;
    struct ton_err err;
    enum ton_code code;
};

static void take_turns(struct hand *hand) {
    struct crew *crew = hand->crew;
    ton_stop_heed(&crew->failed);
    while (!hand->code && !atomic_load(&crew->failed)) {
        const size_t i = atomic_fetch_add(&crew->next, 1);
        if (i >= crew->n)
            break;
        struct owed *o = crew->turns[i].owed;
        hand->code = make_file(crew->work, o, &hand->err);
        if (hand->code == TON_FOREIGN) {
            o->unmade = true;
            o->trouble = hand->err;
            hand->code = TON_OK;
        }
        if (!hand->code)
            atomic_store(&crew->turns[i].made, true);
        else if (!atomic_exchange(&crew->failed, true))
            crew->first = hand;
    }
    ton_stop_heed(NULL);
}

static void *work_on(void *user) {
    struct hand *hand = user;
    struct crew *crew = hand->crew;
    take_turns(hand);
    pthread_mutex_lock(&crew->lock);
    crew->working--;
    pthread_cond_signal(&crew->left);
    pthread_mutex_unlock(&crew->lock);
    return NULL;
}

/* Nobody knows how many tries a file will take: what goes beyond the usual creeps towards the end.
 */
static double share_made(struct turn *t) {
    if (atomic_load(&t->made))
        return 1.0;
    const double usual = 0.7, x = (double)ton_tally_frames(&t->gone) / t->frames;
    return x < 1.0 ? usual * x : 1.0 - (1.0 - usual) / x;
}

/* "3 of 18 files made, now stems (drums) wav 24-bit 48 kHz". */
static void say(char *out, size_t size, const struct crew *crew, size_t n, const struct owed *now) {
    const struct ton_delivered *d = now ? now->delivered : NULL;
    const char *session = d && crew->work->n_pieces > 1 ? d->session : NULL;
    const int used = snprintf(out, size, "%zu of %zu files made", n, crew->n);
    if (d && used > 0 && (size_t)used < size)
        snprintf(out + used, size - (size_t)used, ", now %s%s%s%s%s%s %s", d->deliverable,
                 d->stem ? " (" : "", d->stem ? d->stem : "", d->stem ? ")" : "",
                 session ? " " : "", session ? session : "", d->format);
}

/* Of the whole, with the file that has been worked on longest. */
static void tell(struct crew *crew, const struct ton_progress *progress) {
    const struct owed *now = NULL;
    double made = 0.0, all = 0.0;
    size_t n = 0;
    for (size_t i = 0; i < crew->n; i++) {
        struct turn *t = &crew->turns[i];
        const bool is_made = atomic_load(&t->made);
        if (!is_made && !now)
            now = t->owed;
        n += is_made;
        made += t->effort * share_made(t);
        all += t->effort;
    }
    char text[256];
    say(text, sizeof text, crew, n, now);
    ton_progress_step(progress, text, all > 0.0 ? made / all : 1.0);
}

/* Until all hands have left. */
static void watch(struct crew *crew) {
    enum { EVERY_MS = 100 };
    const struct ton_progress *progress = progress_rest(crew->work);
    pthread_mutex_lock(&crew->lock);
    while (crew->working > 0) {
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += EVERY_MS * 1000000L;
        until.tv_sec += until.tv_nsec / 1000000000;
        until.tv_nsec %= 1000000000;
        pthread_cond_timedwait(&crew->left, &crew->lock, &until);
        tell(crew, progress);
    }
    pthread_mutex_unlock(&crew->lock);
}

static int by_effort(const void *a, const void *b) {
    const struct turn *x = a, *y = b;
    if (x->effort != y->effort)
        return x->effort < y->effort ? 1 : -1;
    return x->owed < y->owed ? -1 : 1;
}

/* Each try is encoded and, where the file is not plain, decoded; the first who asks for a gain
 * listens to all that it is solved on, about three times. */
static double frames_of(const struct crew *crew, size_t turn) {
    enum { LOSSY_TRIES = 3, SOLVE_PASSES = 3 };
    const struct work *w = crew->work;
    const struct owed *o = crew->turns[turn].owed;
    const int tries = ton_format_lossy(&o->format) ? LOSSY_TRIES : 1;
    double frames = 0.0;
    for (int i = 0; i < o->n_stream; i++)
        frames += (double)w->pieces[o->stream[i].piece].frames;
    frames *= ton_format_plain(&o->format) ? 1 : 2 * tries;
    bool asked = isnan(o->target);
    for (size_t i = 0; i < turn && !asked; i++)
        asked = same_question(w, crew->turns[i].owed, o);
    return frames + (asked ? 0.0 : SOLVE_PASSES * (double)question_frames(w, o));
}

static enum ton_code set_turns(struct crew *crew, struct ton_err *err) {
    struct work *w = crew->work;
    crew->turns = TON_NEW_N(w->arena, struct turn, w->n_owed + 1);
    if (!crew->turns)
        return ton_fail(err, TON_MEMORY, NULL, "no memory to make the files");
    for (size_t i = 0; i < w->n_owed; i++) {
        struct owed *o = &w->owed[i];
        if (!o->stands && !o->unmade)
            crew->turns[crew->n++] = (struct turn){.owed = o, .effort = progress_file(w, o)};
    }
    qsort(crew->turns, crew->n, sizeof *crew->turns, by_effort);
    for (size_t i = 0; i < crew->n; i++) {
        crew->turns[i].frames = fmax(1.0, frames_of(crew, i));
        crew->turns[i].owed->gone = &crew->turns[i].gone;
    }
    return TON_OK;
}

/* Fewer hands when a thread cannot be started; the caller's own when none can. */
static void start(struct crew *crew, struct hand *hands, int n) {
    bool any = false;
    crew->working = n;
    for (int i = 0; i < n; i++) {
        hands[i].crew = crew;
        const bool runs = !ton_thread_start(&hands[i].thread, work_on, &hands[i], NULL);
        any |= runs;
        pthread_mutex_lock(&crew->lock);
        crew->working -= !runs;
        pthread_mutex_unlock(&crew->lock);
    }
    if (!any && n > 0)
        take_turns(&hands[0]);
}

enum ton_code crew_make(struct work *w, struct ton_err *err) {
    enum { MOST_HANDS = 64 };
    struct crew crew = {.work = w};
    struct hand hands[MOST_HANDS] = {0};
    int n = w->config->threads ? w->config->threads : ton_cpu_count();
    enum ton_code code = set_turns(&crew, err);
    if (code)
        return code;
    n = n > MOST_HANDS ? MOST_HANDS : n;
    n = (size_t)n > crew.n ? (int)crew.n : n;
    pthread_mutex_init(&crew.lock, NULL);
    pthread_cond_init(&crew.left, NULL);
    pthread_mutex_init(&w->solving, NULL);
    pthread_cond_init(&w->solved, NULL);
    start(&crew, hands, n);
    watch(&crew);
    for (int i = 0; i < n; i++)
        ton_thread_join(&hands[i].thread);
    pthread_cond_destroy(&w->solved);
    pthread_mutex_destroy(&w->solving);
    pthread_cond_destroy(&crew.left);
    pthread_mutex_destroy(&crew.lock);
    if (!crew.first)
        return TON_OK;
    *err = crew.first->err;
    return crew.first->code;
}
