/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The transport: the bits of the render, places to the sample, what happens when takes come late,
 * and orders at any time. */
#include "transport_rig.h"

static void calls_of_any_size_have_the_bits_of_the_render(void **state) {
    (void)state;
    enum { FRAMES = 60000 };
    static const struct {
        int call, block;
    } ways[] = {{1, 256}, {7, 64}, {256, 256}, {777, 100}, {MOST, 0}, {1000, 4096}};
    struct stage st;
    make_band(&st, FRAMES);
    struct capture whole;
    stage_render(&st, &stage_whole, 1, 0, 1, &whole);
    for (int w = 0; w < TON_N(ways); w++) {
        struct ton_transport *t =
            create(&(struct ton_transport_config){.session = &st.session, .block = ways[w].block});
        const int64_t frames = whole.frames + 3000;
        struct heard h;
        heard_open(&h, frames + 100);
        pull(&h, t, 100);
        for (int i = 0; i < 100; i++)
            assert_int_equal(h.places[i].rolling, TON_ROLLING_STOPPED);
        h.frames = 0;
        ton_transport_roll(t, 0);
        pull_until(&h, t, frames, ways[w].call);
        for (int c = 0; c < 2; c++)
            assert_memory_equal(h.sound[c], whole.channels[c],
                                sizeof(float) * (size_t)whole.frames);
        for (int64_t i = 0; i < frames; i++) {
            const bool plays = i < whole.frames;
            assert_int_equal(h.places[i].rolling, plays ? TON_ROLLING_PLAYS : TON_ROLLING_STOPPED);
            assert_int_equal(h.places[i].place, plays ? i : whole.frames);
            assert_true(plays || (h.sound[0][i] == 0 && h.sound[1][i] == 0));
        }
        const struct ton_transport_status s = status_of(t);
        assert_true(s.ended && !s.rolling && s.frame == whole.frames);
        assert_int_equal(ton_transport_failure(t, NULL), TON_OK);
        figure("calls of %4d, blocks of %4d: the bits of the render, %lld late", ways[w].call,
               ways[w].block, (long long)s.late_blocks);
        heard_close(&h);
        ton_transport_destroy(t);
    }
    capture_free(&whole, 1);
    stage_close(&st);
}

/* Located at rest, then rolled: `frames` of it are compared with the whole from the place on. */
static double worst_from(struct ton_transport *t, const struct capture *whole, int64_t place,
                         int frames, int *differ) {
    struct heard h;
    struct ton_err err = {0};
    double worst = 0;
    heard_open(&h, frames);
    ton_transport_stop(t);
    pull(&h, t, frames > 2000 ? 2000 : frames); /* what rolled before has fallen */
    h.frames = 0;
    assert_int_equal(ton_transport_locate(t, place, &err), TON_OK);
    ton_transport_roll(t, 0);
    pull_until(&h, t, frames, 333);
    for (int i = 0; i < frames; i++) {
        assert_int_equal(h.places[i].rolling, TON_ROLLING_PLAYS);
        assert_int_equal(h.places[i].place, place + i);
        for (int c = 0; c < 2; c++) {
            const double off = fabs((double)h.sound[c][i] - (double)whole->channels[c][place + i]);
            *differ += memcmp(&h.sound[c][i], &whole->channels[c][place + i], 4) != 0;
            worst = off > worst ? off : worst;
        }
    }
    heard_close(&h);
    return worst;
}

/* Times its value: no memory, and it does not glide. */
struct scale_state {
    float value;
    int channels;
};

static size_t scale_size(const struct ton_config *config, const float *params) {
    (void)config, (void)params;
    return sizeof(struct scale_state);
}

static void scale_init(void *state, const struct ton_config *config, const float *params) {
    *(struct scale_state *)state = (struct scale_state){params[0], config->channels};
}

static void scale_reset(void *state) {
    (void)state;
}

