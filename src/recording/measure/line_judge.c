/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a line's figures mean. The limits are a studio's habits; doc/design/line-check.md says where
 * each comes from. */
#include "line_judge.h"

#include "ton/db.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* dB below the nominal level. A microphone hears its room; what comes by wire does not. */
static const struct noise_limits {
    const char *source; /* its first word */
    double attention, fault;
} noise_limits[] = {
    {"line", 60, 45},      {"digital", 70, 50}, {"DI", 50, 35},
    {"active DI", 50, 35}, {"", 40, 25}, /* microphones, and what nobody named */
};

static const double hum_attention_db = 50, hum_fault_db = 32; /* below the nominal level */
static const double tone_least_db = 12; /* below the nominal level: a line-up tone is about it */
static const double tone_same_db = 3;   /* hum so near a tone is the tone, under something else */
static const double dc_attention = 0.001, dc_fault = 0.01; /* -60 and -40 dB of full scale */
enum { steps_attention = 2 };                              /* one may be a chair */
static const double signal_least_s = 0.15;                 /* a plug that is put in is shorter */

void line_remark(struct line_remarks *r, enum ton_checked weight, const char *kind,
                 const char *remedy, const char *format, ...) {
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    const char *found = ton_arena_text(r->arena, text);
    struct ton_check_remark *remark = TON_PUSH(r->arena, r->items, r->n, r->capacity);
    if (remark && found)
        *remark = (struct ton_check_remark){weight, kind, found, remedy, 0};
}

static enum ton_checked weigh(bool attention, bool fault) {
    return fault ? TON_CHECKED_FAULT : attention ? TON_CHECKED_ATTENTION : TON_CHECKED_OK;
}

static bool is_from(const struct ton_input *input, const char *source) {
    return strncmp(input->source ? input->source : "", source, strlen(source)) == 0;
}

/* What is wired by its name alone may come through a box as well as by `line`. */
static const struct noise_limits *noise_limits_of(const struct ton_input *input) {
    const char *const source = input->source ? input->source : input->wired ? "DI" : "";
    const struct noise_limits *limits = noise_limits;
    while (strncmp(source, limits->source, strlen(limits->source)) != 0)
        limits++;
    return limits;
}

static void judge_noise(struct line_remarks *r, const struct ton_input *input,
                        const struct ton_line *line) {
    const double noise = line->noise.a_dbfs, below = input->level_dbfs - noise;
    const struct noise_limits *const limits = noise_limits_of(input);
    if (!isfinite(noise))
        return;
    const enum ton_checked weight = weigh(below < limits->attention, below < limits->fault);
    line_remark(r, weight, "noise",
                weight == TON_CHECKED_OK
                    ? NULL
                    : "turn the gain down if it plays loud enough; else try another cable, "
                      "preamplifier or source, in that order, and listen which one it comes from",
                "noise at %.0f dBFS (A-weighted), %.0f dB below the nominal level", noise, below);
}

static const char *hum_remedy(enum ton_hum_cause cause) {
    static const char *const remedies[] = {
        [TON_HUM_INDUCED] =
            "an unbalanced line or one that lies beside mains: use a balanced cable "
            "or a DI, keep it away from power supplies and cross power leads at a "
            "right angle",
        [TON_HUM_EARTH_LOOP] = "an earth loop: lift the earth at the DI or break the shield at one "
                               "end, and take power for both ends from one outlet; never lift the "
                               "safety earth",
        [TON_HUM_POWER_SUPPLY] = "a power supply: try another one, or batteries, on what is "
                                 "connected here",
        [TON_HUM_DIMMER] = "a dimmer or a switched supply: put light and sound on different "
                           "phases, run the dimmer fully open or off, use balanced lines",
    };
    return remedies[cause];
}

static const char *hum_cause(enum ton_hum_cause cause) {
    static const char *const names[] = {[TON_HUM_INDUCED] = "induced hum",
                                        [TON_HUM_EARTH_LOOP] = "hum of an earth loop",
                                        [TON_HUM_POWER_SUPPLY] = "hum of a power supply",
                                        [TON_HUM_DIMMER] = "buzz of a dimmer"};
    return names[cause];
}

