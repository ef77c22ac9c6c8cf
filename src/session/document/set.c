/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Changes one value of a YAML text at its own place, so that comments, order and layout stay as the
 * person left them. The new text is read again and held against the old document before it is given
 * out. */
#include "ton/document.h"

#include "ton/production.h"

struct edit {
    struct ton_arena *arena;
    const char *text;
    size_t length;
    const char *value;
    bool collection;      /* the value is a whole flow list or mapping */
    struct ton_text made; /* the new text */
};

enum place { IN_BLOCK, IN_FLOW, IN_KEY, IN_FLOW_KEY };

static const struct ton_node *parse_quietly(struct ton_arena *a, const char *text, size_t length) {
    struct ton_document doc;
    struct ton_problems problems;
    ton_problems_init(&problems, a);
    if (ton_document_parse(&doc, a, "", text, length, &problems, NULL) != TON_OK)
        return NULL;
    return doc.root;
}

/* Does the text, unquoted at such a place, read back as itself? The parser is asked, not a list of
 * rules. */
static bool reads_back(struct ton_arena *a, const char *word, enum place place) {
    static const char *const around[] = {[IN_BLOCK] = "k: %s\nz: 0\n",
                                         [IN_FLOW] = "{k: %s, z: 0}\n",
                                         [IN_KEY] = "%s: k\nz: 0\n",
                                         [IN_FLOW_KEY] = "{%s: k, z: 0}\n"};
    struct ton_text t = {0};
    const char *form = around[place], *gap = strstr(form, "%s");
    ton_text_add_n(&t, form, (size_t)(gap - form));
    ton_text_add(&t, word);
    ton_text_add(&t, gap + 2);
    const struct ton_node *root = t.failed ? NULL : parse_quietly(a, t.data, t.length);
    bool same = false;
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

static bool is_collection(struct ton_arena *a, const char *value) {
    if (value[0] != '[' && value[0] != '{')
        return false;
    struct ton_text t = {0};
    ton_text_printf(&t, "k: %s", value);
    const struct ton_node *root = t.failed ? NULL : parse_quietly(a, t.data, t.length);
    const struct ton_node *read = root && root->n == 1 ? ton_node_value(root, 0) : NULL;
    bool whole = read && read->kind != TON_NODE_SCALAR && read->flow && read->start == 3 &&
                 read->end == t.length && !has_null_value(read);
    ton_text_free(&t);
    return whole;
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

/* Writes a word as it must stand at its place, in the quotes that stood there before. */
static void write_word(struct edit *e, const char *word, enum ton_node_style style,
                       enum place place) {
    if (style == TON_SINGLE_QUOTED && !has_control(word))
        write_single_quoted(&e->made, word);
    else if (style == TON_DOUBLE_QUOTED || !reads_back(e->arena, word, place))
        write_double_quoted(&e->made, word);
    else
        ton_text_add(&e->made, word);
}

static void write_value(struct edit *e, enum ton_node_style style, bool flow) {
    if (e->collection)
        ton_text_add(&e->made, e->value);
    else
        write_word(e, e->value, style, flow ? IN_FLOW : IN_BLOCK);
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
    write_word(e, new_key, TON_PLAIN, IN_FLOW_KEY);
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

static void write_entry(struct edit *e, const struct ton_node *parent, const char *key) {
    if (parent->kind == TON_NODE_MAP) {
        write_word(e, key, TON_PLAIN, parent->flow ? IN_FLOW_KEY : IN_KEY);
        ton_text_add(&e->made, ": ");
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
    if (e->collection)
        return node->kind != TON_NODE_SCALAR;
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
    const struct ton_node *again = parse_quietly(e->arena, e->made.data, e->made.length);
    if (ton_arena_failed(e->arena))
        return ton_fail(err, TON_MEMORY, NULL, "no memory to check the changed text");
    if (!again || !same_but(e, root, again, path, n_path))
        return ton_fail(err, TON_INPUT, NULL,
                        "`%s` cannot be set to `%s` here without changing something else (an "
                        "alias, or an unusual layout); edit the file by hand",
                        path[n_path - 1], e->value);
    *out = ton_arena_copy(e->arena, e->made.data, e->made.length);
    return *out ? TON_OK : ton_fail(err, TON_MEMORY, NULL, "no memory for the changed text");
}

enum ton_code ton_yaml_set(char **out, struct ton_arena *arena, const char *text, size_t length,
                           const char *const *path, int n_path, const char *value,
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
    struct edit e = {.arena = arena, .text = text, .length = length, .value = value};
    e.collection = is_collection(arena, value);
    code = write_checked(out, &e, doc.root, path, n_path, err);
    ton_text_free(&e.made);
    return code;
}
