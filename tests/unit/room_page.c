/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The page of a room: what stands on it, and that it is whole whatever was measured. */

#include "room_page_rig.h"

#include "ton/audio_whole.h"

static struct ton_room_advices advices = {
    5,
    {{true, "polarity", "the loudspeaker is reversed", "swap its wires"},
     {true, "reflection", "a reflection at 3.0 ms", "cover the desk"},
     {true, "reflection", "another at 8 ms where level < 10 dB", "cover the desk"},
     {false, "time", "it reverberates for 0.2 s", NULL},
     {false, "clock", "the clock is another one", "let one follow"}}};

static void what_is_serious_comes_first_and_nothing_is_left_out(void **state) {
    (void)state;
    const struct ton_room_page_path p = {.path = &path, .distance_m = NAN, .advices = &advices};
    char *page = write_one(&p);
    const char *const table = strstr(page, "<h2>Paths</h2>");
    static const char *const serious[] = {"The loudspeaker is reversed.", "Swap", "swap its wires.",
                                          "A reflection at 3.0 ms.",
                                          "Another at 8 ms where level &lt; 10 dB."};
    static const char *const known[] = {"It reverberates for 0.2 s.", "The clock is another one.",
                                        "let one follow."};
    assert_non_null(table);
    for (int i = 0; i < TON_N(serious); i++) {
        const char *const at = strstr(page, serious[i]);
        assert_true(i == 1 || (at && at < table));
    }
    for (int i = 0; i < TON_N(known); i++)
        assert_true(strstr(page, known[i]) > table);
    figure("3 serious, %d remedies for them, 2 to be known after the table",
           count(page, "What to do:</b>") - 1);
    assert_int_equal(count(page, "What to do:</b>"), 3);
    assert_non_null(strstr(page, "1 path, 3 to do"));
    ton_free(page);
}

static void a_page_is_whole_and_refers_to_nothing_but_its_files(void **state) {
    (void)state;
    const struct ton_sweep_heard heard = {
        .inverted = true, .thd_percent = 0.4, .noise_dbfs = -50.4, .drift_ppm = NAN};
    const struct ton_correction c = correct();
    const struct ton_room_page_path p[2] = {{.path = &path,
                                             .heard = &heard,
                                             .distance_m = 1.5,
                                             .distance_remark = "of <a> loop-back",
                                             .advices = &advices,
                                             .correction = &c,
                                             .target = target,
                                             .n_target = 2,
                                             .take = "audio/<L> 1.wav",
                                             .chain = "chains/a&b.yaml",
                                             .fir = "audio/fir.wav"},
                                            {.path = &path, .distance_m = NAN}};
    struct ton_room_page_pair pair = {.left = 0, .right = 1};
    ton_room_compare(&pair.figures, &path, &path, 1.0, 21.0);
    char *page = write_page(&(struct ton_room_page){.title = "Room <1>",
                                                    .sides_m = {5.2, 3.9, 2.6},
                                                    .paths = p,
                                                    .n = 2,
                                                    .pairs = &pair,
                                                    .n_pairs = 1});
    figure("%zu bytes, %d elements, %d plots", strlen(page), hold_whole(page), count(page, "<svg"));
    assert_int_equal(count(page, "<svg"), 2 * TON_N_ROOM_PLOTS + 2);
    static const char *const never[] = {"<script", "@import", "url(", "src=", " onload", "<link"};
    for (int i = 0; i < TON_N(never); i++)
        assert_null(strstr(page, never[i]));
    assert_int_equal(count(page, "href="), count(page, "href=\"#path-") + 3);
    assert_int_equal(count(page, "http"), count(page, "xmlns=\"http://www.w3.org/2000/svg\""));
    assert_non_null(strstr(page, "href=\"audio/%3CL%3E%201.wav\""));
    assert_non_null(strstr(page, ">reversed</td>"));
    assert_int_equal(count(page, "data-label=\"Noise dBFS\" class=\"n\">-50</td>"), 1);
    assert_non_null(
        strstr(page, " is equally loud from 200 Hz to 2 kHz and alike in each third octave; it "
                     "arrives 0.02 ms later"));
    ton_free(page);
}

