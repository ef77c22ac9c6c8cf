/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The lines of one track, changed on their own: a large session would be read again for each value.
 * What cannot stand alone (a track between brackets, names of other places) is the whole text. */
#include "part.h"

#include "ton/yaml.h"

/* Whole lines, of which the key's is the first; false when it does not begin its line. */
static bool find_lines(size_t *start, size_t *end, const char *text, const struct ton_node *key,
                       const struct ton_node *value) {
    *start = key->start - (size_t)(key->column - 1);
    *end = value->end;
    const size_t indent = strspn(text + *start, " ");
    if (key->start < (uint32_t)(key->column - 1) || indent != (size_t)(key->column - 1) ||
        (*start > 0 && text[*start - 1] != '\n'))
        return false;
    while (text[*end] && text[*end - 1] != '\n')
        ++*end;
    return true;
}

static bool stands_alone(struct ton_arena *arena, const char *lines, const char *track) {
    struct ton_document doc;
    struct ton_problems problems;
    if (strpbrk(lines, "&*")) /* anchors and aliases */
        return false;
    ton_problems_init(&problems, arena);
    return ton_document_parse(&doc, arena, "", lines, strlen(lines), &problems, NULL) == TON_OK &&
           doc.root->n == 1 && ton_text_same(ton_node_key(doc.root, 0)->text, track);
}

bool part_open(struct part *part, const struct placing *p, const char *track) {
    const struct ton_node *tracks = ton_node_get(p->root, "tracks");
    *part = (struct part){.arena = p->arena, .whole = p->text, .text = p->text, .is_whole = true};
    part->end = strlen(p->text);
    for (int i = 0; tracks && tracks->kind == TON_NODE_MAP && i < tracks->n; i++) {
        const struct ton_node *key = ton_node_key(tracks, i), *value = ton_node_value(tracks, i);
        size_t start, end;
        if (!ton_text_same(key->text, track) || tracks->flow || ton_node_is_null(value) ||
            !find_lines(&start, &end, p->text, key, value))
            continue;
        const char *lines = ton_arena_copy(p->arena, p->text + start, end - start);
        if (!lines)
            return false;
        if (!stands_alone(p->arena, lines, track))
            continue;
        part->start = start;
        part->end = end;
        part->text = lines;
        part->is_whole = false;
    }
    return true;
}

enum ton_code part_set(struct part *part, const char *const *path, int n, const char *value,
                       int levels, struct ton_err *err) {
    const int skipped = part->is_whole ? 0 : 1; /* `tracks` */
    struct ton_arena *scratch = ton_arena_create();
    char *out = NULL;
    enum ton_code code = scratch ? TON_OK : TON_MEMORY;
    if (!code)
        code = ton_yaml_lay_out(&out, scratch, part->text, strlen(part->text), path + skipped,
                                n - skipped, value, levels, err);
    if (!code) {
        out = ton_arena_text(part->arena, out);
        code = out ? TON_OK : TON_MEMORY;
        part->text = out ? out : part->text;
    }
    ton_arena_destroy(scratch);
    return code == TON_MEMORY ? ton_fail(err, TON_MEMORY, NULL, "no memory") : code;
}

enum { WIDEST = 100 }; /* columns */

/* The track as it is written in the part; NULL when it cannot be read. */
static const struct ton_node *read_track(const struct part *part, struct ton_arena *arena,
                                         const char *track) {
    struct ton_document doc;
    struct ton_problems problems;
    ton_problems_init(&problems, arena);
    if (ton_document_parse(&doc, arena, "", part->text, strlen(part->text), &problems, NULL))
        return NULL;
    return ton_node_get(part->is_whole ? ton_node_get(doc.root, "tracks") : doc.root, track);
}

static bool is_too_wide(const struct part *part, const struct ton_node *node) {
    const size_t length = node->end - node->start;
    return node->flow && !node->alias && !memchr(part->text + node->start, '\n', length) &&
           (size_t)node->column - 1 + length > WIDEST;
}

/* The track, or its clips alone, laid out line by line. What is written so cannot always be. */
static enum ton_code lay_out(struct part *part, struct ton_arena *scratch, const char *track,
                             const struct ton_node *node, bool of_track) {
    const char *const path[] = {"tracks", track, "clips"};
    const char *words = ton_arena_copy(scratch, part->text + node->start, node->end - node->start);
    struct part broken = *part;
    const enum ton_code code =
        words ? part_set(&broken, path, of_track ? 2 : 3, words, of_track ? 2 : 1, NULL)
              : TON_MEMORY;
    const struct ton_node *clips =
        code ? NULL : ton_node_get(read_track(&broken, scratch, track), "clips");
    if (clips && clips->kind == TON_NODE_LIST && !clips->flow)
        *part = broken;
    return code;
}

bool part_break(struct part *part, const char *track) {
    struct ton_arena *scratch = ton_arena_create();
    const struct ton_node *node = scratch ? read_track(part, scratch, track) : NULL;
    const bool of_track = node && node->flow;
    const struct ton_node *wide = of_track ? node : ton_node_get(node, "clips");
    enum ton_code code = TON_OK;
    if (wide && is_too_wide(part, wide))
        code = lay_out(part, scratch, track, wide, of_track);
    const bool failed = !scratch || ton_arena_failed(scratch) || code == TON_MEMORY;
    ton_arena_destroy(scratch);
    return !failed;
}

const char *part_close(const struct part *part) {
    return ton_arena_printf(part->arena, "%.*s%s%s", (int)part->start, part->whole, part->text,
                            part->whole + part->end);
}
