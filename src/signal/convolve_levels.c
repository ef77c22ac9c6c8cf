/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A level: partitions of one size by overlap-save. At each multiple of `size` frames the last
 * 2 * size of every input are transformed; the output is the sum, over the partitions, of the
 * spectrum that is as old as the partition is late, times the partition's.
 *
 * The smallest level does this at once. The others have a whole period of `size` frames for it and
 * are heard in the next, so their first tap lies twice their size behind the input. Their work is a
 * list of tasks: transform each input, multiply each path a stretch of bins at a time, transform
 * each output back; at every block a fair share of the list is done. */
#include "convolve.h"

enum { STRIP = TON_CONVOLVER_STRIP, STRETCH = 512 }; /* bins of a strip, of a task */

void level_lay_out(struct ton_convolver_level *level, struct carver *carver,
                   const struct ton_convolver_shape *shape) {
    const int bins = 2 * level->size, n = level->partitions;
    level->fft_memory = carve(carver, sizeof(float) * ton_fft_floats(bins));
    level->kernels = carve_floats(carver, level_sets(shape) * shape->kernels * n * bins);
    level->spectra = carve_floats(carver, shape->inputs * n * bins);
    level->bins = carve_floats(carver, bins);
    level->sums = carve_floats(carver, shape->outputs * bins);
    level->window = carve_floats(carver, bins);
    level->outputs = carve_floats(carver, 2 * shape->outputs * level->size);
}

/* The spectra of an input, or the partitions of a kernel. */
static float *rows_of(const struct ton_convolver_level *level, float *all, int which) {
    return all + (size_t)which * 2 * (size_t)level->size * (size_t)level->partitions;
}

static float *kernel_of(const struct ton_convolver_level *level, const struct ton_convolver *c,
                        int set, int kernel) {
    return rows_of(level, level->kernels, set * c->shape.kernels + kernel);
}

/* Transforms 2 * size frames and lays the strips into the rows. */
static void transform_into(const struct ton_convolver_level *level, float *rows, int column,
                           const float *frames) {
    const int size = level->size;
    float *to = rows + (size_t)column * 2 * STRIP;
    ton_fft_forward(&level->fft, level->bins, level->bins + size, frames);
    for (int i = 0; i < size; i += STRIP, to += (size_t)level->partitions * 2 * STRIP) {
        memcpy(to, level->bins + i, sizeof(float) * STRIP);
        memcpy(to + STRIP, level->bins + size + i, sizeof(float) * STRIP);
    }
}

static float *output_of(const struct ton_convolver_level *level, const struct ton_convolver *c,
                        int bank, int output) {
    return level->outputs + (size_t)(bank * c->shape.outputs + output) * (size_t)level->size;
}

void level_set(struct ton_convolver_level *level, const struct ton_convolver *c, int set,
               int kernel, const float *taps, int n, int from, int to) {
    const int size = level->size;
    const float scale = 0.5F / (float)size;
    int begin = from > 0 ? level->sounds[set][kernel].from : 0;
    int end = from > 0 ? level->sounds[set][kernel].to : 0;
    for (int p = from; p < to && p < level->partitions; p++) {
        const int first = level->first_tap + p * size;
        bool sounds = false;
        for (int i = 0; i < 2 * size; i++) {
            level->window[i] = i < size && first + i < n ? scale * taps[first + i] : 0;
            sounds |= level->window[i] != 0;
        }
        if (sounds) {
            begin = begin < end ? begin : p;
            end = p + 1;
        }
        transform_into(level, kernel_of(level, c, set, kernel), p, level->window);
    }
    level->sounds[set][kernel].from = begin;
    level->sounds[set][kernel].to = end;
}

void level_clear(struct ton_convolver_level *level, const struct ton_convolver *c) {
    const size_t size = (size_t)level->size, outputs = (size_t)c->shape.outputs;
    memset(level->spectra, 0,
           sizeof(float) * 2 * size * (size_t)(c->shape.inputs * level->partitions));
    memset(level->sums, 0, sizeof(float) * 2 * size * outputs);
    memset(level->outputs, 0, sizeof(float) * 2 * size * outputs);
    level->slot = level->heard = 0;
    level->slice = level->slices - 1;
    level->done = 0;
}

/* The last 2 * size frames of an input. */
static void transform_input(struct ton_convolver_level *level, int input, const float *frames) {
    transform_into(level, rows_of(level, level->spectra, input), level->slot, frames);
}

