/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What was lost is told once for all takes that lost it, and summed where it comes thick: the first
 * at once, what follows within a second of it together. */
#include "face.h"

#define TOGETHER_NS INT64_C(1000000000)

/* What was lost of one file, or of none, and how. */
struct deck_loss {
    enum ton_deck_event_kind kind;
    const char *file, *text;
    int64_t n, frames, from, to;
};

static struct deck_loss *find(const struct deck_losses *l, const struct ton_deck_event *e) {
    for (size_t i = 0; i < l->n; i++)
        if (l->items[i].kind == e->kind && ton_text_same(l->items[i].file, e->file) &&
            ton_text_same(l->items[i].text, e->text))
            return &l->items[i];
    return NULL;
}

bool deck_losses_add(struct deck_losses *l, struct ton_arena *arena,
                     const struct ton_deck_event *e) {
    if (e->kind != TON_DECK_XRUN && e->kind != TON_DECK_LATE)
        return false;
    struct deck_loss *loss = find(l, e);
    if (!loss) {
        loss = TON_PUSH(arena, l->items, l->n, l->capacity);
        if (!loss) /* its mark stands in the take */
            return true;
        *loss = (struct deck_loss){e->kind, e->file, e->text, 0, 0, e->at, e->at};
    }
    loss->n++;
    loss->frames += e->frames;
    loss->to = e->at;
    return true;
}

bool deck_losses_are_due(const struct deck_losses *l, int64_t now) {
    return l->n > 0 && now - l->told_ns >= TOGETHER_NS;
}

static bool are_one(const struct deck_loss *a, const struct deck_loss *b) {
    return a->kind == b->kind && a->file && b->file && ton_text_same(a->text, b->text) &&
           a->n == b->n && a->frames == b->frames && a->from == b->from && a->to == b->to;
}

static void write_takes(struct ton_text *t, const struct deck_loss *loss, int n_takes,
                        const char *from, const char *to, int rate) {
    if (n_takes > 1)
        ton_text_printf(t, "all %d takes (%s …): ", n_takes, loss->file);
    else
        ton_text_printf(t, "%s: ", loss->file);
    if (loss->n == 1)
        ton_text_printf(t, "%lld frames were lost at %s", (long long)loss->frames, from);
    else
        ton_text_printf(t, "%lld times frames were lost between %s and %s, %.3f s in all,",
                        (long long)loss->n, from, to, (double)loss->frames / rate);
    ton_text_printf(t, " and are silent (%s)\n", loss->text ? loss->text : "xrun");
}

static void write_late(struct ton_text *t, const struct deck_loss *loss, const char *from,
                       const char *to) {
    if (loss->n == 1)
        ton_text_printf(t, "takes were not read in time at %s: silence was heard\n", from);
    else
        ton_text_printf(t,
                        "%lld times takes were not read in time between %s and %s: silence was "
                        "heard\n",
                        (long long)loss->n, from, to);
}

static void write_device(struct ton_text *t, const struct deck_loss *loss, int rate) {
    if (loss->frames)
        ton_text_printf(t, "the device lost %lld frames", (long long)loss->frames);
    else
        ton_text_add(t, "the device was late, and lost no frame that it knows of");
    if (loss->n > 1 && loss->frames)
        ton_text_printf(t, " (%.3f s)", (double)loss->frames / rate);
    if (loss->n > 1)
        ton_text_printf(t, ", %lld times", (long long)loss->n);
    ton_text_add(t, "\n");
}

static void write_loss(struct ton_text *t, const struct deck_loss *loss, int n_takes, int rate) {
    char from[32], to[32];
    ton_time_format(from, sizeof from, loss->from, rate);
    ton_time_format(to, sizeof to, loss->to, rate);
    if (loss->kind == TON_DECK_LATE)
        write_late(t, loss, from, to);
    else if (loss->file)
        write_takes(t, loss, n_takes, from, to, rate);
    else
        write_device(t, loss, rate);
}

void deck_losses_write(struct ton_text *out, struct deck_losses *l, int rate, int64_t now) {
    for (size_t i = 0; i < l->n; i++) {
        int n_takes = 1;
        for (size_t k = i + 1; k < l->n; k++)
            if (l->items[k].n && are_one(&l->items[i], &l->items[k])) {
                l->items[k].n = 0; /* told with this one */
                n_takes++;
            }
        if (l->items[i].n)
            write_loss(out, &l->items[i], n_takes, rate);
    }
    l->n = 0;
    l->told_ns = now;
}
