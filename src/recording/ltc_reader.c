/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Timecode that comes in as sound.
 *
 * libltc finds frames and reads their bits; it works on 8 bits, so what it is fed is brought to
 * full level first. Where a frame begins, and how long it is, ltc_place.c tells from its edges.
 * Frames that follow each other are a run: number against place is a straight line, whose slope
 * over a second is the speed and over a minute the drift. */
#include "config.h"
#include "ltc_place.h"
#include "ltc_run.h"

#include "ton/timecode.h"

#include <math.h>
#include <string.h>

#if TON_HAVE_LTC
#include <ltc.h>

enum { PIECE = 256 }; /* frames that libltc gets at a time */

#define ABSENT_S 0.25      /* without a frame: it has stopped */
#define LONGEST_GAP_S 10.0 /* it may still go on after that */
#define DRIFT_S 10.0       /* that a drift is measured over at least */
#define RELEASE_S 0.3      /* of the level that is brought to full scale */
#define OFFSET_HZ 20.0     /* below that is no timecode: its lowest tone has 960 Hz */
#define FULL 0.9F

/* One that was read. */
struct frame {
    bool is_one, backwards;
    enum ton_fps fps; /* that it counts */
    struct ltc_point begins;
};

struct ton_ltc_reader {
    LTCDecoder *decoder;
    struct ltc_past past; /* what was heard */
    double rate;
    enum ton_fps asked, fps;
    float offset, follow, level, release;

    struct ltc_run run;
    double length;          /* of the newest frame */
    double newest_end;      /* device frame */
    struct frame candidate; /* one that goes on nothing: believed when the next goes on it */
    int64_t frames, jumps;
};

enum ton_code ton_ltc_reader_create(struct ton_ltc_reader **out, double rate, enum ton_fps fps,
                                    struct ton_err *err) {
    *out = NULL;
    struct ton_ltc_reader *r = ton_alloc(sizeof *r);
    if (!r)
        return ton_fail(err, TON_MEMORY, NULL, "no memory to read timecode");
    const double length = rate / ton_fps_kind(fps).fps;
    r->rate = rate;
    r->asked = r->fps = fps;
    r->release = (float)exp(-1.0 / (RELEASE_S * rate));
    r->follow = (float)(2.0 * M_PI * OFFSET_HZ / rate);
    r->decoder = ltc_decoder_create((int)length, 16);
    if (!ltc_past_init(&r->past, (int)(4.0 * length) + PIECE) || !r->decoder) {
        ton_ltc_reader_destroy(r);
        return ton_fail(err, TON_MEMORY, NULL, "no memory to read timecode");
    }
    *out = r;
    return TON_OK;
}

void ton_ltc_reader_destroy(struct ton_ltc_reader *r) {
    if (!r)
        return;
    if (r->decoder)
        ltc_decoder_free(r->decoder);
    ltc_past_finish(&r->past);
    ton_free(r);
}

/* ---- how it counts */

static enum ton_fps pulled(enum ton_fps fps) {
    return fps == TON_FPS_24 ? TON_FPS_23976 : fps == TON_FPS_30 ? TON_FPS_2997 : fps;
}

static enum ton_fps not_pulled(enum ton_fps fps) {
    return fps == TON_FPS_23976 ? TON_FPS_24 : fps == TON_FPS_2997 ? TON_FPS_30 : fps;
}

/* By its flag, its number and its length; what is asked for unless these say otherwise. Wound
 * quickly it has any length. */
static enum ton_fps counts(const struct ton_ltc_reader *r, int frames, bool drop) {
    static const enum ton_fps kinds[] = {TON_FPS_24, TON_FPS_25, TON_FPS_30};
    if (drop)
        return TON_FPS_2997_DROP;
    const enum ton_fps now = r->fps == TON_FPS_2997_DROP ? TON_FPS_2997 : r->fps;
    const double fps = r->rate / r->length;
    enum ton_fps nearest = frames < ton_fps_kind(now).counted ? now : TON_FPS_30;
    double off = frames < ton_fps_kind(now).counted ? 0.02 : INFINITY;
    for (int i = 0; i < TON_N(kinds) && fps > 23.0 && fps < 31.0; i++) {
        const struct ton_fps_kind kind = ton_fps_kind(kinds[i]);
        if (kind.counted <= frames || !(fabs(fps / kind.fps - 1.0) < off))
            continue;
        if (kind.counted != ton_fps_kind(now).counted)
            nearest = kinds[i];
        off = fabs(fps / kind.fps - 1.0);
    }
    return nearest;
}

