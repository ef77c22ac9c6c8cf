/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Looks at everything that is to be imported before anything is changed. */

#include "gather.h"

#include "ton/path.h"
#include "ton/row.h"
#include "ton/session.h"
#include "ton/text.h"

#include <limits.h>

enum { BLOCK = 8192 };

/* Mono in stereo: every sample of both channels is the same. Stops at the first that is not. */
static enum ton_code sides_agree(bool *same, struct ton_audio_in *in, struct ton_err *err) {
    float block[2][BLOCK];
    float *planes[2] = {block[0], block[1]};
    int64_t got = BLOCK;
    *same = false;
    while (got > 0) {
        const enum ton_code code = ton_audio_read(in, planes, BLOCK, &got, err);
        if (code)
            return code;
        if (memcmp(block[0], block[1], sizeof(float) * (size_t)got) != 0)
            return TON_OK;
    }
    *same = true;
    return TON_OK;
}

static enum ton_code check_rate(int rate, struct ton_err *err) {
    if (rate >= TON_TAKE_LOWEST_HZ && rate <= TON_TAKE_HIGHEST_HZ)
        return TON_OK;
    return ton_fail(err, TON_INPUT, NULL,
                    "has a rate of %d Hz, and takes from %d to %d Hz can be resampled; is its "
                    "header right?",
                    rate, TON_TAKE_LOWEST_HZ, TON_TAKE_HIGHEST_HZ);
}

/* A take that this program recorded knows where its timeline started, and so what came before. */
static enum ton_code read_start(struct gathering *g, struct found *f, const struct ton_audio_in *in,
                                struct ton_err *err) {
    const struct ton_audio_info *info = ton_audio_info(in);
    const char *start = NULL;
    f->has_time = info->has_time_reference;
    f->time = info->time_reference;
    const enum ton_code code =
        f->has_time ? ton_audio_ixml(&start, g->arena, in, "TIMELINE_START", err) : TON_OK;
    if (!start)
        return code;
    const int64_t from = ton_audio_number(start);
    f->is_set = true;
    if (ton_audio_place(info, from) < 0)
        f->time = from + ton_audio_place(info, from);
    return code;
}

static enum ton_code look(struct gathering *g, struct found *f, struct ton_err *err) {
    struct ton_audio_in *in = NULL;
    enum ton_code code = ton_audio_open(&in, f->file, err);
    if (code)
        return code;
    const struct ton_audio_info *info = ton_audio_info(in);
    f->rate = info->rate;
    f->missing = info->missing;
    f->channels = info->channels;
    f->frames = info->frames;
    f->date = ton_arena_text(g->arena, info->origination_date ? info->origination_date : "");
    code = read_start(g, f, in, err);
    const char *name = readable_name(g->arena, f->file);
    f->name = name ? ton_track_name(g->arena, name) : NULL;
    f->guess = ton_role_guess(g->arena, name ? name : "");
    f->partner = -1;
    if (f->name)
        f->side = ton_name_side(g->arena, &f->base, &f->side_said, f->name);
    if (!code && f->name && f->base && !channels_name(g->arena, f, info))
        code = ton_fail(err, TON_MEMORY, NULL, "no memory to import");
    if (!code)
        code = check_rate(f->rate, err);
    if (!code && f->channels == 2 && !f->n_parts && f->frames > 0)
        code = sides_agree(&f->same_sides, in, err);
    ton_audio_close(in);
    if (!code && (!f->name || !f->base || !f->date))
        code = ton_fail(err, TON_MEMORY, NULL, "no memory to import");
    return code;
}

static void skip(struct gathering *g, const char *file, const char *why) {
    const char **skipped = TON_PUSH(g->arena, g->skipped, g->n_skipped, g->skipped_capacity);
    if (skipped)
        *skipped = ton_arena_printf(g->arena, "%s: %s", ton_path_name(file), why);
}

/* One file by two names, or in a folder that is given too. */
static bool is_known(const struct gathering *g, const char *real) {
    for (size_t i = 0; i < g->n && *real; i++)
        if (ton_text_same(g->files[i].real, real))
            return true;
    return false;
}

static enum ton_code add_file(struct gathering *g, const char *file, bool from_folder,
                              struct ton_err *err) {
    char real[PATH_MAX];
    if (!realpath(file, real))
        real[0] = '\0';
    if (is_known(g, real)) {
        skip(g, file, "is given twice");
        return TON_OK;
    }
    struct found found = {.file = file, .real = ton_arena_text(g->arena, real)};
    struct ton_err wrong = {0};
    const enum ton_code code = look(g, &found, &wrong);
    if (code == TON_MEMORY) {
        *err = wrong;
        return code;
    }
    if (code && from_folder) {
        skip(g, file, wrong.text);
        return TON_OK;
    }
    if (code) {
        ton_problems_add(g->problems, false, wrong.where[0] ? wrong.where : file, "%s", wrong.text);
        return TON_OK;
    }
    struct found *f = TON_PUSH(g->arena, g->files, g->n, g->capacity);
    if (!f)
        return ton_fail(err, TON_MEMORY, NULL, "no memory to import");
    *f = found;
    return TON_OK;
}

