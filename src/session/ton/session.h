/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_SESSION_H
#define TON_SESSION_H

#include "ton/arena.h"
#include "ton/json.h"
#include "ton/processor.h"
#include "ton/tempo.h"

/* One multitrack piece as a person wrote it, read, checked and resolved: every time is in frames at
 * the session's rate, every gain in dB, every reference an index, sections and `repeat` unrolled.
 * Plain structs in one arena; nothing here opens audio. The engine compiles it; `ton diff` compares
 * two of them. */

/* Takes of these rates can be resampled to any session's: what lies outside is no sound, or a wrong
 * header, and would take gigabytes. */
enum { TON_TAKE_LOWEST_HZ = 1000, TON_TAKE_HIGHEST_HZ = 1000000 };

struct ton_take_info {
    int rate, channels;
    int64_t frames;  /* at its own rate */
    int64_t missing; /* frames behind those that its header promises */
};

/* How the session learns about takes without knowing a file format. */
struct ton_takes {
    enum ton_code (*look)(void *user, struct ton_take_info *out, const char *path,
                          struct ton_err *err);
    void *user;
    bool may_miss;   /* a take that cannot be looked at is warned of, and its length is not known */
    bool or_silence; /* it is warned of, and its clips are not heard */
};

struct ton_take {
    const char *name; /* as written */
    const char *path; /* where it is */
    const char *where;
    struct ton_take_info info;
    int64_t frames; /* at the session's rate; -1: not known */
};

enum ton_channel_choice {
    TON_CHANNEL_BOTH = 0,
    TON_CHANNEL_LEFT,
    TON_CHANNEL_RIGHT,
    TON_CHANNEL_SUM,
    TON_CHANNEL_FIRST /* alone; the take's channel with the index i is TON_CHANNEL_FIRST + i */
};

/* A stretch [from, from + frames) of a take, heard from `at` on. Fades lie inside it. Crossfades
 * are resolved: both clips already reach over the seam, with equal-power fades of the same length.
 * Clips of a track are sorted by `at` and may overlap (they are added). */
struct ton_clip {
    int take;          /* index into session->takes */
    int take_right;    /* a pair: the take of its right side, of two channels the same one; -1 */
    int channel;       /* enum ton_channel_choice, or above TON_CHANNEL_FIRST */
    int channel_right; /* the same of take_right: TON_CHANNEL_BOTH of a mono take */
    int64_t at, from, frames;
    float gain_db;
    int64_t fade_in, fade_out;            /* frames */
    bool equal_power_in, equal_power_out; /* else linear */
    const char *where;
    const char *midi; /* path of the MIDI file that it plays instead of a take; NULL */
};

/* A clip as a person wrote it, for those who speak of it: before repeats, crossfades, the
 * arrangement. */
struct ton_node;
struct ton_written_clip {
    const struct ton_node *node; /* its mapping, with the words as typed */
    struct ton_clip clip;
    int64_t crossfade, every; /* frames; 0: not given */
    int repeat;
    bool mute;
    bool known; /* false: it ends with a take whose length is not known */
};

/* A file that a processor works with. */
struct ton_file {
    const char *name;  /* as written; NULL: none */
    const char *path;  /* where it is */
    const char *where; /* also of one that was refused */
};

struct ton_chain_item {
    const struct ton_processor *processor;
    float *params; /* processor->n_params */
    int sidechain; /* strip index; -1: none */
    bool bypass;
    struct ton_file *files;        /* per TON_PATH row of the processor */
    const struct ton_setup *setup; /* of a foreign processor (ton/foreign.h); else NULL */
    const char *where;
};

/* How many files its processor can name. */
static inline int ton_item_files(const struct ton_chain_item *item) {
    return ton_rows_paths(item->processor->rows, item->processor->n_rows);
}

struct ton_chain {
    struct ton_chain_item *items;
    int n;
};

struct ton_send {
    int to; /* strip index of a bus */
    float gain_db;
    bool before_fader;
    const char *where;
};

enum ton_target {
    TON_TARGET_GAIN,
    TON_TARGET_PAN,
    TON_TARGET_MUTE,
    TON_TARGET_SEND,
    TON_TARGET_PARAMETER
};

struct ton_point {
    int64_t frame;
    float value;
};