static void judge_hum(struct line_remarks *r, const struct ton_input *input,
                      const struct line_sum *sum) {
    const struct ton_line_hum *hum = &sum->line.hum;
    if (!line_sum_hums(sum) || fabs(hum->total_dbfs - sum->line.tone_dbfs) < tone_same_db)
        return;
    const double below = input->level_dbfs - hum->total_dbfs;
    line_remark(r, weigh(below < hum_attention_db, below < hum_fault_db), "hum",
                below < hum_attention_db ? hum_remedy(hum->cause) : NULL,
                "%s: %.1f Hz and multiples up to %.0f Hz, %.0f dBFS in all, %.0f dB below the "
                "nominal level",
                hum_cause(hum->cause), hum->hz, hum->highest_hz, hum->total_dbfs, below);
}

/* The purest mains, made anew from a battery, might look the same: a tone that nobody would set
 * levels with is for people to find out. */
static void judge_tone(struct line_remarks *r, const struct ton_input *input,
                       const struct ton_line *line) {
    const double below = input->level_dbfs - line->tone_dbfs;
    if (isnan(line->tone_dbfs))
        return;
    line_remark(
        r, weigh(below > tone_least_db, false), "tone",
        below > tone_least_db ? "switch the generator off and listen again: if the tone "
                                "stays, it is hum"
                              : NULL,
        "a tone of %.1f Hz at %.1f dBFS, %.0f dB below the nominal level, without multiples: a "
        "generator's, for the mains have some",
        line->tone_hz, line->tone_dbfs, below);
}

static void judge_phone(struct line_remarks *r, const struct ton_input *input,
                        const struct ton_line *line) {
    if (!isnan(line->phone_dbfs))
        line_remark(r, weigh(true, input->level_dbfs - line->phone_dbfs < hum_fault_db), "rf",
                    "a mobile phone near this line: switch it off or carry it away; if it comes "
                    "back, a balanced cable with a good shield, or another way for it",
                    "buzz of a mobile phone (216.7 Hz and multiples) at %.0f dBFS, %.0f dB below "
                    "the nominal level",
                    line->phone_dbfs, input->level_dbfs - line->phone_dbfs);
}

static void judge_dc(struct line_remarks *r, const struct ton_line *line) {
    const double dc = fabs(line->dc);
    if (dc >= dc_attention)
        line_remark(
            r, weigh(true, dc >= dc_fault), "dc",
            "unplug the source: if it stays, preamplifier or converter is not right, so use "
            "another channel, or its high pass until it is repaired",
            "DC of %+.2f %% of full scale (%.0f dBFS)", 100 * line->dc, ton_gain_to_db(dc));
}

static bool is_clipped(const struct ton_line_clipping *c) {
    return c->overs > 0 || c->flat_tops > 0;
}

/* A sample or two at full scale are where a normalised file has them; what came through a converter
 * was probably more. */
static void judge_clipping(struct line_remarks *r, const struct ton_input *input,
                           const struct ton_line *line) {
    const struct ton_line_clipping *c = &line->clipping;
    if (c->overs > 0)
        line_remark(r, TON_CHECKED_FAULT, "clipping", "turn the gain down, then listen again",
                    "clipped: %lld samples at full scale, in %lld place%s three or more in a row",
                    (long long)c->full_scale, (long long)c->overs, c->overs == 1 ? "" : "s");
    else if (c->flat_tops > 0)
        line_remark(r, TON_CHECKED_FAULT, "clipping",
                    "something ahead of the converter is overloaded: a pad or less gain at the "
                    "preamplifier, the DI or the transmitter",
                    "clipped ahead of the converter: %d flat tops at %.1f dBFS", c->flat_tops,
                    c->level_dbfs);
    else if (c->full_scale > 0 && !is_from(input, "digital"))
        line_remark(r, TON_CHECKED_ATTENTION, "clipping", "turn the gain down, then listen again",
                    "%lld sample%s at full scale, nowhere three in a row: it may have clipped",
                    (long long)c->full_scale, c->full_scale == 1 ? "" : "s");
}

