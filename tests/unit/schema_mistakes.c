/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The schemas beside the readers: what a reader takes the schema takes, and of what it refuses the
 * schema sees most: all but the range of a number with its unit, and names that lead nowhere. Good
 * documents, the example among them, broken everywhere. */
#include "mistakes.h"
#include "schema_rig.h"

struct bench {
    struct ton_json *documents;
    const char *file;
    bool production;
    int every, n;
};

static bool is_refused(const struct bench *b, struct ton_arena *arena, const char *text) {
    struct ton_problems problems;
    struct ton_session *session;
    struct ton_production *production;
    ton_problems_init(&problems, arena);
    if (b->production)
        ton_production_parse(&production, arena, "production.yaml", text, strlen(text), &problems,
                             NULL);
    else
        ton_session_parse(&session, arena, "sessions/x.yaml", text, strlen(text), NULL, &problems,
                          NULL);
    return problems.n_errors > 0;
}

static void add(struct bench *b, struct ton_arena *arena, const char *text, const char *name) {
    struct ton_document doc;
    struct ton_problems problems;
    ton_problems_init(&problems, arena);
    if (ton_document_parse(&doc, arena, "", text, strlen(text), &problems, NULL) != TON_OK)
        return; /* no YAML: a schema never sees it */
    struct ton_json *d = ton_json_object();
    ton_json_set(d, "name", ton_json_string(name));
    ton_json_set(d, "refused", ton_json_bool(is_refused(b, arena, text)));
    ton_json_set(d, "document", json_of(doc.root));
    ton_json_add(b->documents, d);
}

static void add_mistake(void *user, struct ton_arena *arena, const struct mistake *m) {
    struct bench *b = user;
    if (b->n++ % b->every == 0)
        add(b, arena, m->text,
            ton_arena_printf(arena, "%s: `%s` %s: `%.60s` for `%.60s`", mistake_names[m->kind],
                             m->key, b->file, m->with, m->node->text));
}

static void add_file(struct stage *s, struct bench *b, const char *file, int every) {
    char *text = NULL;
    size_t size = 0;
    const char *path = ton_arena_printf(s->arena, "%s/%s", getenv("TON_SOURCE"), file);
    assert_int_equal(ton_path_read(&text, &size, s->arena, path, (size_t)1 << 20, &s->err), TON_OK);
    struct ton_document doc;
    assert_int_equal(ton_document_parse(&doc, s->arena, file, text, size, &s->problems, &s->err),
                     TON_OK);
    b->file = file;
    b->every = every * fewer(1, 7);
    add(b, s->arena, text, file);
    struct mistaking run = {.text = text, .check = add_mistake, .user = b};
    walk_mistakes(&run, doc.root, "", "");
}

static const char script[] =
    "import collections, json, sys\n"
    "try:\n    import jsonschema\n    V = jsonschema.Draft202012Validator\n"
    "except Exception:\n    sys.exit(77)\n"
    "v = V(json.load(open(sys.argv[1]))); n = refused = seen = wrong = 0\n"
    "unseen = collections.Counter()\n"
    "for d in json.load(open(sys.argv[2])):\n"
    "    valid = v.is_valid(d['document']); n += 1; refused += d['refused']\n"
    "    seen += d['refused'] and not valid\n"
    "    if d['refused'] and valid: unseen[' '.join(d['name'].split(' ')[:3])] += 1\n"
    "    if not d['refused'] and not valid:\n"
    "        wrong += 1; print('    only the schema refuses', d['name'], "
    "[e.message[:160] for e in v.iter_errors(d['document'])][:1])\n"
    "print('    %d documents: the reader refuses %d, the schema %d of these (%.1f %%) and %d '\n"
    "      'others' % (n, refused, seen, 100 * seen / max(1, refused), wrong))\n"
    "print('    not seen:', ', '.join('%s %d' % x for x in unseen.most_common(12)))\n"
    "sys.exit(1 if wrong or seen < float(sys.argv[3]) * refused else 0)\n";

static void hold(struct ton_json *schema, struct bench *b, const char *least) {
    const int status = run_validator(script, schema, b->documents, least);
    if (status == 77 || status == 127)
        skip_because("no python3-jsonschema");
    assert_int_equal(status, 0);
}

static void the_schema_takes_every_session_that_is_read(void **state) {
    struct bench b = {.documents = ton_json_array()};
    add_file(*state, &b, "examples/night-train/sessions/night-train.yaml", 29);
    add_file(*state, &b, "tests/data/sessions/good/night-train.yaml", 1);
    add_file(*state, &b, "tests/data/sessions/good/every-key.yaml", 1);
    add_file(*state, &b, "tests/data/sessions/good/channels.yaml", 1);
    add_file(*state, &b, "tests/data/sessions/good/crossfades.yaml", 1);
    add_file(*state, &b, "tests/data/sessions/good/presets.yaml", 1);
    hold(ton_session_schema(), &b, "0.8");
}

static void the_schema_takes_every_production_that_is_read(void **state) {
    struct bench b = {.documents = ton_json_array(), .production = true};
    add_file(*state, &b, "examples/night-train/production.yaml", 1);
    add_file(*state, &b, "tests/data/sessions/production/good/every-key.yaml", 1);
    hold(ton_production_schema(), &b, "0.88");
}

int main(void) {
#define PROMISE(f) cmocka_unit_test_setup_teardown(f, stage_open, stage_close)
    const struct CMUnitTest tests[] = {
        PROMISE(the_schema_takes_every_session_that_is_read),
        PROMISE(the_schema_takes_every_production_that_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, stage_end);
}
