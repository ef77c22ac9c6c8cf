/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What verbs leave behind in files. */
#include "kept.h"

#include "print.h"

#include "ton/path.h"

#include <string.h>
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

/* By what the folders are, not by how they are written: `.` may be audio/ itself. */
static bool is_among_takes(struct ton_arena *arena, const char *folder) {
    while (folder && ton_path_is_folder(folder)) {
        const char *const above = ton_path_join(arena, folder, "..");
        const char *const takes = above ? ton_path_join(arena, above, "audio") : NULL;
        const char *const production =
            above ? ton_path_join(arena, above, "production.yaml") : NULL;
        if (takes && production && ton_path_same(folder, takes) && ton_path_exists(production))
            return true;
        folder = above && !ton_path_same(folder, above) ? above : NULL;
    }
    return false;
}

enum ton_code kept_check_place(struct ton_arena *arena, const char *path, struct ton_err *err) {
    const char *folder = ton_path_folder(arena, path);
    for (size_t n = SIZE_MAX; folder && !ton_path_is_folder(folder) && strlen(folder) < n;) {
        n = strlen(folder); /* one that is still to be made */
        folder = ton_path_folder(arena, folder);
    }
    return is_among_takes(arena, folder)
               ? ton_fail(err, TON_INPUT, path,
                          "lies in `audio`, where the takes are; write it elsewhere")
               : TON_OK;
}

enum ton_code kept_tell(const struct ton_given *given, const char *page, struct ton_err *err) {
    struct ton_text text = {0};
    ton_text_printf(&text, "Report: %s\n", ton_given_seen(given, page));
    return ton_print_text(&text, err);
}
