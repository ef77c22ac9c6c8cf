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
    const bool all = w->production->master.per == TON_PER_PRODUCTION;
    for (int i = 0; i < w->n_pieces && !o->own_target; i++) {
        if (all || i == o->parts[0].piece)
            add_piece(h, &w->pieces[i], 0, true);
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

static struct ton_key key_of(struct ton_hash *h, const struct work *w, const struct owed *o) {
    ton_hash_i64(h, DELIVERY_VERSION);
    ton_hash_text(h, TON_VERSION);
    for (int i = 0; i < o->n_stream; i++) {
        add_piece(h, &w->pieces[o->stream[i].piece], o->stream[i].version,
                  o->deliverable->mastered);
        ton_hash_f64(h, o->stream[i].gap_s);
    }
    ton_hash_i64(h, o->own);
    ton_hash_i64(h, o->sector);
    ton_hash_i64(h, o->deliverable->mastered);
    if (o->deliverable->mastered) {
        for (int i = 0; i < o->n_stream; i++)
            ton_hash_f64(h, piece_tempo(&w->pieces[o->stream[i].piece])); /* for times in notes */
        keys_add_chain(h, &w->production->master.chain);
        ton_hash_f64(h, o->ceiling_dbtp);
        add_target(h, w, o);
    }
    ton_hash_i64(h, o->format.codec);
    ton_hash_i64(h, o->format.bits);
    ton_hash_i64(h, o->format.rate);
    ton_hash_i64(h, o->format.kbps);
    ton_hash_i64(h, o->format.channels);
    ton_hash_i64(h, o->dither);
    add_tags(h, &o->tags);
    return ton_hash_result(h);
}

enum ton_code keys_fill(struct work *w, struct ton_err *err) {
    const enum ton_code styled = ton_report_drawing_key(&w->style, err);
    if (styled)
        return styled;
    for (size_t i = 0; i < w->n_owed; i++) {
        struct owed *o = &w->owed[i];
        struct ton_hash *h = ton_hash_create();
        if (!h)
            return ton_fail(err, TON_MEMORY, NULL, "no memory for content keys");
        char hex[33];
        o->key = key_of(h, w, o);
        o->delivered->key = ton_arena_text(w->arena, ton_key_hex(hex, o->key));
        ton_hash_destroy(h);
        if (!o->delivered->key)
            return ton_fail(err, TON_MEMORY, NULL, "no memory for content keys");
        const enum ton_code code = report_name(w, o, err);
        if (code)
            return code;
    }
    return TON_OK;
}
