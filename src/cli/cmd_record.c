/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ton record: what comes in becomes takes. */
#include "deck/face.h"

#include "print.h"

#include "ton/json.h"
#include "ton/recover.h"

static struct ton_json *recovered_json(const struct ton_recovered *r) {
    struct ton_json *j = ton_json_object();
    ton_json_set(j, "file", ton_json_string(r->file));
    ton_json_set(j, "track", ton_json_string(r->track));
    ton_json_set(j, "session", ton_json_string(r->session));
    ton_json_set(j, "frames", r->frames < 0 ? ton_json_null() : ton_json_integer(r->frames));
    ton_json_set(j, "found", ton_json_integer(r->found));
    ton_json_set(j, "place", ton_json_integer(r->place));
    ton_json_set(j, "orphan", ton_json_bool(r->orphan));
    ton_json_set(j, "placed", ton_json_bool(r->placed));
    ton_json_set(j, "heard", ton_json_bool(r->heard));
    ton_json_set(j, "beneath", r->beneath ? ton_json_string(r->beneath) : ton_json_null());
    ton_json_set(j, "gave_way", r->gave_way ? ton_json_string(r->gave_way) : ton_json_null());
    ton_json_set(j, "warning", r->warning ? ton_json_string(r->warning) : ton_json_null());
    ton_json_set(j, "why", r->why ? ton_json_string(r->why) : ton_json_null());
    return j;
}

/* Where it stands, what of it is heard, and what gave way to it. */
static void add_place(struct ton_text *t, const struct ton_recovered *r) {
    char place[32];
    ton_text_printf(t, ", and stand in session %s at %s", r->session,
                    ton_time_format(place, sizeof place, r->place, r->rate));
    if (r->beneath)
        ton_text_printf(t, "%s, for %s was recorded later",
                        r->heard ? ", in a part muted" : ", muted: a lane to choose from",
                        r->beneath);
    else if (!r->heard)
        ton_text_add(t, ", muted: a lane to choose from");
    ton_text_printf(t, "%s%s", r->gave_way ? "; to make room " : "",
                    r->gave_way ? r->gave_way : "");
    ton_text_printf(t, "%s%s", r->warning ? "; " : "", r->warning ? r->warning : "");
}

static void add_recovered(struct ton_text *t, const struct ton_recovered *r) {
    char length[32], found[32];
    if (r->frames < 0) {
        ton_text_printf(t, "%s: %s\n", r->file, r->why ? r->why : "");
        return;
    }
    ton_text_printf(t, "%s: %s of track %s are whole", r->file,
                    ton_time_format(length, sizeof length, r->frames, r->rate), r->track);
    if (r->found)
        ton_text_printf(t, ", %s of them found behind what its header knew",
                        ton_time_format(found, sizeof found, r->found, r->rate));
    if (r->orphan)
        ton_text_add(t, ", of which no row knew");
    if (r->placed)
        add_place(t, r);
    ton_text_printf(t, "%s%s\n", r->why ? "; " : "", r->why ? r->why : "");
}

static enum ton_code recover(const struct ton_given *given, struct ton_err *err) {
    struct ton_recovered *takes = NULL;
    int n = 0, lost = 0;
    enum ton_code code = deck_check_folder(given->arena, err);
    if (!code)
        code = ton_recordings_recover(&takes, &n, given->arena, ".", err);
    struct ton_json *list = ton_json_array();
    struct ton_text text = {0};
    for (int i = 0; i < n && !code; i++) {
        ton_json_add(list, recovered_json(&takes[i]));
        add_recovered(&text, &takes[i]);
        lost += takes[i].why != NULL;
    }
    if (!code && n == 0)
        ton_text_add(&text, "All takes were finished; there is nothing to recover.\n");
    struct ton_json *j = ton_json_object();
    ton_json_set(j, "takes", list);
    if (!code && ton_given_switch(given, "json")) {
        ton_text_free(&text);
        code = ton_print_json(j, err);
    } else {
        ton_json_free(j);
        code = code ? code : ton_print_prose(&text, err);
    }
    return !code && lost
               ? ton_fail(err, TON_MISSED, NULL,
                          "%d of %d takes are not as they should be: see above which", lost, n)
               : code;
}

static const char *const formats[] = {"24-bit", "float", NULL};

