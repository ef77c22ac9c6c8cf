/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What `ton room` is made of. */
#ifndef TON_CLI_ROOM_H
#define TON_CLI_ROOM_H

#include "device_choice.h"
#include "verb.h"

#include "ton/room_listen.h"
#include "ton/room_page.h"

struct ton_json;

enum { ROOM_MOST_PORTS = 16, ROOM_MOST_PATHS = 64 };

/* A loudspeaker or a microphone: where it is connected, and what it is called. Of files: the file
 * and its channel. */
struct room_port {
    const char *name, *port;
};

/* A recording with a sweep behind it that can be worked on (ton/sweep.h). */
enum { ROOM_MOST_FRAMES = 1 << 23 };

/* What is measured, and how. */
struct room_plan {
    struct device_wanted device;
    struct room_port loudspeakers[ROOM_MOST_PORTS], microphones[ROOM_MOST_PORTS];
    int n_loudspeakers, n_microphones;
    const char *loop_output, *loop_input; /* NULL */
    const char *const *files;             /* recorded sweeps or responses; NULL: a device */
    int n_files;
    bool are_responses;
    struct ton_sweep sweep;
    struct ton_room_path_how how;
    bool corrects;
    struct ton_correction_how correction;
    const struct ton_chain *chain; /* the monitor chain that is heard through; NULL: none */
    const char *chain_file;
    const char *name, *title; /* of the measurement; of the production, NULL */
    bool in_production;
    bool quiet;         /* no progress is shown */
    const char *folder; /* for files where there is no production; NULL: none */
};

/* One loudspeaker at one microphone. */
struct room_measured {
    int loudspeaker, microphone;
    struct ton_room_path path;
    struct ton_sweep_heard heard;
    bool has_heard;
    double latency_frames; /* of the device when it was heard, through the loop; NaN: unknown */
    double distance_m;
    const char *distance_remark;
    struct ton_room_advices advices;
    const char *take; /* NULL: not kept */
};

struct room_correction {
    const char *name; /* of the loudspeaker */
    struct ton_correction made;
    const char *chain, *fir_chain, *fir; /* its files, a pair's are one; NULL: not written */
};

/* How far from the target a loudspeaker is behind the monitor chain, dB RMS. */
struct room_flat {
    bool is_known;
    double from_hz, to_hz, off_db, without_db;
};

struct room_result {
    struct room_port loudspeakers[ROOM_MOST_PORTS]; /* those of the plan, or the files */
    int n_loudspeakers;
    struct room_measured *paths; /* [loudspeaker][microphone] */
    int n;
    struct ton_room_page_pair pairs[ROOM_MOST_PORTS];
    int n_pairs;
    struct room_correction corrections[ROOM_MOST_PORTS]; /* one a loudspeaker, or none */
    int n_corrections;
    const struct ton_room_side *through[ROOM_MOST_PORTS]; /* by loudspeaker; NULL: no chain */
    int sides[ROOM_MOST_PORTS];                           /* of the chain, 0 left, 1 right */
    struct room_flat flat[ROOM_MOST_PORTS];
    const char *page;                  /* NULL: not kept */
    const char *kept[ROOM_MOST_PORTS]; /* older chains, as they are called now */
    int n_kept;
    const char *kept_page; /* an older page that explains a correction, as it is called now; NULL */
    const char *loop_trouble;            /* NULL: nothing is wrong with it */
    const char *missed[ROOM_MOST_PATHS]; /* a sentence each: paths that could not be measured */
    int n_missed;
    struct ton_device_status device; /* of files all 0 */
    int rate;
    struct ton_sweep sweep; /* as it was played */
};

/* plan.c: from what was given. */
enum ton_code room_plan_make(struct room_plan *plan, const struct ton_given *given,
                             struct ton_err *err);

/* The sweep alone, for a file. */
enum ton_code room_plan_sweep(struct room_plan *plan, const struct ton_given *given,
                              struct ton_err *err);

