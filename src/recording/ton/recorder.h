/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_RECORDER_H
#define TON_RECORDER_H

#include "ton/arena.h"
#include "ton/take_recover.h"
#include "ton/transport.h"

#include <stdint.h>

/* What comes in becomes takes.
 *
 * The audio thread only copies: all inputs into rings of many seconds, and beside them which device
 * frames carry which places of the timeline and what was lost. Everything else follows from these
 * two on the writer's thread, to the sample and as late as the disk likes: where a take begins
 * (some seconds before the button, at the punch, at the loop's start), how long the silence is that
 * stands for what was lost, where on the timeline it belongs. A take is a BWF (RF64 when long)
 * whose header is brought up to date, and synced, several times a second: it plays after the
 * program was killed. */
struct ton_recorder;

struct ton_recorder_track {
    const char *name;        /* of the track */
    const char *stem;        /* what its files are called: `kick` gives kick_01.wav */
    int inputs[2], n_inputs; /* of those that are captured, from 0; one or two */
    int numbers[2];          /* what the machine calls them, from 1; 0: as they are captured */
};

struct ton_recorder_config {
    const char *folder; /* where files go: audio/ of the production */
    const struct ton_recorder_track *tracks;
    int n_tracks;
    int rate, n_inputs; /* of the device: all are captured */
    int bits;           /* 24, or 32: float */
    bool poly;          /* all tracks in one file, called as poly_stem */
    const char *poly_stem;
    double ring_s;     /* how long the disk may stand still; 0: 10 s */
    double pre_roll_s; /* kept from before the button; 0: nothing */
    int64_t latency;   /* frames from what was heard to what is captured: input and output
                          together; what is captured belongs so much earlier */
    double handle_s;   /* a punch is recorded so much earlier and longer, outside its clip */
    int64_t punch_in, punch_out; /* places; both 0: not by place */
    int64_t most;                /* frames of the timeline from where it rolls; 0: any */
    bool from_roll;              /* a take begins where it rolls; else at the button */
    bool loops;                  /* every pass of a loop is a take of its own */
    int64_t rf64_limit;          /* bytes from which on a file is RF64; 0: 4 GiB. For tests */
    /* Written into the files. */
    const char *project, *scene, *tape, *description; /* NULL */
    int64_t time_reference;                           /* samples since midnight of place 0 */
    double fps;                                       /* of the timecode; 0: none */
    bool drop_frame;
    const char *(*now)(void *user, char out[32]); /* "2026-11-29T23:53:19Z"; tests give theirs */
    void *user;
};

/* Rings are allocated and touched, the writer runs; nothing is recorded yet. Errors: no memory, a
 * folder that is not there, not writable. @thread main, as all but capture */
enum ton_code ton_recorder_create(struct ton_recorder **out,
                                  const struct ton_recorder_config *config, struct ton_err *err);
/* Finishes what is being recorded first. */
void ton_recorder_destroy(struct ton_recorder *r);

/* `lost` frames before these are gone. @thread audio */
TON_RT void ton_recorder_capture(struct ton_recorder *r, const float *const *in, int frames,
                                 int64_t lost, const struct ton_roll *rolls, int n_rolls);

/* Whether half of the ring is free: a clock that need not keep time waits until it is.
 * @thread audio */
TON_RT bool ton_recorder_has_room(const struct ton_recorder *r);

/* The button. Without punch a take begins now (the pre-roll before it); with it, between the
 * places. `number` is what the files get (kick_03.wav); one that is there is never written over:
 * TON_ENVIRONMENT, with its name, and nothing begins. */
enum ton_code ton_recorder_start(struct ton_recorder *r, int number, struct ton_err *err);
/* As in the config, for the takes that begin from now on. */
void ton_recorder_set_latency(struct ton_recorder *r, int64_t frames);
/* Ends the takes where the button was pressed, and returns when they are on the disk. */
enum ton_code ton_recorder_stop(struct ton_recorder *r, struct ton_err *err);

/* A stretch of a finished or running take that the timeline has. */
struct ton_recorded_clip {
    int64_t from, frames; /* in the take */
    int64_t at;           /* on the timeline */
};
struct ton_recorded_gap {
    int64_t at, frames; /* in the take; silence stands there */
    bool overrun;       /* the ring was full, because the disk stood still too long; else the
                           device lost it */
};
struct ton_recorder_meter {
    float peak;    /* 0 … of the last 100 ms */
    float held;    /* since reset */
    int64_t overs; /* runs of three and more samples at full scale, since reset */
};
struct ton_recorded {
    const char *file;  /* its name in the folder */
    const char *began; /* as its file says it: 2026-11-02T10:15:00Z */
    int track;         /* -1: all (poly) */
    int number;
    int press;        /* of the button: the number that it was given, that of the first pass */
    int pass;         /* of the loop, from 0 */
    int64_t frames;   /* written */
    int64_t pre_roll; /* frames of it from before the button */
    int64_t place;    /* timeline place of its first frame, as if it had rolled already then */
    int64_t captured; /* frames that had been captured before its first, as the status counts */
    bool finished;
    const struct ton_recorded_clip *clips;
    int n_clips;
    const struct ton_recorded_gap *gaps;
    int n_gaps;
    const struct ton_recorder_meter
        *levels; /* [input] held and overs, of it alone; NULL: it runs */
};
/* The takes since create, in order, without the first `from` of them (whole ones: where each track
 * has a file, that is a multiple of the tracks); a copy in the arena. */
enum ton_code ton_recorder_takes(struct ton_recorded **out, int *n, struct ton_arena *arena,
                                 struct ton_recorder *r, int from, struct ton_err *err);

struct ton_recorder_status {
    bool recording;
    int64_t captured;    /* frames since create, lost ones included */
    int64_t cut;         /* those of them of which is known which take has them, if any */
    int64_t lost;        /* by the device */
    int64_t overrun;     /* because the ring was full */
    double ring_s;       /* its length */
    double worst_fill_s; /* the most that ever waited in it */
    int64_t disk_free;   /* bytes; -1: unknown */
    double disk_s;       /* how long that lasts at this rate */
};
void ton_recorder_status(struct ton_recorder *r, struct ton_recorder_status *out);
void ton_recorder_meter(struct ton_recorder *r, int input, struct ton_recorder_meter *out);
void ton_recorder_reset_meters(struct ton_recorder *r);

/* What stopped the writer: a full disk, a folder that went away. What was written until then is
 * whole. TON_OK: nothing. */
enum ton_code ton_recorder_failure(struct ton_recorder *r, struct ton_err *err);

#endif
