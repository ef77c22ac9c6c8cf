/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A real transform from FFTW's complex one of half the length: even samples are its real parts, odd
 * ones its imaginary parts, and the spectra of both come apart by symmetry (H. V. Sorensen et al.,
 * IEEE Trans. ASSP 35, 1987). Real and imaginary parts stand in arrays of their own, so that what
 * works on spectra vectorises. */
#include "ton/fft.h"

#include "ton/thread.h"

#include <fftw3.h>

static pthread_mutex_t planner = PTHREAD_MUTEX_INITIALIZER; /* FFTW's is for one thread */

static void make_turns(struct ton_fft *f) {
    for (int k = 0; k < f->n / 2; k++) {
        f->turn_re[k] = (float)cos(2.0 * M_PI * k / f->n);
        f->turn_im[k] = (float)sin(2.0 * M_PI * k / f->n);
    }
}

enum ton_code ton_fft_open(struct ton_fft *f, float *memory, int n, struct ton_err *err) {
    const int half = n / 2;
    *f = (struct ton_fft){.n = n, .turn_re = memory, .turn_im = memory + half, .work = memory + n};
    make_turns(f);
    /* Plans look at where arrays stand, not at what is in them; ours are all aligned like these. */
    fftwf_complex *const a = (fftwf_complex *)memory, *const b = (fftwf_complex *)f->work;
    pthread_mutex_lock(&planner);
    f->forward = fftwf_plan_dft_1d(half, a, b, FFTW_FORWARD, FFTW_ESTIMATE);
    f->backward = fftwf_plan_dft_1d(half, b, a, FFTW_BACKWARD, FFTW_ESTIMATE);
    pthread_mutex_unlock(&planner);
    if (f->forward && f->backward)
        return TON_OK;
    ton_fft_close(f);
    return ton_fail(err, TON_MEMORY, NULL, "no memory for a transform of %d samples", n);
}

void ton_fft_close(struct ton_fft *f) {
    pthread_mutex_lock(&planner);
    if (f->forward)
        fftwf_destroy_plan(f->forward);
    if (f->backward)
        fftwf_destroy_plan(f->backward);
    pthread_mutex_unlock(&planner);
    f->forward = f->backward = NULL;
}

/* Bins k and half - k at once, in place: E is the spectrum of the even samples, O of the odd ones;
 * X[k] = E + turn O, X[half - k] = conj(E - turn O). `low` is bin 0, `high` bin half / 2. */
static void part(float *restrict low_re, float *restrict low_im, float *restrict high_re,
                 float *restrict high_im, const float *restrict turn_re,
                 const float *restrict turn_im, int quarter) {
    for (int k = 1; k < quarter; k++) {
        const float ar = low_re[k], ai = low_im[k];
        const float br = high_re[quarter - k], bi = high_im[quarter - k];
        const float even_re = 0.5F * (ar + br), even_im = 0.5F * (ai - bi);
        const float odd_re = 0.5F * (ai + bi), odd_im = 0.5F * (br - ar);
        const float re = turn_re[k] * odd_re + turn_im[k] * odd_im;
        const float im = turn_re[k] * odd_im - turn_im[k] * odd_re;
        low_re[k] = even_re + re;
        low_im[k] = even_im + im;
        high_re[quarter - k] = even_re - re;
        high_im[quarter - k] = im - even_im;
    }
}

void ton_fft_forward(const struct ton_fft *f, float *re, float *im, const float *x) {
    const int half = f->n / 2, quarter = half / 2;
    float *const z = f->work;
    /* Out of place FFTW leaves its input as it is, whatever its type says. */
    fftwf_execute_dft(f->forward, (fftwf_complex *)x, (fftwf_complex *)z);
    for (int k = 0; k < half; k++) {
        re[k] = z[2 * k];
        im[k] = z[2 * k + 1];
    }
    part(re, im, re + quarter, im + quarter, f->turn_re, f->turn_im, quarter);
    im[quarter] = -im[quarter];
    const float even = re[0], odd = im[0];
    re[0] = even + odd;
    im[0] = even - odd;
}

static void join(float *restrict z, const float *restrict re, const float *restrict im,
                 const float *restrict turn_re, const float *restrict turn_im, int half) {
    z[0] = re[0] + im[0];
    z[1] = re[0] - im[0];
    for (int k = 1; k < half; k++) {
        const float even_re = re[k] + re[half - k], even_im = im[k] - im[half - k];
        const float difference_re = re[k] - re[half - k], difference_im = im[k] + im[half - k];
        const float odd_re = turn_re[k] * difference_re - turn_im[k] * difference_im;
        const float odd_im = turn_re[k] * difference_im + turn_im[k] * difference_re;
        z[2 * k] = even_re - odd_im;
        z[2 * k + 1] = even_im + odd_re;
    }
}

void ton_fft_inverse(const struct ton_fft *f, float *x, const float *re, const float *im) {
    join(f->work, re, im, f->turn_re, f->turn_im, f->n / 2);
    fftwf_execute_dft(f->backward, (fftwf_complex *)f->work, (fftwf_complex *)x);
}
