/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A session as it is read for playing, with memory of its own: it is read again after each take. */
#ifndef TON_RECORDING_READING_H
#define TON_RECORDING_READING_H

#include "ton/session.h"

struct reading {
    struct ton_arena *arena;
    struct ton_session *session;
};

/* `problems` must outlive it; NULL: nobody wants to know again. `or_silence`: a take that is gone
 * is silent, and keeps nobody from recording. */
enum ton_code reading_create(struct reading **out, const char *path, bool or_silence,
                             struct ton_problems *problems, struct ton_err *err);
void reading_destroy(struct reading *r); /* NULL is fine */

/* A place or length that a person gave as the option `name`; NULL text leaves `*frames`. */
enum ton_code reading_place(int64_t *frames, const struct ton_session *session, const char *name,
                            const char *text, struct ton_err *err);
enum ton_code reading_length(int64_t *frames, const struct ton_session *session, const char *name,
                             const char *text, int64_t from, struct ton_err *err);
/* Of whole bars before a place; 0 bars is 0. TON_INPUT without a tempo. */
enum ton_code reading_bars_before(int64_t *frames, const struct ton_session *session, int64_t place,
                                  int bars, struct ton_err *err);

#endif
