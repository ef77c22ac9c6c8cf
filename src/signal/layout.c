/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which speaker each channel of a file feeds when the file does not say so itself. */
#include "ton/layout.h"

static const struct usual {
    const char *name;
    int channels;
    enum ton_speaker speakers[12];
} usual_layouts[] = {
    {"mono", 1, {TON_MONO}},
    {"stereo", 2, {TON_LEFT, TON_RIGHT}},
    {"3.0", 3, {TON_LEFT, TON_RIGHT, TON_CENTRE}},
    {"4.0", 4, {TON_LEFT, TON_RIGHT, TON_LEFT_SURROUND, TON_RIGHT_SURROUND}},
    {"5.0", 5, {TON_LEFT, TON_RIGHT, TON_CENTRE, TON_LEFT_SURROUND, TON_RIGHT_SURROUND}},
    {"5.1", 6, {TON_LEFT, TON_RIGHT, TON_CENTRE, TON_LFE, TON_LEFT_SURROUND, TON_RIGHT_SURROUND}},
    {"6.1",
     7,
     {TON_LEFT, TON_RIGHT, TON_CENTRE, TON_LFE, TON_CENTRE_BACK, TON_LEFT_SURROUND,
      TON_RIGHT_SURROUND}},
    {"7.1",
     8,
     {TON_LEFT, TON_RIGHT, TON_CENTRE, TON_LFE, TON_LEFT_BACK, TON_RIGHT_BACK, TON_LEFT_SIDE,
      TON_RIGHT_SIDE}},
    {"5.1.4",
     10,
     {TON_LEFT, TON_RIGHT, TON_CENTRE, TON_LFE, TON_LEFT_SURROUND, TON_RIGHT_SURROUND,
      TON_TOP_FRONT_LEFT, TON_TOP_FRONT_RIGHT, TON_TOP_BACK_LEFT, TON_TOP_BACK_RIGHT}},
    {"7.1.4",
     12,
     {TON_LEFT, TON_RIGHT, TON_CENTRE, TON_LFE, TON_LEFT_BACK, TON_RIGHT_BACK, TON_LEFT_SIDE,
      TON_RIGHT_SIDE, TON_TOP_FRONT_LEFT, TON_TOP_FRONT_RIGHT, TON_TOP_BACK_LEFT,
      TON_TOP_BACK_RIGHT}},
};

#define N_USUAL ((int)(sizeof usual_layouts / sizeof usual_layouts[0]))

struct ton_layout ton_layout_usual(int channels) {
    struct ton_layout layout = {.channels = channels};
    for (int i = 0; i < N_USUAL; i++) {
        if (usual_layouts[i].channels != channels)
            continue;
        for (int c = 0; c < channels; c++)
            layout.speakers[c] = usual_layouts[i].speakers[c];
    }
    return layout;
}

static const char *const count_names[TON_MAX_CHANNELS + 1] = {
    "no channels", "1 channel",   "2 channels",  "3 channels",  "4 channels",  "5 channels",
    "6 channels",  "7 channels",  "8 channels",  "9 channels",  "10 channels", "11 channels",
    "12 channels", "13 channels", "14 channels", "15 channels", "16 channels", "17 channels",
    "18 channels", "19 channels", "20 channels", "21 channels", "22 channels", "23 channels",
    "24 channels", "25 channels", "26 channels", "27 channels", "28 channels", "29 channels",
    "30 channels", "31 channels", "32 channels", "33 channels", "34 channels", "35 channels",
    "36 channels", "37 channels", "38 channels", "39 channels", "40 channels", "41 channels",
    "42 channels", "43 channels", "44 channels", "45 channels", "46 channels", "47 channels",
    "48 channels", "49 channels", "50 channels", "51 channels", "52 channels", "53 channels",
    "54 channels", "55 channels", "56 channels", "57 channels", "58 channels", "59 channels",
    "60 channels", "61 channels", "62 channels", "63 channels", "64 channels",
};

/* Order does not matter for the name: AAC and AIFF put the centre first. */
static unsigned long speaker_set(const enum ton_speaker *speakers, int channels) {
    unsigned long set = 0;
    for (int c = 0; c < channels; c++)
        set |= 1ul << speakers[c];
    return set;
}

const char *ton_layout_name(const struct ton_layout *layout) {
    if (layout->channels < 0 || layout->channels > TON_MAX_CHANNELS)
        return "an impossible number of channels";
    const unsigned long set = speaker_set(layout->speakers, layout->channels);
    for (int i = 0; i < N_USUAL; i++) {
        if (usual_layouts[i].channels == layout->channels &&
            speaker_set(usual_layouts[i].speakers, layout->channels) == set)
            return usual_layouts[i].name;
    }
    return count_names[layout->channels];
}
