/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What changed in a chain. Equal processors are paired first, then those of one kind in their
 * order; so are the bands of an equaliser. */
#include "diff.h"

#include "ton/foreign.h"
#include "ton/known.h"
#include "ton/path.h"
#include "ton/text.h"

const char *ton_diff_item_name(const struct ton_diff *d, const struct ton_chain *chain, int item) {
    char words[64];
    const struct ton_processor *p = chain->items[item].processor;
    int number = 1;
    for (int i = 0; i < item; i++)
        number += chain->items[i].processor == p;
    ton_key_to_words(words, sizeof words, p->id);
    return number > 1 ? ton_diff_text(d, "%s %d", words, number) : ton_arena_text(d->arena, words);
}

bool ton_diff_same_key(const struct ton_diff *d, const struct ton_chain_item *a,
                       const struct ton_chain_item *b) {
    return a->sidechain < 0 || b->sidechain < 0 ? a->sidechain == b->sidechain
                                                : d->now[a->sidechain] == b->sidechain;
}

static bool same_floats(const float *a, const float *b, int n) {
    for (int i = 0; i < n; i++)
        if (a[i] != b[i])
            return false;
    return true;
}

bool ton_diff_same_file(const char *a, const char *b) {
    struct ton_key x, y;
    if (!a || !b)
        return a == b;
    if (strcmp(a, b) == 0)
        return true;
    const bool read_a = !ton_known_key(&x, a, NULL), read_b = !ton_known_key(&y, b, NULL);
    return read_a && read_b ? ton_key_same(x, y)
                            : !read_a && !read_b && !strcmp(ton_path_name(a), ton_path_name(b));
}

bool ton_diff_same_files(const struct ton_chain_item *a, const struct ton_chain_item *b) {
    for (int i = 0; i < ton_item_files(a); i++)
        if (!ton_diff_same_file(a->files[i].path, b->files[i].path))
            return false;
    return true;
}

bool ton_diff_same_setup(const struct ton_chain_item *a, const struct ton_chain_item *b) {
    return !a->setup || !b->setup || ton_key_same(a->setup->own, b->setup->own);
}

static bool same_item(const struct ton_diff *d, const struct ton_chain_item *a,
                      const struct ton_chain_item *b) {
    return a->processor == b->processor && a->bypass == b->bypass && ton_diff_same_setup(a, b) &&
           ton_diff_same_key(d, a, b) && ton_diff_same_files(a, b) &&
           same_floats(a->params, b->params, a->processor->n_params);
}

int *ton_diff_pair_items(const struct ton_diff *d, const struct ton_chain *a,
                         const struct ton_chain *b) {
    int *items = TON_NEW_N(d->arena, int, a->n + 1);
    bool *taken = TON_NEW_N(d->arena, bool, b->n + 1);
    for (int pass = 0; items && taken && pass < 2; pass++) {
        for (int i = 0; i < a->n; i++) {
            if (pass == 0)
                items[i] = -1;
            for (int k = 0; k < b->n && items[i] < 0; k++) {
                bool fits = pass == 0 ? same_item(d, &a->items[i], &b->items[k])
                                      : a->items[i].processor == b->items[k].processor;
                if (fits && !taken[k]) {
                    items[i] = k;
                    taken[k] = true;
                }
            }
        }
    }
    return taken ? items : NULL;
}

/* "bands" and 1: "band 2". */
static const char *instance_name(const struct ton_diff *d, const char *prefix, const char *key,
                                 int i) {
    char words[64];
    ton_key_to_words(words, sizeof words, key);
    size_t n = strlen(words);
    if (n > 1 && words[n - 1] == 's')
        words[n - 1] = '\0';
    return ton_diff_text(d, "%s%s%s %d", prefix, *prefix ? " " : "", words, i + 1);
}

const char *ton_diff_parameter_name(const struct ton_diff *d, const struct ton_processor *p,
                                    int parameter) {
    const char *prefix = "";
    const struct ton_row *rows = p->rows;
    int n = p->n_rows;
    for (int i = 0; i < n; i++) {
        int floats = ton_row_floats(&rows[i]);
        if (parameter >= floats) {
            parameter -= floats;
            continue;
        }
        char words[64];
        if (rows[i].kind != TON_GROUP || parameter == 0) {
            ton_key_to_words(words, sizeof words, rows[i].key);
            return ton_diff_text(d, "%s%s%s", prefix, *prefix ? " " : "", words);
        }
        int size = ton_rows_floats(rows[i].rows, rows[i].n_rows);
        prefix = instance_name(d, "", rows[i].key, (parameter - 1) / size);
        parameter = (parameter - 1) % size;
        n = rows[i].n_rows;
        rows = rows[i].rows;
        i = -1;
    }
    return prefix;
}

