/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Hash-consing: a node is asked for by what it does and what it hears, and equal requests get the
 * same node. So eight versions of a session that share thirty strips compute each strip once,
 * without any pass that looks for common parts. */
#include "graph.h"

#include "ton/foreign.h"

#include <limits.h>

/* Two lanes are the same when they say the same, wherever they are kept. */
static void hash_lane(struct ton_hash *h, const struct ton_lane *lane) {
    ton_hash_i64(h, lane ? lane->n : -1);
    if (!lane)
        return;
    for (int i = 0; i < lane->n; i++) {
        ton_hash_i64(h, lane->points[i].frame);
        ton_hash_f64(h, (double)lane->points[i].value);
    }
}

static void hash_unit(struct ton_hash *h, const struct unit_spec *u) {
    const struct ton_processor *p = u->processor;
    ton_hash_text(h, p->id);
    ton_hash_i64(h, p->version);
    ton_hash_i64(h, u->config.channels);
    ton_hash_i64(h, u->config.key_channels);
    const bool keeps_time = /* a plug-in is told the tempo, whatever its rows are */
        ton_rows_have_note(p->rows, p->n_rows) || p->flags & TON_PROCESSOR_FOREIGN;
    ton_hash_f64(h, keeps_time ? u->config.tempo : 0.0);
    if (u->config.setup) {
        ton_hash_key(h, u->config.setup->key);
        ton_hash_text(h, u->config.setup->times ? u->config.setup->times : "");
    }
    for (int i = 0; i < p->n_params; i++)
        ton_hash_f64(h, (double)u->params[i]);
    for (int i = 0; i < u->n_lanes; i++) {
        ton_hash_i64(h, u->lanes[i]->parameter);
        hash_lane(h, u->lanes[i]);
    }
}

static void hash_fader(struct ton_hash *h, const struct fader_spec *f) {
    ton_hash_f64(h, (double)f->gain_db);
    ton_hash_f64(h, (double)f->pan);
    hash_lane(h, f->gain_lane);
    hash_lane(h, f->pan_lane);
    hash_lane(h, f->mute_lane);
}

/* How a clip is heard; which take it is comes with its path or its content. */
static void hash_source(struct ton_hash *h, const struct source_spec *s) {
    ton_hash_i64(h, s->polarity);
    for (int i = 0; i < s->n_clips; i++) {
        const struct ton_clip *c = &s->clips[i];
        const int64_t whole[] = {c->channel,
                                 c->at,
                                 c->from,
                                 c->frames,
                                 c->fade_in,
                                 c->fade_out,
                                 c->equal_power_in,
                                 c->equal_power_out,
                                 (c->take_right >= 0) + c->channel_right};
        for (int k = 0; k < TON_N(whole); k++)
            ton_hash_i64(h, whole[k]);
        ton_hash_f64(h, (double)c->gain_db);
    }
}

static void hash_own(struct ton_hash *h, const struct ton_plan *plan,
                     const struct node_wish *wish) {
    ton_hash_i64(h, ENGINE_VERSION);
    ton_hash_i64(h, plan->session->rate);
    ton_hash_i64(h, wish->kind);
    ton_hash_i64(h, wish->channels);
    if (wish->kind == NODE_SOURCE)
        hash_source(h, &wish->source);
    else if (wish->kind == NODE_PROCESSOR)
        hash_unit(h, &wish->unit);
    else if (wish->kind == NODE_FADER)
        hash_fader(h, &wish->fader);
    else if (wish->kind == NODE_DELAY)
        ton_hash_i64(h, wish->delay);
}

static void hash_rest(struct ton_hash *h, const struct ton_plan *plan,
                      const struct node_wish *wish) {
    for (int i = 0; i < wish->n_inputs; i++)
        ton_hash_i64(h, wish->inputs[i]);
    for (int i = 0; wish->kind == NODE_PROCESSOR && i < ton_item_files(wish->unit.item); i++)
        ton_hash_text(h, wish->unit.item->files[i].path);
    for (int i = 0; wish->kind == NODE_SOURCE && i < wish->source.n_clips; i++) {
        const struct ton_clip *c = &wish->source.clips[i];
        ton_hash_text(h, plan->session->takes[c->take].path);
        if (c->take_right >= 0)
            ton_hash_text(h, plan->session->takes[c->take_right].path);
    }
}

static bool make_keys(struct ton_key *own, struct ton_key *key, const struct ton_plan *plan,
                      const struct node_wish *wish) {
    struct ton_hash *h = ton_hash_create();
    if (!h)
        return false;
    hash_own(h, plan, wish);
    *own = ton_hash_result(h);
    hash_rest(h, plan, wish);
    *key = ton_hash_result(h);
    ton_hash_destroy(h);
    return true;
}

/* The place in the table where `key` is or belongs. */
static size_t place_of(const struct ton_plan *plan, struct ton_key key) {
    size_t at = (size_t)key.low & (plan->table_size - 1);
    while (plan->table[at] != NO_NODE && !ton_key_same(plan->nodes[plan->table[at]].key, key))
        at = (at + 1) & (plan->table_size - 1);
    return at;
}

