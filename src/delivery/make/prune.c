/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keeps the cache as large as the present delivery needs: what an earlier state of the production
 * or a killed delivery left behind is removed. Only files that this program names so are looked at.
 */

#include "ton/text.h"
#include "work.h"

#include <unistd.h>

static bool is_ours(const char *name) {
    const char *extension = ton_path_extension(name);
    return strspn(name, "0123456789abcdef") == 32 && name[32] == '.' &&
           (strcmp(extension, "wav") == 0 || strcmp(extension, "svg") == 0 ||
            strcmp(extension, "sum") == 0);
}

static bool names(const char *path, const char *name) {
    return path && strncmp(ton_path_name(path), name, 32) == 0; /* also its seal */
}

static bool is_used(const struct work *w, const char *name) {
    for (int i = 0; i < w->n_pieces; i++) {
        const struct piece *p = &w->pieces[i];
        for (size_t k = 0; k < p->n_versions; k++) {
            if (names(p->versions[k].mix, name) || names(p->versions[k].colour, name))
                return true;
        }
    }
    for (size_t i = 0; i < w->n_owed; i++) {
        if (names(w->owed[i].drawing, name))
            return true;
    }
    return false;
}

static void prune_folder(const struct work *w, const char *name) {
    char **files = NULL;
    size_t n = 0;
    const char *folder = ton_path_join(w->arena, w->cache, name);
    if (!folder || ton_path_list(&files, &n, w->arena, folder, NULL))
        return;
    for (size_t i = 0; i < n; i++) {
        const char *path = ton_path_join(w->arena, folder, files[i]);
        if (path && is_ours(files[i]) && !is_used(w, files[i]))
            unlink(path); /* what cannot be removed is only in the way of disk space */
    }
}

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
    clear_below(w, w->cache);
    clear_below(w, ton_path_join(w->arena, w->production->folder, "out"));
}

void prune_cache(const struct work *w) {
    if (w->only_masters || w->config->n_names > 0)
        return;
    prune_folder(w, "mixes");
    prune_folder(w, "masters");
    prune_folder(w, "drawings");
}
