/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads production.yaml: who, which sessions, mastering and what is owed. */
#include "ton/production.h"

#include "build.h"
#include "per_session.h"
#include "release.h"

#include "ton/path.h"

#include <strings.h>

static const char default_naming[] = "{artist} - {title} ({deliverable}) v{version}";

static void read_version(struct ton_reader *r, const struct ton_field *field,
                         const struct ton_node *key, const struct ton_node *value, void *out) {
    (void)key, (void)out;
    float version;
    if (ton_row_read(r, &field->row, value, &version) && version > 1)
        ton_node_error(r->doc, value,
                       "the file is of format version %d, this program knows up to 1; a newer "
                       "`ton` reads it",
                       (int)version);
}

static void read_session_name(struct ton_reader *r, const struct ton_field *field,
                              const struct ton_node *name) {
    struct ton_production_job *job = ton_production_job_of(r);
    struct ton_production *p = job->p;
    const char *text;
    if (!ton_text_read(r, &field->row, name, &text)) {
        p->sessions_refused = true;
        return;
    }
    if (strchr(text, '/') || ton_text_ends(text, ".yaml")) {
        ton_node_error(r->doc, name,
                       "`%s`: a session is named without its folder and without .yaml", text);
        return;
    }
    if (ton_names_get(&job->sessions, text) >= 0) {
        ton_node_error(r->doc, name, "the session `%s` is in the running order twice", text);
        return;
    }
    p->session_where[p->n_sessions] = ton_node_where(r->doc, name);
    p->sessions[p->n_sessions] = text;
    ton_names_put(&job->sessions, text, p->n_sessions++);
}

static void read_sessions(struct ton_reader *r, const struct ton_field *field,
                          const struct ton_node *key, const struct ton_node *value, void *out) {
    (void)key;
    struct ton_production *p = out;
    int n = value->kind == TON_NODE_LIST ? value->n : 1;
    if (value->kind == TON_NODE_MAP || n == 0) {
        p->sessions_refused = true;
        ton_node_error(r->doc, value, "`sessions` is a list of names in running order, not %s",
                       n ? "a mapping" : "an empty one");
        return;
    }
    p->sessions = TON_NEW_N(r->arena, const char *, n);
    p->session_where = TON_NEW_N(r->arena, const char *, n);
    p->gap_before_s = TON_NEW_N(r->arena, double, n);
    p->fade_in_s = TON_NEW_N(r->arena, double, n);
    p->fade_out_s = TON_NEW_N(r->arena, double, n);
    p->recordings = TON_NEW_N(r->arena, struct ton_recording, n);
    if (!p->recordings || ton_arena_failed(r->arena))
        return;
    for (int i = 0; i < n; i++)
        read_session_name(r, field, value->kind == TON_NODE_LIST ? value->items[i] : value);
    for (int i = 0; i < p->n_sessions; i++) {
        p->gap_before_s[i] = i > 0 ? 2.0 : 0.0;
        p->recordings[i].session = p->sessions[i];
        p->recordings[i].where = p->session_where[i];
    }
}

static void read_master_chain(struct ton_reader *r, const struct ton_field *field,
                              const struct ton_node *key, const struct ton_node *value, void *out) {
    (void)field, (void)key;
    ton_chain_read(r, value, NULL, &((struct ton_master *)out)->chain);
}

static struct ton_json *schema_chain_ref(const struct ton_field *field) {
    return ton_schema_chain_ref(field);
}

static const char *const per_choices[] = {"production", "session", NULL};

static const struct ton_field loudness_fields[] = {
    {.row = {.key = "target",
             .kind = TON_NUMBER,
             .unit = TON_UNIT_LUFS,
             .min = -70,
             .max = 0,
             .digits = 2,
             .flags = TON_ROW_REQUIRED,
             .help = "Integrated loudness of the masters."},
     .read = ton_read_double,
     .offset = offsetof(struct ton_master, loudness_lufs)},
    {.row = {.key = "per",
             .kind = TON_CHOICE,
             .choices = per_choices,
             .help = "`production`: one gain for all, so that all sessions in a row measure the "
                     "target and keep their relations; `session`: each by itself."},
     .read = ton_read_int,
     .offset = offsetof(struct ton_master, per)},
};

static void read_loudness(struct ton_reader *r, const struct ton_field *field,
                          const struct ton_node *key, const struct ton_node *value, void *out) {
    (void)field;
    if (value->kind == TON_NODE_MAP)
        ton_fields_read(r, TON_COUNTED(loudness_fields), value, "the loudness", out);
    else
        ton_read_double(r, &loudness_fields[0], key, value, out);
}

