/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The device under load: what is going to be recorded is recorded, by what records it later, while
 * every core has something else to do. */
#include "system.h"

#include "ton/text.h"

#include <math.h>

enum { MOST_WORKERS = 256, SEA = 1 << 18 };
static const double NAP_S = 0.05, SETTLE_S = 0.1;

struct worker {
    struct ton_thread thread;
    const atomic_bool *over;
    float *sea; /* more than a core keeps near */
};

struct run {
    const struct ton_system_check_config *config;
    struct ton_arena *arena;
    struct loading loading;
    struct watch second_watch;
    struct ton_device *device, *second;
    struct worker workers[MOST_WORKERS];
    int n_workers;
    atomic_bool over;
    struct system_folder takes;
    struct ton_device_status before; /* when the work began */
};

/* As urgent as any other program: what a mix does on its workers. */
static void *work(void *user) {
    struct worker *w = user;
    while (!atomic_load_explicit(w->over, memory_order_relaxed))
        for (int i = 0; i < SEA; i++)
            w->sea[i] = 0.5F * w->sea[i] + 0.25F * w->sea[SEA - 1 - i] + 1e-3F;
    return NULL;
}

static enum ton_code start_workers(struct run *run, struct ton_err *err) {
    const int n = ton_cpu_count() < MOST_WORKERS ? ton_cpu_count() : MOST_WORKERS;
    float *seas = TON_NEW_N(run->arena, float, (size_t)n *SEA);
    if (!seas)
        return ton_fail(err, TON_MEMORY, NULL, "no memory for work");
    enum ton_code code = TON_OK;
    for (int i = 0; i < n && !code; i++) {
        struct worker *w = &run->workers[i];
        *w = (struct worker){.over = &run->over, .sea = seas + (size_t)i * SEA};
        code = ton_thread_start(&w->thread, work, w, err);
        run->n_workers = i + 1;
    }
    return code;
}

/* Twice what is going to be written has to be free. */
static bool has_room(const struct ton_system_disk *disk, double seconds) {
    return (double)disk->free_bytes > 2 * seconds * disk->needed_bytes_s;
}

static enum ton_code start_recorder(struct run *run, struct ton_err *err) {
    const struct ton_system_check_config *c = run->config;
    struct ton_recorder_track *tracks =
        TON_NEW_N(run->arena, struct ton_recorder_track, c->n_inputs);
    for (int i = 0; i < c->n_inputs && tracks; i++) {
        tracks[i] = (struct ton_recorder_track){.inputs = {i}, .n_inputs = 1};
        tracks[i].name = tracks[i].stem = ton_arena_printf(run->arena, SYSTEM_STEM "%d", i + 1);
    }
    if (ton_arena_failed(run->arena))
        return ton_fail(err, TON_MEMORY, NULL, "no memory to record");
    const struct ton_recorder_config wanted = {
        .folder = run->takes.path,
        .tracks = tracks,
        .n_tracks = c->n_inputs,
        .rate = c->rate,
        .n_inputs = c->n_inputs,
        .bits = c->bits,
    };
    return ton_recorder_create(&run->loading.recorder, &wanted, err);
}

/* What is heard does not matter, so that a port of a server is left open; a device without one has
 * its channels by number. NULL: open. */
static const char *connection(struct run *run, const char *backend, int i) {
    return ton_text_same(backend, "portaudio") ? ton_arena_printf(run->arena, "%d", i + 1) : NULL;
}

static struct ton_device_wish *wishes(struct run *run, const char *what, int n) {
    struct ton_device_wish *list = TON_NEW_N(run->arena, struct ton_device_wish, n + 1);
    for (int i = 0; i < n && list; i++)
        list[i] = (struct ton_device_wish){ton_arena_printf(run->arena, "%s %d", what, i + 1),
                                           connection(run, run->config->backend, i)};
    return list;
}

static enum ton_code open_device(struct run *run, struct ton_err *err) {
    const struct ton_system_check_config *c = run->config;
    const struct ton_device_config wanted = {
        .backend = c->backend,
        .device = c->device,
        .server = c->server,
        .rate = c->rate,
        .period_frames = c->period_frames,
        .speed = 1,
        .inputs = wishes(run, "load in", c->n_inputs),
        .outputs = wishes(run, "load out", c->n_outputs),
        .n_inputs = c->n_inputs,
        .n_outputs = c->n_outputs,
        .process = loading_process,
        .user = &run->loading,
    };
    if (ton_arena_failed(run->arena))
        return ton_fail(err, TON_MEMORY, NULL, "no memory for the device's ports");
    enum ton_code code = watch_init(&run->loading.watch, run->arena, c->rate, c->seconds + 1, err);
    return code ? code : ton_device_open(&run->device, &wanted, err);
}

