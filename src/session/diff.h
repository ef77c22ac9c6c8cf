/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_SESSION_DIFF_H
#define TON_SESSION_DIFF_H

#include "ton/production.h"

/* Two sessions while they are compared, and the strip that is being spoken of. */
struct ton_diff {
    const struct ton_session *a, *b;
    bool tempo_same;
    const char *strip; /* NULL: the session as a whole */
    void (*say)(void *user, const char *strip, const char *sentence);
    void *user;
};

void ton_diff_say(const struct ton_diff *d, const char *format, ...) TON_PRINTF(2, 3);

/* A place that can be compared between the sessions: frames, or ticks when the tempo differs, so
 * that what stands on the same beat has not moved. */
int64_t ton_diff_place(const struct ton_diff *d, const struct ton_session *s, int64_t frame);

void ton_diff_clips(const struct ton_diff *d, const struct ton_strip *a, const struct ton_strip *b);
void ton_diff_chain(const struct ton_diff *d, const struct ton_chain *a, const struct ton_chain *b);
void ton_diff_lanes(const struct ton_diff *d, const struct ton_strip *a, const struct ton_strip *b);

#endif
