/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Voices: who is heard, how they rise and fall, who leads. Audio thread. */
#include "playing.h"

bool voices_have_room(const struct playing *f) {
    return f->n_voices + 1 < MOST_VOICES;
}

void voice_remove(struct ton_transport *t, int i) {
    struct playing *f = &t->playing;
    send_back(t, f->voices[i].player);
    f->n_voices--;
    for (int k = i; k < f->n_voices; k++)
        f->voices[k] = f->voices[k + 1];
}

void voice_fall(struct voice *v, int fallen) {
    if (v->falls)
        return;
    v->falls = true;
    v->fallen = fallen;
}

void voice_turn(struct voice *v, int fade) {
    if (!v->falls)
        return;
    v->risen = v->risen < fade ? v->risen : fade - v->fallen;
    v->falls = false;
    v->fallen = 0;
}

void voice_lead(struct ton_transport *t, struct player *p, int risen) {
    struct playing *f = &t->playing;
    for (int i = f->n_voices++; i > 0; i--)
        f->voices[i] = f->voices[i - 1];
    f->voices[0] = (struct voice){.player = p, .risen = risen};
    atomic_store(&t->lead, p->number);
}

void voices_part(struct playing *f) {
    if (f->joined)
        voice_fall(&f->voices[f->n_voices - 1], 0);
    f->joined = false;
}

void voice_take_over(struct ton_transport *t, struct player *p, int risen_at_rest) {
    struct playing *f = &t->playing;
    const bool at_rest = !f->rolling || f->counts > 0;
    if (at_rest)
        voice_remove(t, 0);
    else
        voice_fall(&f->voices[0], 0);
    voice_lead(t, p, at_rest ? risen_at_rest : 0);
}

void voice_mix(struct ton_transport *t, struct voice *v, float *const out[2], int frames) {
    struct playing *f = &t->playing;
    player_take(v->player, f->scratch, frames);
    for (int i = 0; i < frames; i++) {
        float gain = v->risen < t->fade ? f->rise[v->risen++] : 1.0F;
        if (v->falls)
            gain *= v->fallen < t->fade ? f->rise[t->fade - 1 - v->fallen++] : 0.0F;
        for (int c = 0; c < 2; c++)
            out[c][i] += gain * f->scratch[c][i];
    }
}

/* False: it is down, or late. */
static bool mix_on(struct ton_transport *t, struct voice *v, float *const out[2], int frames) {
    const int left = v->falls ? t->fade - v->fallen : frames;
    const int due = left < frames ? left : frames;
    for (int done = 0, n; done < due; done += n) {
        float *const from[2] = {out[0] + done, out[1] + done};
        n = player_ready(v->player);
        n = n < due - done ? n : due - done;
        if (n == 0)
            return false;
        voice_mix(t, v, from, n);
    }
    return !v->falls || v->fallen < t->fade;
}

void voices_mix_others(struct ton_transport *t, float *const out[2], int frames) {
    struct playing *f = &t->playing;
    for (int i = f->n_voices - 1; i > 0; i--) {
        if (mix_on(t, &f->voices[i], out, frames))
            continue;
        f->joined = f->joined && i != f->n_voices - 1;
        voice_remove(t, i);
    }
}
