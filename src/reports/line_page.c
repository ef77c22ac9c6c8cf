/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The page of a line check: what is wrong comes first. */
#include "ton/line_page.h"

#include "html.h"
#include "verdict.h"

static void line_name(struct ton_text *out, const struct ton_line_page_row *row, int i) {
    ton_text_printf(out, "%d ", i + 1);
    ton_text_add_html(out, row->name);
}

static void line_age(struct ton_text *out, const struct ton_line_page_row *row) {
    if (!row->older)
        return;
    ton_text_add(out, " <span class=\"soft\">as it was ");
    ton_text_add_html(out, row->older);
    ton_text_add(out, "</span>");
}

/* How many lines were checked when. */
struct ages {
    int now, older, never;
};

static struct ages ages_of(const struct ton_line_page *page) {
    struct ages ages = {0};
    for (int i = 0; i < page->n; i++) {
        const struct ton_line_page_row *const row = &page->rows[i];
        ages.never += row->unchecked;
        ages.older += !row->unchecked && row->older;
        ages.now += !row->unchecked && !row->older;
    }
    return ages;
}

static void table_row(struct ton_text *out, const struct ton_line_page_row *row, int i,
                      bool dated) {
    const bool now = !row->older && !row->unchecked;
    ton_text_add(out, now ? "<tr role=\"row\">" : "<tr role=\"row\" class=\"soft\">");
    html_open_cell(out, "n odd", "No");
    ton_text_printf(out, "%d</td><th role=\"rowheader\" scope=\"row\">", i + 1);
    if (row->n_remarks)
        ton_text_printf(out, "<a href=\"#line-%d\">", i + 1);
    ton_text_add_html(out, row->name ? row->name : "–");
    ton_text_add(out, row->n_remarks ? "</a></th>" : "</th>");
    html_cell(out, NULL, "Port", row->port);
    html_cell(out, NULL, "Source", row->source);
    html_open_cell(out, "fixed", "Verdict");
    if (row->unchecked)
        ton_text_add(out, "–");
    else
        verdict_mark(out, row->verdict);
    ton_text_add(out, "</td>");
    html_number(out, "Noise", row->noise_dba, 0);
    html_number(out, "Hum", row->hum_dbfs, 0);
    html_number(out, "Peak", row->peak_dbfs, 1);
    html_number(out, "RMS", row->rms_dbfs, 1);
    html_cell(out, "n", "Gain", row->gain);
    if (dated)
        html_cell(out, NULL, "Checked", now ? "now" : row->unchecked ? "not yet" : row->older);
    ton_text_add(out, "</tr>\n");
}

static void table(struct ton_text *out, const struct ton_line_page *page) {
    const bool dated = ages_of(page).now < page->n;
    ton_text_add(out, "<table role=\"table\" aria-label=\"Lines\"><thead role=\"rowgroup\"><tr "
                      "role=\"row\">");
    html_heading(out, " class=\"n odd\"", "No", NULL);
    html_heading(out, "", "Line", NULL);
    html_heading(out, "", "Port", NULL);
    html_heading(out, "", "Source", NULL);
    html_heading(out, "", "Verdict", NULL);
    html_heading(out, " class=\"n\"", "Noise", "A-weighted, dBFS");
    html_heading(out, " class=\"n\"", "Hum", "all harmonics together, dBFS");
    html_heading(out, " class=\"n\"", "Peak", "sample peak, dBFS");
    html_heading(out, " class=\"n\"", "RMS", "of what was played, dBFS");
    html_heading(out, " class=\"n\"", "Gain", "to turn the preamplifier by");
    if (dated)
        html_heading(out, "", "Checked", NULL);
    ton_text_add(out, "</tr></thead><tbody role=\"rowgroup\">\n");
    for (int i = 0; i < page->n; i++)
        table_row(out, &page->rows[i], i, dated);
    ton_text_add(out, "</tbody></table>\n");
}

static void remark(struct ton_text *out, const struct ton_line_page_remark *r) {
    ton_text_add(out, "<li>");
    verdict_mark(out, r->weight);
    ton_text_add(out, ": ");
    verdict_sentences(out, r->found, r->remedy);
    ton_text_add(out, "</li>\n");
}

/* The next remark from `k` on that is, or is not, as it should be. */
static const struct ton_line_page_remark *next(const struct ton_line_page_row *row, int *k,
                                               bool fine) {
    while (*k < row->n_remarks && (row->remarks[*k].weight == TON_LINE_OK) != fine)
        ++*k;
    return *k < row->n_remarks ? &row->remarks[(*k)++] : NULL;
}

/* The same is to be done about both. */
static bool are_alike(const struct ton_line_page_row *a, const struct ton_line_page_row *b) {
    for (int i = 0, k = 0;;) {
        const struct ton_line_page_remark *const x = next(a, &i, false), *const y =
                                                                             next(b, &k, false);
        if (!x || !y)
            return !x && !y && ton_text_same(a->older, b->older);
        if (x->weight != y->weight || !ton_text_same(x->found, y->found) ||
            !ton_text_same(x->remedy, y->remedy))
            return false;
    }
}

