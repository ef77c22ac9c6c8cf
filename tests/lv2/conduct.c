// SPDX-License-Identifier: GPL-3.0-or-later
// What a plug-in does while a host turns, switches and misuses it.
#include "host.h"

#include "ton/biquad.h"

enum { RATE = 48000, BLOCK = 128 };

static struct audio sine(int channels, int frames, double hz, double amplitude) {
    struct audio a = audio_create(channels, frames);
    for (int c = 0; c < channels; c++)
        for (int i = 0; i < frames; i++)
            a.at[c][i] = (float)(amplitude * sin(2 * M_PI * hz * i / RATE));
    return a;
}

static void switched_off_it_is_a_delay_by_its_latency(void **unused) {
    (void)unused;
    int latest = 0;
    for_each_plugin(p, channels) {
        struct audio in = audio_noise(channels, 9000, 0.5, 3), out = audio_create(channels, 9000);
        struct host *h = host_create(p, channels, RATE, false);
        host_set(h, "lv2_enabled", 0);
        host_activate(h);
        host_run_on(h, &out, &in, 0, 9000, BLOCK);
        const int late = p->latency ? (int)host_get(h, "lv2_latency") : 0;
        for (int c = 0; c < channels; c++)
            for (int i = 0; i < 9000; i++)
                if (out.at[c][i] != (i < late ? 0.0F : in.at[c][i - late]))
                    fail_msg("%s, %d channels: frame %d is not the input's", p->id, channels, i);
        latest = late > latest ? late : latest;
        host_destroy(h);
        audio_destroy(&in);
        audio_destroy(&out);
    }
    figure("the latest is %d frames late", latest);
    assert_true(latest > 0);
}

// Energy above 6 kHz (48 dB/octave) of what belongs to 1 kHz, re all of it, in dB.
static double spurious_db(const struct audio *a, int from) {
    struct ton_analogue prototype[4];
    const int n = ton_analogue_high_pass(prototype, 6000.0, 8);
    struct ton_biquad b[8];
    struct ton_biquad_state state[8] = {0};
    double all = 1e-30, above = 0;
    for (int k = 0; k < n; k++)
        ton_biquad_match(&b[2 * k], &prototype[k], RATE);
    for (int i = from; i < a->frames; i++) {
        double x = (double)a->at[0][i];
        all += x * x;
        for (int k = 0; k < 2 * n; k++)
            x = ton_biquad_run(&b[k], &state[k], x);
        above += i > from + 2000 ? x * x : 0;
    }
    return 10 * log10(above / all + 1e-30);
}

static void nothing_clicks_when_it_is_switched(void **unused) {
    (void)unused;
    enum { LENGTH = 120000, FROM = 72000 }; // a delay of the settings' is over by then
    for_each_plugin(p, channels) if (channels == 2) {
        struct audio in = sine(2, LENGTH, 1000, 0.1), out = audio_create(2, LENGTH);
        double level[2];
        for (int moves = 0; moves < 2; moves++) {
            struct host *h = host_create(p, 2, RATE, false);
            float params[MAX_PARAMS];
            setting(params, p, SETTING_RANDOM + 2);
            host_set_all(h, params);
            host_activate(h);
            for (int done = 0; done < LENGTH; done += 1000) {
                if (moves && done >= FROM)
                    host_set(h, "lv2_enabled", (float)(done / 1000 % 2));
                host_run(h, &out, &in, NULL, done, 1000);
            }
            level[moves] = spurious_db(&out, FROM);
            host_destroy(h);
        }
        figure("%-12s above 6 kHz %7.1f dB, switched 48 times %7.1f dB (at most -100 or as before)",
               p->id, level[0], level[1]);
        assert_true(level[1] < fmax(-100.0, level[0] + 1.0));
        audio_destroy(&in);
        audio_destroy(&out);
    }
}

