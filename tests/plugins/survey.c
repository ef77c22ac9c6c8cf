/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every effect plug-in that is installed, run as a session would run it: started, fed with a second
 * of noise and tones, checked for finite sound, run a second time and compared bit for bit. One
 * line each, fields between tabs: bundle, address, name, kind, ports in and out, latency, verdict.
 * tools/lv2-survey makes a page of it.
 *
 *     lv2-survey [WORD]   only those whose address has the word */
#include "ton/arena.h"
#include "ton/lv2.h"
#include "ton/plan.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { RATE = 48000, BLOCK = 4096, BLOCKS = 14, FRAMES = BLOCK * BLOCKS };

struct run {
    float out[2][FRAMES];
    int latency;
    enum ton_code code;
    struct ton_err err;
};

static void fill(float *const audio[2], int from) {
    uint64_t random = (uint64_t)from + 1;
    for (int i = 0; i < BLOCK; i++) {
        const double t = (double)(from + i) / RATE;
        random = random * 6364136223846793005ULL + 1442695040888963407ULL;
        const double noise = (double)(int64_t)random * 0x1p-63;
        audio[0][i] = (float)(0.2 * noise + 0.3 * sin(6.28318530717958648 * 220.0 * t));
        audio[1][i] = (float)(0.2 * noise + 0.3 * sin(6.28318530717958648 * 331.0 * t));
    }
}

static void run_once(struct run *r, const struct ton_lv2_plugin *plugin, struct ton_arena *arena) {
    const struct ton_processor *p = plugin->processor;
    struct ton_rack *rack = NULL;
    struct ton_setup setup = {.plugin = plugin->uri, .deadline_s = 30};
    struct ton_chain_item item = {.processor = p, .sidechain = -1, .setup = &setup};
    const struct ton_chain chain = {&item, 1};
    item.params = TON_NEW_N(arena, float, p->n_params + 1);
    ton_rows_defaults(p->rows, p->n_rows, item.params);
    r->code = ton_rack_create(&rack, &chain, RATE, 2, 120, BLOCK, &r->err);
    for (int b = 0; b < BLOCKS && !r->code; b++) {
        float *const audio[2] = {r->out[0] + b * BLOCK, r->out[1] + b * BLOCK};
        fill(audio, b * BLOCK);
        ton_rack_process(rack, audio, BLOCK);
        r->code = ton_rack_failure(rack, &r->err);
    }
    r->latency = rack ? ton_rack_latency(rack) : 0;
    ton_rack_destroy(rack);
}

static double peak_of(const struct run *r) {
    double peak = 0;
    for (int c = 0; c < 2; c++)
        for (int i = 0; i < FRAMES; i++)
            peak = fmax(peak, fabs((double)r->out[c][i]));
    return peak;
}

static const char *verdict(char *text, size_t size, const struct ton_lv2_plugin *plugin,
                           struct run *first, struct run *second) {
    const struct ton_processor *found = NULL;
    struct ton_err err = {0};
    if (ton_foreign()->find(&found, plugin->uri, &err)) {
        snprintf(text, size, "refused: %s", err.text);
        return text;
    }
    struct ton_arena *arena = ton_arena_create();
    run_once(first, plugin, arena);
    if (!first->code)
        run_once(second, plugin, arena);
    ton_arena_destroy(arena);
    if (first->code || second->code)
        snprintf(text, size, "failed: %s", first->code ? first->err.text : second->err.text);
    else if (memcmp(first->out, second->out, sizeof first->out) != 0)
        snprintf(text, size, "runs, but differs from run to run");
    else if (peak_of(first) == 0)
        snprintf(text, size, "runs, equal, silent with its defaults");
    else
        snprintf(text, size, "runs, equal");
    return text;
}

int main(int argc, char **argv) {
    static struct run runs[2];
    struct ton_arena *arena = ton_arena_create();
    struct ton_lv2_plugin *plugins = NULL;
    struct ton_err err = {0};
    size_t n = 0;
    ton_lv2_register(TON_HOST);
    if (ton_lv2_list(&plugins, &n, arena, &err)) {
        fprintf(stderr, "lv2-survey: %s\n", err.text);
        return 3;
    }
    for (size_t i = 0; i < n; i++) {
        const struct ton_lv2_plugin *p = &plugins[i];
        char text[1024];
        if (strstr(p->kind, "Instrument") || p->audio_in + p->sidechain == 0 || p->audio_out == 0 ||
            (argc > 1 && !strstr(p->uri, argv[1])))
            continue;
        memset(runs, 0, sizeof runs);
        verdict(text, sizeof text, p, &runs[0], &runs[1]);
        printf("%s\t%s\t%s\t%s\t%d\t%d\t%d\t%s\n", p->bundle, p->uri, p->name, p->kind, p->audio_in,
               p->audio_out, runs[0].latency - 4096, text);
        fflush(stdout);
    }
    ton_arena_destroy(arena);
    return 0;
}
