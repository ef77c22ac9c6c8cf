/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Takes that no row knows: killed between the file's beginning and its row. What a row would have
 * said the file says itself (bext, iXML). */
#include "recover.h"

#include "ton/audio_in.h"
#include "ton/path.h"
#include "ton/place.h"

#include <stdlib.h>

static enum ton_code no_memory(struct ton_err *err) {
    return ton_fail(err, TON_MEMORY, NULL, "no memory to look for takes");
}

static bool is_known(const struct ton_take_row *rows, int n, const char *file) {
    for (int i = 0; i < n; i++)
        if (ton_text_same(rows[i].file, file))
            return true;
    return false;
}

/* What a take says of itself, in its iXML. */
enum word {
    PROJECT, /* the session */
    TAKE,
    SCENE,
    TIMELINE_START, /* from here on words of our own */
    PRE_ROLL,
    HEARD_FROM,
    HEARD_TO,
    PRESS,
    PASS,
    TRACKS,
    N_WORDS
};
static const char *const elements[N_WORDS] = {
    [PROJECT] = "PROJECT",   [TAKE] = "TAKE",
    [SCENE] = "SCENE",       [TIMELINE_START] = "TIMELINE_START",
    [PRE_ROLL] = "PRE_ROLL", [HEARD_FROM] = "HEARD_FROM",
    [HEARD_TO] = "HEARD_TO", [PRESS] = "PRESS",
    [PASS] = "PASS",         [TRACKS] = "TRACKS"};

/* `kick_03.wav`, `kick_2_03.wav` of take 3 of a track Kick, or of a session `kick`. */
static bool is_named(const char *file, const char *stem, int number) {
    char end[32];
    const size_t n = strlen(stem), length = strlen(file);
    const int tail = snprintf(end, sizeof end, "_%02d.wav", number);
    const size_t at = length - (size_t)tail;
    if (length < n + (size_t)tail || strcmp(file + at, end) != 0 || strncmp(file, stem, n) != 0)
        return false;
    const char *twin = file + n; /* of another track that would have the same name */
    return at == n || (*twin == '_' && strspn(twin + 1, "0123456789") == at - n - 1 && at > n + 1);
}

/* What the take was given to say; else the session's name stands there. */
static const char *note_of(const struct ton_audio_info *info, const char *session) {
    return info->description && !ton_text_same(info->description, session) ? info->description
                                                                           : NULL;
}

static bool is_ours(const struct ton_audio_info *info, const char *const *words) {
    const int64_t take = ton_audio_number(words[TAKE]);
    return ton_text_same(info->originator, "Tonmeister") && info->has_time_reference &&
           info->origination_date && info->origination_time && words[PROJECT] &&
           !strchr(words[PROJECT], '/') && words[TRACKS] && take > 0 && take < INT32_MAX &&
           ton_audio_number(words[PRESS]) < INT32_MAX && ton_audio_number(words[PASS]) < INT32_MAX;
}

/* Of a session that is here, and under the name that it was given. */
static bool is_of_here(struct ton_arena *arena, const char *folder, const char *file,
                       const char *const *words) {
    char stem[TON_STEM_SIZE];
    const int take = (int)ton_audio_number(words[TAKE]);
    const char *session = ton_arena_printf(arena, "%s/sessions/%s.yaml", folder, words[PROJECT]);
    ton_take_stem(stem, words[TRACKS]);
    return session && ton_path_exists(session) &&
           (is_named(file, stem, take) || is_named(file, words[PROJECT], take));
}

static struct ton_take_row make_row(struct ton_arena *arena, const char *file,
                                    const struct ton_audio_info *info, const char *const *words) {
    return (struct ton_take_row){
        .session = words[PROJECT],
        .track = words[TRACKS],
        .file = file,
        .number = (int)ton_audio_number(words[TAKE]),
        .began = ton_arena_printf(arena, "%sT%sZ", info->origination_date, info->origination_time),
        .rate = info->rate,
        .channels = info->channels,
        .place = ton_audio_place(info, ton_audio_number(words[TIMELINE_START])),
        .pre_roll = ton_audio_number(words[PRE_ROLL]),
        .frames = -1,
        .heard_to = ton_audio_number(words[HEARD_TO]),
        .press = (int)ton_audio_number(words[PRESS]),
        .pass = (int)ton_audio_number(words[PASS]),
        .note = ton_arena_text(arena, note_of(info, words[PROJECT])),
        .scene = words[SCENE],
    };
}

