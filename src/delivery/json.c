/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Delivered files as JSON: what `ton deliver --json` prints and the manifest keeps. */

#include "work.h"

static struct ton_json *remarks_json(const struct ton_verdict *v, bool failed) {
    struct ton_json *list = ton_json_array();
    for (int i = 0; i < v->n; i++) {
        if (v->remarks[i].failed == failed)
            ton_json_add(list, ton_json_string(v->remarks[i].text));
    }
    return list;
}

void json_settle(struct ton_delivered *d) {
    int n = 0;
    (void)ton_measurement_rows(&n);
    for (int i = 0; i < n; i++)
        ton_measurement_set(&d->measured, i, ton_json_kept(ton_measurement_value(&d->measured, i)));
    d->gain_db = ton_json_kept(d->gain_db);
    d->ceiling_dbtp = ton_json_kept(d->ceiling_dbtp);
    d->most_reduction_db = ton_json_kept(d->most_reduction_db);
    d->turned_db = ton_json_kept(d->turned_db);
}

static struct ton_json *value_json(double value, int digits, bool shown) {
    return shown ? ton_json_round(value, digits) : ton_json_number(value);
}

struct ton_json *json_delivered(const struct ton_delivered *d, bool shown) {
    struct ton_json *j = ton_json_object();
    ton_json_set(j, "name", ton_json_string(d->deliverable));
    ton_json_set(j, "session", ton_json_string(d->session));
    ton_json_set(j, "stem", ton_json_string(d->stem));
    ton_json_set(j, "path", ton_json_string(d->path));
    ton_json_set(j, "format", ton_json_string(d->format));
    ton_json_set(j, "rate", ton_json_integer(d->rate));
    ton_json_set(j, "channels", ton_json_integer(d->channels));
    ton_json_set(j, "spec", ton_json_string(d->spec));
    ton_json_set(j, "verdict",
                 ton_json_string(!d->spec && d->passed ? NULL
                                 : d->passed           ? "pass"
                                 : d->unmade           ? NULL
                                                       : "fail"));
    ton_json_set(j, "failures", remarks_json(&d->verdict, true));
    ton_json_set(j, "advice", remarks_json(&d->verdict, false));
    if (shown) {
        ton_json_set(j, "rebuilt", ton_json_bool(d->rebuilt));
        ton_json_set(j, "why", ton_json_strings(d->why, d->n_why));
    }
    if (d->unmade)
        ton_json_set(j, "unmade", ton_json_bool(true));
    if (d->bypassed)
        ton_json_set(j, "bypassed", ton_json_bool(true));
    int n = 0;
    const struct ton_row *rows = ton_measurement_rows(&n);
    for (int i = 0; i < n; i++)
        ton_json_set(j, rows[i].key,
                     value_json(ton_measurement_value(&d->measured, i),
                                rows[i].digits > 4 ? rows[i].digits : 4, shown));
    ton_json_set(j, "frames", ton_json_integer(d->measured.frames));
    ton_json_set(j, "clipped", ton_json_integer(d->clipped));
    ton_json_set(j, "gain_db", value_json(d->gain_db, 4, shown));
    ton_json_set(j, "ceiling_dbtp", value_json(d->ceiling_dbtp, 4, shown));
    ton_json_set(j, "most_reduction_db", value_json(d->most_reduction_db, 2, shown));
    ton_json_set(j, "turned_db", value_json(d->turned_db, 4, shown));
    ton_json_set(j, "bytes", ton_json_integer(d->bytes));
    ton_json_set(j, "sha256", ton_json_string(d->sha256));
    ton_json_set(j, "key", ton_json_string(d->key));
    ton_json_set(j, "machine", ton_json_string(d->machine));
    return j;
}

struct ton_json *ton_delivery_json(const struct ton_delivery *delivery) {
    struct ton_json *j = ton_json_object();
    struct ton_json *list = ton_json_array();
    for (int i = 0; i < delivery->n; i++)
        ton_json_add(list, json_delivered(&delivery->files[i], true));
    ton_json_set(j, "deliverables", list);
    struct ton_json *others = ton_json_object();
    ton_json_set(others, "files", ton_json_integer(delivery->n_others));
    ton_json_set(others, "up_to_date", ton_json_integer(delivery->n_others_standing));
    ton_json_set(j, "others", others);
    ton_json_set(j, "manifest", ton_json_string(delivery->manifest));
    ton_json_set(j, "report", ton_json_string(delivery->report));
    return j;
}
