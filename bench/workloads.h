/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef TON_BENCH_WORKLOADS_H
#define TON_BENCH_WORKLOADS_H

#include "race.h"

struct workload {
    struct race race;
    unsigned sounds;     /* a set of enum sound */
    bool (*stage)(void); /* writes what its commands read; NULL: nothing */
    const char *before;  /* for sh, once, ahead of the first round; NULL: nothing */
};

extern const struct workload workloads[];
extern const int n_workloads;

#endif
