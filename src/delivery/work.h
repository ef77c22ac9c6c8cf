/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_DELIVERY_WORK_H
#define TON_DELIVERY_WORK_H

#include "ton/deliver.h"
#include "ton/hash.h"
#include "ton/master.h"
#include "ton/path.h"
#include "ton/plan.h"
#include "ton/store.h"

/* Raised when the same inputs would give other bytes than before: encoders, tags, dither. */
enum { DELIVERY_VERSION = 14 };

#define MASTERS "masters" /* the deliverable that `ton master` makes */

/* One selection of a session's strips, rendered once however many files are made of it. */
struct version {
    struct ton_wish wish;
    struct ton_key key;
    bool needed;        /* its mix is heard by somebody */
    bool mastering;     /* its mix after the colour is */
    const char *mix;    /* float file in the cache */
    const char *colour; /* the same after the chain up to the limiter, made on demand; `mix` where
                           nothing stands before it */
    bool rendered;      /* in this run or an earlier one, whether it may be used or not */
    bool unmade;        /* a plug-in that it hears failed: nothing is made of it */
    bool coloured;      /* likewise after the colour */
    bool uncoloured;    /* the same of one on the master chain */
    bool bypassed;      /* one failed and was bypassed: made again the next time */
};

struct piece {
    const struct ton_session *session;
    struct version *versions; /* [0] is the whole mix */
    size_t n_versions, capacity;
    size_t n_wanted; /* the first are those that files of today are made of */
    struct ton_plan *plan;
    int64_t frames;           /* of each of its mixes, at its rate; tails.c */
    int64_t tail, tail_after; /* that the chain may ring on before and behind its limiter */
    int64_t length;           /* of its masters: frames, and what rings on; -1: none is owed */
    int64_t fade_in, fade_out;
};

/* Quarter notes a minute, as a note value on the master chain counts them. */
static inline double piece_tempo(const struct piece *p) {
    return ton_tempo_quarters_at(p->session->tempo, 0.0);
}

struct part {
    int piece, version;
    double gap_s; /* silence before it in a joined file */
    bool runs_on; /* the next part follows without a gap: this one does not ring on */
};

/* What a content key is made of; why.c says it in words. */
enum key_part {
    KEY_PROGRAM,
    KEY_SOUND,
    KEY_DISC,
    KEY_MASTER,
    KEY_CEILING,
    KEY_LOUDNESS, /* with the mixes that the gain is solved on */
    KEY_FORMAT,
    KEY_DITHER,
    KEY_TAGS,
    N_KEY_PARTS
};

/* One file that is owed, with everything needed to make it. */
struct owed {
    const struct ton_deliverable *deliverable;
    const struct ton_spec *spec; /* NULL: none */
    struct part *parts;          /* one; or all sessions of a joined file */
    int n_parts;
    int sector; /* its length is a multiple of so many samples (CD); 0: of any */
    /* What is rendered to make it. More than `parts` only where a CD track runs on into the next:
     * all that is played without a gap, of which the file is a window. stream.c */
    struct part *stream;
    int n_stream, own; /* stream[own] is parts[0] */
    struct ton_format format;
    enum ton_dither dither;
    double target; /* NaN: none; in what `measure` says */
    enum ton_master_measure measure;
    bool own_target;     /* solved on its own version, not on the whole mix */
    double ceiling_dbtp; /* NaN when not mastered */
    int track, n_tracks;
    const struct ton_recording *recording; /* NULL for a joined file */
    struct ton_tags tags;
    const char *path;    /* to open; delivered->path is relative to the folder */
    const char *folder;  /* that it is in */
    const char *drawing; /* file in the cache with its picture for the report */
    struct ton_key key, parts_keys[N_KEY_PARTS];
    bool stands;            /* was made before from the same things and is still there */
    bool unmade;            /* a plug-in that it hears failed */
    bool bypassed;          /* so did one, but it was bypassed */
    struct ton_err trouble; /* of either, that showed when the file was made */
    char sha256[65];
    struct ton_tally *gone;   /* frames of all passes that it takes to make it; NULL */
    char draft[TON_PATH_MAX]; /* where it is written until it holds its ceiling */
    struct ton_meter *heard;  /* of a plain draft: what went into it, and the key of that */
    struct ton_key heard_key;
    struct ton_delivered *delivered;
    size_t why_capacity;
};

/* A loudness that was solved once: all files with the same question share the answer. */
struct answer {
    const struct owed *asked;
    double ceiling_dbtp, gain_db;
    double before;      /* level of the music before any gain */
    const char *missed; /* why it could not be reached; NULL: it was */
    bool said;
    bool pending;          /* somebody is looking for it */
    struct ton_err failed; /* and could not find it; no code: did not fail */
};

/* A plug-in that failed. */
struct trouble {
    const char *where, *text;
    bool bypassed;
};

