/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_LATENCY_H
#define TON_LATENCY_H

#include "ton/device.h"

/* How long sound takes from an output of the device back to an input, with a cable between them:
 * what recordings have to be moved by where the ports do not claim the right latency. */
struct ton_latency_config {
    const char *backend, *device, *server; /* as in ton_device_config */
    int rate, period_frames;
    const char *output, *input; /* as in ton_device_wish: `1`, a port's name */
    double seconds;             /* to go on for: the longer, the finer is the drift; 0: two */
};
struct ton_latency {
    int rate, period_frames;
    int64_t frames;         /* measured, at the beginning */
    int64_t claimed;        /* what the two ports say together; -1: nothing */
    double level_db;        /* how much weaker it came back than it went out */
    bool inverted;          /* it came back upside down */
    double drift_ppm;       /* how much faster the clock of the input runs than the output's */
    double drift_known_ppm; /* a drift below this may be none */
    int64_t lost;           /* frames that the device lost before it was measured, or meanwhile */
};

/* Plays bursts of noise at -12 dBFS, half a second apart, and finds them again: the place where
 * what comes in is most like what went out, to a tenth of a sample. Between two clocks that place
 * moves, evenly. TON_INPUT when nothing comes back, or the place leaps by more than a sample;
 * TON_ENVIRONMENT when the device loses something in each of three tries: `out->lost` is more than
 * 0 then. Takes a second more than was asked for. @thread main */
enum ton_code ton_latency_measure(struct ton_latency *out, const struct ton_latency_config *config,
                                  struct ton_err *err);

#endif
