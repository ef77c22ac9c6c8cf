/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fuzzes the reader of curves: microphones and targets. */
#include "ton/correction.h"

#include <math.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds) {
    if (!holds)
        __builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct ton_arena *arena = ton_arena_create();
    struct ton_curve_point *points;
    struct ton_err err = {0};
    int n;
    const char *text = arena ? ton_arena_copy(arena, (const char *)data, size) : NULL;
    const enum ton_code code =
        text ? ton_curve_parse(&points, &n, arena, text, "curve", &err) : TON_MEMORY;
    check(code == TON_OK || code == TON_INPUT || code == TON_MEMORY);
    check(code == TON_OK || *err.text || !text);
    for (int i = 0; code == TON_OK && i < n; i++) {
        check(points[i].hz > (i ? points[i - 1].hz : 0.0) && fabs(points[i].db) <= 100.0);
        check(isfinite(ton_curve_db(points, n, points[i].hz * 1.01)));
    }
    ton_arena_destroy(arena);
    return 0;
}
