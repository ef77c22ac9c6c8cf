/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_MIXDOWN_H
#define TON_MIXDOWN_H

#include "ton/analyser.h"
#include "ton/audio_out.h"
#include "ton/store.h"

/* A session's mix as one file. */
struct ton_mixdown_config {
    const char *session; /* path of the YAML file */
    /* Path; NULL: out/mixes/<session>.<suffix> beside its sessions/ folder, and for a part of the
     * mix a name that says which: `<session> (only drums, from 0-10).wav`. A link that is
     * named here is followed, one with a usual name replaced. */
    const char *out;
    int descriptor; /* 0, or where the mix is written to instead; then `out` only names it */
    /* As people write it, NULL: what the suffix of `out` says, else WAV 24-bit */
    const char *format;
    const char *const *only, *const *without; /* roles, buses, names, as if the others were muted */
    int n_only, n_without;
    const char *from, *to; /* times as people write them; NULL: all, with the tail */
    int threads;           /* 0: as many as processors */
    bool profile;
    /* Bytes that the cache of a production may hold; what costs much is read back from there, and
     * kept. A session without a production, and a stretch of one, have none. */
    int64_t cache;
};

struct ton_mixdown {
    const char *session, *path;
    int descriptor;                  /* as configured */
    struct ton_format format;        /* as written */
    struct ton_measurement measured; /* of the mix before encoding */
    int64_t clipped;                 /* samples over full scale that the format could not hold */
    int64_t repaired;                /* samples that were no numbers */
    const char *repaired_at;         /* the strip where the first was; NULL */
    bool bypassed;                   /* it goes without a plug-in that failed */
    /* As wished; the items of its rows are NULL. What the meter took is a row of its own,
     * "measuring", and no longer in "output". */
    struct ton_profile_row *profile;
    size_t n_profile;
    double seconds[TON_N_PROFILE_KINDS]; /* of all: of rows of that kind; the rest is what else the
                                            program computed, from reading the session on */
    struct ton_parts_count parts;
};

/* Reads, compiles, renders, writes; on any failure no file stays, and never is a file written over
 * that the session reads. Errors of the session, and what it keeps silent, go to `problems`; the
 * result's strings are in `arena`. @thread main; starts workers */
enum ton_code ton_mixdown(struct ton_mixdown *out, struct ton_arena *arena,
                          const struct ton_mixdown_config *config, struct ton_problems *problems,
                          const struct ton_progress *progress, struct ton_err *err);

/* The session files that a word means, in the current folder: a path, or a name in sessions/; all
 * of sessions/ without one. An unknown name gets the nearest, what is no YAML file is refused. */
enum ton_code ton_sessions_find(const char ***paths, size_t *n, struct ton_arena *arena,
                                const char *word, struct ton_err *err);

#endif
