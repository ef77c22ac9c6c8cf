/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The result of a system check, for people and for programs. */
#include "system.h"

#include "print.h"

#include "ton/json.h"

#include <math.h>

static void add_counts(struct ton_text *text, const struct ton_system *s) {
    int counts[TON_N_CHECKED] = {0};
    for (int i = 0; i < s->n; i++)
        counts[s->findings[i].weight]++;
    check_add_counts(text, counts, "finding");
}

enum ton_code check_system_tell(struct ton_arena *arena, const struct ton_system *s,
                                struct ton_err *err) {
    static const char *const head[] = {"Check", "Verdict", "Found"};
    struct ton_table table = {.arena = arena, .columns = "llp", .titled = true};
    struct ton_text text = {0};
    for (int i = 0; i < TON_N(head); i++)
        ton_table_add(&table, head[i]);
    for (int i = 0; i < s->n; i++) {
        ton_table_add(&table, s->findings[i].kind);
        ton_table_add(&table, ton_checked_name(s->findings[i].weight));
        ton_table_add(&table, s->findings[i].found);
    }
    const enum ton_code code = ton_table_print(&table, err);
    ton_text_add(&text, "\n");
    for (int i = 0; i < s->n; i++) {
        const struct ton_check_remark *f = &s->findings[i];
        if (f->remedy)
            ton_text_printf(&text, "%s: %s: %s.\n", f->kind, ton_checked_name(f->weight),
                            f->remedy);
    }
    add_counts(&text, s);
    return code ? code : ton_print_prose(&text, err);
}

static struct ton_json *findings_json(const struct ton_system *s) {
    struct ton_json *list = ton_json_array();
    for (int i = 0; i < s->n; i++)
        ton_json_add(list, check_remark_json(&s->findings[i]));
    return list;
}

static struct ton_json *device_json(const struct ton_system *s) {
    const struct ton_device_status *d = &s->load.device;
    if (s->load_trouble.code)
        return ton_json_null();
    struct ton_json *j = check_device_json(d);
    ton_json_set(j, "realtime", ton_json_bool(d->realtime));
    return j;
}

static struct ton_json *drift_json(const struct ton_system_drift *drift) {
    if (!drift->known)
        return ton_json_null();
    struct ton_json *j = ton_json_object();
    ton_json_set(j, "ppm", ton_json_round(drift->ppm, 2));
    ton_json_set(j, "known_ppm", ton_json_round(drift->known_ppm, 2));
    return j;
}

static struct ton_json *load_json(const struct ton_system *s) {
    const struct ton_system_load *l = &s->load;
    if (s->load_trouble.code)
        return ton_json_null();
    struct ton_json *j = ton_json_object();
    ton_json_set(j, "seconds", ton_json_round(l->seconds, 3));
    ton_json_set(j, "inputs", ton_json_integer(l->n_inputs));
    ton_json_set(j, "outputs", ton_json_integer(l->n_outputs));
    ton_json_set(j, "workers", ton_json_integer(l->workers));
    ton_json_set(j, "xruns", ton_json_integer(l->device.xruns));
    ton_json_set(j, "lost_frames", ton_json_integer(l->device.lost_frames));
    ton_json_set(j, "mean_load", ton_json_round(l->device.mean_load, 5));
    ton_json_set(j, "high_load", ton_json_round(l->device.high_load, 5));
    ton_json_set(j, "worst_load", ton_json_round(l->device.worst_load, 5));
    ton_json_set(j, "recorded", ton_json_bool(l->recorded));
    ton_json_set(j, "overrun_frames", ton_json_integer(l->overrun));
    ton_json_set(j, "waited_s", ton_json_round(l->waited_s, 3));
    return j;
}

static struct ton_json *latency_json(const struct ton_system *s) {
    const struct ton_latency *l = &s->latency;
    if (l->rate == 0 || s->latency_trouble.code)
        return ton_json_null();
    struct ton_json *j = ton_json_object();
    ton_json_set(j, "frames", ton_json_integer(l->frames));
    ton_json_set(j, "claimed_frames",
                 l->claimed < 0 ? ton_json_null() : ton_json_integer(l->claimed));
    ton_json_set(j, "level_db", ton_json_round(l->level_db, 2));
    ton_json_set(j, "inverted", ton_json_bool(l->inverted));
    ton_json_set(j, "drift_ppm", ton_json_round(l->drift_ppm, 2));
    ton_json_set(j, "lost_frames", ton_json_integer(l->lost));
    return j;
}

static struct ton_json *disk_json(const struct ton_system_disk *d) {
    struct ton_json *j = ton_json_object();
    ton_json_set(j, "bytes_per_second", ton_json_round(d->bytes_s > 0 ? d->bytes_s : NAN, 0));
    ton_json_set(j, "slowest_bytes_per_second",
                 ton_json_round(d->slowest_bytes_s > 0 ? d->slowest_bytes_s : NAN, 0));
    ton_json_set(j, "needed_bytes_per_second", ton_json_round(d->needed_bytes_s, 0));
    ton_json_set(j, "free_bytes",
                 d->free_bytes < 0 ? ton_json_null() : ton_json_integer(d->free_bytes));
    ton_json_set(j, "hours_left", ton_json_round(d->hours, 2));
    return j;
}

static struct ton_json *clocks_json(const struct ton_system *s) {
    struct ton_json *j = ton_json_object();
    ton_json_set(j, "device", drift_json(&s->load.drift));
    ton_json_set(j, "second", drift_json(&s->load.second_drift));
    ton_json_set(j, "between", drift_json(&s->between));
    return j;
}

static struct ton_json *machine_json(const struct ton_system *s) {
    const struct ton_machine_setup *m = &s->machine;
    struct ton_json *j = ton_json_object();
    ton_json_set(j, "cores", ton_json_integer(m->n_cores));
    ton_json_set(j, "governor", m->n_governed ? ton_json_string(m->governor) : ton_json_null());
    ton_json_set(j, "slow_cores", ton_json_integer(m->n_slow));
    ton_json_set(j, "realtime", ton_json_bool(s->is_realtime));
    ton_json_set(j, "realtime_priority", ton_json_integer(m->realtime_priority));
    ton_json_set(j, "locked_bytes",
                 m->locked_bytes < 0 ? ton_json_null() : ton_json_integer(m->locked_bytes));
    ton_json_set(j, "swappiness",
                 m->swappiness < 0 ? ton_json_null() : ton_json_integer(m->swappiness));
    ton_json_set(j, "swap_bytes", ton_json_integer(m->swap_bytes));
    ton_json_set(j, "on_battery", ton_json_bool(m->on_battery));
    return j;
}

struct ton_json *check_system_json(const struct check_plan *plan, const struct ton_system *s) {
    struct ton_json *j = ton_json_object();
    ton_json_set(j, "title", ton_json_string(plan->title));
    ton_json_set(j, "verdict", ton_json_string(ton_checked_name(s->verdict)));
    ton_json_set(j, "device", device_json(s));
    ton_json_set(j, "findings", findings_json(s));
    ton_json_set(j, "load", load_json(s));
    ton_json_set(j, "latency", latency_json(s));
    ton_json_set(j, "clocks", clocks_json(s));
    ton_json_set(j, "disk", disk_json(&s->disk));
    ton_json_set(j, "machine", machine_json(s));
    ton_json_set(j, "page",
                 plan->production ? ton_json_string(check_system_page_path) : ton_json_null());
    return j;
}