static struct ton_json *schema_loudness(const struct ton_field *field) {
    struct ton_json *const forms[] = {ton_row_schema(&loudness_fields[0].row),
                                      ton_fields_schema(TON_COUNTED(loudness_fields))};
    struct ton_json *any = ton_schema_any_of(forms, 2);
    ton_json_set(any, "description", ton_json_string(field->row.help));
    return any;
}

static const struct ton_field master_fields[] = {
    {.row = {.key = "chain",
             .kind = TON_TEXT,
             .help =
                 "The mastering processors in their order. A chain without a limiter gets one at "
                 "-1 dBTP."},
     .read = read_master_chain,
     .schema = schema_chain_ref},
    {.row =
         {.key = "loudness",
          .kind = TON_TEXT,
          .help =
              "Integrated loudness that the masters are brought to by gain ahead of the limiter, "
              "such as `-14 LUFS` or `{target: -14 LUFS, per: session}`; no gain when not "
              "given."},
     .read = read_loudness,
     .schema = schema_loudness},
};

static void read_master(struct ton_reader *r, const struct ton_field *field,
                        const struct ton_node *key, const struct ton_node *value, void *out) {
    (void)field;
    struct ton_production *p = out;
    p->master.where = ton_node_where(r->doc, key);
    if (!ton_node_is_null(value))
        ton_fields_read(r, TON_COUNTED(master_fields), value, "`master`", &p->master);
}

static struct ton_json *schema_master(const struct ton_field *field) {
    struct ton_json *map = ton_fields_schema(TON_COUNTED(master_fields));
    ton_json_set(map, "description", ton_json_string(field->row.help));
    return map;
}

/* `Master` and `master` are one folder on many disks. */
static void refuse_same_folders(struct ton_reader *r, const struct ton_node *map) {
    for (int i = 0; i < map->n; i++) {
        for (int k = 0; k < i; k++) {
            const struct ton_node *a = ton_node_key(map, k), *b = ton_node_key(map, i);
            if (a->kind == TON_NODE_SCALAR && b->kind == TON_NODE_SCALAR &&
                strcmp(a->text, b->text) != 0 && strcasecmp(a->text, b->text) == 0)
                ton_node_error(r->doc, b,
                               "the deliverables `%s` and `%s` would share a folder where letter "
                               "case does not count; give one another name",
                               a->text, b->text);
        }
    }
}

static void read_deliverables(struct ton_reader *r, const struct ton_field *field,
                              const struct ton_node *key, const struct ton_node *value, void *out) {
    (void)field, (void)key;
    struct ton_production *p = out;
    if (ton_node_is_null(value))
        return;
    if (value->kind != TON_NODE_MAP) {
        ton_node_error(r->doc, value,
                       "`deliverables` is a mapping of names to what is owed, not "
                       "%s",
                       ton_node_found(r->doc, value));
        return;
    }
    ton_node_refuse_duplicates(r->doc, value, "deliverable");
    refuse_same_folders(r, value);
    p->deliverables = TON_NEW_N(r->arena, struct ton_deliverable, value->n > 0 ? value->n : 1);
    for (int i = 0; p->deliverables && i < value->n; i++)
        ton_deliverable_read(r, ton_node_key(value, i), ton_node_value(value, i),
                             &p->deliverables[p->n_deliverables++]);
}

static struct ton_json *schema_deliverables(const struct ton_field *field) {
    struct ton_json *const forms[] = {
        ton_fields_schema(ton_deliverable_fields, ton_n_deliverable_fields),
        ton_schema_of("null", "A master as it is.")};
    struct ton_json *map = ton_schema_map(ton_schema_any_of(forms, 2));
    ton_json_set(map, "description", ton_json_string(field->row.help));
    return map;
}

