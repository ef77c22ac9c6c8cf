/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The transport: the bits of the render, places and loops to the sample, other mutes without a
 * click, and what happens when takes come late. */
#include "stage.h"

#include "ton/rt.h"
#include "ton/transport.h"

enum { RATE = 48000, MOST = 8192 };

/* What a device heard: the mix, the click and the places, frame by frame. */
struct heard {
    float *sound[2], *click;
    struct place {
        enum ton_rolling rolling;
        int64_t place;
    } * places;
    int64_t frames, capacity;
    int64_t starved; /* calls that were late */
};

static void heard_open(struct heard *h, int64_t frames) {
    *h = (struct heard){.capacity = frames};
    for (int c = 0; c < 2; c++)
        assert_non_null(h->sound[c] = ton_alloc(sizeof(float) * (size_t)frames));
    assert_non_null(h->click = ton_alloc(sizeof(float) * (size_t)frames));
    assert_non_null(h->places = ton_alloc(sizeof *h->places * (size_t)frames));
}

static void heard_close(struct heard *h) {
    for (int c = 0; c < 2; c++)
        ton_free(h->sound[c]);
    ton_free(h->click);
    ton_free(h->places);
}

/* One call, as a device makes it: nothing may wait or allocate. */
static void pull(struct heard *h, struct ton_transport *t, int frames) {
    struct ton_roll rolls[TON_MOST_ROLLS];
    int n = 0, told = 0;
    assert_true(h->frames + frames <= h->capacity);
    float *const out[2] = {h->sound[0] + h->frames, h->sound[1] + h->frames};
    ton_rt_enter();
    ton_transport_process(t, out, h->click + h->frames, frames, rolls, &n);
    ton_rt_leave();
    assert_in_range(n, 1, TON_MOST_ROLLS);
    for (int i = 0; i < n; i++) {
        const bool moves =
            rolls[i].rolling == TON_ROLLING_PLAYS || rolls[i].rolling == TON_ROLLING_COUNT_IN;
        assert_int_equal(rolls[i].at, told);
        for (int k = 0; k < rolls[i].frames; k++)
            h->places[h->frames + told++] =
                (struct place){rolls[i].rolling, rolls[i].place + (moves ? k : 0)};
    }
    assert_int_equal(told, frames);
    h->frames += frames;
}

/* Until so many frames have been heard; late ones are taken back, and pulled again. */
static void pull_until(struct heard *h, struct ton_transport *t, int64_t frames, int call) {
    while (h->frames < frames) {
        const int64_t before = h->frames;
        pull(h, t, (int)(frames - before < call ? frames - before : call));
        const bool starved = h->places[h->frames - 1].rolling == TON_ROLLING_LATE;
        while (h->frames > before && h->places[h->frames - 1].rolling == TON_ROLLING_LATE)
            h->frames--;
        h->starved += starved;
        if (starved)
            usleep(500);
    }
}

static struct ton_transport *create(const struct ton_transport_config *config) {
    struct ton_transport *t = NULL;
    struct ton_err err = {0};
    if (ton_transport_create(&t, config, &err))
        fail_msg("%s: %s", err.where, err.text);
    return t;
}

static struct ton_transport_status status_of(const struct ton_transport *t) {
    struct ton_transport_status s;
    ton_transport_status(t, &s);
    return s;
}

/* Tracks with filters, compressors, fades and a latency. */
static void make_band(struct stage *st, int64_t frames) {
    stage_open(st, RATE);
    for (int i = 0; i < 4; i++) {
        char *name = ton_arena_printf(st->arena, "T%d", i);
        const int strip =
            stage_player(st, name, "drums", frames, stage_noise(st, frames, (uint64_t)i, 0.4F));
        stage_insert(st, strip, ton_processor_find("eq", NULL))[0] = 100.0F;
        stage_insert(st, strip, ton_processor_find("compressor", NULL))[1] = -30.0F;
        st->strips[strip].gain_db = -12.0F;
    }
    stage_insert(st, stage_mix(st), ton_processor_find("limiter", NULL));
}

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

/* Gains, pans, moving faders, fades, clips over each other, and paths of unequal latency. */
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

/* A take that says at each frame which one it is. */
enum { COUNTED = 400000, FADE = RATE / 200 };

static float counted(int64_t frame) {
    return frame < 0 || frame >= COUNTED ? 0.0F : (float)(frame + 1) * 0x1p-20F;
}

static void make_counter(struct stage *st) {
    stage_open(st, RATE);
    float *left = TON_NEW_N(st->arena, float, COUNTED);
    float *right = TON_NEW_N(st->arena, float, COUNTED);
    for (int i = 0; i < COUNTED; i++)
        right[i] = -(left[i] = counted(i));
    const int track = stage_track(st, "T", NULL);
    stage_clip(st, track, stage_take(st, RATE, 2, COUNTED, (const float *const[]){left, right}), 0,
               0, COUNTED);
    stage_mix(st);
}

static int random_call(uint64_t *seed, int most) {
    *seed = *seed * 6364136223846793005ULL + 1442695040888963407ULL;
    return 1 + (int)((*seed >> 33) % (uint64_t)most);
}

static double risen(int64_t i) {
    return i < 0 ? 0.0 : i >= FADE ? 1.0 : 0.5 - 0.5 * cos(M_PI * ((double)i + 0.5) / FADE);
}

/* What is heard in the last frames of a loop: what comes before `from` rises, and if it was late it
 * is not there yet. */
static bool is_seam(float x, int64_t place, int64_t from, int64_t to, bool *joined) {
    const int64_t past = place - (to - FADE);
    const double falls = risen(FADE - 1 - past) * counted(place);
    const double rises = risen(past) * counted(from - FADE + past);
    *joined = *joined || fabs(falls + rises - x) < 1e-6;
    return fabs(falls + (*joined ? rises : 0) - x) < 1e-6;
}

static void check_passes(struct stage *st, int64_t from, int64_t to, int passes, int most_call) {
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
        if (passed != status_of(t).passes)
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
        faded += joined && place == to - FADE;
        place = place + 1 == to ? from : place + 1;
    }
    const struct ton_transport_status s = status_of(t);
    assert_true(s.passes >= passes);
    assert_int_equal(s.frame, place);
    assert_true(s.rolling && !s.ended);
    assert_true(s.late_passes <= h.starved && faded > 0);
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
    check_passes(&st, 1234, 13235, 50, 3000);
    check_passes(&st, 0, 12000, 50, 700);
    check_passes(&st, 100, 50000, 8, MOST);
    check_passes(&st, COUNTED - 6000, COUNTED + 7000, 8, 257); /* over the session's end */
    stage_close(&st);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls_of_any_size_have_the_bits_of_the_render),
        cmocka_unit_test(a_place_of_a_session_without_memory_has_the_bits_of_the_whole),
        cmocka_unit_test(a_resampled_take_is_entered_to_the_last_bit_but_few),
        cmocka_unit_test(a_place_in_a_reverb_sounds_as_if_it_had_rolled_there),
        cmocka_unit_test(a_loop_is_right_to_the_sample),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
