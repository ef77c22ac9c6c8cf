/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What two lines have to do with each other: polarity, time, one signal on both, crosstalk. */
#include "line_pairs.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double alike = 0.98; /* correlation from which a closer look is worth it */
static const double crosstalk_sure =
    0.8; /* confidence: music that has notes in common has up to 0.73 */
static const double wire_attention_db = -50, wire_fault_db = -30; /* crosstalk between wires */
static const double pair_most_ms = 2; /* of time between the sides of a pair, before it is told */
enum { far_windows = 3 };             /* that must have been heard before time alone is believed */
static const double played_least_s = 0.5; /* of both, before anything is asked of their polarity */
static const double played_long_s = 30;   /* what is not decided by then stays open for good */

static struct line_pair_sum *find(struct line_pairs *pairs, int a, int b) {
    for (size_t i = 0; i < pairs->n; i++)
        if (pairs->items[i].first == a && pairs->items[i].second == b)
            return &pairs->items[i];
    struct line_pair_sum *pair = TON_PUSH(pairs->arena, pairs->items, pairs->n, pairs->capacity);
    if (pair)
        *pair = (struct line_pair_sum){
            .first = a, .second = b, .delay_frames = NAN, .crosstalk_db = {NAN, NAN}};
    return pair;
}

static struct line_pair_sum *find_beside(struct line_pairs *pairs, int i, int k) {
    return k < 0 ? NULL : find(pairs, i < k ? i : k, i < k ? k : i);
}

void line_pairs_make(struct line_pairs *pairs, struct ton_arena *arena,
                     const struct ton_input *inputs, int n) {
    *pairs = (struct line_pairs){.arena = arena};
    for (int i = 0; i + 1 < n; i++)
        find(pairs, i, i + 1);
    for (int i = 0; i < n; i++) {
        struct line_pair_sum *pair = find_beside(pairs, i, ton_input_neighbour(inputs, n, i));
        if (!pair || pair->neighbours)
            continue;
        pair->neighbours = true;
        pair->history = ton_line_history_new(arena);
    }
    for (int i = 0; i < n; i++) {
        struct line_pair_sum *pair = find_beside(pairs, i, ton_input_next(inputs, n, i));
        if (!pair || pair->history)
            continue;
        pair->numbered = true;
        pair->history = ton_line_history_new(arena);
    }
}

static void add(struct line_pair_sum *sum, const struct ton_line_pair *w) {
    sum->windows++;
    if (w->duplicate) {
        sum->duplicates++;
        sum->gain_db = w->gain_db;
        sum->residual_db = w->residual_db;
    }
    sum->polarity = w->polarity;
    sum->confidence = w->polarity_confidence;
    sum->delay_frames = w->delay_frames;
    for (int i = 0; i < 2; i++)
        if (w->crosstalk_confidence[i] >= crosstalk_sure)
            sum->crosstalk_db[i] = fmax(sum->crosstalk_db[i], w->crosstalk_db[i]);
}

static void add_alike(void *pairs, int a, int b) {
    find(pairs, a, b);
}

enum ton_code line_pairs_add(struct line_pairs *pairs, const float *const *in, int n,
                             int64_t frames, const struct ton_line_config *config,
                             struct ton_err *err) {
    enum ton_code code = ton_lines_find_alike(in, n, frames, alike, add_alike, pairs, err);
    for (size_t i = 0; i < pairs->n && !code; i++) {
        struct line_pair_sum *sum = &pairs->items[i];
        struct ton_line_pair pair;
        const float *const both[2] = {in[sum->first], in[sum->second]};
        code = ton_lines_compare(&pair, sum->history, both, frames, config, err);
        if (!code)
            add(sum, &pair);
    }
    return code ? code
           : ton_arena_failed(pairs->arena)
               ? ton_fail(err, TON_MEMORY, NULL, "no memory to compare lines")
               : TON_OK;
}

static bool is_duplicate(const struct line_pair_sum *sum) {
    return 2 * sum->duplicates > sum->windows;
}

/* Never -0.0. */
static double told_gain_db(const struct line_pair_sum *sum) {
    return round(10 * sum->gain_db) / 10 + 0.0;
}

