/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What sounds by itself: heard without clips, and as long as the session. */
#include "stage.h"

#define RATE 48000
enum { N = 96000 };

static double rms_db(const struct capture *c, int channel, int64_t from, int64_t to) {
    double sum = 0;
    for (int64_t i = from; i < to; i++)
        sum += (double)c->channels[channel][i] * (double)c->channels[channel][i];
    return 10 * log10(sum / (double)(to - from) + 1e-20);
}

/* A track or a bus with a tone of -18 dBFS, beside a silent clip of two seconds. */
static void check(const char *name, bool on_bus, bool bypass) {
    struct stage st;
    stage_open(&st, RATE);
    const float *silence = stage_noise(&st, N, 1, 0);
    stage_player(&st, "Clip", NULL, N, silence);
    const int strip = on_bus ? stage_bus(&st, "Tone") : stage_track(&st, "Tone", NULL);
    const int mix = stage_mix(&st);
    st.strips[strip].to = mix;
    stage_insert(&st, strip, ton_processor_find("tone", NULL));
    st.strips[strip].chain.items[0].bypass = bypass;
    struct capture c;
    stage_render(&st, &stage_whole, 1, 0, 1, &c);
    const double left = rms_db(&c, 0, 4800, N), right = rms_db(&c, 1, 4800, N);
    figure("%-16s %.2f and %.2f dB RMS (%s), %d frames of %d", name, left, right,
           bypass ? "silent" : "-21.01", (int)c.frames, N);
    assert_int_equal(c.frames, N);
    assert_true(bypass ? left < -150 : fabs(left + 21.01) < 0.01 && fabs(right + 21.01) < 0.01);
    capture_free(&c, 1);
    stage_close(&st);
}

static void a_tone_is_heard_without_clips(void **state) {
    (void)state;
    check("on a track", false, false);
    check("on a bus", true, false);
    check("bypassed", false, true);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tone_is_heard_without_clips),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
