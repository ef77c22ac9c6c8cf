/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A chain without a session: the processors of a master, run over a stream. */
#include "rack.h"
#include "assets.h"

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

double ton_rack_reduction(const struct ton_rack *rack) {
    return rack->reduction;
}
