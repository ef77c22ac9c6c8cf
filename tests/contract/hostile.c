// SPDX-License-Identifier: GPL-3.0-or-later
// Contract: nothing that comes in, and no parameter on the move, makes a number that is none.
//
// The engine repairs before each processor: samples that are no numbers become 0. What a processor
// sees is finite, and may still be any float.
#include "rig.h"

#include "ton/biquad.h"

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

// Energy above 6 kHz (48 dB/octave, 124 dB less at the sine), re what came in or went out,
// whichever is more; in dB. A click is there, a sine of 1 kHz and its slow change of level are not.
static double spurious_db(struct audio *a, double energy_in) {
    struct ton_analogue prototype[4];
    const int n = ton_analogue_high_pass(prototype, 6000.0, 8);
    double energy = energy_in, own = 0.0, spurious = 0.0;
    for (int c = 0; c < a->channels; c++) {
        for (int i = 0; i < a->frames; i++)
            own += (double)a->at[c][i] * (double)a->at[c][i];
        struct ton_biquad b[8];
        struct ton_biquad_state state[8] = {0};
        for (int k = 0; k < n; k++)
            ton_biquad_match(&b[2 * k], &prototype[k], 48000.0);
        for (int i = 0; i < a->frames; i++) {
            double x = (double)a->at[c][i];
            for (int k = 0; k < 2 * n; k++)
                x = ton_biquad_run(&b[k], &state[k], x);
            spurious += x * x;
        }
    }
    energy = fmax(energy, own);
    return 10.0 * log10(spurious / energy + 1e-30);
}

// One parameter from its minimum to its maximum and back in 0.9 s, a new value per 32 frames, once
// the sine has faded in; or, with `still` from 0 to 1, at rest there.
static double sweep(const struct ton_processor *p, int which, int index, const struct leaf *l,
                    double still) {
    enum { FRAMES = 48000, FADE = 4800, GRID = 32 };
    const double amplitude = 0.25, w = 2.0 * M_PI * 1000.0 / 48000.0;
    float params[MAX_PARAMS];
    setting(params, p, which);
    for (int r = 0, at = 0; r < p->n_rows; at += ton_row_floats(&p->rows[r]), r++)
        if (p->rows[r].kind == TON_GROUP)
            params[at] = (float)p->rows[r].n_max;
    struct audio in = audio_create(2, FRAMES), out = audio_create(2, FRAMES);
    for (int i = 0; i < FRAMES; i++)
        in.at[0][i] = in.at[1][i] =
            (float)(amplitude * (0.5 - 0.5 * cos(M_PI * fmin(1.0, (double)i / FADE))) * sin(w * i));
    params[index] = still >= 0.0 ? leaf_value(l, still) : leaf_min(l);
    struct rig r = rig_create(p, rig_config(48000, 2, GRID), params);
    for (int i = 0; i < FRAMES; i += GRID) {
        if (still < 0.0) {
            const double way = fmax(0.0, 2.0 * (double)(i - FADE) / (FRAMES - GRID - FADE));
            r.params[index] = leaf_value(l, way <= 1.0 ? way : 2.0 - way);
            rig_update(&r);
        }
        rig_step(&r, &out, &in, NULL, i, GRID);
    }
    if (!audio_finite(&out))
        fail_msg("%s, %s: sweeping %s makes an output that is no number", p->id,
                 setting_name(which), l->name);
    const double db = spurious_db(&out, amplitude * amplitude * FRAMES);
    rig_destroy(&r);
    audio_destroy(&in);
    audio_destroy(&out);
    return db;
}

enum { SPURIOUS_DB = -80 };

// What may do more, and why.
static const struct exception {
    const char *processor, *parameter;
    double db;
} exceptions[] = {
    {"gate", "threshold", -70}, // opens and closes the gate under the sine, in its own attack
};

static double bound(const struct ton_processor *p, const struct leaf *l) {
    for (int i = 0; i < TON_N(exceptions); i++)
        if (strcmp(p->id, exceptions[i].processor) == 0 &&
            strcmp(l->name, exceptions[i].parameter) == 0)
            return exceptions[i].db;
    return SPURIOUS_DB;
}

// Distortion that is there while the parameter rests (a gain that follows the wave) is not from its
// movement.
static void every_parameter_can_be_swept_under_a_sine(void **unused) {
    (void)unused;
    static const int settings[] = {SETTING_DEFAULT, SETTING_RANDOM, SETTING_RANDOM + 1};
    static struct leaf leaves[MAX_PARAMS];
    int loud = 0;
    for_each_processor(p) {
        const int n = leaves_of(leaves, p);
        for (int k = 0; k < TON_N(settings); k++) {
            double worst = -INFINITY;
            const char *name = "nothing";
            for (int i = 0; i < n; i++) {
                if (leaves[i].row->flags & TON_ROW_FIXED || strpbrk(leaves[i].name, "2345678"))
                    continue; // all instances of a group are like the first
                double db = sweep(p, settings[k], i, &leaves[i], -1.0);
                for (int at = 0; at <= 4 && db > SPURIOUS_DB; at++)
                    if (db < sweep(p, settings[k], i, &leaves[i], at / 4.0) + 3.0)
                        db = SPURIOUS_DB;
                if (db > bound(p, &leaves[i])) {
                    figure("%s, %s: %s spurious energy %.1f dB (at most %.0f)", p->id,
                           setting_name(settings[k]), leaves[i].name, db, bound(p, &leaves[i]));
                    loud++;
                }
                if (db > worst) {
                    worst = db;
                    name = leaves[i].name;
                }
            }
            figure("%-12s %-9s spurious energy at most %6.1f dB (%s)", p->id,
                   setting_name(settings[k]), worst, name);
        }
    }
    assert_int_equal(loud, 0);
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
        cmocka_unit_test(every_parameter_can_be_swept_under_a_sine),
        cmocka_unit_test(jumps_between_all_settings_stay_finite),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
