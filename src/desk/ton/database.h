/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_DATABASE_H
#define TON_DATABASE_H

#include "ton/err.h"

/* production.db: what happened. SQLite, in WAL mode, `synchronous=FULL`; migrations are numbered,
 * each in one transaction; a file from a newer program is refused and not touched. */
struct ton_database;

/* Made when it is not there. Errors: not a database, newer than this program knows, no permission,
 * no space, another program holds it for more than five seconds. @thread any, one at a time */
enum ton_code ton_database_open(struct ton_database **out, const char *folder, struct ton_err *err);

/* To read only: nothing is made, brought up to date or waited for, and no row changes. Errors: as
 * above, where there is none, and where it has another version than this program's. */
enum ton_code ton_database_look(struct ton_database **out, const char *folder, struct ton_err *err);

/* How long whoever holds it is waited for, from now on. */
enum { TON_DATABASE_PATIENCE_MS = 5000 };
void ton_database_wait(struct ton_database *db, int ms);

void ton_database_close(struct ton_database *db); /* NULL is fine */

#endif