/* What would be left out in silence. */
static enum ton_code check_recover(const struct ton_given *given, struct ton_err *err) {
    const struct ton_verb *verb = given->verb;
    char option[64];
    if (given->n_arguments)
        return ton_fail(err, TON_USAGE, "--recover",
                        "the takes of all sessions are completed; leave out `%s`",
                        given->arguments[0]);
    for (int i = 0; i < verb->n_options; i++) {
        const char *key = verb->options[i].key;
        if (ton_given_text(given, key) && strcmp(key, "recover") != 0 && strcmp(key, "json") != 0)
            return ton_fail(err, TON_USAGE, "--recover",
                            "nothing is recorded, so `%s` has no effect; leave one of the two out",
                            ton_option_name(option, sizeof option, key));
    }
    return TON_OK;
}

/* A number alone counts samples, as measured. */
static const char *latency_text(const struct ton_given *given) {
    const char *text = ton_given_text(given, "latency");
    return text && ton_text_is_number(text) ? ton_arena_printf(given->arena, "%s samples", text)
                                            : text;
}

static enum ton_code run(const struct ton_given *given, struct ton_err *err) {
    if (ton_given_switch(given, "recover")) {
        const enum ton_code code = check_recover(given, err);
        return code ? code : recover(given, err);
    }
    if (ton_given_text(given, "pre_roll") && !ton_given_switch(given, "standby"))
        return ton_fail(err, TON_USAGE, "--pre-roll",
                        "what is played before the button is kept where it waits for one: give "
                        "`--standby` too");
    struct ton_deck_config config = {
        .records = true,
        .standby = ton_given_switch(given, "standby"),
        .bits = ton_given_value(given, "format") == 1 ? 32 : 24,
        .poly = ton_given_switch(given, "poly"),
        .punch_in = ton_given_text(given, "punch_in"),
        .punch_out = ton_given_text(given, "punch_out"),
        .length = ton_given_text(given, "length"),
        .passes = (int)ton_given_value(given, "passes"),
        .count_in_bars = (int)ton_given_value(given, "count_in"),
        .pre_roll_s = (double)ton_given_value(given, "pre_roll"),
        .ring_s = (double)ton_given_value(given, "ring"),
        .latency = -1,
        .monitor = (enum ton_monitor_mode)ton_given_value(given, "monitor"),
        .scene = ton_given_text(given, "scene"),
        .tape = ton_given_text(given, "tape"),
        .note = ton_given_text(given, "note"),
    };
    config.click = ton_given_switch(given, "click") ? TON_CLICK_ON
                   : config.count_in_bars           ? TON_CLICK_COUNT_IN
                                                    : TON_CLICK_OFF;
    config.arm = ton_given_many(given, "arm", &config.n_arm);
    config.latency_text = latency_text(given);
    struct ton_settings settings;
    const enum ton_code code = deck_configure(&config, &settings, given, err);
    return code ? code : deck_run(given, &config, &settings, !config.standby, err);
}

static const struct ton_row arguments[] = {
    TON_ARGUMENT_SESSION("not needed where there is only one")};

