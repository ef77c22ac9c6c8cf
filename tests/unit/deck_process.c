/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a deck's callback makes of the device's periods: what is recorded stands where the device's
 * clock says, whatever was lost. */
#include "recorder_rig.h"

#include "deck.h"

enum { RATE = 48000, FROM = 12000, TO = 36000, LENGTH = TO - FROM, BLOCK = 256 };

/* A session of silence that plays, a recorder and the callback between them. */
struct line_up {
    struct sync_audio sync;
    struct deck_audio audio;
    struct deck_loop loop;
    float click[BLOCK], unheard[2][BLOCK];
    int64_t frame;            /* of the device, of the next block */
    int64_t rolls_at;         /* the first that rolled */
    int64_t gap_from, gap_to; /* what was lost */
};

static void line_up(struct line_up *l, struct rig *r, struct ton_recorder *recorder) {
    struct ton_err err = {0};
    memset(l, 0, sizeof *l);
    rig_write(r, "s.yaml", "tonmeister: 1\ntitle: S\nrate: 48 kHz\ntracks:\n  T: {input: 1}\n");
    const struct ton_transport_config config = {.session = rig_session(r, rig_path(r, "s.yaml")),
                                                .endless = true};
    struct ton_transport *t = NULL;
    assert_int_equal(ton_transport_create(&t, &config, &err), TON_OK);
    assert_int_equal(ton_transport_loop(t, FROM, TO, &err), TON_OK);
    assert_int_equal(ton_transport_locate(t, FROM, &err), TON_OK);
    assert_int_equal(ton_mix_meter_create(&l->audio.meter, RATE, &err), TON_OK);
    l->sync.ltc_input = l->sync.ltc_output = -1;
    atomic_store(&l->sync.roll_at, NEVER);
    atomic_store(&l->sync.ready, NEVER);
    l->audio.sync = &l->sync;
    l->audio.click = l->click;
    l->audio.unheard[0] = l->unheard[0];
    l->audio.unheard[1] = l->unheard[1];
    l->audio.recorder = recorder;
    l->loop = (struct deck_loop){FROM, TO};
    atomic_store(&l->audio.loop, &l->loop);
    atomic_store(&l->audio.transport, t);
    l->rolls_at = -1;
}

static void clear(struct line_up *l) {
    ton_transport_destroy(atomic_load(&l->audio.transport));
    ton_mix_meter_destroy(l->audio.meter);
}

/* A period; `lost` frames before it are gone. */
static void feed(struct line_up *l, int64_t lost) {
    float in[BLOCK], left[BLOCK] = {0}, right[BLOCK] = {0};
    if (lost > 0) {
        l->gap_from = l->frame;
        l->gap_to = l->frame += lost;
    }
    for (int i = 0; i < BLOCK; i++)
        in[i] = deck_sample(0, l->frame + i);
    struct ton_device_block block = {.frame = l->frame,
                                     .lost = lost,
                                     .frames = BLOCK,
                                     .in = (const float *const[]){in},
                                     .out = (float *const[]){left, right},
                                     .rolling_frame = -1};
    ton_rt_enter();
    deck_process(&l->audio, &block);
    ton_rt_leave();
    if (l->rolls_at < 0 && l->audio.rolled)
        l->rolls_at = l->frame; /* it begins with a block: nothing is counted in */
    l->frame += BLOCK;
}

/* The frames of a pass that its clips have in their places; what was lost is silent, or has none.
 */
static int64_t in_place(const struct line_up *l, const struct ton_recorded *t, const char *path) {
    int64_t frames = 0, right = 0;
    int32_t *x = deck_read(path, 0, &frames);
    for (int c = 0; c < t->n_clips; c++)
        for (int64_t i = 0; i < t->clips[c].frames; i++) {
            const int64_t frame = l->rolls_at + t->pass * LENGTH + t->clips[c].at + i - FROM;
            const int32_t heard = x[t->clips[c].from + i];
            if (heard == deck_number(0, frame))
                right++;
            else if (heard != 0)
                fail_msg("pass %d: frame %lld is not in its place", t->pass, (long long)frame);
        }
    ton_free(x);
    return right;
}

/* Of [from, to). */
static int64_t lost_of(const struct line_up *l, int64_t from, int64_t to) {
    const int64_t a = l->gap_from > from ? l->gap_from : from, b = l->gap_to < to ? l->gap_to : to;
    return b > a ? b - a : 0;
}

/* One loss, `before` the first seam of a loop or behind it. */
static void lose(struct rig *r, int64_t lost, int64_t before) {
    static struct line_up l;
    struct ton_recorder_config config = deck_tracks(r, 1);
    config.from_roll = config.loops = true;
    config.punch_in = FROM;
    config.punch_out = TO;
    config.folder =
        rig_path(r, ton_arena_printf(r->arena, "%lld_%lld", (long long)lost, (long long)before));
    assert_int_equal(ton_path_make_folders(config.folder, &r->err), TON_OK);
    struct deck *d = deck_open(r, &config);
    line_up(&l, r, d->recorder);
    deck_start(r, d, 1);
    ton_transport_roll(atomic_load(&l.audio.transport), 0);
    while (l.rolls_at < 0 || l.frame < l.rolls_at + 4 * LENGTH) {
        const bool now = !l.gap_to && l.rolls_at >= 0 && l.frame >= l.rolls_at + LENGTH - before;
        feed(&l, now ? lost : 0);
        usleep(100); /* for those who read ahead */
    }
    deck_stop(r, d);
    const struct ton_recorded *t = deck_takes(r, d, (int)d->recorder->n_takes);
    for (int pass = 0; pass < 3; pass++) {
        const int64_t from = l.rolls_at + pass * LENGTH;
        const int64_t heard = LENGTH - lost_of(&l, from, from + LENGTH);
        const char *path = ton_arena_printf(r->arena, "%s/%s", config.folder, t[pass].file);
        if (in_place(&l, &t[pass], path) != heard)
            fail_msg("lost %lld, %lld before the seam: pass %d is not whole", (long long)lost,
                     (long long)before, pass);
    }
    clear(&l);
    deck_close(d);
}

static void passes_are_where_the_clock_says_though_some_was_lost_at_the_seam(void **state) {
    static const int losses[] = {1, 500, 3000}, befores[] = {4000, 2900, 600, 300, 0, -300, -2000};
    for (int i = 0; i < TON_N(losses); i++)
        for (int k = 0; k < TON_N(befores); k++)
            lose(*state, losses[i], befores[k]);
    figure("%d losses around a loop's seam: every pass is whole, each frame in its place",
           TON_N(losses) * TON_N(befores));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            passes_are_where_the_clock_says_though_some_was_lost_at_the_seam, rig_setup,
            rig_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
