/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Compiling: what a plan holds, what versions share, what words select, what keys depend on. */
#include "stage.h"

#include "ton/json.h"

#define RATE 48000

static const char *const vocals[] = {"vocals"}, *const lead[] = {"vocals.lead"},
                         *const drums[] = {"Drums"}, *const bass[] = {"Bass"},
                         *const keys[] = {"keys"};

/* Drums on a bus, bass, keys, a singer with a reverb, dynamics on the mix. */
struct band {
    struct stage st;
    int kick, snare, bass, keys, lead, choir, drums, plate, mix;
};

static void band_open(struct band *b) {
    stage_open(&b->st, RATE);
    struct stage *st = &b->st;
    enum { N = 30000 };
    static const char *const roles[] = {"drums.kick", "drums.snare", "bass",
                                        "keys",       "vocals.lead", "vocals.choir"};
    static const char *const names[] = {"Kick", "Snare", "Bass", "Keys", "Lead Vocal", "Choir"};
    int *strips[] = {&b->kick, &b->snare, &b->bass, &b->keys, &b->lead, &b->choir};
    for (int i = 0; i < 6; i++) {
        *strips[i] =
            stage_player(st, names[i], roles[i], N, stage_noise(st, N, (uint64_t)i + 1, 0.2F));
        stage_insert(st, *strips[i], &duck);
        st->strips[*strips[i]].pan = (float)(i * 20 - 50);
    }
    b->drums = stage_bus(st, "Drums");
    b->plate = stage_bus(st, "Plate");
    b->mix = stage_mix(st);
    st->strips[b->kick].to = st->strips[b->snare].to = b->drums;
    stage_send(st, b->lead, b->plate, -6, false);
    stage_send(st, b->snare, b->plate, -9, true);
    stage_insert(st, b->drums, &duck);
    stage_insert(st, b->drums, &late)[0] = 48;
    stage_insert(st, b->plate, &late)[0] = 700;
    stage_insert(st, b->mix, &duck);
}

static struct ton_plan *compile(struct stage *st, const struct ton_wish *wishes, int n) {
    struct ton_plan *plan = NULL;
    struct ton_err err = {0};
    if (ton_plan_compile(&plan, &st->session, wishes, n, NULL, &err))
        fail_msg("%s: %s", err.where, err.text);
    return plan;
}

static double described(const struct ton_plan *plan, const char *key) {
    struct ton_json *j = ton_plan_describe(plan);
    const double value = ton_json_as_number(ton_json_get(j, key));
    ton_json_free(j);
    return value;
}

static void eight_versions_compute_each_strip_once(void **state) {
    (void)state;
    struct band b;
    band_open(&b);
    const struct ton_wish wishes[] = {
        {.name = "master", .kind = TON_WISH_MIX},
        {.name = "instrumental", .kind = TON_WISH_MIX, .without = vocals, .n_without = 1},
        {.name = "tv", .kind = TON_WISH_MIX, .without = lead, .n_without = 1},
        {.name = "a cappella", .kind = TON_WISH_MIX, .only = vocals, .n_only = 1},
        {.name = "drums", .kind = TON_WISH_STEM, .only = drums, .n_only = 1},
        {.name = "bass", .kind = TON_WISH_STEM, .only = bass, .n_only = 1},
        {.name = "keys", .kind = TON_WISH_STEM, .only = keys, .n_only = 1},
        {.name = "vocals", .kind = TON_WISH_STEM, .only = vocals, .n_only = 1}};
    struct ton_plan *one = compile(&b.st, wishes, 1), *eight = compile(&b.st, wishes, 8);
    struct ton_json *j = ton_plan_describe(eight);
    const struct ton_json *kinds = ton_json_get(j, "kinds");
    figure("nodes: one version %.0f, eight versions %.0f of which %.0f shared; %.0f sources",
           described(one, "nodes"), described(eight, "nodes"), described(eight, "shared"),
           ton_json_as_number(ton_json_get(kinds, "source")));
    assert_int_equal(ton_json_as_number(ton_json_get(kinds, "source")), 6);
    /* 6 tracks, the drum bus as a whole, the plate thrice (all, without the lead, without the
     * snare), the mix' dynamics once a version. */
    assert_in_range(ton_json_as_number(ton_json_get(kinds, "processor")), 6 + 2 + 3 + 8, 30);
    assert_true(described(eight, "nodes") < 3 * described(one, "nodes"));
    ton_json_free(j);
    ton_plan_destroy(one);
    ton_plan_destroy(eight);
    stage_close(&b.st);
}

