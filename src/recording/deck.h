/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parts of a deck. */
#ifndef TON_RECORDING_DECK_H
#define TON_RECORDING_DECK_H

#include "ton/deck.h"
#include "ton/mix_meter.h"

#include "align.h"
#include "arms.h"
#include "deck_monitor.h"
#include "monitor_chain.h"
#include "reading.h"
#include "sync.h"

#include <stdatomic.h>

/* Between two places; never changed. */
struct deck_loop {
    int64_t from, to;
};

/* All that the callback may touch. */
struct deck_audio {
    _Atomic(struct ton_transport *) transport; /* NULL: silence */
    struct ton_recorder *recorder;             /* NULL: it only plays */
    _Atomic(struct align *) align;             /* NULL: all inputs come in at one time */
    bool own_click;                            /* the third output */
    float *click;                              /* most_frames, when it has none */
    float *unheard[2];                         /* most_frames each */
    _Atomic(struct deck_loop *) loop;          /* NULL, both 0: none */
    /* The callback's own. */
    bool rolled;  /* at the end of the last block */
    int64_t owed; /* frames that what plays is behind the device's clock */
    unsigned calls;
    struct sync_audio *sync;
    atomic_llong blocks;
    struct deck_monitors monitors;
    struct ton_mix_meter *meter; /* of the mix, without the click */
    struct monitor_chain *chain; /* NULL: none */
};

/* A transport that was played before, with its session. */
struct deck_parked {
    struct ton_transport *transport;
    struct reading *reading;
};

struct deck_names {
    const char **items;
    size_t n, capacity;
};

struct ton_deck {
    struct ton_arena *arena;
    struct ton_deck_config config;
    const char *session_name;
    struct ton_problems *problems;
    int lock;
    struct reading *reading; /* the session that the transport plays */
    struct reading *first;   /* as it was opened: what is armed and who is in step go by it */
    struct deck_parked *parked;
    size_t n_parked, parked_capacity;
    struct deck_names solo, mute; /* strips; they stay so when the session is read again */
    struct arms arms;
    struct deck_audio audio;
    struct sync sync;
    struct ton_device *device;
    int most_frames;
    struct ton_transport *transport;
    struct ton_recorder *recorder;
    struct ton_database *db;
    /* In frames of the timeline. */
    int64_t from, to, punch_in, punch_out, length, count_in;
    int64_t loop_from;   /* up to `to` */
    int64_t rolled_from; /* where it began to roll the last time */
    int64_t latency;
    bool latency_known;
    bool unheard;           /* the device has no outputs */
    bool began_session;     /* there was none */
    int64_t claimed;        /* by the ports, when it was asked last; -1: unknown */
    int64_t latency_looked; /* ns */
    int ltc_sooner;         /* frames that timecode comes in before what is recorded */
    int *delays;            /* of inputs, until the last of them is here */
    int number;             /* of the take that runs, or ran last */
    bool rolling, recording;
    bool last_pass; /* of the loop */
    bool done;      /* it had its length when its leader stopped */
    bool fixed;     /* takes lie between punch_in and punch_out */
    bool waits;     /* to record as soon as the leader rolls */
    /* What is known already of what the parts count. */
    int64_t xruns, lost, late_blocks;
    int64_t ended;  /* the device's frame when it was seen that the end was played, or NEVER */
    double hangs_s; /* the device does not call, and that is told; 0: it does */
    bool warned_full, warned_failure, warned_latency, warned_apart, warned_over;
    int64_t rows_wait;       /* ns: before it no row is tried again; 0: all are written */
    struct deck_take *takes; /* beside the recorder's, one by one */
    size_t n_takes, takes_capacity;
    int press;          /* the last one; 0: none yet */
    size_t n_settled;   /* of them nothing more is to be written but that they are placed */
    size_t n_told;      /* that they ended */
    size_t n_placed;    /* in the text, where that is possible */
    size_t rows_placed; /* and this is written too */
    int *retaken;       /* presses that were played again: their takes push nothing aside */
    size_t n_retaken, retaken_capacity;
    struct deck_mark *marks; /* set while it recorded; some are not noted yet */
    size_t n_marks, marks_capacity, marks_noted;
    struct ton_deck_event *events;
    size_t n_events, events_capacity, events_told;
    struct ton_deck_track *tracks;
    struct ton_recorder_meter *meters;
};

