/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Back-ends: one file each. */
#ifndef TON_DEVICES_BACKENDS_H
#define TON_DEVICES_BACKENDS_H

#include "ton/device.h"
#include "ton/row.h"

struct ton_backend {
    /* Adds its devices to the list, or why there is none. Fails only without memory. */
    enum ton_code (*list)(struct ton_devices *out, struct ton_arena *arena, const char *server,
                          struct ton_err *err);
};

extern const struct ton_backend ton_backend_jack, ton_backend_portaudio, ton_backend_null;

/* device.c: for list functions. */
struct ton_device_info *devices_add(struct ton_devices *out, struct ton_arena *arena,
                                    const char *backend, const char *name, struct ton_err *err);
enum ton_code devices_add_absent(struct ton_devices *out, struct ton_arena *arena,
                                 const char *backend, const char *why, struct ton_err *err);
enum ton_code devices_add_port(struct ton_device_info *device, struct ton_arena *arena,
                               const struct ton_device_port *port, struct ton_err *err);

#endif
