/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The delivery report: one self-contained HTML page. */

#include "ton/report.h"

static const char STYLE[] =
    ":root{color-scheme:light dark;--ink:#1d2126;--soft:#5d6770;--line:#d9dee3;--paper:#fbfbfa;"
    "--wave:#5b7c99;--curve:#c2410c;--faint:#e6b08e;--good:#15803d;--bad:#b91c1c}"
    "@media(prefers-color-scheme:dark){:root{--ink:#e6e8ea;--soft:#9aa4ad;--line:#343b42;"
    "--paper:#15181b;--wave:#6f93b3;--curve:#fb923c;--faint:#7c4a2a;--good:#4ade80;--bad:#f87171}}"
    "body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);"
    "max-width:68rem;margin:0 auto;padding:2rem 1rem}"
    "h1{font-size:1.6rem;margin:0}h2{font-size:1.1rem;margin:2.5rem 0 .3rem}"
    "p{margin:.2rem 0}.soft{color:var(--soft)}"
    ".wide{overflow-x:auto}table{border-collapse:collapse;width:100%;margin:1.5rem 0;"
    "font-variant-numeric:tabular-nums}th,td{padding:.35rem .6rem;text-align:left;"
    "border-bottom:1px solid var(--line);white-space:nowrap}th{color:var(--soft);font-weight:600}"
    "td.file{white-space:normal;overflow-wrap:anywhere}td.n,th.n{text-align:right}.pass{color:var(-"
    "-good)}.fail{color:var(--bad);font-weight:600}"
    "svg{width:100%;height:auto;margin:.5rem 0;font:11px system-ui,sans-serif}"
    "svg text{fill:var(--soft,#5d6770)}.grid{stroke:var(--line,#d9dee3)}"
    ".wave{fill:var(--wave,#5b7c99)}.momentary{fill:none;stroke:var(--faint,#e6b08e)}"
    ".short-term{fill:none;stroke:var(--curve,#c2410c);stroke-width:1.8}"
    ".target{stroke:var(--ink,#1d2126);stroke-dasharray:5 4}";

static void cell(struct ton_text *out, const char *class, const char *text) {
    ton_text_printf(out, "<td%s%s%s>", class ? " class=\"" : "", class ? class : "",
                    class ? "\"" : "");
    ton_text_add_html(out, text ? text : "");
    ton_text_add(out, "</td>");
}

/* One place after the point, as meters show it; a dash where there is no value. */
static void number_cell(struct ton_text *out, double value) {
    char text[32];
    snprintf(text, sizeof text, isfinite(value) ? "%.1f" : "–", value);
    cell(out, "n", text);
}

static const char *verdict_word(const struct ton_report_row *row) {
    if (!row->has_spec && row->passed)
        return "–";
    return row->passed ? "pass" : "fail";
}

static void table_row(struct ton_text *out, const struct ton_report_row *row) {
    ton_text_add(out, "<tr>");
    cell(out, NULL, row->deliverable);
    cell(out, "file", row->file);
    cell(out, NULL, row->format);
    number_cell(out, row->measured->integrated_lufs);
    number_cell(out, row->measured->true_peak_dbtp);
    number_cell(out, row->measured->loudness_range_lu);
    cell(out, NULL, row->spec ? row->spec : "–");
    cell(out, row->passed ? (row->has_spec ? "pass" : NULL) : "fail", verdict_word(row));
    ton_text_add(out, "</tr>\n");
}

static void table(struct ton_text *out, const struct ton_report *report) {
    ton_text_add(out, "<div class=\"wide\"><table><thead><tr><th>Deliverable</th><th>File</th>"
                      "<th>Format</th><th class=\"n\">LUFS</th><th class=\"n\">dBTP</th>"
                      "<th class=\"n\">LRA</th><th>Spec</th><th>Verdict</th></tr></thead><tbody>");
    for (int i = 0; i < report->n; i++)
        table_row(out, &report->rows[i]);
    ton_text_add(out, "</tbody></table></div>\n");
}

static void file_section(struct ton_text *out, const struct ton_report_row *row) {
    ton_text_add(out, "<section><h2>");
    ton_text_add_html(out, row->file);
    ton_text_add(out, "</h2>");
    if (row->how) {
        ton_text_add(out, "<p class=\"soft\">");
        ton_text_add_html(out, row->how);
        ton_text_add(out, "</p>");
    }
    for (int i = 0; i < row->n_remarks; i++) {
        ton_text_add(out, row->passed ? "<p>" : "<p class=\"fail\">");
        ton_text_add_html(out, row->remarks[i]);
        ton_text_add(out, "</p>");
    }
    ton_text_add(out, row->drawing ? row->drawing : "");
    ton_text_add(out, "</section>\n");
}

static void heading(struct ton_text *out, const struct ton_report *report) {
    int failed = 0, specs = 0;
    for (int i = 0; i < report->n; i++) {
        failed += !report->rows[i].passed;
        specs += report->rows[i].has_spec;
    }
    ton_text_add(out, "<header><h1>");
    ton_text_add_html(out, report->title);
    ton_text_add(out, "</h1><p>");
    ton_text_add_html(out, report->artist ? report->artist : "");
    ton_text_printf(out, "</p><p class=\"%s\">", failed ? "fail" : "pass");
    if (failed)
        ton_text_printf(out, "%d of %d files fail", failed, report->n);
    else
        ton_text_printf(out, "%d files%s", report->n, specs ? ", every spec met" : " made");
    ton_text_add(out, "</p></header>\n");
}

void ton_report_page(struct ton_text *out, const struct ton_report *report) {
    ton_text_add(out, "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
                      "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
                      "<title>");
    ton_text_add_html(out, report->title);
    ton_text_printf(out, " – delivery report</title><style>%s</style></head><body>\n", STYLE);
    heading(out, report);
    table(out, report);
    for (int i = 0; i < report->n; i++)
        file_section(out, &report->rows[i]);
    ton_text_add(out, "<footer><p class=\"soft\">Loudness by ITU-R BS.1770 and EBU R 128, measured "
                      "on the decoded files. Made by ");
    ton_text_add_html(out, report->program);
    ton_text_add(out, ".</p></footer></body></html>\n");
}
