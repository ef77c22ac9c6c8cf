// SPDX-License-Identifier: GPL-3.0-or-later
// Delay: echoes in time with the music, darker and thinner with every repeat.
//
// The loop of each channel: line -> cut low and high -> what is heard, and times feedback back into
// the line beside the input. Ping-pong sends the mono sum into the left line only and crosses the
// feedback. A new time fades from the old tap to the new one; taps do not slide, so the pitch
// stays. As a tape (tape.c) the one tap slides, a pass costs lows and highs, and what enters the
// line is saturated.
#include "cut.h"
#include "note.h"
#include "registry.h"
#include "rows.h"
#include "tape.h"

#include "ton/carve.h"
#include "ton/cascade.h"
#include "ton/smooth.h"

#include <string.h>

enum { LANES = TON_CASCADE_LANES, MAX_PAIRS = 8, CHUNK = 64, GLIDE = 128 };
enum { LOW_CUT = 0, HIGH_CUT = 2, N_CUTS = 4, LOW_LOSS = 4, HIGH_LOSS = 6, N_SLOTS = 8 };
enum mode { DIGITAL, TAPE };
#define OFF_HZ 10.0F
#define LONGEST_MS 4000.0
#define FADE_MS 20.0

#define MOST_DIGITAL 0.98 // of feedback

struct params {
    float time, feedback, low_cut, high_cut, ping_pong, mix;
    float mode, wow, flutter, saturation;
};

static const char *const modes[] = {"digital", "tape", NULL};

static const struct ton_row rows[] = {
    {.key = "time",
     .label = "Time",
     .kind = TON_TIME_NOTE,
     .unit = TON_UNIT_MS,
     .min = 1,
     .max = (float)LONGEST_MS,
     .def = 350,
     .scale = TON_LOGARITHMIC,
     .digits = 2,
     .help = "Time between repeats, or a note value (1/8, 1/4., 1/8t) that follows the "
             "session's tempo; at most 4 s.",
     .jumps = "As a tape it bends the pitch until the motor is at its new speed."},
    {.key = "feedback",
     .label = "Feedback",
     .unit = TON_UNIT_PERCENT,
     .max = 110,
     .def = 30,
     .digits = 1,
     .help = "How much of each repeat comes back in the next one; a digital delay stops at 98 %, a "
             "tape may go round for ever and over, held by its saturation."},
    {.key = "low_cut",
     .label = "Low cut",
     .unit = TON_UNIT_HZ,
     .min = OFF_HZ,
     .max = 2000,
     .def = OFF_HZ,
     .scale = TON_LOGARITHMIC,
     .digits = 1,
     .flags = TON_ROW_OFF_MIN,
     .help = "Each repeat loses what lies below this frequency (12 dB/oct)."},
    {.key = "high_cut",
     .label = "High cut",
     .unit = TON_UNIT_HZ,
     .min = OFF_HZ,
     .max = 20000,
     .def = OFF_HZ,
     .scale = TON_LOGARITHMIC,
     .digits = 1,
     .flags = TON_ROW_OFF_MIN,
     .help = "Each repeat loses what lies above this frequency (12 dB/oct)."},
    {.key = "ping_pong",
     .label = "Ping-pong",
     .kind = TON_SWITCH,
     .max = 1,
     .help = "Repeats of the mono sum come left, right, left …; needs a stereo strip."},
    MIX_ROW(25,
            "0 % is only the signal, 100 % only its repeats (as wanted on a bus fed by sends)."),
    {.key = "mode",
     .label = "Mode",
     .kind = TON_CHOICE,
     .max = TAPE,
     .choices = modes,
     .flags = TON_ROW_FIXED,
     .help = "Digital repeats what it heard; a tape wavers, saturates and loses the highs from "
             "8 kHz and the lows below 40 Hz with every pass (3 dB there, 12 dB at 16 kHz), and a "
             "new time bends the pitch until the motor is there."},
    {.key = "wow",
     .label = "Wow",
     .unit = TON_UNIT_CENTS,
     .max = TAPE_MOST_WOW,
     .def = 5,
     .digits = 1,
     .help = "Slow wavering of the tape's pitch, cents to either side: 5 is a good machine, 15 an "
             "old one."},
    {.key = "flutter",
     .label = "Flutter",
     .unit = TON_UNIT_CENTS,
     .max = TAPE_MOST_FLUTTER,
     .def = 2,
     .digits = 1,
     .help = "Fast wavering of the tape's pitch, cents to either side: a little roughens long "
             "notes, much is a worn capstan."},
    {.key = "saturation",
     .label = "Saturation",
     .unit = TON_UNIT_PERCENT,
     .max = 100,
     .def = 30,
     .digits = 1,
     .help = "How early the tape is full: at 0 % near +12 dBFS, at 50 % near 0, at 100 % near -12. "
             "Loud repeats are rounded, soft ones stay. Of a loud 10 kHz some folds back (at 30 % "
             "and peaks of -12 dBFS at -68 dB, of 0 dBFS at -45 dB): take the highs away before, "
             "or less."},
};
TON_PARAMS_FIT(struct params, TON_N(rows));

