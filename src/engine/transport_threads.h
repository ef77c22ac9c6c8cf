/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the threads of a transport share.
 *
 * Main orders through a ring: roll, stop, and with a player in hand: jump, loop. The tender offers:
 * a player with other mutes for a place a little ahead, the next pass of the loop; each in a slot,
 * where a newer offer takes the place of one that nobody has fetched. The audio thread fetches
 * both, and sends every player that it is done with back to the tender. So every player is always
 * in one pair of hands, and nobody waits for the audio thread. */
#ifndef TON_ENGINE_TRANSPORT_THREADS_H
#define TON_ENGINE_TRANSPORT_THREADS_H

#include "click.h"
#include "player.h"
#include "ton/transport.h"

/* Players that are in the audio thread's hands, or on their way, are at most the orders, the offers
 * and what it holds: fewer than SPENT. */
enum { MOST_ORDERS = 64, MOST_VOICES = 4, SPENT = 128 };

enum order_kind { ORDER_ROLL, ORDER_STOP, ORDER_JUMP, ORDER_LOOP };
struct order {
    enum order_kind kind;
    int64_t count_in;       /* ROLL */
    struct player *player;  /* JUMP; LOOP: its first next pass */
    int64_t from, to, loop; /* LOOP; loop 0: no longer */
};

/* A player that is heard; its gain is that of its rise times that of its fall. */
struct voice {
    struct player *player;
    bool falls;
    int risen, fallen; /* frames of the fade that are done */
};

/* The audio thread's own. */
struct playing {
    struct voice voices[MOST_VOICES]; /* the first one leads: the place is where it is */
    int n_voices;
    bool rolling, stops, ended; /* stops: the voices fall, then it does not roll */
    int64_t place;              /* the next that the lead gives */
    int64_t counts;             /* frames of the count-in that are left */
    int64_t from, to, loop;     /* loop 0: none */
    bool joined;                /* the last voice is the next pass, already rising */
    bool due;                   /* it has come to `to`: the place is `from`, the lead's is not */
    bool misses;                /* and the next pass is late */
    struct player *swap, *pass; /* fetched offers whose time has not come */
    float *rise;                /* [fade] gains */
    float *scratch[2];          /* a block each */
    struct clicking click;
};

struct request {
    bool asked, answered;
    int64_t place, loop, from, to; /* loop 0: to be jumped to */
    struct player *player;
    enum ton_code code;
    struct ton_err err;
};

struct ton_transport {
    /* From create on. */
    struct ton_transport_config config;
    int rate, fade;
    int64_t run_in;
    struct playing playing;

    /* Main to audio. */
    struct order orders[MOST_ORDERS];
    _Alignas(64) atomic_uint ordered; /* main writes */
    _Alignas(64) atomic_uint heeded;  /* audio writes */
    atomic_int click;
    _Atomic double click_gain;

    /* Tender to audio. */
    _Alignas(64) _Atomic(struct player *) swap, pass;

    /* Audio to tender. */
    struct player *spent[SPENT];
    _Alignas(64) atomic_uint n_spent;
    _Alignas(64) atomic_uint reaped; /* tender writes */

    /* Audio to all. */
    _Alignas(64) atomic_bool rolling, counting, ended;
    atomic_llong place, frame, passes, late_blocks, late_passes;
    atomic_llong lead;        /* number of the edition that is heard */
    atomic_llong swaps_used;  /* offers that were taken over or sent back */
    atomic_llong passes_used; /* the same, with what came with a loop's order */
    atomic_int asked;         /* frames, the last time */

    /* Main and tender, under the lock. */
    pthread_mutex_t lock;
    pthread_cond_t moved;
    bool leaves;
    struct ton_strip *strips; /* as they are wanted */
    int64_t wanted;           /* number of the edition that would have them */
    int64_t refused;          /* the same, when it could not be made */
    int64_t loop, from, to;   /* that passes are made for */
    bool no_passes;           /* they cannot be made */
    int64_t n_loops;
    struct ton_arena *cuts; /* clips of strips that have a silent stretch; NULL: none has */
    struct request request;
    struct player *players; /* all */
    enum ton_code failure;
    struct ton_err why;

    /* The tender's. */
    struct ton_thread tender;
    struct edition *edition; /* the newest */
    int64_t swaps_put, passes_put;
    int64_t pass_number, pass_loop; /* of the newest pass put */
    int64_t pace;                   /* frames that a preparation lasted, at most of late */
    int patience;
};

/* tender.c. @thread tender, or main before there is one */
void *tender_run(void *transport);
enum ton_code tender_prepare(struct player **out, struct ton_transport *t, int64_t place,
                             struct ton_err *err);

/* Audio to tender: nobody hears it any more. @thread audio */
TON_RT static inline void send_back(struct ton_transport *t, struct player *p) {
    const unsigned n = atomic_load_explicit(&t->n_spent, memory_order_relaxed);
    t->spent[n % SPENT] = p;
    atomic_store_explicit(&t->n_spent, n + 1, memory_order_release);
}

#endif
