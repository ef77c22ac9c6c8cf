/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The transport as main sees it: rolls, stops, jumps and loops. */
#include "transport_threads.h"

#include "ton/db.h"

#define USUAL_BLOCK 256
#define USUAL_MOST_FRAMES 8192
#define USUAL_RUN_IN_S 2.0
#define FADE_S 0.005
#define PI 3.14159265358979323846

static enum ton_code no_memory(struct ton_err *err) {
    return ton_fail(err, TON_MEMORY, NULL, "no memory to play");
}

static void set_config(struct ton_transport *t, const struct ton_transport_config *config) {
    t->config = *config;
    t->rate = config->session->rate;
    t->config.block = config->block ? config->block : USUAL_BLOCK;
    t->config.most_frames = config->most_frames ? config->most_frames : USUAL_MOST_FRAMES;
    const double run_in_s = config->run_in_s == 0 ? USUAL_RUN_IN_S : config->run_in_s;
    t->run_in = run_in_s > 0 ? llround(run_in_s * t->rate) : 0;
    t->fade = (int)ceil(FADE_S * t->rate);
    t->wanted = 1;
    t->patience = 1;
    atomic_store(&t->asked, t->config.most_frames);
    atomic_store(&t->click_gain, 1.0);
}

/* Raised cosine; it and what it is read backwards add up to 1. */
static bool make_playing(struct ton_transport *t) {
    struct playing *f = &t->playing;
    f->rise = ton_alloc(sizeof(float) * (size_t)t->fade);
    for (int c = 0; c < 2; c++)
        f->scratch[c] = ton_alloc(sizeof(float) * (size_t)t->config.block);
    for (int i = 0; f->rise && i < t->fade; i++)
        f->rise[i] = (float)(0.5 - 0.5 * cos(PI * (i + 0.5) / t->fade));
    const struct ton_session *s = t->config.session;
    return f->rise && f->scratch[0] && f->scratch[1] &&
           click_init(&f->click, s->has_tempo ? s->tempo : NULL, t->rate);
}

static enum ton_code start(struct ton_transport *t, struct ton_err *err) {
    const struct ton_session *s = t->config.session;
    const size_t bytes = sizeof *t->strips * (size_t)s->n_strips;
    if (t->config.block < 1 || t->config.block > 4096 || t->config.most_frames < 1)
        return ton_fail(err, TON_USAGE, NULL, "a block has 1 to 4096 frames, not %d",
                        t->config.block);
    t->strips = ton_alloc(bytes + 1);
    if (!t->strips || !make_playing(t))
        return no_memory(err);
    memcpy(t->strips, s->strips, bytes);
    struct player *first = NULL;
    enum ton_code code = tender_prepare(&first, t, 0, err);
    if (code)
        return code;
    t->playing.voices[0] = (struct voice){.player = first, .risen = t->fade};
    t->playing.n_voices = 1;
    atomic_store(&t->lead, first->number);
    return ton_thread_start(&t->tender, tender_run, t, err);
}

enum ton_code ton_transport_create(struct ton_transport **out,
                                   const struct ton_transport_config *config, struct ton_err *err) {
    *out = NULL;
    struct ton_transport *t = ton_alloc(sizeof *t);
    if (!t)
        return no_memory(err);
    pthread_mutex_init(&t->lock, NULL);
    ton_condition_init(&t->moved);
    set_config(t, config);
    const enum ton_code code = start(t, err);
    if (code)
        ton_transport_destroy(t);
    else
        *out = t;
    return code;
}

void ton_transport_destroy(struct ton_transport *t) {
    if (!t)
        return;
    pthread_mutex_lock(&t->lock);
    t->leaves = true;
    pthread_cond_broadcast(&t->moved);
    pthread_mutex_unlock(&t->lock);
    ton_thread_join(&t->tender);
    for (struct player *p = t->players, *next; p; p = next) {
        next = p->next;
        player_destroy(p);
    }
    edition_release(t->edition);
    click_finish(&t->playing.click);
    ton_free(t->playing.rise);
    ton_free(t->playing.scratch[0]);
    ton_free(t->playing.scratch[1]);
    ton_free(t->strips);
    ton_arena_destroy(t->cuts);
    pthread_cond_destroy(&t->moved);
    pthread_mutex_destroy(&t->lock);
    ton_free(t);
}

/* False: the device has not asked for sound for a long time. */
static bool give(struct ton_transport *t, const struct order *order) {
    const unsigned n = atomic_load_explicit(&t->ordered, memory_order_relaxed);
    if (n - atomic_load_explicit(&t->heeded, memory_order_acquire) == MOST_ORDERS)
        return false;
    t->orders[n % MOST_ORDERS] = *order;
    atomic_store_explicit(&t->ordered, n + 1, memory_order_release);
    return true;
}

static enum ton_code give_or_fail(struct ton_transport *t, const struct order *order,
                                  struct ton_err *err) {
    if (give(t, order))
        return TON_OK;
    pthread_mutex_lock(&t->lock);
    if (order->player)
        order->player->unwanted = true;
    pthread_mutex_unlock(&t->lock);
    return ton_fail(err, TON_ENVIRONMENT, NULL, "the device takes no sound: %d orders wait for it",
                    MOST_ORDERS);
}

