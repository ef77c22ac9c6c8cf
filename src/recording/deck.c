/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A deck is put together, and taken apart. */
#include "deck.h"

#include "ton/document.h"
#include "ton/path.h"
#include "ton/place.h"
#include "ton/production.h"
#include "ton/takes.h"

#include <math.h>
#include <unistd.h>

enum { DISK_WARNS_S = 600, DISK_LEAST_S = 1, HANDLE_S = 1 };

static enum ton_code no_memory(struct ton_err *err) {
    return ton_fail(err, TON_MEMORY, NULL, "no memory for the deck");
}

/* One end is enough, and what does not apply is not left out in silence. */
static enum ton_code check_ends(const struct ton_deck *d, struct ton_err *err) {
    const struct ton_deck_config *c = &d->config;
    const struct ton_session *s = d->reading->session;
    char end[32];
    if (d->from > 0 && d->from >= s->frames && !c->to && !c->records && !c->follow)
        return ton_fail(err, TON_USAGE, "--from", "`%s` lies behind the session's end, %s", c->from,
                        ton_time_format(end, sizeof end, s->frames, s->rate));
    if (c->length && d->length <= 0)
        return ton_fail(err, TON_USAGE, "--length", "`%s` is too short for a take", c->length);
    if (c->length && (c->loop || c->punch_in || c->to))
        return ton_fail(err, TON_USAGE, "--length", "`%s` ends it already; give one of the two",
                        c->loop       ? "--loop"
                        : c->punch_in ? "--punch-out"
                                      : "--to");
    if (c->passes && !c->loop)
        return ton_fail(err, TON_USAGE, "--passes",
                        "passes are those of a loop: give `--loop`, `--from` and `--to` too");
    return TON_OK;
}

static enum ton_code read_places(struct ton_deck *d, struct ton_err *err) {
    const struct ton_deck_config *c = &d->config;
    const struct ton_session *s = d->reading->session;
    d->to = d->punch_out = -1;
    enum ton_code code = reading_place(&d->from, s, "--from", c->from, err);
    if (!code)
        code = reading_place(&d->to, s, "--to", c->to, err);
    if (!code)
        code = reading_place(&d->punch_in, s, "--punch-in", c->punch_in, err);
    if (!code)
        code = reading_place(&d->punch_out, s, "--punch-out", c->punch_out, err);
    if (!code)
        code = reading_length(&d->length, s, "--length", c->length, d->from, err);
    if (!code)
        code = check_ends(d, err);
    if (code)
        return code;
    if (c->to && d->to <= d->from)
        return ton_fail(err, TON_USAGE, "--to", "`%s` does not lie behind the start", c->to);
    if (c->loop && !c->to)
        return ton_fail(err, TON_USAGE, "--loop", "a loop needs its end: `--to`");
    if (c->loop && d->to - d->from < ton_loop_least(s->rate))
        return ton_fail(
            err, TON_USAGE, "--loop", "from `%s` to `%s` are %.0f ms, and a pass has at least 250",
            c->from ? c->from : "0:00", c->to, 1000.0 * (double)(d->to - d->from) / s->rate);
    if (!c->punch_in != !c->punch_out)
        return ton_fail(err, TON_USAGE, c->punch_in ? "--punch-in" : "--punch-out",
                        "a punch has two ends; give `--punch-in` and `--punch-out`");
    if (c->punch_in && d->punch_out <= d->punch_in)
        return ton_fail(err, TON_USAGE, "--punch-out", "`%s` does not lie behind the punch-in `%s`",
                        c->punch_out, c->punch_in);
    if (c->punch_in && d->from > d->punch_in)
        return ton_fail(err, TON_USAGE, "--punch-in",
                        "`%s` lies before `--from %s`, where it begins to roll", c->punch_in,
                        c->from);
    d->loop_from = d->from;
    return reading_bars_before(&d->count_in, s, d->from, c->count_in_bars, err);
}

