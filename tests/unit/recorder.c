/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Takes of a device of the test's own: every sample in its place, whatever the device does. */
#include "recorder_rig.h"

static void the_button_makes_takes_of_every_sample_between(void **state) {
    struct rig *r = *state;
    enum { TRACKS = 4, FROM = 30000, FRAMES = 100000 };
    struct ton_recorder_config config = deck_tracks(r, TRACKS);
    struct deck *d = deck_open(r, &config);
    deck_run(d, FROM, 256);
    deck_start(r, d, 3);
    deck_run(d, FRAMES, 256);
    deck_stop(r, d);
    deck_run(d, 1000, 256);
    const struct ton_recorded *t = deck_takes(r, d, TRACKS);
    for (int i = 0; i < TRACKS; i++) {
        assert_string_equal(t[i].file, ton_arena_printf(r->arena, "t%d_03.wav", i + 1));
        assert_int_equal(t[i].frames, FRAMES);
        assert_int_equal(t[i].track, i);
        assert_int_equal(t[i].number, 3);
        assert_int_equal(t[i].captured, FROM);
        assert_true(t[i].finished);
        deck_check(r, &t[i], 0, i, FROM);
    }
    deck_close(d);
    figure("%d tracks of %d frames, bit-equal", TRACKS, FRAMES);
}

static void how_the_device_cuts_its_time_changes_nothing(void **state) {
    struct rig *r = *state;
    static const int blocks[] = {1, 61, 1024, DECK_MOST};
    struct ton_recorder_config config = deck_tracks(r, 1);
    config.ring_s = 0.25; /* its end comes often */
    struct deck *d = deck_open(r, &config);
    for (int i = 0; i < TON_N(blocks); i++) {
        const int64_t from = d->frame;
        deck_start(r, d, i + 1);
        deck_run(d, 20000, blocks[i]);
        deck_stop(r, d);
        const struct ton_recorded *t = deck_takes(r, d, i + 1);
        assert_int_equal(t[i].frames, 20000);
        deck_check(r, &t[i], 0, 0, from);
    }
    deck_close(d);
}

/* 1.5 and the smallest denormal are in it. */
static void floats_are_written_as_they_are(void **state) {
    struct rig *r = *state;
    static const float odd[] = {1.5F, 1e-45F, -3.25e20F, -0.0F, 0x1.234566p-13F};
    struct ton_recorder_config config = deck_tracks(r, 1);
    config.bits = 32;
    struct deck *d = deck_open(r, &config);
    const float *in = odd;
    deck_start(r, d, 1);
    ton_recorder_capture(d->recorder, &in, TON_N(odd), 0, NULL, 0);
    deck_stop(r, d);
    const struct ton_recorded *t = deck_takes(r, d, 1);
    size_t size = 0;
    char *bytes = NULL;
    assert_int_equal(ton_path_read(&bytes, &size, r->arena, rig_path(r, t->file), 1 << 20, &r->err),
                     TON_OK);
    assert_memory_equal(bytes + size - sizeof odd, odd, sizeof odd);
    deck_close(d);
}

static void several_tracks_can_share_one_file(void **state) {
    struct rig *r = *state;
    enum { FRAMES = 30000 };
    const struct ton_recorder_track tracks[] = {
        {.name = "Piano", .stem = "piano", .inputs = {4, 1}, .n_inputs = 2},
        {.name = "Voice", .stem = "voice", .inputs = {2}, .n_inputs = 1}};
    static const int inputs[] = {4, 1, 2};
    const char *machine;
    static const char *const names[] = {"Piano L", "Piano R", "Voice"};
    struct ton_recorder_config config = deck_tracks(r, 5);
    config.tracks = tracks;
    config.n_tracks = 2;
    config.poly = true;
    config.poly_stem = "scene 1";
    struct deck *d = deck_open(r, &config);
    deck_start(r, d, 12);
    deck_run(d, FRAMES, 256);
    deck_stop(r, d);
    const struct ton_recorded *t = deck_takes(r, d, 1);
    assert_string_equal(t->file, "scene 1_12.wav");
    assert_int_equal(t->track, -1);
    struct ton_audio_in *in = NULL;
    assert_int_equal(ton_audio_open(&in, rig_path(r, t->file), &r->err), TON_OK);
    for (int c = 0; c < TON_N(inputs); c++) {
        deck_check(r, t, c, inputs[c], 0);
        assert_string_equal(ton_audio_info(in)->track_names[c], names[c]);
    }
    assert_int_equal(ton_audio_ixml(&machine, r->arena, in, "CHANNEL_INDEX", &r->err), TON_OK);
    assert_string_equal(machine, "5"); /* counted from 1 */
    ton_audio_close(in);
    deck_close(d);
}

