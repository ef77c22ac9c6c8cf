/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading sessions: what good ones mean, what is said about broken ones, and that nothing breaks
 * the reader. */
#include "session_stage.h"

static void every_fixture_says_what_its_expect_file_says(void **state) {
    struct stage *s = *state;
    static const char *const kinds[] = {"good", "broken"};
    int n_files = 0, n_problems = 0;
    for (int k = 0; k < 2; k++) {
        char folder[TON_PATH_MAX], name[512];
        char **names;
        size_t n, length;
        snprintf(folder, sizeof folder, "%s/tests/data/sessions/%s", getenv("TON_SOURCE"),
                 kinds[k]);
        assert_int_equal(ton_path_list(&names, &n, s->arena, folder, &s->err), TON_OK);
        for (size_t i = 0; i < n; i++) {
            if (!ton_text_ends(names[i], ".yaml"))
                continue;
            snprintf(name, sizeof name, "%s/%s", kinds[k], names[i]);
            char *text = stage_file(s, name, &length);
            enum ton_code code = stage_parse(s, text, length);
            snprintf(name, sizeof name, "%s/%s.expect", kinds[k],
                     ton_path_stem(s->arena, names[i]));
            char *expected = stage_file(s, name, &length);
            assert_non_null(expected);
            assert_string_equal(stage_report(s), expected);
            assert_int_equal(code, k == 0 ? TON_OK : TON_INPUT);
            assert_true((s->session != NULL) == (k == 0));
            n_files++;
            n_problems += (int)s->problems.n;
        }
    }
    figure("%d sessions, %d problems at their places", n_files, n_problems);
    assert_true(n_files >= 20 && n_problems > 120);
}

static void the_session_of_the_product_page_means_what_it_says(void **state) {
    struct stage *s = *state;
    size_t length;
    char *text = stage_file(s, "good/night-train.yaml", &length);
    assert_int_equal(stage_parse(s, text, length), TON_OK);
    const struct ton_session *x = s->session;
    assert_string_equal(x->title, "Night Train");
    assert_string_equal(x->name, "test");
    assert_int_equal(x->rate, 48000);
    assert_int_equal(x->n_strips, 6);
    const struct ton_strip *kick = stage_strip(x, "Kick");
    assert_string_equal(kick->role, "drums.kick");
    assert_true(kick->gain_db == -3.5f && kick->pan == 0.0f);
    assert_string_equal(x->strips[kick->to].name, "Drums");
    assert_int_equal(kick->chain.n, 3);
    assert_string_equal(kick->chain.items[1].processor->id, "eq");
    assert_string_equal(x->strips[kick->chain.items[2].sidechain].name, "Bass");
    assert_int_equal(kick->n_sends, 1);
    assert_true(kick->sends[0].gain_db == -14.0f && !kick->sends[0].before_fader);
    const struct ton_strip *lead = stage_strip(x, "Lead Vocal");
    assert_int_equal(lead->to, x->mix);
    assert_int_equal(lead->n_lanes, 1);
    assert_true(ton_strip_matches(lead, "vocals") && ton_strip_matches(lead, "VOCALS.LEAD"));
    assert_true(ton_strip_matches(lead, "lead vocal") && !ton_strip_matches(lead, "vocal"));
    assert_true(!ton_strip_matches(lead, "vocals.lead.x") && !ton_strip_matches(lead, ""));
    /* intro, verse, chorus, verse, chorus: 8 + 4 x 16 bars of 4 beats at 96 bpm are 180 s. */
    assert_true(llabs(x->frames - INT64_C(180) * 48000) <= 120);
    const struct ton_processor *eq = kick->chain.items[1].processor;
    int index = -1;
    assert_non_null(ton_rows_find(eq->rows, eq->n_rows, "band 2.gain", &index, NULL));
    assert_true(kick->chain.items[1].params[index] == 2.0f);
}

