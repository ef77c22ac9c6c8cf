/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads a take forwards, resampled where its rate is not the session's. Reader threads only. */
#include "take.h"

#include "ton/audio_in.h"
#include "ton/mix.h"
#include "ton/resample.h"

#define PREROLL 16384
#define PIECE 4096    /* take frames resampled at once */
#define LATE_FRAMES 8 /* a resampled take may end this much before its rounded length */

struct take_stream {
    const struct ton_take *take;
    struct ton_audio_in *in;
    struct ton_resampler *resampler;
    int file_channels, channels;
    int first_channel; /* of the file's that is read */
    float **rows;      /* [file channel]: where it is read to; NULL: it is not */
    float *piece[2];   /* PIECE frames, to be resampled */
    float *fifo[2];
    size_t capacity, first, held;
    int64_t skip; /* resampled frames before `from` that still have to go */
    bool ended;
};

static int64_t greatest_divisor(int64_t a, int64_t b) {
    while (b) {
        const int64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

static enum ton_code no_memory(const struct ton_take *take, struct ton_err *err) {
    return ton_fail(err, TON_MEMORY, take->path, "no memory to read the take");
}

static enum ton_code start_resampler(struct take_stream *s, int rate, int64_t from,
                                     struct ton_err *err) {
    const int64_t take_rate = s->take->info.rate;
    const int64_t divisor = greatest_divisor(take_rate, rate);
    const int64_t p = take_rate / divisor, q = rate / divisor;
    /* from = k * q + rest frames here is k * p + … frames there */
    const int64_t there = from / q * p;
    const int64_t steps = there > PREROLL ? (there - PREROLL) / p : 0;
    s->skip = from - steps * q;
    for (int c = 0; c < s->channels; c++) {
        s->piece[c] = ton_alloc(sizeof(float) * PIECE);
        if (!s->piece[c])
            return no_memory(s->take, err);
    }
    enum ton_code code =
        ton_resampler_create(&s->resampler, s->take->info.rate, rate, s->channels, err);
    return code ? code : ton_audio_seek(s->in, steps * p, err);
}

static enum ton_code prepare(struct take_stream *s, int rate, int64_t from, int choice,
                             struct ton_err *err) {
    enum ton_code code = ton_audio_open(&s->in, s->take->path, err);
    if (code)
        return code;
    const struct ton_audio_info *info = ton_audio_info(s->in);
    if (info->rate != s->take->info.rate || info->channels != s->take->info.channels)
        return ton_fail(err, TON_INPUT, s->take->path,
                        "the take has changed: %d Hz and %d channels now, %d Hz and %d when the "
                        "session was read",
                        info->rate, info->channels, s->take->info.rate, s->take->info.channels);
    s->file_channels = info->channels;
    s->channels = info->channels > 1 && choice < TON_CHANNEL_FIRST ? 2 : 1;
    s->first_channel = choice < TON_CHANNEL_FIRST ? 0 : choice - TON_CHANNEL_FIRST;
    if (s->first_channel >= s->file_channels)
        return ton_fail(err, TON_INPUT, s->take->path, "there is no channel %d: the take has %d",
                        s->first_channel + 1, s->file_channels);
    s->rows = ton_alloc(sizeof(float *) * (size_t)s->file_channels);
    if (!s->rows)
        return no_memory(s->take, err);
    if (s->take->info.rate != rate)
        return start_resampler(s, rate, from, err);
    return ton_audio_seek(s->in, from, err);
}

enum ton_code take_open(struct take_stream **out, const struct ton_take *take, int rate,
                        int64_t from, int choice, struct ton_err *err) {
    *out = NULL;
    struct take_stream *s = ton_alloc(sizeof *s);
    if (!s)
        return no_memory(take, err);
    s->take = take;
    const enum ton_code code = prepare(s, rate, from, choice, err);
    if (code) {
        take_close(s);
        return code;
    }
    *out = s;
    return TON_OK;
}

void take_close(struct take_stream *s) {
    if (!s)
        return;
    ton_audio_close(s->in);
    ton_resampler_destroy(s->resampler);
    for (int c = 0; c < 2; c++) {
        ton_free(s->fifo[c]);
        ton_free(s->piece[c]);
    }
    ton_free(s->rows);
    ton_free(s);
}

int take_channels(const struct take_stream *s) {
    return s->channels;
}

static enum ton_code too_short(const struct take_stream *s, struct ton_err *err) {
    return ton_fail(err, TON_INPUT, s->take->path,
                    "the take ends before the clip does; it had %lld frames when the session was "
                    "read",
                    (long long)s->take->info.frames);
}

/* Of the file's channels only those that are heard, times `gain`. */
static enum ton_code read_file(struct take_stream *s, float *const out[2], int64_t frames,
                               float gain, int64_t *got, struct ton_err *err) {
    for (int c = 0; c < s->channels; c++)
        s->rows[s->first_channel + c] = out[c];
    ton_audio_set_gain(s->in, gain);
    return ton_audio_read(s->in, s->rows, frames, got, err);
}

static enum ton_code read_straight(struct take_stream *s, float *const out[2], int frames,
                                   float gain, struct ton_err *err) {
    int64_t got = 0;
    const enum ton_code code = read_file(s, out, frames, gain, &got, err);
    return !code && got < frames ? too_short(s, err) : code;
}

static bool fifo_room(struct take_stream *s, size_t frames) {
    if (s->first > 0) {
        for (int c = 0; c < s->channels; c++)
            memmove(s->fifo[c], s->fifo[c] + s->first, sizeof(float) * s->held);
        s->first = 0;
    }
    if (s->held + frames <= s->capacity)
        return true;
    const size_t more = s->held + frames + PIECE;
    for (int c = 0; c < s->channels; c++) {
        float *grown = ton_realloc(s->fifo[c], sizeof(float) * s->capacity, sizeof(float) * more);
        if (!grown)
            return false;
        s->fifo[c] = grown;
    }
    s->capacity = more;
    return true;
}

static enum ton_code keep(const float *const *in, int frames, struct ton_err *err, void *user) {
    struct take_stream *s = user;
    const int drop = s->skip < frames ? (int)s->skip : frames;
    const size_t n = (size_t)(frames - drop);
    s->skip -= drop;
    if (n == 0)
        return TON_OK;
    if (!fifo_room(s, n))
        return no_memory(s->take, err);
    for (int c = 0; c < s->channels; c++)
        memcpy(s->fifo[c] + s->held, in[c] + drop, sizeof(float) * n);
    s->held += n;
    return TON_OK;
}

static enum ton_code feed_piece(struct take_stream *s, struct ton_err *err) {
    int64_t got = 0;
    const float *const rows[2] = {s->piece[0], s->piece[1]};
    enum ton_code code = read_file(s, s->piece, PIECE, 1.0F, &got, err);
    if (code)
        return code;
    if (got > 0)
        code = ton_resampler_feed(s->resampler, rows, (int)got, 0, keep, err, s);
    if (!code && got < PIECE) {
        s->ended = true;
        code = ton_resampler_feed(s->resampler, rows, 0, 1, keep, err, s);
    }
    return code;
}

static enum ton_code read_resampled(struct take_stream *s, float *const out[2], int frames,
                                    float gain, struct ton_err *err) {
    while (s->held < (size_t)frames && !s->ended) {
        const enum ton_code code = feed_piece(s, err);
        if (code)
            return code;
    }
    const size_t n = s->held < (size_t)frames ? s->held : (size_t)frames;
    if (n + LATE_FRAMES < (size_t)frames)
        return too_short(s, err);
    for (int c = 0; c < s->channels; c++) {
        if (!out[c])
            continue;
        if (n > 0) /* else there may be no fifo yet */
            ton_mix_gain(out[c], s->fifo[c] + s->first, gain, (int)n);
        memset(out[c] + n, 0, sizeof(float) * ((size_t)frames - n));
    }
    s->first += n;
    s->held -= n;
    return TON_OK;
}

enum ton_code take_read(struct take_stream *s, float *const out[2], int frames, float gain,
                        struct ton_err *err) {
    return s->resampler ? read_resampled(s, out, frames, gain, err)
                        : read_straight(s, out, frames, gain, err);
}
