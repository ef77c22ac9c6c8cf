/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_SESSION_TARGETS_H
#define TON_SESSION_TARGETS_H

#include "build.h"

/* Finds what a lane of automation moves by the name that was written. False when it is nothing that
 * can be moved, which was said then; `row` is that of what was meant, or NULL. */
bool ton_lane_target(struct ton_build *b, const struct ton_strip *strip, const struct ton_node *key,
                     struct ton_lane *lane);

#endif
