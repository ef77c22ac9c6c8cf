/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names of tracks out of a WAV's iXML chunk (iXML specification 3.0, TRACK_LIST), and other words.
 *
 * Of XML this reads just enough: elements, comments, CDATA, the five entities and numbered
 * characters. Nothing outside the chunk is ever looked up. Where it is not well formed the reading
 * ends, and the names up to there count. */
#include "ixml.h"

#include "ton/text.h"

#include <stdlib.h>
#include <strings.h>
#include <unistd.h>

enum { MOST_BYTES = 1 << 20, LONGEST_NAME = 120, LONGEST_TEXT = 1 << 16 };

/* The children of TRACK that count. */
enum field { NAME, CHANNEL_INDEX, INTERLEAVE_INDEX, N_FIELDS, NO_FIELD = N_FIELDS };

struct xml {
    const char *at, *end; /* what is still to be read */
};

struct piece {
    enum { DONE, TEXT, LITERAL, OPEN, CLOSE, EMPTY } kind;
    const char *start; /* TEXT and LITERAL: the text; else the element's name */
    size_t n;
};

struct names {
    struct ton_arena *arena;
    const char **of; /* one a channel */
    int channels, tracks;
    bool any;
    struct ton_text said[N_FIELDS]; /* of the present track */
};

static bool starts(const struct xml *x, const char *what) {
    const size_t n = strlen(what);
    return (size_t)(x->end - x->at) >= n && memcmp(x->at, what, n) == 0;
}

/* What stands before `what`; goes on behind it, or to the end. */
static size_t pass(struct xml *x, const char *what) {
    const char *from = x->at;
    const char *found = memmem(from, (size_t)(x->end - from), what, strlen(what));
    x->at = found ? found + strlen(what) : x->end;
    return (size_t)((found ? found : x->end) - from);
}

/* Where the tag ends: `>` may stand inside a quoted attribute. */
static const char *tag_end(const struct xml *x) {
    char quote = 0;
    for (const char *c = x->at; c < x->end; c++) {
        if (quote ? *c == quote : *c == '"' || *c == '\'')
            quote = quote ? 0 : *c;
        else if (!quote && *c == '>')
            return c;
    }
    return NULL;
}

static struct piece read_tag(struct xml *x) {
    const char *end = tag_end(x);
    struct piece p = {.kind = OPEN, .start = x->at + 1};
    if (!end)
        return (struct piece){.kind = DONE};
    if (end > p.start && *p.start == '/') {
        p.kind = CLOSE;
        p.start++;
    } else if (end > p.start && end[-1] == '/') {
        p.kind = EMPTY;
    }
    while (p.start + p.n < end && !strchr(" \t\r\n/", p.start[p.n]))
        p.n++;
    x->at = end + 1;
    return p;
}

static struct piece next_piece(struct xml *x) {
    struct piece p = {.kind = DONE};
    while (x->at < x->end) {
        p.start = x->at;
        if (starts(x, "<![CDATA[")) {
            x->at = p.start += strlen("<![CDATA[");
            p.kind = LITERAL;
            p.n = pass(x, "]]>");
            return p;
        }
        if (starts(x, "<!--")) {
            pass(x, "-->");
        } else if (starts(x, "<?") || starts(x, "<!")) {
            pass(x, ">");
        } else if (*x->at == '<') {
            return read_tag(x);
        } else {
            p.kind = TEXT;
            p.n = pass(x, "<");
            x->at = p.start + p.n;
            return p;
        }
    }
    return p;
}

