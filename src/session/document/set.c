/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Changes one value of a YAML text at its own place, so that comments, order and layout stay as the
 * person left them. The new text is read again and held against the old document before it is given
 * out. */
#include "words.h"

#include "ton/yaml.h"

struct edit {
    struct ton_arena *arena;
    const char *text;
    size_t length;
    const char *value;
    const struct ton_node *whole; /* the value, where it is a whole flow list or mapping */
    int levels; /* so many collections in each other of a new value are laid out line by line */
    struct ton_text made; /* the new text */
};

/* Is the value a whole `[…]` or `{…}` whose mappings have values ("{artist}" is text)? */
static bool has_null_value(const struct ton_node *node) {
    for (int i = 0; i < node->n; i++) {
        const struct ton_node *value =
            node->kind == TON_NODE_MAP ? ton_node_value(node, i) : node->items[i];
        if (value->kind == TON_NODE_SCALAR ? ton_node_is_null(value) : has_null_value(value))
            return true;
    }
    return false;
}

/* Its text is the arena's from byte WHOLE_AT on. */
enum { WHOLE_AT = 3 };
static const struct ton_node *read_collection(struct ton_arena *a, const char *value,
                                              bool *no_memory) {
    if (value[0] != '[' && value[0] != '{')
        return NULL;
    const char *text = ton_arena_printf(a, "k: %s", value);
    const struct ton_node *root =
        text ? yaml_parse_quietly(a, text, strlen(text), no_memory) : NULL;
    const struct ton_node *read = root && root->n == 1 ? ton_node_value(root, 0) : NULL;
    const bool whole = read && read->kind != TON_NODE_SCALAR && read->flow &&
                       read->start == WHOLE_AT && read->end == strlen(text) &&
                       !has_null_value(read);
    return whole ? read : NULL;
}

static void write_value(struct edit *e, enum ton_node_style style, bool flow) {
    if (e->whole)
        ton_text_add(&e->made, e->value);
    else
        yaml_write_word(&e->made, e->arena, e->value, style, flow ? IN_FLOW : IN_BLOCK);
}

static void copy_to(struct edit *e, size_t from, size_t to) {
    ton_text_add_n(&e->made, e->text + from, to - from);
}

static size_t skip_blanks(const struct edit *e, size_t at) {
    while (at < e->length && (e->text[at] == ' ' || e->text[at] == '\t'))
        at++;
    return at;
}

/* After the colon behind a key; 0 when there is none. */
static size_t after_colon(const struct edit *e, const struct ton_node *key) {
    size_t at = skip_blanks(e, key->end);
    return at < e->length && e->text[at] == ':' ? at + 1 : 0;
}

static bool only_white(const struct edit *e, size_t from, size_t to) {
    for (; from < to; from++)
        if (!strchr(" \t\r\n", e->text[from]))
            return false;
    return true;
}

/* Where the value's text begins and ends, with the head of a block text; `lead` is what must stand
 * before the new one. */
static void find_range(const struct edit *e, const struct ton_node *key,
                       const struct ton_node *value, size_t *start, size_t *end,
                       const char **lead) {
    size_t colon = key ? after_colon(e, key) : 0;
    *start = value->start;
    *end = value->end;
    *lead = "";
    bool block = value->kind != TON_NODE_SCALAR && !value->flow && !value->alias;
    if (value->kind == TON_NODE_SCALAR && value->start == value->end && key) {
        *start = *end = colon ? colon : key->end; /* nothing stood there */
        *lead = colon ? " " : ": ";
    } else if (value->kind == TON_NODE_SCALAR && value->style == TON_BLOCK_TEXT && !value->alias) {
        while (*start > 0 && e->text[*start] != '|' && e->text[*start] != '>')
            --*start;
    } else if (block && colon && only_white(e, colon, value->start)) {
        *start = colon;
        *lead = " ";
    }
    while (*end > *start && (e->text[*end - 1] == '\n' || e->text[*end - 1] == '\r'))
        --*end;
}

