/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_PROCESSOR_H
#define TON_PROCESSOR_H

#include "ton/err.h"
#include "ton/row.h"
#include "ton/rt.h"

#include <stdint.h>

struct ton_setup;

/* A processor is one `const struct ton_processor` in one file. Its rows are the only place that
 * knows its parameters.
 *
 * Life: state_size(config) -> memory from the engine, zeroed, 64-byte aligned -> init(state,
 * config, params) [-> open(state, config, params)]
 *       -> { update(state, params); process(state, io) … }  (reset at any time between)
 *       [-> close(state)] -> memory is simply dropped. Only open may take what is not memory, and
 * only close gives it back; most processors have neither. A processor has no clock, file, lock,
 * log, allocation or global state.
 * `process` must give the same bits whatever the number of frames in each call (1 … max_frames),
 * and must not read `in` after writing `out` at the same place unless it knows that they may be the
 * same buffer: in-place (in[c] == out[c]) must work. */

enum { TON_MOST_CHANNELS = 16 }; /* that a processor works on */
enum { TON_MOST_TOGETHER = 16 }; /* instances in one process_together */

/* A file that a TON_PATH row names, loaded before: planar audio at the config's rate, full scale
 * 1.0. */
struct ton_asset {
    int channels; /* 0: none was named */
    int64_t frames;
    double file_rate;         /* Hz, before it was brought to the config's rate */
    const float *const *data; /* [channel][frame] */
};

struct ton_config {
    double rate;                    /* Hz, 8000 … 384000 */
    int channels;                   /* 1 … TON_MOST_CHANNELS; in and out have the same number */
    int key_channels;               /* channels of the side-chain, 0 without */
    int max_frames;                 /* most frames in one call of process */
    double tempo;                   /* quarter notes a minute at the start; 120 when unknown */
    const struct ton_asset *assets; /* [k] for the k-th TON_PATH row; NULL when it has none */
    const struct ton_processor *self;
    int latency;                   /* what `latency` told, asked once; for foreign ones */
    const struct ton_setup *setup; /* what a session says of a foreign one beside its rows; NULL */
};

struct ton_io {
    const float *const *in;  /* [channel][frame], full scale 1.0 */
    float *const *out;       /* [channel][frame] */
    const float *const *key; /* what the detector listens to; NULL: `in` */
    int n_key;               /* channels of key */
    int frames;
};

enum {
    /* Output is a linear function of the input (given the key, if it is dynamic): stems of it add
       up to the whole. */
    TON_PROCESSOR_LINEAR = 1 << 0,
    /* Has a detector that can listen to `key`. Keyed by the whole mix, what it does to the parts
       adds up. */
    TON_PROCESSOR_DYNAMIC = 1 << 1,
    TON_PROCESSOR_STEREO_ONLY = 1 << 2, /* does nothing useful with fewer than 2 channels */
    /* An all-pass that turns phases beside its latency: crossovers of minimum phase. */
    TON_PROCESSOR_DISPERSES = 1 << 3,
    /* Sounds without input: a strip with it is heard though nothing is played on it. How long is
       for the session to say; its tail makes nothing longer. */
    TON_PROCESSOR_GENERATES = 1 << 4,
    /* Somebody else's (ton/foreign.h): nobody promises that it does the same every time. */
    TON_PROCESSOR_FOREIGN = 1 << 5,
    /* Counts time from the start of the session: its first frame is the timeline's first, whatever
       latency stands in front of it. Has `repair`. */
    TON_PROCESSOR_TIMED = 1 << 6,
};

struct ton_processor {
    const char *id;      /* the key in a chain: "compressor" */
    const char *name;    /* "Compressor" */
    const char *summary; /* one sentence */
    const char *text;    /* what it does and how to use it: a few sentences, for the manual */
    const char *lv2_class;
    int version; /* raised whenever its sound changes */
    /* What a frame and channel costs, about, where it is more than 20 ns: dear sound is kept. */
    int cost_ns;
    unsigned flags;
    const struct ton_row *rows;
    int n_rows;
    int n_params; /* floats in the parameter struct == ton_rows_floats(rows, n_rows) */

    /* Bytes of state for this config and these (fixed) parameters. */
    size_t (*state_size)(const struct ton_config *config, const float *params);
    /* May compute tables. @thread main, worker */
    void (*init)(void *state, const struct ton_config *config, const float *params);
    /* Takes what is not memory: a library's object, a plan, a process. Called once, after init.
     * After a failure close is not called. NULL: nothing to take. @thread main */
    enum ton_code (*open)(void *state, const struct ton_config *config, const float *params,
                          struct ton_err *err);
    void (*close)(void *state); /* gives it back; NULL with open only. @thread main */
    /* What went wrong since it was opened, with its place: TON_OK nothing; TON_MISSED it went on
     * without, as the session chose; TON_FOREIGN nothing that hears it is of use. Asked behind the
     * last process. NULL: nothing can go wrong. */
    enum ton_code (*failure)(const void *state, struct ton_err *err);
    /* Back to the state after init, parameters kept. */
    TON_RT void (*reset)(void *state);
    /* Forgets what it heard, as if that had been silence, and knows the time as before. NULL: it
     * counts none, `reset` does it. */
    TON_RT void (*repair)(void *state);
    /* New parameter values (the whole array; called only when one moved, at most once per 32 frames
     * of a moving parameter). Must be cheap enough for that, and glide over the change without a
     * click where the sound would jump. */
    TON_RT void (*update)(void *state, const float *params);
    TON_RT void (*process)(void *state, const struct ton_io *io);
    /* 1 … TON_MOST_TOGETHER instances at once that do not hear each other, ios[k] for states[k],
     * all with the same number of frames: the bits of `process` on each, but side by side in the
     * lanes of registers. NULL: it has nothing that waits for itself. */
    TON_RT void (*process_together)(void *const *states, const struct ton_io *ios, int n);
    /* Frames by which the output is late. Depends on fixed parameters only. NULL: 0. */
    int (*latency)(const struct ton_config *config, const float *params);
    /* Frames after the last input until the output is below -120 dBFS for good. NULL: 0; INT64_MAX:
     * never. */
    int64_t (*tail)(const struct ton_config *config, const float *params);
    /* The longest tail of n > 0 settings, one behind the other in `params`, all with the same fixed
     * parameters. NULL: that of each is as quickly asked alone. */
    int64_t (*longest_tail)(const struct ton_config *config, const float *params, int n);
    /* Gain in dB at `hz`, channel 0, small signals. NULL: none to draw. */
    double (*response)(const struct ton_config *config, const float *params, double hz);
    /* Static curve: output level in dB for a steady sine of input level in dB. NULL: none to draw.
     */
    double (*curve)(const float *params, double input_db);
    /* True when these values leave the signal as it is, so that the compiler may drop the
     * processor. NULL: never. */
    bool (*is_neutral)(const float *params);
    /* What it shows while it runs: one float each, in the order of the rows. `reduction` is the
     * gain in dB that a dynamic processor turns down by (0 … negative). */
    const struct ton_row *meters;
    int n_meters;
    TON_RT void (*read_meters)(const void *state, float *values); /* as the last process ended */
};

/* After a sample that was no number. */
TON_RT static inline void ton_processor_repair(const struct ton_processor *p, void *state) {
    (p->repair ? p->repair : p->reset)(state);
}

/* The registry, alphabetical (processors.def). */
int ton_processor_count(void);
const struct ton_processor *ton_processor_at(int i);
const struct ton_processor *ton_processor_find(
    const char *id, const char **nearest); /* words or key; nearest may be NULL */

#endif
