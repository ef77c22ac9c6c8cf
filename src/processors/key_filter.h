/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_PROCESSORS_KEY_FILTER_H
#define TON_PROCESSORS_KEY_FILTER_H

#include "ton/biquad.h"
#include "ton/processor.h"
#include "ton/rt.h"

/* High and low pass (12 dB/octave) of what a detector hears, and the rows that set them. */
enum { KEY_SECTIONS = 4 };

#define KEY_HIGH_PASS_OFF 10.0F
#define KEY_LOW_PASS_OFF 100.0F

#define KEY_FILTER_ROWS KEY_FILTER_ROWS_THAT(NULL)
/* `jumping`: why a move of the filters is heard, or NULL. */
#define KEY_FILTER_ROWS_THAT(jumping)                                                              \
    {.key = "sidechain_high_pass",                                                                 \
     .label = "Side-chain high pass",                                                              \
     .kind = TON_NUMBER,                                                                           \
     .unit = TON_UNIT_HZ,                                                                          \
     .min = KEY_HIGH_PASS_OFF,                                                                     \
     .max = 5000,                                                                                  \
     .def = KEY_HIGH_PASS_OFF,                                                                     \
     .scale = TON_LOGARITHMIC,                                                                     \
     .digits = 0,                                                                                  \
     .flags = TON_ROW_OFF_MIN,                                                                     \
     .jumps = (jumping),                                                                           \
     .help = "What the detector hears is filtered by this, 12 dB/octave; the sound is not."},      \
        {.key = "sidechain_low_pass",                                                              \
         .label = "Side-chain low pass",                                                           \
         .kind = TON_NUMBER,                                                                       \
         .unit = TON_UNIT_HZ,                                                                      \
         .min = KEY_LOW_PASS_OFF,                                                                  \
         .max = 20000,                                                                             \
         .def = KEY_LOW_PASS_OFF,                                                                  \
         .scale = TON_LOGARITHMIC,                                                                 \
         .digits = 0,                                                                              \
         .flags = TON_ROW_OFF_MIN,                                                                 \
         .jumps = (jumping),                                                                       \
         .help = "What the detector hears is filtered by this, 12 dB/octave; the sound is not."},  \
        KEY_ROW
#define KEY_ROW KEY_STRIP_ROW("The strip that the detector listens to; none: the strip itself.")
#define KEY_STRIP_ROW(sentence)                                                                    \
    { .key = "sidechain", .label = "Side-chain", .kind = TON_STRIP, .help = (sentence) }

/* One channel: where its sections are on their way to those of the filter. */
struct key_channel {
    int left; /* frames until they are there */
    struct ton_biquad now[KEY_SECTIONS], middle[KEY_SECTIONS], step[KEY_SECTIONS];
    struct ton_biquad_state memory[KEY_SECTIONS];
};

struct key_filter {
    double rate, part;         /* part: of a move in one of its steps */
    float high_pass, low_pass; /* what the sections stand for */
    struct ton_biquad sections[KEY_SECTIONS];
    struct key_channel channels[TON_MOST_CHANNELS];
};

void key_filter_init(struct key_filter *f, double rate);
/* Silence, and arrived where it was on its way to. */
void key_filter_clear(struct key_filter *f);
TON_RT void key_filter_set(struct key_filter *f, float high_pass, float low_pass);
/* The mean of all channels that are heard: the key's, or the sound's own. */
TON_RT void key_mono(float *out, const struct ton_io *io, int channels, int from, int frames);
/* It is a wire, and stays one until it is set. */
TON_RT bool key_filter_rests(const struct key_filter *f, int channel);
TON_RT void key_filter_run(struct key_filter *f, int channel, float *x, int frames);

#endif
