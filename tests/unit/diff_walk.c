/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every declared key is changed once: the difference must name the strip and the key, and call it
 * heard exactly when the engine would render something else. The engine's content keys judge. */
#include "session_stage.h"

#include "build.h"
#include "production/release.h"
#include "ton/audio_out.h"
#include "ton/diff.h"
#include "ton/plan.h"

static struct ton_key key_of(struct stage *s, const struct ton_session *session) {
    static const struct ton_wish mix = {.name = "mix"};
    struct ton_plan *plan = NULL;
    const struct ton_plan_config config = {.block = 64, .threads = 1};
    if (ton_plan_compile(&plan, session, &mix, 1, &config, &s->err) != TON_OK)
        fail_msg("%s", s->err.text);
    struct ton_key key = ton_plan_key(plan, 0);
    ton_plan_destroy(plan);
    assert_true(key.low || key.high);
    return key;
}

static int n_walked, n_heard;

/* The two must differ, and one sentence of `strip` (NULL: of the piece) must name `word`. */
static void demand(struct stage *s, const char *a, const char *b, const char *strip,
                   const char *word) {
    struct ton_session *x = stage_session(s, a), *y = stage_session(s, b);
    struct ton_changes changes = {0};
    assert_int_equal(ton_session_diff(&changes, s->arena, x, y, &s->err), TON_OK);
    bool named = false;
    for (size_t i = 0; i < changes.n; i++)
        named = named || (ton_text_same(changes.items[i].strip, strip) &&
                          strstr(changes.items[i].text, word));
    if (!named) {
        for (size_t i = 0; i < changes.n; i++)
            printf("%s: %s\n", changes.items[i].strip, changes.items[i].text);
        fail_msg("no sentence of %s names `%s`, from\n%sto\n%s", strip ? strip : "the piece", word,
                 a, b);
    }
    bool heard = !ton_key_same(key_of(s, x), key_of(s, y));
    if (heard != changes.heard)
        fail_msg("`%s` is %sheard, which was not said; from\n%sto\n%s", word, heard ? "" : "not ",
                 a, b);
    n_walked++;
    n_heard += heard;
    /* And nothing is said of equal ones. */
    changes = (struct ton_changes){0};
    assert_int_equal(ton_session_diff(&changes, s->arena, y, stage_session(s, b), &s->err), TON_OK);
    assert_true(changes.n == 0 && !changes.heard);
}

static const char *session_with(struct stage *s, const char *root, const char *probe) {
    return ton_arena_printf(s->arena,
                            "tonmeister: 1\n%s"
                            "tracks:\n"
                            "  Probe:\n"
                            "%s"
                            "  Other: {clips: [{take: bass.wav, to: 0:30}]}\n"
                            "buses: {Drums: {gain: -1 dB}, Plate: {gain: -3 dB}, Hall: }\n",
                            root, probe);
}

static const char clips_line[] = "    clips: [{take: stereo48.wav, at: 0:01, to: 0:10}]\n";

/* One key of the strip `Probe`, beside its clips. */
static const char *strip_with(struct stage *s, const char *lines) {
    return session_with(s, "tempo: 120 bpm\n",
                        ton_arena_printf(s->arena, "%s%s", clips_line, lines));
}

/* Two values of a row, away from its default and from each other. */
static bool values_of(char a[64], char b[64], const struct ton_row *row) {
    float low = isfinite(row->min) ? row->min : -60.0F,
          high = isfinite(row->max) ? row->max : 20.0F;
    float x = low + (high - low) * 0.3F, y = low + (high - low) * 0.45F;
    if (row->kind == TON_SWITCH || row->kind == TON_CHOICE) {
        x = 0.0F;
        y = 1.0F;
    } else if (row->kind == TON_COUNT) {
        x = nearbyintf(fminf(low + 1.0F, high));
        y = nearbyintf(fminf(low + 2.0F, high));
    } else if (row->kind != TON_NUMBER && row->kind != TON_TIME_NOTE) {
        return false;
    }
    ton_row_format(a, 64, row, x);
    ton_row_format(b, 64, row, y);
    assert_string_not_equal(a, b);
    return true;
}

