/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_SESSION_TIMES_H
#define TON_SESSION_TIMES_H

#include "ton/tempo.h"

/* Longest time that is read: beyond it a slip of the finger is certain. */
#define TON_MOST_SECONDS (100.0 * 3600.0)

/* A length as written: in time or in music. Only one member is not 0. */
struct ton_length {
    double frames, beats, bars;
};

enum ton_code ton_length_parse(struct ton_length *out, const char *text, double rate, double fps,
                               struct ton_err *err);
bool ton_length_is_music(const struct ton_length *length);
/* The frame so many times the length after `from`; each counted from the exact place, so that 64
 * repeats of a beat end where bar 17 begins. At most 1e16. */
int64_t ton_length_after(const struct ton_length *length, double times,
                         const struct ton_tempo_map *map, int64_t from);

/* Can an entry follow the one before it (NULL: it is the first)? `number` names it. */
enum ton_code ton_tempo_check_entry(const struct ton_tempo_entry *e,
                                    const struct ton_tempo_entry *last, int number,
                                    struct ton_err *err);

/* The entries that a map was made from. */
int ton_tempo_count(const struct ton_tempo_map *map);
struct ton_tempo_entry ton_tempo_entry_at(const struct ton_tempo_map *map, int i);
bool ton_tempo_same(const struct ton_tempo_map *a, const struct ton_tempo_map *b);

#endif
