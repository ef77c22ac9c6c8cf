/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_RECORDING_WRITER_H
#define TON_RECORDING_WRITER_H

#include "capture.h"
#include "cutter.h"
#include "meters.h"

#include "ton/audio_out.h"
#include "ton/layout.h"
#include "ton/recorder.h"
#include "ton/thread.h"

enum { MOST_INPUTS = 256 };

/* A stretch that was lost: c of its first frame, and how much had been lost before. */
struct loss {
    int64_t c, frames, before;
    bool overrun;
};

/* One file of every take: a track, or all of them. */
struct lane {
    const char *stem;
    int track; /* -1: all */
    int n;     /* channels */
    int *inputs, *numbers;
    const char **names;
    const char *tracks; /* joined by ", " */
};

/* What is known of a take, in all its files. */
struct take {
    int number, press, pass;
    char began[32]; /* UTC */
    int64_t from;   /* c of its first frame */
    int64_t pre_roll, place;
    int64_t written;
    bool finished;
    struct ton_recorded_clip *clips;
    size_t n_clips, clips_capacity;
    struct ton_recorded_gap *gaps;
    size_t n_gaps, gaps_capacity;
    const char **files;   /* a lane each: its name */
    int64_t *frames;      /* a lane each: written */
    struct meters meters; /* of all inputs, since it began; the writer's until it is finished */
};

enum button { BUTTON_IDLE, BUTTON_PRESSED, BUTTON_RELEASED };

struct ton_recorder {
    struct capture capture; /* what the audio thread touches */

    struct ton_recorder_config config;
    struct ton_arena *arena; /* the writer's, once it runs */
    struct lane *lanes;
    int n_lanes;
    int64_t pre_roll; /* frames that are kept behind the writer */
    struct ton_thread thread;

    pthread_mutex_t lock;
    pthread_cond_t wake, done; /* the writer's; whoever waits for the button to be idle */
    bool quit;
    enum button button;
    int64_t start, stop; /* of the button, c */
    unsigned presses;
    int first;  /* number of the first take of the press */
    int number; /* of the next take */
    struct take **takes;
    size_t n_takes, takes_capacity;
    int64_t cut; /* c: what lies before is in the takes, or in none */
    struct ton_err failure;
    struct ton_recorder_meter *levels;
    bool reset;
    int64_t worst_fill; /* frames */
    int64_t disk_free;

    /* The writer's own. */
    struct cutter cutter;
    unsigned heeded; /* presses */
    bool heeded_release;
    int64_t c, stored; /* handled so far */
    struct loss *losses;
    size_t n_losses, losses_capacity;
    int64_t lost; /* before c */
    struct meters meters;
    struct take *take;                   /* NULL: none runs */
    struct ton_audio_out **outs;         /* a lane each */
    int to_sync;                         /* lanes that are not since they were settled */
    int64_t settle_at, sync_at, look_at; /* when it is due, ns */
};

/* The thread. */
void *writer_run(void *user);

/* Files of a take. @thread writer, but for the path */
char *takes_path(struct ton_arena *arena, const struct ton_recorder *r, int lane, int number);
enum ton_code takes_open(struct ton_recorder *r, const struct cutter_piece *piece,
                         struct ton_err *err);
/* Captured frames [from, to), which are in the ring or were lost. */
enum ton_code takes_write(struct ton_recorder *r, const struct cutter_piece *piece,
                          struct ton_err *err);
enum ton_code takes_settle(struct ton_recorder *r, struct ton_err *err);
enum ton_code takes_sync(struct ton_recorder *r, int lane, struct ton_err *err);
enum ton_code takes_close(struct ton_recorder *r, struct ton_err *err);
/* After a failure: whatever the disk holds is made whole. */
void takes_salvage(struct ton_recorder *r);

/* What captured frame `c` is: its place in the ring, or lost (-1), and how many (at most `*frames`)
 * follow that are the same. */
int64_t losses_find(const struct ton_recorder *r, int64_t c, int64_t *frames, bool *overrun);
enum ton_code losses_add(struct ton_recorder *r, int64_t frames, bool overrun, struct ton_err *err);

#endif
