// SPDX-License-Identifier: GPL-3.0-or-later
// What turns its phase evenly and keeps its level for seconds, under anything.
//
// Windows of a third of a second give at each frequency a complex number. Turned back by the phase
// that this frequency would have gained until then, a steady tone gives one and the same number in
// all windows, and anything else does not. A window counts by how little lies beside the tone in
// it: between two blows of a drum, or two words, it stands alone.

#include "line/steady.h"

enum {
    SIDE_NEAR = 3, // bins beside a tone that tell what else there is
    SIDE_FAR = 5,  // (a Hann window's main lobe ends at 2)
    LEAST_WINDOWS = 6,
};

#define MOST_HZ 4000.0
#define PIECE_SECONDS 5.0
#define LEAST_SPACING 6.0 // Hz; closer tones are one
#define MOST_SPACING 25.0
#define SPACING_STEP 0.05
#define NEIGHBOUR 0.1 // of power: -10 dB
#define SURE 8.0      // evidence
#define SILENCE 1e-15 // power of a bin below which nothing is told apart: -150 dBFS

static double power_of(const float *re, const float *im, int b) {
    return (double)re[b] * (double)re[b] + (double)im[b] * (double)im[b];
}

static void keep_bins(struct line_bin *out, const float *re, const float *im, int n, double scale) {
    for (int b = 0; b < n; b++) {
        double beside = 0.0;
        int counted = 0;
        for (int k = SIDE_NEAR; k <= SIDE_FAR; k++) {
            beside += b - k > 0 ? power_of(re, im, b - k) : 0.0;
            beside += power_of(re, im, b + k);
            counted += 1 + (b - k > 0);
        }
        out[b].re = (float)(scale * (double)re[b]);
        out[b].im = (float)(scale * (double)im[b]);
        out[b].beside = (float)(scale * scale * beside / counted);
    }
}

static enum ton_code fill(struct line_grid *g, struct ton_err *err) {
    struct ton_arena *a = g->s->arena;
    struct ton_fft fft;
    float *memory = TON_NEW_N(a, float, ton_fft_floats(g->n)), *hann = TON_NEW_N(a, float, g->n);
    float *x = TON_NEW_N(a, float, g->n);
    float *re = TON_NEW_N(a, float, g->n / 2), *im = TON_NEW_N(a, float, g->n / 2);
    g->bins = TON_NEW_N(a, struct line_bin, (size_t)g->n_windows * (size_t)g->n_bins);
    if (ton_arena_failed(a))
        return line_no_memory(err);
    const enum ton_code code = ton_fft_open(&fft, memory, g->n, err);
    if (code != TON_OK)
        return code;
    line_hann(hann, g->n);
    for (int w = 0; w < g->n_windows; w++) {
        const float *from = g->s->x + (int64_t)w * (g->n / 2);
        for (int i = 0; i < g->n; i++)
            x[i] = hann[i] * from[i];
        ton_fft_forward(&fft, re, im, x);
        keep_bins(g->bins + (size_t)w * (size_t)g->n_bins, re, im, g->n_bins, 4.0 / g->n);
    }
    ton_fft_close(&fft);
    return TON_OK;
}

enum ton_code line_grid_make(struct line_grid *g, const struct line_sound *s, struct ton_err *err) {
    *g = (struct line_grid){.s = s, .n = line_power_of_two(0.3 * s->rate)};
    g->hop_seconds = g->n / 2 / s->rate;
    g->bin_hz = s->rate / g->n;
    g->n_windows = (int)(s->frames / (g->n / 2)) - 1;
    g->n_bins = (int)ton_least((int64_t)(1.02 * MOST_HZ / g->bin_hz), g->n / 2 - SIDE_FAR - 1);
    return g->n_windows < LEAST_WINDOWS ? TON_OK : fill(g, err);
}

// What a Hann window passes `off` bins beside its middle, 1 in it.
static double hann_at(double off) {
    if (fabs(off) < 1e-6)
        return 1.0;
    return sin(M_PI * off) / (M_PI * off * (1.0 - off * off));
}

