/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where tracks of a disc begin.
 *
 * A track of a CD begins on a sector of 588 samples, and music that runs from one session into the
 * next does not. Silence would be a gap, so such a track is a window over all that is played
 * without a gap: its borders are moved back to the sector in which the next session begins. Laid in
 * a row the files are the joined music, sample by sample; up to 13 ms of a session's end stand at
 * the head of the next file, and no beginning is lost.
 *
 *   sessions   |------ one ------|---- two ----|
 *   sectors    |....|....|....|....|....|....|....|
 *   files      |----- one -----|------ two --------|   the last filled up with silence */

#include "work.h"

/* The same deliverable, format and stem of another session; NULL: it has none. */
static const struct part *neighbour(const struct work *w, const struct owed *o, int piece) {
    for (size_t i = 0; i < w->n_owed; i++) {
        const struct owed *other = &w->owed[i];
        if (other->deliverable == o->deliverable && other->n_parts == 1 &&
            other->parts[0].piece == piece && other->delivered->stem == o->delivered->stem &&
            strcmp(other->delivered->format, o->delivered->format) == 0)
            return other->parts;
    }
    return NULL;
}

static bool runs_into(const struct work *w, int piece) {
    return piece > 0 && piece < w->n_pieces && w->production->gap_before_s[piece] == 0.0;
}

enum ton_code stream_fill(struct work *w, struct owed *o, struct ton_err *err) {
    o->stream = o->parts;
    o->n_stream = o->n_parts;
    if (!o->sector || o->n_parts != 1)
        return TON_OK;
    int first = o->parts[0].piece, last = first;
    while (runs_into(w, first) && neighbour(w, o, first - 1))
        first--;
    while (runs_into(w, last + 1) && neighbour(w, o, last + 1))
        last++;
    o->n_stream = last - first + 1;
    o->own = o->parts[0].piece - first;
    o->stream = TON_NEW_N(w->arena, struct part, o->n_stream);
    if (!o->stream)
        return ton_fail(err, TON_MEMORY, NULL, "no memory for the tracks of the disc");
    for (int i = 0; i < o->n_stream; i++) {
        o->stream[i] = *neighbour(w, o, first + i);
        o->stream[i].runs_on = i + 1 < o->n_stream;
    }
    return TON_OK;
}

static int64_t frames_of(const struct work *w, const struct owed *o, int i) {
    const struct piece *p = &w->pieces[o->stream[i].piece];
    return o->deliverable->mastered && !o->stream[i].runs_on ? p->length : p->frames;
}

static int rate_of(const struct work *w, const struct owed *o, int i) {
    return w->pieces[o->stream[i].piece].session->rate;
}

/* Where stream[i] begins in the file's frames. Sessions of one rate go through one resampler. */
static int64_t begin_of(const struct work *w, const struct owed *o, int i) {
    int64_t begin = 0, in = 0;
    for (int k = 0; k < i; k++) {
        in += frames_of(w, o, k);
        const int64_t out = llround((double)in * o->format.rate / rate_of(w, o, k));
        if (k + 1 == i || rate_of(w, o, k + 1) != rate_of(w, o, k)) {
            begin += out;
            in = 0;
        }
    }
    return begin;
}

struct window stream_window(const struct work *w, const struct owed *o) {
    struct window window = {0, o->n_stream - 1, 0, INT64_MAX};
    if (o->n_stream == o->n_parts)
        return window;
    const int64_t from = begin_of(w, o, o->own) / o->sector * o->sector;
    if (o->own < window.last)
        window.frames = begin_of(w, o, o->own + 1) / o->sector * o->sector - from;
    window.skip = from;
    /* What was played long before need not be rendered, but a resampler must have heard it all. */
    bool as_it_is = true;
    for (int i = 0; i < o->n_stream; i++)
        as_it_is &= rate_of(w, o, i) == o->format.rate;
    while (as_it_is && begin_of(w, o, window.first + 1) <= from && window.first < o->own)
        window.first++;
    window.skip -= begin_of(w, o, window.first);
    if (window.frames != INT64_MAX)
        window.last = as_it_is ? o->own : o->own + 1;
    return window;
}