static void strips_come_after_all_that_feed_them(void **state) {
    struct stage *s = *state;
    const struct ton_session *x =
        stage_session(s, "tonmeister: 1\n"
                         "tracks:\n"
                         "  Pad: {chain: [compressor: {sidechain: Kick}], sends: {Plate: -3 dB}}\n"
                         "  Kick: {to: Drums}\n"
                         "buses:\n"
                         "  Mix: {chain: [compressor: {sidechain: Plate}]}\n"
                         "  Band: {to: Mix}\n"
                         "  Drums: {to: Band, sends: {Plate: -9 dB}}\n"
                         "  Plate: {}\n");
    int place[16];
    for (int i = 0; i < x->n_strips; i++)
        place[x->order[i]] = i;
    for (int i = 0; i < x->n_strips; i++) {
        const struct ton_strip *strip = &x->strips[i];
        assert_true(strip->to < 0 || place[strip->to] > place[i]);
        for (int k = 0; k < strip->n_sends; k++)
            assert_true(place[strip->sends[k].to] > place[i]);
        for (int k = 0; k < strip->chain.n; k++)
            assert_true(strip->chain.items[k].sidechain < 0 ||
                        place[strip->chain.items[k].sidechain] < place[i]);
    }
    assert_int_equal(x->strips[x->mix].to, -1);
    assert_int_equal(x->order[x->n_strips - 1], x->mix);
}

static void a_crossfade_reaches_over_the_seam_on_both_sides(void **state) {
    struct stage *s = *state;
    size_t length;
    char *text = stage_file(s, "good/crossfades.yaml", &length);
    assert_int_equal(stage_parse(s, text, length), TON_OK);
    const struct ton_strip *full = stage_strip(s->session, "Full");
    const struct ton_clip *a = &full->clips[0], *b = &full->clips[1];
    /* 20 ms around 0:02: 480 frames to each side. */
    assert_int_equal(a->at + a->frames, 96000 + 480);
    assert_int_equal(b->at, 96000 - 480);
    assert_int_equal(b->from, 5 * 48000 - 480);
    assert_int_equal(b->frames, 48000 + 480);
    assert_true(a->fade_out == 960 && b->fade_in == 960);
    assert_true(a->equal_power_out && b->equal_power_in && !a->equal_power_in);
    /* The take of the first ends at the seam: only what stands before it can fade. */
    const struct ton_strip *lacking = stage_strip(s->session, "Short");
    a = &lacking->clips[0];
    b = &lacking->clips[1];
    assert_int_equal(a->at + a->frames, 10 * 48000);
    assert_int_equal(b->at, 10 * 48000 - 480);
    assert_true(a->fade_out == 480 && b->fade_in == 480);
    /* The second begins at the start of its take: only what stands after the seam can fade. */
    const struct ton_strip *headless = stage_strip(s->session, "Headless");
    a = &headless->clips[0];
    b = &headless->clips[1];
    assert_true(b->at == 96000 && b->from == 0 && b->fade_in == 480);
    assert_true(a->at + a->frames == 96000 + 480 && a->fade_out == 480);
    /* A second of silence lies before it. */
    const struct ton_strip *gap = stage_strip(s->session, "Gap");
    assert_true(gap->clips[0].fade_out == 0 && gap->clips[1].fade_in == 960);
    assert_int_equal(gap->clips[1].at, 96000);
}

static void a_clip_before_the_seam_is_cut_there(void **state) {
    struct stage *s = *state;
    const struct ton_session *x = stage_session(
        s, "tonmeister: 1\ntracks:\n  A:\n    clips:\n      - {take: bass.wav}\n"
           "      - {take: kick_01.wav, at: 0:10, from: 0:01, crossfade: 10 ms, fade in: 1 s}\n");
    const struct ton_clip *clips = x->strips[0].clips;
    assert_int_equal(clips[0].frames, 480000 + 240);
    assert_int_equal(clips[1].at, 480000 - 240);
    assert_int_equal(clips[1].fade_in, 480);
}

