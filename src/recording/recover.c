/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a crash left unfinished: the takes' lengths, their rows, their clips. */
#include "recover.h"

#include "passes.h"

#include "ton/path.h"
#include "ton/production.h"

#include <errno.h>
#include <sys/stat.h>

static enum ton_code no_memory(struct ton_err *err) {
    return ton_fail(err, TON_MEMORY, NULL, "no memory to recover the takes");
}

/* Of which nothing will ever come. Where all of audio/ is away, as on a disk that is not mounted,
 * it may come back. */
static bool is_gone(struct ton_arena *arena, const char *folder, const char *path) {
    struct stat st;
    const char *audio = ton_arena_printf(arena, "%s/audio", folder);
    return audio && ton_path_is_folder(audio) && lstat(path, &st) != 0 && errno == ENOENT;
}

/* All that is known of the production, and what of it lacks its length or its place. */
struct recovery {
    struct ton_arena *arena;
    const char *folder;
    struct ton_database *db;
    struct ton_take_row *rows;
    int n_rows, n_known; /* of them had a row already */
    struct ton_recovered *out;
    int *row_of;   /* of each in `out` */
    bool *written; /* of each row: its clips, just now */
    int n;
};

/* What cannot be read now may be another time. */
static enum ton_code complete(struct recovery *r, int i, struct ton_err *err) {
    struct ton_err why = {.code = TON_OK};
    struct ton_take_row *row = &r->rows[i];
    struct ton_recovered *out = &r->out[r->n];
    const char *path = ton_arena_printf(r->arena, "%s/audio/%s", r->folder, row->file);
    if (!path)
        return no_memory(err);
    *out = (struct ton_recovered){.file = row->file,
                                  .track = row->track,
                                  .session = row->session,
                                  .rate = row->rate,
                                  .place = row->place,
                                  .orphan = i >= r->n_known};
    r->row_of[r->n++] = i;
    enum ton_code code = ton_take_recover(&out->frames, &out->found, path, &why);
    if (code == TON_MEMORY)
        return no_memory(err);
    if (code)
        out->why = ton_arena_text(r->arena, why.text);
    const bool gone = code && is_gone(r->arena, r->folder, path);
    const int64_t frames = gone ? 0 : out->frames;
    code = TON_OK;
    if (row->frames < 0 && frames >= 0)
        code = ton_take_end(r->db, row->id, frames, err);
    if (!code && gone)
        code = ton_take_placed(r->db, row->id, err);
    row->frames = frames >= 0 ? frames : row->frames;
    return code;
}

/* A clip ends with its file, and with its punch. */
static int64_t end_of(const struct ton_take_row *row, const struct ton_clip_row *clip) {
    int64_t end = clip->frames < 0 ? row->frames : clip->at + clip->frames;
    const int64_t heard_to = clip->at + row->heard_to - clip->place;
    if (clip->frames < 0 && row->heard_to > 0 && heard_to < end)
        end = heard_to;
    return end < row->frames ? end : row->frames;
}

static enum ton_code read_clips(struct ton_recorded *take, struct recovery *r,
                                const struct ton_take_row *row, struct ton_err *err) {
    struct ton_clip_row *rows = NULL;
    int n = 0;
    enum ton_code code = ton_clips_list(&rows, &n, r->arena, r->db, row->id, err);
    struct ton_recorded_clip *clips = TON_NEW_N(r->arena, struct ton_recorded_clip, n + 1);
    take->clips = clips;
    for (int i = 0; i < n && clips; i++) {
        const int64_t frames = end_of(row, &rows[i]) - rows[i].at;
        if (frames > 0)
            clips[take->n_clips++] = (struct ton_recorded_clip){
                .from = rows[i].at, .frames = frames, .at = rows[i].place};
    }
    return !code && !clips ? no_memory(err) : code;
}

/* As a recorder would tell of the rows' takes. */
static enum ton_code read_takes(struct ton_recorded **out, struct recovery *r,
                                struct ton_err *err) {
    struct ton_recorded *takes = TON_NEW_N(r->arena, struct ton_recorded, r->n_rows + 1);
    enum ton_code code = takes ? TON_OK : no_memory(err);
    *out = takes;
    for (int i = 0; i < r->n_rows && !code; i++) {
        const struct ton_take_row *row = &r->rows[i];
        int track = 0;
        while (!ton_text_same(r->rows[track].session, row->session) ||
               !ton_text_same(r->rows[track].track, row->track))
            track++;
        takes[i] = (struct ton_recorded){
            .track = track, .press = row->press ? row->press : -1 - i, .pass = row->pass};
        code = read_clips(&takes[i], r, row, err);
    }
    return code;
}

/* Is there a row that a recording wrote, with its inputs, of that moment or before? Else no
 * database could know of it: its row, now or in an earlier recovery, came of the file's own words.
 */
