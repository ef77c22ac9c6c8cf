/* SPDX-License-Identifier: GPL-3.0-or-later */
/* JACK: the server that runs, jackd's or PipeWire's. Never starts one. */
#include "jack.h"

#include "ton/thread.h"

#include <unistd.h>

#define JOINING_NS INT64_C(2000000000)

static void say_nothing(const char *text) {
    (void)text;
}

/* Of what goes through it, to or from the outermost world. */
int jack_latency(jack_port_t *port, bool is_input) {
    jack_latency_range_t range = {0};
    jack_port_get_latency_range(port, is_input ? JackCaptureLatency : JackPlaybackLatency, &range);
    return (int)range.max;
}

static enum ton_code add_port(struct ton_device_info *device, struct ton_arena *arena,
                              jack_client_t *client, const char *name, struct ton_err *err) {
    jack_port_t *port = jack_port_by_name(client, name);
    if (!port) /* gone meanwhile */
        return TON_OK;
    const int flags = jack_port_flags(port);
    const bool is_input = flags & JackPortIsOutput; /* gives sound, so it comes in here */
    const struct ton_device_port found = {
        .name = name,
        .is_input = is_input,
        .is_physical = flags & JackPortIsPhysical,
        .is_midi = strcmp(jack_port_type(port), JACK_DEFAULT_MIDI_TYPE) == 0,
        .latency_frames = jack_latency(port, is_input),
    };
    return devices_add_port(device, arena, &found, err);
}

static enum ton_code list_server(struct ton_devices *out, struct ton_arena *arena,
                                 jack_client_t *client, const char *server, struct ton_err *err) {
    struct ton_device_info *device = devices_add(out, arena, "jack", server, err);
    if (!device)
        return TON_MEMORY;
    device->clock = "the server's device";
    device->is_default = true;
    device->rate = jack_get_sample_rate(client);
    device->period_frames = (int)jack_get_buffer_size(client);
    const char **names = jack_get_ports(client, NULL, NULL, 0);
    enum ton_code code = TON_OK;
    for (int i = 0; names && names[i] && !code; i++)
        code = add_port(device, arena, client, names[i], err);
    jack_free(names);
    return code;
}

/* Stays with the call where that is given up, and leaves the server when it answers at last. */
struct joining {
    char client[64], server[256];
    jack_client_t *joined;
    jack_status_t status;
};

/* All servers of a user have one room for the names of their clients: where another program joins
 * another server under this name in the same moment, neither comes in, and both do soon after. */
static void join(void *user) {
    struct joining *j = user;
    const int64_t start = ton_clock_ns();
    for (;;) {
        j->status = 0;
        j->joined =
            jack_client_open(j->client, JackNoStartServer | JackServerName, &j->status, j->server);
        if (j->joined || !(j->status & JackServerError) || ton_clock_ns() - start > JOINING_NS)
            return;
        ton_nap((10 + getpid() % 20) * INT64_C(1000000)); /* not both at once again */
    }
}

static void join_in_vain(void *user) {
    struct joining *j = user;
    if (j->joined)
        jack_client_close(j->joined);
    ton_free(j);
}

jack_client_t *jack_join(struct ton_device_absence *why, struct ton_arena *arena,
                         const char *client, const char *server) {
    struct joining *j = ton_alloc(sizeof *j);
    *why = (struct ton_device_absence){.backend = "jack"};
    if (!j)
        return NULL;
    snprintf(j->client, sizeof j->client, "%s", client);
    snprintf(j->server, sizeof j->server, "%s", server);
    jack_set_error_function(say_nothing);
    jack_set_info_function(say_nothing);
    why->hangs = !ton_call_within(DEVICE_PATIENCE_NS, join, join_in_vain, j);
    if (why->hangs) {
        why->why = ton_arena_printf(arena, DEVICE_HANGS, server);
        return NULL;
    }
    jack_client_t *joined = j->joined;
    if (!joined && !(j->status & JackServerError))
        why->why = ton_arena_printf(arena,
                                    "no server `%s` runs; start one (`jackd -d alsa`), or with "
                                    "PipeWire put `pw-jack` before `ton`",
                                    server);
    else if (!joined)
        why->why = ton_arena_printf(arena,
                                    "server `%s` lets nobody in (status 0x%x); if that stays so, "
                                    "end it and start it again",
                                    server, (unsigned)j->status);
    ton_free(j);
    return joined;
}

/* What a server has, in an arena of its own: it stays where nobody waits for it any longer. */
struct listing {
    jack_client_t *client;
    const char *server;
    struct ton_arena *arena;
    struct ton_devices found;
    struct ton_err err;
    enum ton_code code;
};

static void list_and_leave(void *listing) {
    struct listing *l = listing;
    l->code = list_server(&l->found, l->arena, l->client, l->server, &l->err);
    jack_client_close(l->client);
}

static void forget(void *listing) {
    struct listing *l = listing;
    ton_arena_destroy(l->arena);
    ton_free(l);
}

static struct listing *prepare(jack_client_t *client, const char *server) {
    struct listing *l = ton_alloc(sizeof *l);
    if (!l)
        return NULL;
    *l = (struct listing){.client = client, .arena = ton_arena_create()};
    l->server = l->arena ? ton_arena_text(l->arena, server) : NULL;
    if (l->server)
        return l;
    forget(l);
    return NULL;
}

static enum ton_code add_found(struct ton_devices *out, struct ton_arena *arena,
                               const struct ton_device_info *found, struct ton_err *err) {
    struct ton_device_info *device = devices_add(out, arena, found->backend, found->name, err);
    if (!device)
        return TON_MEMORY;
    device->clock = found->clock;
    device->is_default = found->is_default;
    device->rate = found->rate;
    device->period_frames = found->period_frames;
    enum ton_code code = TON_OK;
    for (size_t i = 0; i < found->n_ports && !code; i++)
        code = devices_add_port(device, arena, &found->ports[i], err);
    return code;
}

static enum ton_code list(struct ton_devices *out, struct ton_arena *arena, const char *server,
                          struct ton_err *err) {
    const char *name = server ? server : "default";
    struct ton_device_absence why;
    jack_client_t *client = jack_join(&why, arena, "tonmeister-devices", name);
    if (!client)
        return devices_add_absent(out, arena, &why, err);
    struct listing *l = prepare(client, name);
    if (!l) {
        jack_client_close(client);
        return ton_fail(err, TON_MEMORY, NULL, "no memory to list devices");
    }
    if (!ton_call_within(DEVICE_PATIENCE_NS, list_and_leave, forget, l)) {
        why.hangs = true;
        why.why = ton_arena_printf(arena, DEVICE_HANGS, name);
        return devices_add_absent(out, arena, &why, err);
    }
    enum ton_code code = l->code;
    if (code && err)
        *err = l->err;
    if (!code)
        code = add_found(out, arena, &l->found.items[0], err);
    forget(l);
    return code;
}

const struct ton_backend ton_backend_jack = {
    .name = "jack",
    .may_hang = true,
    .list = list,
    .open = jack_device_open,
    .start = jack_device_start,
    .stop = jack_device_stop,
    .close = jack_device_close,
    .latency = jack_device_latency,
    .vanished = jack_device_vanished,
    .roll = jack_device_roll,
    .locate = jack_device_locate,
};