static void a_channel_is_named_by_a_word_or_its_number(void **state) {
    struct stage *s = *state;
    size_t length = 0;
    char *text = stage_file(s, "good/channels.yaml", &length);
    assert_non_null(text);
    const struct ton_session *session = stage_session(s, text);
    assert_int_equal(stage_strip(session, "Boom")->clips[0].channel, TON_CHANNEL_FIRST);
    assert_int_equal(stage_strip(session, "Lav")->clips[0].channel, TON_CHANNEL_FIRST + 5);
    assert_int_equal(stage_strip(session, "Left")->clips[0].channel, TON_CHANNEL_LEFT);
    assert_int_equal(stage_strip(session, "Both")->clips[0].channel, TON_CHANNEL_BOTH);
    assert_int_equal(stage_strip(session, "Second")->clips[0].channel, TON_CHANNEL_FIRST + 1);
    static const struct {
        const char *track;
        int left, right;
    } pairs[] = {{"Keys", 3, 4}, {"Swapped", 2, 1}, {"Block", 5, 6}};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        const struct ton_clip *clip = &stage_strip(session, pairs[i].track)->clips[0];
        assert_int_equal(clip->channel, TON_CHANNEL_FIRST + pairs[i].left - 1);
        assert_int_equal(clip->channel_right, TON_CHANNEL_FIRST + pairs[i].right - 1);
        assert_int_equal(clip->take_right, clip->take);
    }
}

static void repeats_of_a_bar_begin_on_bar_lines(void **state) {
    struct stage *s = *state;
    /* 113 bpm: a bar is 101946.9… frames, so adding rounded lengths would drift. */
    const struct ton_session *x = stage_session(
        s,
        "tonmeister: 1\ntempo: 113 bpm\ntracks:\n"
        "  A: {clips: [{take: kick_01.wav, at: 2|1, length: 1 beat, repeat: 999, every: 1 bar}]}\n"
        "  B: {clips: [{take: kick_01.wav, at: 1|2, to: 0:00.1, repeat: 999, every: 1 beat}]}\n"
        "  C: {clips: [{take: kick_01.wav, at: 0:01, to: 0:00.5, repeat: 3}]}\n");
    int64_t worst = 0;
    for (int i = 0; i < 999; i++) {
        int64_t bar = llround(ton_tempo_frame_at(x->tempo, i + 2, 1, 0));
        int64_t beat = llround(ton_tempo_frame_at(x->tempo, 1 + (i + 1) / 4, 1 + (i + 1) % 4, 0));
        int64_t off = llabs(x->strips[0].clips[i].at - bar),
                off2 = llabs(x->strips[1].clips[i].at - beat);
        worst = off > worst ? off : worst;
        worst = off2 > worst ? off2 : worst;
    }
    figure("worst of 1998 repeats: %lld frames from its bar line or beat", (long long)worst);
    assert_int_equal(worst, 0);
    assert_int_equal(x->strips[2].clips[2].at, 96000);
}

/* Letter case is free in units, also where bars of two tempos differ. */
static void a_bar_in_any_letter_case_is_the_bar_where_it_stands(void **state) {
    struct stage *s = *state;
    const struct ton_session *x = stage_session(
        s, "tonmeister: 1\n"
           "tempo: [{at: 1|1, tempo: 240 bpm, meter: 4/4}, {at: 3|1, tempo: 120 bpm}]\n"
           "tracks:\n"
           "  A: {clips: [{take: kick_01.wav, at: 3|1, length: 1 bar}]}\n"
           "  B: {clips: [{take: kick_01.wav, at: 3|1, length: 1 Bar}]}\n"
           "  C: {clips: [{take: kick_01.wav, at: 3|1, length: 4 BEATS}]}\n");
    for (int i = 0; i < 3; i++) {
        figure("%lld frames", (long long)x->strips[i].clips[0].frames);
        assert_int_equal(x->strips[i].clips[0].frames, 96000);
    }
}

