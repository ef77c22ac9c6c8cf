/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_ENGINE_ASSETS_H
#define TON_ENGINE_ASSETS_H

#include "ton/session.h"

/* The audio of an item's files, per TON_PATH row, in the arena and at `rate`; NULL when its
 * processor has no such row. Errors stand at the file's place in the text. @thread main */
enum ton_code assets_load(const struct ton_asset **out, struct ton_arena *arena,
                          const struct ton_chain_item *item, double rate, struct ton_err *err);

#endif