// Every move of the shift asks the library for another resampler's phases (trap.h).
static void a_shift_that_moves_allocates_nothing_at_any_rate(void **unused) {
    (void)unused;
    static const double rates[] = {8000, 44100, 48000, 96000};
    for (int k = 0; k < TON_N(rates); k++) {
        enum { WINDOW = 1280, MOVES = 150 };
        struct audio in = audio_noise(2, WINDOW, 0.3, 7), out = audio_create(2, WINDOW);
        struct host *h = host_create(ton_processor_find("pitch", NULL), 2, rates[k], false);
        host_activate(h);
        for (int i = 0; i < MOVES; i++) {
            host_set(h, "shift", (float)(24 * sin(0.7 * i)));
            host_run(h, &out, &in, NULL, 0, WINDOW);
        }
        host_destroy(h);
        audio_destroy(&in);
        audio_destroy(&out);
    }
}

// A sine while a fixed parameter changes in the middle: how far its level falls (dB), and what is
// above 6 kHz.
static double change(double *spurious, const char *id, const char *symbol, float from, float to) {
    enum { LENGTH = 48000, WINDOW = 240 };
    struct audio in = sine(2, LENGTH, 1000, 0.1), out = audio_create(2, LENGTH);
    struct host *h = host_create(ton_processor_find(id, NULL), 2, RATE, true);
    double least = INFINITY, most = 0;
    host_set(h, symbol, from);
    host_activate(h);
    for (int done = 0; done < LENGTH; done += WINDOW) {
        host_set(h, symbol, done < LENGTH / 2 ? from : to);
        host_run(h, &out, &in, NULL, done, WINDOW);
        host_work(h);
    }
    for (int done = 4800; done < LENGTH; done += WINDOW) {
        double sum = 0;
        for (int i = done; i < done + WINDOW; i++)
            sum += (double)out.at[0][i] * (double)out.at[0][i];
        least = fmin(least, sum);
        most = fmax(most, sum);
    }
    *spurious = spurious_db(&out, 4800);
    host_destroy(h);
    audio_destroy(&in);
    audio_destroy(&out);
    return 10 * log10(least / most);
}

static void the_way_to_another_unit_has_no_hole_and_no_click(void **unused) {
    (void)unused;
    double apart, together;
    // By eight periods, so that only a unit that is not yet full would be heard; by a quarter, so
    // that a jump would.
    const double dip = change(&together, "limiter", "look_ahead", 2, 10);
    change(&apart, "gain", "delay_samples", 0, 12);
    figure("in phase: level within %.3f dB (at most 0.01), above 6 kHz %.1f dB; apart: %.1f dB (at "
           "most -100)",
           -dip, together, apart);
    assert_true(dip > -0.01 && together < -100 && apart < -100);
}

// What is asked of the worker is done between the third and the fourth block from then on.
static int turn(struct host *h, struct audio *out, struct audio *in, int from) {
    host_run_on(h, out, in, from, from + 3 * BLOCK, BLOCK);
    assert_true(host_work(h) > 0);
    return from + 3 * BLOCK;
}

