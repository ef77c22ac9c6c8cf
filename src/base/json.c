/* SPDX-License-Identifier: GPL-3.0-or-later */
/* JSON over jansson: a `struct ton_json` is a `json_t`.
 *
 * jansson allocates through us, and each of its blocks carries a header in front. There a container
 * notes that a value it should hold was lost for lack of memory, so that only dump needs a check;
 * a lost container is kept there until the end, for its maker may still be filling it. */
#include "ton/json.h"
#include "ton/arena.h"
#include "ton/text.h"

#include <jansson.h>

#include <pthread.h>

struct header {
    _Alignas(16) bool lost_something;
    json_t *lost;      /* the first container that this one should hold and does not */
    json_t *next_lost; /* and the next one after this */
};

enum { MOST_DEPTH = 512 };

/* 15 digits print every number that was rounded as it was meant: 0.1, not 0.10000000000000001. */
enum { DIGITS = 15 };

static struct header *header_of(const void *p) {
    return (struct header *)(uintptr_t)p - 1;
}

static void *allocate(size_t size) {
    struct header *h = size > PTRDIFF_MAX ? NULL : ton_alloc(sizeof *h + size);
    return h ? h + 1 : NULL;
}

static void release(void *p) {
    if (!p)
        return;
    struct header *h = header_of(p);
    for (json_t *lost = h->lost, *next; lost; lost = next) {
        next = header_of(lost)->next_lost;
        json_decref(lost);
    }
    ton_free(h);
}

static void use_our_memory(void) {
    json_set_alloc_funcs(allocate, release);
}

static void prepare(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, use_our_memory);
}

static json_t *inside(const struct ton_json *j) {
    return (json_t *)(uintptr_t)j;
}

static struct ton_json *outside(const json_t *j) {
    return (struct ton_json *)(uintptr_t)j;
}

static bool is_container(const json_t *j) {
    return json_is_object(j) || json_is_array(j);
}

static void note_loss(json_t *container, json_t *value) {
    struct header *h = header_of(container);
    h->lost_something = true;
    if (!is_container(value)) {
        json_decref(value);
        return;
    }
    header_of(value)->next_lost = h->lost;
    h->lost = value;
}

struct ton_json *ton_json_object(void) {
    prepare();
    return outside(json_object());
}

struct ton_json *ton_json_array(void) {
    prepare();
    return outside(json_array());
}

struct ton_json *ton_json_string(const char *s) {
    if (!s)
        return ton_json_null();
    prepare();
    json_t *string = json_string(s);
    if (string)
        return outside(string);
    /* Either no memory or bytes that are not UTF-8, as file names may be: each becomes U+FFFD. */
    struct ton_text valid = {0};
    for (size_t i = 0, n = strlen(s); i < n;) {
        size_t length = 1;
        while (length < 4 && i + length < n && ((unsigned char)s[i + length] & 0xc0) == 0x80)
            length++;
        json_t *piece = json_stringn(s + i, length);
        if (piece)
            ton_text_add_n(&valid, s + i, length);
        else
            ton_text_add(&valid, "\xef\xbf\xbd");
        json_decref(piece);
        i += length;
    }
    string = valid.failed ? NULL : json_string(valid.data ? valid.data : "");
    ton_text_free(&valid);
    return outside(string);
}

struct ton_json *ton_json_strings(const char *const *texts, size_t n) {
    struct ton_json *list = ton_json_array();
    for (size_t i = 0; i < n; i++)
        ton_json_add(list, ton_json_string(texts[i]));
    return list;
}

struct ton_json *ton_json_number(double x) {
    prepare();
    return isfinite(x) ? outside(json_real(x)) : ton_json_null();
}

struct ton_json *ton_json_round(double x, int digits) {
    double scale = pow(10, digits);
    double rounded = round(x * scale) / scale;
    return ton_json_number(rounded == 0 ? 0 : rounded); /* no -0 */
}

