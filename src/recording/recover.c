/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a crash left unfinished: the takes' lengths, their rows, their clips. */
#include "ton/recover.h"

#include "passes.h"
#include "text.h"

#include "ton/audio_in.h"
#include "ton/path.h"
#include "ton/production.h"
#include "ton/recorder.h"
#include "ton/recordings.h"
#include "ton/session.h"
#include "ton/takes.h"

#include <errno.h>
#include <sys/stat.h>

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
static struct ton_placing placing_of(const struct ton_take_row *row, const char *track) {
    const int64_t place = row->place + row->pre_roll;
    const int64_t early = place < 0 ? -place : 0;
    int64_t end = row->place + row->frames;
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
        .crossfade_ms = CROSSFADE_MS,
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
                         const struct ton_take_row *row, const char *const *names, int channels) {
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
        out[n] = placing_of(row, ton_arena_text(arena, name));
        out[n].channel = ++c;
        out[n].channel_right = alone ? 0 : ++c;
        list = rest;
    }
    return *list ? -1 : n;
}

static enum ton_code find_placings(struct ton_placing *out, int *n, struct ton_arena *arena,
                                   const struct ton_take_row *row, const char *path,
                                   struct ton_err *err) {
    struct ton_audio_in *in = NULL;
    *n = 1;
    if (row->channels <= 2 && !strstr(row->track, ", ")) {
        out[0] = placing_of(row, row->track);
        return TON_OK;
    }
    const enum ton_code code = ton_audio_open(&in, path, err);
    if (code)
        return code;
    const struct ton_audio_info *info = ton_audio_info(in);
    *n = info->channels == row->channels
             ? find_channels(out, arena, row, info->track_names, info->channels)
             : -1;
    ton_audio_close(in);
    return *n >= 0 ? TON_OK
                   : ton_fail(err, TON_INPUT, path,
                              "does not say which channels are those of %s; write its clips into "
                              "the session by hand",
                              row->track);
}

static enum ton_code place(bool *placed, struct ton_arena *arena, const char *folder,
                           const struct ton_take_row *row, const char *file, bool heard,
                           struct ton_err *err) {
    struct ton_problems problems;
    struct ton_session *session = NULL;
    struct ton_takes takes = ton_takes_from_files();
    const char *path = session_path(arena, folder, row->session);
    struct ton_placing *placings = TON_NEW_N(arena, struct ton_placing, row->channels + 1);
    int n = 0;
    takes.may_miss = true; /* what else the session plays is not to be judged here */
    ton_problems_init(&problems, arena);
    if (!path || !placings)
        return no_memory(err);
    enum ton_code code = ton_session_read(&session, arena, path, &takes, &problems, err);
    if (code || stands_in(session, row->file) || placing_of(row, "").frames <= 0)
        return code;
    code = find_placings(placings, &n, arena, row, file, err);
    for (int i = 0; i < n; i++)
        placings[i].heard = placings[i].replaces = heard;
    if (!code)
        code = text_place(path, arena, placings, n, &problems, err);
    *placed = code == TON_OK && n > 0;
    return code;
}

/* Of which nothing will ever come. Where all of audio/ is away, as on a disk that is not mounted,
 * it may come back. */
static bool is_gone(struct ton_arena *arena, const char *folder, const char *path) {
    struct stat st;
    const char *audio = ton_arena_printf(arena, "%s/audio", folder);
    return audio && ton_path_is_folder(audio) && lstat(path, &st) != 0 && errno == ENOENT;
}

/* One take that lacks its length or its place. */
struct work {
    struct ton_recovered *out;
    struct ton_take_row *row;
    const char *path;
};