// The new unit is as a processor that began when the worker answered: its bits, once it is faded
// to.
static void check_fixed(const struct ton_processor *p, int leaf, const char *name,
                        const struct leaf *l) {
    enum { LENGTH = 150000 };
    float before[MAX_PARAMS], after[MAX_PARAMS];
    char symbol[128];
    setting(before, p, SETTING_DEFAULT);
    memcpy(after, before, sizeof after);
    after[leaf] = leaf_value(l, before[leaf] >= leaf_value(l, 0.5) ? 0.2 : 0.8);
    struct audio in = audio_noise(2, LENGTH, 0.3, 5), out = audio_create(2, LENGTH);
    struct host *h = host_create(p, 2, RATE, true);
    host_activate(h);
    host_run_on(h, &out, &in, 0, 4096, BLOCK);
    assert_int_equal(h->n_asked, 0);
    host_set(h, host_symbol(symbol, l), after[leaf]);
    const int answered = turn(h, &out, &in, 4096);
    host_run_on(h, &out, &in, answered, answered + BLOCK,
                BLOCK); // the answer arrives behind this block
    const int began = answered + BLOCK;
    host_run_on(h, &out, &in, began, LENGTH, BLOCK);
    struct rig r = rig_create(p, rig_config(RATE, 2, BLOCK), after);
    struct audio own = audio_create(2, LENGTH);
    for (int done = began; done < LENGTH; done += BLOCK)
        rig_step(&r, &own, &in, NULL, done, BLOCK < LENGTH - done ? BLOCK : LENGTH - done);
    const int late = rig_latency(p, &r.config, after);
    const int settled = began + late + RATE / 40;
    for (int i = settled; i < LENGTH; i++)
        if (memcmp(&own.at[1][i], &out.at[1][i], sizeof(float)) != 0)
            fail_msg("%s: `%s` is not what it was set to, from frame %d on", p->id, name, i);
    if (p->latency)
        assert_int_equal((int)host_get(h, "lv2_latency"), late);
    assert_true(host_work(h) > 0); // the old one is taken away
    rig_destroy(&r);
    host_destroy(h);
    audio_destroy(&in);
    audio_destroy(&out);
    audio_destroy(&own);
}

static void fixed_parameters_change_while_it_runs(void **unused) {
    (void)unused;
    static struct leaf leaves[MAX_PARAMS];
    int n_fixed = 0;
    for_each_processor(p) {
        const int n = leaves_of(leaves, p);
        for (int i = 0; i < n; i++)
            if (leaves[i].row->flags & TON_ROW_FIXED) {
                check_fixed(p, i, leaves[i].name, &leaves[i]);
                n_fixed++;
            }
    }
    figure("%d fixed parameters change, each to the bits of its new value", n_fixed);
    assert_true(n_fixed > 5);
}

static void a_host_without_a_worker_gets_them_offline_or_at_the_next_start(void **unused) {
    (void)unused;
    const struct ton_processor *p = ton_processor_find("limiter", NULL);
    struct audio in = audio_noise(2, 9600, 0.3, 5), out = audio_create(2, 9600);
    struct host *h = host_create(p, 2, RATE, false);
    host_activate(h);
    host_set(h, "look_ahead", 8);
    host_run_on(h, &out, &in, 0, 4800, BLOCK);
    const float before = host_get(h, "lv2_latency");
    host_set(h, "lv2_freewheel", 1);
    lilv_instance_run(h->instance, 4800);
    const float offline = host_get(h, "lv2_latency");
    host_set(h, "look_ahead", 4);
    host_set(h, "lv2_freewheel", 0);
    host_activate(h);
    host_step(h, 0);
    const float started = host_get(h, "lv2_latency");
    figure("latency %g, offline %g, started again %g", (double)before, (double)offline,
           (double)started);
    assert_true(offline == before + 6 * RATE / 1000);
    assert_true(started == before + 2 * RATE / 1000);
    host_destroy(h);
    audio_destroy(&in);
    audio_destroy(&out);
}

// Nobody waits for an export: it may allocate, so nothing is trapped.
static void export_on(struct host *h, struct audio *out, struct audio *in, int from, int to) {
    const LV2_Worker_Interface *w =
        lilv_instance_get_extension_data(h->instance, LV2_WORKER__interface);
    for (int done = from; done < to; done += BLOCK) {
        float *ins[] = {in->at[0] + done, in->at[1] + done};
        float *outs[] = {out->at[0] + done, out->at[1] + done};
        host_connect(h, "audio_in", ins);
        host_connect(h, "audio_out", outs);
        lilv_instance_run(h->instance, (uint32_t)(BLOCK < to - done ? BLOCK : to - done));
        host_work(h);
        for (int i = 0; i < h->n_answered; i++)
            w->work_response(lilv_instance_get_handle(h->instance), h->answered[i].size,
                             h->answered[i].data);
        h->n_answered = 0;
    }
}