static void add_character(struct ton_text *t, unsigned long c) {
    const unsigned x = (unsigned)c;
    char out[] = {(char)(0xF0 | x >> 18), (char)(0x80 | (x >> 12 & 0x3F)),
                  (char)(0x80 | (x >> 6 & 0x3F)), (char)(0x80 | (x & 0x3F))};
    size_t n = 4;
    if (c < 0x80 && (n = 1) != 0)
        out[3] = (char)x;
    else if (c < 0x800 && (n = 2) != 0)
        out[2] = (char)(0xC0 | x >> 6);
    else if (c < 0x10000 && (n = 3) != 0)
        out[1] = (char)(0xE0 | x >> 12);
    if (c > 0 && c <= 0x10FFFF && ton_utf8_length(out + 4 - n, n))
        ton_text_add_n(t, out + 4 - n, n);
}

/* The entity between `&` and `;`. False: it is none that XML itself knows. */
static bool add_entity(struct ton_text *t, const char *name) {
    static const char *const known[][2] = {
        {"amp", "&"}, {"apos", "'"}, {"gt", ">"}, {"lt", "<"}, {"quot", "\""}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strcmp(name, known[i][0]) == 0) {
            ton_text_add(t, known[i][1]);
            return true;
        }
    }
    char *end = NULL;
    const bool hex = name[0] == '#' && name[1] == 'x';
    const unsigned long c = name[0] == '#' ? strtoul(name + 1 + hex, &end, hex ? 16 : 10) : 0;
    if (!end || *end || end == name + 1 + hex)
        return false;
    add_character(t, c);
    return true;
}

static void add_text(struct ton_text *t, const char *text, size_t n) {
    enum { LONGEST_ENTITY = 11 };
    for (size_t i = 0; i < n; i++) {
        char name[LONGEST_ENTITY + 1] = "";
        const size_t left = n - i - 1 < LONGEST_ENTITY ? n - i - 1 : LONGEST_ENTITY;
        const char *end = text[i] == '&' ? memchr(text + i + 1, ';', left) : NULL;
        const size_t length = end ? (size_t)(end - text) - i - 1 : 0;
        if (length > 0)
            memcpy(name, text + i + 1, length);
        if (name[0] && add_entity(t, name))
            i += length + 1;
        else
            ton_text_add_n(t, text + i, 1);
    }
}

/* One line of UTF-8: blanks and control characters are single spaces between words. */
static const char *clean(struct ton_arena *arena, const struct ton_text *raw, size_t longest) {
    struct ton_text utf8 = {0}, t = {0};
    bool gap = false;
    ton_text_add_utf8(&utf8, raw->data, raw->length);
    for (size_t i = 0; i < utf8.length && !utf8.failed;) {
        const size_t n = ton_utf8_length(utf8.data + i, utf8.length - i);
        const unsigned char c = (unsigned char)utf8.data[i];
        const unsigned char second = n == 2 ? (unsigned char)utf8.data[i + 1] : 0xFF;
        const bool blank = c <= ' ' || c == 0x7F || (c == 0xC2 && second <= 0xA0);
        if (!blank && t.length + gap + n > longest)
            break;
        if (!blank && gap && t.length)
            ton_text_add(&t, " ");
        if (!blank)
            ton_text_add_n(&t, utf8.data + i, n);
        gap = blank;
        i += n;
    }
    const char *out = t.length && !t.failed ? ton_arena_copy(arena, t.data, t.length) : NULL;
    ton_text_free(&utf8);
    ton_text_free(&t);
    return out;
}

static int index_said(const struct names *names, enum field field) {
    const struct ton_text *t = &names->said[field];
    const long i = t->length ? strtol(t->data, NULL, 10) : 0;
    return i >= 1 && i <= names->channels ? (int)i : 0;
}

/* INTERLEAVE_INDEX is the channel in this file, CHANNEL_INDEX that of the machine. */
static void end_track(struct names *names) {
    names->tracks++;
    int channel = index_said(names, INTERLEAVE_INDEX);
    if (!channel)
        channel = index_said(names, CHANNEL_INDEX);
    if (!channel && names->tracks <= names->channels)
        channel = names->tracks;
    if (!channel || names->of[channel - 1] || !names->said[NAME].length)
        return;
    names->of[channel - 1] = clean(names->arena, &names->said[NAME], LONGEST_NAME);
    names->any |= names->of[channel - 1] != NULL;
}

