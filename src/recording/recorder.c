/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What comes in becomes takes: what the rest of the program sees of it. */
#include "writer.h"

#include "ton/path.h"

#include <unistd.h>

static enum ton_code no_memory(struct ton_err *err) {
    return ton_fail(err, TON_MEMORY, NULL, "there is no memory to record");
}

static void keep_texts(struct ton_recorder *r) {
    struct ton_recorder_config *c = &r->config;
    const char **texts[] = {&c->folder, &c->poly_stem, &c->project,
                            &c->scene,  &c->tape,      &c->description};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        *texts[i] = ton_arena_text(r->arena, *texts[i]);
}

/* "Piano L" and "Piano R" are the two of a track "Piano". */
static void add_track(struct ton_recorder *r, struct lane *lane,
                      const struct ton_recorder_track *t) {
    static const char *const sides[] = {" L", " R"};
    for (int k = 0; k < t->n_inputs; k++) {
        lane->inputs[lane->n] = t->inputs[k];
        lane->numbers[lane->n] = t->numbers[k] ? t->numbers[k] : t->inputs[k] + 1;
        lane->names[lane->n++] =
            ton_arena_printf(r->arena, "%s%s", t->name, t->n_inputs > 1 ? sides[k] : "");
    }
    lane->tracks = lane->tracks ? ton_arena_printf(r->arena, "%s, %s", lane->tracks, t->name)
                                : ton_arena_text(r->arena, t->name);
}

static bool make_lane(struct ton_recorder *r, struct lane *lane, const char *stem, int track) {
    *lane = (struct lane){.stem = ton_arena_text(r->arena, stem),
                          .track = track,
                          .inputs = TON_NEW_N(r->arena, int, TON_MAX_CHANNELS),
                          .numbers = TON_NEW_N(r->arena, int, TON_MAX_CHANNELS),
                          .names = TON_NEW_N(r->arena, const char *, TON_MAX_CHANNELS)};
    return lane->inputs && lane->numbers && lane->names;
}

static bool make_lanes(struct ton_recorder *r) {
    const struct ton_recorder_config *c = &r->config;
    r->n_lanes = c->poly ? 1 : c->n_tracks;
    r->lanes = TON_NEW_N(r->arena, struct lane, r->n_lanes);
    r->outs = TON_NEW_N(r->arena, struct ton_audio_out *, r->n_lanes);
    r->levels = TON_NEW_N(r->arena, struct ton_recorder_meter, c->n_inputs);
    r->meters = (struct meters){.of = TON_NEW_N(r->arena, struct meter, c->n_inputs),
                                .n = c->n_inputs,
                                .step = c->rate / (10 * METER_STEPS)};
    if (ton_arena_failed(r->arena) || (c->poly && !make_lane(r, r->lanes, c->poly_stem, -1)))
        return false;
    for (int i = 0; i < c->n_tracks; i++) {
        if (!c->poly && !make_lane(r, &r->lanes[i], c->tracks[i].stem, i))
            return false;
        add_track(r, &r->lanes[c->poly ? 0 : i], &c->tracks[i]);
    }
    return !ton_arena_failed(r->arena);
}

static enum ton_code check_track(const struct ton_recorder_config *c, int i, struct ton_err *err) {
    const struct ton_recorder_track *t = &c->tracks[i];
    if (t->n_inputs < 1 || t->n_inputs > 2)
        return ton_fail(err, TON_INPUT, NULL, "track `%s` is recorded from 1 or 2 inputs, not %d",
                        t->name, t->n_inputs);
    for (int k = 0; k < t->n_inputs; k++)
        if (t->inputs[k] < 0 || t->inputs[k] >= c->n_inputs)
            return ton_fail(err, TON_INPUT, NULL,
                            "track `%s` wants input %d, but the device has %d", t->name,
                            t->inputs[k] + 1, c->n_inputs);
    for (int k = 0; k < i && !c->poly; k++)
        if (strcmp(t->stem, c->tracks[k].stem) == 0)
            return ton_fail(err, TON_INPUT, NULL,
                            "the takes of `%s` and `%s` would have one name: `%s`",
                            c->tracks[k].name, t->name, t->stem);
    return TON_OK;
}

static enum ton_code check(const struct ton_recorder_config *c, struct ton_err *err) {
    int channels = 0;
    for (int i = 0; i < c->n_tracks; i++) {
        const enum ton_code code = check_track(c, i, err);
        if (code != TON_OK)
            return code;
        channels += c->tracks[i].n_inputs;
    }
    if (c->poly && channels > TON_MAX_CHANNELS)
        return ton_fail(err, TON_INPUT, NULL, "one file holds at most %d channels, not %d",
                        TON_MAX_CHANNELS, channels);
    if (c->n_inputs < 1 || c->n_inputs > MOST_INPUTS || c->n_tracks < 1)
        return ton_fail(err, TON_INPUT, NULL, "1 to %d inputs can be recorded, not %d", MOST_INPUTS,
                        c->n_inputs);
    if (c->bits != 24 && c->bits != 32)
        return ton_fail(err, TON_INPUT, NULL, "a take has 24 bits or 32 (float), not %d", c->bits);
    if (!ton_path_is_folder(c->folder))
        return ton_fail(err, TON_ENVIRONMENT, c->folder, "is no folder, and takes are to go there");
    if (access(c->folder, W_OK) != 0)
        return ton_fail_errno(err, c->folder, "cannot take up recordings");
    return TON_OK;
}