/* What the rows cannot tell: values for keys that are words. */
struct word_case {
    const char *key, *a, *b, *says;
};

static const struct word_case *case_of(const struct word_case *cases, int n, const char *key) {
    for (int i = 0; i < n; i++)
        if (!strcmp(cases[i].key, key))
            return &cases[i];
    fail_msg("a new key, `%s`: say in this test how it changes and what `ton diff` says", key);
    return NULL;
}

static const char *words_of(struct stage *s, const char *key) {
    char words[64];
    ton_key_to_words(words, sizeof words, key);
    return ton_arena_text(s->arena, words);
}

static void walk_parameter(struct stage *s, const char *before, const struct ton_row *row,
                           const char *processor, const char *name, const char *after) {
    char a[64], b[64];
    const char *key = words_of(s, row->key);
    if (row->kind == TON_STRIP) {
        demand(s, strip_with(s, ton_arena_printf(s->arena, "%s%s", before, after)),
               strip_with(s, ton_arena_printf(s->arena, "%s%s: Other%s", before, key, after)),
               "Probe", ton_arena_printf(s->arena, "%s %s", name, key));
        return;
    }
    if (row->kind == TON_PATH) {
        demand(s, strip_with(s, ton_arena_printf(s->arena, "%s%s: bass.wav%s", before, key, after)),
               strip_with(s, ton_arena_printf(s->arena, "%s%s: right.wav%s", before, key, after)),
               "Probe", ton_arena_printf(s->arena, "%s %s", name, key));
        return;
    }
    if (!values_of(a, b, row))
        fail_msg("a parameter of a kind that this test does not know: %s", row->key);
    demand(s, strip_with(s, ton_arena_printf(s->arena, "%s%s: %s%s", before, key, a, after)),
           strip_with(s, ton_arena_printf(s->arena, "%s%s: %s%s", before, key, b, after)), "Probe",
           ton_arena_printf(s->arena, "%s %s", name, key));
    if (row->kind != TON_NUMBER || row->flags & TON_ROW_FIXED)
        return;
    /* "eq band 1" and "gain" are automated as `eq.band 1.gain`. */
    const char *rest = name + strlen(processor);
    const char *target = *rest ? ton_arena_printf(s->arena, "%s.%s.%s", processor, rest + 1, key)
                               : ton_arena_printf(s->arena, "%s.%s", processor, key);
    const char *sides[2];
    for (int i = 0; i < 2; i++)
        sides[i] = strip_with(
            s, ton_arena_printf(s->arena,
                                "%s%s: %s%s    automation: {\"%s\": [[2|1, %s], [3|1, %s]]}\n",
                                before, key, a, after, target, a, i ? b : a));
    demand(s, sides[0], sides[1], "Probe",
           ton_arena_printf(s->arena, "%s %s automation at 3|1", name, key));
}

/* Required keys of a group's rows, but for the one that is changed. */
static const char *required(struct stage *s, const struct ton_row *group,
                            const struct ton_row *but) {
    char a[64], b[64];
    const char *text = "";
    for (int i = 0; i < group->n_rows; i++)
        if (&group->rows[i] != but && group->rows[i].flags & TON_ROW_REQUIRED &&
            values_of(a, b, &group->rows[i]))
            text =
                ton_arena_printf(s->arena, "%s%s: %s, ", text, words_of(s, group->rows[i].key), a);
    return text;
}

/* The files without which a processor is refused: "response: bass.wav". */
static const char *files_of(struct stage *s, const struct ton_processor *p,
                            const struct ton_row *but) {
    const char *text = "";
    for (int i = 0; i < p->n_rows; i++)
        if (p->rows[i].kind == TON_PATH && p->rows[i].flags & TON_ROW_REQUIRED &&
            &p->rows[i] != but)
            text =
                ton_arena_printf(s->arena, "%s%s: bass.wav, ", text, words_of(s, p->rows[i].key));
    return text;
}

