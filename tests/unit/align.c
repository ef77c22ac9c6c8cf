/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inputs that come in at different times stand together, to the sample. */
#include "promise.h"

#include "align.h"

#include "ton/row.h"
#include "ton/rt.h"

enum { INPUTS = 4, MOST = 300, FRAMES = 20000 };

static const int delays[INPUTS] = {0, 17, 700, 0};

/* Of the world's frame `frame`; 0 before it began. */
static float sample(int input, int64_t frame) {
    return frame < 0 ? 0.0F : (float)(frame * INPUTS + input + 1);
}

/* Each input comes in at its time: `delays` sooner than the last. Blocks of all sizes; before one
 * in `every` so many frames are lost. */
static void run(int64_t lost, int every) {
    struct ton_arena *arena = ton_arena_create();
    struct align *a = align_create(arena, delays, INPUTS, MOST);
    float in[INPUTS][MOST];
    int64_t frame = 0, gap_from = -1, gap_to = -1;
    assert_non_null(a);
    for (int call = 0; frame < FRAMES; call++) {
        const int n = 1 + call * 37 % MOST;
        const int64_t gone = call > 0 && call % every == 0 ? lost : 0;
        const float *planes[INPUTS];
        if (gone > 0) {
            gap_from = frame;
            gap_to = frame += gone;
        }
        for (int i = 0; i < INPUTS; i++) {
            planes[i] = in[i];
            for (int k = 0; k < n; k++)
                in[i][k] = sample(i, frame + k + delays[i]);
        }
        ton_rt_enter();
        const float *const *out = align_process(a, planes, n, gone);
        ton_rt_leave();
        for (int i = 0; i < INPUTS; i++)
            for (int k = 0; k < n; k++) {
                const int64_t came = frame + k - delays[i];
                const bool heard = came >= 0 && (came < gap_from || came >= gap_to);
                assert_true(out[i][k] == (heard ? sample(i, frame + k) : 0.0F));
            }
        frame += n;
    }
    ton_arena_destroy(arena);
}

static void all_that_was_played_at_once_comes_out_at_once(void **state) {
    (void)state;
    run(0, 1);
    figure("delays of %d to %d samples: every sample beside those of its moment", delays[0],
           delays[2]);
}

static void what_was_lost_is_silent_and_all_stands_together_behind_it(void **state) {
    (void)state;
    static const int losses[] = {1, 16, 17, 256, 699, 700, 701, 5000};
    for (int i = 0; i < TON_N(losses); i++)
        run(losses[i], 23);
    figure("%d losses", TON_N(losses));
}

static void without_memory_there_is_none(void **state) {
    (void)state;
    struct ton_arena *arena = ton_arena_create();
    ton_alloc_fail_after(0);
    assert_null(align_create(arena, (const int[]){0, 1 << 20}, 2, MOST));
    ton_alloc_fail_after(-1);
    ton_arena_destroy(arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_that_was_played_at_once_comes_out_at_once),
        cmocka_unit_test(what_was_lost_is_silent_and_all_stands_together_behind_it),
        cmocka_unit_test(without_memory_there_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
