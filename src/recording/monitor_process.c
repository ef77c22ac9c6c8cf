/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The audio-thread code of an input that is heard. */
#include "monitoring.h"

#include "ton/pan.h"

static void run_strip(const struct heard_strip *s, const float *const *in,
                      float sound[2][MONITOR_PIECE], int frames) {
    float *sides[] = {sound[0], sound[1]};
    for (int c = 0; c < s->inputs; c++)
        ton_mix_gain(sides[c], in[c], s->polarity, frames);
    ton_rack_process(s->first, sides, frames);
    if (s->widened) {
        if (s->inputs == 1)
            ton_pan_spread(sides[0], sides[1], sides[0], ton_pan_mono(0.0F), frames);
        ton_rack_process(s->widened, sides, frames);
    }
    if (s->channels == 1) {
        ton_pan_spread(sides[0], sides[1], sides[0], s->gains, frames);
        return;
    }
    ton_mix_gain(sides[0], sides[0], s->gains.left, frames);
    ton_mix_gain(sides[1], sides[1], s->gains.right, frames);
}

/* Takes what is offered; one at a time fades. */
static void take(struct ton_monitor *m) {
    struct heard_strip *next = m->before ? NULL : atomic_exchange(&m->offered, NULL);
    if (!next)
        return;
    m->before = m->now;
    m->now = next;
    m->wait = next->latency;
    ton_glide_set(&m->over, 0.0);
}

/* Leaves the one before to main, when that has fetched what was left earlier. */
static void leave(struct ton_monitor *m) {
    struct heard_strip *none = NULL;
    if (m->before && ton_glide_rests_at(&m->over, 1.0) &&
        atomic_compare_exchange_strong(&m->spent, &none, m->before))
        m->before = NULL;
}

/* What is new sounds from its latency on, and is faded over to from there. */
static void run_piece(struct ton_monitor *m, const float *const *in, int frames) {
    run_strip(m->now, in, m->sound, frames);
    if (!m->before || ton_glide_rests_at(&m->over, 1.0))
        return;
    if (m->wait == 0)
        ton_glide_to(&m->over, 1.0, m->fade_frames);
    run_strip(m->before, in, m->sound_before, frames);
    ton_glide_fill(m->gain, &m->over, frames);
    for (int c = 0; c < 2; c++)
        for (int i = 0; i < frames; i++)
            m->sound[c][i] =
                m->sound_before[c][i] + m->gain[i] * (m->sound[c][i] - m->sound_before[c][i]);
}

static void add(float *out, const float *sound, const float *gain, int frames) {
    for (int i = 0; i < frames; i++)
        out[i] += gain ? gain[i] * sound[i] : sound[i];
}

void ton_monitor_process(struct ton_monitor *m, const float *const *in, float *const out[2],
                         int frames, bool hear) {
    const bool heard = hear && !atomic_load_explicit(&m->muted, memory_order_relaxed);
    take(m);
    for (int done = 0, n; done < frames; done += n) {
        n = frames - done < MONITOR_PIECE ? frames - done : MONITOR_PIECE;
        n = m->wait > 0 && m->wait < n ? m->wait : n;
        const bool sounds = m->wait == 0 || m->before;
        const float *piece[2] = {in[0] + done, m->inputs > 1 ? in[1] + done : NULL};
        run_piece(m, piece, n);
        m->wait -= m->wait > 0 ? n : 0;
        ton_glide_to(&m->heard, heard && sounds ? 1.0 : 0.0, m->fade_frames);
        if (ton_glide_rests_at(&m->heard, 0.0))
            continue;
        const float *gain = ton_glide_rests_at(&m->heard, 1.0) ? NULL : m->gain;
        if (gain)
            ton_glide_fill(m->gain, &m->heard, n);
        for (int c = 0; c < 2; c++)
            add(out[c] + done, m->sound[c], gain, n);
    }
    leave(m);
}
