/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The clips of a take that never got into its session: those that a stop would have written. */
#include "recover.h"

#include "text.h"

#include "ton/audio_in.h"
#include "ton/layout.h"
#include "ton/path.h"
#include "ton/session.h"
#include "ton/takes.h"

static enum ton_code no_memory(struct ton_err *err) {
    return ton_fail(err, TON_MEMORY, NULL, "no memory to recover the takes");
}

/* Its clip was written before the crash, or a person did. */
static bool stands_in(const struct ton_session *s, const char *file) {
    for (int i = 0; i < s->n_takes; i++)
        if (ton_text_same(s->takes[i].name, file))
            return true;
    return false;
}

/* What of a take is whose: a track, its channels, its inputs. */
struct shares {
    struct ton_placing *items; /* without place */
    int n;
    const char **inputs; /* a channel each; NULL: unknown */
};

/* Behind `name` in a list `Kick, Keys` that begins with it; NULL when it does not. */
static const char *behind(const char *list, const char *name) {
    const size_t n = strlen(name);
    if (strncmp(list, name, n) != 0 || (list[n] && strncmp(list + n, ", ", 2) != 0))
        return NULL;
    return list[n] ? list + n + 2 : list + n;
}

/* The track without its side: `Keys L` is of `Keys`, where `Keys R` is beside it. */
static const char *without_side(struct ton_arena *arena, const char *left, const char *right) {
    const size_t n = strlen(left);
    const bool sides = right && n > 2 && strlen(right) == n && strncmp(left, right, n - 1) == 0 &&
                       left[n - 2] == ' ' && left[n - 1] == 'L' && right[n - 1] == 'R';
    return sides ? ton_arena_copy(arena, left, n - 2) : NULL;
}

static void share(struct shares *s, const char *track, int channel, int n) {
    s->items[s->n++] = (struct ton_placing){.track = track,
                                            .channel = channel,
                                            .channel_right = n == 2 ? channel + 1 : 0,
                                            .inputs = s->inputs ? s->inputs + channel - 1 : NULL,
                                            .n_inputs = s->inputs ? n : 0};
}

/* A file of all tracks says itself which channel is whose, and its row which of them are the two
 * sides of one: both have the order in which they were armed. False: they do not fit together. */
static bool share_channels(struct shares *s, struct ton_arena *arena,
                           const struct ton_take_row *row, const char *const *names) {
    const char *list = row->track;
    for (int c = 0, n; c < row->channels; c += n) {
        const char *name = names ? names[c] : NULL, *rest = name ? behind(list, name) : NULL;
        n = rest ? 1 : 2;
        if (name && !rest) {
            name = without_side(arena, name, c + 1 < row->channels ? names[c + 1] : NULL);
            rest = name ? behind(list, name) : NULL;
        }
        if (!rest)
            return false;
        share(s, ton_arena_text(arena, name), c + 1, n);
        list = rest;
    }
    return !*list;
}

/* A line for each channel. NULL: unknown, or not as many. */
static const char **read_inputs(struct ton_arena *arena, const struct ton_take_row *row) {
    const char **inputs = TON_NEW_N(arena, const char *, row->channels);
    const char *at = row->inputs;
    int n = 0;
    while (at && inputs && n < row->channels) {
        const size_t length = strcspn(at, "\n");
        inputs[n++] = ton_arena_copy(arena, at, length);
        at = at[length] ? at + length + 1 : NULL;
    }
    return n == row->channels && !at ? inputs : NULL;
}

static enum ton_code find_shares(struct shares *s, struct ton_arena *arena,
                                 const struct ton_take_row *row, const char *path,
                                 struct ton_err *err) {
    struct ton_audio_in *in = NULL;
    *s = (struct shares){.items = TON_NEW_N(arena, struct ton_placing, row->channels),
                         .inputs = read_inputs(arena, row)};
    if (!s->items)
        return no_memory(err);
    if (row->channels <= 2 && !strstr(row->track, ", ")) {
        share(s, row->track, 1, row->channels);
        s->items->channel = s->items->channel_right = 0;
        return TON_OK;
    }
    const enum ton_code code = ton_audio_open(&in, path, err);
    if (code)
        return code;
    const struct ton_audio_info *info = ton_audio_info(in);
    const bool fits =
        info->channels == row->channels && share_channels(s, arena, row, info->track_names);
    ton_audio_close(in);
    return fits ? TON_OK
                : ton_fail(err, TON_INPUT, path,
                           "does not say which channels are those of %s; write its clips into "
                           "the session by hand",
                           row->track);
}

/* Is `a` newer than `b`? A row that was made of a file's own words comes late. */
static bool is_newer(const struct ton_take_row *a, const struct ton_take_row *b) {
    const int order = strcmp(a->began, b->began);
    if (order != 0)
        return order > 0;
    return a->number != b->number ? a->number > b->number : a->id > b->id;
}