/* A punch is played into: two bars, or four seconds where there are none. */
static enum ton_code lead_in(struct ton_deck *d, struct ton_err *err) {
    const struct ton_session *s = d->reading->session;
    int64_t lead = 4 * (int64_t)s->rate;
    if (!d->config.punch_in || d->config.from)
        return TON_OK;
    const enum ton_code code =
        s->has_tempo ? reading_bars_before(&lead, s, d->punch_in, 2, err) : TON_OK;
    d->from = d->punch_in > lead ? d->punch_in - lead : 0;
    return code;
}

enum ton_code deck_loop(struct ton_deck *d, int64_t from, int64_t to, struct ton_err *err) {
    struct deck_loop *loop = TON_NEW(d->arena, struct deck_loop);
    if (!loop)
        return no_memory(err);
    *loop = (struct deck_loop){from, to};
    const enum ton_code code = ton_transport_loop(d->transport, from, to, err);
    if (!code)
        atomic_store(&d->audio.loop, loop); /* the one before lies in the arena until the end */
    return code;
}

enum ton_code deck_make_transport(struct ton_deck *d, struct ton_err *err) {
    const struct ton_deck_config *c = &d->config;
    const struct ton_session *s = d->reading->session;
    const struct ton_transport_config config = {.session = s,
                                                .endless = c->records,
                                                .end = d->to > 0 && !c->loop ? d->to : 0,
                                                .settle = c->settle,
                                                .user = c->settle_user};
    enum ton_code code = ton_transport_create(&d->transport, &config, err);
    if (!code)
        code = deck_set_strips(d, err);
    if (!code && c->click != TON_CLICK_OFF)
        code = ton_transport_click(d->transport, c->click, (double)c->click_db, err);
    if (!code && c->loop)
        code = deck_loop(d, d->loop_from, d->to, err);
    return code ? code : ton_transport_locate(d->transport, d->from, err);
}

static bool is_ready(void *user, int64_t frame) {
    const struct deck_audio *a = user;
    return sync_is_ready(a->sync, frame);
}

static bool has_room(void *user) {
    const struct deck_audio *a = user;
    return !a->recorder || ton_recorder_has_room(a->recorder);
}

static enum ton_code open_device(struct ton_deck *d, struct ton_err *err) {
    const struct ton_deck_config *c = &d->config;
    struct ton_device_wish outputs[4] = {
        {"mix L", c->outputs[0] ? c->outputs[0] : "1"},
        {"mix R", c->outputs[1] ? c->outputs[1] : "2"},
    };
    int n_inputs = d->arms.n_wishes, n_outputs = 2;
    struct ton_device_wish *inputs = TON_NEW_N(d->arena, struct ton_device_wish, n_inputs + 1);
    if (!inputs)
        return no_memory(err);
    for (int i = 0; i < n_inputs; i++)
        inputs[i] = d->arms.wishes[i];
    if (c->click_to)
        outputs[n_outputs++] = (struct ton_device_wish){"click", c->click_to};
    enum ton_code code =
        sync_create(&d->sync, d->arena, c, d->reading->session, n_inputs, n_outputs, err);
    if (code)
        return code;
    if (c->ltc_in)
        inputs[n_inputs++] = (struct ton_device_wish){"timecode", c->ltc_in};
    if (c->ltc_out)
        outputs[n_outputs++] = (struct ton_device_wish){"timecode out", c->ltc_out};
    const struct ton_device_config config = {
        .backend = c->backend,
        .device = c->device,
        .server = c->server,
        .rate = d->reading->session->rate,
        .period_frames = c->period_frames,
        .speed = c->speed,
        .inputs = inputs,
        .n_inputs = n_inputs,
        .outputs = outputs,
        .n_outputs = n_outputs,
        .n_if_there = c->outputs[0] ? 0 : 2,
        .midi_out = c->midi_out,
        .process = deck_process,
        .user = &d->audio,
        .ready = c->follow == TON_FOLLOW_JACK ? is_ready : NULL,
        .has_room = has_room,
    };
    code = ton_device_open(&d->device, &config, err);
    if (code)
        return code;
    struct ton_device_status status;
    ton_device_status(d->device, &status);
    if (!c->backend && ton_text_same(status.backend, "null"))
        return ton_fail(err, TON_ENVIRONMENT, NULL,
                        "there is no sound device: start a JACK server (`jackd -d alsa`), or with "
                        "PipeWire put `pw-jack` before `ton`; `--device null` runs without sound");
    if (c->follow == TON_FOLLOW_JACK && !ton_text_same(status.backend, "jack"))
        return ton_fail(err, TON_USAGE, c->leads ? "--lead" : "--follow",
                        "`%s` has no transport that programs share; a JACK server has one",
                        status.backend);
    d->most_frames = status.most_frames;
    d->audio.sync = &d->sync.audio;
    d->audio.own_click = c->click_to != NULL;
    d->audio.click = TON_NEW_N(d->arena, float, status.most_frames);
    for (int i = 0; i < 2; i++)
        d->audio.unheard[i] = TON_NEW_N(d->arena, float, status.most_frames);
    return ton_arena_failed(d->arena) ? no_memory(err) : TON_OK;
}

