/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sections, and the arrangement: what sounds in each section is copied to where the arrangement
 * plays it. Sections that follow each other as they were recorded stay in one piece; at every other
 * seam the clips that are cut reach 2.5 ms over it on both sides and fade with equal power. Before
 * the first section and behind the last there is nothing to reach into. */
#include "build.h"

#include "ton/order.h"

enum { MOST_ENTRIES = 10000, MOST_CLIPS = 1000000, CUT_US = 2500 };

static const struct ton_field section_fields[] = {
    {.row = {.key = "from",
             .kind = TON_TEXT,
             .flags = TON_ROW_REQUIRED,
             .help = "Where the section begins, such as `9|1`."},
     .schema = ton_schema_position},
    {.row = {.key = "to",
             .kind = TON_TEXT,
             .flags = TON_ROW_REQUIRED,
             .help = "Where the section ends, such as `25|1`."},
     .schema = ton_schema_position},
};

static void read_edge(struct ton_reader *r, const struct ton_field *field,
                      const struct ton_node *key, const struct ton_node *value, void *out) {
    (void)key;
    struct ton_build *b = ton_build_of(r);
    ton_build_time(b, value, TON_TIME_POSITION, true, 0,
                   (int64_t *)(void *)((char *)out + field->offset));
}

struct found_section {
    struct ton_section section;
    const struct ton_node *key;
};

static int by_start(const void *a, const void *b) {
    const struct found_section *x = a, *y = b;
    if (x->section.from != y->section.from)
        return x->section.from < y->section.from ? -1 : 1;
    return x->key->line != y->key->line ? x->key->line - y->key->line
                                        : x->key->column - y->key->column;
}

/* Says for each section that begins before the one above it has ended which one that is; a section
 * that is too long meets many others, and is said once. */
static void check_overlaps(struct ton_build *b, struct found_section *found, int n) {
    if (n > 1)
        qsort(found, (size_t)n, sizeof *found, by_start);
    for (int i = 1; i < n; i++)
        if (found[i].section.from < found[i - 1].section.to)
            ton_node_error(b->r.doc, found[i].key,
                           "the section `%s` begins before `%s` has ended; sections cannot overlap",
                           found[i].section.name, found[i - 1].section.name);
}

void ton_read_sections(struct ton_reader *r, const struct ton_field *field,
                       const struct ton_node *key, const struct ton_node *value, void *out) {
    (void)field, (void)key, (void)out;
    struct ton_build *b = ton_build_of(r);
    b->sections = value;
    if (ton_node_is_null(value))
        return;
    if (value->kind != TON_NODE_MAP) {
        ton_node_error(r->doc, value,
                       "`sections` is a mapping such as `{verse: {from: 9|1, to: "
                       "25|1}}`, not %s",
                       ton_node_found(r->doc, value));
        return;
    }
    ton_node_refuse_duplicates(r->doc, value, "section");
    size_t room = value->n > 0 ? (size_t)value->n : 1;
    struct found_section *found = TON_NEW_N(r->arena, struct found_section, room);
    b->s->sections = TON_NEW_N(r->arena, struct ton_section, room);
    if (!found || !b->s->sections)
        return;
    int n_found = 0;
    struct ton_field fields[] = {section_fields[0], section_fields[1]};
    fields[0].read = fields[1].read = read_edge;
    fields[0].offset = offsetof(struct ton_section, from);
    fields[1].offset = offsetof(struct ton_section, to);
    for (int i = 0; i < value->n; i++) {
        const struct ton_node *name = ton_node_key(value, i), *body = ton_node_value(value, i);
        const size_t unsure = b->n_unsure;
        struct ton_section section = {.name = name->text ? name->text : "", .from = -1, .to = -1};
        ton_fields_read(r, TON_COUNTED(fields), body, "a section", &section);
        b->s->sections[b->s->n_sections++] = section;
        if (section.from < 0 || section.to < 0 || unsure != b->n_unsure)
            continue;
        if (section.to <= section.from)
            ton_node_error(r->doc, body, "the section `%s` ends before it begins", section.name);
        else
            found[n_found++] = (struct found_section){section, name};
    }
    check_overlaps(b, found, n_found);
}

struct ton_json *ton_schema_sections(const struct ton_field *field) {
    struct ton_json *map = ton_schema_map(ton_fields_schema(TON_COUNTED(section_fields)));
    ton_json_set(map, "description", ton_json_string(field->row.help));
    return map;
}

