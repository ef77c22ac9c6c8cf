/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_DEVICE_H
#define TON_DEVICE_H

#include "ton/arena.h"
#include "ton/rt.h"

#include <stdint.h>

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
    bool hangs; /* it is there, and does not answer */
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

/* The first default device whose rate is known, of this back-end (NULL: of any); NULL: none. */
const struct ton_device_info *ton_devices_default(const struct ton_devices *devices,
                                                  const char *backend);

/* The names of all back-ends, also of those that this program was built without; NULL behind the
 * last. */
const char *const *ton_device_backends(void);

/* A port of ours, and what it is connected to. */
struct ton_device_wish {
    const char *name;    /* "Kick", "Mix L": what a patchbay shows */
    const char *connect; /* "3": the third physical port; another port's name; NULL: left open */
};

struct ton_midi {
    int at; /* frame in the block */
    int n;  /* bytes */
    uint8_t bytes[16];
};

enum ton_device_rolling { TON_DEVICE_STOPPED, TON_DEVICE_STARTING, TON_DEVICE_ROLLING };

/* One period as the callback gets it. */
struct ton_device_block {
    int64_t frame; /* since the start, on the device's clock; it leaps over what was lost */
    int64_t lost;  /* frames between the block before and this one that no one heard or played: an
                      xrun. Exact where a server skipped us; where its device stood still, by the
                      clock: to a few frames */
    int frames;    /* up to most_frames; may differ from block to block */
    const float *const *in; /* [input][frame]; valid during the call */
    float *const *out;      /* [output][frame]; silent already */
    const struct ton_midi *midi_in;
    int n_midi_in;
    struct ton_midi *midi_out; /* in order of `at`; n_midi_out of most_midi_out are sent */
    int n_midi_out, most_midi_out;
    enum ton_device_rolling rolling; /* the transport that all programs of a server share */
    int64_t rolling_frame;           /* where it is at the block's first frame; -1: there is none */
};

/* Called for each period. No allocation, lock, file, log or system call (TON_RT). @thread audio */
typedef void ton_device_process(void *user, struct ton_device_block *block);

struct ton_device_config {
    const char *backend; /* "jack", "portaudio", "null"; NULL: the first that has a device */
    const char *device;  /* its name, or a part that only it has; NULL: the default one */
    const char *server;  /* of JACK; NULL: the default one */
    const char *client;  /* what other programs call us; NULL: "tonmeister" */
    int rate;            /* Hz that it has to run at */
    int period_frames;   /* that are wished for; 0: the device's own (null: 256) */
    double speed;        /* null: times as fast as the clock; 0: as fast as the machine can */
    const struct ton_device_wish *inputs, *outputs;
    int n_inputs, n_outputs;
    int n_if_there; /* so many outputs, from the first, are left open too where the device has fewer
                       ports than their numbers */
    const char *midi_in, *midi_out; /* connected to; "": a port that is left open; NULL: none */
    ton_device_process *process;
    void *user;
    /* Whether playing from this frame on is ready, asked by a server that wants to roll (JACK's
     * slow sync); NULL: always. @thread audio */
    bool (*ready)(void *user, int64_t frame);
    /* Whether what the next period brings finds room, asked by a clock that can wait for it (null,
     * as fast as the machine can); NULL: always. @thread audio */
    bool (*has_room)(void *user);
};

struct ton_device;

/* Opens, makes the ports and connects them; `process` is not called yet. What the config points at
 * is not needed afterwards, but for `user`.
 *
 * Errors, each with its own sentence (where: the back-end) and what to do. TON_USAGE: a back-end of
 * no such name; MIDI where there is none. TON_ENVIRONMENT: a back-end that was left out of this
 * program; no server; no such device, or several of that name; another rate than the session's
 * (both are told); a port, input or output that is not there (with the nearest, or how many there
 * are); two ports of one name (inputs and outputs share JACK's); a server or driver that refuses,
 * in its own words. TON_MEMORY. @thread main */
enum ton_code ton_device_open(struct ton_device **out, const struct ton_device_config *config,
                              struct ton_err *err);
enum ton_code ton_device_start(struct ton_device *device, struct ton_err *err);
/* When it returns, `process` runs no more. After that it can be started again, from frame 0. */
void ton_device_stop(struct ton_device *device);
/* Stops. Where a server or driver does not answer it returns after some seconds all the same. NULL
 * is fine. */
void ton_device_close(struct ton_device *device);

/* What it is and does. Any time after open. @thread main */
struct ton_device_status {
    const char *backend, *name;
    int rate, period_frames, most_frames;
    bool realtime;  /* its thread goes before those of other programs; false: or nobody knows */
    int64_t frame;  /* the newest block's */
    int64_t blocks; /* processed */
    int64_t xruns, lost_frames;
    /* Of `process`, as shares of its block's time; all but one block of a thousand stay below
     * `high_load`: in that one the machine may have been away. */
    double mean_load, high_load, worst_load;
};
void ton_device_status(const struct ton_device *device, struct ton_device_status *out);

/* Seconds for which it has not called `process`: more than two mean that its server or driver
 * hangs. It may come back; then the next block tells what was lost. Counts while it is asked, four
 * times a second or more often. @thread main */
double ton_device_silence(struct ton_device *device);

/* Frames that sound takes from the world to `process`, and from it to the world: what the ports
 * claim now, the longest of several. -1: unknown. */
int ton_device_latency(const struct ton_device *device, bool is_input, int port);

/* TON_OK while it works; else what ended it, once and for all: the server died, the device was
 * pulled out, the rate changed. @thread main */
enum ton_code ton_device_failure(const struct ton_device *device, struct ton_err *err);

/* The same, and TON_ENVIRONMENT where it has stood still for two seconds. @thread main */
enum ton_code ton_device_check(struct ton_device *device, struct ton_err *err);

/* A connection that was asked for and is gone: the other port's name, told once each (again after
 * it was back); NULL: none (more). `*is_input` says on which side of ours. @thread main */
const char *ton_device_vanished(struct ton_device *device, bool *is_input);

/* The transport that all programs of a server share. TON_INPUT where there is none. @thread main */
enum ton_code ton_device_roll(struct ton_device *device, bool roll, struct ton_err *err);
enum ton_code ton_device_locate(struct ton_device *device, int64_t frame, struct ton_err *err);

#endif
