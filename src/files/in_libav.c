/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads through libav what libsndfile does not know: AAC, ALAC, WavPack, the sound of a video.
 *
 * Frames are counted as they are decoded, with the encoder's delay and padding already taken off by
 * libavcodec. Where the container does not tell the length (or may lie), the file is decoded once
 * to find it. Lossy codecs carry state from packet to packet, so a seek decodes from the start:
 * that alone gives the same bits whatever was read before. */
#include "in.h"
#include "libav.h"

#include "ton/packing.h"
#include "ton/path.h"

struct decoder {
    AVFormatContext *format;
    AVCodecContext *codec;
    AVPacket *packet;
    AVFrame *frame; /* the one being handed out, from sample `at` on; `filled` when it is there */
    int stream, at;
    bool filled, ended;
    bool broken; /* the last packet could not be decoded: damage, unless it was the end */
    int64_t first_pts;
    int64_t position; /* of the next sample to hand out */
};

/* Demuxers that read one file and open no other (no playlists, no image sequences). */
static const char demuxers[] =
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,aac,ac3,eac3,dts,dtshd,truehd,wv,ape,tta,tak,mpc,mpc8,"
    "asf,avi,flv,mpeg,mpegts,mpegvideo,ogg,flac,wav,w64,aiff,caf,au,mp3,mxf,dsf,iff,amr,shn,rm,oma,"
    "voc,gxf,nut,ivf,smjpeg,swf";

static const struct {
    const char *known, *name;
} containers[] = {
    {"mov", "MP4"},  {"matroska", "Matroska"}, {"wv", "WavPack"}, {"aac", "ADTS"},
    {"ogg", "OGG"},  {"flac", "FLAC"},         {"wav", "WAV"},    {"mp3", "MP3"},
    {"avi", "AVI"},  {"mpegts", "MPEG-TS"},    {"asf", "ASF"},    {"aiff", "AIFF"},
    {"ape", "APE"},  {"tta", "TTA"},           {"caf", "CAF"},    {"mxf", "MXF"},
    {"w64", "W64"},  {"mpeg", "MPEG"},         {"flv", "FLV"},    {"dsf", "DSF"},
    {"ac3", "AC-3"}, {"eac3", "E-AC-3"},       {"dts", "DTS"},    {"truehd", "TrueHD"},
    {"nut", "NUT"},  {"rm", "RealMedia"},
};

/* How people write what libav names in small letters; the rest is shown in capitals. */
static const struct {
    enum AVCodecID id;
    const char *name;
} encodings[] = {
    {AV_CODEC_ID_AC3, "AC-3"},        {AV_CODEC_ID_EAC3, "E-AC-3"},
    {AV_CODEC_ID_OPUS, "Opus"},       {AV_CODEC_ID_SPEEX, "Speex"},
    {AV_CODEC_ID_TRUEHD, "TrueHD"},   {AV_CODEC_ID_VORBIS, "Vorbis"},
    {AV_CODEC_ID_WAVPACK, "WavPack"},
};

static void stream_close(struct decoder *d) {
    libav.av_frame_free(&d->frame);
    libav.av_packet_free(&d->packet);
    libav.avcodec_free_context(&d->codec);
    libav.avformat_close_input(&d->format);
    *d = (struct decoder){0};
}

static enum ton_code not_known(struct ton_err *err) {
    return ton_fail(err, TON_INPUT, NULL, "is not known to libav");
}

/* `err->where` stays empty when libav knows nothing of the file: libsndfile's word is better then.
 */
static enum ton_code demuxer_open(struct ton_audio_in *in, struct decoder *d, struct ton_err *err) {
    char url[TON_PATH_MAX + 8];
    snprintf(url, sizeof url, "file:%s", in->path);
    AVDictionary *options = NULL;
    libav.av_dict_set(&options, "format_whitelist", demuxers, 0);
    libav.av_dict_set(&options, "protocol_whitelist", "file", 0);
    int failed = libav.avformat_open_input(&d->format, url, NULL, &options);
    libav.av_dict_free(&options);
    if (failed >= 0)
        failed = libav.avformat_find_stream_info(d->format, NULL);
    if (failed == AVERROR(ENOMEM))
        return ton_fail(err, TON_MEMORY, in->path, "there is not enough memory to read it");
    if (failed < 0)
        return not_known(err);
    d->stream = libav.av_find_best_stream(d->format, AVMEDIA_TYPE_AUDIO, -1, -1, NULL, 0);
    if (d->stream < 0)
        return d->format->nb_streams ? ton_fail(err, TON_INPUT, in->path, "has no sound in it")
                                     : not_known(err);
    for (unsigned i = 0; i < d->format->nb_streams; i++) {
        if ((int)i != d->stream)
            d->format->streams[i]->discard = AVDISCARD_ALL;
    }
    return TON_OK;
}

