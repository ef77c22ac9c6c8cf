/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Makes missing files, each until it holds its ceiling, and gives them their names. A file depends
 * on nothing but the mixes, and its bytes on nothing but its key, so it does not matter who makes
 * which. */

#include "ton/known.h"
#include "ton/machine.h"
#include "work.h"

/* Under a name of its own until it is whole. Leaves the arena alone but for masters_gain. */
static enum ton_code make_file(struct work *w, struct owed *o, struct ton_err *err) {
    enum ton_code code = ton_path_make_folders(o->folder, err);
    if (!code)
        code = ton_path_temporary(o->draft, o->path, err);
    if (code)
        return code;
    code = o->deliverable->mastered ? ceiling_make(w, o, err) : make_once(w, o, err);
    make_forget(o);
    if (!code)
        code = ton_sha256_file(o->sha256, o->draft, err);
    if (code)
        ton_path_abandon(o->draft);
    else
        code = ton_path_commit(o->draft, o->path, err);
    if (!code)
        ton_known_add_sha256(o->path, o->sha256);
    o->delivered->sha256 = o->sha256;
    o->delivered->bytes = ton_path_size(o->path);
    o->delivered->rebuilt = !code;
    o->delivered->machine = ton_machine();
    return code;
}

/* A file, and how far it is. */
struct turn {
    struct owed *owed;
    double effort;         /* ms, about; what the order and the share of all depend on */
    double frames;         /* of all its passes together, about */
    struct ton_tally gone; /* of them */
    atomic_bool made;
};

struct making {
    struct work *work;
    struct turn *turns; /* what is to be made, the longest first: none goes on alone at the end */
    size_t n;
    const struct ton_progress *progress;
};

static enum ton_code make_turn(void *user, size_t i, struct ton_err *err) {
    struct making *m = user;
    struct owed *o = m->turns[i].owed;
    enum ton_code code = make_file(m->work, o, err);
    if (code == TON_FOREIGN) {
        o->unmade = true;
        o->trouble = *err;
        code = TON_OK;
    }
    atomic_store(&m->turns[i].made, !code);
    return code;
}

/* Nobody knows how many tries a file will take: what goes beyond the usual creeps towards the end.
 */
static double share_made(struct turn *t) {
    if (atomic_load(&t->made))
        return 1.0;
    const double usual = 0.7, x = (double)ton_tally_frames(&t->gone) / t->frames;
    return x < 1.0 ? usual * x : 1.0 - (1.0 - usual) / x;
}

/* "3 of 18 files made, now stems (drums) wav 24-bit 48 kHz". */
static void say(char *out, size_t size, const struct making *m, size_t n, const struct owed *now) {
    const struct ton_delivered *d = now ? now->delivered : NULL;
    const char *session = d && m->work->n_pieces > 1 ? d->session : NULL;
    const int used = snprintf(out, size, "%zu of %zu files made", n, m->n);
    if (d && used > 0 && (size_t)used < size)
        snprintf(out + used, size - (size_t)used, ", now %s%s%s%s%s%s %s", d->deliverable,
                 d->stem ? " (" : "", d->stem ? d->stem : "", d->stem ? ")" : "",
                 session ? " " : "", session ? session : "", d->format);
}

/* Of the whole, with the file that has been worked on longest. */
static void tell(void *user) {
    struct making *m = user;
    const struct owed *now = NULL;
    double made = 0.0, all = 0.0;
    size_t n = 0;
    for (size_t i = 0; i < m->n; i++) {
        struct turn *t = &m->turns[i];
        const bool is_made = atomic_load(&t->made);
        if (!is_made && !now)
            now = t->owed;
        n += is_made;
        made += t->effort * share_made(t);
        all += t->effort;
    }
    char text[256];
    say(text, sizeof text, m, n, now);
    ton_progress_step(m->progress, text, all > 0.0 ? made / all : 1.0);
}

static int by_effort(const void *a, const void *b) {
    const struct turn *x = a, *y = b;
    if (x->effort != y->effort)
        return x->effort < y->effort ? 1 : -1;
    return x->owed < y->owed ? -1 : 1;
}

/* Each try is encoded and, where the file is not plain, decoded; the first who asks for a gain
 * listens to all that it is solved on, about three times. */
static double frames_of(const struct making *m, size_t turn) {
    enum { LOSSY_TRIES = 3, SOLVE_PASSES = 3 };
    const struct work *w = m->work;
    const struct owed *o = m->turns[turn].owed;
    const int tries = ton_format_lossy(&o->format) ? LOSSY_TRIES : 1;
    double frames = 0.0;
    for (int i = 0; i < o->n_stream; i++)
        frames += (double)w->pieces[o->stream[i].piece].frames;
    frames *= ton_format_plain(&o->format) ? 1 : 2 * tries;
    bool asked = isnan(o->target);
    for (size_t i = 0; i < turn && !asked; i++)
        asked = same_question(w, m->turns[i].owed, o);
    return frames + (asked ? 0.0 : SOLVE_PASSES * (double)question_frames(w, o));
}

static enum ton_code set_turns(struct making *m, struct ton_err *err) {
    struct work *w = m->work;
    m->turns = TON_NEW_N(w->arena, struct turn, w->n_owed + 1);
    if (!m->turns)
        return ton_fail(err, TON_MEMORY, NULL, "no memory to make the files");
    for (size_t i = 0; i < w->n_owed; i++) {
        struct owed *o = &w->owed[i];
        if (!o->stands && !o->unmade)
            m->turns[m->n++] = (struct turn){.owed = o, .effort = progress_file(w, o)};
    }
    qsort(m->turns, m->n, sizeof *m->turns, by_effort);
    for (size_t i = 0; i < m->n; i++) {
        m->turns[i].frames = fmax(1.0, frames_of(m, i));
        m->turns[i].owed->gone = &m->turns[i].gone;
    }
    return TON_OK;
}

enum ton_code files_make(struct work *w, struct ton_err *err) {
    struct making making = {.work = w, .progress = progress_rest(w)};
    enum ton_code code = set_turns(&making, err);
    if (code)
        return code;
    const struct jobs jobs = {.n = making.n, .run = make_turn, .tell = tell, .user = &making};
    pthread_mutex_init(&w->solving, NULL);
    pthread_cond_init(&w->solved, NULL);
    code = crew_run(w, &jobs, err);
    pthread_cond_destroy(&w->solved);
    pthread_mutex_destroy(&w->solving);
    return code;
}