/* 29.97 and 30 count alike; a second tells them apart. */
static void weigh(struct ton_ltc_reader *r) {
    const struct ltc_course course = ltc_run_course(&r->run, r->rate);
    const enum ton_fps kinds[] = {pulled(r->fps), not_pulled(r->fps)};
    const double fps = r->rate / fabs(course.step);
    for (int i = 0; i < 2 && course.frames > 0.9 * r->rate; i++)
        if (fabs(fps / ton_fps_kind(kinds[i]).fps - 1.0) < 500e-6) /* half of what is between */
            r->fps = kinds[i];
}

/* ---- frames */

static bool goes_on(struct frame *frame, const struct ton_ltc_reader *r,
                    const struct ltc_point *last) {
    return frame->begins.at - last->at < LONGEST_GAP_S * r->rate &&
           ltc_follows(&frame->begins, last, frame->backwards, r->length, frame->fps);
}

static bool goes_on_run(struct frame *frame, const struct ton_ltc_reader *r) {
    return r->run.n > 0 && frame->fps == r->fps && frame->backwards == r->run.backwards &&
           goes_on(frame, r, ltc_run_newest(&r->run));
}

/* Some samples were lost or came twice where the numbers go on: that is no jump, but another line.
 */
static bool slipped(const struct frame *frame, const struct ton_ltc_reader *r) {
    return !ltc_keeps_step(&frame->begins, ltc_run_newest(&r->run), r->length);
}

static bool goes_on_candidate(struct frame *frame, const struct ton_ltc_reader *r) {
    const struct frame *c = &r->candidate;
    return c->is_one && frame->fps == c->fps && frame->backwards == c->backwards &&
           goes_on(frame, r, &c->begins);
}

static void begin_run(struct ton_ltc_reader *r, const struct frame *frame) {
    struct frame first = r->candidate;
    if (r->run.n > 0 && !goes_on_run(&first, r)) {
        const double gap = r->candidate.begins.at - ltc_run_newest(&r->run)->at;
        r->jumps += gap < ABSENT_S * r->rate + 2.0 * r->length;
    }
    r->fps = frame->fps;
    ltc_run_begin(&r->run, r->candidate.begins, frame->begins, frame->backwards);
    r->frames += 2;
}

static void follow(struct ton_ltc_reader *r, struct frame frame) {
    if (goes_on_run(&frame, r) && !slipped(&frame, r)) {
        ltc_run_add(&r->run, frame.begins);
        r->frames++;
    } else if (goes_on_candidate(&frame, r)) {
        begin_run(r, &frame);
    } else {
        r->candidate = frame;
        return;
    }
    r->candidate.is_one = false;
    weigh(r);
}

static void read_bits(bool bits[TON_LTC_BITS], const LTCFrame *frame) {
    unsigned char bytes[sizeof *frame];
    memcpy(bytes, frame, sizeof bytes);
    for (int i = 0; i < TON_LTC_BITS; i++)
        bits[i] = i < 64 ? bytes[i / 8] >> i % 8 & 1 : 0xbffcU >> (i - 64) & 1U; /* the sync word */
}

/* libltc knows the end; behind something else than a frame it is wrong about the start. */
static bool find(struct ltc_place *out, const struct ton_ltc_reader *r,
                 const bool bits[TON_LTC_BITS], const LTCFrameExt *frame) {
    const double end = (double)frame->off_end + 1.0;
    const double length = r->length > 0.0 ? r->length : r->rate / ton_fps_kind(r->fps).fps;
    const struct ltc_place guesses[] = {{(double)frame->off_start, end}, {end - length, end}};
    return ltc_place_find(out, &r->past, bits, frame->reverse, guesses[0]) ||
           ltc_place_find(out, &r->past, bits, frame->reverse, guesses[1]);
}

