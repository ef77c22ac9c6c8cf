/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What stays of a system check in the production. */
#include "system.h"

#include "config.h"

#include "ton/path.h"
#include "ton/system_page.h"

const char check_system_page_path[] = "reports/system-check.html";

static const char *device_text(struct ton_arena *arena, const struct ton_system *s) {
    return s->load_trouble.code ? "no device" : check_device_text(arena, &s->load.device);
}

static enum ton_code keep_page(struct ton_arena *arena, const struct check_plan *plan,
                               const struct ton_system *s, struct ton_err *err) {
    struct ton_text page = {0};
    struct ton_system_page_row *rows = TON_NEW_N(arena, struct ton_system_page_row, s->n);
    if (!rows)
        return ton_fail(err, TON_MEMORY, NULL, "no memory");
    for (int i = 0; i < s->n; i++) {
        const struct ton_check_remark *f = &s->findings[i];
        rows[i] = (struct ton_system_page_row){
            f->kind, {(enum ton_line_page_weight)f->weight, f->found, f->remedy}};
    }
    const struct ton_system_page what = {
        .title = plan->title,
        .device = device_text(arena, s),
        .date = kept_now(arena, "%Y-%m-%d %H:%M", false),
        .seconds = s->load.seconds,
        .rows = rows,
        .n = s->n,
        .program = "ton " TON_VERSION,
    };
    ton_system_page_write(&page, &what);
    return kept_write(check_system_page_path, &page, err);
}

static enum ton_code keep_text(struct ton_arena *arena, const struct ton_system *s,
                               struct ton_err *err) {
    struct ton_text text = {0};
    ton_text_printf(&text, "%s, %s\n\n", kept_now(arena, "%Y-%m-%d %H:%M", false),
                    device_text(arena, s));
    for (int i = 0; i < s->n; i++)
        check_add_remark(&text, s->findings[i].kind, &s->findings[i]);
    return kept_write("reports/system-check.txt", &text, err);
}

static const char *sentences(struct ton_arena *arena, const struct ton_check_remark *f) {
    return f->remedy ? ton_arena_printf(arena, "%s. What to do: %s.\n", f->found, f->remedy)
                     : ton_arena_printf(arena, "%s.\n", f->found);
}

/* The figures of all stand with the first finding. */
static enum ton_code keep_row(struct ton_arena *arena, const struct check_plan *plan,
                              const struct ton_system *s, struct ton_err *err) {
    struct ton_checked_line *lines = TON_NEW_N(arena, struct ton_checked_line, s->n);
    if (!lines)
        return ton_fail(err, TON_MEMORY, NULL, "no memory");
    for (int i = 0; i < s->n; i++)
        lines[i] = (struct ton_checked_line){
            .name = s->findings[i].kind,
            .port = "",
            .verdict = s->findings[i].weight,
            .figures = i == 0 ? check_json_text(arena, check_system_json(plan, s)) : NULL,
            .sentences = sentences(arena, &s->findings[i]),
        };
    struct ton_check_row row = {
        .subject = "system",
        .began = kept_now(arena, "%Y-%m-%dT%H:%M:%SZ", true),
        .device = device_text(arena, s),
        .rate = plan->device.rate,
        .seconds = s->load.seconds,
        .lines = lines,
        .n_lines = s->n,
    };
    if (ton_arena_failed(arena))
        return ton_fail(err, TON_MEMORY, NULL, "no memory");
    return check_keep_row(&row, err);
}

enum ton_code check_system_keep(struct ton_arena *arena, const struct check_plan *plan,
                                const struct ton_system *s, struct ton_err *err) {
    enum ton_code code = ton_path_make_folders("reports", err);
    if (!code)
        code = keep_page(arena, plan, s, err);
    if (!code)
        code = keep_text(arena, s, err);
    return code ? code : keep_row(arena, plan, s, err);
}
