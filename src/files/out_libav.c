/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes MP3, Opus and AAC through libav, with tags and cover, the same bytes every time.
 *
 * The muxers run in libav's bit-exact mode: no version strings, no dates, Ogg serial 0. Encoder
 * delay and padding are written by the muxers (LAME tag, Opus pre-skip and last granule, MP4 edit
 * list), so that a decoder gives back exactly what went in. All bytes pass through the sink, which
 * remembers the first failed write whatever libav makes of it. */
#include "out.h"

#include "encoder_names.h"
#include "libav.h"
#include "m4a_items.h"
#include "vorbis_comment.h"

#define IO_BUFFER (1 << 16)

struct encoder {
    AVFormatContext *format;
    AVCodecContext *codec;
    AVIOContext *io;
    AVStream *sound, *picture;
    AVFrame *frame; /* `filled` of `frame_size` samples waiting */
    AVPacket *packet;
    int filled, frame_size;
    int64_t pts;     /* samples given to the encoder */
    int64_t packets; /* that it gave back */
    bool flushing;
    struct cover cover;
};

static int io_write(void *user, uint8_t *data, int size) {
    struct sink *s = user;
    return sink_write(s, data, (size_t)size) ? size : AVERROR(s->failed);
}

static int64_t io_seek(void *user, int64_t offset, int whence) {
    struct sink *s = user;
    if (whence == AVSEEK_SIZE)
        return s->size;
    const int64_t to = whence == SEEK_CUR   ? s->position + offset
                       : whence == SEEK_END ? s->size + offset
                                            : offset;
    return sink_seek(s, to) ? to : AVERROR(s->failed);
}

static enum ton_code fail(const struct ton_audio_out *o, int failed, const char *what,
                          struct ton_err *err) {
    char text[AV_ERROR_MAX_STRING_SIZE] = "";
    libav.av_strerror(failed, text, sizeof text);
    return ton_fail(err, failed == AVERROR(ENOMEM) ? TON_MEMORY : TON_ENVIRONMENT, o->sink.path,
                    "%s: %s", what, text);
}

/* ton_layout_usual in libav's words; its own defaults differ (three channels are 2.1 there). */
static void set_layout(AVChannelLayout *out, int channels) {
    static const uint64_t masks[9] = {0,
                                      AV_CH_LAYOUT_MONO,
                                      AV_CH_LAYOUT_STEREO,
                                      AV_CH_LAYOUT_SURROUND,
                                      AV_CH_LAYOUT_QUAD,
                                      AV_CH_LAYOUT_5POINT0_BACK,
                                      AV_CH_LAYOUT_5POINT1_BACK,
                                      AV_CH_LAYOUT_6POINT1,
                                      AV_CH_LAYOUT_7POINT1};
    libav.av_channel_layout_from_mask(out, masks[channels]);
}

static enum ton_code codec_open(struct ton_audio_out *o, struct encoder *e, struct ton_err *err) {
    const struct ton_format *f = &o->config.format;
    const AVCodec *codec = libav.avcodec_find_encoder_by_name(encoder_name(f->codec));
    e->codec = codec ? libav.avcodec_alloc_context3(codec) : NULL;
    if (!e->codec)
        return ton_fail(err, TON_MEMORY, o->sink.path, "no memory for writing");
    AVCodecContext *c = e->codec;
    c->sample_fmt = f->codec == TON_OPUS ? AV_SAMPLE_FMT_FLT : AV_SAMPLE_FMT_FLTP;
    c->sample_rate = f->rate;
    c->time_base = (AVRational){1, f->rate};
    c->bit_rate = 1000 * (int64_t)(f->kbps                ? f->kbps
                                   : f->codec == TON_MP3  ? 320
                                   : f->codec == TON_OPUS ? 160
                                                          : 256);
    c->thread_count = 1;
    c->flags |= AV_CODEC_FLAG_BITEXACT;
    if (e->format->oformat->flags & AVFMT_GLOBALHEADER)
        c->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    set_layout(&c->ch_layout, o->config.channels);
    if (f->codec == TON_OPUS && o->config.channels > 2)
        libav.av_opt_set_int(c->priv_data, "mapping_family", 1, 0);
    const int failed = libav.avcodec_open2(c, codec, NULL);
    if (failed < 0)
        return fail(o, failed, "the encoder refuses these settings", err);
    e->frame_size = c->frame_size;
    return TON_OK;
}

