/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_ENGINE_READER_H
#define TON_ENGINE_READER_H

#include "run.h"

#define MAX_READERS 4

struct readers {
    struct run *run;
    struct ton_thread threads[MAX_READERS];
    atomic_llong next;         /* chunk * n_feeds + feed */
    atomic_llong read;         /* chunks that are known to have been read by all tasks */
    atomic_llong done[CHUNKS]; /* chunks that feeds have at this place of the ring, in all */
};

/* A failure while reading goes to the run's monitor. After a failed start, finish is still due (and
 * the monitor has to be stopped before). @thread main */
enum ton_code readers_start(struct readers *readers, struct run *run, struct ton_err *err);
void readers_finish(struct readers *readers);

/* Whether every task that hears a feed is done with so many chunks from the start. The tasks' own
 * counters say it: they only grow, so whoever asks later never sees less. @thread any */
bool chunks_are_read(const struct run *run, int64_t chunks);

#endif
