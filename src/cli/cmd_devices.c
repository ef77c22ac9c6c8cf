/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ton devices: what sound can go in and out through. */
#include "device_choice.h"
#include "print.h"
#include "verb.h"

#include "ton/device.h"
#include "ton/json.h"
#include "ton/latency.h"
#include "ton/text.h"

#include <math.h>
#include <stdlib.h>

/* null: it is not known, or anything is possible. */
static struct ton_json *count_json(int n, int unknown) {
    return n == unknown ? ton_json_null() : ton_json_integer(n);
}

static struct ton_json *port_json(const struct ton_device_port *port) {
    struct ton_json *j = ton_json_object();
    ton_json_set(j, "name", ton_json_string(port->name));
    ton_json_set(j, "direction", ton_json_string(port->is_input ? "in" : "out"));
    ton_json_set(j, "kind", ton_json_string(port->is_midi ? "midi" : "audio"));
    ton_json_set(j, "physical", ton_json_bool(port->is_physical));
    ton_json_set(j, "latency_frames", count_json(port->latency_frames, -1));
    return j;
}

static struct ton_json *device_json(const struct ton_device_info *d) {
    struct ton_json *j = ton_json_object(), *rates = ton_json_array(), *ports = ton_json_array();
    ton_json_set(j, "backend", ton_json_string(d->backend));
    ton_json_set(j, "name", ton_json_string(d->name));
    ton_json_set(j, "default", ton_json_bool(d->is_default));
    ton_json_set(j, "clock", ton_json_string(d->clock));
    ton_json_set(j, "rate_hz", ton_json_number(d->rate > 0 ? d->rate : (double)NAN));
    for (int i = 0; i < d->n_rates; i++)
        ton_json_add(rates, ton_json_number(d->rates[i]));
    ton_json_set(j, "other_rates_hz", rates);
    ton_json_set(j, "period_frames", count_json(d->period_frames, 0));
    ton_json_set(j, "inputs", count_json(d->n_inputs, -1));
    ton_json_set(j, "outputs", count_json(d->n_outputs, -1));
    for (size_t i = 0; i < d->n_ports; i++)
        ton_json_add(ports, port_json(&d->ports[i]));
    ton_json_set(j, "ports", ports);
    return j;
}

static enum ton_code print_json(const struct ton_devices *devices, struct ton_err *err) {
    struct ton_json *j = ton_json_object(), *list = ton_json_array(), *absent = ton_json_array();
    for (size_t i = 0; i < devices->n; i++)
        ton_json_add(list, device_json(&devices->items[i]));
    for (size_t i = 0; i < devices->n_absent; i++) {
        struct ton_json *a = ton_json_object();
        ton_json_set(a, "backend", ton_json_string(devices->absent[i].backend));
        ton_json_set(a, "why", ton_json_string(devices->absent[i].why));
        ton_json_add(absent, a);
    }
    ton_json_set(j, "devices", list);
    ton_json_set(j, "absent", absent);
    return ton_print_json(j, err);
}

static const char *rate_text(struct ton_arena *arena, double rate) {
    return rate > 0 ? ton_arena_printf(arena, "%g kHz", rate / 1000) : "any";
}

static const char *count_text(struct ton_arena *arena, int n, int none) {
    return n == none ? "any" : ton_arena_printf(arena, "%d", n);
}

static enum ton_code print_list(struct ton_arena *arena, const struct ton_devices *devices,
                                struct ton_err *err) {
    static const char *const head[] = {"Back-end", "Device", "Rate",    "Period",
                                       "In",       "Out",    "Clock of"};
    struct ton_table table = {.arena = arena, .columns = "llrrrrl", .titled = true};
    for (int i = 0; i < TON_N(head); i++)
        ton_table_add(&table, head[i]);
    for (size_t i = 0; i < devices->n; i++) {
        const struct ton_device_info *d = &devices->items[i];
        ton_table_add(&table, d->backend);
        ton_table_add(&table, d->name);
        ton_table_add(&table, rate_text(arena, d->rate));
        ton_table_add(&table, count_text(arena, d->period_frames, 0));
        ton_table_add(&table, count_text(arena, d->n_inputs, -1));
        ton_table_add(&table, count_text(arena, d->n_outputs, -1));
        ton_table_add(&table, d->clock);
    }
    return ton_table_print(&table, err);
}

/* Frames, and how long that is at the device's rate. */
static const char *latency_text(struct ton_arena *arena, const struct ton_device_info *d,
                                int frames) {
    if (frames < 0 || d->rate <= 0)
        return TON_NO_VALUE;
    return ton_arena_printf(arena, "%d (%.1f ms)", frames, frames * 1000.0 / d->rate);
}

static enum ton_code print_ports(struct ton_arena *arena, const struct ton_device_info *d,
                                 struct ton_err *err) {
    static const char *const head[] = {"Port", "", "No", "Kind", "Latency"};
    struct ton_table table = {.arena = arena, .columns = "llrlr", .titled = true};
    int numbers[2] = {0}; /* of physical ports of sound, as `--arm Voice=1` counts them */
    struct ton_text title = {0};
    if (d->n_ports == 0)
        return TON_OK;
    ton_text_printf(&title, "\n%s %s:\n", d->backend, d->name);
    const enum ton_code code = ton_print_prose(&title, err);
    for (int i = 0; i < TON_N(head); i++)
        ton_table_add(&table, head[i]);
    for (size_t i = 0; i < d->n_ports; i++) {
        const struct ton_device_port *p = &d->ports[i];
        ton_table_add(&table, p->name);
        const bool counts = p->is_physical && !p->is_midi;
        ton_table_add(&table, p->is_input ? "in" : "out");
        ton_table_add(&table, counts ? ton_arena_printf(arena, "%d", ++numbers[p->is_input]) : "");
        ton_table_add(&table, ton_arena_printf(arena, "%s%s", p->is_midi ? "MIDI" : "sound",
                                               p->is_physical ? "" : ", a program's"));
        ton_table_add(&table, latency_text(arena, d, p->latency_frames));
    }
    return code ? code : ton_table_print(&table, err);
}

