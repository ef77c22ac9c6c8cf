/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One player takes over from another: loops to the sample, mutes and jumps without a click. */
#include "transport_rig.h"

/* What is heard in the last frames of a loop: what comes before `from` rises, and if it was late it
 * is not there yet. */
static bool is_seam(float x, int64_t place, int64_t from, int64_t to, bool *joined) {
    const int64_t past = place - (to - FADE);
    const double falls = risen(FADE - 1 - past) * counted(place);
    const double rises = risen(past) * counted(from - FADE + past);
    const bool whole = fabs(falls + rises - (double)x) < 1e-6;
    const bool alone = fabs(falls - (double)x) < 1e-6;
    *joined = *joined || (whole && !alone);
    return whole || (alone && !*joined);
}

static void check_passes(struct stage *st, int64_t from, int64_t to, int passes, int most_call,
                         bool hastes) {
    struct ton_transport *t = create(&(struct ton_transport_config){.session = &st->session});
    struct ton_err err = {0};
    struct heard h;
    uint64_t seed = (uint64_t)(from + to);
    const int64_t frames = to + passes * (to - from);
    int64_t place = 0, faded = 0, passed = 0;
    bool joined = false;
    heard_open(&h, frames + MOST);
    assert_int_equal(ton_transport_loop(t, from, to, &err), TON_OK);
    ton_transport_roll(t, 0);
    while (h.frames < frames) {
        pull_until(&h, t, h.frames + random_call(&seed, most_call), MOST);
        if (passed != status_of(t).passes && !hastes)
            usleep(8000); /* faster than any clock, but not much */
        passed = status_of(t).passes;
    }
    for (int64_t i = 0; i < h.frames; i++) {
        assert_int_equal(h.places[i].place, place);
        if (place < to - FADE) {
            joined = false;
            assert_true(h.sound[0][i] == counted(place) && h.sound[1][i] == -counted(place));
            place++;
            continue;
        }
        assert_true(is_seam(h.sound[0][i], place, from, to, &joined));
        faded += joined && place == to - 1;
        place = place + 1 == to ? from : place + 1;
    }
    const struct ton_transport_status s = status_of(t);
    assert_true(s.passes >= passes);
    assert_int_equal(s.frame, place);
    assert_true(s.rolling && !s.ended);
    assert_true(s.late_passes <= h.starved);
    assert_true(hastes ? s.late_passes > 0 : faded > 0 || from == 0);
    figure("[%lld, %lld), calls of 1 to %d: %lld passes, each frame in its place, %lld crossfaded, "
           "%lld late",
           (long long)from, (long long)to, most_call, (long long)s.passes, (long long)faded,
           (long long)s.late_passes);
    heard_close(&h);
    ton_transport_destroy(t);
}

static void a_loop_is_right_to_the_sample(void **state) {
    (void)state;
    struct stage st;
    make_counter(&st);
    check_passes(&st, 1234, 13235, 50, 3000, false);
    check_passes(&st, 1234, 13235, 20, 3000, true);
    check_passes(&st, 0, 12000, 50, 700, false);
    check_passes(&st, 100, 50000, 8, MOST, false);
    check_passes(&st, COUNTED - 6000, COUNTED + 7000, 8, 257, false); /* over the session's end */
    stage_close(&st);
}

/* Two sines; bit k of a version: track k is heard. */
enum { SONG = 960000, N_VERSIONS = 4 };

static void make_sines(struct stage *st, struct capture *versions) {
    static const double hz[] = {220.0, 331.0};
    stage_open(st, RATE);
    for (int k = 0; k < 2; k++) {
        float *x = TON_NEW_N(st->arena, float, SONG);
        for (int i = 0; i < SONG; i++)
            x[i] = (float)(0.4 * sin(2.0 * M_PI * hz[k] * i / RATE));
        stage_player(st, k ? "B" : "A", NULL, SONG, x);
    }
    stage_mix(st);
    for (int v = 0; v < N_VERSIONS; v++) {
        for (int k = 0; k < 2; k++)
            st->strips[k].mute = !(v >> k & 1);
        stage_render(st, &stage_whole, 1, 0, 1, &versions[v]);
    }
    st->strips[0].mute = st->strips[1].mute = false;
}

static bool sounds_as(const struct heard *h, int64_t i, const struct capture *version) {
    const int64_t place = h->places[i].place;
    return memcmp(&h->sound[0][i], &version->channels[0][place], 4) == 0 &&
           memcmp(&h->sound[1][i], &version->channels[1][place], 4) == 0;
}

