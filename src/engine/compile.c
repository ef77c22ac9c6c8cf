/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Session and wish list in, plan out. */
#include "assets.h"
#include "graph.h"

#include "ton/path.h"

#include <limits.h>

#define LONGEST_TAIL_S 30.0

static enum ton_code no_memory(struct ton_err *err) {
    return ton_fail(err, TON_MEMORY, NULL, "no memory for the plan");
}

static enum ton_code check_config(const struct ton_plan_config *c, const struct ton_session *s,
                                  struct ton_err *err) {
    if (s->rate <= 0 || s->n_strips <= 0 || s->mix < 0 || s->mix >= s->n_strips)
        return ton_fail(err, TON_INPUT, s->path, "the session has no rate or no mix bus");
    if (c->block < 0 || c->block > MAX_BLOCK || c->threads < 0 || !(c->tail_s >= 0))
        return ton_fail(err, TON_USAGE, NULL,
                        "a block has 1 to %d frames, and neither threads nor tail are negative",
                        MAX_BLOCK);
    if ((c->from || c->to) && (c->from < 0 || c->to <= c->from))
        return ton_fail(err, TON_USAGE, NULL, "the part to render ends before it starts");
    return TON_OK;
}

static bool is_there(const struct ton_take *t) {
    return t->path && t->info.rate > 0 && t->info.channels > 0 && ton_path_exists(t->path);
}

/* The first clip that plays this take is where it is missed. */
static enum ton_code fail_take(const struct ton_session *s, int take, struct ton_err *err) {
    const struct ton_take *t = &s->takes[take];
    for (int i = 0; i < s->n_strips; i++) {
        const struct ton_strip *track = &s->strips[i];
        for (int k = 0; k < track->n_clips; k++) {
            const struct ton_clip *clip = &track->clips[k];
            if (clip->take == take || clip->take_right == take)
                return ton_fail(err, TON_INPUT, clip->where ? clip->where : s->path,
                                "track `%s`: take `%s` cannot be read (%s)", track->name, t->name,
                                t->path ? t->path : "no path");
        }
    }
    return TON_OK; /* nobody plays it */
}

static enum ton_code check_takes(const struct ton_session *s, struct ton_err *err) {
    enum ton_code code = TON_OK;
    for (int i = 0; i < s->n_takes && !code; i++)
        if (!is_there(&s->takes[i]))
            code = fail_take(s, i, err);
    return code;
}

/* Of all chains; what is bypassed needs none. */
static enum ton_code load_assets(struct ton_plan *plan, struct ton_err *err) {
    const struct ton_session *s = plan->session;
    plan->assets = TON_NEW_N(plan->arena, const struct ton_asset **, s->n_strips + 1);
    for (int i = 0; plan->assets && i < s->n_strips; i++) {
        const struct ton_chain *chain = &s->strips[i].chain;
        plan->assets[i] = TON_NEW_N(plan->arena, const struct ton_asset *, chain->n + 1);
        if (!plan->assets[i])
            return no_memory(err);
        for (int k = 0; k < chain->n; k++) {
            const enum ton_code code =
                chain->items[k].bypass
                    ? TON_OK
                    : assets_load(&plan->assets[i][k], plan->arena, &chain->items[k], s->rate, err);
            if (code)
                return code;
        }
    }
    return plan->assets ? TON_OK : no_memory(err);
}

static enum ton_code compile_wish(struct ton_plan *plan, struct version *full,
                                  const struct ton_wish *wish, int *output, struct ton_err *err) {
    int node = NO_NODE;
    if (wish->kind == TON_WISH_STRIP) {
        const int strip = plan_find_strip(plan, wish, err);
        if (strip < 0)
            return TON_INPUT;
        node = version_strip(full, strip);
    } else {
        struct selection selection;
        struct version version;
        const enum ton_code code = plan_select(&selection, plan, wish, err);
        if (code)
            return code;
        if (!version_init(&version, plan, &selection, wish->kind == TON_WISH_STEM ? full : NULL))
            return no_memory(err);
        node = version_mix(&version);
    }
    if (node == NO_NODE && !plan->no_memory)
        node = plan_silence(plan);
    *output = node;
    return plan->no_memory ? no_memory(err) : TON_OK;
}

