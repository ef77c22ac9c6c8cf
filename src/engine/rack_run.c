/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The audio-thread code of a rack. */
#include "rack.h"

#include "ton/mix.h"

/* Sets what is no number to 0; `poisons`: a processor of ours gave it. */
static void repair(struct ton_rack *rack, float *const *audio, int frames, bool poisons) {
    for (int c = 0; c < rack->channels; c++) {
        int first = 0;
        if (ton_mix_repair(audio[c], &first, frames) > 0 && poisons)
            rack->poisoned_at = rack->position + first;
    }
}

/* Silent until it starts. */
static void run_unit(const struct ton_rack *rack, const struct rack_unit *unit, float *const *audio,
                     int frames) {
    const int64_t early = unit->starts - rack->position;
    const int silent = early <= 0 ? 0 : early < frames ? (int)early : frames;
    float *rest[TON_MOST_CHANNELS];
    for (int c = 0; c < rack->channels; c++) {
        memset(audio[c], 0, sizeof(float) * (size_t)silent);
        rest[c] = audio[c] + silent;
    }
    const struct ton_io io = {
        .in = (const float *const *)rest, .out = rest, .frames = frames - silent};
    if (io.frames > 0)
        unit->processor->process(unit->state, &io);
}

/* Pieces never cross a point where processors may be repaired, so that also here a bad sample does
 * the same whatever the blocks: all are repaired at the next such point. */
static void process_piece(struct ton_rack *rack, float *const *audio, int frames) {
    if (rack->position % REPAIR_FRAMES == 0 && rack->poisoned_at != NOT_POISONED) {
        for (int i = 0; i < rack->n_units; i++)
            ton_processor_repair(rack->units[i].processor, rack->units[i].state);
        rack->poisoned_at = NOT_POISONED;
    }
    for (int i = 0; i < rack->n_units; i++) {
        const struct rack_unit *unit = &rack->units[i];
        if (i == 0 || unit->processor->flags & TON_PROCESSOR_FOREIGN)
            repair(rack, audio, frames, i > 0);
        run_unit(rack, unit, audio, frames);
        if (unit->reduction < 0)
            continue;
        float meters[TON_MOST_ROWS];
        unit->processor->read_meters(unit->state, meters);
        rack->reduction = fmin(rack->reduction, (double)meters[unit->reduction]);
    }
    repair(rack, audio, frames, rack->n_units > 0);
    rack->position += frames;
}

void ton_rack_process(struct ton_rack *rack, float *const *audio, int frames) {
    const unsigned before = ton_denormals_off();
    ton_rt_enter();
    rack->reduction = 0.0;
    for (int done = 0, n; done < frames; done += n) {
        const int64_t left = REPAIR_FRAMES - rack->position % REPAIR_FRAMES;
        n = frames - done;
        n = n < left ? n : (int)left;
        n = n < rack->max_frames ? n : rack->max_frames;
        float *piece[TON_MOST_CHANNELS];
        for (int c = 0; c < rack->channels; c++)
            piece[c] = audio[c] + done;
        process_piece(rack, piece, n);
    }
    ton_rt_leave();
    ton_denormals_restore(before);
}

void ton_rack_reset(struct ton_rack *rack) {
    for (int i = 0; i < rack->n_units; i++)
        rack->units[i].processor->reset(rack->units[i].state);
    rack->position = 0;
    rack->poisoned_at = NOT_POISONED;
}
