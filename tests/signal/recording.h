/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Real recordings for the tests of processors. */
#ifndef TON_TEST_SIGNAL_RECORDING_H
#define TON_TEST_SIGNAL_RECORDING_H

#include "rig.h"

#include "ton/audio_in.h"

/* The whole file `name` of the folder of recordings, which must be there (test_data). */
static inline struct audio recording_read(const char *name, double *rate) {
    char path[4400];
    struct ton_audio_in *in;
    struct ton_err err;
    snprintf(path, sizeof path, "%s/%s", test_data(), name);
    if (ton_audio_open(&in, path, &err))
        fail_msg("%s", err.text);
    const struct ton_audio_info *info = ton_audio_info(in);
    struct audio a = audio_new(info->channels, info->frames);
    int64_t got = 0;
    *rate = info->rate;
    assert_int_equal(ton_audio_read(in, a.at, a.frames, &got, &err), TON_OK);
    assert_true(got == a.frames);
    ton_audio_close(in);
    return a;
}

/* All its channels as one, with silence before and behind. */
static inline struct audio recording_mono(const char *name, double silence_s, double *rate) {
    struct audio file = recording_read(name, rate);
    const int64_t silence = (int64_t)(silence_s * *rate);
    struct audio a = audio_new(1, file.frames + 2 * silence);
    for (int c = 0; c < file.channels; c++)
        for (int64_t i = 0; i < file.frames; i++)
            a.at[0][silence + i] += file.at[c][i] / (float)file.channels;
    audio_free(&file);
    return a;
}

static inline void audio_gain(struct audio *a, double gain) {
    for (int c = 0; c < a->channels; c++)
        for (int64_t i = 0; i < a->frames; i++)
            a->at[c][i] = (float)((double)a->at[c][i] * gain);
}

static inline struct audio audio_copy(const struct audio *a) {
    struct audio b = audio_new(a->channels, a->frames);
    for (int c = 0; c < a->channels; c++)
        memcpy(b.at[c], a->at[c], sizeof(float) * (size_t)a->frames);
    return b;
}

#endif
