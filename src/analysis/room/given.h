/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_ROOM_GIVEN_H
#define TON_ROOM_GIVEN_H

/* What was given, or for 0 the value that the header names. */
static inline double given_or(double given, double otherwise) {
    return given != 0.0 ? given : otherwise;
}

#endif
