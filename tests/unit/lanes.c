/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Strips that run side by side: a render has the same bits whatever the number of strips, the
 * blocks, the threads and the instruction set, with every processor there is. */
#include "stage.h"

#include "ton/isa.h"
#include "ton/json.h"

enum { FRAMES = 5000, LONGEST = 6000 };

static const int counts[] = {1, 5, 9, 17, 40};

/* Strip i begins with the i-th processor, so that groups meet others at every place; all have an
 * equaliser and a compressor. Some faders move, some lead into a send as well. */
static void make_session(struct stage *st, int n_strips) {
    stage_open(st, 48000);
    int next = 0;
    for (int i = 0; i < n_strips; i++) {
        char *name = ton_arena_printf(st->arena, "T%d", i);
        float *noise = stage_noise(st, FRAMES, (uint64_t)i, 0.5F);
        const int strip = stage_player(st, name, "drums", FRAMES, noise);
        const struct ton_processor *p = ton_processor_at(next++ % ton_processor_count());
        if (strcmp(p->id, "convolver") != 0) /* wants a file */
            stage_insert(st, strip, p);
        float *eq = stage_insert(st, strip, ton_processor_find("eq", NULL));
        eq[0] = 80.0F + (float)i; /* high pass */
        eq[1] = (float)(i % 4);   /* its slope: 1 to 4 sections */
        stage_insert(st, strip, ton_processor_find("compressor", NULL))[1] = -30.0F; /* threshold */
        st->strips[strip].gain_db = -12.0F;
        st->strips[strip].pan = (float)(i * 37 % 200 - 100);
        const struct ton_point points[] = {{.frame = 0, .value = 0.0F},
                                           {.frame = 3000, .value = -6.0F}};
        if (i % 7 == 3)
            stage_lane(st, strip, TON_TARGET_GAIN, 0, 0, points, TON_N(points));
    }
    const int hall = stage_bus(st, "Hall");
    for (int i = 0; i < n_strips; i += 2)
        stage_send(st, i, hall, -9.0F, i % 4 == 0);
    stage_insert(st, hall, ton_processor_find("reverb", NULL));
    stage_mix(st);
}

static struct capture render(struct stage *st, int block, int threads) {
    static const struct ton_wish wish = {.name = "mix", .kind = TON_WISH_MIX};
    const struct ton_plan_config config = {.block = block, .threads = threads, .to = LONGEST};
    struct ton_plan *plan = NULL;
    struct ton_err err = {0};
    struct capture capture = {0};
    const struct ton_sink sink = {capture_write, &capture};
    if (ton_plan_compile(&plan, &st->session, &wish, 1, &config, &err) ||
        ton_render(plan, &sink, NULL, NULL, &err))
        fail_msg("%s: %s", err.where, err.text);
    ton_plan_destroy(plan);
    return capture;
}

static void compare(struct stage *st, const struct capture *first, int block, int threads, int n) {
    struct capture other = render(st, block, threads);
    assert_int_equal(first->frames, other.frames);
    for (int c = 0; c < 2; c++)
        for (int64_t i = 0; i < first->frames; i++)
            if (memcmp(&first->channels[c][i], &other.channels[c][i], sizeof(float)) != 0)
                fail_msg("%d strips, blocks of %d, %d threads, %s: frame %lld differs", n, block,
                         threads, ton_isa_name(ton_isa()), (long long)i);
    capture_free(&other, 1);
}

static void strips_side_by_side_do_not_change_a_bit(void **state) {
    (void)state;
    static const struct {
        int block, threads;
    } ways[] = {{1, 1}, {64, 2}, {777, 1}, {4096, 3}, {0, 16}};
    for (int k = 0; k < fewer(TON_N(counts), 4); k++) {
        struct stage st;
        make_session(&st, counts[k]);
        ton_isa_limit(TON_ISA_GENERIC);
        struct capture first = render(&st, 64, 1);
        for (int isa = 0; isa < TON_N_ISAS; isa++) {
            ton_isa_limit((enum ton_isa)isa);
            for (int w = 0; w < fewer(TON_N(ways), 3); w++)
                if (ways[w].block != 1 || isa == TON_ISA_AVX512)
                    compare(&st, &first, ways[w].block, ways[w].threads, counts[k]);
        }
        capture_free(&first, 1);
        stage_close(&st);
    }
    ton_isa_limit(TON_ISA_AVX512);
    figure(
        "1 to %d strips, blocks of 1 to 4096, 1 to 16 threads, three instruction sets: equal bits",
        counts[fewer(TON_N(counts), 4) - 1]);
}

/* Of `n` strips of which each begins with `first` and has an equaliser. */
static double tasks_of(int n, const char *first, int threads) {
    struct stage st;
    stage_open(&st, 48000);
    for (int i = 0; i < n; i++) {
        char *name = ton_arena_printf(st.arena, "T%d", i);
        const int strip = stage_player(&st, name, "drums", 64, stage_noise(&st, 64, 1, 0.5F));
        st.strips[strip].clips[0].at = i; /* or they were one */
        float *params = stage_insert(&st, strip, ton_processor_find(first, NULL));
        if (strcmp(first, "pitch") == 0)
            params[0] = 5.0F; /* semitones: or it would do nothing */
        stage_insert(&st, strip, ton_processor_find("eq", NULL))[0] = 80.0F;
    }
    stage_mix(&st);
    static const struct ton_wish wish = {.name = "mix", .kind = TON_WISH_MIX};
    const struct ton_plan_config config = {.threads = threads};
    struct ton_plan *plan = NULL;
    struct ton_err err = {0};
    if (ton_plan_compile(&plan, &st.session, &wish, 1, &config, &err))
        fail_msg("%s: %s", err.where, err.text);
    struct ton_json *j = ton_plan_describe(plan);
    const double tasks = ton_json_as_number(ton_json_get(j, "tasks"));
    ton_json_free(j);
    ton_plan_destroy(plan);
    stage_close(&st);
    return tasks;
}

static void lanes_never_take_work_from_workers(void **state) {
    (void)state;
    const double cheap = tasks_of(16, "compressor", 1);
    const double cheap_of_two = tasks_of(16, "compressor", 2);
    const double dear = tasks_of(16, "pitch", 1), dear_of_two = tasks_of(16, "pitch", 2);
    figure("16 strips of a compressor and an equaliser: %g tasks for one worker, %g for two; of a "
           "pitch "
           "shifter: %g and %g",
           cheap, cheap_of_two, dear, dear_of_two);
    assert_true(cheap <= 4 && cheap_of_two >= 4 && cheap_of_two <= 8);
    assert_true(dear <= 4 && dear_of_two >= 16);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strips_side_by_side_do_not_change_a_bit),
        cmocka_unit_test(lanes_never_take_work_from_workers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
