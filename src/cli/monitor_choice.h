/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_CLI_MONITOR_CHOICE_H
#define TON_CLI_MONITOR_CHOICE_H

#include "ton/session.h"
#include "ton/settings.h"

/* The chain that is heard through, by what `--monitor-chain` says: a file, `off`, `on` (the one of
 * config.yaml, which must name one) or NULL (that one, where it names one). Both are NULL where
 * there is none. What is wrong in the file is printed. TON_INPUT, also for a file that is not
 * there. */
enum ton_code monitor_choose(const struct ton_chain **chain, const char **file, const char *said,
                             const struct ton_settings *settings, struct ton_arena *arena,
                             struct ton_err *err);

#endif
