/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where takes begin and end, and where they stand on the timeline, however the time is handed over.
 */
#include "promise.h"

#include "cutter.h"
#include "ton/arena.h"
#include "ton/text.h"

#define N(a) ((int)(sizeof(a) / sizeof *(a)))

/* What happens, in order of `at`. */
struct step {
    int64_t at;
    enum { PRESS, RELEASE, PLAY, STAND, COUNT, LATE, END } what;
    int64_t place;
};

struct told {
    struct ton_text text;
    int64_t from, frames;          /* of the take */
    int64_t clip_frames, clip_end; /* of the clip that goes on; 0, and nothing: none does */
};

static void end_clip(struct told *t) {
    if (t->clip_frames > 0)
        ton_text_printf(&t->text, " %ld at %ld", (long)t->clip_frames,
                        (long)(t->clip_end - t->clip_frames));
    t->clip_frames = 0;
}

/* `#0 900+200: 200 at 0 300-400 …`: the first pass begins at 900, 200 before the button; which
 * stretches stand where, those that stand nowhere in brackets; its end. */
static void tell(struct told *t, const struct cutter_piece *p) {
    const int64_t n = p->to - p->from;
    if (p->kind == CUT_BEGIN) {
        ton_text_printf(&t->text, "#%d %ld+%ld place %ld:", p->pass, (long)p->from, (long)n,
                        (long)p->place);
        *t = (struct told){.text = t->text, .from = p->from, .frames = n};
    } else if (p->kind == CUT_END) {
        end_clip(t);
        assert_int_equal(p->from, t->from + t->frames);
        ton_text_printf(&t->text, " end %ld; ", (long)p->from);
    } else {
        assert_true(n > 0);
        assert_int_equal(p->from, t->from + t->frames);
        if (!p->on_timeline || p->place != t->clip_end)
            end_clip(t);
        t->frames += n;
        if (p->on_timeline) {
            if (t->clip_frames == 0)
                ton_text_printf(&t->text, " %ld:", (long)(p->from - t->from));
            t->clip_frames += n;
            t->clip_end = p->place + n;
        }
    }
}

static void heed(struct cutter *c, const struct step *s) {
    static const enum ton_rolling rolling[] = {[PLAY] = TON_ROLLING_PLAYS,
                                               [STAND] = TON_ROLLING_STOPPED,
                                               [COUNT] = TON_ROLLING_COUNT_IN,
                                               [LATE] = TON_ROLLING_LATE};
    if (s->what == PRESS)
        cutter_press(c, s->at);
    else if (s->what == RELEASE)
        cutter_release(c, s->at);
    else
        cutter_roll(c, &(struct cutter_roll){s->at, rolling[s->what], s->place});
}

/* Handed over in pieces of `most` frames; the button is heeded a little before its time. */
static char *cut(const struct cutter_config *config, const struct step *steps, int64_t most) {
    struct cutter *c = ton_alloc(sizeof *c);
    struct told told = {0};
    struct cutter_piece piece;
    assert_non_null(c);
    cutter_init(c, config);
    for (int64_t at = 0;;) {
        const int64_t early = steps->what > RELEASE ? 0 : most <= 64 ? most - 1 : 90;
        if (steps->what != END && steps->at <= at + early) {
            heed(c, steps++);
            continue;
        }
        int64_t to = at + most;
        if (steps->at < to)
            to = steps->at;
        while (cutter_next(c, to, &piece))
            tell(&told, &piece);
        if (steps->what == END && to == steps->at)
            break;
        at = to;
    }
    ton_free(c);
    ton_text_add(&told.text, "");
    assert_false(told.text.failed);
    return told.text.data;
}

static void cuts(const struct cutter_config *config, const struct step *steps, const char *wanted) {
    static const int64_t most[] = {1, 3, 64, 1 << 20};
    for (int i = 0; i < N(most); i++) {
        char *told = cut(config, steps, most[i]);
        if (strcmp(told, wanted) != 0)
            fail_msg("in pieces of %ld:\n  %s\n  %s", (long)most[i], told, wanted);
        ton_free(told);
    }
}

static void the_button_alone_makes_a_take_with_what_came_before(void **state) {
    (void)state;
    const struct step steps[] = {
        {1000, PRESS, 0}, {1500, RELEASE, 0}, {1600, PRESS, 0}, {1650, RELEASE, 0}, {2000, END, 0}};
    cuts(&(struct cutter_config){0}, steps,
         "#0 1000+0 place 0: end 1500; #0 1600+0 place 0: end 1650; ");
    cuts(&(struct cutter_config){.pre_roll = 300}, steps,
         "#0 700+300 place 0: end 1500; #0 1300+300 place 0: end 1650; ");
}

