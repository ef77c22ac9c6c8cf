/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads the clips of a track and resolves their lengths and repeats. */
#include "clips.h"

enum { MOST_CLIPS = 1000000, MOST_REPEATS = 100000, MOST_CHANNELS = 1024 };

/* A time of a clip. What hangs on one that was refused, or cannot be compared, is not judged. */
static bool read_time(struct ton_reader *r, struct draft *d, const struct ton_node *value,
                      enum ton_time_use use, bool in_bars, int64_t *out) {
    struct ton_build *b = ton_build_of(r);
    const size_t unsure = b->n_unsure;
    const bool on_timeline = use == TON_TIME_LENGTH && value->kind == TON_NODE_SCALAR &&
                             ton_counts_music(value->text, use);
    const bool read = ton_build_time(b, value, use, in_bars, on_timeline ? d->clip.at : 0, out);
    d->times_refused |= !read || unsure != b->n_unsure || (on_timeline && d->at_refused);
    return read;
}

static void read_take(struct ton_reader *r, const struct ton_field *field,
                      const struct ton_node *key, const struct ton_node *value, void *out) {
    (void)field, (void)key;
    struct ton_build *b = ton_build_of(r);
    struct draft *d = out;
    bool pair = value->kind == TON_NODE_LIST;
    if (pair && value->n != 2) {
        ton_node_error(r->doc, value,
                       "a pair of takes is written `[left.wav, right.wav]`, this "
                       "list has %d",
                       value->n);
        for (int i = 0; i < value->n; i++)
            if (value->items[i]->kind == TON_NODE_SCALAR)
                ton_build_take(b, value->items[i]);
        return;
    }
    int first = ton_build_take(b, pair ? value->items[0] : value);
    int right = pair ? ton_build_take(b, value->items[1]) : -1;
    if (first < 0 || (pair && right < 0))
        return;
    const struct ton_take *takes = b->s->takes;
    d->clip.take = first;
    d->name = takes[first].name;
    d->clip.take_right = right;
    d->material = b->r.takes ? takes[first].frames : -1;
    for (int i = 0; pair && b->r.takes && i < 2; i++) {
        const struct ton_take *take = &takes[i ? right : first];
        if (take->frames < d->material)
            d->material = take->frames;
        if (take->frames >= 0 && take->info.channels != 1)
            ton_node_error(r->doc, value->items[i],
                           "a pair is made of two mono takes; `%s` has %d channels", take->name,
                           take->info.channels);
    }
}

static void read_at(struct ton_reader *r, const struct ton_field *field, const struct ton_node *key,
                    const struct ton_node *value, void *out) {
    (void)field, (void)key;
    struct ton_build *b = ton_build_of(r);
    struct draft *d = out;
    const size_t unsure = b->n_unsure;
    d->at_refused =
        !ton_build_time(b, value, TON_TIME_POSITION, true, 0, &d->clip.at) || unsure != b->n_unsure;
}

/* `from` and `to` are places in the take, where there are no bars. */
static void read_from(struct ton_reader *r, const struct ton_field *field,
                      const struct ton_node *key, const struct ton_node *value, void *out) {
    (void)field, (void)key;
    struct draft *d = out;
    d->from_node = value;
    read_time(r, d, value, TON_TIME_POSITION, false, &d->clip.from);
}

static void read_to(struct ton_reader *r, const struct ton_field *field, const struct ton_node *key,
                    const struct ton_node *value, void *out) {
    (void)field, (void)key;
    struct draft *d = out;
    d->to_node = value;
    read_time(r, d, value, TON_TIME_POSITION, false, &d->to);
}

static void read_length(struct ton_reader *r, const struct ton_field *field,
                        const struct ton_node *key, const struct ton_node *value, void *out) {
    (void)field;
    struct draft *d = out;
    if (d->to_node)
        ton_node_error(r->doc, key, "a clip ends either at `to` or after `length`, not both");
    d->times_refused |= d->to_node != NULL;
    d->to_node = value;
    read_time(r, d, value, TON_TIME_LENGTH, true, &d->length);
}

/* A fade that was refused has no length, so nothing more is said of it. */
static void read_fade(struct ton_reader *r, struct draft *d, const struct ton_node *value,
                      const struct ton_node **node, int64_t *fade) {
    const bool others_refused = d->times_refused;
    int64_t read = 0;
    *node = value;
    d->times_refused = false;
    read_time(r, d, value, TON_TIME_LENGTH, true, &read);
    *fade = d->times_refused ? 0 : read;
    d->times_refused = others_refused;
}

