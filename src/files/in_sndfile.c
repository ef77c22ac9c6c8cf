/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads through libsndfile: WAV and its kin, AIFF, CAF, FLAC, Ogg, MP3.
 *
 * libsndfile parses the container. Plain samples are then taken raw and converted here, because its
 * own float read goes through a 4 KiB buffer and leaves the channels interleaved. */
#include "in.h"
#include "ixml.h"
#include "mpeg_header.h"
#include "sndfile_open.h"
#include "source.h"

#include "ton/mix.h"
#include "ton/packing.h"
#include "ton/thread.h"

#include <math.h>

#define BLOCK_BYTES ((size_t)1 << 17) /* stays in the second-level cache */

struct reader {
    struct source source;
    SNDFILE *file;
    bool raw, seekable;
    struct ton_packing packing; /* of what `block` holds: as in the file, or libsndfile's floats */
    size_t frame_bytes, block_frames;
    unsigned char *block; /* made when it is first needed: many files are only looked at */
};

struct word {
    int id;
    const char *text;
    int bits;
    enum ton_sample kind; /* of what can be read raw */
    bool raw, floating, lossless;
};

static const struct word subtypes[] = {
    {SF_FORMAT_PCM_S8, "PCM 8-bit", 8, TON_SAMPLE_S8, true, false, true},
    {SF_FORMAT_PCM_U8, "PCM 8-bit", 8, TON_SAMPLE_U8, true, false, true},
    {SF_FORMAT_PCM_16, "PCM 16-bit", 16, TON_SAMPLE_S16, true, false, true},
    {SF_FORMAT_PCM_24, "PCM 24-bit", 24, TON_SAMPLE_S24, true, false, true},
    {SF_FORMAT_PCM_32, "PCM 32-bit", 32, TON_SAMPLE_S32, true, false, true},
    {SF_FORMAT_FLOAT, "float 32-bit", 32, TON_SAMPLE_F32, true, true, true},
    {SF_FORMAT_DOUBLE, "float 64-bit", 64, TON_SAMPLE_F64, true, true, true},
    {SF_FORMAT_ULAW, "u-law", 0, 0, false, false, false},
    {SF_FORMAT_ALAW, "A-law", 0, 0, false, false, false},
    {SF_FORMAT_IMA_ADPCM, "IMA ADPCM", 0, 0, false, false, false},
    {SF_FORMAT_MS_ADPCM, "MS ADPCM", 0, 0, false, false, false},
    {SF_FORMAT_GSM610, "GSM 6.10", 0, 0, false, false, false},
    {SF_FORMAT_VORBIS, "Vorbis", 0, 0, false, false, false},
    {SF_FORMAT_OPUS, "Opus", 0, 0, false, false, false},
    {SF_FORMAT_MPEG_LAYER_I, "MP1", 0, 0, false, false, false},
    {SF_FORMAT_MPEG_LAYER_II, "MP2", 0, 0, false, false, false},
    {SF_FORMAT_MPEG_LAYER_III, "MP3", 0, 0, false, false, false},
    {SF_FORMAT_ALAC_16, "ALAC 16-bit", 16, 0, false, false, true},
    {SF_FORMAT_ALAC_20, "ALAC 20-bit", 20, 0, false, false, true},
    {SF_FORMAT_ALAC_24, "ALAC 24-bit", 24, 0, false, false, true},
    {SF_FORMAT_ALAC_32, "ALAC 32-bit", 32, 0, false, false, true},
    {0, "unusual", 0, 0, false, false, false},
};

/* Containers whose plain samples lie in the file as they are. */
static const struct {
    int id;
    const char *name;
    bool raw;
} containers[] = {
    {SF_FORMAT_WAV, "WAV", true},      {SF_FORMAT_WAVEX, "WAV", true},
    {SF_FORMAT_RF64, "RF64", true},    {SF_FORMAT_W64, "W64", true},
    {SF_FORMAT_AIFF, "AIFF", true},    {SF_FORMAT_CAF, "CAF", true},
    {SF_FORMAT_AU, "AU", true},        {SF_FORMAT_FLAC, "FLAC", false},
    {SF_FORMAT_OGG, "OGG", false},     {SF_FORMAT_MPEG, "MPEG", false},
    {SF_FORMAT_SD2, "SD2", false},     {SF_FORMAT_VOC, "VOC", false},
    {SF_FORMAT_IRCAM, "IRCAM", false}, {SF_FORMAT_NIST, "NIST", false},
};

