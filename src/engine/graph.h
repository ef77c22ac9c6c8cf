/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The plan: a graph of nodes that compile builds and nobody changes afterwards. Everything that
 * moves while audio runs is in run.h. */
#ifndef TON_ENGINE_GRAPH_H
#define TON_ENGINE_GRAPH_H

#include "ton/plan.h"

/* Raised whenever the same graph sounds different; part of every content key. */
#define ENGINE_VERSION 3

/* Automation is evaluated on a grid of this many frames, fixed to the timeline, so that results
 * never depend on the block size: 1.3 ms at 48 kHz, twice the 32 frames that processors ask for. */
#define GRID_FRAMES 64

/* After a NaN a processor is repaired at the next multiple of this, fixed to the timeline too. */
#define REPAIR_FRAMES 8192

#define MAX_BLOCK 4096
#define NO_NODE (-1)

enum node_kind {
    NODE_SOURCE,    /* the clips of a track, or silence */
    NODE_PROCESSOR, /* inputs: signal[, key] */
    NODE_FADER,     /* gain, pan and mute; always stereo out */
    NODE_WIDEN,     /* mono to stereo, -3.01 dB each */
    NODE_DELAY,     /* waits so that paths of different latency meet */
    NODE_SUM        /* adds its inputs in their order */
};

struct source_spec {
    const struct ton_clip *clips;
    int n_clips;
    bool polarity;
    const char *kept; /* instead of clips: a file with the stream of the node that was here, */
    struct ton_key kept_key; /* its key */
    int n_replaced;          /* and how many inputs it had */
};

struct unit_spec {
    const struct ton_processor *processor;
    const float *params;
    const struct ton_lane **lanes;
    int n_lanes;
    struct ton_config config;          /* max_frames: MAX_BLOCK or less */
    const struct ton_chain_item *item; /* it stands for in the session */
};

/* NULL lanes: the value stays. */
struct fader_spec {
    float gain_db, pan;
    const struct ton_lane *gain_lane, *pan_lane, *mute_lane;
};

struct node {
    enum node_kind kind;
    int channels; /* out: 1 or 2 */
    int strip;    /* whose sound it is; -1: silence */
    int *inputs;  /* node indices, all smaller than the node's own */
    int n_inputs;
    int64_t arrives;    /* frames by which its (aligned) inputs are late */
    int64_t latency;    /* frames by which its output is late */
    int64_t tail;       /* frames it may sound on after the last clip; INT64_MAX: for ever */
    struct ton_key own; /* what it does, without its inputs and without takes */
    struct ton_key key; /* own, inputs and the takes' paths: equal nodes are one node */
    union {
        struct source_spec source;
        struct unit_spec unit;
        struct fader_spec fader;
        int64_t delay; /* frames */
    };
};

/* Nothing but gains that never move. */
static inline bool node_stands_still(const struct node *n) {
    return n->kind == NODE_WIDEN || (n->kind == NODE_FADER && !n->fader.gain_lane &&
                                     !n->fader.pan_lane && !n->fader.mute_lane);
}

/* Computed in a process of its own. */
static inline bool node_is_foreign(const struct node *n) {
    return n->kind == NODE_PROCESSOR && n->unit.processor->flags & TON_PROCESSOR_FOREIGN;
}

/* ns a frame and channel; of a plug-in in a process of its own what nobody measured. What costs
 * DEAR_NS is worth 4 bytes on the disk (doc/design/keys.md), and a core of its own rather than
 * lanes. */
enum { DEAR_NS = 20, FOREIGN_NS = 100 };
static inline int node_cost_ns(const struct node *n) {
    if (n->kind != NODE_PROCESSOR)
        return 0;
    return node_is_foreign(n) ? FOREIGN_NS : n->unit.processor->cost_ns;
}

/* A foreign processor that went wrong. */
struct failure {
    int node;
    enum ton_code code;
    struct ton_err err;
};

