/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From strips to nodes: one version of the session as a graph.
 *
 * What sounds is a matter of paths. A path leads from a track over buses to the mix; `to` and each
 * send are different paths. With a solo somewhere, a path is heard when one of its strips is solo:
 * so a soloed track keeps its reverb, and a soloed return is heard alone. `only` works the same
 * way. `needs` carries what a path still lacks while the graph is followed from the mix upwards.
 *
 * A side-chain hears its strip before fader and mute, so a muted track can be a trigger; a strip
 * that a version leaves out is silent as a key too. */
#include "graph.h"

#include "ton/foreign.h"

#include <math.h>

enum { NOT_YET = -2 };

/* The nodes that flow into a bus. */
struct flow {
    int *nodes;
    int n;
};

bool version_init(struct version *v, struct ton_plan *plan, const struct selection *selection,
                  struct version *keyed_by) {
    const struct ton_session *s = plan->session;
    *v = (struct version){.plan = plan, .selection = selection, .keyed_by = keyed_by};
    for (int i = 0; i < s->n_strips; i++)
        v->any_solo = v->any_solo || s->strips[i].solo;
    v->heard = TON_NEW_N(plan->arena, int, s->n_strips *VERSION_N_NEEDS + 1);
    for (int i = 0; v->heard && i < s->n_strips * VERSION_N_NEEDS; i++)
        v->heard[i] = NOT_YET;
    return v->heard != NULL;
}

static const struct ton_strip *strip_at(const struct version *v, int strip) {
    return &v->plan->session->strips[strip];
}

static const struct ton_lane *find_lane(const struct ton_strip *s, enum ton_target target,
                                        int item) {
    for (int i = 0; i < s->n_lanes; i++)
        if (s->lanes[i].target == target && s->lanes[i].n > 0 &&
            (target != TON_TARGET_SEND || s->lanes[i].item == item))
            return &s->lanes[i];
    return NULL;
}

/* The same node, late by at least `latency`. What stands still is delayed before it: there one
 * delay does for the fader and all sends, and the gains can be folded into the sum. */
static int delayed(struct ton_plan *plan, int node, int64_t latency) {
    const struct node *from = &plan->nodes[node];
    if (from->latency >= latency)
        return node;
    if (node_stands_still(from)) {
        struct node_wish same = {.kind = from->kind,
                                 .channels = from->channels,
                                 .strip = from->strip,
                                 .n_inputs = 1,
                                 .fader = from->fader};
        const int in = delayed(plan, from->inputs[0], latency);
        same.inputs = &in;
        return plan_intern(plan, &same);
    }
    return plan_intern(plan, &(struct node_wish){.kind = NODE_DELAY,
                                                 .channels = from->channels,
                                                 .strip = from->strip,
                                                 .inputs = &node,
                                                 .n_inputs = 1,
                                                 .delay = latency - from->latency});
}

static void align(struct ton_plan *plan, int *nodes, int n) {
    int64_t latest = 0;
    for (int i = 0; i < n; i++)
        if (plan->nodes[nodes[i]].latency > latest)
            latest = plan->nodes[nodes[i]].latency;
    for (int i = 0; i < n && !plan->no_memory; i++)
        nodes[i] = delayed(plan, nodes[i], latest);
}

static int widened(struct ton_plan *plan, int node) {
    if (node == NO_NODE || plan->nodes[node].channels == 2)
        return node;
    return plan_intern(plan, &(struct node_wish){.kind = NODE_WIDEN,
                                                 .channels = 2,
                                                 .strip = plan->nodes[node].strip,
                                                 .inputs = &node,
                                                 .n_inputs = 1});
}

int plan_silence(struct ton_plan *plan) {
    return plan_intern(plan, &(struct node_wish){.kind = NODE_SOURCE, .channels = 2, .strip = -1});
}

