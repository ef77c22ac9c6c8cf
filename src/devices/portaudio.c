/* SPDX-License-Identifier: GPL-3.0-or-later */
/* PortAudio: devices without a server. */
#include "portaudio_device.h"

#include "ton/thread.h"

#include <fcntl.h>
#include <unistd.h>

/* ALSA tells on standard error of every device that it looks for in vain. */
int portaudio_hush(void) {
    fflush(stderr);
    const int kept = dup(STDERR_FILENO), nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (kept >= 0 && nowhere >= 0)
        dup2(nowhere, STDERR_FILENO);
    if (nowhere >= 0)
        close(nowhere);
    return kept;
}

void portaudio_unhush(int kept) {
    if (kept < 0)
        return;
    dup2(kept, STDERR_FILENO);
    close(kept);
}

/* It begins or ends, perhaps on a thread that nobody waits for any longer: it is none for two. */
static atomic_bool busy;

static void begin(void *error) {
    *(PaError *)error = Pa_Initialize();
}

static void begin_in_vain(void *error) {
    if (*(PaError *)error == paNoError)
        Pa_Terminate();
    ton_free(error);
    atomic_store(&busy, false);
}

PaError portaudio_begin(void) {
    if (atomic_exchange(&busy, true))
        return paTimedOut;
    PaError *error = ton_alloc(sizeof *error);
    if (error && !ton_call_within(DEVICE_PATIENCE_NS, begin, begin_in_vain, error))
        return paTimedOut;
    const PaError code = error ? *error : paInsufficientMemory;
    ton_free(error);
    atomic_store(&busy, false);
    return code;
}

void portaudio_end(PaStream *stream, bool works) {
    atomic_store(&busy, true);
    if (stream && works)
        Pa_StopStream(stream); /* plays what it has, and may hang */
    if (stream)
        Pa_CloseStream(stream);
    Pa_Terminate();
    atomic_store(&busy, false);
}

const PaDeviceInfo *portaudio_info(PaDeviceIndex index) {
    const PaDeviceInfo *info = Pa_GetDeviceInfo(index);
    const PaHostApiInfo *host = info ? Pa_GetHostApiInfo(info->hostApi) : NULL;
    return host && host->type != paJACK ? info : NULL;
}

static bool can(PaDeviceIndex index, const PaDeviceInfo *info, double rate) {
    const PaStreamParameters in = {
        .device = index, .channelCount = info->maxInputChannels, .sampleFormat = paFloat32};
    const PaStreamParameters out = {
        .device = index, .channelCount = info->maxOutputChannels, .sampleFormat = paFloat32};
    return Pa_IsFormatSupported(info->maxInputChannels ? &in : NULL,
                                info->maxOutputChannels ? &out : NULL, rate) == paFormatIsSupported;
}

static enum ton_code add_ports(struct ton_device_info *device, struct ton_arena *arena, int n,
                               bool is_input, double latency_s, struct ton_err *err) {
    enum ton_code code = TON_OK;
    for (int i = 0; i < n && !code; i++) {
        char name[32];
        snprintf(name, sizeof name, "%s %d", is_input ? "in" : "out", i + 1);
        const struct ton_device_port port = {
            .name = name,
            .is_input = is_input,
            .is_physical = true,
            .latency_frames = (int)lround(latency_s * device->rate),
        };
        code = devices_add_port(device, arena, &port, err);
    }
    return code;
}

static enum ton_code add_device(struct ton_devices *out, struct ton_arena *arena,
                                PaDeviceIndex index, struct ton_err *err) {
    static const double rates[] = {44100, 48000, 88200, 96000, 176400, 192000};
    const PaDeviceInfo *info = portaudio_info(index);
    if (!info)
        return TON_OK;
    struct ton_device_info *device = devices_add(out, arena, "portaudio", info->name, err);
    if (!device)
        return TON_MEMORY;
    device->clock =
        ton_arena_printf(arena, "the device's (%s)", Pa_GetHostApiInfo(info->hostApi)->name);
    device->is_default =
        index == Pa_GetDefaultOutputDevice() || index == Pa_GetDefaultInputDevice();
    device->rate = info->defaultSampleRate;
    for (int i = 0; i < TON_N(rates); i++)
        if (rates[i] != device->rate && can(index, info, rates[i]))
            device->rates[device->n_rates++] = rates[i];
    enum ton_code code =
        add_ports(device, arena, info->maxInputChannels, true, info->defaultLowInputLatency, err);
    if (!code)
        code = add_ports(device, arena, info->maxOutputChannels, false,
                         info->defaultLowOutputLatency, err);
    return code;
}

static enum ton_code list_hushed(struct ton_devices *out, struct ton_arena *arena,
                                 struct ton_err *err) {
    struct ton_device_absence absent = {.backend = "portaudio"};
    const PaError error = portaudio_begin();
    absent.why = Pa_GetErrorText(error);
    if (error != paNoError)
        return devices_add_absent(out, arena, &absent, err);
    const size_t before = out->n;
    enum ton_code code = TON_OK;
    for (PaDeviceIndex i = 0; i < Pa_GetDeviceCount() && !code; i++)
        code = add_device(out, arena, i, err);
    Pa_Terminate();
    absent.why = "this machine has no sound device";
    if (!code && out->n == before)
        code = devices_add_absent(out, arena, &absent, err);
    return code;
}

static enum ton_code list(struct ton_devices *out, struct ton_arena *arena, const char *server,
                          struct ton_err *err) {
    (void)server;
    const int kept = portaudio_hush();
    const enum ton_code code = list_hushed(out, arena, err);
    portaudio_unhush(kept);
    return code;
}

const struct ton_backend ton_backend_portaudio = {
    .name = "portaudio",
    .hush = portaudio_hush,
    .unhush = portaudio_unhush,
    .list = list,
    .open = portaudio_open,
    .start = portaudio_start,
    .stop = portaudio_stop,
    .close = portaudio_close,
    .latency = portaudio_latency,
};