/* Pulls until it sounds as this version, at some 20 times the speed of the clock. */
static void pull_until_heard(struct heard *h, struct ton_transport *t,
                             const struct capture *version) {
    do {
        pull_until(h, t, h->frames + 480, 480);
        usleep(500);
    } while (!sounds_as(h, h->frames - 1, version) || !sounds_as(h, h->frames - 100, version));
}

/* From `at` on `from` is heard, then a crossfade, then `to` up to the end. Returns where that is
 * over. */
static int64_t check_change(const struct heard *h, int64_t at, const struct capture *from,
                            const struct capture *to) {
    while (at < h->frames && sounds_as(h, at, from))
        at++;
    assert_true(at + FADE < h->frames);
    /* The first frames of a fade can round to what was. */
    double least = 1;
    int64_t start = at;
    for (int64_t begin = at > 20 ? at - 20 : 0; begin <= at; begin++) {
        double off = 0;
        for (int i = 0; i < FADE; i++) {
            const int64_t place = h->places[begin + i].place;
            const double due = risen(FADE - 1 - i) * (double)from->channels[0][place] +
                               risen(i) * (double)to->channels[0][place];
            off = fmax(off, fabs(due - (double)h->sound[0][begin + i]));
        }
        if (off < least) {
            least = off;
            start = begin;
        }
    }
    assert_true(least < 1e-6);
    for (int64_t i = start + FADE; i < start + FADE + 100; i++)
        assert_true(sounds_as(h, i, to));
    return start + FADE;
}

static double worst_step(const float *x, int64_t frames) {
    double worst = 0;
    for (int64_t i = 1; i < frames; i++)
        worst = fmax(worst, fabs((double)x[i] - (double)x[i - 1]));
    return worst;
}

static void what_lies_behind_a_loop_plays_on(void **state) {
    (void)state;
    struct stage st;
    struct heard h;
    struct ton_err err = {0};
    make_counter(&st);
    heard_open(&h, 200000);
    struct ton_transport *t = create(&(struct ton_transport_config){.session = &st.session});
    assert_int_equal(ton_transport_locate(t, 14000, &err), TON_OK); /* just behind */
    assert_int_equal(ton_transport_loop(t, 1000, 14000, &err), TON_OK);
    ton_transport_roll(t, 0);
    pull_until(&h, t, 5000, 333);
    assert_int_equal(h.places[4999].place, 18999);
    assert_int_equal(ton_transport_locate(t, 10000, &err), TON_OK);
    pull_until(&h, t, 15000, 333); /* through one seam */
    assert_int_equal(h.places[14999].place, 1000 + 5999);
    assert_int_equal(status_of(t).passes, 1);
    assert_int_equal(ton_transport_loop(t, 0, 0, &err), TON_OK);
    pull_until(&h, t, 35000, 333);
    assert_int_equal(h.places[34999].place, 1000 + 25999);
    for (int64_t i = 15000; i < h.frames; i++)
        assert_true(h.sound[0][i] == counted(h.places[i].place));
    /* Another loop in the middle of the fade of the one before. */
    assert_int_equal(ton_transport_loop(t, 1000, 40000, &err), TON_OK);
    pull_until(&h, t, 35000 + 40000 - 27000 - 100, 333);
    assert_int_equal(ton_transport_loop(t, 20000, 50000, &err), TON_OK);
    const int64_t changed = h.frames;
    pull_until(&h, t, changed + 20000, 333);
    for (int64_t i = changed; i < h.frames; i++) {
        const int64_t place = 40000 - 100 + i - changed;
        const int64_t looped = place < 50000 ? place : place - 30000;
        assert_int_equal(h.places[i].place, looped);
        if (i > changed + FADE && (place < 50000 - FADE || place >= 50000))
            assert_true(h.sound[0][i] == counted(looped));
    }
    /* One that is left while its next pass is late: it came to its end, and goes on there. */
    assert_int_equal(ton_transport_loop(t, 1000, 13500, &err), TON_OK);
    assert_int_equal(ton_transport_locate(t, 1000, &err), TON_OK);
    for (int i = 0; i < 200 && h.places[h.frames - 1].rolling != TON_ROLLING_LATE; i++)
        pull(&h, t, 700);
    assert_int_equal(h.places[h.frames - 1].rolling, TON_ROLLING_LATE);
    assert_int_equal(h.places[h.frames - 1].place, 1000);
    assert_int_equal(ton_transport_loop(t, 0, 0, &err), TON_OK);
    const int64_t left = h.frames;
    pull_until(&h, t, left + 2000, 333);
    for (int64_t i = left; i < h.frames; i++)
        assert_int_equal(h.places[i].place, 13500 + i - left);
    assert_true(h.sound[0][left + FADE] == counted(13500 + FADE));
    ton_transport_destroy(t);
    heard_close(&h);
    stage_close(&st);
}