static void a_take_has_the_seconds_before_the_button(void **state) {
    struct rig *r = *state;
    struct ton_recorder_config config = deck_tracks(r, 2);
    config.pre_roll_s = 1.0;
    config.ring_s = 2.0;
    struct deck *d = deck_open(r, &config);
    deck_run(d, 10000, 256); /* less than there could be */
    deck_start(r, d, 1);
    deck_run(d, 5000, 256);
    deck_stop(r, d);
    deck_run(d, 300000, 256);
    d->rolling = TON_ROLLING_PLAYS;
    d->place = 70000;
    deck_run(d, 60000, 256);
    deck_start(r, d, 2);
    deck_run(d, 5000, 256);
    deck_stop(r, d);
    const struct ton_recorded *t = deck_takes(r, d, 4);
    assert_int_equal(t[0].pre_roll, 10000);
    assert_int_equal(t[0].frames, 15000);
    assert_int_equal(t[2].pre_roll, DECK_RATE);
    assert_int_equal(t[2].frames, DECK_RATE + 5000);
    assert_int_equal(t[2].place, 130000 - DECK_RATE);
    assert_int_equal(t[2].n_clips, 1);
    assert_int_equal(t[2].clips->from, DECK_RATE);
    assert_int_equal(t[2].clips->at, 130000);
    assert_int_equal(atomic_load(&d->recorder->capture.n_events), 1); /* it began to roll */
    for (int i = 0; i < 2; i++) {
        deck_check(r, &t[i], 0, i, 0);
        deck_check(r, &t[2 + i], 0, i, 375000 - DECK_RATE);
    }
    deck_close(d);
    figure("a pre-roll of %.1f s, bit-equal, when 375000 frames had gone by", config.pre_roll_s);
}

/* The take in the loop is found again at its place in the file's own words. */
static void a_punch_in_a_loop_gives_takes_at_their_places(void **state) {
    struct rig *r = *state;
    enum { LATENCY = 517, IN = 20000, OUT = 50000, LENGTH = 96000, PASSES = 3 };
    struct ton_recorder_config config = deck_tracks(r, 1);
    config.latency = LATENCY;
    config.punch_in = IN;
    config.punch_out = OUT;
    config.loops = true;
    config.time_reference = 1000000;
    struct deck *d = deck_open(r, &config);
    rig_write(r, "t1_02.wav", "somebody's");
    deck_start(r, d, 1);
    deck_run(d, 1000, 256);
    d->rolling = TON_ROLLING_PLAYS;
    d->loop_to = LENGTH;
    deck_run(d, (int64_t)PASSES * LENGTH, 256);
    deck_wait(d);
    deck_stop(r, d);
    const struct ton_recorded *t = deck_takes(r, d, PASSES);
    static const int numbers[] = {1, 3, 4};
    for (int i = 0; i < PASSES; i++) {
        struct ton_audio_in *in = NULL;
        assert_int_equal(t[i].number, numbers[i]);
        assert_int_equal(t[i].pass, i);
        assert_int_equal(t[i].frames, OUT - IN);
        assert_int_equal(t[i].place, IN);
        assert_int_equal(t[i].n_clips, 1);
        assert_int_equal(t[i].clips->at, IN);
        assert_int_equal(t[i].clips->frames, OUT - IN);
        deck_check(r, &t[i], 0, 0, 1000 + i * LENGTH + IN + LATENCY);
        assert_int_equal(ton_audio_open(&in, rig_path(r, t[i].file), &r->err), TON_OK);
        assert_int_equal(ton_audio_info(in)->time_reference, 1000000 + IN);
        ton_audio_close(in);
    }
    assert_string_equal(rig_text(r, rig_path(r, "t1_02.wav")), "somebody's");
    deck_close(d);
    figure("%d passes, each %d frames from place %d, latency %d", PASSES, OUT - IN, IN, LATENCY);
}

