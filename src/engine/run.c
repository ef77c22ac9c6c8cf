/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The audio-thread code: runs the nodes of a task for one block. No allocation, lock, file or log;
 * every function here works on memory that schedule.c prepared. */
#include "run.h"

#include "ton/mix.h"
#include "ton/pan.h"

/* One node's work in one block: where it reads, where it writes, and when it is. */
struct job {
    struct run *run;
    struct cell *cell;
    const float *in[2];
    float *out[2];
    int64_t block;
    int64_t frame; /* on the timeline, of the first input sample */
    int frames;
};

void run_view(const struct run *run, int node, int64_t block, const float *view[2]) {
    const int channels = run->plan->nodes[node].channels;
    const struct task *task = &run->tasks[run->cells[node].task];
    const struct feed *feed = run->feed_of[node] >= 0 ? &run->feeds[run->feed_of[node]] : NULL;
    for (int c = 0; c < channels; c++)
        view[c] = feed ? feed->ring[c] + block * run->block % ((int64_t)run->chunk * CHUNKS)
                       : task->slots[block % run->n_slots][c];
}

static int64_t past_multiple(int64_t frame, int64_t step) {
    const int64_t rest = frame % step;
    return rest < 0 ? rest + step : rest;
}

static int shorter(int64_t a, int64_t b) {
    return (int)(a < b ? a : b);
}

static void run_fader(struct job *job) {
    const struct fader_spec *f = &job->cell->node->fader;
    const int channels = job->run->plan->nodes[job->cell->node->inputs[0]].channels;
    const bool moves = f->gain_lane || f->pan_lane || f->mute_lane;
    if (!moves) {
        const float *gains = job->cell->gains;
        if (channels == 1) {
            ton_pan_spread(job->out[0], job->out[1], job->in[0],
                           (struct ton_pan){gains[0], gains[1]}, job->frames);
            return;
        }
        for (int c = 0; c < 2; c++)
            ton_mix_gain(job->out[c], job->in[c], gains[c], job->frames);
        return;
    }
    for (int done = 0, n; done < job->frames; done += n) {
        const int64_t frame = job->frame + done;
        const int past = (int)past_multiple(frame, GRID_FRAMES);
        n = shorter(job->frames - done, GRID_FRAMES - past);
        const struct fader_gains a = fader_at(f, channels, frame - past);
        const struct fader_gains b = fader_at(f, channels, frame - past + GRID_FRAMES);
        const struct ton_ramp left = {a.left, b.left, past, GRID_FRAMES};
        const struct ton_ramp right = {a.right, b.right, past, GRID_FRAMES};
        if (channels == 1) {
            ton_pan_spread_ramp(job->out[0] + done, job->out[1] + done, job->in[0] + done, left,
                                right, n);
            continue;
        }
        ton_mix_ramp(job->out[0] + done, job->in[0] + done, left, n);
        ton_mix_ramp(job->out[1] + done, job->in[1] + done, right, n);
    }
}

static void run_widen(struct job *job) {
    ton_pan_spread(job->out[0], job->out[1], job->in[0], ton_pan_mono(0.0F), job->frames);
}

/* Swaps the block with the line, which holds the last `length` frames. */
static void run_delay(struct job *job) {
    struct cell *cell = job->cell;
    const int64_t length = cell->node->delay;
    for (int done = 0, n; done < job->frames; done += n) {
        n = shorter(job->frames - done, length - cell->line_at);
        for (int c = 0; c < cell->node->channels; c++) {
            float *restrict line = cell->line[c] + cell->line_at;
            const float *in = job->in[c] + done;
            float *out = job->out[c] + done;
            for (int i = 0; i < n; i++) {
                const float x = in[i];
                out[i] = line[i];
                line[i] = x;
            }
        }
        cell->line_at = (cell->line_at + n) % length;
    }
}

static void run_sum(struct job *job) {
    const struct node *node = job->cell->node;
    struct ton_tap *taps = job->cell->taps;
    for (int i = 0; i < node->n_inputs; i++)
        run_view(job->run, node->inputs[i], job->block, taps[i].in);
    ton_mix_taps(job->out, taps, node->n_inputs, job->frames);
}

static void process_part(struct job *job, const float *const *key, int n_key, int done, int n) {
    const struct unit_spec *u = &job->cell->node->unit;
    const float *in[2], *keys[2];
    float *out[2];
    for (int c = 0; c < u->config.channels; c++) {
        in[c] = job->in[c] + done;
        out[c] = job->out[c] + done;
    }
    for (int c = 0; c < n_key; c++)
        keys[c] = key[c] + done;
    const struct ton_io io = {
        .in = in, .out = out, .key = n_key ? keys : NULL, .n_key = n_key, .frames = n};
    u->processor->process(job->cell->state, &io);
}