static void a_mute_reaches_a_loop(void **state) {
    (void)state;
    struct stage st;
    struct capture versions[N_VERSIONS];
    struct heard h;
    struct ton_err err = {0};
    make_sines(&st, versions);
    heard_open(&h, SONG);
    struct ton_transport *t = create(&(struct ton_transport_config){.session = &st.session});
    for (int i = 0; i < 2; i++) { /* in the middle of a long one, or from a short one's next pass */
        assert_int_equal(ton_transport_loop(t, 5000, i ? 5000 + RATE / 4 : 100000, &err), TON_OK);
        assert_int_equal(ton_transport_locate(t, 5000, &err), TON_OK);
        ton_transport_roll(t, 0);
        assert_int_equal(ton_transport_mute(t, 0, i == 0, &err), TON_OK);
        pull_until_heard(&h, t, &versions[i ? 3 : 2]);
        const int64_t passes = status_of(t).passes, muted = h.frames;
        usleep(i == 0 ? 100000 : 0); /* for the next pass, which is made anew */
        while (i == 0 && status_of(t).passes == passes)
            pull_until_heard(&h, t, &versions[2]);
        for (int64_t k = muted; i == 0 && k < h.frames; k++)
            assert_true(h.places[k].place >= 100000 - FADE || sounds_as(&h, k, &versions[2]));
    }
    pull_until(&h, t, h.frames + RATE, 480);
    pull_until_heard(&h, t, &versions[3]);
    figure("muted and heard again in loops after %lld frames, %lld passes", (long long)h.frames,
           (long long)status_of(t).passes);
    ton_transport_destroy(t);
    heard_close(&h);
    capture_free(versions, N_VERSIONS);
    stage_close(&st);
}

static void other_mutes_fade_in_where_it_is(void **state) {
    (void)state;
    struct stage st;
    struct capture versions[N_VERSIONS];
    struct heard h;
    struct ton_err err = {0};
    make_sines(&st, versions);
    heard_open(&h, SONG);
    struct ton_transport *t = create(&(struct ton_transport_config){.session = &st.session});
    ton_transport_roll(t, 0);
    pull_until(&h, t, 5000, 480);
    const int64_t asked = h.frames;
    assert_int_equal(ton_transport_mute(t, 1, true, &err), TON_OK);
    pull_until_heard(&h, t, &versions[1]);
    const int64_t muted = check_change(&h, 0, &versions[3], &versions[1]);
    assert_int_equal(ton_transport_mute(t, 1, false, &err), TON_OK);
    pull_until_heard(&h, t, &versions[3]);
    const int64_t unmuted = check_change(&h, muted, &versions[1], &versions[3]);
    assert_int_equal(ton_transport_solo(t, 1, true, &err), TON_OK);
    pull_until_heard(&h, t, &versions[2]);
    check_change(&h, unmuted, &versions[3], &versions[2]);
    for (int64_t i = 0; i < h.frames; i++) {
        assert_int_equal(h.places[i].rolling, TON_ROLLING_PLAYS);
        assert_int_equal(h.places[i].place, i);
    }
    const double step = worst_step(h.sound[0], h.frames);
    const double own = worst_step(versions[3].channels[0], SONG);
    figure("a mute is heard %.0f ms later; the largest step is %.5f, of the whole %.5f",
           (double)(muted - asked) * 1000 / RATE, step, own);
    assert_true(step <= own * 1.001);
    assert_int_equal(ton_transport_mute(t, 3, true, &err), TON_USAGE);
    assert_int_equal(ton_transport_solo(t, -1, true, &err), TON_USAGE);
    ton_transport_destroy(t);
    heard_close(&h);
    capture_free(versions, N_VERSIONS);
    stage_close(&st);
}

