/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads the input list of a production, in the order of the patch. */
#include "build.h"
#include "per_session.h"
#include "release.h"

enum { MOST_LINES = 1024 };

static const char *const source_choices[] = {"dynamic",
                                             "ribbon",
                                             "active ribbon +48V",
                                             "condenser",
                                             "condenser +48V",
                                             "DI",
                                             "active DI +48V",
                                             "line",
                                             "digital",
                                             "wireless",
                                             NULL};

static const char *const polarity_choices[] = {"normal", "inverted", NULL};

bool ton_source_is_phantom(const char *source) {
    return source && ton_text_ends(source, "+48V");
}

void ton_read_port(struct ton_reader *r, const struct ton_field *field, const struct ton_node *key,
                   const struct ton_node *value, void *out) {
    (void)key;
    struct ton_input *input = out;
    const char *port;
    if (!ton_port_read(r, &field->row, value, 1, &port))
        return;
    input->port = port;
    const char *same =
        ton_port_is_number(port) ? ton_arena_printf(r->arena, "%ld", strtol(port, NULL, 10)) : port;
    struct ton_production_job *job = ton_production_job_of(r);
    const int before = same ? ton_names_get(&job->ports, same) : -1;
    if (before >= 0)
        ton_node_error(r->doc, value,
                       "`%s` and `%s` both come in at `%s`; each input has a port of its own",
                       job->p->inputs[before].name, input->name, port);
    else if (same)
        ton_names_put(&job->ports, same, (int)(input - job->p->inputs));
}

static struct ton_json *schema_port(const struct ton_field *field) {
    struct ton_json *j = ton_schema_port();
    ton_json_set(j, "description", ton_json_string(field->row.help));
    return j;
}

#define MEMBER(member) .offset = offsetof(struct ton_input, member)

const struct ton_field ton_input_fields[] = {
    {.row = {.key = "port",
             .kind = TON_TEXT,
             .flags = TON_ROW_REQUIRED,
             .help = "Where it comes in: an input of the device by its number, such as `3`, or by "
                     "its port's name. Each side of a stereo pair has a line of its own."},
     .read = ton_read_port,
     .schema = schema_port,
     MEMBER(port)},
    {.row = {.key = "role",
             .kind = TON_TEXT,
             .help = "What it is, as a path such as `drums.kick`."},
     .read = ton_read_role,
     .schema = ton_schema_text,
     MEMBER(role)},
    {.row = {.key = "source",
             .kind = TON_CHOICE,
             .choices = source_choices,
             .flags = TON_ROW_OPEN,
             .help = "What it is picked up with; `+48V` needs phantom power, which the patch sheet "
                     "marks. Nothing is said of it when not given."},
     .read = ton_read_choice_text,
     MEMBER(source)},
    {.row = {.key = "level",
             .kind = TON_NUMBER,
             .unit = TON_UNIT_DBFS,
             .min = -60,
             .max = 0,
             .def = -18,
             .digits = 1,
             .help = "The nominal level that is expected of it, which peaks rise above."},
     .read = ton_read_double,
     MEMBER(level_dbfs)},
    {.row = {.key = "pair",
             .kind = TON_TEXT,
             .help = "The input that its polarity and time are held against; when not given that "
                     "with the same name and the other side: L and R, In and Out, Top and Bottom."},
     .read = ton_read_text,
     .offset_where = offsetof(struct ton_input, pair_where),
     .schema = ton_schema_text,
     MEMBER(pair)},
    {.row = {.key = "polarity",
             .kind = TON_CHOICE,
             .choices = polarity_choices,
             .help = "`inverted`: it comes in the other way round and stays so, as the microphone "
                     "below a snare drum does; the line check then expects that. Its track turns "
                     "it, by a `polarity` of its own."},
     .read = ton_read_choice_text,
     MEMBER(polarity)},
    {.row = {.key = "stand", .kind = TON_TEXT, .help = "What holds it; on the patch sheet."},
     .read = ton_read_text,
     .schema = ton_schema_text,
     MEMBER(stand)},
    {.row = {.key = "note", .kind = TON_TEXT, .help = "A note for the stage; on the patch sheet."},
     .read = ton_read_text,
     .schema = ton_schema_text,
     MEMBER(note)},
};
const int ton_n_input_fields = TON_N(ton_input_fields);

