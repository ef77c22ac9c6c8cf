/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_ROOM_LISTEN_H
#define TON_ROOM_LISTEN_H

#include "ton/device.h"
#include "ton/response.h"
#include "ton/sweep.h"
#include "ton/thread.h"

/* Plays sweeps through one loudspeaker, and hears them with microphones: what a room is measured
 * by. @thread main */

struct ton_room_listen_config {
    const char *backend, *device, *server; /* as in ton_device_config */
    int period_frames;
    struct ton_sweep sweep;    /* settled; its rate is the device's */
    const char *output;        /* port of the loudspeaker */
    const float *play;         /* what it gets instead of the sweep, as long; NULL: the sweep */
    const char *const *inputs; /* ports of the microphones */
    int n_inputs;
    /* A cable from an output to an input, which tells how long the device itself takes; NULL. */
    const char *loop_output, *loop_input;
    const struct ton_progress *progress; /* NULL */
};

struct ton_room_listened {
    struct ton_device_status device; /* as it was; its name is in the arena */
    int64_t frames;                  /* of each recording */
    const float **recordings;        /* [n_inputs], with the sweep from the first frame on */
    double latency_frames;           /* of the device, through the loop; NaN: unknown */
    const char *loop_trouble;        /* a sentence: why it does not tell; NULL: nothing is wrong */
    int64_t claimed_frames; /* what loudspeaker's and first microphone's port claim; -1: nothing */
};

/* Where the device loses something the sweep is played again, twice at most. Errors: as
 * ton_probe_wait. What the microphones heard is not judged. Takes 8 bytes a frame and microphone;
 * recordings stand in the arena. */
enum ton_code ton_room_listen(struct ton_room_listened *out, struct ton_arena *arena,
                              const struct ton_room_listen_config *config, struct ton_err *err);

/* Whether all these are there, opened once and together, in silence: what is wrong is told of all
 * at once. `wishes` have names. Errors: as ton_device_open. */
enum ton_code ton_room_listen_try(const struct ton_room_listen_config *config,
                                  const struct ton_device_wish *inputs, int n_inputs,
                                  const struct ton_device_wish *outputs, int n_outputs,
                                  struct ton_err *err);

/* What a loudspeaker behind one side of a monitor chain gets of the sweep. */
struct ton_room_side {
    const float *play;  /* [ton_sweep_frames], at once: the chain's latency is taken off */
    double peak_dbfs;   /* of it */
    int latency_frames; /* that the chain has */
    double own_frames;  /* by which its filters still delay the sweep */
    struct ton_response response; /* of the chain, psychoacoustic */
};

/* The sweep through the left (0) or right (1) side of the chain, as a mix that is panned hard there
 * is; the other side gets silence. Errors: as monitor_chain_create's, ton_sweep_hear's; TON_INPUT
 * for a chain that lets nothing through. Takes as long as rendering that; what stays is in the
 * arena. */
struct ton_chain;
enum ton_code ton_room_side_make(struct ton_room_side *out, struct ton_arena *arena,
                                 const struct ton_chain *chain, int side,
                                 const struct ton_sweep *sweep, struct ton_err *err);

#endif
