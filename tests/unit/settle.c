/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Plug-ins are played live as what they make of the session: rendered once, then read back. */
#include "plugin_stage.h"
#include "transport_rig.h"

#include "ton/store.h"

#include <ftw.h>

static int remove_one(const char *path, const struct stat *s, int kind, struct FTW *ftw) {
    (void)s, (void)kind, (void)ftw;
    return remove(path);
}

struct kept {
    struct ton_arena *arena;
    struct ton_store store;
    struct ton_settling settling;
    char folder[64];
};

static void kept_open(struct kept *k) {
    struct ton_err err = {0};
    assert_non_null(k->arena = ton_arena_create());
    snprintf(k->folder, sizeof k->folder, "/tmp/ton-settle-XXXXXX");
    assert_non_null(mkdtemp(k->folder));
    assert_int_equal(ton_store_open(&k->store, k->arena, k->folder, INT64_MAX, &err), TON_OK);
    k->settling = (struct ton_settling){&k->store, k->arena};
}

static void kept_close(struct kept *k) {
    ton_store_close(&k->store);
    ton_arena_destroy(k->arena);
    nftw(k->folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void a_plugin_is_heard_from_any_place_with_the_bits_of_the_render(void **state) {
    (void)state;
    static const int64_t places[] = {0, 1001, 30000, 59000};
    struct stage st;
    struct kept k;
    struct heard h;
    struct ton_err err = {0};
    float *sides[2];
    stage_open(&st, RATE);
    for (int i = 0; i < 2; i++)
        plugin_insert(&st, plugin_player(&st, i ? "B" : "A", (uint64_t)i * 5 + 1, sides),
                      i ? "Test Late Teller" : "Test Gain", NULL, 0);
    plugin_insert(&st, stage_mix(&st), "Test Worker", "gain", 0.25F);
    struct capture whole;
    stage_render(&st, &stage_whole, 1, 0, 1, &whole);
    struct ton_transport *t = NULL;
    assert_int_equal(
        ton_transport_create(&t, &(struct ton_transport_config){.session = &st.session}, &err),
        TON_INPUT); /* unless they are settled */
    kept_open(&k);
    for (int again = 0; again < 2; again++) {
        const int64_t start = ton_clock_ns();
        t = create(&(struct ton_transport_config){
            .session = &st.session, .settle = ton_parts_settle, .user = &k.settling});
        const double took_ms = (double)(ton_clock_ns() - start) * 1e-6;
        for (int i = 0; i < TON_N(places); i++) {
            heard_open(&h, 2000);
            ton_transport_stop(t);
            pull(&h, t, 1000);
            h.frames = 0;
            assert_int_equal(ton_transport_locate(t, places[i], &err), TON_OK);
            ton_transport_roll(t, 0);
            pull_until(&h, t, 1000, 77);
            for (int c = 0; c < 2; c++)
                assert_memory_equal(h.sound[c], whole.channels[c] + places[i], 4000);
            heard_close(&h);
        }
        ton_transport_destroy(t);
        figure("three plug-ins, %s: ready after %.0f ms, the bits of the render",
               again ? "read back" : "rendered", took_ms);
    }
    kept_close(&k);
    capture_free(&whole, 1);
    stage_close(&st);
}

static void one_that_fails_is_told(void **state) {
    (void)state;
    struct stage st;
    struct kept k;
    struct ton_err err = {0};
    float *sides[2];
    struct ton_transport *t = NULL;
    stage_open(&st, RATE);
    plugin_insert(&st, plugin_player(&st, "A", 1, sides), "Test Crasher", NULL, 0);
    stage_mix(&st);
    kept_open(&k);
    const struct ton_transport_config config = {
        .session = &st.session, .settle = ton_parts_settle, .user = &k.settling};
    assert_int_equal(ton_transport_create(&t, &config, &err), TON_FOREIGN);
    figure("%s: %s", err.where, err.text);
    assert_null(t);
    kept_close(&k);
    stage_close(&st);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plugin_is_heard_from_any_place_with_the_bits_of_the_render),
        cmocka_unit_test(one_that_fails_is_told),
    };
    return cmocka_run_group_tests(tests, plugins_set_up, NULL);
}
