// SPDX-License-Identifier: GPL-3.0-or-later
// From the equaliser's settings to digital sections, each in a slot of its own.
#include "eq_design.h"

#include <math.h>
#include <string.h>

static const int orders[] = {1, 2, 3, 4, 6, 8};

static bool has_gain(enum eq_type type) {
    return type != EQ_NOTCH && type != EQ_BAND_PASS;
}

bool ton_eq_band_is_neutral(const struct eq_band *b) {
    return b->on < 0.5F || (b->gain == 0.0F && has_gain((enum eq_type)ton_eq_index(b->type)));
}

static struct ton_analogue prototype(const struct eq_band *b) {
    const double hz = (double)b->frequency, gain = (double)b->gain, q = (double)b->q;
    switch ((enum eq_type)ton_eq_index(b->type)) {
    case EQ_LOW_SHELF:
        return ton_analogue_low_shelf(hz, gain, q);
    case EQ_HIGH_SHELF:
        return ton_analogue_high_shelf(hz, gain, q);
    case EQ_TILT:
        return ton_analogue_tilt(hz, gain);
    case EQ_NOTCH:
        return ton_analogue_notch(hz, q);
    case EQ_BAND_PASS:
        return ton_analogue_band_pass(hz, q);
    case EQ_BELL:
    default:
        return ton_analogue_bell(hz, gain, q);
    }
}

static void design_pass(struct eq_design *d, bool high, const struct eq_params *p, double rate) {
    const int slot = high ? EQ_HIGH_PASS : EQ_LOW_PASS;
    const double hz = (double)(high ? p->high_pass : p->low_pass);
    const int order = orders[ton_eq_index(high ? p->high_pass_slope : p->low_pass_slope)];
    for (int i = 0; i < EQ_PASS_SLOTS; i++)
        d->lanes[slot + i] = 0;
    if (hz <= (double)EQ_OFF_HZ)
        return;
    struct ton_analogue a[4];
    const int n = high ? ton_analogue_high_pass(a, hz, order) : ton_analogue_low_pass(a, hz, order);
    for (int i = 0; i < n; i++) {
        ton_biquad_match(&d->section[slot + 2 * i], &a[i], rate);
        d->lanes[slot + 2 * i] = d->lanes[slot + 2 * i + 1] = 3;
    }
}

// Which lanes a band works on, between left and right or between mid and side.
static unsigned lanes_of(enum eq_channel c, int n_channels, bool mid_side) {
    if (c == EQ_STEREO || (c == EQ_MID && n_channels == 1))
        return mid_side ? 0 : 3;
    if (n_channels != 2 || mid_side != (c == EQ_MID || c == EQ_SIDE))
        return 0;
    return c == EQ_MID || c == EQ_LEFT ? 1 : 2;
}

static void design_band(struct eq_design *d, int i, const struct eq_params *p, int n_channels,
                        double rate) {
    const struct eq_band *b = &p->band[i];
    const bool heard = i < ton_eq_index(p->bands) && !ton_eq_band_is_neutral(b);
    struct ton_biquad pair[EQ_PER_BAND] = {TON_BIQUAD_THROUGH, TON_BIQUAD_THROUGH};
    if (heard) {
        const struct ton_analogue a = prototype(b);
        ton_biquad_match(pair, &a, rate);
    }
    for (int k = 0; k < EQ_PER_BAND; k++) {
        const int slot = i * EQ_PER_BAND + k;
        const enum eq_channel c = (enum eq_channel)ton_eq_index(b->channel);
        d->section[EQ_LEFT_RIGHT + slot] = d->section[EQ_MID_SIDE + slot] = pair[k];
        d->lanes[EQ_LEFT_RIGHT + slot] = heard ? lanes_of(c, n_channels, false) : 0;
        d->lanes[EQ_MID_SIDE + slot] = heard ? lanes_of(c, n_channels, true) : 0;
    }
}

static double pole_radius(const struct ton_biquad *b) {
    const double d = 0.25 * b->a1 * b->a1 - b->a2;
    return d < 0.0 ? sqrt(b->a2) : 0.5 * fabs(b->a1) + sqrt(d);
}

double ton_eq_ringing(const struct ton_biquad *b) {
    const double radius = pole_radius(b);
    return radius > 0.0 ? ceil(log(1e-8) / log(radius)) + 2.0 : 2.0;
}

static uint64_t slots(int from, int n) {
    return ((UINT64_C(1) << n) - 1) << from;
}

uint64_t ton_eq_design(struct eq_design *d, const struct eq_params *p, const struct eq_params *old,
                       int n_channels, double rate) {
    uint64_t designed = 0;
    _Static_assert(EQ_N_SLOTS < 64, "a bit by slot");
    if (!old || p->high_pass != old->high_pass || p->high_pass_slope != old->high_pass_slope) {
        design_pass(d, true, p, rate);
        designed |= slots(EQ_HIGH_PASS, EQ_PASS_SLOTS);
    }
    if (!old || p->low_pass != old->low_pass || p->low_pass_slope != old->low_pass_slope) {
        design_pass(d, false, p, rate);
        designed |= slots(EQ_LOW_PASS, EQ_PASS_SLOTS);
    }
    for (int i = 0; i < EQ_MAX_BANDS; i++)
        if (!old || p->bands != old->bands ||
            memcmp(&p->band[i], &old->band[i], sizeof p->band[i]) != 0) {
            design_band(d, i, p, n_channels, rate);
            designed |= slots(EQ_LEFT_RIGHT + i * EQ_PER_BAND, EQ_PER_BAND);
            designed |= slots(EQ_MID_SIDE + i * EQ_PER_BAND, EQ_PER_BAND);
        }
    return designed;
}
