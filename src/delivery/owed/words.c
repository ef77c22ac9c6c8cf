/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the words of `without`, `only` and `each` mean over several sessions: a word must be known
 * to one of them; where another session has nothing of that name, nothing is left out or kept. */

#include "ton/text.h"
#include "work.h"

static bool session_knows(const struct ton_session *s, const char *word) {
    for (int i = 0; i < s->n_strips; i++) {
        if (ton_strip_matches(&s->strips[i], word))
            return true;
    }
    return false;
}

static const char *nearest_strip(const struct work *w, const char *word) {
    size_t n = 0, most = 0;
    for (int i = 0; i < w->n_pieces; i++)
        most += 2 * (size_t)w->pieces[i].session->n_strips;
    const char **words = TON_NEW_N(w->arena, const char *, most + 1);
    for (int i = 0; words && i < w->n_pieces; i++) {
        const struct ton_session *s = w->pieces[i].session;
        for (int k = 0; k < s->n_strips; k++) {
            words[n++] = s->strips[k].name;
            if (s->strips[k].role)
                words[n++] = s->strips[k].role;
        }
    }
    return words ? ton_nearest(word, words, n) : NULL;
}

static void check(struct work *w, const struct ton_deliverable *d, const char *key,
                  const char *const *words, const char *const *where, int n) {
    for (int k = 0; k < n; k++) {
        bool known = false;
        for (int i = 0; i < w->n_pieces && !known; i++)
            known = session_knows(w->pieces[i].session, words[k]);
        if (known)
            continue;
        const char *nearest = nearest_strip(w, words[k]);
        ton_problems_add(w->problems, false, where ? where[k] : d->where,
                         "`%s` of `%s`: no track, bus or role is called `%s`%s%s%s", key, d->name,
                         words[k], nearest ? "; did you mean `" : "", nearest ? nearest : "",
                         nearest ? "`?" : "");
    }
}

void words_check(struct work *w, const struct ton_deliverable *d) {
    if (w->production->sessions_refused)
        return;
    for (int i = 0; i < w->n_pieces; i++)
        if (!w->pieces[i].session)
            return; /* it may be the one that knows them */
    check(w, d, "without", d->without, d->without_where, d->n_without);
    check(w, d, "only", d->only, d->only_where, d->n_only);
    check(w, d, "each", d->each, d->each_where, d->n_each);
}

int words_known(const char ***known, struct work *w, const struct ton_session *s,
                const char *const *words, int n) {
    *known = TON_NEW_N(w->arena, const char *, n + 1);
    int n_known = 0;
    for (int i = 0; *known && i < n; i++) {
        if (session_knows(s, words[i]))
            (*known)[n_known++] = words[i];
    }
    return *known ? n_known : -1;
}

bool words_wish(struct ton_wish *wish, bool *none, struct work *w, const struct ton_session *s,
                const struct ton_deliverable *d, const char *const *stem) {
    const char *const *only = stem ? stem : d->only;
    const int n_only = stem ? 1 : d->n_only;
    const char **keep = NULL, **drop = NULL;
    const int n_keep = words_known(&keep, w, s, only, n_only);
    const int n_drop = words_known(&drop, w, s, d->without, d->n_without);
    *wish = (struct ton_wish){
        .name = d->name,
        .kind = stem ? TON_WISH_STEM : TON_WISH_MIX,
        .without = drop,
        .n_without = n_drop,
        .only = keep,
        .n_only = n_keep,
    };
    *none = n_only > 0 && n_keep == 0;
    return n_keep >= 0 && n_drop >= 0;
}

bool words_silence(struct ton_wish *wish, struct work *w, const struct ton_session *s) {
    const char **all = TON_NEW_N(w->arena, const char *, s->n_strips + 1);
    for (int i = 0; all && i < s->n_strips; i++)
        all[i] = s->strips[i].name;
    *wish = (struct ton_wish){
        .name = wish->name, .kind = wish->kind, .without = all, .n_without = s->n_strips};
    return all;
}
