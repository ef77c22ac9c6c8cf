/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Recordings beside, into and over each other, each with as much sound around its clip as there is:
 * no edge clicks, and where there is sound there is no hole. */
#include "place_ear.h"

enum { RATE = 48000, MS = RATE / 1000, SECOND = RATE, MOST_TAKES = 8 };
/* The steepest frame of an equal-power fade of 5 ms, and a little for two at once. */
#define MOST_STEP 0.0075

static const char *const names[MOST_TAKES] = {"bass.wav",  "kick_01.wav",   "kick_02.wav",
                                              "left.wav",  "lead_comp.wav", "mono48.wav",
                                              "right.wav", "stereo48.wav"};
static int64_t frames_of[MOST_TAKES];

static enum ton_code look(void *user, struct ton_take_info *out, const char *path,
                          struct ton_err *err) {
    (void)user, (void)err;
    int i = 0;
    while (i < MOST_TAKES - 1 && strcmp(names[i], ton_path_name(path)) != 0)
        i++;
    *out = (struct ton_take_info){.rate = RATE, .channels = 1, .frames = frames_of[i]};
    return TON_OK;
}

static const struct ton_takes reader = {.look = look};

/* On the timeline, and what its take has before and behind. */
struct recording {
    int64_t start, end, before, behind;
};

/* The text with the recording in it, read again. */
static const char *record(struct stage *s, const char *text, int take, const struct recording *r) {
    struct ton_placing placing = {.track = "Kick",
                                  .take = names[take],
                                  .at = r->start,
                                  .from = r->before,
                                  .frames = r->end - r->start,
                                  .heard = true,
                                  .replaces = true,
                                  .crossfade_ms = 10};
    char *out = NULL;
    frames_of[take] = r->before + r->end - r->start + r->behind;
    enum ton_code code = ton_session_place(&out, s->arena, session_path(s), text, strlen(text),
                                           &reader, &placing, 1, &s->problems, &s->err);
    if (!code)
        code = ton_session_parse(&s->session, s->arena, session_path(s), out, strlen(out), &reader,
                                 &s->problems, &s->err);
    if (code || s->problems.n)
        fail_msg("%s%s%s", s->err.text, s->problems.n ? s->problems.items[0].text : "",
                 out ? out : text);
    return out;
}

static double gain_of(const struct heard *h, int n, const struct heard *wanted, int64_t frame) {
    for (int i = 0; i < n; i++)
        if (strcmp(h[i].take, wanted->take) == 0 && h[i].frame == frame)
            return h[i].gain;
    return 0.0;
}

struct worst {
    double step, power;
    int64_t step_at, power_at;
};

static void listen_at(struct worst *w, const struct ton_session *x, int64_t t) {
    struct heard last[MOST_HEARD], now[MOST_HEARD];
    const int n_last = heard_at(last, x, t - 1), n = heard_at(now, x, t);
    double power = 0.0, step = 0.0;
    for (int i = 0; i < n; i++) {
        power += now[i].gain * now[i].gain;
        step = fmax(step, fabs(now[i].gain - gain_of(last, n_last, &now[i], now[i].frame - 1)));
    }
    for (int i = 0; i < n_last; i++)
        step = fmax(step, fabs(last[i].gain - gain_of(now, n, &last[i], last[i].frame + 1)));
    if (step > w->step)
        w->step = step, w->step_at = t;
    if (power < w->power)
        w->power = power, w->power_at = t;
}

/* Between the first sound and the last, where any clip begins or ends. */
static struct worst listen(const struct ton_session *x, int64_t end) {
    const struct ton_strip *strip = stage_strip(x, "Kick");
    struct worst w = {.power = 1.0};
    for (int i = 0; i < 2 * strip->n_clips; i++) {
        const struct ton_clip *c = &strip->clips[i / 2];
        const int64_t edge = c->at + (i % 2 ? c->frames : 0);
        for (int64_t t = edge - 720; t <= edge + 720; t += t >= edge - 1 && t < edge + 1 ? 1 : 7)
            if (t > 0 && t < end)
                listen_at(&w, x, t);
        for (int64_t t = edge - 1; t <= edge + 1; t++)
            if (t > 0 && t < end)
                listen_at(&w, x, t);
    }
    return w;
}

/* Handles: none, of one side, more than enough, less than half a crossfade, less than one. */
static const int64_t handles[][2] = {{0, 0},           {SECOND, SECOND}, {SECOND, 0},
                                     {0, SECOND},      {3 * MS, 3 * MS}, {7 * MS, 0},
                                     {2 * MS, 7 * MS}, {5 * MS, 5 * MS}};

static void a_recording_over_a_recording_has_neither_click_nor_hole(void **state) {
    (void)state;
    /* Beside the edges of the one before, which are at 1 s and 2 s. */
    static const int64_t starts[] = {500, 993, 997, 1000, 1003, 1007, 1500, 1997, 2000, 2003};
    static const int64_t ends[] = {1000, 1003, 1500, 1993, 1997, 2000, 2003, 2007, 2500};
    struct worst worst = {.power = 1.0};
    int n = 0;
    for (int i = 0; i < TON_N(starts) * TON_N(ends); i++) {
        const int64_t start = starts[i / TON_N(ends)] * MS, end = ends[i % TON_N(ends)] * MS;
        for (int k = i % 9; k < TON_N(handles) * TON_N(handles) && end - start >= 20 * MS; k += 9) {
            const int64_t *first = handles[k / TON_N(handles)], *then = handles[k % TON_N(handles)];
            struct stage *s;
            assert_int_equal(stage_open((void **)&s), 0);
            const char *text = HEAD "rate: 48 kHz\ntracks:\n";
            text = record(s, text, 0, &(struct recording){0, 4 * SECOND, 0, 0});
            text = record(s, text, 1, &(struct recording){SECOND, 2 * SECOND, first[0], first[1]});
            for (int take = 2; take < 4; take++) { /* the same place twice */
                text = record(s, text, take, &(struct recording){start, end, then[0], then[1]});
                const struct worst w = listen(s->session, 4 * SECOND);
                if (w.step > MOST_STEP || w.power < 0.4)
                    fail_msg("a step of %.4f at %lld, power %.2f at %lld, handles %d and %d:\n%s",
                             w.step, (long long)w.step_at, w.power, (long long)w.power_at,
                             k / TON_N(handles), k % TON_N(handles), text);
                worst.step = fmax(worst.step, w.step);
                worst.power = fmin(worst.power, w.power);
                n++;
            }
            stage_close((void **)&s);
        }
    }
    figure("%d recordings: a step of at most %.4f, a power of at least %.2f", n, worst.step,
           worst.power);
}

