/* SPDX-License-Identifier: GPL-3.0-or-later */
/* When a deck rolls with a server's transport, and what it takes for a leap. */
#include "promise.h"

#include "sync.h"

#include "ton/thread.h"

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
    place += 8 * PERIOD;
    hear(&s, frame, 5 * PERIOD, TON_DEVICE_ROLLING, place);
    assert_int_not_equal(leapt(&s), 0);
    const struct shared shared = sync_unpack(atomic_load(&s.shared));
    assert_int_equal(shared.frame, place - frame); /* whoever comes now comes to where it is */
}

/* On a machine that was away, a period is told the next one's place. */
static void a_place_that_is_told_early_is_no_leap(void **state) {
    (void)state;
    struct sync_audio s = follower();
    hear(&s, 0, 0, TON_DEVICE_ROLLING, READY);
    hear(&s, PERIOD, 0, TON_DEVICE_ROLLING, READY + 2 * PERIOD);
    hear(&s, 2 * PERIOD, 0, TON_DEVICE_ROLLING, READY + 2 * PERIOD);
    assert_int_equal(leapt(&s), 0);
    /* The same when the server had stood still before, and did not count. */
    hear(&s, 3 * PERIOD + 7000, 7000, TON_DEVICE_ROLLING, READY + 4 * PERIOD);
    hear(&s, 4 * PERIOD + 7000, 0, TON_DEVICE_ROLLING, READY + 4 * PERIOD);
    assert_int_equal(leapt(&s), 0);
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

static void send(struct sync_audio *s, int64_t frame, int frames) {
    float in[4096];
    const float *ins[] = {in};
    for (int i = 0; i < frames; i++)
        in[i] = (float)((frame + i) % (1 << 24));
    const struct ton_device_block block = {.frame = frame, .frames = frames, .in = ins};
    sync_before(s, &block);
}

static void however_short_periods_are_the_line_holds_as_much(void **state) {
    (void)state;
    static const int periods[] = {1, 16, 32, 256, 4096};
    for (int i = 0; i < TON_N(periods); i++) {
        static struct line line;
        struct sync_audio s = follower();
        memset(&line, 0, sizeof line);
        s.ltc_input = 0;
        s.line = &line;
        int64_t sent = 0;
        for (; atomic_load(&line.dropped) == 0; sent += periods[i])
            send(&s, sent, periods[i]);
        figure("periods of %4d: %.2f s at 48 kHz", periods[i], (double)(sent - periods[i]) / 48000);
        assert_int_equal(sent - periods[i], LINE_FRAMES);
    }
}

enum { SENT = 3 * LINE_FRAMES };

static void *send_all(void *line) {
    struct sync_audio s = follower();
    s.ltc_input = 0;
    s.line = line;
    int64_t frame = 0;
    for (int i = 0; frame < SENT; i++) {
        const int frames = i % 7 == 0 ? 4096 : 1 + i * 37 % 300;
        if (atomic_load(&s.line->written) - atomic_load(&s.line->heard) > LINE_FRAMES / 2) {
            i--;
            continue;
        }
        send(&s, frame, frames);
        frame += frames + (i % 5 == 0 ? 11 : 0); /* what the device lost */
    }
    atomic_store(&s.line->dropped, -1 - atomic_load(&s.line->dropped));
    return NULL;
}

/* Also while it goes on being written, over its end, and where frames were lost. */
static void every_frame_of_the_line_is_heard_at_its_place(void **state) {
    (void)state;
    static struct line line;
    struct ton_thread thread;
    const float *in;
    int64_t frame, due = 0, leaps = 0, heard = 0;
    memset(&line, 0, sizeof line);
    assert_int_equal(ton_thread_start(&thread, send_all, &line, NULL), TON_OK);
    for (bool over = false;;) {
        const int n = line_next(&line, &in, &frame);
        if (n == 0 && over)
            break;
        over = n == 0 && atomic_load(&line.dropped) < 0;
        leaps += n > 0 && frame != due;
        assert_true(n == 0 || frame == due || frame == due + 11);
        for (int i = 0; i < n; i++)
            assert_int_equal(in[i], frame + i);
        due = n ? frame + n : due;
        line_let_go(&line, n);
        heard += n;
    }
    ton_thread_join(&thread);
    figure("%lld frames, %lld leaps", (long long)heard, (long long)leaps);
    assert_int_equal(atomic_load(&line.dropped), -1);
    assert_true(due >= SENT && leaps > 100);
}

static void timecode_that_nobody_heard_is_told_once_with_its_length(void **state) {
    (void)state;
    enum { FULL = LINE_FRAMES / PERIOD, MORE = 5 };
    static struct line line;
    static const float silence[PERIOD];
    const float *in[] = {silence};
    struct sync sync = {.audio = follower()};
    sync.audio.ltc_input = 0;
    sync.audio.line = &line;
    for (int i = 0; i < FULL + MORE; i++) {
        const struct ton_device_block block = {
            .frame = (int64_t)i * PERIOD, .frames = PERIOD, .in = in};
        sync_before(&sync.audio, &block);
        if (i == FULL - 1)
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
        cmocka_unit_test(a_place_that_is_told_early_is_no_leap),
        cmocka_unit_test(an_order_is_kept_to_the_sample_or_missed),
        cmocka_unit_test(however_short_periods_are_the_line_holds_as_much),
        cmocka_unit_test(every_frame_of_the_line_is_heard_at_its_place),
        cmocka_unit_test(timecode_that_nobody_heard_is_told_once_with_its_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