/* The engine follows the ways of the strips; nobody has so many in a row. */
static void strips_in_a_row_without_end_are_refused(void **state) {
    struct stage *s = *state;
    for (int n = 200; n <= 20000; n *= 100) {
        struct ton_text t = {0};
        ton_text_add(&t, "tonmeister: 1\nbuses:\n  B0: {}\n");
        for (int i = 1; i < n; i++)
            ton_text_printf(&t, "  B%d: {to: B%d}\n", i, i - 1);
        const enum ton_code code = stage_parse(s, t.data, t.length);
        figure("%d buses in a row: %s", n, code ? s->err.text : "good");
        assert_int_equal(code, n > 1000 ? TON_INPUT : TON_OK);
        assert_int_equal(s->problems.n_errors, n > 1000);
        ton_text_free(&t);
    }
}

static void a_piece_ends_where_it_says(void **state) {
    struct stage *s = *state;
    static const char tracks[] = "tracks: {A: {clips: [{take: kick_01.wav, to: 0:01}]}}\n";
    char text[256];
    snprintf(text, sizeof text, "tonmeister: 1\ntempo: 120 bpm\nend: 3|1\n%s", tracks);
    const struct ton_session *x = stage_session(s, text);
    figure("`end: 3|1` at 120 bpm is frame %lld", (long long)x->end);
    assert_true(x->end == 4 * 48000 && x->frames == 48000);
    snprintf(text, sizeof text, "tonmeister: 1\n%s", tracks);
    assert_int_equal(stage_session(s, text)->end, 0);
}

static const char arranged[] =
    "tonmeister: 1\nsections:\n  a: {from: 0:00, to: 0:02}\n  b: {from: 0:02, to: 0:04}\n"
    "  c: {from: 0:06, to: 0:08}\narrangement: [a, b, c, b]\n"
    "tracks:\n"
    "  Long: {clips: [{take: bass.wav, from: 0:10, to: 0:20}],\n"
    "    automation: {gain: [[0:00, 0 dB], [0:08, -8 dB]], mute: [[0:03, no], [0:07, yes]]}}\n"
    "  Hits: {clips: [{take: kick_01.wav, at: 0:02, to: 0:01, fade out: 10 ms}]}\n"
    "  Late: {clips: [{take: kick_01.wav, at: 0:09, to: 0:01}]}\n";

static void the_arrangement_plays_sections_in_its_order(void **state) {
    struct stage *s = *state;
    const struct ton_session *x = stage_session(s, arranged);
    const struct ton_clip *c = stage_strip(x, "Long")->clips;
    /* a and b follow each other as recorded: one piece; c and b are cut on both sides. */
    assert_int_equal(stage_strip(x, "Long")->n_clips, 3);
    assert_true(c[0].at == 0 && c[0].from == 480000 && c[0].frames == 4 * 48000 + 120);
    assert_true(c[0].fade_in == 0 && c[0].fade_out == 240 && c[0].equal_power_out);
    assert_true(c[1].at == 4 * 48000 - 120 && c[1].from == 480000 + 6 * 48000 - 120);
    assert_true(c[1].frames == 2 * 48000 + 240 && c[1].fade_in == 240 && c[1].fade_out == 240);
    assert_true(c[2].at == 6 * 48000 - 120 && c[2].from == 480000 + 2 * 48000 - 120);
    /* A clip that begins and ends inside is heard as it is, twice. */
    const struct ton_strip *hits = stage_strip(x, "Hits");
    assert_int_equal(hits->n_clips, 2);
    assert_true(hits->clips[0].at == 96000 && hits->clips[1].at == 6 * 48000);
    assert_true(hits->clips[1].frames == 48000 && hits->clips[1].fade_out == 480 &&
                hits->clips[1].fade_in == 0);
    assert_int_equal(stage_strip(x, "Late")->n_clips, 0);
    /* The piece is as long as its sections, to the frame: its last clips do not reach on. */
    figure("four sections of 2 s are %lld frames", (long long)x->frames);
    assert_int_equal(x->frames, 8 * 48000);
    assert_true(c[2].frames == 2 * 48000 + 120 && c[2].fade_out == 120 && c[2].equal_power_out);
}

