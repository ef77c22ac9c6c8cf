/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An ear for the tests of seams: which takes are heard at a frame, and how loud. */
#ifndef TON_TEST_PLACE_EAR_H
#define TON_TEST_PLACE_EAR_H

#include "place_stage.h"

#include <math.h>

/* What is heard of a track at a frame: which frame of which take, how loud. */
struct heard {
    const char *take, *right;
    int channel;
    int64_t frame;
    double gain;
};
enum { MOST_HEARD = 16 };

static inline double fade_gain(int64_t done, int64_t length, bool equal_power) {
    const double part = done < length ? (double)done / (double)length : 1.0;
    return equal_power ? sin(part * M_PI / 2) : part;
}

static inline int by_sound(const void *a, const void *b) {
    const struct heard *x = a, *y = b;
    const int take = strcmp(x->take, y->take);
    return take ? take : (x->frame > y->frame) - (x->frame < y->frame);
}

static inline int heard_at(struct heard out[MOST_HEARD], const struct ton_session *x, int64_t t) {
    const struct ton_strip *strip = stage_strip(x, "Kick");
    int n = 0;
    for (int i = 0; i < strip->n_clips; i++) {
        const struct ton_clip *c = &strip->clips[i];
        if (t < c->at || t >= c->at + c->frames)
            continue;
        const double gain = pow(10.0, (double)c->gain_db / 20.0) *
                            fade_gain(t - c->at, c->fade_in, c->equal_power_in) *
                            fade_gain(c->at + c->frames - t, c->fade_out, c->equal_power_out);
        if (gain < 1e-9)
            continue;
        assert_true(n < MOST_HEARD);
        out[n++] = (struct heard){x->takes[c->take].name,
                                  c->take_right < 0 ? "" : x->takes[c->take_right].name,
                                  c->channel * 100 + c->channel_right, c->from + t - c->at, gain};
    }
    qsort(out, (size_t)n, sizeof *out, by_sound);
    return n;
}

#endif
