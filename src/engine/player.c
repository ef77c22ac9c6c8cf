/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Editions of a session, and what plays them: made and destroyed. */
#include "player.h"

#include "ton/arena.h"

static enum ton_code no_memory(struct ton_err *err) {
    return ton_fail(err, TON_MEMORY, NULL, "no memory to play");
}

enum ton_code edition_create(struct edition **out, const struct ton_transport_config *config,
                             const struct ton_strip *strips, int64_t number, struct ton_err *err) {
    static const struct ton_wish mix = {.name = "mix", .kind = TON_WISH_MIX};
    const size_t bytes = sizeof *strips * (size_t)config->session->n_strips;
    *out = NULL;
    struct edition *e = ton_alloc(sizeof *e);
    struct ton_strip *copy = ton_alloc(bytes);
    if (!e || !copy) {
        ton_free(e);
        ton_free(copy);
        return no_memory(err);
    }
    memcpy(copy, strips, bytes);
    e->session = *config->session;
    e->session.strips = copy;
    e->number = number;
    e->users = 1;
    enum ton_code code = ton_plan_compile(&e->plan, &e->session, &mix, 1, NULL, err);
    if (!code && config->settle)
        code = config->settle(config->user, e->plan, err);
    if (code)
        edition_release(e);
    else
        *out = e;
    return code;
}

void edition_release(struct edition *e) {
    if (!e || --e->users > 0)
        return;
    ton_plan_destroy(e->plan);
    ton_free(e->session.strips);
    ton_free(e);
}

static enum ton_code prepare(struct player *p, const struct player_config *config,
                             struct ton_err *err) {
    for (int c = 0; c < 2; c++) {
        p->fifo[c] = ton_alloc(sizeof(float) * (size_t)config->block);
        if (!p->fifo[c])
            return no_memory(err);
    }
    const struct ton_live_config live = {.frames = config->block,
                                         .place = config->place > 0 ? config->place : 0,
                                         .run_in = config->run_in};
    const enum ton_code code = ton_live_create_at(&p->live, p->edition->plan, &live, err);
    if (!code)
        p->head = ton_live_head(p->live);
    return code;
}

enum ton_code player_create(struct player **out, struct edition *edition,
                            const struct player_config *config, struct ton_err *err) {
    *out = NULL;
    struct player *p = ton_alloc(sizeof *p);
    if (!p)
        return no_memory(err);
    p->edition = edition;
    edition->users++;
    p->number = edition->number;
    p->end = config->end ? config->end : ton_plan_frames(edition->plan);
    p->block = config->block;
    p->place = config->place;
    p->silent = config->place < 0 ? -config->place : 0;
    const enum ton_code code = prepare(p, config, err);
    if (code)
        player_destroy(p);
    else
        *out = p;
    return code;
}

void player_destroy(struct player *p) {
    if (!p)
        return;
    ton_live_destroy(p->live);
    edition_release(p->edition);
    ton_free(p->fifo[0]);
    ton_free(p->fifo[1]);
    ton_free(p);
}
