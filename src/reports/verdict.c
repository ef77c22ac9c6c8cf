/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Verdicts on the pages of checks: a word, a colour, and sentences. */
#include "verdict.h"

#include "html.h"

const enum ton_line_page_weight verdict_order[4] = {TON_LINE_FAULT, TON_LINE_ATTENTION,
                                                    TON_LINE_OPEN, TON_LINE_OK};

static const char *const words[] = {"open", "ok", "attention", "fault"};
static const char *const classes[] = {"soft", "pass", "warn", "fail"};

void verdict_mark(struct ton_text *out, enum ton_line_page_weight verdict) {
    ton_text_printf(out, "<span class=\"%s\">%s</span>", classes[verdict], words[verdict]);
}

void verdict_sentences(struct ton_text *out, const char *found, const char *remedy) {
    html_sentence(out, found);
    ton_text_add(out, ".");
    if (!remedy)
        return;
    ton_text_add(out, " <b>What to do:</b> ");
    html_sentence(out, remedy);
    ton_text_add(out, ".");
}

void verdict_counts(struct ton_text *out, const int counts[4], const char *of_what) {
    const int n = counts[0] + counts[1] + counts[2] + counts[3];
    int k = 0;
    while (k < 3 && counts[verdict_order[k]] == 0)
        k++;
    ton_text_printf(out, "<p class=\"%s\">%d %s%s: ", classes[verdict_order[k]], n, of_what,
                    n == 1 ? "" : "s");
    ton_text_printf(out, "%d ok, %d attention, %d fault, %d open</p>", counts[TON_LINE_OK],
                    counts[TON_LINE_ATTENTION], counts[TON_LINE_FAULT], counts[TON_LINE_OPEN]);
}