struct ton_plan {
    const struct ton_session *session;
    struct ton_arena *arena;
    struct ton_plan_config config;
    struct node *nodes; /* each after its inputs */
    size_t n_nodes, capacity;
    int *table; /* interned nodes by key, open addressing; size is a power of two */
    size_t table_size;
    const struct ton_asset ***assets; /* [strip][item of its chain] */
    int *outputs;                     /* node per wish */
    char **names;
    int n_outputs, n_wishes;  /* behind those that were wished, what kept.c adds */
    int64_t frames;           /* that each sink gets */
    int latency;              /* of the latest output */
    double tempo;             /* quarters a minute at the start, for note values */
    struct failure *failures; /* of the last render */
    size_t n_failures, failures_capacity;
    struct ton_profile_row *profile; /* of the last render */
    size_t n_profile, profile_capacity;
    bool no_memory;
};

/* notes.c: the lane that keeps a time of so many (negative) quarter notes in the tempo; NULL where
 * the tempo stands still, or without memory (plan->no_memory). */
struct ton_lane *plan_note_lane(struct ton_plan *plan, const struct ton_row *row, int parameter,
                                float note);

/* key.c: marks this node and all that it hears. */
void plan_mark(bool *marked, const struct ton_plan *plan, int node);

/* key.c: of a node; of the stream it gives in a whole run. Zero: a take cannot be read. */
struct ton_key plan_node_key(const struct ton_plan *plan, int node);
struct ton_key plan_stream_key(const struct ton_plan *plan, int node, int64_t frames);
/* kept.c: marks what the outputs with a sink need; NULL: all outputs. */
void plan_mark_needed(bool *needed, const struct ton_plan *plan, const struct ton_sink *sinks);
/* kept.c: frames of a run that keeps streams; not before the end of the latest output. */
int64_t plan_reach(const struct ton_plan *plan);

/* intern.c: the node that does this; made when there is none yet. NO_NODE and arena failure when
 * there is no memory. `inputs` are copied; they need no alignment, delays are put in front. The
 * kind's own part is taken from `like`. */
struct node_wish {
    enum node_kind kind;
    int channels, strip;
    const int *inputs;
    int n_inputs;
    union {
        struct source_spec source;
        struct unit_spec unit;
        struct fader_spec fader;
        int64_t delay;
    };
};
int plan_intern(struct ton_plan *plan, const struct node_wish *wish);

/* select.c: which strips a wish takes in. */
struct selection {
    bool *out;   /* [strip] silent */
    bool *in;    /* [strip] selected; a path counts when one of its strips is */
    bool narrow; /* `only` was given */
};
enum ton_code plan_select(struct selection *out, struct ton_plan *plan, const struct ton_wish *wish,
                          struct ton_err *err);
int plan_find_strip(struct ton_plan *plan, const struct ton_wish *wish, struct ton_err *err);

/* strips.c: the graph of one version of the session. */
struct version {
    struct ton_plan *plan;
    const struct selection *selection;
    struct version
        *keyed_by; /* stems: the full mix, which their buses' detectors hear; else NULL */
    bool any_solo;
    int *heard; /* [strip * 4 + needs]: signal before the fader, kept once it was made */
};
bool version_init(struct version *v, struct ton_plan *plan, const struct selection *selection,
                  struct version *keyed_by);
/* What a path still lacks when it is followed from the mix upwards; VERSION_N_NEEDS combinations.
 */
enum { NEEDS_SOLO = 1, NEEDS_SELECTED = 2, VERSION_N_NEEDS = 4 };
unsigned version_needs(const struct version *v); /* at the mix bus */
/* What it still lacks once it has come to this strip, and whether it ends there without sound. */
unsigned version_needs_at(const struct version *v, int strip, unsigned needs);
bool version_is_silent(const struct version *v, int strip, unsigned needs);
/* Something in its chain sounds by itself. */
bool strip_generates(const struct ton_strip *s);
int version_mix(struct version *v);              /* the mix bus' output; NO_NODE: silence */
int version_strip(struct version *v, int strip); /* after its fader, mute and solo aside */
int plan_silence(struct ton_plan *plan);

#endif
