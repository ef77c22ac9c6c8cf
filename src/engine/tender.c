/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The transport's thread for everything that takes time: it makes the players that are asked for,
 * offers those that will be needed, and destroys those that come back. Nobody wakes it when the
 * audio thread has done something: it looks every few milliseconds. */
#include "transport_threads.h"

#define LOOK_NS 4000000
#define LONGEST_PATIENCE 64

static void list(struct ton_transport *t, struct player *p) {
    pthread_mutex_lock(&t->lock);
    p->next = t->players;
    t->players = p;
    pthread_mutex_unlock(&t->lock);
}

static void keep_failure(struct ton_transport *t, enum ton_code code, const struct ton_err *err) {
    if (t->failure)
        return;
    t->failure = code;
    t->why = *err;
}

static void destroy(struct ton_transport *t, struct player *p) {
    struct ton_err err;
    pthread_mutex_lock(&t->lock);
    struct player **at = &t->players;
    while (*at != p)
        at = &(*at)->next;
    *at = p->next;
    const enum ton_code code = ton_live_failure(p->live, &err);
    if (code)
        keep_failure(t, code, &err);
    pthread_mutex_unlock(&t->lock);
    player_destroy(p);
}

static struct player *find_unwanted(struct ton_transport *t) {
    pthread_mutex_lock(&t->lock);
    struct player *p = t->players;
    while (p && !p->unwanted)
        p = p->next;
    pthread_mutex_unlock(&t->lock);
    return p;
}

static void reap(struct ton_transport *t) {
    for (struct player *p; (p = find_unwanted(t));) {
        t->passes_put -= p->loop != 0;
        destroy(t, p);
    }
    unsigned reaped = atomic_load_explicit(&t->reaped, memory_order_relaxed);
    while (reaped != atomic_load_explicit(&t->n_spent, memory_order_acquire)) {
        destroy(t, t->spent[reaped % SPENT]);
        atomic_store_explicit(&t->reaped, ++reaped, memory_order_release);
    }
}

/* The newest edition; made when mutes have changed since. */
static enum ton_code refresh(struct ton_transport *t, struct ton_err *err) {
    const size_t bytes = sizeof *t->strips * (size_t)t->config.session->n_strips;
    struct ton_strip *strips = ton_alloc(bytes);
    if (!strips)
        return ton_fail(err, TON_MEMORY, NULL, "no memory to play");
    pthread_mutex_lock(&t->lock);
    const int64_t wanted = t->wanted;
    memcpy(strips, t->strips, bytes);
    pthread_mutex_unlock(&t->lock);
    struct edition *fresh = NULL;
    enum ton_code code = TON_OK;
    if (!t->edition || t->edition->number != wanted)
        code = edition_create(&fresh, &t->config, strips, wanted, err);
    ton_free(strips);
    if (fresh) {
        edition_release(t->edition);
        t->edition = fresh;
    }
    if (!code)
        return TON_OK;
    pthread_mutex_lock(&t->lock);
    t->refused = wanted;
    keep_failure(t, code, err);
    pthread_mutex_unlock(&t->lock);
    return code;
}

enum ton_code tender_prepare(struct player **out, struct ton_transport *t, int64_t place,
                             struct ton_err *err) {
    enum ton_code code = refresh(t, err);
    if (code && !t->edition)
        return code;
    const int64_t start = ton_clock_ns();
    const struct player_config config = {
        .block = t->config.block, .place = place, .run_in = t->run_in, .end = t->config.end};
    code = player_create(out, t->edition, &config, err);
    if (code)
        return code;
    list(t, *out);
    const int64_t frames = (int64_t)((double)(ton_clock_ns() - start) * 1e-9 * t->rate);
    t->pace = frames > t->pace ? frames : (t->pace * 3 + frames) / 4;
    return TON_OK;
}

static void put_pass(struct ton_transport *t, struct player *p, int64_t loop) {
    p->loop = loop;
    t->pass_loop = loop;
    t->pass_number = p->number;
    t->passes_put++;
}

/* Answers main, which waits. */
static void serve(struct ton_transport *t) {
    pthread_mutex_lock(&t->lock);
    struct request r = t->request;
    pthread_mutex_unlock(&t->lock);
    r.code = tender_prepare(&r.player, t, r.place, &r.err);
    if (!r.code && r.loop)
        put_pass(t, r.player, r.loop);
    pthread_mutex_lock(&t->lock);
    if (!r.code && r.loop) {
        t->loop = r.loop;
        t->from = r.from;
        t->to = r.to;
        t->no_passes = false;
    }
    r.asked = false;
    r.answered = true;
    t->request = r;
    pthread_cond_broadcast(&t->moved);
    pthread_mutex_unlock(&t->lock);
}

