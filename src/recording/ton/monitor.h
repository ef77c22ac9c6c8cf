/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_MONITOR_H
#define TON_MONITOR_H

#include "ton/transport.h"

/* An input heard through the strip of the track that it is recorded to: polarity, chain, fader and
 * pan have the bits that the take will have when it is rendered, some frames later. Automation is
 * not followed: what is written in the strip is heard. */
struct ton_monitor;

/* `inputs`: 1 or 2. Refused with a sentence that names the strip, TON_INPUT: a processor with a
 * side-chain, which the other strip's sound would have to be there for; a plug-in, another process
 * that would have to be waited for. The session need not outlive it. @thread main, as all but
 * process */
enum ton_code ton_monitor_create(struct ton_monitor **out, const struct ton_session *session,
                                 int strip, int inputs, struct ton_err *err);
void ton_monitor_destroy(struct ton_monitor *m);
/* The strip is another: what is heard fades over to it in 5 ms. After an error it is as it was. */
enum ton_code ton_monitor_change(struct ton_monitor *m, const struct ton_session *session,
                                 int strip, struct ton_err *err);
/* As the strip's mute, until the next change. */
void ton_monitor_mute(struct ton_monitor *m, bool mute);
/* Frames by which what is heard is late, beside the device's own. */
int ton_monitor_latency(const struct ton_monitor *m);

enum ton_monitor_mode {
    TON_MONITOR_OFF,
    TON_MONITOR_ON,
    TON_MONITOR_AUTO /* as a tape machine: the input while it stands, counts in or records; the
                        take while it plays */
};
TON_RT static inline bool ton_monitor_hears(enum ton_monitor_mode mode, enum ton_rolling rolling,
                                            bool records) {
    const bool plays = rolling == TON_ROLLING_PLAYS || rolling == TON_ROLLING_LATE;
    return mode == TON_MONITOR_ON || (mode == TON_MONITOR_AUTO && (!plays || records));
}

/* Adds it to out[2], or fades it out in 5 ms when it is not to be heard. The chain runs on
 * unheard, so that what is heard again begins as if it had always been. @thread audio */
TON_RT void ton_monitor_process(struct ton_monitor *m, const float *const *in, float *const out[2],
                                int frames, bool hear);

#endif
