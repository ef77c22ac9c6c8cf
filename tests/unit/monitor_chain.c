/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What stands between a deck's mix and the loudspeakers: the bits of its chain, or of the mix, on a
 * thread that never waits, and no step between the two. */
#include "stage.h"

#include "monitor_chain.h"

#include "ton/thread.h"

enum { RATE = 48000, N = 60000, FADE = 960 };

/* A chain of a strip that nobody plays on. */
static struct stage *chain_of(struct stage *st, const char *const *ids) {
    stage_open(st, RATE);
    stage_track(st, "Chain", NULL);
    for (int i = 0; ids[i]; i++)
        stage_insert(st, 0, ton_processor_find(ids[i], NULL));
    return st;
}

static float *params_of(struct stage *st, int i) {
    return st->strips[0].chain.items[i].params;
}

/* The row's first float, by its key. */
static void set(struct stage *st, int i, const char *key, float value) {
    const struct ton_processor *p = st->strips[0].chain.items[i].processor;
    for (int k = 0; k < p->n_rows; k++)
        if (strcmp(p->rows[k].key, key) == 0) {
            params_of(st, i)[k] = value;
            return;
        }
    fail_msg("%s has no %s", p->id, key);
}

static struct monitor_chain *make(struct stage *st) {
    struct monitor_chain *m = NULL;
    struct ton_err err = {0};
    if (monitor_chain_create(&m, &st->strips[0].chain, RATE, &err))
        fail_msg("%s: %s", err.where, err.text);
    return m;
}

/* As on a device: nothing may be allocated, and blocks come in any length. */
static void hear(struct monitor_chain *m, float *const mix[2], float *click, int frames) {
    for (int done = 0, n = 1; done < frames; done += n) {
        n = n * 7 % 2039 + 1;
        n = n < frames - done ? n : frames - done;
        ton_rt_enter();
        monitor_chain_process(m, (float *[2]){mix[0] + done, mix[1] + done},
                              click ? click + done : NULL, n);
        ton_rt_leave();
    }
}

static const char *const chains[][4] = {
    {"gain", NULL},
    {"gain", "limiter", NULL},
    {"gain", "limiter", "compressor", NULL},
};

/* Noise in two channels, and a copy that the chain works on. */
struct noise {
    float *mix[2], *in[2];
};

static struct noise noise_of(struct stage *st) {
    struct noise noise;
    for (int c = 0; c < 2; c++) {
        noise.in[c] = stage_noise(st, N, (uint64_t)c + 1, 0.4F);
        noise.mix[c] = stage_noise(st, N, (uint64_t)c + 1, 0.4F);
    }
    return noise;
}

static int differing(const float *a, const float *b, int n) {
    int other = 0;
    for (int i = 0; i < n; i++)
        other += a[i] != b[i];
    return other;
}

static void it_has_the_bits_of_its_chain(void **state) {
    (void)state;
    for (int k = 0; k < TON_N(chains); k++) {
        struct stage st;
        struct ton_rack *rack = NULL;
        set(chain_of(&st, chains[k]), 0, "gain", -6);
        const struct noise noise = noise_of(&st);
        struct monitor_chain *m = make(&st);
        assert_int_equal(ton_rack_create(&rack, &st.strips[0].chain, RATE, 2, 120, N, NULL),
                         TON_OK);
        ton_rack_process(rack, noise.in, N);
        hear(m, noise.mix, NULL, N);
        const int other =
            differing(noise.in[0], noise.mix[0], N) + differing(noise.in[1], noise.mix[1], N);
        figure("%d processors, %d frames late: %d of %d samples with other bits",
               st.strips[0].chain.n, m->latency, other, 2 * N);
        assert_true(other == 0 && (k == 0) == (m->latency == 0));
        monitor_chain_destroy(m);
        ton_rack_destroy(rack);
        stage_close(&st);
    }
}