/* All figures of a path that nothing was measured of. */
static void forget(struct ton_room_figures *f) {
    const struct ton_room_decay none = {NAN, NAN, NAN, TON_ROOM_NOISE};
    const struct ton_room_band band = {
        0, TON_ROOM_EMPTY, NAN, NAN, NAN, none, none, none, NAN, NAN, NAN, NAN, NAN};
    f->broad = band;
    f->t_mid_s = NAN;
    f->middle = (struct ton_room_middle){NAN, NAN, NAN, TON_ROOM_EMPTY};
    f->sti = (struct ton_sti){.index = NAN, .doubt = TON_ROOM_SWEEP};
    for (int i = 0; i < TON_ROOM_THIRDS; i++)
        f->third[i] = band;
    for (int i = 0; i < TON_ROOM_OCTAVES; i++)
        f->octave[i] = band;
}

static void what_was_not_measured_is_a_dash_with_its_reason(void **state) {
    (void)state;
    static const float silence[64];
    struct ton_room_path nothing = {.response = silence, .frames = 64, .rate = RATE};
    const struct ton_room_page_path p = {.path = &nothing, .distance_m = NAN};
    forget(&nothing.figures);
    nothing.figures.octave[0].curvature_percent = -0.01; /* a figure among them, and no -0.0 */
    char *page = write_one(&p);
    const int rows = TON_ROOM_OCTAVES + TON_ROOM_THIRDS;
    char dash[2][128];
    /* Two of the reasons stand in the tables of bands, so their letters are a and b. */
    snprintf(dash[0], sizeof dash[0], "–<sup title=\"not measured: %s\">a</sup>",
             ton_room_doubt_words(TON_ROOM_EMPTY));
    snprintf(dash[1], sizeof dash[1], "–<sup title=\"not measured: %s\">b</sup>",
             ton_room_doubt_words(TON_ROOM_NOISE));
    figure("%d elements, %d dashes for want of sound, %d for noise", hold_whole(page),
           count(page, dash[0]), count(page, dash[1]));
    assert_int_equal(count(page, dash[0]), 7 * rows + 3); /* three in the table of paths */
    assert_int_equal(count(page, dash[1]), 6 * rows - 1);
    assert_int_equal(count(page, "<p class=\"soft note\"><sup>a</sup> not measured: "), 3);
    assert_non_null(strstr(page, "<td class=\"n\">0.0</td>"));
    ton_free(page);
}

/* The first table has what the standard calls the room's: of all frequencies it is another. */
static void the_overview_has_the_figures_of_500_hz_and_1_khz(void **state) {
    (void)state;
    struct ton_room_path other = path;
    const struct ton_room_page_path p = {.path = &other, .distance_m = NAN};
    other.figures.octave[3].c50_db = 3.0;
    other.figures.octave[4].c50_db = 4.4;
    other.figures.broad.c50_db = 17.7;
    ton_room_limit(&other.figures, 20.0, 20000.0);
    char *page = write_one(&p);
    const char *const cell = strstr(page, "data-label=\"C50 dB\"");
    assert_non_null(cell);
    figure("%.40s", cell);
    assert_ptr_equal(strstr(cell, ">3.7<"), strchr(cell, '>'));
    assert_null(strstr(page, ">17.7<"));
    ton_free(page);
}

