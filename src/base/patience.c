/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A call that is waited for so long and no longer: it asks who may never answer. */
#include "ton/arena.h"
#include "ton/rt.h"
#include "ton/thread.h"

struct call {
    void (*run)(void *user), (*forget)(void *user);
    void *user;
    pthread_mutex_t lock;
    pthread_cond_t ended;
    bool over, left; /* who comes second frees it */
};

static void destroy(struct call *c) {
    pthread_cond_destroy(&c->ended);
    pthread_mutex_destroy(&c->lock);
    ton_free(c);
}

static void *perform(void *call) {
    struct call *c = call;
    c->run(c->user);
    pthread_mutex_lock(&c->lock);
    c->over = true;
    const bool left = c->left;
    pthread_cond_signal(&c->ended);
    pthread_mutex_unlock(&c->lock);
    if (left && c->forget)
        c->forget(c->user);
    if (left)
        destroy(c);
    return NULL;
}

static bool wait_for(struct call *c, int64_t ns) {
    const int64_t end = ton_clock_ns() + ns;
    pthread_mutex_lock(&c->lock);
    for (int64_t left = ns; !c->over && left > 0; left = end - ton_clock_ns())
        ton_condition_doze(&c->ended, &c->lock, left);
    const bool over = c->over;
    c->left = !over;
    pthread_mutex_unlock(&c->lock);
    return over;
}

bool ton_call_within(int64_t ns, void (*run)(void *user), void (*forget)(void *user), void *user) {
    ton_rt_forbid("ton_call_within");
    struct ton_thread thread;
    struct call *c = ton_alloc(sizeof *c);
    if (c) {
        *c = (struct call){.run = run, .forget = forget, .user = user};
        pthread_mutex_init(&c->lock, NULL);
        ton_condition_init(&c->ended);
    }
    if (!c || ton_thread_start(&thread, perform, c, NULL) != TON_OK) {
        if (c)
            destroy(c);
        run(user);
        return true;
    }
    if (!wait_for(c, ns)) {
        pthread_detach(thread.handle);
        return false;
    }
    ton_thread_join(&thread);
    destroy(c);
    return true;
}
