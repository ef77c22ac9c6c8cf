/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The audio-thread code of timecode that goes out as sound. */
#include "ton/timecode.h"

#include <string.h>

void ton_ltc_send(struct ton_ltc *l, float *out, const struct ton_roll *rolls, int n_rolls) {
    for (int k = 0; k < n_rolls; k++) {
        const struct ton_roll *roll = &rolls[k];
        if (roll->rolling != TON_ROLLING_PLAYS)
            memset(out + roll->at, 0, sizeof *out * (size_t)roll->frames);
        for (int i = 0; roll->rolling == TON_ROLLING_PLAYS && i < roll->frames; i++)
            out[roll->at + i] = ton_ltc_at(l, roll->place + i);
    }
}
