/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows as JSON: the schema of the value that stands in YAML, and the declaration itself. */
#include "ton/json.h"
#include "ton/row.h"

/* As unit.c reads it; U+2212 is the minus of word processors. */
#define UNSIGNED_PATTERN "([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][+-]?[0-9]+)?"
#define NUMBER_PATTERN "[+\xe2\x88\x92-]?" UNSIGNED_PATTERN
#define INFINITY_PATTERN "([iI][nN][fF]|\xe2\x88\x9e)"
#define MINUS_PATTERN "[\xe2\x88\x92-]"
#define ZERO_PATTERN "[+\xe2\x88\x92-]?(0+\\.?0*|\\.0+)([eE][+-]?[0-9]+)?"

static struct ton_json *typed(const char *type) {
    struct ton_json *j = ton_json_object();
    ton_json_set(j, "type", ton_json_string(type));
    return j;
}

static struct ton_json *constant(struct ton_json *value) {
    struct ton_json *j = ton_json_object();
    ton_json_set(j, "const", value);
    return j;
}

/* Letter case is free everywhere, as in the reader; the usual one stands first. */
static void add_any_case(struct ton_text *t, const char *words) {
    for (; *words; words++) {
        const char c = *words;
        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'))
            ton_text_printf(t, "[%c%c]", c, c ^ 0x20);
        else if (strchr(".+*?()[]{}|^$\\", c))
            ton_text_printf(t, "\\%c", c);
        else
            ton_text_add_n(t, &c, 1);
    }
}

/* What a unit may look like behind the number. */
static void add_unit(struct ton_text *t, enum ton_unit unit) {
    ton_text_add(t, " *(");
    const char *spelling;
    for (int i = 0; (spelling = ton_unit_spelling(unit, i)); i++) {
        ton_text_add(t, i ? "|" : "");
        add_any_case(t, spelling);
    }
    ton_text_add(t, ")");
}

/* A text that the pattern matches whole; takes `t` over. */
static struct ton_json *matching(struct ton_text *t) {
    struct ton_json *j = typed("string");
    struct ton_text whole = {0};
    ton_text_printf(&whole, "^ *(%s) *$", t->data ? t->data : "");
    ton_json_set(j, "pattern", ton_json_string(whole.failed || t->failed ? NULL : whole.data));
    ton_text_free(&whole);
    ton_text_free(t);
    return j;
}

static struct ton_json *pattern(const char *text) {
    struct ton_text t = {0};
    ton_text_add(&t, text);
    return matching(&t);
}

/* A number with its unit; `optional` where it may go without. */
static struct ton_json *measure(const char *number, enum ton_unit unit, bool optional) {
    struct ton_text t = {0};
    ton_text_add(&t, number);
    if (ton_unit_spelling(unit, 0)) {
        ton_text_add(&t, "(");
        add_unit(&t, unit);
        ton_text_add(&t, optional ? ")?" : ")");
    }
    return matching(&t);
}

static struct ton_json *plain_number(const struct ton_row *row) {
    struct ton_json *j = typed(row->kind == TON_COUNT ? "integer" : "number");
    ton_json_set(j, "minimum", ton_json_number((double)row->min));
    /* YAML 1.1 readers take 4:1 for the base-60 number 241, so a ratio has no maximum here. */
    if (row->unit != TON_UNIT_RATIO && !(row->flags & TON_ROW_INF_MAX))
        ton_json_set(j, "maximum", ton_json_number((double)row->max));
    return j;
}

static bool needs_unit(enum ton_unit unit) {
    return unit != TON_UNIT_RATIO && (unit == TON_UNIT_PAN || ton_unit_spelling(unit, 0));
}

/* The forms a number may have, as alternatives. */
static void add_number_forms(struct ton_json *forms, const struct ton_row *row) {
    if (needs_unit(row->unit)) {
        ton_json_add(forms, row->unit == TON_UNIT_PAN ? pattern("[LRlr] *" UNSIGNED_PATTERN "|[Cc]")
                                                      : measure(NUMBER_PATTERN, row->unit, false));
        if (row->min <= 0 && row->max >= 0) {
            ton_json_add(forms, constant(ton_json_integer(0)));
            ton_json_add(forms, pattern(ZERO_PATTERN));
        }
    } else {
        ton_json_add(forms, plain_number(row));
        ton_json_add(forms, row->kind == TON_COUNT ? pattern("[+]?[0-9]+(\\.0*)?")
                                                   : measure(NUMBER_PATTERN, row->unit, true));
    }
    if (row->kind == TON_TIME_NOTE)
        ton_json_add(forms, pattern("[0-9]+/0*(1|2|4|8|16|32|64)[.dtT]?"));
    if (row->flags & TON_ROW_OFF_MIN) {
        ton_json_add(forms, pattern("[oO][fF][fF]"));
        ton_json_add(forms, constant(ton_json_bool(false))); /* `off` to a YAML 1.1 reader */
    }
    if (row->flags & TON_ROW_OFF_MIN || (double)row->min == -(double)INFINITY)
        ton_json_add(forms, measure(MINUS_PATTERN INFINITY_PATTERN, row->unit, true));
    if (row->flags & TON_ROW_INF_MAX)
        ton_json_add(forms, measure("[+]?" INFINITY_PATTERN, row->unit, true));
}