static enum ton_code print_absent(const struct ton_devices *devices, struct ton_err *err) {
    struct ton_text text = {0};
    for (size_t i = 0; i < devices->n_absent; i++)
        ton_text_printf(&text, "%s%s: %s.\n", i ? "" : "\n", devices->absent[i].backend,
                        devices->absent[i].why);
    return ton_print_prose(&text, err);
}

static enum ton_code print_latency(const struct ton_given *given, const struct ton_latency *l,
                                   struct ton_err *err) {
    struct ton_text text = {0};
    if (ton_given_switch(given, "json")) {
        struct ton_json *j = ton_json_object();
        ton_json_set(j, "latency_frames", ton_json_integer(l->frames));
        ton_json_set(j, "claimed_frames", count_json((int)l->claimed, -1));
        ton_json_set(j, "rate_hz", ton_json_integer(l->rate));
        ton_json_set(j, "period_frames", ton_json_integer(l->period_frames));
        ton_json_set(j, "level_db", ton_json_round(l->level_db, 2));
        ton_json_set(j, "inverted", ton_json_bool(l->inverted));
        ton_json_set(j, "drift_ppm", ton_json_round(l->drift_ppm, 2));
        return ton_print_json(j, err);
    }
    ton_text_printf(&text, "%lld samples (%.2f ms) there and back at %d frames a period, %.1f dB\n",
                    (long long)l->frames, 1000.0 * (double)l->frames / l->rate, l->period_frames,
                    l->level_db);
    if (l->inverted)
        ton_text_add(&text, "It comes back upside down: cable, output or input turns it.\n");
    if (fabs(l->drift_ppm) > l->drift_known_ppm)
        ton_text_printf(
            &text,
            "The clock of the input runs %.1f ppm %s than that of the output, which is "
            "%.1f samples a minute: let one of the two devices follow the other's clock.\n",
            fabs(l->drift_ppm), l->drift_ppm > 0 ? "faster" : "slower",
            fabs(l->drift_ppm) * 60e-6 * l->rate);
    if (l->claimed == l->frames)
        ton_text_add(&text, "The ports claim the same: overdubs are placed right as it is.\n");
    else {
        if (l->claimed < 0)
            ton_text_add(&text, "The ports do not say how long");
        else
            ton_text_printf(&text, "The ports claim %lld", (long long)l->claimed);
        ton_text_printf(&text,
                        "; write `latency: %lld samples` into config.yaml, or give `ton record` "
                        "`--latency \"%lld samples\"`.\n",
                        (long long)l->frames, (long long)l->frames);
    }
    return ton_print_prose(&text, err);
}

static enum ton_code measure(const struct ton_given *given, const struct ton_devices *devices,
                             const char *loop, struct ton_err *err) {
    struct ton_latency latency;
    const struct ton_device_info *info = ton_devices_default(devices, NULL);
    if (!info)
        return ton_fail(err, TON_ENVIRONMENT, NULL,
                        "there is no sound device to measure; `ton devices` says why");
    struct ton_latency_config config = {.backend = info->backend,
                                        .server = getenv("JACK_DEFAULT_SERVER"),
                                        .rate = (int)lround(info->rate)};
    enum ton_code code =
        device_loop(&config.output, &config.input, given->arena, "--latency", loop, err);
    if (!code)
        code = ton_latency_measure(&latency, &config, err);
    return code ? code : print_latency(given, &latency, err);
}

static enum ton_code run(const struct ton_given *given, struct ton_err *err) {
    struct ton_devices devices;
    enum ton_code code =
        ton_devices_list(&devices, given->arena, getenv("JACK_DEFAULT_SERVER"), err);
    if (code)
        return code;
    if (ton_given_text(given, "latency"))
        return measure(given, &devices, ton_given_text(given, "latency"), err);
    if (ton_given_switch(given, "json"))
        return print_json(&devices, err);
    code = print_list(given->arena, &devices, err);
    for (size_t i = 0; i < devices.n && !code && ton_given_switch(given, "ports"); i++)
        code = print_ports(given->arena, &devices.items[i], err);
    return code ? code : print_absent(&devices, err);
}

static const struct ton_row options[] = {
    TON_OPTION_JSON,
    {.key = "ports",
     .kind = TON_SWITCH,
     .help = "Every port by its name, with the latency that its driver claims."},
    {.key = "latency",
     .label = "OUT=IN",
     .kind = TON_TEXT,
     .help = "Measure how long sound takes from this output back to this input, with a cable "
             "between them (numbers or names of ports): plays four bursts of noise."},
};

static const struct ton_example examples[] = {
    {"ton devices", "What can be opened now."},
    {"ton devices --ports", "With the names of all inputs and outputs."},
    {"ton devices --latency 1=2", "What overdubs have to be moved by, measured by a cable."},
};

const struct ton_verb ton_verb_devices = {
    .name = "devices",
    .order = 105,
    .summary = "List what sound can go in and out through",
    .text =
        "The sound server that runs (JACK, or PipeWire's), the devices without one (PortAudio), "
        "and `null`, which is a clock without sound. In and out are seen from here: a microphone "
        "is an input.\n\nThe server is that of JACK_DEFAULT_SERVER, or `default`; none is started.",
    .elsewhere = "soundcards interfaces ports jack_lsp",
    .options = options,
    .n_options = TON_N(options),
    .examples = examples,
    .n_examples = TON_N(examples),
    .run = run,
};
