/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_CLI_PROCESSORS_H
#define TON_CLI_PROCESSORS_H

#include "ton/arena.h"
#include "ton/processor.h"

/* What `ton processors NAME` prints; `ton help NAME` too. */
enum ton_code ton_processor_print(struct ton_arena *arena, const struct ton_processor *p,
                                  struct ton_err *err);

struct ton_given;
/* presets.c: `ton processors --presets [NAME]`. */
enum ton_code ton_presets_print(const struct ton_given *given, struct ton_err *err);

#endif
