// SPDX-License-Identifier: GPL-3.0-or-later
// Chain presets: read where they are named, changed there, and wrong at their own places.
#include "session_stage.h"

#include "ton/preset.h"

static const char shipped[] =
    "acoustic guitar, backing vocals, bass, drum bus, drum crush, electric guitar, kick, "
    "lead vocal, mix glue, overheads, snare, speech, vocal plate";

static void write_preset(const char *name, const char *chain) {
    char path[256], text[1024];
    snprintf(path, sizeof path, "%s/presets", stage_folder());
    assert_int_equal(ton_path_make_folders(path, NULL), TON_OK);
    snprintf(path, sizeof path, "%s/presets/%s.yaml", stage_folder(), name);
    snprintf(text, sizeof text, "tonmeister: 1\ntext: \"Mine.\"\nchain:%s\n", chain);
    assert_int_equal(ton_path_write(path, text, strlen(text), NULL), TON_OK);
}

static void remove_preset(const char *name) {
    char path[256];
    snprintf(path, sizeof path, "%s/presets/%s.yaml", stage_folder(), name);
    assert_int_equal(unlink(path), 0);
    snprintf(path, sizeof path, "%s/presets", stage_folder());
    rmdir(path);
}

static bool same_chain(const struct ton_chain *a, const struct ton_chain *b) {
    bool same = a->n == b->n && a->n > 0;
    for (int i = 0; same && i < a->n; i++) {
        const struct ton_processor *p = a->items[i].processor;
        same = p == b->items[i].processor && a->items[i].sidechain == b->items[i].sidechain &&
               memcmp(a->items[i].params, b->items[i].params,
                      sizeof(float) * (size_t)p->n_params) == 0;
    }
    return same;
}

static void those_shipped_are_explained_and_can_be_used(void **state) {
    struct stage *s = *state;
    struct ton_preset *list;
    struct ton_text names = {0};
    int n;
    assert_int_equal(ton_presets_list(&list, &n, s->arena, NULL, &s->problems, &s->err), TON_OK);
    for (int i = 0; i < n; i++) {
        char text[256];
        ton_text_printf(&names, "%s%s", i ? ", " : "", list[i].name);
        if (!list[i].listen || strlen(list[i].listen) < 80 || !ton_text_ends(list[i].text, "."))
            fail_msg("%s does not say what it is for and what to listen for", list[i].name);
        snprintf(text, sizeof text,
                 "tonmeister: 1\ntracks: {A: {clips: [{take: stereo48.wav}], chain: {preset: %s}}}",
                 list[i].name);
        stage_parse(s, text, strlen(text));
        if (s->problems.n > 0)
            fail_msg("%s: %s", list[i].name, s->problems.items[0].text);
        const struct ton_chain *chain = &stage_strip(s->session, "A")->chain;
        figure("%-16s %d processors", list[i].name, chain->n);
        assert_true(chain->n > 0);
    }
    assert_string_equal(names.data, shipped);
    ton_text_free(&names);
}

static void a_preset_is_the_chain_that_stands_in_it(void **state) {
    struct stage *s = *state;
    write_preset("my-voice", " [eq: {high pass: 90 Hz}, compressor: {ratio: 4}, compressor]");
    write_preset("voice_2", " [preset: my voice, delay]");
    const struct ton_session *x = stage_session(
        s, "tonmeister: 1\n"
           "tracks:\n"
           "  A: {chain: {preset: my voice}}\n"
           "  B: {chain: [eq: {high pass: 90 Hz}, compressor: {ratio: 4}, compressor]}\n"
           "  C:\n"
           "    chain:\n"
           "      - gate\n"
           "      - preset: voice 2\n"
           "        compressor 2: {threshold: -30 dB, sidechain: A}\n"
           "        eq: {gain: 3 dB, bypass: on}\n"
           "      - limiter\n"
           "    automation: {compressor 2.ratio: [[0:00, 2], [0:01, 4]]}\n"
           "  D:\n"
           "    chain:\n"
           "      - gate\n"
           "      - eq: {high pass: 90 Hz, gain: 3 dB, bypass: on}\n"
           "      - compressor: {ratio: 4}\n"
           "      - compressor: {threshold: -30 dB, sidechain: A}\n"
           "      - delay\n"
           "      - limiter\n");
    const struct ton_strip *a = stage_strip(x, "A"), *c = stage_strip(x, "C");
    assert_true(same_chain(&a->chain, &stage_strip(x, "B")->chain));
    assert_true(same_chain(&c->chain, &stage_strip(x, "D")->chain));
    assert_true(c->chain.items[1].bypass);
    assert_int_equal(c->lanes[0].item, 3);
    assert_non_null(strstr(a->chain.items[1].where, "presets/my-voice.yaml:3:33"));
    remove_preset("voice_2");
    remove_preset("my-voice");
}

