/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What PortAudio calls on its audio thread. */
#include "portaudio_device.h"

/* It says that something was lost, and not how much: its clock tells, to a few frames. */
static int64_t lost(struct portaudio_device *p, unsigned long frames,
                    const PaStreamCallbackTimeInfo *time, PaStreamCallbackFlags flags) {
    const double now = p->in.n ? time->inputBufferAdcTime : time->outputBufferDacTime;
    const int64_t went_by = llround((now - p->last_time) * p->device->rate) - p->last_frames;
    const bool told = flags & (paInputOverflow | paOutputUnderflow) && !p->fresh;
    p->fresh = false;
    p->last_time = now;
    p->last_frames = (int64_t)frames;
    if (told)
        atomic_fetch_add_explicit(&p->device->meter.told, 1, memory_order_relaxed);
    return told && went_by > 0 ? went_by : 0;
}

static void add(float *out, const float *in, int frames) {
    for (int i = 0; i < frames; i++)
        out[i] += in[i];
}

/* What goes to one channel is summed, as cables into one socket of a server are. */
static void put(struct portaudio_device *p, float *const *out, int frames) {
    for (int channel = 0; channel < p->out.n; channel++)
        memset(out[channel], 0, sizeof(float) * (size_t)frames);
    for (int i = 0; i < p->device->n_outputs; i++)
        if (p->out.channels[i] >= 0)
            add(out[p->out.channels[i]], p->played[i], frames);
}

static void play(struct portaudio_device *p, const float *const *in, float *const *out,
                 unsigned long frames, int64_t lost_frames) {
    for (int i = 0; i < p->device->n_inputs; i++) {
        const int channel = p->in.channels[i];
        p->heard[i] = channel >= 0 && in ? in[channel] : p->silence;
    }
    for (int i = 0; i < p->device->n_outputs; i++)
        p->outs[i] = p->played[i];
    struct device_period period = {
        .frames = (int)frames,
        .lost = lost_frames,
        .in = p->heard,
        .out = p->outs,
        .midi_out = p->nothing,
        .rolling_frame = -1,
    };
    device_period(p->device, &period);
    put(p, out, (int)frames);
}

static void be_silent(struct portaudio_device *p, float *const *out, unsigned long frames) {
    for (int channel = 0; channel < p->out.n; channel++)
        memset(out[channel], 0, sizeof(float) * frames);
}

/* Asked for a number of frames, PortAudio gives that many each time. */
TON_RT int portaudio_process(const void *in, void *out, unsigned long frames,
                             const PaStreamCallbackTimeInfo *time, PaStreamCallbackFlags flags,
                             void *portaudio_device) {
    struct portaudio_device *p = portaudio_device;
    atomic_store(&p->inside, true);
    if (atomic_load(&p->wanted))
        play(p, in, out, frames, lost(p, frames, time, flags));
    else
        be_silent(p, out, frames);
    atomic_store(&p->inside, false);
    return paContinue;
}