// One that the worker is to make is made in the first block of an export, and the worker's comes to
// nothing.
static void an_export_waits_for_nobody_who_was_asked_before(void **unused) {
    (void)unused;
    enum { LENGTH = 9600, FROM = 10 * BLOCK };
    const struct ton_processor *p = ton_processor_find("limiter", NULL);
    struct audio in = audio_noise(2, LENGTH, 0.3, 5), out[2];
    for (int way = 0; way < 2; way++) { // wanted with the export; asked for before, answered in it
        struct host *h = host_create(p, 2, RATE, true);
        out[way] = audio_create(2, LENGTH);
        host_activate(h);
        host_run_on(h, &out[way], &in, 0, FROM - BLOCK, BLOCK);
        const float before = host_get(h, "lv2_latency");
        host_set(h, "look_ahead", way ? 8 : 2);
        host_run_on(h, &out[way], &in, FROM - BLOCK, FROM, BLOCK);
        assert_int_equal(h->n_asked, way);
        host_set(h, "look_ahead", 8);
        host_set(h, "lv2_freewheel", 1);
        export_on(h, &out[way], &in, FROM, LENGTH);
        assert_true(host_get(h, "lv2_latency") == before + 6 * RATE / 1000);
        host_destroy(h);
    }
    const int other = first_difference(&out[0], &out[1]);
    figure("asked for before the export at %d: other frames from %d on (-1: none)", FROM, other);
    assert_int_equal(other, -1);
    audio_destroy(&out[0]);
    audio_destroy(&out[1]);
    audio_destroy(&in);
}

// A unit that was on its way when the host restored a state does not come after it.
static void what_was_on_its_way_before_a_restore_never_comes(void **unused) {
    (void)unused;
    enum { LENGTH = 48000, FROM = 9600 };
    const struct ton_processor *p = ton_processor_find("limiter", NULL);
    struct audio in = audio_noise(2, LENGTH, 0.3, 5), out[2];
    for (int way = 0; way < 3; way++) { // not asked; asked and made; made and running along
        struct audio *to = &out[way > 0];
        struct host *h = host_create(p, 2, RATE, true);
        *to = audio_create(2, LENGTH);
        host_activate(h);
        const float look_ahead = host_get(h, "look_ahead");
        host_run_on(h, to, &in, 0, FROM - 2 * BLOCK, BLOCK);
        host_set(h, "look_ahead", way ? look_ahead * 2 : look_ahead);
        host_run_on(h, to, &in, FROM - 2 * BLOCK, FROM - BLOCK, BLOCK);
        if (way == 2)
            host_work(h);
        host_set(h, "look_ahead", look_ahead);
        host_run_on(h, to, &in, FROM - BLOCK, FROM, BLOCK);
        if (way == 1)
            host_work(h);
        host_restore(h, "");
        host_run_on(h, to, &in, FROM, LENGTH, BLOCK);
        if (way && first_difference(&out[0], to) >= 0)
            fail_msg("way %d: other bits from frame %d on", way, first_difference(&out[0], to));
        host_destroy(h);
        if (way)
            audio_destroy(to);
    }
    audio_destroy(&out[0]);
    audio_destroy(&in);
}

