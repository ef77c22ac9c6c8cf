/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `ton room` through a device: one loudspeaker after the other, all microphones at once. */
#include "room.h"

#include "print.h"

#include <math.h>
#include <string.h>

/* How far the loudspeaker is, by the surest latency that is known. */
static void place(struct room_measured *m, const struct ton_room_listened *l,
                  const struct room_plan *plan, const struct ton_room_side *through) {
    const double arrival = m->heard.arrival_frames - (through ? through->own_frames : 0.0);
    double latency = m->latency_frames = l->latency_frames;
    m->distance_remark = "by the loop";
    if (l->loop_trouble) {
        m->distance_remark = "unknown: the loop tells no latency";
        return;
    }
    if (isnan(latency) && plan->device.settings.latency >= 0) {
        latency = plan->device.settings.latency;
        m->distance_remark = "by the latency in config.yaml";
    } else if (isnan(latency) && l->claimed_frames > 0) {
        latency = (double)l->claimed_frames;
        m->distance_remark = "by the latency that the ports claim, which may be wrong";
    } else if (isnan(latency)) {
        m->distance_remark = "unknown: give `--loopback` and a cable, or measure the latency with "
                             "`ton devices --latency`";
        return;
    }
    m->distance_m = ton_sound_path_m(arrival - latency, plan->sweep.rate, plan->how.celsius);
    if (m->distance_m >= -0.02)
        return;
    m->distance_m = NAN;
    m->distance_remark = "unknown: the sound was there before the device's own latency had "
                         "passed, so that is wrong";
}

static enum ton_code add_all(struct room_result *result, struct ton_arena *arena,
                             const struct room_plan *plan, int loudspeaker,
                             const struct ton_room_listened *heard, struct ton_err *err) {
    enum ton_code code = TON_OK;
    for (int i = 0; i < plan->n_microphones && !code; i++) {
        const struct room_measured path = {.loudspeaker = loudspeaker, .microphone = i};
        code = room_add_sweep(result, arena, plan, &path, heard->recordings[i], heard->frames, err);
        if (!code)
            place(&result->paths[result->n - 1], heard, plan, result->through[loudspeaker]);
        else if (code == TON_MISSED)
            code = room_miss(result, arena, err);
    }
    return code;
}

/* What a port of ours is called in a sentence; servers take no colon in a name, and no long one. */
static const char *wish_name(struct ton_arena *arena, const char *what, const struct room_port *p,
                             int number) {
    enum { LONGEST = 40 };
    return strchr(p->name, ':') || strlen(p->name) > LONGEST
               ? ton_arena_printf(arena, "%s %d", what, number + 1)
               : ton_arena_printf(arena, "%s %s", what, p->name);
}

/* All ports, also those of later loudspeakers, before anything is played. */
static enum ton_code try_ports(struct ton_arena *arena, const struct room_plan *plan,
                               struct ton_err *err) {
    struct ton_device_wish inputs[ROOM_MOST_PORTS + 1], outputs[ROOM_MOST_PORTS + 1];
    int n_inputs = 0, n_outputs = 0;
    const struct ton_room_listen_config config = {
        .backend = plan->device.choice.backend,
        .device = plan->device.choice.device,
        .server = plan->device.choice.server,
        .sweep = plan->sweep,
    };
    for (int i = 0; i < plan->n_microphones; i++)
        inputs[n_inputs++] = (struct ton_device_wish){
            wish_name(arena, "microphone", &plan->microphones[i], i), plan->microphones[i].port};
    for (int i = 0; i < plan->n_loudspeakers; i++)
        outputs[n_outputs++] = (struct ton_device_wish){
            wish_name(arena, "loudspeaker", &plan->loudspeakers[i], i), plan->loudspeakers[i].port};
    if (plan->loop_input) {
        inputs[n_inputs++] = (struct ton_device_wish){"loop in", plan->loop_input};
        outputs[n_outputs++] = (struct ton_device_wish){"loop out", plan->loop_output};
    }
    return ton_arena_failed(arena)
               ? ton_fail(err, TON_MEMORY, NULL, "no memory")
               : ton_room_listen_try(&config, inputs, n_inputs, outputs, n_outputs, err);
}

enum ton_code room_listen(struct room_result *result, struct ton_arena *arena,
                          const struct room_plan *plan, struct ton_err *err) {
    const char *inputs[ROOM_MOST_PORTS], *first = NULL;
    int troubled = 0;
    enum ton_code code = try_ports(arena, plan, err);
    code = code ? code : room_through_make(result, arena, plan, err);
    for (int i = 0; i < plan->n_microphones; i++)
        inputs[i] = plan->microphones[i].port;
    result->rate = plan->sweep.rate;
    result->sweep = plan->sweep;
    result->n_loudspeakers = plan->n_loudspeakers;
    for (int l = 0; l < plan->n_loudspeakers && !code; l++) {
        struct ton_room_listened heard;
        const struct ton_room_listen_config config = {
            .backend = plan->device.choice.backend,
            .device = plan->device.choice.device,
            .server = plan->device.choice.server,
            .sweep = plan->sweep,
            .output = plan->loudspeakers[l].port,
            .play = result->through[l] ? result->through[l]->play : NULL,
            .inputs = inputs,
            .n_inputs = plan->n_microphones,
            .loop_output = plan->loop_output,
            .loop_input = plan->loop_input,
            .progress = ton_progress_line(!plan->quiet),
        };
        result->loudspeakers[l] = plan->loudspeakers[l];
        code = ton_room_listen(&heard, arena, &config, err);
        ton_progress_clear();
        result->device = heard.device;
        if (heard.loop_trouble && troubled++ == 0) {
            result->loop_trouble = heard.loop_trouble;
            first = plan->loudspeakers[l].name;
        }
        code = code ? code : add_all(result, arena, plan, l, &heard, err);
    }
    if (troubled > 0 && troubled < plan->n_loudspeakers)
        result->loop_trouble =
            ton_arena_printf(arena, "while `%s` played: %s", first, result->loop_trouble);
    return code;
}
