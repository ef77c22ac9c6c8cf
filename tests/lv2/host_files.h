/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The file that the rig's processors know as memory, for plug-ins that want a name: a float WAV
 * with the same samples, in a folder of the test's own; and a state that names it. */
#ifndef TON_TEST_LV2_HOST_FILES_H
#define TON_TEST_LV2_HOST_FILES_H

#include "contract/rig.h"

#include <lv2/atom/atom.h>
#include <lv2/state/state.h>
#include <lv2/urid/urid.h>
#include <unistd.h>

static char host_folder[] = "/tmp/ton-lv2-XXXXXX";

static inline void host_put(FILE *f, uint32_t value, int bytes) {
    for (int i = 0; i < bytes; i++)
        fputc((int)(value >> 8 * i & 255), f);
}

/* @returns path */
static inline const char *host_write_room(char path[256], double rate) {
    const struct ton_asset *room = rig_assets(rate);
    const uint32_t bytes = (uint32_t)room->frames * 4;
    snprintf(path, 256, "%s/room-%g.wav", host_folder, rate);
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    fputs("RIFF", f);
    host_put(f, 36 + bytes, 4);
    fputs("WAVEfmt ", f);
    host_put(f, 16, 4);
    host_put(f, 3 | 1 << 16, 4); /* float, one channel */
    host_put(f, (uint32_t)rate, 4);
    host_put(f, (uint32_t)rate * 4, 4);
    host_put(f, 4 | 32 << 16, 4);
    fputs("data", f);
    host_put(f, bytes, 4);
    assert_int_equal(fwrite(room->data[0], 4, (size_t)room->frames, f), room->frames);
    fclose(f);
    return path;
}

/* One property and its value, as a host keeps them: it knows the file by a name of its own. */
struct host_state {
    LV2_URID property, type;
    char value[512];
    int n;
};

#define HOST_OWN_NAME "kept:"

static inline const void *host_retrieve(LV2_State_Handle handle, uint32_t key, size_t *size,
                                        uint32_t *type, uint32_t *flags) {
    const struct host_state *s = handle;
    *size = strlen(s->value) + 1;
    *type = s->type;
    *flags = LV2_STATE_IS_POD;
    return s->n > 0 && (s->property == 0 || key == s->property) ? s->value : NULL;
}

static inline LV2_State_Status host_store(LV2_State_Handle handle, uint32_t key, const void *value,
                                          size_t size, uint32_t type, uint32_t flags) {
    struct host_state *s = handle;
    (void)flags;
    assert_true(size <= sizeof s->value);
    memcpy(s->value, value, size);
    s->property = key;
    s->type = type;
    s->n++;
    return LV2_STATE_SUCCESS;
}

static inline char *host_duplicate(const char *front, const char *text) {
    const size_t size = strlen(front) + strlen(text) + 1;
    char *copy = malloc(size);
    assert_non_null(copy);
    snprintf(copy, size, "%s%s", front, text);
    return copy;
}

static inline char *host_abstract(LV2_State_Map_Path_Handle handle, const char *path) {
    (void)handle;
    return host_duplicate(HOST_OWN_NAME, path);
}

static inline char *host_absolute(LV2_State_Map_Path_Handle handle, const char *path) {
    (void)handle;
    assert_memory_equal(path, HOST_OWN_NAME, strlen(HOST_OWN_NAME));
    return host_duplicate("", path + strlen(HOST_OWN_NAME));
}

static inline void host_free_path(LV2_State_Free_Path_Handle handle, char *path) {
    (void)handle;
    free(path);
}

static LV2_State_Map_Path host_paths = {NULL, host_abstract, host_absolute};
static LV2_State_Free_Path host_back = {NULL, host_free_path};
static const LV2_Feature host_path_feature = {LV2_STATE__mapPath, &host_paths};
static const LV2_Feature host_back_feature = {LV2_STATE__freePath, &host_back};
static const LV2_Feature *const host_state_features[] = {&host_path_feature, &host_back_feature,
                                                         NULL};

#endif
