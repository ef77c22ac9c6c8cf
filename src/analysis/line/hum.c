// SPDX-License-Identifier: GPL-3.0-or-later
// Hum under anything: it alone turns its phase evenly and keeps its level for seconds.
//
// Windows of a third of a second give at each multiple of a mains frequency a complex number.
// Turned back by the phase that this frequency would have gained until then, hum gives one and the
// same number in all windows, and anything else does not. A window counts by how little lies beside
// the harmonic in it: between two blows of a drum, or two words, hum stands alone. The mains
// frequency is where all harmonics together agree best; it wanders, so pieces of at most 5 s are
// looked at one by one.

#include "line/parts.h"

enum {
    MOST_HARMONICS = 80,
    SCORED = 12,   // harmonics that find the frequency
    SIDE_NEAR = 3, // bins beside a harmonic that tell what else there is
    SIDE_FAR = 5,  // (a Hann window's main lobe ends at 2)
    LEAST_WINDOWS = 6,
};

#define MOST_HZ 4000.0
#define HIGHEST_PART 0.45 // of the rate
#define PIECE_SECONDS 5.0
#define MOST_OFF 0.0049     // of the nominal frequency
#define SEARCHED 0.01       // as far: a note at the edge has its peak outside
#define LONE 20.0           // evidence of a first or second harmonic that needs no others
#define TOGETHER 24.0       // of two or three of the first three
#define STANDS_OUT 8.0      // of one that counts
#define FITTING 0.9         // part of the windows that must agree
#define LEAST_DBFS (-100.0) // less is the rounding of 16 bits
#define SILENCE 1e-15       // power of a bin below which nothing is told apart: -150 dBFS

struct bin {
    float re, im, beside;
};

struct grid {
    const struct line_sound *s;
    struct bin *bins; // [window][bin]
    int n, n_bins, n_windows;
    double hop_seconds, bin_hz;
};

// What one harmonic is, if all windows hold the same.
struct harmonic {
    double re, im;   // amplitude, of a peak
    double evidence; // minus the logarithm of the probability that chance gives this
};

struct piece {
    int from, to; // windows
};

static double power_of(const float *re, const float *im, int b) {
    return (double)re[b] * (double)re[b] + (double)im[b] * (double)im[b];
}