static void a_preset_of_the_production_counts_before_one_that_is_built_in(void **state) {
    struct stage *s = *state;
    static const char text[] = "tonmeister: 1\ntracks: {A: {chain: {preset: kick}}}";
    assert_true(stage_strip(stage_session(s, text), "A")->chain.n > 1);
    write_preset("kick", " [limiter]");
    assert_int_equal(stage_strip(stage_session(s, text), "A")->chain.n, 1);
    remove_preset("kick");
}

static void assert_problems(struct stage *s, const char *text, const char *const *expected, int n) {
    stage_parse(s, text, strlen(text));
    assert_null(s->session);
    for (size_t i = 0; i < s->problems.n; i++) {
        char line[1024];
        snprintf(line, sizeof line, "%s %s", s->problems.items[i].where, s->problems.items[i].text);
        if (i >= (size_t)n || !strstr(line, expected[i]))
            fail_msg("found    %s\nexpected %s", line, i < (size_t)n ? expected[i] : "no more");
    }
    assert_int_equal(s->problems.n, n);
}
#define ASSERT_PROBLEMS(text, ...)                                                                 \
    assert_problems(s, text, (const char *const[]){__VA_ARGS__},                                   \
                    TON_N(((const char *const[]){__VA_ARGS__})))

static void mistakes_are_said_where_they_stand_and_where_they_are_used(void **state) {
    struct stage *s = *state;
    write_preset("bad", " [compresor, gate: {threshold: 3 Hz}, compressor: {sidechain: A}]");
    ASSERT_PROBLEMS("tonmeister: 1\n"
                    "tracks:\n"
                    "  A: {chain: {preset: bad}, automation: {eq.gain: [[0:00, 1 dB]]}}\n"
                    "  B: {chain: [preset: bad]}\n",
                    "bad.yaml:3:9 unknown processor `compresor`; did you mean `compressor`?",
                    "bad.yaml:3:38 `threshold`: `3 Hz` is a frequency",
                    "bad.yaml:3:69 a preset knows no strip to listen to",
                    ".yaml:3:23 the preset `bad` has mistakes");
    write_preset("bad", "");
    ASSERT_PROBLEMS("tonmeister: 1\ntracks: {A: {chain: {preset: [bad]}}}", "a list");
    remove_preset("bad");
}

static void a_name_that_is_none_gets_the_nearest(void **state) {
    struct stage *s = *state;
    ASSERT_PROBLEMS("tonmeister: 1\n"
                    "tracks:\n"
                    "  A: {chain: {preset: led vocal}}\n"
                    "  B: {chain: {preset: xylophone}}\n"
                    "  C:\n"
                    "    chain:\n"
                    "      - preset: mix glue\n"
                    "        delay: {time: 1 s}\n"
                    "        compressor: {treshold: -10 dB}\n",
                    ".yaml:3:23 there is no preset `led vocal`; did you mean `lead vocal`?",
                    ".yaml:4:23 there is no preset `xylophone`; `ton processors --presets`",
                    ".yaml:8:9 the preset `mix glue` has no `delay` to change; it has `compressor` "
                    "and `eq`",
                    ".yaml:9:22 unknown key `treshold` in `compressor`; did you mean `threshold`?");
}

