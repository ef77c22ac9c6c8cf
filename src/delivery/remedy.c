/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a person can do about a check that failed. */

#include "ton/unit.h"
#include "work.h"

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

static const char *for_format(const struct work *w, const struct owed *o) {
    return o->spec && o->spec->format
               ? ton_arena_printf(w->arena, "Give the deliverable `format: %s`.", o->spec->format)
               : "Give the deliverable a `format` that has it.";
}

const char *remedy_of(const struct work *w, const struct owed *o, const struct ton_remark *remark) {
    if (!remark->failed || !remark->check)
        return NULL;
    switch (remark->check->kind) {
    case TON_CHECK_INTEGRATED_LOUDNESS:
        return for_loudness(w, o, remark->check);
    case TON_CHECK_TRUE_PEAK:
    case TON_CHECK_SAMPLE_PEAK:
        return for_peak(o);
    case TON_CHECK_RATE:
    case TON_CHECK_BITS:
    case TON_CHECK_BIT_RATE:
    case TON_CHECK_CONTAINER:
    case TON_CHECK_CHANNELS:
        return for_format(w, o);
    case TON_CHECK_LOUDNESS_RANGE:
        return "Ride the faders of the quiet and the loud passages, or change the compression.";
    case TON_CHECK_MOMENTARY_MAXIMUM:
    case TON_CHECK_SHORT_TERM_MAXIMUM:
        return "Turn down the loudest passage; the drawing in the report shows where it is.";
    case TON_CHECK_RMS:
        return o->deliverable->mastered
                   ? "It moves with the loudness: change `loudness` of the deliverable by as much."
                   : "Give the deliverable `mastered: yes`, which brings it there.";
    case TON_CHECK_SECTOR_REMAINDER:
        return "Give the deliverable `spec: cd`, which fills up the last sector.";
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
