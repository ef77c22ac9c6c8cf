/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Recordings of many microphones: a field recorder's one file of all of them becomes one track for
 * each, called as the recorder calls it. */

#include "gather.h"

#include "ton/path.h"
#include "ton/text.h"

static const char *readable_text(struct ton_arena *arena, const char *text, size_t length) {
    struct ton_text t = {0};
    ton_text_add_utf8(&t, text, length);
    const char *out = t.failed ? NULL : ton_arena_text(arena, t.data ? t.data : "");
    ton_text_free(&t);
    return out;
}

const char *readable_name(struct ton_arena *arena, const char *file) {
    const char *name = ton_path_name(file);
    return readable_text(arena, name, strlen(name));
}

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

/* `Boom` where the recorder gave a name; "" where it gave none. NULL without memory. */
static const char *said_name(struct ton_arena *arena, const struct ton_audio_info *info, int c) {
    if (info->track_names && info->track_names[c])
        return ton_arena_text(arena, info->track_names[c]);
    size_t n = 0;
    const char *said = info->description ? track_line(info->description, c + 1, &n) : NULL;
    while (said && n > 0 && said[n - 1] == ' ')
        n--;
    return readable_text(arena, said ? said : "", n);
}

/* Two microphones in one file, as against the two sides of a stereo recording. */
static bool are_two(struct ton_arena *arena, const char *a, const char *b) {
    const char *base[2] = {NULL, NULL};
    if (!*a || !*b || strcasecmp(a, b) == 0)
        return false;
    bool said;
    const int first = ton_name_side(arena, &base[0], &said, a);
    const int second = ton_name_side(arena, &base[1], &said, b);
    return !(first < 0 && second > 0 && base[0] && base[1] && strcasecmp(base[0], base[1]) == 0);
}

/* "A101_2.WAV" with the microphone `Boom` in it is the track Boom; "Anna.wav" stays Anna. */
static bool name_mono(struct ton_arena *arena, struct found *f, const char *said) {
    const struct ton_role_guess guess = ton_role_guess(arena, said);
    if (f->guess.role || f->side_said || !guess.role)
        return true;
    f->named = true;
    f->name = said;
    f->guess = guess;
    f->side = ton_name_side(arena, &f->base, &f->side_said, f->name);
    return f->base != NULL;
}

static bool name_part(struct ton_arena *arena, struct found *f, int c, const char *said) {
    struct part *part = &f->parts[c];
    f->named |= *said != '\0';
    part->track = *said ? said : ton_arena_printf(arena, "%s %d", f->name, c + 1);
    if (!part->track)
        return false;
    part->guess = ton_role_guess(arena, part->track);
    if (!part->guess.role)
        part->guess = f->guess;
    part->guess.reference |= f->guess.reference;
    return true;
}

bool channels_name(struct ton_arena *arena, struct found *f, const struct ton_audio_info *info) {
    const char **said = TON_NEW_N(arena, const char *, f->channels);
    for (int c = 0; said && c < f->channels; c++) {
        said[c] = said_name(arena, info, c);
        if (!said[c])
            return false;
    }
    if (!said || f->channels == 1)
        return said && name_mono(arena, f, said[0]);
    if (f->channels == 2 && !are_two(arena, said[0], said[1]))
        return true;
    f->n_parts = f->channels;
    f->parts = TON_NEW_N(arena, struct part, f->n_parts);
    for (int c = 0; f->parts && c < f->n_parts; c++)
        if (!name_part(arena, f, c, said[c]))
            return false;
    return f->parts != NULL;
}
