/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a deck is told to do, and what it does by itself. */
#include "deck.h"

#include "ton/tempo.h"

enum { DISK_LOW_S = 60, SILENT_S = 2 };

#define WHOLE "; the takes are whole, and their rows are tried again"
#define ROWS_WAIT_NS INT64_C(1000000000)

/* The leader's transport is asked; it comes back to us as to all others. */
static enum ton_code lead(struct ton_deck *d, int64_t place, struct ton_err *err) {
    const enum ton_code code = ton_device_locate(d->device, place, err);
    return code ? code : ton_device_roll(d->device, true, err);
}

static enum ton_code refuse_to_lead(struct ton_err *err) {
    return ton_fail(err, TON_USAGE, NULL, "it follows: what it follows says when it rolls");
}

/* Where it is. Standing, it is where it was sent, whether the callback has heard of it or not. */
int64_t deck_place(const struct ton_deck *d) {
    struct ton_transport_status status;
    ton_transport_status(d->transport, &status);
    return d->rolling ? status.frame : d->from;
}

enum ton_code ton_deck_roll(struct ton_deck *d, struct ton_err *err) {
    if (d->rolling)
        return TON_OK;
    if (d->config.leads)
        return lead(d, d->from, err);
    if (d->config.follow)
        return refuse_to_lead(err);
    const enum ton_code code = reading_bars_before(&d->count_in, d->reading->session, d->from,
                                                   d->config.count_in_bars, err);
    if (code)
        return code;
    d->rolled_from = d->from;
    ton_transport_roll(d->transport, d->recording ? d->count_in : 0);
    d->rolling = true;
    deck_add_event(d, TON_DECK_ROLLS)->at = d->from;
    return TON_OK;
}

enum ton_code deck_press(struct ton_deck *d, struct ton_err *err) {
    enum ton_code code = deck_next_number(&d->number, d, err);
    if (!code)
        code = deck_find_latency(d, err);
    if (code)
        return code;
    ton_recorder_set_latency(d->recorder, d->latency);
    code = ton_recorder_start(d->recorder, d->number, err);
    if (code)
        return code;
    d->recording = true;
    d->waits = false;
    d->press = d->number;
    deck_monitor_update(d);
    return TON_OK;
}

enum ton_code ton_deck_record(struct ton_deck *d, struct ton_err *err) {
    if (!d->recorder)
        return ton_fail(err, TON_USAGE, NULL, "nothing is armed; `ton record` records");
    if (d->recording)
        return TON_OK;
    if (d->fixed && !d->config.loop && !d->config.follow && deck_place(d) >= d->punch_out)
        return ton_fail(err, TON_USAGE, NULL,
                        "nothing is recorded behind the end that was given; go back before it, or "
                        "begin a new take");
    if (d->config.follow && !d->rolling) {
        d->waits = true;
        atomic_store(&d->sync.audio.holds, true);
        deck_monitor_update(d);
        return d->config.leads ? ton_deck_roll(d, err) : TON_OK;
    }
    const enum ton_code code = deck_press(d, err);
    return code ? code : ton_deck_roll(d, err);
}

static void warn_why(struct ton_deck *d, const struct ton_err *why, const char *rest) {
    deck_warn(d, "%s%s%s%s", why->where, why->where[0] ? ": " : "", why->text, rest);
}

/* Another program may hold the database, or its disk be full: no reason to end a recording. What
 * cannot be written now is tried again, and at the end. */
static void note_rows(struct ton_deck *d, const char *otherwise) {
    struct ton_err why;
    const bool failed = deck_note_takes(d, &why) != TON_OK;
    if (failed && !d->rows_wait)
        warn_why(d, &why, otherwise);
    d->rows_wait = failed ? ton_clock_ns() + ROWS_WAIT_NS : 0;
}

/* Takes are finished first, so that nothing that goes wrong later can harm them. */
static enum ton_code finish_takes(struct ton_deck *d, struct ton_err *err) {
    d->recording = false;
    d->rows_wait = 0;
    const enum ton_code code = ton_recorder_stop(d->recorder, err);
    ton_transport_stop(d->transport);
    note_rows(d, WHOLE);
    if (d->rows_wait)
        deck_tell_takes(d);
    return code;
}