// The weighted mean of the windows turned back, as its bin sees it, and how well it explains them.
static struct line_tone bin_at(const struct line_grid *g, struct line_piece p, double hz) {
    const int b = (int)lround(hz / g->bin_hz);
    const double turn = 2.0 * M_PI * fmod(hz * g->hop_seconds, 1.0);
    const double step_re = cos(turn), step_im = -sin(turn);
    double c = 1.0, s = 0.0, weights = 0.0, squared = 0.0, re = 0.0, im = 0.0, squares = 0.0;
    for (int w = p.from; w < p.to; w++) {
        const struct line_bin *z = g->bins + (size_t)w * (size_t)g->n_bins + b;
        const double weight = 1.0 / ((double)z->beside + SILENCE);
        const double x = (double)z->re * c - (double)z->im * s;
        const double y = (double)z->re * s + (double)z->im * c;
        const double next = c * step_re - s * step_im;
        weights += weight;
        squared += weight * weight;
        re += weight * x;
        im += weight * y;
        squares += weight * (x * x + y * y);
        s = c * step_im + s * step_re;
        c = next;
    }
    // An F test with 2 and 2 (n - 1) degrees of freedom, n windows as far as they weigh the same.
    const double n = weights * weights / squared - 1.0;
    const double explained = (re * re + im * im) / weights;
    const double left = fmax(1.0, fmax(0.0, squares - explained) / (p.to - p.from - 1));
    const double evidence = n > 0.0 ? n * log1p(explained / left / n) : 0.0;
    return (struct line_tone){re / weights, im / weights, evidence};
}

struct line_tone line_tone_at(const struct line_grid *g, struct line_piece p, double hz) {
    const struct line_tone t = bin_at(g, p, hz);
    const double bins = hz / g->bin_hz, gain = hann_at(bins - (double)lround(bins));
    return (struct line_tone){t.re / gain, t.im / gain, t.evidence};
}

// The part of the windows in which the harmonic is there with its phase, as far as what lies beside
// it lets us see.
double line_tone_fits(const struct line_grid *g, struct line_piece p, double hz,
                      const struct line_tone *h) {
    const int b = (int)lround(hz / g->bin_hz);
    const double gain = hann_at(hz / g->bin_hz - b);
    const double re = h->re * gain, im = h->im * gain, power = re * re + im * im;
    int n = 0;
    for (int w = p.from; w < p.to; w++) {
        const struct line_bin *z = g->bins + (size_t)w * (size_t)g->n_bins + b;
        const double turn = 2.0 * M_PI * fmod(hz * g->hop_seconds * (w - p.from), 1.0);
        const double x = re * cos(turn) - im * sin(turn) - (double)z->re;
        const double y = re * sin(turn) + im * cos(turn) - (double)z->im;
        n += x * x + y * y <= 0.25 * power + 9.0 * (double)z->beside;
    }
    return (double)n / (p.to - p.from);
}

static double score(const struct line_grid *g, struct line_piece p, double hz, int harmonics) {
    double sum = 0.0;
    for (int k = 1; k <= harmonics && k * hz < LINE_HIGHEST_PART * g->s->rate; k++)
        sum += bin_at(g, p, k * hz).evidence;
    return sum;
}

static bool stands_beside(const struct line_grid *g, struct line_piece p, double hz, double power) {
    const struct line_tone t = line_tone_at(g, p, hz);
    return t.evidence > SURE && t.re * t.re + t.im * t.im > NEIGHBOUR * power;
}

bool line_tone_in_row(const struct line_grid *g, struct line_piece p, double hz,
                      const struct line_tone *h) {
    const double power = h->re * h->re + h->im * h->im;
    for (double d = LEAST_SPACING; d <= MOST_SPACING; d += SPACING_STEP)
        if (stands_beside(g, p, hz - d, power) && stands_beside(g, p, hz + d, power))
            return true;
    return false;
}

// The best frequency about `middle`, in steps that turn the highest harmonic by a quarter.
double line_tones_best(const struct line_grid *g, struct line_piece p, double middle, double off,
                       int harmonics, double *best) {
    const double seconds = (p.to - p.from) * g->hop_seconds;
    const double step = 0.25 / (seconds * harmonics);
    double hz = middle;
    *best = -1.0;
    for (double f = middle - off; f <= middle + off; f += step) {
        const double is = score(g, p, f, harmonics);
        if (is > *best) {
            *best = is;
            hz = f;
        }
    }
    return hz;
}

int line_grid_pieces(const struct line_grid *g) {
    const int pieces = (int)ceil(g->n_windows * g->hop_seconds / PIECE_SECONDS - 0.2);
    return g->n_windows < LEAST_WINDOWS ? 0 : pieces < 1 ? 1 : pieces;
}

struct line_piece line_grid_piece(const struct line_grid *g, int i) {
    const int n = line_grid_pieces(g);
    return (struct line_piece){g->n_windows * i / n, g->n_windows * (i + 1) / n};
}