/* What cannot be read now may be another time. */
static enum ton_code complete(struct work *w, struct ton_arena *arena, const char *folder,
                              struct ton_database *db, struct ton_err *err) {
    struct ton_err why = {.code = TON_OK};
    struct ton_take_row *row = w->row;
    *w->out = (struct ton_recovered){
        .file = row->file, .track = row->track, .session = row->session, .rate = row->rate};
    w->path = ton_arena_printf(arena, "%s/audio/%s", folder, row->file);
    if (!w->path)
        return no_memory(err);
    enum ton_code code = ton_take_recover(&w->out->frames, &w->out->found, w->path, &why);
    if (code == TON_MEMORY)
        return no_memory(err);
    if (code)
        w->out->why = ton_arena_text(arena, why.text);
    const bool gone = code && is_gone(arena, folder, w->path);
    const int64_t frames = gone ? 0 : w->out->frames;
    code = TON_OK;
    if (row->frames < 0 && frames >= 0)
        code = ton_take_end(db, row->id, frames, err);
    if (!code && gone)
        code = ton_take_placed(db, row->id, err);
    row->frames = frames >= 0 ? frames : row->frames;
    return code;
}

/* As a recorder would tell of the rows' takes. */
static struct ton_recorded *find_passes(struct ton_arena *arena, const struct ton_take_row *rows,
                                        int n) {
    struct ton_recorded *takes = TON_NEW_N(arena, struct ton_recorded, n + 1);
    struct ton_recorded_clip *clips = TON_NEW_N(arena, struct ton_recorded_clip, n + 1);
    for (int i = 0; i < n && takes && clips; i++) {
        const struct ton_take_row *row = &rows[i];
        const struct ton_placing p = placing_of(row, row->track);
        int track = 0;
        while (!ton_text_same(rows[track].session, row->session) ||
               !ton_text_same(rows[track].track, row->track))
            track++;
        clips[i] = (struct ton_recorded_clip){.from = p.from, .frames = p.frames, .at = p.at};
        takes[i] = (struct ton_recorded){.track = track,
                                         .press = row->press ? row->press : -1 - i,
                                         .pass = row->pass,
                                         .clips = &clips[i],
                                         .n_clips = p.frames > 0};
    }
    return clips ? takes : NULL;
}

/* What only lacks its place is tried again the next time. */
static enum ton_code place_one(struct work *w, struct ton_arena *arena, const char *folder,
                               struct ton_database *db, bool heard, struct ton_err *err) {
    struct ton_err why = {.code = TON_OK};
    if (w->out->frames < 0)
        return TON_OK;
    const enum ton_code code = place(&w->out->placed, arena, folder, w->row, w->path, heard, &why);
    if (code == TON_MEMORY)
        return no_memory(err);
    if (!code)
        return ton_take_placed(db, w->row->id, err);
    w->out->why = ton_arena_text(arena, why.text);
    return TON_OK;
}

/* One that cannot be helped does not keep the others from it. Which pass of a loop is heard shows
 * when all are complete. */
static enum ton_code recover(struct ton_recovered *out, int *n, struct ton_arena *arena,
                             const char *folder, struct ton_database *db, struct ton_take_row *rows,
                             int n_rows, struct ton_err *err) {
    enum ton_code code = TON_OK;
    struct work *works = TON_NEW_N(arena, struct work, n_rows + 1);
    if (!works)
        return no_memory(err);
    for (int i = 0; i < n_rows && !code; i++) {
        if (rows[i].frames >= 0 && rows[i].placed)
            continue;
        works[*n] = (struct work){.out = &out[*n], .row = &rows[i]};
        code = complete(&works[(*n)++], arena, folder, db, err);
    }
    if (code || *n == 0)
        return code;
    const struct ton_recorded *takes = find_passes(arena, rows, n_rows);
    if (!takes)
        return no_memory(err);
    for (int i = 0; i < *n && !code; i++)
        code = place_one(&works[i], arena, folder, db,
                         passes_is_heard(takes, n_rows, (int)(works[i].row - rows)), err);
    return code;
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
    if (!code)
        code = recover(*out, n, arena, folder, db, rows, n_rows, err);
    ton_database_close(db);
    ton_production_unlock(&lock);
    return code;
}
