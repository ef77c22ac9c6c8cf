/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_MASTERING_CHAIN_H
#define TON_MASTERING_CHAIN_H

#include "ton/session.h"

/* A mastering chain cut in two before its last limiter. The items are copies in the arena; the
 * limiter's parameters may be changed there. */
struct master_chain {
    struct ton_chain colour;
    struct ton_chain limit; /* limiter first, then what follows it */
    int ceiling;            /* index of the limiter's `ceiling` in its parameters */
};

enum ton_code master_chain_cut(struct master_chain *out, struct ton_arena *arena,
                               const struct ton_chain *chain, struct ton_err *err);

#endif
