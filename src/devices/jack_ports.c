/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Our ports on a JACK server, and what they are connected to. */
#include "jack.h"

#include "ton/text.h"
#include "ton/thread.h"

#define MOST_WAIT_NS INT64_C(1000000000)

/* One side of ours: what comes in (or goes out), as sound or as MIDI. */
struct side {
    bool is_input;
    const char *type, *what;
};

static const struct side sides[2][2] = {
    {{false, JACK_DEFAULT_AUDIO_TYPE, "output"}, {false, JACK_DEFAULT_MIDI_TYPE, "MIDI output"}},
    {{true, JACK_DEFAULT_AUDIO_TYPE, "input"}, {true, JACK_DEFAULT_MIDI_TYPE, "MIDI input"}},
};

/* What gives sound to our input, as JACK sees it. */
static unsigned long opposite(const struct side *side) {
    return side->is_input ? JackPortIsOutput : JackPortIsInput;
}

static enum ton_code make_port(jack_port_t **out, struct jack_device *j, const struct side *side,
                               const char *name, int number, struct ton_err *err) {
    char own[32];
    if (!name)
        snprintf(own, sizeof own, "%s %d", side->is_input ? "in" : "out", number);
    name = name ? name : own;
    *out = jack_port_register(j->client, name, side->type,
                              side->is_input ? JackPortIsInput : JackPortIsOutput, 0);
    if (*out)
        return TON_OK;
    return ton_fail(err, TON_ENVIRONMENT, "jack",
                    "the server refuses a port `%s`: another of ours has the name, it is longer "
                    "than %d characters, or the server has no port left (`jackd -p 2048` for more)",
                    name, jack_port_name_size() - (int)strlen(jack_get_client_name(j->client)) - 2);
}

enum ton_code jack_make_ports(struct jack_device *j, const struct ton_device_config *config,
                              struct ton_err *err) {
    struct ton_arena *arena = j->device->arena;
    const int n_in = config->n_inputs, n_out = config->n_outputs;
    j->inputs = TON_NEW_N(arena, jack_port_t *, n_in);
    j->outputs = TON_NEW_N(arena, jack_port_t *, n_out);
    j->in = TON_NEW_N(arena, const float *, n_in);
    j->out = TON_NEW_N(arena, float *, n_out);
    j->links = TON_NEW_N(arena, struct jack_link, n_in + n_out + 2);
    if (ton_arena_failed(arena))
        return device_no_memory(j->device, err);
    enum ton_code code = TON_OK;
    for (int i = 0; i < n_in && !code; i++)
        code = make_port(&j->inputs[i], j, &sides[1][0], config->inputs[i].name, i + 1, err);
    for (int i = 0; i < n_out && !code; i++)
        code = make_port(&j->outputs[i], j, &sides[0][0], config->outputs[i].name, i + 1, err);
    if (!code && config->midi_in)
        code = make_port(&j->midi_in, j, &sides[1][1], "MIDI in", 0, err);
    if (!code && config->midi_out)
        code = make_port(&j->midi_out, j, &sides[0][1], "MIDI out", 0, err);
    return code;
}

static int count(const char *const *names) {
    int n = 0;
    while (names && names[n])
        n++;
    return n;
}

/* `3`: the third physical port of the kind. */
static enum ton_code find_by_number(const char **out, struct jack_device *j,
                                    const struct side *side, const char *ours, int number,
                                    bool if_there, struct ton_err *err) {
    const char **names =
        jack_get_ports(j->client, NULL, side->type, JackPortIsPhysical | opposite(side));
    const int n = count(names);
    const bool is_there = number >= 1 && number <= n;
    *out = is_there ? ton_arena_text(j->device->arena, names[number - 1]) : NULL;
    jack_free(names);
    if (is_there)
        return *out ? TON_OK : device_no_memory(j->device, err);
    if (if_there)
        return TON_OK;
    return ton_fail(err, TON_ENVIRONMENT, "jack",
                    "`%s` wants %s %d of the device, and server `%s` has %d; "
                    "`ton devices --ports` lists them",
                    ours, side->what, number, j->device->name, n);
}

static enum ton_code no_such_port(struct jack_device *j, const struct side *side, const char *ours,
                                  const char *wanted, struct ton_err *err) {
    const char **names = jack_get_ports(j->client, NULL, side->type, opposite(side));
    const char *near = names ? ton_nearest(wanted, names, (size_t)count(names)) : NULL;
    const enum ton_code code =
        ton_fail(err, TON_ENVIRONMENT, "jack",
                 "`%s` is to be connected to `%s`, and server `%s` has no such %s%s%s%s", ours,
                 wanted, j->device->name, side->what,
                 near ? "; did you mean `" : "; `ton devices --ports` lists all", near ? near : "",
                 near ? "`?" : "");
    jack_free(names);
    return code;
}