static void memory_follows_nodes_and_block_not_length(void **state) {
    (void)state;
    double bytes[2];
    for (int k = 0; k < 2; k++) {
        struct stage st;
        stage_open(&st, RATE);
        const int64_t n = k ? 4000000 : 40000;
        const int track = stage_player(&st, "Kick", NULL, n, stage_noise(&st, n, 1, 0.1F));
        stage_insert(&st, track, &late);
        stage_mix(&st);
        const struct ton_wish wish = {.name = "mix", .kind = TON_WISH_MIX};
        struct ton_plan *plan = compile(&st, &wish, 1);
        bytes[k] = described(plan, "bytes");
        ton_plan_destroy(plan);
        stage_close(&st);
    }
    figure("%.0f bytes for 40,000 frames, %.0f for 4,000,000", bytes[0], bytes[1]);
    assert_true(bytes[0] == bytes[1]);
}

static void what_does_nothing_is_not_computed(void **state) {
    (void)state;
    struct band b;
    band_open(&b);
    const struct ton_wish mix = {.name = "mix", .kind = TON_WISH_MIX};
    struct ton_plan *plan = compile(&b.st, &mix, 1);
    const int latency = ton_plan_latency(plan);
    const double before = described(plan, "computed");
    ton_plan_destroy(plan);
    assert_int_equal(latency, 700);
    b.st.strips[b.plate].chain.items[0].bypass = true;
    b.st.strips[b.choir].mute = true;
    plan = compile(&b.st, &mix, 1);
    figure("latency %d, bypassed %d; %.0f nodes, %.0f without", latency, ton_plan_latency(plan),
           before, described(plan, "computed"));
    assert_int_equal(ton_plan_latency(plan), 48);
    assert_true(described(plan, "computed") < before);
    ton_plan_destroy(plan);
    stage_close(&b.st);
}

static void a_word_that_matches_nothing_gets_the_nearest(void **state) {
    (void)state;
    struct band b;
    band_open(&b);
    static const char *const wrong[] = {"vocls"};
    const struct ton_wish wish = {
        .name = "instrumental", .kind = TON_WISH_MIX, .without = wrong, .n_without = 1};
    struct ton_plan *plan = NULL;
    struct ton_err err;
    assert_int_equal(ton_plan_compile(&plan, &b.st.session, &wish, 1, NULL, &err), TON_INPUT);
    assert_null(plan);
    figure("%s", err.text);
    assert_non_null(strstr(err.text, "`vocls`"));
    assert_non_null(strstr(err.text, "did you mean"));
    stage_close(&b.st);
}

/* The same key as a session in which the others were muted by hand, so the same graph. */
static void assert_same_as_muted(struct band *b, const struct ton_wish *wish, const int *muted,
                                 int n) {
    struct capture version, by_hand;
    stage_render(&b->st, wish, 1, 0, 1, &version);
    for (int i = 0; i < n; i++)
        b->st.strips[muted[i]].mute = true;
    stage_render(&b->st, &stage_whole, 1, 0, 1, &by_hand);
    for (int i = 0; i < n; i++)
        b->st.strips[muted[i]].mute = false;
    assert_true(same_bits(&version, &by_hand));
    assert_true(capture_peak(&version) > 0.01);
    capture_free(&version, 1);
    capture_free(&by_hand, 1);
}

static void without_and_only_are_as_if_the_others_were_muted(void **state) {
    (void)state;
    struct band b;
    band_open(&b);
    const int singers[] = {b.lead, b.choir};
    const int others[] = {b.kick, b.snare, b.bass, b.keys};
    const int drummers[] = {b.kick, b.snare};
    assert_same_as_muted(&b, &(struct ton_wish){.without = vocals, .n_without = 1}, singers, 2);
    assert_same_as_muted(&b, &(struct ton_wish){.only = vocals, .n_only = 1}, others, 4);
    assert_same_as_muted(&b, &(struct ton_wish){.without = drums, .n_without = 1}, drummers, 2);
    stage_close(&b.st);
}

