/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_INPUTS_H
#define TON_INPUTS_H

#include "ton/arena.h"

#include <stdbool.h>

/* The input list (patch list) of a production: what stands on the stage, and where it comes in.
 * Texts belong to the production's arena. @thread any */

struct ton_input {
    const char *name;         /* `Kick In`; never only a number */
    const char *port;         /* a number from 1, or a port's name; NULL: it was refused */
    const char *role;         /* `drums.kick`; NULL: not said */
    const char *source;       /* one of the field's choices, such as `condenser +48V`; NULL */
    bool wired;               /* without `source`: it surely comes by wire, as keys do */
    double level_dbfs;        /* nominal level that is expected; -18 */
    const char *pair;         /* name of the line that it is the neighbour of; NULL: see below */
    const char *polarity;     /* "inverted": it is the other way round as it comes in; NULL: not */
    const char *stand, *note; /* NULL: none */
    const char *where;        /* of its name in the file */
    const char *pair_where;   /* NULL without `pair` */
};

/* The index of a line; -1. */
int ton_input_find(const struct ton_input *inputs, int n, const char *name);

/* The line that is called most like it; NULL: none, or no memory. */
const char *ton_input_nearest(struct ton_arena *arena, const struct ton_input *inputs, int n,
                              const char *name);

/* The index of the line that line `i` is held against for polarity and time: its `pair`, else the
 * first one that has it as `pair`, else the first whose name differs in one word alone and there by
 * sides: L and R, Left and Right, In and Out, Inside and Outside, Top and Bottom (Bot, Btm, Under);
 * `OHL` and `OHR`, `KickIn` and `KickOut` too. -1: it stands alone. */
int ton_input_neighbour(const struct ton_input *inputs, int n, int i);

/* Two neighbours are left and right of one thing: their names say L and R, or they have one name
 * with two numbers on end, and `pair`. In and Out, Top and Bottom, two microphones before one
 * amplifier are no such sides, though `pair` compares them. */
bool ton_inputs_are_stereo(const struct ton_input *a, const struct ton_input *b);

/* What comes in is said to be the other way round. */
bool ton_input_is_inverted(const struct ton_input *input);

/* Its name says that it hears a drum from below: `Snare Bottom`, `Sn Btm`, `Snare Under`. */
bool ton_input_is_beneath(const struct ton_input *input);

/* The index of the line that is called as line `i` with the next number: `Overhead 2` of `Overhead
 * 1`. -1: none. They may hear one thing, or may not. */
int ton_input_next(const struct ton_input *inputs, int n, int i);

/* It needs phantom power. `source` may be NULL. */
bool ton_source_is_phantom(const char *source);

#endif
