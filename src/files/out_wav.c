/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes WAV, BWF and RF64 (EBU Tech 3285 and 3306; WAVEFORMATEXTENSIBLE as mmreg.h has it).
 *
 * Written here and not by libsndfile, which adds its own line to the coding history, stamps the
 * PEAK chunk with the clock and has no place for an ISRC. The header is built twice by one
 * function, before and after the samples; both have the same size, because room for ds64 (a JUNK
 * chunk until it is needed) is kept whenever the length is not known to be short. */
#include "out.h"
#include "wav_chunks.h"

#include "ton/packing.h"

#define TAG_PCM 1
#define TAG_FLOAT 3
#define TAG_EXTENSIBLE 0xfffe
#define DS64_SIZE 28

struct wav {
    bool roomy; /* there is room for ds64 */
    size_t header;
    unsigned char *packed; /* one block as it stands in the file */
    struct ton_hash *key;  /* of all of them; NULL: nobody listens */
    float *heard;          /* one decoded, a channel behind the other */
};

static size_t frame_bytes(const struct ton_audio_out *o) {
    return (size_t)o->config.channels * (size_t)(o->bits / 8);
}

/* Speaker bits of the usual layouts (mmreg.h: FL 1, FR 2, FC 4, LFE 8, BL 10, BR 20, BC 100, SL
 * 200, SR 400, TFL 1000, TFR 4000, TBL 8000, TBR 20000). */
static uint32_t speaker_mask(int channels) {
    static const uint32_t masks[] = {0,     0x4,   0x3, 0x7,     0x33, 0x37,   0x3f,
                                     0x70f, 0x63f, 0,   0x2d03f, 0,    0x2d63f};
    return channels < 13 ? masks[channels] : 0;
}

static void put_format(struct ton_text *t, const struct ton_audio_out *o) {
    const struct ton_audio_out_config *c = &o->config;
    const bool floating = c->format.codec == TON_FLOAT, extensible = c->channels > 2;
    const unsigned tag = floating ? TAG_FLOAT : TAG_PCM;
    const size_t frame = frame_bytes(o);
    ton_text_add_n(t, "fmt ", 4);
    put_u32(t, extensible ? 40 : floating ? 18 : 16);
    put_u16(t, extensible ? TAG_EXTENSIBLE : tag);
    put_u16(t, (unsigned)c->channels);
    put_u32(t, (uint32_t)c->format.rate);
    put_u32(t, (uint32_t)((size_t)c->format.rate * frame));
    put_u16(t, (unsigned)frame);
    put_u16(t, (unsigned)o->bits);
    if (extensible) {
        put_u16(t, 22);
        put_u16(t, (unsigned)o->bits);
        put_u32(t, speaker_mask(c->channels));
        put_u16(t, tag);
        ton_text_add_n(t, "\x00\x00\x00\x00\x10\x00\x80\x00\x00\xaa\x00\x38\x9b\x71", 14);
    } else if (floating) {
        put_u16(t, 0);
    }
}

static uint32_t size32(uint64_t size, bool rf64) {
    return rf64 ? 0xffffffffu : (uint32_t)size;
}

/* The whole header for `frames` frames. `total` is the size of the file without its first 8 bytes;
 * not known before the header's own size is, so the caller builds twice. */
