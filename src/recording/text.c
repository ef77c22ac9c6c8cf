/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Clips of takes in the text of a session, which somebody may be writing at the same time. */
#include "text.h"

#include "ton/document.h"
#include "ton/path.h"
#include "ton/takes.h"
#include "ton/thread.h"

enum { TRIES = 10, PAUSE_NS = 50000000 };

bool text_clip(struct ton_placing *out, const struct ton_placing *share, const char *take,
               const struct ton_recorded_clip *clip, bool heard) {
    const int64_t early = clip->at < 0 ? -clip->at : 0;
    *out = *share;
    out->take = take;
    out->at = clip->at + early;
    out->from = clip->from + early;
    out->frames = clip->frames - early;
    out->heard = out->replaces = heard;
    out->crossfade_ms = CROSSFADE_MS;
    return out->frames > 0;
}

/* Once. `*changed`: it is no longer what was read, so what was made of it counts for nothing. */
static enum ton_code place_once(bool *changed, const char *path, struct ton_arena *arena,
                                struct ton_placing *placings, int n, struct ton_problems *problems,
                                struct ton_err *err) {
    char *text = NULL, *with = NULL, *now = NULL;
    const char *file; /* behind a link, which stays */
    size_t length = 0, later = 0;
    bool done = false;
    struct ton_takes takes = ton_takes_from_files();
    takes.may_miss = true;
    *changed = false;
    enum ton_code code = ton_path_read(&text, &length, arena, path, TON_DOCUMENT_BYTES, err);
    if (code)
        return code;
    code = ton_path_resolve(&file, arena, path, err);
    if (!code)
        code =
            ton_session_place(&with, arena, path, text, length, &takes, placings, n, problems, err);
    if (!code) {
        code = ton_path_replace(&done, file, text, length, with, strlen(with), err);
        *changed = !code && !done;
    } else if (code == TON_INPUT) { /* or half of what an editor is writing */
        ton_nap(PAUSE_NS);
        const bool there =
            ton_path_read(&now, &later, arena, path, TON_DOCUMENT_BYTES, NULL) == TON_OK;
        *changed = there && (later != length || memcmp(now, text, length) != 0);
    }
    return code;
}

enum ton_code text_place(const char *path, struct ton_arena *arena, struct ton_placing *placings,
                         int n, struct ton_problems *problems, struct ton_err *err) {
    const struct ton_problems before = *problems;
    for (int tries = 0; tries < TRIES; tries++) {
        bool changed;
        *problems = before;
        const enum ton_code code = place_once(&changed, path, arena, placings, n, problems, err);
        if (!changed)
            return code;
        ton_nap(PAUSE_NS);
    }
    return ton_fail(err, TON_ENVIRONMENT, path,
                    "another program writes it again and again, so it was left as it is");
}
