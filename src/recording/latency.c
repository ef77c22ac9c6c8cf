/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How long sound takes through the device and back, measured. */
#include "ton/latency.h"

#include "latency_process.h"

#include "ton/db.h"
#include "ton/thread.h"

#include <math.h>

/* Of all that could have come back by chance, the likest is less like it than this. */
#define SURE 0.5

static enum ton_code no_memory(struct ton_err *err) {
    return ton_fail(err, TON_MEMORY, NULL, "no memory to measure latency");
}

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

static enum ton_code listen(struct ton_device *device, struct measuring *m, struct ton_err *err) {
    enum ton_code code = ton_device_start(device, err);
    while (!code && atomic_load_explicit(&m->done, memory_order_acquire) < m->frames) {
        ton_nap(10000000);
        code = ton_device_failure(device, err);
        if (!code)
            code = ton_stop_check(err);
    }
    ton_device_stop(device);
    if (!code && atomic_load(&m->lost) > 0)
        return ton_fail(err, TON_ENVIRONMENT, NULL,
                        "the device lost %lld samples meanwhile; try again with less going on",
                        (long long)atomic_load(&m->lost));
    return code;
}

static enum ton_code run(struct ton_latency *out, struct measuring *m,
                         const struct ton_latency_config *config, struct ton_err *err) {
    struct ton_device *device = NULL;
    struct ton_device_status status;
    const struct ton_device_wish output = {"measure", config->output},
                                 input = {"measured", config->input};
    const struct ton_device_config wanted = {
        .backend = config->backend,
        .device = config->device,
        .server = config->server,
        .rate = config->rate,
        .period_frames = config->period_frames,
        .speed = 1,
        .inputs = &input,
        .outputs = &output,
        .n_inputs = 1,
        .n_outputs = 1,
        .process = measuring_process,
        .user = m,
    };
    enum ton_code code = ton_device_open(&device, &wanted, err);
    if (code)
        return code;
    ton_device_status(device, &status);
    const int in = ton_device_latency(device, true, 0), back = ton_device_latency(device, false, 0);
    out->rate = status.rate;
    out->period_frames = status.period_frames;
    out->claimed = in < 0 || back < 0 ? -1 : in + back;
    code = listen(device, m, err);
    ton_device_close(device);
    return code ? code : judge(out, m, config, err);
}

enum ton_code ton_latency_measure(struct ton_latency *out, const struct ton_latency_config *config,
                                  struct ton_err *err) {
    *out = (struct ton_latency){.claimed = -1};
    struct measuring *m = ton_alloc(sizeof *m);
    if (!m)
        return no_memory(err);
    m->every = config->rate / 2;
    m->frames = (BURSTS + 1) * m->every;
    m->heard = ton_alloc(sizeof(float) * (size_t)m->frames);
    make_burst(m->burst);
    const enum ton_code code = m->heard ? run(out, m, config, err) : no_memory(err);
    ton_free(m->heard);
    ton_free(m);
    return code;
}
