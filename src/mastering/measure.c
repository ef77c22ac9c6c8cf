/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A file through all meters, block by block. */

#include "ton/measure.h"

#include "ton/arena.h"
#include "ton/thread.h"

enum { BLOCK = 8192 };

enum ton_code ton_meter_feed_file(struct ton_meter *meter, struct ton_audio_in *in,
                                  const struct ton_progress *progress, struct ton_err *err) {
    const int channels = ton_audio_info(in)->channels;
    const double frames = (double)ton_audio_info(in)->frames;
    float *planes[TON_MAX_CHANNELS];
    float *memory = ton_alloc(sizeof(float) * BLOCK * (size_t)channels);
    if (!memory)
        return ton_fail(err, TON_MEMORY, NULL, "no memory to measure %d channels", channels);
    for (int c = 0; c < channels; c++)
        planes[c] = memory + (size_t)c * BLOCK;
    enum ton_code code = TON_OK;
    int64_t got = BLOCK, fed = 0;
    while (!code && got > 0) {
        code = ton_audio_read(in, planes, BLOCK, &got, err);
        if (!code && got > 0)
            code = ton_meter_feed(meter, (const float *const *)planes, got, err);
        if (!code)
            code = ton_stop_check(err);
        fed += got;
        ton_progress_step(progress, "measuring", frames > 0 ? (double)fed / frames : 0);
    }
    ton_free(memory);
    return code;
}

/* What a meter has been fed with, told in frames. */
struct fed {
    struct ton_tally *gone;
    int64_t frames, told;
};

static void tell(void *user, const char *what, double fraction) {
    struct fed *fed = user;
    (void)what;
    const int64_t now = llround(fraction * (double)fed->frames);
    ton_tally_add(fed->gone, now - fed->told);
    fed->told = now;
}

enum ton_code ton_measure_file(struct ton_measurement *out, struct ton_meter **meter,
                               const char *path, struct ton_tally *gone, struct ton_err *err) {
    struct ton_audio_in *in = NULL;
    struct ton_meter *m = NULL;
    enum ton_code code = ton_audio_open(&in, path, err);
    if (code)
        return code;
    const struct ton_audio_info *info = ton_audio_info(in);
    struct fed fed = {.gone = gone, .frames = info->frames};
    const struct ton_progress progress = {tell, &fed};
    code = ton_meter_create(&m, info->rate, &info->layout, meter != NULL, err);
    if (!code)
        code = ton_meter_feed_file(m, in, &progress, err);
    if (!code)
        ton_meter_finish(m, out);
    ton_audio_close(in);
    if (!code && meter)
        *meter = m;
    else
        ton_meter_destroy(m);
    return code;
}
