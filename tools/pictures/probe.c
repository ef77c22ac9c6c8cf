/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A processor at work outside a session. */
#include "probe.h"

#include "ton/arena.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Noreturn void give_up(const struct ton_processor *p, const char *setting,
                              const char *what) {
    fprintf(stderr, "pictures: %s: `%s`: %s\n", p->id, setting, what);
    exit(2);
}

static void set(float *params, const struct ton_processor *p, const char *key, const char *value) {
    struct ton_err err = {.code = TON_OK};
    int index = -1;
    const struct ton_row *row = ton_rows_find(p->rows, p->n_rows, key, &index, NULL);
    if (!row || index < 0)
        give_up(p, key, "no parameter is called that");
    if (ton_row_parse(&params[index], row, value, &err) != TON_OK)
        give_up(p, value, err.text);
}

/* As many instances as the setting names. */
static void count_instances(float *params, const struct ton_processor *p, const char *setting) {
    for (int r = 0, at = 0; r < p->n_rows; at += ton_row_floats(&p->rows[r]), r++) {
        if (p->rows[r].kind != TON_GROUP)
            continue;
        for (int i = 1; i <= p->rows[r].n_max; i++) {
            char name[64];
            snprintf(name, sizeof name, "band %d.", i);
            if (strstr(setting, name))
                params[at] = (float)i;
        }
    }
}

void probe_setting(float params[PROBE_MOST_PARAMS], const struct ton_processor *p,
                   const char *setting) {
    char text[512], *rest = text;
    snprintf(text, sizeof text, "%s", setting);
    ton_rows_defaults(p->rows, p->n_rows, params);
    count_instances(params, p, setting);
    while (rest && *rest) {
        char *key = rest, *end = strstr(rest, ", ");
        rest = end ? end + 2 : NULL;
        if (end)
            *end = '\0';
        char *colon = strstr(key, ": ");
        if (!colon)
            give_up(p, key, "`key: value` was expected");
        *colon = '\0';
        set(params, p, key, colon + 2);
    }
}

struct ton_config probe_config(void) {
    return (struct ton_config){
        .rate = PROBE_RATE, .channels = PROBE_CHANNELS, .max_frames = PROBE_BLOCK, .tempo = 120.0};
}

/* What a setting's file holds: noise that falls by 60 dB in 0.4 s, the same in every run. */
enum { ROOM_FRAMES = PROBE_RATE / 2, MOST_PATHS = 4 };

static const struct ton_asset *rooms(void) {
    static float sound[PROBE_CHANNELS][ROOM_FRAMES];
    static const float *const data[PROBE_CHANNELS] = {sound[0], sound[1]};
    static struct ton_asset all[MOST_PATHS];
    unsigned seed = 1;
    for (int i = 0; i < PROBE_CHANNELS * ROOM_FRAMES; i++) {
        const int at = i % ROOM_FRAMES;
        seed = seed * 1664525U + 1013904223U;
        const double noise = (double)(int)(seed >> 8) / 8388608.0 - 1.0;
        sound[i / ROOM_FRAMES][at] = (float)(0.02 * noise * pow(10.0, -3.0 * at / 19200.0));
    }
    for (int c = 0; c < PROBE_CHANNELS; c++)
        sound[c][0] = 0.5F;
    for (int i = 0; i < MOST_PATHS; i++)
        all[i] = (struct ton_asset){.channels = PROBE_CHANNELS,
                                    .frames = ROOM_FRAMES,
                                    .file_rate = PROBE_RATE,
                                    .data = data};
    return all;
}

enum { MOST_METERS = 16, NO_METER = -1 };

/* `out` gets the sound; or, of a meter, what it says after each block. */
static void run(float *out, const float *in, int frames, const struct ton_processor *p,
                const float *params, int meter) {
    float said[MOST_METERS];
    struct ton_config config = probe_config();
    config.assets = rooms();
    struct ton_err err = {.code = TON_OK};
    void *state = ton_alloc(p->state_size(&config, params));
    if (!state)
        give_up(p, "", "no memory");
    p->init(state, &config, params);
    if (p->open && p->open(state, &config, params, &err) != TON_OK)
        give_up(p, "", err.text);
    const int late = p->latency ? p->latency(&config, params) : 0;
    float left[PROBE_BLOCK], right[PROBE_BLOCK];
    for (int done = 0, n; done < frames + late; done += n) {
        n = frames + late - done < PROBE_BLOCK ? frames + late - done : PROBE_BLOCK;
        for (int i = 0; i < n; i++)
            left[i] = right[i] = done + i < frames ? in[done + i] : 0.0F;
        float *planes[] = {left, right};
        const struct ton_io io = {.in = (const float *const *)planes, .out = planes, .frames = n};
        p->process(state, &io);
        if (meter >= 0) {
            p->read_meters(state, said);
            out[done / PROBE_BLOCK] = said[meter];
        }
        for (int i = 0; i < n && meter < 0; i++)
            if (done + i >= late)
                out[done + i - late] = left[i];
    }
    if (p->open && p->close)
        p->close(state);
    ton_free(state);
}

void probe_run(float *out, const float *in, int frames, const struct ton_processor *p,
               const float *params) {
    run(out, in, frames, p, params, NO_METER);
}

void probe_read(float *values, const float *in, int frames, const struct ton_processor *p,
                const float *params, const char *label) {
    for (int i = 0; i < p->n_meters && i < MOST_METERS; i++)
        if (strcmp(p->meters[i].label, label) == 0) {
            run(values, in, frames, p, params, i);
            return;
        }
    give_up(p, label, "is no meter");
}