static enum ton_code place_takes(struct ton_deck *d, struct ton_err *err) {
    const enum ton_code code = deck_place_takes(d, err);
    if (!d->rows_wait) /* now they have their places too */
        note_rows(d, WHOLE);
    return code;
}

/* What fails behind the takes is told apart: it is not worth ending for. */
static enum ton_code halt(struct ton_deck *d, bool waits, struct ton_err *later,
                          struct ton_err *err) {
    struct ton_transport_status status;
    later->code = TON_OK;
    const bool began = atomic_exchange(&d->sync.audio.roll_at, NEVER) != NEVER;
    if (!d->rolling && !d->recording && !began)
        return TON_OK;
    ton_transport_status(d->transport, &status);
    d->rolling = false;
    d->from = status.counting || status.frame < 0 ? d->rolled_from : status.frame;
    const bool recorded = d->recording;
    d->waits = waits && (d->waits || recorded);
    const enum ton_code code = recorded ? finish_takes(d, err) : TON_OK;
    const bool placed = recorded && place_takes(d, later) == TON_OK;
    ton_transport_stop(d->transport);
    deck_monitor_region(d);
    atomic_store(&d->sync.audio.ready, NEVER);
    deck_add_event(d, TON_DECK_STOPS)->at = status.frame;
    if (!placed || deck_reload(d, later))
        deck_monitor_update(d); /* its clips are heard again */
    return code;
}

enum ton_code deck_halt(struct ton_deck *d, struct ton_err *err) {
    struct ton_err later;
    struct ton_transport_status status;
    ton_transport_status(d->transport, &status);
    d->done = d->recording && d->length && status.frame >= d->rolled_from + d->length;
    const enum ton_code code = halt(d, true, &later, err);
    if (later.code)
        warn_why(d, &later, "");
    return code;
}

/* By the user. */
static enum ton_code stop(struct ton_deck *d, struct ton_err *later, struct ton_err *err) {
    if (d->config.leads && (d->rolling || d->recording))
        ton_device_roll(d->device, false, NULL);
    const enum ton_code code = halt(d, false, later, err);
    if (d->waits) {
        d->waits = false;
        deck_monitor_update(d);
    }
    return code;
}

enum ton_code ton_deck_stop(struct ton_deck *d, struct ton_err *err) {
    struct ton_err later;
    const enum ton_code code = stop(d, &later, err);
    if (later.code && (code || !err))
        warn_why(d, &later, "");
    if (code || !later.code)
        return code;
    return ton_fail(err, later.code, later.where, "%s", later.text);
}

static void tell_unwritten_marks(struct ton_deck *d) {
    char place[32];
    for (size_t i = d->marks_noted; i < d->n_marks; i++)
        deck_warn(
            d, "the mark%s%s%s at %s is not written", d->marks[i].text ? " `" : "",
            d->marks[i].text ? d->marks[i].text : "", d->marks[i].text ? "`" : "",
            ton_time_format(place, sizeof place, d->marks[i].place, d->reading->session->rate));
}

void ton_deck_finish(struct ton_deck *d) {
    struct ton_err why;
    if (d->recording || d->rolling)
        ton_deck_stop(d, NULL);
    if (!d->rows_wait)
        return;
    ton_database_wait(d->db, TON_DATABASE_PATIENCE_MS); /* nothing else is to be done */
    d->rows_wait = 0;
    if (deck_note_takes(d, &why) == TON_OK)
        return;
    warn_why(d, &why, "; the takes are whole, and `ton record --recover` writes their rows");
    tell_unwritten_marks(d);
}

enum ton_code ton_deck_again(struct ton_deck *d, struct ton_err *err) {
    int *retaken =
        d->recording ? TON_PUSH(d->arena, d->retaken, d->n_retaken, d->retaken_capacity) : NULL;
    if (retaken)
        *retaken = d->number;
    struct ton_err later;
    enum ton_code code = stop(d, &later, err);
    if (later.code)
        warn_why(d, &later, "");
    if (code)
        return code;
    d->from = d->rolled_from;
    code = ton_transport_locate(d->transport, d->from, err);
    return code ? code : ton_deck_record(d, err);
}

