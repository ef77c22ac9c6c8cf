/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What hosts save beside the controls: the names of files. */
#include "shim.h"

void state_publish(struct shim *s) {
    /* Somebody saves just now: then in the next block. */
    if (!s->unpublished || atomic_flag_test_and_set(&s->kept_busy))
        return;
    memcpy(s->kept, s->files, sizeof s->kept);
    atomic_flag_clear(&s->kept_busy);
    s->unpublished = false;
}

static void read_kept(struct shim *s, unit_files out) {
    shim_hold(&s->kept_busy);
    for (int i = 0; i < PLUGIN_MOST_FILES; i++)
        memcpy(out[i], s->kept[i], UNIT_MOST_PATH);
    atomic_flag_clear(&s->kept_busy);
}

struct paths {
    const LV2_State_Map_Path *map;
    const LV2_State_Free_Path *give_back;
};

static struct paths find_paths(const LV2_Feature *const *features) {
    struct paths p = {0};
    for (int i = 0; features && features[i]; i++) {
        if (strcmp(features[i]->URI, LV2_STATE__mapPath) == 0)
            p.map = features[i]->data;
        else if (strcmp(features[i]->URI, LV2_STATE__freePath) == 0)
            p.give_back = features[i]->data;
    }
    return p;
}

/* A host that cannot take a path back loses its bytes. */
static void give_back(const struct paths *p, char *path) {
    if (p->give_back && path)
        p->give_back->free_path(p->give_back->handle, path);
}

static LV2_State_Status save(LV2_Handle handle, LV2_State_Store_Function store, LV2_State_Handle to,
                             uint32_t flags, const LV2_Feature *const *features) {
    struct shim *s = handle;
    const struct paths p = find_paths(features);
    unit_files files;
    LV2_State_Status status = s->map ? LV2_STATE_SUCCESS : LV2_STATE_ERR_NO_FEATURE;
    (void)flags;
    read_kept(s, files);
    for (int i = 0; i < s->plugin.n_files && status == LV2_STATE_SUCCESS; i++) {
        if (!files[i][0])
            continue;
        if (!p.map)
            return LV2_STATE_ERR_NO_FEATURE;
        char *path = p.map->abstract_path(p.map->handle, files[i]);
        if (!path)
            return LV2_STATE_ERR_UNKNOWN;
        status = store(to, s->urids.files[i], path, strlen(path) + 1, s->urids.atom_path,
                       LV2_STATE_IS_POD | LV2_STATE_IS_PORTABLE);
        give_back(&p, path);
    }
    return status;
}

static void restore_file(struct shim *s, int file, const char *path, const struct paths *p) {
    char *absolute = p->map ? p->map->absolute_path(p->map->handle, path) : NULL;
    const char *found = absolute ? absolute : path;
    memset(s->files[file], 0, UNIT_MOST_PATH);
    if (strlen(found) < UNIT_MOST_PATH)
        memcpy(s->files[file], found, strlen(found));
    give_back(p, absolute);
}

/* Never while the plug-in runs; so the files are loaded here. Without them the sound stays. */
static LV2_State_Status restore(LV2_Handle handle, LV2_State_Retrieve_Function retrieve,
                                LV2_State_Handle from, uint32_t flags,
                                const LV2_Feature *const *features) {
    struct shim *s = handle;
    const struct paths p = find_paths(features);
    (void)flags;
    if (!s->map)
        return LV2_STATE_ERR_NO_FEATURE;
    for (int i = 0; i < s->plugin.n_files; i++) {
        size_t size;
        uint32_t type, kind;
        const char *path = retrieve(from, s->urids.files[i], &size, &type, &kind);
        if (path && size > 0 && memchr(path, 0, size) && type == s->urids.atom_path)
            restore_file(s, i, path, &p);
        else
            s->files[i][0] = '\0';
    }
    s->unpublished = s->tells = true;
    state_publish(s);
    renew_forget(s); /* what was on its way belongs to what was before */
    if (unit_fits(s->unit, &s->plugin, s->wanted, s->files))
        return LV2_STATE_SUCCESS;
    struct unit *made = renew_make(s);
    if (!made)
        return LV2_STATE_ERR_UNKNOWN;
    unit_destroy(s->unit);
    s->unit = made;
    return LV2_STATE_SUCCESS;
}

const LV2_State_Interface state_interface = {.save = save, .restore = restore};
