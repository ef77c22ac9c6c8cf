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
static void put(struct portaudio_device *p, float *const *out, int done, int frames) {
    for (int i = 0; i < p->device->n_outputs; i++)
        if (p->out.channels[i] >= 0)
            add(out[p->out.channels[i]] + done, p->played[i], frames);
}

static void play(struct portaudio_device *p, const float *const *in, float *const *out, int done,
                 int frames, int64_t gone) {
    struct ton_device *d = p->device;
    for (int i = 0; i < d->n_inputs; i++) {
        const int channel = p->in.channels[i];
        p->heard[i] = channel >= 0 && in ? in[channel] + done : p->silence;
    }
    for (int i = 0; i < d->n_outputs; i++)
        p->outs[i] = p->played[i];
    struct device_period period = {
        .frames = frames,
        .lost = gone,
        .in = p->heard,
        .out = p->outs,
        .midi_out = p->nothing,
        .rolling_frame = -1,
    };
    device_period(d, &period);
    put(p, out, done, frames);
}

TON_RT int portaudio_process(const void *in, void *out, unsigned long frames,
                             const PaStreamCallbackTimeInfo *time, PaStreamCallbackFlags flags,
                             void *portaudio_device) {
    struct portaudio_device *p = portaudio_device;
    const int n = (int)frames, most = p->device->most_frames;
    float *const *outs = out;
    for (int channel = 0; channel < p->out.n; channel++)
        memset(outs[channel], 0, sizeof(float) * frames);
    int64_t gone = lost(p, frames, time, flags);
    atomic_store_explicit(&p->device->period_frames, n, memory_order_relaxed);
    for (int done = 0; done < n; gone = 0) {
        const int now = n - done < most ? n - done : most;
        play(p, in, outs, done, now, gone);
        done += now;
    }
    return paContinue;
}
