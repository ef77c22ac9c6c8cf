/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows: how many floats they take, their defaults, reading and printing one value, finding one by
 * the name people write. */
#include "ton/row.h"

enum { LONGEST_RANGE = 160 };

static bool has_float(const struct ton_row *row) {
    return row->kind != TON_STRIP && row->kind != TON_TEXT && row->kind != TON_PATH;
}

int ton_row_floats(const struct ton_row *row) {
    if (row->kind == TON_GROUP)
        return 1 + row->n_max * ton_rows_floats(row->rows, row->n_rows);
    return has_float(row) ? 1 : 0;
}

int ton_rows_floats(const struct ton_row *rows, int n) {
    int floats = 0;
    for (int i = 0; i < n; i++)
        floats += ton_row_floats(&rows[i]);
    return floats;
}

void ton_rows_defaults(const struct ton_row *rows, int n, float *values) {
    for (int i = 0; i < n; i++) {
        const struct ton_row *row = &rows[i];
        if (row->kind == TON_GROUP) {
            int size = ton_rows_floats(row->rows, row->n_rows);
            values[0] = 0;
            for (int k = 0; k < row->n_max; k++)
                ton_rows_defaults(row->rows, row->n_rows, values + 1 + (ptrdiff_t)k * size);
        } else if (has_float(row)) {
            values[0] = row->def;
        }
        values += ton_row_floats(row);
    }
}

