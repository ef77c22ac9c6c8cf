/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A plug-in's control as a row: unit, range, default, scale, choices and a key in words; and its
 * values in the plug-in's terms and in ours. */
#include "plug.h"

#include "ton/text.h"

#include <lv2/atom/atom.h>
#include <lv2/core/lv2.h>
#include <lv2/port-props/port-props.h>
#include <lv2/units/units.h>

#include <math.h>
#include <stdlib.h>

/* Their unit, ours, and how many of theirs one of ours is. */
static const struct {
    const char *uri;
    enum ton_unit unit;
    double factor;
} units[] = {
    {LV2_UNITS__db, TON_UNIT_DB, 1},
    {LV2_UNITS__hz, TON_UNIT_HZ, 1},
    {LV2_UNITS__khz, TON_UNIT_HZ, 1e-3},
    {LV2_UNITS__mhz, TON_UNIT_HZ, 1e-6},
    {LV2_UNITS__ms, TON_UNIT_MS, 1},
    {LV2_UNITS__s, TON_UNIT_S, 1},
    {LV2_UNITS__min, TON_UNIT_S, 1.0 / 60.0},
    {LV2_UNITS__pc, TON_UNIT_PERCENT, 1},
    {LV2_UNITS__bpm, TON_UNIT_BPM, 1},
    {LV2_UNITS__degree, TON_UNIT_DEGREES, 1},
    {LV2_UNITS__cent, TON_UNIT_CENTS, 1},
    {LV2_UNITS__semitone12TET, TON_UNIT_SEMITONES, 1},
    {LV2_UNITS__oct, TON_UNIT_SEMITONES, 1.0 / 12.0},
    {LV2_UNITS__frame, TON_UNIT_SAMPLES, 1},
};

/* Where a control's range and the like come from: a port, or a parameter's address. */
struct source {
    struct catalogue *c;
    const LilvPlugin *lilv;
    const LilvPort *port;
    const LilvNode *parameter;
};

static LilvNode *get(const struct source *s, const char *predicate) {
    const LilvNode *node = catalogue_node(s->c, predicate);
    return s->port ? lilv_port_get(s->lilv, s->port, node)
                   : lilv_world_get(s->c->world, s->parameter, node, NULL);
}

static bool has(const struct source *s, const char *property) {
    const LilvNode *node = catalogue_node(s->c, property);
    return s->port ? lilv_port_has_property(s->lilv, s->port, node)
                   : lilv_world_ask(s->c->world, s->parameter,
                                    catalogue_node(s->c, LV2_CORE__portProperty), node);
}

static const char *get_text(const struct source *s, const char *predicate) {
    LilvNode *node = get(s, predicate);
    const char *text = node ? ton_arena_text(s->c->arena, lilv_node_as_string(node)) : NULL;
    lilv_node_free(node);
    return text;
}

static float get_number(const struct source *s, const char *predicate, float otherwise) {
    LilvNode *node = get(s, predicate);
    float number = otherwise;
    if (node && (lilv_node_is_float(node) || lilv_node_is_int(node)))
        number = lilv_node_as_float(node);
    else if (node && lilv_node_is_bool(node))
        number = lilv_node_as_bool(node) ? 1.0F : 0.0F;
    lilv_node_free(node);
    return isfinite(number) ? number : otherwise;
}

static void read_unit(struct ton_row *row, struct control *control, const struct source *s) {
    const char *unit = get_text(s, LV2_UNITS__unit);
    control->factor = 1;
    for (int i = 0; unit && i < TON_N(units); i++) {
        if (strcmp(units[i].uri, unit) != 0)
            continue;
        row->unit = units[i].unit;
        control->factor = units[i].factor;
    }
}

struct point {
    float value;
    const char *label;
};

static int by_value(const void *a, const void *b) {
    const float x = ((const struct point *)a)->value, y = ((const struct point *)b)->value;
    return (x > y) - (x < y);
}

/* One that lacks a label or a number is none. */
static bool read_point(struct point *out, struct catalogue *c, const LilvNode *node) {
    const struct source s = {.c = c, .parameter = node};
    LilvNode *label = get(&s, LILV_NS_RDFS "label");
    out->value = get_number(&s, LILV_NS_RDF "value", NAN);
    out->label = label ? catalogue_line(c, label) : NULL;
    lilv_node_free(label);
    if (out->label && !*out->label)
        out->label = ton_arena_printf(c->arena, "%g", (double)out->value);
    return out->label && !isnan(out->value);
}

/* lilv_port_get_scale_points ends the program where none has a label. */
static size_t read_points(struct point **out, const struct source *s) {
    const LilvNode *predicate = catalogue_node(s->c, LV2_CORE__scalePoint);
    LilvNodes *nodes = s->port ? lilv_port_get_value(s->lilv, s->port, predicate) : NULL;
    size_t n = 0;
    *out = nodes ? TON_NEW_N(s->c->arena, struct point, lilv_nodes_size(nodes)) : NULL;
    LILV_FOREACH(nodes, i, nodes)
    if (*out)
        n += read_point(&(*out)[n], s->c, lilv_nodes_get(nodes, i));
    lilv_nodes_free(nodes);
    return n;
}

