/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The delivery report: one HTML page without script, beside the files that it speaks of. */

#include "ton/report.h"

#include "html.h"
#include "style.h"

#include "ton/unit.h"

static void verdict_cell(struct ton_text *out, const struct ton_report_row *row, int i) {
    html_open_cell(out, "fixed", "Verdict");
    if (!row->passed)
        ton_text_printf(out, "<a class=\"fail\" href=\"#file-%d\">fail</a>", i + 1);
    else
        ton_text_add(out, row->has_spec ? "<span class=\"pass\">pass</span>" : "–");
    ton_text_add(out, "</td>");
}

static void table_row(struct ton_text *out, const struct ton_report_row *row, int i) {
    ton_text_printf(out, "<tr role=\"row\"><td role=\"cell\"><a href=\"#file-%d\">", i + 1);
    ton_text_add_html(out, row->deliverable);
    ton_text_add(out, "</a></td><th role=\"rowheader\" scope=\"row\">");
    html_link(out, row->href, row->file);
    ton_text_add(out, "</th>");
    html_cell(out, "fixed", "Format", row->format);
    char length[32];
    html_cell(out, "n", "Length",
              ton_length_format(length, sizeof length, row->measured->frames, row->rate));
    html_number(out, "LUFS", row->measured->integrated_lufs, 1);
    html_number(out, "dBTP", row->measured->true_peak_dbtp, 1);
    html_number(out, "LRA", row->measured->loudness_range_lu, 1);
    html_cell(out, "fixed", "Spec", row->spec);
    verdict_cell(out, row, i);
    ton_text_add(out, "</tr>\n");
}

/* The roles say again what the elements are: as cards they would no longer be a table. */
static void table(struct ton_text *out, const struct ton_report *report) {
    ton_text_add(out, "<table role=\"table\" aria-label=\"Delivered files\"><thead "
                      "role=\"rowgroup\"><tr role=\"row\">");
    html_heading(out, "", "Deliverable", NULL);
    html_heading(out, "", "File", NULL);
    html_heading(out, "", "Format", NULL);
    html_heading(out, " class=\"n\"", "Length", NULL);
    html_heading(out, " class=\"n\"", "LUFS", "integrated loudness");
    html_heading(out, " class=\"n\"", "dBTP", "true peak");
    html_heading(out, " class=\"n\"", "LRA", "loudness range in LU");
    html_heading(out, "", "Spec", NULL);
    html_heading(out, "", "Verdict", NULL);
    ton_text_add(out, "</tr></thead><tbody role=\"rowgroup\">\n");
    for (int i = 0; i < report->n; i++)
        table_row(out, &report->rows[i], i);
    ton_text_add(out, "</tbody></table>\n");
}

static void add_remark(struct ton_text *out, const struct ton_report_remark *remark) {
    ton_text_printf(out, "<span class=\"%s\">", remark->failed ? "bad" : "soft");
    html_sentence(out, remark->text);
    ton_text_add(out, ".</span>");
    if (remark->remedy) {
        ton_text_add(out, " ");
        html_sentence(out, remark->remedy);
    }
}

static int count_failed(const struct ton_report *report) {
    int failed = 0;
    for (int i = 0; i < report->n; i++)
        failed += !report->rows[i].passed;
    return failed;
}

/* Right under the table, what has to be done before anything is sent. */
static void failures(struct ton_text *out, const struct ton_report *report) {
    if (count_failed(report) == 0)
        return;
    ton_text_add(out, "<h2>Failed checks</h2><ul class=\"failures\">\n");
    for (int i = 0; i < report->n; i++) {
        const struct ton_report_row *row = &report->rows[i];
        for (int k = 0; k < row->n_remarks; k++) {
            if (!row->remarks[k].failed)
                continue;
            ton_text_printf(out, "<li><a href=\"#file-%d\">", i + 1);
            ton_text_add_html(out, row->file);
            ton_text_add(out, "</a>: ");
            add_remark(out, &row->remarks[k]);
            ton_text_add(out, "</li>\n");
        }
    }
    ton_text_add(out, "</ul>\n");
}

static void legend_line(struct ton_text *out, const char *class, const char *text) {
    ton_text_printf(out,
                    "<li><svg width=\"30\" height=\"12\" aria-hidden=\"true\"><line class=\"%s\" "
                    "x2=\"30\" y1=\"6\" y2=\"6\"/></svg>%s</li>",
                    class, text);
}