static void what_is_lost_in_a_punch_does_not_end_it(void **state) {
    struct rig *r = *state;
    enum { IN = 10000, OUT = 40000, LOST = 700 };
    struct ton_recorder_config config = deck_tracks(r, 1);
    config.punch_in = IN;
    config.punch_out = OUT;
    struct deck *d = deck_open(r, &config);
    d->rolling = TON_ROLLING_PLAYS;
    deck_start(r, d, 1);
    deck_run(d, 20000, 256);
    deck_feed(d, 256, LOST);
    deck_run(d, 30000, 256);
    deck_stop(r, d);
    const struct ton_recorded *t = deck_takes(r, d, 1);
    assert_int_equal(t->frames, OUT - IN + LOST);
    assert_int_equal(t->n_gaps, 1);
    assert_int_equal(t->n_clips, 2);
    deck_check(r, t, 0, 0, IN);
    deck_close(d);
}

static void a_take_may_wait_for_the_timeline_to_roll(void **state) {
    struct rig *r = *state;
    struct ton_recorder_config config = deck_tracks(r, 1);
    config.from_roll = true;
    struct deck *d = deck_open(r, &config);
    d->place = 96000;
    deck_start(r, d, 1);
    deck_run(d, 7000, 256);
    deck_wait(d);
    d->rolling = TON_ROLLING_PLAYS;
    deck_run(d, 9000, 256);
    deck_stop(r, d);
    const struct ton_recorded *t = deck_takes(r, d, 1);
    assert_int_equal(t->frames, 9000);
    assert_int_equal(t->place, 96000);
    deck_check(r, t, 0, 0, 7000);
    deck_close(d);
}

/* Known only after the file was begun: when it starts to roll. */
static void a_take_begun_before_it_rolls_has_the_place_all_the_same(void **state) {
    struct rig *r = *state;
    struct ton_recorder_config config = deck_tracks(r, 1);
    struct ton_audio_in *in = NULL;
    struct deck *d = deck_open(r, &config);
    d->place = 480000;
    deck_run(d, 1000, 256);
    deck_start(r, d, 1);
    deck_run(d, 30000, 256);
    d->rolling = TON_ROLLING_COUNT_IN;
    d->place = 480000 - 24000;
    deck_run(d, 24000, 250);
    assert_int_equal(d->place, 480000);
    d->rolling = TON_ROLLING_PLAYS;
    deck_run(d, 10000, 256);
    deck_stop(r, d);
    const struct ton_recorded *t = deck_takes(r, d, 1);
    assert_int_equal(t->place, 480000 - 54000);
    assert_int_equal(t->clips->from, 54000);
    assert_int_equal(t->clips->at, 480000);
    assert_int_equal(ton_audio_open(&in, rig_path(r, t->file), &r->err), TON_OK);
    assert_int_equal(ton_audio_info(in)->time_reference, 480000 - 54000);
    ton_audio_close(in);
    deck_close(d);
}

static void what_the_device_lost_is_silence_of_its_length(void **state) {
    struct rig *r = *state;
    static const int64_t lost[] = {1, 777, 100000};
    struct ton_recorder_config config = deck_tracks(r, 2);
    config.pre_roll_s = 3.0;
    struct deck *d = deck_open(r, &config);
    d->rolling = TON_ROLLING_PLAYS;
    deck_run(d, 1000, 256);
    deck_feed(d, 256, 5000); /* in the pre-roll */
    deck_start(r, d, 1);
    int64_t at = 1000 + 5000 + 256, sum = 0;
    for (int i = 0; i < TON_N(lost); i++) {
        deck_run(d, 10000, 256);
        deck_feed(d, 256, lost[i]);
        sum += lost[i];
    }
    deck_stop(r, d);
    const struct ton_recorded *t = deck_takes(r, d, 2);
    assert_int_equal(t->frames, d->frame);
    assert_int_equal(t->pre_roll, at);
    assert_int_equal(t->n_gaps, TON_N(lost) + 1);
    assert_int_equal(t->gaps[0].at, 1000);
    assert_int_equal(t->gaps[0].frames, 5000);
    for (int i = 0; i < TON_N(lost); i++) {
        at += 10000;
        assert_int_equal(t->gaps[i + 1].at, at);
        assert_int_equal(t->gaps[i + 1].frames, lost[i]);
        assert_false(t->gaps[i + 1].overrun);
        at += lost[i] + 256;
    }
    /* The transport stood still while nobody asked it: a clip ends at every gap. */
    assert_int_equal(t->n_clips, TON_N(lost) + 1);
    for (int i = 1; i < t->n_clips; i++) {
        const struct ton_recorded_clip *clip = &t->clips[i], *before = clip - 1;
        assert_int_equal(clip->at, before->at + before->frames);
        assert_int_equal(clip->from, before->from + before->frames + lost[i - 1]);
    }
    for (int i = 0; i < 2; i++)
        deck_check(r, &t[i], 0, i, 0);
    struct ton_recorder_status status;
    ton_recorder_status(d->recorder, &status);
    assert_int_equal(status.lost, sum + 5000);
    assert_int_equal(status.captured, d->frame);
    deck_close(d);
    figure("%lld frames lost in %d places, all others at theirs", (long long)sum + 5000,
           TON_N(lost) + 1);
}

