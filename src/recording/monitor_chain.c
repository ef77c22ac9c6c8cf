/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Makes the chain between what a deck plays and the loudspeakers. */
#include "monitor_chain.h"

#include "rings.h"

enum { DELAYS = 3 };

#define TEMPO 120.0 /* a room has none */
#define FADE_MS 20.0

static enum ton_code refuse_foreign(const struct ton_chain *chain, struct ton_err *err) {
    for (int i = 0; i < chain->n; i++) {
        const struct ton_chain_item *item = &chain->items[i];
        if (!item->bypass && item->processor->flags & TON_PROCESSOR_FOREIGN)
            return ton_fail(err, TON_INPUT, item->where,
                            "a monitor chain has processors of `ton processors` alone; the plug-in "
                            "`%s` would be waited for, so bypass it or leave it out",
                            item->processor->name);
    }
    return TON_OK;
}

/* As much memory as the rack is late. */
static struct monitor_chain *around(struct ton_rack *rack, double rate) {
    const int latency = ton_rack_latency(rack);
    const size_t bytes = sizeof(float) * DELAYS * (size_t)latency;
    struct monitor_chain *m = ton_alloc(sizeof *m + bytes);
    if (!m)
        return NULL;
    m->rack = rack;
    m->latency = latency;
    rings_touch(m->kept, bytes);
    for (int c = 0; c < 2; c++)
        ton_fixed_delay_init(&m->past[c], m->kept + c * latency, latency);
    ton_fixed_delay_init(&m->click, m->kept + 2 * latency, latency);
    m->fade_frames = ton_glide_frames(FADE_MS, rate);
    ton_glide_set(&m->through, 1.0);
    return m;
}

enum ton_code monitor_chain_create(struct monitor_chain **out, const struct ton_chain *chain,
                                   double rate, struct ton_err *err) {
    struct ton_rack *rack = NULL;
    *out = NULL;
    enum ton_code code = refuse_foreign(chain, err);
    if (!code)
        code = ton_rack_create(&rack, chain, rate, 2, TEMPO, CHAIN_PIECE, err);
    if (code)
        return code;
    *out = around(rack, rate);
    if (*out)
        return TON_OK;
    ton_rack_destroy(rack);
    return ton_fail(err, TON_MEMORY, NULL, "no memory for the monitor chain");
}

void monitor_chain_destroy(struct monitor_chain *m) {
    if (!m)
        return;
    ton_rack_destroy(m->rack);
    ton_free(m);
}

float monitor_chain_over(struct monitor_chain *m) {
    return atomic_exchange(&m->over, 0.0F);
}