/* -1: it is nobody's. */
static int row_of(const struct unplaced *u, const char *file) {
    for (int i = 0; i < u->n_rows; i++)
        if (ton_text_same(u->rows[i].file, file))
            return i;
    return -1;
}

static bool meets(const struct ton_written_clip *w, const struct ton_placing *placing) {
    const int64_t step = w->every ? w->every : w->clip.frames;
    const int64_t end = w->clip.at + (w->repeat - 1) * step + w->clip.frames;
    return !w->mute && w->known && w->clip.at < placing->at + placing->frames && end > placing->at;
}

/* What is heard at the same time and does not give way to it. `*newer`: the file of what was
 * recorded later; else it is what the session played before this recovery. */
static bool stays(const char **newer, const struct ton_session *s, const struct unplaced *u,
                  const struct ton_placing *placing) {
    const int i = ton_session_find_strip(s, placing->track);
    bool stays = false;
    for (int k = 0; i >= 0 && k < s->strips[i].n_written; k++) {
        const struct ton_written_clip *w = &s->strips[i].written[k];
        if (!meets(w, placing))
            continue;
        const int other = row_of(u, s->takes[w->clip.take].name);
        if (other >= 0 && is_newer(&u->rows[other], u->row)) {
            *newer = u->rows[other].file;
            return true;
        }
        stays |= u->is_found && (other < 0 || !u->written[other]);
    }
    return stays;
}

/* Each clip on each of its tracks, as a stop writes them; but what was recorded after the crash
 * does not give way. */
static int make_placings(struct ton_placing *out, struct ton_recovered *told,
                         const struct shares *s, const struct ton_session *session,
                         const struct unplaced *u) {
    int n = 0;
    for (int c = 0; c < u->take->n_clips; c++)
        for (int i = 0; i < s->n; i++) {
            struct ton_placing *placing = &out[n];
            if (!text_clip(placing, &s->items[i], u->row->file, &u->take->clips[c], u->heard))
                continue;
            if (u->heard && stays(&told->beneath, session, u, placing))
                placing->heard = placing->replaces = false;
            n++;
        }
    return n;
}

static const char *join(struct ton_arena *arena, const char *a, const char *b) {
    return a && b ? ton_arena_printf(arena, "%s, %s", a, b) : a ? a : b;
}

/* As a stop tells it. */
static void tell(struct ton_recovered *told, struct ton_arena *arena,
                 const struct ton_placing *placings, int n, const struct ton_problems *problems) {
    told->placed = n > 0;
    for (int i = 0; i < n; i++) {
        told->heard |= placings[i].heard;
        told->gave_way = join(arena, told->gave_way, placings[i].gave_way);
    }
    for (size_t i = 0; i < problems->n; i++)
        told->warning = join(arena, told->warning, problems->items[i].text);
}

enum ton_code recover_place(struct ton_recovered *told, struct ton_arena *arena,
                            const struct unplaced *u, struct ton_err *err) {
    const struct ton_take_row *row = u->row;
    struct ton_problems of_session, problems;
    struct ton_session *session = NULL;
    struct ton_takes takes = ton_takes_from_files();
    struct shares shares;
    const char *path = ton_arena_printf(arena, "%s/sessions/%s.yaml", u->folder, row->session);
    const char *file = ton_arena_printf(arena, "%s/audio/%s", u->folder, row->file);
    if (row->channels < 1 || row->channels > TON_MAX_CHANNELS)
        return ton_fail(err, TON_INPUT, row->file,
                        "has %d channels by its row in production.db, where 1 to %d can be; set "
                        "that row right",
                        row->channels, TON_MAX_CHANNELS);
    struct ton_placing *placings =
        TON_NEW_N(arena, struct ton_placing, (size_t)u->take->n_clips * (size_t)row->channels + 1);
    takes.may_miss = true; /* what else the session plays is not to be judged here */
    ton_problems_init(&of_session, arena);
    ton_problems_init(&problems, arena);
    if (!path || !file || !placings)
        return no_memory(err);
    enum ton_code code = ton_session_read(&session, arena, path, &takes, &of_session, err);
    if (code || stands_in(session, row->file) || u->take->n_clips == 0)
        return code;
    code = find_shares(&shares, arena, row, file, err);
    const int n = code ? 0 : make_placings(placings, told, &shares, session, u);
    if (!code && ton_arena_failed(arena))
        code = no_memory(err);
    if (!code && n > 0)
        code = text_place(path, arena, placings, n, &problems, err);
    if (!code)
        tell(told, arena, placings, n, &problems);
    return !code && ton_arena_failed(arena) ? no_memory(err) : code;
}
