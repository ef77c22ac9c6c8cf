/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which tracks are armed, and which inputs of the device they take. */
#ifndef TON_RECORDING_ARMS_H
#define TON_RECORDING_ARMS_H

#include "ton/device.h"
#include "ton/recorder.h"
#include "ton/session.h"

struct arm {
    const char *track;
    const char *inputs[2]; /* as written */
    const char *ports[2];  /* of the device, where an input is a line of the input list */
    const char *where;     /* of the inputs in the session; NULL: given now */
    int n_inputs;
    bool told; /* the inputs were given now, and are not those of the session */
};

struct arms {
    struct arm *items;
    struct ton_recorder_track *tracks; /* the same for the recorder */
    int n;
    struct ton_device_wish *wishes; /* each input once */
    int n_wishes;
};

/* `asked` are `Kick`, `Voice=1`, `Keys=3,4`, `Kick=Kick In`; none: all tracks with an input. Names
 * of inputs are looked up in the input list of the production in `folder`. Errors name the track
 * and what to write. */
enum ton_code arms_find(struct arms *out, struct ton_arena *arena, const char *folder,
                        const struct ton_session *session, const char *const *asked, int n_asked,
                        struct ton_err *err);

#endif
