/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The plan pulled by a thread that never waits: bits of the render, and what happens when takes
 * come late or end. */
#include "stage.h"

#include "ton/live.h"
#include "ton/rt.h"

enum { FRAMES = 100000, MOST = 4096 };

static void make_session(struct stage *st) {
    stage_open(st, 48000);
    for (int i = 0; i < 12; i++) {
        char *name = ton_arena_printf(st->arena, "T%d", i);
        const int strip =
            stage_player(st, name, "drums", FRAMES, stage_noise(st, FRAMES, (uint64_t)i, 0.4F));
        stage_insert(st, strip, ton_processor_find("eq", NULL))[0] = 100.0F; /* high pass */
        stage_insert(st, strip, ton_processor_find("compressor", NULL))[1] = -30.0F;
        st->strips[strip].gain_db = -12.0F;
    }
    stage_insert(st, stage_mix(st), ton_processor_find("limiter", NULL));
}

static const struct ton_wish wishes[] = {{.name = "mix", .kind = TON_WISH_MIX}};

static struct ton_plan *compile(struct stage *st) {
    const struct ton_plan_config config = {.to = FRAMES};
    struct ton_plan *plan = NULL;
    struct ton_err err = {0};
    if (ton_plan_compile(&plan, &st->session, wishes, 1, &config, &err))
        fail_msg("%s: %s", err.where, err.text);
    return plan;
}

static void pause_here(void) {
    usleep(3000);
}

/* One more block, however long its takes need; as on a device, nothing may wait or allocate. */
static enum ton_live_block pull(struct ton_live *live, float out[2][MOST]) {
    float *const rows[1][2] = {{out[0], out[1]}};
    ton_rt_enter();
    const enum ton_live_block what = ton_live_process(live, rows);
    ton_rt_leave();
    return what;
}

static void what_is_pulled_has_the_bits_of_the_render(void **state) {
    (void)state;
    static const int blocks[] = {1, 16, 64, 777, 4096};
    struct stage st;
    make_session(&st);
    struct ton_plan *plan = compile(&st);
    struct capture whole = {0};
    struct ton_err err = {0};
    assert_int_equal(ton_render(plan, &(struct ton_sink){capture_write, &whole}, NULL, NULL, &err),
                     TON_OK);
    const int64_t latency = ton_plan_latency(plan);
    assert_true(latency > 0);
    for (int b = 0; b < TON_N(blocks); b++) {
        static float out[2][MOST];
        struct ton_live *live = NULL;
        int early = 0;
        assert_int_equal(ton_live_create(&live, plan, blocks[b], &err), TON_OK);
        const int64_t frames = blocks[b] == 1 ? 20000 : FRAMES;
        for (int64_t done = 0; done < frames; done += blocks[b]) {
            while (pull(live, out) == TON_LIVE_LATE) {
                early++;
                usleep(500);
            }
            for (int i = 0; i < blocks[b]; i++)
                for (int c = 0; c < 2; c++)
                    if (done + i >= latency && done + i - latency < whole.frames)
                        assert_memory_equal(&out[c][i], &whole.channels[c][done + i - latency], 4);
        }
        ton_live_destroy(live);
        figure("blocks of %4d: equal bits, %d pulls came before their takes", blocks[b], early);
    }
    capture_free(&whole, 1);
    ton_plan_destroy(plan);
    stage_close(&st);
}

static void behind_the_end_it_is_silent(void **state) {
    (void)state;
    struct stage st;
    make_session(&st);
    struct ton_plan *plan = compile(&st);
    struct ton_live *live = NULL;
    struct ton_err err = {0};
    static float out[2][MOST];
    assert_int_equal(ton_live_create(&live, plan, MOST, &err), TON_OK);
    int played = 0;
    for (enum ton_live_block what; (what = pull(live, out)) != TON_LIVE_ENDED;)
        if (what == TON_LIVE_PLAYED)
            played++;
        else
            usleep(500);
    assert_true(played * MOST >= FRAMES);
    for (int c = 0; c < 2; c++)
        for (int i = 0; i < MOST; i++)
            assert_true(out[c][i] == 0.0F);
    assert_int_equal(ton_live_failure(live, NULL), TON_OK);
    ton_live_destroy(live);
    ton_plan_destroy(plan);
    stage_close(&st);
}

static void a_take_that_is_gone_is_told(void **state) {
    (void)state;
    struct stage st;
    make_session(&st);
    struct ton_plan *plan = compile(&st);
    struct ton_live *live = NULL;
    struct ton_err err = {0};
    assert_int_equal(unlink(st.takes[3].path), 0);
    assert_int_equal(ton_live_create(&live, plan, 64, &err), TON_INPUT);
    assert_null(live);
    assert_non_null(strstr(err.text, "T3"));
    assert_int_equal(ton_live_create(&live, plan, 5000, &err), TON_USAGE);
    ton_plan_destroy(plan);
    stage_close(&st);
}

/* Its block stands in the reader's ring, which the reader may write over as soon as it may. */
static void a_track_that_nothing_colours_is_heard_whole(void **state) {
    (void)state;
    struct stage st;
    stage_open(&st, 48000);
    static float left[FRAMES], right[FRAMES];
    for (int i = 0; i < FRAMES; i++) {
        left[i] = (float)(i % 10007) / 10007.0F;
        right[i] = -left[i];
    }
    const float *const sides[] = {left, right};
    const int track = stage_track(&st, "T", "drums");
    stage_clip(&st, track, stage_take(&st, 48000, 2, FRAMES, sides), 0, 0, FRAMES);
    stage_mix(&st);
    struct ton_plan *plan = compile(&st);
    struct ton_live *live = NULL;
    struct ton_err err = {0};
    static float out[2][MOST];
    ton_thread_overtaken = pause_here;
    assert_int_equal(ton_live_create(&live, plan, MOST, &err), TON_OK);
    for (int done = 0; done < FRAMES; done += MOST) {
        while (pull(live, out) == TON_LIVE_LATE)
            usleep(500);
        for (int i = 0; i < MOST && done + i < FRAMES; i++)
            for (int c = 0; c < 2; c++)
                assert_true(out[c][i] == sides[c][done + i]);
    }
    ton_live_destroy(live);
    ton_thread_overtaken = NULL;
    ton_plan_destroy(plan);
    stage_close(&st);
}

static void a_plan_of_no_frames_ends_at_once(void **state) {
    (void)state;
    struct stage st;
    stage_open(&st, 48000);
    stage_mix(&st);
    struct ton_plan *plan = NULL;
    struct ton_live *live = NULL;
    struct ton_err err = {0};
    static float out[2][MOST];
    assert_int_equal(ton_plan_compile(&plan, &st.session, wishes, 1, NULL, &err), TON_OK);
    assert_int_equal(ton_live_create(&live, plan, 64, &err), TON_OK);
    assert_int_equal(pull(live, out), TON_LIVE_ENDED);
    ton_live_destroy(live);
    ton_plan_destroy(plan);
    stage_close(&st);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_pulled_has_the_bits_of_the_render),
        cmocka_unit_test(behind_the_end_it_is_silent),
        cmocka_unit_test(a_track_that_nothing_colours_is_heard_whole),
        cmocka_unit_test(a_plan_of_no_frames_ends_at_once),
        cmocka_unit_test(a_take_that_is_gone_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
