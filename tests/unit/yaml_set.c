/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Setting one value in a YAML text: everything else stays, byte for byte. */
#include "session_stage.h"

#include "ton/document.h"
#include "ton/yaml.h"

static const char *set(struct stage *s, const char *text, const char *value,
                       const char *const *path, int n) {
    char *out = NULL;
    s->err = (struct ton_err){0};
    enum ton_code code = ton_yaml_set(&out, s->arena, text, strlen(text), path, n, value, &s->err);
    assert_true((code == TON_OK) == (out != NULL));
    assert_true(code == TON_OK || code == TON_INPUT);
    return out;
}

#define SET(s, text, value, ...)                                                                   \
    set(s, text, value, (const char *const[]){__VA_ARGS__},                                        \
        (int)(sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *)))

static void a_value_changes_and_its_comment_stays(void **state) {
    struct stage *s = *state;
    assert_string_equal(SET(s, "a: 1   # one\nb: 2\n", "-1.5 dB", "a"),
                        "a: -1.5 dB   # one\nb: 2\n");
    assert_string_equal(
        SET(s, "t:\r\n  K: {gain: -3 dB, pan: C} # k\r\n", "+1 dB", "t", "K", "gain"),
        "t:\r\n  K: {gain: +1 dB, pan: C} # k\r\n");
    assert_string_equal(SET(s, "l:\n  - a\n  - b # x\n", "c", "l", "1"), "l:\n  - a\n  - c # x\n");
    assert_string_equal(SET(s, "l: [[0:00, 0 dB], [1|1, 1 dB]]", "2 dB", "l", "1", "1"),
                        "l: [[0:00, 0 dB], [1|1, 2 dB]]");
    assert_string_equal(SET(s, "\xef\xbb\xbfü: ä # ö\n", "ß", "ü"), "\xef\xbb\xbfü: ß # ö\n");
}

static void quotes_stay_and_come_where_they_are_needed(void **state) {
    struct stage *s = *state;
    assert_string_equal(SET(s, "a: \"x\" # c\n", "say \"hi\"\\", "a"),
                        "a: \"say \\\"hi\\\"\\\\\" # c\n");
    assert_string_equal(SET(s, "a: 'x'\n", "it's", "a"), "a: 'it''s'\n");
    assert_string_equal(SET(s, "a: x\n", "one: two", "a"), "a: \"one: two\"\n");
    assert_string_equal(SET(s, "a: x\n", "x # no comment", "a"), "a: \"x # no comment\"\n");
    assert_string_equal(SET(s, "a: x\n", "", "a"), "a: \"\"\n");
    assert_string_equal(SET(s, "a: x\n", "null", "a"), "a: \"null\"\n");
    assert_string_equal(SET(s, "a: x\n", "two\nlines\t", "a"), "a: \"two\\nlines\\t\"\n");
    assert_string_equal(SET(s, "a: x\n", "one, two", "a"), "a: one, two\n");
    assert_string_equal(SET(s, "a: {b: x}\n", "one, two", "a", "b"), "a: {b: \"one, two\"}\n");
    assert_string_equal(SET(s, "a: {b: x}\n", "3,5 mm", "a", "b"), "a: {b: \"3,5 mm\"}\n");
    assert_string_equal(SET(s, "a: x\n", "{artist} - {title}", "a"), "a: \"{artist} - {title}\"\n");
    assert_string_equal(SET(s, "a: x\n", "{artist}", "a"), "a: \"{artist}\"\n");
    assert_string_equal(SET(s, "a: x\n", "*b", "a"), "a: \"*b\"\n");
    assert_string_equal(SET(s, "a: x\n", "- b", "a"), "a: \"- b\"\n");
}

static void a_whole_list_or_mapping_can_be_set(void **state) {
    struct stage *s = *state;
    assert_string_equal(SET(s, "a: x\n", "[[0:00, 0 dB], [0:01, 1 dB]]", "a"),
                        "a: [[0:00, 0 dB], [0:01, 1 dB]]\n");
    assert_string_equal(SET(s, "a:\n  b: 1\n  c: 2\nd: 3\n", "{e: 4}", "a"), "a: {e: 4}\nd: 3\n");
    assert_string_equal(SET(s, "a: [1, 2] # c\nd: 3\n", "5", "a"), "a: 5 # c\nd: 3\n");
}

