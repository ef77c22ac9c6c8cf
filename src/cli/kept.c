/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What verbs leave behind in files. */
#include "kept.h"

#include "ton/path.h"

#include <time.h>

const char *kept_now(struct ton_arena *arena, const char *format, bool utc) {
    char text[64];
    struct tm parts = {0};
    const time_t now = time(NULL);
    if (utc)
        gmtime_r(&now, &parts);
    else
        localtime_r(&now, &parts);
    strftime(text, sizeof text, format, &parts);
    return ton_arena_text(arena, text);
}

enum ton_code kept_write(const char *path, struct ton_text *text, struct ton_err *err) {
    const enum ton_code code = text->failed ? ton_fail(err, TON_MEMORY, path, "no memory")
                                            : ton_path_write(path, text->data, text->length, err);
    ton_text_free(text);
    return code;
}
