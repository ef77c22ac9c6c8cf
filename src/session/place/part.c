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

const char *part_close(const struct part *part) {
    return ton_arena_printf(part->arena, "%.*s%s%s", (int)part->start, part->whole, part->text,
                            part->whole + part->end);
}
