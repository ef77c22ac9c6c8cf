/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_REPORTS_HTML_H
#define TON_REPORTS_HTML_H

#include "ton/text.h"

/* Up to the beginning of the body; `what` is the kind of page, `style` more CSS for it or NULL. No
 * title: the kind alone. */
void html_head(struct ton_text *out, const char *title, const char *what, const char *style);

/* The heading of the page: "Club Night: line check", or "Line check" without a title. */
void html_title(struct ton_text *out, const char *title, const char *what);

/* "jack · 2026-11-30 · …": those of the texts that are there. */
void html_beside(struct ton_text *out, const char *const *texts, int n);
/* The end of the page, by whom it was made; NULL: by ton. */
void html_foot(struct ton_text *out, const char *program);

void html_url(struct ton_text *out, const char *path);
/* The file's name, leading to the file. */
void html_link(struct ton_text *out, const char *href, const char *name);
/* A sentence; what stands between backticks is to be typed. NULL: none. */
void html_sentence(struct ton_text *out, const char *text);

/* Cells of a table that turns into cards where there is no room: `label` is the column's. */
void html_open_cell(struct ton_text *out, const char *class, const char *label);
void html_cell(struct ton_text *out, const char *class, const char *label, const char *text);
/* So many places after the point, and no minus before a zero. */
void html_figure(struct ton_text *out, double value, int digits);
/* The same as a cell; a dash where there is no value. */
void html_number(struct ton_text *out, const char *label, double value, int digits);
void html_heading(struct ton_text *out, const char *class, const char *text, const char *meaning);

#endif