static void a_missing_key_comes_after_its_siblings_in_their_style(void **state) {
    struct stage *s = *state;
    assert_string_equal(
        SET(s, "t:\n    K:\n        gain: 1 # g\n\n# next\nu: 2\n", "C", "t", "K", "pan"),
        "t:\n    K:\n        gain: 1 # g\n        pan: C\n\n# next\nu: 2\n");
    assert_string_equal(SET(s, "t: {a: 1}", "2", "t", "b"), "t: {a: 1, b: 2}");
    assert_string_equal(SET(s, "t: {}", "2", "t", "b"), "t: {b: 2}");
    assert_string_equal(SET(s, "t: {a: 1, }\n", "2", "t", "b"), "t: {a: 1, b: 2, }\n");
    assert_string_equal(SET(s, "t: {\n  a: 1, # one\n  c: 3 # three\n}\n", "2", "t", "b"),
                        "t: {\n  a: 1, # one\n  c: 3, # three\n  b: 2\n}\n");
    assert_string_equal(SET(s, "t: {\n  a: 1,\n  c: 3, # three\n}\n", "2", "t", "b"),
                        "t: {\n  a: 1,\n  c: 3, # three\n  b: 2\n}\n");
    assert_string_equal(SET(s, "t: {\n  a: 1,\n  c: 3}\n", "2", "t", "b"),
                        "t: {\n  a: 1,\n  c: 3,\n  b: 2}\n");
    assert_string_equal(SET(s, "a: 1", "2", "b"), "a: 1\nb: 2");
    assert_string_equal(SET(s, "a: 1\r\n", "2", "b"), "a: 1\r\nb: 2\r\n");
    assert_string_equal(SET(s, "a: |\n  x\n  y\n", "2", "b"), "a: |\n  x\n  y\nb: 2\n");
    assert_string_equal(SET(s, "l:\n- 1\n- 2\nm: 3\n", "9", "l", "2"), "l:\n- 1\n- 2\n- 9\nm: 3\n");
    assert_string_equal(SET(s, "l: [1, 2]\n", "9", "l", "2"), "l: [1, 2, 9]\n");
    assert_string_equal(SET(s, "l:\n  - eq: {}\n    k: 1\n", "2", "l", "0", "j"),
                        "l:\n  - eq: {}\n    k: 1\n    j: 2\n");
    assert_string_equal(SET(s, "t:\n  Kick: # nothing yet\n  Bass:\n", "1 dB", "t", "Kick", "gain"),
                        "t:\n  Kick: {gain: 1 dB} # nothing yet\n  Bass:\n");
    assert_string_equal(SET(s, "a: {b: }\n", "1", "a", "b"), "a: {b: 1 }\n");
    assert_string_equal(SET(s, "a:\n", "1", "a"), "a: 1\n");
    assert_string_equal(SET(s, "a: 1\n", "x", "my: key"), "a: 1\n\"my: key\": x\n");
}

static void a_new_mapping_is_laid_out_where_what_surrounds_it_is(void **state) {
    struct stage *s = *state;
    static const struct {
        const char *before, *after;
        int levels, n;
    } cases[] = {
        {"t:\n  A:\n    b: 1\nu: 2\n",
         "t:\n  A:\n    b: 1\n  K:\n    a: 1\n    b: {c: [2]}\nu: 2\n", 1, 2},
        {"t:\n   A:\n      b: 1\n",
         "t:\n   A:\n      b: 1\n   K:\n      a: 1\n      b:\n         c: [2]\n", 2, 2},
        {"t:\n   A:\n      b: 1\n",
         "t:\n   A:\n      b: 1\n   K:\n      a: 1\n      b:\n         c: [2]\n", 3, 2},
        {"t:\n  K:   # c\n  L: 1\n", "t:\n  K:   # c\n    a: 1\n    b: {c: [2]}\n  L: 1\n", 1, 2},
        {"t:", "t:\n  a: 1\n  b: {c: [2]}", 1, 1},
        {"t: {A: 1}\n", "t: {A: 1, K: {a: 1, b: {c: [2]}}}\n", 2, 2},
        {"t:\n  A: 1\n", "t:\n  A: 1\n  K: {a: 1, b: {c: [2]}}\n", 0, 2},
        {"t: ~\n", "t: {a: 1, b: {c: [2]}}\n", 2, 1},
    };
    static const char *const path[] = {"t", "K"};
    for (int i = 0; i < TON_N(cases); i++) {
        char *out;
        const char *text = cases[i].before;
        assert_int_equal(ton_yaml_lay_out(&out, s->arena, text, strlen(text), path, cases[i].n,
                                          "{a: 1, b: {c: [2]}}", cases[i].levels, &s->err),
                         TON_OK);
        assert_string_equal(out, cases[i].after);
    }
}

