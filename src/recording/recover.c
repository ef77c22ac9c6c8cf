/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a crash left unfinished: the takes' lengths, their rows, their clips. */
#include "ton/recover.h"

#include "ton/audio_in.h"
#include "ton/document.h"
#include "ton/path.h"
#include "ton/place.h"
#include "ton/production.h"
#include "ton/recorder.h"
#include "ton/recordings.h"
#include "ton/session.h"
#include "ton/takes.h"

static enum ton_code no_memory(struct ton_err *err) {
    return ton_fail(err, TON_MEMORY, NULL, "no memory to recover the takes");
}

static const char *session_path(struct ton_arena *arena, const char *folder, const char *session) {
    return ton_arena_printf(arena, "%s/sessions/%s.yaml", folder, session);
}

/* Its clip was written before the crash, or a person did. */
static bool stands_in(const struct ton_session *s, const char *file) {
    for (int i = 0; i < s->n_takes; i++)
        if (ton_text_same(s->takes[i].name, file))
            return true;
    return false;
}

/* What lies on the timeline, behind the button and before the punch-out. Without frames there is
 * nothing to hear. */
static struct ton_placing placing_of(const struct ton_take_row *row, const char *track,
                                     int64_t frames) {
    const int64_t place = row->place + row->pre_roll;
    const int64_t early = place < 0 ? -place : 0;
    int64_t end = row->place + frames;
    if (row->heard_to > 0 && row->heard_to < end)
        end = row->heard_to;
    return (struct ton_placing){
        .track = track,
        .take = row->file,
        .at = place + early,
        .from = row->pre_roll + early,
        .frames = end - place - early,
        .heard = true,
        .replaces = true,
        .crossfade_ms = 10,
    };
}

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

/* A file of all tracks says itself which channel is whose, and its row which of them are the two
 * sides of one: both have the order in which they were armed. -1: they do not fit together. */
static int find_channels(struct ton_placing *out, struct ton_arena *arena,
                         const struct ton_take_row *row, const char *const *names, int channels,
                         int64_t frames) {
    const char *list = row->track;
    int n = 0;
    for (int c = 0; c < channels; n++) {
        const char *name = names ? names[c] : NULL, *rest = name ? behind(list, name) : NULL;
        const bool alone = rest != NULL;
        if (name && !alone) {
            name = without_side(arena, name, c + 1 < channels ? names[c + 1] : NULL);
            rest = name ? behind(list, name) : NULL;
        }
        if (!rest)
            return -1;
        out[n] = placing_of(row, ton_arena_text(arena, name), frames);
        out[n].channel = ++c;
        out[n].channel_right = alone ? 0 : ++c;
        list = rest;
    }
    return *list ? -1 : n;
}

static enum ton_code find_placings(struct ton_placing *out, int *n, struct ton_arena *arena,
                                   const struct ton_take_row *row, const char *path, int64_t frames,
                                   struct ton_err *err) {
    struct ton_audio_in *in = NULL;
    *n = 1;
    if (row->channels <= 2 && !strstr(row->track, ", ")) {
        out[0] = placing_of(row, row->track, frames);
        return TON_OK;
    }
    const enum ton_code code = ton_audio_open(&in, path, err);
    if (code)
        return code;
    const struct ton_audio_info *info = ton_audio_info(in);
    *n = info->channels == row->channels
             ? find_channels(out, arena, row, info->track_names, info->channels, frames)
             : -1;
    ton_audio_close(in);
    return *n >= 0 ? TON_OK
                   : ton_fail(err, TON_INPUT, path,
                              "does not say which channels are those of %s; write its clips into "
                              "the session by hand",
                              row->track);
}

static enum ton_code place(bool *placed, struct ton_arena *arena, const char *folder,
                           const struct ton_take_row *row, const char *file, int64_t frames,
                           struct ton_err *err) {
    struct ton_problems problems;
    struct ton_session *session = NULL;
    struct ton_takes takes = ton_takes_from_files();
    const char *path = session_path(arena, folder, row->session);
    struct ton_placing *placings = TON_NEW_N(arena, struct ton_placing, row->channels + 1);
    char *text = NULL, *changed = NULL;
    size_t length = 0;
    int n = 0;
    takes.may_miss = true; /* what else the session plays is not to be judged here */
    ton_problems_init(&problems, arena);
    if (!path || !placings)
        return no_memory(err);
    enum ton_code code = ton_session_read(&session, arena, path, &takes, &problems, err);
    if (code || stands_in(session, row->file) || placing_of(row, "", frames).frames <= 0)
        return code;
    code = find_placings(placings, &n, arena, row, file, frames, err);
    if (!code)
        code = ton_path_read(&text, &length, arena, path, TON_DOCUMENT_BYTES, err);
    if (!code)
        code = ton_session_place(&changed, arena, path, text, length, &takes, placings, n,
                                 &problems, err);
    if (!code)
        code = ton_path_write(path, changed, strlen(changed), err);
    *placed = code == TON_OK && n > 0;
    return code;
}

/* What only lacks its place is tried again the next time; where the file is gone or empty there is
 * nothing to wait for. */
static enum ton_code note(struct ton_database *db, const struct ton_take_row *row, int64_t frames,
                          bool done, struct ton_err *err) {
    enum ton_code code = TON_OK;
    if (row->frames < 0)
        code = ton_take_end(db, row->id, frames < 0 ? 0 : frames, err);
    return code || !(done || frames < 0) ? code : ton_take_placed(db, row->id, err);
}

/* One that cannot be helped does not keep the others from it. */
static enum ton_code recover(struct ton_recovered *out, struct ton_arena *arena, const char *folder,
                             struct ton_database *db, const struct ton_take_row *row,
                             struct ton_err *err) {
    struct ton_err why = {.code = TON_OK};
    const char *path = ton_arena_printf(arena, "%s/audio/%s", folder, row->file);
    if (!path)
        return no_memory(err);
    *out = (struct ton_recovered){.file = row->file,
                                  .track = row->track,
                                  .session = row->session,
                                  .rate = row->rate,
                                  .frames = -1};
    enum ton_code code = ton_take_recover(&out->frames, &out->found, path, &why);
    if (!code)
        code = place(&out->placed, arena, folder, row, path, out->frames, &why);
    if (code == TON_MEMORY)
        return no_memory(err);
    if (code)
        out->why = ton_arena_text(arena, why.text);
    return note(db, row, out->frames, code == TON_OK, err);
}

enum ton_code ton_recordings_recover(struct ton_recovered **out, int *n, struct ton_arena *arena,
                                     const char *folder, struct ton_err *err) {
    struct ton_database *db = NULL;
    struct ton_take_row *rows = NULL;
    int lock = -1, n_rows = 0;
    *n = 0;
    enum ton_code code = ton_production_lock(&lock, folder, err);
    if (!code)
        code = ton_database_open(&db, folder, err);
    if (!code)
        code = ton_takes_list(&rows, &n_rows, arena, db, NULL, err);
    *out = TON_NEW_N(arena, struct ton_recovered, n_rows + 1);
    if (!code && !*out)
        code = no_memory(err);
    for (int i = 0; i < n_rows && !code; i++)
        if (rows[i].frames < 0 || !rows[i].placed)
            code = recover(&(*out)[(*n)++], arena, folder, db, &rows[i], err);
    ton_database_close(db);
    ton_production_unlock(&lock);
    return code;
}
