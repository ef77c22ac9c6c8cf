/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writing a file: checks what is asked, rounds once with dither, hands over to the back-end. */
#include "out.h"

#include "config.h"

#include "ton/text.h"

static const struct out_backend *backend_of(enum ton_codec codec) {
    switch (codec) {
    case TON_PCM:
        return &out_wav_pcm;
    case TON_FLOAT:
        return &out_wav_float;
    case TON_FLAC:
        return &out_flac;
    default:
#if TON_HAVE_LIBAV
        return &out_libav;
#else
        return NULL;
#endif
    }
}

static enum ton_code check(const char *path, const struct ton_audio_out_config *c,
                           struct ton_err *err) {
    const struct {
        enum ton_codec codec;
        const char *name;
        int channels;
    } most[] = {
        {TON_FLAC, "FLAC", 8}, {TON_MP3, "MP3", 2}, {TON_OPUS, "Opus", 8}, {TON_AAC, "AAC", 6}};
    if (c->channels < 1 || c->channels > TON_MAX_CHANNELS)
        return ton_fail(err, TON_INPUT, path, "cannot write %d channels; 1 to %d are possible",
                        c->channels, TON_MAX_CHANNELS);
    for (size_t i = 0; i < sizeof most / sizeof most[0]; i++) {
        if (c->format.codec == most[i].codec && c->channels > most[i].channels)
            return ton_fail(err, TON_INPUT, path, "%s holds at most %d channels, not %d",
                            most[i].name, most[i].channels, c->channels);
    }
    if (c->grows && !ton_format_plain(&c->format))
        return ton_fail(err, TON_INPUT, path, "cannot grow: only WAV plays before its end");
    if (c->format.rate < 1)
        return ton_fail(err, TON_INPUT, path, "cannot write a file of %d Hz", c->format.rate);
    char text[64];
    struct ton_format again;
    struct ton_err why;
    if (ton_format_parse(&again, ton_format_text(text, sizeof text, &c->format), &why) != TON_OK)
        return ton_fail(err, TON_INPUT, path, "%s", why.text);
    if (c->format.codec == TON_OPUS && c->format.rate != 48000)
        return ton_fail(err, TON_INPUT, path, "Opus is always 48 kHz, not %g kHz",
                        c->format.rate / 1000.0);
    return ton_format_available(&c->format, err);
}

static void keep_texts(struct ton_arena *a, struct ton_tags *t) {
    const char **texts[] = {&t->title,
                            &t->artist,
                            &t->album,
                            &t->album_artist,
                            &t->composer,
                            &t->genre,
                            &t->isrc,
                            &t->date,
                            &t->comment,
                            &t->copyright,
                            &t->label,
                            &t->upc,
                            &t->language,
                            &t->cover,
                            &t->description,
                            &t->originator,
                            &t->originator_reference,
                            &t->origination_date,
                            &t->origination_time,
                            &t->coding_history};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        *texts[i] = ton_arena_text(a, *texts[i]);
}

static void keep_ixml(struct ton_arena *a, struct ton_tags *t, int channels) {
    struct ton_ixml *x = t->ixml ? TON_NEW(a, struct ton_ixml) : NULL;
    const char **names = x ? TON_NEW_N(a, const char *, channels) : NULL;
    int *inputs = x ? TON_NEW_N(a, int, channels) : NULL;
    if (!names || !inputs)
        return;
    *x = *t->ixml;
    x->project = ton_arena_text(a, x->project);
    x->scene = ton_arena_text(a, x->scene);
    x->tape = ton_arena_text(a, x->tape);
    x->tracks = ton_arena_text(a, x->tracks);
    for (int c = 0; c < channels; c++) {
        names[c] = ton_arena_text(a, x->names ? x->names[c] : NULL);
        inputs[c] = x->inputs ? x->inputs[c] : c + 1;
    }
    x->names = names;
    x->inputs = inputs;
    t->ixml = x;
}

/* A float holds 24 bits and a sign, so only 32-bit PCM needs no dither. */
static bool quantisers_make(struct ton_audio_out *o) {
    const int channels = o->config.channels;
    o->plane = TON_NEW_N(o->arena, int32_t, OUT_BLOCK);
    o->interleaved = TON_NEW_N(o->arena, int32_t, OUT_BLOCK * channels);
    o->quantisers = TON_NEW_N(o->arena, struct ton_quantiser, channels);
    if (!o->plane || !o->interleaved || !o->quantisers)
        return false;
    const enum ton_dither dither = o->bits > 24 ? TON_DITHER_NONE : o->config.dither;
    for (int c = 0; c < channels; c++)
        ton_quantiser_init(&o->quantisers[c], dither, o->bits, o->config.format.rate,
                           o->config.seed + (uint64_t)c * 0xd1342543de82ef95u);
    return true;
}

