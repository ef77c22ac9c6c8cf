/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Results in words: Markdown that is read on a terminal as well. */
#ifndef TON_BENCH_REPORT_H
#define TON_BENCH_REPORT_H

#include "ton/json.h"
#include "ton/text.h"

/* One race (race.h): its runners, ours first, then limits and peers from the fastest on. */
void report_race(struct ton_text *out, const struct ton_json *race);

/* Every target of a list of races, and who was left out. */
void report_targets(struct ton_text *out, const struct ton_json *races);

#endif
