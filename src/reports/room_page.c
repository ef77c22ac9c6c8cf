/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The page of a room: what to do comes first. */
#include "ton/room_page.h"

#include "html.h"
#include "room_parts.h"
#include "style.h"

#include <math.h>

static void found(struct ton_text *out, const char *text) {
    const bool small = text[0] >= 'a' && text[0] <= 'z';
    if (small)
        ton_text_printf(out, "%c", text[0] - 'a' + 'A');
    html_sentence(out, text + small);
    ton_text_add(out, ".");
}

static void close_advice(struct ton_text *out, const char *remedy) {
    if (!remedy)
        return;
    ton_text_add(out, " <b>What to do:</b> ");
    html_sentence(out, remedy);
    ton_text_add(out, ".");
}

/* Findings that have one remedy stand together. */
static void advices(struct ton_text *out, const struct ton_room_page_path *path, bool serious) {
    const char *remedy = NULL;
    int n = 0;
    for (int i = 0; path->advices && i < path->advices->n; i++) {
        const struct ton_room_advice *const a = &path->advices->items[i];
        if (a->serious != serious)
            continue;
        if (n > 0 && remedy && ton_text_same(a->remedy, remedy)) {
            ton_text_add(out, "<br>\n");
        } else {
            close_advice(out, remedy);
            ton_text_add(out, n == 0 ? "<ul class=\"advice\">\n<li>" : "</li>\n<li>");
        }
        found(out, a->found);
        remedy = a->remedy;
        n++;
    }
    close_advice(out, remedy);
    ton_text_add(out, n > 0 ? "</li></ul>\n" : "");
}

static void what_to_do(struct ton_text *out, const struct ton_room_page *page) {
    ton_text_add(out, "<h2>What to do first</h2>\n");
    int n = 0;
    for (int i = 0; i < page->n; i++) {
        if (room_serious(&page->paths[i]) == 0)
            continue;
        n++;
        ton_text_add(out, "<h3 class=\"near\">");
        room_link(out, page, i);
        ton_text_add(out, "</h3>");
        advices(out, &page->paths[i], true);
    }
    if (n == 0)
        ton_text_add(out, "<p class=\"pass\">Nothing.</p>\n");
}

static void heading(struct ton_text *out, const struct ton_room_page *page) {
    const double *const m = page->sides_m;
    int serious = 0;
    for (int i = 0; i < page->n; i++)
        serious += room_serious(&page->paths[i]);
    html_head(out, page->title, "room", report_plot_style);
    ton_text_add(out, "<header>");
    html_title(out, page->title, "room");
    ton_text_add(out, "<p>");
    html_beside(out, (const char *const[]){page->date, page->setup}, 2);
    ton_text_add(out, "</p>");
    if (m[0] > 0.0)
        ton_text_printf(out, "<p>%.2f m × %.2f m × %.2f m, %.0f m³</p>", m[0], m[1], m[2],
                        m[0] * m[1] * m[2]);
    ton_text_printf(out, "<p class=\"%s\">%d path%s, ", serious ? "warn" : "pass", page->n,
                    page->n == 1 ? "" : "s");
    ton_text_printf(out, serious ? "%d to do" : "nothing to do", serious);
    ton_text_add(out, page->n > 1 ? "</p><nav aria-label=\"Paths\">" : "</p>");
    for (int i = 0; page->n > 1 && i < page->n; i++) {
        ton_text_add(out, i ? " · " : "");
        room_link(out, page, i);
    }
    ton_text_add(out, page->n > 1 ? "</nav></header>\n" : "</header>\n");
}

static void pair(struct ton_text *out, const struct ton_room_page *page,
                 const struct ton_room_page_pair *p) {
    const struct ton_room_path *const l = page->paths[p->left].path, *const r =
                                                                         page->paths[p->right].path;
    const struct ton_room_pair *const f = &p->figures;
    ton_text_add(out, "<section><h3>");
    ton_text_add_html(out, room_name(l));
    ton_text_add(out, " beside ");
    ton_text_add_html(out, room_name(r));
    ton_text_add(out, "</h3><p>");
    ton_text_add_html(out, room_name(l));
    if (fabs(f->level_db) < TON_ROOM_ALIKE_DB)
        ton_text_add(out, " is equally loud from 200 Hz to 2 kHz");
    else if (isfinite(f->level_db))
        ton_text_printf(out, " is %.1f dB %s from 200 Hz to 2 kHz", fabs(f->level_db),
                        f->level_db < 0.0 ? "softer" : "louder");
    else
        ton_text_add(out, " cannot be compared in level");
    if (isnan(f->worst_hz) && isfinite(f->worst_db))
        ton_text_add(out, " and alike in each third octave");
    else if (isfinite(f->worst_db))
        ton_text_printf(out, "; most unlike at %.0f Hz, by %+.1f dB apart from that", f->worst_hz,
                        f->worst_db);
    if (fabs(f->ms) < 0.005)
        ton_text_add(out, "; it arrives at the same time");
    else if (isfinite(f->ms))
        ton_text_printf(out, "; it arrives %.2f ms %s, %.1f cm %s", fabs(f->ms),
                        f->ms < 0.0 ? "earlier" : "later", 100.0 * fabs(f->metres),
                        f->ms < 0.0 ? "nearer" : "farther");
    ton_text_add(out, ".</p>");
}