static void a_button_that_is_let_go_at_once_makes_nothing(void **state) {
    (void)state;
    const struct step steps[] = {{100, PRESS, 0}, {100, RELEASE, 0}, {200, END, 0}};
    cuts(&(struct cutter_config){.pre_roll = 50}, steps, "");
}

static void what_is_captured_belongs_to_what_was_played_a_latency_before(void **state) {
    (void)state;
    const struct step steps[] = {
        {500, PLAY, 9000}, {600, PRESS, 0}, {1000, RELEASE, 0}, {1100, END, 0}};
    cuts(&(struct cutter_config){0}, steps, "#0 600+0 place 9100: 0: 400 at 9100 end 1000; ");
    cuts(&(struct cutter_config){.latency = 70}, steps,
         "#0 600+0 place 9030: 0: 400 at 9030 end 1000; ");
    cuts(&(struct cutter_config){.latency = 200}, steps,
         "#0 600+0 place 0: 100: 300 at 9000 end 1000; ");
}

static void the_count_in_is_in_the_take_and_not_on_the_timeline(void **state) {
    (void)state;
    const struct step steps[] = {{0, STAND, 5000},  {100, PRESS, 0},    {200, COUNT, 4700},
                                 {500, PLAY, 5000}, {800, STAND, 5300}, {900, RELEASE, 0},
                                 {1000, END, 0}};
    cuts(&(struct cutter_config){.latency = 10, .pre_roll = 40}, steps,
         "#0 60+40 place 5000: 450: 300 at 5000 end 900; ");
}

static void a_take_may_begin_where_it_rolls(void **state) {
    (void)state;
    const struct step steps[] = {{0, STAND, 5000},  {100, PRESS, 0},    {200, COUNT, 4700},
                                 {500, PLAY, 5000}, {800, STAND, 5300}, {900, RELEASE, 0},
                                 {1000, END, 0}},
                      rolling[] = {{0, PLAY, 0}, {100, PRESS, 0}, {300, RELEASE, 0}, {400, END, 0}},
                      never[] = {{0, COUNT, 0}, {100, PRESS, 0}, {300, RELEASE, 0}, {400, END, 0}};
    const struct cutter_config config = {.latency = 10, .from_roll = true};
    cuts(&config, steps, "#0 510+0 place 5000: 0: 300 at 5000 end 900; ");
    cuts(&config, rolling, "#0 100+0 place 90: 0: 200 at 90 end 300; ");
    cuts(&config, never, "");
}

static void what_had_stopped_before_the_button_is_in_no_clip(void **state) {
    (void)state;
    const struct step steps[] = {{0, PLAY, 0},   {500, STAND, 500}, {510, PRESS, 0},
                                 {600, PLAY, 0}, {800, STAND, 200}, {900, RELEASE, 0},
                                 {1000, END, 0}};
    cuts(&(struct cutter_config){.latency = 50, .from_roll = true}, steps,
         "#0 650+0 place 0: 0: 200 at 0 end 900; ");
    cuts(&(struct cutter_config){.latency = 50}, steps,
         "#0 510+0 place 460: 140: 200 at 0 end 900; ");
}

static void a_jump_is_a_new_clip_of_the_same_take(void **state) {
    (void)state;
    const struct step steps[] = {{0, PLAY, 0},      {100, PRESS, 0},  {300, PLAY, 9000},
                                 {400, PLAY, 50},   {500, LATE, 150}, {520, PLAY, 150},
                                 {700, RELEASE, 0}, {800, END, 0}};
    cuts(&(struct cutter_config){0}, steps,
         "#0 100+0 place 100: 0: 200 at 100 200: 100 at 9000 300: 100 at 50 420: 180 at 150 end "
         "700; ");
}

/* From where it rolls, whatever main has time for; late blocks count, and the leader may go on. */
static void a_take_may_have_its_length_of_the_timeline(void **state) {
    (void)state;
    const struct step steps[] = {{50, PRESS, 0},    {200, PLAY, 5000},  {300, LATE, 5100},
                                 {340, PLAY, 5140}, {900, STAND, 5700}, {950, RELEASE, 0},
                                 {960, PRESS, 0},   {970, PLAY, 0},     {990, RELEASE, 0},
                                 {1000, END, 0}};
    const struct cutter_config config = {.latency = 10, .most = 400};
    cuts(&config, steps,
         "#0 50+0 place 0: 160: 100 at 5000 300: 260 at 5140 end 610; "
         "#0 960+0 place 5700: 20: 10 at 0 end 990; ");
}

