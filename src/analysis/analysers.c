/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The list of analysers. */

#include "analysers.h"

static const struct ton_analyser *const list[] = {
#define ANALYSER(id) &ton_analyser_##id,
#include "analysers.def"
#undef ANALYSER
};

int ton_analyser_count(void) {
    return TON_N(list);
}

const struct ton_analyser *ton_analyser_at(int i) {
    return list[i];
}