static void put_header(struct ton_text *t, const struct ton_audio_out *o, uint64_t total,
                       uint64_t data, bool rf64) {
    const struct wav *w = o->state;
    const uint64_t frames = data / frame_bytes(o);
    ton_text_add_n(t, rf64 ? "RF64" : "RIFF", 4);
    put_u32(t, size32(total, rf64));
    ton_text_add_n(t, "WAVE", 4);
    if (w->roomy) {
        ton_text_add_n(t, rf64 ? "ds64" : "JUNK", 4);
        put_u32(t, DS64_SIZE);
        put_u64(t, rf64 ? total : 0);
        put_u64(t, rf64 ? data : 0);
        put_u64(t, rf64 ? frames : 0);
        put_u32(t, 0);
    }
    if (o->config.tags.bext)
        put_bext(t, &o->config.tags);
    put_format(t, o);
    if (o->config.format.codec == TON_FLOAT) {
        ton_text_add_n(t, "fact", 4);
        put_u32(t, 4);
        put_u32(t, size32(frames, rf64));
    }
    if (o->config.tags.ixml)
        put_ixml(t, &o->config.tags, o->config.channels, o->config.format.rate, o->bits);
    put_info(t, &o->config.tags);
    put_id3(t, &o->config.tags);
    ton_text_add_n(t, "data", 4);
    put_u32(t, size32(data, rf64));
}

/* Once, with the sizes that say "as much as comes": nobody knows more yet. */
static enum ton_code header_stream(struct ton_audio_out *o, struct ton_err *err) {
    struct ton_text t = {0};
    put_header(&t, o, UINT32_MAX, UINT32_MAX, false);
    const bool failed = t.failed;
    if (!failed)
        sink_write(&o->sink, t.data, t.length);
    ton_text_free(&t);
    return failed ? ton_fail(err, TON_MEMORY, o->sink.path, "no memory for writing") : TON_OK;
}

static enum ton_code header_write(struct ton_audio_out *o, int64_t frames, struct ton_err *err) {
    struct wav *w = o->state;
    struct ton_text t = {0};
    const uint64_t data = (uint64_t)frames * frame_bytes(o);
    const uint64_t total = w->header ? w->header - 8 + data + (data & 1) : 0;
    const bool rf64 = total + 8 >= (uint64_t)o->config.limit;
    enum ton_code code = TON_OK;
    if (rf64 && !w->roomy)
        code = ton_fail(err, TON_INPUT, o->sink.path,
                        "more was written than the %lld frames that were announced, and it does "
                        "not fit into a WAV",
                        (long long)o->config.frames);
    if (code == TON_OK)
        put_header(&t, o, total, data, rf64);
    if (t.failed)
        code = ton_fail(err, TON_MEMORY, o->sink.path, "no memory for writing");
    if (code == TON_OK && sink_seek(&o->sink, 0))
        sink_write(&o->sink, t.data, t.length);
    w->header = t.length;
    ton_text_free(&t);
    return code;
}

static enum ton_code wav_open(struct ton_audio_out *o, struct ton_err *err) {
    struct wav *w = TON_NEW(o->arena, struct wav);
    if (w)
        w->packed = ton_arena_alloc(o->arena, OUT_BLOCK * frame_bytes(o));
    if (!w || !w->packed)
        return ton_fail(err, TON_MEMORY, o->sink.path, "no memory for writing");
    o->state = w;
    if (o->config.echo) {
        w->key = ton_hash_create();
        w->heard = TON_NEW_N(o->arena, float, OUT_BLOCK * o->config.channels);
        if (!w->key || !w->heard)
            return ton_fail(err, TON_MEMORY, o->sink.path, "no memory for writing");
    }
    /* 1 MiB for the header: far more than tags ever take. */
    w->roomy = !o->sink.stream &&
               (!o->config.frames || (double)o->config.frames * (double)frame_bytes(o) + 0x1p20 >
                                         (double)o->config.limit);
    return o->sink.stream ? header_stream(o, err) : header_write(o, 0, err);
}

static enum ton_sample sample_of(const struct ton_audio_out *o) {
    if (o->config.format.codec == TON_FLOAT)
        return o->bits == 64 ? TON_SAMPLE_F64 : TON_SAMPLE_F32;
    return o->bits == 16 ? TON_SAMPLE_S16 : o->bits == 24 ? TON_SAMPLE_S24 : TON_SAMPLE_S32;
}

