/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tags and pictures as FLAC and Ogg carry them. */
#include "vorbis_comment.h"

#include "wav_chunks.h"

void vorbis_each(const struct ton_tags *tags, vorbis_put put, void *user) {
    char track[16] = "", total[16] = "";
    if (tags->track > 0)
        snprintf(track, sizeof track, "%d", tags->track);
    if (tags->n_tracks > 0)
        snprintf(total, sizeof total, "%d", tags->n_tracks);
    const char *const pairs[][2] = {
        {"TITLE", tags->title},     {"ARTIST", tags->artist},
        {"ALBUM", tags->album},     {"ALBUMARTIST", tags->album_artist},
        {"TRACKNUMBER", track},     {"TRACKTOTAL", total},
        {"DATE", tags->date},       {"ISRC", tags->isrc},
        {"GENRE", tags->genre},     {"COMPOSER", tags->composer},
        {"COMMENT", tags->comment}, {"COPYRIGHT", tags->copyright},
        {"LABEL", tags->label},     {"ORGANIZATION", tags->label}, /* the specification's own */
        {"BARCODE", tags->upc},     {"LANGUAGE", tags->language},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        if (pairs[i][1] && *pairs[i][1])
            put(pairs[i][0], pairs[i][1], user);
    }
}

struct comments {
    struct ton_text text;
    uint32_t n;
};

static void put_comment(const char *name, const char *value, void *user) {
    struct comments *c = user;
    put_u32(&c->text, (uint32_t)(strlen(name) + 1 + strlen(value)));
    ton_text_add(&c->text, name);
    ton_text_add(&c->text, "=");
    ton_text_add(&c->text, value);
    c->n++;
}

void put_vorbis_comment(struct ton_text *t, const struct ton_tags *tags) {
    static const char vendor[] = "Tonmeister";
    struct comments c = {0};
    vorbis_each(tags, put_comment, &c);
    put_u32(t, sizeof vendor - 1);
    ton_text_add(t, vendor);
    put_u32(t, c.n);
    if (c.n)
        ton_text_add_n(t, c.text.data, c.text.length);
    t->failed |= c.text.failed;
    ton_text_free(&c.text);
}

void put_picture(struct ton_text *t, const struct cover *cover) {
    put_u32_be(t, 3); /* front cover */
    put_u32_be(t, (uint32_t)strlen(cover->mime));
    ton_text_add(t, cover->mime);
    put_u32_be(t, 0); /* no description */
    put_u32_be(t, (uint32_t)cover->width);
    put_u32_be(t, (uint32_t)cover->height);
    put_u32_be(t, (uint32_t)cover->depth);
    put_u32_be(t, 0); /* not a palette of n colours */
    put_u32_be(t, (uint32_t)cover->size);
    ton_text_add_n(t, cover->data, cover->size);
}
