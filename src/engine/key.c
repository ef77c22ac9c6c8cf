/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Content keys: what an output's audio depends on, in 128 bits. A take counts by its bytes, not by
 * its name, so a key survives moving and renaming. */
#include "graph.h"

#include "ton/known.h"

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
    if (!r->known[take] && ton_known_key(&r->takes[take], t->path, NULL))
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

static bool hash_files(struct ton_hash *h, const struct ton_chain_item *item) {
    struct ton_key key;
    for (int i = 0; i < ton_item_files(item); i++) {
        if (!item->files[i].path)
            continue;
        if (ton_known_key(&key, item->files[i].path, NULL))
            return false;
        ton_hash_key(h, key);
    }
    return true;
}

/* The keys of all nodes up to `last` that it needs, in their order: inputs come first. */
static bool node_keys(struct keyring *r, int last) {
    for (int i = 0; i <= last; i++) {
        if (!r->needed[i])
            continue;
        const struct node *node = &r->plan->nodes[i];
        if (node->kind == NODE_SOURCE && node->source.kept) {
            r->nodes[i] = node->source.kept_key;
            continue;
        }
        struct ton_hash *h = ton_hash_create();
        if (!h)
            return false;
        ton_hash_key(h, node->own);
        for (int k = 0; k < node->n_inputs; k++)
            ton_hash_key(h, r->nodes[node->inputs[k]]);
        const bool good = node->kind == NODE_SOURCE      ? hash_takes(h, r, &node->source)
                          : node->kind == NODE_PROCESSOR ? hash_files(h, node->unit.item)
                                                         : true;
        r->nodes[i] = ton_hash_result(h);
        ton_hash_destroy(h);
        if (!good)
            return false;
    }
    return true;
}

/* What is kept hears what it was made of. */
static int n_heard(const struct node *node) {
    const bool kept = node->kind == NODE_SOURCE && node->source.kept;
    return kept ? node->source.n_replaced : node->n_inputs;
}

void plan_mark(bool *marked, const struct ton_plan *plan, int node) {
    marked[node] = true;
    for (int i = node; i >= 0; i--)
        for (int k = 0; marked[i] && k < n_heard(&plan->nodes[i]); k++)
            marked[plan->nodes[i].inputs[k]] = true;
}

bool ton_plan_hears(const struct ton_plan *plan, int output, int strip) {
    const int last = plan->outputs[output];
    bool *marked = ton_alloc(sizeof *marked * (size_t)(last + 1)), heard = !marked;
    if (marked)
        plan_mark(marked, plan, last);
    for (int i = 0; marked && i <= last && !heard; i++)
        heard = marked[i] && plan->nodes[i].strip == strip;
    ton_free(marked);
    return heard;
}

static struct ton_key with_length(struct ton_key key, int64_t from, int64_t frames) {
    struct ton_hash *h = ton_hash_create();
    if (!h)
        return (struct ton_key){0};
    ton_hash_key(h, key);
    ton_hash_i64(h, from);
    ton_hash_i64(h, frames);
    key = ton_hash_result(h);
    ton_hash_destroy(h);
    return key;
}

struct ton_key plan_node_key(const struct ton_plan *plan, int node) {
    const size_t n_takes = (size_t)plan->session->n_takes + 1;
    struct keyring r = {.plan = plan,
                        .needed = ton_alloc(sizeof *r.needed * (size_t)(node + 1)),
                        .nodes = ton_alloc(sizeof *r.nodes * (size_t)(node + 1)),
                        .known = ton_alloc(sizeof *r.known * n_takes),
                        .takes = ton_alloc(sizeof *r.takes * n_takes)};
    struct ton_key key = {0};
    if (r.needed && r.nodes && r.known && r.takes) {
        plan_mark(r.needed, plan, node);
        if (node_keys(&r, node))
            key = r.nodes[node];
    }
    ton_free(r.needed);
    ton_free(r.nodes);
    ton_free(r.known);
    ton_free(r.takes);
    return key;
}

struct ton_key ton_plan_key(const struct ton_plan *plan, int output) {
    const struct ton_key key = plan_node_key(plan, plan->outputs[output]);
    return ton_key_same(key, (struct ton_key){0})
               ? key
               : with_length(key, plan->config.from, plan->frames);
}

struct ton_key plan_stream_key(const struct ton_plan *plan, int node, int64_t frames) {
    const struct ton_key key = plan_node_key(plan, node);
    return ton_key_same(key, (struct ton_key){0}) ? key : with_length(key, 0, frames);
}
