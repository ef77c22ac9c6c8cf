/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What JACK calls on its audio thread. */
#include "jack.h"

#include <jack/midiport.h>

enum { CATCHES_UP_USECS = 30000000 };

/* Frames that went by as the clocks say.
 *
 * The server's is smoothed. After a long standstill it tells of it late or at once, leaps back, and
 * catches up over seconds: what it has told, or the machine's clock when it did not, does not count
 * once more. */
static int64_t timed(struct jack_device *j, jack_time_t usecs, int64_t counted, int64_t frames) {
    const double rate = j->device->rate / 1e6;
    const jack_time_t call = jack_get_time();
    const int64_t went_by = llround((double)(int64_t)(usecs - j->last_usecs) * rate);
    const int64_t passed = llround((double)(int64_t)(call - j->last_call) * rate);
    const bool untold = passed - (went_by > counted ? went_by : counted) > j->device->rate / 2;
    j->last_usecs = usecs;
    j->last_call = call;
    if (call > j->told_until)
        j->told = 0;
    if (untold || went_by < 0) {
        const int64_t is = untold ? passed : frames;
        j->told += is - went_by;
        j->told_until = call + CATCHES_UP_USECS;
        return is;
    }
    int64_t again = went_by - frames < j->told ? went_by - frames : j->told;
    again = again > 0 ? again : 0;
    j->told -= again;
    return went_by - again;
}

/* Frames since the period before that nobody heard or played.
 *
 * The server's count of frames is exact where it skipped us. Where its device stood still, JACK 2
 * does not count: then clocks say how long, to a few frames. PipeWire begins to count elsewhere
 * when another device leads, which by the clock is some part of a period and no loss. */
static int64_t lost(struct jack_device *j, jack_nframes_t frames) {
    jack_nframes_t now = 0;
    jack_time_t usecs = 0, next_usecs = 0;
    float period_usecs = 0;
    if (jack_get_cycle_times(j->client, &now, &usecs, &next_usecs, &period_usecs))
        return 0;
    const int64_t counted = (int32_t)(now - j->last), by_clock = timed(j, usecs, counted, frames);
    const bool counts = llabs(by_clock - counted) < (int64_t)frames;
    const int64_t gap = (counts ? counted : by_clock) - j->last_frames;
    const bool first = j->fresh;
    j->fresh = false;
    j->last = now;
    j->last_frames = (int)frames;
    if (first)
        j->told = 0;
    return first || gap < 0 || (!counts && gap < (int64_t)frames) ? 0 : gap;
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

static void play(struct jack_device *j, jack_nframes_t frames) {
    struct ton_device *d = j->device;
    for (int i = 0; i < d->n_inputs; i++)
        j->in[i] = jack_port_get_buffer(j->inputs[i], frames);
    for (int i = 0; i < d->n_outputs; i++)
        j->out[i] = jack_port_get_buffer(j->outputs[i], frames);
    struct device_period period = {
        .frames = (int)frames,
        .lost = lost(j, frames),
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