static enum ton_code prepare(struct ton_audio_out *o, const char *path,
                             const struct ton_audio_out_config *config, struct ton_err *err) {
    o->arena = ton_arena_create();
    if (!o->arena)
        return ton_fail(err, TON_MEMORY, path, "no memory for writing");
    o->config = *config;
    if (!o->config.limit)
        o->config.limit = WAV_LIMIT;
    keep_texts(o->arena, &o->config.tags);
    keep_ixml(o->arena, &o->config.tags, config->channels);
    o->backend = backend_of(config->format.codec);
    o->bits = config->format.bits;
    if (!o->bits)
        o->bits = config->format.codec == TON_FLOAT ? 32 : 24;
    if ((o->backend->quantised && !quantisers_make(o)) || ton_arena_failed(o->arena))
        return ton_fail(err, TON_MEMORY, path, "no memory for writing");
    enum ton_code code = sink_open(&o->sink, path, config->descriptor, err);
    if (code == TON_OK && o->sink.stream && !o->backend->streams)
        return ton_fail(err, TON_INPUT, path,
                        "is a pipe, which takes WAV alone: a header of %s is completed at the end",
                        ton_format_extension(&config->format));
    if (code == TON_OK)
        code = o->backend->open(o, err);
    /* With its header, so that whatever has this name plays. */
    return code == TON_OK && config->grows ? sink_name(&o->sink, err) : code;
}

enum ton_code ton_audio_create(struct ton_audio_out **out, const char *path,
                               const struct ton_audio_out_config *config, struct ton_err *err) {
    *out = NULL;
    enum ton_code code = check(path, config, err);
    if (code != TON_OK)
        return code;
    struct ton_audio_out *o = ton_alloc(sizeof *o);
    if (!o)
        return ton_fail(err, TON_MEMORY, path, "no memory for writing");
    o->sink.fd = -1;
    code = prepare(o, path, config, err);
    if (o->sink.failed)
        code = sink_check(&o->sink, err);
    if (code != TON_OK)
        ton_audio_abandon(o);
    else
        *out = o;
    return code;
}

static enum ton_code write_rounded(struct ton_audio_out *o, const float *const *in, int64_t at,
                                   int n, struct ton_err *err) {
    const int channels = o->config.channels;
    for (int c = 0; c < channels; c++) {
        ton_quantiser_process(&o->quantisers[c], o->plane, in[c] + at, n);
        for (int i = 0; i < n; i++)
            o->interleaved[i * channels + c] = o->plane[i];
    }
    return o->backend->write_int(o, o->interleaved, n, err);
}

enum ton_code ton_audio_write(struct ton_audio_out *o, const float *const *in, int64_t frames,
                              struct ton_err *err) {
    for (int64_t at = 0; at < frames;) {
        const int n = frames - at < OUT_BLOCK ? (int)(frames - at) : OUT_BLOCK;
        enum ton_code code;
        if (o->backend->quantised) {
            code = write_rounded(o, in, at, n, err);
        } else {
            const float *planes[TON_MAX_CHANNELS];
            for (int c = 0; c < o->config.channels; c++)
                planes[c] = in[c] + at;
            code = o->backend->write_float(o, planes, n, err);
        }
        /* The disk's word is nearer the cause than the encoder's. */
        if (o->sink.failed)
            code = sink_check(&o->sink, err);
        if (code != TON_OK)
            return code;
        at += n;
        o->frames += n;
    }
    return TON_OK;
}

enum ton_code ton_audio_set_loudness(struct ton_audio_out *o, const struct ton_tags *tags,
                                     struct ton_err *err) {
    struct ton_tags *t = &o->config.tags;
    t->has_loudness = tags->has_loudness;
    t->integrated_lufs = tags->integrated_lufs;
    t->loudness_range_lu = tags->loudness_range_lu;
    t->true_peak_dbtp = tags->true_peak_dbtp;
    t->max_momentary_lufs = tags->max_momentary_lufs;
    t->max_short_term_lufs = tags->max_short_term_lufs;
    if (!o->backend->loudness)
        return TON_OK;
    const enum ton_code code = o->backend->loudness(o, err);
    return o->sink.failed ? sink_check(&o->sink, err) : code;
}

enum ton_code ton_audio_settle(struct ton_audio_out *o, int64_t time_reference, int64_t heard_from,
                               struct ton_err *err) {
    o->config.tags.time_reference = time_reference;
    o->config.tags.heard_from = heard_from;
    const enum ton_code code = o->backend->settle(o, err);
    return o->sink.failed ? sink_check(&o->sink, err) : code;
}

enum ton_code ton_audio_sync(struct ton_audio_out *o, struct ton_err *err) {
    sink_sync(&o->sink);
    return sink_check(&o->sink, err);
}

static void free_out(struct ton_audio_out *o) {
    if (o->backend)
        o->backend->release(o);
    ton_arena_destroy(o->arena);
    ton_free(o);
}

enum ton_code ton_audio_finish(struct ton_audio_out *o, struct ton_err *err) {
    enum ton_code code = o->backend->finish(o, err);
    if (o->config.grows)
        sink_sync(&o->sink);
    if (o->sink.failed)
        code = sink_check(&o->sink, err);
    if (code == TON_OK)
        code = sink_commit(&o->sink, o->config.loosely, err);
    else
        sink_abandon(&o->sink);
    free_out(o);
    return code;
}

void ton_audio_abandon(struct ton_audio_out *o) {
    if (!o)
        return;
    sink_abandon(&o->sink);
    free_out(o);
}

int64_t ton_audio_clipped(const struct ton_audio_out *o) {
    int64_t clipped = 0;
    for (int c = 0; o->quantisers && c < o->config.channels; c++)
        clipped += o->quantisers[c].clipped;
    return clipped;
}
