/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How long sound takes through the device and back, measured. */
#include "ton/latency.h"

#include "ton/arena.h"
#include "ton/between.h"
#include "ton/db.h"
#include "ton/order.h"
#include "ton/probe.h"

#include <math.h>
#include <string.h>

/* Of all that could have come back by chance, the likest is less like it than this; what came back
 * between two samples is less like it by a third at most. */
#define SURE 0.4

enum { LEAST_BURSTS = 4, BURST_FRAMES = 2048, NEAR = 64 };

struct measuring {
    float burst[BURST_FRAMES];
    double sent; /* the burst's energy */
    int bursts;
    const float *heard;    /* what came in, from the first frame on */
    int64_t frames, every; /* how long it listens; a burst begins at each multiple of `every` */
    double *delays;        /* of the bursts, in samples */
};

/* White noise, the same always: like nothing but itself. */
static void make_burst(struct measuring *m) {
    uint32_t state = 1;
    for (int i = 0; i < BURST_FRAMES; i++) {
        state = state * 1664525U + 1013904223U; /* Knuth, TAOCP 2, 3.3.4 */
        m->burst[i] = 0.25F * ((float)(state >> 8) / (float)(1 << 23) - 1.0F);
        m->sent += (double)m->burst[i] * (double)m->burst[i];
    }
}

struct match {
    double delay;    /* samples, between two of them too */
    double likeness; /* 0 … 1: normalised correlation */
    double gain;     /* negative: turned round */
};

/* What was heard from `at` on times the burst, summed up. Silence behind the end. */
static float product_at(const struct measuring *m, int64_t at) {
    float product = 0;
    for (int i = 0; i < BURST_FRAMES && at >= 0 && at + BURST_FRAMES <= m->frames; i++)
        product += m->burst[i] * m->heard[at + i];
    return product;
}

static double likeness_at(const struct measuring *m, int64_t at) {
    float product = 0, energy = 0;
    for (int i = 0; i < BURST_FRAMES; i++) {
        product += m->burst[i] * m->heard[at + i];
        energy += m->heard[at + i] * m->heard[at + i];
    }
    return energy > 1e-12F ? fabs((double)product) / sqrt((double)energy * m->sent) : 0;
}

/* Correlation has no more band than what is correlated, so it has its top between two samples. */
static void refine(struct match *best, const struct measuring *m, int64_t start) {
    enum { SIDE = TON_BETWEEN_REACH, N = 2 * SIDE + 1 };
    float products[N];
    for (int k = 0; k < N; k++)
        products[k] = product_at(m, start + (int64_t)best->delay + k - SIDE);
    const double top = ton_between_peak(products, N, SIDE);
    best->delay += top - SIDE;
    best->gain = ton_between(products, N, top) / m->sent;
}

/* Where, after the burst that began at `start`, what was heard is most like it; turned round counts
 * too. Looks from `from` to `to` samples later. */
static struct match find(const struct measuring *m, int64_t start, int64_t from, int64_t to) {
    struct match best = {.delay = -1};
    for (int64_t delay = ton_most(from, 0); delay <= to; delay++) {
        if (start + delay + BURST_FRAMES > m->frames)
            break;
        const double likeness = likeness_at(m, start + delay);
        if (likeness > best.likeness)
            best = (struct match){.delay = (double)delay, .likeness = likeness};
    }
    if (best.likeness >= SURE)
        refine(&best, m, start);
    return best;
}

/* The straight line through the delays (least squares): samples of delay a burst; `*first` is the
 * delay at the first one, `*off` how far the worst one is from the line. */
static double fit(const struct measuring *m, double *first, double *off) {
    const int n = m->bursts;
    double mean = 0, product = 0, squares = 0;
    for (int b = 0; b < n; b++)
        mean += m->delays[b] / n;
    for (int b = 0; b < n; b++) {
        const double x = b - (n - 1) / 2.0;
        product += x * (m->delays[b] - mean);
        squares += x * x;
    }
    const double slope = product / squares;
    *first = mean - slope * (n - 1) / 2.0;
    *off = 0;
    for (int b = 0; b < n; b++)
        *off = fmax(*off, fabs(m->delays[b] - *first - slope * b));
    return slope;
}

static enum ton_code judge(struct ton_latency *out, const struct measuring *m,
                           const struct ton_latency_config *config, struct ton_err *err) {
    double first, off, least = INFINITY, most = 0;
    for (int b = 0; b < m->bursts; b++) {
        const double before = b ? m->delays[b - 1] : 0;
        struct match match = {0};
        if (b > 0)
            match = find(m, b * m->every, (int64_t)before - NEAR, (int64_t)before + NEAR);
        if (match.likeness < SURE)
            match = find(m, b * m->every, 0, m->every - BURST_FRAMES);
        if (match.likeness < SURE)
            return ton_fail(err, TON_INPUT, NULL,
                            "nothing of what was played on `%s` came back on `%s`; connect them "
                            "with a cable, and turn off monitoring in between",
                            config->output, config->input);
        m->delays[b] = match.delay;
        least = fmin(least, match.delay);
        most = fmax(most, match.delay);
        out->level_db = ton_gain_to_db(fabs(match.gain));
        out->inverted = match.gain < 0;
    }
    const double slope = fit(m, &first, &off);
    if (off > 1)
        return ton_fail(err, TON_INPUT, NULL,
                        "what was played came back after %.0f samples once, and after %.0f "
                        "another time; such a device cannot be overdubbed with",
                        least, most);
    out->frames = llround(first);
    out->drift_ppm = 1e6 * slope / (double)m->every;
    out->drift_known_ppm = 1e6 * 0.1 / (double)((m->bursts - 1) * m->every);
    return TON_OK;
}

/* Silence with the bursts in it. */
static float *make_signal(const struct measuring *m) {
    float *signal = ton_alloc(sizeof *signal * (size_t)m->frames);
    for (int b = 0; signal && b < m->bursts; b++)
        memcpy(signal + b * m->every, m->burst, sizeof m->burst);
    return signal;
}

static enum ton_code run(struct ton_latency *out, struct measuring *m, const float *signal,
                         const struct ton_latency_config *config, struct ton_err *err) {
    struct ton_probe *probe;
    struct ton_probe_window window;
    struct ton_device_status status;
    const struct ton_device_wish output = {"loop out", config->output},
                                 input = {"loop in", config->input};
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
    enum ton_code code = ton_probe_hear(&probe, &window, &wanted, NULL, NULL, err);
    out->lost = window.lost;
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
    struct measuring m = {.every = config->rate / 2};
    m.bursts = (int)fmax(LEAST_BURSTS, round(2 * config->seconds));
    m.frames = (m.bursts + 1) * m.every;
    make_burst(&m);
    float *signal = make_signal(&m);
    m.delays = ton_alloc(sizeof *m.delays * (size_t)m.bursts);
    const enum ton_code code =
        signal && m.delays ? run(out, &m, signal, config, err)
                           : ton_fail(err, TON_MEMORY, NULL, "no memory to measure latency");
    ton_free(signal);
    ton_free(m.delays);
    return code;
}