/* It is there, and is something else. */
static enum ton_code other_port(struct jack_device *j, const struct side *side, jack_port_t *port,
                                const char *ours, const char *wanted, struct ton_err *err) {
    const bool is_midi = ton_text_same(jack_port_type(port), JACK_DEFAULT_MIDI_TYPE);
    const bool is_input = jack_port_flags(port) & JackPortIsOutput; /* as we see it */
    return ton_fail(err, TON_ENVIRONMENT, "jack",
                    "`%s` is to be connected to `%s`, which is %s %s of server `%s`, and no %s; "
                    "`ton devices --ports` lists all",
                    ours, wanted, is_midi ? "a" : "an", sides[is_input][is_midi].what,
                    j->device->name, side->what);
}

/* By its name or an alias; of the right kind and direction. */
static enum ton_code find_by_name(const char **out, struct jack_device *j, const struct side *side,
                                  const char *ours, const char *wanted, struct ton_err *err) {
    jack_port_t *port = jack_port_by_name(j->client, wanted);
    if (!port)
        return no_such_port(j, side, ours, wanted, err);
    if (!(jack_port_flags(port) & (int)opposite(side)) ||
        !ton_text_same(jack_port_type(port), side->type))
        return other_port(j, side, port, ours, wanted, err);
    *out = ton_arena_text(j->device->arena, jack_port_name(port));
    return *out ? TON_OK : device_no_memory(j->device, err);
}

static enum ton_code find(const char **out, struct jack_device *j, const struct side *side,
                          const char *ours, const char *wanted, bool if_there,
                          struct ton_err *err) {
    return ton_text_is_number(wanted)
               ? find_by_number(out, j, side, ours, (int)strtol(wanted, NULL, 10), if_there, err)
               : find_by_name(out, j, side, ours, wanted, err);
}

static enum ton_code connect(struct jack_device *j, const struct side *side, jack_port_t *port,
                             const char *wanted, bool if_there, struct ton_err *err) {
    if (!wanted || !*wanted)
        return TON_OK;
    struct jack_link link = {.port = port, .is_input = side->is_input, .stands = true};
    const char *ours = jack_port_short_name(port);
    const enum ton_code code = find(&link.other, j, side, ours, wanted, if_there, err);
    if (code || !link.other)
        return code;
    const char *name = jack_port_name(port);
    if (jack_connect(j->client, side->is_input ? link.other : name,
                     side->is_input ? name : link.other))
        return ton_fail(err, TON_ENVIRONMENT, "jack",
                        "server `%s` refuses to connect `%s` and `%s`", j->device->name, ours,
                        link.other);
    j->links[j->n_links++] = link;
    return TON_OK;
}

/* After one that is not there: which others are not, so that all can be mended at once. */
static void add_missing(struct device_missing *missing, struct jack_device *j,
                        const struct side *side, const struct ton_device_wish *wishes, int from,
                        int n, int n_if_there) {
    const char *other;
    for (int i = from; i < n; i++) {
        const char *const wanted = wishes[i].connect;
        if (wanted && *wanted &&
            find(&other, j, side, "", wanted, i < n_if_there, NULL) == TON_ENVIRONMENT)
            device_missing_add(missing, &wishes[i]);
    }
}

/* PipeWire connects a little later than it says, and ports claim no latency before. */
static void wait_for_links(const struct jack_device *j) {
    const int64_t start = ton_clock_ns();
    for (int i = 0; i < j->n_links && ton_clock_ns() - start < MOST_WAIT_NS;)
        if (jack_port_connected_to(j->links[i].port, j->links[i].other))
            i++;
        else
            ton_nap(1000000);
    /* JACK 2 tells them when it comes to it; asked, it has told all when it returns. */
    jack_recompute_total_latencies(j->client);
}

enum ton_code jack_connect_ports(struct jack_device *j, const struct ton_device_config *config,
                                 struct ton_err *err) {
    enum ton_code code = TON_OK;
    struct device_missing missing = {0};
    int in = 0, out = 0;
    for (; in < config->n_inputs && !code; in++)
        code = connect(j, &sides[1][0], j->inputs[in], config->inputs[in].connect, false, err);
    for (; out < config->n_outputs && !code; out++)
        code = connect(j, &sides[0][0], j->outputs[out], config->outputs[out].connect,
                       out < config->n_if_there, err);
    if (code == TON_ENVIRONMENT) {
        add_missing(&missing, j, &sides[1][0], config->inputs, in, config->n_inputs, 0);
        add_missing(&missing, j, &sides[0][0], config->outputs, out, config->n_outputs,
                    config->n_if_there);
        device_missing_tell(&missing, err);
    }
    if (!code && j->midi_in)
        code = connect(j, &sides[1][1], j->midi_in, config->midi_in, false, err);
    if (!code && j->midi_out)
        code = connect(j, &sides[0][1], j->midi_out, config->midi_out, false, err);
    if (!code)
        wait_for_links(j);
    return code;
}
