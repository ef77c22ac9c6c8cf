/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every processor of the rack: ns per frame and channel, stereo at 48 kHz in blocks of 256, beside
 * the LV2 plug-in or filter of ffmpeg that is nearest to it, when that is installed.
 *
 *     bench-rack [--seconds N] [--runs N] [--only ID]
 *
 * Both hear the same music-like noise and both do their work on it: a chain that leaves the sound
 * alone would measure nothing. Ours runs the chain that a session would name. The runs take turns,
 * so that what else the machine does hits both, and the least time of each counts: whatever hit it
 * made it longer. What convolves with a file has a bench of its own (convolve.c). */
#include "filter.h"
#include "peer.h"
#include "stopwatch.h"

#include "ton/arena.h"
#include "ton/plan.h"
#include "ton/session.h"

#include <math.h>
#include <string.h>

enum { RATE = 48000, BLOCK = 256, CHANNELS = 2, LOOP = 64 /* blocks of input */, MOST_PEERS = 2 };

#define FFMPEG "ffmpeg"

static const struct match {
    const char *chain;    /* ours, as in a session */
    const char *peers;    /* "URI URI": plug-ins that do its work together; or FFMPEG */
    const char *controls; /* theirs, "symbol=value symbol=value"; or the graph of filters */
} matches[] = {
#include "rack_matches.h"
};

struct bench {
    double seconds;
    int runs;
    const char *only;
};

static void die(const struct ton_err *err) {
    fprintf(stderr, "bench-rack: %s: %s\n", err->where, err->text);
    exit(1);
}

/* Pink-like noise that is gated four times a second, so that dynamics move. */
static void make_input(float input[CHANNELS][LOOP * BLOCK]) {
    uint64_t random = 1;
    for (int c = 0; c < CHANNELS; c++) {
        double slow = 0;
        for (int i = 0; i < LOOP * BLOCK; i++) {
            random = random * 6364136223846793005ULL + 1442695040888963407ULL;
            slow += 0.02 * ((double)(int64_t)random * 0x1p-63 - slow);
            const double beat = exp(-6.0 * (double)(i % (RATE / 4)) / (RATE / 4));
            input[c][i] = (float)(0.9 * beat * (2.0 * slow + 0.3 * sin(0.02 * i)));
        }
    }
}

typedef void run_block(void *user, float *const audio[CHANNELS]);

/* CPU seconds of this process for so much sound; copying the input in is a part of it, for both. */
static double time_blocks(double seconds, run_block *run, void *user) {
    static float input[CHANNELS][LOOP * BLOCK], block[CHANNELS][BLOCK];
    float *const audio[CHANNELS] = {block[0], block[1]};
    struct timespec before, after;
    make_input(input);
    const int64_t blocks = (int64_t)(seconds * RATE / BLOCK);
    for (int64_t i = -LOOP; i < blocks; i++) {
        if (i == 0)
            clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);
        for (int c = 0; c < CHANNELS; c++)
            memcpy(block[c], input[c] + (i + LOOP) % LOOP * BLOCK, sizeof block[c]);
        run(user, audio);
    }
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after);
    return (double)(after.tv_sec - before.tv_sec) + (double)(after.tv_nsec - before.tv_nsec) * 1e-9;
}

static void run_rack(void *user, float *const audio[CHANNELS]) {
    ton_rack_process(user, audio, BLOCK);
}

/* What stands beside one of ours: a filter, or plug-ins that hear the same. */
struct peers {
    struct filter *filter;
    struct peer *plugins[MOST_PEERS + 1];
    int channels;
    char name[80];
};

static void close_peers(struct peers *p) {
    filter_close(p->filter);
    for (int i = 0; i < MOST_PEERS; i++)
        peer_close(p->plugins[i]);
}

static bool open_filter(struct peers *p, const char *graph) {
    *p = (struct peers){.channels = CHANNELS, .filter = filter_open(graph, RATE)};
    snprintf(p->name, sizeof p->name, "ffmpeg %s", graph);
    return p->filter;
}