static void replace(struct edit *e, const struct ton_node *parent, const struct ton_node *key,
                    const struct ton_node *value) {
    size_t start, end;
    const char *lead;
    find_range(e, key, value, &start, &end, &lead);
    copy_to(e, 0, start);
    ton_text_add(&e->made, lead);
    bool scalar = value->kind == TON_NODE_SCALAR && !value->alias;
    write_value(e, scalar ? value->style : TON_PLAIN, parent->flow);
    copy_to(e, end, e->length);
}

/* `Kick:` with nothing behind it becomes `Kick: {gain: -3 dB}`. */
static void replace_nothing(struct edit *e, const struct ton_node *key,
                            const struct ton_node *nothing, const char *new_key) {
    size_t start, end;
    const char *lead;
    find_range(e, key, nothing, &start, &end, &lead);
    copy_to(e, 0, start);
    ton_text_add(&e->made, lead);
    ton_text_add(&e->made, "{");
    yaml_write_word(&e->made, e->arena, new_key, TON_PLAIN, IN_FLOW_KEY);
    ton_text_add(&e->made, ": ");
    write_value(e, TON_PLAIN, true);
    ton_text_add(&e->made, "}");
    copy_to(e, end, e->length);
}

static const char *line_end(const struct edit *e) {
    const char *newline = memchr(e->text, '\n', e->length);
    return newline && newline > e->text && newline[-1] == '\r' ? "\r\n" : "\n";
}

static void write_indent(struct edit *e, int columns) {
    for (int i = 0; i < columns; i++)
        ton_text_add(&e->made, " ");
}

/* How much deeper the values of a mapping stand than its keys. */
static int indent_in(const struct ton_node *parent) {
    for (int i = 0; parent->kind == TON_NODE_MAP && i < parent->n; i++) {
        const struct ton_node *key = ton_node_key(parent, i), *value = ton_node_value(parent, i);
        if (value->kind == TON_NODE_MAP && !value->flow && !value->alias &&
            value->line > key->line && value->column > key->column)
            return value->column - key->column;
    }
    return 2;
}

/* A mapping, or a list of them; `[1, 2]` is better read as it is. */
static bool is_laid_out(const struct ton_node *value, int levels) {
    return levels > 0 && value && value->n > 0 &&
           (value->kind == TON_NODE_MAP ||
            (value->kind == TON_NODE_LIST && value->items[0]->kind == TON_NODE_MAP));
}

/* The value's words, of which the parser was given more. */
static void write_part(struct edit *e, const struct ton_node *part) {
    ton_text_add_n(&e->made, e->value + part->start - WHOLE_AT, part->end - part->start);
}

/* The value's keys or items, each on a line of its own. */
static void write_lines(struct edit *e, const struct ton_node *whole, int levels, int column,
                        int step) {
    for (int i = 0; i < whole->n; i++) {
        ton_text_add(&e->made, line_end(e));
        write_indent(e, column - 1);
        if (whole->kind == TON_NODE_LIST) {
            ton_text_add(&e->made, "- ");
            write_part(e, whole->items[i]);
            continue;
        }
        const struct ton_node *value = ton_node_value(whole, i);
        write_part(e, ton_node_key(whole, i));
        ton_text_add(&e->made, ":");
        if (is_laid_out(value, levels - 1)) {
            write_lines(e, value, levels - 1, column + step, step);
            continue;
        }
        ton_text_add(&e->made, " ");
        write_part(e, value);
    }
}

static void write_entry(struct edit *e, const struct ton_node *parent, const char *key) {
    if (parent->kind == TON_NODE_MAP) {
        yaml_write_word(&e->made, e->arena, key, TON_PLAIN, parent->flow ? IN_FLOW_KEY : IN_KEY);
        ton_text_add(&e->made, ":");
        if (!parent->flow && is_laid_out(e->whole, e->levels)) {
            const int step = indent_in(parent);
            write_lines(e, e->whole, e->levels, parent->column + step, step);
            return;
        }
        ton_text_add(&e->made, " ");
    } else if (!parent->flow) {
        ton_text_add(&e->made, "- ");
    }
    write_value(e, TON_PLAIN, parent->flow);
}

