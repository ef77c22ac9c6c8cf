/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_FILES_ENCODER_NAMES_H
#define TON_FILES_ENCODER_NAMES_H

#include "ton/audio_out.h"

/* libavcodec's name of the encoder of a lossy codec. */
static inline const char *encoder_name(enum ton_codec codec) {
    return codec == TON_MP3 ? "libmp3lame" : codec == TON_OPUS ? "libopus" : "aac";
}

#endif
