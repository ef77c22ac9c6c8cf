/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cuts the graph into strands, packs strands into tasks, and says which task hears which. */
#include "run.h"

#include <stdlib.h>

/* Registers have eight or sixteen lanes; with less than four, lanes are no gain. */
#define FEWEST_CHANNELS 4
#define MOST_CHANNELS 16

/* While tasks are made, per node: */
struct draft {
    const struct ton_plan *plan;
    const bool *wanted;
    bool *needed;
    bool *folded;
    int *steps; /* down to the sum that it leads into; 0: something else hears it too */
    int *ears;  /* strands, sums and sinks that hear it */
    bool *tail; /* last of its strand */
};

/* While strands are packed: */
struct candidate {
    const struct strand *strand;
    int place;      /* among the strands before they were packed */
    int depth;      /* tasks before it */
    uint64_t kinds; /* its processors that run side by side, hashed in their order; 0: none */
    bool alone;     /* has processors that do not */
    bool dear;      /* one of these costs more than lanes save */
    int channels;
};

/* From the outputs upwards: every node comes after all that hear it. */
static void find_needed_and_folded(struct draft *d) {
    const struct ton_plan *plan = d->plan;
    for (size_t i = 0; i < plan->n_nodes; i++)
        d->steps[i] = TON_TAP_GAINS + 1; /* nobody hears it yet */
    for (int i = 0; i < plan->n_outputs; i++)
        if (d->wanted[i]) {
            d->needed[plan->outputs[i]] = true;
            d->steps[plan->outputs[i]] = 0;
        }
    for (int i = (int)plan->n_nodes - 1; i >= 0; i--) {
        const struct node *n = &plan->nodes[i];
        if (!d->needed[i])
            continue;
        d->folded[i] = node_stands_still(n) && d->steps[i] > 0;
        for (int k = 0; k < n->n_inputs; k++) {
            const int in = n->inputs[k];
            const int room = n->kind == NODE_SUM ? TON_TAP_GAINS
                             : d->folded[i]      ? d->steps[i] - 1
                                                 : 0;
            d->needed[in] = true;
            d->steps[in] = room < d->steps[in] ? room : d->steps[in];
        }
    }
}

/* Where a sum hears it: above all that is folded. */
static int tapped(const struct draft *d, int node) {
    while (d->folded[node])
        node = d->plan->nodes[node].inputs[0];
    return node;
}

static bool runs(const struct draft *d, size_t node) {
    return d->needed[node] && !d->folded[node];
}

static void count_ears(struct draft *d) {
    const struct ton_plan *plan = d->plan;
    for (int i = 0; i < plan->n_outputs; i++)
        if (d->wanted[i])
            d->ears[plan->outputs[i]]++;
    for (size_t i = 0; i < plan->n_nodes; i++)
        for (int k = 0; runs(d, i) && k < plan->nodes[i].n_inputs; k++)
            d->ears[tapped(d, plan->nodes[i].inputs[k])]++;
}

/* A node goes on in the strand of its signal input when nobody else hears that one. */
static bool continues(const struct draft *d, int node) {
    const struct node *n = &d->plan->nodes[node];
    return n->kind != NODE_SUM && n->n_inputs > 0 && d->ears[n->inputs[0]] == 1;
}

static bool make_strand(struct run *run, const struct draft *d, struct strand *s, int last) {
    const struct ton_plan *plan = d->plan;
    s->n_nodes = 1;
    for (int first = last; continues(d, first); first = plan->nodes[first].inputs[0])
        s->n_nodes++;
    s->nodes = TON_NEW_N(run->arena, int, s->n_nodes);
    for (int k = s->n_nodes - 1, node = last; s->nodes && k >= 0; k--) {
        s->nodes[k] = node;
        if (k > 0)
            node = plan->nodes[node].inputs[0];
    }
    return s->nodes != NULL;
}

/* In the order of their last nodes. */
static bool make_strands(struct run *run, struct draft *d) {
    const struct ton_plan *plan = d->plan;
    for (size_t i = 0; i < plan->n_nodes; i++)
        d->tail[i] = runs(d, i);
    for (size_t i = 0; i < plan->n_nodes; i++)
        if (runs(d, i) && continues(d, (int)i))
            d->tail[plan->nodes[i].inputs[0]] = false;
    for (size_t i = 0; i < plan->n_nodes; i++)
        run->n_strands += d->tail[i];
    run->strands = TON_NEW_N(run->arena, struct strand, run->n_strands + 1);
    struct strand *s = run->strands;
    for (size_t i = 0; s && i < plan->n_nodes; i++) {
        run->cells[i].strand = -1;
        run->cells[i].node = runs(d, i) ? &plan->nodes[i] : NULL;
        if (d->tail[i] && !make_strand(run, d, s++, (int)i))
            return false;
    }
    return s != NULL;
}