/* A file that the engine can read, instead of an empty one: one sample. */
static void make_sound(struct stage *s, const char *name, float sample) {
    const struct ton_audio_out_config config = {
        .format = {.codec = TON_FLOAT, .bits = 32, .rate = 48000}, .channels = 1};
    const float *const planes[1] = {&sample};
    struct ton_audio_out *out = NULL;
    const char *path = ton_arena_printf(s->arena, "%s/audio/%s", stage_folder(), name);
    if (ton_audio_create(&out, path, &config, &s->err) ||
        ton_audio_write(out, planes, 1, &s->err) || ton_audio_finish(out, &s->err))
        fail_msg("%s", s->err.text);
}

static void every_parameter_of_every_processor_is_named(void **state) {
    struct stage *s = *state;
    make_sound(s, "bass.wav", 0.5F);
    make_sound(s, "right.wav", 0.25F);
    for (int i = 0; i < ton_processor_count(); i++) {
        const struct ton_processor *p = ton_processor_at(i);
        const char *name = words_of(s, p->id);
        const char *files = files_of(s, p, NULL);
        const char *set = *files ? ton_arena_printf(s->arena, ": {%s}", files) : "";
        for (int k = 0; k < p->n_rows; k++) {
            const struct ton_row *row = &p->rows[k];
            const char *open =
                ton_arena_printf(s->arena, "    chain: [%s: {%s", name, files_of(s, p, row));
            if (row->kind != TON_GROUP) {
                walk_parameter(s, open, row, name, name, "}]\n");
                continue;
            }
            const char *words = words_of(s, row->key);
            const char *one =
                ton_arena_printf(s->arena, "%s %.*s 1", name, (int)strlen(words) - 1, words);
            for (int m = 0; m < row->n_rows; m++)
                walk_parameter(s,
                               ton_arena_printf(s->arena, "%s%s: [{%s", open, words,
                                                required(s, row, &row->rows[m])),
                               &row->rows[m], name, one, "}]}]\n");
        }
        demand(
            s, strip_with(s, ton_arena_printf(s->arena, "    chain: [limiter, %s%s]\n", name, set)),
            strip_with(s, ton_arena_printf(s->arena, "    chain: [limiter, %s: {%sbypass: yes}]\n",
                                           name, files)),
            "Probe", "bypassed");
        demand(s, strip_with(s, ""),
               strip_with(s, ton_arena_printf(s->arena, "    chain: [%s%s]\n", name, set)), "Probe",
               ton_arena_printf(s->arena, "%s added", name));
    }
    figure("%d changes, %d of them heard", n_walked, n_heard);
}

static void every_key_of_a_strip_is_named(void **state) {
    struct stage *s = *state;
    static const struct word_case cases[] = {
        {"clips", NULL, NULL, NULL}, /* walked below */
        {"input", "1", "[2, 3]", "input 1 → 2 and 3"},
        {"role", "drums", "bass", "role drums → bass"},
        {"chain", "[eq: {high pass: 40 Hz}]", "[]", "eq removed"},
        {"gain", "-3 dB", "-1.5 dB", "fader -3 dB → -1.5 dB"},
        {"to", "Drums", "Hall", "output to Drums → Hall"},
        {"sends", "{Plate: -6 dB}", "{Plate: -3 dB}", "send to Plate -6 dB → -3 dB"},
        {"polarity", "normal", "inverted", "polarity normal → inverted"},
        {"automation", "{pan: [[2|1, C]]}", "{pan: [[2|1, L10]]}", "pan automation at 2|1 C → L10"},
    };
    for (int i = 0; i < ton_n_strip_fields; i++) {
        const struct ton_row *row = &ton_strip_fields[i].row;
        char a[64], b[64];
        const char *key = words_of(s, row->key);
        bool by_row = strcmp(row->key, "gain") != 0 && strcmp(row->key, "polarity") != 0 &&
                      values_of(a, b, row);
        const struct word_case *c = by_row ? NULL : case_of(cases, TON_N(cases), row->key);
        if (c && !c->a)
            continue;
        demand(s, strip_with(s, ton_arena_printf(s->arena, "    %s: %s\n", key, c ? c->a : a)),
               strip_with(s, ton_arena_printf(s->arena, "    %s: %s\n", key, c ? c->b : b)),
               "Probe", c ? c->says : key);
    }
    demand(s, strip_with(s, "    gain: -2 dB\n    sends: {Plate: {gain: -3 dB}}\n"),
           strip_with(s, "    gain: -2 dB\n    sends: {Plate: {gain: -3 dB, before fader: yes}}\n"),
           "Probe", "send to Plate after fader → before fader");
    demand(s, strip_with(s, "    automation: {gain: [[1|1, 0 dB], [2|1, 1 dB]]}\n"),
           strip_with(s, "    automation: {gain: [[1|1, 0 dB], [2|1, 2 dB], [3|1, 0 dB]]}\n"),
           "Probe", "gain automation between 2|1 and 3|1 changed");
    demand(s, strip_with(s, "    automation: {mute: [[1|1, no]]}\n"),
           strip_with(s, "    automation: {mute: [[1|1, yes]]}\n"), "Probe", "mute automation");
    demand(
        s, strip_with(s, "    sends: {Plate: -3 dB}\n"),
        strip_with(s, "    sends: {Plate: -3 dB}\n    automation: {sends.Plate: [[1|1, -3 dB]]}\n"),
        "Probe", "send to Plate automation added");
}