/* A stretch of the written timeline, and where it is played. */
struct run {
    int64_t from, to, at;
    bool last; /* nothing follows that its clips could reach into */
};

/* The names are those that were written: also of sections that were refused. */
static void say_unknown_section(struct ton_build *b, const struct ton_node *name) {
    const int n = b->sections->n;
    const char **names = TON_NEW_N(b->r.arena, const char *, n > 0 ? n : 1);
    for (int i = 0; names && i < n; i++) {
        const struct ton_node *key = ton_node_key(b->sections, i);
        names[i] = key->kind == TON_NODE_SCALAR ? key->text : "";
    }
    const char *nearest = names ? ton_nearest(name->text, names, (size_t)n) : NULL;
    ton_build_unknown(
        b, name, ton_arena_printf(b->r.arena, "section %s", name->text),
        ton_arena_printf(b->r.arena, "`arrangement` plays `%s`, but no section has that name%s%s%s",
                         name->text, nearest ? "; did you mean `" : "", nearest ? nearest : "",
                         nearest ? "`?" : ""));
}

static const struct ton_section *find_section(struct ton_build *b, const struct ton_node *name) {
    if (name->kind != TON_NODE_SCALAR) {
        ton_node_error(b->r.doc, name, "an entry of `arrangement` is a section's name");
        return NULL;
    }
    const struct ton_session *s = b->s;
    for (int i = 0; i < s->n_sections; i++)
        if (!strcmp(s->sections[i].name, name->text))
            return &s->sections[i];
    if (!b->sections || ton_node_is_null(b->sections))
        ton_build_unknown(b, name, "sections",
                          ton_arena_printf(b->r.arena,
                                           "`arrangement` plays `%s`, but there are no `sections`",
                                           name->text));
    else if (b->sections->kind == TON_NODE_MAP && !ton_node_get(b->sections, name->text))
        say_unknown_section(b, name);
    return NULL;
}

/* The arrangement's stretches; neighbours that were recorded as neighbours are one. */
static int find_runs(struct ton_build *b, struct run *runs) {
    int n = 0;
    int64_t at = 0;
    for (int i = 0; i < b->arrangement->n; i++) {
        const struct ton_section *section = find_section(b, b->arrangement->items[i]);
        if (!section)
            continue;
        b->s->arrangement[b->s->n_arrangement++] = section->name;
        if (n > 0 && runs[n - 1].to == section->from)
            runs[n - 1].to = section->to;
        else
            runs[n++] = (struct run){section->from, section->to, at, false};
        at += section->to - section->from;
    }
    if (n > 0)
        runs[n - 1].last = true;
    return n;
}

/* The part of a clip that sounds in a run, at its new place. False when none does. */
static bool cut(const struct ton_clip *clip, const struct run *run, int64_t half,
                struct ton_clip *out) {
    int64_t start = clip->at, end = clip->at + clip->frames;
    if (end <= run->from || start >= run->to)
        return false;
    *out = *clip;
    if (start < run->from) {
        int64_t lost = run->from - start;
        int64_t reach = ton_least(ton_least(half, lost), run->at);
        bool in_fade = clip->fade_in > lost + half;
        out->fade_in = ton_most(half + reach, clip->fade_in - lost);
        out->equal_power_in = in_fade ? clip->equal_power_in : true;
        start = run->from - reach;
    }
    if (end > run->to) {
        int64_t lost = end - run->to;
        int64_t reach = run->last ? 0 : ton_least(half, lost);
        bool in_fade = clip->fade_out > lost + half;
        out->fade_out = ton_most(half + reach, clip->fade_out - lost);
        out->equal_power_out = in_fade ? clip->equal_power_out : true;
        end = run->to + reach;
    }
    out->at = run->at + (start - run->from);
    out->from = clip->from + (start - clip->at);
    out->frames = end - start;
    out->fade_in = ton_least(out->fade_in, out->frames);
    out->fade_out = ton_least(out->fade_out, out->frames);
    return true;
}

static int by_place(const void *a, const void *b) {
    const struct ton_clip *x = a, *y = b;
    return (x->at > y->at) - (x->at < y->at);
}

