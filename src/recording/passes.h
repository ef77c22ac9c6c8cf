/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The passes of a loop, each of which is a take. */
#ifndef TON_RECORDING_PASSES_H
#define TON_RECORDING_PASSES_H

#include "ton/recorder.h"

/* Which of the takes are heard, and which are lanes beneath others? Of the passes of one press of
 * the button the last one that reaches the loop's end is heard. The first may have begun before the
 * loop or within it, the last may have been stopped. False without memory. @thread any */
bool passes_find_heard(bool *heard, struct ton_arena *arena, const struct ton_recorded *takes,
                       int n);

#endif
