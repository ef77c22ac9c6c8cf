/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Failures as a place and a sentence, and the list of all that is wrong with one document. */
#include "ton/err.h"
#include "ton/arena.h"

#include <errno.h>

/* A sentence that was cut ends with an ellipsis, never inside a UTF-8 sequence. */
static void mark_cut(char *text, size_t size, int wanted) {
    static const char ellipsis[] = "…";
    if (wanted < 0 || (size_t)wanted < size)
        return;
    size_t end = size - sizeof ellipsis;
    while (end > 0 && ((unsigned char)text[end] & 0xc0) == 0x80)
        end--;
    memcpy(text + end, ellipsis, sizeof ellipsis);
}

enum ton_code ton_fail(struct ton_err *err, enum ton_code code, const char *where,
                       const char *format, ...) {
    if (!err)
        return code;
    /* The arguments may point into `err` itself: build beside it. */
    struct ton_err built = {.code = code};
    mark_cut(built.where, sizeof built.where,
             snprintf(built.where, sizeof built.where, "%s", where ? where : ""));
    va_list args;
    va_start(args, format);
    int wanted = vsnprintf(built.text, sizeof built.text, format, args);
    va_end(args);
    mark_cut(built.text, sizeof built.text, wanted);
    *err = built;
    return code;
}

enum ton_code ton_fail_at(struct ton_err *err, enum ton_code code, const char *where) {
    if (err && where)
        mark_cut(err->where, sizeof err->where,
                 snprintf(err->where, sizeof err->where, "%s", where));
    return code;
}

static enum ton_code code_of_errno(int error) {
    switch (error) {
    case ENOENT:
    case ENOTDIR:
    case EISDIR:
    case ENAMETOOLONG:
    case ELOOP:
    case EEXIST:
    case EINVAL:
        return TON_INPUT;
    case ENOMEM:
        return TON_MEMORY;
    default:
        return TON_ENVIRONMENT;
    }
}

const char *ton_err_it(const struct ton_err *err) {
    return err->code == TON_INPUT ? "it " : "";
}

enum ton_code ton_fail_errno(struct ton_err *err, const char *where, const char *what) {
    int error = errno;
    char buffer[128];
    return ton_fail(err, code_of_errno(error), where, "%s: %s", what,
                    strerror_r(error, buffer, sizeof buffer));
}

void ton_problems_init(struct ton_problems *problems, struct ton_arena *arena) {
    *problems = (struct ton_problems){.arena = arena};
}

/* Splits "file:line:column" from the back; 0 for what is not there. */
static size_t split_place(const char *where, unsigned long place[2]) {
    size_t length = where ? strlen(where) : 0;
    place[0] = place[1] = 0;
    size_t end = length;
    unsigned long numbers[2] = {0, 0};
    int n = 0;
    while (n < 2) {
        size_t start = end;
        while (start > 0 && where[start - 1] >= '0' && where[start - 1] <= '9')
            start--;
        if (start == end || start == 0 || where[start - 1] != ':')
            break;
        numbers[n++] = strtoul(where + start, NULL, 10);
        end = start - 1;
    }
    place[0] = n == 2 ? numbers[1] : numbers[0];
    place[1] = n == 2 ? numbers[0] : 0;
    return end;
}

/* Is `a` later in the same file than `b`? Of different files the order of arrival stands. */
static bool is_later(const char *a, const char *b) {
    unsigned long place_a[2], place_b[2];
    size_t file_a = split_place(a, place_a), file_b = split_place(b, place_b);
    if (file_a != file_b || (file_a && strncmp(a, b, file_a) != 0))
        return false;
    return place_a[0] != place_b[0] ? place_a[0] > place_b[0] : place_a[1] > place_b[1];
}

void ton_problems_add(struct ton_problems *problems, bool warning, const char *where,
                      const char *format, ...) {
    if (!warning)
        problems->n_errors++;
    char text[sizeof((struct ton_err *)0)->text];
    va_list args;
    va_start(args, format);
    mark_cut(text, sizeof text, vsnprintf(text, sizeof text, format, args));
    va_end(args);
    struct ton_problem new = {
        .warning = warning,
        .where = ton_arena_text(problems->arena, where ? where : ""),
        .text = ton_arena_text(problems->arena, text),
    };
    if (!new.where || !new.text ||
        !TON_PUSH(problems->arena, problems->items, problems->n, problems->capacity)) {
        problems->out_of_memory = true;
        return;
    }
    size_t i = problems->n - 1;
    for (; i > 0 && is_later(problems->items[i - 1].where, new.where); i--)
        problems->items[i] = problems->items[i - 1];
    problems->items[i] = new;
}

enum ton_code ton_problems_code(const struct ton_problems *problems, struct ton_err *err) {
    if (problems->out_of_memory)
        return ton_fail(err, TON_MEMORY, NULL, "there is not enough memory");
    if (problems->n_errors == 0)
        return TON_OK;
    const struct ton_problem *first = problems->items;
    while (first->warning)
        first++;
    size_t more = problems->n_errors - 1;
    if (more == 0)
        return ton_fail(err, TON_INPUT, first->where, "%s", first->text);
    return ton_fail(err, TON_INPUT, first->where, "%s (and %zu more error%s)", first->text, more,
                    more == 1 ? "" : "s");
}