static void keep_bins(struct bin *out, const float *re, const float *im, int n, double scale) {
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

static enum ton_code fill(struct grid *g, struct ton_err *err) {
    struct ton_arena *a = g->s->arena;
    struct ton_fft fft;
    float *memory = TON_NEW_N(a, float, ton_fft_floats(g->n)), *hann = TON_NEW_N(a, float, g->n);
    float *x = TON_NEW_N(a, float, g->n);
    float *re = TON_NEW_N(a, float, g->n / 2), *im = TON_NEW_N(a, float, g->n / 2);
    g->bins = TON_NEW_N(a, struct bin, (size_t)g->n_windows * (size_t)g->n_bins);
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

// What a Hann window passes `off` bins beside its middle, 1 in it.
static double hann_at(double off) {
    if (fabs(off) < 1e-6)
        return 1.0;
    return sin(M_PI * off) / (M_PI * off * (1.0 - off * off));
}

// The weighted mean of the windows turned back, and how well it explains them.
static struct harmonic harmonic_at(const struct grid *g, struct piece p, double hz) {
    const int b = (int)lround(hz / g->bin_hz);
    const double gain = hann_at(hz / g->bin_hz - b);
    const double turn = 2.0 * M_PI * fmod(hz * g->hop_seconds, 1.0);
    const double step_re = cos(turn), step_im = -sin(turn);
    double c = 1.0, s = 0.0, weights = 0.0, squared = 0.0, re = 0.0, im = 0.0, squares = 0.0;
    for (int w = p.from; w < p.to; w++) {
        const struct bin *z = g->bins + (size_t)w * (size_t)g->n_bins + b;
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
    return (struct harmonic){re / weights / gain, im / weights / gain, evidence};
}

// The part of the windows in which the harmonic is there with its phase, as far as what lies beside
// it lets us see.
static double fitting(const struct grid *g, struct piece p, double hz, const struct harmonic *h) {
    const int b = (int)lround(hz / g->bin_hz);
    const double gain = hann_at(hz / g->bin_hz - b);
    const double re = h->re * gain, im = h->im * gain, power = re * re + im * im;
    int n = 0;
    for (int w = p.from; w < p.to; w++) {
        const struct bin *z = g->bins + (size_t)w * (size_t)g->n_bins + b;
        const double turn = 2.0 * M_PI * fmod(hz * g->hop_seconds * (w - p.from), 1.0);
        const double x = re * cos(turn) - im * sin(turn) - (double)z->re;
        const double y = re * sin(turn) + im * cos(turn) - (double)z->im;
        n += x * x + y * y <= 0.25 * power + 9.0 * (double)z->beside;
    }
    return (double)n / (p.to - p.from);
}

static double score(const struct grid *g, struct piece p, double hz, int harmonics) {
    double sum = 0.0;
    for (int k = 1; k <= harmonics && k * hz < HIGHEST_PART * g->s->rate; k++)
        sum += harmonic_at(g, p, k * hz).evidence;
    return sum;
}

// The best frequency about `middle`, in steps that turn the highest harmonic by a quarter.
static double best_about(const struct grid *g, struct piece p, double middle, double off,
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

static double find_frequency(const struct grid *g, struct piece p, double mains_hz) {
    double best = 0.0, found = 0.0;
    for (int i = 0; i < 2; i++) {
        const double nominal = i ? 60.0 : 50.0;
        double coarse, fine;
        if (mains_hz != 0.0 && mains_hz != nominal)
            continue;
        double hz = best_about(g, p, nominal, nominal * SEARCHED, 4, &coarse);
        hz = best_about(g, p, hz, 0.5 / ((p.to - p.from) * g->hop_seconds), SCORED, &fine);
        hz = best_about(g, p, hz, 0.05 / ((p.to - p.from) * g->hop_seconds), 4 * SCORED, &coarse);
        if (fine > best && fabs(hz - nominal) <= MOST_OFF * nominal) {
            best = fine;
            found = hz;
        }
    }
    return found;
}

struct found {
    int pieces;
    double hz;
    double power[MOST_HARMONICS]; // sums over the pieces
    int times[MOST_HARMONICS];
};

// The powers of the harmonics that stand out and stay; whether together they are hum: one of the
// first two beyond doubt, or several of the first three.
static bool stand_out(double power[MOST_HARMONICS], const struct grid *g, struct piece p,
                      double hz) {
    double low = 0.0;
    int n_low = 0;
    bool lone = false;
    for (int k = 0; k < MOST_HARMONICS; k++) {
        const double at = hz * (k + 1);
        if (at > MOST_HZ || at > HIGHEST_PART * g->s->rate)
            break;
        const struct harmonic h = harmonic_at(g, p, at);
        if (h.evidence < STANDS_OUT || fitting(g, p, at, &h) < FITTING)
            continue;
        power[k] = 0.5 * (h.re * h.re + h.im * h.im);
        lone = lone || (k < 2 && h.evidence > LONE);
        low += k < 3 ? h.evidence : 0.0;
        n_low += k < 3;
    }
    return lone || (n_low > 1 && low > TOGETHER);
}

static void look_at(struct found *out, const struct grid *g, struct piece p, double mains_hz) {
    const double hz = find_frequency(g, p, mains_hz);
    double power[MOST_HARMONICS] = {0};
    if (hz == 0.0 || !stand_out(power, g, p, hz))
        return;
    for (int k = 0; k < MOST_HARMONICS; k++) {
        out->power[k] += power[k];
        out->times[k] += power[k] > 0.0;
    }
    out->hz += hz;
    out->pieces++;
}

static void summarise(struct ton_line_hum *out, const struct found *f) {
    double total = 0.0;
    out->hz = f->hz / f->pieces;
    out->n_harmonics = 0;
    for (int k = 0; k < MOST_HARMONICS; k++) {
        const bool there = 2 * f->times[k] > f->pieces;
        const double power = there ? f->power[k] / f->times[k] : 0.0;
        if (k < TON_LINE_HARMONICS)
            out->harmonic_dbfs[k] = there ? line_power_db(power) : NAN;
        out->n_harmonics += there;
        out->highest_hz = there ? out->hz * (k + 1) : out->highest_hz;
        total += power;
    }
    out->fundamental_dbfs = out->harmonic_dbfs[0];
    out->total_dbfs = line_power_db(total);
    out->cause = line_hum_cause(out);
}

static void nothing(struct ton_line_hum *out) {
    *out = (struct ton_line_hum){
        .hz = NAN, .fundamental_dbfs = NAN, .total_dbfs = NAN, .highest_hz = NAN};
    for (int k = 0; k < TON_LINE_HARMONICS; k++)
        out->harmonic_dbfs[k] = NAN;
}

enum ton_code line_hum_find(struct ton_line_hum *out, const struct line_sound *s, double mains_hz,
                            struct ton_err *err) {
    struct grid g = {.s = s, .n = line_power_of_two(0.3 * s->rate)};
    struct found f = {0};
    nothing(out);
    g.hop_seconds = g.n / 2 / s->rate;
    g.bin_hz = s->rate / g.n;
    g.n_windows = (int)(s->frames / (g.n / 2)) - 1;
    g.n_bins = (int)ton_least((int64_t)(1.02 * MOST_HZ / g.bin_hz), g.n / 2 - SIDE_FAR - 1);
    if (g.n_windows < LEAST_WINDOWS)
        return TON_OK;
    const enum ton_code code = fill(&g, err);
    if (code != TON_OK)
        return code;
    const int pieces = (int)ceil(g.n_windows * g.hop_seconds / PIECE_SECONDS - 0.2);
    const int n = pieces < 1 ? 1 : pieces;
    for (int i = 0; i < n; i++) {
        const struct piece p = {g.n_windows * i / n, g.n_windows * (i + 1) / n};
        look_at(&f, &g, p, mains_hz);
    }
    if (f.pieces > 0 && 2 * f.pieces >= n)
        summarise(out, &f);
    if (out->total_dbfs < LEAST_DBFS)
        nothing(out);
    return TON_OK;
}
