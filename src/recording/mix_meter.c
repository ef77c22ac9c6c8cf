/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Measures the mix that is heard. */
#include "mix_ring.h"

#include "meters.h"
#include "rings.h"

#include "ton/analyser.h"
#include "ton/arena.h"

#include <math.h>
#include <string.h>

#define RING_S 2.0

static enum ton_code make(struct ton_mix_meter *m, double rate, struct ton_err *err) {
    const struct ton_layout stereo = ton_layout_usual(2);
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

static void look(struct ton_mix_meter *m, int c, const float *x, int64_t frames) {
    float peak = m->levels.peak[c];
    for (int64_t i = 0; i < frames; i++) {
        const float size = fabsf(x[i]);
        peak = size > peak ? size : peak;
        m->full[c] = size >= FULL_SCALE ? m->full[c] + 1 : 0;
        m->levels.overs[c] += m->full[c] == OVER;
    }
    m->levels.peak[c] = peak;
    m->levels.held[c] = fmaxf(m->levels.held[c], peak);
}

void ton_mix_meter_read(struct ton_mix_meter *m, struct ton_mix_levels *out) {
    struct mix_ring *ring = &m->ring;
    const int64_t written = atomic_load_explicit(&ring->written, memory_order_acquire);
    int64_t read = atomic_load_explicit(&ring->read, memory_order_relaxed);
    m->levels.peak[0] = m->levels.peak[1] = 0.0F;
    for (int64_t n; read < written; read += n) {
        const int64_t at = read % ring->size, left = ring->size - at;
        n = written - read < left ? written - read : left;
        const float *const piece[] = {ring->sides[0] + at, ring->sides[1] + at};
        look(m, 0, piece[0], n);
        look(m, 1, piece[1], n);
        (void)ton_meter_feed(m->meter, piece, n, NULL);
    }
    atomic_store_explicit(&ring->read, read, memory_order_release);
    const struct ton_loudness_now now = ton_meter_now(m->meter);
    m->levels.momentary_lufs = now.momentary_lufs;
    m->levels.short_term_lufs = now.short_term_lufs;
    m->levels.frames = read;
    m->levels.skipped = atomic_load_explicit(&ring->skipped, memory_order_relaxed);
    *out = m->levels;
}

void ton_mix_meter_reset(struct ton_mix_meter *m) {
    for (int c = 0; c < 2; c++) {
        m->levels.held[c] = 0.0F;
        m->levels.overs[c] = 0;
    }
}