/* `half`: frames that they reach over a seam. */
static void arrange_clips(struct ton_build *b, struct ton_clip **list, int *n_list, int64_t half,
                          const struct run *runs, int n_runs) {
    struct ton_clip *clips = NULL;
    size_t n = 0, capacity = 0;
    bool sorted = true;
    for (int r = 0; r < n_runs; r++) {
        for (int i = 0; i < *n_list && (*list)[i].at < runs[r].to; i++) {
            struct ton_clip piece;
            if (!cut(&(*list)[i], &runs[r], half, &piece))
                continue;
            if (b->n_clips++ >= MOST_CLIPS) {
                ton_node_error(b->r.doc, b->arrangement,
                               "the arrangement makes more than 1,000,000 clips");
                return;
            }
            struct ton_clip *slot = TON_PUSH(b->r.arena, clips, n, capacity);
            if (!slot)
                return;
            *slot = piece;
            sorted = sorted && (n < 2 || clips[n - 2].at <= piece.at);
        }
    }
    if (!sorted)
        qsort(clips, n, sizeof *clips, by_place);
    *list = clips;
    *n_list = (int)n;
}

static bool has_steps(const struct ton_lane *lane) {
    return lane->row->kind == TON_SWITCH || lane->row->kind == TON_CHOICE ||
           lane->row->kind == TON_COUNT;
}

/* The value that a lane has come to when a run ends: at a step there, the one before it. */
static float value_before(const struct ton_lane *lane, int64_t frame) {
    for (int i = 0; i < lane->n && lane->points[i].frame <= frame; i++)
        if (lane->points[i].frame == frame)
            return lane->points[i].value;
    return ton_lane_at(lane, frame);
}

static void add_point(struct ton_build *b, struct ton_lane *out, size_t *capacity, int64_t frame,
                      float value) {
    const struct ton_point *last = out->n > 0 ? &out->points[out->n - 1] : NULL;
    if (last && last->frame == frame && last->value == value)
        return;
    size_t n = (size_t)out->n;
    struct ton_point *point = TON_PUSH(b->r.arena, out->points, n, *capacity);
    if (point)
        *point = (struct ton_point){frame, value};
    out->n = (int)n;
}

static void arrange_lane(struct ton_build *b, struct ton_lane *lane, const struct run *runs,
                         int n_runs) {
    if (lane->n == 1)
        return;
    struct ton_lane out = *lane;
    size_t capacity = 0;
    out.points = NULL;
    out.n = 0;
    for (int r = 0; r < n_runs; r++) {
        const struct run *run = &runs[r];
        add_point(b, &out, &capacity, run->at, ton_lane_at(lane, run->from));
        for (int i = 0; i < lane->n && lane->points[i].frame < run->to; i++)
            if (lane->points[i].frame > run->from)
                add_point(b, &out, &capacity, run->at + lane->points[i].frame - run->from,
                          lane->points[i].value);
        if (!has_steps(lane))
            add_point(b, &out, &capacity, run->at + run->to - run->from,
                      value_before(lane, run->to));
        if (out.n > MOST_CLIPS) {
            ton_node_error(b->r.doc, b->arrangement,
                           "the arrangement makes more than 1,000,000 automation points");
            return;
        }
    }
    if (out.n > 0)
        *lane = out;
}

void ton_build_arrangement(struct ton_build *b) {
    const struct ton_node *list = b->arrangement;
    if (!list || ton_node_is_null(list))
        return;
    if (list->kind != TON_NODE_LIST || list->n > MOST_ENTRIES) {
        ton_node_error(b->r.doc, list,
                       "`arrangement` is a list of at most %d sections such as "
                       "`[intro, verse, chorus]`",
                       MOST_ENTRIES);
        return;
    }
    const int room = list->n > 0 ? list->n : 1;
    struct run *runs = TON_NEW_N(b->r.arena, struct run, room);
    b->s->arrangement = TON_NEW_N(b->r.arena, const char *, room);
    int n = runs && b->s->arrangement ? find_runs(b, runs) : 0;
    if (b->r.doc->problems->n_errors > 0 || b->n_unknowns > 0)
        return;
    const int64_t half = (int64_t)b->s->rate * CUT_US / 1000000;
    b->n_clips = 0;
    for (int i = 0; n > 0 && i < b->s->n_strips; i++) {
        struct ton_strip *strip = &b->s->strips[i];
        arrange_clips(b, &strip->clips, &strip->n_clips, half, runs, n);
        arrange_clips(b, &strip->notes, &strip->n_notes, 0, runs, n);
        for (int k = 0; k < strip->n_lanes; k++)
            arrange_lane(b, &strip->lanes[k], runs, n);
    }
}
