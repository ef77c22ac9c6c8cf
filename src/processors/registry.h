/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_PROCESSORS_REGISTRY_H
#define TON_PROCESSORS_REGISTRY_H

#include "ton/processor.h"

/* Every processor's one external name: ton_processor_<id>. */
#define PROCESSOR(id) extern const struct ton_processor ton_processor_##id;
#include "processors.def"
#undef PROCESSOR

/* Ties a parameter struct to its rows at compile time: `n_floats` is written beside the rows as the
 * sum of what they occupy, and a contract test holds it against ton_rows_floats. */
#define TON_PARAMS_FIT(type, n_floats)                                                             \
    _Static_assert(sizeof(type) == sizeof(float) * (size_t)(n_floats),                             \
                   "the rows and the fields of " #type " differ")

/* The meter of what turns down. */
#define REDUCTION_METER                                                                            \
    {                                                                                              \
        .key = "reduction", .label = "Gain reduction", .unit = TON_UNIT_DB, .min = -120,           \
        .digits = 1, .help = "How far it turns down."                                              \
    }

/* The meter of what turns up and down. */
#define GAIN_METER                                                                                 \
    {                                                                                              \
        .key = "gain", .label = "Gain", .unit = TON_UNIT_DB, .min = -120, .max = 120, .digits = 1, \
        .help = "How far it turns up or down."                                                     \
    }

#endif