static enum ton_code pairs(struct ton_text *out, const struct ton_room_page *page,
                           struct ton_err *err) {
    enum ton_code code = TON_OK;
    if (page->n_pairs > 0)
        ton_text_add(out, "<h2>Left and right</h2>\n");
    for (int i = 0; i < page->n_pairs && code == TON_OK; i++) {
        const struct ton_room_page_pair *const p = &page->pairs[i];
        const struct ton_room_path *const l = page->paths[p->left].path, *const r =
                                                                             page->paths[p->right]
                                                                                 .path;
        pair(out, page, p);
        ton_text_add(out, "<div class=\"plots\"><figure><figcaption>Responses</figcaption>");
        code = room_plot_pair(out, l, r, err);
        ton_text_add(out, "</figure><figure><figcaption>Difference</figcaption>");
        room_plot_thirds(out, l, r, &p->figures);
        ton_text_add(out, "</figure></div></section>\n");
    }
    return code;
}

static void loudspeaker(struct ton_text *out, const struct ton_room_page_path *path) {
    const struct ton_sweep_heard *const h = path->heard;
    if (isfinite(path->distance_m)) {
        ton_text_printf(out, "<p>Loudspeaker %.2f m away", path->distance_m);
        if (path->distance_remark) {
            ton_text_add(out, " (");
            ton_text_add_html(out, path->distance_remark);
            ton_text_add(out, ")");
        }
        ton_text_add(out, "</p>\n");
    }
    if (!h)
        return;
    ton_text_printf(out, "<p>Polarity %s · highest sample ", room_polarity(h));
    room_with_sign(out, h->peak_dbfs, 1);
    ton_text_add(out, " dBFS");
    for (int k = 2, n = 0; k <= TON_SWEEP_HARMONICS; k++)
        if (isfinite(h->harmonic_db[k]))
            ton_text_printf(out, "%s%d: %.0f dB", n++ ? ", " : " · harmonic ", k,
                            h->harmonic_db[k]);
    if (isfinite(h->drift_ppm))
        ton_text_printf(out, " · clocks %.1f ppm apart", fabs(h->drift_ppm));
    ton_text_add(out, "</p>\n");
}

static enum ton_code plots(struct ton_text *out, const struct ton_room_page_path *path,
                           struct ton_err *err) {
    static const char *const captions[] = {
        "Frequency response", "First reflections, 1 kHz to 8 kHz (numbers: in the table)", "Decay",
        "Decay times in third octaves", "Waterfall, a slice each 10 ms"};
    enum ton_code code = TON_OK;
    ton_text_add(out, "<div class=\"plots\">\n");
    for (int i = 0; i < TON_N_ROOM_PLOTS && code == TON_OK; i++) {
        ton_text_printf(out, "<figure%s><figcaption>%s</figcaption>",
                        i == TON_ROOM_PLOT_RESPONSE ? " class=\"wide\"" : "", captions[i]);
        code = ton_room_plot_write(out, (enum ton_room_plot)i, path, err);
        ton_text_add(out, "</figure>\n");
    }
    ton_text_add(out, "</div>\n");
    return code;
}

static enum ton_code section(struct ton_text *out, const struct ton_room_page *page, int i,
                             struct ton_err *err) {
    const struct ton_room_page_path *const path = &page->paths[i];
    ton_text_printf(out, "<section id=\"path-%d\" class=\"path\"><h2>", i + 1);
    ton_text_add_html(out, room_name(path->path));
    ton_text_add(out, "</h2>");
    loudspeaker(out, path);
    if (path->take) {
        ton_text_add(out, "<p>Impulse response: ");
        html_link(out, path->take, path->take);
        ton_text_add(out, "</p>\n");
    }
    advices(out, path, false);
    const enum ton_code code = plots(out, path, err);
    ton_text_add(out, "<div class=\"tables\"><div class=\"few\">");
    room_reflections(out, path->path);
    ton_text_add(out, "</div><div class=\"few\">");
    room_modes(out, path->path);
    ton_text_add(out, "</div><div class=\"few\">");
    room_correction(out, path);
    ton_text_add(out, "</div></div>\n");
    room_bands(out, &path->path->figures);
    ton_text_add(out, "</section>\n");
    return code;
}

enum ton_code ton_room_page_write(struct ton_text *out, const struct ton_room_page *page,
                                  struct ton_err *err) {
    heading(out, page);
    ton_text_add(out, "<main>");
    what_to_do(out, page);
    room_overview(out, page);
    enum ton_code code = pairs(out, page, err);
    for (int i = 0; i < page->n && code == TON_OK; i++)
        code = section(out, page, i, err);
    ton_text_add(out, "</main><footer><p class=\"soft\">Times, clarity and definition by ISO 3382, "
                      "speech transmission index by IEC 60268-16 (indirect, without noise); "
                      "levels in dB. ");
    html_foot(out, page->program);
    if (code == TON_OK && out->failed)
        code = ton_fail(err, TON_MEMORY, NULL, "no memory for the page of the room");
    return code;
}
