/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tempo map: bars and beats to frames and back.
 *
 * Each entry opens a segment with its own tempo. A segment knows the frame where it starts (the sum
 * of the ones before, kept as a double, so no rounding piles up), and where it starts in beats
 * counted from the bar line at which its meter began. Over a ramp the tempo is v(b) = v0 + k b in
 * beats b, so the time is the integral of 60 / v(b): 60 / k * ln(v(b) / v0). */
#include "times.h"

enum { MOST_BARS = 1000000 };

struct segment {
    double frame;
    double quarters; /* from the start of the timeline */
    int bar;         /* where it starts: bar line … */
    double in_bar;   /* … and beats after it */
    int meter_bar;   /* the bar line at which its meter began */
    double offset;   /* beats from there to its start */
    double bpm;      /* at its start */
    double slope;    /* bpm a beat; 0 without a ramp */
    int beats_per_bar, beat_unit;
};

struct ton_tempo_map {
    double rate;
    struct segment *segments;
    int n;
};

static double seconds_over(const struct segment *s, double beats) {
    if (s->slope == 0.0)
        return beats * 60.0 / s->bpm;
    return 60.0 / s->slope * log1p(beats * s->slope / s->bpm);
}

static double beats_over(const struct segment *s, double seconds) {
    if (s->slope == 0.0)
        return seconds * s->bpm / 60.0;
    return s->bpm * expm1(seconds * s->slope / 60.0) / s->slope;
}

enum ton_code ton_tempo_check_entry(const struct ton_tempo_entry *e,
                                    const struct ton_tempo_entry *last, int number,
                                    struct ton_err *err) {
    if (!(e->bpm >= 1.0 && e->bpm <= 2000.0))
        return ton_fail(err, TON_INPUT, NULL, "tempo entry %d: a tempo is 1 to 2000 bpm", number);
    bool unit_is_note = e->beat_unit > 0 && (e->beat_unit & (e->beat_unit - 1)) == 0;
    if (e->beats_per_bar < 1 || e->beats_per_bar > 64 || !unit_is_note || e->beat_unit > 64)
        return ton_fail(err, TON_INPUT, NULL,
                        "tempo entry %d: %d/%d is no meter; write 1 to 64 beats over 1, 2, 4, 8, "
                        "16, 32 or 64, such as 4/4",
                        number, e->beats_per_bar, e->beat_unit);
    if (!last) {
        if (e->bar != 1 || e->beat != 1 || e->tick != 0)
            return ton_fail(err, TON_INPUT, NULL, "the first tempo entry must be at 1|1");
        return TON_OK;
    }
    if (e->bar < 1 || e->bar > MOST_BARS || e->beat < 1 || e->beat > last->beats_per_bar ||
        e->tick < 0 || e->tick >= TON_TICKS)
        return ton_fail(err, TON_INPUT, NULL,
                        "tempo entry %d: there is no position %d|%d|%d in %d/%d", number, e->bar,
                        e->beat, e->tick, last->beats_per_bar, last->beat_unit);
    bool later = e->bar != last->bar     ? e->bar > last->bar
                 : e->beat != last->beat ? e->beat > last->beat
                                         : e->tick > last->tick;
    if (!later)
        return ton_fail(err, TON_INPUT, NULL,
                        "tempo entry %d at %d|%d is not after the one before it at %d|%d", number,
                        e->bar, e->beat, last->bar, last->beat);
    bool new_meter = e->beats_per_bar != last->beats_per_bar || e->beat_unit != last->beat_unit;
    if (new_meter && (e->beat != 1 || e->tick != 0))
        return ton_fail(err, TON_INPUT, NULL,
                        "tempo entry %d changes the meter at %d|%d; a meter can change only on a "
                        "bar line, at beat 1",
                        number, e->bar, e->beat);
    return TON_OK;
}

static struct segment first_segment(const struct ton_tempo_entry *e) {
    return (struct segment){.bar = 1,
                            .meter_bar = 1,
                            .bpm = e->bpm,
                            .beats_per_bar = e->beats_per_bar,
                            .beat_unit = e->beat_unit};
}