struct state {
    double rate, tempo;
    int channels, slots; // slots: sections in use
    enum mode mode;
    int tap, next_tap; // frames; they differ while a fade runs
    int wanted_tap;    // where the next fade leads
    int fade_left, fade_frames;
    int move_left; // frames until the cuts arrive
    double part;   // of a move in one of its steps
    float low_cut, high_cut;
    struct ton_glide feedback, ping_pong, mix;
    struct ton_cascade_section now[N_SLOTS], middle[N_SLOTS], step[N_SLOTS];
    struct ton_cascade_section aim[N_SLOTS];    // where a move ends
    struct ton_cascade_section target[N_SLOTS]; // what the parameters say
    struct ton_cascade_memory memory[MAX_PAIRS][N_SLOTS];
    struct ton_sliding_line line[TON_MOST_CHANNELS];
    struct ton_sliding_table *table; // of a tape, as is the next
    struct tape *tape;
};

static const int order[N_SLOTS] = {0, 1, 2, 3, 4, 5, 6, 7};

static enum mode mode_of(const float *params) {
    return ((const struct params *)params)->mode >= 0.5F ? TAPE : DIGITAL;
}

static double feedback_of(const float *params) {
    const double feedback = (double)((const struct params *)params)->feedback / 100.0;
    return mode_of(params) == TAPE ? feedback : fmin(feedback, MOST_DIGITAL);
}

// Exact, as a tape has it.
static double time_of(float time, double rate, double tempo) {
    return fmin(fmax(note_ms(time, tempo), 1.0), LONGEST_MS) * rate / 1000.0;
}

static int frames_of(float time, double rate, double tempo) {
    return (int)(time_of(time, rate, tempo) + 0.5);
}

static void design_cut(struct ton_biquad out[2], bool high_pass, double hz, int filter_order,
                       double rate) {
    out[0] = out[1] = TON_BIQUAD_THROUGH;
    if (hz <= (double)OFF_HZ)
        return;
    struct ton_analogue a[4];
    if (high_pass)
        ton_analogue_high_pass(a, hz, filter_order);
    else
        ton_analogue_low_pass(a, hz, filter_order);
    ton_biquad_match(out, &a[0], rate);
}

static void retarget(struct state *s, const struct params *p) {
    struct ton_biquad b[N_SLOTS];
    design_cut(&b[LOW_CUT], true, (double)p->low_cut, 2, s->rate);
    design_cut(&b[HIGH_CUT], false, (double)p->high_cut, 2, s->rate);
    design_cut(&b[LOW_LOSS], true, TAPE_LOW_HZ, 1, s->rate);
    design_cut(&b[HIGH_LOSS], false, fmin(TAPE_HIGH_HZ, 0.45 * s->rate), 1, s->rate);
    for (int slot = 0; slot < N_SLOTS; slot++)
        for (int l = 0; l < LANES; l++)
            ton_cascade_section_set(&s->target[slot], l, &b[slot]);
    s->low_cut = p->low_cut;
    s->high_cut = p->high_cut;
}

