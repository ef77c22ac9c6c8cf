/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads a session: the keys at its root, then the strips, then what needs all of them. */
#include "build.h"

#include "ton/foreign.h"
#include "ton/path.h"

enum { FORMAT_VERSION = 1 };

static void read_version(struct ton_reader *r, const struct ton_field *field,
                         const struct ton_node *key, const struct ton_node *value, void *out) {
    (void)key, (void)out;
    float version;
    if (!ton_row_read(r, &field->row, value, &version))
        return;
    if (version > FORMAT_VERSION)
        ton_node_error(r->doc, value,
                       "the file is of format version %d, this program knows up to %d; a newer "
                       "`ton` reads it",
                       (int)version, FORMAT_VERSION);
}

static void read_title(struct ton_reader *r, const struct ton_field *field,
                       const struct ton_node *key, const struct ton_node *value, void *out) {
    (void)key;
    struct ton_build *b = out;
    const char *text;
    if (ton_text_read(r, &field->row, value, &text))
        *(const char **)(void *)((char *)b->s + field->offset) = text;
}

static void read_rate(struct ton_reader *r, const struct ton_field *field,
                      const struct ton_node *key, const struct ton_node *value, void *out) {
    (void)key;
    struct ton_build *b = out;
    float rate;
    b->rate_refused = true;
    if (!ton_row_read(r, &field->row, value, &rate))
        return;
    if (rate != nearbyintf(rate)) {
        ton_node_error(r->doc, value, "a sample rate is a whole number of Hz");
        return;
    }
    b->s->rate = (int)rate;
    b->rate_refused = false;
}

static void read_frames_per_second(struct ton_reader *r, const struct ton_field *field,
                                   const struct ton_node *key, const struct ton_node *value,
                                   void *out) {
    struct ton_build *b = out;
    const size_t errors = r->doc->problems->n_errors;
    ton_read_double(r, field, key, value, &b->s->frames_per_second);
    b->frames_refused = errors != r->doc->problems->n_errors;
}

static void keep_tracks(struct ton_reader *r, const struct ton_field *field,
                        const struct ton_node *key, const struct ton_node *value, void *out) {
    (void)r, (void)key;
    *(const struct ton_node **)(void *)((char *)out + field->offset) = value;
}

#define KEPT(member) .read = keep_tracks, .offset = offsetof(struct ton_build, member)

const struct ton_field ton_session_fields[] = {
    {.row = {.key = "tonmeister",
             .kind = TON_COUNT,
             .min = 1,
             .max = 1e6f,
             .def = 1,
             .flags = TON_ROW_REQUIRED,
             .help = "The version of this format: 1."},
     .read = read_version},
    {.row = {.key = "title",
             .kind = TON_TEXT,
             .help = "The title of the piece; the file's name when not given."},
     .read = read_title,
     .offset = offsetof(struct ton_session, title),
     .schema = ton_schema_text},
    {.row = {.key = "rate",
             .kind = TON_NUMBER,
             .unit = TON_UNIT_HZ,
             .min = 8000,
             .max = 384000,
             .def = 48000,
             .digits = 3,
             .help = "The sample rate that it is mixed at; takes of other rates are resampled."},
     .read = read_rate},
    {.row = {.key = "frames_per_second",
             .kind = TON_NUMBER,
             .min = 1,
             .max = 240,
             .def = 25,
             .digits = 3,
             .help = "The frame rate of timecode; 23.976, 29.97 and 59.94 mean their exact "
                     "fractions."},
     .read = read_frames_per_second},
    {.row = {.key = "meter",
             .kind = TON_TEXT,
             .help =
                 "Beats in a bar over the note that is a beat, such as 6/8; 4/4 when not given."},
     .read = ton_read_meter,
     .schema = ton_schema_meter},
    {.row = {.key = "tempo",
             .kind = TON_TEXT,
             .help = "Beats a minute, such as `96 bpm`, or a list of changes `{at, tempo, meter, "
                     "ramp}`. Without it nothing can be placed on bars, and note values of "
                     "processors count 120 bpm."},
     .read = ton_read_tempo,
     .schema = ton_schema_tempo},
    {.row = {.key = "key",
             .kind = TON_TEXT,
             .help = "The key of the piece, such as `E minor`; a note for people."},
     .read = read_title,
     .offset = offsetof(struct ton_session, key),
     .schema = ton_schema_text},
    {.row =
         {.key = "sections",
          .kind = TON_TEXT,
          .help =
              "Named stretches of the piece, in bars or time, which `arrangement` puts in order."},
     .read = ton_read_sections,
     .schema = ton_schema_sections},
    {.row = {.key = "arrangement",
             .kind = TON_TEXT,
             .help = "The order in which the sections play; as recorded when not given."},
     KEPT(arrangement),
     .schema = ton_schema_texts},
    {.row = {.key = "end",
             .kind = TON_TEXT,
             .help = "Where the piece ends, such as `41|1`: clips and tails are cut there; after "
                     "the last clip and the tails of its effects when not given."},
     KEPT(end),
     .schema = ton_schema_position},
    {.row = {.key = "tracks",
             .kind = TON_TEXT,
             .help = "The tracks by their names: strips that play clips."},
     KEPT(tracks),
     .schema = ton_schema_strips},
    {.row = {.key = "buses",
             .kind = TON_TEXT,
             .help =
                 "The buses by their names: strips that are fed by strips. `Mix`, where everything "
                 "ends, is always there."},
     KEPT(buses),
     .schema = ton_schema_strips},
};
const int ton_n_session_fields = TON_N(ton_session_fields);

