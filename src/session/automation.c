/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads automation: which parameter a lane moves, and its points; and gives a lane's value at a
 * frame. */
#include "build.h"

/* Gain and sends are moved by offsets in dB, so that the balance of the faders stays the person's.
 */
const struct ton_row ton_automation_rows[] = {
    [TON_AUTOMATE_GAIN] = {.key = "gain",
                           .kind = TON_NUMBER,
                           .unit = TON_UNIT_DB,
                           .min = -144,
                           .max = 24,
                           .digits = 2,
                           .flags = TON_ROW_OFF_MIN,
                           .help = "Offset on the fader, in dB."},
    [TON_AUTOMATE_PAN] = {.key = "pan",
                          .kind = TON_NUMBER,
                          .unit = TON_UNIT_PAN,
                          .min = -100,
                          .max = 100,
                          .digits = 1,
                          .help = "Place between left and right, instead of `pan`."},
    [TON_AUTOMATE_MUTE] = {.key = "mute",
                           .kind = TON_SWITCH,
                           .help = "Silences the strip, instead of `mute`."},
    [TON_AUTOMATE_SEND] = {.key = "send",
                           .kind = TON_NUMBER,
                           .unit = TON_UNIT_DB,
                           .min = -144,
                           .max = 24,
                           .digits = 2,
                           .flags = TON_ROW_OFF_MIN,
                           .help = "Offset on the level of a send, in dB."},
};

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

/* "compressor 2.threshold": the item in the chain (the second compressor) and the rest of the path.
 */
static int find_item(const struct ton_chain *chain, const char *target, size_t n) {
    char name[64];
    if (n == 0 || n >= sizeof name)
        return -1;
    snprintf(name, sizeof name, "%.*s", (int)n, target);
    long number = 1;
    char *space = strrchr(name, ' ');
    if (space && space[1] >= '1' && space[1] <= '9') {
        char *end;
        number = strtol(space + 1, &end, 10);
        if (*end)
            return -1;
        *space = '\0';
    }
    ton_words_to_key(name, sizeof name, name);
    for (int i = 0; i < chain->n; i++)
        if (!strcmp(chain->items[i].processor->id, name) && --number == 0)
            return i;
    return -1;
}

static bool find_send(struct ton_build *b, const struct ton_strip *strip,
                      const struct ton_node *key, const char *name, struct ton_lane *lane) {
    int to = ton_names_get(&b->strips, name);
    for (int i = 0; i < strip->n_sends && to >= 0; i++) {
        if (strip->sends[i].to == to) {
            lane->target = TON_TARGET_SEND;
            lane->item = i;
            lane->row = &ton_automation_rows[TON_AUTOMATE_SEND];
            return true;
        }
    }
    if (!b->sends_refused)
        ton_node_error(b->r.doc, key, "`%s` has no send to `%s` that could be automated",
                       strip->name, name);
    return false;
}

/* "; did you mean `compressor`?", or nothing. */
static const char *nearest_item(struct ton_build *b, const struct ton_chain *chain,
                                const char *name, size_t n) {
    const char **ids = TON_NEW_N(b->r.arena, const char *, chain->n + 1);
    const char *word = ton_arena_copy(b->r.arena, name, n);
    for (int i = 0; ids && i < chain->n; i++)
        ids[i] = chain->items[i].processor->id;
    const char *nearest = ids && word ? ton_nearest(word, ids, (size_t)chain->n) : NULL;
    const char *text = nearest ? ton_arena_printf(b->r.arena, "; did you mean `%s`?",
                                                  ton_key_words(b->r.arena, nearest))
                               : NULL;
    return text ? text : "";
}

static bool find_parameter(struct ton_build *b, const struct ton_strip *strip,
                           const struct ton_node *key, struct ton_lane *lane) {
    const char *dot = strchr(key->text, '.');
    size_t head = (size_t)(dot - key->text);
    lane->target = TON_TARGET_PARAMETER;
    lane->item = find_item(&strip->chain, key->text, head);
    if (lane->item < 0) {
        if (!b->chain_refused)
            ton_node_error(b->r.doc, key, "the chain of `%s` has no `%.*s` to automate%s",
                           strip->name, (int)head, key->text,
                           nearest_item(b, &strip->chain, key->text, head));
        return false;
    }
    const struct ton_processor *p = strip->chain.items[lane->item].processor;
    const char *nearest = NULL;
    lane->row = ton_rows_find(p->rows, p->n_rows, dot + 1, &lane->parameter, &nearest);
    if (!lane->row) {
        ton_node_error(b->r.doc, key, "%s has no `%s`%s%s%s", p->name, dot + 1,
                       nearest ? "; did you mean `" : "",
                       nearest ? ton_key_words(b->r.arena, nearest) : "", nearest ? "`?" : "");
        return false;
    }
    if (lane->row->kind == TON_GROUP || lane->parameter < 0 || lane->parameter >= p->n_params) {
        ton_node_error(b->r.doc, key, "`%s` is not one value and cannot be automated", key->text);
        return false;
    }
    if (lane->row->flags & TON_ROW_FIXED) {
        ton_node_error(b->r.doc, key,
                       "`%s` cannot be automated: it is set before the start because it changes "
                       "the latency or the memory of %s",
                       key->text, p->name);
        return false;
    }
    return true;
}

