/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where the sound ends behind the last clip. */

#include "ton/tail.h"

#include "ton/arena.h"

static const float QUIET = 1.58489319e-5f; /* TON_TAIL_DB */
static const double AFTER_S = 0.2, GRID_S = 0.5;

int64_t ton_tail_last_loud(const float *const *in, int64_t frames) {
    for (int64_t i = frames - 1; i >= 0; i--) {
        if (fabsf(in[0][i]) > QUIET || fabsf(in[1][i]) > QUIET)
            return i;
    }
    return -1;
}

int64_t ton_tail_end(int64_t from, int64_t last_loud, int rate) {
    if (last_loud < 0)
        return from;
    const int64_t grid = llround(GRID_S * rate), least = last_loud + 1 + llround(AFTER_S * rate);
    return from + (least + grid - 1) / grid * grid;
}

static enum ton_code write_held(struct ton_tail *tail, int64_t frames, struct ton_err *err) {
    const float *in[2] = {tail->held[0], tail->held[1]};
    const enum ton_code code = frames > 0 ? tail->write(tail->user, in, (int)frames, err) : TON_OK;
    tail->n = 0;
    return code;
}

static enum ton_code hold(struct ton_tail *tail, const float *const *in, int frames,
                          struct ton_err *err) {
    if (tail->n + frames > tail->capacity) {
        const int64_t more = 2 * (tail->n + frames);
        for (int c = 0; c < 2; c++) {
            float *grown = ton_realloc(tail->held[c], sizeof(float) * (size_t)tail->capacity,
                                       sizeof(float) * (size_t)more);
            if (!grown)
                return ton_fail(err, TON_MEMORY, NULL, "no memory for the end of the mix");
            tail->held[c] = grown;
        }
        tail->capacity = more;
    }
    for (int c = 0; c < 2; c++)
        memcpy(tail->held[c] + tail->n, in[c], sizeof(float) * (size_t)frames);
    tail->n += frames;
    return TON_OK;
}

enum ton_code ton_tail_feed(struct ton_tail *tail, const float *const *in, int frames,
                            struct ton_err *err) {
    const int64_t before = tail->from - tail->position;
    const int pass = before <= 0 ? 0 : before < frames ? (int)before : frames;
    enum ton_code code = pass > 0 ? tail->write(tail->user, in, pass, err) : TON_OK;
    tail->position += frames;
    const float *rest[2] = {in[0] + pass, in[1] + pass};
    const int n = frames - pass;
    if (code || n == 0)
        return code;
    const int loud = (int)ton_tail_last_loud(rest, n) + 1;
    if (loud > 0) {
        code = write_held(tail, tail->n, err);
        if (!code)
            code = tail->write(tail->user, rest, loud, err);
        tail->loud = true;
    }
    const float *quiet[2] = {rest[0] + loud, rest[1] + loud};
    return code || loud == n ? code : hold(tail, quiet, n - loud, err);
}

enum ton_code ton_tail_finish(struct ton_tail *tail, struct ton_err *err) {
    const int64_t last = tail->loud ? tail->position - tail->n - tail->from - 1 : -1;
    const int64_t after = ton_tail_end(0, last, tail->rate) - (last + 1);
    return write_held(tail, tail->n < after ? tail->n : after, err);
}

void ton_tail_free(struct ton_tail *tail) {
    for (int c = 0; c < 2; c++)
        ton_free(tail->held[c]);
}
