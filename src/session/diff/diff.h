/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_SESSION_DIFF_H
#define TON_SESSION_DIFF_H

#include "ton/diff.h"
#include "ton/fields.h"

/* Two sessions while they are compared, and the strip that is being spoken of. */
struct ton_diff {
    struct ton_changes *out;
    struct ton_arena *arena;
    const struct ton_session *a, *b; /* NULL in a production */
    const int *now;                  /* per strip of a: which it is in b; -1 */
    const int *was;                  /* per strip of b: which it was in a; -1 */
    const int *takes;                /* per take of b: which it is of a's; -1 */
    bool tempo_same;
    const char *strip; /* NULL: the session as a whole */
};

/* Texts live in the arena; NULL without memory, which is told at the end. */
const char *ton_diff_text(const struct ton_diff *d, const char *format, ...) TON_PRINTF(2, 3);

/* One change, its sentence after `format`. */
void ton_diff_say(const struct ton_diff *d, const char *what, const char *from, const char *to,
                  const char *format, ...) TON_PRINTF(5, 6);
/* "WHAT FROM → TO", "WHAT TO added", "WHAT FROM removed"; nothing when both are the same. */
void ton_diff_value(const struct ton_diff *d, const char *what, const char *from, const char *to);
void ton_diff_switch(const struct ton_diff *d, const char *what, bool a, bool b, const char *on,
                     const char *off);
/* A level, with the difference. */
void ton_diff_level(const struct ton_diff *d, const char *what, double a, double b);
/* A parameter as its row prints it. */
void ton_diff_number(const struct ton_diff *d, const char *what, const struct ton_row *row, float a,
                     float b);
/* A place on the written timeline; nothing when it is the same time or the same beat. */
void ton_diff_places(const struct ton_diff *d, const char *what, int64_t a, int64_t b);
const char *ton_diff_unit(const struct ton_diff *d, double value, enum ton_unit unit, int digits);

/* A place on the written timeline in the session's own way: bar|beat, bar|beat|tick to the nearest
 * tick, or minutes:seconds when it has no tempo. */
const char *ton_diff_at(const struct ton_diff *d, const struct ton_session *s, int64_t frame);
/* A stretch of time: samples below 1 ms, ms below 1 s, s below a minute. */
const char *ton_diff_length(const struct ton_diff *d, int64_t frames, int rate);
/* "2 beats later", "120 ms earlier": in music when it is whole beats, or when the tempo differs. */
const char *ton_diff_shift(const struct ton_diff *d, int64_t a, int64_t b);
/* The two places are the same time or the same beat. */
bool ton_diff_same_place(const struct ton_diff *d, int64_t a, int64_t b);
/* The two stretches are equally long at their rates. */
bool ton_diff_same_length(const struct ton_diff *d, int64_t a, int64_t b);
/* Beats and ticks as one number, so that places on the same beat compare equal. */
int64_t ton_diff_ticks(const struct ton_session *s, int64_t frame);

/* Keys whose readers are those of fields.h and release.h: texts, lists, numbers, switches. Others
 * are passed over. */
void ton_diff_fields(const struct ton_diff *d, const char *prefix, const struct ton_field *fields,
                     int n, const void *a, const void *b);

/* Pairs the takes: the same file, or the same bytes. False without memory. */
bool ton_diff_pair_takes(struct ton_diff *d);
/* Pairs the strips: by name, then those that were renamed. False without memory. */
bool ton_diff_pair_strips(struct ton_diff *d);
void ton_diff_strips(struct ton_diff *d);

void ton_diff_clips(const struct ton_diff *d, const struct ton_strip *a, const struct ton_strip *b);
/* `items`: per item of a's chain which it is in b's; -1. */
void ton_diff_chain(const struct ton_diff *d, const struct ton_chain *a, const struct ton_chain *b,
                    const int *items);
int *ton_diff_pair_items(const struct ton_diff *d, const struct ton_chain *a,
                         const struct ton_chain *b);
const char *ton_diff_item_name(const struct ton_diff *d, const struct ton_chain *chain, int item);
/* "threshold", "band 2 gain": a float of a processor by its index. */
const char *ton_diff_parameter_name(const struct ton_diff *d, const struct ton_processor *p,
                                    int parameter);
bool ton_diff_same_key(const struct ton_diff *d, const struct ton_chain_item *a,
                       const struct ton_chain_item *b);
/* The same path, the same bytes, or one name of two files that cannot be read. */
bool ton_diff_same_file(const char *a, const char *b);
/* The items, which are of one kind, are the same plug-in with the same preset and state. */
bool ton_diff_same_setup(const struct ton_chain_item *a, const struct ton_chain_item *b);
/* The items' processors, which are of one kind, work with the same files. */
bool ton_diff_same_files(const struct ton_chain_item *a, const struct ton_chain_item *b);
void ton_diff_lanes(const struct ton_diff *d, const struct ton_strip *a, const struct ton_strip *b,
                    const int *items);
void ton_diff_timeline(const struct ton_diff *d);

/* The clips are written with the same words. */
bool ton_diff_same_words(const struct ton_diff *d, const struct ton_strip *a,
                         const struct ton_strip *b);
/* Equal in every value that the engine reads (heard.c). */
bool ton_diff_same_clips(const struct ton_diff *d, const struct ton_strip *a,
                         const struct ton_strip *b);
bool ton_diff_is_heard(const struct ton_diff *d);

#endif