static int count_of(const struct ton_row *row, const float *values) {
    return row->kind == TON_GROUP ? (int)values[0] : 0;
}

static const float *instance(const struct ton_row *row, const float *values, int i) {
    return values + 1 + (ptrdiff_t)i * ton_rows_floats(row->rows, row->n_rows);
}

static void add_settings(const struct ton_diff *d, struct ton_text *t, const struct ton_row *rows,
                         int n, const float *values);

/* "band 1 (frequency 62 Hz, gain 3 dB)", each of a group. */
static void add_group(const struct ton_diff *d, struct ton_text *t, const struct ton_row *row,
                      const float *values) {
    for (int i = 0; i < count_of(row, values); i++) {
        struct ton_text inner = {0};
        const char *name = instance_name(d, "", row->key, i);
        add_settings(d, &inner, row->rows, row->n_rows, instance(row, values, i));
        ton_text_printf(t, "%s%s", t->length ? ", " : "", name ? name : "");
        if (inner.length)
            ton_text_printf(t, " (%s)", inner.data);
        ton_text_free(&inner);
    }
}

/* "threshold -18 dB, ratio 4:1": what is not as it is without being set. */
static void add_settings(const struct ton_diff *d, struct ton_text *t, const struct ton_row *rows,
                         int n, const float *values) {
    for (int i = 0; i < n; i++) {
        char words[64], value[64];
        int floats = ton_row_floats(&rows[i]);
        ton_key_to_words(words, sizeof words, rows[i].key);
        if (rows[i].kind == TON_GROUP)
            add_group(d, t, &rows[i], values);
        else if (floats == 1 && *values != rows[i].def)
            ton_text_printf(t, "%s%s %s", t->length ? ", " : "", words,
                            ton_row_format(value, sizeof value, &rows[i], *values));
        values += floats;
    }
}

/* `more`: what is set beside numbers; NULL. */
static const char *settings(const struct ton_diff *d, const struct ton_row *rows, int n,
                            const float *values, const char *more) {
    struct ton_text t = {0};
    add_settings(d, &t, rows, n, values);
    if (more && *more)
        ton_text_printf(&t, "%s%s", t.length ? ", " : "", more);
    const char *out = t.length ? ton_diff_text(d, " (%s)", t.data) : "";
    ton_text_free(&t);
    return out;
}

static void say_whole(const struct ton_diff *d, const char *name, const struct ton_row *rows, int n,
                      const float *values, const char *more, bool added) {
    const char *set = settings(d, rows, n, values, more);
    ton_diff_say(d, name, added ? NULL : name, added ? name : NULL, "%s %s%s", name,
                 added ? "added" : "removed", set ? set : "");
}

static void diff_values(const struct ton_diff *d, const char *prefix, const struct ton_row *rows,
                        int n, const float *a, const float *b);

/* Per instance of a which it is in b; -1. */
static int *pair_instances(const struct ton_diff *d, const struct ton_row *row, const float *a,
                           const float *b) {
    int n_a = count_of(row, a), n_b = count_of(row, b);
    int size = ton_rows_floats(row->rows, row->n_rows);
    int *pairs = TON_NEW_N(d->arena, int, n_a + 1);
    bool *taken = TON_NEW_N(d->arena, bool, n_b + 1);
    for (int pass = 0; pairs && taken && pass < 3; pass++) {
        for (int i = 0; i < n_a; i++) {
            const float *x = instance(row, a, i);
            if (pass == 0)
                pairs[i] = -1;
            /* Pass 1: one of the same place keeps it, also when a whole one was added before. */
            for (int k = 0; k < n_b && pairs[i] < 0; k++) {
                const float *y = instance(row, b, k);
                bool fits = pass == 0   ? same_floats(x, y, size)
                            : pass == 1 ? n_a == n_b && i == k
                                        : true;
                if (fits && !taken[k]) {
                    pairs[i] = k;
                    taken[k] = true;
                }
            }
        }
    }
    return taken ? pairs : NULL;
}

