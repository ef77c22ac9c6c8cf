/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is heard when clips have made room for a recording: at its seams, and everywhere else. */
#include "place_ear.h"

static bool same_heard(const struct heard *a, const struct heard *b, int n) {
    for (int i = 0; i < n; i++)
        if (strcmp(a[i].take, b[i].take) != 0 || strcmp(a[i].right, b[i].right) != 0 ||
            a[i].channel != b[i].channel || a[i].frame != b[i].frame ||
            fabs(a[i].gain - b[i].gain) > 1e-9)
            return false;
    return true;
}

/* ---- Sessions by chance. */
struct dice {
    uint64_t state;
};
static int64_t roll(struct dice *d, int64_t n) {
    d->state ^= d->state << 13, d->state ^= d->state >> 7, d->state ^= d->state << 17;
    return (int64_t)(d->state % (uint64_t)n);
}

static const char *some_time(struct stage *s, struct dice *d, int64_t most) {
    const int64_t frames = roll(d, most);
    return roll(d, 2) ? ton_arena_printf(s->arena, "%lld samples", (long long)frames)
                      : ton_arena_printf(s->arena, "0:%06.3f", (double)(frames / 48) / 1000.0);
}

/* Its place: anywhere, or behind the clip before. */
static void add_layer(struct ton_text *t, struct stage *s, struct dice *d, const char *between) {
    if (roll(d, 4))
        ton_text_printf(t, "%sat: %s", between, some_time(s, d, 10 * 48000));
    if (roll(d, 2))
        ton_text_printf(t, "%sfrom: %s", between, some_time(s, d, 4 * 48000));
    if (roll(d, 12) == 0)
        ton_text_printf(t, "%slength: 300 ms%srepeat: %d%severy: 1 s", between, between,
                        (int)(2 + roll(d, 4)), between);
    else if (roll(d, 3))
        ton_text_printf(t, "%s%s: 0:%06.3f", between, roll(d, 2) ? "to" : "length",
                        4.2 + (double)roll(d, 5000) / 1000.0);
}

static void add_successor(struct ton_text *t, struct dice *d, const char *between,
                          int64_t *cursor) {
    const int64_t from = 48000 + roll(d, 96000), length = 4800 + roll(d, 3 * 48000);
    ton_text_printf(t, "%sat: %lld samples%sfrom: %lld samples", between, (long long)*cursor,
                    between, (long long)from);
    if (roll(d, 2))
        ton_text_printf(t, "%slength: %lld samples", between, (long long)length);
    else
        ton_text_printf(t, "%sto: %lld samples", between, (long long)(from + length));
    if (*cursor > 0 && roll(d, 2))
        ton_text_printf(t, "%scrossfade: 20 ms", between);
    *cursor += length;
}

/* One clip's keys and values, with `between` after each but the last. */
static void add_clip(struct ton_text *t, struct stage *s, struct dice *d, const char *between,
                     int64_t *cursor) {
    static const char *const takes[] = {"stereo48.wav", "bass.wav", "[left.wav, right.wav]",
                                        "'lead_comp.wav'", "mono48.wav"};
    const int take = (int)roll(d, cursor ? 4 : 5);
    ton_text_printf(t, "take: %s", takes[take]);
    if (cursor)
        add_successor(t, d, between, cursor);
    else
        add_layer(t, s, d, between);
    if (roll(d, 3) == 0)
        ton_text_printf(t, "%sgain: -%d dB", between, (int)roll(d, 20));
    if (roll(d, 4) == 0)
        ton_text_printf(t, "%sfade in: %d ms", between, (int)(1 + roll(d, 9)));
    if (roll(d, 4) == 0)
        ton_text_printf(t, "%sfade out: %d samples", between, (int)(1 + roll(d, 400)));
    if (take == 0 && roll(d, 3) == 0)
        ton_text_printf(t, "%schannel: %s", between,
                        (const char *const[]){"left", "2", "[2, 1]"}[roll(d, 3)]);
    if (roll(d, 6) == 0)
        ton_text_printf(t, "%smute: yes", between);
}

