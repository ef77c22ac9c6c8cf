/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The files of a take: named, begun, written, brought up to date, closed. */
#include "writer.h"

#include "ton/path.h"
#include "ton/take_recover.h"

#include <time.h>
#include <unistd.h>

enum { STEP = 4096 }; /* frames that go into all files in turn */

char *takes_path(struct ton_arena *arena, const struct ton_recorder *r, int lane, int number) {
    return ton_arena_printf(arena, "%s/%s_%02d.wav", r->config.folder, r->lanes[lane].stem, number);
}

static bool is_taken(const struct ton_recorder *r, struct ton_arena *arena, int number) {
    for (int i = 0; i < r->n_lanes; i++) {
        const char *path = takes_path(arena, r, i, number);
        if (path && (ton_path_exists(path) || ton_path_is_link(path)))
            return true;
    }
    return false;
}

/* Where the loop's next pass meets a file, it takes the next number. */
static int free_number(const struct ton_recorder *r, struct ton_arena *arena, int number,
                       bool first) {
    while (!first && is_taken(r, arena, number))
        number++;
    return number;
}

static int64_t time_reference(const struct ton_recorder *r, const struct take *take) {
    const int64_t day = (int64_t)r->config.rate * 24 * 60 * 60;
    const int64_t time = (r->config.time_reference + take->place) % day;
    return time < 0 ? time + day : time; /* what begins before midnight does so the day before */
}

/* What rolls later than the button is heard later still. */
static int64_t heard_from(const struct take *take) {
    return take->n_clips > 0 ? take->clips[0].from : take->pre_roll;
}

static const char *now(const struct ton_recorder *r, char out[32]) {
    if (r->config.now)
        return r->config.now(r->config.user, out);
    struct tm parts;
    const time_t seconds = time(NULL);
    gmtime_r(&seconds, &parts);
    strftime(out, 32, "%Y-%m-%dT%H:%M:%SZ", &parts);
    return out;
}

static enum ton_code open_lane(struct ton_recorder *r, struct ton_arena *arena, int lane,
                               const char *when, struct ton_err *err) {
    const struct take *take = r->take;
    const struct ton_recorder_config *c = &r->config;
    const struct lane *l = &r->lanes[lane];
    const struct ton_ixml ixml = {.project = c->project,
                                  .scene = c->scene,
                                  .tape = c->tape,
                                  .take = take->number,
                                  .fps = c->fps,
                                  .drop_frame = c->drop_frame,
                                  .timeline_start = c->time_reference,
                                  .pre_roll = take->pre_roll,
                                  .heard_to = c->punch_out,
                                  .press = take->press,
                                  .pass = take->pass,
                                  .tracks = l->tracks,
                                  .names = l->names,
                                  .inputs = l->numbers};
    const struct ton_audio_out_config config = {
        .format = {.codec = c->bits == 32 ? TON_FLOAT : TON_PCM, .bits = c->bits, .rate = c->rate},
        .channels = l->n,
        .dither = TON_DITHER_NONE, /* converters give 24 bits, and they are to stay */
        .grows = true,
        .limit = c->rf64_limit,
        .tags = {.bext = true,
                 .description = c->description ? c->description : c->project,
                 .originator = "Tonmeister",
                 .origination_date = ton_arena_copy(arena, when, strnlen(when, 10)),
                 .origination_time = strlen(when) > 11
                                         ? ton_arena_copy(arena, when + 11, strnlen(when + 11, 8))
                                         : NULL,
                 .coding_history = ton_arena_printf(arena, "A=PCM,F=%d,W=%d,M=%s,T=Tonmeister\r\n",
                                                    c->rate, c->bits,
                                                    l->n == 1   ? "mono"
                                                    : l->n == 2 ? "stereo"
                                                                : "multitrack"),
                 .time_reference = time_reference(r, take),
                 .heard_from = heard_from(take),
                 .ixml = &ixml}};
    const char *path = takes_path(arena, r, lane, take->number);
    if (!path || ton_arena_failed(arena))
        return ton_fail(err, TON_MEMORY, NULL, "no memory to begin a take");
    return ton_audio_create(&r->outs[lane], path, &config, err);
}

