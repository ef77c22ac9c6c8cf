/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_IMPORT_H
#define TON_IMPORT_H

#include "ton/arena.h"
#include "ton/thread.h"

#include <stdint.h>

/* What a file name says: "01_Kick In.wav" is the track `Kick In` with the role `drums.kick`. */
struct ton_role_guess {
    const char *role;  /* NULL when no word is known */
    const char *words; /* which words of the name said so: "kick" */
    bool reference;    /* a click, a rough mix, a print: imported muted */
};

/* Guesses from a file or track name; texts are in the arena. @thread any */
struct ton_role_guess ton_role_guess(struct ton_arena *arena, const char *name);

/* The track name a person would give: without extension, leading numbers and underscores. */
const char *ton_track_name(struct ton_arena *arena, const char *file);

/* -1 left, +1 right, 0 neither; `*base` is the name without its side ("OH_L" gives "OH", and
 * "ORTF L Song" gives "ORTF Song": a side stands at the end, or is a word of its own). `*said` is
 * false when only the other file can prove it: "kdruml". @thread any */
int ton_name_side(struct ton_arena *arena, const char **base, bool *said, const char *name);

/* One imported file and what was thought of it. */
struct ton_imported {
    const char *file;  /* as given */
    const char *take;  /* its name in audio/ */
    const char *track; /* shared by the two sides of a pair; of many channels "A 1 … A 6" */
    const char *role;  /* NULL; of many channels each once: "speech.boom, speech.host" */
    const char *why;   /* sentences: what was guessed and from what */
    int rate, channels;
    int64_t at; /* frames at the session's rate */
};

struct ton_import {
    const char *session; /* path of the session that was written */
    int rate;
    struct ton_imported *files;
    int n;
    const char **notes; /* about all: "starts are taken from BWF time references" */
    int n_notes;
    const char **skipped; /* files of a folder that hold no sound, with the reason */
    int n_skipped;
};

struct ton_import_config {
    const char *folder;       /* of the production */
    const char *session;      /* NULL: the first one in production.yaml that has no file yet */
    const char *const *files; /* files and folders */
    int n_files;
};

/* Copies the files into audio/ byte for byte, and writes sessions/<session>.yaml; names it in
 * production.yaml when it is not there. Everything is looked at first: when a file cannot be used,
 * or the session exists, all problems are said and nothing is changed; neither when `problems`
 * holds some already. A take that is there already with the same content is used; with other
 * content the new one gets another name.
 * @thread main */
enum ton_code ton_import(struct ton_import *out, struct ton_arena *arena,
                         const struct ton_import_config *config, struct ton_problems *problems,
                         const struct ton_progress *progress, struct ton_err *err);

/* Makes the folder of a new production from a template ("song", "podcast", "album", "film");
 * refuses a folder that holds anything. `*folder` is what was made. */
enum ton_code ton_production_new(const char **folder, struct ton_arena *arena, const char *parent,
                                 const char *name, const char *template, struct ton_err *err);
const char *const *ton_production_templates(void); /* NULL-terminated */

#endif
