/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A delay by a whole number of frames, in runs between the ends of its ring. */
#include "ton/fixed_delay.h"

void ton_fixed_delay_run(struct ton_fixed_delay *d, float *x, int frames) {
    while (frames > 0 && d->frames > 0) {
        const int room = d->frames - d->at;
        const int n = frames < room ? frames : room;
        float *ring = d->memory + d->at;
        for (int i = 0; i < n; i++) {
            const float late = ring[i];
            ring[i] = x[i];
            x[i] = late;
        }
        d->at = n == room ? 0 : d->at + n;
        x += n;
        frames -= n;
    }
}