/* A microphone with a plug, a server for one side: what has no outputs records all the same. */
static enum ton_code check_outputs(struct ton_deck *d, struct ton_err *err) {
    const bool left = d->config.outputs[0] || ton_device_latency(d->device, false, 0) >= 0;
    const bool right = d->config.outputs[0] || ton_device_latency(d->device, false, 1) >= 0;
    if (!left && !d->config.records)
        return ton_fail(err, TON_ENVIRONMENT, NULL,
                        "the device has no outputs to play through; `ton devices` lists others");
    d->unheard = !left;
    if (!left)
        deck_warn(d, "the device has no outputs: nothing is heard");
    else if (!right)
        deck_warn(d, "the device has no output 2: the mix's right side is not heard");
    return TON_OK;
}

/* What has both ends given is recorded between them, to the sample, as a punch is. */
static void find_ends(struct ton_deck *d) {
    const struct ton_deck_config *c = &d->config;
    if (c->length && !c->punch_in && !c->loop && !c->follow)
        d->to = d->from + d->length;
    d->fixed = c->punch_in || c->loop || (!c->standby && d->to > 0);
    if (d->fixed && !c->punch_in) {
        d->punch_in = d->from;
        d->punch_out = d->to;
    }
}

static enum ton_code make_recorder(struct ton_deck *d, struct ton_err *err) {
    const struct ton_deck_config *c = &d->config;
    const char *folder = ton_path_join(d->arena, c->folder, "audio");
    if (!folder)
        return no_memory(err);
    enum ton_code code = ton_path_make_folders(folder, err);
    if (!code)
        code = deck_find_latency(d, err);
    find_ends(d);
    const struct ton_recorder_config config = {
        .folder = folder,
        .tracks = d->arms.tracks,
        .n_tracks = d->arms.n,
        .rate = d->reading->session->rate,
        .n_inputs = d->arms.n_wishes, /* timecode comes behind them */
        .bits = c->bits,
        .poly = c->poly,
        .poly_stem = d->session_name,
        .ring_s = c->ring_s,
        .pre_roll_s = c->standby ? c->pre_roll_s : 0,
        .latency = d->latency,
        .punch_in = d->fixed ? d->punch_in : 0,
        .punch_out = d->fixed ? d->punch_out : 0,
        .most = c->follow ? d->length : 0,
        .handle_s = d->fixed && c->punch_in ? HANDLE_S : 0,
        .from_roll = !c->standby,
        .loops = c->loop,
        .project = d->session_name,
        .scene = c->scene,
        .tape = c->tape,
        .description = c->note,
        .time_reference = (int64_t)llround(d->sync.start),
        .fps = d->reading->session->frames_per_second,
        .drop_frame = c->drop_frame,
    };
    if (!code)
        code = ton_recorder_create(&d->recorder, &config, err);
    d->audio.recorder = d->recorder;
    return code ? code : deck_monitor_create(d, err);
}

