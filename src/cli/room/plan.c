/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What `ton room` measures, from what was given. */
#include "room.h"

#include "kept.h"
#include "monitor_choice.h"
#include "print.h"
#include "settings.h"

#include "ton/path.h"
#include "ton/text.h"

#include <stdlib.h>
#include <string.h>

enum { CURVE_BYTES = 1 << 20 };

/* `L=1`, `1`, `system:playback_1`, a line of the input list. */
static bool read_port(struct room_port *out, struct ton_arena *arena, const char *text,
                      const struct ton_production *production) {
    const char *const equals = strchr(text, '=');
    const int line =
        production ? ton_input_find(production->inputs, production->n_inputs, text) : -1;
    *out = (struct room_port){text, text};
    if (line >= 0)
        out->port = production->inputs[line].port;
    else if (equals && equals > text && equals[1])
        *out = (struct room_port){ton_arena_copy(arena, text, (size_t)(equals - text)), equals + 1};
    return out->name && out->port;
}

/* A slip in the name of a line: the device knows only of ports. */
static enum ton_code check_line(struct ton_arena *arena, const char *key, const char *text,
                                const struct ton_production *production, struct ton_err *err) {
    const char *const near =
        production && !ton_text_is_number(text) && !strpbrk(text, ":=")
            ? ton_input_nearest(arena, production->inputs, production->n_inputs, text)
            : NULL;
    return near && !ton_text_same(near, text)
               ? ton_fail(err, TON_INPUT, NULL,
                          "`--%s`: there is no line `%s` in `inputs:` of production.yaml; did you "
                          "mean `%s`?",
                          key, text, near)
               : TON_OK;
}

/* The name of a device's n-th port, where it has names; else as it is. */
static const char *full_name(const struct ton_device_info *info, const char *port, bool is_input) {
    long number = ton_text_is_number(port) ? strtol(port, NULL, 10) : 0;
    for (size_t i = 0; info && number > 0 && i < info->n_ports; i++) {
        const struct ton_device_port *const p = &info->ports[i];
        if (p->is_physical && !p->is_midi && p->is_input == is_input && --number == 0)
            return p->name;
    }
    return port;
}

/* `1`, `01` and the name of the first port are one. */
static bool is_same_port(const struct ton_device_info *info, const char *a, const char *b,
                         bool is_input) {
    const char *const x = full_name(info, a, is_input), *const y = full_name(info, b, is_input);
    if (ton_text_is_number(x) && ton_text_is_number(y))
        return strtol(x, NULL, 10) == strtol(y, NULL, 10);
    return strcmp(x, y) == 0;
}

/* Two of one name, or on one port. */
static enum ton_code check_twice(const struct ton_device_info *info, const struct room_port *a,
                                 const struct room_port *b, const char *key, struct ton_err *err) {
    if (strcmp(a->name, b->name) == 0)
        return ton_fail(err, TON_USAGE, NULL, "`--%s %s` was given twice", key, b->name);
    if (is_same_port(info, a->port, b->port, *key == 'm'))
        return ton_fail(err, TON_USAGE, NULL,
                        "`--%s`: `%s` and `%s` are both at `%s`; each has a port of its own", key,
                        a->name, b->name, b->port);
    return TON_OK;
}

static enum ton_code read_ports(struct room_port *out, int *n, const struct ton_given *given,
                                const char *key, const struct ton_production *production,
                                struct ton_err *err) {
    const char *const *texts = ton_given_many(given, key, n);
    if (*n > ROOM_MOST_PORTS)
        return ton_fail(err, TON_USAGE, NULL, "`--%s` was given %d times; %d are possible", key, *n,
                        ROOM_MOST_PORTS);
    for (int i = 0; i < *n; i++)
        if (!read_port(&out[i], given->arena, texts[i], production))
            return ton_fail(err, TON_INPUT, NULL, "`--%s %s` names no port", key, texts[i]);
    if (*n == 0)
        out[(*n)++] = (struct room_port){"1", "1"};
    enum ton_code code = TON_OK;
    for (int i = 0; texts && i < *n && !code; i++)
        code = check_line(given->arena, key, texts[i], production, err);
    return code;
}

static enum ton_code check_all_twice(const struct ton_device_info *info,
                                     const struct room_port *ports, int n, const char *key,
                                     struct ton_err *err) {
    enum ton_code code = TON_OK;
    for (int i = 0; i < n; i++)
        for (int k = 0; k < i && !code; k++)
            code = check_twice(info, &ports[k], &ports[i], key, err);
    return code;
}

/* `5.2x4.1x2.6`, in metres. */
static enum ton_code read_sides(double *out, const char *text, struct ton_err *err) {
    const char *at = text;
    for (int i = 0; text && i < 3; i++) {
        char *rest;
        out[i] = strtod(at, &rest);
        const bool whole = rest != at && *rest == (i < 2 ? 'x' : '\0');
        if (!whole || !(out[i] >= 0.5 && out[i] <= 100.0))
            return ton_fail(err, TON_USAGE, "--sides",
                            "`%s` is no room; write length, width and height in metres, such as "
                            "`5.2x4.1x2.6`, 0.5 to 100 each",
                            text);
        at = rest + 1;
    }
    return TON_OK;
}

