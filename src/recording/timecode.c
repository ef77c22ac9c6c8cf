/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timecode as samples and as text. */
#include "ton/timecode.h"

#include "ton/row.h"

#include <math.h>

static const char *const names[] = {
    [TON_FPS_23976] = "23.976",
    [TON_FPS_24] = "24",
    [TON_FPS_25] = "25",
    [TON_FPS_2997] = "29.97",
    [TON_FPS_2997_DROP] = "29.97 drop-frame",
    [TON_FPS_30] = "30",
};

const char *ton_fps_name(enum ton_fps fps) {
    return names[fps];
}

double ton_timecode_samples(struct ton_timecode t, enum ton_fps fps, double rate) {
    return (double)ton_timecode_number(t, fps) * rate / ton_fps_kind(fps).fps;
}

/* What lies a billionth of a frame before a whole one was meant to be it. */
struct ton_timecode ton_timecode_at(double samples, enum ton_fps fps, double rate) {
    return ton_timecode_of((int64_t)floor(samples / rate * ton_fps_kind(fps).fps + 1e-6), fps);
}

bool ton_fps_of(enum ton_fps *out, double frames_per_second, bool drop) {
    for (int i = 0; i < TON_N(names); i++) {
        const struct ton_fps_kind kind = ton_fps_kind((enum ton_fps)i);
        if (kind.drop != drop || !(fabs(frames_per_second - kind.fps) < 0.005))
            continue;
        *out = (enum ton_fps)i;
        return true;
    }
    return false;
}

/* One or two digits. */
static bool read_part(const char **p, int *out) {
    int digits = 0;
    for (*out = 0; **p >= '0' && **p <= '9' && digits < 2; digits++)
        *out = *out * 10 + (*(*p)++ - '0');
    return digits > 0;
}

static bool read_parts(int out[4], bool *semicolon, const char *p) {
    for (int i = 0; i < 4; i++) {
        if (!read_part(&p, &out[i]))
            return false;
        if (i == 3)
            break;
        *semicolon = *p == ';';
        if (*p != ':' && !(*semicolon && i == 2))
            return false;
        p++;
    }
    return *p == '\0';
}

/* What was meant by `1:00` or `10`: hours, and what is missing is nothing. */
static char *fill_up(char out[TON_TIMECODE_TEXT], const char *p, int counted) {
    int part[4] = {1};
    for (int i = 0; i < 4 && read_part(&p, &part[i]) && *p == ':'; i++)
        p++;
    const bool good =
        *p == '\0' && part[0] <= 23 && part[1] <= 59 && part[2] <= 59 && part[3] < counted;
    snprintf(out, TON_TIMECODE_TEXT, "%02u:%02u:%02u:%02u", good ? (unsigned)part[0] : 1,
             good ? (unsigned)part[1] : 0, good ? (unsigned)part[2] : 0,
             good ? (unsigned)part[3] : 0);
    return out;
}

enum ton_code ton_timecode_parse(struct ton_timecode *out, const char *text, enum ton_fps fps,
                                 struct ton_err *err) {
    const struct ton_fps_kind kind = ton_fps_kind(fps);
    int part[4];
    bool semicolon;
    char meant[TON_TIMECODE_TEXT];
    if (!read_parts(part, &semicolon, text) || part[0] > 23 || part[1] > 59 || part[2] > 59 ||
        part[3] >= kind.counted)
        return ton_fail(err, TON_INPUT, NULL,
                        "`%s` is no timecode at %s frames a second; write hours:minutes:seconds:"
                        "frames such as `%s`, with frames below %d",
                        text, names[fps], fill_up(meant, text, kind.counted), kind.counted);
    if (semicolon && !kind.drop)
        return ton_fail(err, TON_INPUT, NULL,
                        "`%s` is drop-frame timecode, and the timecode here counts %s frames a "
                        "second; write `:` before the frames, or choose drop-frame",
                        text, names[fps]);
    const struct ton_timecode t = {part[0], part[1], part[2], part[3]};
    if (ton_timecode_of(ton_timecode_number(t, fps), fps).frames != t.frames)
        return ton_fail(err, TON_INPUT, NULL,
                        "`%s` is one of the numbers that drop-frame timecode leaves out; the next "
                        "is `%02d:%02d:%02d;02`",
                        text, t.hours, t.minutes, t.seconds);
    *out = t;
    return TON_OK;
}

char *ton_timecode_format(char out[TON_TIMECODE_TEXT], struct ton_timecode t, enum ton_fps fps) {
    snprintf(out, TON_TIMECODE_TEXT, "%02u:%02u:%02u%c%02u", (unsigned)t.hours % 100U,
             (unsigned)t.minutes % 100U, (unsigned)t.seconds % 100U,
             ton_fps_kind(fps).drop ? ';' : ':', (unsigned)t.frames % 100U);
    return out;
}
