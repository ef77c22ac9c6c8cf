/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Machines play by steps: 16 or 32 of them are a bar, and a step's sound is known from nothing but
 * how long ago it began. */
#include "stage_machines.h"

#include <math.h>
#include <string.h>

enum { RATE = MACHINE_RATE, BEATS = 4 /* of a bar */ };

struct song song_from(double seconds) {
    static const long beats[] = {24000, 18000, 23040, 32000, 22500, 28800, 20000};
    const long n = sizeof beats / sizeof *beats, whole = (long)seconds;
    return (struct song){beats[(whole + whole / n) % n], whole * RATE};
}

/* Where a frame lies between two hits of a pattern. */
struct hit {
    int step;         /* that was hit last */
    long since, left; /* frames: behind it, and to the next one */
};

/* The first frame of a step, of the bar before too. */
static long begin_of(long step, long steps, long bar) {
    return ((step + steps) * bar + steps - 1) / steps - bar;
}

static struct hit hit_at(const char *pattern, const struct song *song, long i) {
    const long steps = (long)strlen(pattern), bar = song->beat * BEATS;
    const long at = (song->from + i) % bar;
    long last = at * steps / bar, next = last + 1;
    while (pattern[(last + steps) % steps] == '.')
        last--;
    while (pattern[next % steps] == '.')
        next++;
    return (struct hit){(int)((last + steps) % steps), at - begin_of(last, steps, bar),
                        begin_of(next, steps, bar) - at};
}

/* A new hit takes the voice of the last one, which ends within so many ms. */
static double ends(const struct hit *h, double ms) {
    return fmin(1, (double)h->left / (ms * RATE / 1000));
}

static double begins(const struct hit *h, double ms) {
    return fmin(1, (double)h->since / (ms * RATE / 1000));
}

static double pitch_hz(int key) { /* MIDI's number */
    return 440 * exp2((key - 69) / 12.0);
}

static double saw(double turns) {
    return 2 * (turns - floor(turns)) - 1;
}

void machine_kick(float *x, long n, const struct song *song) {
    for (long i = 0; i < n; i++) {
        const struct hit h = hit_at("x..x..x...x.x...", song, i);
        const double t = (double)h.since / RATE;
        const double turns = 48 * t + 6 * (1 - exp(-t / 0.025));
        x[i] += (float)(sin(2 * M_PI * turns) * exp(-t / 0.3) * ends(&h, 2));
    }
}

void machine_click(float *x, long n, const struct song *song) {
    for (long i = 0; i < n; i++) {
        const struct hit h = hit_at("x...x...x...x...", song, i);
        const double t = (double)h.since / RATE;
        if (t < 0.001)
            x[i] += (float)cos(2 * M_PI * (h.step ? 1500 : 2000) * t);
    }
}

void machine_metronome(float *x, long n, const struct song *song) {
    for (long i = 0; i < n; i++) {
        const struct hit h = hit_at("x.x.x.x.x.x.x.x.", song, i);
        const double t = (double)h.since / RATE;
        if (t < 0.003)
            x[i] += (float)(cos(2 * M_PI * 2637 * t) * (h.step ? 0.7 : 1));
    }
}

/* Four chords of three saws that run on, through a low pass of 12 dB an octave; eighths are cut out
 * of it with ramps of 3 ms. */
void machine_pad(float *x, long n, const struct song *song) {
    static const int chords[][3] = {{57, 60, 64}, {53, 57, 60}, {48, 52, 55}, {55, 59, 62}};
    const double k = 1 - exp(-2 * M_PI * 1200 / RATE);
    double turns[3] = {0, 0.3, 0.7}, low = 0, lower = 0;
    for (long i = 0; i < n; i++) {
        const int *chord = chords[(song->from + i) / (BEATS * song->beat) % 4];
        const struct hit h = hit_at("x.x.x.x.x.x.x.x.", song, i);
        double sum = 0;
        for (int v = 0; v < 3; v++) {
            turns[v] = fmod(turns[v] + pitch_hz(chord[v]) / RATE, 1);
            sum += saw(turns[v]);
        }
        low += k * (sum / 3 - low);
        lower += k * (low - lower);
        const double off = ((double)song->beat * 0.3 - (double)h.since) / (0.003 * RATE);
        x[i] += (float)(lower * begins(&h, 3) * fmax(0, fmin(1, off)));
    }
}

/* Sixteenths of a saw through a low pass; each note begins as it did before. */
void machine_arpeggio(float *x, long n, const struct song *song) {
    static const int keys[] = {45, 57, 60, 64, 57, 69, 64, 60, 41, 53, 57, 60, 53, 65, 60, 57};
    const double k = 1 - exp(-2 * M_PI * 3000 / RATE);
    double low = 0;
    for (long i = 0; i < n; i++) {
        const struct hit h = hit_at("xxxxxxxxxxxxxxxx", song, i);
        const double t = (double)h.since / RATE;
        low = h.since ? low : 0;
        low += k * (saw(pitch_hz(keys[h.step]) * t) - low);
        x[i] += (float)(low * exp(-t / 0.08) * begins(&h, 1) * ends(&h, 1));
    }
}

/* The difference of noise: bright. */
static double hat_sample(long i) {
    const double t = (double)i / RATE;
    const double a = sin(12.9898 * (double)i + 4.1) * 43758.5453;
    const double b = sin(12.9898 * (double)(i - 1) + 4.1) * 43758.5453;
    return ((a - floor(a)) - (b - floor(b))) * exp(-t / 0.03);
}

void machine_hats(float *x, long n, const struct song *song) {
    for (long i = 0; i < n; i++) {
        const struct hit h = hit_at("x...x...x...x.x.x...x...x...xxxx", song, i);
        x[i] += (float)(hat_sample(h.since) * ends(&h, 1));
    }
}

void machine_bass(float *x, long n, const struct song *song) {
    static const int keys[] = {31, 0, 0, 31, 0, 0, 33, 0, 34, 0, 0, 35, 0, 0, 32, 0};
    for (long i = 0; i < n; i++) {
        const struct hit h = hit_at("x..x..x.x..x..x.", song, i);
        const double turns = pitch_hz(keys[h.step]) * (double)h.since / RATE;
        x[i] += (float)(sin(2 * M_PI * turns) * begins(&h, 5) * ends(&h, 5));
    }
}

void machine_groove(float *x, long n, const struct song *song) {
    machine_hats(x, n, song);
    for (long i = 0; i < n; i++)
        x[i] *= 0.5F;
    machine_kick(x, n, song);
    machine_arpeggio(x, n, song);
}
