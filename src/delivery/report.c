/* SPDX-License-Identifier: GPL-3.0-or-later */
/* out/report.html, from what was delivered. Drawings are kept in the cache by content key, so that
 * a page can be made again without reading the files. */

#include "ton/report.h"

#include "config.h"
#include "ton/measure.h"
#include "ton/text.h"
#include "work.h"

enum { MOST_BYTES = 4 << 20 };

/* What the file was mastered to; of a file that was not, what its spec asks for. */
static struct ton_report_marks marks_of(const struct owed *o) {
    struct ton_report_marks marks = {
        .target_lufs = o->measure == TON_MASTER_LUFS ? o->target : (double)NAN,
        .ceiling_dbtp = o->ceiling_dbtp,
    };
    for (int i = 0; o->spec && i < o->spec->n_checks; i++) {
        const struct ton_check *c = &o->spec->checks[i];
        if (c->kind == TON_CHECK_INTEGRATED_LOUDNESS && isnan(marks.target_lufs))
            marks.target_lufs = c->target;
        if (c->kind == TON_CHECK_TRUE_PEAK && isnan(marks.ceiling_dbtp))
            marks.ceiling_dbtp = c->maximum;
    }
    return marks;
}

enum ton_code report_name(struct work *w, struct owed *o, struct ton_err *err) {
    struct ton_hash *h = ton_hash_create();
    if (h) {
        const struct ton_report_marks marks = marks_of(o);
        char hex[33];
        ton_hash_key(h, w->style);
        ton_hash_key(h, o->key);
        ton_hash_text(h, ton_path_name(o->path));
        ton_hash_f64(h, marks.target_lufs);
        ton_hash_f64(h, marks.ceiling_dbtp);
        o->drawing = ton_arena_printf(w->arena, "%s/drawings/%s.svg", w->store.folder,
                                      ton_key_hex(hex, ton_hash_result(h)));
    }
    ton_hash_destroy(h);
    return o->drawing ? TON_OK : ton_fail(err, TON_MEMORY, NULL, "no memory for content keys");
}

enum ton_code report_draw(struct work *w, const struct owed *o, const struct ton_meter *meter,
                          struct ton_err *err) {
    char draft[TON_PATH_MAX];
    const struct ton_loudness_curve curve = ton_meter_curve(meter);
    const struct ton_report_marks marks = marks_of(o);
    struct ton_text svg = {0};
    ton_report_drawing(&svg, &curve, &marks, ton_path_name(o->path));
    enum ton_code code = svg.failed
                             ? ton_fail(err, TON_MEMORY, NULL, "no memory to draw the report")
                             : ton_cache_draft(draft, o->drawing, err);
    if (!code)
        code = ton_path_write_loosely(draft, svg.data ? svg.data : "", svg.length, err);
    ton_text_free(&svg);
    return code ? code : ton_cache_add(w->store.cache, draft, o->drawing, true, err);
}

/* A cache that was deleted or damaged: the file is measured again. */
static enum ton_code draw_again(struct work *w, const struct owed *o, struct ton_err *err) {
    struct ton_measurement again;
    struct ton_meter *meter = NULL;
    enum ton_code code = ton_measure_file(&again, &meter, o->path, NULL, err);
    if (!code)
        code = report_draw(w, o, meter, err);
    ton_meter_destroy(meter);
    return code;
}

static enum ton_code find_drawing(struct work *w, struct owed *o, struct ton_err *err) {
    char *text = NULL;
    size_t size = 0;
    enum ton_code code = TON_OK;
    if (!ton_cache_take(w->store.cache, o->drawing, false))
        code = draw_again(w, o, err);
    if (!code)
        code = ton_path_read(&text, &size, w->arena, o->drawing, MOST_BYTES, err);
    o->delivered->drawing = text;
    return code;
}

static const char *how_text(const struct work *w, const struct ton_delivered *d) {
    if (isnan(d->gain_db))
        return "Not mastered: the mix as it is.";
    const char *turned = d->turned_db == 0.0
                             ? ""
                             : ton_arena_printf(w->arena,
                                                " Turned down by %.2f dB behind the limiter, for "
                                                "what the encoder overshoots.",
                                                -d->turned_db);
    return ton_arena_printf(w->arena,
                            "Gain %+.1f dB before the limiter, ceiling %.1f dBTP, limited by at "
                            "most %.1f dB.%s",
                            d->gain_db, d->ceiling_dbtp, 0.0 - d->most_reduction_db, turned);
}

/* From out/, where the page is. */
static const char *from_page(const struct work *w, const char *path) {
    return ton_text_starts(path, "out/") ? path + strlen("out/")
                                         : ton_arena_printf(w->arena, "../%s", path);
}

static bool fill_row(struct work *w, const struct owed *o, struct ton_report_row *row) {
    const struct ton_delivered *d = o->delivered;
    struct ton_report_remark *remarks =
        TON_NEW_N(w->arena, struct ton_report_remark, d->verdict.n + 1);
    for (int i = 0; remarks && i < d->verdict.n; i++) {
        const struct ton_remark *remark = &d->verdict.remarks[i];
        remarks[i] = (struct ton_report_remark){remark->text, remark->remedy, remark->failed};
    }
    *row = (struct ton_report_row){
        .deliverable = d->deliverable,
        .file = ton_path_name(d->path),
        .format = d->format,
        .spec = d->spec,
        .href = from_page(w, d->path),
        .sha256 = d->sha256,
        .bytes = d->bytes,
        .rate = d->rate,
        .measured = &d->measured,
        .passed = d->passed,
        .has_spec = (d->spec != NULL) || !d->passed,
        .remarks = remarks,
        .n_remarks = d->verdict.n,
        .how = how_text(w, d),
        .drawing = d->drawing,
    };
    return remarks;
}

enum ton_code report_write(struct work *w, struct ton_err *err) {
    struct ton_report_row *rows = TON_NEW_N(w->arena, struct ton_report_row, w->n_owed + 1);
    const char *path = ton_path_join(w->arena, w->production->folder, "out/report.html");
    if (!rows || !path)
        return ton_fail(err, TON_MEMORY, NULL, "no memory for the report");
    enum ton_code code = TON_OK;
    int n = 0;
    const struct ton_progress *progress = progress_rest(w);
    for (size_t i = 0; i < w->n_owed && !code; i++) {
        if (w->owed[i].unmade)
            continue;
        ton_progress_step(progress, "drawing the report", (double)i / (double)w->n_owed);
        code = find_drawing(w, &w->owed[i], err);
        if (!code && !fill_row(w, &w->owed[i], &rows[n++]))
            code = ton_fail(err, TON_MEMORY, NULL, "no memory for the report");
    }
    if (code)
        return code;
    const struct ton_report report = {
        .title = w->production->title ? w->production->title : "Untitled",
        .artist = w->production->artist,
        .rows = rows,
        .n = n,
        .manifest = "manifest.json",
        .program = "ton " TON_VERSION,
    };
    struct ton_text page = {0};
    ton_report_page(&page, &report);
    if (page.failed)
        code = ton_fail(err, TON_MEMORY, NULL, "no memory for the report");
    else
        code = ton_path_renew(path, page.data, page.length, err);
    ton_text_free(&page);
    return code;
}
