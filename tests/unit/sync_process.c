/* SPDX-License-Identifier: GPL-3.0-or-later */
/* When a deck rolls with a server's transport, and what it takes for a leap. */
#include "promise.h"

#include "sync.h"

enum { PERIOD = 256, READY = 96123 };

static struct sync_audio follower(void) {
    struct sync_audio s = {.ltc_input = -1, .ltc_output = -1, .follows_shared = true};
    atomic_store(&s.roll_at, NEVER);
    atomic_store(&s.ready, READY);
    atomic_store(&s.shared, sync_pack((struct shared){TON_DEVICE_STOPPED, -1}));
    return s;
}

static int hear(struct sync_audio *s, int64_t frame, int64_t lost, enum ton_device_rolling rolling,
                int64_t place) {
    const struct ton_device_block block = {
        .frame = frame, .lost = lost, .frames = PERIOD, .rolling = rolling, .rolling_frame = place};
    return sync_before(s, &block);
}

/* How far the server's transport has leapt from what rolls. */
static int64_t leapt(struct sync_audio *s) {
    const struct shared shared = sync_unpack(atomic_load(&s->shared));
    assert_int_equal(shared.rolling, TON_DEVICE_ROLLING);
    return shared.frame - atomic_load(&s->rolled);
}

static void it_rolls_in_the_very_block(void **state) {
    (void)state;
    struct sync_audio s = follower();
    assert_int_equal(hear(&s, 0, 0, TON_DEVICE_STARTING, READY), -1);
    assert_int_equal(sync_unpack(atomic_load(&s.shared)).frame, READY);
    assert_true(sync_is_ready(&s, READY));
    atomic_store(&s.holds, true);
    assert_false(sync_is_ready(&s, READY));
    assert_int_equal(hear(&s, PERIOD, 0, TON_DEVICE_ROLLING, READY), 0);
    assert_int_equal(atomic_load(&s.roll_at), ROLLS);
    assert_int_equal(atomic_load(&s.ready), NEVER);
    assert_int_equal(hear(&s, 2 * PERIOD, 0, TON_DEVICE_ROLLING, READY + PERIOD), -1);
    assert_int_equal(leapt(&s), 0);
}

/* Some servers count what was lost and some do not; a person leaps. */
static void an_xrun_is_no_leap(void **state) {
    (void)state;
    struct sync_audio s = follower();
    int64_t frame = 0, place = READY;
    hear(&s, frame, 0, TON_DEVICE_ROLLING, place);
    for (int i = 1; i < 9; i++) {
        const int64_t lost = i * PERIOD + 3;
        frame += PERIOD + lost;
        place += PERIOD + (i % 2 ? lost : 0);
        hear(&s, frame, lost, TON_DEVICE_ROLLING, place);
        assert_int_equal(leapt(&s), 0);
    }
    frame += 6 * PERIOD;
    place += 7 * PERIOD;
    hear(&s, frame, 5 * PERIOD, TON_DEVICE_ROLLING, place);
    assert_int_not_equal(leapt(&s), 0);
    const struct shared shared = sync_unpack(atomic_load(&s.shared));
    assert_int_equal(shared.frame, place - frame); /* whoever comes now comes to where it is */
}

static void an_order_is_kept_to_the_sample_or_missed(void **state) {
    (void)state;
    struct sync_audio s = follower();
    const int64_t at = 5 * PERIOD + 17;
    hear(&s, 0, 0, TON_DEVICE_ROLLING, READY - at);
    atomic_store(&s.roll_at, at);
    assert_int_equal(hear(&s, 4 * PERIOD, 0, TON_DEVICE_ROLLING, READY - at + 4 * PERIOD), -1);
    assert_int_equal(hear(&s, 5 * PERIOD, 0, TON_DEVICE_ROLLING, READY - at + 5 * PERIOD), 17);
    assert_int_equal(atomic_load(&s.roll_at), ROLLS);
    assert_int_equal(leapt(&s), 0);
    s = follower();
    atomic_store(&s.roll_at, at);
    assert_int_equal(hear(&s, 6 * PERIOD, PERIOD, TON_DEVICE_ROLLING, READY), -1);
    assert_int_equal(atomic_load(&s.roll_at), NEVER);
}

static void timecode_that_nobody_heard_is_told_once_with_its_length(void **state) {
    (void)state;
    enum { MORE = 5 };
    static struct line line;
    static const float silence[PERIOD];
    const float *in[] = {silence};
    struct sync sync = {.audio = follower()};
    sync.audio.ltc_input = 0;
    sync.audio.line = &line;
    for (int i = 0; i < LINE_PACKETS + MORE; i++) {
        const struct ton_device_block block = {
            .frame = (int64_t)i * PERIOD, .frames = PERIOD, .in = in};
        sync_before(&sync.audio, &block);
        if (i == LINE_PACKETS - 1)
            assert_int_equal(sync_dropped(&sync), 0);
    }
    assert_int_equal(sync_dropped(&sync), 0); /* it may still be going on */
    const int64_t told = sync_dropped(&sync);
    figure("%lld frames", (long long)told);
    assert_int_equal(told, MORE * PERIOD);
    assert_int_equal(sync_dropped(&sync), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_rolls_in_the_very_block),
        cmocka_unit_test(an_xrun_is_no_leap),
        cmocka_unit_test(an_order_is_kept_to_the_sample_or_missed),
        cmocka_unit_test(timecode_that_nobody_heard_is_told_once_with_its_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