static void a_resonance_stands_beside_the_mode_that_it_is(void **state) {
    (void)state;
    const struct ton_room_page_path p = {.path = &path, .distance_m = NAN};
    char *page = write_one(&p), row[200];
    int known = 0;
    for (int i = 0; i < path.n_resonances; i++) {
        const struct ton_room_resonance *const r = &path.resonances[i];
        if (r->mode < 0)
            continue;
        const struct ton_room_mode *const m = &path.modes.items[r->mode];
        const double off = 100.0 * (r->hz / m->hz - 1.0);
        snprintf(row, sizeof row,
                 "<td class=\"n\">%.1f</td><td class=\"n\">%s%.1f</td><td>%s (%d, %d, %d)</td>",
                 m->hz, off >= 0.05 ? "+" : "", fabs(off) < 0.05 ? 0.0 : off,
                 m->pairs == 1   ? "axial"
                 : m->pairs == 2 ? "tangential"
                                 : "oblique",
                 m->waves[0], m->waves[1], m->waves[2]);
        if (!strstr(page, row))
            fail_msg("not there: %s", row);
        known++;
    }
    figure("%d resonances, %d of them modes (2 or more)", path.n_resonances, known);
    assert_true(known >= 2);
    ton_free(page);
}

static void real_rooms_make_whole_pages(void **state) {
    (void)state;
    static const char *const names[] = {"st-margarets-church-4ch-s32.wav", "seminar-room-clap.flac",
                                        "cab-radio-001-f32.wav"};
    if (!test_data())
        skip_because("no TON_DATA");
    for (int i = 0; i < fewer(TON_N(names), 1); i++) {
        char file[4300];
        struct ton_audio_whole whole;
        struct ton_err err = {0};
        struct ton_arena *const own = ton_arena_create();
        struct ton_room_path real = {.name = names[i]};
        const struct ton_room_path_how open = {.celsius = 20.0};
        snprintf(file, sizeof file, "%s/ir/%s", test_data(), names[i]);
        assert_int_equal(ton_audio_read_whole(&whole, own, file, 44100, 8, &err), TON_OK);
        assert_int_equal(
            ton_room_path_measure(&real, own, whole.data[0], (int)whole.frames, 44100, &open, &err),
            TON_OK);
        const struct ton_room_page_path p = {.path = &real, .distance_m = NAN};
        char *page = write_one(&p);
        figure("%s: %zu bytes (150000), %d elements", names[i], strlen(page), hold_whole(page));
        assert_true(strlen(page) < 150000);
        ton_free(page);
        ton_arena_destroy(own);
    }
}

/* How often it was refused before there was enough; then nothing of it is missing. */
static int refuse(const struct ton_room_page *page) {
    char *const whole = write_page(page);
    const int drawn = count(whole, "<path");
    ton_free(whole);
    enum ton_code code = TON_MEMORY;
    int n = 0;
    for (; code != TON_OK && n < 2000; n++) {
        struct ton_text out = {0};
        struct ton_err err;
        ton_alloc_fail_after(n);
        code = ton_room_page_write(&out, page, &err);
        ton_alloc_fail_after(-1);
        assert_true(code == TON_OK ? !out.failed : code == TON_MEMORY);
        if (code == TON_OK)
            assert_int_equal(count(out.data, "<path"), drawn);
        ton_text_free(&out);
    }
    return code == TON_OK ? n - 1 : -1;
}

static void want_of_memory_is_told(void **state) {
    (void)state;
    const struct ton_room_page_path p = {.path = &path, .distance_m = NAN, .advices = &advices};
    const int plots = refuse(&(struct ton_room_page){.paths = &p, .n = 1});
    const int text = refuse(&(struct ton_room_page){.paths = &p});
    figure("refused %d times with plots (10 or more), %d times without (2 or more)", plots, text);
    assert_true(plots > 10 && text >= 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_serious_comes_first_and_nothing_is_left_out),
        cmocka_unit_test(a_page_is_whole_and_refers_to_nothing_but_its_files),
        cmocka_unit_test(what_was_not_measured_is_a_dash_with_its_reason),
        cmocka_unit_test(the_overview_has_the_figures_of_500_hz_and_1_khz),
        cmocka_unit_test(a_resonance_stands_beside_the_mode_that_it_is),
        cmocka_unit_test(real_rooms_make_whole_pages),
        cmocka_unit_test(want_of_memory_is_told),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
