/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_ASSISTANTS_GATHER_H
#define TON_ASSISTANTS_GATHER_H

#include "ton/audio_in.h"
#include "ton/import.h"

/* The track of one channel. */
struct part {
    const char *track; /* in the end unique */
    struct ton_role_guess guess;
};

/* One sound file that is to be imported, as it was found. */
struct found {
    const char *file; /* to open */
    const char *real; /* without links */
    const char *name; /* track name */
    const char *base; /* name without its side */
    int side;         /* -1, 0, +1 */
    bool side_said;   /* by the name alone */
    int rate, channels;
    int64_t missing; /* frames at the end that a cut file lacks */
    int64_t frames;
    bool has_time;
    int64_t time;     /* BWF time reference, frames at the file's rate; before the midnight: < 0 */
    bool is_set;      /* surely, though it may be 0 */
    const char *date; /* that the recorder wrote beside it; "" when none */
    bool next_day;    /* it counts from the midnight that the recording ran over */
    bool same_sides;  /* two channels that hold the same: mono in stereo */
    int partner;      /* index of the other side; -1 */
    const char *take; /* name it gets in audio/ */
    bool is_there;    /* the very same take is in audio/ already */
    int64_t at;       /* at the session's rate */
    struct ton_role_guess guess;
    const char *track;  /* final, unique */
    bool named;         /* by its recorder */
    struct part *parts; /* a track of each channel; else NULL */
    int n_parts;
};

struct gathering {
    struct ton_arena *arena;
    struct ton_problems *problems;
    struct found *files;
    size_t n, capacity;
    const char **skipped;
    size_t n_skipped, skipped_capacity;
    const char *subfolder; /* the first folder in a folder; NULL */
    int n_companions;      /* files that other programs lay beside recordings */
    size_t companions;     /* their line in `skipped` */
    const char *companion_names;
    const char *notes[8]; /* about all */
    int n_notes;
};

/* NULL says nothing: memory was short. */
void gather_note(struct gathering *g, const char *text);

/* Opens every file and every sound file in every folder; looks whether stereo files are mono. */
enum ton_code gather(struct gathering *g, const char *const *files, int n_files,
                     const struct ton_progress *progress, struct ton_err *err);

/* starts.c: gives every file its place in frames at the session's rate. */
void gather_starts(struct gathering *g, int rate);

/* Joins left and right files: same base, same rate and length, both mono. */
void gather_pairs(struct gathering *g);

/* channels.c: what the recorder said of the channels, in iXML or the bext description: a track for
 * each of more than two, or of two that are not the sides of one; a mono file that the recorder
 * named by a known word, and nobody since, gets that name. False: no memory. */
bool channels_name(struct ton_arena *arena, struct found *f, const struct ton_audio_info *info);

/* channels.c: the file's name as UTF-8: bytes that are none are read as Latin-1, as old systems
 * wrote them. NULL without memory. */
const char *readable_name(struct ton_arena *arena, const char *file);

#endif
