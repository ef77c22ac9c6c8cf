/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_SESSION_PLACE_PART_H
#define TON_SESSION_PLACE_PART_H

#include "placing.h"

/* The part of a session's text in which a track is written, or all of it. A copy of it is another
 * try. */
struct part {
    struct ton_arena *arena;
    const char *whole;
    size_t start, end; /* bytes of it that `text` stands for */
    const char *text;
    bool is_whole;
};

/* Of `p->text`, whose root is `p->root`. False without memory. */
bool part_open(struct part *part, const struct placing *p, const char *track);
/* As ton_yaml_lay_out; `path` begins with "tracks". */
enum ton_code part_set(struct part *part, const char *const *path, int n, const char *value,
                       int levels, struct ton_err *err);
/* Where the track's clips stand on one line that has become too long, each gets its own, if that
 * can be: small changes stay small in a comparison of versions. False without memory. */
bool part_break(struct part *part, const char *track);
/* The whole text with it; NULL without memory. */
const char *part_close(const struct part *part);

#endif
