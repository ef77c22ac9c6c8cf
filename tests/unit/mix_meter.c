/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The meter of the mix: what `ton measure` says of the same sound, on another thread, and the audio
 * thread never waits. */
#include "promise.h"

#include "ton/analyser.h"
#include "ton/arena.h"
#include "ton/mix_meter.h"
#include "ton/thread.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { RATE = 48000, SECONDS = 12, N = RATE * SECONDS };

static float mix[2][N];

/* Noise that swells and falls, a tone, a pause. */
static void make_mix(void) {
    uint64_t state = 7;
    for (int i = 0; i < N; i++) {
        const double t = (double)i / RATE;
        const double swell = t > 6 && t < 7 ? 0 : 0.05 + 0.04 * sin(t);
        for (int c = 0; c < 2; c++) {
            state = state * 6364136223846793005ULL + 1442695040888963407ULL;
            const double noise = (double)(int64_t)state * 0x1p-63;
            mix[c][i] = (float)(swell * (noise + (1 + c) * sin(t * 2 * M_PI * 997)));
        }
    }
}

static struct ton_mix_meter *make(void) {
    struct ton_mix_meter *m = NULL;
    assert_int_equal(ton_mix_meter_create(&m, RATE, NULL), TON_OK);
    return m;
}

static void hear(struct ton_mix_meter *m, int from, int frames) {
    ton_rt_enter();
    ton_mix_meter_hear(m, (const float *[]){mix[0] + from, mix[1] + from}, frames);
    ton_rt_leave();
}

/* Offline, of the same samples: the loudness that stands at each tenth of a second. */
static void loudness_is_what_is_measured_offline(void **state) {
    (void)state;
    make_mix();
    struct ton_meter *offline = NULL;
    struct ton_measurement whole;
    const struct ton_layout stereo = ton_layout_usual(2);
    assert_int_equal(ton_meter_create(&offline, RATE, &stereo, true, NULL), TON_OK);
    assert_int_equal(ton_meter_feed(offline, (const float *[]){mix[0], mix[1]}, N, NULL), TON_OK);
    ton_meter_finish(offline, &whole);
    const struct ton_loudness_curve curve = ton_meter_curve(offline);
    struct ton_mix_meter *m = make();
    double off = 0, loudest = -INFINITY;
    struct ton_mix_levels l = {0};
    for (int at = 0; at < N; at += 480) {
        hear(m, at, 480);
        if ((at + 480) % 4800)
            continue;
        ton_mix_meter_read(m, &l);
        const size_t tenth = (size_t)(at + 480) / 4800 - 1;
        if (tenth >= 30)
            loudest = fmax(loudest, l.short_term_lufs);
        if (isfinite(l.momentary_lufs) || isfinite((double)curve.momentary[tenth]))
            off = fmax(off, fabs(l.momentary_lufs - (double)curve.momentary[tenth]));
        off = fmax(off, fabs(l.short_term_lufs - (double)curve.short_term[tenth]));
    }
    figure("momentary and short-term at most %.6f LU off (0.1); loudest short-term %.2f LUFS, "
           "offline %.2f",
           off, loudest, whole.max_short_term_lufs);
    assert_true(off < 0.1 && fabs(loudest - whole.max_short_term_lufs) < 0.1);
    const double peak = 20 * log10(fmax((double)l.held[0], (double)l.held[1]));
    figure("held peak %.4f dBFS, offline %.4f", peak, whole.sample_peak_dbfs);
    assert_true(fabs(peak - whole.sample_peak_dbfs) < 1e-4);
    assert_true(l.frames == N && l.skipped == 0);
    ton_meter_destroy(offline);
    ton_mix_meter_destroy(m);
}