/* audio/ lies beside the folder sessions/, or beside the session itself. */
const char *ton_session_folder(struct ton_arena *a, const char *path) {
    const char *folder = ton_path_folder(a, path);
    if (!folder || strcmp(ton_path_name(folder), "sessions") != 0)
        return folder;
    return ton_path_folder(a, folder);
}

static void reach_over(struct ton_session *s, const struct ton_clip *clips, int n) {
    for (int k = 0; k < n; k++) {
        const struct ton_clip *clip = &clips[k];
        if (clip->at + clip->frames > s->frames)
            s->frames = clip->at + clip->frames;
    }
}

static void find_end(struct ton_session *s) {
    for (int i = 0; i < s->n_strips; i++) {
        reach_over(s, s->strips[i].clips, s->strips[i].n_clips);
        reach_over(s, s->strips[i].notes, s->strips[i].n_notes);
    }
}

/* After an arrangement the bars that are written are no longer the bars that are heard. */
static void read_end(struct ton_build *b) {
    if (!b->end || ton_node_is_null(b->end))
        return;
    if (b->arrangement && !ton_node_is_null(b->arrangement)) {
        ton_node_error(b->r.doc, b->end,
                       "an arrangement ends with its last section; `end` is for "
                       "a session without one");
        return;
    }
    if (ton_build_time(b, b->end, TON_TIME_POSITION, true, 0, &b->s->end) && b->s->end == 0)
        ton_node_error(b->r.doc, b->end, "a piece that ends at its start is empty");
}

/* Everything has a tempo, also a piece without bars: processors count note values by it. */
static void give_tempo(struct ton_build *b) {
    const struct ton_tempo_entry plain = {.bar = 1,
                                          .beat = 1,
                                          .bpm = 120,
                                          .beats_per_bar = b->beats_per_bar,
                                          .beat_unit = b->beat_unit};
    if (!b->s->tempo)
        ton_tempo_create(&b->s->tempo, b->r.arena, b->s->rate, &plain, 1, NULL);
}

/* A production in a session's place is one mistake, not one for each key. */
static bool is_production(const struct ton_node *root) {
    const struct ton_node *sessions = ton_node_get(root, "sessions");
    return !ton_node_get(root, "tracks") &&
           ((sessions && sessions->kind != TON_NODE_MAP) || ton_node_get(root, "deliverables"));
}

static void build(struct ton_build *b, const struct ton_node *root) {
    if (is_production(root)) {
        ton_node_error(b->r.doc, root,
                       "this is a production, not a session: in its folder `ton mix` mixes its "
                       "sessions and `ton deliver` builds what it owes");
        return;
    }
    ton_fields_read(&b->r, ton_session_fields, ton_n_session_fields, root, "a session", b);
    b->s->has_tempo = b->bars != NULL;
    give_tempo(b);
    if (!ton_build_strips(b))
        return;
    b->s->files = b->r.files;
    b->s->n_files = b->r.n_files;
    ton_build_order(b);
    ton_build_warn_rates(b);
    ton_build_arrangement(b);
    read_end(b);
    ton_build_notes(b);
    find_end(b->s);
    ton_build_places(b);
    ton_build_say_unknowns(b);
}

enum ton_code ton_session_parse(struct ton_session **out, struct ton_arena *arena, const char *path,
                                const char *text, size_t length, const struct ton_takes *takes,
                                struct ton_problems *problems, struct ton_err *err) {
    *out = NULL;
    const char *own_path = ton_arena_text(arena, path);
    struct ton_document *doc = TON_NEW(arena, struct ton_document);
    struct ton_session *s = TON_NEW(arena, struct ton_session);
    if (!own_path || !doc || !s)
        return ton_fail(err, TON_MEMORY, path, "no memory to read this session");
    enum ton_code code = ton_document_parse(doc, arena, own_path, text, length, problems, err);
    if (code != TON_OK)
        return code;
    s->path = own_path;
    s->name = ton_path_stem(arena, own_path);
    s->rate = 48000;
    s->frames_per_second = 25;
    struct ton_build b = {.r = {.doc = doc,
                                .arena = arena,
                                .folder = ton_session_folder(arena, own_path),
                                .takes = takes},
                          .s = s,
                          .beats_per_bar = 4,
                          .beat_unit = 4,
                          .strips = {.arena = arena},
                          .takes_by_name = {.arena = arena},
                          .unknown_names = {.arena = arena}};
    b.r.job = &b;
    if (s->name && b.r.folder)
        build(&b, doc->root);
    code = ton_document_verdict(doc, err);
    if (code == TON_OK)
        *out = s;
    return code;
}

enum ton_code ton_session_read(struct ton_session **out, struct ton_arena *arena, const char *path,
                               const struct ton_takes *takes, struct ton_problems *problems,
                               struct ton_err *err) {
    *out = NULL;
    char *text;
    size_t length;
    enum ton_code code = ton_path_read(&text, &length, arena, path, TON_DOCUMENT_BYTES, err);
    if (code != TON_OK)
        return code;
    return ton_session_parse(out, arena, path, text, length, takes, problems, err);
}

struct ton_json *ton_session_schema(void) {
    struct ton_json *schema = ton_fields_schema(ton_session_fields, ton_n_session_fields);
    struct ton_json *definitions = ton_json_object();
    ton_json_set(definitions, "chain", ton_schema_chain(NULL));
    ton_json_set(definitions, "track", ton_fields_schema(ton_strip_fields, ton_n_strip_fields));
    ton_json_set(definitions, "bus",
                 ton_fields_schema(ton_strip_fields + TON_TRACK_ONLY_FIELDS,
                                   ton_n_strip_fields - TON_TRACK_ONLY_FIELDS));
    ton_schema_times(definitions);
    ton_schema_head(schema, "A Tonmeister session", definitions);
    return schema;
}
