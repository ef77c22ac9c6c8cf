/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tags, covers and the broadcast extension, as other programs see them. */
#include "audio_rig.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))

/* A 3 x 2 JPEG's headers and a 2 x 5 PNG: enough to be told apart and measured. */
static const unsigned char jpeg[] = {0xff, 0xd8, 0xff, 0xe0, 0,    16, 'J',  'F', 'I', 'F',  0,
                                     1,    1,    0,    0,    1,    0,  1,    0,   0,   0xff, 0xc0,
                                     0,    17,   8,    0,    2,    0,  3,    3,   1,   0x11, 0,
                                     2,    0x11, 1,    3,    0x11, 1,  0xff, 0xd9};
static const unsigned char png[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n', 0,    0, 0, 13,
                                    'I',  'H', 'D', 'R', 0,    0,    0,    2,    0,    0, 0, 5,
                                    8,    2,   0,   0,   0,    0x2c, 0x8f, 0x3e, 0x1a, 0, 0, 0,
                                    0,    'I', 'E', 'N', 'D',  0xae, 0x42, 0x60, 0x82};

static struct ton_tags full_tags(void) {
    return (struct ton_tags){
        .title = "Nachtzug – Ночь",
        .artist = "The Sleepers",
        .album = "Night Train EP",
        .album_artist = "Various",
        .composer = "First Writer",
        .genre = "Blues",
        .isrc = "QZABC2600001",
        .date = "2026-11-21",
        .copyright = "2026 The Sleepers",
        .label = "Sleeper Records",
        .upc = "4006381333931",
        .language = "deu",
        .track = 3,
        .n_tracks = 12,
    };
}

static char *ask(const char *format, const char *path) {
    char command[900];
    snprintf(command, sizeof command, format, path);
    return rig_ask(command);
}

static void says(char *text, const char *const *wanted, size_t n, const char *of) {
    for (size_t i = 0; i < n; i++) {
        if (!strstr(text, wanted[i]))
            fail_msg("%s: no `%s` in:\n%s", of, wanted[i], text);
    }
    ton_free(text);
}

static const char *store(const char *name, const char *format, const struct ton_tags *tags) {
    struct ton_err err;
    struct rig_sound music = rig_music(2, 24000, 48000);
    const char *path = rig_path(name);
    if (rig_store(path, &music, format, tags, &err) != TON_OK)
        fail_msg("%s: %s: %s", format, err.where, err.text);
    rig_free(&music);
    return path;
}

static void ffprobe_shows_the_tags_of_every_format(void **state) {
    (void)state;
    if (!rig_has_program("ffprobe"))
        skip_because("no ffprobe");
    static const struct {
        const char *format, *name, *isrc, *track, *cover, *label, *upc, *language;
    } cases[] = {
        {"flac", "t.flac", "ISRC=QZABC2600001", "track=3", "codec_name=mjpeg",
         "LABEL=Sleeper Records", "BARCODE=4006381333931", "LANGUAGE=deu"},
        {"mp3 320k", "t.mp3", "TSRC=QZABC2600001", "track=3/12", "codec_name=mjpeg",
         "publisher=Sleeper Records", "BARCODE=4006381333931", "language=deu"},
        {"opus 160k", "t.opus", "ISRC=QZABC2600001", "track=3", "codec_name=mjpeg",
         "LABEL=Sleeper Records", "BARCODE=4006381333931", "LANGUAGE=deu"},
        {"aac 256k", "t.m4a", "ISRC=QZABC2600001", "track=3/12", "codec_name=mjpeg",
         "LABEL=Sleeper Records", "BARCODE=4006381333931", "LANGUAGE=deu"},
        {"wav", "t.wav", "", "track=3", "", "", "", "language=deu"},
    };
    struct ton_tags tags = full_tags();
    for (size_t k = 0; k < COUNT(cases); k++) {
        if (!rig_can_encode(cases[k].format))
            continue;
        char cover[400];
        snprintf(cover, sizeof cover, "%s", rig_write("front.jpg", jpeg, sizeof jpeg));
        tags.cover = cover;
        char *said = ask("ffprobe -v quiet -show_format -show_streams %s",
                         store(cases[k].name, cases[k].format, &tags));
        const char *const wanted[] = {"Nachtzug – Ночь", "The Sleepers", "Night Train EP",
                                      "2026-11-21",      "Blues",        cases[k].track,
                                      cases[k].isrc,     cases[k].cover, "codec_type=audio",
                                      cases[k].label,    cases[k].upc,   cases[k].language};
        says(said, wanted, COUNT(wanted), cases[k].format);
        figure("%s: title, artist, album, date, genre, %s, %s, %s", cases[k].format, cases[k].track,
               *cases[k].isrc ? cases[k].isrc : "(ISRC not shown for WAV)",
               *cases[k].cover ? "cover" : "(no cover)");
    }
}

