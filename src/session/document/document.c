/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Builds the tree of a YAML text from libfyaml's events. Events rather than libfyaml's own document
 * because they carry the place of everything, aliases are expanded here with a bound on what they
 * expand to, and all memory is in one arena. */
#include "ton/document.h"

#include "names.h"
#include "slips.h"
#include "ton/text.h"

#include <libfyaml.h>
#include <string.h>

/* A list or mapping that is still open. */
struct open_node {
    struct ton_node *node;
    size_t n, capacity;
    const char *anchor;
};

struct builder {
    struct ton_document *doc;
    struct ton_arena *arena;
    struct open_node open[TON_DOCUMENT_DEPTH + 1];
    int depth;
    struct ton_names anchors;
    struct ton_node **anchored;
    size_t n_anchored, anchored_capacity;
    uint32_t last_end; /* where the last thing with a place ended: an empty value stands there */
    int last_line, last_column;
    int documents;
    bool refused; /* said so already */
};

static void refuse(struct builder *b, int line, int column, const char *sentence) {
    struct ton_node place = {.line = line, .column = column};
    if (!b->refused)
        ton_node_error(b->doc, &place, "%s", sentence);
    b->refused = true;
}

static void refuse_byte(struct ton_document *doc, size_t at, const char *sentence) {
    struct ton_node place = {.line = 1, .column = 1};
    for (size_t i = 0; i < at; i++) {
        if (doc->text[i] == '\n') {
            place.line++;
            place.column = 1;
        } else if (((unsigned char)doc->text[i] & 0xC0) != 0x80) {
            place.column++;
        }
    }
    ton_node_error(doc, &place, "%s", sentence);
}

/* libfyaml stops at a NUL byte and is lenient with broken UTF-8; neither may pass silently. */
static bool is_text(struct ton_document *doc) {
    const char *p = doc->text;
    for (size_t i = 0; i < doc->length;) {
        size_t n = p[i] ? ton_utf8_length(p + i, doc->length - i) : 0;
        if (n == 0) {
            refuse_byte(doc, i,
                        p[i] ? "this is not UTF-8 text; save the file as UTF-8"
                             : "there is a NUL byte here; this is not a YAML text");
            return false;
        }
        i += n;
    }
    return true;
}

static char *token_text(struct builder *b, struct fy_token *token) {
    size_t length = 0;
    const char *text = token ? fy_token_get_text(token, &length) : NULL;
    return ton_arena_copy(b->arena, text ? text : "", text ? length : 0);
}

/* Adds a finished value to the innermost open list or mapping, or makes it the root. */
static bool attach(struct builder *b, struct ton_node *node) {
    if (b->depth + node->height > TON_DOCUMENT_DEPTH) {
        refuse(b, node->line, node->column,
               "with what this alias stands for, lists and mappings are nested more than 48 deep");
        return false;
    }
    if (b->depth == 0) {
        b->doc->root = node;
        return true;
    }
    struct open_node *parent = &b->open[b->depth - 1];
    struct ton_node **slot = TON_PUSH(b->arena, parent->node->items, parent->n, parent->capacity);
    if (!slot)
        return false;
    *slot = node;
    parent->node->weight += node->weight;
    if (parent->node->height <= node->height)
        parent->node->height = node->height + 1;
    if (parent->node->weight > TON_DOCUMENT_NODES) {
        refuse(b, node->line, node->column,
               "aliases make this document larger than 4,000,000 values; write it without them");
        return false;
    }
    return true;
}

static bool remember_anchor(struct builder *b, const char *anchor, struct ton_node *node) {
    if (!anchor)
        return true;
    int known = ton_names_get(&b->anchors, anchor);
    if (known >= 0) {
        b->anchored[known] = node;
        return true;
    }
    struct ton_node **slot = TON_PUSH(b->arena, b->anchored, b->n_anchored, b->anchored_capacity);
    if (!slot)
        return false;
    *slot = node;
    return ton_names_put(&b->anchors, anchor, (int)b->n_anchored - 1);
}

static struct ton_node *place_node(struct builder *b, struct fy_event *event,
                                   enum ton_node_kind kind) {
    struct ton_node *node = TON_NEW(b->arena, struct ton_node);
    if (!node)
        return NULL;
    const struct fy_mark *start = fy_event_start_mark(event), *end = fy_event_end_mark(event);
    node->kind = kind;
    node->weight = 1;
    node->start = start ? (uint32_t)start->input_pos : b->last_end;
    node->end = end ? (uint32_t)end->input_pos : node->start;
    node->line = start ? start->line + 1 : b->last_line;
    node->column = start ? start->column + 1 : b->last_column;
    if (end) {
        b->last_end = (uint32_t)end->input_pos;
        b->last_line = end->line + 1;
        b->last_column = end->column + 1;
    }
    return node;
}