/* A parameter over time: between points along the parameter's scale (ton_row_between: levels are
 * linear in dB, frequencies and times pass equal ratios, switches and choices step), held before
 * the first and after the last. GAIN and SEND are offsets in dB on the written value; PAN, MUTE and
 * parameters are the value itself. */
struct ton_lane {
    enum ton_target target;
    int item;      /* SEND: index of the send; PARAMETER: index into the chain */
    int parameter; /* PARAMETER: index of the float */
    const struct ton_row *row;
    struct ton_point *points;
    int n;
    const struct ton_point *written; /* before the arrangement */
    int n_written;
    const char *where;
};

struct ton_strip {
    const char *name;
    const char *role; /* "drums.kick"; NULL */
    bool is_bus;
    struct ton_clip *clips;
    int n_clips;
    struct ton_clip *notes; /* clips of MIDI files, for the first instrument of the chain */
    int n_notes;
    const struct ton_written_clip *written; /* in the order of the document, muted ones too */
    int n_written;
    const struct ton_written_clip *written_notes; /* the same of clips of MIDI files */
    int n_written_notes;
    struct ton_chain chain;
    float gain_db; /* -inf is allowed */
    float pan;     /* -100 … 100 */
    int to;        /* strip index; -1 only for the mix bus */
    struct ton_send *sends;
    int n_sends;
    bool mute, solo;
    bool polarity; /* inverted at the input */
    struct ton_lane *lanes;
    int n_lanes;
    const char *inputs[2]; /* that it is recorded from, as written: "3" is the third physical input
                              of the device, other text a port's name. Nothing is heard of them */
    int n_inputs;
    const char *input_where; /* NULL: none given */
    const char *where;
};

struct ton_section {
    const char *name;
    int64_t from, to; /* frames on the written timeline */
};

struct ton_session {
    const char *path, *name; /* name: file name without .yaml */
    const char *title, *key;
    int rate;
    double frames_per_second; /* of the timecode; 25 when not given */
    struct ton_tempo_map *tempo;
    bool has_tempo; /* it was given; else positions have no bars */
    struct ton_section *sections;
    int n_sections;
    const char **arrangement; /* names of sections as they play */
    int n_arrangement;
    struct ton_take *takes;
    int n_takes;
    const struct ton_file *files; /* beside the takes, each once */
    size_t n_files;
    struct ton_strip
        *strips; /* tracks first, then buses, as written; the mix bus is always there */
    int n_strips;
    int mix;    /* index of the mix bus */
    int *order; /* strips so that each comes after all that feed it (`to`, sends, side-chains) */
    int64_t frames; /* end of the last clip */
    int64_t end;    /* where clips and tails are cut; 0: after the last clip and its tails */
};

/* Reads, checks and resolves. All errors go to `problems` (with file:line:column); the code says
 * whether it can be used. `takes` may be NULL: then lengths are unknown, clips without `to` are
 * empty, and missing takes are no error (schema tools). */
enum ton_code ton_session_read(struct ton_session **out, struct ton_arena *arena, const char *path,
                               const struct ton_takes *takes, struct ton_problems *problems,
                               struct ton_err *err);
/* The same from text (a git revision); `path` names it in errors and says where audio/ is looked
 * for. */
enum ton_code ton_session_parse(struct ton_session **out, struct ton_arena *arena, const char *path,
                                const char *text, size_t length, const struct ton_takes *takes,
                                struct ton_problems *problems, struct ton_err *err);

/* The document's JSON schema, made from its rows and the registry. Caller frees. */
struct ton_json *ton_session_schema(void);

int ton_session_find_strip(const struct ton_session *s, const char *name); /* -1 */

/* The production's folder that a session file of this path belongs to, with its audio/. */
const char *ton_session_folder(struct ton_arena *arena, const char *path);

/* Would a file written to `path` take the place of a take, its own or another in audio/? Takes are
 * never written over, whatever links or names lead to them. A link that is there is itself
 * replaced, and what it leads to stays. */
bool ton_session_is_take(const struct ton_session *s, struct ton_arena *a, const char *path);

/* Does a selection word (role, bus or track name) mean this strip: its name, its role or a role
 * above it
 * (`vocals` means `vocals.lead`), compared without letter case? */
bool ton_strip_matches(const struct ton_strip *strip, const char *word);

/* The value of a lane at a frame. @thread any */
float ton_lane_at(const struct ton_lane *lane, int64_t frame);

#endif
