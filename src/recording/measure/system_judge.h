/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From figures to findings. */
#ifndef TON_RECORDING_SYSTEM_JUDGE_H
#define TON_RECORDING_SYSTEM_JUDGE_H

#include "system.h"

struct judge {
    struct ton_system *s;
    const struct ton_system_check_config *config;
    struct ton_arena *arena;
    struct ton_check_remark *findings;
};

/* One more finding. A text without memory is NULL; the arena says so in the end. */
void judge_tell(struct judge *j, enum ton_checked weight, const char *kind, const char *found,
                const char *remedy);
#define TEXT(j, ...) ton_arena_printf((j)->arena, __VA_ARGS__)

/* system_judge_machine.c: priority, memory, governor, power, swap, kernel. */
void judge_machine(struct judge *j);

#endif
