/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The JSON schemas, held against a public validator: good documents validate, broken ones do not.
 */
#include "schema_rig.h"

static void add_documents(struct stage *s, struct ton_json *documents, const char *folder,
                          bool good) {
    char path[TON_PATH_MAX], name[512];
    char **names;
    size_t n, length;
    snprintf(path, sizeof path, "%s/tests/data/sessions/%s", getenv("TON_SOURCE"), folder);
    assert_int_equal(ton_path_list(&names, &n, s->arena, path, &s->err), TON_OK);
    for (size_t i = 0; i < n; i++) {
        if (!ton_text_ends(names[i], ".yaml"))
            continue;
        snprintf(name, sizeof name, "%s/%s", folder, names[i]);
        char *text = stage_file(s, name, &length);
        struct ton_document doc;
        struct ton_problems problems;
        ton_problems_init(&problems, s->arena);
        if (ton_document_parse(&doc, s->arena, name, text, length, &problems, &s->err) != TON_OK)
            continue; /* no YAML: a schema never sees it */
        struct ton_json *d = ton_json_object();
        ton_json_set(d, "name", ton_json_string(name));
        ton_json_set(d, "good", ton_json_bool(good));
        ton_json_set(d, "document", json_of(doc.root));
        ton_json_add(documents, d);
    }
}

static const char script[] =
    "import json, sys\n"
    "try:\n    import jsonschema\n"
    "    V = jsonschema.Draft202012Validator\n"
    "except Exception:\n    sys.exit(77)\n"
    "schema = json.load(open(sys.argv[1])); V.check_schema(schema); wrong = 0; errors = 0; n = 0\n"
    "unseen = set(sys.argv[3:])\n"
    "for d in json.load(open(sys.argv[2])):\n"
    "    e = sorted(V(schema).iter_errors(d['document']), key=lambda e: list(map(str, e.path)))\n"
    "    bad = not d['good'] and d['name'].split('/')[-1] not in unseen\n"
    "    n += 1; errors += len(e)\n"
    "    if bool(e) != bad:\n"
    "        wrong += 1; print('   ', d['name'], 'good' if d['good'] else 'broken', "
    "[x.message[:200] "
    "for x in e[:2]])\n"
    "print('    %d documents, %d errors seen, %d judged wrongly' % (n, errors, wrong))\n"
    "sys.exit(1 if wrong or n < 2 else 0)\n";

/* `unseen` are broken documents whose fault no schema can see. */
static int validate(struct ton_json *schema, struct ton_json *documents, const char *unseen) {
    return run_validator(script, schema, documents, unseen);
}

static void sessions_validate_as_they_are_read(void **state) {
    struct ton_json *documents = ton_json_array();
    add_documents(*state, documents, "good", true);
    add_documents(*state, documents, "broken", false);
    int status = validate(ton_session_schema(), documents,
                          "far.yaml loops.yaml tempo-order.yaml twice.yaml end-arranged.yaml "
                          "end-at-start.yaml");
    if (status == 77 || status == 127)
        skip_because("no python3-jsonschema");
    assert_int_equal(status, 0);
}

static void productions_validate_as_they_are_read(void **state) {
    struct ton_json *documents = ton_json_array();
    add_documents(*state, documents, "production/good", true);
    add_documents(*state, documents, "production/broken", false);
    int status = validate(ton_production_schema(), documents, "nothing.yaml");
    if (status == 77 || status == 127)
        skip_because("no python3-jsonschema");
    assert_int_equal(status, 0);
}

