// SPDX-License-Identifier: GPL-3.0-or-later
// Pitch: higher or lower at the same speed, by Rubber Band 3 (shifter.c).
//
//   in -> times wet -------> shifter ---------------+-> out
//   in -> times 1 - wet ---> as late as that is ----+
//
// What is shifted is chosen before, so that a move of the mix is heard where it was written and not
// some 200 ms earlier; and where nothing is shifted the library gets silence and sleeps. A shift of
// 0 that rests is the signal itself. One that only passes through 0 stays with the library, or a
// vibrato would change over twice a cycle.
#include "registry.h"
#include "rows.h"
#include "shifter.h"

#include "ton/fixed_delay.h"
#include "ton/smooth.h"

#include <string.h>

enum { STEP = 256 };
#define GLIDE_MS 20.0
#define REST_MS 100.0

struct params {
    float shift, formants, mix;
};

static const char *const formant_choices[] = {"follow", "keep", NULL};

static const struct ton_row rows[] = {
    {.key = "shift",
     .label = "Shift",
     .unit = TON_UNIT_SEMITONES,
     .min = -24,
     .max = 24,
     .digits = 2,
     .help = "How much higher or lower, in semitones; a cent is 0.01 st. 12 st is an octave, 0 st "
             "the signal itself, sample for sample.",
     .jumps = "A shift that moves bends the pitch, as a glissando does."},
    {.key = "formants",
     .label = "Formants",
     .kind = TON_CHOICE,
     .max = 1,
     .choices = formant_choices,
     .help =
         "What becomes of the resonances: with `keep` they stay, so that a voice sounds like the "
         "same singer; with `follow` they are shifted too, to a smaller or larger singer or "
         "instrument."},
    MIX_ROW(100,
            "0 % is only the signal, 100 % only what is shifted; between, a second voice beside "
            "the first."),
};
TON_PARAMS_FIT(struct params, TON_N(rows));

struct state {
    int channels, filled; // filled: frames of the chunk
    int chunk, glide, rest;
    int still; // frames for which the shift has been 0
    struct shifter_setting setting;
    struct ton_glide mix, shifted; // shifted: 0 while the signal itself is heard
    struct shifter shifter;
    float *in[TON_MOST_CHANNELS]; // a chunk of what is to be shifted
    struct ton_fixed_delay dry[TON_MOST_CHANNELS];
};

static int latency(const struct ton_config *config, const float *params) {
    (void)params;
    return shifter_latency(config->rate);
}

static size_t lay_out(struct state *s, const struct ton_config *config) {
    struct carver c = {.base = (char *)s};
    carve(&c, sizeof(struct state));
    const int late = shifter_latency(config->rate);
    for (int i = 0; i < config->channels; i++) {
        float *in = carve_floats(&c, shifter_chunk(config->rate)), *dry = carve_floats(&c, late);
        if (!s)
            continue;
        s->in[i] = in;
        ton_fixed_delay_init(&s->dry[i], dry, late);
    }
    shifter_lay_out(s ? &s->shifter : NULL, &c, config);
    return c.used;
}

static size_t state_size(const struct ton_config *config, const float *params) {
    (void)params;
    return lay_out(NULL, config);
}

static void update(void *state, const float *params) {
    struct state *s = state;
    const struct params *p = (const struct params *)params;
    s->setting = (struct shifter_setting){.scale = exp2((double)p->shift / 12.0),
                                          .keep = p->formants >= 0.5F};
    ton_glide_to(&s->mix, (double)p->mix / 100.0, s->glide);
}

static void reset(void *state) {
    struct state *s = state;
    const bool shifts = s->setting.scale != 1.0;
    s->filled = 0;
    s->still = shifts ? 0 : s->rest;
    ton_glide_set(&s->mix, s->mix.target);
    ton_glide_set(&s->shifted, shifts ? 1.0 : 0.0);
    for (int c = 0; c < s->channels; c++)
        ton_fixed_delay_clear(&s->dry[c]);
    shifter_reset(&s->shifter);
}

