// SPDX-License-Identifier: GPL-3.0-or-later
// Contract: nothing that comes in, and no parameter on the move, makes a number that is none.
//
// The engine repairs before each processor: samples that are no numbers become 0. What a processor
// sees is finite, and may still be any float.
#include "rig.h"

enum { LONGEST_TAIL_S = 20 };

static void dc(struct audio *a) {
    for (int i = 0; i < a->frames; i++)
        a->at[0][i] = 1.0F, a->at[1][i] = -1.0F;
}

static void not_a_number(struct audio *a) {
    for (int i = 100; i < a->frames; i += 997)
        a->at[i % 2][i] = NAN;
}

static void infinities(struct audio *a) {
    for (int i = 100; i < a->frames; i += 997)
        a->at[i % 2][i] = i % 3 ? INFINITY : -INFINITY;
}

static void denormals(struct audio *a) {
    for (int i = 0; i < a->frames; i++)
        a->at[0][i] = 1e-40F, a->at[1][i] = i % 2 ? 3e-39F : -3e-39F;
}

static void a_hundred_thousand_times_full_scale(struct audio *a) {
    for (int i = 0; i < a->frames; i++)
        a->at[0][i] *= 1e5F, a->at[1][i] = i % 2 ? 1e5F : -1e5F;
}

static void clicks_of_full_scale(struct audio *a) {
    memset(a->data, 0, sizeof(float) * (size_t)a->channels * (size_t)a->frames);
    for (int i = 0; i < a->frames; i += 4801)
        a->at[0][i] = 1.0F, a->at[1][i] = -1.0F;
}

static const struct insult {
    const char *name;
    void (*apply)(struct audio *a);
} insults[] = {
    {"DC", dc},
    {"NaN", not_a_number},
    {"Inf", infinities},
    {"denormals", denormals},
    {"+100 dB", a_hundred_thousand_times_full_scale},
    {"clicks", clicks_of_full_scale},
};

// Hears the insult (as its key: `keyed`), then silence as long as its tail, then is quiet. False
// when the tail is too long to wait for.
static bool check_insult(const struct ton_processor *p, int which, const struct insult *insult,
                         double rate, bool keyed) {
    float params[MAX_PARAMS];
    setting(params, p, which);
    struct ton_config config = rig_config(rate, 2, 512);
    config.key_channels = keyed ? 2 : 0;
    const int length = fewer(24000, 6000);
    struct audio in = audio_noise(2, length, 0.5, 9), out = audio_create(2, length);
    struct audio key = audio_copy(&in);
    insult->apply(keyed ? &key : &in);
    engine_repairs(keyed ? &key : &in);
    struct rig r = rig_create(p, config, params);
    rig_run(&r, &out, &in, keyed ? &key : NULL);
    if (!audio_finite(&out))
        fail_msg("%s, %s, %.0f Hz: %s%s makes an output that is no number", p->id,
                 setting_name(which), rate, insult->name, keyed ? " as key" : "");
    const int tail = rig_tail(p, &config, params, (int64_t)rate * fewer(LONGEST_TAIL_S, 1));
    if (tail >= 0) {
        const int wait = tail + rig_latency(p, &config, params);
        struct audio quiet = audio_create(2, wait + 4800), rest = audio_create(2, wait + 4800);
        rig_run(&r, &rest, &quiet, keyed ? &quiet : NULL);
        // The tail is promised for what fits full scale.
        const double bar = strcmp(insult->name, "+100 dB") == 0 ? 0.1 : 1e-6;
        if (!(audio_peak(&rest, wait) < bar))
            fail_msg("%s, %s, %.0f Hz: %s%s still rings at %.1f dBFS after the tail of %d frames",
                     p->id, setting_name(which), rate, insult->name, keyed ? " as key" : "",
                     to_db(audio_peak(&rest, wait)), tail);
        audio_destroy(&quiet);
        audio_destroy(&rest);
    }
    rig_destroy(&r);
    audio_destroy(&in);
    audio_destroy(&key);
    audio_destroy(&out);
    return tail >= 0;
}

static void every_insult_is_survived_and_gone_after_the_tail(void **unused) {
    (void)unused;
    for_each_processor(p) {
        int waited = 0, all = 0;
        for (int which = 0; which < n_settings(p); which++)
            for (int i = 0; i < TON_N(insults); i++, all++)
                waited += check_insult(p, which, &insults[i], 48000, false);
        for (int i = 0; i < TON_N(insults); i++, all += 2) {
            waited += check_insult(p, SETTING_DEFAULT, &insults[i], 8000, false);
            waited += check_insult(p, SETTING_DEFAULT, &insults[i], 96000, false);
        }
        for (int i = 0; p->flags & TON_PROCESSOR_DYNAMIC && i < TON_N(insults); i++, all++)
            waited += check_insult(p, SETTING_DEFAULT, &insults[i], 48000, true);
        figure("%-12s survives %d insults; %d times waited for the end of its tail", p->id, all,
               waited);
    }
}

// A switch thrown and a value jumped in one update, again and again.
static double peak_under_jumps(const struct ton_processor *p, double rate, int channels) {
    static struct leaf leaves[MAX_PARAMS];
    float params[MAX_PARAMS];
    const int n = leaves_of(leaves, p);
    setting(params, p, SETTING_DEFAULT);
    struct audio in = audio_noise(channels, 48000, 0.5, 10), out = audio_create(channels, 48000);
    struct rig r = rig_create(p, rig_config(rate, channels, 160), params);
    for (int i = 0; i < 48000; i += 160) {
        setting(r.params, p, i / 160 % N_SETTINGS);
        for (int k = 0; k < n; k++)
            if (leaves[k].row->flags & TON_ROW_FIXED)
                r.params[k] = params[k];
        rig_update(&r);
        rig_step(&r, &out, &in, NULL, i, 160);
    }
    const double peak = audio_peak(&out, 0);
    rig_destroy(&r);
    audio_destroy(&in);
    audio_destroy(&out);
    return peak;
}

static void jumps_between_all_settings_stay_finite(void **unused) {
    (void)unused;
    static const struct {
        double rate;
        int channels;
    } ways[] = {{48000, 2}, {8000, 1}, {96000, 6}};
    for_each_processor(p) for (int k = 0; k < TON_N(ways); k++) {
        const double peak = peak_under_jumps(p, ways[k].rate, ways[k].channels);
        if (!isfinite(peak))
            fail_msg("%s, %.0f Hz, %d channels: jumps make an output that is no number", p->id,
                     ways[k].rate, ways[k].channels);
        figure("%-12s %5.0f Hz, %d channels: jumps 300 times; peak %.1f dBFS", p->id, ways[k].rate,
               ways[k].channels, to_db(peak));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_insult_is_survived_and_gone_after_the_tail),
        cmocka_unit_test(jumps_between_all_settings_stay_finite),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
