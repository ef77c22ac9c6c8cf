/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A device behind PortAudio: opened, started, closed. */
#include "portaudio_device.h"

#include "ton/thread.h"

#if defined(__linux__) && __has_include(<pa_linux_alsa.h>)
#include <pa_linux_alsa.h>
#define HAVE_ALSA 1
#else
#define HAVE_ALSA 0
#endif

enum { USUAL_FRAMES = 256 };

static const char *name_of(const struct portaudio_device *p) {
    const PaDeviceInfo *out = portaudio_info(p->out.index), *in = portaudio_info(p->in.index);
    return out ? out->name : in ? in->name : "";
}

/* What the system says is worth more than PortAudio's word for it. */
static enum ton_code refuse(const struct portaudio_device *p, const char *what, PaError error,
                            struct ton_err *err) {
    const PaHostErrorInfo *host = Pa_GetLastHostErrorInfo();
    const bool by_host = error == paUnanticipatedHostError && host && *host->errorText;
    return ton_fail(err, TON_ENVIRONMENT, "portaudio", "cannot %s `%s`: %s", what, name_of(p),
                    by_host ? host->errorText : Pa_GetErrorText(error));
}

/* @thread PortAudio's, when it will call no more. */
static void hear_end(void *user) {
    struct portaudio_device *p = user;
    if (atomic_load(&p->wanted))
        device_fail(p->device, "`%s` ended; was it pulled out? `ton devices` lists what is there",
                    p->device->name);
}

static PaStreamParameters parameters(const struct portaudio_side *side, bool is_input,
                                     const struct ton_device_config *config) {
    const PaDeviceInfo *info = portaudio_info(side->index);
    PaStreamParameters wish = {.device = side->index, .channelCount = side->n};
    wish.sampleFormat = paFloat32 | paNonInterleaved;
    if (config->period_frames > 0)
        wish.suggestedLatency = 2.0 * config->period_frames / config->rate;
    else if (info)
        wish.suggestedLatency =
            is_input ? info->defaultLowInputLatency : info->defaultLowOutputLatency;
    return wish;
}

static enum ton_code check_rate(const struct portaudio_device *p, const PaStreamParameters *in,
                                const PaStreamParameters *out, struct ton_err *err) {
    const PaError error = Pa_IsFormatSupported(in, out, p->device->rate);
    if (error == paFormatIsSupported)
        return TON_OK;
    if (error != paInvalidSampleRate)
        return refuse(p, "use", error, err);
    const PaDeviceInfo *info = portaudio_info(out ? p->out.index : p->in.index);
    return ton_fail(err, TON_ENVIRONMENT, "portaudio",
                    "`%s` does not run at the session's %d Hz; its own rate is %.0f Hz, and `ton "
                    "devices --json` lists the others",
                    name_of(p), p->device->rate, info ? info->defaultSampleRate : 0);
}

static enum ton_code open_stream(struct portaudio_device *p, const struct ton_device_config *config,
                                 struct ton_err *err) {
    const PaStreamParameters ins = parameters(&p->in, true, config);
    const PaStreamParameters outs = parameters(&p->out, false, config);
    const PaStreamParameters *in = p->in.n ? &ins : NULL, *out = p->out.n ? &outs : NULL;
    if (!in && !out)
        return ton_fail(err, TON_ENVIRONMENT, "portaudio",
                        "nothing is to be connected; say which inputs and outputs (`1`, `2` …)");
    const enum ton_code code = check_rate(p, in, out, err);
    if (code)
        return code;
    const PaError error =
        Pa_OpenStream(&p->stream, in, out, p->device->rate, (unsigned long)p->device->most_frames,
                      paClipOff | paDitherOff, portaudio_process, p);
    if (error != paNoError)
        return refuse(p, "open", error, err);
    Pa_SetStreamFinishedCallback(p->stream, hear_end);
#if HAVE_ALSA
    PaAlsa_EnableRealtimeScheduling(p->stream, 1); /* where that is allowed */
#endif
    return TON_OK;
}

static bool make_buffers(struct portaudio_device *p) {
    const struct ton_device *d = p->device;
    p->silence = TON_NEW_N(d->arena, float, d->most_frames);
    p->played = TON_NEW_N(d->arena, float *, d->n_outputs);
    p->heard = TON_NEW_N(d->arena, const float *, d->n_inputs);
    p->outs = TON_NEW_N(d->arena, float *, d->n_outputs);
    for (int i = 0; i < d->n_outputs && p->played; i++)
        p->played[i] = TON_NEW_N(d->arena, float, d->most_frames);
    return !ton_arena_failed(d->arena);
}

static enum ton_code open_hushed(struct portaudio_device *p, const struct ton_device_config *config,
                                 struct ton_err *err) {
    struct ton_device *d = p->device;
    const PaError error = portaudio_begin();
    if (error != paNoError)
        return ton_fail(err, TON_ENVIRONMENT, "portaudio", "it does not start: %s",
                        Pa_GetErrorText(error));
    p->initialized = true;
    enum ton_code code = portaudio_choose(p, config, err);
    if (!code)
        code = open_stream(p, config, err);
    if (!code && !(d->name = ton_arena_text(d->arena, name_of(p))))
        code = device_no_memory(d, err);
    return code;
}

enum ton_code portaudio_open(struct ton_device *d, const struct ton_device_config *config,
                             struct ton_err *err) {
    struct portaudio_device *p = d->own = TON_NEW(d->arena, struct portaudio_device);
    if (!p)
        return device_no_memory(d, err);
    p->device = d;
    if (config->midi_in || config->midi_out)
        return ton_fail(err, TON_USAGE, "portaudio", "it has no MIDI; JACK has");
    d->most_frames = config->period_frames > 0 ? config->period_frames : USUAL_FRAMES;
    atomic_store(&d->period_frames, d->most_frames);
    if (!make_buffers(p))
        return device_no_memory(d, err);
    const int kept = portaudio_hush();
    const enum ton_code code = open_hushed(p, config, err);
    portaudio_unhush(kept);
    return code;
}

/* Asks and waits here, not of the driver: it may hang. */
void portaudio_stop(struct ton_device *d) {
    struct portaudio_device *p = d->own;
    atomic_store(&p->wanted, false);
    while (atomic_load(&p->inside))
        ton_nap(100000);
}

enum ton_code portaudio_start(struct ton_device *d, struct ton_err *err) {
    struct portaudio_device *p = d->own;
    p->fresh = true;
    atomic_store(&p->wanted, true);
    const PaError error = Pa_IsStreamActive(p->stream) == 1 ? paNoError : Pa_StartStream(p->stream);
    if (error == paNoError)
        return TON_OK;
    const enum ton_code code = refuse(p, "start", error, err);
    portaudio_stop(d); /* it may call all the same */
    return code;
}

void portaudio_close(struct ton_device *d) {
    struct portaudio_device *p = d->own;
    if (p->initialized)
        portaudio_end(p->stream, !device_failed(d));
}

int portaudio_latency(const struct ton_device *d, bool is_input, int port) {
    const struct portaudio_device *p = d->own;
    const struct portaudio_side *side = is_input ? &p->in : &p->out;
    const PaStreamInfo *info = Pa_GetStreamInfo(p->stream);
    if (!info || side->channels[port] < 0)
        return -1;
    return (int)lround((is_input ? info->inputLatency : info->outputLatency) * d->rate);
}