static void read_fade_in(struct ton_reader *r, const struct ton_field *field,
                         const struct ton_node *key, const struct ton_node *value, void *out) {
    (void)field, (void)key;
    struct draft *d = out;
    read_fade(r, d, value, &d->fade_in_node, &d->clip.fade_in);
}

static void read_fade_out(struct ton_reader *r, const struct ton_field *field,
                          const struct ton_node *key, const struct ton_node *value, void *out) {
    (void)field, (void)key;
    struct draft *d = out;
    read_fade(r, d, value, &d->fade_out_node, &d->clip.fade_out);
}

static void read_crossfade(struct ton_reader *r, const struct ton_field *field,
                           const struct ton_node *key, const struct ton_node *value, void *out) {
    (void)field, (void)key;
    struct draft *d = out;
    d->crossfade_node = value;
    read_time(r, d, value, TON_TIME_LENGTH, true, &d->crossfade);
}

static void read_every(struct ton_reader *r, const struct ton_field *field,
                       const struct ton_node *key, const struct ton_node *value, void *out) {
    (void)key;
    struct ton_build *b = ton_build_of(r);
    struct draft *d = out;
    int64_t length = 0;
    const char *text;
    if (!ton_text_read(r, &field->row, value, &text) ||
        !read_time(r, d, value, TON_TIME_LENGTH, true, &length))
        return;
    d->has_every =
        ton_length_parse(&d->every, text, b->s->rate, b->s->frames_per_second, NULL) == TON_OK;
    if (length < 1)
        ton_node_error(r->doc, value, "`every` must be longer than nothing");
}

static bool is_number(const struct ton_node *value) {
    return value->kind == TON_NODE_SCALAR && *value->text &&
           value->text[strspn(value->text, "0123456789")] == '\0';
}

/* The channel with a number, as a clip has it; TON_CHANNEL_BOTH when it was said to be wrong. */
static int read_number(struct ton_reader *r, const struct draft *d, const struct ton_node *value) {
    const struct ton_build *b = ton_build_of(r);
    const long channel = strtol(value->text, NULL, 10);
    const struct ton_take *take = d->clip.take >= 0 ? &b->s->takes[d->clip.take] : NULL;
    if (channel < 1 || channel > MOST_CHANNELS)
        ton_node_error(r->doc, value, "channels are counted from 1 to %d", MOST_CHANNELS);
    else if (d->clip.take_right >= 0)
        ton_node_error(r->doc, value,
                       "a pair of takes has no channel %ld; name one of the two as the `take`",
                       channel);
    else if (b->r.takes && take && take->frames >= 0 && channel > take->info.channels)
        ton_node_error(r->doc, value, "there is no channel %ld: the take `%s` has %d channel%s",
                       channel, take->name, take->info.channels,
                       take->info.channels == 1 ? "" : "s");
    else
        return TON_CHANNEL_FIRST + (int)channel - 1;
    return TON_CHANNEL_BOTH;
}

/* `[3, 4]`: the left side and the right one. */
static void read_two_channels(struct ton_reader *r, struct draft *d, const struct ton_node *value) {
    int sides[2] = {TON_CHANNEL_BOTH, TON_CHANNEL_BOTH};
    if (value->n != 2) {
        ton_node_error(r->doc, value,
                       "two channels are written `[3, 4]`, the left one first; this list has %d",
                       value->n);
        return;
    }
    if (d->clip.take_right >= 0) {
        ton_node_error(r->doc, value,
                       "a pair of takes has its two sides; name one of the two as the `take`");
        return;
    }
    for (int i = 0; i < 2; i++) {
        if (is_number(value->items[i]))
            sides[i] = read_number(r, d, value->items[i]);
        else
            ton_node_error(r->doc, value->items[i],
                           "two channels are written as numbers, such as `[3, 4]`, not %s",
                           ton_node_found(r->doc, value->items[i]));
    }
    if (!sides[0] || !sides[1])
        return;
    if (sides[0] == sides[1]) {
        ton_node_error(r->doc, value, "both sides are channel %s; write `channel: %s` for one",
                       value->items[0]->text, value->items[0]->text);
        return;
    }
    d->clip.channel = sides[0];
    d->clip.channel_right = sides[1];
    d->clip.take_right = d->clip.take;
}

/* `left`, or the number of a channel of a take that has many, or two of them. The take was read
 * before. */
