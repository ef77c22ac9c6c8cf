/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the words of `without` and `only` mean: roles, buses and names become sets of strips. */
#include "graph.h"

/* A bus stands for every track that reaches it by `to`. A bus that none reaches is a return: it
 * stands for itself, and what goes through it counts. */
static bool feeds(const struct ton_session *s, int strip, int bus) {
    for (int hops = 0; strip >= 0 && hops <= s->n_strips; hops++) {
        if (strip == bus)
            return true;
        strip = s->strips[strip].to;
    }
    return false;
}

static void mark(bool *set, const struct ton_session *s, int strip) {
    bool any = false;
    for (int i = 0; i < s->n_strips; i++) {
        if (s->strips[i].is_bus || !feeds(s, i, strip))
            continue;
        set[i] = true;
        any = true;
    }
    if (!any)
        set[strip] = true;
}

/* A role stands for itself and for every role above it: `drums.kick.in` also for `drums.kick` and
 * `drums`. */
static size_t add_role(const char **words, size_t n, struct ton_arena *arena, const char *role) {
    words[n++] = role;
    for (const char *dot = strchr(role, '.'); dot; dot = strchr(dot + 1, '.')) {
        const char *above = ton_arena_copy(arena, role, (size_t)(dot - role));
        if (above)
            words[n++] = above;
    }
    return n;
}

/* All names and roles, to find the nearest to a word that matched nothing. */
static const char *nearest_word(struct ton_plan *plan, const char *word) {
    const struct ton_session *s = plan->session;
    size_t most = 0;
    for (int i = 0; i < s->n_strips; i++)
        most += 2 + (s->strips[i].role ? strlen(s->strips[i].role) : 0);
    const char **words = TON_NEW_N(plan->arena, const char *, most + 1);
    if (!words)
        return NULL;
    size_t n = 0;
    for (int i = 0; i < s->n_strips; i++) {
        words[n++] = s->strips[i].name;
        if (s->strips[i].role)
            n = add_role(words, n, plan->arena, s->strips[i].role);
    }
    return ton_nearest(word, words, n);
}

static enum ton_code no_such(struct ton_plan *plan, const char *wish, const char *word,
                             struct ton_err *err) {
    const char *nearest = nearest_word(plan, word);
    if (nearest)
        return ton_fail(err, TON_INPUT, plan->session->path,
                        "%s: no track, bus or role is called `%s`; did you mean `%s`?", wish, word,
                        nearest);
    return ton_fail(err, TON_INPUT, plan->session->path, "%s: no track, bus or role is called `%s`",
                    wish, word);
}

static enum ton_code mark_all(bool *set, struct ton_plan *plan, const char *wish,
                              const char *const *words, int n, struct ton_err *err) {
    const struct ton_session *s = plan->session;
    for (int k = 0; k < n; k++) {
        bool any = false;
        for (int i = 0; i < s->n_strips; i++) {
            if (!ton_strip_matches(&s->strips[i], words[k]))
                continue;
            mark(set, s, i);
            any = true;
        }
        if (!any)
            return no_such(plan, wish, words[k], err);
    }
    return TON_OK;
}

enum ton_code plan_select(struct selection *out, struct ton_plan *plan, const struct ton_wish *wish,
                          struct ton_err *err) {
    const int n = plan->session->n_strips;
    out->out = TON_NEW_N(plan->arena, bool, n);
    out->in = TON_NEW_N(plan->arena, bool, n);
    out->narrow = wish->n_only > 0;
    if (!out->out || !out->in)
        return ton_fail(err, TON_MEMORY, NULL, "no memory for the plan");
    const char *name = wish->name ? wish->name : "selection";
    enum ton_code code = mark_all(out->out, plan, name, wish->without, wish->n_without, err);
    if (code)
        return code;
    return mark_all(out->in, plan, name, wish->only, wish->n_only, err);
}

int plan_find_strip(struct ton_plan *plan, const struct ton_wish *wish, struct ton_err *err) {
    const char *name = wish->n_only == 1 ? wish->only[0] : NULL;
    const int strip = name ? ton_session_find_strip(plan->session, name) : -1;
    if (strip < 0)
        no_such(plan, wish->name ? wish->name : "strip", name ? name : "", err);
    return strip;
}
