/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The only heap of the program: aligned zeroed blocks, and arenas that hand out pieces of them.
 *
 * A block keeps the address that calloc gave it in the word before it. calloc rather than
 * aligned_alloc and memset: the pages of a large block come zeroed from the kernel and are not
 * touched twice. */
#include "ton/arena.h"
#include "ton/rt.h"

#include <stdatomic.h>

enum { ALIGNMENT = 64, SMALL = 16, FIRST_CHUNK = 16 * 1024, LAST_CHUNK = 1024 * 1024 };

static atomic_long allocations_left = -1;

void ton_alloc_fail_after(long n) {
    atomic_store(&allocations_left, n);
}

static bool must_fail(void) {
    long left = atomic_load_explicit(&allocations_left, memory_order_relaxed);
    if (left < 0)
        return false;
    if (left <= 1)
        return true;
    atomic_fetch_sub(&allocations_left, 1);
    return false;
}

void *ton_alloc(size_t size) {
    ton_rt_forbid("ton_alloc");
    if (must_fail() || size > PTRDIFF_MAX - 2 * ALIGNMENT)
        return NULL;
    char *block = calloc(1, size + ALIGNMENT + sizeof(void *));
    if (!block)
        return NULL;
    uintptr_t first = (uintptr_t)block + sizeof(void *);
    uintptr_t aligned = (first + ALIGNMENT - 1) & ~(uintptr_t)(ALIGNMENT - 1);
    char *p = block + (aligned - (uintptr_t)block);
    memcpy(p - sizeof block, &block, sizeof block);
    return p;
}

void *ton_realloc(void *old, size_t old_size, size_t new_size) {
    void *p = ton_alloc(new_size);
    if (!p)
        return NULL;
    if (old)
        memcpy(p, old, old_size < new_size ? old_size : new_size);
    ton_free(old);
    return p;
}

void ton_free(void *p) {
    if (!p)
        return;
    ton_rt_forbid("ton_free");
    char *block;
    memcpy(&block, (char *)p - sizeof block, sizeof block);
    free(block);
}

struct chunk {
    struct chunk *older;
    char *data;
    size_t used, size;
};

struct ton_arena {
    struct chunk *newest;
    size_t bytes, next_chunk;
    bool failed;
};

struct ton_arena *ton_arena_create(void) {
    struct ton_arena *a = ton_alloc(sizeof *a);
    if (a)
        a->next_chunk = FIRST_CHUNK;
    return a;
}

void ton_arena_destroy(struct ton_arena *a) {
    if (!a)
        return;
    for (struct chunk *c = a->newest, *older; c; c = older) {
        older = c->older;
        ton_free(c);
    }
    ton_free(a);
}

/* A chunk and its data are one block; the header takes a whole alignment unit. */
static struct chunk *add_chunk(struct ton_arena *a, size_t at_least) {
    _Static_assert(sizeof(struct chunk) <= ALIGNMENT, "the header fits before the data");
    bool alone = at_least > a->next_chunk / 2;
    size_t size = alone ? at_least : a->next_chunk;
    if (size > PTRDIFF_MAX - 4 * ALIGNMENT)
        return NULL;
    struct chunk *c = ton_alloc(ALIGNMENT + size);
    if (!c)
        return NULL;
    c->data = (char *)c + ALIGNMENT;
    c->size = size;
    if (alone && a->newest) {
        /* Behind the newest, so that the room left there is still handed out. */
        c->older = a->newest->older;
        a->newest->older = c;
    } else {
        c->older = a->newest;
        a->newest = c;
    }
    if (!alone && a->next_chunk < LAST_CHUNK)
        a->next_chunk *= 2;
    return c;
}

static void *take_from(struct chunk *c, size_t size, size_t alignment) {
    size_t start = (c->used + alignment - 1) & ~(alignment - 1);
    if (start > c->size || size > c->size - start)
        return NULL;
    c->used = start + size;
    return c->data + start;
}

void *ton_arena_alloc(struct ton_arena *a, size_t size) {
    ton_rt_forbid("ton_arena_alloc");
    size_t wanted = size ? size : 1;
    size_t alignment = wanted > ALIGNMENT ? ALIGNMENT : SMALL;
    void *p = a->newest ? take_from(a->newest, wanted, alignment) : NULL;
    if (!p) {
        struct chunk *c = a->failed ? NULL : add_chunk(a, wanted);
        if (!c) {
            a->failed = true;
            return NULL;
        }
        p = take_from(c, wanted, alignment);
    }
    a->bytes += wanted;
    return p;
}

void *ton_arena_grow(struct ton_arena *a, const void *old, size_t old_size, size_t new_size) {
    void *p = ton_arena_alloc(a, new_size);
    size_t kept = old_size < new_size ? old_size : new_size;
    if (p && old && kept)
        memcpy(p, old, kept);
    return p;
}

char *ton_arena_copy(struct ton_arena *a, const char *text, size_t length) {
    char *copy = length < SIZE_MAX ? ton_arena_alloc(a, length + 1) : NULL;
    if (copy && length)
        memcpy(copy, text, length);
    return copy;
}

char *ton_arena_text(struct ton_arena *a, const char *text) {
    return text ? ton_arena_copy(a, text, strlen(text)) : NULL;
}

char *ton_arena_printf(struct ton_arena *a, const char *format, ...) {
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, args);
    char *text = length < 0 ? NULL : ton_arena_alloc(a, (size_t)length + 1);
    if (text)
        vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    va_end(args);
    return text;
}

bool ton_arena_failed(const struct ton_arena *a) {
    return a->failed;
}

size_t ton_arena_bytes(const struct ton_arena *a) {
    return a->bytes;
}

void *ton_arena_push(struct ton_arena *a, void **array, size_t *n, size_t *capacity, size_t size) {
    char *items;
    memcpy(&items, array, sizeof items); /* the caller's pointer has another type than void * */
    if (*n == *capacity) {
        size_t more = *capacity ? *capacity * 2 : 8;
        if (more < *capacity || more > PTRDIFF_MAX / size)
            return NULL;
        items = ton_arena_grow(a, items, *n * size, more * size);
        if (!items)
            return NULL;
        memcpy(array, &items, sizeof items);
        *capacity = more;
    }
    return items + size * (*n)++;
}
