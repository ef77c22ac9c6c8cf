/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Slips of the pen that YAML takes for something else: a decimal comma between brackets, a colon
 * without its space, a line that stands under none. */
#include "slips.h"

#include "ton/text.h"

#include <ctype.h>
#include <string.h>

enum { MOST_LEVELS = 8 };

static size_t digits(const char *s) {
    return strspn(s, "0123456789");
}

/* `-18`, and in a mapping also `0:12`: what stands before a decimal comma. */
static bool is_whole_number(const struct ton_node *node, const char *digits_of) {
    if (node->kind != TON_NODE_SCALAR || node->style != TON_PLAIN || node->alias)
        return false;
    const char *s = node->text + (*node->text == '-' || *node->text == '+');
    return *s && s[strspn(s, digits_of)] == '\0';
}

/* `5 dB`: what stands behind one. Without a unit it may be the next value of a list, and
 * `[0:04,5 dB]` is a point of automation. */
static bool is_rest(const struct ton_node *node, bool with_unit) {
    if (node->kind != TON_NODE_SCALAR || node->style != TON_PLAIN || node->alias)
        return false;
    const size_t n = digits(node->text);
    const char *rest = node->text + n;
    return n > 0 && (*rest == '\0' ? !with_unit : *rest == ' ' && isalpha((unsigned char)rest[1]));
}

static bool rejoin(struct ton_document *doc, struct ton_node *before, const struct ton_node *after,
                   bool is_list) {
    if (!is_whole_number(before, is_list ? "0123456789" : "0123456789:") ||
        !is_rest(after, is_list) || after->start != before->end + 1 ||
        doc->text[before->end] != ',')
        return false;
    char *text = ton_arena_copy(doc->arena, doc->text + before->start, after->end - before->start);
    if (!text)
        return false;
    before->text = text;
    before->joined = true;
    before->end = after->end;
    return true;
}

void ton_slips_rejoin(struct ton_document *doc, struct ton_node *node) {
    const int step = node->kind == TON_NODE_MAP ? 2 : 1;
    int n = node->n > 0;
    for (int i = 1; node->flow && i < node->n; i++) {
        struct ton_node **item = &node->items[i * step];
        const bool joined = step == 1 ? rejoin(doc, node->items[n - 1], item[0], true)
                                      : ton_node_is_null(item[1]) &&
                                            rejoin(doc, node->items[n * step - 1], item[0], false);
        if (joined)
            continue;
        memmove(&node->items[n * step], item, (size_t)step * sizeof *item);
        n++;
    }
    node->n = node->flow ? n : node->n;
}

struct line {
    const char *text; /* behind its indentation */
    int indent, n;
    bool dash;
};

static struct line line_at(const struct ton_document *doc, const char *start) {
    const char *end = doc->text + doc->length, *c = start;
    while (c < end && *c == ' ')
        c++;
    const char *stop = c;
    while (stop < end && *stop != '\n' && *stop != '\r')
        stop++;
    return (struct line){.text = c,
                         .indent = (int)(c - start),
                         .n = (int)(stop - c),
                         .dash = stop > c && *c == '-' && (stop == c + 1 || c[1] == ' ')};
}

/* `gain:-3 dB` and `gain = -3 dB`, where `gain: -3 dB` was meant. */
static const char *bad_pair(struct ton_document *doc, const struct line *line) {
    int start = line->dash ? 2 : 0, n = 0;
    while (start + n < line->n && (isalpha((unsigned char)line->text[start + n]) ||
                                   (n > 0 && strchr(" _", line->text[start + n]))))
        n++;
    int value = start + n, key = n;
    while (key > 0 && line->text[start + key - 1] == ' ')
        key--;
    if (key == 0 || value >= line->n || !strchr(":=;", line->text[value]))
        return NULL;
    value++;
    if (line->text[value - 1] == ':' && (value >= line->n || line->text[value] == ' '))
        return NULL;
    while (value < line->n && line->text[value] == ' ')
        value++;
    return ton_arena_printf(doc->arena,
                            "between a key and its value stand a colon and a space: write `%.*s: "
                            "%.*s`",
                            key, line->text + start, line->n - value, line->text + value);
}

/* Where lines that are still open above this one begin: 4, 2, 0. */
static int levels_above(int *levels, bool *dashes, const struct ton_document *doc,
                        const char *start) {
    int n = 0;
    while (start > doc->text && n < MOST_LEVELS && (n == 0 || levels[n - 1] > 0)) {
        const char *c = start - 1;
        while (c > doc->text && c[-1] != '\n')
            c--;
        start = c;
        const struct line line = line_at(doc, start);
        if (line.n == 0 || *line.text == '#' || (n > 0 && line.indent >= levels[n - 1]))
            continue;
        levels[n] = line.indent;
        dashes[n++] = line.dash;
    }
    return n;
}

static const char *bad_indentation(struct ton_document *doc, const char *start,
                                   const struct line *line) {
    int levels[MOST_LEVELS];
    bool dashes[MOST_LEVELS];
    const int n = levels_above(levels, dashes, doc, start);
    if (n == 0)
        return NULL;
    struct ton_text list = {0};
    const char *out = NULL;
    bool fits = false;
    for (int i = 0; i < n; i++) {
        fits = fits || (levels[i] == line->indent && (line->dash || !dashes[i]));
        if (!dashes[i])
            ton_text_printf(&list, "%s%d", list.length ? ", " : "", levels[i]);
    }
    if (!fits && list.length)
        out = ton_arena_printf(doc->arena,
                               "this line is indented by %d space%s, and so it belongs to nothing "
                               "above it; the keys above are indented by %s",
                               line->indent, line->indent == 1 ? "" : "s", list.data);
    ton_text_free(&list);
    return out;
}

static int find_colon(const struct line *line, int from) {
    for (int i = from; i + 1 < line->n; i++)
        if (line->text[i] == ':' && line->text[i + 1] == ' ')
            return i;
    return -1;
}

/* `title: Live: the Best`: two pairs on one line. */
static const char *second_colon(struct ton_document *doc, const struct line *line) {
    const int colon = find_colon(line, 0);
    int value = colon + 1;
    while (colon > 0 && value < line->n && line->text[value] == ' ')
        value++;
    if (colon <= 0 || find_colon(line, value) < 0 || strchr("'{[&*|>#", line->text[value]) ||
        memchr(line->text + value, '"', (size_t)(line->n - value)))
        return NULL;
    return ton_arena_printf(doc->arena,
                            "a second `: ` makes this two keys on one line; put the text in "
                            "quotes: `%.*s \"%.*s\"`",
                            colon + 1, line->text, line->n - value, line->text + value);
}

const char *ton_slips_syntax(struct ton_document *doc, const struct ton_node *place) {
    const char *start = doc->text, *end = doc->text + doc->length;
    for (int i = 1; i < place->line && start < end; i++) {
        const char *next = memchr(start, '\n', (size_t)(end - start));
        start = next ? next + 1 : end;
    }
    const struct line line = line_at(doc, start);
    if (line.text < end && *line.text == '\t')
        return "a tab is not indentation in YAML; indent with spaces";
    const char *said = bad_pair(doc, &line);
    said = said ? said : second_colon(doc, &line);
    return said ? said : bad_indentation(doc, start, &line);
}
