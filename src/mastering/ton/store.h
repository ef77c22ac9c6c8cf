/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_STORE_H
#define TON_STORE_H

#include "ton/cache.h"
#include "ton/plan.h"

/* What a production keeps below .cache/ to be fast. @thread main */
enum { TON_STORE_FRAME_BYTES = 8 }; /* of a mix: stereo, float */

struct ton_store {
    const char *folder, *hashes; /* .cache, and a file in it */
    struct ton_cache_config config;
    struct ton_cache *cache; /* NULL: nothing is kept */
    int64_t owed; /* bytes that its disk must take whatever is kept: dear parts leave them room */
};

/* What lies there. @thread any */
const struct ton_cache_kind *ton_store_kinds(int *n);

/* Bytes that it may hold where the user does not say. */
#define TON_STORE_BYTES (INT64_C(20) * 1000 * 1000 * 1000)

/* Touches nothing on disk; close is due whatever it returns. `limit` in bytes; `production` is the
 * folder, its text and the store's are in `arena`. TON_MEMORY. */
enum ton_code ton_store_open(struct ton_store *out, struct ton_arena *arena, const char *production,
                             int64_t limit, struct ton_err *err);
/* Keeps what is known of files' bytes, and the limit. */
void ton_store_close(struct ton_store *store);

/* Whether this file of sound is there, whole, and so long; then it stays until close. */
bool ton_store_has(struct ton_store *store, const char *path, int64_t frames);

/* The dear streams of one render (ton_plan_dear). */
struct ton_parts;
struct ton_parts_count {
    int read_back, kept;
};

/* Before a render: those that are kept are read back, and sinks for the others come behind the
 * plan's (`*sinks`: one for each of its outputs; becomes a longer copy in `arena`). After it: what
 * was heard is kept when the render was `good`, which is: nothing failed and nothing had to be
 * repaired. What cannot be written is not kept, and nothing else comes of it. TON_MEMORY; then too
 * close is due where `*out` is not NULL. */
enum ton_code ton_parts_open(struct ton_parts **out, struct ton_sink **sinks,
                             struct ton_store *store, struct ton_arena *arena,
                             struct ton_plan *plan, struct ton_err *err);
void ton_parts_close(struct ton_parts *parts, bool good);
struct ton_parts_count ton_parts_count(const struct ton_parts *parts);

/* Makes a plan playable on a thread that cannot wait (`settle` of ton_transport_config): what
 * plug-ins make of the session is read back, and rendered before where nobody has kept it yet.
 * Errors: as ton_render; a plug-in that failed, or whose sound cannot be kept, is TON_FOREIGN. One
 * call at a time. @thread any */
struct ton_settling {
    struct ton_store *store;
    struct ton_arena *arena; /* nobody else's while the plans play */
};
enum ton_code ton_parts_settle(void *settling, struct ton_plan *plan, struct ton_err *err);

#endif