void gather_note(struct gathering *g, const char *text) {
    if (text && g->n_notes < (int)(sizeof g->notes / sizeof *g->notes))
        g->notes[g->n_notes++] = text;
}

/* What other programs lay beside recordings. */
static bool is_companion(const char *name) {
    static const char *const extensions[] = {
        "als", "asd",  "bak",  "cpr", "csv",      "db",  "doc",  "docx", "flp",    "gif",
        "gpk", "htm",  "html", "ini", "jpeg",     "jpg", "json", "log",  "logicx", "md",
        "mid", "midi", "npr",  "omf", "overview", "pdf", "peak", "pek",  "pk",     "pkf",
        "png", "ptf",  "pts",  "ptx", "reapeaks", "rpp", "rtf",  "sfk",  "sfl",    "song",
        "txt", "wfm",  "xml",  "xmp", "yaml",     "yml"};
    const char *extension = ton_path_extension(name);
    for (int i = 0; i < TON_N(extensions); i++)
        if (strcasecmp(extension, extensions[i]) == 0)
            return true;
    return false;
}

/* All of them in one line. */
static void say_companion(struct gathering *g, const char *name) {
    enum { NAMED = 3 };
    g->n_companions++;
    if (g->n_companions == 1) {
        g->companions = g->n_skipped;
        g->companion_names = name;
        if (!TON_PUSH(g->arena, g->skipped, g->n_skipped, g->skipped_capacity))
            return;
    } else if (g->n_companions <= NAMED) {
        g->companion_names = ton_arena_printf(g->arena, "%s, %s", g->companion_names, name);
    }
    const int more = g->n_companions - NAMED;
    if (g->companions < g->n_skipped)
        g->skipped[g->companions] =
            more > 0 ? ton_arena_printf(g->arena, "%s and %d more: no recordings",
                                        g->companion_names, more)
                     : ton_arena_printf(g->arena, "%s: no recording%s", g->companion_names,
                                        g->n_companions == 1 ? "" : "s");
}

static enum ton_code add_folder(struct gathering *g, const char *folder, struct ton_err *err) {
    char **names = NULL;
    size_t n = 0;
    enum ton_code code = ton_path_list(&names, &n, g->arena, folder, err);
    for (size_t i = 0; i < n && !code; i++) {
        const char *path = ton_path_join(g->arena, folder, names[i]);
        if (!path)
            return ton_fail(err, TON_MEMORY, NULL, "no memory to import");
        if (names[i][0] == '.')
            continue;
        if (ton_path_is_folder(path) && !g->subfolder)
            g->subfolder = path;
        if (ton_path_is_folder(path))
            skip(g, path, "is a folder in a folder; name it to take in what it holds");
        else if (is_companion(names[i]))
            say_companion(g, names[i]);
        else
            code = add_file(g, path, true, err);
    }
    return code;
}

enum ton_code gather(struct gathering *g, const char *const *files, int n_files,
                     const struct ton_progress *progress, struct ton_err *err) {
    enum ton_code code = TON_OK;
    const size_t before = g->problems->n_errors;
    for (int i = 0; i < n_files && !code; i++) {
        ton_progress_step(progress, "looking at the files", (double)i / n_files);
        code = ton_path_is_folder(files[i]) ? add_folder(g, files[i], err)
                                            : add_file(g, files[i], false, err);
        if (!code)
            code = ton_stop_check(err);
    }
    if (!code && n_files && g->n == 0 && g->problems->n_errors == before && g->subfolder)
        code = ton_fail(err, TON_INPUT, files[0],
                        "there is no sound file right here, but a folder: name it, as in `ton "
                        "import \"%s\"`",
                        g->subfolder);
    else if (!code && n_files && g->n == 0 && g->problems->n_errors == before)
        code = ton_fail(err, TON_INPUT, files[0],
                        "there is no sound file here; give files, or a folder of recordings");
    return code;
}

static bool belong_together(const struct found *l, const struct found *r) {
    return l->side < 0 && r->side > 0 && r->partner < 0 && l->channels == 1 && r->channels == 1 &&
           l->rate == r->rate && l->frames == r->frames && strcasecmp(l->base, r->base) == 0 &&
           (!l->has_time || !r->has_time || l->time == r->time);
}

void gather_pairs(struct gathering *g) {
    for (size_t i = 0; i < g->n; i++) {
        for (size_t k = 0; k < g->n && g->files[i].partner < 0; k++) {
            if (!belong_together(&g->files[i], &g->files[k]))
                continue;
            g->files[i].partner = (int)k;
            g->files[k].partner = (int)i;
        }
    }
}
