// SPDX-License-Identifier: GPL-3.0-or-later
// Contract: every parameter that can be automated moves under a sine of 1 kHz without zipper noise.
//
// The measure. At 48 kHz the sine has a period of 48 frames. Whatever a processor at rest makes of
// it has that period too: its spectrum is lines at multiples of 1 kHz, harmonics and their aliases
// alike, however much it distorts. A smooth movement widens these lines a little; the sweep here is
// a cosine, from the minimum to the maximum in a second and back in the next. What stands between
// the lines came from something that is not smooth: steps at the grid of the updates (zipper noise,
// at multiples of 750 or 1500 Hz from the lines), a switch, a click. An eighth difference over one
// period, ((1 - z^-48) / 2)^8, keeps just that: all of it half way between two lines, 24 dB less
// 250 Hz from a line, 81 dB less at 100 Hz and 163 dB less at 32 Hz.
//
// A processor that moves by itself (a chorus) or shifts the sine off the lines (a new pitch) has
// something there while the parameter rests, too. Where it has, what counts is what the movement
// adds: anything above 6 kHz, where no such line is near, and 4 dB more than at the loudest of nine
// places of rest (a stereo phase that is swept makes a slow movement a quarter faster).
//
// The defaults are swept at 8 kHz, too, where a grid is longer than many a glide. Nothing lies
// above 6 kHz there, and the steps of 16 frames in which filters move are 2 ms long: the bar is
// 10 dB higher.
//
// What is meant to be heard when it moves says so in its row (`jumps`), with the reason.
#include "rig.h"

#include "ton/biquad.h"

enum { RATE = 48000, LOW_RATE = 8000, ORDER = 8, FRAMES = RATE * 24 / 10 };
enum { PLACES = 8 };
#define AMPLITUDE 0.25
#define BAR -80.0     // dB
#define LOW_BAR -70.0 // at 8 kHz
#define MORE 4.0      // dB

// Energy between the lines while the sweep runs, in all and above 6 kHz, re what came in or went
// out, whichever is more; in dB. `high` is only looked for where somebody asks.
struct spurious {
    double all, high;
};

// Frames: of the sine's period, of its fade, until the sweep begins, of the sweep, in all.
struct span {
    int period, fade, begin, sweep, frames;
};

static struct span span_at(int rate) {
    return (struct span){rate / 1000, rate / 10, rate * 4 / 10, 2 * rate, rate * 24 / 10};
}

UNWATCHED static void high_pass(double *x) {
    struct ton_analogue prototype[4];
    const int sections = ton_analogue_high_pass(prototype, 6000.0, 8);
    for (int k = 0; k < 2 * sections; k++) {
        struct ton_biquad b[2];
        struct ton_biquad_state s = {0};
        ton_biquad_match(b, &prototype[k / 2], RATE);
        for (int i = 0; i < FRAMES; i++)
            x[i] = ton_biquad_run(&b[k % 2], &s, x[i]);
    }
}

UNWATCHED static void keep_between_lines(double *x, const struct span *s) {
    for (int order = 0; order < ORDER; order++)
        for (int i = s->frames - 1; i >= 0; i--)
            x[i] = 0.5 * (x[i] - (i < s->period ? 0.0 : x[i - s->period]));
}

UNWATCHED static double energy_of(const double *x, const struct span *s) {
    double energy = 0.0;
    for (int i = s->begin; i < s->frames; i++)
        energy += x[i] * x[i];
    return energy;
}

static double re(double energy, double whole) {
    return 10.0 * log10(energy / whole + 1e-30);
}

// With `high` where all that is between the lines is above `asks` dB.
static struct spurious spurious_of(const struct audio *a, int rate, double asks) {
    static double x[2][FRAMES];
    const struct span s = span_at(rate);
    double all = 0.0, high = 0.0, out = 0.0;
    for (int c = 0; c < a->channels; c++) {
        for (int i = 0; i < s.frames; i++)
            x[c][i] = (double)a->at[c][i];
        out += energy_of(x[c], &s);
        keep_between_lines(x[c], &s);
        all += energy_of(x[c], &s);
    }
    const double whole = fmax(out, AMPLITUDE * AMPLITUDE / 2.0 * s.sweep * a->channels);
    for (int c = 0; rate == RATE && re(all, whole) > asks && c < a->channels; c++) {
        high_pass(x[c]);
        high += energy_of(x[c], &s);
    }
    return (struct spurious){re(all, whole), re(high, whole)};
}

