/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading files: what is read exactly, and what is refused with which words. */
#include "audio_rig.h"

#include <fcntl.h>
#include <sndfile.h>

#define COUNT(a) (sizeof(a) / sizeof *(a))

static enum ton_code code_of(const char *path, struct ton_err *err) {
    struct rig_sound s;
    *err = (struct ton_err){0};
    const enum ton_code code = rig_load(&s, path, err);
    rig_free(&s);
    return code;
}

/* Refused with a sentence, at the file's own path. */
static void refused(const char *path, enum ton_code wanted, const char *says) {
    struct ton_err err;
    const enum ton_code code = code_of(path, &err);
    if (code != wanted || !strstr(err.text, says))
        fail_msg("%s: code %d, %s (wanted %d, %s)", path, code, err.text, wanted, says);
    assert_string_equal(err.where, path);
    assert_null(strchr(err.text, '\n'));
    figure("%s", err.text);
}

static void what_is_no_sound_file_is_refused_in_one_sentence(void **state) {
    (void)state;
    static const char text[] = "Dear engineer,\nplease find the vocals attached.\n";
    static const char page[] = "<!DOCTYPE html><html><body>Not found</body></html>";
    refused(rig_folder, TON_INPUT, "is a folder");
    refused(rig_path("none.wav"), TON_INPUT, "No such file");
    refused(rig_write("empty.wav", "", 0), TON_INPUT, "is empty (0 bytes)");
    refused(rig_write("letter.wav", text, sizeof text), TON_INPUT, "cannot be read as audio");
    refused(rig_write("page.mp3", page, sizeof page), TON_INPUT, "cannot be read as audio");
    refused("/dev/null", TON_INPUT, "not a file but a device or a pipe");
    const char *pipe = rig_path("pipe.wav");
    assert_int_equal(mkfifo(pipe, 0600), 0);
    refused(pipe, TON_INPUT, "not a file but a device or a pipe");
}

