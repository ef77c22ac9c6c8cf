/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads delivery specs: the production's own, or those built in. */

#include "checks.h"
#include "ton/embedded.h"
#include "ton/fields.h"
#include "ton/path.h"

enum { MOST_BYTES = 1 << 20 };

/* A check as it is written; turned into a range once its kind is known. */
struct written {
    const char *target, *tolerance, *minimum, *maximum;
    const char **one_of;
    int n_one_of;
    const char *level, *source, *read, *remedy;
};

static const char *const levels[] = {"required", "advice", NULL};

#define TEXT(name, flag, sentence)                                                                 \
    {                                                                                              \
        .row = {.key = #name, .kind = TON_TEXT, .flags = (flag), .help = (sentence)},              \
        .read = ton_read_text, .offset = offsetof(struct written, name), .schema = ton_schema_text \
    }

static const struct ton_field check_fields[] = {
    TEXT(target, 0, "The value asked for, with `tolerance`."),
    TEXT(tolerance, 0, "How far the value may be from the target."),
    TEXT(minimum, 0, "The smallest value that passes."),
    TEXT(maximum, 0, "The largest value that passes."),
    {.row = {.key = "one_of", .kind = TON_TEXT, .help = "The values that pass."},
     .read = ton_read_texts,
     .offset = offsetof(struct written, one_of),
     .offset_n = offsetof(struct written, n_one_of),
     .schema = ton_schema_texts},
    {.row = {.key = "level",
             .kind = TON_CHOICE,
             .choices = levels,
             .flags = TON_ROW_REQUIRED,
             .help = "Whether a miss fails the file or is only remarked."},
     .read = ton_read_choice_text,
     .offset = offsetof(struct written, level)},
    TEXT(source, TON_ROW_REQUIRED, "Who says so: document and edition, or the page."),
    TEXT(read, TON_ROW_REQUIRED, "Year and month when the source was read; `no` if from memory."),
    TEXT(remedy, 0, "What to do when it fails, if this spec knows better."),
};

#undef TEXT

/* One number of a check, in its kind's unit; NaN when it is not given. */
static double number(struct ton_reader *r, const struct ton_node *place, const char *text,
                     enum ton_unit unit) {
    double value = NAN;
    struct ton_err wrong;
    if (text && ton_unit_parse(&value, text, unit, &wrong))
        ton_node_error(r->doc, place, "%s", wrong.text);
    return value;
}

/* What a container can be called, as specs/README.md says. */
static void check_word(struct ton_reader *r, const struct ton_node *place, const char *word) {
    static const char *const words[] = {"aac", "flac", "mp3", "opus", "wav"};
    for (int i = 0; i < TON_N(words); i++)
        if (ton_text_same(words[i], word))
            return;
    const char *nearest = ton_nearest(word, words, TON_N(words));
    ton_node_error(r->doc, place, "there is no container `%s`%s%s%s", word,
                   nearest ? "; did you mean `" : "; there are aac, flac, mp3, opus and wav",
                   nearest ? nearest : "", nearest ? "`?" : "");
}

static void check_values(struct ton_reader *r, const struct ton_node *place,
                         const struct check_kind *kind, const struct written *w) {
    for (int i = 0; i < w->n_one_of; i++) {
        if (kind->word)
            check_word(r, place, w->one_of[i]);
        else
            (void)number(r, place, w->one_of[i], kind->unit);
    }
}

static void to_range(struct ton_reader *r, const struct ton_node *place, struct ton_check *check,
                     const struct written *w) {
    const struct check_kind *kind = check_kind_at(check->kind);
    const int forms = (w->target != NULL) + (w->minimum || w->maximum) + (w->n_one_of > 0);
    if (forms != 1 || !w->target != !w->tolerance || (kind->word && w->n_one_of == 0))
        ton_node_error(r->doc, place,
                       "a check has either `target` and `tolerance`, or `minimum` and/or "
                       "`maximum`, or `one of`%s",
                       kind->word ? "; a word is compared with `one of`" : "");
    check->target = number(r, place, w->target, kind->unit);
    check->minimum = number(r, place, w->minimum, kind->unit);
    check->maximum = number(r, place, w->maximum, kind->unit);
    const double tolerance = number(r, place, w->tolerance, kind->tolerance_unit);
    if (!isnan(check->target)) {
        check->minimum = check->target - tolerance;
        check->maximum = check->target + tolerance;
    }
    if (check->minimum > check->maximum)
        ton_node_error(r->doc, place, "nothing can pass: %s",
                       isnan(check->target) ? "`minimum` is over `maximum`"
                                            : "`tolerance` is below 0");
    check_values(r, place, kind, w);
}

static int kind_of(struct ton_reader *r, const struct ton_node *key) {
    const char *words[TON_N_CHECKS];
    for (int i = 0; i < TON_N_CHECKS; i++) {
        words[i] = check_kind_at((enum ton_check_kind)i)->key;
        if (ton_text_same(words[i], key->text))
            return i;
    }
    const char *nearest = ton_nearest(key->text ? key->text : "", words, TON_N_CHECKS);
    ton_node_error(r->doc, key, "there is no check %s; did you mean `%s`?",
                   ton_node_found(r->doc, key), nearest ? nearest : words[0]);
    return -1;
}

static void read_checks(struct ton_reader *r, const struct ton_field *field,
                        const struct ton_node *key, const struct ton_node *value, void *out) {
    (void)field;
    (void)key;
    struct ton_spec *spec = out;
    if (value->kind != TON_NODE_MAP) {
        ton_node_error(r->doc, value, "`checks` is a mapping of checks, found %s",
                       ton_node_found(r->doc, value));
        return;
    }
    spec->checks = TON_NEW_N(r->arena, struct ton_check, value->n + 1);
    for (int i = 0; spec->checks && i < value->n; i++) {
        struct written written = {0};
        const struct ton_node *name = ton_node_key(value, i), *body = ton_node_value(value, i);
        const int kind = kind_of(r, name);
        if (!ton_fields_read(r, TON_COUNTED(check_fields), body, "a check", &written) || kind < 0)
            continue;
        struct ton_check *check = &spec->checks[spec->n_checks++];
        *check = (struct ton_check){
            .kind = (enum ton_check_kind)kind,
            .required = ton_text_same(written.level, "required"),
            .one_of = written.one_of,
            .n_one_of = written.n_one_of,
            .source = written.source,
            .read = written.read,
            .remedy = written.remedy,
        };
        to_range(r, body, check, &written);
    }
}

static void ignore(struct ton_reader *r, const struct ton_field *field, const struct ton_node *key,
                   const struct ton_node *value, void *out) {
    (void)r, (void)field, (void)key, (void)value, (void)out;
}

#define TEXT(name, flag, sentence)                                                                 \
    {                                                                                              \
        .row = {.key = #name, .kind = TON_TEXT, .flags = (flag), .help = (sentence)},              \
        .read = ton_read_text, .offset = offsetof(struct ton_spec, name),                          \
        .schema = ton_schema_text                                                                  \
    }

static const struct ton_field spec_fields[] = {
    {.row = {.key = "tonmeister",
             .kind = TON_COUNT,
             .min = 1,
             .max = 1,
             .flags = TON_ROW_REQUIRED,
             .help = "Version of the file format."},
     .read = ignore},
    TEXT(name, TON_ROW_REQUIRED, "As in `spec:`."),
    TEXT(title, TON_ROW_REQUIRED, "What people call it."),
    TEXT(summary, 0, "One sentence."),
    {.row = {.key = "checks",
             .kind = TON_TEXT,
             .flags = TON_ROW_REQUIRED,
             .help = "What is held against the file."},
     .read = read_checks},
    TEXT(format, 0, "What is made when a deliverable gives no format."),
    {.row = {.key = "notes", .kind = TON_TEXT, .help = "What no meter can check."},
     .read = ton_read_texts,
     .offset = offsetof(struct ton_spec, notes),
     .offset_n = offsetof(struct ton_spec, n_notes),
     .schema = ton_schema_texts},
};

#undef TEXT

static enum ton_code parse(struct ton_spec **out, struct ton_arena *arena, const char *path,
                           const char *text, size_t size, struct ton_problems *problems,
                           struct ton_err *err) {
    struct ton_document doc;
    enum ton_code code = ton_document_parse(&doc, arena, path, text, size, problems, err);
    if (code)
        return code;
    struct ton_spec *spec = TON_NEW(arena, struct ton_spec);
    if (!spec)
        return ton_fail(err, TON_MEMORY, path, "no memory for the spec");
    struct ton_reader reader = {.doc = &doc, .arena = arena};
    ton_fields_read(&reader, TON_COUNTED(spec_fields), doc.root, "a spec", spec);
    *out = spec;
    return ton_document_verdict(&doc, err);
}

int ton_spec_count(void) {
    int n = 0;
    while (ton_embedded_specs[n].name)
        n++;
    return n;
}

const char *ton_spec_name(int i) {
    return ton_embedded_specs[i].name;
}

static enum ton_code unknown(struct ton_arena *arena, const char *name, struct ton_err *err) {
    const int n = ton_spec_count();
    const char **names = TON_NEW_N(arena, const char *, n);
    for (int i = 0; names && i < n; i++)
        names[i] = ton_spec_name(i);
    const char *nearest = names ? ton_nearest(name, names, (size_t)n) : NULL;
    if (nearest)
        return ton_fail(err, TON_INPUT, NULL, "there is no spec `%s`; did you mean `%s`?", name,
                        nearest);
    return ton_fail(err, TON_INPUT, NULL,
                    "there is no spec `%s`; put specs/%s.yaml into the production, or see `ton "
                    "deliver --specs`",
                    name, name);
}

enum ton_code ton_spec_find(struct ton_spec **out, struct ton_arena *arena, const char *name,
                            const char *folder, struct ton_problems *problems,
                            struct ton_err *err) {
    const char *file = ton_arena_printf(arena, "specs/%s.yaml", name);
    const char *own = folder && file ? ton_path_join(arena, folder, file) : NULL;
    if (own && ton_path_exists(own) && !strchr(name, '/')) {
        char *text = NULL;
        size_t size = 0;
        const enum ton_code code = ton_path_read(&text, &size, arena, own, MOST_BYTES, err);
        return code ? code : parse(out, arena, own, text, size, problems, err);
    }
    for (const struct ton_embedded *e = ton_embedded_specs; e->name && file; e++) {
        if (strcmp(e->name, name) == 0)
            return parse(out, arena, file, e->text, e->size, problems, err);
    }
    return unknown(arena, name, err);
}