static const char *clip_with(struct stage *s, const char *take, const char *rest) {
    return session_with(
        s, "tempo: 120 bpm\n",
        ton_arena_printf(s->arena,
                         "    clips:\n      - {take: mono48.wav, to: 0:05}\n      - {take: %s%s}\n",
                         take, rest));
}

static void every_key_of_a_clip_is_named(void **state) {
    struct stage *s = *state;
    static const struct word_case cases[] = {
        {"take", "", "", "take left.wav → right.wav"},
        {"at", "at: 9|1", "at: 9|3", "clip at 9|1 (left.wav) moved 2 beats later, to 9|3"},
        {"from", "at: 9|1, from: 0:01", "at: 9|1, from: 0:02", "from 0:01 → 0:02"},
        {"to", "at: 9|1, to: 0:05", "at: 9|1, to: 0:06", "to 0:05 → 0:06"},
        {"length", "at: 9|1, length: 1 bar", "at: 9|1, length: 2 bars", "length 1 bar → 2 bars"},
        {"fade_in", "at: 9|1, fade in: 10 ms", "at: 9|1, fade in: 250 ms",
         "fade in 10 ms → 250 ms"},
        {"fade_out", "at: 9|1", "at: 9|1, fade out: 5 ms", "fade out none → 5 ms"},
        {"crossfade", "at: 0:04, from: 0:04, crossfade: 10 ms",
         "at: 0:04, from: 0:04, crossfade: 11 ms", "crossfade 10 ms → 11 ms"},
        {"channel", "at: 9|1", "at: 9|1, channel: right", "channel both → right"},
        {"every", "to: 0:01, repeat: 3, every: 1 bar", "to: 0:01, repeat: 3, every: 3 beats",
         "every 1 bar → 3 beats"},
        {"repeat", "to: 0:01, repeat: 3", "to: 0:01, repeat: 4", "repeat 3 → 4"},
        {"gain", "at: 9|1, gain: 1.00001 dB", "at: 9|1, gain: 1.00002 dB", "gain 1.00001 dB"},
        {"mute", "at: 9|1", "at: 9|1, mute: yes", "muted"},
    };
    for (int i = 0; i < ton_n_clip_fields; i++) {
        const struct word_case *c = case_of(cases, TON_N(cases), ton_clip_fields[i].row.key);
        bool take = !strcmp(c->key, "take");
        const char *comma = *c->a ? ", " : "";
        demand(s, clip_with(s, "left.wav", ton_arena_printf(s->arena, "%s%s", comma, c->a)),
               clip_with(s, take ? "right.wav" : "left.wav",
                         ton_arena_printf(s->arena, "%s%s", comma, c->b)),
               "Probe", c->says);
    }
    demand(s, clip_with(s, "[left.wav, right.wav]", ""), clip_with(s, "[left.wav, bass.wav]", ""),
           "Probe", "right take right.wav → bass.wav");
    demand(s, clip_with(s, "left.wav", ", at: 9|1"),
           clip_with(s, "left.wav", ", at: 768001 samples"), "Probe", "moved 1 sample later");
    demand(s, clip_with(s, "poly48.wav", ", channel: 3"),
           clip_with(s, "poly48.wav", ", channel: 4"), "Probe", "channel 3 → 4");
    demand(s, clip_with(s, "poly48.wav", ", channel: 3"),
           clip_with(s, "poly48.wav", ", channel: [3, 4]"), "Probe", "channel 3 → [3, 4]");
    demand(s, clip_with(s, "poly48.wav", ", channel: [3, 4]"),
           clip_with(s, "poly48.wav", ", channel: [3,5]"), "Probe", "channel [3, 4] → [3, 5]");
    demand(s, clip_with(s, "poly48.wav", ", channel: [3, 4]"),
           clip_with(s, "poly48.wav", ", channel: [2, 4]"), "Probe", "channel [3, 4] → [2, 4]");
}

