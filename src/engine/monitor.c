/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Waiting and stopping together. Who changes something stores it, then looks whether anybody waits;
 * who waits says so, then looks whether it has changed: all sequentially consistent, so one of the
 * two always sees the other. */
#include "monitor.h"

#include "ton/thread.h"

#define WATCH_NS 2000000

void monitor_init(struct monitor *m) {
    pthread_mutex_init(&m->lock, NULL);
    for (int g = 0; g < N_GATES; g++) {
        pthread_mutex_init(&m->gates[g].lock, NULL);
        ton_condition_init(&m->gates[g].moved);
    }
}

void monitor_finish(struct monitor *m) {
    for (int g = 0; g < N_GATES; g++) {
        pthread_cond_destroy(&m->gates[g].moved);
        pthread_mutex_destroy(&m->gates[g].lock);
    }
    pthread_mutex_destroy(&m->lock);
}

/* Woken outside of the lock, which they want next; who had only said that it will wait is asleep or
 * has looked again once the lock was to be had. */
static void wake(struct gate *gate) {
    if (atomic_load(&gate->waiting) == 0)
        return;
    pthread_mutex_lock(&gate->lock);
    pthread_mutex_unlock(&gate->lock);
    pthread_cond_broadcast(&gate->moved);
}

void monitor_watches(struct monitor *m, enum monitor_gate gate) {
    m->watches[gate] = true;
}

enum ton_code monitor_failure(struct monitor *m, struct ton_err *err) {
    pthread_mutex_lock(&m->lock);
    const enum ton_code code = m->code;
    if (code && err)
        *err = m->err;
    pthread_mutex_unlock(&m->lock);
    return code;
}

void monitor_stop(struct monitor *m) {
    atomic_store(&m->stopped, true);
    for (int g = 0; g < N_GATES; g++)
        wake(&m->gates[g]);
}

void monitor_keep(struct monitor *m, enum ton_code code, const struct ton_err *err) {
    pthread_mutex_lock(&m->lock);
    if (m->code == TON_OK) {
        m->code = code;
        m->err = *err;
    }
    pthread_mutex_unlock(&m->lock);
}

void monitor_fail(struct monitor *m, enum ton_code code, const struct ton_err *err) {
    monitor_keep(m, code, err);
    monitor_stop(m);
}

bool monitor_stopped(struct monitor *m) {
    return atomic_load(&m->stopped);
}

void monitor_moved(struct monitor *m, enum monitor_gate gate) {
    wake(&m->gates[gate]);
}

bool monitor_wait(struct monitor *m, enum monitor_gate at, bool (*ready)(const void *user),
                  const void *user) {
    if (ready(user))
        return true;
    struct gate *gate = &m->gates[at];
    pthread_mutex_lock(&gate->lock);
    atomic_fetch_add(&gate->waiting, 1);
    bool is_ready = ready(user);
    while (!is_ready && !atomic_load(&m->stopped)) {
        if (m->watches[at])
            ton_condition_doze(&gate->moved, &gate->lock, WATCH_NS);
        else
            pthread_cond_wait(&gate->moved, &gate->lock);
        is_ready = ready(user);
    }
    atomic_fetch_sub(&gate->waiting, 1);
    pthread_mutex_unlock(&gate->lock);
    return is_ready;
}
