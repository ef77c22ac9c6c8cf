/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the tests of sessions share: a folder with takes, a reader of takes that knows them by name,
 * and a session read from text. */
#ifndef TON_TEST_SESSION_STAGE_H
#define TON_TEST_SESSION_STAGE_H

#include "promise.h"

#include "ton/path.h"
#include "ton/production.h"

#include <unistd.h>

struct stage {
    struct ton_arena *arena;
    struct ton_problems problems;
    struct ton_err err;
    struct ton_session *session;
};

static const char *const stage_takes[] = {
    "bass.wav",   "kick_01.wav", "kick_02.wav",  "lead_comp.wav", "left.wav",      "mono48.wav",
    "poly48.wav", "right.wav",   "stereo44.wav", "stereo48.wav",  "unreadable.wav"};

/* mono48 is 10 s long, all others two minutes; poly48 has six channels. */
static enum ton_code stage_look(void *user, struct ton_take_info *out, const char *path,
                                struct ton_err *err) {
    const char *name = ton_path_name(path); /* the folder's letters come by chance */
    (void)user;
    if (strstr(name, "unreadable"))
        return ton_fail(err, TON_INPUT, path, "is no sound file");
    out->rate = strstr(name, "44") ? 44100 : 48000;
    out->channels = strstr(name, "poly") ? 6 : strstr(name, "stereo") ? 2 : 1;
    out->frames = (int64_t)out->rate * (strstr(name, "mono48") ? 10 : 120);
    return TON_OK;
}

static const struct ton_takes stage_reader = {.look = stage_look};

/* A production's folder with empty files for takes; made once a program. */
static inline const char *stage_folder(void) {
    static char folder[64];
    if (folder[0])
        return folder;
    snprintf(folder, sizeof folder, "/tmp/ton-session-XXXXXX");
    assert_non_null(mkdtemp(folder));
    char path[256];
    snprintf(path, sizeof path, "%s/sessions", folder);
    assert_int_equal(ton_path_make_folders(path, NULL), TON_OK);
    for (int i = 0; i < TON_N(stage_takes); i++) {
        snprintf(path, sizeof path, "%s/audio", folder);
        assert_int_equal(ton_path_make_folders(path, NULL), TON_OK);
        snprintf(path, sizeof path, "%s/audio/%s", folder, stage_takes[i]);
        assert_int_equal(ton_path_write(path, "", 0, NULL), TON_OK);
    }
    static const char *const others[] = {"sessions/night-train.yaml", "sessions/last-stop.yaml",
                                         "cover.jpg"};
    for (int i = 0; i < TON_N(others); i++) {
        snprintf(path, sizeof path, "%s/%s", folder, others[i]);
        assert_int_equal(ton_path_write(path, "tonmeister: 1\n", 14, NULL), TON_OK);
    }
    return folder;
}

static inline void stage_remove(void) {
    char path[256];
    for (int i = 0; i < TON_N(stage_takes); i++) {
        snprintf(path, sizeof path, "%s/audio/%s", stage_folder(), stage_takes[i]);
        unlink(path);
    }
    static const char *const files[] = {"sessions/night-train.yaml", "sessions/last-stop.yaml",
                                        "cover.jpg", "production.yaml"};
    for (int i = 0; i < TON_N(files); i++) {
        snprintf(path, sizeof path, "%s/%s", stage_folder(), files[i]);
        unlink(path);
    }
    static const char *const folders[] = {"audio", "sessions", "."};
    for (int i = 0; i < TON_N(folders); i++) {
        snprintf(path, sizeof path, "%s/%s", stage_folder(), folders[i]);
        rmdir(path);
    }
    rmdir(stage_folder());
}

static inline int stage_open(void **state) {
    struct stage *s = ton_alloc(sizeof *s);
    assert_non_null(s);
    s->arena = ton_arena_create();
    assert_non_null(s->arena);
    ton_problems_init(&s->problems, s->arena);
    *state = s;
    return 0;
}

static inline int stage_close(void **state) {
    struct stage *s = *state;
    ton_arena_destroy(s->arena);
    ton_free(s);
    return 0;
}

static inline int stage_end(void **state) {
    (void)state;
    stage_remove();
    return 0;
}

/* Reads a session from text as if it lay in the stage's folder. */
static inline enum ton_code stage_parse(struct stage *s, const char *text, size_t length) {
    char path[128];
    snprintf(path, sizeof path, "%s/sessions/test.yaml", stage_folder());
    ton_problems_init(&s->problems, s->arena);
    return ton_session_parse(&s->session, s->arena, path, text, length, &stage_reader, &s->problems,
                             &s->err);
}

/* The same for a text that must be good. */
static inline struct ton_session *stage_session(struct stage *s, const char *text) {
    enum ton_code code = stage_parse(s, text, strlen(text));
    if (code != TON_OK)
        printf("%s %s\n", s->err.where, s->err.text);
    assert_int_equal(code, TON_OK);
    return s->session;
}

static inline const struct ton_strip *stage_strip(const struct ton_session *s, const char *name) {
    int i = ton_session_find_strip(s, name);
    assert_true(i >= 0);
    return &s->strips[i];
}

/* A fixture of tests/data/sessions; NULL when it is not there. */
static inline char *stage_file(struct stage *s, const char *name, size_t *length) {
    char path[TON_PATH_MAX], *text = NULL;
    const char *source = getenv("TON_SOURCE");
    snprintf(path, sizeof path, "%s/tests/data/sessions/%s", source ? source : ".", name);
    if (ton_path_read(&text, length, s->arena, path, (size_t)1 << 24, NULL) != TON_OK)
        return NULL;
    return text;
}

/* Problems as lines: `12:27 error: text`, without the path. */
static inline char *stage_report(const struct stage *s) {
    struct ton_text t = {0};
    ton_text_add(&t, "");
    for (size_t i = 0; i < s->problems.n; i++) {
        const struct ton_problem *p = &s->problems.items[i];
        const char *place = strstr(p->where, ".yaml:");
        ton_text_printf(&t, "%s %s: %s\n", place ? place + strlen(".yaml:") : p->where,
                        p->warning ? "warning" : "error", p->text);
    }
    /* The folder of the stage has another name each time. */
    struct ton_text out = {0};
    ton_text_add(&out, "");
    const char *folder = stage_folder(), *from = t.data;
    for (const char *at = strstr(from, folder); at; at = strstr(from, folder)) {
        ton_text_add_n(&out, from, (size_t)(at - from));
        ton_text_add(&out, "FOLDER");
        from = at + strlen(folder);
    }
    ton_text_add(&out, from);
    char *report = ton_arena_copy(s->arena, out.data, out.length);
    ton_text_free(&t);
    ton_text_free(&out);
    return report;
}

#endif
