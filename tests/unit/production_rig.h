/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A whole production in a scratch folder: its documents, recordings made by the test, and sessions
 * read back with their takes. */
#ifndef TON_TEST_PRODUCTION_RIG_H
#define TON_TEST_PRODUCTION_RIG_H

#include "promise.h"

#include "ton/audio_in.h"
#include "ton/audio_out.h"
#include "ton/path.h"
#include "ton/production.h"

#include <ftw.h>
#include <math.h>
#include <sys/stat.h>
#include <unistd.h>

struct rig {
    struct ton_arena *arena;
    struct ton_problems problems;
    struct ton_err err;
    const char *folder; /* holds in/ (recordings) and p/ (the production) */
};

static inline int rig_setup(void **state) {
    struct rig *r = ton_alloc(sizeof *r);
    assert_non_null(r);
    r->arena = ton_arena_create();
    assert_non_null(r->arena);
    ton_problems_init(&r->problems, r->arena);
    char *folder = ton_arena_text(r->arena, "/tmp/ton-production-XXXXXX");
    assert_non_null(mkdtemp(folder));
    r->folder = folder;
    *state = r;
    return 0;
}

static inline int rig_remove(const char *path, const struct stat *s, int kind, struct FTW *at) {
    (void)s, (void)kind, (void)at;
    return remove(path);
}

static inline int rig_teardown(void **state) {
    struct rig *r = *state;
    nftw(r->folder, rig_remove, 8, FTW_DEPTH | FTW_PHYS);
    ton_arena_destroy(r->arena);
    ton_free(r);
    return 0;
}

static inline const char *rig_path(struct rig *r, const char *name) {
    return ton_path_join(r->arena, r->folder, name);
}

static inline void rig_write(struct rig *r, const char *name, const char *text) {
    const char *path = rig_path(r, name);
    assert_int_equal(ton_path_make_folders(ton_path_folder(r->arena, path), NULL), TON_OK);
    assert_int_equal(ton_path_write(path, text, strlen(text), NULL), TON_OK);
}

static inline const char *rig_text(struct rig *r, const char *path) {
    char *text = NULL;
    size_t size = 0;
    if (ton_path_read(&text, &size, r->arena, path, (size_t)1 << 20, &r->err))
        fail_msg("%s: %s", path, r->err.text);
    return text;
}

static inline int rig_count(struct rig *r, const char *folder) {
    char **names = NULL;
    size_t n = 0;
    return ton_path_list(&names, &n, r->arena, rig_path(r, folder), NULL) ? 0 : (int)n;
}

/* A recording of seeded noise, darker as music is; every channel is another unless `equal`. */
struct rig_recording {
    const char *file;
    int rate, channels;
    int64_t frames;
    float level; /* 0: 0.1 */
    unsigned seed;
    bool equal;
    bool bext;
    int64_t time;
    const struct ton_ixml *ixml;
    const char *description, *date;
};

static inline const char *rig_record(struct rig *r, const struct rig_recording *what) {
    const char *path = rig_path(r, what->file);
    assert_int_equal(ton_path_make_folders(ton_path_folder(r->arena, path), NULL), TON_OK);
    const float *planes[16];
    uint32_t state = what->seed * 2654435761u + 1u;
    for (int c = 0; c < what->channels; c++) {
        float *x = TON_NEW_N(r->arena, float, what->frames + 1);
        assert_non_null(x);
        for (int64_t i = 0; i < what->frames; i++) {
            state = state * 1664525u + 1013904223u;
            const float white =
                (what->level > 0 ? what->level : 0.1F) * (float)(int32_t)state * 0x1p-31F;
            x[i] = i ? 0.95F * x[i - 1] + 0.3F * white : white;
        }
        planes[c] = what->equal ? planes[0] : x;
        if (c == 0)
            planes[0] = x;
    }
    struct ton_audio_out *out = NULL;
    const struct ton_audio_out_config config = {
        .format = {.codec = TON_FLOAT, .bits = 32, .rate = what->rate},
        .channels = what->channels,
        .tags = {.bext = what->bext,
                 .time_reference = what->time,
                 .ixml = what->ixml,
                 .description = what->description,
                 .origination_date = what->date}};
    if (ton_audio_create(&out, path, &config, &r->err) ||
        ton_audio_write(out, planes, what->frames, &r->err) || ton_audio_finish(out, &r->err))
        fail_msg("%s", r->err.text);
    return path;
}

static inline enum ton_code rig_look(void *user, struct ton_take_info *out, const char *path,
                                     struct ton_err *err) {
    (void)user;
    struct ton_audio_in *in = NULL;
    const enum ton_code code = ton_audio_open(&in, path, err);
    if (!code) {
        const struct ton_audio_info *i = ton_audio_info(in);
        *out =
            (struct ton_take_info){.rate = i->rate, .channels = i->channels, .frames = i->frames};
    }
    ton_audio_close(in);
    return code;
}

/* A session that must be good. */
static inline struct ton_session *rig_session(struct rig *r, const char *path) {
    static const struct ton_takes takes = {.look = rig_look};
    struct ton_session *s = NULL;
    if (ton_session_read(&s, r->arena, path, &takes, &r->problems, &r->err) || r->problems.n_errors)
        fail_msg("%s: %s", r->err.where, r->err.text);
    return s;
}

#endif