static const char *same_text(struct line_remarks *r, const struct line_pair_sum *sum,
                             const char *other) {
    const double gain = told_gain_db(sum);
    const char *level = gain == 0 ? "as loud" : ton_arena_printf(r->arena, "%+.1f dB", gain);
    return ton_arena_printf(r->arena,
                            "the same signal as `%s`, %s; what differs is %.0f dB below it", other,
                            level, -sum->residual_db);
}

/* The input list does not say what they are: two microphones on one signal, or mono keys. */
static void judge_duplicate_sides(struct line_remarks *r, const struct line_pair_sum *sum,
                                  const char *other) {
    line_remark(r, TON_CHECKED_ATTENTION, "duplicate",
                "are both sides of one instrument that plays in mono? Then write `source: line` or "
                "`source: DI` at both in the input list; else look at the patch bay, the splitter "
                "and the routing",
                "%s", same_text(r, sum, other));
}

static void judge_duplicate(struct line_remarks *r, const struct line_pair_sum *sum,
                            const char *other) {
    line_remark(r, TON_CHECKED_FAULT, "duplicate",
                "two inputs get one signal: look at the patch bay, the splitter and the routing",
                "%s", same_text(r, sum, other));
}

/* Nothing is known of their polarity: they are too far from each other and have to be moved first,
 * or more has to be played, or it is of no use to play more. */
static void judge_undecided(struct line_remarks *r, const struct line_pair_sum *sum,
                            const char *other, double ms, double played_s) {
    if (sum->windows >= far_windows && fabs(ms) > pair_most_ms)
        line_remark(r, TON_CHECKED_ATTENTION, "time",
                    "move one of the two, or delay the earlier one, then listen again",
                    "%.1f ms (%.0f samples) %s `%s`, too far to tell whether they are in polarity",
                    fabs(ms), fabs(sum->delay_frames), ms < 0 ? "before" : "after", other);
    else if (played_s >= played_long_s)
        line_remark(r, TON_CHECKED_OK, "polarity", NULL, "its polarity against `%s` cannot be told",
                    other);
    else if (played_s >= played_least_s)
        line_remark(r, TON_CHECKED_OPEN, "polarity",
                    "play on, for 15 s or more, something that both hear",
                    "nothing is known of its polarity against `%s` yet", other);
}

/* Against what is expected of the two: a microphone below a drum hears it the other way round, and
 * the input list may say so of any line. */
static void judge_reversed(struct line_remarks *r, const struct ton_input *first,
                           const struct ton_input *second, const char *apart) {
    if (ton_input_is_inverted(first) != ton_input_is_inverted(second))
        line_remark(r, TON_CHECKED_FAULT, "polarity",
                    "look whether cable or preamplifier turns it already; then take `polarity: "
                    "inverted` out of the input list and the track",
                    "in polarity with `%s`, though the input list has one of the two "
                    "as inverted, %s",
                    first->name, apart);
    else if (ton_input_is_beneath(first) != ton_input_is_beneath(second))
        line_remark(r, TON_CHECKED_ATTENTION, "polarity",
                    "turn it with `polarity: inverted` at its track; the same at its line in "
                    "`inputs` of production.yaml says that this is meant",
                    "reversed against `%s`, as a microphone from below is, %s", first->name, apart);
    else
        line_remark(r, TON_CHECKED_FAULT, "polarity",
                    "turn the polarity of one of the two: a cable that is soldered the other way "
                    "round, a switch at the preamplifier, or `polarity: inverted` at its track",
                    "reversed against `%s`, %s", first->name, apart);
}

/* As it comes in, or as it is expected to. */
static enum ton_polarity polarity_of(const struct line_pair_sum *sum, const struct ton_input *first,
                                     const struct ton_input *second) {
    if (sum->polarity == TON_POLARITY_UNDECIDED ||
        ton_input_is_inverted(first) == ton_input_is_inverted(second))
        return sum->polarity;
    return sum->polarity == TON_POLARITY_NORMAL ? TON_POLARITY_REVERSED : TON_POLARITY_NORMAL;
}

/* "1.54 ms (73.9 samples) after it" */
struct apart {
    char text[64];
};

static struct apart apart_of(const struct line_pair_sum *sum, double rate) {
    const double ms = 1000 * sum->delay_frames / rate;
    struct apart apart;
    snprintf(apart.text, sizeof apart.text, "%.2f ms (%.1f samples) %s it", fabs(ms),
             fabs(sum->delay_frames), ms < 0 ? "before" : "after");
    return apart;
}

