/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Deliveries through the C interface: what each format holds after decoding, and what an album
 * keeps. */

#include "production_rig.h"

#include "ton/deliver.h"
#include "ton/text.h"

static struct ton_delivery deliver(struct rig *r) {
    struct ton_delivery done = {0};
    const struct ton_deliver_config config = {.folder = rig_path(r, "p"), .threads = 2};
    const enum ton_code code = ton_deliver(&done, r->arena, &config, &r->problems, NULL, &r->err);
    if (code && code != TON_MISSED)
        fail_msg("%s %s", r->err.where, r->err.text);
    return done;
}

static void write_session(struct rig *r, const char *name, float level, unsigned seed) {
    rig_record(r,
               &(struct rig_recording){.file = ton_arena_printf(r->arena, "p/audio/%s.wav", name),
                                       .rate = 48000,
                                       .channels = 2,
                                       .frames = 48000LL * 6,
                                       .level = level,
                                       .seed = seed});
    rig_write(r, ton_arena_printf(r->arena, "p/sessions/%s.yaml", name),
              ton_arena_printf(r->arena,
                               "tonmeister: 1\ntitle: %s\nrate: 48 kHz\ntracks:\n"
                               "  A: {clips: [{take: %s.wav, at: 0:00}]}\n",
                               name, name));
}

static void every_format_holds_its_ceiling_when_decoded(void **state) {
    struct rig *r = *state;
    static const char *const formats[] = {"wav 16-bit", "wav 24-bit", "flac 24-bit",
                                          "mp3 128k",   "mp3 320k",   "opus 64k",
                                          "opus 160k",  "aac 128k",   "aac 256k"};
    struct ton_text list = {0};
    for (int i = 0; i < TON_N(formats); i++) {
        struct ton_format format;
        assert_int_equal(ton_format_parse(&format, formats[i], NULL), TON_OK);
        if (ton_format_available(&format, NULL))
            figure("SKIPPED %s: no encoder in this build", formats[i]);
        else
            ton_text_printf(&list, "  f%d: {format: %s}\n", i, formats[i]);
    }
    write_session(r, "one", 0.2F, 1);
    rig_write(r, "p/production.yaml",
              ton_arena_printf(r->arena,
                               "tonmeister: 1\ntitle: Test\nartist: X\nsessions: [one]\nmaster:\n"
                               "  chain: [limiter: {ceiling: -1 dBTP}]\n  loudness: -9 LUFS\n"
                               "deliverables:\n%s",
                               list.data));
    ton_text_free(&list);
    const struct ton_delivery done = deliver(r);
    assert_true(done.n >= 3);
    for (int i = 0; i < done.n; i++) {
        const struct ton_measurement *m = &done.files[i].measured;
        figure("%s: %.2f dBTP (at most -1), %.3f LU away (0.1)", done.files[i].format,
               m->true_peak_dbtp, m->integrated_lufs + 9.0);
        assert_true(m->true_peak_dbtp <= -1.0 + 0.005);
        /* Noise loses loudness in a codec that music does not: a figure only. */
        if (!strncmp(done.files[i].format, "wav", 3) || !strncmp(done.files[i].format, "flac", 4))
            assert_true(fabs(m->integrated_lufs + 9.0) <= 0.1);
    }
}

static void an_album_keeps_the_relations_of_its_songs(void **state) {
    struct rig *r = *state;
    write_session(r, "one", 0.1F, 1);
    write_session(r, "two", 0.05F, 1);
    for (int per_session = 0; per_session < 2; per_session++) {
        rig_write(r, "p/production.yaml",
                  ton_arena_printf(
                      r->arena,
                      "tonmeister: 1\ntitle: Test\nartist: X\nsessions: [one, two]\nmaster:\n"
                      "  chain: [limiter: {ceiling: -1 dBTP}]\n"
                      "  loudness: {target: -26 LUFS, per: %s}\n"
                      "deliverables:\n  m: {format: wav 24-bit}\n",
                      per_session ? "session" : "production"));
        const struct ton_delivery done = deliver(r);
        assert_int_equal(done.n, 2);
        const double apart =
            done.files[0].measured.integrated_lufs - done.files[1].measured.integrated_lufs;
        figure("%s: %.4f LU apart", per_session ? "per session" : "per production", apart);
        assert_true(fabs(apart - (per_session ? 0.0 : 20.0 * log10(2.0))) <
                    (per_session ? 0.1 : 0.001));
    }
}

#define WITH_RIG(test) cmocka_unit_test_setup_teardown(test, rig_setup, rig_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        WITH_RIG(every_format_holds_its_ceiling_when_decoded),
        WITH_RIG(an_album_keeps_the_relations_of_its_songs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