static void metaflac_shows_comments_and_picture(void **state) {
    (void)state;
    if (!rig_has_program("metaflac") || !rig_has_program("flac"))
        skip_because("no metaflac or flac");
    struct ton_tags tags = full_tags();
    tags.cover = rig_write("front.png", png, sizeof png);
    const char *path = store("m.flac", "flac 16-bit", &tags);
    const char *const wanted[] = {"TITLE=Nachtzug – Ночь",
                                  "ARTIST=The Sleepers",
                                  "ALBUM=Night Train EP",
                                  "ALBUMARTIST=Various",
                                  "TRACKNUMBER=3",
                                  "TRACKTOTAL=12",
                                  "ISRC=QZABC2600001",
                                  "DATE=2026-11-21",
                                  "COMPOSER=First Writer",
                                  "]: LABEL=Sleeper Records",
                                  "]: ORGANIZATION=Sleeper Records",
                                  "]: BARCODE=4006381333931",
                                  "]: LANGUAGE=deu",
                                  "image/png",
                                  "width: 2",
                                  "height: 5",
                                  "depth: 24",
                                  "bits-per-sample: 16",
                                  "total samples: 24000"};
    says(ask("metaflac --list %s", path), wanted, COUNT(wanted), "metaflac");
    char *said = ask("flac -s -t %s && echo well", path);
    assert_string_equal(said, "well\n");
    ton_free(said);
}

static void opusinfo_finds_nothing_wrong(void **state) {
    (void)state;
    if (!rig_can_encode("opus") || !rig_has_program("opusinfo"))
        skip_because("no Opus encoder or no opusinfo");
    struct ton_tags tags = full_tags();
    tags.cover = rig_write("front.jpg", jpeg, sizeof jpeg);
    char *said = ask("opusinfo %s", store("o.opus", "opus 128k", &tags));
    assert_null(strstr(said, "WARNING"));
    const char *const wanted[] = {"TITLE=Nachtzug – Ночь", "ISRC=QZABC2600001", "TRACKNUMBER=3",
                                  "METADATA_BLOCK_PICTURE", "Playback length: 0m:00.500s"};
    says(said, wanted, COUNT(wanted), "opusinfo");
}

static void mediainfo_shows_isrc_and_loudness_of_a_wav(void **state) {
    (void)state;
    if (!rig_has_program("mediainfo"))
        skip_because("no mediainfo");
    struct ton_tags tags = full_tags();
    tags.bext = tags.has_loudness = true;
    tags.description = "Night Train, master";
    tags.originator = "Tonmeister";
    tags.originator_reference = "XXTON20261121";
    tags.origination_date = "2026-11-21";
    tags.origination_time = "12:34:56";
    tags.time_reference = 172800000;
    tags.integrated_lufs = -14.02;
    tags.loudness_range_lu = 6.5;
    tags.true_peak_dbtp = -1.0;
    tags.max_momentary_lufs = -9.51;
    tags.max_short_term_lufs = -11.26;
    tags.coding_history = "A=PCM,F=48000,W=24,M=stereo,T=Tonmeister\r\n";
    const char *const wanted[] = {
        "QZABC2600001", "Night Train, master", "Tonmeister", "-14.02", "-9.51", "-11.26", "-1.00",
        "6.50",         "2026-11-21 12:34:56"};
    says(ask("mediainfo %s", store("b.wav", "wav", &tags)), wanted, COUNT(wanted), "mediainfo");
}

static int le16(const char *p) {
    return (int16_t)((unsigned char)p[0] | (unsigned char)p[1] << 8);
}