static double sine_at(int frame, const struct span *s) {
    const double fade = 0.5 - 0.5 * cos(M_PI * fmin(1.0, (double)frame / s->fade));
    return AMPLITUDE * fade * sin(2.0 * M_PI * (frame % s->period) / s->period);
}

// Made when the rate is another than before: it is heard thousands of times.
static const struct audio *sine(int rate) {
    static float x[FRAMES];
    static struct audio in = {.channels = 2, .data = x, .at = {x, x}};
    static int made_for;
    const struct span s = span_at(rate);
    for (int i = 0; i < s.frames && made_for != rate; i++)
        x[i] = (float)sine_at(i, &s);
    made_for = rate;
    in.frames = s.frames;
    return &in;
}

// Where the sweep is, 0 … 1.
static double way_at(int frame, const struct span *s) {
    return frame < s->begin ? 0.0 : 0.5 - 0.5 * cos(2.0 * M_PI * (frame - s->begin) / s->sweep);
}

struct sweep {
    const struct ton_processor *processor;
    const struct leaf *leaf;
    int setting, index, grid, rate;
    int fixed; // a parameter that takes `value` in place of the setting's; -1: none
    float value;
};

static const double MOVING = -1.0;

// `still` from 0 to 1: the parameter rests there.
static struct spurious run_sweep(const struct sweep *s, double still, double asks) {
    const struct ton_processor *p = s->processor;
    float params[MAX_PARAMS];
    setting(params, p, s->setting);
    for (int r = 0, at = 0; r < p->n_rows; at += ton_row_floats(&p->rows[r]), r++)
        if (p->rows[r].kind == TON_GROUP)
            params[at] = (float)p->rows[r].n_max;
    if (s->fixed >= 0)
        params[s->fixed] = s->value;
    params[s->index] = leaf_value(s->leaf, fmax(still, 0.0));
    const struct span span = span_at(s->rate);
    const struct audio *in = sine(s->rate);
    struct audio out = audio_create(2, span.frames);
    struct rig r = rig_create(p, rig_config(s->rate, 2, s->grid), params);
    for (int i = 0; i < span.frames; i += s->grid) {
        const float value = leaf_value(s->leaf, still < 0.0 ? way_at(i, &span) : still);
        if (value != r.params[s->index]) {
            r.params[s->index] = value;
            rig_update(&r);
        }
        rig_step(&r, &out, in, NULL, i, span.frames - i < s->grid ? span.frames - i : s->grid);
    }
    if (!audio_finite(&out))
        fail_msg("%s, %s: sweeping %s makes an output that is no number", p->id,
                 setting_name(s->setting), s->leaf->name);
    const struct spurious found = spurious_of(&out, s->rate, asks);
    rig_destroy(&r);
    audio_destroy(&out);
    return found;
}

// What movement makes, in dB: `own`, and where rest makes as much, `rest`. -INFINITY: nothing.
struct zipper {
    double own, rest;
    bool loud; // own is more than is allowed
};

static double bar_at(int rate) {
    return rate < RATE ? LOW_BAR : BAR;
}

static bool is_louder(const struct spurious *moving, const struct spurious *rest, double bar) {
    return moving->all > rest->all + MORE || rest->all <= bar ||
           (moving->high > bar && moving->high > rest->high + MORE);
}

// Places of rest are heard until one is loud enough: more of them change nothing.
static struct zipper zipper_of(const struct sweep *s) {
    const double bar = bar_at(s->rate);
    const struct spurious moving = run_sweep(s, MOVING, bar);
    if (moving.all <= bar)
        return (struct zipper){moving.all, -INFINITY, false};
    struct spurious rest = {-INFINITY, -INFINITY};
    for (int i = 0; i <= PLACES && is_louder(&moving, &rest, bar); i++) {
        const struct spurious there = run_sweep(s, (double)i / PLACES, -INFINITY);
        rest.all = fmax(rest.all, there.all);
        rest.high = fmax(rest.high, there.high);
    }
    if (!is_louder(&moving, &rest, bar))
        return (struct zipper){-INFINITY, rest.all, false};
    const bool only_high = rest.all > bar && moving.all <= rest.all + MORE;
    return (struct zipper){only_high ? moving.high : moving.all, -INFINITY, true};
}

