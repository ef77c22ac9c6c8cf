/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which lines `ton check` listens to. */
#include "check.h"

#include "print.h"
#include "settings.h"

#include "ton/device.h"
#include "ton/import.h"
#include "ton/production.h"
#include "ton/text.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/* Every physical input, by what stands behind the last colon of its port's name. */
static enum ton_code take_device(struct check_plan *plan, struct ton_arena *arena,
                                 const struct ton_device_info *device, struct ton_err *err) {
    const int most = device->n_ports ? (int)device->n_ports : device->n_inputs;
    plan->inputs = TON_NEW_N(arena, struct ton_input, most > 0 ? most : 1);
    for (int i = 0; i < most && plan->inputs; i++) {
        const struct ton_device_port *port = device->n_ports ? &device->ports[i] : NULL;
        if (port && (!port->is_input || port->is_midi || !port->is_physical))
            continue;
        struct ton_input *input = &plan->inputs[plan->n_inputs++];
        const char *colon = port ? strrchr(port->name, ':') : NULL;
        input->name = colon ? colon + 1 : ton_arena_printf(arena, "Input %d", plan->n_inputs);
        input->port = ton_arena_printf(arena, "%d", plan->n_inputs);
        input->level_dbfs = -18;
    }
    if (ton_arena_failed(arena))
        return ton_fail(err, TON_MEMORY, NULL, "no memory");
    if (plan->n_inputs == 0)
        return ton_fail(err, TON_INPUT, device->name,
                        "has no inputs to check; `inputs:` in production.yaml names lines and "
                        "their ports");
    return TON_OK;
}

/* Whether a word stands in a name; one of capitals as it is, for `di` is Italian. */
static bool has_word(const char *name, const char *word) {
    const size_t n = strlen(word);
    const bool capitals = isupper((unsigned char)word[1]);
    for (const char *at = name; *at; at++) {
        const bool begins = at == name || !isalpha((unsigned char)at[-1]);
        if (begins && !isalpha((unsigned char)at[n < strlen(at) ? n : strlen(at)]) &&
            (capitals ? strncmp(at, word, n) : strncasecmp(at, word, n)) == 0)
            return true;
    }
    return false;
}

static bool has_any(const char *name, const char *const *words, int n) {
    for (int i = 0; i < n; i++)
        if (has_word(name, words[i]))
            return true;
    return false;
}

/* `synths.lead` is in `synths`. */
static bool is_in_group(const char *role, const char *group) {
    const size_t n = strlen(group);
    return role && strncmp(role, group, n) == 0 && (role[n] == '.' || !role[n]);
}

/* `DJ Vox`, `Playback Talkback`: who sings or speaks beside what comes by wire has a microphone. */
static bool is_voice(const struct ton_input *input, const char *guessed) {
    static const char *const words[] = {"vox",    "voc",    "vocal",    "vocals",    "voice",
                                        "voices", "sing",   "singer",   "singers",   "rapper",
                                        "TB",     "speech", "talkback", "talk back", "BV",
                                        "BVs",    "BGV",    "BGVs",     "MC"};
    return is_in_group(input->role, "vocals") || is_in_group(guessed, "vocals") ||
           has_any(input->name, words, TON_N(words));
}

/* What nobody puts a microphone before, by role or name: the input list need not say so. Pianos,
 * organs and basses may be either. */
static bool is_wired(struct ton_arena *arena, const struct ton_input *input) {
    static const char *const roles[] = {"keys",       "keys.clavinet", "bass.synth",
                                        "drums.loop", "drums.trigger", "reference",
                                        "timecode"};
    static const char *const picked_up[] = {"mic", "mike", "amp", "cab", "leslie"};
    static const char *const words[] = {"playback", "laptop",   "computer",      "DJ",
                                        "sampler",  "tracks",   "backing track", "sequencer",
                                        "click",    "metronome"};
    const char *const guessed = ton_role_guess(arena, input->name).role;
    const char *const role = input->role ? input->role : guessed;
    if (has_any(input->name, picked_up, TON_N(picked_up)))
        return false;
    if (has_word(input->name, "DI"))
        return true;
    if (is_voice(input, guessed))
        return false;
    for (int i = 0; role && i < TON_N(roles); i++)
        if (strcmp(role, roles[i]) == 0)
            return true;
    return is_in_group(role, "synths") || has_any(input->name, words, TON_N(words));
}

