/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The passes of a loop, each of which is a take. */
#ifndef TON_RECORDING_PASSES_H
#define TON_RECORDING_PASSES_H

#include "ton/recorder.h"

/* Is take `i` of the `n` heard, or a lane beneath another? Of the passes of one press of the button
 * the last one that reaches the loop's end is heard. The first may have begun before the loop or
 * within it, the last may have been stopped. @thread any */
bool passes_is_heard(const struct ton_recorded *takes, int n, int i);

#endif
