/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The back-ends: one file each for what they have, and others for how they run. */
#ifndef TON_DEVICES_BACKENDS_H
#define TON_DEVICES_BACKENDS_H

#include "ton/device.h"
#include "ton/row.h"

#include <stdatomic.h>

struct ton_backend {
    const char *name;
    bool may_hang; /* who is asked while it opens may never answer */
    /* Adds its devices to the list, or why there is none. Fails only without memory. */
    enum ton_code (*list)(struct ton_devices *out, struct ton_arena *arena, const char *server,
                          struct ton_err *err);
    /* Fills `own`, `name`, `most_frames` and `period_frames`. After a failure `close` is called. */
    enum ton_code (*open)(struct ton_device *d, const struct ton_device_config *config,
                          struct ton_err *err);
    enum ton_code (*start)(struct ton_device *d, struct ton_err *err);
    void (*stop)(struct ton_device *d); /* returns when `process` is over; nothing when it is */
    void (*close)(struct ton_device *d);
    /* Around close, which may be given up: libraries' words on standard error. NULL: none. */
    int (*hush)(void);
    void (*unhush)(int kept);
    int (*latency)(const struct ton_device *d, bool is_input, int port);
    /* NULL: connections do not go away one by one, or there is no transport. */
    const char *(*vanished)(struct ton_device *d, bool *is_input);
    enum ton_code (*roll)(struct ton_device *d, bool roll, struct ton_err *err);
    enum ton_code (*locate)(struct ton_device *d, int64_t frame, struct ton_err *err);
};

extern const struct ton_backend ton_backend_jack, ton_backend_portaudio, ton_backend_null;

enum { DEVICE_LOADS = 101 };

/* What the audio thread counts and others read. Reset while it does not run. */
struct device_meter {
    atomic_llong frame, blocks, leaps, lost;
    atomic_llong told;                  /* xruns that the back-end heard of, by any thread */
    atomic_llong spent_ns, sounding_ns; /* in `process`; what its blocks last */
    _Atomic double worst_load;
    atomic_llong loads[DEVICE_LOADS]; /* blocks of each percent of load; the last: and more */
};

/* How long a server or driver is waited for that may never answer. */
#define DEVICE_PATIENCE_NS INT64_C(4000000000)
#define DEVICE_OPENING_NS INT64_C(8000000000) /* many questions */
#define DEVICE_HANGS "server `%s` does not answer; end it (`kill -9` if need be) and start it again"

enum device_failing { DEVICE_WORKS, DEVICE_FAILS, DEVICE_FAILED };

struct ton_device {
    const struct ton_backend *backend;
    struct ton_arena *arena; /* what open makes */
    void *own;               /* the back-end's */
    const char *name;
    int rate, most_frames, n_inputs, n_outputs;
    bool running;
    ton_device_process *process;
    void *user;
    bool (*ready)(void *user, int64_t frame);
    bool (*has_room)(void *user);
    atomic_int period_frames;
    atomic_bool realtime;
    /* The audio thread's. */
    int64_t next_frame;
    struct device_meter meter;
    /* When it was asked last whether it calls at all, and what was seen. @thread main */
    struct {
        int64_t asked_ns, blocks, silent_ns;
    } watch;
    /* What ended it: written once, by whoever is first. */
    atomic_int failing;
    char why[256];
};

/* listing.c */
extern const struct ton_backend *const ton_backends[];
extern const int ton_n_backends;
struct ton_device_info *devices_add(struct ton_devices *out, struct ton_arena *arena,
                                    const char *backend, const char *name, struct ton_err *err);
/* Without its sentence: there was no memory for it. */
enum ton_code devices_add_absent(struct ton_devices *out, struct ton_arena *arena,
                                 const struct ton_device_absence *why, struct ton_err *err);
enum ton_code devices_add_port(struct ton_device_info *device, struct ton_arena *arena,
                               const struct ton_device_port *port, struct ton_err *err);

/* device.c */
/* It is over, and why: one sentence. The first one counts. @thread any but audio */
void device_fail(struct ton_device *d, const char *format, ...) TON_PRINTF(2, 3);
bool device_failed(const struct ton_device *d);
enum ton_code device_no_memory(const struct ton_device *d, struct ton_err *err);

/* Ports that are not there, behind the first, which has its own sentence. */
struct device_missing {
    struct ton_text text;
    int n;
};
void device_missing_add(struct device_missing *m, const struct ton_device_wish *wish);
/* Behind the sentence in `err`; frees. */
void device_missing_tell(struct device_missing *m, struct ton_err *err);

/* period.c: one callback of a back-end, of any length, as blocks of at most most_frames. */
enum { DEVICE_MOST_MIDI = 256 };
struct device_period {
    int frames;
    int64_t lost;             /* since the period before */
    const float **in;         /* [input]: moved along */
    float **out;              /* [output]: moved along; need not be silent */
    struct ton_midi *midi_in; /* `at` in the period; changed */
    int n_midi_in;
    struct ton_midi *midi_out; /* DEVICE_MOST_MIDI; `at` in the period */
    int n_midi_out;
    enum ton_device_rolling rolling;
    int64_t rolling_frame;
};
TON_RT void device_period(struct ton_device *d, struct device_period *p);

#endif
