/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A device that is open: the clock without sound, along which everything else is tested, and what
 * all back-ends have in common. */
#include "callback_rig.h"

#include "ton/arena.h"
#include "ton/device.h"
#include "ton/row.h"
#include "ton/thread.h"

#include <unistd.h>

enum { CHANNELS = 3 };

/* What a process saw, written by the device's thread and read when that is over. */
struct seen {
    atomic_llong blocks;
    int64_t next, lost, leaps, unlike;
    int frames, least, most;
    int64_t busy_ns, until; /* block number until which it is busy */
    float residue;          /* what stood in outputs before they were written */
    bool denormals;
};

static void look(void *user, struct ton_device_block *b) {
    struct seen *s = user;
    volatile float tiny = 1e-38F;
    s->unlike += b->frame - b->lost != s->next;
    s->leaps += b->lost > 0;
    s->lost += b->lost;
    s->next = b->frame + b->frames;
    s->least = s->least == 0 || b->frames < s->least ? b->frames : s->least;
    s->most = b->frames > s->most ? b->frames : s->most;
    for (int i = 0; i < b->frames; i++) {
        for (int c = 0; c < CHANNELS; c++) {
            s->residue += fabsf(b->out[c][i]) + fabsf(b->in[c][i]);
            b->out[c][i] = 1;
        }
    }
    tiny = tiny * 0.1F;
    s->denormals |= tiny != 0;
    const int64_t n = atomic_fetch_add(&s->blocks, 1);
    for (const int64_t end = ton_clock_ns() + s->busy_ns; n < s->until && ton_clock_ns() < end;)
        ;
}

static struct ton_device *open_null(struct seen *s, int frames, double speed) {
    static const struct ton_device_wish wishes[CHANNELS] = {{"a", "1"}, {"b", NULL}, {"c", "7"}};
    const struct ton_device_config config = {
        .backend = "null",
        .rate = 48000,
        .period_frames = frames,
        .speed = speed,
        .inputs = wishes,
        .outputs = wishes,
        .n_inputs = CHANNELS,
        .n_outputs = CHANNELS,
        .process = look,
        .user = s,
    };
    struct ton_device *d = NULL;
    struct ton_err err = {0};
    if (ton_device_open(&d, &config, &err))
        fail_msg("%s: %s", err.where, err.text);
    return d;
}

static struct ton_device_status status_of(const struct ton_device *d) {
    struct ton_device_status status;
    ton_device_status(d, &status);
    return status;
}

static void wait_for_blocks(const struct seen *s, int64_t n) {
    while (atomic_load(&s->blocks) < n)
        usleep(500);
}

static void as_fast_as_the_machine_can_no_frame_is_missing(void **state) {
    (void)state;
    static const int frames[] = {1, 17, 256, 4096, 0};
    for (int i = 0; i < TON_N(frames); i++) {
        struct seen s = {0};
        struct ton_device *d = open_null(&s, frames[i], 0);
        const int64_t start = ton_clock_ns();
        assert_int_equal(ton_device_start(d, NULL), TON_OK);
        wait_for_blocks(&s, 1000);
        ton_device_stop(d);
        const struct ton_device_status status = status_of(d);
        const int expected = frames[i] ? frames[i] : 256;
        figure("%4d frames: %lld blocks, %.0f times as fast as the clock", expected,
               (long long)status.blocks,
               (double)s.next / 48000 * 1e9 / (double)(ton_clock_ns() - start));
        assert_int_equal(s.unlike, 0);
        assert_int_equal(s.lost, 0);
        assert_int_equal(s.least, expected);
        assert_int_equal(s.most, expected);
        assert_int_equal(s.next, status.blocks * expected);
        assert_int_equal(status.blocks, atomic_load(&s.blocks));
        assert_int_equal(status.frame, s.next - expected);
        assert_int_equal(status.xruns, 0);
        assert_int_equal(status.most_frames, expected);
        assert_true(s.residue == 0);
        assert_false(s.denormals);
        ton_device_close(d);
    }
}

static void after_stop_nothing_runs_and_a_start_begins_at_0(void **state) {
    (void)state;
    struct seen s = {0};
    struct ton_device *d = open_null(&s, 64, 0);
    for (int round = 0; round < fewer(200, 20); round++) {
        s.next = 0;
        assert_int_equal(ton_device_start(d, NULL), TON_OK);
        assert_int_equal(ton_device_start(d, NULL), TON_OK); /* it does already */
        wait_for_blocks(&s, atomic_load(&s.blocks) + 3);
        ton_device_stop(d);
        const int64_t then = s.next; /* a data race, were it still running */
        if (round % 50 == 0)
            usleep(3000);
        assert_int_equal(s.next, then);
        assert_int_equal(s.unlike, 0);
        assert_int_equal(status_of(d).blocks * 64, then);
    }
    ton_device_stop(d);
    assert_int_equal(ton_device_start(d, NULL), TON_OK);
    ton_device_close(d); /* stops */
}

static void by_the_clock_it_keeps_time(void **state) {
    (void)state;
    struct seen s = {0};
    struct ton_device *d = open_null(&s, 480, 5);
    const int64_t start = ton_clock_ns();
    assert_int_equal(ton_device_start(d, NULL), TON_OK);
    wait_for_blocks(&s, 150);
    ton_device_stop(d);
    const double clock = (double)(ton_clock_ns() - start) * 5 * 48000 / 1e9;
    figure("5 times as fast: %lld frames (lost %lld) while the clock says %.0f", (long long)s.next,
           (long long)s.lost, clock);
    assert_int_equal(s.unlike, 0);
    assert_true((double)s.next < clock + 480 + 1); /* never early: one block at the start */
    ton_device_close(d);
}

