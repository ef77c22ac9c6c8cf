/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The result of a line check, for people and for programs. */
#include "check.h"

#include "print.h"

#include "ton/json.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

/* What the octaves of `noise` are called, in Hz. */
static const double octaves[TON_LINE_OCTAVES] = {31.5, 63,   125,  250,  500,
                                                 1000, 2000, 4000, 8000, 16000};

const char *check_gain_text(struct ton_arena *arena, double gain) {
    return isnan(gain) ? TON_NO_VALUE
           : gain == 0 ? "right"
                       : ton_arena_printf(arena, "%+.0f dB", gain);
}

static enum ton_code tell_table(struct ton_arena *arena, const struct ton_line_check_result *result,
                                struct ton_err *err) {
    static const char *const head[] = {"Line",      "Port",     "Verdict", "Noise dBFS",
                                       "Peak dBFS", "RMS dBFS", "Gain"};
    struct ton_table table = {.arena = arena, .columns = "lllrrrr", .titled = true};
    for (int i = 0; i < TON_N(head); i++)
        ton_table_add(&table, head[i]);
    for (int i = 0; i < result->n; i++) {
        const struct ton_line_checked *line = &result->lines[i];
        ton_table_add(&table, line->input->name);
        ton_table_add(&table, line->input->port);
        ton_table_add(&table, ton_checked_name(line->verdict));
        ton_table_add(&table, ton_number_text(arena, line->line.noise.a_dbfs, 0));
        ton_table_add(&table, ton_number_text(arena, line->line.peak_dbfs, 1));
        ton_table_add(&table, ton_number_text(arena, line->line.rms_dbfs, 1));
        ton_table_add(&table, check_gain_text(arena, line->gain_db));
    }
    return ton_table_print(&table, err);
}

void check_add_remark(struct ton_text *text, const char *name,
                      const struct ton_check_remark *remark) {
    ton_text_add_shown(text, name);
    ton_text_printf(text, ": %s: ", ton_checked_name(remark->weight));
    ton_text_add_shown(text, remark->found);
    ton_text_add(text, ".");
    if (remark->remedy)
        ton_text_printf(text, " What to do: %s.", remark->remedy);
    ton_text_add(text, "\n");
}

void check_add_remarks(struct ton_text *text, const struct ton_line_checked *line, bool graver) {
    for (int i = 0; i < line->n_remarks; i++)
        if (!graver || line->remarks[i].weight != TON_CHECKED_OK)
            check_add_remark(text, line->input->name, &line->remarks[i]);
}

void check_add_counts(struct ton_text *text, const int counts[TON_N_CHECKED], const char *of_what) {
    int n = 0;
    for (int i = 0; i < TON_N_CHECKED; i++)
        n += counts[i];
    ton_text_printf(text, "\n%d %s%s: %d ok, %d attention, %d fault, %d open\n", n, of_what,
                    n == 1 ? "" : "s", counts[TON_CHECKED_OK], counts[TON_CHECKED_ATTENTION],
                    counts[TON_CHECKED_FAULT], counts[TON_CHECKED_OPEN]);
}

static void count(int counts[TON_N_CHECKED], const struct ton_line_check_result *result) {
    memset(counts, 0, sizeof *counts * TON_N_CHECKED);
    for (int i = 0; i < result->n; i++)
        counts[result->lines[i].verdict]++;
}

static bool has(const struct ton_line_checked *line, const struct ton_check_remark *remark) {
    for (int i = 0; i < line->n_remarks; i++)
        if (line->remarks[i].weight == remark->weight &&
            ton_text_same(line->remarks[i].found, remark->found) &&
            ton_text_same(line->remarks[i].remedy, remark->remedy))
            return true;
    return false;
}

/* "Kick, Snare, Hat … OH R (23 lines)" */
static void add_names(struct ton_text *names, const struct ton_line_check_result *result,
                      const struct ton_check_remark *remark, int n) {
    enum { MOST = 5 };
    int k = 0;
    for (int i = 0; i < result->n; i++) {
        if (!has(&result->lines[i], remark))
            continue;
        k++;
        if (n <= MOST || k < MOST - 1 || k == n)
            ton_text_printf(names, "%s%s",
                            k == 1               ? ""
                            : n > MOST && k == n ? " … "
                                                 : ", ",
                            result->lines[i].input->name);
    }
    if (n > 1)
        ton_text_printf(names, " (%d lines)", n);
}

