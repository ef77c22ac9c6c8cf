/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ton check --system: what is checked, with which device. */
#include "system.h"

#include "print.h"

#include "ton/json.h"
#include "ton/path.h"
#include "ton/session.h"

enum { USUAL_INPUTS = 32, USUAL_S = 60, BITS = 24 };

/* Tracks that are recorded from something: those that `ton record` arms. A session that cannot be
 * read has none; other verbs say why. */
static int armed_inputs(struct ton_arena *arena, const char *name) {
    struct ton_session *session = NULL;
    struct ton_problems problems;
    struct ton_err err = {0};
    int n = 0;
    ton_problems_init(&problems, arena);
    const char *path = ton_arena_printf(arena, "sessions/%s.yaml", name);
    if (!path || ton_session_read(&session, arena, path, NULL, &problems, &err) != TON_OK)
        return 0;
    for (int i = 0; i < session->n_strips; i++)
        n += session->strips[i].n_inputs;
    return n;
}

/* The input list, or else what the largest session records, or else a usual stage. */
static int count_inputs(const struct check_plan *plan, struct ton_arena *arena) {
    int most = 0;
    if (plan->from_list)
        return plan->n_inputs;
    for (int i = 0; plan->production && i < plan->production->n_sessions; i++) {
        const int n = armed_inputs(arena, plan->production->sessions[i]);
        most = n > most ? n : most;
    }
    return most ? most : USUAL_INPUTS;
}

/* A server has as many ports as are asked for; a device without one only its own. */
static int within(int wanted, const struct ton_device_info *info, int has) {
    const bool fixed = info && ton_text_same(info->backend, "portaudio") && has >= 0;
    return fixed && has < wanted ? has : wanted;
}

static enum ton_code plan_second(struct ton_system_check_config *c, const struct ton_given *given,
                                 struct ton_err *err) {
    struct device_choice choice;
    const char *second = ton_given_text(given, "second");
    const enum ton_code code = second ? device_choose(&choice, given->arena, second, err) : TON_OK;
    if (code || !second)
        return code;
    if (ton_text_same(c->backend, "jack") && ton_text_same(choice.backend, "jack") &&
        !ton_text_same(c->server, choice.server))
        return ton_fail(err, TON_USAGE, "--second",
                        "a program is on one JACK server; give the device itself, as "
                        "`portaudio:USB`, or check from the other server");
    c->second = (struct ton_device_config){.backend = choice.backend,
                                           .device = choice.device,
                                           .server = choice.server,
                                           .client = "tonmeister second",
                                           .rate = c->rate,
                                           .speed = 1};
    return TON_OK;
}

static enum ton_code make_config(struct ton_system_check_config *c, const struct check_plan *plan,
                                 const struct ton_given *given, struct ton_err *err) {
    const double seconds = (double)ton_given_value(given, "length");
    const char *loop = ton_given_text(given, "latency");
    const int n = count_inputs(plan, given->arena);
    *c = (struct ton_system_check_config){
        .backend = plan->device.choice.backend ? plan->device.choice.backend
                   : plan->device.info         ? plan->device.info->backend
                                               : ton_device_backends()[0],
        .device = plan->device.choice.device,
        .server = plan->device.choice.server,
        .rate = plan->device.rate,
        .n_inputs =
            within(n, plan->device.info, plan->device.info ? plan->device.info->n_inputs : -1),
        .n_outputs =
            within(n, plan->device.info, plan->device.info ? plan->device.info->n_outputs : -1),
        .told_latency = plan->device.settings.latency,
        .folder = ton_path_is_folder("audio") ? "audio" : ".",
        .bits = BITS,
        .seconds = seconds > 0 ? seconds : USUAL_S,
        .progress = ton_progress_line(!ton_given_switch(given, "quiet")),
    };
    const enum ton_code code =
        loop ? device_loop(&c->output, &c->input, given->arena, "--latency", loop, err) : TON_OK;
    return code ? code : plan_second(c, given, err);
}

static enum ton_code tell(const struct ton_given *given, const struct check_plan *plan,
                          const struct ton_system *s, struct ton_err *err) {
    enum ton_code code = ton_given_switch(given, "json")
                             ? ton_print_json(check_system_json(plan, s), err)
                             : check_system_tell(given->arena, s, err);
    if (!code && plan->production)
        code = check_system_keep(given->arena, plan, s, err);
    if (!code && plan->production && !ton_given_switch(given, "json"))
        code = kept_tell(given, check_system_page_path, err);
    if (!code)
        code = s->code; /* its sentence stands among the findings */
    return !code && s->verdict == TON_CHECKED_FAULT ? TON_MISSED : code;
}

enum ton_code check_system(const struct ton_given *given, struct ton_err *err) {
    struct check_plan plan;
    struct ton_system_check_config config;
    struct ton_system system;
    enum ton_code code = check_plan_begin(&plan, given, err);
    if (!code && given->n_arguments && !plan.from_list)
        code = ton_fail(err, TON_INPUT, plan.production ? "production.yaml" : NULL,
                        "there is no input list, so that no line is called `%s`; without names "
                        "everything is checked",
                        given->arguments[0]);
    if (!code)
        code = make_config(&config, &plan, given, err);
    if (!code)
        code = ton_system_check(&system, given->arena, &config, err);
    ton_progress_clear();
    return code ? code : tell(given, &plan, &system, err);
}