static void read_frame(struct ton_ltc_reader *r, LTCFrameExt *frame) {
    SMPTETimecode read;
    bool bits[TON_LTC_BITS];
    ltc_frame_to_time(&read, &frame->ltc, 0);
    read_bits(bits, &frame->ltc);
    const struct ton_timecode t = {read.hours, read.mins, read.secs, read.frame};
    const bool backwards = frame->reverse != 0;
    struct ltc_place place;
    if (t.hours > 23 || t.minutes > 59 || t.seconds > 59 || t.frames > 29 ||
        !find(&place, r, bits, frame))
        return;
    r->length = place.end - place.start;
    r->newest_end = place.end;
    const enum ton_fps fps = counts(r, t.frames, bits[10]);
    const double at = backwards ? place.end : place.start;
    follow(r, (struct frame){true, backwards, fps, {ton_timecode_number(t, fps), at}});
}

static void bring_to_level(struct ton_ltc_reader *r, float *out, const float *in, int frames) {
    for (int i = 0; i < frames; i++) {
        const float given = isfinite(in[i]) ? in[i] : 0.0F;
        r->offset += r->follow * (given - r->offset);
        const float x = given - r->offset;
        r->level = fmaxf(fabsf(x), r->level * r->release);
        out[i] = r->level > 1e-6F ? FULL * x / r->level : 0.0F;
    }
}

void ton_ltc_reader_hear(struct ton_ltc_reader *r, const float *in, int frames, int64_t frame) {
    float piece[PIECE];
    for (int done = 0, n; done < frames; done += n) {
        n = frames - done < PIECE ? frames - done : PIECE;
        ltc_past_add(&r->past, in + done, n, frame + done);
        bring_to_level(r, piece, in + done, n);
        ltc_decoder_write_float(r->decoder, piece, (size_t)n, frame + done);
        LTCFrameExt read;
        while (ltc_decoder_read(r->decoder, &read))
            read_frame(r, &read);
    }
}

void ton_ltc_reader_status(const struct ton_ltc_reader *r, struct ton_ltc_status *out) {
    const struct ton_fps_kind kind = ton_fps_kind(r->fps);
    *out = (struct ton_ltc_status){.drift_ppm = NAN, .fps = r->fps, .at = r->past.end};
    out->frames = r->frames;
    out->jumps = r->jumps;
    if (r->run.n == 0)
        return;
    const struct ltc_point *newest = ltc_run_newest(&r->run);
    const struct ltc_course now = ltc_run_course(&r->run, r->rate);
    const struct ltc_course minute = ltc_run_course(&r->run, 60.0 * r->rate);
    const double nominal = r->rate / kind.fps, day = (double)ton_timecode_day(r->fps);
    out->present = (double)r->past.end - r->newest_end <= ABSENT_S * r->rate;
    out->at = out->present ? r->past.end : (int64_t)r->newest_end;
    out->backwards = r->run.backwards;
    out->now = ton_timecode_of(newest->number, r->fps);
    out->speed = nominal / fabs(now.step);
    const double number = (double)newest->number + ((double)out->at - now.at) / now.step;
    out->timeline = (number - day * floor(number / day)) * nominal;
    if (minute.frames >= DRIFT_S * r->rate)
        out->drift_ppm = (nominal / fabs(minute.step) - 1.0) * 1e6;
}

bool ton_ltc_reader_differs(const struct ton_ltc_reader *r, char *out, size_t size) {
    if (r->run.n == 0 || r->fps == r->asked)
        return false;
    snprintf(out, size, "the timecode that comes in counts %s frames a second, not %s",
             ton_fps_name(r->fps), ton_fps_name(r->asked));
    return true;
}

#else

enum ton_code ton_ltc_reader_create(struct ton_ltc_reader **out, double rate, enum ton_fps fps,
                                    struct ton_err *err) {
    (void)rate;
    (void)fps;
    *out = NULL;
    return ton_fail(err, TON_INPUT, NULL,
                    "this ton was built without libltc, so it cannot read timecode; build it with "
                    "`meson setup -Dltc=enabled`");
}

void ton_ltc_reader_destroy(struct ton_ltc_reader *r) {
    (void)r;
}

void ton_ltc_reader_hear(struct ton_ltc_reader *r, const float *in, int frames, int64_t frame) {
    (void)r;
    (void)in;
    (void)frames;
    (void)frame;
}

void ton_ltc_reader_status(const struct ton_ltc_reader *r, struct ton_ltc_status *out) {
    (void)r;
    *out = (struct ton_ltc_status){.drift_ppm = NAN};
}

bool ton_ltc_reader_differs(const struct ton_ltc_reader *r, char *out, size_t size) {
    (void)r;
    (void)out;
    (void)size;
    return false;
}
#endif
