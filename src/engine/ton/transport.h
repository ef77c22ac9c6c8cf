/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_TRANSPORT_H
#define TON_TRANSPORT_H

#include "ton/plan.h"

/* A session that is played: it rolls, stops, jumps and loops to the sample, and is heard with other
 * mutes and solos while it plays.
 *
 * Everything that changes what comes next (a jump, the loop's next pass, a strip that is muted) is
 * one thing: another plan, prepared beside the one that plays on a thread of its own, and taken
 * over at a frame that is known, with a crossfade of a few milliseconds. Played from the start
 * without any of them, it has the bits of ton_render. */
struct ton_transport;

struct ton_transport_config {
    const struct ton_session *session; /* borrowed; it outlives the transport */
    int block;                         /* frames the plan runs at a time; 0: 256 */
    int most_frames;                   /* that a call asks for at most; 0: 8192 */
    double run_in_s; /* what is run silently before a place that is jumped to, so that reverbs and
                        levels stand as they would; 0: 2 s, negative: nothing */
    bool endless;    /* rolls on behind the session's end, for recording; else it stops there */
    int64_t end;     /* it stops here instead; 0: not */
    /* Called with each plan before it is played: what nobody can wait for, plug-ins in processes of
     * their own, has to be read back (ton_plan_read_back) when it returns. NULL: they are refused.
     * @thread main, in create; then the transport's own */
    enum ton_code (*settle)(void *user, struct ton_plan *plan, struct ton_err *err);
    void *user;
};

/* Ready to roll from 0. Errors as ton_live_create. @thread main, as all but process */
enum ton_code ton_transport_create(struct ton_transport **out,
                                   const struct ton_transport_config *config, struct ton_err *err);
void ton_transport_destroy(struct ton_transport *t);

/* These return when it is prepared, and are heard from the next block on; TON_ENVIRONMENT when the
 * device has not taken what was ordered for long. */
enum ton_code ton_transport_locate(struct ton_transport *t, int64_t frame, struct ton_err *err);
/* Frames. A pass is prepared while the one before plays. */
static inline int ton_loop_least(int rate) {
    return rate / 4;
}
/* [from, to) again and again; both 0: no longer. What lies behind `to` plays on to the end. At
 * least ton_loop_least: TON_USAGE. In the last 5 ms before `to` comes up what lies before
 * `from`, so that the pass begins whole: an attack at `from` has its level. */
enum ton_code ton_transport_loop(struct ton_transport *t, int64_t from, int64_t to,
                                 struct ton_err *err);
/* These return at once, and are heard when they are prepared, some 100 ms later: several quick ones
 * together. What cannot be prepared is told by ton_transport_failure. TON_USAGE: no such strip. */
enum ton_code ton_transport_mute(struct ton_transport *t, int strip, bool mute,
                                 struct ton_err *err);
enum ton_code ton_transport_solo(struct ton_transport *t, int strip, bool solo,
                                 struct ton_err *err);
/* The same for the clips of a strip: in [from, to) they are silent, as if they were not written,
 * for what is recorded there is heard instead. They fall in the first 5 ms of it and rise in the
 * first 5 ms behind it. One stretch a strip; an empty one is none. */
enum ton_code ton_transport_silence(struct ton_transport *t, int strip, int64_t from, int64_t to,
                                    struct ton_err *err);
/* Rolls from where it is; `count_in` frames before that are counted, and heard on the click alone.
 * It stops 5 ms later than it is told to, and rises as long when it rolls on from there. */
void ton_transport_roll(struct ton_transport *t, int64_t count_in);
void ton_transport_stop(struct ton_transport *t);
/* Rolls from here on, in the next call of process: for who knows the very frame. @thread audio */
TON_RT void ton_transport_start(struct ton_transport *t);
/* The click, in `click` of process: accents on bars. Heard while it counts in alone, or while it
 * rolls too. A count-in goes by the tempo of the place that it leads to. TON_INPUT when the session
 * has no tempo. */
enum ton_click { TON_CLICK_OFF, TON_CLICK_COUNT_IN, TON_CLICK_ON };
enum ton_code ton_transport_click(struct ton_transport *t, enum ton_click when, double gain_db,
                                  struct ton_err *err);

struct ton_transport_status {
    bool rolling, counting, ended;
    int64_t frame;       /* the next that will be heard; counting in, as in ton_roll */
    int64_t passes;      /* of the loop, finished */
    int64_t late_blocks; /* takes were not read in time: silence was heard, and the frames came
                            later */
    int64_t late_passes; /* the loop's next pass was not prepared in time */
};
void ton_transport_status(const struct ton_transport *t, struct ton_transport_status *out);
/* A take that could not be read: it is silent from there on. TON_OK: nothing is wrong. */
enum ton_code ton_transport_failure(struct ton_transport *t, struct ton_err *err);

/* Which part of the timeline a part of a block carries. */
enum ton_rolling { TON_ROLLING_STOPPED, TON_ROLLING_COUNT_IN, TON_ROLLING_PLAYS, TON_ROLLING_LATE };
struct ton_roll {
    enum ton_rolling rolling;
    int at, frames; /* of the block */
    int64_t place;  /* timeline frame of the first; counting in, before where it will roll */
};
enum { TON_MOST_ROLLS = 8 };

/* The next `frames` of the mix into out[2] and of the click into `click` (each written whole), and
 * which places of the timeline they carry: rolls[TON_MOST_ROLLS], *n_rolls >= 1, without gaps.
 * @thread audio */
TON_RT void ton_transport_process(struct ton_transport *t, float *const out[2], float *click,
                                  int frames, struct ton_roll *rolls, int *n_rolls);

#endif