/* `played_s`: how long both sounded. */
static void judge_polarity(struct line_remarks *r, const struct line_pair_sum *sum,
                           const struct ton_input *first, const struct ton_input *second,
                           double rate, double played_s) {
    const double ms = 1000 * sum->delay_frames / rate;
    const enum ton_polarity polarity = polarity_of(sum, first, second);
    const struct apart apart = apart_of(sum, rate);
    if (polarity == TON_POLARITY_REVERSED)
        judge_reversed(r, first, second, apart.text);
    else if (polarity == TON_POLARITY_NORMAL)
        line_remark(r, fabs(ms) > pair_most_ms ? TON_CHECKED_ATTENTION : TON_CHECKED_OK, "time",
                    fabs(ms) > pair_most_ms
                        ? "move one of the two, or delay the earlier one, if they are to sound as "
                          "one"
                        : NULL,
                    "%s `%s`, %s",
                    polarity == sum->polarity ? "in polarity with"
                                              : "reversed, as the input list has it, against",
                    first->name, apart.text);
    else
        judge_undecided(r, sum, first->name, ms, played_s);
}

/* `Overhead 1` and `Overhead 2` hear one thing, `Vocal 1` and `Vocal 2` need not: nobody is asked
 * to play for that, but what was heard is told. */
static void judge_numbered(struct line_remarks *r, const struct line_pair_sum *sum,
                           const char *other, double rate) {
    const bool reversed = sum->polarity == TON_POLARITY_REVERSED;
    if (sum->polarity == TON_POLARITY_UNDECIDED)
        line_remark(r, TON_CHECKED_OK, "polarity", NULL,
                    "it is not known whether it is in polarity with `%s`", other);
    else
        line_remark(r, reversed ? TON_CHECKED_ATTENTION : TON_CHECKED_OK,
                    reversed ? "polarity" : "time",
                    reversed ? ton_arena_printf(r->arena,
                                                "if the two are to hear one thing alike, as "
                                                "overheads do, turn the polarity of one of them, "
                                                "and write `pair: %s` at this one",
                                                other)
                             : NULL,
                    "%s `%s`, %s", reversed ? "reversed against" : "in polarity with", other,
                    apart_of(sum, rate).text);
}

/* What comes by wire should hear nothing else; microphones do. */
static bool by_wire(const struct ton_input *input) {
    if (!input->source)
        return input->wired;
    return strstr(input->source, "DI") || strcmp(input->source, "line") == 0 ||
           strcmp(input->source, "digital") == 0;
}

/* The two sides of a keyboard, a player or a mixer: how much of the one is in the other, how late
 * and which way round, whoever made the sound meant so. Only the same upside down is a plug. */
static void judge_sides(struct line_remarks *r, const struct line_pair_sum *sum, const char *other,
                        double rate, double played_s) {
    static const char *const swap = "turn the polarity of one of the two: most likely a balanced "
                                    "plug is wired the other way round";
    const bool reversed = sum->polarity == TON_POLARITY_REVERSED;
    if (is_duplicate(sum) && reversed)
        line_remark(r, TON_CHECKED_FAULT, "polarity", swap,
                    "the same signal as `%s` upside down, %+.1f dB: in mono they cancel", other,
                    told_gain_db(sum));
    else if (is_duplicate(sum))
        line_remark(
            r, TON_CHECKED_OK, "duplicate", NULL,
            "the same signal as `%s`, %+.1f dB: both sides carry one thing, so mono would do",
            other, told_gain_db(sum));
    else if (reversed)
        line_remark(r, TON_CHECKED_ATTENTION, "polarity",
                    "listen to both in mono: if that is thin and the instrument widens nothing by "
                    "itself, turn the polarity of one of the two",
                    "what both sides have in common is reversed against `%s`", other);
    else if (sum->polarity == TON_POLARITY_NORMAL)
        line_remark(r, TON_CHECKED_OK, "time", NULL, "in polarity with `%s`, %s", other,
                    apart_of(sum, rate).text);
    else if (played_s >= played_least_s)
        line_remark(r, TON_CHECKED_OK, "polarity", NULL,
                    "too little in common with `%s` to tell its polarity", other);
}