static char folded(char c) {
    if (c == '_' || c == '-')
        return ' ';
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Letter case and `_`, `-`, space are equal. */
static bool same_words(const char *a, size_t n, const char *b) {
    for (size_t i = 0; i < n; i++)
        if (b[i] == '\0' || folded(a[i]) != folded(b[i]))
            return false;
    return b[n] == '\0';
}

static bool is_any(const char *text, size_t n, const char *const *words) {
    for (; *words; words++)
        if (same_words(text, n, *words))
            return true;
    return false;
}

const char *ton_row_words(char *out, size_t size, const struct ton_row *row) {
    if (row->flags & TON_ROW_NAMED)
        snprintf(out, size, "%s", row->key);
    else
        ton_key_to_words(out, size, row->key);
    return out;
}

static const char *words_of(char out[TON_LONGEST_KEY], const struct ton_row *row) {
    return ton_row_words(out, TON_LONGEST_KEY, row);
}

static enum ton_code parse_switch(float *value, const struct ton_row *row, const char *text,
                                  size_t n, struct ton_err *err) {
    static const char *const on[] = {"on", "yes", "true", NULL};
    static const char *const off[] = {"off", "no", "false", NULL};
    char key[TON_LONGEST_KEY];
    bool is_on = is_any(text, n, on);
    if (!is_on && !is_any(text, n, off))
        return ton_fail(err, TON_INPUT, NULL, "`%s` is `%.*s`, `on` or `off` was expected",
                        words_of(key, row), (int)n, text);
    *value = is_on ? 1 : 0;
    return TON_OK;
}

static void list_choices(char *out, size_t size, const char *const *choices) {
    size_t used = 0;
    out[0] = '\0';
    for (int i = 0; choices[i] && used < size; i++) {
        const char *between = i == 0 ? "" : choices[i + 1] ? ", " : " or ";
        int n = snprintf(out + used, size - used, "%s`%s`", between, choices[i]);
        used += n > 0 ? (size_t)n : 0;
    }
}

/* Says the key in front of a unit's sentence. */
static enum ton_code with_key(const struct ton_row *row, const struct ton_err *inner,
                              struct ton_err *err) {
    char key[TON_LONGEST_KEY];
    return ton_fail(err, inner->code, NULL, "`%s`: %s", words_of(key, row), inner->text);
}

/* Choices that are numbers with a unit are compared as numbers: `24dB/octave` is `24 dB/oct`. */
static enum ton_code find_measure(float *value, const struct ton_row *row, const char *text,
                                  struct ton_err *err) {
    double found, choice;
    struct ton_err inner = {.code = TON_OK};
    if (ton_unit_parse(&found, text, row->unit, &inner) != TON_OK)
        return with_key(row, &inner, err);
    for (int i = 0; row->choices[i]; i++) {
        if (ton_unit_parse(&choice, row->choices[i], row->unit, NULL) == TON_OK &&
            choice == found) {
            *value = (float)i;
            return TON_OK;
        }
    }
    char key[TON_LONGEST_KEY], list[512], said[64];
    list_choices(list, sizeof list, row->choices);
    ton_unit_format(said, sizeof said, found, row->unit, 3);
    return ton_fail(err, TON_INPUT, NULL, "`%s` cannot be `%s`; %s was expected",
                    words_of(key, row), said, list);
}

static enum ton_code parse_choice(float *value, const struct ton_row *row, const char *text,
                                  size_t n, struct ton_err *err) {
    if (row->unit != TON_UNIT_NONE)
        return find_measure(value, row, text, err);
    size_t n_choices = 0;
    for (; row->choices[n_choices]; n_choices++) {
        if (same_words(text, n, row->choices[n_choices])) {
            *value = (float)n_choices;
            return TON_OK;
        }
    }
    char key[TON_LONGEST_KEY], word[TON_LONGEST_KEY], list[512];
    snprintf(word, sizeof word, "%.*s", (int)n, text);
    const char *nearest = n < sizeof word ? ton_nearest(word, row->choices, n_choices) : NULL;
    if (nearest)
        return ton_fail(err, TON_INPUT, NULL, "`%s` cannot be `%s`; did you mean `%s`?",
                        words_of(key, row), word, nearest);
    list_choices(list, sizeof list, row->choices);
    return ton_fail(err, TON_INPUT, NULL, "`%s` cannot be `%.*s`; %s was expected",
                    words_of(key, row), (int)n, text, list);
}

/* The longest note is four whole notes, the shortest a 64th. */
static bool is_note_value(unsigned long above, unsigned long below) {
    return above >= 1 && below >= 1 && below <= 64 && (below & (below - 1)) == 0 &&
           above <= 4 * below;
}

/* "1/8", "1/4.", "1/8t"; false when it does not look like a note at all. */
static bool looks_like_note(const char *text, size_t n) {
    return memchr(text, '/', n) != NULL && text[0] >= '0' && text[0] <= '9';
}

static enum ton_code parse_note(float *value, const struct ton_row *row, const char *text, size_t n,
                                struct ton_err *err) {
    char key[TON_LONGEST_KEY], *end;
    unsigned long above = strtoul(text, &end, 10), below = 0;
    if (*end == '/' && end[1] >= '0' && end[1] <= '9')
        below = strtoul(end + 1, &end, 10);
    double factor = 1;
    if (*end == '.' || *end == 'd') {
        factor = 3.0 / 2.0;
        end++;
    } else if (*end == 't' || *end == 'T') {
        factor = 2.0 / 3.0;
        end++;
    }
    if (end != text + n || !is_note_value(above, below))
        return ton_fail(err, TON_INPUT, NULL,
                        "`%s` is `%.*s`, which is no note value; write for example `1/8`, `1/4.` "
                        "or `1/8t`",
                        words_of(key, row), (int)n, text);
    *value = (float)(-4.0 * (double)above / (double)below * factor);
    return TON_OK;
}

/* What is counted and may be off is so at its minimum: who means a number begins behind that. */
static const char *range_of(char out[LONGEST_RANGE], const struct ton_row *row) {
    char low[64], high[64];
    const bool off = row->flags & TON_ROW_OFF_MIN;
    const double first = (double)row->min + (off && row->kind == TON_COUNT);
    ton_unit_format(low, sizeof low, first, row->unit, row->digits);
    ton_unit_format(high, sizeof high, (double)row->max, row->unit, row->digits);
    snprintf(out, LONGEST_RANGE, "between %s and %s%s%s", low, high, off ? ", or off" : "",
             row->flags & TON_ROW_INF_MAX ? ", or inf" : "");
    return out;
}

static enum ton_code fail_range(const struct ton_row *row, double value, const char *text,
                                struct ton_err *err) {
    char key[TON_LONGEST_KEY], range[LONGEST_RANGE], found[64], other[64];
    /* One digit more than usual, or -80.04 would be said not to be over -80. */
    ton_unit_format(found, sizeof found, value, row->unit, row->digits + 2);
    bool slip =
        ton_unit_fitting(other, sizeof other, text, row->unit, (double)row->min, (double)row->max);
    return ton_fail(err, TON_INPUT, NULL, "`%s` is %s, it must be %s%s%s%s", words_of(key, row),
                    found, range_of(range, row), slip ? "; did you mean `" : "", slip ? other : "",
                    slip ? "`?" : "");
}

static enum ton_code fail_whole(const struct ton_row *row, const char *text, struct ton_err *err) {
    char key[TON_LONGEST_KEY], range[LONGEST_RANGE];
    return ton_fail(err, TON_INPUT, NULL, "`%s` is `%s`, it must be a whole number %s",
                    words_of(key, row), text, range_of(range, row));
}

static enum ton_code parse_number(float *value, const struct ton_row *row, const char *text,
                                  struct ton_err *err) {
    double number = 0;
    struct ton_err inner = {.code = TON_OK};
    if (ton_unit_parse_in(&number, text, row->unit, (double)row->min, (double)row->max, &inner) !=
        TON_OK) {
        const bool plain = row->kind == TON_COUNT && row->unit == TON_UNIT_NONE;
        return plain ? fail_whole(row, text, err) : with_key(row, &inner, err);
    }
    if (number == (double)INFINITY && row->flags & TON_ROW_INF_MAX)
        number = row->max;
    if (number == -(double)INFINITY && row->flags & TON_ROW_OFF_MIN)
        number = row->min;
    float rounded = (float)number;
    if (!(rounded >= row->min && rounded <= row->max))
        return fail_range(row, number, text, err);
    if (row->kind == TON_COUNT && number != floor(number))
        return fail_whole(row, text, err);
    *value = rounded;
    return TON_OK;
}

static const char *trim(const char *text, size_t *n) {
    while (*text == ' ' || *text == '\t')
        text++;
    *n = strlen(text);
    while (*n > 0 && (text[*n - 1] == ' ' || text[*n - 1] == '\t'))
        (*n)--;
    return text;
}

enum ton_code ton_row_parse(float *value, const struct ton_row *row, const char *text,
                            struct ton_err *err) {
    size_t n;
    text = trim(text, &n);
    if (row->flags & TON_ROW_OFF_MIN && same_words(text, n, "off")) {
        *value = row->min;
        return TON_OK;
    }
    switch (row->kind) {
    case TON_SWITCH:
        return parse_switch(value, row, text, n, err);
    case TON_CHOICE:
        return parse_choice(value, row, text, n, err);
    case TON_TIME_NOTE:
        if (looks_like_note(text, n))
            return parse_note(value, row, text, n, err);
        return parse_number(value, row, text, err);
    case TON_NUMBER:
    case TON_COUNT:
    case TON_GROUP: /* its count */
        return parse_number(value, row, text, err);
    case TON_STRIP:
    case TON_TEXT:
    case TON_PATH:
        break;
    }
    *value = 0;
    return TON_OK;
}

/* Prefers 1/4. to 3/8. */
static void format_note(char *out, size_t size, float value) {
    static const struct {
        const char *mark;
        double factor;
    } kinds[] = {{"", 1}, {".", 3.0 / 2.0}, {"t", 2.0 / 3.0}};
    double whole_notes = -(double)value / 4;
    for (int most_above = 1; most_above <= 256; most_above += 255) {
        for (int k = 0; k < 3; k++) {
            for (int below = 1; below <= 64; below *= 2) {
                double above = whole_notes / kinds[k].factor * below, nearest = round(above);
                if (nearest >= 1 && nearest <= most_above && fabs(above - nearest) < 1e-5 * above) {
                    snprintf(out, size, "%.0f/%d%s", nearest, below, kinds[k].mark);
                    return;
                }
            }
        }
    }
    snprintf(out, size, "%.4f beats", -(double)value);
}

static int count_of(const char *const *choices) {
    int n = 0;
    while (choices && choices[n])
        n++;
    return n;
}

char *ton_row_format(char *out, size_t size, const struct ton_row *row, float value) {
    if (size == 0)
        return out;
    out[0] = '\0';
    if (row->kind == TON_SWITCH)
        snprintf(out, size, "%s", value != 0 ? "on" : "off");
    else if (row->kind == TON_CHOICE && value >= 0 && value < (float)count_of(row->choices))
        snprintf(out, size, "%s", row->choices[(int)value]);
    else if (!has_float(row) || row->kind == TON_CHOICE)
        return out;
    else if (row->flags & TON_ROW_OFF_MIN && value <= row->min)
        snprintf(out, size, "off");
    else if (row->flags & TON_ROW_INF_MAX && value >= row->max)
        snprintf(out, size, "inf");
    else if (row->kind == TON_TIME_NOTE && value < 0)
        format_note(out, size, value);
    else
        ton_unit_format(out, size, (double)value, row->unit, row->digits);
    return out;
}

static bool is_level(enum ton_unit unit) {
    return unit == TON_UNIT_DB || unit == TON_UNIT_DBFS || unit == TON_UNIT_DBTP;
}

int ton_rows_paths(const struct ton_row *rows, int n) {
    int paths = 0;
    for (int i = 0; i < n; i++)
        paths += rows[i].kind == TON_PATH;
    return paths;
}

bool ton_rows_have_note(const struct ton_row *rows, int n) {
    for (int i = 0; i < n; i++)
        if (rows[i].kind == TON_TIME_NOTE ||
            (rows[i].kind == TON_GROUP && ton_rows_have_note(rows[i].rows, rows[i].n_rows)))
            return true;
    return false;
}

float ton_row_note_value(const struct ton_row *row, float note, double tempo) {
    const double seconds = -(double)note * 60.0 / tempo;
    return (float)(row->unit == TON_UNIT_HZ ? 1.0 / seconds : 1000.0 * seconds);
}

/* A cutoff's `off` is an open filter that stands at the closed end of its scale. */
static bool has_way_between(const struct ton_row *row, float a, float b) {
    if (row->kind == TON_TIME_NOTE)
        return (a < 0) == (b < 0);
    if (row->kind != TON_NUMBER)
        return false;
    return !(row->flags & TON_ROW_OFF_MIN) || is_level(row->unit) || (a > row->min && b > row->min);
}

static double amplitude(const struct ton_row *row, double level) {
    return level > (double)row->min ? pow(10, level / 20) : 0;
}

/* In dB `off` is infinitely far: a straight line to it would be inaudible after a fraction of it.
 */
static float fade(const struct ton_row *row, double a, double b, double t) {
    const double from = amplitude(row, a), to = amplitude(row, b);
    const double level = 20 * log10(from + (to - from) * t);
    return level > (double)row->min ? (float)level : row->min;
}

float ton_row_between(const struct ton_row *row, float a, float b, double t) {
    if (t >= 1)
        return b;
    if (!(t > 0) || a == b || !has_way_between(row, a, b))
        return a;
    if ((row->flags & TON_ROW_OFF_MIN) && is_level(row->unit) && (a <= row->min || b <= row->min))
        return fade(row, (double)a, (double)b, t);
    const double from = a, to = b;
    if (row->scale == TON_LOGARITHMIC && from * to > 0)
        return (float)(from * pow(to / from, t));
    return (float)(from + (to - from) * t);
}

static bool is_singular(const char *key, const char *word, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (key[i] == '\0' || folded(word[i]) != folded(key[i]))
            return false;
    return n > 0 && strcmp(key + n, "s") == 0;
}

/* "band 2" for the group `bands`: the key, or the key without its last s, then a number from 1. */
static bool names_instance(const struct ton_row *row, const char *head, size_t n, int *instance) {
    size_t digits = 0;
    int number = 0;
    while (digits < n && digits < 4 && head[n - 1 - digits] >= '0' && head[n - 1 - digits] <= '9')
        digits++;
    for (size_t i = n - digits; i < n; i++)
        number = number * 10 + (head[i] - '0');
    size_t name = n - digits;
    while (name > 0 && folded(head[name - 1]) == ' ')
        name--;
    if (digits == 0 || number < 1 || number > row->n_max)
        return false;
    *instance = number - 1;
    return same_words(head, name, row->key) || is_singular(row->key, head, name);
}

static const char *nearest_key(const struct ton_row *rows, int n, const char *head, size_t n_head) {
    char word[TON_LONGEST_KEY];
    const char *keys[TON_MOST_ROWS];
    size_t n_keys = 0;
    snprintf(word, sizeof word, "%.*s", (int)n_head, head);
    for (int i = 0; i < n && n_keys < TON_MOST_ROWS; i++)
        keys[n_keys++] = rows[i].key;
    return ton_nearest(word, keys, n_keys);
}

const struct ton_row *ton_rows_find(const struct ton_row *rows, int n, const char *path, int *index,
                                    const char **nearest) {
    int at = 0;
    if (nearest)
        *nearest = NULL;
    const char *dot = strchr(path, '.');
    size_t head = dot ? (size_t)(dot - path) : strlen(path);
    for (int i = 0; i < n; i++) {
        const struct ton_row *row = &rows[i];
        int instance = 0;
        if (!dot && same_words(path, head, row->key)) {
            if (index)
                *index = has_float(row) ? at : -1;
            return row;
        }
        if (dot && row->kind == TON_GROUP && names_instance(row, path, head, &instance)) {
            const struct ton_row *found =
                ton_rows_find(row->rows, row->n_rows, dot + 1, index, nearest);
            if (found && index && *index >= 0)
                *index += at + 1 + instance * ton_rows_floats(row->rows, row->n_rows);
            return found;
        }
        at += ton_row_floats(row);
    }
    if (nearest)
        *nearest = nearest_key(rows, n, path, head);
    return NULL;
}