static const char *some_session(struct stage *s, struct dice *d) {
    struct ton_text t = {0};
    const int layout = (int)roll(d, 3), n = (int)roll(d, 6);
    const bool one_by_one = roll(d, 2);
    int64_t cursor = 0;
    ton_text_printf(&t, HEAD "%stracks:\n  Bass: {clips: [{take: bass.wav}]}   # b\n  Kick:\n",
                    roll(d, 2) ? "tempo: 120 bpm\n" : "");
    ton_text_printf(&t, "    gain: -3 dB   # before\n    clips:%s", layout == 0 ? " [" : "\n");
    for (int i = 0; i < n; i++) {
        ton_text_add(&t, layout == 0 ? (i ? ", {" : "{") : layout == 1 ? "      - {" : "      - ");
        add_clip(&t, s, d, layout == 2 ? "\n        " : ", ", one_by_one ? &cursor : NULL);
        if (layout == 2)
            ton_text_printf(&t, "   # clip %d\n", i);
        else if (layout == 1)
            ton_text_printf(&t, "}   # clip %d\n", i);
        else
            ton_text_add(&t, "}");
    }
    ton_text_add(&t, layout == 0 ? "]   # clips\n" : "");
    ton_text_add(&t, "    pan: L10   # after\nbuses: {Drums: {}}\n");
    const char *text = ton_arena_text(s->arena, t.data);
    ton_text_free(&t);
    return text;
}

/* The lines of `before` are in `after`, comments as they were: but those of clips, which change. */
static void rest_stays(struct stage *s, const char *before, const char *after) {
    const char *rest = after;
    for (const char *line = before; *line;) {
        const char *end = strchr(line, '\n');
        const char *text = ton_arena_copy(s->arena, line, (size_t)(end - line));
        const bool of_clips =
            strstr(text, "take: ") || strstr(text, "clips:") || strncmp(text, "        ", 8) == 0;
        const char *from = of_clips ? strchr(text, '#') : text;
        if (from) {
            const char *found = strstr(rest, from);
            if (!found)
                fail_msg("`%s` is not there any more in\n%s\nof\n%s", from, after, before);
            rest = found + strlen(from);
        }
        line = end + 1;
    }
}

static void around_the_recording_all_sounds_as_before_and_in_it_alone(void **state) {
    (void)state;
    struct dice d = {UINT64_C(0x9E3779B97F4A7C15)};
    enum { CASES = 300, PLACES = 300 };
    int n_compared = 0, n_bad = 0, n_gave_way = 0, n_both = 0, n_crossfades = 0;
    for (int i = 0, tries = 0; i < CASES; tries++) {
        struct stage *s;
        assert_int_equal(stage_open((void **)&s), 0);
        assert_true(tries < 40 * CASES);
        const char *text = some_session(s, &d);
        if (stage_parse(s, text, strlen(text)) != TON_OK) {
            stage_close((void **)&s); /* a clip that reaches beyond its take, and the like */
            continue;
        }
        i++;
        const struct ton_session *before = s->session;
        const struct ton_placing *asked =
            CLIP(.take = "kick_02.wav", .at = roll(&d, 9 * 48000), .from = roll(&d, 3) * 24000,
                 .frames = roll(&d, 5) ? 4800 + roll(&d, 4 * 48000) : 0, .replaces = true,
                 .crossfade_ms = roll(&d, 4) ? 10 : 0);
        const char *out = place(s, text, asked, 1);
        if (!out)
            fail_msg("%s: %s", text, s->err.text);
        bool both = false;
        for (size_t k = 0; k < s->problems.n; k++)
            both = both || strstr(s->problems.items[k].text, "both are heard");
        n_both += both;
        rest_stays(s, text, out);
        assert_int_equal(stage_parse(s, out, strlen(out)), TON_OK);
        const struct ton_session *after = s->session;
        n_gave_way +=
            strstr(out, "kick_02.wav") != NULL &&
            stage_strip(after, "Kick")->n_written > stage_strip(before, "Kick")->n_written + 1;
        n_crossfades += strstr(out, "crossfade: 10 ms") != NULL;
        /* Half of the new crossfade, half of an old one that was cut, or a fade that was. */
        const int64_t near = 240 + 480;
        const int64_t material = INT64_C(120) * 48000 - asked->from;
        const int64_t start = asked->at, end = start + (asked->frames ? asked->frames : material);
        for (int k = 0; k < PLACES; k++) {
            const int64_t edge = k % 4 == 0 ? start : end;
            const int64_t t =
                k % 4 < 2 && edge > 2000 ? edge - 2000 + roll(&d, 4000) : roll(&d, 15 * 48000);
            struct heard a[MOST_HEARD], b[MOST_HEARD];
            const int n = heard_at(b, after, t);
            bool good = true;
            if (t < start - near || t >= end + near)
                good = n == heard_at(a, before, t) && same_heard(a, b, n);
            else if (t >= start + near && t < end - near && !both)
                good = n == 1 && strcmp(b[0].take, "kick_02.wav") == 0 &&
                       b[0].frame == asked->from + t - start && b[0].gain == 1.0;
            else
                continue;
            n_compared++;
            n_bad += !good;
            if (!good && n_bad < 4)
                figure("at %lld of [%lld, %lld):\n%s\n%s", (long long)t, (long long)start,
                       (long long)end, text, out);
        }
        stage_close((void **)&s);
    }
    figure("%d sessions (%d split, %d with repeats, %d crossfaded): %d places, %d sound otherwise",
           CASES, n_gave_way, n_both, n_crossfades, n_compared, n_bad);
    assert_int_equal(n_bad, 0);
}