/* EBU Tech 3285 v2: the place of each field from the chunk's body on. */
static void the_broadcast_extension_is_as_tech_3285_says(void **state) {
    (void)state;
    struct ton_tags tags = {.bext = true,
                            .description = "What it is",
                            .originator = "An originator of far more than thirty-two characters",
                            .origination_date = "2026-11-21",
                            .origination_time = "12:34:56",
                            .time_reference = (INT64_C(5) << 32) + 7,
                            .coding_history = "A=PCM,F=48000\r\n"};
    size_t size;
    char *bytes = rig_read(store("e.wav", "wav 16-bit", &tags), &size);
    char *chunk = memmem(bytes, size, "bext", 4);
    assert_non_null(chunk);
    const char *b = chunk + 8;
    /* one zero more: the size is even */
    assert_int_equal((unsigned char)chunk[4] | (unsigned char)chunk[5] << 8, 602 + 16);
    assert_string_equal(b, "What it is");
    assert_memory_equal(b + 256, "An originator of far more than t", 32);
    assert_memory_equal(b + 320, "2026-11-2112:34:56", 18);
    assert_int_equal(b[338], 7);
    assert_int_equal(b[342], 5);
    assert_int_equal(le16(b + 346), 2);
    for (int i = 0; i < 5; i++)
        assert_int_equal(le16(b + 412 + 2 * i), 0x7fff); /* not set */
    assert_memory_equal(b + 602, "A=PCM,F=48000\r\n", 15);
    assert_memory_equal(b + 618, "fmt ", 4); /* padded to an even place */
    ton_free(bytes);
}

static void loudness_may_come_after_the_samples(void **state) {
    (void)state;
    struct ton_audio_out_config c = {.channels = 1,
                                     .format = {.codec = TON_PCM, .bits = 24, .rate = 48000}};
    struct ton_audio_out *out;
    struct ton_err err;
    float silence[100] = {0};
    const float *in = silence;
    const char *path = rig_path("late.wav");
    c.tags.bext = true;
    assert_int_equal(ton_audio_create(&out, path, &c, &err), TON_OK);
    assert_int_equal(ton_audio_write(out, &in, 100, &err), TON_OK);
    const struct ton_tags loudness = {.has_loudness = true,
                                      .integrated_lufs = -23.454,
                                      .loudness_range_lu = 12.346,
                                      .true_peak_dbtp = 0.5,
                                      .max_momentary_lufs = -INFINITY,
                                      .max_short_term_lufs = NAN};
    assert_int_equal(ton_audio_set_loudness(out, &loudness, &err), TON_OK);
    assert_int_equal(ton_audio_finish(out, &err), TON_OK);
    size_t size;
    char *bytes = rig_read(path, &size);
    const char *b = (char *)memmem(bytes, size, "bext", 4) + 8;
    const int wanted[] = {-2345, 1235, 50, 0x7fff, 0x7fff};
    for (int i = 0; i < 5; i++)
        assert_int_equal(le16(b + 412 + 2 * i), wanted[i]);
    ton_free(bytes);
}

/* The chunk as ID3v2.4 lays it out, for no prober at hand reads the chunk's texts from a WAV. */
static void the_id3_chunk_of_a_wav_has_label_barcode_and_language(void **state) {
    (void)state;
    const struct ton_tags tags = full_tags();
    size_t size;
    char *bytes = rig_read(store("id3.wav", "wav", &tags), &size);
    const char *chunk = memmem(bytes, size, "id3 ", 4);
    assert_non_null(chunk);
    const size_t left = size - (size_t)(chunk - bytes);
    static const char label[] = "TPUB\0\0\0\20\0\0\3Sleeper Records";
    static const char language[] = "TLAN\0\0\0\4\0\0\3deu";
    static const char barcode[] = "TXXX\0\0\0\26\0\0\3BARCODE\0"
                                  "4006381333931";
    assert_non_null(memmem(chunk, left, label, sizeof label - 1));
    assert_non_null(memmem(chunk, left, language, sizeof language - 1));
    assert_non_null(memmem(chunk, left, barcode, sizeof barcode - 1));
    ton_free(bytes);
}

