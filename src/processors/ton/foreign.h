/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_FOREIGN_H
#define TON_FOREIGN_H

#include "ton/arena.h"
#include "ton/hash.h"
#include "ton/processor.h"

/* Processors that are not ours: plug-ins, which other rooms meet as `struct ton_processor` without
 * knowing a plug-in standard. The program sets once where they come from; a session's chain asks
 * here, as it asks the registry for our own. @thread main */

/* What an item of a chain says of a foreign processor beside the values of its rows. In the arena
 * of the session. */
struct ton_setup {
    const char *plugin;      /* as written */
    const char *preset;      /* its address; NULL: none */
    const char *preset_from; /* the bundle that it stands in; NULL: the plug-in's own */
    const char *state;       /* Turtle that begins with @base, or the path of a file; NULL: none */
    const char *state_from;  /* folder that file names in `state` count from; NULL */
    /* MIDI files that it plays: a line each, `at from frames path`, all in frames of the session:
     * where on the timeline, from where in the file, how long. NULL: none. */
    const char *notes;
    /* Paths of all that it reads: notes, a state, and what state and preset name. */
    const char **files;
    size_t n_files, files_capacity;
    /* Where the music's time changes: lines of frame, bar (from 0), beat in it (from 0, with its
     * parts), quarter notes a minute, beats a bar, and the note that a beat is (4: a quarter).
     * NULL: only the tempo of the start is known. */
    const char *times;
    const char *where;      /* place in the session, for sentences */
    double deadline_s;      /* how long one request may take before it counts as hung */
    bool bypass_on_failure; /* else what hears it fails */
    struct ton_key own;     /* of the plug-in, preset and state, with what is in their files */
    struct ton_key key; /* of all above that is heard but `times`, and of the plug-in's own files */
};

struct ton_identity {
    const char *address;
    char version[32];
    const char *binary; /* path of what computes */
};

struct ton_foreign {
    const char *kind; /* the key of an item in a chain: "lv2" */
    /* One that is installed and can be run, by its address or its name. The same plug-in is the
     * same pointer as long as the program runs. TON_INPUT says what is wrong with it, or which one
     * comes near. */
    enum ton_code (*find)(const struct ton_processor **out, const char *name, struct ton_err *err);
    /* Does an installed one have this address or name? Looks where it costs little, for sentences.
     */
    bool (*is_called)(const char *name);
    /* The row that a control's symbol, or its name as the plug-in spells it, means; -1. */
    int (*row)(const struct ton_processor *p, const char *name);
    /* Puts the values of a preset (its name or address) or of a state (Turtle, or the path of a
     * file) into `params`, and what is not a number into `setup`. */
    enum ton_code (*preset)(struct ton_setup *setup, float *params, const struct ton_processor *p,
                            struct ton_arena *arena, const char *name, struct ton_err *err);
    enum ton_code (*state)(struct ton_setup *setup, float *params, const struct ton_processor *p,
                           struct ton_arena *arena, const char *text, const char *folder,
                           struct ton_err *err);
    /* How long the notes of a MIDI file are, in frames. */
    enum ton_code (*notes)(int64_t *frames, struct ton_arena *arena, const char *path, double rate,
                           struct ton_err *err);
    bool (*plays)(const struct ton_processor *p);      /* has it an input for notes? */
    bool (*only_plays)(const struct ton_processor *p); /* and none for sound? */
    /* The setup is complete: fills in its files and its key. */
    enum ton_code (*seal)(struct ton_setup *setup, const struct ton_processor *p,
                          struct ton_arena *arena, struct ton_err *err);
    /* For a manifest: what was run. */
    void (*identity)(struct ton_identity *out, const struct ton_processor *p);
    bool (*hears)(const struct ton_processor *p); /* has it an input for a side-chain? */
};

void ton_foreign_set(const struct ton_foreign *foreign); /* NULL: none */
const struct ton_foreign *ton_foreign(void);             /* NULL: this program hosts none */

#endif