static void scale_update(void *state, const float *params) {
    ((struct scale_state *)state)->value = params[0];
}

static void scale_process(void *state, const struct ton_io *io) {
    const struct scale_state *s = state;
    for (int c = 0; c < s->channels; c++)
        for (int i = 0; i < io->frames; i++)
            io->out[c][i] = s->value * io->in[c][i];
}

static const struct ton_processor scale = {.id = "scale",
                                           .version = 1,
                                           .flags = TON_PROCESSOR_LINEAR,
                                           .rows = duck_rows,
                                           .n_rows = 1,
                                           .n_params = 1,
                                           .state_size = scale_size,
                                           .init = scale_init,
                                           .reset = scale_reset,
                                           .update = scale_update,
                                           .process = scale_process};

/* Gains, pans, moving faders and parameters, fades, clips over each other, and paths of unequal
 * latency. */
static void a_place_of_a_session_without_memory_has_the_bits_of_the_whole(void **state) {
    (void)state;
    enum { FRAMES = 200000, PART = 12000 };
    static const int64_t places[] = {0, 1, 63, 1000, 20011, 50000, 71234, 99999, 180000};
    struct stage st;
    stage_open(&st, RATE);
    const int a = stage_track(&st, "A", NULL), b = stage_track(&st, "B", NULL);
    const int take = stage_mono(&st, FRAMES, stage_noise(&st, FRAMES, 1, 0.4F));
    for (int i = 0; i < 10; i++) {
        struct ton_clip *clip = stage_clip(&st, a, take, i * 19000, i * 777, 22000);
        clip->fade_in = clip->fade_out = 3000 + i;
        clip->equal_power_in = clip->equal_power_out = i % 2 == 0;
        clip->gain_db = -(float)i;
    }
    stage_clip(&st, b, take, 333, 0, 190000);
    stage_insert(&st, b, &late)[0] = 777;
    st.strips[b].pan = -35.0F;
    stage_lane(&st, b, TON_TARGET_GAIN, 0, 0,
               (const struct ton_point[]){{.frame = 5000, .value = -20}, {.frame = 150000}}, 2);
    stage_insert(&st, b, &scale);
    stage_lane(&st, b, TON_TARGET_PARAMETER, 1, 0,
               (const struct ton_point[]){{.frame = 900, .value = 0.1F}, {190000, 1}}, 2);
    stage_mix(&st);
    struct capture whole;
    stage_render(&st, &stage_whole, 1, 0, 1, &whole);
    struct ton_transport *t = create(
        &(struct ton_transport_config){.session = &st.session, .block = 200, .run_in_s = 0.1});
    for (int i = 0; i < TON_N(places); i++) {
        int differ = 0;
        worst_from(t, &whole, places[i], PART, &differ);
        assert_int_equal(differ, 0);
    }
    figure("%d places, %d frames of each: the bits of the render", TON_N(places), PART);
    ton_transport_destroy(t);
    capture_free(&whole, 1);
    stage_close(&st);
}

/* What moves stands right on the first frame, also between two points of its grid. */
static void without_a_run_in_parameters_are_where_they_should_be(void **state) {
    (void)state;
    enum { FRAMES = 100000 };
    static const int64_t places[] = {1, 63, 64, 20011, 50033};
    struct stage st;
    stage_open(&st, RATE);
    const int a = stage_player(&st, "A", NULL, FRAMES, stage_noise(&st, FRAMES, 1, 0.4F));
    stage_insert(&st, a, &scale);
    stage_lane(&st, a, TON_TARGET_PARAMETER, 0, 0,
               (const struct ton_point[]){{.value = 0.1F}, {90000, 1}}, 2);
    stage_mix(&st);
    struct capture whole;
    stage_render(&st, &stage_whole, 1, 0, 1, &whole);
    struct ton_transport *t =
        create(&(struct ton_transport_config){.session = &st.session, .run_in_s = -1});
    int differ = 0;
    for (int i = 0; i < TON_N(places); i++)
        worst_from(t, &whole, places[i], 5000, &differ);
    assert_int_equal(differ, 0);
    ton_transport_destroy(t);
    capture_free(&whole, 1);
    stage_close(&st);
}

