/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An input heard through its strip: the bits that its take will have, on a thread that never waits,
 * with no step where it begins, ends or becomes another. */
#include "stage.h"

#include "ton/foreign.h"
#include "ton/monitor.h"
#include "ton/thread.h"

enum { RATE = 48000, N = 40000, FADE = 240 };

static struct ton_monitor *make(struct stage *st, int strip, int inputs) {
    struct ton_monitor *m = NULL;
    struct ton_err err = {0};
    if (ton_monitor_create(&m, &st->session, strip, inputs, &err))
        fail_msg("%s: %s", err.where, err.text);
    return m;
}

/* As on a device: nothing may be allocated, and blocks come in any length. */
static void hear(struct ton_monitor *m, const float *const *in, float *const out[2], int frames,
                 bool heard) {
    for (int done = 0, n = 1; done < frames; done += n) {
        n = n * 7 % 2039 + 1;
        n = n < frames - done ? n : frames - done;
        const float *from[] = {in[0] + done, in[1] ? in[1] + done : NULL};
        ton_rt_enter();
        ton_monitor_process(m, from, (float *[2]){out[0] + done, out[1] + done}, n, heard);
        ton_rt_leave();
    }
}

static float *insert(struct stage *st, int strip, const char *id) {
    const struct ton_processor *p = ton_processor_find(id, NULL);
    assert_non_null(p);
    return stage_insert(st, strip, p);
}

static const char *const chains[][5] = {
    {NULL},
    {"eq", "compressor", NULL},
    {"eq", "limiter", "width", "reverb", NULL},
    {"saturator", "gate", "delay", NULL},
    {"chorus", "limiter", NULL},
};

static void it_has_the_bits_of_the_take(void **state) {
    (void)state;
    for (int k = 0; k < 2 * TON_N(chains); k++) {
        const char *const *chain = chains[k / 2];
        const int inputs = 1 + k % 2;
        struct stage st;
        stage_open(&st, RATE);
        float *sides[] = {stage_noise(&st, N, 1, 0.4F), stage_noise(&st, N, 2, 0.4F)};
        const int track = stage_track(&st, "Voice", NULL);
        stage_clip(&st, track, stage_take(&st, RATE, inputs, N, (const float *const *)sides), 0, 0,
                   N);
        stage_mix(&st);
        for (int i = 0; chain[i]; i++) {
            float *params = insert(&st, track, chain[i]);
            if (strcmp(chain[i], "width") == 0)
                params[0] = 150; /* else it is neutral */
        }
        st.strips[track].gain_db = -7.3F;
        st.strips[track].pan = 31;
        st.strips[track].polarity = k == 3;
        const struct ton_wish wish = {.name = "strip",
                                      .kind = TON_WISH_STRIP,
                                      .only = (const char *[]){"Voice"},
                                      .n_only = 1};
        struct capture c;
        stage_render(&st, &wish, 1, 0, 1, &c);
        struct ton_monitor *m = make(&st, track, inputs);
        const int latency = ton_monitor_latency(m);
        float *out[] = {TON_NEW_N(st.arena, float, N), TON_NEW_N(st.arena, float, N)};
        hear(m, (const float *const *)sides, out, N, true);
        double worst = 0, peak = 0;
        int other = 0;
        for (int s = 0; s < 2; s++)
            for (int i = latency + FADE; i < N; i++) {
                const float due = c.channels[s][i - latency];
                worst = fmax(worst, fabs((double)out[s][i] - (double)due));
                peak = fmax(peak, fabs((double)due));
                other += out[s][i] != due;
            }
        figure("%d input%s through %d processors, %d frames late: residual %.0f dB, %d of %d "
               "samples with other bits",
               inputs, inputs > 1 ? "s" : "", st.strips[track].chain.n, latency, to_db(worst),
               other, 2 * (N - FADE - latency));
        assert_true(other == 0 && peak > 0.01);
        ton_monitor_destroy(m);
        capture_free(&c, 1);
        stage_close(&st);
    }
}

/* What stands in the output already stays. */
static void it_is_added(void **state) {
    (void)state;
    struct stage st;
    stage_open(&st, RATE);
    const int track = stage_track(&st, "Voice", NULL);
    stage_mix(&st);
    struct ton_monitor *m = make(&st, track, 2);
    static float a[1000], b[1000], left[1000], right[1000];
    for (int i = 0; i < 1000; i++) {
        a[i] = 0.25F;
        b[i] = -0.5F;
        left[i] = 1;
        right[i] = 2;
    }
    hear(m, (const float *[]){a, b}, (float *[2]){left, right}, 1000, true);
    assert_true(left[0] > 1 && left[0] < 1.01F && left[999] == 1.25F && right[999] == 1.5F);
    ton_monitor_destroy(m);
    stage_close(&st);
}