/* How often it changes between versions that are heard for 100 frames and more. */
static int count_changes(const struct heard *h, const struct capture *versions) {
    int last = 3, changes = 0;
    for (int64_t i = 200; i < h->frames; i += 50)
        for (int v = 0; v < N_VERSIONS; v++)
            if (v != last && sounds_as(h, i, &versions[v]) && sounds_as(h, i - 33, &versions[v])) {
                last = v;
                changes++;
            }
    return changes;
}

static void quick_changes_are_heard_together(void **state) {
    (void)state;
    struct stage st;
    struct capture versions[N_VERSIONS];
    struct heard h;
    struct ton_err err = {0};
    make_sines(&st, versions);
    heard_open(&h, SONG);
    struct ton_transport *t = create(&(struct ton_transport_config){.session = &st.session});
    ton_transport_roll(t, 0);
    pull_until(&h, t, 5000, 480);
    for (int i = 0; i < 40; i++)
        assert_int_equal(ton_transport_mute(t, i % 2, i / 2 % 2 == 0, &err), TON_OK);
    assert_int_equal(ton_transport_mute(t, 0, true, &err), TON_OK);
    pull_until_heard(&h, t, &versions[2]);
    const int changes = count_changes(&h, versions);
    figure("41 changes at once: %d heard (2 at most)", changes);
    assert_in_range(changes, 1, 2);
    ton_transport_destroy(t);
    heard_close(&h);
    capture_free(versions, N_VERSIONS);
    stage_close(&st);
}

static void a_mute_at_rest_is_there_from_the_first_frame(void **state) {
    (void)state;
    struct stage st;
    struct capture versions[N_VERSIONS];
    struct heard h;
    struct ton_err err = {0};
    make_sines(&st, versions);
    heard_open(&h, 100000);
    struct ton_transport *t = create(&(struct ton_transport_config){.session = &st.session});
    assert_int_equal(ton_transport_mute(t, 0, true, &err), TON_OK);
    assert_int_equal(ton_transport_locate(t, 70001, &err), TON_OK);
    ton_transport_roll(t, 0);
    pull_until(&h, t, 20000, 1000);
    for (int64_t i = 0; i < h.frames; i++) {
        assert_int_equal(h.places[i].place, 70001 + i);
        assert_true(sounds_as(&h, i, &versions[2]));
    }
    ton_transport_destroy(t);
    heard_close(&h);
    capture_free(versions, N_VERSIONS);
    stage_close(&st);
}

/* Asked for at rest and then located, it is exact; asked for while it rolls, some 100 ms later. */
static void clips_are_silent_where_something_is_recorded(void **state) {
    (void)state;
    enum { FROM = 20001, TO = 40007, N = 60000, AGAIN = 50003 };
    struct stage st;
    struct heard h;
    struct ton_err err = {0};
    make_counter(&st);
    stage_clip(&st, 0, 0, AGAIN, 100, 500); /* behind the stretch, over the long clip */
    struct ton_transport *t = create(&(struct ton_transport_config){.session = &st.session});
    heard_open(&h, 2 * N + MOST);
    assert_int_equal(ton_transport_silence(t, 0, FROM, TO, &err), TON_OK);
    assert_int_equal(ton_transport_locate(t, 0, &err), TON_OK);
    ton_transport_roll(t, 0);
    pull_until(&h, t, N, 480);
    int64_t whole = 0, silent = 0;
    for (int64_t i = 0; i < N; i++) {
        const bool again = i >= AGAIN && i < AGAIN + 500;
        const float x = counted(i) + (again ? counted(100 + i - AGAIN) : 0.0F);
        const bool falls = i >= FROM && i < FROM + FADE, rises = i >= TO && i < TO + FADE;
        whole += fabsf(h.sound[0][i] - x) < 1e-6F;
        silent += h.sound[0][i] == 0.0F;
        if (i < FROM || i >= TO + FADE)
            assert_true(fabsf(h.sound[0][i] - x) < 1e-6F && h.sound[1][i] == -h.sound[0][i]);
        else if (!falls && !rises)
            assert_true(h.sound[0][i] == 0.0F);
        else
            assert_true(h.sound[0][i] >= 0.0F && h.sound[0][i] <= x);
    }
    figure("%lld frames whole, %lld silent, %d asked for", (long long)whole, (long long)silent,
           TO - FROM);
    assert_int_equal(ton_transport_silence(t, 0, 0, 0, &err), TON_OK);
    assert_int_equal(ton_transport_locate(t, FROM, &err), TON_OK);
    pull_until(&h, t, N + 10000, 480);
    assert_true(h.sound[0][N + 5000] == counted(FROM + 5000));
    ton_transport_stop(t);
    pull_until(&h, t, h.frames + 1000, 480);
    assert_int_equal(ton_transport_silence(t, 0, 0, INT64_MAX, &err), TON_OK);
    assert_int_equal(ton_transport_locate(t, 0, &err), TON_OK);
    ton_transport_roll(t, 0);
    const int64_t rolled = h.frames;
    pull_until(&h, t, rolled + 20000, 480);
    for (int64_t i = rolled; i < h.frames; i++)
        assert_true(h.sound[0][i] == 0.0F);
    assert_int_equal(ton_transport_silence(t, 9, 0, 1, &err), TON_USAGE);
    ton_transport_destroy(t);
    heard_close(&h);
    stage_close(&st);
}

