/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_PATCH_H
#define TON_PATCH_H

#include "ton/text.h"

/* The patch sheet: the input list on paper, for the stage box. Texts are UTF-8 in any script, up to
 * 600 bytes of each; what does not fit is smaller, then takes more lines. NULL: not said. */
struct ton_patch_row {
    const char *name, *port;
    const char *source; /* what ends in `+48V` is marked */
    const char *stand, *note;
    bool inverted; /* marked Ø behind the name */
};

struct ton_patch_sheet {
    const char *title, *artist, *date; /* the date as it is printed, such as 2026-11-30 */
    bool letter;                       /* US Letter; else A4 */
    const struct ton_patch_row *rows;  /* in the order of the patch, numbered from 1 */
    int n;                             /* at least one */
};

/* Upright pages of up to 24 rows, fewer where texts take several lines, with room to write the gain
 * and a tick, appended to `out` as a PDF. The same sheet gives the same bytes on one machine: fonts
 * are the system's. TON_ENVIRONMENT without Pango, TON_INPUT without rows. @thread main */
enum ton_code ton_patch_sheet_draw(struct ton_text *out, const struct ton_patch_sheet *sheet,
                                   struct ton_err *err);
/* The same as a file, which is whole or not there. TON_INPUT also for a name that does not end in
 * `.pdf`, and for a file that is there and is no patch sheet. */
enum ton_code ton_patch_sheet_write(const char *path, const struct ton_patch_sheet *sheet,
                                    struct ton_err *err);

#endif
