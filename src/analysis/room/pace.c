/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether the recording holds the sweep that it is divided by, or one that rises at another pace:
 * of another length, of other limits, or recorded at another rate.
 *
 * A sweep that is longer by the part p reaches f later by p * growth * ln(f / f0). What is heard of
 * it is the room's response, smeared into a chirp of this delay. The opposite phase takes the smear
 * away, and only that of the pace that was played makes pulses of direct sound and reflections
 * again: a bank of matched filters, one a pace, of which the sharpest answer counts. What
 * loudspeakers delay on their own has not this form, and is small over the octaves that are looked
 * at; reverberation and noise are as sharp at every pace. */
#include "hear.h"

#include <math.h>
#include <string.h>

static const double FROM_HZ = 500.0, OCTAVES = 5.0;
static const double MOST_LONGER = 0.1; /* 48 kHz told as 44.1 kHz are 0.088 */
/* What is less is not told from a clock, which is at most 0.001 off, or a loudspeaker: by so many
 * periods of the lowest frequency what is e times as high may come later or earlier. A crossover of
 * the fourth order is an all-pass of 0.45 at its own frequency. */
static const double LEAST_LONGER = 0.0025, LEAST_PERIODS = 2.0;
static const double OURS_PART = 0.5;    /* of it, up to which a pace is that of our sweep */
static const double STEP_PERIODS = 0.2; /* from pace to pace: three octaves turn by half a rad */
static const double MARGIN_S = 0.05;

/* The response's spectrum from from_hz to to_hz, turned by one pace after the other. A pace is the
 * delay in s of what is e times as high. */
struct bank {
    double from_hz, to_hz, bin_hz, step;
    int first, n;               /* bins of the whole */
    struct spectrum whole;      /* [0]; in [1] the turn of each bin from pace to pace */
    struct spectrum real, imag; /* of what is looked at, moved down to bin 1 */
};

static void bank_close(struct bank *b) {
    spectrum_close(&b->whole);
    spectrum_close(&b->real);
    spectrum_close(&b->imag);
}

static void clear(struct spectrum *s) {
    memset(s->re[0], 0, sizeof(float) * (size_t)s->n / 2);
    memset(s->im[0], 0, sizeof(float) * (size_t)s->n / 2);
}

/* Of what is within `reach` of the loudest delay. */
static enum ton_code bank_open(struct bank *b, const struct hearing *h, int64_t loud, int reach,
                               struct ton_err *err) {
    struct spectrum *const s = &b->whole;
    enum ton_code code = spectrum_open(s, 2 * (int64_t)reach, err);
    if (code)
        return code;
    hear_copy(s->x, h, loud - reach, 2 * reach);
    memset(s->x + 2 * reach, 0, sizeof(float) * (size_t)(s->n - 2 * reach));
    ton_fft_forward(&s->fft, s->re[0], s->im[0], s->x);
    b->bin_hz = (double)h->sweep->rate / s->n;
    b->first = (int)ceil(b->from_hz / b->bin_hz);
    b->n = (int)(b->to_hz / b->bin_hz) - b->first + 1;
    code = spectrum_open(&b->real, 2 * ((int64_t)b->n + 1), err);
    code = code ? code : spectrum_open(&b->imag, b->real.n, err);
    if (code)
        return code;
    clear(&b->real);
    clear(&b->imag);
    return TON_OK;
}

/* Radians that take a pace's delay away: its integral over frequency. */
static double phase(const struct bank *b, int bin, double pace) {
    const double hz = bin * b->bin_hz, middle = sqrt(b->from_hz * b->to_hz);
    return 2.0 * M_PI * pace * hz * (log(hz / middle) - 1.0);
}

static void begin(struct bank *b, double pace) {
    struct spectrum *const s = &b->whole;
    for (int k = b->first; k < b->first + b->n; k++) {
        const double at = phase(b, k, pace), by = phase(b, k, b->step);
        const double re = s->re[0][k], im = s->im[0][k];
        s->re[0][k] = (float)(re * cos(at) - im * sin(at));
        s->im[0][k] = (float)(re * sin(at) + im * cos(at));
        s->re[1][k] = (float)cos(by);
        s->im[1][k] = (float)sin(by);
    }
}

static void advance(struct bank *b) {
    struct spectrum *const s = &b->whole;
    for (int k = b->first; k < b->first + b->n; k++) {
        const float re = s->re[0][k], im = s->im[0][k];
        s->re[0][k] = re * s->re[1][k] - im * s->im[1][k];
        s->im[0][k] = re * s->im[1][k] + im * s->re[1][k];
    }
}

/* Sum of the envelope to the fourth power: of the same energy it is the larger, the sharper the
 * pulses are, all reflections among them. */
static double sharpness(struct bank *b) {
    const float *const re = b->whole.re[0] + b->first, *const im = b->whole.im[0] + b->first;
    struct spectrum *const x = &b->real, *const y = &b->imag;
    double sum = 0.0;
    for (int i = 0; i < b->n; i++) {
        x->re[0][i + 1] = y->im[0][i + 1] = re[i];
        x->im[0][i + 1] = im[i];
        y->re[0][i + 1] = -im[i];
    }
    ton_fft_inverse(&x->fft, x->x, x->re[0], x->im[0]);
    ton_fft_inverse(&y->fft, y->x, y->re[0], y->im[0]);
    for (int i = 0; i < x->n; i++) {
        const double square = x->x[i] * x->x[i] + y->x[i] * y->x[i];
        sum += square * square;
    }
    return sum;
}

/* The sharpest pace of those from `least` on when it is so much sharper than ours, else 0. */
static double find_pace(struct bank *b, double least, double most, double sharper_db) {
    const int reach = (int)ceil(most / b->step);
    double ours = 0.0, other = 0.0, pace = 0.0;
    begin(b, -reach * b->step);
    for (int i = -reach; i <= reach; i++, advance(b)) {
        const double sharp = sharpness(b), off = fabs(i * b->step);
        if (off <= OURS_PART * least) {
            ours = fmax(ours, sharp);
        } else if (off >= least && sharp > other) {
            other = sharp;
            pace = i * b->step;
        }
    }
    return other > pow(10.0, sharper_db / 10.0) * ours ? pace : 0.0;
}

enum ton_code hear_pace(double *longer, const struct hearing *h, int64_t loud, double sharper_db,
                        struct ton_err *err) {
    const double rate = h->sweep->rate, growth_s = h->shape.growth / rate;
    struct bank b = {0};
    b.from_hz = fmax(h->sweep->from_hz, fmin(FROM_HZ, h->sweep->to_hz * exp2(-OCTAVES)));
    b.to_hz = fmin(h->sweep->to_hz, b.from_hz * exp2(OCTAVES));
    b.step = STEP_PERIODS / b.from_hz;
    const double wide = log(b.to_hz / b.from_hz), most = MOST_LONGER * growth_s;
    const double least = fmax(LEAST_LONGER * growth_s, LEAST_PERIODS / b.from_hz / wide);
    const enum ton_code code = bank_open(&b, h, loud, (int)((most * wide + MARGIN_S) * rate), err);
    *longer = code || least > most ? 0.0 : find_pace(&b, least, most, sharper_db) / growth_s;
    bank_close(&b);
    return code;
}