/* An offer that nobody has fetched comes back. */
static void offer(struct ton_transport *t, _Atomic(struct player *) *slot, struct player *p,
                  int64_t *put) {
    struct player *stale = atomic_exchange(slot, p);
    if (!stale)
        return;
    (*put)--;
    destroy(t, stale);
}

static void make_pass(struct ton_transport *t, int64_t loop, int64_t from) {
    struct player *p = NULL;
    struct ton_err err;
    const enum ton_code code = tender_prepare(&p, t, from - t->fade, &err);
    if (!code) {
        put_pass(t, p, loop);
        offer(t, &t->pass, p, &t->passes_put);
        return;
    }
    pthread_mutex_lock(&t->lock);
    keep_failure(t, code, &err);
    t->no_passes = true;
    pthread_mutex_unlock(&t->lock);
}

/* For a place so far ahead that it is ready before; each time that this was not enough doubles it.
 */
static void make_swap(struct ton_transport *t, int64_t until) {
    struct player *p = NULL;
    struct ton_err err;
    if (refresh(t, &err)) /* however long that takes */
        return;
    const int64_t place = atomic_load(&t->place);
    const bool moves = atomic_load(&t->rolling) && !atomic_load(&t->counting);
    const int64_t ahead =
        t->patience * (t->pace * 3 / 2 + t->rate / 20 + 2 * (int64_t)atomic_load(&t->asked));
    if (moves && place + ahead >= until)
        return; /* the next pass has it */
    const enum ton_code code = tender_prepare(&p, t, moves ? place + ahead : place, &err);
    if (!code) {
        t->swaps_put++;
        offer(t, &t->swap, p, &t->swaps_put);
        if (t->patience < LONGEST_PATIENCE)
            t->patience *= 2;
        return;
    }
    pthread_mutex_lock(&t->lock);
    keep_failure(t, code, &err);
    if (t->edition->number > t->refused) /* what main wished meanwhile was not tried */
        t->refused = t->edition->number;
    pthread_mutex_unlock(&t->lock);
}

/* The state of things that main changes. */
struct wishes {
    bool asked, leaves, passes;
    int64_t wanted, refused, loop, from, to;
};

static struct wishes look(struct ton_transport *t) {
    pthread_mutex_lock(&t->lock);
    const struct wishes w = {.asked = t->request.asked,
                             .leaves = t->leaves,
                             .passes = t->loop && !t->no_passes,
                             .wanted = t->wanted,
                             .refused = t->refused,
                             .loop = t->loop,
                             .from = t->from,
                             .to = t->to};
    pthread_mutex_unlock(&t->lock);
    return w;
}

/* Does what is most urgent. False: there is nothing to do. */
static bool tend(struct ton_transport *t, const struct wishes *w) {
    const bool is_heard = atomic_load(&t->lead) == w->wanted;
    const bool passes_wait = t->passes_put != atomic_load(&t->passes_used);
    const bool is_fresh = t->pass_loop == w->loop && t->pass_number == w->wanted;
    const bool is_swapped = t->swaps_put != atomic_load(&t->swaps_used);
    if (is_heard)
        t->patience = 1;
    if (w->asked) {
        serve(t);
    } else if (w->passes && !passes_wait) {
        make_pass(t, w->loop, w->from);
    } else if (!is_heard && !is_swapped && w->wanted != w->refused) {
        const bool loops = w->loop && atomic_load(&t->place) < w->to;
        const int64_t before = t->swaps_put;
        make_swap(t, loops ? w->to - t->fade : INT64_MAX);
        if (t->swaps_put == before && w->passes && !is_fresh)
            make_pass(t, w->loop, w->from);
        return t->swaps_put != before;
    } else if (w->passes && !is_fresh && w->wanted != w->refused) {
        make_pass(t, w->loop, w->from);
    } else {
        return false;
    }
    return true;
}

void *tender_run(void *user) {
    struct ton_transport *t = user;
    for (struct wishes w; w = look(t), !w.leaves;) {
        reap(t);
        if (tend(t, &w))
            continue;
        pthread_mutex_lock(&t->lock);
        if (!t->leaves && !t->request.asked && t->wanted == w.wanted)
            ton_condition_doze(&t->moved, &t->lock, LOOK_NS);
        pthread_mutex_unlock(&t->lock);
    }
    return NULL;
}
