/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_DELIVER_H
#define TON_DELIVER_H

#include "ton/analyser.h"
#include "ton/audio_out.h"
#include "ton/production.h"
#include "ton/spec.h"
#include "ton/thread.h"

/* Everything that somebody is owed, from a production: which files, made from which versions, in
 * which format, held to which spec; only what changed is made again. */

/* One file that is owed, and after ton_deliver what became of it. */
struct ton_delivered {
    const char *deliverable; /* its name in production.yaml */
    const char *session;     /* NULL for a joined file */
    const char *stem;        /* of `each`; NULL */
    const char *path;        /* relative to the production's folder */
    const char *format;      /* in words */
    int rate, channels;
    const char *spec; /* NULL: none */
    bool rebuilt;
    const char **why; /* it was made, or should have been: sentences; none when it stood */
    size_t n_why;
    bool unmade;     /* a plug-in that it hears failed: there is no such file, or an old one */
    bool bypassed;   /* it goes without a plug-in that failed, as the session chose */
    bool passed;     /* no required check failed, nothing was clipped */
    int64_t clipped; /* samples over full scale that the format could not hold */
    struct ton_measurement measured; /* of the decoded file */
    struct ton_verdict verdict;
    double gain_db, ceiling_dbtp, most_reduction_db; /* of the mastering; NaN when not mastered */
    double turned_db; /* gain behind the limiter, <= 0: what a lower ceiling could not help */
    const char *sha256;
    int64_t bytes;
    const char *key;     /* content key, hex */
    const char *machine; /* what kind made it (ton/machine.h); NULL: nobody knows */
    const char *drawing; /* SVG of waveform and loudness curve */
};

struct ton_delivery {
    struct ton_delivered *files;
    int n;
    int n_rebuilt, n_missed, n_unmade, n_bypassed;
    int n_others, n_others_standing; /* files of deliverables that were not named, and how many of
                                        them are up to date */
    const char *manifest, *report;   /* paths */
};

struct ton_deliver_config {
    const char *folder;       /* of the production */
    const char *const *names; /* deliverables to make; none: all */
    int n_names;
    bool again;           /* rebuild what stands, too */
    bool verify;          /* read every file instead of trusting size, times and inode */
    int threads;          /* 0: as many as processors */
    const int64_t *cache; /* bytes that .cache/ may hold when it is done; NULL: TON_STORE_BYTES */
};

/* Reads production and sessions (all errors go to `problems`), makes what is missing or has
 * changed, measures each file as decoded, holds it to its spec, writes out/manifest.json and
 * out/report.html. TON_MISSED when a file misses a required check or goes without a plug-in that
 * failed and was bypassed; the files are there all the same. TON_FOREIGN when a plug-in failed:
 * what does not hear it is there. On any other failure no file has a half-written content under its
 * name.
 * @thread main; starts workers and encoders of its own */
enum ton_code ton_deliver(struct ton_delivery *out, struct ton_arena *arena,
                          const struct ton_deliver_config *config, struct ton_problems *problems,
                          const struct ton_progress *progress, struct ton_err *err);

/* Only the masters: one file a session, 24-bit at its rate, under out/masters. */
enum ton_code ton_master_production(struct ton_delivery *out, struct ton_arena *arena,
                                    const struct ton_deliver_config *config,
                                    struct ton_problems *problems,
                                    const struct ton_progress *progress, struct ton_err *err);

/* Says everything that is wrong with a production and its sessions, and makes nothing.
 * @thread main */
enum ton_code ton_delivery_check(struct ton_arena *arena, const char *folder,
                                 struct ton_problems *problems, struct ton_err *err);

/* `{"deliverables": [...]}`; caller frees. */
struct ton_json *ton_delivery_json(const struct ton_delivery *delivery);

#endif
