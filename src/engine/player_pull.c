/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A player on the audio thread: blocks in, any number of frames out. */
#include "player.h"

/* The next block, when there is none left. */
static bool refill(struct player *p) {
    float *const rows[1][2] = {{p->fifo[0], p->fifo[1]}};
    while (p->held == 0) {
        if (ton_live_process(p->live, rows) == TON_LIVE_LATE)
            return false;
        p->at = p->head;
        p->held = p->block - p->head;
        p->head = 0;
    }
    return true;
}

static int at_hand(struct player *p) {
    if (p->silent > 0)
        return p->silent < p->block ? (int)p->silent : p->block;
    return refill(p) ? p->held : 0;
}

void player_take(struct player *p, float *const out[2], int frames) {
    const bool silent = p->silent > 0;
    for (int c = 0; c < 2 && out; c++)
        if (silent)
            memset(out[c], 0, sizeof(float) * (size_t)frames);
        else
            memcpy(out[c], p->fifo[c] + p->at, sizeof(float) * (size_t)frames);
    p->silent -= silent ? frames : 0;
    p->at += silent ? 0 : frames;
    p->held -= silent ? 0 : frames;
}

int player_ready(struct player *p) {
    int n;
    while ((n = at_hand(p)) > 0 && p->skip > 0) {
        n = p->skip < n ? (int)p->skip : n;
        p->skip -= n;
        player_take(p, NULL, n);
    }
    return n;
}
