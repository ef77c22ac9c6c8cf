// SPDX-License-Identifier: GPL-3.0-or-later
// Every plug-in of the bundle gives what its processor gives, to the bit, in whatever way a host
// calls it.
#include "host.h"

enum { LENGTH = 24000, GRID = 64 };

// How a host cuts time: blocks of 0 and 1 among them.
static int block_at(int k) {
    static const int blocks[] = {64, 0, 1, 777, 256, 0, 4000, 33, 2};
    return blocks[k % TON_N(blocks)];
}

static void run_all(struct host *h, struct audio *out, struct audio *in, struct audio *key) {
    for (int done = 0, k = 0, n; done < in->frames; done += n, k++) {
        n = block_at(k) < in->frames - done ? block_at(k) : in->frames - done;
        host_run(h, out, in, key, done, n);
    }
}

static void constant_controls_give_the_processors_own_bits(void **unused) {
    (void)unused;
    float params[MAX_PARAMS];
    int runs = 0;
    for_each_plugin(p, channels) {
        struct audio in = audio_noise(channels, LENGTH, 0.5, 3);
        for (int which = 0; which < N_SETTINGS; which++) {
            setting(params, p, which);
            struct audio own = rig_output(p, 48000, params, &in, NULL);
            struct audio out = audio_create(channels, LENGTH);
            struct host *h = host_create(p, channels, 48000, false);
            host_set_all(h, params);
            host_activate(h);
            run_all(h, &out, &in, NULL);
            if (!audio_same(&own, &out))
                fail_msg("%s, %d channels, %s: other bits from frame %d on", p->id, channels,
                         setting_name(which), first_difference(&own, &out));
            host_destroy(h);
            audio_destroy(&own);
            audio_destroy(&out);
            runs++;
        }
        audio_destroy(&in);
    }
    figure("%d runs of %d processors: the same bits", runs, ton_processor_count());
}

// The engine evaluates automation every 64 frames of the timeline; a host that turns knobs between
// blocks of as many frames does the same.
static void moving_controls_give_the_bits_of_the_engines_automation(void **unused) {
    (void)unused;
    static struct leaf leaves[MAX_PARAMS];
    float from[MAX_PARAMS];
    int moved = 0;
    for_each_plugin(p, channels) {
        const int n = leaves_of(leaves, p);
        setting(from, p, SETTING_DEFAULT);
        struct audio in = audio_noise(channels, LENGTH, 0.5, 4);
        struct audio own = audio_create(channels, LENGTH), out = audio_create(channels, LENGTH);
        struct rig r = rig_create(p, rig_config(48000, channels, GRID), from);
        struct host *h = host_create(p, channels, 48000, false);
        host_set_all(h, from);
        host_activate(h);
        for (int frame = 0; frame < LENGTH; frame += GRID) {
            for (int i = 0; i < n; i++) {
                if ((leaves[i].row->flags & TON_ROW_FIXED) || from[i] < leaf_min(&leaves[i]))
                    continue;
                const double way = 0.5 - 0.5 * cos((double)frame / (2000.0 + 100.0 * i));
                r.params[i] = leaf_value(&leaves[i], way);
                moved++;
            }
            rig_update(&r);
            rig_step(&r, &own, &in, NULL, frame, GRID);
            host_set_all(h, r.params);
            host_run(h, &out, &in, NULL, frame, GRID);
        }
        if (!audio_same(&own, &out))
            fail_msg("%s, %d channels: other bits from frame %d on", p->id, channels,
                     first_difference(&own, &out));
        host_destroy(h);
        rig_destroy(&r);
        audio_destroy(&in);
        audio_destroy(&own);
        audio_destroy(&out);
    }
    figure("%d values of parameters on the move", moved);
    assert_true(moved > 10000);
}

// A host may hand the same memory to any ports.
static void inputs_and_outputs_may_be_the_same_memory(void **unused) {
    (void)unused;
    float params[MAX_PARAMS];
    for_each_plugin(p, channels) for (int crossed = 0; crossed < channels; crossed++) {
        setting(params, p, SETTING_RANDOM);
        struct audio in = audio_noise(channels, LENGTH, 0.5, 5), shared = audio_copy(&in);
        struct audio own = rig_output(p, 48000, params, &in, NULL);
        struct host *h = host_create(p, channels, 48000, false);
        host_set_all(h, params);
        host_activate(h);
        struct audio out = shared;
        if (crossed) {
            out.at[0] = shared.at[1];
            out.at[1] = shared.at[0];
        }
        run_all(h, &out, &shared, NULL);
        for (int c = 0; c < channels; c++)
            if (memcmp(out.at[c], own.at[c], sizeof(float) * LENGTH) != 0)
                fail_msg("%s, %d channels: in place it is something else", p->id, channels);
        host_destroy(h);
        audio_destroy(&in);
        audio_destroy(&shared);
        audio_destroy(&own);
    }
}

