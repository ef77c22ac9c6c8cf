/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A deck in step with others: what was asked for, and timecode that comes in. */
#include "sync.h"

#include "rings.h"

#include "ton/order.h"

#include <math.h>

static enum ton_code read_rate(struct sync *s, const struct ton_deck_config *config,
                               const struct ton_session *session, struct ton_err *err) {
    const bool wanted = config->ltc_in || config->ltc_out || config->midi_out || config->timecode;
    if (ton_fps_of(&s->fps, session->frames_per_second, config->drop_frame) || !wanted)
        return TON_OK;
    return ton_fail(err, TON_INPUT, session->path,
                    "no timecode has %g frames a second%s; `frames per second` may be 23.976, 24, "
                    "25, 29.97 or 30, and only 29.97 drops frames",
                    session->frames_per_second, config->drop_frame ? " with dropped ones" : "");
}

static enum ton_code read_start(struct sync *s, const struct ton_deck_config *config,
                                const struct ton_session *session, struct ton_err *err) {
    struct ton_timecode start = {0};
    struct ton_err why;
    const enum ton_code code =
        config->timecode ? ton_timecode_parse(&start, config->timecode, s->fps, &why) : TON_OK;
    if (code)
        return ton_fail(err, TON_USAGE, "--timecode", "%s", why.text);
    s->start = ton_timecode_samples(start, s->fps, session->rate);
    return code;
}

static enum ton_code make_reader(struct sync *s, struct ton_arena *arena,
                                 const struct ton_session *session, int input,
                                 struct ton_err *err) {
    s->audio.ltc_input = input;
    s->audio.line = TON_NEW(arena, struct line);
    if (!s->audio.line)
        return ton_fail(err, TON_MEMORY, NULL, "no memory to hear timecode");
    rings_touch(s->audio.line, sizeof *s->audio.line);
    return ton_ltc_reader_create(&s->reader, session->rate, s->fps, err);
}

enum ton_code sync_create(struct sync *s, struct ton_arena *arena,
                          const struct ton_deck_config *config, const struct ton_session *session,
                          int n_inputs, int n_outputs, struct ton_err *err) {
    *s = (struct sync){.follow = config->follow,
                       .ahead_s = 0.5,
                       .audio = {.ltc_input = -1,
                                 .ltc_output = -1,
                                 .sends_clock = config->midi_out && session->has_tempo,
                                 .sends_mtc = config->midi_out != NULL,
                                 .follows_shared = config->follow == TON_FOLLOW_JACK}};
    atomic_store(&s->audio.roll_at, NEVER);
    atomic_store(&s->audio.ready, NEVER);
    atomic_store(&s->audio.shared, sync_pack((struct shared){TON_DEVICE_STOPPED, -1}));
    enum ton_code code = read_rate(s, config, session, err);
    if (!code)
        code = read_start(s, config, session, err);
    if (!code && config->ltc_in)
        code = make_reader(s, arena, session, n_inputs, err);
    if (code)
        return code;
    if (config->ltc_out) {
        s->audio.ltc_output = n_outputs;
        ton_ltc_init_at(&s->audio.ltc, session->rate, s->fps, s->start);
    }
    s->chase = (struct ton_chase){.rate = session->rate, .start = s->start};
    s->audio.clock = (struct ton_midi_clock){.tempo = session->tempo, .next = -1};
    s->audio.mtc =
        (struct ton_mtc){.fps = s->fps, .rate = session->rate, .start = s->start, .next = -1};
    return TON_OK;
}

void sync_finish(struct sync *s) {
    ton_ltc_reader_destroy(s->reader);
}

int line_next(struct line *l, const float **in, int64_t *frame) {
    enum { MOST = 256 }; /* so that room becomes free while the rest is heard */
    const int64_t heard = atomic_load_explicit(&l->heard, memory_order_relaxed);
    const int64_t written = atomic_load_explicit(&l->written, memory_order_acquire);
    const unsigned begun = atomic_load_explicit(&l->begun, memory_order_acquire);
    unsigned run = atomic_load_explicit(&l->run, memory_order_relaxed);
    if (heard == written)
        return 0;
    while (run + 1 != begun && l->runs[(run + 1) % LINE_RUNS].place <= heard)
        run++;
    atomic_store_explicit(&l->run, run, memory_order_release);
    const struct run *r = &l->runs[run % LINE_RUNS];
    const int64_t at = heard % LINE_FRAMES;
    int64_t frames = ton_least(ton_least(MOST, LINE_FRAMES - at), written - heard);
    if (run + 1 != begun)
        frames = ton_least(frames, l->runs[(run + 1) % LINE_RUNS].place - heard);
    *in = l->in + at;
    *frame = r->frame + heard - r->place;
    return (int)frames;
}

void line_let_go(struct line *l, int frames) {
    const int64_t heard = atomic_load_explicit(&l->heard, memory_order_relaxed);
    atomic_store_explicit(&l->heard, heard + frames, memory_order_release);
}

void sync_listen(struct sync *s) {
    struct line *l = s->audio.line;
    const float *in;
    int64_t frame;
    for (int n; l && (n = line_next(l, &in, &frame)) > 0; line_let_go(l, n))
        ton_ltc_reader_hear(s->reader, in, n, frame);
}

int64_t sync_dropped(struct sync *s) {
    const int64_t dropped = s->audio.line ? atomic_load(&s->audio.line->dropped) : 0;
    const bool rests = dropped == s->dropped_seen;
    const int64_t untold = rests ? dropped - s->dropped_told : 0;
    s->dropped_seen = dropped;
    s->dropped_told += untold;
    return untold;
}
