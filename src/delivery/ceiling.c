/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The search for the ceiling of the limiter under which a finished file holds the one asked for.
 *
 * What resampling or a codec overshoots nobody can foretell, so every try is decoded and measured.
 * Down by what was too much; where a file then lies far below, or is limited so deep that its
 * loudness is out of reach, up again between the one that held and the one that did not. Some
 * encoders overshoot by chance more the more is limited: so the limiter's ceiling goes down only so
 * far, and when nothing holds, the best try is turned down behind the limiter. The best of all
 * tries is delivered. */

#include "work.h"

enum { MOST_TRIES = 12, MOST_TURNS = 8 };
static const double STEP_DB = 0.1; /* grid of ceilings, so that files share gains */
/* A deeper ceiling takes more from the music than the decibels it gives to the codec. */
static const double MOST_LOWER_DB = 2.0;
static const double FAR_BELOW_DB = 0.3;
static const double TURN_DB = 0.01; /* grid of the gain behind the limiter */

static const double LOSS_HEARD_LU = 0.05;
/* More is no codec's loss of music, but noise thrown away. */
static const double MOST_LOSS_LU = 1.5;
static const double MOST_MAKE_UP_DB = 6.0;
/* LU that 1 dB more before a limiter gives: at first a guess, then what the last try gave. */
static const double USUAL_SLOPE = 0.5, LEAST_SLOPE = 0.15;

struct try {
    double ceiling, make_up_db, turned_db;
    /* What came of it. */
    double over;    /* dB of true peak over the ceiling asked for; <= 0: it holds */
    double level;   /* of the decoded file */
    double missing; /* LU of what went into the codec under the file's own ceiling */
    double reduction_db;
    bool reached; /* the loudness, before the codec */
};

struct search {
    struct try now, last, best;
    struct try made;     /* what stands in the file */
    struct try held;     /* the highest ceiling that held; its `ceiling` NaN: none yet */
    double over, lowest; /* the lowest ceiling that did not hold, NaN: none; the last to be tried */
    double wanted;       /* level before the codec under the file's own ceiling */
    int n;
};

/* Which of two is delivered: what holds its ceiling, then what is as loud as it should be, then
 * what is limited least; of those that do not hold, what is over it least. */
static bool is_better(const struct try *a, const struct try *b) {
    if ((a->over <= 0.0) != (b->over <= 0.0))
        return a->over <= 0.0;
    if (a->over > 0.0)
        return a->over < b->over;
    const double miss_a = fmin(MOST_LOSS_LU, fmax(LOSS_HEARD_LU, fabs(a->missing)));
    const double miss_b = fmin(MOST_LOSS_LU, fmax(LOSS_HEARD_LU, fabs(b->missing)));
    return miss_a != miss_b ? miss_a < miss_b : a->reduction_db > b->reduction_db;
}

static enum ton_code try_now(struct search *s, struct work *w, struct owed *o,
                             struct ton_err *err) {
    struct ton_delivered *d = o->delivered;
    struct try *t = &s->now;
    struct ton_measurement before;
    d->ceiling_dbtp = t->ceiling;
    d->turned_db = t->turned_db;
    enum ton_code code = masters_gain(&d->gain_db, &t->reached, w, o, t->ceiling, err);
    d->gain_db += t->make_up_db;
    if (!code)
        code = make_once(w, o, &before, err);
    if (code)
        return code;
    if (s->n == 0)
        s->wanted = masters_level(o, &before);
    t->over = d->measured.true_peak_dbtp - o->ceiling_dbtp;
    t->level = masters_level(o, &d->measured);
    t->reduction_db = d->most_reduction_db;
    const double missing = isnan(o->target) ? 0.0 : s->wanted - t->level;
    t->missing = isfinite(missing) ? missing : 0.0;
    if (s->n == 0 || is_better(t, &s->best))
        s->best = *t;
    s->made = *t;
    s->n++;
    return TON_OK;
}

/* Half-way between the ceiling that held and the one that did not, on the grid; false: none left.
 */
