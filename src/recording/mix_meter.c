/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Measures the mix that is heard. */
#include "mix_ring.h"

#include "rings.h"

#include "ton/analyser.h"
#include "ton/arena.h"

#include <math.h>
#include <string.h>

#define RING_S 2.0

static enum ton_code make(struct ton_mix_meter *m, double rate, struct ton_err *err) {
    const struct ton_layout stereo = ton_layout_usual(2);
    m->peaks = (struct meters){.of = m->sides, .n = 2, .step = (int)rate / (10 * METER_STEPS)};
    m->ring.size = llround(RING_S * rate);
    for (int c = 0; c < 2; c++) {
        const size_t bytes = sizeof(float) * (size_t)m->ring.size;
        m->ring.sides[c] = ton_alloc(bytes);
        if (!m->ring.sides[c])
            return ton_fail(err, TON_MEMORY, NULL, "no memory for the meter of the mix");
        rings_touch(m->ring.sides[c], bytes);
    }
    return ton_meter_create_live(&m->meter, rate, &stereo, err);
}

enum ton_code ton_mix_meter_create(struct ton_mix_meter **out, double rate, struct ton_err *err) {
    *out = NULL;
    struct ton_mix_meter *m = ton_alloc(sizeof *m);
    if (!m)
        return ton_fail(err, TON_MEMORY, NULL, "no memory for the meter of the mix");
    const enum ton_code code = make(m, rate, err);
    if (code) {
        ton_mix_meter_destroy(m);
        return code;
    }
    *out = m;
    return TON_OK;
}

void ton_mix_meter_destroy(struct ton_mix_meter *m) {
    if (!m)
        return;
    ton_meter_destroy(m->meter);
    ton_free(m->ring.sides[0]);
    ton_free(m->ring.sides[1]);
    ton_free(m);
}

void ton_mix_meter_read(struct ton_mix_meter *m, struct ton_mix_levels *out) {
    struct mix_ring *ring = &m->ring;
    const int64_t written = atomic_load_explicit(&ring->written, memory_order_acquire);
    int64_t read = atomic_load_explicit(&ring->read, memory_order_relaxed);
    for (int64_t n; read < written; read += n) {
        const int64_t at = read % ring->size, left = ring->size - at;
        n = written - read < left ? written - read : left;
        const float *const piece[] = {ring->sides[0] + at, ring->sides[1] + at};
        meters_hear(&m->peaks, piece, (int)n);
        (void)ton_meter_feed(m->meter, piece, n, NULL);
    }
    atomic_store_explicit(&ring->read, read, memory_order_release);
    const struct ton_loudness_now now = ton_meter_now(m->meter);
    *out = (struct ton_mix_levels){
        .momentary_lufs = now.momentary_lufs,
        .short_term_lufs = now.short_term_lufs,
        .frames = read,
        .skipped = atomic_load_explicit(&ring->skipped, memory_order_relaxed),
    };
    for (int c = 0; c < 2; c++) {
        const struct ton_recorder_meter side = meters_read(&m->peaks, c);
        out->peak[c] = side.peak;
        out->held[c] = side.held;
        out->overs[c] = side.overs;
    }
}

void ton_mix_meter_reset(struct ton_mix_meter *m) {
    meters_reset(&m->peaks);
}