static bool find_target(struct ton_build *b, const struct ton_strip *strip,
                        const struct ton_node *key, struct ton_lane *lane) {
    static const struct {
        const char *key;
        enum ton_target target;
        int row;
    } own[] = {{"gain", TON_TARGET_GAIN, TON_AUTOMATE_GAIN},
               {"pan", TON_TARGET_PAN, TON_AUTOMATE_PAN},
               {"mute", TON_TARGET_MUTE, TON_AUTOMATE_MUTE}};
    for (int i = 0; i < TON_N(own); i++) {
        if (ton_text_same(key->text, own[i].key)) {
            lane->target = own[i].target;
            lane->row = &ton_automation_rows[own[i].row];
            return true;
        }
    }
    if (ton_text_starts(key->text, "sends."))
        return find_send(b, strip, key, key->text + strlen("sends."), lane);
    if (ton_text_starts(key->text, "send "))
        return find_send(b, strip, key, key->text + strlen("send "), lane);
    if (strchr(key->text, '.'))
        return find_parameter(b, strip, key, lane);
    static const char *const words[] = {"gain", "pan", "mute"};
    const char *nearest = ton_nearest(key->text, words, TON_N(words));
    ton_node_error(b->r.doc, key,
                   nearest ? "unknown automation `%s`; did you mean `%s`?"
                           : "unknown automation `%s`; it can be `gain`, `pan`, `mute`, "
                             "`sends.NAME` or `processor.parameter`%s",
                   key->text, nearest ? nearest : "");
    for (int i = 0; nearest && i < TON_N(own); i++) { /* its points are read all the same */
        if (ton_text_same(nearest, own[i].key)) {
            lane->target = own[i].target;
            lane->row = &ton_automation_rows[own[i].row];
            return true;
        }
    }
    return false;
}

static bool read_level(struct ton_build *b, const struct ton_row *row, const struct ton_node *value,
                       float *out) {
    if (!ton_row_read(&b->r, row, value, out))
        return false;
    if (isfinite(*out))
        return true;
    ton_node_error(b->r.doc, value, "an automation point must be a finite value");
    return false;
}

static bool read_point(struct ton_build *b, const struct ton_lane *lane,
                       const struct ton_node *node, struct ton_point *out) {
    if (node->kind != TON_NODE_LIST || node->n != 2) {
        ton_node_error(b->r.doc, node, "an automation point is a pair `[time, value]`, not %s",
                       ton_node_found(b->r.doc, node));
        return false;
    }
    bool timed = ton_build_time(b, node->items[0], TON_TIME_POSITION, true, 0, &out->frame);
    return read_level(b, lane->row, node->items[1], &out->value) && timed;
}

/* Two points at one time make a step; three say nothing more. */
static void check_order(struct ton_build *b, const struct ton_node *list,
                        const struct ton_point *points, int i) {
    if (i > 0 && points[i].frame < points[i - 1].frame)
        ton_node_error(b->r.doc, list->items[i],
                       "automation points must be in the order of their times; this one is before "
                       "the one above it");
    else if (i > 1 && points[i].frame == points[i - 2].frame)
        ton_node_error(b->r.doc, list->items[i],
                       "three automation points are at one time; two make a step");
}

static bool read_lane(struct ton_build *b, const struct ton_strip *strip,
                      const struct ton_node *key, const struct ton_node *list,
                      struct ton_lane *lane) {
    *lane = (struct ton_lane){.item = -1, .parameter = -1, .where = ton_node_where(b->r.doc, key)};
    if (!find_target(b, strip, key, lane))
        return false;
    if (list->kind != TON_NODE_LIST || list->n == 0) {
        ton_node_error(b->r.doc, list,
                       "automation is a list of points such as `[[1:02.0, 0 dB], [1:04.5, +1.5 "
                       "dB]]`, not %s",
                       list->kind == TON_NODE_LIST ? "an empty one"
                                                   : ton_node_found(b->r.doc, list));
        return false;
    }
    lane->points = TON_NEW_N(b->r.arena, struct ton_point, list->n);
    size_t errors = b->r.doc->problems->n_errors;
    for (int i = 0; lane->points && i < list->n; i++) {
        if (read_point(b, lane, list->items[i], &lane->points[i]) &&
            errors == b->r.doc->problems->n_errors && !b->clock_refused)
            check_order(b, list, lane->points, i);
    }
    lane->n = lane->n_written = list->n;
    lane->written = lane->points;
    return lane->points && errors == b->r.doc->problems->n_errors;
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
        if (!read_lane(b, strip, target, ton_node_value(value, i), lane))
            continue;
        bool twice = false;
        for (int k = 0; k < strip->n_lanes && !twice; k++)
            twice = same_target(&strip->lanes[k], lane);
        if (twice)
            ton_node_error(r->doc, target, "`%s` is automated twice", target->text);
        else
            strip->n_lanes++;
    }
}
