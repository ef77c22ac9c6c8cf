/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One mistake gives one error, at its line and column: every scalar of good documents is broken,
 * one at a time. */
#include "mistakes.h"
#include "production_rig.h"

struct bench {
    struct rig *rig;
    const char *path;
    const struct ton_takes *takes;
    size_t warnings;
    int wrong, excused, n;
};

/* Takes are opened once, not for every broken session. */
static enum ton_code look_once(void *user, struct ton_take_info *out, const char *path,
                               struct ton_err *err) {
    static struct {
        char path[512];
        struct ton_take_info info;
    } known[64];
    static int n;
    for (int i = 0; i < n; i++) {
        if (strcmp(known[i].path, path) == 0) {
            *out = known[i].info;
            return TON_OK;
        }
    }
    const enum ton_code code = rig_look(user, out, path, err);
    if (!code && n < TON_N(known)) {
        snprintf(known[n].path, sizeof known[n].path, "%s", path);
        known[n++].info = *out;
    }
    return code;
}

/* Why a mistake may be none, or be seen elsewhere; NULL when it may not. */
static const char *excuse(const struct mistake *m, size_t n_errors) {
    static const char *const texts[] = {"title", "role",      "key",    "artist",
                                        "genre", "copyright", "comment"};
    static const char *const named[] = {"tracks", "buses", "sections", "deliverables"};
    if (m->kind != WRONG_TYPE && is_one_of(m->key, texts, TON_N(texts)))
        return n_errors == 0 ? "any text is right here" : NULL;
    if (m->kind == MISSPELT_KEY && is_one_of(m->in, named, TON_N(named)))
        return n_errors <= 1 ? "a name is what it is called: seen where it is referred to, once"
                             : NULL;
    return NULL;
}

static void judge(struct bench *b, const struct mistake *m, const struct ton_problems *problems) {
    char place[64];
    const size_t warnings = problems->n - problems->n_errors;
    const struct ton_problem *first = NULL;
    for (size_t i = 0; i < problems->n && !first; i++)
        if (!problems->items[i].warning)
            first = &problems->items[i];
    b->n++;
    /* A list that may be one is wrong in its item. */
    for (int inner = 0; inner <= (m->kind == WRONG_TYPE); inner++) {
        snprintf(place, sizeof place, ":%d:%d", m->node->line, m->node->column + inner);
        if (problems->n_errors == 1 && warnings <= b->warnings &&
            ton_text_ends(first->where, place))
            return;
    }
    if (excuse(m, problems->n_errors) && warnings <= b->warnings) {
        b->excused++;
        return;
    }
    if (b->wrong++ >= 40)
        return;
    figure("%s at %d:%d (%s): `%s` instead of `%s`: %zu errors, %zu warnings",
           mistake_names[m->kind], m->node->line, m->node->column, m->key, m->with, m->node->text,
           problems->n_errors, warnings);
    for (size_t i = 0, said = 0; i < problems->n && said < 4; i++)
        if (!problems->items[i].warning)
            figure("    %s: %s", problems->items[i].where, problems->items[i].text), said++;
}

static void check_session(void *user, struct ton_arena *arena, const struct mistake *m) {
    struct bench *b = user;
    struct ton_problems problems;
    struct ton_session *s;
    ton_problems_init(&problems, arena);
    ton_session_parse(&s, arena, b->path, m->text, strlen(m->text), b->takes, &problems, NULL);
    judge(b, m, &problems);
}

/* Breaks a good document everywhere. */
static void break_all(struct bench *b, const char *text,
                      void (*check)(void *, struct ton_arena *, const struct mistake *)) {
    struct ton_document doc;
    struct rig *r = b->rig;
    ton_problems_init(&r->problems, r->arena);
    assert_int_equal(
        ton_document_parse(&doc, r->arena, b->path, text, strlen(text), &r->problems, &r->err),
        TON_OK);
    struct mistaking run = {.text = text, .check = check, .user = b};
    walk_mistakes(&run, doc.root, "", "");
    for (int i = 0; i < N_MISTAKES; i++)
        if (run.n[i])
            figure("%5d x %s", run.n[i], mistake_names[i]);
    figure("%d mistakes, %d excused, %d wrong", b->n, b->excused, b->wrong);
    assert_int_equal(b->wrong, 0);
}

static const char *source_path(struct rig *r, const char *name) {
    const char *source = getenv("TON_SOURCE");
    return ton_path_join(r->arena, source ? source : ".", name);
}

static void one_mistake_in_a_session_is_one_error(void **state) {
    static const struct ton_takes takes = {.look = look_once};
    struct rig *r = *state;
    struct bench b = {.rig = r, .takes = &takes};
    b.path = source_path(r, "examples/night-train/sessions/night-train.yaml");
    const char *text = rig_text(r, b.path);
    rig_session(r, b.path);
    b.warnings = r->problems.n;
    break_all(&b, text, check_session);
    assert_true(b.n > 5000);
}

/* The takes of the fixtures: two minutes, as their names say. */
static enum ton_code look_by_name(void *user, struct ton_take_info *out, const char *path,
                                  struct ton_err *err) {
    (void)user, (void)err;
    out->rate = strstr(path, "44") ? 44100 : 48000;
    out->channels = strstr(path, "poly") ? 6 : strstr(path, "stereo") ? 2 : 1;
    out->frames = (int64_t)out->rate * 120;
    return TON_OK;
}

static void one_mistake_in_an_arrangement_or_a_rare_key_is_one_error(void **state) {
    static const struct ton_takes takes = {.look = look_by_name};
    static const char *const names[] = {"night-train", "every-key", "channels"};
    static const char *const files[] = {
        "bass.wav",   "kick_01.wav", "kick_02.wav", "lead_comp.wav", "left.wav",
        "mono48.wav", "poly48.wav",  "right.wav",   "stereo44.wav",  "stereo48.wav"};
    struct rig *r = *state;
    for (int i = 0; i < TON_N(files); i++)
        rig_write(r, ton_arena_printf(r->arena, "p/audio/%s", files[i]), "");
    for (int i = 0; i < TON_N(names); i++) {
        struct bench b = {.rig = r, .takes = &takes, .path = rig_path(r, "p/sessions/x.yaml")};
        const char *file = ton_arena_printf(r->arena, "tests/data/sessions/good/%s.yaml", names[i]);
        const char *text = rig_text(r, source_path(r, file));
        struct ton_session *s;
        ton_problems_init(&r->problems, r->arena);
        assert_int_equal(ton_session_parse(&s, r->arena, b.path, text, strlen(text), &takes,
                                           &r->problems, &r->err),
                         TON_OK);
        b.warnings = r->problems.n;
        figure("%s", names[i]);
        break_all(&b, text, check_session);
    }
}

#define WITH_RIG(test) cmocka_unit_test_setup_teardown(test, rig_setup, rig_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        WITH_RIG(one_mistake_in_a_session_is_one_error),
        WITH_RIG(one_mistake_in_an_arrangement_or_a_rare_key_is_one_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