static enum ton_node_style style_of(struct fy_token *token) {
    switch (fy_token_scalar_style(token)) {
    case FYSS_SINGLE_QUOTED:
        return TON_SINGLE_QUOTED;
    case FYSS_DOUBLE_QUOTED:
        return TON_DOUBLE_QUOTED;
    case FYSS_LITERAL:
    case FYSS_FOLDED:
        return TON_BLOCK_TEXT;
    case FYSS_ANY:
    case FYSS_PLAIN:
    case FYSS_MAX:
        break;
    }
    return TON_PLAIN;
}

/* `"\0"`, where the text would end for all that reads it. */
static bool holds_nul(struct fy_token *token) {
    size_t length = 0;
    const char *text = token ? fy_token_get_text(token, &length) : NULL;
    return text && memchr(text, '\0', length);
}

static bool on_scalar(struct builder *b, struct fy_event *event) {
    struct ton_node *node = place_node(b, event, TON_NODE_SCALAR);
    if (!node)
        return false;
    node->text = token_text(b, event->scalar.value);
    if (event->scalar.value)
        node->style = style_of(event->scalar.value);
    if (node->style == TON_SINGLE_QUOTED || node->style == TON_DOUBLE_QUOTED) {
        node->start--; /* libfyaml's marks leave the quotes out */
        node->end++;
        node->column--;
        b->last_end++;
        b->last_column++;
    }
    if (holds_nul(event->scalar.value)) {
        refuse(b, node->line, node->column, "a text cannot hold a NUL character");
        return false;
    }
    const char *anchor = event->scalar.anchor ? token_text(b, event->scalar.anchor) : NULL;
    return node->text && remember_anchor(b, anchor, node) && attach(b, node);
}

static bool on_alias(struct builder *b, struct fy_event *event) {
    struct ton_node *node = place_node(b, event, TON_NODE_SCALAR);
    const char *name = token_text(b, event->alias.anchor);
    if (!node || !name)
        return false;
    int known = ton_names_get(&b->anchors, name);
    if (known < 0) {
        refuse(b, node->line, node->column, "this alias names nothing that stands before it");
        return false;
    }
    struct ton_node place = *node;
    *node = *b->anchored[known];
    node->line = place.line;
    node->column = place.column - 1;
    node->start = place.start - 1;
    node->end = place.end;
    node->alias = true;
    return attach(b, node);
}

static bool on_start(struct builder *b, struct fy_event *event, enum ton_node_kind kind,
                     struct fy_token *anchor, bool flow) {
    struct ton_node *node = place_node(b, event, kind);
    if (!node)
        return false;
    if (b->depth == TON_DOCUMENT_DEPTH) {
        refuse(b, node->line, node->column, "lists and mappings are nested more than 48 deep here");
        return false;
    }
    node->flow = flow;
    b->open[b->depth++] =
        (struct open_node){.node = node, .anchor = anchor ? token_text(b, anchor) : NULL};
    return true;
}

static bool on_end(struct builder *b, struct fy_event *event) {
    struct open_node *closed = &b->open[--b->depth];
    struct ton_node *node = closed->node;
    const struct fy_mark *end = fy_event_end_mark(event);
    node->n = (int)(node->kind == TON_NODE_MAP ? closed->n / 2 : closed->n);
    ton_slips_rejoin(b->doc, node);
    if (node->flow && end)
        node->end = (uint32_t)end->input_pos;
    else
        node->end = closed->n ? node->items[closed->n - 1]->end : node->start;
    if (node->flow && end) {
        b->last_end = (uint32_t)end->input_pos;
        b->last_line = end->line + 1;
        b->last_column = end->column + 1;
    }
    return remember_anchor(b, closed->anchor, node) && attach(b, node);
}

static bool on_document(struct builder *b, struct fy_event *event) {
    const struct fy_mark *mark = fy_event_start_mark(event);
    if (++b->documents == 1)
        return true;
    refuse(b, mark ? mark->line + 1 : 1, mark ? mark->column + 1 : 1,
           "a second document starts here; one file holds one document");
    return false;
}

static bool on_event(struct builder *b, struct fy_event *event) {
    switch (event->type) {
    case FYET_DOCUMENT_START:
        return on_document(b, event);
    case FYET_SCALAR:
        return on_scalar(b, event);
    case FYET_ALIAS:
        return on_alias(b, event);
    case FYET_MAPPING_START:
        return on_start(b, event, TON_NODE_MAP, event->mapping_start.anchor,
                        fy_event_get_node_style(event) == FYNS_FLOW);
    case FYET_SEQUENCE_START:
        return on_start(b, event, TON_NODE_LIST, event->sequence_start.anchor,
                        fy_event_get_node_style(event) == FYNS_FLOW);
    case FYET_MAPPING_END:
    case FYET_SEQUENCE_END:
        return on_end(b, event);
    case FYET_NONE:
    case FYET_STREAM_START:
    case FYET_STREAM_END:
    case FYET_DOCUMENT_END:
        break;
    }
    return true;
}