/* What a track's `input` can tell from a number and from a list of two. */
static bool check_name(struct ton_reader *r, const struct ton_node *key) {
    if (key->kind != TON_NODE_SCALAR || !*key->text) {
        ton_node_error(r->doc, key, "an input needs a name, such as `Kick In: 1`");
        return false;
    }
    for (const char *c = key->text; *c; c++) {
        if ((unsigned char)*c < ' ' || *c == 127) {
            ton_node_error(r->doc, key, "an input's name stands in one line");
            return false;
        }
    }
    if (!ton_port_looks_numeric(key->text))
        return true;
    ton_node_error(r->doc, key,
                   "`%s` is no name of an input, for tracks count inputs so; the name comes first, "
                   "then the port: `Kick In: %s`",
                   key->text, key->text);
    return false;
}

static void read_line(struct ton_reader *r, const struct ton_node *key,
                      const struct ton_node *value, struct ton_input *out) {
    *out = (struct ton_input){.name = key->text,
                              .level_dbfs = -18,
                              .polarity = polarity_choices[0],
                              .where = ton_node_where(r->doc, key)};
    const char *what = ton_arena_printf(r->arena, "the input `%s`", out->name);
    if (value->kind != TON_NODE_MAP)
        ton_read_port(r, &ton_input_fields[0], key, value, out);
    else if (what)
        ton_fields_read(r, ton_input_fields, ton_n_input_fields, value, what, out);
}

static void check_pair(struct ton_reader *r, const struct ton_production *p,
                       const struct ton_input *input, const struct ton_names *lines) {
    if (!input->pair)
        return;
    if (ton_text_same(input->pair, input->name)) {
        ton_problems_add(r->doc->problems, false, input->pair_where,
                         "`%s` is its own `pair`; name the input beside it", input->name);
        return;
    }
    if (ton_names_get(lines, input->pair) >= 0)
        return;
    const char *near = ton_input_nearest(r->arena, p->inputs, p->n_inputs, input->pair);
    ton_problems_add(r->doc->problems, false, input->pair_where,
                     "`pair` names `%s`, which is not in `inputs`%s%s%s", input->pair,
                     near ? "; did you mean `" : "", near ? near : "", near ? "`?" : "");
}

void ton_read_inputs(struct ton_reader *r, const struct ton_field *field,
                     const struct ton_node *key, const struct ton_node *value, void *out) {
    (void)field, (void)key;
    struct ton_production *p = out;
    struct ton_names lines = {.arena = r->arena};
    if (ton_node_is_null(value))
        return;
    if (value->kind != TON_NODE_MAP || value->n > MOST_LINES) {
        ton_node_error(r->doc, value,
                       "`inputs` is a mapping of at most %d names to ports, such as `Kick In: 1`, "
                       "not %s",
                       MOST_LINES,
                       value->kind == TON_NODE_MAP ? ton_arena_printf(r->arena, "of %d", value->n)
                                                   : ton_node_found(r->doc, value));
        return;
    }
    ton_node_refuse_duplicates(r->doc, value, "input");
    p->inputs = TON_NEW_N(r->arena, struct ton_input, value->n + 1);
    for (int i = 0; p->inputs && i < value->n; i++) {
        const struct ton_node *name = ton_node_key(value, i);
        if (!check_name(r, name) || ton_names_get(&lines, name->text) >= 0)
            continue;
        ton_names_put(&lines, name->text, p->n_inputs);
        read_line(r, name, ton_node_value(value, i), &p->inputs[p->n_inputs]);
        p->n_inputs++;
    }
    for (int i = 0; i < p->n_inputs; i++)
        check_pair(r, p, &p->inputs[i], &lines);
}

struct ton_json *ton_schema_inputs(const struct ton_field *field) {
    struct ton_json *const forms[] = {ton_schema_port(),
                                      ton_fields_schema(ton_input_fields, ton_n_input_fields)};
    struct ton_json *map = ton_schema_map(ton_schema_any_of(forms, 2));
    ton_json_set(map, "description", ton_json_string(field->row.help));
    return map;
}
