/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The search for the ceiling of the limiter under which a finished file holds the one asked for.
 *
 * What resampling or a codec overshoots nobody can foretell, so every try is decoded and measured.
 * Down by what was too much; where a file then lies far below, or is limited so deep that its
 * loudness is out of reach, up again between the one that held and the one that did not. What a
 * codec takes from the loudness hardly depends on the ceiling, so each try makes up for what the
 * last one lost.
 *
 * Low bit rates overshoot by chance: of two tries a hundredth of a decibel apart one may be over by
 * half a decibel and the other hold. Deeper limiting takes more from the music than it helps. So
 * the limiter's ceiling goes down only so far, there a few tries a little softer are made, and only
 * when none of them holds it goes farther. At last the nearest try is turned down behind the
 * limiter, for less loudness. The best of all tries is delivered. */

#include "work.h"

enum { MOST_TRIES = 16, MOST_TURNS = 8, SMALL_TURNS = 4 };
static const double STEP_DB = 0.1; /* grid of ceilings, so that files share gains */
static const double LOWER_DB[] = {2.0, 3.0};
static const double FAR_BELOW_DB = 0.3;
static const double SMALL_TURN_DB = 0.02;

static const double NEAR_LU = 0.09; /* the verdict forgives a tenth */
static const double LOSS_HEARD_LU = 0.05;
/* More is no codec's loss of music, but noise thrown away. */
static const double MOST_LOSS_LU = 1.5;
static const double MOST_MAKE_UP_DB = 3.0;
/* LU that 1 dB more before a limiter gives: at first a guess, then what the last tries gave. */
static const double USUAL_SLOPE = 0.5, LEAST_SLOPE = 0.15;

struct try {
    double ceiling, make_up_db, turned_db;
    /* What came of it. */
    double over;    /* dB of true peak over the ceiling asked for; <= 0: it holds */
    double missing; /* LU under `wanted` */
    double reduction_db;
    bool reached; /* the loudness asked for, by the gain that was solved */
};

struct search {
    struct try now, made; /* the next, or what stands in the file */
    struct try best;
    struct try near;     /* as loud as asked, and over the ceiling least; `over` NaN: none yet */
    struct try held;     /* the highest ceiling that held; its `ceiling` NaN: none yet */
    double over, lowest; /* the lowest ceiling that did not hold, NaN: none; the last to be tried */
    double wanted;       /* level under the file's own ceiling, before a lossy codec */
    double slope;
    int n;
};

static bool is_near(const struct try *t) {
    return fabs(t->missing) <= NEAR_LU;
}

/* Nothing is left to be wished for that another ceiling could give. */
static bool is_settled(const struct search *s) {
    return s->best.over <= 0.0 && (is_near(&s->best) || !s->best.reached);
}

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

static void remember(struct search *s) {
    const struct try *t = &s->now;
    const double added = t->make_up_db - s->made.make_up_db;
    if (s->n > 0 && fabs(added) > LOSS_HEARD_LU)
        s->slope = fmin(1.0, fmax(LEAST_SLOPE, (s->made.missing - t->missing) / added));
    if (s->n == 0 || is_better(t, &s->best))
        s->best = *t;
    if (is_near(t) && !(s->near.over <= t->over))
        s->near = *t;
    s->made = *t;
    s->n++;
}

static enum ton_code try_now(struct search *s, struct work *w, struct owed *o,
                             struct ton_err *err) {
    struct ton_delivered *d = o->delivered;
    struct try *t = &s->now;
    struct ton_measurement before;
    const bool lossy = ton_format_lossy(&o->format);
    d->ceiling_dbtp = t->ceiling;
    d->turned_db = t->turned_db;
    double gain_db = 0.0;
    bool drafted = false;
    enum ton_code code = masters_gain(&gain_db, &t->reached, &drafted, w, o, t->ceiling, err);
    d->gain_db = gain_db + t->make_up_db;
    if (!code && (!drafted || t->make_up_db != 0.0))
        code = make_draft(w, o, lossy ? &before : NULL, err);
    if (!code)
        code = make_measure(w, o, err);
    if (code)
        return code;
    if (s->n == 0)
        s->wanted = masters_level(o, lossy ? &before : &d->measured);
    t->over = d->measured.true_peak_dbtp - o->ceiling_dbtp;
    t->reduction_db = d->most_reduction_db;
    const double missing = isnan(o->target) ? 0.0 : s->wanted - masters_level(o, &d->measured);
    t->missing = isfinite(missing) ? missing : 0.0;
    remember(s);
    return TON_OK;
}

/* Half-way between the ceiling that held and the one that did not, on the grid; false: none left.
 */
static bool between(struct search *s) {
    const double steps = round((s->over - s->held.ceiling) / STEP_DB);
    if (!(steps >= 2.0))
        return false;
    s->now.ceiling = s->held.ceiling + STEP_DB * floor(steps / 2.0);
    return true;
}

