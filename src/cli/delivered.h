/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_CLI_DELIVERED_H
#define TON_CLI_DELIVERED_H

#include "verb.h"

#include "ton/deliver.h"

/* What `ton deliver` and `ton master` have in common: call, then table or JSON. `make` is
 * ton_deliver or ton_master_production. */
typedef enum ton_code (*ton_make_fn)(struct ton_delivery *out, struct ton_arena *arena,
                                     const struct ton_deliver_config *config,
                                     struct ton_problems *problems,
                                     const struct ton_progress *progress, struct ton_err *err);

enum ton_code ton_delivered_run(const struct ton_given *given, ton_make_fn make,
                                struct ton_err *err);

#endif
