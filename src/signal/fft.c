/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A real transform from FFTW's complex one of half the length: even samples are its real parts, odd
 * ones its imaginary parts, and the spectra of both come apart by symmetry (H. V. Sorensen et al.,
 * IEEE Trans. ASSP 35, 1987). Real and imaginary parts stand in arrays of their own, so that what
 * works on spectra vectorises. */
#define TARGET
#define LANES 4
#include "fft_loops.h"

#include "ton/isa.h"
#include "ton/thread.h"

#include <fftw3.h>

static pthread_mutex_t planner = PTHREAD_MUTEX_INITIALIZER; /* FFTW's is for one thread */

const struct ton_fft_passes ton_fft_plain = {part, join};

static const struct ton_fft_passes *passes(void) {
#if defined(__x86_64__)
    static const struct ton_fft_passes *const table[TON_N_ISAS] = {&ton_fft_plain, &ton_fft_avx2,
                                                                   &ton_fft_avx2};
    return table[ton_isa()];
#else
    return &ton_fft_plain;
#endif
}

static void make_turns(struct ton_fft *f) {
    for (int k = 0; k < f->n / 2; k++) {
        f->turn_re[k] = (float)cos(2.0 * M_PI * k / f->n);
        f->turn_im[k] = (float)sin(2.0 * M_PI * k / f->n);
    }
}

enum ton_code ton_fft_open(struct ton_fft *f, float *memory, int n, struct ton_err *err) {
    const int half = n / 2;
    *f = (struct ton_fft){.n = n,
                          .passes = passes(),
                          .turn_re = memory,
                          .turn_im = memory + half,
                          .work = memory + n};
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

void ton_fft_forward(const struct ton_fft *f, float *re, float *im, const float *x) {
    const int half = f->n / 2, middle = half / 2;
    const float *const z = f->work;
    /* Out of place FFTW leaves its input as it is, whatever its type says. */
    fftwf_execute_dft(f->forward, (fftwf_complex *)x, (fftwf_complex *)f->work);
    f->passes->part(re, im, z, f->turn_re, f->turn_im, half);
    re[0] = z[0] + z[1];
    im[0] = z[0] - z[1];
    re[middle] = z[half];
    im[middle] = -z[half + 1];
}

void ton_fft_inverse(const struct ton_fft *f, float *x, const float *re, const float *im) {
    const int half = f->n / 2, middle = half / 2;
    float *const z = f->work;
    f->passes->join(z, re, im, f->turn_re, f->turn_im, half);
    z[0] = re[0] + im[0];
    z[1] = re[0] - im[0];
    z[half] = 2 * re[middle];
    z[half + 1] = -2 * im[middle];
    fftwf_execute_dft(f->backward, (fftwf_complex *)z, (fftwf_complex *)x);
}
