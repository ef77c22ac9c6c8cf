/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads tracks and buses. All names are known before the first strip is read, so every reference is
 * resolved where it stands. */
#include "build.h"

#include <strings.h>

static const char *const polarity_choices[] = {"normal", "inverted", NULL};

/* The index of a bus by its name; -1 and said when it is none. */
static int find_bus(struct ton_build *b, const struct ton_node *name, const char *what) {
    if (name->kind != TON_NODE_SCALAR || ton_node_is_null(name)) {
        ton_node_error(b->r.doc, name, "%s a bus by its name, not %s", what,
                       ton_node_found(b->r.doc, name));
        return -1;
    }
    int i = ton_names_get(&b->strips, name->text);
    if (i < 0)
        ton_strip_unknown(b, name, what);
    else if (!b->s->strips[i].is_bus) {
        if (i != b->s->mix) /* a track of that name was refused */
            ton_node_error(b->r.doc, name, "%s `%s`, which is a track; strips feed buses only",
                           what, name->text);
        i = -1;
    }
    return i;
}

void ton_read_role(struct ton_reader *r, const struct ton_field *field, const struct ton_node *key,
                   const struct ton_node *value, void *out) {
    (void)key;
    const char *role;
    if (!ton_text_read(r, &field->row, value, &role))
        return;
    bool empty_part = role[0] == '.' || strstr(role, "..") || ton_text_ends(role, ".");
    if (empty_part || strchr(role, '/'))
        ton_node_error(r->doc, value, "`%s` is no role; write a path such as `drums.kick`", role);
    *(const char **)(void *)((char *)out + field->offset) = role;
}

static void read_to(struct ton_reader *r, const struct ton_field *field, const struct ton_node *key,
                    const struct ton_node *value, void *out) {
    (void)field;
    struct ton_build *b = ton_build_of(r);
    struct ton_strip *strip = out;
    if (strip == &b->s->strips[b->s->mix]) {
        ton_node_error(r->doc, key, "`Mix` is where everything ends; it goes to no other bus");
        return;
    }
    int to = find_bus(b, value, "`to` names");
    b->to_refused = to < 0;
    if (to < 0)
        return;
    strip->to = to;
    b->to_where[strip - b->s->strips] = ton_node_where(r->doc, value);
}

static const struct ton_field send_fields[] = {
    {.row = {.key = "gain",
             .kind = TON_NUMBER,
             .unit = TON_UNIT_DB,
             .min = -INFINITY,
             .flags = TON_ROW_OFF_MIN,
             .max = 24,
             .digits = 2,
             .help = "Level of the send."},
     .read = ton_read_float,
     .offset = offsetof(struct ton_send, gain_db)},
    {.row = {.key = "before_fader",
             .kind = TON_SWITCH,
             .help =
                 "Takes the signal after the chain but before the fader, so that the fader does "
                 "not move it; `pan` and `mute` still count."},
     .read = ton_read_switch,
     .offset = offsetof(struct ton_send, before_fader)},
};

/* A send after the fader to where the strip goes anyway is the same signal once more. */
static void warn_of_doubling(struct ton_build *b, const struct ton_strip *strip,
                             const struct ton_send *send, const struct ton_node *name) {
    if (send->to != strip->to || send->before_fader || b->to_refused || isinf(send->gain_db))
        return;
    const double louder = 20.0 * log10(1.0 + pow(10.0, (double)send->gain_db / 20.0));
    ton_node_warn(b->r.doc, name,
                  "`%s` goes to `%s` already: this send adds the same signal once more, which "
                  "makes it %.1f dB louder there; leave the send out, or let the strip go `to` "
                  "another bus",
                  strip->name, name->text, louder);
}

static void read_sends(struct ton_reader *r, const struct ton_field *field,
                       const struct ton_node *key, const struct ton_node *value, void *out) {
    (void)field, (void)key;
    struct ton_build *b = ton_build_of(r);
    struct ton_strip *strip = out;
    if (ton_node_is_null(value))
        return;
    b->sends = value;
    if (value->kind != TON_NODE_MAP) {
        ton_node_error(r->doc, value,
                       "`sends` is a mapping of buses to gains such as `{Plate: -14 "
                       "dB}`, not %s",
                       ton_node_found(r->doc, value));
        return;
    }
    ton_node_refuse_duplicates(r->doc, value, "send");
    strip->sends = TON_NEW_N(r->arena, struct ton_send, value->n > 0 ? value->n : 1);
    for (int i = 0; strip->sends && i < value->n; i++) {
        const struct ton_node *name = ton_node_key(value, i), *gain = ton_node_value(value, i);
        int to = find_bus(b, name, "a send names");
        struct ton_send send = {.to = to, .where = ton_node_where(r->doc, name)};
        if (gain->kind == TON_NODE_MAP)
            ton_fields_read(r, TON_COUNTED(send_fields), gain, "a send", &send);
        else {
            const struct ton_row level = ton_row_named(&send_fields[0].row, name);
            ton_row_read(r, &level, gain, &send.gain_db);
        }
        if (to < 0)
            continue;
        strip->sends[strip->n_sends++] = send;
        warn_of_doubling(b, strip, &send, name);
    }
}

