/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_DESK_SCHEMA_H
#define TON_DESK_SCHEMA_H

/* Migration i leads from `user_version` i to i + 1; all that ever were, in their order. What was
 * given out is never changed: a change of the schema is one more of them. */
extern const char *const desk_migrations[];
extern const int desk_n_migrations;

#endif
