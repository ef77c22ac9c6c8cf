/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which parameter a lane of automation moves, and what was meant by a name that is none.
 *
 * A name is resolved as it stands. One that is none is taken apart into its words, which are held
 * against what the strip has; what is found that way is the address that is offered, and the lane's
 * points are read by it. */
#include "targets.h"

enum { MOST_WORDS = 12, LONGEST_NAME = 128 };

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

static const struct {
    const char *name;
    enum ton_target target;
    int row;
} own_targets[] = {{"gain", TON_TARGET_GAIN, TON_AUTOMATE_GAIN},
                   {"pan", TON_TARGET_PAN, TON_AUTOMATE_PAN},
                   {"mute", TON_TARGET_MUTE, TON_AUTOMATE_MUTE}};

/* "compressor 2.threshold": the item in the chain (the second compressor). */
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

/* The name of the bus behind `sends.` or `send `; NULL: this is no send. */
static const char *send_name(const char *target) {
    return ton_text_starts(target, "sends.")  ? target + strlen("sends.")
           : ton_text_starts(target, "send ") ? target + strlen("send ")
                                              : NULL;
}

static bool find_send(struct ton_build *b, const struct ton_strip *strip, const char *name,
                      struct ton_lane *lane) {
    int to = ton_names_get(&b->strips, name);
    lane->target = TON_TARGET_SEND;
    lane->row = &ton_automation_rows[TON_AUTOMATE_SEND];
    for (lane->item = 0; lane->item < strip->n_sends && to >= 0; lane->item++)
        if (strip->sends[lane->item].to == to)
            return true;
    return false;
}

static bool resolve(struct ton_build *b, const struct ton_strip *strip, const char *target,
                    struct ton_lane *lane) {
    for (int i = 0; i < TON_N(own_targets); i++) {
        if (ton_text_same(target, own_targets[i].name)) {
            lane->target = own_targets[i].target;
            lane->row = &ton_automation_rows[own_targets[i].row];
            return true;
        }
    }
    if (send_name(target))
        return find_send(b, strip, send_name(target), lane);
    const char *dot = strchr(target, '.');
    lane->target = TON_TARGET_PARAMETER;
    lane->item = dot ? find_item(&strip->chain, target, (size_t)(dot - target)) : -1;
    if (lane->item < 0)
        return false;
    const struct ton_processor *p = strip->chain.items[lane->item].processor;
    lane->row = ton_rows_find(p->rows, p->n_rows, dot + 1, &lane->parameter, NULL);
    return lane->row != NULL;
}

/* The words of a name, whatever stands between them: `eq.band1 freq` has eq, band, 1, freq. */
struct words {
    const char *at[MOST_WORDS];
    int n, before_dot; /* 0: no dot, or no word before it */
    char text[2 * LONGEST_NAME];
};

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static void split(struct words *w, const char *name) {
    size_t used = 0;
    w->n = w->before_dot = 0;
    while (*name && w->n < MOST_WORDS) {
        const size_t gap = strspn(name, " ._-/:>[](){}#");
        if (w->before_dot == 0 && memchr(name, '.', gap))
            w->before_dot = w->n;
        name += gap;
        size_t n = 0;
        const bool number = is_digit(*name);
        while (name[n] && !strchr(" ._-/:>[](){}#", name[n]) && is_digit(name[n]) == number)
            n++;
        if (n == 0 || used + n >= sizeof w->text)
            return;
        w->at[w->n++] = w->text + used;
        memcpy(w->text + used, name, n);
        w->text[used + n] = '\0';
        used += n + 1;
        name += n;
    }
}

/* The words from `first` to before `end`, with a space between them. */
static const char *join(struct ton_arena *a, const struct words *w, int first, int end) {
    const char *text = first < end ? w->at[first] : "";
    for (int i = first + 1; text && i < end; i++)
        text = ton_arena_printf(a, "%s %s", text, w->at[i]);
    return text ? text : "";
}