/* Takes head to tail and over each other on a grid, sometimes a little beside it. With one long
 * take beneath all there is sound everywhere. */
static void whatever_is_recorded_in_turn_has_no_click(void **state) {
    (void)state;
    uint64_t dice = UINT64_C(0x9E3779B97F4A7C15);
    double worst_step = 0.0, worst_power = 1.0;
    enum { HISTORIES = 150 };
    for (int i = 0; i < HISTORIES; i++) {
        const bool beneath = i % 2;
        struct stage *s;
        assert_int_equal(stage_open((void **)&s), 0);
        const char *text = HEAD "rate: 48 kHz\ntracks:\n";
        int64_t last = 0;
        for (int take = 0; take < MOST_TAKES; take++) {
            int rolled[5];
            for (int k = 0; k < 5; k++) {
                dice = dice * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
                rolled[k] = (int)(dice >> 40);
            }
            static const int beside[] = {0, 0, 0, 0, -3, 3, 7, -7};
            const int64_t *around = handles[rolled[0] % TON_N(handles)];
            const int64_t grid = 250 * MS, most = beneath && take ? 15 : last / grid + 1;
            int64_t start = rolled[1] % most * grid, end = start + (1 + rolled[2] % 5) * grid;
            if (beneath && take == 0)
                start = 0, end = 4 * SECOND;
            else if (beneath)
                end = end < 4 * SECOND ? end : 4 * SECOND;
            if (start > 0 && end < last) {
                start += beside[rolled[3] % TON_N(beside)] * MS;
                end += beside[rolled[4] % TON_N(beside)] * MS;
            }
            last = end > last ? end : last;
            text = record(s, text, take, &(struct recording){start, end, around[0], around[1]});
            const struct worst w = listen(s->session, last - 6 * MS);
            if (w.step > MOST_STEP || (beneath && w.power < 0.4))
                fail_msg("a step of %.4f at %lld, power %.2f at %lld:\n%s", w.step,
                         (long long)w.step_at, w.power, (long long)w.power_at, text);
            worst_step = fmax(worst_step, w.step);
            worst_power = beneath ? fmin(worst_power, w.power) : worst_power;
        }
        stage_close((void **)&s);
    }
    figure("%d histories of %d recordings: a step of at most %.4f, a power of at least %.2f",
           HISTORIES, MOST_TAKES, worst_step, worst_power);
}

/* Three passes of a loop without handles: each can be muted for another. */
static void a_lane_has_the_seams_of_what_is_heard(void **state) {
    struct stage *s = *state;
    const char *text =
        record(s, HEAD "rate: 48 kHz\ntracks:\n", 0, &(struct recording){0, 4 * SECOND, 0, 0});
    struct ton_placing passes[3];
    for (int i = 0; i < 3; i++) {
        frames_of[1 + i] = SECOND;
        passes[i] = (struct ton_placing){.track = "Kick",
                                         .take = names[1 + i],
                                         .at = SECOND,
                                         .frames = SECOND,
                                         .heard = i == 2,
                                         .replaces = i == 2,
                                         .crossfade_ms = 10};
    }
    char *out;
    assert_int_equal(ton_session_place(&out, s->arena, session_path(s), text, strlen(text), &reader,
                                       passes, 3, &s->problems, &s->err),
                     TON_OK);
    const char *mute = ", mute: yes}", *lane = strstr(out, mute);
    char *last = strstr(out, names[3]);
    assert_non_null(lane);
    const char *changed =
        ton_arena_printf(s->arena, "%.*s}%.*s", (int)(lane - out), out,
                         (int)(last - lane - (int)strlen(mute)), lane + strlen(mute));
    const char *end = strchr(last, '}');
    changed =
        ton_arena_printf(s->arena, "%s%.*s%s%s", changed, (int)(end - last), last, mute, end + 1);
    assert_int_equal(ton_session_parse(&s->session, s->arena, session_path(s), changed,
                                       strlen(changed), &reader, &s->problems, &s->err),
                     TON_OK);
    const struct worst w = listen(s->session, 4 * SECOND);
    figure("a step of at most %.4f, a power of at least %.2f", w.step, w.power);
    for (int i = 0; i < 3; i++)
        assert_true(passes[i].stands_at == SECOND + 5 * MS &&
                    passes[i].stands_frames == SECOND - 10 * MS);
    assert_int_equal(s->problems.n, 0);
    assert_true(w.step < MOST_STEP && w.power > 0.99);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_recording_over_a_recording_has_neither_click_nor_hole),
        cmocka_unit_test(whatever_is_recorded_in_turn_has_no_click),
        PROMISE(a_lane_has_the_seams_of_what_is_heard),
    };
    return cmocka_run_group_tests(tests, NULL, stage_end);
}