static enum ton_code codec_open(struct ton_audio_in *in, struct decoder *d, struct ton_err *err) {
    const AVStream *st = d->format->streams[d->stream];
    const AVCodec *codec = libav.avcodec_find_decoder(st->codecpar->codec_id);
    if (!codec)
        return ton_fail(
            err, TON_INPUT, in->path, "holds sound in an encoding that is not known%s%s",
            st->codecpar->codec_id ? ": " : "",
            st->codecpar->codec_id ? libav.avcodec_get_name(st->codecpar->codec_id) : "");
    d->codec = libav.avcodec_alloc_context3(codec);
    d->packet = libav.av_packet_alloc();
    d->frame = libav.av_frame_alloc();
    if (!d->codec || !d->packet || !d->frame)
        return ton_fail(err, TON_MEMORY, in->path, "no memory for reading");
    d->codec->pkt_timebase = st->time_base;
    d->codec->thread_count = 1;
    if (libav.avcodec_parameters_to_context(d->codec, st->codecpar) < 0 ||
        libav.avcodec_open2(d->codec, codec, NULL) < 0)
        return ton_fail(err, TON_INPUT, in->path, "cannot be decoded as %s", codec->name);
    return TON_OK;
}

static enum ton_code damaged(const struct ton_audio_in *in, const struct decoder *d,
                             struct ton_err *err) {
    return ton_fail(err, TON_INPUT, in->path, "is damaged near frame %lld", (long long)d->position);
}

/* The next packet of our stream into the decoder; its end when there is none. */
static enum ton_code feed(struct ton_audio_in *in, struct decoder *d, struct ton_err *err) {
    for (;;) {
        const int failed = libav.av_read_frame(d->format, d->packet);
        if (failed == AVERROR_EOF) {
            libav.avcodec_send_packet(d->codec, NULL);
            return TON_OK;
        }
        if (failed < 0)
            return damaged(in, d, err);
        if (d->packet->stream_index == d->stream)
            break;
        libav.av_packet_unref(d->packet);
    }
    /* A broken packet at the very end is a cut file; anywhere else it is damage. */
    if (d->broken)
        return damaged(in, d, err);
    const int failed = libav.avcodec_send_packet(d->codec, d->packet);
    libav.av_packet_unref(d->packet);
    d->broken = failed < 0 && failed != AVERROR_EOF;
    return TON_OK;
}

static enum ton_code check_frame(struct ton_audio_in *in, const struct decoder *d,
                                 struct ton_err *err) {
    const AVFrame *f = d->frame;
    const struct ton_audio_info *i = &in->info;
    if (i->rate && f->sample_rate != i->rate)
        return ton_fail(err, TON_INPUT, in->path,
                        "changes its sample rate from %d to %d Hz at frame %lld", i->rate,
                        f->sample_rate, (long long)d->position);
    if (i->channels && f->ch_layout.nb_channels != i->channels)
        return ton_fail(err, TON_INPUT, in->path, "changes from %d to %d channels at frame %lld",
                        i->channels, f->ch_layout.nb_channels, (long long)d->position);
    return TON_OK;
}

/* Makes `frame` hold samples, or sets `ended`. */
static enum ton_code fill(struct ton_audio_in *in, struct decoder *d, struct ton_err *err) {
    while (!d->filled && !d->ended) {
        const int failed = libav.avcodec_receive_frame(d->codec, d->frame);
        enum ton_code code = TON_OK;
        if (failed == AVERROR(EAGAIN)) {
            code = feed(in, d, err);
        } else if (failed == AVERROR_EOF) {
            d->ended = true;
        } else if (failed < 0) {
            d->broken = true;
            code = feed(in, d, err);
        } else if (d->broken) {
            code = damaged(in, d, err);
        } else {
            d->filled = d->frame->nb_samples > 0;
            d->at = 0;
            code = check_frame(in, d, err);
        }
        if (code != TON_OK)
            return code;
    }
    return TON_OK;
}

static bool sample_kind(enum ton_sample *out, enum AVSampleFormat format) {
    switch (libav.av_get_packed_sample_fmt(format)) {
    case AV_SAMPLE_FMT_U8:
        *out = TON_SAMPLE_U8;
        return true;
    case AV_SAMPLE_FMT_S16:
        *out = TON_SAMPLE_S16;
        return true;
    case AV_SAMPLE_FMT_S32:
        *out = TON_SAMPLE_S32;
        return true;
    case AV_SAMPLE_FMT_FLT:
        *out = TON_SAMPLE_F32;
        return true;
    case AV_SAMPLE_FMT_DBL:
        *out = TON_SAMPLE_F64;
        return true;
    default:
        return false;
    }
}

