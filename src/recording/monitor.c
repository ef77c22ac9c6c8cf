/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Makes what an input is heard through. */
#include "monitoring.h"

#include "ton/tempo.h"

#define TEMPO 120.0 /* where the session has none */

static void strip_destroy(struct heard_strip *s) {
    if (!s)
        return;
    ton_rack_destroy(s->first);
    ton_rack_destroy(s->widened);
    ton_free(s);
}

static enum ton_code refuse(const struct ton_strip *strip, struct ton_err *err) {
    for (int i = 0; i < strip->chain.n; i++) {
        const struct ton_chain_item *item = &strip->chain.items[i];
        if (item->bypass)
            continue;
        if (item->processor->flags & TON_PROCESSOR_FOREIGN)
            return ton_fail(err, TON_INPUT, item->where,
                            "`%s` has the plug-in `%s`, and an input cannot be heard through a "
                            "plug-in yet: it would be waited for; bypass it, or do not monitor "
                            "this track",
                            strip->name, item->processor->name);
        if (item->sidechain >= 0)
            return ton_fail(err, TON_INPUT, item->where,
                            "`%s` has a side-chain (`%s`), and an input cannot be heard through "
                            "one; bypass it, or do not monitor this track",
                            strip->name, item->processor->id);
    }
    return TON_OK;
}

/* The first item that needs two channels where there is one. */
static int mono_items(const struct ton_chain *chain, int inputs) {
    int i = 0;
    for (; i < chain->n; i++) {
        const struct ton_chain_item *item = &chain->items[i];
        const struct ton_processor *p = item->processor;
        if (inputs == 1 && p->flags & TON_PROCESSOR_STEREO_ONLY && !item->bypass &&
            !(p->is_neutral && p->is_neutral(item->params)))
            break;
    }
    return i;
}

static enum ton_code strip_create(struct heard_strip **out, const struct ton_session *session,
                                  const struct ton_strip *strip, int inputs, struct ton_err *err) {
    *out = NULL;
    enum ton_code code = refuse(strip, err);
    struct heard_strip *s = code ? NULL : ton_alloc(sizeof *s);
    if (!code && !s)
        code = ton_fail(err, TON_MEMORY, NULL, "no memory to hear `%s`", strip->name);
    if (code)
        return code;
    const int mono = mono_items(&strip->chain, inputs);
    const struct ton_chain first = {strip->chain.items, mono};
    const struct ton_chain rest = {mono < strip->chain.n ? &strip->chain.items[mono] : NULL,
                                   strip->chain.n - mono};
    const double tempo = session->tempo ? ton_tempo_quarters_at(session->tempo, 0.0) : TEMPO;
    s->inputs = inputs;
    s->channels = rest.n > 0 ? 2 : inputs;
    s->polarity = strip->polarity ? -1.0F : 1.0F;
    s->gains = strip->mute ? (struct ton_pan){0} : ton_strip_gains(strip, s->channels);
    code = ton_rack_create(&s->first, &first, session->rate, inputs, tempo, MONITOR_PIECE, err);
    if (!code && rest.n > 0)
        code = ton_rack_create(&s->widened, &rest, session->rate, 2, tempo, MONITOR_PIECE, err);
    if (code) {
        strip_destroy(s);
        return code;
    }
    s->latency = ton_rack_latency(s->first) + (s->widened ? ton_rack_latency(s->widened) : 0);
    *out = s;
    return TON_OK;
}

enum ton_code ton_monitor_create(struct ton_monitor **out, const struct ton_session *session,
                                 int strip, int inputs, struct ton_err *err) {
    *out = NULL;
    struct ton_monitor *m = ton_alloc(sizeof *m);
    if (!m)
        return ton_fail(err, TON_MEMORY, NULL, "no memory to hear an input");
    const enum ton_code code = strip_create(&m->now, session, &session->strips[strip], inputs, err);
    if (code) {
        ton_free(m);
        return code;
    }
    m->inputs = inputs;
    m->latency = m->wait = m->now->latency;
    m->fade_frames = ton_glide_frames(MONITOR_FADE_MS, session->rate);
    ton_glide_set(&m->over, 1.0);
    *out = m;
    return TON_OK;
}

void ton_monitor_destroy(struct ton_monitor *m) {
    if (!m)
        return;
    strip_destroy(atomic_load(&m->offered));
    strip_destroy(atomic_load(&m->spent));
    strip_destroy(m->now);
    strip_destroy(m->before);
    ton_free(m);
}

enum ton_code ton_monitor_change(struct ton_monitor *m, const struct ton_session *session,
                                 int strip, struct ton_err *err) {
    struct heard_strip *s;
    const enum ton_code code = strip_create(&s, session, &session->strips[strip], m->inputs, err);
    if (code)
        return code;
    m->latency = s->latency;
    strip_destroy(atomic_exchange(&m->offered, s)); /* one that was never taken */
    strip_destroy(atomic_exchange(&m->spent, NULL));
    return TON_OK;
}

void ton_monitor_mute(struct ton_monitor *m, bool mute) {
    atomic_store(&m->muted, mute);
}

int ton_monitor_latency(const struct ton_monitor *m) {
    return m->latency;
}