static const struct word *subtype_of(int format) {
    const struct word *w = subtypes;
    while (w->id && w->id != (format & SF_FORMAT_SUBMASK))
        w++;
    return w;
}

static void describe(struct ton_audio_in *in, struct reader *r, const SF_INFO *sf) {
    const struct word *w = subtype_of(sf->format);
    struct ton_audio_info *i = &in->info;
    bool raw = false;
    i->container = "audio";
    for (size_t k = 0; k < sizeof containers / sizeof containers[0]; k++) {
        if (containers[k].id == (sf->format & SF_FORMAT_TYPEMASK)) {
            i->container = containers[k].name;
            raw = containers[k].raw;
        }
    }
    if ((sf->format & SF_FORMAT_TYPEMASK) == SF_FORMAT_MPEG) /* of any of the three layers */
        i->container = w->text;
    const bool flac = (sf->format & SF_FORMAT_TYPEMASK) == SF_FORMAT_FLAC;
    i->encoding = flac ? ton_arena_printf(in->arena, "FLAC %d-bit", w->bits) : w->text;
    i->rate = sf->samplerate;
    i->channels = sf->channels;
    i->frames = sf->frames;
    i->bits = w->bits;
    i->floating = w->floating;
    i->lossless = w->lossless;
    r->raw = raw && w->raw;
    r->seekable = sf->seekable;
    r->packing =
        (struct ton_packing){.kind = r->raw ? w->kind : TON_SAMPLE_F32, .channels = sf->channels};
}

static enum ton_speaker speaker_of(int id) {
    switch (id) {
    case SF_CHANNEL_MAP_LEFT:
    case SF_CHANNEL_MAP_FRONT_LEFT:
    case SF_CHANNEL_MAP_FRONT_LEFT_OF_CENTER:
        return TON_LEFT;
    case SF_CHANNEL_MAP_RIGHT:
    case SF_CHANNEL_MAP_FRONT_RIGHT:
    case SF_CHANNEL_MAP_FRONT_RIGHT_OF_CENTER:
        return TON_RIGHT;
    case SF_CHANNEL_MAP_MONO:
    case SF_CHANNEL_MAP_CENTER:
    case SF_CHANNEL_MAP_FRONT_CENTER:
        return TON_CENTRE;
    case SF_CHANNEL_MAP_LFE:
        return TON_LFE;
    case SF_CHANNEL_MAP_REAR_CENTER:
        return TON_CENTRE_BACK;
    case SF_CHANNEL_MAP_REAR_LEFT:
        return TON_LEFT_BACK;
    case SF_CHANNEL_MAP_REAR_RIGHT:
        return TON_RIGHT_BACK;
    case SF_CHANNEL_MAP_SIDE_LEFT:
        return TON_LEFT_SIDE;
    case SF_CHANNEL_MAP_SIDE_RIGHT:
        return TON_RIGHT_SIDE;
    case SF_CHANNEL_MAP_TOP_FRONT_LEFT:
        return TON_TOP_FRONT_LEFT;
    case SF_CHANNEL_MAP_TOP_FRONT_RIGHT:
        return TON_TOP_FRONT_RIGHT;
    case SF_CHANNEL_MAP_TOP_REAR_LEFT:
        return TON_TOP_BACK_LEFT;
    case SF_CHANNEL_MAP_TOP_REAR_RIGHT:
        return TON_TOP_BACK_RIGHT;
    case SF_CHANNEL_MAP_TOP_CENTER:
    case SF_CHANNEL_MAP_TOP_FRONT_CENTER:
    case SF_CHANNEL_MAP_TOP_REAR_CENTER:
        return TON_OVERHEAD;
    default:
        return TON_SPEAKER_NONE;
    }
}