static bool was_known(const struct recovery *r, const struct ton_take_row *row) {
    for (int i = 0; i < r->n_rows; i++)
        if (r->rows[i].inputs && strcmp(r->rows[i].began, row->began) <= 0)
            return true;
    return false;
}

/* What only lacks its place is tried again the next time. */
static enum ton_code place(struct recovery *r, struct ton_recovered *out, int row,
                           const struct ton_recorded *takes, bool heard, struct ton_err *err) {
    struct ton_err why = {.code = TON_OK};
    if (out->frames < 0)
        return TON_OK;
    if (takes[row].n_clips > 0)
        out->place = takes[row].clips->at;
    const struct unplaced unplaced = {.folder = r->folder,
                                      .rows = r->rows,
                                      .written = r->written,
                                      .n_rows = r->n_rows,
                                      .row = &r->rows[row],
                                      .take = &takes[row],
                                      .heard = heard,
                                      .is_found = !was_known(r, &r->rows[row])};
    const enum ton_code code = recover_place(out, r->arena, &unplaced, &why);
    r->written[row] = out->placed;
    if (code == TON_MEMORY)
        return no_memory(err);
    if (!code)
        return ton_take_placed(r->db, r->rows[row].id, err);
    out->why = ton_arena_printf(r->arena,
                                "%s: its clip is not in the session, and `ton record --recover` "
                                "writes it when this is mended: %s",
                                why.where[0] ? why.where : r->rows[row].session, why.text);
    return out->why ? TON_OK : no_memory(err);
}

/* One that cannot be helped does not keep the others from it. Which pass of a loop is heard shows
 * when all are complete. */
static enum ton_code recover(struct recovery *r, struct ton_err *err) {
    struct ton_recorded *takes = NULL;
    enum ton_code code = TON_OK;
    ton_rows_begin(r->db);
    for (int i = 0; i < r->n_rows && !code; i++)
        if (r->rows[i].frames < 0 || !r->rows[i].placed)
            code = complete(r, i, err);
    code = ton_rows_end(r->db, code, err);
    if (code || r->n == 0)
        return code;
    bool *heard = TON_NEW_N(r->arena, bool, r->n_rows + 1);
    code = heard ? read_takes(&takes, r, err) : no_memory(err);
    if (!code && !passes_find_heard(heard, r->arena, takes, r->n_rows))
        code = no_memory(err);
    ton_rows_begin(r->db);
    for (int i = 0; i < r->n && !code; i++)
        code = place(r, &r->out[i], r->row_of[i], takes, heard[r->row_of[i]], err);
    return ton_rows_end(r->db, code, err);
}

static enum ton_code list(struct recovery *r, struct ton_err *err) {
    struct orphan *orphans = NULL;
    size_t n = 0;
    enum ton_code code = ton_takes_list(&r->rows, &r->n_known, r->arena, r->db, NULL, err);
    r->n_rows = r->n_known;
    if (!code)
        code = orphans_find(&orphans, &n, r->arena, r->folder, r->rows, r->n_known, err);
    if (!code && n > 0)
        code = orphans_add(r->db, orphans, n, err);
    if (!code && n > 0)
        code = ton_takes_list(&r->rows, &r->n_rows, r->arena, r->db, NULL, err);
    r->out = TON_NEW_N(r->arena, struct ton_recovered, r->n_rows + 1);
    r->row_of = TON_NEW_N(r->arena, int, r->n_rows + 1);
    r->written = TON_NEW_N(r->arena, bool, r->n_rows + 1);
    return !code && (!r->out || !r->row_of || !r->written) ? no_memory(err) : code;
}

/* Where there is neither production.db nor a take for it, none is made. */
static enum ton_code look(bool *any, struct recovery *r, struct ton_err *err) {
    const char *db = ton_path_join(r->arena, r->folder, "production.db");
    struct orphan *orphans;
    size_t n = 0;
    if (!db)
        return no_memory(err);
    const bool there = ton_path_exists(db) || ton_path_is_link(db);
    const enum ton_code code =
        there ? TON_OK : orphans_find(&orphans, &n, r->arena, r->folder, NULL, 0, err);
    *any = there || n > 0;
    return code;
}

enum ton_code ton_recordings_recover(struct ton_recovered **out, int *n, struct ton_arena *arena,
                                     const char *folder, struct ton_err *err) {
    struct recovery r = {.arena = arena, .folder = folder};
    int lock = -1;
    bool any = false;
    enum ton_code code = ton_production_lock(&lock, folder, err);
    if (!code)
        code = look(&any, &r, err);
    if (!code && any)
        code = ton_database_open(&r.db, folder, err);
    if (!code && any)
        code = list(&r, err);
    if (!code && any)
        code = recover(&r, err);
    *out = r.out;
    *n = r.n;
    ton_database_close(r.db);
    ton_production_unlock(&lock);
    return code;
}