/* Ends `last` where `e` starts and opens the segment of `e`. */
static struct segment next_segment(struct segment *last, const struct ton_tempo_entry *e,
                                   bool ramp_before, double rate) {
    struct segment s = {.bar = e->bar,
                        .in_bar = e->beat - 1 + e->tick / (double)TON_TICKS,
                        .meter_bar = last->meter_bar,
                        .bpm = e->bpm,
                        .beats_per_bar = e->beats_per_bar,
                        .beat_unit = e->beat_unit};
    double offset = (double)(e->bar - last->meter_bar) * last->beats_per_bar + s.in_bar;
    double beats = offset - last->offset;
    if (ramp_before) /* the goal, counted in the beats of the segment that glides towards it */
        last->slope = (e->bpm * last->beat_unit / e->beat_unit - last->bpm) / beats;
    s.frame = last->frame + seconds_over(last, beats) * rate;
    s.quarters = last->quarters + beats * 4.0 / last->beat_unit;
    s.offset = offset;
    if (e->beats_per_bar != last->beats_per_bar || e->beat_unit != last->beat_unit) {
        s.meter_bar = e->bar;
        s.offset = 0;
    }
    return s;
}

enum ton_code ton_tempo_create(struct ton_tempo_map **out, struct ton_arena *a, double rate,
                               const struct ton_tempo_entry *entries, int n, struct ton_err *err) {
    *out = NULL;
    if (n < 1)
        return ton_fail(err, TON_INPUT, NULL, "a tempo map needs at least one tempo");
    for (int i = 0; i < n; i++) {
        const struct ton_tempo_entry *last = i > 0 ? &entries[i - 1] : NULL;
        if (ton_tempo_check_entry(&entries[i], last, i + 1, err) != TON_OK)
            return TON_INPUT;
    }
    struct ton_tempo_map *map = TON_NEW(a, struct ton_tempo_map);
    struct segment *segments = TON_NEW_N(a, struct segment, n);
    if (!map || !segments)
        return ton_fail(err, TON_MEMORY, NULL, "no memory for the tempo map");
    segments[0] = first_segment(&entries[0]);
    for (int i = 1; i < n; i++)
        segments[i] = next_segment(&segments[i - 1], &entries[i], entries[i - 1].ramp, rate);
    *map = (struct ton_tempo_map){.rate = rate, .segments = segments, .n = n};
    *out = map;
    return TON_OK;
}

/* The last segment that starts at or before a place in bars, or a frame. */
static const struct segment *segment_at_bar(const struct ton_tempo_map *map, int bar,
                                            double in_bar) {
    int low = 0, high = map->n - 1;
    while (low < high) {
        int middle = (low + high + 1) / 2;
        const struct segment *s = &map->segments[middle];
        if (s->bar < bar || (s->bar == bar && s->in_bar <= in_bar))
            low = middle;
        else
            high = middle - 1;
    }
    return &map->segments[low];
}

static const struct segment *segment_at_frame(const struct ton_tempo_map *map, double frame) {
    int low = 0, high = map->n - 1;
    while (low < high) {
        int middle = (low + high + 1) / 2;
        if (map->segments[middle].frame <= frame)
            low = middle;
        else
            high = middle - 1;
    }
    return &map->segments[low];
}

double ton_tempo_frame_at(const struct ton_tempo_map *map, int bar, int beat, double tick) {
    double in_bar = beat - 1 + tick / TON_TICKS;
    const struct segment *s = segment_at_bar(map, bar, in_bar);
    double beats = (double)(bar - s->meter_bar) * s->beats_per_bar + in_bar - s->offset;
    return s->frame + seconds_over(s, beats) * map->rate;
}

void ton_tempo_position(const struct ton_tempo_map *map, double frame, int *bar, int *beat,
                        double *tick) {
    if (frame < 0.0)
        frame = 0.0;
    const struct segment *s = segment_at_frame(map, frame);
    double beats = s->offset + beats_over(s, (frame - s->frame) / map->rate);
    /* A place that was written in whole ticks comes back in whole ticks: rounding of the way there
     * and back is below a millionth of a tick in a song of hours. */
    double ticks = beats * TON_TICKS;
    if (fabs(ticks - nearbyint(ticks)) < 1e-5)
        ticks = nearbyint(ticks);
    double ticks_per_bar = (double)s->beats_per_bar * TON_TICKS;
    double bars = floor(ticks / ticks_per_bar);
    double left = ticks - bars * ticks_per_bar;
    double whole_beats = floor(left / TON_TICKS);
    *bar = s->meter_bar + (int)fmin(bars, (double)INT32_MAX / 2);
    *beat = 1 + (int)whole_beats;
    *tick = left - whole_beats * TON_TICKS;
}