static bool is(const struct piece *p, const char *name) {
    return p->n == strlen(name) && strncasecmp(p->start, name, p->n) == 0;
}

static enum field field_of(const struct piece *p) {
    return is(p, "NAME")               ? NAME
           : is(p, "CHANNEL_INDEX")    ? CHANNEL_INDEX
           : is(p, "INTERLEAVE_INDEX") ? INTERLEAVE_INDEX
                                       : NO_FIELD;
}

/* From behind <TRACK> to its end. What is nested deeper than its children does not count. */
static void read_track(struct names *names, struct xml *x) {
    enum field field = NO_FIELD;
    size_t depth = 0;
    for (int i = 0; i < N_FIELDS; i++)
        names->said[i].length = 0;
    for (struct piece p = next_piece(x); p.kind != DONE; p = next_piece(x)) {
        if (p.kind == OPEN && depth++ == 0 && (field = field_of(&p)) != NO_FIELD)
            names->said[field].length = 0;
        if (p.kind == CLOSE && depth-- == 0) {
            end_track(names);
            return;
        }
        if (depth != 1 || field == NO_FIELD)
            continue;
        if (p.kind == TEXT)
            add_text(&names->said[field], p.start, p.n);
        else if (p.kind == LITERAL)
            ton_text_add_n(&names->said[field], p.start, p.n);
    }
}

/* The chunk, given back with ton_free; NULL: there is none. False without memory. */
static bool read_chunk(char **out, size_t *size, const struct source *s) {
    *out = NULL;
    if (s->ixml_size <= 0 || s->ixml_size > MOST_BYTES)
        return true;
    *size = (size_t)s->ixml_size;
    *out = ton_alloc(*size);
    if (!*out)
        return false;
    if (pread(s->fd, *out, *size, s->ixml_at) == (ssize_t)*size)
        return true;
    ton_free(*out);
    *out = NULL;
    return true;
}

const char *const *ixml_track_names(struct ton_arena *arena, const struct source *s, int channels) {
    size_t size = 0;
    char *text;
    struct names names = {.arena = arena, .channels = channels};
    (void)read_chunk(&text, &size, s);
    names.of = text ? TON_NEW_N(arena, const char *, channels) : NULL;
    if (names.of) {
        struct xml x = {text, text + size};
        for (struct piece p = next_piece(&x); p.kind != DONE; p = next_piece(&x))
            if (p.kind == OPEN && is(&p, "TRACK"))
                read_track(&names, &x);
    }
    for (int i = 0; i < N_FIELDS; i++)
        ton_text_free(&names.said[i]);
    ton_free(text);
    return names.any ? names.of : NULL;
}

bool ixml_text(const char **out, struct ton_arena *arena, const struct source *s,
               const char *element) {
    size_t size = 0;
    char *text;
    struct ton_text said = {0};
    *out = NULL;
    if (!read_chunk(&text, &size, s))
        return false;
    struct xml x = {text, text ? text + size : NULL};
    struct piece p = {.kind = DONE};
    do
        p = text ? next_piece(&x) : p;
    while (p.kind != DONE && !(p.kind == OPEN && is(&p, element)));
    while (p.kind != DONE && p.kind != CLOSE) {
        p = next_piece(&x);
        if (p.kind == TEXT)
            add_text(&said, p.start, p.n);
        else if (p.kind == LITERAL)
            ton_text_add_n(&said, p.start, p.n);
    }
    const bool whole = !said.failed;
    *out = said.length ? clean(arena, &said, LONGEST_TEXT) : NULL;
    const bool blank = said.length == strspn(said.data ? said.data : "", " \t\r\n");
    ton_text_free(&said);
    ton_free(text);
    return whole && (*out || blank);
}
