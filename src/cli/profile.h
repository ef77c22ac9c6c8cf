/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_CLI_PROFILE_H
#define TON_CLI_PROFILE_H

#include "ton/mixdown.h"

struct ton_json;

/* Into the object of the mix. */
void ton_profile_json(struct ton_json *j, const struct ton_mixdown *m);
enum ton_code ton_profile_print(struct ton_arena *arena, const struct ton_mixdown *m,
                                struct ton_err *err);

#endif
