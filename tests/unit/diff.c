/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is said about the difference of two sessions. */
#include "session_stage.h"

#include "ton/diff.h"

/* As `ton diff` prints them. */
static const char *as_lines(struct stage *s, const struct ton_changes *changes) {
    struct ton_text said = {0};
    ton_text_add(&said, "");
    for (size_t i = 0; i < changes->n; i++) {
        const struct ton_change *c = &changes->items[i];
        ton_text_printf(&said, "%s%s%s\n", c->strip ? c->strip : "", c->strip ? ": " : "", c->text);
    }
    if (!changes->heard && changes->n > 0)
        ton_text_add(&said, "(not heard)\n");
    const char *out = ton_arena_text(s->arena, said.data);
    ton_text_free(&said);
    return out;
}

static const char head[] = "tonmeister: 1\ntempo: 120 bpm\ntracks:\n";
static const char tail[] = "buses: {Drums: , Plate: , Hall: }\n";

/* The sentences for two sessions of which only the tracks differ. */
static const char *difference(struct stage *s, const char *a, const char *b, bool whole) {
    struct ton_session *sessions[2];
    for (int i = 0; i < 2; i++) {
        struct ton_text t = {0};
        ton_text_printf(&t, "%s%s%s", whole ? "" : head, i ? b : a, whole ? "" : tail);
        sessions[i] = stage_session(s, t.data);
        ton_text_free(&t);
    }
    struct ton_changes changes = {0};
    assert_int_equal(ton_session_diff(&changes, s->arena, sessions[0], sessions[1], &s->err),
                     TON_OK);
    return as_lines(s, &changes);
}

static void equal_sessions_are_passed_over_in_silence(void **state) {
    struct stage *s = *state;
    static const char *const files[] = {"good/night-train.yaml", "good/every-key.yaml",
                                        "good/crossfades.yaml", "good/minimal.yaml"};
    for (int i = 0; i < TON_N(files); i++) {
        size_t length;
        const char *text = stage_file(s, files[i], &length);
        assert_string_equal(difference(s, text, text, true), "");
    }
}

