/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_TIMECODE_H
#define TON_TIMECODE_H

#include "ton/arena.h"
#include "ton/device.h"
#include "ton/ltc.h"
#include "ton/tempo.h"
#include "ton/transport.h"

/* Timecode that comes in as sound (LTC), and what we tell others: MIDI clock and MIDI timecode. */

/* ---- LTC in (libltc). Not the audio thread: it is fed from what was captured, and asked on the
 * same thread.
 *
 * libltc reads the numbers; a frame is placed by all of its edges, 80 to 160 of them, in the sound
 * itself. Two frames that follow each other are needed before one is believed, so that a misread
 * one does no harm. */
struct ton_ltc_reader;
enum ton_code ton_ltc_reader_create(struct ton_ltc_reader **out, double rate, enum ton_fps fps,
                                    struct ton_err *err); /* TON_INPUT: built without libltc */
void ton_ltc_reader_destroy(struct ton_ltc_reader *r);
/* The next frames of the line, whose first is `frame` of the device's clock; it may leap over what
 * was lost. Level and offset do not matter as long as the noise is 12 dB below. */
void ton_ltc_reader_hear(struct ton_ltc_reader *r, const float *in, int frames, int64_t frame);

struct ton_ltc_status {
    bool present; /* whole timecode frames came in the last quarter of a second */
    bool backwards;
    struct ton_timecode now; /* the newest whole one */
    double timeline;  /* samples since midnight of the timecode at device frame `at`; sub-sample
                         exact after a second */
    int64_t at;       /* behind the last one heard; while nothing is present, where it was last */
    double drift_ppm; /* timecode against the device's clock: + it is faster; NaN: heard for
                         less than ten seconds */
    double speed;     /* 1: as it should; 0: not known yet */
    int64_t frames;   /* that were read and believed */
    int64_t jumps;    /* places where it did not go on as it had */
    enum ton_fps fps; /* as it comes: numbers, drop frame by its flag, 29.97 or 30 by its speed
                         after a second */
};
void ton_ltc_reader_status(const struct ton_ltc_reader *r, struct ton_ltc_status *out);
/* Whether it comes otherwise than was asked for; then a sentence. */
bool ton_ltc_reader_differs(const struct ton_ltc_reader *r, char *out, size_t size);

/* ---- a transport that follows timecode. It rolls in sync from a place ahead, and from then on is
 * locked to the device's clock: how far the timecode drifts from it is shown, not followed. It is
 * located anew after a jump, and when it is off by more than a timecode frame; it stops when the
 * timecode has stopped for a quarter of a second, runs backwards or is wound. */
enum ton_chase_what {
    TON_CHASE_NOTHING,
    TON_CHASE_STOP,
    TON_CHASE_LOCATE, /* stop, and be at `place`; before the next step */
    TON_CHASE_ROLL    /* from `place` at device frame `at` */
};
struct ton_chase_action {
    enum ton_chase_what what;
    int64_t place, at;
};
enum ton_chase_state { TON_CHASE_IDLE, TON_CHASE_LOCATED, TON_CHASE_ROLLS };
struct ton_chase {
    double rate;
    double start;   /* samples since midnight of place 0 */
    int latency;    /* frames from the device's input to its output: what rolls is as far ahead, so
                       that what is captured belongs to the timecode that is captured with it */
    double ahead_s; /* that is located ahead, so that it is ready in time; 0: 1 s. It grows where
                       that was not enough */
    /* Its own. */
    enum ton_chase_state state;
    int64_t place, at, jumps;
    double offset; /* samples that the timecode is ahead of what rolls; NaN: nothing rolls */
    int64_t locates;
};
/* What to do now. `now`: a device frame not far from status->at; `place`: what the transport plays
 * at that very frame (the two are to be taken together). Several times a second. @thread main */
enum {
    TON_CHASE_UNKNOWN = -1, /* it goes by the device's clock: it is where it has to be */
    TON_CHASE_STANDS = -2   /* it does not roll, or not yet */
};
struct ton_chase_action ton_chase_step(struct ton_chase *c, const struct ton_ltc_status *status,
                                       int64_t now, int64_t place);

/* Samples since midnight of a timecode, and back (rounded down to a whole one). */
double ton_timecode_samples(struct ton_timecode t, enum ton_fps fps, double rate);
struct ton_timecode ton_timecode_at(double samples, enum ton_fps fps, double rate);
enum ton_code ton_timecode_parse(struct ton_timecode *out, const char *text, enum ton_fps fps,
                                 struct ton_err *err); /* `01:00:00:00`, `01:00:00;00` */
enum { TON_TIMECODE_TEXT = 12 };
/* `01:00:00:00`; with `;` before the frames in drop-frame. Returns `out`. */
char *ton_timecode_format(char out[TON_TIMECODE_TEXT], struct ton_timecode t, enum ton_fps fps);
const char *ton_fps_name(enum ton_fps fps); /* "29.97 drop-frame" */
/* The fps of a session: 23.976, 24, 25, 29.97 (drop by choice), 30. False: no timecode has it. */
bool ton_fps_of(enum ton_fps *out, double frames_per_second, bool drop);

/* ---- out. All by place on the timeline, while it rolls: what is sent for [place, place + frames)
 * does not depend on how it is cut. What a block has no room for in midi_out is left out. */

/* MIDI clock (MIDI 1.0 Detailed Specification 4.2.1, System Real Time): 24 a quarter. From the
 * timeline's start it is Start, elsewhere a song position pointer, clocks up to the next sixteenth,
 * and there Continue; a jump stops first. Behind 16384 sixteenths there is no song position: clocks
 * alone. */
struct ton_midi_clock {
    const struct ton_tempo_map *tempo;
    bool rolling;
    int64_t next;      /* place that goes on what was; -1: none */
    bool started;      /* the others play */
    int64_t sixteenth; /* where they start */
};
TON_RT void ton_midi_clock_send(struct ton_midi_clock *c, struct ton_device_block *block,
                                const struct ton_roll *rolls, int n_rolls);

/* MIDI timecode (RP-004/008): eight quarter frames every two frames while it rolls, a full frame
 * after a jump and at a stop. 23.976 counts as 24 there, 29.97 as 30. */
struct ton_mtc {
    enum ton_fps fps;
    double rate;
    double start; /* samples since midnight of place 0 */
    bool rolling;
    int64_t next;
};
TON_RT void ton_mtc_send(struct ton_mtc *m, struct ton_device_block *block,
                         const struct ton_roll *rolls, int n_rolls);

/* LTC as sound, -1 … 1: `l` from ton_ltc_init_at with the timecode of place 0. Silence while
 * nothing rolls. */
TON_RT void ton_ltc_send(struct ton_ltc *l, float *out, const struct ton_roll *rolls, int n_rolls);

#endif
