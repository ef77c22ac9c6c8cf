/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The audio-thread code: runs the nodes of a task for one block. No allocation, lock, file or log;
 * every function here works on memory that schedule.c prepared. */
#include "run.h"

#include "ton/mix.h"
#include "ton/pan.h"

/* One node's work in one block: where it reads, where it writes, and when it is. */
struct job {
    struct run *run;
    const struct strand *strand;
    int at; /* the node of the strand */
    struct cell *cell;
    const float *in[2];
    float *out[2];
    int64_t block;
    int64_t frame; /* on the timeline, of the first input sample */
    int frames;
};

void run_view(const struct run *run, int node, int64_t block, const float *view[2]) {
    const int channels = run->plan->nodes[node].channels;
    const struct strand *strand = &run->strands[run->cells[node].strand];
    const struct feed *feed = run->feed_of[node] >= 0 ? &run->feeds[run->feed_of[node]] : NULL;
    for (int c = 0; c < channels; c++)
        view[c] = feed ? feed->ring[c] + block * run->block % ((int64_t)run->chunk * CHUNKS)
                       : strand->slots[block % run->n_slots][c];
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
    for (int i = 0; i < node->n_inputs; i++) {
        const int tapped = job->cell->tapped[i];
        run_view(job->run, tapped, job->block, taps[i].in);
        if (job->run->plan->nodes[tapped].channels == 1)
            taps[i].in[1] = taps[i].in[0];
    }
    ton_mix_taps(job->out, taps, node->n_inputs, job->frames);
}

/* Frames done … done + n - 1 of a processor's block, and where they stand. */
struct piece {
    struct ton_io io;
    const float *in[2], *key[2];
    float *out[2];
};

static void cut(struct piece *p, const struct job *job, int done, int n) {
    const struct node *node = job->cell->node;
    const int n_key = node->n_inputs > 1 ? node->unit.config.key_channels : 0;
    if (n_key)
        run_view(job->run, node->inputs[1], job->block, p->key);
    for (int c = 0; c < n_key; c++)
        p->key[c] += done;
    for (int c = 0; c < node->unit.config.channels; c++) {
        p->in[c] = job->in[c] + done;
        p->out[c] = job->out[c] + done;
    }
    p->io = (struct ton_io){
        .in = p->in, .out = p->out, .key = n_key ? p->key : NULL, .n_key = n_key, .frames = n};
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
    struct piece piece;
    const int silent = frames_before_start(node, job->frame, job->frames);
    for (int c = 0; c < node->channels; c++)
        memset(job->out[c], 0, sizeof(float) * (size_t)silent);
    for (int done = silent, n; done < job->frames; done += n) {
        const int64_t position = block_frame(job->run, job->block) + done;
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
        cut(&piece, job, done, n);
        u->processor->process(cell->state, &piece.io);
    }
}

/* Processors of one kind whose parameters stand still, side by side. */
static void run_together(struct job *const *jobs, int n_jobs) {
    const struct run *run = jobs[0]->run;
    const struct ton_processor *p = jobs[0]->cell->node->unit.processor;
    struct piece pieces[MOST_STRANDS];
    struct ton_io ios[MOST_STRANDS];
    void *states[MOST_STRANDS];
    for (int done = 0, n; done < run->block; done += n) {
        const int64_t position = block_frame(run, jobs[0]->block) + done;
        n = shorter(run->block - done, REPAIR_FRAMES - position % REPAIR_FRAMES);
        for (int k = 0; k < n_jobs; k++) {
            const struct cell *cell = jobs[k]->cell;
            if (repairs_at(cell->watch, position))
                ton_processor_repair(p, cell->state);
            cut(&pieces[k], jobs[k], done, n);
            states[k] = cell->state;
            ios[k] = pieces[k].io;
        }
        p->process_together(states, ios, n_jobs);
    }
}

/* A NaN would live in every filter it meets: it is set to 0 here, and all processors that this cell
 * is the watch of forget what they heard at a point that follows from its place alone (repairs_at).
 * The block is looked at in pieces between such points. */
static void repair(struct job *job) {
    struct cell *cell = job->cell;
    for (int done = 0, n; done < job->frames; done += n) {
        const int64_t position = block_frame(job->run, job->block) + done;
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

static void start_job(struct job *job, struct run *run, const struct strand *strand,
                      int64_t block) {
    *job = (struct job){.run = run, .strand = strand, .block = block, .frames = run->block};
    for (int c = 0; c < 2; c++)
        job->out[c] = strand->slots[block % run->n_slots][c];
}

/* The next node of its strand. */
static struct job *enter_node(struct job *job) {
    const int index = job->strand->nodes[job->at];
    const struct node *node = &job->run->plan->nodes[index];
    job->cell = &job->run->cells[index];
    job->frame = block_frame(job->run, job->block) - node->arrives;
    if (node->kind == NODE_SOURCE)
        run_view(job->run, index, job->block, job->in);
    else if (job->at == 0 && node->n_inputs > 0 && node->kind != NODE_SUM)
        run_view(job->run, node->inputs[0], job->block, job->in);
    return job;
}

static void leave_node(struct job *job) {
    job->at++;
    if (job->cell->node->kind == NODE_SOURCE)
        return;
    if (job->cell->watched)
        repair(job);
    job->in[0] = job->out[0];
    job->in[1] = job->out[1];
}

/* Shared by channels. */
static void spend(struct job *const *jobs, int n, int64_t ns) {
    int64_t channels = 0;
    for (int k = 0; k < n; k++)
        channels += jobs[k]->cell->node->channels;
    for (int k = 0; k < n; k++)
        jobs[k]->cell->spent += ns * jobs[k]->cell->node->channels / channels;
}

void run_task(struct run *run, struct task *task, int64_t block) {
    ton_rt_enter();
    struct job jobs[MOST_STRANDS], *together[MOST_STRANDS];
    for (int i = 0; i < task->n_strands; i++)
        start_job(&jobs[i], run, &run->strands[task->first + i], block);
    for (int i = 0; i < task->n_steps; i++) {
        const struct step *step = &task->steps[i];
        for (int k = 0; k < step->n; k++)
            together[k] = enter_node(&jobs[step->strands[k]]);
        const bool elsewhere = node_is_foreign(together[0]->cell->node);
        const int64_t start = profile_clock(run, elsewhere);
        if (step->n > 1)
            run_together(together, step->n);
        else
            run_node(together[0]);
        if (start)
            spend(together, step->n, profile_clock(run, elsewhere) - start);
        for (int k = 0; k < step->n; k++)
            leave_node(together[k]);
    }
    ton_rt_leave();
}
