/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What changed in a chain and in automation. The n-th compressor of one chain is the n-th of the
 * other. */
#include "diff.h"

#include "ton/text.h"

struct name {
    char text[512];
};

/* "compressor", or "compressor 2" for the second one. */
static struct name name_of(const struct ton_chain *chain, int item) {
    struct name name;
    char words[64];
    const struct ton_processor *p = chain->items[item].processor;
    int number = 1;
    for (int i = 0; i < item; i++)
        number += chain->items[i].processor == p;
    ton_key_to_words(words, sizeof words, p->id);
    if (number > 1)
        snprintf(name.text, sizeof name.text, "%s %d", words, number);
    else
        snprintf(name.text, sizeof name.text, "%s", words);
    return name;
}

static int find_item(const struct ton_chain *chain, const char *name) {
    for (int i = 0; i < chain->n; i++)
        if (!strcmp(name_of(chain, i).text, name))
            return i;
    return -1;
}

/* "bands" and 1: "band 2". */
static void instance_name(char *out, size_t size, const char *prefix, const char *key, int i) {
    char words[64];
    ton_key_to_words(words, sizeof words, key);
    size_t n = strlen(words);
    if (n > 1 && words[n - 1] == 's')
        words[n - 1] = '\0';
    snprintf(out, size, "%s %s %d", prefix, words, i + 1);
}

static void diff_values(const struct ton_diff *d, const char *prefix, const struct ton_row *rows,
                        int n, const float *a, const float *b);

static void diff_group(const struct ton_diff *d, const char *prefix, const struct ton_row *row,
                       const float *a, const float *b) {
    int size = ton_rows_floats(row->rows, row->n_rows);
    int n_a = (int)a[0], n_b = (int)b[0];
    char name[192];
    for (int i = 0; i < n_a || i < n_b; i++) {
        const float *x = a + 1 + (ptrdiff_t)i * size, *y = b + 1 + (ptrdiff_t)i * size;
        instance_name(name, sizeof name, prefix, row->key, i);
        if (i < n_a && i < n_b)
            diff_values(d, name, row->rows, row->n_rows, x, y);
        else
            ton_diff_say(d, "%s %s", name, i < n_b ? "added" : "removed");
    }
}

static void diff_values(const struct ton_diff *d, const char *prefix, const struct ton_row *rows,
                        int n, const float *a, const float *b) {
    for (int i = 0; i < n; i++) {
        const struct ton_row *row = &rows[i];
        char words[64], from[64], to[64];
        int floats = ton_row_floats(row);
        if (row->kind == TON_GROUP) {
            diff_group(d, prefix, row, a, b);
        } else if (floats == 1 && *a != *b) {
            ton_key_to_words(words, sizeof words, row->key);
            ton_diff_say(d, "%s %s %s to %s", prefix, words,
                         ton_row_format(from, sizeof from, row, *a),
                         ton_row_format(to, sizeof to, row, *b));
        }
        a += floats;
        b += floats;
    }
}

static const char *key_name(const struct ton_session *s, const struct ton_chain_item *item) {
    return item->sidechain >= 0 ? s->strips[item->sidechain].name : NULL;
}

static void diff_item(const struct ton_diff *d, const char *name, const struct ton_chain_item *a,
                      const struct ton_chain_item *b) {
    const struct ton_processor *p = a->processor;
    diff_values(d, name, p->rows, p->n_rows, a->params, b->params);
    if (a->bypass != b->bypass)
        ton_diff_say(d, "%s %s", name, b->bypass ? "bypassed" : "no longer bypassed");
    const char *old = key_name(d->a, a), *now = key_name(d->b, b);
    if (!ton_text_same(old, now))
        ton_diff_say(d, "%s listens to %s instead of %s", name, now ? now : "itself",
                     old ? old : "itself");
}

static void add_name(char *list, size_t size, const char *name) {
    size_t n = strlen(list);
    snprintf(list + n, size - n, "%s%.100s", n ? ", " : "", name);
}

/* The order of what both chains have. */
static void diff_order(const struct ton_diff *d, const struct ton_chain *a,
                       const struct ton_chain *b) {
    char from[4096] = "", to[4096] = "";
    for (int i = 0; i < a->n; i++)
        if (find_item(b, name_of(a, i).text) >= 0)
            add_name(from, sizeof from, name_of(a, i).text);
    for (int i = 0; i < b->n; i++)
        if (find_item(a, name_of(b, i).text) >= 0)
            add_name(to, sizeof to, name_of(b, i).text);
    if (strcmp(from, to) != 0)
        ton_diff_say(d, "order of the chain %s to %s", from, to);
}