/* A turn that changes nothing is none: it goes on at the place where it is. */
static void what_goes_on_where_it_was_is_one_clip(void **state) {
    (void)state;
    const struct step steps[] = {
        {0, PLAY, 0}, {100, PRESS, 0}, {300, PLAY, 300}, {700, RELEASE, 0}, {800, END, 0}};
    cuts(&(struct cutter_config){.loops = true}, steps,
         "#0 100+0 place 100: 0: 600 at 100 end 700; ");
}

static void every_pass_of_a_loop_is_a_take(void **state) {
    (void)state;
    const struct step steps[] = {{0, PLAY, 100},   {50, PRESS, 0},   {200, PLAY, 100},
                                 {400, PLAY, 100}, {600, PLAY, 100}, {650, RELEASE, 0},
                                 {800, END, 0}};
    cuts(&(struct cutter_config){.loops = true}, steps,
         "#0 50+0 place 150: 0: 150 at 150 end 200; #1 200+0 place 100: 0: 200 at 100 end 400; "
         "#2 400+0 place 100: 0: 200 at 100 end 600; #3 600+0 place 100: 0: 50 at 100 end 650; ");
    cuts(&(struct cutter_config){.loops = true, .latency = 20, .pre_roll = 10}, steps,
         "#0 40+10 place 130: 10: 170 at 130 end 220; #1 220+0 place 100: 0: 200 at 100 end 420; "
         "#2 420+0 place 100: 0: 200 at 100 end 620; #3 620+0 place 100: 0: 30 at 100 end 650; ");
}

static void a_jump_ahead_in_a_loop_is_no_pass(void **state) {
    (void)state;
    const struct step steps[] = {
        {0, PLAY, 100}, {50, PRESS, 0}, {200, PLAY, 1000}, {300, RELEASE, 0}, {800, END, 0}};
    cuts(&(struct cutter_config){.loops = true}, steps,
         "#0 50+0 place 150: 0: 150 at 150 150: 100 at 1000 end 300; ");
}

static void a_punch_is_between_its_places_to_the_sample(void **state) {
    (void)state;
    const struct step steps[] = {
        {0, STAND, 0}, {10, PRESS, 0}, {100, PLAY, 0}, {2000, RELEASE, 0}, {2500, END, 0}};
    cuts(&(struct cutter_config){.punch_in = 500, .punch_out = 800}, steps,
         "#0 600+0 place 500: 0: 300 at 500 end 900; ");
    cuts(
        &(struct cutter_config){.punch_in = 500, .punch_out = 800, .latency = 33, .pre_roll = 1000},
        steps, "#0 633+0 place 500: 0: 300 at 500 end 933; ");
}

static void a_punch_has_handles_that_are_in_no_clip(void **state) {
    (void)state;
    const struct step steps[] = {
        {0, STAND, 0}, {10, PRESS, 0}, {100, PLAY, 0}, {2000, RELEASE, 0}, {2500, END, 0}};
    const struct step early[] = {
        {0, STAND, 0}, {10, PRESS, 0}, {100, PLAY, 0}, {950, RELEASE, 0}, {2500, END, 0}};
    const struct step twice[] = {
        {0, PRESS, 0}, {100, PLAY, 0}, {1500, PLAY, 400}, {2500, RELEASE, 0}, {2600, END, 0}};
    const struct cutter_config config = {.punch_in = 500, .punch_out = 800, .handle = 120};
    cuts(&config, steps, "#0 480+120 place 500: 120: 300 at 500 end 1020; ");
    cuts(&config, early, "#0 480+120 place 500: 120: 300 at 500 end 950; ");
    cuts(&config, twice,
         "#0 480+120 place 500: 120: 300 at 500 end 1020; #1 1480+120 place 500: 120: 300 at 500 "
         "end 2020; ");
    cuts(&(struct cutter_config){.punch_in = 500, .punch_out = 800, .handle = 120, .loops = true},
         steps, "#0 600+0 place 500: 0: 300 at 500 end 900; ");
}

