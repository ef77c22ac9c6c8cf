/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The page of a system check: what is wrong comes first. */
#include "ton/system_page.h"

#include "html.h"
#include "verdict.h"

static void table_row(struct ton_text *out, const struct ton_system_page_row *row) {
    ton_text_add(out, "<tr role=\"row\"><th role=\"rowheader\" scope=\"row\" class=\"fixed\">");
    ton_text_add_html(out, row->name);
    ton_text_add(out, "</th>");
    html_open_cell(out, "fixed", "Verdict");
    verdict_mark(out, row->remark.weight);
    ton_text_add(out, "</td>");
    html_open_cell(out, NULL, "Found");
    verdict_sentences(out, row->remark.found, row->remark.remedy);
    ton_text_add(out, "</td></tr>\n");
}

static void table(struct ton_text *out, const struct ton_system_page *page) {
    ton_text_add(out, "<table role=\"table\" aria-label=\"Findings\"><thead role=\"rowgroup\"><tr "
                      "role=\"row\">");
    html_heading(out, "", "Check", NULL);
    html_heading(out, "", "Verdict", NULL);
    html_heading(out, "", "Found", NULL);
    ton_text_add(out, "</tr></thead><tbody role=\"rowgroup\">\n");
    for (int k = 0; k < 4; k++)
        for (int i = 0; i < page->n; i++)
            if (page->rows[i].remark.weight == verdict_order[k])
                table_row(out, &page->rows[i]);
    ton_text_add(out, "</tbody></table>\n");
}

static void heading(struct ton_text *out, const struct ton_system_page *page) {
    int counts[4] = {0};
    char loaded[48];
    for (int i = 0; i < page->n; i++)
        counts[page->rows[i].remark.weight]++;
    ton_text_add(out, "<header>");
    html_title(out, page->title, "system check");
    ton_text_add(out, "<p>");
    snprintf(loaded, sizeof loaded, "under load for %.*f s", page->seconds < 10, page->seconds);
    html_beside(out, (const char *const[]){page->device, page->date, loaded}, 3);
    ton_text_add(out, "</p>");
    verdict_counts(out, counts, "finding");
    ton_text_add(out, "</header>\n");
}

void ton_system_page_write(struct ton_text *out, const struct ton_system_page *page) {
    html_head(out, page->title, "system check", NULL);
    heading(out, page);
    ton_text_add(out, "<main>");
    table(out, page);
    ton_text_add(out, "</main><footer><p class=\"soft\">");
    html_foot(out, page->program);
}
