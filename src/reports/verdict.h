/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Verdicts on the pages of checks. */
#ifndef TON_REPORTS_VERDICT_H
#define TON_REPORTS_VERDICT_H

#include "ton/line_page.h"

/* The gravest first. */
extern const enum ton_line_page_weight verdict_order[4];

void verdict_mark(struct ton_text *out, enum ton_line_page_weight verdict);
/* What was found, and what to do (NULL). */
void verdict_sentences(struct ton_text *out, const char *found, const char *remedy);
/* "3 lines: 2 ok, …", in the colour of the gravest; `counts` by verdict. */
void verdict_counts(struct ton_text *out, const int counts[4], const char *of_what);

#endif