static bool frame_make(struct encoder *e) {
    e->packet = libav.av_packet_alloc();
    e->frame = libav.av_frame_alloc();
    if (!e->packet || !e->frame)
        return false;
    e->frame->format = e->codec->sample_fmt;
    e->frame->nb_samples = e->frame_size;
    e->frame->sample_rate = e->codec->sample_rate;
    return libav.av_channel_layout_copy(&e->frame->ch_layout, &e->codec->ch_layout) >= 0 &&
           libav.av_frame_get_buffer(e->frame, 0) >= 0;
}

static void set_tag(const char *name, const char *value, void *user) {
    libav.av_dict_set((AVDictionary **)user, name, value, 0);
}

/* Vorbis names for Opus; libav's own names elsewhere, which each muxer turns into its own. */
static void set_tags(struct ton_audio_out *o, struct encoder *e) {
    const struct ton_tags *t = &o->config.tags;
    if (o->config.format.codec == TON_OPUS) {
        vorbis_each(t, set_tag, &e->sound->metadata);
        return;
    }
    char track[32] = "";
    if (t->track > 0 && t->n_tracks > 0)
        snprintf(track, sizeof track, "%d/%d", t->track, t->n_tracks);
    else if (t->track > 0)
        snprintf(track, sizeof track, "%d", t->track);
    const bool mp3 = o->config.format.codec == TON_MP3; /* M4A gets these at the end */
    const char *const pairs[][2] = {
        {"title", t->title},
        {"artist", t->artist},
        {"album", t->album},
        {"track", track},
        {"date", t->date},
        {"album_artist", t->album_artist},
        {"genre", t->genre},
        {"composer", t->composer},
        {"comment", t->comment},
        {"copyright", t->copyright},
        {"TSRC", mp3 ? t->isrc : NULL},
        {"publisher", mp3 ? t->label : NULL},
        {"language", mp3 ? t->language : NULL},
        {"BARCODE", mp3 ? t->upc : NULL}, /* becomes TXXX, as other taggers write it */
    };
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        if (pairs[i][1] && *pairs[i][1])
            set_tag(pairs[i][0], pairs[i][1], &e->format->metadata);
    }
}

/* Opus has no picture stream: the FLAC block goes into a comment, as RFC 7845's readers expect. */
static enum ton_code set_opus_picture(struct ton_audio_out *o, struct encoder *e,
                                      struct ton_err *err) {
    struct ton_text block = {0};
    put_picture(&block, &e->cover);
    const size_t size = AV_BASE64_SIZE(block.length);
    char *text = block.failed ? NULL : ton_alloc(size);
    const bool ok =
        text &&
        libav.av_base64_encode(text, (int)size, (const uint8_t *)block.data, (int)block.length) &&
        libav.av_dict_set(&e->sound->metadata, "METADATA_BLOCK_PICTURE", text, 0) >= 0;
    ton_text_free(&block);
    ton_free(text);
    return ok ? TON_OK : ton_fail(err, TON_MEMORY, o->sink.path, "no memory for the cover");
}

static enum ton_code set_cover(struct ton_audio_out *o, struct encoder *e, struct ton_err *err) {
    if (!o->config.tags.cover)
        return TON_OK;
    const enum ton_code code = cover_read(&e->cover, o->arena, o->config.tags.cover, err);
    if (code != TON_OK)
        return code;
    if (o->config.format.codec == TON_OPUS)
        return set_opus_picture(o, e, err);
    e->picture = libav.avformat_new_stream(e->format, NULL);
    if (!e->picture)
        return ton_fail(err, TON_MEMORY, o->sink.path, "no memory for the cover");
    AVCodecParameters *p = e->picture->codecpar;
    p->codec_type = AVMEDIA_TYPE_VIDEO;
    p->codec_id = strcmp(e->cover.mime, "image/png") == 0 ? AV_CODEC_ID_PNG : AV_CODEC_ID_MJPEG;
    p->width = e->cover.width;
    p->height = e->cover.height;
    e->picture->disposition = AV_DISPOSITION_ATTACHED_PIC;
    e->picture->time_base = (AVRational){1, 90000};
    if (o->config.format.codec == TON_MP3) /* shown as the picture's kind */
        libav.av_dict_set(&e->picture->metadata, "comment", "Cover (front)", 0);
    return TON_OK;
}

