/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which gain a file is mastered with: files with the same question share one answer, and who finds
 * it writes its own file on the way where that is the music that was asked about. */

#include "work.h"

/* Do two files ask the same question: the same target for the same music? */
bool same_question(const struct work *w, const struct owed *a, const struct owed *b) {
    if (a->target != b->target || a->measure != b->measure || a->own_target != b->own_target)
        return false;
    if (a->own_target && a->format.channels != b->format.channels)
        return false;
    if (!a->own_target)
        return w->production->master.per == TON_PER_PRODUCTION ||
               a->parts[0].piece == b->parts[0].piece;
    if (a->n_parts != b->n_parts)
        return false;
    for (int i = 0; i < a->n_parts; i++) {
        if (a->parts[i].piece != b->parts[i].piece || a->parts[i].version != b->parts[i].version)
            return false;
    }
    return true;
}

/* The music whose loudness counts: the file's own, or the whole mixes of the album or session, in
 * stereo also for a mono file: it has the gain of the master. */
static int tracks_of(struct work *w, const struct owed *o, struct ton_master_track *tracks) {
    int n = 0;
    if (o->own_target) {
        for (int i = 0; i < o->n_parts; i++)
            tracks[n++] = masters_track(w, o, &o->parts[i]);
        return n;
    }
    for (int i = 0; i < w->n_pieces; i++) {
        const struct part whole = {.piece = i};
        if (owed_heeds(w, o, i))
            tracks[n++] = masters_track(w, NULL, &whole);
    }
    for (int i = 0; i < n; i++)
        tracks[i].gone = o->gone;
    return n;
}

int64_t question_frames(const struct work *w, const struct owed *o) {
    int64_t frames = 0;
    for (int i = 0; i < o->n_parts && o->own_target; i++)
        frames += w->pieces[o->parts[i].piece].frames;
    for (int i = 0; i < w->n_pieces; i++)
        frames += owed_heeds(w, o, i) ? w->pieces[i].frames : 0;
    return frames;
}

/* An answer to the same question under this ceiling, one that somebody is looking for, or why there
 * is none; but where it was for a plug-in, the next looks anew. */
static struct answer *answer_to(const struct work *w, const struct owed *o, double ceiling_dbtp) {
    for (size_t i = 0; i < w->n_answers; i++) {
        struct answer *a = &w->answers[i];
        if (a->failed.code != TON_FOREIGN && same_question(w, a->asked, o) &&
            a->asked->ceiling_dbtp == o->ceiling_dbtp && a->ceiling_dbtp == ceiling_dbtp)
            return a;
    }
    return NULL;
}

static bool is_found(const struct answer *a) {
    return !a->pending && !a->failed.code;
}

/* The level of the music before any gain, when somebody has measured it; NaN. */
static double known_level(const struct work *w, const struct owed *o) {
    for (size_t i = 0; i < w->n_answers; i++) {
        const struct answer *a = &w->answers[i];
        if (is_found(a) && same_question(w, a->asked, o))
            return a->before;
    }
    return NAN;
}

static enum ton_code no_memory(struct ton_err *err) {
    return ton_fail(err, TON_MEMORY, NULL, "no memory to solve the loudness");
}

struct question {
    struct ton_master_target target;
    struct ton_master_track *tracks;
    int n_tracks;
};

/* Under a lowered ceiling the search starts from the answer under the file's own: which file asked
 * first does not matter, so the bits do not depend on it. */
static enum ton_code ask(struct question *q, struct work *w, const struct owed *o,
                         struct ton_err *err) {
    const struct answer *own = answer_to(w, o, o->ceiling_dbtp);
    *q = (struct question){
        .target =
            {
                .level = o->target,
                .before = known_level(w, o),
                .guess_gain_db = own && is_found(own) ? own->gain_db : (double)NAN,
                .measure = o->measure,
            },
        .tracks = TON_NEW_N(w->arena, struct ton_master_track, w->n_pieces + o->n_parts),
    };
    if (!q->tracks)
        return no_memory(err);
    q->n_tracks = tracks_of(w, o, q->tracks);
    return TON_OK;
}

/* A file that is written while its gain is looked for. */
struct trial {
    struct work *work;
    struct owed *owed;
    double drafted_db; /* gain of what its draft holds; NaN: nothing */
};

static enum ton_code write_draft(void *user, double *level, double gain_db, struct ton_err *err) {
    struct trial *t = user;
    struct ton_measurement before;
    t->owed->delivered->gain_db = gain_db;
    const enum ton_code code = make_draft(t->work, t->owed, &before, err);
    *level = code ? (double)NAN : masters_level(t->owed, &before);
    t->drafted_db = code ? (double)NAN : gain_db;
    return code;
}

