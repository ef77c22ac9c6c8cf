/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes a session as a person would, with the usual keys in the usual order. */

#include "write_session.h"

#include "ton/place.h"
#include "ton/yaml.h"

static void add_take(struct ton_text *out, const struct gathering *g, const struct found *f) {
    if (f->partner < 0) {
        ton_yaml_scalar(out, f->take);
        return;
    }
    ton_text_add(out, "[");
    ton_yaml_scalar(out, f->take);
    ton_text_add(out, ", ");
    ton_yaml_scalar(out, g->files[f->partner].take);
    ton_text_add(out, "]");
}

/* `number`: the one channel that is heard, counted from 1; 0: all. */
static void add_clip(struct ton_text *out, const struct gathering *g, const struct found *f,
                     int number) {
    ton_text_add(out, "    clips: [{take: ");
    add_take(out, g, f);
    if (f->at)
        ton_text_printf(out, ", at: %lld samples", (long long)f->at);
    else
        ton_text_add(out, ", at: 0:00");
    if (number)
        ton_text_printf(out, ", channel: %d", number);
    ton_text_add(out, f->same_sides ? ", channel: left}]\n" : "}]\n");
}

static void add_track(struct ton_text *out, const struct gathering *g, const struct found *f,
                      const char *track, const struct ton_role_guess *guess, int number) {
    ton_text_add(out, "  ");
    ton_yaml_scalar(out, track);
    ton_text_add(out, ":\n");
    if (guess->role)
        ton_text_printf(out, "    role: %s\n", guess->role);
    add_clip(out, g, f, number);
    if (guess->reference)
        ton_text_add(out, "    mute: yes\n");
    ton_text_add(out, "    gain: 0 dB\n");
}

void write_session(struct ton_text *out, const struct gathering *g, const char *name, int rate) {
    const char *head = ton_session_begin(g->arena, name, rate, 0);
    if (!head) {
        out->failed = true;
        return;
    }
    ton_text_add(out, head);
    for (size_t i = 0; i < g->n; i++) {
        const struct found *f = &g->files[i];
        for (int c = 0; c < f->n_parts; c++)
            add_track(out, g, f, f->parts[c].track, &f->parts[c].guess, c + 1);
        if (!f->n_parts && (f->partner < 0 || f->side < 0))
            add_track(out, g, f, f->track, &f->guess, 0);
    }
}
