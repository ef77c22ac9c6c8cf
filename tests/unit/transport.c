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
    const bool whole = fabs(falls + rises - (double)x) < 1e-6;
    const bool alone = fabs(falls - (double)x) < 1e-6;
    *joined = *joined || (whole && !alone);
    return whole || (alone && !*joined);
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
        faded += joined && place == to - 1;
        place = place + 1 == to ? from : place + 1;
    }
    const struct ton_transport_status s = status_of(t);
    assert_true(s.passes >= passes);
    assert_int_equal(s.frame, place);
    assert_true(s.rolling && !s.ended);
    assert_true(s.late_passes <= h.starved && (faded > 0 || from == 0));
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
    ton_transport_destroy(t);
    heard_close(&h);
    stage_close(&st);
}

/* 4/4 that slows down and speeds up, then 7/8. */
static void add_tempo(struct stage *st) {
    static const struct ton_tempo_entry entries[] = {
        {.bar = 1, .beat = 1, .bpm = 137, .beats_per_bar = 4, .beat_unit = 4, .ramp = true},
        {.bar = 4, .beat = 3, .tick = 480, .bpm = 93.7, .beats_per_bar = 4, .beat_unit = 4},
        {.bar = 6, .beat = 1, .bpm = 211, .beats_per_bar = 7, .beat_unit = 8}};
    struct ton_err err = {0};
    assert_int_equal(
        ton_tempo_create(&st->session.tempo, st->arena, RATE, entries, TON_N(entries), &err),
        TON_OK);
    st->session.has_tempo = true;
}

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
    figure("%d clicks up to bar %d, each on the frame of its beat, the loudest at %.1f dBFS", n,
           bar, to_db(worst_step(h.click, h.frames)));
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

static pthread_t device_thread;

static void pause_readers(void) {
    if (!pthread_equal(pthread_self(), device_thread))
        usleep(2000);
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
    ton_thread_overtaken = pause_readers;
    struct ton_transport *t = create(&(struct ton_transport_config){.session = &st.session});
    struct heard h;
    heard_open(&h, FRAMES + MOST);
    ton_transport_roll(t, 0);
    int64_t starved = 0;
    while (h.frames < FRAMES) {
        const int64_t before = h.frames;
        pull(&h, t, MOST);
        const bool is_late = h.places[h.frames - 1].rolling == TON_ROLLING_LATE;
        starved += is_late;
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
        usleep(400);
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
    ton_transport_destroy(t);
    assert_int_equal(unlink(st.takes[0].path), 0);
    assert_int_equal(
        ton_transport_create(&t, &(struct ton_transport_config){.session = &st.session}, &err),
        TON_INPUT);
    stage_close(&st);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls_of_any_size_have_the_bits_of_the_render),
        cmocka_unit_test(a_place_of_a_session_without_memory_has_the_bits_of_the_whole),
        cmocka_unit_test(a_resampled_take_is_entered_to_the_last_bit_but_few),
        cmocka_unit_test(a_place_in_a_reverb_sounds_as_if_it_had_rolled_there),
        cmocka_unit_test(a_loop_is_right_to_the_sample),
        cmocka_unit_test(other_mutes_fade_in_where_it_is),
        cmocka_unit_test(quick_changes_are_heard_together),
        cmocka_unit_test(a_mute_at_rest_is_there_from_the_first_frame),
        cmocka_unit_test(a_jump_while_it_rolls_is_a_crossfade),
        cmocka_unit_test(clicks_stand_on_the_beats_of_the_tempo_map),
        cmocka_unit_test(a_count_in_goes_back_by_the_tempo_of_the_place),
        cmocka_unit_test(what_comes_late_comes_whole),
        cmocka_unit_test(a_take_that_breaks_off_is_silent_and_the_rest_goes_on),
        cmocka_unit_test(endless_it_counts_places_behind_the_end),
        cmocka_unit_test(orders_may_come_at_any_time),
        cmocka_unit_test(what_makes_no_sense_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