static const struct ton_row *nearest_row(const struct ton_row *rows, int n, const char *word,
                                         bool in_group) {
    const char *keys[TON_MOST_ROWS] = {0};
    const struct ton_row *found[TON_MOST_ROWS];
    size_t n_keys = 0;
    for (int i = 0; i < n && n_keys < TON_MOST_ROWS; i++) {
        if (!in_group && rows[i].kind == TON_GROUP)
            continue;
        found[n_keys] = &rows[i];
        keys[n_keys++] = rows[i].key;
    }
    const char *nearest = ton_nearest(word, keys, n_keys);
    for (size_t i = 0; nearest && i < n_keys; i++)
        if (keys[i] == nearest)
            return found[i];
    return NULL;
}

/* Is a word the name of a group, or of one of it (`bands`, `band`)? */
static bool names_group(const struct ton_row *row, const char *word) {
    const char *const keys[] = {row->key};
    return row->kind == TON_GROUP && ton_nearest(word, keys, 1) != NULL;
}

/* The address within a processor that the words from `first` on mean; NULL: none. */
static const char *meant_parameter(struct ton_arena *a, const struct ton_processor *p,
                                   const struct words *w, int first) {
    for (int i = 0; i < p->n_rows && first < w->n; i++) {
        const struct ton_row *group = &p->rows[i];
        if (!names_group(group, w->at[first]))
            continue;
        const bool numbered = first + 1 < w->n && is_digit(w->at[first + 1][0]);
        const char *rest = join(a, w, first + 1 + numbered, w->n);
        const struct ton_row *row =
            nearest_row(group->rows, group->n_rows, *rest ? rest : "gain", true);
        const size_t n = strlen(group->key);
        if (row)
            return ton_arena_printf(a, "%.*s %s.%s", (int)(n - 1), group->key,
                                    numbered ? w->at[first + 1] : "1", ton_key_words(a, row->key));
    }
    const struct ton_row *row = nearest_row(p->rows, p->n_rows, join(a, w, first, w->n), false);
    return row ? ton_key_words(a, row->key) : NULL;
}

/* `compressor`, or `compressor 2` for the second one. */
static const char *item_name(struct ton_arena *a, const struct ton_chain *chain, int item) {
    const char *words = ton_key_words(a, chain->items[item].processor->id);
    int number = 1;
    for (int i = 0; i < item; i++)
        number += chain->items[i].processor == chain->items[item].processor;
    return number > 1 ? ton_arena_printf(a, "%s %d", words, number) : words;
}

static int nearest_item(const struct ton_chain *chain, const char *word) {
    const char *ids[TON_MOST_ROWS] = {0};
    const int n = chain->n < TON_MOST_ROWS ? chain->n : TON_MOST_ROWS;
    for (int i = 0; i < n; i++)
        ids[i] = chain->items[i].processor->id;
    const char *nearest = ton_nearest(word, ids, (size_t)n);
    for (int i = 0; nearest && i < n; i++)
        if (ids[i] == nearest)
            return i;
    return -1;
}

/* The parameter that the words from `first` on mean, of an item or, where a number stands first, of
 * the one of its kind with that number. */
static const char *meant_in_item(struct ton_arena *a, const struct ton_chain *chain, int item,
                                 const struct words *w, int first) {
    if (first + 1 < w->n && is_digit(w->at[first][0])) {
        const char *name = ton_arena_printf(
            a, "%s %s", ton_key_words(a, chain->items[item].processor->id), w->at[first++]);
        const int numbered = name ? find_item(chain, name, strlen(name)) : -1;
        item = numbered >= 0 ? numbered : item;
    }
    const char *parameter = meant_parameter(a, chain->items[item].processor, w, first);
    return parameter ? ton_arena_printf(a, "%s.%s", item_name(a, chain, item), parameter) : NULL;
}

