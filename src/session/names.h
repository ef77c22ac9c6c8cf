/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_SESSION_NAMES_H
#define TON_SESSION_NAMES_H

#include "ton/arena.h"

/* Names and the number that stands for each (strips, takes, keys of a large mapping). Zero value
 * with `arena` set is empty. The names are borrowed. */
struct ton_names {
    struct ton_arena *arena;
    struct ton_name_slot *slots;
    size_t n, capacity; /* capacity is 0 or a power of two */
};

int ton_names_get(const struct ton_names *names, const char *name); /* -1 */
/* False when there is no memory. A name that is there already keeps its number. */
bool ton_names_put(struct ton_names *names, const char *name, int number);

#endif
