/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which clips were moved, trimmed, changed, added or removed, as they are written: before repeats,
 * crossfades and the arrangement.
 *
 * Clips are paired in passes, each less strict: equal in place and stretch; at the same place; the
 * same stretch somewhere else (moved); the same sound at the same time, begun or ended elsewhere
 * (trimmed); another take at the same place. Then what was said of several is said once. */
#include "build.h"
#include "diff.h"

#include "ton/text.h"

struct view {
    const struct ton_written_clip *written;
    const char *take, *right; /* names */
    int64_t time, beat, from, frames;
    int pair; /* index of its other; -1 */
};

/* What is the same in a pass. */
enum { BY_TAKE = 1, BY_TIME = 2, BY_BEAT = 4, BY_FROM = 8, BY_FRAMES = 16, BY_ALIGNMENT = 32 };

struct slot {
    const char *take, *right;
    int64_t keys[4];
    int index;
};

static int compare_keys(const void *a, const void *b) {
    const struct slot *x = a, *y = b;
    int order = strcmp(x->take, y->take);
    if (order == 0)
        order = strcmp(x->right, y->right);
    for (int i = 0; order == 0 && i < 4; i++)
        order = (x->keys[i] > y->keys[i]) - (x->keys[i] < y->keys[i]);
    return order;
}

static int compare_slots(const void *a, const void *b) {
    const struct slot *x = a, *y = b;
    int order = compare_keys(a, b);
    return order ? order : (x->index > y->index) - (x->index < y->index);
}

/* Frames of a as frames of b's rate, so that a change of rate moves nothing: to 0.1 ms then. */
static int64_t scaled(const struct ton_diff *d, const struct ton_session *s, int64_t frames) {
    return d->a->rate == d->b->rate ? frames : llround((double)frames * 1e4 / s->rate);
}

/* The words as typed; `otherwise` when the key is not there. */
static const char *typed(const struct ton_written_clip *clip, const char *key,
                         const char *otherwise) {
    const struct ton_node *value = ton_node_get(clip->node, key);
    return value && value->kind == TON_NODE_SCALAR ? value->text : otherwise;
}

/* Those of takes, then those of MIDI files. */
static int n_clips(const struct ton_strip *strip) {
    return strip->n_written + strip->n_written_notes;
}

static const struct ton_written_clip *clip_at(const struct ton_strip *strip, int i) {
    return i < strip->n_written ? &strip->written[i] : &strip->written_notes[i - strip->n_written];
}

/* Of a pair of takes; two channels of one take have the one name. */
static const char *right_of(const struct ton_session *s, const struct ton_clip *clip) {
    return clip->take_right >= 0 && !clip->channel_right ? s->takes[clip->take_right].name : "";
}

static struct view *views_of(const struct ton_diff *d, const struct ton_session *s,
                             const struct ton_strip *strip) {
    struct view *views = TON_NEW_N(d->arena, struct view, n_clips(strip) + 1);
    for (int i = 0; views && i < n_clips(strip); i++) {
        const struct ton_written_clip *w = clip_at(strip, i);
        const struct ton_clip *clip = &w->clip;
        views[i] =
            (struct view){.written = w,
                          .take = clip->midi ? typed(w, "midi", "") : s->takes[clip->take].name,
                          .right = right_of(s, clip),
                          .time = scaled(d, s, clip->at),
                          .beat = s->has_tempo ? ton_diff_ticks(s, clip->at) : 0,
                          .from = scaled(d, s, clip->from),
                          .frames = w->known ? scaled(d, s, clip->frames) : -1,
                          .pair = -1};
    }
    return views;
}

static int fill(struct slot *slots, const struct view *views, int n, unsigned by) {
    int used = 0;
    for (int i = 0; i < n; i++) {
        const struct view *v = &views[i];
        if (v->pair >= 0)
            continue;
        slots[used++] =
            (struct slot){.take = by & BY_TAKE ? v->take : "",
                          .right = by & BY_TAKE ? v->right : "",
                          .keys = {by & BY_TIME        ? v->time
                                   : by & BY_BEAT      ? v->beat
                                   : by & BY_ALIGNMENT ? v->time - v->from
                                                       : 0,
                                   by & BY_FROM ? v->from : 0, by & BY_FRAMES ? v->frames : 0},
                          .index = i};
    }
    if (used > 1)
        qsort(slots, (size_t)used, sizeof *slots, compare_slots);
    return used;
}