static void a_list_on_its_line_becomes_one_of_lines_where_what_surrounds_it_is(void **state) {
    struct stage *s = *state;
    static const char *const cases[][2] = {
        {"K: [1]\n", "K:\n  - {a: 1}\n  - 2\n"},
        {"K : [ 1, x ]   # c\r\nL: 1\r\n", "K :   # c\r\n  - {a: 1}\r\n  - 2\r\nL: 1\r\n"},
        {"K:\n", "K:\n  - {a: 1}\n  - 2\n"},
        {"K:", "K:\n  - {a: 1}\n  - 2"},
        {"{K: [1]}\n", "{K: [{a: 1}, 2]}\n"},
        {"K: [\n  1]\n", "K: [{a: 1}, 2]\n"},
        {"K: &k [1]\n", "K: &k [{a: 1}, 2]\n"},
        {"K:\n  [1]\n", "K:\n  [{a: 1}, 2]\n"},
    };
    static const char *const path[] = {"K"};
    for (int i = 0; i < TON_N(cases); i++) {
        char *out;
        assert_int_equal(ton_yaml_lay_out(&out, s->arena, cases[i][0], strlen(cases[i][0]), path, 1,
                                          "[{a: 1}, 2]", 1, &s->err),
                         TON_OK);
        assert_string_equal(out, cases[i][1]);
    }
}

static void what_cannot_be_set_is_said_and_nothing_changes(void **state) {
    struct stage *s = *state;
    assert_null(SET(s, "a: {b: 1}\n", "2", "x", "b"));
    assert_non_null(strstr(s->err.text, "there is no `x`"));
    assert_null(SET(s, "a: 1\n", "2", "a", "b"));
    assert_non_null(strstr(s->err.text, "is one value"));
    assert_null(SET(s, "l: [1]\n", "2", "l", "2"));
    assert_null(SET(s, "l: [1]\n", "2", "l", "one"));
    assert_null(SET(s, "a: [\n", "2", "a"));
    /* What an alias repeats would change twice. */
    assert_null(SET(s, "a: &x {b: 1}\nc: *x\n", "2", "a", "b"));
    assert_non_null(strstr(s->err.text, "without changing something else"));
    assert_string_equal(SET(s, "a: &x 1\nc: *x\n", "2", "c"), "a: &x 1\nc: 2\n");
    char *out;
    assert_int_equal(ton_yaml_set(&out, s->arena, "a: 1", 4, NULL, 0, "x", &s->err), TON_INPUT);
}

/* Leaves of a document with the paths that lead to them. */
struct leaves {
    struct {
        const char *path[16];
        int n;
        const struct ton_node *node, *key;
    } items[512];
    int n;
};

static void find_leaves(struct stage *s, struct leaves *l, const struct ton_node *node,
                        const struct ton_node *key, const char **path, int n) {
    if (node->kind == TON_NODE_SCALAR) {
        if (l->n == 512 || n == 0)
            return;
        memcpy(l->items[l->n].path, path, sizeof *path * (size_t)n);
        l->items[l->n].n = n;
        l->items[l->n].key = key;
        l->items[l->n++].node = node;
        return;
    }
    for (int i = 0; i < node->n && n < 16; i++) {
        bool map = node->kind == TON_NODE_MAP;
        path[n] = map ? ton_node_key(node, i)->text : ton_arena_printf(s->arena, "%d", i);
        find_leaves(s, l, map ? ton_node_value(node, i) : node->items[i],
                    map ? ton_node_key(node, i) : NULL, path, n + 1);
    }
}