static void every_key_of_a_session_is_named(void **state) {
    struct stage *s = *state;
    static const struct word_case cases[] = {
        {"tonmeister", NULL, NULL, NULL}, /* only 1 can be read */
        {"title", "title: A\n", "title: B\n", "title A → B"},
        {"rate", "", "rate: 44.1 kHz\n", "rate 48 kHz → 44.1 kHz"},
        {"frames_per_second", "", "frames per second: 30\n", "frames per second 25 → 30"},
        {"meter", "tempo: 120 bpm\n", "tempo: 120 bpm\nmeter: 3/4\n", "meter 4/4 → 3/4"},
        {"tempo", "tempo: 120 bpm\n", "tempo: 121 bpm\n", "tempo 120 bpm → 121 bpm"},
        {"key", "key: C\n", "key: D\n", "key C → D"},
        {"sections", "sections: {v: {from: 0:01, to: 0:02}}\n",
         "sections: {v: {from: 0:01, to: 0:03}}\n",
         "section v 0:01.000 to 0:02.000 → 0:01.000 to 0:03.000"},
        {"arrangement",
         "sections: {v: {from: 0:01, to: 0:02}, w: {from: 0:02, to: 0:04}}\narrangement: [v, w]\n",
         "sections: {v: {from: 0:01, to: 0:02}, w: {from: 0:02, to: 0:04}}\narrangement: [w, v]\n",
         "arrangement v, w → w, v"},
        {"end", "end: 0:40\n", "end: 0:41\n", "end 0:40.000 → 0:41.000"},
        {"tracks", NULL, NULL, NULL}, /* walked with the strips */
        {"buses", NULL, NULL, NULL},
    };
    for (int i = 0; i < ton_n_session_fields; i++) {
        const struct word_case *c = case_of(cases, TON_N(cases), ton_session_fields[i].row.key);
        if (c->a)
            demand(s, session_with(s, c->a, clips_line), session_with(s, c->b, clips_line), NULL,
                   c->says);
    }
    static const char *const tempos[][3] = {
        {"[{at: 1|1, tempo: 96 bpm}, {at: 5|1, tempo: 98 bpm}]",
         "[{at: 1|1, tempo: 96 bpm}, {at: 5|1, tempo: 99 bpm}]", "tempo at 5|1 98 bpm → 99 bpm"},
        {"[{at: 1|1, tempo: 96 bpm}, {at: 5|1, meter: 3/4}]",
         "[{at: 1|1, tempo: 96 bpm}, {at: 5|1, meter: 5/4}]", "meter at 5|1 3/4 → 5/4"},
        {"[{at: 1|1, tempo: 96 bpm}, {at: 5|1, tempo: 98 bpm}]",
         "[{at: 1|1, tempo: 96 bpm, ramp: yes}, {at: 5|1, tempo: 98 bpm}]", "tempo ramp off → on"},
        {"[{at: 1|1, tempo: 96 bpm}, {at: 5|1, tempo: 98 bpm}]",
         "[{at: 1|1, tempo: 96 bpm}, {at: 6|1, tempo: 98 bpm}]", "tempo change at 5|1 removed"},
    };
    for (int i = 0; i < TON_N(tempos); i++)
        demand(s,
               session_with(s, ton_arena_printf(s->arena, "tempo: %s\n", tempos[i][0]),
                            "    clips: [{take: left.wav, at: 9|1}]\n"),
               session_with(s, ton_arena_printf(s->arena, "tempo: %s\n", tempos[i][1]),
                            "    clips: [{take: left.wav, at: 9|1}]\n"),
               NULL, tempos[i][2]);
}

