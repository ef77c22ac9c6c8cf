/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_PRODUCTION_H
#define TON_PRODUCTION_H

#include "ton/inputs.h"
#include "ton/session.h"

/* production.yaml, read and checked. Sessions are only named here; ton_session_read opens them.
 * @thread any, the one that owns the arena */

struct ton_recording {
    const char *session;
    const char *title, *artist, *isrc, *composer, *genre,
        *comment; /* NULL: the session's or the production's */
    const char **writers;
    int n_writers;
    const char *where;
};

enum ton_loudness_per { TON_PER_PRODUCTION, TON_PER_SESSION };

struct ton_master {
    struct ton_chain chain; /* side-chains are not possible here */
    double loudness_lufs;   /* NaN: as it comes out of the chain */
    enum ton_loudness_per per;
    const char *where;
};

struct ton_deliverable {
    const char *name;
    const char *spec;     /* NULL: none */
    const char **formats; /* the words; empty: the spec's or wav 24-bit at the session's rate */
    int n_formats;
    const char **without, **only, **each; /* roles, buses, names */
    int n_without, n_only, n_each;
    const char *spec_where; /* places of the words above, one each; NULL: not read from a file */
    const char **formats_where, **without_where, **only_where, **each_where;
    const char *dither;   /* NULL, "none", "tpdf", "shaped" */
    double loudness_lufs; /* NaN: the master's */
    double ceiling_dbtp;  /* NaN: the master limiter's */
    bool mastered;        /* through the master chain; default yes, for `each` no */
    bool joined; /* one file of all sessions with the gaps (vinyl side, CD image, podcast) */
    const char *where;
};

struct ton_production {
    const struct ton_file *files; /* that the master's chain works with, each once */
    size_t n_files;
    const char *path, *folder;
    const char *title, *artist, *album_artist, *date, *genre, *label, *copyright, *upc, *cover,
        *comment, *language;
    const char **sessions;
    const char **session_where;
    int n_sessions;
    bool sessions_refused;          /* some of them were: names may be missing */
    double *gap_before_s;           /* per session; 2 s by default for joined files, the first 0 */
    double *fade_in_s, *fade_out_s; /* per session, on the mix before the master chain; 0 */
    struct ton_recording *recordings; /* one per session, in running order */
    struct ton_master master;
    struct ton_deliverable *deliverables;
    int n_deliverables;
    struct ton_input *inputs; /* in patch order */
    int n_inputs;
    const char *naming; /* "{artist} - {title} ({deliverable}) v{version}" */
    int version;
};

/* Taken before anything is read that is written later: one `ton` at a time delivers a production or
 * imports into it. TON_ENVIRONMENT when another one does; `*lock` is -1 then, and where the folder
 * is missing, which is no error here. Unlocking what is -1 is nothing. @thread main */
enum ton_code ton_production_lock(int *lock, const char *folder, struct ton_err *err);
void ton_production_unlock(int *lock);
/* By another process, or another lock of this one. @thread any */
bool ton_production_is_locked(const char *folder);

/* Reads and checks. With TON_INPUT `*out` is what could be read all the same, or NULL: good for
 * finding what else is wrong, and for nothing else. */
enum ton_code ton_production_read(struct ton_production **out, struct ton_arena *arena,
                                  const char *folder, struct ton_problems *problems,
                                  struct ton_err *err);

/* The same from text (a git revision); `path` names it in errors. The cover is not looked for. */
enum ton_code ton_production_parse(struct ton_production **out, struct ton_arena *arena,
                                   const char *path, const char *text, size_t length,
                                   struct ton_problems *problems, struct ton_err *err);

/* Says which of its sessions have no file yet; not part of reading, for a new production names the
 * session that `ton import` will write. */
void ton_production_check_sessions(const struct ton_production *p, struct ton_arena *arena,
                                   struct ton_problems *problems);

/* The document's JSON schema, made from its rows and the registry. Caller frees. */
struct ton_json *ton_production_schema(void);

#endif
