/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bounded queues between the mix and the sinks. What a sink gets is cut into chunks of a fixed
 * size, so not even the cuts depend on the block size. */
#include "outlet.h"

static int64_t chunks_of(int64_t frames) {
    return (frames + OUTLET_FRAMES - 1) / OUTLET_FRAMES;
}

static bool has_room(const void *user) {
    const struct outlet *o = user;
    return o->pushed / OUTLET_FRAMES - atomic_load(&o->taken) < OUTLET_CHUNKS;
}

static bool has_chunk(const void *user) {
    const struct outlet *o = user;
    return atomic_load(&o->published) > atomic_load(&o->taken);
}

bool outlet_push(struct outlet *o, const float *const *in, int64_t position, int frames) {
    int done =
        o->skip > position ? (o->skip - position < frames ? (int)(o->skip - position) : frames) : 0;
    while (done < frames && o->pushed < o->frames) {
        if (!monitor_wait(&o->run->monitor, GATE_WORKERS, has_room, o))
            return false;
        const int64_t place = o->pushed % OUTLET_FRAMES;
        int64_t n = frames - done;
        n = n < OUTLET_FRAMES - place ? n : OUTLET_FRAMES - place;
        n = n < o->frames - o->pushed ? n : o->frames - o->pushed;
        const int64_t slot = o->pushed / OUTLET_FRAMES % OUTLET_CHUNKS * OUTLET_FRAMES + place;
        for (int c = 0; c < o->channels; c++)
            memcpy(o->ring[c] + slot, in[c] + done, sizeof(float) * (size_t)n);
        done += (int)n;
        o->pushed += n;
        if (o->pushed % OUTLET_FRAMES == 0 || o->pushed == o->frames) {
            atomic_store(&o->published, chunks_of(o->pushed));
            monitor_moved(&o->run->monitor, GATE_OUTLETS);
        }
    }
    return true;
}

static void *write_chunks(void *user) {
    struct outlet *o = user;
    const int64_t chunks = chunks_of(o->frames);
    for (int64_t chunk = 0; chunk < chunks; chunk++) {
        if (!monitor_wait(&o->run->monitor, GATE_OUTLETS, has_chunk, o))
            return NULL;
        const int64_t slot = chunk % OUTLET_CHUNKS * OUTLET_FRAMES;
        const int64_t left = o->frames - chunk * OUTLET_FRAMES;
        const float *in[2] = {o->ring[0] + slot, o->ring[1] + slot};
        struct ton_err err = {.code = TON_OK};
        const int64_t start = profile_clock(o->run, false);
        const enum ton_code code = o->sink.write(
            o->sink.user, in, (int)(left < OUTLET_FRAMES ? left : OUTLET_FRAMES), &err);
        o->spent += profile_clock(o->run, false) - start;
        if (code) {
            monitor_fail(&o->run->monitor, code, &err);
            return NULL;
        }
        atomic_store(&o->taken, chunk + 1);
        monitor_moved(&o->run->monitor, GATE_WORKERS);
    }
    return NULL;
}

enum ton_code outlets_start(struct run *run, const struct ton_sink *sinks, struct ton_err *err) {
    const struct ton_plan *plan = run->plan;
    run->outlets = TON_NEW_N(run->arena, struct outlet, plan->n_outputs + 1);
    if (!run->outlets)
        return ton_fail(err, TON_MEMORY, NULL, "no memory to render");
    for (int i = 0; i < plan->n_outputs; i++) {
        struct outlet *o = &run->outlets[i];
        o->run = run;
        o->sink = sinks[i];
        if (!o->sink.write)
            continue;
        const bool whole = i >= plan->n_wishes; /* kept.c: a stream as it is */
        o->channels = plan->nodes[plan->outputs[i]].channels;
        o->skip = whole ? 0 : plan->config.from + output_latency(plan, i);
        o->frames = whole ? plan_reach(plan) : plan->frames;
        for (int c = 0; c < 2; c++) {
            o->ring[c] = TON_NEW_N(run->arena, float, OUTLET_FRAMES *OUTLET_CHUNKS);
            if (!o->ring[c])
                return ton_fail(err, TON_MEMORY, NULL, "no memory to render");
        }
        const enum ton_code code = ton_thread_start(&o->thread, write_chunks, o, err);
        if (code)
            return code;
    }
    return TON_OK;
}

void outlets_finish(struct run *run) {
    for (int i = 0; run->outlets && i < run->plan->n_outputs; i++)
        ton_thread_join(&run->outlets[i].thread);
}