static enum ton_code list_tracks(struct ton_deck *d, struct ton_err *err) {
    d->tracks = TON_NEW_N(d->arena, struct ton_deck_track, d->arms.n + 1);
    d->meters = TON_NEW_N(d->arena, struct ton_recorder_meter, d->arms.n_wishes + 1);
    for (int i = 0; d->tracks && i < d->arms.n; i++) {
        const struct arm *arm = &d->arms.items[i];
        d->tracks[i] = (struct ton_deck_track){
            .name = arm->track,
            .inputs = arm->n_inputs == 2
                          ? ton_arena_printf(d->arena, "%s, %s", arm->inputs[0], arm->inputs[1])
                          : arm->inputs[0],
            .meters = {d->arms.tracks[i].inputs[0], d->arms.tracks[i].inputs[1]},
            .n_meters = arm->n_inputs};
    }
    return ton_arena_failed(d->arena) ? no_memory(err) : TON_OK;
}

/* Said before anything is recorded. */
static enum ton_code check_disk(struct ton_deck *d, struct ton_err *err) {
    struct ton_recorder_status status;
    char free[32];
    for (int i = 0; i < 100; i++) { /* the writer looks as soon as it runs */
        ton_recorder_status(d->recorder, &status);
        if (status.disk_free >= 0)
            break;
        ton_nap(5000000);
    }
    if (status.disk_free < 0 || status.disk_s >= DISK_WARNS_S)
        return TON_OK;
    ton_bytes_format(free, sizeof free, status.disk_free);
    if (status.disk_s < DISK_LEAST_S)
        return ton_fail(err, TON_ENVIRONMENT, d->config.folder,
                        "its disk has %s left, %.1f seconds of what is armed; make room for more",
                        free, status.disk_s);
    deck_warn(d, "the disk has %s left: %.0f minutes %.0f seconds of what is armed", free,
              floor(status.disk_s / 60), fmod(status.disk_s, 60));
    return TON_OK;
}

/* Nothing is recorded that has no place to go. */
static enum ton_code check_text(struct ton_deck *d, struct ton_err *err) {
    const char *path = d->config.session;
    struct ton_takes takes = ton_takes_from_files();
    const char **tracks = TON_NEW_N(d->arena, const char *, d->arms.n + 1);
    char *text = NULL;
    size_t length = 0;
    takes.or_silence = true;
    if (!tracks)
        return no_memory(err);
    for (int i = 0; i < d->arms.n; i++)
        tracks[i] = d->arms.items[i].track;
    const enum ton_code code =
        ton_path_read(&text, &length, d->arena, path, TON_DOCUMENT_BYTES, err);
    return code ? code
                : ton_session_can_place(d->arena, path, text, length, &takes, tracks, d->arms.n,
                                        d->problems, err);
}

/* The rate that the device runs at, where one can be asked. */
static enum ton_code device_rate(int *rate, struct ton_deck *d, struct ton_err *err) {
    const struct ton_deck_config *c = &d->config;
    struct ton_devices devices;
    *rate = c->rate ? c->rate : 48000;
    const enum ton_code code = ton_devices_list(&devices, d->arena, c->server, err);
    const struct ton_device_info *info = code ? NULL : ton_devices_default(&devices, c->backend);
    if (info && !c->rate)
        *rate = (int)lround(info->rate);
    return code;
}

/* The first recording of a production. */
static enum ton_code begin_session(struct ton_deck *d, struct ton_err *err) {
    const struct ton_deck_config *c = &d->config;
    int rate = 0;
    if (ton_path_exists(c->session))
        return TON_OK;
    enum ton_code code = device_rate(&rate, d, err);
    if (code)
        return code;
    const char *text = ton_session_begin(d->arena, d->session_name, rate, 0);
    const char *folder = ton_path_folder(d->arena, c->session);
    if (!text || !folder)
        return no_memory(err);
    code = ton_path_make_folders(folder, err);
    if (!code)
        code = ton_path_write_new(c->session, text, strlen(text), err);
    d->began_session = !code;
    return code;
}

