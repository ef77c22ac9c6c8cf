/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files that share the answer to one question, with a solver of the test's own: who looks, who
 * waits, and what becomes of both when it cannot be found. */

#include "promise.h"

#include "work.h"

#include <math.h>
#include <unistd.h>

enum { MOST_FILES = 4, RATE = 48000 };

/* What the solver does, and what it saw. */
static struct {
    enum ton_code code;    /* of the first call; the others succeed */
    int together;          /* calls that wait for each other; 0: none does */
    bool tries, tries_off; /* writes the draft; goes on from it to another gain */
    atomic_int n, n_inside;
    atomic_bool alone;               /* one waited for the others in vain */
    int n_known;                     /* calls that were told the level before any gain */
    struct ton_master_target target; /* of the last call */
} solver;

static pthread_mutex_t solver_lock = PTHREAD_MUTEX_INITIALIZER;

static struct ton_session session = {.name = "one", .rate = RATE};
static struct version version = {.mix = "mix.wav", .colour = "mix.wav"};

/* Files of one piece that all have the same question. */
static struct stage {
    struct ton_production production;
    struct ton_deliverable deliverable;
    struct ton_problems problems;
    struct piece piece;
    struct work work;
    struct part parts[MOST_FILES];
    struct ton_delivered delivered[MOST_FILES];
    struct owed owed[MOST_FILES];
} st;

static const double GAIN = 5.0, BEFORE = -19.0;

enum ton_code ton_master_solve(struct ton_master_config *config, struct ton_master_solution *out,
                               const struct ton_master_track *tracks, int n_tracks,
                               const struct ton_master_target *target, struct ton_err *err) {
    (void)tracks, (void)n_tracks;
    const bool first = atomic_fetch_add(&solver.n, 1) == 0;
    double level;
    pthread_mutex_lock(&solver_lock);
    solver.target = *target;
    solver.n_known += !isnan(target->before);
    pthread_mutex_unlock(&solver_lock);
    atomic_fetch_add(&solver.n_inside, 1);
    for (int ms = 0; ms < 5000 && atomic_load(&solver.n_inside) < solver.together; ms++)
        usleep(1000);
    if (atomic_load(&solver.n_inside) < solver.together)
        atomic_store(&solver.alone, true);
    usleep(20000); /* the others have come */
    config->gain_db = GAIN + (solver.tries_off ? 1.0 : 0.0);
    *out = (struct ton_master_solution){.reached = target->level, .before = BEFORE};
    if (solver.tries && target->trial)
        assert_int_equal(target->trial->run(target->trial->user, &level, GAIN, err), TON_OK);
    return first && solver.code ? ton_fail(err, solver.code, NULL, "as the test says") : TON_OK;
}

enum ton_code make_draft(struct work *w, struct owed *o, struct ton_measurement *before,
                         struct ton_err *err) {
    (void)w, (void)o, (void)err;
    before->integrated_lufs = -14.0;
    return TON_OK;
}

struct ton_master_config masters_config(const struct work *w) {
    (void)w;
    return (struct ton_master_config){.ceiling_dbtp = NAN};
}

double masters_level(const struct owed *o, const struct ton_measurement *m) {
    (void)o;
    return m->integrated_lufs;
}

struct ton_master_track masters_track(const struct work *w, const struct owed *o,
                                      const struct part *part) {
    (void)w, (void)o, (void)part;
    return (struct ton_master_track){.mix = version.mix, .path = version.colour};
}

static int set_up(void **state) {
    (void)state;
    memset(&solver, 0, sizeof solver);
    st = (struct stage){
        .deliverable = {.name = "master", .where = "production.yaml:9:3", .mastered = true},
        .piece = {.session = &session, .versions = &version, .n_versions = 1},
    };
    st.work = (struct work){.production = &st.production,
                            .arena = ton_arena_create(),
                            .problems = &st.problems,
                            .pieces = &st.piece,
                            .n_pieces = 1};
    ton_problems_init(&st.problems, st.work.arena);
    pthread_mutex_init(&st.work.solving, NULL);
    pthread_cond_init(&st.work.solved, NULL);
    for (int i = 0; i < MOST_FILES; i++)
        st.owed[i] = (struct owed){.deliverable = &st.deliverable,
                                   .parts = &st.parts[i],
                                   .n_parts = 1,
                                   .n_stream = 1,
                                   .format = {.codec = TON_PCM, .rate = RATE},
                                   .target = -14.0,
                                   .ceiling_dbtp = -1.0,
                                   .delivered = &st.delivered[i]};
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    pthread_cond_destroy(&st.work.solved);
    pthread_mutex_destroy(&st.work.solving);
    ton_arena_destroy(st.work.arena);
    return 0;
}

/* One who asks, on a thread of its own. */
struct asker {
    struct owed *owed;
    struct ton_thread thread;
    double gain_db;
    bool reached, drafted;
    enum ton_code code;
    struct ton_err err;
};

static void *ask(void *user) {
    struct asker *a = user;
    a->code = masters_gain(&a->gain_db, &a->reached, &a->drafted, &st.work, a->owed,
                           a->owed->ceiling_dbtp, &a->err);
    return NULL;
}