static void a_process_that_takes_three_periods_loses_what_it_slept_through(void **state) {
    (void)state;
    struct seen s = {.busy_ns = 35000000, .until = 1}; /* of periods of 10 ms */
    struct ton_device *d = open_null(&s, 480, 1);
    const int64_t start = ton_clock_ns();
    assert_int_equal(ton_device_start(d, NULL), TON_OK);
    wait_for_blocks(&s, 4);
    ton_device_stop(d);
    const double clock = (double)(ton_clock_ns() - start) * 48000 / 1e9;
    const struct ton_device_status status = status_of(d);
    figure("%lld xruns, %lld frames lost, worst load %.2f, mean %.2f", (long long)status.xruns,
           (long long)status.lost_frames, status.worst_load, status.mean_load);
    assert_int_equal(s.unlike, 0);
    assert_true(status.xruns >= 1);
    assert_int_equal(status.xruns, s.leaps);
    assert_int_equal(status.lost_frames, s.lost);
    assert_true(s.lost >= 2 * 480);
    assert_true((double)s.next < clock + 480 + 1);
    assert_int_equal(s.lost % 480, 0);
    assert_true(status.worst_load >= 3.5);
    const double mean = 3.5 / (double)status.blocks;
    assert_true(status.mean_load >= mean);
    ton_device_close(d);
}

/* For that one the machine may have been away. */
static void one_block_that_takes_long_makes_no_high_load_and_all_do(void **state) {
    (void)state;
    for (int all = 0; all < 2; all++) {
        struct seen s = {.busy_ns = 30000000, .until = all ? 1000000 : 1}; /* of periods of 10 ms */
        struct ton_device *d = open_null(&s, 480, 0);
        assert_int_equal(ton_device_start(d, NULL), TON_OK);
        wait_for_blocks(&s, all ? 10 : 3000);
        ton_device_stop(d);
        const struct ton_device_status status = status_of(d);
        figure("%s of %lld blocks: high load %.2f, worst %.2f", all ? "all" : "1",
               (long long)status.blocks, status.high_load, status.worst_load);
        assert_true(status.worst_load >= 3);
        assert_true(all ? status.high_load >= 3 : status.high_load < 1);
        ton_device_close(d);
    }
}

static void what_allocates_in_a_callback_is_caught(void **state) {
    (void)state;
    allocating_in_a_callback_is_caught(
        (struct ton_device_config){.backend = "null", .rate = 48000});
}

static void expect(enum ton_code code, const char *backend, const char *sentence) {
    struct ton_err err = {0};
    struct ton_device *d = NULL;
    const struct ton_device_config config = {.backend = backend, .rate = 48000, .process = look};
    assert_int_equal(ton_device_open(&d, &config, &err), code);
    assert_null(d);
    figure("%s", err.text);
    assert_non_null(strstr(err.text, sentence));
}

static void a_back_end_that_is_not_there_is_told_with_the_nearest(void **state) {
    (void)state;
    expect(TON_USAGE, "nul", "no back-end is called `nul`; did you mean `null`?");
    expect(TON_USAGE, "alsa", "there are jack, portaudio and null");
}

static void without_a_transport_it_says_so(void **state) {
    (void)state;
    struct seen s = {0};
    struct ton_err err = {0};
    struct ton_device *d = open_null(&s, 64, 0);
    bool is_input;
    assert_int_equal(ton_device_roll(d, true, &err), TON_INPUT);
    assert_non_null(strstr(err.text, "no transport"));
    assert_int_equal(ton_device_locate(d, 0, &err), TON_INPUT);
    assert_int_equal(ton_device_latency(d, true, 2), 0);
    assert_int_equal(ton_device_latency(d, false, 0), 0);
    assert_int_equal(ton_device_latency(d, true, 3), -1);
    assert_null(ton_device_vanished(d, &is_input));
    assert_int_equal(ton_device_failure(d, &err), TON_OK);
    ton_device_close(d);
    ton_device_close(NULL);
}

static void without_memory_it_does_not_open(void **state) {
    (void)state;
    struct ton_device *d = NULL;
    struct ton_err err = {0};
    const struct ton_device_config config = {.backend = "null", .rate = 48000, .process = look};
    int failed = 0;
    for (int n = 0; !d; n++) {
        ton_alloc_fail_after(n);
        const enum ton_code code = ton_device_open(&d, &config, &err);
        ton_alloc_fail_after(-1);
        assert_int_equal(code, d ? TON_OK : TON_MEMORY);
        failed += !d;
    }
    figure("refused after each of %d allocations", failed);
    assert_true(failed > 1);
    ton_device_close(d);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_fast_as_the_machine_can_no_frame_is_missing),
        cmocka_unit_test(after_stop_nothing_runs_and_a_start_begins_at_0),
        cmocka_unit_test(by_the_clock_it_keeps_time),
        cmocka_unit_test(one_block_that_takes_long_makes_no_high_load_and_all_do),
        cmocka_unit_test(a_process_that_takes_three_periods_loses_what_it_slept_through),
        cmocka_unit_test(what_allocates_in_a_callback_is_caught),
        cmocka_unit_test(a_back_end_that_is_not_there_is_told_with_the_nearest),
        cmocka_unit_test(without_a_transport_it_says_so),
        cmocka_unit_test(without_memory_it_does_not_open),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