/* How far the delivery is, and what of it the job at hand is. */
struct going {
    double at, from, span; /* 0 … 1 */
    const char *name;
    struct ton_progress part;
};

struct work {
    const struct ton_deliver_config *config;
    const struct ton_production *production;
    struct ton_arena *arena; /* under `solving` while files are made, nobody's while masters are
                                coloured; else the main thread's */
    struct ton_problems *problems;
    struct ton_progress progress; /* of the whole; progress.c tells it */
    struct going going;
    struct piece *pieces;
    int n_pieces;
    struct owed *owed; /* behind those of today others, of deliverables that nobody named: they are
                          only looked at */
    size_t n_owed, n_others, owed_capacity;
    struct answer *answers;
    size_t n_answers, answers_capacity;
    struct trouble *troubles;
    size_t n_troubles, troubles_capacity;
    struct ton_json *before; /* the manifest as it was; NULL */
    struct ton_store store;
    bool disk_checked;
    struct ton_key style;    /* of the report's drawings */
    pthread_mutex_t solving; /* guards answers, problems and arena while files are made */
    pthread_cond_t solved;   /* an answer is no longer pending */
    int lock;                /* descriptor of the locked folder; -1 */
    bool only_masters;       /* `ton master`: one deliverable of our own, no report */
};

/* owed.c: problems for words of deliverables that mean nothing; then, when there are none, what is
 * owed, from production and sessions; behind it what is owed on other days. */
void owed_check(struct work *w);
enum ton_code owed_list(struct work *w, struct ton_err *err);

/* Whether a file has the gain of whole mixes, and that of this piece is one of them: all of the
 * album, or its own session's. */
bool owed_heeds(const struct work *w, const struct owed *o, int piece);

/* mixes.c: compiles every session for the versions that are wished; then renders those needed. */
enum ton_code mixes_plan(struct work *w, struct ton_err *err);
enum ton_code mixes_render(struct work *w, struct ton_err *err);
void mixes_close(struct work *w);

/* disk.c: before something is made: TON_ENVIRONMENT on a read-only disk, a warning on a network
 * disk. */
enum ton_code disk_check(struct work *w, struct ton_err *err);
/* Room in the cache for so many bytes of `what`; warns when the disk has none. */
void disk_make_room(struct work *w, int64_t bytes, const char *what);
/* Bytes that are still to be written, about: mixes, coloured masters and files. */
int64_t disk_owed(const struct work *w);

/* tails.c: how long each session's mixes are, then (coloured files have names) its masters; renders
 * what it must to know. */
enum ton_code tails_find(struct work *w, struct ton_err *err);
enum ton_code tails_ring(struct work *w, struct ton_err *err);
struct ton_json *tails_json(const struct work *w);

/* masters.c: names of coloured files, and colour passes. */
enum ton_code masters_name(struct work *w, struct ton_err *err);
enum ton_code masters_colour(struct work *w, struct ton_err *err);
double masters_level(const struct owed *o,
                     const struct ton_measurement *m); /* as o->measure says */
const char *masters_unit(const struct owed *o);
struct ton_master_config masters_config(const struct work *w);
struct ton_master_track masters_track(const struct work *w, const struct owed *o,
                                      const struct part *part);

/* progress.c: about how many milliseconds things take: the mixes of a session that are to be
 * rendered, a master's colour, a file with all its tries. A job's own way to tell how far it is, as
 * a part of what is left of the delivery; `name`: of what it makes, NULL. The same for all that is
 * left. @thread main */
double progress_render(const struct piece *p);
double progress_colour(const struct piece *p, const struct version *v);
double progress_file(const struct work *w, const struct owed *o);
const struct ton_progress *progress_part(struct work *w, double ms, const char *name);
const struct ton_progress *progress_rest(struct work *w);

/* gains.c: the gain for a file at a ceiling; `drafted`: the file's draft was made with it on the
 * way, as o->delivered says. @thread any */
enum ton_code masters_gain(double *gain_db, bool *reached, bool *drafted, struct work *w,
                           struct owed *o, double ceiling_dbtp, struct ton_err *err);
/* Whether two files have the same gain under the same ceiling, and how many frames are listened to
 * once to find it. */
bool same_question(const struct work *w, const struct owed *a, const struct owed *b);
int64_t question_frames(const struct work *w, const struct owed *o);
/* Says once a question what could not be reached under the ceiling that a file got in the end. */
void masters_warn(struct work *w, const struct owed *o, double ceiling_dbtp);

/* trouble.c: plug-ins that failed. Notes one (each once); marks what cannot be made for it; says
 * all of them, and, when anything is not made, how much. */
void trouble_note(struct work *w, const struct ton_err *err, bool bypassed);
void trouble_mark(struct work *w);
enum ton_code trouble_say(struct work *w, struct ton_err *err);

/* stream.c: which output frames of what is rendered are the file; parts before `first` and behind
 * `last` give none. */