/* Vorbis and Opus fix the order (Vorbis I specification, 4.3.9; RFC 7845, 5.1.1.2), which
 * libsndfile passes on without a word. */
static const enum ton_speaker ogg_orders[9][8] = {
    {0},
    {TON_MONO},
    {TON_LEFT, TON_RIGHT},
    {TON_LEFT, TON_CENTRE, TON_RIGHT},
    {TON_LEFT, TON_RIGHT, TON_LEFT_BACK, TON_RIGHT_BACK},
    {TON_LEFT, TON_CENTRE, TON_RIGHT, TON_LEFT_BACK, TON_RIGHT_BACK},
    {TON_LEFT, TON_CENTRE, TON_RIGHT, TON_LEFT_BACK, TON_RIGHT_BACK, TON_LFE},
    {TON_LEFT, TON_CENTRE, TON_RIGHT, TON_LEFT_SIDE, TON_RIGHT_SIDE, TON_CENTRE_BACK, TON_LFE},
    {TON_LEFT, TON_CENTRE, TON_RIGHT, TON_LEFT_SIDE, TON_RIGHT_SIDE, TON_LEFT_BACK, TON_RIGHT_BACK,
     TON_LFE},
};

/* The bits of a channel mask, from the lowest, as libsndfile names them (Microsoft,
 * WAVEFORMATEXTENSIBLE). */
static const int mask_bits[] = {
    SF_CHANNEL_MAP_FRONT_LEFT,
    SF_CHANNEL_MAP_FRONT_RIGHT,
    SF_CHANNEL_MAP_FRONT_CENTER,
    SF_CHANNEL_MAP_LFE,
    SF_CHANNEL_MAP_REAR_LEFT,
    SF_CHANNEL_MAP_REAR_RIGHT,
    SF_CHANNEL_MAP_FRONT_LEFT_OF_CENTER,
    SF_CHANNEL_MAP_FRONT_RIGHT_OF_CENTER,
    SF_CHANNEL_MAP_REAR_CENTER,
    SF_CHANNEL_MAP_SIDE_LEFT,
    SF_CHANNEL_MAP_SIDE_RIGHT,
    SF_CHANNEL_MAP_TOP_CENTER,
    SF_CHANNEL_MAP_TOP_FRONT_LEFT,
    SF_CHANNEL_MAP_TOP_FRONT_CENTER,
    SF_CHANNEL_MAP_TOP_FRONT_RIGHT,
    SF_CHANNEL_MAP_TOP_REAR_LEFT,
    SF_CHANNEL_MAP_TOP_REAR_CENTER,
    SF_CHANNEL_MAP_TOP_REAR_RIGHT,
};

static void read_mask(enum ton_speaker *declared, uint32_t mask, int channels) {
    int c = 0;
    for (size_t bit = 0; bit < sizeof mask_bits / sizeof *mask_bits && c < channels; bit++) {
        if (mask >> bit & 1)
            declared[c++] = speaker_of(mask_bits[bit]);
    }
}

static void read_layout(struct ton_audio_in *in, const struct reader *r, int format) {
    int map[TON_MAX_CHANNELS] = {0};
    enum ton_speaker declared[TON_MAX_CHANNELS] = {0};
    const int n = in->info.channels, kind = format & SF_FORMAT_SUBMASK;
    if (r->source.mask) {
        read_mask(declared, r->source.mask, n);
    } else if ((kind == SF_FORMAT_VORBIS || kind == SF_FORMAT_OPUS) && n <= 8) {
        memcpy(declared, ogg_orders[n], sizeof ogg_orders[n]);
    } else if (sf_command(r->file, SFC_GET_CHANNEL_MAP_INFO, map, n * (int)sizeof(int)) ==
               SF_TRUE) {
        for (int c = 0; c < n; c++)
            declared[c] = speaker_of(map[c]);
    }
    in->info.layout = in_layout(n, declared);
}

