/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All paths of a room in one table. */
#include "html.h"
#include "room_parts.h"

#include <math.h>

int room_serious(const struct ton_room_page_path *path) {
    int n = 0;
    for (int i = 0; path->advices && i < path->advices->n; i++)
        n += path->advices->items[i].serious;
    return n;
}

void room_link(struct ton_text *out, const struct ton_room_page *page, int i) {
    ton_text_printf(out, "<a href=\"#path-%d\">", i + 1);
    ton_text_add_html(out, room_name(page->paths[i].path));
    ton_text_add(out, "</a>");
}

/* As they stand in the table of all paths. */
static enum ton_room_doubt mid_doubt(const struct ton_room_figures *f) {
    const enum ton_room_doubt low = f->octave[3].t30.doubt;
    return low ? low : f->octave[4].t30.doubt;
}

static unsigned doubts_of(const struct ton_room_figures *f) {
    return 1U << mid_doubt(f) | 1U << f->middle.doubt | 1U << f->broad.doubt | 1U << f->sti.doubt;
}

static void figure(struct ton_text *out, const char *label, double value, int digits,
                   unsigned doubts, enum ton_room_doubt doubt) {
    if (isfinite(value)) {
        html_number(out, label, value, digits);
        return;
    }
    html_open_cell(out, "n", label);
    room_doubt_mark(out, doubts, doubt);
    ton_text_add(out, "</td>");
}

static void sti_cell(struct ton_text *out, const struct ton_sti *sti, unsigned doubts) {
    if (isfinite(sti->index)) {
        html_open_cell(out, "n", "STI");
        ton_text_printf(out, "%.2f %s</td>", sti->index, sti->rating);
    } else {
        figure(out, "STI", NAN, 2, doubts, sti->doubt);
    }
}

/* Against the loudspeaker that it is compared with; the microphone may turn both. */
static bool is_reversed(const struct ton_room_page *page, int i) {
    for (int k = 0; k < page->n_pairs; k++) {
        const struct ton_room_page_pair *const p = &page->pairs[k];
        if (p->figures.reversed && i == (p->figures.reversed < 0 ? p->left : p->right))
            return true;
    }
    return false;
}

static void overview_row(struct ton_text *out, const struct ton_room_page *page, int i,
                         unsigned doubts) {
    const struct ton_room_page_path *const path = &page->paths[i];
    const struct ton_room_figures *const f = &path->path->figures;
    const struct ton_sweep_heard *const heard = path->heard;
    const int serious = room_serious(path);
    ton_text_add(out, "<tr role=\"row\"><th role=\"rowheader\" scope=\"row\">");
    room_link(out, page, i);
    ton_text_add(out, "</th>");
    html_open_cell(out, serious ? "n warn" : "n pass", "To do");
    ton_text_printf(out, "%d</td>", serious);
    figure(out, "T mid s", f->t_mid_s, 2, doubts, mid_doubt(f));
    figure(out, "C50 dB", f->middle.c50_db, 1, doubts, f->middle.doubt);
    figure(out, "C80 dB", f->middle.c80_db, 1, doubts, f->middle.doubt);
    figure(out, "D50 %", 100.0 * f->middle.d50, 0, doubts, f->middle.doubt);
    sti_cell(out, &f->sti, doubts);
    html_number(out, "Distance m", path->distance_m, 2);
    html_cell(out, is_reversed(page, i) ? "fixed warn" : "fixed", "Polarity",
              heard ? room_polarity(heard) : NULL);
    html_number(out, "Distortion %", heard ? heard->thd_percent : NAN, 2);
    html_number(out, "Noise dBFS", heard ? heard->noise_dbfs : NAN, 0);
    ton_text_add(out, "</tr>\n");
}

void room_overview(struct ton_text *out, const struct ton_room_page *page) {
    static const char *const heads[][2] = {
        {"To do", "what is serious"},
        {"T mid s", "reverberation time: mean T30 of 500 Hz and 1 kHz"},
        {"C50 dB", "clarity of speech: the first 50 ms over the rest, mean of 500 Hz and 1 kHz"},
        {"C80 dB", "clarity of music: the first 80 ms over the rest, mean of 500 Hz and 1 kHz"},
        {"D50 %",
         "definition: part of the energy that comes within 50 ms, mean of 500 Hz and 1 kHz"},
        {"STI", "speech transmission index without noise, 0 to 1, with its rating (IEC 60268-16)"},
        {"Distance m", "of the loudspeaker"},
        {"Polarity", "of the direct sound, below 500 Hz"},
        {"Distortion %", "harmonics 2 to 5 at the sweep's level"},
        {"Noise dBFS", "of room and microphone in the recording, where no sweep sounds, RMS"}};
    unsigned doubts = 0;
    for (int i = 0; i < page->n; i++)
        doubts |= doubts_of(&page->paths[i].path->figures);
    ton_text_add(out, "<h2>Paths</h2><table role=\"table\" aria-label=\"Paths\"><thead "
                      "role=\"rowgroup\"><tr role=\"row\">");
    html_heading(out, "", "Path", NULL);
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
        html_heading(out, i == 7 ? "" : " class=\"n\"", heads[i][0], heads[i][1]);
    ton_text_add(out, "</tr></thead><tbody role=\"rowgroup\">\n");
    for (int i = 0; i < page->n; i++)
        overview_row(out, page, i, doubts);
    ton_text_add(out, "</tbody></table>\n");
    room_doubt_notes(out, doubts);
}