static size_t lay_out(struct state *s, const struct ton_config *config, const float *params) {
    struct carver c = {.base = (char *)s};
    const bool is_tape = mode_of(params) == TAPE;
    carve(&c, sizeof(struct state));
    struct ton_sliding_table *table = is_tape ? carve(&c, sizeof *table) : NULL;
    struct tape *tape = is_tape ? carve(&c, sizeof *tape) : NULL;
    const double swing = is_tape ? tape_most_swing(config->rate) : 0.0;
    const size_t floats =
        ton_sliding_floats((int)(LONGEST_MS * config->rate / 1000.0 + swing + 0.5));
    for (int i = 0; i < config->channels; i++) {
        float *ring = carve_floats(&c, (int)floats);
        if (s)
            ton_sliding_line_init(&s->line[i], ring, floats);
    }
    if (s) {
        s->table = table;
        s->tape = tape;
    }
    return c.used;
}

static size_t state_size(const struct ton_config *config, const float *params) {
    return lay_out(NULL, config, params);
}

static void rest(struct state *s) {
    memcpy(s->now, s->target, sizeof s->now);
    memcpy(s->middle, s->target, sizeof s->middle);
}

static void reset(void *state) {
    struct state *s = state;
    s->tap = s->next_tap = s->wanted_tap;
    s->fade_left = s->move_left = 0;
    ton_glide_set(&s->feedback, s->feedback.target);
    ton_glide_set(&s->ping_pong, s->ping_pong.target);
    ton_glide_set(&s->mix, s->mix.target);
    rest(s);
    memset(s->memory, 0, sizeof s->memory);
    for (int c = 0; c < s->channels; c++)
        ton_sliding_line_clear(&s->line[c]);
    if (s->mode == TAPE)
        tape_reset(s->tape);
}

static void set_tape(struct state *s, const struct params *p, bool now) {
    if (s->mode == TAPE)
        tape_set(s->tape, time_of(p->time, s->rate, s->tempo), (double)p->wow, (double)p->flutter,
                 (double)p->saturation / 100.0, now);
}

static double ping_pong_of(const struct state *s, const struct params *p) {
    return s->channels == 2 && p->ping_pong >= 0.5F ? 1.0 : 0.0;
}

static void init(void *state, const struct ton_config *config, const float *params) {
    struct state *s = state;
    const struct params *p = (const struct params *)params;
    s->rate = config->rate;
    s->tempo = config->tempo;
    s->channels = config->channels;
    s->mode = mode_of(params);
    s->slots = s->mode == TAPE ? N_SLOTS : N_CUTS;
    lay_out(s, config, params);
    s->fade_frames = (int)(FADE_MS * config->rate / 1000.0);
    s->wanted_tap = s->tap = s->next_tap = frames_of(p->time, s->rate, s->tempo);
    ton_glide_set(&s->feedback, feedback_of(params));
    ton_glide_set(&s->mix, (double)p->mix / 100.0);
    ton_glide_set(&s->ping_pong, ping_pong_of(s, p));
    s->part = ton_approach_part(s->rate);
    retarget(s, p);
    rest(s);
    if (s->mode == TAPE) {
        s->tape->rate = config->rate;
        ton_sliding_table_init(s->table);
        set_tape(s, p, true);
    }
}

static void update(void *state, const float *params) {
    struct state *s = state;
    const struct params *p = (const struct params *)params;
    set_tape(s, p, false);
    ton_glide_to(&s->feedback, feedback_of(params), GLIDE);
    ton_glide_to(&s->mix, (double)p->mix / 100.0, GLIDE);
    ton_glide_to(&s->ping_pong, ping_pong_of(s, p), s->fade_frames);
    s->wanted_tap = frames_of(p->time, s->rate, s->tempo);
    if (p->low_cut == s->low_cut && p->high_cut == s->high_cut)
        return;
    retarget(s, p);
    for (int slot = 0; slot < N_SLOTS; slot++)
        ton_cascade_section_aim(&s->aim[slot], &s->middle[slot], &s->now[slot], &s->target[slot]);
    s->move_left = ton_approach_length(s->rate);
}