static void each_change_is_one_sentence(void **state) {
    static const struct {
        const char *a, *b, *said;
    } rows[] = {
        {"  A: {gain: -2 dB}\n", "  A: {gain: -1.5 dB}\n", "A: fader -2 dB → -1.5 dB (+0.5 dB)\n"},
        {"  A: {gain: -2 dB}\n", "  A: {gain: -inf dB}\n", "A: fader -2 dB → -inf dB\n"},
        {"  A: {pan: L30}\n", "  A: {pan: C}\n", "A: pan L30 → C\n"},
        {"  A: {role: drums}\n", "  A: {role: bass}\n", "A: role drums → bass\n(not heard)\n"},
        {"  A: {role: drums}\n", "  A: {}\n", "A: role drums removed\n(not heard)\n"},
        {"  A: {mute: yes}\n", "  A: {solo: yes}\n", "A: mute off\nA: solo on\n"},
        {"  A: {}\n", "  A: {polarity: inverted}\n", "A: polarity normal → inverted\n"},
        {"  A: {input: 3}\n", "  A: {input: [1, 2]}\n", "A: input 3 → 1 and 2\n(not heard)\n"},
        {"  A: {input: system:capture_1}\n", "  A: {}\n",
         "A: input system:capture_1 removed\n(not heard)\n"},
        {"  A: {input: 3}\n", "  B: {input: 3}\n", "B: renamed, was A\n(not heard)\n"},
        {"  A: {to: Drums}\n", "  A: {}\n", "A: output to Drums → Mix\n"},
        {"  A: {}\n", "  B: {}\n", "B: track added\nA: track removed\n"},
        {"  A: {sends: {Plate: -14 dB}}\n", "  A: {sends: {Plate: -12 dB, Hall: -20 dB}}\n",
         "A: send to Plate -14 dB → -12 dB (+2 dB)\nA: send to Hall added at -20 dB\n"},
        {"  A: {sends: {Plate: -14 dB}}\n", "  A: {sends: {}}\n",
         "A: send to Plate removed (-14 dB)\n"},
        {"  A: {sends: {Plate: -14 dB}}\n",
         "  A: {sends: {Plate: {gain: -14 dB, before fader: yes}}}\n",
         "A: send to Plate after fader → before fader\n"},
        {"  A: {chain: [compressor: {threshold: -18 dB, ratio: 4}]}\n",
         "  A: {chain: [compressor: {threshold: -20 dB, ratio: inf}]}\n",
         "A: compressor threshold -18 dB → -20 dB\nA: compressor ratio 4:1 → inf\n"},
        {"  A: {chain: [compressor, {compressor: {ratio: 2}}]}\n",
         "  A: {chain: [compressor, {compressor: {ratio: 3}}]}\n",
         "A: compressor 2 ratio 2:1 → 3:1\n"},
        {"  A: {chain: [eq, compressor]}\n", "  A: {chain: [compressor, eq]}\n",
         "A: compressor moved, now before eq\n(not heard)\n"},
        {"  A: {chain: [eq]}\n", "  A: {chain: [eq, limiter]}\n", "A: limiter added\n"},
        {"  A: {chain: [eq, limiter]}\n", "  A: {chain: [limiter]}\n",
         "A: eq removed\n(not heard)\n"},
        {"  A: {chain: [eq]}\n  B: {}\n",
         "  A: {chain: [eq, gate: {sidechain: B}, eq: {bands: [{gain: 3 dB}, {}]}]}\n  B: {}\n",
         "A: gate added (sidechain B)\nA: eq 2 added (band 1 (gain 3 dB), band 2)\n"},
        {"  A: {chain: [limiter]}\n", "  A: {chain: [limiter: {bypass: yes}]}\n",
         "A: limiter bypassed\n"},
        {"  A: {chain: [gate]}\n  B: {}\n", "  A: {chain: [gate: {sidechain: B}]}\n  B: {}\n",
         "A: gate sidechain itself → B\n"},
        {"  A: {chain: [convolver: {response: bass.wav}]}\n",
         "  A: {chain: [convolver: {response: cover.jpg}]}\n",
         "A: convolver response bass.wav → cover.jpg\n"},
        {"  A: {}\n", "  A: {chain: [convolver: {response: cover.jpg}]}\n",
         "A: convolver added (response cover.jpg)\n"},
        {"  A: {chain: [eq: {bands: [{gain: 3 dB, frequency: 100 Hz}]}]}\n",
         "  A: {chain: [eq: {bands: [{gain: -2 dB, frequency: 100 Hz}, {gain: 1 dB, frequency: "
         "1 kHz}]}]}\n",
         "A: eq band 1 gain 3 dB → -2 dB\nA: eq band 2 added (gain 1 dB)\n"},
        {"  A: {chain: [eq: {high pass: 80 Hz}]}\n",
         "  A: {chain: [eq: {high pass: 80 Hz, high pass slope: 24 dB/oct}]}\n",
         "A: eq high pass slope 12 dB/oct → 24 dB/oct\n"},
        {"  A: {automation: {gain: [[0:01, 0 dB], [0:02, 1 dB], [0:03, 0 dB]]}}\n",
         "  A: {automation: {gain: [[0:01, 0 dB], [0:02, 2 dB], [0:03, 0 dB]]}}\n",
         "A: gain automation at 2|1 1 dB → 2 dB\n"},
        {"  A: {automation: {gain: [[0:01, 0 dB], [0:02, 1 dB]], pan: [[0:00, C]]}}\n",
         "  A: {automation: {gain: [[0:01, 3 dB], [0:04, 1 dB]], mute: [[0:00, no]]}}\n",
         "A: gain automation between 1|3 and 3|1 changed\nA: pan automation removed\n"
         "A: mute automation added, 1 point\n"},
        {"  A: {chain: [compressor], automation: {compressor.threshold: [[0:00, -1 dB]]}}\n",
         "  A: {chain: [compressor]}\n", "A: compressor threshold automation removed\n"},
        {"  A: {clips: [{take: mono48.wav, at: 0:01, to: 0:09}, {take: bass.wav}]}\n",
         "  A: {clips: [{take: mono48.wav, at: 0:03, to: 0:09}, {take: bass.wav}]}\n",
         "A: clip at 1|3 (mono48.wav) moved 1 bar later, to 2|3\n"},
        {"  A: {clips: [{take: mono48.wav, to: 0:09}, {take: bass.wav}]}\n",
         "  A: {clips: [{take: mono48.wav, to: 0:08}, {take: bass.wav}]}\n",
         "A: clip at 1|1 (mono48.wav): to 0:09 → 0:08\n"},
        {"  A: {clips: [{take: mono48.wav}, {take: bass.wav}]}\n",
         "  A: {clips: [{take: mono48.wav, gain: -3 dB}, {take: bass.wav}]}\n",
         "A: clip at 1|1 (mono48.wav): gain 0 dB → -3 dB\n"},
        {"  A: {clips: [{take: mono48.wav, at: 0:05}, {take: bass.wav}]}\n",
         "  A: {clips: [{take: left.wav}, {take: bass.wav}]}\n",
         "A: clip at 3|3 (mono48.wav) removed\nA: clip at 1|1 (left.wav) added\n"},
        {"  A: {clips: [{take: mono48.wav, to: 0:00.5, repeat: 20}, {take: bass.wav}]}\n",
         "  A: {clips: [{take: mono48.wav, to: 0:00.5, repeat: 20, at: 0:20}, {take: bass.wav}]}\n",
         "A: clip at 1|1 (mono48.wav) moved 10 bars later, to 11|1\n"},
        {"  A: {clips: [{take: mono48.wav, to: 0:00.5, repeat: 20}, {take: bass.wav}]}\n",
         "  A: {clips: [{take: bass.wav}]}\n", "A: clip at 1|1 (mono48.wav) removed, 20 times\n"},
    };
    for (int i = 0; i < TON_N(rows); i++)
        assert_string_equal(difference(*state, rows[i].a, rows[i].b, false), rows[i].said);
    figure("%d pairs", TON_N(rows));
}

