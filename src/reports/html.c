/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the pages are made of. */
#include "html.h"

#include "style.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* A relative path as a URL: every byte but letters, digits and -._~/ encoded, so that neither a
 * colon nor a question mark in a name means something else. */
void html_url(struct ton_text *out, const char *path) {
    static const char plain[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";
    for (; *path; path++) {
        if (strchr(plain, *path))
            ton_text_add_n(out, path, 1);
        else
            ton_text_printf(out, "%%%02X", (unsigned)(unsigned char)*path);
    }
}

/* The file's name, leading to the file. */
void html_link(struct ton_text *out, const char *href, const char *name) {
    if (href) {
        ton_text_add(out, "<a href=\"");
        html_url(out, href);
        ton_text_add(out, "\">");
    }
    ton_text_add_html(out, name);
    ton_text_add(out, href ? "</a>" : "");
}

/* A sentence; what stands between backticks is to be typed. */
void html_sentence(struct ton_text *out, const char *text) {
    bool code = false;
    for (; text && *text; text++) {
        const char letter[] = {*text, '\0'};
        if (*text != '`') {
            ton_text_add_html(out, letter);
        } else if (code || strchr(text + 1, '`')) {
            ton_text_add(out, code ? "</code>" : "<code>");
            code = !code;
        }
    }
}

void html_open_cell(struct ton_text *out, const char *class, const char *label) {
    ton_text_printf(out, "<td role=\"cell\" data-label=\"%s\"", label);
    if (class)
        ton_text_printf(out, " class=\"%s\"", class);
    ton_text_add(out, ">");
}

void html_cell(struct ton_text *out, const char *class, const char *label, const char *text) {
    html_open_cell(out, class, label);
    ton_text_add_html(out, text ? text : "–");
    ton_text_add(out, "</td>");
}

void html_figure(struct ton_text *out, double value, int digits) {
    char text[32];
    snprintf(text, sizeof text, "%.*f", digits, value);
    const bool nothing = text[strspn(text, "-0.")] == '\0';
    ton_text_add(out, text + (nothing && text[0] == '-'));
}

void html_number(struct ton_text *out, const char *label, double value, int digits) {
    html_open_cell(out, "n", label);
    if (isfinite(value))
        html_figure(out, value, digits);
    else
        ton_text_add(out, "–");
    ton_text_add(out, "</td>");
}

void html_heading(struct ton_text *out, const char *class, const char *text, const char *meaning) {
    ton_text_printf(out, "<th role=\"columnheader\" scope=\"col\"%s", class);
    if (meaning)
        ton_text_printf(out, " title=\"%s\"", meaning);
    ton_text_printf(out, ">%s</th>", text);
}

static void capital(struct ton_text *out, const char *what) {
    ton_text_printf(out, "%c%s", what[0] - 'a' + 'A', what + 1);
}

void html_title(struct ton_text *out, const char *title, const char *what) {
    ton_text_add(out, "<h1>");
    if (title && !ton_text_same(title, what)) {
        ton_text_add_html(out, title);
        ton_text_printf(out, ": %s", what);
    } else {
        capital(out, what);
    }
    ton_text_add(out, "</h1>");
}

void html_head(struct ton_text *out, const char *title, const char *what, const char *style) {
    ton_text_add(out, "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
                      "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
                      "<title>");
    if (title && !ton_text_same(title, what)) {
        ton_text_add_html(out, title);
        ton_text_printf(out, " – %s", what);
    } else {
        capital(out, what);
    }
    ton_text_printf(out, "</title><style>%s%s</style></head><body>\n", report_style,
                    style ? style : "");
}

void html_beside(struct ton_text *out, const char *const *texts, int n) {
    const char *between = "";
    for (int i = 0; i < n; i++) {
        if (!texts[i])
            continue;
        ton_text_add(out, between);
        ton_text_add_html(out, texts[i]);
        between = " · ";
    }
}

void html_foot(struct ton_text *out, const char *program) {
    ton_text_add(out, "Made by ");
    ton_text_add_html(out, program ? program : "ton");
    ton_text_add(out, ".</p></footer></body></html>\n");
}
