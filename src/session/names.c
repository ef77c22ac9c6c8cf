/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A hash table from names to numbers, so that 200 strips and 5,000 takes are found without walking
 * them all. */
#include "names.h"

#include <string.h>

struct ton_name_slot {
    const char *name; /* NULL: free */
    int number;
};

/* FNV-1a, 64 bit: offset basis and prime as published by Fowler, Noll and Vo. */
static uint64_t hash_of(const char *name) {
    uint64_t h = UINT64_C(14695981039346656037);
    for (const unsigned char *p = (const unsigned char *)name; *p; p++)
        h = (h ^ *p) * UINT64_C(1099511628211);
    return h ^ h >> 32;
}

/* The slot that holds the name, or the free one where it would stand. */
static struct ton_name_slot *slot_of(const struct ton_names *names, const char *name) {
    size_t mask = names->capacity - 1;
    size_t i = (size_t)hash_of(name) & mask;
    while (names->slots[i].name && strcmp(names->slots[i].name, name) != 0)
        i = (i + 1) & mask;
    return &names->slots[i];
}

static bool grow(struct ton_names *names) {
    struct ton_names larger = {.arena = names->arena,
                               .capacity = names->capacity ? names->capacity * 2 : 16};
    larger.slots = TON_NEW_N(names->arena, struct ton_name_slot, larger.capacity);
    if (!larger.slots)
        return false;
    for (size_t i = 0; i < names->capacity; i++)
        if (names->slots[i].name)
            *slot_of(&larger, names->slots[i].name) = names->slots[i];
    larger.n = names->n;
    *names = larger;
    return true;
}

int ton_names_get(const struct ton_names *names, const char *name) {
    if (names->n == 0)
        return -1;
    const struct ton_name_slot *slot = slot_of(names, name);
    return slot->name ? slot->number : -1;
}

bool ton_names_put(struct ton_names *names, const char *name, int number) {
    if (names->n * 2 >= names->capacity && !grow(names))
        return false;
    struct ton_name_slot *slot = slot_of(names, name);
    if (slot->name)
        return true;
    *slot = (struct ton_name_slot){name, number};
    names->n++;
    return true;
}
