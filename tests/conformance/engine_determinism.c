/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Same inputs, same bits: whatever the block size and the number of threads. The session holds one
 * of everything whose result could depend on how time is cut. */
#include "stage.h"

#define RATE 48000
enum { N = 24000 };

static const char *const vocals[] = {"vocals"}, *const drums[] = {"Drums"};

static void insert_found(struct stage *st, int strip, const char *id) {
    const struct ton_processor *p = ton_processor_find(id, NULL);
    if (!p)
        fail_msg("no processor `%s`", id);
    stage_insert(st, strip, p);
}

/* Sets a parameter by its path in the strip's last processor. */
static void set(struct stage *st, int strip, const char *path, float value) {
    struct ton_chain *chain = &st->strips[strip].chain;
    const struct ton_chain_item *item = &chain->items[chain->n - 1];
    int index = -1;
    const struct ton_row *row =
        ton_rows_find(item->processor->rows, item->processor->n_rows, path, &index, NULL);
    if (!row || index < 0)
        fail_msg("%s has no `%s`", item->processor->id, path);
    item->params[index] = value;
}

static int parameter(const struct stage *st, int strip, int item, const char *path) {
    const struct ton_processor *p = st->strips[strip].chain.items[item].processor;
    int index = -1;
    if (!ton_rows_find(p->rows, p->n_rows, path, &index, NULL))
        fail_msg("%s has no `%s`", p->id, path);
    return index;
}

static void build(struct stage *st) {
    stage_open(st, RATE);
    float *loud = stage_noise(st, N, 1, 0.3F);
    loud[8000] = 0.9F; /* shortly before a reset point, within one block */
    loud[8001] = NAN;
    const int kick = stage_player(st, "Kick", "drums.kick", N, loud);
    const int snare = stage_player(st, "Snare", "drums.snare", N, stage_noise(st, N, 2, 0.3F));
    const float *sides[] = {stage_noise(st, N, 3, 0.3F), stage_noise(st, N, 4, 0.3F)};
    const int keys = stage_track(st, "Keys", "keys");
    const int stereo = stage_take(st, RATE, 2, N, sides);
    stage_clip(st, keys, stereo, 0, 100, 9001)->fade_out = 501;
    struct ton_clip *clip = stage_clip(st, keys, stereo, 8500, 3, 12345);
    clip->fade_in = 501;
    clip->equal_power_in = true;
    clip->gain_db = 2;
    const int lead = stage_track(st, "Lead Vocal", "vocals.lead");
    const float *old[] = {stage_noise(st, N, 5, 0.3F)};
    const int take = stage_take(st, 44100, 1, N, old);
    stage_clip(st, lead, take, 777, 0, 11111);
    stage_clip(st, lead, take, 11500, 12001, 9000);
    const int group = stage_bus(st, "Drums"), plate = stage_bus(st, "Plate"),
              echo = stage_bus(st, "Echo"), mix = stage_mix(st);
    st->strips[kick].to = st->strips[snare].to = group;
    st->strips[kick].pan = -30;

    stage_insert(st, kick, &brittle)[0] = 0.8F;
    insert_found(st, kick, "gate");
    insert_found(st, kick, "eq");
    set(st, kick, "high pass", 40);
    insert_found(st, snare, "compressor");
    set(st, snare, "threshold", -30);
    stage_insert(st, snare, &late)[0] = 65;
    insert_found(st, keys, "width");
    set(st, keys, "width", 150);
    insert_found(st, lead, "compressor");
    set(st, lead, "threshold", -24);
    st->strips[lead].chain.items[0].sidechain = snare;
    insert_found(st, lead, "gain");
    stage_insert(st, lead, &duck);
    insert_found(st, plate, "reverb");
    insert_found(st, echo, "delay");
    stage_insert(st, group, &duck);
    insert_found(st, mix, "limiter");

    stage_send(st, lead, plate, -6, false);
    stage_send(st, snare, plate, -12, true);
    stage_send(st, keys, echo, -9, false);
    const struct ton_point ride[] = {{100, 0}, {9000, -12}, {9001, 6}, {20000, 0}};
    const struct ton_point turn[] = {{0, -100}, {23000, 100}};
    const struct ton_point depth[] = {{1000, 0}, {15000, 8}};
    const struct ton_point gate[] = {{0, 0}, {3333, 1}, {4444, 0}};
    stage_lane(st, lead, TON_TARGET_GAIN, 0, 0, ride, 4);
    stage_lane(st, lead, TON_TARGET_SEND, 0, 0, ride, 4);
    stage_lane(st, lead, TON_TARGET_PARAMETER, 2, 0, depth, 2);
    stage_lane(st, lead, TON_TARGET_PARAMETER, 0, parameter(st, lead, 0, "threshold"), ride, 4);
    stage_lane(st, keys, TON_TARGET_PAN, 0, 0, turn, 2);
    stage_lane(st, snare, TON_TARGET_PAN, 0, 0, turn, 2);
    stage_lane(st, kick, TON_TARGET_MUTE, 0, 0, gate, 3);
}