/* A plug-in by the key of its item, `lv2` or `lv2 2`, as a preset is changed. */
static const char *meant_plugin(struct ton_arena *a, const struct ton_chain *chain,
                                const struct words *w) {
    const bool numbered = w->n > 3 && is_digit(w->at[2][0]);
    long number = numbered ? strtol(w->at[2], NULL, 10) : 0;
    const char *address = NULL;
    if (w->n < 3 || strcasecmp(w->at[0], "lv") != 0 || strcmp(w->at[1], "2") != 0)
        return NULL;
    for (int i = 0; i < chain->n && !address; i++)
        if (chain->items[i].setup && --number <= 0)
            address = meant_in_item(a, chain, i, w, 2 + numbered);
    return address;
}

static const char *meant_in_chain(struct ton_arena *a, const struct ton_chain *chain,
                                  const struct words *w) {
    const char *address = meant_plugin(a, chain, w);
    const bool counted = w->before_dot > 1 && is_digit(w->at[w->before_dot - 1][0]);
    bool named = address != NULL;
    /* A name has one word or several: `compressor`, `dynamic eq`; first those before the dot. */
    for (int n = 0; n <= w->n && !address; n++) {
        const int words = n ? n : w->before_dot - counted;
        const int item = words ? nearest_item(chain, join(a, w, 0, words)) : -1;
        named |= item >= 0;
        address = item >= 0 ? meant_in_item(a, chain, item, w, words) : NULL;
    }
    /* `threshold`, without the processor */
    for (int i = 0; !named && !address && i < chain->n; i++)
        address = meant_in_item(a, chain, i, w, 0);
    return address;
}

/* What an engineer may have meant by a name that is none: its address, or NULL. */
static const char *meant(struct ton_build *b, const struct ton_strip *strip, const char *name) {
    static const char *const own[] = {"gain", "pan", "mute"};
    static const char *const faders[] = {"volume", "level", "fader", "trim"};
    struct ton_arena *a = b->r.arena;
    struct words w;
    split(&w, name);
    if (w.n == 0)
        return NULL;
    if (w.n == 1 && ton_nearest(w.at[0], own, TON_N(own)))
        return ton_nearest(w.at[0], own, TON_N(own));
    if (w.n == 1 && ton_nearest(w.at[0], faders, TON_N(faders)))
        return own[0];
    const bool send = strcasecmp(w.at[0], "send") == 0 || strcasecmp(w.at[0], "sends") == 0;
    const char **buses = TON_NEW_N(a, const char *, strip->n_sends + 1);
    for (int i = 0; buses && i < strip->n_sends; i++)
        buses[i] = b->s->strips[strip->sends[i].to].name;
    const char *bus =
        buses ? ton_nearest(join(a, &w, send, w.n), buses, (size_t)strip->n_sends) : NULL;
    if (bus)
        return ton_arena_printf(a, "sends.%s", bus);
    return send ? NULL : meant_in_chain(a, &strip->chain, &w);
}

/* Was a send of that name, or of one that is nearly that, written? */
static bool is_refused_send(const struct ton_build *b, const char *name) {
    const struct ton_node *sends = b->sends;
    if (!sends || sends->kind != TON_NODE_MAP)
        return sends != NULL;
    for (int i = 0; i < sends->n; i++) {
        const struct ton_node *key = ton_node_key(sends, i);
        const char *const words[] = {name};
        if (key->kind == TON_NODE_SCALAR && ton_names_get(&b->strips, key->text) < 0 &&
            ton_nearest(key->text, words, 1))
            return true;
    }
    return false;
}

/* Does a name hang on something that was refused, so that nothing can be said of it? */
static bool hangs_on_refused(const struct ton_build *b, const char *name) {
    const char *send = send_name(name), *dot = strchr(name, '.');
    if (send)
        return is_refused_send(b, send);
    if (!dot || b->chain_refused)
        return dot != NULL;
    char item[LONGEST_NAME];
    snprintf(item, sizeof item, "%.*s", (int)(dot - name), name);
    return ton_names_get(&b->refused_items, item) >= 0;
}

