/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_MEASURE_H
#define TON_MEASURE_H

#include "ton/analyser.h"
#include "ton/audio_in.h"
#include "ton/thread.h"

/* Feeds a whole file to a meter that was made for its rate and layout. `progress` may be NULL. */
enum ton_code ton_meter_feed_file(struct ton_meter *meter, struct ton_audio_in *in,
                                  const struct ton_progress *progress, struct ton_err *err);

/* Opens, measures and closes. `meter` may be NULL; else it gets the meter with its curve, which the
 * caller destroys. `gone` counts the frames on the way; it may be NULL. */
enum ton_code ton_measure_file(struct ton_measurement *out, struct ton_meter **meter,
                               const char *path, struct ton_tally *gone, struct ton_err *err);

#endif
