/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads and writes times: clock, timecode, bars and beats, samples, and lengths with a unit. */
#include "times.h"

#include "ton/text.h"

#include <strings.h>

struct number {
    double value;
    bool whole; /* no decimal point */
    int digits; /* before the point */
};

/* A decimal number without sign or exponent, whatever the locale. */
static bool read_number(const char **p, struct number *out) {
    const char *s = *p;
    double value = 0.0, scale = 1.0;
    *out = (struct number){.whole = true};
    for (; *s >= '0' && *s <= '9' && out->digits < 15; s++, out->digits++)
        value = value * 10.0 + (*s - '0');
    if (*s == '.' && s[1] >= '0' && s[1] <= '9') {
        out->whole = false;
        for (s++; *s >= '0' && *s <= '9' && scale < 1e12; s++) {
            value = value * 10.0 + (*s - '0');
            scale *= 10.0;
        }
    }
    if (out->digits == 0 || (*s >= '0' && *s <= '9'))
        return false;
    out->value = value / scale;
    *p = s;
    return true;
}

/* What people call 29.97 is 30000/1001 (SMPTE ST 12-1): a frame rate within 0.01 of such a one is
 * that one. A whole number is itself. */
static double exact_fps(double fps) {
    double nominal = ceil(fps);
    double exact = nominal * 1000.0 / 1001.0;
    return fps != nominal && fabs(fps - exact) < 0.01 ? exact : fps;
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/* `0,5 s`: the same with a point. */
static bool with_point(char *out, size_t size, const char *text) {
    const char *comma = strchr(text, ',');
    if (!comma || comma == text || strchr(comma + 1, ',') || !is_digit(comma[-1]) ||
        !is_digit(comma[1]) || strlen(text) >= size)
        return false;
    snprintf(out, size, "%s", text);
    out[comma - text] = '.';
    return true;
}

static enum ton_code refuse(const char *text, enum ton_time_use use, struct ton_err *err) {
    char meant[64];
    if (with_point(meant, sizeof meant, text))
        return ton_fail(err, TON_INPUT, NULL,
                        "`%s` has a comma; decimals are written with a point, as in `%s`", text,
                        meant);
    if (use == TON_TIME_LENGTH)
        return ton_fail(err, TON_INPUT, NULL,
                        "`%s` is no length; write one such as `5 ms`, `2.5 s`, `0:12.400`, "
                        "`4 bars`, `2 beats` or `480 samples`",
                        text);
    return ton_fail(err, TON_INPUT, NULL,
                    "`%s` is no time; write one such as `1:02.500` (minutes:seconds), `17|3|240` "
                    "(bar|beat|tick), `00:01:02:12` (timecode) or `48000 samples`",
                    text);
}

static enum ton_code give(int64_t *frames, double exact, double rate, const char *text,
                          struct ton_err *err) {
    if (!(exact <= TON_MOST_SECONDS * rate))
        return ton_fail(err, TON_INPUT, NULL, "`%s` is more than 100 hours", text);
    *frames = llround(exact);
    return TON_OK;
}

/* Drop-frame timecode leaves out two numbers (four at 59.94) at the start of each minute but every
 * tenth: SMPTE ST 12-1. */
static enum ton_code timecode(int64_t *frames, const char *text, const struct number part[4],
                              bool drop, double rate, double fps, struct ton_err *err) {
    double exact = exact_fps(fps), nominal = ceil(exact - 1e-9);
    double dropped = nominal == 60.0 ? 4.0 : 2.0;
    if (part[1].value > 59.0 || part[2].value > 59.0 || part[3].value >= nominal)
        return ton_fail(err, TON_INPUT, NULL,
                        "`%s` is no timecode at %g frames a second; write hours:minutes:seconds:"
                        "frames with frames below %g",
                        text, fps, nominal);
    double minutes = part[0].value * 60.0 + part[1].value;
    double count = (minutes * 60.0 + part[2].value) * nominal + part[3].value;
    if (drop) {
        bool first_second = part[2].value == 0.0 && fmod(part[1].value, 10.0) != 0.0;
        if (exact == nominal || fmod(nominal, 30.0) != 0.0)
            return ton_fail(err, TON_INPUT, NULL,
                            "`%s` is drop-frame timecode, which exists at 29.97 and 59.94 frames a "
                            "second only, not at %g",
                            text, fps);
        if (first_second && part[3].value < dropped)
            return ton_fail(err, TON_INPUT, NULL,
                            "`%s` is one of the numbers that drop-frame "
                            "timecode leaves out",
                            text);
        count -= dropped * (minutes - floor(minutes / 10.0));
    }
    return give(frames, count / exact * rate, rate, text, err);
}

/* `1:1` and `17:3:240`, which are meant for bars as likely as for minutes. */
static enum ton_code fail_clock(const char *text, const struct number *part, int n,
                                enum ton_time_use use, struct ton_err *err) {
    char offers[128] = "";
    size_t used = 0;
    const double minutes = n == 3 ? part[1].value : 0, seconds = part[n - 1].value;
    const bool sane = seconds < 60.0 && minutes < 60.0;
    const int more = n == 3
                         ? snprintf(offers, sizeof offers, "`%.0f:%02.0f:", part[0].value, minutes)
                         : snprintf(offers, sizeof offers, "`%.0f:", part[0].value);
    used = sane && more > 0 && more < 60 ? (size_t)more : 0;
    if (used > 0) {
        const int digits = seconds != floor(seconds) ? 3 : 0;
        const int width = digits ? 6 : 2;
        const int m = snprintf(offers + used, sizeof offers - used, "%0*.*f` (%sminutes:seconds)",
                               width, digits, seconds, n == 3 ? "hours:" : "");
        used += m > 0 && (size_t)m < sizeof offers - used ? (size_t)m : 0;
    }
    const bool bars = use == TON_TIME_POSITION && part[0].whole && part[1].whole &&
                      part[n - 1].whole && part[0].value >= 1 && part[1].value >= 1;
    if (bars)
        snprintf(offers + used, sizeof offers - used,
                 n == 3 ? "%s`%.0f|%.0f|%.0f` (bar|beat|tick)" : "%s`%.0f|%.0f` (bar|beat)",
                 used ? " or " : "", part[0].value, part[1].value, part[2].value);
    else
        offers[used] = '\0';
    return ton_fail(err, TON_INPUT, NULL, "`%s` is no time: %s%s%s%s", text,
                    sane ? "seconds (and minutes after hours) have two digits"
                         : "seconds (and minutes after hours) go to 59",
                    *offers ? "; did you mean " : "", offers, *offers ? "?" : "");
}

static enum ton_code clock_time(int64_t *frames, const char *text, enum ton_time_use use,
                                double rate, double fps, struct ton_err *err) {
    struct number part[4] = {{0}};
    const char *p = text;
    int n = 0;
    bool drop = false, whole = true;
    for (; n < 4; n++) {
        if (!read_number(&p, &part[n]))
            return refuse(text, use, err);
        if (*p != ':' && *p != ';')
            break;
        whole = whole && part[n].whole;
        drop = *p++ == ';';
    }
    n++;
    if (*p || n < 2 || n > 4 || !whole || (drop && n < 4))
        return refuse(text, use, err);
    if (n == 4)
        return part[3].whole ? timecode(frames, text, part, drop, rate, fps, err)
                             : refuse(text, use, err);
    double hours = n == 3 ? part[0].value : 0.0;
    double minutes = part[n - 2].value, seconds = part[n - 1].value;
    const bool short_form = part[n - 1].digits < 2 || (n == 3 && part[1].digits < 2);
    if (seconds >= 60.0 || (n == 3 && minutes >= 60.0) || short_form)
        return fail_clock(text, part, n, use, err);
    return give(frames, (hours * 3600.0 + minutes * 60.0 + seconds) * rate, rate, text, err);
}

static enum ton_code bar_time(int64_t *frames, const char *text, enum ton_time_use use,
                              const struct ton_tempo_map *map, double rate, struct ton_err *err) {
    if (use == TON_TIME_LENGTH)
        return ton_fail(err, TON_INPUT, NULL,
                        "`%s` is a position; a length in music is written `4 bars` or `2 beats`",
                        text);
    struct number part[3] = {{0}};
    const char *p = text;
    int n = 0;
    for (; n < 3; n++) {
        if (!read_number(&p, &part[n]) || part[n].digits > 6)
            return refuse(text, use, err);
        if (n == 1 && !part[1].whole && !*p)
            return ton_fail(err, TON_INPUT, NULL,
                            "`%s`: parts of a beat are ticks, %d a beat; did you mean "
                            "`%.0f|%.0f|%.0f`?",
                            text, TON_TICKS, part[0].value, floor(part[1].value),
                            (part[1].value - floor(part[1].value)) * TON_TICKS);
        if (n < 2 && !part[n].whole)
            return refuse(text, use, err);
        if (*p != '|')
            break;
        p++;
    }
    n++;
    if (*p || n < 2 || n > 3 || !part[1].whole)
        return refuse(text, use, err);
    if (!map)
        return ton_fail(
            err, TON_INPUT, NULL,
            "`%s` counts bars, which mean nothing here; write a time such as `1:02.500`", text);
    int bar = (int)part[0].value, beat = (int)part[1].value;
    if (bar < 1 || beat < 1)
        return ton_fail(err, TON_INPUT, NULL, "`%s`: bars and beats are counted from 1", text);
    int beats = ton_tempo_beats_in_bar(map, bar);
    if (beat > beats)
        return ton_fail(err, TON_INPUT, NULL, "`%s`: bar %d has %d beats", text, bar, beats);
    if (part[2].value >= TON_TICKS)
        return ton_fail(err, TON_INPUT, NULL, "`%s`: a beat has %d ticks, 0 to %d", text, TON_TICKS,
                        TON_TICKS - 1);
    return give(frames, ton_tempo_frame_at(map, bar, beat, part[2].value), rate, text, err);
}

/* Letter case is free, as in every unit. */
static bool is_word(const char *p, const char *one, const char *many) {
    return strcasecmp(p, one) == 0 || strcasecmp(p, many) == 0;
}

/* How many seconds one of the unit is; 0 when it is none of time. */
static double seconds_of(const char *unit) {
    return is_word(unit, "ms", "ms")     ? 0.001
           : is_word(unit, "s", "s")     ? 1.0
           : is_word(unit, "min", "min") ? 60.0
                                         : 0.0;
}

static enum ton_code length_in_unit(struct ton_length *out, const char *text, const char *unit,
                                    double value, double rate, struct ton_err *err) {
    if (is_word(unit, "bar", "bars"))
        out->bars = value;
    else if (is_word(unit, "beat", "beats"))
        out->beats = value;
    else if (seconds_of(unit) > 0)
        out->frames = value * seconds_of(unit) * rate;
    else
        return refuse(text, TON_TIME_LENGTH, err);
    int64_t checked;
    return give(&checked, (out->bars + out->beats) * rate / 100.0 + out->frames, rate, text, err);
}

/* `20 s` where a place was wanted: it is written `0:20.000`. */
static enum ton_code refuse_length(const char *text, const char *unit, double value,
                                   struct ton_err *err) {
    char place[48];
    const double seconds = value * (*unit ? seconds_of(unit) : 1.0);
    if (seconds > TON_MOST_SECONDS)
        return ton_fail(err, TON_INPUT, NULL, "`%s` is more than 100 hours", text);
    ton_time_format(place, sizeof place, llround(seconds * 1000.0), 1000);
    if (!*unit && (value < 1 || floor(value) != value))
        return ton_fail(err, TON_INPUT, NULL,
                        "`%s` has no unit; write `%s` (minutes:seconds); a place in bars is "
                        "written bar|beat such as `17|1`",
                        text, place);
    if (!*unit)
        return ton_fail(err, TON_INPUT, NULL,
                        "`%s` has no unit; write `%s` (minutes:seconds), `%s|1` (bar) or `%s "
                        "samples`",
                        text, place, text, text);
    if (seconds_of(unit) > 0)
        return ton_fail(err, TON_INPUT, NULL, "`%s` is a length, not a place; did you mean `%s`?",
                        text, place);
    return ton_fail(err, TON_INPUT, NULL,
                    "`%s` is a length, not a place; a place in bars is written bar|beat such as "
                    "`17|1`",
                    text);
}

/* What is neither bars nor clock: a number and a word. */
static enum ton_code number_time(struct ton_length *out, const char *text, enum ton_time_use use,
                                 double rate, struct ton_err *err) {
    struct number number;
    const char *p = text;
    if (!read_number(&p, &number))
        return refuse(text, use, err);
    while (*p == ' ')
        p++;
    if (is_word(p, "sample", "samples") && number.whole) {
        int64_t checked;
        out->frames = number.value;
        return give(&checked, number.value, rate, text, err);
    }
    if (!*p && number.value == 0.0 && use == TON_TIME_LENGTH)
        return TON_OK;
    if (!*p && use == TON_TIME_LENGTH)
        return ton_fail(err, TON_INPUT, NULL,
                        "`%s` has no unit; write `%s ms`, `%s s`, `%s beats` or `%s bars`", text,
                        text, text, text, text);
    if (use == TON_TIME_LENGTH)
        return length_in_unit(out, text, p, number.value, rate, err);
    if (!*p || seconds_of(p) > 0 || is_word(p, "bar", "bars") || is_word(p, "beat", "beats"))
        return refuse_length(text, p, number.value, err);
    return refuse(text, use, err);
}

enum ton_code ton_length_parse(struct ton_length *out, const char *text, double rate, double fps,
                               struct ton_err *err) {
    *out = (struct ton_length){0};
    int64_t frames = 0;
    if (strchr(text, '|'))
        return bar_time(&frames, text, TON_TIME_LENGTH, NULL, rate, err);
    if (!strchr(text, ':'))
        return number_time(out, text, TON_TIME_LENGTH, rate, err);
    enum ton_code code = clock_time(&frames, text, TON_TIME_LENGTH, rate, fps, err);
    out->frames = (double)frames;
    return code;
}

bool ton_length_is_music(const struct ton_length *length) {
    return length->bars != 0.0 || length->beats != 0.0;
}

/* A frame that was rounded from a whole tick counts from the tick itself, so that what is written
 * as `17|1` and what is counted there in bars falls on the same frame. */
static double unrounded(const struct ton_tempo_map *map, int64_t frame) {
    int bar, beat;
    double tick;
    ton_tempo_position(map, (double)frame, &bar, &beat, &tick);
    double exact = ton_tempo_frame_at(map, bar, beat, nearbyint(tick));
    return llround(exact) == frame ? exact : (double)frame;
}

/* A million hours at any rate; what is farther does not fit into a whole number at last. */
static int64_t near_frame(double frame) {
    return llround(fmin(frame, 1e16));
}

int64_t ton_length_after(const struct ton_length *length, double times,
                         const struct ton_tempo_map *map, int64_t from) {
    if (!map || !ton_length_is_music(length))
        return from + near_frame(length->frames * times);
    double at = unrounded(map, from);
    if (length->bars != 0.0)
        at = ton_tempo_move_bars(map, at, length->bars * times);
    return near_frame(ton_tempo_move_beats(map, at, length->beats * times));
}

enum ton_code ton_time_parse(int64_t *frames, const char *text, enum ton_time_use use,
                             const struct ton_tempo_map *map, double rate, double fps, int64_t from,
                             struct ton_err *err) {
    struct ton_length length = {0};
    if (use == TON_TIME_LENGTH) {
        enum ton_code code = ton_length_parse(&length, text, rate, fps, err);
        if (code != TON_OK)
            return code;
        if (!map && ton_length_is_music(&length))
            return ton_fail(err, TON_INPUT, NULL,
                            "`%s` counts music, which means nothing here; write a length such as "
                            "`2 s`",
                            text);
        *frames = ton_length_after(&length, 1.0, map, from) - from;
        return TON_OK;
    }
    if (strchr(text, '|'))
        return bar_time(frames, text, use, map, rate, err);
    if (strchr(text, ':'))
        return clock_time(frames, text, use, rate, fps, err);
    enum ton_code code = number_time(&length, text, use, rate, err);
    if (code == TON_OK)
        *frames = llround(length.frames);
    return code;
}

char *ton_time_format(char *out, size_t size, int64_t frames, double rate) {
    const char *sign = frames < 0 ? "-" : "";
    long long ms = llround(fabs((double)frames) / rate * 1000.0);
    long long hours = ms / 3600000, minutes = ms / 60000 % 60, seconds = ms / 1000 % 60;
    if (hours > 0)
        snprintf(out, size, "%s%lld:%02lld:%02lld.%03lld", sign, hours, minutes, seconds,
                 ms % 1000);
    else
        snprintf(out, size, "%s%lld:%02lld.%03lld", sign, minutes, seconds, ms % 1000);
    return out;
}