// Of a group the first and the last instance stand for all.
static bool is_swept(const struct leaf *leaves, int n, int i) {
    if (leaves[i].row->flags & TON_ROW_FIXED || leaves[i].is_count)
        return false;
    const char *number = strchr(leaves[i].name, ' ');
    if (!number || strtol(number, NULL, 10) == 1)
        return true;
    for (int later = i + 1; later < n; later++)
        if (leaves[later].row == leaves[i].row)
            return false;
    return true;
}

static const struct {
    int setting, grid, rate;
} runs[] = {
    {SETTING_DEFAULT, 64, RATE}, /* the engine's grid */
    {SETTING_DEFAULT, 32, RATE}, /* the finest that is promised */
    {SETTING_DEFAULT, 64, LOW_RATE}, {SETTING_RANDOM, 64, RATE}, {SETTING_RANDOM + 1, 32, RATE},
};

// What makes a processor another one: a fixed choice or switch. Of the inner rates the usual one
// stands for all: they do the same, finer.
static bool is_mode(const struct leaf *l) {
    return l->row->flags & TON_ROW_FIXED && !l->is_count && !strchr(l->name, ' ') &&
           (l->row->kind == TON_SWITCH ||
            (l->row->kind == TON_CHOICE && strcmp(l->row->key, "oversampling") != 0));
}

static void hear(struct zipper *worst, const struct sweep *s) {
    const struct zipper z = zipper_of(s);
    worst->own = fmax(worst->own, z.own);
    worst->rest = fmax(worst->rest, z.rest);
    worst->loud |= z.loud;
}

// The loudest of all runs: five, and the defaults in every mode, until one is too loud. A sanitizer
// needs one for each parameter: for two of three among settings drawn at random, which have the
// modes too.
static struct zipper zipper_of_row(const struct ton_processor *p, const struct leaf *leaves, int n,
                                   int index) {
    struct zipper worst = {-INFINITY, -INFINITY, false};
    const int first = fewer(0, TON_N(runs) - 1 - index % 3), n_runs = fewer(TON_N(runs), 1);
    for (int k = first; k < first + n_runs && !worst.loud; k++)
        hear(&worst, &(struct sweep){p, &leaves[index], runs[k].setting, index, runs[k].grid,
                                     runs[k].rate, -1, 0});
    for (int i = 0; i < fewer(n, 0); i++)
        for (float value = 0; is_mode(&leaves[i]) && value <= leaves[i].row->max && !worst.loud;
             value++)
            if (value != leaves[i].row->def)
                hear(&worst, &(struct sweep){p, &leaves[index], SETTING_DEFAULT, index, 64, RATE, i,
                                             value});
    return worst;
}

// A reason that no row needs is none.
static void check_reasons(const struct ton_processor *p, const struct leaf *leaves, int n,
                          const struct zipper *found) {
    for (int i = 0; i < n; i++) {
        bool needed = !is_swept(leaves, n, i) || !leaves[i].row->jumps;
        for (int k = 0; k < n && !needed; k++)
            needed = is_swept(leaves, n, k) && leaves[k].row->jumps && found[k].loud &&
                     strcmp(leaves[k].row->jumps, leaves[i].row->jumps) == 0;
        if (!needed)
            fail_msg("%s: %s declares that its movement is heard (%s), and nothing is", p->id,
                     leaves[i].name, leaves[i].row->jumps);
    }
}