static void copy_out(const struct decoder *d, float *const *out, size_t to, size_t n, float gain) {
    const int channels = d->frame->ch_layout.nb_channels;
    struct ton_packing packing = {.channels = channels};
    if (!sample_kind(&packing.kind, d->frame->format))
        return; /* refused when it was opened */
    const size_t size = (size_t)ton_sample_size(packing.kind);
    if (!libav.av_sample_fmt_is_planar(d->frame->format)) {
        ton_unpack(out, to, d->frame->data[0] + (size_t)d->at * size * (size_t)channels, n,
                   &packing, gain);
        return;
    }
    packing.channels = 1;
    for (int c = 0; c < channels; c++)
        ton_unpack(out + c, to, d->frame->extended_data[c] + (size_t)d->at * size, n, &packing,
                   gain);
}

/* Hands out (or, with `out` NULL, drops) up to `frames`. */
static enum ton_code advance(struct ton_audio_in *in, float *const *out, int64_t frames,
                             int64_t *got, struct ton_err *err) {
    struct decoder *d = in->state;
    *got = 0;
    while (*got < frames) {
        const enum ton_code code = fill(in, d, err);
        if (code != TON_OK || d->ended)
            return code;
        const int64_t left = frames - *got, there = d->frame->nb_samples - d->at;
        const int64_t n = left < there ? left : there;
        if (out)
            copy_out(d, out, (size_t)*got, (size_t)n, in->gain);
        *got += n;
        d->at += (int)n;
        d->position += n;
        if (d->at == d->frame->nb_samples) {
            libav.av_frame_unref(d->frame);
            d->filled = false;
        }
    }
    return TON_OK;
}

static enum ton_code stream_open(struct ton_audio_in *in, struct ton_err *err) {
    struct decoder *d = in->state;
    stream_close(d);
    enum ton_code code = demuxer_open(in, d, err);
    if (code == TON_OK)
        code = codec_open(in, d, err);
    if (code == TON_OK)
        code = fill(in, d, err);
    if (code == TON_OK && d->ended)
        return ton_fail(err, TON_INPUT, in->path, "has no samples");
    if (code == TON_OK)
        d->first_pts = d->frame->pts;
    return code;
}

static enum ton_speaker speaker_of(enum AVChannel channel) {
    switch (channel) {
    case AV_CHAN_FRONT_LEFT:
    case AV_CHAN_FRONT_LEFT_OF_CENTER:
        return TON_LEFT;
    case AV_CHAN_FRONT_RIGHT:
    case AV_CHAN_FRONT_RIGHT_OF_CENTER:
        return TON_RIGHT;
    case AV_CHAN_FRONT_CENTER:
        return TON_CENTRE;
    case AV_CHAN_LOW_FREQUENCY:
    case AV_CHAN_LOW_FREQUENCY_2:
        return TON_LFE;
    case AV_CHAN_BACK_LEFT:
        return TON_LEFT_BACK;
    case AV_CHAN_BACK_RIGHT:
        return TON_RIGHT_BACK;
    case AV_CHAN_BACK_CENTER:
        return TON_CENTRE_BACK;
    case AV_CHAN_SIDE_LEFT:
    case AV_CHAN_SURROUND_DIRECT_LEFT:
        return TON_LEFT_SIDE;
    case AV_CHAN_SIDE_RIGHT:
    case AV_CHAN_SURROUND_DIRECT_RIGHT:
        return TON_RIGHT_SIDE;
    case AV_CHAN_WIDE_LEFT:
        return TON_LEFT_WIDE;
    case AV_CHAN_WIDE_RIGHT:
        return TON_RIGHT_WIDE;
    case AV_CHAN_TOP_FRONT_LEFT:
        return TON_TOP_FRONT_LEFT;
    case AV_CHAN_TOP_FRONT_RIGHT:
        return TON_TOP_FRONT_RIGHT;
    case AV_CHAN_TOP_BACK_LEFT:
        return TON_TOP_BACK_LEFT;
    case AV_CHAN_TOP_BACK_RIGHT:
        return TON_TOP_BACK_RIGHT;
    case AV_CHAN_TOP_SIDE_LEFT:
        return TON_TOP_SIDE_LEFT;
    case AV_CHAN_TOP_SIDE_RIGHT:
        return TON_TOP_SIDE_RIGHT;
    case AV_CHAN_TOP_FRONT_CENTER:
    case AV_CHAN_TOP_CENTER:
    case AV_CHAN_TOP_BACK_CENTER:
        return TON_OVERHEAD;
    case AV_CHAN_BOTTOM_FRONT_LEFT:
    case AV_CHAN_BOTTOM_FRONT_CENTER:
    case AV_CHAN_BOTTOM_FRONT_RIGHT:
        return TON_BELOW;
    default:
        return TON_SPEAKER_NONE;
    }
}