static void a_jump_while_it_rolls_is_a_crossfade(void **state) {
    (void)state;
    struct stage st;
    struct heard h;
    struct ton_err err = {0};
    make_counter(&st);
    heard_open(&h, 100000);
    struct ton_transport *t = create(&(struct ton_transport_config){.session = &st.session});
    ton_transport_roll(t, 0);
    pull_until(&h, t, 5003, 480);
    assert_int_equal(ton_transport_locate(t, 300007, &err), TON_OK);
    pull_until(&h, t, 10000, 480);
    for (int64_t i = 0; i < h.frames; i++) {
        const int64_t after = i - 5003;
        const double due = after < 0 ? counted(i)
                                     : risen(after) * counted(300007 + after) +
                                           risen(FADE - 1 - after) * counted(i);
        assert_int_equal(h.places[i].place, after < 0 ? i : 300007 + after);
        assert_true(fabs(due - (double)h.sound[0][i]) < 1e-6);
    }
    assert_int_equal(ton_transport_locate(t, -1, &err), TON_USAGE);
    /* Where it stands, nothing fades; at rest the old sound is over within the fade. */
    ton_transport_stop(t);
    const int64_t stopped = h.frames;
    pull_until(&h, t, stopped + 1000, 100);
    for (int64_t i = stopped; i < h.frames; i++) {
        const int64_t place = 300007 + i - 5003;
        const bool plays = i < stopped + FADE;
        const double due = plays ? risen(FADE - 1 - (i - stopped)) * counted(place) : 0;
        assert_int_equal(h.places[i].rolling, plays ? TON_ROLLING_PLAYS : TON_ROLLING_STOPPED);
        assert_int_equal(h.places[i].place, plays ? place : 300007 + stopped + FADE - 5003);
        assert_true(fabs(due - (double)h.sound[0][i]) < 1e-6);
    }
    ton_transport_roll(t, 0);
    const int64_t rolled = h.frames;
    pull_until(&h, t, rolled + 1000, 100);
    for (int64_t i = rolled; i < h.frames; i++) {
        const int64_t place = 300007 + stopped + FADE - 5003 + i - rolled;
        assert_int_equal(h.places[i].place, place);
        assert_true(fabs(risen(i - rolled) * counted(place) - (double)h.sound[0][i]) < 1e-6);
    }
    /* One that is told to roll on while it falls rises from there. */
    const int64_t fell = h.frames;
    ton_transport_stop(t);
    pull_until(&h, t, fell + 100, 100);
    ton_transport_roll(t, 0);
    pull_until(&h, t, fell + 1000, 100);
    for (int64_t i = fell; i < h.frames; i++) {
        const int64_t k = i - fell;
        const double gain = risen(k < 100 ? FADE - 1 - k : FADE - 200 + k);
        assert_int_equal(h.places[i].place, h.places[fell].place + k);
        assert_int_equal(h.places[i].rolling, TON_ROLLING_PLAYS);
        assert_true(fabs(gain * counted(h.places[i].place) - (double)h.sound[0][i]) < 1e-6);
    }
    ton_transport_destroy(t);
    heard_close(&h);
    stage_close(&st);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_loop_is_right_to_the_sample),
        cmocka_unit_test(what_lies_behind_a_loop_plays_on),
        cmocka_unit_test(a_mute_reaches_a_loop),
        cmocka_unit_test(other_mutes_fade_in_where_it_is),
        cmocka_unit_test(quick_changes_are_heard_together),
        cmocka_unit_test(a_mute_at_rest_is_there_from_the_first_frame),
        cmocka_unit_test(clips_are_silent_where_something_is_recorded),
        cmocka_unit_test(a_jump_while_it_rolls_is_a_crossfade),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