static void our_own_reader_sees_what_was_written(void **state) {
    (void)state;
    static const char *const formats[] = {"wav", "flac", "mp3 320k", "opus 160k", "aac 256k"};
    struct ton_tags tags = full_tags();
    tags.bext = true;
    tags.description = "Vocal take 3";
    tags.originator = "Tonmeister";
    tags.origination_date = "2026-11-21";
    tags.origination_time = "12:34:56";
    tags.time_reference = 172800001;
    for (size_t k = 0; k < COUNT(formats); k++) {
        struct ton_audio_in *in;
        struct ton_err err;
        if (!rig_can_encode(formats[k]))
            continue;
        assert_int_equal(ton_audio_open(&in, store("own.bin", formats[k], &tags), &err), TON_OK);
        const struct ton_audio_info *i = ton_audio_info(in);
        assert_string_equal(i->title, tags.title);
        assert_string_equal(i->artist, tags.artist);
        assert_int_equal(i->lossless, k < 2);
        figure("%s is %s, %s", formats[k], i->container, i->encoding);
        if (k == 0) {
            assert_string_equal(i->container, "BWF");
            assert_true(i->has_time_reference);
            assert_int_equal(i->time_reference, 172800001);
            assert_string_equal(i->description, tags.description);
            assert_string_equal(i->originator, tags.originator);
            assert_string_equal(i->origination_date, tags.origination_date);
            assert_string_equal(i->origination_time, tags.origination_time);
        } else {
            assert_false(i->has_time_reference);
            assert_null(i->description);
        }
        ton_audio_close(in);
    }
}

static void an_isrc_alone_reaches_an_m4a(void **state) {
    (void)state;
    if (!rig_can_encode("aac") || !rig_has_program("ffprobe"))
        skip_because("no AAC encoder or no ffprobe");
    const struct ton_tags tags = {.isrc = "QZABC2600002"};
    const char *const wanted[] = {"TAG:ISRC=QZABC2600002", "codec_name=aac"};
    says(ask("ffprobe -v quiet -show_format -show_streams %s", store("i.m4a", "aac", &tags)),
         wanted, 2, "an M4A without other tags");
    char *said = ask("ffmpeg -v error -i %s -f null - && echo well", rig_path("i.m4a"));
    assert_string_equal(said, "well\n");
    ton_free(said);
}

static void a_bad_cover_is_refused_and_no_file_made(void **state) {
    (void)state;
    static const char *const formats[] = {"flac", "mp3 320k", "opus 160k", "aac 256k"};
    static const char text[] = "this is no picture";
    const struct {
        const char *path, *says;
    } covers[] = {
        {rig_write("cover.jpg", text, sizeof text), "no JPEG or PNG"},
        {rig_write("cut.jpg", jpeg, 12), "no JPEG or PNG"},
        {rig_write("cut.png", png, 20), "no JPEG or PNG"},
        {rig_path("missing.png"), "No such file"},
    };
    struct rig_sound music = rig_music(2, 1000, 48000);
    const int before = rig_count_files();
    const char *song = rig_path("song.bin");
    for (size_t k = 0; k < COUNT(formats); k++) {
        for (size_t c = 0; c < COUNT(covers); c++) {
            struct ton_err err;
            const struct ton_tags tags = {.cover = covers[c].path};
            if (!rig_can_encode(formats[k]))
                continue;
            assert_int_equal(rig_store(song, &music, formats[k], &tags, &err), TON_INPUT);
            if (!strstr(err.text, covers[c].says) || strcmp(err.where, covers[c].path) != 0)
                fail_msg("%s: %s", err.where, err.text);
        }
    }
    assert_int_equal(rig_count_files(), before);
    rig_free(&music);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ffprobe_shows_the_tags_of_every_format),
        cmocka_unit_test(metaflac_shows_comments_and_picture),
        cmocka_unit_test(the_id3_chunk_of_a_wav_has_label_barcode_and_language),
        cmocka_unit_test(opusinfo_finds_nothing_wrong),
        cmocka_unit_test(mediainfo_shows_isrc_and_loudness_of_a_wav),
        cmocka_unit_test(the_broadcast_extension_is_as_tech_3285_says),
        cmocka_unit_test(loudness_may_come_after_the_samples),
        cmocka_unit_test(our_own_reader_sees_what_was_written),
        cmocka_unit_test(an_isrc_alone_reaches_an_m4a),
        cmocka_unit_test(a_bad_cover_is_refused_and_no_file_made),
    };
    return cmocka_run_group_tests(tests, rig_open, rig_close);
}