void ton_diff_chain(const struct ton_diff *d, const struct ton_chain *a,
                    const struct ton_chain *b) {
    for (int i = 0; i < a->n; i++) {
        struct name name = name_of(a, i);
        int now = find_item(b, name.text);
        if (now < 0)
            ton_diff_say(d, "%s removed", name.text);
        else
            diff_item(d, name.text, &a->items[i], &b->items[now]);
    }
    for (int i = 0; i < b->n; i++) {
        struct name name = name_of(b, i);
        if (find_item(a, name.text) < 0)
            ton_diff_say(d, "%s added", name.text);
    }
    diff_order(d, a, b);
}

/* "gain", "send to Plate", "compressor threshold". */
static struct name lane_name(const struct ton_session *s, const struct ton_strip *strip,
                             const struct ton_lane *lane) {
    struct name name;
    char words[64];
    ton_key_to_words(words, sizeof words, lane->row->key);
    if (lane->target == TON_TARGET_SEND)
        snprintf(name.text, sizeof name.text, "send to %.400s",
                 s->strips[strip->sends[lane->item].to].name);
    else if (lane->target == TON_TARGET_PARAMETER)
        snprintf(name.text, sizeof name.text, "%.40s %.40s %d",
                 name_of(&strip->chain, lane->item).text, words, lane->parameter);
    else
        snprintf(name.text, sizeof name.text, "%s", words);
    return name;
}

static const struct ton_lane *find_lane(const struct ton_session *s, const struct ton_strip *strip,
                                        const char *name) {
    for (int i = 0; i < strip->n_lanes; i++)
        if (!strcmp(lane_name(s, strip, &strip->lanes[i]).text, name))
            return &strip->lanes[i];
    return NULL;
}

/* The index of the float tells two bands' gains apart, and is not for people. */
static void say_lane(const struct ton_diff *d, struct name name, const struct ton_lane *lane,
                     const char *what) {
    char *number = lane->target == TON_TARGET_PARAMETER ? strrchr(name.text, ' ') : NULL;
    if (number)
        *number = '\0';
    ton_diff_say(d, "%s automation %s", name.text, what);
}

static bool same_point(const struct ton_diff *d, const struct ton_point *a,
                       const struct ton_point *b) {
    return a->value == b->value &&
           ton_diff_place(d, d->a, a->frame) == ton_diff_place(d, d->b, b->frame);
}

static void diff_lane(const struct ton_diff *d, struct name name, const struct ton_lane *a,
                      const struct ton_lane *b) {
    int same = 0, tail = 0, least = a->n < b->n ? a->n : b->n;
    while (same < least && same_point(d, &a->points[same], &b->points[same]))
        same++;
    if (same == a->n && same == b->n)
        return;
    while (tail < least - same &&
           same_point(d, &a->points[a->n - 1 - tail], &b->points[b->n - 1 - tail]))
        tail++;
    char what[128], from[32], to[32];
    int first = same < b->n ? same : b->n - 1;
    int last = b->n - 1 - tail > first ? b->n - 1 - tail : first;
    snprintf(what, sizeof what, "changed between %s and %s",
             ton_time_format(from, sizeof from, b->points[first].frame, d->b->rate),
             ton_time_format(to, sizeof to, b->points[last].frame, d->b->rate));
    if (first == last)
        snprintf(what, sizeof what, "changed at %s", from);
    say_lane(d, name, b, what);
}

void ton_diff_lanes(const struct ton_diff *d, const struct ton_strip *a,
                    const struct ton_strip *b) {
    for (int i = 0; i < a->n_lanes; i++) {
        struct name name = lane_name(d->a, a, &a->lanes[i]);
        const struct ton_lane *now = find_lane(d->b, b, name.text);
        if (now)
            diff_lane(d, name, &a->lanes[i], now);
        else
            say_lane(d, name, &a->lanes[i], "removed");
    }
    for (int i = 0; i < b->n_lanes; i++) {
        struct name name = lane_name(d->b, b, &b->lanes[i]);
        char what[64];
        snprintf(what, sizeof what, "added, %d point%s", b->lanes[i].n,
                 b->lanes[i].n == 1 ? "" : "s");
        if (!find_lane(d->a, a, name.text))
            say_lane(d, name, &b->lanes[i], what);
    }
}