static struct ton_json *number_schema(const struct ton_row *row) {
    struct ton_json *forms = ton_json_array();
    add_number_forms(forms, row);
    struct ton_json *j = ton_json_object();
    ton_json_set(j, "anyOf", forms);
    return j;
}

static struct ton_json *choices_json(const struct ton_row *row) {
    struct ton_json *array = ton_json_array();
    for (int i = 0; row->choices && row->choices[i]; i++)
        ton_json_add(array, ton_json_string(row->choices[i]));
    return array;
}

static struct ton_json *any_of(struct ton_json *a, struct ton_json *b) {
    struct ton_json *j = ton_json_object(), *forms = ton_json_array();
    ton_json_add(forms, a);
    ton_json_add(forms, b);
    ton_json_set(j, "anyOf", forms);
    return j;
}

/* The choice in any letter case, its words joined by spaces, `-` or `_`; a number with a unit as
 * that number. */
static void add_choice(struct ton_text *t, const struct ton_row *row, const char *choice) {
    double number;
    if (row->unit != TON_UNIT_NONE && ton_unit_parse(&number, choice, row->unit, NULL) == TON_OK) {
        ton_text_printf(t, "[+]?0*%g(\\.0*)?", number);
        add_unit(t, row->unit);
        return;
    }
    for (; *choice; choice++) {
        if (strchr(" _-", *choice))
            ton_text_add(t, "[ _-]");
        else
            add_any_case(t, (const char[]){*choice, '\0'});
    }
}

/* Listed for editors, which complete from a list, and matched as the reader does. A choice may be
 * called `off`, `on`, or by a number: readers hand these over as such. */
static struct ton_json *choice_schema(const struct ton_row *row) {
    struct ton_json *listed = ton_json_object(), *words = choices_json(row);
    struct ton_text t = {0};
    for (int i = 0; row->choices && row->choices[i]; i++) {
        const char *word = row->choices[i];
        char *end;
        long number = strtol(word, &end, 10);
        if (end != word && *end == '\0')
            ton_json_add(words, ton_json_integer(number));
        if (strcmp(word, "off") == 0 || strcmp(word, "no") == 0)
            ton_json_add(words, ton_json_bool(false));
        if (strcmp(word, "on") == 0 || strcmp(word, "yes") == 0)
            ton_json_add(words, ton_json_bool(true));
        ton_text_add(&t, i ? "|" : "");
        add_choice(&t, row, word);
    }
    ton_json_set(listed, "enum", words);
    return any_of(listed, matching(&t));
}

static struct ton_json *switch_schema(void) {
    static const char *const words[] = {"on", "off", "yes", "no"};
    struct ton_json *listed = ton_json_object(), *values = ton_json_array();
    ton_json_add(values, ton_json_bool(true));
    ton_json_add(values, ton_json_bool(false));
    for (int i = 0; i < TON_N(words); i++)
        ton_json_add(values, ton_json_string(words[i]));
    ton_json_set(listed, "enum", values);
    return any_of(listed, pattern("[oO]([nN]|[fF][fF])|[yY][eE][sS]|[nN][oO]|"
                                  "[tT][rR][uU][eE]|[fF][aA][lL][sS][eE]"));
}

static struct ton_json *group_schema(const struct ton_row *row) {
    struct ton_json *j = typed("array");
    ton_json_set(j, "items", ton_rows_schema(row->rows, row->n_rows));
    ton_json_set(j, "maxItems", ton_json_integer(row->n_max));
    return j;
}

static struct ton_json *value_schema(const struct ton_row *row) {
    switch (row->kind) {
    case TON_SWITCH:
        return switch_schema();
    case TON_CHOICE:
        return choice_schema(row);
    case TON_GROUP:
        return group_schema(row);
    case TON_STRIP:
    case TON_TEXT:
    case TON_PATH:
        return typed("string");
    case TON_NUMBER:
    case TON_TIME_NOTE:
    case TON_COUNT:
        break;
    }
    return number_schema(row);
}

static bool is_numeric(const struct ton_row *row) {
    return row->kind == TON_NUMBER || row->kind == TON_TIME_NOTE || row->kind == TON_COUNT;
}

