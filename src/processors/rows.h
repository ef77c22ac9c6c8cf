/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows that processors of many kinds have. */
#ifndef TON_PROCESSORS_ROWS_H
#define TON_PROCESSORS_ROWS_H

#include "ton/row.h"

#define MIX_ROW(usual, sentence)                                                                   \
    {                                                                                              \
        .key = "mix", .label = "Mix", .kind = TON_NUMBER, .unit = TON_UNIT_PERCENT, .max = 100,    \
        .def = (usual), .digits = 1, .help = (sentence)                                            \
    }

#endif
