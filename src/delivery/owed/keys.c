/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The content key of a file that is owed: everything that decides its bytes. What is solved (the
 * gain) is not in it; what the solution follows from is. */

#include "work.h"

#include "ton/foreign.h"
#include "ton/known.h"
#include "ton/report.h"

#include "config.h"

/* One that cannot be read is told when the chain is made. */
static void keys_add_files(struct ton_hash *h, const struct ton_chain_item *item) {
    for (int i = 0; i < ton_item_files(item); i++) {
        struct ton_key key = {0};
        if (item->files[i].path && ton_known_key(&key, item->files[i].path, NULL) == TON_OK)
            ton_hash_key(h, key);
    }
}

void keys_add_chain(struct ton_hash *h, const struct ton_chain *chain) {
    ton_hash_i64(h, ton_processor_find("limiter", NULL)->version); /* without one it gets one */
    ton_hash_i64(h, chain->n);
    for (int i = 0; i < chain->n; i++) {
        const struct ton_chain_item *item = &chain->items[i];
        ton_hash_text(h, item->processor->id);
        ton_hash_i64(h, item->processor->version);
        ton_hash_i64(h, item->bypass);
        if (item->setup)
            ton_hash_key(h, item->setup->key);
        for (int k = 0; k < item->processor->n_params; k++)
            ton_hash_f64(h, (double)item->params[k]);
        keys_add_files(h, item);
    }
}

static void add_piece(struct ton_hash *h, const struct piece *p, int version, bool mastered) {
    ton_hash_key(h, p->versions[version].key);
    ton_hash_i64(h, p->frames);
    ton_hash_i64(h, mastered ? p->length : p->frames);
    ton_hash_i64(h, p->fade_in);
    ton_hash_i64(h, p->fade_out);
}

static void add_target(struct ton_hash *h, const struct work *w, const struct owed *o) {
    ton_hash_i64(h, isnan(o->target));
    if (isnan(o->target))
        return;
    ton_hash_f64(h, o->target);
    ton_hash_i64(h, o->measure);
    ton_hash_i64(h, o->own_target);
    for (int i = 0; i < w->n_pieces; i++) {
        if (!owed_heeds(w, o, i))
            continue;
        add_piece(h, &w->pieces[i], 0, true);
        ton_hash_f64(h, piece_tempo(&w->pieces[i]));
    }
}

static void add_text(struct ton_hash *h, const char *text) {
    ton_hash_i64(h, text != NULL);
    ton_hash_text(h, text ? text : "");
}

static void add_tags(struct ton_hash *h, const struct ton_tags *t) {
    const char *const texts[] = {
        t->title, t->artist,  t->album,     t->album_artist, t->composer,    t->genre,
        t->isrc,  t->comment, t->copyright, t->date,         t->description, t->origination_date,
        t->label, t->upc,     t->language,
    };
    for (int i = 0; i < TON_N(texts); i++)
        add_text(h, texts[i]);
    ton_hash_i64(h, t->track);
    ton_hash_i64(h, t->n_tracks);
    struct ton_key cover = {0};
    if (t->cover)
        ton_known_key(&cover, t->cover, NULL);
    ton_hash_key(h, cover);
}

static void add_program(struct ton_hash *h, const struct work *w, const struct owed *o) {
    (void)w;
    (void)o;
    ton_hash_i64(h, DELIVERY_VERSION);
    ton_hash_text(h, TON_VERSION);
}

static void add_sound(struct ton_hash *h, const struct work *w, const struct owed *o) {
    for (int i = 0; i < o->n_stream; i++) {
        add_piece(h, &w->pieces[o->stream[i].piece], o->stream[i].version,
                  o->deliverable->mastered);
        ton_hash_f64(h, o->stream[i].gap_s);
    }
    ton_hash_i64(h, o->own);
}

static void add_disc(struct ton_hash *h, const struct work *w, const struct owed *o) {
    (void)w;
    ton_hash_i64(h, o->sector);
}

static void add_master(struct ton_hash *h, const struct work *w, const struct owed *o) {
    ton_hash_i64(h, o->deliverable->mastered);
    if (!o->deliverable->mastered)
        return;
    for (int i = 0; i < o->n_stream; i++)
        ton_hash_f64(h, piece_tempo(&w->pieces[o->stream[i].piece])); /* for times in notes */
    keys_add_chain(h, &w->production->master.chain);
}

static void add_ceiling(struct ton_hash *h, const struct work *w, const struct owed *o) {
    (void)w;
    if (o->deliverable->mastered)
        ton_hash_f64(h, o->ceiling_dbtp);
}

static void add_loudness(struct ton_hash *h, const struct work *w, const struct owed *o) {
    if (o->deliverable->mastered)
        add_target(h, w, o);
}

static void add_format(struct ton_hash *h, const struct work *w, const struct owed *o) {
    (void)w;
    ton_hash_i64(h, o->format.codec);
    ton_hash_i64(h, o->format.bits);
    ton_hash_i64(h, o->format.rate);
    ton_hash_i64(h, o->format.kbps);
    ton_hash_i64(h, o->format.channels);
}

static void add_dither(struct ton_hash *h, const struct work *w, const struct owed *o) {
    (void)w;
    ton_hash_i64(h, o->dither);
}

static void add_its_tags(struct ton_hash *h, const struct work *w, const struct owed *o) {
    (void)w;
    add_tags(h, &o->tags);
}

/* In the order in which they go into the key. */
static void (*const parts[N_KEY_PARTS])(struct ton_hash *h, const struct work *w,
                                        const struct owed *o) = {
    [KEY_PROGRAM] = add_program, [KEY_SOUND] = add_sound,     [KEY_DISC] = add_disc,
    [KEY_MASTER] = add_master,   [KEY_CEILING] = add_ceiling, [KEY_LOUDNESS] = add_loudness,
    [KEY_FORMAT] = add_format,   [KEY_DITHER] = add_dither,   [KEY_TAGS] = add_its_tags,
};

/* The key of all, and of each part for itself: they tell what changed. */
static enum ton_code fill_key(struct owed *o, const struct work *w, struct ton_err *err) {
    struct ton_hash *whole = ton_hash_create();
    for (int i = 0; whole && i < N_KEY_PARTS; i++) {
        struct ton_hash *part = ton_hash_create();
        if (part) {
            parts[i](whole, w, o);
            parts[i](part, w, o);
            o->parts_keys[i] = ton_hash_result(part);
        }
        ton_hash_destroy(part);
        if (part)
            continue;
        ton_hash_destroy(whole);
        whole = NULL;
    }
    if (whole)
        o->key = ton_hash_result(whole);
    ton_hash_destroy(whole);
    return whole ? TON_OK : ton_fail(err, TON_MEMORY, NULL, "no memory for content keys");
}

enum ton_code keys_fill(struct work *w, struct ton_err *err) {
    const enum ton_code styled = ton_report_drawing_key(&w->style, err);
    if (styled)
        return styled;
    for (size_t i = 0; i < w->n_owed + w->n_others; i++) {
        struct owed *o = &w->owed[i];
        char hex[33];
        enum ton_code code = fill_key(o, w, err);
        if (!code)
            o->delivered->key = ton_arena_text(w->arena, ton_key_hex(hex, o->key));
        if (!code && !o->delivered->key)
            code = ton_fail(err, TON_MEMORY, NULL, "no memory for content keys");
        if (!code)
            code = report_name(w, o, err);
        if (code)
            return code;
    }
    return TON_OK;
}