static enum ton_code open_recording(struct ton_deck *d, struct ton_err *err) {
    const struct ton_deck_config *c = &d->config;
    enum ton_code code =
        arms_find(&d->arms, d->arena, c->folder, d->reading->session, c->arm, c->n_arm, err);
    if (!code)
        code = deck_read_latency(d, err);
    if (!code)
        code = check_text(d, err);
    if (!code)
        code = list_tracks(d, err);
    if (!code)
        code = ton_database_open(&d->db, c->folder, err);
    if (!code)
        ton_database_wait(d->db, PATIENCE_MS);
    return code;
}

static enum ton_code assemble(struct ton_deck *d, struct ton_err *err) {
    const struct ton_deck_config *c = &d->config;
    d->session_name = ton_path_stem(d->arena, c->session);
    if (!d->session_name)
        return no_memory(err);
    enum ton_code code = deck_list_strips(d, err);
    if (!code && c->records)
        code = ton_production_lock(&d->lock, c->folder, err);
    if (!code && c->records)
        code = begin_session(d, err);
    if (!code)
        code = reading_create(&d->reading, c->session, c->records, d->problems, err);
    d->first = d->reading;
    if (!code)
        code = read_places(d, err);
    if (!code)
        code = lead_in(d, err);
    d->rolled_from = d->from;
    if (!code && c->records)
        code = open_recording(d, err);
    if (!code)
        code = deck_make_transport(d, err);
    if (!code)
        code = open_device(d, err);
    if (!code)
        code = check_outputs(d, err);
    if (!code)
        code = ton_mix_meter_create(&d->audio.meter, d->reading->session->rate, err);
    if (!code)
        code = deck_chain_create(d, err);
    if (!code && c->records)
        code = make_recorder(d, err);
    if (!code && c->records)
        code = check_disk(d, err);
    if (code)
        return code;
    atomic_store(&d->audio.transport, d->transport);
    return ton_device_start(d->device, err);
}

enum ton_code ton_deck_open(struct ton_deck **out, const struct ton_deck_config *config,
                            struct ton_problems *problems, struct ton_err *err) {
    *out = NULL;
    struct ton_arena *arena = ton_arena_create();
    struct ton_deck *d = arena ? TON_NEW(arena, struct ton_deck) : NULL;
    if (!d) {
        ton_arena_destroy(arena);
        return no_memory(err);
    }
    *d = (struct ton_deck){
        .arena = arena, .config = *config, .problems = problems, .lock = -1, .ended = NEVER};
    const enum ton_code code = assemble(d, err);
    if (code && d->began_session) /* nothing was recorded into it */
        unlink(d->config.session);
    if (code)
        ton_deck_close(d);
    else
        *out = d;
    return code;
}

void ton_deck_close(struct ton_deck *d) {
    if (!d)
        return;
    ton_deck_finish(d);
    ton_device_close(d->device);
    ton_recorder_destroy(d->recorder);
    deck_monitor_destroy(d);
    ton_mix_meter_destroy(d->audio.meter);
    monitor_chain_destroy(d->audio.chain);
    ton_transport_destroy(d->transport);
    for (size_t i = 0; i < d->n_parked; i++) {
        ton_transport_destroy(d->parked[i].transport);
        if (d->parked[i].reading != d->first)
            reading_destroy(d->parked[i].reading);
    }
    ton_database_close(d->db);
    sync_finish(&d->sync);
    if (d->reading != d->first)
        reading_destroy(d->reading);
    reading_destroy(d->first);
    ton_production_unlock(&d->lock);
    ton_arena_destroy(d->arena);
}

const struct ton_session *ton_deck_session(const struct ton_deck *d) {
    return d->reading->session;
}