static double largest_step(const float *x, int n) {
    double most = 0;
    for (int i = 1; i < n; i++)
        most = fmax(most, fabs((double)x[i] - (double)x[i - 1]));
    return most;
}

static void it_comes_and_goes_without_a_step(void **state) {
    (void)state;
    struct stage st;
    stage_open(&st, RATE);
    const int track = stage_track(&st, "Voice", NULL);
    stage_mix(&st);
    struct ton_monitor *m = make(&st, track, 2);
    static float ones[6000], out[2][6000];
    for (int i = 0; i < 6000; i++)
        ones[i] = 1;
    /* Heard, gone in the middle of the way and back, unheard; muted and not. */
    static const struct {
        int frames;
        bool hear, mute;
    } parts[] = {{100, false, false}, {1000, true, false}, {100, false, false},
                 {700, true, false},  {900, false, false}, {100, true, false},
                 {1000, true, true},  {1000, true, false}};
    int at = 0;
    for (int i = 0; i < TON_N(parts); i++) {
        ton_monitor_mute(m, parts[i].mute);
        hear(m, (const float *[]){ones, ones}, (float *[2]){out[0] + at, out[1] + at},
             parts[i].frames, parts[i].hear);
        at += parts[i].frames;
        if (parts[i].frames > FADE)
            assert_true(out[0][at - 1] == (parts[i].hear && !parts[i].mute ? 1.0F : 0.0F));
    }
    figure("largest step %.5f of full scale (a ramp of 5 ms: %.5f)", largest_step(out[0], at),
           1.0 / FADE);
    assert_true(largest_step(out[0], at) < 1.02 / FADE);
    assert_memory_equal(out[0], out[1], sizeof(float) * (size_t)at);
    ton_monitor_destroy(m);
    stage_close(&st);
}

/* Each with more latency than the one before, which is silence at first. */
static void another_strip_is_faded_over_to(void **state) {
    (void)state;
    struct stage st;
    stage_open(&st, RATE);
    const int track = stage_track(&st, "Voice", NULL);
    stage_mix(&st);
    insert(&st, track, "limiter");
    struct ton_monitor *m = make(&st, track, 2);
    static float half[6000], out[2][6000];
    for (int i = 0; i < 6000; i++)
        half[i] = 0.5F;
    hear(m, (const float *[]){half, half}, (float *[2]){out[0], out[1]}, 2000, true);
    assert_true(fabsf(out[0][1999] - 0.5F) < 1e-3F);
    for (int change = 0; change < 3; change++) { /* the last of three at once */
        st.strips[track].gain_db = -5.0F * (float)change - 10.0F;
        insert(&st, track, "limiter");
        assert_int_equal(ton_monitor_change(m, &st.session, track, NULL), TON_OK);
    }
    const int latency = ton_monitor_latency(m);
    hear(m, (const float *[]){half, half}, (float *[2]){out[0] + 2000, out[1] + 2000}, 4000, true);
    const double due = 0.5 * pow(10, -20.0 / 20);
    figure("from 0.5 to %.4f, %d frames late: largest step %.5f", (double)out[0][5999], latency,
           largest_step(out[0], 6000));
    assert_true(latency > 500 && fabs((double)out[0][5999] - due) < 1e-3);
    assert_true(largest_step(out[0], 6000) < 0.55 / FADE);
    ton_monitor_destroy(m);
    stage_close(&st);
}

struct crossfire {
    struct ton_monitor *m;
    atomic_bool done;
};

static void *play(void *user) {
    struct crossfire *x = user;
    static float noise[256], out[2][256];
    for (int i = 0; i < 256; i++)
        noise[i] = (float)(i % 17) / 17.0F;
    for (int block = 0; !atomic_load(&x->done); block++)
        hear(x->m, (const float *[]){noise, noise}, (float *[2]){out[0], out[1]}, 256,
             block % 5 < 3);
    return NULL;
}

static void it_is_changed_while_it_is_heard(void **state) {
    (void)state;
    struct stage st;
    stage_open(&st, RATE);
    const int track = stage_track(&st, "Voice", NULL);
    stage_mix(&st);
    insert(&st, track, "compressor");
    struct crossfire x = {.m = make(&st, track, 1)};
    struct ton_thread thread = {0};
    assert_int_equal(ton_thread_start(&thread, play, &x, NULL), TON_OK);
    for (int i = 0; i < 300; i++) {
        st.strips[track].pan = (float)(i % 100);
        assert_int_equal(ton_monitor_change(x.m, &st.session, track, NULL), TON_OK);
        ton_monitor_mute(x.m, i % 3 == 0);
        if (i % 4 == 0)
            ton_nap(1000000);
    }
    atomic_store(&x.done, true);
    ton_thread_join(&thread);
    ton_monitor_destroy(x.m);
    stage_close(&st);
}

