/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Clips of takes in the text of a session. */
#include "text.h"

#include "ton/document.h"
#include "ton/path.h"
#include "ton/takes.h"

enum ton_code text_place(const char *path, struct ton_arena *arena,
                         const struct ton_placing *placings, int n, struct ton_problems *problems,
                         struct ton_err *err) {
    char *text = NULL, *changed = NULL;
    size_t length = 0;
    struct ton_takes takes = ton_takes_from_files();
    takes.may_miss = true;
    enum ton_code code = ton_path_read(&text, &length, arena, path, TON_DOCUMENT_BYTES, err);
    if (!code)
        code = ton_session_place(&changed, arena, path, text, length, &takes, placings, n, problems,
                                 err);
    return code ? code : ton_path_write(path, changed, strlen(changed), err);
}
