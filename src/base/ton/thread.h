/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_THREAD_H
#define TON_THREAD_H

#include "ton/err.h"

#include <pthread.h>
#include <stdatomic.h>

/* Threads, thinly over pthreads (thread sanitizers know those). */
struct ton_thread {
    pthread_t handle;
    bool running;
};

enum ton_code ton_thread_start(struct ton_thread *t, void *(*run)(void *), void *user,
                               struct ton_err *err);
void ton_thread_join(struct ton_thread *t); /* nothing when it never ran */
int64_t ton_clock_ns(void);                 /* since some moment; never goes back. @thread any */
void ton_nap(int64_t ns);                   /* sleeps so long. @thread any but audio */
int64_t ton_thread_ns(void);                /* that the calling thread has computed. @thread any */
int64_t ton_process_ns(void);               /* that all threads have computed. @thread any */
int ton_cpu_count(void);                    /* processors this process may use, at least 1 */

/* A condition that can be waited at for so long, whatever becomes of the clock on the wall. */
void ton_condition_init(pthread_cond_t *c);
void ton_condition_doze(pthread_cond_t *c, pthread_mutex_t *lock, int64_t ns); /* at most */

/* Runs it on a thread of its own and waits for it so long. false: it runs on, and what it touches
 * has to stay; when it is over at last, that thread calls `forget` (NULL: nothing). Without room
 * for a thread it runs here, however long that takes. */
bool ton_call_within(int64_t ns, void (*run)(void *user), void (*forget)(void *user), void *user);

/* Called where a thread that loses its core must not harm the others, just after it told them of
 * its work; NULL. Tests put a pause here, which makes rare orders of events common. Set before
 * threads start. */
extern void (*ton_thread_overtaken)(void);

/* Asked to stop (Ctrl-C): long loops look at it once a block and return TON_STOPPED. @thread any,
 * signal handlers too */
void ton_stop_request(void);
bool ton_stop_requested(void);
enum ton_code ton_stop_check(struct ton_err *err); /* TON_OK or TON_STOPPED with its sentence */
/* From now on the calling thread's check looks at this flag too, until NULL: what is done side by
 * side ends when one part of it failed. The flag is borrowed. */
void ton_stop_heed(const atomic_bool *flag);

/* How far a long job is. `step` may be NULL; fraction 0 … 1. Called on the thread that started the
 * job. */
struct ton_progress {
    void (*step)(void *user, const char *what, double fraction);
    void *user;
};
void ton_progress_step(const struct ton_progress *p, const char *what,
                       double fraction); /* p may be NULL */

/* Frames that went by on any thread, for who asks now and then how far they are. */
struct ton_tally {
    atomic_llong frames;
};
void ton_tally_add(struct ton_tally *t, int64_t frames); /* t may be NULL. @thread any */
int64_t ton_tally_frames(struct ton_tally *t);           /* @thread any */

#endif
