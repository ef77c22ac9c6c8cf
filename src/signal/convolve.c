/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The convolver: blocks, the direct taps, the levels, and the exchange of kernels. */
#define TARGET
#define LANES 4
#include "convolve_loops.h"

#include "ton/isa.h"

enum { GROWTH = 8, LARGEST = 16384 }; /* from level to level; most frames of a partition */

const struct ton_convolver_kernels ton_convolver_plain = {direct, multiply};

static const struct ton_convolver_kernels *loops(void) {
#if defined(__x86_64__)
    static const struct ton_convolver_kernels *const table[TON_N_ISAS] = {
        &ton_convolver_plain, &ton_convolver_avx2, &ton_convolver_avx512};
    return table[ton_isa()];
#else
    return &ton_convolver_plain;
#endif
}

int ton_convolver_latency(const struct ton_convolver_shape *shape) {
    return shape->late ? shape->block : 0;
}

/* The first tap that a level can be in time for. */
static int first_tap(const struct ton_convolver_shape *shape, int size) {
    const int behind = size == shape->block ? size : 2 * size;
    return behind - ton_convolver_latency(shape);
}

/* A larger size is used when it can have a whole partition. */
static int make_levels(struct ton_convolver_level levels[TON_CONVOLVER_LEVELS],
                       const struct ton_convolver_shape *shape) {
    int n = 0, size = shape->block;
    while (n < TON_CONVOLVER_LEVELS && first_tap(shape, size) < shape->taps) {
        const int first = first_tap(shape, size);
        const int larger = size * GROWTH < LARGEST ? size * GROWTH : LARGEST;
        const int next = first_tap(shape, larger);
        const bool last = shape->moving || larger == size || n + 1 == TON_CONVOLVER_LEVELS ||
                          shape->taps < next + larger;
        const int taps = (last ? shape->taps : next) - first;
        levels[n++] = (struct ton_convolver_level){.size = size,
                                                   .first_tap = first,
                                                   .partitions = (taps + size - 1) / size,
                                                   .slices = size / shape->block};
        if (last)
            break;
        size = larger;
    }
    return n;
}

void ton_convolver_lay_out(struct ton_convolver *c, struct carver *carver,
                           const struct ton_convolver_shape *shape) {
    struct ton_convolver here = {.shape = *shape, .run = loops()};
    const int block = shape->block;
    here.n_levels = make_levels(here.levels, shape);
    if (here.n_levels > 1)
        here.ring_frames = 4 * here.levels[here.n_levels - 1].size;
    here.near = carve_floats(carver, shape->inputs * (int)near_floats(shape));
    here.ring = carve_floats(carver, shape->inputs * here.ring_frames);
    here.head = carve_floats(carver, level_sets(shape) * shape->kernels * block);
    here.wet = carve_floats(carver, 2 * block);
    for (int i = 0; i < here.n_levels; i++)
        level_lay_out(&here.levels[i], carver, shape);
    if (c)
        *c = here;
}

enum ton_code ton_convolver_open(struct ton_convolver *c, struct ton_err *err) {
    enum ton_code code = TON_OK;
    for (int i = 0; i < c->n_levels && !code; i++)
        code = ton_fft_open(&c->levels[i].fft, c->levels[i].fft_memory, 2 * c->levels[i].size, err);
    ton_convolver_clear(c);
    return code;
}

void ton_convolver_close(struct ton_convolver *c) {
    for (int i = 0; i < c->n_levels; i++)
        ton_fft_close(&c->levels[i].fft);
}

/* Where the next frame of an input goes. */
static float *here_of(const struct ton_convolver *c, int input) {
    return c->near + (size_t)input * near_floats(&c->shape) + c->shape.block + c->position;
}

static float *head_of(const struct ton_convolver *c, int set, int kernel) {
    return c->head + (size_t)(set * c->shape.kernels + kernel) * (size_t)c->shape.block;
}

void ton_convolver_set(struct ton_convolver *c, int kernel, const float *taps, int n) {
    const int set = c->shape.moving ? 1 - c->set : 0;
    float *head = head_of(c, set, kernel);
    for (int i = 0; i < c->shape.block; i++)
        head[i] = i < n ? taps[i] : 0;
    for (int i = 0; i < c->n_levels; i++)
        level_set(&c->levels[i], c, set, kernel, taps, n, 0, c->levels[i].partitions);
}

bool ton_convolver_set_some(struct ton_convolver *c, int kernel, const float *taps, int n, int from,
                            int partitions) {
    struct ton_convolver_level *level = &c->levels[0];
    level_set(level, c, 1 - c->set, kernel, taps, n, from, from + partitions);
    return from + partitions >= level->partitions;
}

