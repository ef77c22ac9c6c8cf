/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where the music is at a frame, as the session told it (ton_setup.times). */
#include "host.h"

#include "by_frame.h"

#include <math.h>
#include <stdlib.h>

/* Numbers as C writes them: they are read before a plug-in could choose another language. */
bool places_read(struct host *h, const char *text) {
    size_t capacity = 0;
    while (text && *text) {
        char *at = NULL;
        struct place place = {.frame = strtoll(text, &at, 10)};
        place.bar = strtoll(at, &at, 10);
        place.beat = strtod(at, &at);
        place.tempo = strtod(at, &at);
        place.beats = (int)strtol(at, &at, 10);
        place.unit = (int)strtol(at, &at, 10);
        struct place *slot = TON_PUSH(h->arena, h->places, h->n_places, capacity);
        if (!slot)
            return false;
        *slot = place;
        text = at + strspn(at, "\n");
    }
    return true;
}

size_t place_index(const struct host *h, int64_t frame) {
    return by_frame_first(h->places, h->n_places, sizeof *h->places, frame);
}

/* The tempo holds from the last change on. */
struct place place_at(const struct host *h, int64_t frame) {
    const size_t next = place_index(h, frame + 1);
    if (next == 0)
        return (struct place){.frame = frame, .tempo = h->wire->tempo};
    struct place p = h->places[next - 1];
    const double quarters = (double)(frame - p.frame) / h->wire->rate * p.tempo / 60;
    const double beats = p.beat + quarters * p.unit / 4;
    const double bars = floor(beats / p.beats);
    p.frame = frame;
    p.bar += (int64_t)bars;
    p.beat = beats - bars * p.beats;
    return p;
}