static void a_solo_is_heard_with_its_reverb_and_nothing_else(void **state) {
    (void)state;
    struct band b;
    band_open(&b);
    struct capture solo, by_hand;
    b.st.strips[b.lead].solo = true;
    stage_render(&b.st, &stage_whole, 1, 0, 1, &solo);
    b.st.strips[b.lead].solo = false;
    const int others[] = {b.kick, b.snare, b.bass, b.keys, b.choir};
    for (int i = 0; i < 5; i++)
        b.st.strips[others[i]].mute = true;
    stage_render(&b.st, &stage_whole, 1, 0, 1, &by_hand);
    assert_true(same_bits(&solo, &by_hand));
    capture_free(&by_hand, 1);
    for (int i = 0; i < 5; i++)
        b.st.strips[others[i]].mute = false;

    capture_free(&solo, 1);
    stage_close(&b.st);
}

static void a_solo_return_is_heard_alone(void **state) {
    (void)state;
    struct band b;
    band_open(&b);
    static const char *const plate[] = {"Plate"};
    const struct ton_wish only = {.name = "plate", .only = plate, .n_only = 1};
    struct capture solo, selected, by_hand;
    stage_render(&b.st, &only, 1, 0, 1, &selected);
    b.st.strips[b.plate].solo = true;
    stage_render(&b.st, &stage_whole, 1, 0, 1, &solo);
    b.st.strips[b.plate].solo = false;
    const int others[] = {b.kick, b.bass, b.keys, b.choir};
    for (int i = 0; i < 4; i++)
        b.st.strips[others[i]].mute = true;
    b.st.strips[b.lead].to = b.st.strips[b.snare].to = -1;
    stage_render(&b.st, &stage_whole, 1, 0, 1, &by_hand);
    assert_true(same_bits(&solo, &by_hand));
    assert_true(same_bits(&selected, &by_hand));
    assert_true(capture_peak(&by_hand) > 0.001);
    capture_free(&solo, 1);
    capture_free(&selected, 1);
    capture_free(&by_hand, 1);
    stage_close(&b.st);
}

static void stems_add_up_to_the_mix(void **state) {
    (void)state;
    struct band b;
    band_open(&b);
    b.st.strips[b.mix].gain_db = -1.5F;
    b.st.strips[b.drums].chain.items[0].sidechain = b.bass;
    const struct ton_wish wishes[] = {
        {.name = "mix", .kind = TON_WISH_MIX},
        {.name = "drums", .kind = TON_WISH_STEM, .only = drums, .n_only = 1},
        {.name = "bass", .kind = TON_WISH_STEM, .only = bass, .n_only = 1},
        {.name = "keys", .kind = TON_WISH_STEM, .only = keys, .n_only = 1},
        {.name = "vocals", .kind = TON_WISH_STEM, .only = vocals, .n_only = 1}};
    struct capture c[5];
    stage_render(&b.st, wishes, 5, 0, 2, c);
    double worst = 0;
    for (int64_t i = 0; i < c[0].frames; i++)
        for (int k = 0; k < 2; k++) {
            double sum = 0;
            for (int s = 1; s < 5; s++)
                sum += (double)c[s].channels[k][i];
            worst = fmax(worst, fabs(sum - (double)c[0].channels[k][i]));
        }
    figure("mix less its 4 stems: %.1f dBFS (at most -120), mix peak %.1f dBFS", to_db(worst),
           to_db(capture_peak(&c[0])));
    assert_true(to_db(worst) <= -120.0);
    capture_free(c, 5);
    stage_close(&b.st);
}

static struct ton_key key_of(struct band *b, const struct ton_wish *wish) {
    struct ton_plan *plan = compile(&b->st, wish, 1);
    const struct ton_key key = ton_plan_key(plan, 0);
    ton_plan_destroy(plan);
    return key;
}

