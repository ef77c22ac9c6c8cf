/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_LINE_PAGE_H
#define TON_LINE_PAGE_H

#include "ton/text.h"

/* The page of a line check. Texts may be NULL, figures NaN. @thread any */

enum ton_line_page_weight { TON_LINE_OPEN, TON_LINE_OK, TON_LINE_ATTENTION, TON_LINE_FAULT };

struct ton_line_page_remark {
    enum ton_line_page_weight weight;
    const char *found, *remedy; /* sentences without full stop */
};

struct ton_line_page_row {
    const char *name, *port, *source;
    enum ton_line_page_weight verdict;
    double noise_dba, hum_dbfs, peak_dbfs, rms_dbfs;
    const char *gain; /* "+3 dB" */
    const struct ton_line_page_remark *remarks;
    int n_remarks;
    const char *older; /* when it was checked, as printed; NULL: now, with the rest */
    bool unchecked;    /* nothing is known of it; its verdict does not count */
};

struct ton_line_page {
    const char *title;
    const char *device, *date;  /* as printed */
    double seconds;             /* for which it listened */
    const char *const *remarks; /* about the device and all lines */
    int n_remarks;
    const struct ton_line_page_row *rows;
    int n;
    const char *program; /* "ton 0.1.0" */
};

/* One HTML file that refers to nothing else: verdicts first, then what to do about which line, then
 * every figure, then what is as it should be. */
void ton_line_page_write(struct ton_text *out, const struct ton_line_page *page);

#endif
