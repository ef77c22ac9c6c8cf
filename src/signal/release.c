/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A limiter's release: octets that blocks begin or end within. */
#include "ton/release.h"

#include "kernels/kernels.h"

static void set_powers(double powers[TON_OCTET], double kept) {
    powers[0] = kept;
    for (int i = 1; i < TON_OCTET; i++)
        powers[i] = powers[i - 1] * kept;
}

void ton_release_set(struct ton_release *r, double fast, double slow) {
    r->fast = fast;
    r->slow = slow;
    set_powers(r->fast_kept, 1.0 - fast);
    set_powers(r->slow_kept, 1.0 - slow);
}

void ton_release_reset(struct ton_release *r) {
    r->gain = r->average = 1.0;
    r->at = 0;
    for (int i = 0; i < TON_OCTET; i++)
        r->excess[i] = 1.0F;
}

/* Frames of one octet. All eight are worked out, from what its later places hold of the one before,
 * which is heard by nobody; the state moves on when the last has come. */
static int run_some(struct ton_release *r, int64_t *levels, const float *excess, int frames) {
    int64_t all[TON_OCTET];
    const int n = frames < TON_OCTET - r->at ? frames : TON_OCTET - r->at;
    const double gain = r->gain, average = r->average;
    memcpy(r->excess + r->at, excess, sizeof *excess * (size_t)n);
    ton_kernels()->release_octets(all, r, r->excess, 1);
    memcpy(levels, all + r->at, sizeof *levels * (size_t)n);
    r->at = (r->at + n) % TON_OCTET;
    if (r->at > 0)
        r->gain = gain, r->average = average;
    return n;
}

void ton_release_run(struct ton_release *r, int64_t *levels, const float *excess, int frames) {
    int i = r->at > 0 ? run_some(r, levels, excess, frames) : 0;
    const int octets = (frames - i) / TON_OCTET;
    ton_kernels()->release_octets(levels + i, r, excess + i, octets);
    i += octets * TON_OCTET;
    if (i < frames)
        run_some(r, levels + i, excess + i, frames - i);
}
