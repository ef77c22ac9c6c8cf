/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How a session begins that nobody has written yet. */
#include "ton/place.h"

#include "ton/yaml.h"

#include <ctype.h>

/* `night-train` is called "Night Train". */
static void add_title(struct ton_text *out, const char *name) {
    struct ton_text title = {0};
    bool start = true;
    for (const char *c = name; *c; c++) {
        const char shown = *c == '-' || *c == '_' ? ' '
                           : start                ? (char)toupper((unsigned char)*c)
                                                  : *c;
        ton_text_add_n(&title, &shown, 1);
        start = shown == ' ';
    }
    ton_yaml_scalar(out, title.data ? title.data : name);
    out->failed |= title.failed;
    ton_text_free(&title);
}

char *ton_session_begin(struct ton_arena *arena, const char *name, int rate, double bpm) {
    struct ton_text text = {0};
    ton_text_add(&text, "tonmeister: 1\ntitle: ");
    add_title(&text, name);
    ton_text_printf(&text, "\nrate: %g kHz\n", rate / 1000.0);
    if (bpm > 0)
        ton_text_printf(&text, "tempo: %g bpm\n", bpm);
    else
        ton_text_add(&text, "# tempo: 120 bpm    # without the # and with the right number, bars "
                            "count: at: 17|1\n");
    ton_text_add(&text, "\ntracks:\n");
    char *out = text.failed ? NULL : ton_arena_text(arena, text.data);
    ton_text_free(&text);
    return out;
}