static void peaks_and_overs_are_told(void **state) {
    (void)state;
    memset(mix, 0, sizeof mix);
    struct ton_mix_meter *m = make();
    struct ton_mix_levels l;
    mix[0][10] = -0.7F;
    mix[1][200] = mix[1][201] = 1.0F; /* two are none */
    mix[1][300] = mix[1][301] = mix[1][302] = mix[1][303] = -1.5F;
    mix[1][511] = mix[1][512] = mix[1][513] = 1.0F; /* across two blocks and readings */
    hear(m, 0, 512);
    ton_mix_meter_read(m, &l);
    assert_true(l.peak[0] == 0.7F && l.held[0] == 0.7F && l.peak[1] == 1.5F);
    assert_true(l.overs[0] == 0 && l.overs[1] == 1);
    hear(m, 512, 512);
    ton_mix_meter_read(m, &l);
    assert_int_equal(l.overs[1], 2);
    hear(m, 1024, RATE / 10); /* however often it is read: peaks are of 100 ms */
    ton_mix_meter_read(m, &l);
    ton_mix_meter_read(m, &l);
    assert_true(l.peak[0] == 0.0F && l.held[0] == 0.7F && l.peak[1] == 0.0F && l.held[1] == 1.5F);
    mix[1][1024 + RATE / 10] = 0.25F;
    hear(m, 1024 + RATE / 10, 512);
    ton_mix_meter_read(m, &l);
    ton_mix_meter_read(m, &l);
    assert_true(l.peak[1] == 0.25F);
    assert_true(isinf(l.short_term_lufs) || l.short_term_lufs < -20);
    ton_mix_meter_reset(m);
    ton_mix_meter_read(m, &l);
    assert_true(l.held[1] == 0.0F && l.overs[1] == 0);
    ton_mix_meter_destroy(m);
}

static void a_late_reader_misses_blocks_that_are_counted(void **state) {
    (void)state;
    make_mix();
    struct ton_mix_meter *m = make();
    struct ton_mix_levels l;
    for (int at = 0; at < 4 * RATE; at += 1000)
        hear(m, at, 1000);
    ton_mix_meter_read(m, &l);
    figure("%lld frames measured, %lld blocks of 1000 left out", (long long)l.frames,
           (long long)l.skipped);
    assert_true(l.frames == 2 * RATE && l.skipped == 96);
    hear(m, 0, 1000);
    ton_mix_meter_read(m, &l);
    assert_true(l.frames == 2 * RATE + 1000 && l.skipped == 96);
    ton_mix_meter_destroy(m);
}

static void *play(void *user) {
    for (int at = 0; at + 64 <= N; at += 64) {
        hear(user, at, 64);
        if (at % 8192 == 0)
            ton_nap(100000);
    }
    return NULL;
}

/* Two threads; what is read and what was left out is all that there was. */
static void it_is_read_while_it_is_heard(void **state) {
    (void)state;
    make_mix();
    struct ton_mix_meter *m = make();
    struct ton_mix_levels l = {0};
    struct ton_thread thread = {0};
    assert_int_equal(ton_thread_start(&thread, play, m, NULL), TON_OK);
    for (int i = 0; i < 2000 && l.frames + 64 * l.skipped < N; i++) {
        ton_mix_meter_read(m, &l);
        ton_nap(100000);
    }
    ton_thread_join(&thread);
    ton_mix_meter_read(m, &l);
    figure("%lld frames read, %lld left out", (long long)l.frames, 64 * (long long)l.skipped);
    assert_true(l.frames + 64 * l.skipped == N);
    ton_mix_meter_destroy(m);
}

static void without_memory_there_is_none(void **state) {
    (void)state;
    int failed = 0;
    for (enum ton_code code = TON_MEMORY; code; failed++) {
        struct ton_mix_meter *m = NULL;
        ton_alloc_fail_after(failed);
        code = ton_mix_meter_create(&m, RATE, NULL);
        ton_alloc_fail_after(-1);
        assert_true(code == TON_OK || (code == TON_MEMORY && !m));
        ton_mix_meter_destroy(m);
    }
    assert_true(failed > 4);
    ton_mix_meter_destroy(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loudness_is_what_is_measured_offline),
        cmocka_unit_test(peaks_and_overs_are_told),
        cmocka_unit_test(a_late_reader_misses_blocks_that_are_counted),
        cmocka_unit_test(it_is_read_while_it_is_heard),
        cmocka_unit_test(without_memory_there_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
