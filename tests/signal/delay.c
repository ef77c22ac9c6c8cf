// SPDX-License-Identifier: GPL-3.0-or-later
// Delay: echoes at the right time, of the right level, on the right side.
#include "contract/rig.h"

struct params {
    float time, feedback, low_cut, high_cut, ping_pong, mix, mode, wow, flutter, saturation;
};

static const struct ton_processor *delay(void) {
    return ton_processor_find("delay", NULL);
}

static struct params wet(float time, float feedback) {
    return (struct params){
        .time = time, .feedback = feedback, .low_cut = 10, .high_cut = 10, .mix = 100};
}

// What an impulse of 1 in both channels becomes.
static struct audio echoes(const struct params *p, double rate, double tempo, int frames) {
    struct ton_config config = rig_config(rate, 2, 512);
    config.tempo = tempo;
    struct audio in = audio_create(2, frames), out = audio_create(2, frames);
    in.at[0][0] = in.at[1][0] = 1.0F;
    struct rig r = rig_create(delay(), config, (const float *)p);
    rig_run(&r, &out, &in, NULL);
    rig_destroy(&r);
    audio_destroy(&in);
    return out;
}

// The first frame that is not silent after `from`; -1 when there is none.
static int next_echo(const struct audio *a, int channel, int from) {
    for (int i = from; i < a->frames; i++)
        if (fabsf(a->at[channel][i]) > 1e-9F)
            return i;
    return -1;
}

static void echoes_come_at_the_time_to_the_sample(void **unused) {
    (void)unused;
    static const struct {
        float time;
        double rate, tempo;
        int frames;
    } cases[] = {
        {1, 48000, 120, 48},         {350, 48000, 120, 16800},   {4000, 44100, 120, 176400},
        {-0.5F, 48000, 120, 12000},  {-0.75F, 48000, 96, 22500}, {-1.0F / 3, 48000, 90, 10667},
        {-16, 48000, 60, 4 * 48000},
    };
    for (int k = 0; k < TON_N(cases); k++) {
        const struct params p = wet(cases[k].time, 0);
        struct audio out = echoes(&p, cases[k].rate, cases[k].tempo, cases[k].frames + 100);
        char text[32];
        ton_row_format(text, sizeof text, &delay()->rows[0], p.time);
        figure("%-7s at %3.0f bpm, %.0f Hz: echo after %d frames", text, cases[k].tempo,
               cases[k].rate, next_echo(&out, 0, 0));
        assert_int_equal(next_echo(&out, 0, 0), cases[k].frames);
        assert_int_equal(next_echo(&out, 0, cases[k].frames + 1), -1);
        assert_true(out.at[0][cases[k].frames] == 1.0F);
        audio_destroy(&out);
    }
}

static void each_repeat_is_the_feedback_times_the_one_before(void **unused) {
    (void)unused;
    const struct params p = wet(10, 50);
    struct audio out = echoes(&p, 48000, 120, 4900);
    for (int k = 1; k <= 10; k++)
        assert_true(fabs((double)out.at[1][480 * k] - pow(0.5, k - 1)) < 1e-7);
    figure("the tenth repeat at 50 %% is at %.3f dB (-54.185)", to_db((double)out.at[1][4800]));
    audio_destroy(&out);
}

static void ping_pong_goes_left_right_left(void **unused) {
    (void)unused;
    struct params p = wet(10, 60);
    p.ping_pong = 1;
    struct audio out = echoes(&p, 48000, 120, 480 * 7);
    for (int k = 1; k <= 6; k++) {
        const int here = k % 2 ? 0 : 1;
        assert_true(fabs((double)out.at[here][480 * k] - pow(0.6, k - 1)) < 1e-6);
        assert_true(out.at[1 - here][480 * k] == 0.0F);
    }
    audio_destroy(&out);
}

// Energy of a stretch above or below `hz`, by a one-pole split; enough to see a trend.
static double level_at(const struct audio *a, int from, int frames, double hz) {
    double re = 0.0, im = 0.0;
    for (int i = from; i < from + frames; i++) {
        re += (double)a->at[0][i] * cos(2.0 * M_PI * hz * i / 48000.0);
        im += (double)a->at[0][i] * sin(2.0 * M_PI * hz * i / 48000.0);
    }
    return to_db(hypot(re, im));
}