static void a_key_changes_with_what_is_heard_and_with_nothing_else(void **state) {
    (void)state;
    struct band b;
    band_open(&b);
    const struct ton_wish mix = {.name = "mix", .kind = TON_WISH_MIX};
    const struct ton_wish instrumental = {
        .name = "instrumental", .kind = TON_WISH_MIX, .without = vocals, .n_without = 1};
    const struct ton_key whole = key_of(&b, &mix), part = key_of(&b, &instrumental);
    assert_false(ton_key_same(whole, part));
    assert_true(ton_key_same(whole, key_of(&b, &mix)));

    b.st.strips[b.lead].gain_db += 0.5F;
    assert_false(ton_key_same(whole, key_of(&b, &mix)));
    assert_true(ton_key_same(part, key_of(&b, &instrumental)));
    b.st.strips[b.lead].gain_db -= 0.5F;

    b.st.strips[b.bass].chain.items[0].params[0] += 0.1F;
    assert_false(ton_key_same(part, key_of(&b, &instrumental)));
    b.st.strips[b.bass].chain.items[0].params[0] = 4.0F;
    assert_true(ton_key_same(part, key_of(&b, &instrumental)));

    b.st.strips[b.bass].clips[0].fade_in = 10;
    assert_false(ton_key_same(part, key_of(&b, &instrumental)));
    b.st.strips[b.bass].clips[0].fade_in = 0;

    const struct ton_point points[] = {{0, 0}, {100, 1}};
    stage_lane(&b.st, b.bass, TON_TARGET_GAIN, 0, 0, points, 2);
    assert_false(ton_key_same(part, key_of(&b, &instrumental)));
    b.st.strips[b.bass].n_lanes = 0;
    assert_true(ton_key_same(part, key_of(&b, &instrumental)));
    stage_close(&b.st);
}

/* A source that differs in one thing only is another source: never shared, never taken for kept. */
static void everything_of_a_clip_is_in_the_key(void **state) {
    (void)state;
    struct band b;
    band_open(&b);
    const struct ton_wish mix = {.name = "mix", .kind = TON_WISH_MIX};
    const struct ton_key whole = key_of(&b, &mix);
    struct ton_clip *clip = &b.st.strips[b.bass].clips[0];
    const struct ton_clip as_it_was = *clip;
    enum { VARIANTS = 12 };
    struct ton_clip variants[VARIANTS];
    for (int i = 0; i < VARIANTS; i++)
        variants[i] = as_it_was;
    variants[0].gain_db -= 0.1F;
    variants[1].at++;
    variants[2].from++, variants[2].frames--;
    variants[3].frames--;
    variants[4].fade_in = 10;
    variants[5].fade_out = 10;
    variants[6].equal_power_in = true;
    variants[7].equal_power_out = true;
    variants[8].channel = TON_CHANNEL_FIRST;
    for (int i = 9; i < VARIANTS; i++) { /* a pair, and channels of one take */
        variants[i].take_right = as_it_was.take;
        variants[i].channel = i == 9 ? TON_CHANNEL_BOTH : TON_CHANNEL_FIRST;
        variants[i].channel_right = i == 9 ? TON_CHANNEL_BOTH : TON_CHANNEL_FIRST + i - 9;
    }
    struct ton_key made[VARIANTS];
    for (int i = 0; i < VARIANTS; i++) {
        *clip = variants[i];
        made[i] = key_of(&b, &mix);
        if (ton_key_same(whole, made[i]))
            fail_msg("variant %d has the key of the clip as it was", i);
        for (int k = 0; k < i; k++)
            if (ton_key_same(made[k], made[i]))
                fail_msg("variants %d and %d have one key", k, i);
    }
    *clip = as_it_was;
    b.st.strips[b.bass].polarity = true;
    assert_false(ton_key_same(whole, key_of(&b, &mix)));
    b.st.strips[b.bass].polarity = false;
    assert_true(ton_key_same(whole, key_of(&b, &mix)));
    b.st.strips[b.bass].inputs[0] = "3"; /* which is not heard */
    b.st.strips[b.bass].n_inputs = 1;
    assert_true(ton_key_same(whole, key_of(&b, &mix)));
    figure("%d things of a clip, and its polarity", VARIANTS);
    stage_close(&b.st);
}

static void a_key_follows_the_takes_bytes_not_their_names(void **state) {
    (void)state;
    struct ton_key keys_seen[3];
    for (int k = 0; k < 3; k++) {
        struct stage st;
        stage_open(&st, RATE);
        stage_player(&st, "Kick", NULL, 5000, stage_noise(&st, 5000, k == 2 ? 9 : 1, 0.1F));
        stage_mix(&st);
        const struct ton_wish wish = {.name = "mix", .kind = TON_WISH_MIX};
        struct ton_plan *plan = compile(&st, &wish, 1);
        keys_seen[k] = ton_plan_key(plan, 0);
        ton_plan_destroy(plan);
        stage_close(&st);
    }
    assert_true(ton_key_same(keys_seen[0], keys_seen[1]));
    assert_false(ton_key_same(keys_seen[0], keys_seen[2]));
}