static void ask_together(struct asker *askers, int n) {
    for (int i = 0; i < n; i++) {
        askers[i] = (struct asker){.owed = &st.owed[i]};
        assert_int_equal(ton_thread_start(&askers[i].thread, ask, &askers[i], NULL), TON_OK);
    }
    for (int i = 0; i < n; i++)
        ton_thread_join(&askers[i].thread);
}

static void who_comes_second_waits_for_the_answer_of_the_first(void **state) {
    (void)state;
    struct asker askers[MOST_FILES];
    ask_together(askers, MOST_FILES);
    assert_int_equal(solver.n, 1);
    for (int i = 0; i < MOST_FILES; i++)
        assert_true(!askers[i].code && askers[i].gain_db == GAIN && askers[i].reached);
}

static void nobody_waits_for_another_question(void **state) {
    (void)state;
    struct asker askers[3];
    solver.together = 3;
    st.owed[1].target = -9.0;
    st.owed[2].ceiling_dbtp = -2.0;
    ask_together(askers, 3);
    assert_int_equal(solver.n, 3);
    assert_false(solver.alone);
    assert_int_equal(solver.n_known, 0); /* nobody has measured it yet */
}

static void what_a_plugin_kept_one_from_the_next_looks_for(void **state) {
    (void)state;
    struct asker askers[MOST_FILES];
    int failed = 0;
    solver.code = TON_FOREIGN;
    ask_together(askers, MOST_FILES);
    assert_int_equal(solver.n, 2);
    for (int i = 0; i < MOST_FILES; i++) {
        failed += askers[i].code == TON_FOREIGN;
        assert_true(askers[i].code || askers[i].gain_db == GAIN);
    }
    assert_int_equal(failed, 1);
    assert_true(isnan(solver.target.before)); /* what the first measured is not believed */
}

/* The crew may see any of them fail first. */
static void who_waited_for_one_that_failed_fails_with_its_words(void **state) {
    (void)state;
    static const enum ton_code codes[] = {TON_ENVIRONMENT, TON_MEMORY, TON_STOPPED};
    for (int k = 0; k < TON_N(codes); k++) {
        struct asker askers[MOST_FILES];
        solver.code = codes[k];
        ask_together(askers, MOST_FILES);
        assert_int_equal(solver.n, 1);
        for (int i = 0; i < MOST_FILES; i++) {
            assert_int_equal(askers[i].code, codes[k]);
            assert_string_equal(askers[i].err.text, "as the test says");
        }
        tear_down(state);
        set_up(state);
    }
}

static void a_lowered_ceiling_starts_from_the_answer_under_the_files_own(void **state) {
    (void)state;
    struct ton_err err;
    double gain_db;
    bool reached, drafted;
    assert_int_equal(masters_gain(&gain_db, &reached, &drafted, &st.work, &st.owed[0], -1.0, &err),
                     TON_OK);
    assert_true(isnan(solver.target.guess_gain_db) && isnan(solver.target.before));
    assert_int_equal(masters_gain(&gain_db, &reached, &drafted, &st.work, &st.owed[1], -1.4, &err),
                     TON_OK);
    assert_true(solver.target.guess_gain_db == GAIN && solver.target.before == BEFORE);
    assert_int_equal(solver.n, 2);
}

static void what_is_out_of_reach_is_made_all_the_same_and_said_once(void **state) {
    (void)state;
    struct asker askers[MOST_FILES];
    solver.code = TON_MISSED;
    ask_together(askers, MOST_FILES);
    assert_int_equal(solver.n, 1);
    for (int i = 0; i < MOST_FILES; i++) {
        assert_true(!askers[i].code && !askers[i].reached && askers[i].gain_db == GAIN);
        masters_warn(&st.work, &st.owed[i], -1.0);
    }
    assert_int_equal(st.problems.n, 1);
    assert_string_equal(st.problems.items[0].text, "as the test says");
}

static void a_draft_counts_when_its_gain_is_the_answer(void **state) {
    (void)state;
    static const struct {
        bool tries, off, encoded, drafted;
    } cases[] = {
        {true, false, false, true},   /* the try was the last */
        {true, true, false, false},   /* another gain came after it */
        {false, false, false, false}, /* nobody wrote */
        {true, false, true, false},   /* an encoder would make more work than it saves */
    };
    for (int i = 0; i < TON_N(cases); i++) {
        struct asker asker;
        solver.tries = cases[i].tries;
        solver.tries_off = cases[i].off;
        st.owed[0].format.codec = cases[i].encoded ? TON_FLAC : TON_PCM;
        ask_together(&asker, 1);
        if (asker.code || asker.drafted != cases[i].drafted)
            fail_msg("case %d: drafted is %d", i, asker.drafted);
        tear_down(state);
        set_up(state);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(who_comes_second_waits_for_the_answer_of_the_first, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(nobody_waits_for_another_question, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_a_plugin_kept_one_from_the_next_looks_for, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(who_waited_for_one_that_failed_fails_with_its_words, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(
            a_lowered_ceiling_starts_from_the_answer_under_the_files_own, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_out_of_reach_is_made_all_the_same_and_said_once,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_draft_counts_when_its_gain_is_the_answer, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