struct window {
    int first, last;
    int64_t skip, frames; /* from the start of stream[first]; INT64_MAX: all */
};
struct window stream_window(const struct work *w, const struct owed *o);
enum ton_code stream_fill(struct work *w, struct owed *o, struct ton_err *err);

/* keys.c: what a file depends on. */
enum ton_code keys_fill(struct work *w, struct ton_err *err);

void keys_add_chain(struct ton_hash *h, const struct ton_chain *chain);

/* make.c: one file, once, as o->delivered says: encoded into its draft, then decoded and measured.
 * `before`: loudness and levels before the encoder; NULL: nobody asks. make_forget is for a draft
 * that is not measured. @thread any; leaves the arena alone */
enum ton_code make_once(struct work *w, struct owed *o, struct ton_err *err);
enum ton_code make_draft(struct work *w, struct owed *o, struct ton_measurement *before,
                         struct ton_err *err);
enum ton_code make_measure(struct work *w, struct owed *o, struct ton_err *err);
void make_forget(struct owed *o);

/* ceiling.c: make_once, until what was encoded holds its ceiling. */
enum ton_code ceiling_make(struct work *w, struct owed *o, struct ton_err *err);

/* files.c: makes every file that does not stand, several at a time. */
enum ton_code files_make(struct work *w, struct ton_err *err);

/* crew.c: jobs 0 … n - 1 on as many threads as configured, taken in that order. One that fails ends
 * the others (ton_stop_heed), and its error is told. `tell` is called on the caller's thread, ten
 * times a second and once more at the end; never when there are no jobs. */
struct jobs {
    size_t n;
    enum ton_code (*run)(void *user, size_t i, struct ton_err *err);
    void (*tell)(void *user);
    void *user;
};
enum ton_code crew_run(const struct work *w, const struct jobs *jobs, struct ton_err *err);

/* json.c: cuts what was measured to what the manifest keeps, before it is judged: a verdict is the
 * same when the numbers come from there. One file, with its numbers rounded or as they are kept. */
void json_settle(struct ton_delivered *d);
struct ton_json *json_delivered(const struct ton_delivered *d, bool shown);

/* verdict.c: holds the finished file (o->delivered->measured) to its spec. */
enum ton_code verdict_fill(struct work *w, struct owed *o, struct ton_err *err);

/* why.c: says of each file that does not stand what changed since it was made; keeps the texts
 * that say what it was made from; what a file was made of, for the manifest. */
void why_fill(struct work *w);
void why_keep(struct work *w);
struct ton_json *why_json(const struct owed *o);

/* manifest.c */
const struct ton_json *manifest_entry(const struct work *w, const char *path);
/* The path of a source as the manifest has it, and its hash when this file was made; NULL. */
const char *manifest_name(const struct work *w, const char *path);
const char *manifest_source(const struct work *w, const struct ton_json *entry, const char *path);
enum ton_code manifest_read(struct work *w, struct ton_err *err);
/* Whether this very file was made before and is still there; then o->delivered is filled. */
bool manifest_stands(struct work *w, struct owed *o);
/* The same at a glance: nothing is filled, read or said. */
bool manifest_seems_to_stand(const struct work *w, const struct owed *o);
enum ton_code manifest_write(struct work *w, struct ton_err *err);

/* remedy.c: whether a master got all the gain there is and its limiter next to nothing to do; what
 * to do about a failed check; NULL when its own text says it. */
bool is_too_quiet(const struct owed *o);
const char *remedy_of(const struct work *w, const struct owed *o, const struct ton_remark *remark);

/* report.c: where a file's drawing is kept: another place when what is drawn changes; the drawing
 * of one file from its meter, into the cache; the page. */
enum ton_code report_name(struct work *w, struct owed *o, struct ton_err *err);
enum ton_code report_draw(struct work *w, const struct owed *o, const struct ton_meter *meter,
                          struct ton_err *err);
enum ton_code report_write(struct work *w, struct ton_err *err);

/* words.c: problems for words that no session knows; of some words those that this session knows,
 * -1 without memory; what a deliverable or one of its stems (NULL: none) wishes of a session, in
 * words that it knows: `none` when it has nothing of what is to be kept; the same wish of nothing
 * at all. False: no memory. */
void words_check(struct work *w, const struct ton_deliverable *d);
int words_known(const char ***known, struct work *w, const struct ton_session *s,
                const char *const *words, int n);
bool words_wish(struct ton_wish *wish, bool *none, struct work *w, const struct ton_session *s,
                const struct ton_deliverable *d, const char *const *stem);
bool words_silence(struct ton_wish *wish, struct work *w, const struct ton_session *s);

/* sense.c: warnings of what a deliverable says, means and nobody may have wanted. */
void sense_check(struct work *w, const struct ton_deliverable *d, const struct ton_spec *spec);

/* prune.c: before anything is made, removes what a killed delivery left half written an hour ago or
 * more (ton_path_clear_dead; the lock is held). */
void prune_leftovers(const struct work *w);

#endif
