/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_PROBE_H
#define TON_PROBE_H

#include "ton/device.h"
#include "ton/thread.h"

/* Plays what it is given, once, and hears inputs meanwhile, window by window: what measurements of
 * latency, lines and rooms are made of. @thread main */
struct ton_probe_config {
    const char *backend, *device, *server, *client; /* as in ton_device_config */
    int rate, period_frames;
    const struct ton_device_wish *inputs, *outputs;
    int n_inputs, n_outputs;
    const float *const *play; /* [output][play_frames], full scale 1.0, from the first frame on and
                                 until close; silence after it. NULL: only silence */
    int64_t play_frames;
    int64_t window_frames;
    int windows; /* so many, the first of which begins where playing does; 0: until it is closed */
};

/* A stretch in which nothing was lost. */
struct ton_probe_window {
    const float *const *in; /* [input][window_frames] */
    int64_t lost;           /* of ton_probe_hear: frames, while it was tried before */
};

struct ton_probe;

/* Opens the device and starts. Takes 8 bytes an input and frame of a window. Errors: as
 * ton_device_open; TON_MEMORY. */
enum ton_code ton_probe_open(struct ton_probe **out, const struct ton_probe_config *config,
                             struct ton_err *err);

/* Waits until a window is whole, but not longer than `seconds`; `out->in` is NULL when it is not.
 * The window stays as it is until the next call. What was heard while two windows waited is not
 * kept; the next one begins later then. Errors: TON_ENVIRONMENT when the device fails or stands
 * still for more than two seconds, and, of a number of windows, when something was lost; what
 * ton_stop_check says. */
enum ton_code ton_probe_wait(struct ton_probe *p, double seconds, struct ton_probe_window *out,
                             struct ton_err *err);

/* Opens a probe of one window and waits until that is whole, telling `progress` (NULL: nobody) what
 * it does; where the device loses something all is played again, twice at most. The caller closes
 * it, and it is NULL on failure, when the window has no more than what was lost. Errors as of
 * both. */
enum ton_code ton_probe_hear(struct ton_probe **out, struct ton_probe_window *window,
                             const struct ton_probe_config *config,
                             const struct ton_progress *progress, const char *what,
                             struct ton_err *err);

/* The largest sample of each input since the last call, from what was kept; 0: none came. */
void ton_probe_peaks(struct ton_probe *p, float *peaks);

/* Frames that were heard since the last window that ton_probe_wait gave out. */
int64_t ton_probe_pending(const struct ton_probe *p);

/* For its status, ports and latencies. */
struct ton_device *ton_probe_device(const struct ton_probe *p);

void ton_probe_close(struct ton_probe *p); /* NULL is fine */

#endif
