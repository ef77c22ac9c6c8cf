/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads `tempo` and `meter` of a session into a tempo map. */
#include "build.h"
#include "times.h"

enum { MOST_CHANGES = 100000, MOST_BEATS = 64, REFUSED = 0 /* a bar that is none */ };

static const struct ton_row bpm_row = {
    .key = "tempo",
    .kind = TON_NUMBER,
    .unit = TON_UNIT_BPM,
    .min = 1,
    .max = 2000,
    .digits = 4,
    .flags = TON_ROW_OPEN,
    .help = "Beats a minute; a beat is the meter's lower "
            "number. In a list: as before, note for note, when not given."};

static bool parse_meter(const char *text, int *beats, int *unit) {
    char *slash, *end;
    if (*text < '0' || *text > '9')
        return false;
    long above = strtol(text, &slash, 10);
    if (*slash != '/' || slash[1] < '0' || slash[1] > '9')
        return false;
    long below = strtol(slash + 1, &end, 10);
    bool is_note = below >= 1 && below <= 64 && (below & (below - 1)) == 0;
    if (*end || above < 1 || above > 64 || !is_note)
        return false;
    *beats = (int)above;
    *unit = (int)below;
    return true;
}

static bool meter_of(struct ton_reader *r, const struct ton_field *field,
                     const struct ton_node *value, int *beats, int *unit) {
    const char *text;
    if (!ton_text_read(r, &field->row, value, &text))
        return false;
    if (parse_meter(text, beats, unit))
        return true;
    ton_node_error(r->doc, value,
                   "`%s` is no meter; write 1 to 64 beats over 1, 2, 4, 8, 16, 32 or 64, such as "
                   "4/4 or 6/8",
                   text);
    return false;
}

void ton_read_meter(struct ton_reader *r, const struct ton_field *field, const struct ton_node *key,
                    const struct ton_node *value, void *out) {
    (void)key;
    struct ton_build *b = out;
    if (meter_of(r, field, value, &b->beats_per_bar, &b->beat_unit))
        return;
    b->bars_refused = true;
    b->beats_per_bar = MOST_BEATS; /* any beat may be one */
}

/* One entry of the list. */
struct change {
    struct ton_tempo_entry entry;
};

static bool is_bar_place(const char *text, int part[3]) {
    const char *p = text;
    part[2] = 0;
    for (int n = 0; n < 3; n++) {
        char *end;
        if (*p < '0' || *p > '9')
            return false;
        long value = strtol(p, &end, 10);
        if (value > 1000000)
            return false;
        part[n] = (int)value;
        if (!*end)
            return n > 0;
        if (*end != '|')
            return false;
        p = end + 1;
    }
    return false;
}

static void read_at(struct ton_reader *r, const struct ton_field *field, const struct ton_node *key,
                    const struct ton_node *value, void *out) {
    (void)key;
    struct change *c = out;
    const char *text;
    int part[3];
    if (!ton_text_read(r, &field->row, value, &text))
        return;
    if (!is_bar_place(text, part)) {
        ton_node_error(r->doc, value,
                       "`%s` is no place for a tempo change; write bar|beat such as `17|1`", text);
        return;
    }
    if (part[0] < 1 || part[1] < 1) {
        ton_node_error(r->doc, value, "`%s`: bars and beats are counted from 1", text);
        return;
    }
    c->entry.bar = part[0];
    c->entry.beat = part[1];
    c->entry.tick = part[2];
}

static void read_change_meter(struct ton_reader *r, const struct ton_field *field,
                              const struct ton_node *key, const struct ton_node *value, void *out) {
    (void)key;
    struct change *c = out;
    meter_of(r, field, value, &c->entry.beats_per_bar, &c->entry.beat_unit);
}

static void read_bpm(struct ton_reader *r, const struct ton_field *field,
                     const struct ton_node *key, const struct ton_node *value, void *out) {
    (void)field;
    struct ton_field bpm = {.row = bpm_row, .offset = offsetof(struct change, entry.bpm)};
    ton_read_double(r, &bpm, key, value, out);
}

static struct ton_json *schema_bpm(const struct ton_field *field) {
    (void)field;
    return ton_row_schema(&bpm_row);
}

static struct ton_json *schema_bar_place(const struct ton_field *field) {
    return ton_schema_pattern("^" TON_PATTERN_FROM_1 "\\|" TON_PATTERN_FROM_1 "(\\|[0-9]+)?$",
                              field->row.help);
}