/* Waits until the tender has prepared it. */
static enum ton_code ask(struct ton_transport *t, struct request *r, struct ton_err *err) {
    pthread_mutex_lock(&t->lock);
    r->asked = true;
    t->request = *r;
    pthread_cond_broadcast(&t->moved);
    while (!t->request.answered)
        pthread_cond_wait(&t->moved, &t->lock);
    *r = t->request;
    pthread_mutex_unlock(&t->lock);
    if (r->code && err)
        *err = r->err;
    return r->code;
}

enum ton_code ton_transport_locate(struct ton_transport *t, int64_t frame, struct ton_err *err) {
    if (frame < 0)
        return ton_fail(err, TON_USAGE, NULL, "the timeline begins at frame 0, not %lld",
                        (long long)frame);
    struct request r = {.place = frame};
    const enum ton_code code = ask(t, &r, err);
    return code ? code
                : give_or_fail(t, &(struct order){.kind = ORDER_JUMP, .player = r.player}, err);
}

static void forget_loop(struct ton_transport *t) {
    pthread_mutex_lock(&t->lock);
    t->loop = 0;
    pthread_mutex_unlock(&t->lock);
}

enum ton_code ton_transport_loop(struct ton_transport *t, int64_t from, int64_t to,
                                 struct ton_err *err) {
    if (from == 0 && to == 0) {
        forget_loop(t);
        return give_or_fail(t, &(struct order){.kind = ORDER_LOOP}, err);
    }
    const int least = ton_loop_least(t->rate);
    if (from < 0 || to - from < least)
        return ton_fail(err, TON_USAGE, NULL,
                        "a loop has at least a quarter of a second, %d frames here, not %lld",
                        least, (long long)(to - from));
    struct request r = {.place = from - t->fade, .loop = ++t->n_loops, .from = from, .to = to};
    enum ton_code code = ask(t, &r, err);
    if (code)
        return code;
    const struct order order = {
        .kind = ORDER_LOOP, .player = r.player, .from = from, .to = to, .loop = r.loop};
    code = give_or_fail(t, &order, err);
    if (code)
        forget_loop(t);
    return code;
}

static enum ton_code change_strip(struct ton_transport *t, int strip, struct ton_err *err) {
    const int n = t->config.session->n_strips;
    return strip >= 0 && strip < n ? TON_OK
                                   : ton_fail(err, TON_USAGE, NULL,
                                              "there is no strip %d: the session has %d", strip, n);
}

/* The tender finds out by itself what is new. */
static void set(struct ton_transport *t, bool *flag, bool value) {
    pthread_mutex_lock(&t->lock);
    t->wanted += *flag != value;
    *flag = value;
    pthread_cond_broadcast(&t->moved);
    pthread_mutex_unlock(&t->lock);
}

enum ton_code ton_transport_mute(struct ton_transport *t, int strip, bool mute,
                                 struct ton_err *err) {
    const enum ton_code code = change_strip(t, strip, err);
    if (!code)
        set(t, &t->strips[strip].mute, mute);
    return code;
}

enum ton_code ton_transport_solo(struct ton_transport *t, int strip, bool solo,
                                 struct ton_err *err) {
    const enum ton_code code = change_strip(t, strip, err);
    if (!code)
        set(t, &t->strips[strip].solo, solo);
    return code;
}

void ton_transport_roll(struct ton_transport *t, int64_t count_in) {
    give(t, &(struct order){.kind = ORDER_ROLL, .count_in = count_in});
}

void ton_transport_stop(struct ton_transport *t) {
    give(t, &(struct order){.kind = ORDER_STOP});
}

enum ton_code ton_transport_click(struct ton_transport *t, enum ton_click when, double gain_db,
                                  struct ton_err *err) {
    const struct ton_session *s = t->config.session;
    if (when != TON_CLICK_OFF && !s->has_tempo)
        return ton_fail(err, TON_INPUT, s->path,
                        "no beats to click on: the session has no `tempo`");
    atomic_store(&t->click_gain, ton_db_to_gain(gain_db));
    atomic_store(&t->click, (int)when);
    return TON_OK;
}

void ton_transport_status(const struct ton_transport *t, struct ton_transport_status *out) {
    *out = (struct ton_transport_status){.rolling = atomic_load(&t->rolling),
                                         .counting = atomic_load(&t->counting),
                                         .ended = atomic_load(&t->ended),
                                         .frame = atomic_load(&t->frame),
                                         .passes = atomic_load(&t->passes),
                                         .late_blocks = atomic_load(&t->late_blocks),
                                         .late_passes = atomic_load(&t->late_passes)};
}

enum ton_code ton_transport_failure(struct ton_transport *t, struct ton_err *err) {
    pthread_mutex_lock(&t->lock);
    enum ton_code code = t->failure;
    if (code && err)
        *err = t->why;
    for (const struct player *p = t->players; p && !code; p = p->next)
        code = ton_live_failure(p->live, err);
    pthread_mutex_unlock(&t->lock);
    return code;
}