static struct ton_json *schema_sends(const struct ton_field *field) {
    struct ton_json *const forms[] = {ton_row_schema(&send_fields[0].row),
                                      ton_fields_schema(TON_COUNTED(send_fields))};
    struct ton_json *map = ton_schema_map(ton_schema_any_of(forms, 2));
    ton_json_set(map, "description", ton_json_string(field->row.help));
    return map;
}

static void read_polarity(struct ton_reader *r, const struct ton_field *field,
                          const struct ton_node *key, const struct ton_node *value, void *out) {
    (void)key;
    struct ton_strip *strip = out;
    float choice;
    if (strip->is_bus)
        ton_node_error(r->doc, value,
                       "a bus has no `polarity`; turn it over in its chain with `- gain: {invert: "
                       "both}`");
    else if (ton_row_read(r, &field->row, value, &choice))
        strip->polarity = choice >= 0.5f;
}

#define STRIP(member) .offset = offsetof(struct ton_strip, member)

/* Automation comes last: it refers to the chain and the sends. */
const struct ton_field ton_strip_fields[] = {
    {.row = {.key = "clips", .kind = TON_TEXT, .help = "The stretches of takes that it plays."},
     .read = ton_read_clips,
     .schema = ton_schema_clips},
    {.row = {.key = "input",
             .kind = TON_TEXT,
             .help = "What it is recorded from: an input of the device by its number, such as `3`, "
                     "by its port's name or its name in the production's `inputs`, or two for a "
                     "stereo track, `[1, 2]`. Nothing is heard of it."},
     .read = ton_read_input,
     .schema = ton_schema_input},
    {.row = {.key = "polarity",
             .kind = TON_CHOICE,
             .choices = polarity_choices,
             .help = "Turns the waveform over at the input, ahead of the chain."},
     .read = read_polarity},
    {.row = {.key = "role",
             .kind = TON_TEXT,
             .help = "What it is, as a path such as `drums.kick`; versions, stems and assistants "
                     "select by it."},
     .read = ton_read_role,
     STRIP(role),
     .schema = ton_schema_text},
    {.row = {.key = "chain", .kind = TON_TEXT, .help = "Its processors in their order."},
     .read = ton_read_chain,
     .schema = ton_schema_chain_ref},
    {.row = {.key = "gain",
             .kind = TON_NUMBER,
             .unit = TON_UNIT_DB,
             .min = -INFINITY,
             .flags = TON_ROW_OFF_MIN,
             .max = 24,
             .digits = 2,
             .help = "The fader, after the chain."},
     .read = ton_read_float,
     STRIP(gain_db)},
    {.row = {.key = "pan",
             .kind = TON_NUMBER,
             .unit = TON_UNIT_PAN,
             .min = -100,
             .max = 100,
             .digits = 1,
             .help = "Place between left and right: panned with constant power where the strip is "
                     "mono, a balance where it is stereo."},
     .read = ton_read_float,
     STRIP(pan)},
    {.row = {.key = "to", .kind = TON_TEXT, .help = "The bus it feeds; `Mix` when not given."},
     .read = read_to,
     .schema = ton_schema_text},
    {.row = {.key = "sends",
             .kind = TON_TEXT,
             .help =
                 "Other buses that it feeds, each with a level, such as `{Plate: -14 dB}`, or a "
                 "mapping `{gain, before fader}`; after the fader when not said otherwise."},
     .read = read_sends,
     .schema = schema_sends},
    {.row = {.key = "mute",
             .kind = TON_SWITCH,
             .help = "Silences all its ways out; a side-chain hears it still."},
     .read = ton_read_switch,
     STRIP(mute)},
    {.row = {.key = "solo",
             .kind = TON_SWITCH,
             .help =
                 "Only what goes through a soloed strip is heard; a soloed track keeps its sends."},
     .read = ton_read_switch,
     STRIP(solo)},
    {.row = {.key = "automation",
             .kind = TON_TEXT,
             .help = "Parameters over time: lists of `[time, value]`; two at one time make a step. "
                     "Between "
                     "points a level is linear in dB, a frequency passes octaves in equal times; a "
                     "filter's `off` and whatever is chosen from a list steps."},
     .read = ton_read_automation,
     .schema = ton_schema_automation},
};
const int ton_n_strip_fields = TON_N(ton_strip_fields);