// An answer to what was asked before a restore is none to what was asked behind it.
static void what_is_wanted_behind_a_restore_comes(void **unused) {
    (void)unused;
    enum { LENGTH = 48000 };
    const struct ton_processor *p = ton_processor_find("limiter", NULL);
    struct audio in = audio_noise(2, LENGTH, 0.3, 5), out = audio_create(2, LENGTH);
    struct host *h = host_create(p, 2, RATE, true);
    host_activate(h);
    host_run_on(h, &out, &in, 0, BLOCK, BLOCK);
    const float before = host_get(h, "lv2_latency");
    host_set(h, "look_ahead", 8);
    host_run_on(h, &out, &in, BLOCK, 2 * BLOCK, BLOCK);
    assert_int_equal(host_work(h), 1);
    host_restore(h, "");
    host_set(h, "look_ahead", 4);
    host_run_on(h, &out, &in, 2 * BLOCK, 3 * BLOCK,
                BLOCK); // asks, and hears the answer to what was before
    host_run_on(h, &out, &in, 3 * BLOCK, 4 * BLOCK, BLOCK);
    assert_int_equal(host_work(h), 1);
    host_run_on(h, &out, &in, 4 * BLOCK, LENGTH, BLOCK);
    figure("latency %g, then %g", (double)before, (double)host_get(h, "lv2_latency"));
    assert_true(host_get(h, "lv2_latency") == before + 2 * RATE / 1000);
    host_destroy(h);
    audio_destroy(&in);
    audio_destroy(&out);
}

static void what_is_no_number_does_not_get_in_or_stay(void **unused) {
    (void)unused;
    enum { LENGTH = 3 * 8192 };
    for_each_plugin(p, channels) {
        struct audio in = audio_noise(channels, LENGTH, 0.5, 6);
        struct audio out = audio_create(channels, LENGTH), clean = audio_create(channels, LENGTH);
        for (int bad = 0; bad < 2; bad++) {
            struct host *h = host_create(p, channels, RATE, false);
            host_activate(h);
            in.at[0][500] = bad ? NAN : 0.0F;
            in.at[channels - 1][900] = bad ? INFINITY : 0.0F;
            host_run_on(h, bad ? &out : &clean, &in, 0, LENGTH, BLOCK);
            host_destroy(h);
        }
        assert_true(audio_finite(&out));
        if (!audio_same(&out, &clean))
            fail_msg("%s: a bad sample is not as silence from frame %d on", p->id,
                     first_difference(&out, &clean));
        audio_destroy(&in);
        audio_destroy(&out);
        audio_destroy(&clean);
    }
}

static void controls_that_are_no_numbers_or_out_of_range_are_held(void **unused) {
    (void)unused;
    for_each_plugin(p, channels) {
        struct audio in = audio_noise(channels, 4800, 0.5, 7), out = audio_create(channels, 4800);
        struct host *h = host_create(p, channels, RATE, false);
        static const float bad[] = {NAN, INFINITY, -INFINITY, 1e30F, -1e30F};
        host_activate(h);
        for (int k = 0; k < TON_N(bad); k++) {
            for (int i = 0; i < h->n_ports; i++)
                if (h->is_control[i] && h->is_input[i])
                    h->controls[i] = bad[k];
            host_set(h, "lv2_enabled", 1);
            if (host_port(h, "lv2_freewheel") >= 0)
                host_set(h, "lv2_freewheel", 0);
            host_run_on(h, &out, &in, 0, 4800, BLOCK);
            assert_true(audio_finite(&out));
        }
        host_destroy(h);
        audio_destroy(&in);
        audio_destroy(&out);
    }
}

// Some hosts do not look whether an instance came to be.
static void a_host_without_any_feature_runs_every_plug_in(void **unused) {
    (void)unused;
    int n = 0, n_files = 0;
    for_each_plugin(p, channels) {
        struct audio in = audio_noise(channels, 4800, 0.5, 8), out = audio_create(channels, 4800);
        struct host *h = host_create_with(p, channels, RATE, false, false);
        const LV2_State_Interface *state =
            lilv_instance_get_extension_data(h->instance, LV2_STATE__interface);
        struct host_state saved = {.n = 1};
        host_activate(h);
        host_run_on(h, &out, &in, 0, 4800, BLOCK);
        assert_true(audio_finite(&out));
        if (host_wants_a_file(h)) {
            const LV2_Handle handle = lilv_instance_get_handle(h->instance);
            assert_int_equal(state->restore(handle, host_retrieve, &saved, 0, host_state_features),
                             LV2_STATE_ERR_NO_FEATURE);
            assert_int_equal(state->save(handle, host_store, &saved, 0, host_state_features),
                             LV2_STATE_ERR_NO_FEATURE);
            n_files++;
        }
        n++;
        host_destroy(h);
        audio_destroy(&in);
        audio_destroy(&out);
    }
    figure("%d plug-ins, %d of them with files", n, n_files);
    assert_true(n_files >= 2);
}

