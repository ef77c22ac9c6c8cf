/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One way through the session: its plan, run in to a place, and a small fifo, because a device asks
 * for any number of frames and a plan gives blocks. The tender makes and destroys it, in between it
 * belongs to the audio thread. */
#ifndef TON_ENGINE_PLAYER_H
#define TON_ENGINE_PLAYER_H

#include "ton/live.h"
#include "ton/transport.h"

/* The session with these mutes and solos. The tender's. */
struct edition {
    struct ton_session session; /* its strips are a copy */
    struct ton_plan *plan;
    int64_t number;
    int users;
};

struct player {
    struct edition *edition;
    struct ton_live *live;
    int block;
    int64_t place;       /* its first frame's */
    int64_t end;         /* the session's */
    int64_t number;      /* of its edition */
    int64_t loop;        /* number of the loop that it is a pass of; 0: of none */
    float *fifo[2];      /* the newest block of the plan; of the audio thread, as all below */
    int at, held;        /* what is left of it */
    int head;            /* what goes away of the first one */
    int64_t silent;      /* frames before the timeline begins that have not been heard yet */
    int64_t skip;        /* frames that are not heard */
    struct player *next; /* the tender's list, under the transport's lock */
    bool unwanted;       /* the same: main could not order it */
};

enum ton_code edition_create(struct edition **out, const struct ton_transport_config *config,
                             const struct ton_strip *strips, int64_t number, struct ton_err *err);
void edition_release(struct edition *edition); /* gone with its last user; NULL is fine */

/* From `place` on, which may lie before the timeline; there it is silent. @thread tender */
struct player_config {
    int block;
    int64_t place, run_in;
    int64_t end; /* 0: the session's */
};
enum ton_code player_create(struct player **out, struct edition *edition,
                            const struct player_config *config, struct ton_err *err);
void player_destroy(struct player *player);

/* How many frames can be had at once (at most a block); 0: its takes are late. @thread audio */
TON_RT int player_ready(struct player *player);
/* So many of them; NULL: nobody hears them. @thread audio */
TON_RT void player_take(struct player *player, float *const out[2], int frames);

#endif