/* NULL when there is nothing in the field. */
static const char *field(struct ton_audio_in *in, const char *text, size_t size) {
    const size_t length = strnlen(text, size);
    return length ? ton_arena_copy(in->arena, text, length) : NULL;
}

static void read_tags(struct ton_audio_in *in, SNDFILE *file) {
    struct ton_audio_info *i = &in->info;
    i->title = ton_arena_text(in->arena, sf_get_string(file, SF_STR_TITLE));
    i->artist = ton_arena_text(in->arena, sf_get_string(file, SF_STR_ARTIST));
    SF_BROADCAST_INFO b = {0};
    if (sf_command(file, SFC_GET_BROADCAST_INFO, &b, sizeof b) != SF_TRUE)
        return;
    if (strcmp(i->container, "WAV") == 0)
        i->container = "BWF";
    i->has_time_reference = true;
    i->time_reference =
        (int64_t)((uint64_t)b.time_reference_high << 32 | (uint64_t)b.time_reference_low);
    i->description = field(in, b.description, sizeof b.description);
    i->originator = field(in, b.originator, sizeof b.originator);
    i->origination_date = field(in, b.origination_date, sizeof b.origination_date);
    i->origination_time = field(in, b.origination_time, sizeof b.origination_time);
}

static enum ton_code refuse(struct ton_audio_in *in, const char *why, struct ton_err *err) {
    return ton_fail(err, TON_INPUT, in->path, "cannot be read as audio: %.*s",
                    (int)strcspn(why, "\n"), why);
}

static enum ton_code reopen(struct ton_audio_in *in, struct reader *r, SF_INFO *sf,
                            struct ton_err *err) {
    if (r->file)
        sf_close(r->file);
    *sf = (SF_INFO){0};
    r->source.position = 0;
    char why[128];
    r->file = sndfile_open_locked(&source_io, SFM_READ, sf, &r->source, why, sizeof why);
    return r->file ? TON_OK : refuse(in, why, err);
}

static enum ton_code make_block(struct ton_audio_in *in, struct reader *r, struct ton_err *err) {
    if (!r->block)
        r->block = ton_arena_alloc(in->arena, BLOCK_BYTES);
    return r->block ? TON_OK : ton_fail(err, TON_MEMORY, in->path, "no memory for reading");
}

/* Reads to the end and starts again. */
static enum ton_code count_frames(struct ton_audio_in *in, struct reader *r, SF_INFO *sf,
                                  struct ton_err *err) {
    const sf_count_t block = (sf_count_t)r->block_frames;
    const int64_t told = sf->frames;
    const enum ton_code code = make_block(in, r, err);
    if (code != TON_OK)
        return code;
    in->info.frames = 0;
    for (sf_count_t n = block; n == block && !sf_error(r->file);) {
        n = sf_readf_float(r->file, (float *)(void *)r->block, block);
        in->info.frames += n;
    }
    const int container = sf->format & SF_FORMAT_TYPEMASK;
    const bool from_header = container == SF_FORMAT_FLAC || container == SF_FORMAT_MPEG;
    /* Inside of a WAV it is mpg123's guess from the bit rate. */
    if (from_header && told < INT64_MAX / 8 && told > in->info.frames)
        in->info.missing = told - in->info.frames;
    return reopen(in, r, sf, err);
}

/* FLAC and MPEG tell their length in a header, wherever their end is; only the last frame proves
 * it. GSM cannot be moved in and rounds its length up to whole blocks. */
static enum ton_code prove_length(struct ton_audio_in *in, struct reader *r, SF_INFO *sf,
                                  struct ton_err *err) {
    const int kind = sf->format & SF_FORMAT_SUBMASK;
    const bool mpeg = kind >= SF_FORMAT_MPEG_LAYER_I && kind <= SF_FORMAT_MPEG_LAYER_III;
    if (!sf->seekable)
        return count_frames(in, r, sf, err);
    if (sf->frames < 1 || (!mpeg && (sf->format & SF_FORMAT_TYPEMASK) != SF_FORMAT_FLAC))
        return TON_OK;
    float last[TON_MAX_CHANNELS];
    const bool proven = sf_seek(r->file, sf->frames - 1, SEEK_SET) == sf->frames - 1 &&
                        sf_readf_float(r->file, last, 1) == 1 && !sf_error(r->file);
    const enum ton_code code = reopen(in, r, sf, err);
    return code != TON_OK || proven ? code : count_frames(in, r, sf, err);
}