/* A device may have only inputs, or only outputs. */
static enum ton_code open_second(struct run *run, struct ton_err *err) {
    struct ton_device_config wanted = run->config->second;
    const struct ton_device_wish wish = {"clock", connection(run, wanted.backend, 0)};
    enum ton_code code =
        watch_init(&run->second_watch, run->arena, wanted.rate, run->config->seconds + 1, err);
    if (code)
        return code;
    wanted.process = watching_process;
    wanted.user = &run->second_watch;
    wanted.inputs = wanted.outputs = &wish;
    wanted.n_inputs = 1;
    code = ton_device_open(&run->second, &wanted, err);
    if (code == TON_ENVIRONMENT) {
        wanted.n_inputs = 0;
        wanted.n_outputs = 1;
        if (ton_device_open(&run->second, &wanted, NULL) == TON_OK)
            code = TON_OK;
    }
    if (!code)
        code = ton_device_start(run->second, err);
    return code;
}

static enum ton_code look(const struct run *run, struct ton_err *err) {
    enum ton_code code = ton_device_check(run->device, err);
    if (!code && run->loading.recorder)
        code = ton_recorder_failure(run->loading.recorder, err);
    return code ? code : ton_stop_check(err);
}

static void nap(double seconds) {
    ton_nap((int64_t)(1e9 * seconds));
}

static enum ton_code wait(const struct run *run, struct ton_err *err) {
    const double seconds = run->config->seconds;
    const int64_t begin = ton_clock_ns();
    enum ton_code code = TON_OK;
    for (double past = 0; !code && past < seconds; past = 1e-9 * (double)(ton_clock_ns() - begin)) {
        ton_progress_step(run->config->progress, "under load", past / seconds);
        if (run->second)
            ton_device_silence(run->second); /* counts only while it is asked */
        nap(fmin(NAP_S, seconds - past));
        code = look(run, err);
    }
    return code;
}

/* What a server loses while its graph changes is no matter. */
static enum ton_code record(struct run *run, struct ton_err *err) {
    enum ton_code code = ton_device_start(run->device, err);
    if (code)
        return code;
    nap(fmin(SETTLE_S, run->config->seconds));
    ton_device_status(run->device, &run->before);
    code = start_workers(run, err);
    if (!code && run->loading.recorder)
        code = ton_recorder_start(run->loading.recorder, 1, err);
    return code ? code : wait(run, err);
}

/* Before anything is closed. */
static void read_results(struct ton_system *out, struct run *run) {
    struct ton_system_load *load = &out->load;
    struct ton_recorder_status status;
    ton_device_status(run->device, &load->device);
    load->device.xruns -= run->before.xruns;
    load->device.lost_frames -= run->before.lost_frames;
    load->device.backend = ton_arena_text(run->arena, load->device.backend);
    load->device.name = ton_arena_text(run->arena, load->device.name);
    ton_device_stop(run->device);
    load->workers = run->n_workers;
    load->drift = watch_fit(&run->loading.watch);
    if (run->loading.recorder) {
        ton_recorder_status(run->loading.recorder, &status);
        load->recorded = status.recording;
        load->overrun = status.overrun;
        load->waited_s = status.worst_fill_s;
        load->ring_s = status.ring_s;
    }
    if (!run->second)
        return;
    ton_device_stop(run->second);
    load->second_drift = watch_fit(&run->second_watch);
    out->between = watch_between(load->second_drift, load->drift);
}

static void close_all(struct run *run) {
    atomic_store(&run->over, true);
    for (int i = 0; i < run->n_workers; i++)
        ton_thread_join(&run->workers[i].thread);
    ton_device_close(run->second);
    ton_device_close(run->device);
    ton_recorder_destroy(run->loading.recorder);
    system_folder_remove(&run->takes);
}

static enum ton_code load(struct ton_system *out, struct run *run, struct ton_err *err) {
    const struct ton_system_check_config *c = run->config;
    const bool records =
        out->disk_trouble.code == TON_OK && c->n_inputs > 0 && has_room(&out->disk, c->seconds);
    enum ton_code code = open_device(run, err);
    if (!code && records)
        code = system_folder_make(&run->takes, c->folder, err);
    if (!code && records)
        code = start_recorder(run, err);
    if (!code && c->second.backend)
        code = system_trouble(&out->second_trouble, run->arena, open_second(run, err), err);
    if (!code)
        code = record(run, err);
    if (!code)
        read_results(out, run);
    return code;
}

enum ton_code system_load(struct ton_system *out, struct ton_arena *arena,
                          const struct ton_system_check_config *config, struct ton_err *err) {
    struct run *run = TON_NEW(arena, struct run);
    if (!run)
        return ton_fail(err, TON_MEMORY, NULL, "no memory to check the system");
    run->config = config;
    run->arena = arena;
    run->takes.fd = -1;
    out->load.n_inputs = config->n_inputs;
    out->load.n_outputs = config->n_outputs;
    out->load.seconds = config->seconds;
    const enum ton_code code = load(out, run, err);
    close_all(run);
    return code;
}
