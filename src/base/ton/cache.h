/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_CACHE_H
#define TON_CACHE_H

#include "ton/path.h"

/* A folder of results that can be made again: folder/KIND/KEY.EXTENSION, and beside each entry
 * KEY.EXTENSION.sum with the key of its bytes. An entry counts when its bytes have that key, so
 * nothing that a pulled plug, a full disk or a bad disk left behind is ever used, and nothing has
 * to be waited for: no write is synced.
 *
 * Several programs may use one folder at once. Who uses an entry holds a shared lock on its file,
 * which the kernel lets go when the program ends, however it ends; who removes one must get the
 * lock alone. The time of change of the sum is when the entry was last used.
 * @thread any */

struct ton_cache_kind {
    const char *folder, *extension;
    const char *holds; /* for people: "mixes, one a version of a session" */
    bool small;        /* not under the limit; removed when not used for a month */
    const char *lost;  /* a clause: what is gone with it beside time; NULL: nothing */
};

struct ton_cache_config {
    const char *folder;
    const struct ton_cache_kind *kinds;
    int n_kinds;
    int64_t limit; /* bytes; 0: nothing is kept that is not small */
};

struct ton_cache;

/* Touches nothing on disk. `config` is borrowed. NULL: no memory. */
struct ton_cache *ton_cache_open(const struct ton_cache_config *config);
/* Lets go of all that is held; entries that were not used longest go until the limit is kept. */
void ton_cache_close(struct ton_cache *cache);

/* Whether the entry is there and whole; marks it as used. What is held stays until the cache is
 * closed, and is not read again to know that it is whole. */
bool ton_cache_take(struct ton_cache *cache, const char *path, bool hold);

/* Where to write a new entry, in a folder that is there. */
enum ton_code ton_cache_draft(char out[TON_PATH_MAX], const char *path, struct ton_err *err);
/* The draft becomes the entry, held. Not `whole`: it has a name and counts as nothing. A draft that
 * fails is gone. */
enum ton_code ton_cache_add(struct ton_cache *cache, const char *draft, const char *path,
                            bool whole, struct ton_err *err);

/* Before so much is written: removes what was not used longest and is not held, until the limit
 * holds it and the disk has room for it and for the bytes that will lie `beside` the entries. Less
 * may go than was asked for; whether the disk has. */
bool ton_cache_make_room(struct ton_cache *cache, int64_t bytes, int64_t beside);

/* What lies there now, one a kind. */
struct ton_cache_share {
    int64_t entries, bytes; /* bytes with sums, and with what is no entry yet or no longer */
    int64_t last_used;      /* seconds since the epoch; 0: never */
};
void ton_cache_survey(struct ton_cache_share *shares, const struct ton_cache_config *config);

/* Removes what was not used longest, small kinds last, until at most `bytes` are left or all the
 * rest is in use; `gone`, one a kind, gets what went. */
void ton_cache_prune(struct ton_cache_share *gone, const struct ton_cache_config *config,
                     int64_t bytes);

#endif