static void each_repeat_is_cut_once_more(void **unused) {
    (void)unused;
    struct params p = wet(200, 90);
    p.low_cut = 200;
    p.high_cut = 4000;
    struct audio out = echoes(&p, 48000, 120, 9600 * 4 + 100);
    for (int k = 1; k <= 3; k++) {
        const double feedback = 20.0 * log10(0.9) * (k - 1);
        const double low = level_at(&out, 9600 * k, 9600, 200) - feedback;
        const double middle = level_at(&out, 9600 * k, 9600, 900) - feedback;
        const double high = level_at(&out, 9600 * k, 9600, 8000) - feedback;
        figure("repeat %d: 200 Hz %+.2f dB, 900 Hz %+.2f dB, 8 kHz %+.2f dB", k, low, middle, high);
        assert_true(fabs(low + 3.01 * k) < 0.1);    // at the corner of the low cut
        assert_true(fabs(middle) < 0.1 * k);        // between the two
        assert_true(fabs(high + 12.305 * k) < 0.1); // 10 log10(1 + 2^4), an octave above
    }
    audio_destroy(&out);
}

static void mix_goes_from_the_signal_to_its_repeats(void **unused) {
    (void)unused;
    static const float mixes[] = {0, 25, 50, 100};
    for (int k = 0; k < TON_N(mixes); k++) {
        struct params p = wet(10, 0);
        p.mix = mixes[k];
        struct audio out = echoes(&p, 48000, 120, 1000);
        assert_true(fabs((double)out.at[0][0] - (1.0 - (double)p.mix / 100.0)) < 1e-7);
        assert_true(fabs((double)out.at[0][480] - (double)p.mix / 100.0) < 1e-7);
        audio_destroy(&out);
    }
}

// The wet sine while the time jumps about: what is not the sine, x[n] - 2 cos(w) x[n-1] + x[n-2].
static void a_new_time_does_not_click(void **unused) {
    (void)unused;
    enum { FRAMES = 96000 };
    const double w = 2.0 * M_PI * 437.0 / 48000.0;
    struct audio in = audio_create(1, FRAMES), out = audio_create(1, FRAMES);
    for (int i = 0; i < FRAMES; i++)
        in.at[0][i] = (float)(0.5 * fmin(1.0, i / 4800.0) * sin(w * i));
    const struct params p = wet(100, 40);
    struct rig r = rig_create(delay(), rig_config(48000, 1, 64), (const float *)&p);
    static const float times[] = {100, 333, 21.7F, 3.1F, 250, 1};
    for (int i = 0; i < FRAMES; i += 64) {
        const float time = times[i / 16000];
        if (time != r.params[0]) {
            r.params[0] = time;
            rig_update(&r);
        }
        rig_step(&r, &out, &in, NULL, i, 64);
    }
    double click = 0.0;
    for (int i = 9600; i < FRAMES; i++)
        click = fmax(click, fabs((double)out.at[0][i] - 2.0 * cos(w) * (double)out.at[0][i - 1] +
                                 (double)out.at[0][i - 2]));
    figure("five new times under a sine: worst step %.1f dBFS (at most -50)", to_db(click));
    assert_true(to_db(click) < -50.0);
    rig_destroy(&r);
    audio_destroy(&in);
    audio_destroy(&out);
}

static void the_tail_is_not_far_too_long(void **unused) {
    (void)unused;
    const struct params p = wet(100, 50);
    const struct ton_config config = rig_config(48000, 2, 512);
    const int64_t tail = delay()->tail(&config, (const float *)&p);
    // 0.5^20 is -120.4 dB.
    figure("100 ms at 50 %%: tail %.2f s (20 repeats take 2.0 s)", (double)tail / 48000.0);
    assert_true(tail >= 20 * 4800 && tail <= 28 * 4800);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(echoes_come_at_the_time_to_the_sample),
        cmocka_unit_test(each_repeat_is_the_feedback_times_the_one_before),
        cmocka_unit_test(ping_pong_goes_left_right_left),
        cmocka_unit_test(each_repeat_is_cut_once_more),
        cmocka_unit_test(mix_goes_from_the_signal_to_its_repeats),
        cmocka_unit_test(a_new_time_does_not_click),
        cmocka_unit_test(the_tail_is_not_far_too_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