/* What is said of several lines alike is said once, at the first of them. */
static void add_grouped(struct ton_text *text, const struct ton_line_check_result *result, int line,
                        const struct ton_check_remark *remark) {
    struct ton_text names = {0};
    int n = 0;
    for (int i = 0; i < result->n; i++) {
        const bool said = has(&result->lines[i], remark);
        if (said && i < line)
            return;
        n += said;
    }
    add_names(&names, result, remark, n);
    check_add_remark(text, names.data ? names.data : "", remark);
    text->failed |= names.failed;
    ton_text_free(&names);
}

static void add_remarks(struct ton_text *text, const struct ton_line_check_result *result) {
    for (int i = 0; i < result->n; i++)
        for (int k = 0; k < result->lines[i].n_remarks; k++)
            if (result->lines[i].remarks[k].weight != TON_CHECKED_OK)
                add_grouped(text, result, i, &result->lines[i].remarks[k]);
}

/* About all of it: a common cause comes before what it did to each. */
static void add_about_all(struct ton_text *text, const struct ton_line_check_result *result) {
    for (int i = 0; i < result->n_remarks; i++)
        ton_text_printf(text, "%c%s.\n", toupper((unsigned char)result->remarks[i][0]),
                        result->remarks[i] + 1);
    ton_text_add(text, result->n_remarks ? "\n" : "");
}

enum ton_code check_tell(struct ton_arena *arena, const struct ton_line_check_result *result,
                         struct ton_err *err) {
    struct ton_text text = {0};
    int counts[TON_N_CHECKED];
    const enum ton_code code = tell_table(arena, result, err);
    ton_text_add(&text, "\n");
    add_about_all(&text, result);
    add_remarks(&text, result);
    count(counts, result);
    check_add_counts(&text, counts, "line");
    return code ? code : ton_print_prose(&text, err);
}

static struct ton_json *noise_json(const struct ton_line_noise *noise) {
    struct ton_json *j = ton_json_object(), *bands = ton_json_array();
    ton_json_set(j, "rms_dbfs", ton_json_round(noise->rms_dbfs, 2));
    ton_json_set(j, "a_dbfs", ton_json_round(noise->a_dbfs, 2));
    for (int i = 0; i < TON_LINE_OCTAVES; i++) {
        struct ton_json *band = ton_json_object();
        ton_json_set(band, "hz", ton_json_number(octaves[i]));
        ton_json_set(band, "dbfs", ton_json_round(noise->octave_dbfs[i], 2));
        ton_json_add(bands, band);
    }
    ton_json_set(j, "octaves", bands);
    return j;
}

static struct ton_json *hum_json(const struct ton_line_hum *hum) {
    if (hum->cause == TON_HUM_NONE)
        return ton_json_null();
    struct ton_json *j = ton_json_object();
    ton_json_set(j, "hz", ton_json_round(hum->hz, 3));
    ton_json_set(j, "total_dbfs", ton_json_round(hum->total_dbfs, 2));
    ton_json_set(j, "fundamental_dbfs", ton_json_round(hum->fundamental_dbfs, 2));
    ton_json_set(j, "harmonics", ton_json_integer(hum->n_harmonics));
    ton_json_set(j, "highest_hz", ton_json_round(hum->highest_hz, 1));
    return j;
}

static struct ton_json *tone_json(const struct ton_line *line) {
    if (isnan(line->tone_dbfs))
        return ton_json_null();
    struct ton_json *j = ton_json_object();
    ton_json_set(j, "hz", ton_json_round(line->tone_hz, 3));
    ton_json_set(j, "dbfs", ton_json_round(line->tone_dbfs, 2));
    return j;
}