enum ton_code ton_deck_locate(struct ton_deck *d, const char *place, struct ton_err *err) {
    int64_t frame = 0;
    enum ton_code code = reading_place(&frame, d->reading->session, NULL, place, err);
    if (code)
        return code;
    if (d->recording)
        return ton_fail(err, TON_USAGE, NULL, "a recording runs; stop it before you go elsewhere");
    if (d->config.follow && !d->config.leads)
        return refuse_to_lead(err);
    d->from = d->rolled_from = frame;
    return d->config.leads ? ton_device_locate(d->device, frame, err)
                           : ton_transport_locate(d->transport, frame, err);
}

enum ton_code ton_deck_wind(struct ton_deck *d, double seconds, struct ton_err *err) {
    if (d->recording)
        return ton_fail(err, TON_USAGE, NULL, "a recording runs; stop it before you go elsewhere");
    const int64_t to = deck_place(d) + (int64_t)(seconds * d->reading->session->rate);
    if (d->config.follow && !d->config.leads)
        return refuse_to_lead(err);
    d->from = d->rolled_from = to > 0 ? to : 0;
    return d->config.leads ? ton_device_locate(d->device, d->from, err)
                           : ton_transport_locate(d->transport, d->from, err);
}

enum ton_code ton_deck_click(struct ton_deck *d, enum ton_click when, struct ton_err *err) {
    const enum ton_code code =
        ton_transport_click(d->transport, when, (double)d->config.click_db, err);
    if (!code)
        d->config.click = when; /* also after the session is read again */
    return code;
}

/* Of a loop what was played last is meant: the pass that is whole, or the first while it runs. -1:
 * no take is known. */
static int pass_to_judge(const struct ton_deck *d) {
    int whole = -1, last = -1;
    for (size_t i = 0; i < d->n_takes; i++) {
        const struct deck_take *t = &d->takes[i];
        if (t->row.press != d->press)
            continue;
        last = t->row.pass;
        if (t->ended && t->row.frames >= d->to - d->loop_from)
            whole = last;
    }
    return whole < 0 ? last : whole;
}

static bool is_meant(const struct ton_deck *d, const struct deck_take *take, int pass) {
    return take->row.press == d->press && (!d->config.loop || take->row.pass == pass);
}

static void tell_verdict(struct ton_deck *d, struct ton_take_row *row, enum ton_verdict verdict) {
    row->verdict = verdict;
    struct ton_deck_event *event = deck_add_event(d, TON_DECK_VERDICT);
    event->file = row->file;
    event->verdict = verdict;
    if (d->config.loop)
        event->text = ton_arena_printf(d->arena, "pass %d", row->pass + 1);
}

enum ton_code ton_deck_judge(struct ton_deck *d, enum ton_verdict verdict, struct ton_err *err) {
    const int pass = pass_to_judge(d);
    enum ton_code code = TON_OK;
    if (pass < 0 && d->rows_wait)
        return ton_fail(err, TON_ENVIRONMENT, NULL,
                        "the take has no row in production.db yet; say it again when it has");
    if (pass < 0)
        return ton_fail(err, TON_INPUT, NULL, "there is no take to judge yet");
    ton_rows_begin(d->db);
    for (size_t i = 0; i < d->n_takes && !code; i++)
        if (is_meant(d, &d->takes[i], pass))
            code = ton_take_judge(d->db, d->takes[i].row.id, verdict, err);
    code = ton_rows_end(d->db, code, err);
    for (size_t i = 0; i < d->n_takes && !code; i++)
        if (is_meant(d, &d->takes[i], pass))
            tell_verdict(d, &d->takes[i].row, verdict);
    return code;
}

