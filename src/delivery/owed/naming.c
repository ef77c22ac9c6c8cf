/* SPDX-License-Identifier: GPL-3.0-or-later */
/* File names of deliverables from the production's template. */

#include "naming.h"

#include "ton/text.h"

/* No path separator, no control character, nothing that Windows refuses: deliverables travel. */
static void add_safe(struct ton_text *out, const char *text) {
    for (const char *c = text ? text : ""; *c; c++) {
        const bool bad = (unsigned char)*c < 0x20 || strchr("/\\:*?\"<>|", *c);
        ton_text_add_n(out, bad ? "_" : c, 1);
    }
}

static bool add_value(struct ton_text *out, const char *word, size_t n, const struct naming *v) {
    const struct {
        const char *word, *value;
    } texts[] = {
        {"artist", v->artist},   {"title", v->title}, {"deliverable", v->deliverable},
        {"session", v->session}, {"stem", v->stem},   {"album", v->album},
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (strlen(texts[i].word) == n && strncmp(texts[i].word, word, n) == 0) {
            add_safe(out, texts[i].value);
            return true;
        }
    }
    const int number = n == 7 && strncmp(word, "version", n) == 0 ? v->version
                       : n == 5 && strncmp(word, "track", n) == 0 ? v->track
                                                                  : -1;
    if (number >= 0)
        ton_text_printf(out, n == 5 ? "%02d" : "%d", number);
    return number >= 0;
}

/* A name neither starts with a dot (hidden) nor ends with a dot or space (lost on Windows); a dash
 * at its start is what is left of `{artist} - {title}` without an artist. */
static const char *trimmed(struct ton_arena *arena, const char *name) {
    while (*name == '.' || *name == ' ' || *name == '-')
        name++;
    size_t n = strlen(name);
    while (n > 0 && (name[n - 1] == '.' || name[n - 1] == ' '))
        n--;
    return n ? ton_arena_copy(arena, name, n) : ton_arena_text(arena, "untitled");
}

const char *naming_fill(struct ton_arena *arena, const char *template,
                        const struct naming *values) {
    struct ton_text name = {0};
    for (const char *c = template; *c;) {
        const char *end = *c == '{' ? strchr(c, '}') : NULL;
        if (end && add_value(&name, c + 1, (size_t)(end - c - 1), values)) {
            c = end + 1;
        } else {
            add_safe(&name, (const char[]){*c, '\0'});
            c++;
        }
    }
    if (values->stem && !strstr(template, "{stem}")) {
        ton_text_add(&name, " - ");
        add_safe(&name, values->stem);
    }
    const char *out = name.failed ? NULL : trimmed(arena, name.data ? name.data : "");
    ton_text_free(&name);
    return out;
}
