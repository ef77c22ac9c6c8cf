/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a server's periods skipped, as JACK 2 told it on a machine that was away now and then. */
#include "promise.h"

#include "jack_clock.h"

enum { PERIOD = 256, RATE = 48000 };

/* From the period before, in frames: as counted, by the server's clock and by the machine's. */
struct step {
    int64_t counted, went_by, passed, lost;
};

struct told {
    struct jack_clock clock;
    struct jack_cycle cycle;
};

static struct told begin(void) {
    struct told t = {.clock = {.rate = RATE, .fresh = true},
                     .cycle = {1000, PERIOD, 7000000, 7000100}};
    assert_int_equal(jack_clock_lost(&t.clock, &t.cycle), 0);
    return t;
}

static int64_t usecs(int64_t frames) {
    return llround((double)frames * 1e6 / RATE);
}

static void run(struct told *t, const struct step *steps, int n) {
    for (int i = 0; i < n; i++) {
        t->cycle.first += (uint32_t)steps[i].counted;
        t->cycle.usecs += usecs(steps[i].went_by);
        t->cycle.call += usecs(steps[i].passed);
        const int64_t lost = jack_clock_lost(&t->clock, &t->cycle);
        if (lost != steps[i].lost)
            fail_msg("step %d: %lld counted, %lld went by, %lld passed: %lld lost, not %lld", i,
                     (long long)steps[i].counted, (long long)steps[i].went_by,
                     (long long)steps[i].passed, (long long)lost, (long long)steps[i].lost);
    }
}

#define RUN(t, ...)                                                                                \
    run(t, (const struct step[]){__VA_ARGS__},                                                     \
        (int)(sizeof((const struct step[]){__VA_ARGS__}) / sizeof(struct step)))

static void what_the_server_skipped_is_what_it_counts(void **state) {
    (void)state;
    struct told t = begin();
    RUN(&t, {256, 257, 300, 0}, {512, 516, 650, 256}, {6144, 6144, 6365, 5888}, {256, 256, 30, 0});
    /* Late itself, by the machine's clock; catching up, by its own. */
    RUN(&t, {512, 564, 7617, 256}, {4864, 5693, 5076, 4608}, {5120, 6100, 5213, 4864});
}

static void a_standstill_lasts_as_long_as_the_clocks_say(void **state) {
    (void)state;
    struct told t = begin();
    RUN(&t, {256, 7405, 7368, 7149}, {256, 262, 250, 0}, {256, 262, 250, 0});
    /* It was told of late: then leaps back and catches up, which is no loss once more. */
    RUN(&t, {256, 256, 48256, 48000}, {256, 5256, 256, 0}, {256, 43256, 256, 0},
        {256, 256, 256, 0});
}

static void what_is_skipped_while_the_clock_catches_up_is_lost(void **state) {
    (void)state;
    struct told t = begin();
    RUN(&t, {256, 7533, 7542, 7277}, {256, -6000, 256, 0}, {512, 593, 611, 256}, {256, 300, 256, 0},
        {512, 550, 640, 256});
}

static void a_period_that_is_run_twice_is_told(void **state) {
    (void)state;
    struct told t = begin();
    RUN(&t, {512, 541, 5239, 256}, {0, 0, 2, JACK_RUN_AGAIN}, {256, 256, 250, 0});
    t.clock.fresh = true;
    RUN(&t, {0, 0, 2, 0}, {0, 0, 2, JACK_RUN_AGAIN});
}

/* PipeWire, when another device leads. */
static void counting_elsewhere_is_no_loss(void **state) {
    (void)state;
    struct told t = begin();
    RUN(&t, {-123456, 256, 250, 0}, {256, 256, 256, 0}, {987654, 400, 256, 0}, {256, 256, 256, 0},
        {100000, 256, 260, 0});
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_server_skipped_is_what_it_counts),
        cmocka_unit_test(a_standstill_lasts_as_long_as_the_clocks_say),
        cmocka_unit_test(what_is_skipped_while_the_clock_catches_up_is_lost),
        cmocka_unit_test(a_period_that_is_run_twice_is_told),
        cmocka_unit_test(counting_elsewhere_is_no_loss),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