static void judge_crosstalk(struct line_remarks *r, const struct ton_input *heard_in,
                            const struct ton_input *heard, double db) {
    if (isnan(db) || !by_wire(heard_in) || db < wire_attention_db)
        return;
    line_remark(r, db < wire_fault_db ? TON_CHECKED_ATTENTION : TON_CHECKED_FAULT, "crosstalk",
                "keep the two cables apart, use balanced ones, and look for a bad shield or a "
                "solder bridge in multicore and stage box",
                "`%s` is heard in it at %.0f dB", heard->name, db);
}

/* How far the sign leads is a figure for programs: no chance of being right can be told from it. */
static void keep_lead(struct line_remarks *r, size_t from, const struct line_pair_sum *sum) {
    for (size_t i = from; i < r->n; i++)
        if (strcmp(r->items[i].kind, "polarity") == 0 && sum->polarity == TON_POLARITY_REVERSED)
            r->items[i].lead = sum->confidence;
}

/* Neighbours hear one thing on purpose, so that there is no crosstalk between them. */
static void judge_neighbours(struct line_remarks *r, const struct line_pair_sum *sum,
                             const struct ton_input *first, const struct ton_input *second,
                             double rate, double played_s) {
    const bool wires = by_wire(first) && by_wire(second);
    if (wires && ton_input_is_inverted(first) == ton_input_is_inverted(second))
        judge_sides(r, sum, first->name, rate, played_s);
    else if (!wires && is_duplicate(sum) && sum->polarity != TON_POLARITY_REVERSED &&
             !first->source && !second->source && ton_inputs_are_stereo(first, second))
        judge_duplicate_sides(r, sum, first->name);
    else if (!wires && is_duplicate(sum))
        judge_duplicate(r, sum, first->name);
    else
        judge_polarity(r, sum, first, second, rate, played_s);
}

void line_pairs_judge(const struct line_pairs *pairs, struct line_remarks *remarks,
                      const struct ton_input *inputs, const struct line_sum *sums, double rate) {
    for (size_t i = 0; i < pairs->n; i++) {
        const struct line_pair_sum *sum = &pairs->items[i];
        struct line_remarks *r = &remarks[sum->second];
        const struct ton_input *first = &inputs[sum->first], *second = &inputs[sum->second];
        const size_t before = r->n;
        if (sum->windows == 0)
            continue;
        if (sum->neighbours) {
            judge_neighbours(
                r, sum, first, second, rate,
                fmin(sums[sum->first].line.signal_seconds, sums[sum->second].line.signal_seconds));
        } else if (is_duplicate(sum)) {
            judge_duplicate(r, sum, first->name);
        } else {
            const bool dead = sums[sum->first].line.dead || sums[sum->second].line.dead;
            if (sum->numbered && !dead && !by_wire(first) && !by_wire(second))
                judge_numbered(r, sum, first->name, rate);
            judge_crosstalk(r, second, first, sum->crosstalk_db[0]);
            judge_crosstalk(&remarks[sum->first], first, second, sum->crosstalk_db[1]);
        }
        keep_lead(r, before, sum);
    }
}

bool line_pairs_other(struct line_other *out, const struct line_pairs *pairs,
                      const struct ton_input *inputs, const struct line_sum *sums, int i) {
    for (size_t k = 0; k < pairs->n; k++) {
        const struct line_pair_sum *pair = &pairs->items[k];
        const int other = pair->first == i ? pair->second : pair->first;
        if ((pair->first != i && pair->second != i) || !pair->neighbours ||
            !ton_inputs_are_stereo(&inputs[i], &inputs[other]))
            continue;
        *out = (struct line_other){&inputs[other], &sums[other],
                                   !by_wire(&inputs[i]) && !by_wire(&inputs[other])};
        return true;
    }
    return false;
}

bool line_pairs_none(const struct line_pairs *pairs, const struct ton_input *inputs, int n) {
    int microphones = 0;
    bool none = true;
    for (int i = 0; i < n; i++)
        microphones += !by_wire(&inputs[i]);
    for (size_t i = 0; i < pairs->n; i++)
        none = none && !pairs->items[i].neighbours &&
               !(pairs->items[i].numbered && pairs->items[i].polarity != TON_POLARITY_UNDECIDED);
    return none && microphones > 1;
}