static void number_strands(struct run *run) {
    for (int i = 0; i < run->n_strands; i++)
        for (int k = 0; k < run->strands[i].n_nodes; k++)
            run->cells[run->strands[i].nodes[k]].strand = i;
}

/* Parameters that move are looked up at places of each strand's own. */
static bool runs_side_by_side(const struct node *n) {
    return n->kind == NODE_PROCESSOR && n->unit.processor->process_together &&
           n->unit.n_lanes == 0 && !(n->unit.processor->flags & TON_PROCESSOR_TIMED);
}

static uint64_t add_kind(uint64_t kinds, const struct ton_processor *p) {
    for (const char *c = p->id; *c; c++)
        kinds = (kinds ^ (uint64_t)*c) * 0x100000001b3ULL; /* FNV-1a */
    return kinds + 1;
}

static void look_at(struct candidate *c, const struct run *run, const struct draft *d,
                    const struct candidate *all) {
    const struct ton_plan *plan = d->plan;
    for (int k = 0; k < c->strand->n_nodes; k++) {
        const struct node *n = &plan->nodes[c->strand->nodes[k]];
        c->channels = n->channels > c->channels ? n->channels : c->channels;
        if (runs_side_by_side(n)) {
            c->kinds = add_kind(c->kinds, n->unit.processor);
        } else if (n->kind == NODE_PROCESSOR) {
            c->alone = true;
            c->dear = c->dear || node_cost_ns(n) >= DEAR_NS;
        }
        for (int i = 0; i < n->n_inputs; i++) {
            const int other = run->cells[tapped(d, n->inputs[i])].strand;
            if (&all[other] != c && all[other].depth >= c->depth)
                c->depth = all[other].depth + 1;
        }
    }
}

/* What only waits for its source costs nothing: such strands wait together. */
static bool only_reads(const struct run *run, const struct candidate *c) {
    return c->strand->n_nodes == 1 && run->plan->nodes[c->strand->nodes[0]].kind == NODE_SOURCE;
}

/* Deep ones last, so that what a task hears always comes before it. */
static int by_depth_and_kind(const void *a, const void *b) {
    const struct candidate *x = a, *y = b;
    if (x->depth != y->depth)
        return x->depth < y->depth ? -1 : 1;
    if (x->kinds != y->kinds)
        return x->kinds < y->kinds ? -1 : 1;
    return x->place < y->place ? -1 : x->place > y->place;
}

/* How many channels make a task: as many as there are lanes, unless workers would be idle then. */
static int channels_of_a_task(const struct run *run, const struct candidate *all) {
    int total = 0;
    for (int i = 0; i < run->n_strands; i++)
        total += all[i].kinds ? all[i].channels : 0;
    const int share = total / (2 * run->n_threads);
    return share < FEWEST_CHANNELS ? FEWEST_CHANNELS
           : share > MOST_CHANNELS ? MOST_CHANNELS
                                   : share;
}

/* Where there are several workers, strands with something dear in them stay apart: their workers
 * would wait for the one that has them all. So do strands that run side by side for a part only
 * where there are more workers than tasks. */
static bool fit(const struct run *run, const struct candidate *a, const struct candidate *b,
                int most) {
    if (only_reads(run, a) && only_reads(run, b))
        return true;
    const bool spread = run->n_threads > 1 && (a->dear || b->dear);
    return a->kinds && b->kinds && a->depth == b->depth && !spread &&
           !(most == FEWEST_CHANNELS && (a->alone || b->alone));
}

/* How many of the strands from `c` on make one task. */
static int count_together(const struct run *run, const struct candidate *c, int left, int most) {
    int n = 1, channels = c->channels;
    while (n < left && n < MOST_STRANDS && fit(run, c, &c[n], most) &&
           channels + c[n].channels <= most) {
        channels += c[n].channels;
        n++;
    }
    return n;
}

/* Strand by strand what must run alone; of the rest, those of one kind at once. */
static bool make_steps(struct run *run, struct task *t) {
    const struct strand *strands = &run->strands[t->first];
    int at[MOST_STRANDS] = {0}, nodes = 0;
    for (int i = 0; i < t->n_strands; i++)
        nodes += strands[i].n_nodes;
    t->steps = TON_NEW_N(run->arena, struct step, nodes + 1);
    int *list = TON_NEW_N(run->arena, int, nodes + 1);
    for (int left = nodes; t->steps && list && left > 0;) {
        struct step *step = &t->steps[t->n_steps++];
        step->strands = list;
        const struct ton_processor *kind = NULL;
        for (int i = 0; i < t->n_strands && !(step->n && !kind); i++) {
            if (at[i] == strands[i].n_nodes)
                continue;
            const struct node *n = &run->plan->nodes[strands[i].nodes[at[i]]];
            if (!runs_side_by_side(n)) {
                kind = NULL;
                step->n = 0;
                step->strands[step->n++] = i;
            } else if (!kind || kind == n->unit.processor) {
                kind = n->unit.processor;
                step->strands[step->n++] = i;
            }
        }
        for (int k = 0; k < step->n; k++)
            at[step->strands[k]]++;
        list += step->n;
        left -= step->n;
    }
    return t->steps && list;
}