static void diff_group(const struct ton_diff *d, const char *prefix, const struct ton_row *row,
                       const float *a, const float *b) {
    int n_a = count_of(row, a), n_b = count_of(row, b), last = -1;
    int *pairs = pair_instances(d, row, a, b);
    bool *was = TON_NEW_N(d->arena, bool, n_b + 1), crossed = false;
    for (int i = 0; pairs && was && i < n_a; i++) {
        const float *x = instance(row, a, i);
        if (pairs[i] < 0) {
            say_whole(d, instance_name(d, prefix, row->key, i), row->rows, row->n_rows, x, NULL,
                      false);
            continue;
        }
        was[pairs[i]] = true;
        crossed = crossed || pairs[i] < last;
        last = pairs[i];
        diff_values(d, instance_name(d, prefix, row->key, pairs[i]), row->rows, row->n_rows, x,
                    instance(row, b, pairs[i]));
    }
    for (int k = 0; was && k < n_b; k++)
        if (!was[k])
            say_whole(d, instance_name(d, prefix, row->key, k), row->rows, row->n_rows,
                      instance(row, b, k), NULL, true);
    char words[64];
    ton_key_to_words(words, sizeof words, row->key);
    if (crossed)
        ton_diff_say(d, ton_diff_text(d, "%s %s", prefix, words), NULL, NULL,
                     "%s %s in another order", prefix, words);
}

static void diff_values(const struct ton_diff *d, const char *prefix, const struct ton_row *rows,
                        int n, const float *a, const float *b) {
    for (int i = 0; i < n; i++) {
        char words[64];
        int floats = ton_row_floats(&rows[i]);
        ton_key_to_words(words, sizeof words, rows[i].key);
        if (rows[i].kind == TON_GROUP)
            diff_group(d, prefix, &rows[i], a, b);
        else if (floats == 1 && *a != *b)
            ton_diff_number(d, ton_diff_text(d, "%s %s", prefix, words), &rows[i], *a, *b);
        a += floats;
        b += floats;
    }
}

static const char *key_name(const struct ton_session *s, const struct ton_chain_item *item) {
    return item->sidechain >= 0 ? s->strips[item->sidechain].name : "itself";
}

/* The words of the i-th TON_PATH row. */
static const char *file_words(const struct ton_diff *d, const struct ton_processor *p, int i) {
    char words[TON_LONGEST_KEY];
    int r = 0;
    while (p->rows[r].kind != TON_PATH || i-- > 0)
        r++;
    ton_key_to_words(words, sizeof words, p->rows[r].key);
    return ton_arena_text(d->arena, words);
}

/* "sidechain Kick, response church.wav" */
static const char *wiring(const struct ton_diff *d, const struct ton_session *s,
                          const struct ton_chain_item *item) {
    struct ton_text t = {0};
    if (item->sidechain >= 0)
        ton_text_printf(&t, "sidechain %s", key_name(s, item));
    for (int i = 0; i < ton_item_files(item); i++)
        if (item->files[i].name)
            ton_text_printf(&t, "%s%s %s", t.length ? ", " : "", file_words(d, item->processor, i),
                            item->files[i].name);
    const char *out = t.length ? ton_arena_text(d->arena, t.data) : NULL;
    ton_text_free(&t);
    return out;
}

static void say_item(const struct ton_diff *d, const struct ton_session *s,
                     const struct ton_chain *chain, int i, bool added) {
    const struct ton_chain_item *item = &chain->items[i];
    say_whole(d, ton_diff_item_name(d, chain, i), item->processor->rows, item->processor->n_rows,
              item->params, wiring(d, s, item), added);
}

/* "none", the name of a file, or what stands in the session itself. */
static const char *state_name(const struct ton_setup *setup) {
    return !setup->state ? "none" : *setup->state == '@' ? "a text" : ton_path_name(setup->state);
}

static void diff_state(const struct ton_diff *d, const char *name, const struct ton_setup *a,
                       const struct ton_setup *b) {
    const char *from = state_name(a), *to = state_name(b);
    const char *what = ton_diff_text(d, "%s state", name);
    if (strcmp(from, to) != 0)
        ton_diff_say(d, what, from, to, "%s %s → %s", what, from, to);
    else
        ton_diff_say(d, what, from, to, "%s: another content (%s)", what, to);
}

