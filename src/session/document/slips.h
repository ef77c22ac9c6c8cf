/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_SESSION_SLIPS_H
#define TON_SESSION_SLIPS_H

#include "ton/document.h"

/* Slips of the pen that YAML takes for something else. */

/* In `{threshold: -18,5 dB}` and `[0:04, -3,5 dB]` the comma ends a value: puts such two pieces of
 * a finished list or mapping together again, so that whoever reads the number says what is wrong.
 */
void ton_slips_rejoin(struct ton_document *doc, struct ton_node *node);

/* What an engineer did on the line of `place` that YAML cannot read, in the arena; NULL: something
 * else. */
const char *ton_slips_syntax(struct ton_document *doc, const struct ton_node *place);

#endif