static void the_arrangement_carries_automation_along(void **state) {
    struct stage *s = *state;
    const struct ton_session *x = stage_session(s, arranged);
    const struct ton_strip *strip = stage_strip(x, "Long");
    const struct ton_lane *gain = &strip->lanes[0], *mute = &strip->lanes[1];
    static const struct {
        double at, written;
    } places[] = {{0, 0}, {1.5, 1.5}, {3.99, 3.99}, {4, 6}, {5.5, 7.5}, {6, 2}, {7, 3}, {9, 4}};
    double worst = 0;
    for (int i = 0; i < TON_N(places); i++) {
        double value = (double)ton_lane_at(gain, llround(places[i].at * 48000));
        worst = fmax(worst, fabs(value + places[i].written));
    }
    figure("gain at %d places of the arrangement: off by %.1g dB", TON_N(places), worst);
    assert_true(worst < 1e-5);
    assert_true(ton_lane_at(mute, 4 * 48000) == 0.0f && ton_lane_at(mute, 5 * 48000) == 1.0f);
    assert_true(ton_lane_at(mute, 6 * 48000) == 0.0f);
}

static void without_a_reader_of_takes_missing_ones_are_no_error(void **state) {
    struct stage *s = *state;
    static const char text[] = "tonmeister: 1\ntracks: {A: {clips: [{take: nowhere.wav}, {take: "
                               "x.wav, from: 0:01, to: 0:03, at: 0:05, crossfade: 5 ms}]}}\n";
    ton_problems_init(&s->problems, s->arena);
    assert_int_equal(ton_session_parse(&s->session, s->arena, "x.yaml", text, strlen(text), NULL,
                                       &s->problems, &s->err),
                     TON_OK);
    assert_int_equal(s->problems.n, 0);
    assert_int_equal(s->session->strips[0].clips[0].frames, 0);
    assert_int_equal(s->session->strips[0].clips[1].frames, 96000);
}

static void a_session_file_that_is_not_there_is_said(void **state) {
    struct stage *s = *state;
    assert_int_not_equal(ton_session_read(&s->session, s->arena, "/nowhere/sessions/x.yaml", NULL,
                                          &s->problems, &s->err),
                         TON_OK);
    assert_null(s->session);
    assert_non_null(strstr(s->err.where, "/nowhere/sessions/x.yaml"));
    assert_int_not_equal(
        ton_session_read(&s->session, s->arena, stage_folder(), NULL, &s->problems, &s->err),
        TON_OK);
}

static void every_single_failed_allocation_is_survived(void **state) {
    struct stage *s = *state;
    size_t length;
    char *text = stage_file(s, "good/every-key.yaml", &length);
    assert_non_null(text);
    long n = 0, failed = 0;
    for (;; n++) {
        struct ton_arena *arena = ton_arena_create();
        struct ton_problems problems;
        struct ton_session *session = NULL;
        struct ton_err err = {0};
        assert_non_null(arena);
        ton_problems_init(&problems, arena);
        char path[128];
        snprintf(path, sizeof path, "%s/sessions/test.yaml", stage_folder());
        ton_alloc_fail_after(n);
        enum ton_code code =
            ton_session_parse(&session, arena, path, text, length, &stage_reader, &problems, &err);
        ton_alloc_fail_after(-1);
        ton_arena_destroy(arena);
        if (code == TON_OK)
            break;
        assert_int_equal(code, TON_MEMORY);
        failed++;
    }
    figure("%ld allocations, each failed once", failed);
    assert_true(failed > 3);
}

static void a_cut_off_session_is_said_to_be_broken_at_every_byte(void **state) {
    struct stage *s = *state;
    size_t length;
    char *text = stage_file(s, "good/every-key.yaml", &length);
    int good = 0, bad = 0;
    for (size_t n = 0; n < length; n += 3) {
        struct ton_arena *arena = ton_arena_create();
        ton_problems_init(&s->problems, arena);
        char *part = ton_arena_copy(arena, text, n);
        enum ton_code code = ton_session_parse(&s->session, arena, "x.yaml", part, n, &stage_reader,
                                               &s->problems, &s->err);
        assert_true(code == TON_OK || code == TON_INPUT);
        assert_true((code == TON_INPUT) == (s->problems.n_errors > 0));
        *(code == TON_OK ? &good : &bad) += 1;
        ton_arena_destroy(arena);
    }
    figure("%d cuts: %d refused, %d still a session", good + bad, bad, good);
    assert_true(bad > 100);
}

