/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An LV2 plug-in in this process, to be measured beside one of ours. Without lilv there is none. */
#ifndef TON_BENCH_PEER_H
#define TON_BENCH_PEER_H

struct peer;

/* Stereo; `controls` is "symbol=value symbol=value", the rest keep their defaults. NULL when it is
 * not installed or does not run. */
struct peer *peer_open(const char *uri, const char *controls, double rate, int block);
void peer_run(struct peer *peer, float *const audio[2], int frames); /* in place */
const char *peer_name(const struct peer *peer);
int peer_channels(const struct peer *peer); /* that it has: 1 or 2 */
void peer_close(struct peer *peer);

#endif