/* A new line after the one on which the last sibling ends. */
static void append_block(struct edit *e, const struct ton_node *parent, const char *key) {
    size_t at = parent->end;
    bool at_line_start = at > 0 && e->text[at - 1] == '\n';
    while (!at_line_start && at < e->length && e->text[at] != '\n')
        at++;
    if (!at_line_start && at < e->length)
        at++;
    copy_to(e, 0, at);
    bool ended = at > 0 && e->text[at - 1] == '\n';
    if (!ended)
        ton_text_add(&e->made, line_end(e));
    write_indent(e, parent->column - 1);
    write_entry(e, parent, key);
    if (ended)
        ton_text_add(&e->made, line_end(e));
    copy_to(e, at, e->length);
}

static const struct ton_node *entry_start(const struct ton_node *parent, int i) {
    return parent->kind == TON_NODE_MAP ? ton_node_key(parent, i) : parent->items[i];
}

/* After the last sibling: on its line, or on a line of its own when the siblings have theirs. */
static void append_flow(struct edit *e, const struct ton_node *parent, const char *key) {
    if (parent->n == 0) {
        copy_to(e, 0, parent->start + 1);
        write_entry(e, parent, key);
        copy_to(e, parent->start + 1, e->length);
        return;
    }
    const struct ton_node *last = entry_start(parent, parent->n - 1);
    int line_before = parent->n > 1 ? entry_start(parent, parent->n - 2)->line : parent->line;
    size_t at =
        parent->kind == TON_NODE_MAP ? ton_node_value(parent, parent->n - 1)->end : last->end;
    if (parent->kind == TON_NODE_MAP) {
        size_t colon = after_colon(e, last);
        at = at < colon ? colon : at;
    }
    copy_to(e, 0, at);
    ton_text_add(&e->made, ",");
    if (last->line == line_before) {
        ton_text_add(&e->made, " ");
        write_entry(e, parent, key);
        copy_to(e, at, e->length);
        return;
    }
    size_t rest = skip_blanks(e, at);
    if (rest < e->length && e->text[rest] == ',') /* it had its comma already */
        at = rest + 1;
    size_t eol = at;
    while (eol < e->length && e->text[eol] != '\n' && e->text[eol] != '\r' &&
           !strchr("]}", e->text[eol]) && e->text[eol] != '#')
        eol++;
    if (eol < e->length && e->text[eol] == '#')
        while (eol < e->length && e->text[eol] != '\n' && e->text[eol] != '\r')
            eol++;
    else if (eol < e->length && strchr("]}", e->text[eol]))
        eol = at;
    copy_to(e, at, eol);
    ton_text_add(&e->made, line_end(e));
    write_indent(e, last->column - 1);
    write_entry(e, parent, key);
    copy_to(e, eol, e->length);
}

/* `tracks:` with nothing behind it, or what stands on its line, gets lines below its own. */
static void fill_with_lines(struct edit *e, const struct ton_node *parent,
                            const struct ton_node *key, const struct ton_node *value) {
    size_t colon = after_colon(e, key), at = colon > value->end ? colon : value->end;
    copy_to(e, 0, colon);
    colon = at;
    while (at < e->length && e->text[at] != '\n' && e->text[at] != '\r')
        at++;
    const int step = indent_in(parent);
    copy_to(e, colon, at); /* what is said behind it */
    write_lines(e, e->whole, e->levels, key->column + step, step);
    copy_to(e, at, e->length);
}

/* Does what stands there leave room for lines below its key's: nothing, or one `[…]` or `{…}` on
 * its line? */
static bool makes_room(const struct edit *e, const struct ton_node *key,
                       const struct ton_node *value) {
    const bool nothing = value->kind == TON_NODE_SCALAR && value->start == value->end;
    const bool on_line = value->kind != TON_NODE_SCALAR && value->flow && !value->alias &&
                         !memchr(e->text + key->end, '\n', value->end - key->end) &&
                         only_white(e, after_colon(e, key), value->start); /* no anchor, no tag */
    return after_colon(e, key) > 0 && (nothing || on_line);
}

