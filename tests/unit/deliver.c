/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Deliveries through the C interface: what each format holds after decoding, and what an album
 * keeps. */

#include "production_rig.h"

#include "ton/deliver.h"
#include "ton/text.h"

/* `only`: this deliverable; NULL: all. */
static struct ton_delivery deliver_only(struct rig *r, const char *only) {
    struct ton_delivery done = {0};
    const struct ton_deliver_config config = {
        .folder = rig_path(r, "p"), .threads = 2, .names = &only, .n_names = only != NULL};
    const enum ton_code code = ton_deliver(&done, r->arena, &config, &r->problems, NULL, &r->err);
    if (code && code != TON_MISSED)
        fail_msg("%s %s", r->err.where, r->err.text);
    return done;
}

static struct ton_delivery deliver(struct rig *r) {
    return deliver_only(r, NULL);
}

static const struct ton_delivered *file_of(const struct ton_delivery *done, const char *deliverable,
                                           const char *session) {
    for (int i = 0; i < done->n; i++) {
        const struct ton_delivered *d = &done->files[i];
        if (ton_text_same(d->deliverable, deliverable) &&
            (!session || ton_text_same(d->session, session)))
            return d;
    }
    fail_msg("no file of %s for %s", deliverable, session ? session : "all");
    return NULL;
}

struct sound {
    float *plane[2];
    int64_t frames;
    int channels;
};

