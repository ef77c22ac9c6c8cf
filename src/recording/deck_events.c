/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a deck tells those who command it. */
#include "deck.h"

/* Without memory an event is lost, and nothing that was recorded. */
struct ton_deck_event *deck_add_event(struct ton_deck *deck, enum ton_deck_event_kind kind) {
    static struct ton_deck_event nobody;
    struct ton_deck_event *event =
        TON_PUSH(deck->arena, deck->events, deck->n_events, deck->events_capacity);
    event = event ? event : &nobody;
    *event = (struct ton_deck_event){.kind = kind};
    return event;
}

void deck_warn(struct ton_deck *deck, const char *format, ...) {
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    deck_add_event(deck, TON_DECK_WARNING)->text = ton_arena_text(deck->arena, text);
}

bool ton_deck_event(struct ton_deck *deck, struct ton_deck_event *out) {
    if (deck->events_told == deck->n_events) {
        deck->events_told = deck->n_events = 0;
        return false;
    }
    *out = deck->events[deck->events_told++];
    return true;
}
