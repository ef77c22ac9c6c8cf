/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_RECORDING_RINGS_H
#define TON_RECORDING_RINGS_H

#include <stddef.h>

/* The first touch of a page is a call of the system, which the audio thread must not make: a ring
 * that nobody has used is touched before. Writes zeros into it. @thread main */
void rings_touch(void *memory, size_t bytes);

#endif