/* Too many to be remembered all; those of the pre-roll are. */
static void what_was_lost_again_and_again_is_in_its_place(void **state) {
    struct rig *r = *state;
    enum { BLOCKS = 3000, BLOCK = 64 };
    struct ton_recorder_config config = deck_tracks(r, 1);
    config.pre_roll_s = 1.0;
    config.ring_s = 1.0;
    struct deck *d = deck_open(r, &config);
    for (int i = 0; i < BLOCKS; i++) {
        while (deck_is_full(d))
            usleep(1000);
        deck_feed(d, BLOCK, 1);
    }
    deck_start(r, d, 1);
    deck_run(d, 1000, BLOCK);
    deck_stop(r, d);
    const struct ton_recorded *t = deck_takes(r, d, 1);
    assert_int_equal(t->frames, DECK_RATE + 1000);
    assert_in_range(t->n_gaps, DECK_RATE / (BLOCK + 1), DECK_RATE / (BLOCK + 1) + 1);
    deck_check(r, t, 0, 0, (int64_t)BLOCKS * (BLOCK + 1) - DECK_RATE);
    deck_close(d);
    figure("%d of %d gaps are in the pre-roll", t->n_gaps, BLOCKS);
}

static void a_long_take_becomes_rf64_while_it_grows(void **state) {
    struct rig *r = *state;
    struct ton_recorder_config config = deck_tracks(r, 3);
    config.poly = true;
    config.poly_stem = "all";
    config.bits = 32;
    config.rf64_limit = 1000000;
    struct deck *d = deck_open(r, &config);
    deck_start(r, d, 1);
    const char *path = rig_path(r, "all_01.wav");
    deck_run(d, 60000, 256);
    deck_settled(path, 60000);
    char head[4] = "", later[4] = "";
    FILE *f = fopen(path, "r");
    assert_int_equal(fread(head, 1, 4, f), 4);
    deck_run(d, 60000, 256);
    deck_settled(path, 120000);
    rewind(f);
    assert_int_equal(fread(later, 1, 4, f), 4);
    fclose(f);
    assert_memory_equal(head, "RIFF", 4);
    assert_memory_equal(later, "RF64", 4);
    deck_stop(r, d);
    const struct ton_recorded *t = deck_takes(r, d, 1);
    assert_int_equal(t->frames, 120000);
    for (int c = 0; c < 3; c++)
        deck_check(r, t, c, c, 0);
    deck_close(d);
}

static void a_take_can_be_read_while_it_is_recorded(void **state) {
    struct rig *r = *state;
    struct ton_recorder_config config = deck_tracks(r, 1);
    const bool ffprobe = system("command -v ffprobe >/dev/null 2>&1") == 0;
    struct deck *d = deck_open(r, &config);
    deck_start(r, d, 1);
    for (int i = 1; i <= 3; i++) {
        int64_t n = 0;
        deck_run(d, 50001, 256);
        deck_settled(rig_path(r, "t1_01.wav"), i * 50001);
        int32_t *x = deck_read(rig_path(r, "t1_01.wav"), 0, &n);
        assert_int_equal(n, i * 50001);
        deck_holds(x, 0, n, 0, 0);
        ton_free(x);
        if (ffprobe)
            assert_int_equal(frames_by_ffprobe(r, rig_path(r, "t1_01.wav")), n);
    }
    deck_close(d); /* ends it too */
    int64_t n = 0;
    ton_free(deck_read(rig_path(r, "t1_01.wav"), 0, &n));
    assert_int_equal(n, 150003);
    figure("read three times while it grew%s", ffprobe ? ", by ffprobe too" : "");
}