/* So that a take which is recorded meanwhile keeps its place. */
static void bypassed_it_has_the_bits_of_the_mix_and_is_as_late(void **state) {
    (void)state;
    for (int k = 0; k < TON_N(chains); k++) {
        struct stage st;
        set(chain_of(&st, chains[k]), 0, "gain", -6);
        const struct noise noise = noise_of(&st);
        struct monitor_chain *m = make(&st);
        enum { AT = 20000 };
        hear(m, noise.mix, NULL, AT);
        atomic_store(&m->bypassed, true);
        hear(m, (float *[2]){noise.mix[0] + AT, noise.mix[1] + AT}, NULL, N - AT);
        int other = 0;
        for (int c = 0; c < 2; c++)
            other += differing(noise.mix[c] + AT + FADE, noise.in[c] + AT + FADE - m->latency,
                               N - AT - FADE);
        figure("%d processors, %d frames late: %d of %d samples with other bits",
               st.strips[0].chain.n, m->latency, other, 2 * (N - AT - FADE));
        assert_int_equal(other, 0);
        monitor_chain_destroy(m);
        stage_close(&st);
    }
}

/* A click is where a curve has a corner. The tone's own second difference is A w^2; the largest
 * comes from who changes his mind in the middle of the way. */
static void it_is_switched_without_a_click(void **state) {
    (void)state;
    struct stage st;
    static const double w = 2 * M_PI * 100 / RATE;
    static float mix[2][N];
    set(chain_of(&st, chains[1]), 0, "gain", -6);
    struct monitor_chain *m = make(&st);
    for (int c = 0; c < 2; c++)
        for (int i = 0; i < N; i++)
            mix[c][i] = (float)(0.5 * sin(w * i));
    double corner = 0;
    static const int parts[] = {5000, 4000, 300, 200, 700, 6001, 3000}; /* some amid a fade */
    for (int at = 0, i = 0; at < N; at += parts[i++ % TON_N(parts)]) {
        const int n = parts[i % TON_N(parts)] < N - at ? parts[i % TON_N(parts)] : N - at;
        atomic_store(&m->bypassed, i % 2 == 1);
        hear(m, (float *[2]){mix[0] + at, mix[1] + at}, NULL, n);
    }
    for (int i = m->latency + 2; i < N; i++)
        corner = fmax(corner,
                      fabs((double)mix[0][i] - 2 * (double)mix[0][i - 1] + (double)mix[0][i - 2]));
    figure("largest second difference %.1f dB (the tone's own %.1f, a switch at its peak %.1f)",
           to_db(corner), to_db(0.5 * w * w), to_db(0.25));
    assert_true(to_db(corner) < -70 && memcmp(mix[0], mix[1], sizeof mix[0]) == 0);
    monitor_chain_destroy(m);
    stage_close(&st);
}

static void a_click_with_its_own_output_comes_with_the_mix(void **state) {
    (void)state;
    struct stage st;
    static float click[N];
    chain_of(&st, chains[1]);
    const struct noise noise = noise_of(&st);
    struct monitor_chain *m = make(&st);
    memcpy(click, noise.in[0], sizeof click);
    hear(m, noise.mix, click, N);
    const int other = differing(click + m->latency, noise.in[0], N - m->latency);
    figure("%d frames late, %d samples with other bits", m->latency, other);
    assert_true(m->latency > 0 && other == 0);
    monitor_chain_destroy(m);
    stage_close(&st);
}

static void what_it_brings_over_full_scale_is_told_and_the_mix_is_not_blamed_on_it(void **state) {
    (void)state;
    static const struct {
        float level, gain_db;
        bool bypassed;
        double over_db;
    } rows[] = {{0.5F, 6.1F, false, 0.0794},
                {0.5F, 5.9F, false, -200},
                {1.5F, 6, false, -200},
                {0.5F, 12, true, -200}};
    for (int r = 0; r < TON_N(rows); r++) {
        struct stage st;
        static float mix[2][N];
        set(chain_of(&st, chains[0]), 0, "gain", rows[r].gain_db);
        struct monitor_chain *m = make(&st);
        for (int c = 0; c < 2; c++)
            for (int i = 0; i < N; i++)
                mix[c][i] = rows[r].level * (i % 2 ? 1.0F : -1.0F);
        atomic_store(&m->bypassed, rows[r].bypassed);
        hear(m, (float *[2]){mix[0], mix[1]}, NULL, N);
        const double over = to_db((double)monitor_chain_over(m));
        figure("a mix of %.1f dBFS, %+.1f dB%s: over by %.2f dB", to_db((double)rows[r].level),
               (double)rows[r].gain_db, rows[r].bypassed ? " bypassed" : "", over);
        assert_true(rows[r].over_db < -100 ? over < -100 : fabs(over - rows[r].over_db) < 0.01);
        assert_true(monitor_chain_over(m) == 0.0F);
        monitor_chain_destroy(m);
        stage_close(&st);
    }
}