static const struct ton_row options[] = {
    {.key = "arm",
     .label = "TRACK=INPUT",
     .kind = TON_TEXT,
     .flags = TON_ROW_MANY,
     .help = "Record this track, from this input: `Voice=1`, `Keys=3,4` (stereo), "
             "`Voice=system:capture_1`, `Kick=Kick In` (of the production's `inputs`); a track "
             "that has its `input:` needs none, one that is not "
             "there is made. May be given several times; without it all tracks with an input."},
    {.key = "recover",
     .kind = TON_SWITCH,
     .help = "Record nothing, but complete the takes that a crash left unfinished: their lengths, "
             "their rows in production.db, their clips in the sessions."},
    {.key = "standby",
     .kind = TON_SWITCH,
     .help = "Do not record at once but wait for the button."},
    {.key = "punch_in",
     .label = "TIME",
     .kind = TON_TEXT,
     .help = "Record from this place on; it rolls before, from `--from` or two bars earlier."},
    {.key = "punch_out", .label = "TIME", .kind = TON_TEXT, .help = "And up to this one."},
    {.key = "length",
     .label = "TIME",
     .kind = TON_TEXT,
     .help = "Stop after so long: `30 s`, `8 bars` (in quotes)."},
    {.key = "passes",
     .kind = TON_COUNT,
     .min = 0,
     .max = 1000,
     .flags = TON_ROW_OFF_MIN,
     .help = "With `--loop`: stop after so many; off: when told."},
    {.key = "count_in",
     .label = "BARS",
     .kind = TON_COUNT,
     .min = 0,
     .max = 16,
     .flags = TON_ROW_OFF_MIN,
     .help = "Bars of click before it rolls."},
    {.key = "click", .kind = TON_SWITCH, .help = "Hear the session's tempo while it rolls."},
    {.key = "pre_roll",
     .kind = TON_NUMBER,
     .unit = TON_UNIT_S,
     .min = 0,
     .max = 600,
     .def = 30,
     .digits = 1,
     .help = "With `--standby`: how much of what was played before the button is kept in front of "
             "the take."},
    {.key = "format",
     .kind = TON_CHOICE,
     .choices = formats,
     .help = "What takes are written in; float cannot clip."},
    {.key = "poly", .kind = TON_SWITCH, .help = "All tracks in one file, named after the session."},
    {.key = "latency",
     .label = "TIME",
     .kind = TON_TEXT,
     .help = "From an output of the device back to an input, when its ports claim the wrong one: "
             "`5.2 ms`, `256 samples` (in quotes) or `256`; recordings are placed so much "
             "earlier."},
    {.key = "monitor",
     .kind = TON_CHOICE,
     .choices = deck_monitor_modes,
     .help = "Hear the inputs of armed tracks through their chain, fader and pan: `on`: always; "
             "`auto`: as a tape machine, unless a take plays. Off, for most interfaces let you "
             "hear yourself without delay; what is heard here is late by the device's way in and "
             "out and the chain's latency, which is told when it begins."},
    {.key = "ring",
     .kind = TON_NUMBER,
     .unit = TON_UNIT_S,
     .min = 1,
     .max = 600,
     .def = 10,
     .digits = 1,
     .help = "How long the disk may stand still without loss; it is held in memory."},
    {.key = "scene",
     .label = "NAME",
     .kind = TON_TEXT,
     .help = "For film; written into the takes."},
    {.key = "tape", .label = "NAME", .kind = TON_TEXT, .help = "The roll; written into the takes."},
    {.key = "note", .label = "TEXT", .kind = TON_TEXT, .help = "Written into the takes."},
    DECK_OPTIONS,
};

static const struct ton_example examples[] = {
    {"ton record --arm Voice=1", "Records the first input as the track Voice until Ctrl-C."},
    {"ton record --arm Kick=1 --arm Keys=3,4 --count-in 1 --click",
     "Two tracks, the second in stereo, with a bar of click before."},
    {"ton record --arm Voice --punch-in '17|1' --punch-out '19|1'",
     "Two bars of the voice again; it rolls two bars before."},
};

const struct ton_verb ton_verb_record = {
    .name = "record",
    .order = 130,
    .summary = "Record the armed tracks while the session plays",
    .text =
        "Plays the session, records what comes in, and writes it into the session where it was "
        "played: takes are `audio/TRACK_NUMBER.wav` (broadcast WAV), their clips stand in the "
        "session's text, and production.db remembers takes, marks and xruns. Nothing is ever "
        "overwritten.\n\nA take survives what happens: it is brought up to date on the disk "
        "several times a second, and what the device or the disk lost is silence of that length, "
        "marked. After a crash or a pulled plug `ton record --recover` completes what is "
        "there.\n\nIn a terminal the keys below the meters command it; it begins to record at "
        "once, "
        "unless `--standby`. With `--json` everything that happens is one JSON object a line, and "
        "lines on standard input are obeyed: `record`, `stop`, `play`, `new`, `good`, `bad`, `mark "
        "TEXT`, `locate 0:30`, `click`, `monitor auto`, `chain off`, `reset` (of meters), `quit`.",
    .elsewhere = "capture arm overdub punch",
    .arguments = arguments,
    .n_arguments = TON_N(arguments),
    .options = options,
    .n_options = TON_N(options),
    .examples = examples,
    .n_examples = TON_N(examples),
    .completion = TON_COMPLETE_SESSIONS,
    .refuses = TON_A_PRODUCTION | TON_A_SOUND,
    .run = run,
};
