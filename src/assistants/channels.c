/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Recordings of many channels: a field recorder's one file of all its microphones becomes one track
 * for each. */

#include "gather.h"

#include "ton/text.h"

/* Field recorders write lines such as `sTRK1=Boom` into the bext description (one letter says the
 * maker). The text behind the sign, or NULL. */
static const char *track_line(const char *description, int number, size_t *length) {
    char key[24];
    snprintf(key, sizeof key, "TRK%d=", number);
    for (const char *line = description; *line; line += strspn(line, "\r\n")) {
        const size_t n = strcspn(line, "\r\n");
        const char *start = ton_text_starts(line, key) ? line : *line ? line + 1 : line;
        if (ton_text_starts(start, key)) {
            *length = n - (size_t)(start - line) - strlen(key);
            return start + strlen(key);
        }
        line += n;
    }
    return NULL;
}

/* `Boom` when the recorder gave a name, else `A101 3`. */
static const char *channel_name(struct ton_arena *arena, const struct found *f,
                                const char *description, int number) {
    size_t n = 0;
    const char *said = description ? track_line(description, number, &n) : NULL;
    while (said && n > 0 && said[n - 1] == ' ')
        n--;
    return said && n > 0 ? ton_arena_copy(arena, said, n)
                         : ton_arena_printf(arena, "%s %d", f->name, number);
}

bool channels_name(struct ton_arena *arena, struct found *f, const char *description) {
    f->n_parts = f->channels;
    f->parts = TON_NEW_N(arena, struct part, f->n_parts);
    for (int c = 0; f->parts && c < f->n_parts; c++) {
        struct part *part = &f->parts[c];
        part->track = channel_name(arena, f, description, c + 1);
        if (!part->track)
            return false;
        part->guess = ton_role_guess(arena, part->track);
        if (!part->guess.role)
            part->guess = f->guess;
        part->guess.reference |= f->guess.reference;
    }
    return f->parts != NULL;
}
