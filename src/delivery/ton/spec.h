/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_SPEC_H
#define TON_SPEC_H

#include "ton/analyser.h"
#include "ton/audio_in.h"
#include "ton/json.h"

/* A delivery spec: a YAML file in specs/ (built in) or in the production's own specs/ folder. Each
 * number carries its source and date. @thread any, the one that owns the arena */

#define TON_CD_SECTOR 588 /* samples of a sector, a 75th of a second: IEC 60908 */

enum ton_check_kind {
    TON_CHECK_INTEGRATED_LOUDNESS,
    TON_CHECK_LOUDNESS_RANGE,
    TON_CHECK_MOMENTARY_MAXIMUM,
    TON_CHECK_SHORT_TERM_MAXIMUM,
    TON_CHECK_TRUE_PEAK,
    TON_CHECK_SAMPLE_PEAK,
    TON_CHECK_RMS,
    TON_CHECK_NOISE_FLOOR,
    TON_CHECK_CORRELATION,
    TON_CHECK_DURATION,
    TON_CHECK_RATE,
    TON_CHECK_BITS,
    TON_CHECK_BIT_RATE,
    TON_CHECK_CHANNELS,
    TON_CHECK_SECTOR_REMAINDER,
    TON_CHECK_CONTAINER,
    TON_N_CHECKS
};

struct ton_check {
    enum ton_check_kind kind;
    bool required;           /* else advice */
    double minimum, maximum; /* NaN: open */
    double target;           /* NaN: none; then minimum and maximum are target -+ tolerance */
    const char **one_of;     /* texts or numbers as written; empty: the range counts */
    int n_one_of;
    const char *source, *read;
    const char *remedy; /* what to do when it fails; NULL: what is to be done about its kind */
};

struct ton_spec {
    const char *name, *title, *summary;
    struct ton_check *checks;
    int n_checks;
    const char *format; /* NULL: none given */
    const char **notes; /* what no meter can check */
    int n_notes;
};

struct ton_problems;

/* `folder`/specs/NAME.yaml first (folder may be NULL), then the built-in ones; an unknown name gets
 * the nearest. */
enum ton_code ton_spec_find(struct ton_spec **out, struct ton_arena *arena, const char *name,
                            const char *folder, struct ton_problems *problems, struct ton_err *err);
int ton_spec_count(void);
const char *ton_spec_name(int i);

/* A check's word, and what it asks for: "at most -1 dBTP", "-23 LUFS ±0.2 LU", "1 or 2". In the
 * arena, which says if memory was short. */
const char *ton_check_word(const struct ton_check *check);
const char *ton_check_asks(struct ton_arena *arena, const struct ton_check *check);

/* What one check found. */
struct ton_remark {
    const struct ton_check *check; /* NULL: no spec asked, the file is faulty */
    bool failed;                   /* a required check failed; else it is advice that was not met */
    const char *text; /* "integrated loudness -21.9 LUFS, 1.1 LU above -23 LUFS +-0.2 LU (EBU …)" */
    const char *remedy; /* what to do, a sentence; NULL when the text says it */
};

struct ton_verdict {
    struct ton_remark *remarks; /* only what was not met */
    int n;
    int n_failed;
};

/* What a spec looks at: a finished file, as decoded. */
struct ton_held {
    const struct ton_audio_info *info;
    const struct ton_measurement *measured;
    double noise_floor_dbfs; /* RMS of the quietest half second; NaN: not measured */
    double kbps;             /* that the encoder was asked for; the file has tags and a cover too */
    bool of_album;           /* players turn the album as a whole, and its loudness counts as */
    double album_lufs;       /* advice */
};

/* Holds a measured file to a spec: every check that is not met becomes a remark. */
enum ton_code ton_spec_hold(struct ton_verdict *out, struct ton_arena *arena,
                            const struct ton_spec *spec, const struct ton_held *held,
                            struct ton_err *err);

#endif
