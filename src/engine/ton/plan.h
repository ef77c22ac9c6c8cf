/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_PLAN_H
#define TON_PLAN_H

#include "ton/hash.h"
#include "ton/pan.h"
#include "ton/session.h"
#include "ton/thread.h"

/* compile turns a session and a wish list into a plan: nodes in order, buffers, delay compensation.
 * Equal sub-graphs are computed once: nodes are interned by content key while the graph of each
 * wish is built.
 *
 * How strips sound: a track is mono until a clip has two sides or a processor needs them; a mono
 * strip is panned with constant power (-3.01 dB a side at C), a stereo strip has a balance. Mute
 * silences all ways out of a strip. With a solo somewhere, a path from a track to the mix is heard
 * when one of its strips is solo: a soloed track keeps its reverb. A side-chain hears its strip
 * after the chain, before fader and mute. A bus in `without` or `only` stands for all tracks that
 * reach it by `to`; a return, which none reaches so, stands for what goes through it. */

enum ton_wish_kind {
    TON_WISH_MIX,  /* the mix bus, with `without`/`only` as if the other tracks were muted */
    TON_WISH_STEM, /* what `only` selects, through the mix bus, dynamics keyed by the full mix:
                      stems add up to the mix as far as the other processors on buses are linear */
    TON_WISH_STRIP /* the output of one strip after its fader (its name is only[0]), mute and solo
                      aside */
};

struct ton_wish {
    const char *name;
    enum ton_wish_kind kind;
    const char *const *without;
    int n_without;
    const char *const *only;
    int n_only;
};

struct ton_plan_config {
    int block;        /* frames a run at most; 0: chosen for the cache */
    int threads;      /* workers; 0: as many as processors */
    int64_t from, to; /* frames; both 0: all, with the tail. A part has the bits it has in the
                         whole: what lies before it is computed too */
    bool profile;     /* ton_plan_profile tells where the time went */
    double tail_s;    /* longest tail after the last clip; 0: 30 s */
};

/* The tail is what the processors on the longest path of the full mix declare, so it ends where
 * they fall below -120 dBFS, unless the session has an `end`. It follows from the session alone:
 * all versions and stems are equally long, and a version is the same whatever it is rendered with.
 */

struct ton_plan;

/* Errors: a selection that matches nothing, an unreadable take, no memory. The session must outlive
 * the plan. */
enum ton_code ton_plan_compile(struct ton_plan **out, const struct ton_session *session,
                               const struct ton_wish *wishes, int n_wishes,
                               const struct ton_plan_config *config, struct ton_err *err);
void ton_plan_destroy(struct ton_plan *plan);

/* What an output's audio depends on: engine, processors and their versions, parameters, automation,
 * clips, tempo where it is used, length, and the bytes of the takes (each hashed once a process
 * while its size and time of change stay). All zero when a take cannot be read: such a key counts
 * as equal to none. */
struct ton_key ton_plan_key(const struct ton_plan *plan, int output);
/* Whether something of this strip is in an output. True without memory. */
bool ton_plan_hears(const struct ton_plan *plan, int output, int strip);
int64_t ton_plan_frames(const struct ton_plan *plan); /* that each sink gets, tail included */
int ton_plan_wishes(const struct ton_plan *plan);     /* how many there were */
int ton_plan_rate(const struct ton_plan *plan);       /* Hz */
int ton_plan_latency(
    const struct ton_plan *plan); /* frames, already compensated in what the sinks get */

/* Warns of what the mix of a session keeps silent and nobody may have meant: the tracks that a
 * `solo` shuts out, and a mix in which no track is heard. Returns whether a track is heard; also
 * true without memory. */
bool ton_plan_warn_silent(const struct ton_session *session, struct ton_problems *problems);

/* Warns of side-chains that listen to a track which `wish->only` leaves out: what is heard is not
 * what the mix has. */
void ton_plan_warn_left_out(const struct ton_session *session, const struct ton_wish *wish,
                            struct ton_problems *problems);

/* Whether nothing of the mix is left in what is wished, though it has something. False without
 * memory. */
bool ton_plan_is_silent(const struct ton_session *session, const struct ton_wish *wish);

/* Which of the stems (`wish->only`, each by itself) a track stands in. Stems add up to the mix when
 * each way of each track to it leads through exactly one of them. */
struct ton_stem_ways {
    bool in;           /* in one of them */
    bool beside;       /* it has a way that none of them takes in */
    int first, second; /* two that take in the same way; -1: there are none */
};
/* [strip], in the arena; all false of what is not heard in the mix, and where something is soloed.
 * The words must be known. NULL without memory. */
const struct ton_stem_ways *ton_plan_stem_ways(struct ton_arena *arena,
                                               const struct ton_session *session,
                                               const struct ton_wish *wish);

/* For one look at how it was built: nodes, shared nodes, block, memory; a JSON object, caller
 * frees. */
struct ton_json *ton_plan_describe(const struct ton_plan *plan);

/* Takes audio: planar, 2 channels, in order, starting at the session's first frame. Called on that
 * output's own thread; calls for one output never overlap. */
struct ton_sink {
    enum ton_code (*write)(void *user, const float *const *in, int frames, struct ton_err *err);
    void *user;
};

/* Renders all outputs in one pass. A sink with write NULL is not computed. A failing sink or take,
 * or the wish to stop, ends the whole render; the first failure is told. A foreign processor that
 * fails ends nothing: all is rendered to its end, and then the code is TON_FOREIGN when an output
 * hears it (ton_plan_failure tells which). `stats` and `progress` may be NULL. The
 * same bits for any block size, number of threads and company of outputs. @thread main
 */