/* Choices in the order of their values. Equal labels get their values behind them. */
static bool read_choices(struct ton_row *row, struct control *control, const struct source *s,
                         struct point *sorted, size_t n) {
    float *values = TON_NEW_N(s->c->arena, float, n);
    const char **labels = TON_NEW_N(s->c->arena, const char *, n + 1);
    if (!values || !labels)
        return false;
    qsort(sorted, n, sizeof *sorted, by_value);
    for (size_t i = 0; i < n; i++) {
        values[i] = sorted[i].value;
        labels[i] = sorted[i].label;
        for (size_t j = 0; j < i && labels[i] && labels[j]; j++)
            if (strcasecmp(labels[i], labels[j]) == 0)
                labels[i] =
                    ton_arena_printf(s->c->arena, "%s (%g)", sorted[i].label, (double)values[i]);
    }
    control->points = values;
    row->kind = TON_CHOICE;
    row->unit = TON_UNIT_NONE;
    row->choices = labels;
    row->min = 0;
    row->max = (float)n - 1;
    row->def = control_ours(control, row, get_number(s, LV2_CORE__default, 0));
    return true;
}

/* A range that is missing, or the wrong way round, still has to be one. */
static void read_range(struct control *control, const struct source *s) {
    enum { WIDE = 1000000 };
    const bool toggled = has(s, LV2_CORE__toggled);
    control->low = get_number(s, LV2_CORE__minimum, toggled ? 0 : -WIDE);
    control->high = get_number(s, LV2_CORE__maximum, toggled ? 1 : WIDE);
    if (control->high < control->low) {
        const float low = control->high;
        control->high = control->low;
        control->low = low;
    }
}

/* Sample rates that a row must reach over when its value is a part of the rate. */
#define LOWEST_RATE 8000.0
#define USUAL_RATE 48000.0F
#define HIGHEST_RATE 384000.0

/* Where something starts of which only the range is said, or not even that. */
static float usual(const struct control *control, const struct source *s) {
    const float from = get_number(s, LV2_CORE__minimum, 0);
    return from < control->low ? control->low : from > control->high ? control->high : from;
}

static void read_numbers(struct ton_row *row, struct control *control, const struct source *s) {
    control->of_rate = has(s, LV2_CORE__sampleRate);
    row->kind =
        has(s, LV2_CORE__toggled) ? TON_SWITCH
        : has(s, LV2_CORE__integer) || (control->type && strcmp(control->type, LV2_ATOM__Int) == 0)
            ? TON_COUNT
            : TON_NUMBER;
    if (control->of_rate) {
        row->kind = TON_NUMBER;
        row->unit = TON_UNIT_HZ;
        control->factor = 1;
        row->min = (float)((double)control->low * LOWEST_RATE);
        row->max = (float)((double)control->high * HIGHEST_RATE);
    } else {
        row->min = (float)((double)control->low / control->factor);
        row->max = (float)((double)control->high / control->factor);
    }
    if (row->kind == TON_SWITCH) {
        row->unit = TON_UNIT_NONE;
        row->min = 0;
        row->max = 1;
    }
    if (row->kind == TON_COUNT && (row->min != floorf(row->min) || row->max != floorf(row->max)))
        row->kind = TON_NUMBER;
    const float theirs = get_number(s, LV2_CORE__default, usual(control, s));
    row->def = control_ours(control, row, control->of_rate ? theirs * USUAL_RATE : theirs);
    row->def = row->def < row->min ? row->min : row->def > row->max ? row->max : row->def;
    if (row->kind == TON_COUNT)
        row->def = roundf(row->def);
    if (has(s, LV2_PORT_PROPS__logarithmic) && row->min > 0)
        row->scale = TON_LOGARITHMIC;
    row->digits = row->kind == TON_COUNT ? 0 : row->max - row->min <= 10.0F ? 4 : 2;
}

static bool read_row(struct ton_row *row, struct control *control, const struct source *s) {
    struct point *points = NULL;
    const size_t n = has(s, LV2_CORE__enumeration) ? read_points(&points, s) : 0;
    bool good = true;
    read_unit(row, control, s);
    read_range(control, s);
    if (n > 1)
        good = read_choices(row, control, s, points, n);
    else
        read_numbers(row, control, s);
    if (has(s, LV2_PORT_PROPS__notAutomatic))
        row->flags |= TON_ROW_FIXED;
    const char *comment = get_text(s, LILV_NS_RDFS "comment");
    row->label = control->name;
    row->help = comment
                    ? comment
                    : ton_arena_printf(s->c->arena, "%s (`%s`).", control->name, control->symbol);
    return good && !ton_arena_failed(s->c->arena);
}