static bool has_default(const struct ton_row *row) {
    bool optional = !(row->flags & (TON_ROW_REQUIRED | TON_ROW_OPEN));
    return optional && (is_numeric(row) || row->kind == TON_SWITCH || row->kind == TON_CHOICE);
}

/* The help, and for numbers the range in the unit that people write. */
static struct ton_json *description(const struct ton_row *row) {
    char low[64], high[64], text[512];
    const char *help = row->help ? row->help : "";
    if (!is_numeric(row))
        return ton_json_string(help);
    ton_row_format(low, sizeof low, row, row->min);
    ton_row_format(high, sizeof high, row, row->max);
    snprintf(text, sizeof text, "%s%s%s to %s.", help, *help ? " " : "", low, high);
    return ton_json_string(text);
}

struct ton_json *ton_row_schema(const struct ton_row *row) {
    struct ton_json *j = value_schema(row);
    ton_json_set(j, "description", description(row));
    if (has_default(row)) {
        char text[64];
        ton_row_format(text, sizeof text, row, row->def);
        ton_json_set(j, "default", ton_json_string(text));
    }
    return j;
}

struct ton_json *ton_rows_schema(const struct ton_row *rows, int n) {
    struct ton_json *j = typed("object"), *properties = ton_json_object();
    struct ton_json *required = ton_json_array();
    for (int i = 0; i < n; i++) {
        char words[TON_LONGEST_KEY];
        ton_key_to_words(words, sizeof words, rows[i].key);
        ton_json_set(properties, words, ton_row_schema(&rows[i]));
        if (rows[i].flags & TON_ROW_REQUIRED)
            ton_json_add(required, ton_json_string(words));
    }
    ton_json_set(j, "properties", properties);
    if (required && ton_json_size(required) == 0)
        ton_json_free(required);
    else
        ton_json_set(j, "required", required);
    ton_json_set(j, "additionalProperties", ton_json_bool(false));
    return j;
}

static const char *kind_name(enum ton_kind kind) {
    static const char *const names[] = {
        [TON_NUMBER] = "number", [TON_SWITCH] = "switch",       [TON_CHOICE] = "choice",
        [TON_GROUP] = "group",   [TON_TIME_NOTE] = "time note", [TON_STRIP] = "strip",
        [TON_TEXT] = "text",     [TON_PATH] = "path",           [TON_COUNT] = "count",
    };
    return names[kind];
}

static void set_numbers(struct ton_json *j, const struct ton_row *row) {
    ton_json_set(j, "unit", ton_json_string(ton_unit_name(row->unit)));
    ton_json_set(j, "min", ton_json_round((double)row->min, 6));
    ton_json_set(j, "max", ton_json_round((double)row->max, 6));
    ton_json_set(j, "default", ton_json_round((double)row->def, 6));
    ton_json_set(j, "scale",
                 ton_json_string(row->scale == TON_LOGARITHMIC ? "logarithmic" : "linear"));
    ton_json_set(j, "digits", ton_json_integer(row->digits));
    ton_json_set(j, "off_at_min", ton_json_bool(row->flags & TON_ROW_OFF_MIN));
    ton_json_set(j, "inf_at_max", ton_json_bool(row->flags & TON_ROW_INF_MAX));
}

static void set_group(struct ton_json *j, const struct ton_row *row) {
    struct ton_json *rows = ton_json_array();
    for (int i = 0; i < row->n_rows; i++)
        ton_json_add(rows, ton_row_json(&row->rows[i]));
    ton_json_set(j, "rows", rows);
    ton_json_set(j, "max_items", ton_json_integer(row->n_max));
}

struct ton_json *ton_row_json(const struct ton_row *row) {
    char text[TON_LONGEST_KEY];
    struct ton_json *j = ton_json_object();
    ton_json_set(j, "key", ton_json_string(row->key));
    ton_key_to_words(text, sizeof text, row->key);
    ton_json_set(j, "label", ton_json_string(row->label ? row->label : text));
    ton_json_set(j, "kind", ton_json_string(kind_name(row->kind)));
    if (is_numeric(row))
        set_numbers(j, row);
    if (row->kind == TON_SWITCH)
        ton_json_set(j, "default", ton_json_bool(row->def != 0));
    if (row->kind == TON_CHOICE) {
        ton_json_set(j, "choices", choices_json(row));
        ton_row_format(text, sizeof text, row, row->def);
        ton_json_set(j, "default", ton_json_string(text));
    }
    if (row->kind == TON_GROUP)
        set_group(j, row);
    ton_json_set(j, "fixed", ton_json_bool(row->flags & TON_ROW_FIXED));
    ton_json_set(j, "help", ton_json_string(row->help));
    if (row->jumps)
        ton_json_set(j, "jumps", ton_json_string(row->jumps));
    return j;
}