static void a_resampled_take_is_entered_to_the_last_bit_but_few(void **state) {
    (void)state;
    enum { FRAMES = 400000, PART = 48000 };
    static const int64_t places[] = {40011, 123456, 300000};
    struct stage st;
    stage_open(&st, RATE);
    const float *noise = stage_noise(&st, FRAMES, 3, 0.5F);
    const int track = stage_track(&st, "A", NULL);
    stage_clip(&st, track, stage_take(&st, 44100, 1, FRAMES, &noise), 0, 0, 435000);
    stage_mix(&st);
    struct capture whole;
    stage_render(&st, &stage_whole, 1, 0, 1, &whole);
    struct ton_transport *t =
        create(&(struct ton_transport_config){.session = &st.session, .run_in_s = -1});
    int differ = 0;
    double worst = 0;
    for (int i = 0; i < TON_N(places); i++)
        worst = fmax(worst, worst_from(t, &whole, places[i], PART, &differ));
    figure("44.1 in 48 kHz: %d of %d samples differ, by %.1f dBFS at most (-140)", differ,
           TON_N(places) * PART * 2, to_db(worst));
    assert_true(to_db(worst) < -140.0);
    ton_transport_destroy(t);
    capture_free(&whole, 1);
    stage_close(&st);
}

static void a_place_in_a_reverb_sounds_as_if_it_had_rolled_there(void **state) {
    (void)state;
    enum { FRAMES = 500000, PART = 24000 };
    static const int64_t places[] = {150000, 260001, 400000};
    struct stage st;
    stage_open(&st, RATE);
    const int strip = stage_player(&st, "A", NULL, FRAMES, stage_noise(&st, FRAMES, 3, 0.5F));
    stage_insert(&st, strip, ton_processor_find("eq", NULL))[0] = 100.0F;
    float *reverb = stage_insert(&st, strip, ton_processor_find("reverb", NULL));
    reverb[1] = 1.2F; /* decay */
    reverb[11] = 0;   /* modulation, which would begin anew */
    stage_mix(&st);
    struct capture whole;
    stage_render(&st, &stage_whole, 1, 0, 1, &whole);
    struct ton_transport *t = create(&(struct ton_transport_config){.session = &st.session});
    double worst = 0;
    int differ = 0;
    for (int i = 0; i < TON_N(places); i++)
        worst = fmax(worst, worst_from(t, &whole, places[i], PART, &differ));
    figure("after a run-in of 2 s a reverb of 1.2 s is %.1f dBFS off (-90)", to_db(worst));
    assert_true(to_db(worst) < -90.0);
    ton_transport_destroy(t);
    capture_free(&whole, 1);
    stage_close(&st);
}

static pthread_t device_thread;

/* Readers stand still until the device has been late. */
static atomic_bool was_late;

static void pause_readers(void) {
    while (!pthread_equal(pthread_self(), device_thread) && !atomic_load(&was_late))
        usleep(1000);
}