/* A punch-in into one take that plays through, at `text`'s rate: everywhere as loud, with no step.
 */
static void a_seam_is_of_equal_power_and_has_no_step(void **state) {
    struct stage *s = *state;
    static const struct {
        const char *name, *text;
        struct ton_placing placing;
    } cases[] = {
        {"with sound beyond both ends",
         TRACK "      - {take: bass.wav}\n",
         {.take = "kick_01.wav", .at = 96000, .from = 48000, .frames = 96000}},
        {"the take as it is",
         TRACK "      - {take: bass.wav}\n",
         {.take = "mono48.wav", .at = 96000}},
        {"two halves of a take",
         TRACK "      - {take: bass.wav, to: 0:03}\n"
               "      - {take: bass.wav, at: 0:03, from: 0:03}\n",
         {.take = "mono48.wav", .at = 96000, .frames = 96000}},
        {"at an odd rate",
         "tonmeister: 1\nrate: 44.1 kHz\ntracks: {Kick: {clips: [{take: "
         "stereo44.wav}]}}\n",
         {.take = "kick_01.wav", .at = 99999, .from = 3, .frames = 77777}},
        {"little left before",
         TRACK "      - {take: bass.wav, at: 95900 samples}\n",
         {.take = "kick_01.wav", .at = 96000, .from = 48000, .frames = 96000}},
        {"little left behind",
         TRACK "      - {take: bass.wav, to: 192031 samples}\n",
         {.take = "kick_01.wav", .at = 96000, .from = 48000, .frames = 96000}},
        {"a hundredth of a second",
         TRACK "      - {take: bass.wav}\n",
         {.take = "kick_01.wav", .at = 96000, .from = 48000, .frames = 480}},
        {"shorter than the crossfade",
         TRACK "      - {take: bass.wav}\n",
         {.take = "kick_01.wav", .at = 96000, .from = 48000, .frames = 100}},
        {"again into the one before",
         TRACK "      - {take: bass.wav, to: 0:02}\n      - {take: "
               "kick_02.wav, at: 0:02, from: 0:02, crossfade: 10 ms}\n",
         {.take = "kick_01.wav", .at = 96000, .from = 48000, .frames = 9600}},
    };
    for (int i = 0; i < TON_N(cases); i++) {
        struct ton_placing placing = cases[i].placing;
        placing.heard = placing.replaces = true;
        placing.crossfade_ms = 10;
        const char *out = place(s, cases[i].text, &placing, 1);
        if (!out)
            fail_msg("%s: %s", cases[i].name, s->err.text);
        assert_int_equal(s->problems.n, 0);
        assert_int_equal(stage_parse(s, out, strlen(out)), TON_OK);
        double worst_power = 0.0, worst_step = 0.0, gain_before = 0.0;
        bool is_new = false;
        struct heard h[MOST_HEARD];
        const int64_t first = stage_strip(s->session, "Kick")->clips[0].at;
        for (int64_t t = first; t < 15 * 48000; t += t == 250000 ? 320000 : 1) {
            const int n = heard_at(h, s->session, t);
            double power = 0.0, gain = 0.0;
            for (int k = 0; k < n; k++) {
                power += h[k].gain * h[k].gain;
                if (strcmp(h[k].take, placing.take) == 0)
                    gain = h[k].gain;
            }
            if (t >= 192031 && n == 0)
                break; /* the end of a take that was there */
            is_new |= gain == 1.0;
            worst_power = fmax(worst_power, fabs(power - 1.0));
            worst_step = t > first ? fmax(worst_step, fabs(gain - gain_before)) : 0.0;
            gain_before = gain;
        }
        figure("%s: power off by %.1e, a step of at most %.3f", cases[i].name, worst_power,
               worst_step);
        if (worst_power > 1e-6 || worst_step > 0.06 || (!is_new && placing.frames != 100))
            fail_msg("%s:\n%s", cases[i].name, out);
        for (size_t k = 0; k < s->problems.n; k++)
            if (!strstr(s->problems.items[k].text, "resampled"))
                fail_msg("%s: %s", cases[i].name, s->problems.items[k].text);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        PROMISE(around_the_recording_all_sounds_as_before_and_in_it_alone),
        PROMISE(a_seam_is_of_equal_power_and_has_no_step),
    };
    return cmocka_run_group_tests(tests, NULL, stage_end);
}