static struct take *new_take(struct ton_recorder *r, const struct cutter_piece *piece, int number,
                             const char *began) {
    struct take *take = TON_NEW(r->arena, struct take);
    if (!take)
        return NULL;
    *take = (struct take){.number = number,
                          .press = r->first,
                          .pass = piece->pass,
                          .from = piece->from,
                          .pre_roll = piece->to - piece->from,
                          .place = piece->place - (piece->to - piece->from),
                          .files = TON_NEW_N(r->arena, const char *, r->n_lanes),
                          .frames = TON_NEW_N(r->arena, int64_t, r->n_lanes),
                          .meters = {.of = TON_NEW_N(r->arena, struct meter, r->config.n_inputs),
                                     .n = r->config.n_inputs,
                                     .step = r->config.rate}};
    snprintf(take->began, sizeof take->began, "%s", began);
    for (int i = 0; i < r->n_lanes && take->files; i++) {
        const char *path = takes_path(r->arena, r, i, number);
        take->files[i] = path ? ton_path_name(path) : "";
    }
    pthread_mutex_lock(&r->lock);
    if (TON_PUSH(r->arena, r->takes, r->n_takes, r->takes_capacity))
        r->n_takes--; /* there is room */
    pthread_mutex_unlock(&r->lock);
    return ton_arena_failed(r->arena) ? NULL : take;
}

/* From now on others see it: its files are there, and main writes a row for each of them. */
static void publish(struct ton_recorder *r) {
    pthread_mutex_lock(&r->lock);
    r->takes[r->n_takes++] = r->take;
    pthread_mutex_unlock(&r->lock);
}

/* Of a take that could not begin nothing stays. */
static void remove_begun(struct ton_recorder *r) {
    for (int i = 0; i < r->n_lanes; i++) {
        if (!r->outs[i])
            continue;
        ton_audio_abandon(r->outs[i]);
        r->outs[i] = NULL;
        unlink(takes_path(r->arena, r, i, r->take->number));
    }
    r->take = NULL;
}

enum ton_code takes_open(struct ton_recorder *r, const struct cutter_piece *piece,
                         struct ton_err *err) {
    struct ton_arena *arena = ton_arena_create();
    if (!arena)
        return ton_fail(err, TON_MEMORY, NULL, "no memory to begin a take");
    char clock[32];
    const char *when = now(r, clock);
    const int number = free_number(r, arena, r->number, piece->pass == 0);
    enum ton_code code = TON_OK;
    r->take = new_take(r, piece, number, when);
    if (!r->take)
        code = ton_fail(err, TON_MEMORY, NULL, "no memory to begin a take");
    for (int i = 0; i < r->n_lanes && code == TON_OK; i++)
        code = open_lane(r, arena, i, when, err);
    if (code == TON_OK)
        code = ton_path_sync_folder(takes_path(arena, r, 0, number), err);
    if (code == TON_OK)
        publish(r);
    else if (r->take)
        remove_begun(r);
    r->number = number + 1;
    ton_arena_destroy(arena);
    return code;
}

/* Where what was lost stands, or goes on standing. */
static enum ton_code note_gap(struct ton_recorder *r, int64_t frames, bool overrun,
                              struct ton_err *err) {
    struct take *t = r->take;
    struct ton_recorded_gap *last = t->n_gaps ? &t->gaps[t->n_gaps - 1] : NULL;
    if (last && last->overrun == overrun && last->at + last->frames == t->written) {
        last->frames += frames;
        return TON_OK;
    }
    last = TON_PUSH(r->arena, t->gaps, t->n_gaps, t->gaps_capacity);
    if (!last)
        return ton_fail(err, TON_MEMORY, NULL, "no memory to note what was lost");
    *last = (struct ton_recorded_gap){.at = t->written, .frames = frames, .overrun = overrun};
    return TON_OK;
}

static enum ton_code note_clip(struct ton_recorder *r, int64_t frames, int64_t place,
                               struct ton_err *err) {
    struct take *t = r->take;
    struct ton_recorded_clip *last = t->n_clips ? &t->clips[t->n_clips - 1] : NULL;
    if (!last)
        t->place = place - t->written; /* now it is known */
    if (last && last->from + last->frames == t->written && last->at + last->frames == place) {
        last->frames += frames;
        return TON_OK;
    }
    last = TON_PUSH(r->arena, t->clips, t->n_clips, t->clips_capacity);
    if (!last)
        return ton_fail(err, TON_MEMORY, NULL, "no memory to note where a take belongs");
    *last = (struct ton_recorded_clip){.from = t->written, .frames = frames, .at = place};
    return TON_OK;
}

static enum ton_code write_lanes(struct ton_recorder *r, int64_t stored, int frames,
                                 struct ton_err *err) {
    static const float silence[STEP];
    enum ton_code code = TON_OK;
    for (int i = 0; i < r->n_lanes && code == TON_OK; i++) {
        const float *planes[TON_MAX_CHANNELS];
        for (int k = 0; k < r->lanes[i].n; k++) {
            int64_t n = frames;
            planes[k] =
                stored < 0 ? silence : capture_at(&r->capture, r->lanes[i].inputs[k], stored, &n);
        }
        code = ton_audio_write(r->outs[i], planes, frames, err);
        r->take->frames[i] += code == TON_OK ? frames : 0;
    }
    return code;
}