/* Row `i` and those behind it of which the same is said. */
static void section(struct ton_text *out, const struct ton_line_page *page, int i) {
    const struct ton_line_page_remark *r;
    ton_text_add(out, "<section><h3 class=\"near\">");
    for (int k = i; k < page->n; k++) {
        if (!are_alike(&page->rows[i], &page->rows[k]))
            continue;
        ton_text_printf(out, "%s<span id=\"line-%d\">", k > i ? ", " : "", k + 1);
        line_name(out, &page->rows[k], k);
        ton_text_add(out, "</span>");
    }
    line_age(out, &page->rows[i]);
    ton_text_add(out, "</h3><ul>\n");
    for (int k = 0; (r = next(&page->rows[i], &k, false));)
        remark(out, r);
    ton_text_add(out, "</ul></section>\n");
}

static bool is_said_before(const struct ton_line_page *page, int i) {
    for (int k = 0; k < i; k++)
        if (are_alike(&page->rows[k], &page->rows[i]))
            return true;
    return false;
}

/* What is fine about a line, in one line. */
static void fine(struct ton_text *out, const struct ton_line_page_row *row, int i) {
    const struct ton_line_page_remark *r;
    const char *between = ": ";
    if (row->verdict == TON_LINE_OK)
        ton_text_printf(out, "<li id=\"line-%d\">", i + 1);
    else
        ton_text_add(out, "<li>");
    line_name(out, row, i);
    line_age(out, row);
    for (int k = 0; (r = next(row, &k, true)); between = "; ") {
        ton_text_add(out, between);
        html_sentence(out, r->found);
    }
    ton_text_add(out, "</li>\n");
}

/* The gravest lines first, each group in the order of the patch. */
static void what_to_do(struct ton_text *out, const struct ton_line_page *page) {
    int n = 0;
    ton_text_add(out, "<h2>What to do first</h2>\n");
    for (int k = 0; k < 4; k++)
        for (int i = 0; i < page->n; i++) {
            int from = 0;
            const struct ton_line_page_row *const row = &page->rows[i];
            if (row->verdict != verdict_order[k] || row->verdict == TON_LINE_OK ||
                !next(row, &from, false) || is_said_before(page, i))
                continue;
            section(out, page, i);
            n++;
        }
    ton_text_add(out, n ? "" : "<p class=\"pass\">Nothing.</p>\n");
}

static void as_it_should_be(struct ton_text *out, const struct ton_line_page *page) {
    int n = 0;
    for (int i = 0; i < page->n; i++) {
        int from = 0;
        if (!next(&page->rows[i], &from, true))
            continue;
        ton_text_add(out, n++ ? "" : "<h2>As it should be</h2><ul>\n");
        fine(out, &page->rows[i], i);
    }
    ton_text_add(out, n ? "</ul>\n" : "");
}

static void when(struct ton_text *out, const struct ton_line_page *page) {
    const struct ages ages = ages_of(page);
    if (ages.now == page->n)
        return;
    ton_text_printf(out, "<p class=\"soft\">%d of %d checked now", ages.now, page->n);
    if (ages.older)
        ton_text_printf(out, "; %d as %s checked last", ages.older,
                        ages.older == 1 ? "it was when it was" : "they were when they were");
    if (ages.never)
        ton_text_printf(out, "; %d not checked yet", ages.never);
    ton_text_add(out, ".</p>");
}

static void heading(struct ton_text *out, const struct ton_line_page *page) {
    int counts[4] = {0};
    char listened[48];
    for (int i = 0; i < page->n; i++)
        counts[page->rows[i].verdict] += !page->rows[i].unchecked;
    ton_text_add(out, "<header>");
    html_title(out, page->title, "line check");
    ton_text_add(out, "<p>");
    snprintf(listened, sizeof listened, "listened for %.0f s", page->seconds);
    html_beside(out, (const char *const[]){page->device, page->date, listened}, 3);
    ton_text_add(out, "</p>");
    verdict_counts(out, counts, "line");
    when(out, page);
    for (int i = 0; i < page->n_remarks; i++) {
        ton_text_add(out, "<p class=\"warn\">");
        html_sentence(out, page->remarks[i]);
        ton_text_add(out, ".</p>");
    }
    ton_text_add(out, "</header>\n");
}

void ton_line_page_write(struct ton_text *out, const struct ton_line_page *page) {
    html_head(out, page->title, "line check", NULL);
    heading(out, page);
    ton_text_add(out, "<main>");
    what_to_do(out, page);
    ton_text_add(out, "<h2>Line by line</h2>\n");
    table(out, page);
    as_it_should_be(out, page);
    ton_text_add(out,
                 "</main><footer><p class=\"soft\">Levels in dB re full scale (dBFS); noise is "
                 "that of the quietest moments. ");
    html_foot(out, page->program);
}