static void approach(struct state *s) {
    for (int i = 0; i < N_SLOTS; i++)
        ton_cascade_section_approach(&s->step[i], &s->middle[i], &s->now[i], &s->aim[i], s->part);
}

static void start_fade(struct state *s) {
    if (s->mode == TAPE || s->fade_left > 0 || s->wanted_tap == s->tap)
        return;
    s->next_tap = s->wanted_tap;
    s->fade_left = s->fade_frames;
}

// The sample that enters the line at frame i of a stretch is `tap - i - 1` pushes old when it is
// read before the stretch is pushed; a stretch is never longer than the shorter tap.
static void read_taps(const struct state *s, double (*wet)[LANES], int n, int first, int n_lanes) {
    memset(wet, 0, sizeof(double[LANES]) * (size_t)n);
    for (int l = 0; l < n_lanes; l++) {
        const struct ton_sliding_line *line = &s->line[first + l];
        for (int i = 0; i < n; i++) {
            const double old = (double)ton_sliding_line_at(line, s->tap - i - 1);
            wet[i][l] = old;
            if (s->fade_left == 0)
                continue;
            const double new = (double)ton_sliding_line_at(line, s->next_tap - i - 1);
            const double done = 1.0 - (double)(s->fade_left - i - 1) / s->fade_frames;
            wet[i][l] += ton_ease(done) * (new - old);
        }
    }
}

static void play_tape(const struct state *s, double (*wet)[LANES], int n, int first, int n_lanes) {
    float heard[TAPE_CHUNK];
    memset(wet, 0, sizeof(double[LANES]) * (size_t)n);
    for (int l = 0; l < n_lanes; l++) {
        tape_play(heard, s->tape, &s->line[first + l], s->table, n);
        for (int i = 0; i < n; i++)
            wet[i][l] = (double)heard[i];
    }
}

static void record(struct state *s, int channel, float *kept, int n) {
    if (s->mode == TAPE)
        tape_record(s->tape, channel, kept, n);
    for (int i = 0; i < n; i++)
        ton_sliding_line_push(&s->line[channel], kept[i]);
}

static void cut(const struct state *s, struct ton_cascade_section moved[N_SLOTS],
                double (*wet)[LANES], int n, struct ton_cascade_memory memory[N_SLOTS]) {
    memcpy(moved, s->now, sizeof s->now);
    if (s->move_left > 0)
        ton_cascade_run_moving(wet, n, moved, s->step, memory, order, s->slots);
    else
        ton_cascade_run(wet, n, moved, memory, order, s->slots);
}

// The values of the glides, frame by frame.
struct moves {
    double feedback[CHUNK], ping_pong[CHUNK], mix[CHUNK];
};

static void pair(struct state *s, const struct ton_io *io, const struct moves *m, int offset, int n,
                 int first) {
    const int n_lanes = s->channels - first < LANES ? s->channels - first : LANES;
    const int last = n_lanes - 1;
    double wet[CHUNK][LANES];
    float kept[LANES][CHUNK];
    struct ton_cascade_section moved[N_SLOTS];
    if (s->mode == TAPE)
        play_tape(s, wet, n, first, n_lanes);
    else
        read_taps(s, wet, n, first, n_lanes);
    cut(s, moved, wet, n, s->memory[first / LANES]);
    for (int i = 0; i < n; i++) {
        const double in[LANES] = {(double)io->in[first][offset + i],
                                  (double)io->in[first + last][offset + i]};
        const double cross = m->ping_pong[i], feedback = m->feedback[i];
        const double mono[LANES] = {0.5 * (in[0] + in[1]), 0.0};
        for (int l = 0; l < n_lanes; l++) {
            const double straight = in[l] + feedback * wet[i][l];
            const double crossed = mono[l] + feedback * wet[i][last - l];
            kept[l][i] = (float)(straight + cross * (crossed - straight));
            io->out[first + l][offset + i] = (float)(in[l] + m->mix[i] * (wet[i][l] - in[l]));
        }
    }
    for (int l = 0; l < n_lanes; l++)
        record(s, first + l, kept[l], n);
    if (first + LANES >= s->channels && s->move_left > 0)
        memcpy(s->now, moved, sizeof s->now);
}