static enum ton_code prepare(struct ton_recorder *r, struct ton_err *err) {
    struct ton_recorder_config *c = &r->config;
    if (!(c->ring_s > 0))
        c->ring_s = 10.0;
    if (c->latency < 0)
        c->latency = 0;
    r->arena = ton_arena_create();
    if (!r->arena)
        return no_memory(err);
    keep_texts(r);
    if (!make_lanes(r))
        return no_memory(err);
    r->pre_roll = c->pre_roll_s > 0 ? (int64_t)(c->pre_roll_s * c->rate) : 0;
    const int64_t handle = c->handle_s > 0 ? (int64_t)(c->handle_s * c->rate) : 0;
    r->disk_free = -1;
    ton_path_clear_dead(r->arena, c->folder);
    cutter_init(&r->cutter, &(struct cutter_config){.latency = c->latency,
                                                    .pre_roll = r->pre_roll,
                                                    .handle = handle,
                                                    .punch_in = c->punch_in,
                                                    .punch_out = c->punch_out,
                                                    .most = c->most,
                                                    .from_roll = c->from_roll,
                                                    .loops = c->loops});
    if (handle > r->pre_roll)
        r->pre_roll = handle; /* kept behind the writer */
    const int64_t frames = r->pre_roll + (int64_t)(c->ring_s * c->rate);
    const enum ton_code code = capture_create(&r->capture, c->n_inputs, frames, err);
    return code == TON_OK ? ton_thread_start(&r->thread, writer_run, r, err) : code;
}

enum ton_code ton_recorder_create(struct ton_recorder **out,
                                  const struct ton_recorder_config *config, struct ton_err *err) {
    *out = NULL;
    enum ton_code code = check(config, err);
    if (code != TON_OK)
        return code;
    struct ton_recorder *r = ton_alloc(sizeof *r);
    if (!r)
        return no_memory(err);
    r->config = *config;
    pthread_mutex_init(&r->lock, NULL);
    ton_condition_init(&r->wake);
    ton_condition_init(&r->done);
    code = prepare(r, err);
    if (code != TON_OK)
        ton_recorder_destroy(r);
    else
        *out = r;
    return code;
}

void ton_recorder_destroy(struct ton_recorder *r) {
    if (!r)
        return;
    if (r->thread.running)
        ton_recorder_stop(r, NULL);
    pthread_mutex_lock(&r->lock);
    r->quit = true;
    pthread_cond_signal(&r->wake);
    pthread_mutex_unlock(&r->lock);
    ton_thread_join(&r->thread);
    pthread_cond_destroy(&r->wake);
    pthread_cond_destroy(&r->done);
    pthread_mutex_destroy(&r->lock);
    capture_finish(&r->capture);
    ton_arena_destroy(r->arena);
    ton_free(r);
}

/* Nobody's file is written over. */
static enum ton_code check_names(const struct ton_recorder *r, int number, struct ton_err *err) {
    struct ton_arena *arena = ton_arena_create();
    enum ton_code code = arena ? TON_OK : no_memory(err);
    for (int i = 0; i < r->n_lanes && code == TON_OK; i++) {
        const char *path = takes_path(arena, r, i, number);
        if (!path)
            code = no_memory(err);
        else if (ton_path_exists(path) || ton_path_is_link(path))
            code = ton_fail(err, TON_ENVIRONMENT, path,
                            "is there already, and takes are never written over; give the take "
                            "another number");
    }
    ton_arena_destroy(arena);
    return code;
}

enum ton_code ton_recorder_start(struct ton_recorder *r, int number, struct ton_err *err) {
    enum ton_code code = check_names(r, number, err);
    if (code == TON_OK && access(r->config.folder, W_OK) != 0)
        code = ton_fail_errno(err, r->config.folder, "cannot take up recordings");
    if (code != TON_OK)
        return code;
    pthread_mutex_lock(&r->lock);
    if (r->button != BUTTON_IDLE) {
        code = ton_fail(err, TON_USAGE, NULL, "a take is being recorded already");
    } else {
        r->button = BUTTON_PRESSED;
        r->start = atomic_load_explicit(&r->capture.reached, memory_order_acquire);
        r->presses++;
        r->first = r->number = number;
        r->failure = (struct ton_err){0};
    }
    pthread_cond_signal(&r->wake);
    pthread_mutex_unlock(&r->lock);
    return code;
}

void ton_recorder_set_latency(struct ton_recorder *r, int64_t frames) {
    pthread_mutex_lock(&r->lock);
    r->config.latency = frames > 0 ? frames : 0;
    pthread_mutex_unlock(&r->lock);
}

static enum ton_code failure(const struct ton_recorder *r, struct ton_err *err) {
    if (r->failure.code != TON_OK && err)
        *err = r->failure;
    return r->failure.code;
}

