/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_SYSTEM_PAGE_H
#define TON_SYSTEM_PAGE_H

#include "ton/line_page.h"

/* The page of a system check. Texts may be NULL. @thread any */

struct ton_system_page_row {
    const char *name; /* what was checked */
    struct ton_line_page_remark remark;
};

struct ton_system_page {
    const char *title;         /* of the production */
    const char *device, *date; /* as printed */
    double seconds;            /* under load */
    const struct ton_system_page_row *rows;
    int n;
    const char *program; /* "ton 0.1.0" */
};

/* One HTML file that refers to nothing else: the gravest findings first. */
void ton_system_page_write(struct ton_text *out, const struct ton_system_page *page);

#endif
