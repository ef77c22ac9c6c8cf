/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The audio thread of the tests' JACK client. Places are counted on the server's clock from the
 * start, so what it skips is missing from what is played and silent in what is recorded. */
#include "client.h"

#include <math.h>

#include <jack/midiport.h>

static void play(struct client *c, jack_nframes_t frames, int64_t place) {
    int port = 0;
    jack_position_t shared;
    const bool rolls = jack_transport_query(c->jack, &shared) == JackTransportRolling;
    for (int s = 0; s < c->n_sources; s++) {
        struct source *source = &c->sources[s];
        const bool along = source->kind == TRANSPORT;
        const int64_t first = along ? (int64_t)shared.frame : place;
        for (int channel = 0; channel < source->channels; channel++) {
            float *out = jack_port_get_buffer(c->plays[port++], frames);
            for (int i = 0; i < (int)frames; i++)
                out[i] = c->running && first + i >= 0 && (rolls || !along)
                             ? source_at(source, channel, first + i)
                             : 0;
        }
    }
}

static void store(struct client *c, const float *frame) {
    if (!ring_write(&c->ring, frame, sizeof(float) * (size_t)c->n_records))
        atomic_fetch_add(&c->lost, 1);
    atomic_fetch_add(&c->recorded, 1);
    c->recorded_to++;
}

static void record(struct client *c, jack_nframes_t frames, int64_t place) {
    const float *in[MOST_PORTS];
    float frame[MOST_PORTS] = {0};
    for (int p = 0; p < c->n_records; p++)
        in[p] = jack_port_get_buffer(c->records[p], frames);
    while (c->recorded_to < place && c->recorded_to < c->limit) {
        store(c, frame); /* silence for what was skipped */
        atomic_fetch_add(&c->lost, 1);
    }
    for (int i = 0; i < (int)frames; i++) {
        if (place + i < c->recorded_to || place + i >= c->limit)
            continue;
        for (int p = 0; p < c->n_records; p++)
            frame[p] = in[p][i];
        store(c, frame);
    }
}

/* Between two samples of a ring: a sinc of 32 points under a Hann window. */
static float between(const float *ring, unsigned size, unsigned at, double fraction) {
    double sum = 0;
    for (int k = -15; k <= 16; k++) {
        const double x = fraction - k, pi_x = M_PI * x;
        const double sinc = fabs(x) < 1e-9 ? 1 : sin(pi_x) / pi_x;
        sum += (double)ring[(at + size + (unsigned)k) % size] * sinc * (0.5 + 0.5 * cos(pi_x / 17));
    }
    return (float)sum;
}

/* What the loop plays at `now` when its input has another clock: ever later, or ever earlier. */
static float drifting(const struct client *c, int l, jack_nframes_t now, unsigned back) {
    const unsigned size = (unsigned)c->loop_frames;
    const double since = (double)(jack_nframes_t)(now - c->loop_began);
    const double late = (double)back + c->clock_ppm * 1e-6 * since;
    const unsigned whole = (unsigned)ceil(late);
    return between(c->loops[l], size, (now - whole) % size, whole - late);
}

/* In a loop of two clients one of them hears the other a period later, so the ring has that much
 * less to do. */
static void loop(struct client *c, jack_nframes_t frames, jack_nframes_t now) {
    const unsigned size = (unsigned)c->loop_frames, back = (unsigned)c->delay - frames;
    c->loop_began = c->loop_began ? c->loop_began : now;
    for (int l = 0; l < c->n_loops; l++) {
        const float *in = jack_port_get_buffer(c->loop_in[l], frames);
        float *out = jack_port_get_buffer(c->loop_out[l], frames);
        for (unsigned i = 0; i < frames; i++)
            c->loops[l][(now + i) % size] = c->loop_gain * in[i];
        for (unsigned i = 0; i < frames; i++)
            out[i] = c->clock_ppm != 0 ? drifting(c, l, now + i, back)
                                       : c->loops[l][(now + i - back) % size];
    }
}

static void hear(struct client *c, jack_nframes_t frames, int64_t place) {
    void *buffer = jack_port_get_buffer(c->midi_in, frames);
    const uint32_t n = jack_midi_get_event_count(buffer);
    for (uint32_t i = 0; i < n && c->running; i++) {
        jack_midi_event_t e;
        if (jack_midi_event_get(&e, buffer, i) || e.size > 16)
            continue;
        struct midi m = {.place = place + (int64_t)e.time, .n = (int)e.size};
        memcpy(m.bytes, e.buffer, e.size);
        ring_write(&c->midi_ring, &m, sizeof m);
    }
}

static void tell(struct client *c, jack_nframes_t frames, int64_t place) {
    void *buffer = jack_port_get_buffer(c->midi_out, frames);
    jack_midi_clear_buffer(buffer);
    while (c->running && c->next_event < c->n_events &&
           c->events[c->next_event].place < place + (int64_t)frames) {
        const struct midi *m = &c->events[c->next_event++];
        if (m->place >= place)
            jack_midi_event_write(buffer, (jack_nframes_t)(m->place - place), m->bytes,
                                  (size_t)m->n);
    }
}

static void begin(struct client *c, jack_nframes_t now, jack_nframes_t frames) {
    if (c->running || !atomic_load(&c->go))
        return;
    if (c->start >= 0 && (int64_t)now + (int64_t)frames <= c->start)
        return;
    c->running = true;
    c->next = now;
    atomic_store(&c->started, c->start > (int64_t)now ? c->start : (int64_t)now);
}

int client_process(jack_nframes_t frames, void *user) {
    struct client *c = user;
    const jack_nframes_t now = jack_last_frame_time(c->jack);
    begin(c, now, frames);
    const int64_t place = (int64_t)now - atomic_load(&c->started);
    play(c, frames, place);
    if (c->n_records && c->running && !atomic_load(&c->over))
        record(c, frames, place);
    if (c->n_loops)
        loop(c, frames, now);
    if (c->n_rooms)
        room_process(c, frames);
    if (c->midi_in)
        hear(c, frames, place);
    if (c->midi_out)
        tell(c, frames, place);
    if (c->running) {
        atomic_store(&c->last, place + (int64_t)frames);
        atomic_fetch_add(&c->played, frames);
        if (c->seconds > 0 &&
            (double)(place + (int64_t)frames) >= c->seconds * (double)jack_get_sample_rate(c->jack))
            atomic_store(&c->over, true);
    }
    return 0;
}