static void read_channel(struct ton_reader *r, const struct ton_field *field,
                         const struct ton_node *key, const struct ton_node *value, void *out) {
    struct draft *d = out;
    const int one = is_number(value) ? read_number(r, d, value) : 0;
    d->clip.channel = one ? one : TON_CHANNEL_FIRST; /* said to be wrong, or set below */
    if (value->kind == TON_NODE_LIST)
        read_two_channels(r, d, value);
    else if (!is_number(value))
        ton_read_int(r, field, key, value, out);
}

static struct ton_json *schema_number(void) {
    struct ton_json *number = ton_schema_of("integer", "One channel, counted from 1.");
    ton_json_set(number, "minimum", ton_json_integer(1));
    ton_json_set(number, "maximum", ton_json_integer(MOST_CHANNELS));
    return number;
}

static struct ton_json *schema_channel(const struct ton_field *field) {
    struct ton_json *two = ton_schema_list(schema_number());
    ton_json_set(two, "description", ton_json_string("Left and right, each counted from 1."));
    ton_json_set(two, "minItems", ton_json_integer(2));
    ton_json_set(two, "maxItems", ton_json_integer(2));
    struct ton_json *const forms[] = {ton_row_schema(&field->row), schema_number(), two};
    return ton_schema_any_of(forms, 3);
}

/* A track has two sides: what a take has beyond them must be asked for. */
static void warn_of_channels(struct ton_build *b, const struct draft *d) {
    const struct ton_take *take = d->clip.take >= 0 ? &b->s->takes[d->clip.take] : NULL;
    if (take && take->info.channels > 2 &&
        (d->clip.channel == TON_CHANNEL_BOTH || d->clip.channel == TON_CHANNEL_SUM))
        ton_node_warn(b->r.doc, d->node,
                      "the take `%s` has %d channels, and only the first two are heard; a clip "
                      "plays another with `channel: 3`",
                      take->name, take->info.channels);
}

static const char *const channel_choices[] = {"both", "left", "right", "sum", NULL};

const struct ton_field ton_clip_fields[] = {
    {.row =
         {.key = "take",
          .kind = TON_TEXT,
          .flags = TON_ROW_REQUIRED,
          .help =
              "The file in audio/ that it plays, or a pair of mono takes `[left.wav, right.wav]`."},
     .read = read_take,
     .schema = ton_schema_texts},
    {.row = {.key = "at",
             .kind = TON_TEXT,
             .help = "Where on the timeline it begins, such as `17|1` or `1:02.500`; the start "
                     "when not given."},
     .read = read_at,
     .schema = ton_schema_position},
    {.row = {.key = "from",
             .kind = TON_TEXT,
             .help =
                 "Where in the take or file it begins, in time, not in bars; its start when not "
                 "given."},
     .read = read_from,
     .schema = ton_schema_position},
    {.row =
         {.key = "to",
          .kind = TON_TEXT,
          .help =
              "Where in the take or file it ends, in time, not in bars; its end when not given."},
     .read = read_to,
     .schema = ton_schema_position},
    {.row = {.key = "length",
             .kind = TON_TEXT,
             .help = "How long it is, instead of `to`, such as `4 bars` or `2.5 s`."},
     .read = read_length,
     .schema = ton_schema_length},
    {.row = {.key = "gain",
             .kind = TON_NUMBER,
             .unit = TON_UNIT_DB,
             .min = -INFINITY,
             .flags = TON_ROW_OFF_MIN,
             .max = 48,
             .digits = 2,
             .help = "Gain of this clip, ahead of the chain."},
     .read = ton_read_float,
     .offset = offsetof(struct draft, clip.gain_db)},
    {.row = {.key = "fade_in", .kind = TON_TEXT, .help = "Length of the linear fade at its start."},
     .read = read_fade_in,
     .schema = ton_schema_length},
    {.row = {.key = "fade_out", .kind = TON_TEXT, .help = "Length of the linear fade at its end."},
     .read = read_fade_out,
     .schema = ton_schema_length},
    {.row = {.key = "crossfade",
             .kind = TON_TEXT,
             .help = "Length of the equal-power crossfade with the clip before it on the track, "
                     "centred on its start; both clips reach over the seam as far as their takes "
                     "have material. `fade in` counts where there is nothing to cross-fade with."},
     .read = read_crossfade,
     .schema = ton_schema_length},
    {.row = {.key = "channel",
             .kind = TON_CHOICE,
             .choices = channel_choices,
             .help = "Which channels of the take are heard: both, one, their sum, or the one "
                     "with a number, such as `3`, of a recording of many, or two of those, such as "
                     "`[3, 4]`, left and right."},
     .read = read_channel,
     .offset = offsetof(struct draft, clip.channel),
     .schema = schema_channel},
    {.row = {.key = "repeat",
             .kind = TON_COUNT,
             .min = 1,
             .max = MOST_REPEATS,
             .def = 1,
             .help = "How many times it is heard."},
     .read = ton_read_int,
     .offset = offsetof(struct draft, repeat)},
    {.row = {.key = "every",
             .kind = TON_TEXT,
             .help = "From the start of one repeat to the start of the next, such as `1 bar`; the "
                     "clip's length when not given."},
     .read = read_every,
     .schema = ton_schema_length},
    {.row = {.key = "mute", .kind = TON_SWITCH, .help = "Keeps the clip here but silent."},
     .read = ton_read_switch,
     .offset = offsetof(struct draft, mute)},
};
const int ton_n_clip_fields = TON_N(ton_clip_fields);

