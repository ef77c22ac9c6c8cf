/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What stays of a measured room: responses as takes, the correction, page and text. */
#include "room.h"

#include "config.h"
#include "kept.h"

#include "ton/audio_out.h"
#include "ton/path.h"
#include "ton/place.h"

#include <math.h>
#include <string.h>

enum ton_code room_write_sound(const char *path, const struct ton_format *format,
                               const float *const *channels, int n, int64_t frames,
                               const char *description, struct ton_err *err) {
    const bool has_bext = format->codec != TON_FLAC;
    const struct ton_audio_out_config config = {
        .format = *format,
        .channels = n,
        .frames = frames,
        .tags = {.title = has_bext ? NULL : description,
                 .bext = true,
                 .description = description,
                 .originator = "tonmeister"},
    };
    struct ton_audio_out *out = NULL;
    enum ton_code code = ton_audio_create(&out, path, &config, err);
    if (code)
        return code;
    code = ton_audio_write(out, channels, frames, err);
    if (code) {
        ton_audio_abandon(out);
        return code;
    }
    return ton_audio_finish(out, err);
}

enum ton_code room_write_wav(const char *path, const float *const *channels, int n, int64_t frames,
                             int rate, const char *description, struct ton_err *err) {
    const struct ton_format format = {.codec = TON_FLOAT, .bits = 32, .rate = rate};
    return room_write_sound(path, &format, channels, n, frames, description, err);
}

/* `second` NULL: one file; else both have one number. */
static enum ton_code next_names(const char **first, const char **second, struct ton_arena *arena,
                                const char *folder, const char *stem, const char *extension,
                                const char *second_extension, struct ton_err *err) {
    for (int number = 1; number < 10000; number++) {
        *first = ton_path_join(arena, folder,
                               ton_arena_printf(arena, "%s_%02d.%s", stem, number, extension));
        if (second)
            *second = ton_path_join(
                arena, folder,
                ton_arena_printf(arena, "%s_%02d.%s", stem, number, second_extension));
        if (ton_arena_failed(arena))
            return ton_fail(err, TON_MEMORY, folder, "no memory");
        if (!ton_path_exists(*first) && !(second && ton_path_exists(*second)))
            return TON_OK;
    }
    return ton_fail(err, TON_ENVIRONMENT, folder,
                    "has 9999 files `%s_01.%s` and on; move some of them away", stem, extension);
}

enum ton_code room_next_name(const char **out, struct ton_arena *arena, const char *folder,
                             const char *stem, const char *extension, struct ton_err *err) {
    return next_names(out, NULL, arena, folder, stem, extension, NULL, err);
}

static enum ton_code keep_takes(struct room_result *r, struct ton_arena *arena,
                                const struct room_plan *plan, const char *folder,
                                struct ton_err *err) {
    enum ton_code code = ton_path_make_folders(folder, err);
    for (int i = 0; i < r->n && !code; i++) {
        struct room_measured *const m = &r->paths[i];
        char stem[TON_STEM_SIZE];
        if (!m->has_heard)
            continue;
        ton_take_stem(stem, ton_arena_printf(arena, "%s %s", plan->name, m->path.name));
        code = room_next_name(&m->take, arena, folder, stem, "wav", err);
        const char *const what = ton_arena_printf(
            arena, "Impulse response, %g Hz to %g Hz, %d frames ahead of the sound",
            m->path.from_hz, m->path.to_hz, m->heard.ahead);
        if (!code && !what)
            code = ton_fail(err, TON_MEMORY, folder, "no memory");
        if (code)
            return code;
        code = room_write_wav(m->take, &m->path.response, 1, m->path.frames, r->rate, what, err);
    }
    return code;
}

static const char *setup_text(struct ton_arena *arena, const struct room_plan *plan,
                              const struct room_result *r) {
    const char *const where = plan->n_files
                                  ? ton_arena_printf(arena, "from %d file%s", plan->n_files,
                                                     plan->n_files == 1 ? "" : "s")
                                  : ton_arena_printf(arena, "%s %s, %g kHz", r->device.backend,
                                                     r->device.name, r->rate / 1000.0);
    if (plan->are_responses)
        return ton_arena_printf(arena, "%s, impulse responses, %g °C", where, plan->how.celsius);
    return ton_arena_printf(
        arena, "%s, sweep from %g Hz to %g Hz in %g s, %d times at %g dBFS, %g °C%s%s", where,
        r->sweep.from_hz, r->sweep.to_hz, r->sweep.seconds, r->sweep.times, r->sweep.level_db,
        plan->how.celsius, plan->chain ? ", " : "",
        plan->chain ? room_through_text(arena, plan, r) : "");
}

/* From reports/ to a file elsewhere in the production, or to one beside. */
static const char *link_to(struct ton_arena *arena, const struct room_plan *plan,
                           const char *path) {
    if (!path)
        return NULL;
    return plan->in_production && !plan->folder ? ton_arena_printf(arena, "../%s", path)
                                                : ton_path_name(path);
}