static void a_preset_in_itself_is_refused(void **state) {
    struct stage *s = *state;
    write_preset("egg", " [gate, preset: hen]");
    write_preset("hen", " {preset: egg}");
    ASSERT_PROBLEMS("tonmeister: 1\ntracks: {A: {chain: {preset: egg}}}",
                    "hen.yaml:3:17 the preset `egg` would be in itself without end",
                    "egg.yaml:3:23 the preset `hen` has mistakes",
                    ".yaml:2:30 the preset `egg` has mistakes");
    remove_preset("egg");
    remove_preset("hen");
}

static void write_beside(const char *name, const char *text) {
    char path[256];
    snprintf(path, sizeof path, "%s/%s", stage_folder(), name);
    assert_int_equal(ton_path_write(path, text, strlen(text), NULL), TON_OK);
}

static void a_chain_in_a_file_of_its_own_finds_what_lies_beside_it(void **state) {
    struct stage *s = *state;
    static const struct ton_takes by_name = {0};
    struct ton_chain chain;
    char path[256], fir[256];
    snprintf(path, sizeof path, "%s/room.yaml", stage_folder());
    snprintf(fir, sizeof fir, "%s/fir.wav", stage_folder());
    write_preset("bright", " [eq]");
    write_beside("fir.wav", "taps");
    write_beside("room.yaml", "tonmeister: 1\ntext: The room.\nchain:\n  - preset: bright\n"
                              "  - convolver: {response: fir.wav}\n");
    assert_int_equal(ton_preset_read(&chain, s->arena, path, &by_name, &s->problems, &s->err),
                     TON_OK);
    assert_int_equal(chain.n, 2);
    assert_string_equal(chain.items[0].processor->id, "eq");
    assert_string_equal(chain.items[1].files[0].path, fir);
    int failed = 0;
    for (enum ton_code code = TON_MEMORY; code; failed++) {
        struct ton_arena *arena = ton_arena_create();
        struct ton_problems problems;
        ton_problems_init(&problems, arena);
        ton_alloc_fail_after(failed);
        code = ton_preset_read(&chain, arena, path, &by_name, &problems, &s->err);
        ton_alloc_fail_after(-1);
        assert_true(code == TON_OK || code == TON_MEMORY);
        ton_arena_destroy(arena);
    }
    figure("%d processors; %d allocations, each failed once", chain.n, failed - 1);
    unlink(fir);
    assert_int_equal(ton_preset_read(&chain, s->arena, path, &by_name, &s->problems, &s->err),
                     TON_INPUT);
    figure("%s: %s", s->problems.items[0].where, s->problems.items[0].text);
    assert_non_null(strstr(s->problems.items[0].where, "room.yaml:5:27"));
    assert_non_null(strstr(s->problems.items[0].text, "nor in the chain's folder"));
    unlink(path);
    remove_preset("bright");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(those_shipped_are_explained_and_can_be_used, stage_open,
                                        stage_close),
        cmocka_unit_test_setup_teardown(a_preset_is_the_chain_that_stands_in_it, stage_open,
                                        stage_close),
        cmocka_unit_test_setup_teardown(
            a_preset_of_the_production_counts_before_one_that_is_built_in, stage_open, stage_close),
        cmocka_unit_test_setup_teardown(mistakes_are_said_where_they_stand_and_where_they_are_used,
                                        stage_open, stage_close),
        cmocka_unit_test_setup_teardown(a_name_that_is_none_gets_the_nearest, stage_open,
                                        stage_close),
        cmocka_unit_test_setup_teardown(a_preset_in_itself_is_refused, stage_open, stage_close),
        cmocka_unit_test_setup_teardown(a_chain_in_a_file_of_its_own_finds_what_lies_beside_it,
                                        stage_open, stage_close),
    };
    return cmocka_run_group_tests(tests, NULL, stage_end);
}
