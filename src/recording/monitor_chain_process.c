/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The audio-thread code of the chain between what a deck plays and the loudspeakers. */
#include "monitor_chain.h"

#include <math.h>
#include <string.h>

TON_RT static float peak_of(const float *x, int frames) {
    float peak = 0.0F;
    for (int i = 0; i < frames; i++)
        peak = fmaxf(peak, fabsf(x[i]));
    return peak;
}

/* What is over full scale without the chain is the mix's fault, whose meter says so. */
TON_RT static void watch(struct monitor_chain *m, float *const through[2], int frames) {
    for (int c = 0; c < 2; c++) {
        const float peak = peak_of(through[c], frames);
        if (peak > 1.0F && peak > atomic_load(&m->over) && peak_of(m->plain[c], frames) <= 1.0F)
            atomic_store(&m->over, peak);
    }
}

/* From what goes through the chain to what goes past it, and back. Both are the same sound, so
 * their gains add up to 1. */
TON_RT static void cross(struct monitor_chain *m, float *const through[2], int frames) {
    const bool fades = m->through.left > 0;
    if (ton_glide_rests_at(&m->through, 1.0))
        return;
    if (fades)
        ton_glide_fill(m->gain, &m->through, frames);
    for (int i = 0; fades && i < frames; i++)
        m->gain[i] = (float)ton_ease((double)m->gain[i]);
    for (int c = 0; c < 2; c++) {
        float *out = through[c];
        const float *past = m->plain[c];
        for (int i = 0; fades && i < frames; i++)
            out[i] = past[i] + m->gain[i] * (out[i] - past[i]);
        if (!fades)
            memcpy(out, past, sizeof *out * (size_t)frames);
    }
}

TON_RT static void process_piece(struct monitor_chain *m, float *const mix[2], int frames) {
    for (int c = 0; c < 2; c++) {
        memcpy(m->plain[c], mix[c], sizeof(float) * (size_t)frames);
        ton_fixed_delay_run(&m->past[c], m->plain[c], frames);
    }
    ton_rack_process(m->rack, mix, frames);
    if (m->through.target > 0.0)
        watch(m, mix, frames);
    cross(m, mix, frames);
}

void monitor_chain_process(struct monitor_chain *m, float *const mix[2], float *click, int frames) {
    const bool bypassed = atomic_load_explicit(&m->bypassed, memory_order_relaxed);
    ton_glide_to(&m->through, bypassed ? 0.0 : 1.0, m->fade_frames);
    if (click)
        ton_fixed_delay_run(&m->click, click, frames);
    for (int done = 0, n; done < frames; done += n) {
        n = frames - done < CHAIN_PIECE ? frames - done : CHAIN_PIECE;
        process_piece(m, (float *[2]){mix[0] + done, mix[1] + done}, n);
    }
}
