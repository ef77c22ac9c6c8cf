/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A session as it is read for playing, and places on its timeline. */
#include "reading.h"

#include "ton/takes.h"
#include "ton/text.h"

#include <math.h>

enum ton_code reading_create(struct reading **out, const char *path, bool or_silence,
                             struct ton_problems *problems, struct ton_err *err) {
    struct ton_problems unheard;
    struct ton_takes takes = ton_takes_from_files();
    struct ton_arena *arena = ton_arena_create();
    struct reading *r = arena ? TON_NEW(arena, struct reading) : NULL;
    *out = NULL;
    if (!r) {
        ton_arena_destroy(arena);
        return ton_fail(err, TON_MEMORY, path, "no memory to read the session");
    }
    ton_problems_init(&unheard, arena);
    r->arena = arena;
    takes.or_silence = or_silence;
    const enum ton_code code =
        ton_session_read(&r->session, arena, path, &takes, problems ? problems : &unheard, err);
    if (code)
        reading_destroy(r);
    else
        *out = r;
    return code;
}

void reading_destroy(struct reading *r) {
    if (r)
        ton_arena_destroy(r->arena);
}

static enum ton_code parse(int64_t *frames, const struct ton_session *s, const char *name,
                           const char *text, enum ton_time_use use, int64_t from,
                           struct ton_err *err) {
    struct ton_err why;
    if (!text)
        return TON_OK;
    if (!s->has_tempo && (strchr(text, '|') || strstr(text, "bar") || strstr(text, "beat")))
        return ton_fail(err, TON_USAGE, name,
                        "`%s` counts bars, and the session has no tempo; add `tempo: 120 bpm` to "
                        "it, or write a time such as `0:12.5`",
                        text);
    const enum ton_code code = ton_time_parse(frames, text, use, s->has_tempo ? s->tempo : NULL,
                                              s->rate, s->frames_per_second, from, &why);
    return code ? ton_fail(err, code == TON_MEMORY ? code : TON_USAGE, name, "%s", why.text)
                : TON_OK;
}

/* What has no figure in it is meant for one. */
static enum ton_code refuse_section(const struct ton_session *s, const char *name, const char *text,
                                    struct ton_err *err) {
    enum { MOST = 64 };
    const char *names[MOST] = {NULL};
    struct ton_text all = {0};
    const int n = s->n_sections < MOST ? s->n_sections : MOST;
    for (int i = 0; i < n; i++) {
        names[i] = s->sections[i].name;
        ton_text_add_name(&all, i, n, names[i]);
    }
    const char *near = ton_nearest(text, names, (size_t)n);
    if (near)
        ton_fail(err, TON_USAGE, name,
                 "`%s` is no time, and no section of the session; did you mean `%s`?", text, near);
    else if (n && !all.failed)
        ton_fail(err, TON_USAGE, name,
                 "`%s` is no time, and no section of the session, which has %s", text, all.data);
    else
        ton_fail(err, TON_USAGE, name,
                 "`%s` is no time, and the session has no sections; write a time such as `1:02.5` "
                 "(minutes:seconds) or `17|1` (bar|beat)",
                 text);
    ton_text_free(&all);
    return TON_USAGE;
}

enum ton_code reading_place(int64_t *frames, const struct ton_session *session, const char *name,
                            const char *text, struct ton_err *err) {
    for (int i = 0; text && i < session->n_sections; i++) {
        if (ton_text_same(text, session->sections[i].name)) {
            *frames = session->sections[i].from;
            return TON_OK;
        }
    }
    return text && *text && !strpbrk(text, "0123456789")
               ? refuse_section(session, name, text, err)
               : parse(frames, session, name, text, TON_TIME_POSITION, 0, err);
}

enum ton_code reading_length(int64_t *frames, const struct ton_session *session, const char *name,
                             const char *text, int64_t from, struct ton_err *err) {
    return parse(frames, session, name, text, TON_TIME_LENGTH, from, err);
}

/* At the place's own tempo and meter: what lies before 0 has none. */
enum ton_code reading_bars_before(int64_t *frames, const struct ton_session *session, int64_t place,
                                  int bars, struct ton_err *err) {
    *frames = 0;
    if (bars == 0)
        return TON_OK;
    if (!session->has_tempo)
        return ton_fail(err, TON_INPUT, session->path,
                        "bars cannot be counted, for there is no tempo; add `tempo: 120 bpm`");
    int bar, beat;
    double tick;
    ton_tempo_position(session->tempo, (double)place, &bar, &beat, &tick);
    const double beats = (double)bars * ton_tempo_beats_in_bar(session->tempo, bar);
    *frames =
        llround(beats * 60.0 * session->rate / ton_tempo_bpm_at(session->tempo, (double)place));
    return TON_OK;
}
