/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_PROCESSORS_EQ_DESIGN_H
#define TON_PROCESSORS_EQ_DESIGN_H

#include "ton/biquad.h"

#include <stdint.h>

/* From the equaliser's parameters to digital sections. Each setting has slots of its own. */
enum { EQ_MAX_BANDS = 8, EQ_PASS_SLOTS = 8, EQ_PER_BAND = 2 };
enum {
    EQ_HIGH_PASS = 0,
    EQ_LOW_PASS = EQ_HIGH_PASS + EQ_PASS_SLOTS,
    EQ_LEFT_RIGHT = EQ_LOW_PASS + EQ_PASS_SLOTS,
    EQ_MID_SIDE = EQ_LEFT_RIGHT + EQ_MAX_BANDS * EQ_PER_BAND,
    EQ_N_SLOTS = EQ_MID_SIDE + EQ_MAX_BANDS * EQ_PER_BAND,
};
/* A pass filter at this frequency is off. */
#define EQ_OFF_HZ 10.0F

enum eq_type { EQ_BELL, EQ_LOW_SHELF, EQ_HIGH_SHELF, EQ_TILT, EQ_NOTCH, EQ_BAND_PASS };
enum eq_phase { EQ_MINIMUM, EQ_LINEAR };
enum eq_channel { EQ_STEREO, EQ_MID, EQ_SIDE, EQ_LEFT, EQ_RIGHT };

struct eq_band {
    float type, frequency, gain, q, channel, on;
};

struct eq_params {
    float high_pass, high_pass_slope, low_pass, low_pass_slope;
    float bands;
    struct eq_band band[EQ_MAX_BANDS];
    float gain, phase;
};

/* What every slot shall be: a section and the lanes that it works on (bit 0: left or mid, bit 1:
 * right or side; 0: the slot is not used). */
struct eq_design {
    struct ton_biquad section[EQ_N_SLOTS];
    unsigned lanes[EQ_N_SLOTS];
};

/* Designs the slots of what differs from `old` (NULL: everything) and says which these are: bit by
 * slot. */
uint64_t ton_eq_design(struct eq_design *d, const struct eq_params *p, const struct eq_params *old,
                       int n_channels, double rate);

/* True when the band leaves the signal as it is. */
bool ton_eq_band_is_neutral(const struct eq_band *b);

/* Frames until what rings in a section has fallen by 160 dB. */
double ton_eq_ringing(const struct ton_biquad *b);

/* The index that a choice or a count has as a float. */
static inline int ton_eq_index(float value) {
    return (int)(value + 0.5F);
}

#endif
