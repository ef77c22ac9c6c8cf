/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ducker: takes music down while somebody speaks.
 *
 *   key -> does somebody speak? (speech.h) -> hold -> fade -> gain;   audio: look ahead -> times
 * gain
 *
 * It listens for speech and not for sound, so the hold can be as short as the pause after a
 * sentence: gaps between words are bridged, a click or a passing car starts nothing and prolongs
 * nothing. Because the sound is late by the look-ahead and the key is not, the fade is over before
 * the first consonant, and a pause in which the next word is in sight already is bridged, too. */
#include "key_filter.h"
#include "look_ahead.h"
#include "registry.h"
#include "speech.h"
#include "ton/level.h"
#include "ton/smooth.h"

#include <string.h>

enum { BLOCK = LOOK_AHEAD_BLOCK };

#define GLIDE_MS 20.0

static const struct ton_row rows[] = {
    {.key = "threshold",
     .label = "Threshold",
     .kind = TON_NUMBER,
     .unit = TON_UNIT_DB,
     .min = -80,
     .max = 0,
     .def = -50,
     .digits = 1,
     .help = "The level in the band of words (RMS) from which on a voice counts: over what bleeds "
             "into its microphone, under its softest word."},
    {.key = "depth",
     .label = "Depth",
     .kind = TON_NUMBER,
     .unit = TON_UNIT_DB,
     .min = 0,
     .max = 60,
     .def = 12,
     .digits = 1,
     .help = "How far the music goes down."},
    {.key = "attack",
     .label = "Attack",
     .kind = TON_NUMBER,
     .unit = TON_UNIT_MS,
     .min = 5,
     .max = 2000,
     .def = 150,
     .scale = TON_LOGARITHMIC,
     .digits = 0,
     .help = "Time of the whole fade down."},
    {.key = "hold",
     .label = "Hold",
     .kind = TON_NUMBER,
     .unit = TON_UNIT_MS,
     .min = 0,
     .max = 5000,
     .def = 600,
     .digits = 0,
     .help = "How long it stays down after the last word; longer than the gaps between words, "
             "shorter than those after sentences in which the music may rise."},
    {.key = "release",
     .label = "Release",
     .kind = TON_NUMBER,
     .unit = TON_UNIT_MS,
     .min = 5,
     .max = 5000,
     .def = 800,
     .scale = TON_LOGARITHMIC,
     .digits = 0,
     .help = "Time of the whole fade up."},
    {.key = "look_ahead",
     .label = "Look ahead",
     .kind = TON_NUMBER,
     .unit = TON_UNIT_MS,
     .min = 0,
     .max = 1000,
     .def = 350,
     .digits = 0,
     .flags = TON_ROW_FIXED,
     .help = "How much before the music it hears the voice: at least the attack and 150 ms, so "
             "that it is down for the first consonant. The strip is that much later, and the rest "
             "is delayed to match."},
    KEY_STRIP_ROW("The strip of the voice that it listens to; none: the strip itself."),
};

struct settings {
    float threshold, depth, attack, hold, release, look_ahead;
};
TON_PARAMS_FIT(struct settings, 6);

struct ducker {
    double rate;
    float threshold;
    double fall, rise; /* of the way, per frame */
    int hold, late;    /* frames */
    int left;          /* frames that it stays down; 0: the music comes back */
    double way;        /* 0: the music as it is, 1: all down */
    float last;        /* dB */
    struct ton_glide depth;
    struct speech speech;
    struct look_ahead sound;
    float heard[BLOCK], gain[1][BLOCK];
};

static struct settings settings_of(const float *params) {
    struct settings s;
    memcpy(&s, params, sizeof s);
    return s;
}

static int latency(const struct ton_config *config, const float *params) {
    return look_ahead_frames(config, settings_of(params).look_ahead);
}

static size_t lay_out(struct ducker *d, const struct ton_config *config, const float *params) {
    struct carver c = {.base = (char *)d};
    carve(&c, sizeof(struct ducker));
    look_ahead_lay_out(d ? &d->sound : NULL, &c, config->channels, latency(config, params));
    return c.used;
}

static size_t state_size(const struct ton_config *config, const float *params) {
    return lay_out(NULL, config, params);
}

