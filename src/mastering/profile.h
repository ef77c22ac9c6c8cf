/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_MASTERING_PROFILE_H
#define TON_MASTERING_PROFILE_H

#include "ton/mixdown.h"

struct profile_times {
    int64_t started_ns;   /* ton_process_ns when the mix was begun */
    int64_t measuring_ns; /* of its meter */
};

/* After the render: the profile of `out`, and `seconds` of all. */
enum ton_code profile_keep(struct ton_mixdown *out, struct ton_arena *arena,
                           const struct ton_plan *plan, const struct profile_times *times,
                           struct ton_err *err);

#endif
