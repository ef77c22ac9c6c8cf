/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Jobs that do not depend on each other, several at a time. The first that fails ends the others,
 * and what it says is told. Who starts a crew only watches, and tells how far it is. */

#include "work.h"

struct crew {
    const struct jobs *jobs;
    atomic_size_t next; /* job to take */
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

static void take_jobs(struct hand *hand) {
    struct crew *crew = hand->crew;
    ton_stop_heed(&crew->failed);
    while (!hand->code && !atomic_load(&crew->failed)) {
        const size_t i = atomic_fetch_add(&crew->next, 1);
        if (i >= crew->jobs->n)
            break;
        hand->code = crew->jobs->run(crew->jobs->user, i, &hand->err);
        if (hand->code && !atomic_exchange(&crew->failed, true))
            crew->first = hand;
    }
    ton_stop_heed(NULL);
}

static void *work_on(void *user) {
    struct hand *hand = user;
    struct crew *crew = hand->crew;
    take_jobs(hand);
    pthread_mutex_lock(&crew->lock);
    crew->working--;
    pthread_cond_signal(&crew->left);
    pthread_mutex_unlock(&crew->lock);
    return NULL;
}

/* Until all hands have left. */
static void watch(struct crew *crew) {
    const int64_t tenth_ns = 100000000;
    pthread_mutex_lock(&crew->lock);
    while (crew->working > 0) {
        crew->jobs->tell(crew->jobs->user);
        ton_condition_doze(&crew->left, &crew->lock, tenth_ns);
    }
    pthread_mutex_unlock(&crew->lock);
    crew->jobs->tell(crew->jobs->user);
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
    if (!any)
        take_jobs(&hands[0]);
}

enum ton_code crew_run(const struct work *w, const struct jobs *jobs, struct ton_err *err) {
    enum { MOST_HANDS = 64 };
    struct crew crew = {.jobs = jobs};
    struct hand hands[MOST_HANDS] = {0};
    if (jobs->n == 0)
        return TON_OK;
    int n = w->config->threads ? w->config->threads : ton_cpu_count();
    n = n > MOST_HANDS ? MOST_HANDS : n;
    n = (size_t)n > jobs->n ? (int)jobs->n : n;
    pthread_mutex_init(&crew.lock, NULL);
    ton_condition_init(&crew.left);
    start(&crew, hands, n);
    watch(&crew);
    for (int i = 0; i < n; i++)
        ton_thread_join(&hands[i].thread);
    pthread_cond_destroy(&crew.left);
    pthread_mutex_destroy(&crew.lock);
    if (!crew.first)
        return TON_OK;
    *err = crew.first->err;
    return crew.first->code;
}