static uint64_t next_random(uint64_t *seed) {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

static const char *const values[] = {
    "-6 dB", "17|3|240", "1:02.500", "L30",  "say: what", "it's",   "\"", "# x", "[0:00, 0 dB]",
    "",      "null",     "Übung ♪",  "a, b", "x\ny",      "{a: 1}", "~",  "-",   "? x",
    "*x",    "&x",       "!x",       "%x",   "@x",        "`x`",    "|",  ">",   "{a}"};

/* With the text of `length` bytes, sets leaf i to a value and holds the outcome against the rule.
 */
static bool check_leaf(struct stage *s, const char *text, size_t length, const struct leaves *l,
                       int i, const char *value) {
    char *out = NULL;
    if (ton_yaml_set(&out, s->arena, text, length, l->items[i].path, l->items[i].n, value,
                     &s->err) != TON_OK)
        return false;
    const struct ton_node *node = l->items[i].node;
    /* A value that was nothing, and the head of a block text, begin behind the key. */
    bool behind_key = node->start == node->end || node->style == TON_BLOCK_TEXT;
    size_t start = behind_key && l->items[i].key ? l->items[i].key->end : node->start;
    size_t end = node->end > start ? node->end : start, n = strlen(out);
    if (node->start == node->end && text[end] == ':')
        end++;
    while (node->style == TON_BLOCK_TEXT && (text[end - 1] == '\n' || text[end - 1] == '\r'))
        end--;
    assert_memory_equal(out, text, start);
    assert_true(n >= start + (length - end));
    size_t rest = length - end;
    assert_memory_equal(out + n - rest, text + end, rest);
    struct ton_document again;
    ton_problems_init(&s->problems, s->arena);
    assert_int_equal(ton_document_parse(&again, s->arena, "", out, n, &s->problems, &s->err),
                     TON_OK);
    const struct ton_node *read = again.root;
    for (int k = 0; k < l->items[i].n; k++)
        read = read->kind == TON_NODE_MAP ? ton_node_get(read, l->items[i].path[k])
                                          : read->items[strtol(l->items[i].path[k], NULL, 10)];
    if (read->kind == TON_NODE_SCALAR)
        assert_string_equal(read->text, value);
    else
        assert_true(value[0] == '[' || value[0] == '{');
    return true;
}

static const char odd[] =
    "# head\na: 'one' # c1\n\"b b\": \"two\"   # c2\nc:\n    - [1, {x: y, z: }]"
    "\n    -   q:   plain text # c3\n        r: |\n            block\n            "
    "text\n        s: >-\n            folded\n        t: last\n\n\nd: { e: 1,\n"
    "     f: 'g', # c4\n     h: [ i , j ] }\n# tail\nk: ~\nl:\n\nm: multi\n  line";

static void random_leaves_of_random_texts_change_alone(void **state) {
    struct stage *s = *state;
    static const char *const files[] = {"good/night-train.yaml", "good/every-key.yaml",
                                        "production/good/every-key.yaml",
                                        "production/good/night-train.yaml", NULL};
    uint64_t seed = 7;
    int done = 0, refused = 0;
    for (int f = 0; f < TON_N(files); f++) {
        for (int crlf = 0; crlf < 2; crlf++) {
            size_t length = strlen(odd);
            const char *original = files[f] ? stage_file(s, files[f], &length) : odd;
            struct ton_text t = {0};
            for (size_t i = 0; i < length; i++)
                ton_text_add(&t, original[i] == '\n' && crlf ? "\r\n"
                                                             : (const char[]){original[i], '\0'});
            struct ton_document doc;
            struct leaves *l = ton_alloc(sizeof *l);
            const char *path[16];
            ton_problems_init(&s->problems, s->arena);
            assert_int_equal(
                ton_document_parse(&doc, s->arena, "", t.data, t.length, &s->problems, &s->err),
                TON_OK);
            find_leaves(s, l, doc.root, NULL, path, 0);
            assert_true(l->n > 10);
            for (int i = 0; i < 150; i++) {
                const char *value = values[next_random(&seed) % TON_N(values)];
                bool set =
                    check_leaf(s, t.data, t.length, l, (int)(next_random(&seed) % l->n), value);
                done += set;
                refused += !set;
            }
            ton_free(l);
            ton_text_free(&t);
        }
    }
    figure("%d values set, %d refused", done, refused);
    assert_true(done > 1400);
}

static void every_single_failed_allocation_is_survived(void **state) {
    struct stage *s = *state;
    size_t length;
    char *text = stage_file(s, "good/every-key.yaml", &length);
    const char *const path[] = {"tracks", "Bass", "gain"};
    long n = 0;
    for (;; n++) {
        struct ton_arena *arena = ton_arena_create();
        char *out = NULL;
        struct ton_err err = {0};
        ton_alloc_fail_after(n);
        enum ton_code code = ton_yaml_set(&out, arena, text, length, path, 3, "-1 dB", &err);
        ton_alloc_fail_after(-1);
        ton_arena_destroy(arena);
        if (code == TON_OK)
            break;
        assert_null(out);
        assert_int_equal(code, TON_MEMORY);
    }
    figure("%ld allocations, each failed once", n);
    assert_true(n > 3);
}

int main(void) {
#define PROMISE(f) cmocka_unit_test_setup_teardown(f, stage_open, stage_close)
    const struct CMUnitTest tests[] = {
        PROMISE(a_value_changes_and_its_comment_stays),
        PROMISE(quotes_stay_and_come_where_they_are_needed),
        PROMISE(a_whole_list_or_mapping_can_be_set),
        PROMISE(a_missing_key_comes_after_its_siblings_in_their_style),
        PROMISE(a_new_mapping_is_laid_out_where_what_surrounds_it_is),
        PROMISE(a_list_on_its_line_becomes_one_of_lines_where_what_surrounds_it_is),
        PROMISE(what_cannot_be_set_is_said_and_nothing_changes),
        PROMISE(random_leaves_of_random_texts_change_alone),
        PROMISE(every_single_failed_allocation_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, stage_end);
}