static void every_version_is_equally_long(void **state) {
    (void)state;
    struct band b;
    band_open(&b);
    const struct ton_wish wishes[] = {
        {.name = "mix", .kind = TON_WISH_MIX},
        {.name = "bass", .kind = TON_WISH_STEM, .only = bass, .n_only = 1}};
    struct ton_plan *both = compile(&b.st, wishes, 2), *one = compile(&b.st, wishes + 1, 1);
    assert_int_equal(ton_plan_frames(both), ton_plan_frames(one));
    ton_plan_destroy(both);
    ton_plan_destroy(one);
    stage_close(&b.st);
}

static void an_end_cuts_clips_and_tails(void **state) {
    (void)state;
    struct band b;
    band_open(&b);
    const struct ton_wish wish = {.name = "mix"};
    static const int64_t ends[] = {0, 20000, 100000};
    int64_t frames[3];
    for (int i = 0; i < 3; i++) {
        b.st.session.end = ends[i];
        struct ton_plan *plan = compile(&b.st, &wish, 1);
        frames[i] = ton_plan_frames(plan);
        ton_plan_destroy(plan);
    }
    figure("%lld frames without, %lld and %lld with an end", (long long)frames[0],
           (long long)frames[1], (long long)frames[2]);
    assert_true(frames[0] >= 30000 && frames[1] == 20000 && frames[2] == 100000);
    stage_close(&b.st);
}

static void impossible_settings_are_refused(void **state) {
    (void)state;
    struct band b;
    band_open(&b);
    static const struct ton_plan_config bad[] = {
        {.block = -1}, {.block = 100000}, {.threads = -2}, {.tail_s = -1}, {.from = 9, .to = 9}};
    for (int i = 0; i < TON_N(bad); i++) {
        struct ton_plan *plan = NULL;
        struct ton_err err;
        assert_int_equal(ton_plan_compile(&plan, &b.st.session, &stage_whole, 1, &bad[i], &err),
                         TON_USAGE);
        assert_null(plan);
    }
    stage_close(&b.st);
}

static void one_strip_comes_out_after_its_fader(void **state) {
    (void)state;
    struct band b;
    band_open(&b);
    const struct ton_wish wish = {.name = "b", .kind = TON_WISH_STRIP, .only = bass, .n_only = 1};
    b.st.strips[b.bass].mute = true;
    b.st.strips[b.bass].chain.n = 0;
    struct capture c;
    stage_render(&b.st, &wish, 1, 0, 1, &c);
    const float *x = stage_noise(&b.st, 30000, 3, 0.2F);
    const double angle = (1.0 - 0.1) * M_PI / 4;
    for (int i = 0; i < 30000; i += 100)
        assert_true(fabs((double)c.channels[0][i] - (double)x[i] * cos(angle)) < 1e-7);
    capture_free(&c, 1);
    stage_close(&b.st);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(eight_versions_compute_each_strip_once),
        cmocka_unit_test(memory_follows_nodes_and_block_not_length),
        cmocka_unit_test(what_does_nothing_is_not_computed),
        cmocka_unit_test(a_word_that_matches_nothing_gets_the_nearest),
        cmocka_unit_test(without_and_only_are_as_if_the_others_were_muted),
        cmocka_unit_test(a_solo_is_heard_with_its_reverb_and_nothing_else),
        cmocka_unit_test(a_solo_return_is_heard_alone),
        cmocka_unit_test(stems_add_up_to_the_mix),
        cmocka_unit_test(a_key_changes_with_what_is_heard_and_with_nothing_else),
        cmocka_unit_test(everything_of_a_clip_is_in_the_key),
        cmocka_unit_test(a_key_follows_the_takes_bytes_not_their_names),
        cmocka_unit_test(every_version_is_equally_long),
        cmocka_unit_test(an_end_cuts_clips_and_tails),
        cmocka_unit_test(impossible_settings_are_refused),
        cmocka_unit_test(one_strip_comes_out_after_its_fader),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
