// SPDX-License-Identifier: GPL-3.0-or-later
// The registry: every processor of processors.def, found by what people write.
#include "registry.h"

#include <string.h>

static const struct ton_processor *const processors[] = {
#define PROCESSOR(id) &ton_processor_##id,
#include "processors.def"
#undef PROCESSOR
};

int ton_processor_count(void) {
    return TON_N(processors);
}

const struct ton_processor *ton_processor_at(int i) {
    return i >= 0 && i < TON_N(processors) ? processors[i] : NULL;
}

const struct ton_processor *ton_processor_find(const char *id, const char **nearest) {
    char key[64];
    ton_words_to_key(key, sizeof key, id);
    const char *ids[TON_N(processors)];
    for (int i = 0; i < TON_N(processors); i++) {
        ids[i] = processors[i]->id;
        if (strcmp(key, ids[i]) == 0)
            return processors[i];
    }
    if (nearest)
        *nearest = ton_nearest(id, ids, TON_N(ids));
    return NULL;
}
