/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which strips are heard alone, and which not at all: what was asked for at the start, and since.
 */
#include "deck.h"

#include "ton/text.h"

static enum ton_code refuse_unknown(struct ton_deck *d, const char *option, const char *name,
                                    struct ton_err *err) {
    const struct ton_session *s = d->reading->session;
    const char **names = TON_NEW_N(d->arena, const char *, s->n_strips + 1);
    for (int i = 0; names && i < s->n_strips; i++)
        names[i] = s->strips[i].name;
    const char *nearest = names ? ton_nearest(name, names, (size_t)s->n_strips) : NULL;
    return ton_fail(err, TON_USAGE, option, "there is no track or bus `%s`%s%s%s", name,
                    nearest ? "; did you mean `" : "", nearest ? nearest : "", nearest ? "`?" : "");
}

static enum ton_code set(struct ton_deck *d, const char *option, const char *name, bool solo,
                         bool on, struct ton_err *err) {
    const int strip = ton_session_find_strip(d->reading->session, name);
    if (strip < 0)
        return refuse_unknown(d, option, name, err);
    return solo ? ton_transport_solo(d->transport, strip, on, err)
                : ton_transport_mute(d->transport, strip, on, err);
}

static bool add(struct ton_deck *d, struct deck_names *names, const char *name) {
    const char *own = ton_arena_text(d->arena, name);
    const char **slot = own ? TON_PUSH(d->arena, names->items, names->n, names->capacity) : NULL;
    if (slot)
        *slot = own;
    return slot;
}

enum ton_code deck_list_strips(struct ton_deck *d, struct ton_err *err) {
    const struct ton_deck_config *c = &d->config;
    bool added = true;
    for (int i = 0; i < c->n_solo && added; i++)
        added = add(d, &d->solo, c->solo[i]);
    for (int i = 0; i < c->n_mute && added; i++)
        added = add(d, &d->mute, c->mute[i]);
    return added ? TON_OK : ton_fail(err, TON_MEMORY, NULL, "no memory for the deck");
}

/* One that somebody has renamed meanwhile is no reason not to play. */
static enum ton_code set_again(struct ton_deck *d, const char *option, const char *name, bool solo,
                               struct ton_err *err) {
    struct ton_err why;
    const enum ton_code code = set(d, option, name, solo, true, &why);
    if (code == TON_USAGE && d->reading != d->first) {
        deck_warn(d, "%s", why.text);
        return TON_OK;
    }
    return code ? ton_fail(err, code, why.where, "%s", why.text) : TON_OK;
}

enum ton_code deck_set_strips(struct ton_deck *d, struct ton_err *err) {
    enum ton_code code = TON_OK;
    for (size_t i = 0; i < d->solo.n && !code; i++)
        code = set_again(d, "--solo", d->solo.items[i], true, err);
    for (size_t i = 0; i < d->mute.n && !code; i++)
        code = set_again(d, "--mute", d->mute.items[i], false, err);
    return code;
}

static enum ton_code turn(bool *on, struct ton_deck *d, struct deck_names *names, const char *name,
                          struct ton_err *err) {
    const bool solo = names == &d->solo;
    size_t at = 0;
    while (at < names->n && !ton_text_same(names->items[at], name))
        at++;
    *on = at == names->n;
    const bool gone = !*on && ton_session_find_strip(d->reading->session, name) < 0;
    const enum ton_code code = gone ? TON_OK : set(d, NULL, name, solo, *on, err);
    if (code)
        return code;
    if (*on && !add(d, names, name))
        return ton_fail(err, TON_MEMORY, NULL, "no memory for the deck");
    if (!*on)
        names->items[at] = names->items[--names->n];
    deck_monitor_update(d);
    return TON_OK;
}

enum ton_code ton_deck_solo(bool *on, struct ton_deck *d, const char *strip, struct ton_err *err) {
    return turn(on, d, &d->solo, strip, err);
}

enum ton_code ton_deck_mute(bool *on, struct ton_deck *d, const char *strip, struct ton_err *err) {
    return turn(on, d, &d->mute, strip, err);
}