static enum ton_code write_cover(struct ton_audio_out *o, struct encoder *e, struct ton_err *err) {
    if (!e->picture)
        return TON_OK;
    int failed = libav.av_new_packet(e->packet, (int)e->cover.size);
    if (failed >= 0) {
        memcpy(e->packet->data, e->cover.data, e->cover.size);
        e->packet->stream_index = e->picture->index;
        e->packet->flags |= AV_PKT_FLAG_KEY;
        e->packet->pts = e->packet->dts = 0;
        failed = libav.av_write_frame(e->format, e->packet);
        libav.av_packet_unref(e->packet);
    }
    return failed < 0 ? fail(o, failed, "the cover cannot be written", err) : TON_OK;
}

static enum ton_code muxer_make(struct ton_audio_out *o, struct encoder *e, struct ton_err *err) {
    static const char *const names[] = {[TON_MP3] = "mp3", [TON_OPUS] = "opus", [TON_AAC] = "ipod"};
    const char *name = names[o->config.format.codec];
    if (libav.avformat_alloc_output_context2(&e->format, NULL, name, NULL) < 0)
        return ton_fail(err, TON_ENVIRONMENT, o->sink.path,
                        "this machine's libavformat cannot write `%s`", name);
    e->format->flags |= AVFMT_FLAG_BITEXACT;
    unsigned char *buffer = libav.av_malloc(IO_BUFFER);
    if (buffer)
        e->io = libav.avio_alloc_context(buffer, IO_BUFFER, 1, &o->sink, NULL, io_write, io_seek);
    if (!e->io) {
        libav.av_free(buffer);
        return ton_fail(err, TON_MEMORY, o->sink.path, "no memory for writing");
    }
    e->format->pb = e->io;
    e->sound = libav.avformat_new_stream(e->format, NULL);
    return e->sound ? TON_OK : ton_fail(err, TON_MEMORY, o->sink.path, "no memory for writing");
}

static enum ton_code libav_open(struct ton_audio_out *o, struct ton_err *err) {
    enum ton_code code = libav_load(err);
    if (code != TON_OK)
        return code;
    struct encoder *e = TON_NEW(o->arena, struct encoder);
    if (!e)
        return ton_fail(err, TON_MEMORY, o->sink.path, "no memory for writing");
    o->state = e;
    code = muxer_make(o, e, err);
    if (code == TON_OK)
        code = codec_open(o, e, err);
    if (code != TON_OK)
        return code;
    e->sound->time_base = e->codec->time_base;
    if (libav.avcodec_parameters_from_context(e->sound->codecpar, e->codec) < 0 || !frame_make(e))
        return ton_fail(err, TON_MEMORY, o->sink.path, "no memory for writing");
    set_tags(o, e);
    code = set_cover(o, e, err);
    if (code != TON_OK)
        return code;
    /* The edit list counts in the movie's own time scale, milliseconds unless told: too coarse. */
    AVDictionary *options = NULL;
    libav.av_dict_set_int(&options, "movie_timescale", o->config.format.rate, 0);
    const int failed = libav.avformat_write_header(e->format, &options);
    libav.av_dict_free(&options);
    if (failed < 0)
        return fail(o, failed, "the header cannot be written", err);
    return write_cover(o, e, err);
}

/* How much of what the encoder gave back is padding, told with the last packets. libav's own count
 * stops at one packet, but LAME may pad by more: 1 to 46 samples over a whole packet came back as
 * 47. The muxer takes the value of the last packet. */
static bool tell_padding(const struct encoder *e) {
    const int64_t made = e->packets * e->frame_size - e->codec->initial_padding;
    uint8_t *side = libav.av_packet_new_side_data(e->packet, AV_PKT_DATA_SKIP_SAMPLES, 10);
    if (!side)
        return false;
    memset(side, 0, 10);
    const uint32_t delay = (uint32_t)e->codec->initial_padding;
    const uint32_t padding = made > e->pts ? (uint32_t)(made - e->pts) : 0;
    for (int i = 0; i < 4; i++) {
        side[i] = (uint8_t)(delay >> (8 * i));
        side[4 + i] = (uint8_t)(padding >> (8 * i));
    }
    return true;
}