static void update(void *state, const float *params) {
    struct ducker *d = state;
    const struct settings s = settings_of(params);
    const double frames_per_ms = d->rate / 1000;
    d->threshold = s.threshold;
    d->fall = 1 / (s.attack * frames_per_ms);
    d->rise = 1 / (s.release * frames_per_ms);
    d->hold = (int)lround(s.hold * frames_per_ms);
    ton_glide_to(&d->depth, s.depth, (int)lround(GLIDE_MS * frames_per_ms));
}

static void reset(void *state) {
    struct ducker *d = state;
    d->left = 0;
    d->way = 0;
    d->last = 0;
    ton_glide_set(&d->depth, d->depth.target);
    speech_reset(&d->speech);
    look_ahead_clear(&d->sound);
}

static void init(void *state, const struct ton_config *config, const float *params) {
    struct ducker *d = state;
    d->rate = config->rate;
    d->late = latency(config, params);
    lay_out(d, config, params);
    speech_init(&d->speech, config->rate);
    update(d, params);
    reset(d);
}

/* dB of gain for the next frames. The fade is eased, so that neither end has a corner. */
static void fade(struct ducker *d, float *gain, int frames) {
    for (int i = 0; i < frames; i++) {
        if (d->left > 0) {
            d->left--;
            d->way = d->way + d->fall < 1 ? d->way + d->fall : 1;
        } else {
            d->way = d->way > d->rise ? d->way - d->rise : 0;
        }
        gain[i] = (float)(-ton_glide_next(&d->depth) * ton_ease(d->way));
    }
}

/* The voice is heard `late` frames before it sounds, and its end, too. */
static void process_block(struct ducker *d, const struct ton_io *io, int from, int frames) {
    bool ended;
    key_mono(d->heard, io, d->sound.channels, from, frames);
    for (int at = 0, n; at < frames; at += n) {
        n = speech_hear(&d->speech, d->heard + at, frames - at, d->threshold, &ended);
        fade(d, d->gain[0] + at, n);
        if (ended && d->speech.speaks)
            d->left = d->late + d->hold;
    }
    d->last = d->gain[0][frames - 1];
    ton_dbs_to_gain(d->gain[0], frames);
    look_ahead_run(&d->sound, io, from, frames, d->gain, 1);
}

static void process(void *state, const struct ton_io *io) {
    for (int at = 0; at < io->frames; at += BLOCK)
        process_block(state, io, at, io->frames - at < BLOCK ? io->frames - at : BLOCK);
}

static int64_t tail(const struct ton_config *config, const float *params) {
    return latency(config, params);
}

static bool is_neutral(const float *params) {
    return settings_of(params).depth <= 0;
}

static const struct ton_row meters[] = {REDUCTION_METER};

static void read_meters(const void *state, float *values) {
    values[0] = ((const struct ducker *)state)->last;
}

const struct ton_processor ton_processor_ducker = {
    .id = "ducker",
    .name = "Ducker",
    .summary = "Takes music down while somebody speaks.",
    .text =
        "Put it on the music and name the voice, or the bus of all voices, as `sidechain`. It "
        "listens for speech and not for level: a voice must sound in the band of words, have a "
        "pitch and move as syllables do, so that rumble, clicks, breath and noise of the voice's "
        "room leave the music alone; a noise that itself has a pitch and flutters, the crackle of "
        "a "
        "record over its motor, is taken for a voice when it is as loud as one. Set `depth` by how "
        "well every word is understood, 8 to 15 dB "
        "under narration; then `hold`, so that the music stays down between words and comes back "
        "only where somebody would ride it up. With the look-ahead the music is down before the "
        "first word and stays down where the next one is in sight.",
    .lv2_class = "DynamicsPlugin",
    .version = 1,
    .flags = TON_PROCESSOR_LINEAR | TON_PROCESSOR_DYNAMIC,
    .rows = rows,
    .n_rows = TON_N(rows),
    .n_params = 6,
    .state_size = state_size,
    .init = init,
    .reset = reset,
    .update = update,
    .process = process,
    .latency = latency,
    .tail = tail,
    .is_neutral = is_neutral,
    .meters = meters,
    .n_meters = TON_N(meters),
    .read_meters = read_meters,
};