/* A track is mono until something in it has two sides. */
static int source_channels(const struct ton_session *s, const struct ton_strip *track) {
    for (int i = 0; i < track->n_clips; i++) {
        const struct ton_clip *c = &track->clips[i];
        if (c->take_right >= 0 ||
            (c->channel == TON_CHANNEL_BOTH && s->takes[c->take].info.channels > 1))
            return 2;
    }
    return 1;
}

static int source(struct version *v, int strip) {
    const struct ton_strip *track = strip_at(v, strip);
    if (track->n_clips == 0)
        return NO_NODE;
    return plan_intern(v->plan,
                       &(struct node_wish){.kind = NODE_SOURCE,
                                           .channels = source_channels(v->plan->session, track),
                                           .strip = strip,
                                           .source = {.clips = track->clips,
                                                      .n_clips = track->n_clips,
                                                      .polarity = track->polarity}});
}

static int fader(struct ton_plan *plan, int node, int strip, const struct fader_spec *spec) {
    if (node == NO_NODE || (isinf(spec->gain_db) && spec->gain_db < 0))
        return NO_NODE;
    const bool moves = spec->gain_lane || spec->pan_lane || spec->mute_lane;
    if (!moves && spec->gain_db == 0.0F && spec->pan == 0.0F && plan->nodes[node].channels == 2)
        return node;
    return plan_intern(plan, &(struct node_wish){.kind = NODE_FADER,
                                                 .channels = 2,
                                                 .strip = strip,
                                                 .inputs = &node,
                                                 .n_inputs = 1,
                                                 .fader = *spec});
}

static struct fader_spec strip_fader(const struct ton_strip *s, bool with_mute) {
    return (struct fader_spec){
        .gain_db = s->gain_db,
        .pan = s->pan,
        .gain_lane = find_lane(s, TON_TARGET_GAIN, 0),
        .pan_lane = find_lane(s, TON_TARGET_PAN, 0),
        .mute_lane = with_mute ? find_lane(s, TON_TARGET_MUTE, 0) : NULL,
    };
}

unsigned version_needs_at(const struct version *v, int strip, unsigned needs) {
    if (strip_at(v, strip)->solo)
        needs &= ~(unsigned)NEEDS_SOLO;
    if (v->selection->in[strip])
        needs &= ~(unsigned)NEEDS_SELECTED;
    return needs;
}

bool version_is_silent(const struct version *v, int strip, unsigned needs) {
    const struct ton_strip *s = strip_at(v, strip);
    return (s->mute && !find_lane(s, TON_TARGET_MUTE, 0)) || v->selection->out[strip] ||
           (!s->is_bus && version_needs_at(v, strip, needs));
}

static int before_fader(struct version *v, int strip, unsigned needs);

static int strip_out(struct version *v, int strip, unsigned needs) {
    if (version_is_silent(v, strip, needs))
        return NO_NODE;
    const struct fader_spec spec = strip_fader(strip_at(v, strip), true);
    return fader(v->plan, before_fader(v, strip, version_needs_at(v, strip, needs)), strip, &spec);
}

static int send_out(struct version *v, int strip, int send, unsigned needs) {
    const struct ton_strip *s = strip_at(v, strip);
    struct fader_spec spec = {.gain_db = s->sends[send].gain_db,
                              .gain_lane = find_lane(s, TON_TARGET_SEND, send)};
    if (!s->sends[send].before_fader)
        return fader(v->plan, strip_out(v, strip, needs), strip, &spec);
    if (version_is_silent(v, strip, needs))
        return NO_NODE;
    spec.pan = s->pan;
    spec.pan_lane = find_lane(s, TON_TARGET_PAN, 0);
    spec.mute_lane = find_lane(s, TON_TARGET_MUTE, 0);
    return fader(v->plan, before_fader(v, strip, version_needs_at(v, strip, needs)), strip, &spec);
}

static void flow_add(struct flow *f, int node) {
    if (node != NO_NODE)
        f->nodes[f->n++] = node;
}

