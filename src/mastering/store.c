/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A production's cache: what it keeps, and how long its files of sound are looked at. */
#include "ton/store.h"

#include "ton/audio_in.h"
#include "ton/known.h"

static const struct ton_cache_kind kinds[] = {
    {"mixes", "wav", "mixes, one a version of a session", false, NULL},
    {"masters", "wav", "the same after the master chain, before its limiter", false, NULL},
    {"parts", "wav", "what is costly in sessions: pitch shifters, plug-ins, saturation", false,
     NULL},
    {"drawings", "svg", "drawings of the report", true, NULL},
    {"texts", "yaml", "sessions and production as they were delivered", true,
     "without the texts the next delivery tells what kind of thing changed, not what"},
};

const struct ton_cache_kind *ton_store_kinds(int *n) {
    *n = TON_N(kinds);
    return kinds;
}

enum ton_code ton_store_open(struct ton_store *out, struct ton_arena *arena, const char *production,
                             int64_t limit, struct ton_err *err) {
    *out = (struct ton_store){.folder = ton_path_join(arena, production, ".cache")};
    out->hashes = out->folder ? ton_path_join(arena, out->folder, "hashes") : NULL;
    out->config = (struct ton_cache_config){
        .folder = out->folder, .kinds = kinds, .n_kinds = TON_N(kinds), .limit = limit};
    out->cache = out->hashes ? ton_cache_open(&out->config) : NULL;
    return out->cache ? TON_OK : ton_fail(err, TON_MEMORY, NULL, "no memory");
}

void ton_store_close(struct ton_store *store) {
    if (store->cache && ton_path_is_folder(store->folder))
        ton_known_save(store->hashes, NULL); /* without it files are only hashed again */
    ton_cache_close(store->cache);
    store->cache = NULL;
}

bool ton_store_has(struct ton_store *store, const char *path, int64_t frames) {
    struct ton_audio_in *in = NULL;
    if (!ton_cache_take(store->cache, path, true) || ton_audio_open(&in, path, NULL))
        return false;
    const bool whole = ton_audio_info(in)->frames == frames;
    ton_audio_close(in);
    return whole;
}