bool row_of_port(struct ton_row *row, struct control *control, struct catalogue *c,
                 const LilvPlugin *lilv, const LilvPort *port, int index) {
    const struct source s = {.c = c, .lilv = lilv, .port = port};
    LilvNode *name = lilv_port_get_name(lilv, port);
    *control = (struct control){.port = index};
    control->symbol =
        ton_arena_text(c->arena, lilv_node_as_string(lilv_port_get_symbol(lilv, port)));
    control->name = name ? catalogue_line(c, name) : NULL;
    if (!control->name || !*control->name)
        control->name = control->symbol;
    lilv_node_free(name);
    return control->symbol && control->name && read_row(row, control, &s);
}

/* The part of an address behind its last `#`, `/` or `:`. */
static const char *last_part(const char *uri) {
    const char *last = uri;
    for (const char *c = uri; *c; c++)
        if (strchr("#/:", *c) && c[1])
            last = c + 1;
    return last;
}

bool row_of_parameter(struct ton_row *row, struct control *control, struct catalogue *c,
                      const LilvNode *parameter) {
    static const char *const numbers[] = {LV2_ATOM__Float, LV2_ATOM__Double, LV2_ATOM__Int,
                                          LV2_ATOM__Long, LV2_ATOM__Bool};
    const struct source s = {.c = c, .parameter = parameter};
    const char *type = get_text(&s, LILV_NS_RDFS "range");
    bool known = false;
    for (int i = 0; type && i < TON_N(numbers); i++)
        known = known || strcmp(type, numbers[i]) == 0;
    if (!known)
        return false; /* a text or a file: state carries it */
    const char *uri = ton_arena_text(c->arena, lilv_node_as_uri(parameter));
    *control = (struct control){.port = -1, .parameter = uri, .type = type};
    control->symbol = uri ? last_part(uri) : NULL;
    control->name = get_text(&s, LILV_NS_RDFS "label");
    if (!control->name)
        control->name = control->symbol;
    LilvNode *start = get(&s, LV2_CORE__default);
    control->free = start == NULL;
    lilv_node_free(start);
    *row = (struct ton_row){.kind = TON_NUMBER};
    if (!uri || !read_row(row, control, &s))
        return false;
    if (strcmp(type, LV2_ATOM__Bool) == 0) {
        row->kind = TON_SWITCH;
        row->min = 0;
        row->max = 1;
    }
    return true;
}

/* `Attack Time (ms)` is `attack_time`. */
static size_t words_to(char out[TON_LONGEST_KEY], const char *name) {
    size_t n = 0;
    int depth = 0;
    for (const char *c = name; *c && n < TON_LONGEST_KEY - 8; c++) {
        depth += *c == '(' || *c == '[' ? 1 : 0;
        const bool upper = *c >= 'A' && *c <= 'Z';
        const bool word = upper || (*c >= 'a' && *c <= 'z') || (*c >= '0' && *c <= '9');
        if (depth == 0 && word)
            out[n++] = (char)(upper ? *c - 'A' + 'a' : *c);
        else if (n > 0 && out[n - 1] != '_')
            out[n++] = '_';
        depth -= (*c == ')' || *c == ']') && depth > 0 ? 1 : 0;
    }
    n -= n > 0 && out[n - 1] == '_';
    out[n] = '\0';
    return n;
}

static bool is_taken(const struct ton_row *rows, int n, const char *key) {
    for (int i = 0; i < n; i++)
        if (strcmp(rows[i].key, key) == 0)
            return true;
    return false;
}

bool rows_give_keys(struct ton_row *rows, struct control *controls, int n, struct ton_arena *a) {
    for (int i = 0; i < n; i++) {
        char key[TON_LONGEST_KEY];
        if (words_to(key, controls[i].name) == 0 || is_taken(rows, i, key))
            words_to(key, controls[i].symbol);
        const size_t length = strlen(key);
        for (int number = 2; length == 0 || is_taken(rows, i, key); number++)
            snprintf(key + length, sizeof key - length, "_%d", number);
        rows[i].key = ton_arena_text(a, key);
        if (!rows[i].key)
            return false;
    }
    return true;
}

float control_value(const struct control *control, const struct ton_row *row, float ours,
                    double rate) {
    if (row->kind == TON_CHOICE) {
        const int i = (int)(ours + 0.5F);
        return control->points[i < 0 ? 0 : i > (int)row->max ? (int)row->max : i];
    }
    if (row->kind == TON_SWITCH)
        return ours >= 0.5F ? 1.0F : 0.0F;
    const double theirs = (double)ours * control->factor;
    const double scale = control->of_rate ? rate : 1.0;
    const double low = (double)control->low * scale, high = (double)control->high * scale;
    return (float)(theirs < low ? low : theirs > high ? high : theirs);
}

float control_ours(const struct control *control, const struct ton_row *row, float theirs) {
    if (row->kind == TON_CHOICE) {
        int nearest = 0;
        for (int i = 1; i <= (int)row->max; i++)
            if (fabsf(control->points[i] - theirs) < fabsf(control->points[nearest] - theirs))
                nearest = i;
        return (float)nearest;
    }
    if (row->kind == TON_SWITCH)
        return theirs > 0.0F ? 1.0F : 0.0F;
    return (float)((double)theirs / control->factor);
}
