/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_ASSISTANTS_WRITE_SESSION_H
#define TON_ASSISTANTS_WRITE_SESSION_H

#include "gather.h"
#include "ton/text.h"

/* The first session of what was gathered: one track a file, pair, or channel of many, in the order
 * of the files. */
void write_session(struct ton_text *out, const struct gathering *g, const char *name, int rate);

#endif