/* Equal as documents: kinds, texts, keys in their order. */
static bool same(const struct ton_node *a, const struct ton_node *b) {
    if (a->kind != b->kind)
        return false;
    if (a->kind == TON_NODE_SCALAR)
        return ton_text_same(a->text, b->text) && ton_node_is_null(a) == ton_node_is_null(b);
    if (a->n != b->n)
        return false;
    int items = a->kind == TON_NODE_MAP ? 2 * a->n : a->n;
    for (int i = 0; i < items; i++)
        if (!same(a->items[i], b->items[i]))
            return false;
    return true;
}

/* Index of a key in a mapping or of a number in a list; -1. */
static int index_of(const struct ton_node *node, const char *word) {
    if (node->kind == TON_NODE_MAP) {
        for (int i = 0; i < node->n; i++)
            if (ton_text_same(ton_node_key(node, i)->text, word))
                return i;
        return -1;
    }
    char *end;
    if (node->kind != TON_NODE_LIST || *word < '0' || *word > '9')
        return -1;
    long i = strtol(word, &end, 10);
    return *end == '\0' && i < node->n ? (int)i : -1;
}

static bool is_value(const struct edit *e, const struct ton_node *node) {
    if (e->whole)
        return same(e->whole, node);
    return node->kind == TON_NODE_SCALAR && ton_text_same(node->text, e->value) &&
           !ton_node_is_null(node);
}

/* Does `b` equal `a` but for the value at the path? */
static bool same_but(const struct edit *e, const struct ton_node *a, const struct ton_node *b,
                     const char *const *path, int n_path) {
    if (n_path == 0)
        return is_value(e, b);
    if (a->kind == TON_NODE_SCALAR) /* nothing became a mapping of one key */
        return ton_node_is_null(a) && b->kind == TON_NODE_MAP && b->n == 1 && n_path == 1 &&
               ton_text_same(ton_node_key(b, 0)->text, path[0]) &&
               is_value(e, ton_node_value(b, 0));
    int at = index_of(a, path[0]);
    bool added = at < 0;
    if (a->kind != b->kind || b->n != a->n + added || (added && n_path != 1))
        return false;
    if (added)
        at = a->n;
    bool map = a->kind == TON_NODE_MAP;
    for (int i = 0; i < b->n; i++) {
        const struct ton_node *value = map ? ton_node_value(b, i) : b->items[i];
        const struct ton_node *old = i < a->n ? (map ? ton_node_value(a, i) : a->items[i]) : NULL;
        if (map && !(i < a->n ? same(ton_node_key(a, i), ton_node_key(b, i))
                              : ton_text_same(ton_node_key(b, i)->text, path[0])))
            return false;
        bool good = i != at ? same(old, value)
                    : added ? is_value(e, value)
                            : same_but(e, old, value, path + 1, n_path - 1);
        if (!good)
            return false;
    }
    return true;
}

static enum ton_code no_such(const struct ton_node *node, const char *const *path, int i,
                             struct ton_err *err) {
    if (node->kind == TON_NODE_SCALAR)
        return ton_fail(err, TON_INPUT, NULL, "`%s` is one value and has no `%s`",
                        i > 0 ? path[i - 1] : "the document", path[i]);
    if (node->alias)
        return ton_fail(err, TON_INPUT, NULL,
                        "`%s` is an alias, which stands for what is written elsewhere; edit the "
                        "file by hand",
                        i > 0 ? path[i - 1] : "the document");
    return ton_fail(err, TON_INPUT, NULL, "there is no `%s` in %s%s%s to set", path[i],
                    i > 0 ? "`" : "the document", i > 0 ? path[i - 1] : "", i > 0 ? "`" : "");
}