static void legend(struct ton_text *out) {
    ton_text_add(out, "<ul class=\"legend\" aria-label=\"Legend of the drawings\"><li><svg "
                      "width=\"30\" height=\"12\" aria-hidden=\"true\"><rect class=\"wave\" "
                      "width=\"30\" height=\"12\"/></svg>waveform</li>");
    legend_line(out, "ceiling", "true-peak ceiling");
    legend_line(out, "short-term", "short-term loudness (3 s)");
    legend_line(out, "momentary", "momentary loudness (400 ms)");
    legend_line(out, "target", "target loudness");
    ton_text_add(out, "</ul>\n");
}

static void facts(struct ton_text *out, const struct ton_report_row *row) {
    ton_text_add(out, "<p class=\"soft\">");
    ton_text_add_html(out, row->format);
    char size[32];
    if (row->bytes > 0)
        ton_text_printf(out, " · %s", ton_bytes_format(size, sizeof size, row->bytes));
    if (row->sha256)
        ton_text_printf(out, " · SHA-256 <code title=\"%s\">%.12s…</code>", row->sha256,
                        row->sha256);
    ton_text_add(out, "</p>");
}

/* Nothing is fetched before somebody plays it. */
static void player(struct ton_text *out, const struct ton_report_row *row) {
    if (!row->href)
        return;
    ton_text_add(out, "<audio controls preload=\"none\" aria-label=\"");
    ton_text_add_html(out, row->file);
    ton_text_add(out, "\" src=\"");
    html_url(out, row->href);
    ton_text_add(out, "\"></audio>");
}

static void file_section(struct ton_text *out, const struct ton_report_row *row, int i) {
    ton_text_printf(out, "<section id=\"file-%d\"><h3>", i + 1);
    html_link(out, row->href, row->file);
    ton_text_add(out, "</h3>");
    facts(out, row);
    if (row->how) {
        ton_text_add(out, "<p class=\"soft\">");
        ton_text_add_html(out, row->how);
        ton_text_add(out, "</p>");
    }
    for (int k = 0; k < row->n_remarks; k++) {
        ton_text_add(out, row->remarks[k].failed ? "<p>Fails: " : "<p>Advice: ");
        add_remark(out, &row->remarks[k]);
        ton_text_add(out, "</p>");
    }
    player(out, row);
    ton_text_add(out, row->drawing ? row->drawing : "");
    ton_text_add(out, "</section>\n");
}

static void heading(struct ton_text *out, const struct ton_report *report) {
    const int failed = count_failed(report);
    const char *files = report->n == 1 ? "file" : "files";
    int held = 0;
    for (int i = 0; i < report->n; i++)
        held += report->rows[i].has_spec;
    ton_text_add(out, "<header><h1>");
    ton_text_add_html(out, report->title);
    ton_text_add(out, "</h1><p>");
    ton_text_add_html(out, report->artist);
    ton_text_printf(out, "</p><p class=\"%s\">", failed ? "fail" : "pass");
    if (failed)
        ton_text_printf(out, "%d of %d %s %s", failed, report->n, files,
                        failed == 1 ? "fails" : "fail");
    else if (held)
        ton_text_printf(out, "%d %s; %d held to a spec, none fails", report->n, files, held);
    else
        ton_text_printf(out, "%d %s made", report->n, files);
    ton_text_add(out, "</p></header>\n");
}

static void footer(struct ton_text *out, const struct ton_report *report) {
    ton_text_add(out, "<footer><p class=\"soft\">Loudness by ITU-R BS.1770 and EBU R 128, measured "
                      "on the decoded files. ");
    if (report->manifest) {
        ton_text_add(out, "Whole hashes are in the ");
        html_link(out, report->manifest, "manifest");
        ton_text_add(out, ". ");
    }
    html_foot(out, report->program);
}

void ton_report_page(struct ton_text *out, const struct ton_report *report) {
    html_head(out, report->title, "delivery report", NULL);
    heading(out, report);
    ton_text_add(out, "<main>");
    table(out, report);
    failures(out, report);
    ton_text_add(out, "<h2>Waveform and loudness of each file</h2>\n");
    legend(out);
    for (int i = 0; i < report->n; i++)
        file_section(out, &report->rows[i], i);
    ton_text_add(out, "</main>");
    footer(out, report);
}
