/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading production.yaml: what good ones mean and what is said about broken ones. */
#include "session_stage.h"

static enum ton_code read_text(struct stage *s, const char *text, size_t length,
                               struct ton_production **out) {
    char path[128];
    snprintf(path, sizeof path, "%s/production.yaml", stage_folder());
    assert_int_equal(ton_path_write(path, text, length, NULL), TON_OK);
    ton_problems_init(&s->problems, s->arena);
    return ton_production_read(out, s->arena, stage_folder(), &s->problems, &s->err);
}

static struct ton_production *read_fixture(struct stage *s, const char *name, enum ton_code code) {
    size_t length;
    struct ton_production *p = NULL;
    char *text = stage_file(s, name, &length);
    assert_non_null(text);
    enum ton_code got = read_text(s, text, length, &p);
    if (got != code)
        printf("%s", stage_report(s));
    assert_int_equal(got, code);
    assert_non_null(p);
    return p;
}

static void a_session_without_a_file_gets_its_place_and_the_nearest(void **state) {
    struct stage *s = *state;
    static const char text[] = "tonmeister: 1\ntitle: T\nartist: A\nsessions: [night-trian]\n";
    struct ton_production *p = NULL;
    assert_int_equal(read_text(s, text, strlen(text), &p), TON_OK);
    ton_production_check_sessions(p, s->arena, &s->problems);
    assert_int_equal(s->problems.n_errors, 1);
    figure("%s: %s", s->problems.items[0].where, s->problems.items[0].text);
    assert_true(ton_text_ends(s->problems.items[0].where, "production.yaml:4:12"));
    assert_non_null(strstr(s->problems.items[0].text, "did you mean `night-train`?"));
}

static void the_production_of_the_product_page_means_what_it_says(void **state) {
    struct stage *s = *state;
    const struct ton_production *p = read_fixture(s, "production/good/night-train.yaml", TON_OK);
    assert_int_equal(s->problems.n, 0);
    assert_string_equal(p->title, "Night Train EP");
    assert_int_equal(p->n_sessions, 2);
    assert_string_equal(p->sessions[1], "last-stop");
    assert_true(p->gap_before_s[0] == 0.0 && p->gap_before_s[1] == 2.0);
    assert_string_equal(p->recordings[0].isrc, "QZ-ABC-26-00001");
    assert_int_equal(p->recordings[0].n_writers, 2);
    assert_string_equal(p->recordings[0].writers[1], "Second Writer");
    assert_null(p->recordings[1].isrc);
    assert_int_equal(p->master.chain.n, 2);
    assert_string_equal(p->master.chain.items[1].processor->id, "limiter");
    assert_true(p->master.loudness_lufs == -14.0 && p->master.per == TON_PER_PRODUCTION);
    assert_int_equal(p->n_deliverables, 7);
    const struct ton_deliverable *d = p->deliverables;
    assert_string_equal(d[1].spec, "cd");
    assert_string_equal(d[1].dither, "shaped");
    assert_true(isnan(d[1].loudness_lufs) && isnan(d[1].ceiling_dbtp) && d[1].mastered);
    assert_int_equal(d[2].n_formats, 3);
    assert_string_equal(d[2].formats[2], "opus 160k");
    assert_true(d[3].n_without == 1 && d[5].n_only == 1 && d[6].n_each == 4);
    assert_true(!d[6].mastered && d[5].mastered && !d[0].joined);
    assert_string_equal(p->naming, "{artist} - {title} ({deliverable}) v{version}");
    assert_int_equal(p->version, 1);
}