static struct ton_production *production(struct stage *s, const char *text) {
    struct ton_production *p = NULL;
    ton_problems_init(&s->problems, s->arena);
    if (ton_production_parse(&p, s->arena, "production.yaml", text, strlen(text), &s->problems,
                             &s->err) != TON_OK)
        fail_msg("%s %s\n%s", s->err.where, s->err.text, text);
    return p;
}

static void demand_production(struct stage *s, const char *a, const char *b, const char *word,
                              bool heard) {
    const char *head = "tonmeister: 1\n";
    a = ton_arena_printf(s->arena, "%s%s%s", head,
                         strstr(a, "sessions:") ? "" : "sessions: [x, y]\n", a);
    b = ton_arena_printf(s->arena, "%s%s%s", head,
                         strstr(b, "sessions:") ? "" : "sessions: [x, y]\n", b);
    struct ton_changes changes = {0};
    assert_int_equal(
        ton_production_diff(&changes, s->arena, production(s, a), production(s, b), &s->err),
        TON_OK);
    bool named = false;
    for (size_t i = 0; i < changes.n; i++)
        named = named || strstr(changes.items[i].text, word);
    if (!named || changes.heard != heard)
        fail_msg("%s: %s, from\n%sto\n%s", word, named ? "heard or not" : "not named", a, b);
    changes = (struct ton_changes){0};
    assert_int_equal(
        ton_production_diff(&changes, s->arena, production(s, b), production(s, b), &s->err),
        TON_OK);
    assert_true(changes.n == 0 && !changes.heard);
    n_walked++;
}

