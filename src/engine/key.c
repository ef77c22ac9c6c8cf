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

/* The keys of one question: a take that many clips play is looked at once. */
struct keyring {
    const struct ton_plan *plan;
    bool *needed;          /* per node */
    struct ton_key *nodes; /* per node */
    bool *known;           /* per take */
    struct ton_key *takes; /* per take */
};

static bool hash_take(struct ton_hash *h, struct keyring *r, int take) {
    if (take < 0)
        return true;
    const struct ton_take *t = &r->plan->session->takes[take];
    if (!r->known[take] && take_key(&r->takes[take], t->path, NULL))
        return false;
    r->known[take] = true;
    ton_hash_key(h, r->takes[take]);
    ton_hash_i64(h, t->info.rate);
    return true;
}

static bool hash_takes(struct ton_hash *h, struct keyring *r, const struct source_spec *source) {
    for (int i = 0; i < source->n_clips; i++)
        if (!hash_take(h, r, source->clips[i].take) ||
            !hash_take(h, r, source->clips[i].take_right))
            return false;
    return true;
}

/* The keys of all nodes up to `last` that it needs, in their order: inputs come first. */
static bool node_keys(struct keyring *r, int last) {
    for (int i = 0; i <= last; i++) {
        if (!r->needed[i])
            continue;
        const struct node *node = &r->plan->nodes[i];
        struct ton_hash *h = ton_hash_create();
        if (!h)
            return false;
        ton_hash_key(h, node->own);
        for (int k = 0; k < node->n_inputs; k++)
            ton_hash_key(h, r->nodes[node->inputs[k]]);
        const bool good = node->kind != NODE_SOURCE || hash_takes(h, r, &node->source);
        r->nodes[i] = ton_hash_result(h);
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
    const size_t n_takes = (size_t)plan->session->n_takes + 1;
    struct keyring r = {.plan = plan,
                        .needed = ton_alloc(sizeof *r.needed * (size_t)(last + 1)),
                        .nodes = ton_alloc(sizeof *r.nodes * (size_t)(last + 1)),
                        .known = ton_alloc(sizeof *r.known * n_takes),
                        .takes = ton_alloc(sizeof *r.takes * n_takes)};
    struct ton_key key = {0};
    if (r.needed && r.nodes && r.known && r.takes) {
        mark_needed(r.needed, plan, last);
        if (node_keys(&r, last))
            key = with_length(plan, r.nodes[last]);
    }
    ton_free(r.needed);
    ton_free(r.nodes);
    ton_free(r.known);
    ton_free(r.takes);
    return key;
}
