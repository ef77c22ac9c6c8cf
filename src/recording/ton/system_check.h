/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_SYSTEM_CHECK_H
#define TON_SYSTEM_CHECK_H

#include "ton/arena.h"
#include "ton/latency.h"
#include "ton/line_check.h"
#include "ton/machine.h"
#include "ton/path.h"
#include "ton/thread.h"

/* The system check: whether this computer, its sound device and its disk keep up with what is going
 * to be recorded, found out by doing it. @thread main */

struct ton_system_check_config {
    const char *backend, *device, *server; /* as in ton_device_config */
    int rate, period_frames;
    struct ton_device_config second; /* whose clock is held against the device's: back-end, device,
                                        server, rate, speed; back-end NULL: none */
    int n_inputs, n_outputs;         /* that are recorded and played under load */
    const char *output, *input; /* of the loop-back, as in ton_device_wish; NULL: there is none */
    int told_latency;           /* samples that recordings are moved by in any case; -1: what the
                                   ports claim */
    const char *folder;         /* where takes go */
    int bits;                   /* of a take: 24, or 32 */
    double seconds;             /* under load; at most 3600 */
    const char *root;           /* of /proc and /sys, see ton_machine_setup */
    const struct ton_progress *progress;
};

/* How much faster one clock runs than another. */
struct ton_system_drift {
    bool known;
    double ppm, known_ppm; /* two standard errors of it */
};

struct ton_system_load {
    struct ton_device_status device;
    double seconds;
    int n_inputs, n_outputs, workers;
    bool recorded;           /* false: there was no room for takes */
    int64_t overrun;         /* frames that the disk was too late for */
    double waited_s, ring_s; /* the most that waited for the disk, of how much may */
    struct ton_system_drift drift, second_drift; /* against this computer's clock */
};

struct ton_system_disk {
    enum ton_disk kind;
    double bytes_s, slowest_bytes_s; /* on the disk, of all and of the slowest piece; 0: unknown */
    double needed_bytes_s;           /* for the inputs */
    int64_t free_bytes;              /* -1: unknown */
    double hours;                    /* that those last; NaN: unknown */
};

/* A part that could not be measured has a code, and its sentence in `why`. */
struct ton_system_trouble {
    enum ton_code code;
    const char *why;
};

struct ton_system {
    struct ton_system_load load;
    struct ton_latency latency;
    struct ton_system_disk disk;
    struct ton_machine_setup machine;
    bool is_realtime;                /* a thread of this program gets priority */
    struct ton_system_drift between; /* how much faster the second device runs than the first */
    struct ton_system_trouble load_trouble, latency_trouble, disk_trouble, second_trouble;
    const struct ton_check_remark *findings; /* in the order in which they are told */
    int n;
    enum ton_checked verdict; /* the gravest; open above ok */
    enum ton_code code;       /* of the device if it could not be used, else of the loop-back */
};

/* Everything, one after the other: the disk for up to two seconds, the loop-back for up to ten, and
 * then the load: the inputs are recorded into a hidden folder in `folder`, which is removed, while
 * every core computes. What cannot be measured is a finding. Errors: TON_STOPPED, TON_MEMORY. */
enum ton_code ton_system_check(struct ton_system *out, struct ton_arena *arena,
                               const struct ton_system_check_config *config, struct ton_err *err);

#endif