static enum ton_code read_words(bool *found, struct orphan *out, struct ton_arena *arena,
                                const char *folder, const char *file, const struct ton_audio_in *in,
                                struct ton_err *err) {
    const struct ton_audio_info *info = ton_audio_info(in);
    const char *words[N_WORDS];
    enum ton_code code = TON_OK;
    for (int i = 0; i < N_WORDS && !code; i++)
        code = ton_audio_ixml(&words[i], arena, in, elements[i], err);
    if (code)
        return code;
    *found = is_ours(info, words) && is_of_here(arena, folder, file, words);
    if (*found)
        *out = (struct orphan){make_row(arena, file, info, words),
                               ton_audio_number(words[HEARD_FROM])};
    return ton_arena_failed(arena) ? no_memory(err) : TON_OK;
}

static enum ton_code look(bool *found, struct orphan *out, struct ton_arena *arena,
                          const char *folder, const char *file, struct ton_err *err) {
    struct ton_audio_in *in = NULL;
    const char *path = ton_arena_printf(arena, "%s/audio/%s", folder, file);
    *found = false;
    if (!path)
        return no_memory(err);
    if (ton_path_is_link(path) || ton_take_is_held(path))
        return TON_OK;
    enum ton_code code = ton_audio_open(&in, path, NULL);
    if (code)
        return code == TON_MEMORY ? no_memory(err) : TON_OK; /* no sound is no take */
    code = read_words(found, out, arena, folder, file, in, err);
    ton_audio_close(in);
    return code;
}

static int by_number(const void *a, const void *b) {
    const struct orphan *x = a, *y = b;
    const int order = strcmp(x->row.began, y->row.began);
    return order ? order : (x->row.number > y->row.number) - (x->row.number < y->row.number);
}

enum ton_code orphans_add(struct ton_database *db, struct orphan *orphans, size_t n,
                          struct ton_err *err) {
    enum ton_code code = TON_OK;
    ton_rows_begin(db);
    for (size_t i = 0; i < n && !code; i++) {
        struct ton_take_row *row = &orphans[i].row;
        const int64_t from = orphans[i].heard_from;
        code = ton_take_begin(db, row, err);
        const struct ton_clip_row clip = {row->id, from, row->place + from, -1};
        code = code ? code : ton_clip_note(db, &clip, err);
    }
    return ton_rows_end(db, code, err);
}

enum ton_code orphans_find(struct orphan **out, size_t *n, struct ton_arena *arena,
                           const char *folder, const struct ton_take_row *rows, int n_rows,
                           struct ton_err *err) {
    const char *audio = ton_arena_printf(arena, "%s/audio", folder);
    char **files = NULL;
    size_t n_files = 0, capacity = 0;
    *out = NULL;
    *n = 0;
    if (!audio)
        return no_memory(err);
    if (!ton_path_is_folder(audio))
        return TON_OK;
    enum ton_code code = ton_path_list(&files, &n_files, arena, audio, err);
    for (size_t i = 0; i < n_files && !code; i++) {
        struct orphan orphan;
        bool is_one;
        if (!ton_text_same(ton_path_extension(files[i]), "wav") || *files[i] == '.' ||
            is_known(rows, n_rows, files[i]))
            continue;
        code = look(&is_one, &orphan, arena, folder, files[i], err);
        struct orphan *slot = !code && is_one ? TON_PUSH(arena, *out, *n, capacity) : NULL;
        if (slot)
            *slot = orphan;
    }
    if (!code && ton_arena_failed(arena))
        code = no_memory(err);
    if (!code && *n > 1)
        qsort(*out, *n, sizeof **out, by_number);
    return code;
}