static void every_key_is_read(void **state) {
    const struct ton_production *p = read_fixture(*state, "production/good/every-key.yaml", TON_OK);
    assert_string_equal(p->album_artist, "Various Artists");
    assert_string_equal(p->date, "2026-02-28");
    assert_string_equal(p->upc, "4006381333931");
    assert_int_equal(p->version, 3);
    assert_true(p->gap_before_s[1] == 0.5);
    assert_true(p->fade_in_s[0] == 0.01 && p->fade_out_s[0] == 4.0 && p->fade_out_s[1] == 0.0);
    assert_string_equal(p->recordings[1].title, "The Last Stop");
    assert_int_equal(p->recordings[1].n_writers, 1);
    assert_true(p->master.loudness_lufs == -16.0 && p->master.per == TON_PER_SESSION);
    const struct ton_input *in = p->inputs;
    assert_int_equal(p->n_inputs, 4);
    assert_string_equal(in[0].name, "Kick In");
    assert_string_equal(in[0].port, "1");
    assert_true(in[0].level_dbfs == -18.0 && !in[0].source && !in[0].role && !in[0].pair);
    assert_string_equal(in[1].role, "drums.kick");
    assert_true(in[1].level_dbfs == -12.0 && !ton_source_is_phantom(in[1].source));
    assert_string_equal(in[2].port, "system:capture_3");
    assert_true(ton_source_is_phantom(in[2].source));
    assert_string_equal(in[2].stand, "tall boom");
    assert_string_equal(in[2].note, "over the snare");
    assert_string_equal(in[2].pair, "Far");
    const struct ton_deliverable *d = p->deliverables;
    assert_string_equal(d[0].name, "master");
    assert_true(d[1].joined && !d[1].mastered && d[1].ceiling_dbtp == -2.0);
    assert_true(d[2].n_each == 1 && d[2].n_only == 2 && d[2].n_without == 1 && d[2].n_formats == 2);
}

static void broken_productions_say_all_that_is_wrong(void **state) {
    struct stage *s = *state;
    static const char *const names[] = {"all", "inputs", "nothing"};
    size_t n = 0, length;
    for (int i = 0; i < TON_N(names); i++) {
        char name[128];
        snprintf(name, sizeof name, "production/broken/%s.yaml", names[i]);
        read_fixture(s, name, TON_INPUT);
        snprintf(name, sizeof name, "production/broken/%s.expect", names[i]);
        assert_string_equal(stage_report(s), stage_file(s, name, &length));
        n += s->problems.n;
    }
    figure("%zu problems at their places", n);
}

static void dates_and_codes_are_checked_digit_by_digit(void **state) {
    static const struct {
        const char *line;
        bool good;
    } rows[] = {
        {"date: 2026", true},
        {"date: 2026-12", true},
        {"date: 2024-02-29", true},
        {"date: 2026-02-29", false},
        {"date: 1900-02-29", false},
        {"date: 2026-13", false},
        {"date: 2026-00-01", false},
        {"date: 26-01-01", false},
        {"date: 2026/01/01", false},
        {"upc: \"036000291452\"", true},
        {"upc: \"036000291453\"", false},
        {"upc: 12345", false},
        {"naming: \"x\"", true},
        {"naming: \"{title\"", false},
        {"naming: \"title}\"", false},
        {"naming: \"{}\"", false},
        {"naming: \"{title}{track}\"", true},
        {"recordings: {last-stop: {isrc: QZ-ABC-26-0001}}", false},
        {"recordings: {last-stop: {isrc: Q1-ABC-26-00001}}", false},
        {"recordings: {last-stop: {isrc: qz-abc-26-00001}}", false},
        {"recordings: {last-stop: {isrc: QZ-A12-26-00001}}", true},
    };
    for (int i = 0; i < TON_N(rows); i++) {
        char text[256];
        struct ton_production *p;
        snprintf(text, sizeof text, "tonmeister: 1\nsessions: [last-stop]\n%s\n", rows[i].line);
        enum ton_code code = read_text(*state, text, strlen(text), &p);
        if (code != (rows[i].good ? TON_OK : TON_INPUT))
            printf("%s\n", rows[i].line);
        assert_int_equal(code, rows[i].good ? TON_OK : TON_INPUT);
    }
}

static void a_folder_without_a_production_is_said(void **state) {
    struct stage *s = *state;
    struct ton_production *p;
    assert_int_equal(ton_production_read(&p, s->arena, "/nowhere", &s->problems, &s->err),
                     TON_INPUT);
    assert_null(p);
    assert_non_null(strstr(s->err.text, "ton new"));
}

int main(void) {
#define PROMISE(f) cmocka_unit_test_setup_teardown(f, stage_open, stage_close)
    const struct CMUnitTest tests[] = {
        PROMISE(a_session_without_a_file_gets_its_place_and_the_nearest),
        PROMISE(the_production_of_the_product_page_means_what_it_says),
        PROMISE(every_key_is_read),
        PROMISE(broken_productions_say_all_that_is_wrong),
        PROMISE(dates_and_codes_are_checked_digit_by_digit),
        PROMISE(a_folder_without_a_production_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, stage_end);
}