static enum ton_code read_curve(const struct ton_curve_point **out, int *n,
                                const struct ton_given *given, const char *key,
                                struct ton_err *err) {
    const char *const path = ton_given_text(given, key);
    struct ton_curve_point *points;
    char *text;
    size_t size;
    if (!path)
        return TON_OK;
    enum ton_code code = ton_path_read(&text, &size, given->arena, path, CURVE_BYTES, err);
    if (code)
        return code;
    if (strlen(text) != size)
        return ton_fail(err, TON_INPUT, path, "is no text: there is a zero byte in it");
    code = ton_curve_parse(&points, n, given->arena, text, path, err);
    *out = points;
    return code;
}

static enum ton_code read_how(struct room_plan *plan, const struct ton_given *given,
                              struct ton_err *err) {
    enum ton_code code = read_sides(plan->how.sides_m, ton_given_text(given, "sides"), err);
    plan->how.celsius = (double)ton_given_value(given, "temperature");
    if (!code)
        code =
            read_curve(&plan->how.microphone, &plan->how.n_microphone, given, "calibration", err);
    if (!code)
        code =
            read_curve(&plan->correction.target, &plan->correction.n_target, given, "target", err);
    plan->correction.from_hz = (double)ton_given_value(given, "correct_from");
    plan->correction.to_hz = (double)ton_given_value(given, "correct_to");
    const double boost = (double)ton_given_value(given, "boost");
    plan->correction.most_boost_db = boost > 0.0 ? boost : -1.0;
    return code;
}

static void read_sweep(struct room_plan *plan, const struct ton_given *given) {
    plan->sweep = (struct ton_sweep){
        .from_hz = (double)ton_given_value(given, "from"),
        .to_hz = (double)ton_given_value(given, "to"),
        .seconds = (double)ton_given_value(given, "length"),
        .pause_s = (double)ton_given_value(given, "pause"),
        .level_db = (double)ton_given_value(given, "level"),
        .times = (int)ton_given_value(given, "times"),
    };
}

static enum ton_code settle_sweep(struct room_plan *plan, struct ton_err *err) {
    const enum ton_code code = ton_sweep_settle(&plan->sweep, err);
    const int64_t frames = code ? 0 : ton_sweep_frames(&plan->sweep);
    if (frames > ROOM_MOST_FRAMES)
        return ton_fail(err, TON_USAGE, NULL,
                        "sweeps of %lld samples are too long to be worked on; give a shorter "
                        "`--length` or `--pause`, or fewer `--times`: %d samples are possible",
                        (long long)frames, ROOM_MOST_FRAMES);
    return code;
}

enum ton_code room_plan_sweep(struct room_plan *plan, const struct ton_given *given,
                              struct ton_err *err) {
    *plan = (struct room_plan){0};
    read_sweep(plan, given);
    plan->sweep.rate = (int)ton_given_value(given, "rate");
    return settle_sweep(plan, err);
}

static enum ton_code choose_device(struct room_plan *plan, const struct ton_given *given,
                                   struct ton_err *err) {
    const enum ton_code code = device_want(&plan->device, given, err);
    if (code)
        return code;
    if (!plan->device.info && !plan->device.choice.backend)
        return ton_fail(err, TON_ENVIRONMENT, NULL,
                        "there is no sound device to measure with; `ton devices` says why");
    plan->sweep.rate = plan->device.rate;
    return settle_sweep(plan, err);
}

/* A loop that is also the way through the room tells nothing. */
static enum ton_code check_ports(const struct room_plan *plan, struct ton_err *err) {
    const struct ton_device_info *const info = plan->device.info;
    enum ton_code code =
        check_all_twice(info, plan->loudspeakers, plan->n_loudspeakers, "loudspeaker", err);
    if (!code)
        code = check_all_twice(info, plan->microphones, plan->n_microphones, "microphone", err);
    if (code)
        return code;
    if (plan->n_loudspeakers * plan->n_microphones > ROOM_MOST_PATHS)
        return ton_fail(err, TON_USAGE, NULL,
                        "%d loudspeakers at %d microphones are too many; %d paths are possible",
                        plan->n_loudspeakers, plan->n_microphones, ROOM_MOST_PATHS);
    for (int i = 0; i < plan->n_microphones && plan->loop_input; i++)
        if (is_same_port(info, plan->microphones[i].port, plan->loop_input, true))
            return ton_fail(err, TON_USAGE, "--loopback",
                            "input `%s` is a microphone's; the loop needs an input of its own",
                            plan->loop_input);
    for (int i = 0; i < plan->n_loudspeakers && plan->loop_output; i++)
        if (is_same_port(info, plan->loudspeakers[i].port, plan->loop_output, false))
            return ton_fail(err, TON_USAGE, "--loopback",
                            "output `%s` is a loudspeaker's; the loop needs an output of its own",
                            plan->loop_output);
    return TON_OK;
}