static const struct ton_wish wishes[] = {
    {.name = "mix", .kind = TON_WISH_MIX},
    {.name = "instrumental", .kind = TON_WISH_MIX, .without = vocals, .n_without = 1},
    {.name = "drums", .kind = TON_WISH_STEM, .only = drums, .n_only = 1}};
enum { OUTPUTS = 3 };

static void blocks_and_threads_change_no_bit(void **state) {
    (void)state;
    struct stage st;
    build(&st);
    const struct ton_plan_config usual = {.block = 64, .threads = 1, .tail_s = 0.5};
    struct capture reference[OUTPUTS] = {0};
    struct ton_render_stats counts;
    struct ton_err err;
    if (stage_try(&st, wishes, OUTPUTS, &usual, reference, &counts, &err))
        fail_msg("%s", err.text);
    assert_true(counts.repaired > 1);
    assert_string_equal(counts.repaired_at, "Kick");
    assert_true(capture_peak(reference) > 0.1);
    static const int blocks[] = {0, 1, 64, 777, 4096};
    int equal = 0;
    for (int i = 0; i < TON_N(blocks); i++)
        for (int threads = fewer(1, 2); threads <= 3; threads++) { /* one races with nobody */
            if (blocks[i] == 1 && threads == 3)
                continue;
            struct ton_plan_config config = usual;
            config.block = blocks[i];
            config.threads = threads;
            struct capture got[OUTPUTS] = {0};
            struct ton_render_stats stats;
            if (stage_try(&st, wishes, OUTPUTS, &config, got, &stats, &err))
                fail_msg("%s", err.text);
            for (int k = 0; k < OUTPUTS; k++)
                if (!same_bits(&reference[k], &got[k]))
                    fail_msg("blocks of %d, %d threads: `%s` differs", blocks[i], threads,
                             wishes[k].name);
            assert_int_equal(stats.repaired, counts.repaired);
            assert_string_equal(stats.repaired_at, counts.repaired_at);
            capture_free(got, OUTPUTS);
            equal++;
        }
    figure("%d renders of %d outputs, %lld frames each: equal bits; %lld samples repaired", equal,
           OUTPUTS, (long long)reference[0].frames, (long long)counts.repaired);
    capture_free(reference, OUTPUTS);
    stage_close(&st);
}

static void a_version_has_the_same_bits_alone_and_in_company(void **state) {
    (void)state;
    struct stage st;
    build(&st);
    struct capture together[OUTPUTS], alone;
    stage_render(&st, wishes, OUTPUTS, 0, 2, together);
    for (int k = 0; k < OUTPUTS; k++) {
        stage_render(&st, &wishes[k], 1, 0, 2, &alone);
        assert_true(same_bits(&together[k], &alone));
        capture_free(&alone, 1);
    }
    capture_free(together, OUTPUTS);
    stage_close(&st);
}

static void a_plan_renders_the_same_twice(void **state) {
    (void)state;
    struct stage st;
    build(&st);
    struct ton_plan *plan = NULL;
    struct ton_err err;
    assert_int_equal(ton_plan_compile(&plan, &st.session, wishes, 1, NULL, &err), TON_OK);
    struct capture c[2] = {0};
    for (int i = 0; i < 2; i++) {
        const struct ton_sink sink = {capture_write, &c[i]};
        assert_int_equal(ton_render(plan, &sink, NULL, NULL, &err), TON_OK);
    }
    assert_true(same_bits(&c[0], &c[1]));
    capture_free(c, 2);
    ton_plan_destroy(plan);
    stage_close(&st);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_and_threads_change_no_bit),
        cmocka_unit_test(a_version_has_the_same_bits_alone_and_in_company),
        cmocka_unit_test(a_plan_renders_the_same_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