struct ton_render_stats {
    int64_t frames;          /* written to each sink */
    int64_t repaired;        /* NaN or infinite samples set to 0 */
    const char *repaired_at; /* the first strip that made one */
};
enum ton_code ton_render(struct ton_plan *plan, const struct ton_sink *sinks,
                         struct ton_render_stats *stats, const struct ton_progress *progress,
                         struct ton_err *err);

/* What a profile's row is about. */
enum ton_profile_kind {
    TON_PROFILE_PROCESSORS,
    TON_PROFILE_READING,
    TON_PROFILE_MIXING, /* faders, sums, compensation */
    TON_PROFILE_MEASURING,
    TON_PROFILE_WRITING,
    TON_PROFILE_REST, /* what no row has */
    TON_N_PROFILE_KINDS
};
struct ton_profile_row {
    enum ton_profile_kind kind;
    bool elsewhere;    /* by another process: the time is that of the clock */
    const char *strip; /* of an output its name */
    const char *work;  /* a processor's id, "reading", "fader", "compensation" (of other
                          strips' latency), "widen", "sum"; "from the
                          cache": a stream that was read back, "keeping": one on its way there;
                          "output": what the sink does, such as measuring and encoding */
    const void *item;  /* its item of a chain, NULL */
    int64_t frames;    /* that were computed for it, in all versions */
    double seconds;
};
/* After a render with config.profile: what took how long, strip by strip in the session's order and
 * along their chains, outputs last. Time is what the thread that did it computed; what runs side by
 * side shares it by channels. Faders that stand still are part of the sums that they lead into.
 * Belongs to the plan. */
const struct ton_profile_row *ton_plan_profile(const struct ton_plan *plan, size_t *n);

/* A stream inside of a plan that costs much and that a change elsewhere is likely to leave as it
 * is: a pitch shifter, a plug-in. Kept in a file (float) under its key, it is read back the next
 * time instead of being rendered, with the same bits. @thread main */
enum { TON_DEAR_LENGTHS = 3 };
struct ton_dear_length {
    struct ton_key key;
    int64_t frames;
};
struct ton_dear {
    int node, channels;
    /* Under these keys it may be kept, in so many frames; under the first it is when it is not. */
    struct ton_dear_length lengths[TON_DEAR_LENGTHS];
};

/* Those that the outputs with a sink need, each behind those that it hears; `*out` lives as long as
 * the plan. TON_MEMORY. */
enum ton_code ton_plan_dear(struct ton_dear **out, int *n, struct ton_plan *plan,
                            const struct ton_sink *sinks, struct ton_err *err);
/* The same of all that another process computes, whatever it costs: what it makes can be played
 * when nobody can wait for it. */
enum ton_code ton_plan_foreign(struct ton_dear **out, int *n, struct ton_plan *plan,
                               const struct ton_sink *sinks, struct ton_err *err);
/* Whether a node is still needed for the outputs with a sink: what only streams hear that are read
 * back is not. */
bool ton_plan_needs(const struct ton_plan *plan, const struct ton_sink *sinks, int node);
/* From now on the file is read instead. */
void ton_plan_read_back(struct ton_plan *plan, const struct ton_dear *dear, const char *path);
/* One more output, whose sink gets the stream (channel 0 alone when it has one); its index, -1
 * without memory. Gone after untap; sinks of outputs that are not wished come behind the others. */
int ton_plan_tap(struct ton_plan *plan, const struct ton_dear *dear);
void ton_plan_untap(struct ton_plan *plan);

/* After ton_render: what went wrong in a foreign processor that this output hears. TON_OK: nothing;
 * TON_MISSED: it was bypassed, as the session chose; TON_FOREIGN: the output is of no use, and
 * those that do not hear it are as good as ever. `err` (may be NULL) gets the sentence with its
 * place. */
enum ton_code ton_plan_failure(const struct ton_plan *plan, int output, struct ton_err *err);
/* The same of each that it hears, by number from 0; TON_OK behind the last. */
enum ton_code ton_plan_failure_at(const struct ton_plan *plan, int output, int number,
                                  struct ton_err *err);

/* The gains of a strip's fader, as written: its automation and mute aside. `channels`: of what
 * comes out of its chain. */
struct ton_pan ton_strip_gains(const struct ton_strip *strip, int channels);

/* A chain over a stream of 1 to 16 channels, for mastering; bad samples are repaired as in a plan.
 * Side-chains are not possible; what needs two channels is left out of one. */
struct ton_rack;
enum ton_code ton_rack_create(struct ton_rack **out, const struct ton_chain *chain, double rate,
                              int channels, double tempo, int max_frames, struct ton_err *err);
void ton_rack_destroy(struct ton_rack *rack);
int ton_rack_latency(const struct ton_rack *rack);
/* In place; late by the latency. Waits for nothing but a foreign processor. @thread audio */
TON_RT void ton_rack_process(struct ton_rack *rack, float *const *audio, int frames);
/* Deepest gain reduction in dB (<= 0) that a processor of the rack ended the last block with. */
double ton_rack_reduction(const struct ton_rack *rack);
TON_RT void ton_rack_reset(struct ton_rack *rack);
/* As ton_plan_failure, at any time. */
enum ton_code ton_rack_failure(const struct ton_rack *rack, struct ton_err *err);

#endif
