/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads automation: lanes and their points; and gives a lane's value at a frame. */
#include "targets.h"

/* Index of the last point at or before the frame; -1: none. */
static int last_point(const struct ton_lane *lane, int64_t frame) {
    int low = -1, high = lane->n - 1;
    while (low < high) {
        int middle = low + (high - low + 1) / 2;
        if (lane->points[middle].frame <= frame)
            low = middle;
        else
            high = middle - 1;
    }
    return low;
}

float ton_lane_at(const struct ton_lane *lane, int64_t frame) {
    int i = last_point(lane, frame);
    if (i < 0)
        return lane->points[0].value;
    const struct ton_point *a = &lane->points[i];
    if (i == lane->n - 1 || a->frame == frame)
        return a->value;
    const struct ton_point *b = a + 1;
    return ton_row_between(lane->row, a->value, b->value,
                           (double)(frame - a->frame) / (double)(b->frame - a->frame));
}

static void read_level(struct ton_build *b, const struct ton_row *row, const struct ton_node *value,
                       float *out) {
    if (ton_row_read(&b->r, row, value, out) && !isfinite(*out))
        ton_node_error(b->r.doc, value, "an automation point must be a finite value");
}

/* `row` NULL: what it moves is not known, and only its time is read. */
static bool read_point(struct ton_build *b, const struct ton_row *row, const struct ton_node *node,
                       struct ton_point *out) {
    if (node->kind != TON_NODE_LIST || node->n != 2) {
        ton_node_error(b->r.doc, node, "an automation point is a pair `[time, value]`, not %s",
                       ton_node_found(b->r.doc, node));
        return false;
    }
    const size_t unsure = b->n_unsure;
    const bool timed = ton_build_time(b, node->items[0], TON_TIME_POSITION, true, 0, &out->frame);
    if (row)
        read_level(b, row, node->items[1], &out->value);
    return timed && unsure == b->n_unsure;
}

/* Two points at one time make a step; three say nothing more. */
static void check_order(struct ton_build *b, const struct ton_node *node,
                        const struct ton_point *points, int i) {
    if (i > 0 && points[i].frame < points[i - 1].frame)
        ton_node_error(b->r.doc, node,
                       "automation points must be in the order of their times; this one is before "
                       "the one above it");
    else if (i > 1 && points[i].frame == points[i - 2].frame)
        ton_node_error(b->r.doc, node, "three automation points are at one time; two make a step");
}

/* Keeps the points whose times can be compared; where one cannot, the session is refused. */
static void read_points(struct ton_build *b, const struct ton_node *list, struct ton_lane *lane) {
    if (list->kind != TON_NODE_LIST || list->n == 0) {
        ton_node_error(b->r.doc, list,
                       "automation is a list of points such as `[[1:02.0, 0 dB], [1:04.5, +1.5 "
                       "dB]]`, not %s",
                       list->kind == TON_NODE_LIST ? "an empty one"
                                                   : ton_node_found(b->r.doc, list));
        return;
    }
    lane->points = TON_NEW_N(b->r.arena, struct ton_point, list->n);
    for (int i = 0; lane->points && i < list->n; i++) {
        if (!read_point(b, lane->row, list->items[i], &lane->points[lane->n]))
            continue;
        check_order(b, list->items[i], lane->points, lane->n++);
    }
    lane->n_written = lane->n;
    lane->written = lane->points;
}

static bool same_target(const struct ton_lane *a, const struct ton_lane *b) {
    return a->target == b->target && a->item == b->item && a->parameter == b->parameter;
}

void ton_read_automation(struct ton_reader *r, const struct ton_field *field,
                         const struct ton_node *key, const struct ton_node *value, void *out) {
    (void)field, (void)key;
    struct ton_build *b = ton_build_of(r);
    struct ton_strip *strip = out;
    if (ton_node_is_null(value))
        return;
    if (value->kind != TON_NODE_MAP) {
        ton_node_error(r->doc, value,
                       "`automation` is a mapping such as `{gain: [[0:00, 0 dB]]}`, "
                       "not %s",
                       ton_node_found(r->doc, value));
        return;
    }
    strip->lanes = TON_NEW_N(r->arena, struct ton_lane, value->n > 0 ? value->n : 1);
    for (int i = 0; strip->lanes && i < value->n; i++) {
        const struct ton_node *target = ton_node_key(value, i);
        struct ton_lane *lane = &strip->lanes[strip->n_lanes];
        if (target->kind != TON_NODE_SCALAR) {
            ton_node_error(r->doc, target, "automation is named by a parameter");
            continue;
        }
        *lane =
            (struct ton_lane){.item = -1, .parameter = -1, .where = ton_node_where(r->doc, target)};
        const bool found = ton_lane_target(b, strip, target, lane);
        bool twice = false;
        for (int k = 0; found && k < strip->n_lanes && !twice; k++)
            twice = same_target(&strip->lanes[k], lane);
        if (twice)
            ton_node_error(r->doc, target, "`%s` is automated twice", target->text);
        read_points(b, ton_node_value(value, i), lane);
        strip->n_lanes += found && lane->n > 0;
    }
}

static struct ton_json *schema_points(struct ton_json *value) {
    struct ton_json *pair = ton_schema_of("array", NULL), *items = ton_json_array();
    ton_json_add(items, ton_schema_position(NULL));
    ton_json_add(items, value);
    ton_json_set(pair, "prefixItems", items);
    ton_json_set(pair, "minItems", ton_json_integer(2));
    ton_json_set(pair, "maxItems", ton_json_integer(2));
    struct ton_json *list = ton_schema_list(pair);
    ton_json_set(list, "minItems", ton_json_integer(1));
    return list;
}

struct ton_json *ton_schema_automation(const struct ton_field *field) {
    struct ton_json *j = ton_schema_of("object", field->row.help);
    struct ton_json *own = ton_json_object(), *patterns = ton_json_object();
    for (int i = TON_AUTOMATE_GAIN; i <= TON_AUTOMATE_MUTE; i++)
        ton_json_set(own, ton_automation_rows[i].key,
                     schema_points(ton_row_schema(&ton_automation_rows[i])));
    ton_json_set(patterns, "^sends?[. ].",
                 schema_points(ton_row_schema(&ton_automation_rows[TON_AUTOMATE_SEND])));
    ton_json_set(patterns, "^[^.]+\\..+", schema_points(ton_schema_text(NULL)));
    ton_json_set(j, "properties", own);
    ton_json_set(j, "patternProperties", patterns);
    ton_json_set(j, "additionalProperties", ton_json_bool(false));
    return j;
}