/* The parser's own sentence, with what an engineer most often did. */
static void say_syntax(struct builder *b, struct fy_diag *diag) {
    void *iterator = NULL;
    const struct fy_diag_error *e = fy_diag_errors_iterate(diag, &iterator);
    struct ton_node place = {.line = e && e->line > 0 ? e->line : 1,
                             .column = e && e->column > 0 ? e->column : 1};
    const struct ton_node *open = NULL;
    for (int i = b->depth; i > 0 && !open; i--)
        if (b->open[i - 1].node->flow)
            open = b->open[i - 1].node;
    const char *slip = open ? NULL : ton_slips_syntax(b->doc, &place);
    if (slip)
        ton_node_error(b->doc, &place, "%s", slip);
    else if (open)
        ton_node_error(b->doc, &place,
                       "YAML syntax: %s (the %s opened at line %d, column %d is "
                       "not closed yet)",
                       e && e->msg ? e->msg : "cannot be read",
                       open->kind == TON_NODE_MAP ? "`{`" : "`[`", open->line, open->column);
    else
        ton_node_error(b->doc, &place, "YAML syntax: %s", e && e->msg ? e->msg : "cannot be read");
}

static bool run_parser(struct builder *b, struct fy_parser *parser, struct fy_diag *diag) {
    /* fy_parser_set_string (0.7.12) does not survive that its own few hundred bytes cannot be had:
     * make sure that they are there. */
    void *room = ton_alloc(4096);
    ton_free(room);
    if (!room || fy_parser_set_string(parser, b->doc->text, b->doc->length) != 0)
        return false;
    bool ended = false;
    struct fy_event *event;
    while (!ended && (event = fy_parser_parse(parser)) != NULL) {
        ended = event->type == FYET_STREAM_END;
        bool good = on_event(b, event);
        fy_parser_event_free(parser, event);
        if (!good)
            return b->refused;
    }
    if (!ended)
        say_syntax(b, diag);
    return true;
}

/* False without memory. */
static bool parse_events(struct ton_document *doc) {
    struct fy_diag_cfg diag_config;
    fy_diag_cfg_default(&diag_config);
    diag_config.fp = NULL;
    struct fy_diag *diag = fy_diag_create(&diag_config);
    if (!diag)
        return false;
    fy_diag_set_collect_errors(diag, true);
    const struct fy_parse_cfg config = {.flags = FYPCF_QUIET | FYPCF_COLLECT_DIAG |
                                                 FYPCF_SLOPPY_FLOW_INDENTATION |
                                                 FYPCF_DEFAULT_VERSION_1_2,
                                        .diag = diag};
    struct fy_parser *parser = fy_parser_create(&config);
    struct builder *b = ton_alloc(sizeof *b);
    bool good = parser && b;
    if (good) {
        b->doc = doc;
        b->arena = b->anchors.arena = doc->arena;
        b->last_line = b->last_column = 1;
        good = run_parser(b, parser, diag);
    }
    ton_free(b);
    fy_diag_reset_error(diag); /* frees the errors collected, which fy_diag_unref does not */
    if (parser)
        fy_parser_destroy(parser);
    fy_diag_unref(diag);
    return good;
}

static void check_root(struct ton_document *doc) {
    const struct ton_node start = {.line = 1, .column = 1};
    if (!doc->root)
        ton_node_error(doc, &start, "the file is empty");
    else if (doc->root->kind != TON_NODE_MAP)
        ton_node_error(doc, doc->root,
                       "this must be a mapping of keys to values such as `title: Night Train`");
}

enum ton_code ton_document_parse(struct ton_document *out, struct ton_arena *arena,
                                 const char *path, const char *text, size_t length,
                                 struct ton_problems *problems, struct ton_err *err) {
    *out = (struct ton_document){.arena = arena,
                                 .path = path,
                                 .text = text,
                                 .length = length,
                                 .problems = problems,
                                 .first_problem = problems->n,
                                 .errors_before = problems->n_errors};
    size_t before = problems->n_errors;
    if (length > TON_DOCUMENT_BYTES)
        refuse_byte(out, 0, "the file is larger than 64 MB; this is not a session");
    else if (is_text(out) && !parse_events(out))
        return ton_fail(err, TON_MEMORY, path, "no memory to read this file");
    if (problems->n_errors == before)
        check_root(out);
    if (problems->out_of_memory || ton_arena_failed(arena))
        return ton_fail(err, TON_MEMORY, path, "no memory to read this file");
    return problems->n_errors == before ? TON_OK : ton_document_verdict(out, err);
}
