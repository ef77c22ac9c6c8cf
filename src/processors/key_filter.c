/* SPDX-License-Identifier: GPL-3.0-or-later */
/* High and low pass of what a detector hears. */
#include "key_filter.h"

#include <string.h>

void key_filter_init(struct key_filter *f, double rate) {
    *f = (struct key_filter){
        .rate = rate, .high_pass = KEY_HIGH_PASS_OFF, .low_pass = KEY_LOW_PASS_OFF};
    for (int i = 0; i < KEY_SECTIONS; i++)
        f->sections[i] = TON_BIQUAD_THROUGH;
}

void key_filter_clear(struct key_filter *f) {
    memset(f->memory, 0, sizeof f->memory);
}

void key_filter_set(struct key_filter *f, float high_pass, float low_pass) {
    struct ton_analogue prototype[4];
    if (high_pass == f->high_pass && low_pass == f->low_pass)
        return;
    f->high_pass = high_pass;
    f->low_pass = low_pass;
    for (int i = 0; i < KEY_SECTIONS; i++)
        f->sections[i] = TON_BIQUAD_THROUGH;
    const double highest = 0.45 * f->rate; /* above, a low pass has nothing left to take */
    if (high_pass > KEY_HIGH_PASS_OFF) {
        ton_analogue_high_pass(prototype, (double)high_pass < highest ? (double)high_pass : highest,
                               2);
        ton_biquad_match(f->sections, prototype, f->rate);
    }
    if (low_pass > KEY_LOW_PASS_OFF && (double)low_pass < highest) {
        ton_analogue_low_pass(prototype, low_pass, 2);
        ton_biquad_match(f->sections + 2, prototype, f->rate);
    }
}

void key_filter_run(struct key_filter *f, int channel, float *x, int frames) {
    for (int i = 0; i < KEY_SECTIONS; i++) {
        const struct ton_biquad b = f->sections[i];
        if (ton_biquad_is_through(&b))
            continue;
        struct ton_biquad_state s = f->memory[channel][i];
        for (int t = 0; t < frames; t++)
            x[t] = (float)ton_biquad_run(&b, &s, x[t]);
        f->memory[channel][i] = s;
    }
}
