/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Listens to all lines at once, window by window, and keeps what each said. */
#include "ton/line_check.h"

#include "line_judge.h"
#include "line_pairs.h"

#include "ton/arena.h"
#include "ton/probe.h"
#include "ton/text.h"

#include <string.h>

enum { MOST_REMARKS = 5 };
static const double DROPPED_LEAST_S = 1.5; /* less is the time that it takes to end */

struct ton_line_check {
    struct ton_line_check_config config;
    struct ton_probe *probe;
    struct line_sum *sums;
    struct ton_line_checked *lines;
    struct line_pairs pairs;
    struct ton_arena *memory; /* of the pairs */
    struct ton_arena *said;   /* by the newest verdicts */
    int windows;
};

static enum ton_code no_memory(struct ton_err *err) {
    return ton_fail(err, TON_MEMORY, NULL, "no memory to check the lines");
}

static enum ton_code open_probe(struct ton_line_check *check, struct ton_err *err) {
    const struct ton_line_check_config *c = &check->config;
    struct ton_device_wish *wishes = ton_alloc(sizeof *wishes * (size_t)(c->n_inputs + 1));
    if (!wishes)
        return no_memory(err);
    enum ton_code code = TON_OK;
    for (int i = 0; i < c->n_inputs && !code; i++) {
        wishes[i] = (struct ton_device_wish){c->inputs[i].name, c->inputs[i].port};
        if (!c->inputs[i].port)
            code =
                ton_fail(err, TON_INPUT, c->inputs[i].where, "`%s` has no port", c->inputs[i].name);
    }
    const struct ton_probe_config probe = {
        .backend = c->backend,
        .device = c->device,
        .server = c->server,
        .rate = c->rate,
        .period_frames = c->period_frames,
        .inputs = wishes,
        .n_inputs = c->n_inputs,
        .window_frames = (int64_t)c->rate * TON_LINE_CHECK_SECONDS,
    };
    code = code ? code : ton_probe_open(&check->probe, &probe, err);
    ton_free(wishes);
    return code;
}

enum ton_code ton_line_check_open(struct ton_line_check **out,
                                  const struct ton_line_check_config *config, struct ton_err *err) {
    *out = NULL;
    struct ton_line_check *check = ton_alloc(sizeof *check);
    if (!check)
        return no_memory(err);
    const size_t n = (size_t)config->n_inputs + 1;
    check->config = *config;
    check->sums = ton_alloc(sizeof *check->sums * n);
    check->lines = ton_alloc(sizeof *check->lines * n);
    check->said = ton_arena_create();
    check->memory = ton_arena_create();
    if (check->memory)
        line_pairs_make(&check->pairs, check->memory, config->inputs, config->n_inputs);
    const enum ton_code code = check->said && check->memory && check->sums && check->lines
                                   ? open_probe(check, err)
                                   : no_memory(err);
    if (code)
        ton_line_check_close(check);
    else
        *out = check;
    return code;
}

static enum ton_code measure(struct ton_line_check *check, const struct ton_probe_window *window,
                             struct ton_err *err) {
    const struct ton_line_check_config *c = &check->config;
    struct ton_device_status status;
    ton_device_status(ton_probe_device(check->probe), &status);
    const struct ton_line_config config = {
        .rate = c->rate, .mains_hz = c->mains_hz, .period_frames = status.period_frames};
    const int64_t frames = (int64_t)c->rate * TON_LINE_CHECK_SECONDS;
    enum ton_code code = TON_OK;
    for (int i = 0; i < c->n_inputs && !code; i++) {
        struct ton_line line;
        code = ton_line_measure(&line, window->in[i], frames, &config, err);
        if (!code)
            line_sum_add(&check->sums[i], &line);
    }
    if (!code)
        code = line_pairs_add(&check->pairs, window->in, c->n_inputs, frames, &config, err);
    check->windows++;
    return code;
}

enum ton_code ton_line_check_listen(struct ton_line_check *check, double seconds, bool *measured,
                                    struct ton_err *err) {
    struct ton_probe_window window;
    const enum ton_code code = ton_probe_wait(check->probe, seconds, &window, err);
    *measured = !code && window.in;
    return *measured ? measure(check, &window, err) : code;
}

double ton_line_check_pending(const struct ton_line_check *check) {
    return (double)ton_probe_pending(check->probe) / check->config.rate;
}

void ton_line_check_peaks(struct ton_line_check *check, float *peaks) {
    ton_probe_peaks(check->probe, peaks);
}

/* Several lines are seldom dead at once. */
static bool all_dead(const struct ton_line_check *check) {
    bool all = check->windows > 0 && check->config.n_inputs > 1;
    for (int i = 0; i < check->config.n_inputs; i++)
        all = all && check->sums[i].line.dead;
    return all;
}

