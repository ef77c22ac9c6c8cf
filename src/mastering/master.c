/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The passes of mastering over one mix: colour, then gain and limiter. Every pass streams in
 * blocks, so its memory does not grow with the length of the piece. */

#include "ton/master.h"

#include "chain.h"
#include "ton/audio_in.h"
#include "ton/audio_out.h"

enum { BLOCK = 4096, CHANNELS = 2 };

/* A rack over a file: what comes out starts at the file's first frame and is as long as asked. */
struct pass {
    struct ton_audio_in *in;
    struct ton_rack *rack;
    float block[CHANNELS][BLOCK];
    float *channels[CHANNELS];
    int rate, n_channels; /* of the rack and of what comes out */
    int64_t read, n_in;   /* frames of the file that count */
    int64_t frames;       /* that come out; silence goes in behind the end of the file */
    int64_t to_skip;      /* the rack's latency that is still to be thrown away */
    int64_t written;
    double gain;
    int64_t fade_in, fade_out;
    struct ton_tally *gone;
    struct ton_err *bypassed;
};

static enum ton_code pass_open(struct pass *p, const char *path, const struct ton_chain *chain,
                               double tempo, bool mono, struct ton_err *err) {
    p->gain = 1.0;
    p->n_channels = mono ? 1 : CHANNELS;
    for (int c = 0; c < CHANNELS; c++)
        p->channels[c] = p->block[c];
    enum ton_code code = ton_audio_open(&p->in, path, err);
    if (code)
        return code;
    const struct ton_audio_info *info = ton_audio_info(p->in);
    if (info->channels != CHANNELS)
        return ton_fail(err, TON_INPUT, path, "a mix has 2 channels, this file has %d",
                        info->channels);
    p->n_in = p->frames = info->frames;
    p->rate = info->rate;
    code = ton_rack_create(&p->rack, chain, info->rate, p->n_channels, tempo, BLOCK, err);
    if (!code)
        p->to_skip = ton_rack_latency(p->rack);
    return code;
}

/* At most so many frames of the file; 0: all. */
static void pass_limit(struct pass *p, int64_t frames) {
    if (frames > 0 && frames < p->n_in)
        p->n_in = p->frames = frames;
}

static enum ton_code pass_from(struct pass *p, int64_t from, struct ton_err *err) {
    from = from < p->n_in ? from : p->n_in; /* what rings on behind the file begins in silence */
    const enum ton_code code = ton_audio_seek(p->in, from, err);
    p->n_in -= from;
    p->frames = p->n_in;
    return code;
}

static void pass_close(struct pass *p) {
    ton_rack_destroy(p->rack);
    ton_audio_close(p->in);
}

/* Equal-power fades, so that a long fade-out does not sag in its middle. */
static double fade_at(const struct pass *p, int64_t frame) {
    double gain = 1.0;
    if (frame < p->fade_in)
        gain = sin(M_PI_2 * ((double)frame + 0.5) / (double)p->fade_in);
    const int64_t left = p->n_in - 1 - frame;
    if (left < p->fade_out)
        gain *= sin(M_PI_2 * ((double)left + 0.5) / (double)p->fade_out);
    return gain;
}

static void pass_fade(struct pass *p, int64_t start, int frames) {
    for (int i = 0; i < frames; i++) {
        const double g = p->gain * fade_at(p, start + i);
        for (int c = 0; c < CHANNELS; c++)
            p->block[c][i] = (float)(p->block[c][i] * g);
    }
}

static void pass_gain(struct pass *p, int64_t start, int frames) {
    const double g = p->gain;
    if (start < p->fade_in || start + frames > p->n_in - p->fade_out) {
        pass_fade(p, start, frames);
        return;
    }
    for (int c = 0; c < CHANNELS && g != 1.0; c++)
        for (int i = 0; i < frames; i++)
            p->block[c][i] = (float)(p->block[c][i] * g);
}

/* Half of each, so that what is in the middle keeps its samples. */
static void pass_sum(struct pass *p, int frames) {
    for (int i = 0; i < frames; i++)
        p->block[0][i] = 0.5F * p->block[0][i] + 0.5F * p->block[1][i];
}

/* One block: read (silence behind the end, until the latency is flushed), gain, rack. */
static enum ton_code pass_step(struct pass *p, int *first, int *frames, struct ton_err *err) {
    const int64_t left = p->n_in - p->read;
    int n = BLOCK;
    int64_t got = 0;
    if (left > 0) {
        const enum ton_code code =
            ton_audio_read(p->in, p->channels, left < n ? left : n, &got, err);
        if (code)
            return code;
        if (got == 0)
            return ton_fail(err, TON_INPUT, NULL, "the mix ends before the length it states");
        n = (int)got;
        if (p->n_channels == 1)
            pass_sum(p, n);
        pass_gain(p, p->read, n);
        p->read += n;
    } else {
        for (int c = 0; c < CHANNELS; c++)
            memset(p->block[c], 0, sizeof p->block[c]);
    }
    ton_rack_process(p->rack, p->channels, n);
    const int64_t skip = p->to_skip < n ? p->to_skip : n;
    p->to_skip -= skip;
    *first = (int)skip;
    *frames = n - (int)skip;
    if (*frames > p->frames - p->written)
        *frames = (int)(p->frames - p->written);
    p->written += *frames;
    const enum ton_code stopped = ton_stop_check(err);
    if (stopped)
        return stopped;
    struct ton_err failure;
    const enum ton_code failed = ton_rack_failure(p->rack, &failure);
    if (failed == TON_MISSED && p->bypassed)
        *p->bypassed = failure;
    if (failed && failed != TON_MISSED)
        return ton_fail(err, failed, failure.where, "%s", failure.text);
    return TON_OK;
}