// What is no number yet is the least that the meter shows.
static float within(float value, const struct ton_row *row) {
    return value > row->min ? fminf(value, row->max) : row->min;
}

static void meters_say_what_the_processor_says(void **unused) {
    (void)unused;
    int shown = 0;
    for_each_plugin(p, channels) if (p->n_meters > 0) {
        struct audio in = audio_noise(channels, 4800, 0.9, 8), out = audio_create(channels, 4800);
        float params[MAX_PARAMS], values[TON_MOST_ROWS];
        setting(params, p, SETTING_DEFAULT);
        struct rig r = rig_create(p, rig_config(RATE, channels, 4800), params);
        struct host *h = host_create(p, channels, RATE, false);
        host_activate(h);
        for (int done = 0; done < 4800; done += 480)
            host_run(h, &out, &in, NULL, done, 480);
        for (int done = 0; done < 4800; done += 480) // some show the last piece alone
            rig_step(&r, &out, &in, NULL, done, 480);
        p->read_meters(r.state, values);
        for (int i = 0; i < p->n_meters; i++, shown++)
            if (host_get(h, p->meters[i].key) != within(values[i], &p->meters[i]))
                fail_msg("%s: `%s` shows %g, not %g", p->id, p->meters[i].key,
                         (double)host_get(h, p->meters[i].key), (double)values[i]);
        rig_destroy(&r);
        host_destroy(h);
        audio_destroy(&in);
        audio_destroy(&out);
    }
    figure("%d meters", shown);
    assert_true(shown >= 4);
}

#if defined(__SSE__)
static void denormals_are_off_inside_and_as_before_outside(void **unused) {
    (void)unused;
    struct audio in = audio_create(1, 64), out = audio_create(1, 64);
    for (int i = 0; i < 64; i++)
        in.at[0][i] = 1e-40F;
    struct host *h = host_create(ton_processor_find("gain", NULL), 1, RATE, false);
    host_set(h, "gain", -1);
    host_activate(h);
    _mm_setcsr(0x1f80);
    host_run(h, &out, &in, NULL, 0, 64);
    const unsigned after = _mm_getcsr() & ~0x3fU;
    assert_true(out.at[0][10] == 0.0F);
    assert_int_equal(after, 0x1f80);
    host_destroy(h);
    audio_destroy(&in);
    audio_destroy(&out);
}
#endif

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_shift_that_moves_allocates_nothing_at_any_rate),
        cmocka_unit_test(switched_off_it_is_a_delay_by_its_latency),
        cmocka_unit_test(nothing_clicks_when_it_is_switched),
        cmocka_unit_test(the_way_to_another_unit_has_no_hole_and_no_click),
        cmocka_unit_test(fixed_parameters_change_while_it_runs),
        cmocka_unit_test(a_host_without_a_worker_gets_them_offline_or_at_the_next_start),
        cmocka_unit_test(an_export_waits_for_nobody_who_was_asked_before),
        cmocka_unit_test(what_was_on_its_way_before_a_restore_never_comes),
        cmocka_unit_test(what_is_wanted_behind_a_restore_comes),
        cmocka_unit_test(what_is_no_number_does_not_get_in_or_stay),
        cmocka_unit_test(controls_that_are_no_numbers_or_out_of_range_are_held),
        cmocka_unit_test(a_host_without_any_feature_runs_every_plug_in),
        cmocka_unit_test(meters_say_what_the_processor_says),
#if defined(__SSE__)
        cmocka_unit_test(denormals_are_off_inside_and_as_before_outside),
#endif
    };
    return cmocka_run_group_tests(tests, host_open, host_close);
}