/* What was lost while nothing was recorded: the recorder tells of the rest, with its place. */
static void note_xruns(struct ton_deck *d) {
    struct ton_device_status device;
    struct ton_transport_status transport;
    bool is_input;
    ton_device_status(d->device, &device);
    ton_transport_status(d->transport, &transport);
    if (device.xruns > d->xruns && !d->recording)
        deck_add_event(d, TON_DECK_XRUN)->frames = device.lost_frames - d->lost;
    d->xruns = device.xruns;
    d->lost = device.lost_frames;
    if (transport.late_blocks > d->late_blocks)
        deck_add_event(d, TON_DECK_LATE)->at = transport.frame;
    d->late_blocks = transport.late_blocks;
    for (const char *port; (port = ton_device_vanished(d->device, &is_input)) != NULL;)
        deck_warn(d,
                  is_input ? "the input `%s` is no longer there; what it fed is silent now"
                           : "the output `%s` is no longer there; nothing is heard on it now",
                  port);
}

static void tell_that_it_hangs(struct ton_deck *d, double silent_s) {
    struct ton_device_status device;
    char clock[16];
    ton_device_status(d->device, &device);
    deck_warn(d,
              "%s `%s` has stood still since %s; %sWhen it goes on, so does this, with silence for "
              "what was lost; if it does not, stop here and start it again",
              device.backend, device.name, ton_clock_format(clock, sizeof clock, silent_s),
              d->recording ? "what was recorded by then is on the disk. " : "");
}

/* A server that hangs says nothing, and may come back. */
static void watch_device(struct ton_deck *d) {
    const double silent_s = ton_device_silence(d->device);
    const bool hangs = silent_s >= SILENT_S;
    if (hangs && d->hangs_s == 0)
        tell_that_it_hangs(d, silent_s);
    else if (!hangs && d->hangs_s > 0)
        deck_warn(d, "the device goes on after %.1f s", d->hangs_s);
    d->hangs_s = hangs ? silent_s : 0;
}

static void watch_disk(struct ton_deck *d) {
    struct ton_recorder_status status;
    ton_recorder_status(d->recorder, &status);
    if (d->recording && !d->warned_full && status.disk_free >= 0 && status.disk_s < DISK_LOW_S) {
        deck_warn(d, "the disk is full in %.0f s", status.disk_s);
        d->warned_full = true;
    }
}

/* Whether what was played last has come out of the monitor chain. */
static bool is_heard_out(struct ton_deck *d) {
    struct ton_device_status device;
    ton_device_status(d->device, &device);
    if (d->ended == NEVER)
        d->ended = device.frame;
    return device.frame >= d->ended + deck_chain_latency(d);
}

/* Whether the end is reached that was asked for. */
static bool is_done(struct ton_deck *d) {
    const struct ton_deck_config *c = &d->config;
    const int64_t rate = d->reading->session->rate;
    struct ton_transport_status t;
    ton_transport_status(d->transport, &t);
    if (!t.ended)
        d->ended = NEVER;
    if (d->done)
        return true;
    /* What was ordered just now, the callback may not have heard yet. */
    if (!d->rolling || t.counting || !(t.rolling || t.ended))
        return false;
    if (c->passes && t.passes >= c->passes)
        return true;
    if (d->last_pass)
        return t.frame >= d->to + d->latency + rate / 20;
    if (t.ended)
        return is_heard_out(d);
    /* What was played last has to come back. */
    const int64_t comes = d->recording ? d->latency + rate / 20 : 0;
    if (c->follow && d->length) /* from where the leader began */
        return t.frame >= d->rolled_from + d->length + comes;
    if (d->recording && d->fixed)
        return t.frame >= d->punch_out + comes + (c->punch_in ? rate : 0);
    return d->to > 0 && !c->loop && t.frame >= d->to + comes;
}

/* It rolls on behind the loop's last pass, so that no other one begins. */
static enum ton_code end_loop(struct ton_deck *d, struct ton_err *err) {
    struct ton_transport_status t;
    ton_transport_status(d->transport, &t);
    if (!d->config.passes || d->last_pass || t.passes < d->config.passes - 1 || !d->rolling)
        return TON_OK;
    d->last_pass = true;
    return deck_loop(d, 0, 0, err);
}