/* A device that asks faster than takes can be read. */
static void what_comes_late_comes_whole(void **state) {
    (void)state;
    enum { FRAMES = 500000 };
    struct stage st;
    make_band(&st, FRAMES);
    struct capture whole;
    stage_render(&st, &stage_whole, 1, 0, 1, &whole);
    device_thread = pthread_self();
    atomic_store(&was_late, true);
    ton_thread_overtaken = pause_readers;
    struct ton_transport *t = create(&(struct ton_transport_config){.session = &st.session});
    struct heard h;
    heard_open(&h, FRAMES + MOST);
    ton_transport_roll(t, 0);
    int64_t starved = 0;
    atomic_store(&was_late, false);
    while (h.frames < FRAMES) {
        const int64_t before = h.frames;
        pull(&h, t, MOST);
        const bool is_late = h.places[h.frames - 1].rolling == TON_ROLLING_LATE;
        starved += is_late;
        if (is_late)
            atomic_store(&was_late, true);
        for (; h.frames > before && h.places[h.frames - 1].rolling == TON_ROLLING_LATE; h.frames--)
            assert_true(h.sound[0][h.frames - 1] == 0 && h.sound[1][h.frames - 1] == 0);
    }
    for (int64_t i = 0; i < FRAMES; i++)
        assert_int_equal(h.places[i].place, i);
    for (int c = 0; c < 2; c++)
        assert_memory_equal(h.sound[c], whole.channels[c], sizeof(float) * FRAMES);
    figure("%lld blocks of silence were told while takes were read, then came the bits due",
           (long long)starved);
    assert_true(starved > 0);
    assert_int_equal(status_of(t).late_blocks, starved);
    heard_close(&h);
    ton_transport_destroy(t);
    ton_thread_overtaken = NULL;
    capture_free(&whole, 1);
    stage_close(&st);
}

static void a_take_that_breaks_off_is_silent_and_the_rest_goes_on(void **state) {
    (void)state;
    struct stage st;
    struct heard h;
    struct ton_err err = {0};
    enum { FRAMES = 1000000 };
    make_counter(&st);
    const int track = stage_track(&st, "Broken", NULL);
    stage_clip(&st, track, stage_mono(&st, FRAMES, stage_noise(&st, FRAMES, 1, 0.4F)), 0, 0,
               FRAMES);
    st.session.mix = stage_bus(&st, "Master");
    st.strips[0].to = st.strips[1].to = st.strips[2].to = 3;
    heard_open(&h, FRAMES);
    struct ton_transport *t = create(&(struct ton_transport_config){.session = &st.session});
    assert_int_equal(truncate(st.takes[1].path, 4 * 250000), 0);
    ton_transport_roll(t, 0);
    pull_until(&h, t, 380000, 1000);
    int64_t last = 0;
    for (int64_t i = 0; i < h.frames; i++) {
        assert_int_equal(h.places[i].place, i);
        if (h.sound[0][i] != counted(i))
            last = i;
    }
    assert_int_equal(ton_transport_failure(t, &err), TON_INPUT);
    figure("silent from frame %lld on, and told: %s", (long long)last + 1, err.text);
    assert_in_range(last, 200000, 250000);
    assert_non_null(strstr(err.text, "Broken"));
    heard_close(&h);
    ton_transport_destroy(t);
    stage_close(&st);
}

static void endless_it_counts_places_behind_the_end(void **state) {
    (void)state;
    struct stage st;
    struct heard h;
    struct ton_err err = {0};
    make_counter(&st);
    heard_open(&h, 60000);
    struct ton_transport *t =
        create(&(struct ton_transport_config){.session = &st.session, .endless = true});
    assert_int_equal(ton_transport_locate(t, COUNTED - 1000, &err), TON_OK);
    ton_transport_roll(t, 0);
    pull_until(&h, t, 50000, 1000);
    for (int64_t i = 0; i < h.frames; i++) {
        assert_int_equal(h.places[i].rolling, TON_ROLLING_PLAYS);
        assert_int_equal(h.places[i].place, COUNTED - 1000 + i);
        assert_true(h.sound[0][i] == counted(COUNTED - 1000 + i));
    }
    assert_true(status_of(t).rolling && !status_of(t).ended);
    ton_transport_destroy(t);
    heard_close(&h);
    stage_close(&st);
}

/* The device's own thread, at some fifty times the speed of the clock. */
struct device {
    struct ton_transport *t;
    atomic_bool stops;
    int64_t calls, bad;
};