static void end_exchange(struct ton_convolver *c) {
    if (c->fade_frames > 0)
        c->set = 1 - c->set;
    c->fade_left = c->fade_frames = 0;
}

void ton_convolver_clear(struct ton_convolver *c) {
    const size_t inputs = (size_t)c->shape.inputs;
    end_exchange(c);
    memset(c->near, 0, sizeof(float) * inputs * near_floats(&c->shape));
    memset(c->ring, 0, sizeof(float) * inputs * (size_t)c->ring_frames);
    c->position = c->shape.block; /* as if a block of silence had been */
    c->ring_at = c->ring_frames - c->shape.block;
    for (int i = 0; i < c->n_levels; i++)
        level_clear(&c->levels[i], c);
}

int ton_convolver_room(const struct ton_convolver *c) {
    const int left = c->shape.block - c->position;
    return left > 0 ? left : c->shape.block;
}

bool ton_convolver_is_fading(const struct ton_convolver *c) {
    return c->fade_left > 0;
}

bool ton_convolver_may_exchange(const struct ton_convolver *c) {
    return c->position == c->shape.block && c->fade_left == 0;
}

void ton_convolver_exchange(struct ton_convolver *c, int blocks) {
    c->fade_left = c->fade_frames = blocks * c->shape.block;
}

/* The block that is full becomes the one before. */
static void turn(struct ton_convolver *c) {
    const int block = c->shape.block;
    const size_t bytes = sizeof(float) * (size_t)block;
    if (c->n_levels > 0)
        level_run_at_once(&c->levels[0], c);
    for (int i = 0; i < c->shape.inputs; i++) {
        float *full = here_of(c, i) - block;
        if (c->ring_frames > 0)
            memcpy(c->ring + (size_t)i * (size_t)c->ring_frames + c->ring_at, full, bytes);
        memcpy(full - block, full, bytes);
    }
    if (c->ring_frames > 0)
        c->ring_at = (c->ring_at + block) % c->ring_frames;
    for (int i = 1; i < c->n_levels; i++)
        level_run_slice(&c->levels[i], c);
    c->position = 0;
}

static void add_level(float *wet, const struct ton_convolver *c, int level, int bank, int output,
                      int n) {
    const struct ton_convolver_level *l = &c->levels[level];
    const float *from = l->outputs + (size_t)(bank * c->shape.outputs + output) * (size_t)l->size +
                        (level > 0 ? l->slice * c->shape.block : 0) + c->position;
    for (int i = 0; i < n; i++)
        wet[i] += from[i];
}

/* One output as one set of kernels makes it. */
static void hear(float *wet, const struct ton_convolver *c, int set, int output, int n) {
    const int block = c->shape.block;
    memset(wet, 0, sizeof(float) * (size_t)n);
    for (int p = 0; p < c->shape.n_paths && !c->shape.late; p++) {
        const struct ton_convolver_path *path = &c->shape.paths[p];
        if (path->out == output)
            c->run->direct(wet, here_of(c, path->in), head_of(c, set, path->kernel), block, n);
    }
    for (int i = 0; i < c->n_levels; i++)
        add_level(wet, c, i, i > 0 ? c->levels[i].heard : set, output, n);
}

/* At most to the end of a block. */
static void run_piece(struct ton_convolver *c, float *const *out, const float *const *in, int from,
                      int n) {
    const size_t bytes = sizeof(float) * (size_t)n;
    for (int i = 0; i < c->shape.inputs; i++)
        memcpy(here_of(c, i), in[i] + from, bytes);
    float *const wet = c->wet, *const other = c->wet + c->shape.block;
    for (int o = 0; o < c->shape.outputs; o++) {
        hear(wet, c, c->set, o, n);
        if (c->fade_left > 0) {
            hear(other, c, 1 - c->set, o, n);
            for (int i = 0; i < n; i++)
                wet[i] += (other[i] - wet[i]) *
                          ((float)(c->fade_frames - c->fade_left + i + 1) / (float)c->fade_frames);
        }
        memcpy(out[o] + from, wet, bytes);
    }
    c->position += n;
    if (c->fade_left > 0 && (c->fade_left -= n) == 0)
        end_exchange(c);
}

void ton_convolver_run(struct ton_convolver *c, float *const *out, const float *const *in,
                       int frames) {
    for (int done = 0, n; done < frames; done += n) {
        if (c->position == c->shape.block)
            turn(c);
        const int room = c->shape.block - c->position, left = frames - done;
        n = left < room ? left : room;
        run_piece(c, out, in, done, n);
    }
}
