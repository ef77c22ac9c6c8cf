// SPDX-License-Identifier: GPL-3.0-or-later
// Every plug-in of the bundle in our own host, in its process, gives what its processor gives, to
// the bit and from the first frame on, whatever it is set to.
#include "host.h"

#include "ton/foreign.h"
#include "ton/lv2.h"

#include "../../src/plugins/plug.h"
#include "ton/wire.h"

#include <unistd.h>

enum { LENGTH = 12000, LATE = WIRE_SLOTS * WIRE_BATCH };

// A folder of this bundle alone for the host to look in.
static int open_all(void **state) {
    static char program[4200];
    char bundle[4096], path[4200];
    if (host_open(state))
        return -1;
    snprintf(path, sizeof path, "%s/tonmeister.lv2", host_folder);
    snprintf(program, sizeof program, "%s/src/ton-host", getenv("TON_BUILD"));
    if (symlink(host_bundle(bundle), path) != 0)
        return -1;
    setenv("LV2_PATH", host_folder, 1);
    ton_lv2_register(program);
    return 0;
}

static const struct ton_processor *find_guest(const struct ton_processor *p, int channels) {
    char uri[256];
    const struct ton_processor *guest = NULL;
    struct ton_err err = {0};
    snprintf(uri, sizeof uri, "urn:tonmeister:lv2:%s:%s", p->id, channels == 1 ? "mono" : "stereo");
    if (ton_foreign()->find(&guest, uri, &err))
        fail_msg("%s", err.text);
    return guest;
}

// What the controls of a host say, as the guest's parameters.
static void translate(float *out, const struct ton_processor *guest, const struct host *h) {
    const struct plug *plug = (const struct plug *)guest;
    for (int i = 0; i < guest->n_rows; i++) {
        const struct control *control = &plug->controls[i];
        assert_true(control->port >= 0);
        out[i] = control_ours(control, &guest->rows[i], h->controls[control->port]);
    }
}

static struct audio guest_output(const struct ton_processor *guest, const float *params,
                                 const struct audio *in) {
    struct ton_setup setup = {.deadline_s = 20, .where = "here"};
    struct ton_config config = rig_config(48000, in->channels, 512);
    struct audio longer = audio_create(in->channels, in->frames + LATE);
    struct audio out = audio_create(in->channels, in->frames + LATE);
    struct ton_err err = {0};
    config.self = guest;
    config.setup = &setup;
    for (int c = 0; c < in->channels; c++)
        memcpy(longer.at[c], in->at[c], sizeof(float) * (size_t)in->frames);
    struct rig r = rig_create(guest, config, params);
    rig_run(&r, &out, &longer, NULL);
    if (guest->failure(r.state, &err))
        fail_msg("%s", err.text);
    rig_destroy(&r);
    audio_destroy(&longer);
    for (int c = 0; c < in->channels; c++)
        memmove(out.at[c], out.at[c] + LATE, sizeof(float) * (size_t)in->frames);
    out.frames = in->frames;
    return out;
}

static void a_hosted_plugin_gives_the_processors_own_bits(void **unused) {
    (void)unused;
    float params[MAX_PARAMS], theirs[MAX_PARAMS];
    int runs = 0;
    for_each_plugin(p, channels) {
        struct audio in = audio_noise(channels, LENGTH, 0.5, 3);
        const struct ton_processor *guest = find_guest(p, channels);
        for (int which = 0; which < N_SETTINGS; which++) {
            struct host *h = host_create(p, channels, 48000, false);
            if (host_wants_a_file(h)) { // which a state would have to name
                host_destroy(h);
                break;
            }
            setting(params, p, which);
            host_set_all(h, params);
            translate(theirs, guest, h);
            struct audio own = rig_output(p, 48000, params, &in, NULL);
            struct audio out = guest_output(guest, theirs, &in);
            const int first = first_difference(&own, &out);
            if (first >= 0)
                fail_msg("%s, %d channels, %s: other bits from frame %d on", p->id, channels,
                         setting_name(which), first);
            host_destroy(h);
            audio_destroy(&own);
            audio_destroy(&out);
            runs++;
        }
        audio_destroy(&in);
    }
    figure("%d runs in processes of their own: the same bits", runs);
    assert_true(runs > 2 * ton_processor_count());
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hosted_plugin_gives_the_processors_own_bits),
    };
    return cmocka_run_group_tests(tests, open_all, host_close);
}
