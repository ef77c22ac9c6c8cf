/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What JACK calls on its audio thread. */
#include "jack.h"

#include <jack/midiport.h>

/* Frames lost before this period; JACK_RUN_AGAIN: it is the one before. */
static int64_t lost(struct jack_device *j, jack_nframes_t frames) {
    struct jack_cycle cycle = {.frames = (int)frames, .call = (int64_t)jack_get_time()};
    jack_time_t usecs = 0, next_usecs = 0;
    float period_usecs = 0;
    if (jack_get_cycle_times(j->client, &cycle.first, &usecs, &next_usecs, &period_usecs))
        return 0;
    cycle.usecs = (int64_t)usecs;
    return jack_clock_lost(&j->clock, &cycle);
}

/* Longer events than ours are none for a machine that plays: they pass by. */
static int hear(struct jack_device *j, jack_nframes_t frames) {
    int n = 0;
    void *buffer = jack_port_get_buffer(j->midi_in, frames);
    const uint32_t count = jack_midi_get_event_count(buffer);
    for (uint32_t i = 0; i < count && n < DEVICE_MOST_MIDI; i++) {
        jack_midi_event_t event;
        struct ton_midi *midi = &j->heard[n];
        if (jack_midi_event_get(&event, buffer, i) || event.size > sizeof midi->bytes)
            continue;
        midi->at = (int)event.time;
        midi->n = (int)event.size;
        memcpy(midi->bytes, event.buffer, event.size);
        n++;
    }
    return n;
}

static void send(struct jack_device *j, jack_nframes_t frames, int n) {
    void *buffer = jack_port_get_buffer(j->midi_out, frames);
    jack_midi_clear_buffer(buffer);
    for (int i = 0; i < n; i++)
        jack_midi_event_write(buffer, (jack_nframes_t)j->sent[i].at, j->sent[i].bytes,
                              (size_t)j->sent[i].n);
}

static void find_transport(struct jack_device *j, struct device_period *period) {
    jack_position_t position;
    const jack_transport_state_t state = jack_transport_query(j->client, &position);
    period->rolling = state == JackTransportStopped ? TON_DEVICE_STOPPED
                      : state == JackTransportRolling || state == JackTransportLooping
                          ? TON_DEVICE_ROLLING
                          : TON_DEVICE_STARTING;
    period->rolling_frame = position.frame;
}

/* Called late, the server may call at once again for the same period, with the same sound: what was
 * played then goes out. */
static void play(struct jack_device *j, jack_nframes_t frames) {
    struct ton_device *d = j->device;
    const int64_t before = lost(j, frames);
    if (before == JACK_RUN_AGAIN)
        return;
    for (int i = 0; i < d->n_inputs; i++)
        j->in[i] = jack_port_get_buffer(j->inputs[i], frames);
    for (int i = 0; i < d->n_outputs; i++)
        j->out[i] = jack_port_get_buffer(j->outputs[i], frames);
    struct device_period period = {
        .frames = (int)frames,
        .lost = before,
        .in = j->in,
        .out = j->out,
        .midi_in = j->heard,
        .n_midi_in = j->midi_in ? hear(j, frames) : 0,
        .midi_out = j->sent,
    };
    find_transport(j, &period);
    device_period(d, &period);
    if (j->midi_out)
        send(j, frames, period.n_midi_out);
}

static void be_silent(struct jack_device *j, jack_nframes_t frames) {
    for (int i = 0; i < j->device->n_outputs; i++)
        memset(jack_port_get_buffer(j->outputs[i], frames), 0, sizeof(float) * frames);
    if (j->midi_out)
        send(j, frames, 0);
}

TON_RT int jack_process(jack_nframes_t frames, void *jack_device) {
    struct jack_device *j = jack_device;
    atomic_store(&j->inside, true);
    if (atomic_load(&j->wanted))
        play(j, frames);
    else
        be_silent(j, frames);
    atomic_store(&j->inside, false);
    return 0;
}

TON_RT int jack_sync(jack_transport_state_t state, jack_position_t *position, void *jack_device) {
    (void)state;
    struct jack_device *j = jack_device;
    bool ready = true;
    atomic_store(&j->inside, true);
    ton_rt_enter();
    if (atomic_load(&j->wanted))
        ready = j->device->ready(j->device->user, position->frame);
    ton_rt_leave();
    atomic_store(&j->inside, false);
    return ready;
}