/* Down by what was too much; false: that is as far as it goes. */
static bool lower(struct search *s) {
    if (s->now.ceiling <= s->lowest)
        return false;
    s->now.ceiling = fmax(s->lowest, s->now.ceiling - STEP_DB * ceil(s->now.over / STEP_DB));
    return true;
}

/* What must be added before the limiter to make up for what this try lost in the codec: noise under
 * speech can cost an MP3 a quarter of an LU. 0: nothing that is heard, or that would help. */
static double make_up_for(const struct search *s, const struct owed *o, const struct try *t) {
    const double loss = ton_format_lossy(&o->format) ? t->missing : 0.0;
    if (!t->reached || fabs(loss) <= LOSS_HEARD_LU || fabs(loss) >= MOST_LOSS_LU)
        return 0.0;
    const double more = loss / s->slope;
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
    return lower(s);
}

/* Whether there is something to gain by another try, which is then in `now`. */
static bool next_try(struct search *s, const struct owed *o) {
    const struct try was = s->now;
    s->now.make_up_db += make_up_for(s, o, &was);
    if (was.over > 0.0)
        return after_over(s, o);
    s->held = was;
    if ((!was.reached || was.over < -FAR_BELOW_DB) && between(s))
        return true;
    return s->now.make_up_db != was.make_up_db;
}

struct turns {
    double first_db, step_db, most_missing;
    int most;
};

/* The nearest try behind the limiter softer each time, until it holds: nothing more is limited. */
static enum ton_code turn_down(struct search *s, struct work *w, struct owed *o,
                               const struct turns *turns, struct ton_err *err) {
    const struct try from = isnan(s->near.over) ? s->best : s->near;
    enum ton_code code = TON_OK;
    for (int i = 0; i < turns->most && !code; i++) {
        const double less_db = turns->first_db + turns->step_db * i;
        if (from.missing + less_db > turns->most_missing)
            break;
        s->now = from;
        s->now.turned_db -= less_db;
        code = try_now(s, w, o, err);
        if (s->made.over <= 0.0)
            break;
    }
    return code;
}

/* For less loudness, but for more than the best that holds. */
static enum ton_code turn_down_far(struct search *s, struct work *w, struct owed *o,
                                   struct ton_err *err) {
    const struct try *from = isnan(s->near.over) ? &s->best : &s->near;
    const double most = s->best.over <= 0.0 ? fabs(s->best.missing) : (double)INFINITY;
    const double first = SMALL_TURN_DB * ceil(fmax(from->over, 0.0) / SMALL_TURN_DB + 0.5);
    const struct turns turns = {first, STEP_DB, most, MOST_TURNS};
    return turn_down(s, w, o, &turns, err);
}

/* Down to a ceiling so much below the file's own, and there a few tries a little softer. */
static enum ton_code search_down(struct search *s, struct work *w, struct owed *o, double lower_db,
                                 struct ton_err *err) {
    static const struct turns small = {SMALL_TURN_DB, SMALL_TURN_DB, NEAR_LU, SMALL_TURNS};
    const double before = s->lowest;
    s->lowest = o->ceiling_dbtp - lower_db;
    if (s->n > 0) { /* goes on from where it could not go farther */
        s->now = isnan(s->near.over) ? s->best : s->near;
        s->now.ceiling = fmin(s->now.ceiling, before);
        s->now.turned_db = 0.0;
        s->now.over = fmax(s->now.over, STEP_DB);
        s->over = s->held.ceiling = NAN;
        lower(s);
    }
    enum ton_code code = try_now(s, w, o, err);
    while (!code && s->n < MOST_TRIES && next_try(s, o))
        code = try_now(s, w, o, err);
    return code || is_settled(s) ? code : turn_down(s, w, o, &small, err);
}

static bool is_same(const struct try *a, const struct try *b) {
    return a->ceiling == b->ceiling && a->make_up_db == b->make_up_db &&
           a->turned_db == b->turned_db;
}

enum ton_code ceiling_make(struct work *w, struct owed *o, struct ton_err *err) {
    struct search s = {
        .now.ceiling = o->ceiling_dbtp,
        .near.over = NAN,
        .held.ceiling = NAN,
        .over = NAN,
        .lowest = o->ceiling_dbtp,
        .wanted = NAN,
        .slope = USUAL_SLOPE,
    };
    enum ton_code code = TON_OK;
    for (int i = 0; i < TON_N(LOWER_DB) && (i == 0 || !is_settled(&s)) && !code; i++)
        code = search_down(&s, w, o, LOWER_DB[i], err);
    if (!code && !is_settled(&s))
        code = turn_down_far(&s, w, o, err);
    if (!code && !is_same(&s.made, &s.best)) {
        s.now = s.best;
        code = try_now(&s, w, o, err);
    }
    if (!code)
        masters_warn(w, o, o->delivered->ceiling_dbtp);
    return code; /* the verdict tells what is missing */
}