/* Everything the encoder has ready, into the file. */
static enum ton_code drain(struct ton_audio_out *o, struct encoder *e, struct ton_err *err) {
    for (;;) {
        int failed = libav.avcodec_receive_packet(e->codec, e->packet);
        if (failed == AVERROR(EAGAIN) || failed == AVERROR_EOF)
            return TON_OK;
        if (failed < 0)
            return fail(o, failed, "the encoder failed", err);
        e->packets++;
        if (o->config.format.codec == TON_MP3 && e->flushing && !tell_padding(e))
            return ton_fail(err, TON_MEMORY, o->sink.path, "no memory for writing");
        e->packet->stream_index = e->sound->index;
        libav.av_packet_rescale_ts(e->packet, e->codec->time_base, e->sound->time_base);
        failed = libav.av_write_frame(e->format, e->packet);
        libav.av_packet_unref(e->packet);
        if (failed < 0)
            return fail(o, failed, "cannot write", err);
    }
}

static enum ton_code encode(struct ton_audio_out *o, struct encoder *e, AVFrame *frame,
                            struct ton_err *err) {
    if (frame) {
        frame->nb_samples = e->filled;
        frame->pts = e->pts;
        e->pts += e->filled;
        e->filled = 0;
    }
    e->flushing = !frame;
    const int failed = libav.avcodec_send_frame(e->codec, frame);
    if (failed < 0)
        return fail(o, failed, "the encoder failed", err);
    return drain(o, e, err);
}

static enum ton_code libav_write(struct ton_audio_out *o, const float *const *in, int frames,
                                 struct ton_err *err) {
    struct encoder *e = o->state;
    const int channels = o->config.channels;
    for (int at = 0; at < frames;) {
        if (libav.av_frame_make_writable(e->frame) < 0)
            return ton_fail(err, TON_MEMORY, o->sink.path, "no memory for writing");
        const int room = e->frame_size - e->filled;
        const int n = frames - at < room ? frames - at : room;
        for (int c = 0; c < channels; c++) {
            const bool planar = e->codec->sample_fmt == AV_SAMPLE_FMT_FLTP;
            float *to = (float *)(void *)e->frame->extended_data[planar ? c : 0];
            const int step = planar ? 1 : channels;
            to += planar ? e->filled : e->filled * channels + c;
            for (int i = 0; i < n; i++)
                to[i * step] = in[c][at + i];
        }
        e->filled += n;
        at += n;
        if (e->filled == e->frame_size) {
            const enum ton_code code = encode(o, e, e->frame, err);
            if (code != TON_OK)
                return code;
            e->frame->nb_samples = e->frame_size;
        }
    }
    return TON_OK;
}

static enum ton_code libav_finish(struct ton_audio_out *o, struct ton_err *err) {
    struct encoder *e = o->state;
    enum ton_code code = e->filled ? encode(o, e, e->frame, err) : TON_OK;
    if (code == TON_OK)
        code = encode(o, e, NULL, err);
    if (code != TON_OK)
        return code;
    const int failed = libav.av_write_trailer(e->format);
    libav.avio_flush(e->io);
    if (failed < 0 || e->io->error < 0)
        return fail(o, failed < 0 ? failed : e->io->error, "the end cannot be written", err);
    return o->config.format.codec == TON_AAC ? m4a_add_items(&o->sink, &o->config.tags, err)
                                             : TON_OK;
}

static void libav_release(struct ton_audio_out *o) {
    struct encoder *e = o->state;
    if (!e)
        return;
    libav.av_packet_free(&e->packet);
    libav.av_frame_free(&e->frame);
    libav.avcodec_free_context(&e->codec);
    if (e->io)
        libav.av_freep(&e->io->buffer);
    libav.avio_context_free(&e->io);
    libav.avformat_free_context(e->format);
}

const struct out_backend out_libav = {
    .name = "libav",
    .quantised = false,
    .open = libav_open,
    .write_float = libav_write,
    .finish = libav_finish,
    .release = libav_release,
};