typedef enum ton_code (*pass_write)(void *user, const float *const *in, int frames,
                                    struct ton_err *err);

static enum ton_code pass_run(struct pass *p, pass_write write, void *user,
                              double *most_reduction_db, struct ton_err *err) {
    while (p->written < p->frames) {
        int first = 0, frames = 0;
        enum ton_code code = pass_step(p, &first, &frames, err);
        if (code)
            return code;
        const float *in[CHANNELS] = {p->block[0] + first, p->block[1] + first};
        if (frames > 0 && (code = write(user, in, frames, err)))
            return code;
        const double reduction = ton_rack_reduction(p->rack);
        if (most_reduction_db && reduction < *most_reduction_db)
            *most_reduction_db = reduction;
        ton_tally_add(p->gone, frames);
    }
    return TON_OK;
}

static enum ton_code write_file(void *user, const float *const *in, int frames,
                                struct ton_err *err) {
    return ton_audio_write(user, in, frames, err);
}

static enum ton_code colour(struct pass *p, const struct ton_master_track *track,
                            struct ton_err *err) {
    struct ton_audio_out *out = NULL;
    const struct ton_audio_out_config format = {
        .format = {.codec = TON_FLOAT, .bits = 32, .rate = p->rate},
        .channels = CHANNELS,
        .frames = p->frames,
        .loosely = true,
    };
    enum ton_code code = ton_audio_create(&out, track->path, &format, err);
    if (code)
        return code;
    p->fade_in = track->fade_in;
    p->fade_out = track->fade_out;
    code = pass_run(p, write_file, out, NULL, err);
    if (!code)
        return ton_audio_finish(out, err);
    ton_audio_abandon(out);
    return code;
}

enum ton_code ton_master_colour(const struct ton_master_track *track,
                                const struct ton_master_config *config, struct ton_err *err) {
    struct ton_arena *arena = ton_arena_create();
    if (!arena)
        return ton_fail(err, TON_MEMORY, NULL, "no memory for the mastering chain");
    struct master_chain chain;
    struct pass pass = {.bypassed = config->bypassed, .gone = track->gone};
    enum ton_code code = master_chain_cut(&chain, arena, config->chain, err);
    if (!code)
        code = pass_open(&pass, track->mix, &chain.colour, track->tempo, false, err);
    if (!code)
        pass_limit(&pass, track->frames);
    pass.frames = pass.n_in + track->tail;
    if (!code)
        code = colour(&pass, track, err);
    pass_close(&pass);
    ton_arena_destroy(arena);
    return code;
}

enum ton_code ton_master_run(const struct ton_master_track *track,
                             const struct ton_master_config *config,
                             const struct ton_master_sink *sink, struct ton_master_stats *stats,
                             struct ton_err *err) {
    struct ton_arena *arena = ton_arena_create();
    if (!arena)
        return ton_fail(err, TON_MEMORY, NULL, "no memory for the mastering chain");
    struct master_chain chain;
    struct pass pass = {.bypassed = config->bypassed, .gone = track->gone};
    struct ton_master_stats done = {.gain_db = config->gain_db};
    enum ton_code code = master_chain_cut(&chain, arena, config->chain, err);
    if (!code) {
        float *ceiling = &chain.limit.items[0].params[chain.ceiling];
        if (!isnan(config->ceiling_dbtp))
            *ceiling = (float)config->ceiling_dbtp;
        done.ceiling_dbtp = (double)*ceiling;
        code = pass_open(&pass, track->path, &chain.limit, track->tempo, track->mono, err);
    }
    if (!code && track->from > 0)
        code = pass_from(&pass, track->from, err);
    if (!code) {
        pass_limit(&pass, track->frames + track->tail);
        pass.gain = pow(10.0, config->gain_db / 20.0);
        pass.frames = track->length > 0 ? track->length : pass.frames;
        code = pass_run(&pass, sink->write, sink->user, &done.most_reduction_db, err);
    }
    done.frames = pass.written;
    pass_close(&pass);
    ton_arena_destroy(arena);
    if (stats)
        *stats = done;
    return code;
}

enum ton_code ton_master_play(const struct ton_master_track *track,
                              const struct ton_master_sink *sink, struct ton_err *err) {
    static const struct ton_chain nothing = {0};
    struct pass pass = {.gone = track->gone};
    enum ton_code code = pass_open(&pass, track->path, &nothing, 120.0, track->mono, err);
    if (!code) {
        pass_limit(&pass, track->frames + track->tail);
        pass.frames = track->length > 0 ? track->length : pass.frames;
        code = pass_run(&pass, sink->write, sink->user, NULL, err);
    }
    pass_close(&pass);
    return code;
}