/* What the schema can see is also seen one mistake at a time. */
static void each_single_mistake_is_seen(void **state) {
    static const char *const mistakes[] = {
        "titel: x",
        "rate: 48",
        "rate: 48 dB",
        "meter: 4/5",
        "tempo: fast",
        "tempo: [{at: 0:10, tempo: 90 bpm}]",
        "tempo: [{at: 1|1, tempo: 90 bpm, rmp: yes}]",
        "sections: {a: {from: 1|1}}",
        "sections: {a: {from: one, to: 2|1}}",
        "tracks: [A]",
        "tracks: {A: {gian: 0 dB}}",
        "tracks: {A: {gain: 3}}",
        "tracks: {A: {gain: 3 ms}}",
        "tracks: {A: {pan: left}}",
        "tracks: {A: {mute: maybe}}",
        "tracks: {A: {polarity: wrong}}",
        "tracks: {A: {input: 0}}",
        "tracks: {A: {input: 1.5}}",
        "tracks: {A: {input: 1 - 2}}",
        "tracks: {A: {input: []}}",
        "tracks: {A: {input: [1, 2, 3]}}",
        "tracks: {A: {input: [1, 1]}}",
        "tracks: {A: {input: {left: 1}}}",
        "buses: {B: {input: 1}}",
        "tracks: {A: {sends: [B]}}",
        "tracks: {A: {sends: {B: {gain: 0 dB, post: yes}}}}",
        "tracks: {A: {clips: [{at: 0:00}]}}",
        "tracks: {A: {clips: [{take: a.wav, att: 0:00}]}}",
        "tracks: {A: {clips: [{take: a.wav, at: later}]}}",
        "tracks: {A: {clips: [{take: a.wav, fade in: 5 dB}]}}",
        "tracks: {A: {clips: [{take: a.wav, channel: middle}]}}",
        "tracks: {A: {clips: [{take: a.wav, repeat: 0}]}}",
        "tracks: {A: {chain: [compresor]}}",
        "tracks: {A: {chain: {compressor: {}}}}",
        "tracks: {A: {chain: [compressor: {treshold: -3 dB}]}}",
        "tracks: {A: {chain: [compressor: {threshold: -3 Hz}]}}",
        "tracks: {A: {chain: [eq: {high_pass: 30 Hz}]}}",
        "tracks: {A: {chain: [eq: {bands: {type: bell}}]}}",
        "tracks: {A: {chain: [eq: {bands: [{type: bel}]}]}}",
        "tracks: {A: {automation: {gian: [[0:00, 0 dB]]}}}",
        "tracks: {A: {automation: {gain: []}}}",
        "tracks: {A: {automation: {gain: [[0:00]]}}}",
        "tracks: {A: {automation: {gain: [[0:00, 3 ms]]}}}",
        "buses: {B: {clips: [{take: a.wav}]}}",
    };
    struct stage *s = *state;
    struct ton_json *documents = ton_json_array();
    for (int i = 0; i < TON_N(mistakes); i++) {
        char *text = ton_arena_printf(s->arena, "tonmeister: 1\n%s\n", mistakes[i]);
        struct ton_document doc;
        assert_int_equal(
            ton_document_parse(&doc, s->arena, "", text, strlen(text), &s->problems, &s->err),
            TON_OK);
        struct ton_json *d = ton_json_object();
        ton_json_set(d, "name", ton_json_string(mistakes[i]));
        ton_json_set(d, "good", ton_json_bool(false));
        ton_json_set(d, "document", json_of(doc.root));
        ton_json_add(documents, d);
        /* The reader sees it, too. */
        assert_int_equal(stage_parse(s, text, strlen(text)), TON_INPUT);
    }
    int status = validate(ton_session_schema(), documents, "");
    if (status == 77 || status == 127)
        skip_because("no python3-jsonschema");
    assert_int_equal(status, 0);
}

/* `loudness` of a deliverable is the master's when it is not given, not 0 LUFS. */
static void what_something_else_decides_has_no_default(void **state) {
    (void)state;
    static const char *const open[] = {"dither", "loudness", "ceiling", "mastered"};
    struct ton_json *schema = ton_production_schema();
    const struct ton_json *properties = ton_json_get(schema, "properties");
    const struct ton_json *forms = ton_json_get(
        ton_json_get(ton_json_get(properties, "deliverables"), "additionalProperties"), "anyOf");
    const struct ton_json *keys = ton_json_get(ton_json_at(forms, 0), "properties");
    for (int i = 0; i < TON_N(open); i++) {
        assert_non_null(ton_json_get(keys, open[i]));
        assert_null(ton_json_get(ton_json_get(keys, open[i]), "default"));
    }
    assert_non_null(ton_json_get(ton_json_get(keys, "joined"), "default"));
    ton_json_free(schema);
}

int main(void) {
#define PROMISE(f) cmocka_unit_test_setup_teardown(f, stage_open, stage_close)
    const struct CMUnitTest tests[] = {
        PROMISE(sessions_validate_as_they_are_read),
        PROMISE(productions_validate_as_they_are_read),
        PROMISE(each_single_mistake_is_seen),
        PROMISE(what_something_else_decides_has_no_default),
    };
    return cmocka_run_group_tests(tests, NULL, stage_end);
}
