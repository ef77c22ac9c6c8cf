/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What happened at a deck: a sentence for people, an object a line for programs. */
#include "face.h"

#include "print.h"

#include "ton/db.h"
#include "ton/json.h"
#include "ton/path.h"

#include <math.h>
#include <stdio.h>

static const char *const names[TON_N_DECK_EVENTS] = {
    [TON_DECK_ROLLS] = "rolls",         [TON_DECK_STOPS] = "stops",
    [TON_DECK_RECORDS] = "records",     [TON_DECK_TAKE] = "take",
    [TON_DECK_PLACED] = "placed",       [TON_DECK_MARK] = "mark",
    [TON_DECK_VERDICT] = "verdict",     [TON_DECK_XRUN] = "xrun",
    [TON_DECK_LATE] = "late",           [TON_DECK_MONITOR] = "monitor",
    [TON_DECK_CHAIN] = "monitor_chain", [TON_DECK_WARNING] = "warning",
};

/* One line, and out at once: somebody waits for it. */
static void print_line(struct ton_json *j) {
    char *text = ton_json_dump(j, false);
    if (text)
        puts(text);
    fflush(stdout);
    ton_free(text);
    ton_json_free(j);
}

static void add_text(struct ton_json *j, const char *key, const char *text) {
    if (text)
        ton_json_set(j, key, ton_json_string(text));
}

static struct ton_json *level_json(float level) {
    return level > 0 ? ton_json_round(ton_gain_to_db((double)level), 2) : ton_json_null();
}

static void tell_json(const struct ton_deck_event *e) {
    struct ton_json *j = ton_json_object();
    ton_json_set(j, "event", ton_json_string(names[e->kind]));
    add_text(j, "file", e->file);
    add_text(j, "track", e->track);
    if (e->number)
        ton_json_set(j, "number", ton_json_integer(e->number));
    ton_json_set(j, "at", ton_json_integer(e->at));
    ton_json_set(j, "frames", ton_json_integer(e->frames));
    add_text(j, "verdict", ton_verdict_name(e->verdict));
    add_text(j, "text", e->text);
    if (e->kind == TON_DECK_TAKE) {
        ton_json_set(j, "peak_dbfs", level_json(e->peak));
        ton_json_set(j, "overs", ton_json_integer(e->overs));
    }
    if (e->kind == TON_DECK_PLACED)
        ton_json_set(j, "heard", ton_json_bool(e->heard));
    if (e->kind == TON_DECK_MONITOR) {
        ton_json_set(j, "monitor", ton_json_string(deck_monitor_modes[e->monitor]));
        ton_json_set(j, "monitor_latency_frames",
                     e->frames < 0 ? ton_json_null() : ton_json_integer(e->frames));
    }
    if (e->kind == TON_DECK_CHAIN) {
        ton_json_set(j, "heard", ton_json_bool(e->heard));
        ton_json_set(j, "monitor_chain_latency_frames", ton_json_integer(e->frames));
    }
    print_line(j);
}

static const char *time_text(char out[32], const struct deck_session *s, int64_t frames) {
    return ton_time_format(out, 32, frames, ton_deck_session(s->deck)->rate);
}

static void write_monitor(struct ton_text *t, const struct deck_session *s,
                          const struct ton_deck_event *e) {
    static const char *const says[] = {[TON_MONITOR_OFF] = "inputs are not heard",
                                       [TON_MONITOR_ON] = "inputs are heard",
                                       [TON_MONITOR_AUTO] = "inputs are heard unless a take plays"};
    ton_text_add(t, says[e->monitor]);
    if (e->monitor == TON_MONITOR_OFF)
        return;
    if (e->frames < 0)
        ton_text_add(t, "; how late, the device does not say");
    else
        ton_text_printf(t, ", %.1f ms late (%lld frames)",
                        (double)e->frames * 1000 / ton_deck_session(s->deck)->rate,
                        (long long)e->frames);
}

static void write_chain(struct ton_text *t, const struct deck_session *s,
                        const struct ton_deck_event *e) {
    ton_text_printf(t, e->heard ? "heard through the monitor chain %s" : "heard without %s",
                    ton_path_name(e->file));
    if (e->frames)
        ton_text_printf(t, "%s, %.1f ms late (%lld frames)", e->heard ? "" : ", and as with it",
                        (double)e->frames * 1000 / ton_deck_session(s->deck)->rate,
                        (long long)e->frames);
}

