/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a process of its own costs a plug-in: microseconds a block of 256 frames, stereo, by the
 * clock on the wall, beside the same plug-in in this process. The plug-in is the tests' own and
 * does next to nothing, so the difference is the hosting.
 *
 *     bench-host [--blocks N] [--runs N] [--plugin URI]
 *
 * At most 15 us a block is what we ask for. */
#include "peer.h"
#include "stopwatch.h"

#include "ton/arena.h"
#include "ton/lv2.h"
#include "ton/plan.h"

#include <stdlib.h>
#include <string.h>

enum { RATE = 48000, BLOCK = 256, GRID = 64, MOST_RUNS = 51 };

static float block[2][BLOCK];
static float *const audio[2] = {block[0], block[1]};

static double now_us(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec * 1e-3;
}

static void fill(uint64_t *random) {
    for (int i = 0; i < BLOCK; i++) {
        *random = *random * 6364136223846793005ULL + 1442695040888963407ULL;
        block[0][i] = block[1][i] = 0.3F * (float)((double)(int64_t)*random * 0x1p-63);
    }
}

static double time_hosted(struct ton_rack *rack, int blocks) {
    uint64_t random = 1;
    double spent = 0;
    for (int i = 0; i < blocks; i++) {
        fill(&random);
        const double before = now_us();
        ton_rack_process(rack, audio, BLOCK);
        spent += now_us() - before;
    }
    return spent / blocks;
}

/* In the same pieces in which a host runs it. */
static double time_inside(struct peer *peer, int blocks) {
    uint64_t random = 1;
    double spent = 0;
    for (int i = 0; i < blocks; i++) {
        fill(&random);
        const double before = now_us();
        for (int at = 0; at < BLOCK; at += GRID)
            peer_run(peer, (float *[2]){audio[0] + at, audio[1] + at}, GRID);
        spent += now_us() - before;
    }
    return spent / blocks;
}

static int by_size(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static struct ton_rack *open_hosted(struct ton_arena *arena, const char *uri) {
    struct ton_err err = {0};
    const struct ton_processor *p = NULL;
    struct ton_rack *rack = NULL;
    struct ton_setup *setup = TON_NEW(arena, struct ton_setup);
    if (!setup || ton_foreign()->find(&p, uri, &err)) {
        printf("hosting: %s\n", err.text);
        return NULL;
    }
    *setup = (struct ton_setup){.plugin = uri, .deadline_s = 20};
    struct ton_chain_item item = {.processor = p, .sidechain = -1, .setup = setup};
    item.params = TON_NEW_N(arena, float, p->n_params + 1);
    if (item.params)
        ton_rows_defaults(p->rows, p->n_rows, item.params);
    const struct ton_chain chain = {&item, 1};
    if (!item.params || ton_rack_create(&rack, &chain, RATE, 2, 120, BLOCK, &err))
        printf("hosting: %s\n", err.text);
    return rack;
}

static void compare(struct ton_rack *rack, struct peer *peer, int blocks, int runs) {
    double hosted[MOST_RUNS], inside[MOST_RUNS];
    struct ton_err err;
    for (int i = 0; i < runs; i++) {
        hosted[i] = time_hosted(rack, blocks);
        inside[i] = time_inside(peer, blocks);
    }
    if (ton_rack_failure(rack, &err))
        printf("hosting: %s\n", err.text);
    qsort(hosted, (size_t)runs, sizeof *hosted, by_size);
    qsort(inside, (size_t)runs, sizeof *inside, by_size);
    const double a = hosted[runs / 2], b = inside[runs / 2];
    printf("hosting `%s`: %.2f us a block of %d frames in a process of its own, %.2f us in this "
           "one; costs %.2f us (at most 15)\n",
           peer_name(peer), a, BLOCK, b, a - b);
}

int main(int argc, char **argv) {
    int blocks = 4000, runs = 9;
    const char *uri = "urn:ton:test:swap";
    for (int i = 1; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--blocks") == 0)
            blocks = (int)strtol(argv[i + 1], NULL, 10);
        else if (strcmp(argv[i], "--runs") == 0)
            runs = (int)strtol(argv[i + 1], NULL, 10);
        else if (strcmp(argv[i], "--plugin") == 0)
            uri = argv[i + 1];
    }
    runs = runs < 1 ? 1 : runs > MOST_RUNS ? MOST_RUNS : runs;
    if (strcmp(uri, "urn:ton:test:swap") == 0)
        setenv("LV2_PATH", TON_TEST_BUNDLES, 1);
    ton_lv2_register(TON_HOST);
    if (!ton_foreign()) {
        printf("hosting: this build has no LV2\n");
        return 0;
    }
    struct ton_arena *arena = ton_arena_create();
    struct ton_rack *rack = open_hosted(arena, uri);
    struct peer *peer = peer_open(uri, "", RATE, GRID);
    if (rack && peer)
        compare(rack, peer, blocks, runs);
    else if (!peer)
        printf("hosting: no plug-in <%s> to measure\n", uri);
    ton_rack_destroy(rack);
    peer_close(peer);
    ton_arena_destroy(arena);
    return 0;
}