static void hear(struct ton_recorder *r, int64_t stored, int frames) {
    const float *in[MOST_INPUTS];
    for (int i = 0; i < r->take->meters.n; i++) {
        int64_t n = frames;
        in[i] = capture_at(&r->capture, i, stored, &n);
    }
    meters_hear(&r->take->meters, in, frames);
}

/* As many frames as lie in one piece. */
static enum ton_code write_some(struct ton_recorder *r, int64_t c, const struct cutter_piece *piece,
                                int64_t *frames, struct ton_err *err) {
    bool overrun;
    enum ton_code code = TON_OK;
    if (*frames > STEP)
        *frames = STEP;
    const int64_t stored = losses_find(r, c, frames, &overrun);
    if (stored >= 0)
        capture_at(&r->capture, 0, stored, frames);
    pthread_mutex_lock(&r->lock);
    if (stored < 0)
        code = note_gap(r, *frames, overrun, err);
    if (code == TON_OK && piece->on_timeline)
        code = note_clip(r, *frames, piece->place + c - piece->from, err);
    pthread_mutex_unlock(&r->lock);
    if (stored >= 0)
        hear(r, stored, (int)*frames);
    if (code == TON_OK)
        code = write_lanes(r, stored, (int)*frames, err);
    pthread_mutex_lock(&r->lock);
    r->take->written += *frames;
    pthread_mutex_unlock(&r->lock);
    return code;
}

enum ton_code takes_write(struct ton_recorder *r, const struct cutter_piece *piece,
                          struct ton_err *err) {
    enum ton_code code = TON_OK;
    for (int64_t c = piece->from, n; c < piece->to && code == TON_OK; c += n) {
        n = piece->to - c;
        code = write_some(r, c, piece, &n, err);
    }
    return code;
}

enum ton_code takes_settle(struct ton_recorder *r, struct ton_err *err) {
    enum ton_code code = TON_OK;
    for (int i = 0; i < r->n_lanes && code == TON_OK; i++)
        code = ton_audio_settle(r->outs[i], time_reference(r, r->take), heard_from(r->take), err);
    return code;
}

enum ton_code takes_sync(struct ton_recorder *r, int lane, struct ton_err *err) {
    return ton_audio_sync(r->outs[lane], err);
}

static void end_take(struct ton_recorder *r) {
    pthread_mutex_lock(&r->lock);
    r->take->finished = true;
    pthread_mutex_unlock(&r->lock);
    r->take = NULL;
}

/* What one of them fails at keeps none of the others from ending. */
enum ton_code takes_close(struct ton_recorder *r, struct ton_err *err) {
    enum ton_code first = takes_settle(r, err);
    for (int i = 0; i < r->n_lanes; i++) {
        struct ton_err why = {0};
        const enum ton_code code = ton_audio_finish(r->outs[i], &why);
        r->outs[i] = NULL;
        if (code == TON_OK || first != TON_OK)
            continue;
        first = code;
        *err = why;
    }
    if (first != TON_OK)
        takes_salvage(r);
    else
        end_take(r);
    return first;
}

/* What is told of a take lies within all of its files. */
static void trim(struct take *t, int64_t frames) {
    while (t->n_clips > 0 && t->clips[t->n_clips - 1].from >= frames)
        t->n_clips--;
    while (t->n_gaps > 0 && t->gaps[t->n_gaps - 1].at >= frames)
        t->n_gaps--;
    struct ton_recorded_clip *clip = t->n_clips ? &t->clips[t->n_clips - 1] : NULL;
    struct ton_recorded_gap *gap = t->n_gaps ? &t->gaps[t->n_gaps - 1] : NULL;
    if (clip && clip->frames > frames - clip->from)
        clip->frames = frames - clip->from;
    if (gap && gap->frames > frames - gap->at)
        gap->frames = frames - gap->at;
}

void takes_salvage(struct ton_recorder *r) {
    struct take *t = r->take;
    int64_t least = t->written;
    for (int i = 0; i < r->n_lanes; i++) {
        struct ton_err ignored;
        int64_t frames = 0, found = 0;
        if (r->outs[i])
            ton_audio_finish(r->outs[i], &ignored);
        r->outs[i] = NULL;
        const char *path = takes_path(r->arena, r, i, t->number);
        if (path && ton_take_recover(&frames, &found, path, &ignored) == TON_OK)
            t->frames[i] = frames;
        least = t->frames[i] < least ? t->frames[i] : least;
    }
    pthread_mutex_lock(&r->lock);
    trim(t, least);
    pthread_mutex_unlock(&r->lock);
    end_take(r);
}