enum ton_code ton_recorder_stop(struct ton_recorder *r, struct ton_err *err) {
    pthread_mutex_lock(&r->lock);
    if (r->button == BUTTON_PRESSED) {
        r->button = BUTTON_RELEASED;
        r->stop = atomic_load_explicit(&r->capture.reached, memory_order_acquire);
        pthread_cond_signal(&r->wake);
    }
    while (r->button != BUTTON_IDLE)
        pthread_cond_wait(&r->done, &r->lock);
    const enum ton_code code = failure(r, err);
    pthread_mutex_unlock(&r->lock);
    return code;
}

enum ton_code ton_recorder_failure(struct ton_recorder *r, struct ton_err *err) {
    pthread_mutex_lock(&r->lock);
    const enum ton_code code = failure(r, err);
    pthread_mutex_unlock(&r->lock);
    return code;
}

static void *copy_of(struct ton_arena *arena, const void *items, size_t bytes) {
    void *copy = bytes ? ton_arena_alloc(arena, bytes) : NULL;
    if (copy)
        memcpy(copy, items, bytes);
    return copy;
}

/* NULL while it runs. */
static const struct ton_recorder_meter *levels_of(const struct take *t, struct ton_arena *arena) {
    struct ton_recorder_meter *levels =
        t->finished ? TON_NEW_N(arena, struct ton_recorder_meter, t->meters.n) : NULL;
    for (int i = 0; levels && i < t->meters.n; i++)
        levels[i] = meters_read(&t->meters, i);
    return levels;
}

static void list_take(struct ton_recorded *out, struct ton_arena *arena,
                      const struct ton_recorder *r, const struct take *t) {
    const struct ton_recorded_clip *clips = copy_of(arena, t->clips, sizeof *clips * t->n_clips);
    const struct ton_recorded_gap *gaps = copy_of(arena, t->gaps, sizeof *gaps * t->n_gaps);
    const struct ton_recorder_meter *levels = levels_of(t, arena);
    const char *began = ton_arena_text(arena, t->began);
    for (int i = 0; i < r->n_lanes; i++)
        out[i] = (struct ton_recorded){.levels = levels,
                                       .file = ton_arena_text(arena, t->files[i]),
                                       .began = began,
                                       .track = r->lanes[i].track,
                                       .number = t->number,
                                       .press = t->press,
                                       .pass = t->pass,
                                       .frames = t->finished ? t->frames[i] : t->written,
                                       .pre_roll = t->pre_roll,
                                       .place = t->place,
                                       .captured = t->from,
                                       .finished = t->finished,
                                       .clips = clips,
                                       .n_clips = clips ? (int)t->n_clips : 0,
                                       .gaps = gaps,
                                       .n_gaps = gaps ? (int)t->n_gaps : 0};
}

enum ton_code ton_recorder_takes(struct ton_recorded **out, int *n, struct ton_arena *arena,
                                 struct ton_recorder *r, int from, struct ton_err *err) {
    const size_t first = (size_t)(from / r->n_lanes);
    pthread_mutex_lock(&r->lock);
    *n = (int)(r->n_takes - first) * r->n_lanes;
    *out = TON_NEW_N(arena, struct ton_recorded, *n + 1);
    for (size_t i = first; i < r->n_takes && *out; i++)
        list_take(*out + (i - first) * (size_t)r->n_lanes, arena, r, r->takes[i]);
    pthread_mutex_unlock(&r->lock);
    return ton_arena_failed(arena) ? no_memory(err) : TON_OK;
}

void ton_recorder_status(struct ton_recorder *r, struct ton_recorder_status *out) {
    int bytes = 0;
    for (int i = 0; i < r->n_lanes; i++)
        bytes += r->lanes[i].n * r->config.bits / 8;
    pthread_mutex_lock(&r->lock);
    *out = (struct ton_recorder_status){
        .recording = r->button != BUTTON_IDLE,
        .captured = atomic_load_explicit(&r->capture.passed, memory_order_relaxed),
        .cut = r->cut,
        .lost = atomic_load_explicit(&r->capture.lost, memory_order_relaxed),
        .overrun = atomic_load_explicit(&r->capture.overrun, memory_order_relaxed),
        .ring_s = r->config.ring_s,
        .worst_fill_s = (double)r->worst_fill / r->config.rate,
        .disk_free = r->disk_free,
        .disk_s = r->disk_free < 0 ? 0 : (double)r->disk_free / ((double)bytes * r->config.rate)};
    pthread_mutex_unlock(&r->lock);
}

void ton_recorder_meter(struct ton_recorder *r, int input, struct ton_recorder_meter *out) {
    pthread_mutex_lock(&r->lock);
    *out = r->levels[input];
    pthread_mutex_unlock(&r->lock);
}

void ton_recorder_reset_meters(struct ton_recorder *r) {
    pthread_mutex_lock(&r->lock);
    r->reset = true;
    for (int i = 0; i < r->meters.n; i++) {
        r->levels[i].held = 0;
        r->levels[i].overs = 0;
    }
    pthread_mutex_unlock(&r->lock);
}
