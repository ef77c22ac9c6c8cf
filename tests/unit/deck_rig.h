/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A deck over the device that is a clock and nothing else, in a production of its own. */
#ifndef TON_TESTS_DECK_RIG_H
#define TON_TESTS_DECK_RIG_H

#include "production_rig.h"

#include "ton/deck.h"
#include "ton/recordings.h"

enum { RATE = 48000 };

#define SESSION                                                                                    \
    "tonmeister: 1\ntitle: P\nrate: 48 kHz\ntempo: 120 bpm\ntracks:\n"                             \
    "  Voice: {input: 1}\n  Keys: {input: [3, 1]}\n  Pad: {input: 1}\n"

struct desk {
    struct rig *rig;
    struct ton_deck *deck;
    struct ton_deck_config config;
    struct ton_deck_event placed; /* the last clip */
};

/* All tracks that have an input. */
static inline struct desk desk_of(struct rig *r) {
    rig_write(r, "p/production.yaml", "tonmeister: 1\ntitle: P\nsessions: [s]\n");
    rig_write(r, "p/sessions/s.yaml", SESSION);
    return (struct desk){.rig = r,
                         .config = {.folder = rig_path(r, "p"),
                                    .session = rig_path(r, "p/sessions/s.yaml"),
                                    .backend = "null",
                                    .speed = 10, /* faster than the disk some would be lost */
                                    .records = true,
                                    .bits = 24,
                                    .ring_s = 10,
                                    .latency = 0}};
}

static inline void desk_open(struct desk *d) {
    const enum ton_code code = ton_deck_open(&d->deck, &d->config, &d->rig->problems, &d->rig->err);
    if (code)
        fail_msg("%s: %s", d->rig->err.where, d->rig->err.text);
}

/* Until the end that was asked for; events are as many as `counted` says of each kind. */
static inline void run(struct desk *d, int *counted) {
    enum ton_code code = TON_OK;
    const int64_t start = ton_clock_ns();
    while (!code && ton_clock_ns() - start < INT64_C(60000000000)) {
        ton_nap(2000000);
        code = ton_deck_tick(d->deck, &d->rig->err);
    }
    if (code != TON_STOPPED)
        fail_msg("%d: %s", code, code ? d->rig->err.text : "it takes too long");
    struct ton_deck_event event;
    while (ton_deck_event(d->deck, &event)) {
        counted[event.kind]++;
        if (event.kind == TON_DECK_PLACED)
            d->placed = event;
        /* Whatever a text was made of, it is there as long as the deck is. */
        assert_true(!event.track || *event.track);
        assert_true(!event.file || *event.file);
    }
}

/* How often the session's text has this. */
static inline int times(struct desk *d, const char *what) {
    char *text = NULL;
    size_t length = 0;
    int n = 0;
    assert_int_equal(ton_path_read(&text, &length, d->rig->arena, d->config.session, 1 << 20, NULL),
                     TON_OK);
    for (const char *at = text; (at = strstr(at, what)) != NULL; at++)
        n++;
    return n;
}

static inline int rows_of(struct desk *d, struct ton_take_row **rows) {
    struct ton_database *db = NULL;
    int n = 0;
    assert_int_equal(ton_database_open(&db, d->config.folder, &d->rig->err), TON_OK);
    assert_int_equal(ton_takes_list(rows, &n, d->rig->arena, db, NULL, &d->rig->err), TON_OK);
    ton_database_close(db);
    return n;
}

#endif