static void a_file_without_permission_is_the_environments_fault(void **state) {
    (void)state;
    const struct rig_wav w = {1, 1, 48000, 16, 36 + 8, 8, 0};
    const char *path = rig_wav_file("secret.wav", &w, "12345678", 8);
    assert_int_equal(chmod(path, 0), 0);
    const pid_t child = fork();
    if (child == 0) {
        struct ton_err err;
        struct ton_audio_in *in;
        if (geteuid() == 0 && setuid(65534) != 0)
            _exit(9);
        const enum ton_code code = ton_audio_open(&in, path, &err);
        _exit(code == TON_ENVIRONMENT && strstr(err.text, "Permission denied") ? 0 : 1);
    }
    int status = 0;
    waitpid(child, &status, 0);
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void impossible_headers_are_refused(void **state) {
    (void)state;
    const char zeros[64] = {0};
    struct rig_wav w = {1, 0, 48000, 16, 36 + 64, 64, 0};
    refused(rig_wav_file("no-channels.wav", &w, zeros, 64), TON_INPUT, "has 0 channels");
    w = (struct rig_wav){1, 2, 0, 16, 36 + 64, 64, 0};
    refused(rig_wav_file("no-rate.wav", &w, zeros, 64), TON_INPUT, "has a sample rate of 0 Hz");
    w = (struct rig_wav){1, 2, 48000, 0, 36 + 64, 64, 0};
    refused(rig_wav_file("no-bits.wav", &w, zeros, 64), TON_INPUT, "");
    w = (struct rig_wav){0x4242, 2, 48000, 16, 36 + 64, 64, 0};
    refused(rig_wav_file("no-codec.wav", &w, zeros, 64), TON_INPUT, "");
    w = (struct rig_wav){1, 70, 48000, 8, 36 + 70, 70, 0};
    char seventy[140] = {0};
    refused(rig_wav_file("many.wav", &w, seventy, sizeof seventy), TON_INPUT,
            "has 70 channels; at most 64");
    w.channels = 65535;
    refused(rig_wav_file("most.wav", &w, seventy, sizeof seventy), TON_INPUT,
            "has 65535 channels; at most 64");
    w = (struct rig_wav){1, 2, 4000000000u, 16, 36 + 64, 64, 0};
    refused(rig_wav_file("fast.wav", &w, zeros, 64), TON_INPUT, "a sample rate of 4000000000 Hz");
    w = (struct rig_wav){1, 2, 48000, 16, 36, 0, 0};
    refused(rig_wav_file("no-samples.wav", &w, "", 0), TON_INPUT, "has no samples");
}

static void a_header_cut_anywhere_is_refused(void **state) {
    (void)state;
    unsigned char bytes[128] = {0};
    const struct rig_wav w = {0xfffe, 2, 48000, 16, 60 + 32, 32, 3};
    const size_t header = rig_wav_header(bytes, &w);
    for (size_t n = 1; n <= header; n++) {
        struct ton_err err;
        const char *path = rig_write("cut.wav", bytes, n);
        if (code_of(path, &err) != TON_INPUT)
            fail_msg("%zu bytes were taken", n);
        assert_true(err.text[0] != '\0');
        assert_string_equal(err.where, path);
    }
    figure("%zu lengths from 1 to %zu bytes", header, header);
}

static int64_t missing_of(const char *path) {
    struct ton_audio_in *in = NULL;
    struct ton_err err;
    if (ton_audio_open(&in, path, &err) != TON_OK)
        return -1;
    const int64_t missing = ton_audio_info(in)->missing;
    ton_audio_close(in);
    return missing;
}

static void a_header_that_lies_gives_what_is_there(void **state) {
    (void)state;
    const struct {
        const char *what;
        uint32_t riff, data;
        int64_t frames, missing;
    } cases[] = {
        {"true", 36 + 40, 40, 10, 0},
        {"sizes 0, never closed", 0, 0, 10, 0},
        {"sizes all ones", ~0u, ~0u, 10, 0},
        {"data beyond the end", 36 + 4000, 4000, 10, 990},
        {"data beyond the end, riff true", 36 + 40, 4000, 10, 990},
        {"riff 0", 0, 40, 10, 0},
        {"riff beyond the end", 99999, 40, 10, 0},
        {"riff too short", 8, 40, 10, 0},
        {"data 2 GiB", 0x80000024u, 0x80000000u, 10, 0},
    };
    int16_t data[20];
    for (int i = 0; i < 20; i++)
        data[i] = (int16_t)(i * 1000);
    for (size_t k = 0; k < COUNT(cases); k++) {
        const struct rig_wav w = {1, 2, 44100, 16, cases[k].riff, cases[k].data, 0};
        struct rig_sound s;
        struct ton_err err = {0};
        const char *path = rig_wav_file("lie.wav", &w, data, sizeof data);
        if (rig_load(&s, path, &err) != TON_OK)
            fail_msg("%s: %s", cases[k].what, err.text);
        if (s.frames != cases[k].frames)
            fail_msg("%s: %lld frames", cases[k].what, (long long)s.frames);
        if (missing_of(path) != cases[k].missing)
            fail_msg("%s: %lld missing", cases[k].what, (long long)missing_of(path));
        assert_true(s.plane[1][9] == 19000.0f / 32768.0f);
        rig_free(&s);
    }
    figure("%zu headers, each read to the last sample", COUNT(cases));
}

/* Frames there and frames missing of a file that was cut in the middle add up, whatever it is. */
static void a_file_cut_in_the_middle_tells_how_much_is_missing(void **state) {
    (void)state;
    enum { FRAMES = 20000 };
    static short data[2 * FRAMES];
    static const struct {
        const char *name;
        int format, off; /* in frames: what is coded comes in blocks */
    } kinds[] = {
        {"c.wav", SF_FORMAT_WAV | SF_FORMAT_PCM_16, 0},
        {"c-u-law.wav", SF_FORMAT_WAV | SF_FORMAT_ULAW, 1},
        {"c-ima.wav", SF_FORMAT_WAV | SF_FORMAT_IMA_ADPCM, 1100},
        {"c-ms.wav", SF_FORMAT_WAV | SF_FORMAT_MS_ADPCM, 4100}, /* libsndfile gives up early */
        {"c.aiff", SF_FORMAT_AIFF | SF_FORMAT_PCM_24, 0},
        {"c.rf64", SF_FORMAT_RF64 | SF_FORMAT_PCM_24, 0},
        {"c.w64", SF_FORMAT_W64 | SF_FORMAT_PCM_24, 0},
        {"c.caf", SF_FORMAT_CAF | SF_FORMAT_FLOAT, 0},
        {"c-a-law.caf", SF_FORMAT_CAF | SF_FORMAT_ALAW, 1},
        {"c.au", SF_FORMAT_AU | SF_FORMAT_PCM_16, 0},
        {"c-u-law.au", SF_FORMAT_AU | SF_FORMAT_ULAW, 1},
    };
    for (size_t k = 0; k < COUNT(kinds); k++) {
        SF_INFO info = {.samplerate = 44100, .channels = 2, .format = kinds[k].format};
        const char *path = rig_path(kinds[k].name);
        SNDFILE *f = sf_open(path, SFM_WRITE, &info);
        assert_non_null(f);
        assert_int_equal(sf_writef_short(f, data, FRAMES), FRAMES);
        sf_close(f);
        struct ton_audio_in *in;
        struct ton_err err;
        assert_int_equal(ton_audio_open(&in, path, &err), TON_OK);
        const int64_t whole = ton_audio_info(in)->frames; /* to the end of its last block */
        assert_int_equal(ton_audio_info(in)->missing, 0);
        ton_audio_close(in);
        assert_int_equal(truncate(path, ton_path_size(path) / 2), 0);
        const enum ton_code code = ton_audio_open(&in, path, &err);
        if (code != TON_OK && strstr(path, ".caf") && !rig_can_encode("aac")) {
            figure("%s: not without libav", kinds[k].name);
            continue;
        }
        assert_int_equal(code, TON_OK);
        const int64_t there = ton_audio_info(in)->frames, missing = ton_audio_info(in)->missing;
        ton_audio_close(in);
        figure("%-12s %5lld there, %5lld missing of %lld", kinds[k].name, (long long)there,
               (long long)missing, (long long)whole);
        assert_true(missing > whole / 3);
        assert_true(llabs(there + missing - whole) <= kinds[k].off);
    }
}

static void nan_and_infinity_come_through(void **state) {
    (void)state;
    const float data[] = {NAN, INFINITY, -INFINITY, 2.5f, -0.0f, 1e-42f};
    const struct rig_wav w = {3, 1, 48000, 32, 36 + sizeof data, sizeof data, 0};
    struct rig_sound s;
    struct ton_err err;
    assert_int_equal(rig_load(&s, rig_wav_file("nan.wav", &w, data, sizeof data), &err), TON_OK);
    assert_int_equal(s.frames, 6);
    assert_memory_equal(s.plane[0], data, sizeof data);
    rig_free(&s);
}

static void a_single_sample_is_a_file(void **state) {
    (void)state;
    const int16_t x = -16384;
    const struct rig_wav w = {1, 1, 8000, 16, 36 + 2, 2, 0};
    struct rig_sound s;
    struct ton_err err;
    assert_int_equal(rig_load(&s, rig_wav_file("one.wav", &w, &x, 2), &err), TON_OK);
    assert_int_equal(s.frames, 1);
    assert_true(s.plane[0][0] == -0.5f);
    rig_free(&s);
}

static void eight_hours_of_silence_open_at_once(void **state) {
    (void)state;
    const uint32_t bytes = 8u * 3600 * 48000 * 2;
    unsigned char header[64];
    const struct rig_wav w = {1, 1, 48000, 16, 36 + bytes, bytes, 0};
    const size_t n = rig_wav_header(header, &w);
    const char *path = rig_write("night.wav", header, n);
    if (truncate(path, (off_t)(n + bytes)) != 0)
        skip_because("no sparse files here");
    struct ton_audio_in *in;
    struct ton_err err;
    float block[1000], *out = block;
    int64_t got;
    assert_int_equal(ton_audio_open(&in, path, &err), TON_OK);
    const int64_t frames = ton_audio_info(in)->frames;
    assert_int_equal(frames, 8LL * 3600 * 48000);
    assert_int_equal(ton_audio_seek(in, frames - 10, &err), TON_OK);
    assert_int_equal(ton_audio_read(in, &out, 1000, &got, &err), TON_OK);
    assert_int_equal(got, 10);
    assert_true(block[9] == 0.0f);
    ton_audio_close(in);
    figure("%lld frames, the last ten read", (long long)frames);
}

static void every_plain_sample_has_its_exact_value(void **state) {
    (void)state;
    const unsigned char u8[] = {0, 128, 255};
    const int16_t s16[] = {INT16_MIN, 0, INT16_MAX};
    const unsigned char s24[] = {0, 0, 0x80, 0, 0, 0, 0xff, 0xff, 0x7f};
    const int32_t s32[] = {INT32_MIN, 0, 1 << 30};
    const double f64[] = {-1.0, 0.0, 0.1};
    const struct {
        unsigned tag, bits;
        const void *data;
        size_t size;
        float wanted[3];
        const char *encoding;
    } cases[] = {
        {1, 8, u8, sizeof u8, {-1.0f, 0.0f, 127.0f / 128}, "PCM 8-bit"},
        {1, 16, s16, sizeof s16, {-1.0f, 0.0f, 32767.0f / 32768}, "PCM 16-bit"},
        {1, 24, s24, sizeof s24, {-1.0f, 0.0f, 8388607.0f / 8388608}, "PCM 24-bit"},
        {1, 32, s32, sizeof s32, {-1.0f, 0.0f, 0.5f}, "PCM 32-bit"},
        {3, 64, f64, sizeof f64, {-1.0f, 0.0f, 0.1f}, "float 64-bit"},
    };
    for (size_t k = 0; k < COUNT(cases); k++) {
        const uint32_t size = (uint32_t)cases[k].size;
        const struct rig_wav w = {cases[k].tag, 3, 48000, cases[k].bits, 36 + size, size, 0};
        const char *path = rig_wav_file("exact.wav", &w, cases[k].data, cases[k].size);
        struct ton_audio_in *in;
        struct ton_err err;
        float block[3], *out[] = {block, block + 1, block + 2};
        int64_t got;
        assert_int_equal(ton_audio_open(&in, path, &err), TON_OK);
        const struct ton_audio_info *i = ton_audio_info(in);
        assert_string_equal(i->encoding, cases[k].encoding);
        assert_string_equal(i->container, "WAV");
        assert_int_equal(i->bits, (int)cases[k].bits);
        assert_int_equal(i->floating, cases[k].tag == 3);
        assert_true(i->lossless);
        assert_int_equal(ton_audio_read(in, out, 5, &got, &err), TON_OK);
        assert_int_equal(got, 1);
        assert_memory_equal(block, cases[k].wanted, sizeof block);
        assert_int_equal(ton_audio_read(in, out, 5, &got, &err), TON_OK);
        assert_int_equal(got, 0);
        ton_audio_close(in);
    }
}

static void seeking_gives_the_same_bits_as_reading_on(void **state) {
    (void)state;
    static const char *const formats[] = {"wav 16-bit",  "wav 24-bit", "wav float", "flac",
                                          "flac 16-bit", "mp3 192k",   "opus 128k", "aac 192k"};
    struct rig_sound music = rig_music(2, 100000, 48000);
    for (size_t k = 0; k < COUNT(formats); k++) {
        struct ton_err err = {0};
        struct rig_sound whole;
        if (!rig_can_encode(formats[k])) {
            printf("    not without an encoder: %s\n", formats[k]);
            continue;
        }
        const char *path = rig_path("seek.bin");
        assert_int_equal(rig_store(path, &music, formats[k], NULL, &err), TON_OK);
        assert_int_equal(rig_load(&whole, path, &err), TON_OK);
        assert_int_equal(whole.frames, music.frames);
        struct ton_audio_in *in;
        assert_int_equal(ton_audio_open(&in, path, &err), TON_OK);
        static float block[2][3000];
        float *out[] = {block[0], block[1]};
        const int64_t places[] = {50000, 10, 0, 99999, 4095, 4096, 77777, 47999, 1, 97000, 100000};
        for (size_t p = 0; p < COUNT(places); p++) {
            int64_t got;
            const int64_t left = whole.frames - places[p], n = left < 3000 ? left : 3000;
            assert_int_equal(ton_audio_seek(in, places[p], &err), TON_OK);
            assert_int_equal(ton_audio_read(in, out, 3000, &got, &err), TON_OK);
            assert_int_equal(got, n);
            for (int c = 0; c < 2; c++) {
                if (memcmp(block[c], whole.plane[c] + places[p], (size_t)n * 4) != 0)
                    fail_msg("%s: other bits after a seek to %lld", formats[k],
                             (long long)places[p]);
            }
        }
        assert_int_equal(ton_audio_seek(in, 100001, &err), TON_INPUT);
        assert_int_equal(ton_audio_seek(in, -1, &err), TON_INPUT);
        ton_audio_close(in);
        rig_free(&whole);
    }
    rig_free(&music);
}

/* How many samples differ from those of `whole` times the gain; the last channel is not wanted. */
static int64_t differing(const char *path, const struct rig_sound *whole, float gain) {
    struct ton_audio_in *in;
    struct ton_err err;
    struct rig_sound s = rig_make(whole->channels, whole->frames, whole->rate);
    float *out[TON_MAX_CHANNELS];
    memcpy(out, s.plane, sizeof out);
    const int heard = whole->channels > 1 ? whole->channels - 1 : 1;
    if (heard < whole->channels)
        out[heard] = NULL;
    assert_int_equal(ton_audio_open(&in, path, &err), TON_OK);
    ton_audio_set_gain(in, gain);
    int64_t got = 0, bad = 0;
    assert_int_equal(ton_audio_read(in, out, whole->frames, &got, &err), TON_OK);
    assert_int_equal(got, whole->frames);
    ton_audio_close(in);
    for (int c = 0; c < heard; c++)
        for (int64_t i = 0; i < got; i++) {
            const float want = whole->plane[c][i] * gain;
            bad += memcmp(&s.plane[c][i], &want, sizeof want) != 0;
        }
    rig_free(&s);
    return bad;
}

static void a_gain_while_reading_has_the_bits_of_one_afterwards(void **state) {
    (void)state;
    static const char *const formats[] = {"wav 16-bit", "wav 24-bit", "wav 32-bit", "wav float",
                                          "flac",       "opus 128k",  "aac 192k"};
    static const float gains[] = {1.0F, -0.7079458F, 3.1F, 0.0F};
    int64_t samples = 0;
    for (int channels = 1; channels <= 3; channels++) {
        struct rig_sound music = rig_music(channels, 50001, 48000);
        for (size_t k = 0; k < COUNT(formats); k++) {
            struct ton_err err = {0};
            struct rig_sound whole;
            const char *path = rig_path("gain.bin");
            if (!rig_can_encode(formats[k]))
                continue;
            assert_int_equal(rig_store(path, &music, formats[k], NULL, &err), TON_OK);
            assert_int_equal(rig_load(&whole, path, &err), TON_OK);
            for (size_t g = 0; g < COUNT(gains); g++) {
                const int64_t bad = differing(path, &whole, gains[g]);
                if (bad)
                    fail_msg("%s, %d channels, gain %g: %lld samples", formats[k], channels,
                             (double)gains[g], (long long)bad);
                samples += whole.frames * channels;
            }
            rig_free(&whole);
        }
        rig_free(&music);
    }
    figure("%lld samples, none other", (long long)samples);
}

/* Everything of an MP3 behind its tags and the frame that tells its length. */
static size_t bare_frames(char *out, const char *path, size_t frame) {
    size_t size;
    char *bytes = rig_read(path, &size);
    const char *start = memchr(bytes, 0xff, size);
    assert_non_null(start);
    const size_t n = size - (size_t)(start - bytes) - frame;
    memcpy(out, start + frame, n);
    ton_free(bytes);
    return n;
}

static void an_mp3_without_a_length_is_counted_not_guessed(void **state) {
    (void)state;
    if (!rig_can_encode("mp3"))
        skip_because("built without libav");
    struct rig_sound music = rig_music(2, 100000, 48000), both;
    struct ton_err err;
    const char *high = rig_path("high.mp3"), *low = rig_path("low.mp3");
    assert_int_equal(rig_store(high, &music, "mp3 320k", NULL, &err), TON_OK);
    assert_int_equal(rig_store(low, &music, "mp3 64k", NULL, &err), TON_OK);
    static char bytes[200000];
    const size_t n_high = bare_frames(bytes, high, 960);
    const size_t n_low = bare_frames(bytes + n_high, low, 192);
    assert_int_equal(rig_load(&both, rig_write("both.mp3", bytes, n_high + n_low), &err), TON_OK);
    const int64_t packets = (int64_t)(n_high / 960 + n_low / 192);
    figure("%lld packets, %lld frames", (long long)packets, (long long)both.frames);
    assert_int_equal(both.frames, packets * 1152);
    rig_free(&both);
    rig_free(&music);
}

static void an_mpeg_file_is_named_by_its_layer(void **state) {
    (void)state;
    if (!rig_can_encode("mp3"))
        skip_because("built without libav");
    enum { FRAMES = 40, BYTES = 384 }; /* layer II, 128 kbit/s, 48 kHz, mono: silence */
    static unsigned char bytes[FRAMES * BYTES];
    for (int i = 0; i < FRAMES; i++)
        memcpy(bytes + i * BYTES, (const unsigned char[]){0xff, 0xfd, 0x84, 0xc0}, 4);
    struct ton_audio_in *in;
    struct ton_err err;
    assert_int_equal(ton_audio_open(&in, rig_write("layer.mp3", bytes, sizeof bytes), &err),
                     TON_OK);
    const struct ton_audio_info *i = ton_audio_info(in);
    figure("%s, %s, %lld frames", i->container, i->encoding, (long long)i->frames);
    assert_string_equal(i->container, "MP2");
    assert_string_equal(i->encoding, "MP2");
    assert_int_equal(i->frames, FRAMES * 1152);
    ton_audio_close(in);
}

static void a_cut_flac_gives_what_is_there(void **state) {
    (void)state;
    struct rig_sound music = rig_music(2, 100000, 48000), cut;
    struct ton_err err;
    const char *path = rig_path("whole.flac");
    assert_int_equal(rig_store(path, &music, "flac", NULL, &err), TON_OK);
    size_t size;
    char *bytes = rig_read(path, &size);
    assert_int_equal(rig_load(&cut, rig_write("cut.flac", bytes, size * 6 / 10), &err), TON_OK);
    figure("60 %% of the bytes hold %lld of %lld frames", (long long)cut.frames, 100000LL);
    assert_in_range(cut.frames, 50000, 65000);
    ton_free(bytes);
    rig_free(&cut);
    rig_free(&music);
}

static void damage_inside_a_flac_is_an_error(void **state) {
    (void)state;
    struct rig_sound music = rig_music(1, 200000, 48000);
    struct ton_err err;
    const char *path = rig_path("whole.flac");
    assert_int_equal(rig_store(path, &music, "flac", NULL, &err), TON_OK);
    size_t size;
    char *bytes = rig_read(path, &size);
    memset(bytes + size / 2, 0x55, 600);
    refused(rig_write("damaged.flac", bytes, size), TON_INPUT, "is damaged near frame ");
    ton_free(bytes);
    rig_free(&music);
}

static void same_after_seeks(const char *path, const struct rig_sound *whole) {
    const int64_t places[] = {90000, 5, 4096, 47999, 48000, 95999, 0};
    struct ton_audio_in *in;
    struct ton_err err;
    static float block[2000];
    float *out = block;
    assert_int_equal(ton_audio_open(&in, path, &err), TON_OK);
    for (size_t p = 0; p < COUNT(places); p++) {
        int64_t got;
        assert_int_equal(ton_audio_seek(in, places[p], &err), TON_OK);
        assert_int_equal(ton_audio_read(in, &out, 2000, &got, &err), TON_OK);
        assert_true(got > 0);
        assert_memory_equal(block, whole->plane[0] + places[p], (size_t)got * sizeof(float));
    }
    ton_audio_close(in);
}

static void the_sound_of_a_video_is_read(void **state) {
    (void)state;
    struct ton_err err;
    if (!rig_can_encode("aac"))
        skip_because("built without libav");
    if (!rig_has_program("ffmpeg"))
        skip_because("no ffmpeg to make a video");
    char command[900];
    const char *const names[] = {"film.mp4", "film.mkv", "film.mov"};
    const char *const codecs[] = {"aac", "flac", "alac"};
    for (int k = 0; k < 3; k++) {
        snprintf(command, sizeof command,
                 "ffmpeg -v error -y -f lavfi -i testsrc=size=64x48:rate=25:duration=2 -f lavfi "
                 "-i sine=frequency=1000:sample_rate=48000:duration=2 -c:v mpeg4 -c:a %s %s",
                 codecs[k], rig_path(names[k]));
        if (system(command) != 0)
            skip_because("this ffmpeg cannot make the video");
        struct rig_sound s;
        if (rig_load(&s, rig_path(names[k]), &err) != TON_OK)
            fail_msg("%s: %s", names[k], err.text);
        figure("%s: %d Hz, %d channel, %lld frames", names[k], s.rate, s.channels,
               (long long)s.frames);
        assert_int_equal(s.rate, 48000);
        assert_int_equal(s.frames, 96000);
        same_after_seeks(rig_path(names[k]), &s);
        rig_free(&s);
    }
    snprintf(command, sizeof command,
             "ffmpeg -v error -y -f lavfi -i testsrc=size=64x48:rate=25:duration=1 -c:v mpeg4 %s",
             rig_path("silent.mp4"));
    if (system(command) == 0)
        refused(rig_path("silent.mp4"), TON_INPUT, "has no sound in it");
}

static void no_memory_is_told_and_leaks_nothing(void **state) {
    (void)state;
    struct rig_sound music = rig_music(2, 5000, 48000);
    struct ton_err err;
    const char *path = rig_path("memory.wav");
    assert_int_equal(rig_store(path, &music, "wav", NULL, &err), TON_OK);
    int refusals = 0;
    for (long n = 0; n < 40; n++) {
        struct ton_audio_in *in = NULL;
        ton_alloc_fail_after(n);
        const enum ton_code code = ton_audio_open(&in, path, &err);
        ton_alloc_fail_after(-1);
        if (code == TON_OK) {
            ton_audio_close(in);
            break;
        }
        assert_int_equal(code, TON_MEMORY);
        assert_null(in);
        refusals++;
    }
    figure("%d allocations, each failed once", refusals);
    assert_in_range(refusals, 2, 39);
    rig_free(&music);
}

/* A stranger's file says what it likes; a time of day is reckoned from it all the same. */
static void whatever_a_file_counts_has_a_place_within_its_day(void **state) {
    (void)state;
    static const int64_t times[] = {
        INT64_MIN,     INT64_MIN + 1, -1, 0, 1, 172800000, INT64_C(8640000000000),
        INT64_MAX - 1, INT64_MAX};
    const int64_t hour = INT64_C(96000) * 3600, day = 24 * hour;
    int n = 0;
    for (size_t i = 0; i < COUNT(times); i++)
        for (size_t k = 0; k < COUNT(times); k++, n++) {
            const struct ton_audio_info info = {.rate = 96000, .time_reference = times[i]};
            const int64_t place = ton_audio_place(&info, times[k]);
            assert_in_range(place + hour, 0, day - 1);
            const int64_t off = times[i] % day - times[k] % day - place;
            assert_int_equal(off % day, 0);
        }
    assert_int_equal(ton_audio_number("4147200000"), 4147200000);
    static const char *const none[] = {"-9223372036854775808", "-1", "9223372036854775807",
                                       "99999999999999999999", "",   "noon"};
    for (size_t i = 0; i < COUNT(none); i++)
        assert_int_equal(ton_audio_number(none[i]), 0);
    assert_int_equal(ton_audio_number(NULL), 0);
    figure("%d pairs of numbers from %lld to %lld", n, (long long)INT64_MIN, (long long)INT64_MAX);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_sound_file_is_refused_in_one_sentence),
        cmocka_unit_test(a_file_without_permission_is_the_environments_fault),
        cmocka_unit_test(impossible_headers_are_refused),
        cmocka_unit_test(a_header_cut_anywhere_is_refused),
        cmocka_unit_test(a_header_that_lies_gives_what_is_there),
        cmocka_unit_test(a_file_cut_in_the_middle_tells_how_much_is_missing),
        cmocka_unit_test(nan_and_infinity_come_through),
        cmocka_unit_test(a_single_sample_is_a_file),
        cmocka_unit_test(eight_hours_of_silence_open_at_once),
        cmocka_unit_test(every_plain_sample_has_its_exact_value),
        cmocka_unit_test(seeking_gives_the_same_bits_as_reading_on),
        cmocka_unit_test(a_gain_while_reading_has_the_bits_of_one_afterwards),
        cmocka_unit_test(an_mp3_without_a_length_is_counted_not_guessed),
        cmocka_unit_test(an_mpeg_file_is_named_by_its_layer),
        cmocka_unit_test(a_cut_flac_gives_what_is_there),
        cmocka_unit_test(damage_inside_a_flac_is_an_error),
        cmocka_unit_test(the_sound_of_a_video_is_read),
        cmocka_unit_test(whatever_a_file_counts_has_a_place_within_its_day),
        cmocka_unit_test(no_memory_is_told_and_leaks_nothing),
    };
    return cmocka_run_group_tests(tests, rig_open, rig_close);
}