static void a_punch_ends_with_the_button_or_where_it_stops(void **state) {
    (void)state;
    const struct step
        released[] = {{0, PRESS, 0}, {100, PLAY, 0}, {700, RELEASE, 0}, {2500, END, 0}},
        stopped[] = {{0, PRESS, 0},
                     {100, PLAY, 0},
                     {700, STAND, 600},
                     {900, RELEASE, 0},
                     {2500, END, 0}},
        within[] = {{100, PLAY, 0}, {650, PRESS, 0}, {2000, RELEASE, 0}, {2500, END, 0}},
        never[] = {{0, PLAY, 900}, {650, PRESS, 0}, {2000, RELEASE, 0}, {2500, END, 0}};
    const struct cutter_config config = {.punch_in = 500, .punch_out = 800};
    cuts(&config, released, "#0 600+0 place 500: 0: 100 at 500 end 700; ");
    cuts(&config, stopped, "#0 600+0 place 500: 0: 100 at 500 end 700; ");
    cuts(&config, within, "#0 650+0 place 550: 0: 250 at 550 end 900; ");
    cuts(&config, never, "");
}

static void a_punch_within_a_loop_makes_a_take_every_time(void **state) {
    (void)state;
    const struct step steps[] = {{0, PLAY, 0},    {10, PRESS, 0},     {1000, PLAY, 0},
                                 {2000, PLAY, 0}, {2550, RELEASE, 0}, {2600, END, 0}};
    const char *const wanted =
        "#0 500+0 place 500: 0: 300 at 500 end 800; #1 1500+0 place 500: 0: 300 at 500 end 1800; "
        "#2 2500+0 place 500: 0: 50 at 500 end 2550; ";
    cuts(&(struct cutter_config){.punch_in = 500, .punch_out = 800}, steps, wanted);
    cuts(&(struct cutter_config){.punch_in = 500, .punch_out = 800, .loops = true}, steps, wanted);
}

/* The loop ends within the punch: what comes then begins anew only where passes are takes. */
static void a_loop_that_is_shorter_than_its_punch_is_cut_at_its_own_ends(void **state) {
    (void)state;
    const struct step steps[] = {{0, PLAY, 0},     {10, PRESS, 0},    {600, PLAY, 550},
                                 {650, PLAY, 550}, {690, RELEASE, 0}, {800, END, 0}};
    cuts(&(struct cutter_config){.punch_in = 500, .punch_out = 800, .loops = true}, steps,
         "#0 500+0 place 500: 0: 100 at 500 end 600; #1 600+0 place 550: 0: 50 at 550 end 650; "
         "#2 650+0 place 550: 0: 40 at 550 end 690; ");
    cuts(&(struct cutter_config){.punch_in = 500, .punch_out = 800}, steps,
         "#0 500+0 place 500: 0: 100 at 500 100: 50 at 550 150: 40 at 550 end 690; ");
}

static void what_was_broken_off_begins_with_the_next_press(void **state) {
    (void)state;
    struct cutter *c = ton_alloc(sizeof *c);
    struct cutter_piece piece;
    cutter_init(c, &(struct cutter_config){0});
    cutter_press(c, 10);
    assert_true(cutter_next(c, 100, &piece) && piece.kind == CUT_BEGIN);
    cutter_break(c);
    assert_false(cutter_next(c, 200, &piece));
    cutter_press(c, 150); /* that has gone by */
    assert_true(cutter_next(c, 300, &piece) && piece.kind == CUT_BEGIN);
    assert_int_equal(piece.from, 200);
    ton_free(c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_button_alone_makes_a_take_with_what_came_before),
        cmocka_unit_test(a_button_that_is_let_go_at_once_makes_nothing),
        cmocka_unit_test(what_is_captured_belongs_to_what_was_played_a_latency_before),
        cmocka_unit_test(the_count_in_is_in_the_take_and_not_on_the_timeline),
        cmocka_unit_test(a_take_may_begin_where_it_rolls),
        cmocka_unit_test(a_take_may_have_its_length_of_the_timeline),
        cmocka_unit_test(what_had_stopped_before_the_button_is_in_no_clip),
        cmocka_unit_test(a_jump_is_a_new_clip_of_the_same_take),
        cmocka_unit_test(what_goes_on_where_it_was_is_one_clip),
        cmocka_unit_test(every_pass_of_a_loop_is_a_take),
        cmocka_unit_test(a_jump_ahead_in_a_loop_is_no_pass),
        cmocka_unit_test(a_punch_is_between_its_places_to_the_sample),
        cmocka_unit_test(a_punch_has_handles_that_are_in_no_clip),
        cmocka_unit_test(a_punch_ends_with_the_button_or_where_it_stops),
        cmocka_unit_test(a_punch_within_a_loop_makes_a_take_every_time),
        cmocka_unit_test(a_loop_that_is_shorter_than_its_punch_is_cut_at_its_own_ends),
        cmocka_unit_test(what_was_broken_off_begins_with_the_next_press),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
