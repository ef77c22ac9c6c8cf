/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which captured frames are in the ring, and which were lost. */
#include "writer.h"

static int64_t end_of(const struct loss *loss) {
    return loss->c + loss->frames;
}

static int64_t lost_after(const struct loss *loss) {
    return loss->before + loss->frames;
}

/* Nobody goes back further than the pre-roll. */
static void forget(struct ton_recorder *r) {
    enum { MANY = 1024 };
    const int64_t floor = r->c - r->pre_roll;
    size_t n = 0;
    while (r->n_losses > MANY && n < r->n_losses && end_of(&r->losses[n]) < floor)
        n++;
    if (n == 0)
        return;
    r->n_losses -= n;
    memmove(r->losses, r->losses + n, sizeof *r->losses * r->n_losses);
}

enum ton_code losses_add(struct ton_recorder *r, int64_t frames, bool overrun,
                         struct ton_err *err) {
    forget(r);
    struct loss *loss = TON_PUSH(r->arena, r->losses, r->n_losses, r->losses_capacity);
    if (loss)
        *loss = (struct loss){.c = r->c, .frames = frames, .before = r->lost, .overrun = overrun};
    r->lost += frames;
    r->c += frames;
    return loss ? TON_OK : ton_fail(err, TON_MEMORY, NULL, "no memory to note what was lost");
}

int64_t losses_find(const struct ton_recorder *r, int64_t c, int64_t *frames, bool *overrun) {
    int64_t next = INT64_MAX, lost = r->n_losses > 0 ? r->losses[0].before : r->lost;
    const struct loss *last = NULL;
    for (size_t i = r->n_losses; i > 0 && !last; i--) {
        if (r->losses[i - 1].c <= c)
            last = &r->losses[i - 1];
        else
            next = r->losses[i - 1].c;
    }
    const bool gone = last && c < end_of(last);
    if (gone)
        next = end_of(last);
    else if (last)
        lost = lost_after(last);
    if (*frames > next - c)
        *frames = next - c;
    *overrun = gone && last->overrun;
    return gone ? -1 : c - lost;
}
