/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The text of sessions, in pieces. */
#ifndef TON_BENCH_SESSION_TEXT_H
#define TON_BENCH_SESSION_TEXT_H

#include <stdbool.h>
#include <stdio.h>

FILE *text_create(const char *path); /* and its folder; NULL when it cannot be */
bool text_finish(FILE *f);           /* closes; false when anything failed */

/* Factors of a track, over the N_TRACKS of them: constant power from left to right at -12 dB, and
 * the send. */
double text_left(int track);
double text_right(int track);
double text_send(int track);

void text_head(FILE *f, const char *rate);
/* Take, gain and pan; `role` may be NULL; `clip` goes on behind the take: ", to: 1:00". */
void text_track(FILE *f, int number, int tracks, const char *role, const char *clip);
void text_strip(FILE *f, int number);            /* the track's chain and send */
void text_buses(FILE *f, const char *mix_chain); /* the reverb and Mix; NULL: no chain */

const char *text_role(int number, int tracks); /* eight roles one after the other */

/* All of that: `tracks` of them, limited. Each begins `later_s` further on in its take than the one
 * before it; so no two are the same work where takes are fewer than tracks. */
bool text_session(const char *path, int tracks, double later_s, const char *clip);

#endif
