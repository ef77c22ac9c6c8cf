/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where a mastering chain is cut: before its last limiter, or at its end, where one is added. */

#include "chain.h"

#include "ton/master.h"

static int last_limiter(const struct ton_chain *chain) {
    const struct ton_processor *limiter = ton_processor_find("limiter", NULL);
    for (int i = chain->n - 1; i >= 0; i--) {
        if (chain->items[i].processor == limiter && !chain->items[i].bypass)
            return i;
    }
    return -1;
}

static int ceiling_index(const struct ton_processor *limiter) {
    int index = -1;
    ton_rows_find(limiter->rows, limiter->n_rows, "ceiling", &index, NULL);
    return index;
}

double ton_master_ceiling(const struct ton_chain *chain) {
    const int at = last_limiter(chain);
    if (at < 0)
        return -1.0;
    const struct ton_chain_item *item = &chain->items[at];
    return (double)item->params[ceiling_index(item->processor)];
}

bool ton_master_colours(const struct ton_chain *chain) {
    const int limiter = last_limiter(chain);
    for (int i = 0; i < (limiter < 0 ? chain->n : limiter); i++) {
        if (!chain->items[i].bypass)
            return true;
    }
    return false;
}

struct ton_master_tails ton_master_tails(const struct ton_chain *chain, int rate, double tempo) {
    enum { LONGEST_S = 30, CHANNELS = 2, BLOCK = 4096 };
    struct ton_config config = {
        .rate = rate, .channels = CHANNELS, .max_frames = BLOCK, .tempo = tempo};
    const int64_t longest = (int64_t)LONGEST_S * rate;
    const int limiter = last_limiter(chain);
    struct ton_master_tails tails = {0};
    for (int i = 0; i < chain->n; i++) {
        const struct ton_chain_item *item = &chain->items[i];
        if (item->bypass || i == limiter || !item->processor->tail)
            continue;
        config.self = item->processor;
        config.setup = item->setup;
        int64_t *sum = limiter < 0 || i < limiter ? &tails.colour : &tails.after;
        const int64_t tail = item->processor->tail(&config, item->params);
        *sum = tail < longest - *sum ? *sum + tail : longest;
    }
    return tails;
}

static bool copy_item(struct ton_chain_item *to, struct ton_arena *arena,
                      const struct ton_chain_item *from) {
    *to = *from;
    const int n = from->processor->n_params;
    to->params = TON_NEW_N(arena, float, n ? n : 1);
    if (!to->params)
        return false;
    memcpy(to->params, from->params, sizeof(float) * (size_t)n);
    return true;
}

static bool add_limiter(struct ton_chain_item *item, struct ton_arena *arena) {
    const struct ton_processor *limiter = ton_processor_find("limiter", NULL);
    *item = (struct ton_chain_item){.processor = limiter, .sidechain = -1};
    item->params = TON_NEW_N(arena, float, limiter->n_params);
    if (!item->params)
        return false;
    ton_rows_defaults(limiter->rows, limiter->n_rows, item->params);
    item->params[ceiling_index(limiter)] = -1.0f;
    return true;
}

enum ton_code master_chain_cut(struct master_chain *out, struct ton_arena *arena,
                               const struct ton_chain *chain, struct ton_err *err) {
    const int cut = last_limiter(chain);
    const int n_colour = cut < 0 ? chain->n : cut;
    const int n_limit = cut < 0 ? 1 : chain->n - cut;
    *out = (struct master_chain){.colour.n = n_colour, .limit.n = n_limit};
    out->colour.items = TON_NEW_N(arena, struct ton_chain_item, n_colour + 1);
    out->limit.items = TON_NEW_N(arena, struct ton_chain_item, n_limit);
    bool ok = out->colour.items && out->limit.items;
    for (int i = 0; ok && i < n_colour; i++)
        ok = copy_item(&out->colour.items[i], arena, &chain->items[i]);
    for (int i = 0; ok && cut >= 0 && i < n_limit; i++)
        ok = copy_item(&out->limit.items[i], arena, &chain->items[cut + i]);
    if (ok && cut < 0)
        ok = add_limiter(&out->limit.items[0], arena);
    if (!ok)
        return ton_fail(err, TON_MEMORY, NULL, "no memory for the mastering chain");
    out->ceiling = ceiling_index(out->limit.items[0].processor);
    return TON_OK;
}