double ton_tempo_bpm_at(const struct ton_tempo_map *map, double frame) {
    if (frame < 0.0)
        frame = 0.0;
    const struct segment *s = segment_at_frame(map, frame);
    return s->bpm + s->slope * beats_over(s, (frame - s->frame) / map->rate);
}

double ton_tempo_quarters_at(const struct ton_tempo_map *map, double frame) {
    const struct segment *s = segment_at_frame(map, frame < 0.0 ? 0.0 : frame);
    return ton_tempo_bpm_at(map, frame) * 4.0 / s->beat_unit;
}

double ton_tempo_quarters_to(const struct ton_tempo_map *map, double frame) {
    const struct segment *s = segment_at_frame(map, frame);
    return s->quarters + beats_over(s, (frame - s->frame) / map->rate) * 4.0 / s->beat_unit;
}

double ton_tempo_frame_after(const struct ton_tempo_map *map, double quarters) {
    int low = 0, high = map->n - 1;
    while (low < high) {
        int middle = (low + high + 1) / 2;
        if (map->segments[middle].quarters <= quarters)
            low = middle;
        else
            high = middle - 1;
    }
    const struct segment *s = &map->segments[low];
    return s->frame + seconds_over(s, (quarters - s->quarters) * s->beat_unit / 4.0) * map->rate;
}

int ton_tempo_beats_in_bar(const struct ton_tempo_map *map, int bar) {
    return segment_at_bar(map, bar, 0.0)->beats_per_bar;
}

double ton_tempo_move_beats(const struct ton_tempo_map *map, double frame, double beats) {
    int i = (int)(segment_at_frame(map, frame) - map->segments);
    double at = beats_over(&map->segments[i], (frame - map->segments[i].frame) / map->rate);
    for (; i + 1 < map->n; i++) {
        const struct segment *s = &map->segments[i];
        double length = beats_over(s, (s[1].frame - s->frame) / map->rate);
        if (at + beats <= length)
            break;
        beats -= length - at; /* what is left is counted in the next segment's beats */
        at = 0.0;
    }
    const struct segment *s = &map->segments[i];
    return s->frame + seconds_over(s, at + beats) * map->rate;
}

double ton_tempo_move_bars(const struct ton_tempo_map *map, double frame, double bars) {
    int bar, beat;
    double tick;
    ton_tempo_position(map, frame, &bar, &beat, &tick);
    double whole = floor(bars);
    if (whole > MOST_BARS)
        whole = MOST_BARS;
    bar += (int)whole;
    double there = ton_tempo_frame_at(map, bar, beat, tick);
    double part = (bars - whole) * ton_tempo_beats_in_bar(map, bar);
    return part > 0.0 ? ton_tempo_move_beats(map, there, part) : there;
}

int ton_tempo_count(const struct ton_tempo_map *map) {
    return map->n;
}

struct ton_tempo_entry ton_tempo_entry_at(const struct ton_tempo_map *map, int i) {
    const struct segment *s = &map->segments[i];
    int beat = (int)s->in_bar;
    return (struct ton_tempo_entry){.bar = s->bar,
                                    .beat = 1 + beat,
                                    .tick = (int)lrint((s->in_bar - beat) * TON_TICKS),
                                    .bpm = s->bpm,
                                    .beats_per_bar = s->beats_per_bar,
                                    .beat_unit = s->beat_unit,
                                    .ramp = s->slope != 0.0};
}

bool ton_tempo_same(const struct ton_tempo_map *a, const struct ton_tempo_map *b) {
    if (a->n != b->n)
        return false;
    for (int i = 0; i < a->n; i++) {
        const struct segment *x = &a->segments[i], *y = &b->segments[i];
        if (x->bar != y->bar || x->in_bar != y->in_bar || x->bpm != y->bpm ||
            x->slope != y->slope || x->beats_per_bar != y->beats_per_bar ||
            x->beat_unit != y->beat_unit)
            return false;
    }
    return true;
}