static void pair_by(unsigned by, struct view *a, int n_a, struct view *b, int n_b, struct slot *x,
                    struct slot *y) {
    n_a = fill(x, a, n_a, by);
    n_b = fill(y, b, n_b, by);
    for (int i = 0, k = 0; i < n_a && k < n_b;) {
        int order = compare_keys(&x[i], &y[k]);
        if (order == 0) {
            a[x[i].index].pair = y[k].index;
            b[y[k].index].pair = x[i].index;
        }
        i += order <= 0;
        k += order >= 0;
    }
}

static bool pair_all(const struct ton_diff *d, struct view *a, int n_a, struct view *b, int n_b) {
    static const unsigned passes[] = {BY_TAKE | BY_TIME | BY_FROM | BY_FRAMES,
                                      BY_TAKE | BY_BEAT | BY_FROM | BY_FRAMES,
                                      BY_TAKE | BY_TIME,
                                      BY_TAKE | BY_BEAT,
                                      BY_TAKE | BY_FROM | BY_FRAMES,
                                      BY_TAKE | BY_ALIGNMENT,
                                      BY_TIME | BY_FROM,
                                      BY_BEAT | BY_FROM};
    struct slot *x = TON_NEW_N(d->arena, struct slot, n_a + 1);
    struct slot *y = TON_NEW_N(d->arena, struct slot, n_b + 1);
    bool beats = !d->tempo_same && d->a->has_tempo && d->b->has_tempo;
    for (int i = 0; x && y && i < TON_N(passes); i++)
        if (beats || !(passes[i] & BY_BEAT))
            pair_by(passes[i], a, n_a, b, n_b, x, y);
    return x && y;
}

/* What is said of clips, before equal sentences become one. */
struct note {
    const char *key, *from, *to, *body; /* body: "fade in 10 ms → 250 ms" */
    const char *single;                 /* instead of `body`, when it is said of one clip */
    const char *take;
    const struct ton_session *s; /* that the place is of */
    int64_t at;
    bool said;
};

struct notes {
    const struct ton_diff *d;
    struct note *items;
    size_t n, capacity;
    struct note about; /* the clip that is spoken of */
};

static struct note *note(struct notes *notes, const char *key, const char *from, const char *to,
                         const char *body) {
    struct note *n = TON_PUSH(notes->d->arena, notes->items, notes->n, notes->capacity);
    if (!n)
        return NULL;
    *n = notes->about;
    n->key = key;
    n->from = from;
    n->to = to;
    n->body = n->single = body ? body : "";
    return n;
}

static void note_value(struct notes *notes, const char *key, const char *from, const char *to) {
    if (!ton_text_same(from, to))
        note(notes, key, from, to, ton_diff_text(notes->d, "%s %s → %s", key, from, to));
}

/* A length that was typed, when it is another one now; the same words say that only the tempo or
 * the rate is another. */
static void note_length(struct notes *notes, const char *key, const struct view *a,
                        const struct view *b, int64_t x, int64_t y, const char *otherwise) {
    const char *from = typed(a->written, key, NULL), *to = typed(b->written, key, NULL);
    if (!ton_diff_same_length(notes->d, x, y) && !(from && ton_text_same(from, to)))
        note_value(notes, key, from ? from : otherwise, to ? to : otherwise);
}

static void note_move(struct notes *notes, const struct view *a, const struct view *b) {
    const struct ton_diff *d = notes->d;
    const struct ton_clip *x = &a->written->clip, *y = &b->written->clip;
    const char *was = typed(a->written, "at", "0:00"), *now = typed(b->written, "at", "0:00");
    if (ton_diff_same_place(d, x->at, y->at) || ton_text_same(was, now))
        return;
    const char *from = ton_diff_at(d, d->a, x->at), *to = ton_diff_at(d, d->b, y->at);
    const char *body = ton_diff_text(d, "moved %s", ton_diff_shift(d, x->at, y->at));
    struct note *n = note(notes, "at", from, to, body);
    if (n && !ton_text_same(from, to))
        n->single = ton_diff_text(d, "%s, to %s", body, to);
}

