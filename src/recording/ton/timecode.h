/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_TIMECODE_H
#define TON_TIMECODE_H

#include "ton/arena.h"
#include "ton/device.h"
#include "ton/ltc.h"
#include "ton/tempo.h"
#include "ton/transport.h"

/* Timecode that comes in as sound (LTC), and what we tell others: MIDI clock and MIDI timecode. */

/* ---- LTC in (libltc). Not the audio thread: it is fed from what was captured. */
struct ton_ltc_reader;
enum ton_code ton_ltc_reader_create(struct ton_ltc_reader **out, double rate, enum ton_fps fps,
                                    struct ton_err *err); /* TON_INPUT: built without libltc */
void ton_ltc_reader_destroy(struct ton_ltc_reader *r);
/* The next frames of the line, whose first is `frame` of the device's clock. */
void ton_ltc_reader_hear(struct ton_ltc_reader *r, const float *in, int frames, int64_t frame);

struct ton_ltc_status {
    bool present; /* whole timecode frames came in the last quarter of a second */
    bool backwards;
    struct ton_timecode now; /* the newest whole one */
    double timeline; /* samples since midnight of the timecode at device frame `at`; sub-sample
                        exact after a second */
    int64_t at;
    double drift_ppm; /* timecode against the device's clock: + it is faster; NaN: heard for
                         less than ten seconds */
    double speed;     /* 1: as it should */
    int64_t jumps;    /* places where it did not go on as it had */
    enum ton_fps fps; /* as it counts; drop frame by its flag */
};
void ton_ltc_reader_status(const struct ton_ltc_reader *r, struct ton_ltc_status *out);

/* Samples since midnight of a timecode, and back (rounded down to a whole one). */
double ton_timecode_samples(struct ton_timecode t, enum ton_fps fps, double rate);
struct ton_timecode ton_timecode_at(double samples, enum ton_fps fps, double rate);
enum ton_code ton_timecode_parse(struct ton_timecode *out, const char *text, enum ton_fps fps,
                                 struct ton_err *err); /* `01:00:00:00`, `01:00:00;00` */
/* The fps of a session: 23.976, 24, 25, 29.97 (drop by choice), 30. False: no timecode has it. */
bool ton_fps_of(enum ton_fps *out, double frames_per_second, bool drop);

/* ---- out. All by place on the timeline: what is sent for [place, place + frames) does not depend
 * on how it is cut. */

/* MIDI clock: 24 a quarter; start, continue with song position pointer, stop. */
struct ton_midi_clock {
    const struct ton_tempo_map *tempo;
    bool rolling;
    int64_t next; /* place that goes on what was; -1: none */
};
TON_RT void ton_midi_clock_send(struct ton_midi_clock *c, struct ton_device_block *block,
                                const struct ton_roll *rolls, int n_rolls);

/* MIDI timecode: eight quarter frames every two frames while it rolls, a full frame after a jump
 * and at a stop. */
struct ton_mtc {
    enum ton_fps fps;
    double rate;
    double start; /* samples since midnight of place 0 */
    bool rolling;
    int64_t next;
};
TON_RT void ton_mtc_send(struct ton_mtc *m, struct ton_device_block *block,
                         const struct ton_roll *rolls, int n_rolls);

#endif