static void write_level(struct ton_text *t, const struct ton_deck_event *e) {
    if (e->peak > 0)
        ton_text_printf(t, "peak %.1f dBFS", ton_gain_to_db((double)e->peak));
    else
        ton_text_add(t, "digital silence");
    if (e->overs)
        ton_text_printf(t, ", %lld over%s", (long long)e->overs, e->overs == 1 ? "" : "s");
}

void deck_write_sentence(struct ton_text *t, const struct deck_session *s,
                         const struct ton_deck_event *e) {
    char at[32], length[32];
    time_text(at, s, e->at);
    time_text(length, s, e->frames);
    switch (e->kind) {
    case TON_DECK_ROLLS:
        if (s->told_waiting)
            ton_text_printf(t, "rolls at %s", at);
        return;
    case TON_DECK_STOPS:
    case TON_DECK_RECORDS:
        return; /* the screen shows it */
    case TON_DECK_TAKE:
        ton_text_printf(t, "%s: take %d of %s, %s, ", e->file, e->number, e->track, length);
        write_level(t, e);
        return;
    case TON_DECK_PLACED:
        ton_text_printf(t, "%s: on track %s at %s, %s long%s", e->file, e->track, at, length,
                        e->heard ? "" : ", muted: a lane to choose from");
        ton_text_printf(t, "%s%s", e->text ? "; to make room " : "", e->text ? e->text : "");
        return;
    case TON_DECK_MARK:
        ton_text_printf(t, "mark at %s%s%s%s%s", at, e->file ? " in " : "", e->file ? e->file : "",
                        e->text ? ": " : "", e->text ? e->text : "");
        return;
    case TON_DECK_VERDICT:
        ton_text_printf(t, "%s%s%s is %s", e->file, e->text ? ", " : "", e->text ? e->text : "",
                        ton_verdict_name(e->verdict) ? ton_verdict_name(e->verdict) : "");
        return;
    case TON_DECK_XRUN:
    case TON_DECK_LATE:
        return; /* summed: deck_losses.c */
    case TON_DECK_MONITOR:
        write_monitor(t, s, e);
        return;
    case TON_DECK_CHAIN:
        write_chain(t, s, e);
        return;
    case TON_DECK_WARNING:
    case TON_N_DECK_EVENTS:
        ton_text_add(t, e->text);
    }
}

void deck_tell(const struct deck_session *s, const struct ton_deck_event *event) {
    struct ton_text text = {0};
    struct ton_err ignored;
    if (s->json) {
        tell_json(event);
        return;
    }
    deck_write_sentence(&text, s, event);
    if (text.failed || !text.length) {
        ton_text_free(&text);
        return;
    }
    if (event->kind == TON_DECK_WARNING) {
        ton_print_warning(NULL, text.data);
        ton_text_free(&text);
        return;
    }
    ton_text_add(&text, "\n");
    ton_print_prose(&text, &ignored);
    fflush(stdout);
}

void deck_tell_losses(struct deck_session *s) {
    struct ton_text text = {0};
    struct ton_err ignored;
    deck_losses_write(&text, &s->losses, ton_deck_session(s->deck)->rate, ton_clock_ns());
    ton_print_prose(&text, &ignored);
    fflush(stdout);
}

void deck_tell_waiting(struct deck_session *s) {
    const struct ton_deck_config *c = s->config;
    struct ton_deck_status status;
    struct ton_text text = {0};
    struct ton_err ignored;
    if (!c->follow || c->leads)
        return;
    ton_deck_status(s->deck, &status);
    if (status.state == TON_DECK_WAITS && !s->told_waiting) {
        if (c->follow == TON_FOLLOW_LTC)
            ton_text_printf(&text, "waiting for timecode at input %s\n", c->ltc_in);
        else
            ton_text_add(&text, "waiting for the transport of the JACK server to roll\n");
        ton_print_prose(&text, &ignored);
        fflush(stdout);
    }
    s->told_waiting = status.state == TON_DECK_WAITS;
}

static struct ton_json *lufs_json(double lufs) {
    return isfinite(lufs) ? ton_json_round(lufs, 2) : ton_json_null();
}

static void add_mix(struct ton_json *j, const struct ton_mix_levels *mix) {
    struct ton_json *peaks = ton_json_array(), *held = ton_json_array(), *overs = ton_json_array();
    for (int c = 0; c < 2; c++) {
        ton_json_add(peaks, level_json(mix->peak[c]));
        ton_json_add(held, level_json(mix->held[c]));
        ton_json_add(overs, ton_json_integer(mix->overs[c]));
    }
    ton_json_set(j, "mix_peak_dbfs", peaks);
    ton_json_set(j, "mix_held_dbfs", held);
    ton_json_set(j, "mix_overs", overs);
    ton_json_set(j, "mix_momentary_lufs", lufs_json(mix->momentary_lufs));
    ton_json_set(j, "mix_short_term_lufs", lufs_json(mix->short_term_lufs));
}

