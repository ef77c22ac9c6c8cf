/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which inputs are heard, through which strips, and what is silent for that. */
#include "deck.h"

/* A track that the session does not have yet: its first take makes it. */
static enum ton_code hear_new_track(struct ton_monitor **out, const struct ton_deck *d,
                                    const struct arm *arm, struct ton_err *err) {
    struct ton_session session = *d->reading->session;
    struct ton_strip strip = {.name = arm->track};
    session.strips = &strip;
    session.n_strips = 1;
    return ton_monitor_create(out, &session, 0, arm->n_inputs, err);
}

static enum ton_code hear_strip(struct deck_monitor *m, const struct ton_deck *d,
                                const struct arm *arm, struct ton_err *err) {
    const struct ton_session *s = d->reading->session;
    const int strip = ton_session_find_strip(s, arm->track);
    struct ton_monitor *monitor = atomic_load(&m->monitor);
    if (monitor)
        return strip < 0 ? TON_OK : ton_monitor_change(monitor, s, strip, err);
    const enum ton_code code = strip < 0
                                   ? hear_new_track(&monitor, d, arm, err)
                                   : ton_monitor_create(&monitor, s, strip, arm->n_inputs, err);
    atomic_store(&m->monitor, monitor);
    return code;
}

static bool is_muted(const struct ton_deck *d, const char *track) {
    for (size_t i = 0; i < d->mute.n; i++)
        if (ton_text_same(d->mute.items[i], track))
            return true;
    return false;
}

/* As the session has the strips now. One that cannot be heard is told once, and recorded all the
 * same. */
static void renew(struct ton_deck *d) {
    for (int i = 0; i < d->audio.monitors.n; i++) {
        struct deck_monitor *m = &d->audio.monitors.items[i];
        const struct arm *arm = &d->arms.items[i];
        struct ton_err why = {0};
        const bool refused = hear_strip(m, d, arm, &why) != TON_OK;
        struct ton_monitor *monitor = atomic_load(&m->monitor);
        if (refused && !m->refused)
            deck_warn(d, "the input of `%s` is not heard: %s%s%s", arm->track,
                      why.where[0] ? why.where : "", why.where[0] ? ": " : "", why.text);
        m->refused = refused;
        if (monitor)
            ton_monitor_mute(monitor, refused || is_muted(d, arm->track));
    }
}

static enum ton_monitor_mode mode_of(const struct ton_deck *d) {
    return (enum ton_monitor_mode)atomic_load(&d->audio.monitors.mode);
}

/* Without punch all of a track is silent while it is recorded. */
void deck_monitor_region(struct ton_deck *d) {
    const bool records = d->recording || d->waits;
    atomic_store(&d->audio.monitors.from, records && d->fixed ? d->punch_in : 0);
    atomic_store(&d->audio.monitors.to, !records ? 0 : d->fixed ? d->punch_out : INT64_MAX);
}

/* *changed: what is prepared to be played is no longer right. */
static enum ton_code silence(bool *changed, struct ton_deck *d, struct ton_err *err) {
    struct deck_monitors *ms = &d->audio.monitors;
    const enum ton_monitor_mode mode = mode_of(d);
    enum ton_code code = TON_OK;
    for (int i = 0; i < ms->n && !code; i++) {
        struct deck_monitor *m = &ms->items[i];
        const int strip = ton_session_find_strip(d->reading->session, d->arms.items[i].track);
        const bool always = atomic_load(&m->monitor) && !m->refused && mode == TON_MONITOR_ON;
        const int64_t from = always ? 0 : atomic_load(&ms->from);
        const int64_t to = always ? INT64_MAX : atomic_load(&ms->to);
        if (strip < 0 || (from == m->silent_from && to == m->silent_to))
            continue;
        code = ton_transport_silence(d->transport, strip, from, to, err);
        m->silent_from = from;
        m->silent_to = to;
        *changed = true;
    }
    return code;
}

/* What goes wrong here ends no recording. */
void deck_monitor_update(struct ton_deck *d) {
    bool changed = false;
    struct ton_err why;
    deck_monitor_region(d);
    enum ton_code code = silence(&changed, d, &why);
    if (!code && changed && !d->rolling) /* so that its first frame is right */
        code = ton_transport_locate(d->transport, d->from, &why);
    if (code)
        deck_warn(d, "clips may be heard beside the inputs: %s", why.text);
}

void deck_monitor_reload(struct ton_deck *d) {
    for (int i = 0; i < d->audio.monitors.n; i++)
        d->audio.monitors.items[i].silent_from = d->audio.monitors.items[i].silent_to = 0;
    if (mode_of(d) != TON_MONITOR_OFF)
        renew(d);
    deck_monitor_update(d);
}

int64_t deck_monitor_latency(const struct ton_deck *d) {
    int most = 0;
    for (int i = 0; i < d->audio.monitors.n; i++) {
        const struct ton_monitor *m = atomic_load(&d->audio.monitors.items[i].monitor);
        const int latency = m ? ton_monitor_latency(m) : 0;
        most = latency > most ? latency : most;
    }
    return d->latency + most;
}

enum ton_code ton_deck_monitor(struct ton_deck *d, enum ton_monitor_mode mode,
                               struct ton_err *err) {
    if (!d->recorder)
        return ton_fail(err, TON_USAGE, NULL, "nothing is armed; `ton record` hears inputs");
    if (mode != TON_MONITOR_OFF && mode_of(d) == TON_MONITOR_OFF)
        renew(d);
    atomic_store(&d->audio.monitors.mode, (int)mode);
    struct ton_deck_event *event = deck_add_event(d, TON_DECK_MONITOR);
    event->monitor = mode;
    event->frames = d->latency_known ? deck_monitor_latency(d) : -1;
    deck_monitor_update(d);
    return TON_OK;
}

enum ton_code deck_monitor_create(struct ton_deck *d, struct ton_err *err) {
    struct deck_monitors *ms = &d->audio.monitors;
    ms->items = TON_NEW_N(d->arena, struct deck_monitor, d->arms.n + 1);
    if (!ms->items)
        return ton_fail(err, TON_MEMORY, NULL, "no memory to hear inputs");
    for (int i = 0; i < d->arms.n; i++) {
        const struct ton_recorder_track *track = &d->arms.tracks[i];
        ms->items[i].inputs[0] = track->inputs[0];
        ms->items[i].inputs[1] = track->inputs[track->n_inputs - 1];
    }
    ms->n = d->arms.n;
    return d->config.monitor ? ton_deck_monitor(d, d->config.monitor, err) : TON_OK;
}

void deck_monitor_destroy(struct ton_deck *d) {
    for (int i = 0; i < d->audio.monitors.n; i++)
        ton_monitor_destroy(atomic_load(&d->audio.monitors.items[i].monitor));
}