/* listen.c: through the device. files.c: what was recorded before. Both fill `paths`. */
enum ton_code room_listen(struct room_result *result, struct ton_arena *arena,
                          const struct room_plan *plan, struct ton_err *err);
enum ton_code room_read_files(struct room_result *result, struct ton_arena *arena,
                              const struct room_plan *plan, struct ton_err *err);
/* paths.c: a path of a response, and of a recorded sweep, which is told by its sentence when it is
 * of no use; then what needs several. */
enum ton_code room_add_response(struct room_result *result, struct ton_arena *arena,
                                const struct room_plan *plan, const struct room_measured *path,
                                const float *response, int frames, int rate, struct ton_err *err);
enum ton_code room_add_sweep(struct room_result *result, struct ton_arena *arena,
                             const struct room_plan *plan, const struct room_measured *path,
                             const float *recording, int64_t frames, struct ton_err *err);
/* What one microphone did not hear (TON_MISSED in `err`) takes nothing from the others: it is told
 * at the end. */
enum ton_code room_miss(struct room_result *result, struct ton_arena *arena, struct ton_err *err);
enum ton_code room_conclude(struct room_result *result, struct ton_arena *arena,
                            const struct room_plan *plan, struct ton_err *err);

/* through.c: which side of a stereo chain is a loudspeaker's, 0 left, 1 right: by its name, else
 * the first of two is left, and one alone; -1: its name would have to say so. */
int room_side_of(const struct room_port *loudspeakers, int n, int which);
/* The sweep for each loudspeaker, before any is played. */
enum ton_code room_through_make(struct room_result *result, struct ton_arena *arena,
                                const struct room_plan *plan, struct ton_err *err);
enum ton_code room_through_judge(struct room_result *result, struct ton_arena *arena,
                                 const struct ton_correction_how *how, int loudspeaker,
                                 const struct ton_response *mean, struct ton_err *err);
const char *room_through_text(struct ton_arena *arena, const struct room_plan *plan,
                              const struct room_result *result);
void room_add_flat(struct ton_text *text, const struct room_plan *plan,
                   const struct room_result *result);
struct ton_json *room_through_json(const struct room_plan *plan, const struct room_result *result);
enum ton_code room_tell_through(struct ton_arena *arena, const struct room_plan *plan,
                                const struct room_result *result, struct ton_err *err);

/* tell.c and json.c: the result for people, and for programs. */
enum ton_code room_tell(struct ton_arena *arena, const struct room_plan *plan,
                        const struct room_result *result, struct ton_err *err);
void room_add_sentences(struct ton_text *text, const struct room_measured *path);
/* A line of the text that begins so explains a correction. */
extern const char room_correction_head[];
void room_add_corrections(struct ton_text *text, const struct room_plan *plan,
                          const struct room_result *result);
const char *room_target_name(const struct room_plan *plan); /* "a flat response" */
struct ton_json *room_json(const struct room_plan *plan, const struct room_result *result);

/* keep.c: the first `STEM_01.EXTENSION`, `STEM_02…` that nobody has. */
enum ton_code room_next_name(const char **out, struct ton_arena *arena, const char *folder,
                             const char *stem, const char *extension, struct ton_err *err);
/* Responses, correction, page and text. */
enum ton_code room_keep(struct room_result *result, struct ton_arena *arena,
                        const struct room_plan *plan, struct ton_err *err);
/* chain.c: the correction as chains and as a filter, in this folder. */
enum ton_code room_keep_correction(struct room_result *result, struct ton_arena *arena,
                                   const struct room_plan *plan, const char *folder,
                                   struct ton_err *err);
struct ton_format;
enum ton_code room_write_sound(const char *path, const struct ton_format *format,
                               const float *const *channels, int n, int64_t frames,
                               const char *description, struct ton_err *err);
/* One channel or several as 32-bit float. */
enum ton_code room_write_wav(const char *path, const float *const *channels, int n, int64_t frames,
                             int rate, const char *description, struct ton_err *err);

#endif
