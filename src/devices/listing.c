/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The back-ends, in the order in which one is chosen, and what they have. */
#include "backends.h"

#include "ton/text.h"

#include "config.h"

const struct ton_backend *const ton_backends[] = {
#if TON_HAVE_JACK
    &ton_backend_jack,
#endif
#if TON_HAVE_PORTAUDIO
    &ton_backend_portaudio,
#endif
    &ton_backend_null,
};
const int ton_n_backends = TON_N(ton_backends);

static enum ton_code no_memory(struct ton_err *err) {
    return ton_fail(err, TON_MEMORY, NULL, "no memory to list devices");
}

struct ton_device_info *devices_add(struct ton_devices *out, struct ton_arena *arena,
                                    const char *backend, const char *name, struct ton_err *err) {
    struct ton_device_info *device = TON_PUSH(arena, out->items, out->n, out->capacity);
    const char *own = ton_arena_text(arena, name);
    if (!device || !own) {
        no_memory(err);
        return NULL;
    }
    *device = (struct ton_device_info){.backend = backend, .name = own};
    return device;
}

enum ton_code devices_add_absent(struct ton_devices *out, struct ton_arena *arena,
                                 const struct ton_device_absence *why, struct ton_err *err) {
    struct ton_device_absence *absent =
        TON_PUSH(arena, out->absent, out->n_absent, out->absent_capacity);
    if (!absent)
        return no_memory(err);
    *absent = *why;
    absent->why = ton_arena_text(arena, why->why);
    return absent->why ? TON_OK : no_memory(err);
}

enum ton_code devices_add_port(struct ton_device_info *device, struct ton_arena *arena,
                               const struct ton_device_port *port, struct ton_err *err) {
    struct ton_device_port *own =
        TON_PUSH(arena, device->ports, device->n_ports, device->ports_capacity);
    if (!own)
        return no_memory(err);
    *own = *port;
    own->name = ton_arena_text(arena, port->name);
    if (!port->is_midi)
        *(port->is_input ? &device->n_inputs : &device->n_outputs) += 1;
    return own->name ? TON_OK : no_memory(err);
}

enum ton_code ton_devices_list(struct ton_devices *out, struct ton_arena *arena, const char *server,
                               struct ton_err *err) {
    enum ton_code code = TON_OK;
    *out = (struct ton_devices){.n = 0};
    for (int i = 0; i < ton_n_backends && !code; i++)
        code = ton_backends[i]->list(out, arena, server, err);
    return code;
}

const struct ton_device_info *ton_devices_default(const struct ton_devices *devices,
                                                  const char *backend) {
    for (size_t i = 0; i < devices->n; i++) {
        const struct ton_device_info *info = &devices->items[i];
        if (info->rate > 0 && info->is_default &&
            (!backend || ton_text_same(backend, info->backend)))
            return info;
    }
    return NULL;
}