struct ton_json *check_remark_json(const struct ton_check_remark *remark) {
    struct ton_json *j = ton_json_object();
    ton_json_set(j, "kind", ton_json_string(remark->kind));
    ton_json_set(j, "verdict", ton_json_string(ton_checked_name(remark->weight)));
    ton_json_set(j, "found", ton_json_string(remark->found));
    ton_json_set(j, "remedy", ton_json_string(remark->remedy));
    if (remark->lead > 0)
        ton_json_set(j, "lead", ton_json_round(remark->lead, 2));
    return j;
}

static struct ton_json *remarks_json(const struct ton_line_checked *line) {
    struct ton_json *list = ton_json_array();
    for (int i = 0; i < line->n_remarks; i++)
        ton_json_add(list, check_remark_json(&line->remarks[i]));
    return list;
}

struct ton_json *check_line_json(const struct ton_line_checked *line) {
    struct ton_json *j = ton_json_object();
    ton_json_set(j, "name", ton_json_string(line->input->name));
    ton_json_set(j, "port", ton_json_string(line->input->port));
    ton_json_set(j, "source", ton_json_string(line->input->source));
    ton_json_set(j, "verdict", ton_json_string(ton_checked_name(line->verdict)));
    ton_json_set(j, "peak_dbfs", ton_json_round(line->line.peak_dbfs, 2));
    ton_json_set(j, "rms_dbfs", ton_json_round(line->line.rms_dbfs, 2));
    ton_json_set(j, "gain_db", ton_json_round(line->gain_db, 1));
    ton_json_set(j, "dc", ton_json_round(line->line.dc, 6));
    ton_json_set(j, "quiet_seconds", ton_json_round(line->line.quiet_seconds, 2));
    ton_json_set(j, "signal_seconds", ton_json_round(line->line.signal_seconds, 2));
    ton_json_set(j, "noise", noise_json(&line->line.noise));
    ton_json_set(j, "hum", hum_json(&line->line.hum));
    ton_json_set(j, "tone", tone_json(&line->line));
    ton_json_set(j, "phone_dbfs", ton_json_round(line->line.phone_dbfs, 2));
    ton_json_set(j, "slips", ton_json_integer(line->line.crackle.slips));
    ton_json_set(j, "slip_frames", ton_json_round(line->line.crackle.slip_frames, 1));
    ton_json_set(j, "remarks", remarks_json(line));
    return j;
}

struct ton_json *check_device_json(const struct ton_device_status *device) {
    struct ton_json *j = ton_json_object();
    ton_json_set(j, "backend", ton_json_string(device->backend));
    ton_json_set(j, "name", ton_json_string(device->name));
    ton_json_set(j, "rate_hz", ton_json_integer(device->rate));
    ton_json_set(j, "period_frames", ton_json_integer(device->period_frames));
    return j;
}

static struct ton_json *counts_json(const struct ton_line_check_result *result) {
    struct ton_json *j = ton_json_object();
    int counts[TON_N_CHECKED];
    count(counts, result);
    for (int v = 0; v < TON_N_CHECKED; v++)
        ton_json_set(j, ton_checked_name((enum ton_checked)v), ton_json_integer(counts[v]));
    return j;
}

struct ton_json *check_json(const struct check_plan *plan,
                            const struct ton_line_check_result *result) {
    struct ton_json *j = ton_json_object(), *lines = ton_json_array(), *remarks = ton_json_array(),
                    *device = check_device_json(&result->device);
    ton_json_set(device, "xruns", ton_json_integer(result->device.xruns));
    ton_json_set(j, "title", ton_json_string(plan->title));
    ton_json_set(j, "device", device);
    ton_json_set(j, "seconds", ton_json_integer(result->n_windows * TON_LINE_CHECK_SECONDS));
    for (int i = 0; i < result->n; i++)
        ton_json_add(lines, check_line_json(&result->lines[i]));
    for (int i = 0; i < result->n_remarks; i++)
        ton_json_add(remarks, ton_json_string(result->remarks[i]));
    ton_json_set(j, "lines", lines);
    ton_json_set(j, "counts", counts_json(result));
    ton_json_set(j, "remarks", remarks);
    ton_json_set(j, "page",
                 plan->production && result->n_windows > 0 ? ton_json_string(check_page_path)
                                                           : ton_json_null());
    return j;
}
