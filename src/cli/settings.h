/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_CLI_SETTINGS_H
#define TON_CLI_SETTINGS_H

#include "verb.h"

#include "ton/production.h"
#include "ton/settings.h"

/* What config.yaml in $XDG_CONFIG_HOME/tonmeister, or ~/.config/tonmeister, says; what is wrong
 * with it is printed. */
enum ton_code ton_given_settings(struct ton_settings *out, const struct ton_given *given,
                                 struct ton_err *err);

/* The production whose folder this is, NULL: it is none; what is wrong with it is printed. */
enum ton_code ton_given_production(struct ton_production **out, const struct ton_given *given,
                                   struct ton_err *err);

/* In bytes. */
int64_t ton_cache_limit(const struct ton_settings *settings);

#endif
