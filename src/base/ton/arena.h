/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_ARENA_H
#define TON_ARENA_H

#include "ton/err.h"

#include <stdint.h>

/* Memory that lives and dies together: a document, a plan, a request. Everything is zeroed and
 * aligned to 64 bytes when it is larger than 64 bytes, to 16 otherwise. Not thread-safe: one owner.
 */
struct ton_arena;

struct ton_arena *ton_arena_create(void);    /* NULL when there is no memory */
void ton_arena_destroy(struct ton_arena *a); /* NULL is fine */

/* NULL when there is no memory (and ton_arena_failed is true from then on). @thread the owner;
 * never audio */
void *ton_arena_alloc(struct ton_arena *a, size_t size);
void *ton_arena_grow(struct ton_arena *a, const void *old, size_t old_size,
                     size_t new_size); /* copy; old stays */
char *ton_arena_copy(struct ton_arena *a, const char *text, size_t length);
char *ton_arena_text(struct ton_arena *a, const char *text); /* NULL gives NULL */
char *ton_arena_printf(struct ton_arena *a, const char *format, ...) TON_PRINTF(2, 3);
bool ton_arena_failed(const struct ton_arena *a);
size_t ton_arena_bytes(const struct ton_arena *a); /* handed out so far */

#define TON_NEW(arena, type) ((type *)ton_arena_alloc((arena), sizeof(type)))
#define TON_NEW_N(arena, type, n) ((type *)ton_arena_alloc((arena), sizeof(type) * (size_t)(n)))

/* Heap memory outside arenas; the only malloc of the program, so that tests can make the n-th one
 * fail. */
void *ton_alloc(size_t size); /* zeroed, 64-byte aligned; NULL when there is no memory */
void *ton_realloc(void *old, size_t old_size, size_t new_size);
void ton_free(void *p);
void ton_alloc_fail_after(
    long n); /* tests: the n-th allocation from now fails, and all later; negative: never */

/* Appends to an array kept in an arena: `TON_PUSH(arena, array, n, capacity)` is a pointer to the
 * new zeroed element or NULL. */
void *ton_arena_push(struct ton_arena *a, void **array, size_t *n, size_t *capacity, size_t size);
#define TON_PUSH(arena, array, n, capacity)                                                        \
    ton_arena_push((arena), (void **)&(array), &(n), &(capacity), sizeof *(array))

#endif