static void add_recording(struct ton_json *j, const struct ton_deck_status *st) {
    struct ton_json *inputs = ton_json_array();
    for (int i = 0; i < st->n_meters; i++) {
        struct ton_json *m = ton_json_object();
        ton_json_set(m, "peak_dbfs", level_json(st->meters[i].peak));
        ton_json_set(m, "held_dbfs", level_json(st->meters[i].held));
        ton_json_set(m, "overs", ton_json_integer(st->meters[i].overs));
        ton_json_add(inputs, m);
    }
    ton_json_set(j, "number", ton_json_integer(st->number));
    ton_json_set(j, "inputs", inputs);
    ton_json_set(j, "disk_seconds", ton_json_round(st->recorder.disk_s, 0));
    ton_json_set(j, "ring_seconds", ton_json_round(st->recorder.ring_s, 3));
    ton_json_set(j, "worst_fill_seconds", ton_json_round(st->recorder.worst_fill_s, 3));
    ton_json_set(j, "lost_frames", ton_json_integer(st->recorder.lost));
    ton_json_set(j, "overrun_frames", ton_json_integer(st->recorder.overrun));
    ton_json_set(j, "latency_frames",
                 st->latency_known ? ton_json_integer(st->latency) : ton_json_null());
    ton_json_set(j, "monitor", ton_json_string(deck_monitor_modes[st->monitor]));
    ton_json_set(j, "monitor_latency_frames",
                 st->latency_known ? ton_json_integer(st->monitor_latency) : ton_json_null());
}

/* Of the line that timecode comes in by. */
static struct ton_json *timecode_json(const struct ton_deck_status *st) {
    const struct ton_ltc_status *ltc = &st->ltc;
    struct ton_json *j = ton_json_object();
    char text[TON_TIMECODE_TEXT];
    ton_json_set(j, "present", ton_json_bool(ltc->present));
    ton_json_set(j, "timecode",
                 ltc->present ? ton_json_string(ton_timecode_format(text, ltc->now, ltc->fps))
                              : ton_json_null());
    ton_json_set(j, "frames_per_second", ton_json_string(ton_fps_name(ltc->fps)));
    ton_json_set(j, "drift_ppm", ton_json_round(ltc->drift_ppm, 2));
    ton_json_set(j, "offset_samples", ton_json_round(st->ltc_offset, 2));
    ton_json_set(j, "jumps", ton_json_integer(ltc->jumps));
    return j;
}

void deck_tell_status(const struct deck_session *s, const struct ton_deck_status *st) {
    struct ton_json *j = ton_json_object();
    ton_json_set(j, "event", ton_json_string("status"));
    ton_json_set(j, "at", ton_json_integer(st->transport.frame));
    ton_json_set(j, "frames", ton_json_integer(st->frames));
    ton_json_set(j, "rate_hz", ton_json_integer(st->rate));
    ton_json_set(j, "passes", ton_json_integer(st->transport.passes));
    ton_json_set(j, "state", ton_json_string(deck_states[st->state]));
    ton_json_set(j, "rolling", ton_json_bool(st->rolling));
    ton_json_set(j, "counting", ton_json_bool(st->transport.counting));
    ton_json_set(j, "recording", ton_json_bool(st->recording));
    add_mix(j, &st->mix);
    ton_json_set(j, "xruns", ton_json_integer(st->device.xruns));
    ton_json_set(j, "late", ton_json_integer(st->transport.late_blocks));
    ton_json_set(j, "mean_load", ton_json_round(st->device.mean_load, 4));
    ton_json_set(j, "high_load", ton_json_round(st->device.high_load, 4));
    ton_json_set(j, "worst_load", ton_json_round(st->device.worst_load, 4));
    ton_json_set(j, "monitor_chain", st->chain ? ton_json_string(st->chain) : ton_json_null());
    ton_json_set(j, "monitor_chain_heard", ton_json_bool(st->chain_heard));
    ton_json_set(j, "monitor_chain_latency_frames", ton_json_integer(st->chain_latency));
    if (s->records)
        add_recording(j, st);
    if (st->hears_ltc)
        ton_json_set(j, "ltc", timecode_json(st));
    print_line(j);
}