static enum ton_code read_list(struct check_plan *plan, const struct ton_given *given,
                               struct ton_err *err) {
    struct ton_production *production;
    const enum ton_code code = ton_given_production(&production, given, err);
    if (code || !production)
        return code;
    plan->production = production;
    plan->title = production->title;
    plan->artist = production->artist;
    plan->inputs = production->inputs;
    plan->n_inputs = production->n_inputs;
    plan->from_list = production->n_inputs > 0;
    for (int i = 0; i < plan->n_inputs; i++)
        plan->inputs[i].wired = !plan->inputs[i].source && is_wired(given->arena, &plan->inputs[i]);
    return TON_OK;
}

/* "`OH L` and `OH R`": the lines that have `part` in their names. The number of them. */
static int add_lines(struct ton_text *out, const struct check_plan *plan, const char *part) {
    int n = 0, k = 0;
    for (int i = 0; i < plan->n_inputs; i++)
        n += strcasestr(plan->inputs[i].name, part) != NULL;
    for (int i = 0; i < plan->n_inputs; i++)
        if (strcasestr(plan->inputs[i].name, part))
            ton_text_add_name(out, k++, n, plan->inputs[i].name);
    return n;
}

/* The line that is meant, or those that may be. */
static void refuse_name(struct ton_problems *problems, const struct check_plan *plan,
                        struct ton_arena *arena, const char *name) {
    const char *const where = plan->from_list ? "production.yaml" : NULL;
    const char *const nearest = ton_input_nearest(arena, plan->inputs, plan->n_inputs, name);
    struct ton_text lines = {0};
    if (nearest) {
        ton_problems_add(problems, false, where,
                         "there is no line `%s` among the %d inputs; did you mean `%s`?", name,
                         plan->n_inputs, nearest);
        return;
    }
    int n = add_lines(&lines, plan, name);
    n = n ? n : add_lines(&lines, plan, "");
    ton_problems_add(problems, false, where,
                     "there is no line `%s` among the %d inputs; there %s %s", name, plan->n_inputs,
                     n == 1 ? "is" : "are", lines.data ? lines.data : "others");
    ton_text_free(&lines);
}

/* Those that were named, in the order of the list. */
static enum ton_code choose(struct check_plan *plan, const struct ton_given *given,
                            struct ton_err *err) {
    struct ton_input *chosen = TON_NEW_N(given->arena, struct ton_input, plan->n_inputs + 1);
    bool *wanted = TON_NEW_N(given->arena, bool, plan->n_inputs + 1);
    struct ton_problems problems;
    int n = 0;
    ton_problems_init(&problems, given->arena);
    if (!chosen || !wanted)
        return ton_fail(err, TON_MEMORY, NULL, "no memory");
    for (size_t k = 0; k < given->n_arguments; k++) {
        const int i = ton_input_find(plan->inputs, plan->n_inputs, given->arguments[k]);
        if (i < 0)
            refuse_name(&problems, plan, given->arena, given->arguments[k]);
        else
            wanted[i] = true;
    }
    if (problems.n_errors)
        return ton_print_problems(&problems, TON_INPUT, err);
    for (int i = 0; i < plan->n_inputs; i++)
        if (wanted[i])
            chosen[n++] = plan->inputs[i];
    plan->inputs = chosen;
    plan->n_inputs = n;
    return TON_OK;
}

enum ton_code check_plan_list(struct check_plan *plan, const struct ton_given *given,
                              struct ton_err *err) {
    *plan = (struct check_plan){0};
    const enum ton_code code = read_list(plan, given, err);
    if (!code && !plan->production)
        return ton_fail(err, TON_INPUT, NULL,
                        "the input list stands in a production's production.yaml, and this folder "
                        "is none; go to it (`ton -C FOLDER check …`), or make one: `ton new NAME`");
    if (!code && !plan->from_list)
        return ton_fail(err, TON_INPUT, "production.yaml",
                        "there is no input list; write one line each below `inputs:`, such as "
                        "`Kick In: {port: 1, source: dynamic}`");
    return code;
}

enum ton_code check_plan_begin(struct check_plan *plan, const struct ton_given *given,
                               struct ton_err *err) {
    *plan = (struct check_plan){0};
    enum ton_code code = device_want(&plan->device, given, err);
    code = code ? code : read_list(plan, given, err);
    return !code && plan->from_list && given->n_arguments ? choose(plan, given, err) : code;
}

enum ton_code check_plan_make(struct check_plan *plan, const struct ton_given *given,
                              struct ton_err *err) {
    enum ton_code code = check_plan_begin(plan, given, err);
    if (code || plan->from_list)
        return code;
    if (!plan->device.info)
        return ton_fail(err, TON_ENVIRONMENT, NULL,
                        "there is no sound device to check; `ton devices` says why");
    code = take_device(plan, given->arena, plan->device.info, err);
    return code || !given->n_arguments ? code : choose(plan, given, err);
}