static void every_rate_from_8_to_384_kHz_gives_the_same_bits(void **unused) {
    (void)unused;
    static const double rates[] = {8000, 44100, 96000, 192000, 384000};
    float params[MAX_PARAMS];
    for_each_plugin(p, channels) for (int i = 0; i < TON_N(rates); i++) {
        setting(params, p, SETTING_RANDOM + 1);
        struct audio in = audio_noise(channels, 8000, 0.5, 6);
        struct audio own = rig_output(p, rates[i], params, &in, NULL);
        struct audio out = audio_create(channels, in.frames);
        struct host *h = host_create(p, channels, rates[i], false);
        host_set_all(h, params);
        host_activate(h);
        run_all(h, &out, &in, NULL);
        if (!audio_same(&own, &out))
            fail_msg("%s at %g Hz: other bits", p->id, rates[i]);
        host_destroy(h);
        audio_destroy(&in);
        audio_destroy(&own);
        audio_destroy(&out);
    }
}

static void the_side_chain_is_what_the_detector_hears(void **unused) {
    (void)unused;
    float params[MAX_PARAMS];
    int heard = 0;
    for_each_plugin(p, channels) {
        struct host *h = host_create(p, channels, 48000, false);
        if (host_port(h, "sidechain") >= 0) {
            setting(params, p, SETTING_DEFAULT);
            struct audio in = audio_noise(channels, LENGTH, 0.2, 7);
            struct audio key = audio_noise(channels, LENGTH, 1e-3, 8);
            struct audio out = audio_create(channels, LENGTH);
            struct audio own = rig_output(p, 48000, params, &in, &key);
            host_set(h, "sidechain", 1);
            host_activate(h);
            run_all(h, &out, &in, &key);
            if (!audio_same(&own, &out))
                fail_msg("%s: with a side-chain other bits from frame %d on", p->id,
                         first_difference(&own, &out));
            struct audio alone = rig_output(p, 48000, params, &in, NULL);
            heard += !audio_same(&own, &alone);
            audio_destroy(&in);
            audio_destroy(&key);
            audio_destroy(&out);
            audio_destroy(&own);
            audio_destroy(&alone);
        }
        host_destroy(h);
    }
    figure("%d plug-ins hear their side-chain", heard);
    assert_true(heard >= 4);
}

// Turns every knob that may move after a hundred frames.
static void run_turned(struct host *h, struct audio *out, struct audio *in) {
    static struct leaf leaves[MAX_PARAMS];
    float params[MAX_PARAMS], other[MAX_PARAMS];
    setting(params, h->processor, SETTING_DEFAULT);
    setting(other, h->processor, SETTING_RANDOM);
    host_set_all(h, params);
    host_activate(h);
    host_run(h, out, in, NULL, 0, 100);
    for (int i = 0; i < leaves_of(leaves, h->processor); i++)
        if (!(leaves[i].row->flags & TON_ROW_FIXED))
            params[i] = other[i];
    host_set_all(h, params);
    host_run(h, out, in, NULL, 100, in->frames - 100);
}

// Activated again, a plug-in has forgotten what it heard and how long ago it began.
static void activation_begins_anew(void **unused) {
    (void)unused;
    for_each_plugin(p, channels) {
        struct audio in = audio_noise(channels, 9001, 0.5, 9);
        struct audio first = audio_create(channels, 9001), again = audio_create(channels, 9001);
        struct host *h = host_create(p, channels, 48000, false);
        run_turned(h, &first, &in);
        lilv_instance_deactivate(h->instance);
        run_turned(h, &again, &in);
        if (!audio_same(&first, &again))
            fail_msg("%s remembers what was before its activation", p->id);
        host_destroy(h);
        audio_destroy(&in);
        audio_destroy(&first);
        audio_destroy(&again);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(constant_controls_give_the_processors_own_bits),
        cmocka_unit_test(moving_controls_give_the_bits_of_the_engines_automation),
        cmocka_unit_test(inputs_and_outputs_may_be_the_same_memory),
        cmocka_unit_test(every_rate_from_8_to_384_kHz_gives_the_same_bits),
        cmocka_unit_test(the_side_chain_is_what_the_detector_hears),
        cmocka_unit_test(activation_begins_anew),
    };
    return cmocka_run_group_tests(tests, host_open, host_close);
}