static void levels_are_shown_of_every_input(void **state) {
    struct rig *r = *state;
    struct ton_recorder_config config = deck_tracks(r, 2);
    struct deck *d = deck_open(r, &config);
    struct ton_recorder_meter m = {0};
    static float loud[4800], soft[4800];
    const float *in[] = {loud, soft};
    loud[100] = loud[101] = loud[102] = -1.0F;
    loud[200] = loud[201] = 1.0F; /* not three */
    loud[4799] = loud[4798] = 1.0F;
    soft[17] = 0.25F;
    ton_recorder_capture(d->recorder, in, 4800, 0, NULL, 0);
    loud[0] = 1.0F; /* with the two before */
    ton_recorder_capture(d->recorder, in, 240, 0, NULL, 0);
    for (int i = 0; i < 2000 && (m.overs < 3 || m.peak < 1.0F); i++) {
        usleep(10000);
        ton_recorder_meter(d->recorder, 0, &m);
    }
    assert_true(m.peak == 1.0F && m.held == 1.0F);
    assert_int_equal(m.overs, 3);
    ton_recorder_meter(d->recorder, 1, &m);
    assert_true(m.peak == 0.25F && m.held == 0.25F);
    for (int i = 0; i < 4; i++)
        ton_recorder_capture(d->recorder, (const float *[]){loud + 300, soft + 300}, 2400, 0, NULL,
                             0);
    for (int i = 0; i < 2000 && m.peak > 0; i++) {
        usleep(10000);
        ton_recorder_meter(d->recorder, 1, &m);
    }
    assert_true(m.peak == 0 && m.held == 0.25F);
    ton_recorder_reset_meters(d->recorder);
    ton_recorder_meter(d->recorder, 1, &m);
    assert_true(m.held == 0);
    deck_close(d);
}

static void a_take_has_the_levels_of_its_own_stretch(void **state) {
    struct rig *r = *state;
    struct ton_recorder_config config = deck_tracks(r, 2);
    struct deck *d = deck_open(r, &config);
    static float loud[4800], silence[4800];
    loud[100] = loud[101] = loud[102] = -1.0F;
    ton_recorder_capture(d->recorder, (const float *[]){loud, loud}, 4800, 0, NULL, 0);
    for (int take = 0; take < 2; take++) {
        loud[50] = 0.5F;
        deck_start(r, d, take + 1);
        ton_recorder_capture(d->recorder,
                             (const float *[]){loud + 103 * take, silence + 103 * take}, 4000, 0,
                             NULL, 0);
        deck_stop(r, d);
        loud[110 + take] = 0.25F;
    }
    const struct ton_recorded *t = deck_takes(r, d, 4);
    for (int i = 0; i < 4; i++) {
        const struct ton_recorder_meter *m = t[i].levels;
        assert_non_null(m);
        figure("take %d: held %g, %lld overs; beside it %g", t[i].number, (double)m[0].held,
               (long long)m[0].overs, (double)m[1].held);
        assert_true(m[0].held == (i < 2 ? 1.0F : 0.25F));
        assert_int_equal(m[0].overs, i < 2);
        assert_true(m[1].held == 0 && m[1].overs == 0);
    }
    deck_close(d);
}

int main(void) {
#define PROMISE(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)
    const struct CMUnitTest tests[] = {
        PROMISE(the_button_makes_takes_of_every_sample_between),
        PROMISE(how_the_device_cuts_its_time_changes_nothing),
        PROMISE(floats_are_written_as_they_are),
        PROMISE(several_tracks_can_share_one_file),
        PROMISE(a_take_has_the_seconds_before_the_button),
        PROMISE(a_punch_in_a_loop_gives_takes_at_their_places),
        PROMISE(what_is_lost_in_a_punch_does_not_end_it),
        PROMISE(a_take_may_wait_for_the_timeline_to_roll),
        PROMISE(a_take_begun_before_it_rolls_has_the_place_all_the_same),
        PROMISE(what_the_device_lost_is_silence_of_its_length),
        PROMISE(what_was_lost_again_and_again_is_in_its_place),
        PROMISE(a_long_take_becomes_rf64_while_it_grows),
        PROMISE(a_take_can_be_read_while_it_is_recorded),
        PROMISE(levels_are_shown_of_every_input),
        PROMISE(a_take_has_the_levels_of_its_own_stretch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
