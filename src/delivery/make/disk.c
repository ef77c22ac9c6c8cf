/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The disk that a delivery's cache is on. */
#include "ton/unit.h"
#include "work.h"

enum ton_code disk_check(struct work *w, struct ton_err *err) {
    const char *folder = w->production->folder;
    if (w->disk_checked)
        return TON_OK;
    switch (ton_path_disk(folder)) {
    case TON_DISK_READ_ONLY:
        return ton_fail(err, TON_ENVIRONMENT, folder,
                        "this production is on a read-only disk, and something of it must be made "
                        "again; copy it to another disk and deliver there");
    case TON_DISK_NETWORK:
        ton_problems_add(w->problems, true, folder,
                         "this production is on a network disk, where a `ton` on another computer "
                         "may deliver it at the same time; with `.cache` as a link to a folder on "
                         "a disk of this computer it is made faster");
        break;
    case TON_DISK_LOCAL:
        break;
    }
    w->disk_checked = true;
    return TON_OK;
}

void disk_make_room(struct work *w, int64_t bytes, const char *what) {
    char text[32];
    if (bytes == 0 || ton_cache_make_room(w->store.cache, bytes, 0) ||
        !ton_path_is_folder(w->store.folder))
        return;
    ton_problems_add(w->problems, true, w->store.folder,
                     "the disk has no room for the %s, which take %s; free some, or make `.cache` "
                     "a link to a folder on another disk",
                     what, ton_bytes_format(text, sizeof text, bytes));
}

int64_t disk_owed(const struct work *w) {
    int64_t frames = 0;
    for (int i = 0; i < w->n_pieces; i++) {
        const struct piece *p = &w->pieces[i];
        for (size_t k = 0; k < p->n_versions; k++) {
            const struct version *v = &p->versions[k];
            const bool mix = v->needed && !v->rendered;
            const bool colour = v->mastering && !v->coloured && v->colour != v->mix;
            frames += (mix + colour) * ton_plan_frames(p->plan);
        }
    }
    for (size_t i = 0; i < w->n_owed; i++)
        for (int k = 0; k < w->owed[i].n_parts && !w->owed[i].stands; k++)
            frames += ton_plan_frames(w->pieces[w->owed[i].parts[k].piece].plan);
    return TON_STORE_FRAME_BYTES * frames;
}