/* The dead line whose port is `by` further; -1. */
static int dead_beside(const struct ton_line_check *check, int i, int by) {
    const struct ton_input *const inputs = check->config.inputs;
    size_t stem, other;
    const int number = ton_text_number_at_end(inputs[i].port, &stem);
    for (int k = 0; k < check->config.n_inputs && number >= 0 && number + by >= 0; k++)
        if (check->sums[k].line.dead &&
            ton_text_number_at_end(inputs[k].port, &other) == number + by && other == stem &&
            strncmp(inputs[k].port, inputs[i].port, stem) == 0)
            return k;
    return -1;
}

/* The longest row of dead ports: what they have in common is more likely than so many cables. */
static const char *common_text(const struct ton_line_check *check) {
    enum { LEAST = 3 };
    int most = 0, first = -1, last = -1;
    for (int i = 0; i < check->config.n_inputs; i++) {
        int n = 1, end = i;
        if (!check->sums[i].line.dead || dead_beside(check, i, -1) >= 0)
            continue;
        for (int k = i; (k = dead_beside(check, k, 1)) >= 0; end = k)
            n++;
        if (n > most) {
            most = n;
            first = i;
            last = end;
        }
    }
    const struct ton_input *const inputs = check->config.inputs;
    return most < LEAST
               ? NULL
               : ton_arena_printf(check->said,
                                  "all %d inputs from `%s` to `%s` (ports %s to %s) are dead, so "
                                  "look for one cause first: the stage box and its power, its "
                                  "cable, its clock, phantom power, the driver",
                                  most, inputs[first].name, inputs[last].name, inputs[first].port,
                                  inputs[last].port);
}

/* A piece that is shorter than a window is none. */
static const char *dropped_text(const struct ton_line_check *check) {
    const double seconds = ton_line_check_pending(check);
    if (check->windows == 0)
        return ton_arena_printf(check->said,
                                "listened for %.1f s, which is too short: %d s are measured "
                                "together",
                                seconds, TON_LINE_CHECK_SECONDS);
    return seconds < DROPPED_LEAST_S
               ? NULL
               : ton_arena_printf(check->said,
                                  "the last %.1f s do not count, for %d s are measured together",
                                  seconds, TON_LINE_CHECK_SECONDS);
}

static void add_remarks(struct ton_line_check_result *out, const struct ton_line_check *check) {
    const struct ton_device_status *device = &out->device;
    const bool dead = all_dead(check);
    const char **remarks = TON_NEW_N(check->said, const char *, MOST_REMARKS);
    if (!remarks)
        return;
    out->remarks = remarks;
    if (device->xruns)
        remarks[out->n_remarks++] =
            ton_arena_printf(check->said,
                             "the device lost %lld samples at %lld moments; what was heard around "
                             "them does not count",
                             (long long)device->lost_frames, (long long)device->xruns);
    if (dead)
        remarks[out->n_remarks++] =
            "no line brings any sound: is this the right device, and is it connected and switched "
            "on; else look at stage box, its cable and power, phantom power and driver";
    const char *common = dead || check->windows == 0 ? NULL : common_text(check);
    if (common)
        remarks[out->n_remarks++] = common;
    if (!dead && check->windows > 0 &&
        line_pairs_none(&check->pairs, check->config.inputs, check->config.n_inputs))
        remarks[out->n_remarks++] =
            "no two lines were compared for polarity; where two hear one thing and their names do "
            "not say so (`OH L`, `OH R`), write `pair: NAME` at one of them in the input list";
    const char *dropped = dropped_text(check);
    if (dropped)
        remarks[out->n_remarks++] = dropped;
}

enum ton_code ton_line_check_result(struct ton_line_check *check, struct ton_line_check_result *out,
                                    struct ton_err *err) {
    ton_arena_destroy(check->said);
    check->said = ton_arena_create();
    *out = (struct ton_line_check_result){
        .lines = check->lines, .n = check->config.n_inputs, .n_windows = check->windows};
    if (!check->said)
        return no_memory(err);
    struct line_remarks *remarks = TON_NEW_N(check->said, struct line_remarks, out->n + 1);
    if (!remarks)
        return no_memory(err);
    for (int i = 0; i < out->n; i++) {
        struct line_other other;
        remarks[i].arena = check->said;
        check->lines[i] = (struct ton_line_checked){.input = &check->config.inputs[i]};
        const bool side =
            line_pairs_other(&other, &check->pairs, check->config.inputs, check->sums, i);
        line_judge(&remarks[i], &check->lines[i], &check->sums[i], side ? &other : NULL);
    }
    line_pairs_judge(&check->pairs, remarks, check->config.inputs, check->sums, check->config.rate);
    for (int i = 0; i < out->n; i++)
        line_conclude(&remarks[i], &check->lines[i]);
    ton_device_status(ton_probe_device(check->probe), &out->device);
    add_remarks(out, check);
    return ton_arena_failed(check->said) ? no_memory(err) : TON_OK;
}

void ton_line_check_close(struct ton_line_check *check) {
    if (!check)
        return;
    ton_probe_close(check->probe);
    ton_free(check->sums);
    ton_free(check->lines);
    ton_arena_destroy(check->said);
    ton_arena_destroy(check->memory);
    ton_free(check);
}