static void every_parameter_moves_under_a_sine_without_zipper_noise(void **unused) {
    (void)unused;
    static struct leaf leaves[MAX_PARAMS];
    static struct zipper found[MAX_PARAMS];
    int loud = 0;
    for_each_processor(p) {
        const int n = leaves_of(leaves, p);
        int worst = -1, swept = 0;
        for (int i = 0; i < n; i++) {
            if (!is_swept(leaves, n, i))
                continue;
            swept++;
            found[i] = zipper_of_row(p, leaves, n, i);
            if (found[i].loud && leaves[i].row->jumps)
                figure("%-12s %s is heard moving, %.1f dB: %s", p->id, leaves[i].name, found[i].own,
                       leaves[i].row->jumps);
            else if (found[i].loud)
                loud += figure("%-12s %s makes %.1f dB (at most %.0f, at 8 kHz %.0f)", p->id,
                               leaves[i].name, found[i].own, BAR, LOW_BAR) > 0;
            else if (worst < 0 || found[i].own > found[worst].own)
                worst = i;
            if (isfinite(found[i].rest))
                figure("%-12s %s makes no more than is there at rest (%.1f dB)", p->id,
                       leaves[i].name, found[i].rest);
        }
        if (fewer(true, false)) // only all runs can tell
            check_reasons(p, leaves, n, found);
        if (worst >= 0 && isfinite(found[worst].own))
            figure("%-12s %d parameters swept; else at most %.1f dB (%s)", p->id, swept,
                   found[worst].own, leaves[worst].name);
    }
    assert_int_equal(loud, 0);
}

// The sine times a gain in dB that sweeps over `range`, held for `hold` frames, then bent by a
// cubic; and a sample of `click` in the middle.
static struct spurious measured(double range, int hold, double bend, double click) {
    const struct span s = span_at(RATE);
    struct audio a = audio_create(1, FRAMES);
    for (int i = 0; i < FRAMES; i++) {
        const double x = sine_at(i, &s) * pow(10.0, range * way_at(i / hold * hold, &s) / 20.0);
        a.at[0][i] = (float)(x - bend * x * x * x);
    }
    a.at[0][s.begin + s.sweep / 2] += (float)click;
    const struct spurious found = spurious_of(&a, RATE, -INFINITY);
    audio_destroy(&a);
    return found;
}

// A staircase is its smooth curve less a saw tooth: at the m-th multiple of the grid's frequency
// each of two lines beside the sine has step / (2 pi m) of its amplitude. At 1500 Hz those of odd m
// fall half way between the lines; the sum of their powers is that of the sine times step^2 / 16.
static double staircase_db(double range, int hold) {
    const struct span s = span_at(RATE);
    double steps = 0.0, whole = 0.0;
    for (int i = s.begin; i < FRAMES; i++) {
        const double now = pow(10.0, range * way_at(i, &s) / 20.0);
        const double step = pow(10.0, range * way_at(i + hold, &s) / 20.0) - now;
        steps += step * step / 16.0;
        whole += now * now;
    }
    return 10.0 * log10(steps / fmax(whole, s.sweep));
}

static void the_measure_hears_steps_and_clicks_but_no_smooth_movement(void **unused) {
    (void)unused;
    const double smooth = measured(-40.0, 1, 0.0, 0.0).all, bent = measured(-40.0, 1, 2.0, 0.0).all;
    figure("40 dB in a second: %.1f dB; bent by a cubic %.1f dB (at most -120)", smooth, bent);
    assert_true(smooth < -120.0 && bent < -120.0);
    const double steps = measured(-40.0, 32, 0.0, 0.0).all, expected = staircase_db(-40.0, 32);
    figure("in steps of 32 frames %.2f dB (by theory %.2f), above 6 kHz %.2f dB", steps, expected,
           measured(-40.0, 32, 0.0, 0.0).high);
    assert_true(fabs(steps - expected) < 0.3);
    // Of white noise ((1 - z^-48) / 2)^8 keeps C(16, 8) / 2^16.
    const double click = measured(0.0, 1, 0.0, 0.01).all;
    const double kept =
        10.0 * log10(1e-4 * 12870.0 / 65536.0 / (AMPLITUDE * AMPLITUDE / 2.0 * 2.0 * RATE));
    figure("a click of -40 dBFS %.2f dB (by theory %.2f)", click, kept);
    assert_true(fabs(click - kept) < 0.1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_measure_hears_steps_and_clicks_but_no_smooth_movement),
        cmocka_unit_test(every_parameter_moves_under_a_sine_without_zipper_noise),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
