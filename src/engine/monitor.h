/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How the threads of one render wait for each other and stop together. Progress itself is kept in
 * atomics; a lock is only taken by who has to wait and by who finds somebody waiting. */
#ifndef TON_ENGINE_MONITOR_H
#define TON_ENGINE_MONITOR_H

#include "ton/err.h"

#include <pthread.h>
#include <stdatomic.h>

/* Who may have to wait; each kind is woken by what concerns it only. */
enum monitor_gate { GATE_WORKERS, GATE_READERS, GATE_FEEDS, GATE_OUTLETS, N_GATES };

/* Each on cache lines of its own. */
struct gate {
    _Alignas(64) pthread_mutex_t lock; /* held for a moment, to fall asleep */
    pthread_cond_t moved;
    _Alignas(64) atomic_int waiting;
};

struct monitor {
    struct gate gates[N_GATES];
    bool watches[N_GATES]; /* nobody wakes them */
    atomic_bool stopped;
    pthread_mutex_t lock;
    enum ton_code code; /* under the lock: the first failure */
    struct ton_err err;
};

void monitor_init(struct monitor *m);
void monitor_finish(struct monitor *m);

/* The first failure is kept, later ones are consequences. Everybody stops. @thread any */
void monitor_fail(struct monitor *m, enum ton_code code, const struct ton_err *err);
void monitor_keep(struct monitor *m, enum ton_code code, const struct ton_err *err); /* no one
                                                                                        stops */
void monitor_stop(struct monitor *m); /* without a failure */
bool monitor_stopped(struct monitor *m);

/* Those at this gate look for themselves every few milliseconds: what they wait for happens on a
 * thread that must not wake anybody. Before threads start. */
void monitor_watches(struct monitor *m, enum monitor_gate gate);
/* The first failure; TON_OK: there was none. @thread any */
enum ton_code monitor_failure(struct monitor *m, struct ton_err *err);

/* Something has changed that those at the gate may wait for. */
void monitor_moved(struct monitor *m, enum monitor_gate gate);

/* Waits until ready(user); false when the render stops instead. */
bool monitor_wait(struct monitor *m, enum monitor_gate gate, bool (*ready)(const void *user),
                  const void *user);

#endif