/* False unless all of them are there. */
static bool open_plugins(struct peers *p, const char *uris, const char *controls) {
    *p = (struct peers){.channels = CHANNELS};
    for (int i = 0; *uris; i++) {
        char uri[256];
        const size_t n = strcspn(uris, " ");
        snprintf(uri, sizeof uri, "%.*s", (int)n, uris);
        uris += n + (uris[n] == ' ');
        p->plugins[i] = peer_open(uri, controls, RATE, BLOCK);
        if (!p->plugins[i])
            return false;
        p->channels = peer_channels(p->plugins[i]);
        const size_t length = strlen(p->name);
        snprintf(p->name + length, sizeof p->name - length, "%s%s", i > 0 ? " + " : "",
                 peer_name(p->plugins[i]));
    }
    return true;
}

static void run_peers(void *user, float *const audio[CHANNELS]) {
    const struct peers *p = user;
    if (p->filter)
        filter_run(p->filter, audio, BLOCK);
    for (int i = 0; p->plugins[i]; i++)
        peer_run(p->plugins[i], audio, BLOCK);
}

/* ns per frame and channel. */
static double cost(double cpu, double seconds, int channels) {
    return cpu / (seconds * RATE * channels) * 1e9;
}

static struct ton_rack *make_rack(struct ton_arena *arena, const char *chain) {
    struct ton_session *session = NULL;
    struct ton_problems problems;
    struct ton_err err = {0};
    struct ton_rack *rack = NULL;
    const char *text = ton_arena_printf(
        arena, "tonmeister: 1\ntempo: 120 bpm\nbuses:\n  Rack:\n    chain: [%s]\n", chain);
    ton_problems_init(&problems, arena);
    if (ton_session_parse(&session, arena, "bench.yaml", text, strlen(text), NULL, &problems, &err))
        die(&err);
    const struct ton_strip *strip = &session->strips[ton_session_find_strip(session, "Rack")];
    if (ton_rack_create(&rack, &strip->chain, RATE, CHANNELS, 120, BLOCK, &err))
        die(&err);
    return rack;
}

static void compare(const struct bench *b, const struct match *m) {
    double own = INFINITY, other = INFINITY;
    struct ton_arena *arena = ton_arena_create();
    struct ton_rack *rack = make_rack(arena, m->chain);
    struct peers peers;
    const bool have = strcmp(m->peers, FFMPEG) == 0 ? open_filter(&peers, m->controls)
                                                    : open_plugins(&peers, m->peers, m->controls);
    for (int i = 0; i < b->runs; i++) {
        own = fmin(own, cost(time_blocks(b->seconds, run_rack, rack), b->seconds, CHANNELS));
        if (have)
            other = fmin(other, cost(time_blocks(b->seconds, run_peers, &peers), b->seconds,
                                     peers.channels));
    }
    printf("  %-56.56s %7.2f ns", m->chain, own);
    if (have)
        printf("  %7.2f ns  %5.2fx  %s\n", other, other / own, peers.name);
    else
        printf("  (peer not installed)\n");
    close_peers(&peers);
    ton_rack_destroy(rack);
    ton_arena_destroy(arena);
}

/* A processor that nobody has set to work here; one that needs a file has a bench of its own. */
static void tell_missing(void) {
    for (int i = 0; i < ton_processor_count(); i++) {
        const struct ton_processor *p = ton_processor_at(i);
        char id[TON_LONGEST_KEY];
        ton_key_to_words(id, sizeof id, p->id);
        bool found = ton_rows_paths(p->rows, p->n_rows) > 0;
        for (size_t k = 0; k < sizeof matches / sizeof *matches && !found; k++)
            found = strncmp(matches[k].chain, id, strlen(id)) == 0;
        if (!found)
            printf("  %s is not measured (bench/rack_matches.h)\n", id);
    }
}

int main(int argc, char **argv) {
    struct bench b = {.seconds = 20, .runs = 5};
    for (int i = 1; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--seconds") == 0)
            b.seconds = strtod(argv[i + 1], NULL);
        else if (strcmp(argv[i], "--runs") == 0)
            b.runs = (int)strtol(argv[i + 1], NULL, 10);
        else if (strcmp(argv[i], "--only") == 0)
            b.only = argv[i + 1];
    }
    b.runs = b.runs < 1 ? 1 : b.runs;
    printf(
        "\nThe rack, stereo at %d Hz in blocks of %d: ns per frame and channel, its peer, and how "
        "many times the peer's cost is ours\n",
        RATE, BLOCK);
    for (size_t i = 0; i < sizeof matches / sizeof *matches; i++)
        if (!b.only || strncmp(matches[i].chain, b.only, strlen(b.only)) == 0)
            compare(&b, &matches[i]);
    if (!b.only)
        tell_missing();
    return 0;
}