/* Finds the place and writes the new text. */
static enum ton_code change(struct edit *e, const struct ton_node *root, const char *const *path,
                            int n_path, struct ton_err *err) {
    const struct ton_node *node = root, *parent = NULL, *key = NULL;
    for (int i = 0; i < n_path; i++) {
        bool last = i == n_path - 1;
        int at = index_of(node, path[i]);
        if (at < 0 && last && node->kind == TON_NODE_SCALAR && ton_node_is_null(node) && key) {
            replace_nothing(e, key, node, path[i]);
            return TON_OK;
        }
        char next[16];
        snprintf(next, sizeof next, "%d", node->n);
        bool can_append =
            last && !node->alias &&
            (node->kind == TON_NODE_MAP || (node->kind == TON_NODE_LIST && !strcmp(path[i], next)));
        if (at < 0 && !can_append)
            return no_such(node, path, i, err);
        if (at < 0 && node->flow) {
            append_flow(e, node, path[i]);
            return TON_OK;
        }
        if (at < 0) {
            append_block(e, node, path[i]);
            return TON_OK;
        }
        parent = node;
        key = node->kind == TON_NODE_MAP ? ton_node_key(node, at) : NULL;
        node = node->kind == TON_NODE_MAP ? ton_node_value(node, at) : node->items[at];
    }
    if (key && !parent->flow && is_laid_out(e->whole, e->levels) && makes_room(e, key, node))
        fill_with_lines(e, parent, key, node);
    else
        replace(e, parent, key, node);
    return TON_OK;
}

static enum ton_code write_checked(char **out, struct edit *e, const struct ton_node *root,
                                   const char *const *path, int n_path, struct ton_err *err) {
    enum ton_code code = change(e, root, path, n_path, err);
    if (code != TON_OK)
        return code;
    if (e->made.failed || ton_arena_failed(e->arena))
        return ton_fail(err, TON_MEMORY, NULL, "no memory to change the text");
    bool no_memory = false;
    const struct ton_node *again =
        yaml_parse_quietly(e->arena, e->made.data, e->made.length, &no_memory);
    if (no_memory)
        return ton_fail(err, TON_MEMORY, NULL, "no memory to check the changed text");
    if (!again || !same_but(e, root, again, path, n_path))
        return ton_fail(err, TON_INPUT, NULL,
                        "`%s` cannot be set to `%s` here without changing something else (an "
                        "alias, or an unusual layout); edit the file by hand",
                        path[n_path - 1], e->value);
    *out = ton_arena_copy(e->arena, e->made.data, e->made.length);
    return *out ? TON_OK : ton_fail(err, TON_MEMORY, NULL, "no memory for the changed text");
}

static enum ton_code set(char **out, struct ton_arena *arena, const char *text, size_t length,
                         const char *const *path, int n_path, const char *value, int levels,
                         struct ton_err *err) {
    *out = NULL;
    if (n_path < 1)
        return ton_fail(err, TON_INPUT, NULL, "the name of the value to set is missing");
    struct ton_document doc;
    struct ton_problems problems;
    ton_problems_init(&problems, arena);
    enum ton_code code = ton_document_parse(&doc, arena, "", text, length, &problems, err);
    if (code != TON_OK)
        return code;
    struct edit e = {
        .arena = arena, .text = text, .length = length, .value = value, .levels = levels};
    e.whole = read_collection(arena, value, &e.made.failed);
    code = write_checked(out, &e, doc.root, path, n_path, err);
    ton_text_free(&e.made);
    return code;
}

enum ton_code ton_yaml_set(char **out, struct ton_arena *arena, const char *text, size_t length,
                           const char *const *path, int n_path, const char *value,
                           struct ton_err *err) {
    return set(out, arena, text, length, path, n_path, value, 0, err);
}

enum ton_code ton_yaml_lay_out(char **out, struct ton_arena *arena, const char *text, size_t length,
                               const char *const *path, int n_path, const char *value, int levels,
                               struct ton_err *err) {
    return set(out, arena, text, length, path, n_path, value, levels, err);
}
