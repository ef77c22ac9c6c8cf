/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Paths of files in a plug-in's state. What it is given here it may free() itself, so this is the
 * one file that asks the C library for memory. */
#include "host.h"

#include "ton/path.h"

#include <stdlib.h>
#include <sys/mman.h>

static char *copy_for_plugin(const char *text) {
    const size_t n = strlen(text) + 1;
    char *copy = malloc(n);
    if (copy)
        memcpy(copy, text, n);
    return copy;
}

/* A file of the plug-in's own is anonymous memory: nothing is left of it when the host ends. */
static char *make_path(LV2_State_Make_Path_Handle handle, const char *name) {
    (void)handle;
    char path[64];
    const int memory = memfd_create(name, 0);
    if (memory < 0)
        return NULL;
    snprintf(path, sizeof path, "/proc/self/fd/%d", memory);
    return copy_for_plugin(path);
}

static char *absolute_path(LV2_State_Map_Path_Handle handle, const char *path) {
    const struct features *f = handle;
    struct ton_arena *a = ton_arena_create();
    const char *whole = a ? ton_path_join(a, f->folder ? f->folder : "/", path) : NULL;
    char *copy = whole ? copy_for_plugin(whole) : NULL;
    ton_arena_destroy(a);
    return copy;
}

static char *abstract_path(LV2_State_Map_Path_Handle handle, const char *path) {
    (void)handle;
    return copy_for_plugin(path);
}

static void free_path(LV2_State_Free_Path_Handle handle, char *path) {
    (void)handle;
    free(path);
}

void paths_fill(struct features *f) {
    f->make_path = (LV2_State_Make_Path){f, make_path};
    f->map_path = (LV2_State_Map_Path){f, abstract_path, absolute_path};
    f->free_path = (LV2_State_Free_Path){f, free_path};
}
