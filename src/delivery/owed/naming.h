/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_DELIVERY_NAMING_H
#define TON_DELIVERY_NAMING_H

#include "ton/arena.h"

/* What the placeholders of a naming template stand for; NULL or 0 where there is nothing to say. */
struct naming {
    const char *artist, *title, *album, *deliverable, *session, *stem;
    int version, track;
};

/* Fills `template` ("{artist} - {title} ({deliverable}) v{version}"). Characters that a file system
 * or a shell would trip over become `_`. A stem that the template does not mention is added at the
 * end, so that stems never share a name. NULL without memory. */
const char *naming_fill(struct ton_arena *arena, const char *template, const struct naming *values);

#endif
