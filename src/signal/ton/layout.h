/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_LAYOUT_H
#define TON_LAYOUT_H

#define TON_MAX_CHANNELS 64

/* Where a channel sits, as far as loudness and downmixes must know. */
enum ton_speaker {
    TON_SPEAKER_NONE = 0, /* not counted */
    TON_LEFT,
    TON_RIGHT,
    TON_CENTRE,
    TON_LFE,
    TON_LEFT_SURROUND,
    TON_RIGHT_SURROUND, /* sides of 5.1: +-110 degrees */
    TON_LEFT_SIDE,
    TON_RIGHT_SIDE, /* 7.1: +-90 degrees */
    TON_LEFT_BACK,
    TON_RIGHT_BACK, /* 7.1: +-135 degrees */
    TON_CENTRE_BACK,
    TON_LEFT_WIDE,
    TON_RIGHT_WIDE,
    TON_TOP_FRONT_LEFT,
    TON_TOP_FRONT_RIGHT,
    TON_TOP_BACK_LEFT,
    TON_TOP_BACK_RIGHT,
    TON_TOP_SIDE_LEFT,
    TON_TOP_SIDE_RIGHT,
    TON_OVERHEAD, /* on the middle line: top front centre, top centre, top back centre */
    TON_BELOW,    /* any place on the floor */
    TON_MONO,     /* the only channel of a mono file: counted as one front channel */
};

struct ton_layout {
    int channels;
    enum ton_speaker speakers[TON_MAX_CHANNELS];
};

/* The usual layout of a channel count in WAV order: mono, stereo, 3.0, 4.0, 5.0, 5.1, 6.1, 7.1,
 * … 7.1.4 (12). @thread any */
struct ton_layout ton_layout_usual(int channels);
const char *ton_layout_name(
    const struct ton_layout *layout); /* "mono", "stereo", "5.1", …, "9 channels" */

#endif