/* Who comes back to it has to know when. */
static enum ton_code fail_now(const struct ton_deck *d, const struct ton_err *why,
                              struct ton_err *err) {
    char clock[16], place[32];
    return ton_fail(err, why->code, why->where, "%s; that was at %s, at %s of the timeline",
                    why->text, ton_clock_format(clock, sizeof clock, 0),
                    ton_time_format(place, sizeof place, deck_place(d), d->reading->session->rate));
}

enum ton_code ton_deck_tick(struct ton_deck *d, struct ton_err *err) {
    struct ton_err why;
    enum ton_code code = ton_device_failure(d->device, err);
    if (!code && d->recorder && ton_recorder_failure(d->recorder, &why))
        code = fail_now(d, &why, err);
    if (code) {
        ton_deck_stop(d, NULL);
        return code;
    }
    if (ton_transport_failure(d->transport, &why) && !d->warned_failure) {
        deck_warn(d, "%s", why.text);
        d->warned_failure = true;
    }
    note_xruns(d);
    watch_device(d);
    deck_chain_watch(d);
    code = deck_follow(d, err);
    if (!code)
        code = end_loop(d, err);
    if (!code && d->recorder) {
        watch_disk(d);
        deck_watch_latency(d);
        if (!d->rows_wait || ton_clock_ns() >= d->rows_wait)
            note_rows(d, "; the recording goes on, and its rows are tried again");
    }
    if (!code && is_done(d)) {
        d->done = false; /* who stands by may record again */
        code = ton_deck_stop(d, err);
        return code ? code : TON_STOPPED;
    }
    if (code)
        ton_deck_stop(d, NULL);
    return code;
}

static enum ton_deck_state state_of(const struct ton_deck *d,
                                    const struct ton_transport_status *t) {
    const struct ton_deck_config *c = &d->config;
    if (t->counting)
        return TON_DECK_COUNTS;
    if (!d->rolling)
        return d->waits || (c->follow && !c->leads) ? TON_DECK_WAITS : TON_DECK_STOPPED;
    if (!d->recording)
        return TON_DECK_PLAYS;
    return c->punch_in && t->frame < d->punch_in     ? TON_DECK_BEFORE
           : c->punch_in && t->frame >= d->punch_out ? TON_DECK_BEHIND
                                                     : TON_DECK_IN;
}

bool ton_deck_records(const struct ton_deck *d) {
    return d->recording;
}

void ton_deck_status(struct ton_deck *d, struct ton_deck_status *out) {
    *out = (struct ton_deck_status){.rate = d->reading->session->rate,
                                    .number = d->number,
                                    .rolling = d->rolling,
                                    .recording = d->recording,
                                    .frames = d->reading->session->frames,
                                    .latency = d->latency,
                                    .latency_known = d->latency_known,
                                    .tracks = d->tracks,
                                    .n_tracks = d->arms.n,
                                    .meters = d->meters,
                                    .n_meters = d->arms.n_wishes};
    ton_device_status(d->device, &out->device);
    ton_transport_status(d->transport, &out->transport);
    out->state = state_of(d, &out->transport);
    if (d->recorder)
        ton_recorder_status(d->recorder, &out->recorder);
    out->hears_ltc = d->sync.reader != NULL;
    out->ltc_offset = d->sync.chase.offset;
    if (d->sync.reader)
        ton_ltc_reader_status(d->sync.reader, &out->ltc);
    for (int i = 0; i < out->n_meters; i++)
        ton_recorder_meter(d->recorder, i, &d->meters[i]);
    out->monitor = (enum ton_monitor_mode)atomic_load(&d->audio.monitors.mode);
    out->monitor_latency = deck_monitor_latency(d);
    out->chain = d->audio.chain ? d->config.monitor_chain_file : NULL;
    out->chain_heard = d->audio.chain && !atomic_load(&d->audio.chain->bypassed);
    out->chain_latency = deck_chain_latency(d);
    ton_mix_meter_read(d->audio.meter, &out->mix);
}

void ton_deck_reset_meters(struct ton_deck *d) {
    struct ton_mix_levels until_now;
    ton_mix_meter_read(d->audio.meter, &until_now);
    ton_mix_meter_reset(d->audio.meter);
    if (d->recorder)
        ton_recorder_reset_meters(d->recorder);
}