static int flow_sum(struct ton_plan *plan, struct flow *f, int strip) {
    if (f->n < 2)
        return f->n == 1 ? f->nodes[0] : NO_NODE;
    align(plan, f->nodes, f->n);
    return plan_intern(
        plan,
        &(struct node_wish){
            .kind = NODE_SUM, .channels = 2, .strip = strip, .inputs = f->nodes, .n_inputs = f->n});
}

/* Everything that reaches a bus, in the strips' order: direct first, then sends. */
static int bus_input(struct version *v, int bus, unsigned needs) {
    const struct ton_session *s = v->plan->session;
    int n = 0;
    for (int i = 0; i < s->n_strips; i++) {
        n += s->strips[i].to == bus;
        for (int k = 0; k < s->strips[i].n_sends; k++)
            n += s->strips[i].sends[k].to == bus;
    }
    struct flow f = {.nodes = TON_NEW_N(v->plan->arena, int, n + 1)};
    if (!f.nodes) {
        v->plan->no_memory = true;
        return NO_NODE;
    }
    for (int i = 0; i < s->n_strips; i++) {
        if (s->strips[i].to == bus && i != bus)
            flow_add(&f, strip_out(v, i, needs));
        for (int k = 0; k < s->strips[i].n_sends; k++)
            if (s->strips[i].sends[k].to == bus)
                flow_add(&f, send_out(v, i, k, needs));
    }
    return flow_sum(v->plan, &f, bus);
}

/* What a detector hears of another strip. */
static int key_of(struct version *v, int strip) {
    const struct selection *sel = v->selection;
    const bool left_out =
        sel->out[strip] || (sel->narrow && !sel->in[strip] && !strip_at(v, strip)->is_bus);
    const unsigned needs = sel->narrow ? NEEDS_SELECTED : 0;
    const int node = left_out ? NO_NODE : before_fader(v, strip, version_needs_at(v, strip, needs));
    return node == NO_NODE ? plan_silence(v->plan) : node;
}

/* Adds lanes for the note values of an item that nothing else moves. */
static int add_note_lanes(struct ton_plan *plan, const struct ton_chain_item *item,
                          const struct ton_lane **lanes, int n) {
    const struct ton_processor *p = item->processor;
    for (int r = 0, at = 0; plan->session->tempo && r < p->n_rows;
         at += ton_row_floats(&p->rows[r++])) {
        bool moved = false;
        for (int i = 0; i < n; i++)
            moved = moved || lanes[i]->parameter == at;
        if (p->rows[r].kind != TON_TIME_NOTE || item->params[at] >= 0 || moved)
            continue;
        const struct ton_lane *lane = plan_note_lane(plan, &p->rows[r], at, item->params[at]);
        if (lane)
            lanes[n++] = lane;
    }
    return n;
}

static int unit(struct version *v, int strip, int item, int node, int key) {
    struct ton_plan *plan = v->plan;
    const struct ton_strip *s = strip_at(v, strip);
    const struct ton_chain_item *chain_item = &s->chain.items[item];
    if (node == NO_NODE)
        return NO_NODE;
    const struct ton_lane **lanes = TON_NEW_N(plan->arena, const struct ton_lane *,
                                              s->n_lanes + chain_item->processor->n_rows + 1);
    if (!lanes) {
        plan->no_memory = true;
        return NO_NODE;
    }
    int n_lanes = 0;
    for (int i = 0; i < s->n_lanes; i++)
        if (s->lanes[i].target == TON_TARGET_PARAMETER && s->lanes[i].item == item &&
            s->lanes[i].n > 0)
            lanes[n_lanes++] = &s->lanes[i];
    const struct ton_processor *p = chain_item->processor;
    if (n_lanes == 0 && p->is_neutral && p->is_neutral(chain_item->params))
        return node;
    n_lanes = add_note_lanes(plan, chain_item, lanes, n_lanes);
    if (p->flags & TON_PROCESSOR_STEREO_ONLY)
        node = widened(plan, node);
    int inputs[2] = {node, key == node ? NO_NODE : key};
    const int n_inputs = inputs[1] == NO_NODE ? 1 : 2;
    align(plan, inputs, n_inputs);
    if (plan->no_memory)
        return NO_NODE;
    const struct ton_config config = {
        .rate = plan->session->rate,
        .channels = plan->nodes[node].channels,
        .key_channels = n_inputs == 2 ? plan->nodes[inputs[1]].channels : 0,
        .max_frames = plan->config.block ? plan->config.block : MAX_BLOCK,
        .tempo = plan->tempo,
        .assets = plan->assets[strip][item],
        .self = p,
        .setup = chain_item->setup};
    return plan_intern(plan, &(struct node_wish){.kind = NODE_PROCESSOR,
                                                 .channels = config.channels,
                                                 .strip = strip,
                                                 .inputs = inputs,
                                                 .n_inputs = n_inputs,
                                                 .unit = {.processor = p,
                                                          .item = chain_item,
                                                          .params = chain_item->params,
                                                          .lanes = lanes,
                                                          .n_lanes = n_lanes,
                                                          .config = config}});
}