/* What in_sndfile.c makes of these bytes, and what it finds to be their key. */
static enum ton_code echo(struct ton_audio_out *o, int frames, struct ton_err *err) {
    struct wav *w = o->state;
    const struct ton_audio_echo *echo = o->config.echo;
    const struct ton_packing packing = {.kind = sample_of(o), .channels = o->config.channels};
    float *heard[TON_MAX_CHANNELS];
    for (int c = 0; c < o->config.channels; c++)
        heard[c] = w->heard + (size_t)c * OUT_BLOCK;
    ton_hash_bytes(w->key, w->packed, (size_t)frames * frame_bytes(o));
    ton_unpack(heard, 0, w->packed, (size_t)frames, &packing, 1.0F);
    return echo->hear(echo->user, (const float *const *)heard, frames, err);
}

static enum ton_code write_packed(struct ton_audio_out *o, int frames, struct ton_err *err) {
    const struct wav *w = o->state;
    sink_write(&o->sink, w->packed, (size_t)frames * frame_bytes(o));
    return o->config.echo ? echo(o, frames, err) : TON_OK;
}

static enum ton_code wav_write_int(struct ton_audio_out *o, const int32_t *in, int frames,
                                   struct ton_err *err) {
    const struct wav *w = o->state;
    ton_pack(w->packed, in, (size_t)frames * (size_t)o->config.channels, o->bits / 8);
    return write_packed(o, frames, err);
}

static void interleave(float *restrict out, const float *const *in, int channels, int frames) {
    const float *restrict left = in[0], *restrict right = in[channels - 1];
    for (int i = 0; i < frames && channels == 2; i++) { /* vectors, for the distance is known */
        out[2 * i] = left[i];
        out[2 * i + 1] = right[i];
    }
    for (int c = 0; c < channels && channels != 2; c++)
        for (int i = 0; i < frames; i++)
            out[i * channels + c] = in[c][i];
}

static void interleave_wide(double *restrict out, const float *const *in, int channels,
                            int frames) {
    for (int c = 0; c < channels; c++)
        for (int i = 0; i < frames; i++)
            out[i * channels + c] = (double)in[c][i];
}

/* Floats go out as they stand in memory: little-endian, as every machine this builds for. */
static enum ton_code wav_write_float(struct ton_audio_out *o, const float *const *in, int frames,
                                     struct ton_err *err) {
    const struct wav *w = o->state;
    if (o->bits == 64)
        interleave_wide((double *)(void *)w->packed, in, o->config.channels, frames);
    else
        interleave((float *)(void *)w->packed, in, o->config.channels, frames);
    return write_packed(o, frames, err);
}

/* The header comes after what it tells of: a writer that is killed in between is ahead of it, never
 * behind. */
static enum ton_code wav_settle(struct ton_audio_out *o, struct ton_err *err) {
    const int64_t end = o->sink.position;
    const enum ton_code code = header_write(o, o->frames, err);
    if (code == TON_OK)
        sink_seek(&o->sink, end);
    return code;
}

static enum ton_code wav_finish(struct ton_audio_out *o, struct ton_err *err) {
    const struct wav *w = o->state;
    if (w->key)
        o->config.echo->key = ton_hash_result(w->key);
    if ((uint64_t)o->frames * frame_bytes(o) & 1)
        sink_write(&o->sink, "", 1);
    return o->sink.stream ? TON_OK : header_write(o, o->frames, err);
}

static void wav_release(struct ton_audio_out *o) {
    const struct wav *w = o->state;
    ton_hash_destroy(w ? w->key : NULL); /* everything else is in the arena */
}

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "WAV floats are little-endian");

const struct out_backend out_wav_pcm = {
    .name = "WAV",
    .streams = true,
    .quantised = true,
    .open = wav_open,
    .write_int = wav_write_int,
    .settle = wav_settle,
    .finish = wav_finish,
    .release = wav_release,
};

const struct out_backend out_wav_float = {
    .name = "WAV float",
    .streams = true,
    .open = wav_open,
    .write_float = wav_write_float,
    .settle = wav_settle,
    .finish = wav_finish,
    .release = wav_release,
};
