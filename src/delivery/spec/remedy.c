/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a person can do about a check that failed. */

#include "ton/unit.h"
#include "work.h"

/* Beyond the gain that a master gets at most. */
static const char TURN_UP[] = "Turn the mix up: it is too quiet, or too short, to be mastered.";

bool is_too_quiet(const struct owed *o) {
    static const double MUCH_DB = -6.0;
    return o->delivered->gain_db >= TON_MASTER_MOST_GAIN_DB &&
           o->delivered->most_reduction_db > MUCH_DB;
}

/* The middle of what is allowed, as it is written in production.yaml. */
static const char *wanted(const struct work *w, const struct ton_check *c, enum ton_unit unit) {
    double value = c->target;
    if (isnan(value))
        value = isnan(c->minimum)   ? c->maximum
                : isnan(c->maximum) ? c->minimum
                                    : (c->minimum + c->maximum) / 2.0;
    char text[64];
    return ton_arena_text(w->arena, ton_unit_format(text, sizeof text, value, unit, 1));
}

static const char *for_loudness(const struct work *w, const struct owed *o,
                                const struct ton_check *c) {
    const char *value = wanted(w, c, TON_UNIT_LUFS);
    if (!isfinite(o->delivered->measured.integrated_lufs))
        return TURN_UP;
    return o->deliverable->mastered
               ? ton_arena_printf(w->arena, "Give the deliverable `loudness: %s`.", value)
               : ton_arena_printf(w->arena,
                                  "It is not mastered: bring the mix to %s, or give the "
                                  "deliverable `mastered: yes` and `loudness: %s`.",
                                  value, value);
}

static const char *for_peak(const struct owed *o) {
    return o->deliverable->mastered
               ? "Give the deliverable a lower `ceiling`, or the format a higher bit rate."
               : "Turn the mix down, or give the deliverable `mastered: yes`, which holds a "
                 "ceiling.";
}

/* What the spec says to a file of as many channels as this: its loudness is another then. */
static const char *for_channels(const struct owed *o) {
    const double channels = o->delivered->channels;
    for (int i = 0; i < o->spec->n_checks; i++) {
        const struct ton_check *c = &o->spec->checks[i];
        if (c->kind == TON_CHECK_CHANNELS && (channels < c->minimum || channels > c->maximum))
            return c->remedy;
    }
    return NULL;
}

static const struct ton_check *loudness_check(const struct owed *o) {
    for (int i = 0; i < o->spec->n_checks; i++) {
        const struct ton_check *c = &o->spec->checks[i];
        if (c->kind == TON_CHECK_INTEGRATED_LOUDNESS && c->required)
            return c;
    }
    return NULL;
}

/* A file that is too loud as a whole may have no passage that is. */
static const char *for_passage(const struct work *w, const struct owed *o,
                               const struct ton_check *c) {
    const struct ton_measurement *m = &o->delivered->measured;
    const struct ton_check *whole = loudness_check(o);
    const double loudest =
        c->kind == TON_CHECK_MOMENTARY_MAXIMUM ? m->max_momentary_lufs : m->max_short_term_lufs;
    const double down = whole ? m->integrated_lufs - whole->maximum : 0.0;
    return down > 0.0 && loudest - down <= c->maximum
               ? for_loudness(w, o, whole)
               : "Turn down the loudest passage; the drawing in the report shows where it is.";
}

static const char *for_rms(const struct owed *o) {
    if (!o->deliverable->mastered)
        return "Give the deliverable `mastered: yes`, which brings it there.";
    if (is_too_quiet(o) || !isfinite(o->delivered->measured.rms_dbfs))
        return TURN_UP;
    return isnan(o->deliverable->loudness_lufs)
               ? "Its peaks are too high for that: compress the mix, or its chain in `master`."
               : "Leave out `loudness`: the deliverable is then mastered to the middle of this.";
}

static const char *for_format(const struct work *w, const struct owed *o) {
    return o->spec && o->spec->format
               ? ton_arena_printf(w->arena, "Give the deliverable `format: %s`.", o->spec->format)
               : "Give the deliverable a `format` that has it.";
}

/* Without a rate the spec's format has the session's, which may be a wrong one too. */
static const char *for_rate(const struct work *w, const struct owed *o, const struct ton_check *c) {
    struct ton_format usual;
    const int own = w->pieces[o->parts[0].piece].session->rate;
    double value = isnan(c->target) ? own : c->target;
    if (!isnan(c->minimum) && value < c->minimum)
        value = c->minimum;
    if (!isnan(c->maximum) && value > c->maximum)
        value = c->maximum;
    if (c->n_one_of || !o->spec->format || ton_format_parse(&usual, o->spec->format, NULL) ||
        usual.rate || value == own)
        return for_format(w, o);
    char text[64];
    return ton_arena_printf(w->arena, "Give the deliverable `format: %s %s`.", o->spec->format,
                            ton_unit_format(text, sizeof text, value, TON_UNIT_HZ, 3));
}

const char *remedy_of(const struct work *w, const struct owed *o, const struct ton_remark *remark) {
    if (!remark->failed || !remark->check)
        return NULL;
    if (remark->check->remedy)
        return remark->check->remedy;
    switch (remark->check->kind) {
    case TON_CHECK_INTEGRATED_LOUDNESS:
        return for_channels(o) ? for_channels(o) : for_loudness(w, o, remark->check);
    case TON_CHECK_TRUE_PEAK:
    case TON_CHECK_SAMPLE_PEAK:
        return for_peak(o);
    case TON_CHECK_RATE:
        return for_rate(w, o, remark->check);
    case TON_CHECK_BITS:
    case TON_CHECK_BIT_RATE:
    case TON_CHECK_CONTAINER:
    case TON_CHECK_CHANNELS:
    case TON_CHECK_SECTOR_REMAINDER: /* a spec that asks for sectors fills them at 44.1 kHz */
        return for_format(w, o);
    case TON_CHECK_LOUDNESS_RANGE:
        return "Ride the faders of the quiet and the loud passages, or change the compression.";
    case TON_CHECK_MOMENTARY_MAXIMUM:
    case TON_CHECK_SHORT_TERM_MAXIMUM:
        return for_passage(w, o, remark->check);
    case TON_CHECK_RMS:
        return for_rms(o);
    case TON_CHECK_NOISE_FLOOR:
        return "Look for hum, hiss and the room in the pauses; gate or cut them.";
    case TON_CHECK_CORRELATION:
        return "Make wide sounds narrower with `width`, and look for a reversed polarity.";
    case TON_CHECK_DURATION:
        return "Change the length of the session, or spread it over several files.";
    default:
        return NULL;
    }
}