/* Every version of a session is equally long, whatever is in it: the length follows from the full
 * mix as it is written, so a version's audio never depends on what else is rendered with it. */
static void set_length(struct ton_plan *plan, int full_mix) {
    const struct ton_plan_config *c = &plan->config;
    if (c->from || c->to) {
        plan->frames = c->to - c->from;
        return;
    }
    if (plan->session->end > 0) {
        plan->frames = plan->session->end;
        return;
    }
    const double seconds = c->tail_s > 0 ? c->tail_s : LONGEST_TAIL_S;
    const int64_t longest = llround(seconds * plan->session->rate);
    const int64_t tail = full_mix == NO_NODE ? 0 : plan->nodes[full_mix].tail;
    plan->frames = plan->session->frames + (tail < longest ? tail : longest);
}

static enum ton_code compile(struct ton_plan *plan, const struct ton_wish *wishes, int n_wishes,
                             struct ton_err *err) {
    struct selection everything;
    struct version full;
    const struct ton_wish mix = {.name = "mix", .kind = TON_WISH_MIX};
    enum ton_code code = load_assets(plan, err);
    if (!code)
        code = plan_select(&everything, plan, &mix, err);
    if (code)
        return code;
    plan->outputs = TON_NEW_N(plan->arena, int, n_wishes + 1);
    plan->names = TON_NEW_N(plan->arena, char *, n_wishes + 1);
    if (!plan->outputs || !plan->names || !version_init(&full, plan, &everything, NULL))
        return no_memory(err);
    set_length(plan, version_mix(&full));
    for (int i = 0; i < n_wishes && !code; i++) {
        plan->names[i] = ton_arena_text(plan->arena, wishes[i].name ? wishes[i].name : "output");
        code = compile_wish(plan, &full, &wishes[i], &plan->outputs[i], err);
    }
    if (code)
        return code;
    plan->n_outputs = plan->n_wishes = n_wishes;
    int64_t latest = 0;
    for (int i = 0; i < n_wishes; i++)
        if (plan->nodes[plan->outputs[i]].latency > latest)
            latest = plan->nodes[plan->outputs[i]].latency;
    plan->latency = latest > INT_MAX ? INT_MAX : (int)latest;
    return ton_arena_failed(plan->arena) ? no_memory(err) : TON_OK;
}

enum ton_code ton_plan_compile(struct ton_plan **out, const struct ton_session *session,
                               const struct ton_wish *wishes, int n_wishes,
                               const struct ton_plan_config *config, struct ton_err *err) {
    static const struct ton_plan_config usual = {0};
    *out = NULL;
    enum ton_code code = check_config(config ? config : &usual, session, err);
    if (!code)
        code = check_takes(session, err);
    if (code)
        return code;
    struct ton_arena *arena = ton_arena_create();
    struct ton_plan *plan = arena ? TON_NEW(arena, struct ton_plan) : NULL;
    if (!plan) {
        ton_arena_destroy(arena);
        return no_memory(err);
    }
    plan->session = session;
    plan->arena = arena;
    plan->config = config ? *config : usual;
    plan->tempo = session->tempo ? ton_tempo_quarters_at(session->tempo, 0.0) : 120.0;
    code = compile(plan, wishes, n_wishes, err);
    if (code) {
        ton_plan_destroy(plan);
        return code;
    }
    *out = plan;
    return TON_OK;
}

void ton_plan_destroy(struct ton_plan *plan) {
    if (plan)
        ton_arena_destroy(plan->arena);
}

int64_t ton_plan_frames(const struct ton_plan *plan) {
    return plan->frames;
}

int ton_plan_wishes(const struct ton_plan *plan) {
    return plan->n_wishes;
}

int ton_plan_rate(const struct ton_plan *plan) {
    return plan->session->rate;
}

int ton_plan_latency(const struct ton_plan *plan) {
    return plan->latency;
}
