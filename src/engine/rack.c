/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A chain without a session: the processors of a master, run over a stream. */
#include "assets.h"
#include "run.h"

#include "ton/mix.h"

struct rack_unit {
    const struct ton_processor *processor;
    void *state;
    bool opened;
    int starts;    /* position at which it begins */
    int reduction; /* which of its meters is the gain reduction; -1 */
};

struct ton_rack {
    struct ton_arena *arena;
    struct rack_unit *units;
    int n_units;
    int channels, max_frames, latency;
    int64_t position;    /* frames since the start or the reset */
    int64_t poisoned_at; /* of the first bad sample since the last repair */
    double reduction;    /* deepest one that a processor ended a piece of the last block with, dB */
};

static enum ton_code no_memory(struct ton_err *err) {
    return ton_fail(err, TON_MEMORY, NULL, "no memory for the chain");
}

static bool is_heard(const struct ton_chain_item *item, int channels) {
    const struct ton_processor *p = item->processor;
    return !item->bypass && !(p->is_neutral && p->is_neutral(item->params)) &&
           !((p->flags & TON_PROCESSOR_STEREO_ONLY) && channels < 2);
}

static int find_meter(const struct ton_processor *p, const char *key) {
    for (int i = 0; i < p->n_meters && i < TON_MOST_ROWS; i++)
        if (strcmp(p->meters[i].key, key) == 0)
            return i;
    return -1;
}

static enum ton_code add_unit(struct ton_rack *rack, const struct ton_chain_item *item,
                              struct ton_config config, struct ton_err *err) {
    const struct ton_processor *p = item->processor;
    enum ton_code code = assets_load(&config.assets, rack->arena, item, config.rate, err);
    if (code)
        return code;
    config.self = p;
    config.setup = item->setup;
    config.latency = p->latency ? p->latency(&config, item->params) : 0;
    struct rack_unit *unit = &rack->units[rack->n_units++];
    unit->processor = p;
    unit->starts = p->flags & TON_PROCESSOR_TIMED ? rack->latency : 0;
    unit->reduction = find_meter(p, "reduction");
    unit->state = ton_arena_alloc(rack->arena, p->state_size(&config, item->params) + 65);
    if (!unit->state)
        return no_memory(err);
    p->init(unit->state, &config, item->params);
    if (p->open)
        code = p->open(unit->state, &config, item->params, err);
    if (code)
        return ton_fail_at(err, code, item->where);
    unit->opened = p->open != NULL;
    rack->latency += config.latency;
    return TON_OK;
}

enum ton_code ton_rack_create(struct ton_rack **out, const struct ton_chain *chain, double rate,
                              int channels, double tempo, int max_frames, struct ton_err *err) {
    *out = NULL;
    if (channels < 1 || channels > TON_MOST_CHANNELS || max_frames < 1 || !(rate > 0))
        return ton_fail(err, TON_INPUT, NULL, "a chain runs on 1 to %d channels, not on %d",
                        TON_MOST_CHANNELS, channels);
    struct ton_arena *arena = ton_arena_create();
    struct ton_rack *rack = arena ? TON_NEW(arena, struct ton_rack) : NULL;
    if (!rack) {
        ton_arena_destroy(arena);
        return no_memory(err);
    }
    *rack = (struct ton_rack){.arena = arena, .channels = channels, .max_frames = max_frames};
    rack->poisoned_at = NOT_POISONED;
    rack->units = TON_NEW_N(arena, struct rack_unit, chain->n + 1);
    const struct ton_config config = {
        .rate = rate, .channels = channels, .max_frames = max_frames, .tempo = tempo};
    enum ton_code code = rack->units ? TON_OK : no_memory(err);
    for (int i = 0; !code && i < chain->n; i++)
        if (is_heard(&chain->items[i], channels))
            code = add_unit(rack, &chain->items[i], config, err);
    if (code) {
        ton_rack_destroy(rack);
        return code;
    }
    *out = rack;
    return TON_OK;
}