/* A time typed to the millisecond may be a little past an end that is not on a millisecond. */
static int64_t slack(const struct ton_build *b) {
    return b->s->rate / 1000 + 1;
}

static void say_beyond(struct ton_build *b, const struct draft *d, int64_t end) {
    char asked[32], there[32];
    const bool starts = d->from_node && d->clip.from > d->material;
    ton_time_format(asked, sizeof asked, starts ? d->clip.from : end, b->s->rate);
    ton_time_format(there, sizeof there, d->material, b->s->rate);
    ton_node_error(b->r.doc,
                   starts       ? d->from_node
                   : d->to_node ? d->to_node
                                : d->node,
                   "the clip %s %s in its %s `%s`, which is only %s long",
                   starts ? "begins at" : "reaches to", asked, d->clip.midi ? "file" : "take",
                   d->name, there);
}

static bool fade_fits(struct ton_build *b, const struct ton_node *node, int64_t fade,
                      const struct draft *d) {
    char length[32];
    if (fade > d->clip.frames)
        ton_node_error(b->r.doc, node, "the fade is longer than the clip, which is %s",
                       ton_time_format(length, sizeof length, d->clip.frames, b->s->rate));
    return fade <= d->clip.frames;
}

bool ton_clip_resolve(struct ton_build *b, struct draft *d) {
    int64_t from = d->clip.from;
    int64_t end = d->length >= 0     ? from + d->length
                  : d->to >= 0       ? d->to
                  : d->material >= 0 ? d->material
                                     : from;
    if (d->material >= 0 && end > d->material && end <= d->material + slack(b))
        end = d->material;
    bool known = d->material >= 0 || d->to_node;
    if (d->material >= 0 && (end > d->material || from > d->material)) {
        say_beyond(b, d, end > from ? end : from);
        return false;
    }
    if (known && end <= from) {
        ton_node_error(b->r.doc, d->to_node ? d->to_node : d->node,
                       "the clip ends before it begins: it would be empty");
        return false;
    }
    d->clip.frames = end - from;
    if (!known)
        return true;
    const bool in_fits = fade_fits(b, d->fade_in_node, d->clip.fade_in, d);
    const bool out_fits = fade_fits(b, d->fade_out_node, d->clip.fade_out, d);
    return in_fits && out_fits;
}

void ton_clip_place(struct ton_build *b, struct clip_list *list, struct draft *d) {
    if (d->material < 0 && !d->clip.midi && b->r.takes && b->r.takes->or_silence)
        return;
    struct ton_length own = {.frames = (double)d->clip.frames};
    const struct ton_length *every = d->has_every ? &d->every : &own;
    const double most = TON_MOST_SECONDS * b->s->rate;
    if ((double)ton_length_after(every, d->repeat - 1, b->bars, d->clip.at) > most) {
        ton_node_error(b->r.doc, d->node, "the last of %d repeats begins after more than 100 hours",
                       d->repeat);
        return;
    }
    for (int i = 0; i < d->repeat; i++) {
        if (b->n_clips >= MOST_CLIPS) {
            if (b->n_clips++ == MOST_CLIPS)
                ton_node_error(b->r.doc, d->node,
                               "the session has more than 1,000,000 clips, repeats counted");
            return;
        }
        b->n_clips++;
        struct placed *p = TON_PUSH(b->r.arena, list->items, list->n, list->capacity);
        if (!p)
            return;
        *p = (struct placed){.clip = d->clip, .draft = d, .index = list->n, .first = i == 0};
        p->clip.at = ton_length_after(every, i, b->bars, d->clip.at);
    }
}