double ton_json_kept(double x) {
    char text[32];
    snprintf(text, sizeof text, "%.*g", DIGITS, x);
    return isfinite(x) ? strtod(text, NULL) : x;
}

struct ton_json *ton_json_integer(int64_t i) {
    prepare();
    return outside(json_integer(i));
}

struct ton_json *ton_json_bool(bool b) {
    return outside(json_boolean(b));
}

struct ton_json *ton_json_null(void) {
    return outside(json_null());
}

void ton_json_set(struct ton_json *object, const char *key, struct ton_json *value) {
    if (object && json_object_set(inside(object), key, inside(value)) != 0)
        note_loss(inside(object), inside(value));
    else
        json_decref(inside(value));
}

void ton_json_add(struct ton_json *array, struct ton_json *value) {
    if (array && json_array_append(inside(array), inside(value)) != 0)
        note_loss(inside(array), inside(value));
    else
        json_decref(inside(value));
}

struct ton_json *ton_json_copy(const struct ton_json *j) {
    return outside(json_deep_copy(inside(j)));
}

void ton_json_free(struct ton_json *j) {
    json_decref(inside(j));
}

static bool lost_something(json_t *j, int depth) {
    if (depth > MOST_DEPTH)
        return true;
    if (is_container(j) && header_of(j)->lost_something)
        return true;
    const char *key;
    json_t *value;
    size_t i;
    json_object_foreach(j, key, value) {
        if (lost_something(value, depth + 1))
            return true;
    }
    json_array_foreach(j, i, value) {
        if (lost_something(value, depth + 1))
            return true;
    }
    return false;
}

static int append(const char *bytes, size_t size, void *user) {
    struct ton_text *text = user;
    ton_text_add_n(text, bytes, size);
    return text->failed ? -1 : 0;
}

char *ton_json_dump(const struct ton_json *j, bool pretty) {
    if (!j || lost_something(inside(j), 0))
        return NULL;
    struct ton_text text = {0};
    size_t flags =
        JSON_ENCODE_ANY | JSON_REAL_PRECISION(DIGITS) | (pretty ? JSON_INDENT(2) : JSON_COMPACT);
    if (json_dump_callback(inside(j), append, &text, flags) != 0 || text.failed)
        ton_text_free(&text);
    return text.data;
}

enum ton_code ton_json_parse(struct ton_json **out, const char *text, size_t length,
                             const char *where, struct ton_err *err) {
    prepare();
    json_error_t error;
    json_t *value = json_loadb(text, length, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
    *out = outside(value);
    if (value)
        return TON_OK;
    if (json_error_code(&error) == json_error_out_of_memory)
        return ton_fail(err, TON_MEMORY, where, "there is not enough memory");
    char place[sizeof((struct ton_err *)0)->where];
    snprintf(place, sizeof place, "%s:%d:%d", where ? where : "", error.line, error.column);
    return ton_fail(err, TON_INPUT, place, "is not JSON: %s", error.text);
}

const struct ton_json *ton_json_get(const struct ton_json *object, const char *key) {
    return outside(json_object_get(inside(object), key));
}

const struct ton_json *ton_json_at(const struct ton_json *array, size_t i) {
    return outside(json_array_get(inside(array), i));
}

size_t ton_json_size(const struct ton_json *array_or_object) {
    const json_t *j = inside(array_or_object);
    return json_is_array(j) ? json_array_size(j) : json_object_size(j);
}

const char *ton_json_as_string(const struct ton_json *j) {
    return json_string_value(inside(j));
}

int64_t ton_json_as_count(const struct ton_json *j) {
    static const double MOST = 9007199254740992.0; /* 2^53: up to there a double holds each */
    const double x = ton_json_as_number(j);
    return x >= 0.0 && x <= MOST && floor(x) == x ? (int64_t)x : -1;
}

double ton_json_as_number(const struct ton_json *j) {
    return json_is_number(inside(j)) ? json_number_value(inside(j)) : NAN;
}
