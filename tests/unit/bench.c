/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What `make bench` concludes from its measurements, on commands whose cost is known. */
#include "promise.h"

#include "race.h"
#include "report.h"

#include "ton/arena.h"

#include <unistd.h>

static const struct race race = {
    .name = "naps",
    .text = "sleeping",
    .by = WALL_S,
    .rounds = 3,
    .runners = {{OURS, "ours", "echo \"{\\\"nap\\\": $ROUND.5}\"; sleep 0.1", NULL, NULL, true,
                 "echo x >>looked; echo looking; echo $(wc -l <looked) look after $ROUND naps"},
                {LIMIT, "limit", "true", NULL, NULL, false, NULL},
                {PEER, "slow", "echo $ROUND >>slow.txt; sleep 0.6", "sleep", NULL, false, NULL},
                {PEER, "quick", "[ -e made ] && sleep 0.2", "sleep", "echo x >made", false,
                 "echo half; exit 3"},
                {PEER, "tired", "[ $ROUND = 1 ] && sleep 0.15", NULL, NULL, false, NULL},
                {PEER, "absent", "true", "no-such-program", NULL, false, "echo something"},
                {PEER, "broken", "echo first >&2; echo 'cannot  nap' >&2; echo >&2; exit 7", NULL,
                 NULL, false, NULL}},
    .targets = {{"times less", WALL_S, FASTEST_PEER, "ours", true, 1.5, NULL},
                {"times the limit", WALL_S, "ours", "limit", false, 1.01, NULL},
                {"s", WALL_S, "ours", NULL, false, 60, NULL},
                {"times the broken", WALL_S, "broken", "ours", true, 1, NULL},
                {"naps", WALL_S, "ours", NULL, false, 3, "nap"},
                {"times the tired", WALL_S, "tired", "ours", true, 1, NULL}},
};

static struct ton_json *result;
static char folder[] = "/tmp/ton-test-XXXXXX";

static const struct ton_json *runner(const char *name) {
    return race_named(ton_json_get(result, "runners"), name);
}

static double value(const char *name, const char *key) {
    return ton_json_as_number(ton_json_get(runner(name), key));
}

static const struct ton_json *target(size_t i) {
    return ton_json_at(ton_json_get(result, "targets"), i);
}

static double target_value(size_t i) {
    return ton_json_as_number(ton_json_get(target(i), "value"));
}

static void times_are_those_of_the_commands(void **state) {
    (void)state;
    figure("0.1 s: %.3f s, 0.2 s: %.3f s", value("ours", "wall_s"), value("quick", "wall_s"));
    assert_true(value("ours", "wall_s") >= 0.1);
    assert_true(value("quick", "wall_s") >= 0.2);
    assert_true(value("ours", "cpu_s") < 0.1);
    assert_true(value("ours", "memory_mb") > 0.1);
}

static void ratios_are_quotients_of_the_medians(void **state) {
    (void)state;
    figure("%.4f times less than the fastest peer", target_value(0));
    assert_true(fabs(target_value(0) - value("quick", "wall_s") / value("ours", "wall_s")) < 0.01);
    assert_true(fabs(target_value(1) * value("limit", "wall_s") - value("ours", "wall_s")) < 0.01);
    assert_true(fabs(target_value(2) - value("ours", "wall_s")) < 1e-4);
    assert_false(race_reached(target(1)));
    assert_true(race_reached(target(2)));
}

static void a_runner_may_say_what_it_measured_itself(void **state) {
    (void)state;
    figure("it says %g, at most 3", target_value(4));
    assert_true(target_value(4) == 3.5);
    assert_false(race_reached(target(4)));
    assert_null(ton_json_get(runner("quick"), "said"));
}

static void what_a_runner_made_is_looked_at_when_the_race_is_over(void **state) {
    (void)state;
    static const char key[] = "made";
    assert_string_equal(ton_json_as_string(ton_json_get(runner("ours"), key)),
                        "1 look after 3 naps");
    assert_string_equal(ton_json_as_string(ton_json_get(runner("quick"), key)),
                        "what could not be looked at");
    assert_null(ton_json_get(runner("slow"), key));
    assert_null(ton_json_get(runner("absent"), key));
}

static void what_is_far_behind_runs_once(void **state) {
    (void)state;
    assert_true(value("quick", "runs") == 3.0);
    assert_true(value("slow", "runs") == 1.0);
    char line[16] = "";
    FILE *f = fopen("slow.txt", "r");
    assert_non_null(f);
    assert_int_equal(fread(line, 1, sizeof line, f), 2);
    assert_memory_equal(line, "1\n", 2);
    fclose(f);
}

static void who_did_not_run_is_named_with_the_reason_and_counts_nowhere(void **state) {
    (void)state;
    const char *why = ton_json_as_string(ton_json_get(runner("absent"), "left_out"));
    assert_string_equal(why, "not installed");
    why = ton_json_as_string(ton_json_get(runner("broken"), "left_out"));
    figure("broken: %s", why);
    assert_string_equal(why, "failed, status 7: cannot  nap");
    assert_null(ton_json_get(runner("broken"), "wall_s"));
    assert_non_null(ton_json_get(runner("tired"), "left_out"));
    assert_non_null(ton_json_get(target(3), "left_out"));
    assert_null(ton_json_get(target(3), "reached"));
    assert_non_null(ton_json_get(target(5), "left_out"));
}

static void the_report_has_all_of_them_and_parses_again(void **state) {
    (void)state;
    static const char *const words[] = {
        "**naps**: sleeping.", "ours says `{\"nap\":3.5}`.", "ours made 1 look after 3 naps.",
        "absent is left out: not installed.", "broken is left out: failed, status 7: cannot  nap."};
    struct ton_text text = {0};
    struct ton_json *again = NULL;
    struct ton_err err;
    char *dump = ton_json_dump(result, true);
    assert_non_null(dump);
    assert_int_equal(ton_json_parse(&again, dump, strlen(dump), "dump", &err), TON_OK);
    report_race(&text, again);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        assert_non_null(strstr(text.data, words[i]));
    const char *limit = strstr(text.data, "| limit"), *quick = strstr(text.data, "| quick"),
               *slow = strstr(text.data, "| slow");
    assert_true(limit && quick && slow && limit < quick && quick < slow);
    ton_text_free(&text);
    ton_json_free(again);
    ton_free(dump);
}

static int run(void **state) {
    (void)state;
    if (!mkdtemp(folder) || chdir(folder))
        return -1;
    result = race_run(&race);
    return result ? 0 : -1;
}

static int clear(void **state) {
    (void)state;
    ton_json_free(result);
    unlink("made");
    unlink("looked");
    unlink("slow.txt");
    return chdir("/") || rmdir(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_are_those_of_the_commands),
        cmocka_unit_test(ratios_are_quotients_of_the_medians),
        cmocka_unit_test(a_runner_may_say_what_it_measured_itself),
        cmocka_unit_test(what_a_runner_made_is_looked_at_when_the_race_is_over),
        cmocka_unit_test(what_is_far_behind_runs_once),
        cmocka_unit_test(who_did_not_run_is_named_with_the_reason_and_counts_nowhere),
        cmocka_unit_test(the_report_has_all_of_them_and_parses_again),
    };
    return cmocka_run_group_tests(tests, run, clear);
}
