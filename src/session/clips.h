/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_SESSION_CLIPS_H
#define TON_SESSION_CLIPS_H

#include "build.h"
#include "times.h"

/* A clip as written, before repeats and crossfades. */
struct draft {
    struct ton_clip clip;
    const struct ton_node *node; /* the whole clip */
    int64_t material;            /* frames of its take; -1: not known */
    const char *name;            /* of the take, or of the MIDI file */
    int64_t to, length;          /* -1: not given */
    int64_t crossfade;
    const struct ton_node *from_node, *to_node, *crossfade_node, *fade_in_node, *fade_out_node;
    struct ton_length every;
    bool has_every, mute, warned;
    bool at_refused, times_refused; /* or cannot be compared */
    int repeat;
};

/* The clips of one track while they are collected, each with the draft it came from. */
struct placed {
    struct ton_clip clip;
    struct draft *draft;
    size_t index;
    bool first; /* of its repeats */
};

struct clip_list {
    struct placed *items;
    size_t n, capacity;
    struct ton_written_clip *written;
    size_t n_written, written_capacity;
    bool refused; /* a place or a length is not known */
};

/* Keeps it as it is written, muted too. */
void ton_clip_keep(struct ton_build *b, struct clip_list *list, const struct draft *d);
/* A draft with nothing in it but its place. NULL without memory. */
struct draft *ton_clip_draft(struct ton_build *b, const struct ton_node *node);
/* Frames from `from` to the end; false when the clip makes no sense. */
bool ton_clip_resolve(struct ton_build *b, struct draft *d);
/* Puts it and its repeats into the list. */
void ton_clip_place(struct ton_build *b, struct clip_list *list, struct draft *d);

/* notes.c: what a clip of notes can have: the file, and of the keys of other clips those that mean
 * something for notes. `fields` has room for one more than those have. Returns their number. */
int ton_note_fields(struct ton_field *fields);
/* Is it one, or meant to be one (`{mid: bass.mid}`)? */
bool ton_is_notes(const struct ton_node *clip);
void ton_notes_read(struct ton_build *b, struct clip_list *list, const struct ton_node *node);

/* By their starts; those that start together keep the order in which they are written. */
void ton_clips_sort(struct clip_list *list);

/* Lets clips with a `crossfade` and those before them reach over their seams. The list is sorted.
 */
void ton_clips_crossfade(struct ton_build *b, struct clip_list *list);

#endif
