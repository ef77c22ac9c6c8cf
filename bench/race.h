/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A race: commands that do the same job, run in turns (A B C A B C ...) as processes of their own.
 * Commands are for sh; they find $ROUND (from 1), and whatever the caller put into the environment,
 * and run where the caller stands. */
#ifndef TON_BENCH_RACE_H
#define TON_BENCH_RACE_H

#include "ton/json.h"

enum side { OURS, LIMIT, PEER };           /* LIMIT: what this machine can do at all */
enum measure { CPU_S, WALL_S, MEMORY_MB }; /* user and system; the largest process */

struct runner {
    enum side side;
    const char *name;
    const char *command;
    const char *needs;  /* a program without which it is left out; NULL: none */
    const char *before; /* runs ahead of it in every round and is not measured; NULL: nothing */
    bool says;          /* prints a JSON object with what it measured itself */
    const char *after;  /* looks at what it made, once, when the race is over: its last line is what
                           the report says of that; NULL: nothing */
};

/* `over` / `under` is held to a bound. Both name runners; FASTEST_PEER is one, NULL is 1. */
#define FASTEST_PEER "the fastest peer"
struct target {
    const char *what; /* of the quotient, a phrase: "times less CPU than the fastest peer" */
    enum measure of;
    const char *over, *under;
    bool at_least; /* else at most */
    double bound;
    const char *said; /* instead of a measure, this number of what the runner says; or NULL */
};

enum { MOST_RUNNERS = 20, MOST_TARGETS = 6 };

struct race {
    const char *name, *text;
    enum measure by; /* what runners are compared by */
    double sound_s;  /* how much sound a run works through; 0: that says nothing here */
    int rounds;
    struct runner runners[MOST_RUNNERS]; /* up to the first without a name; ours are compared with
                                            the first of them */
    struct target targets[MOST_TARGETS];
};

/* Runs it and gives what came out, medians over the rounds:
 *
 *     {"name", "text", "by", "sound_s", "rounds",
 *      "runners": [{"name", "side", "cpu_s", "wall_s", "memory_mb"} or {"name", "side",
 * "left_out"}], "targets": [{"what", "value", "at_least" or "at_most", "reached"} or {"what",
 * "left_out"}]}
 *
 * A peer that takes more than twice what the fastest one takes runs once. A runner that fails is
 * left out, and `left_out` says with what exit status and last words. `said` is what it said last,
 * `made` what its `after` says.
 * NULL when there is no memory. */
struct ton_json *race_run(const struct race *race);

/* The name of a measure's member in a runner: "cpu_s". */
const char *race_key(enum measure measure);

/* The object of a list that has this "name"; NULL: none. */
const struct ton_json *race_named(const struct ton_json *list, const char *name);

bool race_reached(const struct ton_json *target); /* one of `targets` */

#endif