/* A delivered file, in the rig's arena. */
static struct sound load(struct rig *r, const struct ton_delivered *d) {
    struct ton_audio_in *in = NULL;
    struct sound s = {0};
    const char *path = ton_path_join(r->arena, rig_path(r, "p"), d->path);
    if (ton_audio_open(&in, path, &r->err))
        fail_msg("%s", r->err.text);
    const struct ton_audio_info *info = ton_audio_info(in);
    s.channels = info->channels;
    assert_in_range(s.channels, 1, 2);
    for (int c = 0; c < s.channels; c++)
        s.plane[c] = TON_NEW_N(r->arena, float, info->frames);
    assert_int_equal(ton_audio_read(in, s.plane, info->frames, &s.frames, &r->err), TON_OK);
    ton_audio_close(in);
    return s;
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
    /* The first five are of each kind one. */
    static const char *const formats[] = {"wav 16-bit", "flac 24-bit", "mp3 128k",
                                          "opus 64k",   "aac 128k",    "wav 24-bit",
                                          "mp3 320k",   "opus 160k",   "aac 256k"};
    struct ton_text list = {0};
    for (int i = 0; i < fewer(TON_N(formats), 5); i++) {
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

struct steps {
    double last;
    int n, back, rendering, mastering, making;
};

static void note(void *user, const char *what, double fraction) {
    struct steps *s = user;
    s->n++;
    s->back += fraction < s->last;
    s->rendering += ton_text_starts(what, "rendering ");
    s->mastering += ton_text_starts(what, "mastering ");
    s->making += strstr(what, " files made") != NULL;
    s->last = fraction;
}

/* Parts of which nobody knows beforehand how many there are: three songs, each rendered and
 * coloured, then nine files. */
static void how_far_a_delivery_is_only_rises_and_ends_with_all(void **state) {
    struct rig *r = *state;
    for (int i = 1; i <= 3; i++)
        write_session(r, ton_arena_printf(r->arena, "s%d", i), 0.1F * (float)i, (unsigned)i);
    rig_write(r, "p/production.yaml",
              "tonmeister: 1\ntitle: T\nartist: X\nsessions: [s1, s2, s3]\nmaster:\n"
              "  chain: [gain: {gain: 1 dB}, limiter: {}]\n  loudness: -14 LUFS\n"
              "deliverables: {a: {}, b: {format: flac 16-bit}, c: {mastered: no}}\n");
    struct ton_delivery done = {0};
    struct steps s = {0};
    const struct ton_deliver_config config = {.folder = rig_path(r, "p"), .threads = 2};
    const struct ton_progress progress = {note, &s};
    if (ton_deliver(&done, r->arena, &config, &r->problems, &progress, &r->err))
        fail_msg("%s %s", r->err.where, r->err.text);
    assert_int_equal(done.n_rebuilt, 9);
    figure("%d steps, %d rendering, %d mastering, %d making files; the last at %.3f", s.n,
           s.rendering, s.mastering, s.making, s.last);
    assert_int_equal(s.back, 0);
    assert_true(s.last == 1.0);
    assert_true(s.rendering > 9 && s.mastering > 0 && s.making > 0);
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

/* Colour passes, gains and files. */
static void an_album_has_the_same_bits_however_many_threads_make_it(void **state) {
    struct rig *r = *state;
    enum { SONGS = 3 };
    static const char *const names[SONGS] = {"one", "two", "three"};
    static const int threads[] = {1, 5, 2};
    const char *first[SONGS] = {NULL};
    for (int i = 0; i < SONGS; i++)
        write_session(r, names[i], 0.1F, (unsigned)i + 1);
    rig_write(r, "p/production.yaml",
              "tonmeister: 1\ntitle: Test\nartist: X\nsessions: [one, two, three]\nmaster:\n"
              "  chain: [saturator, compressor, limiter: {ceiling: -1 dBTP}]\n"
              "  loudness: -16 LUFS\n"
              "deliverables:\n  m: {format: wav 24-bit}\n");
    for (int k = 0; k < fewer(TON_N(threads), 2); k++) {
        struct ton_delivery done = {0};
        const struct ton_deliver_config config = {.folder = rig_path(r, "p"),
                                                  .threads = threads[k]};
        nftw(rig_path(r, "p/out"), rig_remove, 8, FTW_DEPTH | FTW_PHYS);
        nftw(rig_path(r, "p/.cache"), rig_remove, 8, FTW_DEPTH | FTW_PHYS);
        assert_int_equal(ton_deliver(&done, r->arena, &config, &r->problems, NULL, &r->err),
                         TON_OK);
        assert_int_equal(done.n_rebuilt, SONGS);
        assert_int_equal(rig_count(r, "p/.cache/masters"), 2 * SONGS); /* each with its sum */
        for (int i = 0; i < SONGS; i++) {
            first[i] = first[i] ? first[i] : done.files[i].sha256;
            assert_string_equal(done.files[i].sha256, first[i]);
        }
    }
}

/* The reverb's mix is longer than what counts of it: the limiter must not see farther. */
static void a_mix_that_nothing_colours_is_mastered_as_if_something_had(void **state) {
    struct rig *r = *state;
    static const char *const chains[] = {"", "gain: {gain: 0 dB}, "};
    struct sound made[2];
    write_session(r, "one", 0.2F, 1);
    rig_write(r, "p/sessions/one.yaml",
              "tonmeister: 1\ntitle: one\nrate: 48 kHz\ntracks:\n"
              "  A:\n    clips: [{take: one.wav, at: 0:00}]\n"
              "    chain: [reverb: {decay: 0.5 s, mix: 20 %}]\n");
    for (int i = 0; i < 2; i++) {
        rig_write(r, "p/production.yaml",
                  ton_arena_printf(r->arena,
                                   "tonmeister: 1\ntitle: Test\nartist: X\nsessions: [one]\n"
                                   "master:\n  chain: [%slimiter: {ceiling: -1 dBTP}]\n"
                                   "  loudness: -12 LUFS\n"
                                   "deliverables:\n  m: {format: wav 32-bit float}\n",
                                   chains[i]));
        const struct ton_delivery done = deliver(r);
        made[i] = load(r, file_of(&done, "m", NULL));
        figure("%s: %d coloured files beside %d mixes", i ? "a gain of 0 dB" : "nothing",
               rig_count(r, "p/.cache/masters") / 2, rig_count(r, "p/.cache/mixes") / 2);
        assert_int_equal(rig_count(r, "p/.cache/masters") / 2, i);
    }
    assert_int_equal(made[0].frames, made[1].frames);
    for (int c = 0; c < 2; c++)
        assert_memory_equal(made[0].plane[c], made[1].plane[c],
                            sizeof(float) * (size_t)made[0].frames);
}

/* Two sessions cut out of one recording at a frame that begins no sector. */
static void write_halves(struct rig *r, int rate, int64_t cut, const char *gap) {
    rig_record(r,
               &(struct rig_recording){
                   .file = "p/audio/live.wav", .rate = rate, .channels = 2, .frames = 12LL * rate});
    for (int i = 0; i < 2; i++)
        rig_write(r, ton_arena_printf(r->arena, "p/sessions/%s.yaml", i ? "two" : "one"),
                  ton_arena_printf(r->arena,
                                   "tonmeister: 1\nrate: %d Hz\ntracks:\n  A: {clips: [{take: "
                                   "live.wav, at: 0:00, %s: %lld samples}]}\n",
                                   rate, i ? "from" : "to", (long long)cut));
    rig_write(r, "p/production.yaml",
              ton_arena_printf(
                  r->arena,
                  "tonmeister: 1\ntitle: Live\nartist: X\nsessions: [one, two]\ngaps: {two: %s}\n"
                  "deliverables:\n"
                  "  cd: {spec: cd, mastered: no, dither: none, format: wav 16-bit 44.1 kHz}\n"
                  "  disc: {spec: cd, mastered: no, joined: yes, dither: none, format: wav 16-bit "
                  "44.1 kHz}\nnaming: \"{session}{deliverable}\"\n",
                  gap));
}

static void tracks_of_a_disc_are_whole_sectors_and_the_joined_music_in_a_row(void **state) {
    struct rig *r = *state;
    const int rates[] = {44100, 48000};
    for (int k = 0; k < TON_N(rates); k++) {
        write_halves(r, rates[k], 5LL * rates[k] + 333, "0 s");
        const struct ton_delivery done = deliver(r);
        const struct sound one = load(r, file_of(&done, "cd", "one"));
        const struct sound two = load(r, file_of(&done, "cd", "two"));
        const struct sound all = load(r, file_of(&done, "disc", NULL));
        int64_t wrong = 0;
        for (int64_t i = 0; i < all.frames && i < one.frames + two.frames; i++) {
            const float x = i < one.frames ? one.plane[0][i] : two.plane[0][i - one.frames];
            wrong += x != all.plane[0][i];
        }
        figure("%d Hz: %lld + %lld = %lld frames, %lld other than in the joined file", rates[k],
               (long long)one.frames, (long long)two.frames, (long long)all.frames,
               (long long)wrong);
        assert_int_equal(one.frames % TON_CD_SECTOR, 0);
        assert_int_equal(two.frames % TON_CD_SECTOR, 0);
        assert_int_equal(one.frames, (5 * 44100 + 333 * 44100 / rates[k]) / 588 * 588);
        assert_int_equal(one.frames + two.frames, all.frames);
        assert_int_equal(all.frames, 12 * 44100); /* 900 sectors */
        assert_int_equal(wrong, 0);
        assert_true(file_of(&done, "cd", "one")->passed && file_of(&done, "disc", NULL)->passed);
    }
}

static void a_gap_on_a_disc_ends_at_a_sector(void **state) {
    struct rig *r = *state;
    write_halves(r, 44100, 5 * 44100 + 333, "1 s");
    const struct ton_delivery done = deliver(r);
    const struct sound one = load(r, file_of(&done, "cd", "one"));
    const struct sound two = load(r, file_of(&done, "cd", "two"));
    const struct sound all = load(r, file_of(&done, "disc", NULL));
    const int64_t begin = (6 * 44100 + 333 + 587) / 588 * 588;
    figure("two begins at frame %lld of the joined file", (long long)begin);
    assert_int_equal(one.frames, (5 * 44100 + 333 + 587) / 588 * 588);
    assert_memory_equal(all.plane[0] + begin, two.plane[0], sizeof(float) * 1000);
    assert_true(all.plane[0][begin - 1] == 0.0F);
}

static void a_mono_file_is_the_half_sum_and_meets_its_own_target(void **state) {
    struct rig *r = *state;
    write_session(r, "one", 0.1F, 1);
    rig_write(r, "p/production.yaml",
              "tonmeister: 1\ntitle: T\nartist: X\nsessions: [one]\nmaster: {loudness: -20 LUFS}\n"
              "deliverables:\n  both: {mastered: no, format: wav float}\n"
              "  sum: {mastered: no, format: wav float mono}\n"
              "  small: {mastered: no, format: wav 16-bit 44.1 kHz mono}\n"
              "  pod: {loudness: -20 LUFS, format: wav 24-bit mono}\n"
              "  master: {format: wav 24-bit}\n  low: {format: wav 24-bit mono}\n"
              "  book: {spec: acx, format: wav 24-bit mono}\n");
    const struct ton_delivery done = deliver(r);
    const struct sound both = load(r, file_of(&done, "both", NULL));
    const struct sound sum = load(r, file_of(&done, "sum", NULL));
    assert_int_equal(sum.channels, 1);
    assert_int_equal(sum.frames, both.frames);
    for (int64_t i = 0; i < sum.frames; i++)
        assert_true(sum.plane[0][i] == 0.5F * both.plane[0][i] + 0.5F * both.plane[1][i]);
    const struct sound small = load(r, file_of(&done, "small", NULL));
    assert_int_equal(small.channels, 1);
    assert_int_equal(small.frames, both.frames * 147 / 160);
    const struct ton_delivered *pod = file_of(&done, "pod", NULL);
    const struct ton_delivered *book = file_of(&done, "book", NULL);
    figure("%.3f LUFS (-20), %s; audiobook %.3f dBFS RMS (-20.5), %.2f dBTP (at most -3)",
           pod->measured.integrated_lufs, pod->format, book->measured.rms_dbfs,
           book->measured.true_peak_dbtp);
    assert_int_equal(pod->channels, 1);
    assert_true(fabs(pod->measured.integrated_lufs + 20.0) <= 0.1);
    assert_true(pod->measured.true_peak_dbtp <= -1.0 + 0.005 && pod->passed);
    assert_true(fabs(book->measured.rms_dbfs + 20.5) <= 0.1);
    /* Without a target of its own the mono file has the master's gain. */
    const struct ton_delivered *master = file_of(&done, "master", NULL);
    const struct ton_delivered *low = file_of(&done, "low", NULL);
    figure("gain of the master %.3f dB, of its mono file %.3f dB (%.2f LUFS)", master->gain_db,
           low->gain_db, low->measured.integrated_lufs);
    assert_true(low->gain_db == master->gain_db && low->passed);
    assert_true(low->measured.integrated_lufs < -20.5);
    assert_true(book->measured.true_peak_dbtp <= -3.0 + 0.005);
}

static void mastered_stems_have_the_gain_of_the_master(void **state) {
    struct rig *r = *state;
    write_session(r, "one", 0.1F, 1);
    rig_write(
        r, "p/production.yaml",
        "tonmeister: 1\ntitle: T\nartist: X\nsessions: [one]\nmaster: {loudness: -20 LUFS}\n"
        "deliverables:\n  stems: {each: [A], mastered: yes, format: wav float}\n"
        "  master: {format: wav float}\n  raw: {mastered: no, only: [A], format: wav float}\n");
    const struct ton_delivery done = deliver(r);
    const struct ton_delivered *stem = file_of(&done, "stems", NULL);
    assert_true(stem->gain_db == file_of(&done, "master", NULL)->gain_db && stem->passed);
    /* The only track is the mix, so its stem is the master. */
    const struct sound a = load(r, stem), b = load(r, file_of(&done, "master", NULL));
    assert_int_equal(a.frames, b.frames);
    assert_memory_equal(a.plane[0], b.plane[0], sizeof(float) * a.frames);
    assert_true(isnan(file_of(&done, "raw", NULL)->gain_db));
}

static void a_master_rings_out_behind_its_mix(void **state) {
    struct rig *r = *state;
    write_session(r, "one", 0.3F, 1);
    const char *chains[] = {"limiter: {ceiling: -1 dBTP}",
                            "delay: {time: 500 ms, feedback: 50 %, mix: 50 %}"};
    int64_t frames[2];
    for (int i = 0; i < 2; i++) {
        rig_write(r, "p/production.yaml",
                  ton_arena_printf(r->arena,
                                   "tonmeister: 1\ntitle: T\nartist: X\nsessions: [one]\nmaster: "
                                   "{chain: [%s]}\ndeliverables:\n  m: {format: wav float}\n"
                                   "  raw: {mastered: no, format: wav float}\n",
                                   chains[i]));
        const struct ton_delivery done = deliver(r);
        const struct sound m = load(r, file_of(&done, "m", NULL));
        const struct sound raw = load(r, file_of(&done, "raw", NULL));
        frames[i] = m.frames;
        assert_int_equal(raw.frames, 6 * 48000);
        if (i == 0)
            continue;
        /* Repeats 6 dB apart from about -12 dBFS down to -96. */
        float last = 0.0F;
        for (int64_t k = m.frames - 9600; k < m.frames; k++)
            last = fmaxf(last, fabsf(m.plane[0][k]));
        figure("%.2f s instead of %.2f s; the last 0.2 s are at %.1f dBFS",
               (double)m.frames / 48000, (double)raw.frames / 48000,
               20.0 * log10((double)last + 1e-12));
        assert_true(last < 2e-5F);
        /* The second time the length is known. */
        const struct ton_delivery again = deliver(r);
        assert_int_equal(again.n_rebuilt, 0);
    }
    assert_int_equal(frames[0], 6 * 48000);
    assert_in_range(frames[1], 10 * 48000, 16 * 48000);
}

/* The second song has no vocals: its place in their joined stem is silence. */
static void joined_stems_lie_beside_the_joined_master(void **state) {
    struct rig *r = *state;
    static const char *const names[] = {"one", "two", "three"};
    for (int i = 0; i < TON_N(names); i++) {
        write_session(r, names[i], 0.1F, (unsigned)i + 1);
        if (i != 1)
            rig_write(r, ton_arena_printf(r->arena, "p/sessions/%s.yaml", names[i]),
                      ton_arena_printf(r->arena,
                                       "tonmeister: 1\ntracks:\n  A: {role: vocals, clips: "
                                       "[{take: %s.wav, at: 0:00}]}\n",
                                       names[i]));
    }
    rig_write(r, "p/production.yaml",
              "tonmeister: 1\ntitle: T\nartist: X\nsessions: [one, two, three]\n"
              "deliverables:\n  all: {joined: yes, mastered: no, format: wav float}\n"
              "  stem: {joined: yes, each: [vocals], format: wav float}\n"
              "  voices: {joined: yes, only: [vocals], format: wav float}\n");
    const struct ton_delivery done = deliver(r);
    const struct sound all = load(r, file_of(&done, "all", NULL));
    const struct sound stem = load(r, file_of(&done, "stem", NULL));
    figure("%lld frames, the stem of vocals %lld", (long long)all.frames, (long long)stem.frames);
    assert_int_equal(stem.frames, all.frames);
    assert_int_equal(load(r, file_of(&done, "voices", NULL)).frames, all.frames);
    /* Six seconds each, two between. */
    for (int64_t i = 0; i < stem.frames; i++)
        if (i >= 6 * 48000 && i < 16 * 48000)
            assert_true(stem.plane[0][i] == 0.0F);
        else
            assert_true(stem.plane[0][i] == all.plane[0][i]);
}

/* How long a master rings is not asked where none is owed, and nothing may be remembered of it. */
static void a_delivery_of_parts_leaves_the_master_as_long_as_it_is(void **state) {
    struct rig *r = *state;
    write_session(r, "one", 0.3F, 1);
    rig_write(r, "p/production.yaml",
              "tonmeister: 1\ntitle: T\nartist: X\nsessions: [one]\nmaster: {chain: [delay: "
              "{time: 500 ms, feedback: 50 %, mix: 50 %}]}\ndeliverables:\n"
              "  m: {format: wav float}\n  raw: {mastered: no, format: wav float}\n");
    deliver_only(r, "raw");
    const struct ton_delivery done = deliver(r);
    const int64_t m = load(r, file_of(&done, "m", NULL)).frames;
    figure("%.2f s, %d of %d files made the second time", (double)m / 48000, done.n_rebuilt,
           done.n);
    assert_int_equal(done.n_rebuilt, 1);
    assert_in_range(m, 10 * 48000, 16 * 48000);
}

/* One session has nothing of what a deliverable keeps, and owes no file of it. */
static void a_file_that_is_not_owed_leaves_nothing_to_the_next(void **state) {
    struct rig *r = *state;
    write_session(r, "one", 0.1F, 1);
    write_session(r, "two", 0.1F, 2);
    rig_write(r, "p/sessions/one.yaml",
              "tonmeister: 1\ntracks:\n"
              "  A: {role: vocals, clips: [{take: one.wav, at: 0:00}]}\n");
    rig_write(r, "p/production.yaml",
              "tonmeister: 1\ntitle: T\nartist: X\nsessions: [one, two]\n"
              "master: {loudness: {target: -20 LUFS, per: session}}\nnaming: \"{session}\"\n"
              "deliverables:\n  book: {spec: acx, only: [vocals], format: wav 24-bit}\n"
              "  plain: {format: wav 24-bit}\n");
    const struct ton_delivery done = deliver(r);
    assert_int_equal(done.n, 3);
    for (int i = 0; i < 2; i++) {
        const struct ton_measurement *m = &file_of(&done, "plain", i ? "two" : "one")->measured;
        figure("%.3f LUFS (-20), %.3f dBFS RMS", m->integrated_lufs, m->rms_dbfs);
        assert_true(fabs(m->integrated_lufs + 20.0) <= 0.1);
    }
}

/* Silence has no loudness, and says so each time: also when its numbers come from the manifest. */
static void a_silent_file_fails_every_time(void **state) {
    struct rig *r = *state;
    write_session(r, "one", 0.1F, 1);
    rig_write(r, "p/sessions/one.yaml",
              "tonmeister: 1\ntracks:\n  A: {clips: [{take: one.wav, at: 0:00, gain: off}]}\n");
    rig_write(r, "p/production.yaml",
              "tonmeister: 1\ntitle: T\nartist: X\nsessions: [one]\n"
              "master: {loudness: -20 LUFS}\ndeliverables:\n"
              "  m: {format: wav float}\n"
              "  book: {spec: acx, mastered: no, format: wav float 44.1 kHz}\n");
    int failures[2][2];
    for (int i = 0; i < 2; i++) {
        const struct ton_delivery done = deliver(r);
        const struct ton_delivered *m = file_of(&done, "m", NULL);
        const struct ton_delivered *book = file_of(&done, "book", NULL);
        assert_int_equal(done.n_rebuilt, i ? 0 : 2);
        failures[i][0] = m->verdict.n_failed;
        failures[i][1] = book->verdict.n_failed;
        figure("%s: %d and %d failures; `%s`", i ? "again" : "made", failures[i][0], failures[i][1],
               m->verdict.n ? m->verdict.remarks[0].text : "");
        assert_false(m->passed);
        assert_true(isinf(book->measured.rms_dbfs));
        assert_null(strstr(rig_text(r, rig_path(r, "p/out/report.html")), "-0.0 dB"));
    }
    assert_memory_equal(failures[0], failures[1], sizeof failures[0]);
}

/* The second time a file is judged by the numbers of the manifest. Its spec's limit lies between
 * its loudness and that loudness rounded to four digits. */
static void a_verdict_is_the_same_on_every_run(void **state) {
    struct rig *r = *state;
    static const char production[] =
        "tonmeister: 1\ntitle: T\nartist: X\nsessions: [one]\ndeliverables:\n"
        "  m: {%smastered: no, format: wav float}\n";
    write_session(r, "one", 0.1F, 1);
    rig_write(r, "p/production.yaml", ton_arena_printf(r->arena, production, ""));
    const double level = deliver(r).files[0].measured.integrated_lufs;
    const double rounded = round(level * 1e4) / 1e4, limit = (level + rounded) / 2.0;
    const bool low = level < rounded;
    rig_write(r, "p/specs/own.yaml",
              ton_arena_printf(r->arena,
                               "tonmeister: 1\nname: own\ntitle: Own\nchecks:\n"
                               "  integrated loudness: {%s: %.12f LUFS, level: required, source: "
                               "mine, read: 2026-11}\n",
                               low ? "minimum" : "maximum", limit + (low ? 0.005 : -0.005)));
    rig_write(r, "p/production.yaml", ton_arena_printf(r->arena, production, "spec: own, "));
    nftw(rig_path(r, "p/out"), rig_remove, 8, FTW_DEPTH | FTW_PHYS);
    struct ton_delivered file[2];
    for (int i = 0; i < 2; i++) {
        const struct ton_delivery done = deliver(r);
        file[i] = done.files[0];
        assert_int_equal(done.n_rebuilt, i ? 0 : 1);
        figure("%s: %.12f LUFS, limit %.12f: %s", i ? "again" : "made",
               file[i].measured.integrated_lufs, limit, file[i].passed ? "passed" : "failed");
    }
    assert_false(file[0].passed);
    assert_false(file[1].passed);
    int n = 0;
    (void)ton_measurement_rows(&n);
    assert_memory_equal(&file[0].measured, &file[1].measured, sizeof(double) * (size_t)n);
}

/* In 6/8 a tempo counts eighths: a quarter note lasts two of its beats, in a strip's chain as in
 * the master's. */
static void a_note_value_of_the_master_is_that_of_the_session(void **state) {
    struct rig *r = *state;
    static const char *const times[] = {"1/4", "1 s"};
    struct sound sounds[2];
    write_session(r, "one", 0.1F, 1);
    rig_write(r, "p/sessions/one.yaml",
              "tonmeister: 1\ntempo: 120 bpm\nmeter: 6/8\ntracks:\n"
              "  A: {clips: [{take: one.wav, at: 0:00}]}\n");
    for (int i = 0; i < 2; i++) {
        rig_write(r, "p/production.yaml",
                  ton_arena_printf(r->arena,
                                   "tonmeister: 1\ntitle: T\nartist: X\nsessions: [one]\nmaster: "
                                   "{chain: [delay: {time: %s, feedback: 0 %%, mix: 50 %%}]}\n"
                                   "deliverables:\n  m: {format: wav float}\n",
                                   times[i]));
        const struct ton_delivery done = deliver(r);
        sounds[i] = load(r, file_of(&done, "m", NULL));
    }
    figure("%lld frames with `1/4` at 120 eighths a minute, %lld with `1 s`",
           (long long)sounds[0].frames, (long long)sounds[1].frames);
    assert_int_equal(sounds[0].frames, sounds[1].frames);
    assert_memory_equal(sounds[0].plane[0], sounds[1].plane[0], sizeof(float) * sounds[0].frames);
}

/* 255 bytes is what every file system of today takes. */
static void a_name_that_no_disk_takes_is_refused_before_anything_is_rendered(void **state) {
    struct rig *r = *state;
    char title[300];
    memset(title, 'x', sizeof title - 1);
    title[sizeof title - 1] = '\0';
    write_session(r, "one", 0.1F, 1);
    rig_write(r, "p/production.yaml",
              ton_arena_printf(r->arena,
                               "tonmeister: 1\ntitle: T\nartist: X\nsessions: [one]\n"
                               "recordings: {one: {title: %s}}\n"
                               "deliverables:\n  m: {format: wav 24-bit}\n",
                               title));
    struct ton_delivery done = {0};
    const struct ton_deliver_config config = {.folder = rig_path(r, "p"), .threads = 2};
    assert_int_equal(ton_deliver(&done, r->arena, &config, &r->problems, NULL, &r->err), TON_INPUT);
    assert_int_equal(r->problems.n_errors, 1);
    figure("%.80s…", r->problems.items[r->problems.n - 1].text);
    assert_int_equal(rig_count(r, "p/.cache"), 0);
}

#define WITH_RIG(test) cmocka_unit_test_setup_teardown(test, rig_setup, rig_teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        WITH_RIG(every_format_holds_its_ceiling_when_decoded),
        WITH_RIG(a_gap_on_a_disc_ends_at_a_sector),
        WITH_RIG(mastered_stems_have_the_gain_of_the_master),
        WITH_RIG(a_master_rings_out_behind_its_mix),
        WITH_RIG(joined_stems_lie_beside_the_joined_master),
        WITH_RIG(a_delivery_of_parts_leaves_the_master_as_long_as_it_is),
        WITH_RIG(a_file_that_is_not_owed_leaves_nothing_to_the_next),
        WITH_RIG(a_name_that_no_disk_takes_is_refused_before_anything_is_rendered),
        WITH_RIG(a_note_value_of_the_master_is_that_of_the_session),
        WITH_RIG(a_silent_file_fails_every_time),
        WITH_RIG(a_verdict_is_the_same_on_every_run),
        WITH_RIG(a_mono_file_is_the_half_sum_and_meets_its_own_target),
        WITH_RIG(tracks_of_a_disc_are_whole_sectors_and_the_joined_music_in_a_row),
        WITH_RIG(a_mix_that_nothing_colours_is_mastered_as_if_something_had),
        WITH_RIG(an_album_has_the_same_bits_however_many_threads_make_it),
        WITH_RIG(an_album_keeps_the_relations_of_its_songs),
        WITH_RIG(how_far_a_delivery_is_only_rises_and_ends_with_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
