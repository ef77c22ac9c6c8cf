/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Orders the strips so that each comes after all that feed it, or says where the routing goes round
 * in a circle.
 *
 * The walk is depth first from each strip over what feeds it, with its own stack: a strip that is
 * met again while it is still open closes a loop. */
#include "build.h"

#include "ton/text.h"

enum { MOST_IN_A_ROW = 256 }; /* nobody mixes through hundreds of buses one behind the other */

/* `from` feeds the strip whose list this is in. */
struct feed {
    int from;
    int next; /* in the list; -1: the end */
    const char *how, *where;
    bool said; /* is part of a loop that was said */
};

enum mark { UNSEEN, OPEN, DONE };

struct walk {
    struct ton_build *b;
    struct feed *feeds;
    size_t n_feeds, capacity;
    int *first;   /* per strip: its list of feeds */
    int *stack;   /* strips that are open, outermost first */
    int *at_feed; /* per strip: the feed that is being followed */
    unsigned char *marks;
    int depth, n_done;
};

static void add_feed(struct walk *w, int from, int into, const char *how, const char *where) {
    struct feed *feed = TON_PUSH(w->b->r.arena, w->feeds, w->n_feeds, w->capacity);
    if (!feed)
        return;
    *feed = (struct feed){.from = from, .next = w->first[into], .how = how, .where = where};
    w->first[into] = (int)w->n_feeds - 1;
}

/* Added from the last strip to the first, so that each list runs in the order of the document. */
static void add_feeds(struct walk *w) {
    const struct ton_session *s = w->b->s;
    for (int i = s->n_strips - 1; i >= 0; i--) {
        const struct ton_strip *strip = &s->strips[i];
        for (int k = strip->chain.n - 1; k >= 0; k--)
            if (strip->chain.items[k].sidechain >= 0)
                add_feed(w, strip->chain.items[k].sidechain, i, "side-chain",
                         strip->chain.items[k].where);
        for (int k = strip->n_sends - 1; k >= 0; k--)
            add_feed(w, i, strip->sends[k].to, "send", strip->sends[k].where);
        if (strip->to >= 0)
            add_feed(w, i, strip->to, "to", w->b->to_where[i] ? w->b->to_where[i] : strip->where);
    }
}

/* The open strips from `start` on feed each other in a circle; each feeds the one before it on the
 * stack. */
static void say_loop(struct walk *w, int start) {
    const struct ton_strip *strips = w->b->s->strips;
    int from = 0;
    bool said = false;
    while (w->stack[from] != start)
        from++;
    for (int i = from; i < w->depth; i++) {
        struct feed *feed = &w->feeds[w->at_feed[w->stack[i]]];
        said |= feed->said;
        feed->said = true;
    }
    if (said) /* one wrong feed can close many loops */
        return;
    struct ton_text loop = {0};
    ton_text_printf(&loop, "`%s`", strips[start].name);
    for (int i = w->depth - 1; i >= from; i--) {
        const struct feed *feed = &w->feeds[w->at_feed[w->stack[i]]];
        ton_text_printf(&loop, " -> `%s` (%s)", strips[w->stack[i]].name, feed->how);
    }
    /* The place is the feed that the document has last: most often the one just written. */
    const struct feed *place = &w->feeds[w->at_feed[w->stack[w->depth - 1]]];
    if (loop.failed)
        w->b->r.doc->problems->out_of_memory = true;
    ton_problems_add(w->b->r.doc->problems, false, place->where,
                     "the routing goes round in a circle: %s", loop.data ? loop.data : "");
    ton_text_free(&loop);
}

static void open_strip(struct walk *w, int strip) {
    w->marks[strip] = OPEN;
    w->at_feed[strip] = w->first[strip];
    w->stack[w->depth++] = strip;
}

static void walk_from(struct walk *w, int strip) {
    open_strip(w, strip);
    while (w->depth > 0) {
        int top = w->stack[w->depth - 1];
        if (w->at_feed[top] < 0) {
            w->marks[top] = DONE;
            w->b->s->order[w->n_done++] = top;
            if (--w->depth > 0)
                w->at_feed[w->stack[w->depth - 1]] =
                    w->feeds[w->at_feed[w->stack[w->depth - 1]]].next;
            continue;
        }
        int from = w->feeds[w->at_feed[top]].from;
        if (w->marks[from] == UNSEEN) {
            open_strip(w, from);
            continue;
        }
        if (w->marks[from] == OPEN)
            say_loop(w, from);
        w->at_feed[top] = w->feeds[w->at_feed[top]].next;
    }
}

/* Says which strip has too many before it in a row: the engine follows each way to its start. In
 * order, each comes after all that feed it. */
static void refuse_long_rows(struct walk *w) {
    struct ton_build *b = w->b;
    int *before = TON_NEW_N(b->r.arena, int, b->s->n_strips);
    for (int n = 0; before && n < w->n_done; n++) {
        const int strip = b->s->order[n];
        for (int f = w->first[strip]; f >= 0; f = w->feeds[f].next)
            if (before[strip] <= before[w->feeds[f].from])
                before[strip] = before[w->feeds[f].from] + 1;
        if (before[strip] <= MOST_IN_A_ROW)
            continue;
        ton_problems_add(b->r.doc->problems, false, b->s->strips[strip].where,
                         "the routing leads through more than %d strips in a row to `%s`",
                         MOST_IN_A_ROW, b->s->strips[strip].name);
        return;
    }
}

void ton_build_order(struct ton_build *b) {
    int n = b->s->n_strips;
    struct walk w = {.b = b,
                     .first = TON_NEW_N(b->r.arena, int, n),
                     .stack = TON_NEW_N(b->r.arena, int, n),
                     .at_feed = TON_NEW_N(b->r.arena, int, n),
                     .marks = TON_NEW_N(b->r.arena, unsigned char, n)};
    b->s->order = TON_NEW_N(b->r.arena, int, n);
    if (!w.first || !w.stack || !w.at_feed || !w.marks || !b->s->order)
        return;
    for (int i = 0; i < n; i++)
        w.first[i] = -1;
    add_feeds(&w);
    for (int i = 0; i < n && !ton_arena_failed(b->r.arena); i++)
        if (w.marks[i] == UNSEEN)
            walk_from(&w, i);
    refuse_long_rows(&w);
}