/* Where it begins and ends in its take, in the words that were typed. */
static void note_trim(struct notes *notes, const struct view *a, const struct view *b) {
    const struct ton_diff *d = notes->d;
    const struct ton_clip *x = &a->written->clip, *y = &b->written->clip;
    note_length(notes, "from", a, b, x->from, y->from, "0:00");
    const char *length_a = typed(a->written, "length", NULL);
    const char *length_b = typed(b->written, "length", NULL);
    bool open_a = !length_a && !typed(a->written, "to", NULL);
    bool open_b = !length_b && !typed(b->written, "to", NULL);
    if (open_a && open_b)
        return;
    if (!length_a && !length_b)
        note_length(notes, "to", a, b, x->from + x->frames + open_a, y->from + y->frames + open_b,
                    x->midi ? "the file's end" : "the take's end");
    else if (length_a && length_b)
        note_length(notes, "length", a, b, x->frames, y->frames, NULL);
    else if (!a->written->known || !b->written->known ||
             !ton_diff_same_length(d, x->frames, y->frames))
        note_value(notes, "length", length_a ? length_a : ton_diff_length(d, x->frames, d->a->rate),
                   length_b ? length_b : ton_diff_length(d, y->frames, d->b->rate));
}

static const char *take_of(const struct ton_diff *d, const struct view *v) {
    return *v->right ? ton_diff_text(d, "[%s, %s]", v->take, v->right) : v->take;
}

static const char *channel_of(const struct ton_diff *d, const struct ton_written_clip *clip) {
    return clip->clip.channel_right
               ? ton_diff_text(d, "[%d, %d]", clip->clip.channel - TON_CHANNEL_FIRST + 1,
                               clip->clip.channel_right - TON_CHANNEL_FIRST + 1)
               : typed(clip, "channel", "both");
}

static void note_sound(struct notes *notes, const struct view *a, const struct view *b) {
    const struct ton_diff *d = notes->d;
    const struct ton_written_clip *x = a->written, *y = b->written;
    note_length(notes, "fade in", a, b, x->clip.fade_in, y->clip.fade_in, "none");
    note_length(notes, "fade out", a, b, x->clip.fade_out, y->clip.fade_out, "none");
    note_length(notes, "crossfade", a, b, x->crossfade, y->crossfade, "none");
    note_length(notes, "every", a, b, x->every, y->every, "its length");
    if (x->clip.gain_db != y->clip.gain_db) {
        const char *from = ton_diff_unit(d, (double)x->clip.gain_db, TON_UNIT_DB, 6);
        const char *to = ton_diff_unit(d, (double)y->clip.gain_db, TON_UNIT_DB, 6);
        note_value(notes, "gain", from, to);
    }
    if (x->clip.channel != y->clip.channel || x->clip.channel_right != y->clip.channel_right)
        note_value(notes, "channel", channel_of(d, x), channel_of(d, y));
    if (x->repeat != y->repeat)
        note_value(notes, "repeat", ton_diff_text(d, "%d", x->repeat),
                   ton_diff_text(d, "%d", y->repeat));
    if (x->mute != y->mute)
        note(notes, "mute", x->mute ? "on" : "off", y->mute ? "on" : "off",
             y->mute ? "muted (mute off → on)" : "no longer muted (mute on → off)");
}

static void note_file(struct notes *notes, const struct view *a, const struct view *b) {
    const char *from = a->written->clip.midi, *to = b->written->clip.midi;
    if (from && to && strcmp(a->take, b->take) == 0 && !ton_diff_same_file(from, to))
        note(notes, "notes", from, to,
             ton_diff_text(notes->d, "other notes under the file's name: %s → %s", from, to));
}

static void note_take(struct notes *notes, const struct view *a, const struct view *b) {
    bool pairs = *a->right && *b->right;
    if (pairs && !strcmp(a->take, b->take))
        note_value(notes, "right take", a->right, b->right);
    else if (pairs && !strcmp(a->right, b->right))
        note_value(notes, "left take", a->take, b->take);
    else
        note_value(notes, b->written->clip.midi ? "file" : "take", take_of(notes->d, a),
                   take_of(notes->d, b));
}

static void speak_of(struct notes *notes, const struct ton_session *s, const struct view *v) {
    notes->about = (struct note){.take = take_of(notes->d, v), .s = s, .at = v->written->clip.at};
}

static void note_alone(struct notes *notes, const struct view *v, const char *what, bool added) {
    const char *repeats =
        v->written->repeat > 1 ? ton_diff_text(notes->d, ", %d times", v->written->repeat) : "";
    const char *muted = v->written->mute ? ", muted" : "";
    const char *body = ton_diff_text(notes->d, "%s%s%s", what, repeats, muted);
    const char *place = ton_diff_at(notes->d, notes->about.s, notes->about.at);
    note(notes, "clip", added ? NULL : place, added ? place : NULL, body);
}