static void say_unknown(struct ton_build *b, const struct ton_strip *strip,
                        const struct ton_node *key, const struct ton_lane *lane,
                        const char *offer) {
    const char *name = key->text, *dot = strchr(name, '.');
    const char *open = offer ? "; did you mean `" : "", *close = offer ? "`?" : "";
    offer = offer ? offer : "";
    if (send_name(name))
        ton_node_error(b->r.doc, key, "`%s` has no send to `%s` that could be automated%s%s%s",
                       strip->name, send_name(name), open, offer, close);
    else if (dot && lane->item >= 0)
        ton_node_error(b->r.doc, key, "%s has no `%s`%s%s%s",
                       strip->chain.items[lane->item].processor->name, dot + 1, open, offer, close);
    else if (dot)
        ton_node_error(b->r.doc, key, "the chain of `%s` has no `%.*s` to automate%s%s%s",
                       strip->name, (int)(dot - name), name, open, offer, close);
    else
        ton_node_error(b->r.doc, key, "unknown automation `%s`%s%s%s", name,
                       *offer ? open
                              : "; it can be `gain`, `pan`, `mute`, `sends.NAME` or "
                                "`processor.parameter`",
                       offer, close);
}

/* Of a group, an instance that the chain does not have: it would move nothing. */
static bool is_there(struct ton_build *b, const struct ton_strip *strip, const struct ton_node *key,
                     const struct ton_lane *lane) {
    const struct ton_chain_item *item = &strip->chain.items[lane->item];
    const struct ton_processor *p = item->processor;
    int at = 0;
    for (int i = 0; i < p->n_rows; at += ton_row_floats(&p->rows[i++])) {
        const struct ton_row *row = &p->rows[i];
        const int past = lane->parameter - at - 1;
        if (row->kind != TON_GROUP || past < 0 || lane->parameter >= at + ton_row_floats(row))
            continue;
        const int number = past / ton_rows_floats(row->rows, row->n_rows) + 1;
        const int there = (int)item->params[at];
        if (number <= there)
            continue;
        ton_node_error(b->r.doc, key, "`%s` moves nothing: the %s of `%s` has %d %s", key->text,
                       item_name(b->r.arena, &strip->chain, lane->item), strip->name, there,
                       ton_key_words(b->r.arena, row->key));
        return false;
    }
    return true;
}

static bool can_move(struct ton_build *b, const struct ton_strip *strip, const struct ton_node *key,
                     const struct ton_lane *lane) {
    if (lane->target != TON_TARGET_PARAMETER)
        return true;
    const struct ton_processor *p = strip->chain.items[lane->item].processor;
    if (lane->row->kind == TON_GROUP || lane->parameter < 0 || lane->parameter >= p->n_params) {
        const char *offer = meant(b, strip, key->text);
        ton_node_error(b->r.doc, key, "`%s` is not one value and cannot be automated%s%s%s",
                       key->text, offer ? "; did you mean `" : "", offer ? offer : "",
                       offer ? "`?" : "");
        return false;
    }
    if (lane->row->flags & TON_ROW_FIXED) {
        ton_node_error(b->r.doc, key,
                       "`%s` cannot be automated: it is set before the start because it changes "
                       "the latency or the memory of %s",
                       key->text, p->name);
        return false;
    }
    return is_there(b, strip, key, lane);
}

bool ton_lane_target(struct ton_build *b, const struct ton_strip *strip, const struct ton_node *key,
                     struct ton_lane *lane) {
    const bool found = resolve(b, strip, key->text, lane);
    if (found && can_move(b, strip, key, lane))
        return true;
    if (found) {
        lane->row = lane->row->kind == TON_GROUP ? NULL : lane->row;
        return false;
    }
    const bool refused =
        lane->target == TON_TARGET_SEND || lane->item < 0 ? hangs_on_refused(b, key->text) : false;
    const char *offer = refused ? NULL : meant(b, strip, key->text);
    if (!refused)
        say_unknown(b, strip, key, lane, offer);
    if (offer)
        resolve(b, strip, offer, lane);
    return false;
}
