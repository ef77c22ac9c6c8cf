/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Windows of a line become one result: the quietest tells the noise, the loudest the peak. */
#include "line_sum.h"

#include "ton/db.h"

#include <math.h>

static const double same_distance = 0.01; /* of slips: clocks drift */
static const double lone_chance = 1e-7; /* of a single window: what machines play has up to 3e-6 */

static void add_noise(struct line_sum *sum, const struct ton_line *w) {
    if (isnan(sum->line.dc))
        sum->line.dc = w->dc;
    if (isnan(w->noise.rms_dbfs) ||
        (sum->windows > 0 && sum->line.noise.rms_dbfs <= w->noise.rms_dbfs))
        return;
    sum->line.noise = w->noise;
    sum->line.dc = w->dc;
}

static void add_hum(struct line_sum *sum, const struct ton_line *w) {
    if (w->hum.cause == TON_HUM_NONE)
        return;
    if (sum->humming++ == 0 || w->quiet_seconds > sum->hum_quiet) {
        sum->line.hum = w->hum;
        sum->hum_quiet = w->quiet_seconds;
    }
}

static void add_tone(struct line_sum *sum, const struct ton_line *w) {
    if (isnan(w->tone_dbfs) || w->tone_dbfs <= sum->line.tone_dbfs)
        return;
    sum->line.tone_hz = w->tone_hz;
    sum->line.tone_dbfs = w->tone_dbfs;
}

static void add_signal(struct line_sum *sum, const struct ton_line *w) {
    struct ton_line *line = &sum->line;
    line->peak_dbfs = fmax(line->peak_dbfs, w->peak_dbfs);
    if (w->signal_seconds > 0 && isfinite(w->rms_dbfs)) {
        const double rms = ton_db_to_gain(w->rms_dbfs);
        sum->energy += rms * rms * w->signal_seconds;
        line->signal_seconds += w->signal_seconds;
        line->rms_dbfs = ton_gain_to_db(sqrt(sum->energy / line->signal_seconds));
        line->crest_db = line->peak_dbfs - line->rms_dbfs;
    }
}

static void add_seconds(struct line_sum *sum, const struct ton_line *w) {
    for (int i = 0; i < TON_LINE_LEVELS; i++)
        sum->line.seconds_at[i] += w->seconds_at[i];
}

static void add_phone(struct line_sum *sum, const struct ton_line *w) {
    sum->line.phone_dbfs = fmax(sum->line.phone_dbfs, w->phone_dbfs); /* NaN is none */
}

static void add_clipping(struct line_sum *sum, const struct ton_line *w) {
    struct ton_line_clipping *all = &sum->line.clipping;
    all->full_scale += w->clipping.full_scale;
    all->overs += w->clipping.overs;
    all->flat_tops += w->clipping.flat_tops;
    all->level_dbfs = fmax(all->level_dbfs, w->clipping.level_dbfs); /* NaN is none */
}

static void add_crackle(struct line_sum *sum, const struct ton_line *w) {
    struct ton_line_crackle *all = &sum->line.crackle;
    all->repeats += w->crackle.repeats;
    all->holes += w->crackle.holes;
    all->steps += w->crackle.steps;
    if (w->crackle.period_frames)
        all->period_frames = w->crackle.period_frames;
}

/* Where every other slip was missed, a distance is twice what it is elsewhere. */
static bool is_multiple(double a, double b) {
    const double times = fmax(a, b) / fmin(a, b);
    return times < 2.5 && fabs(times - round(times)) <= same_distance * times;
}

/* A clock has one distance in all windows; in a single one it may be chance. */
static void add_slips(struct line_sum *sum, const struct ton_line_crackle *w) {
    struct ton_line_crackle *all = &sum->line.crackle;
    if (w->slips == 0)
        return;
    const bool another = sum->slipping && !is_multiple(w->slip_frames, all->slip_frames);
    if (another && (line_sum_slips(sum) || w->slip_chance >= all->slip_chance))
        return;
    if (another || sum->slipping == 0)
        sum->slipping = all->slips = 0;
    all->slip_chance = sum->slipping ? fmin(all->slip_chance, w->slip_chance) : w->slip_chance;
    sum->slipping++;
    all->slips += w->slips;
    all->slip_frames = sum->slipping > 1 ? fmin(all->slip_frames, w->slip_frames) : w->slip_frames;
}

void line_sum_add(struct line_sum *sum, const struct ton_line *window) {
    if (sum->windows == 0) {
        sum->line = *window;
        sum->line.signal_seconds = 0;
        sum->line.rms_dbfs = sum->line.crest_db = NAN;
    } else {
        sum->line.quiet_seconds += window->quiet_seconds;
        sum->line.dead = sum->line.dead && window->dead;
        add_clipping(sum, window);
        add_crackle(sum, window);
        add_phone(sum, window);
        add_tone(sum, window);
        add_seconds(sum, window);
    }
    add_slips(sum, &window->crackle);
    add_noise(sum, window);
    add_hum(sum, window);
    add_signal(sum, window);
    sum->windows++;
}

bool line_sum_slips(const struct line_sum *sum) {
    return sum->slipping > 1;
}

bool line_sum_may_slip(const struct line_sum *sum) {
    return sum->slipping == 1 && sum->line.crackle.slip_chance < lone_chance;
}

bool line_sum_hums(const struct line_sum *sum) {
    return 2 * sum->humming > sum->windows;
}

struct ton_line line_sum_told(const struct line_sum *sum) {
    struct ton_line none, told = sum->line;
    ton_line_none(&none);
    if (!line_sum_hums(sum))
        told.hum = none.hum;
    if (!line_sum_slips(sum) && !line_sum_may_slip(sum)) {
        told.crackle.slips = 0;
        told.crackle.slip_frames = NAN;
    }
    return sum->windows ? told : none;
}
