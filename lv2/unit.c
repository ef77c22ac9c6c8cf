/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One processor with its memory, run as the engine runs it. */
#include "unit.h"

#include "ton/arena.h"
#include "ton/audio_whole.h"
#include "ton/mix.h"

static enum ton_code no_memory(struct ton_err *err) {
    return ton_fail(err, TON_MEMORY, NULL, "no memory for a processor");
}

static enum ton_code load_files(struct unit *u, const struct plugin *plugin, unit_files files,
                                struct ton_err *err) {
    struct ton_asset *assets = TON_NEW_N(u->arena, struct ton_asset, plugin->n_files + 1);
    enum ton_code code = assets ? TON_OK : no_memory(err);
    for (int i = 0; !code && i < plugin->n_files; i++) {
        struct ton_audio_whole whole = {0};
        u->files[i] = ton_arena_text(u->arena, files[i]);
        if (!u->files[i])
            return no_memory(err);
        if (*u->files[i])
            code = ton_audio_read_whole(&whole, u->arena, u->files[i], u->config.rate,
                                        TON_MOST_CHANNELS, err);
        assets[i] = (struct ton_asset){whole.channels, whole.frames, whole.file_rate, whole.data};
    }
    u->config.assets = plugin->n_files > 0 ? assets : NULL;
    return code;
}

static enum ton_code lay_out(struct unit *u, const float *params, struct ton_err *err) {
    const struct ton_processor *p = u->processor;
    const size_t bytes = sizeof(float) * (size_t)p->n_params;
    u->params = ton_arena_alloc(u->arena, bytes + 1);
    /* Memory is aligned to 64 bytes from 65 on. */
    u->state = ton_arena_alloc(u->arena, p->state_size(&u->config, params) + 65);
    if (!u->params || !u->state)
        return no_memory(err);
    memcpy(u->params, params, bytes);
    u->latency = p->latency ? p->latency(&u->config, params) : 0;
    for (int c = 0; c < u->config.channels; c++) {
        float *ring = TON_NEW_N(u->arena, float, u->latency + 1);
        if (!ring)
            return no_memory(err);
        ton_fixed_delay_init(&u->dry[c], ring, u->latency);
    }
    return TON_OK;
}

static enum ton_code start(struct unit *u, struct ton_err *err) {
    const struct ton_processor *p = u->processor;
    p->init(u->state, &u->config, u->params);
    const enum ton_code code = p->open ? p->open(u->state, &u->config, u->params, err) : TON_OK;
    u->open = p->open && !code;
    return code;
}

enum ton_code unit_create(struct unit **out, const struct plugin *plugin, double rate,
                          const float *params, unit_files files, struct ton_err *err) {
    *out = NULL;
    struct ton_arena *arena = ton_arena_create();
    struct unit *u = arena ? TON_NEW(arena, struct unit) : NULL;
    if (!u) {
        ton_arena_destroy(arena);
        return no_memory(err);
    }
    *u = (struct unit){.arena = arena, .processor = plugin->processor};
    u->config = (struct ton_config){.rate = rate,
                                    .channels = plugin->channels,
                                    .key_channels =
                                        plugin_has_kind(plugin, PORT_KEY) ? plugin->channels : 0,
                                    .max_frames = UNIT_BLOCK,
                                    .tempo = 120};
    enum ton_code code = load_files(u, plugin, files, err);
    if (!code)
        code = lay_out(u, params, err);
    if (!code)
        code = start(u, err);
    if (code)
        unit_destroy(u);
    else
        *out = u;
    return code;
}

void unit_destroy(struct unit *u) {
    if (!u)
        return;
    if (u->open && u->processor->close)
        u->processor->close(u->state);
    ton_arena_destroy(u->arena);
}

bool unit_fits(const struct unit *u, const struct plugin *plugin, const float *params,
               unit_files files) {
    for (int i = 0; i < plugin->n_fixed; i++)
        if (u->params[plugin->fixed[i]] != params[plugin->fixed[i]])
            return false;
    for (int i = 0; i < plugin->n_files; i++)
        if (strcmp(u->files[i], files[i]) != 0)
            return false;
    return true;
}

bool unit_differs(const struct unit *u, const struct plugin *plugin, const float *params) {
    for (int i = 0; i < plugin->n_moving; i++)
        if (u->params[plugin->moving[i]] != params[plugin->moving[i]])
            return true;
    return false;
}

bool unit_follow(struct unit *u, const struct plugin *plugin, const float *params) {
    if (!unit_differs(u, plugin, params))
        return false;
    for (int i = 0; i < plugin->n_moving; i++)
        u->params[plugin->moving[i]] = params[plugin->moving[i]];
    u->processor->update(u->state, u->params);
    return true;
}

void unit_repair(struct unit *u) {
    if (u->poisoned)
        ton_processor_repair(u->processor, u->state);
    u->poisoned = false;
}

/* The delayed input of channel `c`. */
static const float *dry_of(struct unit *u, int c, const float *in, int frames) {
    if (u->latency == 0)
        return in;
    memcpy(u->dried[c], in, sizeof(float) * (size_t)frames);
    ton_fixed_delay_run(&u->dry[c], u->dried[c], frames);
    return u->dried[c];
}

/* Exactly one or the other at the ends. */
static void blend(float *out, const float *dry, const float *wet, int frames) {
    for (int i = 0; i < frames; i++)
        out[i] = wet[i] >= 1 ? out[i] : dry[i] + wet[i] * (out[i] - dry[i]);
}

void unit_run(struct unit *u, float *const *out, const float *const *in, const float *const *key,
              const float *wet, int frames) {
    const struct ton_io io = {
        .in = in, .out = out, .key = key, .n_key = key ? u->config.channels : 0, .frames = frames};
    u->processor->process(u->state, &io);
    for (int c = 0; c < u->config.channels; c++) {
        int first = 0;
        if (ton_mix_repair(out[c], &first, frames) > 0)
            u->poisoned = true;
        blend(out[c], dry_of(u, c, in[c], frames), wet, frames);
    }
}