static void *run_device(void *user) {
    static float left[MOST], right[MOST], click[MOST];
    struct device *d = user;
    uint64_t seed = 1;
    float *const out[2] = {left, right};
    for (; !atomic_load(&d->stops); d->calls++) {
        struct ton_roll rolls[TON_MOST_ROLLS];
        int n = 0;
        ton_rt_enter();
        ton_transport_process(d->t, out, click, random_call(&seed, 2000), rolls, &n);
        ton_rt_leave();
        d->bad += n < 1 || n > TON_MOST_ROLLS;
        usleep(200);
    }
    return NULL;
}

/* What counts is that the sanitizers find nothing. */
static void orders_may_come_at_any_time(void **state) {
    (void)state;
    struct stage st;
    struct ton_err err = {0};
    make_band(&st, 400000);
    add_tempo(&st);
    struct device d = {.t = create(&(struct ton_transport_config){
                           .session = &st.session, .run_in_s = 0.05, .endless = true})};
    struct ton_thread thread = {0};
    uint64_t seed = 7;
    assert_int_equal(ton_thread_start(&thread, run_device, &d, &err), TON_OK);
    const int n = fewer(300, 100);
    for (int i = 0; i < n; i++) {
        const int64_t at = random_call(&seed, 300000);
        switch (random_call(&seed, 9)) {
        case 1:
            assert_int_equal(ton_transport_locate(d.t, at, &err), TON_OK);
            break;
        case 2:
            assert_int_equal(ton_transport_loop(d.t, at, at + 12000 + at % 9000, &err), TON_OK);
            assert_int_equal(ton_transport_locate(d.t, at, &err), TON_OK);
            usleep(10000);
            break;
        case 3:
            assert_int_equal(ton_transport_loop(d.t, 0, 0, &err), TON_OK);
            break;
        case 4:
            ton_transport_stop(d.t);
            break;
        case 5:
            assert_int_equal(ton_transport_solo(d.t, i % 4, i % 3 == 0, &err), TON_OK);
            break;
        case 6:
            assert_int_equal(ton_transport_click(d.t, i % 3, -10, &err), TON_OK);
            break;
        case 7:
            assert_int_equal(ton_transport_mute(d.t, i % 4, i % 3 == 0, &err), TON_OK);
            break;
        default:
            ton_transport_roll(d.t, i % 2 * 3000);
        }
        usleep((unsigned)random_call(&seed, 6000));
    }
    const struct ton_transport_status s = status_of(d.t);
    assert_int_equal(ton_transport_failure(d.t, NULL), TON_OK);
    ton_transport_roll(d.t, 0);
    atomic_store(&d.stops, true);
    ton_thread_join(&thread);
    figure("%d orders, %lld calls, %lld passes (%lld late)", n, (long long)d.calls,
           (long long)s.passes, (long long)s.late_passes);
    assert_int_equal(d.bad, 0);
    ton_transport_destroy(d.t);
    stage_close(&st);
}

static void what_makes_no_sense_is_refused(void **state) {
    (void)state;
    struct stage st;
    struct ton_err err = {0};
    struct ton_transport *t = NULL;
    make_counter(&st);
    assert_int_equal(
        ton_transport_create(
            &t, &(struct ton_transport_config){.session = &st.session, .block = 5000}, &err),
        TON_USAGE);
    assert_null(t);
    t = create(&(struct ton_transport_config){.session = &st.session});
    assert_int_equal(ton_transport_loop(t, 1000, 1000 + RATE / 4 - 1, &err), TON_USAGE);
    assert_int_equal(ton_transport_loop(t, -1, RATE, &err), TON_USAGE);
    assert_int_equal(ton_transport_loop(t, 1000, 1000 + RATE / 4, &err), TON_OK);
    int refused = 0;
    for (int i = 0; i < 100; i++)
        refused += ton_transport_locate(t, i, &err) == TON_ENVIRONMENT;
    figure("nobody asks for sound: %d of 100 jumps are refused: %s", refused, err.text);
    assert_in_range(refused, 30, 40);
    /* What was refused is not waited for when sound is asked for again. */
    struct heard h;
    heard_open(&h, 200000);
    assert_int_equal(ton_transport_loop(t, 0, RATE, &err), TON_ENVIRONMENT);
    while (h.frames < 100 || status_of(t).frame != 62)
        pull(&h, t, 300);
    h.frames = 0;
    assert_int_equal(ton_transport_loop(t, 0, RATE / 4, &err), TON_OK);
    ton_transport_roll(t, 0);
    pull_until(&h, t, RATE, 1000);
    assert_true(status_of(t).passes >= 3);
    heard_close(&h);
    ton_transport_destroy(t);
    assert_int_equal(unlink(st.takes[0].path), 0);
    assert_int_equal(
        ton_transport_create(&t, &(struct ton_transport_config){.session = &st.session}, &err),
        TON_INPUT);
    stage_close(&st);
}

