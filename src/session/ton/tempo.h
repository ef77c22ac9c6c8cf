/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_TEMPO_H
#define TON_TEMPO_H

#include "ton/arena.h"
#include "ton/rt.h"

#include <stdint.h>

#define TON_TICKS                                                                                  \
    960 /* a beat (a quarter note in 4/4, an eighth in 6/8: the meter's lower number) */

/* Tempo and meter over the timeline. A tempo counts the meter's beats; it holds until the next
 * entry (no ramps unless `ramp: yes`). Bars and beats are 1-based. A map is not changed once it is
 * made. @thread any */
struct ton_tempo_entry {
    int bar, beat, tick; /* where it starts */
    double bpm;
    int beats_per_bar, beat_unit;
    bool ramp; /* glides linearly in bpm over beats to the next entry */
};

struct ton_tempo_map;

/* Entries sorted, the first at 1|1; a meter change only on a bar line. Errors name the entry by
 * number. */
enum ton_code ton_tempo_create(struct ton_tempo_map **out, struct ton_arena *a, double rate,
                               const struct ton_tempo_entry *entries, int n, struct ton_err *err);
double ton_tempo_frame_at(const struct ton_tempo_map *map, int bar, int beat, double tick);
void ton_tempo_position(const struct ton_tempo_map *map, double frame, int *bar, int *beat,
                        double *tick);
double ton_tempo_bpm_at(const struct ton_tempo_map *map, double frame);
/* The same in quarter notes a minute, whatever the meter counts: what a note value is of. */
double ton_tempo_quarters_at(const struct ton_tempo_map *map, double frame);
/* Quarter notes from the start to a frame, whatever the meters on the way count, and back. */
TON_RT double ton_tempo_quarters_to(const struct ton_tempo_map *map, double frame);
TON_RT double ton_tempo_frame_after(const struct ton_tempo_map *map, double quarters);
int ton_tempo_beats_in_bar(const struct ton_tempo_map *map, int bar);
/* The frame so many beats, or bars, after a frame, through every change of tempo and meter. Whole
 * bars keep the place in the bar. */
double ton_tempo_move_beats(const struct ton_tempo_map *map, double frame, double beats);
double ton_tempo_move_bars(const struct ton_tempo_map *map, double frame, double bars);

enum ton_time_use { TON_TIME_POSITION, TON_TIME_LENGTH };

/* Reads any time format into frames (rounded to the nearest): `1:02.500`, `0:00`, `1:02:03.5`
 * (h:m:s), `00:01:02:12` (timecode at fps), `17|3|240`, `17|3`, `17`-less forms are refused; `48000
 * samples`; as a length also `2 s`, `5 ms`, `2 beats`, `4 bars` (as they are counted from the
 * frame `from` on). `map` may be NULL where bars mean nothing. */
enum ton_code ton_time_parse(int64_t *frames, const char *text, enum ton_time_use use,
                             const struct ton_tempo_map *map, double rate, double fps, int64_t from,
                             struct ton_err *err);
/* `1:02.500` */
char *ton_time_format(char *out, size_t size, int64_t frames, double rate);

#endif