static struct ton_written_clip as_written(const struct ton_build *b, const struct draft *d) {
    return (struct ton_written_clip){
        .node = d->node,
        .clip = d->clip,
        .crossfade = d->crossfade,
        .every =
            d->has_every ? ton_length_after(&d->every, 1, b->bars, d->clip.at) - d->clip.at : 0,
        .repeat = d->repeat,
        .mute = d->mute,
        .known = d->material >= 0 || d->to_node};
}

struct draft *ton_clip_draft(struct ton_build *b, const struct ton_node *node) {
    struct draft *d = TON_NEW(b->r.arena, struct draft);
    if (d)
        *d = (struct draft){
            .clip = {.take = -1, .take_right = -1, .where = ton_node_where(b->r.doc, node)},
            .node = node,
            .material = -1,
            .to = -1,
            .length = -1,
            .repeat = 1};
    return d;
}

void ton_clip_keep(struct ton_build *b, struct clip_list *list, const struct draft *d) {
    struct ton_written_clip *written =
        TON_PUSH(b->r.arena, list->written, list->n_written, list->written_capacity);
    if (written)
        *written = as_written(b, d);
}

static void read_clip(struct ton_build *b, struct clip_list *list, const struct ton_node *node) {
    struct draft *d = ton_clip_draft(b, node);
    if (!d)
        return;
    ton_fields_read(&b->r, ton_clip_fields, ton_n_clip_fields, node, "a clip", d);
    warn_of_channels(b, d);
    const bool refused = d->times_refused || !ton_clip_resolve(b, d) || d->clip.take < 0;
    list->refused |= refused || d->at_refused;
    if (refused)
        return;
    ton_clip_keep(b, list, d);
    if (!d->mute)
        ton_clip_place(b, list, d);
}

static struct ton_clip *placed_clips(struct ton_arena *a, const struct clip_list *list, int *n) {
    struct ton_clip *clips = TON_NEW_N(a, struct ton_clip, list->n + 1);
    *n = clips ? (int)list->n : 0;
    for (int i = 0; i < *n; i++)
        clips[i] = list->items[i].clip;
    return clips;
}

void ton_read_clips(struct ton_reader *r, const struct ton_field *field, const struct ton_node *key,
                    const struct ton_node *value, void *out) {
    (void)field, (void)key;
    struct ton_build *b = ton_build_of(r);
    struct ton_strip *strip = out;
    struct clip_list list = {0}, notes = {0};
    if (strip->is_bus) {
        ton_node_error(r->doc, value,
                       "a bus plays no clips; put them on a track that goes `to: %s`", strip->name);
        return;
    }
    if (ton_node_is_null(value))
        return;
    const bool one =
        value->kind == TON_NODE_MAP && (ton_node_get(value, "take") || ton_is_notes(value));
    if (value->kind != TON_NODE_LIST)
        ton_node_error(r->doc, value,
                       "`clips` is a list such as `[{take: kick.wav, at: 1|1}]`, "
                       "not %s",
                       ton_node_found(r->doc, value));
    if (value->kind != TON_NODE_LIST && !one)
        return;
    const struct ton_node *const *items =
        one ? &value : (const struct ton_node *const *)value->items;
    const int n = one ? 1 : value->n;
    size_t errors = r->doc->problems->n_errors;
    for (int i = 0; i < n; i++)
        if (ton_is_notes(items[i]))
            ton_notes_read(b, &notes, items[i]);
        else
            read_clip(b, &list, items[i]);
    ton_clips_sort(&list);
    ton_clips_sort(&notes);
    if (!list.refused && errors == r->doc->problems->n_errors)
        ton_clips_crossfade(b, &list);
    strip->clips = placed_clips(r->arena, &list, &strip->n_clips);
    strip->notes = placed_clips(r->arena, &notes, &strip->n_notes);
    strip->written = list.written;
    strip->n_written = (int)list.n_written;
    strip->written_notes = notes.written;
    strip->n_written_notes = (int)notes.n_written;
}

struct ton_json *ton_schema_clips(const struct ton_field *field) {
    struct ton_field fields[TON_N(ton_clip_fields)];
    const int n = ton_note_fields(fields);
    struct ton_json *const forms[] = {ton_fields_schema(ton_clip_fields, ton_n_clip_fields),
                                      ton_fields_schema(fields, n)};
    struct ton_json *list = ton_schema_list(ton_schema_any_of(forms, 2));
    ton_json_set(list, "description", ton_json_string(field->row.help));
    return list;
}