static const char *tag(struct ton_audio_in *in, const struct decoder *d, const char *key) {
    const AVDictionaryEntry *e = libav.av_dict_get(d->format->metadata, key, NULL, 0);
    if (!e)
        e = libav.av_dict_get(d->format->streams[d->stream]->metadata, key, NULL, 0);
    return e ? ton_arena_text(in->arena, e->value) : NULL;
}

static void describe_codec(struct ton_audio_in *in, const struct decoder *d) {
    struct ton_audio_info *i = &in->info;
    const AVCodecDescriptor *about = libav.avcodec_descriptor_get(d->codec->codec_id);
    const AVCodecParameters *p = d->format->streams[d->stream]->codecpar;
    i->lossless =
        about && (about->props & AV_CODEC_PROP_LOSSLESS) && !(about->props & AV_CODEC_PROP_LOSSY);
    if (about && (about->props & AV_CODEC_PROP_LOSSLESS) &&
        d->codec->codec_id == AV_CODEC_ID_WAVPACK)
        i->lossless = true; /* its lossy mode is not told apart by libav */
    const enum AVSampleFormat format = libav.av_get_packed_sample_fmt(d->frame->format);
    i->floating = i->lossless && (format == AV_SAMPLE_FMT_FLT || format == AV_SAMPLE_FMT_DBL);
    const int raw_bits =
        d->codec->bits_per_raw_sample ? d->codec->bits_per_raw_sample : p->bits_per_coded_sample;
    const int held_bits = libav.av_get_bytes_per_sample(d->frame->format) * 8;
    i->bits = !i->lossless ? 0 : raw_bits && raw_bits <= held_bits ? raw_bits : held_bits;
    char name[32];
    snprintf(name, sizeof name, "%s", about ? about->name : "unknown");
    for (char *c = name; *c; c++) {
        if (*c >= 'a' && *c <= 'z')
            *c = (char)(*c - 'a' + 'A');
    }
    const char *shown = strncmp(name, "PCM_", 4) == 0 ? "PCM" : name;
    for (size_t k = 0; k < sizeof encodings / sizeof encodings[0]; k++) {
        if (encodings[k].id == d->codec->codec_id)
            shown = encodings[k].name;
    }
    i->encoding = i->lossless ? ton_arena_printf(in->arena, "%s %s%d-bit", shown,
                                                 i->floating ? "float " : "", i->bits)
                              : ton_arena_text(in->arena, shown);
}

static enum ton_code describe(struct ton_audio_in *in, const struct decoder *d,
                              struct ton_err *err) {
    struct ton_audio_info *i = &in->info;
    const AVFrame *f = d->frame;
    enum ton_sample kind;
    if (!sample_kind(&kind, f->format))
        return ton_fail(err, TON_INPUT, in->path,
                        "holds samples of a kind that cannot be read (%s)",
                        libav.av_get_sample_fmt_name(f->format));
    i->rate = f->sample_rate;
    i->channels = f->ch_layout.nb_channels;
    const enum ton_code code = in_check(in, err);
    if (code != TON_OK)
        return code;
    enum ton_speaker declared[TON_MAX_CHANNELS];
    for (int c = 0; c < i->channels; c++)
        declared[c] =
            speaker_of(libav.av_channel_layout_channel_from_index(&f->ch_layout, (unsigned)c));
    i->layout = in_layout(i->channels, declared);
    i->container = ton_arena_text(in->arena, d->format->iformat->name);
    const size_t length = strcspn(d->format->iformat->name, ",");
    for (size_t k = 0; k < sizeof containers / sizeof containers[0]; k++) {
        if (strlen(containers[k].known) == length &&
            strncmp(containers[k].known, d->format->iformat->name, length) == 0)
            i->container = containers[k].name;
    }
    describe_codec(in, d);
    if (strcmp(i->container, "MP3") == 0) /* its demuxer takes layers I and II too */
        i->container = i->encoding;
    i->title = tag(in, d, "title");
    i->artist = tag(in, d, "artist");
    return TON_OK;
}

