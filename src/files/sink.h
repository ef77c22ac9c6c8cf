/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_FILES_SINK_H
#define TON_FILES_SINK_H

#include "ton/err.h"
#include "ton/path.h"

#include <stdint.h>

/* Where every back-end's bytes go: one file descriptor that remembers its first failure, so that no
 * library between the samples and the disk can lose it. It is written under a temporary name
 * (a device in place: ton/path.h).
 *
 * Small writes are put together: systems that keep files in pieces as large as they were written
 * copy large ones in half the time, also when the file is read back. A failure is known a piece
 * later for it. */
struct sink {
    int fd;
    char *held; /* what is not written yet; NULL: everything is at once */
    size_t n_held;
    int failed; /* errno of the first failure */
    int64_t position, size;
    bool stream; /* a pipe: what is written is gone, nothing can be corrected */
    char path[TON_PATH_MAX], temporary[TON_PATH_MAX]; /* "": it has its name already */
};

/* `descriptor`: an open one to write to (a copy of it is closed), for which `path` is only the name
 * in sentences; 0: opens `path`. */
enum ton_code sink_open(struct sink *s, const char *path, int descriptor, struct ton_err *err);
bool sink_write(struct sink *s, const void *data, size_t size); /* false: failed is set */
bool sink_flush(struct sink *s);                                /* for who reads from `fd` */
bool sink_sync(struct sink *s);                                 /* until it is on the disk */
bool sink_seek(struct sink *s, int64_t position);
enum ton_code sink_check(const struct sink *s, struct ton_err *err); /* the sentence of `failed` */

/* Called before bytes go to the disk; NULL. Tests put a pause here: a disk that stands still. Set
 * before threads start. */
extern void (*sink_delayed)(void);

/* Gives the file its name, or removes it: after either the sink is closed. Commit of a sink that
 * failed abandons. */
enum ton_code sink_commit(struct sink *s, bool loosely, struct ton_err *err);
void sink_abandon(struct sink *s);

/* Gives it its name now, which nobody may have yet (TON_ENVIRONMENT), and goes on being written; it
 * stays, whatever follows, and is locked (flock) until it is closed, so that nobody completes it
 * meanwhile. */
enum ton_code sink_name(struct sink *s, struct ton_err *err);

#endif
