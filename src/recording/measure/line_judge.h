/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From the figures of a line to a verdict, and to what to do. */
#ifndef TON_RECORDING_LINE_JUDGE_H
#define TON_RECORDING_LINE_JUDGE_H

#include "line_sum.h"

#include "ton/arena.h"
#include "ton/line_check.h"

/* What is said of one line, while it is said. */
struct line_remarks {
    struct ton_arena *arena;
    struct ton_check_remark *items;
    size_t n, capacity;
};

/* The texts are made by printf; `remedy` NULL: there is nothing to do. Without memory the arena
 * says so. */
void line_remark(struct line_remarks *r, enum ton_checked weight, const char *kind,
                 const char *remedy, const char *format, ...) TON_PRINTF(5, 6);

/* The other side of a stereo pair, whose gain is turned with this one's. */
struct line_other {
    const struct ton_input *input;
    const struct line_sum *sum;
    bool microphones; /* both are */
};

/* All that one line says by itself. Fills `out->gain_db` too. `other` NULL: it is no side. */
void line_judge(struct line_remarks *r, struct ton_line_checked *out, const struct line_sum *sum,
                const struct line_other *other);

/* line_level.c: of a line that was played; `other` was, too, and neither is clipped. */
void line_judge_level(struct line_remarks *r, struct ton_line_checked *out,
                      const struct ton_line *line, const struct line_other *other);

/* Sorts, and gives the verdict. */
void line_conclude(struct line_remarks *r, struct ton_line_checked *out);

#endif
