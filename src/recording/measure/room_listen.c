/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A sweep through loudspeakers and microphones. */
#include "ton/room_listen.h"

#include "ton/db.h"
#include "ton/probe.h"

#include <math.h>
#include <string.h>

/* Everything heard is kept from the first frame of the sweep on. */
struct listening {
    const struct ton_room_listen_config *config;
    struct ton_device_wish *inputs, *outputs; /* the loop's are the last */
    int n_inputs, n_outputs;
    const float **play; /* [n_outputs] */
};

static bool prepare(struct listening *l, struct ton_arena *arena, const float *sweep) {
    const struct ton_room_listen_config *c = l->config;
    const bool has_loop = c->loop_input != NULL;
    l->n_inputs = c->n_inputs + has_loop;
    l->n_outputs = 1 + has_loop;
    l->inputs = TON_NEW_N(arena, struct ton_device_wish, l->n_inputs);
    l->outputs = TON_NEW_N(arena, struct ton_device_wish, l->n_outputs);
    l->play = TON_NEW_N(arena, const float *, l->n_outputs);
    if (!l->inputs || !l->outputs || !l->play)
        return false;
    for (int i = 0; i < c->n_inputs; i++)
        l->inputs[i] =
            (struct ton_device_wish){ton_arena_printf(arena, "microphone %d", i + 1), c->inputs[i]};
    l->outputs[0] = (struct ton_device_wish){"loudspeaker", c->output};
    if (has_loop) {
        l->inputs[c->n_inputs] = (struct ton_device_wish){"loop in", c->loop_input};
        l->outputs[1] = (struct ton_device_wish){"loop out", c->loop_output};
    }
    l->play[0] = c->play ? c->play : sweep;
    if (has_loop)
        l->play[1] = sweep; /* which tells the device's latency, without any chain */
    return !ton_arena_failed(arena);
}

static const char *level_text(struct ton_arena *arena, const float *heard, int64_t frames) {
    float peak = 0.0F;
    for (int64_t i = 0; i < frames; i++)
        peak = fmaxf(peak, fabsf(heard[i]));
    return peak > 0.0F
               ? ton_arena_printf(arena, "it peaked at %.0f dBFS", ton_gain_to_db((double)peak))
               : "it was silent";
}

/* What is wrong with the loop costs the latency alone. */
static enum ton_code judge_loop(struct ton_room_listened *out, struct ton_arena *arena,
                                const struct ton_room_listen_config *c, const float *heard,
                                struct ton_err *err) {
    struct ton_sweep_heard loop;
    const enum ton_code code = ton_sweep_hear(&loop, arena, &c->sweep, heard, out->frames, err);
    if (code)
        return code;
    struct ton_err why;
    if (loop.trouble & TON_SWEEP_SILENT)
        out->loop_trouble = ton_arena_printf(
            arena,
            "nothing came back through the loop: input `%s` did not hear the sweep, %s; distances "
            "are unknown. Connect output `%s` to it with a cable, turn its gain up, or measure "
            "without `--loopback`",
            c->loop_input, level_text(arena, heard, out->frames), c->loop_output);
    else if (loop.trouble & TON_SWEEP_CLIPPED)
        out->loop_trouble = ton_arena_printf(
            arena,
            "the loop is clipped: %lld flat tops at input `%s`, %s; distances are unknown. Turn "
            "down the gain of that input or what output `%s` sends, or give a lower `--level`",
            (long long)loop.clipped, c->loop_input, level_text(arena, heard, out->frames),
            c->loop_output);
    else if (ton_sweep_judge(&loop, &c->sweep, NULL, &why))
        out->loop_trouble = ton_arena_printf(
            arena, "of the loop from `%s` to `%s`, where %s: %s; distances are unknown",
            c->loop_output, c->loop_input, level_text(arena, heard, out->frames), why.text);
    else
        out->latency_frames = loop.arrival_frames;
    return TON_OK;
}

