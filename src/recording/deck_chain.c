/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A deck's monitor chain: through what its outputs are heard. */
#include "deck.h"

#include "ton/db.h"
#include "ton/path.h"

int deck_chain_latency(const struct ton_deck *d) {
    return d->audio.chain ? d->audio.chain->latency : 0;
}

static void tell(struct ton_deck *d) {
    struct ton_deck_event *event = deck_add_event(d, TON_DECK_CHAIN);
    event->file = d->config.monitor_chain_file;
    event->heard = !atomic_load(&d->audio.chain->bypassed);
    event->frames = d->audio.chain->latency;
}

enum ton_code deck_chain_create(struct ton_deck *d, struct ton_err *err) {
    const struct ton_chain *chain = d->config.monitor_chain;
    if (!chain || d->unheard)
        return TON_OK;
    const enum ton_code code =
        monitor_chain_create(&d->audio.chain, chain, d->reading->session->rate, err);
    if (!code)
        tell(d);
    return code;
}

/* Once: who knows it turns the chain down, and the meter of the mix does not show it. */
void deck_chain_watch(struct ton_deck *d) {
    const float over = d->audio.chain ? monitor_chain_over(d->audio.chain) : 0.0F;
    if (!(over > 1.0F) || d->warned_over)
        return;
    d->warned_over = true;
    deck_warn(
        d,
        "the monitor chain %s brings the mix over full scale, %.1f dB so far, and the device clips "
        "it; turn the chain down by that",
        ton_path_name(d->config.monitor_chain_file), ton_gain_to_db((double)over));
}

enum ton_code ton_deck_chain(struct ton_deck *d, bool heard, struct ton_err *err) {
    if (!d->audio.chain)
        return ton_fail(err, TON_USAGE, NULL,
                        "there is no monitor chain; `--monitor-chain FILE` or `monitor chain` in "
                        "config.yaml says which");
    atomic_store(&d->audio.chain->bypassed, !heard);
    tell(d);
    return TON_OK;
}
