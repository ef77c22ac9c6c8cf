/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_WIRE_H
#define TON_WIRE_H

#include "ton/err.h"

#include <stdatomic.h>
#include <stdint.h>

/* What `ton` and the process that runs one plug-in share: anonymous memory (memfd) that both map
 * and that goes when both are gone.
 *
 * `ton` writes a request, counts up `asked`, and wakes the host; the host does it, and sets
 * `answered` to what was asked. Audio goes in batches through two slots in turn: while the host
 * works on one in place, `ton` takes the results of the other out and puts new input in their
 * place. The plug-in itself always runs blocks of the same length, whatever the engine's, so that
 * its results do not depend on them. */

enum {
    WIRE_VERSION = 1,
    WIRE_BLOCK = 64, /* frames of one run of the plug-in: the engine's grid */
    WIRE_BLOCKS = 32,
    WIRE_BATCH = WIRE_BLOCK * WIRE_BLOCKS,
    WIRE_SLOTS = 2,
    WIRE_DESCRIPTOR = 3, /* in the host: the memory */
    WIRE_LIFELINE = 4,   /* in the host: a pipe that ends when `ton` does */
    WIRE_SAID = 512,
    WIRE_MOST_LATENCY = 10000000, /* frames; a plug-in that tells more is given up */
    WIRE_TEXTS = 8
};

enum wire_order { WIRE_START, WIRE_RUN, WIRE_RESET };

/* Texts behind the samples, by their offset; 0: none. */
enum wire_text {
    WIRE_URI,
    WIRE_BUNDLE,
    WIRE_PRESET,
    WIRE_PRESET_FROM,
    WIRE_STATE,
    WIRE_STATE_FROM,
    WIRE_NOTES,
    WIRE_TIMES
};

struct wire {
    uint32_t version;
    int32_t channels, key_channels, n_params;
    double rate, tempo;
    uint32_t texts[WIRE_TEXTS];
    /* of the last request */
    uint32_t order; /* enum wire_order */
    int32_t slot;
    /* of the last answer */
    int32_t code; /* enum ton_code */
    int32_t latency;
    char said[WIRE_SAID];
    _Alignas(64) atomic_uint asked;
    atomic_uint host_sleeps;
    _Alignas(64) atomic_uint answered;
    atomic_uint ton_sleeps;
    _Alignas(64) uint8_t moved[WIRE_SLOTS][WIRE_BLOCKS]; /* whether a block has new parameters */
    _Alignas(64) float samples[]; /* [slot]: params[block][n_params], then audio[channel][frame] */
};

/* Where things are in the shared memory, as one side knows it for itself: a plug-in may write
 * anywhere there, so nobody takes an address from what stands in it. */
struct wire_shape {
    int channels, key_channels, n_params;
};

size_t wire_size(const struct wire_shape *shape, size_t text_bytes);
/* `slot` from 0 to WIRE_SLOTS - 1, `block` to WIRE_BLOCKS - 1. */
float *wire_params(struct wire *w, const struct wire_shape *shape, int slot, int block);
/* Channels first, the side-chain's behind them. */
float *wire_audio(struct wire *w, const struct wire_shape *shape, int slot, int channel);
/* NULL: none. For the host, before the plug-in is loaded. */
const char *wire_text(const struct wire *w, enum wire_text text);
/* Puts texts behind the samples, in the order of enum wire_text; NULL: none. */
void wire_set_texts(struct wire *w, const struct wire_shape *shape,
                    const char *const texts[WIRE_TEXTS]);

/* Waits until `*value` is no longer `old`, first busily for a moment, then asleep with `*sleeps`
 * set; false when `seconds` have passed. */
bool wire_wait(atomic_uint *value, unsigned old, atomic_uint *sleeps, double seconds);
void wire_wake(atomic_uint *value, atomic_uint *sleeps); /* after `*value` was changed */

#endif