static void note_all(struct notes *notes, const struct view *a, int n_a, const struct view *b,
                     int n_b) {
    for (int i = 0; i < n_a; i++) {
        speak_of(notes, notes->d->a, &a[i]);
        if (a[i].pair < 0) {
            note_alone(notes, &a[i], "removed", false);
            continue;
        }
        const struct view *now = &b[a[i].pair];
        note_take(notes, &a[i], now);
        note_file(notes, &a[i], now);
        note_move(notes, &a[i], now);
        note_trim(notes, &a[i], now);
        note_sound(notes, &a[i], now);
    }
    for (int k = 0; k < n_b; k++) {
        speak_of(notes, notes->d->b, &b[k]);
        if (b[k].pair < 0)
            note_alone(notes, &b[k], "added", true);
    }
}

/* "clip at 9|1 (kick.wav)", "12 clips between 9|1 and 17|1 (kick.wav)". */
static const char *subject(const struct ton_diff *d, const struct note *first,
                           const struct note *last, int count, bool one_take) {
    const char *at = ton_diff_at(d, first->s, first->at);
    if (count == 1)
        return ton_diff_text(d, "clip at %s (%s)", at, first->take);
    const char *to = ton_diff_at(d, last->s, last->at);
    const char *place = ton_text_same(at, to) ? ton_diff_text(d, "at %s", at)
                                              : ton_diff_text(d, "between %s and %s", at, to);
    return one_take ? ton_diff_text(d, "%d clips %s (%s)", count, place, first->take)
                    : ton_diff_text(d, "%d clips %s", count, place);
}

static void say_like(const struct notes *notes, size_t i) {
    struct note *like = &notes->items[i];
    const struct note *first = like, *last = like;
    bool one_take = true;
    int count = 0;
    for (size_t k = i; k < notes->n; k++) {
        struct note *n = &notes->items[k];
        if (n->said || strcmp(n->body, like->body) != 0 || !ton_text_same(n->key, like->key))
            continue;
        n->said = true;
        one_take = one_take && ton_text_same(n->take, like->take);
        first = n->at < first->at ? n : first;
        last = n->at > last->at ? n : last;
        count++;
    }
    const struct ton_diff *d = notes->d;
    const char *who = subject(d, first, last, count, one_take);
    bool verb = !strcmp(like->key, "clip") || !strcmp(like->key, "at") ||
                !strcmp(like->key, "mute"); /* "clip at 9|1 moved", but "clip at 9|1: gain …" */
    ton_diff_say(d, ton_diff_text(d, "%s: %s", who, like->key), like->from, like->to, "%s%s %s",
                 who, verb ? "" : ":", count == 1 ? like->single : like->body);
}

bool ton_diff_same_words(const struct ton_diff *d, const struct ton_strip *a,
                         const struct ton_strip *b) {
    bool same = a->n_written == b->n_written && a->n_written_notes == b->n_written_notes;
    for (int i = 0; same && i < n_clips(a); i++) {
        const struct ton_written_clip *x = clip_at(a, i), *y = clip_at(b, i);
        same = (y->clip.midi ? ton_diff_same_file(x->clip.midi, y->clip.midi)
                             : d->takes[y->clip.take] == x->clip.take) &&
               (x->clip.take_right < 0) == (y->clip.take_right < 0) &&
               x->clip.channel_right == y->clip.channel_right &&
               (!x->clip.channel_right || x->clip.channel == y->clip.channel);
        for (int k = 0; same && k < ton_n_clip_fields; k++) {
            char key[64];
            ton_key_to_words(key, sizeof key, ton_clip_fields[k].row.key);
            same = ton_text_same(typed(x, key, ""), typed(y, key, ""));
        }
    }
    return same;
}

void ton_diff_clips(const struct ton_diff *d, const struct ton_strip *a,
                    const struct ton_strip *b) {
    if (ton_diff_same_clips(d, a, b))
        return;
    struct view *x = views_of(d, d->a, a), *y = views_of(d, d->b, b);
    struct notes notes = {.d = d};
    if (!x || !y || !pair_all(d, x, n_clips(a), y, n_clips(b)))
        return;
    note_all(&notes, x, n_clips(a), y, n_clips(b));
    for (size_t i = 0; i < notes.n; i++)
        if (!notes.items[i].said)
            say_like(&notes, i);
}