static void what_cannot_be_heard_live_is_refused(void **state) {
    (void)state;
    struct stage st;
    stage_open(&st, RATE);
    const int track = stage_track(&st, "Bass", NULL);
    stage_mix(&st);
    insert(&st, track, "ducker");
    struct ton_chain_item *item = &st.strips[track].chain.items[0];
    struct ton_monitor *m = NULL;
    struct ton_err err = {0};
    item->sidechain = 0;
    assert_int_equal(ton_monitor_create(&m, &st.session, track, 1, &err), TON_INPUT);
    figure("%s", err.text);
    assert_non_null(strstr(err.text, "`Bass` has a side-chain (`ducker`)"));
    assert_null(m);
    struct ton_processor foreign = *item->processor;
    foreign.name = "Plugged";
    foreign.flags |= TON_PROCESSOR_FOREIGN;
    item->processor = &foreign;
    assert_int_equal(ton_monitor_create(&m, &st.session, track, 1, &err), TON_INPUT);
    figure("%s", err.text);
    assert_non_null(strstr(err.text, "`Bass` has the plug-in `Plugged`"));
    assert_string_equal(err.where, "stage.yaml:7:7");
    item->bypass = true;
    m = make(&st, track, 1);
    item->bypass = false;
    assert_int_equal(ton_monitor_change(m, &st.session, track, &err), TON_INPUT);
    ton_monitor_destroy(m);
    ton_monitor_destroy(NULL);
    stage_close(&st);
}

static void a_muted_strip_is_silent(void **state) {
    (void)state;
    struct stage st;
    stage_open(&st, RATE);
    const int track = stage_track(&st, "Voice", NULL);
    stage_mix(&st);
    st.strips[track].mute = true;
    struct ton_monitor *m = make(&st, track, 1);
    static float ones[1000], out[2][1000];
    for (int i = 0; i < 1000; i++)
        ones[i] = 1;
    hear(m, (const float *[]){ones, NULL}, (float *[2]){out[0], out[1]}, 1000, true);
    for (int i = 0; i < 1000; i++)
        assert_true(out[0][i] == 0.0F && out[1][i] == 0.0F);
    ton_monitor_destroy(m);
    stage_close(&st);
}

static void a_tape_machine_hears_what_it_should(void **state) {
    (void)state;
    static const struct {
        enum ton_rolling rolling;
        bool records, hears;
    } rows[] = {
        {TON_ROLLING_STOPPED, false, true}, {TON_ROLLING_COUNT_IN, false, true},
        {TON_ROLLING_PLAYS, false, false},  {TON_ROLLING_PLAYS, true, true},
        {TON_ROLLING_LATE, false, false},   {TON_ROLLING_LATE, true, true},
    };
    for (int i = 0; i < TON_N(rows); i++) {
        assert_int_equal(ton_monitor_hears(TON_MONITOR_AUTO, rows[i].rolling, rows[i].records),
                         rows[i].hears);
        assert_true(ton_monitor_hears(TON_MONITOR_ON, rows[i].rolling, rows[i].records));
        assert_false(ton_monitor_hears(TON_MONITOR_OFF, rows[i].rolling, rows[i].records));
    }
}

static void without_memory_there_is_none(void **state) {
    (void)state;
    struct stage st;
    stage_open(&st, RATE);
    const int track = stage_track(&st, "Voice", NULL);
    stage_mix(&st);
    insert(&st, track, "width");
    int failed = 0;
    for (enum ton_code code = TON_MEMORY; code; failed++) {
        struct ton_monitor *m = NULL;
        struct ton_err err = {0};
        ton_alloc_fail_after(failed);
        code = ton_monitor_create(&m, &st.session, track, 1, &err);
        ton_alloc_fail_after(-1);
        assert_true(code == TON_OK || (code == TON_MEMORY && !m));
        ton_monitor_destroy(m);
    }
    figure("%d allocations, each failed once", failed - 1);
    assert_true(failed > 4);
    stage_close(&st);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_has_the_bits_of_the_take),
        cmocka_unit_test(it_is_added),
        cmocka_unit_test(it_comes_and_goes_without_a_step),
        cmocka_unit_test(another_strip_is_faded_over_to),
        cmocka_unit_test(it_is_changed_while_it_is_heard),
        cmocka_unit_test(what_cannot_be_heard_live_is_refused),
        cmocka_unit_test(a_muted_strip_is_silent),
        cmocka_unit_test(a_tape_machine_hears_what_it_should),
        cmocka_unit_test(without_memory_there_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
