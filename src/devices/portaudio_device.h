/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_DEVICES_PORTAUDIO_DEVICE_H
#define TON_DEVICES_PORTAUDIO_DEVICE_H

#include "backends.h"

#include <portaudio.h>

struct portaudio_side {
    PaDeviceIndex index; /* paNoDevice: this side is not used */
    int n;               /* channels that are open */
    int *channels;       /* of each of our inputs or outputs, from 0; -1: left open */
};

struct portaudio_device {
    struct ton_device *device;
    bool initialized;
    PaStream *stream;
    struct portaudio_side in, out;
    /* PortAudio's thread runs from the first start to close: `process` is in it while it is wanted.
     */
    atomic_bool wanted, inside;
    /* The audio thread's. */
    bool fresh;       /* no period yet since the start */
    double last_time; /* of the newest period on the stream's clock: s */
    int64_t last_frames;
    float *silence, **played; /* [most_frames], [output][most_frames] */
    const float **heard;
    float **outs;
    struct ton_midi nothing[DEVICE_MOST_MIDI]; /* who sends MIDI all the same */
};

/* portaudio.c */
/* Initializes, opens, asks: what libraries tell on standard error meanwhile is kept quiet. */
int portaudio_hush(void);
void portaudio_unhush(int kept);
/* Pa_Initialize, which also asks a JACK server, and such a one may hang: then it is refused until
 * that one answers. */
PaError portaudio_begin(void);
/* Stops and closes the stream (NULL: there is none), and Pa_Terminate. */
void portaudio_end(PaStream *stream, bool works);
/* Whether a device is of ours to use: not JACK through a back door. */
const PaDeviceInfo *portaudio_info(PaDeviceIndex index);

/* portaudio_device.c: the functions of the back-end. */
enum ton_code portaudio_open(struct ton_device *d, const struct ton_device_config *config,
                             struct ton_err *err);
enum ton_code portaudio_start(struct ton_device *d, struct ton_err *err);
void portaudio_stop(struct ton_device *d);
void portaudio_close(struct ton_device *d);
int portaudio_latency(const struct ton_device *d, bool is_input, int port);

/* portaudio_choice.c: which device, and which of its channels, a config means. */
enum ton_code portaudio_choose(struct portaudio_device *p, const struct ton_device_config *config,
                               struct ton_err *err);

/* portaudio_process.c */
TON_RT int portaudio_process(const void *in, void *out, unsigned long frames,
                             const PaStreamCallbackTimeInfo *time, PaStreamCallbackFlags flags,
                             void *portaudio_device);

#endif