/* What a container promises in bytes. Coded samples are as many a byte behind the end as before. */
static void note_missing_frames(struct ton_audio_in *in, const struct reader *r) {
    const struct source *s = &r->source;
    if (r->raw)
        in->info.missing = (s->missing + (int64_t)r->frame_bytes - 1) / (int64_t)r->frame_bytes;
    else if (s->missing > 0 && s->held > 0)
        in->info.missing = llround((double)in->info.frames * (double)s->missing / (double)s->held);
}

/* Said before libsndfile does, in whose words the cause is not to be found. */
static enum ton_code check_fmt(struct ton_audio_in *in, const struct source *s,
                               struct ton_err *err) {
    const bool many = s->channels > TON_MAX_CHANNELS, rated = s->rate > 0 && s->rate <= INT32_MAX;
    in->impossible = s->has_fmt && (s->channels == 0 || many || !rated);
    if (!in->impossible)
        return TON_OK;
    if (many)
        return in_too_many(in, (int)s->channels, err);
    if (s->channels == 0)
        return ton_fail(err, TON_INPUT, in->path, "has 0 channels");
    return ton_fail(err, TON_INPUT, in->path, "has a sample rate of %lu Hz",
                    (unsigned long)s->rate);
}

static enum ton_code sndfile_open(struct ton_audio_in *in, struct ton_err *err) {
    struct reader *r = TON_NEW(in->arena, struct reader);
    if (!r)
        return ton_fail(err, TON_MEMORY, in->path, "no memory for reading");
    in->state = r;
    SF_INFO sf;
    enum ton_code code = source_open(&r->source, in->path, err);
    if (code == TON_OK)
        code = check_fmt(in, &r->source, err);
    if (code != TON_OK)
        return code;
    /* Asked before libsndfile is: its MPEG decoder grumbles on stderr about what it cannot read. */
    const bool counted = mpeg_starts_here(r->source.fd) && !mpeg_tells_length(r->source.fd);
    code = counted ? refuse(in, "it does not tell its length", err) : reopen(in, r, &sf, err);
    if (code != TON_OK)
        return code;
    const bool mpeg = (sf.format & SF_FORMAT_TYPEMASK) == SF_FORMAT_MPEG;
    if (sf.frames < 0 || sf.frames > INT64_MAX / 8 || (mpeg && !mpeg_tells_length(r->source.fd)))
        return refuse(in, "its header does not tell the length", err);
    describe(in, r, &sf);
    code = in_check(in, err);
    if (code != TON_OK)
        return code;
    r->frame_bytes = (size_t)ton_sample_size(r->packing.kind) * (size_t)sf.channels;
    r->block_frames = BLOCK_BYTES / r->frame_bytes;
    code = prove_length(in, r, &sf, err);
    if (code != TON_OK)
        return code;
    note_missing_frames(in, r);
    r->packing.swap = r->raw && sf_command(r->file, SFC_RAW_DATA_NEEDS_ENDSWAP, NULL, 0) == SF_TRUE;
    read_layout(in, r, sf.format);
    read_tags(in, r->file);
    in->info.track_names = ixml_track_names(in->arena, &r->source, sf.channels);
    return TON_OK;
}

static int64_t read_block(struct reader *r, void *block, int64_t wanted) {
    if (!r->raw)
        return sf_readf_float(r->file, block, wanted);
    const sf_count_t bytes = sf_read_raw(r->file, block, wanted * (sf_count_t)r->frame_bytes);
    return bytes < 0 ? 0 : bytes / (sf_count_t)r->frame_bytes;
}

