/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The sessions, productions and peers' scripts of the workloads, written into the current folder
 * beside `audio`. False when a file cannot be written. */
#ifndef TON_BENCH_STAGE_H
#define TON_BENCH_STAGE_H

#include <stdbool.h>

bool stage_mix(void);       /* sessions/mix.yaml, mix-PEER.sh */
bool stage_sum(void);       /* sessions/sum.yaml, sum-PEER.sh */
bool stage_normalise(void); /* normalise/: a production of one file */
bool stage_versions(void);  /* versions/: one session, eight files */
bool stage_rebuild(void);   /* rebuild/: the same of a minute; album/: twelve sessions, 96 files */
bool stage_resample(void);  /* sessions/resample.yaml */
bool stage_load(void);      /* sessions/load.yaml */
bool stage_live(void);      /* sessions/live.yaml */
bool stage_growth(void);    /* sessions/tracks-N.yaml, sessions/minutes-N.yaml */

#endif
