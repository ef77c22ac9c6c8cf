/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Waiting and stopping together. Who changes something stores it, then looks whether anybody waits;
 * who waits says so, then looks whether it has changed: all sequentially consistent, so one of the
 * two always sees the other. */
#include "monitor.h"

void monitor_init(struct monitor *m) {
    pthread_mutex_init(&m->lock, NULL);
    for (int g = 0; g < N_GATES; g++)
        pthread_cond_init(&m->moved[g], NULL);
}

void monitor_finish(struct monitor *m) {
    for (int g = 0; g < N_GATES; g++)
        pthread_cond_destroy(&m->moved[g]);
    pthread_mutex_destroy(&m->lock);
}

static void stop(struct monitor *m) {
    atomic_store(&m->stopped, true);
    for (int g = 0; g < N_GATES; g++)
        pthread_cond_broadcast(&m->moved[g]);
}

void monitor_fail(struct monitor *m, enum ton_code code, const struct ton_err *err) {
    pthread_mutex_lock(&m->lock);
    if (m->code == TON_OK) {
        m->code = code;
        m->err = *err;
    }
    stop(m);
    pthread_mutex_unlock(&m->lock);
}

void monitor_stop(struct monitor *m) {
    pthread_mutex_lock(&m->lock);
    stop(m);
    pthread_mutex_unlock(&m->lock);
}

bool monitor_stopped(struct monitor *m) {
    return atomic_load(&m->stopped);
}

void monitor_moved(struct monitor *m, enum monitor_gate gate) {
    if (atomic_load(&m->waiting[gate]) == 0)
        return;
    pthread_mutex_lock(&m->lock);
    pthread_cond_broadcast(&m->moved[gate]);
    pthread_mutex_unlock(&m->lock);
}

bool monitor_wait(struct monitor *m, enum monitor_gate gate, bool (*ready)(const void *user),
                  const void *user) {
    if (ready(user))
        return true;
    pthread_mutex_lock(&m->lock);
    atomic_fetch_add(&m->waiting[gate], 1);
    bool is_ready = ready(user);
    while (!is_ready && !atomic_load(&m->stopped)) {
        pthread_cond_wait(&m->moved[gate], &m->lock);
        is_ready = ready(user);
    }
    atomic_fetch_sub(&m->waiting[gate], 1);
    pthread_mutex_unlock(&m->lock);
    return is_ready;
}
