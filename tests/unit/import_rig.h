/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Imports into a production of the test's own, and what came of it. */
#ifndef TON_TEST_IMPORT_RIG_H
#define TON_TEST_IMPORT_RIG_H

#include "production_rig.h"

#include "ton/import.h"

static inline enum ton_code import(struct rig *r, struct ton_import *out, const char *session,
                                   const char *const *files, int n) {
    if (!ton_path_exists(rig_path(r, "p/production.yaml")))
        rig_write(r, "p/production.yaml", "tonmeister: 1\ntitle: Test\nsessions: [one]\n");
    const struct ton_import_config config = {
        .folder = rig_path(r, "p"), .session = session, .files = files, .n_files = n};
    ton_problems_init(&r->problems, r->arena);
    *out = (struct ton_import){0};
    return ton_import(out, r->arena, &config, &r->problems, NULL, &r->err);
}

/* Imports what must be good, and reads the session that it wrote. */
static inline struct ton_session *take_in(struct rig *r, struct ton_import *out, const char *what) {
    if (import(r, out, NULL, &what, 1))
        fail_msg("%s %s", r->err.where, r->err.text);
    return rig_session(r, out->session);
}

static inline const struct ton_imported *of_file(const struct ton_import *import,
                                                 const char *file) {
    for (int i = 0; i < import->n; i++)
        if (strcmp(ton_path_name(import->files[i].file), file) == 0)
            return &import->files[i];
    fail_msg("%s was not imported", file);
    return NULL;
}

static inline const struct ton_strip *track_of(const struct ton_session *s, const char *name) {
    const int at = ton_session_find_strip(s, name);
    if (at < 0)
        fail_msg("there is no track `%s`", name);
    return &s->strips[at];
}

static inline int n_tracks(const struct ton_session *s) {
    int n = 0;
    for (int i = 0; i < s->n_strips; i++)
        n += !s->strips[i].is_bus;
    return n;
}

#define WITH_RIG(test) cmocka_unit_test_setup_teardown(test, rig_setup, rig_teardown)

#endif
