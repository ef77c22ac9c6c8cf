/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a killed delivery left half written below .cache/ and out/ an hour ago or more. The
 * production's lock does not stand in for that age: `ton mix` writes into out/ without it, perhaps
 * in another container, and there are disks without locks. */

#include "work.h"

static void clear_below(const struct work *w, const char *folder) {
    char **names = NULL;
    size_t n = 0;
    if (!folder || ton_path_list(&names, &n, w->arena, folder, NULL))
        return;
    ton_path_clear_dead(w->arena, folder);
    for (size_t i = 0; i < n; i++) {
        const char *path = ton_path_join(w->arena, folder, names[i]);
        if (path && ton_path_is_folder(path))
            ton_path_clear_dead(w->arena, path);
    }
}

void prune_leftovers(const struct work *w) {
    clear_below(w, w->store.folder);
    clear_below(w, ton_path_join(w->arena, w->production->folder, "out"));
}
