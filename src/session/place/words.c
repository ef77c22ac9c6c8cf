/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Times and clips as a session writes them, to the sample. */
#include "placing.h"

#include "ton/yaml.h"

#include <math.h>

/* Parts of a beat on which a place was meant: a 24th of it and a half of that. What lies on a tick
 * between them does so by chance. */
enum { FINEST_TICKS = TON_TICKS / 48 };

static const char *in_arena(const struct placing *p, const char *text) {
    const char *copy = ton_arena_text(p->arena, text);
    return copy ? copy : "";
}

static bool is_whole_ms(const struct placing *p, int64_t frames) {
    return frames * 1000 % p->session->rate == 0;
}

/* Does it lie on the beat, or a usual part of it? */
static bool write_bar(char *out, size_t size, const struct placing *p, int64_t frame) {
    int bar, beat;
    double exact;
    const struct ton_tempo_map *map = p->session->tempo;
    ton_tempo_position(map, (double)frame, &bar, &beat, &exact);
    const long grid = lround(exact / FINEST_TICKS) * FINEST_TICKS;
    const double near = ton_tempo_frame_at(map, bar, beat, (double)grid);
    if (grid >= TON_TICKS) { /* just before the next beat */
        ton_tempo_position(map, nearbyint(near * 1024.0) / 1024.0, &bar, &beat, &exact);
        if (llround(ton_tempo_frame_at(map, bar, beat, 0)) != frame)
            return false;
        snprintf(out, size, "%d|%d", bar, beat);
        return true;
    }
    if (llround(near) != frame)
        return false;
    if (grid == 0)
        snprintf(out, size, "%d|%d", bar, beat);
    else
        snprintf(out, size, "%d|%d|%ld", bar, beat, grid);
    return true;
}

const char *placing_place(const struct placing *p, int64_t frame) {
    char out[48];
    if (p->in_bars && write_bar(out, sizeof out, p, frame))
        return in_arena(p, out);
    return placing_place_in_take(p, frame);
}

const char *placing_place_in_take(const struct placing *p, int64_t frame) {
    char out[48];
    if (!is_whole_ms(p, frame)) {
        snprintf(out, sizeof out, "%lld samples", (long long)frame);
        return in_arena(p, out);
    }
    ton_time_format(out, sizeof out, frame, p->session->rate);
    if (ton_text_ends(out, ".000"))
        out[strlen(out) - 4] = '\0';
    return in_arena(p, out);
}

const char *placing_length(const struct placing *p, int64_t frames) {
    char out[48];
    const long long ms = frames * 1000 / p->session->rate;
    if (!is_whole_ms(p, frames))
        snprintf(out, sizeof out, "%lld samples", (long long)frames);
    else if (ms < 1000)
        snprintf(out, sizeof out, "%lld ms", ms);
    else
        snprintf(out, sizeof out, "%.*f s", ms % 1000 == 0 ? 0 : 3, (double)ms / 1000.0);
    return in_arena(p, out);
}

static void add_key(struct ton_text *t, const char *key, const char *value) {
    ton_text_printf(t, ", %s: %s", key, value);
}

const char *placing_clip_text(const struct placing *p, const struct new_clip *new) {
    const struct ton_placing *clip = &new->clip;
    struct ton_text t = {0};
    ton_text_add(&t, "{take: ");
    ton_yaml_scalar(&t, clip->take);
    add_key(&t, "at", placing_place(p, clip->at));
    if (clip->from > 0)
        add_key(&t, "from", placing_place_in_take(p, clip->from));
    if (clip->frames > 0)
        add_key(&t, "to", placing_place_in_take(p, clip->from + clip->frames));
    if (new->fade_in > 0)
        add_key(&t, "fade in", placing_length(p, new->fade_in));
    if (new->fade_out > 0)
        add_key(&t, "fade out", placing_length(p, new->fade_out));
    if (new->crossfade > 0)
        add_key(&t, "crossfade", placing_length(p, new->crossfade));
    if (clip->channel_right > 0)
        ton_text_printf(&t, ", channel: [%d, %d]", clip->channel, clip->channel_right);
    else if (clip->channel > 0)
        ton_text_printf(&t, ", channel: %d", clip->channel);
    if (!clip->heard)
        add_key(&t, "mute", "yes");
    ton_text_add(&t, "}");
    const char *text = t.failed ? NULL : ton_arena_text(p->arena, t.data);
    ton_text_free(&t);
    return text;
}

const char *placing_track_text(const struct placing *p, const struct ton_placing *clip,
                               const char *words) {
    struct ton_text t = {0};
    ton_text_add(&t, "{");
    for (int i = 0; i < clip->n_inputs; i++) {
        const char *input = clip->inputs[i];
        ton_text_add(&t, i > 0 ? ", " : clip->n_inputs > 1 ? "input: [" : "input: ");
        if (input[strspn(input, "0123456789")] == '\0')
            ton_text_add(&t, input);
        else
            ton_yaml_scalar(&t, input);
    }
    ton_text_add(&t, clip->n_inputs > 1 ? "], " : clip->n_inputs > 0 ? ", " : "");
    ton_text_printf(&t, "clips: [%s]}", words);
    const char *text = t.failed ? NULL : ton_arena_text(p->arena, t.data);
    ton_text_free(&t);
    return text;
}

const char *placing_tracks_text(const struct placing *p, const char *name, const char *track) {
    struct ton_text t = {0};
    ton_text_add(&t, "{");
    ton_yaml_scalar(&t, name);
    ton_text_printf(&t, ": %s}", track);
    const char *text = t.failed ? NULL : ton_arena_text(p->arena, t.data);
    ton_text_free(&t);
    return text;
}
