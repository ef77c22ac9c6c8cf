/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_DEVICE_H
#define TON_DEVICE_H

#include "ton/arena.h"

/* What sound goes in and out through. JACK is the device interface, PipeWire's too; PortAudio
 * serves machines without a server; `null` is a clock and nothing else, and always there. */

/* As the program sees it: sound comes in through an input. */
struct ton_device_port {
    const char *name; /* as the back-end calls it */
    bool is_input, is_physical, is_midi;
    int latency_frames; /* at most, as the driver claims; -1: unknown */
};

struct ton_device_info {
    const char *backend, *name;
    const char *clock;       /* whose clock it runs by */
    bool is_default;         /* of its back-end */
    int n_inputs, n_outputs; /* of sound; -1: as many as are asked for */
    double rate;             /* Hz; 0: any */
    double rates[8];         /* others that it can be opened with; n_rates */
    int n_rates;
    int period_frames; /* 0: any */
    struct ton_device_port *ports;
    size_t n_ports, ports_capacity;
};

/* A back-end that has nothing, and why: one sentence without its name. */
struct ton_device_absence {
    const char *backend, *why;
};

struct ton_devices {
    struct ton_device_info *items; /* the back-ends in the order in which one is chosen */
    size_t n, capacity;
    struct ton_device_absence *absent;
    size_t n_absent, absent_capacity;
};

/* Everything that could be opened now. `server` is the JACK server's name; NULL: the default one.
 * Starts no server; takes as long as drivers take to answer. Fails only without memory.
 * @thread main */
enum ton_code ton_devices_list(struct ton_devices *out, struct ton_arena *arena, const char *server,
                               struct ton_err *err);

#endif