/* The chain, from `node` on. In a stem the full mix walks beside it, because the dynamics of a bus
 * must hear the full mix at the same point: then what they do to the stems adds up. */
static int chain(struct version *v, int strip, int node, unsigned needs) {
    const struct ton_strip *s = strip_at(v, strip);
    struct version *keys = v->keyed_by ? v->keyed_by : v;
    const bool beside = v->keyed_by && s->is_bus;
    int full = beside ? bus_input(keys, strip, needs & NEEDS_SOLO) : NO_NODE;
    for (int i = 0; i < s->chain.n && node != NO_NODE; i++) {
        const struct ton_chain_item *item = &s->chain.items[i];
        if (item->bypass)
            continue;
        const int asked = item->sidechain >= 0 ? key_of(keys, item->sidechain) : NO_NODE;
        int key = asked;
        if (asked == NO_NODE && beside && (item->processor->flags & TON_PROCESSOR_DYNAMIC))
            key = full;
        node = unit(v, strip, i, node, key);
        if (beside)
            full = unit(keys, strip, i, full, asked);
    }
    return node;
}

/* An instrument that has notes needs no clips either. */
static bool plays(const struct ton_chain_item *item) {
    return item->setup && item->setup->notes;
}

bool strip_generates(const struct ton_strip *s) {
    for (int i = 0; i < s->chain.n; i++)
        if (!s->chain.items[i].bypass &&
            (s->chain.items[i].processor->flags & TON_PROCESSOR_GENERATES ||
             plays(&s->chain.items[i])))
            return true;
    return false;
}

/* What comes in, or silence for something in the chain to sound in. */
static int strip_in(struct version *v, int strip, unsigned needs) {
    const struct ton_strip *s = strip_at(v, strip);
    const int in = s->is_bus ? bus_input(v, strip, needs) : source(v, strip);
    return in == NO_NODE && strip_generates(s) ? plan_silence(v->plan) : in;
}

static int before_fader(struct version *v, int strip, unsigned needs) {
    int *kept = &v->heard[strip * VERSION_N_NEEDS + (int)needs];
    if (*kept == NOT_YET) {
        const int in = strip_in(v, strip, needs);
        *kept = in == NO_NODE ? NO_NODE : chain(v, strip, in, needs);
    }
    return *kept;
}

unsigned version_needs(const struct version *v) {
    return (v->any_solo ? NEEDS_SOLO : 0) | (v->selection->narrow ? NEEDS_SELECTED : 0);
}

int version_mix(struct version *v) {
    return widened(v->plan, strip_out(v, v->plan->session->mix, version_needs(v)));
}

int version_strip(struct version *v, int strip) {
    const struct fader_spec spec = strip_fader(strip_at(v, strip), false);
    return widened(v->plan, fader(v->plan, before_fader(v, strip, 0), strip, &spec));
}
