// SPDX-License-Identifier: GPL-3.0-or-later
// Where processors that are not ours come from: set once by the program, asked by sessions.
#include "ton/foreign.h"

static const struct ton_foreign *source;

void ton_foreign_set(const struct ton_foreign *foreign) {
    source = foreign;
}

const struct ton_foreign *ton_foreign(void) {
    return source;
}