/* What the header of an MP4, an MP3 or a CAF tells of the length; -1: nothing. */
static int64_t told_length(const struct ton_audio_in *in, const struct decoder *d) {
    const AVStream *st = d->format->streams[d->stream];
    const char *name = d->format->iformat->name;
    if (strcmp(name, "caf") == 0) /* libsndfile refuses one that was cut */
        return st->nb_frames > 0 ? st->nb_frames : -1;
    if ((strncmp(name, "mov", 3) != 0 && strcmp(name, "mp3") != 0) || st->duration <= 0)
        return -1;
    return libav.av_rescale_q(st->duration, st->time_base, (AVRational){1, in->info.rate});
}

/* The tables of an MP4 are believed when the last packet they name lies inside the file. */
static bool holds_what_it_tells(const struct ton_audio_in *in, const struct decoder *d) {
    AVStream *st = d->format->streams[d->stream];
    const int n = libav.avformat_index_get_entries_count(st);
    const AVIndexEntry *last = n > 0 ? libav.avformat_index_get_entry(st, n - 1) : NULL;
    return strncmp(d->format->iformat->name, "mov", 3) == 0 && last &&
           last->pos + last->size <= ton_path_size(in->path);
}

/* Less than this is an encoder's own idea of where its padding ends. */
enum { PADDING = 4096 };

static enum ton_code find_length(struct ton_audio_in *in, struct ton_err *err) {
    struct decoder *d = in->state;
    const int64_t told = told_length(in, d);
    in->info.frames = told;
    if (told > 0 && holds_what_it_tells(in, d))
        return TON_OK;
    enum ton_code code = advance(in, NULL, INT64_MAX, &in->info.frames, err);
    if (told > in->info.frames + PADDING)
        in->info.missing = told - in->info.frames;
    if (code == TON_OK)
        code = stream_open(in, err);
    return code;
}

static enum ton_code libav_open(struct ton_audio_in *in, struct ton_err *err) {
    struct ton_err missing;
    if (libav_load(&missing))
        return ton_fail(err, TON_ENVIRONMENT, in->path, "is not known to libsndfile, and %s",
                        missing.text);
    in->state = TON_NEW(in->arena, struct decoder);
    if (!in->state)
        return ton_fail(err, TON_MEMORY, in->path, "no memory for reading");
    enum ton_code code = stream_open(in, err);
    if (code == TON_OK)
        code = describe(in, in->state, err);
    if (code == TON_OK)
        code = find_length(in, err);
    return code;
}

static enum ton_code libav_read(struct ton_audio_in *in, float *const *out, int64_t frames,
                                int64_t *got, struct ton_err *err) {
    return advance(in, out, frames, got, err);
}

/* Jumps near `frame` where each packet stands for itself and its time is its place; false: not
 * possible, or it landed behind. */
static bool jump(struct ton_audio_in *in, int64_t frame) {
    struct decoder *d = in->state;
    const AVStream *st = d->format->streams[d->stream];
    if (!in->info.lossless || st->time_base.num != 1 || st->time_base.den != in->info.rate ||
        d->first_pts == AV_NOPTS_VALUE)
        return false;
    d->position = INT64_MAX; /* a jump that fails leaves it nowhere: start again */
    if (libav.av_seek_frame(d->format, d->stream, d->first_pts + frame, AVSEEK_FLAG_BACKWARD) < 0)
        return false;
    libav.avcodec_flush_buffers(d->codec);
    libav.av_frame_unref(d->frame);
    d->filled = d->ended = d->broken = false;
    struct ton_err ignored;
    if (fill(in, d, &ignored) != TON_OK || d->ended || d->frame->pts == AV_NOPTS_VALUE)
        return false;
    d->position = d->frame->pts - d->first_pts;
    return d->position >= 0 && d->position <= frame;
}

static enum ton_code libav_seek(struct ton_audio_in *in, int64_t frame, struct ton_err *err) {
    struct decoder *d = in->state;
    enum ton_code code = TON_OK;
    if (!jump(in, frame) && d->position > frame)
        code = stream_open(in, err);
    int64_t dropped;
    if (code == TON_OK)
        code = advance(in, NULL, frame - d->position, &dropped, err);
    if (code == TON_OK && d->position != frame)
        code = damaged(in, d, err);
    return code;
}

static void libav_release(struct ton_audio_in *in) {
    if (in->state)
        stream_close(in->state);
}

const struct in_backend in_libav = {
    .name = "libav",
    .open = libav_open,
    .read = libav_read,
    .seek = libav_seek,
    .release = libav_release,
};
