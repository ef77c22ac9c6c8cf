/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Is somebody speaking? Level in the band of words, autocorrelation in that of voices. */
#include "speech.h"

#include <math.h>
#include <string.h>

#define HOP_S 0.01
#define WINDOW_S 0.03
#define LOWEST_HZ 70.0
#define HIGHEST_HZ 400.0
/* Of the voiced hops of all recordings at hand eight or nine of ten are above it, of pink and
 * white noise, crowds, traffic, hum and machines none. */
#define ALIKE 0.7F
#define OFFSET 300.0F /* dB; makes levels positive */
enum {
    RUN = 3,  /* voiced hops in a row that make a voice */
    TAIL = 25 /* hops after a voice in which consonants belong to it */
};
#define MOVING_DB 6.0F

static void design(struct speech_filter *f, double low_hz, double high_hz, double rate) {
    struct ton_analogue prototype[4];
    int n = ton_analogue_high_pass(prototype, low_hz, 2);
    n += ton_analogue_low_pass(prototype + n, high_hz, 4);
    f->n = 0;
    for (int i = 0; i < n; i++) {
        struct ton_biquad pair[2];
        ton_biquad_match(pair, &prototype[i], rate);
        for (int k = 0; k < 2; k++)
            if (!ton_biquad_is_through(&pair[k]))
                f->sections[f->n++] = pair[k];
    }
}

int speech_hop(double rate) {
    return (int)lround(HOP_S * rate);
}

void speech_init(struct speech *s, double rate) {
    s->hop = speech_hop(rate);
    s->decimation = (int)(rate / 8000);
    const double low_rate = rate / s->decimation;
    s->window = (int)(WINDOW_S * low_rate);
    s->first_lag = (int)(low_rate / HIGHEST_HZ);
    s->n_lags = (int)(low_rate / LOWEST_HZ) + 1;
    design(&s->words, 300, 3400, rate);
    design(&s->voice, 200, 900, rate);
    ton_window_max_init(&s->gap, s->gaps, SPEECH_STANDING);
    speech_reset(s);
}

void speech_reset(struct speech *s) {
    memset(s->words.memory, 0, sizeof s->words.memory);
    memset(s->voice.memory, 0, sizeof s->voice.memory);
    memset(s->past, 0, sizeof s->past);
    s->fill = s->window + s->n_lags;
    s->at = s->until_next = 0;
    s->squares = 0;
    s->run = 0;
    s->since = TAIL;
    s->level = -OFFSET;
    s->voiced = s->speaks = false;
    ton_window_max_clear(&s->gap);
    for (int i = 0; i < SPEECH_STANDING; i++) { /* silence came before */
        float gap = OFFSET;
        ton_window_max_run(&s->gap, &gap, 1);
    }
}

static double filter(struct speech_filter *f, double x) {
    for (int k = 0; k < f->n; k++)
        x = ton_biquad_run(&f->sections[k], &f->memory[k], x);
    return x;
}

/* How alike the last window and the one a period before are, for the period at which they are most:
 * 1 for the same wave. */
static float likeness(const struct speech *s) {
    float sums[SPEECH_LAGS + 1] = {0}, energies[SPEECH_LAGS + 1] = {0};
    const int n = s->n_lags, window = s->window;
    const float *const now = s->past + s->fill - window, *const then = now - n;
    for (int i = 0; i < window; i++) /* [k]: the window n - k before */
        for (int k = 0; k < n; k++) {
            sums[k] += now[i] * then[i + k];
            energies[k] += then[i + k] * then[i + k];
        }
    float energy = 0, most = 0;
    for (int i = 0; i < window; i++)
        energy += now[i] * now[i];
    for (int k = 0; k + s->first_lag <= n; k++) {
        const float both = energy * energies[k];
        const float alike = both > 1e-20F ? sums[k] / sqrtf(both) : 0;
        most = alike > most ? alike : most;
    }
    return most;
}

static void end_hop(struct speech *s, float threshold_db) {
    s->level = (float)(10 * log10(s->squares / s->hop + 1e-20));
    float gap = OFFSET - s->level;
    ton_window_max_run(&s->gap, &gap, 1);
    const float least = OFFSET - gap;
    const bool loud = s->level > threshold_db;
    s->run = loud && likeness(s) > ALIKE ? s->run + 1 : 0;
    s->voiced = s->run >= RUN && s->level > least + MOVING_DB;
    s->since = s->voiced ? 0 : s->since < TAIL ? s->since + 1 : TAIL;
    s->speaks = loud && s->since < TAIL;
    const int kept = s->window + s->n_lags;
    memmove(s->past, s->past + s->fill - kept, sizeof *s->past * (size_t)kept);
    s->fill = kept;
    s->squares = 0;
    s->at = 0;
}

int speech_hear(struct speech *s, const float *x, int frames, float threshold_db, bool *ended) {
    const int room = s->hop - s->at, n = frames < room ? frames : room;
    for (int i = 0; i < n; i++) {
        const double word = filter(&s->words, x[i]), voice = filter(&s->voice, x[i]);
        s->squares += word * word;
        if (s->until_next == 0)
            s->past[s->fill++] = (float)voice;
        s->until_next = (s->until_next ? s->until_next : s->decimation) - 1;
    }
    s->at += n;
    *ended = s->at == s->hop;
    if (*ended)
        end_hop(s, threshold_db);
    return n;
}
