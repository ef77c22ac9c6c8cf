/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What waits for a recovery is told to whoever works with the production. */
#include "ton/path.h"
#include "ton/production.h"
#include "ton/recordings.h"
#include "ton/recover.h"

/* A recovery would complete it: its session is there. */
static bool is_left(struct ton_arena *arena, const char *folder, const struct ton_take_row *row) {
    const char *session = ton_arena_printf(arena, "%s/sessions/%s.yaml", folder, row->session);
    return (row->frames < 0 || !row->placed) && session && ton_path_exists(session);
}

static void warn(struct ton_problems *problems, struct ton_arena *arena, const char *folder,
                 struct ton_database *db) {
    struct ton_take_row *rows = NULL;
    const char *file = NULL;
    int n_rows = 0, n = 0;
    if (ton_takes_list(&rows, &n_rows, arena, db, NULL, NULL))
        return;
    for (int i = 0; i < n_rows; i++)
        if (is_left(arena, folder, &rows[i])) {
            file = file ? file : rows[i].file;
            n++;
        }
    /* Another `ton` that writes to it places its own takes when it stops. */
    if (n > 0 && !ton_production_is_locked(folder))
        ton_problems_add(problems, true, NULL,
                         "%d take%s unfinished or in no session (%s%s): `ton record --recover` "
                         "completes %s",
                         n, n == 1 ? " is" : "s are", file, n == 1 ? "" : ", …",
                         n == 1 ? "it" : "them");
}

void ton_recordings_warn(struct ton_problems *problems, const char *folder) {
    struct ton_arena *arena = ton_arena_create();
    struct ton_database *db = NULL;
    if (arena && folder && !ton_database_look(&db, folder, NULL))
        warn(problems, arena, folder, db);
    ton_database_close(db);
    ton_arena_destroy(arena);
}
