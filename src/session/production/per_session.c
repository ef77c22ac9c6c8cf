/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads what a production says of each of its sessions: gaps, fades and recordings. */
#include "per_session.h"

#include "release.h"
#include "ton/path.h"

static bool has_file(struct ton_reader *r, const char *session) {
    const char *folder = ton_production_job_of(r)->p->folder;
    const char *path = ton_arena_printf(r->arena, "%s/sessions/%s.yaml", folder, session);
    return path && ton_path_exists(path);
}

static void say_no_session(struct ton_reader *r, const struct ton_node *name, const char *what) {
    const struct ton_production *p = ton_production_job_of(r)->p;
    const char *nearest = ton_nearest(name->text, p->sessions, (size_t)p->n_sessions);
    if (p->sessions_refused)
        return;
    if (nearest && has_file(r, name->text) && !has_file(r, nearest))
        return; /* it is the name in `sessions` that is wrong, and that is said */
    ton_node_error(r->doc, name, "%s `%s`, which is not in `sessions`%s%s%s", what, name->text,
                   nearest ? "; did you mean `" : "", nearest ? nearest : "", nearest ? "`?" : "");
}

/* Calls `read` for each session that a mapping names. */
typedef void read_one_fn(struct ton_reader *r, const struct ton_field *field, int session,
                         const struct ton_node *key, const struct ton_node *value);

static void read_per_session(struct ton_reader *r, const struct ton_field *field,
                             const struct ton_node *map, read_one_fn *read) {
    char words[64];
    ton_key_to_words(words, sizeof words, field->row.key);
    if (ton_node_is_null(map))
        return;
    if (map->kind != TON_NODE_MAP) {
        ton_node_error(r->doc, map, "`%s` is a mapping of sessions, not %s", words,
                       ton_node_found(r->doc, map));
        return;
    }
    ton_node_refuse_duplicates(r->doc, map, "session");
    for (int i = 0; i < map->n; i++) {
        const struct ton_node *key = ton_node_key(map, i);
        if (key->kind != TON_NODE_SCALAR) {
            ton_node_error(r->doc, key, "`%s` names sessions", words);
            continue;
        }
        int session = ton_names_get(&ton_production_job_of(r)->sessions, key->text);
        const char *what = ton_arena_printf(r->arena, "`%s` names", words);
        if (session < 0 && what)
            say_no_session(r, key, what);
        else if (session >= 0)
            read(r, field, session, key, ton_node_value(map, i));
    }
}

static const struct ton_row gap_row = {.key = "gap",
                                       .kind = TON_NUMBER,
                                       .unit = TON_UNIT_S,
                                       .max = 3600,
                                       .digits = 3,
                                       .flags = TON_ROW_OPEN,
                                       .help = "Silence before the session in joined files."};

static void read_gap(struct ton_reader *r, const struct ton_field *field, int session,
                     const struct ton_node *key, const struct ton_node *value) {
    (void)field;
    struct ton_field gap = {.row = ton_row_named(&gap_row, key)};
    ton_read_double(r, &gap, key, value, &ton_production_job_of(r)->p->gap_before_s[session]);
}

void ton_read_gaps(struct ton_reader *r, const struct ton_field *field, const struct ton_node *key,
                   const struct ton_node *value, void *out) {
    (void)key, (void)out;
    read_per_session(r, field, value, read_gap);
}

struct ton_json *ton_schema_gaps(const struct ton_field *field) {
    struct ton_json *map = ton_schema_map(ton_row_schema(&gap_row));
    ton_json_set(map, "description", ton_json_string(field->row.help));
    return map;
}

struct fades {
    double in, out;
};

static const struct ton_field fade_fields[] = {
    {.row = {.key = "in",
             .kind = TON_NUMBER,
             .unit = TON_UNIT_S,
             .max = 600,
             .digits = 3,
             .help = "Length of the fade at the start of the mix."},
     .read = ton_read_double,
     .offset = offsetof(struct fades, in)},
    {.row = {.key = "out",
             .kind = TON_NUMBER,
             .unit = TON_UNIT_S,
             .max = 600,
             .digits = 3,
             .help = "Length of the fade at the end of the mix."},
     .read = ton_read_double,
     .offset = offsetof(struct fades, out)},
};

static void read_fade(struct ton_reader *r, const struct ton_field *field, int session,
                      const struct ton_node *key, const struct ton_node *value) {
    (void)field, (void)key;
    struct ton_production *p = ton_production_job_of(r)->p;
    struct fades fades = {0};
    ton_fields_read(r, TON_COUNTED(fade_fields), value, "a fade", &fades);
    p->fade_in_s[session] = fades.in;
    p->fade_out_s[session] = fades.out;
}

void ton_read_fades(struct ton_reader *r, const struct ton_field *field, const struct ton_node *key,
                    const struct ton_node *value, void *out) {
    (void)key, (void)out;
    read_per_session(r, field, value, read_fade);
}

struct ton_json *ton_schema_fades(const struct ton_field *field) {
    struct ton_json *map = ton_schema_map(ton_fields_schema(TON_COUNTED(fade_fields)));
    ton_json_set(map, "description", ton_json_string(field->row.help));
    return map;
}

static void read_recording(struct ton_reader *r, const struct ton_field *field, int session,
                           const struct ton_node *key, const struct ton_node *value) {
    (void)field;
    struct ton_recording *recording = &ton_production_job_of(r)->p->recordings[session];
    recording->where = ton_node_where(r->doc, key);
    ton_fields_read(r, ton_recording_fields, ton_n_recording_fields, value, "a recording",
                    recording);
    for (int i = 0; i < ton_production_job_of(r)->p->n_sessions; i++)
        if (i != session && recording->isrc &&
            ton_text_same(ton_production_job_of(r)->p->recordings[i].isrc, recording->isrc))
            ton_node_error(r->doc, key,
                           "`%s` and `%s` have the same ISRC %s; each recording has "
                           "its own",
                           ton_production_job_of(r)->p->sessions[i], recording->session,
                           recording->isrc);
}

void ton_read_recordings(struct ton_reader *r, const struct ton_field *field,
                         const struct ton_node *key, const struct ton_node *value, void *out) {
    (void)key, (void)out;
    read_per_session(r, field, value, read_recording);
}

struct ton_json *ton_schema_recordings(const struct ton_field *field) {
    struct ton_json *map =
        ton_schema_map(ton_fields_schema(ton_recording_fields, ton_n_recording_fields));
    ton_json_set(map, "description", ton_json_string(field->row.help));
    return map;
}