static void judge_slips(struct line_remarks *r, const struct line_sum *sum) {
    const struct ton_line_crackle *c = &sum->line.crackle;
    const double ppm = 1e6 / c->slip_frames;
    if (line_sum_slips(sum))
        line_remark(r, TON_CHECKED_FAULT, "clock",
                    "two clocks: let one device be the master and the others follow its word clock "
                    "or digital input, or put a sample rate converter between them",
                    "a sample is lost or doubled in each %.0f (%d were found): its clock is %.1f "
                    "ppm off",
                    c->slip_frames, c->slips, ppm);
    else
        line_remark(r, TON_CHECKED_ATTENTION, "clock",
                    "listen again for longer while something sustained is played: a clock that is "
                    "off stays so",
                    "a sample seems to be lost or doubled in each %.0f for some seconds (%d were "
                    "found): its clock may be %.1f ppm off",
                    c->slip_frames, c->slips, ppm);
}

/* What was cut off at the top has edges at even distances of its own. */
static void judge_crackle(struct line_remarks *r, const struct line_sum *sum) {
    const struct ton_line_crackle *c = &sum->line.crackle;
    char distance[64] = "", repeats[48] = "", holes[32] = "";
    if (c->repeats)
        snprintf(repeats, sizeof repeats, "%d repeated block%s%s", c->repeats,
                 c->repeats == 1 ? "" : "s", c->holes ? ", " : "");
    if (c->holes)
        snprintf(holes, sizeof holes, "%d hole%s", c->holes, c->holes == 1 ? "" : "s");
    if (c->period_frames)
        snprintf(distance, sizeof distance, ", multiples of %d samples apart", c->period_frames);
    if (c->repeats || c->holes)
        line_remark(r, TON_CHECKED_FAULT, "crackle",
                    "a clock fault: let one device be the master and the others follow its clock, "
                    "look at the word clock's cable and termination, or take a longer period",
                    "digital dropouts: %s%s%s", repeats, holes, distance);
    else if (is_clipped(&sum->line.clipping))
        return;
    else if (line_sum_slips(sum) || line_sum_may_slip(sum))
        judge_slips(r, sum);
    else if (c->steps >= steps_attention)
        line_remark(r, weigh(true, c->period_frames > 0), "clicks",
                    "move plug and cable while listening; with digital lines look at the clock",
                    "%d clicks of a few samples%s", c->steps, distance);
}

static void judge_silence(struct line_remarks *r, const struct ton_input *input) {
    line_remark(r, TON_CHECKED_OPEN, "quiet",
                ton_source_is_phantom(input->source)
                    ? "play or speak into it while this listens; it needs +48 V"
                    : "play or speak into it while this listens",
                "nothing was played");
}

static bool is_played(const struct ton_line *line) {
    return !line->dead && !isnan(line->rms_dbfs) && line->signal_seconds >= signal_least_s;
}

static bool has_level(const struct line_sum *sum) {
    return sum->windows > 0 && is_played(&sum->line) && !is_clipped(&sum->line.clipping);
}

void line_judge(struct line_remarks *r, struct ton_line_checked *out, const struct line_sum *sum,
                const struct line_other *other) {
    const struct ton_line *line = &sum->line;
    out->line = line_sum_told(sum);
    out->gain_db = NAN;
    if (sum->windows == 0)
        return;
    if (line->dead) {
        line_remark(r, TON_CHECKED_FAULT, "dead",
                    "look whether this is its port, the cable is in, the channel is not muted and "
                    "a digital input has a clock",
                    "no sound at all: every sample is the same");
        return;
    }
    judge_noise(r, out->input, line);
    judge_hum(r, out->input, sum);
    judge_tone(r, out->input, line);
    judge_phone(r, out->input, line);
    judge_dc(r, line);
    judge_clipping(r, out->input, line);
    judge_crackle(r, sum);
    if (!is_played(line))
        judge_silence(r, out->input);
    else if (!is_clipped(&line->clipping))
        line_judge_level(r, out, line, other && has_level(other->sum) ? other : NULL);
}

/* The gravest first, else in their order. */
static void sort(struct ton_check_remark *items, size_t n) {
    for (size_t i = 1; i < n; i++) {
        const struct ton_check_remark one = items[i];
        size_t k = i;
        for (; k > 0 && ton_checked_graver(one.weight, items[k - 1].weight); k--)
            items[k] = items[k - 1];
        items[k] = one;
    }
}

void line_conclude(struct line_remarks *r, struct ton_line_checked *out) {
    sort(r->items, r->n);
    out->verdict = r->n ? r->items[0].weight : TON_CHECKED_OPEN;
    out->remarks = r->items;
    out->n_remarks = (int)r->n;
}