void ton_rack_destroy(struct ton_rack *rack) {
    if (!rack)
        return;
    for (int i = 0; i < rack->n_units; i++)
        if (rack->units[i].opened)
            rack->units[i].processor->close(rack->units[i].state);
    ton_arena_destroy(rack->arena);
}

enum ton_code ton_rack_failure(const struct ton_rack *rack, struct ton_err *err) {
    enum ton_code worst = TON_OK;
    for (int i = 0; i < rack->n_units; i++) {
        const struct rack_unit *unit = &rack->units[i];
        struct ton_err mine;
        const enum ton_code code =
            unit->processor->failure ? unit->processor->failure(unit->state, &mine) : TON_OK;
        if (code && worst <= TON_MISSED && worst != code) {
            worst = code;
            if (err)
                *err = mine;
        }
    }
    return worst;
}

int ton_rack_latency(const struct ton_rack *rack) {
    return rack->latency;
}

void ton_rack_reset(struct ton_rack *rack) {
    for (int i = 0; i < rack->n_units; i++)
        rack->units[i].processor->reset(rack->units[i].state);
    rack->position = 0;
    rack->poisoned_at = NOT_POISONED;
}

double ton_rack_reduction(const struct ton_rack *rack) {
    return rack->reduction;
}

/* Sets what is no number to 0; `poisons`: a processor of ours gave it. */
static void repair(struct ton_rack *rack, float *const *audio, int frames, bool poisons) {
    for (int c = 0; c < rack->channels; c++) {
        int first = 0;
        if (ton_mix_repair(audio[c], &first, frames) > 0 && poisons)
            rack->poisoned_at = rack->position + first;
    }
}

/* Silent until it starts. */
static void run_unit(const struct ton_rack *rack, const struct rack_unit *unit, float *const *audio,
                     int frames) {
    const int64_t early = unit->starts - rack->position;
    const int silent = early <= 0 ? 0 : early < frames ? (int)early : frames;
    float *rest[TON_MOST_CHANNELS];
    for (int c = 0; c < rack->channels; c++) {
        memset(audio[c], 0, sizeof(float) * (size_t)silent);
        rest[c] = audio[c] + silent;
    }
    const struct ton_io io = {
        .in = (const float *const *)rest, .out = rest, .frames = frames - silent};
    if (io.frames > 0)
        unit->processor->process(unit->state, &io);
}

/* Pieces never cross a point where processors may be repaired, so that also here a bad sample does
 * the same whatever the blocks: all are repaired at the next such point. */
static void process_piece(struct ton_rack *rack, float *const *audio, int frames) {
    if (rack->position % REPAIR_FRAMES == 0 && rack->poisoned_at != NOT_POISONED) {
        for (int i = 0; i < rack->n_units; i++)
            ton_processor_repair(rack->units[i].processor, rack->units[i].state);
        rack->poisoned_at = NOT_POISONED;
    }
    for (int i = 0; i < rack->n_units; i++) {
        const struct rack_unit *unit = &rack->units[i];
        if (i == 0 || unit->processor->flags & TON_PROCESSOR_FOREIGN)
            repair(rack, audio, frames, i > 0);
        run_unit(rack, unit, audio, frames);
        if (unit->reduction < 0)
            continue;
        float meters[TON_MOST_ROWS];
        unit->processor->read_meters(unit->state, meters);
        rack->reduction = fmin(rack->reduction, (double)meters[unit->reduction]);
    }
    repair(rack, audio, frames, rack->n_units > 0);
    rack->position += frames;
}

void ton_rack_process(struct ton_rack *rack, float *const *audio, int frames) {
    const unsigned before = ton_denormals_off();
    ton_rt_enter();
    rack->reduction = 0.0;
    for (int done = 0, n; done < frames; done += n) {
        const int64_t left = REPAIR_FRAMES - rack->position % REPAIR_FRAMES;
        n = frames - done;
        n = n < left ? n : (int)left;
        n = n < rack->max_frames ? n : rack->max_frames;
        float *piece[TON_MOST_CHANNELS];
        for (int c = 0; c < rack->channels; c++)
            piece[c] = audio[c] + done;
        process_piece(rack, piece, n);
    }
    ton_rt_leave();
    ton_denormals_restore(before);
}