static void what_stands_on_the_same_beat_has_not_moved_with_the_tempo(void **state) {
    static const char a[] = "tonmeister: 1\ntempo: 120 bpm\nsections: {v: {from: 1|1, to: 5|1}}\n"
                            "tracks: {A: {clips: [{take: left.wav, at: 3|2, to: 0:01}], "
                            "automation: {gain: [[4|1, 0 dB]]}}}\n";
    static const char b[] = "tonmeister: 1\ntempo: 117 bpm\nsections: {v: {from: 1|1, to: 5|1}}\n"
                            "tracks: {A: {clips: [{take: left.wav, at: 3|2, to: 0:01}], "
                            "automation: {gain: [[4|1, 0 dB]]}}}\n";
    assert_string_equal(difference(*state, a, b, true),
                        "tempo 120 bpm → 117 bpm\nlength 0:05.500 → 0:05.615\n");
}

static void the_session_as_a_whole_is_compared(void **state) {
    static const char a[] = "tonmeister: 1\ntitle: A\nrate: 48 kHz\ntempo: 120 bpm\nmeter: 4/4\n"
                            "sections: {v: {from: 1|1, to: 5|1}, w: {from: 5|1, to: 6|1}}\n";
    static const char b[] =
        "tonmeister: 1\ntitle: B\nkey: E minor\nrate: 44.1 kHz\n"
        "tempo: [{at: 1|1, tempo: 120 bpm}, {at: 3|1, tempo: 100 bpm}]\nmeter: 3/4\n"
        "sections: {v: {from: 1|1, to: 4|1}, x: {from: 5|1, to: 6|1}}\nend: 0:09\n";
    assert_string_equal(difference(*state, a, b, true),
                        "title A → B\nkey E minor added\nrate 48 kHz → 44.1 kHz\n"
                        "meter 4/4 → 3/4\ntempo change at 3|1 added (100 bpm, 3/4)\n"
                        "section v 1|1 to 5|1 → 1|1 to 4|1\nsection w renamed x\n"
                        "end after the tails → 6|2\n");
}

int main(void) {
#define PROMISE(f) cmocka_unit_test_setup_teardown(f, stage_open, stage_close)
    const struct CMUnitTest tests[] = {
        PROMISE(equal_sessions_are_passed_over_in_silence),
        PROMISE(each_change_is_one_sentence),
        PROMISE(what_stands_on_the_same_beat_has_not_moved_with_the_tempo),
        PROMISE(the_session_as_a_whole_is_compared),
    };
    return cmocka_run_group_tests(tests, NULL, stage_end);
}
