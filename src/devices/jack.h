/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_DEVICES_JACK_H
#define TON_DEVICES_JACK_H

#include "backends.h"
#include "jack_clock.h"

#include <jack/jack.h>

/* A connection that was asked for. */
struct jack_link {
    jack_port_t *port; /* ours */
    const char *other; /* its full name */
    bool is_input, stands;
};

struct jack_device {
    struct ton_device *device;
    jack_client_t *client;
    jack_port_t **inputs, **outputs, *midi_in, *midi_out;
    struct jack_link *links;
    int n_links;
    /* JACK's thread runs from open to close: `process` is in it while it is wanted. */
    atomic_bool wanted, inside;
    /* The audio thread's. */
    struct jack_clock clock;
    const float **in;
    float **out;
    struct ton_midi heard[DEVICE_MOST_MIDI], sent[DEVICE_MOST_MIDI];
};

/* jack.c */
/* NULL: there is no such server, or it hangs; `why` is the sentence, or NULL without memory. What
 * is asked of the server after that may hang too. */
jack_client_t *jack_join(struct ton_device_absence *why, struct ton_arena *arena,
                         const char *client, const char *server);
/* Frames of what goes through a port, from the outermost world or to it; the longest way. */
int jack_latency(jack_port_t *port, bool is_input);

/* jack_device.c: the functions of the back-end. */
enum ton_code jack_device_open(struct ton_device *d, const struct ton_device_config *config,
                               struct ton_err *err);
enum ton_code jack_device_start(struct ton_device *d, struct ton_err *err);
void jack_device_stop(struct ton_device *d);
void jack_device_close(struct ton_device *d);
int jack_device_latency(const struct ton_device *d, bool is_input, int port);
const char *jack_device_vanished(struct ton_device *d, bool *is_input);
enum ton_code jack_device_roll(struct ton_device *d, bool roll, struct ton_err *err);
enum ton_code jack_device_locate(struct ton_device *d, int64_t frame, struct ton_err *err);

/* jack_ports.c: registers what the config wishes; connects it once the client is active. */
enum ton_code jack_make_ports(struct jack_device *j, const struct ton_device_config *config,
                              struct ton_err *err);
enum ton_code jack_connect_ports(struct jack_device *j, const struct ton_device_config *config,
                                 struct ton_err *err);

/* jack_process.c: JACK's callbacks on its audio thread. */
TON_RT int jack_process(jack_nframes_t frames, void *jack_device);
TON_RT int jack_sync(jack_transport_state_t state, jack_position_t *position, void *jack_device);

#endif