static void what_would_be_waited_for_is_refused(void **state) {
    (void)state;
    struct stage st;
    struct monitor_chain *m = NULL;
    struct ton_err err = {0};
    struct ton_chain_item *item = chain_of(&st, chains[0])->strips[0].chain.items;
    struct ton_processor foreign = *item->processor;
    foreign.name = "Plugged";
    foreign.flags |= TON_PROCESSOR_FOREIGN;
    item->processor = &foreign;
    assert_int_equal(monitor_chain_create(&m, &st.strips[0].chain, RATE, &err), TON_INPUT);
    figure("%s: %s", err.where, err.text);
    assert_non_null(strstr(err.text, "`Plugged`"));
    assert_string_equal(err.where, "stage.yaml:7:7");
    assert_null(m);
    item->bypass = true;
    monitor_chain_destroy(make(&st));
    stage_close(&st);
}

struct crossfire {
    struct monitor_chain *m;
    atomic_bool done;
};

static void *play(void *user) {
    struct crossfire *x = user;
    static float mix[2][256];
    while (!atomic_load(&x->done)) {
        for (int i = 0; i < 256; i++)
            mix[0][i] = mix[1][i] = (float)(i % 17) / 17.0F;
        hear(x->m, (float *[2]){mix[0], mix[1]}, NULL, 256);
    }
    return NULL;
}

static void it_is_switched_while_it_is_heard(void **state) {
    (void)state;
    struct stage st;
    struct ton_thread thread = {0};
    set(chain_of(&st, chains[1]), 0, "gain", 12);
    struct crossfire x = {.m = make(&st)};
    assert_int_equal(ton_thread_start(&thread, play, &x, NULL), TON_OK);
    for (int i = 0; i < 200; i++) {
        atomic_store(&x.m->bypassed, i % 2 == 0);
        monitor_chain_over(x.m);
        ton_nap(500000);
    }
    atomic_store(&x.done, true);
    ton_thread_join(&thread);
    monitor_chain_destroy(x.m);
    stage_close(&st);
}

static void without_memory_there_is_none(void **state) {
    (void)state;
    struct stage st;
    int failed = 0;
    chain_of(&st, chains[2]);
    for (enum ton_code code = TON_MEMORY; code; failed++) {
        struct monitor_chain *m = NULL;
        struct ton_err err = {0};
        ton_alloc_fail_after(failed);
        code = monitor_chain_create(&m, &st.strips[0].chain, RATE, &err);
        ton_alloc_fail_after(-1);
        assert_true(code == TON_OK || (code == TON_MEMORY && !m));
        monitor_chain_destroy(m);
    }
    figure("%d allocations, each failed once", failed - 1);
    assert_true(failed > 2);
    monitor_chain_destroy(NULL);
    stage_close(&st);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_has_the_bits_of_its_chain),
        cmocka_unit_test(bypassed_it_has_the_bits_of_the_mix_and_is_as_late),
        cmocka_unit_test(it_is_switched_without_a_click),
        cmocka_unit_test(a_click_with_its_own_output_comes_with_the_mix),
        cmocka_unit_test(what_it_brings_over_full_scale_is_told_and_the_mix_is_not_blamed_on_it),
        cmocka_unit_test(what_would_be_waited_for_is_refused),
        cmocka_unit_test(it_is_switched_while_it_is_heard),
        cmocka_unit_test(without_memory_there_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
