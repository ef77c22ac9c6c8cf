/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a crash left unfinished: the takes' lengths, their rows, their clips. */
#include "ton/recover.h"

#include "reading.h"

#include "ton/audio_in.h"
#include "ton/document.h"
#include "ton/path.h"
#include "ton/place.h"
#include "ton/production.h"
#include "ton/recorder.h"
#include "ton/recordings.h"
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

static struct ton_placing placing_of(const struct ton_take_row *row, const char *track, int channel,
                                     int64_t frames) {
    const int64_t place = row->place + row->pre_roll;
    const int64_t early = place < 0 ? -place : 0;
    return (struct ton_placing){
        .track = track,
        .take = row->file,
        .channel = channel,
        .at = place + early,
        .from = row->pre_roll + early,
        .frames = frames - row->pre_roll - early,
        .heard = true,
        .replaces = true,
    };
}

/* A file of all tracks says itself which channel is whose. */
static int find_placings(struct ton_placing *out, struct ton_arena *arena,
                         const struct ton_take_row *row, const char *path, int64_t frames) {
    struct ton_audio_in *in = NULL;
    int n = 0;
    if (row->channels <= 2 && !strstr(row->track, ", ")) {
        out[n++] = placing_of(row, row->track, 0, frames);
        return n;
    }
    if (ton_audio_open(&in, path, NULL))
        return 0;
    const struct ton_audio_info *info = ton_audio_info(in);
    for (int c = 0; c < info->channels && info->track_names; c++)
        if (info->track_names[c])
            out[n++] = placing_of(row, ton_arena_text(arena, info->track_names[c]), c + 1, frames);
    ton_audio_close(in);
    return n;
}

static enum ton_code place(bool *placed, struct ton_arena *arena, const char *folder,
                           const struct ton_take_row *row, const char *file, int64_t frames,
                           struct ton_err *err) {
    struct ton_problems problems;
    struct reading *reading = NULL;
    const struct ton_takes takes = ton_takes_from_files();
    const char *path = session_path(arena, folder, row->session);
    struct ton_placing *placings = TON_NEW_N(arena, struct ton_placing, row->channels + 1);
    char *text = NULL, *changed = NULL;
    size_t length = 0;
    ton_problems_init(&problems, arena);
    if (!path || !placings)
        return no_memory(err);
    enum ton_code code = reading_create(&reading, path, NULL, err);
    const bool stands = !code && stands_in(reading->session, row->file);
    reading_destroy(reading);
    if (code || stands)
        return code;
    const int n = find_placings(placings, arena, row, file, frames);
    code = ton_path_read(&text, &length, arena, path, TON_DOCUMENT_BYTES, err);
    if (!code)
        code = ton_session_place(&changed, arena, path, text, length, &takes, placings, n,
                                 &problems, err);
    if (!code)
        code = ton_path_write(path, changed, strlen(changed), err);
    *placed = code == TON_OK && n > 0;
    return code;
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
    /* What only lacks its place is tried again the next time; where the file is gone or empty there
     * is nothing to wait for. */
    if (code && out->frames >= 0)
        return TON_OK;
    return ton_take_end(db, row->id, out->frames < 0 ? 0 : out->frames, err);
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
        if (rows[i].frames < 0)
            code = recover(&(*out)[(*n)++], arena, folder, db, &rows[i], err);
    ton_database_close(db);
    ton_production_unlock(&lock);
    return code;
}
