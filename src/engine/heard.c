/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which tracks are heard in a session's mix, and warnings of what nobody may have meant. */
#include "graph.h"

#include "ton/text.h"

#include <math.h>

struct walk {
    const struct version *version;
    bool *seen;  /* [strip * VERSION_N_NEEDS + needs] */
    bool *heard; /* [strip] */
};

static bool is_off(float gain_db) {
    return isinf(gain_db) && gain_db < 0;
}

static bool sounds(const struct ton_strip *s) {
    return s->n_clips > 0 || strip_generates(s);
}

/* The paths that version_mix follows, without making nodes of them. */
static void follow(struct walk *w, int strip, unsigned needs, bool after_fader) {
    const struct ton_session *session = w->version->plan->session;
    const struct ton_strip *s = &session->strips[strip];
    if (version_is_silent(w->version, strip, needs) || (after_fader && is_off(s->gain_db)))
        return;
    needs = version_needs_at(w->version, strip, needs);
    bool *seen = &w->seen[strip * VERSION_N_NEEDS + (int)needs];
    if (*seen)
        return;
    *seen = true;
    w->heard[strip] = sounds(s);
    for (int i = 0; s->is_bus && i < session->n_strips; i++) {
        const struct ton_strip *from = &session->strips[i];
        if (from->to == strip && i != strip)
            follow(w, i, needs, true);
        for (int k = 0; k < from->n_sends; k++)
            if (from->sends[k].to == strip && !is_off(from->sends[k].gain_db))
                follow(w, i, needs, !from->sends[k].before_fader);
    }
}

/* [strip]: is a track of it heard in what was wished? NULL without memory. */
static const bool *heard_tracks(const struct ton_session *session, struct ton_arena *arena,
                                const struct ton_wish *wish, bool with_solo) {
    const int n = session->n_strips;
    struct ton_plan plan = {.session = session, .arena = arena};
    struct selection selection;
    struct version version;
    struct ton_err ignored;
    struct walk w = {.version = &version,
                     .seen = TON_NEW_N(arena, bool, n *VERSION_N_NEEDS + 1),
                     .heard = TON_NEW_N(arena, bool, n + 1)};
    if (plan_select(&selection, &plan, wish, &ignored) ||
        !version_init(&version, &plan, &selection, NULL) || ton_arena_failed(arena))
        return NULL;
    version.any_solo = version.any_solo && with_solo;
    follow(&w, session->mix, version_needs(&version), true);
    return w.heard;
}

static void warn_of_solo(const struct ton_session *s, const bool *heard, const bool *without_solo,
                         struct ton_problems *problems) {
    struct ton_text solos = {0}, silent = {0};
    int n_solo = 0, n_silent = 0, i_solo = 0, i_silent = 0;
    const char *where = NULL;
    for (int i = 0; i < s->n_strips; i++) {
        n_solo += s->strips[i].solo;
        n_silent += without_solo[i] && !heard[i];
    }
    for (int i = 0; i < s->n_strips; i++) {
        if (s->strips[i].solo) {
            where = where ? where : s->strips[i].where;
            ton_text_add_name(&solos, i_solo++, n_solo, s->strips[i].name);
        }
        if (without_solo[i] && !heard[i])
            ton_text_add_name(&silent, i_silent++, n_silent, s->strips[i].name);
    }
    if (n_solo > 0 && !solos.failed && !silent.failed)
        ton_problems_add(problems, true, where, "%s %s soloed: %s%s", solos.data,
                         n_solo == 1 ? "is" : "are",
                         n_silent ? silent.data : "only what goes through is heard",
                         n_silent == 0   ? ""
                         : n_silent == 1 ? " is silent"
                                         : " are silent");
    ton_text_free(&solos);
    ton_text_free(&silent);
}

static const struct ton_wish whole = {.name = "mix", .kind = TON_WISH_MIX};

bool ton_plan_warn_silent(const struct ton_session *session, struct ton_problems *problems) {
    struct ton_arena *arena = ton_arena_create();
    const bool *heard = arena ? heard_tracks(session, arena, &whole, true) : NULL;
    const bool *without_solo = arena ? heard_tracks(session, arena, &whole, false) : NULL;
    int n_heard = 0, n_that_sound = 0;
    if (heard && without_solo) {
        warn_of_solo(session, heard, without_solo, problems);
        for (int i = 0; i < session->n_strips; i++) {
            n_heard += heard[i];
            n_that_sound += sounds(&session->strips[i]);
        }
        if (n_heard == 0)
            ton_problems_add(problems, true, session->path,
                             n_that_sound ? "the mix is silent: no track reaches it; every path is "
                                            "muted, not soloed or at -inf dB"
                                          : "the mix is silent: no track has a clip");
        else if (session->frames == 0 && session->end == 0)
            ton_problems_add(problems, true, session->path,
                             "the mix has no length: no track has a clip; say with `end` how long "
                             "it is");
    }
    const bool any = !heard || !without_solo || n_heard > 0;
    ton_arena_destroy(arena);
    return any;
}

/* Does a track that is heard reach the bus by `to`? */
static bool is_fed(const struct ton_session *s, const bool *heard, int bus) {
    for (int i = 0; i < s->n_strips; i++)
        for (int to = i; heard[i] && to >= 0; to = s->strips[to].to)
            if (to == bus)
                return true;
    return false;
}

void ton_plan_warn_left_out(const struct ton_session *session, const struct ton_wish *wish,
                            struct ton_problems *problems) {
    struct ton_arena *arena = wish->n_only > 0 ? ton_arena_create() : NULL;
    const bool *mix = arena ? heard_tracks(session, arena, &whole, true) : NULL;
    const bool *heard = mix ? heard_tracks(session, arena, wish, true) : NULL;
    for (int i = 0; heard && i < session->n_strips; i++) {
        const struct ton_strip *strip = &session->strips[i];
        const bool works = is_fed(session, heard, i);
        for (int k = 0; works && k < strip->chain.n; k++) {
            const struct ton_chain_item *item = &strip->chain.items[k];
            const int to = item->sidechain;
            if (to >= 0 && !item->bypass && mix[to] && !heard[to])
                ton_problems_add(problems, true, item->where,
                                 "the side-chain of `%s` is silent here: what it listens to, `%s`, "
                                 "is left out; `solo: on` at `%s` would be heard as in the mix",
                                 strip->name, session->strips[to].name, strip->name);
        }
    }
    ton_arena_destroy(arena);
}

static bool any_of(const bool *set, int n) {
    for (int i = 0; set && i < n; i++)
        if (set[i])
            return true;
    return false;
}

bool ton_plan_is_silent(const struct ton_session *session, const struct ton_wish *wish) {
    struct ton_arena *arena = ton_arena_create();
    const bool *mix = arena ? heard_tracks(session, arena, &whole, true) : NULL;
    const bool *heard = mix ? heard_tracks(session, arena, wish, true) : NULL;
    const bool silent =
        heard && any_of(mix, session->n_strips) && !any_of(heard, session->n_strips);
    ton_arena_destroy(arena);
    return silent;
}