static const struct ton_field change_fields[] = {
    {.row = {.key = "at",
             .kind = TON_TEXT,
             .flags = TON_ROW_REQUIRED,
             .help = "Where it begins, as bar|beat such as `17|1`."},
     .read = read_at,
     .schema = schema_bar_place},
    {.row = {.key = "tempo",
             .kind = TON_TEXT,
             .help = "Beats a minute; when not given, notes stay as long as they were."},
     .read = read_bpm,
     .schema = schema_bpm},
    {.row = {.key = "meter", .kind = TON_TEXT, .help = "The meter; as before when not given."},
     .read = read_change_meter,
     .schema = ton_schema_meter},
    {.row = {.key = "ramp",
             .kind = TON_SWITCH,
             .help = "Glides to the next entry's tempo, by equal steps of bpm a beat."},
     .read = ton_read_switch,
     .offset = offsetof(struct change, entry.ramp)},
};

/* One that was refused in part counts as far as it was read. */
static struct ton_tempo_entry read_change(struct ton_build *b, const struct ton_node *node,
                                          const struct ton_tempo_entry *last) {
    const size_t errors = b->r.doc->problems->n_errors;
    struct change c = {.entry = {.bar = REFUSED, .beat = 1}};
    struct ton_tempo_entry *entry = &c.entry;
    ton_fields_read(&b->r, TON_COUNTED(change_fields), node, "a tempo change", &c);
    const bool refused = errors != b->r.doc->problems->n_errors;
    if (entry->beat_unit == 0) {
        entry->beats_per_bar = last ? last->beats_per_bar : b->beats_per_bar;
        entry->beat_unit = last ? last->beat_unit : b->beat_unit;
        if (refused && ton_node_get(node, "meter"))
            entry->beats_per_bar = MOST_BEATS;
    }
    if (entry->bpm == 0.0 && !last && !refused)
        ton_node_error(b->r.doc, node, "the first tempo change needs a `tempo` such as `96 bpm`");
    if (entry->bpm == 0.0)
        entry->bpm = last ? last->bpm * entry->beat_unit / last->beat_unit : 120;
    return c.entry;
}

/* Each against the one before it, unless that was refused. */
static void check_changes(struct ton_build *b, const struct ton_tempo_entry *entries, int n,
                          const struct ton_node *value) {
    const bool list = value->kind == TON_NODE_LIST;
    for (int i = 0; i < n; i++) {
        struct ton_err err = {0};
        const struct ton_tempo_entry *last = i > 0 ? &entries[i - 1] : NULL;
        if (entries[i].bar == REFUSED || (last && last->bar == REFUSED) ||
            ton_tempo_check_entry(&entries[i], last, i + 1, &err) == TON_OK)
            continue;
        const struct ton_node *at = list ? ton_node_get(value->items[i], "at") : NULL;
        ton_node_error(b->r.doc, at ? at : list ? value->items[i] : value, "%s", err.text);
    }
}

void ton_read_tempo(struct ton_reader *r, const struct ton_field *field, const struct ton_node *key,
                    const struct ton_node *value, void *out) {
    (void)field;
    struct ton_build *b = out;
    int n = value->kind == TON_NODE_LIST ? value->n : 1;
    struct ton_tempo_entry *entries = TON_NEW_N(r->arena, struct ton_tempo_entry, n > 0 ? n : 1);
    if (!entries)
        return;
    size_t errors = r->doc->problems->n_errors;
    if (value->kind == TON_NODE_LIST) {
        if (n == 0 || n > MOST_CHANGES)
            ton_node_error(r->doc, value, "a tempo list has 1 to %d changes", MOST_CHANGES);
        for (int i = 0; i < n && n <= MOST_CHANGES; i++)
            entries[i] = read_change(b, value->items[i], i > 0 ? &entries[i - 1] : NULL);
    } else {
        struct change c = {
            .entry = {
                .bar = 1, .beat = 1, .beats_per_bar = b->beats_per_bar, .beat_unit = b->beat_unit}};
        read_bpm(r, field, key, value, &c);
        entries[0] = c.entry;
    }
    if (errors == r->doc->problems->n_errors || value->kind == TON_NODE_LIST)
        check_changes(b, entries, n <= MOST_CHANGES ? n : 0, value);
    if (errors == r->doc->problems->n_errors &&
        ton_tempo_create(&b->s->tempo, r->arena, b->s->rate, entries, n, NULL) == TON_OK)
        b->bars = b->s->tempo;
    if (errors != r->doc->problems->n_errors || b->bars_refused)
        ton_build_refuse_bars(b);
}

struct ton_json *ton_schema_meter(const struct ton_field *field) {
    return ton_schema_pattern("^" TON_PATTERN_FROM_1 "/(1|2|4|8|16|32|64)$", field->row.help);
}

struct ton_json *ton_schema_tempo(const struct ton_field *field) {
    struct ton_json *const forms[] = {
        ton_row_schema(&bpm_row), ton_schema_list(ton_fields_schema(TON_COUNTED(change_fields)))};
    struct ton_json *any = ton_schema_any_of(forms, 2);
    ton_json_set(any, "description", ton_json_string(field->row.help));
    return any;
}