/* The first multiple of REPAIR_FRAMES that is a longest block behind the first bad sample: whatever
 * the block size, that sample has been seen when the processors come there. */
static bool repairs_at(const struct cell *watch, int64_t position) {
    return position % REPAIR_FRAMES == 0 && watch->poisoned_at != NOT_POISONED &&
           position >= watch->poisoned_at + MAX_BLOCK;
}

/* One that counts time has not begun while what arrives lies before the timeline's start. */
static int frames_before_start(const struct node *node, int64_t frame, int frames) {
    const bool early = frame < 0 && node->unit.processor->flags & TON_PROCESSOR_TIMED;
    return early ? shorter(-frame, frames) : 0;
}

/* Parameters move only on the grid, repairs happen only at their own points: both are fixed to the
 * timeline, and the processor does not mind how its blocks are cut. */
static void run_processor(struct job *job) {
    struct cell *cell = job->cell;
    const struct node *node = cell->node;
    const struct unit_spec *u = &node->unit;
    const float *key[2] = {NULL, NULL};
    const int n_key = node->n_inputs > 1 ? u->config.key_channels : 0;
    if (n_key)
        run_view(job->run, node->inputs[1], job->block, key);
    const int silent = frames_before_start(node, job->frame, job->frames);
    for (int c = 0; c < node->channels; c++)
        memset(job->out[c], 0, sizeof(float) * (size_t)silent);
    for (int done = silent, n; done < job->frames; done += n) {
        const int64_t position = job->block * job->run->block + done;
        n = shorter(job->frames - done, REPAIR_FRAMES - position % REPAIR_FRAMES);
        if (repairs_at(cell->watch, position))
            ton_processor_repair(u->processor, cell->state);
        if (u->n_lanes > 0) {
            const int64_t frame = job->frame + done;
            const int64_t past = past_multiple(frame, GRID_FRAMES);
            n = shorter(n, GRID_FRAMES - past);
            if (past == 0 && unit_params_at(u, cell->params, frame))
                u->processor->update(cell->state, cell->params);
        }
        process_part(job, key, n_key, done, n);
    }
}

/* A NaN would live in every filter it meets: it is set to 0 here, and all processors that this cell
 * is the watch of forget what they heard at a point that follows from its place alone (repairs_at).
 * The block is looked at in pieces between such points. */
static void repair(struct job *job) {
    struct cell *cell = job->cell;
    for (int done = 0, n; done < job->frames; done += n) {
        const int64_t position = job->block * job->run->block + done;
        n = shorter(job->frames - done, REPAIR_FRAMES - position % REPAIR_FRAMES);
        if (repairs_at(cell, position))
            cell->poisoned_at = NOT_POISONED;
        int bad = 0, first = n;
        for (int c = 0; c < cell->node->channels; c++) {
            int at = n;
            bad += ton_mix_repair(job->out[c] + done, &at, n);
            first = at < first ? at : first;
        }
        if (bad == 0)
            continue;
        if (cell->repaired == 0)
            cell->first_bad = position + first - cell->node->latency;
        cell->repaired += bad;
        if (cell->poisoned_at == NOT_POISONED)
            cell->poisoned_at = position + first;
    }
}

static void run_node(struct job *job) {
    switch (job->cell->node->kind) {
    case NODE_PROCESSOR:
        run_processor(job);
        break;
    case NODE_FADER:
        run_fader(job);
        break;
    case NODE_WIDEN:
        run_widen(job);
        break;
    case NODE_DELAY:
        run_delay(job);
        break;
    case NODE_SUM:
        run_sum(job);
        break;
    case NODE_SOURCE:
        break;
    }
}

void run_task(struct run *run, struct task *task, int64_t block) {
    ton_rt_enter();
    struct job job = {.run = run, .block = block, .frames = run->block};
    for (int c = 0; c < 2; c++)
        job.out[c] = task->slots[block % run->n_slots][c];
    for (int i = 0; i < task->n_nodes; i++) {
        job.cell = &run->cells[task->nodes[i]];
        const struct node *node = job.cell->node;
        job.frame = block * run->block - node->arrives;
        if (node->kind == NODE_SOURCE) {
            run_view(run, task->nodes[i], block, job.in);
            continue;
        }
        if (i == 0 && node->n_inputs > 0)
            run_view(run, node->inputs[0], block, job.in);
        run_node(&job);
        if (job.cell->watched)
            repair(&job);
        job.in[0] = job.out[0];
        job.in[1] = job.out[1];
    }
    ton_rt_leave();
}
