// SPDX-License-Identifier: GPL-3.0-or-later
// Contract: nothing that comes in, and no parameter on the move, makes a number that is none.
//
// The engine repairs before each processor: samples that are no numbers become 0. What a processor
// sees is finite, and may still be any float.
#include "rig.h"

enum { LENGTH = 24000, LONGEST_TAIL_S = 20 };

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

// Hears the insult, then silence as long as its tail, then is quiet. False when the tail is too
// long to wait for.
static bool check_insult(const struct ton_processor *p, int which, const struct insult *insult) {
    float params[MAX_PARAMS];
    setting(params, p, which);
    const struct ton_config config = rig_config(48000, 2, 512);
    struct audio in = audio_noise(2, LENGTH, 0.5, 9), out = audio_create(2, LENGTH);
    insult->apply(&in);
    engine_repairs(&in);
    struct rig r = rig_create(p, config, params);
    rig_run(&r, &out, &in, NULL);
    if (!audio_finite(&out))
        fail_msg("%s, %s: %s makes an output that is no number", p->id, setting_name(which),
                 insult->name);
    const int tail = rig_tail(p, &config, params, (int64_t)48000 * LONGEST_TAIL_S);
    if (tail >= 0) {
        const int wait = tail + rig_latency(p, &config, params);
        struct audio quiet = audio_create(2, wait + 4800), rest = audio_create(2, wait + 4800);
        rig_run(&r, &rest, &quiet, NULL);
        // The tail is promised for what fits full scale.
        const double bar = strcmp(insult->name, "+100 dB") == 0 ? 0.1 : 1e-6;
        if (!(audio_peak(&rest, wait) < bar))
            fail_msg("%s, %s: %s still rings at %.1f dBFS after the tail of %d frames", p->id,
                     setting_name(which), insult->name, to_db(audio_peak(&rest, wait)), tail);
        audio_destroy(&quiet);
        audio_destroy(&rest);
    }
    rig_destroy(&r);
    audio_destroy(&in);
    audio_destroy(&out);
    return tail >= 0;
}

static void every_insult_is_survived_and_gone_after_the_tail(void **unused) {
    (void)unused;
    for_each_processor(p) {
        int waited = 0, all = 0;
        for (int which = 0; which < N_SETTINGS; which++)
            for (int i = 0; i < TON_N(insults); i++, all++)
                waited += check_insult(p, which, &insults[i]);
        figure("%-12s survives %d insults; %d times waited for the end of its tail", p->id, all,
               waited);
    }
}

// A switch thrown and a value jumped in one update, again and again.
static void jumps_between_all_settings_stay_finite(void **unused) {
    (void)unused;
    static struct leaf leaves[MAX_PARAMS];
    float params[MAX_PARAMS];
    for_each_processor(p) {
        const int n = leaves_of(leaves, p);
        setting(params, p, SETTING_DEFAULT);
        struct audio in = audio_noise(2, 48000, 0.5, 10), out = audio_create(2, 48000);
        struct rig r = rig_create(p, rig_config(48000, 2, 160), params);
        for (int i = 0; i < 48000; i += 160) {
            setting(r.params, p, i / 160 % N_SETTINGS);
            for (int k = 0; k < n; k++)
                if (leaves[k].row->flags & TON_ROW_FIXED)
                    r.params[k] = params[k];
            rig_update(&r);
            rig_step(&r, &out, &in, NULL, i, 160);
        }
        if (!audio_finite(&out))
            fail_msg("%s: jumps of its parameters make an output that is no number", p->id);
        figure("%-12s jumps 300 times; peak %.1f dBFS", p->id, to_db(audio_peak(&out, 0)));
        rig_destroy(&r);
        audio_destroy(&in);
        audio_destroy(&out);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_insult_is_survived_and_gone_after_the_tail),
        cmocka_unit_test(jumps_between_all_settings_stay_finite),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
