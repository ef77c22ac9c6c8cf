/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A filter of ffmpeg in this process, to be measured beside one of ours. */
#ifndef TON_BENCH_FILTER_H
#define TON_BENCH_FILTER_H

struct filter;

/* Stereo; `graph` as behind `ffmpeg -af`. NULL when this build or ffmpeg does not have it. */
struct filter *filter_open(const char *graph, int rate);
void filter_run(struct filter *filter, float *const audio[2], int frames); /* reads only */
void filter_close(struct filter *filter);

#endif