#define TEXT(member, words)                                                                        \
    {                                                                                              \
        .row = {.key = #member, .kind = TON_TEXT, .help = words}, .read = ton_read_text,           \
        .offset = offsetof(struct ton_production, member), .schema = ton_schema_text               \
    }

const struct ton_field ton_production_fields[] = {
    {.row = {.key = "tonmeister",
             .kind = TON_COUNT,
             .min = 1,
             .max = 1e6f,
             .def = 1,
             .flags = TON_ROW_REQUIRED,
             .help = "The version of this format: 1."},
     .read = read_version},
    TEXT(title, "The title of the release or programme: the album in tags."),
    TEXT(artist, "Who it is by; a tag, and `{artist}` in file names."),
    TEXT(album_artist, "The artist of the whole release, when the recordings have their own."),
    {.row = {.key = "date",
             .kind = TON_TEXT,
             .help = "When it is released: 2026-05-01, 2026-05 or 2026; a tag."},
     .read = ton_read_date,
     .offset = offsetof(struct ton_production, date),
     .schema = ton_schema_date},
    TEXT(genre, "The genre; a tag."),
    TEXT(label, "The label; a tag."),
    TEXT(copyright, "The copyright line; a tag."),
    {.row = {.key = "upc",
             .kind = TON_TEXT,
             .help =
                 "The release's UPC or EAN, 12 or 13 digits of which the last checks the others; a "
                 "tag (`BARCODE`)."},
     .read = ton_read_upc,
     .offset = offsetof(struct ton_production, upc),
     .schema = ton_schema_upc},
    {.row = {.key = "cover",
             .kind = TON_PATH,
             .help =
                 "The cover picture: a JPEG or PNG in the production. It goes into FLAC, MP3, Opus "
                 "and AAC."},
     .read = ton_read_text,
     .offset = offsetof(struct ton_production, cover),
     .schema = ton_schema_text},
    TEXT(comment, "A comment; a tag."),
    TEXT(language,
         "The language that is sung or spoken; a tag. Players know ISO 639-2 codes such as "
         "`eng` or `deu`."),
    {.row = {.key = "version",
             .kind = TON_COUNT,
             .min = 1,
             .max = 9999,
             .def = 1,
             .help = "The number of the delivery, `{version}` in file names."},
     .read = ton_read_int,
     .offset = offsetof(struct ton_production, version)},
    {.row = {.key = "sessions",
             .kind = TON_TEXT,
             .flags = TON_ROW_REQUIRED,
             .help = "The sessions in running order, as they are called in sessions/."},
     .read = read_sessions,
     .schema = ton_schema_texts},
    {.row =
         {.key = "gaps",
          .kind = TON_TEXT,
          .help =
              "Silence before sessions in joined files, such as `{last-stop: 2 s}`; 2 s when not "
              "given, and none before the first."},
     .read = ton_read_gaps,
     .schema = ton_schema_gaps},
    {.row = {.key = "fades",
             .kind = TON_TEXT,
             .help =
                 "Fades of mixes ahead of the master chain, with equal power, such as `{last-stop: "
                 "{out: 4 s}}`."},
     .read = ton_read_fades,
     .schema = ton_schema_fades},
    {.row = {.key = "recordings",
             .kind = TON_TEXT,
             .help = "ISRC, writers and tags of each session, by its name in `sessions`."},
     .read = ton_read_recordings,
     .schema = ton_schema_recordings},
    {.row = {.key = "inputs",
             .kind = TON_TEXT,
             .help = "The input list in the order of the patch: names with their ports, such as "
                     "`Kick In: 1`, or with more, `OH L: {port: 5, source: condenser +48V}`. A "
                     "track's `input` may be one of the names."},
     .read = ton_read_inputs,
     .schema = ton_schema_inputs},
    {.row = {.key = "master", .kind = TON_TEXT, .help = "The mastering chain and loudness."},
     .read = read_master,
     .schema = schema_master},
    {.row = {.key = "deliverables",
             .kind = TON_TEXT,
             .help = "What is owed, by names that file names and `ton deliver NAME` use."},
     .read = read_deliverables,
     .schema = schema_deliverables},
    {.row = {.key = "naming",
             .kind = TON_TEXT,
             .help =
                 "How files are called, without extension. It may hold {album}, {artist}, "
                 "{deliverable}, {session}, {stem}, {title}, {track} and {version}; \"{artist} - "
                 "{title} ({deliverable}) v{version}\" when not given."},
     .read = ton_read_naming,
     .offset = offsetof(struct ton_production, naming),
     .schema = ton_schema_text},
};
const int ton_n_production_fields = TON_N(ton_production_fields);

static void set_defaults(struct ton_production *p) {
    p->naming = default_naming;
    p->version = 1;
    p->master.loudness_lufs = NAN;
}

static void check_cover(struct ton_reader *r, const struct ton_node *root) {
    const struct ton_production *p = ton_production_job_of(r)->p;
    const char *path = p->cover ? ton_path_join(r->arena, p->folder, p->cover) : NULL;
    const struct ton_node *node = ton_node_get(root, "cover");
    if (path && node && !ton_path_exists(path))
        ton_node_error(r->doc, node, "the cover is missing: there is no %s", path);
}

static enum ton_code parse(struct ton_production **out, struct ton_arena *arena, const char *path,
                           const char *text, size_t length, bool on_disk,
                           struct ton_problems *problems, struct ton_err *err) {
    *out = NULL;
    struct ton_production *p = TON_NEW(arena, struct ton_production);
    struct ton_document *doc = TON_NEW(arena, struct ton_document);
    if (!p || !doc)
        return ton_fail(err, TON_MEMORY, path, "no memory to read the production");
    enum ton_code code = ton_document_parse(doc, arena, path, text, length, problems, err);
    if (code != TON_OK)
        return code;
    p->path = path;
    p->folder = ton_path_folder(arena, path);
    set_defaults(p);
    struct ton_production_job job = {
        .p = p, .sessions = {.arena = arena}, .ports = {.arena = arena}, .node = doc->root};
    static const struct ton_takes by_name = {0}; /* whether they are there */
    struct ton_reader r = {.doc = doc,
                           .arena = arena,
                           .job = &job,
                           .folder = p->folder,
                           .takes = on_disk ? &by_name : NULL};
    if (p->folder)
        ton_fields_read(&r, ton_production_fields, ton_n_production_fields, doc->root,
                        "a production", p);
    p->files = r.files;
    p->n_files = r.n_files;
    if (on_disk)
        check_cover(&r, doc->root);
    code = ton_document_verdict(doc, err);
    if (code == TON_OK || code == TON_INPUT)
        *out = p;
    return code;
}

enum ton_code ton_production_parse(struct ton_production **out, struct ton_arena *arena,
                                   const char *path, const char *text, size_t length,
                                   struct ton_problems *problems, struct ton_err *err) {
    return parse(out, arena, path, text, length, false, problems, err);
}

enum ton_code ton_production_read(struct ton_production **out, struct ton_arena *arena,
                                  const char *folder, struct ton_problems *problems,
                                  struct ton_err *err) {
    *out = NULL;
    char *text;
    size_t length;
    const char *path = ton_path_join(arena, folder, "production.yaml");
    if (!path)
        return ton_fail(err, TON_MEMORY, folder, "no memory to read the production");
    if (!ton_path_exists(path))
        return ton_fail(err, TON_INPUT, folder,
                        "there is no production.yaml here; `ton new` makes a production");
    enum ton_code code = ton_path_read(&text, &length, arena, path, TON_DOCUMENT_BYTES, err);
    if (code == TON_OK)
        code = parse(out, arena, path, text, length, true, problems, err);
    if (*out)
        (*out)->folder = ton_arena_text(arena, folder);
    return code;
}

struct ton_json *ton_production_schema(void) {
    struct ton_json *schema = ton_fields_schema(ton_production_fields, ton_n_production_fields);
    struct ton_json *definitions = ton_json_object();
    ton_json_set(definitions, "chain", ton_schema_chain(NULL));
    ton_schema_head(schema, "A Tonmeister production", definitions);
    return schema;
}

static void say_missing(const struct ton_production *p, int i, const char *folder, const char *path,
                        struct ton_arena *arena, struct ton_problems *problems) {
    char **names = NULL;
    size_t n = 0;
    const char *nearest = NULL;
    if (ton_path_list(&names, &n, arena, folder, NULL) == TON_OK)
        nearest = ton_nearest(ton_path_name(path), (const char *const *)names, n);
    ton_problems_add(problems, false, p->session_where[i],
                     "the session `%s` is missing: there is no %s%s%s%s", p->sessions[i], path,
                     nearest ? "; did you mean `" : "",
                     nearest ? ton_path_stem(arena, nearest) : "", nearest ? "`?" : "");
}

void ton_production_check_sessions(const struct ton_production *p, struct ton_arena *arena,
                                   struct ton_problems *problems) {
    const char *folder = ton_path_join(arena, p->folder, "sessions");
    for (int i = 0; folder && i < p->n_sessions; i++) {
        const char *file = ton_arena_printf(arena, "%s.yaml", p->sessions[i]);
        const char *path = file ? ton_path_join(arena, folder, file) : NULL;
        if (path && !ton_path_exists(path))
            say_missing(p, i, folder, path, arena, problems);
    }
}