/* Mono floats lie in the file as they are wanted. */
static bool is_as_wanted(const struct ton_audio_in *in, const struct reader *r) {
    return in->info.channels == 1 && r->packing.kind == TON_SAMPLE_F32 && !r->packing.swap;
}

static enum ton_code sndfile_read(struct ton_audio_in *in, float *const *out, int64_t frames,
                                  int64_t *got, struct ton_err *err) {
    struct reader *r = in->state;
    const bool straight = is_as_wanted(in, r) && out[0];
    const enum ton_code code = straight ? TON_OK : make_block(in, r, err);
    if (code != TON_OK)
        return code;
    while (*got < frames) {
        const int64_t left = frames - *got, block = (int64_t)r->block_frames;
        const int64_t wanted = left < block ? left : block;
        const int64_t n = read_block(r, straight ? (void *)(out[0] + *got) : r->block, wanted);
        if (straight)
            ton_mix_gain(out[0] + *got, out[0] + *got, in->gain, (int)n);
        else
            ton_unpack(out, (size_t)*got, r->block, (size_t)n, &r->packing, in->gain);
        *got += n;
        if (sf_error(r->file))
            return ton_fail(err, TON_INPUT, in->path, "is damaged near frame %lld: %s",
                            (long long)(in->position + *got), sf_strerror(r->file));
        if (n < wanted)
            break;
    }
    return TON_OK;
}

/* From the start, by reading: what libsndfile cannot move in. */
static bool skip_to(struct ton_audio_in *in, struct reader *r, int64_t frame) {
    SF_INFO sf;
    struct ton_err ignored;
    if (make_block(in, r, &ignored) != TON_OK || reopen(in, r, &sf, &ignored) != TON_OK)
        return false;
    while (frame > 0) {
        const int64_t block = (int64_t)r->block_frames;
        const int64_t n = read_block(r, r->block, frame < block ? frame : block);
        if (n <= 0)
            return false;
        frame -= n;
    }
    return true;
}

static enum ton_code sndfile_seek(struct ton_audio_in *in, int64_t frame, struct ton_err *err) {
    struct reader *r = in->state;
    if (r->seekable ? sf_seek(r->file, frame, SEEK_SET) == frame : skip_to(in, r, frame))
        return TON_OK;
    return ton_fail(err, TON_INPUT, in->path, "is damaged: frame %lld cannot be reached",
                    (long long)frame);
}

static void sndfile_release(struct ton_audio_in *in) {
    struct reader *r = in->state;
    if (!r)
        return;
    if (r->file)
        sf_close(r->file);
    source_close(&r->source);
}

static enum ton_code sndfile_samples_key(struct ton_audio_in *in, struct ton_key *out,
                                         struct ton_err *err) {
    struct reader *r = in->state;
    if (!r->raw)
        return ton_fail(err, TON_INPUT, in->path, "its samples do not lie in it as they are");
    struct ton_hash *h = ton_hash_create();
    enum ton_code code =
        h ? make_block(in, r, err) : ton_fail(err, TON_MEMORY, in->path, "no memory for reading");
    for (int64_t n = 1; code == TON_OK && n > 0;) {
        n = read_block(r, r->block, (int64_t)r->block_frames);
        ton_hash_bytes(h, r->block, (size_t)n * r->frame_bytes);
        if (sf_error(r->file))
            code = ton_fail(err, TON_INPUT, in->path, "is damaged: %s", sf_strerror(r->file));
        else
            code = ton_stop_check(err);
    }
    if (code == TON_OK)
        *out = ton_hash_result(h);
    ton_hash_destroy(h);
    return code;
}

static bool sndfile_ixml(const char **out, struct ton_arena *arena, const struct ton_audio_in *in,
                         const char *element) {
    const struct reader *r = in->state;
    return ixml_text(out, arena, &r->source, element);
}

const struct in_backend in_sndfile = {
    .name = "libsndfile",
    .open = sndfile_open,
    .read = sndfile_read,
    .seek = sndfile_seek,
    .samples_key = sndfile_samples_key,
    .ixml = sndfile_ixml,
    .release = sndfile_release,
};