static bool grow_table(struct ton_plan *plan) {
    const size_t size = plan->table_size ? plan->table_size * 4 : 256;
    int *table = TON_NEW_N(plan->arena, int, size);
    if (!table)
        return false;
    for (size_t i = 0; i < size; i++)
        table[i] = NO_NODE;
    plan->table = table;
    plan->table_size = size;
    for (size_t i = 0; i < plan->n_nodes; i++)
        plan->table[place_of(plan, plan->nodes[i].key)] = (int)i;
    return true;
}

static int64_t add_tails(int64_t a, int64_t b) {
    return a > INT64_MAX - b ? INT64_MAX : a + b;
}

static int64_t longest_tail(const struct unit_spec *u, const float *params, int n) {
    const struct ton_processor *p = u->processor;
    if (p->longest_tail)
        return p->longest_tail(&u->config, params, n);
    int64_t longest = 0;
    for (int i = 0; i < n; i++) {
        const int64_t tail = p->tail(&u->config, params + i * p->n_params);
        longest = tail > longest ? tail : longest;
    }
    return longest;
}

/* What stands at frame `at` of its automation. */
static void params_at(float *params, const struct unit_spec *u, int64_t at) {
    memcpy(params, u->params, sizeof *params * (size_t)u->processor->n_params);
    for (int i = 0; i < u->n_lanes; i++)
        params[u->lanes[i]->parameter] = ton_lane_at(u->lanes[i], at);
}

/* The longest that any point of its automation asks for. */
static int64_t tail_of(struct ton_plan *plan, const struct unit_spec *u) {
    enum { AT_ONCE = 16 };
    if (!u->processor->tail)
        return 0;
    const int size = u->processor->n_params;
    int64_t longest = longest_tail(u, u->params, 1);
    float *params = u->n_lanes ? TON_NEW_N(plan->arena, float, AT_ONCE *size) : NULL;
    for (int i = 0; params && i < u->n_lanes; i++)
        for (int k = 0, n; k < u->lanes[i]->n; k += n) {
            n = u->lanes[i]->n - k < AT_ONCE ? u->lanes[i]->n - k : AT_ONCE;
            for (int m = 0; m < n; m++)
                params_at(params + m * size, u, u->lanes[i]->points[k + m].frame);
            const int64_t tail = longest_tail(u, params, n);
            longest = tail > longest ? tail : longest;
        }
    return longest;
}

/* Latency and tail follow from the inputs, which are aligned already. */
static void follow_inputs(struct ton_plan *plan, struct node *node) {
    for (int i = 0; i < node->n_inputs; i++) {
        const struct node *in = &plan->nodes[node->inputs[i]];
        node->arrives = in->latency > node->arrives ? in->latency : node->arrives;
        node->tail = in->tail > node->tail ? in->tail : node->tail;
    }
    node->latency = node->arrives;
    if (node->kind == NODE_DELAY) {
        node->latency += node->delay;
    } else if (node->kind == NODE_PROCESSOR) {
        struct unit_spec *u = &node->unit;
        if (u->processor->latency)
            u->config.latency = u->processor->latency(&u->config, u->params);
        node->latency += u->config.latency;
        if (!(u->processor->flags & TON_PROCESSOR_GENERATES))
            node->tail = add_tails(node->tail, tail_of(plan, u));
    }
}

static int add_node(struct ton_plan *plan, const struct node_wish *wish, struct ton_key own,
                    struct ton_key key) {
    if (plan->n_nodes >= INT_MAX - 1)
        return NO_NODE;
    struct node *node = TON_PUSH(plan->arena, plan->nodes, plan->n_nodes, plan->capacity);
    if (!node)
        return NO_NODE;
    *node = (struct node){.kind = wish->kind,
                          .channels = wish->channels,
                          .strip = wish->strip,
                          .n_inputs = wish->n_inputs,
                          .own = own,
                          .key = key};
    node->inputs = TON_NEW_N(plan->arena, int, wish->n_inputs ? wish->n_inputs : 1);
    if (!node->inputs)
        return NO_NODE;
    for (int i = 0; i < wish->n_inputs; i++)
        node->inputs[i] = wish->inputs[i];
    switch (wish->kind) {
    case NODE_SOURCE:
        node->source = wish->source;
        break;
    case NODE_PROCESSOR:
        node->unit = wish->unit;
        break;
    case NODE_FADER:
        node->fader = wish->fader;
        break;
    case NODE_DELAY:
        node->delay = wish->delay;
        break;
    case NODE_WIDEN:
    case NODE_SUM:
        break;
    }
    follow_inputs(plan, node);
    return (int)plan->n_nodes - 1;
}

static int no_memory(struct ton_plan *plan) {
    plan->no_memory = true;
    return NO_NODE;
}

int plan_intern(struct ton_plan *plan, const struct node_wish *wish) {
    for (int i = 0; i < wish->n_inputs; i++)
        if (wish->inputs[i] == NO_NODE)
            return no_memory(plan);
    struct ton_key own, key;
    if (!make_keys(&own, &key, plan, wish))
        return no_memory(plan);
    if (plan->n_nodes * 2 >= plan->table_size && !grow_table(plan))
        return no_memory(plan);
    const size_t at = place_of(plan, key);
    if (plan->table[at] != NO_NODE)
        return plan->table[at];
    const int index = add_node(plan, wish, own, key);
    if (index == NO_NODE)
        return no_memory(plan);
    plan->table[at] = index;
    return index;
}