/* Whether what goes into the file is the very stream that its gain is solved on. An encoder would
 * make more work of a try that was not the last than it saves. */
static bool is_all_that_is_asked(const struct work *w, const struct owed *o,
                                 const struct question *q) {
    const struct ton_master_track file = masters_track(w, o, &o->parts[0]), *asked = q->tracks;
    return ton_format_plain(&o->format) && q->n_tracks == 1 && o->n_parts == 1 &&
           o->n_stream == 1 && o->sector == 0 && o->delivered->turned_db == 0.0 &&
           o->parts[0].gap_s == 0.0 &&
           o->format.rate == w->pieces[o->parts[0].piece].session->rate &&
           strcmp(file.path, asked->path) == 0 && file.length == asked->length &&
           file.mono == asked->mono;
}

/* Without the lock: an answer that is pending belongs to who looks for it. */
static enum ton_code solve(struct answer *out, struct trial *trial, struct question *q,
                           struct ton_err *err) {
    const struct owed *o = trial->owed;
    const struct ton_master_trial writing = {write_draft, trial};
    struct ton_master_config config = masters_config(trial->work);
    struct ton_master_solution solved;
    config.ceiling_dbtp = out->ceiling_dbtp;
    if (is_all_that_is_asked(trial->work, o, q))
        q->target.trial = &writing;
    const enum ton_code code =
        ton_master_solve(&config, &solved, q->tracks, q->n_tracks, &q->target, err);
    out->gain_db = config.gain_db;
    out->before = solved.before;
    return code;
}

/* Looks for an answer, and lets go of the lock for that. */
static enum ton_code look_for(struct answer *out, struct trial *trial, double ceiling_dbtp,
                              struct ton_err *err) {
    struct work *w = trial->work;
    struct question q;
    enum ton_code code = ask(&q, w, trial->owed, err);
    if (code)
        return code;
    const size_t at = w->n_answers;
    struct answer *answer = TON_PUSH(w->arena, w->answers, w->n_answers, w->answers_capacity);
    if (!answer)
        return no_memory(err);
    *out = (struct answer){.asked = trial->owed, .ceiling_dbtp = ceiling_dbtp, .pending = true};
    *answer = *out;
    pthread_mutex_unlock(&w->solving);
    code = solve(out, trial, &q, err);
    pthread_mutex_lock(&w->solving);
    /* the file is made all the same */
    out->missed = code == TON_MISSED ? ton_arena_text(w->arena, err->text) : NULL;
    if (code == TON_MISSED)
        code = out->missed ? TON_OK : no_memory(err);
    out->pending = false;
    if (code)
        out->failed = *err;
    w->answers[at] = *out;
    pthread_cond_broadcast(&w->solved);
    return code;
}

static enum ton_code find_gain(struct answer *out, struct trial *trial, double ceiling_dbtp,
                               struct ton_err *err) {
    struct work *w = trial->work;
    const struct answer *found;
    while ((found = answer_to(w, trial->owed, ceiling_dbtp)) && found->pending)
        pthread_cond_wait(&w->solved, &w->solving);
    if (!found)
        return look_for(out, trial, ceiling_dbtp, err);
    *out = *found;
    if (out->failed.code)
        *err = out->failed;
    return out->failed.code;
}

/* Who comes second waits for the answer of the first. When there is none it fails with the same
 * words: it may be the first of the crew whose failure is seen. */
enum ton_code masters_gain(double *gain_db, bool *reached, bool *drafted, struct work *w,
                           struct owed *o, double ceiling_dbtp, struct ton_err *err) {
    *gain_db = 0.0;
    *reached = true;
    *drafted = false;
    if (isnan(o->target))
        return TON_OK;
    struct answer answer;
    struct trial trial = {w, o, NAN};
    pthread_mutex_lock(&w->solving);
    const enum ton_code code = find_gain(&answer, &trial, ceiling_dbtp, err);
    pthread_mutex_unlock(&w->solving);
    if (code)
        return code;
    *gain_db = answer.gain_db;
    *reached = !answer.missed;
    *drafted = trial.drafted_db == answer.gain_db;
    return TON_OK;
}

/* What cannot be reached is said once a question, not once a ceiling and format. */
void masters_warn(struct work *w, const struct owed *o, double ceiling_dbtp) {
    if (isnan(o->target))
        return;
    pthread_mutex_lock(&w->solving);
    struct answer *answer = answer_to(w, o, ceiling_dbtp);
    bool said = !answer || !answer->missed;
    for (size_t i = 0; i < w->n_answers && !said; i++)
        said = w->answers[i].said && same_question(w, w->answers[i].asked, o);
    if (!said) {
        answer->said = true;
        ton_problems_add(w->problems, true, o->deliverable->where, "%s", answer->missed);
    }
    pthread_mutex_unlock(&w->solving);
}
