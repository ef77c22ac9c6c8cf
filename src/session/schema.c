/* SPDX-License-Identifier: GPL-3.0-or-later */
/* JSON schemas (draft 2020-12) of the documents, made from the same tables that read them. */
#include "build.h"

struct ton_json *ton_schema_of(const char *type, const char *help) {
    struct ton_json *j = ton_json_object();
    ton_json_set(j, "type", ton_json_string(type));
    if (help)
        ton_json_set(j, "description", ton_json_string(help));
    return j;
}

struct ton_json *ton_schema_pattern(const char *pattern, const char *help) {
    struct ton_json *j = ton_schema_of("string", help);
    ton_json_set(j, "pattern", ton_json_string(pattern));
    return j;
}

struct ton_json *ton_schema_list(struct ton_json *item) {
    struct ton_json *j = ton_schema_of("array", NULL);
    ton_json_set(j, "items", item);
    return j;
}

struct ton_json *ton_schema_map(struct ton_json *value) {
    struct ton_json *j = ton_schema_of("object", NULL);
    ton_json_set(j, "additionalProperties", value);
    return j;
}

struct ton_json *ton_schema_any_of(struct ton_json *const *of, int n) {
    struct ton_json *j = ton_json_object(), *forms = ton_json_array();
    for (int i = 0; i < n; i++)
        ton_json_add(forms, of[i]);
    ton_json_set(j, "anyOf", forms);
    return j;
}

struct ton_json *ton_schema_ref(const char *definition) {
    char text[128];
    struct ton_json *j = ton_json_object();
    snprintf(text, sizeof text, "#/$defs/%s", definition);
    ton_json_set(j, "$ref", ton_json_string(text));
    return j;
}

/* Text, or what a YAML reader makes of text that looks like something else (`title: 1999`). */
struct ton_json *ton_schema_text(const struct ton_field *field) {
    struct ton_json *types = ton_json_array(), *j = ton_json_object();
    ton_json_add(types, ton_json_string("string"));
    ton_json_add(types, ton_json_string("number"));
    ton_json_add(types, ton_json_string("boolean"));
    ton_json_set(j, "type", types);
    ton_json_set(j, "minLength", ton_json_integer(1));
    if (field)
        ton_json_set(j, "description", ton_json_string(field->row.help));
    return j;
}

struct ton_json *ton_schema_texts(const struct ton_field *field) {
    struct ton_json *const forms[] = {ton_schema_text(NULL),
                                      ton_schema_list(ton_schema_text(NULL))};
    struct ton_json *j = ton_schema_any_of(forms, 2);
    ton_json_set(j, "description", ton_json_string(field->row.help));
    return j;
}

#define TO_59 "0*[0-5]?[0-9]"
#define SIXTIETHS "0*[0-5][0-9]"
#define CLOCK "[0-9]+(:" SIXTIETHS ")?:" SIXTIETHS "(\\.[0-9]+)?"
#define TIMECODE "[0-9]+:" TO_59 ":" TO_59 "[:;][0-9]+"
#define SAMPLES "[0-9]+ *[sS][aA][mM][pP][lL][eE][sS]?"
#define LENGTH_UNIT "([mM]?[sS]|[mM][iI][nN]|[bB][aA][rR][sS]?|[bB][eE][aA][tT][sS]?)"

/* YAML 1.1 readers make 62.5 of `1:02.5`, so a number may stand where a time does. */
static struct ton_json *time_schema(const char *pattern, const char *help) {
    struct ton_json *number = ton_schema_of("number", NULL);
    ton_json_set(number, "minimum", ton_json_integer(0));
    struct ton_json *const forms[] = {ton_schema_pattern(pattern, NULL), number};
    struct ton_json *j = ton_schema_any_of(forms, 2);
    ton_json_set(j, "description", ton_json_string(help));
    return j;
}

static struct ton_json *schema_position(void) {
    return time_schema("^(" TON_PATTERN_FROM_1 "\\|" TON_PATTERN_FROM_1
                       "(\\|[0-9]+(\\.[0-9]+)?)?|" CLOCK "|" TIMECODE "|" SAMPLES ")$",
                       "A place in time: `17|3` or `17|3|240` (bar, beat and tick, counted from 1, "
                       "1 and 0, 960 ticks a beat), `1:02.500` (minutes and seconds), "
                       "`1:02:03.500` (hours before them), `00:01:02:12` (timecode; `;` before the "
                       "frames: drop-frame) or `48000 samples`.");
}

static struct ton_json *schema_length(void) {
    return time_schema("^([0-9]+(\\.[0-9]+)? *" LENGTH_UNIT "|" CLOCK "|" TIMECODE "|" SAMPLES
                       "|0+(\\.0+)?)$",
                       "A length: `5 ms`, `2.5 s`, `3 min`, `2 beats`, `4 bars`, `480 samples`, "
                       "`0:12.400` (minutes and seconds), `00:00:02:12` (timecode) or `0`.");
}

static struct ton_json *reference(const char *definition, const struct ton_field *field) {
    struct ton_json *j = ton_schema_ref(definition);
    if (field)
        ton_json_set(j, "description", ton_json_string(field->row.help));
    return j;
}

struct ton_json *ton_schema_position(const struct ton_field *field) {
    return reference("position", field);
}

struct ton_json *ton_schema_length(const struct ton_field *field) {
    return reference("length", field);
}

struct ton_json *ton_schema_chain_ref(const struct ton_field *field) {
    return reference("chain", field);
}

struct ton_json *ton_schema_strips(const struct ton_field *field) {
    struct ton_json *const forms[] = {
        ton_schema_ref(ton_text_same(field->row.key, "buses") ? "bus" : "track"),
        ton_schema_of("null", NULL)};
    struct ton_json *map = ton_schema_map(ton_schema_any_of(forms, 2));
    ton_json_set(map, "description", ton_json_string(field->row.help));
    return map;
}

struct ton_json *ton_fields_schema(const struct ton_field *fields, int n) {
    struct ton_json *j = ton_schema_of("object", NULL), *properties = ton_json_object();
    struct ton_json *required = ton_json_array();
    for (int i = 0; i < n; i++) {
        const struct ton_field *field = &fields[i];
        char words[64];
        ton_key_to_words(words, sizeof words, field->row.key);
        ton_json_set(properties, words,
                     field->schema ? field->schema(field) : ton_row_schema(&field->row));
        if (field->row.flags & TON_ROW_REQUIRED)
            ton_json_add(required, ton_json_string(words));
    }
    ton_json_set(j, "properties", properties);
    ton_json_set(j, "required", required);
    ton_json_set(j, "additionalProperties", ton_json_bool(false));
    return j;
}

void ton_schema_head(struct ton_json *schema, const char *title, struct ton_json *definitions) {
    ton_json_set(schema, "$schema",
                 ton_json_string("https://json-schema.org/draft/2020-12/schema"));
    ton_json_set(schema, "title", ton_json_string(title));
    ton_json_set(schema, "$defs", definitions);
}

void ton_schema_times(struct ton_json *definitions) {
    ton_json_set(definitions, "position", schema_position());
    ton_json_set(definitions, "length", schema_length());
}
