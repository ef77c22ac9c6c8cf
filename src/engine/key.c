/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Content keys: what an output's audio depends on, in 128 bits. A take counts by its bytes, not by
 * its name, so a key survives moving and renaming. */
#include "graph.h"

#include "ton/path.h"

/* Takes are hashed once a process as long as their size and time of change stay. */
struct known_take {
    char *path;
    int64_t size, modified;
    struct ton_key key;
};

static struct {
    pthread_mutex_t lock;
    struct known_take *items;
    size_t n, capacity;
} known = {.lock = PTHREAD_MUTEX_INITIALIZER};

static bool look_up(struct ton_key *out, const char *path, int64_t size, int64_t modified) {
    for (size_t i = 0; i < known.n; i++)
        if (known.items[i].size == size && known.items[i].modified == modified &&
            ton_text_same(known.items[i].path, path)) {
            *out = known.items[i].key;
            return true;
        }
    return false;
}

/* Without memory it is only hashed again next time. */
static void remember(const char *path, int64_t size, int64_t modified, struct ton_key key) {
    if (known.n == known.capacity) {
        const size_t more = known.capacity ? known.capacity * 2 : 64;
        struct known_take *grown =
            ton_realloc(known.items, known.n * sizeof *known.items, more * sizeof *known.items);
        if (!grown)
            return;
        known.items = grown;
        known.capacity = more;
    }
    const size_t length = strlen(path) + 1;
    char *copy = ton_alloc(length);
    if (!copy)
        return;
    memcpy(copy, path, length);
    known.items[known.n++] = (struct known_take){copy, size, modified, key};
}

static enum ton_code take_key(struct ton_key *out, const char *path, struct ton_err *err) {
    const int64_t size = ton_path_size(path);
    const int64_t modified = ton_path_modified(path);
    pthread_mutex_lock(&known.lock);
    const bool found = look_up(out, path, size, modified);
    pthread_mutex_unlock(&known.lock);
    if (found)
        return TON_OK;
    const enum ton_code code = ton_key_file(out, path, err);
    if (code)
        return code;
    pthread_mutex_lock(&known.lock);
    struct ton_key same;
    if (!look_up(&same, path, size, modified))
        remember(path, size, modified, *out);
    pthread_mutex_unlock(&known.lock);
    return TON_OK;
}

static bool hash_take(struct ton_hash *h, const struct ton_session *s, int take) {
    struct ton_key key;
    if (take < 0)
        return true;
    if (take_key(&key, s->takes[take].path, NULL))
        return false;
    ton_hash_key(h, key);
    ton_hash_i64(h, s->takes[take].info.rate);
    return true;
}

/* The keys of all nodes up to `last` that it needs, in their order: inputs come first. */
static bool node_keys(struct ton_key *keys, const struct ton_plan *plan, const bool *needed,
                      int last) {
    for (int i = 0; i <= last; i++) {
        if (!needed[i])
            continue;
        const struct node *node = &plan->nodes[i];
        struct ton_hash *h = ton_hash_create();
        bool good = h != NULL;
        if (good)
            ton_hash_key(h, node->own);
        for (int k = 0; good && k < node->n_inputs; k++)
            ton_hash_key(h, keys[node->inputs[k]]);
        for (int k = 0; good && node->kind == NODE_SOURCE && k < node->source.n_clips; k++)
            good = hash_take(h, plan->session, node->source.clips[k].take) &&
                   hash_take(h, plan->session, node->source.clips[k].take_right);
        if (good)
            keys[i] = ton_hash_result(h);
        ton_hash_destroy(h);
        if (!good)
            return false;
    }
    return true;
}

static void mark_needed(bool *needed, const struct ton_plan *plan, int last) {
    needed[last] = true;
    for (int i = last; i >= 0; i--)
        for (int k = 0; needed[i] && k < plan->nodes[i].n_inputs; k++)
            needed[plan->nodes[i].inputs[k]] = true;
}

static struct ton_key with_length(const struct ton_plan *plan, struct ton_key key) {
    struct ton_hash *h = ton_hash_create();
    if (!h)
        return (struct ton_key){0};
    ton_hash_key(h, key);
    ton_hash_i64(h, plan->config.from);
    ton_hash_i64(h, plan->frames);
    key = ton_hash_result(h);
    ton_hash_destroy(h);
    return key;
}

struct ton_key ton_plan_key(const struct ton_plan *plan, int output) {
    const int last = plan->outputs[output];
    struct ton_key *keys = ton_alloc(sizeof *keys * (size_t)(last + 1));
    bool *needed = ton_alloc(sizeof *needed * (size_t)(last + 1));
    struct ton_key key = {0};
    if (keys && needed) {
        mark_needed(needed, plan, last);
        if (node_keys(keys, plan, needed, last))
            key = with_length(plan, keys[last]);
    }
    ton_free(needed);
    ton_free(keys);
    return key;
}
