/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tags of a WAV: LIST/INFO for everything that reads WAV, an `id3 ` chunk for what INFO cannot
 * name. */
#include "wav_chunks.h"

void put_u16(struct ton_text *t, unsigned value) {
    const char bytes[] = {(char)value, (char)(value >> 8)};
    ton_text_add_n(t, bytes, sizeof bytes);
}

void put_u32(struct ton_text *t, uint32_t value) {
    put_u16(t, value & 0xffff);
    put_u16(t, value >> 16);
}

void put_u64(struct ton_text *t, uint64_t value) {
    put_u32(t, (uint32_t)value);
    put_u32(t, (uint32_t)(value >> 32));
}

void put_u32_be(struct ton_text *t, uint32_t value) {
    const char bytes[] = {(char)(value >> 24), (char)(value >> 16), (char)(value >> 8),
                          (char)value};
    ton_text_add_n(t, bytes, sizeof bytes);
}

void put_field(struct ton_text *t, const char *text, size_t size) {
    static const char zeros[256];
    size_t length = text ? strlen(text) : 0;
    if (length > size)
        length = size;
    while (length && length < strlen(text ? text : "") && (text[length] & 0xc0) == 0x80)
        length--; /* not inside a UTF-8 sequence */
    ton_text_add_n(t, text ? text : "", length);
    for (size_t left = size - length; left;) {
        const size_t n = left < sizeof zeros ? left : sizeof zeros;
        ton_text_add_n(t, zeros, n);
        left -= n;
    }
}

void put_chunk(struct ton_text *t, const char *id, const struct ton_text *body) {
    ton_text_add_n(t, id, 4);
    put_u32(t, (uint32_t)body->length);
    ton_text_add_n(t, body->data, body->length);
    if (body->length & 1)
        ton_text_add_n(t, "", 1);
    t->failed |= body->failed;
}

static void put_info_text(struct ton_text *body, const char *id, const char *text) {
    if (!text || !*text)
        return;
    struct ton_text padded = {0};
    ton_text_add_n(&padded, text, strlen(text) + 1);
    put_chunk(body, id, &padded);
    ton_text_free(&padded);
}

static const char *track_text(char out[32], const struct ton_tags *tags, bool with_count) {
    if (tags->track <= 0)
        return NULL;
    if (with_count && tags->n_tracks > 0)
        snprintf(out, 32, "%d/%d", tags->track, tags->n_tracks);
    else
        snprintf(out, 32, "%d", tags->track);
    return out;
}

void put_info(struct ton_text *t, const struct ton_tags *tags) {
    char track[32];
    struct ton_text body = {0};
    ton_text_add_n(&body, "INFO", 4);
    put_info_text(&body, "INAM", tags->title);
    put_info_text(&body, "IART", tags->artist);
    put_info_text(&body, "IPRD", tags->album);
    put_info_text(&body, "IPRT", track_text(track, tags, false));
    put_info_text(&body, "ICRD", tags->date);
    put_info_text(&body, "IGNR", tags->genre);
    put_info_text(&body, "ICOP", tags->copyright);
    put_info_text(&body, "ICMT", tags->comment);
    put_info_text(&body, "ILNG", tags->language);
    /* "Source" in the list of 1991, but what taggers keep the code in, and all that ffprobe sees.
     */
    put_info_text(&body, "ISRC", tags->isrc);
    if (body.length > 4)
        put_chunk(t, "LIST", &body);
    ton_text_free(&body);
}

/* ID3v2.4 frame: size as four times seven bits, encoding 3 is UTF-8. */
static void put_synchsafe(struct ton_text *t, size_t n) {
    put_u32_be(
        t, (uint32_t)((n & 0x7f) | (n & 0x3f80) << 1 | (n & 0x1fc000) << 2 | (n & 0xfe00000) << 3));
}

static void put_id3_text(struct ton_text *body, const char *id, const char *text) {
    if (!text || !*text)
        return;
    ton_text_add_n(body, id, 4);
    put_synchsafe(body, strlen(text) + 1);
    ton_text_add_n(body, "\0\0\3", 3);
    ton_text_add(body, text);
}

/* A text that ID3 has no frame for, under the name that taggers agree on. */
static void put_id3_named(struct ton_text *body, const char *name, const char *text) {
    if (!text || !*text)
        return;
    ton_text_add(body, "TXXX");
    put_synchsafe(body, 1 + strlen(name) + 1 + strlen(text));
    ton_text_add_n(body, "\0\0\3", 3);
    ton_text_add_n(body, name, strlen(name) + 1);
    ton_text_add(body, text);
}

/* Language "XXX" is an unknown one; then an empty description. */
static void put_id3_comment(struct ton_text *body, const char *text) {
    static const char head[] = "\3XXX"; /* with the description's end */
    if (!text || !*text)
        return;
    ton_text_add(body, "COMM");
    put_synchsafe(body, sizeof head + strlen(text));
    ton_text_add_n(body, "\0\0", 2);
    ton_text_add_n(body, head, sizeof head);
    ton_text_add(body, text);
}

void put_id3(struct ton_text *t, const struct ton_tags *tags) {
    char track[32];
    struct ton_text frames = {0}, body = {0};
    put_id3_text(&frames, "TIT2", tags->title);
    put_id3_text(&frames, "TPE1", tags->artist);
    put_id3_text(&frames, "TALB", tags->album);
    put_id3_text(&frames, "TPE2", tags->album_artist);
    put_id3_text(&frames, "TCOM", tags->composer);
    put_id3_text(&frames, "TRCK", track_text(track, tags, true));
    put_id3_text(&frames, "TSRC", tags->isrc);
    put_id3_text(&frames, "TDRC", tags->date);
    put_id3_text(&frames, "TCON", tags->genre);
    put_id3_text(&frames, "TCOP", tags->copyright);
    put_id3_text(&frames, "TPUB", tags->label);
    put_id3_text(&frames, "TLAN", tags->language);
    put_id3_comment(&frames, tags->comment);
    put_id3_named(&frames, "BARCODE", tags->upc);
    if (frames.length) {
        ton_text_add_n(&body, "ID3\4\0\0", 6);
        put_synchsafe(&body, frames.length);
        ton_text_add_n(&body, frames.data, frames.length);
        body.failed |= frames.failed;
        put_chunk(t, "id3 ", &body);
    }
    ton_text_free(&frames);
    ton_text_free(&body);
}
