/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_TAIL_H
#define TON_TAIL_H

#include "ton/err.h"

#include <stdint.h>

/* Where a session's sound ends: where it last passes -96 dBFS (half a step of 16 bits) behind the
 * last clip, and a fifth of a second later; from there at the next half second, counted from the
 * last clip's end, so that a moved fader, which moves that place by milliseconds, leaves the files
 * that do not hear it as long as they are. Renders last longer, for the tails that processors
 * declare are those of a full-scale input. */

#define TON_TAIL_DB (-96.0)

/* The index of the last frame over the threshold on either channel; -1: none. */
int64_t ton_tail_last_loud(const float *const *in, int64_t frames);
/* Frames of a file when `last_loud` is counted from `from`, the end of the last clip. */
int64_t ton_tail_end(int64_t from, int64_t last_loud, int rate);

typedef enum ton_code (*ton_tail_write)(void *user, const float *const *in, int frames,
                                        struct ton_err *err);

/* A stereo stream that holds back what may turn out to be behind the end. Zero value with the first
 * four set is open. Memory: what is behind `from` and not loud, at most the longest tail.
 * @thread any, but one tail belongs to one thread at a time */
struct ton_tail {
    int64_t from; /* end of the last clip; all before it passes at once */
    int rate;
    ton_tail_write write;
    void *user;
    int64_t position;
    bool loud; /* something behind `from` was */
    float *held[2];
    int64_t n, capacity;
};

enum ton_code ton_tail_feed(struct ton_tail *tail, const float *const *in, int frames,
                            struct ton_err *err);
enum ton_code ton_tail_finish(struct ton_tail *tail, struct ton_err *err); /* writes the rest */
void ton_tail_free(struct ton_tail *tail);

#endif
