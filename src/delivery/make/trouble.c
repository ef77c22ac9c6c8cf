/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A plug-in that failed takes with it what hears it, and nothing else: which files those are, and
 * what is said in the end. */

#include "work.h"

void trouble_note(struct work *w, const struct ton_err *err, bool bypassed) {
    for (size_t i = 0; i < w->n_troubles; i++)
        if (strcmp(w->troubles[i].where, err->where) == 0)
            return;
    struct trouble *t = TON_PUSH(w->arena, w->troubles, w->n_troubles, w->troubles_capacity);
    const char *where = ton_arena_text(w->arena, err->where);
    const char *text = ton_arena_text(w->arena, err->text);
    if (t && where && text)
        *t = (struct trouble){where, text, bypassed};
    else
        w->n_troubles -= t != NULL;
}

static bool is_lost(const struct version *v, bool mastered) {
    return v->unmade || (mastered && v->uncoloured);
}

/* A gain that is solved on the whole mixes hears what they hear: it is solved on what there is of
 * them, said, and the file made again the next time. */
static bool gain_is_spoilt(const struct work *w, const struct owed *o) {
    if (!o->deliverable->mastered || isnan(o->target))
        return false;
    for (int i = 0; i < w->n_pieces; i++) {
        const struct version *whole = &w->pieces[i].versions[0];
        if (owed_heeds(w, o, i) && (whole->unmade || whole->bypassed))
            return true;
    }
    return false;
}

void trouble_mark(struct work *w) {
    for (size_t i = 0; i < w->n_owed && w->n_troubles; i++) {
        struct owed *o = &w->owed[i];
        for (int k = 0; k < o->n_stream && !o->stands; k++) {
            const struct version *v = &w->pieces[o->stream[k].piece].versions[o->stream[k].version];
            o->unmade |= is_lost(v, o->deliverable->mastered);
            o->bypassed |= v->bypassed;
        }
        if (o->stands || o->unmade || o->bypassed || !gain_is_spoilt(w, o))
            continue;
        o->bypassed = true;
        ton_problems_add(w->problems, true, o->deliverable->where,
                         "`%s` gets the gain of the whole mix, which lacks the plug-in that "
                         "failed; it is made again the next time",
                         o->deliverable->name);
    }
}

enum ton_code trouble_say(struct work *w, struct ton_err *err) {
    int n = 0;
    for (size_t i = 0; i < w->n_owed; i++) {
        const struct owed *o = &w->owed[i];
        n += o->unmade;
        if (o->trouble.code)
            trouble_note(w, &o->trouble, o->trouble.code == TON_MISSED);
    }
    for (size_t i = 0; i < w->n_troubles; i++)
        ton_problems_add(w->problems, w->troubles[i].bypassed, w->troubles[i].where, "%s",
                         w->troubles[i].text);
    if (n == 0)
        return TON_OK;
    return ton_fail(err, TON_FOREIGN, NULL,
                    "%d of %zu files %s not made, because a plug-in that %s failed; everything "
                    "else is there",
                    n, w->n_owed, n == 1 ? "was" : "were", n == 1 ? "it hears" : "they hear");
}