static enum ton_code keep(struct ton_room_listened *out, struct ton_arena *arena,
                          const struct listening *l, const struct ton_probe_window *window,
                          struct ton_err *err) {
    out->recordings = TON_NEW_N(arena, const float *, l->config->n_inputs);
    for (int i = 0; i < l->config->n_inputs && out->recordings; i++) {
        float *const kept = TON_NEW_N(arena, float, out->frames);
        if (!kept)
            break;
        memcpy(kept, window->in[i], sizeof *kept * (size_t)out->frames);
        out->recordings[i] = kept;
    }
    if (ton_arena_failed(arena))
        return ton_fail(err, TON_MEMORY, NULL, "no memory for %d recordings of %lld samples",
                        l->config->n_inputs, (long long)out->frames);
    return l->config->loop_input
               ? judge_loop(out, arena, l->config, window->in[l->config->n_inputs], err)
               : TON_OK;
}

static int64_t claimed(struct ton_device *device) {
    const int in = ton_device_latency(device, true, 0), back = ton_device_latency(device, false, 0);
    return in < 0 || back < 0 ? -1 : in + back;
}

static enum ton_code hear(struct ton_room_listened *out, struct ton_arena *arena,
                          const struct listening *l, struct ton_err *err) {
    const struct ton_room_listen_config *const c = l->config;
    struct ton_probe *probe;
    struct ton_probe_window window;
    const struct ton_probe_config wanted = {
        .backend = c->backend,
        .device = c->device,
        .server = c->server,
        .rate = c->sweep.rate,
        .period_frames = c->period_frames,
        .inputs = l->inputs,
        .outputs = l->outputs,
        .n_inputs = l->n_inputs,
        .n_outputs = l->n_outputs,
        .play = l->play,
        .play_frames = out->frames,
        .window_frames = out->frames,
        .windows = 1,
    };
    enum ton_code code = ton_probe_hear(&probe, &window, &wanted, c->progress, c->output, err);
    if (!code) {
        ton_device_status(ton_probe_device(probe), &out->device);
        out->device.name = ton_arena_text(arena, out->device.name); /* the device ends here */
        out->claimed_frames = claimed(ton_probe_device(probe));
        code = keep(out, arena, l, &window, err);
    }
    ton_probe_close(probe);
    return code;
}

enum ton_code ton_room_listen(struct ton_room_listened *out, struct ton_arena *arena,
                              const struct ton_room_listen_config *config, struct ton_err *err) {
    struct listening l = {.config = config};
    *out = (struct ton_room_listened){
        .frames = ton_sweep_frames(&config->sweep), .latency_frames = NAN, .claimed_frames = -1};
    float *const sweep = ton_alloc(sizeof *sweep * (size_t)out->frames);
    if (sweep)
        ton_sweep_make(sweep, &config->sweep, 0, (int)out->frames);
    enum ton_code code =
        sweep && prepare(&l, arena, sweep)
            ? TON_OK
            : ton_fail(err, TON_MEMORY, NULL, "no memory for a sweep of %lld samples",
                       (long long)out->frames);
    if (!code)
        code = hear(out, arena, &l, err);
    ton_free(sweep);
    return code;
}

TON_RT static void stay_silent(void *user, struct ton_device_block *block) {
    (void)user;
    (void)block;
}

enum ton_code ton_room_listen_try(const struct ton_room_listen_config *c,
                                  const struct ton_device_wish *inputs, int n_inputs,
                                  const struct ton_device_wish *outputs, int n_outputs,
                                  struct ton_err *err) {
    struct ton_device *device = NULL;
    const struct ton_device_config wanted = {
        .backend = c->backend,
        .device = c->device,
        .server = c->server,
        .rate = c->sweep.rate,
        .period_frames = c->period_frames,
        .inputs = inputs,
        .outputs = outputs,
        .n_inputs = n_inputs,
        .n_outputs = n_outputs,
        .process = stay_silent,
    };
    const enum ton_code code = ton_device_open(&device, &wanted, err);
    ton_device_close(device);
    return code;
}