static void every_key_of_a_production_is_named(void **state) {
    struct stage *s = *state;
    static const struct word_case cases[] = {
        {"tonmeister", NULL, NULL, NULL},
        {"date", "2026-01-01", "2026-01-02", "date 2026-01-01 → 2026-01-02"},
        {"upc", "036000291452", "4006381333931", "upc 036000291452 → 4006381333931"},
        {"cover", "a.jpg", "b.jpg", "cover a.jpg → b.jpg"},
        {"version", "1", "2", "version 1 → 2"},
        {"sessions", "[x, y]", "[y, x]", "running order x, y → y, x"},
        {"gaps", "{y: 2 s}", "{y: 3 s}", "gap before y 2 s → 3 s"},
        {"fades", "{y: {in: 1 s, out: 4 s}}", "{y: {in: 1 s, out: 5 s}}",
         "fade out of y 4 s → 5 s"},
        {"recordings", "{y: {title: A}}", "{y: {title: B}}", "recording y: title A → B"},
        {"master", "{loudness: -14 LUFS}", "{loudness: {target: -14 LUFS, per: session}}",
         "loudness per production → session"},
        {"inputs", "{A: 1, B: 2}", "{B: 2, A: 1}", "order of inputs changed"},
        {"port", "1", "\"system:capture_1\"", "input y: port 1 → system:capture_1"},
        {"role", "drums", "drums.kick", "input y: role drums → drums.kick"},
        {"source", "dynamic", "condenser +48V", "source dynamic → condenser +48V"},
        {"level", "-18 dBFS", "-12 dBFS", "level -18 dBFS → -12 dBFS"},
        {"polarity", "normal", "inverted", "polarity normal → inverted"},
        {"deliverables", "{a: }", "{a: , b: {format: flac}}", "deliverable b added (flac)"},
        {"naming", "\"{title}\"", "\"{artist}\"", "naming {title} → {artist}"},
        {"isrc", "QZ-ABC-26-00001", "QZ-ABC-26-00002", "isrc QZ-ABC-26-00001 → QZ-ABC-26-00002"},
        {"writers", "[A]", "[A, B]", "writers A → A, B"},
        {"format", "flac", "[flac, mp3 320k]", "format flac → flac, mp3 320k"},
        {"without", "[vocals]", "[vocals.lead]", "without vocals → vocals.lead"},
        {"only", "[vocals]", "[vocals.lead]", "only vocals → vocals.lead"},
        {"each", "[vocals]", "[vocals.lead]", "each vocals → vocals.lead"},
        {"spec", "streaming", "cd", "spec streaming → cd"},
        {"dither", "tpdf", "shaped", "dither tpdf → shaped"},
        {"loudness", "-14 LUFS", "-16 LUFS", "loudness -14 LUFS → -16 LUFS"},
        {"ceiling", "-1 dBTP", "-2 dBTP", "ceiling -1 dBTP → -2 dBTP"},
        {"mastered", "yes", "no", "mastered on → off"},
        {"joined", "no", "yes", "joined off → on"},
    };
    static const char *const audible[] = {"sessions", "gaps", "fades", "master", "deliverables"};
    const struct {
        const struct ton_field *fields;
        int n;
        const char *before, *after;
    } tables[] = {
        {ton_production_fields, ton_n_production_fields, "", ""},
        {ton_recording_fields, ton_n_recording_fields, "recordings: {y: {", "}}"},
        {ton_deliverable_fields, ton_n_deliverable_fields, "deliverables: {a: {", "}}"},
        {ton_input_fields, 1, "inputs: {y: {", "}}"},
        {ton_input_fields + 1, ton_n_input_fields - 1, "inputs: {A: 8, B: 9, y: {port: 1, ", "}}"}};
    for (int t = 0; t < TON_N(tables); t++) {
        for (int i = 0; i < tables[t].n; i++) {
            const struct ton_field *field = &tables[t].fields[i];
            const char *key = words_of(s, field->row.key);
            const struct word_case plain = {key, "A", "B", "A → B"};
            bool free_text = field->read == ton_read_text && strcmp(key, "cover") != 0 &&
                             strcmp(key, "spec") != 0;
            const struct word_case *c =
                free_text ? &plain : case_of(cases, TON_N(cases), field->row.key);
            bool heard = t == 2;
            for (int k = 0; t == 0 && k < TON_N(audible); k++)
                heard = heard || !strcmp(audible[k], field->row.key);
            if (!c->a)
                continue;
            const char *sides[2];
            for (int k = 0; k < 2; k++)
                sides[k] = ton_arena_printf(s->arena, "%s%s: %s%s\n", tables[t].before, key,
                                            k ? c->b : c->a, tables[t].after);
            demand_production(s, sides[0], sides[1],
                              free_text ? ton_arena_printf(s->arena, "%s A → B", key) : c->says,
                              heard);
        }
    }
    demand_production(s, "master: {chain: [limiter: {ceiling: -1 dBTP}]}\n",
                      "master: {chain: [limiter: {ceiling: -2 dBTP}]}\n",
                      "limiter ceiling -1 dBTP → -2 dBTP", true);
    demand_production(s, "deliverables: {tv: {without: [vocals]}}\n",
                      "deliverables: {tv mix: {without: [vocals]}}\n",
                      "deliverable tv renamed tv mix", true);
    demand_production(s, "sessions: [x, y]\n", "sessions: [x, y, z]\n", "session z added", true);
    demand_production(s, "inputs: {x: 1}\n", "inputs: {y: 1, x: 2}\n", "input y added", false);
    demand_production(s, "inputs: {x: 1, y: 2}\n", "inputs: {x: 1}\n", "input y removed", false);
}

/* Takes that differ: the stage's are all empty. */
static int open_walk(void **state) {
    for (int i = 0; i < TON_N(stage_takes); i++) {
        char path[256];
        snprintf(path, sizeof path, "%s/audio/%s", stage_folder(), stage_takes[i]);
        assert_int_equal(ton_path_write(path, stage_takes[i], strlen(stage_takes[i]), NULL),
                         TON_OK);
    }
    return stage_open(state);
}

int main(void) {
#define PROMISE(f) cmocka_unit_test_setup_teardown(f, open_walk, stage_close)
    const struct CMUnitTest tests[] = {
        PROMISE(every_parameter_of_every_processor_is_named),
        PROMISE(every_key_of_a_strip_is_named),
        PROMISE(every_key_of_a_clip_is_named),
        PROMISE(every_key_of_a_session_is_named),
        PROMISE(every_key_of_a_production_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, stage_end);
}