/* Bin 0 holds two real ones, 0 and the last. */
static void multiply_real_bins(float sum[2], const struct ton_convolver_level *level,
                               const float *x, const float *h, int from, int to) {
    for (int p = from; p < to; p++) {
        const float *in = x + (size_t)((level->slot + p) % level->partitions) * 2 * STRIP;
        const float *by = h + (size_t)p * 2 * STRIP;
        sum[0] += in[0] * by[0];
        sum[1] += in[STRIP] * by[STRIP];
    }
}

static void multiply(const struct ton_convolver_level *level, const struct ton_convolver *c,
                     int set, const struct ton_convolver_path *path, int from) {
    const int size = level->size, n = size - from < STRETCH ? size - from : STRETCH;
    const size_t offset = (size_t)from * 2 * (size_t)level->partitions;
    const float *x = rows_of(level, level->spectra, path->in) + offset;
    const float *h = kernel_of(level, c, set, path->kernel) + offset;
    float *sum = level->sums + (size_t)path->out * 2 * (size_t)size + from;
    float real[2] = {sum[0], sum[size]};
    const int begin = level->sounds[set][path->kernel].from;
    const int end = level->sounds[set][path->kernel].to;
    if (begin == end)
        return;
    const struct ton_convolver_reach reach = {level->slot, begin, end, level->partitions};
    c->run->multiply(sum, sum + size, x, h, reach, n / STRIP);
    if (from == 0) {
        multiply_real_bins(real, level, x, h, begin, end);
        sum[0] = real[0];
        sum[size] = real[1];
    }
}

static void transform_output(struct ton_convolver_level *level, const struct ton_convolver *c,
                             int bank, int output) {
    const size_t size = (size_t)level->size;
    float *sum = level->sums + (size_t)output * 2 * size;
    ton_fft_inverse(&level->fft, level->window, sum, sum + size);
    memcpy(output_of(level, c, bank, output), level->window + size, sizeof(float) * size);
    memset(sum, 0, sizeof(float) * 2 * size);
}

static int stretches(const struct ton_convolver_level *level) {
    return (level->size + STRETCH - 1) / STRETCH;
}

static void add_up(struct ton_convolver_level *level, const struct ton_convolver *c, int set) {
    for (int p = 0; p < c->shape.n_paths; p++)
        for (int k = 0; k < stretches(level); k++)
            multiply(level, c, set, &c->shape.paths[p], k * STRETCH);
    for (int o = 0; o < c->shape.outputs; o++)
        transform_output(level, c, set, o);
}

void level_run_at_once(struct ton_convolver_level *level, const struct ton_convolver *c) {
    level->slot = (level->slot + level->partitions - 1) % level->partitions;
    for (int i = 0; i < c->shape.inputs; i++)
        transform_input(level, i, c->near + (size_t)i * near_floats(&c->shape));
    add_up(level, c, c->set);
    if (c->fade_left > 0)
        add_up(level, c, 1 - c->set);
}

/* The ring is a multiple of `size`, and so is the place where a period began in it. */
static void transform_from_ring(struct ton_convolver_level *level, const struct ton_convolver *c,
                                int input) {
    const int size = level->size, n = c->ring_frames;
    const int began = c->ring_at - level->slice * c->shape.block;
    const float *ring = c->ring + (size_t)input * (size_t)n;
    for (int half = 0; half < 2; half++)
        memcpy(level->window + half * size, ring + (began - (2 - half) * size + 2 * n) % n,
               sizeof(float) * (size_t)size);
    transform_input(level, input, level->window);
}

static void run_task(struct ton_convolver_level *level, const struct ton_convolver *c, int task) {
    const struct ton_convolver_shape *s = &c->shape;
    const int per_path = stretches(level);
    if (task < s->inputs) {
        transform_from_ring(level, c, task);
        return;
    }
    task -= s->inputs;
    if (task < s->n_paths * per_path)
        multiply(level, c, 0, &s->paths[task / per_path], task % per_path * STRETCH);
    else
        transform_output(level, c, 1 - level->heard, task - s->n_paths * per_path);
}

void level_run_slice(struct ton_convolver_level *level, const struct ton_convolver *c) {
    if (++level->slice == level->slices) {
        level->slice = level->done = 0;
        level->heard = 1 - level->heard;
        level->slot = (level->slot + level->partitions - 1) % level->partitions;
    }
    const int tasks = c->shape.inputs + c->shape.n_paths * stretches(level) + c->shape.outputs;
    for (const int due = tasks * (level->slice + 1) / level->slices; level->done < due;)
        run_task(level, c, level->done++);
}
