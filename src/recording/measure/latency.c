/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How long sound takes through the device and back, measured. */
#include "ton/latency.h"

#include "ton/arena.h"
#include "ton/db.h"
#include "ton/probe.h"

#include <math.h>
#include <string.h>

/* Of all that could have come back by chance, the likest is less like it than this. */
#define SURE 0.5

enum { BURSTS = 4, BURST_FRAMES = 2048 };

struct measuring {
    float burst[BURST_FRAMES];
    const float *heard;    /* what came in, from the first frame on */
    int64_t frames, every; /* how long it listens; a burst begins at each multiple of `every` */
};

/* White noise, the same always: like nothing but itself. */
static void make_burst(float *burst) {
    uint32_t state = 1;
    for (int i = 0; i < BURST_FRAMES; i++) {
        state = state * 1664525U + 1013904223U; /* Knuth, TAOCP 2, 3.3.4 */
        burst[i] = 0.25F * ((float)(state >> 8) / (float)(1 << 23) - 1.0F);
    }
}

struct match {
    int64_t delay;
    double likeness; /* -1 … 1: normalised correlation */
    double gain;
};

/* Where, from `from` on, what was heard is most like the burst; turned round counts too. */
static struct match find(const struct measuring *m, int64_t from) {
    struct match best = {.delay = -1};
    double sent = 0;
    for (int i = 0; i < BURST_FRAMES; i++)
        sent += (double)m->burst[i] * (double)m->burst[i];
    for (int64_t delay = 0; delay + BURST_FRAMES <= m->every; delay++) {
        const float *heard = m->heard + from + delay;
        float product = 0, energy = 0;
        for (int i = 0; i < BURST_FRAMES; i++) {
            product += m->burst[i] * heard[i];
            energy += heard[i] * heard[i];
        }
        const double likeness =
            energy > 1e-12F ? fabs((double)product) / sqrt((double)energy * sent) : 0;
        if (likeness > best.likeness)
            best = (struct match){delay, likeness, fabs((double)product) / sent};
    }
    return best;
}

static enum ton_code judge(struct ton_latency *out, const struct measuring *m,
                           const struct ton_latency_config *config, struct ton_err *err) {
    for (int b = 0; b < BURSTS; b++) {
        const struct match match = find(m, b * m->every);
        if (match.likeness < SURE)
            return ton_fail(err, TON_INPUT, NULL,
                            "nothing of what was played on `%s` came back on `%s`; connect them "
                            "with a cable, and turn off monitoring in between",
                            config->output, config->input);
        if (b > 0 && match.delay != out->frames)
            return ton_fail(err, TON_INPUT, NULL,
                            "what was played came back after %lld samples once, and after %lld "
                            "another time; such a device cannot be overdubbed with",
                            (long long)out->frames, (long long)match.delay);
        out->frames = match.delay;
        out->level_db = ton_gain_to_db(match.gain);
    }
    return TON_OK;
}

/* Silence with the bursts in it. */
static float *make_signal(const struct measuring *m) {
    float *signal = ton_alloc(sizeof *signal * (size_t)m->frames);
    for (int b = 0; signal && b < BURSTS; b++)
        memcpy(signal + b * m->every, m->burst, sizeof m->burst);
    return signal;
}

static enum ton_code run(struct ton_latency *out, struct measuring *m, const float *signal,
                         const struct ton_latency_config *config, struct ton_err *err) {
    struct ton_probe *probe = NULL;
    struct ton_probe_window window = {0};
    struct ton_device_status status;
    const struct ton_device_wish output = {"measure", config->output},
                                 input = {"measured", config->input};
    const struct ton_probe_config wanted = {
        .backend = config->backend,
        .device = config->device,
        .server = config->server,
        .rate = config->rate,
        .period_frames = config->period_frames,
        .inputs = &input,
        .outputs = &output,
        .n_inputs = 1,
        .n_outputs = 1,
        .play = &signal,
        .play_frames = m->frames,
        .window_frames = m->frames,
        .windows = 1,
    };
    enum ton_code code = ton_probe_open(&probe, &wanted, err);
    while (!code && !window.in)
        code = ton_probe_wait(probe, 1, &window, err);
    if (!code) {
        struct ton_device *device = ton_probe_device(probe);
        ton_device_status(device, &status);
        const int in = ton_device_latency(device, true, 0),
                  back = ton_device_latency(device, false, 0);
        out->rate = status.rate;
        out->period_frames = status.period_frames;
        out->claimed = in < 0 || back < 0 ? -1 : in + back;
        m->heard = window.in[0];
        code = judge(out, m, config, err);
    }
    ton_probe_close(probe);
    return code;
}

enum ton_code ton_latency_measure(struct ton_latency *out, const struct ton_latency_config *config,
                                  struct ton_err *err) {
    *out = (struct ton_latency){.claimed = -1};
    struct measuring m = {.every = config->rate / 2, .frames = (BURSTS + 1) * (config->rate / 2)};
    make_burst(m.burst);
    float *signal = make_signal(&m);
    const enum ton_code code =
        signal ? run(out, &m, signal, config, err)
               : ton_fail(err, TON_MEMORY, NULL, "no memory to measure latency");
    ton_free(signal);
    return code;
}
