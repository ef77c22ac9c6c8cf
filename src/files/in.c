/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What every back-end does with a file that it has opened. */
#include "in.h"

enum ton_code in_too_many(const struct ton_audio_in *in, int channels, struct ton_err *err) {
    return ton_fail(err, TON_INPUT, in->path, "has %d channels; at most %d can be handled",
                    channels, TON_MAX_CHANNELS);
}

enum ton_code in_check(const struct ton_audio_in *in, struct ton_err *err) {
    const struct ton_audio_info *i = &in->info;
    if (i->channels < 1)
        return ton_fail(err, TON_INPUT, in->path, "has 0 channels");
    if (i->channels > TON_MAX_CHANNELS)
        return in_too_many(in, i->channels, err);
    if (i->rate < 1)
        return ton_fail(err, TON_INPUT, in->path, "has a sample rate of %d Hz", i->rate);
    return TON_OK;
}

static bool has(const struct ton_layout *l, enum ton_speaker speaker) {
    for (int c = 0; c < l->channels; c++) {
        if (l->speakers[c] == speaker)
            return true;
    }
    return false;
}

static void rename_speaker(struct ton_layout *l, enum ton_speaker from, enum ton_speaker to) {
    for (int c = 0; c < l->channels; c++) {
        if (l->speakers[c] == from)
            l->speakers[c] = to;
    }
}

struct ton_layout in_layout(int channels, const enum ton_speaker *declared) {
    struct ton_layout l = {.channels = channels};
    if (channels == 1)
        return ton_layout_usual(1);
    for (int c = 0; c < channels; c++) {
        if (declared[c] == TON_SPEAKER_NONE)
            return ton_layout_usual(channels);
        l.speakers[c] = declared[c];
    }
    const bool side = has(&l, TON_LEFT_SIDE), back = has(&l, TON_LEFT_BACK);
    if (side != back) {
        rename_speaker(&l, side ? TON_LEFT_SIDE : TON_LEFT_BACK, TON_LEFT_SURROUND);
        rename_speaker(&l, side ? TON_RIGHT_SIDE : TON_RIGHT_BACK, TON_RIGHT_SURROUND);
    }
    return l;
}