/* What a plug-in is set to beside its controls. A preset's and a state's numbers are controls. */
static void diff_setup(const struct ton_diff *d, const char *name, const struct ton_chain_item *a,
                       const struct ton_chain_item *b) {
    const struct ton_setup *x = a->setup, *y = b->setup;
    if (!x || !y)
        return;
    if (!ton_text_same(x->preset, y->preset))
        ton_diff_say(d, ton_diff_text(d, "%s preset", name), x->preset, y->preset,
                     "%s preset %s → %s", name, x->preset ? x->preset : "none",
                     y->preset ? y->preset : "none");
    if (x->bypass_on_failure != y->bypass_on_failure)
        ton_diff_switch(d, ton_diff_text(d, "%s on failure", name), x->bypass_on_failure,
                        y->bypass_on_failure, ton_diff_text(d, "%s bypassed on failure", name),
                        ton_diff_text(d, "%s no longer bypassed on failure", name));
    if (ton_text_same(x->preset, y->preset) ? !ton_diff_same_setup(a, b)
                                            : strcmp(state_name(x), state_name(y)) != 0)
        diff_state(d, name, x, y);
}

static void diff_item(const struct ton_diff *d, const char *name, const struct ton_chain_item *a,
                      const struct ton_chain_item *b) {
    const struct ton_processor *p = a->processor;
    diff_values(d, name, p->rows, p->n_rows, a->params, b->params);
    diff_setup(d, name, a, b);
    if (a->bypass != b->bypass)
        ton_diff_switch(d, ton_diff_text(d, "%s bypass", name), a->bypass, b->bypass,
                        ton_diff_text(d, "%s bypassed", name),
                        ton_diff_text(d, "%s no longer bypassed", name));
    for (int i = 0; i < ton_item_files(a); i++)
        if (!ton_diff_same_file(a->files[i].path, b->files[i].path))
            ton_diff_value(d, ton_diff_text(d, "%s %s", name, file_words(d, p, i)),
                           a->files[i].name, b->files[i].name);
    if (!ton_diff_same_key(d, a, b)) {
        const char *from = key_name(d->a, a), *to = key_name(d->b, b);
        ton_diff_say(d, ton_diff_text(d, "%s sidechain", name), from, to, "%s sidechain %s → %s",
                     name, from, to);
    }
}

/* How long a run of items keeps its order, ending at each; the longest of all stays and the others
 * have moved. */
static void find_moved(bool *moved, int *best, int *from, const int *places, int n) {
    int end = -1;
    for (int i = 0; i < n; i++) {
        best[i] = 1;
        from[i] = -1;
        moved[i] = true;
        for (int k = 0; k < i; k++) {
            if (places[k] < places[i] && best[k] + 1 > best[i]) {
                best[i] = best[k] + 1;
                from[i] = k;
            }
        }
        if (end < 0 || best[i] > best[end])
            end = i;
    }
    for (; end >= 0; end = from[end])
        moved[end] = false;
}

static void diff_order(const struct ton_diff *d, const struct ton_chain *a,
                       const struct ton_chain *b, const int *items) {
    int n = 0;
    int *work = TON_NEW_N(d->arena, int, 3 * (size_t)a->n + 1);
    bool *moved = TON_NEW_N(d->arena, bool, a->n + 1);
    if (!work || !moved)
        return;
    int *places = work + 2 * (ptrdiff_t)a->n;
    for (int i = 0; i < a->n; i++)
        if (items[i] >= 0)
            places[n++] = items[i];
    find_moved(moved, work, work + a->n, places, n);
    for (int i = 0; i < n; i++) {
        if (!moved[i])
            continue;
        const char *name = ton_diff_item_name(d, b, places[i]);
        const char *after = places[i] > 0 ? ton_diff_item_name(d, b, places[i] - 1) : NULL;
        const char *before = places[i] + 1 < b->n ? ton_diff_item_name(d, b, places[i] + 1) : NULL;
        ton_diff_say(d, name, NULL, NULL, "%s moved, now %s %s", name, after ? "after" : "before",
                     after ? after : before);
    }
}

void ton_diff_chain(const struct ton_diff *d, const struct ton_chain *a, const struct ton_chain *b,
                    const int *items) {
    bool *was = TON_NEW_N(d->arena, bool, b->n + 1);
    if (!items || !was)
        return;
    for (int i = 0; i < a->n; i++) {
        const struct ton_chain_item *x = &a->items[i];
        if (items[i] < 0) {
            say_item(d, d->a, a, i, false);
            continue;
        }
        was[items[i]] = true;
        diff_item(d, ton_diff_item_name(d, b, items[i]), x, &b->items[items[i]]);
    }
    for (int k = 0; k < b->n; k++)
        if (!was[k])
            say_item(d, d->b, b, k, true);
    diff_order(d, a, b, items);
}