/* Packs the strands, and puts the sinks behind them. */
static bool make_tasks(struct run *run, const struct draft *d) {
    const struct ton_plan *plan = d->plan;
    struct candidate *all = TON_NEW_N(run->arena, struct candidate, run->n_strands + 1);
    struct strand *packed = TON_NEW_N(run->arena, struct strand, run->n_strands + 1);
    run->tasks = TON_NEW_N(run->arena, struct task, run->n_strands + plan->n_outputs + 1);
    if (!all || !packed || !run->tasks)
        return false;
    for (int i = 0; i < run->n_strands; i++) {
        all[i] = (struct candidate){.strand = &run->strands[i], .place = i};
        look_at(&all[i], run, d, all);
    }
    qsort(all, (size_t)run->n_strands, sizeof *all, by_depth_and_kind);
    const int most = channels_of_a_task(run, all);
    for (int i = 0; i < run->n_strands; i++)
        packed[i] = *all[i].strand;
    run->strands = packed;
    number_strands(run);
    for (int i = 0; i < run->n_strands;) {
        struct task *t = &run->tasks[run->n_tasks];
        *t = (struct task){.first = i,
                           .n_strands = count_together(run, &all[i], run->n_strands - i, most),
                           .output = -1};
        for (int k = 0; k < t->n_strands; k++)
            packed[i + k].task = run->n_tasks;
        if (!make_steps(run, t))
            return false;
        i += t->n_strands;
        run->n_tasks++;
    }
    for (int i = 0; i < plan->n_outputs; i++)
        if (d->wanted[i])
            run->tasks[run->n_tasks++] = (struct task){.output = i};
    return true;
}

static void add_dep(const struct run *run, struct task *t, int node) {
    const int other = run->strands[run->cells[node].strand].task;
    if (&run->tasks[other] == t)
        return;
    for (int i = 0; i < t->n_deps; i++)
        if (t->deps[i] == other)
            return;
    t->deps[t->n_deps++] = other;
}

static int most_deps(const struct run *run, const struct task *t) {
    int n = 1;
    for (int s = t->first; s < t->first + t->n_strands; s++)
        for (int k = 0; k < run->strands[s].n_nodes; k++)
            n += run->plan->nodes[run->strands[s].nodes[k]].n_inputs;
    return n;
}

static bool connect_deps(struct run *run, const struct draft *d, struct task *t) {
    t->deps = TON_NEW_N(run->arena, int, most_deps(run, t));
    if (!t->deps)
        return false;
    if (t->output >= 0)
        add_dep(run, t, run->plan->outputs[t->output]);
    for (int s = t->first; s < t->first + t->n_strands; s++)
        for (int k = 0; k < run->strands[s].n_nodes; k++) {
            const struct node *node = &run->plan->nodes[run->strands[s].nodes[k]];
            for (int j = 0; j < node->n_inputs; j++)
                add_dep(run, t, tapped(d, node->inputs[j]));
        }
    for (int k = 0; k < t->n_deps; k++)
        run->tasks[t->deps[k]].n_consumers++;
    return true;
}

static bool connect(struct run *run, const struct draft *d) {
    for (int i = 0; i < run->n_tasks; i++)
        if (!connect_deps(run, d, &run->tasks[i]))
            return false;
    for (int i = 0; i < run->n_tasks; i++) {
        struct task *t = &run->tasks[i];
        t->consumers = TON_NEW_N(run->arena, int, t->n_consumers + 1);
        if (!t->consumers)
            return false;
        t->n_consumers = 0;
        for (int k = 0; k < t->n_deps; k++) {
            struct task *dep = &run->tasks[t->deps[k]];
            dep->consumers[dep->n_consumers++] = i;
        }
    }
    return true;
}

bool tasks_make(struct run *run, const bool *wanted) {
    const size_t n = run->plan->n_nodes + 1;
    struct draft d = {.plan = run->plan,
                      .wanted = wanted,
                      .needed = TON_NEW_N(run->arena, bool, n),
                      .folded = TON_NEW_N(run->arena, bool, n),
                      .steps = TON_NEW_N(run->arena, int, n),
                      .ears = TON_NEW_N(run->arena, int, n),
                      .tail = TON_NEW_N(run->arena, bool, n)};
    if (!d.needed || !d.folded || !d.steps || !d.ears || !d.tail)
        return false;
    find_needed_and_folded(&d);
    count_ears(&d);
    if (!make_strands(run, &d))
        return false;
    number_strands(run);
    return make_tasks(run, &d) && connect(run, &d);
}
