/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The click and the count-in: each on the frame of its beat. */
#include "transport_rig.h"

/* Where bursts begin: a frame that is heard after 5 ms in which none was. `accent`: it swings
 * faster. */
struct burst {
    int64_t place;
    bool accent;
};

static int find_bursts(struct burst *out, const struct heard *h) {
    int n = 0;
    int64_t quiet = 1000;
    for (int64_t i = 0; i < h->frames; i++) {
        if (h->click[i] != 0 && quiet > 240) {
            int crossings = 0;
            for (int k = 1; k < 240 && i + k < h->frames; k++)
                crossings += (h->click[i + k] < 0) != (h->click[i + k - 1] < 0);
            out[n++] = (struct burst){h->places[i].place, crossings > 12};
        }
        quiet = h->click[i] == 0 ? quiet + 1 : 0;
    }
    return n;
}

static void clicks_stand_on_the_beats_of_the_tempo_map(void **state) {
    (void)state;
    struct stage st;
    struct heard h;
    struct ton_err err = {0};
    static struct burst bursts[200];
    make_counter(&st);
    heard_open(&h, 700000);
    struct ton_transport *t = create(&(struct ton_transport_config){.session = &st.session});
    assert_int_equal(ton_transport_click(t, TON_CLICK_ON, 0, &err), TON_INPUT);
    assert_int_equal(ton_transport_click(t, TON_CLICK_OFF, 0, &err), TON_OK);
    ton_transport_destroy(t);
    add_tempo(&st);
    t = create(&(struct ton_transport_config){.session = &st.session, .endless = true});
    assert_int_equal(ton_transport_click(t, TON_CLICK_ON, -6.0, &err), TON_OK);
    ton_transport_roll(t, 0);
    uint64_t seed = 1;
    while (h.frames < h.capacity - MOST)
        pull_until(&h, t, h.frames + random_call(&seed, 1500), MOST);
    const int n = find_bursts(bursts, &h);
    int bar = 1, beat = 1;
    for (int i = 0; i < n; i++) {
        assert_int_equal(bursts[i].place,
                         llround(ton_tempo_frame_at(st.session.tempo, bar, beat, 0)));
        assert_int_equal(bursts[i].accent, beat == 1);
        beat = beat == ton_tempo_beats_in_bar(st.session.tempo, bar) ? (bar++, 1) : beat + 1;
    }
    double peak = 0;
    for (int64_t i = 0; i < h.frames; i++)
        peak = fmax(peak, fabs((double)h.click[i]));
    figure("%d clicks up to bar %d, each on the frame of its beat, at %.1f dBFS", n, bar,
           to_db(peak));
    assert_true(llround(ton_tempo_frame_at(st.session.tempo, bar, beat, 0)) > h.frames - 300);
    assert_true(bar > 6);
    ton_transport_destroy(t);
    heard_close(&h);
    stage_close(&st);
}

/* Counts in to a place of bar 2 and to the start. */
static void a_count_in_goes_back_by_the_tempo_of_the_place(void **state) {
    (void)state;
    struct stage st;
    static struct burst bursts[200];
    struct ton_err err = {0};
    make_counter(&st);
    add_tempo(&st);
    struct ton_transport *t =
        create(&(struct ton_transport_config){.session = &st.session, .endless = true});
    const struct ton_tempo_map *map = st.session.tempo;
    const double exact[] = {0, ton_tempo_frame_at(map, 7, 1, 0),
                            ton_tempo_frame_at(map, 2, 3, 480)};
    const int64_t rolls[] = {0, llround(exact[1]), llround(exact[2])};
    assert_int_equal(ton_transport_click(t, TON_CLICK_COUNT_IN, 0, &err), TON_OK);
    for (int r = 0; r < TON_N(rolls); r++) {
        struct heard h;
        heard_open(&h, 300000);
        ton_transport_stop(t);
        pull(&h, t, 1000);
        h.frames = 0;
        assert_int_equal(ton_transport_locate(t, rolls[r], &err), TON_OK);
        const double period = 60.0 / ton_tempo_bpm_at(map, (double)rolls[r]) * RATE;
        const int64_t count = llround(8 * period) + 10;
        ton_transport_roll(t, count);
        pull_until(&h, t, 100, 100);
        assert_true(status_of(t).counting && status_of(t).frame == rolls[r] - count + 100);
        pull_until(&h, t, count + 20000, 333);
        for (int64_t i = 0; i < h.frames; i++) {
            assert_int_equal(h.places[i].rolling,
                             i < count ? TON_ROLLING_COUNT_IN : TON_ROLLING_PLAYS);
            assert_int_equal(h.places[i].place, rolls[r] - count + i);
            assert_true(h.sound[0][i] == (i < count ? 0.0F : counted(h.places[i].place)));
        }
        const int n = find_bursts(bursts, &h);
        const double past = r == 2 ? 0.5 : 0.0;
        const int beats = r == 1 ? 7 : 4;
        assert_int_equal(n, 8);
        for (int i = 0; i < n; i++) {
            const int k = 8 - i - (r == 2); /* beats back from the place, or from the one before */
            assert_int_equal(bursts[i].place, llround(exact[r] - (k + past) * period));
            const int at = r == 2 ? 2 : 0; /* in the bar, of the place */
            assert_int_equal(bursts[i].accent, ((at - k) % beats + beats) % beats == 0);
        }
        figure("count-in to frame %lld: %d clicks on their frames, from %lld on",
               (long long)rolls[r], n, (long long)bursts[0].place);
        heard_close(&h);
    }
    ton_transport_destroy(t);
    stage_close(&st);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clicks_stand_on_the_beats_of_the_tempo_map),
        cmocka_unit_test(a_count_in_goes_back_by_the_tempo_of_the_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