/* What stands in the database of a take of the recorder. */
struct deck_take {
    struct ton_take_row row;
    int n_gaps, n_clips;
    bool clip_goes_on; /* the one behind those is there without its end */
    bool ended;
};

/* A mark that was set while something was recorded. */
struct deck_mark {
    int64_t captured, place; /* what came in then, and where the timeline was */
    const char *text;
};

/* deck_process.c. @thread audio */
ton_device_process deck_process;

/* deck_events.c */
struct ton_deck_event *deck_add_event(struct ton_deck *deck, enum ton_deck_event_kind kind);
void deck_warn(struct ton_deck *deck, const char *format, ...) TON_PRINTF(2, 3);

/* How long main stands still for who holds the database, while there is more to do. */
enum { PATIENCE_MS = 200 };

/* deck_takes.c: rows and events for what the recorder has become. */
enum ton_code deck_note_takes(struct ton_deck *deck, struct ton_err *err);
/* The events alone of those that ended, where their rows cannot be written. */
void deck_tell_takes(struct ton_deck *deck);
/* Clips in the session's text for the takes that are finished and have none. */
enum ton_code deck_place_takes(struct ton_deck *deck, struct ton_err *err);
enum ton_code deck_next_number(int *number, struct ton_deck *deck, struct ton_err *err);

/* deck_marks.c: rows and events of the marks before `cut`, up to where the takes are known, and of
 * all when nothing is recorded any more. The takes are those that are not settled. */
enum ton_code deck_note_marks(struct ton_deck *deck, const struct ton_recorded *recorded, int n,
                              int64_t cut, struct ton_err *err);

/* deck_monitor.c. Created muted or not as the config says; what the session has become is heard
 * after a reload. */
enum ton_code deck_monitor_create(struct ton_deck *deck, struct ton_err *err);
void deck_monitor_destroy(struct ton_deck *deck);
void deck_monitor_reload(struct ton_deck *deck);
/* After it began to record, or to wait for it: inputs are heard there, and clips are not. Region
 * alone: afterwards. */
void deck_monitor_update(struct ton_deck *deck);
void deck_monitor_region(struct ton_deck *deck);
int64_t deck_monitor_latency(const struct ton_deck *deck);

/* deck_chain.c: made when it is known whether anything is heard. */
enum ton_code deck_chain_create(struct ton_deck *deck, struct ton_err *err);
int deck_chain_latency(const struct ton_deck *deck); /* frames */
void deck_chain_watch(struct ton_deck *deck);

/* deck_latency.c: what a person says, if somebody does; else asked again before each take, and
 * looked at while one runs. */
enum ton_code deck_read_latency(struct ton_deck *deck, struct ton_err *err);
enum ton_code deck_find_latency(struct ton_deck *deck, struct ton_err *err);
void deck_watch_latency(struct ton_deck *deck);

/* deck_strips.c: the lists from the config, and what they say to the transport. */
enum ton_code deck_list_strips(struct ton_deck *deck, struct ton_err *err);
enum ton_code deck_set_strips(struct ton_deck *deck, struct ton_err *err);

/* deck_run.c: the place that is played, or where it will roll from. */
int64_t deck_place(const struct ton_deck *deck);
/* The button, without rolling. */
enum ton_code deck_press(struct ton_deck *deck, struct ton_err *err);
/* Stops because the leader says so: what recorded waits to do so again. */
enum ton_code deck_halt(struct ton_deck *deck, struct ton_err *err);

/* deck_sync.c: what the leader wants. */
enum ton_code deck_follow(struct ton_deck *deck, struct ton_err *err);

/* deck.c: both 0: no loop. */
enum ton_code deck_loop(struct ton_deck *deck, int64_t from, int64_t to, struct ton_err *err);
/* From the session as it was read last. */
enum ton_code deck_make_transport(struct ton_deck *deck, struct ton_err *err);

/* deck_reload.c */
/* The session is read again, and played from then on. Not while it rolls. */
enum ton_code deck_reload(struct ton_deck *deck, struct ton_err *err);

#endif
