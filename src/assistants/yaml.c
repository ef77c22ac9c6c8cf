/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Texts as YAML scalars. */

#include "yaml.h"

#include <ctype.h>

/* Words that YAML (or a reader of YAML 1.1) takes for something else than text. */
static bool is_special(const char *text) {
    static const char *const words[] = {"true", "false", "yes", "no", "on", "off", "null", "~"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcasecmp(text, words[i]) == 0)
            return true;
    }
    return false;
}

/* Letters, digits and a few marks that mean nothing to YAML anywhere in a scalar. */
static bool is_plain(const char *text) {
    const size_t n = strlen(text);
    if (n == 0 || is_special(text) || text[n - 1] == ' ')
        return false;
    if (!isalpha((unsigned char)text[0]) && (unsigned char)text[0] < 0x80)
        return false;
    for (const char *c = text; *c; c++) {
        if (!isalnum((unsigned char)*c) && !strchr(" _-.()/+", *c) && (unsigned char)*c < 0x80)
            return false;
    }
    return true;
}

void yaml_add_scalar(struct ton_text *out, const char *text) {
    if (is_plain(text)) {
        ton_text_add(out, text);
        return;
    }
    ton_text_add(out, "\"");
    for (const char *c = text; *c; c++) {
        if (*c == '"' || *c == '\\')
            ton_text_printf(out, "\\%c", *c);
        else if ((unsigned char)*c < 0x20 || *c == 0x7f)
            ton_text_printf(out, "\\x%02x", (unsigned char)*c);
        else
            ton_text_add_n(out, c, 1);
    }
    ton_text_add(out, "\"");
}
