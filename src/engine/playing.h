/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of the transport's audio thread call of each other. */
#ifndef TON_ENGINE_PLAYING_H
#define TON_ENGINE_PLAYING_H

#include "transport_threads.h"

/* voices.c. One voice is kept for the next pass of a loop. */
TON_RT bool voices_have_room(const struct playing *f);
TON_RT void voice_remove(struct ton_transport *t, int i);
TON_RT void voice_fall(struct voice *v, int fallen);
TON_RT void voice_turn(struct voice *v, int fade); /* one that was falling rises from where it is */
TON_RT void voice_lead(struct ton_transport *t, struct player *p, int risen);
/* What rises towards the loop's start will not lead. */
TON_RT void voices_part(struct playing *f);
/* The lead is replaced: at rest at once, risen so far, else with a crossfade. */
TON_RT void voice_take_over(struct ton_transport *t, struct player *p, int risen_at_rest);
/* So many frames, which the player has, are added to out. */
TON_RT void voice_mix(struct ton_transport *t, struct voice *v, float *const out[2], int frames);
/* Adds all but the lead; those that are down or late go. */
TON_RT void voices_mix_others(struct ton_transport *t, float *const out[2], int frames);

/* orders.c */
TON_RT void orders_heed(struct ton_transport *t);
TON_RT void offers_fetch(struct ton_transport *t);
/* Other mutes, when they are due; an offer whose place is no longer to come goes back. */
TON_RT void offers_try_swap(struct ton_transport *t);
/* The way to its place is left. */
TON_RT void offers_drop_swap(struct ton_transport *t);
TON_RT void playing_halt(struct playing *f);

#endif