static bool check_map(struct ton_build *b, const struct ton_node *map, const char *what) {
    if (map->kind == TON_NODE_MAP)
        return true;
    if (!ton_node_is_null(map)) {
        ton_node_error(b->r.doc, map, "`%s` is a mapping of names to strips, not %s", what,
                       ton_node_found(b->r.doc, map));
        b->strips_refused = true;
    }
    return false;
}

static void declare(struct ton_build *b, const struct ton_node *map, bool is_bus) {
    for (int i = 0; i < map->n; i++) {
        const struct ton_node *key = ton_node_key(map, i);
        if (key->kind != TON_NODE_SCALAR || !*key->text) {
            ton_node_error(b->r.doc, key, "a strip needs a name");
            continue;
        }
        int known = ton_names_get(&b->strips, key->text);
        if (known >= 0) {
            ton_node_error(b->r.doc, key, "two strips are called `%s`; the other is at %s",
                           key->text, b->s->strips[known].where);
            continue;
        }
        if (!is_bus && !strcmp(key->text, "Mix"))
            ton_node_error(b->r.doc, key,
                           "`Mix` is the bus where everything ends; give this track "
                           "another name");
        struct ton_strip *strip = &b->s->strips[b->s->n_strips];
        *strip = (struct ton_strip){
            .name = key->text, .is_bus = is_bus, .to = -1, .where = ton_node_where(b->r.doc, key)};
        ton_names_put(&b->strips, key->text, b->s->n_strips++);
    }
}

/* A bus that has a key of tracks is told so by that key's reader. */
static bool has_of_track(const struct ton_node *body) {
    for (int i = 0; i < TON_TRACK_ONLY_FIELDS; i++)
        if (ton_node_get(body, ton_strip_fields[i].row.key))
            return true;
    return false;
}

static void read_bodies(struct ton_build *b, const struct ton_node *map, bool is_bus) {
    for (int i = 0; i < map->n; i++) {
        const struct ton_node *key = ton_node_key(map, i), *body = ton_node_value(map, i);
        if (key->kind != TON_NODE_SCALAR || ton_node_is_null(body))
            continue;
        int index = ton_names_get(&b->strips, key->text);
        if (index < 0)
            continue;
        const char *what =
            ton_arena_printf(b->r.arena, "%s `%s`", is_bus ? "the bus" : "the track", key->text);
        if (!what)
            return;
        struct ton_strip *strip = &b->s->strips[index];
        /* One whose name stands twice (which was said) is read afresh: nothing is added to what the
         * first gave. */
        *strip = (struct ton_strip){
            .name = strip->name, .is_bus = strip->is_bus, .to = strip->to, .where = strip->where};
        b->chain_refused = b->to_refused = false;
        b->refused_items = (struct ton_names){.arena = b->r.arena};
        b->sends = NULL;
        const int n_skipped = is_bus && !has_of_track(body) ? TON_TRACK_ONLY_FIELDS : 0;
        ton_fields_read(&b->r, ton_strip_fields + n_skipped, ton_n_strip_fields - n_skipped, body,
                        what, strip);
    }
}

bool ton_build_strips(struct ton_build *b) {
    static const struct ton_node none = {.kind = TON_NODE_MAP};
    const struct ton_node *tracks =
        b->tracks && check_map(b, b->tracks, "tracks") ? b->tracks : &none;
    const struct ton_node *buses = b->buses && check_map(b, b->buses, "buses") ? b->buses : &none;
    int most = tracks->n + buses->n + 1;
    b->s->strips = TON_NEW_N(b->r.arena, struct ton_strip, most);
    b->to_where = TON_NEW_N(b->r.arena, const char *, most);
    if (!b->s->strips || !b->to_where)
        return false;
    declare(b, tracks, false);
    declare(b, buses, true);
    b->s->mix = ton_names_get(&b->strips, "Mix");
    if (b->s->mix < 0) {
        b->s->mix = b->s->n_strips++;
        b->s->strips[b->s->mix] =
            (struct ton_strip){.name = "Mix", .is_bus = true, .to = -1, .where = b->s->path};
        if (!ton_names_put(&b->strips, "Mix", b->s->mix))
            return false;
    }
    for (int i = 0; i < b->s->n_strips; i++)
        b->s->strips[i].to = i == b->s->mix ? -1 : b->s->mix;
    read_bodies(b, tracks, false);
    read_bodies(b, buses, true);
    return true;
}

int ton_session_find_strip(const struct ton_session *s, const char *name) {
    for (int i = 0; i < s->n_strips; i++)
        if (ton_text_same(s->strips[i].name, name))
            return i;
    return -1;
}

bool ton_strip_matches(const struct ton_strip *strip, const char *word) {
    if (strcasecmp(strip->name, word) == 0)
        return true;
    size_t n = strlen(word);
    return strip->role && n > 0 && strncasecmp(strip->role, word, n) == 0 &&
           (strip->role[n] == '\0' || strip->role[n] == '.');
}
