/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Words as they must stand in a YAML text: plain where that means the same, else in quotes. */
#include "words.h"

#include "ton/yaml.h"

#include <ctype.h>

const struct ton_node *yaml_parse_quietly(struct ton_arena *a, const char *text, size_t length,
                                          bool *no_memory) {
    struct ton_document doc;
    struct ton_problems problems;
    ton_problems_init(&problems, a);
    const enum ton_code code = ton_document_parse(&doc, a, "", text, length, &problems, NULL);
    *no_memory |= code == TON_MEMORY || ton_arena_failed(a);
    return code == TON_OK ? doc.root : NULL;
}

/* Does the text, unquoted at such a place, read back as itself? The parser is asked, not a list of
 * rules. */
static bool reads_back(struct ton_arena *a, const char *word, enum yaml_place place,
                       bool *no_memory) {
    static const char *const around[] = {[IN_BLOCK] = "k: %s\nz: 0\n",
                                         [IN_FLOW] = "{k: %s, z: 0}\n",
                                         [IN_KEY] = "%s: k\nz: 0\n",
                                         [IN_FLOW_KEY] = "{%s: k, z: 0}\n"};
    struct ton_text t = {0};
    const char *form = around[place], *gap = strstr(form, "%s");
    ton_text_add_n(&t, form, (size_t)(gap - form));
    ton_text_add(&t, word);
    ton_text_add(&t, gap + 2);
    const struct ton_node *root =
        t.failed ? NULL : yaml_parse_quietly(a, t.data, t.length, no_memory);
    bool same = false;
    *no_memory |= t.failed;
    if (root && root->n == 2) {
        bool key = place == IN_KEY || place == IN_FLOW_KEY;
        const struct ton_node *read = key ? ton_node_key(root, 0) : ton_node_value(root, 0);
        const struct ton_node *other = key ? ton_node_value(root, 0) : ton_node_key(root, 0);
        same = read->kind == TON_NODE_SCALAR && read->style == TON_PLAIN && !read->alias &&
               !read->joined && ton_text_same(read->text, word) &&
               ton_text_same(other->text, "k") && ton_text_same(ton_node_key(root, 1)->text, "z") &&
               !ton_node_is_null(read);
    }
    ton_text_free(&t);
    return same;
}

static bool has_control(const char *s) {
    for (; *s; s++)
        if ((unsigned char)*s < 0x20 || *s == 0x7F)
            return true;
    return false;
}

static void write_double_quoted(struct ton_text *out, const char *s) {
    ton_text_add(out, "\"");
    for (; *s; s++) {
        unsigned char c = (unsigned char)*s;
        if (c == '"' || c == '\\')
            ton_text_printf(out, "\\%c", c);
        else if (c == '\n')
            ton_text_add(out, "\\n");
        else if (c == '\t')
            ton_text_add(out, "\\t");
        else if (c < 0x20 || c == 0x7F)
            ton_text_printf(out, "\\x%02X", c);
        else
            ton_text_add_n(out, s, 1);
    }
    ton_text_add(out, "\"");
}

static void write_single_quoted(struct ton_text *out, const char *s) {
    ton_text_add(out, "'");
    for (; *s; s++)
        ton_text_add(out, *s == '\'' ? "''" : (const char[]){*s, '\0'});
    ton_text_add(out, "'");
}

void yaml_write_word(struct ton_text *out, struct ton_arena *arena, const char *word,
                     enum ton_node_style style, enum yaml_place place) {
    if (style == TON_SINGLE_QUOTED && !has_control(word))
        write_single_quoted(out, word);
    else if (style == TON_DOUBLE_QUOTED || !reads_back(arena, word, place, &out->failed))
        write_double_quoted(out, word);
    else
        ton_text_add(out, word);
}

/* Words that YAML (or a reader of YAML 1.1) takes for something else than text. */
static bool is_special(const char *text) {
    static const char *const words[] = {"true", "false", "yes", "no", "on", "off", "null", "~"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcasecmp(text, words[i]) == 0)
            return true;
    }
    return false;
}

/* Letters, digits and a few marks that mean nothing to YAML anywhere in a scalar; a colon between
 * letters or digits, as in a port's name, is one. */
static bool is_mark(const char *text, const char *c) {
    if (*c == ':')
        return c > text && isalnum((unsigned char)c[-1]) && isalnum((unsigned char)c[1]);
    return strchr(" _-.()/+", *c) != NULL;
}

static bool is_plain(const char *text) {
    const size_t n = strlen(text);
    if (n == 0 || is_special(text) || text[n - 1] == ' ')
        return false;
    if (!isalpha((unsigned char)text[0]) && (unsigned char)text[0] < 0x80)
        return false;
    for (const char *c = text; *c; c++) {
        if (!isalnum((unsigned char)*c) && (unsigned char)*c < 0x80 && !is_mark(text, c))
            return false;
    }
    return true;
}

void ton_yaml_scalar(struct ton_text *out, const char *text) {
    if (is_plain(text))
        ton_text_add(out, text);
    else
        write_double_quoted(out, text);
}
