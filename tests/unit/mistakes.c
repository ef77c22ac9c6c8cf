/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One mistake gives one error, at its line and column: every scalar of good documents is broken,
 * one at a time. */
#include "mistakes.h"
#include "production_rig.h"

#include "ton/deliver.h"

struct bench {
    struct rig *rig;
    const char *path;
    const struct ton_takes *takes;
    size_t warnings;
    int wrong, excused, n;
    int every, seen; /* 0: all */
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
    static const char *const texts[] = {"title",     "role",    "key",  "artist", "input", "genre",
                                        "copyright", "comment", "port", "stand",  "note"};
    static const char *const named[] = {"tracks", "buses", "sections", "deliverables", "inputs"};
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
    if (b->every && b->seen++ % b->every)
        return;
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
    /* Its clips are all alike. Five is prime to the number of mistakes in a value, so that each
     * kind comes round. */
    struct bench b = {.rig = r, .takes = &takes, .every = fewer(5, 25)};
    b.path = source_path(r, "examples/night-train/sessions/night-train.yaml");
    const char *text = rig_text(r, b.path);
    rig_session(r, b.path);
    b.warnings = r->problems.n;
    break_all(&b, text, check_session);
    assert_true(b.n > fewer(1000, 200));
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

static void check_production(void *user, struct ton_arena *arena, const struct mistake *m) {
    struct bench *b = user;
    struct ton_problems problems;
    ton_problems_init(&problems, arena);
    assert_int_equal(ton_path_write(b->path, m->text, strlen(m->text), NULL), TON_OK);
    ton_delivery_check(arena, rig_path(b->rig, "p"), &problems, &b->rig->err);
    judge(b, m, &problems);
}

/* A production with everything that can be owed, and one small session. */
static void one_mistake_in_a_production_is_one_error(void **state) {
    struct rig *r = *state;
    const char *example = source_path(r, "examples/night-train/production.yaml");
    struct bench b = {.rig = r, .path = rig_path(r, "p/production.yaml")};
    struct ton_format mp3;
    if (ton_format_parse(&mp3, "mp3 320k", NULL) || ton_format_available(&mp3, NULL))
        skip_because("built without libav: no MP3, Opus or AAC");
    static const char *const roles[] = {"drums", "percussion", "bass",    "guitars",
                                        "pads",  "vocals",     "effects", "vocals.lead"};
    struct ton_text session = {0};
    rig_record(r, &(struct rig_recording){
                      .file = "p/audio/a.wav", .rate = 48000, .channels = 1, .frames = 4800});
    assert_int_equal(ton_path_copy(source_path(r, "examples/night-train/cover.jpg"),
                                   rig_path(r, "p/cover.jpg"), &r->err),
                     TON_OK);
    ton_text_add(&session, "tonmeister: 1\ntracks:\n");
    for (int i = 0; i < TON_N(roles); i++)
        ton_text_printf(&session, "  T%d: {role: %s, clips: [{take: a.wav}]}\n", i, roles[i]);
    rig_write(r, "p/sessions/night-train.yaml", session.data);
    ton_text_free(&session);
    const char *text =
        ton_arena_printf(r->arena, "%s%s", rig_text(r, example),
                         "inputs:\n"
                         "  Kick In: 1\n"
                         "  Kick Out: {port: 2, role: drums.kick, source: dynamic}\n"
                         "  OH L: {port: 3, source: condenser +48V, pair: Far, level: -12 dBFS}\n"
                         "  Far: {port: \"system:capture_4\", stand: tall boom, note: by hand}\n");
    assert_non_null(text);
    assert_int_equal(ton_path_write(b.path, text, strlen(text), NULL), TON_OK);
    ton_problems_init(&r->problems, r->arena);
    if (ton_delivery_check(r->arena, rig_path(r, "p"), &r->problems, &r->err))
        fail_msg("%s %s", r->err.where, r->err.text);
    b.warnings = r->problems.n;
    break_all(&b, text, check_production);
}

static void everything_wrong_with_a_production_is_said_at_once(void **state) {
    struct rig *r = *state;
    rig_record(r, &(struct rig_recording){
                      .file = "p/audio/a.wav", .rate = 48000, .channels = 1, .frames = 4800});
    rig_write(r, "p/sessions/one.yaml",
              "tonmeister: 1\ntracks: {Lead: {role: vocals.lead, clips: [{take: a.wav}]}}\n");
    rig_write(r, "p/production.yaml",
              "tonmeister: 1\n"
              "titel: T\n"
              "sessions: [one]\n"
              "master: {chain: [limiter: {ceiling: -1 dB}]}\n"
              "deliverables:\n"
              "  a: {without: [vocals.lead, vocls.lead], format: wav 25-bit}\n"
              "  b: {only: vocal, spec: steaming}\n"
              "  c: {each: [Lead, Drums], format: [flac, wave]}\n"
              "  Mixes: {}\n"
              "  A: {}\n");
    static const char *const expected[] = {"2:1",  "unknown key `titel`",
                                           "4:37", "did you mean `-1 dBTP`?",
                                           "6:30", "`vocls.lead`; did you mean",
                                           "6:51", "25",
                                           "7:13", "`vocal`; did you mean",
                                           "7:26", "did you mean `streaming`?",
                                           "8:20", "`Drums`",
                                           "8:43", "wave",
                                           "9:3",  "out/mixes is the program's",
                                           "10:3", "would share a folder"};
    ton_problems_init(&r->problems, r->arena);
    assert_int_equal(ton_delivery_check(r->arena, rig_path(r, "p"), &r->problems, &r->err),
                     TON_INPUT);
    for (size_t i = 0; i < r->problems.n; i++)
        figure("%s: %s", strstr(r->problems.items[i].where, ".yaml"), r->problems.items[i].text);
    assert_int_equal(r->problems.n_errors, TON_N(expected) / 2);
    for (size_t i = 0; i < r->problems.n; i++) {
        assert_true(ton_text_ends(r->problems.items[i].where,
                                  ton_arena_printf(r->arena, ":%s", expected[2 * i])));
        assert_non_null(strstr(r->problems.items[i].text, expected[2 * i + 1]));
    }
}

#define WITH_RIG(test) cmocka_unit_test_setup_teardown(test, rig_setup, rig_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        WITH_RIG(one_mistake_in_a_session_is_one_error),
        WITH_RIG(everything_wrong_with_a_production_is_said_at_once),
        WITH_RIG(one_mistake_in_a_production_is_one_error),
        WITH_RIG(one_mistake_in_an_arrangement_or_a_rare_key_is_one_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