static void without_memory_it_says_so(void **state) {
    (void)state;
    struct stage st;
    struct ton_err err = {0};
    make_counter(&st);
    add_tempo(&st);
    enum ton_code code = TON_MEMORY;
    long n = 0;
    while (code != TON_OK) {
        struct ton_transport *t = NULL;
        ton_alloc_fail_after(++n);
        code =
            ton_transport_create(&t, &(struct ton_transport_config){.session = &st.session}, &err);
        assert_true((code == TON_OK) == (t != NULL));
        if (!code)
            code = ton_transport_locate(t, 1000, &err);
        if (!code)
            code = ton_transport_loop(t, 1000, 50000, &err);
        ton_alloc_fail_after(-1);
        ton_transport_destroy(t);
        assert_true(code == TON_OK || code == TON_MEMORY);
    }
    figure("%ld allocations failed, each told", n - 1);
    assert_true(n > 50);
    stage_close(&st);
}

/* Twelve hours ahead a count of 32 bits wraps. */
static void a_loop_that_ends_far_away_is_not_at_its_seam(void **state) {
    (void)state;
    struct stage st;
    struct ton_err err = {0};
    struct heard h;
    make_counter(&st);
    heard_open(&h, RATE);
    struct ton_transport *t =
        create(&(struct ton_transport_config){.session = &st.session, .endless = true});
    assert_int_equal(ton_transport_loop(t, 0, ((int64_t)1 << 31) + FADE + RATE, &err), TON_OK);
    ton_transport_roll(t, 0);
    pull_until(&h, t, RATE / 2, 1000);
    int64_t wrong = 0;
    for (int64_t i = 0; i < h.frames; i++)
        wrong +=
            h.places[i].rolling == TON_ROLLING_PLAYS && h.sound[0][i] != counted(h.places[i].place);
    assert_int_equal(wrong, 0);
    assert_int_equal(h.places[h.frames - 1].rolling, TON_ROLLING_PLAYS);
    ton_transport_destroy(t);
    heard_close(&h);
    stage_close(&st);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls_of_any_size_have_the_bits_of_the_render),
        cmocka_unit_test(a_place_of_a_session_without_memory_has_the_bits_of_the_whole),
        cmocka_unit_test(without_a_run_in_parameters_are_where_they_should_be),
        cmocka_unit_test(a_resampled_take_is_entered_to_the_last_bit_but_few),
        cmocka_unit_test(a_place_in_a_reverb_sounds_as_if_it_had_rolled_there),
        cmocka_unit_test(what_comes_late_comes_whole),
        cmocka_unit_test(a_take_that_breaks_off_is_silent_and_the_rest_goes_on),
        cmocka_unit_test(endless_it_counts_places_behind_the_end),
        cmocka_unit_test(orders_may_come_at_any_time),
        cmocka_unit_test(what_makes_no_sense_is_refused),
        cmocka_unit_test(without_memory_it_says_so),
        cmocka_unit_test(a_loop_that_ends_far_away_is_not_at_its_seam),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