static void init(void *state, const struct ton_config *config, const float *params) {
    struct state *s = state;
    s->channels = config->channels;
    s->chunk = shifter_chunk(config->rate);
    s->glide = ton_glide_frames(GLIDE_MS, config->rate);
    s->rest = (int)lround(REST_MS * config->rate / 1000.0);
    lay_out(s, config);
    update(state, params);
    reset(state);
}

static enum ton_code open_it(void *state, const struct ton_config *config, const float *params,
                             struct ton_err *err) {
    (void)params;
    return shifter_open(&((struct state *)state)->shifter, config->rate, err);
}

static void close_it(void *state) {
    shifter_close(&((struct state *)state)->shifter);
}

static void end_chunk(struct state *s) {
    shifter_feed(&s->shifter, s->in, s->setting);
    s->filled = 0;
    if (s->setting.scale != 1.0)
        s->still = 0;
    else if (s->still < s->rest)
        s->still += s->chunk;
    ton_glide_to(&s->shifted, s->still < s->rest ? 1.0 : 0.0, s->glide);
}

// A piece that does not reach into the next chunk.
static void piece(struct state *s, const struct ton_io *io, int offset, int n) {
    float wet[STEP], dry[STEP], shifted[STEP];
    for (int i = 0; i < n; i++)
        wet[i] = (float)(ton_glide_next(&s->mix) * ton_ease(ton_glide_next(&s->shifted)));
    for (int c = 0; c < s->channels; c++) {
        const float *in = io->in[c] + offset;
        float *out = io->out[c] + offset, *taken = s->in[c] + s->filled;
        for (int i = 0; i < n; i++) {
            taken[i] = wet[i] * in[i];
            dry[i] = in[i] - taken[i];
        }
        ton_fixed_delay_run(&s->dry[c], dry, n);
        shifter_read(&s->shifter, c, s->filled, shifted, n);
        for (int i = 0; i < n; i++)
            out[i] = dry[i] + shifted[i];
    }
    s->filled += n;
}

static void process(void *state, const struct ton_io *io) {
    struct state *s = state;
    for (int done = 0, n; done < io->frames; done += n) {
        n = s->chunk - s->filled < STEP ? s->chunk - s->filled : STEP;
        n = io->frames - done < n ? io->frames - done : n;
        piece(s, io, done, n);
        if (s->filled == s->chunk)
            end_chunk(s);
    }
}

static int64_t tail(const struct ton_config *config, const float *params) {
    (void)params;
    return shifter_latency(config->rate) + shifter_tail(config->rate);
}

static bool is_neutral(const float *params) {
    const struct params *p = (const struct params *)params;
    return p->shift == 0.0F || p->mix == 0.0F;
}

const struct ton_processor ton_processor_pitch = {
    .id = "pitch",
    .name = "Pitch",
    .summary = "Higher or lower at the same speed, with or without the formants.",
    .text =
        "For voices and instruments that are to sound in another key, a doubling an octave below, "
        "a harmony beside the singer, a snare tuned to the song; automated, for a dive or a single "
        "sour note. Small shifts hide, large ones sound: within 3 st most "
        "sources stay natural, beyond 7 st listen to consonants and cymbals. Keep the formants of "
        "voices, let those of drums and basses follow. The strip is about a quarter of a second "
        "late for it, which is compensated; it is no effect to hear oneself through while playing.",
    .lv2_class = "PitchPlugin",
    .version = 1,
    .cost_ns = 1100,
    .rows = rows,
    .n_rows = TON_N(rows),
    .n_params = TON_N(rows),
    .state_size = state_size,
    .init = init,
    .open = open_it,
    .close = close_it,
    .reset = reset,
    .update = update,
    .process = process,
    .latency = latency,
    .tail = tail,
    .is_neutral = is_neutral,
};