static bool between(struct search *s) {
    const double steps = round((s->over - s->held.ceiling) / STEP_DB);
    if (!(steps >= 2.0))
        return false;
    s->now.ceiling = s->held.ceiling + STEP_DB * floor(steps / 2.0);
    s->now.make_up_db = 0.0;
    return true;
}

/* What must be added before the limiter to make up for what this try lost in the codec: noise under
 * speech can cost an MP3 a quarter of an LU. 0: nothing that is heard, or that would help. */
static double make_up_for(const struct search *s, const struct owed *o, const struct try *t) {
    const double loss = ton_format_lossy(&o->format) ? t->missing : 0.0;
    if (!t->reached || fabs(loss) <= LOSS_HEARD_LU || fabs(loss) >= MOST_LOSS_LU)
        return 0.0;
    double slope = USUAL_SLOPE;
    if (s->last.ceiling == t->ceiling && s->last.make_up_db != t->make_up_db)
        slope = (t->level - s->last.level) / (t->make_up_db - s->last.make_up_db);
    const double more = loss / fmin(1.0, fmax(LEAST_SLOPE, slope));
    return fabs(t->make_up_db + more) <= MOST_MAKE_UP_DB ? more : 0.0;
}

/* The ceiling that held once more, with what it lost; false: it lost nothing. */
static bool make_up_held(struct search *s, const struct owed *o) {
    const double more = make_up_for(s, o, &s->held);
    s->now = s->held;
    s->now.make_up_db += more;
    return more != 0.0;
}

static bool after_over(struct search *s, const struct owed *o) {
    s->over = isnan(s->over) ? s->now.ceiling : fmin(s->over, s->now.ceiling);
    if (!isnan(s->held.ceiling) && s->held.ceiling < s->over)
        return between(s) || make_up_held(s, o);
    s->held.ceiling = NAN; /* its make-up was too much */
    if (s->now.ceiling <= s->lowest)
        return false;
    s->now.make_up_db += make_up_for(s, o, &s->now);
    s->now.ceiling = fmax(s->lowest, s->now.ceiling - STEP_DB * ceil(s->now.over / STEP_DB));
    return true;
}

/* Whether there is something to gain by another try, which is then in `now`. */
static bool next_try(struct search *s, const struct owed *o) {
    const struct try was = s->now;
    bool more = false;
    if (was.over > 0.0) {
        more = after_over(s, o);
    } else {
        s->held = was;
        more = (!was.reached || was.over < -FAR_BELOW_DB) && between(s);
        more = more || make_up_held(s, o);
    }
    s->last = was;
    return more;
}

/* Behind the limiter, until it holds: less loud, but nothing more is limited. */
static enum ton_code turn_down(struct search *s, struct work *w, struct owed *o,
                               struct ton_err *err) {
    enum ton_code code = TON_OK;
    s->now = s->best;
    for (int i = 0; i < MOST_TURNS && s->now.over > 0.0 && !code; i++) {
        /* A file may overshoot more for being softer: each time a little more. */
        s->now.turned_db -= TURN_DB * (ceil(s->now.over / TURN_DB) + 2.0 * i * i);
        code = try_now(s, w, o, err);
    }
    return code;
}

static bool is_same(const struct try *a, const struct try *b) {
    return a->ceiling == b->ceiling && a->make_up_db == b->make_up_db &&
           a->turned_db == b->turned_db;
}

enum ton_code ceiling_make(struct work *w, struct owed *o, struct ton_err *err) {
    struct search s = {
        .now.ceiling = o->ceiling_dbtp,
        .last.ceiling = NAN,
        .held.ceiling = NAN,
        .over = NAN,
        .lowest = o->ceiling_dbtp - MOST_LOWER_DB,
        .wanted = NAN,
    };
    enum ton_code code = try_now(&s, w, o, err);
    while (!code && s.n < MOST_TRIES && next_try(&s, o))
        code = try_now(&s, w, o, err);
    if (!code && s.best.over > 0.0)
        code = turn_down(&s, w, o, err);
    if (!code && !is_same(&s.made, &s.best)) {
        s.now = s.best;
        code = try_now(&s, w, o, err);
    }
    if (!code)
        masters_warn(w, o, o->delivered->ceiling_dbtp);
    return code; /* the verdict tells what is missing */
}