static enum ton_code keep_page(const struct room_result *r, struct ton_arena *arena,
                               const struct room_plan *plan, const char *path,
                               struct ton_err *err) {
    struct ton_room_page_path *const paths = TON_NEW_N(arena, struct ton_room_page_path, r->n + 1);
    struct ton_text text = {0};
    if (!paths)
        return ton_fail(err, TON_MEMORY, NULL, "no memory");
    for (int i = 0; i < r->n; i++) {
        const struct room_measured *const m = &r->paths[i];
        const struct room_correction *const c =
            r->n_corrections ? &r->corrections[m->loudspeaker] : NULL;
        paths[i] = (struct ton_room_page_path){
            .path = &m->path,
            .heard = m->has_heard ? &m->heard : NULL,
            .distance_m = m->distance_m,
            .distance_remark = m->distance_remark,
            .advices = &m->advices,
            .target = plan->correction.target,
            .n_target = plan->correction.n_target,
            .correction = c ? &c->made : NULL,
            .take = link_to(arena, plan, m->take),
            .chain = link_to(arena, plan, c ? c->chain : NULL),
            .fir = link_to(arena, plan, c ? c->fir : NULL),
        };
    }
    const struct ton_room_page page = {
        .title = !plan->title ? plan->name
                 : ton_text_same(plan->name, "room")
                     ? plan->title
                     : ton_arena_printf(arena, "%s: %s", plan->title, plan->name),
        .date = kept_now(arena, "%Y-%m-%d %H:%M", false),
        .setup = setup_text(arena, plan, r),
        .sides_m = {plan->how.sides_m[0], plan->how.sides_m[1], plan->how.sides_m[2]},
        .paths = paths,
        .n = r->n,
        .pairs = r->pairs,
        .n_pairs = r->n_pairs,
        .program = "ton " TON_VERSION,
    };
    const enum ton_code code = ton_room_page_write(&text, &page, err);
    if (!code)
        return kept_write(path, &text, err);
    ton_text_free(&text);
    return code;
}

static enum ton_code keep_text(const struct room_result *r, struct ton_arena *arena,
                               const struct room_plan *plan, const char *path,
                               struct ton_err *err) {
    struct ton_text text = {0};
    ton_text_printf(&text, "%s, %s\n\n", kept_now(arena, "%Y-%m-%d %H:%M", false),
                    setup_text(arena, plan, r));
    if (r->loop_trouble)
        ton_text_printf(&text, "%s.\n", r->loop_trouble);
    for (int i = 0; i < r->n; i++)
        room_add_sentences(&text, &r->paths[i]);
    room_add_flat(&text, plan, r);
    ton_text_add(&text, r->n_corrections ? "\n" : "");
    room_add_corrections(&text, plan, r);
    return kept_write(path, &text, err);
}

/* A page that explains the correction which is heard is not lost to one without: both files are
 * kept under a number. */
static enum ton_code keep_old_page(struct room_result *r, struct ton_arena *arena,
                                   const char *folder, const char *stem, const char *page,
                                   const char *text, struct ton_err *err) {
    enum { MOST = 1 << 24 };
    char *old;
    size_t size;
    if (r->n_corrections || !ton_path_exists(page) || !ton_path_exists(text))
        return TON_OK;
    enum ton_code code = ton_path_read(&old, &size, arena, text, MOST, err);
    if (code || !strstr(old, room_correction_head))
        return code;
    const char *kept_text;
    code = next_names(&r->kept_page, &kept_text, arena, folder, stem, "html", "txt", err);
    code = code ? code : ton_path_copy(page, r->kept_page, err);
    return code ? code : ton_path_copy(text, kept_text, err);
}

enum ton_code room_keep(struct room_result *r, struct ton_arena *arena,
                        const struct room_plan *plan, struct ton_err *err) {
    const bool here = plan->in_production && !plan->folder;
    const char *const reports = here ? "reports" : plan->folder;
    char stem[TON_STEM_SIZE];
    if (!reports)
        return TON_OK;
    ton_take_stem(stem, plan->name);
    const char *const page =
                          ton_path_join(arena, reports, ton_arena_printf(arena, "%s.html", stem)),
                      *const text =
                          ton_path_join(arena, reports, ton_arena_printf(arena, "%s.txt", stem));
    enum ton_code code = keep_takes(r, arena, plan, here ? "audio" : plan->folder, err);
    const char *const chains = here ? "room" : plan->folder;
    if (!code && r->n_corrections)
        code = ton_path_make_folders(chains, err);
    if (!code && r->n_corrections)
        code = room_keep_correction(r, arena, plan, chains, err);
    code = code ? code : ton_path_make_folders(reports, err);
    if (!code && ton_arena_failed(arena))
        code = ton_fail(err, TON_MEMORY, NULL, "no memory");
    code = code ? code : keep_old_page(r, arena, reports, stem, page, text, err);
    code = code ? code : keep_page(r, arena, plan, page, err);
    r->page = page;
    return code ? code : keep_text(r, arena, plan, text, err);
}
