/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs a graph of ffmpeg's filters: a source that takes our blocks, a sink that is emptied. */
#include "filter.h"

#include <stddef.h>

#ifdef TON_HAVE_LIBAVFILTER
#include <libavfilter/avfilter.h>
#include <libavfilter/buffersink.h>
#include <libavfilter/buffersrc.h>
#include <libavutil/channel_layout.h>
#include <libavutil/frame.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct filter {
    AVFilterGraph *graph;
    AVFilterContext *source, *sink;
    AVFrame *out;
    int rate;
    int64_t at;
};

static int build(struct filter *f, const char *chain) {
    char text[512];
    snprintf(text, sizeof text,
             "abuffer@in=sample_rate=%d:sample_fmt=fltp:channel_layout=stereo:time_base=1/%d,"
             "%s,aformat=sample_fmts=fltp,abuffersink@out",
             f->rate, f->rate, chain);
    AVFilterInOut *in = NULL, *out = NULL;
    f->graph->nb_threads = 1;
    int code = avfilter_graph_parse2(f->graph, text, &in, &out);
    avfilter_inout_free(&in);
    avfilter_inout_free(&out);
    if (code >= 0)
        code = avfilter_graph_config(f->graph, NULL);
    f->source = avfilter_graph_get_filter(f->graph, "abuffer@in");
    f->sink = avfilter_graph_get_filter(f->graph, "abuffersink@out");
    return code < 0 || !f->source || !f->sink ? -1 : 0;
}

struct filter *filter_open(const char *graph, int rate) {
    struct filter *f = calloc(1, sizeof *f);
    if (!f)
        return NULL;
    f->rate = rate;
    f->graph = avfilter_graph_alloc();
    f->out = av_frame_alloc();
    if (!f->graph || !f->out || build(f, graph))
        return filter_close(f), NULL;
    return f;
}

static void fail(const char *what) {
    fprintf(stderr, "bench-rack: ffmpeg does not %s\n", what);
    exit(1);
}

void filter_run(struct filter *f, float *const audio[2], int frames) {
    AVFrame *in = av_frame_alloc();
    if (!in)
        fail("give a frame");
    in->format = AV_SAMPLE_FMT_FLTP;
    in->ch_layout = (AVChannelLayout)AV_CHANNEL_LAYOUT_STEREO;
    in->sample_rate = f->rate;
    in->nb_samples = frames;
    in->pts = f->at;
    if (av_frame_get_buffer(in, 0) < 0)
        fail("give a buffer");
    f->at += frames;
    for (int c = 0; c < 2; c++)
        memcpy(in->data[c], audio[c], sizeof(float) * (size_t)frames);
    if (av_buffersrc_add_frame(f->source, in) < 0)
        fail("take a frame");
    av_frame_free(&in);
    while (av_buffersink_get_frame(f->sink, f->out) >= 0)
        av_frame_unref(f->out);
}

void filter_close(struct filter *f) {
    if (!f)
        return;
    avfilter_graph_free(&f->graph);
    av_frame_free(&f->out);
    free(f);
}
#else
struct filter *filter_open(const char *graph, int rate) {
    (void)graph, (void)rate;
    return NULL;
}

void filter_run(struct filter *filter, float *const audio[2], int frames) {
    (void)filter, (void)audio, (void)frames;
}

void filter_close(struct filter *filter) {
    (void)filter;
}
#endif