/* 200 tracks, 5,000 clips and 20,000 points: what the reader walks must grow with the session and
 * not with its square. Counted in bytes, which the machine's load does not change. */
static size_t arena_of(struct stage *s, int tracks, int *clips, int *points) {
    struct ton_text t = {0};
    ton_text_add(&t, "tonmeister: 1\ntempo: 120 bpm\ntracks:\n");
    for (int i = 0; i < tracks; i++) {
        ton_text_printf(&t, "  Track %d:\n    to: Bus %d\n    sends: {Plate: -14 dB}\n    clips:\n",
                        i, i % 8);
        for (int k = 0; k < 25; k++)
            ton_text_printf(&t,
                            "      - {take: kick_01.wav, at: %d|1, from: 0:0%d, length: 1 bar, "
                            "crossfade: 5 ms}\n",
                            1 + k, 1 + k % 5);
        ton_text_add(&t, "    automation:\n      gain: [");
        for (int k = 0; k < 100; k++)
            ton_text_printf(&t, "%s[0:%02d.%d, -%d.5 dB]", k ? ", " : "", k / 2, k % 2 * 5, k % 9);
        ton_text_add(&t, "]\n");
    }
    ton_text_add(&t,
                 "buses: {Plate: , Bus 0: , Bus 1: , Bus 2: , Bus 3: , Bus 4: , Bus 5: , Bus 6: "
                 ", Bus 7: }\n");
    size_t before = ton_arena_bytes(s->arena);
    const struct ton_session *x = stage_session(s, t.data);
    ton_text_free(&t);
    *clips = *points = 0;
    for (int i = 0; i < x->n_strips; i++) {
        *clips += x->strips[i].n_clips;
        for (int k = 0; k < x->strips[i].n_lanes; k++)
            *points += x->strips[i].lanes[k].n;
    }
    return ton_arena_bytes(s->arena) - before;
}

static void a_large_session_costs_as_much_a_track_as_a_small_one(void **state) {
    struct stage *s = *state;
    int clips, points;
    size_t small = arena_of(s, 20, &clips, &points);
    size_t large = arena_of(s, 200, &clips, &points);
    figure("%d clips, %d points: %.1f MB, %.2f times the small one's bytes a track", clips, points,
           (double)large / 1e6, (double)large / (double)small / 10.0);
    assert_true(clips == 5000 && points == 20000);
    assert_true((double)large < (double)small * 10.0 * 1.6);
}

int main(void) {
#define PROMISE(f) cmocka_unit_test_setup_teardown(f, stage_open, stage_close)
    const struct CMUnitTest tests[] = {
        PROMISE(every_fixture_says_what_its_expect_file_says),
        PROMISE(the_session_of_the_product_page_means_what_it_says),
        PROMISE(strips_come_after_all_that_feed_them),
        PROMISE(a_crossfade_reaches_over_the_seam_on_both_sides),
        PROMISE(a_clip_before_the_seam_is_cut_there),
        PROMISE(a_channel_is_named_by_a_word_or_its_number),
        PROMISE(repeats_of_a_bar_begin_on_bar_lines),
        PROMISE(a_bar_in_any_letter_case_is_the_bar_where_it_stands),
        PROMISE(strips_in_a_row_without_end_are_refused),
        PROMISE(a_piece_ends_where_it_says),
        PROMISE(the_arrangement_plays_sections_in_its_order),
        PROMISE(the_arrangement_carries_automation_along),
        PROMISE(without_a_reader_of_takes_missing_ones_are_no_error),
        PROMISE(a_session_file_that_is_not_there_is_said),
        PROMISE(every_single_failed_allocation_is_survived),
        PROMISE(a_cut_off_session_is_said_to_be_broken_at_every_byte),
        PROMISE(a_large_session_costs_as_much_a_track_as_a_small_one),
    };
    return cmocka_run_group_tests(tests, NULL, stage_end);
}