// How many frames can run before something ends, given that a tap is at least that old.
static int stretch_length(const struct state *s, int frames) {
    int n = frames < CHUNK ? frames : CHUNK;
    const int limits[] = {s->mode == TAPE ? tape_room(s->tape) : s->tap,
                          s->fade_left > 0 ? s->next_tap : n, s->fade_left > 0 ? s->fade_left : n,
                          s->move_left % TON_APPROACH_FRAMES ? s->move_left % TON_APPROACH_FRAMES
                          : s->move_left > 0                 ? TON_APPROACH_FRAMES
                                                             : n};
    for (int i = 0; i < TON_N(limits); i++)
        n = limits[i] < n ? limits[i] : n;
    return n;
}

static void process(void *state, const struct ton_io *io) {
    struct state *s = state;
    struct moves m;
    for (int done = 0; done < io->frames;) {
        start_fade(s);
        if (s->move_left > 0 && s->move_left % TON_APPROACH_FRAMES == 0)
            approach(s);
        const int n = stretch_length(s, io->frames - done);
        if (s->mode == TAPE)
            tape_move(s->tape, n);
        for (int i = 0; i < n; i++) {
            m.feedback[i] = ton_glide_next(&s->feedback);
            m.ping_pong[i] = ton_ease(ton_glide_next(&s->ping_pong));
            m.mix[i] = ton_glide_next(&s->mix);
        }
        for (int first = 0; first < s->channels; first += LANES)
            pair(s, io, &m, done, n, first);
        if (s->fade_left > 0 && (s->fade_left -= n) == 0)
            s->tap = s->next_tap;
        if (s->move_left > 0 && (s->move_left -= n) == 0)
            memcpy(s->now, s->aim, sizeof s->now);
        done += n;
    }
}

// Repeats until feedback^k is 1e-7, each as long as the time and the ringing of the cuts. A tape
// that gives back all it hears never ends.
static int64_t tail(const struct ton_config *config, const float *params) {
    const struct params *p = (const struct params *)params;
    const double feedback = feedback_of(params);
    if (feedback > 0.995)
        return INT64_MAX;
    const double repeats = feedback > 1e-7 ? 1.0 + ceil(log(1e-7) / log(feedback)) : 1.0;
    double ringing = 0.0, longest = frames_of(p->time, config->rate, config->tempo);
    for (int i = 0; i < 2; i++) {
        const float hz = i == 0 ? p->low_cut : p->high_cut;
        ringing += hz > OFF_HZ ? cut_ringing((double)hz, config->rate) : 0.0;
    }
    if (mode_of(params) == TAPE) {
        ringing += cut_ringing(TAPE_LOW_HZ, config->rate);
        longest += tape_most_swing(config->rate) + 2 * TON_SLIDING_TAPS;
    }
    return (int64_t)ceil(repeats * (longest + ringing));
}

static bool is_neutral(const float *params) {
    return ((const struct params *)params)->mix == 0.0F;
}

const struct ton_processor ton_processor_delay = {
    .id = "delay",
    .name = "Delay",
    .summary =
        "Echoes by time or note value, digital or tape, with cuts in the loop and ping-pong.",
    .text =
        "Repeats at a time or a note value of the session's tempo. The cuts sit in the loop, so "
        "each repeat is thinner and darker than the one before. A new time cross-fades to the "
        "new tap in 20 ms without bending the pitch. As a tape the repeats waver, soften and sink "
        "back by themselves, and the pitch follows the time: turn it for dub. On a bus fed by "
        "sends "
        "set mix to 100 %; on the strip itself more mix is less of the signal (2.5 dB less at "
        "25 %). Listen to what a phrase leaves in its pause: repeats that are darker "
        "and "
        "thinner than the voice can be louder.",
    .lv2_class = "DelayPlugin",
    .version = 4,
    .rows = rows,
    .n_rows = TON_N(rows),
    .n_params = TON_N(rows),
    .state_size = state_size,
    .init = init,
    .reset = reset,
    .update = update,
    .process = process,
    .tail = tail,
    .is_neutral = is_neutral,
};