static const char *const for_devices[] = {"loudspeaker", "microphone",    "loopback",
                                          "device",      "monitor_chain", NULL};

/* All but the first say also what is held against what comes through a chain. */
static const char *const for_corrections[] = {"boost", "target", "correct_from", "correct_to",
                                              NULL};

/* What has no effect with files is refused, and so is the rest. */
static enum ton_code check(const struct room_plan *plan, const struct ton_given *given,
                           struct ton_err *err) {
    char option[64];
    const char *const chain = ton_given_text(given, "monitor_chain");
    const bool has_chain = chain && !ton_text_same(chain, "off");
    for (int i = 0; plan->n_files && for_devices[i]; i++)
        if (ton_given_text(given, for_devices[i]))
            return ton_fail(err, TON_USAGE, NULL,
                            "`%s` is for measuring through a device; what is in files was "
                            "recorded before",
                            ton_option_name(option, sizeof option, for_devices[i]));
    if (plan->are_responses && !plan->n_files)
        return ton_fail(err, TON_USAGE, NULL, "`--response` needs files with impulse responses");
    for (const char *c = plan->name; *c;) {
        const size_t n = (unsigned char)*c < ' ' ? 0 : ton_utf8_length(c, strlen(c));
        if (n == 0)
            return ton_fail(err, TON_USAGE, "--name", "is no text in UTF-8 of one line");
        c += n;
    }
    for (int i = 0; !plan->corrects && for_corrections[i]; i++)
        if (ton_given_text(given, for_corrections[i]) && !(has_chain && i > 0))
            return ton_fail(err, TON_USAGE, NULL, "`%s` is for `--correct`%s; give both",
                            ton_option_name(option, sizeof option, for_corrections[i]),
                            i > 0 ? ", or for what comes through `--monitor-chain`" : "");
    if (plan->corrects && has_chain)
        return ton_fail(err, TON_USAGE, NULL,
                        "a correction is made of what the loudspeakers do alone; leave out "
                        "`--correct`, or `--monitor-chain`");
    if (plan->folder &&
        kept_check_place(given->arena, ton_path_join(given->arena, plan->folder, "x"), NULL))
        return ton_fail(err, TON_INPUT, "--folder",
                        "`%s` is where the takes are; name another one, or leave it out: in a "
                        "production page, responses and correction have their folders",
                        plan->folder);
    if (plan->corrects && !plan->in_production && !plan->folder)
        return ton_fail(err, TON_USAGE, NULL,
                        "a correction needs a place: measure in a production's folder, or give "
                        "`--folder`");
    return TON_OK;
}

/* Before anything is played; while the rate is not known, what no rate allows. */
static enum ton_code check_correction(const struct room_plan *plan, struct ton_err *err) {
    enum { HIGHEST = 384000 };
    return ton_correction_check(&plan->correction, plan->sweep.rate ? plan->sweep.rate : HIGHEST,
                                err);
}

enum ton_code room_plan_make(struct room_plan *plan, const struct ton_given *given,
                             struct ton_err *err) {
    struct ton_production *production;
    const char *const loop = ton_given_text(given, "loopback");
    const char *const name = ton_given_text(given, "name");
    *plan = (struct room_plan){
        .files = given->arguments,
        .n_files = (int)given->n_arguments,
        .are_responses = ton_given_switch(given, "response"),
        .corrects = ton_given_switch(given, "correct"),
        .quiet = ton_given_switch(given, "quiet"),
        .name = name ? name : "room",
        .folder = ton_given_text(given, "folder"),
    };
    read_sweep(plan, given);
    enum ton_code code = ton_given_production(&production, given, err);
    plan->in_production = production != NULL;
    plan->title = production ? production->title : NULL;
    code = code ? code : check(plan, given, err);
    code = code ? code : read_how(plan, given, err);
    if (code || plan->n_files)
        return code ? code : check_correction(plan, err);
    code = read_ports(plan->loudspeakers, &plan->n_loudspeakers, given, "loudspeaker", NULL, err);
    if (!code)
        code = read_ports(plan->microphones, &plan->n_microphones, given, "microphone", production,
                          err);
    if (!code && loop)
        code = device_loop(&plan->loop_output, &plan->loop_input, given->arena, "--loopback", loop,
                           err);
    code = code ? code : choose_device(plan, given, err);
    code = code ? code : check_ports(plan, err);
    code = code ? code : check_correction(plan, err);
    const char *const chain = ton_given_text(given, "monitor_chain");
    return code ? code
                : monitor_choose(&plan->chain, &plan->chain_file, chain ? chain : "off",
                                 &plan->device.settings, given->arena, err);
}
