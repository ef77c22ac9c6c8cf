/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a delivery keeps below .cache/, and how long files of sound there are looked at. */

#include "ton/audio_in.h"
#include "ton/known.h"
#include "work.h"

static const struct ton_cache_kind kinds[] = {
    {"mixes", "wav", "mixes, one a version of a session", false},
    {"masters", "wav", "the same after the master chain, before its limiter", false},
    {"parts", "wav", "dear parts of sessions: pitch shifters, plug-ins, saturation", false},
    {"drawings", "svg", "drawings of the report", true},
    {"texts", "yaml", "sessions and production as they were delivered", true},
};

const struct ton_cache_kind *ton_deliver_cache_kinds(int *n) {
    *n = TON_N(kinds);
    return kinds;
}

enum ton_code cache_open(struct work *w, struct ton_err *err) {
    w->cache = ton_path_join(w->arena, w->production->folder, ".cache");
    w->hashes = w->cache ? ton_path_join(w->arena, w->cache, "hashes") : NULL;
    w->cache_config = (struct ton_cache_config){
        .folder = w->cache,
        .kinds = kinds,
        .n_kinds = TON_N(kinds),
        .limit = w->config->cache ? *w->config->cache : TON_DELIVER_CACHE_BYTES,
    };
    w->store = w->hashes ? ton_cache_open(&w->cache_config) : NULL;
    if (!w->store)
        return ton_fail(err, TON_MEMORY, NULL, "no memory");
    if (!w->config->verify)
        ton_known_load(w->hashes);
    return TON_OK;
}

void cache_close(struct work *w) {
    if (w->store && ton_path_is_folder(w->cache))
        ton_known_save(w->hashes, NULL); /* without it files are only hashed again */
    ton_cache_close(w->store);
}

enum ton_code cache_needs_disk(struct work *w, struct ton_err *err) {
    const char *folder = w->production->folder;
    if (w->disk_checked)
        return TON_OK;
    switch (ton_path_disk(folder)) {
    case TON_DISK_READ_ONLY:
        return ton_fail(err, TON_ENVIRONMENT, folder,
                        "this production is on a read-only disk, and something of it must be made "
                        "again; copy it to another disk and deliver there");
    case TON_DISK_NETWORK:
        ton_problems_add(w->problems, true, folder,
                         "this production is on a network disk, where a `ton` on another computer "
                         "may deliver it at the same time; with `.cache` as a link to a folder on "
                         "a disk of this computer it is made faster");
        break;
    case TON_DISK_LOCAL:
        break;
    }
    w->disk_checked = true;
    return TON_OK;
}

bool cache_has(struct work *w, const char *path, int64_t frames) {
    struct ton_audio_in *in = NULL;
    if (!ton_cache_take(w->store, path, true) || ton_audio_open(&in, path, NULL))
        return false;
    const bool whole = ton_audio_info(in)->frames == frames;
    ton_audio_close(in);
    return whole;
}
